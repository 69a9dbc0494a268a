"""A csv file that people edit too, of which every byte stays that is not changed, and the folder ``codings/`` of such files: each decision is read, made and written under one lock."""

from __future__ import annotations

import csv
import io
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.errors import CaseError, NicmethodsError, Problem
from nicmethods.files.cells import frame_of, parse_table
from nicmethods.files.textfiles import decode, locate, parse_grid
from nicmethods.files.writing import locked, write_atomically
from nicmethods.tables import CASE_TABLES, WORK_TABLES, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["ChangedError", "Edit", "Row", "Sheet", "Shelf", "new_sheet", "parse_sheet", "signature_of", "write_lock"]

_HEADER_WITHIN = 20
_MARK = "\ufeff"


_SILENT_S = 2.0
_BETWEEN_S = 0.02
_DECLARED = {
    "adjudicated": CASE_TABLES["adjudicated"],
    "coverage": CASE_TABLES["coverage"],
    "suggestions": WORK_TABLES["suggestions"],
}
Signature = tuple[int, int, int] | None


class ChangedError(NicmethodsError):
    """A row that was to be changed is not there any more as it was."""


@dataclass(frozen=True)
class Edit:
    """One row to add (no `old`), to take away (no `new`) or to change.

    Parameters
    ----------
    file
        Stem of the file in ``codings/``.
    old, new
        Cells that are not empty, by column.
    place
        Where an added row goes, counted from 0; None: at the end.
    """

    file: str
    old: Mapping[str, str] | None
    new: Mapping[str, str] | None
    place: int | None = None


@dataclass(frozen=True)
class Row:
    """One row: as it stands in the file, line end included, and its cells that are not empty, by column."""

    raw: str
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A csv file as rows.

    Parameters
    ----------
    name
        How a person would name it, for messages.
    head
        Everything down to the end of the header.
    columns
        The header's cells.
    delimiter, newline
        As the file has them.
    rows
        Rows in order; those without cells have no `cells`.
    """

    name: str
    head: str
    columns: tuple[str, ...]
    delimiter: str
    newline: str
    rows: tuple[Row, ...]

    @property
    def text(self) -> str:
        """The file."""
        return self.head + "".join(row.raw for row in self.rows)

    @property
    def records(self) -> list[Mapping[str, str]]:
        """The cells of each row that has any."""
        return [row.cells for row in self.rows if row.cells]

    def edited(self, edits: Iterable[Edit]) -> tuple[Sheet, list[Edit]]:
        """Make changes.

        Parameters
        ----------
        edits
            Changes, made in this order.

        Returns
        -------
        tuple
            The sheet, and the changes that would undo these, in the order to make them.

        Raises
        ------
        ChangedError
            If a row that is to be changed or taken away is not there as it was.
        """
        edits = list(edits)
        named = dict.fromkeys(column for edit in edits for column in edit.new or ())
        sheet = self._with_columns([column for column in named if column not in self.columns])
        rows, back = list(sheet.rows), []
        for edit in edits:
            place = edit.place
            if edit.old is not None:
                place = self._find(rows, edit.old)
                del rows[place]
            if edit.new is not None:
                place = len(rows) if place is None else min(place, len(rows))
                _end_line(rows, place, self.newline)
                cells = [edit.new.get(column, "") for column in sheet.columns]
                rows.insert(place, Row(sheet._line(cells), dict(edit.new)))
            back.append(Edit(edit.file, edit.new, edit.old, place))
        return replace(sheet, rows=tuple(rows)), back[::-1]

    def _find(self, rows: Sequence[Row], cells: Mapping[str, str]) -> int:
        for place, row in enumerate(rows):
            if row.cells == cells:
                return place
        raise ChangedError(f"{self.name}: the row was changed elsewhere, so nothing was done. Look at it as it is now.")

    def _with_columns(self, columns: Sequence[str]) -> Sheet:
        if not columns:
            return self
        more = self.delimiter + self._line(columns).removesuffix(self.newline)
        blanks = self.delimiter * len(columns)
        rows = [replace(row, raw=_put_in(row.raw, blanks)) if row.cells else row for row in self.rows]
        return replace(self, head=_put_in(self.head, more), columns=(*self.columns, *columns), rows=tuple(rows))

    def _line(self, cells: Sequence[str]) -> str:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator=self.newline).writerow(cells)
        return text.getvalue()


def new_sheet(name: str, columns: Sequence[str]) -> Sheet:
    """A file that is not there yet."""
    return Sheet(name, ",".join(columns) + "\n", tuple(columns), ",", "\n", ())


def parse_sheet(data: bytes, name: str, needed: Collection[str]) -> Sheet:
    r"""Cut a csv file into rows without losing how it is written.

    Parameters
    ----------
    data
        The file, in UTF-8.
    name
        How a person would name it, for problems.
    needed
        Columns that tell the header from what may stand above it.

    Returns
    -------
    Sheet
        Its ``text`` is the file.

    Raises
    ------
    CaseError
        If the file is not UTF-8, lacks a needed column, or has a row that does not fit its header.

    Examples
    --------
    >>> sheet = parse_sheet(b"turn;code\n1; thanks\n", "codings/anna.csv", {"turn", "code"})
    >>> sheet.records
    [{'turn': '1', 'code': 'thanks'}]
    >>> sheet.edited([Edit("anna", None, {"turn": "2", "code": "thanks", "memo": "so; it goes"})])[0].text
    'turn;code;memo\n1; thanks;\n2;thanks;"so; it goes"\n'
    """
    text = _text(data, name)
    mark, text = (_MARK, text[1:]) if text.startswith(_MARK) else ("", text)
    first = next((line for line in text.split("\n") if any(mark in line for mark in ",;\t")), "")
    delimiter = max(",;\t", key=first.count)
    records = _records(text, delimiter, name)
    header = next((i for i, (_, cells) in enumerate(records[:_HEADER_WITHIN]) if set(needed) <= set(cells)), None)
    if header is None:
        raise _fault(name, 1, f"the first row must name the columns {', '.join(sorted(needed))}. Correct it.")
    raw, columns = records[header]
    if not columns[-1]:
        raise _fault(name, header + 1, "the header ends in a column without a name. Name it or take it away.")
    newline = raw[len(raw.rstrip("\r\n")) :] or "\n"
    rows = [
        _row(raw_row, cells, columns, name, number)
        for number, (raw_row, cells) in enumerate(records[header + 1 :], start=header + 2)
    ]
    head = mark + "".join(raw for raw, _ in records[: header + 1])
    head += "" if head.endswith(("\r", "\n")) else newline
    return Sheet(name, head, tuple(columns), delimiter, newline, tuple(rows))


def _text(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _fault(
            name, None, "the file is not UTF-8. Save it as csv in UTF-8, so that it can be added to."
        ) from None
    problems = [problem for problem in decode(data, name)[1] if problem.level == "error"]
    if problems:
        raise CaseError(name, problems)
    return text


def _records(text: str, delimiter: str, name: str) -> list[tuple[str, list[str]]]:
    """Each record as it stands in the file, and its cells."""
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    records, start = [], 0
    try:
        for cells in reader:
            records.append(("".join(lines[start : reader.line_num]), [cell.strip() for cell in cells]))
            start = reader.line_num
    except csv.Error as fault:
        message = f"the row cannot be cut into cells ({fault}). Check its quotation marks."
        raise _fault(name, len(records) + 1, message) from None
    return records


def _row(raw: str, cells: list[str], columns: list[str], name: str, number: int) -> Row:
    if not any(cells) or cells == columns:
        return Row(raw, {})
    if len(cells) < len(columns) or any(cells[len(columns) :]):
        message = (
            f"the row has {len(cells)} cells where the header has {len(columns)}. Check commas and quotation marks."
        )
        raise _fault(name, number, message)
    return Row(raw, {column: cell for column, cell in zip(columns, cells, strict=False) if cell})


def _end_line(rows: list[Row], place: int, newline: str) -> None:
    """See to it that the row before a place ends its line, as the last row of a file may not."""
    if place and not rows[place - 1].raw.endswith(("\r", "\n")):
        rows[place - 1] = replace(rows[place - 1], raw=rows[place - 1].raw + newline)


def _put_in(raw: str, more: str) -> str:
    """Put text at the end of a line, before its line end."""
    line = raw.rstrip("\r\n")
    return line + more + raw[len(line) :]


def _fault(name: str, row: int | None, message: str) -> CaseError:
    return CaseError(name, [Problem("error", name, row, "", "", message)])


class Shelf:
    """The files of ``codings/``, as last seen.

    Parameters
    ----------
    case
        The case folder.
    check
        Finds problems of a table that somebody else changed: called with the file's stem, its table and its name.
    """

    def __init__(self, case: Path, check: Callable[[str, pd.DataFrame, str], list[Problem]]) -> None:
        self.folder = case / "codings"
        self._case, self._check = case, check
        self._sheets: dict[str, tuple[Signature, Sheet]] = {}
        self._tables: dict[str, tuple[Sheet, pd.DataFrame]] = {}

    def read_sheet(self, stem: str) -> Sheet:
        """Give a file as it is now; one that is not there has no rows.

        Raises
        ------
        CaseError
            With every problem, if somebody left the file so that it cannot be used.
        """
        name = f"codings/{stem}.csv"
        path = self.folder / f"{stem}.csv"
        signature = signature_of(path)
        known = self._sheets.get(stem)
        if known is None or known[0] != signature:
            sheet = self._read(path, stem, name) if signature else new_sheet(name, _declared(stem).names)
            known = self._sheets[stem] = signature, sheet
        return known[1]

    def read_table(self, stem: str) -> pd.DataFrame:
        """Give a file as the table that it is declared to be."""
        sheet = self.read_sheet(stem)
        if stem not in self._tables or self._tables[stem][0] is not sheet:
            self._tables[stem] = sheet, _typed(sheet, _declared(stem))
        return self._tables[stem][1]

    def last_seen(self, stem: str) -> Sheet | None:
        """Give a file as it was when it was last looked at."""
        return self._sheets[stem][1] if stem in self._sheets else None

    def is_changed(self, stem: str) -> bool:
        """Whether somebody else changed a file since it was last seen; False where it was never looked at."""
        known = self._sheets.get(stem)
        return known is not None and known[0] != signature_of(self.folder / f"{stem}.csv")

    def write_edits(self, edits: Sequence[Edit]) -> list[Edit]:
        """Make changes, file by file, in order; call it inside :func:`write_lock`.

        Returns
        -------
        list of Edit
            What would undo them, the last file first.

        Raises
        ------
        ChangedError
            If a row is not there any more as it was; then nothing was written.
        OSError
            If a file cannot be written.
        """
        changed: dict[str, Sheet] = {}
        back: list[Edit] = []
        for stem in dict.fromkeys(edit.file for edit in edits):
            changed[stem], undo = self.read_sheet(stem).edited(edit for edit in edits if edit.file == stem)
            back = undo + back
        for stem, sheet in changed.items():
            path = self._own(f"codings/{stem}.csv")
            write_atomically(path, sheet.text.encode("utf-8"))
            self._sheets[stem] = signature_of(path), sheet
        return back

    def _read(self, path: Path, stem: str, name: str) -> Sheet:
        declared = _declared(stem)
        sheet = parse_sheet(self._own(name).read_bytes(), name, {c.name for c in declared.columns if c.required})
        grid, problems = parse_grid(sheet.text.removeprefix("\ufeff"), name)
        cells, more = frame_of(grid, name, {c.name for c in declared.columns if c.required})
        table, rest = parse_table(cells, name, declared)
        problems = [*problems, *more, *rest, *self._check(stem, table, name)]
        if any(problem.level == "error" for problem in problems):
            raise CaseError(self._case.resolve().name, problems)
        return sheet

    def _own(self, name: str) -> Path:
        """Where a file is; a link is followed, but never out of the case folder."""
        path = self._case / name
        if not path.is_symlink():
            return path
        found, problems = locate(self._case, name, name=name)
        if found is None:
            raise CaseError(self._case.resolve().name, problems)
        return found


@contextmanager
def write_lock(folder: Path, say: Callable[[str], object]) -> Iterator[None]:
    """Hold the folder for one change, so that nobody else's desk changes it meanwhile.

    It waits as long as it takes: what a person decided is not given up. The system lets go of the lock when the process
    that holds it ends, however it ends.

    Parameters
    ----------
    folder
        What is held.
    say
        Told in words that somebody else holds it, if that lasts longer than two seconds.
    """
    until = time.monotonic() + _SILENT_S
    with ExitStack() as held:
        while time.monotonic() < until:
            try:
                held.enter_context(locked(folder, wait=False))
                break
            except BlockingIOError:
                time.sleep(_BETWEEN_S)
        else:
            say(f"Waiting: another program holds {folder.name}/.lock. What you did is saved as soon as it lets go.")
            held.enter_context(locked(folder))
        yield


def _declared(stem: str) -> Table:
    return _DECLARED.get(stem, CASE_TABLES["codings"])


def signature_of(path: Path) -> Signature:
    """What tells a file from what it was: a replaced one has another number, an edited one another time or size."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _typed(sheet: Sheet, declared: Table) -> pd.DataFrame:
    """The rows in their types; they were checked when the file was read, or written here."""
    cells = pd.DataFrame([dict(cells) for cells in sheet.records], columns=list(sheet.columns), dtype="str")
    return parse_table(cells.rename_axis(index="row"), sheet.name, declared)[0].reset_index(drop=True)
