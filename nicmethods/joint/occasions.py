"""The rows on which talk and tie change can coincide: a pair, an interval, a tie that could change, talk that was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.errors import MeasureError
from nicmethods.joint.pathway_order import completions
from nicmethods.joint.record import kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.joint.record import Record

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["TALKS", "TIES", "Occasions", "Rows", "missed_reports", "occasions"]

TIES = ("new", "stronger", "mutual")
"""What can become of a tie in an interval: a report of no tie turns into one; a tie that stays is reported as stronger;
the two come to name each other."""

TALKS = ("help", "returned_help", "pathway")
"""What can be seen between the two in an interval: help, either way; help, and by its end help both ways in the record;
the last step of shared practice, help asked, help reciprocated."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Pairs in intervals, with what is known of them beforehand.

    Attributes
    ----------
    a, b, interval
        Shape (n_rows,): the two people's numbers, a < b, and the interval.
    x
        Shape (n_rows,): 1 where the talk shows what was asked for, else 0.
    y
        Shape (n_rows,): what became of the tie: 1 where it changed as asked, else 0 (in ``guard``: the sum of changes).
    terms
        Shape (n_rows, n_terms): what brings talk and ties together anyway (the two people apart).
    """

    a: Ints
    b: Ints
    interval: Ints
    x: Floats
    y: Floats
    terms: Floats

    def __len__(self) -> int:
        return len(self.a)


@dataclass(frozen=True, eq=False)
class Occasions:
    """Rows at risk, and what guards against errors in the reports.

    Attributes
    ----------
    rows
        One row per pair and interval with read talk that both attended and a tie that could change.
    missed
        The rows that would have been there (``y`` is 1) had a report that was a tie at both waves been missed at the
        earlier one; one for each such report. Empty for ``stronger``.
    guard
        For ``stronger``: all pairs with a tie at both waves, ``y`` the sum of the reports' changes, without the earlier
        strength among the terms. Errors that stay the same in both waves leave its mean alone. None otherwise.
    names
        Names of the terms.
    n_people
        Number of people of the record.
    """

    rows: Rows
    missed: Rows
    guard: Rows | None
    names: tuple[str, ...]
    n_people: int


def occasions(record: Record, *, tie: str, talk: str, order: str = "same", within: int | None = None) -> Occasions:
    """Build the rows of a claim that `talk` and change of `tie` fall on the same pairs.

    Parameters
    ----------
    record
        Both strands.
    tie
        One of :data:`TIES`.
    talk
        One of :data:`TALKS`.
    order
        ``"same"``: talk and change in one interval. ``"lagged"``: the change in the interval after the talk, among pairs
        at risk then; talk in the interval of the change is a term. ``"reverse"``: x is the change of the tie, y the talk
        in the interval after it, of pairs together then; talk in the interval of the change is a term, and reports are
        taken as they are: neither ``missed`` nor ``guard``.
    within
        For returned help: see :meth:`~nicmethods.joint.record.Record.returned_at`.

    Returns
    -------
    Occasions
        Terms: whether the pair's other report is a tie, or unknown; log(1 + read meetings together); same site; hub and
        member; untied and tied to a shared third; interval; log(1 + ties to others before) and log(1 + help with others)
        of the two, summed; for ``stronger`` the mean earlier strength.

    References
    ----------
    Terms after Krackhardt (1988), Social Networks 10, and Snijders, van de Bunt & Steglich (2010), Social Networks 32.
    """
    if tie not in TIES or talk not in TALKS:
        raise MeasureError(f"nothing is known of tie '{tie}' with talk '{talk}'; ties: {TIES}, talks: {TALKS}")
    seen = _exposure(record, talk, within)
    helped = seen if talk == "help" else _exposure(record, "help")
    a, b = _pairs(record)
    found: dict[str, list[Rows]] = {"rows": [], "missed": [], "guard": []}
    for t in range(0 if order == "same" else 1, record.n_intervals):
        lead = t if order == "same" else t - 1
        of_tie, of_talk = (lead, t) if order == "reverse" else (t, lead)
        met = record.together[lead if order == "lagged" else t][a, b]
        terms = [np.log1p(met), _beforehand(record, of_tie), _help_elsewhere(record, of_tie)]
        beside = helped[of_tie] if order != "same" else helped[t - 1] if t else np.zeros_like(helped[0])
        terms.append(beside[a, b])
        change = _change(record, tie, of_tie)
        kinds = [("rows", change.risk), *(("missed", one) for one in change.missed)]
        kinds += [("guard", change.guard)] if change.guard else []
        for name, kind in kinds[: 1 if order == "reverse" else None]:
            keep = (met > 0) & kind.keep
            both = (seen[of_talk][a, b][keep].astype(float), kind.y[keep].astype(float))
            x, y = both[::-1] if order == "reverse" else both
            when = np.full(len(x), t, dtype=np.int64)
            found[name].append(Rows(a[keep], b[keep], when, x, y, np.column_stack([kind.terms, *terms])[keep]))
    level = ("earlier strength",) if tie == "stronger" else ()
    beside = ("help in the interval before" if order == "same" else "help beside the change",)
    later = tuple(f"interval {t}" for t in range(1, record.n_intervals))
    names = ("other is a tie", "other is unknown", *level, *_NAMES, *beside, *later)
    rows, missed = (_joined(found[name], record.n_intervals, len(names)) for name in ("rows", "missed"))
    guard = _joined(found["guard"], record.n_intervals, len(names) - 1) if found["guard"] else None
    return Occasions(rows, missed, guard, names, record.n)


@kept
def missed_reports(record: Record) -> tuple[int, int]:
    """Count how often a report of a tie lapses for one wave.

    Returns
    -------
    (n_missed, n)
        Of n reports that are known in three waves in a row and a tie in the first and last, n_missed are none in between.
        The share estimates how often a tie that is there goes unreported. n is 0 with fewer than three waves.
    """
    tie, known = record.reports > 0, ~np.isnan(record.reports)
    n = max(len(tie) - 2, 0)
    ends = tie[:n] & tie[2:] & known[1 : n + 1]
    return int((ends & ~tie[1 : n + 1]).sum()), int(ends.sum())


@dataclass(frozen=True, eq=False)
class _Kind:
    """Arrays over pairs: which of them are rows, y, and the terms that come first."""

    keep: Any
    y: Any
    terms: Any


@dataclass(frozen=True, eq=False)
class _Change:
    """Rows at risk in one interval, those that missed reports would have made, and the guard."""

    risk: _Kind
    missed: tuple[_Kind, ...] = ()
    guard: _Kind | None = None


def _reports(record: Record, t: int, a: Ints, b: Ints) -> tuple[Floats, Floats]:
    """Both directions of each pair, shape (2, n_pairs), before and after."""
    before, after = record.reports[t], record.reports[t + 1]
    return np.stack([before[a, b], before[b, a]]), np.stack([after[a, b], after[b, a]])


def _new(record: Record, t: int, a: Ints, b: Ints) -> _Change:
    before, after = _reports(record, t, a, b)
    risk = (before == 0) & ~np.isnan(after)
    y = (risk & (after > 0)).any(axis=0)
    other_tie = (before > 0).any(axis=0)
    both = risk.all(axis=0)
    terms = np.column_stack([other_tie, ~both & ~other_tie])
    gone = []
    for one, other in ((0, 1), (1, 0)):
        also = risk[other]
        tied = before[other] > 0
        gone.append(
            _Kind((before[one] > 0) & (after[one] > 0), np.ones(len(a)), np.column_stack([tied, ~also & ~tied]))
        )
    return _Change(_Kind(risk.any(axis=0), y, terms), tuple(gone))


def _mutual(record: Record, t: int, a: Ints, b: Ints) -> _Change:
    before, after = _reports(record, t, a, b)
    both, known = (before > 0).all(axis=0), ~np.isnan(after).any(axis=0)
    y = (after > 0).all(axis=0)
    terms = np.column_stack([(before > 0).any(axis=0), np.isnan(before).any(axis=0)])
    one_missed = _Kind(both & y, np.ones(len(a)), np.column_stack([np.ones(len(a)), np.zeros(len(a))]))
    return _Change(_Kind((before == 0).any(axis=0) & known, y, terms), (one_missed, one_missed))


def _stronger(record: Record, t: int, a: Ints, b: Ints) -> _Change:
    before, after = _reports(record, t, a, b)
    top = np.nanmax(record.reports, initial=0.0)
    lasts = (before > 0) & (after > 0)
    risk = lasts & (before < top)
    other = np.column_stack([lasts.all(axis=0), np.isnan(before).any(axis=0)])
    change = np.where(lasts, after - before, 0.0).sum(axis=0)
    level = np.where(risk, before, 0.0).sum(axis=0) / np.maximum(risk.sum(axis=0), 1)
    return _Change(
        _Kind(risk.any(axis=0), (risk & (after > before)).any(axis=0), np.column_stack([other, level])),
        guard=_Kind(lasts.any(axis=0), change, other),
    )


_CHANGES = {"new": _new, "mutual": _mutual, "stronger": _stronger}
_NAMES = ("together", "same site", "hub and member", "shared third", "ties to others", "help with others")


@kept
def _pairs(record: Record) -> tuple[Ints, Ints]:
    return np.triu_indices(record.n, 1)


@kept
def _change(record: Record, tie: str, t: int) -> _Change:
    return _CHANGES[tie](record, t, *_pairs(record))


@kept
def _beforehand(record: Record, t: int) -> Floats:
    """What is known of each pair before the interval, whatever is said in it."""
    a, b = _pairs(record)
    tied = np.nan_to_num(record.reports[t]) > 0
    tied = tied | tied.T
    third = ~tied & (tied.astype(float) @ tied > 0)
    apart = record.hub[a] != record.hub[b]
    return np.column_stack([record.same_site[a, b], apart, third[a, b], _elsewhere(tied.astype(float), a, b)])


def _help_elsewhere(record: Record, t: int) -> Floats:
    _, seeker, helper = record.helped[record.interval[record.helped[:, 0]] == t].T
    times = np.bincount(seeker * record.n + helper, minlength=record.n**2).reshape(record.n, record.n)
    return _elsewhere((times + times.T).astype(float), *_pairs(record))


def _elsewhere(counts: Floats, a: Ints, b: Ints) -> Floats:
    total, own = counts.sum(axis=1), counts[a, b]
    return np.asarray(np.log1p(total[a] - own) + np.log1p(total[b] - own))


def _exposure(record: Record, talk: str, within: int | None = None) -> Flags:
    """Shape (n_intervals, n, n), symmetric: what the talk shows of each pair in each interval."""
    seen = np.zeros((record.n_intervals, record.n, record.n), dtype=bool)
    if talk == "pathway":
        place, one, other = completions(record)
        t = record.interval[record.events[place, 0]]
        seen[t[t >= 0], one[t >= 0], other[t >= 0]] = True
        return seen | seen.transpose(0, 2, 1)
    meeting, seeker, helper = record.helped[record.interval[record.helped[:, 0]] >= 0].T
    seen[record.interval[meeting], seeker, helper] = True
    either = seen | seen.transpose(0, 2, 1)
    if talk == "help":
        return either
    returned = record.returned_at(within)
    for at in range(record.n_intervals):
        last = np.flatnonzero(record.interval == at).max(initial=-1)
        either[at] &= (returned >= 0) & (returned <= last)
    return either


def _joined(parts: list[Rows], n_intervals: int, n_terms: int) -> Rows:
    """Rows of all intervals, with a term for each interval but the first."""
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Rows(none, none, none, np.zeros(0), np.zeros(0), np.zeros((0, n_terms)))
    a, b, interval, x, y, terms = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("a", "b", "interval", "x", "y", "terms")
    )
    return Rows(a, b, interval, x, y, np.column_stack([terms, interval[:, None] == np.arange(1, n_intervals)]))
