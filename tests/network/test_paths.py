import networkx as nx
import numpy as np
import pytest

from nicmethods.network import actors as paths
from nicmethods.network.actors import betweenness, shortest_paths
from nicmethods.network.graph import to_networkx


@pytest.fixture(scope="module")
def built(network, random_values):
    return network(random_values(60, 1, 0.06))


def test_reach_is_counted_by_hand(network):
    # A chain a000 -> a001 -> a002 -> a003.
    values = np.zeros((4, 4))
    values[0, 1] = values[1, 2] = values[2, 3] = 1
    found = shortest_paths(network(values), seed=1)
    closeness, near = found.harmonic, found.near
    np.testing.assert_allclose(near["out"], [2 / 3, 2 / 3, 1 / 3, 0])
    np.testing.assert_allclose(near["in"], [0, 1 / 3, 2 / 3, 2 / 3])
    # a003 reaches nobody: 3 others, each counting as 4 steps.
    np.testing.assert_allclose(found.closeness["out"], [3 / 6, 3 / 7, 3 / 9, 3 / 12])
    np.testing.assert_allclose(closeness["out"], [(1 + 1 / 2 + 1 / 3) / 3, (1 + 1 / 2) / 3, 1 / 3, 0])


def test_a_sample_of_everyone_is_exact(built, monkeypatch):
    exact, note = betweenness(built, seed=1)
    closeness = shortest_paths(built, seed=1).harmonic
    assert not note
    monkeypatch.setattr(paths, "_MOST_STEPS", 0)
    monkeypatch.setattr(paths, "_SAMPLE", 60)
    sampled, note = betweenness(built, seed=1)
    assert "60 people at random" in note
    np.testing.assert_allclose(sampled, exact, atol=1e-9)
    monkeypatch.setattr(paths, "_SAMPLE", 59)
    near = shortest_paths(built, seed=1).harmonic
    for way in ("in", "out"):
        assert np.corrcoef(near[way], closeness[way])[0, 1] > 0.99


def test_a_smaller_sample_comes_close(built, monkeypatch):
    exact = np.array(list(nx.betweenness_centrality(to_networkx(built), normalized=False).values()))
    monkeypatch.setattr(paths, "_MOST_STEPS", 0)
    monkeypatch.setattr(paths, "_SAMPLE", 30)
    drawn = np.mean([betweenness(built, seed=seed)[0] for seed in range(40)], axis=0)
    assert np.abs(drawn - exact).max() < 0.15 * exact.max()
