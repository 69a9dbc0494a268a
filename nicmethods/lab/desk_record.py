"""What one coder coded and read of one activity, and who else did: from the files as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.case.as_coded import keep_as_coded
from nicmethods.case.checks import check_codings
from nicmethods.case.coverage import NOT_CODERS
from nicmethods.case.names import names_of
from nicmethods.case.published import public_codings
from nicmethods.errors import Problem
from nicmethods.lab.desk_edits import DETAILS, RefusedError, coverage_edits, inferred_coverage, positions_read
from nicmethods.lab.desk_view import ranges_of
from nicmethods.lab.shelf import Shelf, signature_of
from nicmethods.tables import CASE_TABLES, WORK_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nicmethods.case.folder import Case
    from nicmethods.case.names import Found
    from nicmethods.lab.sheet import Edit
    from nicmethods.lab.shelf import Signature

__all__ = ["Record"]


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

    def mine(self) -> list[Mapping[str, str]]:
        """Rows of the coder's file for the activity."""
        return [row for row in self.shelf.read_sheet(self.coder).records if row.get("activity") == self.activity]

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
        rows = self.shelf.read_sheet("coverage").records
        if not rows:
            coded = any(row.get("activity") == self.activity for row in self.shelf.read_sheet(coder).records)
            return set(range(len(self.turns))) if coded else set()
        here = {"coder": coder, "activity": self.activity}
        return positions_read([row for row in rows if here.items() <= row.items()], self.turns)

    def others(self) -> list[str]:
        """Coders who read a turn that the one at the desk read; without those whose codings are a spreadsheet."""
        read = self.read_by(self.coder)
        rows = self.shelf.read_sheet("coverage").records
        coders = {row["coder"] for row in rows} or {who for who, _ in self._all_coded()}
        elsewhere = {path.stem for path in self.shelf.folder.glob("*.xlsx")}
        return sorted(who for who in coders - {self.coder, *NOT_CODERS, *elsewhere} if read & self.read_by(who))

    def coverage_of(self, coders: Iterable[str]) -> pd.DataFrame:
        """Work table ``coverage`` of coders for the activity."""
        rows = [
            {"coder": who, "activity": self.activity, "first_position": first + 1, "last_position": last + 1}
            for who in coders
            for first, last in ranges_of(self.read_by(who))
        ]
        return _typed(pd.DataFrame(rows, columns=["coder", "activity", "first_position", "last_position"]), "coverage")

    def judged(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Work tables ``codings`` and ``coverage`` of the coder at the desk for the whole case."""
        codings = self.shelf.read_table(self.coder).assign(coder=self.coder)
        rows = self.shelf.read_sheet("coverage").records
        ranges = []
        for activity, talk in self.case.turns.sort_values("position").groupby("activity"):
            here = {"coder": self.coder, "activity": activity}
            own = [row for row in rows if here.items() <= row.items()]
            whole: list[Mapping[str, str]] = [{}] if not rows and activity in set(codings["activity"]) else []
            places = positions_read(own or whole, talk["turn"].tolist())
            ranges += [
                {**here, "first_position": first + 1, "last_position": last + 1} for first, last in ranges_of(places)
            ]
        return codings[WORK_TABLES["codings"].names], _typed(
            pd.DataFrame(ranges, columns=["coder", "activity", "first_position", "last_position"]), "coverage"
        )

    def write_first_coverage(self) -> None:
        """Where there is no list of what was read yet, write down what counted as read without one; keep the turns coded."""
        keep_as_coded(self.case.path, self.case.turns, [self.activity])
        if not self.shelf.read_sheet("coverage").records:
            self.shelf.write_edits(inferred_coverage(self._all_coded()))

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

    def reading(self, places: Iterable[int]) -> list[Edit]:
        """What to write into coverage for positions read now."""
        return coverage_edits(
            self.shelf.read_sheet("coverage"),
            places,
            coder=self.coder,
            activity=self.activity,
            codebook=self.case.codebook.id,
            turns=self.turns,
        )

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


def _typed(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = rows.assign(basis="listed") if name == "coverage" else rows
    return conform(rows, WORK_TABLES[name])
