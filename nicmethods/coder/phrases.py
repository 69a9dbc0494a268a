"""Where in a turn a request may begin, told by short runs of words around each place.

Over a long turn, what is asked in ten of its hundred words is lost. The runs are of closed-class words alone, from the hand-written lists:
every other word counts as one and the same, and none of a corpus stands here.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nicmethods.coder.turn_arrays import WORDS

if TYPE_CHECKING:
    import pandas as pd

    from nicmethods.coder.turn_arrays import Ints, Numbers, TurnArrays

__all__ = ["AFTER", "Phrases", "phrase_runs", "phrase_words"]

OPEN, OUTSIDE = "_", "|"
"""How a word that is in no list is written, and what lies beyond the turn."""
_MORE = "of in to on for with at from as by than then here be been being do more some all out up over into"
_WORDS = (OPEN, OUTSIDE, *sorted(frozenset(_MORE.split()).union(*WORDS.values())))
_RUNS = {
    "at": ((0,), (0, 1), (0, 1, 2), (0, 1, 2, 3)),
    "before": ((-1,), (-2, -1)),
    "across": ((-1, 0), (-1, 0, 1)),
    "after": ((0,), (0, 1)),
}
"""Place -> where the words of its runs stand, from the word that may begin a request; a run ``after`` begins at a later word."""
AFTER = 7
"""How many words later a run ``after`` may begin."""
_LEAST, _MOST = -8.0, 20.0
"""Least and greatest log-odds: of a turn without words, and of one so long that it is bound to ask somewhere."""


def phrase_runs(arrays: TurnArrays) -> dict[tuple[str, int], Ints]:
    """Number the runs of words at every word, for each place and length; see :func:`phrase_words`."""
    number = {word: k for k, word in enumerate(_WORDS)}
    known = np.fromiter((number.get(word, 0) for word in arrays.vocabulary), np.int64, len(arrays.vocabulary))
    own, n = known[arrays.word], len(arrays.word)
    word = {}
    for by in range(-2, 4):
        at = np.clip(np.arange(n) + by, 0, n - 1)
        inside = (arrays.owner[at] == arrays.owner) & (at - by == np.arange(n))
        word[by] = np.where(inside, own[at], number[OUTSIDE])
    return {
        (place, len(run)): functools.reduce(
            lambda so_far, by: so_far * len(_WORDS) + word[by], run, np.zeros(n, np.int64)
        )
        for place, runs in _RUNS.items()
        for run in runs
    }


def phrase_words(number: int, length: int) -> str:
    """The words of a numbered run.

    Examples
    --------
    >>> phrase_words(_numbered("what do you"), 3)
    'what do you'
    """
    return " ".join(_WORDS[number // len(_WORDS) ** k % len(_WORDS)] for k in reversed(range(length)))


def _numbered(words: str) -> int:
    return functools.reduce(lambda so_far, word: so_far * len(_WORDS) + _WORDS.index(word), words.split(), 0)


@dataclass(frozen=True)
class Phrases:
    """Log-odds that a request begins at a word.

    Parameters
    ----------
    weights
        ``place`` (``at`` the word, ``before`` it, ``across`` it, ``after``: within seven words later, or ``intercept``),
        ``words`` (``_``: any open-class word; ``|``: none, the turn ends) and ``weight``.
    """

    weights: pd.DataFrame

    @functools.cached_property
    def _by_run(self) -> dict[tuple[str, int], tuple[Ints, Numbers]]:
        """Of each place and length the numbers of the runs, rising, and their weights; one that no run has stands first."""
        found: dict[tuple[str, int], list[tuple[int, float]]] = {}
        for place, words, weight in self.weights[["place", "words", "weight"]].itertuples(index=False):
            if place != "intercept":
                found.setdefault((place, words.count(" ") + 1), [(-1, 0.0)]).append((_numbered(words), weight))
        tables = {key: np.array(sorted(rows)).T for key, rows in found.items()}
        return {key: (numbers.astype(np.int64), weights) for key, (numbers, weights) in tables.items()}

    def features(self, arrays: TurnArrays) -> dict[str, Numbers]:
        """Log-odds that a request begins at the turn's likeliest word, and at any of its words."""
        n = len(arrays.word)
        odds = np.full(n, self.weights.loc[self.weights["place"] == "intercept", "weight"].sum())
        later = np.zeros(n)
        for key, runs in phrase_runs(arrays).items():
            known, weights = self._by_run.get(key, (np.array([-1]), np.zeros(1)))
            at = np.searchsorted(known, runs, side="right") - 1
            (later if key[0] == "after" else odds)[:] += np.where(known[at] == runs, weights[at], 0.0)
        total, end = np.r_[0.0, np.cumsum(later)], np.cumsum(arrays.n_words)[arrays.owner]
        odds += total[np.minimum(np.arange(n) + 1 + AFTER, end)] - total[np.arange(n) + 1]
        best = np.full(len(arrays.text), _LEAST)
        np.maximum.at(best, arrays.owner, odds)
        somewhere = np.bincount(arrays.owner, np.logaddexp(0, odds), len(arrays.text))
        somewhere = np.clip(somewhere, np.log1p(np.exp(_LEAST)), _MOST)
        return {"phrase_best": best, "phrase_any": np.log(np.expm1(somewhere))}
