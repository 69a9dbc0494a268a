"""Machine-suggested codes: the codebook's patterns, a starting coder, a trained coder. Never a coding until accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.coder.ground import OTHER, meeting_grounds
from nicmethods.coder.link import likely_links, link_table
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

__all__ = ["suggest", "suggest_rows"]


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
        links = likely_links(link_table(turns, readings[0][1])).assign(label=None)
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
        codes = [code for code in reading.probability if code in codebook.ids and code not in taken]
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
    probability = reading.probability[code]
    said = np.flatnonzero((probability >= reading.threshold[code]) & (reading.arrays.n_words > 0))
    basis = reading.reasons[code](said)
    rows = {
        "row": reading.arrays.order[said],
        "code": code,
        "score": np.where(is_lost, np.nan, probability)[said],
        "basis": basis,
    }
    return pd.DataFrame(rows).astype({"code": "str", "basis": "str"})
