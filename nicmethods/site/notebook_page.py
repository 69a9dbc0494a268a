"""An executed notebook as a piece of a page: its figures as files, its code folded away, its tables readable.

HTML that a cell made is reduced to what cannot act or style.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from nicmethods.site.pages import TEMPLATES, href
from nicmethods.site.said import heading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

__all__ = ["Figure", "NotebookPage", "plain", "read_notebook_page", "safe_html"]

_DROPPED = {"parameters", "injected-parameters", "papermill-error-cell-tag", "remove-cell"}
_HEAD = 2000  # bytes in which a figure's source stands
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)
_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup", "dd", "del", "details", "div", "dl", "dt",
    "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "*": {"id", "class", "title", "lang"},
    "a": {"href"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
_SCHEMES = {"http", "https", "mailto"}
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_COLUMN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+")
_NO_P = re.compile(r"0\.0+|0")
_ROW = re.compile(r"<tr\b[^>]*>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<(t[hd])\b([^>]*)>(.*?)</\1>", re.DOTALL)
_NUMBER = re.compile(r"\s*[-−]?[\d.,]+(?:e[-+]\d+)?\s*%?(?:\s*[(\[][^)\]]*[)\]])?\s*")
_WIDTHS = {"long": 100, "text": 30, "": 16}
_FOLDED_ROWS = 12
_UNDEFINED = ("NaN", "None", "NaT", "&lt;NA&gt;")


class Figure(NamedTuple):
    """A figure of a notebook: its file seen from the case's folder, what it shows in words, its size and its tables."""

    file: str
    alt: str
    width: int | None
    height: int | None
    tables: tuple[str, ...]


@dataclass(frozen=True)
class NotebookPage:
    """One executed notebook, ready for pages.

    Parameters
    ----------
    stem
        Name without ending.
    title
        Its first heading.
    whole
        HTML with the code folded away, for its own page in ``notebooks/``.
    figures
        Its figures in order.
    """

    stem: str
    title: str
    whole: str
    figures: tuple[Figure, ...] = ()


def read_notebook_page(path: Path, *, tables: frozenset[str] = frozenset()) -> NotebookPage:
    """Turn an executed notebook into HTML; its figures are written beside it, into ``figures/``.

    Parameters
    ----------
    path
        ``reports/<case>/notebooks/<stem>.ipynb``.
    tables
        Tables that the case has. A cell tagged ``table:<name>`` has its figures linked to that table.

    Returns
    -------
    NotebookPage
    """
    import nbformat

    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    notebook.cells = [cell for cell in notebook.cells if not _DROPPED & set(cell.metadata.get("tags", ()))]
    title, before, figures = "", "", list[Figure]()
    for cell in notebook.cells:
        shown = [tag.removeprefix("table:") for tag in cell.metadata.get("tags", ()) if tag.startswith("table:")]
        shown = [name for name in shown if name in tables]
        drawn = [
            Figure(*_write_output(output, path, len(figures) + number), tuple(shown))
            for number, output in enumerate(_pictures(cell), start=1)
        ]
        figures += drawn
        stopped = any(output.output_type == "error" for output in cell.get("outputs", ()))
        cell.metadata.update(tables=shown, title=before, drawn=bool(drawn), stopped=stopped)
        for _, text in _HEADING.findall(cell.source) if cell.cell_type == "markdown" else ():
            before = re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", r"\1", text)
            title = title or before
    whole = _unique_ids(_convert(notebook, moves={"ties", "places"} <= tables), path.stem)
    return NotebookPage(path.stem, title or path.stem, whole, tuple(figures))


def _pictures(cell: NotebookNode) -> list[NotebookNode]:
    return [output for output in cell.get("outputs", ()) if output.get("data", {}).get("image/png") is not None]


def _write_output(output: NotebookNode, path: Path, number: int) -> tuple[str, str, int | None, int | None]:
    """Write a cell's figure as a file; gives what :class:`Figure` needs of it."""
    figure = path.parent.parent / "figures" / f"{path.stem}-{number}.png"
    figure.parent.mkdir(exist_ok=True)
    _write_figure(figure, base64.b64decode(output.data["image/png"]))
    known = output.metadata.get("image/png", {})
    alt = known.get("alt") or f"Figure {number} of {path.stem}, without a description."
    width, height = (int(known[name]) if name in known else None for name in ("width", "height"))
    output.metadata.update(file=href("..", "figures", figure.name), alt=alt)
    output.metadata.update({name: size for name, size in (("width", width), ("height", height)) if size is not None})
    output.data = {"image/png": ""}
    return href("figures", figure.name), alt, width, height


def _write_figure(path: Path, png: bytes) -> None:
    """Write a figure, smaller where that loses nothing; one that was made from the same picture stays."""
    source, there = hashlib.sha256(png).hexdigest().encode(), path.read_bytes() if path.exists() else b""
    if there != png and source not in there[:_HEAD]:
        path.write_bytes(_smaller(png, source))


def _smaller(png: bytes, source: bytes) -> bytes:
    """Make a figure smaller with a palette, if it can have one and has none."""
    from PIL import Image, UnidentifiedImageError
    from PIL.PngImagePlugin import PngInfo

    from nicmethods.files.pictures import with_palette

    small, note = io.BytesIO(), PngInfo()
    note.add_text("Source", source)
    try:
        with Image.open(io.BytesIO(png)) as picture:
            flat = with_palette(picture)
            if flat is picture:
                return png
            flat.save(small, "png", pnginfo=note)
    except (UnidentifiedImageError, OSError, SyntaxError):
        return png
    return min(png, small.getvalue(), key=len)


def _convert(notebook: NotebookNode, *, moves: bool) -> str:
    body, _ = _exporter().from_notebook_node(notebook, resources={"root": "../", "moves": moves})
    return str(body)


@cache
def _exporter() -> HTMLExporter:
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        extra_template_basedirs=[str(TEMPLATES)], template_name="notebook", exclude_anchor_links=True
    )
    exporter.register_filter("safe_html", safe_html)  # type: ignore[no-untyped-call]
    exporter.register_filter("plain", plain)  # type: ignore[no-untyped-call]
    return exporter


def _unique_ids(html: str, stem: str) -> str:
    return re.sub(r'(<h[1-6] id=")', rf"\1{stem}-", html)


class _Cell(NamedTuple):
    tag: str
    spans: str
    inner: str

    @property
    def is_blank(self) -> bool:
        return not self.inner.strip()

    @property
    def said(self) -> str:
        """What it is called where it heads a column."""
        return heading(self.inner) if _COLUMN.fullmatch(self.inner) else self.inner


_Rows = list[list[_Cell]]


def plain(text: object) -> str:
    """Take terminal colours out of text and escape the rest."""
    from markupsafe import escape

    return str(escape(_ANSI.sub("", str(text))))


def safe_html(html: str, caption: str = "", fold: bool = False) -> str:
    """Reduce HTML to plain structure; tables get a caption, scopes and a box to scroll in.

    Parameters
    ----------
    html
        HTML of a Markdown cell or of an output.
    caption
        Caption of tables without one of their own, for people who cannot see where they stand.
    fold
        Whether longer tables are folded away, one click to see: a figure shows what they hold.
    """
    import nh3

    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
    return re.sub(
        r"<table\b.*?</table>", lambda found: _table(found[0], caption or "Table", fold), clean, flags=re.DOTALL
    )


def _table(html: str, caption: str, fold: bool) -> str:
    top, _, rest = html.partition("<tbody")
    head, body = _one_header(_rows(top)), _rows(rest)
    if _is_numbered(head, body):
        head, body = [row[1:] for row in head], [row[1:] for row in body]
    if not body:
        return ""
    is_even = len({len(row) for row in body}) == 1 and not any(cell.spans for row in body for cell in row)
    kinds = {place: _kind(cells) for place, cells in enumerate(zip(*body, strict=True))} if is_even else {}
    only = head[0] if len(head) == 1 else []
    bare = [one._replace(inner=re.sub(r"<[^>]*>", " ", one.inner).strip()) for one in only]
    names = [one.said for one in bare] if "long" in kinds.values() and len(only) == len(body[0]) else []
    tests = {place for place, one in enumerate(only) if re.fullmatch(r"p|p_\w+", one.inner)}

    def head_cell(place: int, one: _Cell) -> str:
        kind = kinds.get(place, "")
        side = f' class="{kind}"' if kind not in ("", "short") else ""
        return f"<td{one.spans}></td>" if one.is_blank else f'<th scope="col"{one.spans}{side}>{one.said}</th>'

    def body_cell(place: int, one: _Cell) -> str:
        if one.tag == "th":
            return f'<th scope="row"{one.spans}>{one.inner}</th>'
        kind = kinds.get(place, "n" if _is_number(one) else "")
        more = f' class="{kind}"' if kind else ""
        more += f' data-name="{names[place]}"' if names else ""
        inner = "–" if one.inner in _UNDEFINED else one.inner
        if place in tests and _NO_P.fullmatch(inner):  # rounded away: no p is 0
            inner = f"&lt; 0.{'0' * max(len(inner) - 3, 2)}1"
        return f"<td{one.spans}{more}>{inner}</td>"

    def lines(part: str, rows: _Rows, cell: Callable[[int, _Cell], str]) -> str:
        shown = "".join(f"<tr>{''.join(cell(*one) for one in enumerate(row))}</tr>" for row in rows)
        return f"<{part}>{shown}</{part}>" if rows else ""

    own, label = re.search(r"<caption\b.*?</caption>", top, re.DOTALL), plain(caption)
    above = own[0] if own else f'<caption class="hidden">{label}</caption>'
    stacks = " stacks" if names else ""
    table = f'<table class="data sorts{stacks}">{above}{lines("thead", head, head_cell)}{lines("tbody", body, body_cell)}</table>'
    box = f'<div class="scroll" tabindex="0" role="group" aria-label="{label}">{table}</div>'
    if not fold or len(body) <= _FOLDED_ROWS:
        return box
    return f'<details class="more table"><summary>The table: {len(body)} rows</summary>{box}</details>'


def _rows(html: str) -> _Rows:
    def spans(attributes: str) -> str:
        return "".join(f" {found}" for found in re.findall(r'(?:col|row)span="\d+"', attributes))

    return [[_Cell(tag, spans(more), inner) for tag, more, inner in _CELL.findall(row)] for row in _ROW.findall(html)]


def _one_header(head: _Rows) -> _Rows:
    """Put the names of a table's row labels, which pandas sets in a line of their own, into the one header line."""
    if len(head) != 2 or len(head[0]) != len(head[1]) or any(cell.spans for row in head for cell in row):
        return head
    n_labels = sum(not cell.is_blank for cell in head[1])
    first_line_is_bare = all(cell.is_blank for cell in head[0][: n_labels - 1])
    if not (first_line_is_bare and all(cell.is_blank for cell in head[1][n_labels:])):
        return head
    return [[*head[1][:n_labels], *head[0][n_labels:]]]


def _is_numbered(head: _Rows, body: _Rows) -> bool:
    """Whether rows are only numbered from 0, as pandas does, which says nothing to a reader."""
    labels = [row[0].inner if row and row[0].tag == "th" else "" for row in body]
    corner = len(head) == 1 and bool(head[0]) and head[0][0].is_blank
    return corner and all(len(row) == len(head[0]) for row in body) and labels == [str(n) for n in range(len(body))]


def _kind(cells: tuple[_Cell, ...]) -> str:
    """Class of a column: numbers to the right, sentences with more room than others, short words unbroken."""
    if all(_is_number(cell) or cell.inner in _UNDEFINED for cell in cells):
        return "n"
    longest = max(len(cell.inner) for cell in cells)
    return next((kind for kind, least in _WIDTHS.items() if longest > least), "short")


def _is_number(cell: _Cell) -> bool:
    return cell.tag == "td" and _NUMBER.fullmatch(cell.inner) is not None
