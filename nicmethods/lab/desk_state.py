"""The coding desk without a screen: what one coder sees of one activity, and what each action makes of it.

An action is a dict with ``do``; :meth:`Desk.apply` gives back what has to be shown anew. Everything that comes in is checked
as if a stranger had sent it, and nothing that a mode hides is ever given out.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cached_property, partialmethod
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from nicmethods.case.published import public_actors, public_turns
from nicmethods.errors import CaseError, NicmethodsError
from nicmethods.lab.desk_modes import Comparison, Proposals, Teacher
from nicmethods.lab.desk_record import DETAILS, Record, RefusedError, ranges_of
from nicmethods.lab.sheet import write_lock
from nicmethods.tables.saying import count_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nicmethods.case.codebook import Codebook
    from nicmethods.case.folder import Case
    from nicmethods.lab.sheet import Edit

__all__ = ["MODES", "DeskState", "Mode"]

Mode = Literal["blind", "review", "compare", "teach"]
MODES: dict[Mode, str] = {
    "blind": "no suggestions, nobody else's codings",
    "review": "with suggestions and proposed replies",
    "compare": "two codings side by side, of the turns that both read",
    "teach": "the turn that teaches most comes next",
}
_HOW: dict[Mode, str] = {
    "blind": "Click a turn, then: digits code it, r says read to here, ? lists all keys. Everything is saved at once.",
    "review": "Click the transcript, then: n goes to the next suggestion, Enter accepts, x refuses, ? lists all keys.",
    "compare": "Click the transcript, then: n goes to the next disagreement, y and x settle it, ? lists all keys.",
    "teach": "Code it with the digits, or not, then n: judged, next.",
}
_SEED = 1
_LONGEST = 10_000

Answer = dict[str, Any]


class DeskState:
    """One coder at one activity.

    Parameters
    ----------
    case
        The case. Talk, people and codebook are taken from it; codings are read from its folder each time they change.
    activity, coder
        What is coded, by whom; checked by :func:`nicmethods.lab.opening.desk`.
    mode
        One of :data:`MODES`.
    """

    def __init__(self, case: Case, activity: str, *, coder: str, mode: Mode = "blind") -> None:
        self.case, self.activity, self.coder = case, activity, coder
        self.mode: Mode = mode
        shown = public_turns(case)
        self.turns = _shown_turns(shown[shown["activity"] == activity].sort_values("position"))
        self.ids = [turn[0] for turn in self.turns]
        self.record = Record(case, activity, coder=coder, turns=self.ids)
        self._at = {turn: place for place, turn in enumerate(self.ids)}
        self._undo: list[tuple[list[Edit], str, str]] = []
        self._sent: Answer = {}
        self.say_waiting: Callable[[str], object] = lambda words: None
        self.proposals = Proposals(self.record)
        self.comparison = Comparison(self.record, seed=_SEED)

    def again(self) -> DeskState:
        """Sit down at the same desk once more: each screen is told what changed since it was told last."""
        return DeskState(self.case, self.activity, coder=self.coder, mode=self.mode)

    def apply(self, action: Mapping[str, Any]) -> Answer:
        """Do something and give what is to be shown anew.

        Parameters
        ----------
        action
            ``do`` and what belongs to it: ``open``, ``look``, ``mode`` (mode), ``other`` (coder), ``code`` (turn, code, on, perhaps shown_start and shown_end),
            ``accept`` and ``refuse`` (turn, perhaps code), ``link`` (turn, to), ``note`` (turn, code, perhaps start_char and
            end_char, detail, value), ``read`` (turn, perhaps alone), ``settle`` (turn, code, present, reason, by), ``next``
            (turn, step), ``search`` (text), ``learn``, ``undo``.

        Returns
        -------
        dict
            Parts that changed; ``said`` and ``went`` (``done`` or ``refused``) in words for the reader, ``at`` where to go.
        """
        do = str(action.get("do"))
        deed: Callable[[Mapping[str, Any]], Answer] | None = getattr(self, f"_do_{do}", None)
        try:
            news = [self.record.news(), self._taught()]
            if deed is None:
                raise RefusedError(f"the desk does not know '{do}'.")
            answer = deed(action)
            shown = self._parts()
        except (NicmethodsError, OSError) as error:
            return {"said": _sentence(error), "went": "refused"}
        said = " ".join(filter(None, [*news, answer.pop("said", "")]))
        changed = _changed_parts(self._sent if do != "open" else {}, shown)
        self._sent = shown
        return changed | answer | ({"said": said, "went": "done"} if said else {})

    # What does not write.

    def _do_open(self, action: Mapping[str, Any]) -> Answer:
        read = self.record.read_by(self.coder)
        first = next((turn for place, turn in enumerate(self.ids) if place not in read), self.ids[0])
        begun = f"On from turn {first}, the first that you have not read." if 0 < len(read) < len(self.ids) else ""
        lesson = {"at": first, "said": begun} | self._first_lesson()
        return {
            "turns": self.turns,
            "codes": _described_codes(self.case.codebook),
            "actors": _described_people(public_actors(self.case)),
            "title": self.record.title,
            "coder": self.coder,
            "modes": MODES,
            "at": action.get("turn") if action.get("turn") in self._at else lesson["at"],
            "said": self._welcome(lesson["said"]),
        }

    def _welcome(self, said: str) -> str:
        """What the mode is, where one is in it, and what to do first."""
        done = self.mode == "teach" and len(self.record.read_by(self.coder)) == len(self.ids)
        how = "" if done else _HOW[self.mode]
        trust = self.proposals.trust if self.mode == "review" else ""
        return " ".join(filter(None, [f"{self.mode.capitalize()}: {MODES[self.mode]}.", said, how, trust]))

    def _do_look(self, _: Mapping[str, Any]) -> Answer:
        return {}

    def _do_mode(self, action: Mapping[str, Any]) -> Answer:
        mode: Any = action.get("mode")
        if mode not in MODES:
            raise RefusedError(f"there is no mode '{mode}'.")
        if mode == "compare" and not self.record.others():
            raise RefusedError(
                "nobody else has read a turn that you have read. Say what you read (r) and wait for the other coder."
            )
        self.mode = mode
        answer = self._first_lesson()
        return answer | {"said": self._welcome(answer.get("said", ""))}

    def _do_other(self, action: Mapping[str, Any]) -> Answer:
        if action.get("coder") not in self.record.others():
            raise RefusedError(f"'{action.get('coder')}' has not read a turn that you have read.")
        self.comparison.other = str(action["coder"])
        return {"said": f"Compared with {action['coder']}."}

    def _do_search(self, action: Mapping[str, Any]) -> Answer:
        words = str(action.get("text", "")).casefold().strip()
        hits = [turn for turn, actor, _, text in self.turns if words and words in f"{actor} {text}".casefold()]
        return {"hits": hits, "said": f"{count_of(len(hits), 'turn')} found." if words else ""}

    def _do_learn(self, action: Mapping[str, Any]) -> Answer:
        if self.mode != "teach":
            raise RefusedError("learning belongs to the mode Teach.")
        self._learn(now=True)
        return {"said": "Learning; go on coding."}

    def _do_next(self, action: Mapping[str, Any]) -> Answer:
        if self.mode == "teach":
            return self._next_lesson(action)
        wanted, what = self._stops()
        if not wanted:
            return {"said": f"No {what} left."}
        here, places = self._at.get(str(action.get("turn")), -1), sorted(self._at[turn] for turn in wanted)
        if action.get("step") == -1:
            return {"at": self.ids[next((place for place in reversed(places) if place < here), places[-1])]}
        return {"at": self.ids[next((place for place in places if place > here), places[0])]}

    def _stops(self) -> tuple[set[str], str]:
        if self.mode == "review":
            return set(self.proposals.open_here()), "suggestion"
        if self.mode == "compare":
            rows = self.comparison.view()["disagreements"]
            return {row["turn"] for row in rows if row["settled"] is None}, "undecided disagreement"
        read = self.record.read_by(self.coder)
        return {turn for place, turn in enumerate(self.ids) if place not in read}, "unread turn"

    # What writes.

    def _first_lesson(self) -> Answer:
        if self.mode != "teach":
            return {}
        self._learn()
        return self._next_lesson({})

    def _next_lesson(self, action: Mapping[str, Any]) -> Answer:
        if action.get("turn") is not None:
            self._do_read({**action, "alone": True})
            self._learn()
        read = self.record.read_by(self.coder)
        found = self._teacher.next_turn({self.ids[place] for place in read})
        if found is None:
            return {"said": "You have judged every turn of this activity."}
        return {"at": found[0], "said": f"Turn {found[0]}: {found[1]}."}

    def _do_code(self, action: Mapping[str, Any]) -> Answer:
        self._not_comparing()
        place, on = self._coded_place(action), bool(action.get("on"))
        if action.get("shown_start") is not None:
            place |= self.record.span_in_file(place["turn"], int(action["shown_start"]), int(action["shown_end"]))
        with self._writing():
            edits = self.record.coded(place, on=on)
            if not edits:
                return {"said": f"{place['code']} was {'on' if on else 'off'} turn {place['turn']} already."}
            edits = [*self.record.reading([self._at[place["turn"]]]), *edits, *self._following(action, on=on)]
            return self._write(edits, place, f"{place['code']} {'on' if on else 'taken off'} turn {place['turn']}")

    def _decide(self, action: Mapping[str, Any], *, accept: bool) -> Answer:
        if self.mode != "review":
            raise RefusedError("suggestions are shown in the mode Review.")
        turn = self.ids[self._place(action)]
        open_here = [row["code"] for row in self.proposals.open_here().get(turn, [])]
        codes = [action["code"]] if action.get("code") else open_here
        if not codes:
            raise RefusedError(
                f"no code is suggested for turn {turn}. A proposed reply that nobody accepts counts for nothing; l chooses another."
            )
        places = [self._coded_place({"turn": turn, "code": code}) for code in codes]
        with self._writing():
            decided = self.proposals.decided(places, accept=accept)
            coded = [edit for place in places if accept for edit in self.record.coded(place, on=True)]
            edits = [*self.record.reading([self._at[turn]]), *coded, *decided]
            did = f"{', '.join(codes)} on turn {turn} {'accepted' if accept else 'refused'}"
            return self._write(edits, places[0], did)

    _do_accept = partialmethod(_decide, accept=True)
    _do_refuse = partialmethod(_decide, accept=False)

    def _following(self, action: Mapping[str, Any], *, on: bool) -> list[Edit]:
        """A suggested code that is put on counts as accepted; an earlier decision of one's own follows the coding."""
        place = self._coded_place(action)
        if on and self.mode == "review" and self.proposals.is_open(place["turn"], place["code"]):
            return self.proposals.decided([place], accept=True)
        return self.record.followed(place, on=on)

    def _do_link(self, action: Mapping[str, Any]) -> Answer:
        self._not_comparing()
        here, to = self._place(action), str(action.get("to") or "")
        self._earlier(here, to)
        turn = self.ids[here]
        with self._writing():
            answered = f"turn {to}" if to else "no turn"
            return self._write(self.record.linked(turn, to), {"turn": turn}, f"turn {turn} answers {answered}")

    def _do_note(self, action: Mapping[str, Any]) -> Answer:
        self._not_comparing()
        place = self._coded_place(action)
        place |= {key: str(action[key]) for key in ("start_char", "end_char") if action.get(key) is not None}
        detail, value = str(action.get("detail")), _cleaned(action.get("value"))
        if detail not in DETAILS:
            raise RefusedError(f"there is no '{detail}' to note of a coding.")
        if detail in ("addressee", "seeker", "helper") and value and value not in set(self.case.roster["actor"]):
            raise RefusedError(f"'{value}' is not in roster.csv. Choose an id of the roster.")
        if detail == "reply_to":
            self._earlier(self._at[place["turn"]], value)
        with self._writing():
            edits = self.record.noted(place, detail, value)
            return self._write(edits, place, f"{detail} of {place['code']} on turn {place['turn']}")

    def _do_read(self, action: Mapping[str, Any]) -> Answer:
        self._not_comparing()
        last, alone = self._place(action), bool(action.get("alone"))
        turn = self.ids[last]
        with self._writing():
            edits = self.record.reading(range(last if alone else 0, last + 1))
            said = self._write(edits, {"turn": turn}, f"turn {turn} read" if alone else f"read to turn {turn}")
            return said or {"said": f"Turn {turn} {'was' if alone else 'and all before it were'} read already."}

    def _do_settle(self, action: Mapping[str, Any]) -> Answer:
        if self.mode != "compare":
            raise RefusedError("disagreements are settled in the mode Compare.")
        place, present = self._coded_place(action), bool(action.get("present"))
        split = {(row["turn"], row["code"]) for row in self.comparison.view()["disagreements"]}
        if (place["turn"], place["code"]) not in split:
            raise RefusedError(f"you do not disagree about '{place['code']}' on turn {place['turn']}.")
        by, reason = _cleaned(action.get("by")), _cleaned(action.get("reason"))
        with self._writing():
            edits = self.record.settled(place, present=present, by=by, reason=reason)
            carries = "carries" if present else "does not carry"
            return self._write(edits, place, f"turn {place['turn']} {carries} {place['code']}, as settled")

    def _do_undo(self, action: Mapping[str, Any]) -> Answer:
        if not self._undo:
            raise RefusedError("there is nothing to undo since this desk was opened.")
        edits, did, turn = self._undo[-1]
        if any(edit.file != "adjudicated" for edit in edits):
            self._not_comparing()
        with self._writing():
            self.record.shelf.write_edits(edits)
        self._undo.pop()
        return {"said": f"Undone: {did}.", "at": turn}

    @contextmanager
    def _writing(self) -> Iterator[None]:
        self.record.check_talk()
        with write_lock(self.record.shelf.folder, lambda words: self.say_waiting(words)):
            self.record.write_first_coverage()
            yield

    def _write(self, edits: list[Edit], place: Mapping[str, str], did: str) -> Answer:
        if not edits:
            return {}
        self._undo.append((self.record.shelf.write_edits(edits), did, place["turn"]))
        return {"said": f"Saved: {did}."}

    # What actions may say.

    def _place(self, action: Mapping[str, Any]) -> int:
        turn = str(action.get("turn"))
        if turn not in self._at:
            raise RefusedError(f"there is no turn '{turn}' in {self.activity}.")
        return self._at[turn]

    def _coded_place(self, action: Mapping[str, Any]) -> dict[str, str]:
        turn, code = self.ids[self._place(action)], str(action.get("code"))
        if code not in self.case.codebook:
            raise RefusedError(f"there is no code '{code}' in codebook '{self.case.codebook.id}'.")
        return {"activity": self.activity, "turn": turn, "code": code}

    def _earlier(self, here: int, to: str) -> None:
        if to and self._at.get(to, here) >= here:
            raise RefusedError(f"turn {self.ids[here]} can only answer a turn before it, not '{to}'.")

    def _not_comparing(self) -> None:
        if self.mode == "compare":
            raise RefusedError(
                "while you compare, codings stay as they are. Settle the disagreement, or choose another mode."
            )

    # What is shown.

    def _parts(self) -> Answer:
        read = self.record.read_by(self.coder)
        parts: Answer = {"mode": self.mode, "read": ranges_of(read), "n_undo": len(self._undo)}
        parts |= {"compare": None, "teach": None}
        marks: dict[str, Answer] = {turn: {"mine": rows} for turn, rows in self.record.marks().items()}
        if self.mode == "review":
            for turn, rows in self.proposals.open_here().items():
                marks.setdefault(turn, {})["suggested"] = rows
            for turn, mark in marks.items():
                if turn in self.proposals.links and not any("reply_to" in row for row in mark.get("mine", [])):
                    mark["link"] = self.proposals.links[turn]
        elif self.mode == "compare":
            parts["compare"] = self.comparison.view()
            for turn, codes in parts["compare"]["theirs"].items():
                marks.setdefault(turn, {})["theirs"] = codes
        elif self.mode == "teach":
            parts["teach"] = self._teacher.view(len(self.ids) - len(read))
        return parts | {"marks": marks}

    # Lessons.

    @cached_property
    def _teacher(self) -> Teacher:
        return Teacher(self.case.turns, activity=self.activity, codes=self.case.codebook.ids, seed=_SEED)

    def _learn(self, *, now: bool = False) -> None:
        codings, coverage = self.record.judged()
        self._teacher.learn(codings, coverage, now=now)

    def _taught(self) -> str:
        learned = self.mode == "teach" and self._teacher.collect()
        return "The machine has learned from what you judged." if learned else ""


def _changed_parts(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Parts that are not as they were; of marks, the turns whose marks are not (None: they have none any more)."""
    parts = {name: part for name, part in now.items() if name != "marks" and before.get(name, ...) != part}
    old, new = before.get("marks", {}), now["marks"]
    marks = {turn: new.get(turn) for turn in [*old, *new] if old.get(turn) != new.get(turn)}
    return parts | ({"marks": marks} if marks else {})


def _cleaned(value: Any) -> str:
    """Give text as it may stand in a file: without control characters and outer blanks.

    Raises
    ------
    RefusedError
        If it is longer than 10,000 characters; nothing is cut off silently.
    """
    lines = ("" if value is None else str(value)).splitlines()
    kept = "\n".join("".join(c for c in line if c.isprintable()) for line in lines)
    if len(kept) > _LONGEST:
        raise RefusedError(f"that is {len(kept)} characters long; {_LONGEST} are the most. Shorten it.")
    return kept.strip()


def _sentence(error: Exception) -> str:
    """Say what went wrong, and that nothing was kept."""
    if isinstance(error, CaseError):
        faults = [p for p in error.problems if p.level == "error"]
        said = [f"{p.file}{'' if p.row is None else f' row {p.row}'}: {p.message}" for p in faults[:3]]
        more = f" And {count_of(len(faults) - 3, 'problem')} more." if len(faults) > 3 else ""
        return f"Not saved. {' '.join(said)}{more} Nothing is written until that is mended."
    if isinstance(error, OSError) and error.strerror:
        where = str(error.filename or "the file")
        where = f"the folder {where.removesuffix('/.lock')}" if where.endswith("/.lock") else where
        return f"Not saved: {where} cannot be written ({error.strerror})."
    return f"Not {'saved' if isinstance(error, OSError) else 'done'}: {error}"


def _clock(seconds: float) -> str:
    """Write a time as people read it.

    Examples
    --------
    >>> _clock(65.2), _clock(3725.0), _clock(float("nan"))
    ('1:05', '1:02:05', '')
    """
    if pd.isna(seconds):
        return ""
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"


def _shown_turns(turns: pd.DataFrame) -> list[list[str]]:
    """Give turn, actor (empty where unknown), time and text of each turn, in order.

    Parameters
    ----------
    turns
        Run table ``turns``: pseudonyms in the text.
    """
    columns = turns.assign(time=turns["start_s"].map(_clock))[["turn", "actor", "time", "text"]]
    return columns.astype("object").fillna("").astype("str").to_numpy().tolist()


def _described_codes(codebook: Codebook) -> list[dict[str, Any]]:
    """Give the codes with their definitions."""
    described = []
    for code in codebook.codes:
        parts = [["", code.definition], ["Use when", code.use_when], ["Not when", code.not_when]]
        parts += [["Example", example] for example in code.examples]
        described.append({"id": code.id, "name": code.name, "parts": [part for part in parts if part[1]]})
    return described


def _described_people(actors: pd.DataFrame) -> dict[str, str]:
    """Say of each person what the roster says without a name, as "teacher, Brook Elementary".

    Parameters
    ----------
    actors
        Run table ``actors``.
    """
    known = actors[["role", "site"]].astype("object")
    return {
        str(actor): ", ".join(str(part) for part in parts if pd.notna(part))
        for actor, parts in zip(actors["actor"], known.to_numpy(), strict=True)
    }
