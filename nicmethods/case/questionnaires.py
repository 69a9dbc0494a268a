"""Answered questionnaires as survey tools export them: header rows, whom each column names, who answers, what a cell says."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from nicmethods.case.names import fold
from nicmethods.errors import Problem
from nicmethods.files.cells import header_at, parse_number, short_rows, titles_above

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from nicmethods.case.config import TieFile
    from nicmethods.files.cells import Grid

__all__ = [
    "NOT_TICKED", "TICKED", "Answer", "Column", "Sheet", "columns_of", "is_among", "is_import_ids", "labels_of", "laid_out", "questionnaire",
    "split_names", "stem_of", "weight_of",
]  # fmt: skip

TICKED = frozenset(("1", "1.0", "x", "y", "yes", "true", "checked", "selected"))
NOT_TICKED = frozenset(("0", "0.0", "n", "no", "false", "unchecked", "not selected"))
_STEMS = (
    r"(.*\S)\s*\(choice=.*\)",
    r"(.*[^\s\[])\s*\[[^\[\]]*\]",
    r"(.+?)___-?\w+",
    r"(.+#\d+)(?:_\d+)+",
    r"(\S+)/[^/\s]+",
    r"(.+)_\d+",
)
_LOOP = re.compile(r"(\d+)_(\S.*)")
_PARTS = (r" - ", r" : ", r": ", r"-", r"/", r"___", r"_")


@dataclass(frozen=True)
class Column:
    """One column under its header rows: where it stands (from 0), what to call it, and what its header cells say.

    A column of a loop (Qualtrics' loop and merge, ``3_Q7``) also has the question that is looped, and hints at whom its turn
    is about: ``loop 3``, and the words in which its text differs from those of the question's other turns.
    """

    at: int
    key: str
    texts: tuple[str, ...]
    loop: str = ""
    hints: tuple[str, ...] = ()

    def is_of(self, question: str) -> bool:
        """Whether the column is called as a question, or by a name that begins so and ends in a code, a person or a turn."""
        names = (self.key, self.texts[0], stem_of(self.texts[0]), self.loop)
        return fold(question) in {fold(name) for name in names if name}


def is_import_ids(cells: Sequence[str]) -> bool:
    """Whether a row is the one in which Qualtrics writes import ids."""
    return sum("ImportId" in cell for cell in cells) * 2 > sum(map(bool, cells)) > 0


def columns_of(header: Sequence[Sequence[str]]) -> list[Column]:
    """Name the columns of a file by its header rows.

    A column is called by the first of them. Where that cell is blank and the next is not, the one to the left goes on (as
    SurveyMonkey writes questions); a name that several columns have is followed by their second cell in brackets, and by
    a number if that does not tell them apart either.

    Examples
    --------
    >>> [column.key for column in columns_of([["Email", "How often?", "", "Q3_1"], ["", "Ana", "Ben", "Help - Cy"]])]
    ['Email', 'How often? [Ana]', 'How often? [Ben]', 'Q3_1']

    Turns of a loop say whom they are about where their texts differ.

    >>> head = [["1_Q7", "2_Q7"], ["How often do you see Ana Ruiz?", "How often do you see Ben Okafor?"]]
    >>> [(column.loop, column.hints[0], column.hints[-1]) for column in columns_of(head)]
    [('Q7', 'loop 1', 'Ana Ruiz'), ('Q7', 'loop 2', 'Ben Okafor')]
    """
    told = [row for n, row in enumerate(header) if n == 0 or not is_import_ids(row)]
    width = max(map(len, told), default=0)
    rows = [[*row, *[""] * (width - len(row))] for row in told]
    tags, last = [], ""
    for at in range(width):
        tag, below = rows[0][at], rows[1][at] if len(rows) > 1 else ""
        last = tag or (last if below else "")
        tags.append(last)
    counts, seen = Counter(tags), Counter[str]()
    columns = []
    for at, tag in enumerate(tags):
        texts = (tag, *(row[at] for row in rows[1:]))
        key = f"{tag} [{texts[1]}]" if counts[tag] > 1 and len(texts) > 1 and texts[1] else tag or f"column {at + 1}"
        seen[key] += 1
        columns.append(Column(at, f"{key} ({seen[key]})" if seen[key] > 1 else key, texts))
    return _with_loops(columns)


def _with_loops(columns: list[Column]) -> list[Column]:
    """Columns with what the turns of loops say."""
    turns = {column: match for column in columns if (match := _LOOP.fullmatch(column.texts[0]))}
    loops: dict[str, list[Column]] = {}
    for column, match in turns.items():
        loops.setdefault(match[2], []).append(column)
    said = {}
    for question, group in loops.items():
        if len({turns[column][1] for column in group}) < 2:
            continue
        lines = [column.texts[1].split() if len(column.texts) > 1 else [] for column in group]
        ways = (zip(*lines, strict=False), zip(*(line[::-1] for line in lines), strict=False))
        before, after = (len(list(takewhile(lambda words: len(set(words)) == 1, way))) for way in ways)
        for column, line in zip(group, lines, strict=True):
            # names may begin or end alike, so that up to two equal words on either side may belong to one
            starts = range(max(0, before - 2), before + 1)
            ends = range(len(line) - after, min(len(line), len(line) - after + 2) + 1)
            parts = [" ".join(line[start:end]).strip(" -:,.;?!()") for start in starts for end in ends if start < end]
            differs = [] if len({tuple(one) for one in lines}) == 1 else sorted(filter(None, parts), key=len)[::-1]
            said[column] = replace(column, loop=question, hints=(f"loop {turns[column][1]}", *dict.fromkeys(differs)))
    return [said.get(column, column) for column in columns]


def stem_of(tag: str) -> str:
    """The question that a column's name belongs to.

    Examples
    --------
    >>> [stem_of(tag) for tag in ("Q12_3", "How often? [Ana Ruiz]", "check_one___2", "q/ana", "Q1[SQ001]", "Q1#2_3_1")]
    ['Q12', 'How often?', 'check_one', 'q', 'Q1', 'Q1#2']
    """
    return next((match[1] for stem in _STEMS if (match := re.fullmatch(stem, tag))), tag)


def labels_of(column: Column) -> list[str]:
    """What may be the name in a column's header, longest first; a number behind ``_`` is a code and never a name.

    Examples
    --------
    >>> labels_of(Column(0, "Q12_3", ("Q12_3", "Contact - Levi-Montalcini, Rita")))[:3]
    ['Contact - Levi-Montalcini, Rita', 'Levi-Montalcini, Rita', 'Montalcini, Rita']
    """
    found: list[str] = []
    for n, text in enumerate(column.texts):
        whole = " ".join(text.split())
        inside = re.findall(r"\[([^\[\]]*)\]", whole) + re.findall(r"\(choice=(.*)\)$", whole)
        found += [whole, *inside]
        for part in _PARTS:
            pieces = whole.split(part)
            tails = [part.join(pieces[k:]) for k in range(1, len(pieces))]
            middles = [part.join(pieces[i:j]) for i in range(1, len(pieces)) for j in range(i + 1, len(pieces))] if part in (" - ", "-") and len(pieces) < 9 else []  # fmt: skip
            found += [one for one in (*tails, *middles) if not (n == 0 and re.fullmatch(r"-?\d+", one.strip()))]
    found += column.hints
    return sorted(dict.fromkeys(one.strip() for one in found if one.strip()), key=len, reverse=True)


@dataclass(frozen=True)
class Answer:
    """One answered questionnaire: its row in the file, who says it is theirs, whether it was finished, of which wave (None: not said), its cells."""

    row: int
    who: str
    finished: bool | None
    wave: str | None
    cells: tuple[str, ...]

    def at(self, column: Column) -> str:
        """What stands in a column."""
        return self.cells[column.at]


@dataclass
class Sheet:
    """A file of answered questionnaires."""

    columns: list[Column]
    answers: list[Answer]
    problems: list[Problem] = field(default_factory=list)

    def called(self, name: str) -> Column | None:
        """The column of that name, whatever the capitals."""
        return next((column for column in self.columns if fold(column.key) == fold(name)), None)

    def said(self, column: Column) -> list[str]:
        """What stands in a column, answer by answer."""
        return [answer.at(column) for answer in self.answers]

    def asked(self, question: str) -> list[Column]:
        """The columns of a question."""
        return [column for column in self.columns if column.is_of(question)]

    def spare(self, mapping: TieFile) -> list[Column]:
        """The columns that say neither who answers nor which rows are answers, nor what an answer is worth."""
        taken = {*mapping.who, *mapping.finished, *mapping.leave_out, *mapping.strength, *mapping.columns.values()}
        return [column for column in self.columns if fold(column.key) not in set(map(fold, taken))]


def laid_out(grid: Grid, n_headers: int) -> tuple[int, list[Column], list[tuple[int, tuple[str, ...]]]]:
    """Where the header begins (from 0), its columns (without one they are called by their numbers), and the filled rows below."""
    start = header_at(grid) if n_headers else 0
    width = max(map(len, grid.rows))
    columns = columns_of(grid.rows[start : start + n_headers] or [[str(n + 1) for n in range(width)]])
    below = enumerate(grid.rows[start + n_headers :], start=start + n_headers + 1)
    return start, columns, [(n, (*cells, *[""] * (width - len(cells)))) for n, cells in below if any(cells)]


def questionnaire(grid: Grid, name: str, mapping: TieFile) -> Sheet:
    """Read the header rows of a file, leave out what is no answer, and say who answers where and who finished."""
    start, columns, rows = laid_out(grid, mapping.headers if mapping.header else 0)
    n_named = len(columns)
    columns += [Column(at, f"column {at + 1}", ("",)) for at in range(n_named, max(map(len, grid.rows)))]
    sheet = Sheet(columns, [])
    named = {*mapping.who, *mapping.finished, *mapping.leave_out, *mapping.columns.values()}
    at = {one: column for one in sorted(named) if (column := sheet.called(one))}
    there = ", ".join(column.key for column in columns)
    sheet.problems = [
        Problem("error", name, start + 1, one, one, f"column '{one}', which case.yml names, is missing. Columns: {there}.")
        for one in sorted(named) if one not in at
    ]  # fmt: skip
    if sheet.problems:
        return sheet
    sheet.problems = titles_above(grid, name, start)
    left_out = Counter[str]()
    for number, cells in rows:
        n_cells = len(grid.rows[number - 1])
        if any(cells[n_named:]):
            message = f"the row has {n_cells} cells where the header has {n_named}. Check commas, quotation marks and line ends."
            sheet.problems.append(Problem("error", name, number, "", "", message))
        said = {one: cells[column.at] for one, column in at.items()}
        spare = next((one for one, values in mapping.leave_out.items() if is_among(said[one], values)), None)
        if spare:
            left_out[f"{spare} {said[spare]}"] += 1
            continue
        who = " ".join(filter(None, (said[one] for one in mapping.who)))
        finished = all(is_among(said[one], values) for one, values in mapping.finished.items()) if mapping.finished else None  # fmt: skip
        sheet.answers.append(Answer(number, who, finished, said.get(mapping.columns.get("wave", "")), cells))
    sheet.problems += [
        Problem("warning", name, None, "", "", f"{n} {'row is' if n == 1 else 'rows are'} left out as no answer ({why}).")
        for why, n in left_out.items()
    ]  # fmt: skip
    told = {fold(one) for one in (*mapping.who, *mapping.question, *mapping.strength)}
    if mapping.shape == "wide" or not told >= {fold(column.key) for column in columns[:n_named]}:
        # in a bare list of people and those they name rows may be short; elsewhere a lost comma moves what stands behind it
        sheet.problems += short_rows(grid, name, n_named)
        counts = Counter(len(grid.rows[number - 1]) for number, _ in rows)
        usual = max(counts, key=counts.__getitem__, default=0)
        if usual > n_named:
            message = f"the header has {n_named} cells where most rows have {usual}. Check commas and quotation marks."
            sheet.problems.append(Problem("error", name, start + 1, "", "", message))
    if not sheet.answers:
        message = "no answer is left: the file holds none, or leave_out: takes them all. Look at what stands there."
        sheet.problems.append(Problem("error", name, None, "", "", message))
    return sheet


def is_among(cell: str, values: Iterable[str]) -> bool:
    """Whether a cell says one of the values; ``*`` is any."""
    return bool(cell) if "*" in values else fold(cell) in {fold(value) for value in values}


def split_names(cell: str, marks: Sequence[str], is_known: Callable[[str], bool]) -> list[str]:
    """Part the people that a cell lists; the longest known name wins, so that names may hold a mark that parts them.

    Examples
    --------
    >>> split_names("Levi, Rita; Ben, Cy", (",", ";"), lambda name: name in {"Levi, Rita", "Ben"})
    ['Levi, Rita', 'Ben', 'Cy']
    """
    if not marks:
        return [cell] if cell else []
    gaps = list(re.finditer("|".join(r"\s+" if mark == " " else re.escape(mark) for mark in marks), cell))
    starts, ends = [0, *(gap.end() for gap in gaps)], [*(gap.start() for gap in gaps), len(cell)]
    found, at = [], 0
    while at < len(starts):
        last = next((n for n in range(len(ends) - 1, at, -1) if is_known(cell[starts[at] : ends[n]].strip())), at)
        name = cell[starts[at] : ends[last]].strip()
        found += [name] if name else []
        at = last + 1
    return found


def weight_of(cell: str, labels: Mapping[str, float | None]) -> float | None:
    """The value of an answer: a label's, else the number that it is; None where it says nothing. Raises ``ValueError``."""
    if fold(cell) in labels:
        return labels[fold(cell)]
    number = parse_number(cell)
    if number is None:
        raise ValueError(cell)
    return number
