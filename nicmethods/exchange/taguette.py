"""Taguette projects (an SQLite database) read as REFI-QDA projects.

Documents are HTML, and a highlight counts the UTF-8 bytes of their text without tags. Each highlight repeats what it
stands on, so every position is checked against it.
"""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.errors import Problem
from nicmethods.exchange.refi import RefiProject, project_of, stable_guid
from nicmethods.files.databases import UNREADABLE, read_database

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["read_taguette"]

_TABLES = {
    "projects": ("id", "name"),
    "documents": ("id", "name", "project_id", "contents"),
    "tags": ("id", "project_id", "path", "description"),
    "highlights": ("id", "document_id", "start_offset", "end_offset", "snippet"),
    "highlight_tags": ("highlight_id", "tag_id"),
    "commands": ("id", "user_login", "payload"),
}
_LINES = frozenset("p div li ul ol br h1 h2 h3 h4 h5 h6 tr table blockquote pre hr section article dt dd".split())


def read_taguette(path: Path, name: str, *, project: str | None = None) -> tuple[RefiProject | None, list[Problem]]:
    """Read a Taguette project.

    Parameters
    ----------
    path
        The database (``taguette.sqlite3``, or a project exported as ``.sqlite3``); it is opened for reading alone.
    name
        How a person would name it, for problems.
    project
        Name of the project; may be left out where the database holds one.

    Returns
    -------
    tuple
        The project (None if it cannot be read), and the problems: highlights that are left out because they have no tag or
        their words are not at their place. A paragraph of a document is a line. The coder is who saved the highlight
        last. A tag ``help.request`` stands under the tag ``help`` where there is one.
    """
    try:
        tables, _ = read_database(path, _TABLES)
    except UNREADABLE as fault:
        message = (
            f"this is no Taguette database that can be read ({fault}). Close Taguette and export the project again."
        )
        return None, [Problem("error", name, None, "", "", message)]
    named = {row["id"]: str(row["name"]) for row in tables["projects"]}
    chosen = [key for key, title in named.items() if project in (None, title)]
    if len(chosen) != 1:
        message = f"which project is meant is not clear. The database holds: {', '.join(named.values()) or 'none'}."
        return None, [Problem("error", name, None, "project", project or "", message)]
    documents = {
        row["id"]: (row["name"], _Text(str(row["contents"])))
        for row in tables["documents"]
        if row["project_id"] == chosen[0]
    }
    tags = [row for row in tables["tags"] if row["project_id"] == chosen[0]]
    codings, problems = _codings(tables, documents, {row["id"] for row in tags}, name)
    ids = {row["path"]: row["id"] for row in tags}
    higher = {row["path"]: sorted((p for p in ids if row["path"].startswith(f"{p}.")), key=len) for row in tags}
    tree = [
        (row, next(iter(higher[row["path"]][-1:]), ""))
        for row in sorted(tags, key=lambda row: len(higher[row["path"]]))
    ]
    users = sorted({str(coding["who"]) for coding in codings})
    found = project_of(
        named[chosen[0]], "Taguette", counting="UTF-8 bytes", confidence=float("nan"), codings=codings,
        users=[{"guid": _guid("user", who), "name": who} for who in users],
        codes=[
            {"guid": _guid("tag", row["id"]), "name": row["path"].removeprefix(f"{above}."), "description": row["description"] or None,
             "is_codable": True, "parent": _guid("tag", ids[above]) if above else None}
            for row, above in tree
        ],
        sources=[{"guid": _guid("document", key), "name": title, "text": page.text} for key, (title, page) in documents.items()],
    )  # fmt: skip
    return found, problems


def _codings(
    tables: dict[str, list[dict[str, Any]]], documents: dict[int, tuple[str, _Text]], tags: set[int], name: str
) -> tuple[list[dict[str, object]], list[Problem]]:
    who = _coders(tables["commands"])
    given: dict[int, list[int]] = {}
    for row in tables["highlight_tags"]:
        if row["tag_id"] in tags:
            given.setdefault(row["highlight_id"], []).append(row["tag_id"])
    codings: list[dict[str, object]] = []
    n_bare = n_lost = 0
    for row in (row for row in tables["highlights"] if row["document_id"] in documents):
        span = documents[row["document_id"]][1].span(row["start_offset"], row["end_offset"], str(row["snippet"]))
        if row["id"] not in given:
            n_bare += 1
        elif span is None:
            n_lost += 1
        else:
            coder = who.get(row["id"], "unknown")
            place = {
                "selection": _guid("highlight", row["id"]), "source": _guid("document", row["document_id"]), "start": span[0],
                "end": span[1], "user": _guid("user", coder), "who": coder,
            }  # fmt: skip
            codings += [
                place | {"guid": _guid("coding", (row["id"], tag)), "code": _guid("tag", tag)}
                for tag in given[row["id"]]
            ]
    said = {
        "highlights have no tag and are left out.": n_bare,
        "highlights are left out: their words are not at their place.": n_lost,
    }
    return codings, [Problem("warning", name, None, "", str(n), f"{n} {what}") for what, n in said.items() if n]


def _coders(commands: Iterable[dict[str, Any]]) -> dict[int, str]:
    """Who saved each highlight last."""
    found: dict[int, str] = {}
    for row in sorted(commands, key=lambda row: row["id"]):
        try:
            payload = json.loads(row["payload"])
        except (TypeError, ValueError):
            continue
        if isinstance(payload, dict) and payload.get("type") == "highlight_add" and "highlight_id" in payload:
            found[payload["highlight_id"]] = str(row["user_login"])
    return found


class _Text(HTMLParser):
    """The text of an HTML document, a line for each paragraph, and where its UTF-8 bytes without tags have gone."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self._written: list[str] = []
        self._byte_of: list[int] = []
        self._n_bytes = 0
        self.feed(html.lstrip())
        self.close()
        self.text = "".join(self._written).rstrip("\n")
        self._starts = np.array(self._byte_of, dtype=np.int64)

    def span(self, start: object, end: object, snippet: str) -> tuple[int, int] | None:
        """Code points between two bytes; None where the words there are not those of the snippet."""
        if not isinstance(start, int) or not isinstance(end, int):
            return None
        first, last = np.searchsorted(self._starts, [start, end]).tolist()
        first += len(self.text[first:last]) - len(self.text[first:last].lstrip("\n"))
        words = "".join(_Text(snippet).text.split())
        return (first, last) if words and "".join(self.text[first:last].split()) == words else None

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin a line with a paragraph."""
        if tag in _LINES:
            self._end_line()

    def handle_endtag(self, tag: str) -> None:
        """End a line with a paragraph."""
        if tag in _LINES:
            self._end_line()

    def handle_data(self, data: str) -> None:
        """Keep text; blanks that begin a line are counted and left out."""
        for character in data:
            blank = character in " \n\r\t"
            if not blank or (self._written and self._written[-1] != "\n"):
                self._write(" " if blank else character)
            self._n_bytes += len(character.encode("utf-8", "surrogatepass"))

    def _end_line(self) -> None:
        if self._written and self._written[-1] != "\n":
            self._write("\n")

    def _write(self, character: str) -> None:
        self._written.append(character)
        self._byte_of.append(self._n_bytes)


def _guid(kind: str, key: object) -> str:
    return stable_guid("taguette", kind, str(key))
