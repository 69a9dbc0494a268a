"""A Papermill engine that runs a notebook's cells in a forked process: no interpreter to start, nothing to import.

The process that calls Papermill has imported the libraries already. It forks; the child runs the cells in a shell of its
own and sends what a kernel would send, and Papermill's own client turns that into outputs. Where a process must not be
forked, Papermill's stock engine runs the notebook, and the log says why.

Papermill finds the engine by entry point, while it is itself being imported: nothing of it is imported before a notebook runs.
"""

from __future__ import annotations

import json
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

__all__ = ["LIBRARIES_SEEN", "NAME", "NicmethodsEngine", "register", "why_not_forked"]

NAME = "nicmethods"
"""Name of the engine, for ``papermill --engine``."""

LIBRARIES_SEEN: set[str] = set()
"""Large libraries that notebooks of this process came to import; who runs more notebooks may import them beforehand."""

_SKIPPED = "skip-execution"
_NATIVE = "python3"


class _FoundByPapermill(type):
    """Gives the engine what Papermill's own class has, when it is asked for."""

    def __getattr__(cls, name: str) -> Any:
        from papermill.engines import Engine

        return getattr(type(cls.__name__, (_Forked, Engine), {}), name)


class NicmethodsEngine(metaclass=_FoundByPapermill):
    """The engine as Papermill finds it."""


class _Forked:
    """Runs the cells in a child of this process; see the module."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, execution_timeout: float | None = None, **options: Any
    ) -> Any:
        """Run the cells of ``nb_man.nb``; ``execution_timeout`` is in seconds, for each cell."""
        from papermill.clientwrap import PapermillNotebookClient
        from papermill.engines import NBClientEngine

        logger, reason = logging.getLogger("papermill"), why_not_forked(kernel_name)
        if reason:
            logger.warning("Papermill's stock engine runs this notebook: %s.", reason)
            return NBClientEngine.execute_managed_notebook(
                nb_man, kernel_name, execution_timeout=execution_timeout, **options
            )
        shown = {name: options.get(name) for name in ("log_output", "stdout_file", "stderr_file")}
        client = PapermillNotebookClient(nb_man, log=logger, record_timing=False, **shown)
        client.reset_execution_trackers()
        with _saved_seldom(nb_man), _Child(nb_man.nb) as child:
            _run_cells(client, child, execution_timeout)
        return client.nb


def register() -> None:
    """Make the engine known to Papermill, also where the package is not installed with its entry points."""
    from papermill.engines import papermill_engines

    papermill_engines.register(NAME, NicmethodsEngine)


def why_not_forked(kernel_name: str = _NATIVE) -> str:
    """Say why this process must not be forked for a notebook; empty where it may."""
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    if not sys.platform.startswith("linux"):
        return "only Linux forks a process with these libraries safely"
    if kernel_name != _NATIVE:
        return f"the notebook asks for the kernel '{kernel_name}'"
    if any(type(thread).__name__ != "TMonitor" for thread in others):  # a progress bar's, which holds no lock for long
        return f"this process has other threads ({others[0].name})"
    return ""


def is_run(cell: Any) -> bool:
    """Whether a cell is executed at all."""
    tags = cell.metadata.get("tags", ())
    return cell.cell_type == "code" and bool(cell.source.strip()) and _SKIPPED not in tags


@contextmanager
def _saved_seldom(manager: Any) -> Iterator[None]:
    """Write the notebook as far as it came when a cell starts, unchecked; Papermill writes it with care at the end."""
    path = str(manager.output_path or "-")
    if path == "-" or "://" in path:
        yield
        return

    def save(**kwargs: Any) -> None:
        if any(cell.metadata.papermill["status"] == manager.RUNNING for cell in manager.nb.cells):
            Path(path).write_text(json.dumps(manager.nb), encoding="utf-8")

    manager.save = save
    try:
        yield
    finally:
        del manager.save


def _run_cells(client: Any, child: _Child, timeout_s: float | None) -> None:
    """Follow the child cell by cell, as Papermill's client follows a kernel."""
    from ipykernel.ipkernel import IPythonKernel
    from nbclient.exceptions import CellExecutionError

    notebook, manager = client.nb, client.nb_man
    for index, cell in enumerate(notebook.cells):
        try:
            manager.cell_start(cell, index)
            if is_run(cell):
                _follow(client, child, index, timeout_s)
        except CellExecutionError as error:
            manager.cell_exception(cell, cell_index=index, exception=error)
            break
        finally:
            manager.cell_complete(cell, cell_index=index)
    notebook.metadata["language_info"] = dict(IPythonKernel.language_info)


def _follow(client: Any, child: _Child, index: int, timeout_s: float | None) -> None:
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    cell, deadline = client.nb.cells[index], time.monotonic() + timeout_s if timeout_s else None
    cell.outputs, client.clear_before_next_output = [], False
    child.start_cell()
    while True:
        message = child.receive(deadline)
        if message is None:
            raise CellTimeoutError.error_from_timeout_and_cell("The cell took too long", int(timeout_s or 0), cell)
        if message["msg_type"] == "execute_reply":
            break
        client.process_message(message, cell, index)
        _join_streams(cell.outputs)
    reply = message["content"]
    LIBRARIES_SEEN.update(reply.get("libraries", ()))
    if reply["status"] == "error" and "raises-exception" not in cell.metadata.get("tags", ()):
        raise CellExecutionError.from_cell_and_msg(cell, reply)


def _join_streams(outputs: list[Any]) -> None:
    """Text that was sent in pieces is one output."""
    if len(outputs) > 1 and outputs[-1].output_type == outputs[-2].output_type == "stream":
        last, before = outputs[-1], outputs[-2]
        if last.name == before.name:
            before.text += outputs.pop().text


class _Child:
    """The forked process, its pipe, and its end."""

    def __init__(self, notebook: Any) -> None:
        self._pipe, others = multiprocessing.Pipe()
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        self._pid = os.fork()
        if not self._pid:
            self._pipe.close()
            _be_child(notebook, others, parent)
        others.close()

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *exc: object) -> None:
        for kill, target in ((os.killpg, self._pid), (os.kill, self._pid)):
            try:
                kill(target, signal.SIGKILL)
            except ProcessLookupError:
                continue
        os.waitpid(self._pid, 0)
        self._pipe.close()

    def start_cell(self) -> None:
        """Let the child begin its next cell."""
        with suppress(BrokenPipeError):  # then receiving says that it is dead
            self._pipe.send_bytes(b"go")

    def receive(self, deadline: float | None) -> dict[str, Any] | None:
        """Wait for a message; None past the deadline."""
        if not self._pipe.poll(None if deadline is None else max(0.0, deadline - time.monotonic())):
            return None
        from nbclient.exceptions import DeadKernelError

        try:
            message: dict[str, Any] = json.loads(self._pipe.recv_bytes())
        except (EOFError, ConnectionResetError):
            raise DeadKernelError("Kernel died") from None
        return message


def _be_child(notebook: Any, pipe: Connection, parent: int) -> None:
    """Run the cells and end, whatever happens; what Python would do at its end belongs to the parent."""
    try:
        from nicmethods.batch.child import run_cells

        run_cells(notebook, pipe, parent=parent, cells=[i for i, cell in enumerate(notebook.cells) if is_run(cell)])
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(0)
