"""A finished run of a case, as a manuscript reads it: tables, summary, provenance, and the pictures that it drew."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nicmethods.errors import RunError
from nicmethods.results import MARK, NO_CASE, Results, read_json, read_manifest, read_results

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Ran", "read_run"]


@dataclass(frozen=True)
class Ran(Results):
    """What one case's run left, with what ran.

    Parameters
    ----------
    provenance
        ``provenance.json``: what ran on what.
    pictures
        Name of the table behind a picture, to its image and alternative text, in the order of the notebooks.
    """

    provenance: Mapping[str, Any]
    pictures: Mapping[str, tuple[bytes, str]]

    def has(self, strand: str) -> bool:
        """Whether the case has a strand: ``network`` or ``talk``."""
        return strand in (self.summary.get("strands") or ())

    def parameter(self, name: str) -> Any:
        """A choice that the run was made with; None where no notebook has it."""
        ran = self.provenance["notebooks"].values()
        return next((run["parameters"][name] for run in ran if name in run["parameters"]), None)


def read_run(reports: Path, case: str, *, inputs: str | None = None) -> Ran:
    """Read a finished run, and refuse one that is none.

    Parameters
    ----------
    reports
        Folder of all reports.
    case
        Name of the case.
    inputs
        Hash of the case's files as they are now (``sources_of(run).inputs``); None: do not compare.

    Raises
    ------
    RunError
        If the case has not run, a notebook of it failed, its files have changed since, its case is gone, or names were found in
        what was published.
    """
    again = f"Run it first: nicmethods run {case}"
    folder = reports / case
    provenance = read_json(folder / "provenance.json", {})
    if not provenance.get("notebooks"):
        raise RunError(f"'{case}' has no finished run in {reports.name}/. {again}")
    if (folder / NO_CASE).exists():
        raise RunError(f"The results of '{case}' belong to no case of this study any more.")
    if (folder / MARK).exists():
        raise RunError(
            f"Names of people were found in the report of '{case}'. `nicmethods site` says where; mend that first."
        )
    manifest = read_manifest(reports)
    bad = manifest[manifest["case"].eq(case) & manifest["status"].ne("ok")]
    if len(bad):
        said = "; ".join(f"{row.notebook} {row.status}: {row.error}" for row in bad.itertuples())
        raise RunError(f"The run of '{case}' is not whole ({said}). {again}")
    old = sorted(stem for stem, run in provenance["notebooks"].items() if inputs not in (None, run["inputs"]))
    if old:
        raise RunError(f"The report of '{case}' is stale: its files have changed since {', '.join(old)} ran. {again}")
    return Ran(**vars(read_results(reports, case)), provenance=provenance, pictures=dict(_pictures(folder)))


def _pictures(folder: Path) -> Iterator[tuple[str, tuple[bytes, str]]]:
    """The first picture of each table that a notebook's cells are tagged with."""
    seen = set[str]()
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        for cell in read_json(path, {}).get("cells", ()):
            tags = [tag.removeprefix("table:") for tag in cell["metadata"].get("tags", ()) if tag.startswith("table:")]
            for output in cell.get("outputs", ()):
                png = output.get("data", {}).get("image/png")
                alt = output.get("metadata", {}).get("image/png", {}).get("alt", "")
                for tag in {*tags} - seen if png else ():
                    seen.add(tag)
                    yield tag, (base64.b64decode("".join(png)), alt)
