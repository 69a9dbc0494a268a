"""What each strand alone says of some pairs: how a kind of tie changed, and in how many pairs something was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nicmethods.joint.confidence import exact_share
from nicmethods.joint.pathway_order import completions
from nicmethods.joint.record import kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.joint.record import Record

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]

__all__ = ["SEEN", "Occurrence", "TieChange", "jackknife", "occurrence", "tie_change"]

SEEN = ("help", "returned_help", "pathway")
"""What occurrence counts in the talk of a pair, over the whole record: help either way; help both ways; the pathway."""


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
    low: float
    high: float
    low_such: float
    high_such: float

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
        One of :data:`SEEN`.
    part
        The pairs meant.
    within
        For returned help: see :meth:`~nicmethods.joint.record.Record.returned_at`.
    how_sure
        Whether to make the intervals, which no stance follows from; NaN otherwise.
    """
    could = np.triu(record.part(part) & (record.together_ever > 0))
    seen = could & seen_ever(record, talk, within)
    k, n = int(seen.sum()), int(could.sum())
    if not how_sure:
        return Occurrence(k, n, np.nan, np.nan, np.nan, np.nan)
    low, high = exact_share(k, n)
    such = (low, high)
    if 0 < k < n:
        _, left, right = jackknife(seen.astype(float), could.astype(float), logit=True)
        such = (left, right) if np.isfinite(left) else such
    return Occurrence(k, n, low, high, *such)


def seen_ever(record: Record, talk: str, within: int | None = None) -> Flags:
    """Shape (n, n), symmetric: pairs with it anywhere in the record."""
    ever = np.zeros((record.n, record.n), dtype=bool)
    if talk == "pathway":
        _, one, other = completions(record)
        ever[one, other] = True
        return ever | ever.T
    if talk == "returned_help":
        return record.returned_at(within) >= 0
    _, seeker, helper = record.helped.T
    ever[seeker, helper] = True
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
