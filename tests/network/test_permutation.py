import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.errors import MeasureError
from nicmethods.network.permutation import adjusted, held_against, mixing_counts, permutations, permuted_products, qap


def relabelled(matrix, order):
    return matrix[np.ix_(order, order)]


def test_qap_is_that_of_r(r_networks, r_values):
    values, groups = r_networks["middle"]
    expected = r_values.query("by == 'same_group'").set_index("measure")["value"]
    test = qap(values > 0, groups[:, None] == groups[None, :], seed=1, n_permutations=10_000)
    assert test.value == pytest.approx(expected["qap_correlation"])
    assert test.sd == pytest.approx(expected["qap_null_sd"], rel=0.05)
    assert test.p == pytest.approx(expected["qap_p_two_sided"], abs=0.03)


def test_the_null_has_its_closed_form():
    # Mean 0; with one matrix of distances on a line the variance is known only by enumeration, so n = 6 is enumerated.
    from itertools import permutations as every

    rng = np.random.default_rng(1)
    x, y = rng.random((6, 6)), rng.random((6, 6))
    off = ~np.eye(6, dtype=bool)
    exact = [np.corrcoef(x[off], relabelled(y, list(order))[off])[0, 1] for order in every(range(6))]
    assert np.mean(exact) == pytest.approx(0, abs=1e-12)
    test = qap(x, y, seed=2, n_permutations=20_000)
    assert test.expected == pytest.approx(0, abs=4 * np.std(exact) / np.sqrt(20_000))
    assert test.sd == pytest.approx(np.std(exact), rel=0.03)


@settings(max_examples=25, deadline=None)
@given(n=st.integers(4, 9), seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.2]), whole=st.booleans())
def test_every_permutation_is_the_correlation_of_the_relabelled_matrix(n, seed, missing, whole):
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 3, (2, n, n)).astype(float) if whole else rng.normal(size=(2, n, n))
    x[rng.random((n, n)) < missing] = np.nan
    y[rng.random((n, n)) < missing] = np.nan
    off = ~np.eye(n, dtype=bool)
    null = []
    for order in permutations(n, n_permutations=40, seed=seed):
        there = relabelled(y, order)
        both = off & ~np.isnan(x) & ~np.isnan(there)
        varies = both.any() and np.ptp(x[both]) > 0 and np.ptp(there[both]) > 0
        null.append(np.corrcoef(x[both], there[both])[0, 1] if varies else np.nan)
    test = qap(x, y, seed=seed, n_permutations=40)
    if np.isnan(test.expected):
        assert test.note
    else:
        assert test.expected == pytest.approx(np.nanmean(null), abs=1e-9)
        assert test.sd == pytest.approx(np.nanstd(null), abs=1e-9)


def test_undirected_pairs_count_once():
    rng = np.random.default_rng(3)
    x, y = (matrix + matrix.T for matrix in rng.integers(0, 2, (2, 8, 8)))
    one, other = qap(x, y, seed=1, directed=False), qap(x, y, seed=1)
    assert one.value == pytest.approx(other.value)
    assert one.p == other.p
    assert (one.n_dyads, other.n_dyads) == (28, 56)


@pytest.mark.parametrize(
    ("x", "note"),
    [(np.zeros((5, 5)), "no variance"), (np.full((5, 5), np.nan), "no variance"), (np.eye(3)[::-1], "fewer than 4")],
)
def test_what_is_undefined_says_so(x, note):
    test = qap(x, np.arange(x.size).reshape(x.shape), seed=1)
    assert np.isnan(test.p)
    assert note in test.note


def test_what_cannot_be_is_refused():
    with pytest.raises(MeasureError, match=r"shape \(2, 3\)"):
        qap(np.zeros((2, 3)), np.zeros((2, 3)), seed=1)
    with pytest.raises(MeasureError, match="same people"):
        qap(np.zeros((4, 4)), np.zeros((5, 5)), seed=1)
    with pytest.raises(MeasureError, match="not symmetric"):
        qap(np.triu(np.ones((4, 4))), np.ones((4, 4)), seed=1, directed=False)


@settings(max_examples=20, deadline=None)
@given(
    n=st.integers(2, 8),
    seed=st.integers(0, 10_000),
    whole=st.booleans(),
    shapes=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
def test_products_are_those_of_copied_matrices(n, seed, whole, shapes):
    rng = np.random.default_rng(seed)
    draw = (lambda *size: rng.integers(-2, 3, size).astype(float)) if whole else (lambda *size: rng.normal(size=size))
    tables, fixed = draw(shapes[0], n, n), draw(shapes[1], n, n)
    chosen = permutations(n, n_permutations=5, seed=seed)
    off = ~np.eye(n, dtype=bool)
    expected = [[[(one * relabelled(table, p))[off].sum() for table in tables] for one in fixed] for p in chosen]
    np.testing.assert_allclose(permuted_products(tables, fixed, chosen), expected, atol=1e-9)


def test_strata_keep_people_in_place():
    strata = np.array(["b", "a", "b", "a", "c"])
    chosen = permutations(5, n_permutations=200, seed=1, strata=strata)
    assert (strata[chosen] == strata).all()
    assert {tuple(row) for row in chosen} == {(a, b, c, d, 4) for a, c in [(0, 2), (2, 0)] for b, d in [(1, 3), (3, 1)]}


def test_permutations_are_uniform():
    chosen = permutations(3, n_permutations=6000, seed=1)
    counts = np.unique(chosen, axis=0, return_counts=True)[1]
    assert len(counts) == 6
    assert counts.min() > 880


def test_p_adds_one_and_is_two_sided():
    null = np.arange(-5, 5) + 0.5  # mean 0
    assert held_against(4.5, null).p == 3 / 11
    assert held_against(-4.5, null).p == 3 / 11
    assert held_against(100, null).p == 1 / 11
    assert held_against(0.5, null).p == 1


def test_undefined_permutations_are_counted():
    test = held_against(2.0, np.array([0.0, 1.0, np.nan, 2.0]))
    assert test.n_permutations == 3
    assert "1 of 4" in test.note


def test_families_are_corrected_as_published():
    # Benjamini & Hochberg (1995), section 4.1: the procedure rejects the first four at .05, Bonferroni-type three.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert (adjusted(p) <= 0.05).sum() == 3


def test_mixing_counts_every_labelling():
    labels = np.array([[0, 1, 1], [1, 0, 1]])
    counts = mixing_counts(np.array([0, 1]), np.array([1, 2]), labels, n_groups=2)
    assert counts.tolist() == [[[0, 1], [0, 1]], [[0, 1], [1, 0]]]
