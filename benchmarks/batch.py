"""How fast a batch is, beside Papermill's command line and its API, as ratios of time in one run.

Wall time is what one waits for; processor seconds, of all processes together, tell more where others use the machine too.

``python benchmarks/batch.py [COPIES] [WORKERS]`` (24 and 2): copies of a small case run with a seed of their own each,
through ``papermill`` in a loop, through Papermill's API in as many processes as ``nicmethods run`` has workers, and through
``nicmethods run``, which also builds and scans the pages; the other two leave executed notebooks and tables only.
``nicmethods run`` a second time, with nothing changed, comes last.

``python benchmarks/batch.py real [COPIES] [WORKERS]`` (2 and 2): the same with the shipped notebooks on copies of the demo.

``python benchmarks/batch.py changes [CHECKOUT]``: the demo from nothing, with nothing changed, with a comment in its codebook and
with one coding changed; beside another checkout of nicmethods, if one is given, turn by turn.

``python benchmarks/batch.py sizes [N ...]`` (50, 200 and 1000): seconds a small case and the most memory of the parent.

``python benchmarks/batch.py cluster [CASES] [SECONDS]`` (200 and 20): small cases on a Dask cluster of two workers on this machine,
one of which is killed every so many seconds.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled once, as for whoever uses it

import ctypes
import multiprocessing
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_ADOPT = 36
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
from nicmethods.case.summary import case_summary
study = nic.load_case(case)
changes, counts = nic.network.dyad_change(study.survey), nic.network.change(study.survey)
nic.show(nic.figures.plot_networks(study.survey, changes))
nic.show(nic.figures.plot_change(counts))
nic.write_results(reports, study.name, {"change": counts}, summary=case_summary(study))
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


def lay_out_real(study: Path, copies: int) -> list[Path]:
    """Write a study with the shipped notebooks that run on a case, and copies of the demo."""
    root = Path(__file__).parents[1]
    shutil.copytree(root / "codebooks", study / "codebooks")
    (study / "notebooks").mkdir(parents=True)
    for path in (root / "notebooks").glob("0[123]_*.ipynb"):
        shutil.copy(path, study / "notebooks")
    return [shutil.copytree(root / "data" / "demo", study / "data" / f"demo{copy}") for copy in range(copies)]


def notebooks_of(study: Path) -> list[Path]:
    return sorted((study / "notebooks").glob("*.ipynb"))


def one_by_command(notebook: Path, case: Path, seed: int) -> None:
    out = notebook.parent.parent / "by_command"
    out.mkdir(exist_ok=True)
    given = {"case": case, "reports": out, "seed": seed}
    words = [word for name, value in given.items() for word in ("-p", name, value)]
    words += ["--cwd", notebook.parent, "--no-progress-bar"]
    command = [sys.executable, "-m", "papermill", notebook, out / f"{case.name}-{notebook.name}", *words]
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


def by_command(study: Path, cases: list[Path]) -> None:
    for seed, case in enumerate(cases):
        for notebook in notebooks_of(study):
            one_by_command(notebook, case, seed)


def one_by_api(arguments: tuple[Path, Path, int]) -> None:
    from papermill.execute import execute_notebook

    notebook, case, seed = arguments
    out = notebook.parent.parent / "by_api"
    out.mkdir(exist_ok=True)
    given = {"case": str(case), "reports": str(out), "seed": seed}
    execute_notebook(notebook, out / f"{case.name}-{notebook.name}", given, cwd=notebook.parent, progress_bar=False)


def by_api(study: Path, cases: list[Path], workers: int) -> None:
    runs = [(notebook, case, seed) for seed, case in enumerate(cases) for notebook in notebooks_of(study)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pool.map(one_by_api, runs, chunksize=1)


def by_nicmethods(study: Path, workers: int) -> float:
    """Give the most memory of the parent, in megabytes; NaN where the system does not tell."""
    command = [sys.executable, "-m", "nicmethods", "run", "--study", str(study), "--workers", str(workers)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    most_mb = float("nan")
    while process.poll() is None:
        with suppress(OSError, StopIteration):
            status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
            most_mb = int(next(line for line in status if line.startswith("VmHWM")).split()[1]) / 1024
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit("nicmethods run failed")
    return most_mb


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Give wall time, and processor time of all processes that were started."""
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    took = time.perf_counter() - began
    for _ in range(100):  # processes that outlived who started them
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        time.sleep(0.02)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(study: Path, cases: list[Path], workers: int) -> None:
    n_notebooks = len(notebooks_of(study))
    took = {
        "papermill in a loop": seconds(lambda: by_command(study, cases)),
        "papermill's API": seconds(lambda: by_api(study, cases, workers)),
        "nicmethods run, pages included": seconds(lambda: by_nicmethods(study, workers)),
        "nicmethods run again": seconds(lambda: by_nicmethods(study, workers)),
    }
    wall, processor = took["nicmethods run, pages included"]
    print(f"{len(cases)} copies, {n_notebooks} notebooks each, {workers} at once; ratios to nicmethods run")
    print(f"{'':<32}{'wall':>9}{'ratio':>7}{'processors':>13}{'ratio':>7}")
    for name, (one, all_of_it) in took.items():
        print(f"{name:<32}{one:>7.1f} s{one / wall:>7.2f}{all_of_it:>11.1f} s{all_of_it / processor:>7.2f}")


def compare_changes(folder: Path, other: Path | None) -> None:
    root = Path(__file__).parents[1]
    packages = {"here": root, **({"there": other.resolve()} if other else {})}
    took: dict[str, dict[str, tuple[float, float]]] = {}
    for name, package in packages.items():
        study = folder / name
        for part in ("codebooks", "notebooks"):
            shutil.copytree(package / part, study / part)
        shutil.copytree(package / "data" / "demo", study / "data" / "demo")
    coding, book = Path("data/demo/codings/coder_a.csv"), Path("codebooks/help.yml")
    changes = {
        "from nothing": lambda study: None,
        "nothing changed": lambda study: None,
        "nothing changed, again": lambda study: None,
        "a comment in the codebook": lambda study: add_line(study / book, "# says nothing"),
        "one coding changed": lambda study: drop_line(study / coding),
    }
    for change, do in changes.items():
        for name, package in packages.items():
            do(folder / name)
            took.setdefault(change, {})[name] = seconds(
                lambda study=folder / name, package=package: subprocess.run(
                    [python_of(package), "-m", "nicmethods", "run", "--study", str(study), "--workers", "2"],
                    cwd=package,
                    check=True,
                    capture_output=True,
                )
            )
        wall, processors = took[change]["here"]
        beside = ""
        if "there" in took[change]:
            one = took[change]["there"]
            beside = (
                f"   there {one[0]:>6.1f} s, {one[0] / wall:.2f} times{one[1]:>9.1f} s, {one[1] / processors:.2f} times"
            )
        print(f"{change:<28}{wall:>7.1f} s{processors:>8.1f} s of processors{beside}", flush=True)
    print(f"load average {os.getloadavg()[0]:.1f}")


def python_of(checkout: Path) -> str:
    """A checkout's own environment, in which it is installed."""
    own = checkout / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


def add_line(path: Path, line: str) -> None:
    with path.open("a") as file:
        file.write(f"{line}\n")


def drop_line(path: Path) -> None:
    path.write_text("\n".join(path.read_text().split("\n")[:-2]) + "\n")


def compare_sizes(folder: Path, sizes: list[int]) -> None:
    print(f"{'cases':>6}{'s':>8}{'s a case':>10}{'again, s a case':>17}{'parent, MB':>12}")
    for size in sizes:
        study = folder / str(size)
        lay_out(study, size)
        began = time.perf_counter()
        most_mb = by_nicmethods(study, 2)
        took = time.perf_counter() - began
        again, _ = seconds(lambda study=study: by_nicmethods(study, 2))
        print(f"{size:>6}{took:>8.1f}{took / size:>10.3f}{again / size:>17.3f}{most_mb:>12.0f}", flush=True)
        shutil.rmtree(study)


def run_on_cluster(study: Path, n_cases: int, every_s: int) -> None:
    import random
    import signal
    import threading

    from distributed import Client, LocalCluster

    from nicmethods.results import read_manifest

    lay_out(study, n_cases)
    ended, killed = threading.Event(), list[int]()

    def kill(address: str) -> None:
        chance = random.Random(1)
        while not ended.wait(every_s):
            with suppress(Exception), Client(address, set_as_default=False, timeout=5) as client:
                pid = chance.choice(sorted(client.run(os.getpid).values()))
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    with LocalCluster(
        n_workers=2, threads_per_worker=1, protocol="tcp", dashboard_address=":0", silence_logs=50
    ) as local:
        killer = threading.Thread(target=kill, args=(local.scheduler_address,), daemon=True)
        words = ["run", "--study", str(study), "--scheduler", local.scheduler_address, "--workers", "2"]
        began = time.perf_counter()
        killer.start()
        done = subprocess.run([sys.executable, "-m", "nicmethods", *words], capture_output=True, text=True, check=False)
        took = time.perf_counter() - began
        ended.set()
        killer.join()
    manifest, pages = read_manifest(study / "reports"), list((study / "reports").glob("*/index.html"))
    print(done.stdout.strip().splitlines()[-2:], f"status {done.returncode}")
    print(
        f"{n_cases} cases on two workers, {len(killed)} killed, one every {every_s} s: {(manifest['status'] == 'ok').sum()} ok, {len(pages)} pages; "
        f"{took:.0f} s, {took / n_cases:.2f} s a case, {took / n_cases / 3.6:.2f} hours for a thousand; load average {os.getloadavg()[0]:.1f}"
    )
    if done.returncode or len(pages) != n_cases or not (manifest["status"] == "ok").all():
        raise SystemExit(done.stderr)


def main() -> None:
    mode = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].isdecimal() else ""
    numbers = [int(word) for word in sys.argv[1 + bool(mode) :] if word.isdecimal()]
    folder = Path(tempfile.mkdtemp(prefix="nic-benchmark-"))
    with suppress(AttributeError):  # Linux: processes that lose their parent become this one's
        ctypes.CDLL(None).prctl(_ADOPT, 1)
    try:
        if mode == "changes":
            compare_changes(folder, Path(sys.argv[2]) if len(sys.argv) > 2 else None)
            return
        if mode == "sizes":
            compare_sizes(folder, numbers or [50, 200, 1000])
            return
        if mode == "cluster":
            run_on_cluster(folder, *(*numbers, *(200, 20)[len(numbers) :]))
            return
        copies, workers = (*numbers, *(2 if mode == "real" else 24, 2)[len(numbers) :])
        cases = (lay_out_real if mode == "real" else lay_out)(folder, copies)
        compare(folder, cases, workers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
