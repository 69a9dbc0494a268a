"""Who speaks: labels of many shapes, lines that look like labels and are none, in four kinds of files, once and often.

Shapes are those that programs and people write; names are made.
"""

import os
from pathlib import Path

import pandas as pd
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.people import match_speakers, settled_by
from nicmethods.case.speakers import parse_lines
from nicmethods.case.transcripts import read_cues, read_transcript

REAL = os.environ.get("NICMETHODS_REAL_DATA")

# In the roster: names that grammar, casing or length would hide.
KNOWN = [
    "So Young Kim", "An Nguyen", "maria lopez", "elodie le grand", "marcus h", "I Made Wirawan", "Will Do", "May Day", "Page Turner",
    "Example Jones", "ana maría de la cruz y ruiz", "The Anh Pham", "In Sook Park", "Yes Theory", "north hosting", "to huu", "Van Is",
    "bell hooks", "Note Fisher", "Dear Abara", "e. e. marsh", "ana (parent) ruiz", "And Also Smith", "Hi Tran", "Well Brook",
]  # fmt: skip
SPEAKERS = [
    "Maria Lopez", "Matt", "Clemens Von Hessen", "Gerard de Witte", "Théo Martin", "Barış Erdem", "Иван Петров", "Simon Perry-Dodge",
    "Peter A", "Thiago - Nodeco", "KP / echo|node", "Stavros Lekas (Steve Lekas)", "Charlie Barley (she/her)", "WebDev StakeHouse",
    "Fireflies.ai Notetaker Bela", "Meeting Note Taker", "鶴田 直人", "2002_鶴田 直人 ツルタ ナオト", "大村義男", "SPEAKER_03", "Speaker 1",
    "Speaker A", "spk1", "Rozmówca 1", "發言者00", "UNIDENTIFIED SPEAKER", "Unknown Speaker", "Participant", "Interviewer 2", "RBA", "T1",
    "S12", "Moderator", "DELIA HOLLIS", "AI Anna", "Ana Ruiz (Unverified)", "Daniel and Emil", "Audience member", "Me", "Host — Ryan",
    "Chef Chronos", "Rivers 2", "Paul O’Brien", "+15551234567", "Call-in User_3", "김소영", "أحمد علي", "B1", "FG1-P4", "Class",
    "Mrs. Alvarez", "Ms. K", "ANA RUIZ (CO-HOST)", "Lincoln Middle - Ana Ruiz", "Ana María de la Cruz y Ruiz", "Ben/Ana", "A.R.", "AR",
    "Frage", "Galaxy S9", "Zoom user", "Conference Room B (Polycom)", "Coach", "Teacher Russo", "(inaudible speaker)", "?", "[SPEAKER_00]",
    "[Ana Ruiz]", "@Ana", "Dr. Ann Smith", "Room 12", "Eric's iPad", "Jean-Luc O'Neil", "Dana M. (she/her) | Riverside", "王伟",
    "María José de la Cruz", "P01", "Student 4", "Respondent 2", "Principal", "Ana R.", "Søren Ødegård", "Łukasz Żak", "Ο Νίκος", "Guest 3",
    "José Núñez", "Rosa Quist-Bell", "Dr Ana Ruiz", "Prof. Ana Ruiz", "Ana Ruiz PhD", "Ana.Ruiz", "Mc Donald",
    "O. Henry", "J.R. Ewing", "Lee-Ann", "Ng", "Wu", "Bo 2", "Grade 3 Team Lead", "Mentor", "Facilitator", "Unbekannter Sprecher",
    "Sprecher 2", "Ana & Ben", "Ana Ruiz + Ben Cruz", "Kara Shaw", "Riverside Elementary", "iPhone von Ana", "De Souza", "D'Angelo",
    "Ana Ruiz (External)", "Unknown", "Inaudible", "Caller 1", "Member 2",
]  # fmt: skip
# Speakers or talk, for all that a file can say: nobody's words, and a question, until people.csv settles them.
UNSURE = [
    "mhlaik", "satoru", "brook 0x", "Eli x0", "Ruiz, Ana", "Ana Ruiz, Lincoln Middle", "sw's Otter.ai", "read.ai meeting notes", "I", "A",
    "So Kim", "An Li", "marcus lee", "rosa","quiet fox", "Little bird", "Big bear",
]  # fmt: skip
TALK = [
    "Yes, you could write it like this", "In other words, my question to you", "So to", "I said", "As in",
    "That is the surface area of this small section", "For example", "you could write it like this", "To everyone else", "Question",
    "HELP", "NOTE", "Error", "couple questions, 1", "Version", "Find your themes at", "with cheese it give me the following error",
    "and again", "I have tried doing this", "any one can help me please", "so far possible equivalencies", "Attendees", "Date", "Duration",
    "PARTICIPANTS", "RECORDING TIME", "My personal brand", "There are two types of link lists", "So", "One thing", "Step 1", "Example 3",
    "Dear Ana", "She goes", "And I was like", "Re", "PS", "Todo", "Action item", "Problem of practice", "Aim", "Bottom line",
    "Long story short", "Thanks, James. So", "The question is", "Slide 4", "Yes", "What I mean is", "We need two things", "It is this",
    "Then", "Because", "But", "And", "The plan", "This is what they said", "He asked me", "They told us", "If so", "My point",
    "our aim is", "what we did", "Note", "Next steps", "Goal", "Goals", "Theme", "Topic", "Results", "Reminder", "Summary", "Agenda",
    "Step 2", "Chapter 3", "Part 2", "Table 1", "Figure 2", "Week 3", "Task 4", "Lesson 5", "Unit 6", "Rule 1", "Hint", "Tip", "Warning",
    "Location", "Title", "Subject", "Email", "Decision", "Decisions", "Outcome", "Objectives", "Context", "Purpose", "Reason", "Instructions",
    "Okay", "No", "Well", "Oh", "Like", "Now", "Here", "There", "First", "Second", "Also", "Or", "Why", "How", "When",
    "What happened? Ann", "“Stop”", "10", "2024-05-02", "1.5", "(...)", "https", "Pros", "Cons", "Ratio", "Idea", "Update", "Important",
    "I would say this", "so the answer is", "which gives us", "let me read it", "on the board it says", "the two of them said",
    "one of you asked", "as they say", "and then she goes", "that is to say", "we came up with this list", "you know what they say",
    "in my class it was", "at the end of the day", "before we go", "after that", "for me it is", "to be fair", "all of this", "no one said",
    "if you ask me", "on my list", "by the way", "as for the rest", "in short",
    "Again", "Right", "Remember", "Driver 2", "Hypothesis", "Prediction", "Grade 4", "Period 3", "Day 1", "Option B", "Choice one", "Math", "Monday",
    "Spring", "Attendance", "Cost", "Spoiler", "Fun fact", "Key", "Legend", "Exit ticket", "Change idea", "Quick question", "What I heard was", "mailto",
]  # fmt: skip
KINDS = ("txt", "md", "docx", "vtt")
OTHERS = ("Rosa Quist", "Tomas Bell")


def written(folder, kind, lines):
    path = folder / f"m.{kind}"
    if kind == "docx":
        document = Document()
        for line in lines:
            document.add_paragraph(line)
        document.save(path)
    elif kind == "vtt":
        cues = [
            f"{n}\n{n // 1200:02}:{n // 20 % 60:02}:{n % 20 * 3:02}.000 --> {n // 1200:02}:{n // 20 % 60:02}:{n % 20 * 3 + 2:02}.000\n{line}\n"
            for n, line in enumerate(lines)
        ]
        path.write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    else:
        path.write_text(("\n\n" if kind == "md" else "\n").join(lines) + "\n", encoding="utf-8")
    return path


def meeting(labels, times):
    """Talk of two people, between which a line with each label stands, once or often."""
    lines = []
    for n in range(times):
        for at, label in enumerate(labels):
            lines += [f"{OTHERS[0]}: we begin part {at}", f"{label}: zebra{at}x{n} wakes", f"{OTHERS[1]}: yes, go on"]
    return lines


def said_by(turns, labels, times):
    """Label, and the speaker of each turn that holds its words (None where nobody said them)."""
    who = {
        word: None if pd.isna(speaker) else speaker
        for speaker, text in zip(turns["speaker"], turns["text"], strict=True)
        for word in text.split()
        if word.startswith("zebra")
    }
    return [(label, [who.get(f"zebra{at}x{n}", "lost") for n in range(times)]) for at, label in enumerate(labels)]


def read(folder, kind, lines, roster=(), people=()):
    table = pd.DataFrame({"actor": [f"E{n}" for n, _ in enumerate(roster)], "name": list(roster)}, dtype="str")
    aliases = pd.DataFrame(list(people), columns=["alias", "actor"], dtype="str")
    path = written(folder, kind, lines)
    turns, problems = read_transcript(path, path.name, settled_by(table, aliases), activity="m", kind="meeting")
    return match_speakers(turns, table, aliases, path.name)[0], problems


def test_the_lists_are_as_long_as_they_should_be():
    assert len(set(SPEAKERS + KNOWN + UNSURE)) >= 150
    assert len(set(TALK)) >= 150


@pytest.mark.parametrize("times", [1, 10])
@pytest.mark.parametrize("kind", KINDS)
def test_words_never_go_to_whoever_spoke_before(tmp_path, kind, times):
    wrong = []
    for labels, roster in ((SPEAKERS, OTHERS), (KNOWN, [*OTHERS, *KNOWN])):
        turns, _ = read(tmp_path, kind, meeting(labels, times), roster)
        wrong += [
            found
            for found in said_by(turns, labels, times)
            if {None, "lost", *OTHERS} & set(found[1]) or len(set(found[1])) > 1
        ]
        assert labels is SPEAKERS or set(turns["actor"].dropna()) == {f"E{n}" for n in range(len(roster))}
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 10])
@pytest.mark.parametrize("kind", KINDS)
def test_whoever_may_be_a_speaker_is_asked_about(tmp_path, kind, times):
    wrong = []
    for label in UNSURE:
        turns, problems = read(tmp_path, kind, meeting([label], times), OTHERS)
        ((_, who),) = said_by(turns, [label], times)
        asked = any(problem.field == "speaker" and label in problem.message for problem in problems)
        if set(who) & {"lost", *OTHERS} or (None in who and not asked):
            wrong.append((label, who, asked))
    assert wrong == []


@pytest.mark.parametrize("times", [1, 10])
@pytest.mark.parametrize("kind", KINDS)
def test_talk_that_looks_like_a_label_makes_no_person(tmp_path, kind, times):
    turns, problems = read(tmp_path, kind, meeting(TALK, times), OTHERS)
    asked = [problem.message for problem in problems if problem.field == "speaker"]
    apart = [message for message in asked if "nobody's words" in message]
    before = None if kind == "vtt" else OTHERS[0]
    wrong = [
        (label, who) for label, who in said_by(turns, TALK, times)
        if set(who) != {before} and not (set(who) == {None} and any(label in message for message in apart))
    ]  # fmt: skip
    assert wrong == []


def test_people_csv_settles_what_is_left(tmp_path):
    labels = [
        label
        for label in [*UNSURE, *TALK]
        if label[0] not in "“(" and label not in ("https", "10", "1.5", "2024-05-02")
    ]
    for kind in KINDS:
        turns, _ = read(tmp_path, kind, meeting(labels, 2), OTHERS, [(label, "?") for label in labels])
        assert [found for found in said_by(turns, labels, 2) if {None, *OTHERS} & set(found[1])] == []
        turns, problems = read(tmp_path, kind, meeting(labels, 2), OTHERS, [(label, "-") for label in labels])
        before = None if kind == "vtt" else OTHERS[0]
        assert [found for found in said_by(turns, labels, 2) if set(found[1]) != {before}] == []
        assert [problem for problem in problems if "may begin" in problem.message] == []


# A line as a program writes it, and who says what from when.
FORMS = [
    ("**Ana Ruiz:** we start", "Ana Ruiz", None, "we start"),
    ("**Ana Ruiz**: we start", "Ana Ruiz", None, "we start"),
    ("**Ana Ruiz**  0:05\nwe start", "Ana Ruiz", 5, "we start"),
    ("**Ana Ruiz** [0:05]\nwe start", "Ana Ruiz", 5, "we start"),
    ("****Ana Ruiz****  0:05\nwe start", "Ana Ruiz", 5, "we start"),
    ("<u>Ana Ruiz:</u>\twe start", "Ana Ruiz", None, "we start"),
    ("## Ana Ruiz (00:13)\nwe start", "Ana Ruiz", 13, "we start"),
    ("[00:00:12] **Ana:** we start", "Ana", 12, "we start"),
    ("[00:01:23] [SPEAKER_01]: we start", "SPEAKER_01", 83, "we start"),
    ("[SPEAKER_00]: we start", "SPEAKER_00", None, "we start"),
    ("S01: [00:00:12] we start", "S01", 12, "we start"),
    ("Ana: (03:40)\nwe start", "Ana", 220, "we start"),
    ("Ana Ruiz (00:20:12):\nwe start", "Ana Ruiz", 1212, "we start"),
    ("Redd (00:00.014)\nwe start", "Redd", 0.014, "we start"),
    ("RBA (01:08:57.764)\nwe start", "RBA", 4137.764, "we start"),
    ("Sydnie  55:21  \nwe start", "Sydnie", 3321, "we start"),
    ("Unknown Speaker  53:34  \nwe start", "Unknown Speaker", 3214, "we start"),
    ("Ana Ruiz   0:03\nwe start", "Ana Ruiz", 3, "we start"),
    ("Speaker 1   1:02:03\nwe start", "Speaker 1", 3723, "we start"),
    ("Ali 0:00  \nwe start", "Ali", 0, "we start"),
    ("0:00 - Casey Gale\n  we start", "Casey Gale", 0, "we start"),
    ("0:00 - Ana Ruiz (Harbor Interiors)\n  we start", "Ana Ruiz (Harbor Interiors)", 0, "we start"),
    ("Berater*in per Chat, 14:05\nwe start", "Berater*in per Chat", 845, "we start"),
    ("00:03:40.5Ana: we start", "Ana", 220.5, "we start"),
    ("[ATL - BlueFrog] 13:32:28\nwe start", "ATL - BlueFrog", 48748, "we start"),
    ("[2002_鶴田 直人 ツルタ ナオト] 22:05:47\nwe start", "2002_鶴田 直人 ツルタ ナオト", 79547, "we start"),
    ("[satoru] 21:54:02\nwe start", "satoru", 78842, "we start"),
    ("[id1] we start", "id1", None, "we start"),
    ("P01: we start #00:00:11-0#", "P01", None, "we start"),
    ("00:00:01 --> 00:00:04\nAna Ruiz\nwe start", "Ana Ruiz", 1, "we start"),
    ("0:0:5.100 --> 0:0:8.250\nAna Ruiz\nwe start", "Ana Ruiz", 5.1, "we start"),
    ("Ana Ruiz:\nwe start", "Ana Ruiz", None, "we start"),
    ("[00:15] Ana: we start", "Ana", 15, "we start"),
    ("Ana 00:15\nwe start", "Ana", 15, "we start"),
    ("[Ana]: we start", "Ana", None, "we start"),
    ("{Ana}: we start", "Ana", None, "we start"),
    ("@Ana: we start", "Ana", None, "we start"),
    ("Host — Ryan: we start", "Host — Ryan", None, "we start"),
    (">> ANA: we start", "ANA", None, "we start"),
]  # fmt: skip


def pieces(text, known=()):
    lines = [(row, line) for row, line in enumerate(text.split("\n"), start=1) if line.strip()]
    said, doubts = parse_lines(lines, lambda label: True if label in known else None)
    return [tuple(piece[1:4]) for piece in said], doubts


@pytest.mark.parametrize(("line", "speaker", "start_s", "text"), FORMS, ids=[form[0][:30] for form in FORMS])
def test_each_form_names_its_speaker(line, speaker, start_s, text):
    for before in ("", "Tomas Bell: good morning\n"):
        found, _ = pieces(f"{before}{line}\n")
        assert found[-1] == (speaker, start_s, text)


@pytest.mark.parametrize(
    "line",
    [
        "Ana Ruiz stopped transcription",
        "Meeting ended after 00:22:07 👋",
        "Transcription ended after 00:30:30",
        "Transcribed by https://otter.ai",
    ],
)
def test_what_a_program_writes_at_the_end_is_nobodys(line):
    found, _ = pieces(f"Ana Ruiz: bye\nTomas Bell: bye then\n{line}\n")
    assert found[1:] == [("Tomas Bell", None, "bye then"), (None, None, line)]


def test_a_time_without_a_name():
    found, _ = pieces("Ana: (00:10)\none\n(00:02:42):\ntwo\n(00:03:00): three\nBo: (04:00)\nfour\n")
    assert found == [("Ana", 10, "one"), ("Ana", 162, "two"), ("Ana", 180, "three"), ("Bo", 240, "four")]
    found, _ = pieces("00:00:00\nAna: one\nBo: two\n00:01:26\nAna: three\n")
    assert found == [("Ana", 0, "one"), ("Bo", None, "two"), ("Ana", 86, "three")]
    found, _ = pieces("Ana  0:05  \none\n0:15  \nwho knows\nBo  0:20  \ntwo\n")
    assert found == [("Ana", 5, "one"), (None, 15, "who knows"), ("Bo", 20, "two")]


def test_marks_of_time_are_no_words():
    lines = [(1, "P01: one two #00:00:11-0#"), (2, "three #00:00:15-5#"), (3, "P02: four"), (4, "#01:02:07-0#")]
    said, _ = parse_lines(lines)
    assert [piece[1:] for piece in said] == [
        ("P01", None, "one two\nthree", 15.5), ("P02", None, "four", 3727.0),
    ]  # fmt: skip


def test_labels_and_other_voices_inside_a_line():
    found, _ = pieces("Ana: that is right. Russo: Yes it is\nRusso: and so on.\nRusso: I know.\nAna: ok\n")
    assert found[:2] == [("Ana", None, "that is right."), ("Russo", None, "Yes it is")]
    found, _ = pieces("S01: we tried //S02: Ja. // and it worked\nS02: good\n")
    assert found == [
        ("S01", None, "we tried"),
        ("S02", None, "Ja."),
        ("S01", None, "and it worked"),
        ("S02", None, "good"),
    ]
    found, _ = pieces("Ana: it is cheap. Cons: slow. Thanks, James. So: next\nBo: good\n")
    assert found[0] == ("Ana", None, "it is cheap. Cons: slow. Thanks, James. So: next")


def test_a_pause_leaves_the_floor_to_whoever_had_it():
    found, _ = pieces("S00: one\n(12 seconds pause)\ntwo\n")
    assert found == [("S00", None, "one"), (None, None, "(12 seconds pause)"), ("S00", None, "two")]


def test_in_a_chat_with_times_a_name_before_a_colon_is_whom_it_is_for():
    lines = ["[Ana] 13:32:28", "Chet: your audio is dropping", "[Chet] 13:32:40", "Ana: thanks", "jdob, tom2: thanks"]
    said, doubts = parse_lines(list(enumerate(lines)), chat=True)
    assert [(piece.speaker, piece.text) for piece in said] == [
        ("Ana", "Chet: your audio is dropping"), ("Chet", "Ana: thanks\njdob, tom2: thanks"),
    ]  # fmt: skip
    assert doubts == []


@pytest.mark.parametrize("mark", ["\t", " - ", " – "])
def test_tabs_and_dashes_set_names_off_where_most_lines_have_them(mark):
    lines = [f"{who}{mark}{word} it went" for who, word in zip(["Ana", "Bo", "Ana", "Bo"], "abcd", strict=True)]
    found, _ = pieces("\n".join(lines))
    assert [who for who, *_ in found] == ["Ana", "Bo", "Ana", "Bo"]
    found, _ = pieces(f"Ana: we went out{mark}it rained\nBo: yes\nThen we left{mark}late\nit stopped")
    assert [who for who, *_ in found] == ["Ana", "Bo"]


def test_a_dash_inside_a_name_is_no_end_of_it():
    lines = [
        "Lincoln - Ana Ruiz - we start",
        "Lincoln - Bo Cruz - good",
        "Lincoln - Ana Ruiz - then - so I hope - we go on",
    ]
    found, doubts = pieces("\n".join(lines))
    assert [(who, text) for who, _, text in found] == [
        ("Lincoln - Ana Ruiz", "we start"), ("Lincoln - Bo Cruz", "good"), ("Lincoln - Ana Ruiz", "then - so I hope - we go on"),
    ]  # fmt: skip
    assert doubts == []
    found, _ = pieces("Ana Ruiz - Lincoln - we start\nBo - good\nAna Ruiz - yes - I do\nBo - ok", known=["Ana Ruiz"])
    assert [who for who, *_ in found] == ["Ana Ruiz", "Bo", "Ana Ruiz", "Bo"]
    found, doubts = pieces("Ana - we start\nBo - good\nAna - Lincoln - it rained\nBo - ok")
    assert [who for who, *_ in found] == ["Ana", "Bo", None, "Bo"]
    assert [doubt[1:] for doubt in doubts] == [("Ana - Lincoln", "Ana - Lincoln - it rained", True)]


@pytest.mark.parametrize("number", ["+15551234567", "1-***-***-12", "(555) 010-9999"])
def test_a_number_right_behind_a_mark_of_time_speaks(number):
    found, _ = pieces(f"00:00:01.0Ana: good morning\n00:00:03.5{number}: we start\n00:00:07.0Ana: yes\n00:00:09.32: we")
    assert found[:3] == [("Ana", 1, "good morning"), (number, 3.5, "we start"), ("Ana", 7, "yes\n00:00:09.32: we")]


@pytest.mark.parametrize("number", ["1-***-***-12", "+1 555-***-0100", "*****0100***99", "1***12*4567"])
@pytest.mark.parametrize(
    "mark", ["{n}: {w}", "**{n}:** {w}", "**{n}**: {w}", "__{n}:__ {w}", "<b>{n}:</b> {w}", "**{n}**  0:05\n{w}"]
)
def test_a_number_of_which_a_part_is_hidden_speaks(number, mark):
    found, _ = pieces("Ana: good morning\n" + mark.format(n=number, w="we start") + "\nAna: yes")
    assert [(who, text) for who, _, text in found] == [("Ana", "good morning"), (number, "we start"), ("Ana", "yes")]


names = st.sampled_from(
    [
        "Ana Ruiz",
        "Bo",
        "SPEAKER_01",
        "maria lopez",
        "So Young Kim",
        "Chet",
        "Question",
        "So",
        "Иван",
        "A",
        "one thing",
        "It is",
    ]
)
shapes = st.sampled_from(["{n}: {w}", "**{n}:** {w}", "{n}  0:1{d}\n{w}", "[00:1{d}] {n}: {w}", "[{n}] 10:00:1{d}\n{w}", "{n} (00:1{d})\n{w}", "{w}",
                          "{n}\t{w}", "{n} - {w}", "(00:1{d}): {w}", "00:00:1{d}\n{n}: {w}", "{w}. {n}: {w}x", "{n}: {w} #00:00:1{d}-0#"])  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(names, shapes), min_size=1, max_size=15), st.sets(names, max_size=3), st.booleans())
def test_no_word_is_lost_whatever_the_shapes(talk, known, chat):
    lines = []
    for n, (name, shape) in enumerate(talk):
        lines += shape.format(n=name, w=f"word{n}w", d=n % 10).split("\n")
    said, _ = parse_lines(list(enumerate(lines)), lambda label: True if label in known else None, chat=chat)
    text = " ".join(f"{piece.speaker or ''} {piece.text}" for piece in said)
    assert all(f"word{n}w" in text for n in range(len(talk)))
    for n, (name, shape) in enumerate(talk):
        if shape == "{n}: {w}" and name in known and not chat:
            assert [piece.speaker for piece in said if f"word{n}w" in piece.text.split()] == [name]


@pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA names no folder with real files")
@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("talk_files/google_meet/07_PPGC_Transcript.md", [6, 3, 3, 3, 2]),
        ("talk_files/google_meet/29_PPGC_Transcript.md", [14, 8, 7, 2]),
        ("talk_files/riverside/transcript-1.txt", [41, 12, 12]),
        ("talk_files/riverside/transcript-1.srt", [41, 12, 12]),
        ("zoom_meetings/2026-02-10_028_transcript.vtt", [114, 25, 11, 8, 3]),
        ("zoom_meetings/2026-02-24_029_transcript.vtt", [57, 10, 8, 6]),
        ("zoom_meetings/2026-04-21_033_transcript.vtt", [115, 42, 19, 9, 7, 4]),
    ],
)
def test_real_files_give_their_labels_and_no_others(name, counts):
    cues, problems = read_cues(Path(REAL) / name, "t")
    assert sorted(cues["speaker"].value_counts().tolist(), reverse=True) == counts
    assert not [problem for problem in problems if problem.level == "error"]
