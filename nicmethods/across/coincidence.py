"""Whether help and change of ties fall on the same pairs, over many networks: one of twenty people rarely decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["combined_p", "mantel_haenszel", "pooled_coincidence", "woolf"]

_Z = 1.959963984540054


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
    rows: list[dict[str, Any]] = []
    for claim in dict.fromkeys(propositions["proposition"]):
        own = able[able["proposition"].eq(claim)]
        left_out = [None, *own["case"]] if len(own) > 1 else [None]
        rows += [
            {"proposition": claim, "left_out": case, **_pooled(own[own["case"].ne(case)] if case else own)}
            for case in left_out
        ]
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["pooled_coincidence"].names), RUN_TABLES["pooled_coincidence"])


def _pooled(own: pd.DataFrame) -> Mapping[str, Any]:
    counts = {
        name: own[name].to_numpy(float)
        for name in ("n_both", "n_talk", "n_change", "n_rows", "expected", "information")
    }
    about = {
        "k": len(own),
        "cases": ";".join(own["case"]) or None,
        "n_rows": int(counts["n_rows"].sum()),
        "n_both": int(counts["n_both"].sum()),
        "expected": float(counts["expected"].sum()),
    }
    if own.empty:
        return about | {"k_tested": 0, "note": "no case says anything: nowhere could both have been seen"}
    table = [counts[name] for name in ("n_both", "n_talk", "n_change", "n_rows")]
    p = own["p_more"].to_numpy(float)
    return {
        **about,
        **mantel_haenszel(*table),
        **woolf(*table),
        "k_tested": int((~np.isnan(p)).sum()),
        "p_more": combined_p(p, counts["information"]),
        "note": "one case alone: nothing is pooled" if len(own) == 1 else None,
    }
