"""Exact models of ties, pair by pair: which form and which persist between waves, and which there are in one wave."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.between_waves import both_waves, interval_rows, intervals
from nicmethods.network.covariates import placed
from nicmethods.network.graph import declared, groupings, same_group
from nicmethods.network.permutation import adjusted
from nicmethods.network.ways_in import aligned, terms_of
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nicmethods.network.covariates import Covariates
    from nicmethods.network.graph import WaveNetwork
    from nicmethods.tables.bundles import Survey

__all__ = ["pair_model", "stergm", "stergm_table"]

_MODELS: tuple[Literal["formation"], Literal["persistence"]] = ("formation", "persistence")
_STATES = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
_STEPS = 100
_Z = 1.959963984540054
_UNBOUNDED = 30.0


def stergm(
    before: Any,
    after: Any,
    *,
    model: Literal["formation", "persistence"],
    covariates: Mapping[str, Any] | None = None,
    mutual: bool = True,
) -> pd.DataFrame:
    """Model which absent ties form, or which present ties persist, by the exact likelihood.

    Given the earlier wave, pairs of people are independent of each other in a model with these terms, so the likelihood
    is a product over pairs, each summed over its at most four states. Nothing is simulated.

    Parameters
    ----------
    before, after
        Ties (1), no ties (0), unknown (NaN) in the earlier and the later wave: arrays of shape (n, n), frames with people
        as index and columns, which are aligned by label, or waves; the diagonal is ignored. A pair needs both directions in the earlier wave. In the later wave an unknown direction is summed over, which
        is exact if being unknown does not depend on the tie.
    model
        ``"formation"``: over ties absent before. ``"persistence"``: over ties present before.
    covariates
        Name to a matrix of the same kind, frames perhaps of more people: what it adds to a tie's log odds of forming (persisting), for example 1 for pairs of
        one site. Pairs with an unknown entry are left out.
    mutual
        Whether to add a term for ties that meet a tie the other way: among the ties of both waves together in
        formation, among the ties that last in persistence.

    Returns
    -------
    DataFrame
        One row a term (``edges``, ``mutual``, then covariates): ``estimate`` (conditional log odds), ``se``, ``low``,
        ``high`` (95 %), ``p`` (Wald, two-sided), ``n_dyads`` (ordered pairs at risk whose outcome is known), ``note``;
        and the same in every row ``log_likelihood`` and ``aic``, which count the terms that have an estimate. NaN with a note where the data do not determine a term, or drive it to infinity (separation).

    References
    ----------
    Krivitsky & Handcock (2014), Journal of the Royal Statistical Society B 76.

    Examples
    --------
    >>> before = np.zeros((4, 4))
    >>> after = np.array([[0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]], float)
    >>> stergm(before, after, model="formation", mutual=False).loc[0, "estimate"].round(3)
    np.float64(-0.693)
    """
    given = covariates or {}
    terms = terms_of(["edges", "mutual"] if mutual else ["edges"], given)
    matrices, _ = aligned({"the earlier wave": before, "the later wave": after, **given}, wider=list(given))
    return _table(terms, _Pairs.of(matrices[0], matrices[1], model, matrices[2:], mutual=mutual))


def pair_model(ties: Any, *, covariates: Mapping[str, Any] | None = None, mutual: bool = True) -> pd.DataFrame:
    """Model which ties there are in one wave by the exact likelihood: an ERGM without dependence beyond the pair.

    With these terms pairs are independent of each other, so that nothing is simulated. Terms that tie pairs to each other
    (shared partners, degrees) need simulation and are not here: where ties cluster beyond what covariates explain, standard
    errors are too small. Without ``mutual`` this is logistic regression on cells.

    Parameters
    ----------
    ties
        Ties (1), no ties (0), unknown (NaN): array, frame with people as index and columns, or a wave.
    covariates, mutual
        As in :func:`stergm`.

    Returns
    -------
    DataFrame
        As :func:`stergm`.

    References
    ----------
    Holland & Leinhardt (1981), Journal of the American Statistical Association 76; Robins et al. (2007), Social Networks
    29, for what it leaves out.

    Examples
    --------
    >>> pair_model([[0, 1, 1], [1, 0, 0], [0, 0, 0]], mutual=False).loc[0, "estimate"]
    np.float64(0.0)
    """
    (square,), people = aligned({"ties": ties})
    nothing: Any = np.zeros_like(square)
    nothing = nothing if people is None else pd.DataFrame(nothing, index=people, columns=people)
    return stergm(nothing, ties, model="formation", covariates=covariates, mutual=mutual)


@dataclass(frozen=True)
class _Pairs:
    """Pairs at risk: the terms of each pair's four states, which states it could have, and which fit what is known."""

    statistics: NDArray[np.float64]
    possible: NDArray[np.bool_]
    fitting: NDArray[np.bool_]
    n_cells: int

    @classmethod
    def of(
        cls,
        before: NDArray[np.float64],
        after: NDArray[np.float64],
        model: str,
        matrices: Sequence[NDArray[np.float64]],
        *,
        mutual: bool,
    ) -> _Pairs:
        before, after = _binary(before), _binary(after)
        one, other = np.triu_indices(len(before), 1)
        then = np.stack([before[one, other], before[other, one]], axis=1)
        now = np.stack([after[one, other], after[other, one]], axis=1)
        there = np.stack([np.stack([matrix[one, other], matrix[other, one]], axis=1) for matrix in matrices] or [then])
        usable = ~np.isnan(then).any(axis=1) & ~np.isnan(there).any(axis=(0, 2))
        possible, fitting, n_cells = _states(then[usable], now[usable], model)
        statistics = _statistics(there[: len(matrices), usable], mutual)
        informative = (possible & ~fitting).any(axis=1)
        return cls(statistics[informative], possible[informative], fitting[informative], n_cells)

    @classmethod
    def pooled(cls, parts: Sequence[_Pairs]) -> _Pairs:
        """Pairs of several intervals as one set."""
        return cls(
            np.concatenate([part.statistics for part in parts]),
            np.concatenate([part.possible for part in parts]),
            np.concatenate([part.fitting for part in parts]),
            sum(part.n_cells for part in parts),
        )


def _binary(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    square = matrix.copy()
    np.fill_diagonal(square, 0.0)
    if not np.isin(square[~np.isnan(square)], (0, 1)).all():
        raise MeasureError("The waves of a model of change hold 0, 1 and NaN only; cut values at a threshold first.")
    return square


def _states(
    then: NDArray[np.float64], now: NDArray[np.float64], model: str
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], int]:
    """Which states each pair could have, shape (pairs, 4), which of them fit what is known, and known cells at risk."""
    if model not in _MODELS:
        raise MeasureError(f"The model is {model!r}; it must be 'formation' or 'persistence'.")
    fixed = 1.0 if model == "formation" else 0.0
    at_risk = then != fixed
    possible = (at_risk[:, None, :] | (_STATES[None] == fixed)).all(axis=2)
    unknown = np.isnan(now)
    fits = ~at_risk[:, None, :] | unknown[:, None, :] | (_STATES[None] == now[:, None, :])
    return possible, possible & fits.all(axis=2), int((at_risk & ~unknown).sum())


def _statistics(there: NDArray[np.float64], mutual: bool) -> NDArray[np.float64]:
    """Terms of each state of each pair, shape (pairs, 4, terms)."""
    shape = (there.shape[1], 4)
    parts = [np.broadcast_to(_STATES.sum(axis=1), shape)]
    if mutual:
        parts.append(np.broadcast_to(_STATES.prod(axis=1), shape))
    parts.extend(covariate @ _STATES.T for covariate in there)
    return np.stack(parts, axis=2).astype(float)


def _moments(
    statistics: NDArray[np.float64], allowed: NDArray[np.bool_], theta: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """Summed log normaliser over the allowed states, and its gradient and Hessian."""
    energy = np.where(allowed, statistics @ theta, -np.inf)
    top = energy.max(axis=1)
    weight = np.exp(energy - top[:, None])
    total = weight.sum(axis=1)
    weight /= total[:, None]
    weighted = statistics * weight[:, :, None]
    mean, terms = weighted.sum(axis=1), len(theta)
    second = weighted.reshape(-1, terms).T @ statistics.reshape(-1, terms)
    return float((top + np.log(total)).sum()), mean.sum(axis=0), second - mean.T @ mean


def _table(terms: list[str], pairs: _Pairs) -> pd.DataFrame:
    statistics, possible, fitting = pairs.statistics, pairs.possible, pairs.fitting
    estimate, se, level = np.full(len(terms), np.nan), np.full(len(terms), np.nan), np.nan
    notes = ["no pair at risk" if not len(statistics) else ""] * len(terms)
    if len(statistics):
        free = _identified(statistics, possible)
        estimate[free], se[free], level = _maximised(statistics[:, :, free], possible, fitting)
        notes = ["" if one else "does not vary, or the other terms determine it" for one in free]
        for k in (away := np.flatnonzero(np.isinf(se))):
            # Which way one of several goes is not in the data.
            side = "together with others past" if len(away) > 1 else "above" if estimate[k] > 0 else "below"
            notes[k] = f"no finite estimate: the data push it {side} every bound"
            estimate[k] = se[k] = np.nan
    z = estimate / se
    return pd.DataFrame(
        {
            "term": pd.Series(terms, dtype="str"),
            "estimate": estimate,
            "se": se,
            "low": estimate - _Z * se,
            "high": estimate + _Z * se,
            "p": _two_sided(z),
            "log_likelihood": level,
            "aic": 2 * np.isfinite(estimate).sum() - 2 * level,
            "n_dyads": pairs.n_cells,
            "note": pd.Series(notes, dtype="str"),
        }
    )


def _identified(statistics: NDArray[np.float64], possible: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which terms add information, taken in order."""
    information = _moments(statistics, possible, np.zeros(statistics.shape[2]))[2]
    free = np.zeros(len(information), bool)
    for k in range(len(information)):
        free[k] = True
        part = information[np.ix_(free, free)]
        scale = np.sqrt(np.maximum(np.diag(part), 1e-300))
        free[k] = np.linalg.matrix_rank(part / np.outer(scale, scale), hermitian=True, tol=1e-9) == free.sum()
        free[k] &= information[k, k] > 1e-12
    return free


def _maximised(
    statistics: NDArray[np.float64], possible: NDArray[np.bool_], fitting: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Estimates, standard errors and log-likelihood by Newton's method; infinite errors where a term runs away."""
    scale = np.ptp(statistics, axis=(0, 1))
    scaled = statistics / scale
    theta = np.zeros(len(scale))
    level = -np.inf
    for _ in range(_STEPS):
        fit_level, fit_slope, fit_curve = _moments(scaled, fitting, theta)
        all_level, all_slope, all_curve = _moments(scaled, possible, theta)
        information = all_curve - fit_curve
        gain = fit_level - all_level - level
        level = fit_level - all_level
        step = np.linalg.pinv(information, hermitian=True, rcond=1e-14) @ (fit_slope - all_slope)
        if abs(gain) < 1e-12 * max(1.0, abs(level)) and np.abs(step).max() < 1e-8:
            break
        if np.abs(theta).max() > 2 * _UNBOUNDED:
            break
        theta = theta + step * min(1.0, 2.0 / max(np.abs(step).max(), 1e-300))
    error = np.sqrt(np.maximum(np.diag(np.linalg.pinv(information, hermitian=True, rcond=1e-14)), 0.0))
    away = (error > _UNBOUNDED) | (error == 0) | (np.abs(theta) > _UNBOUNDED)
    return theta / scale, np.where(away, np.inf, error / scale), level


def _two_sided(z: NDArray[np.float64]) -> NDArray[np.float64]:
    from scipy.special import ndtr

    return 2 * np.asarray(ndtr(-np.abs(z)))


@takes
def stergm_table(
    survey: Survey,
    *,
    by: Sequence[str] = ("site", "role"),
    covariates: Covariates | None = None,
    pooled: bool = False,
) -> pd.DataFrame:
    """Formation and persistence between each wave and the next, net of reciprocity.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say.
    by
        Roster columns; each adds a term ``same_<column>`` for pairs of one group. Pairs with a blank are left out.
    covariates
        More terms, by name: frames with people as index and columns, the same at all times, or one by pair of waves
        (``{"together": {("w1", "w2"): frame}}``), such as time together or coded help.
    pooled
        Whether all intervals share their coefficients: one model a relation, from its first wave to its last.

    Returns
    -------
    DataFrame
        Run table ``stergm``, over people present in both waves; p corrected by Holm over the terms of a model other
        than ``edges``.

    Raises
    ------
    MeasureError
        If the models are to be pooled and a covariate is not given for every interval.
    """
    by = groupings(survey, by)
    parts = []
    for _, own in groupby(intervals(survey), key=lambda step: step[1].relation):
        steps = list(own)
        for together in [steps] if pooled else [[step] for step in steps]:
            for model in _MODELS:
                named = [_interval(earlier, later, model, by, covariates) for earlier, later in together]
                terms = named[0][0]
                if any(others != terms for others, _ in named):
                    raise MeasureError("To pool intervals every covariate must be given for each of them.")
                rows = _table(terms, _Pairs.pooled([pairs for _, pairs in named])).rename(columns={"estimate": "value"})
                family = adjusted(rows["p"].where(rows["term"] != "edges"))
                parts.append(interval_rows(rows, together[0][0], together[-1][1], model=model, p_adjusted=family))
    return declared("stergm", parts)


def _interval(
    earlier: WaveNetwork, later: WaveNetwork, model: str, by: Sequence[str], covariates: Covariates | None
) -> tuple[list[str], _Pairs]:
    """The terms of one interval, and its pairs at risk."""
    people, before, after = both_waves(earlier, later)
    more = {f"same_{column}": same_group(people[column]) for column in by}
    more |= placed(covariates, people["actor"], (earlier.wave, later.wave))
    return ["edges", "mutual", *more], _Pairs.of(before, after, model, list(more.values()), mutual=True)
