"""How well a network divides into a core and a periphery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.network.graph import WaveNetwork

__all__ = ["core_periphery"]

_SEARCHED = 1_000
_TRIED = 12
_STARTS = 5
_WORK = 1_000_000
_SWAPPED = 30


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
    order, covered = _grown(ties)
    fits = _fit(core, np.concatenate([[0], covered]), np.arange(core.n + 1), ties.nnz)
    if core.n > _SEARCHED:
        size = int(np.nanargmax(fits))
        return float(fits[size]), _members(order[:size], core.n), False
    known = np.logical_not(np.isnan(core.binary()))
    if core.n <= _TRIED:
        return *_exhaustive(ties.toarray(), known), True
    best_first = np.argsort(-np.nan_to_num(fits, nan=-np.inf), kind="stable")
    starts = [_members(order[:size], core.n) for size in best_first[: most_starts or max(_STARTS, _WORK // core.n**2)]]
    matrix = ties.toarray()
    found = [_improved(matrix, known, start) for start in starts]
    return *max(found, key=lambda one: one[0]), True


def _exhaustive(ties: NDArray[np.float64], known: NDArray[np.bool_]) -> tuple[float, NDArray[np.bool_]]:
    cores = (np.arange(2 ** len(ties))[:, None] >> np.arange(len(ties))) & 1 == 1
    outside = (~cores).astype(float)
    left, left_known = (np.einsum("si,ij,sj->s", outside, matrix, outside, optimize=True) for matrix in (ties, known))
    fits = _phi(ties.sum() - left, known.sum() - left_known, float(ties.sum()), float(known.sum()))
    best = int(np.nanargmax(fits))
    return float(fits[best]), cores[best]


def _members(chosen: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    members = np.zeros(n, bool)
    members[chosen] = True
    return members


def _grown(ties: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """People in the order that covers most ties first, and the ties covered by the first k."""
    import heapq

    both = (ties + ties.T).tocsr()
    gain = both.sum(axis=1).astype(float)
    heap = [(-one, i) for i, one in enumerate(gain)]
    heapq.heapify(heap)
    taken = np.zeros(len(gain), bool)
    order, covered = [], []
    while heap:
        stale, i = heapq.heappop(heap)
        if taken[i]:
            continue
        if -stale != gain[i]:
            heapq.heappush(heap, (-gain[i], i))
            continue
        taken[i] = True
        order.append(i)
        covered.append(gain[i])
        row = slice(both.indptr[i], both.indptr[i + 1])
        near = both.indices[row]
        gain[near] -= np.where(taken[near], 0, both.data[row])
    return np.array(order), np.cumsum(covered)


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


def _improved(
    ties: NDArray[np.float64], known: NDArray[np.bool_], members: NDArray[np.bool_]
) -> tuple[float, NDArray[np.bool_]]:
    """Add, drop or swap people while the fit grows; swaps are tried among the 30 likeliest on each side."""
    total, cells = float(ties.sum()), float(known.sum())
    ties_both, known_both = ties + ties.T, known.astype(float) + known.T
    best = -np.inf
    outside = ~members
    left, left_known = ties_both @ outside, known_both @ outside
    while True:
        inside_ties, inside_known = left @ outside / 2, left_known @ outside / 2
        # What leaves or enters the periphery when a person changes sides.
        change, change_known = np.where(outside, -left, left), np.where(outside, -left_known, left_known)
        into = np.flatnonzero(outside)[np.argsort(change[outside])[:_SWAPPED]]
        out_of = np.flatnonzero(members)[np.argsort(change[members])[:_SWAPPED]]
        pair = np.add.outer(change[out_of], change[into]) - ties_both[np.ix_(out_of, into)]
        pair_known = np.add.outer(change_known[out_of], change_known[into]) - known_both[np.ix_(out_of, into)]
        moved = np.concatenate([change, pair.ravel()]) + inside_ties
        moved_known = np.concatenate([change_known, pair_known.ravel()]) + inside_known
        fits = np.nan_to_num(_phi(total - moved, cells - moved_known, total, cells), nan=-np.inf)
        here = float(np.nan_to_num(_phi(total - inside_ties, cells - inside_known, total, cells), nan=-np.inf))
        best = max(best, here)
        step = int(fits.argmax())
        if fits[step] <= best + 1e-12:
            return best, members
        one, other = divmod(step - len(members), max(1, len(into)))
        for person in [step] if step < len(members) else [out_of[one], into[other]]:
            way = 1.0 if members[person] else -1.0
            left, left_known = left + way * ties_both[person], left_known + way * known_both[person]
            outside = outside.copy()
            outside[person] = members[person]
            members = ~outside
