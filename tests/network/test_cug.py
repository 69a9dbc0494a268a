from itertools import combinations

import numpy as np
import pytest

from nicmethods.errors import MeasureError
from nicmethods.network.census import dyad_census, transitivity
from nicmethods.network.random_graphs import cug, reciprocity_test


@pytest.mark.parametrize(
    ("statistic", "given"),
    [
        ("transitivity", "size"),
        ("transitivity", "edges"),
        ("transitivity", "dyads"),
        ("reciprocity_arc", "edges"),
        ("centralization_in", "edges"),
    ],
)
def test_random_networks_are_those_of_r(network, r_networks, r_values, statistic, given):
    label = f"{statistic} {given.replace('dyads', 'dyad.census')}"
    theirs = r_values[r_values["by"] == label].set_index("measure")["value"]
    test = cug(network(r_networks["middle"][0]), statistic=statistic, given=given, seed=1, n_permutations=2000)
    error = 5 * test.sd / np.sqrt(2000)
    assert test.expected == pytest.approx(theirs["cug_mean"], abs=error)
    if "cug_sd" in theirs:
        assert test.sd == pytest.approx(theirs["cug_sd"], rel=0.1)


def test_reciprocity_is_exact(network):
    # Three of six cells tied: 20 networks, each as likely; the one mutual pair in 12 of them, none in 8.
    values = np.zeros((3, 3))
    values[0, 1] = values[1, 0] = values[2, 0] = 1
    cells = [(i, j) for i in range(3) for j in range(3) if i != j]
    found = [sum((j, i) in chosen for i, j in chosen) / 3 for chosen in combinations(cells, 3)]
    test = reciprocity_test(network(values), of="arc")
    assert test.value == pytest.approx(2 / 3)
    assert test.expected == pytest.approx(np.mean(found))
    assert test.sd == pytest.approx(np.std(found))
    far = [abs(one - np.mean(found)) >= abs(2 / 3 - np.mean(found)) - 1e-9 for one in found]
    assert test.p == pytest.approx(np.mean(far))


def test_the_exact_test_agrees_with_the_simulated_one(network, random_values):
    built = network(random_values(15, 3), blank=[(0, 1), (3, 4)])
    exact = reciprocity_test(built, of="dyad")
    simulated = cug(built, statistic="reciprocity_dyad", given="edges", seed=1, n_permutations=4000)
    assert simulated.value == pytest.approx(exact.value)
    assert simulated.expected == pytest.approx(exact.expected, abs=5 * exact.sd / np.sqrt(4000))
    assert simulated.p == pytest.approx(exact.p, abs=0.03)


def test_what_is_given_is_kept(network, random_values):
    built = network(random_values(12, 4), answered=[True] * 11 + [False])
    census = dyad_census(built)
    density = cug(built, statistic="density", given="edges", seed=1, n_permutations=50)
    assert density.expected == pytest.approx((2 * census.mutual + census.asymmetric) / (11 * 10))
    assert np.isnan(density.p)
    mutual = cug(built, statistic="reciprocity_dyad", given="dyads", seed=1, n_permutations=50)
    assert mutual.expected == pytest.approx(census.mutual / (census.mutual + census.asymmetric))
    assert "same value" in mutual.note


def test_without_unknown_pairs_the_value_is_transitivity(network, random_values):
    built = network(random_values(12, 6))
    assert (
        cug(built, statistic="transitivity", given="dyads", seed=1, n_permutations=20).value == transitivity(built)[0]
    )


def test_a_dense_network_is_drawn_through_its_gaps(network):
    values = np.ones((10, 10))
    values[0, 1:4] = 0
    test = cug(network(values), statistic="transitivity", given="edges", seed=1, n_permutations=200)
    assert test.expected == pytest.approx(87 / 90, abs=0.01)


def test_what_is_undefined_says_so(network):
    assert "fewer than 4" in cug(network(np.ones((3, 3))), statistic="transitivity", given="edges", seed=1).note
    assert "no ties" in reciprocity_test(network(np.zeros((5, 5))), of="arc").note
    assert np.isnan(reciprocity_test(network(np.ones((5, 5))), of="arc").p)


def test_what_cannot_be_is_refused(network):
    with pytest.raises(MeasureError, match="'ties'"):
        cug(network(np.eye(5)[::-1]), statistic="transitivity", given="ties", seed=1)
    with pytest.raises(MeasureError, match="'clustering'"):
        cug(network(np.eye(5)[::-1]), statistic="clustering", given="edges", seed=1)


def test_with_unknown_pairs_the_value_is_transitivity_over_known_shortcuts(network, random_values):
    built = network(random_values(12, 6, 0.4), blank=[(0, 1), (1, 0), (4, 7), (7, 4)])
    assert (
        cug(built, statistic="transitivity", given="dyads", seed=1, n_permutations=20).value == transitivity(built)[0]
    )
