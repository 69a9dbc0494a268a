"""Survey files in whatever shape a site has them -> ties, and who answered: what case.yml says of a file decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.case.names import fold
from nicmethods.case.questionnaires import (
    NOT_TICKED,
    TICKED,
    Answer,
    Column,
    Sheet,
    labels_of,
    questionnaire,
    split_names,
    weight_of,
)
from nicmethods.errors import Level, Problem
from nicmethods.files.cells import (
    frame_of,
    header_at,
    parse_number,
    parse_table,
    short_rows,
    titles_above,
    why_no_number,
    with_points,
)
from nicmethods.files.graphfiles import GraphFile, read_graph
from nicmethods.files.sheets import read_grid
from nicmethods.tables import CASE_TABLES, WORK_TABLES, empty

if TYPE_CHECKING:
    from pathlib import Path

    from nicmethods.case.config import TableFile, TieFile
    from nicmethods.files.cells import Grid
    from nicmethods.tables import Table

__all__ = [
    "Named", "Reading", "SurveyFile", "ends_of", "off_scale", "parse_matrix", "read_survey_grid", "read_table", "read_ties", "scale_jumps", "whom",
]  # fmt: skip

_TIES = CASE_TABLES["ties"]
_FEW, _JUMP, _MOVED = 10, 3, 0.5
_FEW_STRANGERS = 3

Named = Callable[[Iterable[str]], dict[str, str]]
"""Gives the ids of those spellings that mean one person, ``?`` of those who are outside."""


def read_survey_grid(path: Path, name: str, *, sheet: str | None = None) -> tuple[Grid | None, list[Problem]]:
    """Read rows of cells as :func:`nicmethods.files.sheets.read_grid`, with points for decimal commas."""
    grid, problems = read_grid(path, name, sheet=sheet)
    return with_points(grid) if grid else None, problems


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
        Declared columns in their types (columns that the file leaves out are all missing), then attributes where the table
        is open-ended; the index ``row`` is the row in the file. And every problem found; see
        :func:`nicmethods.files.cells.parse_table` for what becomes of faulty rows. Without usable columns the table is empty.
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
    grid, problems = read_survey_grid(path, name, sheet=mapping.sheet if mapping else None)
    needed = {called.get(column.name, column.name) for column in table.columns if column.required and not column.blank}
    if getattr(mapping, "header", True):
        cells, more = frame_of(grid, name, needed - set(given or {}), nameless=bool(called))
    else:
        cells, more = _numbered(grid), []
    problems = [*problems, *more]
    if cells is None or mapping is None:
        return cells, problems
    faults = {
        header: f"column '{header}', which case.yml names, is missing. Columns: {', '.join(cells.columns)}."
        for header in called.values() if header not in cells
    } or {
        column: f"column '{column}' stands in the file, but case.yml maps it to '{header}'. Rename one."
        for column, header in called.items() if column != header and column in cells and column not in called.values()
    }  # fmt: skip
    if faults:
        return None, [*problems, *(Problem("error", name, 1, one, one, said) for one, said in faults.items())]
    cells = cells.rename(columns={header: column for column, header in called.items()})
    said = {column: cells[column].replace(labels) for column, labels in mapping.values.items() if column in cells}  # noqa: PD011
    return cells.assign(**said), problems


def _numbered(grid: Grid | None) -> pd.DataFrame | None:
    """Rows of a file without a header; its columns are called by their numbers."""
    if grid is None:
        return None
    width = max(map(len, grid.rows))
    rows = {n: [*cells, *[""] * (width - len(cells))] for n, cells in enumerate(grid.rows, start=1) if any(cells)}
    index = pd.Index(rows, dtype="int64", name="row")
    frame = pd.DataFrame(list(rows.values()), columns=[str(n + 1) for n in range(width)], index=index, dtype="str")
    return frame.mask(frame == "")


@dataclass(frozen=True)
class SurveyFile:
    """A survey file with all that its reading needs.

    Parameters
    ----------
    name
        How a person would name it, relative to the case folder.
    mapping
        Its shape and names, from case.yml.
    actors
        Actor ids in the order of the roster, which is the order of a matrix without ids.
    named
        Looks up people who are given by name instead of id; ``?`` is somebody outside.
    relation
        Relation of answers that name none.
    scales
        For each relation its scale: value and label.
    """

    name: str
    mapping: TieFile
    actors: Sequence[str]
    named: Named = lambda _: {}
    relation: str | None = None
    scales: Mapping[str, Mapping[float, str]] = field(default_factory=dict)

    @property
    def question(self) -> str | None:
        """The relation of answers that name none themselves."""
        return self.mapping.relation or self.relation

    @property
    def nobody(self) -> set[str]:
        """Labels of no person, by which somebody says that there is nobody."""
        return {fold(label) for label in self.mapping.nobody}

    def labels(self, relation: str | None) -> dict[str, float | None]:
        """What labels of a relation's answers are worth; None: they say nothing."""
        scale = {fold(label): value for value, label in self.scales.get(relation or "", {}).items()}
        said = {label: None if value == "?" else parse_number(value) for label, value in self.given("weight").items()}
        return scale | said

    def given(self, column: str) -> dict[str, str]:
        """What case.yml says that the values of a column mean, by their folded text."""
        said: Mapping[str, str] = self.mapping.values.get(column, {})  # noqa: PD011 - no frame
        return {fold(label): meant for label, meant in said.items()}

    def ids(self, labels: Iterable[str], *, end: str = "target") -> dict[str, str]:
        """Whom labels mean: an id, or ``?`` for somebody outside; strangers are left out."""
        given = self.given(end)
        wanted = {label: given.get(fold(label), label) for label in labels if label}
        known = set(self.actors)
        looked = self.named({label for label in wanted.values() if label not in known and label != "?"})
        found = {label: one if one in known or one == "?" else looked.get(one) for label, one in wanted.items()}
        return {label: one for label, one in found.items() if one}

    def by_name(self, ids: Mapping[str, str], *, end: str = "target") -> set[str]:
        """Labels that were looked up: neither ids nor said by case.yml."""
        return {label for label, one in ids.items() if one not in (label, "?") and fold(label) not in self.given(end)}

    def problem(self, message: str, *, level: Level = "error", row: int | None = None, field: str = "", value: str = "") -> Problem:  # fmt: skip
        """Something wrong with the file."""
        return Problem(level, self.name, row, field, value, message)


@dataclass
class Reading:
    """What a survey file says.

    Parameters
    ----------
    ties
        Work table ``ties``, self-ties of edge lists included; the index ``row`` is the row in the file.
    answered
        relation, wave, actor, responded: who answered, where the file says so; missing where it cannot tell.
    problems
        Every problem found.
    """

    ties: pd.DataFrame
    answered: pd.DataFrame
    problems: list[Problem]


def read_ties(path: Path, file: SurveyFile) -> Reading:
    """Read survey answers in the shape that case.yml says.

    Parameters
    ----------
    path
        The file.
    file
        What case.yml says of it, and the people.
    """
    held: GraphFile | Grid | pd.DataFrame | None
    if file.mapping.shape == "graph":
        held, problems = read_graph(path, file.name, part=file.mapping.sheet)
    elif file.mapping.shape == "edges":
        held, problems = _edge_cells(path, file)
    else:
        held, problems = read_survey_grid(path, file.name, sheet=file.mapping.sheet)
    told, answered, more = _nothing() if held is None else _READERS[file.mapping.shape](held, file)
    return _settled(told, answered, [*problems, *more], file)


Told = tuple[pd.DataFrame, pd.DataFrame, list[Problem]]
_ANSWERED = ["relation", "wave", "actor", "responded"]
_KEY = [*WORK_TABLES["ties"].key]


def _nothing(problems: Sequence[Problem] = ()) -> Told:
    return empty(_TIES).rename_axis(index="row"), pd.DataFrame(columns=_ANSWERED, dtype="object"), list(problems)


def _settled(told: pd.DataFrame, answered: pd.DataFrame, problems: list[Problem], file: SurveyFile) -> Reading:
    """Fill in the wave and the relation, and make the table what it is declared to be."""
    declared = WORK_TABLES["ties"]
    told, answered = told.reindex(columns=declared.names), answered.reindex(columns=_ANSWERED)
    for frame in (told, answered):
        for column, given in (("wave", file.mapping.wave), ("relation", file.question)):
            frame[column] = frame[column].astype("object").where(frame[column].notna(), given)
    if told["relation"].isna().any():
        message = "nothing says which relation these ties are of. Add a column 'relation', or relation: in case.yml."
        problems = [*problems, file.problem(message, field="relation")]
        told = told[told["relation"].notna()]
    told, answered = (frame[~frame[["wave", "relation"]].isin(["?"]).any(axis="columns")] for frame in (told, answered))
    ties = told.astype(declared.dtypes)
    for relation, rows in ties.groupby("relation") if file.mapping.again != "sum" else ():
        scale = file.scales.get(str(relation), {})
        beyond = off_scale(rows["weight"], scale)
        if beyond:
            values = ", ".join(f"{value:g}" for value in beyond[:5])
            message = f"there are values beyond the scale of '{relation}' ({ends_of(scale)}): {values}. Are they codes of the survey tool? Say what they are worth: values: {{weight: …}}."
            problems = [*problems, file.problem(message, level="warning", field="weight", value=values)]
    if file.mapping.again != "refused":
        same = ties.groupby(_KEY, sort=False, dropna=False)["weight"]
        one = same.transform("max") if file.mapping.again == "highest" else same.transform("sum", min_count=1)
        ties = ties.assign(weight=one)[~ties.duplicated(_KEY)]
    return Reading(ties, answered, problems)


def ends_of(scale: Mapping[float, str]) -> str:
    """The least and the greatest value of a scale, with their labels."""
    return " to ".join(f"{value:g} '{scale[value]}'" for value in (min(scale), max(scale)))


def off_scale(values: Iterable[float], scale: Mapping[float, str]) -> list[float]:
    """List the values of 0 or more beyond all that a scale names; between its ends a value needs no name."""
    return sorted({value for value in values if scale and value >= 0 and not (min(scale) <= value <= max(scale))})


def _strangers(labels: Mapping[str, int | None], ids: Mapping[str, str], file: SurveyFile, what: str) -> list[Problem]:
    """An error for each label that means nobody known; `labels` says where each stands first."""
    return [
        file.problem(
            f"{what} '{label}' is nobody in the roster. Correct it, add the person, or say in people.csv (alias,actor) who it "
            "is (? for somebody outside).",
            row=row, field="name", value=label,
        )
        for label, row in labels.items() if label not in ids
    ]  # fmt: skip


# Edge lists -------------------------------------------------------------------------------------------------------------


def _edge_cells(path: Path, file: SurveyFile) -> tuple[pd.DataFrame | None, list[Problem]]:
    given = {"wave": file.mapping.wave} if file.mapping.wave else {}
    cells, problems = _read_cells(path, file.name, _TIES, file.mapping, given)
    if cells is not None:
        if not get_close_matches("weight", [str(one).casefold() for one in cells], n=1, cutoff=0.8):
            given |= {"weight": "1"}  # a list of ties without values
        cells = cells.assign(**{column: value for column, value in given.items() if column not in cells})
    return cells, problems


def _edges(cells: pd.DataFrame, file: SurveyFile) -> Told:
    _, told, problems = _nothing()
    if {"source", "target"} <= set(cells):
        cells, problems = _with_ids(cells, file)
        cells, told = _without_nobody(cells, file)
        if "weight" in cells:
            relation = cells.get("relation", pd.Series(index=cells.index, dtype="str")).fillna(file.question or "")
            labels = {name: file.labels(name) for name in relation.unique()}
            weights = [_as_number(cell, labels[of]) for cell, of in zip(cells["weight"], relation, strict=True)]
            cells = cells.assign(weight=pd.Series(weights, index=cells.index, dtype="str"))
    direction = cells.get("direction", pd.Series(index=cells.index, dtype="str"))
    ties, more = parse_table(cells.drop(columns="direction", errors="ignore"), file.name, _TIES)
    said = direction.str.casefold().groupby(level=0).first().reindex(ties.index)
    both = said.isin(["undirected", "mutual"])
    more += [
        file.problem(f"'direction' is '{one}'; it is directed, undirected or mutual. Correct it.", row=int(str(row)), field="direction", value=one)
        for row, one in said[said.notna() & said.ne("directed") & ~both].items()
    ]  # fmt: skip
    back = ties[both | file.mapping.mutual].rename(columns={"source": "target", "target": "source"})
    return pd.concat([ties, back]) if len(back) else ties, told, problems + more


def _without_nobody(cells: pd.DataFrame, file: SurveyFile) -> tuple[pd.DataFrame, pd.DataFrame]:
    """An edge list without the rows that name nobody, and who answered, where there are such."""
    none = cells["target"].map(lambda cell: isinstance(cell, str) and fold(cell) in file.nobody)
    if not none.any():
        return cells, _nothing()[1]
    said = none | (cells["weight"].notna() if "weight" in cells else True)
    told = cells[said].rename(columns={"source": "actor"}).assign(responded=True)
    return cells[~none], told.reindex(columns=_ANSWERED).drop_duplicates()


def _as_number(cell: object, labels: Mapping[str, float | None]) -> object:
    """A label as the number that it is worth; all else as it stands."""
    if not isinstance(cell, str) or fold(cell) not in labels:
        return cell
    value = labels[fold(cell)]
    return None if value is None else f"{value:g}"


def _with_ids(cells: pd.DataFrame, file: SurveyFile) -> tuple[pd.DataFrame, list[Problem]]:
    """An edge list with ids, a row for each of several people that a cell names."""
    problems: list[Problem] = []
    named, n_outside = set[str](), 0
    for end in ("source", "target"):
        cells, more = _one_each(cells, end, file)
        problems += more
        ids = file.ids(cells[end].dropna().unique(), end=end)
        named |= file.by_name(ids, end=end)
        cells = cells.assign(**{end: cells[end].replace(ids)})
        n_outside += int((cells[end] == "?").sum())
        cells = cells[cells[end] != "?"]
    return cells, [*problems, *_given_by_name(named, file), *_outside(n_outside, file)]


def _given_by_name(labels: Collection[str], file: SurveyFile) -> list[Problem]:
    many = "1 person is" if len(labels) == 1 else f"{len(labels)} people are"
    message = f"{many} given by name and not by id; looked up in the roster and people.csv. Check, or write ids."
    return [file.problem(message, level="warning")] if labels else []


def _outside(n: int, file: SurveyFile) -> list[Problem]:
    ties = "1 answer is" if n == 1 else f"{n} answers are"
    message = f"{ties} of or about people outside the roster (? in people.csv or values:), and not used."
    return [file.problem(message, level="warning")] if n else []


def _one_each(cells: pd.DataFrame, end: str, file: SurveyFile) -> tuple[pd.DataFrame, list[Problem]]:
    """Part cells that name several people; a mark that may part people and does not is asked about, never cut off."""
    split = file.mapping.split
    problems: list[Problem] = []
    lists: dict[str, list[str]] = {}
    for row, cell in cells[end].dropna().drop_duplicates().items():
        parts = split_names(cell, split or ("|",), lambda name: bool(file.ids([name], end=end)))
        if len(parts) < 2:
            continue
        known = [part for part in parts if part in file.ids(parts, end=end)]
        if split or len(known) == len(parts):
            lists[cell] = parts
        elif known:
            who = ", ".join(f"'{part}'" for part in parts if part not in known)
            message = f"'{end}' is '{cell}', which names several, but {who} is nobody in the roster. Correct it, or say in people.csv whom the whole cell means."  # fmt: skip
            problems.append(file.problem(message, row=int(str(row)), field=end, value=cell))
    if lists and not split:
        n = int(cells[end].isin(list(lists)).sum())
        message = f"{n} {'cell names' if n == 1 else 'cells name'} several people, parted by |; each is a tie with the row's value."
        problems.append(file.problem(message, level="warning", field=end))
    several = cells[end].map(lambda cell: lists.get(cell, cell) if isinstance(cell, str) else cell)
    return cells.assign(**{end: several}).explode(end), problems


# Matrices ---------------------------------------------------------------------------------------------------------------


def parse_matrix(grid: Grid, file: SurveyFile) -> Told:
    """Read a matrix: a row for each person who answers, a column for each who is named, the reported value in the cell.

    Parameters
    ----------
    grid
        The file's rows.
    file
        What case.yml says of it: whether it has a header row and an id column, and who names whom. Without either, its n-th
        row and column are the n-th person of the roster; with one of them, it holds for both. With both, rows and columns may
        be different people: who has no row did not answer, and nobody was asked about who has no column.

    Returns
    -------
    tuple
        One row per ordered pair, blank cells (not reported) missing, without the diagonal; who answered, where a matrix
        without labels cannot tell; and the problems.
    """
    mapping = file.mapping
    body, header, labels = _cut(grid, mapping, len(file.actors))
    ids = file.ids([*header, *labels])
    said = titles_above(grid, file.name, header_at(grid)) if mapping.header else []
    said += _given_by_name(file.by_name(ids), file)
    width = int(mapping.ids) + len(header or labels or file.actors)
    short = [fault for fault in short_rows(grid, file.name, width) if fault.row in set(body.index)]
    faults = short or _shape_faults(body, header, labels, ids, file)
    if faults:
        return _nothing(said + faults)
    sources = [ids[label] for label in labels or header] or list(file.actors)
    targets = [ids[label] for label in header] or sources
    long = pd.DataFrame(
        {"source": np.repeat(sources, len(targets)), "target": targets * len(sources), "cell": body.to_numpy().ravel()},
        index=pd.Index(body.index.repeat(len(targets)), name="row"),
    )
    ties, problems = _weights(long, file)
    answer, named = ([one for one in dict.fromkeys(side) if one != "?"] for side in (sources, targets))
    if mapping.direction == "column_names_row":
        ties, answer, named = ties.rename(columns={"source": "target", "target": "source"}), named, answer
    if not header and not labels:
        # whoever has nothing but zeros in a bare block of numbers may not have answered
        totals = ties.groupby("source")["weight"].agg(["sum", "count"])
        silent = totals.index[(totals["sum"] == 0) & (totals["count"] > 0)]
        return ties, pd.DataFrame({"actor": silent, "responded": pd.NA}), said + problems
    left = [one for one in file.actors if one not in named]
    without = {
        "row, and so did not answer": [one for one in named if one not in answer],
        "column: nothing is known of ties to them": left,
    }
    problems += [file.problem(f"{_people(who)} without a {what}.", level="warning") for what, who in without.items() if who]  # fmt: skip
    pairs = [(source, target, float("nan"), 0) for source in answer for target in left if source != target]
    unknown = pd.DataFrame(pairs, columns=["source", "target", "weight", "row"]).set_index("row")
    return pd.concat([ties, unknown]) if pairs else ties, _nothing()[1], said + problems


def _people(ids: Sequence[str]) -> str:
    some = ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
    return f"1 person ({some}) is" if len(ids) == 1 else f"{len(ids)} people ({some}) are"


def _cut(grid: Grid, mapping: TieFile, n_actors: int) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Cells (index: row of the file), column ids and row ids; ids are empty where the file has none."""
    at = header_at(grid) + 1 if mapping.header else 0
    header = list(grid.rows[at - 1]) if at else []
    while header and not header[-1]:
        header.pop()
    rows = {n: cells for n, cells in enumerate(grid.rows, start=1) if n > at and (any(cells) or not mapping.ids)}
    labels = [cells[0] if cells else "" for cells in rows.values()] if mapping.ids else []
    width = max(map(len, rows.values()), default=0)
    body = pd.DataFrame(
        [[*cells, *[""] * (width - len(cells))] for cells in rows.values()], index=list(rows), dtype="object"
    )
    body = body.iloc[:, int(mapping.ids) :]
    if mapping.ids and len(header) >= width:
        header = header[1:]
    n = len(header or labels) or n_actors
    body = body.loc[:, body.any() | (np.arange(body.shape[1]) < n)]
    return body if labels else body[body.any(axis="columns") | (np.arange(len(body)) < n)], header, labels


def _shape_faults(
    body: pd.DataFrame, header: list[str], labels: list[str], known: Mapping[str, str], file: SurveyFile
) -> list[Problem]:
    n_rows, n_columns = body.shape
    message = ""
    if (header and len(header) != n_columns) or (n_rows != n_columns and not (header and labels)):
        message = f"the matrix is not square: {n_rows} rows and {len(header) or n_columns} columns. Give every person a row and a column, or correct header: and ids: in case.yml."
    elif not header and not labels and n_rows != len(file.actors):
        message = f"the matrix has {n_rows} rows and columns, but the roster has {len(file.actors)} people. Without ids it must hold everybody, in the order of the roster."
    if message:
        return [file.problem(message)]
    row_of = dict(zip(labels, body.index.tolist(), strict=False))
    faults = []
    for side in (labels, header):
        meant = Counter(known.get(label, label) for label in side)
        faults += [
            file.problem(f"id '{label}' stands twice. Every person has one row and one column.", value=label, row=row_of.get(label))
            for label in dict.fromkeys(side) if meant[known.get(label, label)] > 1 and known.get(label) != "?"
        ]  # fmt: skip
    strangers = [label for label in dict.fromkeys([*labels, *header]) if label not in known]
    if len(strangers) <= _FEW_STRANGERS:
        return faults + [
            file.problem(f"the matrix names '{one}', who is not in the roster. Add the person or correct the id.", value=one, row=row_of.get(one))
            for one in strangers
        ]  # fmt: skip
    quoted = ", ".join(f"'{found}'" for found in strangers[:5]) + (", …" if len(strangers) > 5 else "")
    message = (
        f"the matrix is labelled with {len(strangers)} words that are no ids and no names of the roster: {quoted}. "
        "Label rows and columns with ids, or say in people.csv (alias,actor) whom each stands for."
    )
    return [*faults, file.problem(message, value=quoted)]


def _weights(long: pd.DataFrame, file: SurveyFile) -> tuple[pd.DataFrame, list[Problem]]:
    """Cells as numbers, without the diagonal and people outside; a problem a cell that is none, worded alike so that equal ones are said once."""
    labels = file.labels(file.question)
    outside = long["source"].eq("?") | long["target"].eq("?")
    problems = _outside(int((outside & long["cell"].ne("")).sum()), file)
    own = long["source"].eq(long["target"]) & ~outside
    values: dict[str, float | None] = {"": None}
    wrong: dict[str, str] = {}
    for cell in set(long["cell"]) - {""}:
        try:
            values[cell] = weight_of(cell, labels)
        except ValueError:
            why = why_no_number(cell)
            if labels and not why.startswith("which has a comma"):
                why = f"which is no number and no label of the scale. Say what it is worth: values: {{weight: {{{cell!r}: 1}}}}, ? where it says nothing."
            wrong[cell] = why
        else:
            if (values[cell] or 0) < 0:
                wrong[cell] = "which must be 0 or more."
    faulty = long["cell"].isin(list(wrong))
    problems += [
        file.problem(f"a cell is '{cell}', {wrong[cell]}", row=row, field=f"column {target}", value=cell)
        for row, target, cell in long.loc[faulty & ~own & ~outside, ["target", "cell"]].itertuples(name=None)
    ]
    weight = long["cell"].map(values).astype("float64")
    n_own = int((own & (weight != 0) & weight.notna()).sum())
    if n_own:
        cells = "1 diagonal cell is" if n_own == 1 else f"{n_own} diagonal cells are"
        message = f"{cells} not zero: people name themselves; these self-ties are dropped."
        problems.append(file.problem(message, level="warning", value=str(n_own)))
    ties = long.assign(weight=weight)[~own & ~outside & ~faulty].drop(columns="cell")
    return ties.astype({"source": "str", "target": "str"}), problems


# Answered questionnaires -------------------------------------------------------------------------------------------------


def _questionnaires(grid: Grid, file: SurveyFile) -> Told:
    """A row an answered questionnaire, whose columns or whose cells name people."""
    sheet = questionnaire(grid, file.name, file.mapping)
    if not sheet.answers:
        return _nothing(sheet.problems)
    who, problems = _who_answers(sheet, file)
    answers = [answer for answer in sheet.answers if answer.row in who]
    rows, responded, more = (_wide if file.mapping.shape == "wide" else _lists)(sheet, answers, file)
    problems = [*sheet.problems, *problems, *more]
    given = file.given("wave")
    waves = {answer.row: given.get(fold(answer.wave), answer.wave) for answer in answers if answer.wave is not None}
    long = pd.DataFrame(rows, columns=["row", "target", "cell", "blank"]).set_index("row")
    long = long.astype({"target": "str", "cell": "str", "blank": "float64"}).assign(source=long.index.map(who), wave=long.index.map(waves))  # fmt: skip
    ties, more = _weights(long, file)
    ties["weight"] = ties["weight"].fillna(ties["blank"])
    begun = ties.index.isin([answer.row for answer in answers if answer.finished is False])
    ties["weight"] = ties["weight"].mask((ties["weight"] == 0) & begun)
    responded |= set(ties.index[ties["weight"].notna()])
    told = [(waves.get(row), actor, row in responded) for row, actor in who.items()]
    answered = pd.DataFrame(told, columns=["wave", "actor", "responded"], dtype="object")
    return ties[ties.index.isin(responded)], answered, problems + more


def _who_answers(sheet: Sheet, file: SurveyFile) -> tuple[dict[int, str], list[Problem]]:
    """The id of whoever answers in each row; people outside the roster and rows without a name are left out and said."""
    labels = {answer.who: answer.row for answer in reversed(sheet.answers) if answer.who}
    ids = file.ids(labels, end="source")
    problems = _strangers(labels, ids, file, "somebody who answers,")
    column = file.mapping.who[0]
    found: dict[int, str] = {}
    seen: dict[tuple[str, str | None], int] = {}
    for answer in sheet.answers:
        if not answer.who and answer.finished is not False:
            message = "a row does not say who answers. Fill the cell, or leave the row out with leave_out:."
            problems.append(file.problem(message, row=answer.row, field=column))
        actor = ids.get(answer.who, "?")
        first = seen.setdefault((actor, answer.wave), answer.row)
        if actor == "?":
            continue
        if first == answer.row:
            found[answer.row] = actor
            continue
        message = f"{actor} answers twice, in rows {first} and {answer.row}. Keep one: a column can say which is left out (--leave-out COLUMN=VALUE, leave_out: in case.yml)."
        problems.append(file.problem(message, row=answer.row, field=column, value=answer.who))
    n = sum(not answer.who and answer.finished is False for answer in sheet.answers)
    if n:
        rows = "1 row that was not finished does" if n == 1 else f"{n} rows that were not finished do"
        problems.append(file.problem(f"{rows} not say who answers, and nothing in it is used.", level="warning"))
    return found, problems + _outside(sum(ids.get(answer.who) == "?" for answer in sheet.answers), file)


Rows = list[tuple[int, str, str, float | None]]
"""Row in the file, who is named (``?``: somebody outside), the answer, and what it is worth if it is empty."""


def _wide(sheet: Sheet, answers: Sequence[Answer], file: SurveyFile) -> tuple[Rows, set[int], list[Problem]]:
    """A column a person who is named."""
    targets, problems = _named_by(sheet, file)
    left = [one for one in file.actors if one not in targets.values()] if targets else []
    if left:
        message = f"{_people(left)} without a column: nothing is known of ties to them."
        problems.append(file.problem(message, level="warning"))
    rows: Rows = []
    for answer in answers:
        cells = [_plain(answer.at(column), column, file) for column in targets]
        reached = any(cell not in ("", "0") if file.mapping.ticks else cell for cell in cells)
        blank = 0.0 if file.mapping.blank == "zero" and reached and answer.finished is not False else None
        pairs = zip(targets.values(), cells, strict=True)
        rows += [(answer.row, target, cell, blank) for target, cell in pairs if target and (target, cell) != ("?", "0")]
        rows += [(answer.row, one, "", None) for one in left]
    return rows, set(), problems


def _plain(cell: str, column: Column, file: SurveyFile) -> str:
    """An answer as it counts: ticks as 1 and 0, words for nobody as 0."""
    if not cell or fold(cell) in file.labels(file.question):
        return cell
    if file.mapping.ticks:
        own = {fold(label) for label in labels_of(column)}
        return "1" if fold(cell) in TICKED | own else "0" if fold(cell) in NOT_TICKED else cell
    return "0" if fold(cell) in file.nobody else cell


def _named_by(sheet: Sheet, file: SurveyFile) -> tuple[dict[Column, str], list[Problem]]:
    """The columns of the question and whom each names: an id, ``?`` for somebody outside, empty for nobody."""
    chosen = [(question, sheet.asked(question)) for question in file.mapping.question]
    problems = [
        file.problem(f"'{question}', which case.yml names as a question, is no column. Columns: {', '.join(c.key for c in sheet.columns)}.", row=1, value=question)
        for question, columns in chosen if not columns
    ]  # fmt: skip
    columns = list(dict.fromkeys(column for _, found in chosen for column in found))
    if not file.mapping.question:
        columns = sheet.spare(file.mapping)
    kept: dict[Column, str] = {}
    for column in columns:
        target = whom(column, file)
        first = next((one for one, meant in kept.items() if meant == target), None)
        message = ""
        if target is None:
            texts = " / ".join(text for text in column.texts[1:] if text) or "no other header"
            message = (
                f"column '{column.key}' ({texts}) names nobody in the roster. "
                f"Say whom it means: values: {{target: {{{column.key!r}: ID}}}}, ? for somebody outside, or nobody: where it is no person."
            )
        elif first and target not in ("", "?"):
            message = f"columns '{first.key}' and '{column.key}' both name {target}. Name the columns of one question: question: [...], or leave one out: values: {{target: {{{column.key!r}: '?'}}}}."
        else:
            kept[column] = target
        problems += [file.problem(message, row=1, field=column.key, value=column.key)] if message else []
    return kept, problems


def whom(column: Column, file: SurveyFile) -> str | None:
    """Whom a column names: an id, ``?`` for somebody outside, empty for nobody; None if that cannot be told."""
    candidates = list(dict.fromkeys([column.key, column.texts[0], *labels_of(column)]))
    given = file.given("target")
    for one in map(fold, candidates):
        if one in given:
            return given[one]
    if set(map(fold, candidates)) & file.nobody:
        return ""
    ids = file.ids(labels_of(column))
    return next((ids[label] for label in labels_of(column) if label in ids), None)


def _lists(sheet: Sheet, answers: Sequence[Answer], file: SurveyFile) -> tuple[Rows, set[int], list[Problem]]:
    """Cells of the question name people, one or several a cell, with or without a strength."""
    mapping = file.mapping
    asked = {question: sheet.asked(question) for question in mapping.question} or {"": sheet.columns}
    spare = sheet.spare(mapping)
    named = [column for column in dict.fromkeys(column for found in asked.values() for column in found) if column in spare]  # fmt: skip
    strength = {one: sheet.called(one) for one in mapping.strength}
    lost = [one for one, found in (*asked.items(), *strength.items()) if not found]
    there = ", ".join(column.key for column in sheet.columns)
    problems = [file.problem(f"'{one}', which case.yml names, is no column. Columns: {there}.", row=1, value=one) for one in lost]  # fmt: skip
    if not lost and strength and len(mapping.strength) != len(named):
        message = f"{len(named)} columns name people, but strength: lists {len(mapping.strength)}. Give one for each."
        problems.append(file.problem(message, row=1))
    if problems:
        return [], set(), problems
    worth = [strength[one] for one in mapping.strength] or [None] * len(named)
    is_name: Callable[[str], bool] = lambda name: bool(file.ids([name])) or fold(name) in file.nobody  # noqa: E731
    said: list[tuple[Answer, str, str]] = []
    responded = set()
    for answer in answers:
        for column, value in zip(named, worth, strict=True):
            names = split_names(answer.at(column), mapping.split, is_name)
            said += [(answer, name, answer.at(value) if value else "1") for name in names if fold(name) not in file.nobody]  # fmt: skip
        if any(map(answer.at, named)) or (mapping.blank == "zero" and answer.finished is not False):
            responded.add(answer.row)
    first = {name: answer.row for answer, name, _ in reversed(said)}
    ids = file.ids(first)
    problems += _strangers(first, ids, file, "somebody who is named,")
    rows: Rows = [(answer.row, ids[name], value, None) for answer, name, value in said if name in ids]
    have = {(row, target) for row, target, *_ in rows}
    rows += [  # who broke off may have named others too
        (answer.row, one, "", None)
        for answer in answers if answer.finished is False and answer.row in responded
        for one in file.actors if (answer.row, one) not in have
    ]  # fmt: skip
    return rows, responded, problems


# Graph files -------------------------------------------------------------------------------------------------------------


def _graph(graph: GraphFile, file: SurveyFile) -> Told:
    """The ties of a graph file; a tie without a direction is a report of both."""
    ids = file.ids(graph.people)
    problems = _strangers(dict.fromkeys(graph.people), ids, file, f"the {graph.kind} file's")
    relations = file.given("relation")
    worth, of = (file.mapping.columns.get(one, "").casefold() for one in ("weight", "relation"))
    there = [] if of else list(dict.fromkeys(tie.relation for tie in graph.ties))
    if file.mapping.relation is None and sum(map(bool, there)) > 1 and not set(map(fold, there)) <= set(relations):
        quoted = ", ".join(f"'{one}'" for one in there)
        message = f"it holds several relations: {quoted}. Say which is which: values: {{relation: {{...}}}}, ? for one that is not used."
        return _nothing([*problems, file.problem(message, field="relation", value=quoted)])
    rows = []
    n_both = 0
    labels = file.labels(file.question)
    for tie in graph.ties:
        source, target = ids.get(tie.source, "?"), ids.get(tie.target, "?")
        called = tie.said.get(of, "") if of else tie.relation
        relation = relations.get(fold(called), (called or None) if of else None if relations else file.question)
        try:
            weight = weight_of(tie.said[worth], labels) if worth in tie.said else tie.weight
        except ValueError:
            message = f"'{worth}' is '{tie.said[worth]}', {why_no_number(tie.said[worth])}"
            problems.append(file.problem(message, field=worth, value=tie.said[worth]))
            continue
        if "?" in (source, target, relation):
            continue
        if weight is not None and weight < 0:
            message = f"a tie is worth {weight:g}, which must be 0 or more."
            problems.append(file.problem(message, row=tie.row, value=f"{weight:g}"))
            continue
        both = tie.both or file.mapping.mutual
        n_both += both
        rows.append((tie.row or 0, source, target, weight, relation))
        rows += [(tie.row or 0, target, source, weight, relation)] if both and source != target else []
    if n_both:
        many = "1 tie has" if n_both == 1 else f"{n_both} ties have"
        problems.append(file.problem(f"{many} no direction; each counts as a report of both people.", level="warning"))
    problems += _outside(sum(one == "?" for one in ids.values()), file)
    return pd.DataFrame(rows, columns=["row", "source", "target", "weight", "relation"]).set_index("row"), _nothing()[1], problems  # fmt: skip


_READERS: dict[str, Callable[[Any, SurveyFile], Told]] = {
    "edges": _edges, "matrix": parse_matrix, "wide": _questionnaires, "lists": _questionnaires, "graph": _graph,
}  # fmt: skip


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
    found: list[tuple[str, str]] = []
    for earlier, later in pairwise(wave for wave in waves if wave in answers):
        where = f"wave '{later}' against '{earlier}', relation '{relation}':"
        before, after = (len(answers[wave]) / answers[wave]["source"].nunique() for wave in (earlier, later))
        if max(before, after) >= _JUMP * min(before, after):
            named = f"people name {after:.1f} others on average, before {before:.1f}."
            found.append((later, f"{where} {named}"))
        old, new = (answers[wave]["weight"].value_counts(normalize=True) for wave in (earlier, later))
        moved = float(new.sub(old, fill_value=0).abs().sum()) / 2
        if moved >= _MOVED:
            said = f"the scale is used differently; {moved:.0%} of the answers would have to move."
            found.append((later, f"{where} {said}"))
    advice = "Check whether the question or its entry changed; growth and measurement cannot be told apart here."
    return [Problem("warning", "ties", None, "wave", wave, f"{said} {advice}") for wave, said in found]
