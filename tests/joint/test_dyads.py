"""The dyad table: hand-counted rows, opportunity, missing strands, and what must not matter."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.errors import MeasureError
from nicmethods.joint.pairs import dyads as dyads_of
from nicmethods.joint.placement import pair_events, unplaced_events
from nicmethods.tables.bundles import Meetings, Survey, Talk

PEOPLE = "A:north:teacher B:north:coach C:south:teacher"
LINES = (
    "m1 help_request A>B",
    "m1 help_given B>A",
    "m1 shared_practice C>*",
    "m2 help_given A>B",
    "m2 shared_practice A>C",
    "m2 help_request B>?",
)


def row(study, a, b):
    return study.dyads.set_index(["a", "b"]).loc[(a, b)]


def test_a_row_recounted_by_hand(make, declared):
    study = make.study(PEOPLE, {"AB": "created", "BA": "kept"}, LINES)
    declared(study.dyads, "dyads")
    ab = row(study, "A", "B")
    assert [ab[f"n_{kind}_{way}"] for kind in ("request", "help", "shared") for way in ("ab", "ba")] == [
        1,
        0,
        1,
        1,
        0,
        0,
    ]
    assert (ab["scope"], ab["role_pair"]) == ("within", "coach - teacher")
    assert (ab["weight_ab_from"], ab["weight_ab_to"], ab["weight_ba_from"], ab["weight_ba_to"]) == (0, 1, 1, 1)
    assert (ab["change_ab"], ab["change_ba"], ab["change"]) == ("created", "kept", "created")
    assert bool(ab["reciprocated_survey"])
    assert bool(ab["reciprocated_talk"])
    assert (ab["activities"], ab["events"]) == ("m1;m2", "m1/1/1;m1/2/1;m2/1/1")
    assert pd.isna(ab["reason"])


def test_practice_shared_with_nobody_in_particular_is_shared_with_everyone_there(make):
    study = make.study(PEOPLE, lines=LINES, present={"m1": "BC", "m2": "ABC"})
    assert row(study, "B", "C")["n_shared_ba"] == 1
    assert row(study, "A", "C")["n_shared_ba"] == 0
    assert row(study, "A", "C")["n_shared_ab"] == 1


def test_opportunity_counts_activities_minutes_and_coded_talk(make):
    study = make.study(PEOPLE, present={"m1": {"A": 30, "B": 20, "C": None}, "m2": {"A": 5, "B": 50}})
    ab, ac, bc = row(study, "A", "B"), row(study, "A", "C"), row(study, "B", "C")
    assert (ab["n_together"], ab["minutes_together"], ab["n_together_coded"]) == (2, 25, 2)
    assert ac["n_together"] == 1
    assert np.isnan(ac["minutes_together"])
    assert np.isnan(bc["minutes_together"])
    apart = make.study(PEOPLE, present={"m1": "AB", "m2": "AB"})
    assert row(apart, "A", "C")["minutes_together"] == 0


def test_whose_report_is_missing_and_why(make):
    study = make.study(PEOPLE, {"AB": "not_observable", "BC": "not_observable", "CB": "not_observable"})
    assert row(study, "A", "B")["reason"] == "a: blank_cell"
    assert row(study, "B", "C")["reason"] == "a: blank_cell; b: blank_cell"
    assert pd.isna(row(study, "A", "B")["reciprocated_survey"])
    assert not row(study, "A", "C")["reciprocated_survey"]


def test_a_person_of_the_roster_whom_no_survey_lists_has_rows_too(make):
    parts = make.study(PEOPLE, lines=LINES)
    wider = replace(parts.survey, roster=make.roster(PEOPLE + " D:south:coach"))
    dyads = dyads_of(wider, parts.meetings, parts.talk).set_index(["a", "b"])
    assert len(dyads) == 6
    assert dyads.loc[("A", "D"), ["change", "reason"]].tolist() == ["not_observable", "a: not_listed; b: not_listed"]


def test_talk_counts_only_between_the_surveys(make):
    parts = make.study(PEOPLE, {"AB": "created"}, LINES)
    late = replace(parts.meetings, activities=make.activities(m1="2024-03-05", m2="2024-03-06"))
    dyads = dyads_of(parts.survey, late, parts.talk)
    assert dyads[["n_together", "n_help_ab", "n_help_ba"]].to_numpy().sum() == 0
    lost = unplaced_events(parts.survey, late, parts.talk).set_index(["kind", "reason"])["n"]
    assert lost.to_dict() == {
        ("help_given", "after"): 1,
        ("help_given", "during"): 1,
        ("help_request", "during"): 1,
        ("help_request", "unknown_actor"): 1,
        ("shared_practice", "after"): 1,
        ("shared_practice", "during"): 1,
    }


def test_every_event_is_placed_or_counted_as_lost(make, declared):
    lines = (*LINES, "m1 help_given A>A", "m2 help_given ?>A", "m2 help_given Z>A", "m2 shared_practice B>*")
    parts = make.study(PEOPLE, lines=lines, present={"m1": "ABC", "m2": "B"})
    lost = declared(unplaced_events(*parts.observed), "unplaced_events")
    reasons = lost.groupby("reason")["n"].sum().to_dict()
    assert reasons == {"unknown_actor": 3, "same_actor": 1, "no_attendance": 1}
    placed = pair_events(*parts.observed)["event"].nunique()
    assert placed + lost["n"].sum() == len(parts.talk.events)


def test_two_sources_in_one_activity_would_count_twice(make):
    parts = make.study(PEOPLE, lines=LINES)
    both = pd.concat([parts.talk.events, make.events("m1 help_given B>A", source="c2").assign(event="other")])
    with pytest.raises(MeasureError, match="two sources in m1: choose one coder"):
        dyads_of(parts.survey, parts.meetings, replace(parts.talk, events=both))


def test_several_relations_stand_beside_the_same_talk(make):
    parts = make.study(PEOPLE, {"AB": "created"}, LINES)
    both = make.two_relations(parts.survey, make.survey(PEOPLE, relation="advice"))
    dyads = dyads_of(both, parts.meetings, parts.talk).set_index(["relation", "a", "b"])
    assert dyads.loc[("help", "A", "B"), "verdict"] == "coincide"
    assert dyads.loc[("advice", "A", "B"), "verdict"] == "help_without_tie"
    assert (dyads.loc["help"]["events"].dropna() == dyads.loc["advice"]["events"].dropna()).all()


def test_three_waves_make_two_intervals_and_each_activity_counts_once(make):
    parts = make.study(PEOPLE, lines=LINES)
    three = make.survey(PEOPLE, {"AB": "created"}, dates=["2024-01-01", "2024-02-10", "2024-03-01"])
    dyads = dyads_of(three, parts.meetings, parts.talk)
    ab = dyads[(dyads["a"] == "A") & (dyads["b"] == "B")].set_index("from_wave")
    assert ab["events"].to_dict() == {"w1": "m1/1/1;m1/2/1", "w2": "m2/1/1"}
    assert ab["n_together"].to_dict() == {"w1": 1, "w2": 1}
    assert not ab["reciprocated_talk"].any()


@pytest.mark.parametrize("n_waves", [0, 1, 2])
def test_without_a_survey_the_talk_is_all_there_is(make, declared, n_waves):
    parts = make.study(PEOPLE, lines=LINES)
    nobody = Survey(roster=parts.survey.roster, waves=parts.survey.waves[:n_waves])
    dyads = declared(dyads_of(nobody, parts.meetings, parts.talk), "dyads")
    assert len(dyads) == 3
    assert dyads["change"].eq("not_observable").all()
    assert set(dyads["verdict"]) == {"help_survey_unknown", "not_observable"}
    assert set(dyads["from_wave"]) == ({"w1"} if n_waves == 2 else {"start"})


def test_without_talk_no_tie_can_be_confirmed(make, declared):
    parts = make.study(PEOPLE, {"AB": "created"})
    dyads = dyads_of(parts.survey, Meetings(), Talk())
    assert declared(dyads, "dyads")["verdict"].eq("not_observable").all()


@pytest.mark.parametrize("people", ["", "A"])
def test_a_network_without_pairs_gives_an_empty_table(make, declared, people):
    parts = make.study(PEOPLE, lines=LINES)
    assert declared(dyads_of(make.survey(people), parts.meetings, parts.talk), "dyads").empty


def test_inputs_are_left_as_they_are(make):
    parts = make.study(PEOPLE, {"AB": "created"}, LINES)
    tables = [frame for one in parts.observed for frame in vars(one).values() if isinstance(frame, pd.DataFrame)]
    before = [frame.copy(deep=True) for frame in tables]
    dyads_of(*parts.observed)
    for frame, was in zip(tables, before, strict=True):
        pd.testing.assert_frame_equal(frame, was)


KINDS = st.sampled_from(["created", "strengthened", "kept", "weakened", "dissolved", "absent", "not_observable"])
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["m1", "m2"]),
        st.sampled_from(["help_request", "help_given", "shared_practice"]),
        st.sampled_from("ABCD?"),
        st.sampled_from("ABCD*"),
    ).map(lambda e: f"{e[0]} {e[1]} {e[2]}>{e[3]}"),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(
    kinds=st.dictionaries(st.sampled_from(["AB", "BA", "AC", "CA", "BC", "CB", "AD", "DA"]), KINDS),
    lines=EVENTS,
    order=st.randoms(use_true_random=False),
)
def test_order_of_rows_and_names_of_people_do_not_matter(make, kinds, lines, order):
    parts = make.study("A:n:t B:n:c C:s:t D:s:c", kinds, lines, present={"m1": "ABC", "m2": "BCD"})

    def each(bundle, what):
        tables = {name: table for name, table in vars(bundle).items() if isinstance(table, pd.DataFrame)}
        return replace(bundle, **{name: what(table) for name, table in tables.items() if name != "waves"})

    def mixed(frame):
        return frame.sample(frac=1, random_state=order.randrange(1000))

    pd.testing.assert_frame_equal(dyads_of(*(each(one, mixed) for one in parts.observed)), parts.dyads)
    names = dict(zip("ABCD", ["z", "p", "q", "k"], strict=True))
    people = ["source", "target", "actor", "seeker", "helper"]

    def renamed(frame):
        columns = {name: frame[name].map(lambda who: names.get(who, who)) for name in people if name in frame}
        return frame.assign(**columns).astype(frame.dtypes)

    other = dyads_of(*(each(one, renamed) for one in parts.observed))
    sums = ["n_together", "n_together_coded", "reciprocated_talk", "change", "verdict", "events", "activities", "scope"]
    old = {frozenset((names[r.a], names[r.b])): r for r in parts.dyads.itertuples()}
    for found in other.itertuples():
        was = old[frozenset((found.a, found.b))]
        for column in sums:
            assert str(getattr(found, column)) == str(getattr(was, column))
        kept = names[was.a] == found.a
        for kind in ("n_help", "n_request", "n_shared", "change", "weight_%s_to"):
            name = kind if "%" in kind else f"{kind}_%s"
            there, here = ((name % "ab"), (name % "ba")) if kept else ((name % "ba"), (name % "ab"))
            assert str(getattr(found, name % "ab")) == str(getattr(was, there))
            assert str(getattr(found, name % "ba")) == str(getattr(was, here))


def test_relations_stay_in_the_order_of_the_survey(make):
    study = make.study(PEOPLE, {"AB": "created"}, LINES)
    both = make.two_relations(*(make.survey(PEOPLE, {"AB": "created"}, relation=name) for name in ("trust", "advice")))
    dyads = dyads_of(both, study.meetings, study.talk)
    assert dyads["relation"].unique().tolist() == ["trust", "advice"]
