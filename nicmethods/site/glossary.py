"""Words with a definition: one list, ``nicmethods/tables/glossary.csv``, for pages and for ``docs/glossary.md``."""

from __future__ import annotations

import csv
import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["MEANINGS", "explained", "words_in"]

_TEXT = files("nicmethods.tables").joinpath("glossary.csv").read_text(encoding="utf-8")
_USED = re.compile(r'aria-describedby="(word-[^"]+)"')

MEANINGS: dict[str, dict[str, str]] = {row["word"]: row for row in csv.DictReader(_TEXT.splitlines())}
"""Row of the glossary by word."""


def explained(word: str, shown: str = "") -> Markup:
    """Give a word that says what it means on hover, focus and tap, without a script.

    Parameters
    ----------
    word
        A word of the glossary.
    shown
        What stands on the page; empty: the word.
    """
    from markupsafe import Markup

    mould = Markup('<span class="term" tabindex="0" aria-describedby="{}">{}<span class="means" aria-hidden="true">{}</span></span>')  # fmt: skip
    return mould.format(_place(word), shown or word, MEANINGS[word]["means"])


def words_in(html: str) -> list[dict[str, str]]:
    """List the words that a page explains, by alphabet, with their places in its glossary."""
    used = set(_USED.findall(html))
    rows = [row | {"anchor": _place(word)} for word, row in MEANINGS.items()]
    return sorted((row for row in rows if row["anchor"] in used), key=lambda row: row["word"].lower())


def _place(word: str) -> str:
    return "word-" + re.sub(r"[^a-z0-9]+", "-", word.lower())
