"""What the machine proposes for one activity: codes and replies, without what people decided already."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.case.people import pseudonymise
from nicmethods.coder.ground import known_ground, meeting_grounds, precision_here, precision_in_short
from nicmethods.coder.spot import recalibrated
from nicmethods.coder.suggest import likely_links, link, suggest
from nicmethods.coder.turn_arrays import as_arrays
from nicmethods.lab.desk_edits import decision_edits, kept_suggestions

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from nicmethods.lab.desk_record import Record
    from nicmethods.lab.sheet import Edit

__all__ = ["Proposals"]

_Shown = dict[str, Any]


class Proposals:
    """Suggestions and reply links, made when first asked for.

    Parameters
    ----------
    record
        The record of the coder at the desk.
    """

    def __init__(self, record: Record) -> None:
        self._record = record

    def open_here(self) -> dict[str, list[_Shown]]:
        """Give suggestions by turn, as they may be shown, that nobody decided and the coder has not coded."""
        record = self._record
        decided = [row for row in record.shelf.read_sheet("suggestions").records if row.get("status") != "open"]
        here = [row for row in decided if row["activity"] == record.activity]
        done = {(row["turn"], row["code"]) for row in [*here, *record.mine()]}
        left = {
            turn: [row for row in rows if (turn, row["code"]) not in done]
            for turn, rows in self._suggested_here.items()
        }
        return {turn: rows for turn, rows in left.items() if rows}

    def is_open(self, turn: str, code: str) -> bool:
        """Whether a code is suggested for a turn and waits for a decision."""
        return code in {row["code"] for row in self.open_here().get(turn, [])}

    def decided(self, places: Sequence[dict[str, str]], *, accept: bool) -> list[Edit]:
        """Give what to write when suggestions are decided; the first time, all of them are kept, undecided, at once.

        Parameters
        ----------
        places
            ``activity``, ``turn`` and ``code`` of each.
        accept
            Whether they are accepted.

        Raises
        ------
        MeasureError
            If somebody decided one already, or it is not suggested.
        """
        shelf = self._record.shelf
        if not shelf.read_sheet("suggestions").records:
            shelf.write_edits(kept_suggestions(self._suggestions))
        sheet, kept = shelf.read_sheet("suggestions"), shelf.read_table("suggestions")
        return decision_edits(sheet, kept, self._suggestions, places, accept=accept, by=self._record.coder)

    @cached_property
    def trust(self) -> str:
        """How far to trust what is suggested in the activity: what is strange about its talk, and the precision to expect."""
        case = self._record.case
        here = case.turns[case.turns["activity"] == self._record.activity]
        ground, reason = meeting_grounds(as_arrays(here), known_ground()).iloc[0]
        found = precision_here(case.turns, self._suggestions, case.codebook, spotcheck=case.spotcheck)
        return precision_in_short(found[found["ground"].eq(ground)].assign(reason=reason or None))

    @cached_property
    def links(self) -> dict[str, _Shown]:
        """The turn that each turn most likely answers; none where it likely answers nothing."""
        turns = self._record.case.turns
        rows = likely_links(link(turns[turns["activity"] == self._record.activity]))
        found = zip(rows["turn"], rows["reply_to"], rows["score"], rows["basis"], strict=True)
        return {turn: {"to": to, "score": round(float(score), 2), "basis": basis} for turn, to, score, basis in found}

    @cached_property
    def _suggestions(self) -> pd.DataFrame:
        return suggest(self._record.case.turns, self._record.case.codebook)

    @cached_property
    def _suggested_here(self) -> dict[str, list[_Shown]]:
        case = self._record.case
        rows = recalibrated(self._suggestions, case.spotcheck)[self._suggestions["activity"] == self._record.activity]
        basis = rows["layer"] + ": " + pseudonymise(rows["basis"], case.roster, case.people)
        found: dict[str, list[_Shown]] = {}
        for turn, code, score, why in zip(rows["turn"], rows["code"], rows["score"], basis, strict=True):
            shown = None if np.isnan(score) else round(float(score), 2)
            found.setdefault(str(turn), []).append({"code": code, "score": shown, "basis": why})
        return found
