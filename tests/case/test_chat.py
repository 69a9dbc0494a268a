"""Zoom chat and participant report: a real export, written-out formats, and files that are something else."""

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.chat import attendance_of, join_chat, parse_chat, read_chat, read_participants
from nicmethods.case.transcripts import read_transcript
from nicmethods.tables import WORK_TABLES

REAL = os.environ.get("NICMETHODS_REAL_DATA")
real_data = pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA names no folder with real files")

SAVED = """10:02:11 From Dana M to Everyone:
\tHow did you set up the exit tickets?
\tWe never got them to work.
10:03:40 From Sam Ortiz to Everyone:
\tReplying to "How did you set up t..."
\t
\tWe print them weekly.
\tI can share ours.
10:03:52 From Dana M to Everyone:
\tReacted to "We print them weekly..." with 👍
10:03:58 From Dana M to Everyone:
\tRemoved a 👍 reaction from "We print them weekly..."
10:04:10 From Dana M to Sam Ortiz(Direct Message):
\tbetween us
10:05:00 From Lee (North) to Everyone : Replying to "nobody said this"

thanks: 10:30 works
"""


def make_turns(*starts, activity="m1"):
    rows = [
        {
            "activity": activity,
            "turn": str(n),
            "position": n,
            "speaker": "A",
            "start_s": start,
            "end_s": start,
            "text": "x",
        }
        for n, start in enumerate(starts, 1)
    ]
    table = WORK_TABLES["turns"]
    return pd.DataFrame(rows).reindex(columns=table.names).astype({c.name: c.dtype for c in table.columns})


@pytest.fixture
def roster():
    return pd.DataFrame({"actor": ["E01", "E02"], "name": ["Dana Miller", "Sam Ortiz"]}, dtype="str")


@pytest.fixture
def people():
    return pd.DataFrame({"alias": ["Dana M", "Sam's iPad"], "actor": ["E01", "E02"]}, dtype="str")


class TestSavedChat:
    def test_messages(self):
        messages, _, _ = parse_chat(SAVED, "chat.txt")
        assert messages["turn"].tolist() == ["c1", "c2", "c3"]
        assert messages["speaker"].tolist() == ["Dana M", "Sam Ortiz", "Lee (North)"]
        assert messages["text"].tolist() == [
            "How did you set up the exit tickets?\nWe never got them to work.",
            "We print them weekly.\nI can share ours.",
            "thanks: 10:30 works",
        ]
        assert messages["reply_to"].fillna("").tolist() == ["", "c1", ""]
        assert messages["time_s"].tolist() == [36131, 36220, 36300]

    def test_reactions_are_not_talk(self):
        _, reactions, _ = parse_chat(SAVED, "chat.txt")
        assert reactions[["turn", "speaker", "reaction"]].to_numpy().tolist() == [["c2", "Dana M", "👍"]]

    def test_what_is_left_out_is_said(self):
        _, _, problems = parse_chat("hello\n" + SAVED, "chat.txt")
        assert [str(problem) for problem in problems] == [
            "warning  chat.txt row 1: the line stands above the first message and has no time; it is left out.",
            "warning  chat.txt row 16: the message quoted as 'nobody said this' is not in the chat above; whom it answers is not known.",
            "warning  chat.txt: 1 private messages are left out: they are not the meeting's talk.",
        ]

    def test_no_chat(self):
        messages, reactions, problems = parse_chat("", "chat.txt")
        assert messages.empty
        assert reactions.empty
        assert problems[0].level == "error"

    @given(
        st.lists(
            st.tuples(st.sampled_from(["A", "B C"]), st.lists(st.text("ab: \"'", max_size=6), min_size=1, max_size=3))
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_what_is_written_is_read(self, said):
        lines = [
            f"00:0{n % 10}:00 From {who} to Everyone:\n" + "\n".join(f"\t{line}" for line in text)
            for n, (who, text) in enumerate(said)
        ]
        messages, _, _ = parse_chat("\n".join(lines), "chat.txt")
        assert messages["speaker"].tolist() == [who for who, _ in said]
        assert messages["text"].tolist() == ["\n".join(line.strip() for line in text).strip() for _, text in said]

    @given(st.text(max_size=200))
    @settings(max_examples=60, deadline=None)
    def test_any_text_gives_messages_or_problems(self, text):
        messages, _, problems = parse_chat(text, "chat.txt")
        assert len(messages) or problems


class TestJoining:
    def test_by_the_clock(self):
        messages = parse_chat("00:10:05\tB:\tyes\n00:10:30\tB:\tno\n", "c")[0]
        joined = join_chat(
            pd.concat([make_turns(0, 10, 20), make_turns(0, activity="m2")]), messages, activity="m1", ahead_s=600
        )
        ours = joined[joined["activity"] == "m1"]
        assert ours["turn"].tolist() == ["1", "c1", "2", "3", "c2"]
        assert ours["position"].tolist() == [1, 2, 3, 4, 5]
        assert ours["start_s"].tolist() == [0, 5, 10, 20, 30]
        assert joined.loc[joined["activity"] == "m2", "turn"].tolist() == ["1"]
        WORK_TABLES["turns"].schema().validate(joined)

    def test_turns_without_times_stay_where_they_are(self):
        messages = parse_chat("00:00:15\tB:\tyes\n", "c")[0]
        joined = join_chat(make_turns(0, None, 20), messages, activity="m1", ahead_s=0)
        assert joined["turn"].tolist() == ["1", "2", "c1", "3"]

    def test_without_knowing_the_clock(self):
        messages = parse_chat(SAVED, "c")[0]
        joined = join_chat(make_turns(0, 10), messages, activity="m1", ahead_s=None)
        assert joined["turn"].tolist() == ["1", "2", "c1", "c2", "c3"]
        assert joined["start_s"].isna().tolist() == [False, False, True, True, True]


REPORT = """Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest
Dana M,d@example.org,09/24/2020 10:00:00 AM,09/24/2020 10:30:00 AM,30,No
Dana M,d@example.org,09/24/2020 10:20:00 AM,09/24/2020 10:40:00 AM,20,No
Dana M,d@example.org,09/24/2020 11:00:00 AM,09/24/2020 11:10:00 AM,10,No
Sam's iPad (Sam Ortiz),,09/24/2020 10:00:00 AM,09/24/2020 10:15:00 AM,15,Yes
Nobody,,09/24/2020 10:00:00 AM,09/24/2020 10:15:00 AM,fifteen,Yes
"""


class TestParticipants:
    def test_sessions_that_overlap_count_once(self, tmp_path, roster, people):
        (tmp_path / "p.csv").write_text(REPORT)
        participants, problems = read_participants(tmp_path / "p.csv", "p.csv")
        assert [(p.row, p.value) for p in problems] == [(6, "fifteen")]
        attendance, problems = attendance_of(participants, roster, people, activity="m1", name="p.csv")
        assert attendance[["actor", "minutes"]].to_numpy().tolist() == [["E01", 50], ["E02", 15]]
        assert [problem.value for problem in problems] == ["Nobody"]
        assert str(problems[0]).startswith("warning  p.csv: participant 'Nobody' is not known.")
        WORK_TABLES["attendance"].schema().validate(attendance)

    def test_two_devices_at_once_are_no_more_time(self, roster, people):
        participants = pd.DataFrame(
            {"name": ["Sam Ortiz", "Sam's iPad"], "joined": pd.NaT, "left": pd.NaT, "minutes": [57.0, 40]}
        )
        attendance, problems = attendance_of(
            participants.astype({"name": "str"}), roster, people, activity="m1", name="p"
        )
        assert attendance[["actor", "minutes"]].to_numpy().tolist() == [["E02", 57]]
        assert problems == []

    @pytest.mark.parametrize("text", ["a,b\n1,2\n", "Name (Original Name),User Email\nDana M,x\n"])
    def test_another_file(self, tmp_path, text):
        (tmp_path / "p.csv").write_text(text)
        participants, problems = read_participants(tmp_path / "p.csv", "p.csv")
        assert participants.empty
        assert "no columns 'Name (Original Name)' and 'Duration (Minutes)'" in problems[-1].message

    def test_no_file(self, tmp_path):
        participants, problems = read_participants(tmp_path / "none.csv", "none.csv")
        assert participants.empty
        assert [problem.level for problem in problems] == ["error"]


@real_data
class TestRealMeeting:
    folder = Path(REAL or ".", "zoom_sample")

    def test_chat(self):
        messages, reactions, problems = read_chat(self.folder / "meeting001_chat.txt", "chat.txt")
        assert problems == []
        assert reactions.empty
        assert messages["speaker"].value_counts().to_dict() == {
            "Andrew Knight": 6, "Ringo Starr": 1, "George Harrison": 1, "John Lennon": 1, "Paul McCartney": 1,
        }  # fmt: skip
        assert messages["text"].tolist()[-3:] == ["Cockpit", "anywhere but", "Fuselage"]
        turns, _ = read_transcript(self.folder / "meeting001_transcript.vtt", "t.vtt", activity="m1", kind="meeting")
        joined = join_chat(turns, messages, activity="m1", ahead_s=14.5 * 60)
        assert len(joined) == len(turns) + 10
        assert joined["position"].tolist() == list(range(1, len(joined) + 1))
        assert joined["turn"].is_unique
        times = joined["start_s"].dropna()
        assert times.is_monotonic_increasing

    def test_report(self):
        participants, problems = read_participants(self.folder / "meeting001_participants.csv", "p.csv")
        assert len(participants) == 10
        assert all("byte-order mark" in problem.message for problem in problems)
        rosetta = pd.read_csv(self.folder / "meeting001_rosetta.csv", dtype="str")
        people = rosetta.rename(columns={"userName": "alias", "userId": "actor"})[["alias", "actor"]]
        nobody = pd.DataFrame({"actor": people["actor"].unique(), "name": pd.NA}).astype("str")
        nobody["name"] = pd.Series(pd.NA, index=nobody.index, dtype="str")
        attendance, problems = attendance_of(participants, nobody, people, activity="m1", name="p.csv")
        assert problems == []
        assert len(attendance) == 9
        minutes = attendance.set_index("actor")["minutes"]
        assert minutes["10002"] == 57  # joined with two devices
        assert minutes["10001"] == 75
