"""What stands one click behind a case's main page: claims with all their evidence, the coding, the talk, the data and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicmethods.errors import Problem, said_once
from nicmethods.results import ACROSS, published_table
from nicmethods.site.case_page import CaseSite, frame
from nicmethods.site.counts import other_causes
from nicmethods.site.evidence import row_address
from nicmethods.site.pages import anchor, words
from nicmethods.site.said import cut
from nicmethods.tables import records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nicmethods.results import Results

__all__ = ["linked_pages"]

_Row = dict[str, Any]
_Labels = dict[tuple[str, str], list[_Row]]
_QUOTES = 3
_COEFFICIENTS = ("specific_positive", "percent", "kappa_cohen", "alpha_nominal", "ac1_gwet")


def linked_pages(case: CaseSite) -> Iterator[tuple[str, str, _Row]]:
    """Give the pages behind the main page: file, template and what each shows; a page without content is left out."""
    tables = case.results.tables
    if claims := _claims(case):
        yield "claims.html", "claims.html.j2", {"claims": claims} | frame(case, "The claims and their evidence", up="")
    if "readers" in tables or "codings" in tables:
        yield "coding.html", "coding.html.j2", _coding(case) | frame(case, "How the coding was done", up="")
    yield "data.html", "data.html.j2", _data(case) | frame(case, "Data, methods, tables and files", up="")
    labels = _labels(case.results)
    for activity, turns in case.results.table("turns").groupby("activity", sort=False):
        values = _transcript(case, str(activity), records(turns.sort_values("position")), labels)
        yield f"transcripts/{anchor(activity)}.html", "transcript.html.j2", values


def _claims(case: CaseSite) -> list[_Row]:
    """Claims with the addresses of all they rest on, and the settings on which a verdict hangs."""
    results, evidence = case.results, case.evidence
    stands = {row["subject"]: row for row in records(results.table("robustness")) if row["kind"] == "proposition"}
    rests = results.table("rests_on").groupby("proposition")["said"].agg(list)
    return [
        {
            **row,
            "anchor": anchor("p", row["proposition"]),
            "stands": stands.get(row["proposition"]),
            "since": case.registered.get(row["proposition"]),
            "rests": rests.get(row["proposition"], []),
            "other_causes": other_causes(row, results.table("error_rates")),
            "row": row_address("propositions", row["proposition"]),
            "turns": evidence.turn_links(row["turns"]),
            "ties": evidence.tie_links(row["ties"]),
            "quotes": evidence.turn_quotes(row["turns"])[:_QUOTES],
        }
        for row in records(results.table("propositions"))
    ]


def _coding(case: CaseSite) -> _Row:
    results, summary, evidence = case.results, case.results.summary, case.evidence
    names, readers = summary.get("codes") or {}, results.table("readers")
    coders = sorted(readers["coder"].unique())
    read = {
        (row["coder"], row["activity"]): f"{row['n_read']} of {row['n_turns']} turns, {row['n_coded']} coded"
        for row in records(readers)
    }
    split = []
    for row in records(results.table("disagreements")):
        place = f"{row['activity']}/{row['turn']}"
        turn = evidence.turns.get(place, {})
        about = {"href": evidence.turn_links(place)[0], "code": names.get(row["code"], words(row["code"]))}
        said = {"text": cut(turn.get("text") or ""), "speaker": turn.get("actor") or "unknown speaker"}
        split.append(row | about | said)
    return {
        "coders": coders,
        "meetings": [
            {
                "said": said,
                "href": evidence.transcript(activity),
                "cells": [read.get((coder, activity), "not read") for coder in coders],
            }
            for activity, said in evidence.titles.items()
        ],
        "agreement": [
            {
                "code": names.get(code, words(code)),
                "coders": str(coders).replace(" & ", " and "),
                "n": int(one["n"].iloc[0]),
                "note": next(iter(one["note"].dropna()), ""),
                "values": _coefficients({row["coefficient"]: row for row in records(one)}),
            }
            for (code, coders), one in results.table("agreement").groupby(["code", "coders"], sort=False)
        ],
        "open": [row for row in split if row["state"] == "open"],
        "decided": [row for row in split if row["state"] == "decided"],
        "suggested": bool(summary.get("suggestions_used")),
        "n_suggestions": len(results.table("suggestions")),
    }


def _coefficients(found: dict[str, _Row]) -> list[str]:
    """Each coefficient with its interval."""
    said = []
    for name in _COEFFICIENTS:
        ends = [found.get(name, {}).get(end) for end in ("value", "low", "high")]
        value, low, high = ("" if end is None else f"{end:.2f}".replace("-0.00", "0.00") for end in ends)
        said.append(f"{value} ({low} to {high})" if value and low else value or "undefined")
    return said


def _data(case: CaseSite) -> _Row:
    summary, evidence = case.results.summary, case.evidence
    return {
        "held": bool(summary) and case.results.case != ACROSS,
        "activities": [
            row | {"said": evidence.titles[row["activity"]], "href": evidence.transcript(row["activity"])}
            for row in summary.get("activities") or ()
        ],
        "problems": said_once(Problem(**problem) for problem in summary.get("problems") or ()),
        "tables": [
            {"name": name, "n": len(table), "meaning": published_table(name).meaning, "kept": name in case.kept}
            for name, table in case.results.tables.items()
        ],
    }


def _transcript(case: CaseSite, activity: str, turns: list[_Row], labels: _Labels) -> _Row:
    """Every turn at its place, with the codes that people or the machine gave it."""
    facts = [row for row in case.results.summary.get("activities") or () if row["activity"] == activity]
    rows = [
        turn
        | {"anchor": anchor("t", turn["turn"]), "time": _clock(turn["start_s"])}
        | {"codes": labels.get((activity, turn["turn"]), [])}
        for turn in turns
    ]
    return {
        **frame(case, case.evidence.titles.get(activity, activity), up="../"),
        "facts": next(iter(facts), {}),
        "turns": rows,
        "coding_note": "" if any(row["codes"] for row in rows) else "No turn of it is coded.",
    }


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def _labels(results: Results) -> _Labels:
    """Code labels by turn with whoever gave each, and how it was settled; suggestions that nobody decided on stand apart."""
    names, suggestions = results.summary.get("codes") or {}, results.table("suggestions")
    by_people = results.table("coder_codings" if "coder_codings" in results.tables else "codings")
    by_machine = suggestions[suggestions["status"] == "open"].assign(coder="suggested")
    settled = {(row["activity"], row["turn"], row["code"]): row for row in records(results.table("disagreements"))}
    given: dict[tuple[str, str, str, bool], list[str]] = {}
    for suggested, table in ((False, by_people), (True, by_machine)):
        for row in records(table):
            given.setdefault((row["activity"], row["turn"], row["code"], suggested), []).append(row["coder"])
    found: _Labels = {}
    for (activity, turn, code, suggested), coders in given.items():
        how = "" if suggested else _settled(settled.get((activity, turn, code)))
        label = {"name": names.get(code, code), "by": ", ".join(dict.fromkeys(coders)) + how, "suggested": suggested}
        found.setdefault((activity, turn), []).append(label)
    return found


def _settled(row: _Row | None) -> str:
    """How a code came to count, or not, where coders differ."""
    if row is None:
        return ""
    if row["state"] == "open":
        return f"; {row['not_given_by']} not: open"
    return "; decided" if row["present"] else "; decided against"
