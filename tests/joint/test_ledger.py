"""The researchers' ledger: round trip, evidence that must exist, agreement between researchers."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nicmethods.coding.agreement import kappa_cohen
from nicmethods.errors import CaseError, MeasureError
from nicmethods.joint.ledger import (
    LEDGER_VERDICTS,
    check_ledger,
    compare_researchers,
    ledger_problems,
    read_ledger,
    record_verdict,
    write_ledger,
)
from nicmethods.tables.bundles import Meetings

ENTRY = {"subject": "p1", "researcher": "r1", "verdict": "agreement", "reason": "Both say so.", "evidence": ["m1/1"]}


def evidence(make):
    responses = [
        {
            "relation": "help",
            "wave": wave,
            "actor": actor,
            "present": True,
            "responded": actor != "C",
            "basis": "listed",
        }
        for wave in ("w1", "w2")
        for actor in "ABC"
    ]
    ties = [{"relation": "help", "wave": "w1", "source": "C", "target": "A", "weight": 1}]
    survey = replace(make.survey("A B C"), ties=make.table("ties", ties), responses=make.table("responses", responses))
    return survey, Meetings(activities=make.activities(m1=None), turns=make.turns(m1="Hello | How?"))


def checked(make, *, subject="p1", verdict="agreement", named="m1/1", turns=None):
    rows = [{"subject": subject, "researcher": "r1", "verdict": verdict, "evidence": named}]
    survey, meetings = evidence(make)
    meetings = meetings if turns is None else replace(meetings, turns=turns)
    about = {"claims": ["p1"], "dyads": make.study("A B C").dyads}
    return ledger_problems(make.table("ledger", rows), survey, meetings, **about, numbers=["n.1"])


def test_a_round_trip_keeps_everything(tmp_path, make):
    path = tmp_path / "ledger.csv"
    ledger = record_verdict(
        read_ledger(path), **ENTRY, meta_inference='A "whole"; two\nlines', decided=dt.date(2025, 1, 15)
    )
    ledger = record_verdict(ledger, **(ENTRY | {"researcher": "r2", "verdict": "silence"}))
    write_ledger(ledger, path)
    pd.testing.assert_frame_equal(read_ledger(path), ledger)
    assert [file.name for file in tmp_path.iterdir()] == ["ledger.csv"]


def test_a_second_thought_replaces_the_first_and_nobody_elses(make):
    ledger = make.table("ledger", [])
    first = record_verdict(ledger, **ENTRY)
    two = record_verdict(first, **(ENTRY | {"researcher": "r2"}))
    again = record_verdict(two, **(ENTRY | {"verdict": "dissonance"}))
    assert again[["researcher", "verdict"]].to_numpy().tolist() == [["r2", "agreement"], ["r1", "dissonance"]]
    assert ledger.empty
    assert two["verdict"].tolist() == ["agreement", "agreement"]


@pytest.mark.parametrize(
    ("change", "message"),
    [({"verdict": "yes"}, "verdict 'yes' is not one of"), ({"evidence": []}, "names no evidence")],
)
def test_a_verdict_needs_a_known_word_and_evidence(make, change, message):
    with pytest.raises(MeasureError, match=message):
        record_verdict(make.table("ledger", []), **(ENTRY | change))


def test_the_tool_never_writes_a_meta_inference(make):
    assert record_verdict(make.table("ledger", []), **ENTRY)["meta_inference"].isna().all()


@pytest.mark.parametrize(
    "named",
    ["m1/1", "m1/1; m1/2", "w1/C/A", "w1/A/B", "w1/w2/A/C", "n.1", "w2/A/B;n.1;m1/2"],
)
def test_evidence_that_exists_is_accepted(make, named):
    assert checked(make, named=named) == []


@pytest.mark.parametrize(
    "named", ["m1/3", "m2/1", "w2/C/A", "w1/A/Z", "w1/A/A", "w3/A/B", "w1/w2/C/A", "n.2", "nonsense"]
)
def test_evidence_that_does_not_exist_fails_with_its_name(make, named):
    problems = checked(make, named=f"m1/1;{named}")
    assert [(p.level, p.row, p.field, p.value) for p in problems] == [("error", 2, "evidence", named)]
    assert "does not exist any more" in problems[0].message


def test_evidence_that_vanished_is_found(make):
    assert checked(make, named="m1/2") == []
    problems = checked(make, named="m1/2", turns=make.turns(m1="Hello"))
    assert [p.value for p in problems] == ["m1/2"]


@pytest.mark.parametrize("named", [None, "", " ; "])
def test_a_verdict_without_evidence_fails(make, named):
    problems = checked(make, named=named)
    assert [p.field for p in problems] == ["evidence"]
    assert "names no evidence" in problems[0].message


def test_subjects_and_verdicts_must_exist(make):
    assert checked(make, subject="w1/w2/A/B") == []
    assert [p.field for p in checked(make, subject="w1/w2/B/A")] == ["subject"]
    assert [p.field for p in checked(make, verdict="maybe")] == ["verdict"]


def test_the_run_stops_with_every_problem_and_its_row(make):
    rows = [
        {"subject": "p1", "researcher": "r1", "verdict": "agreement", "evidence": "m1/1"},
        {"subject": "p1", "researcher": "r2", "verdict": "agreement"},
        {"subject": "p2", "researcher": "r1", "verdict": "agreement", "evidence": "m1/9"},
    ]
    about = {"claims": ["p1"], "dyads": make.study("A B C").dyads, "case": "small"}
    check_ledger(make.table("ledger", rows[:1]), *evidence(make), **about)
    with pytest.raises(CaseError, match="Case 'small' cannot run: 3 errors") as raised:
        check_ledger(make.table("ledger", rows), *evidence(make), **about)
    assert [problem.row for problem in raised.value.problems] == [3, 4, 4]
    assert {problem.file for problem in raised.value.problems} == {"ledger.csv"}


def test_an_entry_without_a_verdict_is_no_fault(make):
    assert checked(make, verdict=None, named=None) == []


def test_a_faulty_file_is_refused_with_the_place(tmp_path):
    path = tmp_path / "ledger.csv"
    path.write_text("subject,researcher,verdict,meta_inference,reason,evidence,decided\np1,r1,agreement,,,m1/1,soon\n")
    with pytest.raises(CaseError, match="row 2"):
        read_ledger(path)


def test_agreement_of_two_researchers(make, declared):
    rng = np.random.default_rng(1)
    words = np.array(LEDGER_VERDICTS[:3])
    one = rng.choice(words, 30)
    two = np.where(rng.random(30) < 0.7, one, rng.choice(words, 30))
    rows = [
        {"subject": f"p{k}", "researcher": who, "verdict": said[k]}
        for who, said in (("r1", one), ("r2", two))
        for k in range(30)
    ]
    rows.append({"subject": "only one", "researcher": "r1", "verdict": "agreement"})
    card = declared(compare_researchers(make.table("ledger", rows), seed=1, n_bootstrap=200), "agreement")
    card = card.set_index("coefficient")
    assert set(card.index) == {"percent", "kappa_cohen", "alpha_nominal", "ac1_gwet"}
    assert card["n"].eq(30).all()
    assert card.loc["percent", "value"] == pytest.approx(np.mean(one == two))
    assert card.loc["kappa_cohen", "value"] == pytest.approx(kappa_cohen(np.column_stack([one, two]).astype(object)))
    assert (card["low"] < card["value"]).all()
    assert (card["value"] < card["high"]).all()


def test_few_common_subjects_have_no_interval(make):
    rows = [{"subject": "p1", "researcher": who, "verdict": "agreement"} for who in ("r1", "r2")]
    card = compare_researchers(make.table("ledger", rows), seed=1, n_bootstrap=10)
    assert card["low"].isna().all()
    assert card["note"].str.contains("fewer than 10 subjects").all()
    assert compare_researchers(make.table("ledger", rows[:1]), seed=1).empty
