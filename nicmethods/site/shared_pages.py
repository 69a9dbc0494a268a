"""The pages that cases share: the index all start from, and the page across them, pictures first, from what its notebook left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicmethods.results import ACROSS, MARK
from nicmethods.site import drawings
from nicmethods.site.case_page import HOME, CaseSite, answered, failures_of, frame
from nicmethods.site.pages import anchor, href, num
from nicmethods.site.said import are, by_chance, counted
from nicmethods.tables import records
from nicmethods.tables.saying import capital, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

__all__ = ["across_values", "index_values"]

_Row = dict[str, Any]

_EXPOSED = {
    "kind": "failed",
    "lead": "Do not publish.",
    "text": "Names of people were found on pages that cases share; nicmethods says where when it runs.",
}
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


def index_values(cases: Sequence[CaseSite], manifest: pd.DataFrame, *, has_across: bool, n_exposed: int = 0) -> _Row:
    """Give the index all it shows; synthetic cases stand apart from real ones.

    Parameters
    ----------
    cases
        All cases, by name.
    manifest
        Run table ``manifest``.
    has_across
        Whether there is a page across them.
    n_exposed
        Places on pages that cases share in which names of people were found.
    """
    judged = [case for case in cases if "propositions" in case.results.tables and not case.is_gone]
    groups = {"Verdicts side by side": False, "Verdicts on synthetic cases": True}
    grids = [
        _verdict_grid(title, [case for case in judged if case.is_synthetic is made_up], up="", readings={})
        for title, made_up in groups.items()
    ]
    return {
        "title": "Networked improvement communities",
        "here": HOME,
        "banners": [_EXPOSED] if n_exposed else [],
        "failures": failures_of(manifest),
        "cases": sorted((_case_row(case) for case in cases), key=lambda row: row["synthetic"]),
        "verdicts": [grid for grid in grids if grid["judged"]],
        "across": f"{ACROSS}/index.html" if has_across else "",
    }


def _case_row(case: CaseSite) -> _Row:
    summary = case.results.summary
    activities, waves = summary.get("activities") or [], summary.get("waves") or ()
    notes = {
        "its case is gone": case.is_gone,
        "do not publish: names were found": (case.folder / MARK).exists(),
        "machine-suggested codes, not reviewed": summary.get("suggestions_used"),
        "incomplete": case.failures,
        "verdicts of an earlier run": "propositions" in case.kept,
    }
    return {
        **summary,
        "title": case.title,
        "name": case.results.case,
        "href": href(case.results.case, "index.html"),
        "synthetic": case.is_synthetic,
        "strands": listed(["survey" if strand == "network" else strand for strand in summary.get("strands") or ()]),
        "n_waves": len({wave["wave"] for wave in waves}) or None,
        "answered": answered(summary),
        "n_activities": len(activities) or None,
        "n_coded": sum(bool(activity.get("coded")) for activity in activities) if activities else None,
        "n_coders": len(summary.get("coders") or ()) or None,
        "notes": ", ".join(note for note, applies in notes.items() if applies),
    }


def _verdict_grid(title: str, judged: Sequence[CaseSite], *, up: str, readings: Mapping[str, str]) -> _Row:
    """One row a claim, one cell a case that has it; `up` leads from the page to the folder of all reports."""
    addresses = [f"{up}{href(case.results.case, 'index.html')}" for case in judged]
    claims: dict[str, _Row] = {}
    for place, case in reversed([*enumerate(judged)]):
        for row in records(case.results.table("propositions")):
            name = row["proposition"]
            claim = claims.setdefault(name, {"cells": [None] * len(judged)})
            claim |= {"statement": row["statement"], "reading": capital(_SAID.get(readings.get(name, ""), ""))}
            kept = "propositions" in case.kept
            claim["cells"][place] = row | {"kept": kept, "href": f"{addresses[place]}#{anchor('p', name)}"}
    titles = [{"title": case.title, "href": address} for case, address in zip(judged, addresses, strict=True)]
    return {"title": title, "judged": titles, "claims": list(claims.values())}


def across_values(case: CaseSite, cases: Sequence[CaseSite]) -> _Row:
    """Give the page across cases all it shows.

    Parameters
    ----------
    case
        What the notebooks across cases left.
    cases
        Every case of the study; those that were compared are on the page.
    """
    common, compared, pooled = (case.results.table(name) for name in ("in_common", "comparison", "pooled_coincidence"))
    names = list(compared["case"].unique())
    judged = [one for one in cases if one.results.case in names and "propositions" in one.results.tables]
    rows = records(common)
    claims = {row["subject"]: row["reading"] for row in rows if row["about"] == "proposition"}
    measures = sorted(
        (row for row in rows if row["about"] == "measure"), key=lambda row: _READINGS.index(row["reading"])
    )
    values = {name: records(own.dropna(subset="value")) for name, own in compared.groupby("measure")}
    statements = {row["subject"]: row["what"] for row in rows}
    together = [
        row | {"statement": statements.get(row["proposition"], row["proposition"])}
        for row in records(pooled[pooled["left_out"].isna()])
    ]
    further = [(page.title, f"notebooks/{page.stem}.html", "every comparison as it ran, with how far networks developed, and what hubs do") for page in case.notebooks]  # fmt: skip
    n_tables = counted(len(case.results.tables), "table")
    return frame(case, case.title, up="") | {
        "trail": [("All reports", "../index.html")],
        "title": f"{capital(counted(len(names), 'network'))} side by side",
        "grid": _verdict_grid("Claims, case by case", judged, up="../", readings=claims) if claims and judged else None,
        "found": list(filter(None, (_of_claims([*claims.values()], len(judged)), _of_measures(measures, values)))),
        "measures": [
            {
                "what": capital(row["what"]),
                "reading": _MEASURED[row["reading"]],
                "drawing": _measure(records(compared[compared["measure"] == row["subject"]]), row["what"]),
            }
            for row in measures
            if values.get(row["subject"])
        ],
        "pooled": [row | {"cells": _pooled(row)} for row in together if row["n_rows"]],
        "n_apart": sum(row["reading"] == "differ" for row in measures),
        "together": next((_together(row) for row in together if row["n_rows"]), ""),
        "odds": _odds([row for row in together if row["odds_ratio"] is not None]),
        "further": [*further, ("Data, methods, tables and files", "data.html", f"{n_tables}, versions")],
    }


def _of_claims(readings: Sequence[str], n_cases: int) -> str:
    if not readings:
        return ""
    n = {name: readings.count(name) for name in _READINGS}
    said = [
        f"Of {counted(len(readings), 'claim')}, **{n['shared'] or 'none'} {are(n['shared'] or 1)} said of all {counted(n_cases, 'case')}** that have verdicts"
    ]
    if n["nothing_against"]:
        said.append(f"{n['nothing_against']} {are(n['nothing_against'])} said of some, and no case speaks against")
    if n["differ"]:
        said.append(f"cases contradict each other on {n['differ']}")
    if n["cannot_be_told"]:
        said.append(f"of {n['cannot_be_told']} it cannot be told")
    return f"{'; '.join(said)}."


def _of_measures(measures: Sequence[_Row], values: Mapping[Any, Sequence[_Row]]) -> str:
    if not measures:
        return ""
    apart = [row for row in measures if row["reading"] == "differ"]
    said = []
    for row in apart:
        own = listed(f"{one['case']} {num(one['value'])}" for one in values.get(row["subject"], ()))
        said.append(f"{row['what']} ({own})")
    lead = f"Of {counted(len(measures), 'measure')}, the cases **differ on {len(apart) or 'none'}**"
    rest = sum(row["reading"] not in ("differ", "shared") for row in measures)
    told = f" On {rest} it cannot be told, which is not the same as being alike." if rest else ""
    return f"{lead}{': ' if said else ''}{'; '.join(said)}.{told}"


def _measure(rows: Sequence[_Row], what: str) -> Any:
    rows = [
        row | {"name": row["case"], "said": "not known" if row["value"] is None else num(row["value"])} for row in rows
    ]
    said = listed(f"{row['name']} {row['said']}" for row in rows)
    return drawings.intervals(rows, title=f"{what}: {said}")


def _together(row: _Row) -> str:
    return (
        f"Over {counted(row['k'], 'case')}, {row['n_both']:,} of {counted(row['n_rows'], 'occasion')} had both parts of the first claim; "
        f"{row['expected']:.0f} expected"
    )


def _pooled(row: _Row) -> list[tuple[str, str]]:
    chance = "" if row["p_more"] is None else f"; by chance {by_chance(row['p_more'])}"
    odds = "–"
    if row["odds_ratio"] is not None:
        odds = f"{num(row['odds_ratio'])} ({num(row['low'])} to {num(row['high'])})"
    return [
        ("Cases", f"{row['k']}"),
        ("Occasions with both", f"{row['n_both']:,} of {row['n_rows']:,}"),
        ("Expected", f"{row['expected']:.0f}{chance}"),
        ("Odds, times", odds),
    ]


def _odds(rows: Sequence[_Row]) -> Any:
    shown = [
        row
        | {"name": _short(row["statement"]), "value": row["odds_ratio"], "expected": None}
        | {"said": f"{row['odds_ratio']:,.{int(row['odds_ratio'] < 10)}f} times"}
        for row in rows
    ]
    title = "Odds of a changed tie with the talk, as times those without"
    return drawings.intervals(shown, title=title, is_odds=True) if shown else ""


def _short(statement: str) -> str:
    words = statement.split(" ")
    while len(" ".join(words)) > 36:
        words.pop()
    said = " ".join(words)
    return said if said == statement else f"{said.rstrip(',')} […]"
