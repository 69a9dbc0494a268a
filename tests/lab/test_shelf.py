"""The folder of codings, shared by several desks at once."""

import os
import subprocess
import sys
import threading

import pytest

from nicmethods.errors import CaseError
from nicmethods.files.writing import write_atomically
from nicmethods.lab.sheet import Edit, Shelf, write_lock


def no_problems(stem, table, name):
    return []


def coding(turn, code="thanks"):
    return {"activity": "A1", "turn": str(turn), "code": code}


@pytest.fixture
def case(tmp_path):
    (tmp_path / "codings").mkdir()
    return tmp_path


def add(case, stem, turn, say=print):
    shelf = Shelf(case, no_problems)
    with write_lock(shelf.folder, say):
        shelf.write_edits([Edit(stem, None, coding(turn))])


def test_many_writers_of_one_file_lose_nothing(case):
    writers = [
        threading.Thread(target=lambda k=k: [add(case, "anna", f"{k}-{n}") for n in range(12)]) for k in range(6)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    rows = Shelf(case, no_problems).read_sheet("anna").records
    assert {row["turn"] for row in rows} == {f"{k}-{n}" for k in range(6) for n in range(12)}


def test_two_processes_take_turns_and_a_killed_one_leaves_no_lock(case):
    code = (
        "import sys, time; from pathlib import Path; from nicmethods.lab.sheet import write_lock\n"
        "with write_lock(Path(sys.argv[1]), print): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code, case / "codings"], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    waiting = threading.Thread(target=add, args=(case, "anna", 1))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive(), "it waits for the other process"
    holder.kill()
    holder.communicate()
    waiting.join()
    assert [row["turn"] for row in Shelf(case, no_problems).read_sheet("anna").records] == ["1"]


def test_a_decision_waits_for_as_long_as_the_lock_is_held_and_says_so(case):
    heard = threading.Event()
    said = []

    def say(words):
        said.append(words)
        heard.set()

    with write_lock(case / "codings", print):
        waiting = threading.Thread(target=add, args=(case, "anna", 1, say))
        waiting.start()
        assert heard.wait(60)
        assert not (case / "codings" / "anna.csv").exists()
    waiting.join()
    assert said == ["Waiting: another program holds codings/.lock. What you did is saved as soon as it lets go."]
    assert [row["turn"] for row in Shelf(case, no_problems).read_sheet("anna").records] == ["1"]


def test_a_crash_while_writing_leaves_the_old_file(case, monkeypatch):
    path = case / "codings" / "anna.csv"
    write_atomically(path, b"old")
    path.chmod(0o640)

    def broken(file):
        raise OSError(28, "No space left on device", "anna.csv")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in path.parent.iterdir()] == ["anna.csv"], "nothing half-written is left"
    monkeypatch.undo()
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_change_by_somebody_else_is_seen_and_kept(case):
    mine = Shelf(case, no_problems)
    with write_lock(mine.folder, print):
        mine.write_edits([Edit("anna", None, coding(1))])
    assert not mine.is_changed("anna")
    add(case, "anna", 2)
    assert mine.is_changed("anna")
    with write_lock(mine.folder, print):
        undo = mine.write_edits([Edit("anna", None, coding(3))])
    assert [row["turn"] for row in mine.read_sheet("anna").records] == ["1", "2", "3"]
    with write_lock(mine.folder, print):
        mine.write_edits(undo)
    assert [row["turn"] for row in Shelf(case, no_problems).read_sheet("anna").records] == ["1", "2"]


def test_nothing_is_written_if_one_of_several_files_has_changed(case):
    shelf = Shelf(case, no_problems)
    add(case, "ben", 1)
    with write_lock(shelf.folder, print), pytest.raises(Exception, match="changed elsewhere"):
        shelf.write_edits([Edit("anna", None, coding(1)), Edit("ben", coding(7), None)])
    assert not (case / "codings" / "anna.csv").exists()


def test_a_file_that_leads_out_of_the_case_is_not_written(case, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "anna.csv"
    outside.write_text("activity,turn,code\nA1,1,thanks\n")
    (case / "codings" / "anna.csv").symlink_to(outside)
    with pytest.raises(CaseError, match="leaves the case folder"):
        add(case, "anna", 2)
    assert outside.read_text() == "activity,turn,code\nA1,1,thanks\n"


def test_what_somebody_broke_is_said_with_its_row(case):
    (case / "codings" / "anna.csv").write_text("activity,turn,code,start_char\nA1,1,thanks,x\nA1,2,,\n")
    with pytest.raises(CaseError, match=r"row 2: 'start_char' is 'x'(.|\n)*row 3: 'code' is empty"):
        Shelf(case, no_problems).read_sheet("anna")
