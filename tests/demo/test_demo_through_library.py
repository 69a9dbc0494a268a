"""What is planted in the demo case comes out of the library too."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

import nicmethods as nic
from nicmethods.case.propositions import load_propositions
from nicmethods.coder.suggest import link

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "data" / "demo_script"
PLANTED = yaml.safe_load((SCRIPT / "planted.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def case():
    return nic.load_case(ROOT / "data" / "demo")


@pytest.fixture(scope="module", params=["", "coder_a"], ids=["settled", "coder_a"])
def talk(case, request):
    return nic.coded_talk(case.meetings, case.coders, links=link(case.turns), coder=request.param)


@pytest.fixture(scope="module")
def dyads(case, talk):
    return nic.joint.dyads(case.survey, case.meetings, talk)


def test_the_case_runs_with_the_two_planted_warnings_alone(case):
    people = PLANTED["people"]
    values = {problem.value for problem in case.problems}
    assert values == {*people["unidentified"].values(), *people["ambiguous"].values()}
    assert {problem.level for problem in case.problems} == {"warning"}


@pytest.mark.parametrize("activity", ["A1", "A2", "A3", "A4", "A5", "A6"])
def test_transcripts_read_back_turn_by_turn_as_they_were_written(case, activity):
    meeting = yaml.safe_load((SCRIPT / f"{activity}.yml").read_text(encoding="utf-8"))
    written = [(key.split()[0], text) for entry in meeting["turns"] for key, text in entry.items() if key != "pause"]
    read = case.turns[case.turns["activity"] == activity]
    assert 80 <= len(written) <= 150
    assert read["turn"].tolist() == [str(n) for n in range(1, len(written) + 1)]
    assert read["text"].tolist() == [text for _, text in written]
    nobody = {"X", "C"}
    assert read["actor"].fillna("").tolist() == ["" if actor in nobody else actor for actor, _ in written]


def test_planted_pairs_have_the_expected_verdict(dyads):
    verdicts = dyads.set_index(["from_wave", "to_wave", "a", "b"])["verdict"]
    found = {
        (row["interval"], *row["pair"]): verdicts[*row["interval"].split("-"), *row["pair"]] for row in PLANTED["pairs"]
    }
    assert found == {(row["interval"], *row["pair"]): row["verdict"] for row in PLANTED["pairs"]}


def test_planted_pairs_reciprocate_and_no_others(dyads):
    for interval, pairs in PLANTED["reciprocated_in_talk"].items():
        start, end = interval.split("-")
        both = dyads[(dyads["from_wave"] == start) & (dyads["to_wave"] == end) & dyads["reciprocated_talk"]]
        assert both[["a", "b"]].to_numpy().tolist() == pairs


def test_planted_pathways_reach_every_step_in_order(case, talk):
    table = nic.joint.trust_pathway(case.survey, case.meetings, talk).set_index(["a", "b"])
    for row in PLANTED["pathways"]:
        pair = tuple(sorted((row["sharer"], row["receiver"])))
        assert table.loc[pair, "n_reached"] == 3, pair


def test_the_design_session_precedes_more_new_ties_than_chance(case, talk, dyads):
    planted = PLANTED["before_most_new_ties"]
    table = nic.joint.activity_yield(dyads, case.survey, case.meetings, talk, seed=1, n_permutations=200)
    start, _ = planted["interval"].split("-")
    here = table[(table["from_wave"] == start) & (table["kind"] == "any") & (table["activity"] != "all")]
    best = here.sort_values("n_preceded").iloc[-1]
    assert best["activity"] == planted["activity"]
    assert best["p_holm"] < 0.05


def test_the_readme_predicts_the_verdicts(case, talk, dyads):
    claims = load_propositions(ROOT / "codebooks" / "propositions.yml")
    table = nic.joint.evaluate_propositions(claims, case.survey, case.meetings, talk, seed=1, dyads=dyads)
    found = table.set_index("proposition")["proposed_verdict"].to_dict()
    assert found == {row["proposition"]: row["verdict"] for row in PLANTED["propositions"]}
    readme = (ROOT / "data" / "demo" / "README.md").read_text(encoding="utf-8")
    assert all(f"| {proposition} | {verdict} |" in readme for proposition, verdict in found.items())
