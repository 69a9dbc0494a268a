from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Circle, Rectangle

from nicmethods.errors import MeasureError
from nicmethods.figures import describe, plot_network, plot_networks
from nicmethods.network import layout
from nicmethods.tables import RUN_TABLES, WORK_TABLES, empty
from nicmethods.tables.bundles import Survey


def collection(ax, label):
    return next(c for c in ax.collections if c.get_label() == label)


def drawn(ax, kind):
    return len(collection(ax, kind).get_paths())


@pytest.fixture
def three(relations):
    """A names B and B names A, A names C; next wave A no longer names C, C names A, B is silent."""
    roster = pd.DataFrame(
        {"actor": ["A", "B", "C"], "name": None, "site": ["x", "x", "y"], "role": ["hub", "teacher", "teacher"]}
    )
    ties = pd.DataFrame(
        [("w1", "A", "B", 2.0), ("w1", "B", "A", 2.0), ("w1", "A", "C", 1.0), ("w2", "A", "B", 3.0), ("w2", "C", "A", 1.0),
         ("w1", "C", "B", 0.5)],
        columns=["wave", "source", "target", "weight"],
    ).assign(relation="advice")  # fmt: skip
    responses = pd.DataFrame(
        {"relation": "advice", "wave": ["w1"] * 3 + ["w2"] * 3, "actor": list("ABC") * 2, "present": True,
         "responded": [True, True, True, True, False, True], "basis": "listed"}
    )  # fmt: skip
    change = pd.DataFrame(
        [("A", "B", 2.0, 3.0, "strengthened"), ("B", "A", 2.0, np.nan, "not_observable"),
         ("A", "C", 1.0, 0.0, "dissolved"), ("C", "A", 0.0, 1.0, "created"), ("B", "C", 0.0, np.nan, "not_observable"),
         ("C", "B", 0.5, 0.0, "absent")],
        columns=["source", "target", "weight_from", "weight_to", "kind"],
    ).assign(from_wave="w1", to_wave="w2", relation="advice", threshold_from=1.0, threshold=1.0)  # fmt: skip
    waves = pd.DataFrame({"wave": ["w1", "w2"]})
    survey = Survey(ties=ties, responses=responses, roster=roster, relations=relations, waves=waves)
    return survey, change


def test_a_wave_draws_each_reported_tie_once_and_marks_pairs_naming_each_other(three):
    survey, _ = three
    ax = plot_network(survey, wave="w1")
    assert drawn(ax, "tie") == 3
    assert ax.get_title(loc="left") == "Wave w1: 3 ties"
    assert "1 pair naming each other; everyone answered" in describe(ax)


def test_what_changed_is_drawn_apart_from_what_stayed(three):
    survey, change = three
    ax = plot_network(survey, wave="w2", dyad_change=change)
    kinds = {
        kind: drawn(ax, kind) for kind in ("created", "strengthened", "kept", "weakened", "dissolved", "not_observable")
    }
    assert kinds == {"created": 1, "strengthened": 1, "kept": 0, "weakened": 0, "dissolved": 1, "not_observable": 1}
    assert ax.get_title(loc="left") == "Wave w2: 1 new, 1 stronger, 1 gone"
    assert "did not answer: B" in describe(ax)


def test_who_did_not_answer_is_hollow_and_the_hub_is_square(three):
    survey, change = three
    ax = plot_network(replace(survey, roles={"hub": ["hub"]}), wave="w2", dyad_change=change)
    faces = collection(ax, "people").get_facecolor()
    assert [tuple(face[:3]) == (1.0, 1.0, 1.0) for face in faces] == [False, True, False]
    sides = [len(path.vertices) for path in collection(ax, "people").get_paths()]
    assert sides[0] == len(Rectangle((0, 0), 1, 1).get_path().vertices) != sides[1]
    assert sides[1] == len(Circle((0, 0)).get_path().vertices)


def test_who_was_not_in_the_network_is_not_drawn(three):
    survey, _ = three
    responses = survey.responses
    away = responses.assign(present=~(responses["actor"].eq("C") & responses["wave"].eq("w1")))
    ax = plot_network(replace(survey, responses=away), wave="w1")
    assert [text.get_text() for text in ax.texts if len(text.get_text()) == 1 and text.get_text().isupper()] == [
        "A",
        "B",
    ]
    assert drawn(ax, "tie") == 2


def test_an_undirected_question_draws_one_band_a_pair(three):
    survey, _ = three
    ax = plot_network(replace(survey, relations=survey.relations.assign(directed=False)), wave="w1")
    assert drawn(ax, "tie") == 2


def test_a_tie_thins_out_from_who_names_to_who_is_named(three):
    survey, _ = three
    ties = survey.ties
    one = replace(survey, ties=ties[ties["source"].eq("C") & ties["wave"].eq("w2")].assign(wave="w1"))
    ax = plot_network(one, wave="w1")
    outline = collection(ax, "tie").get_paths()[0].vertices[:48]
    left, right = outline[:24], outline[24:][::-1]
    width = np.hypot(*(left - right).T)
    places = layout(one).set_index("actor")
    start, end = (np.hypot(*(places.loc[a, ["x", "y"]].to_numpy(float) - left[0])) for a in ("C", "A"))
    assert start < end
    assert width[0] > 5 * width[-1]


def test_places_do_not_depend_on_row_order_and_people_do_not_overlap(survey):
    places = layout(survey)
    mixed = {name: getattr(survey, name).sample(frac=1, random_state=1) for name in ("ties", "roster")}
    again = layout(replace(survey, **mixed))
    pd.testing.assert_frame_equal(places, again)
    xy = places[["x", "y"]].to_numpy()
    gaps = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 9 * np.eye(len(xy))
    assert gaps.min() > 2 * places["radius"].iloc[0]
    assert np.abs(xy).max() <= 1.0


def test_people_of_a_site_stand_together(survey):
    places = layout(survey).merge(survey.roster[["actor", "site"]], on="actor")
    centre = places.groupby("site")[["x", "y"]].mean()
    gaps = np.hypot(
        places["x"].to_numpy()[:, None] - centre["x"].to_numpy(),
        places["y"].to_numpy()[:, None] - centre["y"].to_numpy(),
    )
    assert (centre.index[gaps.argmin(axis=1)] == places["site"]).all()


def test_without_sites_ties_alone_place_people(survey):
    places = layout(replace(survey, roster=survey.roster.assign(site=None)))
    assert places[["x", "y"]].notna().all().all()
    assert not places.duplicated(["x", "y"]).any()


def test_every_wave_has_a_panel_and_people_stay_in_place(survey, dyad_change):
    figure = plot_networks(survey, dyad_change)
    assert [ax.get_title(loc="left").split(":")[0] for ax in figure.axes] == ["Wave w1", "Wave w2", "Wave w3"]
    spots = [{t.get_text(): t.get_position() for t in ax.texts if t.get_text().startswith("E1")} for ax in figure.axes]
    assert spots[0] == spots[1] == spots[2]
    assert len(spots[0]) == 10
    created = dyad_change[dyad_change["to_wave"].eq("w3") & dyad_change["kind"].eq("created")]
    assert drawn(figure.axes[2], "created") == len(created)
    assert "did not answer: E07" in describe(figure)


def test_names_are_dropped_where_there_are_too_many(relations, waves):
    roster = pd.DataFrame({"actor": [f"P{k:03d}" for k in range(61)], "name": None, "site": None, "role": "teacher"})
    ties = pd.DataFrame(
        {"relation": "advice", "wave": "w1", "source": "P000", "target": roster["actor"][1:], "weight": 1.0}
    )
    survey = Survey(ties=ties, roster=roster, relations=relations, waves=waves)
    ax = plot_network(survey, wave="w1")
    assert not ax.texts
    assert drawn(ax, "tie") == 60


def test_without_ties_the_figure_says_so(survey):
    none = replace(survey, ties=empty(WORK_TABLES["ties"]))
    figure = plot_networks(none, empty(RUN_TABLES["dyad_change"]))
    assert describe(figure) == "Nothing is drawn: No survey ties are known."
    assert "No survey ties" in describe(plot_network(none, wave="w1"))


def test_a_wave_or_question_that_is_none_is_refused(survey):
    with pytest.raises(MeasureError, match="no wave 'w9'; waves are 'w1', 'w2', 'w3'"):
        plot_network(survey, wave="w9")
    with pytest.raises(MeasureError, match="no relation 'trust'; relations are 'advice'"):
        layout(survey, relation="trust")


def test_ties_below_the_survey_s_threshold_are_not_drawn(survey):
    ties = survey.ties[survey.ties["wave"].eq("w1") & survey.ties["weight"].ge(3)]
    n_strong = (ties["source"].ne("E20") & ties["target"].ne("E20")).sum()  # E20 was away
    ax = plot_network(survey.under(threshold={"w1": 3}), wave="w1")
    assert ax.get_title(loc="left") == f"Wave w1: {n_strong} ties"
