"""A coder that learns codes and links from the researcher's own codings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nicmethods.coding.features import Flags, Ints, Numbers

__all__ = ["fit_links"]


def fit_links(values: Numbers, right: Flags, turn: Ints, *, penalty: float = 3.0) -> Numbers:
    """Weights of a conditional logistic regression: which of a turn's candidates is right.

    Parameters
    ----------
    values
        Features, pairs x features.
    right
        Whether each pair is right; turns without a right pair teach nothing.
    turn
        Turn of each pair, sorted.
    penalty
        Weight of the squared (standardised) weights.

    Returns
    -------
    numpy.ndarray
        One weight a feature, for features as they are.
    """
    from scipy.optimize import minimize

    begins = np.flatnonzero(np.r_[True, turn[1:] != turn[:-1]])
    taught = np.repeat(np.add.reduceat(right, begins) > 0, np.diff(np.r_[begins, len(turn)]))
    values, right, turn = values[taught], right[taught], turn[taught]
    begins = np.flatnonzero(np.r_[True, turn[1:] != turn[:-1]])
    size = np.diff(np.r_[begins, len(turn)])
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0
    scaled = (values - values.mean(axis=0)) / spread

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        score = scaled @ weights
        weight = np.exp(score - np.repeat(np.maximum.reduceat(score, begins), size))
        total, hit = np.add.reduceat(weight, begins), np.add.reduceat(weight * right, begins)
        slope = scaled.T @ (weight / np.repeat(total, size) - weight * right / np.repeat(np.maximum(hit, 1e-300), size))
        return -np.log(
            np.maximum(hit, 1e-300) / total
        ).sum() + penalty / 2 * weights @ weights, slope + penalty * weights

    return minimize(loss, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B").x / spread
