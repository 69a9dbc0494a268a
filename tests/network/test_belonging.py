"""Who belongs together, and how sure that is."""

import numpy as np
import pandas as pd
import pytest

from nicmethods.network import block_densities, memberships, structural_equivalence, survey_of
from nicmethods.tables import RUN_TABLES


def planted(seed, noise=0.0):
    """Two communities of eight, with one core of four that everybody names."""
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], 8)
    ties = (group[:, None] == group).astype(float)
    flip = rng.random((16, 16)) < noise
    ties = np.where(flip, 1 - ties, ties)
    np.fill_diagonal(ties, 0)
    return ties


def wide(table, kind):
    rows = table[table["kind"].eq(kind)]
    return rows.set_index("actor")["group"], rows.set_index("actor")["sure"]


def test_planted_communities_are_found_and_sure():
    table = memberships(survey_of(planted(1)), seed=1, n_bootstrap=20)
    RUN_TABLES["memberships"].schema().validate(table, lazy=True)
    group, sure = wide(table, "community")
    assert group.iloc[:8].nunique() == group.iloc[8:].nunique() == 1
    assert group.nunique() == 2
    assert sure.eq(1).all()


def test_noise_makes_communities_less_sure():
    clear, blurred = (memberships(survey_of(planted(2, noise)), seed=1, n_bootstrap=30) for noise in (0.05, 0.45))
    assert wide(blurred, "community")[1].mean() < wide(clear, "community")[1].mean() - 0.1


def test_a_planted_core_is_named_for_each_person():
    ties = np.zeros((10, 10))
    ties[:3] = ties[:, :3] = 1
    np.fill_diagonal(ties, 0)
    group, sure = wide(memberships(survey_of(ties), seed=1, n_bootstrap=20), "core")
    assert group.tolist() == ["core"] * 3 + ["periphery"] * 7
    assert sure.iloc[3:].min() > 0.6


def test_people_who_name_and_are_named_alike_are_one_class(network):
    block = np.repeat([0, 1, 2], 4)
    image = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 1]])
    values = image[block][:, block] * 1.0
    found = structural_equivalence(network(values), n_classes=3)
    assert ((found[:, None] == found) == (block[:, None] == block)).all()


def test_densities_between_classes_can_be_recounted():
    ties = np.zeros((6, 6))
    ties[0, 1] = ties[1, 0] = ties[0, 3] = ties[4, 0] = 1
    survey = survey_of(ties)
    table = pd.DataFrame(
        {
            "wave": "1",
            "relation": "tie",
            "kind": "core",
            "actor": list("123456"),
            "group": ["core"] * 2 + ["periphery"] * 4,
        }
    ).assign(sure=np.nan, threshold=1.0, policy="observed")
    rows = block_densities(survey, table).set_index(["source_group", "target_group"])
    assert rows["n_ties"].to_dict() == {
        ("core", "core"): 2, ("core", "periphery"): 1, ("periphery", "core"): 1, ("periphery", "periphery"): 0
    }  # fmt: skip
    assert rows["n_dyads"].tolist() == [2, 8, 8, 12]
    assert rows["density"].tolist() == [1, 1 / 8, 1 / 8, 0]


@pytest.mark.parametrize("ties", [np.zeros((6, 6)), np.zeros((1, 1)), np.full((6, 6), np.nan), np.zeros((0, 0))])
def test_where_nothing_can_be_told_the_table_is_empty(ties):
    survey = survey_of(ties)
    table = memberships(survey, seed=1, n_bootstrap=5)
    RUN_TABLES["memberships"].schema().validate(table, lazy=True)
    assert table.empty
    assert block_densities(survey, table).empty


def test_a_complete_network_has_one_community_and_no_core():
    table = memberships(survey_of(np.ones((6, 6))), seed=1, n_bootstrap=5)
    assert set(wide(table, "community")[0]) == {"1"}
    assert "core" not in set(table["kind"])


def test_the_same_seed_gives_the_same_table():
    survey = survey_of(planted(3, 0.2))
    one, other = (memberships(survey, seed=4, n_bootstrap=10) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
