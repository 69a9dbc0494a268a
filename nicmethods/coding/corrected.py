"""A case whose transcript was corrected after coding: its files follow the words, and can be put back.

What follows surely is moved in the coders' own files; the rest waits in ``codings/to_review/`` with the reason.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.as_coded import FOLDER, keep_as_coded, read_as_coded
from nicmethods.case.coverage import end_turns
from nicmethods.case.folder import read_parts
from nicmethods.case.surveys import read_table
from nicmethods.coding.carrying import carry, carry_coverage
from nicmethods.errors import MeasureError
from nicmethods.files.cells import frame_of
from nicmethods.files.sheets import read_grid
from nicmethods.files.writing import write_atomically
from nicmethods.tables import CASE_TABLES, WORK_TABLES, conform

if TYPE_CHECKING:
    from pathlib import Path

    from nicmethods.tables import Table

__all__ = ["Following", "follow", "undo", "write_following"]

_PLACE = ("turn", "start_char", "end_char", "reply_to")


@dataclass(frozen=True)
class Following:
    """What becomes of an activity's codings.

    Attributes
    ----------
    case, activity
        The case folder and the activity.
    codings
        One row a coding: ``file``, ``turn``, ``new_turn``, ``code``, ``words`` and ``new_words`` it stands on, ``outcome``
        (``moved``, ``same``, ``review``, ``lost``) and ``why``.
    files
        What is to be written, by path relative to the case.
    turns
        Work table: the turns of now.
    """

    case: Path
    activity: str
    codings: pd.DataFrame
    files: dict[str, str] = field(repr=False)
    turns: pd.DataFrame = field(repr=False)


def follow(case: Path, activity: str) -> Following:
    """Find out where the codings of a changed transcript belong; nothing is written.

    Parameters
    ----------
    case
        The case folder; other parts of it may have errors.
    activity
        The activity.

    Returns
    -------
    Following
        What becomes of each coding.

    Raises
    ------
    MeasureError
        If it is not known on which turns the activity was coded, or a file of codings is not csv.
    """
    before, parts = read_as_coded(case, activity), read_parts(case)
    if before is None or parts is None:
        not_there = f"{FOLDER}/{activity}.csv, the turns as they were coded, is not there"
        why = "the case cannot be read" if parts is None else not_there
        raise MeasureError(f"codings of '{activity}' cannot follow: {why}.")
    turns = parts["turns"]
    now = turns[turns["activity"] == activity].reset_index(drop=True)
    shown, files = [], {}
    for path in sorted((case / "codings").glob("[!.~]*.*")):
        if path.is_dir() or path.suffix.lower() not in (".csv", ".xlsx"):
            continue
        name = f"codings/{path.name}"
        if path.suffix.lower() == ".xlsx":
            raise MeasureError(f"{name} is a workbook, which is not written to. Save it as csv first.")
        grid, _ = read_grid(path, name)
        cells, _ = frame_of(grid, name, {"activity"})
        if cells is None or "activity" not in cells or not (cells["activity"] == activity).any():
            continue
        if path.stem == "coverage":
            files[name] = _coverage_text(cells, activity, before, now)
            continue
        table, _ = read_table(path, name, _declared(path.stem))
        kept, waiting, rows = _moved(cells, table[table["activity"] == activity], before, now)
        shown.append(rows.assign(file=path.name))
        files[name] = _text(kept)
        if len(waiting):
            files[f"codings/to_review/{activity}-{path.name}"] = _text(waiting)
    columns = ["file", "turn", "new_turn", "code", "words", "new_words", "outcome", "why"]
    together = pd.concat([pd.DataFrame(columns=columns), *shown], ignore_index=True)[columns]
    return Following(case, activity, together, files, now)


def write_following(found: Following) -> None:
    """Write what :func:`follow` found, the files as they were kept so that :func:`undo` puts them back."""
    kept = _undo_folder(found.case, found.activity)
    shutil.rmtree(kept, ignore_errors=True)
    for name in (*found.files, f"{FOLDER}/{found.activity}.csv"):
        if (found.case / name).exists():
            (kept / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(found.case / name, kept / name)
    write_atomically(kept / "written.txt", "\n".join(found.files).encode("utf-8"))
    for name, text in found.files.items():
        (found.case / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(found.case / name, text.encode("utf-8"))
    keep_as_coded(found.case, found.turns, [found.activity], anew=True)


def undo(case: Path, activity: str) -> list[str]:
    """Put the files back as they were before :func:`write_following`.

    Returns
    -------
    list of str
        The files put back or taken away, relative to the case.

    Raises
    ------
    MeasureError
        If nothing was carried in this activity.
    """
    kept = _undo_folder(case, activity)
    if not (kept / "written.txt").is_file():
        raise MeasureError(f"no codings of '{activity}' were carried: there is nothing to undo.")
    names = [*(kept / "written.txt").read_text(encoding="utf-8").split("\n"), f"{FOLDER}/{activity}.csv"]
    names = [name for name in names if name]
    for name in names:
        if (kept / name).exists():
            write_atomically(case / name, (kept / name).read_bytes())
        else:
            (case / name).unlink(missing_ok=True)
    shutil.rmtree(kept)
    return names


def _undo_folder(case: Path, activity: str) -> Path:
    return case / FOLDER / "undo" / activity


def _declared(stem: str) -> Table:
    if stem == "suggestions":
        return WORK_TABLES["suggestions"]
    return CASE_TABLES["adjudicated" if stem == "adjudicated" else "codings"]


def _text(cells: pd.DataFrame) -> str:
    return cells.to_csv(index=False, lineterminator="\n")


def _moved(
    cells: pd.DataFrame, table: pd.DataFrame, before: pd.DataFrame, now: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The file's cells with what follows surely moved; cells of what waits, with the reason; and what to show."""
    rows = table.rename_axis(index="row").reset_index()
    result = carry(rows, before, now)
    why = {
        row: reason
        for part in (result.review, result.lost)
        for row, reason in zip(part["row"], part["why"], strict=True)
    }
    lost = set(result.lost["row"])
    carried = result.table.set_index("row")
    shown = rows[["row", "turn", "code"]].set_index("row").assign(
        new_turn=carried["turn"], words=_words(rows.set_index("row"), before), new_words=_words(carried, now),
        why=[why.get(row, "") for row in rows["row"]],
    )  # fmt: skip
    moved_to = shown["new_turn"].eq(shown["turn"]).map({True: "same", False: "moved"})
    shown["outcome"] = ["lost" if row in lost else "review" if row in why else what for row, what in moved_to.items()]
    sure = carried.drop(index=list(why.keys() - lost))
    moved = cells.drop(index=list(why))
    for column in (name for name in _PLACE if name in moved and name in sure):
        moved.loc[sure.index, column] = [None if pd.isna(cell) else str(cell) for cell in sure[column]]
    waits = shown[shown["outcome"].isin(["lost", "review"])]
    waiting = cells.loc[waits.index].join(waits[["new_turn", "why", "words"]])
    return moved, waiting, shown


def _words(rows: pd.DataFrame, turns: pd.DataFrame) -> pd.Series[str]:
    """The words that each coding stands on."""
    text = dict(zip(turns["turn"], turns["text"].fillna(""), strict=True))
    places = rows.reindex(columns=["turn", "start_char", "end_char"]).itertuples(index=False)
    words = [
        text.get(turn, "")[slice(None) if pd.isna(start) else slice(int(start), int(end))]
        for turn, start, end in places
    ]
    return pd.Series(words, index=rows.index, dtype="str")


def _coverage_text(cells: pd.DataFrame, activity: str, before: pd.DataFrame, now: pd.DataFrame) -> str:
    """The list of what was read: parts of the activity by the turns that hold their words now, whole ones as they are."""
    ends = cells.reindex(columns=["first_turn", "last_turn"])
    part = (cells["activity"] == activity) & ends.notna().any(axis=1)
    position = dict(zip(before["turn"], before["position"], strict=True))
    pieces = [cells[~part]]
    for row, (first, last) in zip(cells[part].to_dict("records"), ends[part].to_numpy(), strict=True):
        read = {"first_position": position.get(first, 1), "last_position": position.get(last, len(before))}
        listed = conform(
            [{"coder": row["coder"], "activity": activity, "basis": "listed"} | read], WORK_TABLES["coverage"]
        )
        spans = carry_coverage(listed, before, now)
        pieces += [
            pd.DataFrame([row]).assign(**end_turns(spans.iloc[[n]].set_axis([0]), now)) for n in range(len(spans))
        ]
    return _text(pd.concat(pieces, ignore_index=True))
