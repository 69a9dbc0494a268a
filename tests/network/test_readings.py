import pandas as pd

from nicmethods.network.missing import other_reading
from nicmethods.tables import WORK_TABLES


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
    typed = [
        table.astype({column.name: column.dtype for column in WORK_TABLES[name].columns})
        for name, table in (("ties", ties), ("responses", responses), ("relations", relations))
    ]
    return typed[0], typed[1], roster, typed[2]


def test_both_readings_of_a_silent_person_can_be_recounted():
    readings = other_reading(*case("inferred"), waves=["w1"]).set_index("measure")
    assert readings.loc["density", ["not_answered", "answered_none"]].tolist() == [2 / 4, 2 / 6]
    assert readings.loc["n_responded", ["not_answered", "answered_none"]].tolist() == [2, 3]


def test_a_response_list_leaves_no_second_reading():
    assert other_reading(*case("listed"), waves=["w1"]).empty
