import pandas as pd
import pytest

from nicmethods.case.folder import load_case
from nicmethods.coding.review import accepted_codings, decide, renewed
from nicmethods.errors import CaseError, MeasureError
from nicmethods.exchange.spreadsheets import write_suggestions
from nicmethods.tables import WORK_TABLES


def work(name, rows):
    table = WORK_TABLES[name]
    return pd.DataFrame(rows).reindex(columns=table.names).astype({c.name: c.dtype for c in table.columns})


def suggested(*places):
    return work(
        "suggestions",
        [
            {
                "activity": "m1",
                "turn": turn,
                "code": code,
                "score": 0.5,
                "layer": "rules",
                "basis": "words: x",
                "status": "open",
            }
            for turn, code in places
        ],
    )


TURNS = work("turns", [{"activity": "m1", "turn": str(n), "position": n, "text": "x"} for n in range(1, 7)])
FOUR = suggested(("1", "help_request"), ("2", "help_given"), ("2", "thanks"), ("5", "thanks"))


def reviewed():
    table = decide(FOUR, activity="m1", turn="1", code="help_request", accept=True, by="anna")
    table = decide(table, activity="m1", turn="2", code="thanks", accept=False, by="anna")
    return decide(table, activity="m1", turn="5", code="thanks", accept=True, by="ben")


def test_who_decided_what_is_kept_and_the_input_is_not_changed():
    table = reviewed()
    assert table["status"].tolist() == ["accepted", "open", "refused", "accepted"]
    assert table["by"].fillna("").tolist() == ["anna", "", "anna", "ben"]
    assert set(FOUR["status"]) == {"open"}


def test_an_accepted_suggestion_is_a_coding_of_turns_decided_on_only():
    codings, coverage = accepted_codings(reviewed(), TURNS, by="anna")
    assert codings[["coder", "turn", "code"]].to_numpy().tolist() == [["anna", "1", "help_request"]]
    assert coverage[["coder", "first_position", "last_position"]].to_numpy().tolist() == [["anna", 1, 2]]
    nothing, unread = accepted_codings(FOUR, TURNS, by="anna")
    assert nothing.empty
    assert unread.empty


def test_decisions_outlive_suggestions_made_anew():
    table = renewed(reviewed(), suggested(("1", "help_request"), ("2", "thanks"), ("3", "thanks")))
    found = table.set_index(["turn", "code"])["status"].to_dict()
    assert found == {
        ("1", "help_request"): "accepted",
        ("2", "thanks"): "refused",
        ("5", "thanks"): "accepted",
        ("3", "thanks"): "open",
    }


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"turn": "9", "by": "anna"}, "not suggested"),
        ({"turn": "1", "by": " "}, "needs who took it"),
        ({"turn": "2", "code": "thanks", "by": "ben"}, "was refused by anna already"),
    ],
)
def test_what_cannot_be_decided_is_said(choice, message):
    with pytest.raises(MeasureError, match=message):
        decide(reviewed(), **({"activity": "m1", "code": "help_request", "accept": True} | choice))


def test_decisions_come_back_from_the_case_folder_and_stray_ones_are_errors(tmp_path):
    (tmp_path / "transcripts").mkdir()
    (tmp_path / "case.yml").write_text("title: T\n")
    (tmp_path / "roster.csv").write_text("actor\nA\n")
    (tmp_path / "transcripts" / "m1.txt").write_text("".join(f"A: turn {n}\n\nB: yes {n}\n\n" for n in range(3)))
    write_suggestions(reviewed(), tmp_path / "codings" / "suggestions.csv")
    pd.testing.assert_frame_equal(load_case(tmp_path).suggestions, reviewed())
    write_suggestions(suggested(("99", "no_such_code")), tmp_path / "codings" / "suggestions.csv")
    with pytest.raises(CaseError, match=r"suggestions.csv row 2: 'code' is 'no_such_code'(.|\n)*'turn' is '99'"):
        load_case(tmp_path)
