"""Steps of the improvement cycle, whose voices are heard, and whom the hub coaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from nicmethods.figures.style import (
    CHANGE,
    INK,
    MUTED,
    PAPER,
    axes_or_new,
    colours,
    count,
    finish,
    key,
    listed,
    ordered,
    say,
    styled,
    words,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_coaching", "plot_phases", "plot_voices"]

_STEADY = ("several_activities", "one_activity", "not_seen", "not_observable")


@styled
def plot_phases(phases: pd.DataFrame, *, relation: str = "", ax: Axes | None = None) -> Axes:
    """Draw which cycle and phase brings which help.

    Parameters
    ----------
    phases
        Run table.
    relation
        Survey question whose ties stand beside; empty: the first.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A row a cycle and phase, in order of the activities; the length is times of help, in colours by who helps whom. On the right
        activities read of all, and in how many pairs the tie is new or stronger at the next survey: of pairs with help in the phase,
        and of the others who were there together.
    """
    if phases["relation"].notna().any():
        phases = phases[phases["relation"].eq(relation or phases["relation"].dropna().iloc[0])]
    steps = phases[phases["who"].eq("all")].reset_index(drop=True)
    if steps.empty:
        return say(axes_or_new(ax, 7.8, 2.0), "No activity says to which cycle or phase it belongs.")
    ax = axes_or_new(ax, 7.8, 0.5 * len(steps) + 1.5)
    y, left = np.arange(len(steps), dtype=float), np.zeros(len(steps))
    names = [f"{row['cycle']}, {row['phase']}" for row in steps.to_dict("records")]
    kinds = [kind for kind in ordered(phases["who"])[1:] if phases.loc[phases["who"].eq(kind), "n_help"].sum() > 0]
    colour = colours(kinds)
    for kind in kinds:
        own = phases[phases["who"].eq(kind)].merge(steps[["cycle", "phase"]], on=["cycle", "phase"], how="right")
        n = own["n_help"].astype(float).fillna(0).to_numpy()
        ax.barh(y, n, left=left, height=0.62, color=colour[kind], edgecolor=PAPER, linewidth=0.8)
        left += n
    most = max(float(np.nanmax(steps["n_help"].astype(float), initial=0)), 1.0)
    for place, row in enumerate(steps.to_dict("records")):
        ax.text(1.02 * most, place, _beside(row), va="center", fontsize=8, color=INK)
    ax.set_yticks(y, [wrap(name, 24) for name in names])
    ax.set(xlim=(0, most), ylim=(len(steps) - 0.5, -0.6), xlabel="times of help in coded talk")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    if kinds:
        handles = [key(colour[kind], words(kind)) for kind in kinds]
        ax.figure.legend(handles=handles, loc="outside lower center", ncols=2)
    read = steps.dropna(subset="n_help")
    if read.empty:
        title = "Nobody has read an activity of any phase"
    else:
        at = int(np.nanargmax(steps["n_help"].astype(float)))
        title = f"{names[at].capitalize()} has most help: {steps['n_help'].iloc[at]} of {count(float(read['n_help'].sum()), 'time', 'times')}"
    told = [
        f"{name}: {_beside(row).replace(chr(10), '; ')}"
        + (f"; {_by_kind(phases, row)}" if pd.notna(row["n_help"]) and row["n_help"] else "")
        for name, row in zip(names, steps.to_dict("records"), strict=True)
    ]
    return finish(ax, title=title, alt=f"Times of help by cycle and phase. {'. '.join(told)}.")


def _beside(row: dict[Any, Any]) -> str:
    if pd.isna(row["n_help"]):
        return "nobody read it"
    said = f"{row['n_help']} in {row['n_read']} of {count(row['n_activities'], 'activity', 'activities')}"
    if pd.isna(row["n_ties"]):
        return f"{said}; no survey after it to compare"
    return (
        f"{said}\ntie grew: {row['n_ties']} of {row['n_known']} pairs, else {row['n_other_ties']} of {row['n_other']}"
    )


def _by_kind(phases: pd.DataFrame, step: dict[Any, Any]) -> str:
    own = phases[phases["cycle"].eq(step["cycle"]) & phases["phase"].eq(step["phase"]) & phases["who"].ne("all")]
    return listed(f"{words(row['who'])} {row['n_help']}" for row in own.to_dict("records") if row["n_help"])


@styled
def plot_voices(voices: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how much of the talk is each role's, beside what it would be if everyone there spoke alike.

    Parameters
    ----------
    voices
        Run table.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A row a role. Bar: its share of the words; tick: its share if everyone who was there had said as much.
    """
    if voices.empty or voices["share"].isna().all():
        return say(axes_or_new(ax, 7.2, 2.0), "Of nobody who spoke is the role known.")
    ax = axes_or_new(ax, 7.2, 0.4 * len(voices) + 1.3)
    y = np.arange(len(voices), dtype=float)
    ax.barh(y, voices["share"], height=0.56, color=CHANGE["created"], label="share of the words")
    ax.scatter(voices["expected"].astype(float), y, marker="|", s=190, linewidths=2, color=CHANGE["weakened"], zorder=3,
               label="if everyone there spoke alike")  # fmt: skip
    told = [
        f"{row['role']}: {row['share']:.0%} of the words, {row['expected']:.0%} if alike ({row['n_spoke']} of {count(row['n_people'], 'person', 'people')} spoke)".replace(
            "%", " %"
        )
        for row in voices.to_dict("records")
    ]
    most = float(voices[["share", "expected"]].to_numpy(float).max())
    for place, row in enumerate(voices.to_dict("records")):
        ax.text(
            1.06 * most,
            place,
            f"{row['n_spoke']} of {count(row['n_people'], 'person', 'people')} spoke",
            va="center",
            fontsize=8,
            color=MUTED,
        )
    ax.set_yticks(y, [wrap(role, 22) for role in voices["role"]])
    ax.set(xlim=(0, 1.03 * most), ylim=(len(voices) - 0.5, -0.6), xlabel="share of the words whose speaker is known")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    over = voices.assign(more=voices["share"] - voices["expected"]).sort_values("more").iloc[-1]
    title = f"{over['role'].capitalize()}: {over['share']:.0%} of the words, {over['expected']:.0%} if all spoke alike".replace(
        "%", " %"
    )
    return finish(ax, title=title, alt=f"Whose voices are heard, by role. {'; '.join(told)}.")


@styled
def plot_coaching(coaching: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how many members the hub helped in several activities, in one, in none, and of how many it cannot be told.

    Parameters
    ----------
    coaching
        Run table.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        One bar of members; hatched are those who were in no read activity together with the hub.
    """
    if coaching.empty:
        return say(axes_or_new(ax, 7.2, 1.4), "The case names no hub.")
    ax = axes_or_new(ax, 7.2, 1.5)
    counts = coaching["intensity"].value_counts().reindex(_STEADY, fill_value=0)
    shades = dict(zip(_STEADY, (CHANGE["created"], "#8fc1e3", "#d5d8dc", PAPER), strict=True))
    left = 0
    for word, n in counts[counts > 0].items():
        hatch: dict[Any, Any] = (
            {"hatch": "////", "edgecolor": MUTED, "linewidth": 0} if word == "not_observable" else {}
        )
        ax.barh(0, n, left=left, height=0.7, color=shades[str(word)], **hatch)
        ax.text(left + n / 2, 0, str(n), ha="center", va="center", fontsize=9, color=INK,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1, "alpha": 0.85})  # fmt: skip
        left += n
    said = {
        "several_activities": "helped in several activities",
        "one_activity": "in one",
        "not_seen": "in none of those read",
        "not_observable": "never there with the hub",
    }
    ax.figure.legend(
        handles=[key(shades[w], said[w]) for w in _STEADY if counts[w]], loc="outside lower center", ncols=4
    )
    ax.set(xlim=(0, len(coaching)), yticks=[], xlabel="members")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines["left"].set_visible(False)
    told = listed(f"{said[word]} {counts[word]}" for word in _STEADY if counts[word])
    n = counts["several_activities"]
    title = f"The hub helped {n or 'none'} of {count(len(coaching), 'member')} in more than one activity"
    return finish(ax, title=title, alt=f"Members by how steadily the hub helped them: {told}.")
