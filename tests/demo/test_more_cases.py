"""The two smaller synthetic cases, and ratings: made anew byte for byte, of the shapes they are meant to have, and synthetic."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nicmethods.across.development import trajectories
from nicmethods.across.gather import DOMAINS, load_ratings
from nicmethods.analysis import analyse
from nicmethods.case.codebook import load_codebook
from nicmethods.case.folder import load_case

DATA = Path(__file__).parents[2] / "data"
CODEBOOKS = DATA.parent / "codebooks"
CASES = ("declining", "statewide")
JOINED = {
    "help_and_actions": ("help", "strategic_actions"),
    "all_codes": ("help", "strategic_actions", "design_principles", "forming_a_network"),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return load_case(DATA / request.param)


def test_the_script_makes_the_cases_again_byte_for_byte(tmp_path):
    subprocess.run([sys.executable, DATA / "make_more_cases.py", tmp_path], check=True)
    for name in JOINED:
        joined = tmp_path / f"{name}.yml"
        assert (CODEBOOKS / joined.name).read_bytes() == joined.read_bytes()
        joined.unlink()
    assert {path.name for path in tmp_path.iterdir()} == {*CASES, "ratings.csv"}
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for path, content in made.items():
        assert (DATA / path).read_bytes() == content, path
    shipped = {path.relative_to(DATA) for name in CASES for path in (DATA / name).rglob("*") if path.is_file()}
    assert {path for path in shipped if path.name != "suggestions.csv"} | {Path("ratings.csv")} == set(made)


@pytest.mark.parametrize("name", JOINED)
def test_a_joined_codebook_holds_the_codes_of_its_parts(name):
    parts = [code for part in JOINED[name] for code in load_codebook(CODEBOOKS / f"{part}.yml").codes]
    assert list(load_codebook(CODEBOOKS / f"{name}.yml").codes) == parts


def test_the_state_shows_every_principle_and_lesson_as_planted():
    analysis = analyse(DATA / "statewide", seed=1)
    uses = analysis.code_uses.set_index("code")["n"]
    principles = uses[uses.index.str.startswith("principle.")]
    lessons = uses[uses.index.str.startswith("lesson.")]
    assert (len(principles), len(lessons)) == (6, 5)
    assert set(principles[principles == 1].index) == {"principle.coaching", "principle.meeting_schools_where_they_are"}
    assert set(lessons[lessons == 2].index) == {"lesson.aligned_with_ongoing_work", "lesson.embedded_capacity_building"}
    assert set(principles) | set(lessons) == {1, 2}
    heard = analysis.voices.set_index("role")
    assert heard.loc["state officer", "share"] > heard.loc["state officer", "expected"]
    assert analysis.coaching["n_activities"].max() == 1
    assert analysis.phases.query("who == 'all' and relation == 'help'")["n_help"].tolist() == [6, 7]


def test_ratings_are_invented_and_show_what_can_be_shown():
    ratings = load_ratings(DATA / "ratings.csv")
    assert ratings["evidence"].str.startswith("synthetic").all()
    assert set(ratings["case"]) == {"demo", *CASES}
    assert set(ratings["domain"]) == set(DOMAINS)
    assert ratings["level"].isna().any()
    named = trajectories(ratings).query("domain == 'overall'").set_index("case")["trajectory"]
    assert named.to_dict() == {"demo": "Improved", "statewide": "Much improved", "declining": "Declined"}


def test_each_says_that_it_is_synthetic(case):
    assert case.config.synthetic
    assert "synthetic" in case.config.title
    assert case.config.description.startswith("Synthetic. Nobody in this case exists.")
    for name in ("README.md", "case.yml"):
        assert "ynthetic" in (case.path / name).read_text().splitlines()[0]
    assert "ynthetic" in (DATA / "more_cases" / f"{case.name}.yml").read_text().splitlines()[0]


def test_each_loads_without_a_warning_and_holds_every_turn_written(case):
    assert case.problems == ()
    written = yaml.safe_load((DATA / "more_cases" / f"{case.name}.yml").read_text())["activities"]
    assert case.turns.groupby("activity").size().to_dict() == {a: len(about["talk"]) for a, about in written.items()}
    assert case.turns["actor"].notna().all()
    there = set(zip(case.attendance["activity"], case.attendance["actor"], strict=True))
    assert set(zip(case.turns["activity"], case.turns["actor"], strict=True)) <= there


def test_no_turn_is_said_twice():
    texts = [text for name in CASES for text in load_case(DATA / name).turns["text"]]
    assert len(set(texts)) == len(texts)


def n_ties(name):
    case = load_case(DATA / name)
    ties = case.ties[(case.ties["weight"] >= 2) & (case.ties["relation"] == "help")]
    counts = ties.groupby("wave").size()
    return [counts[wave] for wave in case.wave_order]


def test_one_grows_over_four_waves_and_the_other_declines_over_three():
    grows, declines = n_ties("statewide"), n_ties("declining")
    assert len(grows) == 4
    assert grows == sorted(set(grows))
    assert len(declines) == 3
    assert declines == sorted(set(declines), reverse=True)
    assert declines[-1] < declines[0] / 2


def test_the_state_has_three_levels_and_the_small_one_loses_people():
    assert set(load_case(DATA / "statewide").roster["level"]) == {"school", "district", "state"}
    small = load_case(DATA / "declining")
    assert small.roster["left"].notna().sum() == 2
    assert set(small.turns["activity"]) - set(small.coverage["activity"]) == {"C2"}


def test_the_state_was_asked_two_questions_and_trust_follows_help():
    case = load_case(DATA / "statewide")
    assert case.relations["relation"].tolist() == ["help", "trust"]
    site = case.roster.set_index("actor")["site"]
    ties = case.ties[case.ties["weight"] >= 2]
    across = ties[ties["source"].map(site) != ties["target"].map(site)]
    pairs = {
        key: set(zip(rows["source"], rows["target"], strict=True)) for key, rows in across.groupby(["relation", "wave"])
    }
    steps = list(zip(case.wave_order, case.wave_order[1:], strict=False))
    new = {later: pairs["trust", later] - pairs["trust", earlier] for earlier, later in steps}
    follows = [new[later] & pairs["help", earlier] for earlier, later in steps]
    assert (sum(map(len, new.values())), sum(map(len, follows))) == (24, 15)
    within = ties.drop(across.index).query("relation == 'trust'").groupby("wave").size()
    assert [within[wave] for wave in ("V1", "V4")] == [20, 24]
    readme = (DATA / "statewide" / "README.md").read_text()
    assert "15 of the 24 new ties of trust" in " ".join(readme.split())


def test_the_readme_predicts_the_verdicts(case):
    planned = yaml.safe_load((DATA / "more_cases" / f"{case.name}.yml").read_text(encoding="utf-8"))["propositions"]
    table = analyse(case, seed=1).propositions.set_index("proposition")["proposed_verdict"]
    assert table.to_dict() == {row["proposition"]: row["verdict"] for row in planned}
    readme = (DATA / case.name / "README.md").read_text(encoding="utf-8")
    assert all(f"| {row['proposition']} | {row['verdict']} |" in readme for row in planned)
