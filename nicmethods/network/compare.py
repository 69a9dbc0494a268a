"""Do relations go together: waves with each other, and ties with sites and roles, tested by relabelling people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.network.between_waves import both_waves, interval_rows, intervals
from nicmethods.network.covariates import placed
from nicmethods.network.graph import (
    WaveNetwork,
    declared,
    every_wave,
    groupings,
    same_group,
    seed_of,
    to_matrix,
    wave_network,
)
from nicmethods.network.permutation import adjusted, columns_of, qap
from nicmethods.network.regression import mrqap
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nicmethods.network.covariates import Covariates
    from nicmethods.tables.bundles import Survey

__all__ = ["qap_table"]


@takes
def qap_table(
    survey: Survey,
    *,
    seed: int,
    by: Sequence[str] = ("site", "role"),
    covariates: Covariates | None = None,
    n_permutations: int = 1000,
) -> pd.DataFrame:
    """Correlate ties with same site, same role, other relations and the wave before; regress each wave on the one before.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say.
    seed
        Seed of the random generator.
    by
        Roster columns; each gives a predictor ``same_<column>``. Pairs with a blank are left out.
    covariates
        More predictors, by name: frames with people as index and columns, the same at all times, or one by pair of waves
        (``{"together": {("w1", "w2"): frame}}``), such as time together or coded help.
    n_permutations
        Relabellings behind each p.

    Returns
    -------
    DataFrame
        Run table ``qap``. Model ``correlation``: QAP correlation of a wave's ties with each predictor (``from_wave``
        is the wave itself), with each relation listed later (``tie_<relation>``), with the wave before (term
        ``earlier_tie``) and with each covariate of the two waves. Model ``mrqap_linear``: a wave's ties on
        the earlier tie, the earlier tie the other way round (``earlier_returned``) and the predictors. People are
        relabelled within the groups inside which the question was asked. p is corrected by Holm within each relation, wave and
        model; correlations with other relations are a family of their own.
    """
    by = groupings(survey, by)
    parts = [
        _within_wave(
            network,
            _others(survey, network),
            placed(covariates, network.people["actor"], (network.wave,) * 2),
            by,
            seed_of(seed, network.relation, network.wave),
            n_permutations,
        )
        for network in every_wave(survey)
    ]
    for earlier, later in intervals(survey):
        own = seed_of(seed, later.relation, earlier.wave, later.wave)
        parts.extend(_between_waves(earlier, later, by, covariates, own, n_permutations))
    return declared("qap", parts)


def _others(survey: Survey, network: WaveNetwork) -> dict[str, NDArray[np.float64]]:
    """Ties of the relations listed after this one, on the same people."""
    relations = survey.relations["relation"].tolist()
    later = relations[relations.index(network.relation) + 1 :]
    found = {f"tie_{name}": to_matrix(wave_network(survey, wave=network.wave, relation=name)) for name in later}
    return {
        name: frame.reindex(index=network.actors, columns=network.actors).to_numpy() for name, frame in found.items()
    }


def _within_wave(
    network: WaveNetwork,
    others: dict[str, NDArray[np.float64]],
    more: dict[str, NDArray[np.float64]],
    by: Sequence[str],
    seed: int,
    n_permutations: int,
) -> pd.DataFrame:
    strata = network.asked_group if network.asked_within else None
    families = [_same(network.people, by) | more, others]
    rows = [_correlations(network.binary(), one, seed, n_permutations, strata) for one in families if one]
    return pd.concat([_labelled(one, network, network, "correlation") for one in rows] or [pd.DataFrame()])


def _between_waves(
    earlier: WaveNetwork,
    later: WaveNetwork,
    by: Sequence[str],
    covariates: Covariates | None,
    seed: int,
    n_permutations: int,
) -> Iterator[pd.DataFrame]:
    people, before, after = both_waves(earlier, later)
    place = pd.Index(later.actors).get_indexer(pd.Index(people["actor"]))
    strata = later.asked_group[place] if later.asked_within else None
    more = placed(covariates, people["actor"], (earlier.wave, later.wave))
    between = {name: matrix for name, matrix in more.items() if isinstance((covariates or {})[name], Mapping)}
    rows = _correlations(after, {"earlier_tie": before, **between}, seed, n_permutations, strata)
    yield _labelled(rows, earlier, later, "correlation")
    predictors = {"earlier_tie": before, "earlier_returned": before.T, **_same(people, by), **more}
    flat = [name for name, matrix in predictors.items() if not _varies(matrix, after)]
    varying = {name: matrix for name, matrix in predictors.items() if name not in flat}
    rows = mrqap(after, varying, seed=seed, n_permutations=n_permutations, strata=strata)
    left_out = pd.DataFrame(
        {"term": flat, "n_dyads": rows["n_dyads"].iloc[0], "note": "does not vary over known pairs"}
    )
    rows = pd.concat([rows, left_out]) if flat else rows
    yield _labelled(rows.rename(columns={"estimate": "value"}), earlier, later, "mrqap_linear")


def _same(people: pd.DataFrame, by: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    return {f"same_{column}": same_group(people[column]) for column in by}


def _varies(matrix: NDArray[np.float64], outcome: NDArray[np.float64]) -> bool:
    known = matrix[~np.isnan(matrix) & ~np.isnan(outcome)]
    return bool(len(known)) and bool(np.ptp(known) > 0)


def _correlations(
    outcome: NDArray[np.float64],
    others: dict[str, NDArray[np.float64]],
    seed: int,
    n_permutations: int,
    strata: NDArray[np.int64] | None,
) -> pd.DataFrame:
    tests = [
        qap(outcome, other, seed=seed_of(seed, name), n_permutations=n_permutations, strata=strata)
        for name, other in others.items()
    ]
    return pd.DataFrame(
        {
            "term": list(others),
            "value": [test.value for test in tests],
            "statistic": [test.value for test in tests],
            "n_dyads": [test.n_dyads for test in tests],
            **columns_of(tests),
        }
    )


def _labelled(rows: pd.DataFrame, earlier: WaveNetwork, later: WaveNetwork, model: str) -> pd.DataFrame:
    return interval_rows(rows, earlier, later, model=model, p_adjusted=adjusted(rows["p"]))
