"""What many cases say together: in words before any table, one value over all of them, and whether help and ties coincide.

One network of twenty people rarely decides; a random-effects mean also says how far one more case may lie from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.tables import RUN_TABLES, conform, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["FEWEST_CASES", "combined_p", "in_common", "mantel_haenszel", "pooled", "pooled_coincidence", "random_effects", "woolf"]  # fmt: skip

FEWEST_CASES = 5
"""Fewer cases are shown one by one: a variance between them can hardly be estimated."""

_Z = 1.959963984540054
_FOR = frozenset({"agreement", "partial_agreement", "silence_talk", "silence_survey"})
_AGAINST = frozenset({"dissonance"})


def in_common(propositions: pd.DataFrame, comparison: pd.DataFrame) -> pd.DataFrame:
    """Say of each claim and each measure whether the cases are alike, differ, or cannot be told apart.

    Parameters
    ----------
    propositions
        Run table of all cases, ``case`` its first column.
    comparison
        Run table.

    Returns
    -------
    DataFrame
        Run table ``in_common``, claims first. Claims are read by their proposed verdicts: *too little to say*, *open* and *not
        observable* contradict nothing. Measures differ where the 95 % intervals of some two cases do not meet, which is stricter than a
        test of their difference; cases without an interval have no part in that.
    """
    rows = [_claim(str(claim), own) for claim, own in propositions.groupby("proposition", sort=False)]
    rows += [_measure(str(measure), own) for measure, own in comparison.groupby("measure", sort=False)]
    return conform(rows, RUN_TABLES["in_common"])


def _claim(claim: str, own: pd.DataFrame) -> dict[str, Any]:
    cases = own.groupby("proposed_verdict", sort=False)["case"].agg(", ".join)
    found, reading = set(cases.index), "cannot_be_told"
    if found & _FOR and found & _AGAINST:
        reading = "differ"
    elif len(found) == 1 and found <= _FOR | _AGAINST and len(own) > 1:
        reading = "shared"
    elif found & (_FOR | _AGAINST):
        reading = "nothing_against"
    said = "; ".join(f"{words(verdict)}: {named}" for verdict, named in cases.items())
    return {
        "about": "proposition",
        "subject": claim,
        "what": own["statement"].iloc[0],
        "reading": reading,
        "said": said,
    }


def _measure(measure: str, own: pd.DataFrame) -> dict[str, Any]:
    known = own.dropna(subset=["value"]).sort_values("value", kind="stable")
    sure = known.dropna(subset=["low", "high"])
    sides, reading = {_side(row) for row in sure.to_dict("records")}, "cannot_be_told"
    if len(sure) > 1 and sure["low"].max() > sure["high"].min():
        reading = "differ"
    elif len(sure) == len(own) > 1 and len(sides) == 1 and None not in sides:
        reading = "shared"
    said = "; ".join(_value(row) for row in known.to_dict("records")) or "known of no case"
    return {"about": "measure", "subject": measure, "what": own["what"].iloc[0], "reading": reading, "said": said}


def _side(row: dict[Any, Any]) -> str | None:
    """Whether a value lies above or below what chance gives, by its interval; None where neither can be told."""
    if pd.isna(row["expected"]):
        return None
    return "above" if row["low"] > row["expected"] else "below" if row["high"] < row["expected"] else None


def _value(row: dict[Any, Any]) -> str:
    sure = "" if pd.isna(row["low"]) else f" ({row['low']:.2f} to {row['high']:.2f})"
    side = _side(row) if sure else None
    return f"{row['case']} {row['value']:.2f}{sure}" + (f", {side} chance" if side else "")


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
    for measure, own in comparison.groupby("measure", sort=False):
        about = {"measure": measure, "what": own["what"].iloc[0]}
        rows.append(about | _summary("value", known[known["measure"].eq(measure)]))
        if own["expected"].notna().any():
            rows.append(about | _summary("above chance", above[above["measure"].eq(measure)]))
    return conform(rows, RUN_TABLES["pooled"])


def _summary(what: str, own: pd.DataFrame) -> dict[str, object]:
    about = {"pooled": what, "k": len(own)}
    if len(own) < FEWEST_CASES:
        return about | {"note": f"too few: {len(own)} of {FEWEST_CASES} cases with an interval"}
    return about | random_effects(own["value"].to_numpy(float), own["variance"].to_numpy(float))


def combined_p(p: Floats, information: Floats) -> float:
    """Combine one-sided p of cases, each with the root of its information as weight (Stouffer 1949; Lipták 1958).

    Parameters
    ----------
    p, information
        Shape (k,): p that both fall together more often, and what each case could show. NaN in `p` is left out.

    Returns
    -------
    float
        One-sided p over the cases; NaN without any.

    Examples
    --------
    >>> round(combined_p(np.array([0.1, 0.1]), np.array([2.0, 2.0])), 3), round(combined_p(np.array([0.1, np.nan]), np.ones(2)), 3)
    (0.035, 0.1)
    """
    from scipy.special import ndtr, ndtri

    known = ~np.isnan(p)
    if not known.any():
        return float("nan")
    weight = np.sqrt(information[known])
    z = -ndtri(np.clip(p[known], 1e-12, 1 - 1e-12))
    return float(ndtr(-(weight @ z) / np.sqrt((weight**2).sum())))


def woolf(both: Floats, talk: Floats, change: Floats, rows: Floats) -> dict[str, float]:
    """Say how far log odds ratios of strata lie apart (Woolf 1955), one half added to each cell.

    Parameters
    ----------
    both, talk, change, rows
        As for :func:`mantel_haenszel`.

    Returns
    -------
    dict
        ``q`` and its p on k - 1 degrees of freedom, ``q_p``; NaN for one stratum.
    """
    from scipy.special import chdtrc

    k = len(both)
    if k < 2:
        return {"q": float("nan"), "q_p": float("nan")}
    cells = np.array([both, talk - both, change - both, rows - talk - change + both]) + 0.5
    log_odds = np.log(cells[0] * cells[3] / (cells[1] * cells[2]))
    weight = 1 / (1 / cells).sum(axis=0)
    q = float(weight @ (log_odds - weight @ log_odds / weight.sum()) ** 2)
    return {"q": q, "q_p": float(chdtrc(k - 1, q))}


def mantel_haenszel(both: Floats, talk: Floats, change: Floats, rows: Floats) -> dict[str, float]:
    """Pool the odds ratios of strata as they stand (Mantel & Haenszel 1959; interval of Robins, Breslow & Greenland 1986).

    Parameters
    ----------
    both, talk, change, rows
        Shape (k,): occasions with both, with the talk, with the change, and all.

    Returns
    -------
    dict
        ``odds_ratio``, ``low``, ``high``; NaN where the estimate would be 0 or infinite.

    Examples
    --------
    >>> found = mantel_haenszel(*(np.array([float(n)]) for n in (7, 17, 22, 261)))
    >>> round(found["odds_ratio"], 2)
    10.69
    """
    a, b, c, d = both, talk - both, change - both, rows - talk - change + both
    top, bottom = a * d / rows, b * c / rows
    if not top.sum() or not bottom.sum():
        return dict.fromkeys(("odds_ratio", "low", "high"), np.nan)
    same, other = (a + d) / rows, (b + c) / rows
    r, s = top.sum(), bottom.sum()
    variance = (
        (same * top).sum() / (2 * r**2)
        + (same * bottom + other * top).sum() / (2 * r * s)
        + (other * bottom).sum() / (2 * s**2)
    )
    reach, centre = _Z * np.sqrt(variance), np.log(r / s)
    values = (float(np.exp(centre + step)) for step in (0.0, -reach, reach))
    return dict(zip(("odds_ratio", "low", "high"), values, strict=True))


def pooled_coincidence(propositions: pd.DataFrame) -> pd.DataFrame:
    """Pool, claim by claim, whether the talk claimed and the change claimed fall on the same pairs, over all cases and without each.

    Parameters
    ----------
    propositions
        Run table of all cases, ``case`` its first column.

    Returns
    -------
    DataFrame
        Run table ``pooled_coincidence``. A case is a stratum: its occasions are compared with each other only. ``odds_ratio`` is as they
        stand and explains nothing away; ``p_more`` combines the cases' own tests, which do. A case in which no occasion could show both
        has no part. With one case there is no heterogeneity and nothing to leave out.
    """
    able = propositions[propositions["information"].fillna(0).gt(0)]
    rows = []
    for claim in propositions["proposition"].unique():
        own = able[able["proposition"].eq(claim)]
        for case in [None, *own["case"]] if len(own) > 1 else [None]:
            kept = own[own["case"].ne(case)] if case else own
            rows.append({"proposition": claim, "left_out": case, **_together(kept)})
    return conform(rows, RUN_TABLES["pooled_coincidence"])


def _together(own: pd.DataFrame) -> dict[str, Any]:
    sums = own[["n_rows", "n_both", "expected"]].sum()
    about = {
        "k": len(own),
        "cases": ";".join(own["case"]) or None,
        "k_tested": int(own["p_more"].notna().sum()),
        **sums,
    }
    if own.empty:
        return about | {"note": "no case says anything: nowhere could both have been seen"}
    table = [own[name].to_numpy(float) for name in ("n_both", "n_talk", "n_change", "n_rows")]
    p, information = (own[name].to_numpy(float) for name in ("p_more", "information"))
    note = "one case alone: nothing is pooled" if len(own) == 1 else None
    return {**about, **mantel_haenszel(*table), **woolf(*table), "p_more": combined_p(p, information), "note": note}
