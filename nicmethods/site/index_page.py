"""The page that all reports start from: what each case holds, its verdicts beside those of others, what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicmethods.results import ACROSS, MARK
from nicmethods.site.case_page import HOME, CaseSite, answered, failures_of
from nicmethods.site.pages import anchor, href
from nicmethods.tables.saying import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["index_values", "verdict_grid"]

_Row = dict[str, Any]

_EXPOSED = {
    "kind": "failed",
    "lead": "Do not publish.",
    "text": "Names of people were found on pages that cases share; nicmethods says where when it runs.",
    "link": "",
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
    real, made_up = ([case for case in judged if _is_synthetic(case) is made_up] for made_up in (False, True))
    groups = [("Verdicts side by side", real), ("Verdicts on synthetic cases", made_up)]
    return {
        "title": "Networked improvement communities",
        "here": HOME,
        "banners": [_EXPOSED] if n_exposed else [],
        "failures": failures_of(manifest),
        "cases": sorted((_case_row(case) for case in cases), key=lambda row: row["synthetic"]),
        "verdicts": [verdict_grid(title, group) for title, group in groups if group],
        "across": f"{ACROSS}/index.html" if has_across else "",
    }


def _is_synthetic(case: CaseSite) -> bool:
    return bool(case.results.summary.get("synthetic"))


def _case_row(case: CaseSite) -> _Row:
    summary = case.results.summary
    activities = summary.get("activities") or []
    notes = {
        "its case is gone": case.is_gone,
        "do not publish: names were found": (case.folder / MARK).exists(),
        "machine-suggested codes, not reviewed": summary.get("suggestions_used"),
        "incomplete": case.failures,
        "verdicts of an earlier run": "propositions" in case.kept,
    }
    return {
        "title": case.title,
        "name": case.results.case,
        "href": href(case.results.case, "index.html"),
        "synthetic": _is_synthetic(case),
        "strands": listed(["survey" if strand == "network" else strand for strand in summary.get("strands") or ()]),
        "n_actors": summary.get("n_actors"),
        "n_sites": summary.get("n_sites"),
        "n_waves": len({wave["wave"] for wave in summary.get("waves") or ()}) or None,
        "answered": answered(summary),
        "n_activities": len(activities) or None,
        "n_coded": sum(bool(activity.get("coded")) for activity in activities) if activities else None,
        "n_coders": len(summary.get("coders") or ()) or None,
        "notes": ", ".join(note for note, applies in notes.items() if applies),
    }


def verdict_grid(title: str, judged: Sequence[CaseSite], *, up: str = "") -> _Row:
    """One row a claim, one cell a case that has it.

    Parameters
    ----------
    title
        What stands above it.
    judged
        Cases with run table ``propositions``.
    up
        Way from the page to the folder of all reports.
    """
    tables = [case.results.tables["propositions"].set_index("proposition") for case in judged]
    statements: dict[Any, str] = {}
    for table in tables:
        statements = dict(table["statement"]) | statements
    return {
        "title": title,
        "judged": [{"title": case.title, "href": f"{up}{href(case.results.case, 'index.html')}"} for case in judged],
        "claims": [
            {
                "claim": name,
                "statement": text,
                "cells": [_claim_cell(case, table, name, up) for case, table in zip(judged, tables, strict=True)],
            }
            for name, text in statements.items()
        ],
    }


def _claim_cell(case: CaseSite, table: pd.DataFrame, proposition: Any, up: str) -> _Row | None:
    if proposition not in table.index:
        return None
    row = table.loc[proposition]
    return {
        "verdict": row["proposed_verdict"],
        "researcher": row["researcher_verdict"],
        "kept": "propositions" in case.kept,
        "href": f"{up}{href(case.results.case, 'index.html')}#{anchor('p', proposition)}",
    }
