"""Where nobody kept a list of who answered: the same measures under the other reading of silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.network.measures import network_measures
from nicmethods.tables import RUN_TABLES, conform, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nicmethods.network.graph import Policy

__all__ = ["other_reading"]

_KEY = ["relation", "wave", "measure", "by"]


def other_reading(
    ties: pd.DataFrame,
    responses: pd.DataFrame,
    roster: pd.DataFrame,
    relations: pd.DataFrame,
    *,
    waves: Sequence[str],
    policy: Policy = "observed",
) -> pd.DataFrame:
    """Compare measures if whoever names nobody did not answer, and if they answered that they turn to nobody.

    Parameters
    ----------
    ties, responses, roster, relations
        Work tables.
    waves
        Waves in order.
    policy
        See :func:`nicmethods.network.graph.wave_network`.

    Returns
    -------
    DataFrame
        Run table ``readings``: measures whose value differs. Empty where a response list says who answered.
    """
    inferred = responses["basis"].eq("inferred")
    if not inferred.any():
        return empty(RUN_TABLES["readings"])
    both = [
        network_measures(
            ties, table, roster, relations, waves=waves, policy=policy, seed=0, n_permutations=0, n_bootstrap=0
        ).set_index(_KEY)["value"]
        for table in (responses, responses.assign(responded=responses["responded"] | (inferred & responses["present"])))
    ]
    readings = pd.concat(both, axis=1, keys=["not_answered", "answered_none"]).reset_index()
    differs = readings["not_answered"].ne(readings["answered_none"]) & readings["not_answered"].notna()
    return conform(readings[differs], RUN_TABLES["readings"])
