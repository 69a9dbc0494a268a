"""What people make of suggestions: accepted or refused, by whom; an accepted one becomes that person's coding."""

from __future__ import annotations

import pandas as pd

from nicmethods.case.coverage import position_ranges
from nicmethods.errors import MeasureError
from nicmethods.tables import WORK_TABLES, conform
from nicmethods.tables.bundles import takes

__all__ = ["accepted_codings", "decide", "renewed"]

_KEY = ["activity", "turn", "code"]


@takes
def decide(suggestions: pd.DataFrame, *, activity: str, turn: str, code: str, accept: bool, by: str) -> pd.DataFrame:
    """Accept or refuse one suggestion.

    Parameters
    ----------
    suggestions
        Work table.
    activity, turn, code
        The suggestion.
    accept
        Whether the turn carries the code.
    by
        Who decided; may not be empty.

    Returns
    -------
    DataFrame
        The suggestions with that one decided.

    Raises
    ------
    MeasureError
        If there is no such suggestion, somebody decided it already, or nobody is named.
    """
    if not by.strip():
        raise MeasureError(f"a decision on {activity}/{turn} '{code}' needs who took it.")
    meant = (suggestions[_KEY] == [activity, turn, code]).all(axis=1)
    if not meant.any():
        raise MeasureError(f"'{code}' is not suggested for {activity}/{turn}.")
    earlier = suggestions[meant & (suggestions["status"] != "open")]
    if len(earlier):
        row = earlier.iloc[0]
        raise MeasureError(f"{activity}/{turn} '{code}' was {row['status']} by {row['by']} already.")
    status = "accepted" if accept else "refused"
    return suggestions.assign(
        status=suggestions["status"].mask(meant, status), by=suggestions["by"].mask(meant, by).astype("str")
    )


def renewed(kept: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """Take newly made suggestions and keep what people have decided.

    Parameters
    ----------
    kept
        Work table ``suggestions``, with decisions.
    fresh
        Suggestions made anew.

    Returns
    -------
    DataFrame
        Every decided row of `kept`, also where it is no longer suggested, and the rows of `fresh` that nobody decided.
    """
    decided = kept[kept["status"] != "open"]
    places = pd.MultiIndex.from_frame(fresh[_KEY])
    undecided = fresh[~places.isin(pd.MultiIndex.from_frame(decided[_KEY]))]
    return pd.concat([decided, undecided], ignore_index=True)


@takes
def accepted_codings(suggestions: pd.DataFrame, turns: pd.DataFrame, *, by: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn what one person accepted into that person's codings.

    Parameters
    ----------
    suggestions
        Work table ``suggestions``, with decisions.
    turns
        Work table ``turns``.
    by
        Whose decisions.

    Returns
    -------
    tuple
        Work tables ``codings`` and ``coverage`` of that coder. Covered are the turns that the person decided on and no
        others: whoever reviews suggestions has not read what was not suggested.
    """
    decided = suggestions[(suggestions["by"] == by) & (suggestions["status"] != "open")]
    accepted = decided.loc[decided["status"] == "accepted", _KEY].drop_duplicates().assign(coder=by)
    positions = decided[_KEY[:2]].drop_duplicates().merge(turns, on=_KEY[:2], validate="one_to_one")
    read = position_ranges(positions[["activity", "position"]]).assign(coder=by, basis="listed")
    made = {"codings": accepted, "coverage": read}
    codings, coverage = (conform(table, WORK_TABLES[name]) for name, table in made.items())
    return codings, coverage
