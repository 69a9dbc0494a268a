"""The page across cases: what they share, where they differ, pictures first; made from the tables of the notebook across cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.results import published_table
from nicmethods.site import drawings
from nicmethods.site.case_page import CaseSite, frame
from nicmethods.site.index_page import verdict_grid
from nicmethods.site.pages import known, num, records
from nicmethods.site.said import are, by_chance, counted
from nicmethods.tables.saying import capital, listed

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["across_values"]

_Row = dict[str, Any]
_READINGS = ("differ", "shared", "nothing_against", "cannot_be_told")
_SAID = {
    "shared": "said of all",
    "nothing_against": "said of some, contradicted by none",
    "differ": "cases contradict each other",
    "cannot_be_told": "cannot be told",
}
_MEASURED = {
    "shared": "All lie on the same side of chance.",
    "differ": "They differ.",
    "cannot_be_told": "Whether they differ cannot be told.",
}


def across_values(case: CaseSite, cases: Sequence[CaseSite]) -> _Row:
    """Give the page across cases all it shows.

    Parameters
    ----------
    case
        What the notebooks across cases left.
    cases
        Every case of the study; those that were compared are on the page.
    """
    tables = case.results.tables
    common, compared, pooled = (
        tables.get(name, pd.DataFrame(columns=published_table(name).names))
        for name in ("in_common", "comparison", "pooled_coincidence")
    )
    names = list(dict.fromkeys(compared["case"]))
    own = [one for one in cases if one.results.case in names]
    readings = {row["subject"]: row["reading"] for row in records(common)}
    claims = [row["reading"] for row in records(common[common["about"] == "proposition"])]
    measures = sorted(records(common[common["about"] == "measure"]), key=lambda row: _READINGS.index(row["reading"]))
    judged = [one for one in own if "propositions" in one.results.tables]
    grid = verdict_grid("Claims, case by case", judged, up="../")
    for row in grid["claims"]:
        row["reading"] = capital(_SAID.get(readings.get(row["claim"], ""), ""))
    values: _Row = {"n": len(names), "grid": grid if claims and judged else None, "failures": case.failures}
    values["found"] = [said for said in (_of_claims(claims, len(judged)), _of_measures(measures, compared)) if said]
    values["measures"] = [
        {
            "what": capital(row["what"]),
            "reading": _MEASURED[row["reading"]],
            "drawing": _measure(compared[compared["measure"] == row["subject"]], row["what"]),
        }
        for row in measures
        if compared.loc[compared["measure"] == row["subject"], "value"].notna().any()
    ]
    together = records(pooled[pooled["left_out"].isna()])
    statements = dict(zip(common["subject"], common["what"], strict=True))
    values["pooled"] = [_pooled(row, statements) for row in together if row["n_rows"]]
    values["n_apart"] = sum(row["reading"] == "differ" for row in measures)
    values["together"] = _together(next((row for row in together if row["n_rows"]), None))
    values["odds"] = _odds(together, statements)
    values["further"] = [(page.title, f"notebooks/{page.stem}.html", "every comparison as it ran, with how far networks developed, and what hubs do") for page in case.notebooks]  # fmt: skip
    values["further"] += [
        ("Data, methods, tables and files", "data.html", f"{counted(len(tables), 'table')}, versions")
    ]
    title = f"{capital(counted(len(names), 'network'))} side by side"
    return frame(case, case.title, up="") | {"trail": [("All reports", "../index.html")]} | values | {"title": title}


def _of_claims(readings: Sequence[str], n_cases: int) -> str:
    if not readings:
        return ""
    n = {name: readings.count(name) for name in _READINGS}
    said = [
        f"Of {counted(len(readings), 'claim')}, **{n['shared'] or 'none'} {are(n['shared'] or 1)} said of all {counted(n_cases, 'case')}** that have verdicts"
    ]
    said += [f"{n['nothing_against']} {are(n['nothing_against'])} said of some, and no case speaks against"] * bool(
        n["nothing_against"]
    )
    said += [f"cases contradict each other on {n['differ']}"] * bool(n["differ"])
    said += [f"of {n['cannot_be_told']} it cannot be told"] * bool(n["cannot_be_told"])
    return f"{'; '.join(said)}."


def _of_measures(measures: Sequence[_Row], compared: pd.DataFrame) -> str:
    if not measures:
        return ""
    apart = [row for row in measures if row["reading"] == "differ"]
    said = []
    for row in apart:
        own = compared[(compared["measure"] == row["subject"]) & compared["value"].notna()]
        values = [f"{one['case']} {num(one['value'])}" for one in records(own)]
        said.append(f"{row['what']} ({listed(values)})")
    lead = f"Of {counted(len(measures), 'measure')}, the cases **differ on {len(apart) or 'none'}**"
    rest = len(measures) - len(apart) - sum(row["reading"] == "shared" for row in measures)
    told = f" On {rest} it cannot be told, which is not the same as being alike." if rest else ""
    return f"{lead}{': ' if said else ''}{'; '.join(said)}.{told}"


def _measure(own: pd.DataFrame, what: str) -> Any:
    rows = [
        {"name": row["case"], "said": num(row["value"]) if known(row["value"]) else "not known"}
        | {name: float(row[name]) if known(row[name]) else None for name in ("value", "low", "high", "expected")}
        for row in records(own)
    ]
    return drawings.intervals(rows, title=f"{what}: {listed([' '.join((row['name'], row['said'])) for row in rows])}")


def _together(row: _Row | None) -> str:
    if row is None:
        return ""
    return (
        f"Over {counted(row['k'], 'case')}, {row['n_both']:,} of {counted(row['n_rows'], 'occasion')} had both parts of the first claim; "
        f"{row['expected']:.0f} expected"
    )


def _pooled(row: _Row, statements: _Row) -> _Row:
    chance = f"by chance {by_chance(row['p_more'])}" if known(row["p_more"]) else ""
    return {
        "statement": statements.get(row["proposition"], row["proposition"]),
        "cells": [
            ("Cases", f"{row['k']}"),
            ("Occasions with both", f"{row['n_both']:,} of {row['n_rows']:,}"),
            ("Expected", f"{row['expected']:.0f}{'; ' if chance else ''}{chance}"),
            ("Odds, times", f"{num(row['odds_ratio'])} ({num(row['low'])} to {num(row['high'])})" if known(row["odds_ratio"]) else "–"),
        ],
    }  # fmt: skip


def _odds(rows: Sequence[_Row], statements: _Row) -> Any:
    def shown_row(row: _Row) -> _Row:
        odds = row["odds_ratio"]
        ends = {end: float(row[end]) if known(row[end]) else None for end in ("low", "high")}
        name = _short(str(statements.get(row["proposition"], row["proposition"])))
        return {
            "name": name,
            "said": f"{odds:,.{int(odds < 10)}f} times",
            "expected": None,
            "value": float(odds),
            **ends,
        }

    shown = [shown_row(row) for row in rows if known(row["odds_ratio"])]
    return (
        drawings.intervals(shown, title="Odds of a changed tie with the talk, as times those without", is_odds=True)
        if shown
        else ""
    )


def _short(statement: str) -> str:
    words = statement.split(" ")
    while len(" ".join(words)) > 36:
        words.pop()
    said = " ".join(words)
    return said if said == statement else f"{said.rstrip(',')} […]"
