"""Whom people choose and what comes back: tests on the talk alone, given who was there and what each gives and asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nicmethods.joint.coincidence import ALPHA
from nicmethods.joint.pathway_order import pathway_chances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.joint.record import Record

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Choice", "in_order", "reciprocity", "selectivity"]

_RIDGE = 0.5


@dataclass(frozen=True)
class Choice:
    """A count held against what chance brings.

    Attributes
    ----------
    observed, expected
        The count, and its mean under the null.
    low, high
        95 % of the null.
    p_more, p_less
        One-sided p, (b + 1) / (draws + 1), or exact; NaN where nothing could have been seen.
    n
        Units that could have counted: pairs together in read talk, or events.
    draws
        How many draws stand behind p; 0 where it is exact.
    """

    observed: float
    expected: float
    low: float
    high: float
    p_more: float
    p_less: float
    n: int
    draws: int = 0

    @property
    def stance(self) -> str:
        """``supports``, ``contradicts``, ``open`` (not distinguishable from chance) or ``not_observable``."""
        if np.isnan(self.p_more):
            return "not_observable"
        return "supports" if self.p_more <= ALPHA else "contradicts" if self.p_less <= ALPHA else "open"

    @property
    def is_near_the_level(self) -> bool:
        """Whether other draws could put the smaller p on the other side of the level: within three Monte Carlo errors."""
        if np.isnan(self.p_more) or not self.draws:
            return False
        error = np.sqrt(ALPHA * (1 - ALPHA) / self.draws)
        return bool(abs(min(self.p_more, self.p_less) - ALPHA) < 3 * error)


def selectivity(record: Record, *, part: str, seed: int, n_draws: int = 999) -> Choice:
    """Ask whether people help each other in more of the pairs of a kind than their meeting and their totals bring.

    For pairs together, [helped] is held against c (1 - exp(-E)), E the events expected if each meeting's events fell on
    anyone there. Within and across schools: members only, everybody's own total taken out, sites exchanged over people.
    Hub and member: all people, totals left in, the label *hub* exchanged, since with few hub people nothing is left once
    totals are out; so it says what part the *role* takes in help beyond presence, also where hub people simply give much.

    Parameters
    ----------
    record
        Both strands.
    part
        ``within_schools``, ``across_schools`` or ``hub_member``.
    seed, n_draws
        Of the exchanges of labels.

    Returns
    -------
    Choice
        ``observed`` and ``expected`` are distinct pairs with help, n pairs of the kind that were together.
    """
    kind = record.part(part)
    by_role = part == "hub_member"
    who = np.flatnonzero(np.ones(record.n, dtype=bool) if by_role else ~record.hub & (record.site >= 0))
    few = len(who) < 4
    together = record.together_ever > 0
    n = int(np.triu(kind & together).sum())
    if few or n == 0 or not kind.any():
        return _nothing(n)
    helped, expected = _help_and_chance(record)
    block = np.ix_(who, who)
    helped = helped[block]
    excess = _excess(helped, expected[block])
    if not helped.any():
        return _nothing(n)
    observed = float(np.triu(helped & kind[block], 1).sum())
    if not by_role:
        excess = _totals_out(excess)
    labels = record.hub[who].astype(np.int64) if by_role else np.unique(record.site[who], return_inverse=True)[1]
    order = np.argsort(np.random.default_rng(seed).random((n_draws, len(who))), axis=1)
    drawn = np.concatenate([labels[None], labels[order]])
    marks = (drawn[:, :, None] == np.arange(labels.max() + 1)).astype(float)
    same = np.einsum("dik,ij,djk->d", marks, excess, marks, optimize=True) / 2
    counted = same if part == "within_schools" else excess.sum() / 2 - same
    return _against(observed, counted[1:] - counted[0] + observed, n)


def reciprocity(record: Record, *, part: str, seed: int, n_draws: int = 999, within: int | None = None) -> Choice:
    """Ask whether help comes back more than who asks and who gives would bring, between those who deal with each other.

    An event *returns* help if the helper was helped by the seeker in an earlier event of the record. The direction of
    each event is drawn anew in its place in time; its chance, given that these two deal, follows from one score a person,
    logit P(j helps i) = s_j - s_i, fitted with ridge .5 on all events.

    Parameters
    ----------
    record
        Both strands.
    part
        The pairs meant.
    seed, n_draws
        Of the directions drawn.
    within
        Help returns an earlier one of at most so many meetings before; None: anywhere before.

    Returns
    -------
    Choice
        ``observed`` and ``expected`` are returned events, n the events of these pairs that follow another of the pair.
    """
    meeting, seeker, helper = record.helped.T
    if not len(seeker):
        return _nothing(0)
    low, high = np.minimum(seeker, helper), np.maximum(seeker, helper)
    chance = _direction(low, high, helper == high, record.n)
    meant = record.part(part)[low, high]
    order = np.lexsort((np.arange(len(low)), low * record.n + high))
    order = order[meant[order]]
    pair = (low * record.n + high)[order]
    start = np.flatnonzero(np.diff(pair, prepend=-1))
    size = np.diff(np.append(start, len(pair)))
    n = int((size - 1).sum()) if len(size) else 0
    if n == 0:
        return _nothing(0)
    drawn = np.random.default_rng(seed).random((n_draws + 1, len(order))) < chance[order]
    drawn[0] = (helper == high)[order]
    returned = _returned(drawn, np.repeat(start, size), None if within is None else (meeting[order], within))
    counted = returned.sum(axis=1).astype(float)
    return _against(counted[0], counted[1:], n)


def _returned(drawn: Flags, first: Ints, near: tuple[Ints, int] | None) -> Flags:
    """Which events, those of a pair together and in time, go against the direction of an earlier one of the pair.

    ``first`` is where each event's pair begins; ``near`` the events' meetings, and how many later one counts.
    """
    if near is None:
        out = np.zeros(drawn.shape, dtype=bool)
        for way in (drawn, ~drawn):
            before: Ints = np.cumsum(way, axis=1) - way
            out |= ~way & (before - before[:, first] > 0)
        return out
    meeting, within = near
    at = np.arange(len(meeting))
    precedes = (first[:, None] == first) & (at[:, None] > at) & (meeting[:, None] - meeting <= within)
    same, other = (way.astype(np.float64) @ precedes.T.astype(np.float64) > 0 for way in (drawn, ~drawn))
    return np.asarray(np.where(drawn, other, same), dtype=bool)


def in_order(record: Record, *, part: str) -> Choice:
    """Ask whether pairs go the whole trust pathway in its order more often than if their events came in any order.

    Pairs are independent under the null, so the distribution of their number is exact and nothing is drawn.

    Returns
    -------
    Choice
        ``observed`` and ``expected`` are pairs, n the pairs together in read talk.
    """
    pairs = record.part(part)
    n = int(np.triu(pairs & (record.together_ever > 0)).sum())
    if not n:
        return _nothing(0)
    observed, chances = pathway_chances(record, pairs)
    if not len(chances):
        return _nothing(n)
    mass = np.ones(1)
    for chance in chances:
        mass = np.convolve(mass, [1 - chance, chance])
    below = np.cumsum(mass)
    low, high = np.searchsorted(below, [0.025, 0.975])
    return Choice(
        observed, float(chances.sum()), float(low), float(high), float(mass[observed:].sum()), float(below[observed]), n
    )


def _nothing(n: int) -> Choice:
    return Choice(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, n)


def _against(observed: float, null: Floats, n: int) -> Choice:
    more = (1 + int((null >= observed - 1e-9).sum())) / (1 + len(null))
    less = (1 + int((null <= observed + 1e-9).sum())) / (1 + len(null))
    low, high = np.quantile(null, [0.025, 0.975])
    return Choice(float(observed), float(null.mean()), float(low), float(high), more, less, n, len(null))


def _help_and_chance(record: Record) -> tuple[Flags, Floats]:
    """Whether each pair helped, and how many events it would have had if each meeting's fell on anyone there."""
    meeting, seeker, helper = record.helped.T
    helped = np.zeros((record.n, record.n), dtype=bool)
    helped[seeker, helper] = True
    events = np.bincount(meeting, minlength=len(record.read))
    there = record.present.sum(axis=1)
    each = np.where(there > 1, events * 2 / np.maximum(there * (there - 1), 1), 0.0)
    present = record.present.astype(float)
    return helped | helped.T, (present * each[:, None]).T @ present


def _excess(helped: Flags, expected: Floats) -> Floats:
    """[helped] less c (1 - exp(-E)), which sums to 0; the diagonal is 0."""
    some = 1 - np.exp(-expected)
    np.fill_diagonal(some, 0.0)
    share = helped.sum() / some.sum() if some.any() else 0.0
    return np.asarray(helped - share * some, dtype=np.float64)


def _totals_out(excess: Floats) -> Floats:
    n = len(excess)
    row = excess.sum(axis=1) / (n - 2)
    out = excess - row[:, None] - row + excess.sum() / ((n - 1) * (n - 2))
    np.fill_diagonal(out, 0.0)
    return np.asarray(out, dtype=np.float64)


def _direction(low: Ints, high: Ints, to_high: Flags, n: int) -> Floats:
    """Chance that the second of each pair is the helper."""
    from scipy.special import expit

    score = np.zeros(n)
    design = (high[:, None] == np.arange(n)).astype(float) - (low[:, None] == np.arange(n))
    for _ in range(50):
        p = expit(design @ score)
        slope = design.T @ (to_high - p) - _RIDGE * score
        step = np.linalg.solve((design * (p * (1 - p))[:, None]).T @ design + _RIDGE * np.eye(n), slope)
        score = score + step
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(expit(design @ score))
