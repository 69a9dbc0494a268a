"""Data that nobody here made, read as it is: only case.yml is written for it."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from nicmethods.case.folder import load_case

REAL = Path(os.environ.get("NICMETHODS_REAL_DATA", "."))
pytestmark = pytest.mark.skipif("NICMETHODS_REAL_DATA" not in os.environ, reason="NICMETHODS_REAL_DATA is not set")

SCHOOL_LEADERS = """
title: School leaders
waves: [{id: year 1}, {id: year 3}]
relations:
  - {name: collaboration, threshold: 3, scale: {0: none, 1: least often, 4: once or twice a week}}
files:
  roster:
    path: school-leader-nodes.xlsx
    columns: {actor: ID, site: DISTRICT/SITE}
    values: {site: {1: district, 0: school}}
  ties:
    - {path: year-1-collaboration-ties.xlsx, wave: year 1, shape: matrix, header: false, ids: false}
    - {path: year-3-collaboration-ties.xlsx, wave: year 3, shape: matrix, header: false, ids: false}
"""


def test_school_leaders_by_mapping_alone(tmp_path):
    for file in (REAL / "school_leaders").glob("*.xlsx"):
        shutil.copy(file, tmp_path)
    (tmp_path / "case.yml").write_text(SCHOOL_LEADERS)
    case = load_case(tmp_path)
    assert (len(case.roster), len(case.waves), case.has_network, case.has_talk) == (43, 2, True, False)
    assert (case.ties["weight"] > 0).groupby(case.ties["wave"]).sum().tolist() == [82, 1304]
    said = "\n".join(map(str, case.problems))
    assert {problem.level for problem in case.problems} == {"warning"}
    for text in (
        "year-3-collaboration-ties.xlsx: 10 diagonal cells are not zero",
        "wave 'year 1', relation 'collaboration': 3 of unknown response",
        "people name 30.3 others on average, before 2.0",
        "the scale is used differently",
        "there are no transcripts",
    ):
        assert text in said


def test_a_design_team_of_four_meetings(tmp_path):
    turns = pd.read_csv(REAL / "dialogue" / "ami_turns.csv", dtype=str, keep_default_na=False)
    team = turns[turns["meeting_id"].str.startswith("ES2003")]
    (tmp_path / "transcripts").mkdir()
    for meeting, rows in team.groupby("meeting_id"):
        columns = rows[["turn_id", "speaker", "start", "end", "text"]].rename(columns={"turn_id": "turn"})
        columns.to_csv(tmp_path / "transcripts" / f"{meeting}.csv", index=False)
    (tmp_path / "case.yml").write_text("title: Design team\n")
    pd.DataFrame({"actor": sorted(set(team["speaker"]))}).to_csv(tmp_path / "roster.csv", index=False)
    case = load_case(tmp_path)
    assert (case.has_network, case.has_talk) == (False, True)
    assert case.turns["activity"].nunique() == 4
    assert len(case.turns) == len(team)
    assert case.turns["turn"].tolist() == team["turn_id"].tolist()
    assert case.turns["text"].tolist() == [" ".join(text.split("\n")) for text in team["text"]]
    assert case.turns["actor"].tolist() == team["speaker"].tolist()
    assert {problem.level for problem in case.problems} == {"warning"}


def test_a_zoom_meeting_with_names_of_its_own(tmp_path):
    (tmp_path / "transcripts").mkdir()
    shutil.copy(REAL / "zoom_sample" / "meeting001_transcript.vtt", tmp_path / "transcripts" / "reunion.vtt")
    (tmp_path / "case.yml").write_text("title: Reunion\n")
    (tmp_path / "roster.csv").write_text(
        "actor,name\nA,Andrew Knight\nP,Paul McCartney\nJ,John Lennon\nG,George Harrison\n"
    )
    case = load_case(tmp_path)
    speakers = case.turns.groupby("actor", dropna=False)["cues"].agg(lambda cues: len(" ".join(cues).split()))
    assert speakers.fillna(0).to_dict() == {"A": 45, "G": 3, "J": 7, "P": 242} | {
        key: value for key, value in speakers.items() if key != key
    }
    said = "\n".join(map(str, case.problems))
    assert "speaker 'Ringo Starr' (1 turn) is not known" in said
    assert "2 of 300 pieces of talk have no speaker" in said


def test_a_zoom_meeting_with_its_chat_and_participants(tmp_path):
    sample, transcripts = REAL / "zoom_sample", tmp_path / "transcripts"
    transcripts.mkdir()
    shutil.copy(sample / "meeting001_transcript.vtt", transcripts / "reunion.vtt")
    shutil.copy(sample / "meeting001_chat.txt", transcripts / "reunion.chat.txt")
    shutil.copy(sample / "meeting001_participants.csv", transcripts / "report.csv")
    people = pd.read_csv(sample / "meeting001_rosetta.csv", dtype="str")[["userName", "userId"]]
    people.set_axis(["alias", "actor"], axis="columns").to_csv(tmp_path / "people.csv", index=False)
    people[["userId"]].drop_duplicates().set_axis(["actor"], axis="columns").to_csv(
        tmp_path / "roster.csv", index=False
    )
    (tmp_path / "case.yml").write_text("title: Reunion\n")
    (tmp_path / "activities.csv").write_text(
        "activity,date,kind,chat_ahead_s,participants\nreunion,2020-09-24,meeting,870,report.csv\n"
    )
    case = load_case(tmp_path)
    assert {problem.file for problem in case.problems if problem.file.startswith("transcripts/")} == {
        "transcripts/reunion.vtt",
        "transcripts/report.csv",
    }
    assert (len(case.attendance), set(case.attendance["basis"])) == (9, {"listed"})
    assert case.attendance.set_index("actor").loc["10002", "minutes"] == 57  # one person with two devices
    assert len(set(case.attendance["actor"]) - set(case.turns["actor"])) == 4  # there, and silent
    chat = case.turns[case.turns["turn"].str.startswith("c")]
    assert chat["turn"].tolist() == [f"c{n}" for n in range(1, 11)]
    assert chat["actor"].notna().all()
    answers = chat[chat["text"].isin(["Cockpit", "anywhere but", "Fuselage"])]
    assert answers["start_s"].between(22 * 60, 23 * 60).all()
    assert case.turns.loc[case.turns["start_s"].notna(), "start_s"].is_monotonic_increasing
