"""Intervals against scipy's exact ones, against leaving out one by hand, and by how often they hold the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nicmethods.across.health import gini
from nicmethods.joint.confidence import (
    exact_count,
    exact_share,
    gini_interval,
    over_pairs,
    over_units,
    share_of_people,
)


@pytest.mark.parametrize(("k", "n"), [(0, 1), (0, 12), (3, 12), (12, 12), (1, 300)])
def test_exact_shares_and_counts_are_scipy_s(k, n):
    found = stats.binomtest(k, n).proportion_ci(0.95, "exact")
    assert exact_share(k, n) == pytest.approx((found.low, found.high))
    assert exact_count(k)[1] == pytest.approx(stats.chi2.ppf(0.975, 2 * k + 2) / 2)
    assert exact_count(k)[0] == pytest.approx(stats.chi2.ppf(0.025, 2 * k) / 2 if k else 0)
    assert share_of_people(k, n)["high"] == pytest.approx(found.high)


def test_equal_units_give_the_t_interval_of_their_mean():
    times = np.array([0.0, 9, 2, 14, 1, 11])
    found = over_units(times, np.ones(6), unit="activities", share=False)
    reach = stats.t.ppf(0.975, 5) * times.std(ddof=1) / np.sqrt(6)
    assert found["high"] == pytest.approx(times.mean() + reach)
    assert found["low"] == max(0.0, times.mean() - reach)
    assert found["interval_over"] == "activities"


def test_units_that_are_all_alike_still_leave_the_chance_of_single_events():
    found = over_units(np.array([2.0, 2, 2]), np.ones(3), unit="activities", share=False)
    assert (found["low"], found["high"]) == pytest.approx([end / 3 for end in exact_count(6)])
    none = over_units(np.zeros(4), np.full(4, 5.0), unit="activities", share=True)
    assert (none["low"], none["high"]) == pytest.approx(exact_share(0, 20))


@pytest.mark.parametrize(
    ("unit", "n", "said"), [("activities", 1, "1 activity cannot"), ("people", 4, "4 people cannot")]
)
def test_too_few_units_say_so(unit, n, said):
    found = over_units(np.ones(n), np.ones(n), unit=unit, share=False)
    assert np.isnan([found["low"], found["high"]]).all()
    assert found["note"].startswith(f"no interval: {said} show how {unit} differ")


def test_units_without_anything_do_not_count():
    full = over_units(np.array([1.0, 2, 0]), np.array([3.0, 2, 4]), unit="activities", share=True)
    padded = over_units(np.array([1.0, 2, 0, 0]), np.array([3.0, 2, 4, 0]), unit="activities", share=True)
    assert full == padded


def test_rates_of_meetings_that_differ_are_held_as_often_as_said():
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(400):
        times = rng.poisson(rng.gamma(2, 3, size=6)).astype(float)
        found = over_units(times, np.ones(6), unit="activities", share=False)
        held += found["low"] <= 6 <= found["high"]
    assert 0.89 <= held / 400 <= 0.99


@given(st.lists(st.integers(0, 30), min_size=5, max_size=15).filter(lambda x: sum(v > 0 for v in x) > 1))
def test_the_gini_interval_is_that_of_leaving_out_one_after_the_other(amounts):
    x = np.array(amounts, dtype=float)
    n = len(x)
    without = np.array([gini(np.delete(x, i)) for i in range(n)])
    reach = stats.t.ppf(0.975, n - 1) * np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum())
    found = gini_interval(x)
    assert found["low"] == pytest.approx(max(0, gini(x) - reach), abs=1e-9)
    assert found["high"] == pytest.approx(min(1, gini(x) + reach), abs=1e-9)


def test_a_gini_without_an_interval_says_why():
    assert gini_interval(np.ones(4))["note"] == "no interval: 4 people are too few"
    assert gini_interval(np.array([0.0, 0, 0, 0, 7]))["note"] == "no interval: one person has everything"
    assert gini_interval(np.array([0.0, 0, 0, 0, 7]))["interval_over"] is None


def pairs_of(n):
    return (end.tolist() for end in np.triu_indices(n, 1))


def test_pairs_are_no_more_sure_than_their_people():
    # Half of thirty people always agree with each other, and nobody else does: it hangs on who is there.
    first, second = map(np.array, pairs_of(30))
    blocks, mixed = (first < 15) & (second < 15), np.random.default_rng(1).permutation((first < 15) & (second < 15))
    ends = [str(i) for i in first], [str(i) for i in second]
    of_blocks, of_mixed = (over_pairs(hits, *ends, seed=1) for hits in (blocks, mixed))
    assert of_blocks["high"] - of_blocks["low"] > 1.5 * (of_mixed["high"] - of_mixed["low"])
    assert of_blocks == over_pairs(blocks, *ends, seed=1)
    assert of_blocks["low"] < blocks.mean() < of_blocks["high"]


def test_pairs_that_are_all_alike_get_the_exact_interval():
    ends = ["a", "b", "c", "a"], ["b", "c", "d", "e"]
    none = over_pairs(np.zeros(4, bool), *ends, seed=1)
    assert (none["low"], none["high"]) == pytest.approx(exact_share(0, 4))
    assert over_pairs(np.zeros(1, bool), ["a"], ["b"], seed=1)["note"] == "no interval: 2 people are too few"
