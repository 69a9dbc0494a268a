"""The models of the report in one table."""

from __future__ import annotations

import pandas as pd

from nicmethods.joint.relational_events import relational_event_model
from nicmethods.joint.tie_change import tie_change_model

__all__ = ["fit_models"]


def fit_models(
    dyads: pd.DataFrame,
    events: pd.DataFrame,
    attendance: pd.DataFrame,
    activities: pd.DataFrame,
    roster: pd.DataFrame,
    *,
    seed: int,
) -> pd.DataFrame:
    """Fit the model of tie change and the model of help events.

    Parameters
    ----------
    dyads
        Run table.
    events, attendance, activities, roster
        The tables it was made from.
    seed
        Seed of permutations and of sampled pairs at risk.

    Returns
    -------
    DataFrame
        Run table ``models``: both, one below the other; ``reading`` says each term in a sentence.
    """
    parts = [
        tie_change_model(dyads, seed=seed),
        relational_event_model(events, attendance, activities, roster, seed=seed),
    ]
    return pd.concat(parts, ignore_index=True)
