import numpy as np
import pandas as pd
import pytest

from nicmethods.figures import describe, plot_change, plot_measures, plot_mixing
from nicmethods.figures.network import KEY_MEASURES
from nicmethods.tables import RUN_TABLES, empty


def test_about_ten_numbers_not_all(network_measures):
    figure = plot_measures(network_measures)
    titles = [ax.get_title(loc="left") for ax in figure.axes]
    assert titles == list(KEY_MEASURES.values())
    assert "triad" not in describe(figure)


def test_dots_and_intervals_are_the_table_s(network_measures):
    figure = plot_measures(network_measures, measures={"density": "Density"})
    [ax] = figure.axes
    own = network_measures[network_measures["measure"].eq("density")]
    dots = next(c for c in ax.collections if c.get_label().startswith("value"))
    np.testing.assert_allclose(dots.get_offsets()[:, 1], own["value"])
    ends = [path.vertices[:, 1] for path in ax.collections[0].get_paths()]
    np.testing.assert_allclose(ends, own[["low", "high"]])
    assert "Density: 0.16 in w1, 0.17 in w2, 0.21 in w3." in describe(figure)


def test_undefined_is_said_and_not_drawn_as_zero(network_measures):
    figure = plot_measures(network_measures, measures={"n_isolates": "People without a tie"})
    assert [text.get_text() for text in figure.axes[0].texts] == ["0", "0", "undefined"]
    assert "undefined in w3" in describe(figure)


def test_only_the_attribute_asked_for_is_drawn(network_measures):
    both = pd.concat([network_measures, network_measures.assign(by="role", value=0.99)])
    figure = plot_measures(both, measures={"ei_index": "E-I"})
    assert "0.99" not in describe(figure)


def test_mixing_has_a_panel_a_wave_and_the_numbers_in_the_cells(mixing):
    figure = plot_mixing(mixing)
    panels = [ax for ax in figure.axes if ax.get_title(loc="left")]
    assert [ax.get_title(loc="left") for ax in panels] == ["Wave w1", "Wave w2", "Wave w3"]
    cell = mixing[
        mixing["wave"].eq("w1") & mixing["source_group"].eq("Birch") & mixing["target_group"].eq("Birch")
    ].iloc[0]
    assert f"{cell['density']:.0%}" in [text.get_text() for text in panels[0].texts[:2]]
    assert f"{cell['n_ties']} ({cell['expected']:.1f})" in [text.get_text() for text in panels[0].texts[:2]]
    own = mixing["source_group"].eq(mixing["target_group"]) & mixing["wave"].eq("w3")
    inside = mixing.loc[own, "n_ties"].sum() / mixing.loc[own, "n_dyads"].sum()
    assert f"Wave w3: {inside:.0%} of possible ties inside a site" in figure.get_suptitle()


def test_a_cell_nobody_could_fill_is_blank_not_zero(mixing):
    none = mixing["source_group"].eq("Elm") & mixing["target_group"].eq("Elm")
    blank = mixing.assign(
        n_ties=mixing["n_ties"].mask(none, 0), n_dyads=mixing["n_dyads"].mask(none, 0),
        density=mixing["density"].mask(none), expected=mixing["expected"].mask(none, 0.0),
    )  # fmt: skip
    figure = plot_mixing(blank)
    colour = figure.axes[0].collections[0].get_array()
    assert np.ma.getmaskarray(colour).sum() == 1
    assert len(figure.axes[0].texts) == 2 * 35


def test_change_bars_add_up_to_the_table(change):
    figure = plot_change(change)
    bars, unseen = figure.axes[:2]
    wide = {bar.get_label(): sum(patch.get_width() for patch in bar) for bar in bars.containers}
    asked = change[change["scope"].isin(["within", "across"])].groupby("kind")["n"].sum()
    assert wide == {
        "new": asked["created"], "stronger": asked["strengthened"], "kept": asked["kept"], "weaker": asked["weakened"],
        "gone": -asked["dissolved"],
    }  # fmt: skip
    assert bars.get_yticklabels()[0].get_text() == "within sites   w1 to w2"
    assert {patch.get_hatch() for patch in unseen.patches} == {"////"}
    assert [text.get_text() for text in unseen.texts] == [
        str(n) for n in change[change["kind"].eq("not_observable")].set_index(["scope", "from_wave"])["n"].reindex(
            [("within", "w1"), ("within", "w2"), ("across", "w1"), ("across", "w2")]
        )
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("plot", "table", "why"),
    [
        (plot_measures, "network_measures", "No network measures are known."),
        (plot_mixing, "mixing", "No ties between groups by site are known."),
        (plot_change, "change", "No change is known: it takes two waves."),
    ],
)
def test_an_empty_table_gives_a_sentence(plot, table, why):
    assert describe(plot(empty(RUN_TABLES[table]))) == f"Nothing is drawn: {why}"


def test_role_pairs_are_summed_over_intervals(change):
    figure = plot_change(change, by="role")
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "teacher → researcher" in rows
    asked = change[change["scope"].eq("teacher > researcher") & change["kind"].eq("kept")]["n"].sum()
    kept = next(bars for bars in figure.axes[0].containers if bars.get_label() == "kept")
    assert kept[rows.index("teacher → researcher")].get_width() == asked
