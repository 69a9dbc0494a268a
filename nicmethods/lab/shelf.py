"""The folder ``codings/`` of one case, shared by several desks: each decision is read, made and written under one lock."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.errors import CaseError, Problem
from nicmethods.files.cells import frame_of, parse_table
from nicmethods.files.textfiles import locate, parse_grid
from nicmethods.files.writing import locked, write_atomically
from nicmethods.lab.sheet import Edit, Sheet, new_sheet, parse_sheet
from nicmethods.tables import CASE_TABLES, WORK_TABLES, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

__all__ = ["Shelf", "signature_of", "write_lock"]

_SILENT_S = 2.0
_BETWEEN_S = 0.02
_DECLARED = {
    "adjudicated": CASE_TABLES["adjudicated"],
    "coverage": CASE_TABLES["coverage"],
    "suggestions": WORK_TABLES["suggestions"],
}

Signature = tuple[int, int, int] | None


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
