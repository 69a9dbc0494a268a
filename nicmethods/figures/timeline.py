"""What happened when: waves and activities, one pair's story, which activities came before new and stronger ties, and steps of the trust pathway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    TOP,
    axes_or_new,
    bare,
    count,
    finish,
    ink_on,
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
    styled,
    titles,
    words,
    wrap,
)
from nicmethods.network.places import first_relation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["plot_activity_yield", "plot_pathway", "plot_pathway_steps", "plot_thread", "plot_timeline"]

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
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1])
    shown = activities.dropna(subset="date").sort_values("date").reset_index(drop=True)
    undated = activities.loc[activities["date"].isna(), "activity"].to_list()
    note_below = f"Without a date, not placed: {listed(undated)}." if undated else ""
    x = shown["date"]
    if shown.empty:
        shown = activities.reset_index(drop=True)
        x = pd.Series(np.arange(len(shown), dtype=float))
        note_below = "No activity has a date: they stand in the order of activities.csv."
    else:
        _draw_waves((above, below), waves.dropna(subset=["opened", "closed"]), va="bottom")
    counts = pd.crosstab(talk.events["activity"], talk.events["kind"])
    counts = counts.reindex(index=shown["activity"], columns=list(EVENT), fill_value=0)
    date = shown["date"].to_numpy()[:, None]
    inside = (date >= waves["opened"].to_numpy()) & (date <= waves["closed"].to_numpy())
    n_people = meetings.attendance.groupby("activity").size().reindex(shown["activity"]).fillna(0)
    placed = shown.assign(
        name=titles(shown, shown["activity"].to_list()),
        n_people=n_people.to_numpy(float),
        during=inside.any(axis=1),
        unread=~shown["activity"].isin(talk.coverage["activity"]) & counts.sum(axis=1).eq(0).to_numpy(),
    )
    _draw_activities(above, placed, x)
    _draw_events(below, placed, x, counts)
    for ax in (above, below):
        ax.margins(x=0.1)
    if len(undated) < len(activities):
        _date_axis(below)
    else:
        below.set_xticks(np.arange(len(shown)), shown["activity"].to_list())
    if note_below:
        below.set_xlabel(note_below, fontsize=8, loc="left")
    marks = [
        Line2D([], [], color="none", marker=_SHAPE[label.split()[0]], markersize=7, markeredgecolor=INK,
               markerfacecolor=PAPER if "during" in label else INK, label=label)
        for label in above.get_legend_handles_labels()[1]
    ]  # fmt: skip
    figure.legend(handles=[*marks, *below.get_legend_handles_labels()[0]], loc="outside lower center", ncols=7)
    told = [
        f"{row.name} ({'no date' if pd.isna(row.date) else f'{row.date.day} {row.date:%B %Y}'}"
        f"{', during a survey' if row.during else ''}): {row.n_people:.0f} people, "
        + ("not coded" if row.unread else _told(counts.loc[[row.activity]]))
        for row in placed.itertuples(index=False)
    ]
    held = f"{count(len(activities), 'activity', 'activities')}, {count(len(waves), 'survey wave')}"
    alt = f"Timeline of {count(len(waves), 'survey wave')} and the activities between. {'. '.join(told)}. {note_below}"
    return finish(figure, title=f"{held}; coded: {_told(counts)}", alt=alt)


def _draw_waves(axes: Sequence[Axes], waves: pd.DataFrame, *, va: str = "baseline") -> None:
    """Draw dated waves as bands down all axes, named above the first."""
    for wave, opened, closed in waves[["wave", "opened", "closed"]].itertuples(index=False):
        for ax in axes:
            ax.axvspan(opened, closed + pd.Timedelta(days=1), color="#eceef0", zorder=0)
        at, style = (opened + (closed - opened) / 2, 1), {"ha": "center", "va": va, "fontsize": 8, "color": MUTED}
        note(axes[0], f"wave {wave}", at, (0, 3), xycoords=TOP, **style)


def _date_axis(ax: Axes) -> None:
    locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def _draw_activities(ax: Axes, placed: pd.DataFrame, x: pd.Series) -> None:
    level = np.arange(len(placed)) % 3
    n_people = placed["n_people"].to_numpy()
    size = 40 + 260 * n_people / max(n_people.max(initial=0.0), 1.0)
    for kind, shape in _SHAPE.items():
        for hollow, face, label in ((False, INK, kind), (True, PAPER, f"{kind} during a survey")):
            here = (placed["kind"].eq(kind) & placed["during"].eq(hollow)).to_numpy()
            if here.any():
                style = {"marker": shape, "facecolor": face, "edgecolor": INK, "label": label, "zorder": 3}
                ax.scatter(x[here], -level[here], s=size[here], **style)
    ax.vlines(x, -3, -level, color=RULE, linewidth=1, zorder=1)
    for place, low, area, name, n in zip(x, -level, size, placed["name"], n_people, strict=True):
        told = f"{wrap(name, 18)}\n{count(n, 'person', 'people') if n else 'nobody listed'}"
        note(ax, told, (place, low), (np.sqrt(area) / 2 + 4, 0), va="center", fontsize=7.5, linespacing=1.25, zorder=4)
    ax.set(ylim=(-3, 0.7), yticks=[])
    bare(ax)


def _draw_events(ax: Axes, placed: pd.DataFrame, x: pd.Series, counts: pd.DataFrame) -> None:
    days: object = date2num(x) if pd.api.types.is_datetime64_any_dtype(x) else x  # type: ignore[no-untyped-call]
    numbers = np.asarray(days, dtype=float)
    gaps = np.diff(np.unique(numbers))
    span = np.ptp(numbers) if len(numbers) > 1 else 1.0
    width = min(max(span / 45, 0.02), 0.9 * gaps.min() if len(gaps) else 1.0)
    bottom = np.zeros(len(placed))
    for kind, colour in EVENT.items():
        style = {"color": colour, "edgecolor": PAPER, "linewidth": 0.6, "label": words(kind)}
        ax.bar(numbers, counts[kind], width=width, bottom=bottom, **style)
        bottom = bottom + counts[kind].to_numpy()
    for place, total, unread in zip(numbers, bottom, placed["unread"], strict=True):
        told, ink = ("not\ncoded", MUTED) if unread else (f"{total:.0f}", INK)
        note(ax, told, (place, total), (0, 2), ha="center", va="bottom", fontsize=7.5, color=ink)
    ax.set_ylabel("coded events")
    ax.set_ylim(0, max(1.0, 1.2 * float(bottom.max(initial=0.0))))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    open_side(ax, grid="y")


def _told(counts: pd.DataFrame) -> str:
    return listed(f"{words(kind)} {number}" for kind, number in counts.sum().items())


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
    shown = shown.assign(name=titles(shown, shown["activity"].to_list()))
    figure = new_figure(8.6, 4.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[1, 1.5])
    reports = _reports(pair, dated, survey, relation)
    _draw_reports(above, reports, dated)
    between = _between(pair, talk.events).merge(shown[["activity", "date"]], on="activity")
    _draw_talk(below, pair, between, shown)
    _date_axis(below)
    figure.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    told = [
        f"{who}: {', '.join('not reported' if np.isnan(value) else f'{value:g}' for value in values)}"
        for who, values in reports.items()
    ]
    sentence = between["who"] + " " + between["kind"].map(_VERB) + " " + between["whom"]
    said = sentence.groupby(between["activity"]).agg(", ".join)
    passed = [f"{row.name} ({said[row.activity]})" for row in shown.itertuples(index=False) if row.activity in said]
    lead = f"{relation}: " if len(survey.relations) > 1 else ""
    return finish(
        figure,
        title=f"{lead}{a} and {b}: together {len(shown)} times, {len(between)} coded events between them",
        alt=f"{lead}Story of {a} and {b}. Reports by wave: {'; '.join(told)}."
        f" Talk: {'; '.join(passed) or 'nothing coded between them'}.",
    )


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
        for x in middle[np.isnan(y)]:
            ax.text(x, 0.2 + 4 * shift, "?", color=colour, fontsize=11, ha="center", fontweight="bold")
    _draw_waves([ax], waves)
    most = np.nanmax([2.0, *(value for values in reports.values() for value in values)])
    ax.set(ylim=(-0.4, most + 0.6), yticks=np.arange(0, most + 1), ylabel="reported tie")
    open_side(ax, grid="y", ticks="both")


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
    rows = [(who, kind) for who in pair for kind in EVENT]
    for row in shown.itertuples():
        ax.axvline(row.date, color=RULE, linewidth=1, zorder=0)
        style = {"rotation": 20, "ha": "left", "va": "bottom", "fontsize": 7, "color": MUTED}
        note(ax, wrap(row.name, 20), (row.date, 1), (0, 2), xycoords=TOP, **style)
    for (_, who, kind), own in between.groupby(["activity", "who", "kind"]):
        at, colour = (own["date"].iloc[0], -rows.index((str(who), str(kind)))), EVENT[str(kind)]
        ax.scatter(*at, s=90, color=colour, zorder=3, label=str(kind))
        if len(own) > 1:
            ax.annotate(str(len(own)), at, ha="center", va="center", fontsize=7.5, color=ink_on(colour), zorder=4)
    ax.axhline(-2.5, color=RULE, linewidth=0.8)
    ax.set(ylim=(-5.6, 0.6))
    whom = dict(zip(pair, pair[::-1], strict=True))
    ax.set_yticks(-np.arange(6), [f"{who} {_VERB[kind]} {whom[who]}" for who, kind in rows])
    open_side(ax)


_STEPS: dict[str, tuple[str, str, Any]] = {
    "shared_practice": ("practice shared", EVENT["shared_practice"], "-"),
    "help_asked": ("then help asked", EVENT["help_request"], (0, (5, 1.5))),
    "help_reciprocated": ("then help returned", EVENT["help_given"], (0, (2, 1.2))),
}


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
    rows = rows.assign(
        step=rows["from_wave"].astype(str) + " to " + rows["to_wave"].astype(str),
        title=titles(activities, rows["activity"].to_list()),
    )
    _draw_yield(ax, rows)
    n_above = int(rows["n_preceded"].gt(rows["null_high"]).sum())
    told = [
        f"{row.title} ({row.step}): {row.n_preceded} of {row.n_ties}, expected "
        + ("unknown" if pd.isna(row.expected) else f"{row.expected:.1f}")
        for row in rows.itertuples(index=False)
    ]
    return finish(
        ax,
        title=f"{lead}{count(n_above, 'activity', 'activities')} of {len(rows)} with more new or stronger ties of helping pairs than chance",
        alt=f"{lead}New or stronger ties in the next survey between people who helped in each activity, beside chance. {'; '.join(told)}.",
    )


def _draw_yield(ax: Axes, rows: pd.DataFrame) -> None:
    y = -(np.arange(len(rows)) + 0.9 * pd.factorize(rows["step"])[0])
    null = rows[["null_low", "null_high"]].to_numpy(float)
    right = max(1.0, float(rows["n_preceded"].max()), float(np.nan_to_num(null).max()))
    ax.hlines(y, *null.T, color=RULE, linewidth=9, label="95 % range if anyone present had taken part")
    ax.scatter(rows["expected"], y, marker="|", s=90, color=MUTED, zorder=3, label="expected then")
    style = {"s": 44, "color": EVENT["help_given"], "zorder": 4, "label": "between people who helped there"}
    ax.scatter(rows["n_preceded"], y, **style)
    for level, row in zip(y, rows.itertuples(), strict=True):
        p = "" if pd.isna(row.p_holm) else f", p {_p(row.p_holm)}"
        ax.text(right * 1.06, level, f"{row.n_preceded} of {row.n_ties} ties{p}", va="center", fontsize=8)
    for step, top in pd.Series(y).groupby(rows["step"].to_numpy(), sort=False).max().items():
        ax.text(0, top + 0.62, str(step), fontsize=8, color=MUTED, va="center", fontweight="bold")
    ax.set_yticks(y, [wrap(name, 26) for name in rows["title"]])
    ax.set(xlim=(-0.03 * right, right * 1.02), ylim=(y.min() - 0.6, 1.0))
    ax.set_xlabel("new or stronger ties in the survey after the activity")
    open_side(ax, grid="x")
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
    told, shares = [], []
    for group, ax in zip(groups, axes, strict=True):
        own = rows[rows["group"].eq(group)]
        last = _draw_curves(ax, own, 1.04 * float(rows["days"].max()))
        ax.set_title(f"{scope_words(group)} ({count(own['n_at_risk'].max(), 'pair')})", fontweight="normal")
        ax.set_xlabel("days since first together")
        told.append(f"{scope_words(group)} {listed(f'{_STEPS[s][0]} {share:.0%}' for s, share in last.items())}")
        shares.append(f"{last.get('help_reciprocated', 0.0):.0%} of pairs {scope_words(group)}")
    for ax in axes[::3]:
        ax.set_ylabel("share of pairs")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    title = f"Practice shared, help asked, help returned: reached by {listed(shares[:2])}"
    alt = f"Share of pairs that reached each step by the last day observed: {'; '.join(told)}."
    return finish(figure, title=title, alt=alt)


def _draw_curves(ax: Axes, rows: pd.DataFrame, end: float) -> dict[str, float]:
    reached = {}
    for step, (label, colour, dashes) in _STEPS.items():
        own = rows[rows["step"].eq(step)].sort_values("days")
        if own.empty:
            continue
        days = np.r_[0.0, own["days"].to_numpy(float), end]
        share, low, high = (np.r_[0.0, own[c].to_numpy(float), own[c].iloc[-1]] for c in ("reached", "low", "high"))
        ax.fill_between(days, low, high, step="post", color=colour, alpha=0.16, linewidth=0)
        ax.step(days, share, where="post", color=colour, linewidth=2, linestyle=dashes, label=label)
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
    own = {group: rows[rows["group"].eq(group)].set_index("step").reindex(list(_STEPS)) for group in groups}
    for (group, steps), ax in zip(own.items(), axes, strict=True):
        _draw_steps(ax, steps)
        ax.set_title(f"{scope_words(group)} ({count(steps['n_pairs'].max(), 'pair')})", fontweight="normal")
    axes[0].set_yticks([0, -1, -2], [label for label, _, _ in _STEPS.values()])
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    told = [
        f"{scope_words(group)} {listed(f'{_STEPS[s][0]} {n}' for s, n in own[group]['n_reached'].dropna().items())}"
        for group in rows["group"].unique()
    ]
    shared, asked, returned = (f"{n:.0f}" for n in own[groups[0]]["n_reached"].fillna(0))
    title = (
        f"Of {own[groups[0]]['n_pairs'].max()} pairs, {shared} share practice, {asked} then ask, {returned} return help"
    )
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
    style = {"s": 40, "edgecolor": INK, "linewidth": 0.6, "zorder": 3, "label": "pairs"}
    ax.scatter(found, y, color=[colour for _, colour, _ in _STEPS.values()], **style)
    for level, n in zip(y, found, strict=True):
        note(ax, "" if np.isnan(n) else f"{n:.0f}", (n, level), (0, 6), ha="center", fontsize=8,
             bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.5, "alpha": 0.7})  # fmt: skip
    most = max(1.0, float(np.nanmax(rows[["n_reached", "order_high", "present_high"]].to_numpy(float), initial=0.0)))
    ax.set(ylim=(-2.6, 0.7), xlim=(-0.06 * most, 1.08 * most), xlabel="pairs")
    open_side(ax, grid="x")
