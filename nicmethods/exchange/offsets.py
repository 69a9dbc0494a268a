"""How programs count the characters of a text, and which way of counting a set of offsets fits.

REFI-QDA does not say what a position counts. NVivo for Windows counts UTF-16 units with a line end as two, ATLAS.ti is
reported to count a line end as one, programs in Python count code points. Selections mostly start and end between
words, so the right way of counting gives itself away.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


__all__ = ["NVIVO", "Counting", "best_counting", "share_on_edges", "to_code_points", "to_offsets"]

_UNSPACED = "\u2e80"


@dataclass(frozen=True)
class Counting:
    """One way to count: UTF-16 units or code points; a line end CR LF as two or one; a byte-order mark or not."""

    utf16: bool = True
    crlf_is_two: bool = True
    bom: bool = False

    def __str__(self) -> str:
        unit = "UTF-16 units" if self.utf16 else "code points"
        return f"{unit}, CR LF as {'two' if self.crlf_is_two else 'one'}, byte-order mark {'' if self.bom else 'not '}counted"


NVIVO = Counting()
"""How NVivo for Windows counts, and what is written."""

_ALL = tuple(Counting(*values) for values in product((True, False), (True, False), (False, True)))


def _places(text: str, counting: Counting) -> NDArray[np.int64]:
    """Offset at which each code point begins, and the one behind the last."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    width = np.ones(len(points), dtype=np.int64)
    if counting.utf16:
        width += points > 0xFFFF
    if not counting.crlf_is_two:
        width[:-1][(points[:-1] == 13) & (points[1:] == 10)] = 0
    return np.concatenate([[0], width.cumsum()]) + int(counting.bom)


def to_code_points(text: str, offsets: Sequence[int], counting: Counting) -> NDArray[np.int64]:
    r"""Find the code points that offsets mean.

    Parameters
    ----------
    text
        The text without byte-order mark, its line ends as they are in the file.
    offsets
        Offsets as a program counts.
    counting
        How it counts.

    Returns
    -------
    numpy.ndarray
        Index into the text for each offset, from 0 to its length; -1 where an offset lies outside of it or inside a
        character.

    Examples
    --------
    >>> to_code_points("😀\r\nyes", [2, 4, 7, 8, 1], NVIVO).tolist()
    [1, 3, 6, -1, -1]
    """
    places = _places(text, counting)
    wanted = np.asarray(offsets, dtype=np.int64)
    found = np.searchsorted(places, wanted)
    inside = found < len(places)
    return np.where(inside & (places[np.minimum(found, len(places) - 1)] == wanted), found, -1)


def to_offsets(text: str, points: Sequence[int], counting: Counting = NVIVO) -> NDArray[np.int64]:
    """Count as a program would: the inverse of :func:`to_code_points`."""
    return _places(text, counting)[np.asarray(points, dtype=np.int64)]


def share_on_edges(
    texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]], counting: Counting
) -> tuple[float, float]:
    """Measure how well spans fit words, under a way of counting.

    Parameters
    ----------
    texts, spans, counting
        As for :func:`best_counting`; spans without length are left out.

    Returns
    -------
    tuple
        Share of starts and ends that cut no word in two (scripts written without blanks cannot be cut), and share that
        do not lie on the outer side of a blank either. NaN without spans.
    """
    uncut, tight = [np.zeros(0, dtype=bool)], [np.zeros(0, dtype=bool)]
    for text, pairs in zip(texts, spans, strict=True):
        ends = np.array([pair for pair in pairs if pair[0] != pair[1]], dtype=np.int64).reshape(-1, 2)
        if not len(ends):
            continue
        points = to_code_points(text, ends.ravel().tolist(), counting).reshape(-1, 2)
        word = np.array([False, *(char.isalnum() and char < _UNSPACED for char in text), False])
        blank = np.array([False, *(char.isspace() for char in text), False])
        sound = ((points[:, 0] >= 0) & (points[:, 1] > points[:, 0]))[:, None] & ~(word[points] & word[points + 1])
        uncut.append(sound.ravel())
        tight.append((sound & ~blank[points + np.array([1, 0])]).ravel())
    if not sum(map(len, uncut)):
        return float("nan"), float("nan")
    return float(np.concatenate(uncut).mean()), float(np.concatenate(tight).mean())


def best_counting(
    texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]
) -> tuple[Counting, float, tuple[Counting, ...]]:
    """Find the way of counting under which most spans start and end on the edges of words.

    Parameters
    ----------
    texts
        The texts of a project, as for :func:`to_code_points`.
    spans
        For each text its spans as (start, end) offsets.

    Returns
    -------
    tuple
        The best way (NVivo's where several are as good), its share of ends that cut no word (NaN without spans), and the
        other ways that are as good but put some span elsewhere.
    """
    shares = {counting: share_on_edges(texts, spans, counting) for counting in _ALL}
    best = max(_ALL, key=lambda counting: np.nan_to_num(shares[counting]).tolist())
    rivals = tuple(
        other
        for other in _ALL
        if other != best and shares[other] == shares[best] and not _same_places(texts, spans, other, best)
    )
    return best, shares[best][0], rivals


def _same_places(
    texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]], one: Counting, other: Counting
) -> bool:
    flat = [[end for pair in pairs for end in pair] for pairs in spans]
    return all(
        (to_code_points(text, ends, one) == to_code_points(text, ends, other)).all()
        for text, ends in zip(texts, flat, strict=True)
    )
