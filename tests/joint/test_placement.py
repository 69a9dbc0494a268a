"""Where an activity lies between the surveys."""

import numpy as np
import pytest

from nicmethods.joint.placement import activity_placement, intervals, minutes_together, presence
from nicmethods.tables.bundles import Meetings, Survey


def placed_in(activities, waves):
    return activity_placement(Meetings(activities=activities), Survey(waves=waves))


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("2024-01-01", ("before", None, None, None)),
        ("2024-01-10", ("during", "w1", None, None)),
        ("2024-01-12", ("during", "w1", None, None)),
        ("2024-01-15", ("during", "w1", None, None)),
        ("2024-01-16", ("interval", None, "w1", "w2")),
        ("2024-02-09", ("interval", None, "w1", "w2")),
        ("2024-02-10", ("during", "w2", None, None)),
        ("2024-02-11", ("interval", None, "w2", "w3")),
        ("2024-03-31", ("during", "w3", None, None)),
        ("2024-04-01", ("after", None, None, None)),
        (None, ("undated", None, None, None)),
    ],
)
def test_first_and_last_day_of_a_survey_belong_to_it(make, declared, date, expected):
    waves = make.waves("2024-01-10/2024-01-15", "2024-02-10", "/2024-03-31")
    placed = declared(placed_in(make.activities(m=date), waves), "activity_placement").iloc[0]
    assert (
        tuple(placed[["placement", "wave", "from_wave", "to_wave"]].astype(object).where(placed.notna(), None))[:4]
        == expected
    )


@pytest.mark.parametrize(
    ("waves", "placements"),
    [
        (["", "2024-02-10", "2024-03-10"], ["unplaced", "interval", "after"]),
        (["2024-01-10", "", "2024-03-10"], ["unplaced", "unplaced", "after"]),
        (["2023-01-10", "2024-02-10", ""], ["interval", "unplaced", "unplaced"]),
        (["", ""], ["unplaced"] * 3),
    ],
)
def test_an_activity_beside_a_wave_without_dates_is_not_placed(make, waves, placements):
    table = placed_in(make.activities(a="2024-02-01", b="2024-02-20", c="2024-05-01"), make.waves(*waves))
    assert table["placement"].tolist() == placements


@pytest.mark.parametrize("n_waves", [0, 1])
def test_with_fewer_than_two_waves_the_whole_record_is_one_interval(make, n_waves):
    waves = make.waves("2024-01-10")[:n_waves]
    table = placed_in(make.activities(a="2024-02-01", b=None), waves)
    assert intervals(waves) == [("start", "end")]
    assert table[["placement", "from_wave", "to_wave"]].to_numpy().tolist() == [["interval", "start", "end"]] * 2


def test_activities_come_in_order_of_date_then_id(make):
    table = placed_in(make.activities(z="2024-01-02", b=None, y="2024-01-02", a="2024-05-01"), make.waves())
    assert table["activity"].tolist() == ["y", "z", "a", "b"]


def test_presence_and_minutes_leave_out_whom_they_do_not_know(make):
    listed = make.attendance(m1={"A": 10, "B": 20, "X": 5}, m2={"A": None, "B": 3}, m9="AB")
    actors, activities = (
        make.roster("A B").actor.pipe(make_index),
        make.activities(m1=None, m2=None).activity.pipe(make_index),
    )
    assert presence(listed, activities, actors).tolist() == [[True, True], [True, True]]
    minutes, known = minutes_together(listed, activities, actors)
    assert (minutes[0, 1], known[0, 1]) == (10, 1)
    assert np.array_equal(minutes, minutes.T)


def make_index(series):
    import pandas as pd

    return pd.Index(series)
