"""What a manuscript consists of, before anybody decides in which file format it goes out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Figure", "Grid", "Heading", "Note", "Part", "Quote", "Text", "ToWrite", "count", "numbered"]

_MENTION = re.compile("⟦(\\w+)⟧")


@dataclass(frozen=True)
class Text:
    """A paragraph; ``⟦key⟧`` names a table or figure."""

    text: str


class Note(Text):
    """A paragraph that a reader must not miss."""


class ToWrite(Text):
    """A place that only people can fill in."""


@dataclass(frozen=True)
class Heading(Text):
    """A heading; level 0 is the title."""

    level: int = 1


@dataclass(frozen=True)
class Quote(Text):
    """Words of the talk, and whose they are: speaker, activity and turn."""

    source: str


@dataclass(frozen=True)
class Grid:
    """A table with a caption, as text. ``wide``: it needs a page on its side. ``shares``: how the width is divided."""

    key: str
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""
    wide: bool = False
    shares: Sequence[float] = ()
    label: str = ""


@dataclass(frozen=True)
class Figure:
    """A picture that the run drew, with a caption and its alternative text."""

    key: str
    caption: str
    alt: str
    png: bytes
    label: str = ""


Part = Text | Grid | Figure


def numbered(parts: Sequence[Part]) -> list[Part]:
    """Number tables and figures in the order in which they stand, and name them in the text.

    Parameters
    ----------
    parts
        The manuscript. What mentions a table or figure that is not in it is a mistake here, not of a case.

    Examples
    --------
    >>> grid = Grid("waves", "Surveys.", ["wave"], [["W1"]])
    >>> [part.text for part in numbered([Text("All answered (⟦waves⟧)."), grid]) if isinstance(part, Text)]
    ['All answered (Table 1).']
    """
    labels = {
        key: f"{word} {number}"
        for kind, word in ((Grid, "Table"), (Figure, "Figure"))
        for number, key in enumerate((part.key for part in parts if isinstance(part, kind)), start=1)
    }

    def named(text: str) -> str:
        return _MENTION.sub(lambda found: labels.get(found[1], found[0]), text)

    def placed(part: Part) -> Part:
        if isinstance(part, Grid):
            return replace(part, label=labels[part.key], rows=[[named(cell) for cell in row] for row in part.rows])
        if isinstance(part, Figure):
            return replace(part, label=labels[part.key])
        return replace(part, text=named(part.text))

    return [placed(part) for part in parts]


def count(value: Any) -> str:
    """A whole number, or a dash."""
    return "–" if value is None else f"{value:,.0f}"
