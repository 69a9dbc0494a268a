"""Numbers as people say them: plurals, shares, chances, months. No table is read here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["about", "by_chance", "counted", "cut", "listed", "months"]

_PLURALS = {"activity": "activities", "person": "people"}
_FRACTIONS = (
    (1 / 3, "a third"), (2 / 5, "two in five"), (1 / 2, "half"), (3 / 5, "three in five"), (2 / 3, "two thirds"),
    (3 / 4, "three quarters"), (4 / 5, "four in five"), (9 / 10, "nine in ten"),
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_MOST_QUOTED = 230


def counted(n: float, noun: str) -> str:
    """Count things: ``1 pair``, ``2 pairs``, ``no pairs``.

    Examples
    --------
    >>> counted(1, "pair"), counted(1204, "activity"), counted(0, "tie"), counted(2, "other meeting")
    ('1 pair', '1,204 activities', 'no ties', '2 other meetings')
    """
    before, blank, last = noun.rpartition(" ")
    many = f"{before}{blank}{_PLURALS.get(last, f'{last}s')}"
    return f"{f'{int(n):,}' if n else 'no'} {noun if n == 1 else many}"


def about(n: float, of: float) -> str:
    """Say a share in words.

    Examples
    --------
    >>> about(17, 167), about(8, 23), about(0, 4), about(4, 4), about(23, 24)
    ('1 in 10', 'about a third', 'none', 'all', 'nearly all')
    """
    share = n / of if of else 0.0
    if share in (0.0, 1.0):
        return "all" if share else "none"
    if share < 0.28:
        return f"1 in {round(1 / share):,}"
    if share > 0.94:
        return "nearly all"
    return f"about {min(_FRACTIONS, key=lambda one: abs(one[0] - share))[1]}"


def by_chance(p: float) -> str:
    """Say how often chance does as much.

    Examples
    --------
    >>> by_chance(0.0002), by_chance(0.02), by_chance(0.63)
    ('by chance less than 1 time in 1,000', 'by chance 1 time in 50', 'by chance 6 times in 10')
    """
    if p < 0.001:
        return "by chance less than 1 time in 1,000"
    return f"by chance 1 time in {round(1 / p):,}" if p < 0.28 else f"by chance {min(round(p * 10), 9)} times in 10"


def months(dates: Sequence[object], names: Sequence[str]) -> list[str]:
    """Call surveys by their months, with years where months repeat; by their names where that tells them apart no more.

    Examples
    --------
    >>> months(["2024-09-09", "2024-12-09"], ["W1", "W2"]), months(["2024-09-01", "2024-09-20"], ["W1", "W2"])
    (['September', 'December'], ['W1', 'W2'])
    """
    if any(not date or pd.isna(date) for date in dates):  # type: ignore[call-overload]
        return list(names)
    days = [pd.Timestamp(str(date)) for date in dates]
    for form in ("%B", "%B %Y"):
        said = [day.strftime(form) for day in days]
        if len(set(said)) == len(said):
            return said
    return list(names)


def listed(parts: Sequence[str]) -> str:
    """Put words side by side.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def cut(text: str, *, end: bool = False) -> str:
    """Shorten a quote at the end of a sentence, from its beginning or its end; what is left out is marked […].

    Examples
    --------
    >>> cut("Yes. " * 3)
    'Yes. Yes. Yes.'
    """
    text = " ".join(text.split())
    if len(text) <= _MOST_QUOTED:
        return text
    sentences, kept = _SENTENCE.split(text), 0
    for sentence in reversed(sentences) if end else sentences:
        if kept + len(sentence) > _MOST_QUOTED and kept:
            break
        kept += len(sentence) + 1
    kept = min(kept, len(text))
    return f"[…] {text[len(text) - kept + 1 :].strip()}" if end else f"{text[: kept - 1].strip()} […]"
