"""What a survey file is, by what stands in it: a mapping for case.yml, why, and what a person has to say first."""

from __future__ import annotations

import re
import zipfile
from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nicmethods.case.asking import NOBODY, Eye, Look, Says, quoted, weight_like
from nicmethods.case.look_at_answers import look_at_answers, tool_of
from nicmethods.case.names import fold
from nicmethods.case.questionnaires import split_names
from nicmethods.case.surveys import read_survey_grid
from nicmethods.files.cells import Grid, header_at
from nicmethods.files.graphfiles import is_graph_file, read_graph
from nicmethods.files.sheets import sheet_names
from nicmethods.files.textfiles import decode, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from nicmethods.case.config import CaseConfig
    from nicmethods.case.surveys import Named

__all__ = ["look"]

_REFUSED = (
    (lambda data, name: data[:4] in (b"$FL2", b"$FL3"), "an SPSS file (.sav)", "In SPSS: File > Export > CSV, with value labels; or in Python: pyreadstat.read_sav(file, apply_value_formats=True)."),
    (lambda data, name: b"V6404" in data[:8] or name.lower().endswith((".##h", ".##d")), "a UCINET dataset (##h, ##d)", "In UCINET: Data > Export > DL."),
    (lambda data, name: data.lstrip()[:10].lower() == b"*node data", "a VNA file", "In NetDraw: File > Save data as > Pajek, or in ONA Surveys export Excel."),
    (lambda data, name: re.match(rb"\s*(?:#.*\n)*\s*graph\s*\[", data[:2000]) is not None, "a GML file", "Save it as GraphML (Gephi: File > Export > Graph file)."),
    (lambda data, name: data.lstrip()[:1] in (b"{", b"["), "a JSON file (Polinode and SumApp write such)", "Export the answers as Excel or csv."),
    (lambda data, name: data[:4] == b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "Save it as xlsx or csv."),
    (lambda data, name: data[:4] == b"%PDF", "a PDF", "Export the answers as csv or xlsx."),
)  # fmt: skip
_NO_TIES: tuple[tuple[Callable[[list[str], Grid], bool], str], ...] = (
    (lambda head, grid: "networkcanvasuuid" in head and "edgeid" in head, "this is Network Canvas' list of ties between alters: what one person thinks of others, and no report of theirs. Give the attributeList file, whose rows are the ties of those who were interviewed."),
    (lambda head, grid: head[0] == "label" and "type" in head and not {"from", "to"} <= set(head), "this is Kumu's list of people; it holds no ties. Give the sheet or file of connections (From, To)."),
    (lambda head, grid: max(map(len, grid.rows)) == 1, "every row is one cell. Are its cells parted by blanks, or is it another file? Save it with commas, semicolons or tabs between cells."),
)  # fmt: skip
_SOURCES = ("source", "from", "ego", "vertex 1", "sender", "respondent", "nominator", "egoid", "rater")
_TARGETS = ("target", "to", "alter", "vertex 2", "receiver", "nominee", "named", "alterid", "ratee")
_WEIGHTS = ("weight", "strength", "value", "frequency", "how often", "tie", "score")
_TIMES = {"wave", "time", "period", "year", "date", "survey"}
_WAYS = {"directed", "undirected", "mutual"}
_MARKS = ("|", ";", ",", "\n", "/")
_ENOUGH, _HALF = 0.9, 0.5


def look(
    path: Path, beside: Sequence[Path] = (), *, config: CaseConfig, roster: pd.DataFrame, people: pd.DataFrame, named: Named, says: Says
) -> Look:  # fmt: skip
    """Look at a survey file and say what it is taken for.

    Parameters
    ----------
    path
        The file.
    beside
        Files that belong to it: Network Canvas' list of egos, REDCap's data dictionary.
    config, roster, people, named
        The case, and how spellings are looked up in it.
    says
        What a person has said.

    Returns
    -------
    Look
        The mapping, with reasons and open questions.
    """
    eye = Eye(config, roster, people, named, {key: list(values) for key, values in says.items()}, Look(path.name))
    data, problems = read_bytes(path, path.name)
    if data is None:
        return eye.refuse(problems)
    for is_it, kind, advice in _REFUSED:
        if is_it(data, path.name):
            return eye.refuse(f"{path.name} is {kind}, which is not read. {advice}")
    if data[:2] == b"PK":
        return _look_at_workbook(path, eye)
    text, problems = decode(data, path.name)
    if text is None:
        return eye.refuse(problems)
    if is_graph_file(text) or "graph" in eye.said("shape"):
        return _look_at_graph(path, eye)
    grid, problems = read_survey_grid(path, path.name)
    if grid is None:
        return eye.refuse(problems)
    _learn_from_beside(beside, grid, eye)
    _look_at_grid(grid, {}, eye)
    return eye.found


def _look_at_workbook(path: Path, eye: Eye) -> Look:
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        inside = zipfile.ZipFile(path).namelist() if zipfile.is_zipfile(path) else []
        return eye.refuse(f"{path.name} is a zip archive; it holds {', '.join(inside[:5])}. Unpack it and give the files.")  # fmt: skip
    sheets, problems = sheet_names(path, path.name)
    if not sheets:
        return eye.refuse(problems)
    folded = {fold(sheet): sheet for sheet in sheets if "(ignore)" not in sheet.casefold()}
    if {"vertices", "edges"} <= set(folded):
        return eye.refuse(f"{path.name} is a NodeXL workbook. In NodeXL: Export > To GraphML file; or copy Vertex 1, Vertex 2 and the weight of sheet Edges into a csv.")  # fmt: skip
    ties = next((folded[one] for one in ("connections", "edges", "ties", "links") if one in folded), None)
    named = {option: eye.meaning(option, folded.values()) for option in ("wave", "relation")}
    meant = {sheet: {option: by[sheet] for option, by in named.items() if sheet in by} for sheet in folded.values()}
    meant = {sheet: one for sheet, one in meant.items() if one}
    apart = (
        len({tuple(one.items()) for one in meant.values()}) == len(meant) and len(set(map(tuple, meant.values()))) == 1
    )
    chosen: Mapping[str | None, dict[str, Any]]
    if eye.said("sheet"):
        chosen = {sheet: {} for sheet in eye.said("sheet")}
    elif len(folded) == 1:
        chosen = {None if len(sheets) == 1 else next(iter(folded.values())): {}}
    elif len(meant) > 1 and apart:
        chosen = dict(meant.items())
        left = [sheet for sheet in sheets if sheet not in meant]
        eye.why(f"its sheets are called as {' and '.join(next(iter(meant.values())))}s: {', '.join(meant)}" + (f"; not read: {', '.join(left)}" if left else ""))  # fmt: skip
    elif ties:
        chosen = {ties: {}}
        eye.why(f"sheet '{ties}' is the one with ties; the others are {', '.join(one for one in sheets if one != ties)}")  # fmt: skip
    else:
        eye.ask("sheet", f"The workbook has {len(sheets)} sheets. Which hold answers? If each is a wave, say --wave WAVE=SHEET for each instead.", sheets)  # fmt: skip
        return eye.found
    for title, given in chosen.items():
        grid, problems = read_survey_grid(path, path.name, sheet=title)
        if grid is None:
            return eye.refuse(problems)
        _look_at_grid(grid, {**({"sheet": title} if title else {}), **given}, eye)
    return eye.found


def _look_at_graph(path: Path, eye: Eye) -> Look:
    part = eye.alone("sheet") or None
    graph, problems = read_graph(path, path.name, part=part)
    if graph is None:
        eye.refuse(problems)
        if "Name one with sheet:" in eye.found.refused:
            networks = eye.found.refused.split("networks: ")[-1].split(". Name")[0]
            eye.ask("sheet", "It holds several networks. Which is meant?", networks.split(", "))
            eye.found.refused, eye.found.kind = "", "a Pajek project"
        return eye.found
    n = sum(tie.both for tie in graph.ties)
    eye.found.kind = f"a {graph.kind} file of {len(graph.people)} people and {len(graph.ties)} ties"
    eye.why(f"it begins as {graph.kind} does; {n} of its ties have no direction and count both ways")
    eye.say_strangers(graph.people, "who is in the file")
    mapping: dict[str, Any] = {"shape": "graph", **({"sheet": part} if part else {})}
    names = dict.fromkeys(name for tie in graph.ties for name in tie.said)
    attributes = {name: [tie.said.get(name, "") for tie in graph.ties] for name in names}
    waves = next((name for name, said in attributes.items() if fold(name) in _TIMES and len(set(said)) > 1), None)
    if waves:
        return eye.refuse(f"its ties are of several times ('{waves}' says {quoted(dict.fromkeys(attributes[waves]))}), and a graph file is read as one wave. Save each as a file of its own, or the ties as a list with a column '{waves}'.")  # fmt: skip
    worth = _worth(attributes, mapping, eye) if all(tie.weight in (None, 1) for tie in graph.ties) else None
    relations = list(dict.fromkeys(tie.relation for tie in graph.ties))
    if sum(map(bool, relations)) > 1:
        meant = eye.meaning("relation", relations)
        lost = [one for asked in eye.ours("relation").values() for one in asked if fold(one) not in map(fold, relations)]  # fmt: skip
        if lost:
            return eye.refuse(f"there is no relation '{lost[0]}' in the file. There is {quoted(relations)}.")
        if meant:
            mapping["values"] = {"relation": {one: meant.get(one, "?") for one in relations}}
            left = [one for one in relations if one not in meant]
            eye.found.why += [f"not read: {quoted(left)}"] if left else []
        else:
            eye.ask("relation", "It holds several relations. Which is which?", [f"RELATION={one}" for one in relations])  # fmt: skip
        by_tie = True
    else:
        by_tie = eye.column_of(
            "relation", {name: cells for name, cells in attributes.items() if name != worth}, mapping
        )
    eye.finish(mapping, attributes[worth] if worth and not by_tie else None)
    return eye.found


def _worth(columns: dict[str, list[str]], mapping: dict[str, Any], eye: Eye) -> str | None:
    """The column (attribute) that says what each tie is worth, written into the mapping; asked about where several might."""
    by_name = {fold(name): name for name in columns}
    said = eye.alone("weight")
    if said and said != "none" and fold(said) not in by_name:
        eye.refuse(f"there is no '{said}' that could say what a tie is worth. There is {quoted(columns)}.")
    only = [one.name for one in eye.config.relations] if len(eye.config.relations) == 1 else []
    wanted = [said] if said else [*_WEIGHTS, *only]
    found = next((by_name[fold(name)] for name in wanted if fold(name) in by_name), None)
    if found:
        if found != "weight":
            mapping.setdefault("columns", {})["weight"] = found
        return found
    taken = mapping.get("columns", {}).values()
    may = [name for name, cells in columns.items() if name not in taken and not fold(name).endswith("id") and _may_be_worth(cells, eye.scale_labels())]  # fmt: skip
    if may and not said:
        eye.ask("weight", "Nothing is called weight, but there are numbers, or words of the scale. Which says what a tie is worth? none: each is worth 1.", [*may, "none"])  # fmt: skip
    return None


def _may_be_worth(cells: Sequence[str], labels: set[str]) -> bool:
    """Whether cells are numbers or labels of a scale that differ, and do not count the rows."""
    there = [cell for cell in cells if cell]
    counts = len(there) > 2 and all(map(str.isdigit, there)) and all(int(b) == int(a) + 1 for a, b in pairwise(there))
    return len(set(there)) > 1 and not counts and all(weight_like(cell) or fold(cell) in labels for cell in there)


# Tables ----------------------------------------------------------------------------------------------------------------


def _learn_from_beside(beside: Sequence[Path], grid: Grid, eye: Eye) -> None:
    """Take names from files that belong to this one, as if a person had said them."""
    for path in beside:
        other, _ = read_survey_grid(path, path.name)
        header = [fold(cell) for cell in other.rows[0]] if other else []
        if other and {"networkcanvasegouuid", "networkcanvascaseid"} <= set(header):
            at, to = header.index("networkcanvasegouuid"), header.index("networkcanvascaseid")
            eye.says.setdefault("source", []).extend(f"{row[at]}={row[to]}" for row in other.rows[1:])
            eye.why(f"{path.name} says which case each session is of")
            there = {cell for cells in grid.rows for cell in cells}
            silent = [row[to] for row in other.rows[1:] if row[at] not in there]
            if silent:
                eye.why(f"in {path.name}, but without a row here: {', '.join(silent)}. If they answered and named nobody, say so under responses: in case.yml")  # fmt: skip
        elif other and "variable / field name" in header:
            choices = next(n for n, cell in enumerate(header) if cell.startswith("choices"))
            for row in other.rows[1:]:
                labels = [choice.partition(",") for choice in "".join(row[choices : choices + 1]).split("|")]
                codes = [f"{row[0]}___{code.strip()}={label.strip()}" for code, _, label in labels if label.strip()]
                eye.says.setdefault("code", []).extend(codes)
            eye.why(f"{path.name} says what the codes mean")


def _look_at_grid(grid: Grid, mapping: dict[str, Any], eye: Eye) -> None:
    at = header_at(grid)
    first = grid.rows[at]
    folded = [fold(cell) for cell in first]
    tool = tool_of(first)
    for is_it, why in _NO_TIES:
        if is_it(folded, grid):
            eye.refuse(why)
            return
    shape = eye.alone("shape")
    is_matrix = not tool.name and _is_matrix(grid, eye)
    people = [key for key, cells in _columns(grid, -1).items() if eye.share(cells) >= _ENOUGH]
    bare = not tool.name and not is_matrix and people[:2] == ["1", "2"] and all(map(eye.is_person, first[:2]))
    ends = _ends(grid, at, tool.name, eye)
    if bare and shape in ("", "edges", "lists"):
        eye.why("it has no header row: its first row names people too")
        if len(people) == 2:
            _look_at_edges(grid, -1, ("1", "2"), mapping, "", eye)
        else:
            eye.says["who"] = eye.said("who") or ["1"]
            look_at_answers(grid, mapping | {"header": False}, tool, "lists", eye)
    elif shape == "edges" or (shape == "" and ends):
        _look_at_edges(grid, at, ends, mapping, tool.name, eye)
    elif shape == "matrix" or (shape == "" and is_matrix):
        _look_at_matrix(grid, mapping, eye)
    elif grid.rows.count(first) > 1 and not tool.name:
        again = grid.rows.index(first, at + 1) + 1
        eye.refuse(f"row {at + 1} stands again as row {again}: several tables seem to stand one below the other. Give each a sheet or a file of its own.")  # fmt: skip
    else:
        look_at_answers(grid, mapping, tool, shape, eye)


def _ends(grid: Grid, at: int, tool: str, eye: Eye) -> tuple[str, str] | None:
    """The columns of an edge list that stand for the one who answers and the one who is named."""
    folded = {fold(cell): cell for cell in grid.rows[at] if cell}
    source = next((folded[one] for one in _SOURCES if one in folded), None)
    target = next((folded[one] for one in _TARGETS if one in folded), None)
    if tool in ("", "Kumu") and source and target:
        return source, target
    if tool not in ("", "Network Canvas"):
        return None
    columns = _columns(grid, at)
    people = [key for key, cells in columns.items() if eye.share(cells) >= _ENOUGH]
    if tool:
        eye.found.kind = "Network Canvas' list of alters"
        own = folded["networkcanvasegouuid"]
        named = folded.get("name") or max((key for key in columns if not key.casefold().startswith("networkcanvas")), key=lambda key: eye.share(columns[key]))  # fmt: skip
        return own, named
    if len(people) == 2 and len(set(columns[people[0]])) < len(columns[people[0]]) and not _is_matrix(grid, eye):
        return people[0], people[1]  # one person has several rows, and each names one
    return None


def _columns(grid: Grid, at: int) -> dict[str, list[str]]:
    """Cells of each column below the header in row `at`, by its name; without a header (-1) by its number."""
    width = max(map(len, grid.rows))
    keys = [*grid.rows[at], *[""] * width][:width] if at >= 0 else [str(n + 1) for n in range(width)]
    rows = [(*cells, *[""] * (width - len(cells))) for cells in grid.rows[at + 1 :] if any(cells)]
    return {key or f"column {n + 1}": [cells[n] for cells in rows] for n, key in enumerate(keys) if key or any(cells[n] for cells in rows)}  # fmt: skip


def _look_at_edges(grid: Grid, at: int, ends: tuple[str, str] | None, mapping: dict[str, Any], tool: str, eye: Eye) -> None:  # fmt: skip
    columns = _columns(grid, at)
    source, target = ends or (*columns, "", "")[:2]
    mapping |= {"shape": "edges", **({} if at >= 0 else {"header": False})}
    mapping["columns"] = {ours: theirs for ours, theirs in (("source", source), ("target", target)) if ours != theirs}
    spare = {key: cells for key, cells in columns.items() if key not in (source, target) and not key.startswith("column ")}  # fmt: skip
    eye.found.kind = eye.found.kind or ("Kumu's list of connections" if tool == "Kumu" else "an edge list")
    if at < 0 and len(spare) == 1 and not eye.said("weight"):
        eye.says["weight"] = [*spare]
    ways = {key: {fold(cell) for cell in cells if cell} for key, cells in spare.items()}
    direction = next((key for key, said in ways.items() if fold(key) == "direction" or (said and said <= _WAYS)), None)
    if direction not in (None, "direction"):
        mapping["columns"]["direction"] = direction
    both = sum(fold(cell) in ("undirected", "mutual") for cell in spare.get(direction or "", ()))
    if both:
        eye.why(f"'{direction}' says which ties have no direction: {both} count both ways")
    by_row = {
        option
        for option in ("wave", "relation")
        if option not in mapping
        and eye.column_of(option, {key: cells for key, cells in spare.items() if key != direction}, mapping)
    }
    taken = {direction, *mapping["columns"].values()}
    free = {key: cells for key, cells in spare.items() if key not in taken}
    each = {one.name: key for one in eye.config.relations for key in free if fold(key) == fold(one.name)}
    if len(each) < 2 or eye.said("weight") or "relation" in by_row:
        worth = _worth(free, mapping, eye)
        each = {"": worth} if worth else {}
        how = f"worth '{worth}'" if worth else "each worth 1"
    else:
        how = f"worth {quoted(each.values())}, a relation each"
    eye.why(f"each row is a tie from '{source}' to '{target}', {how}")
    unused = [key for key in spare if key not in {*taken, *each.values()}]
    more = [key for key in unused if re.fullmatch(rf"{re.escape(fold(target))}\W*\d+", fold(key))]
    if more and not eye.said("shape"):
        eye.ask("shape", f"Columns {quoted(more)} are called as '{target}' is. Is a row one tie, or all whom one person names?", ("edges", "lists"))  # fmt: skip
    eye.found.why += [f"not read: {', '.join(unused)}"] if unused else []
    named: dict[str, list[str]] = {}
    split: list[str] = []
    for end in (source, target):
        cells = [cell for cell in columns[end] if cell]
        marks = [*eye.said("split"), *(mark for mark in _MARKS if any(_names_several(cell, mark, eye) for cell in cells))]  # fmt: skip
        if marks:
            split = mapping["split"] = list(dict.fromkeys([*split, *marks]))
            eye.why(f"cells of '{end}' with {' or '.join(map(repr, marks))} name several people; each is a tie")
        named[end] = [name for cell in cells for name in split_names(cell, marks, eye.is_person)]
    nobody = list(dict.fromkeys([*eye.said("nobody"), *filter(NOBODY.fullmatch, named[target])]))
    if nobody:
        mapping["nobody"] = nobody
        eye.why(f"{', '.join(map(repr, nobody))} is no person: who says so answered")
    sessions = {label: one for label, one in eye.pairs("source").items() if label in named[source]}
    eye.say_strangers([one for one in named[source] if one not in sessions] + [one for one in named[target] if one not in nobody], "who is named in it")  # fmt: skip
    said = eye.alone("direction")
    if tool == "Kumu" and not direction and not said:
        eye.ask("direction", "Kumu's file does not say whether its connections go one way: the map decides, and the file does not hold it.", ("one-way", "mutual"))  # fmt: skip
    if said == "mutual":
        mapping["mutual"] = True
    if eye.pairs("person") or sessions:
        mapping.setdefault("values", {}).update({"source": eye.pairs("person") | sessions, "target": eye.pairs("person")})  # fmt: skip
    if not mapping["columns"]:
        mapping.pop("columns")
    for relation, key in each.items() or [("", "")]:
        one = deepcopy(mapping)
        if relation:
            one |= {"columns": {**one.get("columns", {}), "weight": key}, "relation": relation}
        eye.finish(one, columns[key] if key else None)


def _names_several(cell: str, mark: str, eye: Eye) -> bool:
    parts = [one.strip() for one in cell.split(mark) if one.strip()]
    return len(parts) > 1 and not eye.is_person(cell) and any(map(eye.is_person, parts))


def _is_matrix(grid: Grid, eye: Eye) -> bool:
    rows, header, ids = _labelled(grid, eye)
    body = [cell for cells in rows[1:] for cell in cells[1:]]
    if header and ids:
        return not eye.is_person(rows[0][0]) and eye.share(cell for cell in body if not weight_like(cell)) < _HALF
    is_bare = len(rows) == len(eye.roster) and all(weight_like(cell) for cells in rows for cell in cells)
    return is_bare or (header and len(rows) - 1 == sum(map(bool, rows[0])) > 1)


def _labelled(grid: Grid, eye: Eye) -> tuple[list[tuple[str, ...]], bool, bool]:
    """The rows of a matrix, and whether the first, and the first column, are labels: all different, and most of them people."""
    rows = [cells for cells in grid.rows[header_at(grid) :] if any(cells)]
    numbers = all(weight_like(cell) for cells in rows for cell in cells)
    if numbers and len(rows) == max(map(len, rows)) == len(eye.roster):
        return rows, False, False
    labels = [cells[0] for cells in rows[1:]]
    beside, alone = [cell for cell in rows[0][1:] if cell], [cell for cell in rows[0] if cell]
    corner = {fold(label) for label in labels} & {fold(label) for label in beside}

    def are_people(found: list[str], least: int) -> bool:
        enough = _HALF if len(corner) > 1 else _ENOUGH  # a matrix may have a total, or somebody new
        return len(found) >= least and len(set(found)) == len(found) and eye.share(found) >= enough

    ids = are_people(labels, 1)
    return rows, are_people(beside if ids else alone, 2), ids


def _look_at_matrix(grid: Grid, mapping: dict[str, Any], eye: Eye) -> None:
    rows, header, ids = _labelled(grid, eye)
    if not header and not ids and len(rows) == len(eye.roster) + 1:
        header = True
    mapping["shape"] = "matrix"
    mapping.update({key: False for key, there in (("header", header), ("ids", ids)) if not there})
    eye.found.kind = f"a matrix of {len(rows) - header} rows"
    eye.why(
        "its first row and first column hold people" if header and ids
        else "its first row holds people, its rows are in the same order" if header
        else "its first column holds people, its columns are in the same order" if ids
        else f"it has a row and a column for each of the {len(eye.roster)} people of the roster, taken to be in the roster's order"
    )  # fmt: skip
    eye.why("the row is taken for the one who answers, the column for the one who is named (--direction column_names_row turns it round)")  # fmt: skip
    if eye.said("direction") == ["column_names_row"]:
        mapping["direction"] = "column_names_row"
    named = [cell for cell in rows[0][int(ids) :] if cell] if header else []
    answer = [cells[0] for cells in rows[1:]] if ids else []
    eye.say_strangers([*named, *answer], "who is a row or a column")
    body = [cells[int(ids) :] for cells in rows[int(header) :]]
    everyone = eye.roster["actor"].tolist()
    sides = [[eye.who(label) for label in side] for side in (answer or named or everyone, named or answer or everyone)]
    reports = [(a, b, cell) for a, row in zip(sides[0], body, strict=False) for b, cell in zip(sides[1], row, strict=False)]  # fmt: skip
    beside = [cell for a, b, cell in reports if a != b and not {a, b} & {None, "?"}]
    eye.finish(mapping, beside, full=all(beside))
