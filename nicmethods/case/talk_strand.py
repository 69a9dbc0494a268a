"""The talk strand of a case folder: activities, who was there, turns, and what people coded."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.case.as_coded import changed_since_coded
from nicmethods.case.chat import attendance_of, join_chat, read_chat, read_participants
from nicmethods.case.checks import check_activities, check_codings, known
from nicmethods.case.config import TableFile
from nicmethods.case.coverage import NOT_CODERS
from nicmethods.case.people import match_speakers, settled_by
from nicmethods.case.reader import Reader, file_of
from nicmethods.case.transcripts import SUFFIXES, read_transcript
from nicmethods.case.unread import unread_files
from nicmethods.tables import CASE_TABLES, WORK_TABLES, Table, conform, empty

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nicmethods.case.codebook import Codebook
    from nicmethods.case.config import CaseConfig
    from nicmethods.errors import Problem

__all__ = ["read_talk"]

_BESIDE = {"chat": ".chat.txt", "participants": ".participants.csv"}


def read_talk(
    reader: Reader, config: CaseConfig, codebook: Codebook, roster: pd.DataFrame, people: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Read the talk strand.

    Parameters
    ----------
    reader
        The case folder; problems are kept there.
    config
        Its case.yml.
    codebook
        The codebook that its codings use.
    roster, people
        Its people, and what their names are spelt like.

    Returns
    -------
    dict
        Work tables ``activities``, ``attendance``, ``turns``, ``codings``, ``coverage``, ``adjudicated`` and
        ``suggestions`` and ``spotcheck``.
    """
    actors = roster["actor"].tolist()
    activities = _read_activities(reader, config)
    ids = activities["activity"].tolist()
    files = (file_of("activities", config), file_of("attendance", config))
    turns = _read_turns(reader, activities, roster, people, files[0])
    attendance = reader.table("attendance", config.files.attendance)
    attendance = _read_reports(reader, activities, attendance, roster, people, files[0])
    reader.problems += check_activities(activities, attendance, actors, files)
    reader.problems += _unread(reader, config, activities)
    _say_undated(reader, activities, files[0])
    if not len(turns):
        reader.warn("transcripts/", "there are no transcripts: the report has no talk strand.")
    elif not len(attendance):
        reader.warn(files[1], "there is no attendance list: whoever spoke counts as present, and nobody else.")
    codings = {}
    books = _coding_files(reader)
    for coder, book in books.items():
        if coder not in ("coverage", "suggestions"):
            table = reader.table(f"codings/{coder}", book, declared=_codings_table(coder))
            name = book.path if book else f"codings/{coder}.csv"
            reader.problems += check_codings(table, turns, codebook, actors, ids, name)
            codings[coder] = table
    suggestions = reader.table("codings/suggestions", books.get("suggestions"), declared=WORK_TABLES["suggestions"])
    as_codings = suggestions.reindex(columns=CASE_TABLES["codings"].names)
    reader.problems += check_codings(as_codings, turns, codebook, actors, ids, "codings/suggestions.csv")
    coded = _together(codings)
    others = {"adjudicated": codings.get("adjudicated", empty(CASE_TABLES["adjudicated"])), "suggestions": suggestions}
    place = ["coder", "activity", "turn"]
    standing = pd.concat([coded[place], *(table.assign(coder=name)[place] for name, table in others.items())])
    named = activities.dropna(subset="transcript")
    transcripts = dict(zip(named["activity"], "transcripts/" + named["transcript"], strict=True))
    reader.problems += changed_since_coded(reader.path, turns, standing, transcripts)
    return {
        "activities": activities.reset_index(drop=True),
        "attendance": _attendance(attendance, turns),
        "turns": turns,
        "codings": coded,
        "coverage": _read_coverage(reader, coded, turns, ids, books.get("coverage"), codebook.ids),
        "adjudicated": codings.get("adjudicated", empty(CASE_TABLES["adjudicated"])).reset_index(drop=True),
        "suggestions": suggestions.reset_index(drop=True),
        "spotcheck": _spotcheck(reader, turns, codebook),
    }


def _spotcheck(reader: Reader, turns: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """What somebody judged of suggestions; the words of the sheet stay in the file."""
    declared = WORK_TABLES["spotcheck"]
    table = reader.table("spotcheck", declared=declared)
    there = set(turns[["activity", "turn"]].itertuples(index=False, name=None))
    for row in table.reset_index().to_dict("records"):
        if (row["activity"], row["turn"]) not in there:
            place = f"{row['activity']}/{row['turn']}"
            reader.error("spotcheck.csv", "there is no such turn. Draw a new sheet.", row=row["row"], value=place)
        if row["code"] not in codebook:
            message = f"codebook '{codebook.id}' has no such code."
            reader.error("spotcheck.csv", message, row=row["row"], field="code", value=row["code"])
    return table[declared.names].reset_index(drop=True)


def _coding_files(reader: Reader) -> dict[str, TableFile | None]:
    """The files in codings/ by stem, with their path where it is not ``<stem>.csv``."""
    files: dict[str, TableFile | None] = {}
    for path in _books(reader):
        name = f"codings/{path.name}"
        if path.stem in files:
            message = f"there is another file of codings called '{path.stem}'. Keep one of the two."
            reader.error(name, message, value=path.stem)
        else:
            files[path.stem] = None if path.name == f"{path.stem}.csv" else TableFile(path=name)
    return files


def _books(reader: Reader) -> list[Path]:
    return sorted(p for p in (reader.path / "codings").glob("[!.~]*") if p.suffix.lower() in (".csv", ".xlsx"))


def _codings_table(coder: str) -> Table:
    return CASE_TABLES["adjudicated" if coder == "adjudicated" else "codings"]


def _together(codings: dict[str, pd.DataFrame]) -> pd.DataFrame:
    parts = [table.assign(coder=coder) for coder, table in codings.items() if coder not in NOT_CODERS]
    names = WORK_TABLES["codings"].names
    return pd.concat([empty(WORK_TABLES["codings"]), *parts])[names].reset_index(drop=True)


def _read_activities(reader: Reader, config: CaseConfig) -> pd.DataFrame:
    """The declared activities; without a list, one meeting a transcript."""
    folder = reader.path / "transcripts"
    files_of_talk = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    inside = [path.relative_to(folder) for path in files_of_talk]
    inside.sort(key=lambda path: (path.with_suffix("").as_posix(), SUFFIXES.index(path.suffix.lower()), path.name))
    found = {
        path.as_posix(): path.stem for path in inside if not any(part.startswith((".", "~")) for part in path.parts)
    }
    beside = [name for name in found if name.endswith(tuple(_BESIDE.values()))]
    found = {name: stem for name, stem in found.items() if name not in beside}
    activities = reader.table("activities", config.files.activities)
    first: dict[str, str] = {}
    if not len(activities) and found and not (reader.path / file_of("activities", config)).exists():
        message = "there is no list of activities: each transcript counts as a meeting without a date."
        reader.warn("activities.csv", message)
        for name in found:
            first.setdefault(name.rpartition(".")[0], name)
        often = Counter(found[name] for name in first.values())
        ids = [found[name] if often[found[name]] == 1 else place.replace("/", "_") for place, name in first.items()]
        rows = pd.DataFrame({"activity": ids, "kind": "meeting", "transcript": list(first.values())})
        activities = conform(rows, CASE_TABLES["activities"]).rename_axis(index="row")
    files = {"transcript": {stem: name for name, stem in reversed(found.items())}}
    files |= {
        column: {name.rpartition("/")[2].removesuffix(end): name for name in beside if name.endswith(end)}
        for column, end in _BESIDE.items()
    }
    for column in files:
        activities[column] = activities[column].str.removeprefix("transcripts/")
    spare = {*found, *beside} - set(activities[list(files)].melt()["value"])
    for column, named in files.items():
        own = {activity: name for activity, name in named.items() if name in spare}
        activities[column] = activities[column].fillna(activities["activity"].map(own).astype("str"))
    for name in sorted(spare - set(activities[list(files)].melt()["value"])):
        message = "no activity in activities.csv names this transcript; it is not read. Add one."
        twin = first.get(name.rpartition(".")[0])
        if twin:
            message = f"it is called as '{twin}' is, which is read instead. Take one of the two away, or name both in activities.csv."
        reader.warn(f"transcripts/{name}", message)
    return activities


def _unread(reader: Reader, config: CaseConfig, activities: pd.DataFrame) -> list[Problem]:
    """Files of the case that nothing has read or spoken of."""
    mapped = (one for found in vars(config.files).values() for one in (found if isinstance(found, tuple) else [found]))
    tables = {one.path for one in mapped if one is not None}
    tables |= {f"{name}.{end}" for name in CASE_TABLES for end in ("csv", "xlsx")}
    books = {f"codings/{path.name}" for path in _books(reader)}
    talk = {f"transcripts/{name}" for column in ("transcript", *_BESIDE) for name in activities[column].dropna()}
    said = {problem.file for problem in reader.problems}
    return unread_files(reader.path, {"case.yml", "spotcheck.csv", *tables, *books, *talk, *said})


def _say_undated(reader: Reader, activities: pd.DataFrame, file: str) -> None:
    undated = activities.loc[activities["date"].isna(), "activity"]
    if len(undated):
        reader.warn(file, f"without a date, and so in no interval between waves: {', '.join(undated)}.", field="date")


def _named(
    reader: Reader, activities: pd.DataFrame, column: str, file: str
) -> Iterator[tuple[pd.Series[Any], str, Path]]:
    """The activities that have a file of a kind, with its name and where it is."""
    for row, activity in activities[activities[column].notna()].iterrows():
        name = f"transcripts/{activity[column]}"
        path = reader.locate(name, named_in=file, row=int(str(row)), field=column)
        if path is not None:
            yield activity, name, path


def _read_turns(
    reader: Reader, activities: pd.DataFrame, roster: pd.DataFrame, people: pd.DataFrame, file: str
) -> pd.DataFrame:
    turns = empty(WORK_TABLES["turns"])
    settled = settled_by(roster, people)
    heard: dict[str, str] = {}
    for activity, name, path in _named(reader, activities, "transcript", file):
        talk = reader.keep(read_transcript(path, name, settled, activity=activity["activity"], kind=activity["kind"]))
        turns = pd.concat([turns, reader.keep(match_speakers(talk, roster, people, name))])
        words = " ".join(re.findall(r"\w+", " ".join(talk["text"].fillna("")).casefold()))
        twin = heard.setdefault(words, name) if words else name
        if twin != name:
            message = f"it holds the same words as '{twin}', so everything counts twice. Keep one of the two."
            reader.warn(name, message)
    for activity, name, path in _named(reader, activities, "chat", file):
        messages, _, problems = read_chat(path, name)
        reader.problems += problems
        messages = reader.keep(match_speakers(messages, roster, people, name))
        turns = _with_chat(reader, turns, messages, activity, name)
    return turns[WORK_TABLES["turns"].names].reset_index(drop=True)


def _with_chat(
    reader: Reader, turns: pd.DataFrame, messages: pd.DataFrame, activity: pd.Series[Any], name: str
) -> pd.DataFrame:
    ahead_s = activity["chat_ahead_s"]
    taken = set(turns.loc[turns["activity"] == activity["activity"], "turn"]) & set(messages["turn"])
    if taken:
        message = f"turn '{min(taken)}' is in the transcript too; messages are numbered c1, c2, …. Rename the transcript's turns."
        reader.error(name, message, field="turn", value=min(taken))
        return turns
    if pd.isna(ahead_s):
        message = (
            f"{len(messages)} messages stand behind the talk, without times. Find one moment that is in both, and write "
            "into chat_ahead_s by how many seconds the chat's clock is ahead."
        )
        reader.warn(name, message, field="chat_ahead_s")
    return join_chat(turns, messages, activity=activity["activity"], ahead_s=None if pd.isna(ahead_s) else ahead_s)


def _read_reports(
    reader: Reader,
    activities: pd.DataFrame,
    listed: pd.DataFrame,
    roster: pd.DataFrame,
    people: pd.DataFrame,
    file: str,
) -> pd.DataFrame:
    """The list of who was there, and participant reports of meetings that it says nothing of."""
    parts = [listed]
    for activity, name, path in _named(reader, activities, "participants", file):
        if activity["activity"] in set(listed["activity"]):
            message = (
                f"the attendance list names people for '{activity['activity']}', so the report is not read. Keep one."
            )
            reader.warn(name, message, field="activity", value=activity["activity"])
            continue
        participants = reader.keep(read_participants(path, name))
        there = reader.keep(attendance_of(participants, roster, people, activity=activity["activity"], name=name))
        parts.append(there[listed.columns])
    return pd.concat(parts)


def _attendance(listed: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """Who was there: the list, and whoever spoke in an activity without one."""
    spoke = turns.loc[turns["actor"].notna() & ~turns["activity"].isin(listed["activity"]), ["activity", "actor"]]
    spoke = spoke.drop_duplicates().assign(minutes=float("nan"), basis="spoke")
    table = pd.concat([listed.assign(basis="listed"), spoke])
    return conform(table, WORK_TABLES["attendance"])


def _read_coverage(
    reader: Reader,
    codings: pd.DataFrame,
    turns: pd.DataFrame,
    activities: Sequence[str],
    book: TableFile | None,
    codes: Sequence[str],
) -> pd.DataFrame:
    """What each coder read, as positions; without a list, every activity that the coder coded in, whole."""
    file = book.path if book else "codings/coverage.csv"
    listed = reader.table("codings/coverage", book, declared=CASE_TABLES["coverage"])
    reader.problems += known(listed, "activity", activities, "which is not in activities.csv", file)
    had = listed["codes"].dropna().str.split(";").explode().str.strip()
    reader.problems += known(had[had != ""].to_frame("codes"), "codes", codes, "which is no code of the codebook", file)
    for row in listed.index[listed["chance"].le(0)]:
        reader.error(file, "'chance' is 0: what cannot be drawn was not read. Give the chance, or leave it empty.", row=int(str(row)), field="chance", value="0")  # fmt: skip
    spans = turns.groupby("activity")["position"].agg(first_position="min", last_position="max")
    if not len(listed):
        pairs = codings[["coder", "activity"]].drop_duplicates()
        if len(pairs):
            reader.warn(file, "there is no coverage list: every activity in which a coder coded counts as read whole.")
        found = pairs.merge(spans, left_on="activity", right_index=True, validate="many_to_one")
        return conform(found.assign(codebook=None, basis="inferred"), WORK_TABLES["coverage"])
    pairs = listed[["coder", "activity"]].drop_duplicates()
    unread = codings.merge(pairs, how="left", indicator=True, validate="many_to_one")
    for (coder, activity), rows in unread[unread["_merge"] == "left_only"].groupby(["coder", "activity"]):
        many = "1 coding" if len(rows) == 1 else f"{len(rows)} codings"
        message = (
            f"{coder} has {many} in '{activity}', which coverage does not say {coder} read. Add a row with coder {coder} "
            f"and activity {activity}, and with first_turn and last_turn if only a part was read."
        )
        reader.error(file, message, field="activity", value=str(activity))
    table = listed.merge(spans, left_on="activity", right_index=True, validate="many_to_one")
    position = turns.set_index(["activity", "turn"])["position"]
    for end in ("first", "last"):
        named = table[f"{end}_turn"].notna()
        places = pd.MultiIndex.from_frame(table.loc[named, ["activity", f"{end}_turn"]])
        at = position.reindex(places)
        for activity, turn in at.index[at.isna()]:
            message = f"'{end}_turn' is '{turn}', which is no turn of activity '{activity}'. Correct the turn."
            reader.error(file, message, field=f"{end}_turn", value=str(turn))
        table.loc[named, f"{end}_position"] = at.fillna(1).to_numpy()
    return conform(table.assign(basis="listed"), WORK_TABLES["coverage"])
