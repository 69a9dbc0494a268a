"""What is planted in the demo case comes out of the joint room, and goes when the talk is shuffled between pairs."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import yaml

from nicmethods.case.folder import load_case
from nicmethods.case.propositions import load_propositions
from nicmethods.coder.suggest import link
from nicmethods.coding.coded import coded_talk
from nicmethods.joint.attribution import activity_yield
from nicmethods.joint.ledger import ledger_problems
from nicmethods.joint.pairs import dyads
from nicmethods.joint.pathway import trust_pathway
from nicmethods.joint.propositions import evaluate_propositions

ROOT = Path(__file__).parents[2]
PLANTED = yaml.safe_load((ROOT / "data" / "demo_script" / "planted.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def demo():
    case = load_case(ROOT / "data" / "demo")
    talk = coded_talk(case.meetings, case.coders, links=link(case.turns), coder="coder_a")
    observed = (case.survey, case.meetings, talk)
    return SimpleNamespace(case=case, talk=talk, observed=observed, dyads=dyads(*observed))


@pytest.mark.parametrize("pair", PLANTED["pairs"], ids=lambda p: f"{'-'.join(p['pair'])} {p['interval']}")
def test_each_planted_pair_has_its_verdict(demo, pair):
    rows = demo.dyads.set_index(["from_wave", "to_wave", "a", "b"])
    assert rows.loc[(*pair["interval"].split("-"), *sorted(pair["pair"])), "verdict"] == pair["verdict"], pair["why"]


@pytest.mark.parametrize("interval", PLANTED["reciprocated_in_talk"])
def test_help_is_reciprocated_where_planted(demo, interval):
    rows = demo.dyads[demo.dyads["from_wave"] == interval.split("-")[0]]
    found = rows[rows["reciprocated_talk"].astype(bool)][["a", "b"]].to_numpy().tolist()
    assert sorted(found) == sorted(sorted(pair) for pair in PLANTED["reciprocated_in_talk"][interval])


@pytest.mark.parametrize("path", PLANTED["pathways"], ids=lambda p: f"{p['sharer']}-{p['receiver']}")
def test_each_planted_pathway_is_found_in_its_activities(demo, path):
    rows = trust_pathway(*demo.observed).set_index(["a", "b"])
    row = rows.loc[tuple(sorted((path["sharer"], path["receiver"])))]
    steps = [row[f"activity_{step}"] for step in ("shared_practice", "help_asked", "help_reciprocated")]
    assert steps[1:] == [path["asked"], path["returned"]]
    assert steps[0] <= path["shared"]  # practice shared with everyone at an earlier activity counts too


def whole(found, interval, kind):
    start, end = interval.split("-")
    rows = found[(found["from_wave"] == start) & (found["to_wave"] == end) & (found["kind"] == kind)]
    return rows.set_index("activity")


def test_the_planted_activity_precedes_most_new_ties(demo):
    found = activity_yield(demo.dyads, *demo.observed, seed=1, n_permutations=199)
    place = PLANTED["before_most_new_ties"]
    rows = whole(found, place["interval"], "any")
    assert rows["n_preceded"].drop("all").idxmax() == place["activity"]
    assert rows.loc[place["activity"], "n_preceded"] > rows.loc[place["activity"], "null_high"]
    assert rows.loc["all", "p"] == 1 / 200


def test_shuffled_talk_loses_the_effect(demo):
    """Help moves between pairs of the same activity: the same meetings, the same number of events, other people."""
    rng = np.random.default_rng(3)
    present = demo.case.attendance.groupby("activity")["actor"].agg(list)
    p, excess = [], []
    for seed in range(8):
        events = demo.talk.events.copy()
        for activity, rows in events.groupby("activity"):
            other = dict(zip(present[activity], rng.permutation(present[activity]), strict=True))
            for column in ("seeker", "helper"):
                events.loc[rows.index, column] = rows[column].map(other).astype("str")
        observed = (*demo.observed[:2], replace(demo.talk, events=events))
        found = activity_yield(dyads(*observed), *observed, seed=seed, n_permutations=99)
        row = whole(found, "W1-W2", "help_given").loc["all"]
        p.append(row["p"])
        excess.append(row["n_preceded"] - row["expected"])
    real = whole(activity_yield(demo.dyads, *demo.observed, seed=1, n_permutations=99), "W1-W2", "help_given").loc[
        "all"
    ]
    assert real["n_preceded"] - real["expected"] > 10 > max(excess)
    assert abs(np.mean(excess)) < 2
    assert np.median(p) > 0.1


def test_the_studys_findings_have_the_planted_verdicts(demo):
    claims = load_propositions(ROOT / "codebooks" / "propositions.yml")
    table = evaluate_propositions(claims, *demo.observed, dyads=demo.dyads, seed=1).set_index("proposition")
    assert table["proposed_verdict"].to_dict() == {
        row["proposition"]: row["verdict"] for row in PLANTED["propositions"]
    }
    assert not table[["survey_stance", "talk_stance"]].isin(["contradicts", "not_observable"]).any(axis=None)
    assert (table.loc[table["proposed_verdict"] == "agreement", "n_both"] >= 3).all()


def test_the_ledger_of_the_demo_rests_on_evidence_that_exists(demo):
    case = demo.case
    about = {"claims": ["new_ties_across_schools"], "dyads": demo.dyads}
    few = replace(case.meetings, turns=case.turns[:5])
    assert ledger_problems(case.ledger, case.survey, case.meetings, **about) == []
    assert ledger_problems(case.ledger, case.survey, few, **about) != []
    pd.testing.assert_frame_equal(case.ledger, load_case(ROOT / "data" / "demo").ledger)
