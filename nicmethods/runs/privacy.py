"""Nobody is exposed: look for people's names in everything that a run would publish."""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
import zlib
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from nicmethods.case.names import Names, fold, names_of
from nicmethods.runs.results import ACROSS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path


__all__ = ["Finding", "scan", "scan_reports"]

Level = Literal["error", "warning"]

_BLOB = re.compile(r"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/=]{256,}")
_PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, order=True)
class Finding:
    """A name where none may be: the file, the place of its first occurrence in it, and how often it stands there."""

    level: Level
    file: str
    place: str
    name: str
    n: int

    def __str__(self) -> str:
        times = "" if self.n == 1 else f", {self.n} times"
        return f"{self.level:<8} {self.file} {self.place}: '{self.name}'{times}"


def scan(
    folder: Path, roster: pd.DataFrame, people: pd.DataFrame, *, allow: Collection[str] = (), inside: bool = True
) -> list[Finding]:
    """Look for names in all files of a folder: their text, their names, the metadata of their pictures.

    Parameters
    ----------
    folder
        ``reports/<case>``, or ``reports`` itself.
    roster, people
        Work tables of the case, or of all cases below one another.
    allow
        Names that may stand: ``privacy.allow`` of case.yml.
    inside
        Whether to look into folders inside it.

    Returns
    -------
    list of Finding
        ``error``: a full name, an alias, a given or family name. ``warning``: one that is also a common word. One
        finding a file and name, errors first.
    """
    names, allowed = names_of(roster, people), {fold(name) for name in allow}
    paths = (path for path in (folder.rglob("*") if inside else folder.glob("*")) if path.is_file())
    found: dict[tuple[Level, str, str], tuple[str, int]] = {}
    for path in sorted(path for path in paths if not path.name.startswith(".")):
        file = path.relative_to(folder).as_posix()
        for place, text in _texts(path, file):
            for name, level, start in _hits(text, names, allowed):
                first, n = found.get((level, file, name), (place or f"line {text.count(chr(10), 0, start) + 1}", 0))
                found[level, file, name] = (first, n + 1)
    return sorted(Finding(level, file, place, name, n) for (level, file, name), (place, n) in found.items())


def scan_reports(reports: Path, folders: Iterable[Path]) -> list[Finding]:
    """Look for the names of some cases in their own reports and on the pages that all cases share.

    Parameters
    ----------
    reports
        Folder of all reports.
    folders
        Case folders; one that cannot be read is passed over, as nothing of it but its problems is published.

    Returns
    -------
    list of Finding
        As from :func:`scan`, with files named from `reports`; names that any case allows may stand on shared pages.
    """
    from nicmethods.case.folder import read_case

    cases = [case for case, _ in map(read_case, folders) if case is not None]
    allows = [case.config.privacy.allow for case in cases]
    found = [
        replace(finding, file=f"{case.name}/{finding.file}")
        for case, allow in zip(cases, allows, strict=True)
        if (reports / case.name).is_dir()
        for finding in scan(reports / case.name, case.roster, case.people, allow=allow)
    ]
    if cases:
        roster, people = (pd.concat(tables) for tables in ([c.roster for c in cases], [c.people for c in cases]))
        allowed = {name for allow in allows for name in allow}
        found += scan(reports, roster, people, allow=allowed, inside=False)
        across = scan(reports / ACROSS, roster, people, allow=allowed) if (reports / ACROSS).is_dir() else []
        found += [replace(finding, file=f"{ACROSS}/{finding.file}") for finding in across]
    return sorted(found)


def _hits(text: str, names: Names, allowed: Collection[str]) -> Iterator[tuple[str, Level, int]]:
    for found in names.find(text, guesses=True):
        if fold(found.written) not in allowed:
            yield found.written, "warning" if found.kind == "word" else "error", found.start


def _texts(path: Path, file: str) -> Iterator[tuple[str, str]]:
    """All text of a file with the place of each piece; an empty place means: count lines."""
    yield "file name", file
    data = path.read_bytes()
    if path.suffix == ".png":
        yield from _picture_texts("metadata", data)
        return
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if path.suffix in (".ipynb", ".json"):
        yield from _json_texts(path.suffix, json.loads(text))
    elif path.suffix in (".html", ".svg"):
        yield from _page_texts(text)
    else:
        yield "", text


def _json_texts(suffix: str, value: Any) -> Iterator[tuple[str, str]]:
    if suffix == ".ipynb" and isinstance(value, dict):
        for number, cell in enumerate(value.get("cells", ()), start=1):
            yield from _strings(f"cell {number}", cell)
        value = {name: part for name, part in value.items() if name != "cells"}
    yield from _strings("metadata" if suffix == ".ipynb" else "text", value)


def _strings(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, _BLOB.sub(" ", value)
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield place, "".join(value)
        yield from (pair for item in value if not isinstance(item, str) for pair in _strings(place, item))
    elif isinstance(value, dict):
        yield place, "\n".join(map(str, value))
        for key, item in value.items():
            if key == "image/png":
                yield from _encoded(place, "".join(item))
            else:
                yield from _strings(place, item)


def _page_texts(text: str) -> Iterator[tuple[str, str]]:
    for match in _PICTURE.finditer(text):
        yield from _encoded("picture", match[1])
    page = _Page()
    page.feed(_BLOB.sub(" ", text))
    page.close()
    yield "", "".join(page.pieces)


class _Page(HTMLParser):
    """Collects what a page says and what its attributes hold, on the lines where it stands; no styles and scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._line = 1
        self._skipped = False

    def _add(self, text: str) -> None:
        if text.strip():
            line = self.getpos()[0]
            self.pieces.append("\n" * (line - self._line) + " " + text)
            self._line = max(line, self._line) + text.count("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped = tag in ("style", "script")
        for name, value in attrs:
            if name != "class":
                self._add(value or "")

    def handle_endtag(self, tag: str) -> None:
        self._skipped = False

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._add(data)


def _encoded(place: str, text: str) -> Iterator[tuple[str, str]]:
    try:
        yield from _picture_texts(f"{place}, picture's metadata", base64.b64decode(text))
    except (binascii.Error, struct.error):
        return


def _picture_texts(place: str, data: bytes) -> Iterator[tuple[str, str]]:
    """Text chunks of a PNG: tEXt, zTXt, iTXt, eXIf."""
    position = 8
    while position + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + size]
        if kind in (b"tEXt", b"iTXt", b"eXIf"):
            yield place, body.replace(b"\0", b" ").decode("utf-8", errors="replace")
        elif kind == b"zTXt":
            keyword, _, packed = body.partition(b"\0")
            yield place, f"{keyword.decode('latin-1')} {zlib.decompress(packed[1:]).decode('latin-1')}"
        position += 12 + size
