"""How sure a value made of one case's results is: 95 % intervals over the unit that could have been another.

Pairs vary with their people, times of help and practice with the activities in which they were seen. Functions named
after a unit give ``low``, ``high``, ``interval_over`` (the unit) and ``note`` (why there is no interval), as columns of a
table; the others give the two ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "FEWEST_ACTIVITIES",
    "FEWEST_PEOPLE",
    "bootstrap_weights",
    "exact_count",
    "exact_share",
    "gini_interval",
    "none",
    "over_pairs",
    "over_units",
    "percentile_interval",
    "permutation_p",
    "resampled_interval",
    "share_of_people",
    "widened",
]

FEWEST_ACTIVITIES = 3
"""Activities below which nothing is said on how activities differ."""

FEWEST_PEOPLE = 5
"""People below which nothing is said on how people differ."""


def bootstrap_weights(n: int, n_draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """How often each of ``n`` actors is drawn in each of ``n_draws`` samples with replacement (n_draws, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=n_draws).astype(np.float64) if n else np.empty((n_draws, 0))


def percentile_interval(draws: Floats) -> tuple[Any, Any]:
    """The 95 % percentile interval of bootstrap draws, over the first axis; NaN where more than one draw in twenty is undefined."""
    if not len(draws):
        return tuple(np.full((2, *draws.shape[1:]), np.nan))
    unknown = np.isnan(draws).mean(axis=0) > 0.05
    low, high = np.nanquantile(np.where(unknown, 0.0, draws), [0.025, 0.975], axis=0)
    return np.where(unknown, np.nan, low)[()], np.where(unknown, np.nan, high)[()]


def permutation_p(observed: float, null: NDArray[Any]) -> float:
    """Two-sided p, (b + 1) / (m + 1): how many of m null values lie at least as far from their mean.

    Examples
    --------
    >>> permutation_p(3, np.array([0, 1, 1]))
    0.25
    """
    centre = null.mean()
    return float((np.sum(np.abs(null - centre) >= abs(observed - centre) - 1e-9) + 1) / (len(null) + 1))


def resampled_interval(draws: NDArray[Any]) -> tuple[float, float, str | None]:
    """The percentile interval of a coefficient's resamples and why there is none, for the table ``agreement``."""
    low, high = percentile_interval(np.asarray(draws, dtype=float))
    if np.isnan(low):
        return low, high, "no interval: undefined in more than one resample in twenty"
    if low == high:
        return np.nan, np.nan, "no interval: no resample changes the value"
    return low, high, None


def none(why: str) -> dict[str, Any]:
    """No interval, and why."""
    return {"low": np.nan, "high": np.nan, "interval_over": None, "note": f"no interval: {why}"}


def exact_share(k: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share by Clopper & Pearson (1934): k of n independent units. NaN for n = 0.

    Examples
    --------
    >>> [round(end, 3) for end in exact_share(0, 10)]
    [0.0, 0.308]
    """
    from scipy.special import betaincinv

    if n == 0:
        return np.nan, np.nan
    low = betaincinv(k, n - k + 1, 0.025) if k else 0.0
    high = betaincinv(k + 1, n - k, 0.975) if k < n else 1.0
    return float(low), float(high)


def exact_count(k: int) -> tuple[float, float]:
    """The 95 % interval of a count by Garwood (1936): k independent events."""
    from scipy.special import gammaincinv

    return (float(gammaincinv(k, 0.025)) if k else 0.0), float(gammaincinv(k + 1, 0.975))


def widened(low: float, high: float, k: int, n: int) -> tuple[float, float]:
    """Widen an interval by resampling to the exact one of as many independent units.

    Resampling gives no width where all units are alike (none of 12 pairs would be 0 without any doubt), and is undefined
    (NaN) where units are few: then the exact one stands alone.

    Examples
    --------
    >>> [round(end, 3) for end in widened(0.0, 0.0, 0, 10)]
    [0.0, 0.308]
    """
    exact = exact_share(k, n)
    return float(np.fmin(low, exact[0])), float(np.fmax(high, exact[1]))


def share_of_people(k: int, n: int) -> dict[str, Any]:
    """Of n people k have something: exact interval, as if each were drawn by himself from more people like these."""
    if not n:
        return none("nobody")
    low, high = exact_share(k, n)
    return {"low": low, "high": high, "interval_over": "people", "note": None}


def over_pairs(hits: NDArray[Any], first: Sequence[str], second: Sequence[str], *, seed: int) -> dict[str, Any]:  # fmt: skip
    """Interval of the share of pairs that have something: people are drawn again, and their pairs with them.

    Parameters
    ----------
    hits
        Shape (pairs,): whether each has it; a pair may stand there more than once.
    first, second
        Its two people.
    seed
        Seed of the bootstrap.

    Returns
    -------
    dict
        Percentile interval, widened to the exact one of as many independent units where that is wider: resampling alone
        gives no width where all pairs are alike. None with fewer than :data:`FEWEST_PEOPLE` people.
    """
    people, places = np.unique(np.asarray([*first, *second], dtype=str), return_inverse=True)
    if len(people) < FEWEST_PEOPLE:
        return none(f"{len(people)} people are too few")
    from scipy.sparse import coo_array

    ends, shape = (places[: len(hits)], places[len(hits) :]), (len(people), len(people))
    has = np.asarray(hits, dtype=float)
    drawn = bootstrap_weights(len(people), 1000, np.random.default_rng(seed))
    found, all_ = (
        np.einsum("mn,mn->m", drawn, (coo_array((what, ends), shape=shape).tocsr() @ drawn.T).T)
        for what in (has, np.ones(len(has)))
    )
    with np.errstate(invalid="ignore"):
        low, high = percentile_interval(found / all_)
    low, high = widened(low, high, int(has.sum()), len(has))
    return {"low": low, "high": high, "interval_over": "people", "note": None}


def over_units(amounts: NDArray[Any], sizes: NDArray[Any], *, unit: str, share: bool) -> dict[str, Any]:
    """Interval of a ratio of two sums over activities, or over people.

    Parameters
    ----------
    amounts, sizes
        Shape (units,): the value is ``amounts.sum() / sizes.sum()``, with counts in `amounts`.
    unit
        ``"activities"`` or ``"people"``.
    share
        Whether the amounts are part of the sizes, so that the value lies from 0 to 1; else it is a rate.

    Returns
    -------
    dict
        Ratio ± t on units - 1 degrees of freedom by the linearised variance between units (Cochran 1977, chapter 6),
        widened to the exact interval of as many independent events where that is wider. None with too few units.
    """
    from scipy.special import stdtrit

    y, x = np.asarray(amounts, dtype=float), np.asarray(sizes, dtype=float)
    y, x = y[x > 0], x[x > 0]
    m, fewest = len(x), FEWEST_ACTIVITIES if unit == "activities" else FEWEST_PEOPLE
    if m < fewest:
        said = f"{m} {unit}" if m != 1 else {"activities": "1 activity", "people": "1 person"}[unit]
        return none(f"{said} cannot show how {unit} differ; it takes {fewest}")
    ratio = y.sum() / x.sum()
    reach = float(stdtrit(m - 1, 0.975)) * np.sqrt(m / (m - 1) * ((y - ratio * x) ** 2).sum()) / x.sum()
    k = round(float(y.sum()))
    exact = exact_share(k, round(float(x.sum()))) if share else tuple(end / x.sum() for end in exact_count(k))
    low, high = max(0.0, min(ratio - reach, exact[0])), max(ratio + reach, exact[1])
    return {"low": float(low), "high": float(min(high, 1.0) if share else high), "interval_over": unit, "note": None}


def gini_interval(amounts: Floats) -> dict[str, Any]:
    """Interval of a Gini coefficient by leaving out one person after the other (jackknife), t on n - 1 degrees of freedom.

    Parameters
    ----------
    amounts
        Shape (n,): what each person has.

    References
    ----------
    Yitzhaki (1991), Journal of Business & Economic Statistics 9(2).
    """
    from scipy.special import stdtrit

    x = np.sort(np.asarray(amounts, dtype=float))
    n = len(x)
    if n < FEWEST_PEOPLE:
        return none(f"{n} people are too few")
    ranks, total = np.arange(1, n + 1), x.sum()
    left, weighted = total - x, ranks @ x - ranks * x - (total - np.cumsum(x))
    if (left <= 0).any():
        return none("one person has everything")
    without = 2 * weighted / ((n - 1) * left) - n / (n - 1)
    value = float(2 * ranks @ x / (n * total) - (n + 1) / n)
    reach = float(stdtrit(n - 1, 0.975) * np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    return {"low": max(0.0, value - reach), "high": min(1.0, value + reach), "interval_over": "people", "note": None}
