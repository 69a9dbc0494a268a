"""Between REFI-QDA projects and the tables of a case: turns, codings, codebook.

A source holds one turn a line, ``actor: text``. A program's codings come back to the turns whose lines they touch. What
REFI-QDA has no field for (addressee, reply_to, seeker, helper) stands in the memo, one ``key: value`` a line.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from nicmethods.case.codebook import CODE_ID, Code, Codebook
from nicmethods.errors import CaseError, Problem
from nicmethods.exchange.refi import (
    CASES,
    CODES,
    CODINGS,
    REFERENCES,
    SOURCES,
    USERS,
    VALUES,
    RefiProject,
    frame,
    stable_guid,
)
from nicmethods.tables import WORK_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nicmethods.tables import Table

__all__ = ["codebook_from_refi", "codes_for_refi", "details_of", "refi_project", "slug", "tables_from_refi"]

_DETAILS = ("addressee", "reply_to", "seeker", "helper")
_DETAIL = re.compile(rf"({'|'.join(_DETAILS)}): (.+)")
_UNSAFE = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+|^[\s.]+|[\s.]+$|^$")
_PARTS = {"Use when": "use_when", "Not when": "not_when"}


class _Line(NamedTuple):
    """Where a turn's line and the turn's text in it begin, and where both end."""

    turn: str
    start: int
    text_start: int
    end: int


def refi_project(turns: pd.DataFrame, codings: pd.DataFrame, codebook: Codebook, *, name: str) -> RefiProject:
    """Put turns and codings in the form of a REFI-QDA project, one source an activity.

    Parameters
    ----------
    turns, codings
        Work tables. Lines name the ``actor``, never the speaker; texts are taken as they are, so give pseudonymised
        turns where the project leaves the team.
    codebook
        The codes; patterns are not carried.
    name
        Name of the project.

    Returns
    -------
    RefiProject
        For :func:`~nicmethods.exchange.refi.write_refi`.

    Raises
    ------
    CaseError
        If a coding names a code that is not in the codebook, or a turn that is not in the turns.
    """
    _check_places(turns, codings, codebook, name)
    coders = sorted(codings["coder"].unique())
    sources, rows = [], []
    for activity, talk in turns.sort_values(["activity", "position"]).groupby("activity"):
        text, lines = _source(talk)
        guid = stable_guid("source", name, str(activity))
        sources.append({"guid": guid, "name": activity, "text": text})
        places = {line.turn: line for line in lines}
        theirs = codings[codings["activity"] == activity].reset_index(drop=True)
        rows += [_coding(row, places[row.turn], guid, name) for row in _rows(theirs)]
    return RefiProject(
        name=name, origin="nicmethods", codes=codes_for_refi(codebook),
        users=frame(USERS, [{"guid": stable_guid("user", coder), "name": coder} for coder in coders]),
        sources=frame(SOURCES, sources), codings=frame(CODINGS, rows), cases=frame(CASES),
        references=frame(REFERENCES), variables=frame(VALUES), confidence=1.0 if rows else float("nan"),
    )  # fmt: skip


def tables_from_refi(
    project: RefiProject, name: str, turns: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Turn a project into turns and codings.

    Parameters
    ----------
    project
        As read.
    name
        How a person would name its file, for problems.
    turns
        Work table of the case, where the project was made from it: sources whose text is that of an activity keep its
        turns. Any other source becomes an activity of its own, one turn for each line that is not blank, no speakers.

    Returns
    -------
    tuple
        Work tables ``turns`` and ``codings``, and the problems: codings of whole sources and memos without a code, which
        have no place in the tables. A coding over several lines is one coding a turn.
    """
    problems = _placeless(project, name)
    activities = _distinct(project.sources, problems, name, "sources")
    coders = dict(zip(project.users["guid"], _distinct(project.users, problems, name, "coders"), strict=True))
    codes = dict(zip(project.codes["guid"], _code_ids(project.codes), strict=True))
    known = {} if turns is None else dict(list(turns.sort_values("position").groupby("activity")))
    talks, rows = [], []
    for source, title in zip(_rows(project.sources), activities, strict=True):
        text, shift = _one_line_end(source.text)
        talk = known.get(source.name)
        own, lines = _source(talk) if talk is not None else ("", [])
        if talk is not None and own == text:
            activity = source.name
        else:
            activity = title
            talk, lines = _paragraphs(text, activity)
        talks.append(talk)
        theirs = project.codings[(project.codings["source"] == source.guid) & project.codings["code"].notna()]
        for coding in _rows(theirs[theirs["start"].notna()]):
            who = {"coder": coders.get(coding.user, "unknown"), "activity": activity, "code": codes[coding.code]}
            touched = list(_touched(lines, int(shift[coding.start]), int(shift[coding.end])))
            rows += [who | details_of(coding.memo) | place for place in touched]
            if not touched:
                message = f"coding {coding.guid} lies on blank lines of '{activity}' alone and is left out."
                problems.append(Problem("warning", name, None, "", coding.guid, message))
    table = pd.concat(talks) if talks else pd.DataFrame()
    return _typed(table, WORK_TABLES["turns"]), _typed(pd.DataFrame(rows), WORK_TABLES["codings"]), problems


def codes_for_refi(codebook: Codebook) -> pd.DataFrame:
    """Put a codebook in the form of REFI-QDA codes; what has no field of its own stands in the description.

    Parameters
    ----------
    codebook
        The codes; patterns are not carried.

    Returns
    -------
    pandas.DataFrame
        ``codes`` of a :class:`~nicmethods.exchange.refi.RefiProject`, for
        :func:`~nicmethods.exchange.refi.write_qdc`; :func:`codebook_from_refi` is the way back.
    """
    rows = [
        {"guid": stable_guid("code", code.id), "name": code.name, "parent": stable_guid("code", code.parent) if code.parent else None,
         "is_codable": True, "description": _describe(code)}
        for code in codebook.in_order()
    ]  # fmt: skip
    return frame(CODES, rows)


def codebook_from_refi(codes: pd.DataFrame, *, id: str, title: str) -> Codebook:  # noqa: A002
    """Make a codebook of REFI-QDA codes.

    Parameters
    ----------
    codes
        ``codes`` of a :class:`~nicmethods.exchange.refi.RefiProject` or from :func:`~nicmethods.exchange.refi.read_qdc`.
    id, title
        Id and title of the codebook.

    Returns
    -------
    Codebook
        One code each, under the code above it, in order. The id is the name in small ASCII letters, with the name of the code
        above where two are called the same.
    """
    found = []
    named = dict(zip(codes["guid"], _code_ids(codes), strict=True))
    for code, identity in zip(_rows(codes), named.values(), strict=True):
        parts = _parted(code.description)
        examples = tuple(parts.pop("examples"))
        definition, use_when, not_when = ("\n".join(parts[key]) for key in ("definition", "use_when", "not_when"))
        found.append(
            Code(
                id=identity,
                name=code.name or identity,
                definition=definition,
                use_when=use_when,
                not_when=not_when,
                parent=named.get(code.parent, ""),
                examples=examples,
            )
        )
    return Codebook(id=id, title=title, codes=tuple(found))


def _check_places(turns: pd.DataFrame, codings: pd.DataFrame, codebook: Codebook, name: str) -> None:
    at = pd.MultiIndex.from_frame(codings[["activity", "turn"]])
    nowhere = codings[~at.isin(pd.MultiIndex.from_frame(turns[["activity", "turn"]]))]
    places = (nowhere["activity"] + "/" + nowhere["turn"]).unique()
    codes = sorted(set(codings["code"]) - set(codebook.ids))
    problems = [
        Problem("error", name, None, "turn", at, f"a coding names turn {at}, which there is not.") for at in places
    ]
    problems += [
        Problem("error", name, None, "code", c, f"code '{c}' is not in codebook '{codebook.id}'.") for c in codes
    ]
    if problems:
        raise CaseError(name, problems)


def _placeless(project: RefiProject, name: str) -> list[Problem]:
    coded = project.codings["code"].notna()
    n_found = {
        "codings of a whole source": int((project.codings["start"].isna() & coded).sum()),
        "memos on text without a code": int((~coded).sum()),
    }
    said = "have no place among codings of turns and stay in the project."
    return [Problem("warning", name, None, "", str(n), f"{n} {what} {said}") for what, n in n_found.items() if n]


def _source(talk: pd.DataFrame) -> tuple[str, list[_Line]]:
    lines, written, place = [], [], 0
    for turn in _rows(talk):
        who = f"{turn.actor}: " if pd.notna(turn.actor) else ""
        text = "" if pd.isna(turn.text) else str(turn.text)
        line = who + text.replace("\n", " ").replace("\r", " ")
        lines.append(_Line(turn.turn, place, place + len(who), place + len(line)))
        written.append(line)
        place += len(line) + 1
    return "\n".join(written), lines


def _paragraphs(text: str, activity: str) -> tuple[pd.DataFrame, list[_Line]]:
    lines: list[_Line] = []
    rows: list[dict[str, Any]] = []
    place = 0
    for line in text.split("\n"):
        if line.strip():
            turn = str(len(rows) + 1)
            lines.append(_Line(turn, place, place, place + len(line)))
            rows.append({"activity": activity, "turn": turn, "position": len(rows) + 1, "text": line})
        place += len(line) + 1
    return pd.DataFrame(rows, columns=["activity", "turn", "position", "text"]), lines


def _one_line_end(text: str) -> tuple[str, np.ndarray[Any, Any]]:
    """The text with LF as line end, and for each code point where it is now."""
    pairs = np.array([text[i : i + 2] == "\r\n" for i in range(len(text))], dtype=np.int64)
    shift = np.arange(len(text) + 1) - np.concatenate([[0], pairs.cumsum()])
    return text.replace("\r\n", "\n").replace("\r", "\n"), shift


def _touched(lines: Sequence[_Line], start: int, end: int) -> Iterable[dict[str, Any]]:
    """Turns whose line a span touches, with the span inside the turn; a whole turn has none."""
    for line in lines:
        if (line.start < end and start < line.end) or (start == end and line.start <= start <= line.end):
            first, last = max(start, line.text_start), min(end, line.end)
            whole = (first == line.text_start and last == line.end) or last <= line.text_start
            yield {"turn": line.turn} if whole else {
                "turn": line.turn, "start_char": first - line.text_start, "end_char": last - line.text_start,
            }  # fmt: skip


def _coding(row: Any, line: _Line, source: str, project: str) -> dict[str, object]:
    whole = pd.isna(row.start_char)
    details = [f"{key}: {getattr(row, key)}" for key in _DETAILS if pd.notna(getattr(row, key))]
    memo = "\n".join([*([] if pd.isna(row.memo) else [row.memo]), *details])
    number = str(row.Index)
    return {
        "guid": stable_guid("coding", project, row.activity, number),
        "selection": stable_guid("selection", project, row.activity, number),
        "source": source,
        "start": line.text_start if whole else line.text_start + row.start_char,
        "end": line.end if whole else line.text_start + row.end_char,
        "code": stable_guid("code", row.code),
        "user": stable_guid("user", row.coder),
        "memo": memo or None,
    }


def details_of(written: Any) -> dict[str, str | None]:
    """The parts of a memo that REFI-QDA has no field for, and the rest of it."""
    lines = [] if pd.isna(written) else str(written).split("\n")
    found = {}
    while lines and (detail := _DETAIL.fullmatch(lines[-1])) and detail[1] not in found:
        found[detail[1]] = detail[2]
        lines.pop()
    return found | {"memo": "\n".join(lines) or None}


def _describe(code: Code) -> str | None:
    lines = [code.definition] if code.definition else []
    lines += [f"{label}: {getattr(code, key)}" for label, key in _PARTS.items() if getattr(code, key)]
    lines += [f"Example: {example}" for example in code.examples]
    if slug(code.name) != code.id:
        lines.append(f"Code id: {code.id}")
    return "\n".join(lines) or None


def _parted(description: Any) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {"definition": [], "use_when": [], "not_when": [], "examples": []}
    labels = _PARTS | {"Example": "examples", "Code id": ""}
    key = "definition"
    for line in [] if pd.isna(description) else str(description).split("\n"):
        label, colon, rest = line.partition(": ")
        if colon and label in labels:
            key = labels[label]
            parts.setdefault(key, []).append(rest)
        elif key == "examples":
            parts[key][-1] += f"\n{line}"
        else:
            parts[key].append(line)
    parts.pop("", None)
    return parts


def _code_ids(codes: pd.DataFrame) -> list[str]:
    stated = [
        re.search(rf"^Code id: ({CODE_ID.pattern})$", "" if pd.isna(d) else d, re.MULTILINE)
        for d in codes["description"]
    ]
    plain = [found[1] if found else slug(name) for found, name in zip(stated, codes["name"], strict=True)]
    own = dict(zip(codes["guid"], plain, strict=True))
    above = codes["parent"].map(own)
    taken: dict[str, int] = {}
    ids = []
    for identity, parent in zip(plain, above, strict=True):
        full = f"{parent}.{identity}" if plain.count(identity) > 1 and pd.notna(parent) else identity
        taken[full] = taken.get(full, 0) + 1
        ids.append(full if taken[full] == 1 else f"{full}.{taken[full]}")
    return ids


def slug(name: str) -> str:
    """Make an id of a name: small ASCII letters, digits and underscores, beginning with a letter.

    Examples
    --------
    >>> slug("1. Oltás típusa"), slug("Help request")
    ('code_1_oltas_tipusa', 'help_request')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return words if re.match("[a-z]", words) else f"code_{words}".rstrip("_")


def _distinct(table: pd.DataFrame, problems: list[Problem], file: str, what: str) -> list[str]:
    """Names that can be file names and are told apart."""
    names = table["name"].str[:80].str.replace(_UNSAFE, "_", regex=True)
    twice = names.duplicated(keep=False)
    for name, n in names[twice].value_counts().items():
        message = f"{n} {what} are called '{name}'; they are told apart by their ids."
        problems.append(Problem("warning", file, None, "", str(name), message))
    return names.mask(twice, names + " " + table["guid"].str[:8]).tolist()


def _typed(rows: pd.DataFrame, table: Table) -> pd.DataFrame:
    return conform(rows, table)


def _rows(table: pd.DataFrame) -> Iterable[Any]:
    return table.itertuples()
