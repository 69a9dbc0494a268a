"""One relation in one wave: who was there, who answered, what they reported, and what nobody knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.tables import RUN_TABLES, conform, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    import igraph as ig
    import networkx as nx
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Policy, Survey

__all__ = [
    "WaveNetwork",
    "declared",
    "every_wave",
    "groupings",
    "in_both",
    "joined",
    "named",
    "of_wave",
    "seed_of",
    "threshold_of",
    "to_igraph",
    "to_matrix",
    "to_networkx",
    "wave_network",
]

_LARGEST = 5_000
_PRIVATE = ("actor", "name")


@dataclass(frozen=True, eq=False)
class WaveNetwork:
    """The ties of one relation in one wave, directed and valued, with what is unknown kept apart from zero.

    A *cell* is an ordered pair of people who were present. It is known if its source reports, the pair was asked and
    the value is not blank; a known cell without a stored value is a reported zero.

    Parameters
    ----------
    wave, relation
        Ids of the wave and the relation.
    threshold
        Least value that counts as a tie, in scale points.
    policy
        How missing answers were read: ``"observed"``, ``"reconstruct"`` or ``"zero"``.
    people
        Roster rows of the n people present, numbered from 0; every array below counts people by this number.
    answered
        Shape (n,): who answered.
    reports
        Shape (n,): whose cells are known. The same as `answered` under ``"observed"``, everyone otherwise.
    source, target, value
        Known cells with a value above 0, one entry a cell, in the order of source and target.
    blank_source, blank_target
        Cells of reporting people that are unknown all the same.
    asked_group
        Shape (n,): pairs were asked only within the same number. All 0 where everyone was asked about everyone.
    asked_within
        Attribute behind `asked_group`; empty where everyone was asked about everyone.
    """

    wave: str
    relation: str
    threshold: float
    policy: Policy
    people: pd.DataFrame
    answered: NDArray[np.bool_]
    reports: NDArray[np.bool_]
    source: NDArray[np.int64]
    target: NDArray[np.int64]
    value: NDArray[np.float64]
    blank_source: NDArray[np.int64]
    blank_target: NDArray[np.int64]
    asked_group: NDArray[np.int64]
    asked_within: str = ""

    @property
    def n(self) -> int:
        """People present."""
        return len(self.people)

    @property
    def actors(self) -> NDArray[np.object_]:
        """Ids of the people present, shape (n,)."""
        return self.people["actor"].to_numpy(dtype=object)

    @cached_property
    def ties(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Source, target and value of the cells at or above the threshold."""
        strong = self.value >= self.threshold
        return self.source[strong], self.target[strong], self.value[strong]

    @property
    def n_cells(self) -> int:
        """Known cells: the ordered pairs behind a density."""
        sizes = np.bincount(self.asked_group, minlength=1)
        return int((sizes[self.asked_group[self.reports]] - 1).sum()) - len(self.blank_source)

    @property
    def strata(self) -> NDArray[np.int64] | None:
        """Groups inside which people are relabelled, since pairs were asked only within them; None where all were."""
        return self.asked_group if self.asked_within else None

    def groups(self, by: str) -> tuple[NDArray[np.int64], list[str]]:
        """Group number of each person, shape (n,), -1 where the roster is blank, and the groups' names in order."""
        _has(self.people, by)
        codes, names = pd.factorize(self.people[by].astype("str"), sort=True)
        return codes.astype(np.int64), [str(name) for name in names]

    def grouped(self, by: str) -> tuple[WaveNetwork, NDArray[np.int64], list[str]]:
        """The network among those whose group is known, the group number of each, and the groups' names in order."""
        labels, names = self.groups(by)
        known = labels >= 0
        return self if known.all() else self.among(known), labels[known], names

    def known(self) -> NDArray[np.bool_]:
        """Which cells are known, shape (n, n); never the diagonal.

        Raises
        ------
        MeasureError
            Beyond 5,000 people, where all pairs would not fit the memory of a small machine.
        """
        if self.n > _LARGEST:
            raise MeasureError(
                f"{self.n:,} people make too many pairs to list; tables of all pairs stop at {_LARGEST:,}."
            )
        known: NDArray[np.bool_] = self.asked_group[:, None] == self.asked_group[None, :]
        known &= self.reports[:, None]
        known[self.blank_source, self.blank_target] = False
        np.fill_diagonal(known, val=False)
        return known

    def values(self) -> NDArray[np.float64]:
        """Reported values as an n x n array; NaN wherever a cell is not :meth:`known`."""
        matrix = np.where(self.known(), 0.0, np.nan)
        matrix[self.source, self.target] = self.value
        return matrix

    def binary(self) -> NDArray[np.float64]:
        """Ties (1) and no ties (0) at the threshold as an n x n array; NaN wherever a cell is not :meth:`known`."""
        matrix = np.where(self.known(), 0.0, np.nan)
        matrix[self.ties[:2]] = 1.0
        return matrix

    def among(self, keep: NDArray[np.bool_]) -> WaveNetwork:
        """The network among some of its people.

        Parameters
        ----------
        keep
            Shape (n,): who stays.
        """
        number = np.cumsum(keep) - 1
        cells, blanks = keep[self.source] & keep[self.target], keep[self.blank_source] & keep[self.blank_target]
        return replace(
            self,
            people=self.people[keep].reset_index(drop=True),
            answered=self.answered[keep],
            reports=self.reports[keep],
            source=number[self.source[cells]],
            target=number[self.target[cells]],
            value=self.value[cells],
            blank_source=number[self.blank_source[blanks]],
            blank_target=number[self.blank_target[blanks]],
            asked_group=self.asked_group[keep],
        )

    def sparse(self, source: NDArray[Any], target: NDArray[Any], value: NDArray[Any] | None = None) -> Any:
        """A sparse (n, n) matrix of these cells; ones without values."""
        from scipy.sparse import csr_array

        value = np.ones(len(source)) if value is None else value
        return csr_array((value, (source, target)), shape=(self.n, self.n))

    @cached_property
    def adjacency(self) -> Any:
        """The ties as a sparse (n, n) matrix of ones."""
        return self.sparse(*self.ties[:2])

    @cached_property
    def blanks(self) -> Any:
        """The blank cells as a sparse (n, n) matrix of ones."""
        return self.sparse(self.blank_source, self.blank_target)

    @cached_property
    def dyads(self) -> tuple[Any, Any, Any]:
        """Mutual, asymmetric and unknown pairs, of a network in which everyone reports.

        Three sparse (n, n) matrices of ones: mutual (symmetric), asymmetric (from source to target) and unknown
        (symmetric: asked, but blank in at least one direction). Every other asked pair is a null pair.
        """
        unknown = ((self.blanks + self.blanks.T) > 0).astype(float)
        ties = self.adjacency - self.adjacency.multiply(unknown)
        mutual = ties.multiply(ties.T).tocsr()
        asymmetric = (ties - mutual).tocsr()
        for matrix in (mutual, asymmetric, unknown):
            matrix.eliminate_zeros()
        return mutual, asymmetric, unknown.tocsr()

    @cached_property
    def graph(self) -> ig.Graph:
        """The ties as a directed igraph graph without attributes."""
        import igraph

        source, target, _ = self.ties
        return igraph.Graph(n=self.n, edges=np.column_stack([source, target]), directed=True)

    @cached_property
    def undirected(self) -> ig.Graph:
        """A pair is tied if either names the other."""
        return self.graph.as_undirected(mode="collapse")

    @cached_property
    def betweenness(self) -> NDArray[np.float64]:
        """Shortest directed paths through everyone; the measures of the network and of its actors both need it."""
        return np.array(self.graph.betweenness(directed=True))

    @cached_property
    def core(self) -> WaveNetwork:
        """The network among those who report: where censuses, triads and paths are defined."""
        return self if self.reports.all() else self.among(self.reports)


@takes
def wave_network(survey: Survey, *, wave: str = "", relation: str = "") -> WaveNetwork:
    """Build one wave of one relation.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say. ``"observed"``: cells of people who did not answer are
        unknown. ``"reconstruct"``: the other's report stands in (undirected relations only). ``"zero"``: whatever was
        not reported is no tie, as most tools have it; for comparison only.
    wave, relation
        Which wave of which relation; may be left out where there is only one.

    Returns
    -------
    WaveNetwork
        Everyone present in the wave. Self-ties, and reports by or about people not present, are left out; under
        ``"observed"`` and ``"reconstruct"`` so are reports by people listed as not having answered and reports on
        pairs that were not asked.

    Raises
    ------
    MeasureError
        If the survey has no such wave or relation, with those that it has.
    """
    wave = named("wave", wave, survey.wave_order)
    relation = named("relation", relation, survey.relations["relation"].tolist())
    question = survey.relations.set_index("relation").loc[relation]
    answers = _of(survey.responses, wave, relation).set_index("actor")
    present = survey.roster["actor"].isin(answers.index[answers["present"].to_numpy(dtype=bool)])
    people = survey.roster[present].drop(columns="name", errors="ignore").reset_index(drop=True)
    answered = answers["responded"].reindex(people["actor"]).to_numpy(dtype=bool)
    policy = survey.policy
    within: str = "" if policy == "zero" or pd.isna(question["within"]) else str(question["within"])
    asked = _asked_groups(people, within)
    cells = _cells(_of(survey.ties, wave, relation), people, answered | (policy == "zero"), asked)
    cells = _read_blanks(cells, answered, asked, policy)
    known = cells[cells["value"] > 0].sort_values(["source", "target"])
    blank = cells[cells["value"].isna()]
    return WaveNetwork(
        wave=wave,
        relation=relation,
        threshold=threshold_of(survey, wave, relation),
        policy=policy,
        people=people,
        answered=answered,
        reports=answered if policy == "observed" else np.ones(len(people), bool),
        source=known["source"].to_numpy(),
        target=known["target"].to_numpy(),
        value=known["value"].to_numpy(),
        blank_source=blank["source"].to_numpy(),
        blank_target=blank["target"].to_numpy(),
        asked_group=asked,
        asked_within=within,
    )


def every_wave(survey: Survey) -> Iterator[WaveNetwork]:
    """Each relation in each wave, relation by relation."""
    for relation in survey.relations["relation"]:
        for wave in survey.waves["wave"]:
            yield wave_network(survey, wave=wave, relation=relation)


def named(what: str, name: str, known: Sequence[str]) -> str:
    """The name if it is known, the only one if none is given; refused with those that there are."""
    if name in known:
        return name
    there = f"{what}s are {', '.join(map(repr, known))}" if len(known) else f"the survey has no {what}"
    if name:
        raise MeasureError(f"There is no {what} {name!r}; {there}.")
    if len(known) != 1:
        raise MeasureError(f"Say which {what}; {there}.")
    return known[0]


def threshold_of(survey: Survey, wave: str, relation: str) -> float:
    """Least value that counts as a tie of the relation in the wave, in scale points."""
    given = survey.threshold.get(wave) if isinstance(survey.threshold, Mapping) else survey.threshold
    own = survey.relations.set_index("relation")["threshold"].loc[relation]
    value = float(own if given is None else given)
    if not value > 0:
        raise MeasureError(f"The threshold of {relation!r} in wave {wave!r} is {value:g}; a tie needs a value above 0.")
    return value


def groupings(survey: Survey, by: Sequence[str] | str) -> tuple[str, ...]:
    """Columns of the roster that name groups; refused, with those that there are, where the roster lacks one."""
    columns = (by,) if isinstance(by, str) else tuple(by)
    for column in columns:
        _has(survey.roster, column)
    return columns


def _has(people: pd.DataFrame, column: str) -> None:
    if column not in people:
        known = ", ".join(str(name) for name in people if name not in _PRIVATE)
        raise MeasureError(f"The roster has no column {column!r}; it has {known}.")


def declared(name: str, parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Rows under one another as the run table of this name, in its columns and types."""
    rows = list(parts)
    return conform(pd.concat(rows), RUN_TABLES[name]) if rows else empty(RUN_TABLES[name])


@takes
def to_igraph(network: WaveNetwork) -> ig.Graph:
    """The ties of a wave as a directed igraph graph.

    Vertices carry ``name`` (the actor id), ``answered`` and the roster's columns, edges carry ``weight``. People who
    did not answer are vertices too: their own ties are unknown, and a measure of the graph takes them as absent.
    """
    graph = network.graph.copy()
    graph.vs["name"] = list(network.actors)
    graph.vs["answered"] = network.answered.tolist()
    for column, values in _attributes(network).items():
        graph.vs[column] = values.tolist()
    graph.es["weight"] = network.ties[2]
    return graph


@takes
def to_networkx(network: WaveNetwork) -> nx.DiGraph[Any]:
    """The ties of a wave as a networkx digraph: nodes are actor ids, with the attributes of :func:`to_igraph`."""
    import networkx

    source, target, value = network.ties
    attributes = _attributes(network).assign(answered=network.answered)
    graph = networkx.DiGraph(wave=network.wave, relation=network.relation, threshold=network.threshold)
    graph.add_nodes_from(zip(network.actors, attributes.to_dict("records"), strict=True))
    graph.add_weighted_edges_from(zip(network.actors[source], network.actors[target], value.tolist(), strict=True))
    return graph


@takes
def to_matrix(network: WaveNetwork, *, valued: bool = False) -> pd.DataFrame:
    """A wave as a frame with people as index and columns: ties 1 and 0, or reported values; NaN where a cell is unknown."""
    people = pd.Index(network.actors, dtype="str")
    return pd.DataFrame(network.values() if valued else network.binary(), index=people, columns=people)


@takes
def in_both(one: WaveNetwork, other: WaveNetwork) -> tuple[WaveNetwork, WaveNetwork]:
    """Two waves, or two relations, each among the people who are present in both."""
    return one.among(np.isin(one.actors, other.actors)), other.among(np.isin(other.actors, one.actors))


def _attributes(network: WaveNetwork) -> pd.DataFrame:
    """What the roster says of people beside id and name."""
    return network.people.drop(columns=list(_PRIVATE), errors="ignore").dropna(axis="columns", how="all")


def seed_of(seed: int, *names: str) -> int:
    """A seed of its own for each named part of a run, the same whatever else is computed."""
    return int(np.random.SeedSequence([seed, *(crc32(name.encode()) for name in names)]).generate_state(1)[0])


def of_wave(rows: pd.DataFrame, network: WaveNetwork) -> pd.DataFrame:
    """Rows with the columns that say which wave, relation, threshold and policy they are of."""
    return rows.assign(wave=network.wave, relation=network.relation, threshold=network.threshold, policy=network.policy)


def joined(*notes: str) -> str:
    """Notes as one, those that are empty left out."""
    return "; ".join(filter(None, notes))


def _of(table: pd.DataFrame, wave: str, relation: str) -> pd.DataFrame:
    return table[(table["relation"] == relation) & (table["wave"] == wave)]


def _asked_groups(people: pd.DataFrame, within: str) -> NDArray[np.int64]:
    """Number people so that a pair was asked if the numbers agree; whoever has no group is alone."""
    if not within:
        return np.zeros(len(people), np.int64)
    if within not in people:
        raise MeasureError(f"The question was asked within {within!r}, which is no column of the roster.")
    codes = pd.factorize(people[within])[0].astype(np.int64)
    alone = codes < 0
    codes[alone] = codes.max(initial=-1) + 1 + np.arange(alone.sum())
    return codes


def _cells(
    rows: pd.DataFrame, people: pd.DataFrame, reports: NDArray[np.bool_], asked: NDArray[np.int64]
) -> pd.DataFrame:
    """The reported rows that count, by number of person; a blank value is NaN."""
    number = pd.Index(people["actor"])
    cells = pd.DataFrame(
        {
            "source": number.get_indexer(rows["source"]),
            "target": number.get_indexer(rows["target"]),
            "value": rows["weight"].to_numpy(dtype=float, na_value=np.nan),
        }
    )
    source, target = cells["source"].to_numpy(), cells["target"].to_numpy()
    counts = (source >= 0) & (target >= 0) & (source != target)
    counts[counts] &= reports[source[counts]] & (asked[source[counts]] == asked[target[counts]])
    known: pd.DataFrame = cells[counts]
    return known


def _read_blanks(
    cells: pd.DataFrame, answered: NDArray[np.bool_], asked: NDArray[np.int64], policy: Policy
) -> pd.DataFrame:
    """Read unknown cells as the policy says; what stays unknown is a row without a value."""
    if policy == "observed":
        return cells
    if policy == "zero":
        return cells.assign(value=cells["value"].fillna(0.0))
    silent = np.flatnonzero(~answered)
    source, target = np.repeat(silent, len(silent)), np.tile(silent, len(silent))
    nobody = (source != target) & (asked[source] == asked[target])
    unknown = pd.DataFrame({"source": source[nobody], "target": target[nobody], "value": np.nan})
    blank = cells["value"].isna()
    mirrored = cells.rename(columns={"source": "target", "target": "source"})[["source", "target", "value"]]
    lent = mirrored[~answered[mirrored["source"].to_numpy()]]
    returned = cells[blank].drop(columns="value").merge(mirrored, how="left", validate="one_to_one")
    # A blank whose partner answered without naming the person is that partner's reported zero.
    pairs = pd.MultiIndex.from_frame(mirrored[["source", "target"]])
    silent_partner = ~answered[returned["target"].to_numpy()]
    listed = pd.MultiIndex.from_frame(returned[["source", "target"]]).isin(pairs)
    returned.loc[~listed & ~silent_partner, "value"] = 0.0
    read: pd.DataFrame = pd.concat([cells[~blank], lent, returned, unknown], ignore_index=True)
    return read
