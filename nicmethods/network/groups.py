"""Groups: who ties with whom across and inside them, against what chance and group sizes give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.graph import Policy, Threshold, WaveNetwork, declared, every_wave, seed_of, to_igraph
from nicmethods.network.permutation import Test, adjusted, held_against, mixing_counts, permuted_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["assortativity", "ei_index", "group_tests", "leiden_modularity", "mixing", "modularity"]

_FEWEST = 4
_STARTS = 10
# Until nothing improves would be n_iterations=-1, which on some small graphs never ends.
_ITERATIONS = 20
_MANY = 5_000


def ei_index(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Compare ties that cross groups with ties that stay inside them (E-I).

    Parameters
    ----------
    counts
        Shape (..., k, k): ties from group to group.

    Returns
    -------
    ndarray
        (crossing - inside) / (crossing + inside), from -1 (all inside) to 1 (all crossing). NaN without ties.

    References
    ----------
    Krackhardt & Stern (1988), Social Psychology Quarterly 51(2).

    Examples
    --------
    >>> float(ei_index(np.array([[3, 1], [1, 3]])))
    -0.5
    """
    total, inside = counts.sum(axis=(-2, -1)), np.trace(counts, axis1=-2, axis2=-1)
    return _ratio(total - 2 * inside, total)


def modularity(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of ties inside groups, less the share that out- and in-degrees alone would give (directed modularity).

    Parameters
    ----------
    counts
        Shape (..., k, k): ties from group to group.

    References
    ----------
    Leicht & Newman (2008), Physical Review Letters 100.
    """
    total = counts.sum(axis=(-2, -1))
    inside = np.trace(counts, axis1=-2, axis2=-1)
    by_chance = (counts.sum(axis=-1) * counts.sum(axis=-2)).sum(axis=-1)
    return _ratio(inside, total) - _ratio(by_chance, total**2)


def assortativity(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Directed modularity as a share of the most it could be (nominal assortativity, Newman's r).

    Parameters
    ----------
    counts
        Shape (..., k, k): ties from group to group.

    Returns
    -------
    ndarray
        From below 0 to 1. NaN without ties, or where all ties leave from and arrive in one group.

    References
    ----------
    Newman (2003), Physical Review E 67.
    """
    by_chance = (counts.sum(axis=-1) * counts.sum(axis=-2)).sum(axis=-1)
    return _ratio(modularity(counts), 1 - _ratio(by_chance, counts.sum(axis=(-2, -1)) ** 2))


def _ratio(numerator: Any, denominator: Any) -> NDArray[np.float64]:
    defined = np.abs(denominator) > 1e-12
    return np.where(defined, numerator, np.nan) / np.where(defined, denominator, 1)


@dataclass(frozen=True)
class _Grouped:
    """Ties among the people whose group is known, the group of each, and within what labels may change places."""

    names: list[str]
    labels: NDArray[np.int64]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    strata: NDArray[np.int64] | None
    network: WaveNetwork
    note: str

    @classmethod
    def of(cls, network: WaveNetwork, by: str, within: str = "") -> _Grouped:
        labels, _ = network.groups(by)
        known = labels >= 0
        among = network if known.all() else network.among(known)
        labels, names = among.groups(by)
        source, target, _ = among.ties
        strata = among.asked_group if network.asked_within else None
        if within:
            strata = among.groups(within)[0] if strata is None else strata * among.n + among.groups(within)[0]
        left_out = int((~known).sum())
        note = f"{left_out} without {by} left out" if left_out else ""
        return cls(names, labels, source, target, strata, among, note)

    def counts(self, *, n_permutations: int = 0, seed: int = 0) -> NDArray[np.int64]:
        """Shape (1, k, k), or (m, k, k) with labels dealt out anew."""
        labels = self.labels[None]
        if n_permutations:
            labels = permuted_labels(self.labels, n_permutations=n_permutations, seed=seed, strata=self.strata)
        return mixing_counts(self.source, self.target, labels, n_groups=len(self.names))

    def cells(self) -> NDArray[np.int64]:
        """Shape (k, k): known ordered pairs from group to group."""
        k, among = len(self.names), self.network
        asked = np.zeros((among.asked_group.max(initial=0) + 1, k))
        np.add.at(asked, (among.asked_group, self.labels), 1)
        reporting = np.zeros_like(asked)
        np.add.at(reporting, (among.asked_group[among.reports], self.labels[among.reports]), 1)
        cells = reporting.T @ asked - np.diag(reporting.sum(axis=0))
        np.subtract.at(cells, (self.labels[among.blank_source], self.labels[among.blank_target]), 1)
        return cells.astype(np.int64)


def group_tests(
    network: WaveNetwork, *, by: str, seed: int, n_permutations: int = 1000, within: str = ""
) -> dict[str, Test]:
    """E-I index, assortativity and modularity of a grouping, each against groups dealt out anew.

    Parameters
    ----------
    network
        One wave.
    by
        Roster column of the groups. People whose group is blank are left out, never imputed; the note counts them.
    seed
        Seed of the random generator.
    n_permutations
        Labellings. Group sizes and ties stay; only who belongs to which group changes.
    within
        Roster column inside which labels change places; empty for the whole network. Where pairs were asked only
        within an attribute, labels change places only within that too.

    Returns
    -------
    dict
        ``ei_index``, ``assortativity``, ``modularity`` to :class:`~nicmethods.network.permutation.Test`. The expected
        value is what group sizes alone give: read the value beside it, never alone.
    """
    grouped = _Grouped.of(network, by, within)
    observed = grouped.counts()
    n_dyads = int(grouped.cells().sum())
    measures = {"ei_index": ei_index, "assortativity": assortativity, "modularity": modularity}
    values = {name: float(measure(observed)[0]) for name, measure in measures.items()}
    why = _untestable(grouped)
    if why:
        return {name: Test(value, n_dyads=n_dyads, note=_joined(why, grouped.note)) for name, value in values.items()}
    null = grouped.counts(n_permutations=n_permutations, seed=seed)
    notes = dict.fromkeys(measures, grouped.note)
    if abs(values["ei_index"]) == 1:
        side = "crosses groups" if values["ei_index"] == 1 else "stays inside a group"
        notes["ei_index"] = _joined(f"every tie {side}: check that ties of the other kind were asked", grouped.note)
    return {
        name: held_against(values[name], measure(null), n_dyads=n_dyads, note=notes[name])
        for name, measure in measures.items()
    }


def _untestable(grouped: _Grouped) -> str:
    if not len(grouped.source):
        return "no ties"
    if len(grouped.labels) < _FEWEST:
        return f"fewer than {_FEWEST} people"
    if len(grouped.names) < 2:
        return "one group only"
    return ""


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


def leiden_modularity(network: WaveNetwork, *, seed: int) -> tuple[float, int]:
    """Modularity of the best grouping that the Leiden algorithm finds in ten starts, and the number of its groups.

    The ties among those who report are read without direction (a pair is tied if either names the other), so that this
    value is not comparable with the directed ``modularity`` of a given grouping.

    References
    ----------
    Traag, Waltman & van Eck (2019), Scientific Reports 9.
    """
    import random

    import igraph

    graph = to_igraph(network.core).as_undirected(mode="collapse")
    if not graph.ecount():
        return np.nan, 0
    igraph.set_random_number_generator(random.Random(seed))
    try:
        starts = 1 if graph.vcount() > _MANY else _STARTS
        tries = [
            graph.community_leiden(objective_function="modularity", n_iterations=_ITERATIONS) for _ in range(starts)
        ]
    finally:
        igraph.set_random_number_generator(random)
    best = max(tries, key=graph.modularity)
    return float(graph.modularity(best)), len(best)


def mixing(
    ties: pd.DataFrame,
    responses: pd.DataFrame,
    roster: pd.DataFrame,
    relations: pd.DataFrame,
    *,
    waves: Sequence[str],
    seed: int,
    by: Sequence[str | tuple[str, str]] = ("site", "role"),
    n_permutations: int = 1000,
    threshold: Threshold = None,
    policy: Policy = "observed",
) -> pd.DataFrame:
    """Count ties from group to group, with the density and the count expected if ties ignored groups.

    Parameters
    ----------
    ties, responses, roster, relations
        Work tables.
    waves
        Waves in order.
    seed
        Seed of the random generator.
    by
        Roster columns of the groups; a pair of columns crosses them (``("site", "role")`` counts ties from site to
        role and is named ``site x role``). People whose group is blank are left out.
    n_permutations
        Labellings behind each p; 0 leaves p blank. Both columns of a crossed pair change places together.
    threshold, policy
        See :func:`nicmethods.network.graph.wave_network`.

    Returns
    -------
    DataFrame
        Run table ``mixing``, with p corrected by Holm within each wave and grouping.
    """
    settings: dict[str, Any] = {"waves": waves, "threshold": threshold, "policy": policy}
    pairs = [(pair, pair) if isinstance(pair, str) else pair for pair in by]
    return declared(
        "mixing",
        (
            _mixing(network, pair, n_permutations, seed_of(seed, network.relation, network.wave, *pair))
            for network in every_wave(ties, responses, roster, relations, **settings)
            for pair in pairs
        ),
    )


def _mixing(network: WaveNetwork, columns: tuple[str, str], n_permutations: int, seed: int) -> pd.DataFrame:
    """One wave: groups of the source by the first column, of the target by the second."""
    for column in columns:
        if column not in network.people:
            raise MeasureError(f"The roster has no column {column!r}.")
    crossed = network.people[list(dict.fromkeys(columns))].astype("str")
    label = crossed.agg("\x1f".join, axis=1).where(crossed.notna().all(axis=1))
    people = network.people.assign(_group=label.astype("str"))
    grouped = _Grouped.of(replace(network, people=people), "_group")
    names = [name.split("\x1f") for name in grouped.names]
    rows, columns_ = (_fold([name[side] for name in names]) for side in (0, -1))
    (source_names, from_), (target_names, to) = rows, columns_

    def fold(counts: NDArray[np.int64]) -> NDArray[np.int64]:
        folded: NDArray[np.int64] = from_.T @ counts @ to
        return folded

    counts, cells = fold(grouped.counts())[0], fold(grouped.cells())
    n_ties, n_cells = int(counts.sum()), int(cells.sum())
    tests = np.full(counts.shape, np.nan)
    if n_permutations and not _untestable(grouped):
        null = fold(grouped.counts(n_permutations=n_permutations, seed=seed)).astype(float)
        for place in np.ndindex(counts.shape):
            tests[place] = held_against(float(counts[place]), null[:, *place]).p
    return pd.DataFrame(
        {
            "wave": network.wave,
            "relation": network.relation,
            "by": " x ".join(dict.fromkeys(columns)),
            "source_group": np.repeat(source_names, len(target_names)),
            "target_group": np.tile(target_names, len(source_names)),
            "n_ties": counts.ravel(),
            "n_dyads": cells.ravel(),
            "density": _ratio(counts, cells).ravel(),
            "expected": cells.ravel() * (n_ties / n_cells if n_cells else np.nan),
            "p": tests.ravel(),
            "p_adjusted": adjusted(tests.ravel()),
            "threshold": network.threshold,
            "policy": network.policy,
        }
    )


def _fold(names: list[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Distinct names and which of them each is, shape (k, distinct)."""
    distinct = sorted(set(names))
    return distinct, np.array([[name == other for other in distinct] for name in names], np.int64).reshape(
        len(names), -1
    )
