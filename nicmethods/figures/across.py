"""Cases side by side: values with their intervals, verdicts in a grid, ratings over the years, network health, ties and help between levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from nicmethods.across.gather import LEVELS
from nicmethods.figures.style import (
    CHANGE,
    INK,
    MUTED,
    PAPER,
    axes_or_new,
    bare,
    count,
    finish,
    ink_on,
    listed,
    new_figure,
    nothing,
    ordered,
    ring,
    say,
    styled,
    verdict_keys,
    verdict_tile,
    words,
    wrap,
)
from nicmethods.tables import RUN_TABLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

__all__ = [
    "CASE_KEYS",
    "MOST_NAMED",
    "closed_up",
    "name_rows",
    "plot_case_measures",
    "plot_cases",
    "plot_health",
    "plot_levels",
    "plot_pooled_coincidence",
    "plot_trajectories",
    "plot_verdict_grid",
    "rows_tall",
]

MOST_NAMED = 60
"""Cases that a figure names; of more it shows how they lie, and the table says which is which."""

CASE_KEYS = [
    Line2D([], [], color=CHANGE["created"], marker="o", linestyle="", markersize=5.5, label="value"),
    Line2D([], [], color=CHANGE["created"], linewidth=2, label="95 % interval"),
    Line2D([], [], color=CHANGE["weakened"], marker="|", linestyle="", markersize=10, markeredgewidth=1.6, label="expected by chance"),
]  # fmt: skip


def rows_tall(n: int, each: float) -> float:
    """Height in inches of n rows, a case each; beyond :data:`MOST_NAMED` they share what twenty take."""
    return each * (n if n <= MOST_NAMED else 20)


def closed_up(ax: Axes) -> None:
    """Leave no gaps between cells that are thinner than what can be drawn."""
    for cell in ax.patches:
        if isinstance(cell, Rectangle):
            cell.set(y=round(cell.get_y() + cell.get_height() / 2) - 0.5, height=1.0, antialiased=False)


def name_rows(ax: Axes, places: NDArray[np.float64], cases: list[str]) -> None:
    """Write the cases beside their rows, or, where they are too many, how many there are."""
    if len(cases) <= MOST_NAMED:
        ax.set_yticks(places, cases)
    else:
        ax.set_yticks([])
        ax.set_ylabel(f"{len(cases):,} cases")


@styled
def plot_cases(values: pd.DataFrame, *, name: str, ranked: bool = True, ax: Axes | None = None) -> Axes:
    """Draw one value of every case with its interval, the largest on top; a case without it stays in, and says so.

    Parameters
    ----------
    values
        One row a case: ``case``, ``value``, ``low``, ``high``; optionally ``expected`` (by chance) and ``n``.
    name
        What the value is, with its unit, for the axis.
    ranked
        Whether to sort by value instead of keeping the order of the table.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A dot a case with its 95 % interval; a tick for what chance would give in a network of that size.
    """
    ax = axes_or_new(ax, 6.4, rows_tall(max(len(values), 2), 0.32) + 1.4)
    if values.empty:
        return say(ax, "No case has results.")
    rows = values.sort_values("value", ascending=False, na_position="last", kind="stable") if ranked else values
    _draw_cases(ax, rows)
    name_rows(ax, -np.arange(len(rows), dtype=float), [str(case) for case in rows["case"]])
    ax.set_xlabel(name)
    known = rows.dropna(subset="value")
    title = (
        f"{name}: no case has it"
        if known.empty
        else f"{name}: {known['value'].min():.2f} to {known['value'].max():.2f}"
    )
    return finish(ax, title=title, alt=f"{name} by case, with 95 % intervals: {_all_said(rows)}.")


def _said(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return "no value"
    return f"{row['value']:.2f}" + ("" if pd.isna(row["low"]) else f" [{row['low']:.2f}, {row['high']:.2f}]")


def _draw_cases(ax: Axes, rows: pd.DataFrame) -> None:
    rows = rows if len(rows) <= MOST_NAMED else rows.sort_values("value", ascending=False)
    y = -np.arange(len(rows), dtype=float)
    ax.hlines(
        y,
        rows["low"].astype(float),
        rows["high"].astype(float),
        color=CHANGE["created"],
        linewidth=2 if len(rows) <= MOST_NAMED else 0.4,
    )
    if "expected" in rows:
        ax.scatter(
            rows["expected"].astype(float),
            y,
            marker="|",
            s=110,
            linewidths=1.6,
            color=CHANGE["weakened"],
        )
    size = 32 if len(rows) <= MOST_NAMED else 6
    ax.scatter(rows["value"].astype(float), y, s=size, color=CHANGE["created"], zorder=3, label="value")
    for level, value in zip(y, rows["value"].astype(float), strict=True):
        if np.isnan(value) and len(rows) <= MOST_NAMED:
            ax.text(0.02, level, "no value", transform=ax.get_yaxis_transform(), va="center", fontsize=7.5, color=MUTED)
    ax.set_ylim(-len(rows) + 0.4, 0.6)
    ax.grid(axis="x")
    ax.margins(x=0.08)
    ax.spines["left"].set_visible(False)
    ax.tick_params(length=0)


@styled
def plot_case_measures(comparison: pd.DataFrame) -> Figure:
    """Draw all that is compared: a row a case, a panel a measure.

    Parameters
    ----------
    comparison
        Run table.

    Returns
    -------
    Figure
        Cases in the table's order in every panel. Shares all run from 0 to 1, the E-I index from -1 to 1, other values from
        0. Dot: value with its 95 % interval, where there is one. Amber tick: what chance gives in a network of that size and
        density, where chance gives anything: how far a case lies from its own tick is what compares. Beyond :data:`MOST_NAMED` cases
        each panel is in the order of its values, and no case is named.
    """
    if comparison["value"].isna().all():
        return nothing("No case has anything to compare.")
    measures, cases = ordered(comparison["measure"]), ordered(comparison["case"])
    across = min(len(measures), 4)
    down = -(-len(measures) // across)
    figure = new_figure(11, (rows_tall(len(cases), 0.26) + 1.15) * down + 0.7)
    panels = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
    for measure, ax in zip(measures, panels, strict=False):
        own = comparison[comparison["measure"].eq(measure)]
        _draw_cases(ax, own.set_index("case").reindex(cases))
        ax.set_title(wrap(own["what"].iloc[0], 38), fontsize=8, fontweight="normal")
        ax.set_xlim(*_scale(measure, own))
    name_rows(panels[0], -np.arange(len(cases), dtype=float), cases)
    for ax in panels[len(measures) :]:
        ax.remove()
    figure.legend(handles=CASE_KEYS, loc="outside lower center", ncols=3)
    told = [f"{words(m)}: {_all_said(comparison[comparison['measure'].eq(m)])}" for m in measures]
    title = f"{count(len(cases), 'case')} on {count(len(measures), 'measure')}, networks in their last wave"
    return finish(figure, title=title, alt=f"Values by case, with 95 % intervals. {'. '.join(told)}.")


def _all_said(own: pd.DataFrame) -> str:
    known = own["value"].dropna().astype(float)
    if len(own) > MOST_NAMED:
        spread = "" if known.empty else f", from {known.min():.2f} to {known.max():.2f}, median {known.median():.2f}"
        return f"{len(known)} of {len(own)} cases have it{spread}"
    return "; ".join(f"{row['case']} {_said(row)}" for _, row in own.iterrows())


def _scale(measure: str, own: pd.DataFrame) -> tuple[float, float]:
    """Ends of the axis, with room for dots at the very end."""
    if measure == "ei_index":
        return -1.06, 1.06
    most = float(np.nanmax([0.0, *own[["value", "high", "expected"]].to_numpy(float).ravel()]))
    most = 1.0 if "share" in own["what"].iloc[0] or not most else most
    return -0.04 * most, 1.06 * most


@styled
def plot_verdict_grid(propositions: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the proposed verdicts of every case on every proposition.

    Parameters
    ----------
    propositions
        Run tables of several cases, one below the other, with a column ``case`` in front. A pair of case and
        proposition without a row is left blank: it was not evaluated.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A row a case, a column a proposition, below it how many cases agree. Ringed: the researchers judged otherwise.
    """
    cases, claims = ordered(propositions["case"]), ordered(propositions["proposition"])
    ax = axes_or_new(ax, 1.15 * max(len(claims), 3) + 1.8, rows_tall(len(cases), 0.36) + 2.2)
    if propositions.empty:
        return say(ax, "No case has propositions evaluated.")
    _draw_verdicts(ax, propositions, cases, claims)
    verdicts = propositions["proposed_verdict"]
    ax.figure.legend(handles=verdict_keys(verdicts), loc="outside lower center", ncols=4)
    told = [
        f"{words(claim)}: {listed(f'{words(v)} {k}' for v, k in own.value_counts().items())}"
        for claim, own in propositions.groupby("proposition", sort=False)["proposed_verdict"]
    ]
    title = (
        f"{count(len(cases), 'case')}, {count(len(claims), 'proposition')}:"
        f" {verdicts.eq('agreement').sum()} of {len(verdicts)} verdicts agree"
    )
    return finish(ax, title=title, alt=f"Grid of proposed verdicts. {'; '.join(told)}.")


def _draw_verdicts(ax: Axes, propositions: pd.DataFrame, cases: list[str], claims: list[str]) -> None:
    across, down = ({name: place for place, name in enumerate(names)} for names in (claims, cases))
    for row in propositions.to_dict("records"):
        x, y, verdict = across[row["proposition"]], down[row["case"]], str(row["proposed_verdict"])
        verdict_tile(ax, x, y, verdict)
        if pd.notna(row["researcher_verdict"]) and row["researcher_verdict"] != verdict:
            ring(ax, x, y, INK, "judged otherwise")
    if len(cases) > MOST_NAMED:
        closed_up(ax)
        for mark in list(ax.texts):
            mark.remove()
    agree = propositions["proposed_verdict"].eq("agreement").groupby(propositions["proposition"]).agg(["sum", "size"])
    for x, claim in enumerate(claims):
        told = f"{agree['sum'][claim]} of {agree['size'][claim]}\nagree"
        ax.text(x, -0.02, told, transform=ax.get_xaxis_transform(), ha="center", va="top", fontsize=8, color=MUTED)
    ax.set(xlim=(-0.5, len(claims) - 0.5), ylim=(len(cases) - 0.5, -0.5))
    ax.set_xticks(np.arange(len(claims)), [wrap(words(claim), 14) for claim in claims])
    name_rows(ax, np.arange(len(cases), dtype=float), cases)
    ax.xaxis.tick_top()
    bare(ax)


@styled
def plot_pooled_coincidence(pooled_coincidence: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw, claim by claim, how much likelier a changed tie is where the talk shows what is claimed, over all cases and without each.

    Parameters
    ----------
    pooled_coincidence
        Run table.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        Filled: odds ratio over all cases with its 95 % interval, on a scale on which doubling is one step everywhere; hollow: without the case
        named. The line at 1 says that both fall together as often as not.
    """
    rows = pooled_coincidence[pooled_coincidence["k"].gt(0)].reset_index(drop=True)
    shown = rows[rows["odds_ratio"].notna()].reset_index(drop=True)
    ax = axes_or_new(ax, 7.8, 0.28 * max(len(shown), 3) + 1.4)
    if shown.empty:
        return say(ax, "In no case could help and a changed tie both have been seen often enough for odds.")
    y = np.arange(len(shown)) + 0.5 * pd.factorize(shown["proposition"])[0]
    whole = shown["left_out"].isna().to_numpy()
    values = shown[["odds_ratio", "low", "high"]].to_numpy(float)
    ax.axvline(1, color=MUTED, linewidth=0.9)
    for part, width, face in ((whole, 2.2, CHANGE["created"]), (~whole, 1.0, "white")):
        ax.hlines(y[part], values[part, 1], values[part, 2], color=CHANGE["created"], linewidth=width)
        ax.scatter(values[part, 0], y[part], s=34, facecolor=face, edgecolor=CHANGE["created"], zorder=3)
    names = [
        wrap(words(row["proposition"]), 30) if pd.isna(row["left_out"]) else f"without {row['left_out']}"
        for row in shown.to_dict("records")
    ]
    ax.set_yticks(y, names)
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set(ylim=(y.max() + 0.6, -0.6), xlabel="odds of a changed tie with the talk, as times those without")
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    told = [_pooled_said(row) for row in shown.to_dict("records")]
    hangs = shown[~whole & (shown["low"] <= 1)].merge(
        shown[whole & (shown["low"] > 1)], on="proposition", suffixes=("", "_all")
    )
    n = len(set(hangs["proposition"]))
    hang = f"{count(n, 'finding')} over all cases {'hangs' if n == 1 else 'hang'} on one case: {listed(hangs['left_out'].unique())}"
    title = hang if n else "No finding over all cases hangs on one of them"
    return finish(ax, title=title, alt=f"Odds ratios over all cases and without each. {'; '.join(told)}.")


def _pooled_said(row: dict[Any, Any]) -> str:
    which = "all cases" if pd.isna(row["left_out"]) else f"without {row['left_out']}"
    return f"{words(row['proposition'])}, {which}: {row['odds_ratio']:.1f} ({row['low']:.1f} to {row['high']:.1f}), {row['n_both']} of {count(row['n_rows'], 'occasion')} with both"


_NAMES = RUN_TABLES["trajectories"]["trajectory"].among
_DEVELOPED = dict(zip(LEVELS, ("#f5e3c8", "#dfe5e6", "#b4cbd6", "#6f9fb8", "#2f6f93"), strict=True))
_EARLIER = Line2D([], [], color=MUTED, markerfacecolor=PAPER, marker="o", linestyle="", label="earlier wave")
_DENSE = LinearSegmentedColormap.from_list("dense", [PAPER, "#cfe0ea", "#6fa8c9"])


@styled
def plot_trajectories(trajectories: pd.DataFrame, *, domain: str = "overall", ax: Axes | None = None) -> Axes:
    """Draw how far each network was judged to be developed, year by year, and what its path is called.

    Parameters
    ----------
    trajectories
        Run table.
    domain
        Domain whose ratings are drawn.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A row a network, grouped by trajectory, a column a year that any was rated in; blank: not rated in that year.
    """
    own = trajectories[trajectories["domain"].eq(domain)]
    order = own["trajectory"].map(list(_NAMES).index)
    own = own.loc[order.sort_values(kind="stable").index]
    rated = [
        (row, int(pair[:4]), pair[5:]) for row, levels in enumerate(own["levels"]) for pair in str(levels).split(";")
    ]
    years = sorted({year for _, year, _ in rated})
    ax = axes_or_new(ax, 1.0 * max(len(years), 3) + 3.6, rows_tall(max(len(own), 2), 0.3) + 1.3)
    if own.empty:
        return say(ax, f"No network is rated: {words(domain)}.")
    for row, year, level in rated:
        x, colour = years.index(year), _DEVELOPED[level]
        ax.add_patch(Rectangle((x - 0.47, row - 0.43), 0.94, 0.86, facecolor=colour, linewidth=0))
        if len(own) <= MOST_NAMED:
            ax.text(x, row, level, ha="center", va="center", fontsize=7.5, color=ink_on(colour))
    counts = own["trajectory"].value_counts(sort=False)
    ends = zip(counts.index, counts.cumsum() - counts / 2 - 0.5, strict=True)
    each = [(float(row), name) for row, name in enumerate(own["trajectory"])]
    for place, name in each if len(own) <= MOST_NAMED else [(float(row), name) for name, row in ends]:
        ax.text(len(years) - 0.35, place, name, va="center", fontsize=8.5, color=INK)
    ax.set(xlim=(-0.5, len(years) + 1.2), ylim=(len(own) - 0.4, -0.6))
    ax.set_xticks(range(len(years)), [str(year) for year in years])
    name_rows(ax, np.arange(len(own), dtype=float), own["case"].tolist())
    if len(own) > MOST_NAMED:
        closed_up(ax)
    ax.xaxis.tick_top()
    bare(ax)
    told = listed(f"{n} {str(name).lower()}" for name, n in counts.items())
    paths = [f"{row['case']}: {row['levels'].replace(';', ', ')} ({row['trajectory']})" for _, row in own.iterrows()]
    alt = "; ".join(paths) if len(own) <= MOST_NAMED else told
    return finish(ax, title=f"{count(len(own), 'network')}, {words(domain)}: {told}", alt=f"Ratings by year. {alt}.")


@styled
def plot_health(health: pd.DataFrame) -> Figure:
    """Draw what the data say on each domain of network health, case by case.

    Parameters
    ----------
    health
        Run table. Codes by cycle and phase, and contexts, are left to the table.

    Returns
    -------
    Figure
        A panel a measure, a row a case, the same order everywhere; shares all run from 0 to 1. Filled: the last wave, or
        all waves and activities; hollow: earlier waves. Line: 95 % interval. Amber tick: expected by chance. On the right
        of a domain's first panel stands how people rated it, where they did. Beyond sixty cases each panel is in the order of
        its values, and no case is named.
    """
    drawn = health[~health["measure"].isin(["coded", "context"])]
    measures, cases = ordered(drawn["measure"]), ordered(drawn["case"])
    if drawn["value"].isna().all():
        return nothing("No case has results that speak to network health.")
    across = 3
    down = -(-len(measures) // across)
    figure = new_figure(11, (rows_tall(len(cases), 0.26) + 1.25) * down + 0.7)
    panels = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
    domains: set[str] = set()
    for measure, ax in zip(measures, panels, strict=False):
        own = drawn[drawn["measure"].eq(measure)]
        domain = str(own["domain"].iloc[0])
        _draw_measure(ax, own, cases, rated=domain not in domains)
        domains.add(domain)
        ax.set_title(f"{words(domain).capitalize()}\n{wrap(own['what'].iloc[0], 54)}", fontsize=8, fontweight="normal")
    panels[0].set(ylim=(len(cases) - 0.4, -0.6))
    name_rows(panels[0], np.arange(len(cases), dtype=float), cases)
    for ax in panels[len(measures) :]:
        ax.remove()
    figure.legend(handles=[*CASE_KEYS, _EARLIER], loc="outside lower center", ncols=4)
    n_known = drawn.dropna(subset="value").groupby("case")["measure"].nunique().reindex(cases, fill_value=0)
    title = f"{count(len(cases), 'case')} on {len(measures)} measures of {len(domains)} domains"
    told = [f"{case}: {_values_told(drawn[drawn['case'].eq(case)])}" for case in cases if n_known[case]]
    told += [f"{case}: nothing known" for case in cases if not n_known[case]]
    if len(cases) > MOST_NAMED:
        known = drawn.dropna(subset="value").drop_duplicates(["case", "measure"], keep="last")
        spread = known.groupby("measure", sort=False)["value"].agg(["size", "median"])
        told = [f"{words(m)}: median {row['median']:.2f} of {row['size']:.0f} cases" for m, row in spread.iterrows()]
    return finish(figure, title=title, alt=f"Measures that speak to network health. {'; '.join(told)}.")


def _values_told(own: pd.DataFrame) -> str:
    last = own.dropna(subset="value").drop_duplicates("measure", keep="last")
    return ", ".join(f"{words(row['measure'])} {row['value']:.2f}" for _, row in last.iterrows())


def _draw_measure(ax: Axes, own: pd.DataFrame, cases: list[str], *, rated: bool) -> None:
    last = own.drop_duplicates("case", keep="last").set_index("case").reindex(cases)
    y, few = np.arange(len(cases), dtype=float), len(cases) <= MOST_NAMED
    last = last if few else last.sort_values("value", ascending=False)
    earlier = own[own.duplicated("case", keep="last")] if few else own.iloc[:0]
    width = 2 if few else 0.4
    ax.hlines(y, last["low"].astype(float), last["high"].astype(float), color=CHANGE["created"], linewidth=width)
    ax.scatter(earlier["value"], [cases.index(c) for c in earlier["case"]], s=18, facecolor=PAPER, edgecolor=MUTED)
    ax.scatter(last["expected"].astype(float), y, marker="|", s=110, linewidths=1.6, color=CHANGE["weakened"])
    ax.scatter(last["value"].astype(float), y, s=32 if few else 6, color=CHANGE["created"], zorder=3)
    most = float(np.nanmax([1.0, *own[["value", "high"]].to_numpy(float).ravel()]))
    ax.set_xlim(-0.04 * most, 1.06 * most)
    for row, value in zip(y, last["value"].astype(float), strict=True):
        if np.isnan(value) and few:
            ax.text(0.02, row, "no value", transform=ax.get_yaxis_transform(), va="center", fontsize=7.5, color=MUTED)
    for row, level in zip(y, last["rated"], strict=True) if rated and few else ():
        if pd.notna(level):
            ax.text(
                1.01, row, f"rated {level}", transform=ax.get_yaxis_transform(), va="center", fontsize=7.5, color=INK
            )
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(length=0)


@styled
def plot_levels(between_levels: pd.DataFrame) -> Figure:
    """Draw ties and help within and between levels of the system, a panel a case, all on one scale.

    Parameters
    ----------
    between_levels
        Run table of one attribute; two cases fit side by side.

    Returns
    -------
    Figure
        Row: who turns to others; column: whom they turn to. Colour: share of the possible ties that exist. In a cell:
        ties and, in brackets, ties expected if nobody heeded levels; below, times of help in coded talk.
    """
    cases = ordered(between_levels["case"])
    if not cases:
        return nothing("No case has levels on record.")
    panel = {case: between_levels[between_levels["case"].eq(case)] for case in cases}
    sides = [max(2.6, 1.05 * own["source_group"].nunique() + 1.2) for own in panel.values()]
    figure = new_figure(sum(sides) + 0.8, max(sides) * 0.72 + 1.1)
    axes = figure.subplots(1, len(cases), squeeze=False, width_ratios=sides).ravel()
    known = between_levels["density"].dropna().astype(float)
    most = max(float(known.max()), 0.01) if len(known) else 1.0
    for ax, (case, own) in zip(axes, panel.items(), strict=True):
        _draw_levels(ax, own, most)
        asked = ", ".join(own["relation"].dropna().unique())
        title = f"{case}, {asked}" if asked else case
        ax.set_title(f"{title}\n{_inside_told(own)}", fontsize=9, fontweight="normal")
    axes[0].set_ylabel("turns to others")
    told = [f"{case}: {_inside_told(own)}" for case, own in panel.items()]
    alt = f"Ties and help between groups by {words(between_levels['by'].iloc[0])}. {'; '.join(told)}."
    return finish(figure, title=f"Who turns to whom, by {words(between_levels['by'].iloc[0])}", alt=alt)


def _inside_told(own: pd.DataFrame) -> str:
    across = own["source_group"].ne(own["target_group"])
    n_ties, n_help = own["n_ties"], own["n_help"]
    said = [
        f"{values[across].sum():.0f} of {count(values.sum(), noun, plural)} cross"
        for values, noun, plural in ((n_ties, "tie", ""), (n_help, "time of help", "times of help"))
        if values.notna().any()
    ]
    return " and ".join(said) or "nothing known"


def _draw_levels(ax: Axes, own: pd.DataFrame, most: float) -> None:
    groups = sorted({*own["source_group"], *own["target_group"]})
    for row in own.to_dict("records"):
        x, y = groups.index(row["target_group"]), groups.index(row["source_group"])
        colour = _DENSE(0.0 if pd.isna(row["density"]) else float(row["density"]) / most)
        ax.add_patch(Rectangle((x - 0.48, y - 0.47), 0.96, 0.94, facecolor=colour, edgecolor="#d5d8dc", linewidth=0.6))
        ties = "ties unknown" if pd.isna(row["n_ties"]) else f"{row['n_ties']:.0f} ({row['expected']:.1f})"
        ax.text(x, y - 0.05, ties, ha="center", va="bottom", fontsize=8, color=INK)
        help_ = "help unknown" if pd.isna(row["n_help"]) else f"help {row['n_help']:.0f}"
        ax.text(x, y + 0.08, help_, ha="center", va="top", fontsize=7, color=INK)
    ax.set(xlim=(-0.5, len(groups) - 0.5), ylim=(len(groups) - 0.5, -0.5), xlabel="is turned to")
    ax.set_xticks(range(len(groups)), [wrap(group, 12) for group in groups])
    ax.set_yticks(range(len(groups)), [wrap(group, 14) for group in groups])
    bare(ax)
