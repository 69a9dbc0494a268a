"""Run a plan: Papermill in worker processes, several at once; the outcome of a batch is data.

Each run has a process and a folder of its own, so that a notebook that hangs, crashes or eats its worker costs only
itself. What has not changed since it last ran is left as it is. What a run leaves is written whole or not at all.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections import deque
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from nicmethods.case.tables import RUN_TABLES
from nicmethods.errors import RunError
from nicmethods.runs.executed import finish_notebook, first_line, mark_stopped
from nicmethods.runs.provenance import hash_code, unchanged_since
from nicmethods.runs.results import (
    ACROSS,
    clear_results,
    list_results,
    locked,
    only_batch,
    read_manifest,
    write_manifest,
)
from nicmethods.runs.worker import Job, choose_engine, start_worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from multiprocessing.process import BaseProcess

    from nicmethods.runs.plan import Run

__all__ = ["Event", "run_batch"]

_GRACE_S = 15


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
    job: Job
    process: BaseProcess
    receiver: Connection
    started: float
    deadline: float


def run_batch(
    runs: Sequence[Run],
    *,
    workers: int = 2,
    timeout_s: float = 600,
    memory_mb: int | None = None,
    fresh: bool = False,
    engine: Literal["nicmethods", "stock"] | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> pd.DataFrame:
    """Run a plan. Runs across cases start when all cases are done; a failed run never stops another.

    A run that ended well before, on the same inputs, notebook, parameters, code and versions, is not run again.

    Parameters
    ----------
    runs
        The plan.
    workers
        Notebooks at once.
    timeout_s
        Seconds that a notebook may take, whole.
    memory_mb
        Megabytes that a notebook may take beyond the libraries; what asks for more gets a ``MemoryError``. None: no limit.
    fresh
        Run what has not changed as well.
    engine
        ``"nicmethods"`` forks the cells from a process that has the libraries, ``"stock"`` starts a kernel for each
        notebook. None: the environment variable ``NICMETHODS_ENGINE``, or the first where processes can be forked.
    on_event
        Called in this process when a run starts and when it is finished; what was not run again is ``unchanged``.

    Returns
    -------
    DataFrame
        The ``manifest`` of this batch, in the order of the plan; it is also written over ``manifest.csv``. A case that
        cannot be read is ``failed`` with its first problem; what never started is ``skipped``.

    Raises
    ------
    RunError
        If reports cannot be written, or if another batch is writing to them.
    KeyboardInterrupt
        After the workers were stopped and the manifest was written, with what did not end as ``skipped``.
    """
    tell = on_event or (lambda event: None)
    outcomes = {(run.case, run.notebook.stem): ("skipped", float("nan"), "stopped before it ended") for run in runs}
    limits = _Limits(workers, timeout_s, memory_mb, choose_engine(engine), hash_code())
    try:
        with ExitStack() as held:
            for reports in sorted({run.reports for run in runs}):
                held.enter_context(only_batch(reports))
            try:
                for across in (False, True):
                    stage = [run for run in runs if (run.case == ACROSS) is across]
                    for done in _run_changed(stage, limits, fresh, tell):
                        status = "ok" if done.status == "unchanged" else done.status
                        outcomes[done.run.case, done.run.notebook.stem] = (status, done.seconds, done.error)
                        tell(done)
            finally:
                manifest = _write_outcomes(runs, outcomes)
    except OSError as error:
        raise RunError(
            f"Reports cannot be written: {error.strerror} ({error.filename or 'a file under reports'})."
        ) from None
    return manifest


@dataclass(frozen=True)
class _Limits:
    """What holds for every run of a batch."""

    workers: int
    timeout_s: float
    memory_mb: int | None
    engine: str
    code: str


def _write_outcomes(runs: Sequence[Run], outcomes: Mapping[tuple[str, str], tuple[str, float, str]]) -> pd.DataFrame:
    rows = [(*key, status, seconds, error or None) for key, (status, seconds, error) in outcomes.items()]
    manifest = pd.DataFrame(rows, columns=RUN_TABLES["manifest"].names)
    for reports in {run.reports for run in runs}:
        write_manifest(reports, manifest)
    return manifest


def _run_changed(runs: Sequence[Run], limits: _Limits, fresh: bool, tell: Callable[[Event], None]) -> Iterator[Event]:
    """Run what must run of a stage, after a word on what need not."""
    changed: list[Run] = []
    for run in runs:
        seconds = None if fresh else unchanged_since(run, code=limits.code)
        if seconds is None:
            changed.append(run)
        else:
            yield Event("finished", run, "unchanged", seconds)
    _clear(changed)
    yield from _run_stage(changed, limits, tell)


def _clear(runs: Sequence[Run]) -> None:
    """Take away a case's earlier results where all that made them runs again, so that nothing stale is left."""
    for reports in {run.reports for run in runs}:
        with locked(reports):
            earlier = read_manifest(reports)
        for case in {run.case for run in runs}:
            made_by = set(earlier.loc[earlier["case"] == case, "notebook"])
            if made_by <= {run.notebook.stem for run in runs if run.case == case}:
                clear_results(reports, case)


def _run_stage(runs: Sequence[Run], limits: _Limits, tell: Callable[[Event], None]) -> Iterator[Event]:
    waiting, working = deque(runs), list[_Worker]()
    try:
        while waiting or working:
            while waiting and len(working) < limits.workers:
                run = waiting.popleft()
                if run.case == ACROSS and not list_results(run.reports):
                    yield Event("finished", run, "skipped", error="no case has results")
                    continue
                tell(Event("started", run))
                working.append(_start(run, limits))
            for worker in _ready(working):
                working.remove(worker)
                yield _collect(worker)
    finally:
        for worker in working:
            _stop(worker)
            shutil.rmtree(worker.job.scratch, ignore_errors=True)


def _start(run: Run, limits: _Limits) -> _Worker:
    scratch = Path(tempfile.mkdtemp(prefix="nic-"))
    job = Job(run, scratch, limits.timeout_s, limits.memory_mb, limits.engine, limits.code)
    process, receiver = start_worker(job)
    now = time.monotonic()
    return _Worker(job, process, receiver, now, now + limits.timeout_s + _GRACE_S)


def _ready(working: Sequence[_Worker]) -> list[_Worker]:
    """Wait until a worker ended or is past its time."""
    if not working:
        return []
    next_deadline = min(worker.deadline for worker in working)
    wait([worker.process.sentinel for worker in working], max(0.0, next_deadline - time.monotonic()))
    return [w for w in working if not w.process.is_alive() or time.monotonic() >= w.deadline]


def _collect(worker: _Worker) -> Event:
    """Take a worker's word, or say what became of it, and keep the notebook as far as it came."""
    job, late = worker.job, worker.process.is_alive()
    _stop(worker)
    status = error = ""
    with suppress(EOFError):
        status, error = worker.receiver.recv() if worker.receiver.poll() else ("", "")
    if not status:
        reason = f"took more than {job.timeout_s:g} s" if late else _last_words(worker)
        status, error = "failed", mark_stopped(job.partial, reason)
        finish_notebook(job.partial, job.run)
    seconds = round(time.monotonic() - worker.started, 2)
    shutil.rmtree(job.scratch, ignore_errors=True)
    return Event("finished", job.run, status, seconds, error)


def _last_words(worker: _Worker) -> str:
    log = worker.job.scratch / "log.txt"
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    said = next((line for line in reversed(lines) if line.strip()), "")
    return first_line(f"its process was ended (code {worker.process.exitcode}) {said}")


def _stop(worker: _Worker) -> None:
    worker.process.terminate()
    worker.process.join(5)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()
