"""Relations regressed on others (MRQAP), and a survey's relations held against each other, tested by relabelling people."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.between_waves import interval_rows, intervals
from nicmethods.network.graph import (
    WaveNetwork,
    declared,
    every_wave,
    groupings,
    in_both,
    seed_of,
    to_matrix,
    wave_network,
)
from nicmethods.network.matrices import aligned, pair_predictors, terms_of
from nicmethods.network.permutation import (
    Test,
    adjusted,
    columns_of,
    held_against,
    permutations,
    permuted_products,
    qap,
)
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from nicmethods.network.matrices import Covariates
    from nicmethods.tables.bundles import Survey

    Numbers = NDArray[np.float64]

__all__ = ["mrqap", "qap_table"]

Model = Literal["linear", "logistic"]
Permuted = Literal["dsp", "y"]

_STEPS = 50
_COLUMNS = (
    *("estimate", "se", "statistic", "r2", "r2_adjusted", "deviance", "null_deviance", "aic", "n_dyads"),
    *("expected", "null_sd", "p", "p_greater", "p_less", "p_error", "note"),
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
        in every predictor. :func:`~nicmethods.network.matrices.covariate` makes them of what the roster says.
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
    (outcome, *columns), _ = aligned({"the outcome": y, **predictors}, wider=list(predictors), directed=directed)
    if model == "logistic" and not np.isin(outcome[~np.isnan(outcome)], (0, 1)).all():
        raise MeasureError("The outcome of a logistic model is 0 or 1 in every known cell.")
    there = ~(np.eye(len(outcome), dtype=bool) | np.isnan(columns).any(axis=0))
    known = there & ~np.isnan(outcome)
    used = known if directed else np.tril(known)
    where = there if permuted == "y" else known
    design = np.stack([where.astype(float), *(np.where(where, column, 0.0) for column in columns)])
    why = _undefined(design[:, used], outcome[used], model)
    if why:
        return _table(terms, int(used.sum()), note=why)
    chosen = permutations(len(outcome), n_permutations=n_permutations, seed=seed, strata=strata)
    chosen = np.vstack([np.arange(len(outcome)), chosen])  # as it is first
    if permuted == "y":
        values = _outcome_permuted(design, outcome, model, chosen, directed=directed)
    else:
        statistics = _linear if model == "linear" else _logistic
        values = statistics(design, np.where(known, outcome, 0.0), used, chosen, directed=directed)
    tests = [held_against(float(one[0]), one[1:], centre=0.0) for one in values[1:]]
    return _table(
        terms,
        int(used.sum()),
        **_fitted(design[:, used], outcome[used], model),
        statistic=values[:, 0],
        **columns_of([Test(np.nan), *tests]),
    )


def _table(terms: list[str], n_dyads: int, **columns: Any) -> pd.DataFrame:
    blank = dict.fromkeys(_COLUMNS, np.nan)
    return pd.DataFrame({"term": pd.Series(terms, dtype="str")}).assign(**blank | {"n_dyads": n_dyads} | columns)


def _fitted(design: Numbers, response: Numbers, model: str) -> dict[str, Any]:
    """Estimates and standard errors by term, and how well the model fits, of a design of shape (terms, cells)."""
    k, n = design.shape
    if model == "linear":
        estimate = np.linalg.lstsq(design.T, response, rcond=None)[0]
        left = float(((response - estimate @ design) ** 2).sum())
        r2 = 1 - left / float(((response - response.mean()) ** 2).sum())
        fits: dict[str, Any] = {"r2": r2, "r2_adjusted": 1 - (1 - r2) * (n - 1) / (n - k)}
        variance = np.linalg.inv(design @ design.T) * left / (n - k)
    else:
        estimate = np.asarray(_fit(design.T, response), float)
        mean, rate = 1 / (1 + np.exp(-(estimate @ design))), response.mean()
        deviance = -2 * float((response * np.log(mean) + (1 - response) * np.log1p(-mean)).sum())
        null_deviance = -2 * n * float(rate * np.log(rate) + (1 - rate) * np.log1p(-rate))
        fits = {"deviance": deviance, "null_deviance": null_deviance, "aic": deviance + 2 * k}
        variance = np.linalg.inv((design * (mean * (1 - mean))) @ design.T)
    return {"estimate": estimate, "se": np.sqrt(np.diag(variance)), **fits}


def _outcome_permuted(
    design: Numbers, outcome: Numbers, model: str, chosen: NDArray[np.int64], *, directed: bool
) -> Numbers:
    """Shape (terms, m): t (Wald's z) with the outcome relabelled, over the cells known after it."""
    known = ~np.isnan(outcome)
    if model == "logistic":
        found = np.full((len(design), len(chosen)), np.nan)
        for m, order in enumerate(chosen):
            there = (design[0] > 0) & known[np.ix_(order, order)]
            there = there if directed else np.tril(there)
            x, y = design[:, there], outcome[np.ix_(order, order)][there]
            if not _undefined(x, y, model):
                again = _fitted(x, y, model)
                found[:, m] = again["estimate"] / again["se"]
        return found
    value = np.where(known, outcome, 0.0)
    pairs, place = _pairs(design)
    sums = permuted_products(np.stack([known.astype(float), value, value**2]), pairs, chosen, directed=directed)
    grams = np.empty((len(chosen), len(design) + 1, len(design) + 1))
    grams[:, :-1, :-1] = sums[:, place, 0]
    grams[:, :-1, -1] = grams[:, -1, :-1] = sums[:, place[0], 1]
    grams[:, -1, -1] = sums[:, place[0, 0], 2]
    return _t_values(grams).T


def _undefined(design: Numbers, response: Numbers, model: str) -> str:
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


def _residual_weights(design: Numbers, used: NDArray[np.bool_]) -> Numbers:
    """Shape (k, k + 1): each predictor's residual on the others, as a combination of the design's columns."""
    gram = design[:, used] @ design[:, used].T
    weights = np.zeros((len(design) - 1, len(design)))
    for k in range(1, len(design)):
        others = np.arange(len(design)) != k
        weights[k - 1, others] = -np.linalg.solve(gram[np.ix_(others, others)], gram[others, k])
        weights[k - 1, k] = 1.0
    return weights


def _pairs(columns: Numbers) -> tuple[Numbers, NDArray[np.int64]]:
    """All products of two columns, and where each stands in a symmetric matrix."""
    pairs = list(combinations_with_replacement(range(len(columns)), 2))
    place = np.zeros((len(columns), len(columns)), np.int64)
    for position, (i, j) in enumerate(pairs):
        place[i, j] = place[j, i] = position
    return np.stack([columns[i] * columns[j] for i, j in pairs]), place


def _linear(
    design: Numbers, response: Numbers, used: NDArray[np.bool_], chosen: NDArray[np.int64], *, directed: bool
) -> Numbers:
    """Shape (terms, m): t values of each predictor's residual, relabelled."""
    everything = np.concatenate([design, response[None]])
    products, place = _pairs(everything)
    sums = products[:, used].sum(axis=1)
    crossed = permuted_products(design, everything, chosen, directed=directed)
    if design[0].sum() == len(response) * (len(response) - 1):
        own = np.broadcast_to(sums, (len(chosen), len(sums)))
        grams = own[:, place]
    else:
        own = permuted_products(products, design[:1], chosen, directed=directed)[:, 0]
        grams = permuted_products(design[:1], products, chosen, directed=directed)[:, :, 0][:, place]
    found = np.empty((len(design), len(chosen)))
    found[:, 0] = _t_values(sums[place][None])[0]
    for j, weights in enumerate(_residual_weights(design, used), 1):
        swapped = grams.copy()
        residual = crossed @ weights
        residual[:, j] = np.einsum("a,b,mab->m", weights, weights, own[:, place[:-1, :-1]])
        swapped[:, j, :] = swapped[:, :, j] = residual
        found[j, 1:] = _t_values(swapped)[1:, j]
    return found


def _t_values(grams: Numbers) -> Numbers:
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
        return np.where(freedom[:, None] > 0, beta / error, np.nan)


def _fit(design: Numbers, response: Numbers) -> Numbers | None:
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
    design: Numbers, response: Numbers, used: NDArray[np.bool_], chosen: NDArray[np.int64], *, directed: bool
) -> Numbers:
    """Shape (terms, m): Rao's efficient score of each predictor's residual, relabelled, given a fit on the other predictors."""
    found = np.full((len(design), len(chosen)), np.nan)
    pairs, inside = _pairs(design)
    for j, weights in enumerate(_residual_weights(design, used), 1):
        others = np.delete(design, j, axis=0)
        beta = _fit(others[:, used].T, response[used])
        if beta is None:
            continue
        mean = 1 / (1 + np.exp(-np.clip(np.tensordot(beta, others, axes=1), -35, 35)))
        left, spread = (response - mean) * design[0], mean * (1 - mean) * design[0]
        curves, place = _pairs(others)
        fixed = np.concatenate([left[None], spread * others])
        crossed = permuted_products(design, fixed, chosen, directed=directed) @ weights
        own = permuted_products(pairs, spread[None], chosen, directed=directed)[:, 0][:, inside]
        # Over the cells known before and after relabelling.
        fixed = np.concatenate([left * others, spread * curves])
        known = permuted_products(design[:1], fixed, chosen, directed=directed)[:, :, 0]
        curve = np.linalg.pinv(known[:, len(others) :][:, place], hermitian=True)
        along = np.einsum("ma,mab->mb", crossed[:, 1:], curve)
        slope = crossed[:, 0] - np.einsum("mb,mb->m", along, known[:, : len(others)])
        variance = np.einsum("a,b,mab->m", weights, weights, own) - np.einsum("mb,mb->m", along, crossed[:, 1:])
        found[j] = slope / np.sqrt(np.where(variance > 0, variance, np.nan))
    return found


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
    parts = []
    for network in every_wave(survey):
        own = seed_of(seed, network.relation, network.wave)
        known = pair_predictors(network.people, by, covariates, (network.wave, network.wave))
        families = filter(None, (known, _others(survey, network)))
        parts += [_correlations(network, network, family, own, n_permutations) for family in families]
    for earlier, later in (in_both(*step) for step in intervals(survey)):
        own = seed_of(seed, later.relation, earlier.wave, later.wave)
        before, after = earlier.binary(), later.binary()
        known = pair_predictors(later.people, by, covariates, (earlier.wave, later.wave))
        between = {
            name: known[name]
            for name, given in (covariates or {}).items()
            if name in known and isinstance(given, Mapping)
        }
        parts.append(_correlations(earlier, later, {"earlier_tie": before, **between}, own, n_permutations))
        known = {"earlier_tie": before, "earlier_returned": before.T, **known}
        flat = [name for name, matrix in known.items() if not _varies(matrix, after)]
        varying = {name: matrix for name, matrix in known.items() if name not in flat}
        rows = mrqap(after, varying, seed=own, n_permutations=n_permutations, strata=later.strata)
        left_out = {"term": flat, "n_dyads": rows["n_dyads"].iloc[0], "note": "does not vary over known pairs"}
        rows = pd.concat([rows, pd.DataFrame(left_out)]) if flat else rows
        parts.append(_labelled(rows.rename(columns={"estimate": "value"}), earlier, later, "mrqap_linear"))
    return declared("qap", parts)


def _others(survey: Survey, network: WaveNetwork) -> dict[str, Numbers]:
    """Ties of the relations listed after this one, on the same people."""
    relations = survey.relations["relation"].tolist()
    later = relations[relations.index(network.relation) + 1 :]
    found = {f"tie_{name}": to_matrix(wave_network(survey, wave=network.wave, relation=name)) for name in later}
    return {
        name: frame.reindex(index=network.actors, columns=network.actors).to_numpy() for name, frame in found.items()
    }


def _varies(matrix: Numbers, outcome: Numbers) -> bool:
    known = matrix[~np.isnan(matrix) & ~np.isnan(outcome)]
    return bool(len(known)) and bool(np.ptp(known) > 0)


def _correlations(
    earlier: WaveNetwork, later: WaveNetwork, others: dict[str, Numbers], seed: int, n_permutations: int
) -> pd.DataFrame:
    """The later wave's ties with each of the others."""
    ties = later.binary()
    tests = [
        qap(ties, other, seed=seed_of(seed, name), n_permutations=n_permutations, strata=later.strata)
        for name, other in others.items()
    ]
    values = [test.value for test in tests]
    rows = {"term": list(others), "value": values, "statistic": values, "n_dyads": [test.n_dyads for test in tests]}
    return _labelled(pd.DataFrame(rows | columns_of(tests)), earlier, later, "correlation")


def _labelled(rows: pd.DataFrame, earlier: WaveNetwork, later: WaveNetwork, model: str) -> pd.DataFrame:
    return interval_rows(rows, earlier, later, model=model, p_adjusted=adjusted(rows["p"]))
