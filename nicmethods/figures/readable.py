"""Small tables for reading: a value with its interval in one cell, sentences and quotes uncut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.figures.measures import KEY_MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.display import HTML

__all__ = ["by_wave", "whole"]


def by_wave(
    network_measures: pd.DataFrame, *, measures: Mapping[str, str] = KEY_MEASURES, by: str = "site"
) -> pd.DataFrame:
    """Set a few measures side by side over the waves, each as ``value (low to high)``.

    Parameters
    ----------
    network_measures
        Run table.
    measures
        Measures, in order, and their names for people.
    by
        Attribute of measures that need one.

    Returns
    -------
    DataFrame
        Text: a row a relation and measure, a column a wave; a dash is undefined.
    """
    asked = network_measures[
        network_measures["measure"].isin(list(measures)) & network_measures["by"].fillna("").isin(["", by])
    ]
    names = {measure: " ".join(name.split()) for measure, name in measures.items()}
    cells = asked.assign(
        measure=pd.Categorical(asked["measure"].map(names), categories=list(names.values()), ordered=True),
        shown=[_cell(*row) for row in asked[["value", "low", "high"]].itertuples(index=False)],
    )
    waves = list(dict.fromkeys(cells["wave"]))
    table = cells.pivot(index=["relation", "measure"], columns="wave", values="shown").sort_index()
    return table.reindex(columns=waves).fillna("–")


def _cell(value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return "–"
    if pd.isna(low):
        return _short(value)
    return f"{_short(value)} ({_short(low)} to {_short(high)})"


def _short(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


def whole(table: pd.DataFrame, *, index: bool = False) -> HTML:
    """Show a table with every cell whole: pandas cuts sentences and quotes after fifty characters.

    Parameters
    ----------
    table
        A small table; its text is escaped.
    index
        Whether the row labels say something.

    Returns
    -------
    IPython.display.HTML
        For the end of a notebook cell.
    """
    from IPython.display import HTML

    with pd.option_context("display.max_colwidth", None):
        return HTML(  # type: ignore[no-untyped-call]
            table.to_html(index=index, border=0, na_rep="", escape=True, notebook=True)
        )
