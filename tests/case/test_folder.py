import re
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from nicmethods.case.folder import find_case, list_cases, load_case, read_case, read_identities
from nicmethods.case.published import public_turns, published_problems
from nicmethods.case.summary import about, case_summary, gaps, response_rates, unsettled_names
from nicmethods.cli import app
from nicmethods.errors import CaseError

CASES = Path(__file__).parents[1] / "cases"
CASE = """\
title: Small
waves: [{id: w1, opened: 2026-01-05, closed: 2026-01-09}, {id: w2, opened: 2026-03-02, closed: 2026-03-06}]
relations: [{name: help, threshold: 1}]
roles: {hub: [researcher], member: [teacher]}
"""
FILES = {
    "case.yml": CASE,
    "roster.csv": (
        "actor,name,site,role,joined,left\nA,Anselm Quill,north,teacher,,\nB,Bettina Ruhl,north,teacher,,2026-02-01\n"
        "C,Cosima Vane,south,teacher,2026-02-01,\nR,Rurik Oster,hub,researcher,,\n"
    ),
    "ties.csv": "wave,source,target,weight\nw1,A,B,2\nw1,B,A,1\nw1,A,R,0\nw2,A,C,1\nw2,C,R,\n",
}
TALK = {
    "activities.csv": "activity,date,kind\nm1,2026-01-20,meeting\nm2,2026-02-10,meeting\n",
    "transcripts/m1.txt": "Anselm Quill: How do you do it?\nRurik Oster: Like this.\nAnselm Quill: Thanks.\n",
    "codings/c1.csv": "activity,turn,code\nm1,1,help_request\nm1,2,help_given\n",
}


@pytest.fixture
def write(tmp_path):
    def made(files):
        for name, text in files.items():
            path = tmp_path / "data" / "small" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "data" / "small"

    return made


def messages(problems, level):
    return [str(problem).split(None, 1)[1] for problem in problems if problem.level == level]


def answered(case):
    table = case.responses[case.responses["responded"]]
    return set(zip(table["wave"], table["actor"], strict=True))


def test_without_a_response_list_whoever_names_somebody_answered(write):
    case = load_case(write(FILES))
    assert answered(case) == {("w1", "A"), ("w1", "B"), ("w2", "A")}
    assert set(case.responses["basis"]) == {"inferred"}
    said = messages(case.problems, "warning")
    assert any("wave 'w1', relation 'help': 1 of unknown response, who name nobody: R." in line for line in said)
    assert any("wave 'w2', relation 'help': 2 of unknown response, who name nobody: C, R." in line for line in said)


def test_joiners_and_leavers_are_not_present_and_not_silent(write):
    case = load_case(write(FILES))
    present = case.responses[case.responses["present"]]
    assert set(zip(present["wave"], present["actor"], strict=True)) == {
        *(("w1", actor) for actor in "ABR"),
        *(("w2", actor) for actor in "ACR"),
    }
    assert response_rates(case)["n_present"].tolist() == [3, 3]


def test_a_blank_weight_stays_unknown_and_a_zero_stays_zero(write):
    ties = load_case(write(FILES)).ties.set_index(["wave", "source", "target"])["weight"]
    assert ties["w1", "A", "R"] == 0
    assert ties.isna()["w2", "C", "R"]


def test_a_response_list_decides(write):
    listed = "wave,actor,responded\nw1,A,yes\nw1,B,yes\nw1,R,yes\nw2,A,yes\nw2,C,no\nw2,R,yes\n"
    case = load_case(write(FILES | {"responses.csv": listed}))
    assert answered(case) == {("w1", "A"), ("w1", "B"), ("w1", "R"), ("w2", "A"), ("w2", "R")}
    assert set(case.responses["basis"]) == {"listed"}


def test_who_did_not_answer_cannot_name_anybody(write):
    listed = "wave,actor,responded\nw1,A,no\n"
    _, problems = read_case(write(FILES | {"responses.csv": listed}))
    assert messages(problems, "error") == [
        "responses.csv: A is listed as not having answered in wave 'w1' but names people there. Correct the list or the ties."
    ]


def test_a_person_missing_from_the_list_counts_as_not_answered_and_is_listed(write):
    case = load_case(write(FILES | {"responses.csv": "wave,actor,responded\nw1,A,yes\nw1,B,yes\nw2,A,yes\nw2,C,yes\n"}))
    assert ("w1", "R") not in answered(case)
    assert any("counted as not answered (2): R (w1), R (w2)" in m for m in messages(case.problems, "warning"))


def test_without_lists_attendance_and_coverage_are_inferred_and_said(write):
    case = load_case(write(FILES | TALK))
    assert sorted(case.attendance["actor"]) == ["A", "R"]
    assert case.attendance["basis"].tolist() == ["spoke", "spoke"]
    assert case.coverage[["coder", "activity", "first_position", "last_position", "basis"]].to_numpy().tolist() == [
        ["c1", "m1", 1, 3, "inferred"]
    ]
    said = " ".join(messages(case.problems, "warning"))
    assert "no attendance list" in said
    assert "no coverage list" in said


def test_codings_outside_coverage_are_errors(write):
    coverage = "coder,activity\nc1,m2\n"
    _, problems = read_case(write(FILES | TALK | {"codings/coverage.csv": coverage}))
    assert any(
        "c1 has 2 codings in 'm1', which coverage does not say c1 read" in m for m in messages(problems, "error")
    )


def test_a_talk_only_case_and_a_bare_case_load(write):
    bare = {"case.yml": "title: Bare\n", "roster.csv": "actor\nA\nR\n"}
    case = load_case(write(bare))
    assert not case.has_network
    assert not case.has_talk
    assert len(gaps(case)) == 2
    case = load_case(write(bare | {name: text for name, text in TALK.items() if not name.startswith("codings")}))
    assert case.has_talk
    assert case_summary(case)["suggestions_used"]
    assert case.turns["actor"].isna().all()


def test_all_errors_come_at_once(write):
    files = FILES | {
        "ties.csv": "wave,source,target,weight\nw1,A,X,1\nw9,A,B,1\nw1,A,B,-1\n",
        "people.csv": "alias,actor\nAns,Z\n",
    }
    with pytest.raises(CaseError) as error:
        load_case(write(files))
    assert {(p.file, p.row) for p in error.value.problems if p.level == "error"} == {
        ("ties.csv", 2),
        ("ties.csv", 3),
        ("ties.csv", 4),
        ("people.csv", 2),
    }


def test_a_case_is_found_by_name_from_inside_its_study(write, monkeypatch):
    folder = write(FILES)
    notebooks = folder.parents[1] / "notebooks"
    notebooks.mkdir()
    monkeypatch.chdir(notebooks)
    assert find_case("small").resolve() == folder.resolve()
    assert [case.name for case in list_cases(folder.parent)] == ["small"]
    with pytest.raises(CaseError, match="Cases here: small"):
        find_case("smal")


def test_the_summary_holds_no_names(write):
    files = FILES | TALK | {"transcripts/m1.txt": TALK["transcripts/m1.txt"] + "Zenobia Kray: Hello.\n"}
    summary = str(case_summary(load_case(write(files))))
    for name in ("Anselm", "Quill", "Zenobia", "Kray"):
        assert name not in summary


CHAT = (
    "00:10:01\tAnselm Quill:\tHow do you\n\tdo it?\n00:10:03\tR. Oster:\tagenda\n"
    '00:10:09\tRurik Oster:\tReplying to "How do you..."\n\tLike this.\n'
)
TIMED = {
    **FILES,
    "activities.csv": "activity,date,kind,chat,chat_ahead_s\nm1,2026-01-20,meeting,saved.txt,600\nm2,2026-02-10,meeting,,\n",
    "transcripts/m1.vtt": (
        "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nAnselm Quill: Welcome.\n\n"
        "00:00:04.000 --> 00:00:20.000\nRurik Oster: Thank you.\n"
    ),
    "transcripts/saved.txt": CHAT,
    "transcripts/m2.participants.csv": (
        "Name (Original Name),Duration (Minutes)\nAnselm Quill,30\nIpad (Rurik Oster),20\nSomebody,5\n"
    ),
}


def test_a_chat_joins_its_meeting(write):
    case = load_case(write(TIMED))
    talk = case.turns[["turn", "actor", "start_s", "text", "quoted_turn"]].fillna("")
    assert talk.to_numpy().tolist() == [
        ["1", "A", 0, "Welcome.", ""],
        ["c1", "A", 1, "How do you do it?", ""],
        ["c2", "", 3, "agenda", ""],
        ["2", "R", 4, "Thank you.", ""],
        ["c3", "R", 9, "Like this.", "c1"],
    ]
    assert [p.value for p in case.problems if p.file == "transcripts/saved.txt"] == ["R. Oster"]


def test_a_participant_report_is_the_list_of_who_was_there(write):
    case = load_case(write(TIMED))
    rows = case.attendance[["activity", "actor", "minutes", "basis"]].fillna(-1).to_numpy().tolist()
    assert rows == [
        ["m2", "A", 30, "listed"],
        ["m2", "R", 20, "listed"],
        ["m1", "A", -1, "spoke"],
        ["m1", "R", -1, "spoke"],
    ]
    unknown = [p for p in case.problems if p.file == "transcripts/m2.participants.csv"]
    assert [(p.level, p.value) for p in unknown] == [("warning", "Somebody")]
    assert any(p.file == "attendance.csv" and p.value == "m1" for p in case.problems)


def test_codings_may_be_a_workbook_with_spans(write, tmp_path):
    files = FILES | TALK
    del files["codings/c1.csv"]
    folder = write(files)
    (folder / "codings").mkdir()
    rows = pd.DataFrame(
        {"activity": "m1", "turn": [1, 2], "start_char": [0, 5], "end_char": [3, 9], "code": "help_request"}
    )
    rows.to_excel(folder / "codings" / "c1.xlsx", index=False)
    (folder / "codings" / "~$c1.xlsx").write_bytes(b"Excel's lock")
    case = load_case(folder)
    assert case.codings[["coder", "turn", "start_char", "end_char"]].to_numpy().tolist() == [
        ["c1", "1", 0, 3],
        ["c1", "2", 5, 9],
    ]
    (folder / "codings" / "c1.csv").write_text("activity,turn,code\nm1,1,help_request\n")
    with pytest.raises(CaseError, match="another file of codings called 'c1'"):
        load_case(folder)


def test_what_is_unsettled_is_said_to_a_person_and_nowhere_else(write):
    files = FILES | TALK | {
        "transcripts/m1.txt": "Anselm Q: How do you, Nella?\nQuil, Anselm: I ask Nella Oak.\nRurik Oster: So do I.\nQuil, Anselm: Good.\n",
        "transcripts/m2.participants.csv": "Name,Duration\nVane,30\n",
    }  # fmt: skip
    case = load_case(write(files))
    lines = unsettled_names(case)
    assert lines[:3] == [
        "  propose  'Quil, Anselm': A, like 'Anselm Quill'",
        "  propose  'Anselm Q': A, like 'Anselm Quill'",
        "  propose  'Vane': C, like 'Cosima Vane'",
    ]
    assert lines[4:7] == ['"Quil, Anselm",A', "Anselm Q,A", "Vane,C"]
    assert "2 words in the talk look like names that are in no list: Nella, Nella Oak." in lines[7]
    assert "\n".join(lines) in CliRunner().invoke(app, ["check", str(case.path)]).output
    (case.path / "people.csv").write_text("\n".join(["alias,actor", *lines[4:7], "Nella,?", "Nella Oak,?", ""]))
    settled = load_case(case.path)
    assert unsettled_names(settled) == []
    assert settled.turns["actor"].tolist() == ["A", "A", "R", "A"]
    assert not any("Nella" in text for text in public_turns(settled)["text"])
    assert "Nella" not in str(case_summary(case))


def test_the_page_on_cases_shows_what_is_said(write):
    page = (Path(__file__).parents[2] / "docs" / "cases.md").read_text(encoding="utf-8")
    shown = re.search(r"```\n(  propose.*?)\n```", page, re.DOTALL)[1].splitlines()
    talk = "Dana's iPad: Yes.\nSam: Yes.\n+1 555 010 9999: Yes.\n" * 2
    roster = "actor,name\nE03,Dana Miller\nE05,Sam Ortiz\nE11,Sam Lee\n"
    case = load_case(write({"case.yml": "title: T\n", "roster.csv": roster, "transcripts/m1.vtt": "WEBVTT\n\n" + "\n".join(
        f"00:{n:02}.000 --> 00:{n + 1:02}.000\n{line}\n" for n, line in enumerate(talk.splitlines())
    )}))  # fmt: skip
    assert unsettled_names(case) == shown


def test_a_transcript_may_be_named_with_its_folder(write):
    listed = "activity,date,kind,transcript\nmeeting one,2026-01-20,meeting,transcripts/m1.txt\n"
    case = load_case(write({**FILES, **TALK, "activities.csv": listed, "codings/c1.csv": "activity,turn,code\n"}))
    assert case.turns["activity"].unique().tolist() == ["meeting one"]
    assert not any("names this transcript" in line for line in messages(case.problems, "warning"))


def test_tables_as_workbooks_are_read_without_a_mapping(tmp_path):
    case = shutil.copytree(
        CASES / "good" / "everything", tmp_path / "case", ignore=shutil.ignore_patterns("expected.txt")
    )
    plain, _ = read_case(case)
    for name in ("roster", "ties", "responses", "activities", "attendance", "people"):
        rows = [line.split(",") for line in (case / f"{name}.csv").read_text().splitlines()]
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([cell or None for cell in row])
        book.save(case / f"{name}.xlsx")
        (case / f"{name}.csv").unlink()
    read, problems = read_case(case)
    assert problems == ()
    for name in ("roster", "ties", "responses", "activities", "attendance", "people", "turns"):
        pd.testing.assert_frame_equal(getattr(read, name), getattr(plain, name))
    assert read_identities(case)[1]["actor"].tolist() == plain.roster["actor"].tolist()


def test_a_workbook_beside_its_csv_is_not_read_and_said(tmp_path):
    case = shutil.copytree(
        CASES / "good" / "everything", tmp_path / "case", ignore=shutil.ignore_patterns("expected.txt")
    )
    (case / "activities.xlsx").write_bytes(b"anything")
    _, problems = read_case(case)
    assert [str(problem) for problem in problems] == [
        "warning  activities.xlsx: is not read, because activities.csv is there too. Keep one, or name it in case.yml."
    ]


def test_about_counts_warnings_by_file_and_does_not_repeat_them(write):
    case = load_case(write(FILES | TALK))
    said = about(case)["about this case"]
    assert said["warnings"].startswith(f"{len(case.problems)}, in ")
    assert sum(int(n) for n in re.findall(r"\((\d+)\)", said["warnings"])) == len(case.problems)
    assert not any(problem.message in text for problem in case.problems for text in said)


def test_names_in_file_names_are_published_as_ids(write):
    files = {name: text for name, text in (FILES | TALK).items() if not name.startswith(("transcripts", "codings"))}
    talk = {"transcripts/anselmQuill 2.txt": "Somebody Else: Hello.\n"}
    files["activities.csv"] = "activity,date,kind,transcript\nm1,2026-01-20,meeting,anselmQuill 2.txt\n"
    case = load_case(write(files | talk))
    assert "transcripts/anselmQuill 2.txt" in {problem.file for problem in case.problems}
    shown = {problem.file for problem in published_problems(case)}
    assert "transcripts/A 2.txt" in shown
    assert not any("uill" in file for file in shown)
