"""What turns a verdict: against trying everything, published examples, and records cut by hand."""

from __future__ import annotations

from itertools import combinations
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from nicmethods.case.propositions import Propositions
from nicmethods.joint.record import ASK, HELP, SHARE, Record
from nicmethods.joint.standing import (
    Judge,
    _fisher,
    changed_pairs,
    fewest,
    replacements,
    share_of_bias,
    told_events,
    without_event,
    without_meeting,
    without_pair,
    without_person,
)


def claim(**more: Any) -> dict[str, Any]:
    return {
        "id": "help",
        "statement": "Help and new ties.",
        "survey": {"says": "Ties.", "tie": "new", "expect": "some"},
        "talk": {"says": "Help.", "shows": "help"},
        "together": {"says": "Both."},
    } | more


def claims(**more: Any) -> Propositions:
    return Propositions.model_validate({"id": "p", "title": "P", "propositions": [claim(**more)]})


def drawn(seed: int, n: int = 9, odds: float = 8.0) -> Record:
    """Three waves and four meetings of n people, in which help brings ties."""
    rng = np.random.default_rng(seed)
    reports = np.zeros((3, n, n))
    reports[0] = rng.random((n, n)) < 0.15
    present, interval = rng.random((4, n)) < 0.8, np.array([0, 0, 1, 1])
    present[:, :3] = True
    events = []
    for meeting in range(4):
        there = np.flatnonzero(present[meeting])
        events += [(meeting, HELP, *rng.choice(there, 2, replace=False)) for _ in range(6)]
    found = np.array(events)
    for t in range(2):
        helped = np.zeros((n, n), dtype=bool)
        of = found[np.isin(found[:, 0], np.flatnonzero(interval == t))]
        helped[of[:, 2], of[:, 3]] = helped[of[:, 3], of[:, 2]] = True
        begins = rng.random((n, n)) < np.where(helped, 0.06 * odds, 0.06)
        reports[t + 1] = (reports[t] > 0) | begins
    reports[:, np.arange(n), np.arange(n)] = np.nan
    return Record(reports, present, interval, np.ones(4, bool), found, np.arange(n) // 3, np.arange(n) < 2)


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["pairs", "events"])
def test_one_and_two_are_exact_against_trying_everything(unit: str) -> None:
    """Networks of eight people: every single unit and every two of them are left out."""
    asked = claims()
    judge = Judge(asked, seed=1)
    one = asked.propositions[0]
    outcomes = []
    for seed in range(6, 14):
        record = drawn(seed, n=8)
        told = [(event,) for event in told_events(record, one)]
        units: list[Any] = changed_pairs(record, one) if unit == "pairs" else told
        leave_out: Any = without_pair if unit == "pairs" else without_event
        judged = judge.without_each(record, leave_out, {"help": units})["help"]
        found, whole = fewest(len(units), judged(()), judged), judged(()).verdict
        for size in (1, 2):
            turns = [which for which in combinations(range(len(units)), size) if judged(which).verdict != whole]
            if turns:
                assert (found.n, found.is_exact) == (size, True), (seed, turns[:3])
                assert tuple(sorted(found.which)) in turns
                break
        else:
            assert not found.is_exact
            if found.n is not None:
                assert judged(found.which).verdict == found.verdict != whole
        outcomes.append(found.n)
    assert 1 in outcomes
    assert any(n is None or n > 2 for n in outcomes), "the search has something to do"


def test_nothing_to_leave_out_turns_nothing() -> None:
    same: Any = SimpleNamespace(verdict="open")
    found = fewest(0, same, lambda which: same)
    assert (found.n, found.verdict, found.is_exact) == (None, "open", False)


@given(st.integers(0, 50), st.integers(0, 8))
@settings(max_examples=20)
def test_a_person_left_out_takes_all_that_is_his(seed: int, who: int) -> None:
    record = drawn(seed)
    cut = without_person(record, who)
    kept = [one for one in range(9) if one != who]
    assert cut.n == 8
    np.testing.assert_array_equal(cut.reports, record.reports[np.ix_(range(3), kept, kept)])
    events = [(m, k, kept.index(a), kept.index(b)) for m, k, a, b in record.events.tolist() if who not in (a, b)]
    assert cut.events.tolist() == [list(one) for one in events]
    np.testing.assert_array_equal(cut.together_ever, record.together_ever[np.ix_(kept, kept)])


def test_meetings_pairs_and_events_left_out() -> None:
    record = drawn(3)
    cut = without_meeting(record, 1)
    assert not cut.read[1]
    assert len(cut.events) == (record.events[:, 0] != 1).sum()
    assert cut.together_ever.sum() < record.together_ever.sum()
    a, b = record.events[0, 2:].tolist()
    cut = without_pair(record, (a, b))
    assert np.isnan(cut.reports[:, [a, b], [b, a]]).all()
    assert not [one for one in cut.events.tolist() if {a, b} == set(one[2:])]
    np.testing.assert_array_equal(cut.together_ever, record.together_ever)
    assert without_event(record, (0,), (2,)).events.tolist() == np.delete(record.events, [0, 2], axis=0).tolist()


def test_what_can_be_left_out_is_what_shows_something() -> None:
    reports = np.full((2, 4, 4), 0.0)
    reports[1, 0, 1] = 1
    reports[0, 2, 1] = 1
    reports[1, 2, 1] = np.nan
    reports[:, range(4), range(4)] = np.nan
    events = np.array([(0, SHARE, 0, 2), (0, ASK, 1, 2), (0, HELP, 3, 2)])
    record = Record(reports, np.ones((1, 4), bool), np.zeros(1, int), np.ones(1, bool), events, np.array([1, 1, 2, 2]), np.zeros(4, bool))  # fmt: skip
    helps, path = claims().propositions[0], claims(talk={"says": "T.", "shows": "pathway"}).propositions[0]
    assert changed_pairs(record, helps) == [(0, 1), (2, 3)]
    assert told_events(record, helps) == [2]
    assert changed_pairs(record, path) == [(0, 1), (0, 2), (1, 2), (2, 3)]
    assert told_events(record, claims(pairs="across_schools").propositions[0]) == []


def test_published_examples_of_bias_and_replacement() -> None:
    """Frank et al. 2013 (retention in kindergarten); the konfound package: its tests and its manual."""
    reach = 1.96 * 0.68
    assert share_of_bias(-9.01, -9.01 - reach, -9.01 + reach) == pytest.approx(0.85, abs=0.005)
    for sign in (1, -1):
        reach = float(student.ppf(0.975, 95)) * 0.4
        assert share_of_bias(sign * 2, sign * 2 - reach, sign * 2 + reach) == pytest.approx(0.603, abs=0.001)
    assert np.isnan(share_of_bias(0.4, -3.5, 4.3))
    assert np.isnan(share_of_bias(np.nan, np.nan, np.nan))
    assert replacements(35, 17, 17, 38) == (14, 9)
    for nothing in (replacements(18, 12, 12, 17), replacements(17, 38, 35, 17), replacements(5, 0, 0, 0)):
        assert nothing == (None, 0)


@given(st.lists(st.integers(0, 60), min_size=4, max_size=4))
def test_fisher_is_fisher(cells: list[int]) -> None:
    from scipy.stats import fisher_exact

    assert _fisher(*cells) == pytest.approx(fisher_exact(np.reshape(cells, (2, 2)))[1], abs=1e-9)


def test_a_start_nearby_changes_no_verdict_and_no_p() -> None:
    from nicmethods.joint.coincidence import coincidence, fit
    from nicmethods.joint.occasions import occasions

    record = drawn(5)
    near = fit(occasions(record, tie="new", talk="help"))
    cut = occasions(without_event(record, (0, 4)), tie="new", talk="help")
    cold, warm = (coincidence(fit(cut, near=start), record.part("all"), missed=(0, 9)) for start in (None, near))
    assert (warm.p_more, warm.expected) == (
        pytest.approx(cold.p_more, rel=1e-8),
        pytest.approx(cold.expected, rel=1e-8),
    )
