"""Survey files in whatever shape a site has them: mapped tables, edge lists, adjacency matrices."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.errors import Problem
from nicmethods.files.cells import frame_of, parse_number, parse_table, why_no_number
from nicmethods.files.sheets import read_grid
from nicmethods.tables import CASE_TABLES, WORK_TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nicmethods.case.config import TableFile, TieFile
    from nicmethods.files.cells import Grid
    from nicmethods.tables import Table

__all__ = ["Named", "parse_matrix", "read_table", "read_ties", "scale_jumps"]

_TIES = CASE_TABLES["ties"]
_FEW, _JUMP, _MOVED = 10, 3, 0.5
_FEW_STRANGERS = 3

Named = Callable[[Iterable[str]], dict[str, str]]
"""Gives the ids of those spellings that mean one person."""


def read_table(
    path: Path, name: str, table: Table, mapping: TableFile | None = None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a csv or xlsx file as a declared table, through the mapping of case.yml if there is one.

    Parameters
    ----------
    path
        The file.
    name
        How a person would name it, relative to the case folder.
    table
        The declaration that the file must meet.
    mapping
        What columns and values are called in the file. In a mapped file columns whose cells may be blank may be missing.

    Returns
    -------
    tuple
        As :func:`nicmethods.files.textfiles.read_csv`.
    """
    cells, problems = _read_cells(path, name, table, mapping)
    if mapping is not None:
        columns = tuple(replace(column, required=column.required and not column.blank) for column in table.columns)
        table = replace(table, columns=columns)
    frame, more = parse_table(cells, name, table)
    return frame, problems + more


def _read_cells(
    path: Path, name: str, table: Table, mapping: TableFile | None, given: dict[str, str] | None = None
) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Cells under declared names; ``given`` columns need not stand in the file."""
    called = mapping.columns if mapping else {}
    grid, problems = read_grid(path, name, sheet=mapping.sheet if mapping else None)
    needed = {called.get(column.name, column.name) for column in table.columns if column.required and not column.blank}
    cells, more = frame_of(grid, name, needed - set(given or {}))
    problems = [*problems, *more]
    if cells is None or mapping is None:
        return cells, problems
    lost = [header for header in called.values() if header not in cells]
    clash = (
        []
        if lost
        else [
            column
            for column, header in called.items()
            if column != header and column in cells and column not in called.values()
        ]
    )
    problems += [
        Problem("error", name, 1, header, header, f"column '{header}', which case.yml names, is missing. Columns: {', '.join(cells.columns)}.")
        for header in lost
    ] + [
        Problem("error", name, 1, column, column, f"column '{column}' stands in the file, but case.yml maps it to '{called[column]}'. Rename one.")
        for column in clash
    ]  # fmt: skip
    if lost or clash:
        return None, problems
    cells = cells.rename(columns={header: column for column, header in called.items()})
    said = {column: cells[column].replace(labels) for column, labels in mapping.values.items() if column in cells}  # noqa: PD011
    return cells.assign(**said), problems


def read_ties(
    path: Path,
    name: str,
    mapping: TieFile | None = None,
    *,
    actors: Sequence[str],
    relation: str | None = None,
    named: Named | None = None,
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read survey ties from an edge list or from the matrix of one wave.

    Parameters
    ----------
    path
        A csv or xlsx file.
    name
        How a person would name it, relative to the case folder.
    mapping
        Its shape and names, from case.yml; None is an edge list with the declared columns.
    actors
        Actor ids in the order of the roster, which is the order of a matrix without ids.
    relation
        Relation of ties that name none.
    named
        Looks up people who are given by name instead of id; without it every stranger is a problem.

    Returns
    -------
    tuple
        Ties (work table), self-ties of edge lists included; the index ``row`` is the row in the file. And every problem
        found.
    """
    relation = (mapping.relation if mapping else None) or relation
    if mapping is not None and mapping.shape == "matrix":
        grid, problems = read_grid(path, name, sheet=mapping.sheet)
        if grid is None:
            return empty(_TIES).rename_axis(index="row"), problems
        ties, more = parse_matrix(grid, name, mapping, actors=actors, named=named)
        ties = ties.assign(wave=mapping.wave)
    else:
        given = {"wave": mapping.wave} if mapping and mapping.wave else {}
        cells, problems = _read_cells(path, name, _TIES, mapping, given)
        if cells is not None:
            cells = cells.assign(**{column: value for column, value in given.items() if column not in cells})
            cells, said = _with_ids(cells, actors, named, name)
            problems = problems + said
        ties, more = parse_table(cells, name, _TIES)
    problems = problems + more
    asked = ties.get("relation", pd.Series(index=ties.index, dtype="str"))
    ties = ties.assign(relation=asked.fillna(relation) if relation else asked)
    if len(ties) and ties["relation"].isna().any():
        message = "nothing says which relation these ties are of. Add a column 'relation', or relation: in case.yml."
        problems.append(Problem("error", name, None, "relation", "", message))
        ties = ties[ties["relation"].notna()]
    declared = WORK_TABLES["ties"]
    return ties[declared.names].astype(declared.dtypes), problems


def _with_ids(
    cells: pd.DataFrame, actors: Sequence[str], named: Named | None, name: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """An edge list with the ids of people whom it gives by name."""
    ends = [end for end in ("source", "target") if end in cells]
    ids, said = _ids_of([label for end in ends for label in cells[end].unique()], actors, named, name)
    return cells.assign(**{end: cells[end].replace(ids) for end in ends}) if ids else cells, said


def _ids_of(
    labels: Sequence[str], actors: Sequence[str], named: Named | None, name: str
) -> tuple[dict[str, str], list[Problem]]:
    """Ids of labels that are names, with a word on it."""
    strangers = set(labels) - {"", *actors}
    ids = named(strangers) if named and strangers else {}
    if not ids:
        return {}, []
    many = "1 person is" if len(ids) == 1 else f"{len(ids)} people are"
    message = f"{many} given by name and not by id; looked up in the roster and people.csv. Check, or write ids."
    return ids, [Problem("warning", name, None, "", "", message)]


def parse_matrix(
    grid: Grid, name: str, mapping: TieFile, *, actors: Sequence[str], named: Named | None = None
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read an adjacency matrix: a row and a column a person, the reported value in the cell.

    Parameters
    ----------
    grid
        The file's rows.
    name
        The file's name, for problems.
    mapping
        Whether the matrix has a header row and an id column, and who names whom. Without either, its n-th row and column
        are the n-th person of the roster; with one of them, it holds for both.
    actors
        Actor ids in the order of the roster.
    named
        As in :func:`read_ties`.

    Returns
    -------
    tuple
        Columns source, target, weight: one row per ordered pair, blank cells (not reported) missing, without the
        diagonal; the index ``row`` is the row in the file. And the problems: not square, an unknown or doubled id, a
        cell that is no number of 0 or more (errors), a diagonal that holds something (one warning).
    """
    body, header, labels = _cut(grid, mapping, len(actors))
    ids, said = _ids_of([*header, *labels], actors, named, name)
    header, labels = ([ids.get(label, label) for label in one] for one in (header, labels))
    faults = _shape_faults(body, header, labels, name, actors)
    if faults:
        return empty(_TIES).rename_axis(index="row")[["source", "target", "weight"]], said + faults
    sources, targets = labels or header or list(actors), header or labels or list(actors)
    n = len(targets)
    long = pd.DataFrame(
        {
            "source": pd.Series(sources, dtype="str").repeat(n).to_numpy(),
            "target": targets * n,
            "cell": body.to_numpy().ravel(),
            "column": [*range(1 + mapping.ids, n + 1 + mapping.ids)] * n,
        },
        index=pd.Index(body.index.repeat(n), name="row"),
    )
    ties, problems = _weights(long, name)
    if mapping.direction == "column_names_row":
        ties = ties.rename(columns={"source": "target", "target": "source"})
    return ties, said + problems


def _cut(grid: Grid, mapping: TieFile, n_actors: int) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Cells (index: row of the file), column ids and row ids; ids are empty where the file has none."""
    rows = dict(enumerate(grid.rows, start=1))
    header: list[str] = []
    if mapping.header:
        at = next(number for number, cells in rows.items() if any(cells))
        header = list(rows[at])
        rows = {number: cells for number, cells in rows.items() if number > at}
    if mapping.ids:
        rows = {number: cells for number, cells in rows.items() if any(cells)}
    while header and not header[-1]:
        header.pop()
    labels = [cells[0] if cells else "" for cells in rows.values()] if mapping.ids else []
    width = max(map(len, rows.values()), default=0)
    padded = [[*cells, *[""] * (width - len(cells))][mapping.ids :] for cells in rows.values()]
    body = pd.DataFrame(padded, index=list(rows), dtype="object")
    if mapping.ids and len(header) >= width:
        header = header[1:]
    n = len(header or labels) or n_actors
    beyond = [column for column in body.columns[n:] if not body[column].any()]
    body = body.drop(columns=beyond)
    spare = ~body.astype(bool).any(axis="columns") & (np.arange(len(body)) >= n)
    return body if labels else body[~spare], header, labels


def _shape_faults(
    body: pd.DataFrame, header: list[str], labels: list[str], name: str, actors: Sequence[str]
) -> list[Problem]:
    def fault(message: str, value: str = "", row: int | None = None) -> Problem:
        return Problem("error", name, row, "", value, message)

    n_rows, n_columns = body.shape
    if n_rows != n_columns or (header and len(header) != n_columns):
        message = f"the matrix is not square: {n_rows} rows and {len(header) or n_columns} columns."
        return [fault(f"{message} Give every person a row and a column, or correct header: and ids: in case.yml.")]
    if not header and not labels and n_rows != len(actors):
        message = f"the matrix has {n_rows} rows and columns, but the roster has {len(actors)} people."
        return [fault(f"{message} Without ids it must hold everybody, in the order of the roster.")]
    ids = list(dict.fromkeys([*labels, *header]))
    row_of = dict(zip(labels, body.index.tolist(), strict=True)) if labels else {}
    faults = [
        fault(f"id '{found}' stands twice. Every person has one row and one column.", found, row_of.get(found))
        for found in ids
        if labels.count(found) > 1 or header.count(found) > 1
    ]
    if labels and header:
        lone = [found for found in ids if found not in labels or found not in header]
        faults += [
            fault(
                f"'{found}' has a {'row' if found in labels else 'column'} only. Give every person both.",
                found,
                row_of.get(found),
            )
            for found in lone
        ]
    known = set(actors)
    strangers = [found for found in ids if found not in known]
    if len(strangers) > _FEW_STRANGERS:
        quoted = ", ".join(f"'{found}'" for found in strangers[:5]) + (", …" if len(strangers) > 5 else "")
        message = (
            f"the matrix is labelled with {len(strangers)} words that are no ids and no names of the roster: {quoted}. "
            "Label rows and columns with ids, or say in people.csv (alias,actor) whom each stands for."
        )
        return [*faults, fault(message, quoted)]
    return faults + [
        fault(f"the matrix names '{found}', who is not in the roster. Add the person or correct the id.", found, row_of.get(found))
        for found in strangers
    ]  # fmt: skip


def _weights(long: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Cells as numbers, without the diagonal."""
    values = {cell: parse_number(cell) for cell in long["cell"].unique()}
    weight = long["cell"].map(values).astype("float64")
    own = long["source"] == long["target"]
    wrong = long[~own & (long["cell"] != "") & ~(weight >= 0)]
    problems = [
        Problem(
            "error", name, row, target, cell,
            f"{source}'s cell for {target} (column {column}) is '{cell}', "
            + ("which must be 0 or more." if values[cell] is not None else why_no_number(cell)),
        )
        for row, source, target, cell, column in wrong.itertuples(name=None)
    ]  # fmt: skip
    n_own = int((own & (weight != 0) & weight.notna()).sum())
    if n_own:
        cells = "1 diagonal cell is" if n_own == 1 else f"{n_own} diagonal cells are"
        message = f"{cells} not zero: people name themselves; these self-ties are dropped."
        problems.append(Problem("warning", name, None, "", str(n_own), message))
    keep = ~own & ((long["cell"] == "") | (weight >= 0))
    ties = long.assign(weight=weight)[keep][["source", "target", "weight"]]
    return ties.astype({"source": "str", "target": "str"}), problems


def scale_jumps(ties: pd.DataFrame, *, waves: Sequence[str], relation: str) -> list[Problem]:
    """Find waves in which a question was used very differently from the wave before.

    Raw change between such waves mixes change and measurement. Looked at are the people named per person who names
    somebody (a factor of 3 or more), and the shares of the values given (half of the answers would have to change).

    Parameters
    ----------
    ties
        Ties (work table) of one relation.
    waves
        Waves in order.
    relation
        The relation, for the message.

    Returns
    -------
    list of Problem
        A warning for each jump; none for waves with fewer than ten ties.
    """
    given = ties[ties["weight"] > 0]
    answers = {wave: rows for wave, rows in given.groupby("wave") if len(rows) >= _FEW}
    problems: list[Problem] = []
    for earlier, later in pairwise(wave for wave in waves if wave in answers):
        where = f"wave '{later}' against '{earlier}', relation '{relation}':"
        before, after = (len(answers[wave]) / answers[wave]["source"].nunique() for wave in (earlier, later))
        if max(before, after) >= _JUMP * min(before, after):
            named = f"people name {after:.1f} others on average, before {before:.1f}."
            problems.append(_jump(f"{where} {named}", later))
        old, new = (answers[wave]["weight"].value_counts(normalize=True) for wave in (earlier, later))
        moved = float(new.sub(old, fill_value=0).abs().sum()) / 2
        if moved >= _MOVED:
            said = f"the scale is used differently; {moved:.0%} of the answers would have to move."
            problems.append(_jump(f"{where} {said}", later))
    return problems


def _jump(found: str, wave: str) -> Problem:
    advice = "Check whether the question or its entry changed; growth and measurement cannot be told apart here."
    return Problem("warning", "ties", None, "wave", wave, f"{found} {advice}")
