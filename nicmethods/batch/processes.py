"""Processes of this machine that do a batch's tasks, several at once, forked from one that has imported what they need.

A task that hangs, crashes or eats its process costs only itself: the process is ended with all that it started, and another
takes its place. A task whose process was killed from outside is done again, :data:`TRIES` times in all.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import multiprocessing
import multiprocessing.forkserver
import os
import select
import shutil
import signal
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nicmethods.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from multiprocessing.process import BaseProcess

__all__ = ["FORKED", "ONE_THREAD", "STOCK", "Done", "Processes", "Task", "choose_engine"]

FORKED, STOCK = "nicmethods", "stock"
"""Engines: cells in a forked process, or a kernel for each notebook."""

TRIES = 3
"""How often a task is begun whose process is lost each time, here or on another machine."""

MOST_TEXT = 1_000_000
"""Characters of printed text that a cell may leave, on standard output and on standard error each."""

SUBREAPER, PARENTS_DEATH = 36, 1
"""What :func:`process_control` sets: to adopt processes that lose their parent, or to get a signal when one's own ends."""

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_GRACE_S = 15
_NOT_TOLD = 255  # as exit code: who forked the process was killed, too
_MOST_TASKS = 100
_SYSTEM = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EROFS: "the disk may only be read",
    errno.EACCES: "you may not write there",
}
_served: tuple[str, int] | None = None
_alive = set[int]()


class Task(Protocol):
    """Something that a process does: called with a folder of its own, it gives a plain value."""

    @property
    def timeout_s(self) -> float:
        """Seconds that it may take."""
        ...

    def __call__(self, scratch: Path) -> Any:
        """Do it."""
        ...

    def lost(self, scratch: Path, reason: str) -> Any:
        """Say what becomes of it when its process was lost."""
        ...


@dataclass(frozen=True)
class Done:
    """The end of a task: what it gave, or what became of it."""

    task: Any
    result: Any
    seconds: float


@dataclass(eq=False)
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: Any = None
    scratch: Path = Path()
    started: float = 0.0
    deadline: float = 0.0
    n_tasks: int = 0
    tries: int = 0


def choose_engine(asked: str | None = None) -> str:
    """Give the engine to use: what was asked for, here or in the environment, or what this system can do.

    Raises
    ------
    RunError
        If there is no such engine.
    """
    engine = asked or os.environ.get("NICMETHODS_ENGINE") or FORKED
    if engine not in (FORKED, STOCK):
        raise RunError(f"There is no engine '{engine}'; there are '{FORKED}' and '{STOCK}'.")
    if engine == FORKED and not sys.platform.startswith("linux"):
        logging.getLogger(__name__).warning("Each notebook starts a kernel (slower): only Linux forks one safely.")
        return STOCK
    return engine


class Processes:
    """A number of processes, started when there is something to do; use it in a ``with``.

    Parameters
    ----------
    n
        Tasks at once.
    engine
        From :func:`choose_engine`.
    """

    def __init__(self, n: int, *, engine: str) -> None:
        self.n, self.engine = n, engine
        self._idle, self._busy = list[_Worker](), list[_Worker]()

    def prepare(self) -> None:
        """Begin to import what tasks need, while something else is done."""
        if os.name != "nt":
            _serve(self.engine)

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, kind: type[BaseException] | None = None, *exc: object) -> None:
        for worker in self._idle + self._busy:
            _end(worker)
        if kind is KeyboardInterrupt and os.name != "nt":  # or it would go on importing for nobody
            server: Any = multiprocessing.forkserver._forkserver
            with suppress(ProcessLookupError, TypeError):
                os.kill(server._forkserver_pid, signal.SIGKILL)

    def each(self, tasks: Iterable[Any], *, started: Callable[[Any], object] = lambda task: None) -> Iterator[Done]:
        """Do tasks, and give each as it ends; `started` is called in this process."""
        waiting = iter(tasks)
        try:
            while True:
                while len(self._busy) < self.n and (task := next(waiting, None)) is not None:
                    started(task)
                    self._give(task)
                if not self._busy:
                    return
                for worker in _ready(self._busy):
                    self._busy.remove(worker)
                    done = self._take(worker)
                    if done is None:
                        self._give(worker.task, tries=worker.tries)
                    else:
                        yield done
        finally:
            for worker in self._busy:
                _end(worker)
                shutil.rmtree(worker.scratch, ignore_errors=True)
            self._busy.clear()

    def _give(self, task: Any, *, tries: int = 0) -> None:
        worker = self._idle.pop() if self._idle else self._start()
        self._busy.append(worker)
        worker.tries = tries + 1
        worker.task, worker.scratch = task, Path(tempfile.mkdtemp(prefix="nic-"))
        worker.started, worker.n_tasks = time.monotonic(), worker.n_tasks + 1
        worker.deadline = worker.started + task.timeout_s + _GRACE_S
        with suppress(BrokenPipeError, ConnectionResetError):  # then it is found dead
            worker.pipe.send((task, worker.scratch))

    def _start(self) -> _Worker:
        context: Any = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
        for _ in range(TRIES):
            self.prepare()
            pipe, other = context.Pipe()
            process = context.Process(target=_work, args=(other,), daemon=True)
            try:
                process.start()
            except (EOFError, ConnectionError):  # who forks it was killed
                pipe.close()
                continue
            finally:
                other.close()
            _alive.add(process.pid)
            return _Worker(process, pipe)
        raise RunError("Processes are ended from outside as soon as they start. What had ended is kept.")

    def _take(self, worker: _Worker) -> Done | None:
        """Take a worker's word, or say what became of it; None where the task must be done again."""
        task, late = worker.task, time.monotonic() >= worker.deadline
        try:
            if not worker.pipe.poll():
                raise EOFError
            result = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            _end(worker)
            code = worker.process.exitcode
            is_killed = not late and code is not None and (code < 0 or code == _NOT_TOLD)
            if is_killed and worker.tries < TRIES:
                return None
            result = task.lost(worker.scratch, f"took more than {task.timeout_s:g} s" if late else _last_words(worker))
        else:
            if worker.n_tasks < _MOST_TASKS:
                self._idle.append(worker)
            else:
                _end(worker)
        finally:
            shutil.rmtree(worker.scratch, ignore_errors=True)
        if isinstance(result, OSError):
            raise result
        return Done(task, result, round(time.monotonic() - worker.started, 2))


def _ready(busy: Sequence[_Worker]) -> list[_Worker]:
    """Wait until a worker has something to say, ended, or is past its time."""
    next_deadline = min(worker.deadline for worker in busy)
    wait([w.pipe for w in busy] + [w.process.sentinel for w in busy], max(0.0, next_deadline - time.monotonic()))
    now = time.monotonic()
    return [w for w in busy if w.pipe.poll() or not w.process.is_alive() or now >= w.deadline]


def _last_words(worker: _Worker) -> str:
    log = worker.scratch / "log.txt"
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.exists() else []
    said = next((line for line in reversed(lines) if line.strip()), "")
    return f"its process was ended (code {worker.process.exitcode}) {said}".strip()


def _end(worker: _Worker) -> None:
    _end_descendants(worker.process.pid)
    worker.process.terminate()
    worker.process.join(5)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()
    worker.pipe.close()
    _alive.discard(worker.process.pid or 0)
    if sys.platform.startswith("linux"):  # what a killed process had started is adopted by who forked it
        server: Any = multiprocessing.forkserver._forkserver
        if server._forkserver_pid is not None:
            _end_descendants(server._forkserver_pid, but=_alive)


def said_of_system(error: OSError) -> str:
    """Say what the system refused, and at which file."""
    words = _SYSTEM.get(error.errno or 0) or error.strerror or str(error)
    return f"{words} ({error.filename or 'a file under reports'})"


def process_control(what: int, value: int) -> None:
    """Set a property of this process, where the system is Linux."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(what, value)


def cut_note(n_characters: int) -> str:
    """Say that printed text was cut."""
    return f"\n… cut after {MOST_TEXT:,} of {n_characters:,} characters\n"


def _end_descendants(pid: int | None, *, but: Collection[int] = ()) -> None:
    """End all processes below one, whatever their session; below those left alone, none."""
    import psutil

    with suppress(psutil.NoSuchProcess):
        while True:
            below = [child for child in psutil.Process(pid).children() if child.pid not in but]
            below += [other for child in below for other in child.children(recursive=True)]
            below = [child for child in below if child.status() != psutil.STATUS_ZOMBIE]
            if not below:
                return
            for child in below:
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            psutil.wait_procs(below, timeout=1)


def _serve(engine: str) -> None:
    """Have a server that has imported what tasks need, and forks; another one if the code has changed between batches."""
    global _served
    server: Any = multiprocessing.forkserver._forkserver
    if (
        _served != (engine, _stamp()) and not _alive
    ):  # the server would wait for its processes, and a batch is of one code
        server._stop()
        needed = ["nicmethods.batch.preload"] if engine == FORKED else ["papermill.execute", "nicmethods.batch.job"]
        multiprocessing.get_context("forkserver").set_forkserver_preload(needed)
        _served = (engine, _stamp())
    resource_tracker.ensure_running()  # which would unblock what is blocked here
    with _environment({**ONE_THREAD, "PYTHONHASHSEED": "0"}):
        before = signal.pthread_sigmask(
            signal.SIG_BLOCK, {signal.SIGINT}
        )  # Ctrl-C is for the batch, which ends the server
        server.ensure_running()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _stamp() -> int:
    """Tell one state of this package's files from another."""
    files = sorted(Path(__file__).resolve().parents[1].rglob("*.py"))
    return hash(tuple((str(path), path.stat().st_mtime_ns) for path in files))


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(
        {name: before.get(name, value) if name in ONE_THREAD else value for name, value in values.items()}
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _work(pipe: Connection) -> None:
    """Do tasks as they come, until nobody sends any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name != "nt":  # what is started here may have a use for it
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    process_control(SUBREAPER, 1)  # what loses its parent below this process can then be ended
    if os.name != "nt":
        _end_with(pipe)
    with suppress(EOFError):
        while True:
            task, scratch = pipe.recv()
            with (scratch / "log.txt").open("w") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
            try:
                result = task(scratch)
            except OSError as error:
                if error.errno not in _SYSTEM:
                    raise
                result = OSError(error.errno, error.strerror, error.filename)
            _end_descendants(os.getpid())
            pipe.send(result)


def _end_with(pipe: Connection) -> None:
    """End this process when nobody listens any more: the batch was killed, and the next one may be running."""
    line = select.poll()
    line.register(pipe.fileno(), 0)

    def look(number: int, frame: object) -> None:
        if line.poll(0):
            _end_descendants(os.getpid())
            os._exit(1)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1, 1)
