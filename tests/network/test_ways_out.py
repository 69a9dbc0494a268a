"""What is written is what igraph and networkx read back."""

import igraph
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from nicmethods.errors import MeasureError
from nicmethods.network import survey_of, wave_network, write_network, write_networks

VALUES = pd.DataFrame(
    [[0, 2, 0], [1, 0, 3], [0, 0, 0]], index=["E1", "E2", "E3"], columns=["E1", "E2", "E3"], dtype=float
)
ROSTER = pd.DataFrame({"actor": ["E1", "E2", "E3"], "name": ["Jo Doe"] * 3, "site": ["Elm", None, "Oak & Ash"]})


@pytest.fixture(scope="module")
def network():
    return wave_network(survey_of(VALUES, roster=ROSTER, answered=["E1", "E2"]))


def values_of(graph):
    return pd.DataFrame(nx.to_numpy_array(graph, nodelist=list(VALUES.index)), VALUES.index, VALUES.columns)


READ = {
    ".graphml": nx.read_graphml,
    ".gexf": nx.read_gexf,
    ".net": lambda path: nx.DiGraph(nx.read_pajek(path)),
    ".csv": lambda path: nx.from_pandas_edgelist(pd.read_csv(path), edge_attr="weight", create_using=nx.DiGraph),
}


@pytest.mark.parametrize("ending", READ)
def test_networkx_reads_back_ties_and_values(network, tmp_path, ending):
    first, *_ = write_network(network, tmp_path / f"help{ending}")
    graph = READ[ending](first)
    graph.add_nodes_from(VALUES.index)
    pd.testing.assert_frame_equal(values_of(graph), VALUES)
    assert all(b"Jo Doe" not in path.read_bytes() for path in tmp_path.iterdir())


@pytest.mark.parametrize(("ending", "name"), [(".graphml", "name"), (".net", "name"), (".dl", "name")])
def test_igraph_reads_them_too(network, tmp_path, ending, name):
    (path,) = write_network(network, tmp_path / f"help{ending}")
    kind = {".graphml": "graphml", ".net": "pajek", ".dl": "dl"}[ending]
    graph = igraph.Graph.Read(str(path), format=kind)
    assert graph.vs[name] == ["E1", "E2", "E3"]
    found = np.zeros((3, 3))
    for edge in graph.es:
        found[edge.tuple] = edge["weight"]
    np.testing.assert_array_equal(found, VALUES)


def test_attributes_and_who_answered_go_along(network, tmp_path):
    for ending in (".graphml", ".gexf"):
        graph = READ[ending](write_network(network, tmp_path / f"a{ending}")[0])
        assert graph.nodes["E1"] == graph.nodes["E1"] | {"site": "Elm", "answered": True}
        assert "site" not in graph.nodes["E2"]
        assert graph.nodes["E3"]["answered"] is False
    _, nodes = write_network(network, tmp_path / "a.csv")
    assert pd.read_csv(nodes)["answered"].tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("ending", "read"),
    [(".graphml", nx.read_graphml), (".gexf", nx.read_gexf), (".graphml", igraph.Graph.Read_GraphML)],
)
def test_a_file_brought_back_says_the_same_of_the_same_people(network, tmp_path, ending, read):
    (path,) = write_network(network, tmp_path / f"a{ending}")
    again = wave_network(survey_of(read(str(path))))
    assert again.actors.tolist() == ["E1", "E2", "E3"]
    assert again.answered.tolist() == [True, True, False]
    np.testing.assert_array_equal(again.values(), network.values())


def test_every_wave_has_its_file(tmp_path):
    survey = survey_of({("help", "w1"): VALUES, ("trust", "w1"): VALUES, ("help", "w2"): VALUES})
    written = write_networks(survey, tmp_path / "out", ending=".dl")
    assert sorted(path.name for path in written) == ["help_w1.dl", "help_w2.dl", "trust_w1.dl", "trust_w2.dl"]


def test_what_cannot_be_written_is_refused(network, tmp_path):
    with pytest.raises(MeasureError, match=r"'a.xlsx' ends in none of .graphml, .gexf, .net, .dl, .csv"):
        write_network(network, tmp_path / "a.xlsx")
    spaced = VALUES.rename(index={"E1": "E 1"}, columns={"E1": "E 1"})
    with pytest.raises(MeasureError, match="no room for the id 'E 1'"):
        write_network(wave_network(survey_of(spaced)), tmp_path / "a.dl")
    assert not list(tmp_path.iterdir())
