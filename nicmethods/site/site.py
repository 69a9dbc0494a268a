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

from markupsafe import Markup

from nicmethods.batch.crate import CRATE, is_made_from, write_crate
from nicmethods.batch.provenance import hash_code, hash_file
from nicmethods.errors import RunError
from nicmethods.results import ACROSS, NO_CASE, read_manifest, read_results, write_text
from nicmethods.site.case_page import CaseSite, failures_of, frame
from nicmethods.site.evidence import Evidence, table_values
from nicmethods.site.linked_pages import linked_pages
from nicmethods.site.main_page import main_values
from nicmethods.site.network_page import network_values
from nicmethods.site.notebook_page import read_notebook_page
from nicmethods.site.pages import TEMPLATES, words, write_page
from nicmethods.site.privacy import Finding, People, is_looked_through, read_marks, scan_case, scan_shared
from nicmethods.site.shared_pages import across_values, index_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import pandas as pd

    from nicmethods.batch.processes import Processes, Task

__all__ = ["VIEWER", "build_site", "due_pages", "mark_old"]

VIEWER = Path(__file__).parents[1] / "vendor" / "cytoscape" / "cytoscape.min.js"
"""The script that pages of networks load; it is copied once."""

_NOT_OLD = "<!--old--><!--/old-->"
_OLD = (
    '<!--old--><section class="banners" aria-label="Of an earlier run"><p class="banner failed"><strong>Of an earlier run.</strong> '
    "What this page is made from has changed, and has not run to its end since.</p></section><!--/old-->"
)
_LONGEST_S = 3600.0
_OWN = "index.html claims.html coding.html data.html network.html notebooks/*.html tables/*.html transcripts/*.html figures/*.png".split()


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
    cases = [People(folder) for folder in folders]
    tasks = _case_pages(reports, cases)
    due = [task for task in tasks if not task.is_done()]
    found = [finding for task in tasks if task not in due for finding in task.scan()]
    for result in (
        [task(reports) for task in due] if processes is None else (done.result for done in processes.each(due))
    ):
        found += result
    shared = _SharedPages(reports, tuple(cases), hash_code())
    if processes is None or shared.is_done():
        return sorted([*found, *shared(reports)])
    [done] = processes.each([shared])
    return sorted([*found, *done.result])


def due_pages(reports: Path, folders: Iterable[Path]) -> list[Task]:
    """List what :func:`build_site` would have to do for single cases, as tasks that may be done before it."""
    return [task for task in _case_pages(reports, map(People, folders)) if not task.is_done()]


def mark_old(reports: Path, case: str) -> None:
    """Say on every page of a case that it is of an earlier run, until its pages are made anew."""
    for path in (reports / case).rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if _NOT_OLD in text:
            write_text(path, text.replace(_NOT_OLD, _OLD, 1))


def _case_pages(reports: Path, cases: Iterable[People]) -> list[_CasePages]:
    people, manifest, code = {one.folder.name: one for one in cases}, read_manifest(reports), hash_code()
    return [
        _CasePages(reports, name, manifest[manifest["case"] == name].reset_index(drop=True), people.get(name), code)
        for name in _list_cases(reports, manifest)
    ]


def _list_cases(reports: Path, manifest: pd.DataFrame) -> list[str]:
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

    def is_done(self) -> bool:
        """Whether the pages are made, and nothing in them has to be looked through."""
        if not is_made_from(self.reports / self.case, _key(self.reports, self.case, self.manifest, self.code)):
            return False
        return self.people is None or is_looked_through(self.reports, self.people, self.code)

    def scan(self) -> list[Finding]:
        return scan_case(self.reports, self.people, self.code) if self.people else []

    def __call__(self, scratch: Path) -> list[Finding]:
        def make() -> None:
            key = _key(self.reports, self.case, self.manifest, self.code)
            if not is_made_from(self.reports / self.case, key):
                _build_case(self.reports, self.case, self.manifest, key)

        return _until_marks_stay(make, self.scan, self.reports, [self.case])

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
        return _until_marks_stay(
            lambda: _build_index(self.reports, read_manifest(self.reports), self.code),
            lambda: scan_shared(self.reports, self.cases, self.code),
            self.reports,
            ["", ACROSS],
        )

    def lost(self, scratch: Path, reason: str) -> list[Finding]:
        raise RunError(f"The pages that cases share cannot be made: {reason}.")


def _until_marks_stay(
    make: Callable[[], None], scan: Callable[[], list[Finding]], reports: Path, names: Sequence[str]
) -> list[Finding]:
    """Make pages and look through them; once more if what is found puts a mark on them or takes one away."""
    found: list[Finding] = []
    for _ in range(2):
        marks = [read_marks(reports, name) for name in names]
        make()
        found = scan()
        if marks == [read_marks(reports, name) for name in names]:
            break
    return found


def _key(reports: Path, case: str, manifest: pd.DataFrame, code: str, *more: object) -> str:
    """One hash of what a case's pages are made from beside the files in its folder."""
    outcomes = manifest[["case", "notebook", "status", "error"]].astype("object").where(manifest.notna(), None)
    gone = (reports / case / NO_CASE).exists()
    parts = [code, outcomes.to_numpy().tolist(), len(read_marks(reports, case)), gone, *more]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _across_key(reports: Path, manifest: pd.DataFrame, code: str) -> tuple[str, bool] | None:
    """What the pages across cases are made from, and whether all of these are made up; None where nothing ran across them."""
    across = manifest[manifest["case"] == ACROSS]
    if not len(across) or not (reports / ACROSS).is_dir():
        return None
    held = [read_results(reports, name, only=()).summary for name in _list_cases(reports, manifest)]
    held = [summary for summary in held if summary.get("strands")]
    made_up = bool(held) and all(summary.get("synthetic") for summary in held)
    return _key(reports, ACROSS, across, code, made_up), made_up


def _index_key(reports: Path, manifest: pd.DataFrame, code: str) -> str:
    crates = [
        (name, hash_file(path) if (path := reports / name / CRATE).exists() else None)
        for name in [*_list_cases(reports, manifest), ACROSS]
    ]
    return _key(reports, "", manifest, code, crates, [len(read_marks(reports, name)) for name, _ in crates])


def _is_index_of(reports: Path, manifest: pd.DataFrame, code: str) -> bool:
    """Whether the pages that cases share are made from what is there."""
    index, across = reports / "index.html", _across_key(reports, manifest, code)
    said = f'<meta name="made-from" content="{_index_key(reports, manifest, code)}">'
    return (
        (across is None or is_made_from(reports / ACROSS, across[0]))
        and index.exists()
        and said in index.read_text(encoding="utf-8")[:5000]
        and (reports / "assets" / "site.css").exists()
    )


def _build_index(reports: Path, manifest: pd.DataFrame, code: str) -> None:
    """Make the pages that cases share, when those of each case are made."""
    if _is_index_of(reports, manifest, code):
        return
    cases = [
        CaseSite(reports / name, results, Evidence(results), (), _failures(manifest, name))
        for name in _list_cases(reports, manifest)
        for results in [read_results(reports, name, only=("propositions",))]
    ]
    across = _across_key(reports, manifest, code)
    if across and not is_made_from(reports / ACROSS, across[0]):
        _build_case(reports, ACROSS, manifest, across[0], cases, synthetic=across[1])
    assets = reports / "assets"
    assets.mkdir(exist_ok=True)
    shutil.copyfile(TEMPLATES / "site.css", assets / "site.css")
    if any((case.folder / "network.html").exists() for case in cases):
        shutil.copyfile(VIEWER, assets / VIEWER.name)
    values = index_values(cases, manifest, has_across=across is not None, n_exposed=len(read_marks(reports)))
    values["made_from"] = _index_key(reports, manifest, code)
    write_page(reports / "index.html", "index.html.j2", values)


def _failures(manifest: pd.DataFrame, name: str) -> tuple[dict[str, Any], ...]:
    return tuple(failures_of(manifest[manifest["case"] == name]))


def _build_case(
    reports: Path, name: str, manifest: pd.DataFrame, key: str, others: Sequence[CaseSite] = (), **known: Any
) -> None:
    """Make all pages of one case, or across others; what was made before is replaced. What else is known of it goes into its summary."""
    folder, results = reports / name, read_results(reports, name)
    results = replace(results, summary={**results.summary, **known})
    tables = frozenset(results.tables)
    notebooks = tuple(read_notebook_page(path, tables=tables) for path in sorted(folder.glob("notebooks/*.ipynb")))
    n_exposed = len(read_marks(reports, name))
    case = CaseSite(folder, results, Evidence(results), notebooks, _failures(manifest, name), n_exposed=n_exposed)
    made = {unquote(figure.file) for page in notebooks for figure in page.figures}
    for file, template, values in _all_pages(case, others):
        write_page(folder / file, template, values)
        made.add(file)
    for path in [path for pattern in _OWN for path in folder.glob(pattern)]:
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()
    write_crate(folder, key)


def _all_pages(case: CaseSite, others: Sequence[CaseSite]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """File, template and values of each page of a case."""
    for page in case.notebooks:
        fragment = Markup(case.evidence.link_cells(page.whole, up="../"))
        values = {"fragment": fragment, "has_heading": "<h1" in page.whole, "file": f"{page.stem}.ipynb"}
        yield f"notebooks/{page.stem}.html", "notebook.html.j2", values | frame(case, page.title, up="../")
    for name, table in case.results.tables.items():
        values = {"kept": name in case.kept, "file": f"{name}.csv"} | frame(case, words(name), up="../")
        yield f"tables/{name}.html", "table.html.j2", values | table_values(name, table, case.evidence)
    if network := network_values(case.results, case.evidence):
        twins = (figure for page in case.notebooks for figure in page.figures if "dyad_change" in figure.tables)
        network |= {"twin": next(twins, None)} | frame(case, "The network, pair by pair", up="")
        yield "network.html", "network.html.j2", network
    yield from linked_pages(case)
    if case.results.case == ACROSS:
        yield "index.html", "across.html.j2", across_values(case, others)
    else:
        yield "index.html", "case.html.j2", main_values(case)
