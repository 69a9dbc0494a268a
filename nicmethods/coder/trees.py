"""Boosted trees as plain arrays: learned with scikit-learn, kept and evaluated without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nicmethods.coder.turn_arrays import Flags, Ints, Numbers

__all__ = ["Trees", "fit_trees"]

DEPTH = 4
N_INNER = 2**DEPTH - 1


@dataclass(frozen=True)
class Trees:
    """Complete binary trees whose leaves are summed; t trees of 15 questions and 16 leaves.

    Parameters
    ----------
    features
        Names of the columns that the trees ask about.
    split
        t x 15, column asked about at each node; the nodes below node k are 2k + 1 and 2k + 2.
    threshold
        t x 15, values above it go to the second of these.
    value
        t x 16, log-odds that each leaf adds.
    intercept
        Log-odds before any tree.
    """

    features: tuple[str, ...]
    split: Ints
    threshold: Numbers
    value: Numbers
    intercept: float

    def __post_init__(self) -> None:
        n = len(self.split)
        shapes = (self.split.shape, self.threshold.shape, self.value.shape)
        if shapes != ((n, N_INNER), (n, N_INNER), (n, N_INNER + 1)):
            raise ValueError(f"trees of depth {DEPTH} do not have arrays of shapes {shapes}")
        if n and not 0 <= self.split.min() <= self.split.max() < len(self.features):
            raise ValueError("a tree asks about a column that is not there")

    def odds(self, values: Numbers) -> Numbers:
        """Log-odds of each row of ``values``, rows x features."""
        values = values.astype(np.float32)
        rows = np.arange(len(values))
        total = np.full(len(values), self.intercept)
        for split, threshold, value in zip(self.split, self.threshold, self.value, strict=True):
            node = np.zeros(len(values), dtype=np.intp)
            for _ in range(DEPTH):
                node = 2 * node + 1 + (values[rows, split[node]] > threshold[node])
            total += value[node - N_INNER]
        return total


def fit_trees(values: Numbers, carries: Flags, features: Sequence[str], *, n_trees: int = 300) -> Trees:
    """Boost shallow trees on halves of the turns, each question chosen among a few features.

    Parameters
    ----------
    values
        Turns x features.
    carries
        Whether each turn carries the code; both must occur.
    features
        Names of the columns.
    n_trees
        How many trees.

    Returns
    -------
    Trees
        The same for the same input.

    References
    ----------
    Friedman (2002), Stochastic gradient boosting, Computational Statistics & Data Analysis 38(4).
    """
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(
        n_estimators=n_trees,
        learning_rate=0.05,
        max_depth=DEPTH,
        subsample=0.5,
        max_features="sqrt",
        min_samples_leaf=20,
        random_state=0,
    ).fit(values, carries)
    split = np.zeros((n_trees, N_INNER), dtype=np.intp)
    threshold = np.full((n_trees, N_INNER), np.inf)
    value = np.zeros((n_trees, N_INNER + 1))
    for k, tree in enumerate(model.estimators_[:, 0]):
        _complete(tree.tree_, split[k], threshold[k], value[k])
    share = carries.mean()
    return Trees(
        tuple(features), split, threshold, value * model.learning_rate, float(np.log(share) - np.log1p(-share))
    )


def _complete(grown: Any, split: Ints, threshold: Numbers, value: Numbers) -> None:
    """Fill a complete tree; below a leaf that stands early every path takes the first branch to its value."""
    source = np.zeros(2 * N_INNER + 1, dtype=np.intp)
    for node in range(N_INNER):
        at = source[node]
        if grown.children_left[at] < 0:
            source[2 * node + 1 : 2 * node + 3] = at
        else:
            split[node], threshold[node] = grown.feature[at], grown.threshold[at]
            source[2 * node + 1], source[2 * node + 2] = grown.children_left[at], grown.children_right[at]
    value[:] = grown.value[source[N_INNER:], 0, 0]
