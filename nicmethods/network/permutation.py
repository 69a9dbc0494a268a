"""Permutation tests of relational data: the shared machinery, QAP correlation, and tests of groups."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.matrices import aligned
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Test",
    "adjusted",
    "columns_of",
    "held_against",
    "mixing_counts",
    "permutations",
    "permuted_labels",
    "permuted_products",
    "qap",
]

_BLOCK = 2**18  # numbers gathered at a time, so that they stay in the processor's cache
_EXACT_IN_SINGLE = 2**24
_FEWEST = 4


@dataclass(frozen=True)
class Test:
    """A value held against what chance gives.

    Parameters
    ----------
    value
        The value observed; NaN if undefined.
    expected, sd
        Mean and standard deviation of the value under the null hypothesis.
    p
        Two-sided: the share of permutations at least as far from `expected` as the value, (b + 1) / (m + 1). NaN where
        the test is undefined.
    p_error
        Monte Carlo standard error of `p`; 0 where `p` is exact.
    n_permutations
        m, the permutations behind it; 0 where `p` is exact or undefined.
    n_dyads
        Pairs behind the value: ordered, or unordered where the data are undirected.
    note
        Why the test is undefined; empty where it is defined.
    p_greater, p_less
        One-sided: the share of permutations at least as large (small) as the value, the value itself counted in.
    null
        Shape (m,): the value in each permutation, for a plot; empty where there was none.
    """

    __test__ = False  # not a pytest class

    value: float
    expected: float = np.nan
    sd: float = np.nan
    p: float = np.nan
    p_error: float = np.nan
    n_permutations: int = 0
    n_dyads: int = 0
    note: str = ""
    p_greater: float = np.nan
    p_less: float = np.nan
    null: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)


def held_against(
    value: float, null: NDArray[np.float64], *, centre: float | None = None, n_dyads: int = 0, note: str = ""
) -> Test:
    """Hold a value against its permuted values.

    Parameters
    ----------
    value
        Observed value.
    null
        Shape (m,): values under permutation. NaN entries (undefined in that permutation) are left out and counted in
        the note.
    centre
        What "far" is measured from; None for the mean of `null`.
    n_dyads, note
        Handed on to the result.

    Returns
    -------
    Test
        With p NaN and a note if the value is undefined or does not vary under permutation.
    """
    usable = null[~np.isnan(null)]
    if np.isnan(value):
        return Test(value, n_dyads=n_dyads, note=note or "the value is undefined")
    if not len(usable):
        return Test(value, n_dyads=n_dyads, note=note or "undefined in every permutation")
    expected, sd = float(usable.mean()), float(usable.std())
    slack = 1e-9 * max(1.0, abs(value), abs(expected))
    if np.ptp(usable) <= slack:
        return Test(value, expected, 0.0, n_dyads=n_dyads, note=note or "every permutation gives the same value")
    middle = expected if centre is None else centre
    greater, less = (
        (int(side.sum()) + 1) / (len(usable) + 1) for side in (usable >= value - slack, usable <= value + slack)
    )
    as_far = int((np.abs(usable - middle) >= abs(value - middle) - slack).sum())
    p = (as_far + 1) / (len(usable) + 1)
    error = float(np.sqrt(p * (1 - p) / len(usable)))
    if len(usable) < len(null):
        note = "; ".join(filter(None, [note, f"undefined in {len(null) - len(usable)} of {len(null)} permutations"]))
    return Test(value, expected, sd, p, error, len(usable), n_dyads, note, greater, less, usable)


def columns_of(tests: Sequence[Test]) -> dict[str, list[Any]]:
    """What tests say, as columns of a table; the standard deviation is ``null_sd``."""
    names = {"expected": "expected", "null_sd": "sd"} | {
        name: name for name in "p p_greater p_less p_error note".split()
    }
    return {column: [getattr(test, name) for test in tests] for column, name in names.items()}


def permutations(n: int, *, n_permutations: int, seed: int, strata: ArrayLike | None = None) -> NDArray[np.int64]:
    """Random permutations of n people, shape (n_permutations, n).

    Parameters
    ----------
    n
        People.
    n_permutations
        How many.
    seed
        Seed of the random generator.
    strata
        Shape (n,): people change places only with people of the same stratum, for example their site.

    Examples
    --------
    >>> permutations(4, n_permutations=2, seed=1, strata=[0, 0, 1, 1]).max(axis=0)[:2] < 2
    array([ True,  True])
    """
    rng = np.random.default_rng(seed)
    if strata is None:
        return rng.permuted(np.broadcast_to(np.arange(n), (n_permutations, n)), axis=1)
    labels = pd.Series(strata)
    if len(labels) != n or labels.isna().any():
        raise MeasureError(f"Strata are one label a person, none blank; there are {labels.count()} for {n} people.")
    code = pd.factorize(labels, sort=True)[0]
    shuffled = np.argsort(code + rng.random((n_permutations, n)), axis=1)
    result = np.empty_like(shuffled)
    result[:, np.argsort(code, kind="stable")] = shuffled
    return result


def permuted_products(
    tables: NDArray[Any],
    fixed: NDArray[Any],
    permutations: NDArray[np.int64],
    *,
    directed: bool = True,
) -> NDArray[np.float64]:
    """Inner products of fixed matrices with relabelled ones, without copying a matrix.

    Only cells where a fixed matrix differs from its commonest value are visited, so the cost is ties x permutations.

    Parameters
    ----------
    tables
        Shape (a, n, n), without NaN: the matrices whose rows and columns are relabelled.
    fixed
        Shape (b, n, n), without NaN: the matrices that stay.
    permutations
        Shape (m, n).
    directed
        Sum over all ordered pairs, or only over unordered ones (then `tables` must be symmetric).

    Returns
    -------
    ndarray
        Shape (m, b, a): the sum over pairs i, j of ``fixed[b, i, j] * tables[a, p[i], p[j]]``. The diagonal is left out.
    """
    common = np.array([_commonest(matrix) for matrix in fixed])
    differs = (fixed != common[:, None, None]).any(axis=0)
    np.fill_diagonal(differs, val=False)
    source, target = np.nonzero(differs if directed else np.tril(differs))
    apart = fixed[:, source, target] - common[:, None]
    sums = tables.sum(axis=(1, 2)) - np.trace(tables, axis1=1, axis2=2)
    base = np.outer(common, sums / (1 if directed else 2))
    kind = _single_if_exact(tables, apart)
    columns = np.ascontiguousarray(tables.reshape(len(tables), -1).T.astype(kind))
    apart = apart.astype(kind)
    result = np.empty((len(permutations), *base.shape))
    for start in range(0, len(permutations), 256):
        chosen = np.ascontiguousarray(permutations[start : start + 256].T)
        sums = _gathered(columns, apart, source, target, chosen)
        result[start : start + 256] = sums.transpose(1, 0, 2) + base
    return result


def _gathered(
    columns: NDArray[Any],
    apart: NDArray[Any],
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    chosen: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Shape (b, m, a): a block of cells at a time, permutations along the fast axis, sums by matrix product."""
    n, m = chosen.shape
    a = columns.shape[1]
    rows = chosen * n
    sums = np.zeros((len(apart), m * a))
    step = max(1, _BLOCK // (m * a))
    for start in range(0, len(source), step):
        place = rows.take(source[start : start + step], axis=0)
        place += chosen.take(target[start : start + step], axis=0)
        values = columns[:, 0].take(place, mode="clip") if a == 1 else columns.take(place, axis=0, mode="clip")
        sums += apart[:, start : start + step] @ values.reshape(len(place), -1)
    return sums.reshape(len(apart), m, a)


def _commonest(matrix: NDArray[Any]) -> float:
    """The value of most cells, or 0 where no value is that common."""
    if np.count_nonzero(matrix) * 2 <= matrix.size:
        return 0.0
    middle = np.partition(matrix.ravel(), matrix.size // 2)[matrix.size // 2]
    return float(middle) if np.count_nonzero(matrix == middle) * 2 > matrix.size else 0.0


def _single_if_exact(tables: NDArray[Any], apart: NDArray[np.float64]) -> type[np.floating[Any]]:
    """Single precision is exact for whole numbers whose sums stay below 2**24, and twice as fast."""
    if not apart.size:
        return np.float64
    bound = np.abs(apart).sum(axis=1).max() * np.abs(tables).max()
    whole = bound < _EXACT_IN_SINGLE and (apart == np.rint(apart)).all() and (tables == np.rint(tables)).all()
    return np.float32 if whole else np.float64


@takes
def qap(
    x: Any,
    y: Any,
    *,
    seed: int,
    n_permutations: int = 1000,
    directed: bool = True,
    strata: ArrayLike | None = None,
) -> Test:
    """Correlate two relations on the same people, and test it by relabelling people (QAP).

    Parameters
    ----------
    x, y
        Two relations, or two waves of one: arrays of shape (n, n) in the same order, frames with people as index and
        columns, or waves (:func:`~nicmethods.network.graph.wave_network`; ties as 0 and 1). Frames are aligned by label.
        NaN is an unknown cell; the diagonal is ignored. With unknown cells each permutation is correlated over the cells
        known in both matrices after relabelling.
    seed
        Seed of the random generator.
    n_permutations
        Relabellings of `y`.
    directed
        Whether cells i, j and j, i are two observations; if not, both matrices must be symmetric.
    strata
        Shape (n,): relabel only within these groups.

    Returns
    -------
    Test
        Pearson's correlation, with p two- and one-sided and the null's draws; undefined where either matrix does not vary
        over the known cells, or n < 4.

    Raises
    ------
    MeasureError
        If the two are not about the same people; the first who differ are named. Of two waves
        :func:`~nicmethods.network.graph.in_both` keeps those present in both.

    References
    ----------
    Hubert (1987), Assignment methods in combinatorial data analysis; Krackhardt (1988), Social Networks 10.

    Examples
    --------
    >>> advice = np.array([[0, 1, 1, 0], [1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0]], float)
    >>> qap(advice, advice, seed=1, n_permutations=99).value
    1.0
    """
    (x, y), _ = aligned({"x": x, "y": y}, directed=directed)
    fixed, tables = _moments(x), _moments(y)
    complete = fixed[0].sum() == tables[0].sum() == len(x) * (len(x) - 1)
    half = 1 if directed else 2
    one = np.tensordot(fixed, tables, axes=((1, 2), (1, 2)))[None] / half
    value, n_dyads = float(_correlation(one)[0]), round(float(one[0, 0, 0]))
    if len(x) < _FEWEST or np.isnan(value):
        why = f"fewer than {_FEWEST} people" if len(x) < _FEWEST else "no variance over the known cells"
        return Test(value, n_dyads=n_dyads, note=why)
    chosen = permutations(len(x), n_permutations=n_permutations, seed=seed, strata=strata)
    sums = np.repeat(one, len(chosen), axis=0)
    if complete:
        sums[:, 1, 1] = permuted_products(tables[1:2], fixed[1:2], chosen, directed=directed)[:, 0, 0]
    else:
        sums[:, 0] = permuted_products(tables, fixed[:1], chosen, directed=directed)[:, 0]
        sums[:, 1:, :2] = permuted_products(tables[:2], fixed[1:], chosen, directed=directed)
    return held_against(value, _correlation(sums), n_dyads=n_dyads)


def _moments(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Known (1 or 0), value and its square, 0 where unknown: shape (3, n, n)."""
    unknown = np.isnan(matrix)
    value = np.where(unknown, 0.0, matrix)
    return np.stack([(~unknown).astype(float), value, value**2])


def _correlation(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pearson's correlation from sums of known, x, x squared (rows) times known, y, y squared (columns)."""
    count, sum_x, sum_xx = sums[:, 0, 0], sums[:, 1, 0], sums[:, 2, 0]
    sum_y, sum_yy, sum_xy = sums[:, 0, 1], sums[:, 0, 2], sums[:, 1, 1]
    square_x, square_y = count * sum_xx - sum_x**2, count * sum_yy - sum_y**2
    varies = (square_x > 1e-9 * np.abs(count * sum_xx)) & (square_y > 1e-9 * np.abs(count * sum_yy))
    spread = np.sqrt(np.where(varies, square_x * square_y, np.nan))
    return (count * sum_xy - sum_x * sum_y) / spread


def permuted_labels(
    labels: NDArray[np.int64], *, n_permutations: int, seed: int, strata: ArrayLike | None = None
) -> Iterator[NDArray[Any]]:
    """Deal group numbers out anew, within `strata` where given: blocks of shape (some, n), n_permutations in all."""
    rng = np.random.default_rng(seed)
    compact = labels.astype(np.min_scalar_type(labels.max(initial=0)))
    step = max(1, 64 * _BLOCK // max(1, len(labels)))
    for start in range(0, n_permutations, step):
        times = min(step, n_permutations - start)
        if strata is None:
            yield rng.permuted(np.broadcast_to(compact, (times, len(labels))), axis=1)
        else:
            own = int(rng.integers(2**63))
            yield compact[permutations(len(labels), n_permutations=times, seed=own, strata=strata)]


def mixing_counts(
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    labels: NDArray[Any],
    *,
    n_groups: int,
) -> NDArray[np.int64]:
    """Ties from group to group under each labelling.

    Parameters
    ----------
    source, target
        Shape (n_ties,): people.
    labels
        Shape (m, n): group numbers from 0 to n_groups - 1 in each of m labellings.
    n_groups
        Groups.

    Returns
    -------
    ndarray
        Shape (m, n_groups, n_groups).
    """
    m, cells = len(labels), n_groups**2
    result = np.empty((m, cells), np.int64)
    if not cells:
        return result.reshape(m, 0, 0)
    step = max(1, 4 * _BLOCK // max(1, len(source)))
    for start in range(0, m, step):
        dealt = labels[start : start + step]
        pair = dealt.take(source, axis=1).astype(np.int64)
        pair *= n_groups
        pair += dealt.take(target, axis=1)
        pair += (np.arange(len(dealt)) * cells)[:, None]
        result[start : start + step] = np.bincount(pair.ravel(), minlength=len(dealt) * cells).reshape(-1, cells)
    return result.reshape(m, n_groups, n_groups)


def adjusted(p: ArrayLike) -> NDArray[np.float64]:
    """Correct a family of p-values for the family-wise error (Holm 1979); NaN stays NaN and does not count.

    Parameters
    ----------
    p
        Shape (k,): p-values of one family.

    Examples
    --------
    >>> adjusted([0.01, 0.04, np.nan, 0.03]).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    values = np.asarray(p, dtype=float)
    result = np.full(values.shape, np.nan)
    defined = np.flatnonzero(~np.isnan(values))
    order = defined[np.argsort(values[defined], kind="stable")]
    steps = np.maximum.accumulate(values[order] * np.arange(len(order), 0, -1))
    result[order] = np.minimum(steps, 1.0)
    return result
