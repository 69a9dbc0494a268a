import pandas as pd

from nicmethods.network.measures import other_reading
from nicmethods.tables.bundles import Survey


def case(basis):
    """A names B, B names A, C names nobody."""
    ties = pd.DataFrame({"relation": "help", "wave": "w1", "source": ["A", "B"], "target": ["B", "A"], "weight": 1.0})
    responses = pd.DataFrame(
        {
            "relation": "help",
            "wave": "w1",
            "actor": ["A", "B", "C"],
            "present": True,
            "responded": [True, True, False],
            "basis": basis,
        }
    )
    relations = pd.DataFrame(
        {"relation": ["help"], "question": None, "threshold": 1.0, "within": None, "directed": True}
    )
    roster = pd.DataFrame({"actor": ["A", "B", "C"], "site": "s", "role": "r"})
    waves = pd.DataFrame({"wave": ["w1"]})
    return Survey(roster=roster, waves=waves, relations=relations, ties=ties, responses=responses)


def test_both_readings_of_a_silent_person_can_be_recounted():
    readings = other_reading(case("inferred")).set_index("measure")
    assert readings.loc["density", ["not_answered", "answered_none"]].tolist() == [2 / 4, 2 / 6]
    assert readings.loc["n_responded", ["not_answered", "answered_none"]].tolist() == [2, 3]


def test_a_response_list_leaves_no_second_reading():
    assert other_reading(case("listed")).empty
