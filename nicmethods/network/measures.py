"""Measures of a whole network, one value a wave, each with what chance gives and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.network.actors import betweenness, shortest_paths
from nicmethods.network.belonging import core_periphery, leiden_modularity
from nicmethods.network.between_waves import dyad_change, stability
from nicmethods.network.bootstrap import vertex_bootstrap
from nicmethods.network.census import dyad_census, transitivity, triad_census
from nicmethods.network.graph import WaveNetwork, declared, every_wave, groupings, joined, of_wave, seed_of
from nicmethods.network.groups import ei_interval, ei_valued, group_tests
from nicmethods.network.permutation import Test
from nicmethods.network.random_graphs import cug, reciprocity_test
from nicmethods.tables import RUN_TABLES, conform, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nicmethods.tables.bundles import Survey

__all__ = ["network_measures", "other_reading", "wave_measures"]

_MOST_COMPARED = 5_000
_MOST_SIMULATED = 2_000
_OF_SHAPE = (
    *("n_components", "largest_component", "n_strong_components", "largest_strong_component", "mean_distance"),
    *("diameter", "clustering_mean", "assortativity_degree"),
)
_LENT = "undefined where the other's report stands in"
_READING = ["relation", "wave", "measure", "by"]


@takes
def network_measures(
    survey: Survey,
    *,
    seed: int,
    by: Sequence[str] = ("site", "role"),
    n_permutations: int = 1000,
    n_bootstrap: int = 1000,
) -> pd.DataFrame:
    """Every measure of every relation in every wave; ``docs/definitions/network.md`` defines each.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say.
    seed
        Seed of the random generator; each part of the result has its own stream, whatever else is asked.
    by
        Roster columns that name groups.
    n_permutations
        Permutations or random networks behind each p; 0 leaves simulated p-values blank.
    n_bootstrap
        Draws behind each interval; 0 leaves intervals blank.

    Returns
    -------
    DataFrame
        Run table ``network_measures``. ``jaccard`` and ``hamming`` compare the wave with the one before, named in
        ``by``. An undefined value is NaN and its note says why.
    """
    by = groupings(survey, by)
    parts = [
        wave_measures(
            network,
            by=by,
            seed=seed_of(seed, network.relation, network.wave),
            n_permutations=n_permutations,
            n_bootstrap=n_bootstrap,
        )
        for network in every_wave(survey)
    ]
    if len(survey.waves) > 1 and len(survey.roster) <= _MOST_COMPARED:
        parts.append(_stability(dyad_change(survey)))
    return declared("network_measures", parts)


@takes
def other_reading(survey: Survey) -> pd.DataFrame:
    """Compare measures if whoever names nobody did not answer, and if they answered that they turn to nobody.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say.

    Returns
    -------
    DataFrame
        Run table ``readings``: measures whose value differs. Empty where a response list says who answered.
    """
    inferred = survey.responses["basis"].eq("inferred")
    if not inferred.any():
        return empty(RUN_TABLES["readings"])
    silent = survey.responses["responded"] | (inferred & survey.responses["present"])
    both = [
        network_measures(read, seed=0, n_permutations=0, n_bootstrap=0).set_index(_READING)["value"]
        for read in (survey, replace(survey, responses=survey.responses.assign(responded=silent)))
    ]
    readings = pd.concat(both, axis=1, keys=["not_answered", "answered_none"]).reset_index()
    differs = readings["not_answered"].ne(readings["answered_none"]) & readings["not_answered"].notna()
    return conform(readings[differs], RUN_TABLES["readings"])


@takes
def wave_measures(
    network: WaveNetwork,
    *,
    seed: int,
    by: Sequence[str] = ("site", "role"),
    n_permutations: int = 1000,
    n_bootstrap: int = 1000,
) -> pd.DataFrame:
    """Every measure of one wave; parameters and columns as in :func:`network_measures`."""
    rows = list(_Wave(network, tuple(by), seed, n_permutations, n_bootstrap).rows())
    return of_wave(pd.DataFrame(map(vars, rows)), network)


@dataclass(frozen=True)
class _Row:
    measure: str
    value: float
    n_dyads: int
    by: str = ""
    expected: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p: float = np.nan
    note: str = ""

    @classmethod
    def of(cls, measure: str, test: Test, **more: Any) -> _Row:
        return cls(measure, test.value, test.n_dyads, expected=test.expected, p=test.p, note=test.note, **more)


@dataclass(frozen=True)
class _Wave:
    network: WaveNetwork
    by: tuple[str, ...]
    seed: int
    n_permutations: int
    n_bootstrap: int

    def rows(self) -> Iterator[_Row]:
        for part in (self.sizes, self.pairs, self.triples, self.degrees, self.shape, self.groups, self.weights):
            yield from map(self._with_interval, part())

    def _with_interval(self, row: _Row) -> _Row:
        """The row with the interval of its measure, or with a word on why a value that mostly has one has none."""
        low, high = self.intervals.get(row.measure, (row.low, row.high))
        drawn = row.measure in (*self.intervals, "ei_index") and self.n_bootstrap > 1
        if np.isnan(row.value) or not drawn:
            return row
        if not np.isnan(low):
            return replace(row, low=low, high=high)
        why = "fewer than 4 people answered" if self.network.core.n < 4 else "no draw of people changes the value"
        return replace(row, note=joined(row.note, f"no interval: {why}"))

    @cached_property
    def intervals(self) -> dict[str, tuple[float, float]]:
        drawn = vertex_bootstrap(self.network, seed=seed_of(self.seed, "bootstrap"), n_bootstrap=self.n_bootstrap)
        return {measure: (low, high) for measure, (_, low, high) in drawn.items()}

    @property
    def n_pairs(self) -> int:
        """Ordered pairs among those who report."""
        return self.network.core.n_cells

    @property
    def among(self) -> str:
        return "" if self.network.reports.all() else "among those who answered"

    def sizes(self) -> Iterator[_Row]:
        network = self.network
        cells, n_ties = network.n_cells, len(network.ties[0])
        reporting = int(network.reports.sum())
        nobody = "" if reporting else "nobody answered"
        yield _Row("n_actors", network.n, cells)
        yield _Row("n_responded", int(network.answered.sum()), cells)
        yield _Row("n_ties", n_ties if reporting else np.nan, cells, note=nobody)
        why = nobody or ("" if cells else "no known pairs")
        yield _Row("density", n_ties / cells if cells else np.nan, cells, note=why)
        yield _Row("mean_degree", n_ties / reporting if reporting else np.nan, cells, note=nobody)

    def pairs(self) -> Iterator[_Row]:
        census = dyad_census(self.network)
        n_dyads = 2 * census.n_dyads
        why = "" if census.n_dyads else "no pair is known in both directions"
        for name in ("mutual", "asymmetric", "null"):
            yield _Row(name, getattr(census, name) if census.n_dyads else np.nan, n_dyads, note=why or self.among)
        for of in ("dyad", "arc"):
            measure = f"reciprocity_{of}"
            if self.network.policy == "reconstruct":
                yield _Row(measure, np.nan, n_dyads, note=_LENT)
            else:
                yield _Row.of(measure, reciprocity_test(self.network, of=of))

    def triples(self) -> Iterator[_Row]:
        value, n_paths = transitivity(self.network)
        test = Test(value, n_dyads=self.n_pairs, note="" if n_paths else "no path of two ties")
        if n_paths and self.n_permutations and self.network.core.n <= _MOST_SIMULATED:
            seed = seed_of(self.seed, "transitivity")
            simulated = cug(
                self.network, statistic="transitivity", given="dyads", seed=seed, n_permutations=self.n_permutations
            )
            test = _with_value(simulated, value, self.n_pairs)
        yield _Row.of("transitivity", test)
        few = "fewer than 3 people answered" if self.network.core.n < 3 else ""
        for kind, count in triad_census(self.network).items():
            yield _Row("triad_census", np.nan if few else count, self.n_pairs, by=kind, note=few or self.among)

    def degrees(self) -> Iterator[_Row]:
        core = self.network.core
        ties = core.adjacency
        whole_asked = len(np.unique(core.asked_group)) <= 1
        why = "" if core.n > 2 else "fewer than 3 people answered"
        why = why or ("" if whole_asked else f"pairs were asked only within {core.asked_within}")
        for measure, axis in (("centralization_in", 0), ("centralization_out", 1)):
            degree = ties.sum(axis=axis)
            value = np.nan if why else float((degree.max() - degree).sum()) / (core.n - 1) ** 2
            yield _Row(measure, value, self.n_pairs, note=why or self.among)
        value, note = np.nan, ""
        if not why:
            between, note = betweenness(core, seed=seed_of(self.seed, "betweenness"))
            value = float((between.max() - between).sum()) / ((core.n - 1) ** 2 * (core.n - 2))
        yield _Row("centralization_betweenness", value, self.n_pairs, note=why or joined(self.among, note))

    def shape(self) -> Iterator[_Row]:
        network = self.network
        if not network.core.n:
            for measure in (*_OF_SHAPE, "n_isolates", "modularity_leiden", "core_periphery_fit"):
                yield _Row(measure, np.nan, 0, note="nobody answered")
            return
        for mode, name in (("weak", "component"), ("strong", "strong_component")):
            parts = network.core.graph.connected_components(mode=mode)
            yield _Row(f"n_{name}s", len(parts), self.n_pairs, note=self.among)
            yield _Row(f"largest_{name}", max(parts.sizes()), self.n_pairs, note=self.among)
        yield from self.distances()
        isolates = np.setdiff1d(np.flatnonzero(network.reports), np.concatenate(network.ties[:2]))
        yield _Row("n_isolates", len(isolates), self.n_pairs, note=self.among)
        value, groups = leiden_modularity(network, seed=seed_of(self.seed, "leiden"))
        n_groups = len(np.unique(groups))
        yield _Row("modularity_leiden", value, self.n_pairs, note=joined("" if n_groups else "no ties", self.among))
        yield _Row("n_groups_leiden", n_groups or np.nan, self.n_pairs, note="" if n_groups else "no ties")
        fit, members, searched = core_periphery(network)
        why = joined("no variance" if np.isnan(fit) else "", "" if searched else "core grown, not searched", self.among)
        yield _Row("core_periphery_fit", fit, self.n_pairs, note=why)
        yield _Row("n_core", np.nan if np.isnan(fit) else int(members.sum()), self.n_pairs, note=why)

    def distances(self) -> Iterator[_Row]:
        core = self.network.core
        paths = shortest_paths(core, seed=seed_of(self.seed, "paths"))
        why = "" if np.isfinite(paths.mean_distance) else "no ties"
        note = joined(why, paths.note, self.among)
        yield _Row("mean_distance", paths.mean_distance, self.n_pairs, note=note)
        yield _Row("diameter", paths.diameter, self.n_pairs, note=note)
        local = core.undirected.transitivity_avglocal_undirected(mode="nan")
        few = "nobody has ties with two people" if np.isnan(local) else ""
        yield _Row("clustering_mean", local, self.n_pairs, note=few or self.among)
        mixed = core.graph.assortativity_degree(directed=True) if core.graph.ecount() else np.nan
        even = "ties or degrees do not vary" if np.isnan(mixed) else ""
        yield _Row("assortativity_degree", mixed, self.n_pairs, note=even or self.among)

    def groups(self) -> Iterator[_Row]:
        for by in self.by:
            value, n_left_out = ei_valued(self.network, by=by)
            why = "no ties between people whose group is known" if np.isnan(value) else ""
            left_out = f"{n_left_out} without {by} left out" if n_left_out else ""
            yield _Row("ei_index_valued", value, self.network.n_cells, by, note=joined(why, left_out))
            tests = group_tests(
                self.network, by=by, seed=seed_of(self.seed, "groups", by), n_permutations=self.n_permutations
            )
            low, high = ei_interval(
                self.network, by=by, seed=seed_of(self.seed, "crossing", by), n_bootstrap=self.n_bootstrap
            )
            for measure, test in tests.items():
                drawn = {"low": low, "high": high} if measure == "ei_index" else {}
                yield _Row.of(measure, test, by=by, **drawn)

    def weights(self) -> Iterator[_Row]:
        value = self.network.ties[2]
        cells = self.network.n_cells
        why = "" if len(value) else "no ties"
        yield _Row("weight_mean", float(value.mean()) if len(value) else np.nan, cells, note=why)
        share, correlation, n_dyads = _valued_reciprocity(self.network)
        why = _LENT if self.network.policy == "reconstruct" else ""
        for measure, one in (("weight_reciprocity_minmax", share), ("weight_reciprocity_correlation", correlation)):
            note = why or ("no ties or no variance" if np.isnan(one) else "")
            yield _Row(measure, np.nan if why else one, n_dyads, note=note)


def _with_value(test: Test, value: float, n_dyads: int) -> Test:
    """The test beside the value over all usable paths, which may rest on more pairs than the test does."""
    note = test.note
    if not np.isclose(test.value, value, equal_nan=True):
        note = joined(note, f"p is of {test.value:.3f}, over pairs known in both directions")
    return replace(test, value=value, n_dyads=n_dyads, note=note)


def _valued_reciprocity(network: WaveNetwork) -> tuple[float, float, int]:
    """Share of reported value that is returned, correlation of i-j with j-i, and ordered pairs behind them."""
    core = network.core
    there = core.sparse(core.source, core.target, core.value)
    there = there - there.multiply(core.dyads[2])
    back = there.T.tocsr()
    least, most = there.minimum(back).sum(), there.maximum(back).sum()
    n_dyads = 2 * dyad_census(network).n_dyads
    if not n_dyads or not most:
        return np.nan, np.nan, n_dyads
    mean = there.sum() / n_dyads
    variance = (there.data**2).sum() / n_dyads - mean**2
    covariance = there.multiply(back).sum() / n_dyads - mean**2
    return float(least / most), float(covariance / variance) if variance > 1e-12 else np.nan, n_dyads


def _stability(dyads: pd.DataFrame) -> pd.DataFrame:
    """Jaccard and Hamming of each wave with the one before, as rows of the table."""
    rows = stability(dyads).merge(dyads[["from_wave", "to_wave", "relation", "threshold", "policy"]].drop_duplicates())
    rows = rows.rename(columns={"to_wave": "wave", "from_wave": "by"})
    keys: list[Any] = ["wave", "by", "relation", "n_dyads", "threshold", "policy"]
    long = rows.melt(keys, ["jaccard", "hamming", "hamming_share"], var_name="measure")
    return long.assign(note=np.where(long["value"].isna(), "no ties in either wave", ""))
