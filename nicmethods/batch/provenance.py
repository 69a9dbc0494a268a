"""What ran on what: inputs by hash, versions, parameters, times; without a path or a user name."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicmethods import __version__
from nicmethods.batch.plan import Run, read_parameters
from nicmethods.files.writing import locked
from nicmethods.results import list_results, read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

__all__ = ["case_inputs", "hash_code", "hash_file", "list_left", "unchanged_since", "versions", "write_provenance"]

_LIBRARIES = (
    "igraph", "ipykernel", "jupyter_client", "matplotlib", "nbclient", "nbconvert", "networkx", "numpy", "pandas", "pandera",
    "papermill", "pydantic", "scikit-learn", "scipy", "seaborn", "spacy",
)  # fmt: skip


_CLOCK_S = 0.1  # a file's time may lie this much before the clock's


def hash_file(path: Path) -> str:
    """Give the SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    return _hash_text(
        [
            f"{path.relative_to(folder.parent)} {hash_file(path)}"
            for folder in (package, _shipped_codebooks())
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
        ]
    )


def _shipped_codebooks() -> Path:
    from nicmethods.case.folder import study_file

    return study_file("codebooks", "help.yml").parent


def case_inputs(run: Run) -> dict[str, str]:
    """Hash all that a run reads, by name relative to what holds it.

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
        f"{name}/{path.relative_to(folder).as_posix()}": hash_file(path)
        for name, folder, path in files
        if path.is_file() and not path.name.startswith(".")
    }


def list_left(run: Run, started: pd.Timestamp) -> list[str]:
    """Name the results of a case that were written since a time: by this run, or by one beside it."""
    folder, since = run.reports / run.case, started.timestamp() - _CLOCK_S
    return [path.relative_to(folder).as_posix() for path in _result_files(folder) if path.stat().st_mtime >= since]


def unchanged_since(run: Run, *, code: str) -> float | None:
    """Say whether a run would only repeat itself.

    Parameters
    ----------
    run
        The run.
    code
        From :func:`hash_code`.

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
    if entry.get("status") != "ok" or not all((folder / name).exists() for name in entry.get("left", ())):
        return None
    if not run.output.exists() or entry.get("key") != _run_key(run, case_inputs(run), code):
        return None
    return float(entry["seconds"])


def _run_key(run: Run, inputs: Mapping[str, str], code: str) -> str:
    parts = {"inputs": inputs, "notebook": hash_file(run.notebook), "arguments": run.shown_arguments}
    return _hash_text([json.dumps({**parts, "versions": versions(), "code": code}, sort_keys=True)])


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


def write_provenance(
    run: Run,
    *,
    inputs: Mapping[str, str],
    code: str,
    started: pd.Timestamp,
    ended: pd.Timestamp,
    status: str,
    left: Sequence[str],
) -> None:
    """Add one run to ``provenance.json`` of its case.

    Parameters
    ----------
    run
        What ran.
    inputs
        From :func:`case_inputs`, taken before it ran.
    code
        From :func:`hash_code`, taken before it ran.
    started, ended
        Times in UTC.
    status
        Outcome, as in the manifest.
    left
        From :func:`list_left`.
    """
    path = run.reports / run.case / "provenance.json"
    defaults = {parameter.name: parameter.default for parameter in read_parameters(run.notebook)}
    entry: dict[str, Any] = {
        "sha256": hash_file(run.notebook),
        "parameters": {**defaults, **run.shown_arguments},
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((ended - started).total_seconds(), 2),
        "status": status,
        "key": _run_key(run, inputs, code),
        "code": code,
        "inputs": _hash_text([json.dumps(dict(inputs), sort_keys=True)]),
        "left": list(left),
    }
    with locked(path.parent):
        earlier = read_json(path, {})
        notebooks = {**earlier.get("notebooks", {}), run.notebook.stem: entry}
        system = {"system": platform.system(), "machine": platform.machine()}
        known = {"case": run.case, "versions": versions(), **system, "inputs": _public_inputs(run, inputs)}
        write_json(path, {**known, "notebooks": dict(sorted(notebooks.items()))})
