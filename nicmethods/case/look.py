"""What a survey file is, by what stands in it: a mapping for case.yml, why, and what a person has to say first."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.case.config import TieFile
from nicmethods.case.names import fold
from nicmethods.case.proposals import propose_aliases
from nicmethods.case.questionnaires import (
    NOT_TICKED,
    TICKED,
    Column,
    columns_of,
    is_import_ids,
    labels_of,
    split_names,
    stem_of,
    weight_of,
)
from nicmethods.case.surveys import SurveyFile, whom
from nicmethods.files.graphfiles import is_graph_file, read_graph
from nicmethods.files.sheets import read_grid, sheet_names
from nicmethods.files.textfiles import decode, read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from nicmethods.case.config import CaseConfig
    from nicmethods.case.surveys import Named
    from nicmethods.errors import Problem
    from nicmethods.files.cells import Grid

__all__ = ["OPTIONS", "Ask", "Look", "Says", "look"]

Says = dict[str, list[str]]
"""What a person has said, by option: ``{"wave": ["w1"], "relation": ["help=Q12"]}``."""

OPTIONS: dict[str, str] = {
    "wave": "wave of the answers, as in case.yml",
    "relation": "relation of the answers; where a file asks several questions, RELATION=QUESTION, once for each",
    "shape": "edges, matrix, wide, lists or graph",
    "who": "column of those who answer (for a first and a family name, give it twice)",
    "sheet": "sheet of a workbook, or network of a Pajek project",
    "value": "what an answer is worth: LABEL=NUMBER, or LABEL=? where it says nothing",
    "person": "whom a column, code or spelling means: NAME=ID, or NAME=? for somebody outside",
    "nobody": "an option or answer that means nobody, and is a zero for all",
    "weight": "column of a list of ties that says what each is worth",
    "blank": "what an empty cell means: unknown, or zero where the person finished",
    "finished": "answers that were finished: COLUMN=VALUE, or COLUMN=* where any value says so",
    "leave-out": "rows that are no answers: COLUMN=VALUE; none: leave out nothing",
    "direction": "one-way or mutual, where the file does not say; column_names_row for a matrix whose columns answer",
    "split": "what parts the people in one cell",
    "again": "what counts where a tie stands twice: highest or sum",
}
"""What a person may be asked, and the option that says it."""

_REFUSED = (
    (lambda data, name: data[:4] in (b"$FL2", b"$FL3"), "an SPSS file (.sav)", "In SPSS: File > Export > CSV, with value labels; or in Python: pyreadstat.read_sav(file, apply_value_formats=True)."),
    (lambda data, name: b"V6404" in data[:8] or name.lower().endswith((".##h", ".##d")), "a UCINET dataset (##h, ##d)", "In UCINET: Data > Export > DL."),
    (lambda data, name: data.lstrip()[:10].lower() == b"*node data", "a VNA file", "In NetDraw: File > Save data as > Pajek, or in ONA Surveys export Excel."),
    (lambda data, name: re.match(rb"\s*(?:#.*\n)*\s*graph\s*\[", data[:2000]) is not None, "a GML file", "Save it as GraphML (Gephi: File > Export > Graph file)."),
    (lambda data, name: data.lstrip()[:1] in (b"{", b"["), "a JSON file (Polinode and SumApp write such)", "Export the answers as Excel or csv."),
    (lambda data, name: data[:4] == b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "Save it as xlsx or csv."),
    (lambda data, name: data[:4] == b"%PDF", "a PDF", "Export the answers as csv or xlsx."),
)  # fmt: skip
_NOBODY = re.compile(
    r"(none of (the )?(above|these|them)|no ?(body|one)( .*)?|none|i (did|do) not .*(any|anybody|anyone).*)\W*",
    re.IGNORECASE,
)
_REFUSAL = re.compile(r"no\b|i do not|i don't|i disagree|disagree|i decline|decline|refuse", re.IGNORECASE)
_SOURCES = ("source", "from", "ego", "vertex 1", "sender", "respondent", "nominator", "egoid", "rater")
_TARGETS = ("target", "to", "alter", "vertex 2", "receiver", "nominee", "named", "alterid", "ratee")
_WEIGHTS = ("weight", "strength", "value", "frequency", "how often", "tie", "score")
_ENOUGH, _HALF = 0.9, 0.5


@dataclass(frozen=True)
class _Tool:
    """How a survey tool's files are known and what their columns mean."""

    name: str
    needs: tuple[str, ...]
    who: tuple[str, ...] = ()
    finished: tuple[tuple[str, tuple[str, ...]], ...] = ()
    leave_out: tuple[tuple[str, tuple[str, ...]], ...] = ()


_PREVIEWS = ("survey preview", "survey test", "spam", "1", "2", "8", "9")
_QUALTRICS = {
    "finished": (("finished", ("true", "1")), ("progress", ("100",))),
    "leave_out": (("status", _PREVIEWS), ("distributionchannel", ("preview",))),
}
_TOOLS = (
    _Tool("Network Canvas", ("networkcanvasegouuid", "networkcanvasuuid"), ("networkcanvasegouuid",)),
    _Tool(
        "Qualtrics",
        ("startdate", "enddate"),
        ("externalreference", "externaldatareference", "recipientemail"),
        **_QUALTRICS,
    ),
    _Tool("SurveyMonkey", ("respondent id", "collector id"), ("email address", "custom data 1")),
    _Tool("Microsoft Forms", ("start time", "completion time"), ("email", "name")),
    _Tool("LimeSurvey", ("submitdate",), finished=(("submitdate", ("*",)),)),
    _Tool("LimeSurvey", ("date submitted",), finished=(("date submitted", ("*",)),)),
    _Tool("LimeSurvey", ("completed", "last page seen"), finished=(("completed", ("*",)),)),
    _Tool("REDCap", ("record_id",), ("record_id",)),
    _Tool("KoboToolbox", ("_uuid", "_submission_time")),
    _Tool("ODK", ("submissiondate", "key")),
    _Tool("Google Forms", ("timestamp",), ("email address",)),
    _Tool("Kumu", ("from", "to")),
)


@dataclass(frozen=True)
class Ask:
    """Something that the file does not say: the option that says it, the question, and answers to choose from."""

    option: str
    question: str
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        choices = f" ({', '.join(self.choices[:12])}{', …' if len(self.choices) > 12 else ''})" if self.choices else ""
        return f"{self.question}{choices} Say it with --{self.option}."


@dataclass
class Look:
    """What a file is taken for.

    Parameters
    ----------
    name
        The file.
    kind
        What it is taken for, in words; empty if it is not read.
    why
        What decided it, a sentence each.
    mappings
        Entries for ``files: ties:`` of case.yml, one a question or wave, without the path.
    asks
        What a person must say first.
    refused
        Why it cannot be read, and what to do.
    aliases
        Lines for people.csv, as proposed: spelling and id.
    """

    name: str
    kind: str = ""
    why: list[str] = field(default_factory=list)
    mappings: list[dict[str, Any]] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    refused: str = ""
    aliases: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class _Eye:
    """One file under the eye of the command: what is known of the case, what a person has said, what is found."""

    config: CaseConfig
    roster: pd.DataFrame
    people: pd.DataFrame
    named: Named
    says: Says
    found: Look

    def said(self, option: str) -> list[str]:
        """What a person has said to an option."""
        return self.says.get(option, [])

    def pairs(self, option: str) -> dict[str, str]:
        """What was said as NAME=VALUE."""
        return {left: right for one in self.said(option) for left, sign, right in [one.rpartition("=")] if sign}

    def file(self, mapping: Mapping[str, Any] | None = None) -> SurveyFile:
        """The file as the mapping says so far."""
        relation = (mapping or {}).get("relation")
        scales = {one.name: one.scale for one in self.config.relations}
        made = TieFile.model_construct(**{**TieFile(path=self.found.name).model_dump(), **(mapping or {})})
        made = made.model_copy(update={"values": {"target": self.persons(), **(mapping or {}).get("values", {})}})
        return SurveyFile(self.found.name, made, self.roster["actor"].tolist(), self.named, relation, scales)

    def persons(self) -> dict[str, str]:
        """Whom names mean, as a person has said."""
        return self.pairs("person")

    def is_person(self, label: str) -> bool:
        """Whether a label means one person, or one who is outside."""
        return bool(self.file().ids([label]))

    def share(self, labels: Iterable[str]) -> float:
        """The share of labels that mean somebody; 0 without any."""
        there = [label for label in labels if label]
        return sum(map(self.is_person, there)) / len(there) if there else 0.0

    def ask(self, option: str, question: str, choices: Iterable[str] = ()) -> None:
        """Note what has to be said."""
        self.found.asks.append(Ask(option, question, tuple(choices)))


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
    eye = _Eye(config, roster, people, named, {key: list(values) for key, values in says.items()}, Look(path.name))
    data, problems = read_bytes(path, path.name)
    if data is None:
        return _refuse(eye.found, problems)
    for is_it, kind, advice in _REFUSED:
        if is_it(data, path.name):
            eye.found.refused = f"{path.name} is {kind}, which is not read. {advice}"
            return eye.found
    if data[:2] == b"PK":
        return _look_at_workbook(path, eye)
    text, problems = decode(data, path.name)
    if text is None:
        return _refuse(eye.found, problems)
    if is_graph_file(text) or "graph" in eye.said("shape"):
        return _look_at_graph(path, eye)
    grid, problems = read_grid(path, path.name)
    if grid is None:
        return _refuse(eye.found, problems)
    _learn_from_beside(beside, grid, eye)
    _look_at_grid(grid, {}, eye)
    return eye.found


def _refuse(found: Look, problems: Iterable[Problem]) -> Look:
    found.refused = " ".join(f"{problem.place}: {problem.message}" for problem in problems if problem.level == "error")
    return found


def _look_at_workbook(path: Path, eye: _Eye) -> Look:
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        inside = zipfile.ZipFile(path).namelist() if zipfile.is_zipfile(path) else []
        eye.found.refused = (
            f"{path.name} is a zip archive; it holds {', '.join(inside[:5])}. Unpack it and give the files."
        )
        return eye.found
    sheets, problems = sheet_names(path, path.name)
    if not sheets:
        return _refuse(eye.found, problems)
    folded = {fold(sheet): sheet for sheet in sheets if "(ignore)" not in sheet.casefold()}
    if {"vertices", "edges"} <= set(folded):
        eye.found.refused = f"{path.name} is a NodeXL workbook. In NodeXL: Export > To GraphML file; or copy Vertex 1, Vertex 2 and the weight of sheet Edges into a csv."  # fmt: skip
        return eye.found
    by_wave = {sheet: wave.id for wave in eye.config.waves if (sheet := folded.get(fold(wave.id)))}
    by_relation = {sheet: one.name for one in eye.config.relations if (sheet := folded.get(fold(one.name)))}
    ties = next((folded[one] for one in ("connections", "edges", "ties", "links") if one in folded), None)
    chosen: list[tuple[str | None, dict[str, Any]]]
    if eye.said("sheet"):
        chosen = [(sheet, {}) for sheet in eye.said("sheet")]
    elif len(folded) == 1:
        chosen = [(None if len(sheets) == 1 else next(iter(folded.values())), {})]
    elif len(by_wave) > 1:
        chosen = [(sheet, {"wave": wave}) for sheet, wave in by_wave.items()]
        eye.found.why.append(f"its sheets are called as the waves: {', '.join(by_wave)}")
    elif len(by_relation) > 1:
        chosen = [(sheet, {"relation": relation}) for sheet, relation in by_relation.items()]
        eye.found.why.append(f"its sheets are called as the relations: {', '.join(by_relation)}")
    elif ties:
        chosen = [(ties, {})]
        eye.found.why.append(f"sheet '{ties}' is the one with ties; the others are {', '.join(one for one in sheets if one != ties)}")  # fmt: skip
    else:
        eye.ask("sheet", f"The workbook has {len(sheets)} sheets. Which hold answers?", sheets)
        chosen = [(sheets[0], {})]
    for sheet, given in chosen:
        grid, problems = read_grid(path, path.name, sheet=sheet)
        if grid is None:
            return _refuse(eye.found, problems)
        _look_at_grid(grid, {**({"sheet": sheet} if sheet else {}), **given}, eye)
    return eye.found


def _look_at_graph(path: Path, eye: _Eye) -> Look:
    part = next(iter(eye.said("sheet")), None)
    graph, problems = read_graph(path, path.name, part=part)
    if graph is None:
        _refuse(eye.found, problems)
        if "Name one with sheet:" in eye.found.refused:
            networks = eye.found.refused.split("networks: ")[-1].split(". Name")[0]
            eye.ask("sheet", "It holds several networks. Which is meant?", networks.split(", "))
            eye.found.refused, eye.found.kind = "", "a Pajek project"
        return eye.found
    n = sum(tie.both for tie in graph.ties)
    eye.found.kind = f"a {graph.kind} file of {len(graph.people)} people and {len(graph.ties)} ties"
    eye.found.why.append(f"it begins as {graph.kind} does; {n} of its ties have no direction and count both ways")
    _say_strangers(graph.people, eye, "who is in the file")
    mapping: dict[str, Any] = {"shape": "graph", **({"sheet": part} if part else {})}
    relations = list(dict.fromkeys(tie.relation for tie in graph.ties))
    if len([one for one in relations if one]) > 1:
        given = {asked: relation for relation, asked in eye.pairs("relation").items()}
        ours = {one.name for one in eye.config.relations}
        same = {one: one for one in relations if one in ours}
        meant = {**same, **given}
        if meant:
            mapping["values"] = {"relation": {one: meant.get(one, "?") for one in relations}}
        else:
            choices = [f"RELATION={one}" for one in relations]
            eye.ask("relation", "It holds several relations. Which is which?", choices)
        eye.says["relation"] = []
        _finish(mapping, eye, relation=False)
    else:
        _finish(mapping, eye)
    return eye.found


# Tables ----------------------------------------------------------------------------------------------------------------


def _learn_from_beside(beside: Sequence[Path], grid: Grid, eye: _Eye) -> None:
    """Take names from files that belong to this one, as if a person had said them."""
    for path in beside:
        other, _ = read_grid(path, path.name)
        header = [fold(cell) for cell in other.rows[0]] if other else []
        if other and {"networkcanvasegouuid", "networkcanvascaseid"} <= set(header):
            at, to = header.index("networkcanvasegouuid"), header.index("networkcanvascaseid")
            eye.says.setdefault("source", []).extend(f"{row[at]}={row[to]}" for row in other.rows[1:])
            eye.found.why.append(f"{path.name} says which case each session is of")
        elif other and "variable / field name" in header:
            choices = next(n for n, cell in enumerate(header) if cell.startswith("choices"))
            for row in other.rows[1:]:
                for choice in row[choices].split("|") if len(row) > choices else ():
                    code, _, label = choice.partition(",")
                    if label.strip():
                        eye.says.setdefault("code", []).append(f"{row[0]}___{code.strip()}={label.strip()}")
            eye.found.why.append(f"{path.name} says what the codes mean")


def _look_at_grid(grid: Grid, given: dict[str, Any], eye: _Eye) -> None:
    first = next(cells for cells in grid.rows if any(cells))
    folded = [fold(cell) for cell in first]
    tool = next((tool for tool in _TOOLS if set(tool.needs) <= set(folded)), None)
    if any(re.search(r"___-?\w+$|\(choice=.*\)$", cell) for cell in folded):
        tool = _Tool("REDCap", ())
    if folded[:2] == ["v1", "v2"]:
        tool = next(tool for tool in _TOOLS if tool.name == "Qualtrics")
    if "networkcanvasuuid" in folded and "edgeid" in folded:
        eye.found.refused = "this is Network Canvas' list of ties between alters: what one person thinks of others, and no report of theirs. Give the attributeList file, whose rows are the ties of those who were interviewed."  # fmt: skip
        return
    if first and folded[0] == "label" and "type" in folded and not {"from", "to"} <= set(folded):
        eye.found.refused = (
            "this is Kumu's list of people; it holds no ties. Give the sheet or file of connections (From, To)."
        )
        return
    shape = next(iter(eye.said("shape")), "")
    ends = _ends(first, eye)
    if tool and tool.name == "Network Canvas" and "name" in folded:
        ends = (first[folded.index("networkcanvasegouuid")], first[folded.index("name")])
        eye.found.kind = "Network Canvas' list of alters"
    if shape in ("", "edges") and (ends or shape):
        _look_at_edges(grid, first, ends, {**given}, tool, eye)
    elif shape == "matrix" or (shape == "" and tool is None and _is_matrix(grid, eye)):
        _look_at_matrix(grid, {**given}, eye)
    else:
        _look_at_answers(grid, {**given}, tool, shape, eye)


def _ends(header: Sequence[str], eye: _Eye) -> tuple[str, str] | None:
    """The columns of an edge list that stand for the one who answers and the one who is named."""
    folded = {fold(cell): cell for cell in header if cell}
    source = next((folded[one] for one in _SOURCES if one in folded), None)
    target = next((folded[one] for one in _TARGETS if one in folded), None)
    return (source, target) if source and target else None


def _column(grid: Grid, at: int, start: int) -> list[str]:
    return [cells[at] for cells in grid.rows[start:] if len(cells) > at and any(cells)]


def _look_at_edges(
    grid: Grid, header: Sequence[str], ends: tuple[str, str] | None, mapping: dict[str, Any], tool: _Tool | None, eye: _Eye
) -> None:  # fmt: skip
    start = grid.rows.index(tuple(header)) + 1
    if ends is None:
        ends = (header[0], header[1])
    mapping["shape"] = "edges"
    columns = {"source": ends[0], "target": ends[1]}
    folded = {fold(cell): cell for cell in header}
    weights = (*(fold(one) for one in eye.said("weight")), *_WEIGHTS)
    spare = [cell for cell in header if cell and cell not in ends]
    for ours, names in (("weight", weights), ("direction", ("direction",)), ("relation", ("relation",)), ("wave", ("wave", "round"))):  # fmt: skip
        found = next((folded[name] for name in names if name in folded), None)
        if found and (ours != "relation" or set(_column(grid, list(header).index(found), start)) <= {one.name for one in eye.config.relations}):  # fmt: skip
            columns[ours] = found
    eye.found.kind = eye.found.kind or (
        "Kumu's list of connections" if tool and tool.name == "Kumu" else "an edge list"
    )
    eye.found.why.append(f"each row is a tie from '{ends[0]}' to '{ends[1]}'" + (f", worth '{columns['weight']}'" if "weight" in columns else ", each worth 1"))  # fmt: skip
    unused = [cell for cell in spare if cell not in columns.values()]
    if unused:
        eye.found.why.append(f"not read: {', '.join(unused)}")
    if any(ours != theirs for ours, theirs in columns.items()):
        mapping["columns"] = {ours: theirs for ours, theirs in columns.items() if ours != theirs}
    cells = _column(grid, list(header).index(ends[1]), start)
    no_mark: Callable[[str], bool] = lambda name: "|" not in name and eye.is_person(name)  # noqa: E731
    several = [split_names(cell, "|", no_mark) for cell in cells if "|" in cell and cell not in eye.persons()]
    if any(len(parts) > 1 and all(map(eye.is_person, parts)) for parts in several):
        mapping["split"] = "|"
        eye.found.why.append("a cell with | names several people; each is a tie")
    source = [cell for cell in _column(grid, list(header).index(ends[0]), start) if cell]
    known = {**eye.pairs("source"), **eye.pairs("person")}
    target = [one for cell in cells for one in (split_names(cell, "|", no_mark) if "split" in mapping else [cell]) if one]  # fmt: skip
    _say_strangers([one for one in [*source, *target] if one not in known], eye, "who is named in it")
    direction = next(iter(eye.said("direction")), "")
    if tool and tool.name == "Kumu" and "direction" not in columns and not direction:
        eye.ask("direction", "Kumu's file does not say whether its connections go one way: the map decides, and the file does not hold it.", ("one-way", "mutual"))  # fmt: skip
    if direction == "mutual":
        mapping["mutual"] = True
    persons, sessions = eye.persons(), eye.pairs("source")
    if persons or sessions:
        there = {label: sessions[label] for label in dict.fromkeys(source) if label in sessions}
        mapping["values"] = {"source": {**persons, **there}, "target": dict(persons)}
    if "weight" in columns:
        at = list(header).index(columns["weight"])
        _look_at_values(_column(grid, at, start), mapping, eye)
    if "wave" in columns:
        waves = {wave.id for wave in eye.config.waves}
        if not set(_column(grid, list(header).index(columns["wave"]), start)) <= waves:
            columns.pop("wave")
            mapping.get("columns", {}).pop("wave", None)
    _finish(mapping, eye, wave="wave" not in columns, relation="relation" not in columns)


def _is_matrix(grid: Grid, eye: _Eye) -> bool:
    rows = [cells for cells in grid.rows if any(cells)]
    header, ids = _labelled(rows, eye)
    if header and ids:
        return True
    if len(rows) == len(eye.roster) and all(map(weight_like, {cell for cells in rows for cell in cells})):
        return True
    return header and len(rows) - 1 == len([cell for cell in rows[0] if cell]) > 1


def _labelled(rows: Sequence[Sequence[str]], eye: _Eye) -> tuple[bool, bool]:
    """Whether the first row, and the first column, of a matrix are labels: all different, and most of them people."""
    n = len(eye.roster)
    numbers = all(map(weight_like, {cell for cells in rows for cell in cells}))
    if numbers and len(rows) == n and max(map(len, rows)) == n:
        return False, False
    labels = [cells[0] for cells in rows[1:]]
    beside, alone = [cell for cell in rows[0][1:] if cell], [cell for cell in rows[0] if cell]

    def are_people(found: list[str], least: int) -> bool:
        enough = _HALF if set(labels) == set(beside) else _ENOUGH  # a matrix may have a total, or somebody new
        return len(found) >= least and len(set(found)) == len(found) and eye.share(found) >= enough

    ids = are_people(labels, 1)
    return are_people(beside if ids else alone, 2), ids


def weight_like(cell: str) -> bool:
    """Whether a cell is empty or a number."""
    try:
        weight_of(cell or "0", {})
    except ValueError:
        return False
    return True


def _look_at_matrix(grid: Grid, mapping: dict[str, Any], eye: _Eye) -> None:
    rows = [cells for cells in grid.rows if any(cells)]
    header, ids = _labelled(rows, eye)
    if not header and not ids and len(rows) == len(eye.roster) + 1:
        header = True
    mapping["shape"] = "matrix"
    mapping.update({key: False for key, there in (("header", header), ("ids", ids)) if not there})
    eye.found.kind = f"a matrix of {len(rows) - header} rows"
    eye.found.why.append(
        "its first row and first column hold people" if header and ids
        else "its first row holds people, its rows are in the same order" if header
        else "its first column holds people, its columns are in the same order" if ids
        else f"it has a row and a column for each of the {len(eye.roster)} people of the roster, taken to be in the roster's order"
    )  # fmt: skip
    eye.found.why.append("the row is taken for the one who answers, the column for the one who is named (--direction column_names_row turns it round)")  # fmt: skip
    if eye.said("direction") == ["column_names_row"]:
        mapping["direction"] = "column_names_row"
    labels = ([cell for cell in rows[0][int(ids) :] if cell] if header else []) + ([cells[0] for cells in rows[1:]] if ids else [])  # fmt: skip
    _say_strangers(labels, eye, "who is a row or a column")
    if eye.persons():
        mapping["values"] = {"target": eye.persons()}
    _look_at_values([cell for cells in rows[int(header) :] for n, cell in enumerate(cells[int(ids) :])], mapping, eye)
    _finish(mapping, eye)


def _look_at_answers(grid: Grid, mapping: dict[str, Any], tool: _Tool | None, shape: str, eye: _Eye) -> None:
    """A row an answered questionnaire: who answers, which columns name people or hold names, in which words."""
    start = next(n for n, cells in enumerate(grid.rows) if any(cells))
    n_headers = _header_rows(grid, start, tool)
    columns = columns_of(grid.rows[start : start + n_headers])
    body = [cells for cells in grid.rows[start + n_headers :] if any(cells)]
    width = max(map(len, grid.rows))
    body = [(*cells, *[""] * (width - len(cells))) for cells in body]
    if not body:
        eye.found.refused = f"under {n_headers} header rows there is no answer."
        return
    said = f"{n_headers} header {'row' if n_headers == 1 else 'rows'}, {len(body)} rows of answers"
    if tool:
        eye.found.kind = f"answers as {tool.name} exports them"
        eye.found.why.append(f"its first row holds {', '.join(tool.needs) or 'names with ___'}; {said}")
    else:
        eye.found.kind = "answered questionnaires, a row each"
        eye.found.why.append(said)
    if n_headers > 1:
        mapping["headers"] = n_headers
    _apply_codes(columns, eye)
    _look_at_rows(columns, body, mapping, tool, eye)
    columns = [column for column in columns if column.key]
    kept = [cells for cells in body if not _is_left_out(cells, columns, mapping)]
    who = _look_for_who(columns, kept, mapping, tool, eye)
    rest = [column for column in columns if column not in who and fold(column.key) not in {fold(one) for one in (*mapping.get("finished", {}), *mapping.get("leave_out", {}))}]  # fmt: skip
    groups = {} if shape == "lists" else _questions(rest, eye)
    if groups and shape != "lists":
        _look_at_questions(groups, columns, kept, mapping, eye)
    else:
        _look_at_lists(rest, kept, mapping, tool, eye)


def _header_rows(grid: Grid, start: int, tool: _Tool | None) -> int:
    rows = grid.rows[start : start + 5]
    import_ids = next((n for n, cells in enumerate(rows) if is_import_ids(cells)), None)
    if import_ids is not None:
        return import_ids + 1
    if tool is None or len(rows) < 2:
        return 1
    if tool.name == "SurveyMonkey":
        below = [cell for cell in rows[1][:2] if cell and cell != "NA"]
        return 1 if below else 2
    if tool.name == "Qualtrics":
        at = next((n for n, cell in enumerate(rows[0]) if fold(cell) == "startdate"), None)
        is_answer = at is not None and re.match(r"\d{4}-\d\d|\d{1,2}/\d{1,2}/\d", rows[1][at]) is not None
        return 1 if is_answer else 2
    return 1


def _apply_codes(columns: list[Column], eye: _Eye) -> None:
    """Put the labels of a data dictionary behind the columns that have codes."""
    labels = eye.pairs("code")
    for n, column in enumerate(columns):
        if column.key in labels:
            columns[n] = replace(column, texts=(*column.texts, labels[column.key]))
            if eye.is_person(labels[column.key]) and column.key not in eye.persons():
                ids = eye.file().ids([labels[column.key]])
                eye.says.setdefault("person", []).append(f"{column.key}={ids[labels[column.key]]}")


def _look_at_rows(columns: list[Column], body: list[tuple[str, ...]], mapping: dict[str, Any], tool: _Tool | None, eye: _Eye) -> None:  # fmt: skip
    """Which rows are answers, and which were finished."""
    for option, key in (("finished", "finished"), ("leave-out", "leave_out")):
        for name, value in eye.pairs(option).items():
            mapping.setdefault(key, {}).setdefault(name, []).append(value)
    by_name = {fold(text): column for column in reversed(columns) for text in (*column.texts[:2], column.key) if text}
    if tool and "finished" not in mapping:
        for name, values in tool.finished:
            if name in by_name:
                mapping["finished"] = {by_name[name].key: list(values)}
                n = sum(_among(cells[by_name[name].at], values) for cells in body)
                eye.found.why.append(f"'{by_name[name].key}' says who finished: {n} of {len(body)}")
                break
    if tool and tool.name == "REDCap" and "finished" not in mapping:
        forms = [column for column in columns if column.key.endswith("_complete") or fold(column.key) == "complete?"]
        ticks = [column.at for column in columns if re.search(r"___|\(choice=", column.key)]
        form = next((one for one in forms if ticks and one.at > ticks[-1]), None)
        if form:
            mapping["finished"] = {form.key: ["2", "Complete"]}
            eye.found.why.append(f"'{form.key}' says which forms are complete; elsewhere an empty box is written as 0 too, and counts as unknown")  # fmt: skip
    if (
        tool
        and tool.name == "REDCap"
        and "finished" not in mapping
        and any(re.search(r"___|\(choice=", column.key) for column in columns)
    ):
        eye.ask("finished", "REDCap writes 0 for a box that nobody looked at. Which column says that the form is complete? FORM_complete=2; record_id=* believes every zero.")  # fmt: skip
    for column in columns:
        if any("consent" in text.casefold() for text in column.texts) and column.key not in mapping.get(
            "leave_out", {}
        ):
            refused = Counter(cells[column.at] for cells in body if _REFUSAL.match(cells[column.at]))
            if refused:
                mapping.setdefault("leave_out", {})[column.key] = list(refused)
                eye.found.why.append(f"left out without consent ('{column.key}'): {sum(refused.values())}")
    if "none" in eye.said("leave-out"):
        mapping.pop("leave_out", None)
    elif tool and "leave-out" not in eye.says:
        for name, values in tool.leave_out:
            if name not in by_name:
                continue
            column = by_name[name]
            there = Counter(cells[column.at] for cells in body if fold(cells[column.at]) in values)
            if there and sum(there.values()) == len(body):
                eye.ask("leave-out", f"Every row is a preview, a test or spam by '{column.key}' ({', '.join(there)}). Are they answers all the same? Then leave out", ("none",))  # fmt: skip
            elif there:
                mapping.setdefault("leave_out", {})[column.key] = list(there)
                eye.found.why.append(f"left out as previews, tests or spam: {sum(there.values())} ({column.key} {', '.join(there)})")  # fmt: skip


def _among(cell: str, values: Iterable[str]) -> bool:
    return bool(cell) if "*" in values else fold(cell) in {fold(value) for value in values}


def _is_left_out(cells: tuple[str, ...], columns: list[Column], mapping: Mapping[str, Any]) -> bool:
    return any(
        _among(cells[column.at], mapping["leave_out"][column.key])
        for column in columns if column.key in mapping.get("leave_out", {})
    )  # fmt: skip


def _look_for_who(
    columns: list[Column], body: list[tuple[str, ...]], mapping: dict[str, Any], tool: _Tool | None, eye: _Eye
) -> list[Column]:
    """The column of those who answer: the one whose cells mean people of the roster, each once."""
    by_name = {fold(text): column for column in reversed(columns) for text in (*column.texts[:2], column.key) if text}
    known = eye.pairs("source")
    if known:
        eye.says.setdefault("person", [])
    said = [column for one in eye.said("who") if (column := by_name.get(fold(one)))]
    if eye.said("who") and len(said) < len(eye.said("who")):
        eye.found.refused = f"there is no column '{next(one for one in eye.said('who') if fold(one) not in by_name)}'. Columns: {', '.join(column.key for column in columns)}."  # fmt: skip
        return []
    scores: list[tuple[float, int, list[Column]]] = []
    pairs = [(["first name", "last name"]), (["recipientfirstname", "recipientlastname"])]
    several = [[by_name[one] for one in pair] for pair in pairs if all(one in by_name for one in pair)]
    for candidate in [said] if said else [*([column] for column in columns), *several]:
        labels = [" ".join(filter(None, (cells[column.at] for column in candidate))) for cells in body]
        there = [known.get(label, label) for label in labels if label]
        share = eye.share(there) * (len(set(there)) / len(labels) if labels else 0)
        rank = next((n for n, name in enumerate(tool.who) if fold(candidate[0].key) == name), 99) if tool else 99
        if share > 0 or said:
            scores.append((-round(share, 3), rank, candidate))
    scores.sort(key=lambda one: (one[0], one[1], one[2][0].at))
    good = [one for one in scores if -one[0] >= _ENOUGH]
    chosen = said or (good[0][2] if good else scores[0][2] if scores and -scores[0][0] >= 0.5 else [])
    if not chosen:
        eye.ask("who", "Which column says who answers?", [column.key for column in columns])
        return []
    mapping["who"] = [column.key for column in chosen] if len(chosen) > 1 else chosen[0].key
    labels = [" ".join(filter(None, (cells[column.at] for column in chosen))) for cells in body]
    eye.found.why.append(
        f"'{' + '.join(column.key for column in chosen)}' says who answers: {sum(map(bool, labels))} rows"
    )
    if known:
        mapping["values"] = {"source": {label: known[label] for label in dict.fromkeys(labels) if label in known}}
    _say_strangers([known.get(label, label) for label in labels if label], eye, "who answers")
    twice = [label for label, n in Counter(label for label in labels if label).items() if n > 1]
    if twice and not eye.said("wave") and "wave" not in mapping:
        waves = _wave_column(columns, body, eye)
        if waves:
            mapping["columns"] = {"wave": waves.key}
            eye.found.why.append(f"'{waves.key}' says the wave")
    return chosen


def _wave_column(columns: list[Column], body: list[tuple[str, ...]], eye: _Eye) -> Column | None:
    ids = {wave.id for wave in eye.config.waves}
    return next((column for column in columns if (there := {cells[column.at] for cells in body}) and there <= ids), None)  # fmt: skip


def _questions(columns: list[Column], eye: _Eye) -> dict[str, list[Column]]:
    """Columns that name people, by the question they belong to; a question has each person once."""
    file = eye.file({"nobody": eye.said("nobody")})
    meant = {column.at: whom(column, file) for column in columns}
    texts = [column for column in columns if column.texts[0].endswith("_TEXT") and meant[column.at]]
    if texts:
        eye.found.why.append(f"not read, texts about people: {', '.join(column.key for column in texts)}")
        columns = [column for column in columns if column not in texts]
    groups: dict[str, list[Column]] = {}
    for question in dict.fromkeys(column.loop for column in columns if column.loop):
        turns = [column for column in columns if column.loop == question]
        named = [meant[column.at] for column in turns if meant[column.at] not in (None, "", "?")]
        if named and len(set(named)) == len(named):
            groups[question] = turns  # each turn is about a person, not about a question asked of all
    columns = [column for column in columns if column.loop not in groups]
    stems: dict[str, list[Column]] = {}
    for column in columns:
        stems.setdefault(stem_of(column.texts[0]), []).append(column)
    alone: list[Column] = []
    for column in [column for column in columns if not meant[column.at]]:
        ended = re.fullmatch(r"(.*\D)(\d+)", column.key)
        if ended and eye.is_person(ended[1]) and len(stems[stem_of(column.texts[0])]) == 1:
            groups.setdefault(ended[2], []).append(column)  # Microsoft Forms numbers equal titles
            eye.says.setdefault("person", []).append(f"{column.key}={eye.file().ids([ended[1]])[ended[1]]}")
    numbered = {column.at for group in groups.values() for column in group if not column.loop}
    for stem, group in stems.items():
        if sum(column.texts[0] == stem for column in group) == 1 < len(group):
            # KoboToolbox writes an answer once as a list and once as ticks
            group = [column for column in group if column.texts[0] != stem or meant[column.at]]
        people = [meant[column.at] for column in group if meant[column.at]]
        if not people or group[0].at in numbered:
            continue
        if len(group) == 1:
            alone += group
        elif len(set(people)) == len(people):
            groups[stem] = group
        else:
            for column in group:
                if meant[column.at]:
                    groups.setdefault(_rest(column, file), []).append(column)
    if alone:
        groups = {("1" if numbered else ""): alone, **groups}
    rest: dict[str, list[Column]] = {}
    for stem, group in groups.items():  # two dimensions may have fallen apart person by person
        lone = len(group) == 1 and stem and group[0].at not in numbered and group[0] not in alone and not group[0].loop
        rest.setdefault(_rest(group[0], file) if lone else stem, []).extend(group)
    return rest


def _rest(column: Column, file: SurveyFile) -> str:
    """The header without the person's name: the question."""
    for label in labels_of(column):
        if file.ids([label]):
            text = next(text for text in reversed(column.texts) if label in " ".join(text.split()))
            return " ".join(text.split()).replace(label, "…", 1)
    return column.key


def _look_at_questions(
    groups: dict[str, list[Column]],
    everything: list[Column],
    body: list[tuple[str, ...]],
    mapping: dict[str, Any],
    eye: _Eye,
) -> None:
    relations = [relation.name for relation in eye.config.relations]
    wanted = eye.pairs("relation")
    plain = [one for one in eye.said("relation") if "=" not in one]
    called = {relation: _group_called(asked, groups) for relation, asked in wanted.items()}
    named = {relation: stem for relation, stem in called.items() if stem is not None}
    lost = [asked for relation, asked in wanted.items() if relation not in named]
    if lost:
        eye.found.refused = (
            f"there is no question '{lost[0]}'. Questions that name people: {', '.join(map(_quoted, groups))}."
        )
        return
    if not wanted and len(groups) > 1:
        same = {relation: stem for relation in relations for stem in groups if fold(stem) == fold(relation)}
        by_wave = _waves_of(groups, eye)
        if by_wave:
            eye.found.why.append(f"its questions begin or end as the waves are called: {', '.join(groups)}")
            for stem, wave in by_wave.items():
                _look_at_question(stem, groups[stem], everything, body, {**deepcopy(mapping), "wave": wave}, eye)
            return
        if len(same) == len(groups):
            named = same
        else:
            eye.ask("relation", "Several questions name people. Which is which relation?", [f"RELATION={stem}" for stem in groups])  # fmt: skip
            named = {}
    if not wanted and len(groups) == 1:
        named = {(plain or relations if len(relations) == 1 else plain or [""])[0]: next(iter(groups))}
    spare = [stem for stem in groups if stem not in named.values()]
    if spare and named:
        eye.found.why.append(f"questions that are not read: {', '.join(map(_quoted, spare))}")
    for relation, stem in named.items():
        one = deepcopy(mapping) | ({"relation": relation} if relation else {})
        _look_at_question(stem, groups[stem], everything, body, one, eye)


def _waves_of(groups: Mapping[str, list[Column]], eye: _Eye) -> dict[str, str]:
    """The wave of each question, where they differ by a wave's name alone."""
    found: dict[str, str] = {}
    rest = set()
    for stem in groups:
        words = f" {_plain_words(stem)} "
        waves = [wave.id for wave in eye.config.waves if f" {_plain_words(wave.id)} " in words]
        if len(waves) != 1:
            return {}
        found[stem] = waves[0]
        rest.add(words.replace(f" {_plain_words(waves[0])} ", " ", 1).strip())
    return found if len(rest) == 1 and len(set(found.values())) == len(found) else {}


def _quoted(stem: str) -> str:
    return f"'{stem}'" if stem else "the columns that are called as people"


def _group_called(asked: str, groups: Mapping[str, list[Column]]) -> str | None:
    exact = [stem for stem, group in groups.items() if fold(asked) in {fold(stem), *(fold(column.key) for column in group)}]  # fmt: skip
    near = [stem for stem in groups if fold(asked) in fold(stem)]
    return exact[0] if exact else near[0] if len(near) == 1 else None


def _look_at_question(
    stem: str,
    group: list[Column],
    everything: list[Column],
    body: list[tuple[str, ...]],
    mapping: dict[str, Any],
    eye: _Eye,
) -> None:
    mapping["shape"] = "wide"
    called = [column for column in everything if stem and column.is_of(stem)]
    mapping["question"] = stem if called == group else [column.key for column in group]
    relation = mapping.get("relation", "")
    nobody = list(eye.said("nobody"))
    for column in group:
        if whom(column, eye.file({"nobody": nobody})) is None:
            shortest = [label for label in labels_of(column) if _NOBODY.fullmatch(label)]
            if shortest:
                nobody.append(min(shortest, key=len))
            else:
                eye.ask("person", f"Column '{column.key}' ({column.texts[-1]}) names nobody in the roster. Whom does it mean? {column.key}=ID, {column.key}=? for somebody outside.")  # fmt: skip
    if nobody:
        mapping["nobody"] = nobody
        eye.found.why.append(f"{', '.join(map(repr, nobody))} is no person, and a zero for all")
    codes = {column.key: eye.persons()[column.key] for column in group if column.key in eye.persons()}
    others = {name: one for name, one in eye.persons().items() if name not in eye.pairs("code")}
    if codes or others:
        mapping.setdefault("values", {})["target"] = {**codes, **others}
    cells = [cells[column.at] for cells in body for column in group]
    people = sum(bool(whom(column, eye.file({"nobody": nobody}))) for column in group)
    eye.found.why.append(f"question {_quoted(stem)}: {people} columns name people")
    own = {fold(label) for column in group for label in labels_of(column)}
    there = {fold(cell) for cell in cells if cell}
    file = eye.file(mapping)
    words = {cell for cell in there if not weight_like(cell)}
    if there and there <= own | TICKED | NOT_TICKED and not there & set(file.labels(relation)) and words:
        mapping["ticks"], mapping["blank"] = True, "zero"
        eye.found.why.append("its cells are ticks: a box without one is a zero where the question was answered")
    elif there == {"1"} and "" in cells:
        if not eye.said("blank"):
            eye.ask("blank", "Every answer is 1 and the rest is empty. Is an empty box 'not chosen' (zero, where the question was answered) or no answer (unknown)?", ("zero", "unknown"))  # fmt: skip
    else:
        _look_at_values(cells, mapping, eye)
    mapping["blank"] = next(iter(eye.said("blank")), mapping.get("blank", "unknown"))
    _finish(mapping, eye, wave="wave" not in mapping.get("columns", {}))


def _look_at_lists(
    columns: list[Column], body: list[tuple[str, ...]], mapping: dict[str, Any], tool: _Tool | None, eye: _Eye
) -> None:
    """Cells that hold names: one a cell or several."""
    marks = (*eye.said("split"), ";", ",", "|", "\n", " ")
    found: list[tuple[Column, str]] = []
    for column in columns:
        cells = [cells[column.at] for cells in body if cells[column.at]]
        if not cells or column.key in mapping.get("finished", {}):
            continue
        best = max(["", *dict.fromkeys(marks)], key=lambda mark: (_found_in(cells, mark, eye), -len(mark.strip())))
        if _found_in(cells, best, eye) >= 0.5:
            found.append((column, best))
    asked = set(eye.pairs("relation").values())
    if asked:
        found = [(column, mark) for column, mark in found if fold(column.key) in {fold(one) for one in asked}]
    if not found:
        turns = list(dict.fromkeys(column.hints[0] for column in columns if column.hints))
        loops = ", ".join(dict.fromkeys(column.loop for column in columns if column.loop))
        unsaid = [turn for turn in turns if turn not in eye.persons()]
        if unsaid and not eye.persons():
            eye.ask("person", f"{loops} {'is' if ',' not in loops else 'are'} asked in a loop of {len(turns)} turns, and the export does not say about whom each turn is. {unsaid[0]}=ID, once for each turn; ? for somebody outside.", unsaid)  # fmt: skip
            return
        eye.found.refused = (
            "no column, no header and no cell names people of the roster, so there is no tie to be seen. Are roster.csv and its names "
            "those of this survey? If columns have codes alone, export with labels, or say --person COLUMN=ID for each."
        )  # fmt: skip
        return
    mapping["shape"] = "lists"
    questions = [column.key for column, _ in found]
    split = next((mark for _, mark in found if mark), "")
    mapping["question"] = questions if len(questions) > 1 else questions[0]
    if split:
        mapping["split"] = split
    eye.found.why.append(f"cells of {', '.join(map(repr, questions[:4]))}{' …' if len(questions) > 4 else ''} hold names" + (f", parted by {split!r}" if split else ""))  # fmt: skip
    strength = [column for column in columns if _is_strength(column, found, body, eye)]
    if len(strength) == len(found) and found:
        mapping["strength"] = [column.key for column in strength]
        eye.found.why.append(f"how strong each tie is: {', '.join(column.key for column in strength[:4])}")
        _look_at_values([cells[column.at] for cells in body for column in strength], mapping, eye)
    names = [name for column, _ in found for cells in body if cells[column.at] for name in (split_names(cells[column.at], split, eye.is_person) if split else [cells[column.at]])]  # fmt: skip
    nobody = list(dict.fromkeys([*eye.said("nobody"), *(name for name in names if _NOBODY.fullmatch(name))]))
    if nobody:
        mapping["nobody"] = nobody
    _say_strangers([name for name in names if name not in nobody], eye, "who is named")
    if eye.persons():
        mapping.setdefault("values", {})["target"] = eye.persons()
    mapping["blank"] = next(iter(eye.said("blank")), "unknown")
    relations = list(eye.pairs("relation")) or [one for one in eye.said("relation") if "=" not in one]
    if relations:
        mapping["relation"] = relations[0]
    _finish(mapping, eye, wave="wave" not in mapping.get("columns", {}), relation=not relations)


def _is_strength(column: Column, found: list[tuple[Column, str]], body: list[tuple[str, ...]], eye: _Eye) -> bool:
    """Numbers, or labels of a scale, that stand only where a name stands beside them."""
    if column.at in {one.at for one, _ in found}:
        return False
    left = [one for one, _ in found if one.at < column.at]
    cells = [(cells[column.at], any(cells[one.at] for one in left)) for cells in body]
    labels = {fold(label) for relation in eye.config.relations for label in relation.scale.values()}
    worth = all(weight_like(cell) or fold(cell) in labels for cell, _ in cells)
    return worth and bool(left) and any(cell for cell, _ in cells) and all(beside for cell, beside in cells if cell)


def _found_in(cells: list[str], mark: str, eye: _Eye) -> float:
    names = [name for cell in cells for name in (split_names(cell, mark, eye.is_person) if mark else [cell])]
    return eye.share(name for name in names if not _NOBODY.fullmatch(name))


def _look_at_values(cells: Iterable[str], mapping: dict[str, Any], eye: _Eye) -> None:
    """Ask what labels are worth that neither the scale nor a person has named."""
    given = eye.pairs("value")
    if given:
        mapping.setdefault("values", {})["weight"] = given
    relation = mapping.get("relation") or next((one.partition("=")[0] for one in eye.said("relation")), None)
    only = eye.config.relations[0].name if len(eye.config.relations) == 1 else None
    if not (relation or only):
        return  # asked about first
    labels = eye.file(mapping).labels(relation or only)
    nobody = {fold(one) for one in mapping.get("nobody", ())}
    unknown: Counter[str] = Counter()
    for cell in cells:
        if cell and fold(cell) not in labels and fold(cell) not in nobody and not weight_like(cell):
            unknown[cell] += 1
    for label, n in list(unknown.items())[:20]:
        eye.ask("value", f"An answer is {label!r} ({n} times), which is on no scale. What is it worth? {label}=NUMBER, {label}=? where it says nothing.")  # fmt: skip


def _say_strangers(labels: Iterable[str], eye: _Eye, what: str) -> None:
    """Ask about names that mean nobody, with a proposal where one is like somebody's."""
    unknown = Counter(label for label in labels if label and not eye.is_person(label))
    if not unknown:
        return
    turns = pd.DataFrame({"speaker": list(unknown), "actor": None}, dtype="str")
    proposed = propose_aliases(turns, eye.roster, eye.people)
    eye.found.aliases += [
        (speaker, actor) for speaker, actor in zip(proposed["speaker"], proposed["actor"], strict=True)
    ]
    some = ", ".join(map(repr, list(unknown)[:5])) + (", …" if len(unknown) > 5 else "")
    eye.ask("person", f"{'1 spelling' if len(unknown) == 1 else f'{len(unknown)} spellings'} ({what}) known neither to roster.csv nor to people.csv: {some}. Add lines to people.csv (below), or say whom: SPELLING=ID.")  # fmt: skip


def _plain_words(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _finish(mapping: dict[str, Any], eye: _Eye, *, wave: bool = True, relation: bool = True) -> None:
    """Say of which wave and relation the answers are, or ask."""
    waves, relations = [one.id for one in eye.config.waves], [one.name for one in eye.config.relations]
    for option, key, ids, wanted in (("wave", "wave", waves, wave), ("relation", "relation", relations, relation)):
        if not wanted or mapping.get(key):
            continue
        said = [one for one in eye.said(option) if "=" not in one]
        bare = f" {_plain_words(eye.found.name)} "
        in_name = [one for one in ids if f" {_plain_words(one)} " in bare]
        if said:
            mapping[key] = said[0]
        elif len(ids) == 1:
            mapping[key] = ids[0]
        elif len(in_name) == 1:
            mapping[key] = in_name[0]
            eye.found.why.append(f"the file's name says {option} '{in_name[0]}'")
        else:
            mapping.pop(key, None)
            eye.ask(option, f"Of which {option} are the answers?", ids)
    for key, ids in (("wave", waves), ("relation", relations)):
        if mapping.get(key) and mapping[key] not in ids:
            eye.found.refused = f"there is no {key} '{mapping[key]}' in case.yml; there is {', '.join(ids) or 'none'}. Add it there first."  # fmt: skip
    if "" in (mapping.get("relation"),):
        mapping.pop("relation")
    eye.found.mappings.append(mapping)
