"""Where a claim's evidence stands: turns in transcript pages, ties and rows in table pages; all links are stable."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.results import published_table
from nicmethods.site.pages import MEANINGS, anchor, explained, href, num, words
from nicmethods.site.said import heading, in_words
from nicmethods.tables import records

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.results import Results

__all__ = ["Evidence", "Link", "pair_place", "row_address", "table_values"]

Link = tuple[str, str]
"""Label and address; an empty address where there is nothing to lead to."""

_MOST_ROWS = 5000
_MOST_STORIES = 3000
_MOST_CHARACTERS = 320
_LABEL = re.compile(r"(<(?:td|th)[^>]*>)([a-z]+(?:_[a-z]+)+)(</t[dh]>)")
_HEAD = re.compile(r"(<th[^>]*>)([^<>]+)</th>")
_PLACE = re.compile(r"(<td[^>]*>)([^<>]+/[^<>]+)</td>")
_PAIR = re.compile(r"(<td[^>]*>)([^<>\s]+) – ([^<>\s]+)</td>")
_VERBATIM = ("text", "quote", "title", "question")
"""Columns that hold what people said or wrote."""
_TURN_COLUMNS = ("turn", "request_turn", "response_turn", "reply_to")


class Evidence:
    """What of one case was published, by the ids that claims rest on.

    Parameters
    ----------
    results
        What the case's run left. Addresses are seen from the case's folder.
    """

    def __init__(self, results: Results) -> None:
        self._results, self._tables = results, results.tables
        self._anchors: dict[str, list[str]] = {}
        self.titles: dict[str, str] = {
            row["activity"]: str(row.get("title") or row["activity"]) for row in results.summary.get("activities") or ()
        }
        """What activities are called."""

    @cached_property
    def turns(self) -> dict[str, dict[str, Any]]:
        """Published turns by ``activity/turn``."""
        return {f"{row['activity']}/{row['turn']}": row for row in records(self._results.table("turns"))}

    @cached_property
    def told(self) -> frozenset[str]:
        """Activities that have a transcript page."""
        return frozenset(row["activity"] for row in self.turns.values())

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """Pairs between whom a tie was reported or an event coded, those with events in an interval first; none without ``places``."""
        if not {"ties", "places"} <= set(self._tables):
            return []
        ties, dyads, events = (self._results.table(name) for name in ("ties", "dyads", "events"))
        with_tie = ties[(ties["weight"] > 0) & (ties["source"] != ties["target"])]
        found = (
            dyads.loc[dyads["events"].notna(), ["a", "b"]],
            events[["seeker", "helper"]].dropna(),
            with_tie[["source", "target"]],
        )
        each = chain.from_iterable(table.itertuples(index=False, name=None) for table in found)
        return list(dict.fromkeys((min(pair), max(pair)) for pair in each))

    @cached_property
    def stories(self) -> dict[tuple[str, str], None]:
        """Pairs whose story can be read, by id; of very many, those with events and the first others."""
        return dict.fromkeys(sorted(self.pairs[:_MOST_STORIES]))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids that are shown as they are, even if they look like labels."""
        columns = [
            table[name] for table in self._tables.values() for name in ("actor", "coder", "activity") if name in table
        ]
        return frozenset(chain.from_iterable(column.dropna().unique() for column in columns))

    def transcript(self, activity: str) -> str:
        """Address of an activity's transcript; empty where there is none."""
        return href("transcripts", f"{anchor(activity)}.html") if activity in self.told else ""

    def place(self, name: str) -> str:
        """Address of a turn, of an event (``activity/turn/number``) at its turn, of a tie or pair at its story; empty without one."""
        for turn in (name, name.rpartition("/")[0]):
            if turn in self.turns:
                activity, _, number = turn.rpartition("/")
                return f"{self.transcript(activity)}#{anchor('t', number)}"
        *waves, a, b = ["", "", *name.split("/")]
        pair = (min(a, b), max(a, b))
        return pair_place(*pair) if any(waves) and pair in self.stories else ""

    def id_links(self, ids: object) -> list[Link]:
        """Lead from ids of turns and of events to turns, of ties and pairs to their story."""
        return [(part, self.place(part)) for part in _split(ids)]

    def turn_links(self, ids: object) -> list[Link]:
        """Lead from ``activity/turn;…`` to the turns."""
        return [(self._label(turn), self.place(turn) if turn in self.turns else "") for turn in _split(ids)]

    def turn_quotes(self, ids: object) -> list[dict[str, str]]:
        """Quote the turns among ``activity/turn;…`` that were published, in the order given."""
        return [
            {
                "text": _shortened(said["text"]),
                "actor": said["actor"],
                "label": self._label(turn),
                "href": self.place(turn),
            }
            for turn in _split(ids)
            if (said := self.turns.get(turn)) and said["text"]
        ]

    def _label(self, name: str) -> str:
        activity, _, turn = name.rpartition("/")
        return f"{self.titles.get(activity, activity)}, turn {turn}"

    def tie_links(self, ids: object) -> list[Link]:
        """Lead from ``from_wave/to_wave/source/target;…``, the question before it where there are several, to changed ties."""
        return [self._tie_link(text.split("/")) for text in _split(ids)]

    def _tie_link(self, parts: list[str]) -> Link:
        if len(parts) not in (4, 5):
            return "/".join(parts), ""
        place, (*about, start, end, source, target) = anchor("row", *parts), parts
        address = row_address("dyad_change", *parts) if place in self.anchors("dyad_change") else ""
        return f"{source} → {target}, {start} to {end}" + "".join(f", {one}" for one in about), address

    def row_links(self, name: object, row: object) -> list[Link]:
        """Lead from a table and a row of its csv file (the header is row 1) to that row."""
        anchors, place = self.anchors(str(name)) if name in self._tables else [], str(row)
        if not place.isdecimal() or not 0 <= int(place) - 2 < len(anchors):
            return []
        return [(place, f"{href('tables', f'{name}.html')}#{anchors[int(place) - 2]}")]

    def anchors(self, name: str) -> list[str]:
        """Anchors of a table's rows: by key (of changed ties as propositions name them), else by row of the csv file (header: 1)."""
        if name not in self._anchors:
            table = self._results.table(name)
            key = [column for column in published_table(name).key if column in table]
            if name == "dyad_change":
                key = ["relation"] * (len(set(table["relation"])) > 1) + ["from_wave", "to_wave", "source", "target"]
            table = table.head(_MOST_ROWS)
            found = [f"row-{number}" for number in range(2, len(table) + 2)]
            if key:
                found = [anchor("row", *values) for values in table[key].astype("str").itertuples(index=False)]
            twice = pd.Series(found, dtype="str").duplicated()
            self._anchors[name] = [f"{text}-{n}" if twice[n] else text for n, text in enumerate(found)]
        return self._anchors[name]

    def link_cells(self, html: str, *, up: str) -> str:
        """Make table cells readable: words for labels, links for ids of turns and events and for pairs with a story."""

        def linked(cell: re.Match[str]) -> str:
            links = self.id_links(cell[2])
            if not all(place for _, place in links):
                return cell[0]
            shown = "; ".join(f'<a href="{up}{place}">{part}</a>' for part, place in links)
            return f"{cell[1]}{shown}</td>"

        def paired(cell: re.Match[str]) -> str:
            _, start, a, b = cell.group(0, 1, 2, 3)
            return f'{start}<a href="{up}{pair_place(a, b)}">{a} – {b}</a></td>' if (a, b) in self.stories else cell[0]

        said = _LABEL.sub(lambda cell: cell[0] if cell[2] in self.ids else f"{cell[1]}{words(cell[2])}{cell[3]}", html)
        said = _HEAD.sub(lambda cell: f"{cell[1]}{explained(cell[2])}</th>" if cell[2] in MEANINGS else cell[0], said)
        return _PAIR.sub(paired, _PLACE.sub(linked, said) if self.turns or self.stories else said)


def pair_place(a: str, b: str) -> str:
    """Address of a pair's story."""
    return f"network.html#{anchor('pair', a, b)}"


def row_address(name: str, *key: object) -> str:
    """Address of a row in its table page."""
    return f"{href('tables', f'{name}.html')}#{anchor('row', *key)}"


def table_values(name: str, table: pd.DataFrame, evidence: Evidence) -> dict[str, Any]:
    """Give a table page its head, its rows as text or links, and an anchor for every row."""
    declared, shown = published_table(name), table.head(_MOST_ROWS)
    columns = {column.name: column for column in declared.columns}
    head = [
        {
            "label": heading(label),
            "name": label,
            "declared": columns.get(label),
            "number": pd.api.types.is_numeric_dtype(table[label]) and not pd.api.types.is_bool_dtype(table[label]),
        }
        for label in table.columns
    ]
    rows = records(shown)
    cells = (
        _cells(shown[label], rows, evidence, said=label in columns and bool(columns[label].among)) for label in shown
    )
    return {
        "head": head,
        "rows": list(zip(*cells, strict=True)),
        "anchors": evidence.anchors(name),
        "n_rows": len(table),
        "meaning": declared.meaning,
    }


def _cells(column: pd.Series, rows: list[dict[str, Any]], evidence: Evidence, *, said: bool) -> list[str | list[Link]]:
    """Cells of a column, seen from ``tables/``: text, in words if `said`, or links where they name turns or ties."""
    label = str(column.name)
    blank = "–" if pd.api.types.is_numeric_dtype(column) else ""

    def text(value: Any) -> str:
        if value is None:
            return blank
        if said:
            return words(value)
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, pd.Timestamp):
            return value.isoformat()[:10]
        if not isinstance(value, str):
            return num(value)
        return in_words(value, evidence.ids) if "_" in value and label not in _VERBATIM else value

    texts = [text(row[label]) for row in rows]
    links = [_links(label, row, evidence) for row in rows]
    return [
        [(part, place and f"../{place}") for part, place in found] or said_so
        for found, said_so in zip(links, texts, strict=True)
    ]


def _links(label: str, row: Mapping[str, Any], evidence: Evidence) -> list[Link]:
    value = row[label]
    if value is None:
        return []
    if label in _TURN_COLUMNS and "activity" in row:
        turn = f"{row['activity']}/{value}"
        return [(value, evidence.place(turn))] if turn in evidence.turns else []
    if label in ("turns", "event", "events"):
        return evidence.id_links(value)
    if label == "ties":
        return evidence.tie_links(value)
    if label == "verdict" and {"a", "b"} <= row.keys():
        pair = (row["a"], row["b"])
        return [(words(value), pair_place(*pair))] if pair in evidence.stories else []
    return evidence.row_links(row["table"], value) if label == "row" and "table" in row else []


def _split(ids: object) -> list[str]:
    return [part.strip() for part in str(ids or "").split(";") if part.strip()]


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS].rsplit(' ', 1)[0]} […]"
