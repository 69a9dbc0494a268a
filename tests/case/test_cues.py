"""WebVTT and SRT: what Zoom and Teams write, what is damaged, and the way back."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.cues import cue_table, format_vtt, parse_srt, parse_vtt
from nicmethods.case.speakers import clock_s, parse_lines, read_labels
from nicmethods.files.textfiles import decode

ZOOM = """WEBVTT

1
00:00:04.859 --> 00:00:07.410
Ann van Dam: Okay, we're recording.

2
00:00:09.540 --> 00:00:12.990 align:start position:0%
Bo: Note: bring the forms, see http://example.org at 10:30.

3
00:01:00.000 --> 00:01:02.000
(laughter)

4
00:01:02.500 --> 00:01:03.000
Dana M. (she/her) | Riverside: R&amp;D &lt;ours&gt; <i>all</i> of it
"""

TEAMS = """WEBVTT

NOTE
duration: 00:10:00
language: en-us

STYLE
::cue { color: white }

3fa85f64-5717-4562-b3fc-2c963f66afa6/12-0
00:00:01.250 --> 00:00:03.500
<v Ann van Dam>Good morning,
everyone.</v>

3fa85f64-5717-4562-b3fc-2c963f66afa6/13-0
01:00:04.000 --> 01:00:05.000
<v.loud Bo O&amp;P>So: who starts?</v>

4fa85f64/1
01:00:06.000 --> 01:00:07.000
<v Ann van Dam>Me.</v><v Bo O&amp;P>You?</v>

4fa85f64/2
01:00:08.000 --> 01:00:09.000
Note: nobody tagged
"""


def rows(cues):
    return [tuple(None if pd.isna(cell) else cell for cell in row) for row in cues.itertuples(index=False)]


def said(problems):
    return [str(problem) for problem in problems]


def test_zoom_as_counted_by_hand():
    cues, problems = parse_vtt(ZOOM, "zoom.vtt")
    assert problems == []
    assert rows(cues) == [
        (1, "1", "Ann van Dam", 4.859, 7.41, "Okay, we're recording."),
        (2, "2", "Bo", 9.54, 12.99, "Note: bring the forms, see http://example.org at 10:30."),
        (3, "3", None, 60.0, 62.0, "(laughter)"),
        (4, "4", "Dana M. (she/her) | Riverside", 62.5, 63.0, "R&D <ours> all of it"),
    ]
    assert cues.index.tolist() == [4, 8, 12, 16]


def test_teams_as_counted_by_hand():
    cues, problems = parse_vtt(TEAMS, "teams.vtt")
    assert problems == []
    assert rows(cues) == [
        (1, "3fa85f64-5717-4562-b3fc-2c963f66afa6/12-0", "Ann van Dam", 1.25, 3.5, "Good morning,\neveryone."),
        (2, "3fa85f64-5717-4562-b3fc-2c963f66afa6/13-0", "Bo O&P", 3604.0, 3605.0, "So: who starts?"),
        (3, "4fa85f64/1", "Ann van Dam", 3606.0, 3607.0, "Me."),
        (3, "4fa85f64/1", "Bo O&P", 3606.0, 3607.0, "You?"),
        (4, "4fa85f64/2", None, 3608.0, 3609.0, "Note: nobody tagged"),
    ]


def test_srt_with_commas_hours_left_out_and_markup():
    text = "1\n00:00:01,500 --> 00:00:02,000\n{\\an8}<font color='red'>Ann:</font> hi\n\n2\n00:03,000 --> 00:04,000\n- no\n"
    cues, problems = parse_srt(text, "x.srt")
    assert problems == []
    assert rows(cues) == [(1, "1", "Ann", 1.5, 2.0, "hi"), (2, "2", None, 3.0, 4.0, "- no")]


def test_cues_without_blank_lines_between_are_cut_at_their_times():
    text = "WEBVTT\n\n1\n00:01.000 --> 00:02.000\nAnn: one\n2\n00:03.000 --> 00:04.000\nBo: two\n00:05.000 --> 00:06.000\nBo: three\n"
    cues, problems = parse_vtt(text, "x.vtt")
    assert problems == []
    assert cues["id"].fillna("").tolist() == ["1", "2", ""]
    assert cues["text"].tolist() == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("text", "messages", "texts"),
    [
        (
            "WEBVTT\n\n1\n00:00:05.000 --> 00:00:04.000\nAnn: hm\n",
            ["error    x row 4: cue 1 ends at 4 s, before it starts at 5 s. Correct the times."],
            ["hm"],
        ),
        (
            "WEBVTT\n\n1\n00:05.000 --> 00:06.000\nAnn: a\n\n2\nAnn: b\n\n3\n00:01.000 --> 00:02.000\nAnn: c\n",
            [
                "warning  x row 7: a cue has no time that can be read; the talk was kept in its place.",
                "warning  x row 11: the time goes back once, first here; the order of the file was kept.",
            ],
            ["a", "b", "c"],
        ),
        (
            "WEBVTT\n\n1\n00:75:99.000 --> 00:76:00.000\nAnn: a\n\n2\n--> 00:02.000\nAnn: b\n",
            ["warning  x row 4: 2 cues have no time that can be read; the talk was kept in its place."],
            ["a", "b"],
        ),
        ("WEBVTT\n", ["error    x: the file holds no cues. Export the transcript again."], []),
        ("WEBVTT\n\nNOTE nothing\nelse\n", ["error    x: the file holds no cues. Export the transcript again."], []),
        (
            "00:01.000 --> 00:02.000\nAnn: a\n",
            ["warning  x row 1: the file does not begin with WEBVTT; it was read all the same."],
            ["a"],
        ),
    ],
)
def test_damage_is_said_and_no_talk_lost(text, messages, texts):
    cues, problems = parse_vtt(text, "x")
    assert said(problems) == messages
    assert cues["text"].tolist() == texts


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        (["Ann: hi", "Bo Lee: ho"], {"Ann", "Bo Lee"}),
        (["Speaker 1: a", "Interviewer: b", "Q: c", "A: d"], {"Speaker 1", "Interviewer", "Q"}),
        (["I: c", "R: d", "I: e"], {"I", "R"}),
        (["María José de la Cruz: hola", "王伟: 你好", "Eric's iPad: x", "Jean-Luc O'Neil: y"],
         {"María José de la Cruz", "王伟", "Eric's iPad", "Jean-Luc O'Neil"}),
        (["Dr. Ann Smith: a", "Dana (hub): b", "? : c", "Room 12: d"], {"Dr. Ann Smith", "Dana (hub)", "?", "Room 12"}),
        (["Note: a", "Next steps: b", "So: c", "I said: d", "And Ann: e", "The plan: f"], set()),
        (["https://x.org: a", "10:30: b", "It was 5: c", "we need three things: x"], set()),
        (["One Two Three Four Five Six Seven: a", "X" * 61 + ": b"], set()),
        (["What happened? Ann: a", "“Stop”: b"], set()),
        (["dana: a", "dana: b"], set()),
        (["dana: a", "dana: b", "dana: c"], {"dana"}),
        (["Smith, Ann: a", "Smith, Ann: b"], {"Smith, Ann"}),
        (["Well, Ann: a"], set()),
    ],
)  # fmt: skip
def test_what_is_a_speaker(lines, names):
    assert {label for label, what in read_labels(lines).judged.items() if what == "speaker"} == names


def test_otter_teams_word_and_chat_lines():
    lines = [
        "Kick-off, 3 May",
        "Ann Lee  0:12",
        "Hello there.",
        "Note: second line",
        "Bo Cruz\t1:02:03",
        "Hi.",
        "00:00:20 Dana",
        "Yes.",
        "[00:31] Ann Lee: inline",
        "Bo Cruz (00:40): after",
        "00:21:14\t From Ann Lee to Everyone: in the chat",
        "We meet at 10:30",
        "Lee, Ann   1:00",
        "from the directory",
        "[Bo Cruz] 11:21:05",
        "saved captions",
        "10:30 coffee",
    ]
    pieces = [piece[:4] for piece in parse_lines(list(enumerate(lines, start=1)))[0]]
    assert pieces == [
        (1, None, None, "Kick-off, 3 May"),
        (2, "Ann Lee", 12.0, "Hello there.\nNote: second line"),
        (5, "Bo Cruz", 3723.0, "Hi."),
        (7, "Dana", 20.0, "Yes."),
        (9, "Ann Lee", 31.0, "inline"),
        (10, "Bo Cruz", 40.0, "after"),
        (11, "Ann Lee", 1274.0, "in the chat\nWe meet at 10:30"),
        (13, "Lee, Ann", 60.0, "from the directory"),
        (15, "Bo Cruz", 40865.0, "saved captions\n10:30 coffee"),
    ]


def test_spans_of_time_with_the_name_below():
    lines = [
        "0:0:0.0 --> 0:0:3.210",
        "Ann Lee",
        "Hello, does",
        "anybody know?",
        "0:0:3.5 --> 0:0:6.0",
        "we do not know who",
    ]
    assert parse_lines(list(enumerate(lines, start=1)))[0] == [
        (1, "Ann Lee", 0.0, "Hello, does\nanybody know?", 3.21),
        (5, None, 3.5, "we do not know who", 6.0),
    ]


def test_clock():
    assert [clock_s(text) for text in ("0:00", "59:59.999", "100:00:00", "0:1:2.5", "12", "1:2", "1:60", "-1", "", "1e3")] == [
        0.0, 3599.999, 360000.0, 62.5, 12.0, None, None, None, None, None,
    ]  # fmt: skip


_TEXT = st.text(
    st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Zs"), blacklist_characters="\ufeff"), max_size=12
)
_LINES = st.lists(_TEXT, max_size=3).map(lambda lines: "\n".join(line for line in lines if line))
_MS = st.integers(0, 10**8)


@st.composite
def cue_rows(draw):
    rows_, start = [], 0
    for number in range(1, draw(st.integers(1, 6)) + 1):
        start += draw(st.integers(0, 10**6))
        end = start + draw(st.integers(0, 10**6))
        cue_id = draw(st.none() | st.integers(1, 999).map(str) | st.just("a1b2/3-0"))
        for _ in range(draw(st.integers(1, 2))):
            speaker = draw(st.none() | _TEXT.filter(bool))
            rows_.append((0, number, cue_id, speaker, start / 1000, end / 1000, draw(_LINES)))
    return rows_


@settings(deadline=None)
@given(cue_rows())
def test_what_is_written_comes_back(talk):
    cues = cue_table(talk)
    text, problems = decode(format_vtt(cues).encode(), "x")
    assert problems == []
    again, problems = parse_vtt(text, "x")
    assert problems == []
    assert rows(again) == rows(cues)


_DAMAGED = (
    "", "1", "00:01.000 --> 00:02.000", "00:05.000 --> 00:02.000", "x --> 00:01", "NOTE x", "Ann: word", "<v Bo>word", "</v>",
    "word & word", "&#58;", "<", "-->", "12", "Ann:", ": :", "{\\an8}",
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(_DAMAGED), max_size=12))
def test_no_talk_is_lost_whatever_the_damage(lines):
    text = "\n".join(lines)
    cues, _ = parse_vtt(f"WEBVTT\n\n{text}", "x")
    blocks = (block.strip("\n") for block in text.split("\n\n"))
    comments = "".join(block for block in blocks if block.startswith("NOTE") and "00:" not in block)
    kept = cues["text"].str.count("word").sum() + cues.drop_duplicates("cue")["id"].str.count("word").sum()
    assert kept >= text.count("word") - comments.count("word")


@settings(deadline=None)
@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_any_bytes_give_cues_or_problems(data):
    text, problems = decode(data, "x")
    if text is not None:
        for parse in (parse_vtt, parse_srt):
            cues, more = parse(text, "x")
            assert len(cues) or [*problems, *more]
