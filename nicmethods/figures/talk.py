"""Who talks, what is coded where, and who helps whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch, Rectangle

from nicmethods.figures.style import (
    CHANGE,
    INK,
    MUTED,
    PAPER,
    RULE,
    axes_or_new,
    bare,
    colours,
    count,
    finish,
    key,
    listed,
    ordered,
    ring,
    say,
    styled,
    titles,
    words,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["plot_codes", "plot_help", "plot_participation", "plot_speakers"]

MOST_LABELS = 60
_NO_ROLE = "no role known"
_UNKNOWN = "unknown speaker"
_BOTH = "#d55e00"
_GROUND = "#f3f1ec"
_COUNT = LinearSegmentedColormap.from_list("count", ["#e6f0f7", "#6aaed6", "#0b4f82"])


@styled
def plot_participation(meetings: Meetings, survey: Survey, *, ax: Axes | None = None) -> Axes:
    """Draw how each activity's words are shared out: a segment a person, most talkative first inside each role.

    Parameters
    ----------
    meetings
        What was said. Activities without any known speaker, such as notes, are left out.
    survey
        Who has which role.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A bar an activity, from 0 to 100 % of its words, with the Gini coefficient of words over those who spoke (0: all
        alike). Hatched: speakers who could not be told who they are.
    """
    activities, roster = meetings.activities, survey.roster
    spoken = _words_by_person(meetings.turns)
    shown = [activity for activity in ordered(activities["activity"]) if activity in set(spoken["activity"])]
    ax = axes_or_new(ax, 7.6, 0.42 * max(len(shown), 2) + 1.5)
    if not shown:
        return say(ax, "No talk by a speaker is known.")
    role = roster.set_index("actor")["role"].astype("str")
    spoken = spoken.assign(
        role=spoken["actor"].map(role).astype("str").fillna(_NO_ROLE).where(spoken["actor"].notna(), _UNKNOWN)
    )
    roles = [*ordered(roster["role"]), _NO_ROLE, _UNKNOWN]
    fill = {**colours(roles[:-2]), _NO_ROLE: CHANGE["kept"], _UNKNOWN: PAPER}
    gini = {}
    for place, activity in enumerate(shown):
        own = spoken[spoken["activity"].eq(activity)]
        gini[activity] = _gini(own.loc[own["actor"].notna(), "n_words"].to_numpy(float))
        own = own.assign(rank=own["role"].map(roles.index)).sort_values(["rank", "n_words"], ascending=[True, False])
        share = own["n_words"].to_numpy(float) / max(own["n_words"].sum(), 1)
        for start, width, of in zip(np.cumsum(share) - share, share, own["role"], strict=True):
            hatch, edge = ("////", MUTED) if of == _UNKNOWN else ("", PAPER)
            ax.barh(
                -place, width, left=start, height=0.68, facecolor=fill[of], edgecolor=edge, hatch=hatch, linewidth=1.0
            )
        ax.text(1.015, -place, _two(gini[activity]), va="center", fontsize=8)
    ax.text(1.015, 0.62, "Gini", va="bottom", fontsize=8, color=MUTED)
    ax.set(xlim=(0, 1), ylim=(-len(shown) + 0.5, 0.6), xlabel="share of the words")
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.set_yticks(-np.arange(len(shown)), titles(activities, shown))
    bare(ax)
    used = [of for of in roles if of in set(spoken["role"])]
    keys = [key(fill[of], of) for of in used]
    ax.figure.legend(handles=keys, loc="outside lower center", ncols=6)
    by_role = spoken.groupby("role")["n_words"].sum() / spoken["n_words"].sum()
    known = by_role.drop([_NO_ROLE, _UNKNOWN], errors="ignore")
    title = "Shares of the words, person by person; nobody's role is known"
    if len(known):
        title = f"{known.max():.0%} of the words come from the role {known.idxmax()}"
    told = listed(f"{of} {by_role[of]:.0%}" for of in used)
    evenness = listed(f"{title} {_two(gini[a])}" for a, title in zip(shown, titles(activities, shown), strict=True))
    return finish(
        ax,
        title=title,
        alt=f"Shares of words by activity and person. Over all activities: {told}. Gini of words: {evenness}.",
    )


def _words_by_person(turns: pd.DataFrame) -> pd.DataFrame:
    spoken = turns[turns["actor"].notna().groupby(turns["activity"]).transform("any")]
    n_words = spoken["text"].fillna("").str.count(r"\S+")
    counted = spoken.assign(n_words=n_words).groupby(["activity", "actor"], dropna=False, sort=False)["n_words"].sum()
    return counted.reset_index()


def _gini(values: np.ndarray) -> float:
    """Mean absolute difference over twice the mean: 0 where all are alike, NaN below two people or without words."""
    if values.size < 2 or not values.sum():
        return float("nan")
    ranks = 2 * np.arange(1, values.size + 1) - values.size - 1
    return float(ranks @ np.sort(values) / (values.size * values.sum()))


def _two(value: float) -> str:
    return "undefined" if np.isnan(value) else f"{value:.2f}"


@styled
def plot_speakers(meetings: Meetings, survey: Survey, *, ax: Axes | None = None) -> Axes:
    """Draw how much each person said over all activities, those who said nothing included.

    Parameters
    ----------
    meetings
        What was said.
    survey
        Who has which role.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A bar a person in the colour of the role, most words first.
    """
    ax, turns, roster = axes_or_new(ax, 7.6, 3.0), meetings.turns, survey.roster
    if turns["actor"].notna().sum() == 0:
        return say(ax, "No talk by a known speaker.")
    spoken = turns.assign(n_words=turns["text"].fillna("").str.count(r"\S+")).groupby("actor")["n_words"].sum()
    people = roster.set_index("actor")["role"].astype("str").to_frame().assign(n_words=spoken)
    people = people.fillna({"n_words": 0, "role": _NO_ROLE}).sort_values("n_words", ascending=False)
    fill = colours(ordered(roster["role"]))
    for role, own in people.groupby("role", sort=False):
        places = people.index.get_indexer(own.index)
        ax.bar(places, own["n_words"], width=0.78, color=fill.get(role, CHANGE["kept"]), label=role)
    few = len(people) <= MOST_LABELS
    ax.set_xticks(np.arange(len(people)) if few else [], people.index.to_list() if few else [])
    ax.tick_params(axis="x", rotation=90 if len(people) > 14 else 0, length=0, labelsize=7)
    ax.set(ylabel="words", xlim=(-0.6, len(people) - 0.4), xlabel="" if few else "people, most words first")
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)
    ax.legend(loc="upper right")
    silent = people.index[people["n_words"].eq(0)].to_list()
    half = int(np.searchsorted(people["n_words"].cumsum(), people["n_words"].sum() / 2)) + 1
    quiet = f" No words from {listed(silent)}." if 0 < len(silent) <= MOST_LABELS else ""
    return finish(
        ax,
        title=f"{half} of {len(people)} people say half of the words",
        alt=f"Words by person: {half} of {len(people)} people say half of them; most from {people.index[0]}."
        f" {count(len(silent), 'person says', 'people say')} nothing.{quiet}",
    )


@styled
def plot_codes(meetings: Meetings, talk: Talk, *, ax: Axes | None = None) -> Axes:
    """Draw which codes were found in which activity, and tell "none found" from "not read".

    Parameters
    ----------
    meetings
        The activities, in the order wanted.
    talk
        The coded talk. A turn counts once for a code, however many coders gave it; an activity without coverage was not
        coded.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A row an activity, a column a code, turns in each cell. Hatched: not coded, which is not zero.
    """
    import seaborn as sns

    codings, activities = talk.codings, meetings.activities
    codes = codings["code"].value_counts().index.to_list()
    shown = ordered(activities["activity"])
    if not shown or not codes:
        return say(axes_or_new(ax, 7.2, 2.0), "Nothing has been coded.")
    ax = axes_or_new(ax, 0.78 * len(codes) + 2.9, 0.36 * len(shown) + 1.7)
    turns = codings.drop_duplicates(["activity", "turn", "code"])
    counts = pd.crosstab(turns["activity"], turns["code"]).reindex(index=shown, columns=codes, fill_value=0)
    read = counts.index.isin(talk.coverage["activity"]) | counts.sum(axis=1).gt(0).to_numpy()
    sns.heatmap(
        counts, mask=~np.broadcast_to(read[:, None], counts.shape), annot=True, fmt="d", annot_kws={"size": 8},
        cmap=_COUNT, vmin=0, cbar=False, linewidths=1.5, linecolor=PAPER, ax=ax,
    )  # fmt: skip
    for row in np.flatnonzero(~read):
        ax.add_patch(
            Rectangle(
                (0, row + 0.06), len(codes), 0.88, facecolor=PAPER, edgecolor="#b9bec5", hatch="////", linewidth=0
            )
        )
        ax.text(len(codes) / 2, row + 0.5, "not coded", ha="center", va="center", fontsize=8, color=MUTED,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 2})  # fmt: skip
    ax.set(xlabel="", ylabel="", xticks=np.arange(len(codes)) + 0.5, yticks=np.arange(len(shown)) + 0.5)
    ax.set_xticklabels([wrap(words(code.rpartition(".")[2]), 10) for code in codes], rotation=0)
    ax.set_yticklabels(titles(activities, shown), rotation=0)
    ax.xaxis.tick_top()
    bare(ax)
    n_read = int(read.sum())
    total = counts.sum()
    suggested = codings["coder"].eq("suggestions").any()
    said = "machine-suggested, not reviewed" if suggested else f"{n_read} of {len(shown)} activities were coded"
    title = f"{words(total.idxmax()).capitalize()} is found most; {said}"
    told = listed(f"{words(code)} {n}" for code, n in total.items())
    unread = [title for title, done in zip(titles(activities, shown), read, strict=True) if not done]
    rest = f" Not coded: {listed(unread)}." if unread else ""
    return finish(ax, title=title, alt=f"Heat map of turns by activity and code. Turns in all: {told}.{rest}")


@styled
def plot_help(talk: Talk, survey: Survey, *, ax: Axes | None = None) -> Axes:
    """Draw who helped whom and how often, people of a site side by side, reciprocated help outlined.

    Parameters
    ----------
    talk
        The coded talk; only events with a known helper and seeker are drawn, the others are counted in the alternative text.
    survey
        Who belongs to which site.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A row a helper, a column a seeker. Outlined: both ways.
    """
    of_kind = talk.events[talk.events["kind"].eq("help_given")]
    known = of_kind.dropna(subset=["seeker", "helper"])
    if known.empty:
        return say(axes_or_new(ax, 7.2, 2.0), "No help given between two known people has been coded.")
    people = survey.roster.assign(site=survey.roster["site"].fillna("no site")).sort_values(
        ["site", "actor"], kind="stable"
    )
    side = min(3.0 + 0.17 * len(people), 9.0)
    ax = axes_or_new(ax, side, side)
    actors = people["actor"].to_list()
    counts = (
        pd.crosstab(known["helper"], known["seeker"]).reindex(index=actors, columns=actors, fill_value=0).to_numpy()
    )
    n_both = _draw_counts(ax, counts)
    _draw_sites(ax, people["site"])
    if len(people) <= MOST_LABELS:
        ax.set_xticks(np.arange(len(people)) + 0.5, actors, rotation=90, fontsize=6.5)
        ax.set_yticks(np.arange(len(people)) + 0.5, actors, fontsize=6.5)
    ax.set(ylim=(len(people), 0), xlim=(0, len(people)), aspect="equal", xlabel="was helped", ylabel="helped")
    bare(ax)
    keys = [
        Patch(facecolor=_COUNT(0.5), label="once or more (number: how often)"),
        Patch(facecolor=PAPER, edgecolor=_BOTH, linewidth=1.8, label="both ways"),
        Patch(facecolor=_GROUND, label="same site"),
    ]
    ax.figure.legend(handles=keys, loc="outside lower center", ncols=3)
    top = known["helper"].value_counts()
    title = f"Help given {count(len(known), 'time')}, {count(n_both, 'pair')} both ways"
    alt = (
        f"Heat map of help given, rows: helped, columns: was helped. {len(known)} events between"
        f" {count((counts > 0).sum(), 'ordered pair')}; {count(n_both, 'pair')} both ways; most in the row of"
        f" {top.index[0]} ({top.iloc[0]}). {len(of_kind) - len(known)} more without both people known."
    )
    finish(ax, title=title, alt=alt)
    ax.set_title(ax.get_title(loc="left"), pad=30)
    return ax


def _draw_counts(ax: Axes, counts: np.ndarray) -> int:
    """Colour and number the cells, outline those that run both ways, and say how many pairs do."""
    ax.pcolormesh(np.ma.masked_equal(counts, 0), cmap=_COUNT, vmin=0, edgecolors=PAPER, linewidth=0.4)
    both = np.argwhere((counts > 0) & (counts.T > 0)).tolist()
    for row, column in both:
        ring(ax, column + 0.5, row + 0.5, _BOTH, "reciprocated")
    for row, column in np.argwhere(counts > 1).tolist() if len(counts) <= MOST_LABELS else ():
        n = counts[row, column]
        ink = PAPER if n > 0.6 * counts.max() else INK
        ax.text(column + 0.5, row + 0.52, str(n), ha="center", va="center", fontsize=7, color=ink)
    return len(both) // 2


def _draw_sites(ax: Axes, site: pd.Series) -> None:
    """Shade the squares inside a site and name the sites along the top."""
    starts = np.flatnonzero(site.ne(site.shift()).to_numpy()).tolist()
    ends = [*starts[1:], len(site)]
    for start, end in zip(starts, ends, strict=True):
        ax.add_patch(
            Rectangle(
                (start, start), end - start, end - start, facecolor=_GROUND, edgecolor=RULE, linewidth=0.8, zorder=0
            )
        )
        if len(starts) <= 12:
            name = wrap(site.iloc[start], 10)
            ax.text((start + end) / 2, -0.3, name, ha="center", va="bottom", fontsize=7.5, color=MUTED)
    for edge in starts[1:]:
        ax.axhline(edge, color=RULE, linewidth=0.6, zorder=0)
        ax.axvline(edge, color=RULE, linewidth=0.6, zorder=0)
