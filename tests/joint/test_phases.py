"""Help by cycle and phase, and who is heard and coached: small studies recounted by hand."""

from dataclasses import replace

import pandas as pd
import pytest

from nicmethods.coding.participation import code_uses, hub_coaching, voices
from nicmethods.joint.attribution import help_by_phase
from nicmethods.tables.bundles import Meetings

# H is the hub; A and B are of one school, C and D of others; D's school is not known.
PEOPLE = "H:u:researcher A:n:teacher B:n:teacher C:s:coach D::teacher"
TIES = {"AB": "created", "CA": "strengthened", "AH": "kept", "BC": "created"}
LINES = (
    "m1 help_given B>A",
    "m1 help_given B>A",
    "m1 help_given H>C",
    "m2 help_given A>H",
    "m2 help_given D>A",
    "m2 help_given ?>A",
)


@pytest.fixture
def study(make):
    return make.study(PEOPLE, TIES, LINES)


def stepped(study, **steps):
    """The study with a cycle and phase for each activity: ``m1=("cycle 1", "plan")``."""
    activities = study.meetings.activities.copy()
    for column, place in (("cycle", 0), ("phase", 1)):
        activities[column] = [steps.get(name, (None, None))[place] for name in activities["activity"]]
    return replace(study.meetings, activities=activities)


def phases_of(study, meetings, talk=None):
    return help_by_phase(study.dyads, study.survey, meetings, talk or study.talk)


def test_each_phase_recounted_by_hand(study, declared):
    meetings = stepped(study, m1=("cycle 1", "plan"), m2=("cycle 1", "do"))
    found = declared(phases_of(study, meetings), "phases").set_index(["phase", "who"])
    counts = found[["n_help", "n_pairs", "n_known", "n_ties"]]
    assert counts.loc[("plan", "all")].tolist() == [3, 2, 2, 1]
    assert counts.loc[("plan", "members_one_site")].tolist() == [2, 1, 1, 1]
    assert counts.loc[("plan", "hub_helps_member")].tolist() == [1, 1, 1, 0]
    assert counts.loc[("do", "member_helps_hub")].tolist() == [1, 1, 1, 0]
    assert counts.loc[("do", "all")].tolist() == [2, 2, 2, 0], "help of somebody unknown is between no pair"
    assert counts.loc[("do", "members_other_sites")].tolist() == [0, 0, 0, 0], (
        "a school that is not known is not another one"
    )
    assert found["activities"].groupby("phase").first().to_dict() == {"plan": "m1", "do": "m2"}


def test_pairs_with_help_stand_beside_those_who_met_without(study):
    found = phases_of(study, stepped(study, m1=("c", "plan"), m2=("c", "do"))).query("who == 'all'").set_index("phase")
    # Ten pairs met. Ties that grew: A-B, A-C, B-C; of them A-B alone had help in plan.
    assert found.loc["plan", ["n_ties", "n_known", "n_other_ties", "n_other"]].tolist() == [1, 2, 2, 8]
    assert found.loc["do", ["n_ties", "n_known", "n_other_ties", "n_other"]].tolist() == [0, 2, 3, 8]


def test_a_phase_of_two_activities_counts_a_pair_once(study):
    found = phases_of(study, stepped(study, m1=("c", "plan"), m2=("c", "plan"))).query("who == 'all'").iloc[0]
    assert found[["n_activities", "n_read", "n_help", "n_pairs"]].tolist() == [2, 2, 5, 4]


def test_what_nobody_read_is_unknown_and_not_none(make, study):
    unread = make.talk(*LINES[:3], coded=("m1",))
    found = phases_of(study, stepped(study, m1=("c", "plan"), m2=("c", "do")), unread).set_index(["phase", "who"])
    assert found.loc["do", ["n_help", "n_pairs", "n_known", "n_ties"]].isna().all(axis=None)
    assert found.loc[("plan", "all"), "n_help"] == 3


def test_a_phase_during_a_survey_tells_nothing_of_ties(study):
    meetings = stepped(study, m1=("c", "plan"), m2=("c", "do"))
    dates = pd.to_datetime(["2024-02-01", "2024-03-03"])
    found = phases_of(study, replace(meetings, activities=meetings.activities.assign(date=dates))).query("who == 'all'")
    assert found["n_help"].tolist() == [3, 2]
    assert found["n_ties"].isna().tolist() == [False, True]


def test_missing_reports_are_no_ties_that_did_not_grow(make):
    study = make.study(PEOPLE, {"AB": "not_observable", "BA": "not_observable"}, LINES)
    found = phases_of(study, stepped(study, m1=("c", "plan"))).query("who == 'members_one_site'").iloc[0]
    assert found[["n_pairs", "n_known", "n_ties"]].tolist() == [1, 0, 0]


def test_activities_without_cycle_and_phase_have_no_row_and_half_a_name_is_kept(study):
    assert phases_of(study, stepped(study)).empty
    found = phases_of(study, stepped(study, m1=(None, "plan")))
    assert set(found["cycle"]) == {"no cycle"}


def test_a_case_without_a_hub_has_no_rows_of_it(make):
    study = make.study("A:n:teacher B:s:teacher", {}, ("m1 help_given B>A",))
    found = phases_of(study, stepped(study, m1=("c", "plan")))
    assert found["who"].tolist() == ["all", "members_one_site", "members_other_sites"]
    assert hub_coaching(study.survey, study.meetings, study.talk).empty


def spoken(make, meetings, **texts):
    turns = make.turns(**{name: " | ".join(said for _, said in rows) for name, rows in texts.items()})
    return replace(meetings, turns=turns.assign(actor=[who for rows in texts.values() for who, _ in rows]))


def test_voices_recounted_by_hand(make, study, declared):
    there = make.attendance(m1="HAB", m2="HC")
    meetings = spoken(
        make,
        Meetings(activities=study.meetings.activities, attendance=there),
        m1=[("H", "one two three"), ("A", "one"), (None, "who is this")],
        m2=[("C", "one two")],
    )
    found = declared(voices(study.survey, meetings), "voices").set_index("role")
    assert found["n_words"].to_dict() == {"researcher": 3, "teacher": 1, "coach": 2}
    assert found["share"].to_dict() == pytest.approx({"researcher": 3 / 6, "teacher": 1 / 6, "coach": 2 / 6})
    # m1 has 4 words of 3 people, m2 2 words of 2: alike, the hub would have 4/3 + 1 of 6.
    assert found["expected"].to_dict() == pytest.approx({"researcher": 7 / 18, "teacher": 8 / 18, "coach": 1 / 6})
    assert found[["n_people", "n_spoke"]].loc["teacher"].tolist() == [2, 1]
    assert set(found["n_unknown"]) == {3}


def test_nobody_spoke_and_nobody_is_heard(study):
    assert voices(study.survey, study.meetings).empty


def test_coaching_tells_steady_help_from_none_and_from_no_chance(make, declared):
    lines = ("m1 help_given H>A", "m2 help_given H>A", "m2 help_given H>A", "m1 help_given H>B")
    study = make.study(PEOPLE, {}, lines, present={"m1": "HABC", "m2": "HA"})
    found = declared(hub_coaching(study.survey, study.meetings, study.talk), "coaching").set_index("actor")
    assert found["intensity"].to_dict() == {
        "A": "several_activities",
        "B": "one_activity",
        "C": "not_seen",
        "D": "not_observable",
    }
    assert found.loc["A", ["n_chances", "n_activities", "n_help"]].tolist() == [2, 2, 3]
    unread = make.talk("m1 help_given H>A", coded=("m1",))
    again = hub_coaching(study.survey, study.meetings, unread).set_index("actor")
    assert again["n_chances"].to_dict() == {"A": 1, "B": 1, "C": 1, "D": 0}


def test_codes_with_an_example_and_zeros_that_were_looked_for(make, study, declared):
    meetings = spoken(make, study.meetings, m1=[("A", "I try"), ("B", "try it"), ("H", "no")], m2=[("C", "we try")])
    rows = [("m1", "1", "idea"), ("m1", "2", "idea"), ("m1", "2", "idea"), ("m2", "1", "idea")]
    codings = make.table(
        "codings", [dict(zip(("activity", "turn", "code"), row, strict=True), coder="c1") for row in rows]
    )
    talk = replace(study.talk, codings=codings)
    found = code_uses(study.survey, meetings, talk, codes={"idea": "Idea", "other": "Other"}, texts=meetings.turns)
    first, second = declared(found, "code_uses").to_dict("records")
    assert (first["n"], first["n_activities"], first["n_read"]) == (3, 2, 2)
    assert first["roles"] == "teacher 2; coach 1"
    assert (first["example"], first["turns"]) == ("I try", "m1/1")
    assert (second["name"], second["n"], second["n_read"]) == ("Other", 0, 2)
    assert pd.isna(second["example"])


def test_each_question_has_its_ties_and_all_have_the_same_help(make, study):
    other = make.survey(PEOPLE, {"HC": "created", "CH": "created"}, relation="trust")
    both = make.observed(study, survey=make.two_relations(study.survey, other))
    meetings = stepped(study, m1=("c", "plan"), m2=("c", "do"))
    found = help_by_phase(both.dyads, both.survey, meetings, both.talk).query("who == 'all' and phase == 'plan'")
    assert found.set_index("relation")["n_ties"].to_dict() == {"help": 1, "trust": 1}
    assert found["n_help"].tolist() == [3, 3]
    assert found.set_index("relation")["n_other_ties"].to_dict() == {"help": 2, "trust": 0}


def test_without_a_survey_there_is_help_and_no_word_of_ties(study):
    found = help_by_phase(study.dyads[:0], study.survey, stepped(study, m1=("c", "plan")), study.talk).query(
        "who == 'all'"
    )
    assert found["relation"].isna().all()
    assert found["n_help"].tolist() == [3]
    assert found["n_ties"].isna().all()
