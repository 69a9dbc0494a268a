"""What happened when: survey waves, activities, and the help and shared practice coded in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from nicmethods.figures.style import (
    EVENT,
    INK,
    MUTED,
    PAPER,
    RULE,
    bare,
    count,
    finish,
    listed,
    new_figure,
    nothing,
    styled,
    titles,
    words,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["plot_timeline"]

_SHAPE = {"meeting": "o", "notes": "s", "interview": "D", "chat": "^"}


@styled
def plot_timeline(survey: Survey, meetings: Meetings, talk: Talk) -> Figure:
    """Draw survey waves as bands, activities as marks, and below each activity what was coded in it.

    Parameters
    ----------
    survey, meetings
        When was asked, and what was done. An activity inside a wave's first and last day is drawn hollow: it counts for no
        interval.
    talk
        The coded talk. An activity that nobody coded is marked "not coded" instead of having no bar.

    Returns
    -------
    Figure
        Two axes on one time axis: waves and activities above (the larger the mark, the more people), events below.
        Activities without a date are listed, not placed; where no activity has one they stand in the order of the
        table.
    """
    waves, activities = survey.waves, meetings.activities
    if activities.empty:
        return nothing("No activities are known.")
    figure = new_figure(9.0, 4.6)
    dated = activities.dropna(subset="date").sort_values("date")
    in_order = dated.empty and len(activities) > 0
    shown = (activities if in_order else dated).reset_index(drop=True)
    x = pd.Series(np.arange(len(shown), dtype=float)) if in_order else shown["date"]
    during = _during(shown, waves)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1])
    n_people = meetings.attendance.groupby("activity").size().reindex(shown["activity"]).fillna(0).to_numpy(float)
    if not in_order:
        _draw_waves((above, below), waves)
    _draw_activities(above, shown, x, n_people, during)
    counts = _counted(talk.events, shown)
    coded = set(talk.coverage["activity"])
    _draw_events(below, shown, x, counts, coded)
    for ax in (above, below):
        ax.margins(x=0.1)
    _draw_dates(below, shown, in_order=in_order)
    undated = [] if in_order else activities.loc[activities["date"].isna(), "activity"].to_list()
    note = f"Without a date, not placed: {listed(undated)}." if undated else ""
    note = "No activity has a date: they stand in the order of activities.csv." if in_order else note
    if note:
        below.set_xlabel(note, fontsize=8, loc="left")
    figure.legend(*_entries(above, below), loc="outside lower center", ncols=7)
    held = f"{count(len(activities), 'activity', 'activities')}, {count(len(waves), 'survey wave')}"
    title = f"{held}; coded: {_told(counts)}"
    return finish(figure, title=title, alt=_alt(waves, shown, n_people, during, counts, coded, note))


def _during(shown: pd.DataFrame, waves: pd.DataFrame) -> np.ndarray:
    date = shown["date"].to_numpy()[:, None]
    inside = (date >= waves["opened"].to_numpy()) & (date <= waves["closed"].to_numpy())
    return np.asarray(inside.any(axis=1))


def _counted(events: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    counted = pd.crosstab(events["activity"], events["kind"])
    return counted.reindex(index=shown["activity"], columns=list(EVENT), fill_value=0)


def _draw_waves(panels: tuple[Axes, Axes], waves: pd.DataFrame) -> None:
    for wave, opened, closed in waves[["wave", "opened", "closed"]].dropna().itertuples(index=False):
        for ax in panels:
            ax.axvspan(opened, closed + pd.Timedelta(days=1), color="#eceef0", zorder=0)
        middle = opened + (closed - opened) / 2
        panels[0].annotate(
            f"wave {wave}", (middle, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
            textcoords="offset points", ha="center", va="bottom", fontsize=8, color=MUTED,
        )  # fmt: skip


def _draw_activities(ax: Axes, shown: pd.DataFrame, x: pd.Series, n_people: np.ndarray, during: np.ndarray) -> None:
    level = np.arange(len(shown)) % 3
    size = 40 + 260 * n_people / max(n_people.max(initial=0.0), 1.0)
    for kind, shape in _SHAPE.items():
        for hollow in (False, True):
            here = (shown["kind"].eq(kind) & (during == hollow)).to_numpy()
            if not here.any():
                continue
            face = PAPER if hollow else INK
            label = f"{kind} during a survey" if hollow else kind
            ax.scatter(
                x[here], -level[here], s=size[here], marker=shape, facecolor=face, edgecolor=INK, label=label, zorder=3
            )
    ax.vlines(x, -3, -level, color=RULE, linewidth=1, zorder=1)
    for place, low, area, title, n in zip(
        x, -level, size, titles(shown, shown["activity"].to_list()), n_people, strict=True
    ):
        people = count(n, "person", "people") if n else "nobody listed"
        ax.annotate(
            f"{wrap(title, 18)}\n{people}", (place, low), xytext=(np.sqrt(area) / 2 + 4, 0), textcoords="offset points",
            va="center", fontsize=7.5, linespacing=1.25, zorder=4,
        )  # fmt: skip
    ax.set(ylim=(-3, 0.7), yticks=[])
    bare(ax)


def _draw_events(ax: Axes, shown: pd.DataFrame, x: pd.Series, counts: pd.DataFrame, coded: set[str]) -> None:
    numbers = _numbers(x)
    gaps = np.diff(np.unique(numbers))
    span = np.ptp(numbers) if len(numbers) > 1 else 1.0
    width = min(max(span / 45, 0.02), 0.9 * gaps.min() if len(gaps) else 1.0)
    bottom = np.zeros(len(shown))
    for kind, colour in EVENT.items():
        ax.bar(
            numbers,
            counts[kind],
            width=width,
            bottom=bottom,
            color=colour,
            edgecolor=PAPER,
            linewidth=0.6,
            label=words(kind),
        )
        bottom = bottom + counts[kind].to_numpy()
    for place, total, activity in zip(numbers, bottom, shown["activity"], strict=True):
        unread = _is_unread(activity, coded, counts)
        told = "not\ncoded" if unread else f"{total:.0f}"
        ax.annotate(
            told, (place, total), xytext=(0, 2), textcoords="offset points", ha="center", va="bottom", fontsize=7.5,
            color=MUTED if unread else INK,
        )  # fmt: skip
    ax.set_ylabel("coded events")
    ax.set_ylim(0, max(1.0, 1.2 * float(bottom.max(initial=0.0))))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)


def _is_unread(activity: str, coded: set[str], counts: pd.DataFrame) -> bool:
    return activity not in coded and not counts.loc[activity].sum()


def _numbers(x: pd.Series) -> np.ndarray:
    days: object = date2num(x) if pd.api.types.is_datetime64_any_dtype(x) else x  # type: ignore[no-untyped-call]
    return np.asarray(days, dtype=float)


def _draw_dates(ax: Axes, shown: pd.DataFrame, *, in_order: bool) -> None:
    if in_order:
        ax.set_xticks(np.arange(len(shown)), shown["activity"].to_list())
        return
    locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _entries(above: Axes, below: Axes) -> tuple[list[Artist], list[str]]:
    _, labels = above.get_legend_handles_labels()
    marks = [
        Line2D([], [], color="none", marker=_SHAPE[label.split()[0]], markersize=7, markeredgecolor=INK,
               markerfacecolor=PAPER if "during" in label else INK)
        for label in labels
    ]  # fmt: skip
    bars, kinds = below.get_legend_handles_labels()
    return [*marks, *bars], labels + kinds


def _told(counts: pd.DataFrame) -> str:
    return listed(f"{words(kind)} {number}" for kind, number in counts.sum().items())


def _alt(
    waves: pd.DataFrame,
    shown: pd.DataFrame,
    n_people: np.ndarray,
    during: np.ndarray,
    counts: pd.DataFrame,
    coded: set[str],
    note: str,
) -> str:
    told = [
        f"{title} ({'no date' if pd.isna(date) else f'{date.day} {date:%B %Y}'}"
        f"{', during a survey' if inside else ''}): {n:.0f} people, "
        + ("not coded" if _is_unread(activity, coded, counts) else _told(counts.loc[[activity]]))
        for title, date, inside, n, activity in zip(
            titles(shown, shown["activity"].to_list()), shown["date"], during, n_people, shown["activity"], strict=True
        )
    ]
    return f"Timeline of {count(len(waves), 'survey wave')} and the activities between. {'. '.join(told)}. {note}"
