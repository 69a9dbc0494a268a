"""Where a claim's evidence stands: turns in transcript pages, ties and rows in table pages; all links are stable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.runs.pages import anchor, href, known, num
from nicmethods.runs.results import published_table

if TYPE_CHECKING:
    from nicmethods.runs.results import Results

__all__ = ["table_values", "tie_links", "transcript_values", "turn_links", "turn_quotes"]

_MOST_ROWS = 5000
_MOST_CHARACTERS = 320


def table_values(name: str, table: pd.DataFrame) -> dict[str, Any]:
    """Give a table page its head, its rows as text and an anchor for every row."""
    declared = published_table(name)
    columns = {column.name: column for column in declared.columns}
    head = [
        {
            "label": label,
            "meaning": columns[label].meaning if label in columns else "",
            "unit": columns[label].unit if label in columns else "",
            "number": pd.api.types.is_numeric_dtype(table[label]) and not pd.api.types.is_bool_dtype(table[label]),
        }
        for label in table.columns
    ]
    shown = table.head(_MOST_ROWS)
    texts = [_texts(shown[label]) for label in shown.columns]
    rows = list(zip(*texts, strict=True))
    return {"head": head, "rows": rows, "anchors": row_anchors(name, shown), "n_rows": len(table), "meaning": declared.meaning}


def row_anchors(name: str, table: pd.DataFrame) -> list[str]:
    """Anchors of a table's rows: by its key, or by number where it has none; of changed ties as propositions name them."""
    key = list(published_table(name).key)
    if name == "dyad_change":
        key = ["from_wave", "to_wave", "source", "target"]
    if not key:
        return [f"row-{number}" for number in range(1, len(table) + 1)]
    anchors = [anchor("row", *values) for values in table[key].astype("str").itertuples(index=False)]
    first = ~pd.Series(anchors, dtype="str").duplicated()
    return [text if is_first else f"{text}-{number}" for number, (text, is_first) in enumerate(zip(anchors, first, strict=True))]


def turn_links(ids: Any, results: Results) -> list[tuple[str, str]]:
    """Turn ``activity/turn;…`` into labels and addresses; an empty address where the turn was not published."""
    there = _published_turns(results)
    return [(f"{activity}, turn {turn}", _turn_href(activity, turn) if (activity, turn) in there else "") for activity, turn in _pairs(ids)]


def turn_quotes(ids: Any, results: Results) -> list[dict[str, str]]:
    """Quote the turns among these ids that were published, in the order given."""
    there = _published_turns(results)
    return [
        {
            "text": _shortened(there[pair]["text"]),
            "actor": there[pair]["actor"] if known(there[pair]["actor"]) else "",
            "label": f"{pair[0]}, turn {pair[1]}",
            "href": _turn_href(*pair),
        }
        for pair in _pairs(ids)
        if pair in there and known(there[pair]["text"])
    ]


def tie_links(ids: Any, results: Results) -> list[tuple[str, str]]:
    """Turn ``from_wave/to_wave/source/target;…`` into labels and addresses in the table of changed ties."""
    there = set(row_anchors("dyad_change", results.tables["dyad_change"].head(_MOST_ROWS))) if "dyad_change" in results.tables else set()
    links = []
    for parts in (text.split("/") for text in _split(ids)):
        place = anchor("row", *parts)
        label = f"{parts[2]} → {parts[3]}, {parts[0]} to {parts[1]}" if len(parts) == 4 else "/".join(parts)
        links.append((label, f"{href('tables', 'dyad_change.html')}#{place}" if place in there else ""))
    return links


def transcript_values(results: Results) -> dict[str, dict[str, Any]]:
    """Give each activity's transcript page its turns, each with the codes that people or the machine gave it."""
    if "turns" not in results.tables:
        return {}
    known_activities = {row["activity"]: row for row in results.summary.get("activities") or ()}
    labels, pages = _labels(results), {}
    for activity, turns in results.tables["turns"].groupby("activity", sort=False):
        facts = known_activities.get(activity, {})
        rows = [_turn_row(turn, labels) for turn in turns.sort_values("position").to_dict("records")]
        pages[str(activity)] = {
            "title": str(facts.get("title") or activity),
            "date": facts.get("date") or "",
            "kind": facts.get("kind") or "",
            "turns": rows,
            "coding_note": "" if any(row["codes"] for row in rows) else "No turn of it is coded.",
        }
    return pages


def _turn_row(turn: dict[str, Any], labels: dict[tuple[str, str], list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "turn": turn["turn"],
        "anchor": anchor("t", turn["turn"]),
        "actor": turn["actor"] if known(turn["actor"]) else "",
        "time": _clock(turn["start_s"]),
        "text": turn["text"] if known(turn["text"]) else "",
        "codes": labels.get((turn["activity"], turn["turn"]), []),
    }


def _labels(results: Results) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Code labels by turn: who gave each code; suggestions that nobody decided on stand apart."""
    names = results.summary.get("codes") or {}
    given: dict[tuple[str, str], dict[tuple[str, bool], list[str]]] = {}
    for table, column in (("codings", "coder"), ("suggestions", "layer")):
        found = results.tables.get(table, pd.DataFrame())
        if table == "suggestions" and len(found):
            found = found[found["status"] == "open"]
        for row in found.to_dict("records"):
            by = given.setdefault((row["activity"], row["turn"]), {})
            by.setdefault((row["code"], table == "suggestions"), []).append(row[column])
    return {
        turn: [
            {"name": names.get(code, code), "by": "suggested" if machine else ", ".join(dict.fromkeys(by)), "suggested": machine}
            for (code, machine), by in codes.items()
        ]
        for turn, codes in given.items()
    }


def _published_turns(results: Results) -> dict[tuple[str, str], dict[str, Any]]:
    turns = results.tables.get("turns")
    return {} if turns is None else {(row["activity"], row["turn"]): row for row in turns.to_dict("records")}


def _turn_href(activity: str, turn: str) -> str:
    return f"{href('transcripts', f'{anchor(activity)}.html')}#{anchor('t', turn)}"


def _split(ids: Any) -> list[str]:
    return [part.strip() for part in str(ids).split(";") if part.strip()] if known(ids) else []


def _pairs(ids: Any) -> list[tuple[str, str]]:
    return [(activity, turn) for activity, _, turn in (text.rpartition("/") for text in _split(ids))]


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS].rsplit(' ', 1)[0]} …"


def _clock(seconds: Any) -> str:
    if not known(seconds):
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"


def _texts(column: pd.Series) -> list[str]:
    if pd.api.types.is_bool_dtype(column):
        return ["–" if pd.isna(value) else "yes" if value else "no" for value in column]
    if pd.api.types.is_numeric_dtype(column):
        return [num(None if pd.isna(value) else value) for value in column.astype("object")]
    if pd.api.types.is_datetime64_any_dtype(column):
        return ["" if pd.isna(value) else value.isoformat()[:10] for value in column]
    return ["" if pd.isna(value) else str(value) for value in column]
