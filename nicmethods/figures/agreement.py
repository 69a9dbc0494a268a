"""How far coders agree: per code, every coefficient with its interval, never one bare number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nicmethods.figures.style import (
    MUTED,
    RULE,
    bare,
    colours,
    count,
    finish,
    new_figure,
    nothing,
    ordered,
    styled,
    words,
    wrap,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COEFFICIENTS", "plot_agreement"]

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
    height = 0.42 * len(codes) * max(1.0, 0.6 * len(teams)) + 1.6
    figure = new_figure(1.75 * len(found) + 2.3, height)
    panels = figure.subplots(1, len(found), sharex=True, sharey=True, squeeze=False).ravel()
    for name, ax in zip(found, panels, strict=True):
        _draw(ax, rows[rows["coefficient"].eq(name)], codes, teams)
        ax.set_title(coefficients[name], fontsize=8.5, fontweight="normal")
    least = min(0.0, float(rows[["value", "low"]].min().min()))
    panels[0].set(xlim=(max(least - 0.05, -1.05), 1.05), ylim=(len(codes) - 0.4, -0.6))
    panels[0].set_yticks(np.arange(len(codes)), [_row(rows, code) for code in codes])
    figure.supxlabel("agreement (1: perfect; 0: as by chance, in percent: none)", fontsize=8, color=MUTED)
    if len(teams) > 1:
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return finish(figure, title=_title(rows, teams), alt=_alt(rows, found, coefficients))


def _draw(ax: Axes, rows: pd.DataFrame, codes: list[str], teams: list[str]) -> None:
    ink = colours(teams)
    for place, team in enumerate(teams):
        own = rows[rows["coders"].eq(team)].set_index("code").reindex(codes)
        y = np.arange(len(codes)) + (place - (len(teams) - 1) / 2) * 0.7 / len(teams)
        value = own["value"].to_numpy(float)
        ax.hlines(y, own["low"].to_numpy(float), own["high"].to_numpy(float), color=ink[team], linewidth=1.8)
        ax.scatter(value, y, s=26, marker=_SHAPES[place % len(_SHAPES)], color=ink[team], zorder=3, label=team)
        missing = np.isnan(value) & own["n"].notna().to_numpy()
        for level in y[missing]:
            ax.text(0.5, level, "undefined", ha="center", va="center", fontsize=7.5, color=MUTED)
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.set_xticks([0, 0.5, 1])
    ax.grid(axis="x")
    for line in np.arange(len(codes) - 1) + 0.5:
        ax.axhline(line, color=RULE, linewidth=0.5)
    bare(ax)


def _row(rows: pd.DataFrame, code: str) -> str:
    own = rows[rows["code"].eq(code)]
    most = own["n"].max()
    if own["prevalence"].isna().all():
        return f"{wrap(words(code), 24)}\n{most:.0f} rated twice"
    return f"{wrap(words(code), 24)}\n{own['prevalence'].mean():.1%} of {count(most, 'turn')}"


def _title(rows: pd.DataFrame, teams: list[str]) -> str:
    team = f" ({teams[0]})" if len(teams) == 1 else ""
    if rows["prevalence"].isna().all():
        return f"Agreement between raters{team}"
    return f"Agreement on {count(rows['code'].nunique(), 'code')} between coders{team}"


def _alt(rows: pd.DataFrame, found: list[str], names: Mapping[str, str]) -> str:
    def told(row: pd.Series) -> str:
        if np.isnan(row["value"]):
            return "undefined"
        interval = "" if np.isnan(row["low"]) else f" [{row['low']:.2f}, {row['high']:.2f}]"
        return f"{row['value']:.2f}{interval}"

    last = rows[rows["coefficient"].eq(found[-1])]
    parts = [f"{words(row['code'])} {told(row)}" for _, row in last.iterrows()]
    return (
        f"Forest plot of agreement between coders by code, {count(len(found), 'coefficient')} with 95 % intervals."
        f" {names[found[-1]]}: {', '.join(parts)}."
    )
