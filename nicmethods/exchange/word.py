"""Tables for a paper: Word documents that a co-author can edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["legal", "repeat_on_each_page", "write_table_docx"]


def write_table_docx(table: pd.DataFrame, path: Path, *, caption: str, note: str = "", digits: int = 2) -> None:
    """Write a table as a Word document: caption, header row that repeats on each page, cells as text, a note.

    Parameters
    ----------
    table
        Any table; its index is left out. Blank cells are written as a dash.
    path
        The document to write, ending in ``.docx``; its folder must exist.
    caption
        Caption above the table.
    note
        Note below it; empty: none.
    digits
        Decimals of numbers that are not whole.
    """
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Pt

    document = Document()
    section = document.sections[0]
    if len(table.columns) > 5:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    document.add_paragraph(legal(caption), style="Caption")
    grid = document.add_table(rows=1, cols=len(table.columns), style="Light List")
    _fill(grid.rows[0], [str(name) for name in table.columns])
    repeat_on_each_page(grid.rows[0])
    for values in table.itertuples(index=False):
        _fill(grid.add_row(), [_text(value, digits) for value in values])
    for row in grid.rows:
        for cell in row.cells:
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(9)
    if note:
        document.add_paragraph(legal(note))
    document.core_properties.author = ""
    document.save(str(path))


def _fill(row: Any, texts: list[str]) -> None:
    for cell, text in zip(row.cells, texts, strict=True):
        cell.paragraphs[0].add_run(legal(text))


def _text(value: object, digits: int) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return "–"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() else f"{value:.{digits}f}"
    return str(value)


def legal(text: str) -> str:
    """Drop the control characters that XML cannot hold; transcripts may contain them."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n" or (letter >= " " and not "\ud800" <= letter <= "\udfff" and letter not in "\ufffe\uffff")
    )


def repeat_on_each_page(row: Any) -> None:
    """Make a row of a table its header."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(header)
