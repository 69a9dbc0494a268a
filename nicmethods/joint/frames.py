"""Small tools that every table of the room passes through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = [
    "actor_ids",
    "bootstrap_weights",
    "chosen",
    "holm",
    "interval",
    "joined",
    "pair_index",
    "permutation_p",
    "places",
    "scopes",
    "typed",
]


def typed(columns: Mapping[str, Any] | pd.DataFrame, name: str) -> pd.DataFrame:
    """Make a run table: its columns in order, each in its declared type.

    Parameters
    ----------
    columns
        Column name to values; a column that may be left out and is missing stays out.
    name
        Name of the table in ``RUN_TABLES``.

    Returns
    -------
    DataFrame
        The table as declared, with a fresh index.
    """
    return conform(columns, RUN_TABLES[name])


def actor_ids(roster: pd.DataFrame) -> pd.Index[str]:
    """Ids of the roster in alphabetical order; an actor's place here is the actor's number."""
    ids: pd.Index[str] = pd.Index(np.sort(roster["actor"].to_numpy(dtype=object)), dtype="str")
    return ids


def places(ids: pd.Index[str], names: pd.Series[Any]) -> NDArray[np.int64]:
    """Place of each name among the ids; -1 where it is not one of them."""
    return np.asarray(ids.get_indexer(pd.Index(names)), dtype=np.int64)


def chosen(conditions: list[Any], values: list[Any], default: Any) -> NDArray[Any]:
    """The value of the first condition that holds, element by element; values may be text, arrays or None."""
    out = np.full(np.shape(conditions[0]), default, dtype=object)
    for condition, value in zip(reversed(conditions), reversed(values), strict=True):
        rows = np.asarray(condition, dtype=bool)
        out[rows] = value if np.ndim(value) == 0 else np.asarray(value, dtype=object)[rows]
    return out


def pair_index(first: NDArray[np.int64], second: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Place unordered pairs of ``n`` actors in the row order of ``numpy.triu_indices(n, 1)``.

    Parameters
    ----------
    first, second
        Actor numbers from 0 to n - 1, in either order, never equal.
    n
        Number of actors.

    Examples
    --------
    >>> pair_index(np.array([0, 2, 2]), np.array([1, 0, 1]), 3).tolist()
    [0, 1, 2]
    """
    low, high = np.minimum(first, second).astype(np.int64), np.maximum(first, second).astype(np.int64)
    return low * (2 * n - low - 1) // 2 + high - low - 1


def joined(groups: NDArray[np.int64], texts: NDArray[np.object_], n: int) -> NDArray[np.object_]:
    """Join the texts of each group with ``;`` in the order given; None for groups without any.

    Examples
    --------
    >>> joined(np.array([1, 0, 1]), np.array(["x", "y", "z"], dtype=object), 3).tolist()
    ['y', 'x;z', None]
    """
    out = np.full(n, None, dtype=object)
    if len(groups) == 0:
        return out
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    pieces = np.asarray(";", dtype=object) + texts[order]
    pieces[starts] = texts[order][starts]
    out[groups[order][starts]] = np.add.reduceat(pieces, starts)
    return out


def scopes(
    roster: pd.DataFrame, first: NDArray[np.int64], second: NDArray[np.int64], *, by_site: str, by_role: str
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Whether each pair is of one site, and its two roles in alphabetical order; None where one is unknown.

    ``first`` and ``second`` are row numbers of ``roster``.
    """
    scope = _pairwise(roster.get(by_site), first, second, lambda x, y: np.where(x == y, "within", "across"))
    roles = _pairwise(roster.get(by_role), first, second, lambda x, y: np.where(x <= y, x + " - " + y, y + " - " + x))
    return scope, roles


def _pairwise(
    values: pd.Series[Any] | None, first: NDArray[np.int64], second: NDArray[np.int64], rule: Any
) -> NDArray[np.object_]:
    if values is None:
        return np.full(len(first), None, dtype=object)
    codes, labels = pd.factorize(values, sort=True)
    names = np.asarray([str(label) for label in labels] or [""], dtype=object)
    table = rule(names[:, None], names[None, :]).astype(object)
    x, y = codes[first], codes[second]
    out = table[x, y]
    out[(x < 0) | (y < 0)] = None
    return np.asarray(out, dtype=object)


def bootstrap_weights(n: int, n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """How often each of ``n`` actors is drawn in each of ``n_draws`` samples with replacement (n_draws, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=n_draws).astype(np.float64) if n else np.empty((n_draws, 0))


def interval(draws: NDArray[np.float64]) -> tuple[float, float]:
    """The 95 % percentile interval of bootstrap draws; NaN where more than one draw in twenty is undefined."""
    defined = draws[~np.isnan(draws)]
    if len(draws) == 0 or len(defined) < 0.95 * len(draws):
        return np.nan, np.nan
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def permutation_p(observed: float, null: NDArray[Any]) -> float:
    """Two-sided p, (b + 1) / (m + 1): how many of m null values lie at least as far from their mean.

    Examples
    --------
    >>> permutation_p(3, np.array([0, 1, 1]))
    0.25
    """
    centre = null.mean()
    return float((np.sum(np.abs(null - centre) >= abs(observed - centre) - 1e-9) + 1) / (len(null) + 1))


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's correction of a family of p; NaN stays out of it.

    Examples
    --------
    >>> holm(np.array([0.01, np.nan, 0.04, 0.03])).round(2).tolist()
    [0.03, nan, 0.06, 0.06]
    """
    out = np.full(len(p), np.nan)
    order = np.flatnonzero(~np.isnan(p))[np.argsort(p[~np.isnan(p)], kind="stable")]
    out[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(order), 0, -1)), 1)
    return out
