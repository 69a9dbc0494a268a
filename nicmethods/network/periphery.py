"""How well a network divides into a core and a periphery."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.network.graph import WaveNetwork

__all__ = ["core_periphery"]

_SEARCHED = 1_000
_TRIED = 12
_STARTS = 5
_WORK = 1_000_000
_SWAPPED = 30


@takes
def core_periphery(network: WaveNetwork, *, most_starts: int | None = None) -> tuple[float, NDArray[np.bool_], bool]:
    """Find the core whose pattern fits the ties best.

    In the pattern a pair is tied if either person is in the core. The fit is the correlation of pattern and ties over
    known cells among those who report. Up to 12 people every core is tried. Beyond, a core grows by the person who
    covers most ties yet uncovered, and, up to 1,000 people, the best of these cores are improved by moving and swapping
    people while that helps.

    Parameters
    ----------
    network
        One wave.
    most_starts
        How many of these are improved at most; without it, five or as many as a million cells allow.

    Returns
    -------
    tuple
        The fit (NaN without variance), who is in the core among those who report (shape (n,)), and whether the search
        swapped people (False: grown only, an approximation).

    References
    ----------
    Borgatti & Everett (1999), Social Networks 21, equations 1 and 2.
    """
    core = network.core
    ties = core.adjacency
    if core.n < 3 or not ties.nnz or ties.nnz == core.n_cells:
        return np.nan, np.zeros(core.n, bool), True
    if core.n <= _TRIED:
        return *_exhaustive(ties.toarray(), core.known()), True
    order, covered = _grown(ties)
    fits = _fit(core, np.concatenate([[0], covered]), np.arange(core.n + 1), ties.nnz)
    if core.n > _SEARCHED:
        size = int(np.nanargmax(fits))
        return float(fits[size]), _members(order[:size], core.n), False
    best_first = np.argsort(-np.nan_to_num(fits, nan=-np.inf), kind="stable")
    starts = best_first[: most_starts or max(_STARTS, _WORK // core.n**2)]
    return *_searched(ties, core.known(), [_members(order[:size], core.n) for size in starts]), True


def _exhaustive(ties: NDArray[np.float64], known: NDArray[np.bool_]) -> tuple[float, NDArray[np.bool_]]:
    cores = _every_core(len(ties))
    outside = (~cores).astype(float)
    left, left_known = (np.einsum("si,si->s", outside @ matrix, outside) for matrix in (ties, known))
    fits = _phi(ties.sum() - left, known.sum() - left_known, float(ties.sum()), float(known.sum()))
    best = int(np.nanargmax(fits))
    return float(fits[best]), cores[best]


@cache
def _every_core(n: int) -> NDArray[np.bool_]:
    """Shape (2**n, n)."""
    return np.asarray((np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1)


def _members(chosen: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    members = np.zeros(n, bool)
    members[chosen] = True
    return members


def _grown(ties: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """People in the order that covers most ties first, and the ties covered by the first k."""
    import heapq

    both = (ties + ties.T).tocsr()
    gain = both.sum(axis=1).tolist()
    first, near, strength = both.indptr.tolist(), both.indices.tolist(), both.data.tolist()
    heap = [(-one, i) for i, one in enumerate(gain)]
    heapq.heapify(heap)
    taken: dict[int, float] = {}
    while heap:
        stale, i = heapq.heappop(heap)
        if -stale != gain[i]:
            heapq.heappush(heap, (-gain[i], i))
            continue
        taken[i] = gain[i]
        for place in range(first[i], first[i + 1]):
            if near[place] not in taken:
                gain[near[place]] -= strength[place]
    return np.array(list(taken)), np.cumsum(list(taken.values()))


def _fit(core: WaveNetwork, covered: Any, size: Any, n_ties: int) -> NDArray[np.float64]:
    """Correlation where every cell was asked and known: ties covered by a core of each size."""
    cells = core.n * (core.n - 1)
    periphery = core.n - size
    ones = cells - periphery * (periphery - 1)
    return _phi(np.asarray(covered, float), np.asarray(ones, float), float(n_ties), float(cells))


def _phi(both: Any, ones: Any, ties: float, cells: float) -> NDArray[np.float64]:
    spread = ones * (cells - ones) * ties * (cells - ties)
    fit: NDArray[np.float64] = (cells * both - ones * ties) / np.sqrt(np.where(spread > 0, spread, np.nan))
    return fit


def _searched(ties: Any, known: NDArray[np.bool_], starts: list[NDArray[np.bool_]]) -> tuple[float, NDArray[np.bool_]]:
    """The best of these cores after adding, dropping or swapping people while the fit grows.

    Swaps are tried among the 30 likeliest on each side. A search that comes where another was ends there too, and is left.
    """
    total, cells = float(ties.sum()), float(known.sum())
    ties_both = (ties + ties.T).astype(np.float32).toarray()  # small whole numbers, half the memory
    known_both = known.astype(np.float32) + known.T
    found, members, seen = -np.inf, starts[0], set()
    for outside in map(np.logical_not, starts):
        left, left_known = ((both @ outside.astype(np.float32)).astype(float) for both in (ties_both, known_both))
        while (where := outside.tobytes()) not in seen:
            seen.add(where)
            inside_ties, inside_known = left @ outside / 2, left_known @ outside / 2
            # What leaves or enters the periphery when a person changes sides.
            change, change_known = np.where(outside, -left, left), np.where(outside, -left_known, left_known)
            (into,), (out_of,) = np.nonzero(outside), np.nonzero(~outside)
            into, out_of = (side[np.argsort(change[side])[:_SWAPPED]] for side in (into, out_of))
            pair = np.add.outer(change[out_of], change[into]) - ties_both[np.ix_(out_of, into)]
            pair_known = np.add.outer(change_known[out_of], change_known[into]) - known_both[np.ix_(out_of, into)]
            moved = np.concatenate([[0.0], change, pair.ravel()]) + inside_ties
            moved_known = np.concatenate([[0.0], change_known, pair_known.ravel()]) + inside_known
            fits = np.nan_to_num(_phi(total - moved, cells - moved_known, total, cells), nan=-np.inf)
            if fits[0] > found:
                found, members = float(fits[0]), ~outside
            step = int(fits.argmax())
            if fits[step] <= fits[0] + 1e-12:
                break
            one, other = divmod(step - 1 - len(outside), max(1, len(into)))
            outside = outside.copy()
            for person in [step - 1] if step <= len(outside) else [out_of[one], into[other]]:
                way = -1.0 if outside[person] else 1.0
                left, left_known = left + way * ties_both[person], left_known + way * known_both[person]
                outside[person] = not outside[person]
    return found, members
