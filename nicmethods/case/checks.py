"""What one table of a case says about another: ids that must exist, dates that must fit, answers that must agree."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from nicmethods.case.codebook import Codebook
    from nicmethods.case.config import CaseConfig
    from nicmethods.errors import Level

__all__ = [
    "check_activities",
    "check_codings",
    "check_people",
    "check_roster",
    "check_ties",
    "known",
    "known_ids",
    "named_twice",
]


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
    if column not in table:
        return []
    strangers = table[table[column].notna() & ~table[column].isin(list(ids))]
    advice = [_mend(value, ids, what) for value in strangers[column]]
    return _each(strangers.assign(advice=advice), file, column, "'{column}' is '{value}', {what}. {advice}", what=what)


def _each(rows: pd.DataFrame, file: str, field: str, message: str, level: Level = "error", **words: str) -> list[Problem]:  # fmt: skip
    """A problem a row, about what stands in the column `field`; the message holds names of columns in braces."""
    problems = []
    for (row, value), held in zip(rows[field].items(), rows.to_dict("records"), strict=True):
        shown = "" if pd.isna(value) else str(value)
        said = message.format_map({**held, **words, "column": field, "value": shown})  # type: ignore[dict-item]
        problems.append(Problem(level, file, int(str(row)) or None, field, shown, said))
    return problems


def _mend(value: str, ids: Collection[str], what: str) -> str:
    names = {str(name).casefold(): str(name) for name in ids}
    close = get_close_matches(value.casefold(), list(names), n=1, cutoff=0.6)
    nearest = f"Did you mean '{names[close[0]]}'?" if close and names[close[0]] != value else ""
    advice = "Add the person or correct the id." if what.startswith("who") else "Add it there or correct it here."
    return f"{advice} {nearest}".rstrip()


_NOBODY = "who is not in roster.csv"


def check_roster(roster: pd.DataFrame, config: CaseConfig, file: str) -> list[Problem]:
    """Check dates of belonging, and that the site, role and hub attributes of case.yml exist."""
    backwards = roster.loc[roster["left"] < roster["joined"], ["actor", "joined", "left"]].astype("str")
    problems = _each(backwards, file, "left", "'{actor}' left ({left}) before joining ({joined}). Correct the dates.")
    own = {"site": config.site, "role": config.role}
    asked = {relation.asked.within for relation in config.relations if relation.asked.within}
    for key, attribute in {**own, **{f"relations.asked.within ({one})": own.get(one, one) for one in asked}}.items():
        if attribute not in roster:
            message = f"'{key}' names '{attribute}', which is no column of {file}. Columns: {', '.join(map(str, roster.columns))}."
            problems.append(Problem("error", "case.yml", None, key, attribute, message))
        elif roster[attribute].isna().any():
            blank = roster.index[roster[attribute].isna()]
            everyone = len(blank) == len(roster)
            who = f"nobody has a '{attribute}'" if everyone else f"no '{attribute}' is known of {len(blank)} of {len(roster)}"  # fmt: skip
            follows = "pairs with them count neither as within nor as across"
            if key == "role":
                follows = "they count neither as hub nor as member, and where they work counts as a school"
            row = None if everyone else int(blank[0])
            problems.append(Problem("warning", file, row, attribute, "", f"{who}; {follows}."))
    if config.role in roster:
        used = {role for roles in config.roles.values() for role in roles}
        spare = sorted(set(roster[config.role].dropna()) - used) if used else []
        problems += [
            Problem("warning", "case.yml", None, "roles", role, f"role '{role}' is in {file} but neither hub nor member. Add it to roles.")
            for role in spare
        ]  # fmt: skip
    twice = roster.loc[roster["actor"].str.casefold().duplicated(keep=False) & ~roster["actor"].duplicated(keep=False)]
    message = "'{value}' differs from another id only by capitals; check that they are two people."
    return problems + _each(twice[["actor"]], file, "actor", message, "warning")


def known_ids(
    table: pd.DataFrame, actors: Collection[str], waves: Collection[str], relations: Collection[str], file: str
) -> list[Problem]:
    """Find people, waves and relations of a table that the roster and case.yml do not know; see :func:`known`."""
    there = {
        **dict.fromkeys(("source", "target", "actor"), (actors, _NOBODY)),
        "wave": (waves, "which is no wave of case.yml"),
        "relation": (relations, "which is no relation of case.yml"),
    }
    return [problem for column, (ids, what) in there.items() for problem in known(table, column, ids, what, file)]


def check_ties(
    ties: pd.DataFrame, actors: Collection[str], waves: Collection[str], relations: Collection[str], file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Check one file of ties; self-ties are dropped and listed.

    Returns
    -------
    tuple
        Ties without self-ties, and problems.
    """
    problems = known_ids(ties, actors, waves, relations, file)
    own = (ties["source"] == ties["target"]).fillna(False)
    return ties[~own], problems + _each(
        ties[own], file, "target", "{value} names {value}; the self-tie is dropped.", "warning"
    )


def named_twice(ties: pd.DataFrame, file: str = "") -> list[Problem]:
    """Find ties that stand a second time; the column ``file`` says where, else `file` does."""
    again = ties[ties.duplicated(["relation", "wave", "source", "target"])]
    message = "{source} names {target} a second time in wave '{wave}'. Keep one row."
    files = again["file"] if "file" in again else [file] * len(again)
    return [replace(one, file=place) for one, place in zip(_each(again, "", "target", message), files, strict=True)]


def check_people(people: pd.DataFrame, actors: Collection[str], file: str) -> list[Problem]:
    """Check that every alias stands for a person of the roster or for ?, and for one only."""
    problems = known(people, "actor", {*actors, "?", "-"}, _NOBODY, file)
    for alias, rows in people.groupby(people["alias"].str.strip().str.casefold()):
        meant, last = list(dict.fromkeys(rows["actor"])), str(rows["alias"].iloc[-1])
        if len(meant) > 1 and "?" not in meant:
            message = f"'{last}' stands for {' and for '.join(meant)}. Keep one, or write ? to leave it open."
            problems.append(Problem("error", file, int(rows.index[-1]), "alias", last, message))
        elif len(rows) > len(meant):
            message = f"'{last}' stands twice with the same meaning."
            problems.append(Problem("warning", file, int(rows.index[-1]), "alias", str(alias), message))
    return problems


def check_activities(
    activities: pd.DataFrame, attendance: pd.DataFrame, actors: Collection[str], files: tuple[str, str]
) -> list[Problem]:
    """Check attendance against activities and roster."""
    problems = known(attendance, "activity", set(activities["activity"]), f"which is not in {files[0]}", files[1])
    problems += known(attendance, "actor", actors, _NOBODY, files[1])
    listed = {*attendance["activity"]}
    problems += [
        Problem("warning", files[1], None, "activity", one, f"nobody is listed for '{one}'; whoever spoke counts as present.")
        for one in activities["activity"] if listed and one not in listed
    ]  # fmt: skip
    return problems


def check_codings(
    codings: pd.DataFrame, turns: pd.DataFrame, codebook: Codebook, actors: Collection[str], activities: Collection[str], file: str
) -> list[Problem]:  # fmt: skip
    """Check one coder's file against turns, codebook and roster."""
    problems = known(codings, "activity", activities, "which is not in activities.csv", file)
    problems += known(codings, "code", codebook.ids, f"which is no code of codebook '{codebook.id}'", file)
    for column in ("addressee", "seeker", "helper"):
        problems += known(codings, column, actors, _NOBODY, file)
    lengths = turns.set_index(["activity", "turn"])["text"].str.len()
    in_activity = codings[codings["activity"].isin(list(activities))]
    for column in ("turn", "reply_to"):
        places = pd.MultiIndex.from_frame(in_activity[["activity", column]])
        stray = in_activity[~places.isin(lengths.index) & in_activity[column].notna().to_numpy()]
        stray = stray.assign(range=[_turn_range(turns, activity) for activity in stray["activity"]])
        message = "'{column}' is '{value}', which is no turn of activity '{activity}'{range}. Correct the turn."
        problems += _each(stray, file, column, message)
    problems += _check_speakers(codings, turns, file)
    return problems + (_check_spans(codings, lengths, file) if "start_char" in codings else [])


def _check_speakers(codings: pd.DataFrame, turns: pd.DataFrame, file: str) -> list[Problem]:
    """A request is spoken by its seeker and help by its helper; otherwise the turn or the person may be wrong."""
    said = turns.drop_duplicates(["activity", "turn"]).set_index(["activity", "turn"])["actor"]
    spoken = said.reindex(pd.MultiIndex.from_frame(codings[["activity", "turn"]])).to_numpy()
    spoken_by = codings.assign(spoken=spoken)
    problems = []
    for code, column in (("help_request", "seeker"), ("help_given", "helper")):
        other = (codings["code"] == code) & codings[column].notna() & pd.notna(spoken) & (codings[column] != spoken)
        message = "'{column}' is '{value}', but turn {turn} of '{activity}' is spoken by {spoken}. Check the turn and the people."
        problems += _each(spoken_by[other], file, column, message, "warning")
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
    spans = codings[["start_char", "end_char"]].astype("object").fillna("")
    return [
        problem
        for wrong, why in faults
        for problem in _each(spans[wrong.fillna(False).astype(bool)], file, "start_char", "the span {start_char}-{end_char} {why}.", why=why)
    ]  # fmt: skip
