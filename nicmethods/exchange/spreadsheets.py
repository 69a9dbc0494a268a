"""Codings and codebooks in the shapes that other programs take: tidy and 0/1 tables, GraphML, spreadsheets, YAML."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.case.codebook import CODE_ID, Code, Codebook
from nicmethods.case.coverage import NOT_CODERS, end_turns, position_ranges, turns_read
from nicmethods.case.surveys import read_table
from nicmethods.errors import Problem
from nicmethods.exchange.projects import slug
from nicmethods.files.sheets import read_grid
from nicmethods.files.writing import write_atomically
from nicmethods.tables import CASE_TABLES, WORK_TABLES, Column, Table, conform, empty

if TYPE_CHECKING:
    from pathlib import Path

    import networkx

    from nicmethods.tables.bundles import Survey

__all__ = [
    "read_codebook_table",
    "read_tidy_codings",
    "read_wide_codings",
    "tidy_codings",
    "wide_codings",
    "write_codebook",
    "write_coded_relations",
    "write_codings",
    "write_suggestions",
    "write_survey_network",
]

_CODEBOOK_HEADERS = {
    "id": ("id", "code id", "short name", "abbreviation"),
    "parent": ("parent id", "parent"),
    "name": ("name", "code", "code name", "label", "title"),
    "definition": ("definition", "description", "meaning", "comment", "memo"),
    "use_when": ("use when", "use_when", "when to use", "inclusion", "inclusion criteria", "include"),
    "not_when": ("not when", "not_when", "when not to use", "exclusion", "exclusion criteria", "exclude"),
    "examples": ("examples", "example", "anchor example", "quote"),
}
_FILE_NAME = re.compile(r"[^\s.\\/:*?\"<>|\x00-\x1f](?:[^\\/:*?\"<>|\x00-\x1f]{0,98}[^\s.\\/:*?\"<>|\x00-\x1f])?")
_TURN = ["activity", "turn", "position"]
_TIDY = Table(
    "tidy codings",
    "A row a turn or span, code and coder.",
    (
        Column("coder", "text", "who coded", required=False, blank=True),
        *CASE_TABLES["codings"].columns,
        Column("coded", "flag", "whether the turn carries the code", required=False, blank=True),
    ),
    open_ended=True,
)
_YES = {"1": True, "yes": True, "true": True, "x": True, "0": False, "no": False, "false": False, "": False}


def tidy_codings(codings: pd.DataFrame, coverage: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """Say of every turn, code and coder who read the turn whether the turn carries the code.

    Parameters
    ----------
    codings, coverage, turns
        Work tables.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``turn``, ``position``, ``actor`` (who speaks), ``coder``, ``code``, ``coded`` (1 or 0). A turn that a
        coder did not read has no row; codes are all that anybody gave.
    """
    read = turns_read(coverage[["coder", "activity", "first_position", "last_position"]], turns[[*_TURN, "actor"]])
    read = read.drop(columns=["first_position", "last_position"]).drop_duplicates()
    codes = pd.DataFrame({"code": sorted(codings["code"].unique())}, dtype="str")
    said = codings[["coder", "activity", "turn", "code"]].drop_duplicates().assign(coded=1)
    tidy = read.merge(codes, how="cross").merge(
        said, on=["coder", "activity", "turn", "code"], how="left", validate="one_to_one"
    )
    tidy = tidy.assign(coded=tidy["coded"].fillna(0).astype("Int64"))
    order = ["activity", "position", "coder", "code"]
    return tidy.sort_values(order, ignore_index=True)[
        ["activity", "turn", "position", "actor", "coder", "code", "coded"]
    ]


def wide_codings(codings: pd.DataFrame, coverage: pd.DataFrame, turns: pd.DataFrame, *, coder: str) -> pd.DataFrame:
    """Give one coder's codings as a table of 0 and 1, a row a turn, as epistemic network analysis takes them.

    Parameters
    ----------
    codings, coverage, turns
        Work tables.
    coder
        Whose codings, or ``"adjudicated"``.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``turn``, ``position``, ``actor`` and a column for each code that the coder gave; turns that the coder
        read, in order.
    """
    said, read = (table[table["coder"] == coder] for table in (codings, coverage))
    wide = turns_read(read, turns[[*_TURN, "actor"]])[[*_TURN, "actor"]].drop_duplicates()
    tidy = tidy_codings(said, read, turns)
    if len(tidy):
        cells = tidy.pivot_table("coded", _TURN, "code", "first").rename_axis(columns=None).reset_index()
        wide = wide.merge(cells, on=_TURN, validate="one_to_one")
    return wide.sort_values(["activity", "position"], ignore_index=True)


def read_wide_codings(
    path: Path, name: str, *, coder: str, turns: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Read a table of 0 and 1: ``activity``, ``turn`` and a column for each code; csv or xlsx.

    Parameters
    ----------
    path
        The file. ``position`` and ``actor`` are passed over; cells are 1, yes, true or x, and 0, no, false or empty.
    name
        How a person would name it, for problems.
    coder
        Whose codings they are.
    turns
        Work table.

    Returns
    -------
    tuple
        Work tables ``codings`` and ``coverage`` (every turn that has a row was read), and the problems; rows and cells with a
        problem are left out.
    """
    grid, problems = read_grid(path, name)
    rows = [] if grid is None else [(n, cells) for n, cells in enumerate(grid.rows, start=1) if any(cells)]
    header = list(rows[0][1]) if rows else []
    if not {"activity", "turn"} <= set(header):
        if grid is not None:
            message = "the first row must name the columns 'activity', 'turn' and the codes. Add it."
            problems.append(Problem("error", name, 1, "", "", message))
        return empty(WORK_TABLES["codings"]), empty(WORK_TABLES["coverage"]), problems
    codes = [column for column in header if column and column not in ("activity", "turn", "position", "actor")]
    known = turns.set_index(["activity", "turn"])["position"].to_dict()
    found, read = [], []
    for number, cells in rows[1:]:
        values = dict(zip(header, cells, strict=False))
        activity, turn = values["activity"], values["turn"]
        if (activity, turn) not in known:
            message = f"there is no turn '{turn}' in '{activity}'. Correct the row."
            problems.append(Problem("error", name, number, "turn", turn, message))
            continue
        read.append({"activity": activity, "position": known[activity, turn]})
        for code in codes:
            value = _YES.get(values.get(code, "").casefold())
            if value is None:
                message = f"'{code}' is '{values[code]}', which is neither 1 nor 0. Correct it."
                problems.append(Problem("error", name, number, code, values[code], message))
            elif value:
                found.append({"coder": coder, "activity": activity, "turn": turn, "code": code})
    ranges = position_ranges(pd.DataFrame(read, columns=["activity", "position"])).assign(coder=coder, basis="listed")
    return conform(found, WORK_TABLES["codings"]), conform(ranges, WORK_TABLES["coverage"]), problems


def read_tidy_codings(
    path: Path, name: str, *, turns: pd.DataFrame, coder: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Read a table with a row for each turn or span, code and coder; csv or xlsx.

    Parameters
    ----------
    path
        The file: ``activity``, ``turn``, ``code``, perhaps ``coder``, ``coded`` (1 or 0, as :func:`tidy_codings` gives it),
        and the other columns of a coder's file; more columns are passed over.
    name
        How a person would name it, for problems.
    turns
        Work table.
    coder
        Whose codings they are where the row does not say.

    Returns
    -------
    tuple
        Work tables ``codings`` and ``coverage``, and the problems; rows with a problem are left out. With a column ``coded``
        every turn that has a row was read by its coder; without it coverage is empty, since what was read is not known.
    """
    rows, problems = read_table(path, name, _TIDY)
    rows["coder"] = rows["coder"].fillna(coder) if coder else rows["coder"]
    position = turns.set_index(["activity", "turn"])["position"]
    at = position.reindex(pd.MultiIndex.from_frame(rows[["activity", "turn"]])).set_axis(rows.index)
    lost = {
        "turn": (at.isna(), "there is no such turn in the activity. Correct the row."),
        "coder": (rows["coder"].isna(), "the row does not say who coded. Name the coder."),
    }
    for column, (wrong, why) in lost.items():
        problems += [
            Problem("error", name, int(str(row)), column, "" if pd.isna(value) else str(value), why)
            for row, value in rows.loc[wrong, column].items()
        ]
    faulty = [problem.row for problem in problems if problem.level == "error"]
    rows = rows.assign(position=at)[~rows.index.isin(faulty)]
    read = [
        position_ranges(part[["activity", "position"]]).assign(coder=who, basis="listed")
        for who, part in rows[rows["coded"].notna()].groupby("coder")
    ]
    coverage = conform(pd.concat(read) if read else [], WORK_TABLES["coverage"])
    return conform(rows[rows["coded"].fillna(True)], WORK_TABLES["codings"]), coverage, problems


def read_codebook_table(path: Path, name: str, *, id: str, title: str) -> tuple[Codebook | None, list[Problem]]:  # noqa: A002
    """Read a codebook that is a table: a row a code; csv or xlsx.

    Parameters
    ----------
    path
        The file, with a column for the name (*code*, *name*, *label*) and perhaps for id, definition (*description*),
        use when (*inclusion*), not when (*exclusion*) and examples, which may be several columns or lines. A code stands under
        the one whose id or name *parent id* (or *parent*) holds, as in Dedoose's table of codes; a code ``A: B`` under the
        code ``A``, as ATLAS.ti writes its folders.
    name
        How a person would name it, for problems.
    id, title
        Id and title of the codebook.

    Returns
    -------
    tuple
        The codebook (None if there is an error) and the problems: columns that are not used, rows without a name, two codes
        with one id.
    """
    grid, problems = read_grid(path, name)
    rows = [] if grid is None else [(n, cells) for n, cells in enumerate(grid.rows, start=1) if any(cells)]
    fields = [_field(cell) for cell in rows[0][1]] if rows else []
    if "name" not in fields:
        if grid is not None:
            message = "there is no column for the name of a code ('code', 'name' or 'label' in the first row). Add it."
            problems.append(Problem("error", name, 1, "name", "", message))
        return None, problems
    for cell, field in zip(rows[0][1], fields, strict=True):
        if cell and field is None:
            problems.append(Problem("warning", name, 1, cell, cell, f"column '{cell}' is not used."))
    codes: dict[str, Code] = {}
    called: dict[str, str] = {}
    above: dict[str, str] = {}
    for number, cells in rows[1:]:
        values: dict[str, list[str]] = {}
        for field, cell in zip(fields, cells, strict=False):
            if field and cell:
                values.setdefault(field, []).append(cell)
        code = _code(values)
        if code is None or code.id in codes:
            message = (
                f"two codes have the id '{code.id}'. Rename one."
                if code
                else "the row names no code. Name it or take it away."
            )
            problems.append(Problem("error", name, number, "name", code.name if code else "", message))
        else:
            codes[code.id] = code
            called |= dict.fromkeys((code.name, *values.get("id", ())), code.id)
            above[code.id] = next(iter(values.get("parent", ())), "")
    problems += [
        Problem("warning", name, None, "parent", wanted, f"code '{codes[own].name}' stands under '{wanted}', which is no code of the table.")
        for own, wanted in above.items() if wanted and wanted not in called and wanted != "0"
    ]  # fmt: skip
    if any(problem.level == "error" for problem in problems):
        return None, problems
    placed = (
        code.model_copy(update={"parent": called.get(above[code.id] or code.name.rpartition(": ")[0], "")})
        for code in codes.values()
    )
    return Codebook(id=id, title=title, codes=tuple(placed)), problems


def write_codebook(codebook: Codebook, path: Path) -> None:
    """Write a codebook as YAML, as :func:`~nicmethods.case.codebook.load_codebook` reads it; empty parts are left out."""
    import yaml

    def parts(thing: Codebook | Code) -> dict[str, Any]:
        return {key: _plain(value) for key, value in vars(thing).items() if value and key != "codes"}

    document = parts(codebook) | {"codes": [parts(code) for code in codebook.codes]}
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")


def write_codings(codings: pd.DataFrame, coverage: pd.DataFrame, turns: pd.DataFrame, folder: Path) -> list[Path]:
    """Write ``<coder>.csv`` for each coder and, where coverage has rows, ``coverage.csv``, as a case folder holds them.

    Parameters
    ----------
    codings, coverage, turns
        Work tables.
    folder
        Folder to write to; made if it is not there.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    ValueError
        If a coder's name cannot be the name of a file, or means another file of the folder.
    FileExistsError
        If any of the files is there already: nobody's codings are written over.
    """
    columns = CASE_TABLES["codings"].names
    tables = {str(coder): rows[columns] for coder, rows in codings.groupby("coder")}
    taken = sorted(set(NOT_CODERS) & set(tables))
    if taken:
        raise ValueError(f"'{taken[0]}' is no coder: codings/{taken[0]}.csv holds something else. Rename the coder.")
    if len(coverage):
        tables["coverage"] = coverage.assign(**end_turns(coverage, turns))[CASE_TABLES["coverage"].names]
    for name in tables:
        if not _FILE_NAME.fullmatch(name):
            raise ValueError(f"'{name}' cannot be the name of a file. Use letters, digits, blanks and - _ alone.")
    folder.mkdir(parents=True, exist_ok=True)
    paths = {folder / f"{name}.csv": table for name, table in tables.items()}
    there = sorted(path.name for path in paths if path.exists())
    if there:
        raise FileExistsError(f"{', '.join(there)} in {folder} would be written over. Choose another folder.")
    for path, table in paths.items():
        table.dropna(axis="columns", how="all").to_csv(path, index=False)
    return list(paths)


def write_suggestions(suggestions: pd.DataFrame, path: Path) -> None:
    """Write ``codings/suggestions.csv`` with what people decided; the file is replaced whole, never left half-written.

    Parameters
    ----------
    suggestions
        Work table.
    path
        The file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    text = suggestions[WORK_TABLES["suggestions"].names].to_csv(index=False)
    write_atomically(path, text.encode("utf-8"))


def write_coded_relations(events: pd.DataFrame, roster: pd.DataFrame, path: Path) -> None:
    """Write who helped whom, as coded, to GraphML.

    Parameters
    ----------
    events
        Run table ``events``; those without a seeker or a helper are left out.
    roster
        ``actor``, with ``site`` and ``role``; names are not written.
    path
        File to write. Nodes are actors; an edge runs from helper to seeker (from seeker to helper for requests), one for
        each kind, with ``kind``, ``n`` (events) and ``activities``.
    """
    import networkx

    graph = _people(roster)
    placed = events.dropna(subset=["seeker", "helper"])
    for (kind, seeker, helper), group in placed.groupby(["kind", "seeker", "helper"]):
        ends = (seeker, helper) if kind == "help_request" else (helper, seeker)
        activities = ";".join(group["activity"].unique())
        graph.add_edge(*ends, key=f"{kind}", kind=kind, n=len(group), activities=activities)
    networkx.write_graphml(graph, path)


def write_survey_network(survey: Survey, path: Path) -> None:
    """Write who names whom, in every wave and relation, to GraphML.

    Parameters
    ----------
    survey
        The survey; values as reported, whatever its threshold.
    path
        File to write. Nodes are actors with ``site`` and ``role``; an edge runs from who answers to who is named, one for
        each wave and relation, with ``wave``, ``relation`` and ``weight`` (left out where it is unknown).
    """
    import networkx

    graph = _people(survey.roster)
    for tie in survey.ties.astype("object").to_dict("records"):
        known = {key: tie[key] for key in ("wave", "relation", "weight") if pd.notna(tie[key])}
        graph.add_edge(tie["source"], tie["target"], key=f"{tie['wave']}/{tie['relation']}", **known)
    networkx.write_graphml(graph, path)


def _people(roster: pd.DataFrame) -> networkx.MultiDiGraph:
    """Actors as nodes, with what is known of their site and role."""
    import networkx

    graph = networkx.MultiDiGraph()
    for person in roster.reindex(columns=["actor", "site", "role"]).to_dict("records"):
        known = {key: person[key] for key in ("site", "role") if pd.notna(person[key])}
        graph.add_node(person["actor"], **known)
    return graph


def _field(header: str) -> str | None:
    plain = re.sub(r"[\s_]+", " ", re.sub(r"\s*\d+$", "", header)).strip().casefold()
    return next((field for field, names in _CODEBOOK_HEADERS.items() if plain in names), None)


def _code(values: dict[str, list[str]]) -> Code | None:
    if "name" not in values:
        return None
    name = values["name"][0]
    identity = values.get("id", [slug(name)])[0]
    texts = {field: "\n".join(values.get(field, ())) for field in ("definition", "use_when", "not_when")}
    examples = tuple(line for cell in values.get("examples", ()) for line in cell.split("\n") if line.strip())
    return Code(id=identity if CODE_ID.fullmatch(identity) else slug(identity), name=name, examples=examples, **texts)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return dict(value) if hasattr(value, "keys") else value
