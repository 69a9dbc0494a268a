"""All pages and the look for names in them, as tasks: cases at once, the pages that they share at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nicmethods.errors import RunError
from nicmethods.results import read_manifest
from nicmethods.site.privacy import Finding, Known, scan_case, scan_shared
from nicmethods.site.site import build_case, build_index, list_cases

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from nicmethods.batch.crew import Crew

__all__ = ["publish"]

_LONGEST_S = 3600.0


@dataclass(frozen=True)
class _CasePages:
    """Make the pages of a case and look for its people's names in all that its folder holds."""

    reports: Path
    case: str
    manifest: pd.DataFrame
    folder: Path | None
    timeout_s: float = _LONGEST_S

    def __call__(self, scratch: Path) -> tuple[list[Finding], Known | None]:
        build_case(self.reports, self.case, self.manifest)
        return scan_case(self.reports, self.folder) if self.folder else ([], None)

    def lost(self, scratch: Path, reason: str) -> tuple[list[Finding], Known | None]:
        raise RunError(f"The pages of '{self.case}' cannot be made: {reason}.")


@dataclass(frozen=True)
class _SharedPages:
    """Make the pages that cases share, and look for everybody's names in them."""

    reports: Path
    known: list[Known]
    timeout_s: float = _LONGEST_S

    def __call__(self, scratch: Path) -> tuple[list[Finding], None]:
        build_index(self.reports, read_manifest(self.reports))
        return scan_shared(self.reports, self.known), None

    def lost(self, scratch: Path, reason: str) -> tuple[list[Finding], None]:
        raise RunError(f"The pages that cases share cannot be made: {reason}.")


def publish(reports: Path, folders: Iterable[Path], *, crew: Crew) -> list[Finding]:
    """Make all pages from what has run, and look for people's names in everything that would be published.

    Parameters
    ----------
    reports
        Folder of all reports.
    folders
        Case folders whose people's names are looked for.
    crew
        Processes to do it in.

    Returns
    -------
    list of Finding
        As from :func:`~nicmethods.site.privacy.scan_reports`.

    Raises
    ------
    RunError
        If pages cannot be made.
    """
    reports.mkdir(parents=True, exist_ok=True)
    manifest, held = read_manifest(reports), {folder.name: folder for folder in folders}
    pages = (
        _CasePages(reports, name, manifest[manifest["case"] == name], held.get(name))
        for name in list_cases(reports, manifest)
    )
    found, known = _do(pages, crew)
    shared, _ = _do([_SharedPages(reports, known)], crew)
    return sorted([*found, *shared])


def _do(tasks: Iterable[_CasePages] | Iterable[_SharedPages], crew: Crew) -> tuple[list[Finding], list[Known]]:
    found, known = list[Finding](), list[Known]()
    for done in crew.each(tasks):
        findings, people = done.result
        found += findings
        known += [people] if people is not None else []
    return found, known
