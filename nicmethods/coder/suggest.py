"""What the machine proposes, never a coding until accepted: codes, by patterns and coders, and which earlier turn each turn answers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.coder.ground import OTHER, meeting_grounds
from nicmethods.coder.pairs import likeliest
from nicmethods.coder.rules import rule_matches
from nicmethods.coder.starting import starting_coder
from nicmethods.coder.turn_arrays import as_arrays
from nicmethods.errors import MeasureError
from nicmethods.tables import WORK_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from nicmethods.case.codebook import Codebook
    from nicmethods.coder.starting import Assessment, Coder
    from nicmethods.coder.trained import TrainedCoder
    from nicmethods.coder.turn_arrays import Flags, TurnArrays

    Reading = tuple[str, Assessment, Flags]

__all__ = ["likely_links", "link", "suggest", "suggest_rows"]

_QUOTED = re.compile(r"\s*replying to [\"“](.+?)(?:\.\.\.|…)?[\"”]", re.DOTALL)


def suggest(turns: pd.DataFrame, codebook: Codebook, *, model: TrainedCoder | None = None) -> pd.DataFrame:
    """Suggest codes for turns.

    Each code of the codebook is left to the coder that knows it best: the trained coder if there is one and it has
    learned the code, else the starting coder (help requests, help given), else the codebook's patterns. Patterns that
    match where the coder stays silent are added, with the words that matched.

    Parameters
    ----------
    turns
        Work table ``turns``; ``activity``, ``turn`` and ``text`` must be there. Without speakers or times the coders do
        with what there is.
    codebook
        The codes. Patterns are in the codebook's language; see
        :func:`~nicmethods.coder.stream.turn_problems` for talk in another one.
    model
        A trained coder, from :func:`~nicmethods.coder.training.train`.

    Returns
    -------
    pandas.DataFrame
        Work table ``suggestions``, at most one row a turn and code, in order of the turns. The score is a probability, or
        empty: a pattern has none, and a coder's is withheld where a meeting is another kind of talk than it learned on (see
        :func:`~nicmethods.coder.ground.meeting_grounds`).

    Raises
    ------
    MeasureError
        If the model learned a code that the codebook has no place for, or spaCy refuses a pattern.

    Examples
    --------
    >>> from nicmethods.case.codebook import Code, Codebook
    >>> book = Codebook(id="b", title="B", codes=(Code(id="thanks", name="Thanks", patterns=("thank you",)),))
    >>> turns = pd.DataFrame({"activity": "m", "turn": ["1", "2"], "speaker": ["A", "B"], "text": ["Thank, uh, you!", ""]})
    >>> suggest(turns, book)[["turn", "code", "layer", "basis"]].to_string(index=False, header=False)
    '1 thanks rules words: Thank, uh, you'
    """
    return _suggestions(turns, codebook, _readings(as_arrays(turns), codebook, model))


def suggest_rows(
    meetings: Iterable[pd.DataFrame], codebook: Codebook, *, model: TrainedCoder | None = None
) -> Iterator[pd.DataFrame]:
    """Suggest codes and links meeting by meeting, so that memory stays that of one meeting.

    Parameters
    ----------
    meetings
        Work tables ``turns``, as from :func:`~nicmethods.coder.stream.meetings`.
    codebook
        The codes.
    model
        A trained coder.

    Yields
    ------
    pandas.DataFrame
        For each table, one row a suggested code (``label``, no ``reply_to``) or link (``reply_to``, no ``label``):
        columns ``meeting_id``, ``turn_id``, ``label``, ``score``, ``reply_to``, ``basis``.
    """
    for turns in meetings:
        readings = _readings(as_arrays(turns), codebook, model)
        codes = _suggestions(turns, codebook, readings)
        codes = codes.assign(label=codes["code"], reply_to=None, basis=codes["layer"] + ": " + codes["basis"])
        links = likely_links(_link_table(turns, readings[0][1])).assign(label=None)
        rows = pd.concat([codes, links], ignore_index=True).rename(
            columns={"activity": "meeting_id", "turn": "turn_id"}
        )
        yield rows[["meeting_id", "turn_id", "label", "score", "reply_to", "basis"]]


def _readings(arrays: TurnArrays, codebook: Codebook, model: TrainedCoder | None) -> list[Reading]:
    """What the trained coder, if any, and the starting coder make of the turns; and which meetings each does not know."""
    lost = sorted(set(model.codes) - set(codebook.ids)) if model else []
    if lost:
        raise MeasureError(
            f"The model learned {', '.join(map(repr, lost))}, for which codebook '{codebook.id}' has no place. Add to its codes: "
            + " ".join(f"- {{id: {code}, name: {code.replace('_', ' ').capitalize()}}}" for code in lost)
            + ", or train with --codebook."
        )
    coders: list[Coder] = [model, starting_coder()] if model else [starting_coder()]
    found = []
    for coder in coders:
        ground = meeting_grounds(arrays, coder.ground)["ground"].to_numpy()
        found.append((coder.layer, coder.assess(arrays), (ground == OTHER)[arrays.meeting]))
    return found


def _suggestions(turns: pd.DataFrame, codebook: Codebook, readings: list[Reading]) -> pd.DataFrame:
    found = [rule_matches(turns, codebook).assign(layer="rules", rank=len(codebook.codes))]
    taken: set[str] = set()
    for layer, reading, is_lost in readings:
        codes = [code for code in reading.codes if code in codebook.ids and code not in taken]
        found += [_coder_rows(reading, code, is_lost).assign(layer=layer) for code in codes]
        taken.update(codes)
    rows = pd.concat([*found[1:], found[0]], ignore_index=True).drop_duplicates(["row", "code"])
    order = {code: i for i, code in enumerate(codebook.ids)}
    rows = rows.assign(order=rows["code"].map(order)).sort_values(["row", "order"])
    at = turns[["activity", "turn"]].iloc[rows["row"].to_numpy(np.intp)].reset_index(drop=True)
    whole = pd.concat([at, rows.reset_index(drop=True)], axis=1).assign(status="open", by=None)
    return conform(whole, WORK_TABLES["suggestions"])


def _coder_rows(reading: Assessment, code: str, is_lost: Flags) -> pd.DataFrame:
    """One row a turn that a coder suggests, with the features that spoke most for it."""
    told, arrays = reading.codes[code], reading.links.arrays
    said = np.flatnonzero(told.suggested & (arrays.n_words > 0))
    score = np.where(is_lost, np.nan, told.probability)[said]
    rows = {"row": arrays.order[said], "code": code, "score": score, "basis": list(map(told.reason, said.tolist()))}
    return pd.DataFrame(rows).astype({"code": "str", "basis": "str"})


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
        see :func:`likely_links`. A turn whose
        speaker is unknown is never set against another such turn; a meeting with one speaker has no links.
    """
    return _link_table(turns, (model or starting_coder()).assess(as_arrays(turns)))


def likely_links(links: pd.DataFrame) -> pd.DataFrame:
    """The links that are worth showing: below, the turn likely answers nothing."""
    return links[links["score"] >= starting_coder().least_reply]


def _link_table(turns: pd.DataFrame, reading: Assessment) -> pd.DataFrame:
    """The likeliest target of each turn as the work table ``links``."""
    arrays, pairs = reading.links.arrays, reading.links.pairs
    best = likeliest(arrays, pairs, reading.links.probability)
    turn, (named, asks) = pairs.turn[best], (reading.pair_features[name][best] > 0 for name in ("named", "target_asks"))
    basis = np.select([named, asks], ["named", "answered"], "adjacent")
    found = pd.DataFrame(
        {"row": turn, "target": pairs.target[best], "score": reading.reply_probability[turn], "basis": basis}
    )
    quoted = _quoted_targets(arrays) | _stated_targets(turns, arrays)
    if quoted:
        given = pd.DataFrame({"row": list(quoted), "target": list(quoted.values()), "score": 1.0, "basis": "named"})
        found = pd.concat([given, found]).drop_duplicates("row").sort_values("row")
    at = turns[["activity", "turn"]].iloc[arrays.order[found["row"]]].reset_index(drop=True)
    links = found[["score", "basis"]].reset_index(drop=True)
    reply_to = turns["turn"].to_numpy()[arrays.order[found["target"]]]
    return conform(pd.concat([at, links], axis=1).assign(reply_to=reply_to), WORK_TABLES["links"])


def _quoted_targets(arrays: TurnArrays) -> dict[int, int]:
    """Chat messages that begin ``Replying to "..."`` -> the latest earlier turn that begins with what is quoted."""
    found = {}
    for turn, said in enumerate(arrays.text):
        quoted = _QUOTED.match(said) if said.lstrip().startswith("replying to") else None
        start = quoted.group(1).strip() if quoted else ""
        earlier = range(turn - 1, -1, -1) if start else ()
        for j in earlier:
            if arrays.meeting[j] == arrays.meeting[turn] and arrays.text[j].strip().startswith(start):
                found[turn] = j
                break
    return found


def _stated_targets(turns: pd.DataFrame, arrays: TurnArrays) -> dict[int, int]:
    """Turns of which the work table's ``quoted_turn`` says what they reply to -> that turn."""
    if "quoted_turn" not in turns:
        return {}
    activity, turn, quoted = (turns[column].to_numpy()[arrays.order] for column in ("activity", "turn", "quoted_turn"))
    number = {place: i for i, place in enumerate(zip(activity, turn, strict=True))}
    return {i: number[place] for i, place in enumerate(zip(activity, quoted, strict=True)) if place in number}
