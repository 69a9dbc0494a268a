"""Groups: who ties with whom across and inside them, against what chance and group sizes give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.network.bootstrap import affordable, interval, quadratic
from nicmethods.network.graph import WaveNetwork, declared, every_wave, groupings, joined, of_wave, seed_of
from nicmethods.network.permutation import Test, adjusted, held_against, mixing_counts, permuted_labels
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["Grouped", "densities", "ei_interval", "ei_valued", "group_tests", "mixing"]

_MEASURES = ("ei_index", "assortativity", "modularity")
_FEWEST = 4
_BLOCK = 2**20


def ratio(numerator: Any, denominator: Any) -> NDArray[np.float64]:
    """One by the other; NaN where the other is 0."""
    defined = np.abs(denominator) > 1e-12
    return np.where(defined, numerator, np.nan) / np.where(defined, denominator, 1)


@dataclass(frozen=True)
class Grouped:
    """The network among those whose group is known, the group of each, and how many are left out."""

    network: WaveNetwork
    labels: NDArray[np.int64]
    names: list[str]
    left_out: int

    @classmethod
    def of(cls, network: WaveNetwork, by: str) -> Grouped:
        """Group by a column of the roster."""
        among, labels, names = network.grouped(by)
        return cls(among, labels, names, network.n - among.n)

    def measures(self, labels: NDArray[Any]) -> NDArray[np.float64]:
        """E-I index, assortativity and modularity under each of these labellings, shape (m, n) to (3, m)."""
        k, n, (source, target, _) = len(self.names), len(self.labels), self.network.ties
        inside = np.empty(len(labels))
        step = max(1, _BLOCK // max(1, len(source)))
        for start in range(0, len(labels), step):
            some = labels[start : start + step]
            same = some.take(source, axis=1) == some.take(target, axis=1)
            inside[start : start + step] = np.count_nonzero(same, axis=1)
        place = (labels + np.arange(len(labels))[:, None] * k).ravel()
        degrees = (np.tile(np.bincount(end, minlength=n), len(labels)) for end in (source, target))
        leaving, arriving = (np.bincount(place, degree, len(labels) * k).reshape(len(labels), k) for degree in degrees)
        total = leaving.sum(axis=1)
        by_chance = ratio((leaving * arriving).sum(axis=1), total**2)
        modularity = ratio(inside, total) - by_chance
        return np.stack([ratio(total - 2 * inside, total), ratio(modularity, 1 - by_chance), modularity])

    def counts(self, labels: NDArray[Any]) -> NDArray[np.int64]:
        """Shape (m, k, k): ties from group to group under each labelling."""
        return mixing_counts(*self.network.ties[:2], labels, n_groups=len(self.names))

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

    @property
    def untestable(self) -> str:
        """Why groups cannot be held against chance; empty if they can."""
        if not self.names:
            return "nobody's group is known"
        if not len(self.network.ties[0]):
            return "no ties"
        if len(self.labels) < _FEWEST:
            return f"fewer than {_FEWEST} people"
        return "one group only" if len(self.names) < 2 else ""


def densities(
    source_names: list[str], target_names: list[str], n_ties: NDArray[np.int64], n_dyads: NDArray[np.int64]
) -> pd.DataFrame:
    """Ties, known ordered pairs and density from each group to each."""
    columns = {
        "source_group": np.repeat(source_names, len(target_names)),
        "target_group": np.tile(target_names, len(source_names)),
        "n_ties": n_ties.ravel(),
        "n_dyads": n_dyads.ravel(),
        "density": ratio(n_ties, n_dyads).ravel(),
    }
    return pd.DataFrame(columns)


@takes
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
    grouped = Grouped.of(network, by)
    left_out = f"{grouped.left_out} without {by} left out" if grouped.left_out else ""
    values = dict(zip(_MEASURES, grouped.measures(grouped.labels[None])[:, 0].tolist(), strict=True))
    n_dyads, strata = int(grouped.cells().sum()), grouped.network.strata
    why = grouped.untestable or ("" if n_permutations else "no permutations")
    if why:
        return {name: Test(value, n_dyads=n_dyads, note=joined(why, left_out)) for name, value in values.items()}
    if within:
        inside = grouped.network.groups(within)[0]
        strata = inside if strata is None else strata * grouped.network.n + inside
    dealt = permuted_labels(grouped.labels, n_permutations=n_permutations, seed=seed, strata=strata)
    null = np.concatenate(list(map(grouped.measures, dealt)), axis=1)
    notes = dict.fromkeys(_MEASURES, left_out)
    if abs(values["ei_index"]) == 1:
        side = "crosses groups" if values["ei_index"] == 1 else "stays inside a group"
        notes["ei_index"] = joined(f"every tie {side}: check that ties of the other kind were asked", left_out)
    return {
        name: held_against(value, draws, n_dyads=n_dyads, note=notes[name])
        for (name, value), draws in zip(values.items(), null, strict=True)
    }


@takes
def ei_interval(network: WaveNetwork, *, by: str, seed: int, n_bootstrap: int = 1000) -> tuple[float, float]:
    """The 95 % interval of the E-I index by drawing people with replacement, each with the own group.

    Parameters
    ----------
    network
        One wave.
    by
        Roster column of the groups; people whose group is blank are left out.
    seed
        Seed of the random generator.
    n_bootstrap
        Draws; see :func:`nicmethods.network.bootstrap.affordable`.

    Returns
    -------
    tuple
        Value ± 1.96 standard errors, kept from -1 to 1. A pair of copies of one person has no tie and is left out. NaN
        with fewer than 4 people or without ties, and where no draw changes the value (all ties cross, or none does).

    References
    ----------
    Snijders & Borgatti (1999), Connections 22(2).
    """
    among, labels, _ = network.grouped(by)
    n, (source, target, _) = among.n, among.ties
    if n < _FEWEST or not len(source) or n_bootstrap < 2:
        return np.nan, np.nan
    crosses = np.where(labels[source] == labels[target], -1.0, 1.0)
    sides = [among.sparse(source, target, crosses), among.adjacency]
    n_bootstrap = affordable(n_bootstrap, n, len(crosses))
    rng, blocks = np.random.default_rng(seed), []
    for start in range(0, n_bootstrap, step := max(1, _BLOCK // n)):
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=min(step, n_bootstrap - start)).T.astype(float)
        blocks.append([quadratic(side, drawn) for side in sides])
    draws = ratio(*np.concatenate(blocks, axis=1))
    return interval(float(crosses.mean()), draws, least=-1.0, most=1.0)[1:]


@takes
def ei_valued(network: WaveNetwork, *, by: str) -> tuple[float, int]:
    """The E-I index of reported values: value that crosses groups less value inside, as a share of both.

    Parameters
    ----------
    network
        One wave.
    by
        Roster column of the groups; people whose group is blank are left out.

    Returns
    -------
    tuple
        From -1 (all inside) to 1 (all crossing), NaN without ties, and how many people were left out.

    References
    ----------
    Krackhardt & Stern (1988), Social Psychology Quarterly 51(2), with values in place of counts.
    """
    labels = network.groups(by)[0]
    source, target, value = network.ties
    known = (labels[source] >= 0) & (labels[target] >= 0)
    crosses = np.where(labels[source] == labels[target], -1.0, 1.0)[known]
    total = value[known].sum()
    return float((crosses * value[known]).sum() / total) if total else np.nan, int((labels < 0).sum())


@takes
def mixing(
    survey: Survey, *, by: Sequence[str | tuple[str, str]] = ("site", "role"), seed: int, n_permutations: int = 1000
) -> pd.DataFrame:
    """Count ties from group to group, with the density and the count expected if ties ignored groups.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say.
    seed
        Seed of the random generator.
    by
        Roster columns of the groups; a pair of columns crosses them (``("site", "role")`` counts ties from site to
        role and is named ``site x role``). People whose group is blank are left out.
    n_permutations
        Labellings behind each p; 0 leaves p blank. Both columns of a crossed pair change places together.

    Returns
    -------
    DataFrame
        Run table ``mixing``, with p corrected by Holm within each wave and grouping.
    """
    pairs = [(pair, pair) if isinstance(pair, str) else pair for pair in ([by] if isinstance(by, str) else by)]
    groupings(survey, [column for pair in pairs for column in pair])
    return declared(
        "mixing",
        (
            _mixing(network, pair, n_permutations, seed_of(seed, network.relation, network.wave, *pair))
            for network in every_wave(survey)
            for pair in pairs
        ),
    )


def _mixing(network: WaveNetwork, columns: tuple[str, str], n_permutations: int, seed: int) -> pd.DataFrame:
    """One wave: groups of the source by the first column, of the target by the second."""
    source_label, target_label = (network.people[column].astype("str") for column in columns)
    people = network.people.assign(_group=source_label + "\x1f" + target_label)
    grouped = Grouped.of(replace(network, people=people), "_group")
    names = [name.split("\x1f") for name in grouped.names]
    (source_names, from_), (target_names, to) = (_fold([name[side] for name in names]) for side in (0, -1))
    counts, cells = (from_.T @ one @ to for one in (grouped.counts(grouped.labels[None])[0], grouped.cells()))
    n_cells, p = int(cells.sum()), np.full(counts.shape, np.nan)
    if n_permutations and not grouped.untestable:
        dealt = permuted_labels(grouped.labels, n_permutations=n_permutations, seed=seed, strata=grouped.network.strata)
        null = np.concatenate([from_.T @ grouped.counts(labels) @ to for labels in dealt]).astype(float)
        for place in np.ndindex(counts.shape):
            p[place] = held_against(float(counts[place]), null[:, *place]).p
    rows = densities(source_names, target_names, counts, cells).assign(
        by=" x ".join(dict.fromkeys(columns)),
        expected=cells.ravel() * (int(counts.sum()) / n_cells if n_cells else np.nan),
        p=p.ravel(),
        p_adjusted=adjusted(p.ravel()),
    )
    return of_wave(rows, network)


def _fold(names: list[str]) -> tuple[list[str], NDArray[np.int64]]:
    """Distinct names and which of them each is, shape (k, distinct)."""
    distinct = sorted(set(names))
    return distinct, np.eye(len(distinct), dtype=np.int64)[[distinct.index(name) for name in names]]
