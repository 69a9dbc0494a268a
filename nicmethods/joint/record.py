"""What both strands hold about a network, as plain arrays: the one thing that every test behind a verdict reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from nicmethods.errors import MeasureError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ASK", "HELP", "PARTS", "SHARE", "Record", "kept"]

Found = TypeVar("Found")

SHARE, ASK, HELP = 0, 1, 2
"""Kinds of event: practice shared by the first with the second, help asked by the first of the second, help given by the
first to the second."""

PARTS = ("all", "within_schools", "across_schools", "hub_member", "members")
"""The pairs that a claim may be about. *Schools* are those of members: the hub is no school, and its pairs stand apart."""


def kept(measure: Callable[..., Found]) -> Callable[..., Found]:
    """Measure once what follows from people, reports and meetings alone, whoever said what; see :meth:`Record.retold`."""

    @wraps(measure)
    def once(record: Record, *by: Any, **more: Any) -> Found:
        key = (measure.__qualname__, *by, *more.items())
        if key not in record._kept:
            record._kept[key] = measure(record, *by, **more)
        found: Found = record._kept[key]
        return found

    return once


@dataclass(frozen=True, eq=False)
class Record:
    """Reports and coded talk of n people, in numbers.

    Attributes
    ----------
    reports
        Shape (n_waves, n, n): strength of the tie that the row's person reports to the column's. 0 is a reported "no tie"
        (or one below the threshold), NaN no report, as on the diagonal.
    present
        Shape (n_meetings, n): who was there. Meetings in order of time.
    interval
        Shape (n_meetings,): the interval between waves in which a meeting lies (0 is between the first two), -1 outside.
    read
        Shape (n_meetings,): whether the talk was read for codes. A meeting of which a part was read counts as read; one
        read only to measure reliability does not.
    events
        Shape (n_events, 4), in order of time: meeting, kind (:data:`SHARE`, :data:`ASK`, :data:`HELP`), who acts, to whom.
        Only of meetings that were read, between two people who were there.
    site
        Shape (n,): number of each person's site; -1 unknown.
    hub
        Shape (n,): whether the person belongs to the hub.

    Raises
    ------
    MeasureError
        If shapes do not fit, or an event lies in a meeting that nobody read, among people who were not there, or out of
        order; every problem is listed.
    """

    reports: Floats
    present: Flags
    interval: Ints
    read: Flags
    events: Ints
    site: Ints
    hub: Flags

    def __post_init__(self) -> None:
        problems = list(_shape_problems(self)) or list(_event_problems(self))
        if problems:
            raise MeasureError("the record does not hold together: " + "; ".join(problems))

    @property
    def n(self) -> int:
        """Number of people."""
        return len(self.hub)

    @property
    def n_intervals(self) -> int:
        """Number of intervals between waves."""
        return max(len(self.reports) - 1, 0)

    @cached_property
    def _kept(self) -> dict[Any, Any]:
        """What :func:`kept` measures found."""
        return {}

    def retold(self, events: Ints) -> Record:
        """The same people, reports and meetings with other events; what was found of the former is kept."""
        made = replace(self, events=events)
        made.__dict__["_kept"] = self._kept
        return made

    @property
    @kept
    def together(self) -> Ints:
        """Shape (n_intervals, n, n): read meetings of the interval that both attended."""
        there = [_joint(self.present[self.read & (self.interval == t)]) for t in range(self.n_intervals)]
        return np.stack(there) if there else np.zeros((0, self.n, self.n), dtype=np.int64)

    @property
    @kept
    def together_ever(self) -> Ints:
        """Shape (n, n): read meetings of the whole record that both attended."""
        return _joint(self.present[self.read])

    @cached_property
    def helped(self) -> Ints:
        """Shape (n_events of help, 3), in order of time: meeting, seeker, helper."""
        given = self.events[self.events[:, 1] == HELP]
        return np.asarray(given[:, [0, 3, 2]])

    def returned_at(self, within: int | None = None) -> Ints:
        """Shape (n, n), symmetric: the first meeting by which each had helped the other; -1 where that is not.

        Parameters
        ----------
        within
            The help that comes back lies at most so many meetings of the record after the other; None: anywhere in it.
        """
        meeting, seeker, helper = self.helped.T
        back = (seeker[:, None] == helper) & (helper[:, None] == seeker)
        later = np.arange(len(meeting))[:, None] > np.arange(len(meeting))
        near = True if within is None else meeting[:, None] - meeting <= within
        out = np.full((self.n, self.n), -1, dtype=np.int64)
        for at in np.flatnonzero((back & later & near).any(axis=1))[::-1]:  # backwards, so that the first stays
            out[seeker[at], helper[at]] = out[helper[at], seeker[at]] = meeting[at]
        return out

    @property
    @kept
    def same_site(self) -> Flags:
        """Shape (n, n): both sites are known and the same."""
        return np.asarray((self.site[:, None] == self.site) & (self.site >= 0)[:, None])

    @kept
    def part(self, name: str) -> Flags:
        """Shape (n, n), symmetric, the diagonal False: the pairs meant by one of :data:`PARTS`."""
        both_members, mixed = ~self.hub[:, None] & ~self.hub, self.hub[:, None] != self.hub
        known = (self.site >= 0)[:, None] & (self.site >= 0)
        pairs = {
            "all": np.ones((self.n, self.n), dtype=bool),
            "within_schools": both_members & self.same_site,
            "across_schools": both_members & known & ~self.same_site,
            "hub_member": mixed,
            "members": both_members,
        }
        if name not in pairs:
            raise MeasureError(f"no pairs are called '{name}'; there are: {', '.join(PARTS)}")
        return np.asarray(pairs[name] & ~np.eye(self.n, dtype=bool))


def _joint(present: Flags) -> Ints:
    there = present.astype(np.float64)
    return np.asarray(np.rint(there.T @ there), dtype=np.int64)


def _shape_problems(record: Record) -> Iterator[str]:
    n, m = len(record.hub), len(record.interval)
    wanted = {
        "reports": (len(record.reports), n, n),
        "present": (m, n),
        "read": (m,),
        "events": (len(record.events), 4),
        "site": (n,),
    }
    for name, shape in wanted.items():
        if getattr(record, name).shape != shape:
            yield f"'{name}' has shape {getattr(record, name).shape}, {n} people and {m} meetings ask for {shape}"
    last, there_are = record.interval.max(initial=-1), max(len(record.reports) - 1, 0)
    if last >= there_are:
        yield f"a meeting lies in interval {last}, there are {there_are}"


def _event_problems(record: Record) -> Iterator[str]:
    if not len(record.events):
        return
    meeting, kind, one, other = record.events.T
    for bad, what in (
        (~np.isin(kind, (SHARE, ASK, HELP)), "of an unknown kind"),
        (~record.read[meeting], "in a meeting that was not read"),
        (~(record.present[meeting, one] & record.present[meeting, other]), "among people who were not both there"),
        (one == other, "of a person with himself"),
        (np.diff(meeting, prepend=meeting[0]) < 0, "in an earlier meeting than the event before"),
    ):
        if bad.any():
            yield f"{bad.sum()} events are {what} (the first is number {int(np.flatnonzero(bad)[0])})"
