"""Measures, tests and models that a textbook has, against R's sna and igraph (more_reference.R)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.errors import MeasureError
from nicmethods.network import (
    covariate,
    mrqap,
    pair_model,
    qap,
    stergm,
    stergm_table,
    survey_of,
    to_matrix,
    wave_network,
)
from nicmethods.network.actors import eigenvector, shortest_paths, wave_actors
from nicmethods.network.belonging import _profile_distance
from nicmethods.network.groups import ei_valued
from nicmethods.network.measures import wave_measures
from nicmethods.network.pair_models import _pairs, _table

NETWORKS = ("small", "middle", "dense", "sparse")


@pytest.fixture(scope="module")
def more():
    path = Path(__file__).parents[1] / "reference" / "network" / "more_values.csv"
    return pd.read_csv(
        path, dtype={"by": "str", "actor": "str"}, keep_default_na=False, na_values={"value": ["NA", "NaN"]}
    )


def of(more, network, measure):
    return more[more["network"].eq(network) & more["measure"].eq(measure)]


@pytest.mark.parametrize("name", NETWORKS)
def test_values_of_networks_are_those_of_r(network, r_networks, more, name):
    values, groups = r_networks[name]
    rows = wave_measures(network(values, site=groups), seed=1, n_permutations=0, n_bootstrap=0).set_index("measure")
    for measure in (
        *("n_strong_components", "largest_component", "largest_strong_component", "mean_distance", "diameter"),
        *("clustering_mean", "assortativity_degree"),
    ):
        expected = of(more, name, measure)["value"].item()
        assert rows.loc[measure, "value"] == pytest.approx(expected, rel=1e-9), measure


@pytest.mark.parametrize("name", NETWORKS)
def test_values_of_actors_are_those_of_r(network, r_networks, more, name):
    values, groups = r_networks[name]
    rows = wave_actors(network(values, site=groups), seed=1, by=())
    for measure in ("closeness_out", "closeness_in", "clustering", "eigenvector"):
        expected = of(more, name, measure)["value"]
        if len(expected):
            found = rows.loc[rows["measure"].eq(measure), "value"]
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-7, err_msg=measure)


@pytest.mark.parametrize("name", NETWORKS)
def test_profile_distances_are_those_of_r(network, r_networks, more, name):
    built = network(r_networks[name][0])
    far = _profile_distance(built)
    expected = of(more, name, "sedist").set_index("by")["value"]
    assert [far[0, 1], far[1, 4], far.sum()] == pytest.approx(expected[["1 2", "2 5", "sum"]].to_list())


@settings(max_examples=30, deadline=None)
@given(n=st.integers(2, 80), seed=st.integers(0, 10_000), density=st.sampled_from([0.01, 0.05, 0.3]))
def test_paths_are_those_of_igraph(network, random_values, n, seed, density):
    built = network(random_values(n, seed, density))
    from nicmethods.network.graph import to_igraph

    graph, paths = to_igraph(built), shortest_paths(built, seed=1)
    far = np.array(graph.distances(), float)
    np.testing.assert_allclose(paths.harmonic["out"], graph.harmonic_centrality(mode="out"), atol=1e-12)
    np.testing.assert_allclose(paths.harmonic["in"], graph.harmonic_centrality(mode="in"), atol=1e-12)
    np.testing.assert_allclose(paths.near["out"] * (n - 1), (far <= 2).sum(axis=1) - 1)
    apart = np.where(np.isinf(far), n, far)
    np.testing.assert_allclose(paths.closeness["in"], (n - 1) / apart.sum(axis=0))
    reached = far[np.isfinite(far) & (far > 0)]
    if len(reached):
        assert (paths.mean_distance, paths.diameter) == (pytest.approx(reached.mean()), reached.max())
    else:
        assert np.isnan([paths.mean_distance, paths.diameter]).all()


@settings(max_examples=20, deadline=None)
@given(n=st.integers(3, 12), seed=st.integers(0, 10_000))
def test_names_and_order_never_matter_to_eigenvectors(network, random_values, n, seed):
    values = random_values(n, seed, 0.3)
    order = np.random.default_rng(seed).permutation(n)
    one, other = eigenvector(network(values)), eigenvector(network(values[np.ix_(order, order)]))
    np.testing.assert_allclose(one[order], other, atol=1e-8)


def test_two_like_components_share_the_eigenvector(network):
    triangles = np.kron(np.eye(2), np.ones((3, 3)) - np.eye(3))
    np.testing.assert_allclose(eigenvector(network(triangles)), np.full(6, 1 / np.sqrt(6)))


def test_the_sampled_paths_come_near_the_exact(random_values, network, monkeypatch):
    from nicmethods.network import actors as module

    built = network(random_values(300, 3, 0.02))
    exact = shortest_paths(built, seed=1)
    monkeypatch.setattr(module, "_MOST_STEPS", 0)
    some = shortest_paths(built, seed=1)
    assert "200 people at random" in some.note
    assert np.isnan(some.diameter)
    assert some.mean_distance == pytest.approx(exact.mean_distance, rel=0.02)
    for way in ("out", "in"):
        np.testing.assert_allclose(some.near[way], exact.near[way])
        assert np.corrcoef(some.closeness[way], exact.closeness[way])[0, 1] > 0.97
        assert some.closeness[way].mean() == pytest.approx(exact.closeness[way].mean(), rel=0.02)


def test_valued_ei_by_hand(network):
    values = np.zeros((4, 4))
    values[0, 1], values[0, 2], values[2, 3] = 3, 1, 2
    assert ei_valued(network(values, site=list("aabb")), by="site") == (pytest.approx((1 - 5) / 6), 0)
    assert ei_valued(network(values, site=["a", "a", "b", None]), by="site") == (pytest.approx((1 - 3) / 4), 1)


def middle(r_networks, r_matrix):
    values, groups = r_networks["middle"]
    same = (groups[:, None] == groups[None, :]).astype(float)
    return values, {"same": same, "returned": (values.T > 0).astype(float), "noise": r_matrix("noise.csv", 30)}


def test_regressions_say_what_lm_and_glm_say(r_networks, r_matrix, more):
    values, predictors = middle(r_networks, r_matrix)
    linear = mrqap(values, predictors, seed=1, n_permutations=20)
    logistic = mrqap((values > 0) * 1.0, predictors, seed=1, n_permutations=20, model="logistic")
    expected = more[more["network"].eq("middle")].set_index("measure")["value"]
    np.testing.assert_allclose(linear["se"], expected["lm_se"], rtol=1e-9)
    np.testing.assert_allclose(logistic["se"], expected["glm_se"], rtol=1e-6)
    for column, measure in (("r2", "lm_r2"), ("r2_adjusted", "lm_r2_adjusted")):
        assert linear[column].unique() == pytest.approx([expected[measure]])
    for column in ("deviance", "null_deviance", "aic"):
        assert logistic[column].unique() == pytest.approx([expected[f"glm_{column}"]])


@pytest.mark.parametrize(("model", "n", "slack"), [("linear", 2000, 0.04), ("logistic", 150, 0.12)])
def test_permuting_the_outcome_gives_the_p_of_sna(r_networks, r_matrix, more, model, n, slack):
    values, predictors = middle(r_networks, r_matrix)
    outcome = values if model == "linear" else (values > 0) * 1.0
    rows = mrqap(outcome, predictors, seed=2, n_permutations=n, model=model, permuted="y").set_index("term")
    expected = of(more, "middle", "netlm_qapy_p" if model == "linear" else "netlogit_qapy_p").set_index("by")["value"]
    for term, p in expected.items():
        assert rows.loc[term, "p"] == pytest.approx(p, abs=slack)


def test_permuting_the_outcome_with_holes_is_fitting_anew(random_values):
    rng = np.random.default_rng(4)
    y, x = (np.where(rng.random((12, 12)) < 0.1, np.nan, rng.normal(size=(12, 12))) for _ in range(2))
    rows = mrqap(y, {"x": x}, seed=3, n_permutations=40, permuted="y")
    from nicmethods.network.permutation import permutations

    t = []
    for order in permutations(12, n_permutations=40, seed=3):
        there = y[np.ix_(order, order)]
        known = ~np.isnan(there) & ~np.isnan(x) & ~np.eye(12, dtype=bool)
        design = np.column_stack([np.ones(known.sum()), x[known]])
        beta, left, *_ = np.linalg.lstsq(design, there[known], rcond=None)
        error = np.sqrt(left[0] / (known.sum() - 2) * np.linalg.inv(design.T @ design)[1, 1])
        t.append(beta[1] / error)
    assert rows["expected"][1] == pytest.approx(np.mean(t))
    assert rows["null_sd"][1] == pytest.approx(np.std(t))


def test_one_sided_p_are_those_of_sna(r_networks, more):
    values, groups = r_networks["middle"]
    test = qap((values > 0) * 1.0, (groups[:, None] == groups) * 1.0, seed=5, n_permutations=4000)
    assert test.p_greater == pytest.approx(of(more, "middle", "qap_p_greater")["value"].item(), abs=0.03)
    assert test.p_less == pytest.approx(of(more, "middle", "qap_p_less")["value"].item(), abs=0.03)
    assert len(test.null) == 4000
    assert (test.null >= test.value - 1e-9).sum() + 1 == pytest.approx(test.p_greater * 4001)


def test_one_wave_without_mutual_is_logistic_regression(r_networks, more):
    values, groups = r_networks["middle"]
    rows = pair_model((values > 0) * 1.0, covariates={"same_group": (groups[:, None] == groups) * 1.0}, mutual=False)
    expected = of(more, "middle", "one_wave").set_index("by")["value"]
    np.testing.assert_allclose(rows["estimate"], expected[["edges", "same_group"]], rtol=1e-6)
    for column, measure in (("log_likelihood", "one_wave_log_likelihood"), ("aic", "one_wave_aic")):
        assert rows[column].unique() == pytest.approx([of(more, "middle", measure)["value"].item()])


def shuffled(frame, seed=1):
    order = np.random.default_rng(seed).permutation(len(frame))
    return frame.iloc[order, order[::-1]]


def test_labelled_frames_are_aligned_in_every_test_and_model(random_values):
    names = [f"p{k:02d}" for k in range(12)]
    y, x, z = (pd.DataFrame(random_values(12, seed, 0.4), names, names) for seed in (1, 2, 3))
    tie = (y > 0).astype(float), (x > 0).astype(float)
    assert qap(y, shuffled(x), seed=1) == qap(y, x, seed=1)
    one, other = (mrqap(y, {"x": a, "z": z}, seed=1, n_permutations=50) for a in (x, shuffled(x)))
    pd.testing.assert_frame_equal(one, other)
    one, other = (
        stergm(tie[0], a, model="formation", covariates={"z": b})
        for a, b in ((tie[1], z), (shuffled(tie[1]), shuffled(z, 2)))
    )
    pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(
        pair_model(tie[0], covariates={"z": z}), pair_model(tie[0], covariates={"z": shuffled(z)})
    )


def test_what_is_not_of_the_same_people_is_named():
    one = pd.DataFrame(np.ones((4, 4)), list("abcd"), list("abcd"))
    other = one.rename(index={"d": "x"}, columns={"d": "x"})
    with pytest.raises(MeasureError, match="'d' only in 'x' and 'x' only in 'y'"):
        qap(one, other, seed=1)
    fit = mrqap(one, {"x": pd.DataFrame(np.ones((5, 5)), list("eabcd"), list("abcde"))}, seed=1)
    assert fit["n_dyads"][0] == 12  # a covariate may know more people
    with pytest.raises(MeasureError, match="'d' only in 'the outcome'"):
        mrqap(one, {"x": other}, seed=1)
    with pytest.raises(MeasureError, match="'the outcome' names its people and 'x' does not"):
        mrqap(one, {"x": np.ones((4, 4))}, seed=1)
    with pytest.raises(MeasureError, match="'d' only in 'the earlier wave'"):
        stergm(one, other, model="formation")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "logit"}, "no model 'logit'; it must be 'linear' or 'logistic'"),
        ({"model": "Linear"}, "no model 'Linear'"),
        ({"permuted": "x"}, "no way to permute 'x'; it must be 'dsp' or 'y'"),
    ],
)
def test_a_model_that_is_none_is_refused(options, message):
    with pytest.raises(MeasureError, match=message):
        mrqap(np.eye(5), {"x": np.eye(5)[::-1]}, seed=1, **options)


def test_waves_are_taken_as_they_are(survey, joined, random_values):
    values = random_values(10, 1, 0.4)
    both = joined(survey(values), survey(random_values(10, 2, 0.4), wave="w2"))
    one, other = (wave_network(both, wave=wave) for wave in ("w1", "w2"))
    assert qap(one, other, seed=1) == qap(one.binary(), other.binary(), seed=1)
    assert to_matrix(one, valued=True).loc["a000", "a001"] == values[0, 1]
    assert stergm(one, other, model="formation")["n_dyads"][0] == 90 - int((values > 0).sum())


def test_covariates_of_people_by_hand():
    roster = pd.DataFrame({"actor": list("abc"), "years": [1.0, 4.0, None], "site": ["x", "x", "y"]})
    study = survey_of(np.zeros((3, 3)), roster=roster)
    found = {
        kind: covariate(study, column="years", kind=kind) for kind in ("sender", "receiver", "difference", "distance")
    }
    assert [found[kind].loc["a", "b"] for kind in found] == [1, 4, -3, 3]
    assert found["sender"].loc["c"].isna().all()
    assert covariate(study, column="site", kind="same").loc["a"].tolist() == [1, 1, 0]
    with pytest.raises(MeasureError, match="'sender' needs numbers; 'site' of a is 'x'"):
        covariate(study, column="site", kind="sender")
    with pytest.raises(MeasureError, match="no column 'age'"):
        covariate(study, column="age", kind="same")
    with pytest.raises(MeasureError, match="kinds are 'same', 'sender'"):
        covariate(study, column="years", kind="ratio")


@pytest.fixture
def planted(survey, joined):
    """Ties form between people who were together in the interval, and not otherwise."""
    rng = np.random.default_rng(8)
    first = rng.random((30, 30)) < 0.1
    waves, frames = [survey(first * 1.0)], {}
    ids = waves[0].roster["actor"].to_numpy()
    for step, wave in enumerate(("w2", "w3")):
        together = np.triu(rng.random((30, 30)) < 0.3, 1)
        together = together | together.T
        first = first | (rng.random((30, 30)) < np.where(together, 0.3, 0.03))
        waves.append(survey(first * 1.0, wave=wave))
        frames[f"w{step + 1}", wave] = pd.DataFrame(together * 1.0, ids, ids)
    return joined(*waves), frames


def test_what_passed_between_waves_is_a_term(planted):
    study, frames = planted
    mixed = {between: shuffled(frame) for between, frame in frames.items()}
    rows = stergm_table(study, by=(), covariates={"together": mixed}).set_index(["to_wave", "model", "term"])
    for wave in ("w2", "w3"):
        assert rows.loc[(wave, "formation", "together"), "low"] > 1
    one = stergm_table(study, by=(), covariates={"together": mixed}, pooled=True).set_index(["model", "term"])
    assert one.loc[("formation", "together"), "se"] < rows.loc[("w2", "formation", "together"), "se"]
    assert one.loc[("formation", "together"), "value"] == pytest.approx(
        np.log(0.3 / 0.7) - np.log(0.03 / 0.97), abs=0.5
    )
    n_first = rows.loc[("w2", "formation", "edges"), "n_dyads"] + rows.loc[("w3", "formation", "edges"), "n_dyads"]
    assert one.loc[("formation", "edges"), "n_dyads"] == n_first
    with pytest.raises(MeasureError, match="given for each of them"):
        stergm_table(study, by=(), covariates={"together": {("w1", "w2"): frames["w1", "w2"]}}, pooled=True)


def test_an_interval_pooled_with_itself_halves_the_variance(random_values):
    before, after = ((random_values(14, seed, 0.3) > 0) * 1.0 for seed in (1, 2))
    pairs = _pairs(before, after, "formation", [], mutual=True)
    one, two = (_table(["edges", "mutual"], *[pairs] * times) for times in (1, 2))
    np.testing.assert_allclose(two["estimate"], one["estimate"])
    np.testing.assert_allclose(two["se"], one["se"] / np.sqrt(2))
    np.testing.assert_allclose(two["log_likelihood"], 2 * one["log_likelihood"])


def test_a_covariate_that_lacks_somebody_is_refused(planted):
    study, frames = planted
    short = {between: frame.iloc[1:, 1:] for between, frame in frames.items()}
    with pytest.raises(MeasureError, match="Covariate 'together' says nothing of 'a000'"):
        stergm_table(study, by=(), covariates={"together": short})


def test_relations_are_held_against_each_other(random_values):
    from nicmethods.network import qap_table

    advice, trust = (pd.DataFrame(random_values(14, seed, 0.3)) for seed in (1, 2))
    study = survey_of({("advice", "w1"): advice, ("trust", "w1"): trust})
    rows = qap_table(study, by=(), seed=1, n_permutations=99).set_index("term")
    assert list(rows.index) == ["tie_trust"]
    expected = np.corrcoef(
        (advice > 0).to_numpy()[~np.eye(14, dtype=bool)], (trust > 0).to_numpy()[~np.eye(14, dtype=bool)]
    )
    assert rows.loc["tie_trust", "value"] == pytest.approx(expected[0, 1])
    assert rows.loc["tie_trust", "p_greater"] + rows.loc["tie_trust", "p_less"] >= 1
