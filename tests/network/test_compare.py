import numpy as np
import pandas as pd
import pytest

from nicmethods.network.permutation import qap
from nicmethods.network.regression import mrqap, qap_table
from nicmethods.tables import RUN_TABLES


@pytest.fixture(scope="module")
def waves(survey, joined, random_values):
    first, second = random_values(16, 1, 0.3), random_values(16, 2, 0.3)
    second = np.where(np.random.default_rng(3).random((16, 16)) < 0.6, first, second)
    site, role = ["w", "x", "y", "z"] * 4, ["t", "c"] * 8
    answered = np.arange(16) != 5
    one = survey(first, site=site, role=role)
    return joined(one, survey(second, site=site, role=role, wave="w2", answered=answered)), first, second


def test_the_table_is_what_its_parts_give(waves):
    args, first, second = waves
    rows = qap_table(args, seed=1, n_permutations=200)
    RUN_TABLES["qap"].schema().validate(rows, lazy=True)
    before, after = (first > 0).astype(float), np.where(np.arange(16)[:, None] == 5, np.nan, second > 0)
    row = rows[(rows["model"] == "correlation") & (rows["term"] == "earlier_tie")].iloc[0]
    assert row["value"] == pytest.approx(qap(after, before, seed=1).value)
    assert row["n_dyads"] == 15 * 15
    assert row["p"] < 0.05
    predictors = {"earlier": before, "returned": before.T}
    site, role = args.roster["site"].to_numpy(), args.roster["role"].to_numpy()
    predictors |= {"site": site[:, None] == site[None, :], "role": role[:, None] == role[None, :]}
    expected = mrqap(after, predictors, seed=1, n_permutations=10)["estimate"]
    model = rows[rows["model"] == "mrqap_linear"]
    assert model["term"].tolist() == ["intercept", "earlier_tie", "earlier_returned", "same_site", "same_role"]
    np.testing.assert_allclose(model["value"], expected)
    assert (model["p_adjusted"].dropna() >= model["p"].dropna()).all()


def test_a_term_that_cannot_vary_is_kept_with_its_reason(survey, joined, random_values):
    options = {"site": ["x", "y"] * 6, "within": "site"}
    args = joined(survey(random_values(12, 1, 0.5), **options), survey(random_values(12, 2, 0.5), wave="w2", **options))
    rows = qap_table(args, by=("site",), seed=1, n_permutations=50)
    kept = rows[rows["term"] == "same_site"]
    assert kept["value"].isna().all()
    assert (kept["note"].str.contains("variance|does not vary")).all()
    other = rows[(rows["model"] == "mrqap_linear") & (rows["term"] == "earlier_tie")]
    assert other["p"].notna().all()
    assert other["n_dyads"].item() == 60


def test_the_same_seed_gives_the_same_table(waves):
    args = waves[0]
    one, other = (qap_table(args, seed=2, n_permutations=20) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
