"""Machine-suggested codes: the codebook's patterns, a starting coder, a trained coder. Never a coding until accepted."""

from __future__ import annotations

import functools
import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.case.tables import WORK_TABLES
from nicmethods.errors import MeasureError

if TYPE_CHECKING:
    from nicmethods.case.codebook import Codebook, Pattern

__all__ = ["suggest"]

_FILLERS = ("uh", "um", "er", "erm", "hm", "mm", "like", ",", ".", "...", "…", "-", "--", ";", ":")
_FILLER = {"LOWER": {"IN": list(_FILLERS)}, "OP": "*"}
_GAP = ({"OP": "?"}, {"OP": "?"}, {"OP": "?"})


def suggest(turns: pd.DataFrame, codebook: Codebook, *, model: Any = None) -> pd.DataFrame:
    """Suggest codes for turns."""
    found = _rules(turns, codebook)
    return found[WORK_TABLES["suggestions"].names]


def _rules(turns: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    nlp, matcher = _matcher(json.dumps([(code.id, code.patterns) for code in codebook.codes]))
    texts = turns["text"].fillna("").str.replace("’", "'").tolist()
    rows: list[tuple[int, str, float, str]] = []
    for i, text in enumerate(texts):
        if not text:
            continue
        doc = nlp.make_doc(text)
        words: dict[str, dict[str, None]] = {}
        for span in matcher(doc, as_spans=True):
            words.setdefault(span.label_, {})[span.text] = None
        rows.extend((i, code, 1 - 0.5 ** len(said), "words: " + "; ".join(said)) for code, said in words.items())
    found = pd.DataFrame(rows, columns=["row", "code", "score", "basis"])
    where = found.pop("row").to_numpy(dtype=np.intp)
    at = turns[["activity", "turn"]].iloc[where].reset_index(drop=True)
    out = pd.concat([at, found], axis=1)
    out = out.assign(layer="rules", status="open", by=None)
    return out.astype({"code": "str", "score": "float64", "basis": "str", "layer": "str", "status": "str", "by": "str"})


@functools.lru_cache(maxsize=8)
def _matcher(codes: str) -> tuple[Any, Any]:
    import spacy
    from spacy.matcher import Matcher

    nlp = spacy.blank("en")
    nlp.max_length = 10**9
    matcher = Matcher(nlp.vocab, validate=True)
    for code, given in json.loads(codes):
        patterns = [tokens for pattern in given for tokens in _token_patterns(pattern, nlp)]
        if patterns:
            try:
                matcher.add(code, patterns, greedy="LONGEST")
            except ValueError as error:
                raise MeasureError(f"Code '{code}' has a pattern that spaCy refuses: {error}") from error
    return nlp, matcher


def _token_patterns(pattern: Pattern, nlp: Any) -> list[list[dict[str, Any]]]:
    """A phrase as token patterns, one for each way its alternatives split into tokens."""
    if not isinstance(pattern, str):
        return [[dict(token) for token in pattern]]
    slots = [_slot(word, nlp) for word in pattern.split()]
    return [
        [
            token
            for i, part in enumerate(choice)
            for token in ((_FILLER,) if i and part and part is not _GAP else ()) + part
        ]
        for choice in itertools.product(*slots)
    ]


def _slot(word: str, nlp: Any) -> list[tuple[dict[str, Any], ...]]:
    """The ways to say one word of a phrase: all single tokens as one way, each split word (do + n't) as its own."""
    if word == "...":
        return [_GAP]
    optional = word.endswith("?")
    split = [[token.text for token in nlp.make_doc(way)] for way in word.lower().removesuffix("?").split("|")]
    single = [tokens[0] for tokens in split if len(tokens) == 1]
    ways: list[tuple[dict[str, Any], ...]] = [({"LOWER": {"IN": single}},)] if single else []
    ways += [tuple({"LOWER": {"IN": [t, t.replace("'", "")]}} for t in tokens) for tokens in split if len(tokens) > 1]
    return [*ways, ()] if optional else ways
