"""Two small cases whose every value can be recounted, and one with nothing."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nicmethods.across.comparison import between_levels
from nicmethods.across.health import HEALTH, expected_gini, gini, left_without, network_health
from nicmethods.figures.readable import by_context
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES

TABLES = WORK_TABLES | CASE_TABLES | RUN_TABLES | {"attendance": WORK_TABLES["attendance"]}
TABLES |= {"codings": WORK_TABLES["codings"], "coverage": WORK_TABLES["coverage"]}


def stacked(name, rows, case="a"):
    declared = RUN_TABLES.get(name) or TABLES[name]
    frame = pd.DataFrame([{"case": case} | row for row in rows]).reindex(columns=["case", *declared.names])
    return frame.astype({column.name: column.dtype for column in declared.columns})


def mixed(wave, by, cells):
    return [
        {"wave": wave, "relation": "help", "by": by, "source_group": a, "target_group": b}
        | {"n_ties": n, "n_dyads": 10, "density": n / 10, "expected": e, "threshold": 1, "policy": "observed"}
        for (a, b), (n, e) in cells.items()
    ]


def measured(wave, measure, values):
    return [
        {"wave": wave, "relation": "help", "measure": measure, "actor": a, "value": v, "threshold": 1}
        for a, v in values.items()
    ]


def event(kind, seeker, helper, source="ann"):
    return {"activity": "m1", "kind": kind, "seeker": seeker, "helper": helper, "source": source}


def tie(source, target, weight, wave="w2"):
    known = {"from_wave": "w1", "to_wave": wave, "relation": "help", "threshold": 1, "policy": "observed"}
    return known | {"source": source, "target": target, "weight_to": weight, "kind": "kept"}


# H is the hub; A and B teach at one school, C at another and is of the district.
GROUPS = {"H": ("hub", "state"), "A": ("member", "school"), "B": ("member", "school"), "C": ("member", "district")}


@pytest.fixture
def tables():
    return {
        "actors": stacked("actors", [{"actor": a, "group": g, "level": level} for a, (g, level) in GROUPS.items()]),
        "mixing": stacked(
            "mixing",
            mixed("w1", "site", {("x", "x"): (1, 1.0), ("x", "y"): (0, 1.0)})
            + mixed("w2", "site", {("x", "x"): (1, 1.0), ("x", "y"): (2, 1.5), ("y", "x"): (1, 1.5)})
            + mixed("w1", "level", {("school", "school"): (9, 1.0)})
            + mixed("w2", "level", {("school", "school"): (3, 2.0), ("school", "state"): (1, 1.5)}),
        ),
        "network_measures": stacked(
            "network_measures",
            [{"wave": "w2", "relation": "help", "measure": "reciprocity_arc", "value": 0.5, "expected": 0.2}],
        ),
        "actor_measures": stacked(
            "actor_measures",
            measured("w1", "in_degree", {"H": 0, "A": 0, "B": 0})
            + measured("w2", "in_degree", {"H": 3, "A": 1, "C": 2})
            + measured("w2", "out_degree", {"H": 2, "A": 4, "C": np.nan})
            + measured("w2", "turnover_in", {"B": 1.0}),
        ),
        # A - H - B, A - C: with the hub A, B and C are all connected (3 pairs), without it only A and C (1 pair).
        "dyad_change": stacked("dyad_change", [tie("A", "H", 2), tie("H", "B", 1), tie("A", "C", 1), tie("B", "C", 0)]),
        "events": stacked(
            "events",
            [
                event("help_given", "A", "H"),
                event("help_given", "B", "H"),
                event("help_given", "B", "A"),
                event("help_given", "H", "C"),
                event("help_given", None, "A"),
                event("help_given", "C", "H", source="suggestions"),
                event("shared_practice", None, "A"),
                event("shared_practice", None, "A"),
            ],
        ),
        "coverage": stacked("coverage", [{"activity": m, "coder": "ann"} for m in ("m1", "m2")]),
        "activities": stacked("activities", [{"activity": m, "cycle": "c1", "phase": "plan"} for m in ("m1", "m2")]),
        "codings": stacked(
            "codings",
            [
                {"coder": c, "activity": "m1", "turn": t, "code": "idea"}
                for c, t in [("ann", "1"), ("bo", "1"), ("ann", "2")]
            ],
        ),
        "attendance": stacked(
            "attendance",
            [{"activity": "m1", "actor": a} for a in "HABC"] + [{"activity": "m2", "actor": a} for a in "HA"],
        ),
        "turns": stacked(
            "turns",
            [
                {"activity": "m1", "turn": "1", "actor": "A", "text": "one two three"},
                {"activity": "m1", "turn": "2", "actor": "H", "text": "four"},
                {"activity": "m1", "turn": "3", "text": "?"},
            ],
        ),
    }


def test_every_value_can_be_recounted(tables):
    health = network_health(tables, ["a"])
    values = {(row["measure"], row["by"]): row["value"] for row in health.fillna({"by": ""}).to_dict("records")}
    assert values == pytest.approx(
        {
            ("cross_site_ties", "w1"): 0 / 1,
            ("cross_site_ties", "w2"): 3 / 4,
            ("reciprocity_arc", "w2"): 0.5,
            ("hub_help", ""): 2 / 4,
            ("hub_named", "w1"): np.nan,
            ("hub_named", "w2"): 3 / 6,
            ("left_without_hub", "w2"): 1 / 3,
            ("gini_talk", ""): gini(np.array([3, 1, 0, 0])),
            ("gini_help", ""): gini(np.array([2, 2, 1, 0])),
            ("attendance", ""): (4 / 4 + 2 / 4) / 2,
            ("turnover", "w2"): 2 / 4,
            ("coded", "c1, plan: idea"): 2 / 2,
            ("shared_practice", ""): 2 / 2,
            ("sharers", ""): 1 / 4,
            ("context", ""): np.nan,
        },
        nan_ok=True,
    )
    expected = health.dropna(subset="expected").fillna({"by": ""}).set_index(["measure", "by"])["expected"].to_dict()
    assert expected == pytest.approx(
        {
            ("cross_site_ties", "w1"): 1 / 2,
            ("cross_site_ties", "w2"): 3 / 4,
            ("reciprocity_arc", "w2"): 0.2,
            # H and A answered, among H, A and C: of the four pairs that they could name, one is A and the hub.
            ("hub_named", "w2"): 1 / 4,
            ("gini_help", ""): expected_gini(5, 4),
        }
    )
    RUN_TABLES["health"].schema().validate(health, lazy=True)


def test_a_case_without_results_has_every_measure_with_a_note(tables):
    health = network_health(tables, ["a", "b"])
    gaps = health[health["case"] == "b"]
    assert gaps["measure"].tolist() == list(HEALTH)
    assert gaps["value"].isna().all()
    assert gaps["note"].notna().all()
    pd.testing.assert_frame_equal(health[health["case"] == "a"], network_health(tables, ["a"]))


def test_no_tables_at_all_are_gaps_and_never_zeros():
    health = network_health({}, ["a"])
    assert len(health) == len(HEALTH)
    assert health["value"].isna().all()
    assert between_levels({}, ["a"]).empty


def test_ratings_stand_beside_values_and_change_none(tables):
    ratings = stacked(
        "ratings",
        [
            {"year": year, "domain": "connections", "level": level, "rater": "r"}
            for year, level in [(2022, "Most"), (2023, "Dev (Mid)"), (2024, None)]
        ],
    )
    ratings = ratings.loc[:, ~ratings.columns.duplicated()]
    plain, beside = network_health(tables, ["a"]), network_health(tables, ["a"], ratings=ratings)
    assert beside.loc[beside["domain"] == "connections", "rated"].unique().tolist() == ["Dev (Mid)"]
    assert beside.loc[beside["domain"] == "connections", "rated_year"].unique().tolist() == [2023]
    assert beside.loc[beside["domain"] != "connections", "rated"].isna().all()
    without = ["rated", "rated_year"]
    pd.testing.assert_frame_equal(beside.drop(columns=without), plain.drop(columns=without))


def test_levels_count_the_last_wave_and_people_s_help(tables):
    found = between_levels(tables, ["a"]).set_index(["source_group", "target_group"])
    assert found.loc[("school", "school"), ["n_ties", "n_help"]].tolist() == [3, 1]
    assert found.loc[("school", "state"), ["n_ties", "n_help"]].tolist() == [1, 2]
    assert found.loc[("state", "district"), "n_help"] == 1
    assert pd.isna(found.loc[("state", "district"), "n_ties"])
    assert found["n_help"].sum() == 4


def test_help_is_unknown_and_not_none_where_nobody_coded(tables):
    uncoded = tables | {"coverage": tables["coverage"].iloc[:0], "events": tables["events"].iloc[:0]}
    assert between_levels(uncoded, ["a"])["n_help"].isna().all()
    health = network_health(uncoded, ["a"]).set_index("measure")["value"]
    assert health[["hub_help", "gini_help", "shared_practice", "sharers"]].isna().all()


def test_the_first_wave_is_known_from_what_became_of_its_ties(tables):
    first = [
        {"from_wave": "w1", "to_wave": "w2", "relation": "help", "source": a, "target": b, "weight_from": w, "kind": k}
        | {"threshold": 2, "threshold_from": 1, "policy": "observed"}
        for a, b, w, k in [("A", "H", 1, "dissolved"), ("H", "C", 3, "not_observable"), ("A", "B", 0.5, "absent")]
    ]
    second = [row | {"from_wave": "w2", "to_wave": "w3", "weight_from": 3, "weight_to": 2} for row in first[:1]]
    health = network_health(tables | {"dyad_change": stacked("dyad_change", first + second)}, ["a"])
    left = health[health["measure"] == "left_without_hub"].set_index("by")["value"]
    assert left["w1"] == 0, "A and C are connected through the hub alone; A names B too weakly for that wave"
    assert np.isnan(left["w3"]), "one member alone is tied to the hub"
    assert left.index.tolist() == ["w1", "w3"], "in order, without a wave that has no ties"


def test_a_case_without_a_hub_says_nothing_of_it(tables):
    actors = tables["actors"].assign(group=None)
    health = network_health(tables | {"actors": actors}, ["a"])
    hub = health[health["domain"] == "hub_leadership"]
    assert hub["value"].isna().all()
    assert hub["measure"].tolist() == ["hub_help", "hub_named", "left_without_hub"]


@given(st.lists(st.integers(0, 50), min_size=1, max_size=20), st.integers(1, 9))
def test_gini_is_the_mean_difference_over_twice_the_mean(amounts, factor):
    x = np.array(amounts, dtype=float)
    found = gini(x)
    if not x.sum():
        assert np.isnan(found)
        return
    assert found == pytest.approx(np.abs(x[:, None] - x).mean() / (2 * x.mean()), abs=1e-12)
    assert gini(x * factor) == pytest.approx(found, abs=1e-12)


@given(st.integers(1, 6), st.integers(2, 4))
def test_gini_by_chance_is_its_mean_over_all_ways_in_which_times_can_fall(n_times, n_people):
    ways = product(range(n_people), repeat=n_times)
    every = [gini(np.bincount(way, minlength=n_people)) for way in ways]
    assert expected_gini(n_times, n_people) == pytest.approx(np.mean(every))


def test_gini_by_chance_is_undefined_for_nobody_or_nothing():
    assert np.isnan(expected_gini(0, 5))
    assert np.isnan(expected_gini(5, 0))
    assert expected_gini(5, 1) == 0


def test_each_value_has_an_interval_or_says_why_not(tables):
    health = network_health(tables, ["a"])
    known = health[health["value"].notna()]
    assert (known["low"].isna() == known["note"].notna()).all()
    assert (known["low"].notna() == known["interval_over"].notna()).all()
    assert known.set_index("measure").loc["shared_practice", "note"].startswith("no interval: 2 activities cannot show")
    sure = known[known["low"].notna()]
    assert set(sure["measure"]) == {"turnover", "sharers"}
    assert (sure["low"] <= sure["value"]).all()
    assert (sure["value"] <= sure["high"]).all()


def test_what_is_left_without_a_hub():
    assert left_without(["a", "b"], ["b", "a"], ["h"]) == 1
    assert left_without(["a", "b", "c"], ["h", "h", "h"], ["h"]) == 0
    assert np.isnan(left_without(["a"], ["h"], ["h"]))
    assert np.isnan(left_without([], [], ["h"]))


def test_each_context_has_a_count_or_says_that_it_has_none():
    read = pd.DataFrame([("a", "m1"), ("a", "m2"), ("b", "m1")], columns=["case", "activity"])
    codings = pd.DataFrame(
        [
            ("a", "m1", "1", "context.turnover"),
            ("a", "m1", "1", "context.turnover"),
            ("a", "m1", "4", "context.turnover"),
        ],
        columns=["case", "activity", "turn", "code"],
    )
    book = {"context.turnover": "Context: turnover", "context.burnout": "Context: burnout", "idea": "Idea"}
    summaries = {"a": {"codes": book}, "b": {"codes": {"idea": "Idea"}}, "unread": {"codes": book}, "failed": {}}
    found = network_health({"coverage": read, "codings": codings}, list(summaries), summaries=summaries)
    rows = found[found["measure"] == "context"]
    assert set(rows["domain"]) == {"contexts"}
    shown = {(row.case, row.by): row.note if pd.isna(row.value) else (row.value, row.n) for row in rows.itertuples()}
    assert shown[("a", "turnover")] == (1.0, 2)
    assert shown[("a", "burnout")] == (0.0, 2)
    assert shown[("b", "turnover")] == shown[("failed", "burnout")] == "its codebook has no code for it"
    assert shown[("unread", "turnover")] == "nobody has read its talk"
    table = by_context(found)
    assert table.loc["turnover"].tolist() == [
        "1 (n = 2)",
        shown[("b", "turnover")],
        shown[("unread", "turnover")],
        shown[("b", "turnover")],
    ]


def test_without_names_the_two_cases_with_most_levels_are_set_side_by_side(tables):
    def three(case, levels):
        people = [{"actor": f"{case}{n}", "group": "member", "level": level} for n, level in enumerate(levels)]
        return stacked("actors", people, case)

    actors = pd.concat([three("one", "ss"), three("two", "sd"), three("three", "sdx"), three("four", "sdy")])
    assert between_levels({"actors": actors})["case"].drop_duplicates().tolist() == ["four", "three"]
    assert between_levels({"actors": three("one", "ss")}).empty
    assert between_levels({"actors": actors}, ["one"])["case"].tolist() == ["one"]
