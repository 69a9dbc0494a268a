"""The same plan on many machines: a Dask cluster in the place of this machine's processes.

Cells are never run in a Dask worker, which has threads and must not be forked: each worker keeps a process with the libraries beside
itself, as a batch on one machine does, and hands its notebooks to it.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import secrets
import threading
import time
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicmethods.batch.processes import FORKED, TRIES, Done, Processes, choose_engine
from nicmethods.batch.provenance import hash_code, hash_file, versions
from nicmethods.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from nicmethods.batch.job import Job
    from nicmethods.batch.plan import Run

__all__ = ["Cluster"]

_ADDRESS = re.compile(r"(?:(?:tcp|tls|wss?)://)?\S+:\d+")
_ANSWER_S = 10
_ALONE_S, _LOOK_S = 120.0, 2.0
_one_at_a_time = threading.Lock()
_processes: Processes | None = None


class Cluster:
    """The workers of a Dask cluster that is there already; use it in a ``with``.

    Parameters
    ----------
    address
        Address of its scheduler, such as ``tcp://10.0.0.1:8786``.
    runs
        The plan. Every worker must see its cases and its reports under the same paths, and have this package and its
        libraries in the same versions.

    Raises
    ------
    RunError
        If the extra is not installed, the scheduler does not answer, or a worker cannot do the work; each worker's
        reason is listed.
    """

    def __init__(self, address: str, runs: Sequence[Run]) -> None:
        self.engine, self._address = os.environ.get("NICMETHODS_ENGINE") or FORKED, address
        if not _ADDRESS.fullmatch(address):
            raise RunError(f"'{address}' is no address of a Dask scheduler; one looks like tcp://10.0.0.1:8786.")
        try:
            import_module("distributed")
        except ImportError:
            raise RunError("--scheduler needs the extra 'cluster': pip install 'nicmethods[cluster]'") from None
        try:
            self._client = self._connect()
        except Exception as error:  # OSError, ValueError, AssertionError: whatever an address leads to
            raise RunError(f"No Dask scheduler answers at '{address}' ({type(error).__name__}).") from None
        try:
            self._check(runs)
        except BaseException:
            self._client.close()
            raise

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *exc: object) -> None:
        self._client.close()

    @property
    def n(self) -> int:
        """Workers at present."""
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def prepare(self) -> None:
        """Workers import what they need when they get their first notebook."""

    def each(self, tasks: Iterable[Any], *, started: Callable[[Any], object] = lambda task: None) -> Iterator[Done]:
        """Do runs, and give each as it ends; one whose worker is lost is done again by another, three times in all."""
        waiting: dict[Any, tuple[Any, int]] = {}
        try:
            for task in tasks:
                started(task)
                waiting[self._submit(task)] = task, 1
            looked = last_seen = time.monotonic()
            while waiting:
                for future in [future for future in waiting if future.status not in ("pending", "cancelled")]:
                    task, tries = waiting.pop(future)
                    done = _done(task, future, is_last=tries == TRIES)
                    if done is None:
                        waiting[self._submit(task)] = task, tries + 1
                    else:
                        yield done
                time.sleep(0.05)
                if time.monotonic() - looked < _LOOK_S:
                    continue
                looked = time.monotonic()
                if not self._answers():
                    self._find_again()
                for future in [future for future in waiting if future.client is not self._client or future.cancelled()]:
                    task, tries = waiting.pop(future)
                    waiting[self._submit(task)] = task, tries
                if self.n:
                    last_seen = looked
                elif looked - last_seen > _ALONE_S:
                    raise RunError(f"The cluster has had no worker for {_ALONE_S:g} s; what has ended is kept.")
        finally:
            if waiting:
                with suppress(Exception):  # workers that are gone have nothing to stop
                    self._client.cancel(list(waiting), force=True)
                    self._client.run(_stop)

    def _connect(self) -> Any:
        return import_module("distributed").Client(self._address, timeout=_ANSWER_S, set_as_default=False)

    def _submit(self, task: Any) -> Any:
        return self._client.submit(_do, task, pure=False)

    def _answers(self) -> bool:
        """Whether the scheduler is still there, and still ours."""
        try:
            self._client.sync(self._client.scheduler.identity)
        except Exception:  # OSError, CommClosedError, AttributeError: whatever is left of a connection
            return False
        return bool(self._client.status == "running")

    def _find_again(self) -> None:
        """Wait for a scheduler that was lost; what it held is given to it once more."""
        lost = time.monotonic()
        with suppress(Exception):
            self._client.close(timeout=1)
        while True:
            try:
                self._client = self._connect()
            except Exception:
                if time.monotonic() - lost > _ALONE_S:
                    raise RunError(
                        f"The Dask scheduler at '{self._address}' has not answered for {_ALONE_S:g} s; what has ended is kept. "
                        "Start it again, then run again: only what is missing runs."
                    ) from None
                time.sleep(_LOOK_S)
            else:
                return

    def _check(self, runs: Sequence[Run]) -> None:
        if not self.n:
            raise RunError("The cluster has no worker yet. Start workers, then run again.")
        here = {"nicmethods files": hash_code()[:12], **versions()}
        files = {str(path): hash_file(path) for path in {_first_file(run) for run in runs} if path.is_file()}
        reports = sorted({run.reports for run in runs})
        marks = [folder / f".seen-{secrets.token_hex(8)}" for folder in reports]
        try:
            for mark in marks:
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
            answers = self._client.run(_look, list(files), [str(mark) for mark in marks], on_error="return")
        finally:
            for mark in marks:
                mark.unlink(missing_ok=True)
        faults = [f"{worker}: {fault}" for worker, said in answers.items() for fault in _faults(said, here, files)]
        if faults:
            raise RunError("\n".join(["These workers cannot run the plan:", *(f"  {fault}" for fault in faults)]))


def _first_file(run: Run) -> Path:
    return run.notebook if run.folder is None else run.folder / "case.yml"


def _faults(said: Any, here: dict[str, str], files: dict[str, str]) -> list[str]:
    """Say why a worker cannot do the work."""
    if isinstance(said, BaseException):
        return [f"has no usable nicmethods ({type(said).__name__}: {said})"]
    found, seen, unseen = said
    faults = [
        f"has {name} {found.get(name, 'not at all')}, not {version}"
        for name, version in here.items()
        if found.get(name) != version
    ]
    hidden = sorted(path for path, content in files.items() if seen.get(path) != content)
    if hidden:
        faults.append(f"does not see {hidden[0]} as it is here; the study must lie on storage that all machines share")
    if unseen:
        faults.append(f"does not see, or may not write to, {Path(unseen[0]).parent}")
    return faults


def _look(files: list[str], marks: list[str]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """In a worker: what it has, what it sees, and where it may not write."""
    found = {"nicmethods files": hash_code()[:12], **versions()}
    seen = {path: hash_file(Path(path)) for path in files if Path(path).is_file()}
    unseen = []
    for mark in map(Path, marks):
        own = mark.with_name(f"{mark.name}-{secrets.token_hex(4)}")
        try:
            own.touch()
            own.unlink()
        except OSError:
            unseen.append(str(mark))
        else:
            unseen += [] if mark.exists() else [str(mark)]
    return found, seen, unseen


def _do(job: Job) -> tuple[tuple[str, str], float]:
    """In a worker: run a notebook in the process with the libraries beside it; plain values come back."""
    global _processes
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # may have children
    with _one_at_a_time:
        if _processes is None:
            _processes = Processes(1, engine=choose_engine(job.engine))
        [done] = _processes.each([replace(job, engine=_processes.engine)])
    return done.result, done.seconds


def _stop() -> None:
    """In a worker: end the notebook that runs."""
    global _processes
    if _processes is not None:
        _processes.__exit__()
        _processes = None


def _done(task: Any, future: Any, *, is_last: bool) -> Done | None:
    """Give what a run came to; None where its worker was lost and it is done again."""
    try:
        result, seconds = future.result()
    except OSError:  # the disk of the reports
        raise
    except Exception as error:  # whatever befell the cluster is this run's outcome
        lost = Done(task, ("failed", f"its worker was lost {TRIES} times ({type(error).__name__})"), float("nan"))
        return lost if is_last else None
    finally:
        future.release()
    return Done(task, result, seconds)
