"""Codings as other programs list them: words, the document they stand in, a code and perhaps who gave it.

Tables of MAXQDA, ATLAS.ti, Dedoose, NVivo, Delve, Taguette, QualCoder, OpenQDA, Requal and plain spreadsheets are told by what
their columns mean, in several languages; documents with codings inside (Dedoose's Word files, doccano, WebAnno) and projects
(REFI-QDA, QualCoder, Taguette) give their text too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import Problem
from nicmethods.exchange.offsets import NVIVO, Counting, best_counting, to_code_points
from nicmethods.exchange.refi import CODES, frame, read_refi, stable_guid
from nicmethods.files.archives import attribute, parse_xml, read_archive
from nicmethods.files.cells import Grid
from nicmethods.files.sheets import read_grid
from nicmethods.files.textfiles import read_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from nicmethods.exchange.refi import RefiProject

__all__ = ["SUFFIXES", "Coded", "read_coded", "split_codes"]

SUFFIXES = (".qdpx", ".qda", ".sqlite3", ".csv", ".tsv", ".xlsx", ".docx", ".jsonl", ".json")
SEGMENTS = ["row", "document", "words", "code", "coder", "memo", "place", "start", "end"]

ATTRIBUTES = ["kind", "owner", "variable", "value"]

_HEADERS = {
    "words": ("segment", "text content", "quotation", "quotation content", "excerpt copy", "snippet", "quote", "selection", "segment_text", "segment text",
              "coded", "coded text", "content", "excerpt", "passage", "words", "text", "reference text", "zitat", "cita", "textsegment", "conteúdo do texto", "segmento", "segment codé", "segmento codificado", "citation", "citação", "extrait", "contenido de la cita"),
    "document": ("document name", "document", "dokumentname", "dokument", "media title", "file", "filename", "file name", "source", "transcript",
                 "transcript name", "doc_name", "documento", "nombre del documento", "nome do documento", "nom du document", "nome documento", "resource", "interview", "activity"),
    "code": ("code", "codes", "codename", "code name", "code category", "code_name", "tag", "node", "quirk", "theme", "codes applied combined", "códigos", "código", "kode"),
    "coder": ("created by", "erstellt von", "coder", "excerpt creator", "user_name", "user", "author", "owner", "coded by initials", "coded by", "researcher", "creado por", "criado por", "codierer"),
    "memo": ("comment", "kommentar", "memo", "coded_memo", "comentario", "comentário", "note", "notes"),
    "first": ("beginning", "anfang", "start pos", "start position", "initial position", "segment_start", "inicio", "posição inicial"),
    "n_codes": ("number of codes", "n codes", "número de códigos", "anzahl codes"),
}  # fmt: skip
_APPLIED = re.compile(r"code:\s*(?P<path>.+?)\s+applied", re.IGNORECASE)
_YES = {"true", "yes", "1", "x", "wahr", "vrai", "verdadero", "verdadeiro"}
# Columns about the table, the screen or the moment, of which nothing is missed.
_PROGRAMS_OWN = re.compile(
    r"(?i)^(?:#|id|guid|name|number|nummer|ext(?:ent|ensão|ensión)|colou?r|farbe|end|ende|.*(?:\b(?:id|pos|position|range|weight|date|creator|coverage)\b|weight score|modified|created|erstellt|bearbeitet|gewicht|fl.che|area|abdeckung|dokumentgruppe|document group|reference|quotation name).*)$"
)
_NVIVO_FILE = re.compile(r"\s*<?[\w ]+\\\\?(?:.*\\)?(.+?)>?\s+-\s+§\s*(\d+)\s.*\[.*%.*\]\s*")
_NVIVO_REFERENCE = re.compile(r"\s*\w+\s\d+\s+-\s.*\d\s?%.*")
_TAGUETTE = re.compile(r"\s*Document:\s*(.+?)\s+Tags:\s*(.*?)\s*")
_BETWEEN = re.compile(r"\s+>\s+|\\")


@dataclass(frozen=True)
class Coded:
    """What a file says was coded.

    Attributes
    ----------
    origin
        The program or kind of file.
    codes
        Codes as in :class:`~nicmethods.exchange.refi.RefiProject`, each behind the one above it.
    segments
        ``row`` in the file, ``document``, ``words``, ``code`` (guid), ``coder``, ``memo``, ``place`` (0 to 1: how far into the
        document, blank where that is not said), ``start`` and ``end`` (code points of the document's text, blank without one).
    texts
        The text of each document, where the file holds it.
    said
        How positions count, and how well that fits.
    attributes
        What is said of documents and cases: ``kind`` (``"document"``, ``"case"``), ``owner`` (its name), ``variable``, ``value``.
    """

    origin: str
    codes: pd.DataFrame = field(repr=False)
    segments: pd.DataFrame = field(repr=False)
    texts: dict[str, str] = field(default_factory=dict, repr=False)
    said: str = ""
    attributes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=ATTRIBUTES), repr=False)


def read_coded(path: Path, name: str, *, known: Collection[str] = ()) -> tuple[Coded | None, list[Problem]]:
    """Read codings of another program.

    Parameters
    ----------
    path
        A project (qdpx, QualCoder's ``.qda`` folder, Taguette's sqlite3), a table of coded segments (csv, tsv, xlsx), a Word
        document that Dedoose, NVivo (a code, which is called as the file is) or Taguette exported, doccano's jsonl or WebAnno's tsv.
    name
        How a person would name it, for problems.
    known
        Names of codes, so that a cell with several is cut where one ends.

    Returns
    -------
    tuple
        What it says (None if it cannot be read) and the problems: rows that are left out, each with the reason.
    """
    suffix = path.suffix.lower()
    if suffix in (".qdpx", ".qda", ".sqlite3") or path.is_dir():
        return _of_project(path, name)
    if suffix == ".docx":
        return _of_docx(path, name, known)
    if suffix in (".jsonl", ".json"):
        return _of_json(path, name)
    if suffix in (".csv", ".tsv"):
        text, _ = read_text(path, name)
        if text is not None and text.startswith("#FORMAT=WebAnno"):
            return _of_webanno(text, name)
    if suffix in (".csv", ".tsv", ".xlsx"):
        grid, problems = read_grid(path, name)
        return (None, problems) if grid is None else _of_table(grid, name, known, problems)
    message = f"'{suffix}' is not a format that is imported. Give one of: {', '.join(SUFFIXES)}, .qdc."
    return None, [Problem("error", name, None, "", suffix, message)]


def _refused(name: str, message: str, problems: Sequence[Problem] = ()) -> tuple[None, list[Problem]]:
    return None, [*problems, Problem("error", name, None, "", "", message)]


def _of_project(path: Path, name: str) -> tuple[Coded | None, list[Problem]]:
    from nicmethods.exchange.qualcoder import read_qualcoder
    from nicmethods.exchange.taguette import read_taguette

    suffix = path.suffix.lower()
    project: RefiProject | None
    if suffix == ".qdpx":
        project, problems = read_refi(path, name)
    else:
        project, problems = (read_taguette if suffix == ".sqlite3" else read_qualcoder)(path, name)
    if project is None:
        return None, problems
    named = project.sources.set_index("guid")
    coders = project.users.set_index("guid")["name"]
    coded, placed = project.codings["code"].notna(), project.codings["start"].notna()
    n_placeless, n_memos = int((coded & ~placed).sum()), int((~coded).sum())
    rows = [
        _in_text(number, str(named["name"][one["source"]]), str(named["text"][one["source"]]), one["start"], one["end"])
        | {"code": one["code"], "coder": coders.get(one["user"]), "memo": one["memo"]}
        for number, one in enumerate(project.codings[coded & placed].astype("object").to_dict("records"), start=1)
    ]
    for n, what in ((n_placeless, "codings of a whole source"), (n_memos, "memos on text without a code")):
        if n:
            message = f"{n} {what} have no place among codings of turns and stay in the project."
            problems.append(Problem("warning", name, None, "", str(n), message))
    said = f"positions read as {project.counting}"
    if project.confidence == project.confidence:
        said += f" ({project.confidence:.0%} of their ends fit)"
    texts = dict(zip(project.sources["name"], project.sources["text"], strict=True))
    owners = pd.concat([project.sources.assign(kind="document"), project.cases.assign(kind="case")])
    owners = owners.rename(columns={"guid": "owner", "name": "named"})[["owner", "named", "kind"]]
    attributes = project.variables.merge(owners, on="owner", validate="many_to_one")
    attributes = attributes.assign(owner=attributes["named"])[ATTRIBUTES]
    return Coded(project.origin or "REFI-QDA", project.codes, _segments(rows), texts, said, attributes), problems


def _in_text(row: int, document: str, text: str, start: int, end: int) -> dict[str, Any]:
    place = {"place": start / max(len(text), 1), "start": start, "end": end}
    return {"row": row, "document": document, "words": text[start:end]} | place


def _segments(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=SEGMENTS)
    kinds = {"row": "int64", "place": "float64", "start": "Int64", "end": "Int64"}
    return table.astype(dict.fromkeys(SEGMENTS, "str") | kinds)


def _code_rows(paths: Iterable[tuple[str, ...]]) -> pd.DataFrame:
    """Codes for paths of names, each behind the one above it."""
    seen = dict.fromkeys(path[:n] for path in paths for n in range(1, len(path) + 1))
    rows = [
        {"guid": _guid(path), "name": path[-1], "parent": _guid(path[:-1]) if path[1:] else None, "is_codable": True}
        for path in seen
    ]
    return frame(CODES, rows)


def _guid(path: Sequence[str]) -> str:
    return stable_guid("code", *path)


def _of_table(
    grid: Grid, name: str, known: Collection[str], problems: list[Problem]
) -> tuple[Coded | None, list[Problem]]:
    at = next(
        (n for n, cells in enumerate(grid.rows[:20]) if {"words", "code"} <= set(_meant(cells)) or _applied(cells)),
        None,
    )
    if at is None or "words" not in _meant(grid.rows[at]):
        message = (
            "no columns for the coded words and their code were found ('Segment' and 'Code', 'Quotation' and 'Codes', 'Snippet' and "
            f"'Code', …). Columns: {', '.join(cell for cell in grid.rows[0] if cell)}. Rename two of them."
        )
        return None, [*problems, Problem("error", name, 1, "", "", message)]
    header = grid.rows[at]
    columns, applied = _meant(header), _applied(header)
    above = [n for n, cell in enumerate(header) if cell.strip().casefold() == "category"]
    body = [(number, cells) for number, cells in enumerate(grid.rows[at + 1 :], start=at + 2) if any(cells)]

    def cell(cells: Sequence[str], what: str) -> str:
        return cells[columns[what]].strip() if what in columns and columns[what] < len(cells) else ""

    given_codes = [(cell(cells, "code"), cell(cells, "n_codes")) for _, cells in body]
    names = set() if applied else _learned(given_codes, known)
    furthest = max((int(first) for _, cells in body if (first := cell(cells, "first")).isdigit()), default=0)
    used = {*columns.values(), *applied, *above}
    spare = list(dict.fromkeys(c for n, c in enumerate(header) if c and n not in used and not _PROGRAMS_OWN.search(c)))
    if spare:
        unused = ", ".join(spare)
        problems.append(Problem("warning", name, at + 1, "", unused, f"columns that are not used: {unused}."))
    rows: list[dict[str, Any]] = []
    paths: list[tuple[str, ...]] = []
    for number, cells in body:
        words = _unquoted(cell(cells, "words"))
        if applied:
            given = [path for n, path in applied.items() if n < len(cells) and cells[n].strip().casefold() in _YES]
        else:
            found = split_codes(cell(cells, "code"), cell(cells, "n_codes"), names)
            if found is None:
                message = f"the cell of codes cannot be cut into {cell(cells, 'n_codes')} codes: its names hold the sign between them. Give the codebook with --codebook."
                problems.append(Problem("error", name, number, "code", cell(cells, "code")[:80], message))
                continue
            higher = tuple(cells[n].strip() for n in reversed(above) if n < len(cells) and cells[n].strip())
            given = [(*higher, *_path(code)) for code in found]
        if not words or not given:
            lacking = "words" if not words else "code"
            problems.append(Problem("warning", name, number, lacking, "", f"the row has no {lacking} and is left out."))
            continue
        first = cell(cells, "first")
        place = int(first) / furthest if first.isdigit() and furthest else np.nan
        paths += given
        row = {"row": number, "words": words, "place": place, "document": cell(cells, "document")}
        row |= {what: cell(cells, what) or None for what in ("coder", "memo")}
        rows += [row | {"code": _guid(path)} for path in given]
    return Coded("a table of coded segments", _code_rows(paths), _segments(rows)), problems


def _meant(cells: Sequence[str]) -> dict[str, int]:
    """What columns mean, by place; where a header comes twice, the first."""
    plain = [re.sub(r"\s+", " ", cell).strip().casefold() for cell in cells]
    found: dict[str, int] = {}
    for what, headers in _HEADERS.items():
        places = (plain.index(header) for header in headers if header in plain)
        if (at := next((place for place in places if place not in found.values()), None)) is not None:
            found[what] = at
    return found


def _applied(cells: Sequence[str]) -> dict[int, tuple[str, ...]]:
    r"""Dedoose's columns ``Code: A\B Applied``."""
    found = ((n, _APPLIED.fullmatch(cell.strip())) for n, cell in enumerate(cells))
    return {n: tuple(part.strip() for part in match["path"].split("\\")) for n, match in found if match}


def _path(code: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in _BETWEEN.split(code) if part.strip()) or (code,)


def _unquoted(words: str) -> str:
    return words[1:-1] if len(words) > 1 and words[0] == words[-1] == '"' else words


def split_codes(cell: str, count: str, known: Collection[str]) -> list[str] | None:
    """Cut a cell with several codes where a known name ends, so that there are as many as the table says.

    Examples
    --------
    >>> split_codes("Trust, built, Help", "2", {"Trust, built", "Help"})
    ['Trust, built', 'Help']
    >>> split_codes("Trust, built, Help", "1", {"Help"})
    ['Trust, built, Help']
    """
    n = int(count) if count.isdigit() else None
    if n == 1 and ", " not in cell:
        return [cell]
    for sign in ("\n", "; ", ", "):
        parts = [part.strip() for part in cell.split(sign)]
        if sign != ", " and len(parts) > 1 and n in (None, len(parts)):
            return [part for part in parts if part]
    parts = cell.split(", ")
    found = _cut(parts, n, known)
    if found is None and n is None:
        return parts if len(parts) == 1 or not known else None
    return found


def _cut(parts: list[str], n: int | None, known: Collection[str]) -> list[str] | None:
    """Join neighbouring parts to names: fewest unknown ones first, as many names as are wanted."""
    best: dict[tuple[int, int], tuple[int, list[str]]] = {(0, 0): (0, [])}
    for end in range(1, len(parts) + 1):
        for start in range(max(0, end - 12), end):
            name = ", ".join(parts[start:end])
            for (at, count), (unknown, names) in list(best.items()):
                if at != start or (n is not None and count >= n):
                    continue
                cost = unknown + (0 if name in known else 1 + (end - start > 1))
                key = (end, count + 1)
                if key not in best or cost < best[key][0]:
                    best[key] = (cost, [*names, name])
    ends = [found for (end, count), found in best.items() if end == len(parts) and n in (None, count)]
    cheapest = min(ends, key=lambda found: found[0], default=None)
    if cheapest is None or (cheapest[0] and n != len(parts) and cheapest[0] > 2):
        return None
    tied = [found for found in ends if found[0] == cheapest[0]]
    return cheapest[1] if len(tied) == 1 or n is not None else None


def _learned(cells: Iterable[tuple[str, str]], known: Collection[str]) -> set[str]:
    """Names of codes: those known, and cells that hold one code, or as many parts as codes."""
    names = set(known)
    for cell, count in cells:
        parts = cell.split(", ")
        if count == "1" or (not count and len(parts) == 1):
            names.add(cell)
        elif count == str(len(parts)):
            names |= set(parts)
    return names


def _of_docx(path: Path, name: str, known: Collection[str]) -> tuple[Coded | None, list[Problem]]:
    archive, problems = read_archive(path, name)
    if archive is None:
        return None, problems
    trees: dict[str, Element] = {}
    for root in ("document", "comments"):
        if f"word/{root}.xml" in archive.names:
            data, more = archive.read(f"word/{root}.xml")
            tree, rest = parse_xml(data, name, root=root) if data is not None else (None, [])
            problems += [*more, *rest]
            trees |= {root: tree} if tree is not None else {}
    if "document" not in trees:
        return (None, problems) if problems else _refused(name, "this is no Word document (docx).")
    text, spans = _commented(trees["document"])
    rows = _reported(text.split("\n"), path.stem)
    wanted = sum(int(file[2]) for line in text.split("\n") if (file := _NVIVO_FILE.fullmatch(line)))
    if wanted and wanted != len(rows):
        message = f"it says that it holds {wanted} references; {len(rows)} were found in it. Compare them."
        problems.append(Problem("warning", name, None, "", str(len(rows)), message))
    if rows:
        return _of_table(Grid((("document", "code", "words"), *rows)), name, known, problems)
    if "comments" not in trees:
        message = "it holds neither comments with codes (Dedoose) nor a report of coded words (NVivo, Taguette)."
        return _refused(name, message, problems)
    return _of_comments(trees["comments"], text, spans, path.stem, name, problems)


def _reported(lines: Sequence[str], title: str) -> list[tuple[str, str, str]]:
    """Document, codes and words out of NVivo's report of a code, or Taguette's of highlights."""
    rows: list[tuple[str, str, str]] = []
    document, words, open_ = "", list[str](), False
    nvivo = any(map(_NVIVO_FILE.fullmatch, lines))
    for line in [*lines, ""]:
        file, mark = _NVIVO_FILE.fullmatch(line), _TAGUETTE.fullmatch(line)
        reference = nvivo and _NVIVO_REFERENCE.fullmatch(line)
        if nvivo and (file or reference):
            rows += [(document, title, "\n".join(words))] if open_ else []
            document, words, open_ = file[1] if file else document, [], bool(reference)
        elif not nvivo and mark:
            rows.append((mark[1], mark[2], "\n".join(words)))
            words = []
        elif line.strip() and not (line.startswith("Taguette highlights") and not rows):
            words.append(line)
    return rows + ([(document, title, "\n".join(words))] if nvivo and open_ else [])


def _of_comments(
    comments: Element, text: str, spans: dict[str, tuple[int, int]], title: str, name: str, problems: list[Problem]
) -> tuple[Coded | None, list[Problem]]:
    """Dedoose's Word document: each coding is a comment ``Codes (a-b)`` whose further paragraphs are codes."""
    given, remarks = {}, 0
    for comment in comments.iter("comment"):
        lines = ["".join(text.text or "" for text in paragraph.iter("t")).strip() for paragraph in comment.iter("p")]
        if lines and re.fullmatch(r"Codes \(.*\)", lines[0]):
            given[attribute(comment, "id")] = [line for line in lines[1:] if line]
        else:
            remarks += 1
    rows = [
        _in_text(number, title, text, *spans[key]) | {"code": _guid(_path(code))}
        for number, (key, codes) in enumerate(given.items(), start=1) if key in spans for code in codes
    ]  # fmt: skip
    for n, message in (
        (remarks, "comments are remarks and no codings; they stay in the document."),
        (len(given.keys() - spans.keys()), "comments with codes stand on no words of the document and are left out."),
    ):
        if n:
            problems.append(Problem("warning", name, None, "", str(n), f"{n} {message}"))
    paths = [_path(code) for codes in given.values() for code in codes]
    return Coded("Dedoose", _code_rows(paths), _segments(rows), {title: text}), problems


def _commented(body: Element) -> tuple[str, dict[str, tuple[int, int]]]:
    parts: list[str] = []
    starts: dict[str, int] = {}
    spans: dict[str, tuple[int, int]] = {}
    length = 0
    for paragraph in body.iter("p"):
        for node in paragraph.iter():
            if node.tag == "t":
                parts.append(node.text or "")
                length += len(parts[-1])
            elif node.tag == "commentRangeStart":
                starts[attribute(node, "id")] = length
            elif node.tag == "commentRangeEnd" and attribute(node, "id") in starts:
                spans[attribute(node, "id")] = (starts[attribute(node, "id")], length)
        parts.append("\n")
        length += 1
    return "".join(parts).rstrip("\n"), spans


def _of_json(path: Path, name: str) -> tuple[Coded | None, list[Problem]]:
    """Lists of texts with spans: doccano's jsonl, Label Studio's json."""
    text, problems = read_text(path, name)
    if text is None:
        return None, problems
    parts = [line for line in text.split("\n") if line.strip()] if path.suffix.lower() == ".jsonl" else [text]
    try:
        read = [json.loads(part) for part in parts]
    except (ValueError, RecursionError) as fault:
        return _refused(name, f"this is not json ({fault}). Export it again.", problems)
    tasks = read[0] if len(read) == 1 and isinstance(read[0], list) else read
    spans = list(_spans_of(tasks))
    if not spans:
        message = "there are no texts with spans in it (doccano, Label Studio). Export it again."
        return _refused(name, message, problems)
    texts = {title: words for title, words, _ in spans}
    marks = [(title, *span) for title, _, found in spans for span in found]
    return _placed_spans("doccano or Label Studio", texts, marks, problems)


def _spans_of(tasks: list[Any]) -> Iterator[tuple[str, str, list[tuple[int, int, str, str | None]]]]:
    for n, task in enumerate(tasks, start=1):
        if not isinstance(task, dict):
            continue
        data = task.get("data")
        text = (data if isinstance(data, dict) else task).get("text")
        if not isinstance(text, str):
            continue
        marks: list[tuple[int, int, str, str | None]] = []
        for mark in (*(task.get("label") or task.get("labels") or ()), *(task.get("entities") or ())):
            if isinstance(mark, list) and len(mark) == 3 and isinstance(mark[2], str):
                marks.append((int(mark[0]), int(mark[1]), mark[2], None))
            elif isinstance(mark, dict) and "start_offset" in mark:
                marks.append((int(mark["start_offset"]), int(mark["end_offset"]), str(mark.get("label")), None))
        for annotation in task.get("annotations") or ():
            if not isinstance(annotation, dict):
                continue
            who = annotation.get("completed_by")
            who = who.get("email") if isinstance(who, dict) else who
            for result in annotation.get("result") or ():
                value = result.get("value") if isinstance(result, dict) else None
                if isinstance(value, dict) and isinstance(value.get("start"), int):
                    place = (value["start"], value["end"])
                    marks += [(*place, str(label), who and str(who)) for label in value.get("labels") or ()]
        yield f"{n:03}", text, marks


def _of_webanno(text: str, name: str) -> tuple[Coded | None, list[Problem]]:
    """WebAnno's tsv: sentences, then a row a token with its span in UTF-16 units."""
    sentences: list[str] = []
    marks: dict[str, list[Any]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("#Text="):
            sentences.append(re.sub(r"\\(.)", r"\1", line.removeprefix("#Text=")))
        cells = line.split("\t")
        span = re.fullmatch(r"(\d+)-(\d+)", cells[1]) if len(cells) > 3 and re.match(r"\d+-\d+", cells[0]) else None
        if span is None:
            continue
        for column, cell in enumerate(cells[3:]):
            for value in cell.split("|") if cell not in ("", "_") else ():
                label = re.fullmatch(r"(.*?)(?:\[(\d+)\])?", value)
                code, key = (label[1], label[2]) if label else (value, None)
                if code == "_":
                    continue
                first, last = int(span[1]), int(span[2])
                mark = marks.setdefault(
                    f"{column}/{key or number}/{code}", [first, last, code if code != "*" else "span"]
                )
                mark[:2] = min(mark[0], first), max(mark[1], last)
    whole = "\n".join(sentences)
    title = name.rsplit(".", 1)[0]
    return _placed_spans("WebAnno", {title: whole}, [(title, *mark, None) for mark in marks.values()], [])


def _placed_spans(
    origin: str, texts: dict[str, str], marks: list[tuple[str, int, int, str, str | None]], problems: list[Problem]
) -> tuple[Coded, list[Problem]]:
    """Words for spans of texts, under the way of counting that cuts fewest words."""
    by_text = {title: [(mark[1], mark[2]) for mark in marks if mark[0] == title] for title in texts}
    counting, share, _ = best_counting(list(texts.values()), list(by_text.values()))
    if origin == "WebAnno":
        counting = NVIVO
    elif all(max(map(ord, text), default=0) < 0x10000 for text in texts.values()):
        counting = Counting(utf16=False)
    rows = []
    for number, (title, start, end, code, who) in enumerate(marks, start=1):
        first, last = to_code_points(texts[title], [start, end], counting).tolist()
        found = 0 <= first <= last
        row = _in_text(number, title, texts[title], max(first, 0), last if found else 0) | {
            "code": _guid(_path(code)),
            "coder": who,
        }
        rows.append(row if found else row | {"words": "", "start": None, "end": None})
    said = f"positions read as {counting}" + (f" ({share:.0%} of their ends fit)" if share == share else "")
    return Coded(origin, _code_rows([_path(mark[3]) for mark in marks]), _segments(rows), texts, said), problems
