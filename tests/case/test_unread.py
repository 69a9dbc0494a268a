"""Every file of a case folder is read or named, with what to do; the kinds of transcripts that are read."""

import json
import shutil

import openpyxl
import pandas as pd
import pytest
from docx import Document

from nicmethods.case.folder import read_case
from nicmethods.case.transcripts import read_transcript

CASE_YML = "title: Files\ncodebook: help\n"
ROSTER = "actor,name,site,role\nE1,Ana Ruiz,north,teacher\nE2,Bo Cruz,south,coach\n"


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "case"
    (folder / "transcripts").mkdir(parents=True)
    (folder / "case.yml").write_text(CASE_YML)
    (folder / "roster.csv").write_text(ROSTER)
    (folder / "transcripts" / "A1.txt").write_text("Ana Ruiz: how did you do it?\nBo Cruz: I tried a list.\n")
    return folder


def named(folder):
    return {problem.file: problem.message for problem in read_case(folder)[1] if "is not read" in problem.message}


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("transcripts/A2.mp3", "transcript beside it"), ("transcripts/A2.m4a", "transcript beside it"), ("transcripts/A2.rtf", "save it as docx"),
        ("transcripts/A2.doc", "save it as docx"), ("transcripts/A2.odt", "save it as docx"), ("transcripts/A2.pdf", "does not keep who speaks"),
        ("transcripts/A2.html", "save it as docx"), ("transcripts/A2.eaf", "ELAN"), ("transcripts/A2.TextGrid", "Praat"), ("transcripts/A2.cha", "CLAN"),
        ("transcripts/old/A2.pdf", "docx"), ("transcripts/A2", "It is of no kind that is read"), ("transcripts/A2.qdpx", "nicmethods import"),
        ("notes.docx", "go into transcripts/"), ("tie_w1.csv", "Is it ties.csv?"), ("codings/ana.docx", "codings/<coder>.csv"), ("codings/old/ana.csv", "codings/<coder>.csv"),
        ("photo.jpg", "picture"), ("A1.mx24", "REFI-QDA"), ("transcripts/A1.sav", "csv"),
    ],
)  # fmt: skip
def test_a_file_that_nothing_reads_is_named_with_what_to_do(case, name, what):
    (case / name).parent.mkdir(parents=True, exist_ok=True)
    (case / name).write_bytes(b"x")
    assert list(named(case)) == [name]
    assert what in named(case)[name]


def test_files_of_systems_and_about_the_case_are_passed_over(case):
    for name in (
        ".DS_Store",
        "README.md",
        "LICENCE.txt",
        "transcripts/~$A1.docx",
        "transcripts/Thumbs.db",
        "codebooks/own.yml",
        ".git/x",
    ):
        (case / name).parent.mkdir(parents=True, exist_ok=True)
        (case / name).write_text("x")
    assert named(case) == {}


def test_transcripts_in_folders_of_their_own_are_read(case):
    (case / "transcripts" / "2026" / "may").mkdir(parents=True)
    shutil.move(case / "transcripts" / "A1.txt", case / "transcripts" / "2026" / "may" / "A1.txt")
    loaded, problems = read_case(case)
    assert loaded is not None, problems
    assert loaded.turns["actor"].tolist() == ["E1", "E2"]
    (case / "activities.csv").write_text("activity,kind\nA1,meeting\n")
    assert read_case(case)[0].turns["actor"].tolist() == ["E1", "E2"]
    (case / "transcripts" / "A1.vtt").write_text("WEBVTT\n\n00:00.000 --> 00:01.000\nAna Ruiz: hi\n")
    said = [problem for problem in read_case(case)[1] if problem.file.startswith("transcripts/")]
    assert any("not read" in problem.message for problem in said)


def talk(path, content):
    path.write_text(content, encoding="utf-8") if isinstance(content, str) else content.save(path)
    turns, problems = read_transcript(path, path.name, activity="A1", kind="meeting")
    cells = turns[["speaker", "start_s", "end_s", "text"]].itertuples(index=False)
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in cells], problems


def book(*rows):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    return made


def table(*rows, before=()):
    document = Document()
    for line in before:
        document.add_paragraph(line)
    made = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            cell.text = text
    return document


def bold(*lines):
    document = Document()
    for name, words in lines:
        paragraph = document.add_paragraph()
        paragraph.add_run(name).bold = True
        paragraph.add_run(words)
    return document


BOTH = [("Ana Ruiz", "how did you do it?"), ("Bo Cruz", "I tried a list.")]
WHISPER = {"text": "", "language": "en", "segments": [
    {"id": 0, "start": 0.5, "end": 2.0, "text": " how did you do it?", "speaker": "SPEAKER_00"},
    {"id": 1, "start": 2.5, "end": 4.0, "text": " I tried a list.", "speaker": "SPEAKER_01"},
]}  # fmt: skip
KINDS = {
    "x.sbv": "0:00:01.000,0:00:02.000\nAna Ruiz: how did you do it?\n\n0:00:03.000,0:00:04.000\nBo Cruz: I tried a list.\n",
    "webex.vtt": 'WEBVTT\n\n1 "Ana Ruiz" (301)\n00:01.000 --> 00:02.000\nhow did you do it?\n\n2 "Bo Cruz" (302)\n00:03.000 --> 00:04.000\nI tried a list.\n',
    "noscribe.vtt": "WEBVTT Title\n\nNOTE\nsettings\n\n1\n00:01.000 --> 00:02.000\n<v Ana Ruiz>how did you do it?\n\n2\n00:03.000 --> 00:04.000\n<v //Bo Cruz>I tried a list.\n",
    "header.csv": "Name,Transcript\nAna Ruiz,how did you do it?\nBo Cruz,I tried a list.\n",
    "semicolon.csv": "Zeit;Sprecher;Inhalt\n0:01;Ana Ruiz;how did you do it?\n0:03;Bo Cruz;I tried a list.\n",
    "x.tsv": "speaker\tstart\tend\ttext\nAna Ruiz\t1.0\t2.0\thow did you do it?\nBo Cruz\t3.0\t4.0\tI tried a list.\n",
    "x.xlsx": book(["Speaker", "Text"], *BOTH),
    "bare.xlsx": book(("Ana Ruiz", "how did you do it?"), ("Bo Cruz", "I tried a list."), ("Ana Ruiz", "good")),
    "two.docx": table(*BOTH, ("Ana Ruiz", "good")),
    "three.docx": table(("Timespan", "Content", "Speaker"), ("0:01.0 - 0:02.0", BOTH[0][1], "Ana Ruiz"), ("0:03.0 - 0:04.0", BOTH[1][1], "Bo Cruz")),
    "times.docx": table(("0:01", *BOTH[0]), ("0:03", *BOTH[1]), ("0:09", "Ana Ruiz", "good")),
    "bold.docx": bold(("Ana Ruiz:", " how did you do it?"), ("Bo Cruz:", " I tried a list.")),
    "boldbare.docx": bold(("Ana Ruiz", " how did you do it?"), ("Bo Cruz", " I tried a list."), ("Ana Ruiz", " good")),
    "meet.md": "### Attendees\nAna Ruiz, Bo Cruz\n\n**Ana Ruiz:** how did you do it?\n\n**Bo Cruz:** I tried a list.\n\nMeeting ended after 00:18:10 👋\n",
    "gemini.txt": "Title - Transcript\n00:00:01\nAna Ruiz: how did you do it?\n00:01:26\nBo Cruz: I tried a list.\nTranscription ended after 00:30:30\n",
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_gives_its_words_to_its_speakers(tmp_path, name):
    found, problems = talk(tmp_path / name, KINDS[name])
    assert [problem for problem in problems if problem.level == "error"] == []
    assert [(who, words) for who, _, _, words in found if who][:2] == BOTH


def test_whisper_gives_times_and_voices(tmp_path):
    found, _ = talk(tmp_path / "x.json", json.dumps(WHISPER))
    assert found == [("SPEAKER_00", 0.5, 2.0, "how did you do it?"), ("SPEAKER_01", 2.5, 4.0, "I tried a list.")]
    words = [
        {"word": word, "start": n, "end": n + 0.5, "speaker": "SPEAKER_00" if n < 3 else "SPEAKER_01"}
        for n, word in enumerate("one two three four five".split())
    ]
    segment = {"start": 0, "end": 5, "text": " one two three four five", "words": words, "speaker": "SPEAKER_00"}
    found, _ = talk(tmp_path / "y.json", json.dumps({"segments": [segment]}))
    assert found == [("SPEAKER_00", 0.0, 2.5, "one two three"), ("SPEAKER_01", 3.0, 4.5, "four five")]
    found, problems = talk(
        tmp_path / "x.tsv", "start\tend\ttext\n0\t2500\thow did you do it?\n2500\t61000\tI tried a list.\n"
    )
    assert [row[1:3] for row in found] == [(0.0, 61.0)]
    assert "milliseconds" in problems[0].message


@pytest.mark.parametrize(
    "content", ["", "[]", '{"segments": 3}', '{"segments": []}', '{"segments": [{"text": 3}]}', "{", '{"a": 1}']
)
def test_other_json_is_refused(tmp_path, content):
    found, problems = talk(tmp_path / "x.json", content)
    assert found == []
    assert [problem.level for problem in problems] == ["error"]


def test_srt_speakers_go_on_only_where_the_file_names_changes_alone(tmp_path):
    def srt(*lines):
        return "\n".join(
            f"{n}\n00:00:{n:02},000 --> 00:00:{n:02},900\n{line}\n" for n, line in enumerate(lines, start=1)
        )

    found, problems = talk(tmp_path / "a.srt", srt("Ana: one", "two", "Bo: three", "four", "Ana: five", "six"))
    assert [(who, words) for who, _, _, words in found] == [
        ("Ana", "one two"),
        ("Bo", "three four"),
        ("Ana", "five six"),
    ]
    assert "only where they change" in problems[0].message
    found, _ = talk(tmp_path / "b.srt", srt("Ana: one", "Ana: two", "three", "Bo: four", "Ana: five"))
    assert (None, "three") in [(who, words) for who, _, _, words in found]
    found, _ = talk(tmp_path / "c.srt", srt("- Yes.\n- No."))
    assert [words for _, _, _, words in found] in (["- Yes. - No."], ["- Yes.", "- No."])


def test_a_meeting_in_two_formats_is_read_once_and_the_same_words_twice_are_said(tmp_path):
    talk = "Ana Ruiz: we start\nBo Cruz: yes\n"
    captions = "WEBVTT\n\n00:01.000 --> 00:02.000\nAna Ruiz: we end\n"
    files = {
        "m1.txt": talk,
        "m1.vtt": captions,
        "spring/m2.txt": "Ana Ruiz: other words\n",
        "autumn/m2.txt": talk,
        "m3.txt": talk,
        "m4.txt": captions,
    }
    for name, text in files.items():
        path = tmp_path / "transcripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "case.yml").write_text("title: Case\n")
    (tmp_path / "roster.csv").write_text("actor,name,site,role\nE1,Ana Ruiz,a,teacher\nE2,Bo Cruz,a,teacher\n")
    case, problems = read_case(tmp_path)
    assert sorted(case.turns["activity"].unique()) == ["autumn_m2", "m1", "m3", "m4", "spring_m2"]
    assert case.turns["actor"].notna().all()
    said = {
        problem.file: problem.message
        for problem in problems
        if "called as" in problem.message or "same words" in problem.message
    }
    assert said == {
        "transcripts/m1.txt": "it is called as 'm1.vtt' is, which is read instead. Take one of the two away, or name both in activities.csv.",
        "transcripts/m3.txt": "it holds the same words as 'transcripts/autumn/m2.txt', so everything counts twice. Keep one of the two.",
        "transcripts/m4.txt": "it holds the same words as 'transcripts/m1.vtt', so everything counts twice. Keep one of the two.",
    }  # fmt: skip
