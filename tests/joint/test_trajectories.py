"""Reference: the published table of eleven networks, Russell, Sherer, Bryk & Li (Carnegie Foundation Summit 2024)."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nicmethods.across.development import (
    name_trajectory,
    rating_agreement,
    settled_ratings,
    trajectories,
    trajectory_counts,
)
from nicmethods.across.gather import LEVELS
from nicmethods.coding.agreement import alpha_krippendorff
from nicmethods.tables import CASE_TABLES, empty

YEARS = (2019, 2021, 2022, 2023)
PUBLISHED = """
MD1 | Dev (Mid) | Dev (Mid)  | Most       | Most  | Improved
MD2 |           | Dev (Mid)  | Most       | Most  | Improved
MD3 | Most      | Dev (High) | Dev (High) | Most  | Consistent Strength
MD4 |           | Least      | Dev (Mid)  | Most  | Much improved
MD5 | Least     | Most       | Most       | Most  | Much improved
MD6 |           | Dev (Mid)  | Most       | Most  | Improved
LD1 |           | Least      | Least      | Least | Stagnant
LD2 |           | Dev (Low)  | Dev (Mid)  | Least | Declined
LD3 |           | Least      | Least      | Least | Stagnant
LD4 |           | Dev (Low)  | Least      | Least | Stagnant
LD5 |           |            | Least      | Least | Stagnant
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in PUBLISHED.strip().splitlines()]
# Networks by focus, most / least developed: instructional 3 / 4, post-secondary match 2 / 1, early warning 1 / 0. Which
# network has which focus is not published; any assignment with these counts serves.
FOCUS = dict(zip((row[0] for row in ROWS), [*"iiippeiiiip"], strict=True))


def ratings(rows):
    table = CASE_TABLES["ratings"]
    if not rows:
        return empty(table)
    frame = pd.DataFrame(rows).reindex(columns=table.names)
    for name, usual in {"domain": "overall", "rater": "r1"}.items():
        frame[name] = frame[name].astype("str").fillna(usual)
    return frame.astype({column.name: column.dtype for column in table.columns})


@pytest.fixture(scope="module")
def published():
    return ratings(
        [
            {"case": case, "year": year, "level": level or None, "focus": FOCUS[case]}
            for case, *levels, _ in ROWS
            for year, level in zip(YEARS, levels, strict=True)
        ]
    )


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_published_row_is_named_as_published(published, row):
    named = trajectories(published).set_index("case")
    assert named.loc[row[0], "trajectory"] == row[-1]


def test_published_counts(published):
    named = trajectories(published)
    by_level = trajectory_counts(named).set_index("trajectory")
    assert by_level["all"].to_dict() == {
        "Much improved": 2,
        "Improved": 3,
        "Consistent Strength": 1,
        "Stagnant": 4,
        "Declined": 1,
    }
    by_focus = trajectory_counts(named, by="focus").set_index("focus")
    assert by_focus["most developed"].to_dict() == {"i": 3, "p": 2, "e": 1}
    assert by_focus["least developed"].to_dict() == {"i": 4, "p": 1, "e": 0}
    assert by_focus["in between"].sum() == 0
    assert by_focus["all"].sum() == len(ROWS)
    assert by_focus.loc["p", "networks"] == "LD5, MD4, MD5"


@pytest.mark.parametrize(
    "levels",
    [
        [],
        ["Most"],
        ["Least", "Dev (Low)"],
        ["Dev (Mid)", "Dev (High)"],
        ["Dev (High)", "Dev (High)"],
        ["Dev (Low)", "Most"],
        ["Dev (Mid)", "Least", "Most"],
        ["Most", "Dev (Mid)"],
        ["Dev (Low)", "Dev (Low)"],
        ["Least", "Most", "Dev (High)", "Most"],
    ],
)
def test_a_pattern_that_the_table_does_not_cover_is_not_named(levels):
    assert name_trajectory(levels) == "not named"


@given(st.lists(st.sampled_from(LEVELS), min_size=2, max_size=6))
def test_what_holds_for_every_path(levels):
    name, end = name_trajectory(levels), levels[-1]
    assert name_trajectory([levels[0], *levels]) == name, "a first year rated twice alike changes nothing"
    if name in ("Improved", "Much improved", "Consistent Strength"):
        assert end == "Most"
    elif name in ("Stagnant", "Declined"):
        assert end == "Least"
    else:
        assert name == "not named"


def test_gaps_are_passed_over_and_counted(published):
    gapped = ratings(
        [{"case": "x", "year": year, "level": level} for year, level in [(2018, "Least"), (2022, "Most"), (2023, None)]]
    )
    named = trajectories(pd.concat([published, gapped])).set_index("case")
    assert named.loc["x", ["trajectory", "n_rated", "n_gaps", "first_year", "last_year"]].tolist() == [
        "Much improved", 2, 2, 2018, 2022
    ]  # fmt: skip
    assert named.loc["MD2", "n_gaps"] == 0
    assert named.loc["x", "levels"] == "2018 Least;2022 Most"


def test_raters_are_settled_by_the_lower_median():
    rows = [("a", "Most"), ("b", "Least"), ("c", "Dev (Mid)")]
    three = ratings([{"case": "x", "year": 2020, "level": level, "rater": rater} for rater, level in rows])
    assert settled_ratings(three)["level"].tolist() == ["Dev (Mid)"]
    assert settled_ratings(three.iloc[:2])[["level", "n_raters"]].to_numpy().tolist() == [["Least", 2]]


def test_agreement_is_the_exact_ordinal_alpha():
    first = [0, 0, 1, 2, 4, 4, 3, 1, 0, 2, 3]
    second = [0, 1, 1, 2, 4, 3, 3, 2, 0, 2, None]
    rows = [
        {"case": f"c{i}", "year": 2020, "rater": rater, "level": None if place is None else LEVELS[place]}
        for rater, places in (("a", first), ("b", second))
        for i, place in enumerate(places)
    ]
    found = rating_agreement(ratings(rows), seed=1, n_bootstrap=200)
    whole = found[found["code"] == "overall"].set_index("coefficient")
    expected = alpha_krippendorff(
        [[a, b] for a, b in zip(first, second, strict=True) if b is not None], level="ordinal"
    )
    assert whole.loc["alpha_ordinal", "value"] == pytest.approx(expected)
    assert whole.loc["percent", "value"] == pytest.approx(7 / 10)
    assert whole.loc["alpha_ordinal", "n"] == 10
    assert whole.loc["alpha_ordinal", "low"] < expected < whole.loc["alpha_ordinal", "high"]
    assert whole.loc["alpha_ordinal", "value"] > whole.loc["alpha_nominal", "value"], "near misses count for less"
    assert found[found["code"] == "all domains"]["value"].tolist() == whole["value"].tolist()


def test_a_few_units_get_no_interval_and_one_rater_no_row():
    one = ratings([{"case": "x", "year": 2020, "level": "Most"}])
    assert rating_agreement(one, seed=1).empty
    two = pd.concat([one, one.assign(rater="r2")])
    found = rating_agreement(two, seed=1).set_index(["code", "coefficient"])
    assert found.loc[("overall", "percent"), "value"] == 1
    assert np.isnan(found.loc[("overall", "alpha_ordinal"), "value"])
    assert found["low"].isna().all()
    assert found["note"].notna().all()


def test_no_ratings_no_rows():
    none = ratings([])
    assert trajectories(none).empty
    assert trajectory_counts(trajectories(none)).empty
    assert rating_agreement(none, seed=1).empty


def rated_twice(n_cases, n_years, differ):
    rows = [
        {
            "case": f"c{case}",
            "year": 2020 + year,
            "rater": rater,
            "level": LEVELS[(case + (rater == "b") * differ(case)) % 5],
        }
        for case in range(n_cases)
        for year in range(n_years)
        for rater in "ab"
    ]
    return rating_agreement(ratings(rows), seed=1, n_bootstrap=100).query("code == 'overall'").set_index("coefficient")


def test_networks_are_resampled_whole_where_there_are_enough():
    # Raters differ on every third network in all of its years: years tell nothing that the network did not tell.
    many, few = (rated_twice(n, 6, lambda case: case % 3 == 0) for n in (12, 4))
    assert many["resampled"].unique().tolist() == ["networks"]
    assert few["resampled"].unique().tolist() == ["units"]
    years = rated_twice(12, 1, lambda case: case % 3 == 0)
    wide = many["high"] - many["low"]
    assert wide["percent"] == pytest.approx((years["high"] - years["low"])["percent"], rel=0.35)


def test_raters_who_never_differ_have_no_interval_without_width():
    same = rated_twice(12, 2, lambda case: False)
    assert same.loc["percent", "value"] == 1
    assert np.isnan(same.loc["percent", ["low", "high"]].astype(float)).all()
    assert same.loc["percent", "note"] == "no interval: no resample changes the value"
