"""Which activities preceded which ties: hand-counted, by exhaustive permutation, and no effect when shuffled."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from nicmethods.joint.attribution import activity_yield, tie_attribution
from nicmethods.tables.bundles import Meetings

PEOPLE = "A:n:t B:n:t C:s:t D:s:t E:s:t"
TIES = {"AB": "created", "CA": "strengthened", "DE": "created", "BC": "kept"}
LINES = (
    "m1 help_given B>A",
    "m1 shared_practice C>A",
    "m1 help_given C>B",
    "m2 help_given A>B",
    "m2 help_request D>E",
)


def test_each_tie_with_what_preceded_it(make, declared):
    study = make.study(PEOPLE, TIES, LINES)
    found = declared(tie_attribution(study.dyads, *study.observed), "attribution")
    rows = found[["a", "b", "change", "activity", "order", "n_help", "n_shared", "days_before", "unobserved"]]
    assert rows.astype(object).where(rows.notna(), None).to_numpy().tolist() == [
        ["A", "B", "created", "m1", 1, 1, 0, 29.0, None],
        ["A", "B", "created", "m2", 2, 1, 0, 15.0, None],
        ["A", "C", "strengthened", "m1", 1, 0, 1, 29.0, None],
        ["D", "E", "created", None, None, 0, 0, None, "nothing_coded"],
    ]


@pytest.mark.parametrize(
    ("present", "coded", "why"),
    [
        ({"m1": "DE", "m2": ""}, True, "nothing_coded"),
        ({"m1": "DE", "m2": ""}, False, "not_coded"),
        ({"m1": "D", "m2": "E"}, True, "never_together"),
        ({"m1": "", "m2": ""}, True, "no_record"),
    ],
)
def test_a_tie_that_nothing_preceded_is_counted_with_the_reason(make, present, coded, why):
    study = make.study(PEOPLE, {"DE": "created"}, present=present, coded=coded)
    assert tie_attribution(study.dyads, *study.observed)["unobserved"].tolist() == [why]


def test_yields_recounted_by_hand(make, declared):
    study = make.study(PEOPLE, TIES, LINES)
    found = declared(activity_yield(study.dyads, *study.observed, seed=1, n_permutations=50), "activity_yield")
    counts = found.set_index(["kind", "activity"])[["n_ties", "n_pairs", "n_preceded", "n_first", "share"]]
    assert counts.loc[("any", "m1")].tolist() == [3, 3, 2, 2, 2 / 3]
    assert counts.loc[("any", "m2")].tolist() == [3, 1, 1, 0, 1]
    assert counts.loc[("any", "all")].tolist() == [3, 3, 2, 2, 2 / 3]
    assert counts.loc[("help_given", "m1")].tolist() == [3, 2, 1, 1, 0.5]
    assert counts.loc[("shared_practice", "m1")].tolist() == [3, 1, 1, 1, 1]
    assert counts.loc[("shared_practice", "m2")].iloc[:4].tolist() == [3, 0, 0, 0]
    assert np.isnan(counts.loc[("shared_practice", "m2"), "share"])
    assert found.set_index(["kind", "activity"]).loc[("shared_practice", "m2"), ["p", "expected"]].isna().all()


def test_the_null_is_that_of_all_permutations_of_those_present(make):
    present = {"m1": "ABCD", "m2": "E"}
    lines = ("m1 help_given B>A", "m1 help_given C>B", "m1 help_given C>A")
    study = make.study(PEOPLE, {"AB": "created", "CD": "created", "AE": "created"}, lines, present=present)
    tied, met = {frozenset("AB"), frozenset("CD")}, ["BA", "CB", "CA"]
    every = []
    for exchanged in permutations("ABCD"):
        names = dict(zip("ABCD", exchanged, strict=True))
        every.append(sum(frozenset((names[x], names[y])) in tied for x, y in met))
    found = activity_yield(study.dyads, *study.observed, seed=3, n_permutations=20_000)
    row = found[(found["kind"] == "any") & (found["activity"] == "m1")].iloc[0]
    assert row["n_ties"] == 2
    assert row["expected"] == pytest.approx(np.mean(every), abs=0.02)
    assert (row["null_low"], row["null_high"]) == (min(every), max(every))


def test_attendance_bounds_the_null(make):
    present = {"m1": "AB", "m2": "CDE"}
    study = make.study(PEOPLE, {"AB": "created"}, ("m1 help_given B>A",), present=present)
    row = activity_yield(study.dyads, *study.observed, seed=1, n_permutations=99).iloc[0]
    assert (row["n_preceded"], row["expected"], row["p"]) == (1, 1, 1)


def planted(make, rng, *, n=24, n_ties=16):
    """Helpers and seekers become tied, whoever they are; everyone attends."""
    names = [f"P{k:02d}" for k in range(n)]
    pairs = [tuple(pair) for pair in rng.permutation(names).reshape(-1, 2)][: n_ties // 2]
    lines = [f"m{1 + k % 2} help_given {a}>{b}" for k, (a, b) in enumerate(pairs * 2)]
    kinds = {a + b: "created" for a, b in pairs}
    return make.study(" ".join(names), kinds, lines, present={"m1": names, "m2": names})


def whole(parts, seed):
    found = activity_yield(parts.dyads, *parts.observed, seed=seed, n_permutations=99)
    return found[(found["activity"] == "all") & (found["kind"] == "help_given")].iloc[0]


@pytest.mark.slow
def test_shuffling_the_talk_between_pairs_takes_the_effect_away(make):
    rng = np.random.default_rng(5)
    parts = planted(make, rng)
    real = whole(parts, 1)
    assert real["n_preceded"] == 8 > real["null_high"]
    assert real["p"] == 1 / 100
    p = []
    for k in range(20):
        names = parts.survey.roster["actor"].to_numpy()
        other = dict(zip(names, rng.permutation(names), strict=True))
        events = parts.talk.events
        shuffled = events.assign(seeker=events["seeker"].map(other), helper=events["helper"].map(other))
        p.append(whole(make.observed(parts, talk=replace(parts.talk, events=shuffled)), k)["p"])
    assert np.mean(np.array(p) <= 0.05) <= 0.15
    assert np.median(p) > 0.2


def test_the_same_seed_gives_the_same_table_whatever_the_order_of_rows(make):
    study = make.study(PEOPLE, TIES, LINES)
    first = activity_yield(study.dyads, *study.observed, seed=4, n_permutations=60)
    mixed = [
        replace(one, **{name: getattr(one, name).sample(frac=1, random_state=2) for name in names})
        for one, names in zip(study.observed, (["roster"], ["attendance", "activities"], ["events"]), strict=True)
    ]
    again = activity_yield(study.dyads, *mixed, seed=4, n_permutations=60)
    pd.testing.assert_frame_equal(first, again)


@pytest.mark.parametrize("missing", ["events", "attendance", "activities"])
def test_without_a_table_there_is_nothing_to_attribute(make, declared, missing):
    study = make.study(PEOPLE, TIES, LINES)
    without = {
        "events": {"talk": replace(study.talk, events=study.talk.events[:0])},
        "attendance": {"meetings": replace(study.meetings, attendance=study.meetings.attendance[:0])},
        "activities": {"meetings": Meetings()},
    }
    study = make.observed(study, **without[missing])
    ties = declared(tie_attribution(study.dyads, *study.observed), "attribution")
    if missing != "attendance":
        assert ties["activity"].isna().all()
    declared(activity_yield(study.dyads, *study.observed, seed=1, n_permutations=9), "activity_yield")
