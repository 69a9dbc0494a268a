"""Pages that show the talk: every turn at its place, with the codes that people or the machine gave it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.site.pages import anchor, known, records

if TYPE_CHECKING:
    from nicmethods.results import Results

__all__ = ["transcript_values"]

_Labels = dict[tuple[str, str], list[dict[str, Any]]]


def transcript_values(results: Results) -> dict[str, dict[str, Any]]:
    """Give each activity's transcript page its turns in order.

    Parameters
    ----------
    results
        What the case's run left; without the table ``turns`` there are no pages.

    Returns
    -------
    dict
        What each page shows, by activity.
    """
    if "turns" not in results.tables:
        return {}
    activities = {row["activity"]: row for row in results.summary.get("activities") or ()}
    labels, pages = _labels(results), {}
    for activity, turns in results.tables["turns"].groupby("activity", sort=False):
        facts = activities.get(activity, {})
        rows = [_turn(turn, labels) for turn in records(turns.sort_values("position"))]
        pages[str(activity)] = {
            "title": str(facts.get("title") or activity),
            "date": facts.get("date") or "",
            "kind": facts.get("kind") or "",
            "turns": rows,
            "coding_note": "" if any(row["codes"] for row in rows) else "No turn of it is coded.",
        }
    return pages


def _turn(turn: dict[str, Any], labels: _Labels) -> dict[str, Any]:
    return {
        "turn": turn["turn"],
        "anchor": anchor("t", turn["turn"]),
        "actor": turn["actor"] if known(turn["actor"]) else "",
        "time": _clock(turn["start_s"]),
        "text": turn["text"] if known(turn["text"]) else "",
        "codes": labels.get((turn["activity"], turn["turn"]), []),
    }


def _labels(results: Results) -> _Labels:
    """Code labels by turn with whoever gave each, and how it was settled; suggestions that nobody decided on stand apart."""
    names = results.summary.get("codes") or {}
    tables = results.tables
    by_people = tables.get("coder_codings", tables.get("codings", pd.DataFrame())).assign(suggested=False)
    by_machine = tables.get("suggestions", pd.DataFrame(columns=["status"]))
    by_machine = by_machine[by_machine["status"] == "open"].assign(suggested=True, coder="suggested")
    settled = {
        (row["activity"], row["turn"], row["code"]): row for row in records(tables.get("disagreements", pd.DataFrame()))
    }
    given: dict[tuple[str, str], dict[tuple[str, bool], list[str]]] = {}
    for row in [*records(by_people), *records(by_machine)]:
        codes = given.setdefault((row["activity"], row["turn"]), {})
        codes.setdefault((row["code"], row["suggested"]), []).append(row["coder"])
    return {
        turn: [
            {
                "name": names.get(code, code),
                "by": ", ".join(dict.fromkeys(coders)) + ("" if suggested else _settled(settled.get((*turn, code)))),
                "suggested": suggested,
            }
            for (code, suggested), coders in codes.items()
        ]
        for turn, codes in given.items()
    }


def _settled(row: dict[str, Any] | None) -> str:
    """How a code came to count, or not, where coders differ."""
    if row is None:
        return ""
    if row["state"] == "open":
        return f"; {row['not_given_by']} not: open"
    return "; decided" if row["present"] else "; decided against"


def _clock(seconds: object) -> str:
    if not isinstance(seconds, (int, float)) or not known(seconds):
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
