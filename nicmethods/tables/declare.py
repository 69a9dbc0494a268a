"""What a declared table is: its columns, their types, units and meanings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

__all__ = ["Column", "Table", "blank", "empty", "guide", "named", "optional"]

Kind = Literal["text", "number", "integer", "flag", "date"]

DTYPE: dict[Kind, str] = {
    "text": "str",
    "number": "float64",
    "integer": "Int64",
    "flag": "boolean",
    "date": "datetime64[us]",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning and unit, whether the file must have it and whether cells may be blank."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = True
    blank: bool = False
    among: tuple[str, ...] = ()
    least: float | None = None

    @property
    def dtype(self) -> str:
        """The pandas dtype of the column."""
        return DTYPE[self.kind]


@dataclass(frozen=True)
class Table:
    """One table: its columns, the columns that identify a row, and whether other columns are allowed."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    open_ended: bool = field(default=False)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def schema(self) -> pa.DataFrameSchema:
        """The table as a pandera schema; lazy validation gives every fault at once."""
        import pandera.pandas as pa

        def checks(column: Column) -> list[Any]:
            found: list[Any] = []
            if column.among:
                found.append(pa.Check.isin(column.among, error=f"must be one of: {', '.join(column.among)}"))
            if column.least is not None:
                found.append(pa.Check.ge(column.least, error=f"must be {column.least:g} or more"))
            return found

        columns = {
            column.name: pa.Column(
                column.dtype,
                checks=checks(column),
                nullable=column.blank,
                required=column.required,
                description=column.meaning,
                metadata={"unit": column.unit},
            )
            for column in self.columns
        }
        return pa.DataFrameSchema(
            columns,
            name=self.name,
            description=self.meaning,
            strict=not self.open_ended,
            unique=list(self.key) or None,
        )


def empty(table: Table) -> pd.DataFrame:
    """A table without rows, with every column in its type."""
    import pandas as pd

    return pd.DataFrame({column.name: pd.Series(dtype=column.dtype) for column in table.columns})


def guide(table: Table, *, heading: str = "") -> str:
    """Describe a table in Markdown: what it is, and a row for each column.

    Parameters
    ----------
    table
        The table.
    heading
        Its heading; empty: its name.
    """
    rows = []
    for column in table.columns:
        notes = [
            column.meaning,
            f"[{column.unit}]" if column.unit else "",
            f"one of: {', '.join(column.among)}" if column.among else "",
        ]
        mark = "" if column.required and not column.blank else "may be blank" if column.required else "may be left out"
        rows.append(f"| `{column.name}` | {column.kind} | {mark} | {' '.join(filter(None, notes))} |")
    key = f" One row a {', '.join(table.key)}." if table.key else ""
    head = f"## {heading or table.name}\n\n{table.meaning}{key}\n\n| column | kind | | meaning |\n| --- | --- | --- | --- |\n"
    return head + "\n".join(rows) + "\n"


def named(*tables: Table) -> dict[str, Table]:
    """Put tables under their names."""
    return {table.name: table for table in tables}


def optional(name: str, kind: Kind, meaning: str, unit: str = "", **more: Any) -> Column:
    """Declare a column that a file may leave out, and whose cells may be blank."""
    return Column(name, kind, meaning, unit, required=False, blank=True, **more)


def blank(name: str, kind: Kind, meaning: str, unit: str = "", **more: Any) -> Column:
    """Declare a column whose cells may be blank."""
    return Column(name, kind, meaning, unit, blank=True, **more)
