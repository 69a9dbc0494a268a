"""Transcripts as one long table: read meeting by meeting, with a word on every turn that cannot be used as it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.coder.turn_arrays import WORDS, as_arrays
from nicmethods.errors import MeasureError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["TURN_COLUMNS", "meetings", "turn_problems"]

TURN_COLUMNS = {"meeting_id": "activity", "turn_id": "turn", "start": "start_s", "end": "end_s"}
"""Columns of a transcript csv -> columns of the work table ``turns``; ``speaker`` and ``text`` keep their names."""

LONG_WORDS = 5_000
ENGLISH_SHARE = 0.15
"""Less than this share of English function words in 30 or more words: the talk is taken to be in another language."""

_ENGLISH = frozenset().union(
    *(WORDS[name] for name in ("subject", "auxiliary", "wh", "opener", "pointing", "negation", "you"))
)
_ENGLISH |= frozenset("of in to on for with at from if or because not what be by as than then there".split())
_ENGLISH -= frozenset("no a i die so am an was ja".split())
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")


def meetings(chunks: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Cut a table of turns, read in pieces, into meetings.

    Parameters
    ----------
    chunks
        Pieces of a table with the columns ``meeting_id, turn_id, speaker, text`` and optionally ``start, end`` (seconds),
        in order; other columns are kept. ``pandas.read_csv(..., chunksize=...)`` gives such pieces.

    Yields
    ------
    pandas.DataFrame
        One work table ``turns`` a meeting, without actors; texts are text, times numbers.

    Raises
    ------
    MeasureError
        If a column is missing, or a meeting's rows do not stand together.

    Examples
    --------
    >>> table = pd.DataFrame({"meeting_id": ["a", "a", "b"], "turn_id": [1, 2, 1], "speaker": "X", "text": "hm"})
    >>> [len(turns) for turns in meetings([table[:1], table[1:]])]
    [2, 1]
    """
    seen: set[str] = set()
    held: list[pd.DataFrame] = []
    for chunk in chunks:
        missing = {"meeting_id", "turn_id", "speaker", "text"} - set(chunk.columns)
        if missing:
            raise MeasureError(
                f"The turns lack the columns {', '.join(sorted(missing))}. Add them or correct the header."
            )
        chunk = chunk.assign(meeting_id=chunk["meeting_id"].astype("str").fillna(""))
        run = (chunk["meeting_id"] != chunk["meeting_id"].shift()).cumsum()
        for _, part in chunk.groupby(run, sort=False):
            if held and part["meeting_id"].iloc[0] != held[0]["meeting_id"].iloc[0]:
                yield _turns(held)
                held = []
            if not held:
                _once(str(part["meeting_id"].iloc[0]), seen)
            held.append(part)
    if held:
        yield _turns(held)


def _once(meeting: str, seen: set[str]) -> None:
    if meeting in seen:
        raise MeasureError(f"The rows of meeting '{meeting}' do not stand together. Sort the table by meeting.")
    seen.add(meeting)


def _turns(parts: list[pd.DataFrame]) -> pd.DataFrame:
    turns = pd.concat(parts, ignore_index=True).rename(columns=TURN_COLUMNS)
    times = {name: pd.to_numeric(turns[name], errors="coerce") for name in ("start_s", "end_s") if name in turns}
    texts = {name: turns[name].astype("str") for name in ("turn", "speaker")}
    return turns.assign(
        **times, **texts, text=turns["text"].fillna("").astype("str"), position=np.arange(1, len(turns) + 1)
    )


def turn_problems(turns: pd.DataFrame, *, file: str) -> list[Problem]:
    """Say what in a meeting's turns cannot be used, or is used with care; nothing is dropped.

    Parameters
    ----------
    turns
        Work table ``turns`` of one meeting.
    file
        The file's name, for the problems.

    Returns
    -------
    list of Problem
        Warnings: turns without words, repeated ids, times that go back, missing times or speakers, control characters, very
        long turns, one speaker only, talk that does not look English. The value names the turns.
    """
    arrays = as_arrays(turns)
    ordered = turns.iloc[arrays.order]
    ids = ordered["turn"].astype("str").fillna("")
    raw = ordered["text"].fillna("").astype("str")
    start = pd.to_numeric(ordered.get("start_s", pd.Series(np.nan, index=ordered.index)), errors="coerce").to_numpy(
        float
    )
    known = np.unique(arrays.speaker[arrays.speaker >= 0])
    found = [
        ("text", arrays.n_words == 0, "has no words: no code and no link rests on it"),
        (
            "turn",
            ids.duplicated(keep=False).to_numpy() | (ids == "").to_numpy(),
            "has no id of its own: number the turns",
        ),
        (
            "start",
            np.r_[False, np.diff(start) < 0][: len(start)],
            "starts before the turn above it: the order of rows is kept",
        ),
        (
            "start",
            np.isnan(start) & ~np.isnan(start).all(),
            "has no time: pauses of the whole meeting are taken from its words",
        ),
        ("speaker", arrays.speaker < 0, "has no known speaker: it is linked only to known speakers"),
        ("text", raw.str.contains(_CONTROL).to_numpy(bool), "has control characters: they are read as they stand"),
        ("text", arrays.n_words > LONG_WORDS, f"has more than {LONG_WORDS:,} words: check whether turns were lost"),
    ]
    activity = str(ordered["activity"].iloc[0]) if len(ordered) else ""
    problems = [
        Problem(
            "warning", file, None, field, _some(ids[marked]), f"meeting '{activity}', turn {_some(ids[marked])} {what}."
        )
        for field, marked, what in found
        if marked.any()
    ]
    if len(known) < 2 and len(turns):
        message = f"meeting '{activity}' has {len(known)} known speaker(s): nothing can be linked."
        problems.append(Problem("warning", file, None, "speaker", "", message))
    share = arrays.says(_ENGLISH).mean() if len(arrays.word) else 1.0
    if len(arrays.word) >= 30 and share < ENGLISH_SHARE:
        message = (
            f"meeting '{activity}' does not look like English; patterns and word lists are English. Code it by hand."
        )
        problems.append(Problem("warning", file, None, "text", "", message))
    return problems


def _some(ids: pd.Series) -> str:
    shown = ", ".join(ids.head(5))
    return shown if len(ids) <= 5 else f"{shown} and {len(ids) - 5} more"
