"""Executed notebooks and results -> ``reports/`` as a site of plain files that a reviewer opens and trusts."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicmethods.batch.crate import write_crate
from nicmethods.errors import RunError
from nicmethods.results import ACROSS, clear_results, read_manifest, read_results
from nicmethods.site.case_page import CaseSite, case_values, failures_of, frame, shown_tables
from nicmethods.site.evidence import Evidence, table_values
from nicmethods.site.index_page import index_values
from nicmethods.site.network_page import network_values
from nicmethods.site.notebook_page import read_notebook_page
from nicmethods.site.pages import TEMPLATES, anchor, markup, write_page
from nicmethods.site.privacy import Finding, Known, scan_case, scan_shared
from nicmethods.site.transcript_page import transcript_values

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from nicmethods.batch.processes import Processes

__all__ = ["VIEWER", "build_and_scan", "build_case", "build_index", "build_site", "list_cases"]

VIEWER = Path(__file__).parents[1] / "vendor" / "cytoscape" / "cytoscape.min.js"
"""The script that pages of networks load; it is copied once."""

_LONGEST_S = 3600.0


def build_site(reports: str | Path) -> Path:
    """Make all pages from what has run; what was made before is replaced.

    Parameters
    ----------
    reports
        Folder of all reports, as :func:`nicmethods.batch.run.run_batch` left it.

    Returns
    -------
    Path
        ``reports/index.html``.
    """
    reports = Path(reports)
    reports.mkdir(parents=True, exist_ok=True)
    manifest = read_manifest(reports)
    for name in list_cases(reports, manifest):
        build_case(reports, name, manifest)
    return build_index(reports, manifest)


def list_cases(reports: Path, manifest: pd.DataFrame) -> list[str]:
    """Name the cases that pages can be made of, in order."""
    ran = {name for name in set(manifest["case"]) if (reports / name).is_dir()}
    return sorted((ran | {path.parent.name for path in reports.glob("*/case.json")}) - {ACROSS})


def build_index(reports: Path, manifest: pd.DataFrame) -> Path:
    """Make the pages that cases share, when those of each case are made; give the first page."""
    failed = failures_by_case(manifest)
    cases = [
        CaseSite(reports / name, results, Evidence(results), (), tuple(failed.get(name, ())))
        for name in list_cases(reports, manifest)
        for results in [read_results(reports, name, only=("propositions",))]
    ]
    held = [case.results.summary for case in cases if case.results.summary.get("strands")]
    made_up = bool(held) and all(summary.get("synthetic") for summary in held)
    has_across = (reports / ACROSS).is_dir() and (manifest["case"] == ACROSS).any()
    across = build_case(reports, ACROSS, manifest, synthetic=made_up) if has_across else None
    assets = reports / "assets"
    assets.mkdir(exist_ok=True)
    shutil.copyfile(TEMPLATES / "site.css", assets / "site.css")
    if any((reports / case.results.case / "network.html").exists() for case in cases):
        shutil.copyfile(VIEWER, assets / VIEWER.name)
    write_page(reports / "index.html", "index.html.j2", index_values(cases, across, manifest))
    return reports / "index.html"


def failures_by_case(manifest: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Sort what did not run by case."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in failures_of(manifest):
        found.setdefault(row["case"], []).append(row)
    return found


def build_case(reports: Path, name: str, manifest: pd.DataFrame, **known: Any) -> CaseSite:
    """Make all pages of one case; what was made before is replaced. What else is known of it goes into its summary."""
    folder = reports / name
    clear_results(reports, name, pages_only=True)
    results = read_results(reports, name)
    results = replace(results, summary={**results.summary, **known})
    tables = frozenset(results.tables)
    notebooks = tuple(read_notebook_page(path, tables=tables) for path in sorted(folder.glob("notebooks/*.ipynb")))
    case = CaseSite(
        folder, results, Evidence(results), notebooks, tuple(failures_of(manifest[manifest["case"] == name]))
    )
    _write_notebooks(case)
    _write_network(case)
    _write_tables(case)
    _write_transcripts(case)
    write_page(folder / "index.html", "case.html.j2", case_values(case))
    write_crate(folder)
    return case


def _write_notebooks(case: CaseSite) -> None:
    for page in case.notebooks:
        values = {
            "title": page.title,
            "fragment": markup(case.evidence.link_cells(page.whole, up="../")),
            "has_heading": "<h1" in page.whole,
        }
        values |= {"file": f"{page.stem}.ipynb", **frame(case, page.title, up="../")}
        write_page(case.folder / "notebooks" / f"{page.stem}.html", "notebook.html.j2", values)


def _write_network(case: CaseSite) -> None:
    values = network_values(case.results, case.evidence)
    if values is None:
        return
    twins = [figure for page in case.notebooks for figure in page.figures if "dyad_change" in figure.tables]
    values |= {"twin": next(iter(twins), None), **frame(case, "The network, pair by pair", up="")}
    write_page(case.folder / "network.html", "network.html.j2", values)


def _write_tables(case: CaseSite) -> None:
    for name, table in shown_tables(case.results).items():
        values = table_values(name, table, case.evidence) | {
            "kept": name in case.kept,
            **frame(case, name.replace("_", " "), up="../"),
        }
        values["file"] = "../numbers.json" if name == "numbers" else f"{name}.csv"
        write_page(case.folder / "tables" / f"{name}.html", "table.html.j2", values)


def _write_transcripts(case: CaseSite) -> None:
    for activity, values in transcript_values(case.results).items():
        page = case.folder / "transcripts" / f"{anchor(activity)}.html"
        write_page(page, "transcript.html.j2", values | frame(case, values["title"], up="../"))


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


def build_and_scan(reports: Path, folders: Iterable[Path], *, processes: Processes) -> list[Finding]:
    """Make all pages from what has run, and look for people's names in everything that would be published.

    Parameters
    ----------
    reports
        Folder of all reports.
    folders
        Case folders whose people's names are looked for.
    processes
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
    found, known = _do(pages, processes)
    shared, _ = _do([_SharedPages(reports, known)], processes)
    return sorted([*found, *shared])


def _do(
    tasks: Iterable[_CasePages] | Iterable[_SharedPages], processes: Processes
) -> tuple[list[Finding], list[Known]]:
    found, known = list[Finding](), list[Known]()
    for done in processes.each(tasks):
        findings, people = done.result
        found += findings
        known += [people] if people is not None else []
    return found, known
