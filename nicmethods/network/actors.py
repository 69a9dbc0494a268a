"""Measures of each actor: ties, reach, position between others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.network.between_waves import dyad_change, turnover
from nicmethods.network.graph import WaveNetwork, declared, every_wave, groupings, of_wave, seed_of
from nicmethods.network.paths import betweenness, shortest_paths
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["ROLES", "actor_measures", "brokerage", "eigenvector", "structural_holes", "wave_actors"]

ROLES = ("coordinator", "itinerant", "representative", "gatekeeper", "liaison")
_MOST_COMPARED = 5_000
_SOLVED = 100


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
    labels = core.groups(by)[0]
    known = labels >= 0
    raw, z = np.full((core.n, 5), np.nan), np.full((core.n, 5), np.nan)
    if known.any():
        among = core if known.all() else core.among(known)
        labels, names = among.groups(by)
        counts = _roles(among.adjacency, labels)
        expected, variance = _random_roles(len(among.ties[0]), np.bincount(labels, minlength=len(names)))
        raw[known] = counts
        spread = np.sqrt(np.where(variance > 0, variance, np.nan))
        z[known] = (counts - expected[labels]) / spread[labels]
    return raw, z


def _roles(ties: Any, labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Open paths through each person by role, shape (n, 5): all paths by role, less those with a shortcut."""
    from scipy.sparse import csr_array

    n = len(labels)
    source, target = ties.nonzero()
    same = labels[source] == labels[target]
    shape = (n, n)
    inner = csr_array((same.astype(float), (source, target)), shape=shape)
    outer = csr_array(((~same).astype(float), (source, target)), shape=shape)
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
    keys = ["from_wave", "to_wave", "relation"]
    settings = dyads.groupby(keys, sort=False)[["threshold", "policy"]].first()
    rows = turnover(dyads).join(settings, on=keys, validate="many_to_one")
    return rows.assign(
        measure="turnover_" + rows["direction"], wave=rows["to_wave"], by=rows["from_wave"], value=rows["turnover"]
    )
