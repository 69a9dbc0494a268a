"""A wave as a file that other programs read: GraphML, GEXF, Pajek, UCINET DL, or edges and nodes as csv."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.files.writing import write_atomically
from nicmethods.network.graph import every_wave, to_networkx
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Callable

    from nicmethods.network.graph import WaveNetwork
    from nicmethods.tables.bundles import Survey

__all__ = ["write_network", "write_networks"]


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
