"""One run, as a task: check the case, run the notebook, keep it as far as it came, say what became of it.

An executed notebook tells where it stopped, and not on which machine or in which folders it ran.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.batch.processes import FORKED, MOST_TEXT, ONE_THREAD, cut_note
from nicmethods.batch.provenance import entry_of, known_of, sources_of
from nicmethods.batch.stage import finish, new_stage
from nicmethods.errors import CaseError
from nicmethods.results import STAGE, write_json, write_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from nicmethods.batch.plan import Run
    from nicmethods.case.folder import Case
    from nicmethods.errors import Problem

__all__ = ["ANSI", "Job", "first_line"]

ANSI = re.compile(r"\x1b\[[0-9;]*m")
"""Colours of a terminal."""

_MOST_ERROR = 300
_DIED = "Kernel died before"
_libraries: dict[Path, set[str]] = {}  # large ones that a notebook came to import


@dataclass(frozen=True)
class Job:
    """A run and what it may take: seconds, megabytes beyond the libraries; with which engine, on which code.

    Called with a folder of its own it gives status and error.
    """

    run: Run
    timeout_s: float
    memory_mb: int | None
    engine: str
    code: str

    def __call__(self, scratch: Path) -> tuple[str, str]:
        """Run the notebook."""
        from nicmethods.batch.engine import LIBRARIES_SEEN

        if self.engine == FORKED:
            _import_before(_libraries.get(self.run.notebook, ()))
        LIBRARIES_SEEN.clear()
        with _limited_memory(self.memory_mb):
            outcome = _run_one(self, scratch)
        _libraries[self.run.notebook] = set(LIBRARIES_SEEN)
        return outcome

    def lost(self, scratch: Path, reason: str) -> tuple[str, str]:
        """Keep the notebook as far as it came."""
        error = first_line(mark_stopped(self.partial(scratch), reason))
        with _attempt(self, scratch) as outcome:
            outcome.error = error
        return "failed", error

    def partial(self, scratch: Path) -> Path:
        """The notebook as far as it came."""
        return scratch / self.run.notebook.name


def _import_before(libraries: Collection[str]) -> None:
    """Import large libraries that a notebook came to import on an earlier case, so that it is forked with them."""
    if not set(libraries) <= set(sys.modules):
        for name in libraries:
            import_module(name)
        gc.freeze()


@contextmanager
def _limited_memory(memory_mb: int | None) -> Iterator[None]:
    """Let this process and its children have so much beyond what it has."""
    try:
        import resource

        held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmData"))
    except (ImportError, OSError):
        memory_mb = None
    if memory_mb is None:
        yield
        return
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, ((int(held.split()[1]) // 1024 + memory_mb) * 2**20, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


@dataclass
class _Outcome:
    """What becomes of an attempt: an error, if there was one, and the folder for what it leaves."""

    stage: Path
    error: str = ""


@contextmanager
def _attempt(job: Job, scratch: Path) -> Iterator[_Outcome]:
    """Keep what an attempt leaves, with what it was made from; a case that changes meanwhile fails it."""
    run, started, began = job.run, pd.Timestamp.now("UTC"), time.monotonic()
    sources, outcome = sources_of(run, code=job.code), _Outcome(new_stage(run))
    yield outcome
    if not outcome.error and sources_of(run, code=job.code).inputs != sources.inputs:
        outcome.error = "what it reads was changed while it ran, so it may have read half of each; run it again"
    finish_notebook(job.partial(scratch), run, outcome.stage)
    status, seconds = "failed" if outcome.error else "ok", time.monotonic() - began
    entry = entry_of(run, sources, code=job.code, started=started, seconds=seconds, status=status)
    finish(run, outcome.stage, entry, known_of(run, sources))


def _run_one(job: Job, scratch: Path) -> tuple[str, str]:
    with _attempt(job, scratch) as outcome:
        os.environ[STAGE] = str(outcome.stage)
        outcome.error = _check_case(job.run, outcome.stage) or _execute_twice(job, scratch)
    return ("failed", outcome.error) if outcome.error else ("ok", "")


def _check_case(run: Run, stage: Path) -> str:
    """Read the case once before its notebook starts; a case with errors leaves its problems for the pages."""
    if run.folder is None:
        return ""

    try:
        _keep(run.folder)
    except CaseError as error:
        problems = _public_problems(error.problems, run.folder)
        write_json(stage / "case.json", {"title": run.case, "problems": [vars(problem) for problem in problems]})
        errors = [problem for problem in problems if problem.level == "error"]
        more = f" (and {len(errors) - 1} more; see `nicmethods check`)" if len(errors) > 1 else ""
        place = errors[0].file if errors[0].row is None else f"{errors[0].file} row {errors[0].row}"
        return first_line(f"the case cannot be read: {place}: {errors[0].message}") + more
    return ""


def _public_problems(problems: Sequence[Problem], folder: Path) -> list[Problem]:
    """Problems without the values they quote, which may be names, and without names of the roster; `nicmethods check` shows them."""
    from nicmethods.case.folder import read_identities
    from nicmethods.case.published import public_problems

    quoted = [problem.value if problem.value.strip() else None for problem in problems]
    plain = [
        replace(problem, value="", message=problem.message.replace(value, "…") if value else problem.message)
        for problem, value in zip(problems, quoted, strict=True)
    ]
    known = read_identities(folder)
    return public_problems(plain, *known[1:]) if known else plain


def _execute_twice(job: Job, scratch: Path) -> str:
    """Run the notebook, once more if its kernel died before it said a word; give the error."""
    from papermill.exceptions import PapermillExecutionError

    error, partial = "", job.partial(scratch)
    for attempt in (1, 2):
        try:
            _execute(job, partial, _private_kernel(scratch / str(attempt)))
        except PapermillExecutionError as failure:
            error = f"cell {failure.exec_count}: {failure.ename}: {failure.evalue}".removesuffix(": ")
        except Exception as failure:  # whatever a notebook does to its kernel is its outcome, not ours
            if _DIED in str(failure) and attempt == 1:
                continue
            error = mark_stopped(partial, _reason(failure, job.timeout_s))
        break
    return first_line(error)


def _reason(failure: Exception, timeout_s: float) -> str:
    if isinstance(failure, TimeoutError):
        return f"took more than {timeout_s:g} s"
    return f"{type(failure).__name__}: {failure}"


def _execute(job: Job, partial: Path, config: Any) -> None:
    from papermill.execute import execute_notebook

    from nicmethods.batch.engine import NAME, register

    register()
    execute_notebook(
        job.run.notebook,
        partial,
        job.run.arguments,
        engine_name=NAME if job.engine == FORKED else None,
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
    for name, value in ONE_THREAD.items():
        os.environ.setdefault(name, value)
    return Config(KernelManager={} if os.name == "nt" else {"transport": "ipc", "ip": str(folder / "k")})


def _keep(folder: Path) -> None:
    """Read a case and hand it to whoever asks for it next; another one is forgotten. Raises as :func:`load_case`."""
    from nicmethods.case.folder import keep_at_hand, load_case

    before = _state(folder)
    case = load_case(folder)

    def give(asked: Path) -> Case | None:
        same = asked.resolve() == folder.resolve() and _state(asked) == before
        return _copy(case, asked) if same else None

    keep_at_hand(give)


def _state(folder: Path) -> list[tuple[str, int, int]]:
    """Files of a case and of its study's codebooks, with time (ns) and size (bytes)."""
    folder = folder.resolve()
    places = (folder, folder.parent.parent / "codebooks")
    looked = [(str(path), path.stat()) for place in places for path in sorted(place.rglob("*")) if path.is_file()]
    return [(path, state.st_mtime_ns, state.st_size) for path, state in looked]


def _copy(case: Case, folder: Path) -> Case:
    parts = {part.name: getattr(case, part.name) for part in fields(case)}
    copies: dict[str, Any] = {
        name: part.copy(deep=False) for name, part in parts.items() if isinstance(part, pd.DataFrame)
    }
    return replace(case, path=folder, **copies)


def first_line(text: str) -> str:
    """Shorten an error to one line that a table can hold."""
    line = " ".join(ANSI.sub("", text).split())
    return line if len(line) <= _MOST_ERROR else f"{line[: _MOST_ERROR - 1]}…"


def mark_stopped(path: Path, reason: str) -> str:
    """Write into the notebook why it stopped, at the last cell that was started.

    Returns
    -------
    str
        The reason with the number of the cell; the reason alone where no notebook was begun.
    """
    notebook = _load(path)
    if notebook is None:
        return reason
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    began = [cell["metadata"].get("papermill", {}).get("start_time") is not None for cell in cells]
    last = max((i for i, has_begun in enumerate(began) if has_begun), default=0)
    for cell in cells[last:]:
        cell["metadata"].setdefault("papermill", {})["status"] = "failed" if cell is cells[last] else "pending"
    error = {"output_type": "error", "ename": "Stopped", "evalue": reason, "traceback": [f"Stopped: {reason}"]}
    cells[last]["outputs"].append(error)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return f"cell {last + 1}: {reason}"


def finish_notebook(path: Path, run: Run, stage: Path) -> None:
    """Put an executed notebook into a stage, without the folders and the user name of this machine."""
    notebook = _load(path)
    if notebook is None:
        return
    arguments = run.shown_arguments
    papermill = notebook["metadata"].setdefault("papermill", {})
    papermill |= {"parameters": arguments, "input_path": run.notebook.name, "output_path": run.notebook.name}
    papermill["environment_variables"] = {}
    for cell in notebook["cells"]:
        _cut_printed(cell)
        if "injected-parameters" in cell["metadata"].get("tags", ()):
            cell["source"] = "\n".join(f"{name} = {value!r}" for name, value in arguments.items())
    text = json.dumps(notebook, ensure_ascii=False, indent=1)
    for folder, name in _folders(run, path.parent, stage):
        text = text.replace(json.dumps(str(folder), ensure_ascii=False)[1:-1], name)
    write_text(stage / run.output.name, text + "\n")


def _cut_printed(cell: dict[str, Any]) -> None:
    printed: dict[str, list[dict[str, Any]]] = {}
    for output in cell.get("outputs", ()):
        if output["output_type"] == "stream":
            printed.setdefault(output["name"], []).append(output)
    for pieces in printed.values():
        text = "".join("".join(piece["text"]) for piece in pieces)
        if len(text) > MOST_TEXT + len(cut_note(10**12)):
            pieces[0]["text"] = text[:MOST_TEXT] + cut_note(len(text))
            cell["outputs"] = [output for output in cell["outputs"] if not any(output is piece for piece in pieces[1:])]


def _folders(run: Run, scratch: Path, stage: Path) -> list[tuple[Path, str]]:
    """Folders that a traceback may name, innermost first, and what stands for each."""
    package = Path(__file__).resolve().parents[2]
    named: dict[Path, str] = {
        Path.home(): "~",
        package: "nicmethods",
        Path(sys.prefix): "python",
        Path(sys.base_prefix): "python",
        run.notebook.parent: "notebooks",
        run.reports: "reports",
        stage: f"reports/{run.case}",
        scratch: "scratch",
    }
    if run.folder is not None:
        named[run.folder] = run.case
    return sorted(((path, name) for path, name in named.items() if len(path.parts) > 1), key=lambda p: -len(str(p[0])))


def _load(path: Path) -> dict[str, Any] | None:
    try:
        notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return notebook
