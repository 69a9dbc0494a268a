import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.errors import MeasureError
from nicmethods.network.graph import every_wave, seed_of, to_igraph, to_networkx, wave_network
from nicmethods.network.matrices import same_group


def test_unknown_cells_are_nan_and_reported_zeros_are_zero(network):
    values = np.zeros((4, 4))
    values[0, 1] = 2
    built = network(values, answered=[1, 1, 1, 0], blank=[(1, 2)])
    expected = np.array([[np.nan, 2, 0, 0], [0, np.nan, np.nan, 0], [0, 0, np.nan, 0], [np.nan] * 4])
    np.testing.assert_array_equal(built.values(), expected)
    assert built.n_cells == 8


def test_pairs_not_asked_are_blank_and_a_person_without_a_group_was_asked_about_nobody(network):
    built = network(np.ones((4, 4)), site=["x", "x", None, None], within="site")
    known = ~np.isnan(built.values())
    assert np.argwhere(known).tolist() == [[0, 1], [1, 0]]
    assert built.n_cells == 2


def test_people_not_present_are_not_there(network):
    built = network(np.ones((3, 3)), present=[1, 0, 1])
    assert built.actors.tolist() == ["a000", "a002"]
    assert built.n_cells == 2


def test_reconstruct_lends_the_others_report(network):
    values = np.array([[0, 3, 0], [0, 0, 0], [0, 0, 0]])
    built = network(values, answered=[1, 0, 0], directed=False, policy="reconstruct")
    expected = np.array([[np.nan, 3, 0], [3, np.nan, np.nan], [0, np.nan, np.nan]])
    np.testing.assert_array_equal(built.values(), expected)


def test_reconstruct_fills_a_blank_cell_from_the_other(network):
    values = np.array([[0, 0, 0], [2, 0, 0], [0, 0, 0]])
    built = network(values, blank=[(0, 1), (0, 2)], directed=False, policy="reconstruct")
    assert built.values()[0, 1:].tolist() == [2, 0]
    assert not len(built.blank_source)


@settings(max_examples=30, deadline=None)
@given(n=st.integers(2, 8), seed=st.integers(0, 10_000), policy=st.sampled_from(["observed", "reconstruct", "zero"]))
def test_cells_counted_are_cells_known(network, random_values, n, seed, policy):
    rng = np.random.default_rng(seed)
    answered = rng.random(n) < 0.7
    pairs = [(i, j) for i in range(n) for j in range(n) if i != j and answered[i] and rng.random() < 0.1]
    site = rng.choice(["x", "y", None], n)
    within = rng.choice(["site", None])
    pairs = [(i, j) for i, j in pairs if not within or (site[i] is not None and site[i] == site[j])]
    built = network(
        random_values(n, seed), answered=answered, blank=pairs, site=site, within=within, directed=False, policy=policy
    )
    assert built.n_cells == (~np.isnan(built.values())).sum()
    if policy == "zero":
        assert built.n_cells == n * (n - 1)


def test_graphs_carry_ids_and_attributes_but_no_names(network):
    values = np.zeros((3, 3))
    values[0, 1], values[1, 2] = 2, 1
    built = network(values, threshold=2, site=["x", "y", "z"])
    one, other = to_igraph(built), to_networkx(built)
    assert one.vs["name"] == ["a000", "a001", "a002"] == list(other)
    assert one.get_edgelist() == [(0, 1)]
    assert list(other.edges(data="weight")) == [("a000", "a001", 2.0)]
    assert one.vs["site"] == ["x", "y", "z"]
    assert other.nodes["a000"] == {"site": "x", "role": "r", "answered": True}
    assert "Test Person" not in str(one.vs.attributes()) + str(dict(other.nodes(data=True)))


def test_a_threshold_may_differ_by_wave(survey, joined):
    both = joined(survey(np.full((3, 3), 2.0)), survey(np.full((3, 3), 2.0), wave="w2"))
    one, other = every_wave(both.under(threshold={"w2": 3}))
    assert (one.threshold, len(one.ties[0])) == (1, 6)
    assert (other.threshold, len(other.ties[0])) == (3, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"relation": "advice"}, "There is no relation 'advice'; relations are 'help'."),
        ({"wave": "w9"}, "There is no wave 'w9'; waves are 'w1'."),
    ],
)
def test_what_cannot_be_is_refused(survey, options, message):
    with pytest.raises(MeasureError, match=message):
        wave_network(survey(np.ones((3, 3))), **options)


def test_where_there_are_two_the_wave_must_be_said(survey, joined):
    both = joined(survey(np.ones((3, 3))), survey(np.ones((3, 3)), wave="w2"))
    with pytest.raises(MeasureError, match="Say which wave; waves are 'w1', 'w2'"):
        wave_network(both)


def test_a_question_asked_within_an_attribute_nobody_has_is_refused(survey):
    with pytest.raises(MeasureError, match="asked within 'team', which is no column"):
        wave_network(survey(np.ones((3, 3)), within="team"))


def test_same_group_never_imputes():
    found = same_group(pd.Series(["a", None, None]))
    assert np.isnan(found[1, 2])
    assert found[0, 0] == 1


def test_each_name_has_its_own_stable_seed():
    assert seed_of(1, "a", "b") == seed_of(1, "a", "b")
    assert len({seed_of(1, "a"), seed_of(1, "b"), seed_of(2, "a"), seed_of(1, "a", "b")}) == 4
