"""Files as people save them: where they may lie, how their bytes become text, and text becomes rows of cells."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

from nicmethods.errors import Problem
from nicmethods.files.cells import Grid

__all__ = ["MAX_BYTES", "decode", "locate", "parse_grid", "read_bytes", "read_grid", "read_text"]

MAX_BYTES = 64 * 2**20
"""Largest file that is read; a transcript of a whole day is a hundredth of it."""

# Longest BOM first: the one of UTF-32 begins with the one of UTF-16.
_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32-le", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32-be", "UTF-32"),
    (b"\xef\xbb\xbf", "utf-8", "UTF-8"),
    (b"\xff\xfe", "utf-16-le", "UTF-16"),
    (b"\xfe\xff", "utf-16-be", "UTF-16"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NOT_UTF8 = "the text is not UTF-8 and was read as"


def locate(
    folder: Path, relative: str, *, name: str, row: int | None = None, field: str = ""
) -> tuple[Path | None, list[Problem]]:
    """Find a file that a case names, which must lie inside the case folder.

    Parameters
    ----------
    folder
        The case folder.
    relative
        The path as the case writes it, relative to the folder.
    name, row, field
        Where the path is written, for problems.

    Returns
    -------
    tuple
        The path (None if it leaves the folder, through a symbolic link too, or is not there) and the problems.
    """

    def refused(message: str) -> tuple[None, list[Problem]]:
        return None, [Problem("error", name, row, field, relative, f"'{relative}' {message}")]

    written = relative.replace("\\", "/")
    if not written.strip() or "\0" in written:
        return refused("is not a path. Name a file inside the case folder.")
    try:
        home, path = folder.resolve(), (folder / written).resolve()
        found = path.is_file()
    except (OSError, RuntimeError):
        return refused("cannot be followed. Name a file inside the case folder.")
    if Path(written).is_absolute() or re.match(r"[A-Za-z]:", written) or not path.is_relative_to(home):
        return refused("leaves the case folder. Copy the file into the folder and name it relative to it.")
    if not found:
        return refused("is not there. Add the file or correct the path.")
    return path, []


def read_bytes(path: Path, name: str) -> tuple[bytes | None, list[Problem]]:
    """Read a file of bounded size; one that is missing, unreadable, empty or too large is an error."""

    def refused(message: str) -> tuple[None, list[Problem]]:
        return None, [Problem("error", name, None, "", "", message)]

    try:
        if path.stat().st_size > MAX_BYTES:
            largest = f"{MAX_BYTES // 2**20} MB"
            return refused(f"the file is larger than {largest}. Split it, or check that it is the right one.")
        data = path.read_bytes()
    except FileNotFoundError:
        return refused("the file is not there. Add it.")
    except OSError as fault:
        reason = fault.strerror or type(fault).__name__
        return refused(f"the file cannot be read ({reason}). Check that it is a file and may be read.")
    if not data:
        return refused("the file is empty. Fill it or take it away.")
    return data, []


def decode(data: bytes, name: str) -> tuple[str | None, list[Problem]]:
    r"""Turn the bytes of a text file into text.

    Parameters
    ----------
    data
        Bytes of the file: UTF-8 is expected; UTF-16 and UTF-32 with a byte-order mark and Windows-1252 (which holds
        Latin-1) are decoded with a warning.
    name
        The file's name, for problems.

    Returns
    -------
    tuple
        The text with ``\n`` as line end and without control characters (None if no encoding fits) and the problems.

    Examples
    --------
    >>> text, problems = decode("Zoë".encode("cp1252"), "people.csv")
    >>> text
    'Zoë'
    >>> print(problems[0])
    warning  people.csv: the text is not UTF-8 and was read as Windows-1252 (Latin-1). Check accents...
    """
    text, problems = _characters(data, name)
    if text is None:
        return None, problems
    text = re.sub("\r\n?", "\n", text).replace("\v", " ").replace("\f", " ")
    clean, n_control = _CONTROL.subn("", text)
    if n_control:
        many = "1 control character was" if n_control == 1 else f"{n_control} control characters were"
        problems = [*problems, Problem("warning", name, None, "", str(n_control), f"{many} left out of the text.")]
    if not clean.strip():
        return None, [*problems, Problem("error", name, None, "", "", "the file is empty. Fill it or take it away.")]
    return clean, problems


def _characters(data: bytes, name: str) -> tuple[str | None, list[Problem]]:
    def refused(message: str) -> tuple[None, list[Problem]]:
        return None, [Problem("error", name, None, "", "", message)]

    mark, codec, encoding = next((one for one in _MARKS if data.startswith(one[0])), (b"", "utf-8", ""))
    said = f"{_NOT_UTF8} {encoding}. Save it as UTF-8." if encoding else ""
    if encoding == "UTF-8":
        said = "the file starts with a byte-order mark (BOM), which was left out."
    elif not encoding and b"\0" in data:
        return refused(f"byte {data.index(0)} is NUL: this is not a text file. Export it again as text in UTF-8.")
    try:
        text = data[len(mark) :].decode(codec)
    except UnicodeDecodeError as fault:
        at = fault.start + len(mark)
        if encoding:
            return refused(f"the file says {encoding}, but byte {at} does not fit. Save it as UTF-8.")
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            return refused(f"byte {at} fits neither UTF-8 nor Windows-1252 (Latin-1). Save the file as UTF-8.")
        said = f"{_NOT_UTF8} Windows-1252 (Latin-1). Check accents and save it as UTF-8."
    return text, [Problem("warning", name, None, "", "", said)] if said else []


def read_text(path: Path, name: str) -> tuple[str | None, list[Problem]]:
    """Read a text file whatever its usual encoding.

    Parameters
    ----------
    path
        Where the file is.
    name
        How a person would name it, relative to the case folder.

    Returns
    -------
    tuple
        The text (None if it cannot be had) and the problems; see :func:`decode`.
    """
    data, problems = read_bytes(path, name)
    return (None, problems) if data is None else decode(data, name)


def parse_grid(text: str, name: str) -> tuple[Grid | None, list[Problem]]:
    """Cut text into cells at commas, semicolons or tabs, whichever the first row that has one has most of."""
    first = next((line for line in text.split("\n") if any(mark in line for mark in ",;\t")), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = []
    try:
        for cells in reader:
            rows.append(tuple(cell.strip() for cell in cells))  # noqa: PERF401 - rows read so far tell where it broke
    except csv.Error as fault:
        message = f"the row cannot be cut into cells ({fault}). Check its quotation marks."
        return None, [Problem("error", name, len(rows) + 1, "", "", message)]
    if not any(map(any, rows)):
        return None, [Problem("error", name, None, "", "", "the file holds no cells. Fill it or take it away.")]
    return Grid(tuple(rows), semicolons=delimiter == ";"), []


def read_grid(path: Path, name: str) -> tuple[Grid | None, list[Problem]]:
    """Read a csv file as rows of cells; see :func:`parse_grid`."""
    text, problems = read_text(path, name)
    if text is None:
        return None, problems
    grid, more = parse_grid(text, name)
    return grid, problems + more
