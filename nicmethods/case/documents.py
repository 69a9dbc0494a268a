"""Talk and notes as documents: txt, docx and csv, to the same table of pieces that captions give."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

from nicmethods.case.cues import check_times, cue_table, doubtful
from nicmethods.case.speakers import Said, Settled, clock_s, nothing_settled, parse_lines
from nicmethods.errors import Problem
from nicmethods.files.archives import parse_xml, read_archive
from nicmethods.files.cells import frame_of, parse_table
from nicmethods.files.textfiles import parse_grid
from nicmethods.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from xml.etree.ElementTree import Element

    import pandas as pd

__all__ = ["TURN_ROWS", "parse_csv_turns", "parse_txt", "read_docx"]

TURN_ROWS = Table(
    "transcript rows",
    "A transcript as a csv file.",
    (
        Column("turn", "text", "id of the turn; without this column rows are joined into turns", required=False),
        Column("speaker", "text", "speaker", required=False, blank=True),
        Column("start", "text", "start: seconds or h:mm:ss", required=False, blank=True),
        Column("end", "text", "end: seconds or h:mm:ss", required=False, blank=True),
        Column("text", "text", "what was said", blank=True),
    ),
    ("turn",),
)
_UNNUMBERED = replace(TURN_ROWS, columns=TURN_ROWS.columns[1:], key=())

_DAY_S, _TIME_OF_DAY_S = 24 * 3600, 6 * 3600
_NOT_READ = {"pPr", "rPr", "moveFrom", "Fallback"}
_TITLES = ("title", "subtitle")
_MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def parse_txt(
    text: str, name: str, settled: Settled = nothing_settled, *, kind: str = "meeting"
) -> tuple[pd.DataFrame, list[Problem]]:
    r"""Read plain text: paragraphs of notes, lines ``Name: text``, Otter's ``Name  0:12`` headers, or a Zoom chat.

    Parameters
    ----------
    text
        Content of the file, lines ending in ``\n``.
    name
        The file's name, for problems.
    settled
        What the roster and people.csv say of a spelling; see :data:`nicmethods.case.speakers.Settled`.
    kind
        Kind of activity. In ``"notes"`` each paragraph stands alone, without a speaker: paragraphs are set off by empty
        lines, or each line is one where there are none.

    Returns
    -------
    tuple
        Pieces (see :data:`nicmethods.case.cues.CUES`; times as far as they are written) and the problems.
    """
    lines = [(row, line) for row, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if kind == "notes":
        return _talk([Said(row, None, None, line) for row, line in _paragraphs(text.split("\n"))], name)
    said, doubts = parse_lines(lines, settled, chat=kind == "chat")
    cues, problems = _talk(said, name, at_once=kind == "chat")
    return cues, [*problems, *doubtful(doubts, name)]


def _paragraphs(lines: Sequence[str]) -> list[tuple[int, str]]:
    joined: list[tuple[int, str]] = []
    apart = any(not line.strip() for line in "\n".join(lines).strip().split("\n"))
    open_row = 0
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            open_row = 0
        elif open_row and apart:
            joined[-1] = (open_row, f"{joined[-1][1]}\n{line.strip()}")
        else:
            open_row = row
            joined.append((row, line.strip()))
    return joined


def _talk(said: Iterable[Said], name: str, *, at_once: bool = False) -> tuple[pd.DataFrame, list[Problem]]:
    """Number the pieces; a chat message takes no time, of other talk the end may not be known."""
    said, problems = (list(said), []) if at_once else _from_the_start(list(said), name)
    rows = [
        (piece.row, n, None, piece.speaker, piece.start_s, piece.start_s if at_once else piece.end_s, piece.text)
        for n, piece in enumerate(said, start=1)
    ]
    cues = cue_table(rows)
    return cues, [*problems, *check_times(cues, name, "piece")]


def _from_the_start(said: list[Said], name: str) -> tuple[list[Said], list[Problem]]:
    """Count times of the day, as Zoom saves captions, from the first one; no recording begins after six hours."""
    first = next((piece for piece in said if piece.start_s is not None), None)
    if first is None or first.start_s is None or first.start_s < _TIME_OF_DAY_S:
        return said, []
    began = first.start_s
    shifted = [p if p.start_s is None else p._replace(start_s=(p.start_s - began) % _DAY_S) for p in said]
    message = "times are times of the day; they are counted from the first one, here."
    return shifted, [Problem("warning", name, first.row, "start_s", f"{began:g}", message)]


def read_docx(
    path: Path, name: str, settled: Settled = nothing_settled, *, kind: str = "meeting"
) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a Word document: notes paragraph by paragraph, or talk as in :func:`parse_txt`; rows count paragraphs.

    Text in tables and text boxes is read; deleted text, comments, headers and footnotes are not. Paragraphs in a heading's or
    title's style are no talk, unless they name a speaker: they are left out and counted in a warning. Entities, and archives
    that unfold to an unreasonable size, are errors.

    Parameters
    ----------
    path
        The file.
    name
        The file's name, for problems.
    settled, kind
        As in :func:`parse_txt`.

    Returns
    -------
    tuple
        Pieces and problems, as :func:`parse_txt`.
    """
    body, titles, problems = _body(path, name)
    if body is None:
        return cue_table([]), problems
    found = [
        (row, text, is_title) for row, (text, is_title) in enumerate(_texts(body, titles), start=1) if text.strip()
    ]
    paragraphs, problems = _without_headings(found, name, kind, settled)
    if not paragraphs:
        message = "the document holds no text. Fill it or take it away."
        return cue_table([]), [Problem("error", name, None, "", "", message)]
    if kind == "notes":
        cues, more = _talk([Said(row, None, None, text.strip()) for row, text in paragraphs], name)
    else:
        said, doubts = parse_lines(_lines(paragraphs), settled, chat=kind == "chat")
        cues, more = _talk(said, name, at_once=kind == "chat")
        more += doubtful(doubts, name)
    return cues, problems + more


def _lines(paragraphs: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(row, line) for row, text in paragraphs for line in text.split("\n") if line.strip()]


def _without_headings(
    found: list[tuple[int, str, bool]], name: str, kind: str, settled: Settled
) -> tuple[list[tuple[int, str]], list[Problem]]:
    """Paragraphs that somebody said or noted; a heading that names a speaker, as some exports write it, is one."""
    everything = [(row, text) for row, text, _ in found]
    said = [] if kind == "notes" else parse_lines(_lines(everything), settled)[0]
    speaks = {piece.row for piece in said if piece.speaker is not None}
    headings = [row for row, _, is_title in found if is_title and row not in speaks]
    if len(headings) in (0, len(found)):
        return everything, []
    many = "1 heading is" if len(headings) == 1 else f"{len(headings)} headings are"
    message = (
        f"{many} no talk and left out, the first here. Give a paragraph that is talk another style than a heading's."
    )
    return [pair for pair in everything if pair[0] not in headings], [
        Problem("warning", name, headings[0], "", "", message)
    ]


def _body(path: Path, name: str) -> tuple[Element | None, set[str], list[Problem]]:
    """The text of the document, the ids of its styles for headings, and problems."""
    if path.is_file() and not zipfile.is_zipfile(path):
        message = "this is not a Word document (docx), or it is damaged or encrypted. Save it again as docx."
        return None, set(), [Problem("error", name, None, "", "", message)]
    archive, problems = read_archive(path, name)
    if archive is None:
        return None, set(), problems
    data, problems = archive.read("word/document.xml")
    body, problems = (None, problems) if data is None else parse_xml(data, name, root="document")
    styles = archive.read("word/styles.xml")[0] if "word/styles.xml" in archive.names else None
    sheet = parse_xml(styles, name, root="styles")[0] if styles is not None else None
    return body, _title_styles(sheet) if sheet is not None else set(), problems


def _title_styles(sheet: Element) -> set[str]:
    """Ids of styles that Word calls a title or a heading, whatever the language of the document; and those made from them."""
    names = {_value(style, "styleId"): _value(style.find("name"), "val").casefold() for style in sheet.iter("style")}
    bases = {_value(style, "styleId"): _value(style.find("basedOn"), "val") for style in sheet.iter("style")}
    titles = {style for style, called in names.items() if called in _TITLES or called.startswith("heading ")}
    return titles | {style for style, base in bases.items() if base in titles}


def _value(node: Element | None, attribute: str) -> str:
    found = {} if node is None else {key.rpartition("}")[2]: value for key, value in node.attrib.items()}
    return found.get(attribute, "")


def _is_title(paragraph: Element, titles: set[str]) -> bool:
    properties = paragraph.find("pPr")
    if properties is None:
        return False
    level = _value(properties.find("outlineLvl"), "val")
    return _value(properties.find("pStyle"), "val") in titles or level in set("012345678")


def _texts(body: Element, titles: set[str]) -> list[tuple[str, bool]]:
    """Text of each paragraph in order, and whether it is a heading; one inside another (a text box) comes after it."""
    texts: list[list[str]] = []
    are_titles: list[bool] = []
    stack: list[tuple[Element, list[str]]] = [(body, [])]
    while stack:
        node, owner = stack.pop()
        tag = str(node.tag)
        if tag in _NOT_READ:
            continue
        if tag == "p":
            owner = []
            texts.append(owner)
            are_titles.append(_is_title(node, titles))
        owner.append(node.text or "" if tag == "t" else _MARKS.get(tag, ""))
        stack += [(child, owner) for child in reversed(node)]
    return [("".join(parts), is_title) for parts, is_title in zip(texts, are_titles, strict=True)]


def parse_csv_turns(text: str, name: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a csv transcript with the columns ``text`` and, where known, ``turn``, ``speaker``, ``start`` and ``end``.

    Parameters
    ----------
    text
        Content of the file.
    name
        The file's name, for problems.

    Returns
    -------
    tuple
        Pieces, ``id`` being the turn where the file has that column, and problems. Rows without an error only.
    """
    grid, problems = parse_grid(text, name)
    rows, more = frame_of(grid, name, {"text"})
    table = TURN_ROWS if rows is None or "turn" in rows else _UNNUMBERED
    frame, rest = parse_table(rows, name, table)
    problems = [*problems, *more, *rest]
    seconds = frame[["start", "end"]].map(lambda cell: clock_s(cell) if isinstance(cell, str) else None)
    for column in ("start", "end"):
        cells = frame[column]
        unread = cells[cells.notna() & seconds[column].isna()]
        problems += [
            Problem("error", name, row, column, value, f"'{column}' is '{value}', which is no time. Write seconds or h:mm:ss.")
            for row, value in zip(unread.index.tolist(), unread.tolist(), strict=True)
        ]  # fmt: skip
    ids = frame["turn"] if "turn" in frame else [None] * len(frame)
    columns = (frame.index, range(1, len(frame) + 1), ids, frame["speaker"], seconds["start"], seconds["end"])
    cues = cue_table(zip(*columns, frame["text"].fillna(""), strict=True))
    if cues.empty and not problems:
        problems.append(Problem("error", name, None, "", "", "the file holds no turns. Fill it or take it away."))
    return cues, [*problems, *check_times(cues, name, "row")]
