"""The residual product: its fits, its tail, its rows, and what may not change it."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import norm

from nicmethods.joint import coincidence as module
from nicmethods.joint.coincidence import Coincidence, coincidence, enough, fit, odds_interval, power, visible_odds
from nicmethods.joint.occasions import missed_reports, occasions
from nicmethods.joint.record import HELP, SHARE, Record

NO = np.nan


def small(**changes: object) -> Record:
    """Four people, two waves; 0 and 1 of one school, 2 of another, 3 of the hub; one meeting read, all there but 3."""
    first = np.array([[NO, 0, 0, 1], [1, NO, 0, 0], [0, 0, NO, 0], [0, 0, NO, NO]])
    second = np.array([[NO, 1, 0, 1], [1, NO, 0, 0], [1, NO, NO, 0], [0, 0, 0, NO]])
    given = {
        "reports": np.stack([first, second]),
        "present": np.array([[True, True, True, False]]),
        "interval": np.array([0]),
        "read": np.array([True]),
        "events": np.array([[0, HELP, 0, 1], [0, SHARE, 2, 0]]),
        "site": np.array([1, 1, 2, 0]),
        "hub": np.array([False, False, False, True]),
    }
    return Record(**(given | changes))  # type: ignore[arg-type]


def lively(seed: int, n: int = 12) -> Record:
    """A network at random, three waves, four meetings, with silent people and unread talk."""
    rng = np.random.default_rng(seed)
    reports = np.where(rng.random((3, n, n)) < 0.25, rng.integers(1, 4, (3, n, n)), 0).astype(float)
    reports[rng.random((3, n)) < 0.15] = np.nan
    reports[:, np.arange(n), np.arange(n)] = np.nan
    present = rng.random((4, n)) < 0.8
    present[:, :4] = True
    read = np.array([True, True, False, True])
    events = []
    for m in np.flatnonzero(read):
        there = np.flatnonzero(present[m])
        events += [[m, rng.integers(3), *rng.choice(there, 2, replace=False)] for _ in range(12)]
    return Record(reports, present, np.array([0, 0, 1, 1]), read, np.array(events), np.arange(n) % 3, np.arange(n) < 2)


def test_rows_of_new_ties_are_those_a_reader_can_count() -> None:
    rows = occasions(small(), tie="new", talk="help").rows
    # 0-1: 0's report of 1 was no tie and became one. 0-2: 2's report of 0 began. 1-2: 1's report of 2 stayed no tie,
    # 2's is not known after. Pairs with 3 were never together.
    assert list(zip(rows.a.tolist(), rows.b.tolist(), rows.x, rows.y, strict=True)) == [
        (0, 1, 1, 1),
        (0, 2, 0, 1),
        (1, 2, 0, 0),
    ]
    other_is_tie, other_unknown = rows.terms[:, 0], rows.terms[:, 1]
    assert other_is_tie.tolist() == [1, 0, 0]
    assert other_unknown.tolist() == [0, 0, 1]


def test_shared_third_and_ties_to_others_are_of_the_earlier_wave() -> None:
    found = occasions(small(), tie="new", talk="help")
    terms = dict(zip(found.names, found.rows.terms.T, strict=False))
    # Before: 0-1 and 0-3 tied. So no untied pair among 0, 1, 2 shares a third; 0 has one tie to others than 1.
    assert terms["shared third"].tolist() == [0, 0, 0]
    assert terms["ties to others"] == pytest.approx([np.log(2), np.log(3), np.log(2)])
    assert terms["same site"].tolist() == [1, 0, 0]


def test_a_lasting_report_could_have_been_missed() -> None:
    missed = occasions(small(), tie="new", talk="help").missed
    # 1's report of 0 is a tie at both waves; 0's of 3 too, but they were not together. 0's report of 1 was at risk.
    assert (missed.a.tolist(), missed.b.tolist(), missed.x.tolist()) == ([0], [1], [1.0])
    assert missed.terms[0, :2].tolist() == [0, 0]


def test_rows_of_mutual_ties_know_both_reports_after() -> None:
    rows = occasions(small(), tie="mutual", talk="help").rows
    assert list(zip(rows.a.tolist(), rows.b.tolist(), rows.y, strict=True)) == [(0, 1, 1), (0, 2, 0)]


def test_rows_of_stronger_ties_lie_below_the_top() -> None:
    reports = small().reports.copy()
    reports[0, 1, 0], reports[1, 1, 0], reports[1, 0, 2] = 1, 3, 2
    found = occasions(small(reports=reports), tie="stronger", talk="help")
    assert (found.rows.a.tolist(), found.rows.b.tolist(), found.rows.y.tolist()) == ([0], [1], [1.0])
    assert found.guard.y.tolist() == [2.0]


def test_unread_talk_is_no_opportunity() -> None:
    unread = small(read=np.array([False]), events=np.zeros((0, 4), dtype=np.int64))
    assert len(occasions(unread, tie="new", talk="help").rows) == 0
    found = coincidence(fit(occasions(unread, tie="new", talk="help")), unread.part("all"), missed=(0, 0))
    assert (found.stance, found.n_rows) == ("too_little", 0)


def test_lapses_are_counted_among_histories_that_begin_and_end_with_a_tie() -> None:
    reports = np.full((3, 3, 3), NO)
    reports[:, 0, 1] = [1, 0, 1]
    reports[:, 0, 2] = [1, 1, 2]
    reports[:, 1, 0] = [1, NO, 1]
    reports[:, 2, 0] = [1, 0, 0]
    three = Record(reports, np.zeros((0, 3), bool), np.zeros(0, int), np.zeros(0, bool), np.zeros((0, 4), int), np.zeros(3, int), np.zeros(3, bool))  # fmt: skip
    assert missed_reports(three) == (1, 2)
    assert missed_reports(replace(three, reports=reports[:2])) == (0, 0)


@pytest.mark.parametrize("seed", range(3))
def test_the_ridge_fit_is_the_optimum_of_the_written_out_likelihood(seed: int) -> None:
    rows = occasions(lively(seed), tie="new", talk="help").rows
    people = np.arange(12)
    design = np.column_stack(
        [np.ones(len(rows)), rows.terms, (rows.a[:, None] == people) | (rows.b[:, None] == people)]
    )
    ridge = np.concatenate([[0.001], np.full(rows.terms.shape[1], 0.1), np.full(12, 0.5)])

    def loss(beta: np.ndarray) -> float:
        eta = design @ beta
        return float(np.logaddexp(0, eta).sum() - rows.y @ eta + (ridge * beta**2).sum() / 2)

    by_scipy = minimize(loss, np.zeros(design.shape[1]), method="BFGS", options={"gtol": 1e-6}).x
    expected = 1 / (1 + np.exp(-design @ by_scipy))
    assert rows.y - fit(occasions(lively(seed), tie="new", talk="help")).product.left_y == pytest.approx(
        expected, abs=1e-4
    )


@pytest.mark.parametrize("target", [0.1, module.ALPHA])
def test_the_tail_is_that_of_all_outcomes_written_out(target: float) -> None:
    """Sixteen rows, all 65,536 outcomes; so few make the true tail a staircase, the approximation runs close by it."""
    outcomes = (np.arange(2**16)[:, None] >> np.arange(16)) & 1
    gaps = []
    for seed in range(25):
        rng = np.random.default_rng(seed)
        p, weight = rng.uniform(0.05, 0.6, 16), rng.normal(0, 1, 16)
        chance, sums = np.prod(np.where(outcomes, p, 1 - p), axis=1), outcomes @ weight - p @ weight
        order = np.argsort(sums)[::-1]
        tail = np.cumsum(chance[order])
        at = int(np.searchsorted(tail, target))
        upward, downward = module._tails(p, weight, 0.0, float(sums[order[at]]))
        gaps.append(upward - tail[at])
        assert 1 - 1e-9 <= upward + downward < 1.1, "what is as large as what was seen counts to both sides"
    assert np.abs(gaps).max() < target / 4
    assert abs(np.mean(gaps)) < 0.05 * target


def test_where_few_rows_carry_the_sum_the_tail_is_that_of_all_outcomes() -> None:
    """Rare talk and few changes: a sum in steps, on which a saddlepoint can be wrong without bound."""
    rng = np.random.default_rng(3)
    outcomes = np.array(list(product([0, 1], repeat=14)))
    for _ in range(20):
        p = rng.uniform(0.001, 0.12, 14)
        weight = np.append(rng.uniform(0.8, 1.0, 4), -rng.uniform(0.01, 0.1, 10))
        chance, sums = np.prod(np.where(outcomes, p, 1 - p), axis=1), outcomes @ weight - p @ weight
        for at in sums[[0, *(rng.choice(len(sums), 6, p=chance))]]:
            true = chance[sums >= at - 1e-9].sum(), chance[sums <= at + 1e-9].sum()
            for found, tail in zip(module._tails(p, weight, 0.0, float(at)), true, strict=True):
                assert found == pytest.approx(tail, abs=0.03 if tail < 0.1 else 0.2)


def test_nothing_on_the_same_pairs_is_no_finding() -> None:
    """Three with talk, three with a change, none with both, next to none expected: neither more nor fewer than that."""
    p, left_y = np.full(300, 0.01), np.full(300, -0.01)
    left_y[:3] = 0.99
    for at in (-0.02, 0.0, 0.02):
        upward, downward = module._tails(p, left_y, 0.0, at)
        assert min(upward, downward) > 0.02
        assert upward < 0.99 or downward < 0.99


def test_normal_noise_widens_the_tail_as_a_mixture_does() -> None:
    p, weight, variance = np.array([0.3, 0.2, 0.5, 0.4]), np.array([1.0, -0.7, 0.4, 1.3]), 0.8
    outcomes = np.array(list(product([0, 1], repeat=4)))
    chance, sums = np.prod(np.where(outcomes, p, 1 - p), axis=1), outcomes @ weight - p @ weight
    for at in (-1.5, 0.0, 0.4, 2.0):
        expected = float(chance @ norm.sf((at - sums) / np.sqrt(variance)))
        assert module._tails(p, weight, variance, at)[0] == pytest.approx(expected, abs=0.002)


def test_the_tail_agrees_with_draws_on_a_network() -> None:
    fitted = fit(occasions(lively(5, n=20), tie="new", talk="help"))
    rng, own = np.random.default_rng(1), fitted.product
    drawn = (rng.random((40_000, len(own.p))) < own.p) @ own.left_y - own.p @ own.left_y
    by_draws = float((drawn >= own.left_x @ own.left_y).mean())
    found = coincidence(fitted, lively(5, n=20).part("all"), missed=(0, 9))
    assert found.p_reports == pytest.approx(by_draws, abs=0.012)
    assert found.p_more == pytest.approx(found.p_reports)


def test_missed_reports_weaken_a_finding_until_it_falls(monkeypatch: pytest.MonkeyPatch) -> None:
    record = _planted()
    fitted, pairs = fit(occasions(record, tie="new", talk="help")), record.part("all")
    sound, noisy = (coincidence(fitted, pairs, missed=missed) for missed in ((0, 50), (25, 50)))
    assert sound.stance == "supports"
    assert noisy.p_more > sound.p_more
    monkeypatch.setattr(module, "STATED_MISS", sound.miss_falls)
    at_the_brink = coincidence(fitted, pairs, missed=(0, 0))
    assert at_the_brink.p_more == pytest.approx(module.ALPHA, abs=1e-3)


def test_the_interval_of_the_odds_closes_where_the_product_is_1_96_errors_off() -> None:
    record = _planted()
    fitted, pairs = fit(occasions(record, tie="new", talk="help")), record.part("all")
    value, low, high = odds_interval(fitted, pairs)
    assert 1 < low < value < high
    assert np.isnan(odds_interval(fitted, record.part("hub_member") & False)).all()


@given(seed=st.integers(0, 10**6), tie=st.sampled_from(["new", "mutual", "stronger"]))
@settings(deadline=None, max_examples=15)
def test_names_of_people_and_order_of_events_do_not_matter(seed: int, tie: str) -> None:
    record = lively(seed)
    new = np.random.default_rng(seed).permutation(record.n)
    back = np.argsort(new)
    events = record.events.copy()
    events[:, 2:] = new[events[:, 2:]]
    other = Record(record.reports[:, back][:, :, back], record.present[:, back], record.interval, record.read, events, record.site[back], record.hub[back])  # fmt: skip
    for part in ("all", "members", "hub_member"):
        one, two = (
            coincidence(fit(occasions(r, tie=tie, talk="help")), r.part(part), missed=missed_reports(r))
            for r in (record, other)
        )
        for name in ("n_rows", "n_talk", "n_change", "n_both", "p_more", "p_less", "information"):
            assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-4, abs=1e-6, nan_ok=True)


@pytest.mark.parametrize("order", ["same", "lagged", "reverse"])
def test_lagged_and_reversed_rows_look_one_interval_apart(order: str) -> None:
    record = lively(3)
    rows = occasions(record, tie="new", talk="help", order=order).rows
    same = occasions(record, tie="new", talk="help").rows
    assert set(rows.interval) == ({0, 1} if order == "same" else {1})
    if order == "lagged":
        change = {(a, b): y for a, b, t, y in zip(same.a, same.b, same.interval, same.y, strict=True) if t == 1}
        both = [(y, change[a, b]) for a, b, y in zip(rows.a, rows.b, rows.y, strict=True) if (a, b) in change]
        assert both
        assert all(one == two for one, two in both)


def test_information_tells_power_the_odds_it_could_see_and_what_would_be_enough() -> None:
    rows = Coincidence(400, 225, 29, 30, 6, 4.2, information=3.0, miss=0.1, taken=0.7, noise=0.4)
    assert power(rows, visible_odds(rows, 0.5)) == pytest.approx(0.5)
    assert power(rows, visible_odds(rows, 0.8)) == pytest.approx(0.8)
    times = enough(rows)
    larger = replace(rows, information=3.0 * times, taken=0.7 * times, noise=0.4 * times)
    assert power(larger, 3.0) == pytest.approx(0.5)
    assert enough(replace(rows, taken=4.0)) == np.inf
    nothing = replace(rows, information=0.0, taken=0.0)
    assert (power(nothing, 3.0), visible_odds(nothing, 0.5), enough(nothing)) == (0.0, np.inf, np.inf)


def _planted() -> Record:
    """Twenty people; most pairs that helped have a tie at the second wave, few others; help follows lasting ties, too."""
    rng = np.random.default_rng(11)
    n = 20
    pairs = np.array([(i, j) for i in range(n) for j in range(i + 1, n)])
    helped = pairs[rng.permutation(len(pairs))[:60]]
    after = np.where(rng.random((n, n)) < 0.05, 1.0, 0.0)
    after[helped[:44, 0], helped[:44, 1]] = 1
    before = np.zeros((n, n))
    before[helped[:20, 0], helped[:20, 1]] = 1
    both = np.stack([before, after])
    both[:, np.arange(n), np.arange(n)] = np.nan
    events = np.column_stack([np.zeros((60, 1), int), np.full((60, 1), HELP), helped])
    return Record(
        both, np.ones((1, n), bool), np.array([0]), np.array([True]), events, np.arange(n) % 4, np.arange(n) < 3
    )
