"""A transcript file, whatever its format -> turns; and talk -> WebVTT."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.chat import chat_turns, is_chat, parse_chat
from nicmethods.case.cues import cue_table, format_vtt, parse_sbv, parse_srt, parse_vtt
from nicmethods.case.documents import parse_csv_turns, parse_json, parse_rows, parse_txt, read_docx
from nicmethods.case.speakers import Settled, nothing_settled
from nicmethods.case.unread import what_to_do
from nicmethods.errors import Problem
from nicmethods.files.sheets import read_grid
from nicmethods.files.textfiles import read_text
from nicmethods.tables import WORK_TABLES, conform

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SUFFIXES", "join_turns", "read_cues", "read_transcript", "write_vtt"]

SUFFIXES = (".vtt", ".srt", ".sbv", ".txt", ".md", ".docx", ".csv", ".tsv", ".xlsx", ".json")
"""Endings of the files that are read."""

_AS_CAPTIONS = re.compile(r"\s*(?:(WEBVTT\b)|\d+\n\d\d:\d\d:\d\d[.,]\d{3} --> )")
_CAPTIONS = {".vtt": parse_vtt, ".srt": parse_srt, ".sbv": parse_sbv}


def read_transcript(
    path: Path, name: str, settled: Settled = nothing_settled, *, activity: str, kind: str, gap_s: float = 2.0
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a transcript, field notes, an interview or a chat as turns.

    Parameters
    ----------
    path
        The file; its ending tells the format (:data:`SUFFIXES`).
    name
        How a person would name it, for problems.
    settled
        What the roster and people.csv say of a spelling, so that they decide what is a speaker; see
        :data:`nicmethods.case.speakers.Settled`.
    activity
        Activity that it records.
    kind
        Kind of activity: in ``"notes"`` a turn is a paragraph, without a speaker; in a saved ``"chat"`` of Zoom, a message.
    gap_s
        Longest pause inside a turn, in seconds.

    Returns
    -------
    tuple
        Turns (work table), ``actor`` all missing until speakers are matched, and the problems.
    """
    if kind == "chat" and path.suffix.lower() in (".txt", ".md"):
        text, problems = read_text(path, name)
        if text is not None and is_chat(text):
            messages, _, more = parse_chat(text, name)
            return chat_turns(messages, activity=activity), problems + more
    cues, problems = read_cues(path, name, settled, kind=kind)
    unnamed = cues.index[cues["speaker"].isna()]
    if kind != "notes" and len(unnamed):
        many = f"{len(unnamed)} of {len(cues)} pieces of talk have no speaker, the first here; nobody said them."
        message = "a piece of talk has no speaker; nobody said it." if len(unnamed) == 1 else many
        problems.append(Problem("warning", name, int(unnamed[0]), "speaker", "", message))
    numbered = path.suffix.lower() in (".csv", ".tsv", ".xlsx", ".docx") and bool(cues["id"].notna().all())
    return join_turns(cues, activity=activity, gap_s=gap_s, numbered=numbered), problems


def read_cues(
    path: Path, name: str, settled: Settled = nothing_settled, *, kind: str = "meeting"
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read the pieces of talk as a transcript cuts them.

    Parameters
    ----------
    path, name, settled, kind
        As in :func:`read_transcript`.

    Returns
    -------
    tuple
        Cues (see :data:`nicmethods.case.cues.CUES`; empty if the file cannot be read) and the problems.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        message = f"'{path.suffix}' is not a format that is read. {what_to_do(path)}"
        return cue_table([]), [Problem("error", name, None, "", path.suffix, message)]
    if suffix == ".docx":
        return read_docx(path, name, settled, kind=kind)
    if suffix == ".xlsx":
        grid, problems = read_grid(path, name)
        if grid is None:
            return cue_table([]), problems
        cues, more = parse_rows(grid, name, settled)
        return cues, problems + more
    text, problems = read_text(path, name)
    if text is None:
        return cue_table([]), problems
    if suffix in (".txt", ".md") and (begins := _AS_CAPTIONS.match(text)):
        suffix = ".vtt" if begins[1] else ".srt"
    if suffix in (".csv", ".tsv"):
        cues, more = parse_csv_turns(text, name, settled)
    elif suffix == ".json":
        cues, more = parse_json(text, name)
    elif suffix in (".txt", ".md"):
        cues, more = parse_txt(text, name, settled, kind=kind)
    else:
        cues, more = _CAPTIONS[suffix](text, name, settled)
    return cues, problems + more


def join_turns(cues: pd.DataFrame, *, activity: str, gap_s: float = 2.0, numbered: bool = False) -> pd.DataFrame:
    """Join consecutive cues of one speaker into turns.

    A turn ends where the speaker changes or the pause is longer than ``gap_s``. Where times are missing only the
    speaker decides, and pieces without a speaker stay apart.

    Parameters
    ----------
    cues
        Cues in order (see :data:`nicmethods.case.cues.CUES`).
    activity
        Activity that they belong to.
    gap_s
        Longest pause inside a turn, in seconds.
    numbered
        Whether each row is a turn already, its ``id`` being the turn.

    Returns
    -------
    pandas.DataFrame
        Turns (work table), ``actor`` all missing. Text is the cues' text joined by blanks; ``cues`` lists their numbers.
    """
    speaker = cues["speaker"].fillna("")
    gap = (cues["start_s"] - cues["end_s"].shift()).round(3)
    starts = (speaker != speaker.shift()) | (gap > gap_s) | (gap.isna() & (speaker == ""))
    position = pd.Series(range(1, len(cues) + 1), index=cues.index) if numbered else starts.cumsum()
    lines = cues.assign(text=cues["text"].str.replace("\n", " "), number=cues["cue"].astype("str"))
    groups = lines.groupby(position.to_numpy(dtype="int64"), sort=True)
    turns = groups.agg(
        speaker=("speaker", "first"),
        start_s=("start_s", "min"),
        end_s=("end_s", "max"),
        text=("text", lambda texts: " ".join(text for text in texts if text)),
        cues=("number", lambda numbers: " ".join(dict.fromkeys(numbers))),
    )
    turns["position"] = turns.index
    turns["turn"] = cues["id"].to_numpy() if numbered else turns["position"].astype("str")
    return conform(turns.assign(activity=activity, actor=None), WORK_TABLES["turns"])


def write_vtt(talk: pd.DataFrame, path: Path) -> None:
    """Write cues or turns to a WebVTT file; see :func:`nicmethods.case.cues.format_vtt`."""
    path.write_text(format_vtt(talk), encoding="utf-8", newline="\n")
