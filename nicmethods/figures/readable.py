"""Small tables for reading: a value with its interval in one cell, sentences and quotes uncut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.across.development import DEVELOPMENT
from nicmethods.figures.network import KEY_MEASURES
from nicmethods.tables import LABELS, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.display import HTML

__all__ = [
    "by_case",
    "by_context",
    "by_development",
    "by_wave",
    "in_full",
    "over_cases",
    "shared_or_not",
    "what_codes_mean",
]

_FEWEST = 5


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


def by_case(comparison: pd.DataFrame) -> pd.DataFrame:
    """Set cases below one another and what is compared side by side, each as ``value (low to high; n)``.

    Parameters
    ----------
    comparison
        Run table.

    Returns
    -------
    DataFrame
        Text: a row a case, a column a measure; a dash is not known.
    """
    shown = [
        _cell(value, low, high) + ("" if pd.isna(value) or pd.isna(n) else f"; n = {n:.0f}")
        for value, low, high, n in comparison[["value", "low", "high", "n"]].itertuples(index=False)
    ]
    table = comparison.assign(shown=shown).pivot(index="case", columns="what", values="shown")
    table = table.reindex(
        columns=list(dict.fromkeys(comparison["what"])), index=list(dict.fromkeys(comparison["case"]))
    )
    return table.rename_axis(columns=None)


def by_development(strategic_actions: pd.DataFrame) -> pd.DataFrame:
    """Set how many networks have each strategic action side by side, by how far they are developed.

    Parameters
    ----------
    strategic_actions
        Run table.

    Returns
    -------
    DataFrame
        Text, as ``1 of 2: statewide``: a row an action, a column a group of networks; a dash where no network of the
        group was coded with the action's codebook. A share in percent from five networks on: of fewer it says nothing.
    """
    shown = [
        f"{n_with} of {n}"
        + (f" ({share:.0%})".replace("%", " %") if n >= _FEWEST else "")
        + ("" if pd.isna(which) else f": {which.replace(';', ', ')}")
        for n_with, n, share, which in strategic_actions[["n_with", "n", "share", "networks"]].itertuples(index=False)
    ]
    table = strategic_actions.assign(shown=shown).pivot(index="action", columns="development", values="shown")
    groups = [group for group in DEVELOPMENT if group in table]
    return (
        table.reindex(list(dict.fromkeys(strategic_actions["action"])), columns=groups)
        .fillna("–")
        .rename_axis(columns=None)
    )


def by_context(health: pd.DataFrame) -> pd.DataFrame:
    """Set what people coded of each context that networks have to ride out side by side, case by case.

    Parameters
    ----------
    health
        Run table.

    Returns
    -------
    DataFrame
        Text: a row a context, a column a case; turns per activity read with the number of activities, or why there is no value. Turnover
        has a second row, from the roster: people who joined or left between two waves, the last that is known.
    """
    coded = health[health["measure"].eq("context") & health["by"].notna()]
    moved = health[health["measure"].eq("turnover")].drop_duplicates("case", keep="last")
    rows = {str(by): own.set_index("case") for by, own in coded.groupby("by", sort=False)}
    rows["People who joined or left between two waves, share"] = moved.set_index("case")
    cases = list(dict.fromkeys(health["case"]))
    shown = {
        name: [
            _said(own.loc[case, "value"], own.loc[case, "n"], own.loc[case, "note"]) if case in own.index else "–"
            for case in cases
        ]
        for name, own in rows.items()
    }
    return pd.DataFrame.from_dict(shown, orient="index", columns=cases)


def shared_or_not(common: pd.DataFrame) -> pd.DataFrame:
    """Set what cases share and where they differ under headings that people would use.

    Parameters
    ----------
    common
        Run table ``in_common``.

    Returns
    -------
    DataFrame
        Text: what all cases share first, then where they differ, what nothing contradicts, and what cannot be told.
    """
    order = ("shared", "differ", "nothing_against", "cannot_be_told")
    rows = common.sort_values("reading", key=lambda reading: reading.map(order.index), kind="stable")
    return rows[["reading", "what", "said"]].rename(
        columns={"reading": "Cases", "what": "On", "said": "Which says what"}
    )


def what_codes_mean(code_uses: pd.DataFrame) -> pd.DataFrame:
    """Set what was coded under headings that people would use.

    Parameters
    ----------
    code_uses
        Run table.

    Returns
    -------
    DataFrame
        Text: a row a code, in the order of the codebook.
    """
    rows = code_uses.assign(
        where=[f"{n} of {read}" for n, read in code_uses[["n_activities", "n_read"]].itertuples(index=False)]
    )
    named = {
        "name": "Code",
        "n": "Turns",
        "where": "Activities read",
        "roles": "Said by",
        "example": "Example",
        "turns": "Turn",
    }
    return rows[list(named)].rename(columns=named)


def over_cases(pooled_coincidence: pd.DataFrame) -> pd.DataFrame:
    """Set what all cases together say of help and changed ties on the same pairs under headings that people would use.

    Parameters
    ----------
    pooled_coincidence
        Run table.

    Returns
    -------
    DataFrame
        Text: a row a claim, of all cases; a dash is not known.
    """
    rows = pooled_coincidence[pooled_coincidence["left_out"].isna()].to_dict("records")
    return pd.DataFrame(
        {
            "Claim": [words(row["proposition"]) for row in rows],
            "Cases": [f"{row['k']}" for row in rows],
            "Occasions with both": [f"{row['n_both']} of {row['n_rows']}" for row in rows],
            "What each case's own record explains": [f"{row['expected']:.1f}" for row in rows],
            "So much or more if that were all": [_chance(row["p_more"]) for row in rows],
            "Odds as they stand (95 % interval)": [_cell(row["odds_ratio"], row["low"], row["high"]) for row in rows],
            "Cases so different or more if alike": [_chance(row["q_p"]) for row in rows],
        },
        dtype="str",
    )


def _chance(p: float) -> str:
    if pd.isna(p):
        return "–"
    return "less than 1 in 1,000" if p < 0.001 else f"{100 * p:.2g} in 100"


def _said(value: float, n: float, note: object) -> str:
    return str(note) if pd.isna(value) else f"{_short(value)} (n = {n:.0f})"


def _cell(value: float, low: float, high: float) -> str:
    if pd.isna(value):
        return "–"
    if pd.isna(low):
        return _short(value)
    return f"{_short(value)} ({_short(low)} to {_short(high)})"


def _short(value: float) -> str:
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.2f}"


def in_full(table: pd.DataFrame, *, index: bool = False) -> HTML:
    """Show a table with every cell whole and in words: pandas cuts sentences and quotes after fifty characters.

    Parameters
    ----------
    table
        A small table; its text is escaped. A cell that holds a table's own label is shown in words.
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
            table.map(lambda cell: words(cell) if isinstance(cell, str) and cell in LABELS else cell).to_html(
                index=index, border=0, na_rep="", escape=True, notebook=True
            )
        )
