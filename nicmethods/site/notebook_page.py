"""An executed notebook as a piece of a page: its figures as files, its code folded away, its tables readable."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from nicmethods.site.cell_html import plain, safe_html
from nicmethods.site.pages import TEMPLATES, href

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbconvert import HTMLExporter
    from nbformat import NotebookNode

__all__ = ["Figure", "NotebookPage", "read_notebook_page"]

_DROPPED = {"parameters", "injected-parameters", "papermill-error-cell-tag", "remove-cell"}
_HEAD = 2000  # bytes in which a figure's source stands
_HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$", re.MULTILINE)


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
    cells = [cell for cell in notebook.cells if not _DROPPED & set(cell.metadata.get("tags", ()))]
    title, seen = "", 0
    for cell in cells:
        headings = _HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
        title = title or next((text for _, text in headings), "")
        seen = _prepare_outputs(cell, path, seen)
        tags = [tag.removeprefix("table:") for tag in cell.metadata.get("tags", ()) if tag.startswith("table:")]
        drawn = any("file" in output.get("metadata", ()) for output in cell.get("outputs", ()))
        shown = [name for name in tags if name in tables]
        cell.metadata.update(tables=shown, title=_heading_before(cells, cell), drawn=drawn)
    notebook.cells = cells
    whole = _unique_ids(_convert(notebook, moves={"ties", "places"} <= tables), path.stem)
    return NotebookPage(path.stem, _plain_heading(title) or path.stem, whole, tuple(_figures(cells)))


def _figures(cells: list[NotebookNode]) -> Iterator[Figure]:
    for cell in cells:
        for output in cell.get("outputs", ()):
            if "file" in output.get("metadata", ()):
                shown = output.metadata
                size = shown.get("width"), shown.get("height")
                yield Figure(shown["file"].removeprefix("../"), shown["alt"], *size, tuple(cell.metadata["tables"]))


def _prepare_outputs(cell: NotebookNode, path: Path, seen: int) -> int:
    """Write the cell's figures as files and count them; mark a cell that stopped."""
    for output in cell.get("outputs", ()):
        if output.output_type == "error":
            cell.metadata["stopped"] = True
        image = output.get("data", {}).get("image/png")
        if image is None:
            continue
        seen += 1
        figure = path.parent.parent / "figures" / f"{path.stem}-{seen}.png"
        figure.parent.mkdir(exist_ok=True)
        _write_figure(figure, base64.b64decode(image))
        known = output.metadata.get("image/png", {})
        alt = known.get("alt") or f"Figure {seen} of {path.stem}, without a description."
        output.metadata.update(file=href("..", "figures", figure.name), alt=alt)
        output.metadata.update({name: int(known[name]) for name in ("width", "height") if name in known})
        output.data = {"image/png": ""}
    return seen


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


def _heading_before(cells: list[NotebookNode], cell: NotebookNode) -> str:
    before = cells[: next(place for place, other in enumerate(cells) if other is cell)]
    headings = [text for other in before if other.cell_type == "markdown" for _, text in _HEADING.findall(other.source)]
    return _plain_heading(headings[-1]) if headings else ""


def _plain_heading(text: str) -> str:
    return re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", r"\1", text)


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
