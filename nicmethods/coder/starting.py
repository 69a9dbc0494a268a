"""The starting coder: a small readable table of weights over named features, for whoever has no codings yet."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from nicmethods.coder.features import turn_features
from nicmethods.coder.ground import known_ground
from nicmethods.coder.pairs import (
    Pairs,
    answered_features,
    asked_features,
    candidates,
    link_features,
    probabilities,
    reply_features,
)
from nicmethods.coder.phrases import Phrases

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nicmethods.coder.ground import Ground
    from nicmethods.coder.turn_arrays import Ints, Numbers, TurnArrays

__all__ = ["Assessment", "Coder", "StartingCoder", "starting_coder", "strongest"]


@dataclass(frozen=True)
class Assessment:
    """What a coder makes of some turns; arrays have one number a turn, or one a pair.

    Parameters
    ----------
    arrays, pairs
        The turns, and the pairs of a turn and a turn it may answer.
    pair_features
        Features of the pairs.
    link_probability
        How likely each pair's target is the one answered, if the turn answers any.
    reply_probability
        How likely each turn answers its likeliest target, rather than another turn or nothing.
    probability
        For each code the coder knows, how likely each turn carries it.
    threshold
        For each code, from which probability each turn is suggested.
    reasons
        For each code, a function that says for given turns what spoke most for the code.
    """

    arrays: TurnArrays
    pairs: Pairs
    pair_features: Mapping[str, Numbers]
    link_probability: Numbers
    reply_probability: Numbers
    probability: Mapping[str, Numbers]
    threshold: Mapping[str, Numbers]
    reasons: Mapping[str, Callable[[Ints], list[str]]]


class Coder(Protocol):
    """Whatever can assess turns: the starting coder, a trained one."""

    @property
    def layer(self) -> str:
        """Name of the layer in suggestions."""

    @property
    def ground(self) -> Ground:
        """What the meetings were like that it learned from."""

    def assess(self, arrays: TurnArrays) -> Assessment:
        """Say how likely each turn carries each code and answers each earlier turn."""


@dataclass(frozen=True)
class StartingCoder:
    """Weighted sums of named features.

    Parameters
    ----------
    weights
        One row a feature (and ``intercept``, ``threshold``); one column for ``link`` and for each code in its two forms,
        for transcripts with question marks and, as ``<code>_plain``, without.
    phrases
        Where in a turn a request may begin.
    """

    weights: pd.DataFrame
    phrases: Phrases
    layer: str = "starting"

    def assess(self, arrays: TurnArrays) -> Assessment:
        """Say how likely each turn asks for help, gives help and answers each earlier turn."""
        turns, pairs = turn_features(arrays) | self.phrases.features(arrays), candidates(arrays)
        pair_features = link_features(arrays, pairs, turns)
        link_probability = probabilities(pairs, self._sum("link", pair_features, len(pairs.turn))[0])
        found = turns | answered_features(arrays, pairs, link_probability, turns)
        asking, ask_at, ask_why = self._code("help_request", found, arrays)
        found |= asked_features(arrays, pairs, link_probability, turns, asking)
        giving, give_at, give_why = self._code("help_given", found, arrays)
        return Assessment(
            arrays,
            pairs,
            pair_features,
            link_probability,
            self.replies(arrays, pairs, link_probability, turns),
            probability={"help_request": asking, "help_given": giving},
            threshold={"help_request": ask_at, "help_given": give_at},
            reasons={"help_request": ask_why, "help_given": give_why},
        )

    @property
    def ground(self) -> Ground:
        """What the meetings were like that it was fitted on."""
        return known_ground()

    @property
    def least_reply(self) -> float:
        """How likely a link must be to be suggested; below, the turn likely answers nothing."""
        return float(self.weights["reply"]["threshold"])

    def replies(
        self, arrays: TurnArrays, pairs: Pairs, link_probability: Numbers, turns: Mapping[str, Numbers]
    ) -> Numbers:
        """How likely each turn answers its likeliest target, rather than another turn or nothing."""
        found = {**turns, **reply_features(arrays, pairs, link_probability, turns)}
        odds = self._sum("reply", found, len(arrays.text))[0]
        probable: Numbers = 1 / (1 + np.exp(-odds))
        return probable

    def code_weights(self, code: str, *, plain: bool) -> dict[str, float]:
        """Weights and ``intercept`` of a code in one of its two forms; empty for a code it does not know."""
        column = f"{code}_plain" if plain else code
        found = self.weights[column].dropna() if column in self.weights else pd.Series(dtype=float)
        return {str(name): float(weight) for name, weight in found.items() if name != "threshold"}

    def _code(
        self, code: str, found: Mapping[str, Numbers], arrays: TurnArrays
    ) -> tuple[Numbers, Numbers, Callable[[Ints], list[str]]]:
        forms = [self._sum(column, found, len(arrays.text)) for column in (code, f"{code}_plain")]
        which = arrays.is_plain.astype(int)
        odds = np.where(arrays.is_plain, forms[1][0], forms[0][0])
        least = self.weights.loc["threshold", [code, f"{code}_plain"]].to_numpy(float)

        def why(rows: Ints) -> list[str]:
            return [strongest(forms[which[row]][1], forms[which[row]][2][row]) for row in rows]

        return 1 / (1 + np.exp(-odds)), least[which], why

    def _sum(self, column: str, found: Mapping[str, Numbers], n: int) -> tuple[Numbers, list[str], Numbers]:
        weights = self.weights[column].dropna()
        names = [name for name in weights.index if name not in ("intercept", "threshold")]
        parts = np.zeros((n, len(names)))
        for k, name in enumerate(names):
            parts[:, k] = found[name] * weights[name]
        return parts.sum(axis=1) + weights.get("intercept", 0.0), names, parts


def strongest(names: Sequence[str], parts: Numbers) -> str:
    """The three parts that add most to a sum, named.

    Examples
    --------
    >>> strongest(["asks", "length", "place"], np.array([1.5, -2.0, 0.25]))
    'asks +1.50; place +0.25'
    """
    best = np.argsort(-parts, kind="stable")[:3]
    return "; ".join(f"{names[k]} {parts[k]:+.2f}" for k in best if parts[k] > 0)


@functools.cache
def starting_coder() -> StartingCoder:
    """The coder that ships; its weights stand in ``starting_coder.csv`` and ``phrases.csv`` beside this module."""
    here = resources.files("nicmethods.coder")
    with (
        here.joinpath("starting_coder.csv").open(encoding="utf-8") as weights,
        here.joinpath("phrases.csv").open(encoding="utf-8") as phrases,
    ):
        return StartingCoder(pd.read_csv(weights, index_col="feature"), Phrases(pd.read_csv(phrases)))
