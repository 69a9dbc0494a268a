"""What was read: positions of turns and the ranges they make."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NOT_CODERS", "end_turns", "position_ranges", "turns_read"]

NOT_CODERS = ("adjudicated", "coverage", "suggestions")
"""Files in ``codings/`` that hold nobody's codings, and so no coder's name."""


def turns_read(coverage: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """List the turns that each coder read.

    Parameters
    ----------
    coverage, turns
        Work tables.

    Returns
    -------
    pandas.DataFrame
        The columns of both tables, a row for each turn and row of coverage that holds it.
    """
    read = turns.merge(coverage, on="activity", validate="many_to_many")
    return read[read["position"].between(read["first_position"], read["last_position"])]


def position_ranges(positions: pd.DataFrame) -> pd.DataFrame:
    """Put single positions together to ranges without gaps.

    Parameters
    ----------
    positions
        ``activity``, ``position``; in any order, repeated or not.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``first_position``, ``last_position``, in order.
    """
    places = positions.drop_duplicates().sort_values(["activity", "position"])
    run = places["position"] - places.groupby("activity").cumcount()
    ranges = places.groupby(["activity", run.rename("run")])["position"]
    ends = ranges.agg(first_position="min", last_position="max").reset_index()
    return ends.drop(columns="run")


def end_turns(ranges: pd.DataFrame, turns: pd.DataFrame) -> dict[str, pd.Series]:
    """Give the first and last turn of ranges: ``first_turn`` and ``last_turn`` for their ``activity`` and positions."""
    turn = turns.set_index(["activity", "position"])["turn"]
    places = {end: list(zip(ranges["activity"], ranges[f"{end}_position"], strict=True)) for end in ("first", "last")}
    return {f"{end}_turn": turn.reindex(at).set_axis(ranges.index) for end, at in places.items()}
