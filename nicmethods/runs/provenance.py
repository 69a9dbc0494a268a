"""What ran on what: inputs by hash, versions, parameters, times; without a path or a user name."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from nicmethods import __version__
from nicmethods.runs.executed import published_arguments
from nicmethods.runs.plan import Run, read_parameters
from nicmethods.runs.results import locked, read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

__all__ = ["case_inputs", "hash_file", "versions", "write_provenance"]

_LIBRARIES = (
    "igraph", "ipykernel", "jupyter_client", "matplotlib", "nbclient", "nbconvert", "networkx", "numpy", "pandas", "pandera",
    "papermill", "pydantic", "scikit-learn", "scipy", "seaborn", "spacy",
)  # fmt: skip


def hash_file(path: Path) -> str:
    """Give the SHA-256 of a file, as hexadecimal text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def case_inputs(run: Run) -> dict[str, str]:
    """Hash all that a run reads: the case's files and the codebooks beside the notebooks, by name relative to them."""
    folders = {"codebooks": run.notebook.parent.parent / "codebooks"}
    if run.folder is not None:
        folders[run.case] = run.folder
    files = [(name, folder, path) for name, folder in folders.items() for path in sorted(folder.rglob("*"))]
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": hash_file(path)
        for name, folder, path in files
        if path.is_file() and not path.name.startswith(".")
    }


def versions() -> dict[str, str]:
    """Name the versions of Python, this package and the libraries that its numbers rest on."""
    found = {"python": platform.python_version(), "nicmethods": __version__}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write_provenance(
    run: Run, *, inputs: dict[str, str], started: pd.Timestamp, ended: pd.Timestamp, status: str
) -> None:
    """Add one run to ``provenance.json`` of its case.

    Parameters
    ----------
    run
        What ran.
    inputs
        From :func:`case_inputs`, taken before it ran.
    started, ended
        Times in UTC.
    status
        Outcome, as in the manifest.
    """
    path = run.reports / run.case / "provenance.json"
    defaults = {parameter.name: parameter.default for parameter in read_parameters(run.notebook)}
    entry: dict[str, Any] = {
        "sha256": hash_file(run.notebook),
        "parameters": {**defaults, **published_arguments(run)},
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((ended - started).total_seconds(), 2),
        "status": status,
    }
    with locked(path.parent):
        earlier = read_json(path, {})
        notebooks = {**earlier.get("notebooks", {}), run.notebook.stem: entry}
        system = {"system": platform.system(), "machine": platform.machine()}
        known = {"case": run.case, "versions": versions(), **system, "inputs": inputs}
        write_json(path, {**known, "notebooks": dict(sorted(notebooks.items()))})
