"""Executed notebooks and results -> ``reports/`` as a site of plain files that a reviewer opens and trusts.

What is made from what has not changed is not made again: the pages of a case carry, in its research object, a key of what
they were made from, and ``index.html`` one of its own.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from nicmethods.batch.crate import CRATE, is_made_from, write_crate
from nicmethods.batch.provenance import hash_code, hash_file
from nicmethods.errors import RunError
from nicmethods.results import ACROSS, NO_CASE, read_manifest, read_results, write_text
from nicmethods.site.across_page import across_values
from nicmethods.site.case_page import CaseSite, failures_of, frame
from nicmethods.site.evidence import Evidence, table_values
from nicmethods.site.index_page import index_values
from nicmethods.site.linked_pages import linked_pages
from nicmethods.site.main_page import main_values
from nicmethods.site.network_page import network_values
from nicmethods.site.notebook_page import read_notebook_page
from nicmethods.site.pages import TEMPLATES, anchor, markup, words, write_page
from nicmethods.site.privacy import Finding, People, is_looked_through, read_marks, scan_case, scan_shared
from nicmethods.site.transcript_page import transcript_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from nicmethods.batch.processes import Processes, Task

__all__ = ["VIEWER", "build_site", "due_pages", "list_cases", "mark_old"]

VIEWER = Path(__file__).parents[1] / "vendor" / "cytoscape" / "cytoscape.min.js"
"""The script that pages of networks load; it is copied once."""

_NOT_OLD = "<!--old--><!--/old-->"
_OLD = (
    '<!--old--><section class="banners" aria-label="Of an earlier run"><p class="banner failed"><strong>Of an earlier run.</strong> '
    "What this page is made from has changed, and has not run to its end since.</p></section><!--/old-->"
)
_LONGEST_S = 3600.0
_PAGES = (
    "index.html",
    "claims.html",
    "coding.html",
    "data.html",
    "network.html",
    "notebooks/*.html",
    "tables/*.html",
    "transcripts/*.html",
    "figures/*.png",
)


def build_site(
    reports: str | Path, folders: Iterable[Path] = (), *, processes: Processes | None = None
) -> list[Finding]:
    """Make all pages from what has run, and look for people's names in everything that would be published.

    Parameters
    ----------
    reports
        Folder of all reports, as :func:`nicmethods.batch.run.run_batch` left it.
    folders
        Case folders whose people's names are looked for.
    processes
        Processes to do it in, cases at once; without any, in this one.

    Returns
    -------
    list of Finding
        As from :func:`~nicmethods.site.privacy.scan_reports`.

    Raises
    ------
    RunError
        If pages cannot be made.
    """
    reports = Path(reports)
    reports.mkdir(parents=True, exist_ok=True)
    cases = {folder.name: People(folder) for folder in folders}
    tasks = _case_pages(reports, cases)
    due = [task for task in tasks if not task.is_done()]
    found = [finding for task in tasks if task not in due for finding in task.scan()]
    for result in (
        [task(reports) for task in due] if processes is None else (done.result for done in processes.each(due))
    ):
        found += result
    shared = _SharedPages(reports, tuple(cases.values()), hash_code())
    if processes is None or shared.is_done():
        return sorted([*found, *shared(reports)])
    [done] = processes.each([shared])
    return sorted([*found, *done.result])


def due_pages(reports: Path, folders: Iterable[Path]) -> list[Task]:
    """List what :func:`build_site` would have to do for single cases, as tasks that may be done before it."""
    tasks = _case_pages(reports, {folder.name: People(folder) for folder in folders})
    return [task for task in tasks if not task.is_done()]


def _case_pages(reports: Path, cases: Mapping[str, People]) -> list[_CasePages]:
    manifest, code = read_manifest(reports), hash_code()
    return [
        _CasePages(reports, name, manifest[manifest["case"] == name].reset_index(drop=True), cases.get(name), code)
        for name in list_cases(reports, manifest)
    ]


def mark_old(reports: Path, case: str) -> None:
    """Say on every page of a case that it is of an earlier run, until its pages are made anew."""
    for path in (reports / case).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if _NOT_OLD in text:
            write_text(path, text.replace(_NOT_OLD, _OLD, 1))


def list_cases(reports: Path, manifest: pd.DataFrame) -> list[str]:
    """Name the cases that pages can be made of, in order."""
    ran = {name for name in set(manifest["case"]) if (reports / name).is_dir()}
    return sorted((ran | {path.parent.name for path in reports.glob("[!.]*/case.json")}) - {ACROSS})


@dataclass(frozen=True)
class _CasePages:
    """Make the pages of a case and look for its people's names in all that its folder holds."""

    reports: Path
    case: str
    manifest: pd.DataFrame
    people: People | None
    code: str
    timeout_s: float = _LONGEST_S

    @property
    def key(self) -> str:
        return _key(self.reports, self.case, self.manifest, self.code)

    def is_done(self) -> bool:
        """Whether the pages are made, and nothing in them has to be looked through."""
        if not is_made_from(self.reports / self.case, self.key):
            return False
        return self.people is None or is_looked_through(self.reports, self.people, self.code)

    def scan(self) -> list[Finding]:
        return scan_case(self.reports, self.people, self.code) if self.people else []

    def __call__(self, scratch: Path) -> list[Finding]:
        """Make them; again if what is found puts a mark on them or takes one away."""
        found: list[Finding] = []
        for _ in range(2):
            key = self.key
            if not is_made_from(self.reports / self.case, key):
                _build_case(self.reports, self.case, self.manifest, key)
            found = self.scan()
            if self.key == key:
                break
        return found

    def lost(self, scratch: Path, reason: str) -> list[Finding]:
        raise RunError(f"The pages of '{self.case}' cannot be made: {reason}.")


@dataclass(frozen=True)
class _SharedPages:
    """Make the pages that cases share, and look for everybody's names in them."""

    reports: Path
    cases: tuple[People, ...]
    code: str
    timeout_s: float = _LONGEST_S

    def is_done(self) -> bool:
        """Whether the pages are made; those that are not looked through are few."""
        return _is_index_of(self.reports, read_manifest(self.reports), self.code)

    def __call__(self, scratch: Path) -> list[Finding]:
        found: list[Finding] = []
        for _ in range(2):
            marks = [read_marks(self.reports, name) for name in ("", ACROSS)]
            _build_index(self.reports, read_manifest(self.reports), self.code)
            found = scan_shared(self.reports, self.cases, self.code)
            if marks == [read_marks(self.reports, name) for name in ("", ACROSS)]:
                break
        return found

    def lost(self, scratch: Path, reason: str) -> list[Finding]:
        raise RunError(f"The pages that cases share cannot be made: {reason}.")


def _key(reports: Path, case: str, manifest: pd.DataFrame, code: str, *more: object) -> str:
    """One hash of what a case's pages are made from beside the files in its folder."""
    outcomes = manifest[["case", "notebook", "status", "error"]].astype("object").where(manifest.notna(), None)
    gone = (reports / case / NO_CASE).exists()
    parts = [code, outcomes.to_numpy().tolist(), len(read_marks(reports, case)), gone, *more]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _is_synthetic(reports: Path, names: Iterable[str]) -> bool:
    """Whether all that was made across cases is of made-up ones."""
    held = [read_results(reports, name, only=()).summary for name in names]
    held = [summary for summary in held if summary.get("strands")]
    return bool(held) and all(summary.get("synthetic") for summary in held)


def _index_key(reports: Path, manifest: pd.DataFrame, code: str) -> str:
    crates = [
        (name, hash_file(path) if (path := reports / name / CRATE).exists() else None)
        for name in [*list_cases(reports, manifest), ACROSS]
    ]
    return _key(reports, "", manifest, code, crates, [len(read_marks(reports, name)) for name, _ in crates])


def _is_index_of(reports: Path, manifest: pd.DataFrame, code: str) -> bool:
    """Whether the pages that cases share are made from what is there."""
    index = reports / "index.html"
    said = f'<meta name="made-from" content="{_index_key(reports, manifest, code)}">'
    across = manifest[manifest["case"] == ACROSS]
    made_up = _is_synthetic(reports, list_cases(reports, manifest)) if len(across) else False
    if len(across) and not is_made_from(reports / ACROSS, _key(reports, ACROSS, across, code, made_up)):
        return False
    return (
        index.exists()
        and said in index.read_text(encoding="utf-8")[:5000]
        and (reports / "assets" / "site.css").exists()
    )


def _build_index(reports: Path, manifest: pd.DataFrame, code: str) -> None:
    """Make the pages that cases share, when those of each case are made."""
    if _is_index_of(reports, manifest, code):
        return
    failed, names, across = (
        failures_by_case(manifest),
        list_cases(reports, manifest),
        manifest[manifest["case"] == ACROSS],
    )
    cases = [
        CaseSite(reports / name, results, Evidence(results), (), tuple(failed.get(name, ())))
        for name in names
        for results in [read_results(reports, name, only=("propositions",))]
    ]
    has_across = (reports / ACROSS).is_dir() and len(across) > 0
    if has_across:
        made_up = _is_synthetic(reports, names)
        key = _key(reports, ACROSS, across, code, made_up)
        if not is_made_from(reports / ACROSS, key):
            _build_case(reports, ACROSS, manifest, key, cases, synthetic=made_up)
    assets = reports / "assets"
    assets.mkdir(exist_ok=True)
    shutil.copyfile(TEMPLATES / "site.css", assets / "site.css")
    if any((reports / case.results.case / "network.html").exists() for case in cases):
        shutil.copyfile(VIEWER, assets / VIEWER.name)
    values = index_values(cases, manifest, has_across=has_across, n_exposed=len(read_marks(reports)))
    values["made_from"] = _index_key(reports, manifest, code)
    write_page(reports / "index.html", "index.html.j2", values)


def failures_by_case(manifest: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Sort what did not run by case."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in failures_of(manifest):
        found.setdefault(row["case"], []).append(row)
    return found


def _build_case(
    reports: Path, name: str, manifest: pd.DataFrame, key: str, others: Sequence[CaseSite] = (), **known: Any
) -> None:
    """Make all pages of one case, or across others; what was made before is replaced. What else is known of it goes into its summary."""
    folder = reports / name
    results = read_results(reports, name)
    results = replace(results, summary={**results.summary, **known})
    tables = frozenset(results.tables)
    notebooks = tuple(read_notebook_page(path, tables=tables) for path in sorted(folder.glob("notebooks/*.ipynb")))
    failures = tuple(failures_of(manifest[manifest["case"] == name]))
    case = CaseSite(folder, results, Evidence(results), notebooks, failures, n_exposed=len(read_marks(reports, name)))
    transcripts = transcript_values(results)
    made = {"index.html", *(f"tables/{name}.html" for name in results.tables)}
    made |= {f"transcripts/{anchor(activity)}.html" for activity in transcripts}
    for page in notebooks:
        made |= {f"notebooks/{page.stem}.html", *(unquote(figure.file) for figure in page.figures)}
    linked = list(linked_pages(case))
    made |= {file for file, *_ in linked} | ({"network.html"} if _write_network(case) else set())
    for path in [path for pattern in _PAGES for path in folder.glob(pattern)]:
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()
    _write_notebooks(case)
    _write_tables(case)
    for activity, values in transcripts.items():
        write_page(
            folder / "transcripts" / f"{anchor(activity)}.html",
            "transcript.html.j2",
            values | frame(case, values["title"], up="../"),
        )
    for file, template, values in linked:
        write_page(folder / file, template, values)
    if name == ACROSS:
        write_page(folder / "index.html", "across.html.j2", across_values(case, others))
    else:
        write_page(folder / "index.html", "case.html.j2", main_values(case))
    write_crate(folder, key)


def _write_notebooks(case: CaseSite) -> None:
    for page in case.notebooks:
        values = {
            "title": page.title,
            "fragment": markup(case.evidence.link_cells(page.whole, up="../")),
            "has_heading": "<h1" in page.whole,
        }
        values |= {"file": f"{page.stem}.ipynb", **frame(case, page.title, up="../")}
        write_page(case.folder / "notebooks" / f"{page.stem}.html", "notebook.html.j2", values)


def _write_network(case: CaseSite) -> bool:
    values = network_values(case.results, case.evidence)
    if values is None:
        return False
    twins = [figure for page in case.notebooks for figure in page.figures if "dyad_change" in figure.tables]
    values |= {"twin": next(iter(twins), None), **frame(case, "The network, pair by pair", up="")}
    write_page(case.folder / "network.html", "network.html.j2", values)
    return True


def _write_tables(case: CaseSite) -> None:
    for name, table in case.results.tables.items():
        values = table_values(name, table, case.evidence) | {
            "kept": name in case.kept,
            **frame(case, words(name), up="../"),
        }
        values["file"] = f"{name}.csv"
        write_page(case.folder / "tables" / f"{name}.html", "table.html.j2", values)
