"""What has not changed is not run again; what a killed or crowded batch leaves is sound."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nicmethods.batch import run as run_module
from nicmethods.batch.plan import plan_runs
from nicmethods.batch.run import only_batch, run_batch
from nicmethods.errors import RunError
from nicmethods.results import list_results, read_json, read_manifest

WRITES = "from pathlib import Path\nfrom nicmethods.results import write_results\nname = Path(case).name\n"
NUMBERS = "value = float((Path(case) / 'roster.csv').stat().st_size)\nwrite_results(reports, name, {}, [{'id': f'{prefix}.value', 'value': value}])"
PARAMETERS = 'case: str = "demo"\nreports: str = "../reports"\nprefix: str = "a"\n'
ACROSS = 'reports: str = "../reports"\n'


@pytest.fixture(autouse=True)
def same_code(monkeypatch):
    """Somebody may be editing the package while its tests run."""
    monkeypatch.setattr(run_module, "hash_code", lambda: "0" * 64)


@pytest.fixture
def batch(study, add_notebook):
    """Two cases, two notebooks and one across cases; run gives what was run and what was not."""
    shutil.copytree(study / "data" / "tiny", study / "data" / "other")
    one = WRITES + NUMBERS
    paths = [add_notebook("01_one", one, parameters=PARAMETERS), add_notebook("02_two", one.replace("{prefix}", "b"), parameters=PARAMETERS),
             add_notebook("04_across", "print('across')", parameters=ACROSS)]  # fmt: skip

    def run(**more):
        parameters = more.pop("parameters", None)
        runs = plan_runs(
            [study / "data" / name for name in ("tiny", "other")],
            paths,
            reports=study / "reports",
            parameters=parameters,
        )
        events = []
        manifest = run_batch(runs, workers=2, on_event=events.append, **more)
        assert (manifest["status"] == "ok").all(), manifest
        assert manifest["seconds"].notna().all()
        return {(e.run.case, e.run.notebook.stem) for e in events if e.kind == "finished" and e.status == "ok"}

    run.paths = paths
    return run


EVERYTHING = {(case, name) for case in ("tiny", "other") for name in ("01_one", "02_two")} | {
    ("across_cases", "04_across")
}


def test_nothing_runs_twice_unless_asked(batch, study):
    assert batch() == EVERYTHING
    before = {
        path: path.read_bytes() for path in (study / "reports").rglob("*.*") if path.suffix in (".json", ".ipynb")
    }
    assert batch() == set()
    assert before == {path: path.read_bytes() for path in before}
    assert batch(fresh=True) == EVERYTHING


def test_only_what_changed_runs_again(batch, study, monkeypatch):
    batch()
    with (study / "data" / "other" / "roster.csv").open("a") as file:
        file.write("E03,Cy Dale,south,teacher\n")
    assert batch() == {("other", "01_one"), ("other", "02_two"), ("across_cases", "04_across")}
    text = batch.paths[1].read_text()
    batch.paths[1].write_text(text.replace("A title", "Another title"))
    assert batch() == {("tiny", "02_two"), ("other", "02_two")}, "no results changed, so nothing across cases did"
    assert batch(parameters={"prefix": "c"}) == EVERYTHING
    (study / "codebooks").mkdir()
    (study / "codebooks" / "own.yml").write_text("id: own\n")
    assert ("tiny", "01_one") in batch(parameters={"prefix": "c"})
    monkeypatch.setattr(run_module, "hash_code", lambda: "1" * 64)
    assert batch(parameters={"prefix": "c"}) == EVERYTHING


@pytest.mark.parametrize("lost", ["tiny/numbers.json", "tiny/notebooks/01_one.ipynb", "tiny/provenance.json"])
def test_what_lost_its_results_runs_again(batch, study, lost):
    batch()
    (study / "reports" / lost).unlink()
    assert ("tiny", "01_one") in batch()
    assert (study / "reports" / lost).exists()
    assert batch() == set()


def test_a_clock_that_jumps_decides_nothing(batch, study, monkeypatch):
    clock = iter(range(10**9, 0, -(10**5)))
    monkeypatch.setattr(time, "time", lambda: float(next(clock)))
    assert batch() == EVERYTHING
    monkeypatch.undo()
    monkeypatch.setattr(run_module, "hash_code", lambda: "0" * 64)
    for second in (0, 4 * 10**9):  # 1970, 2096
        for path in study.rglob("*"):
            os.utime(path, (second, second))
        assert batch() == set()
    roster = study / "data" / "tiny" / "roster.csv"
    roster.write_text(roster.read_text() + "E03,Cy Dale,south,teacher\n")
    os.utime(roster, (1, 1))
    assert batch() == {("tiny", "01_one"), ("tiny", "02_two"), ("across_cases", "04_across")}
    assert read_json(study / "reports" / "tiny" / "numbers.json", [])[0]["value"] == roster.stat().st_size


def test_what_failed_runs_again(study, add_notebook):
    path = add_notebook("01", "1 / 0")
    for _ in range(2):
        events = []
        run_batch(plan_runs([study / "data" / "tiny"], [path], reports=study / "reports"), on_event=events.append)
        assert [event.status for event in events if event.kind == "finished"] == ["failed"]


def test_the_code_of_the_package_is_hashed(tmp_path, monkeypatch):
    from nicmethods.batch import provenance

    package = tmp_path / "nicmethods"
    (package / "batch").mkdir(parents=True)
    (package / "batch" / "a.py").write_text("x = 1")
    monkeypatch.setattr(provenance, "__file__", str(package / "batch" / "provenance.py"))
    before = provenance.hash_code()
    assert provenance.hash_code() == before
    (package / "batch" / "a.py").write_text("x = 2")
    assert provenance.hash_code() != before


def run_in_background(study, *notebooks):
    script = study / "batch.py"
    script.write_text(
        "from pathlib import Path\nfrom nicmethods.batch import run as execute\nfrom nicmethods.batch.plan import plan_runs\n"
        "execute.hash_code = lambda: '0' * 64\n"
        "if __name__ == '__main__':\n    here = Path(__file__).parent\n"
        "    runs = plan_runs([here / 'data/tiny'], sorted(here.glob('notebooks/*')), reports=here / 'reports')\n"
        "    execute.run_batch(runs, workers=1, on_event=lambda event: print(event.kind, event.run.notebook.stem, flush=True))\n"
    )
    return subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_a_batch_that_was_killed_goes_on_where_it_was(study, add_notebook):
    add_notebook("01_quick", "1")
    slow = "import os, time\nif not os.path.exists('again'):\n    open('again', 'w').write(str(os.getpid()))\n    time.sleep(600)"
    add_notebook("02_slow", slow)
    batch = run_in_background(study)
    while not (study / "notebooks" / "again").exists():
        time.sleep(0.1)
        assert batch.poll() is None
    batch.kill()
    batch.wait()
    batch.stdout.close()
    (study / "reports" / ".half.part").write_text("half")
    events = []
    runs = plan_runs(
        [study / "data" / "tiny"], sorted((study / "notebooks").glob("*.ipynb")), reports=study / "reports"
    )
    manifest = run_batch(runs, workers=1, on_event=events.append)
    assert [(e.run.notebook.stem, e.status) for e in events if e.kind == "finished"] == [
        ("01_quick", "unchanged"),
        ("02_slow", "ok"),
    ]
    assert manifest["status"].tolist() == ["ok", "ok"]
    assert not list((study / "reports").rglob("*.part"))
    for path in (study / "reports").rglob("*.json"):
        json.loads(path.read_text())
    stat = Path(f"/proc/{(study / 'notebooks' / 'again').read_text()}/stat")
    until = time.monotonic() + 600
    while sys.platform.startswith("linux") and stat.exists() and " Z " not in stat.read_text():
        assert time.monotonic() < until, "what the killed batch had started ends"
        time.sleep(0.05)


def test_a_second_batch_on_the_same_reports_says_so(study, add_notebook):
    add_notebook("01", "1")
    runs = plan_runs([study / "data" / "tiny"], [study / "notebooks" / "01.ipynb"], reports=study / "reports")
    script = (
        "import sys; from pathlib import Path; from nicmethods.batch.run import only_batch\n"
        "with only_batch(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", script, study / "reports"]
    holder = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(RunError, match=rf"Another batch \(process {holder.pid}\) is writing to"):
        run_batch(runs)
    assert read_manifest(study / "reports").empty
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    holder.stdin.close()
    holder.stdout.close()
    assert run_batch(runs)["status"].tolist() == ["ok"], "a dead batch holds nothing"


def test_a_case_folder_that_vanishes_costs_only_itself(study, add_notebook):
    gone = shutil.copytree(study / "data" / "tiny", study / "data" / "gone")
    path = add_notebook("01", "1")
    runs = plan_runs([gone, study / "data" / "tiny"], [path], reports=study / "reports")
    shutil.rmtree(gone)
    manifest = run_batch(runs, workers=1)
    assert manifest["status"].tolist() == ["failed", "ok"]
    assert "the case cannot be read" in manifest["error"][0]


def test_a_case_folder_that_vanishes_while_its_notebooks_run_costs_only_itself(study, add_notebook):
    shutil.copytree(study / "data" / "tiny", study / "data" / "gone")
    vanish = "import shutil\nif case.endswith('gone'):\n    shutil.rmtree(case)\nimport nicmethods as nic\nlen(nic.load_case(case).roster)"
    paths = [add_notebook("01", vanish), add_notebook("02", "1")]
    cases = [study / "data" / "gone", study / "data" / "tiny"]
    manifest = run_batch(plan_runs(cases, paths, reports=study / "reports"), workers=1)
    assert manifest["status"].tolist() == ["failed", "failed", "ok", "ok"]
    assert manifest["error"][0].startswith("cell 3: CaseError")
    assert manifest["error"][1].startswith("the case cannot be read: case.yml")


@pytest.mark.parametrize("engine", ["nicmethods", "stock"])
def test_much_printed_text_is_cut_with_a_note(study, add_notebook, engine):
    line = (
        "for _ in range(1_000): print('x' * 99_999)"
        if engine == "nicmethods"
        else "for _ in range(30): print('x' * 99_999)"
    )
    runs = plan_runs([study / "data" / "tiny"], [add_notebook("01", line)], reports=study / "reports")
    assert run_batch(runs, engine=engine)["status"].tolist() == ["ok"]
    text = runs[0].output.read_text()
    assert "… cut after 1,000,000 of" in text
    assert len(text) < 1_100_000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is limited on Linux")
@pytest.mark.parametrize("engine", ["nicmethods", "stock"])
def test_a_notebook_that_takes_too_much_memory_fails_alone(study, add_notebook, engine):
    paths = [add_notebook("01", "big = bytearray(3_000_000_000)"), add_notebook("02", "small = bytearray(10_000_000)")]
    runs = plan_runs([study / "data" / "tiny"], paths, reports=study / "reports")
    manifest = run_batch(runs, workers=1, memory_mb=1000, engine=engine)
    assert manifest["status"].tolist() == ["failed", "ok"], manifest
    assert manifest["error"][0] == "cell 3: MemoryError"


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kB that this test owns."""
    folder = tmp_path / "small"
    folder.mkdir()
    if shutil.which("mount") is None or os.name == "nt" or os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_told_and_leaves_no_half_file(study, add_notebook, small_disk):
    runs = plan_runs(
        [study / "data" / "tiny"], [add_notebook("01", "print('x' * 500_000)")], reports=small_disk / "reports"
    )
    with pytest.raises(RunError, match="Reports cannot be written: the disk is full"):
        run_batch(runs)
    assert not list(small_disk.rglob("*.part"))
    assert not list(small_disk.rglob("*.ipynb"))


def test_reports_that_may_not_be_written_are_told(study, add_notebook, small_disk):
    (small_disk / "reports").mkdir()
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    runs = plan_runs([study / "data" / "tiny"], [add_notebook("01", "1")], reports=small_disk / "reports")
    with pytest.raises(RunError, match="Reports cannot be written: the disk may only be read"):
        run_batch(runs)


def test_an_unknown_engine_is_told(study, add_notebook):
    runs = plan_runs([study / "data" / "tiny"], [add_notebook("01", "1")], reports=study / "reports")
    with pytest.raises(RunError, match="There is no engine 'fast'"):
        run_batch(runs, engine="fast")


def test_provenance_holds_the_key(batch, study):
    batch()
    notebooks = read_json(study / "reports" / "tiny" / "provenance.json", {})["notebooks"]
    assert {len(entry["key"]) for entry in notebooks.values()} == {64}
    assert "numbers.json" in notebooks["01_one"]["left"]
    assert list_results(study / "reports") == ["other", "tiny"]
    with only_batch(study / "reports"), pytest.raises(RunError, match=f"process {os.getpid()}"):
        batch()
