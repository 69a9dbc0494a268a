"""How often verdicts are wrong: rates from simulated networks, as published in ``calibration/rates.csv``."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from nicmethods.tables.bundles import Survey

__all__ = ["error_rates", "worst_rate"]

_MOST_OF_THE_SMALL = 27


@cache
def _published() -> pd.DataFrame:
    with files("nicmethods.joint").joinpath("calibration/rates.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


@takes
def error_rates(survey: Survey) -> pd.DataFrame:
    """Give the published rates for networks of the size of this one.

    Parameters
    ----------
    survey
        Only the number of its people counts: up to 27, or more.

    Returns
    -------
    DataFrame
        Run table ``error_rates``. Networks of 21 to 60 people were simulated; outside these sizes the nearest are given.
    """
    size = "21 to 27 people" if len(survey.roster) <= _MOST_OF_THE_SMALL else "33 to 60 people"
    table = _published()
    return conform(table[table["size"] == size], RUN_TABLES["error_rates"])


def worst_rate(rates: pd.DataFrame, proposition: str) -> float:
    """The worst upper bound of wrong agreement on a claim over truths that are held to a bar; NaN if it was not simulated."""
    held = rates[rates["proposition"].eq(proposition) & rates["bar"].notna()]
    return float(held["wrong_agreement_high"].max()) if len(held) else float("nan")
