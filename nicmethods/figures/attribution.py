"""Which activities came before new and stronger ties, and how pairs move along the trust pathway."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.figures.style import (
    EVENT,
    INK,
    MUTED,
    PAPER,
    RULE,
    axes_or_new,
    count,
    finish,
    listed,
    nothing,
    of_relation,
    ordered,
    panels,
    say,
    scope_words,
    styled,
    titles,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_activity_yield", "plot_pathway", "plot_pathway_steps"]

_STEPS = {
    "shared_practice": ("practice shared", EVENT["shared_practice"]),
    "help_asked": ("then help asked", EVENT["help_request"]),
    "help_reciprocated": ("then help returned", EVENT["help_given"]),
}
_DASHES = {"shared_practice": "-", "help_asked": (0, (5, 1.5)), "help_reciprocated": (0, (2, 1.2))}


@styled
def plot_activity_yield(
    activity_yield: pd.DataFrame,
    activities: pd.DataFrame,
    *,
    kind: str = "any",
    relation: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw, of each activity, how many new or stronger ties the next survey shows between people who helped there, beside chance.

    Parameters
    ----------
    activity_yield
        Run table.
    activities
        Case table, for titles and order.
    kind
        Events counted.
    relation
        Survey question; empty: the first.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A row an activity, intervals between surveys apart. Dot: ties whose pair helped each other or shared practice
        there; whether before or after the tie began cannot be told. Grey band: the 95 % range if the same events had fallen on anyone
        present; tick: its mean.
    """
    rows, lead = of_relation(activity_yield, relation)
    rows = rows[rows["kind"].eq(kind) & rows["activity"].ne("all")]
    rank = {activity: place for place, activity in enumerate(activities["activity"])}
    rows = rows.assign(rank=rows["activity"].map(rank)).sort_values(["from_wave", "rank"], kind="stable")
    ax = axes_or_new(ax, 7.8, 0.4 * max(len(rows), 2) + 1.6)
    if rows.empty:
        return say(ax, "No activity lies between two surveys, or nothing was coded in any.")
    rows = rows.assign(step=rows["from_wave"].astype(str) + " to " + rows["to_wave"].astype(str))
    names = titles(activities, rows["activity"].to_list())
    _draw_yield(ax, rows, [wrap(name, 26) for name in names])
    n_above = int(rows["n_preceded"].gt(rows["null_high"]).sum())
    n = count(n_above, "activity", "activities")
    told = [
        f"{name} ({row['step']}): {row['n_preceded']} of {row['n_ties']}, expected {_number(row['expected'])}"
        for name, (_, row) in zip(names, rows.iterrows(), strict=True)
    ]
    alt = f"{lead}New or stronger ties in the next survey between people who helped in each activity, beside chance. {'; '.join(told)}."
    return finish(
        ax, title=f"{lead}{n} of {len(rows)} with more new or stronger ties of helping pairs than chance", alt=alt
    )


def _draw_yield(ax: Axes, rows: pd.DataFrame, names: list[str]) -> None:
    y = -(np.arange(len(rows)) + 0.9 * pd.factorize(rows["step"])[0])
    null = rows[["null_low", "null_high"]].to_numpy(float)
    right = max(1.0, float(rows["n_preceded"].max()), float(np.nan_to_num(null).max()))
    ax.hlines(y, *null.T, color=RULE, linewidth=9, label="95 % range if anyone present had taken part")
    ax.scatter(rows["expected"], y, marker="|", s=90, color=MUTED, zorder=3, label="expected then")
    ax.scatter(
        rows["n_preceded"], y, s=44, color=EVENT["help_given"], zorder=4, label="between people who helped there"
    )
    for level, (_, row) in zip(y, rows.iterrows(), strict=True):
        p = "" if pd.isna(row["p_holm"]) else f", p {_p(row['p_holm'])}"
        ax.text(right * 1.06, level, f"{row['n_preceded']} of {row['n_ties']} ties{p}", va="center", fontsize=8)
    for step in rows["step"].unique():
        top = y[rows["step"].eq(step).to_numpy()].max()
        ax.text(0, top + 0.62, step, fontsize=8, color=MUTED, va="center", fontweight="bold")
    ax.set_yticks(y, names)
    ax.set(xlim=(-0.03 * right, right * 1.02), ylim=(y.min() - 0.6, 1.0))
    ax.set_xlabel("new or stronger ties in the survey after the activity")
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)


def _p(p: float) -> str:
    return "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".")


@styled
def plot_pathway(pathway_curves: pd.DataFrame, *, by: str = "scope") -> Figure:
    """Draw how many pairs have reached each step of the trust pathway, day by day.

    Parameters
    ----------
    pathway_curves
        Run table.
    by
        Grouping of pairs: ``all``, ``scope`` or ``role_pair``.

    Returns
    -------
    Figure
        A panel a group on one scale: the share of pairs that have reached a step after so many days (1 - Kaplan-Meier),
        with 95 % bands.
    """
    rows = pathway_curves[pathway_curves["by"].eq(by)]
    if rows.empty:
        return nothing("No pair was together in dated activities with coded talk.")
    groups = ordered(rows["group"], ("all", "within", "across"))
    figure, axes = panels(len(groups), across=3, size=(3.6, 2.9), rim=(0.6, 0.7), sharex=True, sharey=True)
    last = {}
    for group, ax in zip(groups, axes, strict=True):
        own = rows[rows["group"].eq(group)]
        last[group] = _draw_curves(ax, own, 1.04 * float(rows["days"].max()))
        ax.set_title(f"{scope_words(group)} ({count(own['n_at_risk'].max(), 'pair')})", fontweight="normal")
        ax.set_xlabel("days since first together")
    for ax in axes[::3]:
        ax.set_ylabel("share of pairs")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    told = [
        f"{scope_words(group)} {listed(f'{_STEPS[s][0]} {share:.0%}' for s, share in last[group].items())}"
        for group in groups
    ]
    shares = [f"{last[group].get('help_reciprocated', 0.0):.0%} of pairs {scope_words(group)}" for group in groups[:2]]
    title = f"Practice shared, help asked, help returned: reached by {listed(shares)}"
    return finish(
        figure, title=title, alt=f"Share of pairs that reached each step by the last day observed: {'; '.join(told)}."
    )


def _draw_curves(ax: Axes, rows: pd.DataFrame, end: float) -> dict[str, float]:
    reached = {}
    for step, (label, colour) in _STEPS.items():
        own = rows[rows["step"].eq(step)].sort_values("days")
        if own.empty:
            continue
        days = np.r_[0.0, own["days"].to_numpy(float), end]
        share, low, high = (np.r_[0.0, own[c].to_numpy(float), own[c].iloc[-1]] for c in ("reached", "low", "high"))
        ax.fill_between(days, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
        ax.step(days, share, where="post", color=colour, linewidth=2, linestyle=_DASHES[step], label=label)
        reached[step] = float(share[-1])
    ax.set(xlim=(0, end or 1), ylim=(0, 1.02))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.grid(axis="y")
    return reached


@styled
def plot_pathway_steps(pathway_steps: pd.DataFrame, *, by: tuple[str, ...] = ("all", "scope")) -> Figure:
    """Draw how many pairs reach each step of the trust pathway beside what two kinds of chance would give.

    Parameters
    ----------
    pathway_steps
        Run table.
    by
        Groupings of pairs to draw.

    Returns
    -------
    Figure
        A panel a group: a dot a step for the pairs that reached it, and the 95 % ranges if codes fell on any of a
        pair's events (upper band), or events on anyone present (lower band).
    """
    rows = pathway_steps[pathway_steps["by"].isin(list(by)) & pathway_steps["n_pairs"].gt(0)]
    if rows.empty:
        return nothing("No pair was together in coded talk.")
    groups = ordered(rows["group"], ("all", "within", "across"))
    figure, axes = panels(len(groups), across=3, size=(2.9, 1.7), rim=(1.3, 1.0), sharey=True)
    for group, ax in zip(groups, axes, strict=True):
        _draw_steps(ax, rows[rows["group"].eq(group)].set_index("step").reindex(list(_STEPS)))
        n_pairs = rows.loc[rows["group"].eq(group), "n_pairs"].max()
        ax.set_title(f"{scope_words(group)} ({count(n_pairs, 'pair')})", fontweight="normal")
    axes[0].set_yticks([0, -1, -2], [label for label, _ in _STEPS.values()])
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    told = [
        f"{scope_words(group)} {listed(f'{_STEPS[s][0]} {n}' for s, n in zip(own['step'], own['n_reached'], strict=True))}"
        for group, own in rows.groupby("group", sort=False)
    ]
    first = rows[rows["group"].eq(groups[0])].set_index("step")["n_reached"].reindex(list(_STEPS)).fillna(0)
    of = rows.loc[rows["group"].eq(groups[0]), "n_pairs"].max()
    shared, asked, returned = (f"{n:.0f}" for n in first)
    title = f"Of {of} pairs, {shared} share practice, {asked} then ask, {returned} return help"
    return finish(figure, title=title, alt=f"Pairs that reach each step, beside chance: {'; '.join(told)}.")


def _draw_steps(ax: Axes, rows: pd.DataFrame) -> None:
    y = -np.arange(len(rows), dtype=float)
    for null, shift, colour, label in (
        ("order", 0.17, "#dfe3e7", "range by chance: codes in any order"),
        ("present", -0.17, "#efe6d4", "range by chance: anyone present"),
    ):
        low, high = (rows[f"{null}_{side}"].to_numpy(float) for side in ("low", "high"))
        ax.barh(y + shift, high - low, left=low, height=0.3, color=colour, edgecolor=MUTED, linewidth=0.5, label=label)
    found = rows["n_reached"].to_numpy(float)
    ax.scatter(
        found,
        y,
        s=40,
        color=[colour for _, colour in _STEPS.values()],
        edgecolor=INK,
        linewidth=0.6,
        zorder=3,
        label="pairs",
    )
    for level, n in zip(y, found, strict=True):
        told = "" if np.isnan(n) else f"{n:.0f}"
        ax.annotate(told, (n, level), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8,
                    bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.5, "alpha": 0.7})  # fmt: skip
    most = max(1.0, float(np.nanmax(rows[["n_reached", "order_high", "present_high"]].to_numpy(float), initial=0.0)))
    ax.set(ylim=(-2.6, 0.7), xlim=(-0.06 * most, 1.08 * most), xlabel="pairs")
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _number(value: float) -> str:
    return "unknown" if math.isnan(value) else f"{value:.1f}"
