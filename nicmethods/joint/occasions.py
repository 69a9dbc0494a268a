"""The rows on which talk and tie change can coincide: a pair, an interval, a tie that could change, talk that was read."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.joint.record import kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.joint.record import Record

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Kinds = dict[str, list[tuple[Any, Any, Any]]]

__all__ = ["Occasions", "Rows", "missed_reports", "occasions"]


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
        strength among the terms. Errors that stay the same in both waves leave its mean alone. Empty otherwise.
    names
        Names of the terms.
    n_people
        Number of people of the record.
    """

    rows: Rows
    missed: Rows
    guard: Rows
    names: tuple[str, ...]
    n_people: int


def occasions(record: Record, *, tie: str, talk: str, order: str = "same", within: int | None = None) -> Occasions:
    """Build the rows of a claim that `talk` and change of `tie` fall on the same pairs.

    Parameters
    ----------
    record
        Both strands.
    tie
        What can become of a tie in an interval: ``new``, a report of no tie turns into one; ``stronger``, a tie that stays is
        reported as stronger; ``mutual``, the two come to name each other.
    talk
        What can be seen between the two in an interval: ``help``, either way; ``returned_help``, and by its end help both
        ways in the record; ``pathway``, the last step of shared practice, help asked, help reciprocated.
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
    seen = _exposure(record, talk, within)
    helped = seen if talk == "help" else _exposure(record, "help")
    a, b = _pairs(record)
    level = ("earlier strength",) if tie == "stronger" else ()
    beside = ("help in the interval before" if order == "same" else "help beside the change",)
    later = tuple(f"interval {t}" for t in range(1, record.n_intervals))
    names = ("other is a tie", "other is unknown", *level, *_NAMES, *beside, *later)
    none = np.zeros(0, dtype=np.int64)
    found = {}
    for name in ("rows", "missed", "guard"):
        n_terms = len(names) - len(later) - (name == "guard")
        found[name] = [Rows(none, none, none, np.zeros(0), np.zeros(0), np.zeros((0, n_terms)))]
    for t in range(0 if order == "same" else 1, record.n_intervals):
        lead = t if order == "same" else t - 1
        of_tie, of_talk = (lead, t) if order == "reverse" else (t, lead)
        met = record.together[lead if order == "lagged" else t][a, b]
        terms = [np.log1p(met), _beforehand(record, of_tie), _help_elsewhere(record, of_tie)]
        helping = helped[of_tie] if order != "same" else helped[t - 1] if t else np.zeros_like(helped[0])
        terms.append(helping[a, b])
        for name, kinds in _change(record, tie, of_tie).items():
            for rows, changed, first in kinds if name == "rows" or order != "reverse" else ():
                keep = (met > 0) & rows
                x, y = seen[of_talk][a, b][keep].astype(float), changed[keep].astype(float)
                if order == "reverse":
                    x, y = y, x
                when = np.full(len(x), t, dtype=np.int64)
                found[name].append(Rows(a[keep], b[keep], when, x, y, np.column_stack([first, *terms])[keep]))
    rows, missed, guard = (_joined(parts, record.n_intervals) for parts in found.values())
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


def _new(before: Floats, after: Floats, top: float) -> Kinds:
    risk = (before == 0) & ~np.isnan(after)
    other_tie = (before > 0).any(axis=0)
    terms = np.column_stack([other_tie, ~risk.all(axis=0) & ~other_tie])
    missed = []
    for one, other in ((0, 1), (1, 0)):
        tied = before[other] > 0
        lasts = (before[one] > 0) & (after[one] > 0)
        missed.append((lasts, np.ones_like(before[one]), np.column_stack([tied, ~risk[other] & ~tied])))
    return {"rows": [(risk.any(axis=0), (risk & (after > 0)).any(axis=0), terms)], "missed": missed}


def _mutual(before: Floats, after: Floats, top: float) -> Kinds:
    both, known = (before > 0).all(axis=0), ~np.isnan(after).any(axis=0)
    y = (after > 0).all(axis=0)
    terms = np.column_stack([(before > 0).any(axis=0), np.isnan(before).any(axis=0)])
    yes = np.ones_like(before[0])
    one_missed = (both & y, yes, np.column_stack([yes, 0 * yes]))
    return {"rows": [((before == 0).any(axis=0) & known, y, terms)], "missed": [one_missed, one_missed]}


def _stronger(before: Floats, after: Floats, top: float) -> Kinds:
    lasts = (before > 0) & (after > 0)
    risk = lasts & (before < top)
    other = np.column_stack([lasts.all(axis=0), np.isnan(before).any(axis=0)])
    change = np.where(lasts, after - before, 0.0).sum(axis=0)
    level = np.where(risk, before, 0.0).sum(axis=0) / np.maximum(risk.sum(axis=0), 1)
    rows = (risk.any(axis=0), (risk & (after > before)).any(axis=0), np.column_stack([other, level]))
    return {"rows": [rows], "guard": [(lasts.any(axis=0), change, other)]}


_CHANGES = {"new": _new, "mutual": _mutual, "stronger": _stronger}
_NAMES = ("together", "same site", "hub and member", "shared third", "ties to others", "help with others")


@kept
def _pairs(record: Record) -> tuple[Ints, Ints]:
    return np.triu_indices(record.n, 1)


@kept
def _change(record: Record, tie: str, t: int) -> Kinds:
    """Rows at risk in one interval, those that missed reports would have made, and the guard: which pairs, y, the first terms.

    Reports before and after have shape (2, n_pairs), one way and the other.
    """
    a, b = _pairs(record)
    before, after = (np.stack([reports[a, b], reports[b, a]]) for reports in record.reports[t : t + 2])
    return _CHANGES[tie](before, after, np.nanmax(record.reports, initial=0.0))


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
        meeting, _, one, other = record.events[record.completed].T
        t = record.interval[meeting]
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


def _joined(parts: list[Rows], n_intervals: int) -> Rows:
    """Rows of all intervals, with a term for each interval but the first."""
    a, b, interval, x, y, terms = (np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Rows))
    return Rows(a, b, interval, x, y, np.column_stack([terms, interval[:, None] == np.arange(1, n_intervals)]))
