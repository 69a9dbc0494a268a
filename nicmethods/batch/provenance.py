"""What ran on what: inputs by hash, versions, parameters, times; without a path or a user name."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicmethods import __version__
from nicmethods.batch.plan import Run, read_parameters
from nicmethods.results import list_results, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

__all__ = [
    "Sources",
    "case_inputs",
    "entry_of",
    "hash_code",
    "hash_content",
    "hash_file",
    "known_of",
    "sources_of",
    "study_mark",
    "unchanged_since",
    "versions",
]

_LIBRARIES = (
    "igraph", "ipykernel", "jupyter_client", "matplotlib", "nbclient", "nbconvert", "networkx", "numpy", "pandas", "pandera",
    "papermill", "pydantic", "scikit-learn", "scipy", "seaborn", "spacy",
)  # fmt: skip


@cache
def _hash_as_it_is(path: Path, state: tuple[int, ...]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _hash_of_yaml(path: Path, state: tuple[int, ...]) -> str:
    import yaml

    try:
        held = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return _hash_text([json.dumps(held, sort_keys=False, default=str)])
    except (yaml.YAMLError, ValueError, RecursionError):
        return _hash_as_it_is(path, state)


def _state(path: Path) -> tuple[int, ...]:
    state = path.stat()
    return state.st_ino, state.st_size, state.st_mtime_ns


def hash_file(path: Path) -> str:
    """Give the SHA-256 of a file, as hexadecimal text; a file that has not changed is read once."""
    return _hash_as_it_is(path, _state(path))


def hash_content(path: Path) -> str:
    """Give a hash of what a file says: for YAML without comments and layout, else of the file as it is."""
    return (_hash_of_yaml if path.suffix in (".yml", ".yaml") else _hash_as_it_is)(path, _state(path))


def _public_inputs(run: Run, inputs: Mapping[str, str]) -> dict[str, str]:
    """Inputs by names that hold nobody's; where it is not known who the people are, by number."""
    if run.folder is None:
        return dict(inputs)
    from nicmethods.case.folder import read_identities
    from nicmethods.case.published import public_file_names

    known, own = read_identities(run.folder), f"{run.case}/"
    files = [name.removeprefix(own) for name in inputs if name.startswith(own)]
    shown = public_file_names(files, *known[1:]) if known else [f"file {n}" for n, _ in enumerate(files, start=1)]
    called = dict(zip(files, shown, strict=True))
    return {
        own + called[name.removeprefix(own)] if name.startswith(own) else name: value for name, value in inputs.items()
    }


def hash_code() -> str:
    """Hash this package, and the codebooks that come with it: a change in either may change every result."""
    package = Path(__file__).resolve().parents[1]
    files = [
        (f"{folder.name}{root.removeprefix(str(folder))}/{name}", Path(root, name))
        for folder in (package, _shipped_codebooks())
        for root, _, names in os.walk(folder)
        if not root.endswith("__pycache__")
        for name in names
        if not name.startswith(".") and not name.endswith(".pyc")
    ]
    return _hash_text(sorted(f"{name} {hash_content(path)}" for name, path in files))


def _shipped_codebooks() -> Path:
    from nicmethods.case.places import study_file

    return study_file("codebooks", "help.yml").parent


def case_inputs(run: Run) -> dict[str, Path]:
    """List all files that a run reads, by name relative to what holds them.

    The case's files and the study's codebooks; across cases, the results of every case and the study's own tables.
    """
    folders = {"codebooks": run.notebook.parent.parent / "codebooks"}
    if run.folder is not None:
        folders |= {"codebooks": run.folder.parent.parent / "codebooks", run.case: run.folder}
    files = [(name, folder, path) for name, folder in folders.items() for path in sorted(folder.rglob("*"))]
    if run.folder is None:
        read = [(case, run.reports / case) for case in list_results(run.reports)]
        files += [(case, folder, path) for case, folder in read for path in _result_files(folder)]
        data = run.notebook.parent.parent / "data"
        files += [("data", data, path) for path in sorted(data.glob("*.csv"))]
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": path
        for name, folder, path in files
        if path.is_file() and not path.name.startswith(".")
    }


@dataclass(frozen=True)
class Sources:
    """What a run is made from.

    Parameters
    ----------
    files
        SHA-256 of all that it reads, by the name under which it is published.
    inputs
        One hash of what those files say.
    key
        One hash of that, the notebook, its parameters, the code and the versions.
    """

    files: Mapping[str, str]
    inputs: str
    key: str


def sources_of(run: Run, *, code: str) -> Sources:
    """Say what a run is made from, as the files are now.

    Parameters
    ----------
    run
        The run.
    code
        From :func:`hash_code`.
    """
    files = case_inputs(run)
    inputs = _hash_text([f"{name} {hash_content(path)}" for name, path in files.items()])
    parts = {"inputs": inputs, "notebook": hash_file(run.notebook), "arguments": run.shown_arguments}
    key = _hash_text([json.dumps({**parts, "versions": versions(), "code": code}, sort_keys=True)])
    return Sources({name: hash_file(path) for name, path in files.items()}, inputs, key)


def unchanged_since(run: Run, key: str) -> float | None:
    """Say whether a run would only repeat itself.

    Parameters
    ----------
    run
        The run.
    key
        From :func:`sources_of`.

    Returns
    -------
    float or None
        Seconds that it took, if it ended well on the same inputs, notebook, parameters, code and versions, and all
        that it left is still there; otherwise None.
    """
    folder = run.reports / run.case
    try:
        entry = read_json(folder / "provenance.json", {}).get("notebooks", {}).get(run.notebook.stem, {})
    except ValueError:
        return None
    if entry.get("status") != "ok" or entry.get("key") != key or not run.output.exists():
        return None
    return float(entry["seconds"]) if all((folder / name).exists() for name in entry.get("left", ())) else None


def _hash_text(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _result_files(folder: Path) -> list[Path]:
    files = [*sorted((folder / "tables").glob("*.csv")), folder / "case.json", folder / "numbers.json"]
    return [path for path in files if path.exists()]


def versions() -> dict[str, str]:
    """Name the versions of Python, this package and the libraries that its numbers rest on."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "nicmethods": __version__}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def entry_of(
    run: Run, sources: Sources, *, code: str, started: pd.Timestamp, seconds: float, status: str
) -> dict[str, Any]:
    """Say of one run what ran on what, for ``provenance.json``."""
    defaults = {parameter.name: parameter.default for parameter in read_parameters(run.notebook)}
    return {
        "sha256": hash_file(run.notebook),
        "parameters": {**defaults, **run.shown_arguments},
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(seconds, 2),
        "status": status,
        "key": sources.key,
        "code": code,
        "inputs": sources.inputs,
    }


def known_of(run: Run, sources: Sources) -> dict[str, Any]:
    """Say what holds of a case as a whole: its inputs, the versions, the study that it belongs to."""
    return {
        "case": run.case,
        "versions": versions(),
        "system": platform.system(),
        "machine": platform.machine(),
        "study": None if run.folder is None else study_mark(run.reports, run.folder.parent),
        "newest": sources.inputs,
        "inputs": _public_inputs(run, sources.files),
    }


def study_mark(reports: Path, data: Path) -> str:
    """Tell the study that a case lies in from others, without naming a folder."""
    return _hash_text([os.path.relpath(data, reports)])[:12]
