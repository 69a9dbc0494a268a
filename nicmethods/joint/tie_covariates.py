"""Do ties form, and last, between people who were together or helped each other: the talk as covariates of models of ties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.network.pair_models import stergm_table
from nicmethods.network.permutation import adjusted
from nicmethods.network.regression import qap_table
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nicmethods.tables.bundles import Survey

__all__ = ["pair_covariates", "tie_models"]

_INTERVAL = ["from_wave", "to_wave"]
_MODEL = [*_INTERVAL, "relation", "model", "entered"]
_ALONE = ("formation", "persistence", "correlation")
_NETS = ("together", "help")
_FOR_EACH = {
    "together": "activity that two people attended together",
    "hours_together": "hour that two people were in activities together",
    "help": "time help passed between two people",
}
_COMES = {"formation": "a tie comes up", "persistence": "a tie lasts"}


@takes
def pair_covariates(dyads: pd.DataFrame) -> dict[str, dict[tuple[str, str], pd.DataFrame]]:
    """What passed between each two people in each interval, as matrices for models of ties.

    Parameters
    ----------
    dyads
        Run table.

    Returns
    -------
    dict
        ``together`` (activities that both attended), ``hours_together`` (hours in them; NaN where not known) and ``help``
        (times help was coded between the two, either way; 0 for who was never together, NaN for who was together in
        activities of which none was coded), each by pair of waves: frames with people as index and columns, as
        ``covariates`` of :func:`~nicmethods.network.stergm_table` and :func:`~nicmethods.network.qap_table` takes them.
    """
    found: dict[str, dict[tuple[str, str], pd.DataFrame]] = {name: {} for name in _FOR_EACH}
    for (start, end), every in dyads.groupby(_INTERVAL, sort=False):
        pairs = every.drop_duplicates(["a", "b"])  # the talk stands beside each relation alike
        heard = pairs["n_together_coded"].gt(0) | pairs["n_together"].eq(0)
        passed = {
            "together": pairs["n_together"],
            "hours_together": pairs["minutes_together"] / 60,
            "help": (pairs["n_help_ab"] + pairs["n_help_ba"]).where(heard),
        }
        for name, values in passed.items():
            found[name][str(start), str(end)] = _matrix(pairs, values)
    return found


def _matrix(pairs: pd.DataFrame, values: pd.Series[Any]) -> pd.DataFrame:
    people = pd.Index(pd.unique(pd.concat([pairs["a"], pairs["b"]]))).sort_values()
    a, b = people.get_indexer(pairs["a"]), people.get_indexer(pairs["b"])
    matrix = np.full((len(people), len(people)), np.nan)
    matrix[a, b] = matrix[b, a] = values.to_numpy(dtype=float, na_value=np.nan)
    return pd.DataFrame(matrix, index=people, columns=people)


@takes
def tie_models(
    dyads: pd.DataFrame,
    survey: Survey,
    *,
    seed: int,
    by: Sequence[str] = ("site", "role"),
    n_permutations: int = 1000,
) -> pd.DataFrame:
    """Ask of ties whether they form, last and are there where people were together and where they helped each other.

    Parameters
    ----------
    dyads
        Run table.
    survey
        What it was made from.
    seed
        Seed of the permutations.
    by
        Roster columns; each adds a term ``same_<column>`` where all terms are entered.
    n_permutations
        Relabellings behind each p of QAP and MRQAP.

    Returns
    -------
    DataFrame
        Run table ``tie_models``. ``entered`` is ``alone``: one covariate of :func:`pair_covariates` net of reciprocity
        (formation, persistence) or correlated with the later ties (QAP); or ``all``: activities together and help net of each
        other, of sites, roles and, in MRQAP, of the earlier ties. Hours are entered alone: beside the count of activities,
        which measures the same, neither could be told. A covariate that does not vary over what is known of an interval is
        left out with a note.
    """
    given = pair_covariates(dyads)
    flat = [(name, *waves) for name, frames in given.items() for waves, frame in frames.items() if not _varies(frame)]
    used = {
        name: {waves: frame for waves, frame in frames.items() if (name, *waves) not in flat}
        for name, frames in given.items()
    }
    nets = {name: used[name] for name in _NETS}
    formed = [stergm_table(survey, by=(), covariates={name: frames}) for name, frames in used.items()]
    held = qap_table(survey, seed=seed, by=by, covariates=used, n_permutations=n_permutations)
    regressed = qap_table(survey, seed=seed, by=by, covariates=nets, n_permutations=n_permutations)
    correlated = held[held["model"].eq("correlation") & held["term"].isin(used)]
    alone = pd.concat([table[table["term"].isin(used)] for table in [*formed, correlated]]).assign(entered="alone")
    whole = [stergm_table(survey, by=by, covariates=nets), regressed[regressed["model"].eq("mrqap_linear")]]
    asked = whole[0][[*_INTERVAL, "relation", "threshold_from", "threshold", "policy"]].drop_duplicates()
    rows = pd.concat([alone, pd.concat(whole).assign(entered="all"), _left_out(flat, asked)], ignore_index=True)
    own = rows["p"].where(~rows["term"].isin(["edges", "intercept"]))  # no hypotheses
    rows["p_adjusted"] = own.groupby([rows[column] for column in _MODEL]).transform(lambda p: adjusted(p))
    rows["reading"] = [_reading(row) for row in rows.to_dict("records")]
    return conform(rows, RUN_TABLES["tie_models"])


def _varies(frame: pd.DataFrame) -> bool:
    values = frame.to_numpy()
    known = values[~np.isnan(values)]
    return bool(len(known)) and bool(np.ptp(known) > 0)


def _left_out(flat: Sequence[tuple[str, str, str]], intervals: pd.DataFrame) -> pd.DataFrame:
    """A row for each covariate that says nothing of an interval."""
    said = pd.DataFrame(flat, columns=["term", *_INTERVAL], dtype="str").assign(
        entered="alone", note="left out: the same for every pair of whom it is known, or known of none"
    )
    return said.merge(intervals, on=_INTERVAL).merge(pd.DataFrame({"model": _ALONE}), how="cross")


def _reading(row: Mapping[Any, Any]) -> str | None:
    """What an estimate of formation or persistence means, in a sentence."""
    if row["model"] not in _COMES or row["term"] not in _FOR_EACH or np.isnan(row["value"]):
        return None
    comes, each = _COMES[row["model"]], _FOR_EACH[row["term"]]
    if row["p_adjusted"] >= 0.05:
        return f"Whether it is likelier that {comes} for each {each} cannot be told (p {row['p_adjusted']:.2f})."
    times, low, high = map(_times, np.exp([row["value"], row["low"], row["high"]]))
    net = "net of the other terms" if row["entered"] == "all" else "net of reciprocity alone"
    return f"The odds that {comes} are {times} times as high [{low}, {high}] for each {each}, {net}."


def _times(odds: float) -> str:
    return f"{odds:.2f}" if odds < 1_000 else "over 1,000"  # next to separation digits say nothing
