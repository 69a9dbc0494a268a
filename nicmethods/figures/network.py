"""The survey in pictures: the network wave by wave, everyone in place, its measures, who names whom by group, and what became of ties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PatchCollection, PolyCollection
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Polygon, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from nicmethods.figures.style import (
    CHANGE,
    INK,
    MUTED,
    PAPER,
    RULE,
    TOP,
    axes_or_new,
    bare,
    count,
    finish,
    listed,
    new_figure,
    note,
    nothing,
    of_relation,
    open_side,
    ordered,
    panels,
    say,
    scope_words,
    stack,
    styled,
    words,
    wrap,
)
from nicmethods.network.graph import named
from nicmethods.network.places import first_relation, layout, reported_ties
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["KEY_MEASURES", "plot_change", "plot_measures", "plot_mixing", "plot_network", "plot_networks"]

MOST_LABELS = 60
_HUB = "#1f2328"
_MEMBER = "#4a5560"
_GROUND = "#f3f1ec"
_DRAWN = ("kept", "weakened", "not_observable", "dissolved", "strengthened", "created")
_DASHES: dict[str, Any] = {"dissolved": (0, (1, 2)), "not_observable": (0, (4, 3))}
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
    low, high = _height(places)
    figure, axes = panels(len(known), across=4, size=(3.9, 3.9 * (high - low) / 2.32 + 0.3), rim=(0, 0.6))
    later = dyad_change[dyad_change["relation"].eq(relation)]
    for wave, before, ax in zip(known, ["", *known], axes, strict=False):
        since = later[later["to_wave"].eq(wave) & later["from_wave"].eq(before)]
        changed = since if len(since) else None
        plot_network(survey, wave=wave, dyad_change=changed, relation=relation, places=places, ax=ax)
    more_lines = max(ax.get_title(loc="left").count("\n") for ax in axes)
    # The layout engine does not see a second line over axes of fixed aspect.
    figure.set_size_inches(
        max(figure.get_figwidth(), 5.4), figure.get_figheight() + 0.2 * more_lines * -(-len(known) // 4)
    )
    figure.set_layout_engine("constrained", rect=(0, 0, 1, 1 - 0.2 * more_lines / figure.get_figheight()))
    figure.legend(
        handles=_legend(axes, bool(survey.hub)), loc="outside lower center", ncols=min(2 * min(len(known), 4), 5)
    )
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
        style: dict[str, Any] = {"label": kind, "zorder": 1 + layer / 10}
        if kind in _DASHES:
            lines = list(_curves(start, end, radius))
            style |= {"colors": colour, "linewidths": 0.9 * thin, "linestyles": [_DASHES[kind]]}
            ax.add_collection(LineCollection(lines, **style))
        else:
            bands = _bands(
                start,
                end,
                drawn["both"].to_numpy(bool),
                drawn["half"].to_numpy(bool),
                radius,
                thin * _WIDTH.get(kind, 0.6),
            )
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
    brief = told = count(len(edges), "tie")
    against = ""
    if compared:
        brief = ", ".join(f"{kinds.get(kind, 0):,} {words(kind)}" for kind in ("created", "strengthened", "dissolved"))
        told = f"ties {listed(f'{kinds[kind]:,} {words(kind)}' for kind in CHANGE if kinds.get(kind, 0))}"
        against = " against the wave before, in the same places"
    start, after = ("; ", ";") if compared else (", ", ",")
    answered = f"did not answer: {listed(silent)}" if silent else "everyone answered"
    return f"Wave {wave}: {brief}", (
        f"Network of wave {wave}{against}: {n_here} people{start}{told}{after} {count(n_mutual, 'pair')} naming each other;"
        f" {answered}."
    )


def _legend(panels: Iterable[Axes], has_hub: bool) -> list[Line2D]:
    """Make an entry for each kind of tie that is drawn in any panel, and for each kind of person."""
    drawn = {str(kind.get_label()) for ax in panels for kind in ax.collections if len(kind.get_paths())}
    lines = [
        Line2D([], [], color=CHANGE[kind], linewidth=3 * _WIDTH.get(kind, 0.4), linestyle=_DASHES.get(kind, "-"),
        label=words(kind)) for kind in CHANGE if kind in drawn
    ]  # fmt: skip
    lines.append(Line2D([], [], color=MUTED, linewidth=2, label="thick end names thin end; even: both name"))
    people = [("answered", "o", _MEMBER), ("did not answer", "o", PAPER), *([("hub", "s", _HUB)] if has_hub else [])]
    style = {"color": "none", "markersize": 8, "markeredgecolor": _HUB}
    return lines + [
        Line2D([], [], marker=shape, markerfacecolor=face, label=label, **style) for label, shape, face in people
    ]


KEY_MEASURES = {
    "n_responded": "People who answered",
    "n_ties": "Ties",
    "density": "Density\n(share of possible ties)",
    "mean_degree": "Ties per person",
    "reciprocity_arc": "Share of ties returned",
    "transitivity": "Share of two-step paths\nclosed by a tie",
    "ei_index": "E-I index by site\n(-1 inside, +1 across)",
    "centralization_in": "Centralisation of\nbeing named",
    "n_components": "Separate parts",
    "n_isolates": "People without a tie",
}
_RATIO = LinearSegmentedColormap.from_list("ratio", ["#76b3da", "#b9d8ea", "#f7f7f5", "#f6cfa6", "#ee9a4d"])


@styled
def plot_measures(
    network_measures: pd.DataFrame, *, measures: Mapping[str, str] = KEY_MEASURES, by: str = "site", relation: str = ""
) -> Figure:
    """Draw a few measures wave by wave: a dot a wave with its 95 % interval, and a tick for what chance would give.

    Parameters
    ----------
    network_measures
        Run table.
    measures
        Measure and the words over its panel, in order; those that the table lacks are left out.
    by
        Attribute of measures that need one.
    relation
        Survey question; empty: the first.

    Returns
    -------
    Figure
        A panel a measure, each on its own scale. Undefined values are said in words, not drawn.
    """
    asked, lead = of_relation(network_measures, relation)
    asked = asked[asked["measure"].isin(list(measures)) & (asked["by"].isna() | asked["by"].isin(["", by]))]
    own = {measure: asked[asked["measure"].eq(measure)] for measure in measures if measure in set(asked["measure"])}
    if not own:
        return nothing("No network measures are known.")
    waves = ordered(asked["wave"])
    figure, axes = panels(len(own), across=5, size=(2.0, 1.95), rim=(0.2, 0.4))
    for (measure, values), ax in zip(own.items(), axes, strict=True):
        _draw_measure(ax, values.set_index("wave").reindex(waves), measures[measure])
    if asked["expected"].notna().any():
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    told = [
        f"{' '.join(measures[measure].split())}: "
        + ", ".join(f"{_short(row.value)} in {row.wave}" for row in values.astype({"value": float}).itertuples())
        for measure, values in own.items()
    ]
    since = f", wave {waves[0]} to {waves[-1]}" if len(waves) > 1 else ""
    title = f"{lead}The network in {count(len(own), 'number')}{since}"
    return finish(figure, title=title, alt=f"{lead}Key measures by wave with 95 % intervals. {'. '.join(told)}.")


def _draw_measure(ax: Axes, values: pd.DataFrame, name: str) -> None:
    x = np.arange(len(values))
    shown = values[["value", "low", "high", "expected"]].to_numpy(float)
    value, low, high, expected = shown.T
    ax.plot(x, value, color=RULE, linewidth=1.2, zorder=1)
    ax.vlines(x, low, high, color=CHANGE["created"], linewidth=2)
    ax.scatter(x, value, s=26, color=CHANGE["created"], zorder=3, label="value with its 95 % interval")
    style = {"marker": "_", "s": 150, "linewidths": 1.6, "color": CHANGE["weakened"], "zorder": 2}
    ax.scatter(x, expected, label="expected by chance", **style)
    for place, number in zip(x, value, strict=True):
        away = np.isnan(number)
        note(
            ax, _short(number), (place, 0.5 if away else number), (6, 0), va="center", fontsize=7.5,
            xycoords=TOP if away else "data", color=MUTED if away else INK,
        )  # fmt: skip
    least, most = (np.nanmin(shown), np.nanmax(shown)) if np.isfinite(shown).any() else (0.0, 1.0)
    is_count = bool(values["measure"].dropna().str.startswith("n_").any())
    room = max((most - least) * 0.15, 0.5 if is_count else (0.1 - (most - least)) / 2)
    bottom = max(least - room, -0.05 * room) if is_count else least - room
    ax.set(xlim=(-0.4, len(x) - 0.3), ylim=(bottom, most + room))
    ax.set_xticks(x, [str(wave) for wave in values.index])
    ax.set_title(name, fontsize=8.5, fontweight="normal", color=INK)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=is_count))
    open_side(ax, grid="y", ticks="both")


def _short(value: float) -> str:
    """Write counts whole and other numbers with two decimals."""
    if np.isnan(value):
        return "undefined"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.2f}"


@styled
def plot_mixing(mixing: pd.DataFrame, *, by: str = "site", relation: str = "") -> Figure:
    """Draw who names whom between groups, wave by wave, against what would be expected if ties ignored groups.

    Parameters
    ----------
    mixing
        Run table.
    by
        Attribute that makes the groups.
    relation
        Survey question; empty: the first.

    Returns
    -------
    Figure
        A panel a wave. Colour: observed over expected, orange more, blue fewer, on one scale. Number: share of the
        possible ties that exist (above), ties and, in brackets, ties expected (below). Blank: nobody could have
        reported one.
    """
    asked, lead = of_relation(mixing[mixing["by"].eq(by)], relation)
    group = words(by)
    if asked.empty:
        return nothing(f"No ties between groups by {group} are known.")
    waves = ordered(asked["wave"])
    groups = sorted(set(asked["source_group"]) | set(asked["target_group"]))
    side = max(2.6, 0.62 * len(groups) + 0.6)
    across = max(1, min(len(waves), int(14 // side)))
    figure, axes = panels(len(waves), across=across, size=(side, side), rim=(1.0, 0.7), sharey=True)
    for place, (wave, ax) in enumerate(zip(waves, axes, strict=True)):
        mesh = _draw_mixing(ax, asked[asked["wave"].eq(wave)], groups)
        ax.set(title=f"Wave {wave}", xlabel="is named", ylabel="names" if place % across == 0 else "")
    bar = figure.colorbar(mesh, ax=axes, shrink=0.7, aspect=24, ticks=np.log2([0.25, 0.5, 1, 2, 4]))
    bar.ax.set_yticklabels(["¼", "½", "as expected", "2 ×", "4 ×"])
    bar.outline.set_visible(False)
    inside = asked.assign(inside=asked["source_group"].eq(asked["target_group"]))
    sums = inside.groupby(["wave", "inside"])[["n_ties", "n_dyads"]].sum()
    share = (sums["n_ties"] / sums["n_dyads"]).astype(float).unstack().reindex(index=waves, columns=[True, False])
    told = "; ".join(
        f"in wave {wave} {own:.0%} inside and {other:.0%} between" for wave, own, other in share.itertuples()
    )
    own, other = share.iloc[-1]
    return finish(
        figure,
        title=f"{lead}Wave {waves[-1]}: {own:.0%} of possible ties inside a {group}, {other:.0%} between",
        alt=f"{lead}Heat map of ties from {group} to {group} against expectation. Possible ties that exist: {told}.",
    )


def _draw_mixing(ax: Axes, wave: pd.DataFrame, groups: list[str]) -> QuadMesh:
    grid = wave.set_index(["source_group", "target_group"])
    cells = pd.MultiIndex.from_product([groups, groups])
    ratio = (grid["n_ties"].astype(float) / grid["expected"].astype(float)).reindex(cells).clip(0.25, 4.0)
    colour = np.ma.masked_invalid(np.log2(ratio.to_numpy(float))).reshape(len(groups), len(groups))
    mesh = ax.pcolormesh(colour, cmap=_RATIO, norm=TwoSlopeNorm(0, -2, 2), edgecolors=PAPER, linewidth=1.5)
    for _, row in wave[wave["n_dyads"].gt(0)].iterrows() if len(groups) <= 10 else ():
        x, y = groups.index(row["target_group"]) + 0.5, groups.index(row["source_group"]) + 0.5
        ax.text(x, y - 0.02, f"{row['density']:.0%}", ha="center", va="bottom", fontsize=8, color=INK)
        ax.text(x, y + 0.08, f"{row['n_ties']} ({row['expected']:.1f})", ha="center", va="top", fontsize=6.5, color=INK)
    ticks, turn = np.arange(len(groups)) + 0.5, len(groups) > 4
    ax.set(aspect="equal", ylim=(len(groups), 0))
    ax.set_xticks(ticks, [wrap(g, 12) for g in groups], rotation=45 if turn else 0, ha="right" if turn else "center")
    ax.set_yticks(ticks, [wrap(g, 14) for g in groups])
    bare(ax)
    return mesh


@styled
def plot_change(change: pd.DataFrame, *, by: Literal["site", "role"] = "site", relation: str = "") -> Figure:
    """Draw what became of ties between waves: how many were gained, stayed and were lost, and what could not be seen.

    Parameters
    ----------
    change
        Run table.
    by
        ``site``: within and across sites, interval by interval. ``role``: by role pair, all intervals together.
    relation
        Survey question; empty: the first.

    Returns
    -------
    Figure
        Left, a bar a row: ties gone to the left of zero, ties of the later wave to its right. Right, hatched: the share
        of all ordered pairs that could not be observed in both waves, and their number.
    """
    asked, lead = of_relation(change, relation)
    counts = _counted(asked, by)
    if counts.empty:
        return nothing("No change is known: it takes two waves.")
    figure = new_figure(8.6, 0.34 * len(counts) + 1.7)
    bars, unseen = figure.subplots(1, 2, width_ratios=[5, 1], sharey=True)
    y = -(np.arange(len(counts)) + (0.6 if by == "site" else 0.0) * pd.factorize(counts.index.get_level_values(0))[0])
    stack(bars, y, counts[["kept", "weakened", "strengthened", "created"]], CHANGE, numbers=counts)
    stack(bars, y, -counts[["dissolved"]], CHANGE, numbers=counts)
    bars.axvline(0, color=INK, linewidth=0.8)
    bars.set_yticks(y, ["   ".join(filter(None, (scope_words(scope), step))) for scope, step in counts.index])
    bars.set_xlabel("ties gone  |  ties in the later wave")
    bars.xaxis.set_major_formatter(lambda x, _: f"{abs(x):,.0f}")
    open_side(bars)
    bars.margins(x=0.04)
    share = counts["not_observable"] / counts.sum(axis=1)
    unseen.barh(y, share, height=0.66, facecolor=PAPER, edgecolor=MUTED, hatch="////", linewidth=0.6)
    unseen.set(xlim=(0, 1), xlabel="pairs not observable")
    unseen.set_xticks([0, 1], ["0 %", "100 %"])
    for place, part, number in zip(y, share, counts["not_observable"], strict=True):
        unseen.text(part + 0.05, place, f"{number:,.0f}", va="center", fontsize=7.5, color=MUTED)
    unseen.tick_params(axis="y", length=0)
    figure.legend(*bars.get_legend_handles_labels(), loc="outside lower center", ncols=6)
    total = counts.groupby(level=0, sort=False).sum()
    gained = total[["created", "strengthened"]].sum(axis=1).nlargest(2).index if by == "role" else total.index
    brief = [
        f"{row['created']:.0f} new and {row['strengthened']:.0f} stronger {scope_words(scope)}"
        for scope, row in total.loc[gained].iterrows()
    ]
    told = [
        f"{scope_words(scope)}: {listed(f'{row[kind]:.0f} {words(kind)}' for kind in CHANGE if kind != 'absent')}"
        for scope, row in total.iterrows()
    ]
    alt = f"{lead}Bars of what became of ties, all intervals together. {'. '.join(told)}."
    return finish(figure, title=f"{lead}Ties gained: {'; '.join(brief)}", alt=alt)


def _counted(change: pd.DataFrame, by: str) -> pd.DataFrame:
    """Count ordered pairs by kind, a row a scope and interval; rows where no tie was or could have been are left out."""
    sites = change["scope"].isin(["within", "across"])
    if change.empty:
        return pd.DataFrame()
    rows = change[(sites if by == "site" else ~sites & change["scope"].ne("all")) & change["kind"].isin(list(CHANGE))]
    step = rows["from_wave"].astype(str) + " to " + rows["to_wave"].astype(str) if by == "site" else ""
    counts = rows.assign(step=step).pivot_table(index=["scope", "step"], columns="kind", values="n", aggfunc="sum")
    scopes = ordered(rows["scope"], ("within", "across")) if by == "site" else sorted(rows["scope"].unique())
    counts = counts.reindex(index=scopes, level="scope").reindex(columns=list(CHANGE)).fillna(0).astype(float)
    return counts[counts.drop(columns="absent").sum(axis=1).gt(0)]
