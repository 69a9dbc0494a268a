"""Labelled dialogue for development: read it as the work table ``turns`` and score suggestions against it.

The folder is named by the environment variable NICMETHODS_REAL_DATA and is no part of the project.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from nicmethods.coder.turn_arrays import TurnArrays, as_arrays

AMBIGUOUS = {"help_request": "elicit_other", "help_given": "answer_bare"}
"""Labels under which annotators left a code open; such turns are neither taught nor scored."""


def read_dialogue(name: str, *, plain: bool = False) -> pd.DataFrame:
    """One corpus; ``plain`` takes punctuation and case away, as automatic captions do."""
    path = Path(os.environ["NICMETHODS_REAL_DATA"]) / "dialogue" / f"{name}_turns.csv"
    names = {"meeting_id": "activity", "turn_id": "turn", "start": "start_s", "end": "end_s"}
    turns = pd.read_csv(path, keep_default_na=False, na_values={"start": [""], "end": [""]}).rename(columns=names)
    turns["position"] = np.arange(len(turns))
    turns["team"] = turns["activity"].str[:6] if name == "ami" else turns["activity"]
    if plain:
        turns["text"] = turns["text"].str.lower().str.replace(r"[^\w\s'-]", " ", regex=True)
    return turns


def gold_code(turns: pd.DataFrame, code: str) -> tuple[np.ndarray, np.ndarray]:
    """Which turns carry a code, and which are judged."""
    labels = turns["labels"].str.split("|")
    carries = labels.map(lambda found: code in found).to_numpy(bool)
    open_ = labels.map(lambda found: AMBIGUOUS.get(code) in found).to_numpy(bool)
    return carries, turns["coded"].str.contains("L").to_numpy(bool) & (carries | ~open_)


def gold_begins(
    name: str, turns: pd.DataFrame, arrays: TurnArrays, code: str = "help_request"
) -> tuple[np.ndarray, np.ndarray]:
    """At which words of a corpus's turns a segment with a code begins, and which words are judged for it."""
    segments = pd.read_csv(
        Path(os.environ["NICMETHODS_REAL_DATA"]) / "dialogue" / f"{name}_segments.csv", keep_default_na=False
    ).rename(columns={"meeting_id": "activity", "turn_id": "turn"})
    carries, judged = gold_code(segments, code)
    n_words = as_arrays(segments[["activity", "turn", "text"]]).n_words
    spoken: dict[tuple[str, str], list[int]] = {}
    for i, who in enumerate(zip(segments["activity"], segments["speaker"], strict=True)):
        spoken.setdefault(who, []).append(i)
    start = segments["start"].astype(float).to_numpy()
    begins, known = np.zeros(len(arrays.word), bool), np.zeros(len(arrays.word), bool)
    at = np.cumsum(arrays.n_words) - arrays.n_words
    rows = turns.iloc[arrays.order]
    for turn, row in enumerate(rows[["activity", "speaker", "start_s", "end_s"]].itertuples(index=False)):
        mine = np.array(spoken[row.activity, row.speaker])
        mine = mine[(start[mine] >= row.start_s - 0.01) & (start[mine] <= row.end_s + 0.01) & (n_words[mine] > 0)]
        if n_words[mine].sum() != arrays.n_words[turn]:
            raise ValueError(f"{name}: the segments of turn {turn} are not its words")
        if not len(mine):
            continue
        first = at[turn] + np.r_[0, np.cumsum(n_words[mine])[:-1]]
        known[at[turn] : at[turn] + arrays.n_words[turn]] = "L" in rows["coded"].iloc[turn]
        begins[first] = carries[mine]
        known[first] = judged[mine]
    return begins, known


def gold_links(turns: pd.DataFrame) -> list[set[int]]:
    """For each turn, the rows of the earlier turns it was judged to answer; empty where none."""
    row = {key: i for i, key in enumerate(zip(turns["activity"], turns["turn"], strict=True))}
    judged = turns["coded"].str.contains("R").to_numpy(bool)
    return [
        {row[key] for target in given.split("|") if (key := (activity, target)) in row and row[key] < i}
        if given and judged[i]
        else set()
        for i, (activity, given) in enumerate(zip(turns["activity"], turns["reply_to"], strict=True))
    ]
