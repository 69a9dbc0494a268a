"""What each strand alone says of some pairs: how a kind of tie changed, in how many something was seen, and whether by choice.

The tests of the talk take who was there, and what each gives and asks, as given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from nicmethods.joint.coincidence import ALPHA
from nicmethods.joint.confidence import exact_share
from nicmethods.joint.record import kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.joint.record import Record

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Choice", "Occurrence", "TieChange", "in_order", "jackknife", "occurrence", "reciprocity", "selectivity", "tie_change"]  # fmt: skip

_RIDGE = 0.5


@dataclass(frozen=True)
class TieChange:
    """How ties of some pairs changed between waves, all intervals together.

    Attributes
    ----------
    n
        Reports known in both waves of an interval (``stronger``: ties in both; ``mutual``: pairs with both reports known).
    up, down
        How many of them changed as asked, and the other way.
    value, low, high
        (up - down) / n, and its 95 % interval.
    any_tie
        Whether any of them is a tie at either wave.
    """

    n: int
    up: int
    down: int
    value: float
    low: float
    high: float
    any_tie: bool

    def stance(self, expect: str) -> str:
        """``supports``, ``contradicts``, ``open``, ``silent`` (answered, and no such tie in any wave), or ``not_observable``.

        ``expect`` is ``more``, ``fewer``, or ``some``: where there is at least one such change, whatever else ends, the stance
        is ``some``.
        """
        if self.n == 0:
            return "not_observable"
        if not self.any_tie:
            return "silent"
        if expect == "some":
            return "some" if self.up else "silent"
        above, below = self.low > 0, self.high < 0
        yes, no = (above, below) if expect == "more" else (below, above)
        return "supports" if yes else "contradicts" if no else "open"


@dataclass(frozen=True)
class Occurrence:
    """In how many pairs something was seen.

    Attributes
    ----------
    n_seen, n_pairs
        Pairs with it, and distinct pairs that had the opportunity: together in read talk.
    low, high
        Exact 95 % interval of the share, for these people at these meetings.
    low_such, high_such
        95 % interval of the share for such people: jackknife over people; the exact one where none or all have it, or
        with fewer than three people.
    """

    n_seen: int
    n_pairs: int
    low: float = np.nan
    high: float = np.nan
    low_such: float = np.nan
    high_such: float = np.nan

    @property
    def stance(self) -> str:
        """``supports`` (seen), ``silent`` (not seen despite opportunity) or ``not_observable``."""
        return "not_observable" if not self.n_pairs else "supports" if self.n_seen else "silent"


@kept
def tie_change(record: Record, *, tie: str, part: str) -> TieChange:
    """Count how a kind of tie changed, with the jackknife over people as 95 % interval.

    Parameters
    ----------
    record
        Both strands.
    tie
        ``new``: reports of no tie that became one, less ties that ended. ``stronger``: ties in both waves reported as
        stronger, less those as weaker. ``mutual``: pairs that came to name each other, less those that ceased to.
    part
        The pairs meant.
    """
    pairs = record.part(part)
    before, after = record.reports[:-1], record.reports[1:]
    known = ~np.isnan(before) & ~np.isnan(after) & pairs
    tied, later = before > 0, after > 0
    if tie == "stronger":
        known &= tied & later & (np.nanmax(record.reports, initial=0.0) > 1)
        up, down = known & (after > before), known & (after < before)
    else:
        if tie == "mutual":
            known, tied, later = (field & field.transpose(0, 2, 1) for field in (known, tied, later))
            known = known & np.triu(np.ones(pairs.shape, dtype=bool))
        up, down = known & ~tied & later, known & tied & ~later
    net, size = (up.sum(axis=0) - down.sum(axis=0)).astype(float), known.sum(axis=0).astype(float)
    n, n_up, n_down = int(size.sum()), int(up.sum()), int(down.sum())
    value, low, high = jackknife(net, size)
    if n and not n_up + n_down:
        reach = exact_share(0, n)[1]
        low, high = -reach, reach
    return TieChange(n, n_up, n_down, value, low, high, bool((known & (tied | later)).any()))


def occurrence(record: Record, *, talk: str, part: str, within: int | None = None, how_sure: bool = True) -> Occurrence:
    """Count the pairs in which something was seen, among those that could have shown it.

    Parameters
    ----------
    record
        Both strands.
    talk
        ``help`` either way, ``returned_help`` or the whole ``pathway``, anywhere in the record.
    part
        The pairs meant.
    within
        For returned help: see :meth:`~nicmethods.joint.record.Record.returned_at`.
    how_sure
        Whether to make the intervals, which no stance follows from; NaN otherwise.
    """
    could = np.triu(record.part(part) & (record.together_ever > 0))
    seen = could & _ever(record, talk, within)
    k, n = int(seen.sum()), int(could.sum())
    if not how_sure:
        return Occurrence(k, n)
    low, high = exact_share(k, n)
    such = (low, high)
    if 0 < k < n:
        _, left, right = jackknife(seen.astype(float), could.astype(float), logit=True)
        such = (left, right) if np.isfinite(left) else such
    return Occurrence(k, n, low, high, *such)


def _ever(record: Record, talk: str, within: int | None) -> Flags:
    """Shape (n, n), symmetric: pairs with it anywhere in the record."""
    if talk == "returned_help":
        return record.returned_at(within) >= 0
    ever = np.zeros((record.n, record.n), dtype=bool)
    one, other = (record.events[record.completed, 2:] if talk == "pathway" else record.helped[:, 1:]).T
    ever[one, other] = True
    return ever | ever.T


def jackknife(amount: Floats, size: Floats, *, logit: bool = False) -> tuple[float, float, float]:
    """A ratio of sums over pairs, and its 95 % interval over people: each left out in turn with all its pairs.

    Parameters
    ----------
    amount, size
        Shape (n, n): numerator and denominator of each pair; either triangle or both.
    logit
        Whether the ratio is a share, whose interval is made on the logit.

    Returns
    -------
    (value, low, high)
        Variance (n - 1) / n times the sum of squares of the values without each person, t on n - 1 degrees of freedom,
        n the people who have any pair. The interval is NaN with fewer than three people.

    References
    ----------
    Frank & Snijders (1994), Journal of Official Statistics 10(1); Efron & Stein (1981), Annals of Statistics 9(3).
    """
    from scipy.special import expit, stdtrit

    total, whole = amount.sum(), size.sum()
    if whole == 0:
        return np.nan, np.nan, np.nan
    value = float(total / whole)
    own = size.sum(axis=0) + size.sum(axis=1)
    left = whole - own
    used = (own > 0) & (left > 0)
    n = int(used.sum())
    if n < 3:
        return value, np.nan, np.nan
    without = (total - amount.sum(axis=0) - amount.sum(axis=1))[used] / left[used]
    spread = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()) * stdtrit(n - 1, 0.975))
    if not logit:
        return value, value - spread, value + spread
    centre, reach = np.log(value / (1 - value)), spread / (value * (1 - value))
    return value, float(expit(centre - reach)), float(expit(centre + reach))


@dataclass(frozen=True)
class Choice:
    """A count held against what chance brings.

    Attributes
    ----------
    n
        Units that could have counted: pairs together in read talk, or events.
    observed, expected
        The count, and its mean under the null.
    p_more, p_less
        One-sided p, (b + 1) / (draws + 1), or exact; NaN where nothing could have been seen.
    draws
        How many draws stand behind p; 0 where it is exact.
    """

    n: int
    observed: float = np.nan
    expected: float = np.nan
    p_more: float = np.nan
    p_less: float = np.nan
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
    n = int(np.triu(kind & (record.together_ever > 0)).sum())
    block = np.ix_(who, who)
    helped = _ever(record, "help", None)[block]
    if len(who) < 4 or n == 0 or not helped.any():
        return Choice(n)
    observed = float(np.triu(helped & kind[block], 1).sum())
    excess = _excess(helped, _by_chance(record)[block])
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
    low, high = np.minimum(seeker, helper), np.maximum(seeker, helper)
    chance = _direction(low, high, helper == high, record.n)
    order = np.argsort(low * record.n + high, kind="stable")
    order = order[record.part(part)[low, high][order]]
    pair, at = (low * record.n + high)[order], np.arange(len(order))
    n = len(pair) - len(np.unique(pair))
    if n == 0:
        return Choice(0)
    drawn = np.random.default_rng(seed).random((n_draws + 1, len(order))) < chance[order]
    drawn[0] = (helper == high)[order]
    precedes = (pair[:, None] == pair) & (at[:, None] > at)
    if within is not None:
        precedes &= meeting[order][:, None] - meeting[order] <= within
    same, other = (way.astype(np.float64) @ precedes.T.astype(np.float64) > 0 for way in (drawn, ~drawn))
    counted = np.where(drawn, other, same).sum(axis=1).astype(float)
    return _against(counted[0], counted[1:], n)


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
        return Choice(0)
    pair, label = record.labelled
    size = record.n * (record.n - 1) // 2
    numbers = np.bincount(pair * 4 + label, minlength=size * 4).reshape(size, 4)
    whole = numbers[(numbers > 0).all(axis=1) & pairs[np.triu_indices(record.n, 1)]].tolist()
    if not whole:
        return Choice(n)
    chances = [_in_any_order(shared, asked, one + other) for shared, asked, one, other in whole]
    mass = np.ones(1)
    for chance in chances:
        mass = np.convolve(mass, [1 - chance, chance])
    one, other = record.events[record.completed, 2:].T
    observed = int(pairs[one, other].sum())
    return Choice(n, observed, sum(chances), float(mass[observed:].sum()), float(mass[: observed + 1].sum()))


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


def _against(observed: float, null: Floats, n: int) -> Choice:
    more = (1 + int((null >= observed - 1e-9).sum())) / (1 + len(null))
    less = (1 + int((null <= observed + 1e-9).sum())) / (1 + len(null))
    return Choice(n, float(observed), float(null.mean()), more, less, len(null))


def _by_chance(record: Record) -> Floats:
    """How many events each pair would have had if each meeting's fell on anyone there."""
    events = np.bincount(record.helped[:, 0], minlength=len(record.read))
    there = record.present.sum(axis=1)
    each = np.where(there > 1, events * 2 / np.maximum(there * (there - 1), 1), 0.0)
    present = record.present.astype(float)
    return np.asarray((present * each[:, None]).T @ present)


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
