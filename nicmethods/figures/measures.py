"""The survey in numbers: the few measures that matter, who names whom by group, and what became of ties."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, TwoSlopeNorm
from matplotlib.ticker import MaxNLocator

from nicmethods.figures.style import (
    CHANGE,
    INK,
    MUTED,
    PAPER,
    RULE,
    bare,
    count,
    finish,
    ink_on,
    listed,
    new_figure,
    nothing,
    of_relation,
    ordered,
    panels,
    scope_words,
    styled,
    words,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure

__all__ = ["KEY_MEASURES", "plot_change", "plot_measures", "plot_mixing"]

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
_ALIVE = ("created", "strengthened", "kept", "weakened")


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
    found = [measure for measure in measures if measure in set(asked["measure"])]
    if not found:
        return nothing("No network measures are known.")
    waves = ordered(asked["wave"])
    figure, axes = panels(len(found), across=5, size=(2.0, 1.95), rim=(0.2, 0.4))
    for measure, ax in zip(found, axes, strict=True):
        _draw_measure(ax, asked[asked["measure"].eq(measure)].set_index("wave").reindex(waves), measures[measure])
    if asked["expected"].notna().any():
        figure.legend(*_unique(axes), loc="outside lower center", ncols=2)
    told = [_course(asked[asked["measure"].eq(measure)], measures[measure]) for measure in found]
    title = f"{lead}The network in {count(len(found), 'number')}" + (
        f", wave {waves[0]} to {waves[-1]}" if len(waves) > 1 else ""
    )
    return finish(figure, title=title, alt=f"{lead}Key measures by wave with 95 % intervals. {' '.join(told)}")


def _unique(axes: Iterable[Axes]) -> tuple[list[Artist], list[str]]:
    """Gather legend entries over panels, each label once."""
    entries = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    return list(entries.values()), list(entries)


def _draw_measure(ax: Axes, values: pd.DataFrame, name: str) -> None:
    x = np.arange(len(values))
    value = values["value"].to_numpy(float)
    ax.plot(x, value, color=RULE, linewidth=1.2, zorder=1)
    ax.vlines(x, values["low"].to_numpy(float), values["high"].to_numpy(float), color=CHANGE["created"], linewidth=2)
    ax.scatter(x, value, s=26, color=CHANGE["created"], zorder=3, label="value with its 95 % interval")
    expected = values["expected"].to_numpy(float)
    ax.scatter(
        x, expected, marker="_", s=150, linewidths=1.6, color=CHANGE["weakened"], zorder=2, label="expected by chance"
    )
    for place, number in zip(x, value, strict=True):
        told = "undefined" if np.isnan(number) else _short(number)
        spot = (place, 0.5) if np.isnan(number) else (place, number)
        ax.annotate(
            told, spot, xycoords=("data", "axes fraction") if np.isnan(number) else "data", xytext=(6, 0),
            textcoords="offset points", va="center", fontsize=7.5, color=MUTED if np.isnan(number) else INK,
        )  # fmt: skip
    shown = values[["value", "low", "high", "expected"]].to_numpy(float)
    least, most = (np.nanmin(shown), np.nanmax(shown)) if np.isfinite(shown).any() else (0.0, 1.0)
    is_count = bool(values["measure"].dropna().str.startswith("n_").any())
    room = max((most - least) * 0.15, 0.5 if is_count else (0.1 - (most - least)) / 2)
    bottom = max(least - room, -0.05 * room) if is_count else least - room
    ax.set(xlim=(-0.4, len(x) - 0.3), ylim=(bottom, most + room), xticks=x)
    ax.set_xticklabels([str(wave) for wave in values.index])
    ax.set_title(name, fontsize=8.5, fontweight="normal", color=INK)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=is_count))
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)
    ax.tick_params(length=0)


def _short(value: float) -> str:
    """Write counts whole and other numbers with two decimals."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.2f}"


def _course(values: pd.DataFrame, name: str) -> str:
    steps = [
        f"{'undefined' if np.isnan(value) else _short(value)} in {wave}"
        for wave, value in zip(values["wave"], values["value"].astype(float), strict=True)
    ]
    return f"{' '.join(name.split())}: {', '.join(steps)}."


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
    if asked.empty:
        return nothing(f"No ties between groups by {words(by)} are known.")
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
    return finish(figure, title=lead + _mixing_title(asked, waves[-1], by), alt=lead + _mixing_alt(asked, waves, by))


def _draw_mixing(ax: Axes, wave: pd.DataFrame, groups: list[str]) -> QuadMesh:
    grid = wave.set_index(["source_group", "target_group"])
    cells = pd.MultiIndex.from_product([groups, groups])
    ratio = (grid["n_ties"].astype(float) / grid["expected"].astype(float)).reindex(cells).clip(0.25, 4.0)
    colour = np.ma.masked_invalid(np.log2(ratio.to_numpy(float))).reshape(len(groups), len(groups))
    mesh = ax.pcolormesh(colour, cmap=_RATIO, norm=TwoSlopeNorm(0, -2, 2), edgecolors=PAPER, linewidth=1.5)
    many = len(groups) > 10
    for _, row in wave[wave["n_dyads"].gt(0)].iterrows() if not many else ():
        x, y = groups.index(row["target_group"]) + 0.5, groups.index(row["source_group"]) + 0.5
        ax.text(x, y - 0.02, f"{row['density']:.0%}", ha="center", va="bottom", fontsize=8, color=INK)
        ax.text(x, y + 0.08, f"{row['n_ties']} ({row['expected']:.1f})", ha="center", va="top", fontsize=6.5, color=INK)
    ticks = np.arange(len(groups)) + 0.5
    ax.set(xticks=ticks, yticks=ticks, aspect="equal", ylim=(len(groups), 0))
    ax.set_xticklabels(
        [wrap(g, 12) for g in groups],
        rotation=45 if len(groups) > 4 else 0,
        ha="right" if len(groups) > 4 else "center",
    )
    ax.set_yticklabels([wrap(g, 14) for g in groups])
    bare(ax)
    return mesh


def _inside(asked: pd.DataFrame, wave: str) -> tuple[float, float]:
    """Share of possible ties that exist inside groups, and between them."""
    now = asked[asked["wave"].eq(wave)]
    sums = now.groupby(now["source_group"].eq(now["target_group"]))[["n_ties", "n_dyads"]].sum()
    share = (sums["n_ties"] / sums["n_dyads"]).reindex([True, False]).astype(float)
    return float(share[True]), float(share[False])


def _mixing_title(asked: pd.DataFrame, wave: str, by: str) -> str:
    inside, between = _inside(asked, wave)
    return f"Wave {wave}: {inside:.0%} of possible ties inside a {words(by)}, {between:.0%} between"


def _mixing_alt(asked: pd.DataFrame, waves: list[str], by: str) -> str:
    shares = [(wave, *_inside(asked, wave)) for wave in waves]
    told = [f"in wave {wave} {inside:.0%} inside and {between:.0%} between" for wave, inside, between in shares]
    group = words(by)
    return f"Heat map of ties from {group} to {group} against expectation. Possible ties that exist: {'; '.join(told)}."


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
    y = _rows_apart(counts.index.get_level_values(0)) if by == "site" else -np.arange(len(counts), dtype=float)
    _draw_change(bars, counts, y)
    share = counts["not_observable"] / counts.sum(axis=1)
    unseen.barh(y, share, height=0.66, facecolor=PAPER, edgecolor=MUTED, hatch="////", linewidth=0.6)
    unseen.set(xlim=(0, 1), xticks=[0, 1], xlabel="pairs not observable")
    unseen.set_xticklabels(["0 %", "100 %"])
    for place, part, number in zip(y, share, counts["not_observable"], strict=True):
        unseen.text(part + 0.05, place, f"{number:,.0f}", va="center", fontsize=7.5, color=MUTED)
    unseen.tick_params(axis="y", length=0)
    figure.legend(*bars.get_legend_handles_labels(), loc="outside lower center", ncols=6)
    total = counts.groupby(level=0, sort=False).sum()
    gained = total[["created", "strengthened"]].sum(axis=1).nlargest(2).index if by == "role" else total.index
    told = [
        f"{row['created']:.0f} new and {row['strengthened']:.0f} stronger {scope_words(scope)}"
        for scope, row in total.loc[gained].iterrows()
    ]
    return finish(figure, title=f"{lead}Ties gained: {'; '.join(told)}", alt=lead + _change_alt(total))


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


def _rows_apart(scope: pd.Index) -> np.ndarray:
    """Place rows from top to bottom with a gap where the scope changes."""
    gaps = np.cumsum(np.r_[0, (scope[1:] != scope[:-1]) * 0.6])
    return np.asarray(-(np.arange(len(scope)) + gaps))


def _draw_change(ax: Axes, counts: pd.DataFrame, y: np.ndarray) -> None:
    left = np.zeros(len(counts))
    for kind in ("kept", "weakened", "strengthened", "created"):
        _segment(ax, y, counts[kind].to_numpy(), left, kind)
        left = left + counts[kind].to_numpy()
    _segment(ax, y, -counts["dissolved"].to_numpy(), np.zeros(len(counts)), "dissolved")
    ax.axvline(0, color=INK, linewidth=0.8)
    ax.set_yticks(y, ["   ".join(filter(None, (scope_words(scope), step))) for scope, step in counts.index])
    ax.set_xlabel("ties gone  |  ties in the later wave")
    ax.xaxis.set_major_formatter(lambda x, _: f"{abs(x):,.0f}")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.margins(x=0.04)


def _segment(ax: Axes, y: np.ndarray, width: np.ndarray, left: np.ndarray, kind: str) -> None:
    colour = CHANGE[kind]
    bars = ax.barh(y, width, left=left, height=0.66, color=colour, edgecolor=PAPER, linewidth=0.8, label=words(kind))
    enough = np.abs(width) >= 0.035 * max(np.abs(width).max(), (np.abs(left) + np.abs(width)).max(), 1)
    labels = [f"{abs(number):.0f}" if fits and number else "" for number, fits in zip(width, enough, strict=True)]
    ax.bar_label(bars, labels, label_type="center", fontsize=7.5, color=ink_on(colour))


def _change_alt(total: pd.DataFrame) -> str:
    told = [
        f"{scope_words(scope)}: {listed(f'{row[kind]:.0f} {words(kind)}' for kind in CHANGE if kind != 'absent')}"
        for scope, row in total.iterrows()
    ]
    return f"Bars of what became of ties, all intervals together. {'. '.join(told)}."
