"""The engine that forks, beside Papermill's stock engine."""

import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux forks a notebook"),
    pytest.mark.slow,
]

ROOT = Path(__file__).parents[2]
ODDITIES = [
    "import os, sys, random\nimport numpy as np\nfrom IPython.display import HTML, Markdown, clear_output, display\nimport pandas as pd",
    "print('out'); print('err', file=sys.stderr); print('out again'); display(HTML('<b>x</b>')); print('after'); 42",
    "handle = display('first', display_id=True)\nprint('then')",
    "handle.update('second')",
    "print('gone'); clear_output(); print('kept')",
    "print('gone too'); clear_output(wait=True); print('kept too')",
    "x = 3; x; _ = None",
    "pd.DataFrame({'a': [1, 2]}).style.set_table_attributes('class=\"y\"').hide(axis='index').to_html(uuid='u')",
    "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(); axes.plot([1, 2]); axes.set_title('shown at the end')",
    "plt.figure(); plt.plot([2, 1]); plt.show(); print('after the figure')",
    "display(figure, metadata={'image/png': {'alt': 'A line'}})",
    "%%capture kept\nprint('captured')",
    "kept.stdout",
    "!echo from a shell",
    "class Odd:\n    def _repr_mimebundle_(self, include=None, exclude=None): return {'text/plain': 'odd', 'text/html': '<i>odd</i>'}, {'text/html': {'k': 1}}\nOdd()",
    "await __import__('asyncio').sleep(0, 'awaited')",
    "__name__, os.path.basename(os.getcwd()), list({'a', 'b', 'c'})",
]


def run_both(paths, arguments):
    """Run notebooks under both engines in a process like a batch's; give the cells of each, and what was raised."""
    script = (
        "import sys, json\nimport nicmethods.batch.preload\nfrom papermill.exceptions import PapermillExecutionError\n"
        "from papermill.execute import execute_notebook\nfrom nicmethods.batch.engine import register\nregister()\n"
        "arguments = json.loads(sys.argv[1])\n"
        "for path in sys.argv[2:]:\n"
        "    for name in ('nicmethods', 'nbclient'):\n"
        "        try:\n"
        "            execute_notebook(path, path + '.' + name, arguments, engine_name=name, progress_bar=False, cwd=path.rpartition('/')[0])\n"
        "        except PapermillExecutionError as error:\n            print(error.exec_count, error.ename)\n"
    )
    env = {**os.environ, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-c", script, json.dumps(arguments), *paths]
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=1200, check=False)
    assert done.returncode == 0, done.stderr
    made = [[json.loads(Path(f"{path}.{name}").read_text()) for name in ("nicmethods", "nbclient")] for path in paths]
    for ours, stock in made:
        assert ours["metadata"]["language_info"] == stock["metadata"]["language_info"]
    return [(ours["cells"], stock["cells"]) for ours, stock in made], done.stdout.split("\n")


def outputs(cells):
    """Outputs as stored; the stock engine may store one stream in pieces."""
    found = []
    for cell in cells:
        joined = []
        for output in cell.get("outputs", ()):
            if output["output_type"] == "stream":
                output = {**output, "text": "".join(output["text"])}
                same = [o for o in joined if o.get("name") == output["name"]] if joined else []
                if same:
                    same[-1]["text"] += output["text"]
                    continue
            joined.append(output)
        found.append((cell.get("execution_count"), sorted(joined, key=lambda o: o.get("name", ""))))
    return found


FAILING = ("1 / 0", "import sys; sys.exit(3)", "def broken(:", "raise ValueError('é' * 10)")


def test_every_kind_of_output_and_of_failure_is_the_stock_engines(study, add_notebook):
    path = add_notebook("00", *ODDITIES)
    made = json.loads(path.read_text())
    for cell in made["cells"][2:]:
        cell["metadata"]["tags"] = ["raises-exception"]
    path.write_text(json.dumps(made))
    failing = [
        add_notebook(f"0{i}", "print('before')", bad, "print('never')") for i, bad in enumerate(FAILING, start=1)
    ]
    pairs, said = run_both([path, *failing], {"reports": str(study / "reports")})
    for ours, stock in pairs:
        for cell, one, other in zip(ours, outputs(ours), outputs(stock), strict=True):
            assert one == other, "".join(cell["source"])
        assert marks(ours) == marks(stock)
    assert sum("image/png" in output.get("data", {}) for _, made in outputs(pairs[0][0]) for output in made) == 3
    assert said[0::2][:4] == said[1::2][:4]
    assert [line.split()[1] for line in said[0:8:2]] == ["ZeroDivisionError", "SystemExit", "SyntaxError", "ValueError"]


def marks(cells):
    """What Papermill says of each cell, but for times."""
    said = [cell["metadata"].get("papermill", {}) for cell in cells]
    return [
        (cell["metadata"].get("tags"), found.get("status"), found.get("exception"))
        for cell, found in zip(cells, said, strict=True)
    ]


def test_all_shipped_notebooks_have_the_stock_engines_outputs(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks")
    shutil.copytree(ROOT / "codebooks", tmp_path / "codebooks")
    case = shutil.copytree(ROOT / "tests" / "cases" / "good" / "everything", tmp_path / "data" / "small")
    arguments = {"case": str(case), "reports": str(tmp_path / "reports")}
    paths = sorted((tmp_path / "notebooks").glob("0[123]_*.ipynb"))
    assert len(paths) == 3
    for path, (ours, stock) in zip(paths, run_both(paths, arguments)[0], strict=True):
        for cell, one, other in zip(ours, outputs(ours), outputs(stock), strict=True):
            assert one == other, (path.name, "".join(cell["source"]))
        assert sum(len(made) for _, made in outputs(ours)) > 5
    across = tmp_path / "notebooks" / "04_across_cases.ipynb"
    [(ours, stock)], _ = run_both([across], {"reports": str(tmp_path / "reports")})
    assert outputs(ours) == outputs(stock)


def test_each_notebook_begins_clean_and_seeded(study, add_notebook):
    from nicmethods.batch.plan import plan_runs
    from nicmethods.batch.run import run_batch

    source = (
        "import nicmethods, os, random, signal\nimport numpy as np\nseen = hasattr(nicmethods, 'left_behind'); nicmethods.left_behind = 1\n"
        "print(seen, random.random(), np.random.rand(), os.environ['PYTHONHASHSEED'])"
    )
    other = shutil.copytree(study / "data" / "tiny", study / "data" / "other")
    path = add_notebook("01", source)
    printed = []
    for _ in range(2):
        runs = plan_runs([study / "data" / "tiny", other], [path], reports=study / "reports")
        run_batch(runs, workers=1, fresh=True)
        cells = [json.loads(run.output.read_text())["cells"][-1] for run in runs]
        printed.append(["".join(cell["outputs"][0]["text"]) for cell in cells])
    assert printed[0] == printed[1]
    assert printed[0][0] != printed[0][1]
    assert all(text.startswith("False") and text.strip().endswith("0") for text in printed[0])


def test_a_process_with_threads_is_not_forked(study, add_notebook, caplog):
    from papermill.execute import execute_notebook

    from nicmethods.batch.engine import NAME, register, why_not_forked

    register()
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="another")
    thread.start()
    try:
        assert "this process has other threads" in why_not_forked()
        with caplog.at_level(logging.WARNING, logger="papermill"):
            made = execute_notebook(add_notebook("01", "6 * 7"), None, {}, engine_name=NAME, progress_bar=False)
    finally:
        done.set()
        thread.join()
    assert made.cells[-1].outputs[0].data["text/plain"] == "42"
    assert "stock engine runs this notebook: this process has other threads" in caplog.text


def test_other_kernels_are_left_to_the_stock_engine():
    from nicmethods.batch.engine import why_not_forked

    assert "'ir'" in why_not_forked("ir")


def test_the_child_ends_with_whoever_forked_it(study, add_notebook):
    path = add_notebook(
        "01",
        f"from pathlib import Path\nimport os, time\nPath({str(study / 'pid')!r}).write_text(str(os.getpid()))\ntime.sleep(3600)",
    )
    script = f"from papermill.execute import execute_notebook as e; from nicmethods.batch.engine import register; register(); e({str(path)!r}, None, engine_name='nicmethods', progress_bar=False)"
    process = subprocess.Popen([sys.executable, "-c", script])
    while not ((study / "pid").exists() and (study / "pid").read_text()):
        assert process.poll() is None
        time.sleep(0.1)
    process.kill()
    process.wait()
    child = Path("/proc") / (study / "pid").read_text() / "stat"
    for _ in range(6000):
        if not child.exists() or child.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the child lives on")
