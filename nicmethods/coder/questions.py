"""What the questions in a turn look like, and how much its speaker and its meeting ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.coder.turn_arrays import WORDS, changes

if TYPE_CHECKING:
    from nicmethods.coder.turn_arrays import Flags, Numbers, Talk

__all__ = ["question_features"]

_QUESTION_STARTS = "wh auxiliary you i we they thing pointing modal being negation number hedge yes asks_you".split()
_LAST_STARTS = "wh auxiliary you i we they".split()
_QUESTION_HAS = "we i they negation modal hedge or anyone know number pointing tag".split()


def question_features(talk: Talk) -> dict[str, Numbers]:
    """Describe the questions of every turn, and how much its speaker and its meeting ask.

    Parameters
    ----------
    talk
        The turns.

    Returns
    -------
    dict
        Feature name -> one number a turn. What is said of questions with a mark is 0 in plain transcripts.
    """
    n, owner, n_words = len(talk.text), talk.owner, talk.n_words
    sentence = np.cumsum(talk.begins)
    size = np.bincount(sentence)[sentence] if len(sentence) else sentence
    weighty = np.flatnonzero(~talk.says(WORDS["opener"]))
    first = np.zeros(len(owner), bool)
    first[weighty[changes(sentence[weighty])]] = True
    end = np.cumsum(n_words)
    in_last = sentence == np.repeat(sentence[end[n_words > 0] - 1], n_words[n_words > 0])
    ending = np.r_[talk.begins[1:], True][: len(owner)] & talk.asked

    def pair(words: str, following: str) -> Flags:
        met = talk.says(frozenset(words.split()))
        met[:-1] &= talk.says(frozenset(following.split()))[1:] & (owner[1:] == owner[:-1])
        met[-1:] = False
        return met

    def has(marked: Flags) -> Numbers:
        return np.fmin(talk.count(marked), 1)

    longest, before, after = np.zeros(n), np.full(n, -1.0), np.full(n, -1.0)
    at = np.flatnonzero(talk.asked)
    np.maximum.at(longest, owner[at], size[at])
    after[owner[at]] = np.log1p(end[owner[at]] - 1 - at)
    before[owner[at[::-1]]] = np.log1p(at[::-1] - (end - n_words)[owner[at[::-1]]])
    modal_we = talk.says(WORDS["modal"]) & pair(" ".join(WORDS["modal"]), "we")
    found = {
        "sentences": np.log1p(talk.count(talk.begins)),
        "questions": talk.count(talk.begins & talk.asked),
        "question_longest": np.log1p(longest),
        "words_after_question": after,
        "words_before_question": before,
        "modal_we": has(modal_we),
        "question_modal_we": has(modal_we & talk.asked),
        "do_we": has(pair("do did are have", "we")),
        "you_want": has(pair("you", "want wanna think like")),
        "you_mean": has(pair("you", "mean say said")),
        "asks_again": has(talk.asked & (size == 1) & talk.says(frozenset("sorry pardon huh hmm what".split()))),
        "question_starts_what": has(talk.asked & first & talk.says(frozenset({"what"}))),
        "question_ends_tag": has(ending & talk.says(WORDS["tag"])),
        "question_ends_or": has(ending & talk.says(WORDS["or"])),
        "says_else": has(talk.says(frozenset("any anything anybody anyone else other".split()))),
    }
    found |= {f"question_starts_{name}": has(talk.asked & first & talk.says(WORDS[name])) for name in _QUESTION_STARTS}
    found |= {f"last_starts_{name}": has(first & in_last & talk.says(WORDS[name])) for name in _LAST_STARTS}
    found |= {f"question_has_{name}": has(talk.asked & talk.says(WORDS[name])) for name in _QUESTION_HAS}
    return found | _habits(talk)


def _habits(talk: Talk) -> dict[str, Numbers]:
    """How much the meeting and the speaker ask, and how the speaker takes part in it."""
    n_turns = pd.Series(1.0, index=range(len(talk.text)))
    marks = np.fromiter(("?" in said for said in talk.text), float, len(talk.text))
    asks = pd.Series(np.where(talk.is_plain, np.fmin(1, talk.count(talk.says(WORDS["wh"]))), marks))
    spoken = n_turns.groupby(talk.speaker).transform("sum")
    return {
        "meeting_asks": asks.groupby(talk.meeting).transform("mean").to_numpy(),
        "speaker_asks": ((asks.groupby(talk.speaker).transform("sum") + 1) / (spoken + 10)).to_numpy(),
        "speaker_turns": (spoken / n_turns.groupby(talk.meeting).transform("sum")).to_numpy(),
        "speaker_words": pd.Series(talk.n_words).groupby(talk.speaker).transform("mean").to_numpy(float),
    }
