import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.network import belonging
from nicmethods.network.belonging import core_periphery


def fit_of(values, core):
    off = ~np.eye(len(values), dtype=bool) & ~np.isnan(values)
    pattern = core[:, None] | core[None, :]
    return np.corrcoef(values[off], pattern[off])[0, 1]


def test_a_perfect_core_fits_perfectly(network):
    core = np.arange(20) < 6
    fit, members, _ = core_periphery(network((core[:, None] | core[None, :]).astype(float)))
    assert fit == pytest.approx(1)
    assert (members == core).all()


def test_a_star_is_a_core_of_one(network):
    values = np.zeros((15, 15))
    values[3] = values[:, 3] = 1
    fit, members, _ = core_periphery(network(values))
    assert fit == pytest.approx(1)
    assert np.flatnonzero(members).tolist() == [3]


def test_a_noisy_planted_core_is_found(network):
    rng = np.random.default_rng(1)
    core = rng.permutation(40) < 10
    chance = np.where(core[:, None] | core[None, :], 0.85, 0.1)
    values = (rng.random((40, 40)) < chance).astype(float)
    fit, members, _ = core_periphery(network(values))
    assert (members == core).all()
    assert fit == pytest.approx(fit_of(values, core))


@pytest.mark.parametrize("missing", [False, True])
def test_the_search_finds_what_trying_every_core_finds(network, random_values, monkeypatch, missing):
    built = [network(random_values(11, seed, 0.25), blank=[(0, 1), (4, 7)] if missing else []) for seed in range(12)]
    tried = [core_periphery(one)[0] for one in built]
    monkeypatch.setattr(belonging, "_TRIED", 0)
    searched = [core_periphery(one)[0] for one in built]
    assert (np.array(searched) <= np.array(tried) + 1e-9).all()
    assert np.isclose(searched, tried).sum() >= 11


@settings(max_examples=10, deadline=None)
@given(n=st.integers(3, 7), seed=st.integers(0, 10_000))
def test_the_fit_is_the_correlation_with_the_pattern(network, random_values, n, seed):
    values = random_values(n, seed, 0.5)
    fit, members, _ = core_periphery(network(values))
    if np.isnan(fit):
        assert not (values > 0).any() or (values > 0).sum() == n * (n - 1)
        return
    tied = (values > 0).astype(float)
    assert fit == pytest.approx(fit_of(tied, members))
    cores = [np.array([(code >> i) & 1 == 1 for i in range(n)]) for code in range(1, 2**n - 1)]
    assert fit == pytest.approx(np.nanmax([fit_of(tied, core) for core in cores if (~core).sum() > 1]))


def test_large_networks_grow_a_core_and_say_so(network, monkeypatch, random_values):
    monkeypatch.setattr(belonging, "_SEARCHED", 10)
    core = np.arange(20) < 4
    fit, members, searched = core_periphery(network((core[:, None] | core[None, :]).astype(float)))
    assert not searched
    assert fit == pytest.approx(1)
    assert (members == core).all()
