"""A coder that learns codes and links from the researcher's own codings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.coder.features import turn_features
from nicmethods.coder.link import (
    answer_features,
    answered_features,
    asked_features,
    candidates,
    link_features,
    probabilities,
)
from nicmethods.coder.questions import question_features
from nicmethods.coder.starting import Assessment, starting_coder, strongest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nicmethods.coder.link import Pairs
    from nicmethods.coder.trees import Trees
    from nicmethods.coder.turn_arrays import Ints, Numbers, Talk

__all__ = ["CodeWeights", "Form", "TrainedCoder", "described", "term_counter", "term_counts", "turn_documents"]

ASKING = "help_request"
"""The code whose probability tells other codes whether a turn answers a request."""
TERM_SCALE = 0.35
"""What a word or phrase that occurs counts, beside features of unit spread."""
_NEXT, _BEFORE = 6, 8


@dataclass(frozen=True)
class CodeWeights:
    """What was learned of one code: the mean of a regression's log-odds and, counted twice, those of boosted trees.

    Parameters
    ----------
    features
        Feature name -> weight.
    terms
        One weight a term of the form's vocabulary.
    intercept
        The regression's log-odds of nothing.
    trees
        Boosted trees over features.
    threshold
        Probability from which a turn is suggested.
    """

    features: Mapping[str, float]
    terms: Numbers
    intercept: float
    trees: Trees
    threshold: float

    def probability(self, counts: Any, found: Mapping[str, Numbers]) -> Numbers:
        """How likely each turn carries the code, from its terms and its features."""
        odds = counts @ self.terms + self.intercept
        odds += sum((found[feature] * weight for feature, weight in self.features.items()), np.zeros(len(odds)))
        values = np.column_stack([found[feature] for feature in self.trees.features])
        return joined(odds, self.trees.odds(values))


@dataclass(frozen=True)
class Form:
    """What was learned for one way of writing transcripts: with question marks, or without.

    Parameters
    ----------
    vocabulary
        Words and phrases of up to three words.
    codes
        Code -> its weights.
    """

    vocabulary: tuple[str, ...]
    codes: Mapping[str, CodeWeights]


@dataclass(frozen=True)
class TrainedCoder:
    """A coder learned from codings; plain numbers and words, so that loading one runs nothing.

    Parameters
    ----------
    forms
        ``"marked"`` for transcripts with question marks (missing if none was coded) and ``"plain"`` for those without.
    link
        Link feature -> weight.
    card
        What it learned from, and its cross-validated scores.
    """

    forms: Mapping[str, Form]
    link: Mapping[str, float]
    card: Mapping[str, Any]
    layer: str = "trained"

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes that it learned."""
        return tuple(self.forms["plain"].codes)

    def assess(self, talk: Talk) -> Assessment:
        """Say how likely each turn carries each code and answers each earlier turn."""
        plain = self._form("plain", talk.plain())
        if "marked" not in self.forms or talk.is_plain.all():
            return plain
        marked = self._form("marked", talk)
        where = talk.is_plain

        def choose(code: str) -> Callable[[Ints], list[str]]:
            return lambda rows: [(plain if where[row] else marked).reasons[code](np.array([row]))[0] for row in rows]

        return Assessment(
            talk,
            marked.pairs,
            marked.pair_features,
            marked.link_probability,
            probability={c: np.where(where, plain.probability[c], marked.probability[c]) for c in self.codes},
            threshold={c: np.where(where, plain.threshold[c], marked.threshold[c]) for c in self.codes},
            reasons={c: choose(c) for c in self.codes},
        )

    def _form(self, name: str, talk: Talk) -> Assessment:
        form = self.forms[name]
        pairs, pair_features, link_probability, found = described(talk, self.link)
        counts = term_counts(turn_documents(talk), form.vocabulary)
        asking = None if ASKING in form.codes else starting_coder().assess(talk).probability[ASKING]
        probability: dict[str, Numbers] = {}
        for code in sorted(form.codes, key=lambda code: code != ASKING):
            if code != ASKING and "asked" not in found:
                known = probability[ASKING] if asking is None else asking
                found |= asked_features(talk, pairs, link_probability, found, known)
            probability[code] = form.codes[code].probability(counts, found)

        def reasons(code: str) -> Callable[[Ints], list[str]]:
            return lambda rows: [_reason(form, form.codes[code], counts, found, row) for row in rows]

        return Assessment(
            talk,
            pairs,
            pair_features,
            link_probability,
            probability={code: probability[code] for code in form.codes},
            threshold={code: np.full(len(talk.text), w.threshold) for code, w in form.codes.items()},
            reasons={code: reasons(code) for code in form.codes},
        )


def _reason(form: Form, weights: CodeWeights, counts: Any, found: Mapping[str, Numbers], row: int) -> str:
    said = counts.indices[counts.indptr[row] : counts.indptr[row + 1]]
    names = [*weights.features, *(f"'{form.vocabulary[k]}'" for k in said)]
    parts = [found[feature][row] * w for feature, w in weights.features.items()]
    return strongest(names, np.r_[parts, weights.terms[said]])


def described(talk: Talk, link: Mapping[str, float]) -> tuple[Pairs, dict[str, Numbers], Numbers, dict[str, Numbers]]:
    """Pairs, their features and link probabilities, and the features of turns with how much each is answered."""
    turns, pairs = turn_features(talk), candidates(talk)
    pair_features = link_features(talk, pairs, turns)
    scores = sum((pair_features[name] * weight for name, weight in link.items()), np.zeros(len(pairs.turn)))
    link_probability = probabilities(pairs, scores)
    turns |= question_features(talk)
    return pairs, pair_features, link_probability, turns | answers(talk, pairs, link_probability, turns)


def answers(talk: Talk, pairs: Pairs, probability: Numbers, turns: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """How much each turn is answered, and what its likeliest answer is like."""
    given = answer_features(talk, pairs, probability, turns)
    return answered_features(talk, pairs, probability, turns) | given


def joined(regression: Numbers, trees: Numbers) -> Numbers:
    """Probabilities from the mean of the log-odds; trees count twice."""
    found: Numbers = 1 / (1 + np.exp(-(regression + 2 * trees) / 3))
    return found


def turn_documents(talk: Talk) -> list[str]:
    """Each turn's words between marks, then the first words of the next turn and the last of the one before."""
    words = np.array(list(talk.vocabulary), dtype=object)[talk.word]
    words = np.where(talk.asked, words + "?", words) if len(words) else words
    ends = np.cumsum(talk.n_words)
    said = [words[end - n : end].tolist() for end, n in zip(ends, talk.n_words, strict=True)]
    documents = []
    for i, own in enumerate(said):
        follows = said[i + 1] if i + 1 < len(said) and talk.meeting[i + 1] == talk.meeting[i] else []
        before = said[i - 1] if i and talk.meeting[i - 1] == talk.meeting[i] else []
        parts = [
            "<s>",
            *own,
            "</s>",
            "#",
            *(f"n:{w}" for w in follows[:_NEXT]),
            "n:</s>" if len(follows) <= _NEXT else "#",
        ]
        documents.append(" ".join([*parts, "#", *(f"p:{w}" for w in before[-_BEFORE:])]))
    return documents


def term_counts(documents: Sequence[str], vocabulary: Sequence[str]) -> Any:
    """Turns x terms, 1 where the term occurs, as a sparse array."""
    from scipy import sparse

    if not vocabulary:
        return sparse.csr_array((len(documents), 0))
    return sparse.csr_array(term_counter(vocabulary=list(vocabulary)).transform(documents).astype(float))


def term_counter(**options: Any) -> Any:
    """The vectoriser of single words and phrases of two and three."""
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(binary=True, token_pattern=r"\S+", lowercase=False, ngram_range=(1, 3), **options)
