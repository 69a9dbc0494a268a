"""Between REFI-QDA projects and the tables of a case: turns, codings, codebook.

A source holds one turn a line, ``actor: text``; :mod:`nicmethods.exchange.bring` is the way back. What
REFI-QDA has no field for (addressee, reply_to, seeker, helper) stands in the memo, one ``key: value`` a line.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from nicmethods.case.codebook import CODE_ID, Code, Codebook
from nicmethods.errors import CaseError, Problem
from nicmethods.exchange.offsets import NVIVO
from nicmethods.exchange.refi import CODES, RefiProject, frame, project_of, stable_guid

if TYPE_CHECKING:
    from collections.abc import Iterable


__all__ = ["codebook_from_refi", "codes_for_refi", "details_of", "refi_project", "slug"]

_DETAILS = ("addressee", "reply_to", "seeker", "helper")
_DETAIL = re.compile(rf"({'|'.join(_DETAILS)}): (.+)")
_PARTS = {"Use when": "use_when", "Not when": "not_when"}


class _Line(NamedTuple):
    """Where the text of a turn stands in its source."""

    turn: str
    start: int
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
    users = [{"guid": stable_guid("user", coder), "name": coder} for coder in coders]
    return project_of(
        name, "nicmethods", counting=str(NVIVO), confidence=1.0 if rows else float("nan"),
        codes=_described(codebook), users=users, sources=sources, codings=rows,
    )  # fmt: skip


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
    return frame(CODES, _described(codebook))


def _described(codebook: Codebook) -> list[dict[str, object]]:
    return [
        {"guid": stable_guid("code", code.id), "name": code.name, "parent": stable_guid("code", code.parent) if code.parent else None,
         "is_codable": True, "description": _describe(code)}
        for code in codebook.in_order()
    ]  # fmt: skip


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


def _source(talk: pd.DataFrame) -> tuple[str, list[_Line]]:
    lines, written, place = [], [], 0
    for turn in _rows(talk):
        who = f"{turn.actor}: " if pd.notna(turn.actor) else ""
        text = "" if pd.isna(turn.text) else str(turn.text)
        line = who + text.replace("\n", " ").replace("\r", " ")
        lines.append(_Line(turn.turn, place + len(who), place + len(line)))
        written.append(line)
        place += len(line) + 1
    return "\n".join(written), lines


def _coding(row: Any, line: _Line, source: str, project: str) -> dict[str, object]:
    whole = pd.isna(row.start_char)
    details = [f"{key}: {getattr(row, key)}" for key in _DETAILS if pd.notna(getattr(row, key))]
    memo = "\n".join([*([] if pd.isna(row.memo) else [row.memo]), *details])
    number = str(row.Index)
    return {
        "guid": stable_guid("coding", project, row.activity, number),
        "selection": stable_guid("selection", project, row.activity, number),
        "source": source,
        "start": line.start if whole else line.start + row.start_char,
        "end": line.end if whole else line.start + row.end_char,
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


def _rows(table: pd.DataFrame) -> Iterable[Any]:
    return table.itertuples()
