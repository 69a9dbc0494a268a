"""Turns and the earlier turns that they may answer: how such pairs look, and what they tell of a turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.coder.turn_arrays import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.coder.turn_arrays import Flags, Ints, Numbers, TurnArrays

__all__ = ["Links", "Pairs", "candidates", "likeliest", "link_features", "probabilities"]

REACH = 14
"""How many turns back an answered turn is looked for."""

_ANSWER = (
    "length content is_backchannel first_yes first_no question_mark share_i share_you share_hedge share_pointing share_negation "
    "share_no share_know first_because first_number has_number first_um not_know"
).split()


@dataclass(frozen=True)
class Pairs:
    """Turns and the earlier turns that they may answer: another speaker's, at most :data:`REACH` turns back.

    Parameters
    ----------
    turn, target
        Numbers of the turns in the :class:`~nicmethods.coder.turn_arrays.TurnArrays`, sorted by turn, nearest target first.
    first
        Where each turn's pairs begin.
    group
        Which of these beginnings each pair belongs to.
    """

    turn: Ints
    target: Ints
    first: Ints
    group: Ints


def candidates(arrays: TurnArrays) -> Pairs:
    """Every turn with every earlier turn that it may answer."""
    n = len(arrays.text)
    turns, targets = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for lag in range(1, min(REACH, n - 1) + 1):
        turn = np.arange(lag, n)
        target = turn - lag
        usable = (arrays.meeting[turn] == arrays.meeting[target]) & (arrays.speaker[turn] != arrays.speaker[target])
        turns.append(turn[usable])
        targets.append(target[usable])
    turn, target = np.concatenate(turns), np.concatenate(targets)
    order = np.lexsort((-target, turn))
    turn, target = turn[order], target[order]
    begins = np.r_[True, turn[1:] != turn[:-1]][: len(turn)]
    return Pairs(turn, target, np.flatnonzero(begins), np.cumsum(begins) - 1)


def link_features(arrays: TurnArrays, pairs: Pairs, turns: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Describe every pair of a turn and a turn that it may answer.

    Parameters
    ----------
    arrays, pairs
        The turns and the pairs.
    turns
        What :func:`~nicmethods.coder.features.turn_features` says of the turns.

    Returns
    -------
    dict
        Feature name -> one number a pair.
    """
    i, j = pairs.turn, pairs.target
    duration = np.maximum(arrays.end - arrays.start, 0.1)
    gap = arrays.start[i] - arrays.end[j]
    heard = np.clip((arrays.start[i] + 0.2 - arrays.start[j]) / duration[j], 0, 1)
    hollow = turns["is_backchannel"]
    so_far = np.r_[0, np.cumsum(1 - hollow)]
    words = np.r_[0, np.cumsum(arrays.n_words)]
    between = so_far[i] - so_far[j + 1]
    words_between = np.log1p(words[i] - words[j + 1])
    heard_words = np.log1p(arrays.n_words[j] * heard)
    asks = _asks(turns)
    since = _spoke_last(arrays)
    speakers_back, substance_back = _rank(pairs, np.ones(len(i))), _rank(pairs, 1 - hollow[j])
    return {
        "heard_words": heard_words,
        "heard_words_squared": heard_words**2,
        "heard_share": heard,
        "heard_share_squared": heard**2,
        "target_length": turns["length"][j],
        "target_length_squared": turns["length"][j] ** 2,
        "seconds_since_start": np.clip(arrays.start[i] - arrays.start[j], -10, 60),
        "apart": np.log1p(np.abs(np.clip(gap, -15, 30))),
        "pause": np.log1p(np.clip(gap, 0, 60)),
        "overlap": np.log1p(np.clip(-gap, 0, 60)),
        "long_pause": np.clip(gap, 5, 30),
        "overlaps": (gap < 0).astype(float),
        "overlaps_end": ((gap > -0.5) & (gap < 0)).astype(float),
        "at_once": (np.abs(gap) < 0.3).astype(float),
        "soon": ((gap >= 0.3) & (gap < 1)).astype(float),
        "substance_between": between,
        "none_between": (between == 0).astype(float),
        "words_between_backchannel": words_between * hollow[i],
        "speakers_back": speakers_back,
        "substance_back": substance_back,
        "is_nearest": (speakers_back == 1).astype(float),
        "is_nearest_substance": (substance_back == 1).astype(float),
        "target_backchannel": hollow[j],
        "target_share_backchannel": turns["share_backchannel"][j],
        "target_asks": asks[j],
        "target_asks_yes": asks[j] * np.fmin(1, turns["first_yes"] + turns["first_no"])[i],
        "target_tiny": (arrays.n_words[j] <= 2).astype(float),
        "target_broken_words": turns["broken_words"][j],
        "target_ends_broken": turns["ends_broken"][j],
        "spoke_since": (since[i] > j).astype(float),
        "shared_words": _shared_words(arrays, pairs),
        "named": _named(arrays, pairs).astype(float),
    }


def _asks(turns: Mapping[str, Numbers]) -> Numbers:
    """Whether each turn has a question mark or the form of a question."""
    return np.fmin(1, turns["has_question_mark"] + turns["verb_subject"] + turns["wh_verb"])


def _spoke_last(arrays: TurnArrays) -> Ints:
    """The turn in which each turn's speaker spoke last; -1 for none."""
    order = np.lexsort((np.arange(len(arrays.text)), arrays.speaker))
    last = np.full(len(order), -1, dtype=np.intp)
    again = arrays.speaker[order][1:] == arrays.speaker[order][:-1]
    last[order[1:][again]] = order[:-1][again]
    return last


def _rank(pairs: Pairs, counts: Numbers) -> Numbers:
    """How many counted candidates stand from the turn back to each candidate, itself included."""
    total = np.cumsum(counts)
    return total - np.r_[0, total][pairs.first][pairs.group] if len(counts) else counts


def _shared_words(arrays: TurnArrays, pairs: Pairs) -> Numbers:
    """Words that both turns say, weighted by rarity in the meeting; closed-class words and short ones aside."""
    from scipy import sparse

    closed = frozenset().union(*WORDS.values())
    open_class = np.fromiter((len(w) > 2 and w not in closed for w in arrays.vocabulary), bool, len(arrays.vocabulary))
    keep = open_class[arrays.word]
    shape = (len(arrays.text), max(len(arrays.vocabulary), 1))
    said = sparse.csr_array((np.ones(int(keep.sum())), (arrays.owner[keep], arrays.word[keep])), shape=shape)
    said.data[:] = 1
    weighted = said.copy()
    weighted.data = _rarity(arrays, said)
    shared = np.zeros(len(pairs.turn))
    lag = pairs.turn - pairs.target
    for step in np.unique(lag):
        here = lag == step
        overlap = np.zeros(shape[0])
        overlap[step:] = (weighted[step:] * said[:-step]).sum(axis=1)
        shared[here] = overlap[pairs.turn[here]]
    n_words = said.sum(axis=1)
    weighed: Numbers = np.log1p(shared) / np.log1p(n_words[pairs.target] + 1)
    return weighed


def _rarity(arrays: TurnArrays, said: Any) -> Numbers:
    """Of each entry of turns x words, log of the meeting's turns over those that say the word: other meetings do not count."""
    meeting = np.repeat(arrays.meeting, np.diff(said.indptr))
    entry = pd.factorize(meeting * said.shape[1] + said.indices)[0]
    rare: Numbers = np.log(np.bincount(arrays.meeting)[meeting] / np.bincount(entry)[entry])
    return rare


def _named(arrays: TurnArrays, pairs: Pairs) -> Flags:
    """Whether one turn calls the other's speaker, at its beginning or end, by a name that nobody else has in the meeting."""
    size = len(arrays.vocabulary) + 1
    names = pd.DataFrame(
        [
            (m, arrays.vocabulary[name], s)
            for (m, s), names in arrays.names.items()
            for name in names
            if name in arrays.vocabulary
        ],
        columns=["meeting", "word", "speaker"],
    ).drop_duplicates()
    names = names.drop_duplicates(["meeting", "word"], keep=False)
    if names.empty:
        return np.zeros(len(pairs.turn), bool)
    key = (names["meeting"] * size + names["word"]).to_numpy()
    said = arrays.meeting[arrays.owner] * size + arrays.word
    order = np.argsort(key)
    at = np.minimum(np.searchsorted(key[order], said), len(key) - 1)
    place = np.arange(len(said)) - (np.cumsum(arrays.n_words) - arrays.n_words)[arrays.owner]
    is_call = (place < 3) | (place >= arrays.n_words[arrays.owner] - 2)
    hit = (key[order][at] == said) & is_call
    speaker = names["speaker"].to_numpy()[order][at][hit]
    many = arrays.speaker.max(initial=0) + 2
    mentions = np.unique(arrays.owner[hit] * many + speaker)
    i, j = pairs.turn, pairs.target
    return np.isin(i * many + arrays.speaker[j], mentions) | np.isin(j * many + arrays.speaker[i], mentions)


def probabilities(pairs: Pairs, scores: Numbers) -> Numbers:
    """Softmax over each turn's candidates: how likely each is the one, if the turn answers any."""
    if not len(scores):
        return scores
    weight = np.exp(scores - np.maximum.reduceat(scores, pairs.first)[pairs.group])
    return weight / np.add.reduceat(weight, pairs.first)[pairs.group]


def likeliest(arrays: TurnArrays, pairs: Pairs, probability: Numbers) -> Ints:
    """For each turn with candidates, the pair to keep: the likeliest turn of the person likeliest to be answered."""
    many = arrays.speaker.max(initial=0) + 2
    person = np.unique(pairs.turn * many + arrays.speaker[pairs.target], return_inverse=True)[1]
    order = np.lexsort((-probability, -np.bincount(person, probability)[person], pairs.group))
    return order[pairs.first]


def _sums(at: Ints, weight: Numbers, n: int) -> Numbers:
    return np.bincount(at, weight, n).astype(float)


@dataclass(frozen=True)
class Links:
    """Turns, the earlier turns that they may answer, and what that tells of each turn: feature name -> one number a turn.

    Parameters
    ----------
    arrays, pairs
        The turns and the pairs.
    turns
        What :func:`~nicmethods.coder.features.turn_features` says of the turns.
    probability
        How likely each pair's target is the one answered, if the turn answers any.
    """

    arrays: TurnArrays
    pairs: Pairs
    turns: Mapping[str, Numbers]
    probability: Numbers

    def replies(self) -> dict[str, Numbers]:
        """Describe every turn with its likeliest target: what tells a reply from a turn that answers nothing.

        Turns without a candidate have the values of a far, silent target.
        """
        arrays, turns, best = self.arrays, self.turns, likeliest(self.arrays, self.pairs, self.probability)
        turn, target = self.pairs.turn[best], self.pairs.target[best]
        asks, hollow, length = _asks(turns)[target], turns["is_backchannel"], turns["length"][target]
        found: dict[str, tuple[Numbers, float]] = {
            "sure": (self.probability[best], 0.0),
            "length": (length, 0.0),
            "asked": (asks, 0.0),
            "asked_last": (asks * (turn - target == 1), 0.0),
            "marked": (turns["has_question_mark"][target], 0.0),
            "hollow": (hollow[target], 1.0),
            "both_hollow": (hollow[target] * hollow[turn], 1.0),
            "hollow_length": (length * hollow[turn], 0.0),
            "yes_length": (length * turns["first_yes"][turn], 0.0),
            "pause": (np.clip(arrays.start[turn] - arrays.end[target], -5, 10), 10.0),
            "back": (np.log1p(turn - target), 3.0),
        }
        whole = {}
        for name, (values, without) in found.items():
            whole[f"reply_{name}"] = np.full(len(arrays.text), without)
            whole[f"reply_{name}"][turn] = values
        return whole

    def answered(self) -> dict[str, Numbers]:
        """How much each turn is answered: summed link probabilities of the turns after it, by what these are like."""
        n, i, j, turns = len(self.arrays.text), self.pairs.turn, self.pairs.target, self.turns
        weighed = self.probability * turns["length"][i]
        longest = np.zeros(n)
        np.maximum.at(longest, j, weighed)
        return {
            "answered": _sums(j, self.probability, n),
            "answered_words": _sums(j, weighed, n),
            "answered_longest": longest,
            "answered_yes": _sums(j, self.probability * (turns["first_yes"] + turns["first_no"])[i], n),
        }

    def answers(self) -> dict[str, Numbers]:
        """What each turn's likeliest answer is like, weighted by how likely it is one; and when it comes."""
        n, turns, order = len(self.arrays.text), self.turns, np.argsort(self.probability, kind="stable")
        answer, sure, at = np.full(n, -1), np.zeros(n), self.pairs.target[order]
        answer[at], sure[at] = self.pairs.turn[order], self.probability[order]
        after = (turns[f"length@{k}"] * (1 - turns[f"same_speaker@{k}"]) for k in (-1, -2, -3))
        pause = np.clip(self.arrays.start[answer] - self.arrays.end, -5, 10)
        return {f"answer_{name}": turns[name][answer] * sure for name in _ANSWER} | {
            "answer_sure": sure,
            "others_after": sum(after, np.zeros(n)),
            "answer_pause": np.where(answer >= 0, pause, 10.0),
            "answer_apart": np.where(answer >= 0, answer - np.arange(n), REACH + 1.0),
        }

    def asked(self, asking: Numbers) -> dict[str, Numbers]:
        """How much each turn answers a request, given how likely each turn asks and each link holds."""
        n, i, j, probability = len(self.arrays.text), self.pairs.turn, self.pairs.target, self.probability
        most, nearby, sure = np.zeros(n), np.zeros(n), np.zeros(n)
        np.maximum.at(most, i, probability * asking[j])
        np.maximum.at(nearby, i, (probability > 0.05) * asking[j])
        np.maximum.at(sure, i, probability)
        weight = probability * (self.arrays.n_words[i] > 3)
        order = np.lexsort((i, j))
        so_far = pd.Series(weight[order]).groupby(j[order]).cumsum().to_numpy() - weight[order]
        asked = _sums(i, probability * asking[j], n)
        return {
            "asked": asked,
            "asked_most": most,
            "asked_nearby": nearby,
            "asked_length": asked * self.turns["length"],
            "link_sure": sure,
            "answers_length": _sums(i, probability * self.turns["length"][j], n),
            "answered_before": _sums(i[order], probability[order] * so_far, n),
        }
