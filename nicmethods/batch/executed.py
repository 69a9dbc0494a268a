"""The executed notebook on its way out: the cell where it stopped is marked, and nothing tells where it ran."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicmethods.results import write_text

if TYPE_CHECKING:
    from nicmethods.batch.plan import Run

__all__ = ["ANSI", "MOST_TEXT", "cut_note", "finish_notebook", "first_line", "mark_stopped", "published_arguments"]

MOST_TEXT = 1_000_000
"""Characters of printed text that a cell may leave, on standard output and on standard error each."""

ANSI = re.compile(r"\x1b\[[0-9;]*m")
"""Colours of a terminal."""


def first_line(text: str, *, most: int = 300) -> str:
    """Shorten an error to one line that a table can hold."""
    line = " ".join(ANSI.sub("", text).split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def cut_note(n_characters: int) -> str:
    """Say that printed text was cut."""
    return f"\n… cut after {MOST_TEXT:,} of {n_characters:,} characters\n"


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


def finish_notebook(path: Path, run: Run) -> None:
    """Put an executed notebook into its place, without the folders and the user name of this machine."""
    notebook = _load(path)
    if notebook is None:
        return
    arguments = published_arguments(run)
    papermill = notebook["metadata"].setdefault("papermill", {})
    papermill |= {"parameters": arguments, "input_path": run.notebook.name, "output_path": run.notebook.name}
    papermill["environment_variables"] = {}
    for cell in notebook["cells"]:
        _cut_printed(cell)
        if "injected-parameters" in cell["metadata"].get("tags", ()):
            cell["source"] = "\n".join(f"{name} = {value!r}" for name, value in arguments.items())
    text = json.dumps(notebook, ensure_ascii=False, indent=1)
    for folder, name in _folders(run, path.parent):
        text = text.replace(json.dumps(str(folder), ensure_ascii=False)[1:-1], name)
    write_text(run.output, text + "\n")


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


def published_arguments(run: Run) -> dict[str, Any]:
    """Give a run's parameters as anyone may see them: the case by name, reports beside the notebooks."""
    return run.arguments | {"reports": "../reports"} | ({} if run.folder is None else {"case": run.case})


def _folders(run: Run, scratch: Path) -> list[tuple[Path, str]]:
    """Folders that a traceback may name, innermost first, and what stands for each."""
    package = Path(__file__).resolve().parents[2]
    named: dict[Path, str] = {
        Path.home(): "~",
        package: "nicmethods",
        Path(sys.prefix): "python",
        Path(sys.base_prefix): "python",
        run.notebook.parent: "notebooks",
        run.reports: "reports",
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
