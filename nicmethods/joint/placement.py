"""People and pairs as numbers, where activities lie between the surveys, who was there, and between whom each coded event passed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["RECORD", "activity_placement", "actor_ids", "dyad_subjects", "intervals", "joined", "minutes_together", "pair_events", "pair_index", "places", "presence", "scopes", "unplaced_events"]  # fmt: skip

RECORD = ("start", "end")
"""The one interval of a case with fewer than two waves: its whole record."""


def actor_ids(roster: pd.DataFrame) -> pd.Index[str]:
    """Ids of the roster in alphabetical order; an actor's place here is the actor's number."""
    ids: pd.Index[str] = pd.Index(np.sort(roster["actor"].to_numpy(dtype=object)), dtype="str")
    return ids


def places(ids: pd.Index[str], names: pd.Series[Any]) -> NDArray[np.int64]:
    """Place of each name among the ids; -1 where it is not one of them."""
    return np.asarray(ids.get_indexer(pd.Index(names)), dtype=np.int64)


def pair_index(first: NDArray[np.int64], second: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Place unordered pairs of ``n`` actors in the row order of ``numpy.triu_indices(n, 1)``.

    Parameters
    ----------
    first, second
        Actor numbers from 0 to n - 1, in either order, never equal.
    n
        Number of actors.

    Examples
    --------
    >>> pair_index(np.array([0, 2, 2]), np.array([1, 0, 1]), 3).tolist()
    [0, 1, 2]
    """
    low, high = np.minimum(first, second).astype(np.int64), np.maximum(first, second).astype(np.int64)
    return low * (2 * n - low - 1) // 2 + high - low - 1


def dyad_subjects(dyads: pd.DataFrame, survey: Survey | None = None) -> pd.Series[str]:
    """The name of each pair in an interval: ``from_wave/to_wave/a/b``.

    Parameters
    ----------
    dyads
        Run table.
    survey
        As the ledger spells it, which speaks of every relation of the survey: where several were asked, the relation stands
        before it (``relation/from_wave/to_wave/a/b``).
    """
    names = dyads["from_wave"].str.cat(dyads[["to_wave", "a", "b"]], sep="/")
    return names if survey is None or len(survey.relations) < 2 else dyads["relation"].str.cat(names, sep="/")


def joined(groups: NDArray[np.int64], texts: NDArray[np.object_], n: int) -> NDArray[np.object_]:
    """Join the texts of each group with ``;`` in the order given; NaN for groups without any.

    Examples
    --------
    >>> joined(np.array([1, 0, 1]), np.array(["x", "y", "z"], dtype=object), 3).tolist()
    ['y', 'x;z', nan]
    """
    found = pd.Series(texts, dtype="object").groupby(groups, sort=False).agg(";".join).reindex(range(n))
    return found.to_numpy(dtype=object)


def scopes(roster: pd.DataFrame, actors: pd.Index[str]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Whether each pair is of one site, and its two roles in alphabetical order; None where one is unknown.

    Pairs stand in the order of ``numpy.triu_indices(len(actors), 1)``.
    """
    first, second = np.triu_indices(len(actors), 1)
    people = roster.set_index("actor").reindex(actors)[["site", "role"]].fillna("").astype("object")
    (site, other_site), (role, other_role) = ((of[first], of[second]) for of in people.to_numpy().T)
    scope = np.where(site == other_site, "within", "across").astype(object)
    scope[(site == "") | (other_site == "")] = None
    roles = np.where(role <= other_role, role + " - " + other_role, other_role + " - " + role)
    roles[(role == "") | (other_role == "")] = None
    return scope, roles


def intervals(waves: pd.DataFrame) -> list[tuple[str, str]]:
    """Consecutive waves as (from_wave, to_wave); :data:`RECORD` alone where there are fewer than two.

    Examples
    --------
    >>> import pandas as pd
    >>> intervals(pd.DataFrame({"wave": ["w1", "w2", "w3"]}))
    [('w1', 'w2'), ('w2', 'w3')]
    """
    names = [str(wave) for wave in waves["wave"]]
    return list(pairwise(names)) or [RECORD]


@takes
def activity_placement(meetings: Meetings, survey: Survey) -> pd.DataFrame:
    """Say of each activity in which interval between waves it lies, or during which survey.

    An activity belongs to an interval if its date lies after ``closed`` of the earlier wave and before ``opened`` of
    the later one. A wave with one date only has that date for both. The first and the last day of a survey are part of
    it.

    Parameters
    ----------
    meetings
        Its activities; a date may be blank.
    survey
        Its waves. With fewer than two, every activity belongs to the interval from ``"start"`` to ``"end"``.

    Returns
    -------
    DataFrame
        ``activity_placement`` of ``RUN_TABLES``, one row per activity in order of date (undated last) and id.
        ``placement`` is ``interval``, ``during`` (a survey), ``before`` (the first), ``after`` (the last), ``undated``,
        or ``unplaced`` where the waves around it have no date.
    """
    waves = survey.waves
    table = meetings.activities[["activity", "date"]].sort_values(["date", "activity"], na_position="last")
    if len(waves) < 2:
        whole = {"placement": "interval", "wave": None, "from_wave": RECORD[0], "to_wave": RECORD[1]}
        return conform(table.assign(**whole), RUN_TABLES["activity_placement"])
    opened = waves["opened"].fillna(waves["closed"])
    closed = waves["closed"].fillna(waves["opened"])
    dated = np.flatnonzero(opened.notna())
    date = table["date"].to_numpy()
    over = np.searchsorted(closed.to_numpy()[dated], date, side="left")
    begun = np.searchsorted(opened.to_numpy()[dated], date, side="right")
    edges = np.concatenate([[-1], dated, [len(waves)]])
    known = edges[over] + 1 == edges[over + 1]
    placement = np.select(
        [table["date"].isna(), begun > over, ~known, over == 0, over == len(dated)],
        ["undated", "during", "unplaced", "before", "after"],
        "interval",
    )
    wave = np.append(waves["wave"].to_numpy(dtype=object), [None])[edges]
    between = placement == "interval"
    return conform(
        table.assign(
            placement=placement,
            wave=pd.Series(wave[begun], table.index).where(placement == "during"),
            from_wave=pd.Series(wave[over], table.index).where(between),
            to_wave=pd.Series(wave[over + 1], table.index).where(between),
        ),
        RUN_TABLES["activity_placement"],
    )


def presence(attendance: pd.DataFrame, activities: pd.Index[str], actors: pd.Index[str]) -> NDArray[np.bool_]:
    """Who was where (n_actors, n_activities); people and activities outside the two lists are left out."""
    there = np.zeros((len(actors), len(activities)), dtype=bool)
    row, column = places(actors, attendance["actor"]), places(activities, attendance["activity"])
    known = (row >= 0) & (column >= 0)
    there[row[known], column[known]] = True
    return there


def minutes_together(
    attendance: pd.DataFrame, activities: pd.Index[str], actors: pd.Index[str]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Sum, over activities, the lesser of two people's minutes, and count the activities where both are known.

    Returns
    -------
    (minutes, n_known)
        Both of shape (n_actors, n_actors), symmetric; the diagonal has no meaning.
    """
    minutes = np.zeros((len(actors), len(actors)))
    n_known = np.zeros((len(actors), len(actors)), dtype=np.int64)
    timed = attendance[attendance["minutes"].notna() & attendance["activity"].isin(activities)]
    for _, rows in timed.groupby("activity"):
        here = places(actors, rows["actor"])
        there = here[here >= 0]
        length = rows["minutes"].to_numpy(dtype=float)[here >= 0]
        minutes[np.ix_(there, there)] += np.minimum.outer(length, length)
        n_known[np.ix_(there, there)] += 1
    return minutes, n_known


@takes
def pair_events(survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """List, for every event and pair it stands between, who acted towards whom.

    The one who acts asks (``help_request``), helps (``help_given``) or shares (``shared_practice``). Shared practice
    addressed to nobody is shared with everyone who attended that activity. An event with an unknown actor stands
    between no pair (:func:`unplaced_events` counts those).

    Parameters
    ----------
    survey
        Only people of its roster count.
    meetings
        When, and who was there.
    talk
        The coded events.

    Returns
    -------
    DataFrame
        ``event, activity, kind, actor, other, broadcast, order, from_wave, to_wave``, one row per event and pair, in
        order of time. ``order`` numbers the events from 0 over the whole record (date, activity, turn, time; a request
        stands at the turn that asks, help and sharing at the turn that gives); ``broadcast`` says that it was addressed
        to nobody; the waves are blank outside the intervals.

    Raises
    ------
    MeasureError
        If an activity has events of two sources.
    """
    placed = _in_order(survey, meetings, talk)
    requests = placed["kind"] == "help_request"
    placed = placed.assign(
        actor=placed["helper"].where(~requests, placed["seeker"]),
        other=placed["seeker"].where(~requests, placed["helper"]),
        broadcast=_is_broadcast(placed),
    )
    actors = set(survey.roster["actor"])
    to_all = placed[placed["broadcast"]].drop(columns="other")
    here = meetings.attendance[["activity", "actor"]].rename(columns={"actor": "other"})
    rows = pd.concat([placed[~placed["broadcast"]], to_all.merge(here, on="activity", validate="many_to_many")])
    rows = rows[rows["actor"].isin(actors) & rows["other"].isin(actors) & (rows["actor"] != rows["other"])]
    columns = ["event", "activity", "kind", "actor", "other", "broadcast", "order", "from_wave", "to_wave"]
    return rows.sort_values(["order", "other"])[columns].reset_index(drop=True)


@takes
def unplaced_events(survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """Count the events that stand between no pair, or outside every interval between waves.

    Parameters
    ----------
    survey, meetings, talk
        As for :func:`pair_events`.

    Returns
    -------
    DataFrame
        ``unplaced_events`` of ``RUN_TABLES``: kind, reason, n. ``unknown_actor``: one of the two people is not known or
        not in the roster; ``same_actor``: both are one person; ``no_attendance``: shared with all, and nobody else is
        known to have been there; otherwise where the activity lies (``during`` a survey, ``before``, ``after``, …). An
        event is counted once, under the first reason that holds.
    """
    placed = _in_order(survey, meetings, talk)
    actors = set(survey.roster["actor"])
    broadcast = _is_broadcast(placed)
    unknown = ~placed["helper"].isin(actors) | (~placed["seeker"].isin(actors) & ~broadcast)
    reached = set(pair_events(survey, meetings, talk)["event"])
    reason = np.select(
        [unknown, placed["helper"] == placed["seeker"], ~placed["event"].isin(reached)],
        ["unknown_actor", "same_actor", "no_attendance"],
        placed["placement"],
    )
    lost = placed.assign(reason=reason)[reason != "interval"]
    return conform(lost.groupby(["kind", "reason"]).size().rename("n").reset_index(), RUN_TABLES["unplaced_events"])


def _is_broadcast(events: pd.DataFrame) -> pd.Series[bool]:
    return (events["kind"] == "shared_practice") & events["seeker"].isna() & events["helper"].notna()


def _in_order(survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """Events in order of time, with the place of their activity; ``order`` numbers them from 0."""
    events = talk.events
    doubled = events.groupby("activity")["source"].nunique()
    if (doubled > 1).any():
        names = ", ".join(doubled.index[doubled > 1].astype(str))
        raise MeasureError(f"events of two sources in {names}: choose one coder or the adjudicated set")
    ranked = activity_placement(meetings, survey).rename_axis("rank").reset_index()
    placed = events.merge(ranked.drop(columns=["date", "wave"]), on="activity", how="left", validate="many_to_one")
    is_answer = placed["kind"] != "help_request"
    turn = placed["request_turn"].where(~is_answer, placed["response_turn"])
    placed = placed.assign(
        number=pd.to_numeric(turn, errors="coerce"), late=is_answer, placement=placed["placement"].fillna("unplaced")
    )
    keys = ["rank", "number", "time_s", "late", "event"]
    placed = placed.sort_values(keys, na_position="last").reset_index(drop=True)
    return placed.drop(columns=["rank", "number", "late"]).rename_axis("order").reset_index()
