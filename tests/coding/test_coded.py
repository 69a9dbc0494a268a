import pandas as pd
import pytest

from nicmethods.case.codebook import load_codebook
from nicmethods.case.folder import study_file
from nicmethods.coder.suggest import link, suggest
from nicmethods.coding.coded import coded_talk
from nicmethods.errors import MeasureError
from nicmethods.tables import WORK_TABLES, empty
from nicmethods.tables.bundles import SUGGESTED, Coders, Meetings

CODEBOOK = load_codebook(study_file("codebooks", "help.yml"))


def work(name, rows):
    table = WORK_TABLES[name]
    return pd.DataFrame(rows).reindex(columns=table.names).astype({c.name: c.dtype for c in table.columns})


TURNS = work(
    "turns",
    [
        {"activity": "m1", "turn": str(n), "position": n, "actor": actor, "text": text}
        for n, (actor, text) in enumerate(
            [
                ("A", "Can someone help me with the run chart?"),
                ("B", "You could try starting with one class."),
                ("A", "Thanks."),
            ],
            start=1,
        )
    ],
)


def coding(coder, turn, code, **more):
    return {"coder": coder, "activity": "m1", "turn": turn, "code": code, **more}


def read(coder):
    return {"coder": coder, "activity": "m1", "first_position": 1, "last_position": 3, "basis": "listed"}


def talk(codings, coverage, suggestions=None, **options):
    meetings = Meetings(activities=pd.DataFrame({"activity": ["m1"], "kind": ["meeting"]}), turns=TURNS)
    made = suggest(TURNS, CODEBOOK) if suggestions is None else suggestions
    return coded_talk(
        meetings, Coders(codings=codings, coverage=coverage), links=link(TURNS), suggestions=made, **options
    )


ONE = work("codings", [coding("ann", "1", "help_request"), coding("ann", "2", "help_given", seeker="A", helper="B")])
TWO = pd.concat([ONE, work("codings", [coding("bea", "1", "help_request")])], ignore_index=True)


def test_one_coder_is_named():
    chosen = talk(ONE, work("coverage", [read("ann")]))
    assert chosen.source == "ann"
    assert set(chosen.events["source"]) == {"ann"}
    assert chosen.events["kind"].tolist() == ["help_request", "help_given"]


def test_two_coders_give_what_both_saw_and_say_what_is_open():
    chosen = talk(TWO, work("coverage", [read("ann"), read("bea")]))
    assert chosen.source == "adjudicated"
    assert chosen.codings["code"].tolist() == ["help_request"]
    assert "1 disagreements are open" in chosen.said
    # The open turn is not read as 'no help given': it leaves the coverage.
    covered = {n for row in chosen.coverage.itertuples() for n in range(row.first_position, row.last_position + 1)}
    assert covered == {1, 3}


def test_a_coder_can_be_chosen_and_an_unknown_one_is_refused():
    coverage = work("coverage", [read("ann"), read("bea")])
    assert talk(TWO, coverage, coder="ann").source == "ann"
    with pytest.raises(MeasureError, match="there are: ann, bea"):
        talk(TWO, coverage, coder="zoe")


def test_without_coders_suggestions_stand_in_and_cover_nothing():
    chosen = talk(ONE.iloc[:0], empty(WORK_TABLES["coverage"]))
    assert chosen.source == SUGGESTED
    assert chosen.coverage.empty
    assert "machine-suggested, not reviewed" in chosen.said
    assert "help_request" in set(chosen.codings["code"])
    assert set(chosen.events["source"]) == {SUGGESTED}


def test_refused_and_weak_suggestions_are_not_used():
    rows = [
        {
            "activity": "m1",
            "turn": "1",
            "code": "help_request",
            "score": 0.9,
            "layer": "rules",
            "basis": "x",
            "status": "refused",
        },
        {
            "activity": "m1",
            "turn": "2",
            "code": "help_given",
            "score": 0.3,
            "layer": "rules",
            "basis": "x",
            "status": "open",
        },
        {
            "activity": "m1",
            "turn": "3",
            "code": "thanks",
            "score": 0.8,
            "layer": "rules",
            "basis": "x",
            "status": "open",
        },
    ]
    chosen = talk(ONE.iloc[:0], empty(WORK_TABLES["coverage"]), work("suggestions", rows), least_score=0.5)
    assert chosen.codings["code"].tolist() == ["thanks"]
