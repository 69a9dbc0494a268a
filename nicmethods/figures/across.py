"""Cases side by side: values with their intervals, verdicts in a grid, ratings over the years, network health, ties and help between levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from nicmethods.across.gather import LEVELS
from nicmethods.figures import style
from nicmethods.tables import RUN_TABLES, words
from nicmethods.tables.saying import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "plot_case_measures",
    "plot_cases",
    "plot_health",
    "plot_levels",
    "plot_pooled_coincidence",
    "plot_trajectories",
    "plot_verdict_grid",
]

MOST_NAMED = 60
"""Cases that a figure names; of more it shows how they lie, and the table says which is which."""

_CASE_KEYS = [
    Line2D([], [], color=style.CHANGE["created"], marker="o", linestyle="", markersize=5.5, label="value"),
    Line2D([], [], color=style.CHANGE["created"], linewidth=2, label="95 % interval"),
    Line2D([], [], color=style.CHANGE["weakened"], marker="|", linestyle="", markersize=10, markeredgewidth=1.6, label="expected by chance"),
]  # fmt: skip


_NAMES = RUN_TABLES["trajectories"]["trajectory"].among
_DEVELOPED = dict(zip(LEVELS, ("#f5e3c8", "#dfe5e6", "#b4cbd6", "#6f9fb8", "#2f6f93"), strict=True))
_EARLIER = Line2D(
    [], [], color=style.MUTED, markerfacecolor=style.PAPER, marker="o", linestyle="", label="earlier wave"
)
_DENSE = LinearSegmentedColormap.from_list("dense", [style.PAPER, "#cfe0ea", "#6fa8c9"])


@style.styled
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
    ax = style.axes_or_new(ax, 6.4, _rows_tall(max(len(values), 2), 0.32) + 1.4)
    if values.empty:
        return style.say(ax, "No case has results.")
    rows = values.sort_values("value", ascending=False, na_position="last", kind="stable") if ranked else values
    _draw_cases(ax, rows)
    _name_rows(ax, [str(case) for case in rows["case"]])
    ax.set_xlabel(name)
    known = rows["value"].dropna()
    span = "no case has it" if known.empty else f"{known.min():.2f} to {known.max():.2f}"
    return style.finish(ax, title=f"{name}: {span}", alt=f"{name} by case, with 95 % intervals: {_all_said(rows)}.")


def _draw_cases(ax: Axes, rows: pd.DataFrame) -> None:
    """Draw a value a row with its interval and what chance gives; beyond :data:`MOST_NAMED` by size."""
    few = len(rows) <= MOST_NAMED
    rows = rows if few else rows.sort_values("value", ascending=False)
    y = np.arange(len(rows), dtype=float)
    value, low, high = rows[["value", "low", "high"]].to_numpy(float).T
    ax.hlines(y, low, high, color=style.CHANGE["created"], linewidth=2 if few else 0.4)
    if "expected" in rows:
        look: dict[str, Any] = {"marker": "|", "s": 110, "linewidths": 1.6, "color": style.CHANGE["weakened"]}
        ax.scatter(rows["expected"].astype(float), y, **look)
    ax.scatter(value, y, s=32 if few else 6, color=style.CHANGE["created"], zorder=3, label="value")
    style.say_missing(ax, y[np.isnan(value)] if few else (), "no value")
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.margins(x=0.08)
    style.open_side(ax, grid="x", ticks="both")


@style.styled
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
        return style.nothing("No case has anything to compare.")
    measures, cases = style.ordered(comparison["measure"]), style.ordered(comparison["case"])
    figure, axes = _measure_panels(len(measures), cases, across=4, room=1.15)
    told = []
    for measure, ax in zip(measures, axes, strict=True):
        own = comparison[comparison["measure"].eq(measure)]
        _draw_cases(ax, own.set_index("case").reindex(cases))
        ax.set_title(style.wrap(own["what"].iloc[0], 38), fontsize=8, fontweight="normal")
        ax.set_xlim(*_scale(measure, own))
        told.append(f"{words(measure)}: {_all_said(own)}")
    _name_rows(axes[0], cases)
    figure.legend(handles=_CASE_KEYS, loc="outside lower center", ncols=3)
    title = f"{style.count(len(cases), 'case')} on {style.count(len(measures), 'measure')}, networks in their last wave"
    return style.finish(figure, title=title, alt=f"Values by case, with 95 % intervals. {'. '.join(told)}.")


def _measure_panels(n: int, cases: list[str], *, across: int, room: float) -> tuple[Figure, list[Axes]]:
    """Make a panel a measure, a row a case in each."""
    size = (11 / min(n, across), _rows_tall(len(cases), 0.26) + room)
    return style.panels(n, across=across, size=size, rim=(0, 0.7), sharey=True)


def _all_said(own: pd.DataFrame) -> str:
    known = own["value"].dropna().astype(float)
    if len(own) > MOST_NAMED:
        spread = "" if known.empty else f", from {known.min():.2f} to {known.max():.2f}, median {known.median():.2f}"
        return f"{len(known)} of {len(own)} cases have it{spread}"
    rows = own[["case", "value", "low", "high"]].itertuples(index=False, name=None)
    return "; ".join(f"{case} {style.with_interval(*numbers, missing='no value')}" for case, *numbers in rows)


def _scale(measure: str, own: pd.DataFrame) -> tuple[float, float]:
    """Ends of the axis, with room for dots at the very end."""
    if measure == "ei_index":
        return -1.06, 1.06
    most = float(np.nanmax([0.0, *own[["value", "high", "expected"]].to_numpy(float).ravel()]))
    most = 1.0 if "share" in own["what"].iloc[0] or not most else most
    return -0.04 * most, 1.06 * most


@style.styled
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
    cases, claims = style.ordered(propositions["case"]), style.ordered(propositions["proposition"])
    ax = style.axes_or_new(ax, 1.15 * max(len(claims), 3) + 1.8, _rows_tall(len(cases), 0.36) + 2.2)
    if propositions.empty:
        return style.say(ax, "No case has propositions evaluated.")
    for row in propositions.to_dict("records"):
        x, y, verdict = claims.index(row["proposition"]), cases.index(row["case"]), str(row["proposed_verdict"])
        style.verdict_tile(ax, x, y, verdict)
        if pd.notna(row["researcher_verdict"]) and row["researcher_verdict"] != verdict:
            style.ring(ax, x, y, style.INK, "judged otherwise")
    if len(cases) > MOST_NAMED:
        for mark in list(ax.texts):
            mark.remove()
    verdicts = propositions["proposed_verdict"]
    agree = verdicts.eq("agreement").groupby(propositions["proposition"]).agg(["sum", "size"])
    for x, (n, of) in enumerate(agree.loc[claims].itertuples(index=False)):
        look: dict[str, Any] = {
            "transform": ax.get_xaxis_transform(),
            "ha": "center",
            "va": "top",
            "fontsize": 8,
            "color": style.MUTED,
        }
        ax.text(x, -0.02, f"{n} of {of}\nagree", **look)
    ax.set(xlim=(-0.5, len(claims) - 0.5), ylim=(len(cases) - 0.5, -0.5))
    ax.set_xticks(np.arange(len(claims)), [style.wrap(words(claim), 14) for claim in claims])
    _name_rows(ax, cases)
    ax.xaxis.tick_top()
    style.bare(ax)
    ax.figure.legend(handles=style.verdict_keys(verdicts), loc="outside lower center", ncols=4)
    told = [
        f"{words(claim)}: {listed(f'{words(v)} {k}' for v, k in own.value_counts().items())}"
        for claim, own in propositions.groupby("proposition", sort=False)["proposed_verdict"]
    ]
    title = (
        f"{style.count(len(cases), 'case')}, {style.count(len(claims), 'proposition')}:"
        f" {verdicts.eq('agreement').sum()} of {len(verdicts)} verdicts agree"
    )
    return style.finish(ax, title=title, alt=f"Grid of proposed verdicts. {'; '.join(told)}.")


@style.styled
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
    shown = pooled_coincidence[pooled_coincidence["k"].gt(0) & pooled_coincidence["odds_ratio"].notna()]
    ax = style.axes_or_new(ax, 7.8, 0.28 * max(len(shown), 3) + 1.4)
    if shown.empty:
        return style.say(ax, "In no case could help and a changed tie both have been seen often enough for odds.")
    y = np.arange(len(shown)) + 0.5 * pd.factorize(shown["proposition"])[0]
    whole = shown["left_out"].isna()
    ax.axvline(1, color=style.MUTED, linewidth=0.9)
    for part, width, face in ((whole, 2.2, style.CHANGE["created"]), (~whole, 1.0, "white")):
        odds, low, high = shown.loc[part, ["odds_ratio", "low", "high"]].to_numpy(float).T
        ax.hlines(y[part], low, high, color=style.CHANGE["created"], linewidth=width)
        ax.scatter(odds, y[part], s=34, facecolor=face, edgecolor=style.CHANGE["created"], zorder=3)
    without = "without " + shown["left_out"]
    ax.set_yticks(y, without.fillna(shown["proposition"].map(lambda claim: style.wrap(words(claim), 30))))
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set(ylim=(y.max() + 0.6, -0.6), xlabel="odds of a changed tie with the talk, as times those without")
    style.open_side(ax, grid="x")
    told = [
        f"{words(row['proposition'])}, {row['which']}: {row['odds_ratio']:.1f} ({row['low']:.1f} to {row['high']:.1f}),"
        f" {row['n_both']} of {style.count(row['n_rows'], 'occasion')} with both"
        for row in shown.assign(which=without.fillna("all cases")).to_dict("records")
    ]
    clear = set(shown.loc[whole & shown["low"].gt(1), "proposition"])
    hangs = shown[~whole & shown["low"].le(1) & shown["proposition"].isin(clear)]
    title = "No finding over all cases hangs on one of them"
    if n := hangs["proposition"].nunique():
        hang = "hangs" if n == 1 else "hang"
        title = f"{style.count(n, 'finding')} over all cases {hang} on one case: {listed(hangs['left_out'].unique())}"
    return style.finish(ax, title=title, alt=f"Odds ratios over all cases and without each. {'; '.join(told)}.")


@style.styled
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
    own = own.sort_values("trajectory", key=lambda names: names.map(list(_NAMES).index), kind="stable")
    rated = [
        (row, int(pair[:4]), pair[5:]) for row, levels in enumerate(own["levels"]) for pair in str(levels).split(";")
    ]
    years = sorted({year for _, year, _ in rated})
    few = len(own) <= MOST_NAMED
    ax = style.axes_or_new(ax, 1.0 * max(len(years), 3) + 3.6, _rows_tall(max(len(own), 2), 0.3) + 1.3)
    if own.empty:
        return style.say(ax, f"No network is rated: {words(domain)}.")
    for row, year, level in rated:
        x, colour = years.index(year), _DEVELOPED[level]
        ax.add_patch(Rectangle((x - 0.47, row - 0.43), 0.94, 0.86, facecolor=colour, linewidth=0))
        if few:
            ax.text(x, row, level, ha="center", va="center", fontsize=7.5, color=style.ink_on(colour))
    counts = own["trajectory"].value_counts(sort=False)
    middles = (counts.cumsum() - counts / 2 - 0.5).items()
    for name, place in zip(own["trajectory"], range(len(own)), strict=True) if few else middles:
        ax.text(len(years) - 0.35, place, str(name), va="center", fontsize=8.5, color=style.INK)
    ax.set(xlim=(-0.5, len(years) + 1.2), ylim=(len(own) - 0.4, -0.6))
    ax.set_xticks(range(len(years)), [str(year) for year in years])
    _name_rows(ax, own["case"].tolist())
    ax.xaxis.tick_top()
    style.bare(ax)
    told = listed(f"{n} {str(name).lower()}" for name, n in counts.items())
    paths = [
        f"{row['case']}: {row['levels'].replace(';', ', ')} ({row['trajectory']})" for row in own.to_dict("records")
    ]
    alt = "; ".join(paths) if few else told
    return style.finish(
        ax, title=f"{style.count(len(own), 'network')}, {words(domain)}: {told}", alt=f"Ratings by year. {alt}."
    )


@style.styled
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
    measures, cases = style.ordered(drawn["measure"]), style.ordered(drawn["case"])
    if drawn["value"].isna().all():
        return style.nothing("No case has results that speak to network health.")
    figure, axes = _measure_panels(len(measures), cases, across=3, room=1.25)
    first = drawn.drop_duplicates("domain")["measure"].to_list()
    for measure, ax in zip(measures, axes, strict=True):
        own = drawn[drawn["measure"].eq(measure)]
        _draw_health(ax, own, cases, rated=measure in first)
        domain = words(own["domain"].iloc[0]).capitalize()
        ax.set_title(f"{domain}\n{style.wrap(own['what'].iloc[0], 54)}", fontsize=8, fontweight="normal")
    _name_rows(axes[0], cases)
    figure.legend(handles=[*_CASE_KEYS, _EARLIER], loc="outside lower center", ncols=4)
    known = drawn.dropna(subset="value").drop_duplicates(["case", "measure"], keep="last")
    values = known["measure"].map(words) + known["value"].map(" {:.2f}".format)
    said = values.groupby(known["case"]).agg(", ".join)
    told = [f"{case}: {said[case]}" for case in cases if case in said]
    told += [f"{case}: nothing known" for case in cases if case not in said]
    if len(cases) > MOST_NAMED:
        spread = known.groupby("measure", sort=False)["value"].agg(["size", "median"])
        told = [f"{words(m)}: median {row['median']:.2f} of {row['size']:.0f} cases" for m, row in spread.iterrows()]
    title = f"{style.count(len(cases), 'case')} on {len(measures)} measures of {drawn['domain'].nunique()} domains"
    return style.finish(figure, title=title, alt=f"Measures that speak to network health. {'; '.join(told)}.")


def _draw_health(ax: Axes, own: pd.DataFrame, cases: list[str], *, rated: bool) -> None:
    last = own.drop_duplicates("case", keep="last").set_index("case").reindex(cases)
    if len(cases) <= MOST_NAMED:
        earlier = own[own.duplicated("case", keep="last")]
        ax.scatter(
            earlier["value"],
            [cases.index(c) for c in earlier["case"]],
            s=18,
            facecolor=style.PAPER,
            edgecolor=style.MUTED,
        )
        for row, level in enumerate(last["rated"]) if rated else ():
            look: dict[str, Any] = {
                "transform": ax.get_yaxis_transform(),
                "va": "center",
                "fontsize": 7.5,
                "color": style.INK,
            }
            if pd.notna(level):
                ax.text(1.01, row, f"rated {level}", **look)
    _draw_cases(ax, last)
    most = float(np.nanmax([1.0, *own[["value", "high"]].to_numpy(float).ravel()]))
    ax.set_xlim(-0.04 * most, 1.06 * most)


@style.styled
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
    panel = dict(iter(between_levels.groupby("case", sort=False)))
    if not panel:
        return style.nothing("No case has levels on record.")
    sides = [max(2.6, 1.05 * own["source_group"].nunique() + 1.2) for own in panel.values()]
    figure = style.new_figure(sum(sides) + 0.8, max(sides) * 0.72 + 1.1)
    axes = figure.subplots(1, len(panel), squeeze=False, width_ratios=sides).ravel()
    most = max(float(between_levels["density"].astype(float).fillna(0).max()), 0.01)
    told = {case: _inside_told(own) for case, own in panel.items()}
    for ax, (case, own) in zip(axes, panel.items(), strict=True):
        _draw_levels(ax, own, most)
        asked = ", ".join([str(case), *own["relation"].dropna().unique()])
        ax.set_title(f"{asked}\n{told[case]}", fontsize=9, fontweight="normal")
    axes[0].set_ylabel("turns to others")
    by = words(between_levels["by"].iloc[0])
    said = "; ".join(f"{case!s}: {inside}" for case, inside in told.items())
    return style.finish(
        figure, title=f"Who turns to whom, by {by}", alt=f"Ties and help between groups by {by}. {said}."
    )


def _name_rows(ax: Axes, cases: list[str]) -> None:
    """Write the cases beside their rows; where they are too many, how many there are, and no gaps between thin cells."""
    if len(cases) <= MOST_NAMED:
        ax.set_yticks(np.arange(len(cases)), cases)
        return
    ax.set_yticks([])
    ax.set_ylabel(f"{len(cases):,} cases")
    for cell in ax.patches:
        if isinstance(cell, Rectangle):
            cell.set(y=round(cell.get_y() + cell.get_height() / 2) - 0.5, height=1.0, antialiased=False)


def _rows_tall(n: int, each: float) -> float:
    """Height in inches of n rows, a case each; beyond :data:`MOST_NAMED` they share what twenty take."""
    return each * (n if n <= MOST_NAMED else 20)


def _inside_told(own: pd.DataFrame) -> str:
    across = own["source_group"].ne(own["target_group"])
    n_ties, n_help = own["n_ties"], own["n_help"]
    said = [
        f"{values[across].sum():.0f} of {style.count(values.sum(), noun, plural)} cross"
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
        ax.text(x, y - 0.05, ties, ha="center", va="bottom", fontsize=8, color=style.INK)
        help_ = "help unknown" if pd.isna(row["n_help"]) else f"help {row['n_help']:.0f}"
        ax.text(x, y + 0.08, help_, ha="center", va="top", fontsize=7, color=style.INK)
    ax.set(xlim=(-0.5, len(groups) - 0.5), ylim=(len(groups) - 0.5, -0.5), xlabel="is turned to")
    ax.set_xticks(range(len(groups)), [style.wrap(group, 12) for group in groups])
    ax.set_yticks(range(len(groups)), [style.wrap(group, 14) for group in groups])
    style.bare(ax)
