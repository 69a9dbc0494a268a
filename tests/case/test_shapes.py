"""Transcripts made at random in the shapes that programs write: every word comes back with its speaker, or a message names who is asked about."""

import html
import json
import random
import re

import pandas as pd
import pytest
from docx import Document

from nicmethods.case.people import match_speakers, settled_by
from nicmethods.case.transcripts import read_transcript

# Labels as people, devices and programs write them; none of them is a name of the shipped cases.
PEOPLE = """Oluwaseun Adébáyò|Nguyễn Thị Minh Khai|dr. farah haddad|Prof. Dr. Ulrike Sommerfeld-Brandt|Sra. Beltrán|Coach D|Asst. Principal Rhee|
    Siobhán Ní Bhriain|jean-luc moreau|D'Andre Washington|van den Berg, Joost|Łukasz Żółkiewski|สมชาย ใจดี|प्रिया शर्मा|Αλέξανδρος Παππάς|יעל כהן|
    村上 さくら|王小明|Ng|Xi|Will May|Hope Early|Mark|T. J. Whitfield|M.K.|jlw|k_osei22|Priya S (Gr 4)|Priya Sharma, she/they|Priya Sharma [Host]|
    Priya Sharma 🌻|Priya’s iPad|SM-G991B|(555) 010-4477|+44 20 7946 0991|Speaker_2|Sprecher 3|Intervenant·e 2|P07|FG2_F3|Student (unidentified)|
    Several students|Ms. Okafor's Class|Room 214|Sam W. (Eastside)|Interviewer|Dana / Lee|ADEBAYO, SEUN|SPEAKER_00|A|I|maria lopez|So Young Kim|
    An Nguyen|Ana María de la Cruz y Ruiz|Call-in User_3|김소영|أحمد علي|Paul O’Brien|Mrs. Alvarez|Galaxy S9|elodie le grand|marcus h""".replace("\n    ", "").split("|")  # fmt: skip
LIKE = ["So: next", "One thing: we start late", "see https://example.org/a:b for it", "at 10:30 we meet", "a ratio of 2:1 is fine", "Note: bring pens",
        "I said: no", "4:00: the bus leaves", "- first point", "1. the plan", "John 3:16 is the verse", "(laughs)", "Yes: I agree", "and then — well"]  # fmt: skip
WORDS = "we try this with the kids and it went well because they know what to do next time when the plan is new".split()


def clock(s, mark=","):
    return f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}{mark}000"


def short(s):
    return f"{s // 60}:{s % 60:02}"


def quoted(cell):
    return '"' + cell.replace('"', '""') + '"'


def each(form, between="\n"):
    """A shape that writes every turn by a form, with the speaker, its lines, its lines as one, and when it starts."""

    def made(talk):
        return between.join(
            form.format(p=who, lines="\n".join(said), apart="\n\n".join(said), line=" ".join(said), s=short(n * 13),
                        start=clock(n * 13)[:8], dot=clock(n * 13, "."), comma=clock(n * 13), dots=clock(n * 13 + 9, "."), commas=clock(n * 13 + 9),
                        sbv=clock(n * 13, ".")[1:], sbvs=clock(n * 13 + 9, ".")[1:], v=html.escape(who, quote=False), n=n + 1)
            for n, (who, said) in enumerate(talk)
        )  # fmt: skip

    return made


def segments(talk):
    return json.dumps(
        {"segments": [{"start": n * 13, "end": n * 13 + 9, "text": " ".join(said), "speaker": who} for n, (who, said) in enumerate(talk)]}
    )  # fmt: skip


def cells(header):
    return lambda talk: "\n".join([header, *(f"{quoted(who)},{quoted(chr(10).join(said))}" for who, said in talk)])


SHAPES = {
    "colon.txt": each("{p}: {lines}"),
    "label_alone.txt": each("{p}:\n{lines}", "\n\n"),
    "bold.md": each("**{p}:** {apart}", "\n\n"),
    "bold_alone.md": each("**{p}:**\n\n{apart}", "\n\n"),
    "otter.txt": each("{p}  {s}  \n{lines}", "\n\n"),
    "fathom.txt": each("{s} - {p}\n  {lines}", "\n\n"),
    "descript.md": each("[{start}] **{p}:** {lines}", "\n\n"),
    "rev.txt": each("{p} ({start}):\n{lines}", "\n\n"),
    "riverside.txt": each("{p} ({s}.014)\n{lines}", "\n\n"),
    "captions.txt": each("[{p}] {start}\n{lines}\n"),
    "f4.txt": each("{p}: {line} #{start}-0#"),
    "f4_first.txt": each("#{start}-0# {p}: {line}"),
    "noscribe.txt": each("{p}: [{start}] {line}"),
    "whisperx.txt": each("[{p}]: {line}"),
    "brackets.txt": each("[{p}] {line}"),
    "tabs.txt": each("{p}\t{line}"),
    "timed_tabs.txt": each("{s}\t{p}\t{line}"),
    "name_above_time.txt": each("{p}\n{start}\n{lines}", "\n\n"),
    "time_name.txt": each("[{start}] {p}\n{lines}", "\n\n"),
    "heading.txt": each("## {p} ({s})\n{lines}", "\n\n"),
    "zoom.vtt": lambda talk: "WEBVTT\n\n" + each("{n}\n{dot} --> {dots}\n{p}: {line}\n")(talk),
    "teams.vtt": lambda talk: "WEBVTT\n\n" + each("{dot} --> {dots}\n<v {v}>{line}</v>\n")(talk),
    "webex.vtt": lambda talk: "WEBVTT\n\n" + each('{n} "{p}" (301)\n{dot} --> {dots}\n{line}\n')(talk),
    "brackets.srt": each("{n}\n{comma} --> {commas}\n[{p}]: {line}\n"),
    "meet.sbv": each("{sbv},{sbvs}\n{p}: {line}\n"),
    "whisperx.json": segments,
    "usual.csv": cells("Speaker,Text"),
    "underscores.csv": cells("speaker_name,text"),
    "french.csv": cells("Locuteur,Texte"),
    "colon.docx": lambda talk: [[(f"{who}: ", False), ("\n".join(said), False)] for who, said in talk],
    "bold.docx": lambda talk: [[(f"{who} ", True), ("\n".join(said), False)] for who, said in talk],
    "bold_alone.docx": lambda talk: [part for who, said in talk for part in ([(who, True)], *([(line, False)] for line in said))],
    "teams.docx": lambda talk: [[(f"{who}   {short(n * 13)}\n" + "\n".join(said), False)] for n, (who, said) in enumerate(talk)],
}  # fmt: skip


def a_meeting(draw, people, n, like):
    """Turns of people in random order, each word that counts with a number of its own, some lines like labels."""
    talk, count = [], 0
    for who in draw.sample(people, len(people)) + draw.choices(people, k=n):
        said = []
        for _ in range(draw.choice([1, 1, 2])):
            count += 1
            line = " ".join(draw.choices(WORDS, k=draw.randint(1, 8))).capitalize()
            begins = f"{draw.choice(LIKE)} " if like and said and draw.random() < 0.4 else ""
            said.append(f"{begins}{line} zq{count}zq.")
        talk.append((who, said))
    return talk


def put(path, made):
    if path.suffix != ".docx":
        path.write_text(made, encoding="utf-8")
        return
    document = Document()
    for runs in made:
        paragraph = document.add_paragraph()
        for text, bold in runs:
            paragraph.add_run(text).bold = bold
    document.save(path)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shape", SHAPES)
def test_every_word_comes_back_with_its_speaker_or_is_asked_about(tmp_path, shape, seed):
    draw = random.Random(f"{shape}{seed}")
    people = draw.sample(PEOPLE, draw.choice([2, 4, 7]))
    talk = a_meeting(draw, people, draw.choice([0, 12]), like=seed > 0)
    path = tmp_path / shape
    put(path, SHAPES[shape](talk))
    known = people if seed == 1 else []
    roster = pd.DataFrame({"actor": [f"E{n}" for n, _ in enumerate(known)], "name": known}, dtype="str")
    people_csv = pd.DataFrame(columns=["alias", "actor"], dtype="str")
    turns, problems = read_transcript(path, shape, settled_by(roster, people_csv), activity="m", kind="meeting")
    turns, _ = match_speakers(turns, roster, people_csv, shape)
    who = {}
    for turn in turns.to_dict("records"):
        for word in re.findall(r"zq\d+zq", turn["text"]):
            assert word not in who, f"{word} twice"
            who[word] = turn
    asked = any(problem.field == "speaker" for problem in problems)
    for speaker, said in talk:
        for word in re.findall(r"zq\d+zq", " ".join(said)):
            turn = who[word]
            if known:
                assert turn["actor"] == f"E{people.index(speaker)}", (word, turn["speaker"], speaker)
            elif pd.isna(turn["speaker"]):
                assert asked, (word, speaker)
            else:
                plain = (re.sub(r"[\[\]]", "", label) for label in (turn["speaker"], speaker))
                assert len(set(plain)) == 1, (word, turn["speaker"], speaker)
