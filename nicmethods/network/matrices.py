"""Matrices of pairs: read with their labels, put in one order, and made of what is known of people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.graph import WaveNetwork, groupings, to_matrix
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = [
    "Covariates",
    "aligned",
    "covariate",
    "labelled",
    "name_of",
    "once",
    "pair_predictors",
    "same_group",
    "same_people",
    "some",
    "terms_of",
]

Kind = Literal["same", "sender", "receiver", "difference", "distance"]
Covariates: TypeAlias = Mapping[str, "pd.DataFrame | Mapping[tuple[str, str], pd.DataFrame]"]
"""Name to a frame with people as index and columns, the same at all times, or to one by pair of waves."""

_MOST_SHOWN = 3
_A_RELATION = (
    "A relation is a square matrix of numbers (an array, or a frame with people as index and columns) or a wave;"
)
_ELSE = (
    "Edge lists (columns 'source', 'target' and, if valued, 'weight') and graphs of igraph and networkx become waves: "
    "wave_network(survey_of(data))."
)


def labelled(matrix: Any) -> tuple[NDArray[np.float64], list[str] | None]:
    """A square matrix as an array, with its people where it names them; columns are put in the order of the rows.

    Raises
    ------
    MeasureError
        If it is not square, or rows and columns are not the same people, each once.
    """
    labels = None
    if isinstance(matrix, pd.DataFrame):
        labels, columns = [name_of(label) for label in matrix.index], [name_of(label) for label in matrix.columns]
        if len(labels) != len(columns) or (set(labels).isdisjoint(columns) and labels):
            raise MeasureError(
                f"{_A_RELATION} this frame has {len(labels)} rows and the columns {some(columns)}. {_ELSE}"
            )
        for what, names in (("rows", labels), ("columns", columns)):
            once(names, f"the {what} of the matrix")
        same_people(labels, columns, "the rows", "the columns of the matrix")
        matrix = matrix.set_axis(columns, axis=1)[labels]
    try:
        values = np.array(matrix, dtype=float)
    except (TypeError, ValueError):
        raise MeasureError(_no_matrix(matrix)) from None
    if values.ndim != 2 or values.shape[0] != values.shape[1]:
        raise MeasureError(f"A relation is an n x n matrix; this one has shape {values.shape}.")
    if np.isinf(values).any():
        raise MeasureError("A matrix holds an infinite value; NaN is what is not known.")
    return values, labels


def _no_matrix(given: Any) -> str:
    if isinstance(given, pd.DataFrame):
        words = given.map(lambda value: pd.notna(value) and pd.isna(pd.to_numeric(value, errors="coerce")))
        for row, column in np.argwhere(words.to_numpy()):
            said = given.iloc[row, column]
            return f"The cell of {given.index[row]} and {given.columns[column]} is {said!r}, no number."
    return f"{_A_RELATION} this is a {type(given).__name__}. {_ELSE}"


def name_of(label: Any) -> str:
    """An id as text: 3.0, as a column of numbers with a gap reads it, is 3."""
    if label is None or label != label or not str(label).strip():
        raise MeasureError("Somebody has no id: a label of the network, the roster or 'answered' is blank.")
    return str(int(label)) if isinstance(label, float | np.floating) and label == int(label) else str(label)


def once(names: list[str], where: str) -> None:
    """Refuse names of which one stands twice."""
    again = pd.Index(names)
    if again.has_duplicates:
        raise MeasureError(f"{again[again.duplicated()][0]!r} stands twice among {where}.")


def same_people(one: Iterable[str], other: Iterable[str], first: str, second: str) -> None:
    """Refuse two lists that are not of the same people, naming the first who differ."""
    one, other = list(one), list(other)
    alone = [name for name in one if name not in set(other)], [name for name in other if name not in set(one)]
    told = [f"{some(names)} only in {where}" for names, where in zip(alone, (first, second), strict=True) if names]
    if told:
        raise MeasureError(f"Not the same people: {' and '.join(told)}.")


def aligned(
    matrices: Mapping[str, Any], *, wider: Collection[str] = (), directed: bool = True
) -> tuple[list[NDArray[np.float64]], list[str] | None]:
    """Square matrices on the same people, those with labels in the order of the first, NaN on the diagonal.

    Parameters
    ----------
    matrices
        What a message calls it, to an array, a labelled frame or a
        :class:`~nicmethods.network.graph.WaveNetwork` (its ties, 0 and 1).
    wider
        Those that may be of more people than the first, such as covariates of the whole roster: the others are left out.
    directed
        Whether cells i, j and j, i are two observations; if not, all must be symmetric.

    Returns
    -------
    tuple
        The matrices as arrays, copies all, and the people; None where no matrix names them.

    Raises
    ------
    MeasureError
        If they are not of the same people, some name their people and others do not, sizes differ, or one is not symmetric
        that must be.
    """
    read = {name: labelled(to_matrix(one) if isinstance(one, WaveNetwork) else one) for name, one in matrices.items()}
    with_labels = [name for name, (_, labels) in read.items() if labels is not None]
    without = [name for name, (_, labels) in read.items() if labels is None]
    if with_labels and without:
        raise MeasureError(
            f"{with_labels[0]!r} names its people and {without[0]!r} does not, so they cannot be aligned. Give frames with "
            "people as index and columns, or arrays all in one order."
        )
    first, (whole, people) = next(iter(read.items()))
    found = []
    for name, (values, labels) in read.items():
        if people is not None and labels is not None:
            same_people(people, set(people) & set(labels) if name in wider else labels, repr(first), repr(name))
            place = pd.Index(labels).get_indexer(pd.Index(people))
            values = values[np.ix_(place, place)]
        elif len(values) != len(whole):
            raise MeasureError(
                f"{first!r} has {len(whole)} rows and {name!r} {len(values)}; all must be about the same people."
            )
        np.fill_diagonal(values, np.nan)
        if not directed and not np.array_equal(values, values.T, equal_nan=True):
            raise MeasureError(
                "The matrix is not symmetric; use directed=True, or make it symmetric in a way you state."
            )
        found.append(values)
    return found, people


def terms_of(own: Sequence[str], given: Any) -> list[str]:
    """The names of a model's terms, its own first.

    Raises
    ------
    MeasureError
        If matrices were not given by name, or one has the name of a term that the model has of itself.
    """
    if not isinstance(given, Mapping):
        raise MeasureError(f"Give matrices by name, as {{'name': matrix}}; a {type(given).__name__} was given.")
    if taken := [name for name in given if name in own]:
        raise MeasureError(f"{taken[0]!r} is a term of the model already; call the matrix something else.")
    return [*own, *given]


def some(names: list[str]) -> str:
    """The first three names, and how many more there are."""
    return ", ".join(map(repr, names[:_MOST_SHOWN])) + (
        f" and {len(names) - _MOST_SHOWN} more" if names[_MOST_SHOWN:] else ""
    )


@takes
def covariate(survey: Survey, *, column: str, kind: Kind) -> pd.DataFrame:
    """Turn what the roster says of people into a matrix of pairs.

    Parameters
    ----------
    survey
        The survey.
    column
        Column of the roster.
    kind
        ``"same"``: 1 where both have the same value. Of numbers: ``"sender"`` (value of who names), ``"receiver"`` (of who
        is named), ``"difference"`` (sender's less receiver's), ``"distance"`` (its absolute value).

    Returns
    -------
    DataFrame
        People as index and columns; NaN where a value is blank, which is never imputed.

    Examples
    --------
    >>> from nicmethods.network import survey_of
    >>> people = pd.DataFrame({"actor": ["A", "B"], "years": [3, 10]})
    >>> covariate(survey_of(np.zeros((2, 2)), roster=people), column="years", kind="difference").loc["B", "A"]
    np.float64(7.0)
    """
    groupings(survey, column)
    if kind not in get_args(Kind):
        raise MeasureError(f"There is no kind {kind!r} of covariate; kinds are {', '.join(map(repr, get_args(Kind)))}.")
    values = survey.roster.set_index("actor")[column]
    if kind == "same":
        pairs = same_group(values)
    else:
        number = pd.to_numeric(values, errors="coerce")
        text = values[number.isna() & values.notna()]
        if len(text):
            raise MeasureError(
                f"{kind!r} needs numbers; {column!r} of {text.index[0]} is {text.iloc[0]!r}. Use 'same'."
            )
        own = number.to_numpy(dtype=float, na_value=np.nan)
        one, other = (np.broadcast_to(each, (len(own), len(own))) for each in (own[:, None], own[None, :]))
        difference = one - other
        pairs = {"sender": one, "receiver": other, "difference": difference, "distance": np.abs(difference)}[kind]
    return pd.DataFrame(pairs, index=values.index, columns=values.index)


def same_group(labels: pd.Series[Any]) -> NDArray[np.float64]:
    """Whether two people share a group, as an n x n array of 1 and 0; NaN where either label is blank.

    Examples
    --------
    >>> same_group(pd.Series(["a", "a", None]))[0]
    array([ 1.,  1., nan])
    """
    code = pd.factorize(labels)[0]
    blank = code < 0
    return np.where(blank[:, None] | blank[None, :], np.nan, code[:, None] == code[None, :])


def pair_predictors(
    people: pd.DataFrame, by: Sequence[str], covariates: Covariates | None, between: tuple[str, str]
) -> dict[str, NDArray[np.float64]]:
    """``same_<column>`` for each column of the roster, and each covariate that holds between two waves, on these people.

    Raises
    ------
    MeasureError
        If somebody is missing from a covariate.
    """
    found = {f"same_{column}": same_group(people[column]) for column in by}
    actors = people["actor"]
    for name, given in (covariates or {}).items():
        frame = given.get(between) if isinstance(given, Mapping) else given
        if frame is None:
            continue
        values, labels = labelled(frame)
        if labels is None:
            raise MeasureError(f"Covariate {name!r} must be a frame with people as index and columns.")
        place = pd.Index(labels).get_indexer(pd.Index(actors))
        if (place < 0).any():
            raise MeasureError(f"Covariate {name!r} says nothing of {actors[place < 0].iloc[0]!r}.")
        found[name] = values[np.ix_(place, place)]
    return found
