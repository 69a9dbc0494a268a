"""The starting coder: a small readable table of weights over named features, for whoever has no codings yet."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from nicmethods.coding.features import turn_features
from nicmethods.coding.link import Pairs, answered_features, asked_features, candidates, link_features, probabilities

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.coding.features import Numbers, Talk

__all__ = ["Assessment", "Coder", "StartingCoder", "starting_coder"]


@dataclass(frozen=True)
class Assessment:
    """What a coder makes of some turns; arrays have one number a turn, or one a pair.

    Parameters
    ----------
    talk, pairs
        The turns, and the pairs of a turn and a turn it may answer.
    pair_features
        Features of the pairs.
    link_probability
        How likely each pair's target is the one answered, if the turn answers any.
    probability
        For each code the coder knows, how likely each turn carries it.
    threshold
        For each code, from which probability each turn is suggested.
    reasons
        For each code, what each feature added to each turn's log-odds: feature names, and an array of turns x features.
    """

    talk: Talk
    pairs: Pairs
    pair_features: Mapping[str, Numbers]
    link_probability: Numbers
    probability: Mapping[str, Numbers]
    threshold: Mapping[str, Numbers]
    reasons: Mapping[str, tuple[tuple[str, ...], Numbers]]


class Coder(Protocol):
    """Whatever can assess turns: the starting coder, a trained one."""

    @property
    def layer(self) -> str:
        """Name of the layer in suggestions."""

    def assess(self, talk: Talk) -> Assessment:
        """Say how likely each turn carries each code and answers each earlier turn."""


@dataclass(frozen=True)
class StartingCoder:
    """Weighted sums of named features.

    Parameters
    ----------
    weights
        One row a feature (and ``intercept``, ``threshold``); one column for ``link`` and for each code in its two forms,
        for transcripts with question marks and, as ``<code>_plain``, without.
    """

    weights: pd.DataFrame
    layer: str = "starting"

    def assess(self, talk: Talk) -> Assessment:
        """Say how likely each turn asks for help, gives help and answers each earlier turn."""
        turns, pairs = turn_features(talk), candidates(talk)
        pair_features = link_features(talk, pairs, turns)
        link_probability = probabilities(pairs, self._sum("link", pair_features, len(pairs.turn))[0])
        found = turns | answered_features(talk, pairs, link_probability, turns)
        asking, ask_at, ask_why = self._code("help_request", found, talk)
        found |= asked_features(talk, pairs, link_probability, turns, asking)
        giving, give_at, give_why = self._code("help_given", found, talk)
        return Assessment(
            talk,
            pairs,
            pair_features,
            link_probability,
            probability={"help_request": asking, "help_given": giving},
            threshold={"help_request": ask_at, "help_given": give_at},
            reasons={"help_request": ask_why, "help_given": give_why},
        )

    def _code(
        self, code: str, found: Mapping[str, Numbers], talk: Talk
    ) -> tuple[Numbers, Numbers, tuple[tuple[str, ...], Numbers]]:
        n = len(talk.text)
        marked, names, why = self._sum(code, found, n)
        plain, names_plain, why_plain = self._sum(f"{code}_plain", found, n)
        odds = np.where(talk.is_plain, plain, marked)
        least = self.weights.loc["threshold", [code, f"{code}_plain"]].to_numpy(float)
        both = np.hstack([why * ~talk.is_plain[:, None], why_plain * talk.is_plain[:, None]])
        return 1 / (1 + np.exp(-odds)), np.where(talk.is_plain, least[1], least[0]), (names + names_plain, both)

    def _sum(self, column: str, found: Mapping[str, Numbers], n: int) -> tuple[Numbers, tuple[str, ...], Numbers]:
        weights = self.weights[column].dropna()
        names = tuple(name for name in weights.index if name not in ("intercept", "threshold"))
        parts = np.column_stack([found[name] * weights[name] for name in names]) if names else np.zeros((n, 0))
        return parts.sum(axis=1) + weights.get("intercept", 0.0), names, parts


@functools.cache
def starting_coder() -> StartingCoder:
    """The coder that ships; its weights stand in ``starting_coder.csv`` beside this module."""
    with resources.files("nicmethods.coding").joinpath("starting_coder.csv").open(encoding="utf-8") as file:
        return StartingCoder(pd.read_csv(file, index_col="feature"))
