"""All cases' run tables below one another, as comparisons read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    Tables = Mapping[str, pd.DataFrame]

__all__ = ["activities_read", "first_relation", "people_s_events", "stacked"]


def stacked(tables: Tables, name: str) -> pd.DataFrame:
    """Give a table of all cases, ``case`` among its columns; without rows where no case has written it."""
    if name in tables:
        return tables[name]
    declared = RUN_TABLES.get(name) or WORK_TABLES.get(name) or CASE_TABLES[name]
    return pd.DataFrame(columns=["case", *declared.names])


def first_relation(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of each case's first relation: the survey question that case.yml names first."""
    return table[table["relation"].eq(table.groupby("case")["relation"].transform("first"))]


def people_s_events(tables: Tables, kind: str) -> pd.DataFrame:
    """Give events of a kind that people coded; what a machine suggested is no coding."""
    events = stacked(tables, "events")
    return events[events["kind"].eq(kind) & events["source"].ne("suggestions")]


def activities_read(tables: Tables) -> pd.DataFrame:
    """Give each case's activities that somebody read and coded, once each: ``case``, ``activity``."""
    return stacked(tables, "coverage")[["case", "activity"]].drop_duplicates()
