"""One value over many cases: a random-effects mean, and how far one more case may lie from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["FEWEST_CASES", "pooled", "random_effects"]

FEWEST_CASES = 5
"""Fewer cases are shown one by one: a variance between them can hardly be estimated."""

_Z = 1.959963984540054


def random_effects(values: Floats, variances: Floats) -> dict[str, float]:
    """Pool values of cases that differ: random effects with Hartung and Knapp's interval.

    Parameters
    ----------
    values, variances
        Shape (k,), k at least 2: each case's value and its sampling variance, which is taken as known and above 0.

    Returns
    -------
    dict
        ``estimate``, ``low``, ``high``, ``predicted_low``, ``predicted_high``, ``tau2``, ``tau2_low``, ``tau2_high``,
        ``i2``, ``q``, ``q_p``, as declared in run table ``pooled`` and defined in ``docs/definitions/across.md``.

    References
    ----------
    Paule & Mandel (1982), Journal of Research of the National Bureau of Standards 87. Hartung & Knapp (2001), Statistics
    in Medicine 20. Viechtbauer (2007), Statistics in Medicine 26 (interval of tau2). Higgins & Thompson (2002),
    Statistics in Medicine 21. Higgins, Thompson & Spiegelhalter (2009), JRSS A 172 (prediction).

    Examples
    --------
    >>> found = random_effects(np.array([0.1, 0.3, 0.2, 0.6, 0.4]), np.full(5, 0.01))
    >>> round(found["estimate"], 2), round(found["tau2"], 3), found["predicted_low"] < found["low"]
    (0.32, 0.027, True)
    """
    from scipy.special import chdtrc, chdtri, stdtrit

    k = len(values)
    tau2 = _tau2_at(k - 1, values, variances)
    weights = 1 / (variances + tau2)
    estimate = float(weights @ values / weights.sum())
    se = float(np.sqrt(weights @ (values - estimate) ** 2 / ((k - 1) * weights.sum())))
    reach = float(stdtrit(k - 1, 0.975))
    ahead = reach * float(np.sqrt(tau2 + se**2))
    fixed = 1 / variances
    typical = (k - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    q = _q(0.0, values, variances)
    return {
        "estimate": estimate,
        "low": estimate - reach * se,
        "high": estimate + reach * se,
        "predicted_low": estimate - ahead,
        "predicted_high": estimate + ahead,
        "tau2": tau2,
        "tau2_low": _tau2_at(float(chdtri(k - 1, 0.025)), values, variances),
        "tau2_high": _tau2_at(float(chdtri(k - 1, 0.975)), values, variances),
        "i2": float(tau2 / (tau2 + typical)),
        "q": q,
        "q_p": float(chdtrc(k - 1, q)),
    }


def _q(tau2: float, values: Floats, variances: Floats) -> float:
    weights = 1 / (variances + tau2)
    return float(weights @ (values - weights @ values / weights.sum()) ** 2)


def _tau2_at(target: float, values: Floats, variances: Floats) -> float:
    """The variance between cases at which the weighted sum of squares is the target; 0 if it is never so large."""
    from scipy.optimize import brentq

    if _q(0.0, values, variances) <= target:
        return 0.0
    most = float(((values - values.mean()) ** 2).sum() / target)
    return float(brentq(lambda tau2: _q(tau2, values, variances) - target, 0.0, most, xtol=1e-14, rtol=1e-12))


def pooled(comparison: pd.DataFrame) -> pd.DataFrame:
    """Pool each measure over the cases that have it with an interval, from :data:`FEWEST_CASES` cases on.

    Parameters
    ----------
    comparison
        Run table, as from
        :func:`nicmethods.across.comparison.compare_cases`. Cases without an interval, and those whose interval has no width,
        are left out: their precision is not known.

    Returns
    -------
    DataFrame
        Run table ``pooled``; below five cases no estimate, with a note. A measure for which chance gives a value has a
        second row: how far the cases lie above it. Sampling variances are read off the longer arm of
        each 95 % interval, (arm / 1.96)², since the other may have been cut at the end of the scale; the value by chance is
        taken as known.
    """
    value, low, high = (comparison[name].astype(float) for name in ("value", "low", "high"))
    arm = pd.concat([value - low, high - value], axis="columns").max(axis="columns", skipna=False)
    known = comparison.assign(variance=(arm / _Z) ** 2)[arm.gt(0)]
    above = known[known["expected"].notna()]
    above = above.assign(value=above["value"] - above["expected"])
    rows = []
    for measure, own in ((name, comparison[comparison["measure"].eq(name)]) for name in comparison["measure"].unique()):
        about = {"measure": measure, "what": own["what"].iloc[0]}
        rows.append(about | _summary("value", known[known["measure"].eq(measure)]))
        if own["expected"].notna().any():
            rows.append(about | _summary("above chance", above[above["measure"].eq(measure)]))
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["pooled"].names), RUN_TABLES["pooled"])


def _summary(what: str, own: pd.DataFrame) -> dict[str, object]:
    about = {"pooled": what, "k": len(own)}
    if len(own) < FEWEST_CASES:
        return about | {"note": f"too few: {len(own)} of {FEWEST_CASES} cases with an interval"}
    return about | random_effects(own["value"].to_numpy(float), own["variance"].to_numpy(float))
