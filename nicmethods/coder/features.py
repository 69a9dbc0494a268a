"""What a turn looks like to the coders: its form, its questions, its length and pauses, and who speaks around it.

Over a long turn, what is asked in ten of its hundred words is lost: where in a turn a request may begin is told by short runs of
words around each place. The runs are of closed-class words alone, from the hand-written lists: every other word counts as one and
the same, and none of a corpus stands here. Everything is computed for all turns at once.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.coder.turn_arrays import WORDS, changes, shifted

if TYPE_CHECKING:
    from nicmethods.coder.turn_arrays import Flags, Ints, Numbers, TurnArrays

__all__ = ["AFTER", "Phrases", "phrase_runs", "phrase_words", "question_features", "turn_features"]

_SHARES = "um backchannel yes no you i we they modal hedge anyone because whether know pointing negation number".split()
_FIRSTS = "um yes no you i we they because anyone hedge negation modal number".split()
_CONTEXT = (
    "length is_backchannel question_mark verb_subject wh_verb first_yes first_no first_because share_i first_i first_they "
    "starts_with_being starts_wh starts_verb_subject ends_question_mark content share_you first_um duration has_number"
).split()
_QUESTION_STARTS = "wh auxiliary you i we they thing pointing modal being negation number hedge yes asks_you".split()
_LAST_STARTS = "wh auxiliary you i we they".split()
_QUESTION_HAS = "we i they negation modal hedge or anyone know number pointing tag".split()

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


def turn_features(arrays: TurnArrays) -> dict[str, Numbers]:
    """Describe every turn.

    Parameters
    ----------
    arrays
        The turns.

    Returns
    -------
    dict
        Feature name -> one number a turn. A name ending in ``@-1`` is that of the next turn, ``@1`` of the turn before.
    """
    found = _form(arrays) | _who_and_when(arrays)
    for by in (-3, -2, -1, 1, 2, 3):
        found[f"same_speaker@{by}"] = (
            shifted(arrays.speaker.astype(float), by, arrays, fill=-2) == arrays.speaker
        ).astype(float)
        found |= {f"{name}@{by}": shifted(found[name], by, arrays) for name in _CONTEXT}
    found["returns_after_one"] = found["same_speaker@2"] * (1 - found["same_speaker@1"])
    found["speaks_again_after_one"] = found["same_speaker@-2"] * (1 - found["same_speaker@-1"])
    found["other_speaks_at_length"] = found["length@-1"] * (1 - found["same_speaker@-1"])
    return found


def _form(arrays: TurnArrays) -> dict[str, Numbers]:
    """Question form, openings, endings and shares of word classes."""
    n, n_words, owner = len(arrays.text), arrays.n_words, arrays.owner
    at = np.arange(len(owner)) - np.repeat(np.cumsum(n_words) - n_words, n_words)
    left = np.repeat(n_words, n_words) - 1 - at
    is_ = {name: arrays.says(words) for name, words in WORDS.items()}
    broken = np.fromiter((w.endswith("-") for w in arrays.vocabulary), bool, len(arrays.vocabulary))[arrays.word]
    weighty = ~(is_["opener"] | broken)
    seen = np.cumsum(weighty) - weighty
    before = (
        seen - np.repeat(seen[np.minimum(np.cumsum(n_words) - n_words, len(seen) - 1)], n_words) if len(seen) else seen
    )

    marks, has, then = arrays.marks, arrays.has, arrays.then
    verb_subject = is_["auxiliary"] & then(is_["subject"])
    wh_verb = (is_["wh"] & then(is_["auxiliary"])) | is_["wh_is"]
    size = np.maximum(n_words, 1)
    found = {
        "length": np.log1p(n_words),
        "is_short": (n_words <= 2).astype(float),
        "is_long": (n_words > 30).astype(float),
        "content": np.log1p(arrays.count(weighty & ~is_["backchannel"])),
        "is_backchannel": (arrays.count(is_["backchannel"] | is_["opener"] | broken) == n_words).astype(float),
        "question_mark": np.minimum(marks, 3),
        "has_question_mark": np.minimum(marks, 1),
        "ends_question_mark": np.fromiter((said.rstrip().endswith("?") for said in arrays.text), float, n),
        "question_words": np.log1p(arrays.count(arrays.asked)),
        "question_is_short": has(arrays.asked) * (arrays.count(arrays.asked) <= 2),
        "question_verb_subject": has(arrays.asked & verb_subject),
        "question_wh": has(arrays.asked & is_["wh"]),
        "question_you": has(arrays.asked & is_["you"]),
        "question_content": np.log1p(arrays.count(arrays.asked & weighty & ~is_["backchannel"])),
        "verb_subject": np.minimum(arrays.count(verb_subject), 3),
        "verb_you": has(is_["auxiliary"] & then(is_["you"])),
        "wh_verb": np.minimum(arrays.count(wh_verb), 3),
        "wh_verb_subject": has(wh_verb & then(is_["subject"], 2)),
        "wh_words": np.minimum(arrays.count(is_["wh"]), 3),
        "starts_verb_subject": has(verb_subject & (before <= 0)),
        "starts_wh": has(is_["wh"] & (before <= 0)),
        "starts_verb": has(is_["auxiliary"] & (before <= 0)),
        "starts_wh_verb": has(wh_verb & (before <= 1)),
        "starts_with_being": has(is_["being"] & (before <= 1)),
        "late_verb_subject": has(verb_subject & (left <= 12)),
        "late_wh_verb": has(wh_verb & (left <= 12)),
        "ends_or": has(is_["or"] & (left == 0)),
        "ends_tag": has(is_["tag"] & (left == 0) & (at > 1)),
        "has_or": has(is_["or"]),
        "how_much": has(is_["wh"] & then(is_["amount"])),
        "what_about": has(is_["wh"] & then(is_["about"])),
        "do_you": has(is_["asks_you"] & then(is_["you"])),
        "you_know": has(is_["you"] & then(is_["know"])),
        "i_mean": has(is_["i"] & then(is_["mean"])),
        "not_know": has(is_["negation"] & then(is_["know"])),
        "wonder": has(is_["wonder"]),
        "is_it": has(is_["being"] & then(is_["thing"])),
        "broken_words": arrays.count(broken) / size,
        "ends_broken": has(broken & (left == 0)),
    }
    found |= {f"share_{name}": arrays.count(is_[name]) / size for name in _SHARES}
    found |= {f"has_{name}": has(is_[name]) for name in _SHARES}
    return found | {f"first_{name}": has(is_[name] & (at == 0)) for name in _FIRSTS}


def _who_and_when(arrays: TurnArrays) -> dict[str, Numbers]:
    """Duration, pauses, place in the meeting, and how much of the talk is the speaker's."""
    duration = np.clip(arrays.end - arrays.start, 0, 60)
    gap_next = np.nan_to_num(shifted(arrays.start, -1, arrays, fill=np.nan) - arrays.end)
    gap_before = np.nan_to_num(arrays.start - shifted(arrays.end, 1, arrays, fill=np.nan))
    n_turns = np.bincount(arrays.meeting)[arrays.meeting] if len(arrays.text) else np.zeros(0)
    place = np.arange(len(arrays.text)) - np.r_[0, np.cumsum(np.bincount(arrays.meeting))][arrays.meeting]
    words = pd.Series(arrays.n_words)
    return {
        "duration": np.log1p(duration),
        "pace": arrays.n_words / np.maximum(duration, 0.3),
        "pause_after": np.clip(gap_next, -5, 5),
        "pause_before": np.clip(gap_before, -5, 5),
        "is_overlapped": (gap_next < 0).astype(float),
        "place": np.log1p(place),
        "place_share": place / np.maximum(n_turns, 1),
        "speaker_share": (
            words.groupby(arrays.speaker).transform("sum") / words.groupby(arrays.meeting).transform("sum")
        )
        .fillna(0.0)
        .to_numpy(),
        "is_plain": arrays.is_plain.astype(float),
    }


def question_features(arrays: TurnArrays) -> dict[str, Numbers]:
    """Describe the questions of every turn, and how much its speaker and its meeting ask.

    Parameters
    ----------
    arrays
        The turns.

    Returns
    -------
    dict
        Feature name -> one number a turn. What is said of questions with a mark is 0 in plain transcripts.
    """
    n, owner, n_words = len(arrays.text), arrays.owner, arrays.n_words
    sentence = np.cumsum(arrays.begins)
    size = np.bincount(sentence)[sentence] if len(sentence) else sentence
    weighty = np.flatnonzero(~arrays.says(WORDS["opener"]))
    first = np.zeros(len(owner), bool)
    first[weighty[changes(sentence[weighty])]] = True
    end = np.cumsum(n_words)
    in_last = sentence == np.repeat(sentence[end[n_words > 0] - 1], n_words[n_words > 0])
    ending = np.r_[arrays.begins[1:], True][: len(owner)] & arrays.asked

    has = arrays.has

    def says(words: str) -> Flags:
        return arrays.says(frozenset(words.split()))

    longest, before, after = np.zeros(n), np.full(n, -1.0), np.full(n, -1.0)
    at = np.flatnonzero(arrays.asked)
    np.maximum.at(longest, owner[at], size[at])
    after[owner[at]] = np.log1p(end[owner[at]] - 1 - at)
    before[owner[at[::-1]]] = np.log1p(at[::-1] - (end - n_words)[owner[at[::-1]]])
    modal_we = arrays.says(WORDS["modal"]) & arrays.then(says("we"))
    found = {
        "sentences": np.log1p(arrays.count(arrays.begins)),
        "questions": arrays.count(arrays.begins & arrays.asked),
        "question_longest": np.log1p(longest),
        "words_after_question": after,
        "words_before_question": before,
        "modal_we": has(modal_we),
        "question_modal_we": has(modal_we & arrays.asked),
        "do_we": has(says("do did are have") & arrays.then(says("we"))),
        "you_want": has(says("you") & arrays.then(says("want wanna think like"))),
        "you_mean": has(says("you") & arrays.then(says("mean say said"))),
        "asks_again": has(arrays.asked & (size == 1) & says("sorry pardon huh hmm what")),
        "question_starts_what": has(arrays.asked & first & says("what")),
        "question_ends_tag": has(ending & arrays.says(WORDS["tag"])),
        "question_ends_or": has(ending & arrays.says(WORDS["or"])),
        "says_else": has(says("any anything anybody anyone else other")),
    }
    found |= {
        f"question_starts_{name}": has(arrays.asked & first & arrays.says(WORDS[name])) for name in _QUESTION_STARTS
    }
    found |= {f"last_starts_{name}": has(first & in_last & arrays.says(WORDS[name])) for name in _LAST_STARTS}
    found |= {f"question_has_{name}": has(arrays.asked & arrays.says(WORDS[name])) for name in _QUESTION_HAS}
    return found | _habits(arrays)


def _habits(arrays: TurnArrays) -> dict[str, Numbers]:
    """How much the meeting and the speaker ask, and how the speaker takes part in it."""
    n_turns = pd.Series(1.0, index=range(len(arrays.text)))
    asks = pd.Series(np.where(arrays.is_plain, arrays.has(arrays.says(WORDS["wh"])), np.fmin(arrays.marks, 1)))
    spoken = n_turns.groupby(arrays.speaker).transform("sum")
    return {
        "meeting_asks": asks.groupby(arrays.meeting).transform("mean").to_numpy(),
        "speaker_asks": ((asks.groupby(arrays.speaker).transform("sum") + 1) / (spoken + 10)).to_numpy(),
        "speaker_turns": (spoken / n_turns.groupby(arrays.meeting).transform("sum")).to_numpy(),
        "speaker_words": pd.Series(arrays.n_words).groupby(arrays.speaker).transform("mean").to_numpy(float),
    }


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
