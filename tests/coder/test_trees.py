"""Trees of our own against scikit-learn's, whose boosting they come from."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier

from nicmethods.coder.trained import DEPTH, Trees
from nicmethods.coder.training import fit_trees


def separable(n=600, seed=0):
    """Numbers in which a flag follows an interaction of two columns, with noise (synthetic)."""
    rng = np.random.default_rng(seed)
    values = np.column_stack([rng.normal(size=(n, 3)), rng.integers(0, 3, n)])
    return values, (values[:, 0] * values[:, 1] + rng.normal(scale=0.3, size=n)) > 0.5


@pytest.mark.parametrize("n", [60, 600])
def test_odds_equal_those_of_scikit_learn(n):
    values, carries = separable(n)
    ours = fit_trees(values, carries, list("abcd"), n_trees=40)
    theirs = GradientBoostingClassifier(
        n_estimators=40,
        learning_rate=0.05,
        max_depth=DEPTH,
        subsample=0.5,
        max_features="sqrt",
        min_samples_leaf=20,
        random_state=0,
    ).fit(values, carries)
    new = separable(1000, seed=1)[0]
    np.testing.assert_allclose(ours.odds(new), theirs.decision_function(new), rtol=1e-10)


def test_an_interaction_is_learned():
    values, carries = separable(2000)
    new, wanted = separable(1000, seed=1)
    assert ((fit_trees(values, carries, list("abcd")).odds(new) > 0) == wanted).mean() > 0.85


def test_one_tree_by_hand():
    split, threshold = np.zeros((1, 15), int), np.full((1, 15), np.inf)
    threshold[0, 0], threshold[0, 2] = 1.0, 5.0
    tree = Trees(("a",), split, threshold, np.arange(16.0)[None], -1.0)
    assert tree.odds(np.array([[0.0], [1.0], [2.0], [6.0]])).tolist() == [-1.0, -1.0, 7.0, 11.0]


def test_arrays_that_are_no_trees_are_refused():
    split, threshold, value = np.zeros((2, 15), int), np.zeros((2, 15)), np.zeros((2, 16))
    with pytest.raises(ValueError, match="shapes"):
        Trees(("a",), split, threshold[:, 1:], value, 0.0)
    with pytest.raises(ValueError, match="column"):
        Trees(("a",), split + 1, threshold, value, 0.0)
