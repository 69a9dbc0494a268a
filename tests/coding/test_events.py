"""Help events, counted by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.coding.events import help_events
from nicmethods.tables import RUN_TABLES, WORK_TABLES, empty

TURNS = pd.DataFrame(
    {
        "activity": "m",
        "turn": list("123456"),
        "position": range(1, 7),
        "actor": ["A", "B", "A", "C", None, "B"],
        "start_s": [0.0, 1.0, 2.0, 3.0, 4.0, np.nan],
        "text": "",
    }
)


def codings(*rows):
    columns = ["turn", "code", "addressee", "reply_to", "seeker", "helper"]
    return pd.DataFrame([dict(zip(columns, row, strict=False)) for row in rows], columns=columns).assign(
        activity="m", coder="c1"
    )


def links(*rows):
    return pd.DataFrame(rows, columns=["turn", "reply_to", "basis"]).assign(activity="m", score=0.5)


def rows(events, *columns):
    return events[list(columns)].astype(object).where(events[list(columns)].notna(), None).to_numpy().tolist()


def test_an_answered_request_is_a_request_and_help():
    found = help_events(
        TURNS, codings(["1", "help_request"], ["2", "help_given"]), links(["2", "1", "answered"]), source="c1"
    )
    assert rows(found, "event", "kind", "seeker", "helper", "request_turn", "response_turn", "basis", "time_s") == [
        ["m/1/1", "help_request", "A", "B", "1", "2", "answered", 0.0],
        ["m/2/1", "help_given", "A", "B", "1", "2", "answered", 1.0],
    ]
    assert found["source"].eq("c1").all()


def test_a_request_without_an_answer_has_a_helper_only_if_the_coder_names_one():
    found = help_events(TURNS, codings(["1", "help_request"], ["3", "help_request", "C"]), links(), source="c1")
    assert rows(found, "turn" if "turn" in found else "request_turn", "helper", "basis", "response_turn") == [
        ["1", None, "unknown", None],
        ["3", "C", "coded", None],
    ]


def test_what_the_coder_names_goes_before_what_is_inferred():
    coded = codings(
        ["1", "help_request"], ["2", "help_given", "C", None, None, None], ["4", "help_given", None, "3", None, None]
    )
    found = help_events(TURNS, coded, links(["2", "1", "answered"], ["4", "2", "adjacent"]), source="c1")
    given = found[found["kind"] == "help_given"]
    assert rows(given, "seeker", "helper", "request_turn", "basis") == [
        ["C", "B", "1", "coded"],
        ["A", "C", "3", "coded"],
    ]


def test_help_to_a_turn_that_is_no_request_goes_to_its_speaker():
    found = help_events(TURNS, codings(["4", "help_given"]), links(["4", "2", "adjacent"]), source="c1")
    assert rows(found, "seeker", "helper", "basis") == [["B", "C", "adjacent"]]


def test_nobody_helps_themselves_by_inference():
    found = help_events(TURNS, codings(["3", "help_given"]), links(["3", "1", "adjacent"]), source="c1")
    assert rows(found, "seeker", "helper", "basis") == [[None, "A", "unknown"]]


def test_unknown_speakers_stay_unknown():
    coded = codings(["1", "help_request"], ["5", "help_given"])
    found = help_events(TURNS, coded, links(["5", "1", "answered"]), source="c1")
    assert rows(found, "seeker", "helper", "basis") == [["A", None, "unknown"], ["A", None, "unknown"]]


def test_in_notes_only_the_people_that_a_coder_names_count():
    notes = TURNS.assign(actor=None, start_s=np.nan)
    coded = codings(["1", "help_given", None, None, "A", "B"], ["2", "help_given"])
    found = help_events(notes, coded, links(), source="c1")
    assert rows(found, "seeker", "helper", "basis") == [["A", "B", "coded"], [None, None, "unknown"]]


def test_a_coded_seeker_of_the_request_is_who_is_helped():
    coded = codings(["1", "help_request", None, None, "D"], ["2", "help_given"])
    found = help_events(TURNS, coded, links(["2", "1", "answered"]), source="c1")
    assert found["seeker"].tolist() == ["D", "D"]


def test_shared_practice_is_shared_with_whoever_is_addressed():
    coded = codings(["2", "shared_practice"], ["4", "shared_practice", "A"])
    found = help_events(TURNS, coded, links(["2", "1", "adjacent"]), source="c1")
    assert rows(found, "seeker", "helper", "basis", "response_turn") == [
        [None, "B", "unknown", "2"],
        ["A", "C", "coded", "4"],
    ]


def test_spans_of_one_code_are_one_event_unless_people_differ():
    spans = codings(
        ["2", "help_given"],
        ["2", "help_given", "A"],
        ["6", "help_given", None, None, "A"],
        ["6", "help_given", None, None, "C"],
    )
    found = help_events(TURNS, spans, links(), source="c1")
    assert rows(found, "event", "seeker") == [["m/2/1", "A"], ["m/6/1", "A"], ["m/6/2", "C"]]


def test_other_codes_make_no_events_and_empty_tables_are_legal():
    none = help_events(TURNS, codings(["1", "thanks"]), links(), source="c1")
    bare = help_events(
        empty(WORK_TABLES["turns"]), empty(WORK_TABLES["codings"]), empty(WORK_TABLES["links"]), source="c1"
    )
    for found in (none, bare):
        assert found.empty
        RUN_TABLES["events"].schema().validate(found, lazy=True)


CODES = st.sampled_from(["help_request", "help_given", "shared_practice", "thanks"])
PERSON = st.none() | st.sampled_from("ABCD")
CODING = st.tuples(st.sampled_from("123456"), CODES, PERSON, st.none() | st.sampled_from("123456"), PERSON, PERSON)
LINKS = st.dictionaries(st.sampled_from("23456"), st.sampled_from("1234"), max_size=5)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(st.lists(CODING, max_size=12), LINKS)
def test_events_are_valid_stable_and_complete(coded, linked):
    table = codings(*coded)
    given_links = links(*[(turn, target, "adjacent") for turn, target in linked.items() if target < turn])
    found = help_events(TURNS, table, given_links, source="x")
    RUN_TABLES["events"].schema().validate(found, lazy=True)
    wanted = {(turn, code) for turn, code, *_ in coded if code != "thanks"}
    own = found["request_turn"].where(found["kind"] == "help_request", found["response_turn"])
    assert set(zip(own, found["kind"], strict=True)) == wanted
    shuffled = help_events(TURNS, table.sample(frac=1, random_state=1), given_links, source="x")
    key = ["kind", "seeker", "helper", "request_turn", "response_turn"]
    assert sorted(map(str, found[key].to_numpy().tolist())) == sorted(map(str, shuffled[key].to_numpy().tolist()))
