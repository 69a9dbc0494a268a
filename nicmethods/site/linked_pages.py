"""What stands one click behind a case's main page: the claims with all their evidence, the coding, the data and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.errors import Problem, said_once
from nicmethods.results import ACROSS, published_table
from nicmethods.site.case_page import CaseSite, frame
from nicmethods.site.evidence import row_address
from nicmethods.site.pages import anchor, href, known, records, words
from nicmethods.site.said import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["linked_pages"]

_Row = dict[str, Any]
_QUOTES = 3
_COEFFICIENTS = ("specific_positive", "percent", "kappa_cohen", "alpha_nominal", "ac1_gwet")


def linked_pages(case: CaseSite) -> Iterator[tuple[str, str, _Row]]:
    """Give the pages behind the main page: file, template and what each shows; a page without content is left out."""
    claims, coding = _claims(case), _coding(case)
    if claims:
        values = {"claims": claims, "kept": "propositions" in case.kept, "rates": "error_rates" in case.results.tables}
        yield "claims.html", "claims.html.j2", values | frame(case, "The claims and their evidence", up="")
    if coding:
        yield "coding.html", "coding.html.j2", coding | frame(case, "How the coding was done", up="")
    yield "data.html", "data.html.j2", _data(case) | frame(case, "Data, methods, tables and files", up="")


def _claims(case: CaseSite) -> list[_Row]:
    """Claims with the addresses of all they rest on, and the settings on which a verdict hangs."""
    settings = case.results.tables.get("robustness", pd.DataFrame(columns=["kind", "subject"]))
    stands = {row["subject"]: row for row in records(settings[settings["kind"] == "proposition"])}
    rests: dict[str, list[str]] = {}
    for one in records(case.results.tables.get("rests_on", pd.DataFrame())):
        rests.setdefault(one["proposition"], []).append(one["said"])
    return [
        {
            **row,
            "anchor": anchor("p", row["proposition"]),
            "stands": stands.get(row["proposition"]),
            "since": case.registered.get(row["proposition"]),
            "rests": rests.get(row["proposition"], []),
            "row": row_address("propositions", row["proposition"]),
            "turns": case.evidence.turn_links(row["turns"]),
            "ties": case.evidence.tie_links(row["ties"]),
            "quotes": case.evidence.turn_quotes(row["turns"])[:_QUOTES],
        }
        for row in records(case.results.tables.get("propositions", pd.DataFrame()))
    ]


def _coding(case: CaseSite) -> _Row:
    tables, summary = case.results.tables, case.results.summary
    if "readers" not in tables and "codings" not in tables:
        return {}
    names, titles = summary.get("codes") or {}, _titles(case)
    readers = tables.get("readers", pd.DataFrame(columns=["coder", "activity"]))
    coders = sorted(readers["coder"].unique())
    by = {(row["coder"], row["activity"]): row for row in records(readers)}
    meetings = [
        {
            "said": titles.get(activity, activity),
            "href": _transcript(case, activity),
            "cells": [
                f"{row['n_read']} of {row['n_turns']} turns, {row['n_coded']} coded" if (row := by.get((coder, activity))) else "not read"
                for coder in coders
            ],
        }
        for activity in titles
    ]  # fmt: skip
    split = [
        {
            "href": case.evidence.turn_links(f"{row['activity']}/{row['turn']}")[0],
            "code": names.get(row["code"], words(row["code"])),
            "given": row["given_by"] if known(row["given_by"]) else "",
            "not_given": row["not_given_by"] if known(row["not_given_by"]) else "",
            "text": cut(turn["text"]) if (turn := case.evidence.turns.get((row["activity"], row["turn"]))) and known(turn["text"]) else "",
            "speaker": turn["actor"] if turn and known(turn["actor"]) else "unknown speaker",
            "state": row["state"],
            "present": bool(row["present"]) if known(row["present"]) else None,
            "reason": row["reason"] if known(row["reason"]) else "",
        }
        for row in records(tables.get("disagreements", pd.DataFrame()))
    ]  # fmt: skip
    return {
        "coders": coders,
        "meetings": meetings,
        "agreement": _agreement(tables.get("agreement", pd.DataFrame()), names),
        "open": [row for row in split if row["state"] == "open"],
        "decided": [row for row in split if row["state"] == "decided"],
        "suggested": bool(summary.get("suggestions_used")),
        "n_suggestions": len(tables.get("suggestions", ())),
    }


def _agreement(table: pd.DataFrame, names: _Row) -> list[_Row]:
    """Agreement code by code: how many turns both read, and each coefficient with its interval."""
    if not len(table):
        return []
    return [
        {
            "code": names.get(code, words(code)),
            "coders": coders.replace(" & ", " and "),
            "n": int(one["n"].iloc[0]),
            "note": next(iter(one["note"].dropna()), ""),
            "values": [
                _with_interval(next(iter(records(one[one["coefficient"] == name])), {"value": None}))
                for name in _COEFFICIENTS
            ],
        }
        for (code, coders), one in (
            (tuple(map(str, key)), one) for key, one in table.groupby(["code", "coders"], sort=False)
        )
    ]


def _with_interval(row: _Row) -> str:
    if not known(row["value"]):
        return "undefined"
    value, low, high = (f"{row.get(name):.2f}".replace("-0.00", "0.00") if known(row.get(name)) else "" for name in ("value", "low", "high"))  # fmt: skip
    return f"{value} ({low} to {high})" if low else value


def _data(case: CaseSite) -> _Row:
    summary = case.results.summary
    titles = _titles(case)
    return {
        "case": case.results.case,
        "held": bool(summary) and case.results.case != ACROSS,
        "gaps": summary.get("gaps") or [],
        "waves": summary.get("waves") or [],
        "many": len(summary.get("relations") or ()) > 1,
        "activities": [
            row | {"said": titles[row["activity"]], "href": _transcript(case, row["activity"])}
            for row in summary.get("activities") or ()
        ],
        "problems": said_once(Problem(**problem) for problem in summary.get("problems") or ()),
        "provenance": case.provenance,
        "notebooks": [(page.stem, page.title) for page in case.notebooks],
        "n_numbers": len(case.results.numbers),
        "tables": [
            {"name": name, "n": len(table), "meaning": published_table(name).meaning, "kept": name in case.kept}
            for name, table in case.results.tables.items()
        ],
    }


def _titles(case: CaseSite) -> dict[str, str]:
    return {
        row["activity"]: str(row.get("title") or row["activity"])
        for row in case.results.summary.get("activities") or ()
    }


def _transcript(case: CaseSite, activity: str) -> str:
    turns = case.results.tables.get("turns")
    spoken = turns is not None and bool((turns["activity"] == activity).any())
    return href("transcripts", f"{anchor(activity)}.html") if spoken else ""
