"""Adjudication: hand-counted sets, conflicts, decisions that cannot be, merging two folders."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.coverage import position_ranges
from nicmethods.coding.agreement import agreement_card
from nicmethods.coding.settling import adjudicate, merge_tables, settle, undecided
from nicmethods.errors import MeasureError
from nicmethods.tables import CASE_TABLES, WORK_TABLES, empty
from nicmethods.tables.bundles import Coders, Meetings

NO_DECISIONS = empty(CASE_TABLES["adjudicated"])
ACTIVITIES = pd.DataFrame({"activity": ["m1"], "kind": ["meeting"]})


def table(name, *rows):
    declared = WORK_TABLES[name]
    frame = pd.DataFrame(list(rows), columns=declared.names if not rows else None)
    return frame.reindex(columns=declared.names).astype({c.name: c.dtype for c in declared.columns})


def bundles(codings, coverage, turns, decisions=NO_DECISIONS):
    meetings = Meetings(activities=ACTIVITIES, turns=turns)
    return meetings, Coders(codings=codings, coverage=coverage, decisions=decisions)


def coding(coder, turn, code="help", **more):
    return {"coder": coder, "activity": "m1", "turn": turn, "code": code, **more}


def decide(decisions, turn, present, code="help", **more):
    return settle(
        decisions, activity="m1", turn=turn, code=code, present=present,
        by="lead", decided=dt.date(2024, 5, 1), reason="definition 2", **more,
    )  # fmt: skip


@pytest.fixture
def turns():
    return table("turns", *[{"activity": "m1", "turn": str(n), "position": n, "text": "…"} for n in range(1, 9)])


@pytest.fixture
def coverage():
    """Both read turns 1 to 6, ana alone 7 and 8."""
    return table(
        "coverage",
        {"coder": "ana", "activity": "m1", "first_position": 1, "last_position": 8, "basis": "listed"},
        {"coder": "ben", "activity": "m1", "first_position": 1, "last_position": 6, "basis": "listed"},
    )


@pytest.fixture
def codings():
    """Both on 1 and 2; ana alone on 3 (split) and 7 (nobody else read it); ben alone on 5 (split)."""
    return table(
        "codings",
        coding("ana", "1", seeker="E01"), coding("ben", "1", seeker="E01", memo="clear"),
        coding("ana", "2", seeker="E01", start_char=0, end_char=5), coding("ben", "2", seeker="E02", helper="E03"),
        coding("ana", "3"), coding("ana", "7", start_char=2, end_char=9), coding("ben", "5"),
    )  # fmt: skip


def test_undecided_shrinks_with_each_decision(codings, coverage, turns):
    assert undecided(*bundles(codings, coverage, turns, NO_DECISIONS))["turn"].tolist() == ["3", "5"]
    assert undecided(*bundles(codings, coverage, turns, decide(NO_DECISIONS, "3", True)))["turn"].tolist() == ["5"]


def test_settled_set_hand_counted(codings, coverage, turns):
    decisions = decide(decide(NO_DECISIONS, "3", True, helper="E09"), "5", False)
    result = adjudicate(*bundles(codings, coverage, turns, decisions))
    assert result.codings["turn"].tolist() == ["1", "2", "3", "7"]
    assert set(result.codings["coder"]) == {"adjudicated"}
    first, second, third, seventh = result.codings.to_dict("records")
    assert (first["seeker"], first["memo"]) == ("E01", "ben: clear")
    assert pd.isna(second["seeker"])
    assert second["helper"] == "E03"
    assert pd.isna(second["start_char"])
    assert third["helper"] == "E09"
    assert (seventh["start_char"], seventh["end_char"]) == (2, 9)
    assert result.undecided.empty
    WORK_TABLES["codings"].schema().validate(result.codings)
    WORK_TABLES["coverage"].schema().validate(result.coverage)


def test_details_that_conflict_are_listed_until_decided(codings, coverage, turns):
    result = adjudicate(*bundles(codings, coverage, turns, NO_DECISIONS))
    assert result.conflicts.to_numpy().tolist() == [["m1", "2", "help", "seeker", "ana: E01; ben: E02"]]
    result = adjudicate(*bundles(codings, coverage, turns, decide(NO_DECISIONS, "2", True, seeker="E02")))
    assert result.conflicts.empty
    assert result.codings.set_index("turn").loc["2", "seeker"] == "E02"


def test_undecided_turns_are_not_covered(codings, coverage, turns):
    result = adjudicate(*bundles(codings, coverage, turns, decide(NO_DECISIONS, "3", False)))
    ranges = result.coverage[["first_position", "last_position"]].to_numpy().tolist()
    assert ranges == [[1, 4], [6, 8]]
    assert result.codings["turn"].tolist() == ["1", "2", "7"]


def test_a_decision_outweighs_agreement_and_silence(codings, coverage, turns):
    decisions = decide(decide(NO_DECISIONS, "1", False), "4", True)
    result = adjudicate(*bundles(codings, coverage, turns, decisions))
    assert result.codings["turn"].tolist() == ["2", "4", "7"]


def test_two_spans_of_one_code_stay_two(coverage, turns):
    twice = [coding(who, "1", helper=helper, start_char=start, end_char=start + 3)
             for who in ("ana", "ben") for helper, start in (("E01", 0), ("E02", 10))]  # fmt: skip
    result = adjudicate(*bundles(table("codings", *twice), coverage, turns, NO_DECISIONS))
    assert result.codings[["helper", "start_char"]].to_numpy().tolist() == [["E01", 0], ["E02", 10]]
    twice[2]["start_char"] = 1
    result = adjudicate(*bundles(table("codings", *twice), coverage, turns, NO_DECISIONS))
    assert result.codings["helper"].tolist() == ["E01", "E02"]
    assert result.codings["start_char"].isna().all()


def test_the_settled_set_is_no_coder(codings, coverage, turns):
    result = adjudicate(*bundles(codings, coverage, turns, NO_DECISIONS))
    together = pd.concat([codings, result.codings]), pd.concat([coverage, result.coverage])
    card = agreement_card(*bundles(*together, turns), seed=1)
    assert card["coders"].unique().tolist() == ["ana & ben"]
    again = adjudicate(*bundles(*together, turns))
    pd.testing.assert_frame_equal(again.codings, result.codings)


def test_nothing_coded(coverage, turns):
    result = adjudicate(*bundles(table("codings"), coverage, turns, NO_DECISIONS))
    assert result.codings.empty
    assert result.coverage[["first_position", "last_position"]].to_numpy().tolist() == [[1, 8]]


def test_inputs_stay_as_they_were(codings, coverage, turns):
    copies = codings.copy(), coverage.copy(), turns.copy()
    decisions = decide(NO_DECISIONS, "3", True)
    adjudicate(*bundles(codings, coverage, turns, decisions))
    for now, then in zip((codings, coverage, turns), copies, strict=True):
        pd.testing.assert_frame_equal(now, then)
    assert NO_DECISIONS.empty


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 6), st.sampled_from(["p", "q"])), max_size=25))
@settings(max_examples=30, deadline=None)
def test_deciding_everything_leaves_nothing_open(said):
    turns = table("turns", *[{"activity": "m1", "turn": str(n), "position": n, "text": ""} for n in range(1, 7)])
    coverage = table(
        "coverage",
        *[{"coder": c, "activity": "m1", "first_position": 1, "last_position": 6, "basis": "listed"} for c in "ab"],
    )
    codings = table("codings", *[coding(c, str(n), code) for c, n, code in said])
    decisions = NO_DECISIONS
    for row in undecided(*bundles(codings, coverage, turns, decisions)).itertuples():
        decisions = decide(decisions, row.turn, row.code == "p", row.code)
    result = adjudicate(*bundles(codings, coverage, turns, decisions))
    assert result.undecided.empty
    by = {c: {(n, code) for who, n, code in said if who == c} for c in "ab"}
    expected = (by["a"] & by["b"]) | {(n, code) for n, code in by["a"] ^ by["b"] if code == "p"}
    assert {(int(r.turn), r.code) for r in result.codings.itertuples()} == expected
    assert len(result.codings) == len(expected)
    assert result.coverage[["first_position", "last_position"]].to_numpy().tolist() == [[1, 6]]


class TestRefused:
    def test_settled_already(self):
        with pytest.raises(MeasureError, match="m1/3 'help' was settled by lead on 2024-05-01: definition 2"):
            decide(decide(NO_DECISIONS, "3", True), "3", False)

    @pytest.mark.parametrize("missing", ["by", "reason"])
    def test_who_and_why(self, missing):
        row = {"by": "lead", "reason": "so", missing: " "}
        with pytest.raises(MeasureError, match="needs who took it and why"):
            settle(NO_DECISIONS, activity="m1", turn="1", code="help", present=True, decided=dt.date(2024, 5, 1), **row)

    def test_unknown_detail(self):
        with pytest.raises(MeasureError, match="unknown details: asker"):
            decide(NO_DECISIONS, "1", True, asker="E01")

    def test_decided_twice_in_the_file(self, codings, coverage, turns):
        once = decide(NO_DECISIONS, "3", True)
        with pytest.raises(MeasureError, match=r"Coders\.decisions: m1 3 help stands twice"):
            adjudicate(*bundles(codings, coverage, turns, pd.concat([once, once.assign(present=False)])))

    def test_no_such_turn(self, codings, coverage, turns):
        with pytest.raises(MeasureError, match="turns that there are not: m1/99"):
            adjudicate(*bundles(codings, coverage, turns, decide(NO_DECISIONS, "99", True)))


class TestMerge:
    key = ("coder", "activity", "turn", "code")

    def test_nothing_is_lost_and_conflicts_are_listed(self):
        first = table("codings", coding("ana", "1"), coding("ana", "2", seeker="E01"))
        second = table("codings", coding("ben", "1"), coding("ana", "2", seeker="E02"), coding("ana", "1"))
        merged, conflicts = merge_tables(first, second, key=self.key)
        assert len(merged) == 4
        assert conflicts[["turn", "seeker", "copy"]].to_numpy().tolist() == [
            ["2", "E01", "first"],
            ["2", "E02", "second"],
        ]

    def test_equal_copies_have_no_conflict(self, codings):
        merged, conflicts = merge_tables(codings, codings, key=self.key)
        pd.testing.assert_frame_equal(merged, codings)
        assert conflicts.empty

    def test_decisions_that_differ(self):
        yes, no = decide(NO_DECISIONS, "3", True), decide(NO_DECISIONS, "3", False)
        merged, conflicts = merge_tables(yes, no, key=("activity", "turn", "code"))
        assert len(merged) == len(conflicts) == 2

    @given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("123")), max_size=8), st.integers(0, 8))
    @settings(max_examples=30, deadline=None)
    def test_every_row_of_both_is_there(self, said, cut):
        rows = [coding(c, n) for c, n in said]
        merged, conflicts = merge_tables(table("codings", *rows[:cut]), table("codings", *rows[cut:]), key=self.key)
        assert set(zip(merged["coder"], merged["turn"], strict=True)) == set(said)
        assert conflicts.empty


def test_ranges():
    positions = pd.DataFrame({"activity": list("bbaab"), "position": [3, 1, 5, 4, 2]})
    assert position_ranges(positions).to_numpy().tolist() == [["a", 4, 5], ["b", 1, 3]]
