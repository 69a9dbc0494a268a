"""Data that nobody here made, through the real command: one case with a survey only, one with talk only."""

import json
import shutil

import pandas as pd
import pytest

LEADERS = """\
title: School leaders of one district
waves: [{id: year1}, {id: year3}]
relations: [{name: collaboration, threshold: 3, scale: {0: none, 1: least often, 4: once or twice a week}}]
role: role
files:
  roster:
    path: school-leader-nodes.xlsx
    columns: {actor: ID, site: DISTRICT/SITE}
    values: {site: {"1": district, "0": site}}
  ties:
    - {path: year-1-collaboration-ties.xlsx, wave: year1, shape: matrix, header: false, ids: false}
    - {path: year-3-collaboration-ties.xlsx, wave: year3, shape: matrix, header: false, ids: false}
"""


@pytest.fixture(scope="module")
def leaders(real_data, command, tmp_path_factory):
    study = tmp_path_factory.mktemp("leaders study")
    command("init", study)
    case = study / "data" / "leaders"
    case.mkdir()
    (case / "case.yml").write_text(LEADERS)
    for path in (real_data / "school_leaders").glob("*.xlsx"):
        shutil.copy(path, case)
    said = command("check", "leaders", "--study", study)
    command("run", "leaders", "--study", study)
    return said, study / "reports"


def table(reports, case, name):
    return pd.read_csv(reports / case / "tables" / f"{name}.csv")


def measure(reports, case, name, wave):
    rows = table(reports, case, "network_measures").query("measure == @name and wave == @wave")
    return rows["value"].item()


def test_school_leaders_are_read_by_mapping_with_warnings_only(leaders):
    said, _ = leaders
    assert said.startswith("Case 'leaders' can run")
    assert "10" in next(line for line in said.splitlines() if "diagonal" in line)
    assert "3 of unknown response, who name nobody" in said
    assert "the scale is used differently" in said or "people name" in said
    assert "missing  No transcripts" in said


def test_school_leaders_report_counts_what_the_files_hold(leaders):
    _, reports = leaders
    # The folder's README counts 51 + 23 cells of 3 and more in year 1.
    assert measure(reports, "leaders", "n_ties", "year1") == 51 + 23
    assert measure(reports, "leaders", "n_actors", "year1") == 43
    assert measure(reports, "leaders", "n_responded", "year1") == 40
    assert measure(reports, "leaders", "density", "year1") == pytest.approx((51 + 23) / (40 * 42))


def test_school_leaders_report_says_what_is_missing(leaders):
    _, reports = leaders
    manifest = pd.read_csv(reports / "manifest.csv")
    assert (manifest["status"] == "ok").all()
    assert json.loads((reports / "leaders" / "case.json").read_text())["strands"] == ["network"]
    page = (reports / "leaders" / "index.html").read_text()
    assert "no talk strand" in page.lower()
    dyads = table(reports, "leaders", "dyads")
    assert set(dyads["verdict"]) == {"not_observable"}


@pytest.fixture(scope="module")
def team(real_data, command, tmp_path_factory):
    study = tmp_path_factory.mktemp("team study")
    command("init", study)
    case = study / "data" / "team"
    (case / "transcripts").mkdir(parents=True)
    turns = pd.read_csv(real_data / "dialogue" / "ami_turns.csv", dtype=str, keep_default_na=False)
    turns = turns[turns["meeting_id"].str.startswith("ES2003")]
    for meeting, rows in turns.groupby("meeting_id"):
        columns = {"turn_id": "turn"}
        rows.rename(columns=columns)[["turn", "speaker", "start", "end", "text"]].to_csv(
            case / "transcripts" / f"{meeting}.csv", index=False
        )
    (case / "case.yml").write_text("title: A design team\n")
    (case / "roster.csv").write_text("actor\n" + "\n".join(sorted(turns["speaker"].unique())) + "\n")
    command("run", "team", "--study", study)
    return turns, study / "reports"


def test_a_team_without_survey_and_codings_gets_a_report_of_suggestions(team):
    turns, reports = team
    manifest = pd.read_csv(reports / "manifest.csv")
    assert (manifest["status"] == "ok").all()
    summary = json.loads((reports / "team" / "case.json").read_text())
    assert summary["strands"] == ["talk"]
    assert summary["suggestions_used"]
    assert len(table(reports, "team", "turns")) == len(turns)
    assert set(table(reports, "team", "events")["source"]) == {"suggestions"}
    for page in (reports / "team").rglob("*.html"):
        if "02_coding" in page.name or page.name == "index.html":
            assert "machine-suggested, not reviewed" in page.read_text().lower(), page
    assert "no network strand" in (reports / "team" / "index.html").read_text().lower()
