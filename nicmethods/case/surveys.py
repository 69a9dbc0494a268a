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
    "Named", "Reading", "SurveyFile", "off_scale", "parse_matrix", "read_survey_grid", "read_table", "read_ties", "scale_jumps", "whom",
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
    grid, problems = read_survey_grid(path, name, sheet=mapping.sheet if mapping else None)
    needed = {called.get(column.name, column.name) for column in table.columns if column.required and not column.blank}
    if getattr(mapping, "header", True):
        cells, more = frame_of(grid, name, needed - set(given or {}), nameless=bool(called))
    else:
        cells, more = _numbered(grid), []
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
    mapping = file.mapping
    problems: list[Problem] = []
    if mapping.shape == "graph":
        graph, problems = read_graph(path, file.name, part=mapping.sheet)
        told, answered, more = _graph(graph, file) if graph else _nothing()
    elif mapping.shape == "edges":
        cells, problems = _edge_cells(path, file)
        told, answered, more = _edges(cells, file)
    else:
        grid, problems = read_survey_grid(path, file.name, sheet=mapping.sheet)
        read = {"matrix": parse_matrix, "wide": _wide, "lists": _lists}[mapping.shape]
        told, answered, more = read(grid, file) if grid else _nothing()
    return _settled(told, answered, [*problems, *more], file)


Told = tuple[pd.DataFrame, pd.DataFrame, list[Problem]]
_ANSWERED = ["relation", "wave", "actor", "responded"]


def _nothing() -> Told:
    return empty(_TIES).rename_axis(index="row"), pd.DataFrame(columns=_ANSWERED, dtype="object"), []


def _settled(told: pd.DataFrame, answered: pd.DataFrame, problems: list[Problem], file: SurveyFile) -> Reading:
    """Fill in the wave and the relation, and make the table what it is declared to be."""
    for column, given in (("wave", file.mapping.wave), ("relation", file.mapping.relation or file.relation)):
        both = [frame.assign(**{column: _filled(frame, column, given)}) for frame in (told, answered)]
        told, answered = both
    if len(told) and told["relation"].isna().any():
        message = "nothing says which relation these ties are of. Add a column 'relation', or relation: in case.yml."
        problems = [*problems, file.problem(message, field="relation")]
        told = told[told["relation"].notna()]
    told, answered = (frame[~frame[["wave", "relation"]].isin(["?"]).any(axis="columns")] for frame in (told, answered))
    declared = WORK_TABLES["ties"]
    ties = told[declared.names].astype(declared.dtypes)
    for relation, rows in ties.groupby("relation") if file.mapping.again != "sum" else ():
        scale = file.scales.get(str(relation), {})
        beyond = off_scale(rows["weight"], scale)
        if beyond:
            ends = " to ".join(f"{value:g} '{scale[value]}'" for value in (min(scale), max(scale)))
            values = ", ".join(f"{value:g}" for value in beyond[:5])
            message = f"there are values beyond the scale of '{relation}' ({ends}): {values}. Are they codes of the survey tool? Say what they are worth: values: {{weight: …}}."
            problems = [*problems, file.problem(message, level="warning", field="weight", value=values)]
    if file.mapping.again != "refused":
        same = ties.groupby(["relation", "wave", "source", "target"], sort=False, dropna=False)["weight"]
        one = (
            same.transform("max")
            if file.mapping.again == "highest"
            else same.transform(lambda values: values.sum(min_count=1))
        )
        ties = ties.assign(weight=one)[~ties.duplicated(["relation", "wave", "source", "target"])]
    return Reading(ties, answered[_ANSWERED], problems)


def off_scale(values: Iterable[float], scale: Mapping[float, str]) -> list[float]:
    """List the values of 0 or more beyond all that a scale names; between its ends a value needs no name."""
    return sorted({value for value in values if scale and value >= 0 and not (min(scale) <= value <= max(scale))})


def _filled(frame: pd.DataFrame, column: str, given: str | None) -> pd.Series[Any]:
    values = frame.get(column, pd.Series(index=frame.index, dtype="str"))
    return values.astype("object").fillna(given) if given else values


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
    mapping = file.mapping
    given = {"wave": mapping.wave} if mapping.wave else {}
    cells, problems = _read_cells(path, file.name, _TIES, mapping, given)
    if cells is None:
        return None, problems
    cells = cells.assign(**{column: value for column, value in given.items() if column not in cells})
    if "weight" not in cells and not get_close_matches(
        "weight", [str(one).casefold() for one in cells], n=1, cutoff=0.8
    ):
        cells = cells.assign(weight="1")  # a list of ties without values
    return cells, problems


def _edges(cells: pd.DataFrame | None, file: SurveyFile) -> Told:
    problems: list[Problem] = []
    told = _nothing()[1]
    if cells is not None and {"source", "target"} <= set(cells):
        cells, problems = _with_ids(cells, file)
        cells, told = _without_nobody(cells, file)
        if "weight" in cells:
            relation = cells.get("relation", pd.Series(index=cells.index, dtype="str")).fillna(file.relation or file.mapping.relation or "")  # fmt: skip
            labels = {name: file.labels(name) for name in relation.unique()}
            weights = [_as_number(cell, labels[of]) for cell, of in zip(cells["weight"], relation, strict=True)]
            cells = cells.assign(weight=pd.Series(weights, index=cells.index, dtype="str"))
    direction = cells.get("direction") if cells is not None else None
    ties, more = parse_table(cells.drop(columns="direction", errors="ignore") if cells is not None else None, file.name, _TIES)  # fmt: skip
    problems += more
    both = pd.Series(file.mapping.mutual, index=ties.index)
    if direction is not None:
        said = direction.str.casefold().groupby(level=0).first().reindex(ties.index)
        odd = said[~said.isin(["directed", "undirected", "mutual"]) & said.notna()]
        problems += [file.problem(f"'direction' is '{one}'; it is directed, undirected or mutual. Correct it.", row=int(str(row)), field="direction", value=one) for row, one in odd.items()]  # fmt: skip
        both |= said.isin(["undirected", "mutual"])
    back = ties[both].rename(columns={"source": "target", "target": "source"})[ties.columns]
    return pd.concat([ties, back]) if len(back) else ties, told, problems


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
    named, outside = set[str](), 0
    for end in ("source", "target"):
        cells, more = _one_each(cells, end, file)
        problems += more
        labels = [str(label) for label in cells[end].dropna().unique()]
        ids = file.ids(labels, end=end)
        named |= {label for label, one in ids.items() if one not in (label, "?") and fold(label) not in file.given(end)}  # fmt: skip
        open_ = cells[end].isin([label for label, one in ids.items() if one == "?"])
        outside += int(open_.sum())
        cells = cells[~open_].assign(**{end: cells.loc[~open_, end].replace(ids)})
    many = "1 person is" if len(named) == 1 else f"{len(named)} people are"
    if named:
        message = f"{many} given by name and not by id; looked up in the roster and people.csv. Check, or write ids."
        problems.append(file.problem(message, level="warning"))
    if outside:
        problems.append(_outside(outside, file))
    return cells, problems


def _outside(n: int, file: SurveyFile) -> Problem:
    ties = "1 answer is" if n == 1 else f"{n} answers are"
    message = f"{ties} of or about people outside the roster (? in people.csv or values:), and not used."
    return file.problem(message, level="warning")


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
    if not lists:
        return cells, problems
    if not split:
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
    by_name = {label for label, one in ids.items() if one not in (label, "?") and fold(label) not in file.given("target")}  # fmt: skip
    said = titles_above(grid, file.name, header_at(grid)) if mapping.header else []
    if by_name:
        many = "1 person is" if len(by_name) == 1 else f"{len(by_name)} people are"
        message = f"{many} given by name and not by id; looked up in the roster and people.csv. Check, or write ids."
        said.append(file.problem(message, level="warning"))
    width = int(mapping.ids) + len(header or labels or file.actors)
    short = [fault for fault in short_rows(grid, file.name, width) if fault.row in set(body.index)]
    faults = short or _shape_faults(body, header, labels, ids, file)
    if faults:
        return _nothing()[0][["source", "target", "weight"]], _nothing()[1], said + faults
    sources = [ids[label] for label in labels] or [ids[label] for label in header] or list(file.actors)
    targets = [ids[label] for label in header] or sources
    long = pd.DataFrame(
        {
            "source": pd.Series(sources, dtype="str").repeat(len(targets)).to_numpy(),
            "target": targets * len(sources),
            "cell": body.to_numpy().ravel(),
        },
        index=pd.Index(body.index.repeat(len(targets)), name="row"),
    )
    outside = long["source"].eq("?") | long["target"].eq("?")
    if (outside & long["cell"].ne("")).any():
        said.append(_outside(int((outside & long["cell"].ne("")).sum()), file))
    ties, problems = _weights(long[~outside], file)
    if mapping.direction == "column_names_row":
        ties = ties.rename(columns={"source": "target", "target": "source"})
    ties, more = _not_asked(ties, sources, targets, file) if labels or header else (ties, [])
    return ties, _bare_zeros(ties) if not header and not labels else _nothing()[1], said + problems + more


def _bare_zeros(ties: pd.DataFrame) -> pd.DataFrame:
    """Whoever has nothing but zeros in a bare block of numbers: nothing says whether these people answered."""
    totals = ties.groupby("source")["weight"].agg(["sum", "count"])
    silent = totals.index[(totals["sum"] == 0) & (totals["count"] > 0)]
    return pd.DataFrame({"actor": silent, "responded": pd.NA}).reindex(columns=_ANSWERED)


def _not_asked(
    ties: pd.DataFrame, sources: list[str], targets: list[str], file: SurveyFile
) -> tuple[pd.DataFrame, list[Problem]]:
    """Say who has a row or a column only; answers about people without a column are unknown."""
    rows, columns = [one for one in sources if one != "?"], [one for one in targets if one != "?"]
    if file.mapping.direction == "column_names_row":
        rows, columns = columns, rows
    without = {"row, and so did not answer": [one for one in columns if one not in rows]}
    left = [one for one in file.actors if one not in columns]
    without["column: nothing is known of ties to them"] = left
    problems = [
        file.problem(f"{_people(who)} without a {what}.", level="warning") for what, who in without.items() if who
    ]
    return _with_unknown(ties, rows, left), problems


def _people(ids: Sequence[str]) -> str:
    some = ", ".join(ids[:5]) + (", …" if len(ids) > 5 else "")
    return f"1 person ({some}) is" if len(ids) == 1 else f"{len(ids)} people ({some}) are"


def _with_unknown(ties: pd.DataFrame, sources: Iterable[str], targets: Iterable[str]) -> pd.DataFrame:
    """Ties with a row of unknown value from each of some people to each of others."""
    pairs = [(source, target) for source in sources for target in targets if source != target]
    if not pairs:
        return ties
    rows = pd.DataFrame(pairs, columns=["source", "target"]).assign(weight=float("nan"))
    added = pd.concat([ties, rows.set_index(pd.Index([0] * len(rows), name="row"))])
    return added.astype({"source": "str", "target": "str"})


def _cut(grid: Grid, mapping: TieFile, n_actors: int) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Cells (index: row of the file), column ids and row ids; ids are empty where the file has none."""
    rows = dict(enumerate(grid.rows, start=1))
    header: list[str] = []
    if mapping.header:
        at = header_at(grid) + 1
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
    body: pd.DataFrame, header: list[str], labels: list[str], known: Mapping[str, str], file: SurveyFile
) -> list[Problem]:
    n_rows, n_columns = body.shape
    ragged = header and len(header) != n_columns
    if ragged or (n_rows != n_columns and not (header and labels)):
        message = f"the matrix is not square: {n_rows} rows and {len(header) or n_columns} columns."
        return [
            file.problem(f"{message} Give every person a row and a column, or correct header: and ids: in case.yml.")
        ]
    if not header and not labels and n_rows != len(file.actors):
        message = f"the matrix has {n_rows} rows and columns, but the roster has {len(file.actors)} people."
        return [file.problem(f"{message} Without ids it must hold everybody, in the order of the roster.")]
    row_of = dict(zip(labels, body.index.tolist(), strict=True)) if labels else {}
    faults = []
    for side in (labels, header):
        meant = Counter(known.get(label, label) for label in side)
        meant["?"] = 0
        faults += [
            file.problem(f"id '{label}' stands twice. Every person has one row and one column.", value=label, row=row_of.get(label))
            for label in dict.fromkeys(side) if meant[known.get(label, label)] > 1
        ]  # fmt: skip
    ids = list(dict.fromkeys([*labels, *header]))
    strangers = [found for found in ids if found not in known]
    if len(strangers) > _FEW_STRANGERS:
        quoted = ", ".join(f"'{found}'" for found in strangers[:5]) + (", …" if len(strangers) > 5 else "")
        message = (
            f"the matrix is labelled with {len(strangers)} words that are no ids and no names of the roster: {quoted}. "
            "Label rows and columns with ids, or say in people.csv (alias,actor) whom each stands for."
        )
        return [*faults, file.problem(message, value=quoted)]
    return faults + [
        file.problem(f"the matrix names '{found}', who is not in the roster. Add the person or correct the id.", value=found, row=row_of.get(found))
        for found in strangers
    ]  # fmt: skip


def _weights(long: pd.DataFrame, file: SurveyFile) -> tuple[pd.DataFrame, list[Problem]]:
    """Cells as numbers, without the diagonal; a problem a cell that is none, worded alike so that equal ones are said once."""
    relation = file.mapping.relation or file.relation
    labels = file.labels(relation)
    values: dict[str, float | None] = {"": None}
    wrong: dict[str, str] = {}
    for cell in long["cell"].unique():
        if cell == "":
            continue
        try:
            values[cell] = weight_of(cell, labels)
        except ValueError:
            why = why_no_number(cell)
            if labels and not why.startswith("which has a comma"):
                why = f"which is no number and no label of the scale. Say what it is worth: values: {{weight: {{{cell!r}: 1}}}}, ? where it says nothing."
            wrong[cell] = f"a cell is '{cell}', {why}"
        else:
            if (values[cell] or 0) < 0:
                wrong[cell] = f"a cell is '{cell}', which must be 0 or more."
    own = long["source"] == long["target"]
    faulty = long[~own & long["cell"].isin(list(wrong))]
    problems = [
        file.problem(wrong[cell], row=row, field=f"column {target}", value=cell)
        for row, target, cell in faulty[["target", "cell"]].itertuples(name=None)
    ]
    weight = long["cell"].map(values).astype("float64")
    n_own = int((own & (weight != 0) & weight.notna()).sum())
    if n_own:
        cells = "1 diagonal cell is" if n_own == 1 else f"{n_own} diagonal cells are"
        message = f"{cells} not zero: people name themselves; these self-ties are dropped."
        problems.append(file.problem(message, level="warning", value=str(n_own)))
    keep = ~own & ~long["cell"].isin(list(wrong))
    ties = long.assign(weight=weight)[keep].drop(columns="cell")
    return ties.astype({"source": "str", "target": "str"}), problems


# Answered questionnaires -------------------------------------------------------------------------------------------------


def _who_answers(sheet: Sheet, file: SurveyFile) -> tuple[dict[int, str], list[Problem]]:
    """The id of whoever answers in each row; people outside the roster and rows without a name are left out and said."""
    labels = {answer.who: answer.row for answer in reversed(sheet.answers) if answer.who}
    ids = file.ids(labels, end="source")
    problems = _strangers(labels, ids, file, "somebody who answers,")
    wave = sheet.called(file.mapping.columns["wave"]) if "wave" in file.mapping.columns else None
    found: dict[int, str] = {}
    seen: dict[tuple[str, str], int] = {}
    for answer in sheet.answers:
        if not answer.who and answer.finished is not False:
            message = "a row does not say who answers. Fill the cell, or leave the row out with leave_out:."
            problems.append(file.problem(message, row=answer.row, field=file.mapping.who[0]))
        actor = ids.get(answer.who)
        if actor is None or actor == "?":
            continue
        key = (actor, answer.at(wave) if wave else "")
        if key in seen:
            message = f"{actor} answers twice, in rows {seen[key]} and {answer.row}. Keep one: a column can say which is left out (--leave-out COLUMN=VALUE, leave_out: in case.yml)."
            problems.append(file.problem(message, row=answer.row, field=file.mapping.who[0], value=answer.who))
            continue
        seen[key] = answer.row
        found[answer.row] = actor
    n = sum(not answer.who and answer.finished is False for answer in sheet.answers)
    if n:
        rows = "1 row that was not finished does" if n == 1 else f"{n} rows that were not finished do"
        problems.append(file.problem(f"{rows} not say who answers, and nothing in it is used.", level="warning"))
    n = sum(ids.get(answer.who) == "?" for answer in sheet.answers)
    return found, [*problems, _outside(n, file)] if n else problems


def _wave_of(sheet: Sheet, answer: Answer, file: SurveyFile) -> str | None:
    if "wave" not in file.mapping.columns:
        return file.mapping.wave
    column = sheet.called(file.mapping.columns["wave"])
    cell = answer.at(column) if column else ""
    return file.given("wave").get(fold(cell), cell)


def _wide(grid: Grid, file: SurveyFile) -> Told:
    """A row an answered questionnaire, a column a person who is named."""
    sheet = questionnaire(grid, file.name, file.mapping)
    if not sheet.answers:
        return *_nothing()[:2], sheet.problems
    columns, targets, problems = _named_by(sheet, file)
    who, more = _who_answers(sheet, file)
    problems = [*sheet.problems, *problems, *more]
    left = [one for one in file.actors if one not in targets] if columns else []
    if left:
        message = f"{_people(left)} without a column: nothing is known of ties to them."
        problems.append(file.problem(message, level="warning"))
    rows: list[tuple[object, ...]] = []
    n_outside = 0
    for answer in sheet.answers:
        if answer.row not in who:
            continue
        cells = {column.at: _plain(answer.at(column), column, file) for column in columns}
        reached = any(cell not in ("", "0") if file.mapping.ticks else cell for cell in cells.values())
        blank = 0.0 if file.mapping.blank == "zero" and reached and answer.finished is not False else None
        key = (answer.row, who[answer.row], _wave_of(sheet, answer, file), answer.finished is not False)
        for column, target in zip(columns, targets, strict=True):
            n_outside += target == "?" and cells[column.at] not in ("", "0")
            if target not in ("", "?"):
                rows.append((*key, target, cells[column.at], blank))
        rows += [(*key, one, "", None) for one in left]
    problems += [_outside(n_outside, file)] if n_outside else []
    names = ["row", "source", "wave", "finished", "target", "cell", "blank"]
    long = pd.DataFrame(rows, columns=names).set_index("row").astype({"blank": "float64", "cell": "str"})
    ties, more = _weights(long, file)
    ties["weight"] = ties["weight"].fillna(ties["blank"]).mask((ties["weight"] == 0) & ~ties["finished"].astype(bool))
    responded = ties["weight"].notna().groupby(level="row").transform("any")
    return ties[responded], _told(sheet, who, set(ties.index[responded]), file), problems + more


def _told(sheet: Sheet, who: Mapping[int, str], responded: Collection[int], file: SurveyFile) -> pd.DataFrame:
    rows = [
        (None, _wave_of(sheet, answer, file), who[answer.row], answer.row in responded)
        for answer in sheet.answers
        if answer.row in who
    ]
    return pd.DataFrame(rows, columns=_ANSWERED, dtype="object")


def _plain(cell: str, column: Column, file: SurveyFile) -> str:
    """An answer as it counts: ticks as 1 and 0, words for nobody as 0."""
    if not cell or fold(cell) in file.labels(file.mapping.relation or file.relation):
        return cell
    if file.mapping.ticks:
        own = {fold(label) for label in labels_of(column)}
        return "1" if fold(cell) in TICKED | own else "0" if fold(cell) in NOT_TICKED else cell
    return "0" if fold(cell) in file.nobody else cell


def _named_by(sheet: Sheet, file: SurveyFile) -> tuple[list[Column], list[str], list[Problem]]:
    """The columns of the question and whom each names: an id, ``?`` for somebody outside, empty for nobody."""
    chosen = [(question, sheet.asked(question)) for question in file.mapping.question]
    problems = [
        file.problem(f"'{question}', which case.yml names as a question, is no column. Columns: {', '.join(c.key for c in sheet.columns)}.", row=1, value=question)
        for question, columns in chosen if not columns
    ]  # fmt: skip
    columns = list(dict.fromkeys(column for _, found in chosen for column in found))
    if not file.mapping.question:
        spare = {fold(one) for one in (*file.mapping.who, *file.mapping.finished, *file.mapping.leave_out, *file.mapping.columns.values())}  # fmt: skip
        columns = [column for column in sheet.columns if fold(column.key) not in spare]
    targets: list[str] = []
    kept: list[Column] = []
    for column in columns:
        target = whom(column, file)
        if target is None:
            message = (
                f"column '{column.key}' ({' / '.join(text for text in column.texts[1:] if text) or 'no other header'}) names nobody in the roster. "
                f"Say whom it means: values: {{target: {{{column.key!r}: ID}}}}, ? for somebody outside, or nobody: where it is no person."
            )
            problems.append(file.problem(message, row=1, field=column.key, value=column.key))
            continue
        if target not in ("", "?") and target in targets:
            first = kept[targets.index(target)]
            message = f"columns '{first.key}' and '{column.key}' both name {target}. Name the columns of one question: question: [...], or leave one out: values: {{target: {{{column.key!r}: '?'}}}}."
            problems.append(file.problem(message, row=1, field=column.key, value=column.key))
            continue
        kept.append(column)
        targets.append(target)
    return kept, targets, problems


def whom(column: Column, file: SurveyFile) -> str | None:
    """Whom a column names: an id, ``?`` for somebody outside, empty for nobody; None if that cannot be told."""
    candidates = list(dict.fromkeys([column.key, column.texts[0], *labels_of(column)]))
    given = file.given("target")
    said = next((given[fold(one)] for one in candidates if fold(one) in given), None)
    if said is not None:
        return said
    if {fold(one) for one in candidates} & file.nobody:
        return ""
    ids = file.ids(labels_of(column))
    return next((ids[label] for label in labels_of(column) if label in ids), None)


def _lists(grid: Grid, file: SurveyFile) -> Told:
    """A row an answered questionnaire; cells of the question name people, one or several a cell, with or without a strength."""
    mapping = file.mapping
    sheet = questionnaire(grid, file.name, mapping)
    if not sheet.answers:
        return *_nothing()[:2], sheet.problems
    who, more = _who_answers(sheet, file)
    problems = [*sheet.problems, *more]
    spare = {fold(one) for one in (*mapping.who, *mapping.finished, *mapping.leave_out, *mapping.strength, *mapping.columns.values())}  # fmt: skip
    asked = [sheet.asked(question) for question in mapping.question] or [sheet.columns]
    named = [column for column in dict.fromkeys(column for found in asked for column in found) if fold(column.key) not in spare]  # fmt: skip
    strength = [sheet.called(one) for one in mapping.strength]
    lost = [one for one, found in zip(mapping.question, asked, strict=False) if not found]
    lost += [one for one, found in zip(mapping.strength, strength, strict=True) if found is None]
    there = ", ".join(column.key for column in sheet.columns)
    problems += [file.problem(f"'{one}', which case.yml names, is no column. Columns: {there}.", row=1, value=one) for one in lost]  # fmt: skip
    if not lost and strength and len(strength) != len(named):
        message = f"{len(named)} columns name people, but strength: lists {len(strength)}. Give one for each."
        problems.append(file.problem(message, row=1))
        lost = [*mapping.strength]
    if lost:
        return *_nothing()[:2], problems
    is_name: Callable[[str], bool] = lambda name: bool(file.ids([name])) or fold(name) in file.nobody  # noqa: E731
    said: list[tuple[Answer, str, str]] = []
    responded = set()
    for answer in sheet.answers:
        cells = [(answer.at(column), answer.at(strength[n]) if strength else "1") for n, column in enumerate(named)]  # type: ignore[arg-type]
        if any(cell for cell, _ in cells) or (mapping.blank == "zero" and answer.finished is not False):
            responded.add(answer.row)
        for cell, value in cells:
            names = split_names(cell, mapping.split, is_name)
            said += [(answer, name, value) for name in names if fold(name) not in file.nobody and answer.row in who]
    first = {name: answer.row for answer, name, _ in reversed(said)}
    ids = file.ids(first)
    problems += _strangers(first, ids, file, "somebody who is named,")
    n_outside = sum(ids.get(name) == "?" for _, name, _ in said)
    problems += [_outside(n_outside, file)] if n_outside else []
    rows = [(answer.row, who[answer.row], ids[name], value, _wave_of(sheet, answer, file)) for answer, name, value in said if ids.get(name, "?") != "?"]  # fmt: skip
    have = {(row, target) for row, _, target, _, _ in rows}
    rows += [  # who broke off may have named others too
        (answer.row, who[answer.row], one, "", _wave_of(sheet, answer, file))
        for answer in sheet.answers
        if answer.finished is False and answer.row in responded and answer.row in who
        for one in file.actors
        if (answer.row, one) not in have
    ]
    long = pd.DataFrame(rows, columns=["row", "source", "target", "cell", "wave"]).set_index("row").astype({"cell": "str"})  # fmt: skip
    ties, more = _weights(long, file)
    return ties, _told(sheet, who, responded, file), problems + more


# Graph files -------------------------------------------------------------------------------------------------------------


def _graph(graph: GraphFile, file: SurveyFile) -> Told:
    """The ties of a graph file; a tie without a direction is a report of both."""
    ids = file.ids(graph.people)
    problems = _strangers(dict.fromkeys(graph.people), ids, file, f"the {graph.kind} file's")
    relations = file.given("relation")
    there = list(dict.fromkeys(tie.relation for tie in graph.ties)) if "relation" not in file.mapping.columns else []
    only = file.mapping.relation or file.relation
    if (
        file.mapping.relation is None
        and len([one for one in there if one]) > 1
        and not {fold(one) for one in there} <= set(relations)
    ):
        quoted = ", ".join(f"'{one}'" for one in there)
        message = f"it holds several relations: {quoted}. Say which is which: values: {{relation: {{...}}}}, ? for one that is not used."
        problems.append(file.problem(message, field="relation", value=quoted))
        return *_nothing()[:2], problems
    rows = []
    n_both = 0
    worth, of = (file.mapping.columns.get(one, "").casefold() for one in ("weight", "relation"))
    labels = file.labels(only)
    for tie in graph.ties:
        source, target = ids.get(tie.source), ids.get(tie.target)
        called = tie.said.get(of, "") if of else tie.relation
        relation = relations.get(fold(called), (called or None) if of else only if not relations else None)
        try:
            weight = tie.weight if not worth or worth not in tie.said else weight_of(tie.said[worth], labels)
        except ValueError:
            message = f"'{worth}' is '{tie.said[worth]}', {why_no_number(tie.said[worth])}"
            problems.append(file.problem(message, field=worth, value=tie.said[worth]))
            continue
        if source in (None, "?") or target in (None, "?") or relation == "?":
            continue
        both = tie.both or file.mapping.mutual
        n_both += both
        ends = [(source, target), (target, source)] if both and source != target else [(source, target)]
        rows += [(tie.row or 0, one, other, weight, relation) for one, other in ends]
    if n_both:
        many = "1 tie has" if n_both == 1 else f"{n_both} ties have"
        problems.append(file.problem(f"{many} no direction; each counts as a report of both people.", level="warning"))
    outside = sum(one == "?" for one in ids.values())
    problems += [_outside(outside, file)] if outside else []
    ties = pd.DataFrame(rows, columns=["row", "source", "target", "weight", "relation"]).set_index("row")
    negative = ties[ties["weight"] < 0]
    problems += [
        file.problem(f"a tie is worth {value:g}, which must be 0 or more.", row=int(str(row)) or None, value=f"{value:g}")
        for row, value in negative["weight"].items()
    ]  # fmt: skip
    return ties[~(ties["weight"] < 0)], _nothing()[1], problems


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
