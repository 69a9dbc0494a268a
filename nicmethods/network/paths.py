"""Shortest paths: exact where that is quick, from a sample of people where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import igraph as ig
    from numpy.typing import NDArray

__all__ = ["betweenness", "reach"]

_MOST_STEPS = 500_000_000
_SAMPLE = 200


def betweenness(graph: ig.Graph, *, seed: int) -> tuple[NDArray[np.float64], str]:
    """Directed betweenness of every vertex, ties unvalued, and how it was approximated (empty: exact).

    Parameters
    ----------
    graph
        n vertices.
    seed
        Seed of the sample: beyond about 20,000 people with 25,000 ties, paths start from 200 people at random
        and counts are scaled up by n / 200.

    References
    ----------
    Freeman (1977), Sociometry 40; Brandes & Pich (2007), International Journal of Bifurcation and Chaos 17 for the sample.
    """
    n = graph.vcount()
    if n * (n + graph.ecount()) <= _MOST_STEPS:
        return np.array(graph.betweenness(directed=True)), ""
    sources = np.random.default_rng(seed).choice(n, size=_SAMPLE, replace=False)
    counted = np.array(graph.betweenness(directed=True, sources=sources.tolist()))
    return counted * n / _SAMPLE, f"paths from {_SAMPLE} people at random"


def reach(graph: ig.Graph, *, seed: int) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    """Harmonic closeness, and the share of others within two steps, outwards and inwards.

    Parameters
    ----------
    graph
        n vertices.
    seed
        Seed of the sample: in networks too large for all paths, closeness rests on distances to and from 200 people at
        random.

    Returns
    -------
    tuple
        Two dicts, ``"out"`` and ``"in"`` to an array of shape (n,) from 0 to 1: the mean of 1 / distance to (from) the
        others, the unreachable counting 0; and the share of others at most two steps away. NaN for a lone person.

    References
    ----------
    Marchiori & Latora (2000), Physica A 285.
    """
    n = graph.vcount()
    others = n - 1 if n > 1 else np.nan
    ends = range(n)
    if n * (n + graph.ecount()) > _MOST_STEPS:
        ends = np.random.default_rng(seed).choice(n, size=_SAMPLE, replace=False).tolist()
    closeness, near = {}, {}
    for way, reverse in (("out", "in"), ("in", "out")):
        near[way] = (np.array(graph.neighborhood_size(order=2, mode=way)) - 1) / others
        if len(ends) == n:
            closeness[way] = np.array(graph.harmonic_centrality(mode=way))
            continue
        total = np.zeros(n)
        for end in ends:
            distance = np.array(graph.distances(source=[end], mode=reverse)[0])
            with np.errstate(divide="ignore"):
                total += np.where(distance > 0, 1 / distance, 0.0)
        closeness[way] = total / len(ends)
    return closeness, near
