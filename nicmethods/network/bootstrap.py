"""Intervals by the vertex bootstrap: people are drawn again, and their ties with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.network.census import dyad_census
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.network.graph import WaveNetwork

__all__ = ["affordable", "interval", "quadratic", "vertex_bootstrap"]

_Z = 1.959963984540054
_BLOCK = 2**22
_MOST_WORK = 100_000_000
_FEWEST_DRAWS = 100
_MOST = {
    "density": 1.0,
    "mean_degree": np.inf,
    "reciprocity_dyad": 1.0,
    "reciprocity_arc": 1.0,
    "transitivity": 1.0,
    "weight_mean": np.inf,
}
"""Measure to the most it can be."""


@takes
def vertex_bootstrap(
    network: WaveNetwork, *, seed: int, n_bootstrap: int = 1000
) -> dict[str, tuple[float, float, float]]:
    """Standard errors and 95 % intervals of network values by drawing people with replacement.

    A pair of copies of one person has no tie to copy; for pair counts it is filled with a pair drawn from all known
    pairs, for triples and values of ties it is left out.

    Parameters
    ----------
    network
        One wave.
    seed
        Seed of the random generator.
    n_bootstrap
        Draws; fewer, but at least 100, where people and ties together pass 100 million over `n_bootstrap`.

    Returns
    -------
    dict
        Measure to (standard error, low, high): ``density``, ``mean_degree``, ``reciprocity_dyad``,
        ``reciprocity_arc``, ``transitivity``, ``weight_mean``. The interval is value ± 1.96 standard errors, kept
        inside the measure's range; NaN where the value is undefined, fewer than 4 people report, or no draw changes the
        value, so that drawing says nothing (no triple is closed, every tie is returned).

    References
    ----------
    Snijders & Borgatti (1999), Connections 22(2).
    """
    if network.core.n < 4 or n_bootstrap < 2:
        return dict.fromkeys(_MOST, (np.nan, np.nan, np.nan))
    rng = np.random.default_rng(seed)
    n = network.n
    n_bootstrap = affordable(n_bootstrap, n, len(network.ties[0]))
    parts = []
    for start in range(0, n_bootstrap, step := max(1, min(n_bootstrap, _BLOCK // n))):
        times = min(step, n_bootstrap - start)
        parts.append(_replicates(network, _multiplicity(rng, n, times), rng))
    closed = _closed_paths(network.core)
    drawn = np.concatenate(parts, axis=1)
    triples = _transitivity(network.core, closed, rng, n_bootstrap)
    once = _replicates(network, np.ones((n, 1)), rng)
    as_it_is = _transitivity(network.core, closed, None, 1)
    return {
        name: interval(float(value[0]), draws, least=0.0, most=most)
        for (name, most), value, draws in zip(
            _MOST.items(), [*once[:4], as_it_is, once[4]], [*drawn[:4], triples, drawn[4]], strict=True
        )
    }


def affordable(n_bootstrap: int, n: int, n_ties: int) -> int:
    """Draws made of those asked: fewer, but at least 100, where people and ties pass 100 million over the draws."""
    return min(n_bootstrap, max(_FEWEST_DRAWS, _MOST_WORK // (n + n_ties)))


def interval(value: float, draws: NDArray[np.float64], *, least: float, most: float) -> tuple[float, float, float]:
    """Standard error, low and high of a value between the least and the most it can be; NaN where no draw changes it."""
    usable = draws[~np.isnan(draws)]
    error = float(usable.std(ddof=1)) if len(usable) > 1 and not np.isnan(value) else 0.0
    if error < 1e-12:
        return np.nan, np.nan, np.nan
    return error, max(least, value - _Z * error), min(most, value + _Z * error)


def _multiplicity(rng: np.random.Generator, n: int, times: int) -> NDArray[np.float64]:
    """How often each person is drawn, shape (n, times)."""
    drawn = rng.integers(0, n, size=(times, n)) + n * np.arange(times)[:, None]
    return np.bincount(drawn.ravel(), minlength=n * times).reshape(times, n).T.astype(float)


def quadratic(matrix: Any, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the cells in each draw, a cell as often as both its people were drawn, shape (n, times) to (times,)."""
    return np.asarray(np.einsum("nm,nm->m", drawn, matrix @ drawn))


def _replicates(network: WaveNetwork, drawn: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Shape (5, times): density, mean degree, both reciprocities and the mean value of ties in each draw."""
    reports = network.reports
    size = np.zeros((network.asked_group.max(initial=0) + 1, drawn.shape[1]))
    np.add.at(size, network.asked_group, drawn)
    own = drawn[reports]
    cells = (own * (size[network.asked_group[reports]] - own)).sum(axis=0) - quadratic(network.blanks, drawn)
    copies = (own * (own - 1)).sum(axis=0).astype(np.int64) // 2
    census = dyad_census(network)
    shares = np.array([census.mutual, census.asymmetric, census.null]) / max(1, census.n_dyads)
    fill = rng.multinomial(copies, shares).T if census.n_dyads else np.zeros((3, len(copies)))
    ties = quadratic(network.adjacency, drawn)
    values = quadratic(network.sparse(*network.ties), drawn)
    mutual, asymmetric, _ = network.core.dyads
    both = quadratic(mutual, own) / 2 + fill[0]
    one = quadratic(asymmetric, own) + fill[1]
    all_ties = ties + 2 * fill[0] + fill[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack(
            [
                all_ties / (cells + 2 * copies),
                all_ties / own.sum(axis=0),
                both / (both + one),
                2 * both / (2 * both + one),
                values / ties,
            ]
        )


def _closed_paths(core: WaveNetwork) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Every path i -> j -> k with the shortcut i -> k: its three people."""
    source, target, _ = core.ties
    first = np.searchsorted(source, np.arange(core.n + 1))
    length = np.diff(first)[target]
    tie = np.repeat(np.arange(len(source)), length)
    onward = np.arange(len(tie)) - np.repeat(np.cumsum(length) - length, length)
    end = target[first[target[tie]] + onward]
    keys = source * core.n + target
    wanted = source[tie] * core.n + end
    place = np.minimum(np.searchsorted(keys, wanted), max(0, len(keys) - 1))
    closed = keys[place] == wanted if len(keys) else np.zeros(0, bool)
    return source[tie][closed], target[tie][closed], end[closed]


def _transitivity(
    core: WaveNetwork,
    closed: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    rng: np.random.Generator | None,
    times: int,
) -> NDArray[np.float64]:
    """Shape (times,): transitivity over triples of three people, each weighted by how often they were drawn."""
    ties, blank = core.adjacency, core.blanks
    mutual = ties.multiply(ties.T).tocsr()
    result = np.empty(times)
    step = max(1, _BLOCK // max(core.n, len(closed[0]), 1))
    for start in range(0, times, step):
        m = min(step, times - start)
        drawn = np.ones((core.n, m)) if rng is None else _multiplicity(rng, core.n, m)
        shortcuts = np.einsum("tm,tm,tm->m", *(drawn[ends] for ends in closed))
        paths = (drawn * ((ties.T @ drawn) * (ties @ drawn) - mutual @ drawn**2)).sum(axis=0)
        if blank.nnz:
            paths -= np.einsum("nm,nm->m", drawn, _through(ties, blank, drawn))
        result[start : start + m] = shortcuts / np.where(paths > 0, paths, np.nan)
    return result


def _through(ties: Any, blank: Any, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    """Shape (n, times): for each i, drawn paths i -> j -> k that end where i -> k is blank."""
    result = np.zeros_like(drawn)
    for i in np.unique(blank.nonzero()[0]):
        ends = blank[[i]].indices
        via = ties[[i]].indices
        result[i] = np.einsum("jm,jm->m", drawn[via], ties[via][:, ends] @ drawn[ends])
    return result
