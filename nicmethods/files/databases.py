"""SQLite files of other programs, read as tables of text and numbers, without trust."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from nicmethods.files.textfiles import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["UNREADABLE", "read_database"]

UNREADABLE = (sqlite3.Error, OSError, ValueError, OverflowError)
"""What :func:`read_database` raises on a file that is something else, damaged or too large."""


def read_database(
    path: Path,
    tables: Mapping[str, Sequence[str]],
    *,
    spare: Mapping[str, Sequence[str]] | None = None,
    count: Sequence[str] = (),
) -> tuple[dict[str, list[dict[str, Any]]], int]:
    """Read tables of an SQLite file, which is opened for reading alone.

    Parameters
    ----------
    path
        The file.
    tables
        Columns to read of each table.
    spare
        Tables and columns of tables that may lack; they give no rows, and None.
    count
        Tables of which only the rows are counted; those that are not there have none.

    Returns
    -------
    tuple
        The rows of each table, and the number of rows counted.

    Raises
    ------
    sqlite3.Error, OSError, ValueError, OverflowError
        If the file is no such database; the message says why.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path.name} is not there")
    if path.stat().st_size > MAX_BYTES * 16:
        raise ValueError("the database is too large to be read safely")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
        base.execute("PRAGMA trusted_schema = OFF")
        base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_BYTES)
        plain = {row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        spare = spare or {}
        there = [table for table in {**tables, **spare} if table in plain or table in tables]
        wanted = {table: [*tables.get(table, ()), *spare.get(table, ())] for table in there}
        missing = sorted(set(tables) - plain)
        if missing:
            raise ValueError(f"it has no table {', '.join(missing)}")
        rows: dict[str, list[dict[str, Any]]] = {table: [] for table in spare}
        for table, columns in wanted.items():
            has = {row[1] for row in base.execute(f"SELECT * FROM pragma_table_info('{table}')")}
            chosen = [c if c in has or c in tables.get(table, ()) else f"NULL AS {c}" for c in columns]
            found = base.execute(f"SELECT {', '.join(chosen)} FROM {table}")
            rows[table] = [dict(zip(columns, row, strict=True)) for row in found]
        counted = plain & set(count)
        return rows, sum(base.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in counted)
