"""Active learning: which turns to code next so that the coder learns most, with random ones among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nicmethods.coder.starting import starting_coder
from nicmethods.coder.turn_arrays import as_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from nicmethods.coder.starting import Coder
    from nicmethods.coder.turn_arrays import Ints, Numbers

__all__ = ["doubtful", "mixed", "next_to_code"]

SHARE_RANDOM = 0.25
"""Chance that a rank goes to a turn drawn at random from all that are left. Only those turns, marked ``random``, may be
used to estimate how common a code is or how well the coder does."""


def next_to_code(
    turns: pd.DataFrame,
    *,
    seed: int,
    model: Coder | None = None,
    codes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Rank turns by how much their coding would teach.

    Parameters
    ----------
    turns
        Work table ``turns``.
    seed
        Draws the random turns.
    model
        The coder that is to learn; without one, the starting coder.
    codes
        Codes that matter; without it, all that the coder knows.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``turn``, ``rank`` (from 1), ``chosen`` (``uncertain`` or ``random``) and ``uncertainty``: 1 where the
        coder cannot decide, falling to 0 where it is sure.
    """
    arrays = as_arrays(turns)
    reading = (model or starting_coder()).assess(arrays)
    names = [code for code in reading.probability if codes is None or code in codes]
    doubt = [doubtful(reading.probability[code], reading.threshold[code]) for code in names]
    uncertainty = np.zeros(len(turns))
    uncertainty[arrays.order] = np.where(arrays.n_words > 0, np.max(doubt, axis=0) if doubt else 0.0, 0.0)
    left = turns[["activity", "turn"]].reset_index(drop=True).assign(uncertainty=uncertainty)
    order, chosen = mixed(left["uncertainty"].to_numpy(), seed=seed)
    ranked = left.iloc[order].assign(rank=np.arange(1, len(left) + 1), chosen=chosen).reset_index(drop=True)
    return ranked[["activity", "turn", "rank", "chosen", "uncertainty"]]


def doubtful(probability: Numbers, threshold: Numbers) -> Numbers:
    """1 at the threshold, 0 where the probability is 0 or 1."""
    surer = (1 - probability) / np.maximum(1 - threshold, 1e-12)
    doubt: Numbers = np.where(probability < threshold, probability / np.maximum(threshold, 1e-12), surer)
    return doubt


def mixed(uncertainty: Numbers, *, seed: int) -> tuple[Ints, NDArray[np.str_]]:
    """Every turn once: at each rank the next of a random order or, else, the most uncertain one left."""
    rng = np.random.default_rng(seed)
    n = len(uncertainty)
    queues = {"random": iter(rng.permutation(n)), "uncertain": iter(np.argsort(-uncertainty, kind="stable"))}
    chosen = np.where(rng.random(n) < SHARE_RANDOM, "random", "uncertain")
    taken = np.zeros(n, bool)
    order = np.empty(n, dtype=np.intp)
    for rank, queue in enumerate(chosen):
        order[rank] = next(turn for turn in queues[queue] if not taken[turn])
        taken[order[rank]] = True
    return order, chosen
