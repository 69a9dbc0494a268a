"""One pair's whole story: what the two report of each other, and what passed between them in which activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from nicmethods.figures.style import (
    EVENT,
    INK,
    MUTED,
    RULE,
    finish,
    ink_on,
    new_figure,
    nothing,
    styled,
    titles,
    wrap,
)
from nicmethods.network.places import first_relation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["plot_thread"]

_VERB = {"shared_practice": "shares with", "help_request": "asks", "help_given": "helps"}


@styled
def plot_thread(pair: tuple[str, str], survey: Survey, meetings: Meetings, talk: Talk, *, relation: str = "") -> Figure:
    """Follow one pair through waves and activities, on one time axis.

    Parameters
    ----------
    pair
        The two actors.
    survey, meetings
        What was asked and done; waves and activities without dates cannot be placed.
    talk
        The coded talk.
    relation
        Survey question; empty: the first.

    Returns
    -------
    Figure
        Above, what each reports of the other in each wave; a question mark is no answer. Below, a line for each
        activity both attended and a dot for what passed between them there, with its number where it is more than one.
    """
    a, b = pair
    relation = relation or first_relation(survey)
    attendance, activities = meetings.attendance, meetings.activities
    dated = survey.waves.dropna(subset=["opened", "closed"])
    both = attendance[attendance["actor"].isin(pair)].groupby("activity")["actor"].nunique().eq(2)
    shown = activities[activities["activity"].isin(both.index[both])].dropna(subset="date").sort_values("date")
    if dated.empty and shown.empty:
        return nothing(f"{a} and {b} share no dated activity, and no wave has dates.")
    figure = new_figure(8.6, 4.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1.5])
    reports = _reports(pair, dated, survey, relation)
    _draw_reports(above, reports, dated)
    between = _between(pair, talk.events)
    _draw_talk(below, pair, between[between["activity"].isin(shown["activity"])], shown)
    locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    below.xaxis.set_major_locator(locator)
    below.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    figure.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    told = [f"{who}: {', '.join(_value(v) for v in values)}" for who, values in reports.items()]
    sentence = between["who"] + " " + between["kind"].map(_VERB) + " " + between["whom"]
    passed = [
        f"{name} ({', '.join(sentence[between['activity'].eq(activity)])})"
        for activity, name in _named(shown)
        if between["activity"].eq(activity).any()
    ]
    talk_told = "; ".join(passed) or "nothing coded between them"
    lead = f"{relation}: " if len(survey.relations) > 1 else ""
    alt = f"{lead}Story of {a} and {b}. Reports by wave: {'; '.join(told)}. Talk: {talk_told}."
    n = between["activity"].isin(shown["activity"]).sum()
    return finish(
        figure, title=f"{lead}{a} and {b}: together {len(shown)} times, {n} coded events between them", alt=alt
    )


def _named(shown: pd.DataFrame) -> list[tuple[str, str]]:
    ids = shown["activity"].to_list()
    return list(zip(ids, titles(shown, ids), strict=True))


def _value(weight: float) -> str:
    return "not reported" if np.isnan(weight) else f"{weight:g}"


def _reports(pair: tuple[str, str], waves: pd.DataFrame, survey: Survey, relation: str) -> dict[str, list[float]]:
    """List each one's report of the other by wave: 0 where the person answered without naming, NaN if not reported."""
    ties, responses = survey.ties, survey.responses
    asked = ties[ties["relation"].eq(relation)].set_index(["wave", "source", "target"])["weight"]
    answers = responses[responses["relation"].eq(relation)].set_index(["wave", "actor"])["responded"]
    found: dict[str, list[float]] = {}
    for source, target in (pair, pair[::-1]):
        index = pd.MultiIndex.from_product([waves["wave"], [source], [target]])
        weight = np.where(index.isin(asked.index), asked.reindex(index).to_numpy(float), 0.0)
        answered = answers.reindex(index.droplevel(2)).fillna(False).to_numpy(bool)
        found[f"{source} of {target}"] = np.where(answered, weight, np.nan).tolist()
    return found


def _draw_reports(ax: Axes, reports: dict[str, list[float]], waves: pd.DataFrame) -> None:
    middle = waves["opened"] + (waves["closed"] - waves["opened"]) / 2
    for (who, values), colour, shift in zip(reports.items(), (INK, "#7f9bb3"), (0.06, -0.06), strict=True):
        y = np.array(values) + shift
        ax.plot(middle, y, color=colour, linewidth=1.4, marker="o", markersize=6, label=who)
        for x, value in zip(middle, values, strict=True):
            if np.isnan(value):
                ax.text(x, 0.2 + 4 * shift, "?", color=colour, fontsize=11, ha="center", fontweight="bold")
    for wave, opened, closed in waves[["wave", "opened", "closed"]].itertuples(index=False):
        ax.axvspan(opened, closed + pd.Timedelta(days=1), color="#eceef0", zorder=0)
        ax.annotate(
            f"wave {wave}", (opened + (closed - opened) / 2, 1), xycoords=("data", "axes fraction"), xytext=(0, 3),
            textcoords="offset points", ha="center", fontsize=8, color=MUTED,
        )  # fmt: skip
    most = np.nanmax([2.0, *(value for values in reports.values() for value in values)])
    ax.set(ylim=(-0.4, most + 0.6), yticks=np.arange(0, most + 1), ylabel="reported tie")
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)
    ax.tick_params(length=0)


def _between(pair: tuple[str, str], events: pd.DataFrame) -> pd.DataFrame:
    """Say of each event between the two who acts on whom: the seeker of a request, otherwise the helper."""
    own = events[events["seeker"].isin(pair) & events["helper"].isin(pair) & events["seeker"].ne(events["helper"])]
    asks = own["kind"].eq("help_request")
    return pd.DataFrame(
        {
            "activity": own["activity"],
            "kind": own["kind"],
            "who": own["seeker"].where(asks, own["helper"]),
            "whom": own["helper"].where(asks, own["seeker"]),
        }
    )


def _draw_talk(ax: Axes, pair: tuple[str, str], between: pd.DataFrame, shown: pd.DataFrame) -> None:
    rows = [(who, whom, kind) for who, whom in (pair, pair[::-1]) for kind in EVENT]
    date = dict(zip(shown["activity"], shown["date"], strict=True))
    for (_, name), day in zip(_named(shown), date.values(), strict=True):
        ax.axvline(day, color=RULE, linewidth=1, zorder=0)
        ax.annotate(
            wrap(name, 20), (day, 1), xycoords=("data", "axes fraction"), xytext=(0, 2), textcoords="offset points",
            rotation=20, ha="left", va="bottom", fontsize=7, color=MUTED,
        )  # fmt: skip
    for (activity, who, kind), own in between.groupby(["activity", "who", "kind"]):
        level = next(-place for place, row in enumerate(rows) if row[0] == who and row[2] == kind)
        ax.scatter(date[activity], level, s=90, color=EVENT[str(kind)], zorder=3, label=str(kind))
        if len(own) > 1:
            ax.annotate(
                str(len(own)),
                (date[activity], level),
                ha="center",
                va="center",
                fontsize=7.5,
                color=ink_on(EVENT[str(kind)]),
                zorder=4,
            )
    ax.axhline(-2.5, color=RULE, linewidth=0.8)
    ax.set(ylim=(-5.6, 0.6))
    ax.set_yticks(-np.arange(6), [f"{who} {_VERB[kind]} {whom}" for who, whom, kind in rows])
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
