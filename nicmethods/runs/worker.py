"""One run in a process of its own: check the case, run the notebook, keep it, report."""

from __future__ import annotations

import logging
import multiprocessing
import multiprocessing.forkserver
import os
import select
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.errors import CaseError, Problem, RunError
from nicmethods.runs.executed import finish_notebook, first_line, mark_stopped
from nicmethods.runs.provenance import case_inputs, list_left, write_provenance
from nicmethods.runs.results import locked, read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from nicmethods.runs.plan import Run

__all__ = ["Job", "choose_engine", "start_worker"]

_DIED = "Kernel died before"
_FORKED, _STOCK = "nicmethods", "stock"
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_served: tuple[str, str] | None = None


@dataclass(frozen=True)
class Job:
    """A run, a folder for what it needs on the way, and what it may take: seconds, megabytes beyond the libraries."""

    run: Run
    scratch: Path
    timeout_s: float
    memory_mb: int | None
    engine: str
    code: str

    @property
    def partial(self) -> Path:
        """The notebook as far as it came."""
        return self.scratch / self.run.notebook.name


def choose_engine(asked: str | None) -> str:
    """Give the engine to use: what was asked for, here or in the environment, or what this system can do.

    Raises
    ------
    RunError
        If there is no such engine.
    """
    engine = asked or os.environ.get("NICMETHODS_ENGINE") or _FORKED
    if engine not in (_FORKED, _STOCK):
        raise RunError(f"There is no engine '{engine}'; there are '{_FORKED}' and '{_STOCK}'.")
    if engine == _FORKED and not sys.platform.startswith("linux"):
        logging.getLogger(__name__).warning("Each notebook starts a kernel (slower): only Linux forks one safely.")
        return _STOCK
    return engine


def start_worker(job: Job) -> tuple[BaseProcess, Connection]:
    """Start the process of a job; it sends status and error through the connection."""
    context = _warm_context(job)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(job, sender), daemon=True)
    process.start()
    sender.close()
    return process, receiver


def _warm_context(job: Job) -> Any:
    """A server that has imported what notebooks need, and forks; another one when the code has changed."""
    global _served
    if os.name == "nt":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    if _served != (job.engine, job.code):
        server: Any = multiprocessing.forkserver._forkserver
        server._stop()
        context.set_forkserver_preload(
            ["nicmethods.runs.warm"]
            if job.engine == _FORKED
            else ["papermill.execute", "nicmethods.case.folder", __name__]
        )
        with _environment({**_ONE_THREAD, "PYTHONHASHSEED": "0"}):
            server.ensure_running()
        _served = (job.engine, job.code)
    return context


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(
        {name: before.get(name, value) if name in _ONE_THREAD else value for name, value in values.items()}
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _work(job: Job, sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with (job.scratch / "log.txt").open("w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    if os.name != "nt":
        _end_with(sender)
    if job.memory_mb:
        _limit_memory(job.memory_mb)
    sender.send(_run_one(job))


def _end_with(sender: Connection) -> None:
    """End this process when nobody listens any more: the batch was killed, and the next one may be running."""
    line = select.poll()
    line.register(sender.fileno(), 0)

    def look(number: int, frame: object) -> None:
        if line.poll(0):
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)


def _limit_memory(memory_mb: int) -> None:
    """Let this process and its children have so much beyond what it has."""
    try:
        import resource

        held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
    except (ImportError, OSError):
        return
    most = (int(held.split()[1]) // 1024 + memory_mb) * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _run_one(job: Job) -> tuple[str, str]:
    run, started = job.run, pd.Timestamp.now("UTC")
    inputs = case_inputs(run)
    problem = _check_case(run)
    status, error = ("failed", problem) if problem else _execute_twice(job)
    write_provenance(
        run, inputs=inputs, code=job.code, started=started, ended=pd.Timestamp.now("UTC"), status=status,
        left=list_left(run, started),
    )  # fmt: skip
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


def _execute_twice(job: Job) -> tuple[str, str]:
    """Run the notebook, once more if its kernel died before it said a word, and keep it whatever happened."""
    from papermill.exceptions import PapermillExecutionError

    error = ""
    for attempt in (1, 2):
        try:
            _execute(job, _private_kernel(job.scratch / str(attempt)))
        except PapermillExecutionError as failure:
            error = f"cell {failure.exec_count}: {failure.ename}: {failure.evalue}".removesuffix(": ")
        except Exception as failure:  # whatever a notebook does to its kernel is its outcome, not ours
            if _DIED in str(failure) and attempt == 1:
                continue
            error = mark_stopped(job.partial, _reason(failure, job.timeout_s))
        break
    finish_notebook(job.partial, job.run)
    return ("failed", first_line(error)) if error else ("ok", "")


def _reason(failure: Exception, timeout_s: float) -> str:
    if isinstance(failure, TimeoutError):
        return f"took more than {timeout_s:g} s"
    return f"{type(failure).__name__}: {failure}"


def _execute(job: Job, config: Any) -> None:
    from papermill.execute import execute_notebook

    from nicmethods.runs.engine import NAME, register

    register()
    execute_notebook(
        job.run.notebook,
        job.partial,
        job.run.arguments,
        engine_name=NAME if job.engine == _FORKED else None,
        cwd=job.run.notebook.parent,
        progress_bar=False,
        execution_timeout=int(job.timeout_s),
        shutdown_kernel="immediate",
        config=config,
    )


def _private_kernel(folder: Path) -> Any:
    """A kernel that shares nothing: own sockets, no profile of the user, one thread, a fixed hash seed."""
    from traitlets.config import Config

    folder.mkdir()
    os.environ.update(IPYTHONDIR=str(folder / "ipython"), PYTHONHASHSEED="0")
    for name, value in _ONE_THREAD.items():
        os.environ.setdefault(name, value)
    return Config(KernelManager={} if os.name == "nt" else {"transport": "ipc", "ip": str(folder / "k")})
