"""Executed notebooks and results -> ``reports/`` as a site of plain files that a reviewer opens and trusts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.runs.evidence import Evidence, row_address, table_values
from nicmethods.runs.notebook_page import NotebookPage, read_notebook_page
from nicmethods.runs.pages import anchor, href, known, num, records, write_page
from nicmethods.runs.results import (
    ACROSS,
    Results,
    clear_results,
    published_table,
    read_json,
    read_manifest,
    read_results,
)
from nicmethods.runs.transcript_page import transcript_values

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["build_site"]

_HOME = "All reports"
_QUOTES = 3


@dataclass(frozen=True)
class _CaseSite:
    """All that the pages of one case are made from."""

    folder: Path
    results: Results
    evidence: Evidence
    notebooks: tuple[NotebookPage, ...]
    failures: tuple[dict[str, Any], ...]

    @property
    def title(self) -> str:
        if self.results.case == ACROSS:
            return "Across cases"
        return str(self.results.summary.get("title") or self.results.case)


def build_site(reports: str | Path) -> Path:
    """Make all pages from what has run; what was made before is replaced.

    Parameters
    ----------
    reports
        Folder of all reports, as :func:`nicmethods.runs.execute.run_batch` left it.

    Returns
    -------
    Path
        ``reports/index.html``.
    """
    reports = Path(reports)
    reports.mkdir(parents=True, exist_ok=True)
    manifest = read_manifest(reports)
    ran = {name for name in manifest["case"] if (reports / name).is_dir()}
    names = ran | {path.parent.name for path in reports.glob("*/case.json")}
    cases = [_build_case(reports, name, manifest) for name in sorted(names - {ACROSS})]
    across = _build_case(reports, ACROSS, manifest) if ACROSS in names else None
    write_page(reports / "index.html", "index.html.j2", _index_values(cases, across, manifest))
    return reports / "index.html"


def _build_case(reports: Path, name: str, manifest: pd.DataFrame) -> _CaseSite:
    folder = reports / name
    clear_results(reports, name, pages_only=True)
    results = read_results(reports, name)
    tables = frozenset(results.tables)
    notebooks = tuple(read_notebook_page(path, tables=tables) for path in sorted(folder.glob("notebooks/*.ipynb")))
    case = _CaseSite(
        folder, results, Evidence(results), notebooks, tuple(_failures(manifest[manifest["case"] == name]))
    )
    _write_notebooks(case)
    _write_tables(case)
    _write_transcripts(case)
    write_page(folder / "index.html", "case.html.j2", _case_values(case))
    return case


def _failures(manifest: pd.DataFrame) -> list[dict[str, Any]]:
    """What did not run, notebooks with one reason together."""
    failed = manifest[manifest["status"] != "ok"]
    same = failed.groupby(["case", "status", "error"], sort=False, dropna=False)["notebook"]
    return records(same.agg(", ".join).reset_index())


def _write_notebooks(case: _CaseSite) -> None:
    for page in case.notebooks:
        values = {
            "title": page.title,
            "fragment": _markup(case.evidence.link_cells(page.whole, up="../")),
            "has_heading": "<h1" in page.whole,
        }
        values |= {"file": f"{page.stem}.ipynb", **_frame(case, page.title, up="../")}
        write_page(case.folder / "notebooks" / f"{page.stem}.html", "notebook.html.j2", values)


def _write_tables(case: _CaseSite) -> None:
    for name, table in _tables(case.results).items():
        values = table_values(name, table, case.evidence) | {
            "title": name.replace("_", " "),
            **_frame(case, name, up="../"),
        }
        values["file"] = "../numbers.json" if name == "numbers" else f"{name}.csv"
        write_page(case.folder / "tables" / f"{name}.html", "table.html.j2", values)


def _write_transcripts(case: _CaseSite) -> None:
    for activity, values in transcript_values(case.results).items():
        page = case.folder / "transcripts" / f"{anchor(activity)}.html"
        write_page(page, "transcript.html.j2", values | _frame(case, values["title"], up="../"))


def _case_values(case: _CaseSite) -> dict[str, Any]:
    summary = {key: case.results.summary.get(key) for key in _SUMMARY}
    spoken = set(case.results.tables["turns"]["activity"]) if "turns" in case.results.tables else set()
    activities = [
        row | {"href": href("transcripts", f"{anchor(row['activity'])}.html") if row["activity"] in spoken else ""}
        for row in summary["activities"] or ()
    ]
    propositions = _propositions(case)
    parts = [
        {
            "anchor": anchor("part", p.stem),
            "stem": p.stem,
            "title": p.title,
            "fragment": _markup(case.evidence.link_cells(p.report, up="")),
        }
        for p in case.notebooks
    ]
    held = case.results.case != ACROSS
    contents = [("findings", "What both strands say")] * bool(propositions) + [
        ("data", "The data and their gaps")
    ] * held
    contents += [(part["anchor"], part["title"]) for part in parts]
    contents += [("propositions", "Propositions and their evidence")] * bool(propositions)
    contents += [("methods", "Methods, versions and files")]
    return {
        **_frame(case, case.title, up=""),
        "trail": [(_HOME, "../index.html")],
        "title": case.title,
        "case": case.results.case,
        "summary": summary | {"activities": activities},
        "facts": _facts(case.results.summary),
        "failures": case.failures,
        "propositions": propositions,
        "contents": contents,
        "held": held,
        "parts": parts,
        "provenance": read_json(case.folder / "provenance.json", None),
        "notebooks": [page.stem for page in case.notebooks],
        "tables": _table_list(case.results),
    }


_SUMMARY = ("title", "description", "question", "waves", "activities", "gaps", "problems")


def _facts(summary: Any) -> list[tuple[str, str, str]]:
    """The case in a few numbers; nothing is said of a strand that is missing."""
    activities = summary.get("activities") or []
    coded = sum(bool(activity.get("coded")) for activity in activities)
    facts = [
        ("Strands", " and ".join(summary.get("strands") or ()), ""),
        ("People", num(summary.get("n_actors")), ""),
        ("Sites", num(summary.get("n_sites") or None), ""),
        ("Survey waves", num(len({wave["wave"] for wave in summary.get("waves") or ()}) or None), _answered(summary)),
        ("Activities", num(len(activities) or None), f"{coded} coded" if coded else ""),
        ("Coders", num(len(summary.get("coders") or ()) or None), ""),
    ]
    return [fact for fact in facts if fact[1] not in ("", "–")]


def _answered(summary: Any) -> str:
    rates = [float(wave["response_rate"]) for wave in summary.get("waves") or () if known(wave.get("response_rate"))]
    if not rates:
        return ""
    low, high = f"{min(rates):.0%}", f"{max(rates):.0%}"
    return f"{low} answered" if low == high else f"{low} to {high} answered"


def _propositions(case: _CaseSite) -> list[dict[str, Any]]:
    """Propositions with the addresses of all they rest on."""
    return [
        {
            **row,
            "anchor": anchor("p", row["proposition"]),
            "row": row_address("propositions", row["proposition"]),
            "turns": case.evidence.turn_links(row["turns"]),
            "ties": case.evidence.tie_links(row["ties"]),
            "quotes": case.evidence.turn_quotes(row["turns"])[:_QUOTES],
        }
        for row in records(case.results.tables.get("propositions", pd.DataFrame()))
    ]


def _table_list(results: Results) -> list[dict[str, Any]]:
    return [
        {"name": name, "n": len(table), "meaning": published_table(name).meaning}
        for name, table in _tables(results).items()
    ]


def _tables(results: Results) -> dict[str, pd.DataFrame]:
    """The tables that have a page: those that were written, and the numbers if there are any."""
    return {**results.tables, **({"numbers": results.numbers} if len(results.numbers) else {})}


def _frame(case: _CaseSite, here: str, *, up: str) -> dict[str, Any]:
    """What every page of a case carries: where it stands, and what a reader must know first."""
    trail = [(_HOME, f"{up}../index.html"), (case.title, f"{up}index.html")]
    return {"trail": trail, "here": here, "title": here, "banners": _banners(case, f"{up}index.html")}


def _banners(case: _CaseSite, report: str) -> list[dict[str, Any]]:
    summary = case.results.summary
    problems, strands = summary.get("problems") or (), summary.get("strands") or ()
    found = {
        ("synthetic", "Synthetic.", "This case was made up; its people do not exist."): summary.get("synthetic"),
        ("missing", "No talk strand.", "Here is what the survey says; nothing is known of the talk."): "talk"
        not in strands,
        ("missing", "No network strand.", "Here is what the talk says; nothing is known of ties."): "network"
        not in strands,
        (
            "suggested",
            "Machine-suggested, not reviewed.",
            "Nobody has checked these codes; they stand in for codings.",
        ): (summary.get("suggestions_used")),
        ("failed", "Incomplete.", "Not every notebook ran to the end, so parts are missing."): case.failures,
    }
    banners: list[dict[str, Any]] = [
        {"kind": kind, "lead": lead, "text": text, "href": f"{report}#failures" if kind == "failed" else ""}
        for (kind, lead, text), applies in found.items()
        if applies and (strands or kind != "missing")
    ]
    if problems:
        text = f"{len(problems)} {'problem was' if len(problems) == 1 else 'problems were'} found in them."
        banners.append({"kind": "warning", "lead": "Mind the data.", "text": text, "problems": problems})
    return banners


def _index_values(cases: Sequence[_CaseSite], across: _CaseSite | None, manifest: pd.DataFrame) -> dict[str, Any]:
    judged = [case for case in cases if "propositions" in case.results.tables]
    pages = [(page.stem, page.title) for page in across.notebooks] if across else []
    return {
        "title": "Networked improvement communities: reports",
        "here": _HOME,
        "failures": _failures(manifest),
        "cases": [_case_row(case) for case in cases],
        "judged": [{"title": case.title, "href": href(case.results.case, "index.html")} for case in judged],
        "claims": _claims(judged),
        "across": pages,
        "across_folder": ACROSS,
    }


def _case_row(case: _CaseSite) -> dict[str, Any]:
    summary = case.results.summary
    activities = summary.get("activities") or []
    notes = {
        "synthetic": summary.get("synthetic"),
        "machine-suggested codes, not reviewed": summary.get("suggestions_used"),
        "incomplete": case.failures,
    }
    return {
        "title": case.title,
        "name": case.results.case,
        "href": href(case.results.case, "index.html"),
        "strands": ", ".join(summary.get("strands") or ()),
        "n_actors": summary.get("n_actors"),
        "n_sites": summary.get("n_sites"),
        "n_waves": len({wave["wave"] for wave in summary.get("waves") or ()}) or None,
        "answered": _answered(summary).removesuffix(" answered"),
        "n_activities": len(activities) or None,
        "n_coded": sum(bool(activity.get("coded")) for activity in activities) if activities else None,
        "n_coders": len(summary.get("coders") or ()) or None,
        "notes": ", ".join(note for note, applies in notes.items() if applies),
    }


def _claims(judged: Sequence[_CaseSite]) -> list[dict[str, Any]]:
    """One row a proposition, one cell a case that has it."""
    tables = [case.results.tables["propositions"].set_index("proposition") for case in judged]
    statements = pd.concat([table["statement"] for table in tables]) if tables else pd.Series(dtype="str")
    statements = statements[~statements.index.duplicated()]
    return [
        {
            "statement": text,
            "cells": [_claim_cell(case, table, name) for case, table in zip(judged, tables, strict=True)],
        }
        for name, text in statements.items()
    ]


def _claim_cell(case: _CaseSite, table: pd.DataFrame, proposition: Any) -> dict[str, Any] | None:
    if proposition not in table.index:
        return None
    row = table.loc[proposition]
    page = f"{href(case.results.case, 'index.html')}#{anchor('p', proposition)}"
    return {"verdict": row["proposed_verdict"], "researcher": row["researcher_verdict"], "href": page}


def _markup(html: str) -> Any:
    from markupsafe import Markup

    return Markup(html)
