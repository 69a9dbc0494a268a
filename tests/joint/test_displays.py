"""Joint displays: what stands in them, in which order, with which words."""

from dataclasses import replace

import pandas as pd
import pytest

from nicmethods.case.propositions import Propositions
from nicmethods.errors import MeasureError
from nicmethods.joint.attribution import activity_yield
from nicmethods.joint.displays import (
    activity_timeline,
    discordant,
    event_quotes,
    following_a_thread,
    side_by_side,
    statistics_by_themes,
    threads,
)
from nicmethods.joint.propositions import evaluate_propositions
from nicmethods.tables.bundles import Talk

PEOPLE = "A:n:t B:n:t C:s:t D:s:t"
KINDS = {"AB": "created", "AC": "created", "DB": "dissolved", "BD": "not_observable"}
LINES = (
    "m1 shared_practice A>*",
    "m1 help_request A>B",
    "m1 help_given B>A",
    "m1 help_given C>D",
    "m2 help_given D>B",
    "m2 help_given D>B",
)
TEXT = {"m1": "I print it. | How so? | Like this. | There you go.", "m2": "Try that. | And that."}


@pytest.fixture
def told(make):
    study = make.study(PEOPLE, KINDS, LINES)
    events = study.talk.events
    answered = events.assign(request_turn=events["request_turn"].mask(events["event"] == "m1/3/1", "2"))
    return make.observed(study, talk=replace(study.talk, events=answered), turns=make.turns(**TEXT))


def test_a_quote_is_the_request_and_its_answer(told):
    quotes = event_quotes(told.talk.events, told.turns).set_index("event")
    assert quotes.loc["m1/3/1"].tolist() == ["How so? / Like this.", "m1/2;m1/3"]
    assert quotes.loc["m1/1/1"].tolist() == ["I print it.", "m1/1"]
    assert event_quotes(told.talk.events, told.turns[:0])["quote"].isna().all()


def test_pairs_for_a_second_look_come_with_words_and_quotes_help_without_a_tie_first(told, declared):
    found = declared(discordant(told.dyads, told.talk, told.turns), "discordant")
    assert found[["a", "b", "verdict"]].to_numpy().tolist() == [
        ["C", "D", "help_without_tie"],
        ["B", "D", "help_in_waning_tie"],
    ]
    first = found.iloc[1]
    assert first["survey"] == "B on D: not known; D on B: a tie that ended"
    assert first["talk"] == "D helped B twice"
    assert (first["quote"], first["turns"]) == ("Try that.", "m2/1")


def test_a_tie_without_heard_help_has_words_but_no_quote_and_a_lasting_one_asks_for_no_second_look(make):
    study = make.study(PEOPLE, {"AB": "created", "CD": "kept"})
    assert len(discordant(study.dyads, study.talk, make.turns(**TEXT))) == 1
    row = discordant(study.dyads, study.talk, make.turns(**TEXT)).iloc[0]
    assert row["talk"] == "together in 2 coded activities, nothing coded between them"
    assert pd.isna(row["quote"])


def test_statistics_by_themes_recounted_by_hand(told, declared):
    table = declared(statistics_by_themes(told.dyads, told.talk, told.turns), "themes").set_index("theme")
    assert table["n_pairs"].to_dict() == {
        "help reciprocated": 0,
        "help given": 3,
        "help asked": 1,
        "practice shared": 3,
        "together in coded talk, nothing coded between them": 1,
        "never together in coded talk": 0,
    }
    assert table.loc["help given", ["created", "dissolved", "absent"]].tolist() == [1, 1, 1]
    assert table.loc["practice shared", ["created", "absent"]].tolist() == [2, 1]
    assert table.loc["help given", "quote"] == "How so? / Like this."
    assert pd.isna(table.loc["never together in coded talk", "quote"])


def test_the_timeline_has_surveys_and_activities_in_order(told, declared):
    yields = activity_yield(told.dyads, *told.observed, seed=1, n_permutations=9)
    part = replace(told.talk, coverage=told.talk.coverage[:1])
    table = activity_timeline(told.survey, told.meetings, part, yields)
    declared(table, "timeline")
    assert table["id"].tolist() == ["w1", "m1", "m2", "w2"]
    m1 = table.set_index("id").loc["m1"]
    assert m1[["n_people", "n_requests", "n_help", "n_shared", "n_preceded", "n_first"]].tolist() == [4, 1, 2, 1, 2, 2]
    assert table.set_index("id").loc["w1", ["n_people", "n_help", "n_preceded"]].isna().all()


def test_counts_are_blank_where_nobody_coded(told):
    yields = activity_yield(told.dyads, *told.observed, seed=1, n_permutations=9)
    table = activity_timeline(told.survey, told.meetings, Talk(), yields).set_index("id")
    assert table.loc["m1", ["n_requests", "n_help", "n_shared"]].isna().all()


def test_following_a_thread_tells_the_story_in_order(told, declared):
    story = following_a_thread(("B", "A"), *told.observed, dyads=told.dyads, turns=told.turns)
    declared(story, "thread")
    assert story[["what", "id"]].to_numpy().tolist() == [
        ["survey", "w1/help"],
        ["activity", "m1"],
        ["event", "m1/1/1"],
        ["event", "m1/2/1"],
        ["event", "m1/3/1"],
        ["activity", "m2"],
        ["survey", "w2/help"],
        ["verdict", "w1/w2/A/B"],
    ]
    said = story.set_index("id")["said"]
    assert said["w1/help"] == "A on B: 0; B on A: 0"
    assert said["m1/1/1"] == "A shares practice with everyone"
    assert said["m1/3/1"] == "B helps A"
    assert said["w1/w2/A/B"].startswith("coincide: A on B: a new tie; B on A: no tie; B helped A once")
    assert story.set_index("id").loc["m1/3/1", "quote"] == "How so? / Like this."


def test_a_thread_needs_two_people_of_the_roster(told):
    with pytest.raises(MeasureError, match="'A' and 'Z' are not a pair"):
        following_a_thread(("A", "Z"), *told.observed, dyads=told.dyads, turns=told.turns)


def test_all_threads_are_those_of_every_pair_with_something_to_tell(make, declared):
    """A and B have a tie, C and D help outside the surveys; nothing is known of the others."""
    study = make.study(PEOPLE, {"AB": "created"}, ("m1 help_given C>D",), present={"m1": "ABCD", "m2": "AB"})
    early = replace(study.meetings, activities=make.activities(m1="2024-01-03", m2="2024-02-15"))
    study = make.observed(study, meetings=early, turns=make.turns(m1="Like this.", m2="Yes."))
    found = declared(threads(study.dyads, *study.observed, turns=study.turns), "thread")
    assert found[["a", "b"]].drop_duplicates().to_numpy().tolist() == [["A", "B"], ["C", "D"]]
    for (a, b), own in found.groupby(["a", "b"]):
        alone = following_a_thread((a, b), *study.observed, dyads=study.dyads, turns=study.turns)
        pd.testing.assert_frame_equal(own.reset_index(drop=True), alone)


def test_a_thread_tells_each_wave_once_and_every_relation(make):
    both = make.two_relations(
        make.survey("A B", {"AB": "created"}, dates=["2024-01-01", "2024-02-01", "2024-03-01"]),
        make.survey("A B", relation="advice", dates=["2024-01-01", "2024-02-01", "2024-03-01"]),
    )
    study = make.observed(make.study("A B"), survey=both)
    story = following_a_thread(("A", "B"), *study.observed, dyads=study.dyads, turns=make.turns(m1="Yes."))
    asked = story.loc[story["what"] == "survey", "id"].tolist()
    assert asked == [f"{wave}/{relation}" for wave in ("w1", "w2", "w3") for relation in ("help", "advice")]
    assert story["what"].value_counts().to_dict() == {"survey": 6, "verdict": 4, "activity": 2}


def test_side_by_side_leaves_the_meta_inference_to_people(told):
    claim = {
        "id": "p",
        "statement": "Help passes.",
        "survey": {"says": "Ties.", "tie": "new"},
        "talk": {"says": "Help.", "shows": "help"},
        "together": {"says": "Both."},
    }
    claims = Propositions.model_validate({"id": "p", "title": "P", "propositions": [claim]})
    table = evaluate_propositions(claims, *told.observed, seed=1, n_draws=50)
    display = side_by_side(table)
    assert list(display) == [
        "Proposition",
        "Question",
        "Survey",
        "Talk",
        "On the same pairs",
        "Proposed verdict",
        "Researchers' verdict",
        "Meta-inference",
    ]
    row = display.loc[0]
    assert row["Question"] == "help"
    assert row["Survey"].startswith("2 ties began and 1 ended, of 11 reports")
    assert row["Talk"].startswith("3 of 6 pairs that were together in read talk had help")
    assert row["On the same pairs"].startswith("Too little to say: ")
    assert row["Proposed verdict"] == "too little to say"
    assert display["Meta-inference"].isna().all()
