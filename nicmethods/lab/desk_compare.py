"""Two codings side by side: on the turns that both coders read, and on no others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.coding.agreement import agreement_card, disagreements
from nicmethods.coding.settling import undecided
from nicmethods.tables.bundles import Coders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.lab.desk_record import Record

__all__ = ["Comparison"]

_COEFFICIENTS = ("percent", "kappa_cohen", "alpha_nominal", "ac1_gwet", "specific_positive")

_Shown = dict[str, Any]


class Comparison:
    """The coder at the desk and another one.

    Parameters
    ----------
    record
        The record of the coder at the desk.
    seed
        Of the bootstrap behind the agreement card.
    """

    def __init__(self, record: Record, *, seed: int) -> None:
        self._record, self._seed = record, seed
        self._made: tuple[str, _Shown] = ("", {})
        self.other = ""

    def view(self) -> _Shown:
        """Give both codings as the files have them now; made anew only where these changed.

        Returns
        -------
        dict
            ``other`` and the ``others`` to choose from. ``disagreements``: undecided ones first, each with ``turn``,
            ``code``, ``mine``, ``theirs`` (whether coded) and ``settled`` (None, or ``present``, ``by``, ``reason``);
            ``n_open`` of them are undecided. ``n_both``: turns that both read. ``theirs``: the other's codes on these.
            ``card``: agreement, a row a code.
        """
        record, others = self._record, self._record.others()
        if not others:
            return {"other": "", "others": [], "disagreements": [], "n_open": 0, "n_both": 0, "card": [], "theirs": {}}
        other = self.other if self.other in others else others[0]
        codings = pd.concat([record.table_of(record.coder), record.table_of(other)], ignore_index=True)
        coverage = record.coverage_of([record.coder, other])
        decisions = record.shelf.read_table("adjudicated")
        decisions = decisions[decisions["activity"] == record.activity]
        state = "".join(table.to_csv() for table in (codings, coverage, decisions))
        if state != self._made[0]:
            self._made = state, self._compared(codings, coverage, decisions, other)
        both = record.read_by(record.coder) & record.read_by(other)
        seen = {record.turns[place] for place in both}
        theirs: dict[str, list[str]] = {}
        for turn, code in codings.loc[codings["coder"] == other, ["turn", "code"]].drop_duplicates().to_numpy():
            if turn in seen:
                theirs.setdefault(str(turn), []).append(str(code))
        return self._made[1] | {"other": other, "others": others, "n_both": len(both), "theirs": theirs}

    def _compared(self, codings: pd.DataFrame, coverage: pd.DataFrame, decisions: pd.DataFrame, other: str) -> _Shown:
        meetings = self._record.case.meetings
        meetings = replace(meetings, turns=meetings.turns[meetings.turns["activity"] == self._record.activity])
        coders = Coders(codings=codings, coverage=coverage, decisions=decisions)
        split = disagreements(meetings, coders)
        left = set(undecided(meetings, coders)[["turn", "code"]].itertuples(index=False, name=None))
        said = decisions.set_index(["turn", "code"])[["present", "by", "reason"]].to_dict("index")
        rows = [
            {
                "turn": row["turn"],
                "code": row["code"],
                "mine": row[self._record.coder] == "yes",
                "theirs": row[other] == "yes",
                "settled": None if (row["turn"], row["code"]) in left else _decision(said[row["turn"], row["code"]]),
            }
            for row in split.to_dict("records")
        ]
        card = agreement_card(meetings, coders, seed=self._seed)
        order = sorted(rows, key=lambda row: row["settled"] is not None)
        return {"disagreements": order, "n_open": sum(row["settled"] is None for row in rows), "card": _card(card)}


def _decision(row: Mapping[Any, Any]) -> _Shown:
    return {"present": bool(row["present"]), "by": str(row["by"]), "reason": str(row["reason"])}


def _card(card: pd.DataFrame) -> list[_Shown]:
    """A row a code: n and each coefficient as people read it."""
    rows = []
    for code, part in card.groupby("code", sort=False):
        values = part.set_index("coefficient").to_dict("index")
        shown = {name: _with_interval(values[name]) for name in _COEFFICIENTS if name in values}
        notes = dict.fromkeys(said for note in part["note"].dropna() for said in note.split("; "))
        counts_first = "; ".join(sorted(filter(None, notes), key=lambda said: not said.startswith("coded by")))
        rows.append({"code": str(code), "n": int(part["n"].iloc[0]), "note": counts_first, **shown})
    return rows


def _with_interval(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["value"]):
        return "–"
    value, low, high = (round(row[part], 2) + 0.0 for part in ("value", "low", "high"))  # never -0.00
    return f"{value:.2f}" + ("" if pd.isna(row["low"]) else f" [{low:.2f}, {high:.2f}]")
