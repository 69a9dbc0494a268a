"""Exact models of ties, pair by pair: which form and which persist between waves, and which there are in one wave."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.between_waves import interval_rows, intervals
from nicmethods.network.graph import declared, groupings, in_both
from nicmethods.network.matrices import aligned, pair_predictors, terms_of
from nicmethods.network.permutation import adjusted
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nicmethods.network.matrices import Covariates
    from nicmethods.tables.bundles import Survey

    Numbers = NDArray[np.float64]

__all__ = ["pair_model", "stergm", "stergm_table"]

_MODELS = ("formation", "persistence")
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
    (then, now, *more), _ = aligned({"the earlier wave": before, "the later wave": after, **given}, wider=list(given))
    return _table(terms, _pairs(then, now, model, more, mutual=mutual))


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


def _pairs(
    before: Numbers, after: Numbers, model: str, matrices: Sequence[Numbers], *, mutual: bool
) -> tuple[Numbers, NDArray[np.bool_], NDArray[np.bool_], NDArray[np.int64]]:
    """Of each pair the terms of its four states, (pairs, 4, terms), which states it could have, which fit what is known, and its known cells at risk."""
    if model not in _MODELS:
        raise MeasureError(f"The model is {model!r}; it must be 'formation' or 'persistence'.")
    for matrix in (before, after):
        if not np.isin(matrix[~np.isnan(matrix)], (0, 1)).all():
            raise MeasureError(
                "The waves of a model of change hold 0, 1 and NaN only; cut values at a threshold first."
            )
    one, other = np.triu_indices(len(before), 1)
    both = np.stack([[matrix[one, other], matrix[other, one]] for matrix in (before, after, *matrices)]).swapaxes(1, 2)
    both = both[:, ~np.isnan(np.delete(both, 1, axis=0)).any(axis=(0, 2))]
    then, now, there = both[0], both[1], both[2:]
    fixed = 1.0 if model == "formation" else 0.0
    at_risk, unknown = then != fixed, np.isnan(now)
    possible = (at_risk[:, None, :] | (fixed == _STATES)).all(axis=2)
    fits = ~at_risk[:, None, :] | unknown[:, None, :] | (now[:, None, :] == _STATES)
    own = [_STATES.sum(axis=1), _STATES.prod(axis=1)] if mutual else [_STATES.sum(axis=1)]
    parts = [*(np.broadcast_to(term, possible.shape) for term in own), *(covariate @ _STATES.T for covariate in there)]
    statistics = np.stack(parts, axis=2).astype(float)
    return statistics, possible, possible & fits.all(axis=2), (at_risk & ~unknown).sum(axis=1)


def _moments(statistics: Numbers, allowed: NDArray[np.bool_], theta: Numbers) -> tuple[float, Numbers, Numbers]:
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


def _table(terms: list[str], *sets: tuple[Any, ...]) -> pd.DataFrame:
    """Fit the terms to one or more sets of :func:`_pairs` as one."""
    statistics, possible, fitting, n_cells = map(np.concatenate, zip(*sets, strict=True))
    informative = (possible & ~fitting).any(axis=1)
    statistics, possible, fitting = statistics[informative], possible[informative], fitting[informative]
    estimate, se, level = np.full(len(terms), np.nan), np.full(len(terms), np.nan), np.nan
    notes = ["no pair at risk"] * len(terms)
    if len(statistics):
        free = _identified(statistics, possible)
        estimate[free], se[free], level = _maximised(statistics[:, :, free], possible, fitting)
        notes = ["" if one else "does not vary, or the other terms determine it" for one in free]
        for k in (away := np.flatnonzero(np.isinf(se))):
            # Which way one of several goes is not in the data.
            side = "together with others past" if len(away) > 1 else "above" if estimate[k] > 0 else "below"
            notes[k] = f"no finite estimate: the data push it {side} every bound"
            estimate[k] = se[k] = np.nan
    from scipy.special import ndtr

    return pd.DataFrame(
        {
            "term": pd.Series(terms, dtype="str"),
            "estimate": estimate,
            "se": se,
            "low": estimate - _Z * se,
            "high": estimate + _Z * se,
            "p": 2 * ndtr(-np.abs(estimate / se)),
            "log_likelihood": level,
            "aic": 2 * np.isfinite(estimate).sum() - 2 * level,
            "n_dyads": n_cells.sum(),
            "note": pd.Series(notes, dtype="str"),
        }
    )


def _identified(statistics: Numbers, possible: NDArray[np.bool_]) -> NDArray[np.bool_]:
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
    statistics: Numbers, possible: NDArray[np.bool_], fitting: NDArray[np.bool_]
) -> tuple[Numbers, Numbers, float]:
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
        steps = [in_both(*step) for step in own]
        for together in [steps] if pooled else [[step] for step in steps]:
            entered = [
                pair_predictors(later.people, by, covariates, (earlier.wave, later.wave)) for earlier, later in together
            ]
            if any(list(others) != list(entered[0]) for others in entered):
                raise MeasureError("To pool intervals every covariate must be given for each of them.")
            for model in _MODELS:
                sets = [
                    _pairs(earlier.binary(), later.binary(), model, list(more.values()), mutual=True)
                    for (earlier, later), more in zip(together, entered, strict=True)
                ]
                rows = _table(["edges", "mutual", *entered[0]], *sets).rename(columns={"estimate": "value"})
                family = adjusted(rows["p"].where(rows["term"] != "edges"))
                parts.append(interval_rows(rows, together[0][0], together[-1][1], model=model, p_adjusted=family))
    return declared("stergm", parts)
