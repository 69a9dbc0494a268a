"""Transcripts as they were when they were coded, kept beside the codings: a later change is seen, and codings can follow it.

``codings/as_coded/<activity>.csv`` holds turn, position and text. The desk, an import and ``nicmethods check --settle`` write it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.errors import Problem
from nicmethods.files.writing import write_atomically
from nicmethods.tables import WORK_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["FOLDER", "changed_since_coded", "keep_as_coded", "read_as_coded"]

FOLDER = "codings/as_coded"
_COLUMNS = ["turn", "position", "text"]


def keep_as_coded(case: Path, turns: pd.DataFrame, activities: Iterable[str], *, anew: bool = False) -> list[str]:
    """Keep the turns of activities as the ones that were coded.

    Parameters
    ----------
    case
        The case folder.
    turns
        Work table.
    activities
        Ids of the activities.
    anew
        Whether what is kept already is replaced: the codings then count as made on the turns of now.

    Returns
    -------
    list of str
        The activities that were kept now.
    """
    kept = []
    for activity in activities:
        path = case / FOLDER / f"{activity}.csv"
        talk = turns.loc[turns["activity"] == activity, _COLUMNS]
        if talk.empty or "/" in activity or (path.exists() and not anew):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, talk.to_csv(index=False).encode("utf-8"))
        kept.append(activity)
    return kept


def read_as_coded(case: Path, activity: str) -> pd.DataFrame | None:
    """Read the turns of an activity as they were coded: work table ``turns``, without speakers; None where nothing is kept."""
    path = case / FOLDER / f"{activity}.csv"
    if not path.is_file():
        return None
    rows = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    rows = rows.assign(position=pd.to_numeric(rows["position"]), activity=activity)
    return conform(rows, WORK_TABLES["turns"])


def changed_since_coded(case: Path, turns: pd.DataFrame, codings: pd.DataFrame, files: dict[str, str]) -> list[Problem]:
    """Find activities whose transcript is not what was coded.

    Parameters
    ----------
    case
        The case folder.
    turns
        Work table, as the transcripts are now.
    codings
        ``coder``, ``activity``, ``turn``: everything that stands on turns.
    files
        The transcript of each activity, for problems.

    Returns
    -------
    list of Problem
        An error an activity where codings stand on other words now, with the codings and the command that carries them; a
        warning where the change touches none.
    """
    problems = []
    folder = case / FOLDER
    for path in sorted(folder.glob("[!.~]*.csv")) if folder.is_dir() else ():
        activity = path.stem
        before = read_as_coded(case, activity)
        now = turns[turns["activity"] == activity]
        if before is None or activity not in files:
            continue
        old, new = (dict(zip(talk["turn"], talk["text"].fillna(""), strict=True)) for talk in (before, now))
        if old == new:
            continue
        moved = {turn for turn in {*old, *new} if old.get(turn) != new.get(turn)}
        mine = codings[(codings["activity"] == activity) & codings["turn"].isin(list(moved))]
        what = f"{len(moved)} of {len(old)} turns are other words than when they were coded"
        if mine.empty:
            message = f"{what}; no coding stands on them. Say that this is the transcript from now on: nicmethods check --settle"
            problems.append(Problem("warning", files[activity], None, "turn", "", message))
            continue
        who = ", ".join(f"{coder} {n}" for coder, n in mine["coder"].value_counts(sort=False).items())
        places = ", ".join(mine["turn"].drop_duplicates().head(8)) + (" …" if mine["turn"].nunique() > 8 else "")
        message = (
            f"{what}, and codings stand on them ({who}; turns {places}). Let the codings follow their words: nicmethods "
            f"carry CASE {activity}. If they stand where they should: nicmethods check CASE --settle"
        )
        problems.append(Problem("error", files[activity], None, "turn", "", message))
    return problems
