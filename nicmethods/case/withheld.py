"""Small cells: attribute values that few people hold are withheld before anything is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicmethods.errors import Problem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["few", "withhold_few"]

_NO_ATTRIBUTES = ("actor", "name", "joined", "left")
_PUBLISHED = ("site", "role", "level")


def few(values: pd.Series, *, min_cell: int) -> list[object]:
    """List the values to withhold so that no small cell is shown and none can be had by subtraction.

    Parameters
    ----------
    values
        One value a person; missing ones are nobody's.
    min_cell
        The least number of people that a shown value must have.

    Returns
    -------
    list
        All values held by fewer people; with them the next smallest ones, until those withheld are at least two and
        together held by ``min_cell`` people. Fewest first, then by name; empty where no cell is small.

    Examples
    --------
    >>> import pandas as pd
    >>> site = pd.Series(["north"] * 9 + ["south"] * 6 + ["hill"] * 5 + ["vale"] * 2)
    >>> few(site, min_cell=5), few(site, min_cell=2), few(site, min_cell=8)
    (['vale', 'hill'], [], ['vale', 'hill', 'south'])
    """
    counts = values.value_counts()
    ordered = sorted(counts.items(), key=lambda held: (held[1], str(held[0])))
    n_small = sum(n < min_cell for _, n in ordered)
    if not n_small:
        return []
    while n_small < len(ordered) and (n_small < 2 or sum(n for _, n in ordered[:n_small]) < min_cell):
        n_small += 1
    return [value for value, _ in ordered[:n_small]]


def withhold_few(roster: pd.DataFrame, *, min_cell: int, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Blank the attributes of people who share them with too few others, in every column of the roster.

    Parameters
    ----------
    roster
        One row a person; ``actor``, ``name``, ``joined`` and ``left`` are no attributes.
    min_cell
        ``privacy.min_cell`` of case.yml; 0 or 1 withholds nothing.
    file
        The roster's file, for problems.

    Returns
    -------
    tuple
        The roster, missing where a value is withheld, and a warning for each attribute with the number of people; another
        one if people still stand out by a combination of site, role and level.
    """
    if min_cell < 2:
        return roster, []
    shown, problems = roster.copy(), []
    for column in [name for name in roster.columns if name not in _NO_ATTRIBUTES]:
        withheld = few(roster[column], min_cell=min_cell)
        if withheld:
            hidden = roster[column].isin(withheld)
            shown[column] = roster[column].mask(hidden)
            message = (
                f"'{column}' is withheld for {hidden.sum()} people: fewer than {min_cell} share it, or a small number "
                "could be had by subtraction (privacy.min_cell). Nothing is said about them by it."
            )
            problems.append(Problem("warning", file, None, str(column), "", message))
    return shown, problems + _stand_out(shown, min_cell, file)


def _stand_out(shown: pd.DataFrame, min_cell: int, file: str) -> list[Problem]:
    together = [column for column in _PUBLISHED if column in shown]
    if len(together) < 2:
        return []
    n_alike = shown.groupby(together, dropna=False)["actor"].transform("size")
    n = int((n_alike < min_cell).sum())
    if not n:
        return []
    message = (
        f"{n} people share their {', '.join(together)} taken together with fewer than {min_cell - 1} others. "
        "privacy.min_cell counts each by itself: who knows the network may recognise them."
    )
    return [Problem("warning", file, None, "", "", message)]
