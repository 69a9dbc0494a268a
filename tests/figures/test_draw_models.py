import numpy as np
import pytest

from nicmethods.figures import describe, plot_sensitivity, plot_terms
from nicmethods.tables import RUN_TABLES, empty


def test_a_panel_a_model_without_intercept_and_deviance(models):
    figure = plot_terms(models)
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "tie change w1 to w2 (n = 1,260)",
        "tie change w2 to w3 (n = 930)",
        "help events (n = 61)",
    ]
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["help", "same site"]
    assert [text.get_text() for text in figure.axes[2].texts] == ["undefined"]


def test_filled_where_zero_is_outside_the_interval(models):
    dots = plot_terms(models).axes[0].collections[-1]
    np.testing.assert_allclose(dots.get_offsets()[:, 0], [0.3, -0.05])
    assert [tuple(face[:3]) == (1.0, 1.0, 1.0) for face in dots.get_facecolor()] == [False, True]
    assert "Different from 0: tie change w1 to w2, help 0.30; help events, reciprocity 1.20." in describe(
        plot_terms(models)
    )


def test_without_intervals_p_decides(models):
    bare = models.assign(low=np.nan, high=np.nan, p=[0.5, 0.01, 0.2, 0.2, 0.2, 0.2, np.nan])
    assert plot_terms(bare).get_suptitle() == "1 of 5 terms differ from 0"


def test_tables_that_call_the_estimate_value_are_drawn_too(models):
    assert len(plot_terms(models.rename(columns={"estimate": "value", "n": "n_dyads"})).axes) == 3


def test_terms_entered_alone_and_all_at_once_have_panels_of_their_own(models):
    entered = models.assign(entered=np.where(models["from_wave"].eq("w1"), "alone", "all"))
    titles = [ax.get_title(loc="left") for ax in plot_terms(entered).axes]
    assert titles[0].startswith("tie change, alone w1 to w2")
    assert titles[1].startswith("tie change, all w2 to w3")


def test_another_relation_is_left_out(models):
    other = models.assign(relation=models["relation"].mask(models["from_wave"].eq("w2"), "advice2"))
    assert len(plot_terms(other).axes) == 2


def test_a_verdict_that_changes_stands_out(sensitivity):
    figure = plot_sensitivity(sensitivity)
    above, below = figure.axes
    assert [patch.get_label() for patch in above.patches if patch.get_alpha() == 1.0] == [
        "agreement", "open", "dissonance", "partial_agreement"
    ]  # fmt: skip
    assert [bar.get_height() for bar in below.patches] == pytest.approx([1.0, 0.8, 0.6, 0.4])
    assert below.get_xticklabels()[0].get_text() == "the report's"
    assert figure.get_suptitle() == "2 of 3 verdicts hold under all 4 settings"
    assert "Hanging on a choice: reciprocity." in describe(figure)


def test_without_pairs_the_share_is_a_dash(sensitivity):
    figure = plot_sensitivity(sensitivity[sensitivity["kind"].eq("proposition")])
    assert [text.get_text() for text in figure.axes[1].texts] == ["–"] * 4


@pytest.mark.parametrize(
    ("plot", "table"), [(plot_terms, "models"), (plot_terms, "stergm"), (plot_sensitivity, "sensitivity")]
)
def test_an_empty_table_gives_a_sentence(plot, table):
    assert describe(plot(empty(RUN_TABLES[table]))).startswith("Nothing is drawn: ")
