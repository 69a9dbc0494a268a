"""Reads the tables of one case folder and keeps every problem on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from nicmethods.case.surveys import read_table
from nicmethods.errors import Problem
from nicmethods.files.textfiles import locate
from nicmethods.tables import CASE_TABLES, Table, empty

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from nicmethods.case.config import CaseConfig, TableFile

__all__ = ["Reader", "file_of"]

T = TypeVar("T")


def file_of(name: str, config: CaseConfig) -> str:
    """The file that a table stands in: as case.yml maps it, else ``<name>.csv``."""
    mapping: TableFile | None = getattr(config.files, name, None)
    return mapping.path if mapping else f"{name}.csv"


class Reader:
    """One case folder, and the problems found in it so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def keep(self, result: tuple[T, list[Problem]]) -> T:
        """Note the problems of a result and hand on the rest."""
        self.problems += result[1]
        return result[0]

    def error(self, file: str, message: str, *, row: int | None = None, field: str = "", value: str = "") -> None:
        """Note an error."""
        self.problems.append(Problem("error", file, row, field, value, message))

    def warn(self, file: str, message: str, *, row: int | None = None, field: str = "", value: str = "") -> None:
        """Note a warning."""
        self.problems.append(Problem("warning", file, row, field, value, message))

    def locate(
        self, relative: str, *, named_in: str = "case.yml", row: int | None = None, field: str = ""
    ) -> Path | None:
        """Find a file that the case names; a problem if it is not there or leaves the folder."""
        return self.keep(locate(self.path, relative, name=named_in, row=row, field=field))

    def table(
        self, name: str, mapping: TableFile | None = None, *, required: bool = False, declared: Table | None = None
    ) -> pd.DataFrame:
        """Read a declared table; where the case has no such file, an empty one.

        The index ``row`` is the row in the file.
        """
        declared = declared or CASE_TABLES[name]
        file = mapping.path if mapping else f"{name}.csv"
        path = self.locate(file, field=f"files.{name}") if mapping else self.path / file
        if path is not None and (required or path.is_symlink() or path.exists()):
            if mapping is None:
                path = self.locate(file, named_in=file)
            if path is not None:
                return self.keep(read_table(path, file, declared, mapping))
        return empty(declared).rename_axis(index="row")
