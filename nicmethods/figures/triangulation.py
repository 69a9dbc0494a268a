"""Both strands side by side: pairs, verdicts, propositions, and how far verdicts hang on choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from nicmethods.figures import style
from nicmethods.tables import words
from nicmethods.tables.saying import listed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_dyads", "plot_propositions", "plot_verdicts"]

_TALK = {
    "reciprocated": "help,\nboth ways",
    "help": "help,\none way",
    "other": "asked or\nshared only",
    "nothing": "together,\nnothing coded",
    "apart": "never together\nin coded talk",
}
_N_SHOWN = 7  # of them, those in which a change of the tie or help is shown


@style.styled
def plot_dyads(dyads: pd.DataFrame, *, relation: str = "", ax: Axes | None = None) -> Axes:
    """Draw every pair by what the survey says of it and what the talk says of it.

    Parameters
    ----------
    dyads
        Run table; a pair counts once an interval.
    relation
        Survey question; empty: the first.
    ax
        Axes to draw in; without it those of a new figure.

    Returns
    -------
    Axes
        A row a survey change, a column a state of the talk. Each tile has the number of pairs, in the colour and with
        the name of the verdict that the two strands give together.
    """
    if dyads.empty:
        return style.say(
            style.axes_or_new(ax, 7.2, 2.0), "No pair has both an interval between surveys and talk to set beside it."
        )
    ax = style.axes_or_new(ax, 8.0, 4.9)
    dyads, lead = style.of_relation(dyads, relation)
    counted = dyads.assign(talk=_talk_state(dyads)).groupby(["change", "talk"])["verdict"]
    changes, states = list(style.CHANGE), list(_TALK)
    for (change, state), verdicts in counted:
        row, column = changes.index(str(change)), states.index(str(state))
        start, cell = float(column), verdicts.value_counts().sort_index()
        for verdict, n in cell.items():
            look: dict[str, Any] = {
                "facecolor": style.VERDICT[str(verdict)],
                "edgecolor": style.PAPER,
                "linewidth": 2,
                "label": verdict,
            }
            ax.add_patch(Rectangle((start, row), n / cell.sum(), 1, **look))
            start += n / cell.sum()
        ink = style.ink_on(style.VERDICT[str(cell.sort_values().index[-1])])
        ax.text(column + 0.5, row + 0.52, f"{cell.sum():,}", ha="center", va="center", fontsize=10, color=ink)
    ax.set(xlim=(0, len(states)), ylim=(len(changes), 0), xlabel="what the talk shows", ylabel="what the survey shows")
    ax.set_xticks(np.arange(len(states)) + 0.5, list(_TALK.values()))
    ax.set_yticks(np.arange(len(changes)) + 0.5, [words(change) for change in changes])
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    style.bare(ax)
    total = dyads["verdict"].value_counts().reindex(list(style.PAIR_VERDICT)).dropna().astype(int)
    keys = [style.key(style.VERDICT[str(verdict)], f"{words(verdict)} ({n:,})") for verdict, n in total.items()]
    ax.figure.legend(handles=keys, loc="outside lower center", ncols=3)
    judged = [v for v in ("coincide", "tie_without_help", "help_without_tie") if v in total.index]
    brief = listed(f"{total[verdict]:,} {words(verdict)}" for verdict in judged)
    title = f"Survey and talk of pairs: {brief}" if judged else "No pair has evidence in both strands"
    said = listed(f"{words(verdict)} {n:,}" for verdict, n in total.items())
    alt = f"{lead}Pairs by survey change and talk, {len(dyads):,} in all. Verdicts: {said}."
    return style.finish(ax, title=lead + title, alt=alt)


def _talk_state(dyads: pd.DataFrame) -> pd.Series:
    n_help = dyads["n_help_ab"] + dyads["n_help_ba"]
    n_other = dyads[["n_request_ab", "n_request_ba", "n_shared_ab", "n_shared_ba"]].sum(axis=1)
    tests = [dyads["reciprocated_talk"].astype(bool), n_help.gt(0), n_other.gt(0), dyads["n_together_coded"].gt(0)]
    return pd.Series(np.select([test.to_numpy(bool) for test in tests], list(_TALK)[:4], "apart"), index=dyads.index)


@style.styled
def plot_verdicts(
    convergence: pd.DataFrame, *, by: tuple[str, ...] = ("scope", "role_pair"), relation: str = ""
) -> Figure:
    """Draw how survey and talk converge, by within and across sites and by role pair.

    Parameters
    ----------
    convergence
        Run table.
    by
        Groupings to draw.
    relation
        Survey question; empty: the first.

    Returns
    -------
    Figure
        Left, a bar a group: the share of each verdict among pairs where at least one strand shows something, n at its
        end. Right, the pairs that do not count there: lasting or waning ties without help, neither tie nor help, and not observable.
    """
    asked, lead = style.of_relation(convergence, relation)
    rows = asked[asked["by"].isin(list(by))]
    if rows.empty or not rows["n"].sum():
        return style.nothing("No pair could be judged.")
    counts = rows.pivot_table(index=["by", "group"], columns="verdict", values="n", aggfunc="sum", fill_value=0)
    groups = [
        (name, group)
        for name in by
        for group in style.ordered(rows.loc[rows["by"].eq(name), "group"], ("within", "across"))
    ]
    counts = counts.reindex(index=pd.MultiIndex.from_tuples(groups), columns=list(style.PAIR_VERDICT), fill_value=0)
    counts = counts.astype(float)
    names = [style.scope_words(group) for _, group in groups]
    judged, others = counts.iloc[:, :_N_SHOWN], counts.iloc[:, _N_SHOWN:]
    figure = style.new_figure(8.6, 0.36 * len(counts) + 1.9)
    bars, rest = figure.subplots(1, 2, width_ratios=[4, 1.5], sharey=True)
    y = -(np.arange(len(counts)) + 0.6 * pd.factorize(counts.index.get_level_values(0))[0])
    share = judged.div(judged.sum(axis=1).replace(0, np.nan), axis=0).fillna(0)
    style.stack(bars, y, share, style.VERDICT, numbers=judged, least=0.04)
    for level, n in zip(y, judged.sum(axis=1), strict=True):
        bars.text(1.01, level, f"n = {n:,.0f}", va="center", fontsize=7.5, color=style.MUTED)
    bars.set(xlim=(0, 1), xlabel="share of the pairs where a strand shows something")
    bars.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    bars.set_yticks(y, names)
    style.stack(rest, y, others, style.VERDICT, edgecolor=style.MUTED, linewidth=0.5)
    rest.set_xlabel("other pairs")
    for ax in (bars, rest):
        style.open_side(ax)
    keys = [
        style.key(style.VERDICT[verdict], words(verdict)) for verdict in style.PAIR_VERDICT if counts[verdict].sum()
    ]
    figure.legend(handles=keys, loc="outside lower center", ncols=4)
    first = judged.loc[groups[0][0]]
    brief = [
        f"{row['coincide']:.0f} of {row.sum():.0f} pairs {style.scope_words(group)}" for group, row in first.iterrows()
    ]
    told = [
        f"{name}: {listed(f'{words(verdict)} {n:.0f}' for verdict, n in row.items() if n)}"
        for name, (_, row) in zip(names, counts.iterrows(), strict=True)
    ]
    return style.finish(
        figure,
        title=f"{lead}A new or stronger tie and help coincide: {listed(brief[:3])}",
        alt=f"{lead}Bars of verdicts on pairs. {'. '.join(told)}.",
    )


@style.styled
def plot_propositions(propositions: pd.DataFrame) -> Figure:
    """Draw each proposition as a row: what is claimed, what survey, talk and both together show, and the verdict.

    Parameters
    ----------
    propositions
        Run table.

    Returns
    -------
    Figure
        A row a proposition. *Survey*: net change with its 95 % interval, a line at 0. *Talk*: share of the pairs that were
        together in read talk, with its exact 95 % interval. *Same pairs*: occasions with both, a line at what would be
        expected anyway. Signs: ▲ supports, ▼ contradicts, ○ leaves open, – nothing to say. Right: the proposed
        verdict, and the researchers' below it where they have given one.
    """
    if propositions.empty:
        return style.nothing("No propositions were evaluated.")
    n, said = len(propositions), []
    figure = style.new_figure(11.6, 0.86 * n + 1.3)
    grid = figure.subplots(n, 5, squeeze=False, width_ratios=[3.4, 2, 2, 2, 1.6])
    heads = ("Proposition", "Survey: net change", "Talk: share of pairs", "On the same pairs", "Proposed verdict")
    for ax, name in zip(grid[0], heads, strict=True):
        ax.set_title(name, fontsize=9, color=style.MUTED, fontweight="normal")
    for row, (claim, survey, talk, together, verdict) in zip(propositions.to_dict("records"), grid, strict=True):
        for ax in (claim, verdict):
            ax.set_axis_off()
        claim.text(0, 0.5, style.wrap(row["statement"], 46), va="center", fontsize=8.5, transform=claim.transAxes)
        about = ""
        if row["relation"] != "none":
            about, told = f" ({row['relation']})", f"survey question: {row['relation']}"
            claim.text(0, 0.04, told, va="center", fontsize=7, color=style.MUTED, transform=claim.transAxes)
        share = row["n_seen"] / row["n_pairs"] if row["n_pairs"] else np.nan
        _draw_value(survey, (row["survey_value"], row["survey_low"], row["survey_high"], 0), str(row["survey_stance"]))
        _draw_value(talk, (share, row["seen_low"], row["seen_high"], np.nan), str(row["talk_stance"]))
        both = row["n_both"] if row["n_rows"] else np.nan
        told = "nothing to compare" if np.isnan(both) else f"{int(both)}, {row['expected']:.1f} expected"
        _draw_value(together, (both, np.nan, np.nan, row["expected"]), str(row["together_stance"]), told=told)
        _draw_badge(verdict, row)
        said.append(
            f"{row['statement'].rstrip('.')}: survey{about} {words(row['survey_stance'])}, talk {words(row['talk_stance'])},"
            f" same pairs {words(row['together_stance'])}, proposed {words(row['proposed_verdict'])}"
        )
        for ax in (claim, survey, talk, together, verdict):
            ax.plot([0, 1.04], [1.02, 1.02], color=style.RULE, linewidth=0.8, transform=ax.transAxes, clip_on=False)
    told = "▲ supports   ▼ contradicts   ○ leaves open   – nothing to say;  bars are 95 % intervals"
    figure.supxlabel(told, fontsize=8, color=style.MUTED)
    total = propositions["proposed_verdict"].value_counts()
    title = (
        f"{style.count(n, 'proposition')}: {listed(f'{number} {words(verdict)}' for verdict, number in total.items())}"
    )
    return style.finish(figure, title=title, alt=f"Propositions with the evidence of each strand. {'. '.join(said)}.")


def _draw_value(ax: Axes, numbers: tuple[Any, Any, Any, Any], stance: str, *, told: str = "") -> None:
    value, low, high, reference = (float(number) for number in numbers)
    sign, colour = style.STANCE[stance]
    ax.set(ylim=(0, 1), yticks=[], xticks=[])
    ax.spines[:].set_visible(False)
    told = told or style.with_interval(value, low, high, missing=words(stance))
    ax.text(0, 0.84, sign, transform=ax.transAxes, color=colour, fontsize=9, va="center")
    ax.text(0.08, 0.84, told, transform=ax.transAxes, fontsize=8, va="center")
    if np.isnan(value):
        return
    shown = np.array([value, low, high, reference])
    room = (np.nanmax(shown) - np.nanmin(shown)) * 0.08 or 0.5
    ax.set_xlim(np.nanmin(shown) - room, np.nanmax(shown) + room)
    ax.axhline(0.38, color=style.RULE, linewidth=0.8, zorder=0)
    ax.plot([low, high], [0.38, 0.38], color=colour, linewidth=2.4, solid_capstyle="butt", label="interval")
    ax.scatter([value], [0.38], s=34, color=colour, zorder=3, label="value")
    if not np.isnan(reference):
        ax.plot([reference] * 2, [0.16, 0.6], color=style.INK, linewidth=1.0, zorder=1, label="reference")
        ax.set_xticks([reference], [f"{reference:.2g}"])
        ax.tick_params(length=0, pad=-4, labelsize=7)


def _draw_badge(ax: Axes, row: dict[Any, Any]) -> None:
    verdict, judged = str(row["proposed_verdict"]), row["researcher_verdict"]
    badge = {"boxstyle": "round,pad=0.45,rounding_size=0.7", "facecolor": style.VERDICT[verdict], "edgecolor": "none"}
    look: dict[str, Any] = {"transform": ax.transAxes, "va": "center"}
    ax.text(0.04, 0.58, words(verdict), fontsize=8.5, color=style.ink_on(style.VERDICT[verdict]), bbox=badge, **look)
    told = "researchers: not yet judged" if pd.isna(judged) else f"researchers: {words(judged)}"
    ax.text(0.0, 0.12, told, fontsize=7, color=style.MUTED, **look)
