"""Conditional logistic regression: which of the things at risk happens next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Design", "conditional_logit"]

_Z = 1.959963984540054
_STEPS = 50
_LEAST_INFORMATION = 1e-7


@dataclass(frozen=True)
class Design:
    """Events with the pairs at risk.

    Attributes
    ----------
    rows
        Shape (n_rows, n_terms): the statistics of each pair at risk; each event's rows stand together, its own pair
        first.
    starts
        Shape (n_events,): first row of each event.
    terms
        Names of the columns.
    n_left_out
        Events on pairs with an unknown covariate.
    sampled
        Whether pairs at risk were sampled.
    """

    rows: Floats
    starts: NDArray[np.int64]
    terms: tuple[str, ...]
    n_left_out: int = 0
    sampled: bool = False


def conditional_logit(design: Design) -> pd.DataFrame:
    """Fit a conditional logistic regression by Newton's method.

    Parameters
    ----------
    design
        Events with the pairs at risk.

    Returns
    -------
    DataFrame
        ``term, estimate, se, statistic, low, high, p, n, note``, then rows ``null_deviance`` and ``deviance`` (-2 log
        likelihood). n is the number of events.

    Examples
    --------
    Three events with two pairs at risk each; the pair with x = 1 happens twice, so the odds are 2.

    >>> rows = np.array([[1.0], [0], [1], [0], [0], [1]])
    >>> fit = conditional_logit(Design(rows, np.array([0, 2, 4]), ("x",)))
    >>> round(float(np.exp(fit.loc[0, "estimate"])), 6)
    2.0
    """
    notes = _faults(design)
    free = [at for at, term in enumerate(design.terms) if term not in notes]
    limit = _limit(design, [term for term, note in notes.items() if note.startswith("separated")])
    beta, covariance, deviance, converged = _newton(limit.rows[:, free], limit.starts)
    n = len(design.starts)
    table = pd.DataFrame({"term": design.terms, "estimate": np.nan, "se": np.nan, "n": n})
    table["note"] = [notes.get(term) for term in design.terms]
    if n and converged:
        table.loc[free, "estimate"] = beta
        table.loc[free, "se"] = np.sqrt(np.diag(covariance))
    elif n:
        table.loc[free, "note"] = (
            "no finite estimate: the terms together predict events perfectly, or determine each other"
        )
    table["statistic"] = table["estimate"] / table["se"]
    table["low"], table["high"] = (table["estimate"] + z * table["se"] for z in (-_Z, _Z))
    table["p"] = _two_sided(table["statistic"])
    sizes = np.diff(np.append(design.starts, len(design.rows)))
    said = ["pairs at risk sampled"] if design.sampled else []
    said += [f"{design.n_left_out} events left out: something about the pair is not known"] if design.n_left_out else []
    note = "; ".join(said) or None
    null = 2 * float(np.log(sizes).sum()) if n else np.nan
    fit = [
        {"term": "null_deviance", "estimate": null, "n": n, "note": note},
        {"term": "deviance", "estimate": deviance if n and converged else np.nan, "n": n, "note": note},
    ]
    return pd.concat([table, pd.DataFrame(fit).astype({"note": "object"})], ignore_index=True)


def _faults(design: Design) -> dict[str, str]:
    """Terms without an estimate: they do not vary among pairs at risk, or predict every event."""
    if not len(design.starts):
        return dict.fromkeys(design.terms, "no events")
    own = design.rows[design.starts]
    most = np.maximum.reduceat(design.rows, design.starts)
    least = np.minimum.reduceat(design.rows, design.starts)
    notes = {}
    for at, term in enumerate(design.terms):
        if (most[:, at] == least[:, at]).all():
            notes[term] = "does not vary among pairs at risk"
        elif (own[:, at] == most[:, at]).all():
            notes[term] = "separated: every event has the highest value at risk, the estimate goes to infinity"
        elif (own[:, at] == least[:, at]).all():
            notes[term] = "separated: every event has the lowest value at risk, the estimate goes to minus infinity"
    return notes


def _limit(design: Design, separated: Sequence[str]) -> Design:
    """Pairs that keep a chance when separated terms go to infinity: those with the event's own value."""
    if not separated:
        return design
    columns = [design.terms.index(term) for term in separated]
    event = np.repeat(np.arange(len(design.starts)), np.diff(np.append(design.starts, len(design.rows))))
    keep = (design.rows[:, columns] == design.rows[design.starts][event][:, columns]).all(axis=1)
    counts = np.bincount(event[keep], minlength=len(design.starts))
    return Design(design.rows[keep], np.cumsum(counts) - counts, design.terms)


def _newton(rows: Floats, starts: NDArray[np.int64]) -> tuple[Floats, Floats, float, bool]:
    """Estimate, covariance, deviance and whether the maximum was found."""
    beta: Floats = np.zeros(rows.shape[1])
    value, gradient, information = _likelihood(beta, rows, starts)
    scale = np.sqrt(np.diag(information))
    for _ in range(_STEPS):
        if not _is_definite(information, scale):
            return beta, np.full_like(information, np.nan), np.nan, False
        if not len(beta) or np.abs(gradient).max() < 1e-8 * max(len(starts), 1):
            return beta, np.asarray(np.linalg.inv(information)), -2 * value, True
        step = np.linalg.solve(information, gradient)
        new = _likelihood(beta + step, rows, starts)
        while not new[0] >= value - 1e-9 and np.abs(step).max() > 1e-10:
            step /= 2
            new = _likelihood(beta + step, rows, starts)
        beta, (value, gradient, information) = beta + step, new
    return beta, np.full_like(information, np.nan), np.nan, False


def _is_definite(information: Floats, scale: Floats) -> bool:
    """Whether every direction still holds information, against that at the start; it dwindles as an estimate runs off."""
    if not len(scale):
        return True
    if not (scale > 0).all():
        return False
    return bool(np.linalg.eigvalsh(information / np.outer(scale, scale)).min() > _LEAST_INFORMATION)


def _likelihood(beta: Floats, rows: Floats, starts: NDArray[np.int64]) -> tuple[float, Floats, Floats]:
    """Log likelihood, gradient and information; each event's own pair is its first row."""
    if not len(starts):
        return 0.0, np.zeros_like(beta), np.eye(len(beta))
    event = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(rows))))
    eta = rows @ beta
    eta -= np.maximum.reduceat(eta, starts)[event]
    weight = np.exp(eta)
    total = np.add.reduceat(weight, starts)
    weight /= total[event]
    weighted = rows * weight[:, None]
    mean = np.add.reduceat(weighted, starts)
    value = float((eta[starts] - np.log(total)).sum())
    return value, (rows[starts] - mean).sum(axis=0), weighted.T @ rows - mean.T @ mean


def _two_sided(z: pd.Series[float]) -> Floats:
    from scipy.special import ndtr

    return np.asarray(2 * ndtr(-np.abs(z.to_numpy(dtype=float))))
