"""Run a plan: Papermill in worker processes, several at once; the outcome of a batch is data.

Each run has a process and a folder of its own, so that a notebook that hangs, crashes or eats its worker costs only
itself. A notebook runs in its own folder, as it does in JupyterLab. What it leaves is written whole or not at all.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import tempfile
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from nicmethods.case.tables import RUN_TABLES
from nicmethods.errors import CaseError, Problem, RunError
from nicmethods.runs.executed import finish_notebook, first_line, mark_stopped
from nicmethods.runs.provenance import case_inputs, write_provenance
from nicmethods.runs.results import (
    ACROSS,
    clear_results,
    list_results,
    locked,
    read_json,
    read_manifest,
    write_json,
    write_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.process import BaseProcess

    from nicmethods.runs.plan import Run

__all__ = ["Event", "run_batch"]

_GRACE_S = 15
_DIED = "Kernel died before"


@dataclass(frozen=True)
class Event:
    """Something happened in a batch, for whoever draws progress."""

    kind: Literal["started", "finished"]
    run: Run
    status: str = ""
    seconds: float = float("nan")
    error: str = ""


@dataclass(frozen=True, eq=False)
class _Worker:
    run: Run
    process: BaseProcess
    receiver: Connection
    scratch: Path
    started: float
    deadline: float


def run_batch(
    runs: Sequence[Run],
    *,
    workers: int = 2,
    timeout_s: float = 600,
    on_event: Callable[[Event], None] | None = None,
) -> pd.DataFrame:
    """Run a plan. Runs across cases start when all cases are done; a failed run never stops another.

    Parameters
    ----------
    runs
        The plan.
    workers
        Notebooks at once.
    timeout_s
        Seconds that a notebook may take, whole.
    on_event
        Called in this process when a run starts and when it is finished.

    Returns
    -------
    DataFrame
        The ``manifest`` of this batch, in the order of the plan; it is also written over ``manifest.csv``. A case that
        cannot be read is ``failed`` with its first problem; what never started is ``skipped``.

    Raises
    ------
    RunError
        If reports cannot be written.
    KeyboardInterrupt
        After the workers were stopped and the manifest was written, with what did not end as ``skipped``.
    """
    tell = on_event or (lambda event: None)
    outcomes = {(run.case, run.notebook.stem): ("skipped", float("nan"), "stopped before it ended") for run in runs}
    try:
        _clear(runs)
    except OSError as error:
        raise RunError(f"Reports cannot be written: {error.strerror} ({error.filename}).") from None
    try:
        for across in (False, True):
            stage = [run for run in runs if (run.case == ACROSS) is across]
            for done in _run_stage(stage, workers, timeout_s, tell):
                outcomes[done.run.case, done.run.notebook.stem] = (done.status, done.seconds, done.error)
                tell(done)
    finally:
        rows = [(*key, status, seconds, error or None) for key, (status, seconds, error) in outcomes.items()]
        manifest = pd.DataFrame(rows, columns=RUN_TABLES["manifest"].names)
        for reports in {run.reports for run in runs}:
            write_manifest(reports, manifest)
    return manifest


def _clear(runs: Sequence[Run]) -> None:
    """Take away a case's earlier results where all that made them runs again, so that nothing stale is left."""
    for reports in {run.reports for run in runs}:
        with locked(reports):
            earlier = read_manifest(reports)
        for case in {run.case for run in runs}:
            made_by = set(earlier.loc[earlier["case"] == case, "notebook"])
            if made_by <= {run.notebook.stem for run in runs if run.case == case}:
                clear_results(reports, case)


def _run_stage(runs: Sequence[Run], workers: int, timeout_s: float, tell: Callable[[Event], None]) -> Iterator[Event]:
    waiting, working = deque(runs), list[_Worker]()
    try:
        while waiting or working:
            while waiting and len(working) < workers:
                run = waiting.popleft()
                if run.case == ACROSS and not list_results(run.reports):
                    yield Event("finished", run, "skipped", error="no case has results")
                    continue
                tell(Event("started", run))
                working.append(_start(run, timeout_s))
            for worker in _ready(working):
                working.remove(worker)
                yield _collect(worker, timeout_s)
    finally:
        for worker in working:
            _stop(worker)
            shutil.rmtree(worker.scratch, ignore_errors=True)


def _start(run: Run, timeout_s: float) -> _Worker:
    context = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
    if os.name != "nt":
        context.set_forkserver_preload(["papermill.execute", "nicmethods.case.folder", __name__])  # type: ignore[attr-defined,unused-ignore]
    receiver, sender = context.Pipe(duplex=False)
    scratch = Path(tempfile.mkdtemp(prefix="nic-"))
    process = context.Process(  # type: ignore[attr-defined]
        target=_work, args=(run, scratch, timeout_s, sender), daemon=True
    )
    process.start()
    sender.close()
    now = time.monotonic()
    return _Worker(run, process, receiver, scratch, now, now + timeout_s + _GRACE_S)


def _ready(working: Sequence[_Worker]) -> list[_Worker]:
    """Wait until a worker ended or is past its time."""
    if not working:
        return []
    next_deadline = min(worker.deadline for worker in working)
    wait([worker.process.sentinel for worker in working], max(0.0, next_deadline - time.monotonic()))
    return [w for w in working if not w.process.is_alive() or time.monotonic() >= w.deadline]


def _collect(worker: _Worker, timeout_s: float) -> Event:
    """Take a worker's word, or say what became of it, and keep the notebook as far as it came."""
    run, late = worker.run, worker.process.is_alive()
    _stop(worker)
    try:
        status, error = worker.receiver.recv() if worker.receiver.poll() else ("", "")
    except EOFError:
        status = error = ""
    if not status:
        reason = f"took more than {timeout_s:g} s" if late else _last_words(worker)
        partial = worker.scratch / run.notebook.name
        status, error = "failed", mark_stopped(partial, reason)
        finish_notebook(partial, run)
    seconds = round(time.monotonic() - worker.started, 2)
    shutil.rmtree(worker.scratch, ignore_errors=True)
    return Event("finished", run, status, seconds, error)


def _last_words(worker: _Worker) -> str:
    log = worker.scratch / "log.txt"
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    said = next((line for line in reversed(lines) if line.strip()), "")
    return first_line(f"its process was ended (code {worker.process.exitcode}) {said}")


def _stop(worker: _Worker) -> None:
    worker.process.terminate()
    worker.process.join(5)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _work(run: Run, scratch: Path, timeout_s: float, sender: Connection) -> None:
    """What a worker process does: check the case, run the notebook, keep it, report."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with (scratch / "log.txt").open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    sender.send(_run_one(run, scratch, timeout_s))


def _run_one(run: Run, scratch: Path, timeout_s: float) -> tuple[str, str]:
    started = pd.Timestamp.now("UTC")
    inputs = case_inputs(run)
    problem = _check_case(run)
    status, error = ("failed", problem) if problem else _execute_twice(run, scratch, timeout_s)
    ended = pd.Timestamp.now("UTC")
    write_provenance(run, inputs=inputs, started=started, ended=ended, status=status)
    return status, error


def _check_case(run: Run) -> str:
    """Read the case once before its notebook starts; a case with errors leaves its problems for the pages."""
    if run.folder is None:
        return ""
    from nicmethods.case.folder import load_case

    try:
        load_case(run.folder)
    except CaseError as error:
        problems = [vars(problem) | {"value": "", "message": _without_value(problem)} for problem in error.problems]
        with locked(run.reports / run.case):
            summary = read_json(run.output.parent.parent / "case.json", {})
            write_json(run.output.parent.parent / "case.json", {"title": run.case, **summary, "problems": problems})
        errors = [problem for problem in error.problems if problem.level == "error"]
        more = f" (and {len(errors) - 1} more; see `nicmethods check`)" if len(errors) > 1 else ""
        place = errors[0].file if errors[0].row is None else f"{errors[0].file} row {errors[0].row}"
        return first_line(f"the case cannot be read: {place}: {_without_value(errors[0])}") + more
    return ""


def _without_value(problem: Problem) -> str:
    """A problem's message without the value it quotes, which may be a name; `nicmethods check` shows it."""
    return problem.message.replace(problem.value, "…") if problem.value.strip() else problem.message


def _execute_twice(run: Run, scratch: Path, timeout_s: float) -> tuple[str, str]:
    """Run the notebook, once more if its kernel died before it said a word, and keep it whatever happened."""
    from papermill.exceptions import PapermillExecutionError

    partial, error = scratch / run.notebook.name, ""
    for attempt in (1, 2):
        try:
            with _private_kernel(scratch / str(attempt)) as config:
                _execute(run, partial, timeout_s, config)
        except PapermillExecutionError as failure:
            error = f"cell {failure.exec_count}: {failure.ename}: {failure.evalue}"
        except Exception as failure:  # whatever a notebook does to its kernel is its outcome, not ours
            if _DIED in str(failure) and attempt == 1:
                continue
            error = mark_stopped(partial, _reason(failure, timeout_s))
        break
    finish_notebook(partial, run)
    return ("failed", first_line(error)) if error else ("ok", "")


def _reason(failure: Exception, timeout_s: float) -> str:
    if isinstance(failure, TimeoutError):
        return f"took more than {timeout_s:g} s"
    return f"{type(failure).__name__}: {failure}"


def _execute(run: Run, output: Path, timeout_s: float, config: Any) -> None:
    from papermill.execute import execute_notebook

    execute_notebook(
        run.notebook,
        output,
        run.arguments,
        cwd=run.notebook.parent,
        progress_bar=False,
        execution_timeout=int(timeout_s),
        shutdown_kernel="immediate",
        config=config,
    )


@contextmanager
def _private_kernel(folder: Path) -> Iterator[Any]:
    """A kernel that shares nothing: own sockets, no profile of the user, one thread, a fixed hash seed."""
    from traitlets.config import Config

    folder.mkdir()
    os.environ.update(IPYTHONDIR=str(folder / "ipython"), PYTHONHASHSEED="0")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    socket = {} if os.name == "nt" else {"transport": "ipc", "ip": str(folder / "k")}
    yield Config(KernelManager=socket)
