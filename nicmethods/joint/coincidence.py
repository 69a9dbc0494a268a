"""Whether talk and the change of ties fall on the same pairs, beyond what brings both to these pairs anyway."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from nicmethods.joint.occasions import Occasions, Rows

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ALPHA", "FEWEST", "STATED_MISS", "Coincidence", "Fit", "coincidence", "enough", "fit", "odds_interval", "power", "visible_odds"]  # fmt: skip

ALPHA = 0.04
"""One-sided level of every test behind a verdict; chosen so that wrong agreement stays near 5 % where reports err."""

FEWEST = 3
"""Rows with talk, and with change, below which nothing is said."""

STATED_MISS = 0.1
"""Share of ties that a survey is taken to miss where two waves cannot tell."""

_RIDGE = (0.001, 0.1, 0.5)
"""Penalties of the intercept, of terms, of people."""

_MANY = 3.0
"""Variance, in squares of the largest weight, from which a saddlepoint gives the tail."""
_Z95 = 1.959963984540054
_Z05 = 1.6448536269514722


@dataclass(frozen=True, eq=False)
class Fit:
    """What is expected of talk and change on every row, from terms and people, each without the other.

    Attributes
    ----------
    occasions
        The rows.
    product
        Expected talk on every row, and talk and change less what is expected.
    missed_x
        Shape (n_missed,): talk less what is expected, on the rows that a missed report would have made.
    guard
        The same as ``product`` of ``occasions.guard``; None where there is none.
    betas
        Coefficients of talk, of change, and of talk on the rows of the guard, as far as there was something to fit.
    """

    occasions: Occasions
    product: _Product
    missed_x: Floats
    guard: _Product | None = None
    betas: tuple[Floats, ...] = ()


@dataclass(frozen=True)
class Coincidence:
    """What the rows of some pairs say.

    Attributes
    ----------
    n_rows, n_pairs, n_talk, n_change, n_both
        Rows, distinct pairs, rows with talk, with change, with both.
    expected
        Rows with both to be expected.
    information
        Sum of p_x (1 - p_x) p_y (1 - p_y): what these rows could show, whatever they show.
    miss
        The share of ties taken as missed by a survey.
    taken, noise
        What is taken off the product for them (0 if that would add to it), and the variance which that has.
    p_more, p_less
        One-sided p that both fall together more, or less, often than expected: the larger of that if every report were
        true and that with missed reports taken off (for stronger ties, with errors of strength taken off). NaN below
        :data:`FEWEST`.
    p_reports
        p that they fall together more often, if every report were true.
    miss_falls
        The least share at which p_more exceeds :data:`ALPHA`; NaN where it does so at 0, or never below 1.
    stance
        ``supports``, ``contradicts``, ``open``; ``too_little`` where threefold odds would be missed more often than found
        and neither p is small.
    excess
        The product that is tested: rows with both, less those that are expected given which rows had either.
    """

    n_rows: int
    n_pairs: int
    n_talk: int
    n_change: int
    n_both: int
    expected: float
    information: float
    miss: float
    taken: float = 0.0
    noise: float = 0.0
    p_more: float = np.nan
    p_less: float = np.nan
    p_reports: float = np.nan
    miss_falls: float = np.nan
    stance: str = "too_little"
    excess: float = np.nan


def fit(found: Occasions, *, near: Fit | None = None) -> Fit:
    """Fit the two ridge regressions behind a residual product.

    Talk by a logistic regression on the terms and a term for each person, and change likewise; penalties .5 b'Lb with L
    .001 for the intercept, .1 for terms, .5 for people. With less talk or change than :data:`FEWEST` there is nothing to
    fit: every row is expected to have the mean. `near` is a fit of the same people to begin from, for verdicts alone: steps
    end where the next would change chances by about a millionth.
    """
    x, y = found.rows.x, found.rows.y
    if min(x.sum(), y.sum()) < FEWEST:
        even = np.full(len(x), x.mean() if len(x) else 0.0)
        return Fit(found, _Product(even, x - even, y - (y.mean() if len(y) else 0.0)), found.missed.x)
    design = _Design(found.rows, found.n_people)
    starts, stop = (*(near.betas if near else ()), None, None, None), 1e-3 if near else 1e-6
    betas = [_ridge_logit(design, z, start=start, stop=stop) for z, start in zip((x, y), starts, strict=False)]
    p_x, p_y = (_logistic(design.times(beta)) for beta in betas)
    missed_x = found.missed.x - _logistic(_Design(found.missed, found.n_people).times(betas[0]))
    guard = None
    if len(found.guard):
        guarded = _Design(found.guard, found.n_people)
        betas.append(_ridge_logit(guarded, found.guard.x, start=starts[2], stop=stop))
        p = _logistic(guarded.times(betas[2]))
        guard = _Product(p, found.guard.x - p, found.guard.y - _ridge_mean(found.guard, guarded))
    return Fit(found, _Product(p_x, x - p_x, y - p_y), missed_x, guard, tuple(betas))


def coincidence(fitted: Fit, pairs: Flags, *, missed: tuple[int, int], falls: bool = True) -> Coincidence:
    """Test the rows of some pairs by the residual product.

    T is the sum of (x - p_x)(y - p_y). Its null draws x anew on every row with chance p_x; the tail of that sum is taken
    from its cumulant generating function (Lugannani & Rice 1980) or, where few rows carry it, from all combinations of these,
    so no draw is made and no seed needed. What missed
    reports would add, odds of a miss times the sum of x - p_x over lasting ties, is taken off T, its variance added.

    Parameters
    ----------
    fitted
        The two regressions, on all rows.
    pairs
        Shape (n, n), symmetric: the pairs meant.
    missed
        Lapses among histories, from :func:`~nicmethods.joint.occasions.missed_reports`; without any, :data:`STATED_MISS`.
    falls
        Whether ``miss_falls`` is looked for; nothing else depends on it.

    References
    ----------
    Shah & Peters (2020), Annals of Statistics 48(3), for products of residuals; Barron (1977),
    Biometrics 33(2), for errors of classification.
    """
    rows, lost, guard = fitted.occasions.rows, fitted.occasions.missed, fitted.occasions.guard
    here = pairs[rows.a, rows.b]
    product = fitted.product.at(here)
    x, y, p_y = rows.x[here] > 0, rows.y[here] > 0, rows.y[here] - product.left_y
    miss, spread = _missed_share(*missed)
    found = Coincidence(
        n_rows=int(here.sum()),
        n_pairs=int((np.bincount(rows.a[here] * len(pairs) + rows.b[here]) > 0).sum()),
        n_talk=int(x.sum()),
        n_change=int(y.sum()),
        n_both=int((x & y).sum()),
        expected=float(product.p @ p_y),
        information=float((product.p * (1 - product.p)) @ (p_y * (1 - p_y))),
        miss=miss,
    )
    if min(found.n_talk, found.n_change) < FEWEST:
        return found
    lasting = fitted.missed_x[pairs[lost.a, lost.b]]
    taken, noise = _lost(lasting, miss, spread)
    tests = [product.tails(0.0, 0.0), product.tails(taken, noise)]
    if fitted.guard is not None:
        tests.append(fitted.guard.at(pairs[guard.a, guard.b]).tails(0.0, 0.0))
    more, less = (max(tails) for tails in zip(*tests, strict=True))
    tested = replace(
        found,
        taken=max(taken, 0.0),
        noise=noise,
        p_more=more,
        p_less=less,
        p_reports=tests[0][0],
        excess=float(product.left_x @ product.left_y),
        miss_falls=_miss_that_turns(product, lasting) if falls else np.nan,
    )
    return replace(tested, stance=_stance(tested))


def _stance(found: Coincidence) -> str:
    if min(found.p_more, found.p_less) <= ALPHA:
        return "supports" if found.p_more <= found.p_less else "contradicts"
    return "open" if power(found, 3.0) >= 0.5 else "too_little"


def power(found: Coincidence, odds: float) -> float:
    """Chance that rows like these show odds of this size, about, if every report is true.

    Phi((ln(odds) I - taken) / root(I + noise) - 1.645), I the information. It does not depend on what the rows showed.

    Examples
    --------
    >>> rows = Coincidence(400, 225, 29, 30, 6, 4.2, information=4.0, miss=0.0)
    >>> round(power(rows, 3.0), 2), round(power(replace(rows, taken=1.5), 3.0), 2)
    (0.71, 0.42)
    """
    from scipy.special import ndtr

    if found.information <= 0:
        return 0.0
    gain = np.log(odds) * found.information - found.taken
    return float(ndtr(gain / np.sqrt(found.information + found.noise) - _Z05))


def visible_odds(found: Coincidence, share: float) -> float:
    """Odds that would be found in this share of networks with rows like these; infinite with none.

    Examples
    --------
    >>> rows = Coincidence(400, 225, 29, 30, 6, 4.2, information=4.0, miss=0.0)
    >>> round(visible_odds(rows, 0.5), 1), round(visible_odds(rows, 0.8), 1)
    (2.3, 3.5)
    """
    from scipy.special import ndtri

    if found.information <= 0:
        return np.inf
    reach = (_Z05 + ndtri(share)) * np.sqrt(found.information + found.noise)
    return float(np.exp((reach + found.taken) / found.information))


def enough(found: Coincidence, odds: float = 3.0) -> float:
    """How many times this record would find these odds in half of networks; infinite where no more of the same would.

    Examples
    --------
    >>> rows = Coincidence(400, 225, 29, 30, 6, 4.2, information=1.12, miss=0.0)
    >>> round(enough(rows), 1)
    2.0
    """
    gain = np.log(odds) * found.information - found.taken
    return float(_Z05**2 * (found.information + found.noise) / gain**2) if gain > 0 else np.inf


def odds_interval(fitted: Fit, pairs: Flags) -> tuple[float, float, float]:
    """Odds ratio of change with talk to change without, and its 95 % interval, by inverting the residual product.

    For given odds, change is fitted anew with talk as an offset; the odds at which the product is 0 are the estimate, those
    at which it lies 1.96 root sums of squares off are the limits. Missed reports are not taken off. NaN below
    :data:`FEWEST`; a limit beyond 1/1000 or 1000 is 0 or infinite.
    """
    found = fitted.occasions
    rows = found.rows
    here = pairs[rows.a, rows.b]
    if min(rows.x[here].sum(), (rows.y[here] > 0).sum()) < FEWEST:
        return np.nan, np.nan, np.nan
    design = _Design(rows, found.n_people)
    beta = np.zeros(len(design.ridge))

    def z(log_odds: float) -> float:
        nonlocal beta
        beta = _ridge_logit(design, rows.y, offset=log_odds * rows.x, start=beta)
        left = rows.y - _logistic(design.times(beta) + log_odds * rows.x)
        terms = (fitted.product.left_x * left)[here]
        return float(terms.sum() / np.sqrt((terms**2).sum()))

    return _crossing(z, 0.0), _crossing(z, _Z95), _crossing(z, -_Z95)


def _crossing(z: Callable[[float], float], at: float) -> float:
    """Odds at which a falling z crosses a value."""
    from scipy.optimize import brentq

    bound = float(np.log(1000))
    low, high = z(-bound) - at, z(bound) - at
    if low < 0 or high > 0:
        return 0.0 if low < 0 else np.inf
    return float(np.exp(brentq(lambda value: z(value) - at, -bound, bound, xtol=1e-3)))


def _missed_share(k: int, n: int) -> tuple[float, float]:
    """Share missed and the variance of its odds; a stated share has none."""
    if n == 0:
        return STATED_MISS, 0.0
    share = min(k / n, 0.5)
    return share, share * (1 - share) / n / (1 - share) ** 4


def _lost(lasting: Floats, miss: float, spread: float) -> tuple[float, float]:
    """What missed reports add to the product, and its variance."""
    odds, total = miss / (1 - miss), float(lasting.sum())
    return odds * total, float(odds**2 * (lasting**2).sum() + total**2 * spread)


def _miss_that_turns(product: _Product, lasting: Floats) -> float:
    """Least share of missed ties at which the finding is lost."""
    from scipy.optimize import brentq

    def excess(miss: float) -> float:
        return product.tails(*_lost(lasting, miss, 0.0))[0] - ALPHA

    most = 0.9
    if excess(0.0) > 0 or excess(most) < 0:
        return np.nan
    return float(brentq(excess, 0.0, most, xtol=1e-3))


@dataclass(frozen=True, eq=False)
class _Product:
    """Sum of products of residuals, with the distribution it has if x is drawn anew on every row."""

    p: Floats
    left_x: Floats
    left_y: Floats

    def at(self, here: Flags) -> _Product:
        """Of some rows."""
        return _Product(self.p[here], self.left_x[here], self.left_y[here])

    def tails(self, shift: float, variance: float) -> tuple[float, float]:
        """One-sided p of the sum less `shift`, upward and downward, with normal noise of this variance added."""
        observed = float(self.left_x @ self.left_y) - shift
        moves = (self.p * (1 - self.p) * self.left_y**2) > 1e-12
        return _tails(self.p[moves], self.left_y[moves], variance, observed)


def _tails(p: Floats, weight: Floats, variance: float, at: float) -> tuple[float, float]:
    """Chance that a sum of weight * (Bernoulli(p) - p), with normal noise, is at least, and at most, `at`.

    Where many rows carry it: Lugannani & Rice (1980), formula 10; next to the mean, where it is 0 / 0, its limit. Where few do,
    that formula is wrong (one row with both is a step, and skewness beyond 7 would make it less than 0): see :func:`_few`.
    """
    from scipy.special import ndtr

    own = p * (1 - p) * weight**2
    second = float(own.sum()) + variance
    if second <= 0:
        return 1.0, 1.0
    if own.sum() < _MANY * np.abs(weight).max() ** 2:
        return _few(p, weight, variance, at)
    s, tilted = _saddlepoint(p, weight, variance, at)
    cgf = np.logaddexp(np.log1p(-p), np.log(p) + s * weight).sum() - s * (p @ weight) + variance * s**2 / 2
    w = float(np.sign(s) * np.sqrt(max(2 * (s * at - cgf), 0.0)))
    density = np.exp(-(w**2) / 2) / np.sqrt(2 * np.pi)
    if abs(w) < 1e-4:
        third = float((p * (1 - p) * (1 - 2 * p)) @ weight**3)
        upward = 0.5 - density * third / (6 * second**1.5)
    else:
        upward = float(ndtr(-w) + density * (1 / (s * np.sqrt(tilted)) - 1 / w))
    upward = min(max(upward, 0.0), 1.0)
    return upward, 1 - upward


def _few(p: Floats, weight: Floats, variance: float, at: float) -> tuple[float, float]:
    """The same where few rows carry the sum: every combination of those with large weights, the others by their first moments.

    Large is above a quarter of the largest; their sum is laid out on a grid of a hundredth of it, and without noise what lies within
    a step of `at` counts to both sides, as in draws. The others, with the noise, are a gamma distribution with their variance and skewness.
    """
    step = np.abs(weight).max() / 100
    large = np.abs(weight) > 25 * step
    steps, chance = np.rint(weight[large] / step).astype(np.int64), p[large]
    mass, least = np.ones(1), -float(chance @ steps)
    for move, hit in zip(steps.tolist(), chance.tolist(), strict=True):
        moved = np.zeros(len(mass) + abs(move))
        stays, goes = max(-move, 0), max(move, 0)
        moved[stays : stays + len(mass)] += mass * (1 - hit)
        moved[goes : goes + len(mass)] += mass * hit
        mass, least = moved, least + min(move, 0)
    kept = mass > 1e-15
    sums, mass = (np.flatnonzero(kept) + least) * step, mass[kept]
    p, weight = p[~large], weight[~large]
    spread = float((p * (1 - p)) @ weight**2) + variance
    third = float((p * (1 - p) * (1 - 2 * p)) @ weight**3)
    ties = 0.0 if variance else step
    upward, downward = (mass @ _gamma_tail(way * (at - sums) - ties, spread, way * third) for way in (1, -1))
    return min(float(upward), 1.0), min(float(downward), 1.0)


def _gamma_tail(at: Floats, variance: float, third: float) -> Floats:
    """Chance of at least `at` under a gamma distribution (Pearson's type III) with mean 0, this variance and third moment."""
    from scipy.special import gammainc, gammaincc, ndtr

    if variance <= 0:
        return np.asarray(at <= 0, dtype=np.float64)
    z, skewness = at / np.sqrt(variance), third / variance**1.5
    if abs(skewness) < 1e-3:
        return np.asarray(ndtr(-z))
    shape = 4 / skewness**2
    place = np.maximum(shape + np.sign(skewness) * z * np.sqrt(shape), 0.0)
    return np.asarray(gammaincc(shape, place) if skewness > 0 else gammainc(shape, place), dtype=np.float64)


def _saddlepoint(p: Floats, weight: Floats, variance: float, at: float) -> tuple[float, float]:
    """Tilt s under which the sum's mean is `at`, and the variance it then has; Newton's method, kept between bounds."""
    base, centre = np.log(p / (1 - p)), float(p @ weight)
    s, lower, upper, second = 0.0, -np.inf, np.inf, 1.0
    for _ in range(100):
        tilted = _logistic(base + s * weight)
        gap = float(tilted @ weight) - centre + variance * s - at
        second = float((tilted * (1 - tilted)) @ weight**2) + variance
        if abs(gap) < 1e-9 * max(1.0, abs(at)):
            break
        lower, upper = (s, upper) if gap < 0 else (lower, s)
        step = s - gap / max(second, 1e-12)
        if not lower < step < upper:
            step = (lower + upper) / 2 if np.isfinite(lower + upper) else 2 * s - np.sign(gap)
        s = step
    return s, second


class _Design:
    """Intercept, terms and one column for each person (1 on the rows of his pairs), without writing the columns out."""

    def __init__(self, rows: Rows, n_people: int) -> None:
        self.own = np.column_stack([np.ones(len(rows)), rows.terms])
        self.a, self.b, self.n = rows.a, rows.b, n_people
        self.ridge = np.repeat(_RIDGE, [1, rows.terms.shape[1], n_people])

    @cached_property
    def people(self) -> Any:
        """Shape (n_people, n_rows), sparse: 1 where the row is of a pair of this person."""
        from scipy.sparse import csr_array

        both, starts = np.column_stack([self.a, self.b]).ravel(), np.arange(0, 2 * len(self.a) + 1, 2)
        return csr_array((np.ones(len(both)), both, starts), shape=(len(self.a), self.n)).T

    def times(self, beta: Floats) -> Floats:
        """Design @ beta."""
        k = self.own.shape[1]
        people = beta[k:]
        return np.asarray(self.own @ beta[:k] + people[self.a] + people[self.b])

    def sums(self, values: Floats) -> Floats:
        """Design.T @ values."""
        people = np.bincount(self.a, values, self.n) + np.bincount(self.b, values, self.n)
        return np.concatenate([self.own.T @ values, people])

    def gram(self, weight: Floats) -> Floats:
        """Design.T @ diag(weight) @ design."""
        k = self.own.shape[1]
        out = np.empty((k + self.n, k + self.n))
        weighted = self.own * weight[:, None]
        out[:k, :k] = self.own.T @ weighted
        out[k:, :k] = self.people @ weighted
        out[:k, k:] = out[k:, :k].T
        pairs = np.bincount(self.a * self.n + self.b, weight, self.n * self.n).reshape(self.n, self.n)
        out[k:, k:] = pairs + pairs.T
        out[np.arange(k, k + self.n), np.arange(k, k + self.n)] += out[k:, 0]
        return out


def _ridge_mean(rows: Rows, design: _Design) -> Floats:
    """Mean of y on every row by a ridge regression whose penalty is scaled to the variance of y."""
    penalty = np.diag(design.ridge * max(float(rows.y.var()), 1e-6))
    beta = np.linalg.solve(design.gram(np.ones(len(rows))) + penalty, design.sums(rows.y))
    return design.times(np.asarray(beta, dtype=np.float64))


def _ridge_logit(
    design: _Design, y: Floats, *, offset: Floats | float = 0.0, start: Floats | None = None, stop: float = 1e-6
) -> Floats:
    """Maximise the logistic log likelihood less half the penalised sum of squares, by Newton's method.

    It ends with a step below `stop`; errors are of the size of its square.
    """
    from scipy.special import expit

    beta = np.zeros(len(design.ridge)) if start is None else start
    if start is None:
        mean = (y.sum() + 0.5) / (len(y) + 1)
        beta[0] = np.log(mean / (1 - mean))
    for _ in range(50):
        p = expit(design.times(beta) + offset)
        gradient = design.sums(y - p) - design.ridge * beta
        step = np.linalg.solve(design.gram(p * (1 - p)) + np.diag(design.ridge), gradient)
        size = float(np.abs(step).max())
        beta = beta + step * min(1.0, 5.0 / max(size, 1e-300))
        if size < stop:
            break
    return beta


def _logistic(eta: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(eta), dtype=np.float64)
