"""Conditional uniform graph tests: is a value unusual among random networks of the same size, ties or pairs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from nicmethods.errors import MeasureError
from nicmethods.network.census import dyad_census
from nicmethods.network.permutation import Test, held_against
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.network.graph import WaveNetwork

__all__ = ["Statistic", "cug", "reciprocity_test"]

Statistic = Literal[
    "density", "reciprocity_dyad", "reciprocity_arc", "transitivity", "centralization_in", "centralization_out"
]
_BLOCK = 2**18  # ties drawn at a time, so that they stay in the cache of the processor
_MARKED = 2**26
_POWERS = 2.0 ** np.arange(32)
_FEWEST = 4


@takes
def cug(
    network: WaveNetwork,
    *,
    statistic: Statistic,
    given: Literal["size", "edges", "dyads"],
    seed: int,
    n_permutations: int = 1000,
) -> Test:
    """Compare a value with random networks among those who report.

    Parameters
    ----------
    network
        One wave. Ties are random over the pairs known in both directions; unknown pairs stay unknown, and ties of pairs
        known in one direction only are left out of the observed value too.
    statistic
        Which value.
    given
        What random networks share with this one. ``"size"``: people, each tie with probability 1/2. ``"edges"``: the
        number of ties. ``"dyads"``: the numbers of mutual, asymmetric and null pairs.
    seed
        Seed of the random generator.
    n_permutations
        Random networks.

    Returns
    -------
    Test
        Undefined where the condition fixes the statistic, or fewer than 4 people report.

    References
    ----------
    Anderson, Butts & Carley (1999), Social Networks 21; Holland & Leinhardt (1976) for ``"dyads"``.
    """
    census, ties = dyad_census(network), network.core.binary()
    source, target = np.nonzero(np.triu(~np.isnan(ties + ties.T), 1))
    forward, backward = ties[source, target] == 1, ties[target, source] == 1
    observed = (
        np.zeros(forward.sum() + backward.sum(), np.int64),
        np.concatenate([source[forward], target[backward]]),
        np.concatenate([target[forward], source[backward]]),
    )
    draw = _Draw(network.core.n, source, target, np.random.default_rng(seed))
    value = float(draw.statistic(statistic, observed, 1)[0]) if len(source) else np.nan
    if network.core.n < _FEWEST or not len(source):
        return Test(value, n_dyads=2 * len(source), note=f"fewer than {_FEWEST} people answered")
    parts = []
    work = len(source) if given == "size" else census.mutual + census.asymmetric + network.core.n
    step = max(1, min(_BLOCK // max(1, work), _MARKED // max(1, len(source))))
    for start in range(0, n_permutations, step):
        times = min(step, n_permutations - start)
        parts.append(draw.statistic(statistic, draw.networks(given, census.mutual, census.asymmetric, times), times))
    return held_against(value, np.concatenate(parts), n_dyads=2 * len(source))


class _Draw:
    """Random networks as ties (which network, source, target), many at a time."""

    def __init__(self, n: int, source: NDArray[np.int64], target: NDArray[np.int64], rng: np.random.Generator) -> None:
        self.n, self.source, self.target, self.rng = n, source, target, rng

    def networks(self, given: str, mutual: int, asymmetric: int, times: int) -> tuple[NDArray[np.int64], ...]:
        pairs = len(self.source)
        if given == "size":
            which, cell = np.nonzero(self.rng.random((times, 2 * pairs)) < 0.5)
        elif given == "edges":
            which, cell = self._distinct(times, 2 * pairs, 2 * mutual + asymmetric)
        elif given == "dyads":
            which, tied = self._distinct(times, pairs, mutual + asymmetric)
            chosen = np.zeros((times, mutual + asymmetric), bool)
            chosen[self._distinct(times, mutual + asymmetric, mutual)] = True
            way = self.rng.integers(0, 2, size=len(tied))
            both = chosen.ravel()
            cell = np.concatenate([tied + pairs * way, tied[both] + pairs * (1 - way[both])])
            which = np.concatenate([which, which[both]])
        else:
            raise MeasureError(f"given is {given!r}; it must be 'size', 'edges' or 'dyads'.")
        turned = cell >= pairs
        place = cell - pairs * turned
        one, other = self.source[place], self.target[place]
        return which, np.where(turned, other, one), np.where(turned, one, other)

    def _distinct(self, times: int, population: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Draw k different numbers below the population for each of many draws, sorted by draw."""
        if 2 * k > population:
            left = np.ones((times, population), bool)
            left[self._distinct(times, population, population - k)] = False
            which, number = np.nonzero(left)
            return which, number
        taken, short = np.zeros((times, population), bool), np.full(times, k)
        while short.any():
            which = np.repeat(np.arange(times), short)
            taken.ravel()[which * population + self.rng.integers(0, population, size=len(which))] = True
            short = k - np.fromiter(map(np.count_nonzero, taken), np.int64, times)
        which = np.repeat(np.arange(times), k)
        return which, np.flatnonzero(taken) - which * population

    def statistic(self, name: str, ties: tuple[NDArray[np.int64], ...], times: int) -> NDArray[np.float64]:
        """Shape (times,)."""
        which, source, target = ties
        n_ties = np.bincount(which, minlength=times).astype(float)
        if name == "density":
            return n_ties / (2 * len(self.source))
        if name.startswith("centralization"):
            end = target if name.endswith("in") else source
            degree: NDArray[np.int64] = np.bincount(which * self.n + end, minlength=times * self.n).reshape(
                times, self.n
            )
            apart = degree.max(axis=1) * self.n - degree.sum(axis=1)
            return np.asarray(apart / (self.n - 1) ** 2)
        if name.startswith("reciprocity"):
            key, back = (which * self.n + source) * self.n + target, (which * self.n + target) * self.n + source
            returned = np.bincount(which[np.isin(key, back)], minlength=times) / 2
            tied = n_ties - returned if name.endswith("dyad") else n_ties / 2
            return returned / np.where(tied > 0, tied, np.nan)
        if name == "transitivity":
            return self._transitivity(which, source, target, times)
        raise MeasureError(
            f"There is no statistic {name!r}; statistics are {', '.join(map(repr, get_args(Statistic)))}."
        )

    def _transitivity(self, which: Any, source: Any, target: Any, times: int) -> NDArray[np.float64]:
        """A bit a person: paths i -> j -> k are the people that row i and column k share."""
        words = -(-self.n // 64)
        out = self._bits(which * self.n + source, target, times, words)
        into = self._bits(which * self.n + target, source, times, words)

        def paths(i: Any, k: Any) -> NDArray[np.int64]:
            found = np.zeros(len(i), np.int64)
            for word in range(words):
                found += np.bitwise_count(out[word].take(i) & into[word].take(k))
            return found

        first, last = which * self.n + source, which * self.n + target
        shortcuts = np.bincount(which, weights=paths(first, last), minlength=times)
        degree = (np.bincount(end, minlength=times * self.n).reshape(times, self.n) for end in (first, last))
        n_paths = np.einsum("ti,ti->t", *degree).astype(float)
        returned = (out[source // 64, last] >> (source % 64).astype(np.uint64)) & np.uint64(1)
        n_paths -= np.bincount(which, weights=returned, minlength=times)
        unknown = self._unknown
        for start in range(0, times if len(unknown[0]) else 0, step := max(1, _BLOCK // max(1, len(unknown[0])))):
            some = np.arange(start, min(start + step, times))[:, None] * self.n
            n_paths[start : start + step] -= (
                paths((some + unknown[0]).ravel(), (some + unknown[1]).ravel()).reshape(len(some), -1).sum(axis=1)
            )
        return np.asarray(shortcuts / np.where(n_paths > 0, n_paths, np.nan))

    def _bits(self, row: Any, column: Any, times: int, words: int) -> NDArray[np.uint64]:
        """Shape (words, times x n): bit `column` of each row, 64 to a word."""
        size = times * self.n
        sums = np.bincount((column >> 5) * size + row, _POWERS.take(column & 31), minlength=2 * words * size)
        low, high = sums.astype(np.uint64).reshape(words, 2, size).transpose(1, 0, 2)
        return np.asarray(low | (high << np.uint64(32)))

    @cached_property
    def _unknown(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Cells of different people that are not known."""
        known = np.eye(self.n, dtype=bool)
        known[self.source, self.target] = known[self.target, self.source] = True
        i, k = np.nonzero(~known)
        return i, k


@takes
def reciprocity_test(network: WaveNetwork, *, of: Literal["dyad", "arc"]) -> Test:
    """Reciprocity against networks with as many ties, by the exact distribution of the number of mutual pairs.

    With m ties at random over the cells of D pairs, the number of mutual pairs is k with probability
    C(D, k) C(D - k, m - 2k) 2**(m - 2k) / C(2D, m). No simulation: p is the exact two-sided probability of a value at
    least as far from its expectation.

    Parameters
    ----------
    network
        One wave; pairs known in both directions count.
    of
        ``"dyad"``: mutual / (mutual + asymmetric). ``"arc"``: share of ties that are returned.
    """
    from scipy.special import gammaln

    if of not in ("dyad", "arc"):
        raise MeasureError(f"Reciprocity is of 'dyad' or 'arc'; {of!r} was given.")
    census = dyad_census(network)
    pairs, ties = census.n_dyads, 2 * census.mutual + census.asymmetric
    if not ties:
        return Test(np.nan, n_dyads=2 * pairs, note="no ties between people who both answered")
    k = np.arange(max(0, ties - pairs), ties // 2 + 1)
    log_ways = -gammaln(k + 1) - gammaln(ties - 2 * k + 1) - gammaln(pairs - ties + k + 1) + (ties - 2 * k) * np.log(2)
    weight = np.exp(log_ways - log_ways.max())
    weight /= weight.sum()
    values = k / (ties - k) if of == "dyad" else 2 * k / ties
    value = census.mutual / (ties - census.mutual) if of == "dyad" else 2 * census.mutual / ties
    expected = float(weight @ values)
    sd = float(np.sqrt(weight @ (values - expected) ** 2))
    if len(k) == 1:
        return Test(value, expected, 0.0, n_dyads=2 * pairs, note="the number of ties leaves one value only")
    far = np.abs(values - expected) >= abs(value - expected) - 1e-12
    return Test(value, expected, sd, min(1.0, float(weight[far].sum())), 0.0, 0, 2 * pairs)
