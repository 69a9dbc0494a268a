"""What the modes of the desk show beside the transcript: proposals to review, another coder's codings to compare, the turn that teaches most."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.case.people import pseudonymise
from nicmethods.coder.ground import known_ground, meeting_grounds, precision_here, precision_in_short
from nicmethods.coder.spot import recalibrated
from nicmethods.coder.suggest import likely_links, link, suggest
from nicmethods.coder.training import labelled_turns, next_to_code, train
from nicmethods.coder.turn_arrays import as_arrays
from nicmethods.coding.agreement import agreement_card, disagreements
from nicmethods.coding.settling import undecided
from nicmethods.errors import MeasureError
from nicmethods.tables.bundles import Coders

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nicmethods.coder.trained import TrainedCoder
    from nicmethods.lab.desk_record import Record
    from nicmethods.lab.sheet import Edit

__all__ = ["Comparison", "Proposals", "Teacher"]

_Shown = dict[str, Any]


_COEFFICIENTS = ("percent", "kappa_cohen", "alpha_nominal", "ac1_gwet", "specific_positive")
HONESTY = (
    "Scores are from meetings held out of learning, on turns that you judged. Turns that were chosen because they are doubtful "
    "are harder than ordinary talk, so the scores say how learning goes, not how well the machine would do on all of it."
)
_LEARN_EVERY = 10


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
        """What to write when suggestions are accepted or refused; see :meth:`Record.decided`."""
        return self._record.decided(self._suggestions, places, accept=accept)

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
        seen = [record.turns[place] for place in both]
        rows = codings[codings["coder"].eq(other) & codings["turn"].isin(seen)].drop_duplicates(["turn", "code"])
        theirs = rows.groupby("turn", sort=False)["code"].agg(list).to_dict()
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


class Teacher:
    """Ranks the turns of one activity and learns from all that one coder judged.

    Parameters
    ----------
    turns
        Work table ``turns`` of the whole case.
    activity
        The activity at the desk.
    codes
        Codes that matter.
    seed
        Draws the random turns and the meetings held out together.
    """

    def __init__(self, turns: pd.DataFrame, *, activity: str, codes: Sequence[str], seed: int) -> None:
        self._all, self._here = turns, turns[turns["activity"] == activity]
        self._codes, self._seed = list(codes), seed
        self._model: TrainedCoder | None = None
        self._order: list[tuple[str, str]] | None = None
        self._thread: threading.Thread | None = None
        self._outcome: tuple[int, TrainedCoder | str] | None = None
        self._n_taught = -_LEARN_EVERY
        self.history: list[dict[str, Any]] = []
        self.too_few: list[tuple[str, str]] = []

    @property
    def is_learning(self) -> bool:
        """Whether the coder is learning just now."""
        return self._thread is not None

    def view(self, n_left: int) -> dict[str, Any]:
        """Give what is to be shown: scores as they came, what is too few to say, and how to read them."""
        return {
            "history": list(self.history),
            "too_few": self.too_few,
            "is_learning": self.is_learning,
            "n_left": n_left,
            "honesty": HONESTY,
        }

    def next_turn(self, read: Collection[str]) -> tuple[str, str] | None:
        """Give the most instructive turn that is not read yet, and why it is; None if all are read."""
        if self._order is None:
            ranked = next_to_code(self._here, seed=self._seed, model=self._model, codes=self._codes)
            self._order = list(zip(ranked["turn"], ranked["chosen"], strict=True))
        why = {"random": "drawn at random", "uncertain": "here the machine is in doubt"}
        return next(((turn, why[chosen]) for turn, chosen in self._order if turn not in read), None)

    def learn(self, codings: pd.DataFrame, coverage: pd.DataFrame, *, now: bool = False) -> None:
        """Begin to learn from what a coder judged, if enough is new.

        Parameters
        ----------
        codings, coverage
            Work tables of the coder, of the whole case.
        now
            Whether to learn even if fewer than ten turns are new.
        """
        n_judged = int((coverage["last_position"] - coverage["first_position"] + 1).sum())
        if self._thread is not None or (n_judged - self._n_taught < _LEARN_EVERY and not now):
            return
        self._n_taught = n_judged
        taught = labelled_turns(self._all, codings, coverage)
        self._thread = threading.Thread(target=self._learn, args=(taught, n_judged), daemon=True)
        self._thread.start()

    def collect(self, *, wait: bool = False) -> bool:
        """Take what was learned meanwhile; True if there is something new."""
        if self._thread is None or (self._thread.is_alive() and not wait):
            return False
        self._thread.join()
        self._thread = None
        n_judged, found = self._outcome or (0, "learning failed; what you coded is safe")
        if isinstance(found, str):
            self.too_few = [("all", found)]
            return True
        self._model, self._order = found, None
        self.too_few = list(found.card["not_learned"].items())
        self.history.append({"n_judged": n_judged, "scores": _scores(found)})
        return True

    def _learn(self, taught: pd.DataFrame, n_judged: int) -> None:
        self._outcome = None
        try:
            self._outcome = n_judged, train(taught, seed=self._seed, codes=self._codes)
        except MeasureError as too_few:
            self._outcome = n_judged, str(too_few)


def _scores(model: TrainedCoder) -> list[dict[str, Any]]:
    """One row a code that was learned, for transcripts as they are written."""
    forms = model.card["codes"]
    found = forms.get("marked") or forms["plain"]
    rows = []
    for code, score in found.items():
        said = {name: f"{score[name]:.2f}" for name in ("precision", "recall", "kappa")}
        said["f1"] = f"{score['f1']:.2f} [{score['f1_low']:.2f}, {score['f1_high']:.2f}]"
        said["start"] = f"{score['start_f1']:.2f}" if "start_f1" in score else ""
        rows.append({"code": code, "n": score["n"], "n_coded": score["n_coded"], **said})
    return rows
