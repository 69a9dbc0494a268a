"""What a coder decides at the desk, as changes to the rows of the files in ``codings/``."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.coverage import position_ranges
from nicmethods.coding.review import decide, renewed
from nicmethods.coding.settling import settle
from nicmethods.errors import NicmethodsError
from nicmethods.lab.sheet import Edit
from nicmethods.tables import WORK_TABLES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from nicmethods.lab.sheet import Sheet

__all__ = [
    "DETAILS",
    "RefusedError",
    "code_edits",
    "coverage_edits",
    "decision_edits",
    "detail_edits",
    "followed_edits",
    "inferred_coverage",
    "kept_suggestions",
    "link_edits",
    "positions_read",
    "settle_edits",
]

DETAILS = ("addressee", "seeker", "helper", "reply_to", "memo")
"""What a coder may note of a coding."""

_SPAN = ("start_char", "end_char")


class RefusedError(NicmethodsError):
    """Something that cannot be done at the desk, with the reason."""


def code_edits(sheet: Sheet, place: Mapping[str, str], *, coder: str, on: bool) -> list[Edit]:
    """Put a code on a turn or take it off, with all that was noted of it.

    Parameters
    ----------
    sheet
        The coder's file.
    place
        ``activity``, ``turn`` and ``code``.
    coder
        Whose file it is.
    on
        Whether the turn is to carry the code. If it is so already there is nothing to do.
    """
    there = [row for row in sheet.records if place.items() <= row.items()]
    if on:
        return [] if there else [Edit(coder, None, dict(place))]
    return [Edit(coder, row, None) for row in there]


def detail_edits(sheet: Sheet, place: Mapping[str, str], *, coder: str, detail: str, value: str) -> list[Edit]:
    """Note or blank one of :data:`DETAILS` of one coding.

    Parameters
    ----------
    sheet
        The coder's file.
    place
        ``activity``, ``turn``, ``code`` and, for a coding of a part of the turn, ``start_char`` and ``end_char``.
    coder
        Whose file it is.
    detail
        One of :data:`DETAILS`.
    value
        What to note; empty takes it away.

    Raises
    ------
    RefusedError
        If there is no such coding.
    """
    spans = {key: place.get(key) for key in _SPAN}
    for row in sheet.records:
        if place.items() <= row.items() and spans == {key: row.get(key) for key in _SPAN}:
            return _noted(coder, row, detail, value)
    raise RefusedError(f"turn {place['turn']} does not carry '{place['code']}'. Code it first.")


def link_edits(sheet: Sheet, place: Mapping[str, str], *, coder: str, to: str) -> list[Edit]:
    """Say of all codings of a turn which turn it answers; empty takes that away.

    Parameters
    ----------
    sheet
        The coder's file.
    place
        ``activity`` and ``turn``.
    coder
        Whose file it is.
    to
        The turn answered.

    Raises
    ------
    RefusedError
        If the turn carries no code: what it answers is kept with a coding.
    """
    there = [row for row in sheet.records if place.items() <= row.items()]
    if not there:
        raise RefusedError(
            f"turn {place['turn']} carries no code of yours. Code it first: a reply is kept with a coding."
        )
    return [edit for row in there for edit in _noted(coder, row, "reply_to", to)]


def _noted(coder: str, row: Mapping[str, str], detail: str, value: str) -> list[Edit]:
    new = {key: cell for key, cell in row.items() if key != detail} | ({detail: value} if value else {})
    return [] if new == row else [Edit(coder, row, new)]


def positions_read(rows: Iterable[Mapping[str, str]], turns: Sequence[str]) -> set[int]:
    """Say which turns rows of coverage hold.

    Parameters
    ----------
    rows
        Rows of ``coverage.csv`` for one activity.
    turns
        Ids of its turns, in order.

    Returns
    -------
    set of int
        Positions, counted from 0.
    """
    at = {turn: place for place, turn in enumerate(turns)}
    ends = [(at.get(row.get("first_turn", ""), 0), at.get(row.get("last_turn", ""), len(turns) - 1)) for row in rows]
    return {place for first, last in ends for place in range(first, last + 1)}


def coverage_edits(
    sheet: Sheet, read: Iterable[int], *, coder: str, activity: str, codebook: str, turns: Sequence[str]
) -> list[Edit]:
    """Say that a coder read more turns of an activity.

    Parameters
    ----------
    sheet
        ``coverage.csv``.
    read
        Positions that were read now, counted from 0.
    coder, activity, codebook
        Who read what, with which codebook. Rows of another codebook are left alone.
    turns
        Ids of the activity's turns, in order.
    """
    here = {"coder": coder, "activity": activity}
    own = [row for row in sheet.records if here.items() <= row.items() and row.get("codebook", codebook) == codebook]
    before = positions_read(own, turns)
    after = before | set(read)
    if after == before:
        return []
    here["codebook"] = codebook
    ranges = position_ranges(pd.DataFrame({"activity": activity, "position": sorted(after)}))
    new = [
        here | ({} if last - first + 1 == len(turns) else {"first_turn": turns[first], "last_turn": turns[last]})
        for first, last in zip(ranges["first_position"], ranges["last_position"], strict=True)
    ]
    changes = zip_longest([row for row in own if row not in new], [row for row in new if row not in own])
    return [Edit("coverage", old, now) for old, now in changes]


def inferred_coverage(coded: Iterable[tuple[str, str]]) -> list[Edit]:
    """Write down what counted as read while there was no ``coverage.csv``: activities in which a coder coded, whole.

    Parameters
    ----------
    coded
        Coder and activity of all codings.
    """
    return [Edit("coverage", None, {"coder": who, "activity": what}) for who, what in sorted(set(coded))]


def kept_suggestions(fresh: pd.DataFrame) -> list[Edit]:
    """Keep all suggestions, undecided, before the first decision: analyses take what a case keeps for all there is.

    Parameters
    ----------
    fresh
        Suggestions made now, of the whole case.
    """
    return [Edit("suggestions", None, _cells(row)) for _, row in fresh.iterrows()]


def decision_edits(
    sheet: Sheet,
    kept: pd.DataFrame,
    fresh: pd.DataFrame,
    places: Sequence[Mapping[str, str]],
    *,
    accept: bool,
    by: str,
) -> list[Edit]:
    """Keep what somebody made of suggestions.

    Parameters
    ----------
    sheet, kept
        ``suggestions.csv`` as it is written, and as the work table.
    fresh
        Suggestions made now.
    places
        ``activity``, ``turn`` and ``code`` of each.
    accept, by
        What was decided, by whom.

    Raises
    ------
    MeasureError
        If somebody decided one already, or it is not suggested.
    """
    turns = [place["turn"] for place in places]
    table = renewed(kept[kept["turn"].isin(turns)], fresh[fresh["turn"].isin(turns)])
    for place in places:
        table = decide(table, **place, accept=accept, by=by)
    decided = [_cells(row) for _, row in table.iterrows()]
    edits = []
    for place in places:
        now = next(row for row in decided if place.items() <= row.items())
        old = next((row for row in sheet.records if place.items() <= row.items()), None)
        edits.append(Edit("suggestions", old, {**(old or now), "status": now["status"], "by": by}))
    return edits


def followed_edits(sheet: Sheet, place: Mapping[str, str], *, by: str, on: bool) -> list[Edit]:
    """Let one's own earlier decision on a suggestion follow a change of mind about the coding.

    Parameters
    ----------
    sheet
        ``suggestions.csv``.
    place
        ``activity``, ``turn`` and ``code``.
    by, on
        Who put the code on the turn or took it off.
    """
    status = {"accepted", "refused"} - {"accepted" if on else "refused"}
    mine = dict(place) | {"by": by, "status": status.pop()}
    now = {"status": "accepted" if on else "refused"}
    return [Edit("suggestions", row, {**row, **now}) for row in sheet.records if mine.items() <= row.items()]


def settle_edits(
    decisions: pd.DataFrame,
    place: Mapping[str, str],
    *,
    present: bool,
    by: str,
    decided: dt.date,
    reason: str,
) -> list[Edit]:
    """Settle one disagreement; see :func:`nicmethods.coding.settling.settle`."""
    row = settle(decisions, **place, present=present, by=by, decided=decided, reason=reason).iloc[-1]
    said = {"present": "yes" if row["present"] else "no", "decided": decided.isoformat()}
    return [Edit("adjudicated", None, dict(place) | said | {"by": by.strip(), "reason": reason.strip()})]


def _cells(row: pd.Series) -> dict[str, str]:
    names = WORK_TABLES["suggestions"].names
    return {column: str(row[column]) for column in names if pd.notna(row[column]) and str(row[column])}
