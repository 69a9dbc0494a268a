"""What is known of people or pairs, as matrices on the same people as the ties they are to explain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.graph import groupings, same_group
from nicmethods.network.ways_in import labelled
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["Covariates", "covariate", "placed"]

Kind = Literal["same", "sender", "receiver", "difference", "distance"]
Covariates: TypeAlias = Mapping[str, "pd.DataFrame | Mapping[tuple[str, str], pd.DataFrame]"]
"""Name to a frame with people as index and columns, the same at all times, or to one by pair of waves."""


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


def placed(
    covariates: Covariates | None, people: pd.Series[Any], between: tuple[str, str]
) -> dict[str, NDArray[np.float64]]:
    """Each covariate that holds between two waves, as an array on these people in their order.

    Raises
    ------
    MeasureError
        If somebody is missing from a covariate.
    """
    found = {}
    for name, given in (covariates or {}).items():
        frame = given.get(between) if isinstance(given, Mapping) else given
        if frame is None:
            continue
        values, labels = labelled(frame)
        if labels is None:
            raise MeasureError(f"Covariate {name!r} must be a frame with people as index and columns.")
        place = pd.Index(labels).get_indexer(pd.Index(people))
        if (place < 0).any():
            raise MeasureError(f"Covariate {name!r} says nothing of {people[place < 0].iloc[0]!r}.")
        found[name] = values[np.ix_(place, place)]
    return found
