"""What a published file says to a reader who looks closely: every text in it, in every way that it can be read."""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
import struct
import zipfile
import zlib
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from nicmethods.case.published import apart_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Piece", "is_closed", "read_pieces"]

Piece = tuple[str, list[str]]
"""A place in a file (empty: count the lines) and the ways to read what stands there, each the whole of it."""

_PACKAGE = Path(__file__).resolve().parents[1]
_MOST_UNPACKED = 50_000_000
_BLOB = re.compile(r"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/=]{256,}")
_DATA = re.compile(r"data:([\w/+.-]+)(?:;charset=[\w-]+)?;base64,([A-Za-z0-9+/=]+)")
_ESCAPED = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2}))")
_CUT = re.compile(r"[-\u2010\u00ad][ \t]*\r?\n\s*")
_SCRIPTS = (".js", ".css", ".map")
_PAGES = (".html", ".htm", ".svg", ".xml", ".xhtml")
_INLINE = frozenset(
    """a abbr b bdi bdo big cite code data del dfn em font i ins kbd mark q s samp small span strike strong sub sup time
    tspan tt u var wbr""".split()
)


def read_pieces(path: Path, file: str, may_matter: Callable[[str], bool]) -> Iterator[Piece]:
    """Read all text of a file: its name, its content, what pages and pictures hold beside what they show.

    Parameters
    ----------
    path
        The file.
    file
        Its name, as published.
    may_matter
        Says of a text whether it needs a closer look; of a page that does not, the text is not taken apart.

    Yields
    ------
    tuple
        See :data:`Piece`. Entities, JSON and URL escapes are resolved, tags taken away, words put together that a tag or a line
        break cuts in two. Scripts and styles as this package ships them hold nobody's data and are passed over.
    """
    yield "file name", [file, apart_words(unquote(file))]
    yield from _content(path.suffix.lower(), path.read_bytes(), may_matter)


def is_closed(path: Path) -> bool:
    """Say whether a file holds something that is neither text nor a picture or archive that is looked into."""
    data = path.read_bytes()
    is_text = b"\0" not in data or data[:2] in (b"\xff\xfe", b"\xfe\xff")
    return not (is_text or path.suffix.lower() == ".png" or zipfile.is_zipfile(path))


def _content(suffix: str, data: bytes, may_matter: Callable[[str], bool]) -> Iterator[Piece]:
    if suffix == ".png":
        yield from _picture("metadata", data)
        return
    if data[:4] == b"PK\3\4":
        yield from _archive(data, may_matter)
        return
    text = _decoded(data)
    if suffix in _SCRIPTS and text.strip() in _shipped():
        return
    if suffix in _PAGES:
        yield from _page(text, may_matter)
        return
    try:
        value = json.loads(text) if suffix in (".ipynb", ".json") else None
    except ValueError:
        value = None
    yield from [("", _ways(text))] if value is None else _document(suffix, value)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _ways(text: str) -> list[str]:
    """The ways to read a text that may hold markup or escapes."""
    ways = [text]
    if "<" in text or "&" in text:
        page = _Page(text)
        ways += [*page.ways, page.beside]
    ways += [unquote(text)] * ("%" in text)
    ways += [_unescaped(text)] * ("\\" in text)
    ways += [_CUT.sub("", text)] * (_CUT.search(text) is not None)
    return list(dict.fromkeys(ways))


def _unescaped(text: str) -> str:
    """Letters for what scripts write as an escape; a half of a pair stays as it is."""

    def letter(found: re.Match[str]) -> str:
        number = int(found[1] or found[2] or found[3], 16)
        return found[0] if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF else chr(number)

    return _ESCAPED.sub(letter, text)


def _document(suffix: str, value: Any) -> Iterator[Piece]:
    if suffix == ".ipynb" and isinstance(value, dict):
        for number, cell in enumerate(value.get("cells", ()), start=1):
            yield from _strings(f"cell {number}", cell)
        value = {name: part for name, part in value.items() if name != "cells"}
    yield from _strings("metadata" if suffix == ".ipynb" else "text", value)


def _strings(place: str, value: Any) -> Iterator[Piece]:
    if isinstance(value, str):
        yield from _encoded(place, value)
        yield place, _ways(_BLOB.sub(" ", value))
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield from _strings(place, "".join(value))
            yield place, ["\n".join(value)]
        else:
            yield from (piece for item in value for piece in _strings(place, item))
    elif isinstance(value, dict):
        yield place, ["\n".join(map(str, value))]
        for key, item in value.items():
            if key == "image/png":
                yield from _unpacked(place, "image/png", "".join(item))
            else:
                yield from _strings(place, item)


def _page(text: str, may_matter: Callable[[str], bool]) -> Iterator[Piece]:
    yield from _encoded("picture", text)
    bare = _BLOB.sub(" ", text)
    for own in _shipped():
        if len(own) < len(bare):
            bare = bare.replace(own, "\n" * own.count("\n"))
    rough = _unescaped(unquote(html.unescape(bare)))
    if may_matter(rough) or may_matter(re.sub(r"<[^<>]*>", "", rough)):
        page = _Page(bare)
        yield "", page.ways
        yield "", [page.beside]


class _Page(HTMLParser):
    """Collects what a page says, and beside it what its tags and comments hold, on the lines where it stands; no styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._apart, self._together, self._beside = _Lines(), _Lines(), _Lines()
        self._inside = ""
        self._after_inline = self._is_glued = False
        self.feed(text)
        self.close()

    @property
    def ways(self) -> list[str]:
        """The text with a blank for each tag, and, where it differs, with none for tags that part no words on a screen."""
        return [str(self._apart), *[str(self._together)] * self._is_glued]

    @property
    def beside(self) -> str:
        """Values of attributes, comments and declarations."""
        return str(self._beside)

    def _aside(self, data: str) -> None:
        self._beside.add(f" {data}", self.getpos()[0])

    handle_comment = handle_decl = handle_pi = unknown_decl = _aside  # type: ignore[assignment]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name != "class" and value:
                self._aside(unquote(value))
        self._inside, self._after_inline = tag, tag in _INLINE

    def handle_endtag(self, tag: str) -> None:
        self._inside, self._after_inline = "", tag in _INLINE

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            return
        line = self.getpos()[0]
        text = _unescaped(data) if self._inside == "script" else data
        self._is_glued |= self._after_inline and self._together.end.isalnum() and text[:1].isalnum()
        self._apart.add(f" {text}", line)
        self._together.add(text if self._after_inline else f" {text}", line)


class _Lines:
    """Text that keeps the lines of the page that it is from."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._line = 1

    @property
    def end(self) -> str:
        return self._parts[-1][-1:] if self._parts else ""

    def add(self, text: str, line: int) -> None:
        self._parts.append("\n" * (line - self._line) + text)
        self._line = max(line, self._line) + text.count("\n")

    def __str__(self) -> str:
        return "".join(self._parts)


@cache
def _shipped() -> frozenset[str]:
    """Scripts and styles of this package, which hold no data."""
    paths = [path for folder in ("site/templates", "vendor") for path in sorted((_PACKAGE / folder).rglob("*"))]
    return frozenset(path.read_text(encoding="utf-8").strip() for path in paths if path.suffix in _SCRIPTS)


def _encoded(place: str, text: str) -> Iterator[Piece]:
    for kind, packed in _DATA.findall(text):
        yield from _unpacked(place, kind, packed)


def _unpacked(place: str, kind: str, packed: str) -> Iterator[Piece]:
    try:
        data = base64.b64decode(packed)
    except (binascii.Error, ValueError):
        return
    if kind == "image/png":
        yield from _picture(f"{place}, picture's metadata", data)
    elif not kind.startswith(("image/jp", "image/gif", "image/webp", "font/", "audio/", "video/")):
        yield place, _ways(_decoded(data))


def _picture(place: str, data: bytes) -> Iterator[Piece]:
    """Text chunks of a PNG: tEXt, zTXt, iTXt, eXIf; those that are damaged are passed over."""
    position = 8
    while position + 8 <= len(data):
        size, kind = struct.unpack(">I4s", data[position : position + 8])
        body = data[position + 8 : position + 8 + size]
        keyword, _, rest = body.partition(b"\0")
        texts = [body.replace(b"\0", b" ")] if kind in (b"tEXt", b"iTXt", b"eXIf") else []
        packed = rest[1:] if kind == b"zTXt" else b"\0".join(rest[2:].split(b"\0")[2:]) if kind == b"iTXt" else b""
        if packed and (kind == b"zTXt" or rest[:1] == b"\1"):
            try:
                texts.append(keyword + b" " + zlib.decompress(packed))
            except zlib.error:
                texts.append(keyword)
        for text in texts:
            yield place, [_decoded(text)]
        position += 12 + size


def _archive(data: bytes, may_matter: Callable[[str], bool]) -> Iterator[Piece]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                yield "file name inside", [part.filename]
                if part.file_size <= _MOST_UNPACKED and not part.is_dir():
                    for place, ways in _content(Path(part.filename).suffix.lower(), archive.read(part), may_matter):
                        yield f"in {part.filename} {place}".rstrip(), ways
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        return
