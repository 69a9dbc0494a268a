"""Groups: who ties with whom across and inside them, against what chance and group sizes give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.network.bootstrap import affordable, interval, quadratic
from nicmethods.network.graph import WaveNetwork, declared, every_wave, groupings, joined, seed_of
from nicmethods.network.permutation import Test, adjusted, held_against, mixing_counts, permuted_labels
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["ei_interval", "ei_valued", "group_tests", "mixing"]

_MEASURES = ("ei_index", "assortativity", "modularity")
_FEWEST = 4
_BLOCK = 2**20


@dataclass(frozen=True)
class _Ends:
    """All that the measures of a grouping rest on: ties inside groups, shape (...,), and each group's, (..., k)."""

    inside: NDArray[np.int64]
    leaving: NDArray[np.int64]
    arriving: NDArray[np.int64]

    @classmethod
    def of(cls, counts: NDArray[np.int64]) -> _Ends:
        return cls(np.trace(counts, axis1=-2, axis2=-1), counts.sum(axis=-1), counts.sum(axis=-2))

    @property
    def total(self) -> NDArray[np.float64]:
        return np.asarray(self.leaving.sum(axis=-1), dtype=float)

    @property
    def ei_index(self) -> NDArray[np.float64]:
        return _ratio(self.total - 2 * self.inside, self.total)

    @property
    def by_chance(self) -> NDArray[np.float64]:
        return _ratio((self.leaving * self.arriving).sum(axis=-1), self.total**2)

    @property
    def modularity(self) -> NDArray[np.float64]:
        return np.asarray(_ratio(self.inside, self.total) - self.by_chance)

    @property
    def assortativity(self) -> NDArray[np.float64]:
        return _ratio(self.modularity, 1 - self.by_chance)


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
        labels, names = network.groups(by)
        known, among = labels >= 0, network
        if not known.all():
            among = network.among(known)
            labels, names = among.groups(by)
        source, target, _ = among.ties
        strata = among.asked_group if network.asked_within else None
        if within:
            strata = among.groups(within)[0] if strata is None else strata * among.n + among.groups(within)[0]
        left_out = int((~known).sum())
        note = f"{left_out} without {by} left out" if left_out else ""
        return cls(names, labels, source, target, strata, among, note)

    def counts(self) -> NDArray[np.int64]:
        """Shape (k, k): ties from group to group."""
        one = self.labels[None]
        return np.asarray(mixing_counts(self.source, self.target, one, n_groups=len(self.names))[0])

    def dealt(self, n_permutations: int, seed: int) -> Iterator[NDArray[Any]]:
        """Labellings dealt out anew, in blocks."""
        return permuted_labels(self.labels, n_permutations=n_permutations, seed=seed, strata=self.strata)

    def ends(self, labels: NDArray[Any]) -> _Ends:
        """What the measures rest on under each of these labellings, shape (m, n)."""
        k, n = len(self.names), len(self.labels)
        inside = np.empty(len(labels), np.int64)
        step = max(1, _BLOCK // max(1, len(self.source)))
        for start in range(0, len(labels), step):
            some = labels[start : start + step]
            same = some.take(self.source, axis=1) == some.take(self.target, axis=1)
            inside[start : start + step] = np.count_nonzero(same, axis=1)
        place = labels + np.arange(len(labels))[:, None] * k
        degrees = (np.bincount(end, minlength=n).astype(float) for end in (self.source, self.target))
        leaving, arriving = (
            np.bincount(place.ravel(), np.tile(degree, len(labels)), len(labels) * k).astype(np.int64).reshape(-1, k)
            for degree in degrees
        )
        return _Ends(inside, leaving, arriving)

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
    grouped = _Grouped.of(network, by, within)
    observed = _Ends.of(grouped.counts())
    n_dyads = int(grouped.cells().sum())
    values = {name: float(getattr(observed, name)) for name in _MEASURES}
    why = _untestable(grouped) or ("" if n_permutations else "no permutations")
    if why:
        return {name: Test(value, n_dyads=n_dyads, note=joined(why, grouped.note)) for name, value in values.items()}
    null = [grouped.ends(labels) for labels in grouped.dealt(n_permutations, seed)]
    notes = dict.fromkeys(_MEASURES, grouped.note)
    if abs(values["ei_index"]) == 1:
        side = "crosses groups" if values["ei_index"] == 1 else "stays inside a group"
        notes["ei_index"] = joined(f"every tie {side}: check that ties of the other kind were asked", grouped.note)
    return {
        name: held_against(
            values[name], np.concatenate([getattr(part, name) for part in null]), n_dyads=n_dyads, note=notes[name]
        )
        for name in _MEASURES
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
    grouped = _Grouped.of(network, by)
    n, ends = len(grouped.labels), (grouped.source, grouped.target)
    if n < _FEWEST or not len(grouped.source) or n_bootstrap < 2:
        return np.nan, np.nan
    crosses = np.where(np.equal(*(grouped.labels[end] for end in ends)), -1.0, 1.0)
    sides = [grouped.network.sparse(*ends, value) for value in (crosses, None)]
    n_bootstrap = affordable(n_bootstrap, n, len(crosses))
    rng, blocks = np.random.default_rng(seed), []
    for start in range(0, n_bootstrap, step := max(1, _BLOCK // n)):
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=min(step, n_bootstrap - start)).T.astype(float)
        blocks.append([quadratic(side, drawn) for side in sides])
    draws = _ratio(*np.concatenate(blocks, axis=1))
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


def _untestable(grouped: _Grouped) -> str:
    if not grouped.names:
        return "nobody's group is known"
    if not len(grouped.source):
        return "no ties"
    if len(grouped.labels) < _FEWEST:
        return f"fewer than {_FEWEST} people"
    if len(grouped.names) < 2:
        return "one group only"
    return ""


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
    grouped = _Grouped.of(replace(network, people=people), "_group")
    names = [name.split("\x1f") for name in grouped.names]
    rows, columns_ = (_fold([name[side] for name in names]) for side in (0, -1))
    (source_names, from_), (target_names, to) = rows, columns_

    def fold(counts: NDArray[np.int64]) -> NDArray[np.int64]:
        folded: NDArray[np.int64] = from_.T @ counts @ to
        return folded

    counts, cells = fold(grouped.counts()), fold(grouped.cells())
    n_ties, n_cells = int(counts.sum()), int(cells.sum())
    tests = np.full(counts.shape, np.nan)
    if n_permutations and not _untestable(grouped):
        blocks = (
            mixing_counts(grouped.source, grouped.target, labels, n_groups=len(grouped.names))
            for labels in grouped.dealt(n_permutations, seed)
        )
        null = np.concatenate([fold(block) for block in blocks]).astype(float)
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
        len(names), len(distinct)
    )
