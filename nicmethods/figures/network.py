"""The network wave by wave: everyone stays in place, so that what moves is the ties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PatchCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Polygon, Rectangle
from matplotlib.patheffects import withStroke

from nicmethods.figures.style import (
    CHANGE,
    INK,
    MUTED,
    PAPER,
    axes_or_new,
    count,
    finish,
    listed,
    new_figure,
    nothing,
    say,
    styled,
    words,
)
from nicmethods.network.graph import named
from nicmethods.network.places import first_relation, layout, reported_ties
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["plot_network", "plot_networks"]

MOST_LABELS = 60
_HUB = "#1f2328"
_MEMBER = "#4a5560"
_GROUND = "#f3f1ec"
_DRAWN = ("kept", "weakened", "not_observable", "dissolved", "strengthened", "created")
_WIDTH = {"kept": 0.5, "weakened": 0.5, "strengthened": 1.0, "created": 1.0}


@takes
@styled
def plot_network(
    survey: Survey,
    *,
    wave: str,
    dyad_change: pd.DataFrame | None = None,
    relation: str = "",
    places: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the network of one wave; with `dyad_change`, what changed stands out from what stayed.

    A straight band is a tie that both report, each half in the colour of its reporter's change; a curve that thins out
    is reported by the thick end alone. Dotted: gone. Pale and dashed: reported once, not observable both times. Hollow:
    did not answer. Square: the hub. People who were not in the network in this wave are left out.

    Parameters
    ----------
    survey
        The survey. A tie has at least the threshold.
    wave
        Wave to draw.
    dyad_change
        Run table; its rows that end in `wave` colour the ties. Without it all ties look alike.
    relation
        Survey question; empty: the first.
    places
        Run table; without it the layout of these ties.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        With the title in numbers and an alternative text.
    """
    alone = ax is None
    named("wave", wave, survey.wave_order)
    relation = relation or first_relation(survey)
    asked = reported_ties(survey, relation)
    if asked.empty:
        return say(axes_or_new(ax, 7.2, 2.0), "No survey ties are known.", title=f"Wave {wave}")
    ax = axes_or_new(ax, 5.4, 5.6)
    places = (layout(survey, relation=relation) if places is None else places).set_index("actor")
    state = survey.responses[survey.responses["wave"].eq(wave) & survey.responses["relation"].eq(relation)]
    state = state.set_index("actor")
    here = state.index[state["present"].astype(bool)] if len(state) else places.index
    silent = state.index[~state["responded"].astype(bool)].intersection(here)
    edges = _edges(asked, survey.relations, relation, wave, dyad_change)
    edges = edges[edges["source"].isin(here) & edges["target"].isin(here)]
    _draw_sites(ax, places, survey.roster)
    _draw_ties(ax, edges, places)
    _draw_people(ax, places.loc[places.index.intersection(here)], set(silent), set(survey.hub))
    ax.set(xlim=(-1.16, 1.16), ylim=_height(places), aspect="equal")
    ax.set_axis_off()
    if alone:
        ax.figure.legend(handles=_legend([ax], bool(survey.hub)), loc="outside lower center", ncols=2)
    asked_in = f"{wave}, {relation}" if len(survey.relations) > 1 else wave
    title, alt = _said(asked_in, edges, len(here), list(silent), compared=dyad_change is not None)
    return finish(ax, title=title, alt=alt)


@takes
@styled
def plot_networks(survey: Survey, dyad_change: pd.DataFrame, *, relation: str = "") -> Figure:
    """Draw the network of every wave in the same places: the first as it was, each later one by what changed.

    Parameters
    ----------
    survey
        The survey.
    dyad_change
        Run table; pairs of consecutive waves.
    relation
        Survey question; empty: the first.

    Returns
    -------
    Figure
        A panel a wave, at most four in a row, and one legend. See :func:`plot_network` for how to read a panel.
    """
    relation = relation or first_relation(survey)
    asked = reported_ties(survey, relation)
    known = [wave for wave in survey.wave_order if wave in set(asked["wave"])]
    if not known:
        return nothing("No survey ties are known.")
    places = layout(survey, relation=relation)
    across = min(len(known), 4)
    down = -(-len(known) // across)
    low, high = _height(places)
    figure = new_figure(max(3.9 * across, 5.4), (3.9 * (high - low) / 2.32 + 0.3) * down + 0.6)
    panels = figure.subplots(down, across, squeeze=False).ravel()
    later = dyad_change[dyad_change["relation"].eq(relation)]
    for place, (wave, ax) in enumerate(zip(known, panels, strict=False)):
        since = later[later["to_wave"].eq(wave) & later["from_wave"].eq(known[place - 1])]
        plot_network(
            survey, wave=wave, dyad_change=since if len(since) else None, relation=relation, places=places, ax=ax
        )
    for ax in panels[len(known) :]:
        ax.remove()
    more_lines = max(ax.get_title(loc="left").count("\n") for ax in panels[: len(known)])
    # The layout engine does not see a second line over axes of fixed aspect.
    figure.set_figheight(figure.get_figheight() + 0.2 * more_lines * down)
    figure.set_layout_engine("constrained", rect=(0, 0, 1, 1 - 0.2 * more_lines / figure.get_figheight()))
    keys = _legend(panels[: len(known)], bool(survey.hub))
    figure.legend(handles=keys, loc="outside lower center", ncols=min(2 * across, 5))
    return figure


def _height(places: pd.DataFrame) -> tuple[float, float]:
    return float(places["y"].min()) - 0.16, float(places["y"].max()) + 0.22


def _edges(
    asked: pd.DataFrame, relations: pd.DataFrame, relation: str, wave: str, dyad_change: pd.DataFrame | None
) -> pd.DataFrame:
    """List what is drawn: source, target, kind, and whether the tie runs both ways."""
    edges = asked.loc[asked["wave"].eq(wave), ["source", "target"]].assign(kind="tie")
    if dyad_change is not None:
        ended = dyad_change[dyad_change["to_wave"].eq(wave) & dyad_change["relation"].eq(relation)]
        reported = ended["weight_from"].ge(ended["threshold_from"]) | ended["weight_to"].ge(ended["threshold"])
        edges = ended.loc[reported & ended["kind"].ne("absent"), ["source", "target", "kind"]]
    if not bool(relations.set_index("relation")["directed"].get(relation, True)):
        ends = np.sort(edges[["source", "target"]].astype(object).to_numpy(), axis=1)
        edges = edges.assign(source=ends[:, 0], target=ends[:, 1]).drop_duplicates(["source", "target"])
        return edges.assign(both=True, half=False)
    alive = edges[~edges["kind"].isin(["dissolved", "not_observable"])]
    back = pd.MultiIndex.from_frame(alive[["target", "source"]])
    both = pd.MultiIndex.from_frame(edges[["source", "target"]]).isin(back) & edges.index.isin(alive.index)
    return edges.assign(both=both, half=both)


def _draw_sites(ax: Axes, places: pd.DataFrame, roster: pd.DataFrame) -> None:
    from scipy.spatial import ConvexHull

    radius = float(places["radius"].iloc[0])
    sites = places.join(roster.set_index("actor")["site"]).dropna(subset="site").groupby("site")
    for site, members in sites if sites.ngroups > 1 else ():
        if len(members) < 2:
            continue
        turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        rim = 1.75 * radius * np.column_stack([np.cos(turn), np.sin(turn)])
        cloud = (members[["x", "y"]].to_numpy()[:, None] + rim).reshape(-1, 2)
        ax.add_patch(Polygon(cloud[ConvexHull(cloud).vertices], facecolor=_GROUND, edgecolor="none", zorder=0))
        middle, top = members["x"].mean(), members["y"].max() + 1.85 * radius
        name = ax.text(middle, top, str(site), ha="center", va="bottom", fontsize=7.5, color=MUTED, zorder=6)
        name.set_path_effects([withStroke(linewidth=2, foreground=PAPER)])


def _draw_ties(ax: Axes, edges: pd.DataFrame, places: pd.DataFrame) -> None:
    radius = float(places["radius"].iloc[0])
    thin = min(1.0, (150 / max(len(edges), 1)) ** 0.5)
    for layer, kind in enumerate(("tie", *_DRAWN), start=1):
        drawn = edges[edges["kind"].eq(kind)]
        start, end = (places.loc[drawn[side], ["x", "y"]].to_numpy() for side in ("source", "target"))
        colour = CHANGE.get(kind, MUTED)
        both, half = (drawn[flag].to_numpy(bool) for flag in ("both", "half"))
        style: dict[str, Any] = {"label": kind, "zorder": 1 + layer / 10}
        if kind in ("dissolved", "not_observable"):
            dashes = (0, (1, 2)) if kind == "dissolved" else (0, (4, 3))
            lines = list(_curves(start, end, radius))
            ax.add_collection(LineCollection(lines, colors=colour, linewidths=0.9 * thin, linestyles=[dashes], **style))
        else:
            bands = _bands(start, end, both, half, radius, thin * _WIDTH.get(kind, 0.6))
            ax.add_collection(PolyCollection(list(bands), facecolors=colour, edgecolors="none", **style))


def _curves(start: NDArray[np.float64], end: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Bend lines from rim to rim: edges x 24 points x 2."""
    along = end - start
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    trim = along / length * np.minimum(1.15 * radius, 0.4 * length)
    start, end = start + trim, end - trim
    bend = (start + end) / 2 + 0.13 * np.column_stack([-along[:, 1], along[:, 0]])
    t = np.linspace(0, 1, 24)[None, :, None]
    return (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * bend[:, None] + t**2 * end[:, None]


def _bands(
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    both: NDArray[np.bool_],
    half: NDArray[np.bool_],
    radius: float,
    width: float,
) -> NDArray[np.float64]:
    """Outline ties as polygons, edges x 48 points x 2: curves that thin out, or straight to the middle or the end."""
    t = np.linspace(0, 1, 24)[None, :, None]
    stop = np.where(half[:, None], (start + end) / 2, end)[:, None]
    straight = start[:, None] + t * (stop - start[:, None])
    path = np.where(both[:, None, None], straight, _curves(start, end, radius))
    along = np.gradient(path, axis=1)
    across = np.stack([-along[..., 1], along[..., 0]], axis=2)
    across /= np.maximum(np.hypot(across[..., 0], across[..., 1]), 1e-9)[..., None]
    thickness = 0.24 * radius * width * np.where(both[:, None, None], 0.6, 1.0 - 0.85 * t)
    return np.concatenate([path + thickness * across, (path - thickness * across)[:, ::-1]], axis=1)


def _draw_people(ax: Axes, places: pd.DataFrame, silent: set[str], hub: set[str]) -> None:
    radius = float(places["radius"].iloc[0]) if len(places) else 0.0
    marks = []
    for actor, x, y in places[["x", "y"]].itertuples():
        own = _HUB if actor in hub else _MEMBER
        face, ink = (PAPER, own) if actor in silent else (own, PAPER)
        side = 1.8 * radius
        mark = Rectangle((x - side / 2, y - side / 2), side, side) if actor in hub else Circle((x, y), radius)
        mark.set(facecolor=face, edgecolor=own, linewidth=1.2)
        marks.append(mark)
        if len(places) <= MOST_LABELS:
            inside = len(str(actor)) < 4
            ax.text(
                x, y if inside else y - 1.2 * radius, str(actor),
                ha="center", va="center" if inside else "top", fontsize=6.5, color=ink if inside else INK, zorder=5,
            )  # fmt: skip
    ax.add_collection(PatchCollection(marks, match_original=True, zorder=4, label="people"))


def _said(wave: str, edges: pd.DataFrame, n_here: int, silent: list[str], *, compared: bool) -> tuple[str, str]:
    kinds = edges["kind"].value_counts()
    n_mutual = int(edges["half"].sum()) // 2
    answered = f"did not answer: {listed(silent)}" if silent else "everyone answered"
    if not compared:
        told = f"{count(len(edges), 'tie')}"
        return f"Wave {wave}: {told}", (
            f"Network of wave {wave}: {n_here} people, {told}, {count(n_mutual, 'pair')} naming each other; {answered}."
        )
    parts = [f"{kinds[kind]:,} {words(kind)}" for kind in CHANGE if kinds.get(kind, 0)]
    brief = [f"{kinds.get(kind, 0):,} {words(kind)}" for kind in ("created", "strengthened", "dissolved")]
    return f"Wave {wave}: {', '.join(brief)}", (
        f"Network of wave {wave} against the wave before, in the same places: {n_here} people; ties {listed(parts)};"
        f" {count(n_mutual, 'pair')} naming each other; {answered}."
    )


def _legend(panels: Iterable[Axes], has_hub: bool) -> list[Line2D]:
    """Make an entry for each kind of tie that is drawn in any panel, and for each kind of person."""
    drawn = {str(kind.get_label()) for ax in panels for kind in ax.collections if len(kind.get_paths())}
    dashes: dict[str, Any] = {"dissolved": (0, (1, 2)), "not_observable": (0, (4, 3))}
    lines = [
        Line2D([], [], color=CHANGE[kind], linewidth=3 * _WIDTH.get(kind, 0.4), linestyle=dashes.get(kind, "-"),
        label=words(kind)) for kind in CHANGE if kind in drawn
    ]  # fmt: skip
    lines.append(Line2D([], [], color=MUTED, linewidth=2, label="thick end names thin end; even: both name"))
    people = [("answered", "o", _MEMBER), ("did not answer", "o", PAPER), *([("hub", "s", _HUB)] if has_hub else [])]
    marks = [
        Line2D(
            [], [], color="none", marker=shape, markersize=8, markerfacecolor=face, markeredgecolor=_HUB, label=label
        )
        for label, shape, face in people
    ]
    return lines + marks
