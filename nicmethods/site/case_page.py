"""One case as its pages need it, and what every page of it says first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.results import ACROSS, NO_CASE, Results, read_json, read_registered
from nicmethods.site.pages import known
from nicmethods.site.said import counted
from nicmethods.tables import records
from nicmethods.tables.saying import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.site.evidence import Evidence
    from nicmethods.site.notebook_page import NotebookPage

__all__ = ["HOME", "CaseSite", "answered", "failures_of", "frame"]

HOME = "All reports"

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
    def is_synthetic(self) -> bool:
        """Whether the case was made up."""
        return bool(self.results.summary.get("synthetic"))

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
    def registered(self) -> dict[str, _Row]:
        """Since when each claim stands in its present words, and whether results of the case existed then."""
        rows = records(read_registered(self.folder.parent, self.folder.name))
        return {
            row["proposition"]: row
            | {"day": f"{pd.Timestamp(row['again'] if known(row['again']) else row['registered']):%-d %B %Y}"}
            for row in rows
        }

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
    told = {"case": case, "summary": case.results.summary, "kept": "propositions" in case.kept}
    return {"trail": trail, "here": here, "title": here, "banners": _banners(case, up), **told}


def answered(summary: Mapping[str, Any]) -> str:
    """Say the least and the greatest response rate over all waves; empty where none is known, or nobody was asked."""
    if "network" not in (summary.get("strands") or ("network",)):
        return ""
    rates = [float(wave["response_rate"]) for wave in summary.get("waves") or () if known(wave.get("response_rate"))]
    return " to ".join(dict.fromkeys(percent(rate) for rate in (min(rates), max(rates)))) if rates else ""


def _banners(case: CaseSite, up: str) -> list[_Row]:
    summary = case.results.summary
    strands, n = summary.get("strands") or (), len(summary.get("problems") or ())
    found = [
        (case.n_exposed, "failed", "Do not publish.", "Names of people were found in this report; nicmethods says where when it runs.", ""),
        (case.is_gone, "failed", "Its case is gone.", "No case of the study has this name any more; comparisons leave these results out.", ""),
        (summary.get("synthetic"), "synthetic", "Synthetic.", _MADE_UP[case.results.case == ACROSS], ""),
        (strands and "talk" not in strands, "missing", "No talk strand.", "Here is what the survey says; nothing is known of the talk.", ""),
        (strands and "network" not in strands, "missing", "No network strand.", "Here is what the talk says; nothing is known of ties.", ""),
        (summary.get("suggestions_used"), "suggested", "Machine-suggested, not reviewed.", "Nobody has checked these codes; they stand in for codings.", ""),
        (case.failures, "failed", "Incomplete.", "Not every notebook ran to the end, so parts are missing.", ("index.html#failures", "What failed")),
        ("propositions" in case.kept, "failed", "Verdicts of an earlier run.", "What makes them has not run to the end on the present data.", ("index.html#findings", "The verdicts")),
        (n, "warning", "Mind the data.", f"{counted(n, 'problem')} {'was' if n == 1 else 'were'} found in them.", ("data.html#problems", "Which")),
    ]  # fmt: skip
    return [
        {"kind": kind, "lead": lead, "text": text, "link": link and (link[1], f"{up}{link[0]}")}
        for applies, kind, lead, text, link in found
        if applies
    ]
