"""Tests of the talk alone: against null distributions written out in full."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np
import pytest
from scipy.special import expit

from nicmethods.joint.record import ASK, HELP, SHARE, Record
from nicmethods.joint.strands import Choice, _direction, in_order, occurrence, reciprocity, selectivity


def talk(events: list[tuple[int, int, int, int]], *, n: int, site: list[int], hub: int = 0, m: int = 1) -> Record:
    """A talk of n people who were all at m read meetings; no survey."""
    nobody = np.full((1, n, n), np.nan)
    return Record(
        nobody, np.ones((m, n), bool), np.full(m, -1), np.ones(m, bool), np.array(events), np.array(site), np.arange(n) < hub
    )  # fmt: skip


def help_(*pairs: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Events in which the first helps the second."""
    return [(0, HELP, one, other) for one, other in pairs]


def test_returned_events_follow_help_the_other_way() -> None:
    record = talk(help_((0, 1), (0, 1), (1, 0), (0, 1), (2, 3), (2, 3)), n=4, site=[1, 1, 2, 2])
    found = reciprocity(record, part="all", seed=1)
    assert (found.observed, found.n) == (2, 4)
    assert reciprocity(record, part="across_schools", seed=1).stance == "not_observable"


def test_directions_are_drawn_from_the_distribution_written_out() -> None:
    record = talk(help_((0, 1), (1, 0), (0, 1), (0, 2), (2, 0), (1, 2)), n=3, site=[1, 2, 3])
    _, seeker, helper = record.helped.T
    low, high = np.minimum(seeker, helper), np.maximum(seeker, helper)
    chance = _direction(low, high, helper == high, 3)
    tail = 0.0
    for ways in product([False, True], repeat=6):
        returned = sum(any(pair[f] == pair[e] and ways[f] != ways[e] for f in range(e)) for pair in [low * 3 + high] for e in range(6))  # fmt: skip
        tail += np.prod(np.where(ways, chance, 1 - chance)) * (returned >= 3)
    found = reciprocity(record, part="all", seed=4, n_draws=20_000)
    assert found.observed == 3
    assert found.p_more == pytest.approx(tail, abs=0.01)


def test_scores_of_direction_solve_the_penalised_equations() -> None:
    low, high, to_high = np.array([0, 0, 0, 1]), np.array([1, 1, 2, 2]), np.array([True, True, False, True])
    p = _direction(low, high, to_high, 3)
    score = np.zeros(3)
    for _ in range(5000):  # plain ascent, no Newton
        q = expit(score[high] - score[low])
        slope = np.bincount(high, to_high - q, 3) - np.bincount(low, to_high - q, 3) - 0.5 * score
        score += 0.1 * slope
    assert p == pytest.approx(expit(score[high] - score[low]), abs=1e-6)


@pytest.mark.parametrize("part", ["within_schools", "across_schools"])
def test_sites_are_exchanged_over_all_orders_of_people(part: str) -> None:
    site = [1, 1, 1, 2, 2, 2]
    pairs = [(0, 1), (1, 2), (3, 4), (0, 3), (4, 5)]
    found = selectivity(talk(help_(*pairs), n=6, site=site), part=part, seed=2, n_draws=20_000)
    excess = np.zeros((6, 6))
    for i, j in pairs:
        excess[i, j] = excess[j, i] = 1
    excess -= 5 / 15  # all were together equally often, so that each pair's share of the five is the same
    np.fill_diagonal(excess, 0)
    row = excess.sum(axis=1)
    excess = excess - row[:, None] / 4 - row / 4 + excess.sum() / 20
    sums = []
    for order in permutations(range(6)):
        labels = np.array(site)[list(order)]
        kind = (labels[:, None] == labels) == (part == "within_schools")
        sums.append(np.triu(excess * kind, 1).sum())
    observed = sums[0]
    assert found.observed == (4 if part == "within_schools" else 1)
    assert found.p_more == pytest.approx(np.mean(np.array(sums) >= observed - 1e-9), abs=0.01)
    assert found.expected - found.observed == pytest.approx(np.mean(sums) - observed, abs=0.02)


def test_the_hub_label_is_exchanged_with_totals_left_in() -> None:
    found = selectivity(talk(help_((0, 1), (0, 2), (0, 3), (0, 4)), n=6, site=[0, 1, 1, 2, 2, 3], hub=1), part="hub_member", seed=1, n_draws=20_000)  # fmt: skip
    assert found.observed == 4
    assert found.p_more == pytest.approx(1 / 6, abs=0.01)  # person 0 alone has so many, one label in six falls there


def test_selectivity_needs_somebody_to_choose() -> None:
    nobody = talk(help_((0, 1)), n=3, site=[1, 1, 2])
    assert selectivity(nobody, part="within_schools", seed=1).stance == "not_observable"


def test_a_pathway_ends_with_the_help_that_makes_it_mutual_after_asking() -> None:
    steps = [(0, HELP, 1, 0), (0, SHARE, 0, 1), (0, ASK, 0, 1), (0, SHARE, 2, 3), (0, HELP, 0, 1), (0, HELP, 1, 0), (0, ASK, 2, 3), (0, HELP, 3, 2)]  # fmt: skip
    assert talk(steps, n=4, site=[1, 1, 2, 2]).completed.tolist() == [4]


def test_orders_of_a_pathway_are_those_written_out() -> None:
    labels = [(SHARE, 0, 1), (HELP, 0, 1), (ASK, 0, 1), (HELP, 1, 0), (SHARE, 1, 0)]
    record = talk([(0, *label) for label in labels], n=4, site=[1, 1, 2, 2])
    reached = [
        len(talk([(0, *label) for label in order], n=4, site=[1, 1, 2, 2]).completed) for order in permutations(labels)
    ]
    found = in_order(record, part="all")
    assert found.observed == reached[0] == 1
    assert found.expected == pytest.approx(np.mean(reached))
    assert in_order(record, part="hub_member").stance == "not_observable"


def test_pairs_in_order_are_counted_by_their_exact_distribution() -> None:
    """Two pairs whose four events came in order, each by a chance of one in four; a third has no help back."""
    steps = [(0, kind, *(pair if kind != HELP or way else pair[::-1])) for pair in ((0, 1), (2, 3)) for kind, way in ((SHARE, 1), (ASK, 1), (HELP, 1), (HELP, 0))]  # fmt: skip
    record = talk([*steps, (0, SHARE, 0, 2), (0, ASK, 0, 2), (0, HELP, 2, 0)], n=4, site=[1, 1, 2, 2])
    found = in_order(record, part="all")
    assert (found.observed, found.expected, found.n) == (2, pytest.approx(0.5), 6)
    assert (found.p_more, found.p_less) == (pytest.approx(1 / 16), pytest.approx(1))


def test_help_returns_within_so_many_meetings() -> None:
    """0 helps 1 in meeting 0, 1 helps 0 in meeting 2; 2 and 3 help each other in meeting 1."""
    events = [(0, HELP, 0, 1), (1, HELP, 2, 3), (1, HELP, 3, 2), (2, HELP, 1, 0)]
    record = talk(events, n=4, site=[1, 1, 2, 2], m=3)
    for within, pairs in (
        (None, {(0, 1): 2, (2, 3): 1}),
        (2, {(0, 1): 2, (2, 3): 1}),
        (1, {(2, 3): 1}),
        (0, {(2, 3): 1}),
    ):
        at = record.returned_at(within)
        np.testing.assert_array_equal(at, at.T)
        assert {(a, b): int(at[a, b]) for a, b in np.argwhere(np.triu(at + 1)).tolist()} == pairs
        found = reciprocity(record, part="all", seed=1, within=within)
        assert (found.observed, found.n) == (len(pairs), 2)
        assert occurrence(record, talk="returned_help", part="all", within=within).n_seen == len(pairs)


def test_a_window_wider_than_the_record_is_none() -> None:
    rng = np.random.default_rng(2)
    events = sorted((int(rng.integers(5)), HELP, *rng.choice(6, 2, replace=False).tolist()) for _ in range(60))
    record = talk(events, n=6, site=[0, 0, 1, 1, 2, 2], m=5)
    wide, none = (reciprocity(record, part="all", seed=1, within=within) for within in (9, None))
    assert wide == none
    np.testing.assert_array_equal(record.returned_at(9), record.returned_at())
    assert reciprocity(record, part="all", seed=1, within=0).observed < none.observed


def test_a_p_near_the_level_takes_more_draws() -> None:
    assert Choice(9, 5, 3, 0.05, 0.97, draws=999).is_near_the_level
    assert not Choice(9, 5, 3, 0.05, 0.97, draws=9999).is_near_the_level
    assert not Choice(9, 5, 3, 0.041, 0.97).is_near_the_level, "an exact p has no error"


@pytest.mark.parametrize("test", [reciprocity, selectivity])
def test_where_nothing_was_coded_nothing_is_said(test) -> None:
    silent = talk(np.zeros((0, 4), dtype=int), n=6, site=[0, 1, 1, 2, 2, 3], hub=1)  # type: ignore[arg-type]
    assert test(silent, part="within_schools", seed=1).stance == "not_observable"
