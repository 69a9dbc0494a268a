"""Cells of text -> a declared table: header, types, blanks, ranges and keys, every fault with its row."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.errors import Problem
from nicmethods.tables import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from nicmethods.tables import Column, Table

__all__ = [
    "Grid", "frame_of", "header_at", "parse_number", "parse_table", "short_rows", "titles_above", "why_no_number", "with_points",
]  # fmt: skip

_EXCELS_BLOCK = 16
_HEADER_WITHIN = 20
_TITLES = 5
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
_COMMA_NUMBER = re.compile(r"[+-]?\d+(,\d+)+(\.\d+)?|[+-]?\d+(\.\d{3})+,\d+")
_INTEGER = re.compile(r"[+-]?\d{1,18}(\.0+)?")
_FLAGS = {"yes": True, "true": True, "1": True, "y": True, "no": False, "false": False, "0": False, "n": False}


@dataclass(frozen=True)
class Grid:
    """Rows of cells as they stand in a file, without meaning yet.

    Parameters
    ----------
    rows
        The cells of each row of the file as text without outer whitespace; an empty cell is ``""``. Rows may differ in
        length, and at least one cell is not empty.
    semicolons
        Whether semicolons part the cells, so that a comma in a number is a decimal point.
    """

    rows: tuple[tuple[str, ...], ...]
    semicolons: bool = False


def with_points(grid: Grid) -> Grid:
    """Write decimal commas as points in the columns that hold nothing but numbers, where semicolons part the cells.

    Examples
    --------
    >>> with_points(Grid((("Who", "Hours"), ("1,2,3", "0,5"), ("Ana", "2")), semicolons=True)).rows[1]
    ('1,2,3', '0.5')
    """
    if not grid.semicolons:
        return grid
    below = [cells for cells in grid.rows if any(cells)][1:]
    width = max(map(len, grid.rows))
    columns = [[cells[at] for cells in below if len(cells) > at and cells[at]] for at in range(width)]
    numbers = {
        at for at, cells in enumerate(columns)
        if any(map(_DECIMAL_COMMA.fullmatch, cells)) and all(_DECIMAL_COMMA.fullmatch(one) or _NUMBER.fullmatch(one) for one in cells)
    }  # fmt: skip
    return Grid(tuple(tuple(cell.replace(",", ".") if at in numbers and _DECIMAL_COMMA.fullmatch(cell) else cell for at, cell in enumerate(cells)) for cells in grid.rows))  # fmt: skip


def header_at(grid: Grid) -> int:
    """Say in which row (from 0) the header stands: the first that is filled, but for titles, which fill one cell of a wide table.

    Examples
    --------
    >>> header_at(Grid((("Help in autumn", "", ""), ("", "", ""), ("Name", "Ana", "Ben"), ("Ana", "", "1"))))
    2
    """
    filled = [(n, sum(map(bool, cells))) for n, cells in enumerate(grid.rows) if any(cells)]
    first, many = filled[0]
    if many > 1:
        return first
    least = 1 if grid.rows[first][0] else 2  # one label behind an empty corner may be the header of a small matrix
    return next((n for n, many in filled[: _TITLES + 1] if many > least), first)


def titles_above(grid: Grid, name: str, at: int) -> list[Problem]:
    """Say that rows above the header, which stands in row `at` (from 0), were not read."""
    message = f"the header stands in row {at + 1}; the rows above it were not read."
    return [Problem("warning", name, at + 1, "", "", message)] if any(map(any, grid.rows[:at])) else []


def short_rows(grid: Grid, name: str, width: int) -> list[Problem]:
    """Find rows from which a comma may be lost, so that what stands behind it has moved.

    Excel leaves out the commas of empty columns at the end, for sixteen rows at a time (Microsoft Support, 77295): a row is
    short only if another of its sixteen is longer.

    Parameters
    ----------
    grid
        The file's rows.
    name
        The file's name, for problems.
    width
        How many columns its header names.

    Examples
    --------
    >>> [problem.row for problem in short_rows(Grid((("", "A", "B"), ("A", "", "1"), ("B", "2"))), "m.csv", 3)]
    [3]
    """
    problems = []
    for start in range(0, len(grid.rows), _EXCELS_BLOCK):
        rows = grid.rows[start : start + _EXCELS_BLOCK]
        most = min(width, max(map(len, rows)))
        message = f"the row has fewer than {most} cells, which others near it have. Check commas and quotation marks; an empty cell needs its comma too."
        problems += [
            Problem("error", name, number, "", "", message)
            for number, cells in enumerate(rows, start=start + 1)
            if any(cells) and len(cells) < most
        ]
    return problems


def frame_of(
    grid: Grid | None, name: str, needed: Collection[str], *, nameless: bool = False
) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Put rows of cells under their header.

    Parameters
    ----------
    grid
        The file's rows; None gives None.
    name
        The file's name, for problems.
    needed
        Columns that tell the header from what may stand above it.
    nameless
        Whether columns may have no name (R writes the numbers of rows so); they are called by their place.

    Returns
    -------
    tuple
        Cells as text, one column per header cell, empty cells missing, index ``row`` (None without a usable header),
        and the problems. Rows of the wrong length are errors and are left out, and so are rows above the header in which
        every needed column is filled.
    """
    if grid is None:
        return None, []
    first = next(i for i, cells in enumerate(grid.rows) if any(cells))
    likely = enumerate(grid.rows[: first + _HEADER_WITHIN])
    at = next((i for i, cells in likely if set(needed) <= set(cells)), first)
    cells = [cell or f"column {n}" for n, cell in enumerate(grid.rows[at], start=1)] if nameless else grid.rows[at]
    header, problems = _header(cells, name, at + 1)
    problems += titles_above(grid, name, at)
    if any(problem.level == "error" for problem in problems):
        return None, problems
    places = [header.index(column) for column in needed if column in header]
    for number, cells in enumerate(grid.rows[:at], start=1):
        if sum(map(bool, cells)) > 1 and places and all(place < len(cells) and cells[place] for place in places):
            lost = f"the row stands above the header in row {at + 1} and may be data. Move the header up, or take the row away."
            problems.append(Problem("error", name, number, "", "", lost))
    rows, numbers = [], []
    for number, cells in enumerate(grid.rows[at + 1 :], start=at + 2):
        if not any(cells):
            continue
        if tuple(cells) == tuple(grid.rows[at]):
            again = "the header stands here once more; the row was not read."
            problems.append(Problem("warning", name, number, "", "", again))
        elif len(cells) < len(header) or any(cells[len(header) :]):
            message = (
                f"the row has {len(cells)} cells where the header has {len(header)}. Check commas and quotation marks."
            )
            problems.append(Problem("error", name, number, "", "", message))
        else:
            numbers.append(number)
            rows.append(cells[: len(header)])
    index = pd.Index(numbers, dtype="int64", name="row")
    frame = pd.DataFrame(rows, columns=header, index=index, dtype="str")
    return frame.mask(frame == ""), problems


def _header(cells: Sequence[str], name: str, number: int) -> tuple[list[str], list[Problem]]:
    header = list(cells)
    while header and not header[-1]:
        header.pop()
    faults = {
        f"column {n} has no name. Name it or take it away.": "" for n, one in enumerate(header, start=1) if not one
    }
    faults |= {
        f"column '{one}' stands twice. Rename or remove one.": one
        for one in sorted(header)
        if one and header.count(one) > 1
    }
    return header, [Problem("error", name, number, one, one, message) for message, one in faults.items()]


def parse_table(cells: pd.DataFrame | None, name: str, table: Table) -> tuple[pd.DataFrame, list[Problem]]:
    """Type cells of text as a table declares, and check them against its schema.

    Parameters
    ----------
    cells
        Text under declared (and other) column names, empty cells missing; the index is the row in the file. None gives
        an empty table.
    name
        The file's name, for problems.
    table
        The declaration.

    Returns
    -------
    tuple
        The typed table, and every problem found. Left out are rows in which a cell that must be filled is empty or cannot
        be read, and rows whose key stands already; other cells that cannot be read are missing. Every such row is an
        error, so nothing is lost silently: the table serves to find more problems in one go.
    """
    none = empty(table).rename_axis(index="row")
    if cells is None:
        return none, []
    problems = list(_column_faults(list(cells.columns), name, table))
    if any(problem.level == "error" for problem in problems):
        return none, problems
    typed = pd.DataFrame(index=cells.index)
    for column in table.columns:
        raw = cells[column.name] if column.name in cells else pd.Series(index=cells.index, dtype="str")
        typed[column.name], more = _typed(raw, column, name)
        problems += more
    if table.open_ended:
        typed = typed.join(cells[[c for c in cells.columns if c not in table.names]], validate="one_to_one")
    filled = [column.name for column in table.columns if not column.blank]
    unread = {problem.row for problem in problems if problem.level == "error" and problem.field in filled}
    typed = typed[~typed.index.isin(unread)]
    faults = _schema_faults(typed, name, table)
    usable = typed[filled].notna().all(axis="columns")
    if table.key:
        usable &= ~typed.duplicated(list(table.key))
    return typed[usable], [*problems, *faults]


def _column_faults(found: list[str], name: str, table: Table) -> Iterable[Problem]:
    absent = [column.name for column in table.columns if column.name not in found]
    spare = [column for column in found if column not in table.names]
    near = {
        column: close[0] for column in spare if (close := get_close_matches(column.casefold(), absent, n=1, cutoff=0.8))
    }
    for column, meant in near.items():
        message = f"unknown column '{column}'. Did you mean '{meant}'? Rename it."
        yield Problem("error", name, 1, column, column, message)
    spare = [column for column in spare if column not in near]
    if spare and not table.open_ended:
        these = f"column '{spare[0]}' is" if len(spare) == 1 else f"columns {', '.join(map(repr, spare))} are"
        message = f"{these} not used. Known columns: {', '.join(table.names)}."
        yield Problem("warning", name, 1, spare[0], ", ".join(spare), message)
    for missing in absent:
        if table[missing].required and missing not in near.values():
            message = f"column '{missing}' is missing ({table[missing].meaning}). Add it."
            yield Problem("error", name, 1, missing, "", message)


def _typed(raw: pd.Series[str], column: Column, name: str) -> tuple[pd.Series, list[Problem]]:
    if column.kind == "text":
        return raw.astype("str"), []
    read, fault = _KINDS[column.kind]
    given = raw.dropna()
    values = {text: read(text) for text in given.unique()}
    problems = [
        Problem("error", name, row, column.name, text, f"'{column.name}' is '{text}', {fault(text)}")
        for row, text in zip(given.index.tolist(), given.tolist(), strict=True)
        if values[text] is None
    ]
    typed: pd.Series = raw.map(values).astype(column.dtype)  # type: ignore[call-overload]
    return typed, problems


def parse_number(text: str) -> float | None:
    """Read a number with a decimal point; None if it is none."""
    return float(text) if _NUMBER.fullmatch(text) else None


def _date(text: str) -> pd.Timestamp | None:
    try:
        return pd.Timestamp(dt.datetime.strptime(text, "%Y-%m-%d")) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        return None


def why_no_number(text: str) -> str:
    """Say, as the end of a sentence, why a cell is no number and what to do."""
    if _COMMA_NUMBER.fullmatch(text):
        return "which has a comma. Write numbers with a decimal point and without thousands separators."
    return "which is not a number. Correct it, or leave the cell empty if it is not known."


_KINDS: dict[str, tuple[Callable[[str], object], Callable[[str], str]]] = {
    "number": (parse_number, why_no_number),
    "integer": (
        lambda text: int(text.split(".")[0]) if _INTEGER.fullmatch(text) else None,
        lambda _: "which is not a whole number. Correct it.",
    ),
    "flag": (lambda text: _FLAGS.get(text.casefold()), lambda _: "which is neither yes nor no. Write yes or no."),
    "date": (_date, lambda _: "which is not a date as YYYY-MM-DD. Write it like 2024-03-31."),
}


def _schema_faults(frame: pd.DataFrame, name: str, table: Table) -> list[Problem]:
    from pandera.errors import SchemaErrors

    try:
        table.schema().validate(frame, lazy=True)
    except SchemaErrors as failed:
        cases = failed.failure_cases
    else:
        return []
    doubled = cases["check"] == "multiple_fields_uniqueness"
    problems = [_cell_fault(case, name) for case in cases[~doubled].itertuples()]
    if doubled.any():
        problems += _doubled(frame, name, table)
    return sorted(problems, key=lambda problem: (problem.row or 0, problem.field))


def _cell_fault(case: object, name: str) -> Problem:
    column, row, check, value = (getattr(case, part) for part in ("column", "index", "check", "failure_case"))
    if check == "not_nullable":
        return Problem("error", name, int(row), column, "", f"'{column}' is empty. Fill the cell.")
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return Problem("error", name, int(row), column, shown, f"'{column}' is '{shown}', which {check}.")


def _doubled(frame: pd.DataFrame, name: str, table: Table) -> list[Problem]:
    key = [column for column in table.key if frame[column].notna().any()]
    again = frame[frame.duplicated(key)]
    first = frame.reset_index().groupby(key, dropna=False)["row"].transform("first").set_axis(frame.index)
    problems = []
    for row, earlier, *cells in zip(again.index, first[again.index], *(again[column] for column in key), strict=True):
        shown = ", ".join(f"{column} '{value}'" for column, value in zip(key, cells, strict=True))
        message = f"{shown} stands in row {earlier} already. Keep one of the two rows."
        problems.append(Problem("error", name, int(row), key[-1], str(cells[-1]), message))
    return problems
