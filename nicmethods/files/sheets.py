"""csv and xlsx files as rows of cells."""

from __future__ import annotations

import datetime as dt
import warnings
import zipfile
import zlib
from typing import TYPE_CHECKING

from nicmethods.errors import Problem
from nicmethods.files import textfiles
from nicmethods.files.archives import read_archive
from nicmethods.files.cells import Grid

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["cell_text", "read_grid", "sheet_names"]

_MAX_ROWS, _MAX_COLUMNS = 100_000, 2_000
_NO_WORKBOOK = "this is not an Excel workbook (xlsx), or it is damaged or encrypted. Save it again as xlsx."
_DAMAGED = (  # what openpyxl raises on archives that are no workbooks
    LookupError, ValueError, TypeError, AttributeError, OSError, EOFError, RuntimeError, SyntaxError, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip
_NOT_READ = (".xls", ".xlsb", ".ods", ".numbers", ".sav", ".dta", ".pdf", ".docx")


def read_grid(path: Path, name: str, *, sheet: str | None = None) -> tuple[Grid | None, list[Problem]]:
    """Read a csv or xlsx file as rows of cells.

    Parameters
    ----------
    path
        The file; ``.xlsx`` and ``.xlsm`` are workbooks (their values, not formulas), everything else is text.
    name
        How a person would name it, for problems.
    sheet
        Sheet of a workbook; None is the first one, with a warning where there are others.

    Returns
    -------
    tuple
        The rows (None if the file cannot be read) and the problems.
    """
    suffix = path.suffix.lower()
    if suffix in _NOT_READ:
        return None, [Problem("error", name, None, "", suffix, f"'{suffix}' is not read. Save it as xlsx or csv.")]
    if suffix not in (".xlsx", ".xlsm"):
        return textfiles.read_grid(path, name)
    return _read_workbook(path, name, sheet)


def _read_workbook(path: Path, name: str, sheet: str | None) -> tuple[Grid | None, list[Problem]]:
    def refused(message: str, field: str = "", value: str = "") -> tuple[None, list[Problem]]:
        return None, [Problem("error", name, None, field, value, message)]

    if path.is_file() and not zipfile.is_zipfile(path):
        return refused(_NO_WORKBOOK)
    archive, problems = read_archive(path, name)
    if archive is None:
        return None, problems
    for part in archive.names:
        data, problems = archive.read(part) if part.endswith(".xml") else (b"", [])
        if data is None:
            return None, problems
        if b"<!DOCTYPE" in data:
            return refused("the workbook declares a document type or entities, which are not read. Save it again.")
    try:
        names, chosen, rows = _cells(path, sheet)
    except _DAMAGED:
        return refused(_NO_WORKBOOK)
    if chosen is None:
        return refused(f"there is no sheet '{sheet or ''}'. Sheets: {', '.join(names)}.", "sheet", sheet or "")
    if not any(map(any, rows)):
        return refused(f"sheet '{chosen}' holds no cells. Fill it or name another sheet.", "sheet", chosen)
    width = max(n for row in rows for n, cell in enumerate(row, start=1) if cell)
    if len(rows) > _MAX_ROWS or width > _MAX_COLUMNS:
        return refused(f"the sheet has more than {_MAX_ROWS} rows or {_MAX_COLUMNS} columns. Check that it is the one.")
    others = f"the workbook has {len(names)} sheets; the first, '{chosen}', was read. Name another with sheet:."
    problems = [Problem("warning", name, None, "sheet", chosen, others)] if len(names) > 1 and sheet is None else []
    return Grid(tuple((*row[:width], *[""] * (width - len(row))) for row in rows)), problems


def sheet_names(path: Path, name: str) -> tuple[list[str], list[Problem]]:
    """List the visible sheets of a workbook; none, with a problem, where it cannot be read."""
    import openpyxl

    grid, problems = _read_workbook(path, name, None)
    if grid is None and not any("holds no cells" in problem.message for problem in problems):
        return [], problems
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(file, read_only=True)
        return [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"], []


def _cells(path: Path, sheet: str | None) -> tuple[list[str], str | None, list[tuple[str, ...]]]:
    """Names of the sheets, the one that is read (None if it is not there), and its cells down to the last that is filled."""
    import openpyxl

    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")  # openpyxl tells of styles and extensions that it leaves out
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        names = [found.title for found in book.worksheets]
        chosen = sheet if sheet in names else names[0] if names and sheet is None else None
        if chosen is None:
            return names, None, []
        values = book[chosen].iter_rows(values_only=True, max_row=_MAX_ROWS + 1, max_col=_MAX_COLUMNS + 1)
        rows = [tuple(cell_text(cell) for cell in row) for row in values]
    while rows and not any(rows[-1]):
        rows.pop()
    return names, chosen, rows


def cell_text(value: object) -> str:
    """Write a cell's value as a person would type it: whole numbers without a point, days as YYYY-MM-DD.

    Examples
    --------
    >>> cell_text(3.0), cell_text(8.170000000000002), cell_text(None), cell_text(True), cell_text(" a ")
    ('3', '8.17', '', 'true', 'a')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value).strip()
