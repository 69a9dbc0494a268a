"""Talk and notes as documents: txt, docx, tables and json, to the same table of pieces that captions give."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nicmethods.case.cues import check_times, cue_table, doubtful
from nicmethods.case.speakers import Said, Settled, clock_s, nothing_settled, parse_lines
from nicmethods.errors import Problem
from nicmethods.files.archives import attribute, parse_xml, read_archive
from nicmethods.files.cells import Grid, frame_of, parse_table
from nicmethods.files.textfiles import parse_grid
from nicmethods.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from xml.etree.ElementTree import Element

    import pandas as pd

__all__ = ["TURN_ROWS", "parse_csv_turns", "parse_json", "parse_rows", "parse_txt", "read_docx"]

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
# What other programs and people call the columns of a transcript.
_USUAL = {
    "turn": ("turn", "turn id"),
    "speaker": ("speaker", "speaker name", "speakers", "name", "who", "person", "participant", "sprecher", "sprecherin", "actor", "hablante", "locuteur", "voice", "participant name", "display name", "speaker label", "user", "user name", "author", "intervenant", "orateur", "redner", "rednerin", "wer", "quien", "qui"),
    "start": ("start", "start time", "starttime", "begin", "begin time", "time", "timestamp", "time stamp", "timespan", "timecode", "in", "von", "zeit", "start (s)", "start s", "timecode in", "begins", "from"),
    "end": ("end", "end time", "endtime", "stop", "out", "bis", "end (s)", "end s", "timecode out", "ends", "to"),
    "text": ("text", "words", "content", "transcript", "utterance", "speech", "talk", "what was said", "message", "said", "inhalt", "dialogue", "dialog", "transcription", "transcript text", "utterances", "texte", "texto", "testo", "äußerung", "aussage", "body", "comment", "line"),
}  # fmt: skip
_A_TIME = re.compile(r"#?[\[(]?\d{1,3}:\d\d(?::\d\d)?(?:[.,:-]\d{1,3})?[\])]?#?")
_SPAN_OF_TIME = re.compile(r"(\S+)\s*[-–—]\s*(\S+)")
_BREAKS = re.compile("[\u2028\u2029\x85\x0b\x0c]")
_LONGEST_BOLD = 60
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
    if kind == "notes":
        return _notes(_paragraphs(text.split("\n")), name)
    return _talk(list(enumerate(_BREAKS.sub("\n", text).split("\n"), start=1)), name, settled, kind)


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


def _notes(paragraphs: Iterable[tuple[int, str]], name: str) -> tuple[pd.DataFrame, list[Problem]]:
    return _numbered([Said(row, None, None, text) for row, text in paragraphs], name)


def _talk(
    lines: Iterable[tuple[int, str]], name: str, settled: Settled, kind: str
) -> tuple[pd.DataFrame, list[Problem]]:
    said, doubts = parse_lines([(row, line) for row, line in lines if line.strip()], settled, chat=kind == "chat")
    cues, problems = _numbered(said, name, at_once=kind == "chat")
    return cues, [*problems, *doubtful(doubts, name)]


def _numbered(said: list[Said], name: str, *, at_once: bool = False) -> tuple[pd.DataFrame, list[Problem]]:
    """Number the pieces; a chat message takes no time, of other talk the end may not be known."""
    said, problems = (said, []) if at_once else _from_the_start(said, name)
    cues = cue_table(
        (piece.row, n, None, piece.speaker, piece.start_s, piece.start_s if at_once else piece.end_s, piece.text)
        for n, piece in enumerate(said, start=1)
    )
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
    table = _talk_table(body, settled) if kind != "notes" else None
    if table is not None:
        grid, n_others = table
        cues, problems = parse_rows(grid, name, settled)
        if n_others:
            message = f"{n_others} paragraphs outside of the table with the talk are left out. Put what is talk into the table."
            problems.append(Problem("warning", name, None, "", str(n_others), message))
        return cues, problems
    found = [(row, *one) for row, one in enumerate(_texts(body, titles), start=1) if one[0].strip()]
    paragraphs, problems = _without_headings(found, name, kind, settled)
    if not paragraphs:
        message = "the document holds no text. Fill it or take it away."
        return cue_table([]), [Problem("error", name, None, "", "", message)]
    if kind == "notes":
        cues, more = _notes([(row, _unmarked(text).strip()) for row, text in paragraphs], name)
    else:
        cues, more = _talk(_lines(paragraphs), name, settled, kind)
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
    rest = [(row, text) for row, text in everything if row not in headings]
    return rest, [Problem("warning", name, headings[0], "", "", message)]


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
    names = {
        attribute(style, "styleId"): attribute(style.find("name"), "val").casefold() for style in sheet.iter("style")
    }
    bases = {attribute(style, "styleId"): attribute(style.find("basedOn"), "val") for style in sheet.iter("style")}
    titles = {style for style, called in names.items() if called in _TITLES or called.startswith("heading ")}
    return titles | {style for style, base in bases.items() if base in titles}


def _is_title(paragraph: Element, titles: set[str]) -> bool:
    properties = paragraph.find("pPr")
    if properties is None:
        return False
    level = attribute(properties.find("outlineLvl"), "val")
    return attribute(properties.find("pStyle"), "val") in titles or level in set("012345678")


def _texts(body: Element, titles: set[str]) -> list[tuple[str, bool]]:
    """Text of each paragraph in order, and whether it is a heading; one inside another (a text box) comes after it."""
    texts: list[list[tuple[str, bool]]] = []
    are_titles: list[bool] = []
    stack: list[tuple[Element, list[tuple[str, bool]], bool]] = [(body, [], False)]
    while stack:
        node, owner, is_bold = stack.pop()
        tag = str(node.tag)
        if tag in _NOT_READ:
            continue
        if tag == "p":
            owner = []
            texts.append(owner)
            are_titles.append(_is_title(node, titles))
        if tag == "r":
            bold = node.find("rPr/b")
            is_bold = bold is not None and attribute(bold, "val") not in ("0", "false", "none")
        owner.append((node.text or "" if tag == "t" else _MARKS.get(tag, ""), is_bold))
        stack += [(child, owner, is_bold) for child in reversed(node)]
    return [(_with_bold(parts), is_title) for parts, is_title in zip(texts, are_titles, strict=True)]


def _with_bold(parts: Sequence[tuple[str, bool]]) -> str:
    """The text of a paragraph, with marks around words in bold type that it begins with: they may name who speaks."""
    parts = [part for part in parts if part[0]]
    n_bold = next((n for n, (text, is_bold) in enumerate(parts) if text.strip() and not is_bold), len(parts))
    first, rest = ("".join(text for text, _ in some) for some in (parts[:n_bold], parts[n_bold:]))
    if not first.strip() or len(first) > _LONGEST_BOLD or "\n" in first.strip():
        return first + rest
    return f"\ue000{first}\ue001{rest}"


def _unmarked(text: str) -> str:
    return text.replace("\ue000", "").replace("\ue001", "")


def _talk_table(body: Element, settled: Settled) -> tuple[Grid, int] | None:
    """The table that holds most of the words, if its columns say who speaks and what; and how many paragraphs are outside."""
    tables = {node: _length(node) for node in body.iter("tbl") if len(node.findall("tr")) > 1}
    table = max(tables, key=lambda node: tables[node], default=None)
    if table is None or tables[table] <= _length(body) / 2:
        return None
    rows = [
        tuple(_unmarked("\n".join(text for text, _ in _texts(cell, set()))).strip() for cell in row.findall("tc"))
        for row in table.findall("tr")
    ]
    named = _by_usual_names(Grid(tuple(rows)), settled, guess=True) if any(map(any, rows)) else None
    if named is None:
        return None
    inside, everywhere = (sum(bool(text.strip()) for text, _ in _texts(node, set())) for node in (table, body))
    return named, everywhere - inside


def _length(node: Element) -> int:
    return sum(len(text.text or "") for text in node.iter("t"))


def parse_csv_turns(text: str, name: str, settled: Settled = nothing_settled) -> tuple[pd.DataFrame, list[Problem]]:
    """Read a csv transcript with the columns ``text`` and, where known, ``turn``, ``speaker``, ``start`` and ``end``.

    Parameters
    ----------
    text
        Content of the file.
    name
        The file's name, for problems.
    settled
        As in :func:`parse_txt`.

    Returns
    -------
    tuple
        Pieces, ``id`` being the turn where the file has that column, and problems. Rows without an error only.
    """
    grid, problems = parse_grid(text, name)
    if grid is None:
        return cue_table([]), problems
    cues, more = parse_rows(_by_usual_names(grid, settled, guess=False) or grid, name, settled)
    return cues, problems + more


def parse_rows(grid: Grid, name: str, settled: Settled = nothing_settled) -> tuple[pd.DataFrame, list[Problem]]:
    """Read the rows of a transcript that is a table; see :func:`parse_csv_turns`.

    Columns may be called as programs and people usually do (*Name*, *Transcript*, *Timespan*); a first row that names none is
    talk where two or three columns can be told apart by what they hold. Whisper's whole milliseconds are times in
    milliseconds.
    """
    problems: list[Problem] = []
    grid = _by_usual_names(grid, settled, guess=True) or grid
    rows, more = frame_of(grid, name, {"text"})
    table = TURN_ROWS if rows is None or "turn" in rows else _UNNUMBERED
    frame, rest = parse_table(rows, name, table)
    problems = [*problems, *more, *rest]
    frame = _spans_apart(frame)
    seconds = frame[["start", "end"]].map(lambda cell: clock_s(cell.strip("#[]()")) if isinstance(cell, str) else None)
    if _is_milliseconds(grid, frame):
        seconds = seconds / 1000
        message = "times are whole milliseconds, as Whisper writes them; they were read as such."
        problems.append(Problem("warning", name, None, "start", "", message))
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


def _by_usual_names(grid: Grid, settled: Settled, *, guess: bool) -> Grid | None:
    """The grid with the columns of a transcript under their own names; None where they cannot be told."""
    first = next(at for at, cells in enumerate(grid.rows) if any(cells))
    header = [cell.replace("_", " ").strip().casefold() for cell in grid.rows[first]]
    found: dict[str, int] = {}
    for column, usual in _USUAL.items():
        places = (header.index(name) for name in usual if name in header)
        at = next((place for place in places if place not in found.values()), None)
        if at is not None:
            found[column] = at
    if "text" in found and (len(found) > 1 or "text" in grid.rows[first]):
        named = {at: column for column, at in found.items()}
        cells = tuple(named.get(at, cell) for at, cell in enumerate(grid.rows[first]))
        return Grid((*grid.rows[:first], cells, *grid.rows[first + 1 :]))
    return _by_content(grid, settled) if guess and not found else None


def _by_content(grid: Grid, settled: Settled) -> Grid | None:
    """Two or three columns without a header: times, who speaks (few spellings that come back), what is said (the longest)."""
    rows = [cells for cells in grid.rows if any(cells)]
    width = max(map(len, rows))
    if not 2 <= width <= 3 or len(rows) < 2:
        return None
    padded = [(*cells, *[""] * (width - len(cells))) for cells in grid.rows]
    columns = list(zip(*(cells for cells in padded if any(cells)), strict=True))
    times = [at for at, cells in enumerate(columns) if sum(map(bool, map(_A_TIME.match, cells))) > 0.5 * len(rows)]
    words = [at for at in range(width) if at not in times]
    if len(words) != 2 or len(times) > 1:
        return None
    said = max(words, key=lambda at: sum(map(len, columns[at])))
    who = words[words[0] == said]
    spellings = {cell for cell in columns[who] if cell}
    comes_back = len(spellings) < len(rows) or len(rows) <= 2 or any(map(settled, spellings))
    if not comes_back or any(len(cell) > 60 for cell in spellings):
        return None
    named = {who: "speaker", said: "text"} | dict.fromkeys(times, "start")
    return Grid((tuple(named[at] for at in range(width)), *padded))


def _spans_apart(frame: pd.DataFrame) -> pd.DataFrame:
    """Start and end out of a cell like ``0:00.0 - 0:05.2``."""
    spans = frame["start"].str.extract(_SPAN_OF_TIME)
    both = spans[0].map(lambda cell: isinstance(cell, str) and clock_s(cell) is not None) & spans[1].notna()
    return frame.assign(
        start=frame["start"].mask(both, spans[0]), end=frame["end"].mask(both & frame["end"].isna(), spans[1])
    )


def _is_milliseconds(grid: Grid, frame: pd.DataFrame) -> bool:
    """Whether a table is Whisper's: start, end, text (and perhaps speaker) alone, all times whole numbers that go far."""
    header = next(cells for cells in grid.rows if any(cells))
    times = frame[["start", "end"]]
    return (
        tuple(header)[:2] == ("start", "end") and set(header) <= {"start", "end", "text", "speaker"} and len(frame) > 0
        and bool(times.notna().all(axis=None)) and all(times[column].str.fullmatch(r"\d+").all() for column in times)
        and float((times["end"].astype("float64") - times["start"].astype("float64")).median()) > 200
    )  # fmt: skip


def parse_json(text: str, name: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Read the json of Whisper and WhisperX: segments with times in seconds and, where they were told apart, speakers.

    Parameters
    ----------
    text
        Content of the file.
    name
        The file's name, for problems.

    Returns
    -------
    tuple
        Pieces, cut where the words of a segment have other speakers, and problems.
    """

    def refused(message: str) -> tuple[pd.DataFrame, list[Problem]]:
        return cue_table([]), [Problem("error", name, None, "", "", message)]

    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        return refused(f"this is not json ({fault}). Export the transcript again.")
    segments = document.get("segments") if isinstance(document, dict) else None
    segments = segments if isinstance(segments, list) else [None]
    if not all(isinstance(one, dict) and isinstance(one.get("text"), str) for one in segments):
        return refused(
            "this is no transcript of Whisper (no list 'segments' with 'text'). Export it as vtt, srt or txt."
        )
    rows = [
        (n, n, None, who, start_s, end_s, words)
        for n, segment in enumerate(segments, start=1)
        for who, start_s, end_s, words in _voices_of(segment)
    ]
    if not rows:
        return refused("the file holds no segments. Export the transcript again.")
    cues = cue_table(rows)
    return cues, check_times(cues, name, "segment")


def _voices_of(segment: dict[str, Any]) -> list[tuple[str | None, float | None, float | None, str]]:
    """A segment as (speaker, start, end, words), one for each run of words by one speaker."""

    def number(thing: dict[str, Any], key: str) -> float | None:
        found = thing.get(key)
        return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None

    def speaker(thing: dict[str, Any], otherwise: str | None) -> str | None:
        found = thing.get("speaker")
        return found if isinstance(found, str) and found else otherwise

    own, start_s, end_s = speaker(segment, None), number(segment, "start"), number(segment, "end")
    text, words = str(segment["text"]).strip(), segment.get("words")
    words = words if isinstance(words, list) else []
    words = [word for word in words if isinstance(word, dict) and isinstance(word.get("word"), str)]
    runs: list[tuple[str | None, list[dict[str, Any]]]] = []
    for word in words:
        who = speaker(word, runs[-1][0] if runs else own)
        if not runs or runs[-1][0] != who:
            runs.append((who, []))
        runs[-1][1].append(word)
    joined = "".join(str(word["word"]).strip() for word in words)
    if len(runs) < 2 or joined != "".join(text.split()):
        return [(own, start_s, end_s, text)]
    starts, ends = (
        [[at for word in run if (at := number(word, end)) is not None] for _, run in runs] for end in ("start", "end")
    )
    return [
        (who, start[0] if start else start_s, end[-1] if end else end_s, " ".join(str(word["word"]).strip() for word in run))
        for (who, run), start, end in zip(runs, starts, ends, strict=True)
    ]  # fmt: skip
