"""How a manuscript says values of tables: rows with blanks known as such, counts, intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Row", "count", "interval", "known", "records"]

Row = dict[str, Any]


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table by column name, None where a cell is blank.

    Examples
    --------
    >>> import pandas as pd
    >>> records(pd.DataFrame({"n": [1.0, None]}))
    [{'n': 1.0}, {'n': None}]
    """
    plain = table.astype("object").where(table.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def known(*values: Any) -> list[str]:
    """Those of some values that are not blank, as text."""
    return [str(value) for value in values if value is not None and value != ""]


def count(value: Any) -> str:
    """A whole number, or a dash."""
    return "–" if value is None else f"{value:,.0f}"


def interval(row: Row | None) -> str:
    """``value`` with ``low`` and ``high`` in brackets where they are known, or a dash."""
    if row is None or row["value"] is None:
        return "–"
    return f"{row['value']:.2f}" + ("" if row["low"] is None else f" ({row['low']:.2f} to {row['high']:.2f})")
