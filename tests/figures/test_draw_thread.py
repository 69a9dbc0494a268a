from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nicmethods.figures import describe, plot_thread
from nicmethods.tables.bundles import Meetings, Survey, Talk


@pytest.fixture
def story(build, waves, activities):
    ties = pd.DataFrame(
        [("w1", "A", "B", 1.0), ("w2", "A", "B", 3.0), ("w3", "A", "B", np.nan), ("w3", "B", "A", 2.0)],
        columns=["wave", "source", "target", "weight"],
    ).assign(relation="advice")
    responses = pd.DataFrame({"relation": "advice", "wave": ["w1", "w2", "w3"] * 2, "actor": ["A"] * 3 + ["B"] * 3,
                              "responded": [True, True, True, True, False, True]})  # fmt: skip
    relations = pd.DataFrame({"relation": ["advice"]})
    roster = pd.DataFrame({"actor": list("ABC")})
    attendance = pd.DataFrame({"activity": ["a1", "a1", "a3", "a3", "a5", "a7", "a7"], "actor": list("ABABAAB")})
    events = pd.DataFrame(
        [("a1", "help_request", "A", "B"), ("a1", "help_given", "A", "B"), ("a1", "help_given", "A", "B"),
         ("a3", "shared_practice", "B", "A"), ("a3", "help_given", "A", "C"), ("a3", "help_given", "A", None)],
        columns=["activity", "kind", "seeker", "helper"],
    )  # fmt: skip
    return (
        ("A", "B"),
        build(Survey, waves=waves, ties=ties, responses=responses, relations=relations, roster=roster),
        build(Meetings, activities=activities, attendance=attendance),
        build(Talk, events=events),
    )


def test_reports_are_drawn_by_wave_and_no_answer_is_a_question_mark(story):
    survey, _ = plot_thread(*story).axes
    own, other = survey.lines[:2]
    np.testing.assert_allclose(own.get_ydata().round(), [1, 3, np.nan])
    np.testing.assert_allclose(np.abs(other.get_ydata().round()), [0, np.nan, 2])
    assert [text.get_text() for text in survey.texts].count("?") == 2


def test_what_passed_between_the_two_stands_at_its_activity_and_direction(story, activities):
    _, talk = plot_thread(*story).axes
    rows = [label.get_text() for label in talk.get_yticklabels()]
    date = dict(zip(activities["activity"], activities["date"], strict=True))
    drawn = {}
    for dots in talk.collections:
        (x, y), *_ = dots.get_offsets()
        drawn[rows[int(-y)]] = x
    assert set(drawn) == {"A asks B", "B helps A", "A shares with B"}
    days = pd.Timestamp("1970-01-01") + pd.to_timedelta(drawn["A shares with B"], unit="D")
    assert days == date["a3"]
    assert [text.get_text() for text in talk.texts] == ["Kick-off", "Design session 1", "2"]


def test_the_story_is_told_in_words(story):
    figure = plot_thread(*story)
    assert figure.get_suptitle() == "A and B: together 2 times, 4 coded events between them"
    assert "A of B: 1, 3, not reported; B of A: 0, not reported, 2" in describe(figure)
    assert "Kick-off (A asks B, B helps A, B helps A); Design session 1 (A shares with B)" in describe(figure)


def test_a_pair_that_nothing_can_place_is_said(story):
    pair, survey, meetings, _ = story
    undated = replace(survey, waves=survey.waves.assign(opened=pd.NaT, closed=pd.NaT))
    figure = plot_thread(pair, undated, replace(meetings, attendance=meetings.attendance.head(1)), Talk())
    assert describe(figure) == "Nothing is drawn: A and B share no dated activity, and no wave has dates."


def test_without_events_the_pair_still_has_its_survey(story):
    figure = plot_thread(*story[:3], Talk())
    assert "nothing coded between them" in describe(figure)


def test_a_pair_of_a_case_with_talk_alone_has_no_survey_and_no_fault(story):
    pair, survey, meetings, _ = story
    figure = plot_thread(
        pair,
        replace(survey, waves=survey.waves.iloc[:0], ties=survey.ties.iloc[:0], responses=survey.responses.iloc[:0]),
        meetings,
        Talk(),
    )
    assert figure.axes
