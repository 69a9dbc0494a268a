"""A case's folder as a research object: ``ro-crate-metadata.json`` says what ran on what, with what, and what it left.

RO-Crate 1.1 with the profile Process Run Crate 0.5. Inputs are named and hashed, never included.
"""

from __future__ import annotations

import json
import mimetypes
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.batch.provenance import hash_file
from nicmethods.results import ACROSS, MARK, published_table, read_json, write_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

__all__ = ["CRATE", "crate_files", "is_made_from", "write_crate"]

CRATE = "ro-crate-metadata.json"
"""Name of the file, as RO-Crate wants it."""

_VERSION, _PROFILE = "1.1", "https://w3id.org/ro/wfrun/process/0.5"
_TERMS = "https://w3id.org/ro/terms/workflow-run/context"
_STATUS = {True: "http://schema.org/CompletedActionStatus", False: "http://schema.org/FailedActionStatus"}
_RIGHTS = "Nothing is stated here: ask the authors of the study. Nicmethods does not know what they allow."
_ABOUT = {
    "case.json": "What the case holds: strands, waves, activities, gaps, problems.",
    "index.html": "The report.",
    "numbers.json": "The numbers that pages quote.",
    "provenance.json": "Inputs by SHA-256, versions, parameters and times, as nicmethods reads them.",
}


def write_crate(folder: Path, made_from: str = "") -> None:
    """Write the crate of a case's published folder; nothing where nothing ran.

    Parameters
    ----------
    folder
        ``reports/<case>`` with all its pages, or ``reports/across_cases``.
    made_from
        A key of what its pages were made from beside the files in it, for :func:`is_made_from`.
    """
    provenance = read_json(folder / "provenance.json", None)
    if provenance is None:
        return
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=_VERSION)
    crate.metadata.extra_contexts.append(_TERMS)
    files = {name: _add_file(crate, folder, name) for name in _published(folder)}
    software = _add_software(crate, provenance["versions"])
    inputs = [_add_input(crate, name, sha256) for name, sha256 in provenance["inputs"].items()]
    runs = [
        _add_run(crate, stem, run, inputs, software, [files[name] for name in _left(stem, run, files)])
        for stem, run in provenance["notebooks"].items()
    ]
    made = [file for name, file in files.items() if name.endswith((".html", ".png"))]
    pages = _add_pages(crate, folder, made, files, software[0], made_from) if made else []
    ended = max((run["endTime"] for run in runs), default="")
    _describe(crate, read_json(folder / "case.json", {}), folder.name, [*runs, *pages], ended)
    text = json.dumps(crate.metadata.generate(), ensure_ascii=False, indent=1, sort_keys=True)
    write_text(folder / CRATE, text + "\n")


def crate_files(folder: Path) -> dict[str, str]:
    """Read which files a published folder held and their SHA-256, by name; empty without a crate.

    Raises
    ------
    ValueError
        If the crate cannot be read.
    """
    from urllib.parse import unquote

    graph = read_json(folder / CRATE, {}).get("@graph", ())
    return {unquote(part["@id"]): part["sha256"] for part in graph if part["@type"] == "File" and "sha256" in part}


def is_made_from(folder: Path, key: str) -> bool:
    """Say whether a folder's pages were made with this key, and all its files are those of the crate."""
    try:
        graph = read_json(folder / CRATE, {}).get("@graph", ())
        keys = [part.get("identifier") for part in graph if part["@id"] == "#pages"]
        files = crate_files(folder)
    except (ValueError, LookupError, TypeError, AttributeError):
        return False
    return keys == [key] and files == {name: hash_file(folder / name) for name in _published(folder)}


def _published(folder: Path) -> list[str]:
    """All files of a folder that a reader gets, by name."""
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    shown = [path for path in paths if not any(part.startswith(".") for part in path.parts)]
    return [path.as_posix() for path in shown if path.as_posix() not in (CRATE, MARK)]


def _add_file(crate: ROCrate, folder: Path, name: str) -> Entity:
    path = folder / name
    about = _ABOUT.get(name, "")
    if name.startswith("tables/") and path.suffix == ".csv":
        with suppress(KeyError):
            about = published_table(path.stem).meaning
    properties = {
        "name": name,
        "encodingFormat": _format(path),
        "contentSize": str(path.stat().st_size),
        "sha256": hash_file(path),
        **({"description": about} if about else {}),
    }
    return crate.add_file(dest_path=name, properties=properties)


def _format(path: Path) -> str:
    known = {".ipynb": "application/x-ipynb+json", ".csv": "text/csv", ".json": "application/json"}
    return known.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _add_software(crate: ROCrate, versions: Mapping[str, str]) -> list[Entity]:
    """The package and what its numbers rest on, the package first."""
    own, *others = sorted(versions, key=lambda name: name != "nicmethods")
    libraries = [
        _add(crate, f"#software-{name}", "SoftwareApplication", name=name, softwareVersion=versions[name])
        for name in others
    ]
    package = _add(
        crate, f"#software-{own}", "SoftwareApplication",
        name=own, softwareVersion=versions[own], softwareRequirements=libraries,
    )  # fmt: skip
    return [package, *libraries]


def _add_input(crate: ROCrate, name: str, sha256: str) -> Entity:
    about = "Read by the runs; known by its hash, not included."
    return _add(crate, f"#input/{name}", "CreativeWork", name=name, sha256=sha256, description=about)


def _add_run(
    crate: ROCrate,
    stem: str,
    run: Mapping[str, Any],
    inputs: Iterable[Entity],
    software: list[Entity],
    results: list[Entity],
) -> Entity:
    notebook = _add(
        crate, f"#notebook-{stem}", "SoftwareSourceCode",
        name=f"{stem}.ipynb", version=f"sha256:{run['sha256']}", sha256=run["sha256"],
        programmingLanguage="Python", softwareRequirements=software,
    )  # fmt: skip
    parameters = [
        _add(crate, f"#parameter-{stem}-{name}", "PropertyValue", name=name, value=_plain(value))
        for name, value in run["parameters"].items()
    ]
    started = pd.Timestamp(run["started"])
    ended = started + pd.Timedelta(seconds=run["seconds"])
    said = f"Notebook {stem} on {run['parameters'].get('case', 'the results of all cases')}"
    return _add(
        crate, f"#run-{stem}", "CreateAction",
        name=said, description=f"{said}, run by Papermill with the parameters and on the inputs listed under object.",
        instrument=notebook, object=[*inputs, *parameters], result=results,
        startTime=_time(started), endTime=_time(ended), actionStatus=_STATUS[run["status"] == "ok"],
    )  # fmt: skip


def _add_pages(
    crate: ROCrate, folder: Path, made: list[Entity], files: Mapping[str, Entity], package: Entity, key: str
) -> list[Entity]:
    read = [file for file in files.values() if file not in made]
    written = pd.Timestamp((folder / "index.html").stat().st_mtime, unit="s", tz="UTC")
    about = "Pages and figures, made from the executed notebooks and their results."
    return [
        _add(
            crate, "#pages", "CreateAction",
            name="Pages", description=about, instrument=package, object=read, result=made,
            endTime=_time(written), actionStatus=_STATUS[True], identifier=key,
        )
    ]  # fmt: skip


def _left(stem: str, run: Mapping[str, Any], files: Mapping[str, Entity]) -> list[str]:
    return [name for name in (f"notebooks/{stem}.ipynb", *run["left"]) if name in files]


def _describe(crate: ROCrate, summary: Mapping[str, Any], case: str, actions: list[Entity], ended: str) -> None:
    root = crate.root_dataset
    root["name"] = str(summary.get("title") or ("Across cases" if case == ACROSS else case))
    root["description"] = str(summary.get("description") or "What nicmethods left of a case: notebooks, tables, pages.")
    root["datePublished"] = ended or _time(pd.Timestamp.now("UTC"))
    root["license"] = _add(crate, "#rights", "CreativeWork", name="Rights in these results", description=_RIGHTS)
    root["conformsTo"] = _add(
        crate, _PROFILE, "CreativeWork", name="Process Run Crate", version=_PROFILE.rsplit("/", 1)[1]
    )
    root["mentions"] = actions


def _add(crate: ROCrate, identity: str, kind: str, /, **properties: Any) -> Entity:
    from urllib.parse import quote

    from rocrate.model.contextentity import ContextEntity

    safe = identity if "://" in identity else f"#{quote(identity[1:])}"
    return crate.add(ContextEntity(crate, safe, {"@type": kind, **properties}))


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _time(moment: pd.Timestamp) -> str:
    return moment.isoformat(timespec="seconds")
