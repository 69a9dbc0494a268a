"""A survey made of what is at hand: a matrix, an edge list, an igraph or a networkx graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.matrices import labelled, name_of, once, some
from nicmethods.tables import CASE_TABLES, empty
from nicmethods.tables.bundles import Survey

if TYPE_CHECKING:
    import igraph as ig
    import networkx as nx
    from numpy.typing import ArrayLike

__all__ = ["Network", "survey_of"]

Network: TypeAlias = Union["ArrayLike", pd.DataFrame, "ig.Graph", "nx.Graph[Any]"]
"""A square matrix (array or labelled frame), an edge list with ``source`` and ``target``, or a graph."""


def survey_of(
    data: Network | Mapping[Any, Network],
    *,
    roster: pd.DataFrame | None = None,
    attributes: pd.DataFrame | None = None,
    answered: Iterable[str] | Mapping[Any, Iterable[str]] | None = None,
    directed: bool | None = None,
    threshold: float = 1.0,
) -> Survey:
    """Make a survey of one network, or of several waves or relations.

    Parameters
    ----------
    data
        A square matrix (array, or frame with people as index and columns; row names column; NaN is not reported), an
        edge list (frame with ``source``, ``target`` and, where ties are valued, ``weight``), an igraph or networkx graph
        (edge attribute ``weight``; vertex attributes become the roster's, igraph's ``name`` the id). Or several: a dict
        whose keys are waves, or pairs of relation and wave, in order of time.
    roster
        One row a person: ``actor`` and any attributes. Without it, everybody who occurs, in the order of the data; an
        edge list then has no isolates. Rows of an array are the roster's people in order, or ``1``, ``2``, … without
        one.
    attributes
        What is known of people by wave, such as scores: ``actor``, ``wave``, ``name``, ``value``.
    answered
        Who answered, as ids; by key where `data` is a dict. Without it: everybody in the network, except whose whole row
        of a matrix is NaN, and whose attribute ``answered`` in a graph is false. Somebody of the roster who occurs neither in a wave's network nor among those who answered was
        not present in it, unless the wave's data is an edge list, which cannot tell.
    directed
        Whether source and target mean different things; without it, as the graph says, and True for a matrix or list.
    threshold
        Least value that counts as a tie.

    Returns
    -------
    Survey
        With relation ``tie`` and wave ``1`` where the data name none. Self-ties are left out.

    Raises
    ------
    MeasureError
        If rows and columns of a matrix are not the same people, somebody is not in the roster or occurs twice, a value is
        no number from 0, an edge list has columns that would be lost, or a thing is none of these.

    Examples
    --------
    >>> matrix = pd.DataFrame([[0, 1], [2, 0]], index=["Ana", "Ben"], columns=["Ana", "Ben"])
    >>> survey_of(matrix)
    <Survey: 2 people, 1 wave, relation tie, 2 reported values; missing answers observed>
    >>> survey_of({("advice", "w1"): matrix, ("advice", "w2"): matrix, ("trust", "w2"): matrix}).wave_order
    ['w1', 'w2']
    """
    parts = {_key(key): one for key, one in data.items()} if isinstance(data, Mapping) else {("tie", "1"): data}
    if not parts:
        raise MeasureError("There is no network in the data; give at least one wave.")
    if roster is not None and not (isinstance(roster, pd.DataFrame) and "actor" in roster):
        raise MeasureError("The roster must be a frame with a column 'actor' and a row a person.")
    each = answered if isinstance(answered, Mapping) else {} if answered is None else dict.fromkeys(parts, answered)
    for ids in each.values():
        if isinstance(ids, str):
            raise MeasureError(f"'answered' must list ids; {ids!r} is one word.")
    told = {_key(key): set(map(name_of, ids)) for key, ids in each.items()}
    if unknown := [key for key in told if key not in parts]:
        raise MeasureError(f"'answered' names {unknown[0]!r}; the data are {', '.join(map(repr, parts))}.")
    people = None if roster is None else [name_of(actor) for actor in roster["actor"]]
    table = roster
    read = {key: _read(one, people) for key, one in parts.items()}
    if table is None or people is None:
        people = list(dict.fromkeys(actor for one in read.values() for actor in one.people))
        table = pd.DataFrame({"actor": people})
        for name in dict.fromkeys(name for one in read.values() for name in one.attributes):
            found: dict[str, Any] = {}
            for one in read.values():
                found |= one.attributes.get(name, {})
            table[name] = table["actor"].map(found)
    known = set(people)
    ties, responses = [], []
    for (relation, wave), one in read.items():
        said = told.get((relation, wave))
        for who, where in ((one.people, "the network"), (said or (), "'answered'")):
            if strange := sorted(set(who) - known):
                raise MeasureError(f"{some(strange)} in {where} of {relation} {wave} {_is(strange)} not in the roster.")
        names = {"relation": relation, "wave": wave}
        own = one.ties.assign(weight=_numbers(one.ties, f"{relation} {wave}"), **names)
        ties.append(own[own["source"] != own["target"]])
        here = known if one.is_list else set(one.people) | (said or set())
        spoke = here - one.silent if said is None else said
        rows = pd.DataFrame({"actor": people}).assign(**names, basis="listed")
        responses.append(rows.assign(present=rows["actor"].isin(here), responded=rows["actor"].isin(spoke)))
    relations = list(dict.fromkeys(relation for relation, _ in read))
    ways = [
        directed if directed is not None else all(one.directed for (of, _), one in read.items() if of == relation)
        for relation in relations
    ]
    return Survey(
        roster=table.assign(actor=people),
        waves=pd.DataFrame({"wave": list(dict.fromkeys(wave for _, wave in read))}),
        relations=pd.DataFrame({"relation": relations, "threshold": float(threshold), "directed": ways}),
        ties=pd.concat(ties),
        responses=pd.concat(responses),
        attributes=empty(CASE_TABLES["attributes"]) if attributes is None else attributes,
    )


@dataclass(frozen=True)
class _Read:
    """One network as ties, with its people and what it says of them."""

    ties: pd.DataFrame
    people: list[str]
    directed: bool = True
    silent: frozenset[str] = frozenset()
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    is_list: bool = False


def _key(key: Any) -> tuple[str, str]:
    if isinstance(key, tuple):
        if len(key) != 2:
            raise MeasureError(f"{key!r} is no key: give a wave, or a pair of relation and wave.")
        return str(key[0]), str(key[1])
    return "tie", str(key)


def _numbers(ties: pd.DataFrame, where: str) -> pd.Series[float]:
    """Values of ties as numbers from 0."""
    value = pd.to_numeric(ties["weight"], errors="coerce").astype(float)
    bad = (value.isna() & ties["weight"].notna()) | value.lt(0) | np.isinf(value)
    if bad.any():
        shown = [f"{row.source} to {row.target}: {row.weight!r}" for row in ties[bad].itertuples()]
        raise MeasureError(f"Values of ties are numbers from 0 (blank: not reported); in {where} are {some(shown)}.")
    return value


def _read(one: Any, people: list[str] | None) -> _Read:
    if isinstance(one, pd.DataFrame) and {"source", "target"} <= set(one.columns):
        if odd := [str(name) for name in one.columns if name not in ("source", "target", "weight")]:
            raise MeasureError(
                f"An edge list has columns source, target and weight; {some(odd)} would be lost. Name values 'weight', "
                "give waves and relations as a dict of edge lists, and drop the rest."
            )
        rows = one.assign(weight=one.get("weight", 1.0))
        for end in ("source", "target"):
            rows[end] = pd.Series(map(name_of, one[end]), index=one.index, dtype="str")
        occur = pd.concat([rows["source"], rows["target"]]).unique().tolist()
        return _Read(rows, occur, is_list=True)
    module = type(one).__module__.partition(".")[0]
    if module == "igraph":
        return _of_igraph(one)
    if module == "networkx":
        return _of_networkx(one)
    values, labels = labelled(one)
    if labels is None:
        labels = people if people is not None else [str(number) for number in range(1, len(values) + 1)]
        if len(labels) != len(values):
            raise MeasureError(f"The matrix has {len(values)} rows and the roster {len(labels)} people.")
    off = ~np.eye(len(values), dtype=bool)
    silent = np.all(np.isnan(values) | ~off, axis=1) if len(values) > 1 else np.zeros(len(values), bool)
    source, target = np.nonzero(off & (values != 0) & ~silent[:, None])
    names = np.array(labels, dtype=object)
    ties = pd.DataFrame({"source": names[source], "target": names[target], "weight": values[source, target]})
    return _Read(ties, labels, silent=frozenset(names[silent]))


def _of_igraph(graph: ig.Graph) -> _Read:
    held = {name: graph.vs[name] for name in graph.vs.attributes()}
    numbered = range(1, graph.vcount() + 1)
    people = [name_of(name) for name in held.pop("name", None) or held.pop("id", numbered)]  # GraphML's ids are `id`
    weights = graph.es["weight"] if "weight" in graph.es.attributes() else [1.0] * graph.ecount()
    ties = [(*ends, weight) for ends, weight in zip(graph.get_edgelist(), weights, strict=True)]
    return _graph(ties, people, graph.is_directed(), {name: dict(enumerate(held[name])) for name in held})


def _of_networkx(graph: nx.Graph[Any]) -> _Read:
    number = {node: place for place, node in enumerate(graph)}
    ties = [(number[i], number[j], 1.0 if weight is None else weight) for i, j, weight in graph.edges(data="weight")]
    attributes: dict[str, dict[int, Any]] = {}
    for node, held in graph.nodes(data=True):
        for name, value in held.items():
            if name != "name" or value != node:
                attributes.setdefault(str(name), {})[number[node]] = value
    return _graph(ties, [name_of(node) for node in graph], graph.is_directed(), attributes)


def _graph(
    ties: list[tuple[int, int, Any]], people: list[str], directed: bool, attributes: dict[str, dict[int, Any]]
) -> _Read:
    """Ties and attributes by number of person. An edge of an undirected graph is a tie that both report."""
    once(people, "the people of the graph")
    rows = pd.DataFrame(ties, columns=["source", "target", "weight"])
    rows[["source", "target"]] = rows[["source", "target"]].map(lambda place: people[place])
    if not directed:
        back = rows.rename(columns={"source": "target", "target": "source"})
        rows = pd.concat([rows, back[back["source"] != back["target"]]])
    answered = attributes.pop("answered", {})  # as `to_igraph` and `write_network` leave it
    silent = frozenset(people[place] for place, said in answered.items() if str(said).lower() in ("false", "0", "0.0"))
    held = {
        name: {people[place]: value for place, value in of.items()}
        for name, of in attributes.items()
        if name != "actor"
    }
    return _Read(rows, people, directed=directed, silent=silent, attributes=held)


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
