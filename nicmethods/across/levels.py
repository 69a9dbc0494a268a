"""Ties and help within and between the levels of the system, case by case. Reads results only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicmethods.across.gather import first_relation, people_s_events, stacked
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from nicmethods.across.gather import Tables

__all__ = ["between_levels"]


def between_levels(tables: Tables, cases: Iterable[str], *, by: str = "level") -> pd.DataFrame:
    """Count ties and help within and between the levels of the system, or any other groups, case by case.

    Parameters
    ----------
    tables
        As for :func:`~nicmethods.across.health.network_health`; ``mixing`` must have been counted by the attribute for there to be ties.
    cases
        The cases wanted, in order.
    by
        ``level``, ``site``, ``role`` or ``group`` (hub, member); ties also by whatever else ``mixing`` was counted by.

    Returns
    -------
    DataFrame
        Run table ``between_levels``: the last wave of each case's first relation, and all help in coded talk. Both run
        from who turns to others (names them, is helped) to whom they turn to. People whose group is blank are left out.
    """
    mixing = stacked(tables, "mixing")
    mixing = first_relation(mixing[mixing["by"].eq(by)])
    last = mixing[mixing["wave"].eq(mixing.groupby("case")["wave"].transform("last"))]
    help_ = _help_between(tables, by)
    key = ["case", "source_group", "target_group"]
    both = last.drop(columns="by").merge(help_, on=key, how="outer", validate="one_to_one").assign(by=by)
    read = both["case"].isin(stacked(tables, "coverage")["case"])
    both["n_help"] = both["n_help"].where(both["n_help"].notna() | ~read, 0)
    wanted = list(cases)
    both = both[both["case"].isin(wanted)].sort_values(
        key, key=lambda s: s.map(wanted.index) if s.name == "case" else s
    )
    return conform(both.reindex(columns=RUN_TABLES["between_levels"].names), RUN_TABLES["between_levels"])


def _help_between(tables: Tables, by: str) -> pd.DataFrame:
    """Count help from group to group; every pair of a case's groups has a row, with the count blank where it is none."""
    actors = stacked(tables, "actors")
    known = actors[["case", "actor"]].assign(at=actors.get(by)).dropna()
    groups = known[["case", "at"]].drop_duplicates()
    pairs = groups.merge(groups, on="case", suffixes=("_source", "_target"), validate="many_to_many")
    given = people_s_events(tables, "help_given")
    for end, side in (("seeker", "source"), ("helper", "target")):
        named = known.rename(columns={"actor": end, "at": f"at_{side}"})
        given = given.merge(named, on=["case", end], how="inner", validate="many_to_one")
    key = ["case", "at_source", "at_target"]
    counts = given.groupby(key).size().rename("n_help").reset_index()
    found = pairs.merge(counts, on=key, how="left", validate="one_to_one")
    return found.rename(columns={"at_source": "source_group", "at_target": "target_group"})
