"""Networks in and out: surveys of matrices, edge lists and graphs, and files of waves that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.files.writing import write_atomically
from nicmethods.network.graph import WaveNetwork, every_wave, to_networkx
from nicmethods.network.matrices import labelled, name_of, once, some
from nicmethods.tables import CASE_TABLES, empty
from nicmethods.tables.bundles import Survey, takes

if TYPE_CHECKING:
    import igraph as ig
    import networkx as nx
    from numpy.typing import ArrayLike

__all__ = ["Network", "survey_of", "write_network", "write_networks"]

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
    read = {key: _read(one, people) for key, one in parts.items()}
    if roster is None or people is None:
        people = list(dict.fromkeys(actor for one in read.values() for actor in one.people))
        held: dict[str, dict[str, Any]] = {}
        for one in read.values():
            for name, values in one.attributes.items():
                held[name] = held.get(name, {}) | values
        roster = pd.DataFrame({"actor": people})
        roster = roster.assign(**{name: roster["actor"].map(values) for name, values in held.items()})
    known = set(people)
    ties, responses = [], []
    for (relation, wave), one in read.items():
        said = told.get((relation, wave))
        for who, where in ((one.people, "the network"), (said or (), "'answered'")):
            if strange := sorted(set(who) - known):
                are = "is" if len(strange) == 1 else "are"
                raise MeasureError(f"{some(strange)} in {where} of {relation} {wave} {are} not in the roster.")
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
        roster=roster.assign(actor=people),
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
    ties = [(people[i], people[j], weight) for (i, j), weight in zip(graph.get_edgelist(), weights, strict=True)]
    attributes = {name: dict(zip(people, values, strict=True)) for name, values in held.items()}
    return _graph(ties, people, graph.is_directed(), attributes)


def _of_networkx(graph: nx.Graph[Any]) -> _Read:
    people = {node: name_of(node) for node in graph}
    ties = [(people[i], people[j], 1.0 if weight is None else weight) for i, j, weight in graph.edges(data="weight")]
    attributes: dict[str, dict[str, Any]] = {}
    for node, held in graph.nodes(data=True):
        for name, value in held.items():
            if name != "name" or value != node:
                attributes.setdefault(str(name), {})[people[node]] = value
    return _graph(ties, list(people.values()), graph.is_directed(), attributes)


def _graph(
    ties: list[tuple[str, str, Any]], people: list[str], directed: bool, attributes: dict[str, dict[str, Any]]
) -> _Read:
    """Ties and attributes of each person. An edge of an undirected graph is a tie that both report."""
    once(people, "the people of the graph")
    rows = pd.DataFrame(ties, columns=["source", "target", "weight"])
    if not directed:
        back = rows.rename(columns={"source": "target", "target": "source"})
        rows = pd.concat([rows, back[back["source"] != back["target"]]])
    answered = attributes.pop("answered", {})  # as `to_igraph` and `write_network` leave it
    silent = frozenset(who for who, said in answered.items() if str(said).lower() in ("false", "0", "0.0"))
    attributes.pop("actor", None)
    return _Read(rows, people, directed=directed, silent=silent, attributes=attributes)


@takes
def write_network(network: WaveNetwork, path: Path | str) -> list[Path]:
    """Write the ties of a wave with their values, and what the roster says of people; never a name.

    Parameters
    ----------
    network
        One wave.
    path
        The file; its ending says the format: ``.graphml``, ``.gexf``, ``.net`` (Pajek), ``.dl`` (UCINET) or ``.csv``
        (edges; a second file, ``_nodes.csv``, has the people).

    Returns
    -------
    list of Path
        The files written. Who did not answer stands in the attribute ``answered``, which Pajek and UCINET DL cannot hold:
        there a person without an answer looks like one without ties.

    Raises
    ------
    MeasureError
        If the ending is none of these, or UCINET DL meets an id with a comma, quote or space.
    """
    path = Path(path)
    write = _FORMATS.get(path.suffix)
    if write is None:
        raise MeasureError(f"{path.name!r} ends in none of {', '.join(_FORMATS)}, which say the format.")
    files = {path: write(network)}
    if path.suffix == ".csv":
        files[path.with_name(f"{path.stem}_nodes.csv")] = _nodes(network).to_csv(index=False)
    for file, text in files.items():
        write_atomically(file, text.encode())
    return list(files)


@takes
def write_networks(survey: Survey, folder: Path | str, *, ending: str) -> list[Path]:
    """Write every relation in every wave into a folder, as ``<relation>_<wave><ending>``; see :func:`write_network`."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    return [
        path
        for network in every_wave(survey)
        for path in write_network(network, Path(folder) / f"{network.relation}_{network.wave}{ending}")
    ]


def _nodes(network: WaveNetwork) -> pd.DataFrame:
    """People with what is known of them."""
    people = network.people.drop(columns="name", errors="ignore").dropna(axis="columns", how="all")
    return people.assign(answered=network.answered)


def _edges(network: WaveNetwork) -> str:
    source, target, value = network.ties
    table = pd.DataFrame({"source": network.actors[source], "target": network.actors[target], "weight": value})
    return table.to_csv(index=False)


def _by_networkx(writer: str) -> Callable[[WaveNetwork], str]:
    def write(network: WaveNetwork) -> str:
        import networkx

        graph = to_networkx(network)
        for actor, held in graph.nodes.items():
            known = {name: _plain(value) for name, value in held.items() if not pd.isna(value)}
            held.clear()
            held.update(known, name=actor)  # where igraph looks for the id
        buffer = BytesIO()
        getattr(networkx, writer)(graph, buffer)
        return buffer.getvalue().decode()

    return write


def _plain(value: Any) -> Any:
    """A value that every format knows."""
    value = value.item() if hasattr(value, "item") else value
    return value if isinstance(value, bool | int | float | str) else str(value)


def _pajek(network: WaveNetwork) -> str:
    source, target, value = network.ties
    vertices = [f'{number} "{str(actor).replace(chr(34), chr(39))}"' for number, actor in enumerate(network.actors, 1)]
    arcs = [f"{i + 1} {j + 1} {weight:g}" for i, j, weight in zip(source, target, value, strict=True)]
    return "\n".join([f"*Vertices {network.n}", *vertices, "*Arcs", *arcs, ""])


def _dl(network: WaveNetwork) -> str:
    odd = [str(actor) for actor in network.actors if set(str(actor)) & set(",\"' \t")]
    if odd:
        raise MeasureError(f"UCINET DL has no room for the id {odd[0]!r}: it holds a comma, quote or space.")
    source, target, value = network.ties
    ties = [f"{i + 1} {j + 1} {weight:g}" for i, j, weight in zip(source, target, value, strict=True)]
    return "\n".join(
        [f"dl n={network.n}", "format=edgelist1", "labels:", *map(str, network.actors), "data:", *ties, ""]
    )


_FORMATS: dict[str, Callable[[WaveNetwork], str]] = {
    ".graphml": _by_networkx("write_graphml"),
    ".gexf": _by_networkx("write_gexf"),
    ".net": _pajek,
    ".dl": _dl,
    ".csv": _edges,
}
