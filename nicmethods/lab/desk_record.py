"""What one coder coded and read of one activity, and who else did, from the files as they are now; and what each decision changes in them."""

from __future__ import annotations

import datetime as dt
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.case.as_coded import keep_as_coded
from nicmethods.case.checks import check_codings
from nicmethods.case.coverage import NOT_CODERS
from nicmethods.case.names import names_of
from nicmethods.case.published import public_codings
from nicmethods.coding.review import decide, renewed
from nicmethods.coding.settling import settle
from nicmethods.errors import NicmethodsError, Problem
from nicmethods.lab.sheet import Edit, Shelf, signature_of
from nicmethods.tables import CASE_TABLES, WORK_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nicmethods.case.folder import Case
    from nicmethods.case.names import Found
    from nicmethods.lab.sheet import Signature

__all__ = ["DETAILS", "Record", "RefusedError", "ranges_of"]

DETAILS = ("addressee", "seeker", "helper", "reply_to", "memo")
"""What a coder may note of a coding."""

_SPAN = ("start_char", "end_char")


class RefusedError(NicmethodsError):
    """Something that cannot be done at the desk, with the reason."""


class Record:
    """The files of a case as one coder at one activity needs them.

    Parameters
    ----------
    case, activity, coder
        What is coded, by whom.
    turns
        Ids of the activity's turns, in order.
    """

    def __init__(self, case: Case, activity: str, *, coder: str, turns: Sequence[str]) -> None:
        self.case, self.activity, self.coder, self.turns = case, activity, coder, turns
        self.shelf = Shelf(case.path, self._problems)
        self._talk = self._talk_now()
        for stem in (coder, *NOT_CODERS):
            self.shelf.read_sheet(stem)

    @property
    def title(self) -> str:
        """Name of the activity for people."""
        row = self.case.activities.set_index("activity").loc[self.activity]
        return " · ".join(str(part) for part in (self.activity, row["title"]) if pd.notna(part))

    def rows(self, stem: str, **where: str) -> list[Mapping[str, str]]:
        """Rows of a file in which these cells stand."""
        return [row for row in self.shelf.read_sheet(stem).records if where.items() <= row.items()]

    def mine(self) -> list[Mapping[str, str]]:
        """Rows of the coder's file for the activity."""
        return self.rows(self.coder, activity=self.activity)

    def codes_by_turn(self) -> dict[str, list[str]]:
        """Names of the coder's codes for each turn that has any."""
        names = {code.id: code.name for code in self.case.codebook.codes}
        found: dict[str, list[str]] = {}
        for row in self.mine():
            found.setdefault(row["turn"], []).append(names.get(row["code"], row["code"]))
        return {turn: list(dict.fromkeys(codes)) for turn, codes in found.items()}

    def marks(self) -> dict[str, list[dict[str, Any]]]:
        """The coder's codings by turn: code, notes and span as in the file, and where the span lies in what is shown."""
        rows, spans = self.mine(), self._shown_spans()
        found: dict[str, list[dict[str, Any]]] = {}
        for place, row in enumerate(rows):
            mark = {key: row[key] for key in ("code", "start_char", "end_char", *DETAILS) if key in row}
            found.setdefault(row["turn"], []).append(mark | spans.get(place, {}))
        return found

    def _shown_spans(self) -> dict[int, dict[str, int]]:
        """Row -> where its span lies in the text with pseudonyms."""
        rows = {place: dict(row) for place, row in enumerate(self.mine()) if "start_char" in row}
        if not rows:
            return {}
        table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=CASE_TABLES["codings"].names)
        ends = {key: pd.to_numeric(table[key]).astype("Int64") for key in ("start_char", "end_char")}
        moved = public_codings(self.case, table.assign(**ends))
        places = zip(moved.index, moved["start_char"], moved["end_char"], strict=True)
        return {place: {"shown_start": int(start), "shown_end": int(end)} for place, start, end in places}

    def span_in_file(self, turn: str, start: int, end: int) -> dict[str, str]:
        """Say where a part of the text that is shown lies in the turn as it was said.

        Parameters
        ----------
        turn
            The turn.
        start, end
            The part in the text with pseudonyms, in code points, end exclusive.

        Returns
        -------
        dict
            ``start_char`` and ``end_char`` as a file of codings has them; a part that cuts a pseudonym takes in the whole
            name. Empty for the whole turn.

        Raises
        ------
        RefusedError
            If there is no such part.
        """
        talk = self.case.turns
        text = str(talk.loc[(talk["activity"] == self.activity) & (talk["turn"] == turn), "text"].iloc[0])
        names = list(names_of(self.case.roster, self.case.people).find(text))
        first, last = _as_said(names, start, is_end=False), _as_said(names, end, is_end=True)
        if not 0 <= first < last <= len(text):
            raise RefusedError(f"turn {turn} has no characters {start} to {end}. Mark a part of its text.")
        return {} if (first, last) == (0, len(text)) else {"start_char": str(first), "end_char": str(last)}

    def table_of(self, coder: str) -> pd.DataFrame:
        """Work table ``codings`` of one coder for the activity."""
        table = self.shelf.read_table(coder)
        return table[table["activity"] == self.activity].assign(coder=coder)[WORK_TABLES["codings"].names]

    def read_by(self, coder: str) -> set[int]:
        """Positions of the turns that a coder read, counted from 0; without a list, all if the coder coded any."""
        return self._read(coder, self.activity, self.turns)

    def _read(self, coder: str, activity: str, turns: Sequence[str]) -> set[int]:
        if not self.shelf.read_sheet("coverage").records:
            return set(range(len(turns))) if self.rows(coder, activity=activity) else set()
        return _positions(self.rows("coverage", coder=coder, activity=activity), turns)

    def others(self) -> list[str]:
        """Coders who read a turn that the one at the desk read; without those whose codings are a spreadsheet."""
        read = self.read_by(self.coder)
        rows = self.shelf.read_sheet("coverage").records
        coders = {row["coder"] for row in rows} or {who for who, _ in self._all_coded()}
        elsewhere = {path.stem for path in self.shelf.folder.glob("*.xlsx")}
        return sorted(who for who in coders - {self.coder, *NOT_CODERS, *elsewhere} if read & self.read_by(who))

    def coverage_of(self, coders: Iterable[str]) -> pd.DataFrame:
        """Work table ``coverage`` of coders for the activity."""
        return _coverage((who, self.activity, self.read_by(who)) for who in coders)

    def judged(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Work tables ``codings`` and ``coverage`` of the coder at the desk for the whole case."""
        codings = self.shelf.read_table(self.coder).assign(coder=self.coder)
        talks = self.case.turns.sort_values("position").groupby("activity")["turn"]
        read = [(self.coder, str(name), self._read(self.coder, str(name), talk.tolist())) for name, talk in talks]
        return codings[WORK_TABLES["codings"].names], _coverage(read)

    def write_first_coverage(self) -> None:
        """Where there is no list of what was read yet, write down what counted as read without one; keep the turns coded."""
        keep_as_coded(self.case.path, self.case.turns, [self.activity])
        if not self.shelf.read_sheet("coverage").records:
            coded = [{"coder": who, "activity": what} for who, what in sorted(self._all_coded())]
            self.shelf.write_edits([Edit("coverage", None, row) for row in coded])

    def check_talk(self) -> None:
        """Stop if the transcript is not the one that is shown: its turns may have other numbers now.

        Raises
        ------
        RefusedError
            If its file changed since the desk was opened.
        """
        for name, signature in self._talk_now().items():
            if self._talk.get(name) != signature:
                raise RefusedError(f"transcripts/{name} was changed meanwhile. Load the case and open the desk again.")

    def news(self) -> str:
        """Say what somebody else did to the coder's file since it was last seen; empty if nothing."""
        before = self.shelf.last_seen(self.coder)
        if before is None or not self.shelf.is_changed(self.coder):
            return ""
        now = self.shelf.read_sheet(self.coder)
        more = sum(row not in before.records for row in now.records)
        fewer = sum(row not in now.records for row in before.records)
        rows = f"{more} new, {fewer} gone" if more or fewer else "the same rows"
        return f"codings/{self.coder}.csv was changed elsewhere ({rows}); you see it as it is now."

    # What decisions change.

    def coded(self, place: Mapping[str, str], *, on: bool) -> list[Edit]:
        """Put a code on a turn or take it off, with all that was noted of it; nothing where it is so already.

        Parameters
        ----------
        place
            ``activity``, ``turn`` and ``code``.
        on
            Whether the turn is to carry the code.
        """
        there = self.rows(self.coder, **place)
        if on:
            return [] if there else [Edit(self.coder, None, dict(place))]
        return [Edit(self.coder, row, None) for row in there]

    def noted(self, place: Mapping[str, str], detail: str, value: str) -> list[Edit]:
        """Note or blank one of :data:`DETAILS` of one coding.

        Parameters
        ----------
        place
            ``activity``, ``turn``, ``code`` and, for a coding of a part of the turn, ``start_char`` and ``end_char``.
        detail
            One of :data:`DETAILS`.
        value
            What to note; empty takes it away.

        Raises
        ------
        RefusedError
            If there is no such coding.
        """
        spans = [place.get(key) for key in _SPAN]
        for row in self.rows(self.coder, **place):
            if spans == [row.get(key) for key in _SPAN]:
                return self._with(row, detail, value)
        raise RefusedError(f"turn {place['turn']} does not carry '{place['code']}'. Code it first.")

    def linked(self, turn: str, to: str) -> list[Edit]:
        """Say of all codings of a turn which turn it answers; empty takes that away.

        Raises
        ------
        RefusedError
            If the turn carries no code: what it answers is kept with a coding.
        """
        there = self.rows(self.coder, activity=self.activity, turn=turn)
        if not there:
            raise RefusedError(f"turn {turn} carries no code of yours. Code it first: a reply is kept with a coding.")
        return [edit for row in there for edit in self._with(row, "reply_to", to)]

    def _with(self, row: Mapping[str, str], detail: str, value: str) -> list[Edit]:
        new = {key: cell for key, cell in row.items() if key != detail} | ({detail: value} if value else {})
        return [] if new == row else [Edit(self.coder, row, new)]

    def reading(self, places: Iterable[int]) -> list[Edit]:
        """Say that the coder read more turns; rows of another codebook are left alone.

        Parameters
        ----------
        places
            Positions that were read now, counted from 0.
        """
        codebook, here = self.case.codebook.id, {"coder": self.coder, "activity": self.activity}
        own = [row for row in self.rows("coverage", **here) if row.get("codebook", codebook) == codebook]
        before = _positions(own, self.turns)
        after = before | set(places)
        if after == before:
            return []
        here["codebook"], whole = codebook, [[0, len(self.turns) - 1]]
        ranges = ranges_of(after)
        new = [here | {"first_turn": self.turns[first], "last_turn": self.turns[last]} for first, last in ranges]
        new = [here] if ranges == whole else new
        changes = zip_longest([row for row in own if row not in new], [row for row in new if row not in own])
        return [Edit("coverage", old, now) for old, now in changes]

    def decided(self, fresh: pd.DataFrame, places: Sequence[Mapping[str, str]], *, accept: bool) -> list[Edit]:
        """Keep what the coder makes of suggestions; the first time, all of them are kept, undecided, at once.

        Analyses take what a case keeps for all there is.

        Parameters
        ----------
        fresh
            Suggestions made now, of the whole case.
        places
            ``activity``, ``turn`` and ``code`` of each.
        accept
            Whether they are accepted.

        Raises
        ------
        MeasureError
            If somebody decided one already, or it is not suggested.
        """
        if not self.shelf.read_sheet("suggestions").records:
            self.shelf.write_edits([Edit("suggestions", None, row) for row in _cells(fresh)])
        kept, turns = self.shelf.read_table("suggestions"), [place["turn"] for place in places]
        table = renewed(kept[kept["turn"].isin(turns)], fresh[fresh["turn"].isin(turns)])
        for place in places:
            table = decide(table, **place, accept=accept, by=self.coder)
        edits = []
        for place in places:
            now = next(row for row in _cells(table) if place.items() <= row.items())
            old = next(iter(self.rows("suggestions", **place)), None)
            edits.append(Edit("suggestions", old, {**(old or now), "status": now["status"], "by": self.coder}))
        return edits

    def followed(self, place: Mapping[str, str], *, on: bool) -> list[Edit]:
        """Let the coder's own earlier decision on a suggestion follow a change of mind about the coding."""
        was, now = ("refused", "accepted") if on else ("accepted", "refused")
        rows = self.rows("suggestions", **place, by=self.coder, status=was)
        return [Edit("suggestions", row, {**row, "status": now}) for row in rows]

    def settled(self, place: Mapping[str, str], *, present: bool, by: str, reason: str) -> list[Edit]:
        """Settle one disagreement today; see :func:`nicmethods.coding.settling.settle`."""
        today = dt.date.today()
        settle(self.shelf.read_table("adjudicated"), **place, present=present, by=by, decided=today, reason=reason)
        said = {"present": "yes" if present else "no", "decided": today.isoformat(), "by": by, "reason": reason}
        return [Edit("adjudicated", None, dict(place) | said)]

    # What the files are held against.

    def _talk_now(self) -> dict[str, Signature]:
        row = self.case.activities.set_index("activity").loc[self.activity]
        files = [row[column] for column in ("transcript", "chat") if pd.notna(row[column])]
        return {str(name): signature_of(self.case.path / "transcripts" / str(name)) for name in files}

    def _all_coded(self) -> set[tuple[str, str]]:
        coded = set(self.case.codings[["coder", "activity"]].itertuples(index=False, name=None))
        for path in sorted(self.shelf.folder.glob("[!.~]*.csv")):
            if path.stem not in NOT_CODERS:
                coded |= {(path.stem, row["activity"]) for row in self.shelf.read_sheet(path.stem).records}
        return coded

    def _problems(self, stem: str, table: pd.DataFrame, name: str) -> list[Problem]:
        case = self.case
        if stem == "coverage":
            return _stray_ends(table, set(zip(case.turns["activity"], case.turns["turn"], strict=True)), name)
        rows = table.reindex(columns=CASE_TABLES["codings"].names) if stem == "suggestions" else table
        actors, activities = case.roster["actor"].tolist(), case.activities["activity"].tolist()
        return check_codings(rows, case.turns, case.codebook, actors, activities, name)


def _as_said(names: Sequence[Found], at: int, *, is_end: bool) -> int:
    """A place in the text with pseudonyms, in the text with names."""
    grown = 0
    for name in names:
        start, end = name.start + grown, name.start + grown + len(name.pseudonym)
        if at <= start:
            break
        if at < end:
            return name.end if is_end else name.start
        grown = end - name.end
    return at - grown


def _stray_ends(coverage: pd.DataFrame, turns: set[tuple[str, str]], name: str) -> list[Problem]:
    """Rows of coverage that begin or end at a turn that there is not."""
    return [
        Problem(
            "error",
            name,
            int(str(row)),
            end,
            turn,
            f"'{end}' is '{turn}', which is no turn of '{activity}'. Correct it.",
        )
        for end in ("first_turn", "last_turn")
        for row, activity, turn in coverage[["activity", end]].dropna().itertuples(name=None)
        if (activity, turn) not in turns
    ]


def _positions(rows: Iterable[Mapping[str, str]], turns: Sequence[str]) -> set[int]:
    """Positions, counted from 0, of the turns of an activity that rows of its coverage hold."""
    at = {turn: place for place, turn in enumerate(turns)}
    ends = [(at.get(row.get("first_turn", ""), 0), at.get(row.get("last_turn", ""), len(turns) - 1)) for row in rows]
    return {place for first, last in ends for place in range(first, last + 1)}


def ranges_of(positions: Iterable[int]) -> list[list[int]]:
    """Put positions together to ranges, both ends included.

    Examples
    --------
    >>> ranges_of({0, 1, 2, 7})
    [[0, 2], [7, 7]]
    """
    ranges: list[list[int]] = []
    for place in sorted(positions):
        if ranges and ranges[-1][1] == place - 1:
            ranges[-1][1] = place
        else:
            ranges.append([place, place])
    return ranges


def _coverage(read: Iterable[tuple[str, str, set[int]]]) -> pd.DataFrame:
    """Work table ``coverage`` of what coders read of activities, as positions counted from 0."""
    rows = [(who, what, first + 1, last + 1) for who, what, places in read for first, last in ranges_of(places)]
    names = ["coder", "activity", "first_position", "last_position"]
    return conform(pd.DataFrame(rows, columns=names).assign(basis="listed"), WORK_TABLES["coverage"])


def _cells(suggestions: pd.DataFrame) -> list[dict[str, str]]:
    """Cells that are not empty, as text, of each row."""
    rows = suggestions[WORK_TABLES["suggestions"].names].to_dict("records")
    return [{str(column): str(cell) for column, cell in row.items() if pd.notna(cell) and str(cell)} for row in rows]
