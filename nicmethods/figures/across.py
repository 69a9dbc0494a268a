"""Cases side by side: values ranked with their intervals, and verdicts in a grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.figures.measures import KEY_MEASURES
from nicmethods.figures.style import (
    CHANGE,
    INK,
    MUTED,
    axes_or_new,
    bare,
    count,
    finish,
    listed,
    new_figure,
    nothing,
    ordered,
    ring,
    say,
    styled,
    verdict_keys,
    verdict_tile,
    words,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["plot_case_measures", "plot_cases", "plot_verdict_grid"]


@styled
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
    ax = axes_or_new(ax, 6.4, 0.32 * max(len(values), 2) + 1.4)
    if values.empty:
        return say(ax, "No case has results.")
    rows = values.sort_values("value", ascending=False, na_position="last", kind="stable") if ranked else values
    _draw_cases(ax, rows)
    ax.set_yticks(-np.arange(len(rows)), [str(case) for case in rows["case"]])
    ax.set_xlabel(name)
    known = rows.dropna(subset="value")
    told = [f"{row['case']} {_said(row)}" for _, row in rows.iterrows()]
    title = (
        f"{name}: no case has it"
        if known.empty
        else f"{name}: {known['value'].min():.2f} to {known['value'].max():.2f}"
    )
    return finish(ax, title=title, alt=f"{name} by case, with 95 % intervals: {'; '.join(told)}.")


def _said(row: pd.Series) -> str:
    if pd.isna(row["value"]):
        return "no value"
    return f"{row['value']:.2f}" + ("" if pd.isna(row["low"]) else f" [{row['low']:.2f}, {row['high']:.2f}]")


def _draw_cases(ax: Axes, rows: pd.DataFrame) -> None:
    y = -np.arange(len(rows), dtype=float)
    ax.hlines(y, rows["low"].astype(float), rows["high"].astype(float), color=CHANGE["created"], linewidth=2)
    if "expected" in rows:
        ax.scatter(
            rows["expected"].astype(float),
            y,
            marker="|",
            s=110,
            linewidths=1.6,
            color=CHANGE["weakened"],
            label="expected by chance",
        )
    ax.scatter(
        rows["value"].astype(float), y, s=32, color=CHANGE["created"], zorder=3, label="value with its 95 % interval"
    )
    for level, value in zip(y, rows["value"].astype(float), strict=True):
        if np.isnan(value):
            ax.text(0.02, level, "no value", transform=ax.get_yaxis_transform(), va="center", fontsize=7.5, color=MUTED)
    ax.set_ylim(-len(rows) + 0.4, 0.6)
    ax.grid(axis="x")
    ax.margins(x=0.08)
    ax.spines["left"].set_visible(False)
    ax.tick_params(length=0)


@styled
def plot_case_measures(
    network_measures: pd.DataFrame, *, measures: Mapping[str, str] = KEY_MEASURES, by: str = "site"
) -> Figure:
    """Draw the key measures of every case's last wave: a row a case, a panel a measure.

    Parameters
    ----------
    network_measures
        Run tables of several cases, one below the other, with a column ``case`` in front. The first relation of a case
        counts.
    measures
        Measure and the words over its panel, in order.
    by
        Attribute of measures that need one.

    Returns
    -------
    Figure
        Cases in the same order in every panel, by density.
    """
    first = network_measures.groupby("case")["relation"].transform("first")
    rows = network_measures[network_measures["relation"].eq(first)]
    rows = rows[rows["wave"].eq(rows.groupby("case")["wave"].transform("last"))]
    rows = rows[rows["measure"].isin(list(measures)) & (rows["by"].isna() | rows["by"].isin(["", by]))]
    found = [measure for measure in measures if measure in set(rows["measure"])]
    if not found:
        return nothing("No case has network measures.")
    lead = rows[rows["measure"].eq("density" if "density" in found else found[0])]
    cases = ordered(lead.sort_values("value", ascending=False)["case"])
    cases += [case for case in ordered(network_measures["case"]) if case not in cases]
    across = min(len(found), 5)
    down = -(-len(found) // across)
    figure = new_figure(1.9 * across + 1.2, (0.24 * len(cases) + 1.0) * down + 0.6)
    panels = figure.subplots(down, across, squeeze=False, sharey=True).ravel()
    for measure, ax in zip(found, panels, strict=False):
        own = rows[rows["measure"].eq(measure)].set_index("case").reindex(cases)
        _draw_cases(ax, own)
        ax.set_title(measures[measure], fontsize=8.5, fontweight="normal")
        ax.locator_params(axis="x", nbins=4)
    panels[0].set_yticks(-np.arange(len(cases)), cases)
    for ax in panels[len(found) :]:
        ax.remove()
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    told = [f"{row['case']} {_said(row)}" for _, row in lead.sort_values("value", ascending=False).iterrows()]
    alt = f"Key measures of the last wave by case, with 95 % intervals. {measures[found[0]]}: {'; '.join(told)}."
    return finish(figure, title=f"{count(len(cases), 'case')} in {count(len(found), 'measure')}, last wave", alt=alt)


@styled
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
    cases, claims = ordered(propositions["case"]), ordered(propositions["proposition"])
    ax = axes_or_new(ax, 1.15 * max(len(claims), 3) + 1.8, 0.36 * len(cases) + 2.2)
    if propositions.empty:
        return say(ax, "No case has propositions evaluated.")
    _draw_verdicts(ax, propositions, cases, claims)
    verdicts = propositions["proposed_verdict"]
    ax.figure.legend(handles=verdict_keys(verdicts), loc="outside lower center", ncols=4)
    told = [
        f"{words(claim)}: {listed(f'{words(v)} {k}' for v, k in own.value_counts().items())}"
        for claim, own in propositions.groupby("proposition", sort=False)["proposed_verdict"]
    ]
    title = (
        f"{count(len(cases), 'case')}, {count(len(claims), 'proposition')}:"
        f" {verdicts.eq('agreement').sum()} of {len(verdicts)} verdicts agree"
    )
    return finish(ax, title=title, alt=f"Grid of proposed verdicts. {'; '.join(told)}.")


def _draw_verdicts(ax: Axes, propositions: pd.DataFrame, cases: list[str], claims: list[str]) -> None:
    for row in propositions.to_dict("records"):
        x, y, verdict = claims.index(row["proposition"]), cases.index(row["case"]), str(row["proposed_verdict"])
        verdict_tile(ax, x, y, verdict)
        if pd.notna(row["researcher_verdict"]) and row["researcher_verdict"] != verdict:
            ring(ax, x, y, INK, "judged otherwise")
    agree = propositions["proposed_verdict"].eq("agreement").groupby(propositions["proposition"]).agg(["sum", "size"])
    for x, claim in enumerate(claims):
        told = f"{agree['sum'][claim]} of {agree['size'][claim]}\nagree"
        ax.text(x, len(cases) - 0.4, told, ha="center", va="top", fontsize=8, color=MUTED)
    ax.set(xlim=(-0.5, len(claims) - 0.5), ylim=(len(cases) + 0.6, -0.5))
    ax.set_xticks(np.arange(len(claims)), [wrap(words(claim), 14) for claim in claims])
    ax.set_yticks(np.arange(len(cases)), cases)
    ax.xaxis.tick_top()
    bare(ax)
