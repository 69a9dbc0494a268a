import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.errors import MeasureError
from nicmethods.network.permutation import permutations
from nicmethods.network.regression import mrqap

TERMS = ["intercept", "same", "returned", "noise"]


@pytest.fixture(scope="module")
def data(r_networks, r_matrix):
    values, groups = r_networks["middle"]
    same = (groups[:, None] == groups[None, :]).astype(float)
    return values, {"same": same, "returned": (values.T > 0).astype(float), "noise": r_matrix("noise.csv", 30)}


@pytest.mark.parametrize("network", ["middle", "middle_rows_3_8_unknown"])
def test_the_linear_model_is_that_of_r(data, r_values, network):
    y, predictors = data
    if network != "middle":
        y = y.copy()
        y[[2, 7]] = np.nan
    rows = mrqap(y, predictors, seed=1, n_permutations=4000).set_index("term")
    theirs = r_values[r_values["network"] == network]
    for column, measure in (("estimate", "netlm_estimate"), ("statistic", "netlm_t")):
        expected = theirs[theirs["measure"] == measure].set_index("by")["value"]
        np.testing.assert_allclose(rows.loc[TERMS, column], expected[TERMS], rtol=1e-8)
    if network == "middle":
        expected = theirs[theirs["measure"] == "netlm_p"].set_index("by")["value"]
        np.testing.assert_allclose(rows.loc[TERMS[1:], "p"], expected[TERMS[1:]], atol=0.04)


def test_the_logistic_model_is_that_of_r(data, r_values):
    y, predictors = data
    rows = mrqap((y > 0).astype(float), predictors, seed=1, n_permutations=2000, model="logistic").set_index("term")
    theirs = r_values[r_values["network"] == "middle"]
    expected = theirs[theirs["measure"] == "netlogit_estimate"].set_index("by")["value"]
    np.testing.assert_allclose(rows.loc[TERMS, "estimate"], expected[TERMS], rtol=1e-7)
    # R compares Wald's z, we the score z: the p-values agree within the error of 500 permutations.
    expected = theirs[theirs["measure"] == "netlogit_p"].set_index("by")["value"]
    np.testing.assert_allclose(rows.loc[TERMS[1:], "p"], expected[TERMS[1:]], atol=0.08)


def least_squares(y, design):
    beta = np.linalg.lstsq(design, y, rcond=None)[0]
    left = y - design @ beta
    spread = left @ left / (len(y) - design.shape[1]) * np.linalg.inv(design.T @ design)
    return beta, beta / np.sqrt(np.diag(spread))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.15]))
def test_every_permutation_is_the_regression_on_the_relabelled_residual(seed, missing):
    rng = np.random.default_rng(seed)
    n = 9
    y, *columns = rng.normal(size=(3, n, n))
    columns[0] = np.sign(columns[0])
    y[rng.random((n, n)) < missing] = np.nan
    known = ~np.isnan(y) & ~np.eye(n, dtype=bool)
    rows = mrqap(y, {"one": columns[0], "two": columns[1]}, seed=seed, n_permutations=20)
    for k in (0, 1):
        other = columns[1 - k]
        design = np.stack([np.ones(known.sum()), other[known]], axis=1)
        residual = np.full((n, n), np.nan)
        residual[known] = columns[k][known] - design @ least_squares(columns[k][known], design)[0]
        null = []
        for order in permutations(n, n_permutations=20, seed=seed):
            there = residual[np.ix_(order, order)]
            both = known & ~np.isnan(there)
            null.append(least_squares(y[both], np.stack([np.ones(both.sum()), other[both], there[both]], axis=1))[1][2])
        assert rows["expected"][k + 1] == pytest.approx(np.mean(null), abs=1e-8)
        assert rows["null_sd"][k + 1] == pytest.approx(np.std(null), abs=1e-8)


def test_undirected_halves_the_pairs_and_keeps_the_estimates():
    rng = np.random.default_rng(4)
    y, x = (matrix + matrix.T for matrix in rng.normal(size=(2, 10, 10)))
    one, other = (mrqap(y, {"x": x}, seed=1, directed=way) for way in (False, True))
    np.testing.assert_allclose(one["estimate"], other["estimate"])
    assert (one["n_dyads"][0], other["n_dyads"][0]) == (45, 90)
    assert one["p"][1] == pytest.approx(other["p"][1], abs=0.01)


def test_a_null_predictor_is_found_as_often_as_the_level_says():
    # Rows share a person's activity: naive p-values would be far too small.
    small = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        y, x = (rng.normal(size=(14, 14)) + 2 * rng.normal(size=(14, 1)) for _ in range(2))
        small += mrqap(y, {"x": x}, seed=seed, n_permutations=99)["p"][1] <= 0.05
    assert small <= 9


@pytest.mark.parametrize(
    ("y", "predictors", "model", "note"),
    [
        (np.ones((6, 6)), {"x": np.arange(36.0).reshape(6, 6)}, "linear", "outcome does not vary"),
        (np.arange(36.0).reshape(6, 6), {"x": np.ones((6, 6))}, "linear", "does not vary or is determined"),
        (np.full((6, 6), np.nan), {"x": np.ones((6, 6))}, "linear", "too few"),
        (np.eye(6)[::-1], {"x": np.eye(6)[::-1]}, "logistic", "separation"),
    ],
)
def test_what_is_undefined_says_so(y, predictors, model, note):
    rows = mrqap(y, predictors, seed=1, n_permutations=20, model=model)
    assert rows[["estimate", "p"]].isna().all(axis=None)
    assert rows["note"].str.contains(note).all()


def test_what_cannot_be_is_refused():
    with pytest.raises(MeasureError, match="0 or 1"):
        mrqap(np.full((4, 4), 2.0), {"x": np.ones((4, 4))}, seed=1, model="logistic")
    with pytest.raises(MeasureError, match="'the outcome' has 4 rows and 'x' 5"):
        mrqap(np.ones((4, 4)), {"x": np.ones((5, 5))}, seed=1)
