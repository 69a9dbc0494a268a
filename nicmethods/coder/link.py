"""Which earlier turn each turn answers, how surely, and on what that rests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.coder.pairs import likeliest
from nicmethods.coder.starting import starting_coder
from nicmethods.coder.turn_arrays import as_arrays
from nicmethods.tables import WORK_TABLES, conform

if TYPE_CHECKING:
    from nicmethods.coder.starting import Assessment, Coder
    from nicmethods.coder.turn_arrays import TurnArrays

__all__ = ["link", "link_table"]

_QUOTED = re.compile(r"\s*replying to [\"“](.+?)(?:\.\.\.|…)?[\"”]", re.DOTALL)


def quoted_targets(arrays: TurnArrays) -> dict[int, int]:
    """Chat messages that begin ``Replying to "..."`` -> the latest earlier turn that begins with what is quoted."""
    found = {}
    for turn, said in enumerate(arrays.text):
        quoted = _QUOTED.match(said) if said.lstrip().startswith("replying to") else None
        start = quoted.group(1).strip() if quoted else ""
        earlier = range(turn - 1, -1, -1) if start else ()
        target = next(
            (
                j
                for j in earlier
                if arrays.meeting[j] == arrays.meeting[turn] and arrays.text[j].strip().startswith(start)
            ),
            None,
        )
        if target is not None:
            found[turn] = target
    return found


def stated_targets(turns: pd.DataFrame, arrays: TurnArrays) -> dict[int, int]:
    """Turns of which the work table's ``quoted_turn`` says what they reply to -> that turn."""
    if "quoted_turn" not in turns:
        return {}
    activity, turn, quoted = (turns[column].to_numpy()[arrays.order] for column in ("activity", "turn", "quoted_turn"))
    number = {place: i for i, place in enumerate(zip(activity, turn, strict=True))}
    return {i: number[place] for i, place in enumerate(zip(activity, quoted, strict=True)) if place in number}


def link(turns: pd.DataFrame, *, model: Coder | None = None) -> pd.DataFrame:
    """Propose the turn that each turn answers.

    Parameters
    ----------
    turns
        Work table ``turns``; ``activity``, ``turn`` and ``text`` must be there, ``actor`` or ``speaker`` too. Where
        ``quoted_turn`` says what a chat message replies to, that is its link, with score 1 and basis ``named``.
    model
        A trained coder; without one the starting coder links.

    Returns
    -------
    pandas.DataFrame
        Work table ``links``: for every turn with an earlier turn by another speaker in reach, the likeliest one of the
        person most likely answered. The score says how likely the turn answers that one, rather than another or nothing;
        below :data:`~nicmethods.coder.starting.StartingCoder.least_reply` it likely answers nothing. A turn whose
        speaker is unknown is never set against another such turn; a meeting with one speaker has no links.
    """
    return link_table(turns, (model or starting_coder()).assess(as_arrays(turns)))


def link_table(turns: pd.DataFrame, reading: Assessment) -> pd.DataFrame:
    """The likeliest target of each turn as the work table ``links``."""
    arrays, pairs = reading.arrays, reading.pairs
    best = likeliest(arrays, pairs, reading.link_probability)
    found = pd.DataFrame(
        {"row": pairs.turn[best], "target": pairs.target[best], "score": reading.reply_probability[pairs.turn[best]]}
    )
    asks = reading.pair_features["target_asks"][best] > 0
    found["basis"] = np.where(reading.pair_features["named"][best] > 0, "named", np.where(asks, "answered", "adjacent"))
    quoted = quoted_targets(arrays) | stated_targets(turns, arrays)
    if quoted:
        given = pd.DataFrame({"row": list(quoted), "target": list(quoted.values()), "score": 1.0, "basis": "named"})
        found = pd.concat([given, found]).drop_duplicates("row").sort_values("row")
    rows, targets = arrays.order[found["row"].to_numpy(np.intp)], arrays.order[found["target"].to_numpy(np.intp)]
    at = turns[["activity", "turn"]].iloc[rows].reset_index(drop=True)
    links = at.assign(
        reply_to=turns["turn"].to_numpy()[targets], score=found["score"].to_numpy(), basis=found["basis"].to_numpy()
    )
    return conform(links, WORK_TABLES["links"])
