"""When each activity took place between the surveys, and who could have been observed there."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from nicmethods.joint.frames import chosen, places, typed

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["RECORD", "activity_placement", "intervals", "minutes_together", "presence"]

RECORD = ("start", "end")
"""The one interval of a case with fewer than two waves: its whole record."""


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


def activity_placement(activities: pd.DataFrame, waves: pd.DataFrame) -> pd.DataFrame:
    """Say of each activity in which interval between waves it lies, or during which survey.

    An activity belongs to an interval if its date lies after ``closed`` of the earlier wave and before ``opened`` of
    the later one. A wave with one date only has that date for both. The first and the last day of a survey are part of
    it.

    Parameters
    ----------
    activities
        Activities with ``activity`` and ``date`` (NaT where unknown).
    waves
        Waves in order, with ``opened`` and ``closed``. With fewer than two, every activity belongs to the interval
        from ``"start"`` to ``"end"``.

    Returns
    -------
    DataFrame
        ``activity_placement`` of ``RUN_TABLES``, one row per activity in order of date (undated last) and id.
        ``placement`` is ``interval``, ``during`` (a survey), ``before`` (the first), ``after`` (the last), ``undated``,
        or ``unplaced`` where the waves around it have no date.
    """
    table = activities[["activity", "date"]].sort_values(["date", "activity"], na_position="last")
    if len(waves) < 2:
        return typed(
            table.assign(placement="interval", wave=None, from_wave=RECORD[0], to_wave=RECORD[1]), "activity_placement"
        )
    opened = waves["opened"].fillna(waves["closed"])
    closed = waves["closed"].fillna(waves["opened"])
    dated = np.flatnonzero(opened.notna())
    date = table["date"].to_numpy()
    over = np.searchsorted(closed.to_numpy()[dated], date, side="left")
    begun = np.searchsorted(opened.to_numpy()[dated], date, side="right")
    edges = np.concatenate([[-1], dated, [len(waves)]])
    known = edges[over] + 1 == edges[over + 1]
    placement = chosen(
        [table["date"].isna(), begun > over, ~known, over == 0, over == len(dated)],
        ["undated", "during", "unplaced", "before", "after"],
        "interval",
    )
    wave = np.append(waves["wave"].to_numpy(dtype=object), [None])[edges]
    during, between = placement == "during", placement == "interval"
    return typed(
        table.assign(
            placement=placement,
            wave=chosen([during], [wave[begun]], None),
            from_wave=chosen([between], [wave[over]], None),
            to_wave=chosen([between], [wave[over + 1]], None),
        ),
        "activity_placement",
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
