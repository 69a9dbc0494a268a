"""What cases share and where they differ: verdicts and intervals whose reading can be said by hand."""

import numpy as np
import pandas as pd
import pytest

from nicmethods.across.pooling import in_common
from nicmethods.tables import RUN_TABLES, empty

NONE = empty(RUN_TABLES["comparison"])


def verdicts(*given):
    cases = [f"c{n}" for n in range(1, len(given) + 1)]
    return pd.DataFrame({"case": cases, "proposition": "p", "statement": "It holds.", "proposed_verdict": given})


def values(*rows, expected=np.nan):
    columns = ["value", "low", "high"]
    made = pd.DataFrame([dict(zip(columns, row, strict=True)) for row in rows], columns=columns)
    cases = [f"c{n}" for n in range(1, len(rows) + 1)]
    return made.assign(case=cases, measure="m", what="a measure", expected=expected)


@pytest.mark.parametrize(
    ("given", "reading"),
    [
        (("agreement", "agreement"), "shared"),
        (("dissonance", "dissonance"), "shared"),
        (("agreement", "partial_agreement"), "nothing_against"),
        (("agreement", "too_little_to_say"), "nothing_against"),
        (("agreement",), "nothing_against"),
        (("agreement", "dissonance", "open"), "differ"),
        (("open", "too_little_to_say", "not_observable"), "cannot_be_told"),
        (("open", "open"), "cannot_be_told"),
    ],
    ids="-".join,
)
def test_verdicts_are_read_as_they_stand(given, reading):
    (found,) = in_common(verdicts(*given), NONE).to_dict("records")
    assert found["reading"] == reading
    assert found["what"] == "It holds."


def test_which_case_says_what_stands_beside():
    found = in_common(verdicts("agreement", "too_little_to_say", "agreement"), NONE)
    assert found["said"].tolist() == ["agreement: c1, c3; too little to say: c2"]


@pytest.mark.parametrize(
    ("given", "expected", "reading"),
    [
        ([(0.2, 0.1, 0.3), (0.6, 0.5, 0.7)], np.nan, "differ"),
        ([(0.2, 0.1, 0.3), (0.4, 0.3, 0.5)], np.nan, "cannot_be_told"),
        ([(0.4, 0.3, 0.5), (0.5, 0.4, 0.6)], 0.2, "shared"),
        ([(0.4, 0.3, 0.5), (0.35, 0.1, 0.6)], 0.2, "cannot_be_told"),
        ([(0.4, 0.3, 0.5), (0.5, np.nan, np.nan)], 0.2, "cannot_be_told"),
        ([(np.nan, np.nan, np.nan), (np.nan, np.nan, np.nan)], 0.2, "cannot_be_told"),
        ([(0.4, 0.3, 0.5)], 0.2, "cannot_be_told"),
    ],
)
def test_measures_differ_where_intervals_do_not_meet(given, expected, reading):
    found = in_common(verdicts("open")[:0], values(*given, expected=expected))
    RUN_TABLES["in_common"].schema().validate(found, lazy=True)
    assert found["reading"].tolist() == [reading]


def test_values_are_said_with_interval_and_side():
    found = in_common(
        verdicts("open")[:0], values((0.5, 0.4, 0.6), (0.1, 0.0, 0.15), (0.9, np.nan, np.nan), expected=0.2)
    )
    assert found["said"].tolist() == [
        "c2 0.10 (0.00 to 0.15), below chance; c1 0.50 (0.40 to 0.60), above chance; c3 0.90"
    ]
    assert in_common(verdicts("open")[:0], values((np.nan,) * 3))["said"].tolist() == ["known of no case"]
