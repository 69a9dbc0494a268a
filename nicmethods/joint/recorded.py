"""The record of a case: its tables turned into the arrays that every test behind a verdict reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.joint.frames import actor_ids, places
from nicmethods.joint.opportunity import presence
from nicmethods.joint.record import ASK, HELP, SHARE, Record
from nicmethods.joint.talk import pair_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["recorded"]

_KINDS = {"shared_practice": SHARE, "help_request": ASK, "help_given": HELP}


def recorded(
    dyads: pd.DataFrame,
    events: pd.DataFrame,
    attendance: pd.DataFrame,
    placement: pd.DataFrame,
    *,
    roster: pd.DataFrame,
    read: Sequence[str],
    hub_roles: Sequence[str],
) -> Record:
    """Turn the tables of one relation into a record.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.dyads.dyad_table`, one relation; its ``weight_*`` are the reports.
    events, attendance, roster
        The tables it was made from.
    placement
        Result of :func:`~nicmethods.joint.opportunity.activity_placement`; meetings without a date are left out.
    read
        Activities whose talk was read for codes (not those read only to measure reliability).
    hub_roles
        Roles that make the hub.

    Returns
    -------
    Record
        People in alphabetical order of their ids. Who acts in a coded event was there, whatever the list says.
    """
    actors = actor_ids(roster)
    dated = placement[placement["placement"] != "undated"]
    meetings = pd.Index(dated["activity"].to_numpy(dtype=object), dtype="str")
    pairs = pd.Index(dyads["from_wave"] + "\0" + dyads["to_wave"]).unique()
    between = (dated["from_wave"] + "\0" + dated["to_wave"]).to_numpy(dtype=object)
    is_read = np.asarray(meetings.isin(list(read)))
    rows = pair_events(events, attendance, placement, roster)
    rows = rows[rows["activity"].isin(meetings[is_read])]
    coded = np.column_stack(
        [
            places(meetings, rows["activity"]),
            rows["kind"].map(_KINDS).to_numpy(dtype=np.int64),
            places(actors, rows["actor"]),
            places(actors, rows["other"]),
        ]
    ).astype(np.int64)
    there = presence(attendance, meetings, actors).T.copy()
    for column in (2, 3):
        there[coded[:, 0], coded[:, column]] = True
    people = roster.set_index("actor").reindex(actors)
    site = pd.factorize(people["site"])[0] if "site" in people else np.full(len(actors), -1)
    return Record(
        reports=_reports(dyads, actors),
        present=there,
        interval=np.asarray(pairs.get_indexer(pd.Index(between)), dtype=np.int64),
        read=is_read,
        events=coded[np.argsort(coded[:, 0], kind="stable")],
        site=np.asarray(site, dtype=np.int64),
        hub=np.asarray(people["role"].isin(list(hub_roles)), dtype=bool),
    )


def _reports(dyads: pd.DataFrame, actors: pd.Index[str]) -> NDArray[np.float64]:
    """Strengths at every wave; 0 below the threshold, NaN where nothing was reported; no wave where there is one at most."""
    waves = [*dyads["from_wave"].unique(), dyads["to_wave"].iloc[-1]] if len(dyads) else []
    if "start" in waves:
        return np.zeros((0, len(actors), len(actors)))
    out = np.full((len(waves), len(actors), len(actors)), np.nan)
    a, b = places(actors, dyads["a"]), places(actors, dyads["b"])
    for end in ("from", "to"):
        at = pd.Index(waves).get_indexer(pd.Index(dyads[f"{end}_wave"]))
        for way, one, other in (("ab", a, b), ("ba", b, a)):
            weight = dyads[f"weight_{way}_{end}"].to_numpy(dtype=float)
            least = dyads["threshold"].to_numpy(dtype=float)
            out[at, one, other] = np.where(weight < least, 0.0, weight)
    return out
