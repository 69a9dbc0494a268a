"""A test drawn: its draws, the observed value, and what is said where there is nothing to draw."""

import numpy as np
import pytest

import nicmethods as nic
from nicmethods.figures import describe, plot_null
from nicmethods.network.permutation import Test, held_against


@pytest.fixture
def found():
    rng = np.random.default_rng(1)
    return nic.network.qap(*(rng.random((8, 8)) for _ in range(2)), seed=1, n_permutations=199)


def test_every_draw_is_in_a_bar_and_the_value_has_a_line(found):
    ax = plot_null(found, what="correlation")
    assert sum(bar.get_height() for bar in ax.patches) == 199
    assert ax.lines[0].get_xdata() == [found.value, found.value]
    assert ax.get_xlabel() == "correlation"
    assert "Histogram of 199 draws" in describe(ax)
    assert f"two-sided p {found.p:.3f}" in describe(ax)


def test_few_values_have_a_bar_each():
    ax = plot_null(held_against(3.0, np.array([0.0, 1.0, 1.0, 4.0])))
    assert [bar.get_height() for bar in ax.patches] == [1, 2, 1]


def test_a_test_without_draws_says_why():
    assert "nothing varies" in describe(plot_null(Test(0.5, note="nothing varies")))
    assert "its p is exact" in describe(plot_null(Test(0.5, p=0.01)))


def test_plot_shows_a_test(found, monkeypatch):
    shown = []
    monkeypatch.setattr("nicmethods.figures.shown.show", shown.append)
    nic.plot(found)
    assert "Histogram" in describe(shown[0])
