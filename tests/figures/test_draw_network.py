import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Circle, Rectangle

from nicmethods.figures import describe, layout, plot_network, plot_networks
from nicmethods.tables import RUN_TABLES, WORK_TABLES, empty


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
    return ties, responses, roster, relations, change


def test_a_wave_draws_each_reported_tie_once_and_marks_pairs_naming_each_other(three):
    *work, _ = three
    ax = plot_network(*work, wave="w1", hub_roles=["hub"])
    assert drawn(ax, "tie") == 3
    assert ax.get_title(loc="left") == "Wave w1: 3 ties"
    assert "1 pair naming each other; everyone answered" in describe(ax)


def test_what_changed_is_drawn_apart_from_what_stayed(three):
    *work, change = three
    ax = plot_network(*work, wave="w2", dyad_change=change)
    kinds = {
        kind: drawn(ax, kind) for kind in ("created", "strengthened", "kept", "weakened", "dissolved", "not_observable")
    }
    assert kinds == {"created": 1, "strengthened": 1, "kept": 0, "weakened": 0, "dissolved": 1, "not_observable": 1}
    assert ax.get_title(loc="left") == "Wave w2: 1 new, 1 stronger, 1 gone"
    assert "did not answer: B" in describe(ax)


def test_who_did_not_answer_is_hollow_and_the_hub_is_square(three):
    *work, change = three
    ax = plot_network(*work, wave="w2", dyad_change=change, hub_roles=["hub"])
    faces = collection(ax, "people").get_facecolor()
    assert [tuple(face[:3]) == (1.0, 1.0, 1.0) for face in faces] == [False, True, False]
    sides = [len(path.vertices) for path in collection(ax, "people").get_paths()]
    assert sides[0] == len(Rectangle((0, 0), 1, 1).get_path().vertices) != sides[1]
    assert sides[1] == len(Circle((0, 0)).get_path().vertices)


def test_who_was_not_in_the_network_is_not_drawn(three):
    ties, responses, roster, relations, _ = three
    away = responses.assign(present=~(responses["actor"].eq("C") & responses["wave"].eq("w1")))
    ax = plot_network(ties, away, roster, relations, wave="w1")
    assert [text.get_text() for text in ax.texts if len(text.get_text()) == 1 and text.get_text().isupper()] == [
        "A",
        "B",
    ]
    assert drawn(ax, "tie") == 2


def test_an_undirected_question_draws_one_band_a_pair(three):
    ties, responses, roster, relations, _ = three
    ax = plot_network(ties, responses, roster, relations.assign(directed=False), wave="w1")
    assert drawn(ax, "tie") == 2


def test_a_tie_thins_out_from_who_names_to_who_is_named(three):
    ties, responses, roster, relations, _ = three
    one = ties[ties["source"].eq("C") & ties["wave"].eq("w2")].assign(wave="w1")
    ax = plot_network(one, responses, roster, relations, wave="w1")
    outline = collection(ax, "tie").get_paths()[0].vertices[:48]
    left, right = outline[:24], outline[24:][::-1]
    width = np.hypot(*(left - right).T)
    places = layout(one, roster, relations)
    start, end = (np.hypot(*(places.loc[a, ["x", "y"]].to_numpy(float) - left[0])) for a in ("C", "A"))
    assert start < end
    assert width[0] > 5 * width[-1]


def test_places_do_not_depend_on_row_order_and_people_do_not_overlap(ties, roster, relations):
    places = layout(ties, roster, relations)
    again = layout(ties.sample(frac=1, random_state=1), roster.sample(frac=1, random_state=2), relations)
    pd.testing.assert_frame_equal(places, again)
    xy = places[["x", "y"]].to_numpy()
    gaps = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)) + 9 * np.eye(len(xy))
    assert gaps.min() > 2 * places["radius"].iloc[0]
    assert np.abs(xy).max() <= 1.0


def test_people_of_a_site_stand_together(ties, roster, relations):
    places = layout(ties, roster, relations).join(roster.set_index("actor")["site"])
    centre = places.groupby("site")[["x", "y"]].mean()
    gaps = np.hypot(
        places["x"].to_numpy()[:, None] - centre["x"].to_numpy(),
        places["y"].to_numpy()[:, None] - centre["y"].to_numpy(),
    )
    assert (centre.index[gaps.argmin(axis=1)] == places["site"]).all()


def test_without_sites_ties_alone_place_people(ties, roster, relations):
    places = layout(ties, roster.assign(site=None), relations)
    assert places[["x", "y"]].notna().all().all()
    assert not places.duplicated(["x", "y"]).any()


def test_every_wave_has_a_panel_and_people_stay_in_place(ties, responses, roster, relations, waves, dyad_change):
    figure = plot_networks(ties, responses, roster, relations, waves, dyad_change, hub_roles=["researcher"])
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
    responses = empty(WORK_TABLES["responses"])
    ax = plot_network(ties, responses, roster, relations, wave="w1")
    assert not ax.texts
    assert drawn(ax, "tie") == 60


def test_without_ties_the_figure_says_so(responses, roster, relations, waves):
    none = empty(WORK_TABLES["ties"])
    figure = plot_networks(none, responses, roster, relations, waves, empty(RUN_TABLES["dyad_change"]))
    assert describe(figure) == "Nothing is drawn: No survey ties are known."
    assert "No survey ties" in describe(plot_network(none, responses, roster, relations, wave="w1"))
