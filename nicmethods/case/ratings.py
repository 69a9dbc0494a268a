"""Ratings of networks' development by people, as a study keeps them beside its cases (``data/ratings.csv``)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nicmethods.case.tables import CASE_TABLES, empty
from nicmethods.case.textfiles import read_csv
from nicmethods.errors import CaseError

if TYPE_CHECKING:
    import pandas as pd

    from nicmethods.errors import Problem

__all__ = ["DOMAINS", "LEVELS", "load_ratings", "read_ratings"]

LEVELS = CASE_TABLES["ratings"]["level"].among
"""Levels of development, lowest first."""

DOMAINS = CASE_TABLES["ratings"]["domain"].among
"""``overall``, then the six domains of network health."""


def read_ratings(path: Path | str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read ratings without raising.

    Parameters
    ----------
    path
        The file, with a row a case, year, domain and rater.

    Returns
    -------
    tuple
        Table ``ratings`` of ``CASE_TABLES`` with its index the row in the file, and every problem found: columns that
        are missing or misspelt, a year that is none, an unknown domain or level, one rater's rating given twice.
    """
    path = Path(path)
    return read_csv(path, path.name, CASE_TABLES["ratings"])


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
        With every problem of the file, if any is an error.
    """
    if not Path(path).exists():
        return empty(CASE_TABLES["ratings"])
    ratings, problems = read_ratings(path)
    if any(problem.level == "error" for problem in problems):
        raise CaseError(Path(path).stem, problems)
    return ratings.reset_index(drop=True)
