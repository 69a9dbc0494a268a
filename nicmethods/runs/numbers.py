"""Numbers that pages may quote, taken from rows of finished tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.tables import RUN_TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["numbers_of"]


def numbers_of(name: str, table: pd.DataFrame, *, by: Sequence[str], unit: str | None = None) -> pd.DataFrame:
    """Make every row of a table a number that can be quoted, with the row it stands in.

    Parameters
    ----------
    name
        Name of the table, which is also the first part of every id.
    table
        A finished table; ``value`` (else ``n``) is the number, and ``low``, ``high``, ``p`` and ``n_dyads`` (else ``n``)
        go with it where the table has them.
    by
        Columns that tell rows apart; their values, blanks left out, follow in the id.
    unit
        Unit of the numbers.

    Returns
    -------
    DataFrame
        Run table ``numbers``; ``row`` is the row of the csv file, the header being row 1.

    Examples
    --------
    >>> table = pd.DataFrame({"wave": ["w1"], "measure": ["density"], "by": [None], "value": [0.25], "n_dyads": [12]})
    >>> numbers_of("network_measures", table, by=["measure", "by", "wave"])[["id", "value", "n", "row"]].to_dict("records")
    [{'id': 'network_measures.density.w1', 'value': 0.25, 'n': 12, 'row': '2'}]
    """
    declared = RUN_TABLES["numbers"]
    labels = table[list(by)].astype("object")
    ids = [
        ".".join([name, *(str(v) for v in row if pd.notna(v) and v != "")]) for row in labels.itertuples(index=False)
    ]
    count = next((column for column in ("n_dyads", "n") if column in table), None)
    numbers = pd.DataFrame(
        {
            "id": ids,
            "value": table["value"] if "value" in table else table["n"],
            **{column: table[column] if column in table else float("nan") for column in ("low", "high", "p")},
            "n": table[count] if count else None,
            "unit": unit,
            "table": name,
            "row": [str(row) for row in range(2, len(table) + 2)],
        }
    )
    return numbers.astype({column.name: column.dtype for column in declared.columns}).reset_index(drop=True)
