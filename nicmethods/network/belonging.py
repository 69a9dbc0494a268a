"""Who belongs together: core, community and structural equivalence of everyone, with how sure that is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.graph import WaveNetwork, declared, every_wave, seed_of
from nicmethods.network.groups import leiden_modularity
from nicmethods.network.periphery import core_periphery
from nicmethods.tables import RUN_TABLES, conform, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["block_densities", "memberships", "structural_equivalence"]

_MOST = 1_000
_FEWEST = 4
_STARTS = 3
"""Starts of each search in a bootstrap sample; samples differ more than their starts do."""


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
    return pd.concat(rows).assign(
        wave=network.wave, relation=network.relation, threshold=network.threshold, policy=network.policy
    )


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
        groupings = _groupings(some, n_classes, seed + draw, most_starts=_STARTS)
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
            group = rows.set_index("actor")["group"].reindex(core.actors)
            code, names = pd.factorize(group, sort=True)
            member = (code[:, None] == np.arange(len(names))).astype(float)
            ties = core.binary()
            counts = [member.T @ matrix @ member for matrix in (np.nan_to_num(ties), (~np.isnan(ties)).astype(float))]
            parts.append(_blocks(network, str(kind), list(map(str, names)), *counts))
    return declared("block_densities", parts)


def _blocks(
    network: WaveNetwork, kind: str, names: list[str], n_ties: NDArray[np.float64], n_dyads: NDArray[np.float64]
) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "source_group": np.repeat(names, len(names)),
        "target_group": np.tile(names, len(names)),
        "n_ties": n_ties.ravel().astype(np.int64),
        "n_dyads": n_dyads.ravel().astype(np.int64),
        "density": (n_ties / np.where(n_dyads > 0, n_dyads, np.nan)).ravel(),
    }
    fixed = {"wave": network.wave, "relation": network.relation, "kind": kind}
    table = pd.DataFrame(columns).assign(**fixed, threshold=network.threshold, policy=network.policy)
    return conform(table, RUN_TABLES["block_densities"])
