"""The record of a case: what both strands hold, as the plain arrays that every test behind a verdict reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, wraps
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pandas as pd

from nicmethods.joint.pathway import ASKED, HELP_AB, HELP_BA, NEVER, SHARED, steps_in_sequence
from nicmethods.joint.placement import RECORD, activity_placement, actor_ids, pair_events, pair_index, places, presence
from nicmethods.tables.bundles import SUGGESTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ASK", "HELP", "KINDS", "SHARE", "TOLD", "Record", "dated_activities", "kept", "read_activities", "recorded"]  # fmt: skip

Found = TypeVar("Found")

SHARE, ASK, HELP = SHARED, ASKED, HELP_AB
"""Kinds of event: practice shared by the first with the second, help asked by the first of the second, help given by the
first to the second."""

KINDS = {"shared_practice": SHARE, "help_request": ASK, "help_given": HELP}
"""The same by their names in ``events``."""

TOLD = {"help": (HELP,), "returned_help": (HELP,), "pathway": (SHARE, ASK, HELP)}
"""Kinds of event that show what a proposition looks for in the talk."""


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
    """

    reports: Floats
    present: Flags
    interval: Ints
    read: Flags
    events: Ints
    site: Ints
    hub: Flags

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

    @cached_property
    def labelled(self) -> tuple[Ints, Ints]:
        """Pair of each event, in the order of ``numpy.triu_indices(n, 1)``, and its label as the pathway has them."""
        kind, actor, other = self.events[:, 1:].T
        label = np.where((kind == HELP) & (actor > other), HELP_BA, kind)
        return pair_index(actor, other, self.n), label

    @cached_property
    def completed(self) -> Ints:
        """Rows of the events with which a pair has gone the whole pathway; :func:`~nicmethods.joint.pathway.steps_in_sequence`."""
        last = steps_in_sequence(*self.labelled, self.n * (self.n - 1) // 2)[-1]
        return np.sort(last[last != NEVER]).astype(np.int64)

    @property
    @kept
    def same_site(self) -> Flags:
        """Shape (n, n): both sites are known and the same."""
        return np.asarray((self.site[:, None] == self.site) & (self.site >= 0)[:, None])

    @kept
    def part(self, name: str) -> Flags:
        """Shape (n, n), symmetric, the diagonal False: the pairs that a claim is about; *schools* are those of members, the hub is none."""
        both_members, mixed = ~self.hub[:, None] & ~self.hub, self.hub[:, None] != self.hub
        known = (self.site >= 0)[:, None] & (self.site >= 0)
        pairs = {
            "all": np.ones((self.n, self.n), dtype=bool),
            "within_schools": both_members & self.same_site,
            "across_schools": both_members & known & ~self.same_site,
            "hub_member": mixed,
            "members": both_members,
        }
        return np.asarray(pairs[name] & ~np.eye(self.n, dtype=bool))


def _joint(present: Flags) -> Ints:
    there = present.astype(np.float64)
    return np.asarray(np.rint(there.T @ there), dtype=np.int64)


def recorded(dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk) -> tuple[Record, NDArray[np.object_]]:
    """Turn one relation of a case into a record.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`, one relation; its ``weight_*`` are the reports.
    survey, meetings, talk
        The case. Meetings without a date are left out.

    Returns
    -------
    (record, events)
        The record, people in alphabetical order of their ids, and the id of the coded event that each row of its events
        comes from. Who acts in a coded event was there, whatever the list says. Where nobody has coded, suggestions are taken
        as if every activity with turns had been read.
    """
    actors = actor_ids(survey.roster)
    held = dated_activities(meetings, survey)
    dated = activity_placement(meetings, survey).set_index("activity").loc[held]
    compared = dyads[dyads["from_wave"] != RECORD[0]]  # with fewer than two waves there is no interval of the survey
    pairs = pd.Index(compared["from_wave"] + "\0" + compared["to_wave"]).unique()
    between = (dated["from_wave"] + "\0" + dated["to_wave"]).to_numpy(dtype=object)
    is_read = np.asarray(held.isin(read_activities(meetings, talk)))
    rows = pair_events(survey, meetings, talk)
    rows = rows[rows["activity"].isin(held[is_read])]
    ends = [places(actors, rows[who]) for who in ("actor", "other")]
    coded = np.column_stack([places(held, rows["activity"]), rows["kind"].map(KINDS).to_numpy(dtype=np.int64), *ends])
    there = presence(meetings.attendance, held, actors).T.copy()
    for column in (2, 3):
        there[coded[:, 0], coded[:, column]] = True
    people = survey.roster.set_index("actor").reindex(actors)
    order = np.argsort(coded[:, 0], kind="stable")
    record = Record(
        reports=_reports(compared, actors),
        present=there,
        interval=np.asarray(pairs.get_indexer(pd.Index(between)), dtype=np.int64),
        read=is_read,
        events=coded[order],
        site=np.asarray(pd.factorize(people["site"])[0], dtype=np.int64),
        hub=np.asarray(actors.isin(survey.hub), dtype=bool),
    )
    return record, rows["event"].to_numpy(dtype=object)[order]


def dated_activities(meetings: Meetings, survey: Survey) -> pd.Index[str]:
    """The activities of a record, in order of time: those with a date."""
    placement = activity_placement(meetings, survey)
    dated = placement.loc[placement["placement"] != "undated", "activity"]
    names: pd.Index[str] = pd.Index(dated.to_numpy(dtype=object), dtype="str")
    return names


def read_activities(meetings: Meetings, talk: Talk) -> list[str]:
    """Activities whose talk was read for codes; a sample that was drawn for reliability alone is no reading."""
    if talk.source == SUGGESTED:
        return list(meetings.turns["activity"].unique())
    return list(talk.coverage["activity"].unique())


def _reports(dyads: pd.DataFrame, actors: pd.Index[str]) -> NDArray[np.float64]:
    """Strengths at every wave; 0 below the threshold, NaN where nothing was reported; no wave where there is one at most."""
    waves = [*dyads["from_wave"].unique(), dyads["to_wave"].iloc[-1]] if len(dyads) else []
    out = np.full((len(waves), len(actors), len(actors)), np.nan)
    a, b = places(actors, dyads["a"]), places(actors, dyads["b"])
    for end in ("from", "to"):
        at = pd.Index(waves).get_indexer(pd.Index(dyads[f"{end}_wave"]))
        for way, one, other in (("ab", a, b), ("ba", b, a)):
            weight = dyads[f"weight_{way}_{end}"].to_numpy(dtype=float)
            least = dyads["threshold"].to_numpy(dtype=float)
            out[at, one, other] = np.where(weight < least, 0.0, weight)
    return out
