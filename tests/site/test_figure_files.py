"""Figures of notebooks as files of their own: small, and as they were drawn."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from nicmethods.site.notebook_page import _smaller


def png(picture):
    file = io.BytesIO()
    picture.save(file, "png")
    return file.getvalue()


def drawn(n_lines):
    """A drawing with soft edges, as matplotlib makes them."""
    picture = Image.new("RGBA", (600, 600), "white")
    pen = ImageDraw.Draw(picture)
    for line in range(n_lines):
        pen.line([(20, 20 + 9 * line), (580, 590 - 14 * line)], fill=(10 * line % 256, 90, 160, 255), width=5)
    return picture.resize((300, 300), Image.Resampling.LANCZOS)


def test_a_drawing_takes_less_room_and_looks_the_same():
    before = png(drawn(30))
    after = _smaller(before, b"0")
    assert len(after) < len(before)
    one, other = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int) for data in (before, after))
    assert one.shape == other.shape
    assert np.abs(one - other).max() <= 16


def test_what_would_lose_something_stays_as_it_is():
    clear = drawn(5)
    clear.putpixel((0, 0), (0, 0, 0, 0))
    photo = Image.fromarray(np.random.default_rng(1).integers(0, 256, (200, 200, 3), dtype="uint8"))
    for picture in (clear, photo):
        assert _smaller(png(picture), b"0") == png(picture)


@pytest.mark.parametrize("data", [b"", b"no picture", png(drawn(3))[:100]])
def test_what_is_no_picture_stays_as_it_is(data):
    assert _smaller(data, b"0") == data
