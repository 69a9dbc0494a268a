"""A survey from what is at hand says the same as a case's, and what cannot be aligned is refused by name."""

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nicmethods as nic
from nicmethods.errors import MeasureError
from nicmethods.network import survey_of, wave_network

NAMES = ["Ana", "Ben", "Cy", "Di"]
VALUES = np.array([[0, 2, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]], float)


def frame(values=VALUES, names=NAMES):
    return pd.DataFrame(values, index=names, columns=names)


def edges():
    source, target = np.nonzero(VALUES)
    names = np.array(NAMES)
    return pd.DataFrame({"source": names[source], "target": names[target], "weight": VALUES[source, target]})


def as_igraph():
    graph = igraph.Graph.Weighted_Adjacency(VALUES.tolist())
    graph.vs["name"], graph.vs["site"] = NAMES, list("xxyy")
    return graph


def as_networkx():
    graph = nx.DiGraph()
    graph.add_nodes_from((name, {"site": site}) for name, site in zip(NAMES, "xxyy", strict=True))
    graph.add_weighted_edges_from(edges().itertuples(index=False))
    return graph


def found(survey):
    network = wave_network(survey)
    return pd.DataFrame(network.values(), index=network.actors, columns=network.actors)


@pytest.mark.parametrize(
    "made",
    [
        lambda: survey_of(frame()),
        lambda: survey_of(VALUES, roster=pd.DataFrame({"actor": NAMES})),
        lambda: survey_of(edges(), roster=pd.DataFrame({"actor": NAMES})),
        lambda: survey_of(as_igraph()),
        lambda: survey_of(as_networkx()),
        lambda: survey_of(frame().loc[:, ["Di", "Ana", "Cy", "Ben"]]),
    ],
    ids=["frame", "array", "edges", "igraph", "networkx", "columns in another order"],
)
def test_every_way_in_gives_the_same_network(made):
    expected = frame(np.where(np.eye(4), np.nan, VALUES))
    pd.testing.assert_frame_equal(found(made()), expected, check_index_type=False, check_column_type=False)


def test_graphs_bring_attributes():
    for graph in (as_igraph(), as_networkx()):
        assert survey_of(graph).roster["site"].tolist() == list("xxyy")


@pytest.mark.parametrize("graph", [igraph.Graph.Famous("Krackhardt_Kite"), nx.karate_club_graph()])
def test_an_undirected_edge_is_reported_by_both(graph):
    survey = survey_of(graph)
    n_edges = graph.ecount() if isinstance(graph, igraph.Graph) else graph.number_of_edges()
    assert len(survey.ties) == 2 * n_edges
    assert not survey.relations["directed"].any()
    assert wave_network(survey.under(policy="reconstruct")).n_cells == len(survey.roster) * (len(survey.roster) - 1)


def test_a_row_that_is_not_reported_is_no_answer_and_a_cell_is_a_blank():
    values = VALUES.copy()
    values[3] = np.nan
    values[0, 2] = np.nan
    network = wave_network(survey_of(frame(values)))
    assert network.answered.tolist() == [True, True, True, False]
    assert network.n_cells == 8
    assert np.isnan(network.values()[0, 2])


def test_who_answered_can_be_said():
    network = wave_network(survey_of(frame(), answered=["Ana", "Ben"]))
    assert network.n_cells == 6
    by_wave = survey_of({"w1": frame(), "w2": frame()}, answered={"w2": ["Ana"]})
    assert [wave_network(by_wave, wave=wave).answered.sum() for wave in ("w1", "w2")] == [4, 1]


def test_waves_and_relations_keep_their_order_and_joiners_are_known():
    later = frame(np.ones((3, 3)), ["Ana", "Ben", "Eve"])
    survey = survey_of({("advice", "w1"): frame(), ("advice", "w2"): later, ("trust", "w2"): later}, threshold=2)
    assert survey.wave_order == ["w1", "w2"]
    assert survey.relations["relation"].tolist() == ["advice", "trust"]
    reason = nic.network.dyad_change(survey.only("advice")).set_index(["source", "target"])["reason"]
    assert (reason["Ana", "Eve"], reason["Di", "Ana"]) == ("joiner", "leaver")


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(n=st.integers(2, 7), seed=st.integers(0, 10_000))
def test_a_network_taken_out_and_brought_back_is_the_same(random_values, n, seed):
    network = wave_network(survey_of(random_values(n, seed)))
    for graph in (nic.network.to_igraph(network), nic.network.to_networkx(network)):
        pd.testing.assert_frame_equal(found(survey_of(graph)), found(survey_of(random_values(n, seed))))


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (frame().rename(columns={"Cy": "Zoe"}), {}, "'Cy' only in the rows and 'Zoe' only in the columns"),
        (frame().set_axis([*"ABCA"]).set_axis([*"ABCA"], axis=1), {}, "'A' stands twice among the rows"),
        (VALUES[:3], {}, r"n x n matrix; this one has shape \(3, 4\)"),
        (VALUES, {"roster": pd.DataFrame({"actor": ["A"]})}, "has 4 rows and the roster 1 people"),
        (edges(), {"roster": pd.DataFrame({"actor": ["Ana"]})}, "'Ben', 'Cy' in the network of tie 1 are not in the roster"),
        (edges(), {"answered": ["Zoe"]}, "'Zoe' in 'answered' of tie 1 is not in the roster"),
        ({"w1": VALUES}, {"answered": {"w2": ["1"]}}, r"'answered' names \('tie', 'w2'\)"),
        ({("a", "b", "c"): VALUES}, {}, "give a wave, or a pair of relation and wave"),
        (pd.concat([edges(), edges()]), {}, "stands twice"),
        ("advice.csv", {}, "a square matrix of numbers .* this is a str. Edge lists"),
    ],
)  # fmt: skip
def test_what_cannot_be_aligned_is_refused(data, options, message):
    with pytest.raises(MeasureError, match=message):
        survey_of(data, **options)


def test_a_threshold_that_makes_everything_a_tie_is_refused():
    with pytest.raises(MeasureError, match="threshold of 'tie' in wave '1' is 0; a tie needs a value above 0"):
        wave_network(survey_of(VALUES, threshold=0))


def test_the_room_lists_its_functions_and_each_is_one():
    names = dir(nic.network)
    assert {"survey_of", "qap", "mrqap", "cug", "stergm", "brokerage", "core_periphery", "group_tests"} <= set(names)
    for name in names:
        assert callable(getattr(nic.network, name)), name
        assert getattr(nic.network, name).__doc__, name


@pytest.mark.parametrize("measure", [nic.network.network_measures, nic.network.mixing, nic.network.qap_table])
def test_a_grouping_that_is_none_is_refused(measure):
    with pytest.raises(MeasureError, match="no column 'practice'; it has site, role, level, joined, left"):
        measure(survey_of(frame()), by="practice", seed=1)


@pytest.mark.parametrize("threshold", [{}, {"w1": 2}, 2, np.int64(2), None])
def test_thresholds_are_numbers_or_numbers_by_wave(threshold):
    ties = {"w1": [[0, 1], [2, 0]], "w2": [[0, 1], [2, 0]]}
    assert len(survey_of(ties).under(threshold=threshold).ties) == 4


@pytest.mark.parametrize(
    ("threshold", "message"),
    [
        ("2", "The threshold is '2', no number"),
        ([2], "no number"),
        (True, "no number"),
        ({"w1": None}, "no number"),
        (0, "a tie needs a value above 0"),
        (float("nan"), "above 0"),
        ({"w9": 1}, "names wave 'w9'; waves are w1, w2"),
    ],
)
def test_other_thresholds_are_refused(threshold, message):
    survey = survey_of({"w1": [[0, 1], [2, 0]], "w2": [[0, 1], [2, 0]]})
    with pytest.raises(MeasureError, match=message):
        survey.under(threshold=threshold)


def _list(**columns):
    return pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"]}).assign(**columns)


def _graph_of(*names):
    graph = igraph.Graph([(0, 1)], directed=True)
    graph.vs["name"] = names
    return graph


@pytest.mark.parametrize(
    ("data", "options", "message"),
    [
        (_graph_of("a", "a"), {}, "'a' stands twice among the people of the graph"),
        (nx.DiGraph([(1, "1")]), {}, "'1' stands twice among the people of the graph"),
        (_graph_of("a", None), {}, "Somebody has no id"),
        (_list(source=["a", None]), {}, "Somebody has no id"),
        (frame().set_axis(["Ana", "Ben", "Cy", ""]), {}, "Somebody has no id"),
        (_list(value=[2, 3]), {}, "'value' would be lost. Name values 'weight'"),
        (_list(wave=["w1", "w2"]), {}, "'wave' would be lost"),
        (_list(weight=["often", "1,5"]), {}, "in tie 1 are \"a to b: 'often'\", \"b to c: '1,5'\""),
        (_list(weight=[-1, np.inf]), {}, "numbers from 0 .* 'a to b: -1.0', 'b to c: inf'"),
        (-frame(), {}, "numbers from 0"),
        (frame() / 0, {}, "infinite value"),
        (frame().astype(object).replace(2.0, "often"), {}, "The cell of Ana and Ben is 'often', no number"),
        (_list().rename(columns={"source": "from", "target": "to"}), {}, "2 rows and the columns 'from', 'to'. Edge lists"),
        ({}, {}, "no network in the data"),
        (frame(), {"answered": "Ana"}, "'answered' must list ids; 'Ana' is one word"),
        (frame(), {"roster": pd.DataFrame({"id": NAMES})}, "a column 'actor'"),
    ],
)  # fmt: skip
def test_nobody_is_merged_and_nothing_is_dropped_in_silence(data, options, message):
    with np.errstate(all="ignore"), pytest.raises(MeasureError, match=message):
        survey_of(data, **options)


def test_numbers_with_a_gap_are_the_same_ids():
    ties = pd.DataFrame({"source": [1.0, 2.0], "target": [2, 3], "weight": ["2", "3"]})
    survey = survey_of(ties, roster=pd.DataFrame({"actor": [1, 2, 3]}), answered=[1.0, 2.0])
    assert wave_network(survey).values()[:2].tolist()[0][1:] == [2.0, 0.0]
    assert wave_network(survey).answered.tolist() == [True, True, False]


@pytest.mark.parametrize("made", [nic.network.to_igraph, nic.network.to_networkx])
def test_a_graph_says_who_answered(made):
    silent = survey_of(frame(), answered=["Ana", "Ben"])
    again = wave_network(survey_of(made(wave_network(silent))))
    assert again.answered.tolist() == [True, True, False, False]
    np.testing.assert_array_equal(again.values(), wave_network(silent).values())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda n, wave: n.triad_census(survey_of(frame())), "'network' must be one wave .* a Survey was given"),
        (lambda n, wave: n.core_periphery(frame()), "'network' must be one wave .* a DataFrame was given"),
        (lambda n, wave: n.qap(wave, wave, seed=-1), "'seed' must be a whole number from 0; -1"),
        (lambda n, wave: n.cug(wave, statistic="density", given="size", seed=None), "'seed' must be a whole number"),
        (lambda n, wave: n.mrqap(wave, {"x": wave}, seed=1, n_permutations=-1), "'n_permutations' must be a whole"),
        (lambda n, wave: n.qap(wave, wave, seed=1, strata=[1, 2]), "one label a person, none blank; there are 2 for 4"),
        (lambda n, wave: n.qap(wave, wave, seed=1, strata=["x", None, "x", "y"]), "there are 3 for 4 people"),
        (lambda n, wave: n.qap(edges(), frame(), seed=1), "become waves: wave_network"),
        (lambda n, wave: n.mrqap(wave, [wave], seed=1), "Give matrices by name"),
        (lambda n, wave: n.mrqap(wave, {"intercept": wave}, seed=1), "'intercept' is a term of the model already"),
        (lambda n, wave: n.pair_model(wave, covariates={"mutual": wave}), "'mutual' is a term of the model already"),
        (lambda n, wave: n.reciprocity_test(wave, of="triad"), "of 'dyad' or 'arc'"),
        (lambda n, wave: n.structural_equivalence(wave, n_classes=0), "at least one class"),
        (lambda n, wave: n.exposure(wave, {"Ana": 1}), "a series of numbers by actor"),
        (lambda n, wave: n.exposure(wave, pd.Series({"Ana": "high"})), "a series of numbers by actor"),
    ],
)  # fmt: skip
def test_what_a_measure_cannot_take_is_said(call, message):
    with pytest.raises(MeasureError, match=message):
        call(nic.network, wave_network(survey_of(frame())))


@pytest.mark.parametrize("values", [np.zeros((0, 0)), np.zeros((1, 1)), np.full((4, 4), np.nan)])
@pytest.mark.parametrize("statistic", ["density", "centralization_in"])
def test_without_a_known_pair_there_is_a_note_and_no_number(values, statistic):
    survey = survey_of(values)
    test = nic.network.cug(wave_network(survey), statistic=statistic, given="dyads", seed=1)
    assert np.isnan(test.value)
    assert test.note == "fewer than 4 people answered"
    assert len(nic.network.layout(survey)) == len(values)
