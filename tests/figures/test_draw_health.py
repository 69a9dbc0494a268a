import pandas as pd
import pytest

from nicmethods.figures.across import plot_health, plot_levels, plot_trajectories
from nicmethods.figures.style import describe
from nicmethods.tables import RUN_TABLES, empty


def shaped(name, rows):
    declared = RUN_TABLES[name]
    frame = pd.DataFrame(rows).reindex(columns=declared.names)
    return frame.astype({column.name: column.dtype for column in declared.columns})


@pytest.fixture
def health():
    one = {"domain": "connections", "measure": "cross_site_ties", "what": "ties that cross sites"}
    two = {"domain": "culture", "measure": "shared_practice", "what": "times practice was shared"}
    return shaped(
        "health",
        [
            {"case": "a", "by": "w1", "value": 0.2} | one,
            {"case": "a", "by": "w2", "value": 0.4, "low": 0.3, "high": 0.5, "expected": 0.8, "rated": "Most"} | one,
            {"case": "b", "note": "not known in this case"} | one,
            {"case": "a", "value": 3.5} | two,
            {"case": "b", "value": 1.0} | two,
        ],
    )


def test_health_has_a_panel_a_measure_and_the_rating_beside_once(health):
    figure = plot_health(health)
    assert len(figure.axes) == 2
    shares, times = figure.axes
    written = [text.get_text() for ax in figure.axes for text in ax.texts]
    assert written.count("rated Most") == 1
    assert written.count("no value") == 1
    assert shares.get_xlim()[1] < 1.1 < 3.5 < times.get_xlim()[1]
    assert "a: cross site ties 0.40, shared practice 3.50; b: shared practice 1.00" in describe(figure)


def test_levels_share_one_scale_of_colour_and_say_what_is_unknown():
    cells = [
        ("a", "school", "school", 4, 0.4, 2),
        ("a", "school", "state", 1, 0.1, 3),
        ("b", "school", "state", 2, 0.2, None),
    ]
    columns = ["case", "source_group", "target_group", "n_ties", "density", "n_help"]
    table = shaped(
        "between_levels", [dict(zip(columns, cell, strict=True)) | {"by": "level", "expected": 1.5} for cell in cells]
    )
    figure = plot_levels(table)
    shades = [[patch.get_facecolor() for patch in ax.patches] for ax in figure.axes]
    assert shades[0][0] != shades[0][1] != shades[1][0]
    written = [text.get_text() for text in figure.axes[1].texts]
    assert written == ["2 (1.5)", "help unknown"]
    assert "a: 1 of 5 ties cross and 3 of 5 times of help cross; b: 2 of 2 ties cross" in describe(figure)


def test_trajectories_are_grouped_and_years_without_a_rating_stay_blank():
    rows = [
        {"case": "x", "levels": "2021 Least;2023 Least", "trajectory": "Stagnant"},
        {"case": "y", "levels": "2021 Dev (Mid);2022 Most;2023 Most", "trajectory": "Improved"},
    ]
    ax = plot_trajectories(shaped("trajectories", [row | {"domain": "overall"} for row in rows]))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["y", "x"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["2021", "2022", "2023"]
    assert len(ax.patches) == 5
    assert "x: 2021 Least, 2023 Least (Stagnant)" in describe(ax)


def test_nothing_to_draw_is_said():
    for drawn in (
        plot_health(empty(RUN_TABLES["health"])),
        plot_levels(empty(RUN_TABLES["between_levels"])),
        plot_trajectories(empty(RUN_TABLES["trajectories"])),
    ):
        assert describe(drawn).startswith("Nothing is drawn")


@pytest.mark.slow
def test_a_thousand_cases_fit_a_page_and_are_told_in_sum(health):
    many = pd.concat([health.assign(case=health["case"] + str(i)) for i in range(500)], ignore_index=True)
    figure = plot_health(many)
    assert figure.get_size_inches()[1] < 30
    assert not any(text.get_text().startswith(("no value", "rated")) for ax in figure.axes for text in ax.texts)
    dots = figure.axes[1].collections[-1].get_offsets()
    assert (dots[1:, 0] <= dots[:-1, 0]).all()
    assert "cross site ties: median 0.40 of 500 cases" in describe(figure)
    paths = [{"case": f"c{i:03d}", "levels": "2021 Least;2023 Least", "trajectory": "Stagnant"} for i in range(200)]
    ax = plot_trajectories(shaped("trajectories", [row | {"domain": "overall"} for row in paths]))
    assert ax.figure.get_size_inches()[1] < 10
    assert [text.get_text() for text in ax.texts] == ["Stagnant"]
    assert len(describe(ax)) < 100
