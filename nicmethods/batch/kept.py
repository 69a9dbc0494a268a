"""A case that a batch has read stays at hand for the notebooks that it forks, until one of the case's files changes."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.case.folder import keep_at_hand, load_case

if TYPE_CHECKING:
    from pathlib import Path

    from nicmethods.case.folder import Case

__all__ = ["keep"]


def keep(folder: Path) -> None:
    """Read a case and hand it to whoever asks for it next; another one is forgotten. Raises as :func:`load_case`."""
    before = _state(folder)
    case = load_case(folder)

    def give(asked: Path) -> Case | None:
        same = asked.resolve() == folder.resolve() and _state(asked) == before
        return _copy(case, asked) if same else None

    keep_at_hand(give)


def _state(folder: Path) -> list[tuple[str, int, int]]:
    """Files of a case and of its study's codebooks, with time (ns) and size (bytes)."""
    folder = folder.resolve()
    places = (folder, folder.parent.parent / "codebooks")
    looked = [(str(path), path.stat()) for place in places for path in sorted(place.rglob("*")) if path.is_file()]
    return [(path, state.st_mtime_ns, state.st_size) for path, state in looked]


def _copy(case: Case, folder: Path) -> Case:
    parts = {part.name: getattr(case, part.name) for part in fields(case)}
    copies: dict[str, Any] = {
        name: part.copy(deep=False) for name, part in parts.items() if isinstance(part, pd.DataFrame)
    }
    return replace(case, path=folder, **copies)
