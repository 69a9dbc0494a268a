import numpy as np
import pandas as pd
import pytest

from nicmethods.across.comparison import COMPARED, compare_cases, holdings, verdicts_by_case
from nicmethods.tables import RUN_TABLES, WORK_TABLES, empty


def table(name, rows):
    declared = RUN_TABLES.get(name) or WORK_TABLES[name]
    frame = pd.DataFrame(rows).reindex(columns=["case", *declared.names])
    return frame.astype({column.name: column.dtype for column in declared.columns})


def measured(case, wave, measure, value, by=None):
    return {"case": case, "wave": wave, "relation": "help", "measure": measure, "by": by, "value": value, "n_dyads": 20}


@pytest.fixture
def tables():
    none = {name: empty(t).assign(case=pd.Series(dtype="str")) for name, t in RUN_TABLES.items()}
    return none | {
        "network_measures": table(
            "network_measures",
            [
                measured("a", "w1", "mean_degree", 0.9),
                measured("a", "w2", "mean_degree", 0.2),
                measured("a", "w2", "ei_index", -0.5, "site"),
                measured("a", "w2", "ei_index", 0.7, "role"),
                measured("b", "w1", "mean_degree", 0.4),
            ],
        ),
        "dyad_change": table(
            "dyad_change",
            [
                {"case": "a", "relation": "help", "source": source, "target": target, "scope": scope, "kind": kind}
                for source, target, scope, kind in [
                    ("X", "Y", "within", "created"),
                    ("X", "Z", "across", "created"),
                    ("Z", "V", "across", "created"),
                    ("W", "X", "across", "created"),
                    ("Y", "W", "across", "kept"),
                    ("Y", "V", None, "created"),
                ]
            ],
        ),
        "coverage": table("coverage", [{"case": "a", "activity": name, "coder": "c"} for name in ("m1", "m2")]),
        # X helps Y twice and Y helps X: one reciprocated pair. X helps Z: not. Two pairs in all.
        "events": table(
            "events",
            [
                {
                    "case": "a",
                    "activity": "m1",
                    "kind": "help_given",
                    "seeker": seeker,
                    "helper": helper,
                    "source": "ann",
                }
                for seeker, helper in [("Y", "X"), ("Y", "X"), ("X", "Y"), ("Z", "X"), (None, "X")]
            ],
        ),
        "dyads": table(
            "dyads",
            [
                {"case": "a", "relation": "help", "a": "X", "b": "Y", "verdict": v}
                for v in ("coincide", "help_without_tie", "not_observable", "neither", "coincide")
            ],
        ),
    }


def test_values_can_be_recounted(tables):
    compared = compare_cases(tables, ["a", "b"], seed=1).set_index(["case", "measure"])
    a = compared.loc["a", "value"]
    assert a["mean_degree"] == 0.2
    assert a["ei_index"] == -0.5
    assert a["new_ties_across"] == 3 / 4
    assert a["help_events"] == 5 / 2
    assert a["reciprocated_pairs"] == 1 / 2
    assert a["agreeing_pairs"] == 2 / 3
    assert compared.loc[("a", "mean_degree"), "wave"] == "w2"
    assert compared.loc[("b", "mean_degree"), "rank"] == 1
    assert compared.loc[("a", "mean_degree"), "rank"] == 2


def test_a_case_without_a_strand_stays_with_its_gap(tables):
    compared = compare_cases(tables, ["a", "b", "c"], seed=1)
    gaps = compared[compared["value"].isna()]
    assert len(compared) == 3 * len(COMPARED)
    assert (gaps["note"] == "not known in this case").all()
    assert set(gaps.loc[gaps["case"] == "c", "measure"]) == set(COMPARED)
    assert "help_events" in set(gaps.loc[gaps["case"] == "b", "measure"])
    assert compared["low"].notna().equals(compared["note"].isna())


def test_shares_of_pairs_have_intervals_over_people_and_the_rest_say_why_not(tables):
    compared = compare_cases(tables, ["a"], seed=1).set_index("measure")
    new = compared.loc["new_ties_across"]
    assert new["low"] < new["value"] < new["high"] <= 1
    assert [new["interval_over"], new["n"]] == ["people", 4]
    assert compared.loc["reciprocated_pairs", "note"] == "no interval: 3 people are too few"
    assert compared.loc["help_events", "note"].startswith("no interval: 2 activities cannot show how activities differ")
    assert compared.loc["mean_degree", "note"] == "no interval: the case's own tables have none"


def test_pairs_of_another_survey_question_are_not_counted_twice(tables):
    again = tables["dyads"].assign(relation="trust", verdict="help_without_tie")
    both = tables | {"dyads": pd.concat([tables["dyads"], again], ignore_index=True)}
    pd.testing.assert_frame_equal(compare_cases(both, ["a"], seed=1), compare_cases(tables, ["a"], seed=1))


def test_other_cases_and_their_order_change_nothing(tables):
    alone = compare_cases(tables, ["a"], seed=1).drop(columns="rank")
    among = compare_cases(tables, ["b", "a"], seed=1).query("case == 'a'").drop(columns="rank")
    pd.testing.assert_frame_equal(alone, among.reset_index(drop=True))


def test_the_rank_is_that_of_the_distance_above_chance_where_chance_gives_a_value():
    rows = [
        measured(case, "w1", "reciprocity_arc", value) | {"expected": expected, "low": 0.1, "high": 0.9}
        for case, value, expected in [("a", 0.6, 0.5), ("b", 0.4, 0.1)]
    ]
    compared = compare_cases({"network_measures": table("network_measures", rows)}, ["a", "b"], seed=1)
    known = compared.dropna(subset="value").set_index("case")
    assert known["rank"].tolist() == [2, 1]
    assert known["interval_over"].tolist() == ["people", "people"]


def test_a_coded_case_without_help_counts_zero_not_unknown(tables):
    silent = tables | {"events": tables["events"].iloc[:0]}
    compared = compare_cases(silent, ["a"], seed=1).set_index("measure")["value"]
    assert compared["help_events"] == 0
    assert np.isnan(compared["reciprocated_pairs"])


def test_nothing_at_all_gives_an_empty_table():
    none = {name: empty(t).assign(case=pd.Series(dtype="str")) for name, t in RUN_TABLES.items()}
    assert compare_cases(none, [], seed=1).empty
    assert verdicts_by_case(none["propositions"]).empty


def test_verdicts_are_counted_over_cases():
    rows = [("a", "p", "agreement"), ("b", "p", "agreement"), ("c", "p", "open"), ("a", "q", "dissonance")]
    propositions = pd.DataFrame(rows, columns=["case", "proposition", "proposed_verdict"]).assign(statement="s")
    counted = verdicts_by_case(propositions).set_index("proposition")
    assert counted.loc["p", ["agreement", "open", "dissonance"]].tolist() == [2, 1, 0]
    assert counted.loc["q", "dissonance"] == 1


def test_holdings_say_what_is_missing():
    wave = {"wave": "w1", "response_rate": 0.5}
    summaries = {
        "both": {
            "strands": ["network", "talk"],
            "n_actors": 3,
            "waves": [wave, wave | {"response_rate": 1.0}],
            "coders": ["c"],
        },
        "talk": {
            "strands": ["talk"],
            "waves": [wave | {"response_rate": None}],
            "activities": [{"coded": True}, {"coded": False}],
        },
        "failed": {},
    }
    held = holdings(summaries)
    assert held.loc["both", "lowest_response"] == 0.5
    assert np.isnan(held.loc["talk", "lowest_response"])
    assert held.loc["talk", ["coded_activities", "waves"]].tolist() == ["1 of 2", 0]
    assert held.loc["failed", "strands"] == "none"


def test_suggestions_are_not_compared_with_codings(tables):
    suggested = tables | {"events": tables["events"].assign(source="suggestions")}
    compared = compare_cases(suggested, ["a"], seed=1).set_index("measure")["value"]
    assert compared["help_events"] == 0
    assert np.isnan(compared["reciprocated_pairs"])
