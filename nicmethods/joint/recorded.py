"""The record of a case: its bundles turned into the arrays that every test behind a verdict reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.joint.numbering import actor_ids, places
from nicmethods.joint.placement import RECORD, activity_placement, pair_events, presence
from nicmethods.joint.record import ASK, HELP, SHARE, Record
from nicmethods.tables.bundles import SUGGESTED, takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["dated_activities", "read_activities", "recorded", "recorded_events"]

_KINDS = {"shared_practice": SHARE, "help_request": ASK, "help_given": HELP}


@takes
def recorded(dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk) -> Record:
    """Turn one relation of a case into a record.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`, one relation; its ``weight_*`` are the reports.
    survey, meetings, talk
        The case. Meetings without a date are left out.

    Returns
    -------
    Record
        People in alphabetical order of their ids. Who acts in a coded event was there, whatever the list says. Where
        nobody has coded, suggestions are taken as if every activity with turns had been read.
    """
    return recorded_events(dyads, survey, meetings, talk)[0]


def recorded_events(
    dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk
) -> tuple[Record, NDArray[np.object_]]:
    """The record as :func:`recorded` gives it, and the id of the coded event that each row of its events comes from."""
    actors = actor_ids(survey.roster)
    held = dated_activities(meetings, survey)
    dated = activity_placement(meetings, survey).set_index("activity").loc[held]
    compared = dyads[dyads["from_wave"] != RECORD[0]]  # with fewer than two waves there is no interval of the survey
    pairs = pd.Index(compared["from_wave"] + "\0" + compared["to_wave"]).unique()
    between = (dated["from_wave"] + "\0" + dated["to_wave"]).to_numpy(dtype=object)
    is_read = np.asarray(held.isin(read_activities(meetings, talk)))
    rows = pair_events(survey, meetings, talk)
    rows = rows[rows["activity"].isin(held[is_read])]
    coded = np.column_stack(
        [
            places(held, rows["activity"]),
            rows["kind"].map(_KINDS).to_numpy(dtype=np.int64),
            places(actors, rows["actor"]),
            places(actors, rows["other"]),
        ]
    ).astype(np.int64)
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
