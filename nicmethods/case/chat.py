"""What a meeting leaves beside its recording: the chat, and the report on who was there.

Formats of Zoom. Chat and recording have clocks of their own, and only a person knows how far apart they are; without
that the chat stands behind the talk, without times.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.case.people import match_speakers
from nicmethods.case.speakers import clock_s
from nicmethods.errors import Problem
from nicmethods.files.textfiles import read_grid, read_text
from nicmethods.tables import WORK_TABLES, conform, empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

__all__ = ["attendance_of", "chat_turns", "is_chat", "join_chat", "parse_chat", "read_chat", "read_participants"]

MESSAGES = ["turn", "speaker", "time_s", "text", "reply_to", "row"]
REACTIONS = ["turn", "speaker", "reaction", "row"]
PARTICIPANTS = ["name", "joined", "left", "minutes", "row"]

_TIME = r"(\d{1,2}:\d\d:\d\d)"
_TABS = re.compile(rf"{_TIME}\t([^\t]*?):\t(.*)")
_FROM = re.compile(rf"{_TIME}\s+From\s+(.+?)(?:\s+to\s+(.+?))?\s*:(?:\s+(.*))?")
_REPLY = re.compile(r'Replying to "([^\n]*?)"(?:\n|:|$)\s*(.*)', re.DOTALL)
_REACTION = re.compile(
    r'(?:Reacted to "(?P<on>.*)" with (?P<what>.+)|Removed (?:a |an )?.+ reaction from ".*")', re.DOTALL
)
_EVERYBODY = re.compile(r"everyone|all panelists|hosts? and panelists|meeting group chat", re.IGNORECASE)
_CUT = re.compile(r"(\.\.\.|…)$")
_TIMES = ("%m/%d/%Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S")
_NAME_COLUMNS = ("name (original name)", "name", "participant")


def read_chat(path: Path, name: str) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Read a saved chat; see :func:`parse_chat`."""
    text, problems = read_text(path, name)
    messages, reactions, more = parse_chat(text or "", name)
    return messages, reactions, [*problems, *more] if text is not None else problems


def is_chat(text: str) -> bool:
    """Whether any line of a text begins a message as Zoom saves it."""
    return any(_TABS.fullmatch(line) or _FROM.fullmatch(line) for line in re.split("[\n\u2028\u2029]", text))


def parse_chat(text: str, name: str) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Cut a chat into messages and reactions.

    Parameters
    ----------
    text
        The chat as Zoom saves it: ``00:21:14<tab>Name:<tab>text`` or ``10:05:33 From Name to Everyone:`` with the text
        behind or below; lines without a time belong to the message above them.
    name
        How a person would name the file, for problems.

    Returns
    -------
    tuple
        ``messages``: ``turn`` (c1, c2, …), ``speaker``, ``time_s`` (seconds of the chat's clock), ``text``, ``reply_to``
        (the turn that *Replying to* quotes, blank where it is none or unknown), ``row`` in the file. ``reactions``, which
        are not talk: ``turn`` reacted to, ``speaker``, ``reaction``, ``row``; one taken back is left out of both. And the
        problems: lines above the first message, quotes of unknown messages, private messages, which are left out.
    """
    problems: list[Problem] = []
    messages: list[dict[str, Any]] = []
    reactions: list[dict[str, Any]] = []
    n_private = 0
    for row, time_s, speaker, to, said in _pieces(text, name, problems):
        reply, reaction = _REPLY.fullmatch(said), _REACTION.fullmatch(said)
        if to is not None and not _EVERYBODY.match(to):
            n_private += 1
        elif reaction is not None:
            if reaction["on"] is not None:
                on, what = _quoted(reaction["on"], messages), reaction["what"].strip().strip('"')
                reactions.append({"turn": on, "speaker": speaker, "reaction": what, "row": row})
        else:
            answered = _quoted(reply[1], messages) if reply else None
            if reply and answered is None:
                message = f"the message quoted as '{reply[1]}' is not in the chat above; whom it answers is not known."
                problems.append(Problem("warning", name, row, "", reply[1], message))
            told = {
                "turn": f"c{len(messages) + 1}",
                "speaker": speaker,
                "time_s": time_s,
                "reply_to": answered,
                "row": row,
            }
            messages.append(told | {"text": reply[2].strip() if reply else said})
    if n_private:
        message = f"{n_private} private messages are left out: they are not the meeting's talk."
        problems.append(Problem("warning", name, None, "", str(n_private), message))
    if not messages and not problems:
        message = "there is no message with a time in it. Save the chat as text again."
        problems.append(Problem("error", name, None, "", "", message))
    return _frame(MESSAGES, messages), _frame(REACTIONS, reactions), problems


def join_chat(turns: pd.DataFrame, messages: pd.DataFrame, *, activity: str, ahead_s: float | None) -> pd.DataFrame:
    """Put the messages of a chat among the turns of its meeting.

    Parameters
    ----------
    turns
        Work table, at least the meeting's turns; other activities are returned as they are.
    messages
        From :func:`parse_chat`, with ``actor`` where speakers are matched.
    activity
        The meeting.
    ahead_s
        Seconds that the chat's clock is ahead of the recording's, or None where that is not known.

    Returns
    -------
    pandas.DataFrame
        Work table ``turns``, positions counted anew. A message takes no time, stands before the first turn that starts
        after it, keeps its id (c1, …), its lines become one, and ``quoted_turn`` is
        what it replies to. Without ``ahead_s`` messages stand behind the talk and have no times. Coverage
        that counts positions has to be made after this.
    """
    table = WORK_TABLES["turns"]
    time_s = messages["time_s"] - (float("nan") if ahead_s is None else ahead_s)
    chat = pd.DataFrame(
        {
            "activity": activity, "turn": messages["turn"], "speaker": messages["speaker"], "actor": messages.get("actor"),
            "start_s": time_s, "end_s": time_s, "text": messages["text"].str.replace("\n", " "), "quoted_turn": messages["reply_to"],
            "order": time_s.fillna(float("inf")),
        }
    )  # fmt: skip
    talk = turns[turns["activity"] == activity].sort_values("position")
    talk = talk.assign(order=talk["start_s"].ffill().fillna(float("-inf")))
    both = pd.concat([chat, talk]) if ahead_s is not None else pd.concat([talk, chat])
    both = both.sort_values("order", kind="stable", ignore_index=True)
    both = both.assign(activity=activity, position=range(1, len(both) + 1))
    joined = pd.concat([turns[turns["activity"] != activity], both])
    return conform(joined, table)


def chat_turns(messages: pd.DataFrame, *, activity: str) -> pd.DataFrame:
    """Give a chat that is an activity of its own as turns, numbered from 1, on the chat's own clock.

    Parameters
    ----------
    messages
        From :func:`parse_chat`.
    activity
        The activity.

    Returns
    -------
    pandas.DataFrame
        Work table ``turns``; ``actor`` all missing until speakers are matched.
    """
    numbers = {column: messages[column].str.removeprefix("c") for column in ("turn", "reply_to")}
    return join_chat(empty(WORK_TABLES["turns"]), messages.assign(**numbers), activity=activity, ahead_s=0)


def read_participants(path: Path, name: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a participant report, with or without the meeting's block above it, with or without times.

    Parameters
    ----------
    path
        The csv file. E-mail addresses are not kept.
    name
        How a person would name it, for problems.

    Returns
    -------
    tuple
        ``name`` as displayed, ``joined`` and ``left`` (blank in reports of unique people), ``minutes``, ``row``; one row a
        row of the report. And the problems.
    """
    grid, problems = read_grid(path, name)
    rows = [] if grid is None else [(n, cells) for n, cells in enumerate(grid.rows, start=1) if any(cells)]
    headers = ([cell.casefold() for cell in cells] for _, cells in rows)
    told = ((at, cells) for at, cells in enumerate(headers) if _column(cells, *_NAME_COLUMNS) is not None)
    at, header = next((one for one in told if _minutes(one[1]) is not None), (0, None))
    if header is None:
        if grid is not None:
            message = "no columns 'Name (Original Name)' and 'Duration (Minutes)' were found. Export the participant report again."
            problems.append(Problem("error", name, None, "", "", message))
        return _frame(PARTICIPANTS, []), problems
    places = {
        "name": _column(header, *_NAME_COLUMNS), "minutes": _minutes(header),
        "joined": _column(header, "join time"), "left": _column(header, "leave time"),
    }  # fmt: skip
    found = []
    for number, cells in rows[at + 1 :]:
        values = {
            key: cells[place] if place is not None and place < len(cells) else "" for key, place in places.items()
        }
        found.append({"name": values["name"] or None, "row": number, "minutes": clock_minutes(values["minutes"])}
                     | {key: _moment(values[key]) for key in ("joined", "left")})  # fmt: skip
        for key in ("minutes", "name"):
            if found[-1][key] is None:
                message = f"'{key}' is '{values[key]}', which cannot be read; the row counts without it."
                problems.append(Problem("warning", name, number, key, values[key], message))
    return _frame(PARTICIPANTS, found), problems


def attendance_of(
    participants: pd.DataFrame, roster: pd.DataFrame, people: pd.DataFrame, *, activity: str, name: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Turn a participant report into attendance.

    Parameters
    ----------
    participants
        From :func:`read_participants`.
    roster, people
        Who is who; ``Name (Original Name)`` is tried as a whole and as its two parts.
    activity
        The meeting.
    name
        The report's file, for problems.

    Returns
    -------
    tuple
        Work table ``attendance``, one row a person: the time covered by their sessions where the report has times,
        otherwise their longest row, since two devices at once are no more time. And a warning for each name that is
        nobody's.
    """
    parts = participants["name"].str.extract(r"^(?P<shown>.*?)\s*\((?P<original>[^()]*)\)\s*$")
    actor = pd.Series(pd.NA, index=participants.index, dtype="str")
    problems: list[Problem] = []
    for spelling in (participants["name"], parts["shown"], parts["original"]):
        asked = pd.DataFrame({"speaker": spelling.where(actor.isna())})
        matched, unknown = match_speakers(asked, roster, people, name)
        actor = actor.fillna(matched["actor"])
        problems = problems or unknown
    lost = set(participants.loc[actor.isna(), "name"].dropna())
    kept = [problem for problem in problems if problem.value in lost]
    known = participants.assign(actor=actor).dropna(subset="actor")
    minutes = {person: _time_there(rows) for person, rows in known.groupby("actor")}
    rows = [
        {"activity": activity, "actor": person, "minutes": time, "basis": "listed"} for person, time in minutes.items()
    ]
    return conform(rows, WORK_TABLES["attendance"]), [_of_person(problem) for problem in kept]


def _pieces(text: str, name: str, problems: list[Problem]) -> Iterator[tuple[int, float | None, str, str | None, str]]:
    """Messages as (row, time, speaker, addressee, text), their lines put together."""
    current: list[Any] | None = None
    for row, line in enumerate(re.split("[\n\u2028\u2029]", text), start=1):
        tabs, said = _TABS.fullmatch(line), _FROM.fullmatch(line)
        if found := tabs or said:
            if current is not None:
                yield (*current[:4], "\n".join(current[4]).strip())
            to, words = (None, tabs[3]) if tabs else (found[3], found[4] or "")
            current = [row, clock_s(found[1]), found[2].strip(), to, [words]]
        elif current is not None:
            current[4].append(line.strip())
        elif line.strip():
            message = "the line stands above the first message and has no time; it is left out."
            problems.append(Problem("warning", name, row, "", line.strip()[:40], message))
    if current is not None:
        yield (*current[:4], "\n".join(current[4]).strip())


def _quoted(quote: str, messages: list[dict[str, Any]]) -> str | None:
    """The latest message above that begins with the quote, which may be cut off."""
    begin = _words(_CUT.sub("", quote.strip()))
    return next((m["turn"] for m in reversed(messages) if begin and _words(m["text"]).startswith(begin)), None)


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def _frame(columns: list[str], rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    kinds = (
        {"row": "int64"}
        | dict.fromkeys(("time_s", "minutes"), "float64")
        | dict.fromkeys(("joined", "left"), "datetime64[us]")
    )
    return pd.DataFrame(list(rows), columns=columns).astype({column: kinds.get(column, "str") for column in columns})


def _column(header: list[str], *names: str) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _minutes(header: list[str]) -> int | None:
    return next((place for place, cell in enumerate(header) if "duration" in cell), None)


def clock_minutes(written: str) -> float | None:
    """Read a duration: minutes as a number, or ``h:mm:ss``; None if it is neither.

    Examples
    --------
    >>> clock_minutes("75"), clock_minutes("1:15:30"), clock_minutes("a while")
    (75.0, 75.5, None)
    """
    seconds = clock_s(written)
    if seconds is None:
        return None
    return seconds / 60 if ":" in written else seconds


def _moment(written: str) -> pd.Timestamp | None:
    moments = (pd.to_datetime(written, format=form, errors="coerce") for form in _TIMES)
    return next((moment for moment in moments if not pd.isna(moment)), None)


def _time_there(rows: pd.DataFrame) -> float:
    """Minutes covered by a person's sessions, counted once where they overlap."""
    if rows[["joined", "left"]].isna().any(axis=None):
        return float(rows["minutes"].max())
    total, until = pd.Timedelta(0), pd.Timestamp.min
    for joined, left in rows[["joined", "left"]].sort_values("joined").itertuples(index=False):
        total += max(left - max(joined, until), pd.Timedelta(0))
        until = max(until, left)
    return float(total / pd.Timedelta(minutes=1))


def _of_person(problem: Problem) -> Problem:
    message = re.sub(r"^speaker ('.*') \(\d+ turns?\)", r"participant \1", problem.message)
    return Problem(problem.level, problem.file, problem.row, "name", problem.value, message)
