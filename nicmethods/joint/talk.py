"""Coded events as what passed between two people: who did it, towards whom, when."""

from __future__ import annotations

import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.joint.frames import chosen, typed

__all__ = ["pair_events", "unplaced_events"]


def pair_events(
    events: pd.DataFrame, attendance: pd.DataFrame, placement: pd.DataFrame, roster: pd.DataFrame
) -> pd.DataFrame:
    """List, for every event and pair it stands between, who acted towards whom.

    The one who acts asks (``help_request``), helps (``help_given``) or shares (``shared_practice``). Shared practice
    addressed to nobody is shared with everyone who attended that activity. An event with an unknown actor stands
    between no pair (:func:`unplaced_events` counts those).

    Parameters
    ----------
    events
        ``events`` of ``RUN_TABLES``, from one coder or one adjudicated set: an activity with two sources would count
        everything twice.
    attendance
        Who was there.
    placement
        Result of :func:`~nicmethods.joint.opportunity.activity_placement`.
    roster
        Only its actors count.

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
    placed = _in_order(events, placement)
    requests = placed["kind"] == "help_request"
    placed = placed.assign(
        actor=placed["helper"].where(~requests, placed["seeker"]),
        other=placed["seeker"].where(~requests, placed["helper"]),
        broadcast=_is_broadcast(placed),
    )
    actors = set(roster["actor"])
    to_all = placed[placed["broadcast"]].drop(columns="other")
    here = attendance[["activity", "actor"]].rename(columns={"actor": "other"})
    rows = pd.concat([placed[~placed["broadcast"]], to_all.merge(here, on="activity", validate="many_to_many")])
    rows = rows[rows["actor"].isin(actors) & rows["other"].isin(actors) & (rows["actor"] != rows["other"])]
    columns = ["event", "activity", "kind", "actor", "other", "broadcast", "order", "from_wave", "to_wave"]
    return rows.sort_values(["order", "other"])[columns].reset_index(drop=True)


def unplaced_events(
    events: pd.DataFrame, attendance: pd.DataFrame, placement: pd.DataFrame, roster: pd.DataFrame
) -> pd.DataFrame:
    """Count the events that stand between no pair, or outside every interval between waves.

    Parameters
    ----------
    events, attendance, placement, roster
        As for :func:`pair_events`.

    Returns
    -------
    DataFrame
        ``unplaced_events`` of ``RUN_TABLES``: kind, reason, n. ``unknown_actor``: one of the two people is not known or
        not in the roster; ``same_actor``: both are one person; ``no_attendance``: shared with all, and nobody else is
        known to have been there; otherwise where the activity lies (``during`` a survey, ``before``, ``after``, …). An
        event is counted once, under the first reason that holds.
    """
    placed = _in_order(events, placement)
    actors = set(roster["actor"])
    broadcast = _is_broadcast(placed)
    unknown = ~placed["helper"].isin(actors) | (~placed["seeker"].isin(actors) & ~broadcast)
    reached = set(pair_events(events, attendance, placement, roster)["event"])
    reason = chosen(
        [unknown, placed["helper"] == placed["seeker"], ~placed["event"].isin(reached)],
        ["unknown_actor", "same_actor", "no_attendance"],
        placed["placement"],
    )
    lost = placed.assign(reason=reason)[reason != "interval"]
    return typed(lost.groupby(["kind", "reason"]).size().rename("n").reset_index(), "unplaced_events")


def _is_broadcast(events: pd.DataFrame) -> pd.Series[bool]:
    return (events["kind"] == "shared_practice") & events["seeker"].isna() & events["helper"].notna()


def _in_order(events: pd.DataFrame, placement: pd.DataFrame) -> pd.DataFrame:
    """Events in order of time, with the place of their activity; ``order`` numbers them from 0."""
    doubled = events.groupby("activity")["source"].nunique()
    if (doubled > 1).any():
        names = ", ".join(doubled.index[doubled > 1].astype(str))
        raise MeasureError(f"events of two sources in {names}: choose one coder or the adjudicated set")
    places = placement.reset_index(drop=True).rename_axis("rank").reset_index()
    placed = events.merge(places.drop(columns=["date", "wave"]), on="activity", how="left", validate="many_to_one")
    is_answer = placed["kind"] != "help_request"
    turn = placed["request_turn"].where(~is_answer, placed["response_turn"])
    placed = placed.assign(
        number=pd.to_numeric(turn, errors="coerce"), late=is_answer, placement=placed["placement"].fillna("unplaced")
    )
    keys = ["rank", "number", "time_s", "late", "event"]
    placed = placed.sort_values(keys, na_position="last").reset_index(drop=True)
    return placed.drop(columns=["rank", "number", "late"]).rename_axis("order").reset_index()
