from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.network.groups import group_tests
from nicmethods.network.measures import network_measures, wave_measures
from nicmethods.tables import RUN_TABLES

NETWORKS = ("small", "middle", "dense", "sparse")
SAME_IN_R = (
    *("density", "n_ties", "mutual", "asymmetric", "null", "reciprocity_dyad", "reciprocity_arc", "transitivity"),
    *("centralization_in", "centralization_out", "centralization_betweenness", "n_components", "n_isolates"),
    *("weight_reciprocity_correlation", "weight_mean"),
)


def quick(network, **options):
    return wave_measures(network, seed=1, n_permutations=0, n_bootstrap=0, **options).set_index(["measure", "by"])[
        "value"
    ]


@pytest.fixture(scope="module")
def undirected(network):
    """A published undirected network as ties both ways."""

    def build(graph):
        return network(nx.to_numpy_array(graph, weight=None))

    return build


@pytest.fixture(scope="module")
def measured(network, r_networks):
    return {name: quick(network(values, site=groups), by=("site",)) for name, (values, groups) in r_networks.items()}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("measure", SAME_IN_R)
def test_values_are_those_of_r(measured, r_values, name, measure):
    expected = r_values.query("network == @name and measure == @measure")["value"].item()
    assert measured[name][measure, ""] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", NETWORKS)
def test_triads_are_those_of_r(measured, r_values, name):
    expected = r_values.query("network == @name and measure == 'triad_census'").set_index("by")["value"]
    assert measured[name]["triad_census"].to_dict() == expected.to_dict()


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("measure", ["modularity", "assortativity"])
def test_groups_are_those_of_r(measured, r_values, name, measure):
    expected = r_values.query("network == @name and measure == @measure")["value"].item()
    assert measured[name][measure, "site"] == pytest.approx(expected, rel=1e-9)


def test_where_tools_disagree_the_name_says_which(network, r_networks, r_values):
    ours = quick(network(r_networks["middle"][0]), by=())
    theirs = (
        r_values.query("network == 'middle' and actor == ''").drop_duplicates("measure").set_index("measure")["value"]
    )
    assert ours["reciprocity_arc", ""] == pytest.approx(theirs["reciprocity_igraph"])
    assert abs(ours["reciprocity_arc", ""] - theirs["reciprocity_sna_default"]) > 0.3  # null pairs count as agreement
    assert abs(ours["transitivity", ""] - theirs["transitivity_igraph"]) > 0.05  # direction ignored
    assert abs(ours["centralization_in", ""] - theirs["centralization_in_igraph_default"]) > 0.004  # loops allowed
    assert ours["n_components", ""] == 1
    assert theirs["n_components_sna_default"] == 2  # strong


def test_florentine_marriages_as_published(undirected):
    # Wasserman & Faust (1994), section 5.2: degree index 0.267 of 16 families, betweenness index 0.437 of the 15 with
    # a marriage.
    graph = nx.florentine_families_graph()
    assert quick(undirected(graph), by=())["centralization_betweenness", ""] == pytest.approx(0.437, abs=5e-4)
    graph.add_node("Pucci")
    ours = quick(undirected(graph), by=())
    assert ours["n_isolates", ""] == 1
    assert (ours["mutual", ""], ours["null", ""]) == (20, 100)
    # Their degree index divides by (n - 1)(n - 2), ours (ties may be one-sided) by (n - 1) squared.
    assert ours["centralization_in", ""] * 15 / 14 == pytest.approx(0.267, abs=5e-4)


def test_karate_club_groups_as_published(undirected, network):
    # Newman & Girvan (2004): the split of the club; Brandes et al. (2008): the best possible modularity, 0.4198.
    graph = nx.karate_club_graph()
    values = nx.to_numpy_array(graph, weight=None)
    clubs = [graph.nodes[node]["club"] for node in graph]
    assert quick(undirected(graph), by=())["modularity_leiden", ""] == pytest.approx(0.4198, abs=5e-5)
    assert quick(undirected(graph), by=())["n_groups_leiden", ""] == 4
    expected = nx.community.modularity(
        graph, [{i for i, c in enumerate(clubs) if c == k} for k in set(clubs)], weight=None
    )
    found = group_tests(network(values, site=clubs), by="site", seed=1, n_permutations=0)
    assert found["modularity"].value == pytest.approx(expected)


def test_a_network_small_enough_to_recount(network):
    # a000 <-> a001, a001 -> a002, a000 -> a002 (value 3); a003 answered and names nobody; a004 did not answer.
    values = np.zeros((5, 5))
    values[0, 1] = values[1, 0] = values[1, 2] = 1
    values[0, 2] = 3
    ours = quick(network(values, answered=[1, 1, 1, 1, 0]), by=())
    assert ours["n_actors", ""] == 5
    assert ours["n_responded", ""] == 4
    assert ours["density", ""] == 4 / 16
    assert ours["mean_degree", ""] == 1
    assert (ours["mutual", ""], ours["asymmetric", ""], ours["null", ""]) == (1, 2, 3)
    assert ours["reciprocity_dyad", ""] == pytest.approx(1 / 3)
    assert ours["reciprocity_arc", ""] == 0.5
    assert ours["transitivity", ""] == 1  # 0 -> 1 -> 2 and 1 -> 0 -> 2, both closed
    assert ours["n_components", ""] == 2
    assert ours["n_isolates", ""] == 1
    assert ours["triad_census", "120U"] == 1
    assert ours["weight_mean", ""] == 1.5
    assert ours["weight_reciprocity_minmax", ""] == 1 / (1 + 1 + 3)


def test_the_three_policies_differ_as_they_say(network):
    values = np.zeros((4, 4))
    values[0, 1] = values[0, 2] = values[1, 0] = 1
    options = {"answered": [1, 1, 0, 0], "directed": False}
    observed, lent, zero = (
        quick(network(values, policy=policy, **options), by=()) for policy in ("observed", "reconstruct", "zero")
    )
    assert observed["density", ""] == 3 / 6
    assert zero["density", ""] == 3 / 12
    assert lent["density", ""] == 4 / 10  # 2 -> 0 is lent by 0; pairs of 2 and 3 stay unknown
    assert zero["null", ""] == 4
    assert np.isnan(lent["reciprocity_arc", ""])
    assert lent["n_responded", ""] == zero["n_responded", ""] == 2


def test_a_question_asked_inside_sites_counts_pairs_inside_sites_only(network):
    values = np.ones((4, 4))
    rows = wave_measures(
        network(values, site=["x", "x", "y", "y"], within="site"),
        seed=1,
        by=("site",),
        n_permutations=99,
        n_bootstrap=50,
    ).set_index("measure")
    assert rows.loc["density", "value"] == 1
    assert rows.loc["density", "n_dyads"] == 4
    assert rows.loc["ei_index", "value"] == -1
    assert np.isnan(rows.loc["ei_index", "p"])
    assert rows.loc["ei_index", "note"]
    assert np.isnan(rows.loc["centralization_in", "value"])
    assert "only within site" in rows.loc["centralization_in", "note"]
    assert rows.loc["null", "value"] == 0


@pytest.mark.parametrize(
    ("values", "options", "measure", "note"),
    [
        (np.zeros((5, 5)), {}, "reciprocity_arc", "no ties"),
        (np.zeros((5, 5)), {}, "transitivity", "no path"),
        (np.zeros((5, 5)), {}, "ei_index", "no ties"),
        (np.ones((3, 3)), {"site": ["x", "x", "y"]}, "ei_index", "fewer than 4"),
        (np.ones((5, 5)), {"answered": [0] * 5}, "density", "nobody answered"),
        (np.ones((5, 5)), {"answered": [0] * 5}, "n_components", "nobody answered"),
        (np.ones((5, 5)), {}, "core_periphery_fit", "no variance"),
    ],
)
def test_the_undefined_says_so(network, values, options, measure, note):
    rows = wave_measures(network(values, **options), seed=1, by=("site",), n_permutations=20, n_bootstrap=20)
    row = rows[rows["measure"] == measure].iloc[0]
    assert np.isnan(row["p"])
    assert note in row["note"]


def test_raw_ei_needs_the_value_expected_from_group_sizes(network, random_values):
    # Nine groups of two: most ties must cross, so a positive index can still be homophily.
    values = random_values(18, 3, 0.1)
    group = np.repeat(np.arange(9), 2)
    values[group[:, None] == group[None, :]] = 1
    rows = wave_measures(network(values, site=group.astype(str)), seed=1, by=("site",), n_bootstrap=0)
    row = rows[rows["measure"] == "ei_index"].iloc[0]
    assert 0 < row["value"] < row["expected"]
    assert row["p"] < 0.01


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(n=st.integers(4, 11), seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
def test_relabelling_actors_changes_nothing(network, random_values, n, seed, order):
    values = random_values(n, seed)
    site = np.random.default_rng(seed).choice(["x", "y", "z"], n)
    answered = np.random.default_rng(seed + 1).random(n) < 0.8
    shuffled = list(range(n))
    order.shuffle(shuffled)
    one = quick(network(values, site=site, answered=answered), by=("site",))
    other = quick(
        network(values[np.ix_(shuffled, shuffled)], site=site[shuffled], answered=answered[shuffled]), by=("site",)
    )
    # Leiden is a search from random starts; which of several equally good cores is found is open.
    searched = ["n_core", "n_groups_leiden", "modularity_leiden"]
    pd.testing.assert_series_equal(one.drop(searched, level=0), other.drop(searched, level=0), rtol=1e-9)


@settings(max_examples=15, deadline=None)
@given(n=st.integers(4, 12), seed=st.integers(0, 10_000))
def test_a_further_person_who_did_not_answer_changes_nothing_among_the_others(network, random_values, n, seed):
    values = random_values(n, seed)
    wider = np.zeros((n + 1, n + 1))
    wider[:n, :n] = values
    one = quick(network(values), by=())
    other = quick(network(wider, answered=[True] * n + [False]), by=())
    changed = one.index[~np.isclose(one, other, equal_nan=True)].get_level_values("measure")
    assert set(changed) <= {"n_actors", "density"}
    # Density alone also counts pairs of those who answered with the person who did not.
    assert other["density", ""] * (n * n) == pytest.approx(one["density", ""] * n * (n - 1))


@settings(max_examples=15, deadline=None)
@given(n=st.integers(4, 12), seed=st.integers(0, 10_000))
def test_reversing_all_ties_swaps_in_and_out(network, random_values, n, seed):
    values = random_values(n, seed)
    one, other = quick(network(values), by=()), quick(network(values.T), by=())
    swap = {"centralization_in": "centralization_out", "centralization_out": "centralization_in"}
    swap |= {"021D": "021U", "021U": "021D", "111D": "111U", "111U": "111D", "120D": "120U", "120U": "120D"}
    for (measure, by), value in one.items():
        if measure not in ("n_core", "n_groups_leiden", "modularity_leiden"):
            assert other[swap.get(measure, measure), swap.get(by, by)] == pytest.approx(value, nan_ok=True)


def test_the_same_seed_gives_the_same_table_in_any_row_order(survey, random_values):
    study = survey(random_values(15, 4), site=["x", "y", "z"] * 5)
    options = {"seed": 5, "n_permutations": 50, "n_bootstrap": 50}
    one = network_measures(study, **options)
    other = network_measures(replace(study, ties=study.ties.sample(frac=1, random_state=1)), **options)
    pd.testing.assert_frame_equal(one, other)
    RUN_TABLES["network_measures"].schema().validate(one, lazy=True)


def test_two_waves_are_compared(survey, joined):
    first, second = np.zeros((4, 4)), np.zeros((4, 4))
    first[0, 1] = first[1, 2] = second[1, 2] = second[2, 3] = 1
    args = joined(survey(first), survey(second, wave="w2"))
    rows = network_measures(args, seed=1, n_permutations=0, n_bootstrap=0)
    rows = rows.set_index(["measure", "wave", "by"])["value"]
    assert rows["jaccard", "w2", "w1"] == pytest.approx(1 / 3)
    assert rows["hamming", "w2", "w1"] == 2


def test_no_input_is_changed(survey, random_values):
    args = survey(random_values(8, 2), site=["x", "y"] * 4, blank=[(0, 1)])
    before = {name: getattr(args, name).copy() for name in ("ties", "responses", "roster", "relations", "waves")}
    network_measures(args, seed=1, n_permutations=10, n_bootstrap=10)
    for name, copy in before.items():
        pd.testing.assert_frame_equal(getattr(args, name), copy)


def test_a_value_that_no_draw_changes_has_no_interval_and_says_so(network):
    values = np.zeros((8, 8))
    values[[0, 2, 4], [1, 3, 5]] = values[[1, 3], [2, 4]] = 1
    found = wave_measures(network(values), seed=1, n_permutations=0).set_index("measure")
    assert found.loc["transitivity", "value"] == 0
    assert np.isnan(found.loc["transitivity", ["low", "high"]].astype(float)).all()
    assert found.loc["transitivity", "note"] == "no interval: no draw of people changes the value"
    assert found.loc["density", "low"] < found.loc["density", "high"]
    assert "no interval" not in found.loc["density", "note"]
