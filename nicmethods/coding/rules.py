"""A codebook's patterns on spaCy: a blank pipeline, words and punctuation only, no model."""

from __future__ import annotations

import functools
import itertools
import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.errors import MeasureError

if TYPE_CHECKING:
    from nicmethods.case.codebook import Codebook, Pattern

__all__ = ["rule_matches"]

_FILLERS = ("uh", "um", "er", "erm", "hm", "mm", "like", ",", ".", "...", "…", "-", "--", ";", ":")
_FILLER = {"LOWER": {"IN": list(_FILLERS)}, "OP": "*"}
_GAP = ({"OP": "?"}, {"OP": "?"}, {"OP": "?"})
_COMMON = frozenset(
    "i we you they it a the to and of in on that this my our your is are was do did can could will would".split()
)

Tokens = list[dict[str, Any]]


def rule_matches(turns: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Find the codebook's patterns in turns.

    Parameters
    ----------
    turns
        Work table ``turns``; only ``text`` is read.
    codebook
        The codes and their patterns. In a phrase ``a|b`` is either word, ``word?`` may be missing, ``...`` stands for up
        to three words; fillers and commas may stand between words.

    Returns
    -------
    pandas.DataFrame
        One row a turn and code: ``row`` (of the table), ``code``, ``score`` and ``basis`` (the words that matched).

    Raises
    ------
    MeasureError
        If spaCy refuses a pattern.
    """
    nlp, matcher, anchors = _matcher(json.dumps([(code.id, code.patterns) for code in codebook.codes]))
    rows: list[tuple[int, str, float, str]] = []
    for row, said in enumerate(turns["text"].fillna("").astype("str").str.replace("’", "'").to_numpy()):
        if anchors is not None and anchors.isdisjoint(said.lower().translate(_SPLIT).split()):
            continue
        words: dict[str, dict[str, None]] = {}
        for span in matcher(nlp.make_doc(said), as_spans=True):
            words.setdefault(span.label_, {})[span.text] = None
        rows.extend((row, code, 1 - 0.5 ** len(said), "words: " + "; ".join(said)) for code, said in words.items())
    found = pd.DataFrame(rows, columns=["row", "code", "score", "basis"])
    return found.astype({"row": "int64", "code": "str", "score": "float64", "basis": "str"})


_SPLIT = str.maketrans(dict.fromkeys("'.,?!;:\"()[]{}<>/\\…—–*-", " "))


@functools.lru_cache(maxsize=8)
def _matcher(codes: str) -> tuple[Any, Any, frozenset[str] | None]:
    """Pipeline, matcher, and the words of which a turn must have one to match anything (None: any turn may)."""
    import spacy
    from spacy.matcher import Matcher

    nlp = spacy.blank("en")
    matcher = Matcher(nlp.vocab, validate=True)
    anchors: set[str] | None = set()
    for code, given in json.loads(codes):
        patterns = [tokens for pattern in given for tokens in _token_patterns(pattern, nlp)]
        if patterns:
            try:
                matcher.add(code, patterns, greedy="LONGEST")
            except ValueError as error:
                raise MeasureError(f"Code '{code}' has a pattern that spaCy refuses: {error}") from error
        for found in map(_anchor, patterns):
            anchors = None if anchors is None or found is None else anchors | found
    return nlp, matcher, None if anchors is None else frozenset(anchors)


def _anchor(tokens: Tokens) -> frozenset[str] | None:
    """The words of one required token, the one with the fewest common words; None if no token asks for given words."""
    required = [token["LOWER"] for token in tokens if set(token) == {"LOWER"}]
    choices = [{lower} if isinstance(lower, str) else set(lower.get("IN", ())) for lower in required]
    choices = [words for words in choices if words and all(word.isalnum() for word in words)]
    return frozenset(min(choices, key=lambda words: (len(words & _COMMON), len(words)))) if choices else None


def _token_patterns(pattern: Pattern, nlp: Any) -> list[Tokens]:
    """A phrase as token patterns, one for each way its alternatives split into tokens."""
    if not isinstance(pattern, str):
        return [[dict(token) for token in pattern]]
    slots = [_slot(word, nlp) for word in pattern.split()]
    return [
        [
            token
            for i, part in enumerate(way)
            for token in ((_FILLER,) if i and part and part is not _GAP else ()) + part
        ]
        for way in itertools.product(*slots)
    ]


def _slot(word: str, nlp: Any) -> list[tuple[dict[str, Any], ...]]:
    """The ways to say one word of a phrase: single tokens as one way, each split word (do + n't) as its own."""
    if word == "...":
        return [_GAP]
    split = [[token.text for token in nlp.make_doc(way)] for way in word.lower().removesuffix("?").split("|")]
    single = [tokens[0] for tokens in split if len(tokens) == 1]
    ways: list[tuple[dict[str, Any], ...]] = [({"LOWER": {"IN": single}},)] if single else []
    ways += [tuple({"LOWER": {"IN": [t, t.replace("'", "")]}} for t in tokens) for tokens in split if len(tokens) > 1]
    return [*ways, ()] if word.endswith("?") else ways
