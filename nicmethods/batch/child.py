"""The cells of a notebook in this process, with what a kernel would send: for a forked child that ends afterwards."""

from __future__ import annotations

import builtins
import io
import json
import multiprocessing
import os
import random
import signal
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ipykernel.compiler import XCachingCompiler
from ipykernel.zmqshell import ZMQInteractiveShell
from jupyter_client.session import Session

from nicmethods.batch.processes import MOST_TEXT, PARENTS_DEATH, cut_note, process_control

if TYPE_CHECKING:
    from collections.abc import Sequence
    from multiprocessing.connection import Connection

__all__ = ["run_cells"]

_COLUMNS = 20
_PIECE = 65_536
_LARGE = ("networkx", "scipy.stats", "seaborn", "sklearn.linear_model", "spacy")
_INLINE = "matplotlib_inline.backend_inline"


def run_cells(notebook: Any, pipe: Connection, *, parent: int, cells: Sequence[int]) -> None:
    """Run cells in a new shell until one fails that may not, and send what a kernel would send.

    Parameters
    ----------
    notebook
        The notebook, parameters already in it.
    pipe
        Where messages go, as JSON; a word through it starts each cell.
    parent
        Process id of who forked this process; this one ends with it.
    cells
        Which cells to run.
    """
    _settle(notebook, parent)
    session = _Sender()
    shell = _new_shell(session, pipe)
    streams = [_Stream(name, session, pipe) for name in ("stdout", "stderr")]
    sys.stdout, sys.stderr = streams
    for index in cells:
        cell = notebook.cells[index]
        pipe.recv_bytes()
        header = session.msg("execute_request")["header"]
        shell.set_parent({"header": header})
        for stream in streams:
            stream.n_written = 0
        session.send(pipe, "execute_input", {"code": cell.source, "execution_count": shell.execution_count})
        result = shell.run_cell(cell.source, store_history=True)
        for stream in streams:
            stream.end_cell()
        seen = [name for name in _LARGE if name in sys.modules]
        session.send(pipe, "execute_reply", {**_reply(shell, result), "libraries": seen})
        if not result.success and "raises-exception" not in cell.metadata.get("tags", ()):
            return


def _settle(notebook: Any, parent: int) -> None:
    """Be a process of one's own: it dies with its parent, may have children, and repeats no other child's chance."""
    os.setsid()
    process_control(PARENTS_DEATH, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]
    papermill = notebook.metadata.get("papermill", {})
    given = {
        name: Path(value).name if isinstance(value, str) else value
        for name, value in papermill.get("parameters", {}).items()
    }
    notebook_name = Path(str(papermill.get("input_path") or "")).name
    seed = zlib.crc32(json.dumps([notebook_name, given], sort_keys=True, default=str).encode())
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  what a notebook may use without a seed


def _new_shell(session: Session, pipe: Connection) -> Any:
    from traitlets.config import Config

    ZMQInteractiveShell.clear_instance()
    shell: Any = ZMQInteractiveShell.instance(
        config=Config(HistoryManager={"enabled": False}), kernel=None, compiler_class=XCachingCompiler
    )
    for publisher in (shell.displayhook, shell.display_pub):
        publisher.session, publisher.pub_socket = session, pipe
    shell.displayhook.topic = b"execute_result"
    builtins.input = _no_input
    if _INLINE in sys.modules:  # imported before there was a shell
        sys.modules[_INLINE]._enable_matplotlib_integration()
    if "pandas" in sys.modules and not sys.modules["pandas"].get_option("display.max_columns"):
        sys.modules["pandas"].set_option(
            "display.max_columns", _COLUMNS
        )  # chosen for a terminal, before there was a shell
    return shell


def _no_input(prompt: object = "") -> str:
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")


def _reply(shell: Any, result: Any) -> dict[str, Any]:
    if result.success:
        return {"status": "ok", "execution_count": shell.execution_count - 1}
    error = result.error_before_exec or result.error_in_exec
    return {
        "status": "error",
        "execution_count": shell.execution_count - 1,
        "ename": type(error).__name__,
        "evalue": str(error),
        "traceback": shell._last_traceback or [],
    }


class _Sender(Session):  # type: ignore[misc,unused-ignore]
    """Sends messages through a pipe, as JSON; printed text that waits goes first."""

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **kwargs: Any) -> Any:
        message = msg_or_type if isinstance(msg_or_type, dict) else {"msg_type": msg_or_type, "content": content}
        kind = message["msg_type"]
        plain = {"header": {"msg_type": kind}, "msg_type": kind, "content": message["content"], "parent_header": {}}
        stream.send_bytes(json.dumps({**plain, "metadata": {}}, default=str).encode())
        return message


class _Stream(io.TextIOBase):
    """Standard output or error of the cells; what is too much is counted and dropped."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, session: Any, sender: Connection) -> None:
        self.name, self.n_written = name, 0
        self._session, self._sender, self._waiting, self._pid = session, sender, list[str](), os.getpid()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        kept = text[: max(0, MOST_TEXT - self.n_written)]
        self.n_written += len(text)
        if kept and os.getpid() == self._pid:
            other = sys.stderr if self.name == "stdout" else sys.stdout
            if other is not self and not self._waiting:
                other.flush()
            self._waiting.append(kept)
            if sum(map(len, self._waiting)) > _PIECE:
                self.flush()
        return len(text)

    def flush(self) -> None:
        text, self._waiting = "".join(self._waiting), []
        if text and os.getpid() == self._pid:
            self._session.send(self._sender, "stream", {"name": self.name, "text": text})

    def end_cell(self) -> None:
        """Send what is left, and say if something was dropped."""
        if self.n_written > MOST_TEXT:
            self._waiting.append(cut_note(self.n_written))
        self.flush()
