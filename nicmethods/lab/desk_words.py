"""Small things about what the desk says: what changed, what a person typed, what went wrong."""

from __future__ import annotations

from typing import Any

from nicmethods.errors import CaseError
from nicmethods.lab.desk_edits import RefusedError

__all__ = ["changed_parts", "cleaned", "counted", "sentence"]

_LONGEST = 10_000


def changed_parts(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Parts that are not as they were; of marks, the turns whose marks are not (None: they have none any more)."""
    parts = {name: part for name, part in now.items() if name != "marks" and before.get(name, ...) != part}
    old, new = before.get("marks", {}), now["marks"]
    marks = {turn: new.get(turn) for turn in [*old, *new] if old.get(turn) != new.get(turn)}
    return parts | ({"marks": marks} if marks else {})


def cleaned(value: Any) -> str:
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


def counted(count: int, noun: str) -> str:
    """Give a number with its noun."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sentence(error: Exception) -> str:
    """Say what went wrong, and that nothing was kept."""
    if isinstance(error, CaseError):
        faults = [
            f"{p.file}{'' if p.row is None else f' row {p.row}'}: {p.message}"
            for p in error.problems
            if p.level == "error"
        ]
        more = f" And {counted(len(faults) - 3, 'problem')} more." if len(faults) > 3 else ""
        return f"Not saved. {' '.join(faults[:3])}{more} Nothing is written until that is mended."
    if isinstance(error, OSError) and error.strerror:
        where = str(error.filename or "the file")
        where = f"the folder {where.removesuffix('/.lock')}" if where.endswith("/.lock") else where
        return f"Not saved: {where} cannot be written ({error.strerror})."
    return f"Not {'saved' if isinstance(error, OSError) else 'done'}: {error}"
