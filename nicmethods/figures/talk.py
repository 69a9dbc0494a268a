"""What is said and coded: who talks and whose voices are heard, codes and how far coders agree, who helps whom, in which phase, and whom the hub coaches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

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
    nothing,
    open_side,
    ordered,
    panels,
    ring,
    say,
    stack,
    styled,
    titles,
    with_interval,
    words,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = [
    "plot_agreement",
    "plot_coaching",
    "plot_codes",
    "plot_help",
    "plot_participation",
    "plot_phases",
    "plot_speakers",
    "plot_voices",
]

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
    roster = survey.roster
    spoken = _words_by_person(meetings.turns)
    shown = [activity for activity in ordered(meetings.activities["activity"]) if activity in set(spoken["activity"])]
    ax = axes_or_new(ax, 7.6, 0.42 * max(len(shown), 2) + 1.5)
    if not shown:
        return say(ax, "No talk by a speaker is known.")
    role = spoken["actor"].map(roster.set_index("actor")["role"].astype("str")).astype("str").fillna(_NO_ROLE)
    spoken = spoken.assign(role=role.where(spoken["actor"].notna(), _UNKNOWN))
    roles = [*ordered(roster["role"]), _NO_ROLE, _UNKNOWN]
    fill = {**colours(roles[:-2]), _NO_ROLE: CHANGE["kept"], _UNKNOWN: PAPER}
    names, evenness = titles(meetings.activities, shown), []
    for y, (activity, name) in enumerate(zip(shown, names, strict=True)):
        own = spoken[spoken["activity"].eq(activity)]
        gini = _gini(own.loc[own["actor"].notna(), "n_words"].to_numpy(float))
        own = own.assign(rank=own["role"].map(roles.index)).sort_values(["rank", "n_words"], ascending=[True, False])
        share = own["n_words"].to_numpy(float) / max(own["n_words"].sum(), 1)
        for start, width, of in zip(np.cumsum(share) - share, share, own["role"], strict=True):
            hatch, edge = ("////", MUTED) if of == _UNKNOWN else ("", PAPER)
            style = {"height": 0.68, "facecolor": fill[of], "edgecolor": edge, "hatch": hatch, "linewidth": 1.0}
            ax.barh(-y, width, left=start, **style)
        told = "undefined" if np.isnan(gini) else f"{gini:.2f}"
        ax.text(1.015, -y, told, va="center", fontsize=8)
        evenness.append(f"{name} {told}")
    ax.text(1.015, 0.62, "Gini", va="bottom", fontsize=8, color=MUTED)
    ax.set(xlim=(0, 1), ylim=(-len(shown) + 0.5, 0.6), xlabel="share of the words")
    ax.xaxis.set_major_formatter("{x:.0%}")
    ax.set_yticks(-np.arange(len(shown)), names)
    bare(ax)
    by_role = spoken.groupby("role")["n_words"].sum() / spoken["n_words"].sum()
    used = [of for of in roles if of in by_role]
    ax.figure.legend(handles=[key(fill[of], of) for of in used], loc="outside lower center", ncols=6)
    known = by_role.drop([_NO_ROLE, _UNKNOWN], errors="ignore")
    title = "Shares of the words, person by person; nobody's role is known"
    if len(known):
        title = f"{known.max():.0%} of the words come from the role {known.idxmax()}"
    told = listed(f"{of} {by_role[of]:.0%}" for of in used)
    alt = f"Shares of words by activity and person. Over all activities: {told}. Gini of words: {listed(evenness)}."
    return finish(ax, title=title, alt=alt)


def _n_words(turns: pd.DataFrame) -> pd.Series[int]:
    return turns["text"].fillna("").str.count(r"\S+")


def _words_by_person(turns: pd.DataFrame) -> pd.DataFrame:
    spoken = turns[turns["actor"].notna().groupby(turns["activity"]).transform("any")]
    spoken = spoken.assign(n_words=_n_words(spoken))
    return spoken.groupby(["activity", "actor"], dropna=False, sort=False)["n_words"].sum().reset_index()


def _gini(values: np.ndarray) -> float:
    """Mean absolute difference over twice the mean: 0 where all are alike, NaN below two people or without words."""
    if values.size < 2 or not values.sum():
        return float("nan")
    ranks = 2 * np.arange(1, values.size + 1) - values.size - 1
    return float(ranks @ np.sort(values) / (values.size * values.sum()))


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
    spoken = _n_words(turns).groupby(turns["actor"]).sum()
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
        style: dict[str, Any] = {"facecolor": PAPER, "edgecolor": "#b9bec5", "hatch": "////", "linewidth": 0}
        ax.add_patch(Rectangle((0, row + 0.06), len(codes), 0.88, **style))
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
    people = survey.roster.fillna({"site": "no site"}).sort_values(["site", "actor"], kind="stable")
    n, actors = len(people), people["actor"].to_list()
    side = min(3.0 + 0.17 * n, 9.0)
    ax = axes_or_new(ax, side, side)
    table = pd.crosstab(known["helper"], known["seeker"])
    counts = table.reindex(index=actors, columns=actors, fill_value=0).to_numpy()
    n_both = _draw_counts(ax, counts)
    _draw_sites(ax, people["site"])
    if n <= MOST_LABELS:
        ax.set_xticks(np.arange(n) + 0.5, actors, rotation=90, fontsize=6.5)
        ax.set_yticks(np.arange(n) + 0.5, actors, fontsize=6.5)
    ax.set(ylim=(n, 0), xlim=(0, n), aspect="equal", xlabel="was helped", ylabel="helped")
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
    for start, end in zip(starts, [*starts[1:], len(site)], strict=True):
        style: dict[str, Any] = {"facecolor": _GROUND, "edgecolor": RULE, "linewidth": 0.8, "zorder": 0}
        ax.add_patch(Rectangle((start, start), end - start, end - start, **style))
        if len(starts) <= 12:
            name = wrap(site.iloc[start], 10)
            ax.text((start + end) / 2, -0.3, name, ha="center", va="bottom", fontsize=7.5, color=MUTED)
    for edge in starts[1:]:
        ax.axhline(edge, color=RULE, linewidth=0.6, zorder=0)
        ax.axvline(edge, color=RULE, linewidth=0.6, zorder=0)


COEFFICIENTS = {
    "percent": "Percent agreement",
    "kappa_cohen": "Cohen's kappa",
    "alpha_nominal": "Krippendorff's alpha\n(nominal)",
    "alpha_ordinal": "Krippendorff's alpha\n(ordinal)",
    "ac1_gwet": "Gwet's AC1",
}
_SHAPES = ("o", "s", "D", "^", "v", "P")


@styled
def plot_agreement(agreement: pd.DataFrame, *, coefficients: Mapping[str, str] = COEFFICIENTS) -> Figure:
    """Draw a forest of agreement: a row a code, a panel a coefficient, all on one scale.

    Parameters
    ----------
    agreement
        Run table.
    coefficients
        Coefficient and the words over its panel, in order; those that the table lacks are left out.

    Returns
    -------
    Figure
        Dots with 95 % intervals; beside each code its prevalence and the number of turns, beside each domain of ratings how
        many levels were rated twice. What is undefined is said. A
        mark of its own for each set of coders.
    """
    rows = agreement[agreement["coefficient"].isin(list(coefficients))]
    found = [name for name in coefficients if name in set(rows["coefficient"])]
    if not found:
        return nothing("Nothing was coded or rated by two people: agreement is not known.")
    codes, teams = ordered(rows["code"]), ordered(rows["coders"])
    height = 0.42 * len(codes) * max(1.0, 0.6 * len(teams))
    figure, axes = panels(len(found), across=len(found), size=(1.75, height), rim=(2.3, 1.6), sharex=True, sharey=True)
    for name, ax in zip(found, axes, strict=True):
        last = rows[rows["coefficient"].eq(name)]
        _draw_agreement(ax, last, codes, teams)
        ax.set_title(coefficients[name], fontsize=8.5, fontweight="normal")
    least = min(0.0, float(rows[["value", "low"]].min().min()))
    axes[0].set(xlim=(max(least - 0.05, -1.05), 1.05), ylim=(len(codes) - 0.4, -0.6))
    axes[0].set_yticks(np.arange(len(codes)), [_code_and_n(rows, code) for code in codes])
    figure.supxlabel("agreement (1: perfect; 0: as by chance, in percent: none)", fontsize=8, color=MUTED)
    if len(teams) > 1:
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    title = f"Agreement on {count(len(codes), 'code')} between coders"
    title = "Agreement between raters" if rows["prevalence"].isna().all() else title
    told = [f"{words(row.code)} {with_interval(row.value, row.low, row.high)}" for row in last.itertuples()]
    return finish(
        figure,
        title=title + (f" ({teams[0]})" if len(teams) == 1 else ""),
        alt=f"Forest plot of agreement between coders by code, {count(len(found), 'coefficient')} with 95 % intervals."
        f" {coefficients[found[-1]]}: {', '.join(told)}.",
    )


def _draw_agreement(ax: Axes, rows: pd.DataFrame, codes: list[str], teams: list[str]) -> None:
    for place, (team, ink) in enumerate(colours(teams).items()):
        own = rows[rows["coders"].eq(team)].set_index("code").reindex(codes)
        y = np.arange(len(codes)) + (place - (len(teams) - 1) / 2) * 0.7 / len(teams)
        value, low, high = own[["value", "low", "high"]].to_numpy(float).T
        ax.hlines(y, low, high, color=ink, linewidth=1.8)
        ax.scatter(value, y, s=26, marker=_SHAPES[place % len(_SHAPES)], color=ink, zorder=3, label=team)
        for level in y[np.isnan(value) & own["n"].notna().to_numpy()]:
            ax.text(0.5, level, "undefined", ha="center", va="center", fontsize=7.5, color=MUTED)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.set_xticks([0, 0.5, 1])
    ax.grid(axis="x")
    for line in np.arange(len(codes) - 1) + 0.5:
        ax.axhline(line, color=RULE, linewidth=0.5)
    bare(ax)


def _code_and_n(rows: pd.DataFrame, code: str) -> str:
    own = rows[rows["code"].eq(code)]
    most = own["n"].max()
    if own["prevalence"].isna().all():
        return f"{wrap(words(code), 24)}\n{most:.0f} rated twice"
    return f"{wrap(words(code), 24)}\n{own['prevalence'].mean():.1%} of {count(most, 'turn')}"


_STEADY = {
    "several_activities": ("helped in several activities", CHANGE["created"]),
    "one_activity": ("in one", "#8fc1e3"),
    "not_seen": ("in none of those read", "#d5d8dc"),
    "not_observable": ("never there with the hub", PAPER),
}


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
    y, names = np.arange(len(steps), dtype=float), (steps["cycle"] + ", " + steps["phase"]).to_list()
    apart = phases.pivot_table(index=["cycle", "phase"], columns="who", values="n_help", aggfunc="sum")
    apart = apart.reindex(pd.MultiIndex.from_frame(steps[["cycle", "phase"]])).astype(float).fillna(0)
    apart = apart[[kind for kind in ordered(phases["who"])[1:] if apart.get(kind, pd.Series(0)).sum() > 0]]
    colour = colours(apart.columns)
    stack(ax, y, apart, colour, height=0.62)
    n_help = steps["n_help"].astype(float)
    most = max(float(np.nanmax(n_help, initial=0)), 1.0)
    told = []
    for place, (name, row) in enumerate(zip(names, steps.to_dict("records"), strict=True)):
        beside = _beside(row)
        ax.text(1.02 * most, place, beside, va="center", fontsize=8, color=INK)
        by_kind = listed(f"{words(kind)} {n:.0f}" for kind, n in apart.iloc[place].items() if n)
        told.append(f"{name}: {beside.replace(chr(10), '; ')}" + (f"; {by_kind}" if n_help[place] > 0 else ""))
    ax.set_yticks(y, [wrap(name, 24) for name in names])
    ax.set(xlim=(0, most), ylim=(len(steps) - 0.5, -0.6), xlabel="times of help in coded talk")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    open_side(ax)
    if len(colour):
        handles = [key(colour[kind], words(kind)) for kind in colour]
        ax.figure.legend(handles=handles, loc="outside lower center", ncols=2)
    title = "Nobody has read an activity of any phase"
    if n_help.notna().any():
        at = int(np.nanargmax(n_help))
        title = f"{names[at].capitalize()} has most help: {n_help[at]:.0f} of {count(n_help.sum(), 'time')}"
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
    y, expected = np.arange(len(voices), dtype=float), voices["expected"].astype(float)
    most = float(voices[["share", "expected"]].to_numpy(float).max())
    ax.barh(y, voices["share"], height=0.56, color=CHANGE["created"], label="share of the words")
    style = {"marker": "|", "s": 190, "linewidths": 2, "color": CHANGE["weakened"], "zorder": 3}
    ax.scatter(expected, y, label="if everyone there spoke alike", **style)
    told = []
    for place, row in enumerate(voices.to_dict("records")):
        spoke = f"{row['n_spoke']} of {count(row['n_people'], 'person', 'people')} spoke"
        ax.text(1.06 * most, place, spoke, va="center", fontsize=8, color=MUTED)
        told.append(
            f"{row['role']}: {_percent(row['share'])} of the words, {_percent(row['expected'])} if alike ({spoke})"
        )
    ax.set_yticks(y, [wrap(role, 22) for role in voices["role"]])
    ax.set(xlim=(0, 1.03 * most), ylim=(len(voices) - 0.5, -0.6), xlabel="share of the words whose speaker is known")
    open_side(ax)
    ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    over = voices.loc[(voices["share"] - voices["expected"]).sort_values().index[-1]]
    said = f"{_percent(over['share'])} of the words, {_percent(over['expected'])} if all spoke alike"
    return finish(
        ax,
        title=f"{over['role'].capitalize()}: {said}",
        alt=f"Whose voices are heard, by role. {'; '.join(told)}.",
    )


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


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
    counts = coaching["intensity"].value_counts().reindex(list(_STEADY), fill_value=0)
    seen, left = counts[counts > 0], 0
    for word, n in seen.items():
        colour = _STEADY[str(word)][1]
        hatched: dict[str, Any] = {"hatch": "////", "edgecolor": MUTED, "linewidth": 0} if colour == PAPER else {}
        ax.barh(0, n, left=left, height=0.7, color=colour, **hatched)
        ax.text(left + n / 2, 0, str(n), ha="center", va="center", fontsize=9, color=INK,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1, "alpha": 0.85})  # fmt: skip
        left += n
    keys = [key(colour, said) for said, colour in (_STEADY[str(word)] for word in seen.index)]
    ax.figure.legend(handles=keys, loc="outside lower center", ncols=4)
    ax.set(xlim=(0, len(coaching)), yticks=[], xlabel="members")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.spines["left"].set_visible(False)
    told = listed(f"{_STEADY[str(word)][0]} {n}" for word, n in seen.items())
    n = counts["several_activities"]
    title = f"The hub helped {n or 'none'} of {count(len(coaching), 'member')} in more than one activity"
    return finish(ax, title=title, alt=f"Members by how steadily the hub helped them: {told}.")
