"""Files of every format -> turns; what is damaged or hostile; a real Zoom export."""

import io
import os
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.cues import cue_table, parse_vtt
from nicmethods.case.transcripts import SUFFIXES, join_turns, read_cues, read_transcript, write_vtt
from nicmethods.tables import WORK_TABLES

REAL = os.environ.get("NICMETHODS_REAL_DATA")


def written(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def turns_of(tmp_path, name, content, **options):
    options = {"activity": "m1", "kind": "meeting", **options}
    return read_transcript(written(tmp_path, name, content), name, **options)


def brief(turns):
    cells = turns[["turn", "speaker", "start_s", "end_s", "text", "cues"]]
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in cells.itertuples(index=False)]


def said(problems):
    return [str(problem) for problem in problems]


def docx(*paragraphs, body=None):
    """A Word document written by hand: one element per paragraph, \\n a line break, \\t a tab."""
    runs = [
        "<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>"
        + text.replace("\t", "</w:t><w:tab/><w:t>").replace("\n", "</w:t><w:br/><w:t>")
        + "</w:t></w:r></w:p>"
        for text in paragraphs
    ]
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/'
        '2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>'
        + (body or "".join(runs))
        + "</w:body></w:document>"
    )
    return archive({"word/document.xml": xml})


def archive(parts):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return buffer.getvalue()


def test_turns_join_one_speaker_over_gaps_of_two_seconds_at_most(tmp_path):
    vtt = (
        "WEBVTT\n\n"
        "1\n00:00.000 --> 00:01.000\nAnn: one\n\n"
        "2\n00:03.000 --> 00:04.000\nAnn: two\nmore\n\n"  # a gap of exactly 2 s
        "3\n00:06.001 --> 00:07.000\nAnn: three\n\n"  # a gap of 2.001 s
        "4\n00:07.000 --> 00:08.000\nBo: four\n\n"
        "5\n00:08.500 --> 00:09.000\n(a door)\n\n"
        "6\n00:09.500 --> 00:10.000\n(a bell)\n\n"
        "7\n00:30.000 --> 00:31.000\n(silence)\n"
    )
    turns, problems = turns_of(tmp_path, "m1.vtt", vtt)
    assert brief(turns) == [
        ("1", "Ann", 0.0, 4.0, "one two more", "1 2"),
        ("2", "Ann", 6.001, 7.0, "three", "3"),
        ("3", "Bo", 7.0, 8.0, "four", "4"),
        ("4", None, 8.5, 10.0, "(a door) (a bell)", "5 6"),
        ("5", None, 30.0, 31.0, "(silence)", "7"),
    ]
    assert said(problems) == [
        "warning  m1.vtt row 21: 3 of 7 pieces of talk have no speaker, the first here; nobody said them."
    ]
    declared = WORK_TABLES["turns"]
    assert turns.dtypes.astype(str).to_dict() == {column.name: column.dtype for column in declared.columns}
    assert turns["actor"].isna().all()
    assert turns["position"].tolist() == [1, 2, 3, 4, 5]
    wider, _ = turns_of(tmp_path, "m1.vtt", vtt, gap_s=2.1)
    assert wider["cues"].tolist()[0] == "1 2 3"


def test_a_cue_without_a_time_stays_in_its_turn(tmp_path):
    vtt = "WEBVTT\n\n1\n00:00.000 --> 00:01.000\nAnn: a\n\n2\nAnn: b\n\n3\n00:30.000 --> 00:31.000\nAnn: c\n"
    turns, _ = turns_of(tmp_path, "x.vtt", vtt)
    assert brief(turns) == [("1", "Ann", 0.0, 31.0, "a b c", "1 2 3")]


@pytest.mark.parametrize("kind", ["meeting", "interview"])
def test_text_with_names_and_otter_headers(tmp_path, kind):
    text = "Notes of June\n\nAnn Lee  0:05\nHello.\n\nMore of it.\n\nBo: short\nAnn Lee: again\nAnn Lee: and again\n"
    turns, problems = turns_of(tmp_path, "x.txt", text, kind=kind)
    assert brief(turns) == [
        ("1", None, None, None, "Notes of June", "1"),
        ("2", "Ann Lee", 5.0, None, "Hello. More of it.", "2"),
        ("3", "Bo", None, None, "short", "3"),
        ("4", "Ann Lee", None, None, "again and again", "4 5"),
    ]
    assert [problem.level for problem in problems] == ["warning"]


def test_notes_are_paragraphs_without_speakers(tmp_path):
    text = "# Visit\n\nAnn: asked Bo\nfor the form.\n\nThen lunch.\n"
    turns, problems = turns_of(tmp_path, "x.md", text, kind="notes")
    assert problems == []
    assert turns["text"].tolist() == ["# Visit", "Ann: asked Bo for the form.", "Then lunch."]
    assert turns["speaker"].isna().all()
    one_a_line, _ = turns_of(tmp_path, "x.txt", "First.\nSecond.\n", kind="notes")
    assert one_a_line["text"].tolist() == ["First.", "Second."]


@pytest.mark.parametrize(
    "number", ["+1 555-010-9999", "15550109999", "1555***9999", "(555) 010-9999", "+44 20 7946 0000"]
)
def test_who_dialled_in_is_a_speaker(tmp_path, number):
    turns, _ = turns_of(tmp_path, "x.txt", f"Ann: hello\n{number}: hi\nAnn: bye\n")
    assert turns["speaker"].tolist() == ["Ann", number, "Ann"]


@pytest.mark.parametrize("number", ["2024-05-02", "10", "1.5", "555-0100", "1999-2003", "(3)", "************"])
def test_other_numbers_are_no_speakers(tmp_path, number):
    turns, _ = turns_of(tmp_path, "x.txt", f"Ann: hello\n{number}: hi\nBo: bye\n")
    assert turns["speaker"].tolist() == ["Ann", "Bo"]


def test_a_chat_keeps_messages_apart(tmp_path):
    text = (
        '00:01:00\tAnn Lee:\thello\r\n00:01:30\tAnn Lee:\tanybody?\r\n00:01:31\tBo:\tReplying to "hello"\r\n'
        '\tyes: me\r\n\tand you\r\n00:01:33\tAnn Lee:\tReacted to "yes: me" with 👍\r\n'
    )
    turns, problems = turns_of(tmp_path, "chat.txt", text, kind="chat")
    assert problems == []
    assert brief(turns) == [
        ("1", "Ann Lee", 60.0, 60.0, "hello", None),
        ("2", "Ann Lee", 90.0, 90.0, "anybody?", None),
        ("3", "Bo", 91.0, 91.0, "yes: me and you", None),
    ]
    assert turns["quoted_turn"].tolist()[2] == "1"
    assert turns["quoted_turn"].isna().tolist() == [True, True, False]


def test_a_chat_of_another_program_is_read_by_its_names(tmp_path):
    turns, problems = turns_of(tmp_path, "chat.txt", "Ann: hello\nBo: hi\nAnn: how are you\n", kind="chat")
    assert problems == []
    assert turns["speaker"].tolist() == ["Ann", "Bo", "Ann"]
    assert turns["quoted_turn"].isna().all()


def test_a_chat_of_private_messages_alone_is_no_talk(tmp_path):
    text = "10:04:10 From Ann to Bo(Direct Message):\n\tbetween us\n"
    turns, problems = turns_of(tmp_path, "chat.txt", text, kind="chat")
    assert turns.empty
    assert [problem.value for problem in problems] == ["1"]


def test_docx_as_teams_and_word_write_it(tmp_path):
    data = docx("Meeting", "Ann Lee   0:03\nGood morning.", "Still Ann.", "Bo\t0:12", "Hi &amp; welcome: all")
    turns, _ = turns_of(tmp_path, "x.docx", data)
    assert brief(turns) == [
        ("1", None, None, None, "Meeting", "1"),
        ("2", "Ann Lee", 3.0, None, "Good morning. Still Ann.", "2"),
        ("3", "Bo", 12.0, None, "Hi & welcome: all", "3"),
    ]
    notes, problems = turns_of(tmp_path, "x.docx", data, kind="notes")
    assert problems == []
    assert len(notes) == 5


def test_docx_reads_tables_and_insertions_but_no_deletions_or_doubles(tmp_path):
    run = "<w:p><w:r><w:t>Ann: {}</w:t></w:r></w:p>"
    body = (
        "<w:tbl><w:tr><w:tc>" + run.format("in a table") + "</w:tc></w:tr></w:tbl>"
        "<w:p><w:ins><w:r><w:t>Bo: kept</w:t></w:r></w:ins><w:del><w:r><w:delText> gone</w:delText></w:r></w:del></w:p>"
        "<w:p><w:r><mc:AlternateContent><mc:Choice>" + run.format("box") + "</mc:Choice><mc:Fallback>"
        + run.format("box") + "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )  # fmt: skip
    turns, problems = turns_of(tmp_path, "x.docx", docx(body=body))
    assert problems == []
    assert turns["text"].tolist() == ["in a table", "kept", "box"]


def word_file(path, paragraphs):
    """A document of paragraphs (style, text) as Word writes it."""
    document = pytest.importorskip("docx").Document()
    for style, text in paragraphs:
        document.add_paragraph(text, style=style)
    document.save(path)


HEADED = [
    ("Title", "Kick-off"),
    ("Heading 1", "Agenda: what we said"),
    ("Normal", "Ann Lee: Good morning."),
    ("Heading 2", "Part two"),
    ("Normal", "Still Ann."),
    ("Normal", "Bo Cruz: Hi."),
    ("List Bullet", "and a list"),
]
LEFT_OUT = (
    "3 headings are no talk and left out, the first here. Give a paragraph that is talk another style than a heading's."
)


def test_headings_of_a_document_are_no_turns_and_are_counted(tmp_path):
    word_file(tmp_path / "x.docx", HEADED)
    turns, problems = read_transcript(tmp_path / "x.docx", "x.docx", activity="A1", kind="meeting")
    assert turns[["speaker", "text"]].to_numpy().tolist() == [
        ["Ann Lee", "Good morning. Still Ann."],
        ["Bo Cruz", "Hi. and a list"],
    ]
    assert [(problem.level, problem.row, problem.message) for problem in problems] == [("warning", 1, LEFT_OUT)]


def test_headings_of_notes_are_no_turns(tmp_path):
    word_file(tmp_path / "x.docx", HEADED)
    notes, problems = read_transcript(tmp_path / "x.docx", "x.docx", activity="A1", kind="notes")
    assert notes["text"].tolist() == ["Ann Lee: Good morning.", "Still Ann.", "Bo Cruz: Hi.", "and a list"]
    assert [problem.message for problem in problems] == [LEFT_OUT]


def test_speakers_in_a_heading_style_and_documents_of_headings_alone_are_kept(tmp_path):
    exported = [
        ("Heading 2", "Ann Lee  0:03"),
        ("Normal", "Good morning."),
        ("Heading 2", "Bo Cruz  0:07"),
        ("Normal", "Hi."),
    ]
    word_file(tmp_path / "x.docx", exported)
    turns, problems = read_transcript(tmp_path / "x.docx", "x.docx", activity="A1", kind="meeting")
    assert turns[["speaker", "text", "start_s"]].to_numpy().tolist() == [
        ["Ann Lee", "Good morning.", 3],
        ["Bo Cruz", "Hi.", 7],
    ]
    assert problems == []
    word_file(tmp_path / "y.docx", [("Heading 1", "One."), ("Heading 1", "Two.")])
    notes, problems = read_transcript(tmp_path / "y.docx", "y.docx", activity="A1", kind="notes")
    assert (notes["text"].tolist(), problems) == (["One.", "Two."], [])


def test_a_style_made_from_a_heading_and_an_outline_level_make_headings_too(tmp_path):
    word = pytest.importorskip("docx")
    document = word.Document()
    own = document.styles.add_style("Our section", word.enum.style.WD_STYLE_TYPE.PARAGRAPH)
    own.base_style = document.styles["Heading 1"]
    document.add_paragraph("Section", style=own)
    levelled = document.add_paragraph("Level")
    levelled._p.get_or_add_pPr().append(word.oxml.parse_xml(
        '<w:outlineLvl xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" w:val="1"/>'
    ))  # fmt: skip
    document.add_paragraph("We met.")
    document.save(tmp_path / "x.docx")
    notes, _ = read_transcript(tmp_path / "x.docx", "x.docx", activity="A1", kind="notes")
    assert notes["text"].tolist() == ["We met."]


def test_docx_written_by_python_docx(tmp_path):
    word = pytest.importorskip("docx")
    document = word.Document()
    document.add_heading("Session", 1)
    document.add_paragraph("Zoë: naïve question?")
    document.save(tmp_path / "x.docx")
    cues, _ = read_cues(tmp_path / "x.docx", "x.docx")
    assert cues["text"].tolist() == ["naïve question?"]


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    "data",
    [
        b"not a zip",
        b"PK\x03\x04broken",
        docx("Ann: a")[:-30],
        archive({"other.xml": "<a/>"}),
        archive({"word/document.xml": "<unclosed>"}),
        archive({"word/document.xml": BOMB + "<w>&b;</w>"}),
        archive({"word/document.xml": b" " * (65 * 2**20)}),
        docx(body="<w:p>" * 3000 + "</w:p>" * 3000),
        docx(""),
    ],
    ids=["text", "signature", "cut", "other", "xml", "entities", "zip bomb", "depth", "empty"],
)
def test_a_docx_that_is_none_is_an_error(tmp_path, data):
    turns, problems = turns_of(tmp_path, "x.docx", data)
    assert turns.empty
    assert [problem.level for problem in problems] == ["error"]


def test_csv_with_turn_ids_keeps_them(tmp_path):
    text = "turn,speaker,start,end,text\nt1,A,0:01,2.5,hello\nt2,A,2.5,3,again\nx9,,,,\n"
    turns, problems = turns_of(tmp_path, "x.csv", text)
    assert brief(turns) == [
        ("t1", "A", 1.0, 2.5, "hello", "1"),
        ("t2", "A", 2.5, 3.0, "again", "2"),
        ("x9", None, None, None, "", "3"),
    ]
    assert len(problems) == 1


def test_csv_without_turn_ids_is_joined(tmp_path):
    turns, _ = turns_of(tmp_path, "x.csv", "speaker;start;end;text\nA;0;1;hello\nA;2;3;again\nA;9;10;late\n")
    assert turns["text"].tolist() == ["hello again", "late"]
    assert turns["turn"].tolist() == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("speaker,tekst\nA,hi\n", "error    x.csv row 1: column 'text' is missing (what was said). Add it."),
        (
            "turn,text\n1,a\n1,b\n",
            "error    x.csv row 3: turn '1' stands in row 2 already. Keep one of the two rows.",
        ),
        (
            "start,text\nnoon,a\n",
            "error    x.csv row 2: 'start' is 'noon', which is no time. Write seconds or h:mm:ss.",
        ),
        (
            "start,end,text\n5,4,a\n",
            "error    x.csv row 2: row 1 ends at 4 s, before it starts at 5 s. Correct the times.",
        ),
        ("turn,text\n", "error    x.csv: the file holds no turns. Fill it or take it away."),
    ],
)
def test_csv_faults(tmp_path, text, message):
    _, problems = turns_of(tmp_path, "x.csv", text)
    assert message in said(problems)


def test_other_formats_are_refused(tmp_path):
    turns, problems = turns_of(tmp_path, "x.pdf", b"%PDF")
    assert turns.empty
    assert len(problems) == 1
    assert str(problems[0]).startswith(
        "error    x.pdf: '.pdf' is not a format that is read. A PDF does not keep who speaks:"
    )


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("data", [b"", b"\n \n", b"\0\0", b"\x81\xfe\xff"])
def test_empty_and_undecodable_files_are_errors(tmp_path, suffix, data):
    turns, problems = turns_of(tmp_path, f"x{suffix}", data)
    assert turns.empty
    assert [problem.level for problem in problems] == ["error"]


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(SUFFIXES), st.binary(max_size=200) | st.text(max_size=200).map(str.encode), st.booleans())
def test_any_bytes_give_turns_or_problems(tmp_path_factory, suffix, data, notes):
    path = tmp_path_factory.mktemp("any") / f"x{suffix}"
    path.write_bytes(data)
    turns, problems = read_transcript(path, path.name, activity="a", kind="notes" if notes else "meeting")
    assert len(turns) or problems
    assert not turns.duplicated(["activity", "turn"]).any() or problems


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from(["Ann", "Bo", None]), st.integers(0, 4000), st.integers(0, 3000), st.text("ab ", max_size=4)),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from([0.0, 0.5, 2.0]),
)  # fmt: skip
def test_turns_agree_with_a_plain_loop(steps, gap_s):
    talk, clock = [], 0
    for number, (speaker, gap, length, text) in enumerate(steps, start=1):
        start, clock = clock + gap, clock + gap + length
        talk.append((number, number, None, speaker, start / 1000, clock / 1000, text))
    expected, last = [], None
    for row, number, _, speaker, start, end, text in talk:
        if last and last[0] == speaker and round(start - last[1], 3) <= gap_s:
            expected[-1][1].append(number)
            expected[-1][2].append(text)
        else:
            expected.append((speaker, [row], [text]))
        last = (speaker, end)
    turns = join_turns(cue_table(talk), activity="m", gap_s=gap_s)
    assert turns["cues"].tolist() == [" ".join(map(str, numbers)) for _, numbers, _ in expected]
    assert turns["text"].tolist() == [" ".join(text for text in texts if text) for _, _, texts in expected]
    assert turns["speaker"].fillna("").tolist() == [speaker or "" for speaker, _, _ in expected]


def test_turns_go_to_vtt(tmp_path):
    turns, _ = turns_of(tmp_path, "x.csv", "turn,speaker,start,end,text\na,Ann <1>,0,1,one & two\nb,,1,2,three\n")
    write_vtt(turns, tmp_path / "out.vtt")
    cues, problems = read_cues(tmp_path / "out.vtt", "out.vtt")
    assert problems == []
    assert cues["id"].tolist() == ["a", "b"]
    assert cues["speaker"].fillna("").tolist() == ["Ann <1>", ""]
    assert cues["text"].tolist() == ["one & two", "three"]


@pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA is not set")
def test_a_real_zoom_export(tmp_path):
    path = Path(REAL) / "zoom_sample" / "meeting001_transcript.vtt"
    cues, problems = read_cues(path, path.name)
    assert problems == []
    # counts from the README beside the file
    assert len(cues) == 300
    assert cues["speaker"].value_counts().to_dict() == {
        "Paul McCartney": 242, "Andrew Knight": 45, "John Lennon": 7, "George Harrison": 3, "Ringo Starr": 1,
    }  # fmt: skip
    assert cues.loc[cues["speaker"].isna(), "cue"].tolist() == [34, 38]
    assert cues["id"].tolist() == cues["cue"].astype("str").tolist()
    assert (cues["start_s"].iloc[0], cues["end_s"].iloc[-1]) == (4.859, 3341.97)
    any_gap, _ = read_transcript(path, path.name, activity="m", kind="meeting", gap_s=1e9)
    assert len(any_gap) == 34
    # gaps over 2 s inside one name's talk, counted from the file's lines without the reader
    stamps = [line.split(" --> ") for line in path.read_text(encoding="utf-8").splitlines() if " --> " in line]
    seconds = [
        [sum(float(part) * 60**n for n, part in enumerate(reversed(t.split(":")))) for t in pair] for pair in stamps
    ]
    names = cues["speaker"].fillna("").tolist()
    breaks = sum(
        names[n] != names[n - 1] or round(seconds[n][0] - seconds[n - 1][1], 3) > 2 for n in range(1, len(seconds))
    )
    turns, _ = read_transcript(path, path.name, activity="m", kind="meeting")
    assert len(turns) == breaks + 1 == 46
    assert " ".join(turns["cues"]).split() == [str(n) for n in range(1, 301)]
    write_vtt(cues, tmp_path / "again.vtt")
    again, problems = parse_vtt((tmp_path / "again.vtt").read_text(encoding="utf-8"), "again.vtt")
    assert problems == []
    pd.testing.assert_frame_equal(again.reset_index(drop=True), cues.reset_index(drop=True))


def test_times_of_the_day_are_counted_from_the_first(tmp_path):
    lines = ("[Ann Lee] 23:59:50", "good night", "[Bo Cruz] 00:00:05", "good morning", "")
    (tmp_path / "m.txt").write_text("\n".join(lines))
    turns, problems = read_transcript(tmp_path / "m.txt", "m.txt", activity="A1", kind="meeting")
    assert turns["start_s"].tolist() == [0, 15]
    assert [problem.message for problem in problems] == [
        "times are times of the day; they are counted from the first one, here."
    ]
