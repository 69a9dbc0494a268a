"""Processes that do tasks: they are used again, replaced when lost, and learn what notebooks import."""

import errno
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nicmethods.batch import processes as processes_module
from nicmethods.batch.plan import plan_runs
from nicmethods.batch.processes import Processes, choose_engine, said_of_system
from nicmethods.batch.run import run_batch

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux forks a notebook")


@dataclass(frozen=True)
class Tell:
    """A task that tells the process that does it, or ends it, or takes its time."""

    doing: str = "tell"
    timeout_s: float = 600

    def __call__(self, scratch):
        print("last words", flush=True)
        if self.doing == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.doing == "raise":
            raise ValueError("odd")
        if self.doing == "sleep":
            time.sleep(3600)
        return os.getpid()

    def lost(self, scratch, reason):
        assert scratch.is_dir(), "it can still be looked into"
        return reason


@pytest.fixture
def module_is_known(monkeypatch):
    """Processes of the processes import this module to know its tasks."""
    here = str(Path(__file__).parent)
    monkeypatch.syspath_prepend(here)
    monkeypatch.setitem(sys.modules, "test_processes", sys.modules[__name__])
    monkeypatch.setattr(Tell, "__module__", "test_processes")


def test_processes_are_used_again_and_replaced_after_many_tasks(module_is_known, monkeypatch):
    monkeypatch.setattr(processes_module, "_MOST_TASKS", 5)
    with Processes(1, engine="stock") as processes:
        pids = [done.result for done in processes.each([Tell()] * 7)]
    assert len(set(pids)) == 2
    assert pids == sorted(pids, key=pids.index)
    assert pids.count(pids[0]) == 5


def test_code_that_changes_while_a_batch_runs_neither_stops_nor_reaches_it(module_is_known, monkeypatch):
    with Processes(1, engine="stock") as processes:
        [before] = processes.each([Tell()])
        monkeypatch.setattr(processes_module, "_stamp", lambda: -1)
        processes.prepare()
        [after] = processes.each([Tell()])
        assert before.result == after.result
    served = processes_module._served
    with Processes(1, engine="stock") as processes:
        list(processes.each([Tell()]))
    assert processes_module._served == ("stock", -1) != served


@pytest.mark.parametrize(
    ("doing", "said"),
    [
        ("die", "its process was ended (code -9) last words"),
        ("raise", "its process was ended (code 1) ValueError: odd"),
    ],
)
def test_a_lost_process_is_replaced_and_its_last_words_are_kept(module_is_known, doing, said):
    with Processes(1, engine="stock") as processes:
        results = [done.result for done in processes.each([Tell(), Tell(doing), Tell()])]
    assert results[1] == said
    assert results[0] != results[2]


def test_what_takes_too_long_is_ended(module_is_known, monkeypatch):
    monkeypatch.setattr(processes_module, "_GRACE_S", 0.5)
    with Processes(2, engine="stock") as processes:
        results = [done.result for done in processes.each([Tell("sleep", timeout_s=1), Tell()])]
    assert "took more than 1 s" in results, "after an hour it would have given its number"


def test_folders_of_tasks_are_taken_away(module_is_known, monkeypatch, tmp_path):
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Processes(1, engine="stock") as processes:
        list(processes.each([Tell(), Tell("die")]))
        next(processes.each([Tell(), Tell()]))
    assert not list(tmp_path.glob("nic-*"))


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_where_processes_are_not_forked_the_user_is_told_once(monkeypatch, caplog, platform):
    monkeypatch.setattr(sys, "platform", platform)
    with caplog.at_level(logging.WARNING):
        assert choose_engine() == "stock"
    assert [record.getMessage() for record in caplog.records] == [
        "Each notebook starts a kernel (slower): only Linux forks one safely."
    ]
    monkeypatch.setenv("NICMETHODS_ENGINE", "stock")
    caplog.clear()
    assert choose_engine() == "stock"
    assert not caplog.records, "who asked for it need not be told"


@linux
def test_a_large_library_is_imported_ahead_of_the_notebook_that_came_to_need_it_alone(study, add_notebook):
    shutil.copytree(study / "data" / "tiny", study / "data" / "tiny2")
    seen = "import sys\nprint('seaborn' in sys.modules)"
    paths = [add_notebook("01", f"{seen}\nimport seaborn"), add_notebook("02", seen)]
    runs = plan_runs([study / "data" / name for name in ("tiny", "tiny2")], paths, reports=study / "reports")
    run_batch(runs, workers=1)
    said = [next(word for word in ("False", "True") if f"{word}\\n" in run.output.read_text()) for run in runs]
    assert said[:3] == ["False", "False", "True"]


@linux
def test_a_notebook_is_given_the_case_that_was_checked_unless_it_changed(study, add_notebook):
    source = (
        "import nicmethods as nic\nfrom nicmethods.case import reader\nread = reader.Reader.table\nseen = []\n"
        "reader.Reader.table = lambda self, name, *a, **k: (seen.append(name), read(self, name, *a, **k))[1]\n"
        "one, two = nic.load_case(case), nic.load_case(case)\nprint('tables read:', len(seen))\n"
        "one.roster['name'] = 'x'\nprint('apart:', (two.roster['name'] != 'x').all())\n"
        "with open(case + '/roster.csv', 'a') as file: file.write('E03,Cy Dale,south,teacher\\n')\n"
        "print('people:', len(nic.load_case(case).roster), len(seen) > 0)"
    )
    runs = plan_runs([study / "data" / "tiny"], [add_notebook("01", source)], reports=study / "reports")
    manifest = run_batch(runs, workers=1, engine="nicmethods")
    assert "was changed while it ran" in manifest["error"][0], "so it may have read half of each"
    text = runs[0].output.read_text()
    for said in ("tables read: 0", "apart: True", "people: 3 True"):
        assert said in text


@dataclass(frozen=True)
class Leave:
    """A task that counts how often it is begun and starts a process with a session of its own, which would outlive it."""

    notes: str
    doing: str = "tell"
    timeout_s: float = 60
    batch: int = field(default_factory=os.getpid)

    def __call__(self, scratch):
        with Path(self.notes).open("a") as file:
            child = subprocess.Popen(["sleep", "600"], start_new_session=True)
            file.write(f"{child.pid}\n")
        if self.doing == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.doing == "sleep":
            time.sleep(600)
        if self.doing == "kill who forked it" and len(Path(self.notes).read_text().split()) == 1:
            who = os.getppid()
            if who not in (1, self.batch):  # the other task may have been first, and orphans go to these
                os.kill(who, signal.SIGKILL)
                time.sleep(600)
        return "done"

    def lost(self, scratch, reason):
        return reason


def is_alive(pid):
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and " Z " not in stat.read_text()


@linux
@pytest.mark.parametrize(("doing", "times"), [("tell", 1), ("die", 3), ("sleep", 1)])
def test_nothing_that_a_task_starts_outlives_it_and_a_killed_one_is_begun_three_times(
    module_is_known, monkeypatch, tmp_path, doing, times
):
    monkeypatch.setattr(processes_module, "_GRACE_S", 0.0)
    monkeypatch.setattr(Leave, "__module__", "test_processes")
    notes = tmp_path / "notes"
    with Processes(1, engine="nicmethods") as processes:
        timeout_s = 8 if doing == "sleep" else 120
        [done] = processes.each([Leave(str(notes), doing, timeout_s)])
    said = {"tell": "done", "die": "its process was ended (code -9)", "sleep": "took more than 8 s"}
    assert done.result == said[doing]
    pids = notes.read_text().split() if notes.exists() else []
    assert len(pids) == times or doing == "sleep"
    assert not [pid for pid in pids if is_alive(pid)]


@linux
def test_where_the_process_that_forks_the_others_is_killed_tasks_are_begun_again(
    module_is_known, monkeypatch, tmp_path
):
    monkeypatch.setattr(Leave, "__module__", "test_processes")
    notes = [tmp_path / name for name in "ab"]
    with Processes(2, engine="nicmethods") as processes:
        done = processes.each([Leave(str(path), "kill who forked it") for path in notes])
        results = [one.result for one in done]
    assert results == ["done"] * len(notes)
    assert sum(len(path.read_text().split()) for path in notes) > len(notes), "some were begun more than once"


@linux
@pytest.mark.parametrize("error", ["ENOSPC", "EROFS"])
def test_a_disk_that_takes_nothing_ends_all_in_words(module_is_known, error):
    with Processes(1, engine="nicmethods") as processes, pytest.raises(OSError, match=r"reports/a\.csv") as raised:
        list(processes.each([Refused(error)]))
    words = {"ENOSPC": "the disk is full", "EROFS": "the disk may only be read"}
    assert said_of_system(raised.value) == f"{words[error]} (reports/a.csv)"


@dataclass(frozen=True)
class Refused:
    """A task that the disk refuses."""

    error: str
    timeout_s: float = 60
    __module__ = "test_processes"

    def __call__(self, scratch):
        number = getattr(errno, self.error)
        raise OSError(number, os.strerror(number), "reports/a.csv")
