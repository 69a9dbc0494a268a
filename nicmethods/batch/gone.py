"""Results whose case is gone: deleted, or renamed, since they were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicmethods.batch.provenance import study_mark
from nicmethods.files.writing import locked
from nicmethods.results import ACROSS, NO_CASE, read_json, read_manifest, write_table

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["mark_gone", "remove_results"]

_MADE = (
    "index.html", "network.html", "claims.html", "coding.html", "data.html", "notebooks/*.html", "notebooks/*.ipynb", "tables/*.html", "tables/*.csv", "transcripts/*.html",
    "figures/*.png", "ro-crate-metadata.json", "numbers.json", "case.json", "provenance.json", "registered.json", "DO-NOT-PUBLISH.json", ".*.json",
    NO_CASE, ".lock",
)  # fmt: skip


def mark_gone(reports: Path, data: Path, *, known: Collection[str] = ()) -> list[str]:
    """Mark results that belong to no case any more, so that comparisons leave them out, and unmark what has a case again.

    Parameters
    ----------
    reports
        Folder of all reports.
    data
        Folder of the study's cases. Results of cases that lay elsewhere are left as they are: whether they are gone is not known.
    known
        Names of cases that are there, wherever they lie.

    Returns
    -------
    list of str
        Names of results whose case is gone.
    """
    gone = []
    for path in sorted(reports.glob("[!.]*/provenance.json")):
        folder, mark = path.parent, path.parent / NO_CASE
        if folder.name == ACROSS:
            continue
        is_there = folder.name in known or (data / folder.name / "case.yml").is_file()
        if is_there:
            mark.unlink(missing_ok=True)
        elif _study(path) == study_mark(reports.resolve(), data.resolve()):
            gone.append(folder.name)
            mark.touch()
    return gone


def _study(provenance: Path) -> object:
    try:
        return read_json(provenance, {}).get("study")
    except ValueError:
        return None


def remove_results(reports: Path, case: str) -> list[Path]:
    """Take away all that was made of a case.

    Returns
    -------
    list of Path
        What stands in its folder beside that, and is left.
    """
    folder = reports / case
    for path in [path for pattern in _MADE for path in folder.glob(pattern)]:
        path.unlink()
    for inner in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(inner.iterdir()):
            inner.rmdir()
    left = sorted(path for path in folder.rglob("*") if path.is_file())
    if not left:
        folder.rmdir()
    with locked(reports):
        manifest = read_manifest(reports)
        write_table(reports / "manifest.csv", manifest[manifest["case"] != case])
    return left
