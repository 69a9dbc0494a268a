import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from nicmethods.batch.plan import plan_runs
from nicmethods.batch.run import run_batch
from nicmethods.errors import RunError
from nicmethods.results import ACROSS, read_manifest, read_results, write_results


def outcome(manifest):
    return {(row.case, row.notebook): row.status for row in manifest.itertuples()}


def plan(study, *notebooks):
    return plan_runs([study / "data" / "tiny"], notebooks, reports=study / "reports")


def test_one_failing_notebook_and_one_broken_case_stop_nothing(ran):
    assert outcome(ran["manifest"]) == {
        ("tiny", "01_network"): "ok",
        ("tiny", "02_coding"): "failed",
        ("broken", "01_network"): "failed",
        ("broken", "02_coding"): "failed",
        (ACROSS, "04_across_cases"): "ok",
    }
    errors = ran["manifest"].set_index(["case", "notebook"])["error"]
    assert errors["tiny", "02_coding"] == "cell 4: ZeroDivisionError: division by zero"
    assert errors["broken", "01_network"].startswith("the case cannot be read: case.yml row 3: unknown key")
    assert read_manifest(ran["reports"])["error"].notna().sum() == 3


def test_a_failed_notebook_is_kept_with_its_cell_marked(ran):
    cells = json.loads((ran["reports"] / "tiny" / "notebooks" / "02_coding.ipynb").read_text())["cells"]
    states = {
        "".join(cell["source"]): cell["metadata"]["papermill"]["status"]
        for cell in cells
        if cell["cell_type"] == "code"
    }
    assert states["1 / 0"] == "failed"
    assert states["print('never')"] == "pending"
    assert any(output["output_type"] == "error" for cell in cells for output in cell.get("outputs", ()))


def test_a_case_with_errors_leaves_its_problems_and_no_notebook(ran):
    problems = read_results(ran["reports"], "broken").summary["problems"]
    assert [problem["file"] for problem in problems] == ["case.yml"]
    assert not (ran["reports"] / "broken" / "notebooks").exists()


def test_across_cases_comes_last_and_reads_results(ran):
    finished = [event.run.case for event in ran["events"] if event.kind == "finished"]
    assert finished[-1] == ACROSS
    assert len(finished) == 5
    assert "network.ties.w1" in (ran["reports"] / ACROSS / "notebooks" / "04_across_cases.ipynb").read_text()


def test_nothing_tells_where_it_ran(ran):
    for path in ran["reports"].rglob("*"):
        if path.is_file() and path.suffix in (".ipynb", ".json", ".csv", ".html"):
            text = path.read_text()
            for private in (str(ran["root"]), sys.prefix, str(Path.home())):
                assert private not in text, f"{path.name} tells {private}"
    notebook = json.loads((ran["reports"] / "tiny" / "notebooks" / "01_network.ipynb").read_text())
    injected = [cell for cell in notebook["cells"] if "injected-parameters" in cell["metadata"]["tags"]]
    assert injected[0]["source"] == "case = 'tiny'\nreports = '../reports'"
    assert notebook["metadata"]["papermill"]["parameters"] == {"case": "tiny", "reports": "../reports"}


def test_provenance_names_inputs_versions_and_parameters(ran):
    found = json.loads((ran["reports"] / "tiny" / "provenance.json").read_text())
    assert set(found["inputs"]) == {"tiny/case.yml", "tiny/roster.csv"}
    assert all(len(value) == 64 for value in found["inputs"].values())
    assert found["notebooks"]["02_coding"]["status"] == "failed"
    assert found["notebooks"]["01_network"]["parameters"] == {"case": "tiny", "reports": "../reports"}
    assert {"python", "pandas", "papermill"} <= set(found["versions"])


def test_notebooks_that_hang_or_kill_their_kernel_cost_only_themselves(study, add_notebook, monkeypatch):
    monkeypatch.setattr("nicmethods.batch.processes._GRACE_S", 600)
    runs = plan(
        study,
        add_notebook("01_hangs", "x = 1", "import time; time.sleep(3600)", "x = 2"),
        add_notebook("02_dies", "import os; os._exit(9)"),
        add_notebook(
            "03_fine", "import os; print(os.getcwd() == os.path.realpath('.'), os.path.basename(os.getcwd()))"
        ),
    )
    manifest = run_batch(runs, workers=3, timeout_s=5)
    assert outcome(manifest) == {
        ("tiny", "01_hangs"): "failed",
        ("tiny", "02_dies"): "failed",
        ("tiny", "03_fine"): "ok",
    }
    assert manifest["error"].tolist()[:2] == ["cell 4: took more than 5 s", "cell 3: DeadKernelError: Kernel died"]
    folder = study / "reports" / "tiny" / "notebooks"
    stopped = json.loads((folder / "01_hangs.ipynb").read_text())["cells"][4]
    assert stopped["outputs"][-1]["evalue"] == "took more than 5 s"
    assert "True notebooks" in (folder / "03_fine.ipynb").read_text(), "a notebook runs in its own folder"


def test_a_worker_that_is_killed_costs_only_its_notebook(study, add_notebook):
    runs = plan(
        study,
        add_notebook("01_kills", "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"),
        add_notebook("02", "1"),
    )
    manifest = run_batch(runs, workers=1, timeout_s=600)
    assert manifest["status"].tolist() == ["failed", "ok"]
    assert manifest["error"][0].startswith("cell 3: its process was ended (code -9)")
    assert (study / "reports" / "tiny" / "notebooks" / "01_kills.ipynb").exists()


def test_across_cases_is_skipped_where_no_case_has_results(study, add_notebook):
    across = add_notebook("04", "1", parameters='reports: str = "../reports"\n')
    manifest = run_batch(plan(study, add_notebook("01", "1 / 0"), across))
    assert manifest["status"].tolist() == ["failed", "skipped"]
    assert manifest["error"][1] == "no case has results"


def test_results_of_an_earlier_run_do_not_linger(study, add_notebook):
    write_results(study / "reports", "tiny", {}, [{"id": "old.number", "value": 1.0}])
    runs = plan(study, add_notebook("01", "1"))
    run_batch(runs)
    assert read_results(study / "reports", "tiny").numbers.empty


def test_reports_that_cannot_be_written_are_told_before_anything_runs(study, add_notebook):
    (study / "reports").write_text("a file")
    with pytest.raises(RunError, match="Reports cannot be written"):
        run_batch(plan(study, add_notebook("01", "1")))


def test_ctrl_c_stops_workers_and_keeps_what_is_done(study, add_notebook):
    add_notebook("01_quick", "1")
    add_notebook("02_slow", "open('began', 'w').close()\nimport time; time.sleep(3600)")
    script = study / "batch.py"
    script.write_text(
        "import signal\nfrom pathlib import Path\nfrom nicmethods.batch.run import run_batch\nfrom nicmethods.batch.plan import plan_runs\n"
        # A shell's background jobs inherit that Ctrl-C is ignored; this one is to hear it wherever the tests run.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "if __name__ == '__main__':\n    here = Path(__file__).parent\n"
        "    runs = plan_runs([here / 'data/tiny'], sorted(here.glob('notebooks/*')), reports=here / 'reports')\n"
        "    try:\n        run_batch(runs, workers=1, on_event=lambda event: print(event.kind, event.run.notebook.stem, flush=True))\n"
        "    except KeyboardInterrupt:\n        raise SystemExit(130)\n"
    )
    batch = subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert batch.stdout is not None
    for line in batch.stdout:
        if line.startswith("started 02_slow"):
            break
    while not (study / "notebooks" / "began").exists():
        time.sleep(0.05)
        assert batch.poll() is None
    os.killpg(batch.pid, signal.SIGINT)
    assert batch.wait(600) == 130
    batch.stdout.close()
    found = read_manifest(study / "reports").set_index("notebook")
    assert found["status"].to_dict() == {"01_quick": "skipped", "02_slow": "skipped"}
    assert set(found["error"]) == {"has not run to its end on the present data"}
    assert (study / "reports" / ".new" / "tiny" / "01_quick" / "01_quick.ipynb").exists(), (
        "it waits, and need not run again"
    )
    if Path("/proc").is_dir():
        left = [
            line
            for line in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout.splitlines()
            if str(study) in line
        ]
        assert left == []


@pytest.mark.parametrize("line", ["\x1b[31mRed\x1b[0m\n  and  more", "x" * 400])
def test_errors_fit_into_one_line(line):
    from nicmethods.batch.job import first_line

    assert len(first_line(line)) <= 300
    assert first_line("\x1b[31mRed\x1b[0m\n  and  more") == "Red and more"
