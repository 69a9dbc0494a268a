"""Where a claim's evidence stands: turns in transcript pages, ties and rows in table pages; all links are stable."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.results import published_table
from nicmethods.site.glossary import MEANINGS, explained
from nicmethods.site.pages import anchor, href, known, num, records, words
from nicmethods.site.said import heading, in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.results import Results

__all__ = [
    "Evidence",
    "Link",
    "n_pairs_left_out",
    "pair_anchor",
    "pair_place",
    "pairs_with_story",
    "row_address",
    "table_values",
    "turn_place",
]

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
        self._tables = results.tables
        self._anchors: dict[str, list[str]] = {}
        self._titles = {row["activity"]: row.get("title") for row in results.summary.get("activities") or ()}

    @cached_property
    def turns(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Published turns by activity and turn."""
        turns = self._tables.get("turns")
        return {} if turns is None else {(row["activity"], row["turn"]): row for row in records(turns)}

    @cached_property
    def stories(self) -> frozenset[tuple[str, str]]:
        """Pairs whose story can be read."""
        return frozenset(pairs_with_story(self._tables))

    @cached_property
    def ids(self) -> frozenset[str]:
        """Ids that are shown as they are, even if they look like labels."""
        columns = [
            table[name] for table in self._tables.values() for name in ("actor", "coder", "activity") if name in table
        ]
        return frozenset(chain.from_iterable(column.dropna().unique() for column in columns))

    @cached_property
    def _ties(self) -> frozenset[str]:
        return frozenset(self._rows("dyad_change") if "dyad_change" in self._tables else ())

    def turn_links(self, ids: object) -> list[Link]:
        """Lead from ``activity/turn;…`` to the turns."""
        return [
            (self._label(pair), turn_place(*pair) if pair in self.turns else "") for pair in map(_pair, _split(ids))
        ]

    def turn_quotes(self, ids: object) -> list[dict[str, str]]:
        """Quote the turns among ``activity/turn;…`` that were published, in the order given."""
        pairs = [pair for pair in map(_pair, _split(ids)) if pair in self.turns and known(self.turns[pair]["text"])]
        return [
            {
                "text": _shortened(self.turns[pair]["text"]),
                "actor": self.turns[pair]["actor"] if known(self.turns[pair]["actor"]) else "",
                "label": self._label(pair),
                "href": turn_place(*pair),
            }
            for pair in pairs
        ]

    def tie_links(self, ids: object) -> list[Link]:
        """Lead from ``from_wave/to_wave/source/target;…``, the question before it where there are several, to changed ties."""
        return [self._tie_link(text.split("/")) for text in _split(ids)]

    def row_links(self, name: object, row: object) -> list[Link]:
        """Lead from a table and a row of its csv file (the header is row 1) to that row."""
        if name not in self._tables or not str(row).isdecimal():
            return []
        anchors, place = self._rows(str(name)), int(str(row)) - 2
        return [(str(row), f"{href('tables', f'{name}.html')}#{anchors[place]}")] if 0 <= place < len(anchors) else []

    def _rows(self, name: str) -> list[str]:
        if name not in self._anchors:
            self._anchors[name] = _anchors(name, self._tables[name])
        return self._anchors[name]

    def id_links(self, ids: object) -> list[Link]:
        """Lead from ids of turns and of events (``activity/turn/number``) to turns, of ties and pairs to their story."""
        return [(part, self._place_of(part)) for part in _split(ids)]

    def link_cells(self, html: str, *, up: str) -> str:
        """Make table cells readable: words for labels, links for ids of turns and events and for pairs with a story."""
        said = _LABEL.sub(lambda cell: cell[0] if cell[2] in self.ids else f"{cell[1]}{words(cell[2])}{cell[3]}", html)
        said = _HEAD.sub(lambda cell: f"{cell[1]}{explained(cell[2])}</th>" if cell[2] in MEANINGS else cell[0], said)
        linked = _PLACE.sub(lambda cell: self._linked_cell(cell, up), said) if self.turns or self.stories else said
        return _PAIR.sub(lambda cell: self._linked_pair(cell, up), linked)

    def _linked_pair(self, cell: re.Match[str], up: str) -> str:
        a, b = cell[2], cell[3]
        return f'{cell[1]}<a href="{up}{pair_place(a, b)}">{a} – {b}</a></td>' if (a, b) in self.stories else cell[0]

    def _linked_cell(self, cell: re.Match[str], up: str) -> str:
        links = self.id_links(cell[2])
        if not all(place for _, place in links):
            return cell[0]
        shown = "; ".join(f'<a href="{up}{place}">{part}</a>' for part, place in links)
        return f"{cell[1]}{shown}</td>"

    def _place_of(self, part: str) -> str:
        found = [pair for pair in (_pair(part), _pair(part.rpartition("/")[0])) if pair in self.turns]
        if found:
            return turn_place(*found[0])
        *waves, a, b = ["", "", *part.split("/")]
        pair = (min(a, b), max(a, b))
        return pair_place(*pair) if any(waves) and pair in self.stories else ""

    def _label(self, pair: tuple[str, str]) -> str:
        return f"{self._titles.get(pair[0]) or pair[0]}, turn {pair[1]}"

    def _tie_link(self, parts: list[str]) -> Link:
        if len(parts) not in (4, 5):
            return "/".join(parts), ""
        place, (*about, start, end, source, target) = anchor("row", *parts), parts
        address = f"{href('tables', 'dyad_change.html')}#{place}" if place in self._ties else ""
        return f"{source} → {target}, {start} to {end}" + "".join(f", {one}" for one in about), address


def turn_place(activity: str, turn: str) -> str:
    """Address of a turn in its transcript page."""
    return f"{href('transcripts', f'{anchor(activity)}.html')}#{anchor('t', turn)}"


def pair_place(a: str, b: str) -> str:
    """Address of a pair's story."""
    return f"network.html#{pair_anchor(a, b)}"


def pair_anchor(a: str, b: str) -> str:
    """Anchor of a pair's story on the page of the network."""
    return anchor("pair", a, b)


def pairs_with_story(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """List the pairs between whom a tie was reported or an event coded; of very many, those with events and the first others.

    Parameters
    ----------
    tables
        Tables that a case's run left; without ``ties`` and ``places`` there are no stories.
    """
    return sorted(_telling_pairs(tables)[:_MOST_STORIES])


def n_pairs_left_out(tables: Mapping[str, pd.DataFrame]) -> int:
    """Count the pairs that a very large network has beyond those with a story."""
    return max(0, len(_telling_pairs(tables)) - _MOST_STORIES)


def _telling_pairs(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str]]:
    if not {"ties", "places"} <= set(tables):
        return []
    ties, dyads = tables["ties"], tables.get("dyads", pd.DataFrame(columns=["a", "b", "events"]))
    with_events = dyads.loc[dyads["events"].notna(), ["a", "b"]].itertuples(index=False, name=None)
    events = tables.get("events", pd.DataFrame(columns=["seeker", "helper"]))[["seeker", "helper"]].dropna()
    with_tie = ties.loc[(ties["weight"] > 0) & (ties["source"] != ties["target"]), ["source", "target"]]
    reported = chain(events.itertuples(index=False, name=None), with_tie.itertuples(index=False, name=None))
    return list(dict.fromkeys([*with_events, *((min(pair), max(pair)) for pair in reported)]))


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
            "meaning": columns[label].meaning if label in columns else "",
            "unit": columns[label].unit if label in columns else "",
            "number": pd.api.types.is_numeric_dtype(table[label]) and not pd.api.types.is_bool_dtype(table[label]),
        }
        for label in table.columns
    ]
    listed = {label for label, column in columns.items() if column.among}
    cells = (_cells(shown, label, evidence, said=label in listed) for label in shown.columns)
    rows = list(zip(*cells, strict=True))
    return {
        "head": head,
        "rows": rows,
        "anchors": _anchors(name, table),
        "n_rows": len(table),
        "meaning": declared.meaning,
    }


def _cells(table: pd.DataFrame, label: str, evidence: Evidence, *, said: bool) -> list[str | list[Link]]:
    """Cells of a column, seen from ``tables/``: text, in words if `said`, or links where they name turns or ties."""
    links: list[list[Link]] = [[] for _ in range(len(table))]
    if label in _TURN_COLUMNS and "activity" in table.columns:
        pairs = zip(table["activity"], table[label], strict=True)
        links = [[(pair[1], turn_place(*pair))] if pair in evidence.turns else [] for pair in pairs]
    elif label in ("turns", "event", "events"):
        links = [evidence.id_links(ids) for ids in table[label]]
    elif label == "ties":
        links = [evidence.tie_links(ids) for ids in table[label]]
    elif label == "verdict" and {"a", "b"} <= set(table.columns):
        pairs = zip(table["a"], table["b"], strict=True)
        links = [
            [(words(verdict), pair_place(*pair))] if pair in evidence.stories else []
            for pair, verdict in zip(pairs, table[label], strict=True)
        ]
    elif label == "row" and "table" in table.columns:
        links = [evidence.row_links(name, row) for name, row in zip(table["table"], table["row"], strict=True)]
    up = [[(text, place and f"../{place}") for text, place in cell] for cell in links]
    texts = _texts(table[label], said=said)
    if not said and label not in _VERBATIM:
        texts = [in_words(text, evidence.ids) if "_" in text else text for text in texts]
    return [cell or text for cell, text in zip(up, texts, strict=True)]


def _anchors(name: str, table: pd.DataFrame) -> list[str]:
    """Anchors of rows: by key (of changed ties as propositions name them), else by row of the csv file (header: 1)."""
    key = [column for column in published_table(name).key if column in table]
    if name == "dyad_change":
        key = ["relation"] * (len(table["relation"].unique()) > 1) + ["from_wave", "to_wave", "source", "target"]
    shown = table.head(_MOST_ROWS)
    if not key:
        return [f"row-{number}" for number in range(2, len(shown) + 2)]
    anchors = pd.Series(
        [anchor("row", *values) for values in shown[key].astype("str").itertuples(index=False)], dtype="str"
    )
    twice = anchors.duplicated()
    return [
        f"{text}-{number}" if again else text for number, (text, again) in enumerate(zip(anchors, twice, strict=True))
    ]


def _split(ids: object) -> list[str]:
    return [part.strip() for part in str(ids).split(";") if part.strip()] if known(ids) else []


def _pair(text: str) -> tuple[str, str]:
    activity, _, turn = text.rpartition("/")
    return activity, turn


def _shortened(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS].rsplit(' ', 1)[0]} […]"


def _texts(column: pd.Series, *, said: bool) -> list[str]:
    if said:
        return ["" if pd.isna(value) else words(value) for value in column]
    if pd.api.types.is_bool_dtype(column):
        return ["–" if pd.isna(value) else "yes" if value else "no" for value in column]
    if pd.api.types.is_numeric_dtype(column):
        return [num(None if pd.isna(value) else value) for value in column.astype("object")]
    if pd.api.types.is_datetime64_any_dtype(column):
        return ["" if pd.isna(value) else value.isoformat()[:10] for value in column]
    return ["" if pd.isna(value) else str(value) for value in column]
