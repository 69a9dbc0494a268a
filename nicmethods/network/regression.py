"""Regression of one relation on others, tested by relabelling people (MRQAP)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.permutation import Test, as_square, held_against, permutations, permuted_products
from nicmethods.network.ways_in import aligned, terms_of
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

__all__ = ["mrqap"]

Model = Literal["linear", "logistic"]
Permuted = Literal["dsp", "y"]

_STEPS = 50
_OF_THE_MODEL = ("r2", "r2_adjusted", "deviance", "null_deviance", "aic")
_NUMBERS = (
    *("estimate", "se", "statistic", "expected", "null_sd", "p", "p_greater", "p_less", "p_error"),
    *_OF_THE_MODEL,
)


@takes
def mrqap(
    y: Any,
    predictors: Mapping[str, Any],
    *,
    seed: int,
    n_permutations: int = 1000,
    model: Model = "linear",
    permuted: Permuted = "dsp",
    directed: bool = True,
    strata: ArrayLike | None = None,
) -> pd.DataFrame:
    """Regress one relation on others and test each coefficient against relabelled people.

    Double semi-partialling (``"dsp"``): each predictor is first cleared of the others by linear regression; what is left
    is relabelled, and the statistic of that residual is compared with the observed one. The statistic is t in the linear
    model and Rao's score z in the logistic one (R sna uses Wald's z there, which needs a fit per permutation and fails
    where fits separate). Permuting Y (``"y"``): the outcome is relabelled and the model fitted again, by t and Wald's z;
    it tests that no predictor matters, so that its p for one of several correlated predictors can mislead.

    Parameters
    ----------
    y
        The outcome, 0 or 1 for the logistic model: an array of shape (n, n), a frame with people as index and columns, or
        a wave. NaN is an unknown cell; the diagonal is ignored.
    predictors
        Name to a matrix of the same kind; frames are aligned with `y` by label, and may be of more people. A cell counts if it is known in `y` and
        in every predictor. :func:`~nicmethods.network.covariates.covariate` makes them of what the roster says.
    seed
        Seed of the random generator.
    n_permutations
        Relabellings per predictor.
    model
        ``"linear"`` (least squares) or ``"logistic"``.
    permuted
        ``"dsp"`` or ``"y"``, as above.
    directed
        Whether cells i, j and j, i are two observations; if not, all matrices must be symmetric.
    strata
        Shape (n,): relabel only within these groups.

    Returns
    -------
    DataFrame
        One row a term, the intercept first: ``term``, ``estimate``, ``se`` (as if cells were independent, which they are
        not: for the record, not for a test), ``statistic`` (t, or score or Wald z), ``expected`` and ``null_sd`` of the
        statistic under permutation, ``p`` (two-sided, (b + 1) / (m + 1)), ``p_greater``, ``p_less`` (one-sided),
        ``p_error`` (Monte Carlo), ``n_dyads``, ``note``; and the same in every row: ``r2`` and ``r2_adjusted`` of the
        linear model, ``deviance``, ``null_deviance`` and ``aic`` of the logistic one. The intercept has no test. Where
        the model is undefined (too few cells, no variance, predictors that determine each other, separation) estimates
        are NaN and the note says why.

    Raises
    ------
    MeasureError
        If matrices are not about the same people, a matrix of an undirected model is not symmetric, a logistic outcome is
        not 0 or 1, or there is no such model.

    References
    ----------
    Dekker, Krackhardt & Snijders (2007), Psychometrika 72(4).
    """
    for what, name, known_names in (
        ("model", model, get_args(Model)),
        ("way to permute", permuted, get_args(Permuted)),
    ):
        if name not in known_names:
            raise MeasureError(f"There is no {what} {name!r}; it must be {' or '.join(map(repr, known_names))}.")
    terms = terms_of(["intercept"], predictors)
    matrices, _ = aligned({"the outcome": y, **predictors}, wider=list(predictors))
    outcome, *columns = (as_square(matrix, directed=directed) for matrix in matrices)
    if model == "logistic" and not np.isin(outcome[~np.isnan(outcome)], (0, 1)).all():
        raise MeasureError("The outcome of a logistic model is 0 or 1 in every known cell.")
    known = np.logical_not(np.isnan(np.stack([outcome, *columns])).any(axis=0))
    used = known if directed else np.tril(known)
    design = np.stack([known.astype(float), *(np.where(known, column, 0.0) for column in columns)])
    response = np.where(known, outcome, 0.0)
    why = _undefined(design[:, used], response[used], model)
    if why:
        return _table(terms, int(used.sum()), note=why)
    chosen = permutations(len(outcome), n_permutations=n_permutations, seed=seed, strata=strata)
    fit = _Fit.of(design[:, used], response[used], model)
    if permuted == "y":
        observed, null = _outcome_permuted(outcome, columns, fit, model, chosen, directed=directed)
    else:
        statistics = _linear if model == "linear" else _logistic
        observed, null = statistics(design, response, used, chosen, directed=directed)
    return _table(terms, int(used.sum()), fit, observed, null)


@dataclass(frozen=True)
class _Fit:
    """A model fitted to the known cells: estimates and standard errors by term, and how well it fits."""

    estimate: NDArray[np.float64]
    se: NDArray[np.float64]
    r2: float = np.nan
    r2_adjusted: float = np.nan
    deviance: float = np.nan
    null_deviance: float = np.nan
    aic: float = np.nan

    @classmethod
    def of(cls, design: NDArray[np.float64], response: NDArray[np.float64], model: str) -> _Fit:
        """Fit to design of shape (terms, cells)."""
        k, n = design.shape
        if model == "linear":
            estimate = np.asarray(np.linalg.lstsq(design.T, response, rcond=None)[0], float)
            left, spread = (
                float(((response - estimate @ design) ** 2).sum()),
                float(((response - response.mean()) ** 2).sum()),
            )
            inverse = np.linalg.inv(design @ design.T)
            r2 = 1 - left / spread
            return cls(estimate, np.sqrt(np.diag(inverse) * left / (n - k)), r2, 1 - (1 - r2) * (n - 1) / (n - k))
        fitted = _fit(design.T, response)
        estimate = np.full(k, np.nan) if fitted is None else fitted
        mean = 1 / (1 + np.exp(-(estimate @ design)))
        inverse = np.linalg.inv((design * (mean * (1 - mean))) @ design.T)
        rate = response.mean()
        deviance = -2 * float((response * np.log(mean) + (1 - response) * np.log1p(-mean)).sum())
        null_deviance = -2 * n * float(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
        return cls(
            estimate, np.sqrt(np.diag(inverse)), deviance=deviance, null_deviance=null_deviance, aic=deviance + 2 * k
        )


def _outcome_permuted(
    outcome: NDArray[np.float64],
    columns: list[NDArray[np.float64]],
    fit: _Fit,
    model: str,
    chosen: NDArray[np.int64],
    *,
    directed: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Observed t (Wald's z) and, shape (k, m), the same with the outcome relabelled, over the cells known after it."""
    off = ~np.eye(len(outcome), dtype=bool)
    known_x = off & ~np.isnan(np.stack([np.zeros_like(outcome), *columns])).any(axis=0)
    known_y = ~np.isnan(outcome)
    design = np.stack([known_x.astype(float), *(np.where(known_x, column, 0.0) for column in columns)])
    if model == "logistic":
        null = np.full((len(columns), len(chosen)), np.nan)
        for m, order in enumerate(chosen):
            there = known_x & known_y[np.ix_(order, order)]
            there = there if directed else np.tril(there)
            x, y = design[:, there], outcome[np.ix_(order, order)][there]
            if not _undefined(x, y, model):
                again = _Fit.of(x, y, model)
                null[:, m] = (again.estimate / again.se)[1:]
        return fit.estimate / fit.se, null
    value = np.where(known_y, outcome, 0.0)
    pairs, place = _pairs(design)
    chosen = np.vstack([np.arange(len(outcome)), chosen])
    sums = permuted_products(np.stack([known_y.astype(float), value, value**2]), pairs, chosen, directed=directed)
    grams = np.empty((len(chosen), len(design) + 1, len(design) + 1))
    grams[:, :-1, :-1] = sums[:, place, 0]
    grams[:, :-1, -1] = grams[:, -1, :-1] = sums[:, place[0], 1]
    grams[:, -1, -1] = sums[:, place[0, 0], 2]
    values = _t_values(grams)[1]
    return values[0], values[1:, 1:].T


def _undefined(design: NDArray[np.float64], response: NDArray[np.float64], model: str) -> str:
    """Why the model cannot be fitted; empty if it can."""
    terms, cells = design.shape
    if cells <= terms:
        return f"{cells} known pairs are too few for {terms} terms"
    if np.ptp(response) == 0:
        return "the outcome does not vary"
    if np.linalg.matrix_rank(design @ design.T, hermitian=True) < terms:
        return "a predictor does not vary or is determined by the others"
    if model == "logistic" and _fit(design.T, response) is None:
        return "separation: no finite estimate"
    return ""


def _residual_weights(design: NDArray[np.float64], used: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Shape (k, k + 1): each predictor's residual on the others, as a combination of the design's columns."""
    gram = design[:, used] @ design[:, used].T
    weights = np.zeros((len(design) - 1, len(design)))
    for k in range(1, len(design)):
        others = np.arange(len(design)) != k
        weights[k - 1, others] = -np.linalg.solve(gram[np.ix_(others, others)], gram[others, k])
        weights[k - 1, k] = 1.0
    return weights


def _pairs(columns: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """All products of two columns, and where each stands in a symmetric matrix."""
    pairs = list(combinations_with_replacement(range(len(columns)), 2))
    place = np.zeros((len(columns), len(columns)), np.int64)
    for position, (i, j) in enumerate(pairs):
        place[i, j] = place[j, i] = position
    return np.stack([columns[i] * columns[j] for i, j in pairs]), place


def _linear(
    design: NDArray[np.float64],
    response: NDArray[np.float64],
    used: NDArray[np.bool_],
    chosen: NDArray[np.int64],
    *,
    directed: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """T values and, shape (k, m), t values of the permuted residuals."""
    k = len(design) - 1
    weights = _residual_weights(design, used)
    everything = np.concatenate([design, response[None]])
    products, place = _pairs(everything)
    gram = products[:, used].sum(axis=1)[place]
    observed = _t_values(gram[None, :, :])[1]
    complete = bool(design[0][~np.eye(len(response), dtype=bool)].all())
    crossed = permuted_products(design, everything, chosen, directed=directed)
    if complete:
        own = np.broadcast_to(products[:, used].sum(axis=1), (len(chosen), len(products)))
        grams = np.broadcast_to(gram, (len(chosen), k + 2, k + 2))
    else:
        own = permuted_products(products, design[:1], chosen, directed=directed)[:, 0]
        grams = permuted_products(design[:1], products, chosen, directed=directed)[:, :, 0][:, place]
    null = np.empty((k, len(chosen)))
    inside = place[:-1, :-1]
    for j in range(k):
        swapped = grams.copy()
        residual = crossed @ weights[j]
        residual[:, j + 1] = np.einsum("a,b,mab->m", weights[j], weights[j], own[:, inside])
        swapped[:, j + 1, :] = swapped[:, :, j + 1] = residual
        null[j] = _t_values(swapped)[1][:, j + 1]
    return observed[0], null


def _t_values(grams: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Least squares from inner products: shape (m, terms + 1, terms + 1), the outcome last, the intercept first."""
    terms = grams.shape[1] - 1
    scale = np.sqrt(np.maximum(np.einsum("mii->mi", grams), 1e-300))
    scaled = grams / (scale[:, :, None] * scale[:, None, :])
    inverse = np.linalg.pinv(scaled[:, :terms, :terms], hermitian=True)
    beta = np.einsum("mij,mj->mi", inverse, scaled[:, :terms, terms])
    left = np.maximum(1.0 - np.einsum("mi,mi->m", beta, scaled[:, :terms, terms]), 1e-12)  # an exact fit stays finite
    freedom = grams[:, 0, 0] - terms
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(np.einsum("mii->mi", inverse) * (left / freedom)[:, None])
        return beta * scale[:, terms:] / scale[:, :terms], np.where(freedom[:, None] > 0, beta / error, np.nan)


def _fit(design: NDArray[np.float64], response: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Logistic regression by Newton's method, shape (cells, terms); None where the likelihood has no maximum."""
    beta = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        mean = 1 / (1 + np.exp(-np.clip(design @ beta, -35, 35)))
        slope = design.T @ (response - mean)
        curve = (design * (mean * (1 - mean))[:, None]).T @ design
        try:
            step = np.linalg.solve(curve, slope)
        except np.linalg.LinAlgError:
            return None
        beta = beta + step
        if np.abs(step).max() < 1e-9 * max(1.0, np.abs(beta).max()):
            return beta
    return None


def _logistic(
    design: NDArray[np.float64],
    response: NDArray[np.float64],
    used: NDArray[np.bool_],
    chosen: NDArray[np.int64],
    *,
    directed: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Score z values and, shape (k, m), score z values of the permuted residuals."""
    k = len(design) - 1
    weights = _residual_weights(design, used)
    observed, null = np.full(k + 1, np.nan), np.full((k, len(chosen)), np.nan)
    itself = np.arange(len(response))[None]
    for j in range(k):
        others = np.delete(design, j + 1, axis=0)
        beta = _fit(others[:, used].T, response[used])
        if beta is not None:
            score = _Score.of(design, weights[j], others, beta, response)
            observed[j + 1] = score.z(itself, directed=directed)[0]
            null[j] = score.z(chosen, directed=directed)
    return observed, null


@dataclass(frozen=True)
class _Score:
    """Rao's efficient score of a residual, given a logistic fit on the other predictors."""

    design: NDArray[np.float64]
    weights: NDArray[np.float64]
    others: NDArray[np.float64]
    left: NDArray[np.float64]
    spread: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        design: NDArray[np.float64],
        weights: NDArray[np.float64],
        others: NDArray[np.float64],
        beta: NDArray[np.float64],
        response: NDArray[np.float64],
    ) -> _Score:
        mean = 1 / (1 + np.exp(-np.clip(np.tensordot(beta, others, axes=1), -35, 35)))
        return cls(design, weights, others, (response - mean) * design[0], mean * (1 - mean) * design[0])

    def z(self, chosen: NDArray[np.int64], *, directed: bool) -> NDArray[np.float64]:
        """Shape (m,): the residual, relabelled, over the cells known before and after relabelling."""
        pairs, inside = _pairs(self.design)
        curves, place = _pairs(self.others)
        fixed = np.concatenate([self.left[None], self.spread * self.others])
        crossed = permuted_products(self.design, fixed, chosen, directed=directed) @ self.weights
        own = permuted_products(pairs, self.spread[None], chosen, directed=directed)[:, 0][:, inside]
        known = permuted_products(
            self.design[:1], np.concatenate([self.left * self.others, self.spread * curves]), chosen, directed=directed
        )[:, :, 0]
        terms = len(self.others)
        curve = np.linalg.pinv(known[:, terms:][:, place], hermitian=True)
        along = np.einsum("ma,mab->mb", crossed[:, 1:], curve)
        slope = crossed[:, 0] - np.einsum("mb,mb->m", along, known[:, :terms])
        variance = np.einsum("a,b,mab->m", self.weights, self.weights, own)
        variance -= np.einsum("mb,mb->m", along, crossed[:, 1:])
        z: NDArray[np.float64] = slope / np.sqrt(np.where(variance > 0, variance, np.nan))
        return z


def _table(
    terms: list[str],
    n_dyads: int,
    fit: _Fit | None = None,
    observed: NDArray[np.float64] | None = None,
    null: NDArray[np.float64] | None = None,
    *,
    note: str = "",
) -> pd.DataFrame:
    rows = pd.DataFrame({"term": pd.Series(terms, dtype="str")})
    if fit is None or observed is None or null is None:
        return rows.assign(**dict.fromkeys(_NUMBERS, np.nan), n_dyads=n_dyads, note=note)
    tests = [
        Test(np.nan),
        *(held_against(value, row, centre=0.0) for value, row in zip(observed[1:], null, strict=True)),
    ]
    return rows.assign(
        estimate=fit.estimate,
        se=fit.se,
        statistic=observed,
        expected=[test.expected for test in tests],
        null_sd=[test.sd for test in tests],
        p=[test.p for test in tests],
        p_greater=[test.p_greater for test in tests],
        p_less=[test.p_less for test in tests],
        p_error=[test.p_error for test in tests],
        **{name: getattr(fit, name) for name in _OF_THE_MODEL},
        n_dyads=n_dyads,
        note=[test.note for test in tests],
    )
