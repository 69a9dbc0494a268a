"""What one table of a case says about another: ids that must exist, dates that must fit, answers that must agree."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable

    from nicmethods.case.codebook import Codebook
    from nicmethods.case.config import CaseConfig

__all__ = ["check_activities", "check_codings", "check_people", "check_roster", "check_ties", "known", "named_twice"]


def known(table: pd.DataFrame, column: str, ids: Collection[str], what: str, file: str) -> list[Problem]:
    """Find values of a column that are not among the ids they must come from.

    Parameters
    ----------
    table
        Table indexed by file row.
    column
        Column that holds ids; blanks are not looked at.
    ids
        Ids that exist.
    what
        Where they come from, as the end of a sentence (``"who is not in roster.csv"``).
    file
        File of the table.

    Returns
    -------
    list of Problem
        One error a row, with the nearest id where one is close.
    """
    if column not in table or table.empty:
        return []
    values = table[column].dropna()
    strangers = values[~values.isin(list(ids))]
    return [
        Problem(
            "error", file, _number(row), column, value, f"'{column}' is '{value}', {what}. {_mend(value, ids, what)}"
        )
        for row, value in strangers.items()
    ]


def _mend(value: str, ids: Collection[str], what: str) -> str:
    names = {str(name).casefold(): str(name) for name in ids}
    close = get_close_matches(value.casefold(), list(names), n=1, cutoff=0.6)
    nearest = f"Did you mean '{names[close[0]]}'?" if close and names[close[0]] != value else ""
    if what.startswith("who"):
        return f"Add the person or correct the id. {nearest}".rstrip()
    return f"Add it there or correct it here. {nearest}".rstrip()


_NOBODY = "who is not in roster.csv"


def _number(row: Hashable) -> int:
    """The file row behind an index label."""
    return int(str(row))


def check_roster(roster: pd.DataFrame, config: CaseConfig, file: str) -> list[Problem]:
    """Check dates of belonging, and that the site, role and hub attributes of case.yml exist."""
    problems = [
        Problem(
            "error", file, _number(row), "left", f"{person.left:%Y-%m-%d}",
            f"'{person.actor}' left ({person.left:%Y-%m-%d}) before joining ({person.joined:%Y-%m-%d}). Correct the dates.",
        )
        for row, person in roster[roster["left"] < roster["joined"]].iterrows()
    ]  # fmt: skip
    attributes = {"site": config.site, "role": config.role}
    for asked in {r.asked.within for r in config.relations if r.asked.within}:
        attributes[f"relations.asked.within ({asked})"] = {"site": config.site, "role": config.role}.get(asked, asked)
    for key, attribute in attributes.items():
        if attribute not in roster:
            problems.append(
                Problem("error", "case.yml", None, key, attribute,
                        f"'{key}' names '{attribute}', which is no column of {file}. Columns: {', '.join(map(str, roster.columns))}.")
            )  # fmt: skip
        elif roster[attribute].isna().any() and len(roster):
            blank = roster.index[roster[attribute].isna()]
            everyone = len(blank) == len(roster)
            who = (
                f"nobody has a '{attribute}'"
                if everyone
                else f"no '{attribute}' is known of {len(blank)} of {len(roster)}"
            )
            follows = (
                "they count neither as hub nor as member, and where they work counts as a school"
                if key == "role"
                else "pairs with them count neither as within nor as across"
            )
            message = f"{who}; {follows}."
            row = None if everyone else _number(blank[0])
            problems.append(Problem("warning", file, row, attribute, "", message))
    if config.role in roster:
        used = {role for roles in config.roles.values() for role in roles}
        spare = sorted(set(roster[config.role].dropna()) - used) if used else []
        problems += [
            Problem("warning", "case.yml", None, "roles", role, f"role '{role}' is in {file} but neither hub nor member. Add it to roles.")
            for role in spare
        ]  # fmt: skip
    twice = roster.loc[roster["actor"].str.casefold().duplicated(keep=False) & ~roster["actor"].duplicated(keep=False)]
    problems += [
        Problem("warning", file, _number(row), "actor", actor, f"'{actor}' differs from another id only by capitals; check that they are two people.")
        for row, actor in twice["actor"].items()
    ]  # fmt: skip
    return problems


def check_ties(
    ties: pd.DataFrame, actors: Collection[str], waves: Collection[str], relations: Collection[str], file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Check one file of ties; self-ties are dropped and listed.

    Returns
    -------
    tuple
        Ties without self-ties, and problems.
    """
    problems = known(ties, "source", actors, _NOBODY, file)
    problems += known(ties, "target", actors, _NOBODY, file)
    problems += known(ties, "wave", waves, "which is no wave of case.yml", file)
    problems += known(ties, "relation", relations, "which is no relation of case.yml", file)
    own = (ties["source"] == ties["target"]).fillna(False)
    problems += [
        Problem("warning", file, _number(row), "target", actor, f"{actor} names {actor}; the self-tie is dropped.")
        for row, actor in ties.loc[own, "source"].items()
    ]
    return ties[~own], problems


def named_twice(ties: pd.DataFrame, file: str = "") -> list[Problem]:
    """Find ties that stand a second time; the column ``file`` says where, else `file` does."""
    again = ties[ties.duplicated(["relation", "wave", "source", "target"])]
    return [
        Problem("error", tie.get("file", file), _number(row) or None, "target", tie["target"],
                f"{tie['source']} names {tie['target']} a second time in wave '{tie['wave']}'. Keep one row.")
        for row, tie in again.iterrows()
    ]  # fmt: skip


def check_people(people: pd.DataFrame, actors: Collection[str], file: str) -> list[Problem]:
    """Check that every alias stands for a person of the roster or for ?, and for one only."""
    problems = known(people, "actor", {*actors, "?", "-"}, _NOBODY, file)
    for alias, rows in people.groupby(people["alias"].str.strip().str.casefold()):
        meant = list(dict.fromkeys(rows["actor"]))
        if len(meant) > 1 and "?" not in meant:
            problems.append(
                Problem("error", file, _number(rows.index[-1]), "alias", str(rows["alias"].iloc[-1]),
                        f"'{rows['alias'].iloc[-1]}' stands for {' and for '.join(meant)}. Keep one, or write ? to leave it open.")
            )  # fmt: skip
        elif len(rows) > len(meant):
            problems.append(
                Problem("warning", file, _number(rows.index[-1]), "alias", str(alias), f"'{rows['alias'].iloc[-1]}' stands twice with the same meaning.")
            )  # fmt: skip
    return problems


def check_activities(
    activities: pd.DataFrame, attendance: pd.DataFrame, actors: Collection[str], files: tuple[str, str]
) -> list[Problem]:
    """Check attendance against activities and roster."""
    problems = known(attendance, "activity", set(activities["activity"]), f"which is not in {files[0]}", files[1])
    problems += known(attendance, "actor", actors, _NOBODY, files[1])
    unattended = set(activities["activity"]) - set(attendance["activity"]) if len(attendance) else set()
    problems += [
        Problem(
            "warning",
            files[1],
            None,
            "activity",
            activity,
            f"nobody is listed for '{activity}'; whoever spoke counts as present.",
        )
        for activity in activities["activity"]
        if activity in unattended
    ]
    return problems


def check_codings(
    codings: pd.DataFrame,
    turns: pd.DataFrame,
    codebook: Codebook,
    actors: Collection[str],
    activities: Collection[str],
    file: str,
) -> list[Problem]:
    """Check one coder's file against turns, codebook and roster."""
    problems = known(codings, "activity", activities, "which is not in activities.csv", file)
    problems += known(
        codings, "code", [code.id for code in codebook.codes], f"which is no code of codebook '{codebook.id}'", file
    )
    for column in ("addressee", "seeker", "helper"):
        problems += known(codings, column, actors, _NOBODY, file)
    lengths = turns.set_index(["activity", "turn"])["text"].str.len()
    in_activity = codings[codings["activity"].isin(list(activities))]
    for column in ("turn", "reply_to"):
        places = pd.MultiIndex.from_frame(in_activity[["activity", column]])
        stray = in_activity[~places.isin(lengths.index) & in_activity[column].notna().to_numpy()]
        problems += [
            Problem("error", file, _number(row), column, str(coding[column]),
                    f"'{column}' is '{coding[column]}', which is no turn of activity '{coding['activity']}'"
                    f"{_turn_range(turns, coding['activity'])}. Correct the turn.")
            for row, coding in stray.iterrows()
        ]  # fmt: skip
    problems += _check_speakers(codings, turns, file)
    return problems + (_check_spans(codings, lengths, file) if "start_char" in codings else [])


def _check_speakers(codings: pd.DataFrame, turns: pd.DataFrame, file: str) -> list[Problem]:
    """A request is spoken by its seeker and help by its helper; otherwise the turn or the person may be wrong."""
    said = turns.drop_duplicates(["activity", "turn"]).set_index(["activity", "turn"])["actor"]
    spoken = said.reindex(pd.MultiIndex.from_frame(codings[["activity", "turn"]])).to_numpy()
    problems = []
    for code, column in (("help_request", "seeker"), ("help_given", "helper")):
        other = (codings["code"] == code) & codings[column].notna() & pd.notna(spoken) & (codings[column] != spoken)
        problems += [
            Problem(
                "warning", file, _number(row), column, coding[column],
                f"'{column}' is '{coding[column]}', but turn {coding['turn']} of '{coding['activity']}' is spoken by "
                f"{said[coding['activity'], coding['turn']]}. Check the turn and the people.",
            )
            for row, coding in codings[other].iterrows()
        ]  # fmt: skip
    return problems


def _turn_range(turns: pd.DataFrame, activity: str) -> str:
    ids = turns.loc[turns["activity"] == activity, "turn"]
    return f" (it has {ids.iloc[0]} to {ids.iloc[-1]})" if len(ids) else " (it has no transcript)"


def _check_spans(codings: pd.DataFrame, lengths: pd.Series[int], file: str) -> list[Problem]:
    start, end = codings["start_char"], codings["end_char"]
    length = pd.Series(
        lengths.reindex(pd.MultiIndex.from_frame(codings[["activity", "turn"]])).to_numpy(), index=codings.index
    )
    faults: Iterable[tuple[pd.Series[bool], str]] = (
        (start.isna() != end.isna(), "has only one end; give both start_char and end_char, or neither"),
        (end <= start, "is empty or runs backwards; end_char is exclusive and must be larger"),
        ((end > length) | (start < 0), "lies outside the turn's text; correct the offsets"),
    )
    shown: Callable[[object], str] = lambda value: "" if pd.isna(value) else str(value)  # type: ignore[call-overload] # noqa: E731
    return [
        Problem("error", file, _number(row), "start_char", shown(start[row]), f"the span {shown(start[row])}-{shown(end[row])} {why}.")
        for wrong, why in faults
        for row in codings.index[wrong.fillna(False).astype(bool)]
    ]  # fmt: skip
