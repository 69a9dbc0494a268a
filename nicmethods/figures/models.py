"""Estimates of models with their intervals, what chance gives, and verdicts under other choices: how far a result can be leaned on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.figures.style import (
    CHANGE,
    INK,
    MUTED,
    PAPER,
    axes_or_new,
    bare,
    count,
    finish,
    listed,
    new_figure,
    nothing,
    of_relation,
    ordered,
    panels,
    say,
    styled,
    verdict_keys,
    verdict_tile,
    words,
    wrap,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from nicmethods.network.permutation import Test

__all__ = ["plot_null", "plot_sensitivity", "plot_terms"]

_NOT_TERMS = ("intercept", "null_deviance", "deviance")


@styled
def plot_terms(models: pd.DataFrame, *, relation: str = "") -> Figure:
    """Draw the terms of models: a panel a model and interval, a row a term, a line at zero.

    Parameters
    ----------
    models
        Run table ``models``, ``stergm`` or ``tie_models``.
    relation
        Survey question; empty: the first. Models of help events have none and are always drawn.

    Returns
    -------
    Figure
        Dots with 95 % intervals where the model has them, filled where the interval leaves 0 out (without one: where p
        is below .05), each term by itself; the scale is each model's own, and n the units behind it. Intercept and deviance are left out, and what is undefined is
        said.
    """
    rows = models.rename(columns={"value": "estimate", "n_dyads": "n"})
    rows, lead = of_relation(rows, relation)
    rows = rows[~rows["term"].isin(_NOT_TERMS)]
    if rows.empty:
        return nothing("No model could be estimated.")
    step = (" " + rows["from_wave"] + " to " + rows["to_wave"]).fillna("")
    entered = ", " + rows["entered"] if "entered" in rows else ""
    rows = rows.assign(panel=rows["model"].map(words) + entered + step)
    drawn = ordered(rows["panel"])
    most = int(rows.groupby("panel").size().max())
    figure, axes = panels(len(drawn), across=3, size=(3.5, 0.27 * most + 1.0), rim=(0.8, 0.5))
    for panel, ax in zip(drawn, axes, strict=True):
        own = rows[rows["panel"].eq(panel)]
        _draw_terms(ax, own)
        ax.set_title(f"{panel} (n = {_most(own['n'])})", fontsize=9)
    figure.supxlabel(
        "estimate, with its 95 % interval where there is one; filled: differs from 0, each term by itself",
        fontsize=8,
        color=MUTED,
    )
    clear = rows[_differs(rows)]
    told = [f"{row['panel']}, {words(row['term'])} {row['estimate']:.2f}" for _, row in clear.iterrows()]
    title = f"{lead}{len(clear)} of {count(len(rows), 'term')} differ from 0"
    return finish(
        figure, title=title, alt=f"{lead}Estimates by model and term. Different from 0: {'; '.join(told) or 'none'}."
    )


def _most(n: pd.Series) -> str:
    return "not known" if n.isna().all() else f"{n.max():,.0f}"


def _differs(rows: pd.DataFrame) -> pd.Series:
    """Say whether the 95 % interval leaves 0 out or, without an interval, p is below .05."""
    return rows["low"].gt(0) | rows["high"].lt(0) | (rows["low"].isna() & rows["p"].lt(0.05))


def _draw_terms(ax: Axes, rows: pd.DataFrame) -> None:
    y = -np.arange(len(rows), dtype=float)
    value, low, high = (rows[column].to_numpy(float) for column in ("estimate", "low", "high"))
    ax.axvline(0, color=MUTED, linewidth=0.9)
    ax.hlines(y, low, high, color=CHANGE["created"], linewidth=2)
    face = [CHANGE["created"] if clear else PAPER for clear in _differs(rows)]
    ax.scatter(value, y, s=30, facecolor=face, edgecolor=CHANGE["created"], linewidth=1.4, zorder=3, label="estimate")
    for level in y[np.isnan(value)]:
        ax.text(0.02, level, "undefined", transform=ax.get_yaxis_transform(), va="center", fontsize=7.5, color=MUTED)
    ax.set_yticks(y, [words(term) for term in rows["term"]])
    ax.set_ylim(-len(rows) + 0.4, 0.6)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.tick_params(length=0)


@styled
def plot_sensitivity(sensitivity: pd.DataFrame, *, relation: str = "") -> Figure:
    """Draw which verdicts hold under other reasonable choices and which hang on one.

    Parameters
    ----------
    sensitivity
        Run table.
    relation
        Survey question; empty: the first.

    Returns
    -------
    Figure
        A column a setting, the report's own first. Above, a row a proposition: the verdict it would get, faint where it
        is the report's. Below, the share of pairs that keep their verdict.
    """
    if sensitivity.empty:
        return nothing("Nothing was tried under other choices.")
    sensitivity, lead = of_relation(sensitivity, relation)
    claims, pairs = (sensitivity[sensitivity["kind"].eq(kind)] for kind in ("proposition", "pair"))
    settings = pd.MultiIndex.from_frame(sensitivity[["choice", "setting"]]).unique()
    subjects = ordered(claims["subject"])
    figure = new_figure(0.86 * len(settings) + 2.6, 0.4 * len(subjects) + 3.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[max(len(subjects), 1), 3.2])
    place = settings.get_indexer(pd.MultiIndex.from_frame(claims[["choice", "setting"]])).tolist()
    for x, subject, verdict, same in zip(place, claims["subject"], claims["verdict"], claims["is_same"], strict=True):
        verdict_tile(above, x, -subjects.index(subject), verdict, faint=bool(same) and x > 0)
    above.set(xlim=(-0.6, len(settings) - 0.4), ylim=(-len(subjects) + 0.4, 0.6))
    above.set_yticks(-np.arange(len(subjects)), [wrap(words(subject), 26) for subject in subjects])
    share = pairs.groupby(["choice", "setting"])["is_same"].mean().reindex(settings).astype(float)
    _draw_kept(below, share)
    bare(above)
    figure.legend(handles=verdict_keys(claims["verdict"]), loc="outside lower center", ncols=3)
    hang = ordered(claims.loc[~claims["is_same"].astype(bool), "subject"])
    title = f"{lead}{len(subjects) - len(hang)} of {count(len(subjects), 'verdict')} hold under all {len(settings)} settings"
    if not subjects:
        title = f"{lead}No proposition is about it; pairs under {len(settings)} settings"
    rest = f" Hanging on a choice: {listed(words(s) for s in hang)}." if hang else ""
    told = f" At least {share.min():.0%} of pairs keep their verdict." if share.notna().any() else ""
    return finish(figure, title=title, alt=f"Grid of verdicts under other choices. {title}.{rest}{told}")


def _draw_kept(ax: Axes, share: pd.Series) -> None:
    x = np.arange(len(share))
    bars = ax.bar(x, share.fillna(0.0), width=0.6, color=CHANGE["kept"])
    ax.bar_label(bars, ["–" if np.isnan(part) else f"{part:.0%}" for part in share], padding=2, fontsize=8)
    ax.set(ylim=(0, 1.2), yticks=[0, 0.5, 1], ylabel="pairs that keep\ntheir verdict")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xticks(x, [_setting(str(choice), str(setting)) for choice, setting in share.index], fontsize=7)
    bare(ax)


def _setting(choice: str, setting: str) -> str:
    own = str(choice) in ("none", "")
    return "the report's" if own else f"{wrap(words(choice), 12)}\n{wrap(words(setting), 12)}"


@styled
def plot_null(test: Test, *, what: str = "value", ax: Axes | None = None) -> Axes:
    """Draw a test: how often chance gives each value, and where the observed one lies.

    Parameters
    ----------
    test
        What :func:`~nicmethods.network.qap`, :func:`~nicmethods.network.cug` or another test gives.
    what
        Name of the value, for the axis.
    ax
        Axes to draw on.

    Returns
    -------
    Axes
        A histogram of the null's draws with a line at the observed value. A test that is undefined, or exact and so without
        draws, has its sentence alone.
    """
    ax = axes_or_new(ax, 5.2, 2.6)
    if not len(test.null):
        return say(ax, test.note or "This test has no draws: its p is exact.")
    ax.hist(test.null, bins=_bins(test.null).tolist(), color=CHANGE["kept"], edgecolor=PAPER, linewidth=0.5)
    ax.axvline(test.value, color=CHANGE["created"], linewidth=2)
    ax.annotate(
        f"observed {test.value:.3g}", (test.value, 1), xycoords=("data", "axes fraction"), xytext=(4, -10),
        textcoords="offset points", fontsize=8, color=INK,
    )  # fmt: skip
    ax.axvline(test.expected, color=MUTED, linewidth=1, linestyle="--")
    ax.set(xlabel=what, ylabel="draws")
    said = f"{what} {test.value:.3g} where chance gives {test.expected:.3g}, p {test.p:.3f}"
    alt = (
        f"Histogram of {len(test.null):,} draws from {test.null.min():.3g} to {test.null.max():.3g}, mean "
        f"{test.expected:.3g}; the observed {what} is {test.value:.3g}, two-sided p {test.p:.3f}."
    )
    return finish(ax, title=said, alt=alt)


def _bins(null: np.ndarray) -> np.ndarray:
    """Edges for at most forty bars; a bar a value where there are few values."""
    values = np.unique(np.round(null, 10))
    if len(values) > 40:
        return np.histogram_bin_edges(null, bins=40)
    step = np.diff(values).min()
    return np.append(values - step / 2, values[-1] + step / 2)
