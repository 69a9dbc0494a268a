"""Every table of the project, declared once as data: column, type, unit, allowed words, meaning.

``tables.csv`` lists the tables and ``columns.csv`` their columns; a row of ``columns.csv`` that gives no type takes
everything from the row ``*`` of that name. Three places: what a case folder holds (:data:`CASE_TABLES`), what the library
makes of it (:data:`WORK_TABLES`), and what a run leaves (:data:`RUN_TABLES`). ``nicmethods new`` writes headers from here,
``load_case`` checks against it, :func:`conform` makes a frame what it is declared to be, and ``docs/tables.md`` is made
from it (``make tables``). ``words.csv`` says words of tables as a person would.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    import pandera.pandas as pa

__all__ = [
    "CASE_TABLES",
    "LABELS",
    "RUN_TABLES",
    "TIE_CHANGES",
    "WORK_TABLES",
    "Column",
    "Table",
    "conform",
    "empty",
    "guide",
    "quoted",
    "records",
    "words",
]

Kind = Literal["text", "number", "integer", "flag", "date"]

_DTYPES: dict[Kind, str] = {
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
        return _DTYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One table: its columns, the columns that identify a row, and whether other columns are allowed."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    open_ended: bool = False

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    @property
    def dtypes(self) -> dict[str, str]:
        """Column names in order, with their pandas dtypes."""
        return {column.name: column.dtype for column in self.columns}

    def __getitem__(self, name: str) -> Column:
        return {column.name: column for column in self.columns}[name]

    def schema(self) -> pa.DataFrameSchema:
        """The table as a pandera schema; lazy validation gives every fault at once."""
        import pandera.pandas as pa

        columns = {}
        for column in self.columns:
            checks = []
            if column.among:
                checks.append(pa.Check.isin(column.among, error=f"must be one of: {', '.join(column.among)}"))
            if column.least is not None:
                checks.append(pa.Check.ge(column.least, error=f"must be {column.least:g} or more"))
            columns[column.name] = pa.Column(
                column.dtype, checks=checks, nullable=column.blank, required=column.required
            )
        return pa.DataFrameSchema(columns, name=self.name, strict=not self.open_ended, unique=list(self.key) or None)


def quoted(table: str) -> list[dict[str, str]]:
    """How numbers of a run table are quoted, from ``quoted.csv``: columns that tell rows apart, that make up a number, and of which rows.

    Examples
    --------
    >>> [number["suffix"] for number in quoted("convergence")]
    ['', 'share']
    """
    return [row for row in _rows("quoted.csv") if row["table"] == table]


def _rows(name: str) -> list[dict[str, str]]:
    with files("nicmethods.tables").joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _column(row: Mapping[str, str]) -> Column:
    return Column(
        name=row["column"],
        kind=cast("Kind", row["type"]),
        meaning=row["meaning"],
        unit=row["unit"],
        required=row["cells"] != "may be left out",
        blank=bool(row["cells"]),
        among=tuple(row["words"].split(" | ")) if row["words"] else (),
        least=float(row["least"]) if row["least"] else None,
    )


def _load() -> dict[str, dict[str, Table]]:
    shared: dict[str, Column] = {}
    columns: dict[str, list[Column]] = {}
    for row in _rows("columns.csv"):
        if row["table"] == "*":
            shared[row["column"]] = _column(row)
        else:
            columns.setdefault(row["table"], []).append(_column(row) if row["type"] else shared[row["column"]])
    places: dict[str, dict[str, Table]] = {}
    for row in _rows("tables.csv"):
        place, name = row["place"], row["table"]
        places.setdefault(place, {})[name] = Table(
            name=name,
            meaning=row["meaning"],
            columns=tuple(columns[f"{place}/{name}"]),
            key=tuple(row["key"].split()),
            open_ended=bool(row["open_ended"]),
        )
    return places


_PLACES = _load()
_WORDS = _rows("words.csv")
_SAID = {row["word"]: row["label"] for row in _WORDS if row["label"]}

CASE_TABLES: dict[str, Table] = _PLACES["folder"]
WORK_TABLES: dict[str, Table] = _PLACES["work"]
RUN_TABLES: dict[str, Table] = _PLACES["run"]

TIE_CHANGES: dict[str, str] = {row["word"]: row["became"] for row in _WORDS if row["became"]}
"""What became of a tie, as a person would say it after *A on B:*."""

LABELS = frozenset(_SAID).union(*(column.among for table in RUN_TABLES.values() for column in table.columns))
"""What a cell may hold that is a name and no text: words that declared tables choose from, and names of measures."""


def conform(frame: Mapping[str, Any] | Iterable[Any] | pd.DataFrame, table: Table) -> pd.DataFrame:
    """Make a frame what it is declared to be: its columns in their order and types, with a fresh index.

    ``attrs["table"]`` of what comes back says which table it is.

    Parameters
    ----------
    frame
        A frame, columns by name, or rows: mappings, or tuples in the declared order. Columns that the table does not declare are dropped, unless it is open-ended:
        then they follow. A column that may be blank or left out and is missing becomes blank.
    table
        The declaration.

    Returns
    -------
    DataFrame
        The table.

    Raises
    ------
    KeyError
        If a column is missing whose cells may not be blank.
    """
    import pandas as pd

    if not isinstance(frame, (pd.DataFrame, Mapping)):
        frame = list(frame)
        plain = not frame or not isinstance(frame[0], Mapping)
        frame = pd.DataFrame(frame, columns=table.names if plain else None)
    rows = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame)
    blank = {column.name: None for column in table.columns if column.blank and column.name not in rows}
    others = [name for name in rows.columns if name not in table.dtypes] if table.open_ended else []
    made = rows.assign(**blank)[[*table.names, *others]].astype(table.dtypes).reset_index(drop=True)
    made.attrs = {"table": table.name}
    return made


def empty(table: Table) -> pd.DataFrame:
    """A table without rows, with every column in its type."""
    import pandas as pd

    made = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in table.dtypes.items()})
    made.attrs = {"table": table.name}
    return made


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """List a table's rows by column name, None where a cell is blank.

    Examples
    --------
    >>> import pandas as pd
    >>> records(pd.DataFrame({"n": [1.0, None]}))
    [{'n': 1.0}, {'n': None}]
    """
    plain = table.astype("object").where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


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
    key = f" One row per {', '.join(table.key)}." if table.key else ""
    head = f"## {heading or table.name}\n\n{table.meaning}{key}\n\n| column | kind | | meaning |\n| --- | --- | --- | --- |\n"
    return head + "\n".join(rows) + "\n"


def words(name: object) -> str:
    """Say a table's word as a person would.

    Examples
    --------
    >>> words("silence_talk"), words("not_observable"), words("E01")
    ('silence of the talk', 'not observable', 'E01')
    """
    return _SAID.get(str(name), str(name).replace("_", " "))
