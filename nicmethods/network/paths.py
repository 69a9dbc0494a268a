"""Shortest paths: exact where that is quick, from a sample of people where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from nicmethods.network.graph import WaveNetwork

__all__ = ["Paths", "betweenness", "shortest_paths"]

_MOST_STEPS = 500_000_000
_SAMPLE = 200
_AT_ONCE = 4_096
_GATHERED = 2**23


def betweenness(network: WaveNetwork, *, seed: int) -> tuple[NDArray[np.float64], str]:
    """Directed betweenness of everyone, ties unvalued, and how it was approximated (empty: exact).

    Parameters
    ----------
    network
        One wave.
    seed
        Seed of the sample: beyond about 20,000 people with 25,000 ties, paths start from 200 people at random
        and counts are scaled up by n / 200.

    References
    ----------
    Freeman (1977), Sociometry 40; Brandes & Pich (2007), International Journal of Bifurcation and Chaos 17 for the sample.
    """
    n, graph = network.n, network.graph
    if n * (n + graph.ecount()) <= _MOST_STEPS:
        return network.betweenness, ""
    sources = np.random.default_rng(seed).choice(n, size=_SAMPLE, replace=False)
    counted = np.array(graph.betweenness(directed=True, sources=sources.tolist()))
    return counted * n / _SAMPLE, f"paths from {_SAMPLE} people at random"


@dataclass(frozen=True)
class Paths:
    """What shortest paths say of everyone, ties unvalued, and of the network.

    Parameters
    ----------
    harmonic
        ``"out"`` and ``"in"`` to an array of shape (n,) from 0 to 1: the mean of 1 / distance to (from) the others, the
        unreachable counting 0. NaN for a lone person.
    closeness
        The same for Freeman's closeness: others / sum of distances to (from) them, the unreachable counting n steps.
    near
        The same for the share of others at most two steps away.
    mean_distance
        Mean over ordered pairs that a path joins; NaN without one.
    diameter
        The longest of these distances; NaN without one, or from a sample.
    note
        How it was approximated; empty: exact.
    """

    harmonic: dict[str, NDArray[np.float64]]
    closeness: dict[str, NDArray[np.float64]]
    near: dict[str, NDArray[np.float64]]
    mean_distance: float
    diameter: float
    note: str


def shortest_paths(network: WaveNetwork, *, seed: int) -> Paths:
    """Closeness, reach and distances of a network.

    Parameters
    ----------
    network
        One wave.
    seed
        Seed of the sample: in networks too large for all paths, values rest on distances to and from 200 people at
        random; the share within two steps is exact all the same.

    References
    ----------
    Freeman (1978), Social Networks 1, with the number of people as the distance of the unreachable, as UCINET has it by
    default; Marchiori & Latora (2000), Physica A 285, for harmonic closeness.
    """
    n, ties = network.n, network.adjacency
    sampled = n * (n + ties.nnz) > _MOST_STEPS
    ends = np.random.default_rng(seed).choice(n, _SAMPLE, replace=False) if sampled else np.arange(n)
    others = float(n - 1) if n > 1 else np.nan
    seen = {way: np.zeros((4, n)) for way in ("out", "in")}  # reached, steps, sum of 1 / steps, within two steps
    total, reached, longest = 0, 0, 0
    for start in range(0, len(ends), _AT_ONCE):
        some = ends[start : start + _AT_ONCE]
        for way in ("out", "in") if sampled else ("in",):
            for steps, new in _levels(ties if way == "in" else ties.T.tocsr(), some):
                # `new`, shape (n, ends): who is first reached from these people after so many steps.
                per_person, per_end = new.sum(axis=1), new.sum(axis=0)
                weight = np.array([1, steps, 1 / steps, steps <= 2])
                seen[way] += weight[:, None] * per_person
                if not sampled:
                    seen["out"][:, some] += weight[:, None] * per_end
                if way == "in":
                    found = int(per_end.sum())
                    total, reached, longest = total + steps * found, reached + found, max(longest, steps)
    scale = others / (len(ends) - np.isin(np.arange(n), ends)) if sampled else 1.0
    if sampled:  # exactly all the same
        for way, values in seen.items():
            values[3] = np.array(network.graph.neighborhood_size(order=2, mode=way), float) - 1
    return Paths(
        harmonic={way: values[2] / len(ends) if sampled else values[2] / others for way, values in seen.items()},
        closeness={
            way: others / np.maximum(values[1] * scale + n * (others - values[0] * scale), 1)
            for way, values in seen.items()
        },
        near={way: values[3] / others for way, values in seen.items()},
        mean_distance=total / reached if reached else np.nan,
        diameter=float(longest) if reached and not sampled else np.nan,
        note=f"distances to and from {_SAMPLE} people at random" if sampled else "",
    )


def _levels(ties: Any, sources: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Breadth first from many people at once, a bit a source: steps, and who is first reached by whom, (n, sources)."""
    n, m = ties.shape[0], len(sources)
    words = -(-m // 64)
    seen = np.zeros((n, words), np.uint64)
    np.bitwise_or.at(seen, (sources, np.arange(m) // 64), np.uint64(1) << (np.arange(m) % 64).astype(np.uint64))
    back = ties.T.tocsr()  # who names each person
    named = np.flatnonzero(np.diff(back.indptr))
    front, steps = seen.copy(), 0
    while front.any():
        steps += 1
        found = np.zeros_like(seen)
        step = max(1, _GATHERED // max(1, words * max(1, len(back.indices) // max(1, len(named)))))
        for start in range(0, len(named), step):
            some = named[start : start + step]
            first, last = back.indptr[some[0]], back.indptr[some[-1] + 1]
            found[some] = np.bitwise_or.reduceat(front[back.indices[first:last]], back.indptr[some] - first, axis=0)
        front = found & ~seen
        seen |= front
        if front.any():
            yield steps, np.unpackbits(front.view(np.uint8), axis=1, count=m, bitorder="little").view(bool)
