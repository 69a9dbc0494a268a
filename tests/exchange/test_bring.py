"""Projects and tables of other programs into a case: placed by their words, counted, nothing lost without a reason."""

import os
import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from docx import Document

from nicmethods.case.codebook import load_codebook
from nicmethods.case.folder import load_case, read_case
from nicmethods.errors import CaseError
from nicmethods.exchange.bring import bring
from nicmethods.exchange.projects import refi_project
from nicmethods.exchange.refi import (
    CASES,
    CODES,
    CODINGS,
    REFERENCES,
    SOURCES,
    USERS,
    VALUES,
    RefiProject,
    frame,
    write_refi,
)
from nicmethods.exchange.segments import read_coded, split_codes

pytestmark = pytest.mark.slow

REAL = os.environ.get("NICMETHODS_REAL_DATA")
real_data = pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA names no folder with real files")
DEMO = Path(__file__).parents[2] / "data" / "demo"

TALK = (
    "Ana Ruiz: We tried exit tickets on Monday. Could somebody show me how you sort them?\n"
    "Bo Cruz: Sure, I sort them into three piles. 😀 It takes five minutes.\n"
    "Ana Ruiz: Yes, thank you.\n"
    "Bo Cruz: Yes, thank you.\n"
)
ASK, SORT, SAME, GONE = (
    "Could somebody show me how you sort them?",
    "I sort them into three piles.",
    "Yes, thank you.",
    "Nobody ever said this here.",
)


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "data" / "case"
    (folder / "transcripts").mkdir(parents=True)
    (folder / "case.yml").write_text("title: Case\n")
    (folder / "roster.csv").write_text("actor,name,site,role\nE1,Ana Ruiz,north,teacher\nE2,Bo Cruz,south,coach\n")
    (folder / "transcripts" / "Meeting 1.txt").write_text(TALK)
    return folder


def written(tmp_path, name, rows):
    path = tmp_path / name
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    else:
        pd.DataFrame(rows).to_csv(path, index=False, header=False)
    return path


TABLES = {
    "maxqda.xlsx": [
        ["Color", "Document group", "Document name", "Code", "Beginning", "End", "Weight score", "Segment", "Created by", "Document name"],
        *[["●", "", "Meeting 1", code, 1, 1, 0, words, "anna", "x"] for code, words in (("Help > Asking", ASK), ("Help > Giving", SORT), ("Help > Giving", GONE))],
    ],
    "maxqda_de.xlsx": [
        ["Farbe", "Kommentar", "Dokumentgruppe", "Dokumentname", "Code", "Anfang", "Ende", "Gewicht", "Segment", "Erstellt von"],
        *[["●", "", "", "Meeting 1", code, 1, 1, 0, words, "anna"] for code, words in (("Help\\Asking", ASK), ("Help\\Giving", SORT), ("Help\\Giving", GONE))],
    ],
    "atlas.csv": [
        ["Number", "Text Content", "Document", "Codes", "Number of Codes", "Comment", "Creation Date "],
        ["1:1", f'"{ASK}"', "Meeting 1.txt", "Help: Asking", 1, "", "3/25/25"], ["1:2", f'"{SORT}"', "Meeting 1.txt", "Help: Giving", 1, "", ""],
        ["1:3", f'"{GONE}"', "Meeting 1.txt", "Help: Giving", 1, "", ""],
    ],
    "dedoose.xlsx": [
        ["Media Title", "Excerpt Range", "Excerpt Creator", "Excerpt Copy", "Codes Applied Combined", "Code: Help\\Asking Applied", "Code: Help\\Giving Applied", "Code: Help\\Giving Weight"],
        ["Meeting 1.docx", "0-5", "anna", ASK, "Asking", "True", "False", ""], ["Meeting 1.docx", "9-9", "anna", SORT, "Giving", "False", "True", ""],
        ["Meeting 1.docx", "9-9", "anna", GONE, "Giving", "False", "True", ""],
    ],
    "delve.csv": [["Code", "Snippet", "Transcript", "Coder"], ["Asking", f"Ana Ruiz: {ASK}", "Meeting 1", "anna"], ["Giving", SORT, "Meeting 1", "anna"], ["Giving", GONE, "Meeting 1", "anna"]],
    "taguette.csv": [["id", "document", "tag", "content"], [1, "Meeting 1", "Asking", ASK], [2, "Meeting 1", "Giving", SORT], [3, "Meeting 1", "Giving", GONE]],
    "qualcoder.csv": [["File", "Coder", "Coded", "Id", "Codename", "Coded_Memo", "Category", "Category"],
                      *[["Meeting 1", "anna", words, "ctid:1", code, "", "Help", "All"] for code, words in (("Asking", ASK), ("Giving", SORT), ("Giving", GONE))]],
    "requal.csv": [["doc_name", "doc_id", "segment_start", "segment_end", "code_name", "code_id", "segment_text", "user_name"],
                   *[["Meeting 1", 1, 1, 2, code, 1, words, "anna"] for code, words in (("Asking", ASK), ("Giving", SORT), ("Giving", GONE))]],
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_placed_by_its_words_with_counts(case, tmp_path, name):
    done = bring(written(tmp_path, name, TABLES[name]), case, coder="anna")
    assert done.outcomes["outcome"].tolist() == ["placed", "placed", "lost"]
    assert done.outcomes["why"].iloc[2] == "its words are not in the transcript"
    loaded = load_case(case)
    codings = loaded.codings
    assert codings["coder"].unique().tolist() == ["anna"]
    text = loaded.turns.set_index("turn")["text"]
    words = [text[row.turn][row.start_char : row.end_char] for row in codings.itertuples()]
    assert words == [ASK, SORT]
    assert [loaded.codebook[code].name.rpartition(": ")[2] for code in codings["code"]] == ["Asking", "Giving"]
    listed = pd.read_csv(case / "imported" / f"{Path(name).stem}.csv")
    assert len(listed) == 3
    if name in ("maxqda.xlsx", "maxqda_de.xlsx", "dedoose.xlsx", "qualcoder.csv"):
        parents = {code.name: code.parent for code in loaded.codebook.codes}
        assert parents["Asking"] == parents["Giving"] == "help"


def a_report(path, lines):
    document = Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(path)
    return path


def test_reports_of_nvivo_and_taguette_are_placed_by_their_words(case, tmp_path):
    nvivo = a_report(
        tmp_path / "Asking for help.docx",
        [
            "<Files\\\\Spring\\Meeting 1> - § 2 references coded  [ 6.78% Coverage]", "", "Reference 1 - 5.80% Coverage", "", ASK,
            "Reference 2 - 0.98% Coverage", "I sort them into three piles. 😀", "It takes five minutes.",
            "Files\\\\Meeting 1 - § 1 reference coded [ 0,5 % Coverage]", "Reference 1 - 0.50% Coverage", GONE,
        ],
    )  # fmt: skip
    done = bring(nvivo, case, coder="anna")
    assert done.outcomes[["outcome", "code"]].to_numpy().tolist() == [
        ["placed", "asking_for_help"], ["placed", "asking_for_help"], ["lost", "asking_for_help"],
    ]  # fmt: skip
    assert load_case(case).codings["turn"].tolist() == ["1", "2"]
    shutil.rmtree(case / "codings")
    lines = [
        "Taguette highlights: help",
        ASK,
        "Document: Meeting 1 Tags: asks, polite",
        SORT,
        "Document: Meeting 1 Tags: polite",
    ]
    done = bring(a_report(tmp_path / "highlights.docx", lines), case, coder="anna")
    assert done.outcomes[["code", "outcome"]].to_numpy().tolist() == [
        ["asks", "placed"], ["polite", "placed"], ["polite", "placed"],
    ]  # fmt: skip
    short = a_report(
        tmp_path / "short.docx", ["Files\\\\M - § 3 references coded [ 1% Coverage]", "Reference 1 - 1% Coverage", ASK]
    )
    _, problems = read_coded(short, "short.docx")
    assert [problem.message for problem in problems] == [
        "it says that it holds 3 references; 1 were found in it. Compare them."
    ]


def test_columns_that_are_not_read_are_named(tmp_path):
    rows = [["document", "quotation", "codes", "Grade", "Color"], ["Meeting 1", ASK, "Asking", "4", "red"]]
    _, problems = read_coded(written(tmp_path, "t.csv", rows), "t.csv")
    assert [problem.message for problem in problems] == ["columns that are not used: Grade."]


def test_attributes_fill_empty_cells_and_what_has_no_place_is_said(tmp_path):
    text = TALK.replace("\n", "\r\n")
    start = text.index(ASK)
    values = [
        ("s", "Date", "2026-03-04"),
        ("s", "Mood", "calm"),
        ("a", "Role", "teacher"),
        ("a", "Years", "7"),
        ("z", "Role", "coach"),
    ]
    project = RefiProject(
        name="P", origin="NVivo", codes=frame(CODES, [{"guid": "c", "name": "Asks", "is_codable": True}]),
        users=frame(USERS, [{"guid": "u", "name": "anna"}]), sources=frame(SOURCES, [{"guid": "s", "name": "Meeting 1", "text": text}]),
        codings=frame(CODINGS, [{"guid": "g", "selection": "l", "source": "s", "start": start, "end": start + len(ASK), "code": "c", "user": "u"}]),
        cases=frame(CASES, [{"guid": "a", "name": "Ana Ruiz"}, {"guid": "z", "name": "Northside"}]), references=frame(REFERENCES),
        variables=frame(VALUES, [{"owner": owner, "variable": name, "type": "Text", "value": value} for owner, name, value in values]),
    )  # fmt: skip
    write_refi(project, tmp_path / "p.qdpx")
    folder = tmp_path / "new"
    done = bring(tmp_path / "p.qdpx", folder)
    roster = pd.read_csv(folder / "roster.csv", dtype="str").dropna(axis="columns")
    assert roster.to_dict("records") == [{"actor": "P01", "name": "Ana Ruiz", "role": "teacher", "Years": "7"}]
    activities = pd.read_csv(folder / "activities.csv", dtype="str")
    assert activities[["activity", "date"]].to_numpy().tolist() == [["Meeting 1", "2026-03-04"]]
    said = [problem.message for problem in done.problems]
    assert said == ["2 attributes have no place in the case: Mood of Meeting 1, Role of Northside."]
    assert done.outcomes["outcome"].tolist() == ["placed"]


def test_equal_words_are_told_apart_or_reviewed(case, tmp_path):
    rows = [["document", "quotation", "codes"], ["Meeting 1", SAME, "Thanks"], ["Meeting 1", SAME, "Thanks"]]
    done = bring(written(tmp_path, "two.csv", rows), case)
    assert done.outcomes["outcome"].tolist() == ["placed", "placed"]
    assert done.outcomes["turn"].tolist() == ["3", "4"]
    shutil.rmtree(case / "codings")
    done = bring(written(tmp_path, "one.csv", rows[:2]), case)
    assert done.outcomes["outcome"].tolist() == ["review"]


def test_nobodys_codings_are_written_over_and_nothing_is_written_then(case, tmp_path):
    (case / "codings").mkdir()
    (case / "codings" / "anna.csv").write_text("activity,turn,code\nMeeting 1,1,help_request\n")
    before = {path: path.read_bytes() for path in case.rglob("*") if path.is_file()}
    with pytest.raises(CaseError, match="not written over"):
        bring(written(tmp_path, "delve.csv", TABLES["delve.csv"]), case)
    assert {path: path.read_bytes() for path in case.rglob("*") if path.is_file()} == before


def test_codes_that_the_case_does_not_have_are_lost_with_the_reason(case, tmp_path):
    (case / "codings").mkdir()
    (case / "codings" / "ben.csv").write_text("activity,turn,code\nMeeting 1,1,help_request\n")
    done = bring(written(tmp_path, "delve.csv", TABLES["delve.csv"]), case)
    assert set(done.outcomes["outcome"]) == {"lost"}
    assert "is not in codebook 'help'" in done.outcomes["why"].iloc[0]
    assert (case / "codebooks" / "delve.yml").exists()
    assert load_case(case).coders.names == ["ben"]


@pytest.mark.parametrize("counted", [True, False])
def test_cells_of_several_codes_are_cut_by_names(counted):
    known = {"Trust, built", "Help", "Help: asked, twice"}
    for names in (["Help", "Trust, built"], ["Trust, built"], ["Help: asked, twice", "Help", "Trust, built"]):
        assert split_codes(", ".join(names), str(len(names)) if counted else "", known) == names


def test_a_table_without_words_or_codes_is_refused(tmp_path):
    coded, problems = read_coded(written(tmp_path, "a.csv", [["a", "b"], ["1", "2"]]), "a.csv")
    assert coded is None
    assert "no columns for the coded words and their code" in problems[-1].message


def test_a_project_of_the_case_itself_comes_back_whole_also_when_its_text_was_edited(tmp_path):
    case = load_case(DEMO)
    write_refi(refi_project(case.turns, case.codings, case.codebook, name="Study"), tmp_path / "s.qdpx")
    copy = shutil.copytree(DEMO, tmp_path / "data" / "copy")
    shutil.rmtree(copy / "codings")
    done = bring(tmp_path / "s.qdpx", copy)
    again, problems = read_case(copy)
    assert again is not None, problems
    key = ["coder", "activity", "turn", "code", "start_char", "seeker", "helper", "memo"]
    pd.testing.assert_frame_equal(
        again.codings[key].sort_values(key, ignore_index=True), case.codings[key].sort_values(key, ignore_index=True)
    )
    assert set(done.outcomes["outcome"]) == {"placed"}
    edited = case.turns.assign(text=case.turns["text"] + " (corrected)")
    whole = case.codings[case.codings["start_char"].isna()]
    write_refi(refi_project(edited, whole, case.codebook, name="Study"), tmp_path / "e.qdpx")
    shutil.rmtree(copy / "codings")
    done = bring(tmp_path / "e.qdpx", copy)
    outcomes = done.outcomes["outcome"].value_counts()
    assert outcomes.sum() == len(whole)
    assert outcomes.get("lost", 0) <= 0.02 * len(whole)


@real_data
def test_a_real_nvivo_project_comes_in_by_its_own_transcripts(tmp_path):
    done = bring(Path(REAL) / "refi" / "nvivo-win-12.6-redacted.qdpx", tmp_path / "nvivo")
    assert done.outcomes["outcome"].value_counts().to_dict() == {"placed": 303}
    book = load_codebook(next((tmp_path / "nvivo" / "codebooks").glob("*.yml")))
    assert len(book.codes) == 152
    assert sum(bool(code.parent) for code in book.codes) > 100


@real_data
def test_real_tables_and_texts(tmp_path):
    files = Path(REAL) / "talk_files"
    from nicmethods.exchange.spreadsheets import read_codebook_table

    book, _ = read_codebook_table(files / "atlasti" / "20250914_codebook_full.csv", "c.csv", id="a", title="A")
    assert len(book.codes) == 465
    assert sum(bool(code.parent) for code in book.codes) > 400
    quotes = files / "atlasti" / "20250914_quotation_export.csv"
    coded, problems = read_coded(quotes, "q.csv", known=[code.name for code in book.codes])
    assert (len(coded.segments), coded.segments["row"].nunique(), problems) == (1465, 394, [])
    blind, problems = read_coded(quotes, "q.csv")
    assert blind.segments["row"].nunique() + len(problems) == 394
    done = bring(files / "dedoose" / "coder_a.docx", tmp_path / "d", coder="a")
    assert done.outcomes["outcome"].tolist() == ["placed"] * 6
    done = bring(files / "dedoose" / "coder_b.docx", tmp_path / "d", coder="b")
    assert done.outcomes["outcome"].tolist() == ["placed"] * 5
    assert set(done.outcomes["activity"]) == {"coder_a"}
    coded, _ = read_coded(files / "doccano" / "sequence_labeling.jsonl", "s.jsonl")
    assert coded.segments["words"].tolist() == ["EU", "German", "Peter Blackburn", "Obama"]
    coded, _ = read_coded(files / "inception" / "testSentenceWithEmoji.tsv", "e.tsv")
    assert coded.segments["words"].tolist() == ["😊"]
    coded, _ = read_coded(files / "inception" / "testStackedSubMultiTokenSpanWithFeatureValue.tsv", "s.tsv")
    assert len(coded.segments) == 24
