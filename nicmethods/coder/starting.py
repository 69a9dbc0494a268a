"""The starting coder: a small readable table of weights over named features, for whoever has no codings yet."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from nicmethods.coder.features import Phrases, turn_features
from nicmethods.coder.ground import known_ground
from nicmethods.coder.pairs import Links, candidates, link_features, probabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nicmethods.coder.ground import Ground
    from nicmethods.coder.turn_arrays import Flags, Numbers, TurnArrays

__all__ = ["Assessment", "Coder", "StartingCoder", "Told", "starting_coder", "strongest"]


@dataclass(frozen=True)
class Told:
    """What a coder says of one code: how likely each turn carries it, from where each is suggested, and what spoke most for it."""

    probability: Numbers
    threshold: Numbers
    reason: Callable[[int], str]

    @property
    def suggested(self) -> Flags:
        """Which turns are suggested."""
        return self.probability >= self.threshold


@dataclass(frozen=True)
class Assessment:
    """What a coder makes of some turns; arrays have one number a turn, or one a pair.

    Parameters
    ----------
    links
        The turns, and how likely each answers which.
    pair_features
        Features of the pairs.
    reply_probability
        How likely each turn answers its likeliest target, rather than another turn or nothing.
    codes
        What it says of each code that the coder knows.
    """

    links: Links
    pair_features: Mapping[str, Numbers]
    reply_probability: Numbers
    codes: Mapping[str, Told]


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
        links = Links(arrays, pairs, turns, probabilities(pairs, self._sum("link", pair_features, len(pairs.turn))[0]))
        found = turns | links.answered()
        codes = {"help_request": self._code("help_request", found, arrays)}
        found |= links.asked(codes["help_request"].probability)
        codes["help_given"] = self._code("help_given", found, arrays)
        return Assessment(links, pair_features, self.replies(links), codes)

    @property
    def ground(self) -> Ground:
        """What the meetings were like that it was fitted on."""
        return known_ground()

    @property
    def least_reply(self) -> float:
        """How likely a link must be to be suggested; below, the turn likely answers nothing."""
        return float(self.weights["reply"]["threshold"])

    def replies(self, links: Links) -> Numbers:
        """How likely each turn answers its likeliest target, rather than another turn or nothing."""
        odds = self._sum("reply", {**links.turns, **links.replies()}, len(links.arrays.text))[0]
        probable: Numbers = 1 / (1 + np.exp(-odds))
        return probable

    def code_weights(self, code: str, *, plain: bool) -> dict[str, float]:
        """Weights and ``intercept`` of a code in one of its two forms; empty for a code it does not know."""
        column = f"{code}_plain" if plain else code
        found = self.weights[column].dropna() if column in self.weights else pd.Series(dtype=float)
        return {str(name): float(weight) for name, weight in found.items() if name != "threshold"}

    def _code(self, code: str, found: Mapping[str, Numbers], arrays: TurnArrays) -> Told:
        columns, which = [code, f"{code}_plain"], arrays.is_plain.astype(int)
        forms = [self._sum(column, found, len(arrays.text)) for column in columns]
        odds = np.where(arrays.is_plain, forms[1][0], forms[0][0])
        least = self.weights.loc["threshold", columns].to_numpy(float)

        def reason(row: int) -> str:
            _, names, parts = forms[which[row]]
            return strongest(names, parts[row])

        return Told(1 / (1 + np.exp(-odds)), least[which], reason)

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
