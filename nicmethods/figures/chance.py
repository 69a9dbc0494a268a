"""What chance gives, and the value that was observed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nicmethods.figures.style import CHANGE, INK, MUTED, PAPER, axes_or_new, finish, say, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from nicmethods.network.permutation import Test

__all__ = ["plot_null"]


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
