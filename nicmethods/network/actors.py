"""Measures of each actor: ties, position between others, and the shortest paths from and to everyone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.network.between_waves import dyad_change, turnover
from nicmethods.network.graph import WaveNetwork, declared, every_wave, groupings, of_wave, seed_of
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = [
    "ROLES",
    "Paths",
    "actor_measures",
    "betweenness",
    "brokerage",
    "eigenvector",
    "shortest_paths",
    "structural_holes",
    "wave_actors",
]

ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
_MOST_COMPARED = 5_000
_SOLVED = 100
_MOST_STEPS = 500_000_000
_SAMPLE = 200
_AT_ONCE = 4_096
_GATHERED = 2**23


@takes
def actor_measures(survey: Survey, *, seed: int, by: Sequence[str] = ("site", "role")) -> pd.DataFrame:
    """Every measure of every actor, relation and wave; ``docs/definitions/network.md`` defines each.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say.
    seed
        Seed of the sample behind betweenness in very large networks.
    by
        Roster columns that name groups, for brokerage.

    Returns
    -------
    DataFrame
        Run table ``actor_measures``: everyone present. In-degree and in-strength count the reports of those who
        answered; all else is NaN for who did not answer. ``turnover_out`` and ``turnover_in`` compare with the wave
        before, named in ``by``.
    """
    by = groupings(survey, by)
    parts = [
        wave_actors(network, by=by, seed=seed_of(seed, network.relation, network.wave))
        for network in every_wave(survey)
    ]
    if len(survey.waves) > 1 and len(survey.roster) <= _MOST_COMPARED:
        parts.append(_turnover(dyad_change(survey)))
    return declared("actor_measures", parts)


@takes
def wave_actors(network: WaveNetwork, *, seed: int, by: Sequence[str] = ("site", "role")) -> pd.DataFrame:
    """Every measure of every actor of one wave; parameters and columns as in :func:`actor_measures`."""
    columns: dict[tuple[str, str], NDArray[np.float64]] = {}
    source, target, value = network.ties
    for measure, end, weights in (
        ("in_degree", target, None),
        ("out_degree", source, None),
        ("in_strength", target, value),
        ("out_strength", source, value),
    ):
        count = np.bincount(end, weights=weights, minlength=network.n).astype(float)
        columns[measure, ""] = count if measure.startswith("in") else np.where(network.reports, count, np.nan)
    for key, among in _positions(network.core, by, seed).items():
        columns[key] = np.full(network.n, np.nan)
        columns[key][network.reports] = among
    names = pd.DataFrame(list(columns), columns=["measure", "by"], dtype="str")
    long = names.loc[names.index.repeat(network.n)].assign(
        actor=np.tile(network.actors, len(columns)), value=np.concatenate(list(columns.values()))
    )
    return of_wave(long, network)


def _positions(core: WaveNetwork, by: Sequence[str], seed: int) -> dict[tuple[str, str], NDArray[np.float64]]:
    """Measures of the graph among those who report, ties unvalued."""
    if not core.n:
        return {}
    graph = core.graph
    constraint, effective = structural_holes(core)
    paths = shortest_paths(core, seed=seed)
    columns = {
        ("betweenness", ""): betweenness(core, seed=seed)[0],
        ("closeness_harmonic_out", ""): paths.harmonic["out"],
        ("closeness_harmonic_in", ""): paths.harmonic["in"],
        ("closeness_out", ""): paths.closeness["out"],
        ("closeness_in", ""): paths.closeness["in"],
        ("reach_2_out", ""): paths.near["out"],
        ("reach_2_in", ""): paths.near["in"],
        ("eigenvector", ""): eigenvector(core),
        ("clustering", ""): np.array(core.undirected.transitivity_local_undirected(mode="nan"), float),
        ("pagerank", ""): np.array(graph.pagerank(directed=True)),
        ("k_core", ""): np.array(graph.coreness(mode="all"), float),
        ("constraint", ""): constraint,
        ("effective_size", ""): effective,
    }
    for attribute in by:
        raw, z = brokerage(core, by=attribute)
        for role, counts, scores in zip(ROLES, raw.T, z.T, strict=True):
            columns[f"brokerage_{role}", attribute] = counts
            columns[f"brokerage_{role}_z", attribute] = scores
    return columns


@takes
def eigenvector(network: WaveNetwork) -> NDArray[np.float64]:
    """How well tied each person's partners are (Bonacich), a pair being tied if either names the other.

    Parameters
    ----------
    network
        One wave; among those who report.

    Returns
    -------
    ndarray
        Shape (n,): the leading eigenvector of the ties, of length 1, none below 0; 0 outside the component with the
        largest eigenvalue, and shared out evenly where several have it. NaN without ties.

    References
    ----------
    Bonacich (1972), Journal of Mathematical Sociology 2.
    """
    from scipy.sparse.linalg import eigsh

    ties = network.core.adjacency
    both = ((ties + ties.T) > 0).astype(float)
    n = both.shape[0]
    if not both.nnz:
        return np.full(n, np.nan)
    if n <= _SOLVED:
        values, vectors = np.linalg.eigh(both.toarray())
        leading = vectors[:, values > values[-1] - 1e-9]
        scores = leading @ leading.sum(axis=0)
    else:
        scores = eigsh(both, k=1, which="LA", v0=np.ones(n), tol=1e-12)[1][:, 0]
    return np.asarray(np.abs(scores) / np.linalg.norm(scores))


@takes
def structural_holes(network: WaveNetwork) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Burt's constraint and effective size of everyone who reports, ties unvalued.

    Returns
    -------
    tuple
        Two arrays of shape (n,), NaN for isolates. With p the share of a person's ties (both directions) that is with
        each other, constraint is the sum over alters j of (p_ij + sum_q p_iq p_qj)**2, and effective size the number of
        alters less their redundancy sum_q p_iq m_jq, m_jq being the strength of j-q as a share of j's strongest tie.

    References
    ----------
    Burt (1992), Structural Holes, chapter 2.
    """
    core = network.core
    both = (core.adjacency + core.adjacency.T).tocsr()
    if not both.nnz:
        return np.full(core.n, np.nan), np.full(core.n, np.nan)
    total, strongest = both.sum(axis=1), both.max(axis=1).toarray()
    alters = (both > 0).astype(float)
    marginal = both.copy()
    marginal.data /= np.repeat(strongest, np.diff(both.indptr))
    shared = (alters @ marginal).multiply(both).sum(axis=1)
    effective = alters.sum(axis=1) - shared / np.where(total > 0, total, np.nan)
    return np.array(core.graph.constraint(), float), effective


@takes
def brokerage(network: WaveNetwork, *, by: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gould and Fernandez's brokerage roles of everyone who reports.

    A person b brokers for a and c if a names b, b names c, and a does not name c. The groups of a, b and c make the role:
    coordinator (all one group), itinerant (a and c one group), representative (a and b), gatekeeper (b and c), liaison
    (three groups).

    Parameters
    ----------
    network
        One wave.
    by
        Roster column of the groups. People whose group is blank are left out and get NaN.

    Returns
    -------
    tuple
        Counts and z-scores, each of shape (n, 5) in the order of :data:`ROLES`. z compares with random ties of the same
        density; NaN where the variance is 0.

    References
    ----------
    Gould & Fernandez (1989), Sociological Methodology 19.
    """
    core = network.core
    known = core.groups(by)[0] >= 0
    raw, z = np.full((core.n, 5), np.nan), np.full((core.n, 5), np.nan)
    if known.any():
        among, labels, names = core.grouped(by)
        raw[known] = _roles(among, labels)
        expected, variance = _random_roles(len(among.ties[0]), np.bincount(labels, minlength=len(names)))
        spread = np.sqrt(np.where(variance > 0, variance, np.nan))
        z[known] = (raw[known] - expected[labels]) / spread[labels]
    return raw, z


def _roles(network: WaveNetwork, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Open paths through each person by role, shape (n, 5): all paths by role, less those with a shortcut."""
    from scipy.sparse import csr_array

    source, target, _ = network.ties
    same = labels[source] == labels[target]
    inner, outer = (network.sparse(source[some], target[some]) for some in (same, ~same))
    n = len(labels)
    member = csr_array((np.ones(n), (np.arange(n), labels)), shape=(n, labels.max(initial=0) + 1))

    def closed(first: Any, second: Any, shortcut: Any) -> NDArray[np.float64]:
        return np.asarray((first.T @ shortcut).multiply(second).sum(axis=1))

    def mutual(first: Any) -> NDArray[np.float64]:
        return np.asarray(first.multiply(first.T).sum(axis=1))

    in_same, out_same = inner.sum(axis=0), inner.sum(axis=1)
    in_other, out_other = outer.sum(axis=0), outer.sum(axis=1)
    same_other = (outer.T @ member).multiply(outer @ member).sum(axis=1)
    return np.stack(
        [
            in_same * out_same - mutual(inner) - closed(inner, inner, inner),
            same_other - mutual(outer) - closed(outer, outer, inner),
            in_same * out_other - closed(inner, outer, outer),
            in_other * out_same - closed(outer, inner, outer),
            in_other * out_other - same_other - closed(outer, outer, outer),
        ],
        axis=1,
    )


def _random_roles(n_ties: int, sizes: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and variance of each role for a member of each group if ties are random, shape (k, 5)."""
    n = float(sizes.sum())
    own = sizes.astype(float)
    d = n_ties / (n * (n - 1)) if n > 1 else 0.0
    others = n - own

    def elsewhere(power: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(power.sum() - power)

    def choose2(number: NDArray[np.float64]) -> NDArray[np.float64]:
        return number * (number - 1) / 2

    pairs = np.stack(
        [
            (own - 1) * (own - 2),
            elsewhere(own * (own - 1)),
            others * (own - 1),
            others * (own - 1),
            elsewhere(own) ** 2 - elsewhere(own**2),
        ],
        axis=1,
    )
    mixed = 2 * ((own - 1) * choose2(others) + others * choose2(own - 1))
    rest = n - own[None, :] - own[:, None]
    liaison = own[None, :] * choose2(rest)
    triples = np.stack(
        [
            2 * (own - 1) * (own - 2) * (own - 3),
            2 * elsewhere(own * (own - 1) * (own - 2)),
            mixed,
            mixed,
            4 * (liaison.sum(axis=1) - np.diag(liaison)),
        ],
        axis=1,
    )
    expected = d**2 * (1 - d) * pairs
    return expected, expected * (1 - d**2 * (1 - d)) + triples * d**3 * (1 - d) ** 3


def _turnover(dyads: pd.DataFrame) -> pd.DataFrame:
    """Turnover as rows of the table; the wave before stands in ``by``."""
    rows = turnover(dyads).merge(dyads[["from_wave", "to_wave", "relation", "threshold", "policy"]].drop_duplicates())
    return rows.assign(
        measure="turnover_" + rows["direction"], wave=rows["to_wave"], by=rows["from_wave"], value=rows["turnover"]
    )


def betweenness(network: WaveNetwork, *, seed: int) -> tuple[NDArray[np.float64], str]:
    """Directed betweenness of everyone, ties unvalued, and how it was approximated (empty: exact).

    Parameters
    ----------
    network
        One wave.
    seed
        Seed of the sample: beyond about 20,000 people with 25,000 ties, paths start from 200 people at random
        and counts are scaled up by n / 200.

    References
    ----------
    Freeman (1977), Sociometry 40; Brandes & Pich (2007), International Journal of Bifurcation and Chaos 17 for the sample.
    """
    n, graph = network.n, network.graph
    if n * (n + graph.ecount()) <= _MOST_STEPS:
        return network.betweenness, ""
    sources = np.random.default_rng(seed).choice(n, size=_SAMPLE, replace=False)
    counted = np.array(graph.betweenness(directed=True, sources=sources.tolist()))
    return counted * n / _SAMPLE, f"paths from {_SAMPLE} people at random"


@dataclass(frozen=True)
class Paths:
    """What shortest paths say of everyone, ties unvalued, and of the network.

    Parameters
    ----------
    harmonic
        ``"out"`` and ``"in"`` to an array of shape (n,) from 0 to 1: the mean of 1 / distance to (from) the others, the
        unreachable counting 0. NaN for a lone person.
    closeness
        The same for Freeman's closeness: others / sum of distances to (from) them, the unreachable counting n steps.
    near
        The same for the share of others at most two steps away.
    mean_distance
        Mean over ordered pairs that a path joins; NaN without one.
    diameter
        The longest of these distances; NaN without one, or from a sample.
    note
        How it was approximated; empty: exact.
    """

    harmonic: dict[str, NDArray[np.float64]]
    closeness: dict[str, NDArray[np.float64]]
    near: dict[str, NDArray[np.float64]]
    mean_distance: float
    diameter: float
    note: str


def shortest_paths(network: WaveNetwork, *, seed: int) -> Paths:
    """Closeness, reach and distances of a network.

    Parameters
    ----------
    network
        One wave.
    seed
        Seed of the sample: in networks too large for all paths, values rest on distances to and from 200 people at
        random; the share within two steps is exact all the same.

    References
    ----------
    Freeman (1978), Social Networks 1, with the number of people as the distance of the unreachable, as UCINET has it by
    default; Marchiori & Latora (2000), Physica A 285, for harmonic closeness.
    """
    n, ties = network.n, network.adjacency
    sampled = n * (n + ties.nnz) > _MOST_STEPS
    ends = np.random.default_rng(seed).choice(n, _SAMPLE, replace=False) if sampled else np.arange(n)
    others = float(n - 1) if n > 1 else np.nan
    seen = {way: np.zeros((4, n)) for way in ("out", "in")}  # reached, steps, sum of 1 / steps, within two steps
    total, reached, longest = 0, 0, 0
    for start in range(0, len(ends), _AT_ONCE):
        some = ends[start : start + _AT_ONCE]
        for way in ("out", "in") if sampled else ("in",):
            for steps, new in _levels(ties if way == "in" else ties.T.tocsr(), some):
                # `new`, shape (n, ends): who is first reached from these people after so many steps.
                per_person, per_end = new.sum(axis=1), new.sum(axis=0)
                weight = np.array([1, steps, 1 / steps, steps <= 2])
                seen[way] += weight[:, None] * per_person
                if not sampled:
                    seen["out"][:, some] += weight[:, None] * per_end
                if way == "in":
                    found = int(per_end.sum())
                    total, reached, longest = total + steps * found, reached + found, max(longest, steps)
    scale = others / (len(ends) - np.isin(np.arange(n), ends)) if sampled else 1.0
    if sampled:  # exactly all the same
        for way, values in seen.items():
            values[3] = np.array(network.graph.neighborhood_size(order=2, mode=way), float) - 1
    return Paths(
        harmonic={way: values[2] / len(ends) if sampled else values[2] / others for way, values in seen.items()},
        closeness={
            way: others / np.maximum(values[1] * scale + n * (others - values[0] * scale), 1)
            for way, values in seen.items()
        },
        near={way: values[3] / others for way, values in seen.items()},
        mean_distance=total / reached if reached else np.nan,
        diameter=float(longest) if reached and not sampled else np.nan,
        note=f"distances to and from {_SAMPLE} people at random" if sampled else "",
    )


def _levels(ties: Any, sources: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """Breadth first from many people at once, a bit a source: steps, and who is first reached by whom, (n, sources)."""
    n, m = ties.shape[0], len(sources)
    words = -(-m // 64)
    seen = np.zeros((n, words), np.uint64)
    np.bitwise_or.at(seen, (sources, np.arange(m) // 64), np.uint64(1) << (np.arange(m) % 64).astype(np.uint64))
    back = ties.T.tocsr()  # who names each person
    named = np.flatnonzero(np.diff(back.indptr))
    front, steps = seen.copy(), 0
    while front.any():
        steps += 1
        found = np.zeros_like(seen)
        step = max(1, _GATHERED // max(1, words * max(1, len(back.indices) // max(1, len(named)))))
        for start in range(0, len(named), step):
            some = named[start : start + step]
            first, last = back.indptr[some[0]], back.indptr[some[-1] + 1]
            found[some] = np.bitwise_or.reduceat(front[back.indices[first:last]], back.indptr[some] - first, axis=0)
        front = found & ~seen
        seen |= front
        if front.any():
            yield steps, np.unpackbits(front.view(np.uint8), axis=1, count=m, bitorder="little").view(bool)
