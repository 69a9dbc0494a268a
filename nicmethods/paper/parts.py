"""What a manuscript consists of, before anybody decides in which file format it goes out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Figure", "Grid", "Heading", "Note", "Part", "Quote", "Text", "ToWrite", "numbered"]

_MENTION = re.compile("⟦(\\w+)⟧")


@dataclass(frozen=True)
class Heading:
    """A heading; level 0 is the title."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """A paragraph; ``⟦key⟧`` names a table or figure."""

    text: str


@dataclass(frozen=True)
class Note:
    """A paragraph that a reader must not miss."""

    text: str


@dataclass(frozen=True)
class ToWrite:
    """A place that only people can fill in."""

    text: str


@dataclass(frozen=True)
class Quote:
    """Words of the talk, and whose they are: speaker, activity and turn."""

    text: str
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
    number: int = 0

    @property
    def label(self) -> str:
        """How the text names it."""
        return f"Table {self.number}"


@dataclass(frozen=True)
class Figure:
    """A picture that the run drew, with a caption and its alternative text."""

    key: str
    caption: str
    alt: str
    png: bytes
    number: int = 0

    @property
    def label(self) -> str:
        """How the text names it."""
        return f"Figure {self.number}"


Part = Heading | Text | Note | ToWrite | Quote | Grid | Figure


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
    counts, labels, placed = {Grid: 0, Figure: 0}, dict[str, str](), list[Part]()
    for part in parts:
        if isinstance(part, Grid | Figure):
            counts[type(part)] += 1
            part = replace(part, number=counts[type(part)])
            labels[part.key] = part.label
        placed.append(part)

    def named(text: str) -> str:
        return _MENTION.sub(lambda found: labels.get(found[1], found[0]), text)

    found: list[Part] = []
    for part in placed:
        if isinstance(part, Text):
            found.append(replace(part, text=named(part.text)))
        elif isinstance(part, Grid):
            found.append(replace(part, rows=[[named(cell) for cell in row] for row in part.rows]))
        else:
            found.append(part)
    return found
