"""A codebook's patterns on spaCy: a blank pipeline, words and punctuation only, no model."""

from __future__ import annotations

import functools
import itertools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.errors import MeasureError

if TYPE_CHECKING:
    from nicmethods.case.codebook import Codebook, Pattern

__all__ = ["rule_matches"]

_FILLERS = ("uh", "um", "er", "erm", "hm", "mm", "like", ",", ".", "...", "…", "-", "--", ";", ":")
_FILLER = {"LOWER": {"IN": list(_FILLERS)}, "OP": "*"}
_REACH = 10
"""Fillers and missing words that a match may stretch over, beyond the length of its pattern."""
_END = "\x1f"
_LONG = 500
_TIMES = ("?", "*", "+")
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
        One row a turn and code: ``row`` (of the table), ``code``, ``score`` (empty: a pattern has no probability) and ``basis`` (the words
        that matched; the more different ones, the stronger).

    Raises
    ------
    MeasureError
        If spaCy refuses a pattern.
    """
    nlp, rules, by_word = _rules(json.dumps([(code.id, code.patterns) for code in codebook.codes]))
    rows: list[tuple[int, str, float, str]] = []
    for row, said in enumerate(turns["text"].fillna("").astype("str").str.replace("’", "'").to_numpy()):
        words = set(said.lower().translate(_SPLIT).split())
        possible = sorted({k for word in words & by_word.keys() for k in by_word[word]}.union(by_word[""]))
        possible = [k for k in possible if not any(needed.isdisjoint(words) for needed in rules[k].needed)]
        if not possible:
            continue
        doc = nlp.make_doc(said)
        lowers = [token.lower_ for token in doc]
        matched: dict[str, dict[str, None]] = {}
        for k in _after_a_glance(possible, rules, lowers):
            for span in rules[k].spans(doc, lowers):
                matched.setdefault(rules[k].code, {})[span.text] = None
        rows.extend((row, code, float("nan"), "words: " + "; ".join(found)) for code, found in matched.items())
    found = pd.DataFrame(rows, columns=["row", "code", "score", "basis"])
    return found.astype({"row": "int64", "code": "str", "score": "float64", "basis": "str"})


_SPLIT = str.maketrans(dict.fromkeys("'.,?!;:\"()[]{}<>/\\…—–*-_", " "))


@dataclass(frozen=True)
class _Rule:
    """One pattern: its matcher, and what spares most turns the matcher.

    A turn must have one word each of `needed`, and `glance`, where there is one, must find the words in their order.
    """

    code: str
    matcher: Any
    needed: tuple[frozenset[str], ...]
    rarest: frozenset[str]
    reach: int
    glance: re.Pattern[str] | None

    def spans(self, doc: Any, lowers: list[str]) -> list[Any]:
        """Matches, looked for only within reach of the rarest needed word, since turns can be long."""
        at = [i for i, word in enumerate(lowers) if word in self.rarest] if self.needed else []
        if not at:
            return list(self.matcher(doc, as_spans=True))
        windows = [[max(at[0] - self.reach, 0), at[0] + self.reach + 1]]
        for i in at[1:]:
            if i - self.reach <= windows[-1][1]:
                windows[-1][1] = i + self.reach + 1
            else:
                windows.append([i - self.reach, i + self.reach + 1])
        return [span for begin, end in windows for span in self.matcher(doc[begin:end], as_spans=True)]


def _after_a_glance(possible: list[int], rules: list[_Rule], lowers: list[str]) -> list[int]:
    """The rules that a turn may satisfy by the order of its words; on long turns every rule is left to its matcher."""
    joined = _END + _END.join(lowers) + _END
    if len(lowers) > _LONG or joined.count(_END) > len(lowers) + 1:
        return possible
    return [k for k in possible if (glance := rules[k].glance) is None or glance.search(joined)]


@functools.lru_cache(maxsize=8)
def _rules(codes: str) -> tuple[Any, list[_Rule], dict[str, list[int]]]:
    """Pipeline, rules, and the rules that each word may begin to satisfy; under "" those that any turn may."""
    import spacy
    from spacy.matcher import Matcher

    nlp = spacy.blank("en")
    rules: list[_Rule] = []
    by_word: dict[str, list[int]] = {"": []}
    for code, given in json.loads(codes):
        for pattern in given:
            ways = _token_patterns(pattern, nlp)
            matcher = Matcher(nlp.vocab, validate=True)
            try:
                matcher.add(code, ways, greedy="LONGEST")
            except ValueError as error:
                raise MeasureError(f"Code '{code}' has a pattern that spaCy refuses: {error}") from error
            needed = _needed(ways)
            rarest = min(needed, key=lambda words: (len(words & _COMMON), len(words)), default=frozenset([""]))
            for word in rarest:
                by_word.setdefault(word, []).append(len(rules))
            rules.append(_Rule(code, matcher, needed, rarest, _REACH + max(map(len, ways)), _glance(ways)))
    return nlp, rules, by_word


def _needed(ways: list[Tokens]) -> tuple[frozenset[str], ...]:
    """Words of which every way asks for at least one: tokens that must be there and must be one of given whole words."""

    def asked(tokens: Tokens) -> set[frozenset[str]]:
        lowers = [token["LOWER"] for token in tokens if set(token) == {"LOWER"}]
        choices = [{lower} if isinstance(lower, str) else set(lower.get("IN", ())) for lower in lowers]
        return {frozenset(words) for words in choices if words and all(word.isalnum() for word in words)}

    return tuple(set.intersection(*map(asked, ways))) if ways else ()


def _glance(ways: list[Tokens]) -> re.Pattern[str] | None:
    """A regular expression over a turn's words, each ended by ``_END``, that finds whatever the matcher would.

    It may find more: a token asked for by anything but its word is any token. None where looking could take long, because
    a way has several places where tokens that may be missing stand beside each other.
    """
    said = []
    for tokens in ways:
        loose = ["OP" in token for token in tokens]
        runs = [len(list(run)) for may_miss, run in itertools.groupby(loose) if may_miss]
        if sum(n > 1 for n in runs) > 1 or any(token.get("OP", "?") not in _TIMES for token in tokens):
            return None
        said.append("".join(_word(token) for token in tokens))
    return re.compile(f"(?<={_END})(?:{'|'.join(said)})")


def _word(token: dict[str, Any]) -> str:
    lower = token.get("LOWER")
    words = [lower] if isinstance(lower, str) else lower.get("IN", ()) if isinstance(lower, dict) else ()
    if set(token) <= {"LOWER", "OP"} and words and all(isinstance(word, str) for word in words):
        return f"(?:(?:{'|'.join(map(re.escape, words))}){_END}){token.get('OP', '')}"
    return f"(?:[^{_END}]*{_END}){token.get('OP', '')}"


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
    """The ways to say one word of a phrase: single tokens as one way, each split word (do + n't) as its own.

    A split word also allows a lone apostrophe, which keeps it from counting as a needed whole word: "dont" is one.
    """
    if word == "...":
        return [_GAP]
    split = [[token.text for token in nlp.make_doc(way)] for way in word.lower().removesuffix("?").split("|")]
    single = [tokens[0] for tokens in split if len(tokens) == 1]
    ways: list[tuple[dict[str, Any], ...]] = [({"LOWER": {"IN": single}},)] if single else []
    ways += [
        tuple({"LOWER": {"IN": [t, t.replace("'", ""), "'"]}} for t in tokens) for tokens in split if len(tokens) > 1
    ]
    return [*ways, ()] if word.endswith("?") else ways
