"""QualCoder projects (``<name>.qda/data.qda``, an SQLite database) read as REFI-QDA projects.

Only texts, codes, categories and codings of text are read. Each coding repeats the words it stands on, so every position
is checked against them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nicmethods.errors import Problem
from nicmethods.exchange.offsets import NVIVO, Counting, to_code_points
from nicmethods.exchange.refi import RefiProject, project_of, stable_guid
from nicmethods.files.databases import UNREADABLE, read_database

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_qualcoder"]

_TABLES = {
    "source": ("id", "name", "fulltext"),
    "code_cat": ("catid", "name", "supercatid"),
    "code_name": ("cid", "name", "memo", "catid", "color"),
    "code_text": ("cid", "fid", "seltext", "pos0", "pos1", "owner", "memo"),
}
# What older versions do not have.
_SPARE = {
    "code_name": ("supercid",),
    "cases": ("caseid", "name"),
    "attribute": ("name", "attr_type", "value", "id"),
}
_WAYS = (Counting(utf16=False), NVIVO)


def read_qualcoder(path: Path, name: str) -> tuple[RefiProject | None, list[Problem]]:
    """Read a QualCoder project.

    Parameters
    ----------
    path
        The project's folder (``<name>.qda``) or the ``data.qda`` in it; it is opened for reading alone.
    name
        How a person would name it, for problems.

    Returns
    -------
    tuple
        The project, categories as codes that nothing is coded with (None if it cannot be read), and the problems: codings
        whose words are not where they should be, which are left out, and how many of images, audio and video there are.
    """
    path = path / "data.qda" if path.is_dir() else path
    problems: list[Problem] = []
    try:
        tables, n_media = read_database(path, _TABLES, spare=_SPARE, count=("code_av", "code_image"))
    except UNREADABLE as fault:
        message = (
            f"this is no QualCoder project that can be read ({fault}). Close it in QualCoder and copy the folder again."
        )
        return None, [Problem("error", name, None, "", "", message)]
    texts = {row["id"]: row for row in tables["source"] if isinstance(row["fulltext"], str)}
    codings = [_coding(number, row, texts) for number, row in enumerate(tables["code_text"])]
    known = {row["cid"] for row in tables["code_name"]}
    kept = [
        coding for coding in codings if coding is not None and coding["code"] in {_guid("code", cid) for cid in known}
    ]
    if len(kept) < len(codings):
        message = f"{len(codings) - len(kept)} codings are left out: their words are not at their place, or their code is gone."
        problems.append(Problem("warning", name, None, "", "", message))
    if n_media:
        problems.append(
            Problem("warning", name, None, "", "", f"{n_media} codings of images, audio and video are not carried.")
        )
    owners = sorted({str(row["owner"]) for row in tables["code_text"]})
    project = project_of(
        path.parent.name.removesuffix(".qda"), "QualCoder", counting=str(_WAYS[0]),
        confidence=len(kept) / len(codings) if codings else float("nan"), codes=_codes(tables), codings=kept,
        users=[{"guid": _guid("user", owner), "name": owner} for owner in owners],
        sources=[{"guid": _guid("source", key), "name": row["name"], "text": row["fulltext"]} for key, row in texts.items()],
        cases=[{"guid": _guid("case", row["caseid"]), "name": row["name"]} for row in tables["cases"]],
        variables=[
            {"owner": _guid("case" if row["attr_type"] == "case" else "source", row["id"]), "variable": row["name"], "type": "Text", "value": row["value"]}
            for row in tables["attribute"] if row["value"]
        ],
    )  # fmt: skip
    return project, problems


def _codes(tables: dict[str, list[dict[str, Any]]]) -> list[dict[str, object]]:
    """Categories and codes, each behind the one above it; what hangs on nothing stands at the top."""
    above = {("category", row["catid"]): ("category", row["supercatid"]) for row in tables["code_cat"]}
    above |= {
        ("code", row["cid"]): ("category", row["catid"]) if row["supercid"] is None else ("code", row["supercid"])
        for row in tables["code_name"]
    }
    rows = {("category", row["catid"]): row for row in tables["code_cat"]} | {
        ("code", row["cid"]): row for row in tables["code_name"]
    }
    placed: dict[tuple[str, Any], dict[str, object]] = {}
    waiting = list(rows)
    while waiting:
        ready = [key for key in waiting if above[key] not in rows or above[key] in placed] or waiting[:1]
        for key in ready:
            parent = _guid(*above[key]) if above[key] in placed else None
            row = rows[key]
            placed[key] = {
                "guid": _guid(*key), "name": row["name"], "parent": parent, "description": row.get("memo") or None,
                "is_codable": key[0] == "code", "color": row.get("color"),
            }  # fmt: skip
        waiting = [key for key in waiting if key not in placed]
    return list(placed.values())


def _coding(number: int, row: dict[str, Any], texts: dict[Any, dict[str, Any]]) -> dict[str, object] | None:
    if row["fid"] not in texts or not isinstance(row["pos0"], int) or not isinstance(row["pos1"], int):
        return None
    text = texts[row["fid"]]["fulltext"]
    for counting in _WAYS:
        start, end = to_code_points(text, [row["pos0"], row["pos1"]], counting).tolist()
        if 0 <= start <= end and text[start:end] == row["seltext"]:
            return {
                "guid": _guid("coding", number), "selection": _guid("selection", number), "source": _guid("source", row["fid"]),
                "start": start, "end": end, "code": _guid("code", row["cid"]), "user": _guid("user", row["owner"]),
                "memo": row["memo"] or None,
            }  # fmt: skip
    return None


def _guid(kind: str, key: object) -> str:
    return stable_guid("qualcoder", kind, str(key))
