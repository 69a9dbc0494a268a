"""Numbers as people say them: plurals, shares, chances, months. No table is read here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.tables import LABELS, words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = ["about", "are", "by_chance", "counted", "cut", "heading", "in_words", "months", "often", "survey_names"]

_PLURALS = {"activity": "activities", "person": "people"}
_FRACTIONS = (
    (1 / 3, "a third"), (2 / 5, "two in five"), (1 / 2, "half"), (3 / 5, "three in five"), (2 / 3, "two thirds"),
    (3 / 4, "three quarters"), (4 / 5, "four in five"), (9 / 10, "nine in ten"),
)  # fmt: skip
_HEADINGS = {
    "a": "one of the pair", "b": "other of the pair", "by": "by", "n": "number", "n_dyads": "possible ties", "n_present": "belonged",
    "n_responded": "answered", "se": "standard error", "start_s": "start", "end_s": "end", "time_s": "time", "p_holm": "p (Holm)",
    "p_adjusted": "p (adjusted)", "p_more": "p, as much or more", "p_less": "p, as little or less", "ei_index": "E-I index",
    "id": "number", "start_char": "first character", "end_char": "last character", "is_same": "the same", "n_same": "the same",
}  # fmt: skip
_SIDES = {"ab": "one to other", "ba": "other to one"}
_LABEL = re.compile(r"(?<![\w/-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w/-])")
_SENTENCE = re.compile(r"(?<=[.?!])\s+")
_MOST_QUOTED = 170


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


def are(n: float, *, was: bool = False) -> str:
    """Say what stands between a count and what is said of it.

    Examples
    --------
    >>> are(1), are(0), are(1, was=True), are(2, was=True)
    ('is', 'are', 'was', 'were')
    """
    return ("was" if was else "is") if n == 1 else ("were" if was else "are")


def often(n: float) -> str:
    """Say how many times.

    Examples
    --------
    >>> often(1), often(2), often(5)
    ('once', 'twice', '5 times')
    """
    return {1: "once", 2: "twice"}.get(int(n), f"{int(n):,} times")


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


def heading(name: str) -> str:
    """Say a column's name as the head of a table.

    Examples
    --------
    >>> heading("n_together"), heading("weight_ab_from"), heading("response_rate"), heading("n_present")
    ('together', 'weight one to other from', 'response rate', 'belonged')
    """
    if name in _HEADINGS or name in LABELS:
        return _HEADINGS.get(name) or words(name)
    return " ".join(_SIDES.get(part, part) for part in name.split("_") if part != "n")


def in_words(text: str, ids: Collection[str] = ()) -> str:
    """Say labels that stand in a text; ids that look like labels stay.

    Examples
    --------
    >>> in_words("agreement.help_given; ms_k", {"ms_k"}), in_words("silence_talk")
    ('agreement.help given; ms_k', 'silence of the talk')
    """

    def said(label: re.Match[str]) -> str:
        return label[0] if label[0] in ids else words(label[0] if label[0] in LABELS else label[0].removeprefix("n_"))

    return _LABEL.sub(said, text)


def by_chance(p: float) -> str:
    """Say how often chance does as much.

    Examples
    --------
    >>> by_chance(0.0002), by_chance(0.02), by_chance(0.63)
    ('under 1 in 1,000', '1 in 50', '6 in 10')
    """
    if p < 0.001:
        return "under 1 in 1,000"
    return f"1 in {round(1 / p):,}" if p < 0.28 else f"{min(round(p * 10), 9)} in 10"


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


def survey_names(waves: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], str]:
    """Call the surveys of a summary by their months: by question and wave, as :func:`months` does for one question."""
    asked: dict[str, list[Mapping[str, Any]]] = {}
    for row in waves:
        asked.setdefault(row.get("relation") or "", []).append(row)
    return {
        (relation, row["wave"]): said
        for relation, rows in asked.items()
        for row, said in zip(
            rows, months([row.get("opened") for row in rows], [row["wave"] for row in rows]), strict=True
        )
    }


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
