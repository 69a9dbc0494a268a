"""How fast a batch is, beside Papermill's command line and its API, as ratios of wall time in one run.

Run ``python benchmarks/batch.py [COPIES] [WORKERS]`` (24 and 2). Copies of a small case run with a seed of their own each,
through ``papermill`` in a loop, through Papermill's API in as many processes as ``nicmethods run`` has workers, and through
``nicmethods run``, which also builds and scans the pages. ``nicmethods run`` a second time, with nothing changed, comes last.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import multiprocessing
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

TIES = "wave,source,target,weight\n" + "".join(
    f"w{wave},E{a:02},E{(a + step) % 12:02},1\n"
    for wave, steps in ((1, (1,)), (2, (1, 3)))
    for a in range(12)
    for step in steps
)
ROSTER = "actor,site,role\n" + "".join(f"E{a:02},{'north' if a < 6 else 'south'},teacher\n" for a in range(12))
CASE = """\
title: Small
synthetic: true
waves: [{id: w1}, {id: w2}]
relations: [{name: help}]
"""
PICTURES = """\
import nicmethods as nic
study = nic.load_case(nic.find_case(case))
survey = (study.ties, study.responses, study.roster, study.relations)
changes = nic.dyad_change(*survey, waves=study.wave_order)
counts = nic.change(*survey, waves=study.wave_order)
nic.show(nic.figures.plot_networks(*survey, study.waves, changes))
nic.show(nic.figures.plot_change(counts))
nic.write_results(reports, study.name, {"change": counts}, summary=nic.case_summary(study))
"""
PARAMETERS = 'case: str = "a"  # case folder\nreports: str = "../reports"  # where results go\nseed: int = 1  # seed\n'


def lay_out(study: Path, copies: int) -> list[Path]:
    """Write a study of small cases and one notebook; give the cases."""
    import nbformat

    cells = [nbformat.v4.new_markdown_cell("# The network")]
    cells.append(nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}))
    cells += [nbformat.v4.new_code_cell(line) for line in PICTURES.splitlines()]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (study / "notebooks").mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), study / "notebooks" / "01_network.ipynb")
    cases = [study / "data" / f"case{copy:04}" for copy in range(copies)]
    for case in cases:
        case.mkdir(parents=True)
        for name, text in (("case.yml", CASE), ("roster.csv", ROSTER), ("ties.csv", TIES)):
            (case / name).write_text(text)
    return cases


def one_by_command(study: Path, case: Path, seed: int) -> None:
    notebook, out = study / "notebooks" / "01_network.ipynb", study / "by_command"
    out.mkdir(exist_ok=True)
    words = [
        "-p",
        "case",
        case,
        "-p",
        "reports",
        out,
        "-p",
        "seed",
        seed,
        "--cwd",
        notebook.parent,
        "--no-progress-bar",
    ]
    command = [sys.executable, "-m", "papermill", notebook, out / f"{case.name}.ipynb", *words]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def one_by_api(arguments: tuple[Path, Path, int]) -> None:
    from papermill.execute import execute_notebook

    study, case, seed = arguments
    notebook, out = study / "notebooks" / "01_network.ipynb", study / "by_api"
    out.mkdir(exist_ok=True)
    parameters = {"case": str(case), "reports": str(out), "seed": seed}
    execute_notebook(notebook, out / f"{case.name}.ipynb", parameters, cwd=notebook.parent, progress_bar=False)


def by_api(study: Path, cases: list[Path], workers: int) -> None:
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.map(one_by_api, [(study, case, seed) for seed, case in enumerate(cases)], chunksize=1)


def by_nicmethods(study: Path, workers: int) -> None:
    command = [sys.executable, "-m", "nicmethods", "run", "--study", str(study), "--workers", str(workers)]
    subprocess.run(command, check=True, capture_output=True)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    copies, workers = (int(word) for word in (*sys.argv[1:], *("24", "2")[len(sys.argv) - 1 :]))
    study = Path(tempfile.mkdtemp(prefix="nic-benchmark-"))
    try:
        cases = lay_out(study, copies)
        took = {
            "papermill in a loop": seconds(
                lambda: [one_by_command(study, case, seed) for seed, case in enumerate(cases)]
            ),
            "papermill's API": seconds(lambda: by_api(study, cases, workers)),
            "nicmethods run, pages included": seconds(lambda: by_nicmethods(study, workers)),
            "nicmethods run again": seconds(lambda: by_nicmethods(study, workers)),
        }
    finally:
        shutil.rmtree(study)
    print(f"{copies} copies, {workers} at once; ratios to nicmethods run, pages included")
    for name, value in took.items():
        print(f"{name:<32}{value:7.1f} s {value / took['nicmethods run, pages included']:6.2f}")


if __name__ == "__main__":
    main()
