"""The desk without a screen: what is decided is on the disk, what is hidden is not given out."""

import json
import threading

import pandas as pd
import pytest

import nicmethods as nic
from nicmethods.case.folder import load_case
from nicmethods.coder.training import train
from nicmethods.coding.agreement import agreement_card
from nicmethods.errors import CaseError, MeasureError, RunError
from nicmethods.files.writing import locked
from nicmethods.lab import desk_modes
from nicmethods.lab.desk_state import MODES, DeskState

TALK = """turn,speaker,start,end,text
1,Dana Miller,0,4,Welcome everyone.
2,Grace Nunez,5,9,"How do you get the students who were absent to catch up, Dana?"
3,Dana Miller,10,15,I give them the exit ticket of the day and a partner to walk through it.
4,Grace Nunez,16,18,"Thank you, that helps."
5,Stranger,19,20,<img src=x onerror=alert(1)>
6,Dana Miller,21,25,"We could test it on Monday, with one class."
"""
CASE = "title: Small\n"
ROSTER = "actor,name\nE1,Dana Miller\nE2,Grace Nunez\nE3,Sam Ortiz\n"


@pytest.fixture
def small(tmp_path):
    """A case with one meeting of six turns, nothing coded."""
    folder = tmp_path / "data" / "small"
    (folder / "transcripts").mkdir(parents=True)
    (folder / "case.yml").write_text(CASE)
    (folder / "roster.csv").write_text(ROSTER)
    (folder / "transcripts" / "A1.csv").write_text(TALK)
    return folder


def sit(case, coder="anna", mode="blind"):
    return DeskState(load_case(case), "A1", coder=coder, mode=mode)


def do(desk, what, **more):
    answer = desk.apply({"do": what, **more})
    json.dumps(answer)
    return answer


def code(desk, turn, name, on=True):
    answer = do(desk, "code", turn=turn, code=name, on=on)
    assert answer["went"] == "done", answer
    return answer


def refused(desk, what, **more):
    answer = do(desk, what, **more)
    assert answer["went"] == "refused"
    assert set(answer) == {"said", "went"}, "nothing else is given out"
    return answer["said"]


def coded(case, coder="anna"):
    rows = load_case(case).codings
    return [tuple(row) for row in rows.loc[rows["coder"] == coder, ["turn", "code"]].to_numpy()]


def read(case, coder="anna"):
    rows = load_case(case).coverage
    ends = rows.loc[rows["coder"] == coder, ["first_position", "last_position"]]
    return sorted(tuple(row) for row in ends.to_numpy())


def test_a_decision_is_in_the_case_before_it_is_shown(small):
    desk = sit(small)
    do(desk, "open")
    answer = code(desk, "2", "help_request")
    assert coded(small) == [("2", "help_request")]
    assert read(small) == [(2, 2)], "whoever codes a turn has read it, and no other"
    assert answer["marks"] == {"2": {"mine": [{"code": "help_request"}]}}
    assert answer["read"] == [[1, 1]]
    assert "marks" not in do(desk, "look"), "only what changed is sent"
    code(desk, "2", "help_request", on=False)
    assert coded(small) == []
    assert read(small) == [(2, 2)], "it was read, and carries no code"


def test_what_was_read_is_said_by_the_coder_and_nobody_else(small):
    desk = sit(small)
    code(desk, "5", "thanks")
    do(desk, "read", turn="3")
    assert read(small) == [(1, 3), (5, 5)]
    do(desk, "read", turn="6")
    assert read(small) == [(1, 6)]
    assert (
        small / "codings" / "coverage.csv"
    ).read_text() == "coder,activity,codebook,first_turn,last_turn,codes,purpose,chance\nanna,A1,help,,,,,\n"
    assert "were read already" in do(desk, "read", turn="6")["said"]
    do(desk, "undo")
    assert read(small) == [(1, 3), (5, 5)]


def test_a_first_coverage_list_keeps_what_counted_as_read_without_one(small):
    (small / "codings").mkdir()
    (small / "codings" / "ben.csv").write_text("activity,turn,code\nA1,2,help_request\n")
    assert read(small, "ben") == [(1, 6)]
    desk = sit(small)
    code(desk, "4", "thanks")
    do(desk, "undo")
    assert read(small, "ben") == [(1, 6)]
    assert read(small) == []


def test_other_rows_columns_and_files_stay_as_they_were(demo):
    folder = demo / "codings"
    before = {path.name: path.read_text() for path in folder.iterdir()}
    desk = sit(demo, "coder_b")
    code(desk, "60", "uptake")
    assert (folder / "coder_b.csv").read_text() == before["coder_b.csv"] + "A1,60,uptake,\n"
    do(desk, "note", turn="60", code="uptake", detail="memo", value="later, perhaps")
    lines = (folder / "coder_b.csv").read_text().splitlines()
    assert lines[0] == "activity,turn,code,addressee,memo"
    assert lines[-1] == 'A1,60,uptake,,"later, perhaps"'
    assert [line.removesuffix(",") for line in lines[1:-1]] == before["coder_b.csv"].splitlines()[1:]
    assert {name: (folder / name).read_text() for name in before if name != "coder_b.csv"} == {
        name: text for name, text in before.items() if name != "coder_b.csv"
    }


def test_notes_and_replies_are_kept_with_the_coding(small):
    desk = sit(small)
    code(desk, "3", "help_given")
    do(desk, "link", turn="3", to="2")
    for detail, value in {
        "seeker": "E2",
        "helper": "E1",
        "addressee": "E2",
        "memo": 'she "gives",\x07\r\nmore ',
    }.items():
        assert do(desk, "note", turn="3", code="help_given", detail=detail, value=value)["went"] == "done"
    row = load_case(small).codings.iloc[0]
    assert row[["reply_to", "seeker", "helper", "addressee", "memo"]].tolist() == [
        "2",
        "E2",
        "E1",
        "E2",
        'she "gives",\nmore',
    ]
    do(desk, "link", turn="3", to="")
    do(desk, "note", turn="3", code="help_given", detail="memo", value="")
    assert load_case(small).codings[["reply_to", "memo"]].isna().all(axis=None)
    for _ in range(8):
        do(desk, "undo")
    assert coded(small) == []
    assert "nothing to undo" in refused(desk, "undo")


@pytest.mark.parametrize(
    ("action", "why"),
    [
        ({"do": "code", "turn": "7", "code": "thanks", "on": True}, "there is no turn '7'"),
        ({"do": "code", "turn": "2", "code": "../x", "on": True}, "there is no code '../x'"),
        ({"do": "link", "turn": "3", "to": "4"}, "can only answer a turn before it"),
        ({"do": "link", "turn": "3", "to": "3"}, "can only answer a turn before it"),
        ({"do": "link", "turn": "4", "to": "2"}, "Code it first"),
        ({"do": "note", "turn": "3", "code": "help_given", "detail": "seeker", "value": "Dana"}, "not in roster.csv"),
        ({"do": "note", "turn": "3", "code": "help_given", "detail": "code", "value": "thanks"}, "no 'code' to note"),
        ({"do": "note", "turn": "3", "code": "thanks", "detail": "memo", "value": "m"}, "does not carry 'thanks'"),
        ({"do": "note", "turn": "3", "code": "help_given", "detail": "reply_to", "value": "5"}, "before it"),
        ({"do": "note", "turn": "3", "code": "help_given", "detail": "memo", "value": "m" * 10_001}, "Shorten it"),
        ({"do": "accept", "turn": "2"}, "in the mode Review"),
        ({"do": "settle", "turn": "2", "code": "thanks", "present": True}, "in the mode Compare"),
        ({"do": "mode", "mode": "compare"}, "nobody else has read"),
        ({"do": "mode", "mode": "open"}, "no mode 'open'"),
        ({"do": "other", "coder": "ben"}, "has not read"),
        ({"do": "learn"}, "mode Teach"),
        ({"do": "__init__"}, "does not know"),
        ({"turn": "2"}, "does not know"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(small, action, why):
    desk = sit(small)
    code(desk, "3", "help_given")
    files = {path: path.read_bytes() for path in (small / "codings").rglob("*") if path.is_file()}
    assert why in refused(desk, action.pop("do", "nothing"), **action)
    assert {path: path.read_bytes() for path in (small / "codings").rglob("*") if path.is_file()} == files


@pytest.mark.slow
def test_two_desks_on_one_case_do_not_clobber_each_other(small):
    anna, again, ben = sit(small), sit(small), sit(small, "ben")
    code(anna, "2", "help_request")
    answer = code(again, "3", "help_given")
    assert "codings/anna.csv was changed elsewhere (1 new, 0 gone)" in answer["said"]
    code(ben, "2", "thanks")
    answer = do(anna, "look")
    assert answer["marks"] == {"3": {"mine": [{"code": "help_given"}]}}
    assert "help_request was on turn 2 already" in do(again, "code", turn="2", code="help_request", on=True)["said"]
    assert coded(small) == [("2", "help_request"), ("3", "help_given")]
    assert coded(small, "ben") == [("2", "thanks")]
    assert read(small) == [(2, 3)]


def test_undo_does_not_take_back_what_somebody_changed_since(small):
    desk = sit(small)
    code(desk, "2", "help_request")
    path = small / "codings" / "anna.csv"
    path.write_text(path.read_text().replace("help_request,", "help_request,E1"))
    assert "was changed elsewhere, so nothing was done" in refused(desk, "undo")
    assert load_case(small).codings["addressee"].tolist() == ["E1"]


def test_a_file_that_somebody_broke_is_named_and_left_alone_until_it_is_mended(small):
    desk = sit(small)
    code(desk, "2", "help_request")
    path = small / "codings" / "anna.csv"
    good = path.read_text()
    path.write_text(good.replace("help_request", "help_reqest"))
    said = refused(desk, "code", turn="3", code="thanks", on=True)
    assert "codings/anna.csv row 2: 'code' is 'help_reqest'" in said
    assert "Nothing is written until that is mended" in said
    assert "help_reqest" in path.read_text()
    path.write_text(good)
    code(desk, "3", "thanks")
    assert coded(small) == [("2", "help_request"), ("3", "thanks")]


def test_a_coverage_list_that_names_no_turn_is_not_taken_for_the_whole_meeting(small):
    desk = sit(small)
    code(desk, "2", "help_request")
    path = small / "codings" / "coverage.csv"
    path.write_text(path.read_text().replace("2,2", "2,22"))
    assert "coverage.csv row 2: 'last_turn' is '22', which is no turn" in refused(desk, "read", turn="3")


def test_a_transcript_that_was_changed_meanwhile_takes_no_codings(small):
    desk = sit(small)
    path = small / "transcripts" / "A1.csv"
    path.write_text(TALK.replace("1,Dana Miller,0,4,Welcome everyone.\n", ""))
    said = refused(desk, "code", turn="2", code="help_request", on=True)
    assert "transcripts/A1.csv was changed meanwhile. Load the case and open the desk again" in said
    assert not (small / "codings").exists()
    code(sit(small), "2", "help_request")


def test_what_cannot_be_written_is_not_said_to_be_saved(small, monkeypatch):
    desk = sit(small)
    do(desk, "open")

    def full(path, data):
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("nicmethods.lab.sheet.write_atomically", full)
    said = refused(desk, "code", turn="2", code="help_request", on=True)
    assert said.startswith("Not saved: ")
    assert "No space left on device" in said
    monkeypatch.undo()
    assert do(desk, "look") == {}, "nothing changed"
    assert coded(small) == []


def test_blind_gives_out_nothing_of_others_and_of_machines(small):
    ben = sit(small, "ben")
    code(ben, "2", "uptake")
    do(ben, "note", turn="2", code="uptake", detail="memo", value="bens memo")
    do(ben, "read", turn="6")
    anna = sit(small)
    code(anna, "3", "thanks")
    given = json.dumps(
        [do(anna, "open"), do(anna, "look"), do(anna, "next", turn="1"), do(anna, "search", text="exit")]
    )
    for hidden in ("ben", "suggested", "basis", "theirs", '"link"'):
        assert hidden not in given
    assert sorted(do(anna, "open")["marks"]) == ["3"]


def test_real_names_are_not_given_out_and_spans_move_with_the_text(small):
    (small / "codings").mkdir()
    row = "A1,2,58,62,help_request\n"
    (small / "codings" / "anna.csv").write_text("activity,turn,start_char,end_char,code\n" + row)
    text = load_case(small).turns["text"].iloc[1]
    assert text[57:61] == "Dana"
    (small / "codings" / "anna.csv").write_text(
        "activity,turn,start_char,end_char,code\n" + row.replace("58,62", "57,61")
    )
    view = do(sit(small), "open")
    mark = view["marks"]["2"]["mine"][0]
    assert view["turns"][1][3][mark["shown_start"] : mark["shown_end"]] == "E1"
    assert (mark["start_char"], mark["end_char"]) == ("57", "61"), "as the file has it"
    given = json.dumps([view, do(sit(small, mode="review"), "open")])
    for name in ("Dana", "Miller", "Grace", "Nunez", "Stranger"):
        assert name not in given


@pytest.mark.slow
def test_a_part_of_the_text_that_is_shown_is_coded_where_it_was_said(small):
    text = load_case(small).turns["text"].iloc[1]
    desk = sit(small)
    shown = do(desk, "open")["turns"][1][3]
    assert shown.endswith("to catch up, E1?")

    def part(start, end):
        do(desk, "code", turn="2", code="help_request", on=True, shown_start=start, shown_end=end)
        row = load_case(small).codings.iloc[-1]
        do(desk, "undo")
        return text[row["start_char"] : row["end_char"]] if pd.notna(row["start_char"]) else "whole"

    name = shown.index("E1")
    assert part(shown.index("catch"), shown.index("catch") + 8) == "catch up"
    assert part(name, name + 2) == part(name + 1, name + 2) == part(name, name + 1) == "Dana"
    assert part(name, name + 3) == "Dana?"
    assert part(0, len(shown)) == "whole"
    for start, end in ((5, 5), (9, 3), (-1, 3), (3, 400)):
        assert "Mark a part" in refused(
            desk, "code", turn="2", code="thanks", on=True, shown_start=start, shown_end=end
        )
    code(desk, "2", "help_request")
    do(desk, "code", turn="2", code="help_request", on=True, shown_start=0, shown_end=3)
    do(desk, "code", turn="2", code="help_request", on=False, shown_start=0, shown_end=3)
    assert coded(small) == [("2", "help_request")], "only that part is taken off"


def test_suggestions_are_accepted_or_refused_and_kept_with_who_did(small):
    desk = sit(small, mode="review")
    marks = do(desk, "open")["marks"]
    suggested = {
        turn: [row["code"] for row in mark["suggested"]] for turn, mark in marks.items() if "suggested" in mark
    }
    assert "help_request" in suggested["2"]
    assert marks["3"]["link"]["to"] == "2"
    assert do(desk, "accept", turn="2")["went"] == "done"
    assert do(desk, "refuse", turn="4", code="thanks")["went"] == "done"
    case = load_case(small)
    decided = case.suggestions[case.suggestions["status"] != "open"]
    assert {*decided[["turn", "code", "status", "by"]].itertuples(index=False, name=None)} == {
        *(("2", name, "accepted", "anna") for name in suggested["2"]),
        ("4", "thanks", "refused", "anna"),
    }
    assert len(case.suggestions) == sum(map(len, suggested.values())), (
        "all that was suggested is kept with the first decision"
    )
    assert {name for _, name in coded(small)} == set(suggested["2"])
    assert read(small) == [(2, 2), (4, 4)]
    assert "suggested" not in do(desk, "open")["marks"].get("4", {})


def test_a_change_of_mind_reaches_the_suggestion_and_another_coder_is_not_asked_again(small):
    desk = sit(small, mode="review")
    code(desk, "2", "help_request")
    status = lambda: load_case(small).suggestions.set_index(["turn", "code"]).loc[("2", "help_request"), "status"]  # noqa: E731
    assert status() == "accepted", "a suggested code that is put on is accepted"
    desk.apply({"do": "mode", "mode": "blind"})
    code(desk, "2", "help_request", on=False)
    assert status() == "refused"
    do(desk, "undo")
    assert status() == "accepted"
    ben = sit(small, "ben", mode="review")
    assert "help_request" not in [row["code"] for row in do(ben, "open")["marks"].get("2", {}).get("suggested", [])]
    assert "accepted by anna already" in refused(ben, "accept", turn="2", code="help_request")


@pytest.fixture
def two(small):
    """Two coders who differ on turns 2 and 4; ben has read only to turn 5, anna all."""
    ben, anna = sit(small, "ben"), sit(small)
    for turn, name in (("2", "help_request"), ("3", "help_given")):
        code(ben, turn, name)
    do(ben, "read", turn="5")
    for turn, name in (("3", "help_given"), ("4", "thanks"), ("6", "test_planned")):
        code(anna, turn, name)
    do(anna, "read", turn="6")
    return small


@pytest.mark.slow
def test_compare_shows_only_what_both_read_with_disagreements_first(two):
    anna = sit(two, mode="compare")
    view = do(anna, "open")
    found = view["compare"]
    assert (found["other"], found["n_both"], found["n_open"]) == ("ben", 5, 2)
    assert [(row["turn"], row["code"], row["mine"], row["theirs"]) for row in found["disagreements"]] == [
        ("2", "help_request", False, True),
        ("4", "thanks", True, False),
    ]
    ben = sit(two, "ben", mode="compare")
    assert "test_planned" not in json.dumps(do(ben, "open")["compare"]["theirs"]), "turn 6 ben has not read"
    case = load_case(two)
    card = agreement_card(case.meetings, case.coders, seed=1).set_index(["code", "coefficient"])["value"]
    kappa = {row["code"]: row["kappa_cohen"] for row in found["card"]}
    assert kappa["help_given"] == f"{card['help_given', 'kappa_cohen']:.2f}" == "1.00"
    assert kappa["thanks"] == f"{card['thanks', 'kappa_cohen']:.2f}" == "0.00"


@pytest.mark.slow
def test_disagreements_are_settled_with_a_reason_and_nobodys_codings_change(two):
    anna = sit(two, mode="compare")
    do(anna, "open")
    before = {name: (two / "codings" / f"{name}.csv").read_bytes() for name in ("anna", "ben")}
    assert "while you compare" in refused(anna, "code", turn="2", code="help_request", on=True)
    assert "while you compare" in refused(anna, "read", turn="6")
    settled = {"turn": "2", "code": "help_request", "present": True, "by": "anna and ben"}
    assert "needs who took it and why" in refused(anna, "settle", **settled, reason="  ")
    answer = do(anna, "settle", **settled, reason="it asks, and wants an answer")
    assert answer["compare"]["n_open"] == 1
    assert [row["turn"] for row in answer["compare"]["disagreements"]] == ["4", "2"], "open ones first"
    assert "was settled by anna and ben" in refused(anna, "settle", **settled, reason="again")
    assert "do not disagree" in refused(anna, "settle", turn="3", code="help_given", present=False, by="a", reason="b")
    row = load_case(two).adjudicated.iloc[0]
    assert row[["turn", "code", "present", "by", "reason"]].tolist() == [
        "2",
        "help_request",
        True,
        "anna and ben",
        "it asks, and wants an answer",
    ]
    assert do(anna, "next", turn="1")["at"] == "4"
    assert do(anna, "undo")["compare"]["n_open"] == 2
    assert load_case(two).adjudicated.empty
    assert {name: (two / "codings" / f"{name}.csv").read_bytes() for name in before} == before


def test_the_card_follows_what_the_other_coder_does_meanwhile(two):
    anna, ben = sit(two, mode="compare"), sit(two, "ben")
    first = do(anna, "open")["compare"]
    code(ben, "4", "thanks")
    now = do(anna, "look")["compare"]
    assert (first["n_open"], now["n_open"]) == (2, 1)
    kappa = {row["code"]: row["kappa_cohen"] for row in now["card"]}
    assert kappa["thanks"] == "1.00"


def test_undo_while_comparing_takes_back_no_coding(two):
    anna = sit(two)
    code(anna, "1", "uptake")
    do(anna, "mode", mode="compare")
    assert "while you compare" in refused(anna, "undo")
    assert ("1", "uptake") in coded(two)


def test_teaching_goes_from_doubtful_turn_to_doubtful_turn_and_says_what_is_too_few(small):
    desk = sit(small, mode="teach")
    seen = [do(desk, "open")["at"]]
    while "at" in (answer := do(desk, "next", turn=seen[-1])):
        seen.append(answer["at"])
    assert sorted(seen) == ["1", "2", "3", "4", "5", "6"], "each turn once"
    assert "judged every turn" in answer["said"]
    assert read(small) == [(1, 6)], "a turn that was judged and left without a code is a no"
    desk._teacher.collect(wait=True)
    lessons = do(desk, "open")["teach"]
    assert lessons["history"] == []
    assert "1 among 20 are needed" in lessons["too_few"][0][1]
    assert "harder than ordinary talk" in lessons["honesty"]


@pytest.mark.slow
def test_taught_scores_are_the_trained_coders_own(demo, monkeypatch):
    monkeypatch.setattr(desk_modes, "train", lambda turns, seed, codes: train(turns, seed=seed, codes=codes[:1]))
    desk = DeskState(load_case(demo), "A1", coder="coder_b", mode="teach")
    do(desk, "open")
    assert desk._teacher.is_learning
    assert desk._teacher.collect(wait=True)
    (lesson,) = do(desk, "look")["teach"]["history"]
    assert lesson["n_judged"] == 385, "three meetings that coder_b read"
    card = desk._teacher._model.card["codes"]["marked"]
    assert [(row["code"], row["n"], row["n_coded"], row["kappa"]) for row in lesson["scores"]] == [
        (name, score["n"], score["n_coded"], f"{score['kappa']:.2f}") for name, score in card.items()
    ]
    assert {row["n"] for row in lesson["scores"]} == {385}
    assert lesson["scores"][0]["f1"].startswith(f"{card['help_request']['f1']:.2f} [")


def test_search_counts_turns_and_next_goes_to_what_is_unread(small):
    desk = sit(small)
    assert do(desk, "search", text="EXIT ticket")["hits"] == ["3"]
    assert do(desk, "search", text="e1")["hits"] == ["1", "2", "3", "6"], "speakers and names stand as ids"
    assert do(desk, "search", text=" ")["hits"] == []
    do(desk, "read", turn="2")
    assert do(desk, "open")["at"] == "3"
    assert do(desk, "next", turn="6", step=1)["at"] == "3"
    assert do(desk, "next", turn="3", step=-1)["at"] == "6"
    do(desk, "read", turn="6")
    assert "No unread turn left" in do(desk, "next", turn="1")["said"]


@pytest.mark.parametrize(
    ("mode", "how"), [("blind", "digits code it"), ("review", "Enter accepts"), ("teach", "n: judged, next")]
)
def test_an_open_desk_says_where_you_are_and_what_to_do_first(small, mode, how):
    said = do(sit(small, mode=mode), "open")["said"]
    assert said.startswith(f"{mode.capitalize()}: ")
    assert how in said
    assert "On from" not in said, "nothing is read yet"
    code(sit(small), "1", "thanks")
    assert ("On from turn 2, " in do(sit(small, mode=mode), "open")["said"]) == (mode != "teach")
    do(sit(small), "read", turn="6")
    said = do(sit(small, mode=mode), "open")["said"]
    assert (how in said) == (mode != "teach"), "nothing is left to judge"


def test_the_desk_says_how_far_to_trust_suggestions_and_only_where_it_shows_them(demo):
    case = load_case(demo)
    said = do(DeskState(case, "A2", coder="anna", mode="review"), "open")["said"]
    assert "hardly any turns of one or two words, as in edited transcripts (" not in said, "of this activity alone"
    assert "Not quite the talk that the coder knows: there are hardly any turns of one or two words" in said
    assert "help_request 0.68 [0.64, 0.74]" in said
    assert "Not known: " in said
    assert "thanks" in said
    said = do(DeskState(case, "A1", coder="anna", mode="review"), "open")["said"]
    assert "help_request 0.67" not in said, "another kind of talk: nobody knows"
    assert "expect right" not in do(DeskState(case, "A2", coder="anna"), "open")["said"]


def test_people_are_told_by_role_and_site(demo):
    actors = do(DeskState(load_case(demo), "A1", coder="anna"), "open")["actors"]
    assert len(actors) == len(load_case(demo).roster)
    assert actors["E17"] == "teacher, Esker High"


def test_a_decision_made_while_another_program_holds_the_folder_is_kept_and_said_to_wait(small):
    desk, heard = sit(small), threading.Event()
    desk.say_waiting = lambda words: heard.set()
    answers = []
    with locked(small / "codings"):
        deciding = threading.Thread(target=lambda: answers.append(code(desk, "2", "help_request")))
        deciding.start()
        assert heard.wait(60)
        assert coded(small) == []
    deciding.join()
    assert coded(small) == [("2", "help_request")]
    assert answers[0]["said"] == "Saved: help_request on turn 2."


def test_a_folder_that_may_not_be_written_to_is_named(small, monkeypatch):
    desk = sit(small)

    def forbidden(folder, say):
        raise PermissionError(13, "Permission denied", str(folder / ".lock"))

    monkeypatch.setattr("nicmethods.lab.desk_state.write_lock", forbidden)
    said = refused(desk, "code", turn="2", code="help_request", on=True)
    assert said == f"Not saved: the folder {small / 'codings'} cannot be written (Permission denied)."


@pytest.mark.parametrize(
    ("coder", "why"),
    [
        ("../ben", "cannot be the name of a file"),
        ("", "cannot be the name of a file"),
        (".hidden", "cannot be the name of a file"),
        ("a\nb", "cannot be the name of a file"),
        ("anna ", "cannot be the name of a file"),
        (None, "cannot be the name of a file"),
        ("a" * 70, "at most 62"),
        ("anna.csv", "is the name of a file. Write 'anna'"),
        ("coverage", "is no coder"),
        ("Adjudicated", "is no coder"),
        ("Ben", r"differ only by capitals. Write 'ben'"),
        ("carla", r"carla.xlsx is a spreadsheet"),
    ],
)
def test_a_coder_is_somebody_whose_name_can_be_a_file(small, coder, why):
    (small / "codings").mkdir()
    (small / "codings" / "ben.csv").write_text("activity,turn,code\n")
    case = load_case(small)
    (small / "codings" / "carla.xlsx").write_bytes(b"")
    with pytest.raises(MeasureError, match=why):
        nic.desk(case, "A1", coder=coder)


def test_desk_takes_a_case_or_its_name_and_says_what_there_is(small, monkeypatch):
    assert repr(nic.desk(load_case(small), "A1", coder="zoë b")) == "<Desk of zoë b, A1: 6 turns, 0 read, 0 coded>"
    monkeypatch.chdir(small.parents[1])
    assert nic.desk("small", "A1", coder="anna").state.record.title == "A1"
    with pytest.raises(MeasureError, match=r"'A9' has no transcript. Activities with one: A1"):
        nic.desk("small", "A9", coder="anna")
    with pytest.raises(MeasureError, match=f"none of {', '.join(MODES)}"):
        nic.desk("small", "A1", coder="anna", mode="open")
    with pytest.raises(CaseError, match="no case folder"):
        nic.desk("smal", "A1", coder="anna")


def test_without_the_extra_the_desk_says_what_to_install(small, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "anywidget", None)
    with pytest.raises(RunError, match=r"nic.desk is a widget and needs the extra 'widgets'"):
        nic.desk(load_case(small), "A1", coder="anna")


def test_the_static_page_is_escaped_and_has_no_names_and_no_memos(small):
    desk = sit(small)
    code(desk, "5", "thanks")
    do(desk, "note", turn="5", code="thanks", detail="memo", value="a private word")
    html = nic.desk(load_case(small), "A1", coder="anna")._repr_mimebundle_()[0]["text/html"]
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<img" not in html
    assert "Thanks" in html
    assert "1 of 6 turns read, 1 coded. Shown are all 6 turns" in html
    for name in ("Dana", "Grace", "Nunez", "Stranger", "private"):
        assert name not in html


def test_a_long_talk_says_how_much_of_it_the_static_page_shows(demo):
    html = nic.desk(load_case(demo), "A1", coder="coder_a").twin()
    assert "Shown are the first 40 of 126 turns" in html
    table = pd.read_html(__import__("io").StringIO(html))[0]
    assert len(table) == 40
    assert table.loc[20, "codes"] == "Shared practice"
