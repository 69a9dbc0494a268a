"""Every case's results and people's ratings of the networks, gathered below one another as comparisons read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from nicmethods.case.surveys import read_table
from nicmethods.errors import CaseError
from nicmethods.results import ACROSS, Results, list_results, published_tables, read_results
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, Table, empty

__all__ = [
    "DOMAINS",
    "LEVELS",
    "activities_read",
    "asked_first",
    "first_relation",
    "load_ratings",
    "people_s_events",
    "read_across",
    "table_of",
]

Tables = Mapping[str, pd.DataFrame]

_ASKED = ("network_measures", "actor_measures", "mixing", "dyad_change", "dyads")

LEVELS = CASE_TABLES["ratings"]["level"].among
"""Levels of development, lowest first."""

DOMAINS = CASE_TABLES["ratings"]["domain"].among
"""``overall``, then the six domains of network health."""


def load_ratings(path: Path | str) -> pd.DataFrame:
    """Read a study's ratings.

    Parameters
    ----------
    path
        The file; a study may have none.

    Returns
    -------
    DataFrame
        Table ``ratings`` of ``CASE_TABLES``; empty where there is no such file.

    Raises
    ------
    CaseError
        With every problem of the file, if any is an error: columns that are missing or misspelt, a year that is none, an unknown
        domain or level, one rater's rating given twice.
    """
    if not Path(path).exists():
        return empty(CASE_TABLES["ratings"])
    ratings, problems = read_table(Path(path), Path(path).name, CASE_TABLES["ratings"])
    if any(problem.level == "error" for problem in problems):
        raise CaseError(Path(path).stem, problems)
    return ratings.reset_index(drop=True)


def read_across(reports: str | Path, *, ratings: str | Path | None = None) -> Results:
    """Read every case's results at once; synthetic cases are left out as soon as there is a real one.

    Parameters
    ----------
    reports
        Folder of all reports.
    ratings
        The study's ratings of its networks (``data/ratings.csv``); there may be no such file.

    Returns
    -------
    Results
        Tables and numbers of all cases below one another, with ``case`` as their first column, empty where no case has
        written one; among them ``ratings`` as people gave them, without those of cases left out. ``summary`` holds the
        cases' summaries by name.

    Raises
    ------
    CaseError
        With every problem of the ratings, if any is an error.

    Examples
    --------
    >>> import tempfile
    >>> import nicmethods as nic
    >>> with tempfile.TemporaryDirectory() as reports:
    ...     nic.write_results(reports, "demo", {"dyads": nic.analyse("demo", seed=1).dyads})
    ...     nic.read_across(reports).tables["dyads"]["case"].unique().tolist()
    ['demo']
    """
    ran = [read_results(reports, case) for case in list_results(reports)]
    found = [results for results in ran if not results.summary.get("synthetic")] or ran
    tables = {
        name: _stack([(r.case, r.tables[name]) for r in found if name in r.tables], table)
        for name, table in published_tables().items()
    }
    rated = empty(CASE_TABLES["ratings"]) if ratings is None else load_ratings(ratings)
    left_out = {results.case for results in ran} - {results.case for results in found}
    tables["ratings"] = rated[~rated["case"].isin(left_out)].reset_index(drop=True)
    numbers = _stack([(results.case, results.numbers) for results in found], RUN_TABLES["numbers"])
    return Results(ACROSS, {results.case: results.summary for results in found}, tables, numbers)


def table_of(tables: Tables, name: str) -> pd.DataFrame:
    """Give a table of all cases, ``case`` among its columns; without rows where no case has written it."""
    if name in tables:
        return tables[name]
    declared = RUN_TABLES.get(name) or WORK_TABLES.get(name) or CASE_TABLES[name]
    return pd.DataFrame(columns=["case", *declared.names])


def first_relation(tables: Tables, name: str) -> pd.DataFrame:
    """Give a table's rows of each case's first relation: the survey question that case.yml names first."""
    table = table_of(tables, name)
    return table[table["relation"].eq(table["case"].map(asked_first(tables)))]


def asked_first(tables: Tables) -> pd.Series[str]:
    """Give each case's first relation, by case."""
    known = [table_of(tables, name)[["case", "relation"]] for name in ("responses", *_ASKED)]
    return pd.concat(known).groupby("case")["relation"].first()


def people_s_events(tables: Tables, kind: str) -> pd.DataFrame:
    """Give events of a kind that people coded; what a machine suggested is no coding."""
    events = table_of(tables, "events")
    return events[events["kind"].eq(kind) & events["source"].ne("suggestions")]


def activities_read(tables: Tables) -> pd.DataFrame:
    """Give each case's activities that somebody read and coded, once each: ``case``, ``activity``."""
    return table_of(tables, "coverage")[["case", "activity"]].drop_duplicates()


def _stack(parts: Sequence[tuple[str, pd.DataFrame]], declared: Table) -> pd.DataFrame:
    kept = [table.assign(case=case) for case, table in parts] or [empty(declared).assign(case=pd.Series(dtype="str"))]
    stacked = pd.concat(kept, ignore_index=True)
    return stacked[["case", *(name for name in stacked.columns if name != "case")]]
