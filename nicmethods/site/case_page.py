"""The page of a case, read as a report, and what every page of the case says first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.errors import Problem, said_once
from nicmethods.results import ACROSS, NO_CASE, Results, published_table, read_json
from nicmethods.site.evidence import Evidence, pairs_with_story, row_address
from nicmethods.site.pages import anchor, href, known, markup, num, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nicmethods.site.notebook_page import NotebookPage

__all__ = ["HOME", "CaseSite", "answered", "case_values", "failures_of", "frame", "shown_tables"]

HOME = "All reports"
_QUOTES = 3
_SUMMARY = ("title", "description", "question", "waves", "activities", "gaps")

_MADE_UP = (
    "This case was made up; its people do not exist.",
    "Every case here was made up; their people do not exist.",
)

_Row = dict[str, Any]


@dataclass(frozen=True)
class CaseSite:
    """All that the pages of one case are made from.

    Parameters
    ----------
    folder
        ``reports/<case>``.
    results
        What the case's run left.
    evidence
        Where it stands.
    notebooks
        Its executed notebooks.
    failures
        From :func:`failures_of`.
    n_exposed
        Places in which names of people were found.
    """

    folder: Path
    results: Results
    evidence: Evidence
    notebooks: tuple[NotebookPage, ...]
    failures: tuple[_Row, ...]
    n_exposed: int = 0

    @property
    def title(self) -> str:
        """Title of the case, else its name."""
        if self.results.case == ACROSS:
            return "Across cases"
        return str(self.results.summary.get("title") or self.results.case)

    @property
    def is_gone(self) -> bool:
        """Whether these results belong to no case any more."""
        return (self.folder / NO_CASE).exists()

    @cached_property
    def provenance(self) -> _Row | None:
        """What ran on what, if anything did."""
        found: _Row | None = read_json(self.folder / "provenance.json", None)
        return found

    @cached_property
    def kept(self) -> frozenset[str]:
        """Tables of an earlier run: the notebook that makes them has since failed, or others ran on newer data."""
        ran = (self.provenance or {}).get("notebooks", {})
        if not ran:
            return frozenset()
        newest = (self.provenance or {}).get("newest")
        failed = {stem for row in self.failures for stem in row["notebook"].split(", ")}
        good = [
            entry
            for stem, entry in ran.items()
            if entry["status"] == "ok" and stem not in failed and entry.get("inputs") == newest
        ]
        return frozenset(self.results.tables) - {Path(name).stem for entry in good for name in entry.get("left", ())}


def failures_of(manifest: pd.DataFrame) -> list[_Row]:
    """Tell what did not run, notebooks with one reason together."""
    failed = manifest[manifest["status"] != "ok"]
    same = failed.groupby(["case", "status", "error"], sort=False, dropna=False)["notebook"]
    return records(same.agg(", ".join).reset_index())


def frame(case: CaseSite, here: str, *, up: str) -> _Row:
    """Give what every page of a case carries: where it stands, and what a reader must know first."""
    trail = [(HOME, f"{up}../index.html"), (case.title, f"{up}index.html")]
    return {"trail": trail, "here": here, "title": here, "banners": _banners(case, f"{up}index.html")}


def shown_tables(results: Results) -> dict[str, pd.DataFrame]:
    """Give the tables that have a page: those that were written, and the numbers if there are any."""
    return {**results.tables, **({"numbers": results.numbers} if len(results.numbers) else {})}


def case_values(case: CaseSite) -> _Row:
    """Give the page of a case all it shows."""
    summary, propositions, parts = _summary(case), _propositions(case), _parts(case)
    held = case.results.case != ACROSS
    return {
        **frame(case, case.title, up=""),
        "trail": [(HOME, "../index.html")],
        "title": case.title,
        "case": case.results.case,
        "summary": summary,
        "facts": _facts(case.results.summary),
        "failures": case.failures,
        "problems": said_once(Problem(**problem) for problem in case.results.summary.get("problems") or ()),
        "propositions": propositions,
        "kept": "propositions" in case.kept,
        "contents": _contents(parts, held=held, claims=bool(propositions)),
        "held": held,
        "parts": parts,
        "moves": bool(pairs_with_story(case.results.tables)),
        "spoken": next((row["href"] for row in summary["activities"] if row["href"]), ""),
        "provenance": case.provenance,
        "notebooks": [page.stem for page in case.notebooks],
        "tables": _table_list(case),
        "rates": "error_rates" in case.results.tables,
    }


def _summary(case: CaseSite) -> _Row:
    summary = {key: case.results.summary.get(key) for key in _SUMMARY}
    spoken = set(case.results.tables["turns"]["activity"]) if "turns" in case.results.tables else set()
    activities = [
        row | {"href": href("transcripts", f"{anchor(row['activity'])}.html") if row["activity"] in spoken else ""}
        for row in summary["activities"] or ()
    ]
    return summary | {"activities": activities}


def _parts(case: CaseSite) -> list[_Row]:
    return [
        {
            "anchor": anchor("part", page.stem),
            "stem": page.stem,
            "title": page.title,
            "fragment": markup(case.evidence.link_cells(page.report, up="")),
        }
        for page in case.notebooks
    ]


def _contents(parts: Iterable[_Row], *, held: bool, claims: bool) -> list[tuple[str, str]]:
    contents = [("findings", "What both strands say")] * claims + [("data", "The data and their gaps")] * held
    contents += [(part["anchor"], part["title"]) for part in parts]
    contents += [("propositions", "Propositions and their evidence")] * claims
    return [*contents, ("methods", "Methods, versions and files")]


def _facts(summary: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The case in a few numbers; nothing is said of a strand that is missing."""
    activities = summary.get("activities") or []
    coded = sum(bool(activity.get("coded")) for activity in activities)
    rates = answered(summary)
    facts = [
        ("Strands", " and ".join(summary.get("strands") or ()), ""),
        ("People", num(summary.get("n_actors")), ""),
        ("Sites", num(summary.get("n_sites") or None), ""),
        (
            "Survey waves",
            num(len({wave["wave"] for wave in summary.get("waves") or ()}) or None),
            f"{rates} answered" if rates else "",
        ),
        ("Activities", num(len(activities) or None), f"{coded} coded" if coded else ""),
        ("Coders", num(len(summary.get("coders") or ()) or None), ""),
    ]
    return [fact for fact in facts if fact[1] not in ("", "–")]


def answered(summary: Mapping[str, Any]) -> str:
    """Say the least and the greatest response rate over all waves; empty where none is known, or nobody was asked."""
    if "network" not in (summary.get("strands") or ("network",)):
        return ""
    rates = [float(wave["response_rate"]) for wave in summary.get("waves") or () if known(wave.get("response_rate"))]
    return " to ".join(dict.fromkeys(f"{rate:.0%}" for rate in (min(rates), max(rates)))) if rates else ""


def _propositions(case: CaseSite) -> list[_Row]:
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


def _table_list(case: CaseSite) -> list[_Row]:
    return [
        {"name": name, "n": len(table), "meaning": published_table(name).meaning, "kept": name in case.kept}
        for name, table in shown_tables(case.results).items()
    ]


def _banners(case: CaseSite, report: str) -> list[_Row]:
    summary = case.results.summary
    strands, n = summary.get("strands") or (), len(summary.get("problems") or ())
    found = [
        (case.n_exposed, "failed", "Do not publish.", "Names of people were found in this report; nicmethods says where when it runs.", ""),
        (case.is_gone, "failed", "Its case is gone.", "No case of the study has this name any more; comparisons leave these results out.", ""),
        (summary.get("synthetic"), "synthetic", "Synthetic.", _MADE_UP[case.results.case == ACROSS], ""),
        (strands and "talk" not in strands, "missing", "No talk strand.", "Here is what the survey says; nothing is known of the talk.", ""),
        (strands and "network" not in strands, "missing", "No network strand.", "Here is what the talk says; nothing is known of ties.", ""),
        (summary.get("suggestions_used"), "suggested", "Machine-suggested, not reviewed.", "Nobody has checked these codes; they stand in for codings.", ""),
        (case.failures, "failed", "Incomplete.", "Not every notebook ran to the end, so parts are missing.", ("failures", "What failed")),
        ("propositions" in case.kept, "failed", "Verdicts of an earlier run.", "What makes them has not run to the end on the present data.", ("findings", "The verdicts")),
        (n, "warning", "Mind the data.", f"{n} {'problem was' if n == 1 else 'problems were'} found in them.", ("problems", "Which")),
    ]  # fmt: skip
    return [
        {"kind": kind, "lead": lead, "text": text, "link": link and (link[1], f"{report}#{link[0]}")}
        for applies, kind, lead, text, link in found
        if applies
    ]
