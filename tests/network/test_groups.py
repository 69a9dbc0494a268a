from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nicmethods.errors import MeasureError
from nicmethods.network.belonging import leiden_modularity
from nicmethods.network.groups import ei_interval, group_tests, mixing
from nicmethods.tables import RUN_TABLES


def test_hand_counted(network):
    # Of ten ties four are inside x, three inside y, one goes from x to y, two from y to x.
    values = np.zeros((6, 6))
    values[0, 1] = values[1, 0] = values[0, 2] = values[2, 1] = 1
    values[3, 4] = values[4, 5] = values[5, 3] = 1
    values[0, 3] = values[4, 0] = values[5, 2] = 1
    found = group_tests(network(values, site=[*"xxxyyy"]), by="site", seed=1, n_permutations=0)
    by_chance = (5 * 6 + 5 * 4) / 100
    assert found["ei_index"].value == pytest.approx((3 - 7) / 10)
    assert found["modularity"].value == pytest.approx(0.7 - by_chance)
    assert found["assortativity"].value == pytest.approx((0.7 - by_chance) / (1 - by_chance))


def test_without_ties_all_are_undefined(network):
    found = group_tests(network(np.zeros((6, 6)), site=[*"xxxyyy"]), by="site", seed=1)
    assert np.isnan([test.value for test in found.values()]).all()


def test_the_expected_ei_is_that_of_group_sizes(network, random_values):
    # Closed form: a tie joins two random people, who share a group with probability sum n_g (n_g - 1) / n (n - 1).
    site = ["x"] * 6 + ["y"] * 3 + ["z"] * 3
    test = group_tests(network(random_values(12, 5, 0.3), site=site), by="site", seed=1, n_permutations=4000)[
        "ei_index"
    ]
    inside = (6 * 5 + 3 * 2 + 3 * 2) / (12 * 11)
    assert test.expected == pytest.approx(1 - 2 * inside, abs=4 * test.sd / np.sqrt(4000))


def test_labels_within_strata_stay_in_their_stratum(network, random_values):
    # Role is the same for everyone at a site: inside sites nothing can change.
    site = ["x"] * 5 + ["y"] * 5
    test = group_tests(network(random_values(10, 6, 0.4), site=site, role=site), by="role", within="site", seed=1)[
        "ei_index"
    ]
    assert np.isnan(test.p)
    assert test.expected == pytest.approx(test.value)
    assert "same value" in test.note


def test_a_blank_group_is_left_out_and_counted(network, random_values):
    values = random_values(10, 7, 0.4)
    with_blank = group_tests(network(values, site=["x", "y"] * 4 + [None, None]), by="site", seed=1)["ei_index"]
    without = group_tests(network(values[:8, :8], site=["x", "y"] * 4), by="site", seed=1)["ei_index"]
    assert with_blank.value == without.value
    assert with_blank.n_dyads == without.n_dyads
    assert "2 without site left out" in with_blank.note


def test_leiden_finds_planted_groups(network):
    group = np.repeat([0, 1, 2], 6)
    values = (group[:, None] == group[None, :]).astype(float)
    values[0, 7] = values[8, 13] = 1
    value, groups = leiden_modularity(network(values), seed=1)
    assert len(np.unique(groups)) == len(set(zip(groups.tolist(), group.tolist(), strict=True))) == 3
    assert 0.6 < value < 2 / 3


def test_mixing_adds_up(survey):
    values = np.zeros((5, 5))
    values[0, 1] = values[0, 2] = values[3, 4] = values[4, 0] = 1
    args = survey(values, site=["x", "x", "y", "y", "y"], role=["t", "c", "t", "c", "t"], answered=[1, 1, 1, 0, 1])
    rows = mixing(args, seed=1, by=["site", ("site", "role")], n_permutations=50)
    RUN_TABLES["mixing"].schema().validate(rows, lazy=True)
    site = rows[rows["by"] == "site"].set_index(["source_group", "target_group"])
    assert site["n_ties"].to_dict() == {("x", "x"): 1, ("x", "y"): 1, ("y", "x"): 1, ("y", "y"): 0}
    assert site["n_dyads"].to_dict() == {("x", "x"): 2, ("x", "y"): 6, ("y", "x"): 4, ("y", "y"): 4}
    assert site["expected"].sum() == pytest.approx(3)
    assert site.loc[("x", "x"), "expected"] == pytest.approx(2 * 3 / 16)
    crossed = rows[rows["by"] == "site x role"].set_index(["source_group", "target_group"])
    assert crossed.loc[("y", "t"), "n_ties"] == 1  # a004 -> a000, who is t
    assert crossed["n_dyads"].sum() == 16
    assert (rows["p_adjusted"] >= rows["p"]).all()


def test_a_column_the_roster_lacks_is_an_error(survey):
    with pytest.raises(MeasureError, match="no column 'grade'; it has site, role"):
        mixing(survey(np.ones((4, 4))), seed=1, by=["grade"])


def test_mixing_ignores_row_order(survey, random_values):
    study = survey(random_values(9, 2), site=["x", "y", "z"] * 3)
    one, other = (
        mixing(replace(study, ties=rows), seed=3, n_permutations=99)
        for rows in (study.ties, study.ties.sample(frac=1, random_state=2))
    )
    pd.testing.assert_frame_equal(one, other)


def test_the_interval_of_ei_is_that_of_people_drawn_again(network, random_values):
    values, site = (random_values(20, 5, 0.15) > 0).astype(float), np.array([*"xxxxxyyyyyyyzzzzzzzz"])
    rng, drawn_ei = np.random.default_rng(2), []
    for _ in range(2000):
        drawn = rng.integers(0, 20, 20)
        copy = values[np.ix_(drawn, drawn)]
        crosses = (copy * (site[drawn][:, None] != site[drawn])).sum()
        drawn_ei.append(2 * crosses / copy.sum() - 1)
    built = network(values, site=site)
    low, high = ei_interval(built, by="site", seed=3, n_bootstrap=2000)
    assert (high - low) / (2 * 1.96) == pytest.approx(np.std(drawn_ei), rel=0.08)
    assert (high + low) / 2 == pytest.approx(group_tests(built, by="site", seed=1, n_permutations=0)["ei_index"].value)
    assert ei_interval(built, by="site", seed=3) == ei_interval(built, by="site", seed=3)


def test_no_interval_where_no_draw_changes_the_value(network):
    everyone_crosses = np.kron([[0, 1], [1, 0]], np.ones((3, 3)))
    built = network(everyone_crosses, site=[*"xxxyyy"])
    assert np.isnan(ei_interval(built, by="site", seed=1)).all()
    assert np.isnan(ei_interval(network(np.ones((3, 3)), site=[*"xxy"]), by="site", seed=1)).all()
