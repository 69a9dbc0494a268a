"""Who belongs together: core, community and structural equivalence of everyone, with how sure that is."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.graph import WaveNetwork, declared, every_wave, of_wave, seed_of
from nicmethods.network.groups import Grouped, densities
from nicmethods.tables import RUN_TABLES, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    import igraph as ig
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["block_densities", "core_periphery", "leiden_modularity", "memberships", "structural_equivalence"]

_MOST = 1_000
_FEWEST = 4
_BOOTSTRAP_STARTS = 3
"""Starts of each search in a bootstrap sample; samples differ more than their starts do."""
_SEARCHED = 1_000
_TRIED = 12
_STARTS = 5
_WORK = 1_000_000
_SWAPPED = 30
_LEIDEN_STARTS = 10
# Until nothing improves would be n_iterations=-1, which on some small graphs never ends.
_ROUNDS = 20
_MANY = 5_000
_SETTLING = 350


@takes
def memberships(survey: Survey, *, seed: int, n_classes: int = 4, n_bootstrap: int = 100) -> pd.DataFrame:
    """Core, community and structurally equivalent class of everyone in every relation and wave.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say.
    seed
        Seed of the communities and of the bootstrap.
    n_classes
        Structurally equivalent classes; fewer where fewer people answered.
    n_bootstrap
        Bootstrap samples behind ``sure``; 0 leaves it blank.

    Returns
    -------
    DataFrame
        Run table ``memberships``. ``core``: ``core`` or ``periphery`` (:func:`core_periphery`); ``community``: of the best
        Leiden grouping, numbered from the largest; ``equivalence``: class of :func:`structural_equivalence`, numbered
        alike. ``sure`` is the share of bootstrap samples (people drawn with replacement) that agree: on core or periphery;
        for groups, averaged over the other people, on whether the two are together. People who did not answer are left
        out, since their own ties are unknown.
    """
    parts = [_of_wave(network, n_classes, n_bootstrap, seed) for network in every_wave(survey)]
    return declared("memberships", parts)


def _of_wave(network: WaveNetwork, n_classes: int, n_bootstrap: int, seed: int) -> pd.DataFrame:
    core = replace(network.core, people=network.core.people[["actor"]])  # no sample needs the other columns
    if core.n < _FEWEST or not len(core.ties[0]) or core.n > _MOST:
        return empty(RUN_TABLES["memberships"])
    own = seed_of(seed, network.relation, network.wave, "memberships")
    found = _groupings(core, n_classes, own)
    sure = {kind: np.full(core.n, np.nan) for kind in found}
    if n_bootstrap:
        sure = _sureness(core, found, n_classes, n_bootstrap, own)
    rows = [
        pd.DataFrame({"actor": core.actors, "kind": kind, "group": _named(kind, labels), "sure": sure[kind]})
        for kind, labels in found.items()
    ]
    return of_wave(pd.concat(rows), network)


def _groupings(
    core: WaveNetwork, n_classes: int, seed: int, *, most_starts: int | None = None
) -> dict[str, NDArray[np.int64]]:
    """Shape (n,) each: number of the group; without a core where ties do not vary."""
    fit, members, _ = core_periphery(core, most_starts=most_starts)
    return ({} if np.isnan(fit) else {"core": members.astype(np.int64)}) | {
        "community": leiden_modularity(core, seed=seed, most_starts=most_starts)[1],
        "equivalence": structural_equivalence(core, n_classes=n_classes),
    }


def _named(kind: str, labels: NDArray[np.int64]) -> NDArray[np.object_]:
    """Groups as words, or numbers from the largest; of two as large the one with the first person first."""
    if kind == "core":
        return np.where(labels == 1, "core", "periphery").astype(object)
    groups, first, size = np.unique(labels, return_index=True, return_counts=True)
    order = {int(groups[at]): str(rank) for rank, at in enumerate(np.lexsort((first, -size)), 1)}
    return np.array([order[int(label)] for label in labels], dtype=object)


def _sureness(
    core: WaveNetwork, found: dict[str, NDArray[np.int64]], n_classes: int, n_bootstrap: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Shares of samples that agree with the grouping of all people; each sample is of those drawn, once each."""
    rng = np.random.default_rng(seed)
    agree = {kind: np.zeros(core.n) for kind in found}
    counted = {kind: np.zeros(core.n) for kind in found}
    for draw in range(n_bootstrap):
        drawn = np.zeros(core.n, bool)
        drawn[rng.integers(0, core.n, core.n)] = True
        some = core.among(drawn)
        if some.n < _FEWEST or not len(some.ties[0]):
            continue
        groupings = _groupings(some, n_classes, seed + draw, most_starts=_BOOTSTRAP_STARTS)
        for kind in found.keys() & groupings.keys():
            labels, ours = groupings[kind], found[kind][drawn]
            if kind == "core":
                agree[kind][drawn] += labels == ours
                counted[kind][drawn] += 1
            else:
                same = (labels[:, None] == labels) == (ours[:, None] == ours)
                agree[kind][drawn] += same.sum(axis=1) - 1
                counted[kind][drawn] += len(ours) - 1
    return {kind: agree[kind] / np.where(counted[kind] > 0, counted[kind], np.nan) for kind in found}


@takes
def structural_equivalence(network: WaveNetwork, *, n_classes: int) -> NDArray[np.int64]:
    """Classes of people who name and are named by the same others.

    The distance of two people is Euclidean, over the ties of both to and from all third people (as in R sna's ``sedist``
    with ``"euclidean"``); classes by complete linkage.

    Parameters
    ----------
    network
        One wave; those who report, cells that are unknown read as no tie.
    n_classes
        Classes; fewer where there are fewer people.

    Returns
    -------
    ndarray
        Shape (n,): number of the class.

    References
    ----------
    Lorrain & White (1971), Journal of Mathematical Sociology 1; Burt (1976), Social Forces 55.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    n = network.core.n
    if n_classes < 1:
        raise MeasureError(f"There must be at least one class; {n_classes} were asked for.")
    if n < 2:
        return np.zeros(n, np.int64)
    tree = linkage(squareform(_profile_distance(network), checks=False), method="complete")
    return np.asarray(fcluster(tree, t=min(n_classes, n), criterion="maxclust"), np.int64) - 1


def _profile_distance(network: WaveNetwork) -> NDArray[np.float64]:
    """Shape (n, n): Euclidean distance of people's ties to and from third people."""
    ties = network.core.adjacency.toarray()
    squared = np.zeros(ties.shape)
    for matrix in (ties, ties.T):
        norm = (matrix**2).sum(axis=1)
        squared += norm[:, None] + norm[None, :] - 2 * matrix @ matrix.T
        squared -= matrix**2 + matrix.T**2  # ties of the two with each other
    np.fill_diagonal(squared, 0.0)
    return np.asarray(np.sqrt(np.maximum(squared, 0.0)))


@takes
def block_densities(survey: Survey, memberships: pd.DataFrame) -> pd.DataFrame:
    """Density of ties from group to group.

    Parameters
    ----------
    survey
        The survey.
    memberships
        Run table.

    Returns
    -------
    DataFrame
        Run table ``block_densities``: ties, known ordered pairs and density from each group to each, among those who
        answered.
    """
    parts: list[pd.DataFrame] = []
    for network in every_wave(survey):
        core = network.core
        here = memberships[memberships["wave"].eq(network.wave) & memberships["relation"].eq(network.relation)]
        for kind, rows in here.groupby("kind", sort=False):
            group = rows.set_index("actor")["group"].reindex(core.actors).to_numpy()
            found = Grouped.of(replace(core, people=core.people.assign(group=group)), "group")
            counts = found.counts(found.labels[None])[0], found.cells()
            parts.append(of_wave(densities(found.names, found.names, *counts).assign(kind=str(kind)), network))
    return declared("block_densities", parts)


@takes
def leiden_modularity(
    network: WaveNetwork, *, seed: int, most_starts: int | None = None
) -> tuple[float, NDArray[np.int64]]:
    """Modularity of the best grouping that the Leiden algorithm finds, and the group of everyone who reports.

    Ten starts of twenty rounds (fewer, at least three, from 100 people on; from 350 people on one, until nothing improves;
    beyond 5,000 people one of two rounds). The ties among those who report are read without direction (a pair is tied if either names the other), so that this
    value is not comparable with the directed ``modularity`` of a given grouping.

    Parameters
    ----------
    network
        One wave.
    seed
        Seed of the starts.
    most_starts
        Starts at most.

    References
    ----------
    Traag, Waltman & van Eck (2019), Scientific Reports 9.
    """
    import random

    import igraph

    graph = network.core.undirected
    if not graph.ecount():
        return np.nan, np.zeros(0, np.int64)
    igraph.set_random_number_generator(random.Random(seed))
    try:
        n = graph.vcount()
        starts = min(_LEIDEN_STARTS, max(3, 1_000 // n)) if n < _SETTLING else 1
        starts = min(starts, most_starts or starts)
        rounds = 2 if n > _MANY else _ROUNDS
        tries = [_grouped(graph, rounds, until_settled=_SETTLING <= n <= _MANY) for _ in range(starts)]
    finally:
        igraph.set_random_number_generator(random)
    best = max(tries, key=graph.modularity)
    return float(graph.modularity(best)), np.array(best.membership)


def _grouped(graph: ig.Graph, rounds: int, *, until_settled: bool) -> ig.VertexClustering:
    """One start of the Leiden algorithm; until nothing improves, or all rounds at once."""
    found = graph.community_leiden(objective_function="modularity", n_iterations=1 if until_settled else rounds)
    for _ in range(1, rounds if until_settled else 0):
        again = graph.community_leiden(
            objective_function="modularity", n_iterations=1, initial_membership=found.membership
        )
        if again.modularity <= found.modularity + 1e-12:
            break
        found = again
    return found


@takes
def core_periphery(network: WaveNetwork, *, most_starts: int | None = None) -> tuple[float, NDArray[np.bool_], bool]:
    """Find the core whose pattern fits the ties best.

    In the pattern a pair is tied if either person is in the core. The fit is the correlation of pattern and ties over
    known cells among those who report. Up to 12 people every core is tried. Beyond, a core grows by the person who
    covers most ties yet uncovered, and, up to 1,000 people, the best of these cores are improved by moving and swapping
    people while that helps.

    Parameters
    ----------
    network
        One wave.
    most_starts
        How many of these are improved at most; without it, five or as many as a million cells allow.

    Returns
    -------
    tuple
        The fit (NaN without variance), who is in the core among those who report (shape (n,)), and whether the search
        swapped people (False: grown only, an approximation).

    References
    ----------
    Borgatti & Everett (1999), Social Networks 21, equations 1 and 2.
    """
    core = network.core
    ties = core.adjacency
    if core.n < 3 or not ties.nnz or ties.nnz == core.n_cells:
        return np.nan, np.zeros(core.n, bool), True
    if core.n <= _TRIED:
        return *_exhaustive(ties.toarray(), core.known()), True
    order, covered = _grown(ties)
    fits = _fit(core, np.concatenate([[0], covered]), np.arange(core.n + 1), ties.nnz)
    if core.n > _SEARCHED:
        size = int(np.nanargmax(fits))
        return float(fits[size]), _members(order[:size], core.n), False
    best_first = np.argsort(-np.nan_to_num(fits, nan=-np.inf), kind="stable")
    starts = best_first[: most_starts or max(_STARTS, _WORK // core.n**2)]
    return *_searched(ties, core.known(), [_members(order[:size], core.n) for size in starts]), True


def _exhaustive(ties: NDArray[np.float64], known: NDArray[np.bool_]) -> tuple[float, NDArray[np.bool_]]:
    cores = _every_core(len(ties))
    outside = (~cores).astype(float)
    left, left_known = (np.einsum("si,si->s", outside @ matrix, outside) for matrix in (ties, known))
    fits = _phi(ties.sum() - left, known.sum() - left_known, float(ties.sum()), float(known.sum()))
    best = int(np.nanargmax(fits))
    return float(fits[best]), cores[best]


@cache
def _every_core(n: int) -> NDArray[np.bool_]:
    """Shape (2**n, n)."""
    return np.asarray((np.arange(2**n)[:, None] >> np.arange(n)) & 1 == 1)


def _members(chosen: NDArray[np.int64], n: int) -> NDArray[np.bool_]:
    members = np.zeros(n, bool)
    members[chosen] = True
    return members


def _grown(ties: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """People in the order that covers most ties first, and the ties covered by the first k."""
    import heapq

    both = (ties + ties.T).tocsr()
    gain = both.sum(axis=1).tolist()
    first, near, strength = both.indptr.tolist(), both.indices.tolist(), both.data.tolist()
    heap = [(-one, i) for i, one in enumerate(gain)]
    heapq.heapify(heap)
    taken: dict[int, float] = {}
    while heap:
        stale, i = heapq.heappop(heap)
        if -stale != gain[i]:
            heapq.heappush(heap, (-gain[i], i))
            continue
        taken[i] = gain[i]
        for place in range(first[i], first[i + 1]):
            if near[place] not in taken:
                gain[near[place]] -= strength[place]
    return np.array(list(taken)), np.cumsum(list(taken.values()))


def _fit(core: WaveNetwork, covered: Any, size: Any, n_ties: int) -> NDArray[np.float64]:
    """Correlation where every cell was asked and known: ties covered by a core of each size."""
    cells = core.n * (core.n - 1)
    periphery = core.n - size
    ones = cells - periphery * (periphery - 1)
    return _phi(np.asarray(covered, float), np.asarray(ones, float), float(n_ties), float(cells))


def _phi(both: Any, ones: Any, ties: float, cells: float) -> NDArray[np.float64]:
    spread = ones * (cells - ones) * ties * (cells - ties)
    fit: NDArray[np.float64] = (cells * both - ones * ties) / np.sqrt(np.where(spread > 0, spread, np.nan))
    return fit


def _searched(ties: Any, known: NDArray[np.bool_], starts: list[NDArray[np.bool_]]) -> tuple[float, NDArray[np.bool_]]:
    """The best of these cores after adding, dropping or swapping people while the fit grows.

    Swaps are tried among the 30 likeliest on each side. A search that comes where another was ends there too, and is left.
    """
    total, cells = float(ties.sum()), float(known.sum())
    ties_both = (ties + ties.T).astype(np.float32).toarray()  # small whole numbers, half the memory
    known_both = known.astype(np.float32) + known.T
    found, members, seen = -np.inf, starts[0], set()
    for outside in map(np.logical_not, starts):
        left, left_known = ((both @ outside.astype(np.float32)).astype(float) for both in (ties_both, known_both))
        while (where := outside.tobytes()) not in seen:
            seen.add(where)
            inside_ties, inside_known = left @ outside / 2, left_known @ outside / 2
            # What leaves or enters the periphery when a person changes sides.
            change, change_known = np.where(outside, -left, left), np.where(outside, -left_known, left_known)
            (into,), (out_of,) = np.nonzero(outside), np.nonzero(~outside)
            into, out_of = (side[np.argsort(change[side])[:_SWAPPED]] for side in (into, out_of))
            pair = np.add.outer(change[out_of], change[into]) - ties_both[np.ix_(out_of, into)]
            pair_known = np.add.outer(change_known[out_of], change_known[into]) - known_both[np.ix_(out_of, into)]
            moved = np.concatenate([[0.0], change, pair.ravel()]) + inside_ties
            moved_known = np.concatenate([[0.0], change_known, pair_known.ravel()]) + inside_known
            fits = np.nan_to_num(_phi(total - moved, cells - moved_known, total, cells), nan=-np.inf)
            if fits[0] > found:
                found, members = float(fits[0]), ~outside
            step = int(fits.argmax())
            if fits[step] <= fits[0] + 1e-12:
                break
            one, other = divmod(step - 1 - len(outside), max(1, len(into)))
            outside = outside.copy()
            for person in [step - 1] if step <= len(outside) else [out_of[one], into[other]]:
                way = -1.0 if outside[person] else 1.0
                left, left_known = left + way * ties_both[person], left_known + way * known_both[person]
                outside[person] = not outside[person]
    return found, members
