"""What every figure shares: colours by meaning, type, axes that may be absent, and alternative text.

The colours are Okabe and Ito's, told apart under the common forms of colour blindness, and tints of them. A colour
means one thing in a figure and in all figures on its subject, and never carries a meaning alone: a label, a pattern or
a shape says the same. Roles have muted colours of their own, so that they cannot be taken for changes or verdicts.
"""

from __future__ import annotations

import base64
import io
import textwrap
from typing import TYPE_CHECKING, Any, TypeVar, cast

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Text
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from nicmethods.errors import MeasureError
from nicmethods.files.pictures import with_palette
from nicmethods.tables import words
from nicmethods.tables.saying import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


__all__ = [
    "CHANGE",
    "EVENT",
    "INK",
    "MUTED",
    "PAPER",
    "RULE",
    "STANCE",
    "TOP",
    "VERDICT",
    "VERDICT_MARK",
    "axes_or_new",
    "bare",
    "colours",
    "count",
    "describe",
    "finish",
    "ink_on",
    "key",
    "listed",
    "new_figure",
    "note",
    "nothing",
    "of_relation",
    "open_side",
    "ordered",
    "panels",
    "ring",
    "say",
    "scope_words",
    "show",
    "stack",
    "styled",
    "titles",
    "verdict_keys",
    "verdict_tile",
    "with_interval",
    "words",
    "wrap",
]

INK = "#14171c"
MUTED = "#5f6670"
RULE = "#d5d8dc"
PAPER = "#ffffff"

CHANGE = {
    "created": "#0072b2",
    "strengthened": "#009e73",
    "kept": "#8d939b",
    "weakened": "#e69f00",
    "dissolved": "#d55e00",
    "absent": "#eceef0",
    "not_observable": "#b7a9c9",
}
EVENT = {"shared_practice": "#cc79a7", "help_request": "#e69f00", "help_given": "#0072b2"}
VERDICT = {
    "agreement": "#009e73",
    "partial_agreement": "#7cc8ea",
    "dissonance": "#d55e00",
    "too_little_to_say": "#eceef0",
    "silence_talk": "#f0b840",
    "silence_survey": "#f5e69a",
    "open": "#d5d8dc",
    "coincide": "#009e73",
    "coincide_in_part": "#7cc8ea",
    "tie_without_help": "#f0b840",
    "help_without_tie": "#d55e00",
    "help_in_waning_tie": "#e0875a",
    "help_in_lasting_tie": "#7fcbb1",
    "help_survey_unknown": "#f5e69a",
    "lasting_tie": "#d5d8dc",
    "waning_tie": "#b9bec5",
    "neither": "#cfe6dc",
    "not_observable": "#eceef0",
}
VERDICT_MARK = {
    "agreement": "A",
    "partial_agreement": "P",
    "dissonance": "D",
    "silence_talk": "S",
    "silence_survey": "S",
    "open": "o",
    "too_little_to_say": "t",
    "not_observable": "–",
}
STANCE = {
    "supports": "#009e73",
    "some": "#009e73",
    "contradicts": "#d55e00",
    "open": "#5f6670",
    "silent": "#5f6670",
    "too_little": "#b9bec5",
    "not_observable": "#b9bec5",
}
TOP = ("data", "axes fraction")
_SERIES = ("#2b3440", "#7f9bb3", "#c2a878", "#c9d4dd", "#7a6248", "#a9bf9f", "#8d939b")

_STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 8,
    "axes.labelsize": 9,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": PAPER,
    "axes.axisbelow": True,
    "figure.facecolor": PAPER,
    "figure.titlesize": 11,
    "figure.titleweight": "bold",
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
}

_PER_INCH = 10  # characters of a title
styled = mpl.rc_context(_STYLE)
Drawn = TypeVar("Drawn", Axes, Figure)


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure, in inches, that pyplot knows nothing of: nothing to close, nothing left behind."""
    return Figure(figsize=(width, height), layout="constrained")


def panels(
    n: int, *, across: int, size: tuple[float, float], rim: tuple[float, float], **shared: Any
) -> tuple[Figure, list[Axes]]:
    """Make a figure of n panels, at most so many a row: the size of one and what the rim adds, in inches."""
    across = min(n, across)
    down = -(-n // across)
    figure = new_figure(size[0] * across + rim[0], size[1] * down + rim[1])
    axes = list(figure.subplots(down, across, squeeze=False, **shared).ravel())
    for ax in axes[n:]:
        ax.remove()
    return figure, axes[:n]


def axes_or_new(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the axes given, or those of a new figure of this size in inches."""
    return new_figure(width, height).subplots() if ax is None else ax


def finish(drawn: Drawn, *, title: str, alt: str) -> Drawn:
    """Set the title, which says what is seen, and the alternative text, which is kept as the artist's label."""
    if isinstance(drawn, Figure):
        drawn.suptitle(wrap(title, int(drawn.get_figwidth() * _PER_INCH)), x=0.01, ha="left")
    else:
        spec = drawn.get_subplotspec()
        columns = spec.get_gridspec().ncols if spec else 1
        width = cast("Figure", drawn.get_figure(root=True)).get_figwidth() / columns
        drawn.set_title(wrap(title, int(width * _PER_INCH)))
    drawn.set_label(" ".join(alt.split()))
    return drawn


def of_relation(table: pd.DataFrame, relation: str = "") -> tuple[pd.DataFrame, str]:
    """Keep the rows of one survey question, and those that are of none.

    Parameters
    ----------
    table
        Run table with a column ``relation``.
    relation
        The question; empty: the first.

    Returns
    -------
    tuple
        The rows, and what title and alternative text begin with: the question, where the table holds several.
    """
    asked = table["relation"].dropna().unique()
    chosen = relation or next(iter(asked), "")
    return table[table["relation"].isna() | table["relation"].eq(chosen)], f"{chosen}: " if len(asked) > 1 else ""


def say(ax: Axes, sentence: str, *, title: str = "") -> Axes:
    """Fill axes with a sentence that says why there is nothing to draw."""
    ax.set_axis_off()
    ax.text(0.5, 0.5, wrap(sentence, 48), ha="center", va="center", color=MUTED, transform=ax.transAxes)
    return finish(ax, title=title, alt=f"Nothing is drawn: {sentence}")


def nothing(sentence: str) -> Figure:
    """Make a figure of a sentence that says why there is nothing to draw."""
    figure = new_figure(7.2, 2.0)
    say(figure.subplots(), sentence)
    return figure


def describe(drawn: Axes | Figure) -> str:
    """Read the alternative text of axes or of a figure.

    Parameters
    ----------
    drawn
        What a ``plot_`` function returned, or a figure that holds several such axes.

    Returns
    -------
    str
        The text, made from the data drawn; of a figure without one of its own, those of its axes in order.

    Raises
    ------
    MeasureError
        If there is none.
    """
    parts: list[Axes | Figure] = [drawn]
    if isinstance(drawn, Figure) and not drawn.get_label():
        parts = list(drawn.axes)
    labels = [str(part.get_label()) for part in parts]
    texts = [label for label in labels if label and not label.startswith("<")]
    if not texts:
        raise MeasureError("The figure has no alternative text: give it one with set_label, saying what it shows.")
    return " ".join(texts)


@styled
def show(*drawn: Axes | Figure, dpi: int = 192) -> None:
    """Show figures in a notebook, each with its alternative text, which is also what a text-only reader gets.

    An image carries the words that are drawn in it, so that the scan for names reads them.

    Parameters
    ----------
    drawn
        Axes or figures from ``plot_`` functions.
    dpi
        Dots per inch of an image, which is shown at 96 per inch.

    Raises
    ------
    MeasureError
        If a figure has no alternative text.

    Examples
    --------
    In a cell this shows the figure; elsewhere it gives the image with its alternative text.

    >>> import nicmethods as nic
    >>> nic.show(nic.figures.plot_mixing(nic.analyse("demo", seed=1).mixing, by="role"))
    {'image/png': ... 'text/plain': 'Heat map of ties from role to role against expectation. ...'}
    """
    from IPython.display import display

    for one in drawn:
        figure = one if isinstance(one, Figure) else cast("Figure", one.get_figure(root=True))
        alt = describe(figure)
        picture = with_palette(_drawn(figure, dpi))
        width, height = (round(float(inches) * 96) for inches in figure.get_size_inches())
        text, png = PngInfo(), io.BytesIO()
        text.add_itxt("Description", "\n".join(dict.fromkeys([alt, *_drawn_words(figure)])))
        picture.save(png, "png", dpi=(dpi, dpi), pnginfo=text)
        display(  # type: ignore[no-untyped-call]
            {"image/png": base64.b64encode(png.getvalue()).decode(), "text/plain": alt},
            raw=True,
            metadata={"image/png": {"alt": alt, "width": width, "height": height}},
        )


def _drawn(figure: Figure, dpi: int) -> Image.Image:
    """Draw a figure: laid out and then drawn, where ``savefig`` goes through it once more in between, for the same pixels."""
    layout, before, canvas = figure.get_layout_engine(), figure.dpi, figure.canvas
    try:
        figure.dpi = dpi
        drawing: Any = FigureCanvasAgg(figure)
        if layout is not None:
            layout.execute(figure)
            figure.set_layout_engine("none")
        drawing.draw()
    finally:
        figure.dpi = before
        figure.set_layout_engine(layout)
        figure.set_canvas(canvas)
    pixels = drawing.buffer_rgba()
    return Image.frombuffer("RGBA", pixels.shape[1::-1], pixels, "raw", "RGBA", 0, 1)


def _drawn_words(figure: Figure) -> list[str]:
    """All text in a figure that has been drawn: titles, labels, ticks, legends, notes."""
    return [text.get_text() for text in figure.findobj(Text) if text.get_text().strip()]


def wrap(text: object, width: int) -> str:
    """Break text into lines of at most this many characters."""
    return textwrap.fill(str(text), width)


def count(n: float, noun: str, plural: str = "") -> str:
    """Say a number with its noun: 1 tie, 2 ties, 1,204 ties."""
    return f"{n:,.0f} {noun if n == 1 else plural or noun + 's'}"


def ordered(values: pd.Series, first: Sequence[Any] = ()) -> list[Any]:
    """List the distinct values there are: those of `first` in its order, then the others as they appear."""
    found = list(values.dropna().unique())
    return [value for value in first if value in found] + [value for value in found if value not in first]


def colours(values: Iterable[Any]) -> dict[Any, str]:
    """Give each value, such as a role, one muted colour; from the seventh on they are all grey."""
    return {value: _SERIES[min(place, len(_SERIES) - 1)] for place, value in enumerate(values)}


def scope_words(group: object) -> str:
    """Say a group of pairs as a person would: ``within`` is 'within sites', ``a > b`` is 'a → b'."""
    said = {"within": "within sites", "across": "across sites", "all": "all pairs"}
    return said.get(str(group), str(group).replace(" > ", " → "))


def titles(activities: pd.DataFrame, shown: Sequence[str]) -> list[str]:
    """List the titles of activities; one without a title goes by its id."""
    named = activities.set_index("activity").get("title", pd.Series(dtype="str")).dropna().to_dict()
    return [str(named.get(activity, activity)) for activity in shown]


def bare(ax: Axes) -> None:
    """Take away the frame and the tick marks, where cells or labels say enough."""
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)


def open_side(ax: Axes, *, grid: str = "", ticks: str = "y") -> None:
    """Take away the line on the left and the tick marks, where a grid or labels say enough."""
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis=ticks, length=0)
    if grid:
        ax.grid(axis=grid)


def note(ax: Axes, text: str, at: tuple[Any, Any], shift: tuple[float, float], **style: Any) -> None:
    """Write a note so many points beside a place."""
    ax.annotate(text, at, xytext=shift, textcoords="offset points", **style)


def stack(
    ax: Axes,
    y: np.ndarray,
    widths: pd.DataFrame,
    fill: Mapping[str, str],
    *,
    numbers: pd.DataFrame | None = None,
    **style: Any,
) -> None:
    """Draw parts of bars end to end, a bar a row; with numbers, each is written into a part that has room for it."""
    left = np.zeros(len(widths))
    for part in widths:
        width = widths[part].to_numpy(float)
        bars = ax.barh(
            y,
            width,
            left=left,
            **{
                "height": 0.66,
                "color": fill[part],
                "edgecolor": PAPER,
                "linewidth": 0.8,
                "label": words(part),
                **style,
            },
        )
        if numbers is not None:
            wide = np.abs(width) > 0.035 * max((left + np.abs(width)).max(), 1)
            told = [f"{n:.0f}" if fits else "" for n, fits in zip(numbers[part], wide, strict=True)]
            ax.bar_label(bars, told, label_type="center", fontsize=7.5, color=ink_on(fill[part]))
        left = left + width


def with_interval(value: float, low: float, high: float, *, missing: str = "undefined") -> str:
    """Say a value with its 95 % interval, where it has one."""
    if np.isnan(value):
        return missing
    return f"{value:.2f}" + ("" if np.isnan(low) else f" [{low:.2f}, {high:.2f}]")


def verdict_tile(ax: Axes, x: float, y: float, verdict: str, *, faint: bool = False) -> None:
    """Draw one unit cell, its centre at x and y, in the colour and with the letter of a verdict."""
    colour, alpha = VERDICT[verdict], 0.28 if faint else 1.0
    ax.add_patch(Rectangle((x - 0.48, y - 0.45), 0.96, 0.9, facecolor=colour, alpha=alpha, linewidth=0, label=verdict))
    ink = MUTED if faint else ink_on(colour)
    ax.text(x, y, VERDICT_MARK[verdict], ha="center", va="center", fontsize=8.5, color=ink)


def ring(ax: Axes, x: float, y: float, colour: str, label: str) -> None:
    """Outline a unit cell, its centre at x and y."""
    cell = Rectangle((x - 0.44, y - 0.42), 0.88, 0.84, fill=False, edgecolor=colour, linewidth=1.8, label=label)
    ax.add_patch(cell)


def verdict_keys(verdicts: pd.Series) -> list[Patch]:
    """Make the legend entries of the verdicts that occur."""
    return [key(VERDICT[v], f"{mark}  {words(v)}") for v, mark in VERDICT_MARK.items() if v in set(verdicts)]


def key(colour: str, label: str) -> Patch:
    """Make a legend entry; a colour of paper is hatched."""
    if colour == PAPER:
        return Patch(facecolor=PAPER, edgecolor=MUTED, hatch="////", linewidth=0.6, label=label)
    return Patch(facecolor=colour, label=label)


def ink_on(colour: str) -> str:
    """Choose dark or white lettering, whichever is easier to read on a colour (WCAG relative luminance)."""

    def luminance(of: str) -> float:
        linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(of))
        return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    ground = luminance(colour)
    return PAPER if 1.05 / (ground + 0.05) > (ground + 0.05) / (luminance(INK) + 0.05) else INK
