"""Both strands side by side: pairs, verdicts, propositions, and how far verdicts hang on choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from nicmethods.figures.style import (
    CHANGE,
    INK,
    MUTED,
    PAPER,
    RULE,
    STANCE,
    VERDICT,
    axes_or_new,
    bare,
    count,
    finish,
    ink_on,
    key,
    listed,
    new_figure,
    nothing,
    of_relation,
    ordered,
    say,
    scope_words,
    styled,
    words,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

__all__ = ["plot_dyads", "plot_propositions", "plot_verdicts"]

_TALK = {
    "reciprocated": "help,\nboth ways",
    "help": "help,\none way",
    "other": "asked or\nshared only",
    "nothing": "together,\nnothing coded",
    "apart": "never together\nin coded talk",
}
_VERDICT_ORDER = (
    "coincide",
    "coincide_in_part",
    "tie_without_help",
    "help_without_tie",
    "help_in_waning_tie",
    "help_in_lasting_tie",
    "help_survey_unknown",
    "lasting_tie",
    "waning_tie",
    "neither",
    "not_observable",
)
_N_SHOWN = 7  # of them, those in which a change of the tie or help is shown
_SIGN = {
    "supports": "▲",
    "some": "▲",
    "contradicts": "▼",
    "open": "○",
    "silent": "○",
    "too_little": "–",
    "not_observable": "–",
}


@styled
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
        return say(axes_or_new(ax, 7.2, 2.0), "No pair has both an interval between surveys and talk to set beside it.")
    ax = axes_or_new(ax, 8.0, 4.9)
    dyads, lead = of_relation(dyads, relation)
    counted = (
        dyads.assign(talk=_talk_state(dyads)).groupby(["change", "talk", "verdict"]).size().rename("n").reset_index()
    )
    changes, states = list(CHANGE), list(_TALK)
    for (change, state), cell in counted.groupby(["change", "talk"]):
        row, column = changes.index(str(change)), states.index(str(state))
        start = column
        for verdict, n in zip(cell["verdict"], cell["n"], strict=True):
            width = n / cell["n"].sum()
            ax.add_patch(
                Rectangle(
                    (start, row), width, 1, facecolor=VERDICT[verdict], edgecolor=PAPER, linewidth=2, label=verdict
                )
            )
            start += width
        ink = ink_on(VERDICT[str(cell.sort_values("n")["verdict"].iloc[-1])])
        ax.text(column + 0.5, row + 0.52, f"{cell['n'].sum():,}", ha="center", va="center", fontsize=10, color=ink)
    ax.set(
        xlim=(0, len(states)),
        ylim=(len(changes), 0),
        xticks=np.arange(len(states)) + 0.5,
        yticks=np.arange(len(changes)) + 0.5,
    )
    ax.set_xticklabels(list(_TALK.values()))
    ax.set_yticklabels([f"{words(change)}" for change in changes])
    ax.set(xlabel="what the talk shows", ylabel="what the survey shows")
    ax.xaxis.tick_top()
    ax.xaxis.set_label_position("top")
    bare(ax)
    total = dyads["verdict"].value_counts().reindex(_VERDICT_ORDER).dropna().astype(int)
    ax.figure.legend(
        handles=[_verdict_key(verdict, n) for verdict, n in total.items()], loc="outside lower center", ncols=3
    )
    told = listed(f"{words(verdict)} {n:,}" for verdict, n in total.items())
    return finish(
        ax,
        title=lead + _dyad_title(total),
        alt=f"{lead}Pairs by survey change and talk, {len(dyads):,} in all. Verdicts: {told}.",
    )


def _talk_state(dyads: pd.DataFrame) -> pd.Series:
    n_help = dyads["n_help_ab"] + dyads["n_help_ba"]
    n_other = dyads[["n_request_ab", "n_request_ba", "n_shared_ab", "n_shared_ba"]].sum(axis=1)
    tests = [dyads["reciprocated_talk"].astype(bool), n_help.gt(0), n_other.gt(0), dyads["n_together_coded"].gt(0)]
    return pd.Series(np.select([test.to_numpy(bool) for test in tests], list(_TALK)[:4], "apart"), index=dyads.index)


def _dyad_title(total: pd.Series) -> str:
    judged = [v for v in ("coincide", "tie_without_help", "help_without_tie") if v in total.index]
    if not judged:
        return "No pair has evidence in both strands"
    parts = listed(f"{total[verdict]:,} {words(verdict)}" for verdict in judged)
    return f"Survey and talk of pairs: {parts}"


def _verdict_key(verdict: object, n: int | None = None) -> Patch:
    label = words(verdict) if n is None else f"{words(verdict)} ({n:,})"
    return key(VERDICT[str(verdict)], label)


@styled
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
    asked, lead = of_relation(convergence, relation)
    rows = asked[asked["by"].isin(list(by))]
    if rows.empty or not rows["n"].sum():
        return nothing("No pair could be judged.")
    counts = rows.pivot_table(index=["by", "group"], columns="verdict", values="n", aggfunc="sum", fill_value=0)
    groups = [
        (name, group) for name in by for group in ordered(rows.loc[rows["by"].eq(name), "group"], ("within", "across"))
    ]
    counts = counts.reindex(
        index=pd.MultiIndex.from_tuples(groups, names=["by", "group"]), columns=list(_VERDICT_ORDER), fill_value=0
    ).astype(float)
    judged = counts[list(_VERDICT_ORDER[:_N_SHOWN])]
    figure = new_figure(8.6, 0.36 * len(counts) + 1.9)
    bars, rest = figure.subplots(1, 2, width_ratios=[4, 1.5], sharey=True)
    y = -(
        np.arange(len(counts)) + np.cumsum(np.r_[0, np.diff(pd.factorize(counts.index.get_level_values(0))[0]) * 0.6])
    )
    _stack(bars, y, judged.div(judged.sum(axis=1).replace(0, np.nan), axis=0), judged)
    for level, n in zip(y, judged.sum(axis=1), strict=True):
        bars.text(1.01, level, f"n = {n:,.0f}", va="center", fontsize=7.5, color=MUTED)
    bars.set(xlim=(0, 1), xlabel="share of the pairs where a strand shows something")
    bars.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    bars.set_yticks(y, [scope_words(group) for _, group in counts.index])
    left = np.zeros(len(counts))
    for verdict in _VERDICT_ORDER[_N_SHOWN:]:
        rest.barh(
            y,
            counts[verdict],
            left=left,
            height=0.66,
            color=VERDICT[verdict],
            edgecolor=MUTED,
            linewidth=0.5,
            label=words(verdict),
        )
        left = left + counts[verdict].to_numpy()
    rest.set_xlabel("other pairs")
    for ax in (bars, rest):
        ax.spines["left"].set_visible(False)
        ax.tick_params(axis="y", length=0)
    figure.legend(
        handles=[_verdict_key(v) for v in _VERDICT_ORDER if counts[v].sum()], loc="outside lower center", ncols=4
    )
    first = judged.xs(counts.index.get_level_values("by")[0], level="by")
    told = [f"{row['coincide']:.0f} of {row.sum():.0f} pairs {scope_words(group)}" for group, row in first.iterrows()]
    return finish(
        figure,
        title=f"{lead}A new or stronger tie and help coincide: {listed(told[:3])}",
        alt=lead + _verdict_alt(counts),
    )


def _stack(ax: Axes, y: np.ndarray, share: pd.DataFrame, counts: pd.DataFrame) -> None:
    left = np.zeros(len(share))
    for verdict in share.columns:
        width = share[verdict].fillna(0).to_numpy(float)
        bars = ax.barh(
            y,
            width,
            left=left,
            height=0.66,
            color=VERDICT[verdict],
            edgecolor=PAPER,
            linewidth=0.8,
            label=words(verdict),
        )
        labels = [f"{n:.0f}" if part > 0.04 else "" for n, part in zip(counts[verdict], width, strict=True)]
        ax.bar_label(bars, labels, label_type="center", fontsize=7.5, color=ink_on(VERDICT[verdict]))
        left = left + width


def _verdict_alt(counts: pd.DataFrame) -> str:
    told = [
        f"{scope_words(group)}: {listed(f'{words(verdict)} {n:.0f}' for verdict, n in row.items() if n)}"
        for group, (_, row) in zip(counts.index.get_level_values("group"), counts.iterrows(), strict=True)
    ]
    return f"Bars of verdicts on pairs. {'. '.join(told)}."


@styled
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
        return nothing("No propositions were evaluated.")
    n = len(propositions)
    figure = new_figure(11.6, 0.86 * n + 1.3)
    grid = figure.subplots(n, 5, squeeze=False, width_ratios=[3.4, 2, 2, 2, 1.6])
    heads = ("Proposition", "Survey: net change", "Talk: share of pairs", "On the same pairs", "Proposed verdict")
    for ax, name in zip(grid[0], heads, strict=True):
        ax.set_title(name, fontsize=9, color=MUTED, fontweight="normal")
    for row, (claim, survey, talk, together, verdict) in zip(propositions.to_dict("records"), grid, strict=True):
        for ax in (claim, verdict):
            ax.set_axis_off()
        claim.text(0, 0.5, wrap(row["statement"], 46), va="center", fontsize=8.5, transform=claim.transAxes)
        if row["relation"] != "none":
            told = f"survey question: {row['relation']}"
            claim.text(0, 0.04, told, va="center", fontsize=7, color=MUTED, transform=claim.transAxes)
        share = row["n_seen"] / row["n_pairs"] if row["n_pairs"] else np.nan
        _draw_value(survey, (row["survey_value"], row["survey_low"], row["survey_high"], 0), str(row["survey_stance"]))
        _draw_value(talk, (share, row["seen_low"], row["seen_high"], np.nan), str(row["talk_stance"]))
        both = row["n_both"] if row["n_rows"] else np.nan
        told = "nothing to compare" if np.isnan(both) else f"{int(both)}, {row['expected']:.1f} expected"
        _draw_value(together, (both, np.nan, np.nan, row["expected"]), str(row["together_stance"]), told=told)
        _draw_badge(verdict, row)
        for ax in (claim, survey, talk, together, verdict):
            ax.plot([0, 1.04], [1.02, 1.02], color=RULE, linewidth=0.8, transform=ax.transAxes, clip_on=False)
    told = "▲ supports   ▼ contradicts   ○ leaves open   – nothing to say;  bars are 95 % intervals"
    figure.supxlabel(told, fontsize=8, color=MUTED)
    total = propositions["proposed_verdict"].value_counts()
    title = f"{count(n, 'proposition')}: {listed(f'{number} {words(verdict)}' for verdict, number in total.items())}"
    return finish(figure, title=title, alt=_proposition_alt(propositions))


def _draw_value(ax: Axes, numbers: tuple[Any, Any, Any, Any], stance: str, *, told: str = "") -> None:
    value, low, high, reference = (float(number) for number in numbers)
    colour = STANCE[stance]
    ax.set(ylim=(0, 1), yticks=[], xticks=[])
    ax.spines[:].set_visible(False)
    interval = "" if np.isnan(low) else f" [{low:.2f}, {high:.2f}]"
    told = told or (words(stance) if np.isnan(value) else f"{value:.2f}{interval}")
    ax.text(0, 0.84, _SIGN[stance], transform=ax.transAxes, color=colour, fontsize=9, va="center")
    ax.text(0.08, 0.84, told, transform=ax.transAxes, fontsize=8, va="center")
    if np.isnan(value):
        return
    shown = np.array([value, low, high, reference])
    room = (np.nanmax(shown) - np.nanmin(shown)) * 0.08 or 0.5
    ax.set_xlim(np.nanmin(shown) - room, np.nanmax(shown) + room)
    ax.axhline(0.38, color=RULE, linewidth=0.8, zorder=0)
    ax.plot([low, high], [0.38, 0.38], color=colour, linewidth=2.4, solid_capstyle="butt", label="interval")
    ax.scatter([value], [0.38], s=34, color=colour, zorder=3, label="value")
    if not np.isnan(reference):
        ax.plot([reference] * 2, [0.16, 0.6], color=INK, linewidth=1.0, zorder=1, label="reference")
        ax.set_xticks([reference], [f"{reference:.2g}"])
        ax.tick_params(length=0, pad=-4, labelsize=7)


def _draw_badge(ax: Axes, row: dict[Any, Any]) -> None:
    verdict, judged = str(row["proposed_verdict"]), row["researcher_verdict"]
    badge = {"boxstyle": "round,pad=0.45,rounding_size=0.7", "facecolor": VERDICT[verdict], "edgecolor": "none"}
    ax.text(
        0.04,
        0.58,
        words(verdict),
        transform=ax.transAxes,
        fontsize=8.5,
        color=ink_on(VERDICT[verdict]),
        va="center",
        bbox=badge,
    )
    told = "researchers: not yet judged" if pd.isna(judged) else f"researchers: {words(judged)}"
    ax.text(0.0, 0.12, told, transform=ax.transAxes, fontsize=7, color=MUTED, va="center")


def _proposition_alt(propositions: pd.DataFrame) -> str:
    told = [
        f"{row['statement'].rstrip('.')}: survey{f' ({relation})' if (relation := row['relation']) != 'none' else ''}"
        f" {words(row['survey_stance'])}, talk {words(row['talk_stance'])},"
        f" same pairs {words(row['together_stance'])}, proposed {words(row['proposed_verdict'])}"
        for _, row in propositions.iterrows()
    ]
    return f"Propositions with the evidence of each strand. {'. '.join(told)}."
