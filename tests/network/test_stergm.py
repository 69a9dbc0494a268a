from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.errors import MeasureError
from nicmethods.network.pair_models import stergm, stergm_table
from nicmethods.tables import RUN_TABLES


@pytest.fixture(scope="module")
def waves(r_networks, r_matrix):
    values, groups = r_networks["middle"]
    same = (groups[:, None] == groups[None, :]).astype(float)
    return (values > 0).astype(float), r_matrix("second_wave.csv", 30), same


@pytest.mark.parametrize("model", ["formation", "persistence"])
@pytest.mark.parametrize("mutual", [True, False])
def test_estimates_are_those_of_r(waves, r_values, model, mutual):
    before, after, same = waves
    rows = stergm(before, after, model=model, covariates={"same_group": same}, mutual=mutual).set_index("term")
    stem = model if mutual else f"{model}_without_mutual"
    for column, measure in (("estimate", stem), ("se", f"{stem}_se")):
        expected = r_values[r_values["measure"] == measure].set_index("by")["value"]
        np.testing.assert_allclose(rows.loc[expected.index, column], expected, rtol=2e-4)


def test_from_nothing_the_estimates_have_a_closed_form(random_values):
    # Holland & Leinhardt (1981): with edges and mutual alone, log odds of the dyad census.
    after = (random_values(25, 3) > 0).astype(float)
    mutual = (after * after.T).sum() / 2
    asymmetric = after.sum() - 2 * mutual
    null = 25 * 24 / 2 - mutual - asymmetric
    rows = stergm(np.zeros((25, 25)), after, model="formation")
    assert rows["estimate"][0] == pytest.approx(np.log(asymmetric / 2 / null))
    assert rows["estimate"][1] == pytest.approx(np.log(4 * mutual * null / asymmetric**2))
    assert rows["n_dyads"][0] == 600


def log_likelihood(theta, before, after, x, model):
    """Sum over pairs, and over what an unknown direction could be, written as it is defined."""
    total = 0.0
    keep = max if model == "formation" else min
    for i, j in zip(*np.triu_indices(len(before), 1), strict=True):
        then, now = (before[i, j], before[j, i]), (after[i, j], after[j, i])
        allowed = {(keep(a, then[0]), keep(b, then[1])) for a, b in product((0, 1), repeat=2)}
        fitting = {
            (keep(a, then[0]), keep(b, then[1]))
            for a, b in product((0, 1), repeat=2)
            if (np.isnan(now[0]) or a == now[0]) and (np.isnan(now[1]) or b == now[1])
        }
        weight = {(a, b): np.exp(theta @ [a + b, a * b, a * x[i, j] + b * x[j, i]]) for a, b in allowed}
        total += np.log(sum(weight[s] for s in fitting)) - np.log(sum(weight.values()))
    return total


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000), model=st.sampled_from(["formation", "persistence"]))
def test_estimates_maximise_the_likelihood_also_with_missing_answers(random_values, seed, model):
    rng = np.random.default_rng(seed)
    before, after = (
        (random_values(14, seed, 0.4) > 0).astype(float),
        (random_values(14, seed + 1, 0.4) > 0).astype(float),
    )
    after[3] = np.nan
    after[rng.random((14, 14)) < 0.05] = np.nan
    x = rng.normal(size=(14, 14))
    rows = stergm(before, after, model=model, covariates={"x": x})
    if rows["estimate"].isna().any():
        assert rows["note"].any()
        return
    theta = rows["estimate"].to_numpy()
    best = log_likelihood(theta, before, after, x, model)
    step = 1e-3
    for k in range(3):
        shift = step * np.eye(3)[k]
        up, down = (log_likelihood(theta + way * shift, before, after, x, model) for way in (1, -1))
        assert best >= max(up, down)
        assert (up - down) / (2 * step) == pytest.approx(0, abs=1e-3)


def test_a_person_who_did_not_answer_before_is_left_out(waves):
    before, after, same = (matrix.copy() for matrix in waves)
    before[4] = np.nan
    kept = np.delete(np.arange(30), 4)
    one = stergm(before, after, model="formation", covariates={"same": same})
    other = stergm(*(matrix[np.ix_(kept, kept)] for matrix in (before, after)), model="formation",
                   covariates={"same": same[np.ix_(kept, kept)]})  # fmt: skip
    np.testing.assert_allclose(one["estimate"], other["estimate"])
    assert one["n_dyads"][0] == other["n_dyads"][0]


def test_separation_is_said_not_hidden(waves):
    before, _, same = waves
    rows = stergm(before, before * same, model="persistence", covariates={"same": same}).set_index("term")
    assert np.isnan(rows.loc["same", "estimate"])
    assert "no finite estimate" in rows.loc["same", "note"]


def test_the_side_of_a_single_term_without_bound_is_named(waves):
    before = waves[0]
    rows = stergm(before, before, model="persistence", mutual=False)
    assert "above every bound" in rows["note"].iloc[-1]


def test_no_side_is_named_where_several_terms_have_no_bound(waves):
    before, _, same = waves
    rows = stergm(before, np.zeros_like(before), model="persistence", covariates={"same": same})
    notes = rows["note"][rows["estimate"].isna()]
    assert len(notes) > 1
    assert notes.str.contains("together with others past every bound").all()


@pytest.mark.parametrize(
    ("before", "covariate", "term", "note"),
    [
        (np.zeros((6, 6)), np.ones((6, 6)), "same", "the other terms determine it"),
        (np.ones((6, 6)), np.ones((6, 6)), "edges", "no pair at risk"),
        (np.full((6, 6), np.nan), np.ones((6, 6)), "edges", "no pair at risk"),
    ],
)
def test_what_is_undefined_says_so(random_values, before, covariate, term, note):
    rows = stergm(before, random_values(6, 1, 0.4) > 0, model="formation", covariates={"same": covariate}).set_index(
        "term"
    )
    assert np.isnan(rows.loc[term, "estimate"])
    assert note in rows.loc[term, "note"]


def test_what_cannot_be_is_refused():
    with pytest.raises(MeasureError, match="0, 1 and NaN"):
        stergm(np.full((4, 4), 2.0), np.zeros((4, 4)), model="formation")
    with pytest.raises(MeasureError, match="'dissolution'"):
        stergm(np.zeros((4, 4)), np.zeros((4, 4)), model="dissolution")
    with pytest.raises(MeasureError, match="'the earlier wave' has 4 rows and 'the later wave' 5"):
        stergm(np.zeros((4, 4)), np.zeros((5, 5)), model="formation")


def test_planted_effects_are_found(survey, joined):
    # Ties form and last inside sites far more than across.
    rng = np.random.default_rng(2)
    site = np.repeat(["x", "y", "z"], 14)
    same = site[:, None] == site[None, :]
    first = (rng.random((42, 42)) < 0.15).astype(float)
    chance = np.where(first == 1, np.where(same, 0.9, 0.4), np.where(same, 0.3, 0.05))
    second = (rng.random((42, 42)) < chance).astype(float)
    args = joined(survey(first, site=site), survey(second, site=site, wave="w2", answered=np.arange(42) != 5))
    rows = stergm_table(args, by=("site",))
    RUN_TABLES["stergm"].schema().validate(rows, lazy=True)
    found = rows[rows["term"] == "same_site"].set_index("model")
    assert found.loc["formation", "low"] > 1
    assert found.loc["persistence", "low"] > 1
    assert (rows.loc[rows["term"] == "mutual", "low"] < 0.5).all()


def test_a_term_that_never_occurs_beside_others_is_said_to_have_no_finite_estimate():
    """No tie forms inside a group while others form and are returned: the group term runs away, the others stay."""
    rng = np.random.default_rng(5)
    group = np.arange(12) % 3
    same = (group[:, None] == group[None, :]).astype(float)
    before = np.zeros((12, 12))
    after = (rng.random((12, 12)) < 0.25) & (same == 0)
    after |= after.T & (rng.random((12, 12)) < 0.8)
    after = after.astype(float)
    np.fill_diagonal(after, 0)
    table = stergm(before, after, model="formation", covariates={"same_group": same}).set_index("term")
    assert np.isnan(table.loc["same_group", ["estimate", "se", "p"]].astype(float)).all()
    assert "no finite estimate" in table.loc["same_group", "note"]
    assert np.isfinite(table.loc[["edges", "mutual"], "se"]).all()
