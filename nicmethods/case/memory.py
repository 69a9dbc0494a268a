"""A case that a batch has read stays at hand for the notebooks that it forks, until one of the case's files changes."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from nicmethods.case.folder import Case

__all__ = ["State", "read_state", "recall", "remember"]

State = tuple[tuple[str, int, int], ...]
"""Files of a case and of its study's codebooks, with time (ns) and size (bytes)."""

_kept: tuple[State, Case] | None = None


def read_state(folder: Path) -> State:
    """Look at the files of a case, without reading them."""
    folder = folder.resolve()
    found = [
        path for place in (folder, folder.parent.parent / "codebooks") for path in place.rglob("*") if path.is_file()
    ]
    looked = [(str(path), path.stat()) for path in sorted(found)]
    return tuple((path, state.st_mtime_ns, state.st_size) for path, state in looked)


def remember(case: Case, state: State) -> None:
    """Keep one case, with the state of its files before it was read; another one is forgotten."""
    global _kept
    _kept = (state, case)


def recall(folder: Path) -> Case | None:
    """Give the case that was kept, if it is this one and nothing of it has changed; its tables are copies."""
    if _kept is None or _kept[1].path.resolve() != folder.resolve() or _kept[0] != read_state(folder):
        return None
    case = _kept[1]
    parts = {part.name: getattr(case, part.name) for part in fields(case)}
    copies: dict[str, Any] = {
        name: part.copy(deep=False) for name, part in parts.items() if isinstance(part, pd.DataFrame)
    }
    return replace(case, path=folder, **copies)
