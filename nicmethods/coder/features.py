"""What a turn looks like to the coders: question form, people spoken of, length, pauses, who speaks before and after.

Everything is computed for all turns at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.coder.turn_arrays import WORDS, shifted

if TYPE_CHECKING:
    from nicmethods.coder.turn_arrays import Flags, Numbers, Talk

__all__ = ["turn_features"]

_SHARES: tuple[str, ...] = (
    "um",
    "backchannel",
    "yes",
    "no",
    "you",
    "i",
    "we",
    "they",
    "modal",
    "hedge",
    "anyone",
    "because",
    "whether",
)
_SHARES += ("know", "pointing", "negation", "number")
_FIRSTS: tuple[str, ...] = (
    "um",
    "yes",
    "no",
    "you",
    "i",
    "we",
    "they",
    "because",
    "anyone",
    "hedge",
    "negation",
    "modal",
    "number",
)
_CONTEXT: tuple[str, ...] = (
    "length",
    "is_backchannel",
    "question_mark",
    "verb_subject",
    "wh_verb",
    "first_yes",
    "first_no",
)
_CONTEXT += (
    "first_because",
    "share_i",
    "first_i",
    "first_they",
    "starts_with_being",
    "starts_wh",
    "starts_verb_subject",
)
_CONTEXT += ("ends_question_mark", "content", "share_you", "first_um", "duration", "has_number")


def turn_features(talk: Talk) -> dict[str, Numbers]:
    """Describe every turn.

    Parameters
    ----------
    talk
        The turns.

    Returns
    -------
    dict
        Feature name -> one number a turn. A name ending in ``@-1`` is that of the next turn, ``@1`` of the turn before.
    """
    found = _form(talk) | _who_and_when(talk)
    for by in (-3, -2, -1, 1, 2, 3):
        found[f"same_speaker@{by}"] = (shifted(talk.speaker.astype(float), by, talk, fill=-2) == talk.speaker).astype(
            float
        )
        found |= {f"{name}@{by}": shifted(found[name], by, talk) for name in _CONTEXT}
    found["returns_after_one"] = found["same_speaker@2"] * (1 - found["same_speaker@1"])
    found["speaks_again_after_one"] = found["same_speaker@-2"] * (1 - found["same_speaker@-1"])
    found["other_speaks_at_length"] = found["length@-1"] * (1 - found["same_speaker@-1"])
    return found


def _form(talk: Talk) -> dict[str, Numbers]:
    """Question form, openings, endings and shares of word classes."""
    n, n_words, owner = len(talk.text), talk.n_words, talk.owner
    at = np.arange(len(owner)) - np.repeat(np.cumsum(n_words) - n_words, n_words)
    left = np.repeat(n_words, n_words) - 1 - at
    is_ = {name: talk.says(words) for name, words in WORDS.items()}
    broken = np.fromiter((w.endswith("-") for w in talk.vocabulary), bool, len(talk.vocabulary))[talk.word]
    weighty = ~(is_["opener"] | broken)
    seen = np.cumsum(weighty) - weighty
    before = (
        seen - np.repeat(seen[np.minimum(np.cumsum(n_words) - n_words, len(seen) - 1)], n_words) if len(seen) else seen
    )

    def then(words: Flags, by: int = 1) -> Flags:
        following = np.zeros(len(words), bool)
        following[:-by] = words[by:] & (owner[by:] == owner[:-by])
        return following

    def has(words: Flags) -> Numbers:
        return (talk.count(words) > 0).astype(float)

    marks = np.fromiter((said.count("?") for said in talk.text), float, n)
    verb_subject = is_["auxiliary"] & then(is_["subject"])
    wh_verb = (is_["wh"] & then(is_["auxiliary"])) | is_["wh_is"]
    size = np.maximum(n_words, 1)
    found = {
        "length": np.log1p(n_words),
        "is_short": (n_words <= 2).astype(float),
        "is_long": (n_words > 30).astype(float),
        "content": np.log1p(talk.count(weighty & ~is_["backchannel"])),
        "is_backchannel": (talk.count(is_["backchannel"] | is_["opener"] | broken) == n_words).astype(float),
        "question_mark": np.minimum(marks, 3),
        "has_question_mark": np.minimum(marks, 1),
        "ends_question_mark": np.fromiter((said.rstrip().endswith("?") for said in talk.text), float, n),
        "question_words": np.log1p(talk.count(talk.asked)),
        "question_is_short": has(talk.asked) * (talk.count(talk.asked) <= 2),
        "question_verb_subject": has(talk.asked & verb_subject),
        "question_wh": has(talk.asked & is_["wh"]),
        "question_you": has(talk.asked & is_["you"]),
        "question_content": np.log1p(talk.count(talk.asked & weighty & ~is_["backchannel"])),
        "verb_subject": np.minimum(talk.count(verb_subject), 3),
        "verb_you": has(is_["auxiliary"] & then(is_["you"])),
        "wh_verb": np.minimum(talk.count(wh_verb), 3),
        "wh_verb_subject": has(wh_verb & then(is_["subject"], 2)),
        "wh_words": np.minimum(talk.count(is_["wh"]), 3),
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
        "broken_words": talk.count(broken) / size,
        "ends_broken": has(broken & (left == 0)),
    }
    found |= {f"share_{name}": talk.count(is_[name]) / size for name in _SHARES}
    found |= {f"has_{name}": has(is_[name]) for name in _SHARES}
    return found | {f"first_{name}": has(is_[name] & (at == 0)) for name in _FIRSTS}


def _who_and_when(talk: Talk) -> dict[str, Numbers]:
    """Duration, pauses, place in the meeting, and how much of the talk is the speaker's."""
    duration = np.clip(talk.end - talk.start, 0, 60)
    gap_next = np.nan_to_num(shifted(talk.start, -1, talk, fill=np.nan) - talk.end)
    gap_before = np.nan_to_num(talk.start - shifted(talk.end, 1, talk, fill=np.nan))
    n_turns = np.bincount(talk.meeting)[talk.meeting] if len(talk.text) else np.zeros(0)
    place = np.arange(len(talk.text)) - np.r_[0, np.cumsum(np.bincount(talk.meeting))][talk.meeting]
    words = pd.Series(talk.n_words)
    return {
        "duration": np.log1p(duration),
        "pace": talk.n_words / np.maximum(duration, 0.3),
        "pause_after": np.clip(gap_next, -5, 5),
        "pause_before": np.clip(gap_before, -5, 5),
        "is_overlapped": (gap_next < 0).astype(float),
        "place": np.log1p(place),
        "place_share": place / np.maximum(n_turns, 1),
        "speaker_share": (words.groupby(talk.speaker).transform("sum") / words.groupby(talk.meeting).transform("sum"))
        .fillna(0.0)
        .to_numpy(),
        "is_plain": talk.is_plain.astype(float),
    }
