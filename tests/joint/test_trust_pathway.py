"""The trust pathway: sequences recounted by hand, Kaplan-Meier against R, nulls by listing every order."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.joint.confidence import percentile_interval
from nicmethods.joint.pathway import (
    ASKED,
    HELP_AB,
    HELP_BA,
    NEVER,
    SHARED,
    pathway_curves,
    pathway_steps,
    steps_in_sequence,
    trust_pathway,
)
from nicmethods.tables.bundles import Meetings, Talk

REFERENCE = Path(__file__).parents[1] / "reference" / "joint"
PEOPLE = "A:n:t B:s:t C:s:c"
WHOLE = (
    "m1 shared_practice A>*",
    "m1 help_request B>A",
    "m1 help_given A>B",
    "m2 help_given B>A",
    "m2 help_request C>B",
)


def test_each_pair_recounted_by_hand(make, declared):
    study = make.study(PEOPLE, None, WHOLE)
    found = declared(trust_pathway(*study.observed), "pathway").set_index(["a", "b"])
    ab = found.loc[("A", "B")]
    assert ab["n_reached"] == 3
    assert [ab[f"days_{s}"] for s in ("shared_practice", "help_asked", "help_reciprocated")] == [0, 0, 14]
    assert ab["activity_help_reciprocated"] == "m2"
    assert ab["sequence"] == "shared > asked > reciprocated"
    assert (found.loc[("A", "C"), "n_reached"], found.loc[("A", "C"), "sequence"]) == (1, "shared")
    assert (found.loc[("B", "C"), "n_reached"], found.loc[("B", "C"), "sequence"]) == (0, "asked")
    assert found["days_observed"].eq(14).all()


def test_a_step_counts_only_after_the_one_before(make):
    lines = ("m1 help_request B>A", "m1 help_given A>B", "m1 help_given B>A", "m2 shared_practice A>B")
    row = trust_pathway(*make.study(PEOPLE, None, lines).observed).iloc[0]
    assert (row["n_reached"], row["sequence"]) == (1, "asked > reciprocated > shared")
    assert row["days_shared_practice"] == 14


def test_pairs_are_observed_from_the_first_to_the_last_time_together_in_coded_talk(make):
    study = make.study(PEOPLE, present={"m1": "AB", "m2": "BC"})
    found = trust_pathway(*study.observed)
    assert found[["a", "b", "days_observed"]].to_numpy().tolist() == [["A", "B", 0], ["B", "C", 0]]
    half = trust_pathway(*make.study(PEOPLE).observed[:2], make.talk(coded=["m1"]))
    assert half["days_observed"].eq(0).all()


def test_without_dates_order_counts_and_days_are_blank(make, declared):
    study = make.study(PEOPLE, None, WHOLE)
    undated = study.meetings.activities.assign(date=pd.NaT)
    talked = (study.survey, replace(study.meetings, activities=undated), study.talk)
    table = declared(trust_pathway(*talked), "pathway")
    assert table["n_reached"].tolist() == [3, 1, 0]
    assert table[["days_help_asked", "days_observed", "first_together"]].isna().all(axis=None)
    assert declared(pathway_curves(table, seed=1), "pathway_curves").empty
    assert declared(pathway_steps(*talked, seed=1, n_permutations=9), "pathway_steps")["median_days"].isna().all()


def slow_sequence(labels):
    """The definition, read aloud, for one pair."""
    reached = []
    for row, label in enumerate(labels):
        if (len(reached) == 0 and label == SHARED) or (len(reached) == 1 and label == ASKED):
            reached.append(row)
        elif len(reached) == 2 and label >= HELP_AB and {HELP_AB, HELP_BA} <= set(labels[: row + 1]):
            reached.append(row)
            break
    return reached + [NEVER] * (3 - len(reached))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), max_size=25))
def test_sequences_are_those_of_the_definition(rows):
    pair, label = (np.array(column, dtype=np.int64) for column in (zip(*rows, strict=True) if rows else ((), ())))
    found = steps_in_sequence(pair, label, 3)
    for one in range(3):
        own = np.flatnonzero(pair == one)
        slow = [own[at] if at != NEVER else NEVER for at in slow_sequence(label[own].tolist())]
        assert found[:, one].tolist() == slow


def test_kaplan_meier_is_that_of_r_survival(declared):
    """survival 3.5-3, see tests/reference/joint/reference.R."""
    times = pd.read_csv(REFERENCE / "km_times.csv")
    table = pd.DataFrame({"a": [f"A{k}" for k in range(80)], "b": [f"B{k}" for k in range(80)]})
    table = table.assign(scope=times["scope"], role_pair=None, days_observed=times["days"], n_reached=times["reached"])
    table = table.assign(days_shared_practice=times["days"].where(times["reached"] == 1))
    table = table.assign(days_help_asked=np.nan, days_help_reciprocated=np.nan)
    curves = declared(pathway_curves(table, seed=1, n_draws=20), "pathway_curves")
    ours = curves[(curves["step"] == "shared_practice") & (curves["by"] != "role_pair")].set_index(["group", "days"])
    r = pd.read_csv(REFERENCE / "km_curve.csv").set_index(["group", "days"])
    assert len(ours) == len(r)
    both = ours.join(r.add_suffix("_r"))
    assert (both["n_at_risk"] == both["n_at_risk_r"]).all()
    assert (both["n_reached"] == both["n_reached_r"]).all()
    np.testing.assert_allclose(both["reached"], both["reached_r"], atol=1e-12)


def test_interval_of_a_curve_holds_the_estimate(make):
    names = [f"P{k}" for k in range(12)]
    rng = np.random.default_rng(1)
    pairs = [rng.choice(names, 2, replace=False) for _ in range(40)]
    lines = [f"m{1 + k % 2} shared_practice {a}>{b}" for k, (a, b) in enumerate(pairs)]
    study = make.study(" ".join(names), None, lines, present={"m1": names, "m2": names})
    curves = pathway_curves(trust_pathway(*study.observed), seed=1, n_draws=200)
    row = curves[(curves["by"] == "all") & (curves["step"] == "shared_practice")].iloc[-1]
    assert row["low"] < row["reached"] < row["high"]


def test_steps_recounted_by_hand(make, declared):
    study = make.study(PEOPLE, None, WHOLE)
    steps = declared(pathway_steps(*study.observed, seed=1, n_permutations=50), "pathway_steps")
    cell = steps.set_index(["by", "group", "step"]).sort_index(level=[0, 1], sort_remaining=False)
    assert cell.loc[("all", "all"), "n_reached"].tolist() == [2, 1, 1]
    assert cell.loc[("scope", "across"), "n_pairs"].tolist() == [2, 2, 2]
    assert cell.loc[("scope", "within"), "n_reached"].tolist() == [0, 0, 0]
    assert cell.loc[("role_pair", "t - t", "help_reciprocated"), "share"] == 1
    assert cell.loc[("all", "all", "shared_practice"), "median_days"] == 0


def test_the_null_of_order_is_that_of_every_order(make):
    lines = ("m1 shared_practice A>B", "m1 help_request B>A", "m2 help_given A>B", "m2 help_given B>A")
    study = make.study("A B", None, lines)
    labels = [SHARED, ASKED, HELP_AB, HELP_BA]
    every = [slow_sequence(order)[2] != NEVER for order in permutations(labels)]
    steps = pathway_steps(*study.observed, seed=2, n_permutations=2000)
    row = steps[(steps["by"] == "all") & (steps["step"] == "help_reciprocated")].iloc[0]
    assert row["order_expected"] == pytest.approx(np.mean(every), abs=0.04)


def test_the_null_of_people_exchanges_those_present_and_no_others(make):
    """One exchange of practice among three of five people: each of the three pairs has it one time in three."""
    lines = ("m1 shared_practice A>B",)
    study = make.study("A:n B:n C:s D:s E:s", None, lines, present={"m1": "ABC", "m2": "DE"})
    steps = pathway_steps(*study.observed, seed=2, n_permutations=3000).set_index(["group", "step"])
    assert steps.loc[("all", "shared_practice"), "present_expected"] == 1
    assert steps.loc[("within", "shared_practice"), "present_expected"] == pytest.approx(1 / 3, abs=0.03)
    assert steps.loc[("across", "shared_practice"), "present_expected"] == pytest.approx(2 / 3, abs=0.03)


def test_order_of_rows_does_not_matter(make):
    study = make.study(PEOPLE, None, WHOLE)
    mixed = [
        replace(one, **{name: getattr(one, name).sample(frac=1, random_state=3) for name in names})
        for one, names in zip(
            study.observed, (["roster"], ["attendance", "activities"], ["events", "coverage"]), strict=True
        )
    ]
    pd.testing.assert_frame_equal(trust_pathway(*mixed), trust_pathway(*study.observed))
    pd.testing.assert_frame_equal(
        pathway_steps(*mixed, seed=5, n_permutations=20), pathway_steps(*study.observed, seed=5, n_permutations=20)
    )


def test_without_talk_or_attendance_there_is_no_pathway(make, declared):
    study = make.study(PEOPLE, None, WHOLE)
    nothing = (study.survey, Meetings(), Talk())
    table = declared(trust_pathway(*nothing), "pathway")
    assert table.empty
    assert declared(pathway_steps(*nothing, seed=1), "pathway_steps").empty
    quiet = (*study.observed[:2], make.talk())
    assert declared(trust_pathway(*quiet), "pathway")["n_reached"].eq(0).all()


def test_a_curve_of_a_group_that_draws_miss_has_no_band():
    curve = np.array([[0.0, 0.5, 1.0]])
    often, seldom = (np.stack([curve] * n + [np.full_like(curve, np.nan)]) for n in (99, 9))
    np.testing.assert_allclose(percentile_interval(often), [curve, curve])
    assert np.isnan(percentile_interval(seldom)).all()
