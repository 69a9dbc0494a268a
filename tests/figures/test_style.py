import subprocess
import sys

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from nicmethods import figures
from nicmethods.errors import MeasureError
from nicmethods.figures import style
from nicmethods.tables.saying import listed

# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB.
BLINDNESS = {
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
}


def linear(colour):
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return linear(colour) @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ rgb
    f = np.cbrt(np.clip(xyz, 1e-4, None) / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("blindness", BLINDNESS)
@pytest.mark.parametrize(
    "palette", [style.CHANGE, style.EVENT, {name: colour for name, (_, colour) in style.STANCE.items()}]
)
def test_colours_of_a_palette_differ_for_colour_blind_readers(palette, blindness):
    seen = {name: lab(np.array(BLINDNESS[blindness]) @ linear(colour)) for name, colour in palette.items()}
    names = list({colour: name for name, colour in palette.items()}.values())  # words of one meaning share a colour
    gaps = {(a, b): np.linalg.norm(seen[a] - seen[b]) for i, a in enumerate(names) for b in names[i + 1 :]}
    assert min(gaps.values()) > 10, min(gaps, key=gaps.get)


@pytest.mark.parametrize("colour", sorted({*style.CHANGE.values(), *style.EVENT.values(), *style.VERDICT.values()}))
def test_lettering_on_any_colour_is_readable(colour):
    assert contrast(style.ink_on(colour), colour) >= 4.5


@pytest.mark.parametrize("ink", [style.INK, style.MUTED])
def test_lettering_on_paper_is_readable(ink):
    assert contrast(ink, style.PAPER) >= 4.5


def test_words_counts_and_lists_read_as_sentences():
    assert style.words("not_observable") == "not observable"
    assert [style.count(n, "tie") for n in (0, 1, 1204)] == ["0 ties", "1 tie", "1,204 ties"]
    assert [listed("abc"[:n]) for n in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_describe_reads_the_figure_first_and_else_its_axes():
    figure = style.new_figure(4, 3)
    one, two = figure.subplots(1, 2)
    style.finish(one, title="", alt="One.")
    style.finish(two, title="", alt="Two.")
    assert figures.describe(figure) == "One. Two."
    assert figures.describe(two) == "Two."
    style.finish(figure, title="", alt="Both.")
    assert figures.describe(figure) == "Both."


def test_a_figure_without_alternative_text_is_refused():
    figure = Figure()
    figure.colorbar(figure.subplots().pcolormesh([[1.0]]))
    with pytest.raises(MeasureError, match="no alternative text"):
        figures.describe(figure)
    with pytest.raises(MeasureError, match="no alternative text"):
        figures.show(figure)


def test_show_displays_a_png_with_its_alternative_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *args, **kwargs: shown.append((args, kwargs)))
    figures.show(style.finish(style.new_figure(4, 2).subplots(), title="A <b>", alt="What it shows."), dpi=50)
    [((bundle,), options)] = shown
    assert bundle["image/png"].startswith("iVBOR")
    assert bundle["text/plain"] == "What it shows."
    assert options["metadata"]["image/png"] == {"alt": "What it shows.", "width": 384, "height": 192}


def test_text_is_never_read_as_mathematics():
    ax = style.styled(lambda: style.axes_or_new(None, 3, 2))()
    style.styled(style.finish)(ax, title="costs $5 and $6_", alt="x")
    ax.get_figure().canvas.draw()
    assert ax.get_title(loc="left") == "costs $5 and $6_"


def test_long_titles_are_broken_into_lines():
    figure = style.new_figure(3, 2)
    style.finish(figure, title="word " * 30, alt="x")
    assert "\n" in figure.get_suptitle()


def test_importing_figures_is_cheap_and_every_name_resolves():
    code = "import sys, nicmethods.figures; print('matplotlib' in sys.modules, 'seaborn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split() == ["False"] * 2
    assert all(callable(getattr(figures, name)) for name in figures.__all__)
    assert dir(figures) == figures.__all__
    with pytest.raises(AttributeError, match="plot_nothing"):
        _ = figures.plot_nothing


def test_nothing_says_why():
    figure = style.nothing("No ties.")
    assert isinstance(figure.axes[0], Axes)
    assert figures.describe(figure) == "Nothing is drawn: No ties."
