"""The two smaller synthetic cases: made anew byte for byte, of the shapes they are meant to have, and synthetic everywhere."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from nicmethods.case.folder import load_case

DATA = Path(__file__).parents[2] / "data"
CASES = ("declining", "statewide")


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return load_case(DATA / request.param)


def test_the_script_makes_the_cases_again_byte_for_byte(tmp_path):
    subprocess.run([sys.executable, DATA / "make_more_cases.py", tmp_path], check=True)
    assert {path.name for path in tmp_path.iterdir()} == set(CASES)
    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    for path, content in made.items():
        assert (DATA / path).read_bytes() == content, path
    shipped = {path.relative_to(DATA) for name in CASES for path in (DATA / name).rglob("*") if path.is_file()}
    assert {path for path in shipped if path.name != "suggestions.csv"} == set(made)


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
    counts = case.ties[case.ties["weight"] >= 2].groupby("wave").size()
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
