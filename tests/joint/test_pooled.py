"""Reference: metafor (R), by tests/reference/joint/pooled.R; BCG trials, equal cases, unequal cases."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nicmethods.across.pooling import FEWEST_CASES, pooled, random_effects

REFERENCE = Path(__file__).parents[1] / "reference" / "joint"
VALUES = pd.read_csv(REFERENCE / "pooled_values.csv", skipinitialspace=True)
FITTED = pd.read_csv(REFERENCE / "pooled_fit.csv", skipinitialspace=True).set_index("example")


@pytest.mark.parametrize("example", FITTED.index)
def test_metafor_gives_the_same(example):
    own = VALUES[VALUES["example"] == example]
    found = random_effects(own["yi"].to_numpy(), own["vi"].to_numpy())
    expected = FITTED.loc[example].to_dict()
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-7)


def test_equal_cases_by_hand():
    # Five values with one variance v: the mean, and tau2 = s² - v with s² the variance of the values.
    values, v = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), 0.5
    found = random_effects(values, np.full(5, v))
    assert found["estimate"] == pytest.approx(3)
    assert found["tau2"] == pytest.approx(2.5 - 0.5)
    assert found["high"] - 3 == pytest.approx(2.7764451 * np.sqrt(2.5 / 5))
    assert found["predicted_high"] - 3 == pytest.approx(2.7764451 * np.sqrt(2 + 2.5 / 5))
    assert found["i2"] == pytest.approx(2 / 2.5)
    assert found["q"] == pytest.approx(10 / v)


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 2)), min_size=5, max_size=12), st.floats(-3, 3))
def test_shifting_all_values_shifts_the_summary_alone(rows, shift):
    values, variances = np.array(rows).T
    found, moved = random_effects(values, variances), random_effects(values + shift, variances)
    assert moved["estimate"] == pytest.approx(found["estimate"] + shift, abs=1e-6)
    assert moved["tau2"] == pytest.approx(found["tau2"], abs=1e-6)
    assert found["predicted_low"] <= found["low"] <= found["estimate"] <= found["high"] <= found["predicted_high"]
    assert 0 <= found["tau2_low"] <= found["tau2"] + 1e-9
    assert found["tau2"] <= found["tau2_high"] + 1e-9


def compared(n, measure="density"):
    values = np.linspace(0.1, 0.3, n)
    return pd.DataFrame({"case": [f"c{i}" for i in range(n)], "measure": measure, "what": "w", "value": values}).assign(
        low=values - 0.05, high=values + 0.05, expected=np.nan
    )


def test_below_five_cases_there_is_no_summary():
    found = pooled(pd.concat([compared(FEWEST_CASES - 1), compared(FEWEST_CASES, "transitivity")])).set_index("measure")
    assert found.loc["density", ["k", "note"]].tolist() == [
        4,
        "too few: 4 of 5 cases with an interval",
    ]
    assert np.isnan(found.loc["density", "estimate"])
    assert found.loc["transitivity", "estimate"] == pytest.approx(0.2)
    assert pd.isna(found.loc["transitivity", "note"])


def test_a_case_without_an_interval_does_not_count():
    cases = compared(6)
    cases.loc[0, ["low", "high"]] = np.nan
    cases.loc[1, ["low", "high"]] = cases.loc[1, "value"]
    assert pooled(cases)["k"].tolist() == [4]
    assert pooled(cases.iloc[:0]).empty


def test_what_lies_above_chance_is_pooled_beside_the_value():
    cases = compared(5).assign(expected=[0.0, 0.05, 0.1, 0.15, 0.2])
    found = pooled(cases).set_index("pooled")
    assert found.loc["value", "estimate"] == pytest.approx(0.2)
    assert found.loc["above chance", "estimate"] == pytest.approx(0.1)
    assert found.loc["above chance", "tau2"] == 0, "each case lies 0.1 above what its size gives"
    assert found.loc["value", "tau2"] > 0
    assert pooled(cases.assign(expected=cases["expected"].where(cases.index < 4))).set_index("pooled").loc[
        "above chance", ["k", "note"]
    ].tolist() == [4, "too few: 4 of 5 cases with an interval"]


def test_an_interval_cut_at_the_end_of_the_scale_counts_with_its_whole_arm():
    cut = compared(5).assign(low=lambda t: (t["value"] - 0.25).clip(lower=0), high=lambda t: t["value"] + 0.25)
    whole = cut.assign(low=cut["value"] - 0.25)
    assert (cut["low"] == 0).sum() > 1
    pd.testing.assert_frame_equal(pooled(cut), pooled(whole))
