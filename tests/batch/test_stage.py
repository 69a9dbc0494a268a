"""New results take the place of old ones whole or not at all, wherever whoever writes them is killed."""

import json
import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from nicmethods.batch.plan import Run
from nicmethods.batch.stage import commit, drop_others, ended_before, finish, finish_moves, new_stage, stage_of
from nicmethods.results import STAGE, read_json, read_results, write_results
from nicmethods.tables import RUN_TABLES

STEMS = ("01", "02", "03")


class Killed(BaseException):
    """This process is gone."""


class Disk:
    """Counts what changes a disk, and kills whoever asks for more than is allowed."""

    CHANGES = ("replace", "rename", "unlink", "rmdir", "open", "mkdir")

    def __init__(self, monkeypatch):
        self.n, self.most = 0, None
        for name in self.CHANGES:
            monkeypatch.setattr(os, name, self._counted(getattr(os, name), name))

    def _counted(self, do, name):
        def counted(path, *args, **more):
            if name == "open" and not (args[0] if args else 0) & os.O_CREAT:
                return do(path, *args, **more)
            if self.most is not None and self.n >= self.most:
                raise Killed
            self.n += 1
            return do(path, *args, **more)

        return counted


def run_of(reports, stem):
    return Run("tiny", reports.parent / "data" / "tiny", Path(f"{stem}.ipynb"), reports)


def leave(reports, stem, version, *, status="ok"):
    """What a notebook leaves: a table of its own, a number and part of the summary, all saying which version they are."""
    run = run_of(reports, stem)
    stage = new_stage(run)
    os.environ[STAGE] = str(stage)
    try:
        number = {"id": f"{stem}.value", "value": version, "unit": None}
        summary = {"title": f"version {version}"} if stem == "01" else {}
        name = (
            {"01": "change", "02": "qap", "03": "mixing"}[stem]
            if version < 3
            else "stergm"
            if stem == "01"
            else "change"
        )
        table = pd.DataFrame(columns=RUN_TABLES[name].names)
        write_results(reports, "tiny", {name: table}, [number], summary=summary)
    finally:
        del os.environ[STAGE]
    (stage / f"{stem}.ipynb").write_text(json.dumps({"version": version}))
    entry = {"status": status, "key": f"{stem} {version}", "seconds": 1.0, "started": "2026-01-01T00:00:00+00:00"}
    finish(run, stage, entry, {"inputs": {}, "newest": version})


def versions(reports):
    """Every version that stands in the case's folder."""
    folder = reports / "tiny"
    found = {number["value"] for number in read_json(folder / "numbers.json", [])}
    found |= {json.loads(path.read_text())["version"] for path in folder.glob("notebooks/*.ipynb")}
    found |= {
        float(read_json(folder / "case.json", {})["title"].split()[1]),
        read_json(folder / "provenance.json", {})["newest"],
    }
    entries = read_json(folder / "provenance.json", {})["notebooks"]
    return found | {float(entry["key"].split()[1]) for entry in entries.values()}


@pytest.fixture
def reports(tmp_path):
    folder = tmp_path / "reports"
    for stem in STEMS:
        leave(folder, stem, 1.0)
    commit(folder, "tiny")
    return folder


def test_what_waits_is_not_seen_and_what_is_put_in_place_is_all_of_it(reports):
    assert versions(reports) == {1.0}
    for stem in STEMS:
        leave(reports, stem, 2.0)
    assert versions(reports) == {1.0}
    commit(reports, "tiny")
    assert versions(reports) == {2.0}
    assert sorted(read_results(reports, "tiny").tables) == ["change", "mixing", "qap"]
    assert not (reports / ".new" / "tiny").exists()


@pytest.mark.slow
def test_whoever_is_killed_between_two_writes_leaves_old_results_or_new_ones(reports, tmp_path, monkeypatch):
    for stem in STEMS:
        leave(reports, stem, 2.0)
    shutil.copytree(reports, tmp_path / "before")
    seen, n_writes = set(), 0
    while True:
        shutil.rmtree(reports)
        shutil.copytree(tmp_path / "before", reports)
        with monkeypatch.context() as patched:
            disk = Disk(patched)
            disk.most = n_writes
            try:
                commit(reports, "tiny")
                is_through = True
            except Killed:
                is_through = False
        for path in reports.rglob("*.json"):
            json.loads(path.read_text())
        waits = all(ended_before(run_of(reports, stem), f"{stem} 2.0") is not None for stem in STEMS)
        finish_moves(reports)
        (found,) = versions(reports)
        assert found == 2.0 or waits, "what had ended is there, or waits"
        assert sorted(read_results(reports, "tiny").tables) == ["change", "mixing", "qap"]
        drop_others(reports, [])
        assert versions(reports) == {found}
        seen.add(found)
        n_writes += 1
        if is_through:
            break
    assert seen == {1.0, 2.0}
    assert n_writes > 20, "every point between two writes was tried"


def test_whoever_is_killed_while_a_notebook_ends_leaves_it_whole_or_not_ended(reports, tmp_path, monkeypatch):
    shutil.copytree(reports, tmp_path / "before")
    for n_writes in range(60):
        shutil.rmtree(reports)
        shutil.copytree(tmp_path / "before", reports)
        with monkeypatch.context() as patched:
            disk = Disk(patched)
            disk.most = n_writes
            try:
                leave(reports, "01", 2.0)
                is_through = True
            except Killed:
                is_through = False
        os.environ.pop(STAGE, None)
        run = run_of(reports, "01")
        assert (ended_before(run, "01 2.0") is not None) >= is_through
        if ended_before(run, "01 2.0") is not None:
            assert (stage_of(run) / "01.ipynb").exists()
            assert (stage_of(run) / "numbers.json").exists()
        drop_others(reports, [])
        assert versions(reports) == {1.0}
        if is_through:
            return
    raise AssertionError("60 writes were not enough")


def test_what_no_notebook_leaves_any_more_is_taken_away(reports):
    leave(reports, "01", 3.0)  # now writes stergm, and change no more
    commit(reports, "tiny")
    assert sorted(read_results(reports, "tiny").tables) == ["mixing", "qap", "stergm"]
    leave(reports, "02", 3.0)  # now writes change
    commit(reports, "tiny")
    assert sorted(read_results(reports, "tiny").tables) == ["change", "mixing", "stergm"]


def test_a_notebook_that_failed_leaves_earlier_results_and_says_that_they_are_earlier(reports):
    leave(reports, "01", 2.0, status="failed")
    commit(reports, "tiny")
    entry = read_json(reports / "tiny" / "provenance.json", {})["notebooks"]["01"]
    assert (entry["status"], entry["left"]) == ("failed", [])
    assert "tables/change.csv" in entry["earlier"]
    assert {number["id"]: number["value"] for number in read_json(reports / "tiny" / "numbers.json", [])}[
        "01.value"
    ] == 1.0
    leave(reports, "01", 3.0)
    commit(reports, "tiny")
    assert sorted(read_results(reports, "tiny").tables) == ["mixing", "qap", "stergm"], "no table of long ago is left"
