"""People and pairs as numbers, so that tables of all pairs are counted as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["actor_ids", "dyad_subjects", "joined", "pair_index", "places", "scopes"]


def actor_ids(roster: pd.DataFrame) -> pd.Index[str]:
    """Ids of the roster in alphabetical order; an actor's place here is the actor's number."""
    ids: pd.Index[str] = pd.Index(np.sort(roster["actor"].to_numpy(dtype=object)), dtype="str")
    return ids


def places(ids: pd.Index[str], names: pd.Series[Any]) -> NDArray[np.int64]:
    """Place of each name among the ids; -1 where it is not one of them."""
    return np.asarray(ids.get_indexer(pd.Index(names)), dtype=np.int64)


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


def dyad_subjects(dyads: pd.DataFrame, survey: Survey | None = None) -> pd.Series[str]:
    """The name of each pair in an interval: ``from_wave/to_wave/a/b``.

    Parameters
    ----------
    dyads
        Run table.
    survey
        As the ledger spells it, which speaks of every relation of the survey: where several were asked, the relation stands
        before it (``relation/from_wave/to_wave/a/b``).
    """
    names = dyads["from_wave"].str.cat(dyads[["to_wave", "a", "b"]], sep="/")
    return names if survey is None or len(survey.relations) < 2 else dyads["relation"].str.cat(names, sep="/")


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


def scopes(roster: pd.DataFrame, actors: pd.Index[str]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Whether each pair is of one site, and its two roles in alphabetical order; None where one is unknown.

    Pairs stand in the order of ``numpy.triu_indices(len(actors), 1)``.
    """
    people = roster.set_index("actor").reindex(actors)
    first, second = np.triu_indices(len(actors), 1)
    scope = _pairwise(people.get("site"), first, second, lambda x, y: np.where(x == y, "within", "across"))
    roles = _pairwise(people.get("role"), first, second, lambda x, y: np.where(x <= y, x + " - " + y, y + " - " + x))
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
