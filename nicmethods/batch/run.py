"""Run a plan: Papermill in worker processes, several at once; the outcome of a batch is data.

Each run has a folder of its own, and its cells a process of their own, so that a notebook that hangs, crashes or eats
its worker costs only itself. What has not changed since it last ran is left as it is. What a run leaves is written whole or not at all.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from nicmethods.batch.job import Job
from nicmethods.batch.plan import n_code_cells
from nicmethods.batch.processes import Processes, choose_engine, said_of_system
from nicmethods.batch.provenance import hash_code, sources_of, unchanged_since
from nicmethods.batch.stage import commit, drop_others, ended_before, finish_moves, stage_of
from nicmethods.errors import RunError
from nicmethods.files.writing import locked, remove_halves
from nicmethods.results import (
    ACROSS,
    list_results,
    read_manifest,
    write_manifest,
)
from nicmethods.tables import RUN_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from nicmethods.batch.cluster import Cluster
    from nicmethods.batch.plan import Run
    from nicmethods.batch.processes import Task

__all__ = ["Event", "only_batch", "run_batch"]

_NOT_YET = ("skipped", float("nan"), "has not run to its end on the present data")


@dataclass(frozen=True)
class Event:
    """Something happened in a batch, for whoever draws progress; ``outdated``: what a run left earlier is not of the present data."""

    kind: Literal["outdated", "started", "finished"]
    run: Run
    status: str = ""
    seconds: float = float("nan")
    error: str = ""


def run_batch(
    runs: Sequence[Run],
    *,
    workers: int = 2,
    timeout_s: float = 600,
    memory_mb: int | None = None,
    fresh: bool = False,
    engine: Literal["nicmethods", "stock"] | None = None,
    processes: Processes | Cluster | None = None,
    on_event: Callable[[Event], None] | None = None,
    beside: Callable[[], Sequence[Task]] | None = None,
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
    processes
        Processes to run them in, here or on many machines, instead of `workers` new ones with `engine`.
    on_event
        Called in this process when a run starts and when it is finished; what was not run again is ``unchanged``.
    beside
        Called when the cases are done and the manifest says so; the same processes do the tasks that it gives beside
        the runs across cases, and nobody is told of their results.

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
    outcomes = {(run.case, run.notebook.stem): _NOT_YET for run in runs}
    try:
        with ExitStack() as held:
            for reports in sorted({run.reports for run in runs}):
                held.enter_context(only_batch(reports))
            processes = processes or held.enter_context(Processes(workers, engine=choose_engine(engine)))
            earlier = {
                (reports, row.case, row.notebook): float(str(row.seconds))
                for reports in {run.reports for run in runs}
                for row in read_manifest(reports).itertuples()
                if row.status == "ok"
            }
            limits = _Limits(timeout_s, memory_mb, hash_code())

            def of_cases() -> Sequence[Task]:
                _write_outcomes([run for run in runs if run.case != ACROSS], outcomes)
                return beside() if beside else ()

            try:
                for across in (False, True):
                    stage = [run for run in runs if (run.case == ACROSS) is across]
                    for done in _run_changed(stage, processes, limits, fresh, tell, of_cases if across else tuple):
                        key = (done.run.case, done.run.notebook.stem)
                        again = ("ok", earlier.get((done.run.reports, *key), done.seconds), "")
                        outcomes[key] = again if done.status == "unchanged" else (done.status, done.seconds, done.error)
                        tell(done)
            finally:
                manifest = _write_outcomes(runs, outcomes)
    except OSError as error:
        raise RunError(f"Reports cannot be written: {said_of_system(error)}. What had ended is kept.") from None
    return manifest


@contextmanager
def only_batch(reports: Path) -> Iterator[None]:
    """Be the only batch that writes to a folder of reports, and take away what a killed one left half-written.

    Raises
    ------
    RunError
        If another batch is at work there.
    """
    with ExitStack() as held:
        try:
            file = held.enter_context(locked(reports, name=".batch", wait=False))
        except BlockingIOError:
            known = (reports / ".batch").read_text(encoding="utf-8") or "unknown"
            raise RunError(
                f"Another batch (process {known}) is writing to {reports}. Wait for it, or stop it."
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()).encode())
        file.flush()
        for path in reports.rglob(".*.part"):
            path.unlink()
        finish_moves(reports)
        try:
            yield
        finally:
            with suppress(OSError):  # what waits for other notebooks of its case is kept
                (reports / ".new").rmdir()


@dataclass(frozen=True)
class _Limits:
    """What holds for every run of a batch."""

    timeout_s: float
    memory_mb: int | None
    code: str


def _write_outcomes(runs: Sequence[Run], outcomes: Mapping[tuple[str, str], tuple[str, float, str]]) -> pd.DataFrame:
    waiting = {(run.case, run.notebook.stem) for run in runs if stage_of(run).exists()}
    held = {key: _NOT_YET if key in waiting else outcome for key, outcome in outcomes.items()}
    rows = [(*key, status, seconds, error or None) for key, (status, seconds, error) in held.items()]
    manifest = pd.DataFrame(rows, columns=RUN_TABLES["manifest"].names)
    for reports in {run.reports for run in runs}:
        write_manifest(reports, manifest)
    return manifest


def _run_changed(
    runs: Sequence[Run],
    processes: Processes | Cluster,
    limits: _Limits,
    fresh: bool,
    tell: Callable[[Event], None],
    beside: Callable[[], Sequence[Task]],
) -> Iterator[Event]:
    """Run what must run of a stage, after a word on what need not; a case's results take their place when all are there."""
    changed: list[Run] = []
    ended: list[tuple[Run, float]] = []
    for folder in {run.folder for run in runs if run.folder is not None}:
        remove_halves(folder)
    for run in runs:
        key = "" if fresh else sources_of(run, code=limits.code).key
        seconds, earlier = (unchanged_since(run, key), ended_before(run, key)) if key else (None, None)
        if seconds is not None:
            yield Event("finished", run, "unchanged", seconds)
        elif earlier is not None:
            ended.append((run, earlier))
        elif run.case == ACROSS and not list_results(run.reports):
            yield Event("finished", run, "skipped", error="no case has results")
        else:
            changed.append(run)
    for reports in {run.reports for run in runs}:
        drop_others(reports, [stage_of(run) for run, _ in ended])
    if changed:
        processes.prepare()
        with _uninterrupted():  # or some pages would say that they are old, and others not
            _write_outcomes(changed, {(run.case, run.notebook.stem): _NOT_YET for run in changed})
            for run in changed:
                tell(Event("outdated", run))
    left = Counter((run.reports, run.case) for run in changed)
    for run, seconds in ended:
        if not left[run.reports, run.case]:
            commit(run.reports, run.case)
        yield Event("finished", run, "unchanged", seconds)
    jobs = [
        Job(run, limits.timeout_s, limits.memory_mb, processes.engine, limits.code) for run in _longest_first(changed)
    ]
    for done in processes.each([*jobs, *(beside() if jobs else ())], started=lambda task: _say_started(task, tell)):
        if not isinstance(done.task, Job):
            continue
        run, (status, error) = done.task.run, done.result
        left[run.reports, run.case] -= 1
        if not left[run.reports, run.case]:
            commit(run.reports, run.case)
        yield Event("finished", run, status, done.seconds, error)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until what is begun is done."""
    came: list[tuple[int, Any]] = []
    if threading.current_thread() is not threading.main_thread():  # which nobody interrupts
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *args: came.append(args))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came and callable(before):
            before(*came[0])


def _say_started(task: object, tell: Callable[[Event], None]) -> None:
    if isinstance(task, Job):
        tell(Event("started", task.run))


def _longest_first(runs: Sequence[Run]) -> list[Run]:
    """Of each case the notebook with most code first, so that none is begun when all others have ended."""
    order = {case: place for place, case in enumerate(dict.fromkeys(run.case for run in runs))}
    n_cells = {path: n_code_cells(path) for path in {run.notebook for run in runs}}
    return sorted(runs, key=lambda run: (order[run.case], -n_cells[run.notebook]))
