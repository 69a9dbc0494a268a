"""Carrying codings to a corrected transcript: hand-made corrections, and whatever hypothesis thinks of."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.coding.carrying import carry, carry_coverage
from nicmethods.tables import CASE_TABLES, WORK_TABLES


def make_turns(*texts, first=1, activity="m1"):
    rows = [
        {"activity": activity, "turn": str(n), "position": n - first + 1, "text": text}
        for n, text in enumerate(texts, start=first)
    ]
    return typed("turns", rows)


def typed(name, rows):
    table = WORK_TABLES[name]
    return pd.DataFrame(rows).reindex(columns=table.names).astype({c.name: c.dtype for c in table.columns})


def make_codings(*rows):
    return typed("codings", [{"coder": "ana", "activity": "m1", "code": "help"} | row for row in rows])


OLD = make_turns(
    "Okay, shall we start with the attendance data?",
    "Yeah.",
    "We tried the exit tickets in grade four and it helped a lot.",
    "Could you show me how you set that up?",
    "Yeah.",
    "Sure, I can share the template after the meeting.",
)


@pytest.mark.parametrize("name", ["nothing", "numbers"])
def test_same_text_gives_the_same_codings(name):
    codings = make_codings(
        *[{"turn": str(n)} for n in range(1, 7)], {"turn": "3", "start_char": 3, "end_char": 11, "reply_to": "1"}
    )
    new = OLD if name == "nothing" else OLD.assign(turn=[f"t{n}" for n in range(1, 7)])
    result = carry(codings, OLD, new)
    expected = (
        codings if name == "nothing" else codings.assign(turn="t" + codings["turn"], reply_to="t" + codings["reply_to"])
    )
    pd.testing.assert_frame_equal(result.table, expected)
    assert result.review.empty
    assert result.lost.empty


def test_corrected_words_and_a_turn_put_in():
    new = make_turns(
        "Welcome, everybody!",
        "OK, shall we start with the attendance data?",
        "Yes.",
        "We tried the exit tickets in grade four, and it helped a lot!",
        "Could you show me how you set that up?",
        "Yeah.",
        "Sure, I can share the template after the meeting.",
    )
    result = carry(make_codings(*[{"turn": str(n)} for n in range(1, 7)]), OLD, new)
    assert result.table["turn"].tolist() == ["2", "3", "4", "5", "6", "7"]
    assert result.lost.empty
    assert result.review[["turn", "new_turn"]].to_numpy().tolist() == [["1", "2"], ["2", "3"]]


def test_a_short_turn_is_known_by_its_place():
    new = OLD.assign(text=OLD["text"].where(OLD["turn"] != "2", "Absolutely!"))
    result = carry(make_codings({"turn": "2"}), OLD, new)
    assert result.table["turn"].tolist() == ["2"]
    assert result.review["why"].tolist() == [
        "most of its words are gone or changed; it is on the turn that stands in its place"
    ]


def test_a_turn_cut_in_two():
    parts = ["We tried the exit tickets in grade four", "and it helped a lot."]
    new = make_turns(*OLD["text"][:2], *parts, *OLD["text"][3:])
    codings = make_codings(
        {"turn": "3"}, {"turn": "3", "start_char": 45, "end_char": 60}, {"turn": "4", "reply_to": "3"}
    )
    result = carry(codings, OLD, new)
    assert result.table["turn"].tolist() == ["3", "4", "5"]
    assert result.table["reply_to"].tolist()[2] == "3"
    span = result.table.iloc[1]
    assert parts[1][span["start_char"] : span["end_char"]] == "it helped a lot"
    assert result.review["why"].str.contains("several turns").tolist() == [True]


def test_two_turns_made_one():
    new = make_turns(*OLD["text"][:3], OLD["text"][3] + " " + OLD["text"][4], OLD["text"][5])
    result = carry(make_codings({"turn": "4"}, {"turn": "5"}, {"turn": "6"}), OLD, new)
    assert result.table["turn"].tolist() == ["4", "4", "5"]


def test_a_span_moves_with_its_words():
    new = OLD.assign(text=OLD["text"].str.replace("We tried", "So, last spring we had tried"))
    start = OLD["text"][2].index("exit tickets")
    result = carry(make_codings({"turn": "3", "start_char": start, "end_char": start + 12}), OLD, new)
    row = result.table.iloc[0]
    assert new["text"][2][row["start_char"] : row["end_char"]] == "exit tickets"
    assert result.review.empty


def test_what_is_gone_is_listed_not_dropped():
    new = make_turns(*OLD["text"][[0, 1, 4, 5]])
    codings = make_codings(
        {"turn": "3", "memo": "keep me"}, {"turn": "6", "reply_to": "4"}, {"turn": "99"},
        {"turn": "1", "start_char": 0, "end_char": 4},
    )  # fmt: skip
    result = carry(codings, OLD, new)
    assert result.lost[["turn", "memo"]].fillna("").to_numpy().tolist() == [["3", "keep me"], ["99", ""]]
    assert result.lost["why"].tolist() == [
        "none of its words are there any more",
        "the old transcript has no such turn",
    ]
    assert result.table["turn"].tolist() == ["4", "1"]
    assert result.table["reply_to"].isna().all()
    assert result.review["why"].tolist() == ["the turn it answers, 4, is gone"]


def test_an_activity_that_is_gone():
    result = carry(make_codings({"turn": "1"}), OLD, make_turns("Okay", activity="m2"))
    assert result.table.empty
    assert len(result.lost) == 1


def test_empty_turns_and_turns_without_words():
    old, new = make_turns("", "…", "Yes?"), make_turns("Oh.", "", "…", "Yes?")
    result = carry(make_codings({"turn": "1"}, {"turn": "2"}, {"turn": "2", "start_char": 0, "end_char": 1}), old, new)
    assert result.table["turn"].tolist() == ["2", "3", "3"]


def test_decisions_are_carried_too():
    table = CASE_TABLES["adjudicated"]
    decisions = pd.DataFrame(
        [{"activity": "m1", "turn": "3", "code": "help", "present": True, "by": "lead", "decided": pd.Timestamp(2024, 5, 1), "reason": "so"}]
    ).reindex(columns=table.names).astype({c.name: c.dtype for c in table.columns})  # fmt: skip
    result = carry(decisions, OLD, make_turns("Hello.", *OLD["text"]))
    assert result.table["turn"].tolist() == ["4"]
    table.schema().validate(result.table)


def test_coverage_leaves_added_turns_out():
    row = {"coder": "ana", "activity": "m1", "first_position": 2, "last_position": 5, "basis": "listed"}
    coverage = typed("coverage", [row])
    new = make_turns("Hello.", *OLD["text"][:3], "A sentence that was missing.", *OLD["text"][3:], first=11)
    carried = carry_coverage(coverage, OLD, new)
    assert carried[["first_position", "last_position"]].to_numpy().tolist() == [[3, 4], [6, 7]]
    WORK_TABLES["coverage"].schema().validate(carried)
    pd.testing.assert_frame_equal(carry_coverage(coverage, OLD, OLD), coverage)
    assert carry_coverage(coverage, OLD, make_turns("x", activity="m2")).empty
    assert carry_coverage(coverage.iloc[:0], OLD, OLD).empty


texts = st.lists(
    st.lists(st.sampled_from(["we", "tried", "it", "yeah", "so", "exit", "tickets"]), max_size=5).map(" ".join),
    min_size=1,
    max_size=8,
)


@pytest.mark.slow
@given(before=texts, after=texts)
@settings(max_examples=40, deadline=None)
def test_every_row_is_carried_or_lost(before, after):
    old, new = make_turns(*before), make_turns(*after, first=50)
    rows = [{"turn": str(n), "memo": str(n)} for n in range(1, len(before) + 1)]
    rows += [
        {"turn": str(n), "memo": f"{n} span", "start_char": 0, "end_char": len(t)} for n, t in enumerate(before, 1) if t
    ]
    codings = make_codings(*rows)
    result = carry(codings, old, new)
    assert sorted([*result.table["memo"], *result.lost["memo"]]) == sorted(codings["memo"])
    assert set(result.table["turn"]) <= set(new["turn"])
    assert set(result.review["memo"]) <= set(result.table["memo"])
    lengths = new.set_index("turn")["text"].str.len()
    spans = result.table.dropna(subset="start_char")
    assert (spans["end_char"] <= spans["turn"].map(lengths)).all()
    WORK_TABLES["codings"].schema().validate(result.table)


@pytest.mark.slow
@given(texts)
@settings(max_examples=20, deadline=None)
def test_there_and_back(before):
    old = make_turns(*before)
    new = old.assign(turn="n" + old["turn"], text=old["text"].str.upper() + "!")
    codings = make_codings(*[{"turn": turn} for turn in old["turn"]])
    there = carry(codings, old, new)
    back = carry(there.table, new, old)
    pd.testing.assert_frame_equal(back.table, codings)
