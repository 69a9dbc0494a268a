"""New results wait beside the old ones until those of their case are whole, and then take their place.

``<reports>/.new/<case>/<notebook>/`` holds what one notebook left, its executed copy and, written last, what ran on what
(:data:`ENTRY`). When all of a case's notebooks have ended, the case is marked as whole and everything moves to
``<reports>/<case>/``. Whoever is killed on the way leaves either the mark, and the next batch moves what is left, or none,
and the old results stand as they were; notebooks that had ended need not run again.
"""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING, Any

from nicmethods.files.writing import locked
from nicmethods.results import drop_results, merge_results, prefix_of, read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from nicmethods.batch.plan import Run

__all__ = ["ENTRY", "commit", "drop_others", "ended_before", "finish", "finish_moves", "new_stage", "stage_of"]

ENTRY = "entry.json"
"""What ran on what, of one notebook."""

_WHOLE = "whole"


def stage_of(run: Run) -> Path:
    """Say where what a run left waits when it has ended."""
    return run.reports / ".new" / run.case / run.notebook.stem


def new_stage(run: Run) -> Path:
    """Make a folder for one attempt at a run."""
    folder = stage_of(run).with_name(f".{run.notebook.stem}-{secrets.token_hex(4)}")
    folder.mkdir(parents=True)
    return folder


def finish(run: Run, folder: Path, entry: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    """Say that an attempt has ended; what it left of results counts only if it ended well, a case's problems aside.

    Parameters
    ----------
    run, folder
        The run, and its folder from :func:`new_stage`.
    entry
        What ran on what, for ``provenance.json``.
    known
        What holds of the case as a whole: its inputs, the versions.
    """
    left = sorted(path.relative_to(folder).as_posix() for path in folder.glob("tables/*.csv"))
    left += [name for name in ("case.json", "numbers.json") if (folder / name).exists()]
    numbers = sorted({prefix_of(one["id"]) for one in read_json(folder / "numbers.json", [])})
    summary = sorted(read_json(folder / "case.json", {}))
    held = {"left": left, "numbers": numbers, "summary": summary} if entry["status"] == "ok" else {"left": []}
    write_json(folder / ENTRY, {"entry": {**entry, **held}, "known": known})
    shutil.rmtree(stage_of(run), ignore_errors=True)
    folder.rename(stage_of(run))


def commit(reports: Path, case: str) -> None:
    """Put a case's new results into the place of the old ones."""
    waiting = reports / ".new" / case
    if waiting.is_dir():
        (waiting / _WHOLE).touch()
        _move(waiting, reports / case)


def ended_before(run: Run, key: str) -> float | None:
    """Give the seconds of a run that ended well under the same key in a batch that was stopped, if it waits for others."""
    entry = read_json(stage_of(run) / ENTRY, {"entry": {}})["entry"]
    return float(entry["seconds"]) if entry.get("status") == "ok" and entry["key"] == key else None


def finish_moves(reports: Path) -> None:
    """Finish what a killed batch had begun to move."""
    for mark in sorted((reports / ".new").glob(f"*/{_WHOLE}")):
        _move(mark.parent, reports / mark.parent.name)


def drop_others(reports: Path, kept: Collection[Path]) -> None:
    """Take away all that waits but the stages given."""
    for waiting in (reports / ".new").glob("*"):
        for folder in [folder for folder in waiting.iterdir() if folder not in kept]:
            shutil.rmtree(folder)
        if not any(waiting.iterdir()):
            waiting.rmdir()


def _move(waiting: Path, folder: Path) -> None:
    """Move everything of a case; it may have been begun before."""
    said = {path.parent.name: read_json(path, {}) for path in sorted(waiting.glob(f"[!.]*/{ENTRY}"))}
    with locked(folder):
        known = read_json(folder / "provenance.json", {})
        before, after = known.get("notebooks", {}), dict(known.get("notebooks", {}))
        for stem, one in said.items():
            staged, entry = waiting / stem, one["entry"]
            if entry["status"] == "ok":
                merge_results(staged, folder)
            else:  # what stands there is of an earlier run
                entry["earlier"] = before.get(stem, {}).get("left", []) or before.get(stem, {}).get("earlier", [])
                held = {key: before.get(stem, {}).get(key, []) for key in ("numbers", "summary")}
                entry.update(held)
                _put_problems(staged, folder)
            for path in sorted(staged.glob("*.ipynb")):
                (folder / "notebooks").mkdir(parents=True, exist_ok=True)
                path.replace(folder / "notebooks" / path.name)
            after[stem] = entry
        ran_all = all(stem in said and entry["status"] == "ok" for stem, entry in after.items())
        there = _there(folder) if ran_all else _left(before)
        drop_results(folder, **{key: names - _left(after)[key] for key, names in there.items()})
        for one in sorted(said.values(), key=lambda one: str(one["entry"]["started"])):
            known |= one["known"]
        write_json(folder / "provenance.json", {**known, "notebooks": dict(sorted(after.items()))})
    shutil.rmtree(waiting)


def _put_problems(staged: Path, folder: Path) -> None:
    """A case that cannot be read says why, beside what was known of it."""
    summary = read_json(staged / "case.json", {})
    if "problems" in summary:
        earlier = read_json(folder / "case.json", {})
        write_json(folder / "case.json", {**summary, **earlier, "problems": summary["problems"]})


def _left(notebooks: Mapping[str, Any]) -> dict[str, set[str]]:
    """What notebooks left: tables by file, prefixes of numbers, keys of the summary."""
    keys = {"tables": ("left", "earlier"), "numbers": ("numbers",), "summary": ("summary",)}
    found = {
        kind: {name for entry in notebooks.values() for key in names for name in entry.get(key, ())}
        for kind, names in keys.items()
    }
    return {**found, "tables": found["tables"] - {"case.json", "numbers.json"}}


def _there(folder: Path) -> dict[str, set[str]]:
    """The same of all that stands in a folder, whoever left it."""
    return {
        "tables": {f"tables/{path.name}" for path in folder.glob("tables/*.csv")},
        "numbers": {prefix_of(one["id"]) for one in read_json(folder / "numbers.json", [])},
        "summary": set(read_json(folder / "case.json", {})),
    }
