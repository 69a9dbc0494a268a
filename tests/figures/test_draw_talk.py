from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nicmethods.figures import describe, plot_codes, plot_help, plot_participation, plot_speakers, plot_timeline
from nicmethods.figures.talk import _gini
from nicmethods.tables.bundles import Meetings, Survey, Talk


def text_of(ax):
    return [text.get_text() for text in ax.texts]


def test_gini_by_hand():
    assert _gini(np.array([5.0, 5.0, 5.0])) == 0.0
    assert _gini(np.array([0.0, 0.0, 9.0])) == pytest.approx(2 / 3)
    assert _gini(np.array([1.0, 3.0])) == pytest.approx(0.25)
    assert np.isnan(_gini(np.array([4.0])))


@pytest.fixture
def short_talk(build):
    roster = pd.DataFrame({"actor": ["R", "T", "U"], "role": ["researcher", "teacher", "teacher"], "site": "x"})
    turns = pd.DataFrame(
        [
            ("a1", "R", "one two three"),
            ("a1", "T", "four"),
            ("a1", None, "five six seven eight"),
            ("n1", None, "a note"),
        ],
        columns=["activity", "actor", "text"],
    )
    activities = pd.DataFrame(
        {"activity": ["a1", "n1"], "date": None, "title": ["Kick-off", None], "kind": ["meeting", "notes"]}
    )
    return build(Meetings, turns=turns, activities=activities), build(Survey, roster=roster)


def test_each_segment_is_a_person_s_share_of_the_words(short_talk):
    ax = plot_participation(*short_talk)
    assert [round(bar.get_width(), 3) for bar in ax.patches] == [0.375, 0.125, 0.5]
    assert [bar.get_hatch() for bar in ax.patches] == ["", "", "////"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Kick-off"]
    assert text_of(ax)[0] == "0.25"
    assert "researcher 38%, teacher 12% and unknown speaker 50%" in describe(ax)


def test_a_speaker_without_a_role_is_not_an_unknown_speaker(short_talk):
    meetings, survey = short_talk
    ax = plot_participation(meetings, replace(survey, roster=survey.roster.assign(role=None)))
    assert [bar.get_hatch() for bar in ax.patches] == ["", "", "////"]
    assert "no role known 50% and unknown speaker 50%" in describe(ax)
    assert "nobody's role is known" in ax.get_title(loc="left")


def test_who_says_nothing_is_counted(short_talk):
    ax = plot_speakers(*short_talk)
    assert [bar.get_height() for bar in sorted(ax.patches, key=lambda bar: bar.get_x())] == [3, 1, 0]
    assert "No words from U." in describe(ax)


def test_uncoded_is_hatched_and_zero_is_written(meetings, talk):
    ax = plot_codes(meetings, talk)
    assert sum(patch.get_hatch() == "////" for patch in ax.patches) == 3
    assert text_of(ax).count("not coded") == 3
    assert "0" in text_of(ax)
    assert "Not coded: Site visit at Elm, Check-in by video and Interview." in describe(ax)


def test_a_turn_counts_once_for_a_code_however_many_coders_gave_it(build, meetings):
    twice = pd.DataFrame({"coder": ["ana", "ben"], "activity": "a1", "turn": "3", "code": "help_given"})
    assert text_of(plot_codes(meetings, build(Talk, codings=twice)))[:1] == ["1"]


@pytest.fixture
def help_between(build):
    roster = pd.DataFrame({"actor": list("ABCD"), "site": ["x", "x", "y", None], "role": "teacher"})
    pairs = [("A", "B"), ("A", "B"), ("B", "A"), ("C", "A"), (None, "A")]
    events = pd.DataFrame(pairs, columns=["helper", "seeker"]).assign(kind="help_given", activity="a1")
    return build(Talk, events=events), build(Survey, roster=roster)


def test_help_is_counted_by_helper_and_seeker_and_reciprocated_help_outlined(help_between):
    ax = plot_help(*help_between)
    counts = ax.collections[0].get_array().reshape(4, 4)
    people = [label.get_text() for label in ax.get_yticklabels()]
    assert people == ["D", "A", "B", "C"]
    assert counts[people.index("A"), people.index("B")] == 2
    assert counts.filled(0).sum() == 4
    assert sum(patch.get_label() == "reciprocated" for patch in ax.patches) == 2
    assert ax.get_title(loc="left").replace("\n", " ") == "Help given 4 times, 1 pair both ways"
    assert "1 more without both people known" in describe(ax)


def test_the_timeline_places_waves_activities_and_events(survey, meetings, talk, events):
    figure = plot_timeline(survey, meetings, talk)
    above, below = figure.axes
    marks = [c for c in above.collections if c.get_label() in {"meeting", "meeting during a survey", "notes"}]
    assert {c.get_label(): len(c.get_offsets()) for c in marks} == {
        "meeting": 4,
        "meeting during a survey": 1,
        "notes": 1,
    }
    assert sum("wave" in text for text in text_of(above)) == 3
    heights = {bars.get_label(): [bar.get_height() for bar in bars] for bars in below.containers}
    kinds = pd.crosstab(events["activity"], events["kind"])
    assert heights["help given"] == [kinds["help_given"].get(a, 0) for a in ("a1", "a2", "a3", "a4", "a5", "a6")]
    assert text_of(below).count("not\ncoded") == 2


def test_an_activity_without_a_date_is_named_not_placed(survey, meetings, talk):
    assert "Without a date, not placed: a7." in describe(plot_timeline(survey, meetings, talk))


def test_without_any_date_activities_stand_in_order(survey, meetings, talk):
    undated = replace(meetings, activities=meetings.activities.assign(date=pd.NaT))
    figure = plot_timeline(replace(survey, waves=survey.waves.assign(opened=pd.NaT, closed=pd.NaT)), undated, talk)
    assert [label.get_text() for label in figure.axes[1].get_xticklabels()] == [f"a{k}" for k in range(1, 8)]
    assert "No activity has a date" in describe(figure)


def test_a_bigger_activity_has_a_bigger_mark(survey, meetings, talk, attendance):
    figure = plot_timeline(survey, meetings, talk)
    meetings = next(c for c in figure.axes[0].collections if c.get_label() == "meeting")
    n_people = attendance.groupby("activity").size()[["a1", "a3", "a5", "a6"]]
    assert list(np.argsort(meetings.get_sizes())) == list(np.argsort(n_people.to_numpy()))


def test_empty_tables_give_a_sentence(survey, meetings, talk):
    said = [
        describe(plot_timeline(survey, Meetings(), talk)),
        describe(plot_participation(Meetings(activities=meetings.activities), survey)),
        describe(plot_speakers(Meetings(activities=meetings.activities), survey)),
        describe(plot_codes(meetings, Talk())),
        describe(plot_help(Talk(), survey)),
    ]
    assert all(text.startswith("Nothing is drawn: ") for text in said)


def test_a_survey_without_waves_still_has_a_timeline(meetings, talk):
    figure = plot_timeline(Survey(), meetings, talk)
    assert describe(figure).startswith("Timeline of 0 survey waves")
