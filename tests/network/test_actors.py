import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.network.actors import ROLES, actor_measures, brokerage, structural_holes, wave_actors
from nicmethods.network.formats import survey_of
from nicmethods.network.graph import to_networkx, wave_network
from nicmethods.tables import RUN_TABLES

IN_R = (
    *("in_degree", "out_degree", "in_strength", "out_strength", "betweenness", "closeness_harmonic_out"),
    *("closeness_harmonic_in", "pagerank", "k_core", "constraint"),
)


def wide(network, by=()):
    rows = wave_actors(network, seed=1, by=by)
    return rows.pivot(index="actor", columns=["measure", "by"], values="value")


@pytest.fixture(scope="module")
def measured(network, r_networks):
    return {name: wide(network(values, site=groups), by=("site",)) for name, (values, groups) in r_networks.items()}


@pytest.mark.parametrize("name", ["small", "middle", "dense", "sparse"])
@pytest.mark.parametrize("measure", IN_R)
def test_values_are_those_of_r(measured, r_values, name, measure):
    expected = r_values.query("network == @name and measure == @measure")["value"].to_numpy()
    ours = measured[name][measure, ""].to_numpy()
    np.testing.assert_allclose(ours, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", ["small", "middle", "dense", "sparse"])
@pytest.mark.parametrize("role", ROLES)
def test_brokerage_is_that_of_r(measured, r_values, name, role):
    ours = measured[name]
    for measure in (f"brokerage_{role}", f"brokerage_{role}_z"):
        expected = r_values.query("network == @name and measure == @measure")["value"].to_numpy()
        np.testing.assert_allclose(ours[measure, "site"].to_numpy(), expected, rtol=1e-8, atol=1e-9)


def test_the_two_middle_roles_are_not_swapped(network):
    # a000 and a001 share a group; a002 is outside: a000 -> a001 -> a002 leaves the group through a001.
    values = np.zeros((3, 3))
    values[0, 1] = values[1, 2] = 1
    raw, _ = brokerage(network(values, site=["x", "x", "y"]), by="site")
    assert raw[1].tolist() == [0, 0, 1, 0, 0]
    raw, _ = brokerage(network(values.T, site=["x", "x", "y"]), by="site")
    assert raw[1].tolist() == [0, 0, 0, 1, 0]


def test_krackhardts_kite_as_published():
    # Krackhardt (1990), Administrative Science Quarterly 35: Diane has most ties (6), Heather most betweenness (14).
    kite = wave_network(survey_of(nx.krackhardt_kite_graph()))
    found = kite.betweenness / 2
    assert int(found.argmax()) == 7
    assert found.max() == pytest.approx(14)
    assert int(np.argmax(kite.graph.degree(mode="out"))) == 3


@settings(max_examples=20, deadline=None)
@given(n=st.integers(3, 12), seed=st.integers(0, 10_000))
def test_networkx_agrees(network, random_values, n, seed):
    built = network(random_values(n, seed))
    graph = to_networkx(built)
    ours = wide(built)
    theirs = {
        "betweenness": nx.betweenness_centrality(graph, normalized=False),
        "closeness_harmonic_in": {k: v / (n - 1) for k, v in nx.harmonic_centrality(graph).items()},
        "constraint": nx.constraint(graph),
        # Without nodes=, networkx 3.6 divides by the other person's strongest tie (a broadcast along the wrong axis);
        # with it, whoever names nobody counts as an isolate.
        "effective_size": nx.effective_size(graph, nodes=list(graph)),
        "pagerank": nx.pagerank(graph, weight=None, tol=1e-12, max_iter=1000),
    }
    for measure, values in theirs.items():
        expected = np.array([values[actor] for actor in ours.index])
        defined = ~np.isnan(expected)
        np.testing.assert_allclose(ours[measure, ""][defined], expected[defined], rtol=1e-6, atol=1e-8)


@settings(max_examples=10, deadline=None)
@given(n=st.integers(3, 10), seed=st.integers(0, 10_000))
def test_reversing_all_ties_swaps_in_and_out(network, random_values, n, seed):
    values = random_values(n, seed)
    one, other = wide(network(values)), wide(network(values.T))
    for stem in ("{}_degree", "{}_strength", "closeness_harmonic_{}", "reach_2_{}"):
        np.testing.assert_allclose(one[stem.format("in"), ""], other[stem.format("out"), ""])
    np.testing.assert_allclose(one["betweenness", ""], other["betweenness", ""], atol=1e-9)


def test_who_did_not_answer_has_only_what_others_report(network, random_values):
    values = random_values(8, 3, 0.4)
    ours = wide(network(values, answered=[True] * 7 + [False]), by=("site",))
    silent = ours.loc["a007"]
    assert silent["in_degree", ""] == (values[:7, 7] > 0).sum()
    assert silent.drop(["in_degree", "in_strength"], level="measure").isna().all()
    among = wide(network(values[:7, :7]), by=("site",))
    same = [column for column in ours if column[0] not in ("out_degree", "out_strength")]
    np.testing.assert_allclose(ours.iloc[:7][same], among[same])


def test_an_isolate_has_no_constraint(network):
    values = np.zeros((3, 3))
    values[0, 1] = values[1, 0] = 1
    constraint, effective = structural_holes(network(values))
    assert constraint[:2].tolist() == effective[:2].tolist() == [1, 1]
    assert np.isnan([constraint[2], effective[2]]).all()


def test_who_has_no_group_has_no_brokerage(network, random_values):
    raw, z = brokerage(network(random_values(8, 1, 0.4), site=["x", "y", None, "x", "y", "x", "y", "x"]), by="site")
    assert np.isnan(raw[2]).all()
    assert np.isnan(z[2]).all()
    assert not np.isnan(raw[0]).any()


def test_the_table_is_as_declared(survey, joined, random_values):
    one = survey(random_values(9, 1), site=["x", "y", "z"] * 3)
    args = joined(one, survey(random_values(9, 2), site=["x", "y", "z"] * 3, wave="w2", present=[True] * 8 + [False]))
    rows = actor_measures(args, seed=1)
    RUN_TABLES["actor_measures"].schema().validate(rows, lazy=True)
    assert "a008" not in set(rows.query("wave == 'w2' and measure == 'in_degree'")["actor"])
    turnover = rows.query("measure == 'turnover_out' and actor == 'a000'")
    assert turnover["by"].tolist() == ["w1"]
