"""Whether pairs go the trust pathway in its order: practice shared, then help asked, then help reciprocated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nicmethods.joint.record import ASK, HELP, SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.joint.record import Record

    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["completions", "pathway_null"]


def completions(record: Record) -> tuple[Ints, Ints, Ints]:
    """Find the pairs that went the whole pathway: each one's event of the last step, and its two people.

    The last step is the first help after the asking by which each has helped the other; the asking is the first after
    practice was shared.

    Returns
    -------
    (event, a, b)
        Row of ``record.events``, and the people's numbers, a < b.
    """
    place, start, kind, forward = _by_pair(record)
    found = []
    for rows in np.split(np.arange(len(place)), start[1:]):
        ways = {True: False, False: False}
        step = 0
        for row in rows:
            if kind[row] == HELP:
                ways[bool(forward[row])] = True
            step = max(step, 1 if kind[row] == SHARE else 0, 2 if step and kind[row] == ASK else 0)
            if step == 2 and kind[row] == HELP and all(ways.values()):
                found.append(place[row])
                break
    at = np.array(sorted(found), dtype=np.int64)
    people = np.sort(record.events[at, 2:], axis=1)
    return at, people[:, 0], people[:, 1]


def pathway_null(record: Record, pairs: Flags, *, seed: int, n_draws: int) -> Ints:
    """Count pairs that went the whole pathway in its order, as observed and when each pair's events come in any order.

    Parameters
    ----------
    record
        Both strands.
    pairs
        Shape (n, n), symmetric: the pairs meant.
    seed, n_draws
        Of the orders drawn.

    Returns
    -------
    ints
        Shape (1 + n_draws,): the observed count first.
    """
    place, start, kind, forward = _by_pair(record)
    if not len(place):
        return np.zeros(1 + n_draws, dtype=np.int64)
    one, other = record.events[place[start], 2:].T
    size = np.diff(np.append(start, len(place)))
    whole = pairs[one, other]
    for present in (kind == SHARE, kind == ASK, (kind == HELP) & forward, (kind == HELP) & ~forward):
        whole &= np.logical_or.reduceat(present, start)
    kept = np.repeat(whole, size)
    if not kept.any():
        return np.zeros(1 + n_draws, dtype=np.int64)
    kind, size = kind[kept], size[whole]
    start, pair = np.cumsum(size) - size, np.repeat(np.arange(len(size)), size)
    keys = np.random.default_rng(seed).random((n_draws + 1, len(kind)))
    keys[0] = np.linspace(0, 1, len(kind), endpoint=False)
    kinds = kind[np.argsort(pair + keys, axis=1)]
    at = np.arange(len(kind))
    shared = np.minimum.reduceat(np.where(kinds == SHARE, at, len(at)), start, axis=1)
    asked = np.where((kinds == ASK) & (at > np.repeat(shared, size, axis=1)), at, len(at))
    last = np.maximum.reduceat(np.where(kinds == HELP, at, -1), start, axis=1)
    return np.asarray((last > np.minimum.reduceat(asked, start, axis=1)).sum(axis=1), dtype=np.int64)


def _by_pair(record: Record) -> tuple[Ints, Ints, Ints, Flags]:
    """Rows of the events, those of a pair together and in time, where each pair starts, kinds, and whether a acts."""
    low, high = np.sort(record.events[:, 2:], axis=1).T
    order = np.lexsort((np.arange(len(low)), low * record.n + high))
    pair = (low * record.n + high)[order]
    start = np.flatnonzero(np.diff(pair, prepend=-1))
    return order, start, record.events[order, 1], record.events[order, 2] < record.events[order, 3]
