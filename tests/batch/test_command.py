"""`nicmethods run`, `site` and `clean` as an operator uses them: nothing wiped, nothing stale unmarked, no leak forgotten."""

import os
import shutil
import signal
import sys

import pytest
from typer.testing import CliRunner

from nicmethods.batch import processes as processes_module
from nicmethods.batch import run as run_module
from nicmethods.cli import app
from nicmethods.errors import NicmethodsError
from nicmethods.results import MARK, list_results, read_json, read_manifest
from nicmethods.site import privacy, site

WRITES = (
    "from pathlib import Path\nfrom nicmethods.results import write_results\nname = Path(case).name\n"
    "write_results(reports, name, {}, [{'id': 'a.value', 'value': 1.0}], summary={'title': (Path(case) / 'said.txt').read_text()})"
)


@pytest.fixture(autouse=True)
def same_code(monkeypatch):
    """Somebody may be editing the package while its tests run."""
    for module in (run_module, site):
        monkeypatch.setattr(module, "hash_code", lambda: "0" * 64)


@pytest.fixture
def command(study, add_notebook):
    """Two cases and a notebook; call gives the exit status and what was said."""
    (study / "data" / "tiny" / "said.txt").write_text("What tiny holds")
    shutil.copytree(study / "data" / "tiny", study / "data" / "other")
    add_notebook("01_one", WRITES)

    def call(*words):
        done = CliRunner().invoke(app, [*words, "--study", str(study)])
        assert done.exception is None or isinstance(done.exception, (SystemExit, NicmethodsError)), done.output
        said = str(done.exception) if isinstance(done.exception, NicmethodsError) else ""
        return done.exit_code, done.output + said

    return call


def forbid(monkeypatch, owner, name):
    def fail(*args, **more):
        raise AssertionError(f"{name} was called")

    monkeypatch.setattr(owner, name, fail)


def test_notebooks_without_parameters_are_named_once_and_left_alone(command, study, add_notebook):
    (study / "notebooks" / "Untitled.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    (study / "notebooks" / "00_start.ipynb").write_text(
        '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    status, said = command("run")
    assert status == 0, said
    assert said.count("Untitled") == 1
    assert "00_start" not in said
    assert "2 cases, 2 notebooks: 2 ok" in said
    status, said = command("run", "--notebook", "Untitled")
    assert status == 1
    assert "Untitled.ipynb has 0 cells tagged 'parameters'" in said


def test_nothing_is_started_made_or_looked_through_where_nothing_changed(command, study, monkeypatch):
    assert command("run")[0] == 0
    with (study / "data" / "tiny" / "case.yml").open("a") as file:
        file.write("# a comment says nothing that is computed\n")
    before = {
        path: path.stat().st_mtime_ns
        for path in (study / "reports").rglob("*")
        if path.suffix in (".html", ".csv", ".ipynb")
    }
    assert len(before) > 6
    forbid(monkeypatch, processes_module, "_serve")
    forbid(monkeypatch, site, "_build_case")
    forbid(monkeypatch, privacy, "_scan_file")
    status, said = command("run")
    assert (status, before) == (
        0,
        {path: path.stat().st_mtime_ns for path in before}
        | {path: before[path] for path in before if path.name == "manifest.csv"},
    ), said


def test_three_bad_cases_of_twenty_cost_nobody_else_anything(command, study, add_notebook):
    add_notebook("01_one", WRITES + "\nimport os, signal\nif name == 'case05': os.kill(os.getpid(), signal.SIGKILL)")
    add_notebook("02_two", "print('read')")
    across = "from nicmethods.across.gather import read_across\nprint(read_across(reports).numbers['case'].nunique(), 'cases')"
    add_notebook("04_across", across, parameters='reports: str = "../reports"\n')
    for number in range(18):
        shutil.copytree(study / "data" / "tiny", study / "data" / f"case{number:02}")
    (study / "data" / "case07" / "roster.csv").write_text("actor,name\nE01\n")
    (study / "data" / "case11" / "said.txt").unlink()
    status, said = command("run")
    assert status == 1
    assert "20 cases, 41 notebooks: 37 ok, 4 failed." in said
    manifest = read_manifest(study / "reports").set_index(["case", "notebook"])
    failed = manifest[manifest["status"] == "failed"]
    assert sorted(failed.index) == [
        ("case05", "01_one"),
        ("case07", "01_one"),
        ("case07", "02_two"),
        ("case11", "01_one"),
    ]
    assert "roster.csv row 2" in failed.loc[("case07", "02_two"), "error"]
    assert "FileNotFoundError" in failed.loc[("case11", "01_one"), "error"]
    good = {f"case{number:02}" for number in range(18)} - {"case05", "case07", "case11"} | {"tiny", "other"}
    for case in good:
        assert read_json(study / "reports" / case / "case.json", {})["title"] == "What tiny holds"
        assert (study / "reports" / case / "index.html").exists()
    assert "17 cases" in (study / "reports" / "across_cases" / "notebooks" / "04_across.ipynb").read_text()
    index = (study / "reports" / "index.html").read_text()
    assert all(case in index for case in ("case05", "case07", "case11"))
    assert not [path for path in (study / "reports").rglob("*") if path.name.endswith(".part")]
    status, said = command("run")
    assert (status, "37 ok, 4 failed" in said) == (1, True), "what failed runs again, and nothing else is lost"


def test_a_report_that_was_edited_or_lost_is_made_anew(command, study):
    command("run")
    page = study / "reports" / "tiny" / "index.html"
    text = page.read_text()
    page.write_text(text.replace("What tiny holds", "What nobody wrote"))
    (study / "reports" / "other" / "notebooks" / "01_one.html").unlink()
    (study / "reports" / "tiny" / "tables").mkdir(exist_ok=True)
    (study / "reports" / "tiny" / "tables" / "old.html").write_text("of long ago")
    assert command("run")[0] == 0
    assert "What nobody wrote" not in page.read_text()
    assert (study / "reports" / "other" / "notebooks" / "01_one.html").exists()
    assert not (study / "reports" / "tiny" / "tables" / "old.html").exists()


def test_a_batch_that_is_stopped_wipes_nothing_and_marks_what_is_old(command, study, monkeypatch):
    command("run")
    for case in ("tiny", "other"):
        (study / "data" / case / "said.txt").write_text("What it holds now")

    def stop(*args, **more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(processes_module.Processes, "each", stop)
        assert command("run")[0] != 0
    for case in ("tiny", "other"):
        folder = study / "reports" / case
        assert read_json(folder / "case.json", {})["title"] == "What tiny holds"
        for page in folder.rglob("*.html"):
            assert page.read_text().count("Of an earlier run.") == 1, page
    assert set(read_manifest(study / "reports")["status"]) == {"skipped"}
    assert command("site")[0] == 0
    assert "has not run to its end" in (study / "reports" / "index.html").read_text()
    assert command("run")[0] == 0
    for case in ("tiny", "other"):
        assert read_json(study / "reports" / case / "case.json", {})["title"] == "What it holds now"
        assert not [
            page for page in (study / "reports" / case).rglob("*.html") if "Of an earlier run." in page.read_text()
        ]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_while_pages_are_marked_waits_until_all_are(command, study, monkeypatch):
    command("run")
    for case in ("tiny", "other"):
        (study / "data" / case / "said.txt").write_text("What it holds now")
    mark = site.mark_old

    def interrupted(reports, case):
        os.kill(os.getpid(), signal.SIGINT)
        mark(reports, case)

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background ignores it
    try:
        with monkeypatch.context() as patched:
            patched.setattr(site, "mark_old", interrupted)
            assert command("run")[0] != 0
    finally:
        signal.signal(signal.SIGINT, before)
    for page in (page for case in ("tiny", "other") for page in (study / "reports" / case).rglob("*.html")):
        assert "Of an earlier run." in page.read_text(), page
    assert set(read_manifest(study / "reports")["status"]) == {"skipped"}


def test_a_notebook_that_fails_leaves_the_earlier_results_marked(command, study, add_notebook):
    command("run")
    add_notebook("01_one", WRITES + "\n1 / 0")
    status, said = command("run")
    assert status == 1
    assert "ZeroDivisionError" in said
    for case in ("tiny", "other"):
        assert read_json(study / "reports" / case / "numbers.json", [])[0]["value"] == 1.0
        assert "Incomplete." in (study / "reports" / case / "index.html").read_text()


def test_results_of_cases_that_are_gone_are_named_marked_left_out_and_taken_away(command, study):
    command("run")
    (study / "data" / "other").rename(study / "data" / "renamed")
    status, said = command("run")
    assert status == 0
    assert "Results of no case any more: other." in said
    reports = study / "reports"
    assert list_results(reports) == ["renamed", "tiny"]
    assert "Its case is gone." in (reports / "other" / "index.html").read_text()
    assert "its case is gone" in (reports / "index.html").read_text()
    (reports / "other" / "mine.txt").write_text("kept by a person")
    done = CliRunner().invoke(app, ["clean", "--study", str(study)], input="n\n")
    assert (reports / "other" / "index.html").exists(), done.output
    status, said = command("clean", "--yes")
    assert (status, [path.name for path in (reports / "other").rglob("*")]) == (0, ["mine.txt"])
    assert "mine.txt" in said
    assert set(read_manifest(reports)["case"]) == {"renamed", "tiny"}
    shutil.copytree(study / "data" / "tiny", study / "data" / "other")
    command("run", "other")
    assert list_results(reports) == ["other", "renamed", "tiny"], "a case that is back counts again"


def test_a_leak_stays_reported_until_its_file_is_free_of_it_or_gone(command, study):
    reports = study / "reports"
    (study / "data" / "tiny" / "said.txt").write_text("Ada Quill's network")
    status, said = command("run", "tiny")
    assert status == 1
    assert "'Ada Quill'" in said
    status, said = command("run", "other")
    assert status == 1
    assert "tiny/index.html: names were found in it by an earlier run" in said
    mark = (reports / "tiny" / MARK).read_text()
    assert '"index.html"' in mark
    assert "Ada" not in mark + (reports / MARK).read_text()
    assert "Quill" not in mark
    assert "Do not publish." in (reports / "tiny" / "index.html").read_text()
    kept = shutil.move(study / "data" / "tiny", study / "kept")
    status, said = command("site")
    assert status == 1
    assert "tiny/" in said
    shutil.move(kept, study / "data" / "tiny")
    (study / "data" / "tiny" / "said.txt").write_text("A network")
    status, said = command("run")
    assert (status, list(reports.rglob(MARK))) == (0, []), said
    assert "Do not publish." not in (reports / "tiny" / "index.html").read_text()


def test_a_leak_ends_with_the_results_that_held_it(command, study):
    (study / "data" / "tiny" / "said.txt").write_text("Ada Quill's network")
    assert command("run")[0] == 1
    shutil.rmtree(study / "data" / "tiny")
    (study / "data" / "other" / "said.txt").write_text("A network")
    assert command("run")[0] == 1
    status, said = command("clean", "--yes")
    assert status == 0, said
