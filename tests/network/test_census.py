from itertools import combinations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.network.census import TRIADS, dyad_census, transitivity, triad_census
from nicmethods.network.graph import to_networkx


@settings(max_examples=25, deadline=None)
@given(n=st.integers(3, 12), seed=st.integers(0, 10_000), density=st.sampled_from([0.1, 0.3, 0.6]))
def test_networkx_agrees(network, random_values, n, seed, density):
    built = network(random_values(n, seed, density))
    assert triad_census(built) == nx.triadic_census(to_networkx(built))


@settings(max_examples=15, deadline=None)
@given(n=st.integers(3, 8), seed=st.integers(0, 10_000), within=st.booleans())
def test_only_known_pairs_and_triples_count(network, random_values, n, seed, within):
    rng = np.random.default_rng(seed)
    site = rng.choice(["x", "y"], n) if within else ["x"] * n
    answered = rng.random(n) < 0.85
    blank = [
        (i, j)
        for i in range(n)
        for j in range(n)
        if i != j and answered[i] and site[i] == site[j] and rng.random() < 0.15
    ]
    built = network(
        random_values(n, seed, 0.4), answered=answered, blank=blank, site=site, within="site" if within else None
    )
    ties = built.binary()
    both = {frozenset(pair) for pair in combinations(range(n), 2) if not np.isnan(ties[pair] + ties[pair[::-1]])}
    counts = dict.fromkeys(TRIADS, 0)
    for triple in combinations(range(n), 3):
        if all(frozenset(pair) in both for pair in combinations(triple, 2)):
            part = nx.from_numpy_array(np.nan_to_num(ties[np.ix_(triple, triple)]), create_using=nx.DiGraph)
            kind = next(name for name, count in nx.triadic_census(part).items() if count)
            counts[kind] += 1
    assert triad_census(built) == counts
    sums = [ties[tuple(pair)] + ties[tuple(pair)[::-1]] for pair in map(sorted, both)]
    census = dyad_census(built)
    assert (census.null, census.asymmetric, census.mutual) == tuple(sums.count(k) for k in (0, 1, 2))
    paths = [
        ties[i, k]
        for i in range(n)
        for j in range(n)
        for k in range(n)
        if len({i, j, k}) == 3 and ties[i, j] == 1 and ties[j, k] == 1 and answered[k] and not np.isnan(ties[i, k])
    ]
    value, n_paths = transitivity(built)
    assert n_paths == len(paths)
    np.testing.assert_allclose(value, np.mean(paths) if paths else np.nan)
