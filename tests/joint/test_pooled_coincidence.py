"""Pooled coincidence: R's mantelhaen.test and its Woolf test, p combined by hand, and cases that say nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nicmethods.across.pooling import combined_p, mantel_haenszel, pooled_coincidence, woolf
from nicmethods.tables import RUN_TABLES


def strata(a, b, c, d):
    a, b, c, d = (np.array(part, dtype=float) for part in (a, b, c, d))
    return a, a + b, a + c, a + b + c + d


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        # mantelhaen.test(a, correct = FALSE) of R on array(rbind(a, c, b, d), c(2, 2, 4)).
        (
            ([7, 5, 1, 12], [10, 3, 8, 20], [15, 2, 6, 9], [229, 30, 40, 150]),
            (7.89146304578, 4.21299159864, 14.78170263217),
        ),
        # mantelhaen.test(UCBAdmissions), as ?mantelhaen.test has it: admission by sex in six departments.
        (
            (
                [512, 353, 120, 138, 53, 22],
                [89, 17, 202, 131, 94, 24],
                [313, 207, 205, 279, 138, 351],
                [19, 8, 391, 244, 299, 317],
            ),
            (0.9046968, 0.7719074, 1.0603298),
        ),
    ],
    ids=["four strata", "UCBAdmissions"],
)
def test_r_gives_the_same(cells, expected):
    found = mantel_haenszel(*strata(*cells))
    assert tuple(found.values()) == pytest.approx(expected, rel=1e-6)


def test_heterogeneity_is_woolfs_of_r():
    # woolf(UCBAdmissions), the function in ?mantelhaen.test.
    cells = (
        (
            [512, 353, 120, 138, 53, 22],
            [89, 17, 202, 131, 94, 24],
            [313, 207, 205, 279, 138, 351],
            [19, 8, 391, 244, 299, 317],
        ),
    )
    found = woolf(*strata(*cells[0]))
    assert (found["q"], found["q_p"]) == pytest.approx((17.64407636, 0.00342720049), rel=1e-6)
    assert np.isnan(woolf(*strata([7], [10], [15], [229]))["q"])


def test_p_of_cases_are_combined_by_what_each_could_show():
    # z of .05 is 1.645: two cases of one size give 1.645 * 2 / root 2 = 2.326, which is .01.
    assert combined_p(np.array([0.05, 0.05]), np.array([3.0, 3.0])) == pytest.approx(0.0100, abs=5e-5)
    # Weights 2 and 1: (2 * 1.645 + 0) / root 5 = 1.4713.
    assert combined_p(np.array([0.05, 0.5]), np.array([4.0, 1.0])) == pytest.approx(0.0706, abs=5e-5)
    assert combined_p(np.array([0.2, np.nan]), np.array([1.0, 9.0])) == pytest.approx(0.2)
    assert np.isnan(combined_p(np.array([np.nan]), np.array([1.0])))


@given(st.lists(st.tuples(st.floats(0.001, 0.999), st.floats(0.2, 5)), min_size=1, max_size=8))
def test_the_order_of_cases_is_nothing_and_chance_stays_chance(cases):
    p, information = np.array(cases).T
    assert combined_p(p, information) == pytest.approx(combined_p(p[::-1], information[::-1]))
    assert combined_p(np.full(len(p), 0.5), information) == pytest.approx(0.5)


def claims(**cases):
    names = ["n_both", "n_talk", "n_change", "n_rows", "expected", "information", "p_more"]
    rows = [
        {"case": case, "proposition": "p", **dict(zip(names, values, strict=True))} for case, values in cases.items()
    ]
    return pd.DataFrame(rows)


def test_all_cases_then_without_each():
    found = pooled_coincidence(
        claims(
            one=(7, 17, 22, 261, 3.0, 2.0, 0.01), two=(5, 8, 7, 40, 2.5, 1.5, 0.2), none=(0, 0, 3, 9, 0.0, 0.0, np.nan)
        )
    )
    RUN_TABLES["pooled_coincidence"].schema().validate(found, lazy=True)
    assert found["left_out"].fillna("").tolist() == ["", "one", "two"]
    assert found["cases"].tolist() == ["one;two", "two", "one"]
    assert found["k"].tolist() == [2, 1, 1]
    whole = found.iloc[0]
    assert (whole["n_rows"], whole["n_both"], whole["expected"]) == (301, 12, 5.5)
    assert found.iloc[2]["odds_ratio"] == pytest.approx(7 * 229 / (10 * 15))
    assert found["p_more"].tolist()[1:] == pytest.approx([0.2, 0.01])
    # (root 2 * 2.3263 + root 1.5 * 0.8416) / root 3.5 = 2.3095.
    assert whole["p_more"] == pytest.approx(0.01046, abs=5e-6)
    assert found["note"].tolist()[1:] == ["one case alone: nothing is pooled"] * 2


def test_a_claim_of_which_no_case_says_anything_is_a_gap():
    found = pooled_coincidence(claims(none=(0, 0, 3, 9, 0.0, 0.0, np.nan), blank=(0, 0, 0, 0, np.nan, np.nan, np.nan)))
    assert found[["k", "n_rows"]].to_numpy().tolist() == [[0, 0]]
    assert found["odds_ratio"].isna().all()
    assert found["note"].str.startswith("no case says anything").all()
    assert pooled_coincidence(claims(none=(0, 0, 3, 9, 0.0, 0.0, np.nan))[:0]).empty


def test_the_odds_are_not_known_where_a_cell_decides_them():
    found = pooled_coincidence(claims(one=(3, 3, 3, 40, 0.3, 0.3, 0.04))).iloc[0]
    assert found[["odds_ratio", "low", "high"]].isna().all()
    assert found["p_more"] == pytest.approx(0.04)
