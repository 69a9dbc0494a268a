"""The models of the report: what goes with a change in ties (MRQAP), and who helps whom next (relational events)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.numbering import places
from nicmethods.joint.relational_events import relational_event_model
from nicmethods.network.permutation import adjusted
from nicmethods.network.regression import mrqap
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["TIE_CHANGE_TERMS", "fit_models", "tie_change_model"]

TIE_CHANGE_TERMS: dict[str, str] = {
    "help": "times one helped the other in the interval",
    "shared_practice": "times one shared practice with the other in the interval",
    "together": "activities of the interval that both attended",
    "same_site": "both are of one site",
    "same_role": "both have one role",
    "earlier_tie": "value reported in the earlier wave",
}
"""Predictors of the change in what one person reports of another."""

_READINGS = {
    "help": "for each time help passed between two people",
    "shared_practice": "for each time practice was shared between two people",
    "together": "for each activity that two people attended together",
    "same_site": "between colleagues of one site",
    "same_role": "between people of one role",
    "earlier_tie": "for each scale point reported before",
}


@takes
def fit_models(dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk, *, seed: int) -> pd.DataFrame:
    """Fit the model of tie change and the model of help events.

    Parameters
    ----------
    dyads
        Run table.
    survey, meetings, talk
        What it was made from.
    seed
        Seed of permutations and of sampled pairs at risk.

    Returns
    -------
    DataFrame
        Run table ``models``: both, one below the other; ``reading`` says each term in a sentence.
    """
    parts = [tie_change_model(dyads, seed=seed), relational_event_model(survey, meetings, talk, seed=seed)]
    table = pd.concat(parts, ignore_index=True)
    tested = table["p"].where(~table["term"].isin(["intercept", "null_deviance", "deviance"]))
    family = [table[name].fillna("") for name in ("model", "from_wave", "to_wave", "relation")]
    return table.assign(p_holm=tested.groupby(family, sort=False).transform(adjusted))


@takes
def tie_change_model(dyads: pd.DataFrame, *, seed: int, n_permutations: int = 1000) -> pd.DataFrame:
    """Regress the change in each report on what passed between the two, with Dekker's double semi-partialling.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.
    seed
        Seed of the permutations.
    n_permutations
        Relabellings per predictor.

    Returns
    -------
    DataFrame
        ``models`` of ``RUN_TABLES``: one row per interval, relation and term of :data:`TIE_CHANGE_TERMS`, the intercept
        first. The outcome is the later minus the earlier reported value, in scale points, over the ordered pairs where
        both are known; ``p`` is the permutation's, ``statistic`` t. A predictor that does not vary is left out with a
        note; where the model is undefined the note says why.

    References
    ----------
    Dekker, Krackhardt & Snijders (2007), Psychometrika 72(4).
    """
    parts = []
    for keys, pairs in dyads.groupby(["from_wave", "to_wave", "relation"], sort=False):
        outcome, predictors = _matrices(pairs)
        left_out = _uninformative(outcome, predictors)
        used = {name: matrix for name, matrix in predictors.items() if name not in left_out}
        fit = mrqap(outcome, used, seed=seed, n_permutations=n_permutations)
        fit = pd.concat([fit, pd.DataFrame({"term": left_out.keys(), "note": left_out.values()})], ignore_index=True)
        start, end, relation = map(str, keys)
        reading = pd.Series([_reading(row) for row in fit.to_dict("records")], dtype="str")
        fit = fit.rename(columns={"n_dyads": "n"})
        parts.append(fit.assign(model="tie change", from_wave=start, to_wave=end, relation=relation, reading=reading))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    return conform(table.reindex(columns=RUN_TABLES["models"].names), RUN_TABLES["models"])


def _matrices(pairs: pd.DataFrame) -> tuple[NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Outcome and predictors as actor x actor matrices, row reports column; NaN where unknown."""
    actors = pd.Index(pd.unique(pd.concat([pairs["a"], pairs["b"]]))).sort_values()
    i, j = places(actors, pairs["a"]), places(actors, pairs["b"])

    def matrix(ab: pd.Series[Any], ba: pd.Series[Any]) -> NDArray[np.float64]:
        out = np.full((len(actors), len(actors)), np.nan)
        out[i, j], out[j, i] = ab.to_numpy(dtype=float), ba.to_numpy(dtype=float)
        return out

    def between(values: pd.Series[Any]) -> NDArray[np.float64]:
        return matrix(values, values)

    roles = pairs["role_pair"].str.split(" - ", expand=True, n=1).reindex(columns=[0, 1])
    outcome = matrix(pairs["weight_ab_to"] - pairs["weight_ab_from"], pairs["weight_ba_to"] - pairs["weight_ba_from"])
    return outcome, {
        "help": between(pairs["n_help_ab"] + pairs["n_help_ba"]),
        "shared_practice": between(pairs["n_shared_ab"] + pairs["n_shared_ba"]),
        "together": between(pairs["n_together"]),
        "same_site": between((pairs["scope"] == "within").where(pairs["scope"].notna())),
        "same_role": between((roles[0] == roles[1]).where(pairs["role_pair"].notna())),
        "earlier_tie": matrix(pairs["weight_ab_from"], pairs["weight_ba_from"]),
    }


def _uninformative(outcome: NDArray[np.float64], predictors: Mapping[str, NDArray[np.float64]]) -> dict[str, str]:
    """Predictors that say nothing: not known for any pair, or the same for every pair where all is known."""
    known = ~np.isnan(outcome)
    unknown = {name for name, matrix in predictors.items() if np.isnan(matrix[known]).all()}
    for name in predictors.keys() - unknown:
        known &= ~np.isnan(predictors[name])
    constant = {name for name in predictors.keys() - unknown if len(np.unique(predictors[name][known])) < 2}
    notes = dict.fromkeys(unknown, "left out: not known for any pair") | dict.fromkeys(
        constant, "left out: does not vary among the pairs that can be used"
    )
    return {name: notes[name] for name in predictors if name in notes}


def _reading(row: Mapping[Any, Any]) -> str | None:
    """What an estimate means, in a sentence."""
    if row["term"] not in _READINGS or np.isnan(row["estimate"]):
        return None
    what = _READINGS[row["term"]]
    if row["p"] >= 0.05:
        return f"Whether ties changed differently {what} cannot be told (p {row['p']:.2f})."
    return f"Reported ties changed by {row['estimate']:+.2f} scale points {what}, other terms equal (p {row['p']:.3f})."
