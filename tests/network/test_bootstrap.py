import numpy as np
import pytest

from nicmethods.network.bootstrap import vertex_bootstrap
from nicmethods.network.measures import wave_measures


def test_the_interval_is_centred_on_the_value(network, random_values):
    built = network(random_values(25, 1), answered=np.arange(25) != 3, blank=[(0, 1), (4, 9)])
    values = (
        wave_measures(built, seed=1, n_permutations=0, n_bootstrap=0).drop_duplicates("measure").set_index("measure")
    )
    for measure, (error, low, high) in vertex_bootstrap(built, seed=1, n_bootstrap=300).items():
        assert (low + high) / 2 == pytest.approx(values["value"][measure]), measure
        assert high - low == pytest.approx(2 * 1.959964 * error, rel=1e-6)


def replicate(ties, drawn, rng):
    """Snijders and Borgatti's procedure as they write it: one copied matrix, holes filled with random pairs."""
    n = len(ties)
    copy = ties[np.ix_(drawn, drawn)]
    pairs = np.stack(np.triu_indices(n, 1))
    for i, j in pairs[:, drawn[pairs[0]] == drawn[pairs[1]]].T:
        a, b = pairs[:, rng.integers(pairs.shape[1])]
        copy[i, j], copy[j, i] = ties[a, b], ties[b, a]
    return copy


def test_the_error_is_that_of_copied_matrices(network, random_values):
    ties = (random_values(20, 5, 0.15) > 0).astype(float)
    rng = np.random.default_rng(2)
    density, reciprocity = [], []
    for _ in range(2000):
        copy = replicate(ties, rng.integers(0, 20, 20), rng)
        density.append(copy[~np.eye(20, dtype=bool)].mean())
        reciprocity.append((copy * copy.T).sum() / copy.sum())
    ours = vertex_bootstrap(network(ties), seed=3, n_bootstrap=2000)
    assert ours["density"][0] == pytest.approx(np.std(density), rel=0.08)
    assert ours["reciprocity_arc"][0] == pytest.approx(np.std(reciprocity), rel=0.08)


def test_triples_are_weighted_by_how_often_their_people_were_drawn(network, random_values, monkeypatch):
    from nicmethods.network import bootstrap

    ties = (random_values(8, 2, 0.4) > 0).astype(float)
    ties[0, 3] = 1
    built = network(ties, blank=[(1, 2), (5, 0)])
    drawn = np.array([2, 0, 1, 1, 3, 0, 1, 0.0])
    monkeypatch.setattr(bootstrap, "_multiplicity", lambda rng, n, times: np.repeat(drawn[:, None], times, axis=1))
    got = bootstrap._transitivity(built, bootstrap._closed_paths(built), np.random.default_rng(1), 2)
    known = built.binary()
    shortcuts = paths = 0.0
    for i, j, k in np.ndindex(8, 8, 8):
        if len({i, j, k}) == 3 and known[i, j] == 1 and known[j, k] == 1 and not np.isnan(known[i, k]):
            weight = drawn[[i, j, k]].prod()
            paths += weight
            shortcuts += weight * known[i, k]
    np.testing.assert_allclose(got, shortcuts / paths)


def test_more_people_make_narrower_intervals(network, random_values):
    small, large = (vertex_bootstrap(network(random_values(n, 7, 0.2)), seed=1)["density"][0] for n in (12, 60))
    assert large < small / 1.5


def test_intervals_stay_in_range_and_are_undefined_where_the_value_is(network):
    values = np.zeros((6, 6))
    values[0, 1] = 1
    found = vertex_bootstrap(network(values), seed=1)
    assert found["density"][1] == 0
    assert np.isnan(found["transitivity"]).all()
    assert np.isnan(vertex_bootstrap(network(np.ones((3, 3))), seed=1)["density"]).all()


def test_the_same_seed_gives_the_same_interval(network, random_values):
    built = network(random_values(10, 1))
    assert vertex_bootstrap(built, seed=4) == vertex_bootstrap(built, seed=4)
    assert vertex_bootstrap(built, seed=4) != vertex_bootstrap(built, seed=5)
