"""Whether pairs go the trust pathway in its order: practice shared, then help asked, then help reciprocated."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from nicmethods.joint.record import ASK, HELP, SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.joint.record import Record

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["completions", "pathway_chances"]


def completions(record: Record) -> tuple[Ints, Ints, Ints]:
    """Find the pairs that went the whole pathway: each one's event of the last step, and its two people.

    The last step is the first help after the asking by which each has helped the other; the asking is the first after
    practice was shared.

    Returns
    -------
    (event, a, b)
        Row of ``record.events``, and the people's numbers, a < b.
    """
    place, start, kinds, forwards = _by_pair(record)
    first, found = set(start.tolist()), []
    step, ways = 0, set[bool]()
    for row, (kind, forward) in enumerate(zip(kinds.tolist(), forwards.tolist(), strict=True)):
        if row in first:
            step, ways = 0, set()
        if kind == HELP:
            ways.add(forward)
        step = max(step, 1 if kind == SHARE else 0, 2 if step and kind == ASK else 0)
        if step == 2 and kind == HELP and len(ways) == 2:
            found.append(place[row])
            step = 3
    at = np.array(sorted(found), dtype=np.int64)
    people = np.sort(record.events[at, 2:], axis=1)
    return at, people[:, 0], people[:, 1]


def pathway_chances(record: Record, pairs: Flags) -> tuple[int, Floats]:
    """Count pairs that went the whole pathway in its order, and give each pair's chance of it if its events came in any order.

    Parameters
    ----------
    record
        Both strands.
    pairs
        Shape (n, n), symmetric: the pairs meant.

    Returns
    -------
    (observed, chance)
        The count, and the chance of each pair that has all it takes: practice shared, help asked, help both ways. Others
        have none.
    """
    place, start, kind, forward = _by_pair(record)
    _, a, b = completions(record)
    observed = int(pairs[a, b].sum())
    if not len(place):
        return observed, np.zeros(0)
    one, other = record.events[place[start], 2:].T
    whole = pairs[one, other]
    for present in (kind == SHARE, kind == ASK, (kind == HELP) & forward, (kind == HELP) & ~forward):
        whole &= np.logical_or.reduceat(present, start)
    numbers = [np.add.reduceat((kind == of).astype(int), start)[whole].tolist() for of in (SHARE, ASK, HELP)]
    return observed, np.array([_in_any_order(*each) for each in zip(*numbers, strict=True)], dtype=np.float64)


@cache
def _in_any_order(shared: int, asked: int, helped: int, step: int = 0) -> float:
    """Chance that events drawn in any order hold the steps that are still to come: practice shared, help asked, help given.

    Help both ways is there in all; so that help is reciprocated by the last help is sure.

    Examples
    --------
    >>> round(_in_any_order(1, 1, 2), 4)
    0.25
    """
    if step == 3:
        return 1.0
    left = (shared, asked, helped)
    if not left[step]:
        return 0.0
    total = sum(left)
    return sum(
        n / total * _in_any_order(*(k - (kind == at) for at, k in enumerate(left)), step + (kind == step))
        for kind, n in enumerate(left)
        if n
    )


def _by_pair(record: Record) -> tuple[Ints, Ints, Ints, Flags]:
    """Rows of the events, those of a pair together and in time, where each pair starts, kinds, and whether a acts."""
    low, high = np.sort(record.events[:, 2:], axis=1).T
    order = np.lexsort((np.arange(len(low)), low * record.n + high))
    pair = (low * record.n + high)[order]
    start = np.flatnonzero(np.diff(pair, prepend=-1))
    return order, start, record.events[order, 1], record.events[order, 2] < record.events[order, 3]
