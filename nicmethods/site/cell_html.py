"""HTML that a notebook's cell made, reduced to what cannot act or style; its tables made readable."""

from __future__ import annotations

import re
from typing import NamedTuple

from nicmethods.site.said import heading

__all__ = ["plain", "safe_html"]

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


class _Cell(NamedTuple):
    tag: str
    spans: str
    inner: str

    @property
    def is_blank(self) -> bool:
        return not self.inner.strip()


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
    kinds = _kinds(body)
    own = re.search(r"<caption\b.*?</caption>", top, re.DOTALL)
    label = plain(caption)
    names = _names(head, body) if "long" in kinds.values() else []
    lines = [own[0] if own else f'<caption class="hidden">{label}</caption>']
    lines += ["<thead>", *(_head_row(row, kinds) for row in head), "</thead>"] if head else []
    tests = {
        place for place, cell in enumerate(head[0] if len(head) == 1 else []) if re.fullmatch(r"p|p_\w+", cell.inner)
    }
    lines += ["<tbody>", *(_body_row(row, kinds, names, tests) for row in body), "</tbody>"]
    stacks = " stacks" if names else ""
    table = f'<table class="data sorts{stacks}">{"".join(lines)}</table>'
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


def _kinds(body: _Rows) -> dict[int, str]:
    """Class of each column: numbers to the right, sentences with more room than others, short words unbroken."""
    if any(cell.spans for row in body for cell in row) or len({len(row) for row in body}) > 1:
        return {}
    return {place: _kind(cells) for place, cells in enumerate(zip(*body, strict=True))}


def _kind(cells: tuple[_Cell, ...]) -> str:
    if all(_is_number(cell) or cell.inner in _UNDEFINED for cell in cells):
        return "n"
    longest = max(len(cell.inner) for cell in cells)
    return next((kind for kind, least in _WIDTHS.items() if longest > least), "short")


def _is_number(cell: _Cell) -> bool:
    return cell.tag == "td" and _NUMBER.fullmatch(cell.inner) is not None


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""


def _head_row(row: list[_Cell], kinds: dict[int, str]) -> str:
    def cell(place: int, one: _Cell) -> str:
        kind = kinds.get(place, "")
        name = heading(one.inner) if _COLUMN.fullmatch(one.inner) else one.inner
        side = _class("" if kind == "short" else kind)
        return f"<td{one.spans}></td>" if one.is_blank else f'<th scope="col"{one.spans}{side}>{name}</th>'

    return f"<tr>{''.join(cell(place, one) for place, one in enumerate(row))}</tr>"


def _names(head: _Rows, body: _Rows) -> list[str]:
    """What each cell of a row is called, for screens too narrow to hold the columns side by side."""
    if len(head) != 1 or len(head[0]) != len(body[0]):
        return []
    bare = [re.sub(r"<[^>]*>", " ", cell.inner).strip() for cell in head[0]]
    return [heading(name) if _COLUMN.fullmatch(name) else name for name in bare]


def _body_row(row: list[_Cell], kinds: dict[int, str], names: list[str], tests: set[int]) -> str:
    def cell(place: int, one: _Cell) -> str:
        kind = kinds.get(place, "n" if _is_number(one) else "")
        if one.tag == "th":
            return f'<th scope="row"{one.spans}>{one.inner}</th>'
        name = f' data-name="{names[place]}"' if names else ""
        inner = "–" if one.inner in _UNDEFINED else one.inner
        if place in tests and _NO_P.fullmatch(inner):  # rounded away: no p is 0
            inner = f"&lt; 0.{'0' * max(len(inner) - 3, 2)}1"
        return f"<td{one.spans}{_class(kind)}{name}>{inner}</td>"

    return f"<tr>{''.join(cell(place, one) for place, one in enumerate(row))}</tr>"
