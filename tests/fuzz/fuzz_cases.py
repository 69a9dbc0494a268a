"""Case folders with faults put in by chance: no traceback, no hang, no row lost in silence.

python tests/fuzz/fuzz_cases.py [N] [FIRST_SEED]    tries N mutations (1000) of a small case that holds every kind of file
"""

from __future__ import annotations

import csv
import io
import random
import shutil
import signal
import sys
import tempfile
import traceback
from contextlib import contextmanager
from pathlib import Path

MOST_S = 60
WEIRD = [
    "",
    " ",
    "NaN",
    "None",
    "1e999",
    "-1",
    "0x10",
    "1,5",
    "=1+1",
    "2024-13-45",
    "9999-12-31",
    "\U0001f4a5",
    "a" * 3000,
    "'",
    '"',
    "\x1b[31m",
    "E99",
    "E01;E02",
    "\u202eE01",
    "yes",
]
FILES = {
    "case.yml": "title: Small\nsynthetic: true\nwaves:\n- {id: w1, opened: 2024-01-08, closed: 2024-01-12}\n- {id: w2, opened: 2024-03-04, closed: 2024-03-08}\n"
    "relations:\n- {name: help, question: Whom do you ask, threshold: 1}\n- {name: plan, directed: false}\nprivacy: {min_cell: 0}\nfiles:\n  ties:\n"
    "  - {path: ties.csv}\n  - {path: plan.xlsx, wave: w1, relation: plan, shape: matrix}\n",
    "roster.csv": "actor,name,site,role\nE01,Ada Quill,north,teacher\nE02,Bo Reed,north,coach\nE03,Cy Dale,south,teacher\nE04,Di Marsh,south,principal\n",
    "ties.csv": "wave,source,target,weight,relation\nw1,E01,E02,2,help\nw1,E02,E03,1,help\nw2,E01,E03,3,help\nw2,E04,E01,1,help\nw2,E03,E04,2,help\n",
    "responses.csv": "wave,actor,responded\nw1,E01,yes\nw1,E02,yes\nw1,E03,yes\nw1,E04,yes\nw2,E01,yes\nw2,E02,no\nw2,E03,yes\nw2,E04,yes\n",
    "people.csv": "alias,actor\nMs. Quill,E01\nBobby,E02\n",
    "activities.csv": "activity,date,title,kind,transcript,chat\nA1,2024-01-20,Kick-off,meeting,A1.vtt,A1.chat.txt\nA2,2024-02-01,Visit,meeting,A2.txt,\nA3,2024-02-10,Call,interview,A3.csv,\nA4,2024-02-20,Notes,notes,A4.docx,\n",
    "attendance.csv": "activity,actor,minutes\nA1,E01,30\nA1,E02,30\nA2,E03,\nA2,E04,20\n",
    "ledger.csv": "subject,researcher,verdict,meta_inference,reason,evidence,decided\nw1/w2/E01/E03,ann,agreement,They met.,Said so,A1/1,2024-04-01\n",
    "codings/ann.csv": "activity,turn,code,addressee\nA1,1,help_request,E02\nA1,2,help_given,E01\n",
    "codings/coverage.csv": "coder,activity,codebook\nann,A1,help\n",
    "transcripts/A1.vtt": "WEBVTT\n\n1\n00:00:01.000 --> 00:00:04.000\nAda Quill: Could someone help me with the sheet?\n\n2\n00:00:05.000 --> 00:00:09.000\nBo Reed: I can show you how.\n",
    "transcripts/A1.chat.txt": "00:00:03\tAda Quill:\tHere is the link\n00:00:08\tBo Reed:\tThanks\n",
    "transcripts/A2.txt": "Cy Dale  0:01\nGood morning.\n\nDi Marsh  0:09\nWelcome to the school.\n",
    "transcripts/A3.csv": 'turn,speaker,text\n1,Ada Quill,How did it go?\n2,Di Marsh,"Well, mostly."\n',
}
ROWS = {"roster.csv": "roster", "people.csv": "people", "activities.csv": "activities", "attendance.csv": "attendance", "ledger.csv": "ledger", "codings/ann.csv": "codings", "codings/coverage.csv": "coverage"}  # fmt: skip


def write_case(folder: Path) -> None:
    """Write the case that is mutated."""
    from docx import Document
    from openpyxl import Workbook

    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    document = Document()
    for line in ("Ada Quill: We wrote down what we saw.", "Bo Reed: And what comes next."):
        document.add_paragraph(line)
    document.save(str(folder / "transcripts" / "A4.docx"))
    book = Workbook()
    ids = ["E01", "E02", "E03", "E04"]
    book.active.append(["", *ids])
    for row, actor in enumerate(ids):
        book.active.append([actor, *(int(abs(row - column) == 1) for column in range(4))])
    book.save(folder / "plan.xlsx")


def _lines(change):
    def mutate(path: Path, chance: random.Random) -> str:
        lines = path.read_bytes().decode("utf-8", "replace").split("\n")
        said = change(lines, chance)
        path.write_bytes("\n".join(lines).encode("utf-8", "replace"))
        return said

    return mutate


def _bytes(change):
    def mutate(path: Path, chance: random.Random) -> str:
        data = bytearray(path.read_bytes())
        said = change(data, chance)
        path.write_bytes(bytes(data))
        return said

    return mutate


@_lines
def twice(lines, chance):
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    return "a line stands twice"


@_lines
def away(lines, chance):
    del lines[chance.randrange(len(lines))]
    return "a line is missing"


@_lines
def swapped(lines, chance):
    one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return f"lines {one} and {other} changed places"


@_lines
def header_moved(lines, chance):
    at = chance.randrange(1, min(len(lines), 6)) if len(lines) > 1 else 0
    lines.insert(at, lines.pop(0))
    return f"the first line is line {at + 1}"


@_lines
def cell(lines, chance):
    at, value = chance.randrange(len(lines)), chance.choice(WEIRD)
    cells = lines[at].split(",")
    cells[chance.randrange(len(cells))] = value
    lines[at] = ",".join(cells)
    return f"a cell of line {at} is {value[:20]!r}"


@_lines
def word(lines, chance):
    at, value = chance.randrange(len(lines)), chance.choice(WEIRD)
    words = lines[at].split(" ")
    words[chance.randrange(len(words))] = value
    lines[at] = " ".join(words)
    return f"a word of line {at} is {value[:20]!r}"


@_lines
def indented(lines, chance):
    at = chance.randrange(len(lines))
    lines[at] = chance.choice(["  ", "\t", "- ", "? ", "*a ", "&a ", "!!python/object:os.system "]) + lines[at]
    return f"line {at} is led by something"


@_lines
def columns(lines, chance):
    rows = [line.split(",") for line in lines]
    one, other = chance.randrange(len(rows[0])), chance.randrange(len(rows[0]))
    for row in rows:
        if len(row) > max(one, other):
            row[one], row[other] = row[other], row[one]
    lines[:] = [",".join(row) for row in rows]
    return f"columns {one} and {other} changed places"


@_lines
def delimiter(lines, chance):
    by = chance.choice([";", "\t", "|", ", "])
    lines[:] = [line.replace(",", by) for line in lines]
    return f"{by!r} for commas"


@_bytes
def flipped(data, chance):
    for _ in range(chance.randint(1, 20)):
        if data:
            data[chance.randrange(len(data))] = chance.randrange(256)
    return "bytes changed"


@_bytes
def cut(data, chance):
    del data[chance.randrange(len(data) + 1) :]
    return f"cut after {len(data)} bytes"


@_bytes
def coded(data, chance):
    kind = chance.choice(["utf-16", "utf-8-sig", "latin-1", "utf-16-be", "cp1252"])
    data[:] = bytes(data).decode("utf-8", "replace").encode(kind, "replace")
    return f"written as {kind}"


@_bytes
def ended(data, chance):
    by = chance.choice([b"\r\n", b"\r", b"\n\n", b"\0\n", b"\x0b\n"])
    data[:] = bytes(data).replace(b"\n", by)
    return f"lines end with {by!r}"


@_bytes
def junk(data, chance):
    data[chance.randrange(len(data) + 1) : 0] = chance.choice(
        [b'"', b"\0" * 9, b"\xff\xfe", b"x" * 200_000, b"\xe2\x80\xae", b",,,,,,\n" * 50]
    )
    return "something put in"


def gone(path, chance):
    path.unlink()
    return "is gone"


def empty(path, chance):
    path.write_bytes(b"")
    return "is empty"


def folder(path, chance):
    path.unlink()
    path.mkdir()
    return "is a folder"


def loop(path, chance):
    path.unlink()
    path.symlink_to(path)
    return "leads to itself"


def renamed(path, chance):
    path.rename(
        path.with_name(
            chance.choice(["\U0001f4a5.csv", "a b.vtt", "CON.txt", f"{path.name}.bak", path.name.upper(), "-x.csv"])
        )
    )
    return "has another name"


def exchanged(path, chance):
    other = chance.choice([p for p in path.parent.iterdir() if p.is_file()])
    data = path.read_bytes()
    path.write_bytes(other.read_bytes())
    other.write_bytes(data)
    return f"and {other.name} changed contents"


TEXT = (twice, away, swapped, header_moved, cell, cell, cell, word, word, indented, columns, delimiter)
ANY = (flipped, cut, coded, ended, junk, gone, empty, folder, loop, renamed, exchanged)


def mutate(case: Path, seed: int) -> list[tuple[str, str]]:
    """Put one to three faults into a case; give the file and what was done to it, for each."""
    chance, done = random.Random(seed), []
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        paths = sorted(path for path in case.rglob("*") if path.is_file() and not path.is_symlink())
        path = chance.choice(paths)
        kinds = ANY if path.suffix in (".docx", ".xlsx") or not path.stat().st_size else TEXT + ANY
        done.append((path.relative_to(case).as_posix(), chance.choice(kinds)(path, chance)))
    return done


@contextmanager
def _limited(seconds: int):
    def late(number, frame):
        raise TimeoutError(f"more than {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def faults(case: Path) -> list[str]:
    """Say what is wrong with how a case is read: an exception that is not one of nicmethods', a hang, rows lost in silence."""
    from nicmethods.case.folder import read_case
    from nicmethods.case.summary import case_summary

    try:
        with _limited(MOST_S):
            read, problems = read_case(case)
            if read is None:
                return [] if any(p.level == "error" for p in problems) else ["no case, and no error said"]
            case_summary(read)
    except (Exception, RecursionError):
        return [traceback.format_exc()]
    lost = [(name, _n_rows(case / name) - len(getattr(read, table))) for name, table in ROWS.items()]
    said = [problem.file for problem in problems]
    return [f"{name}: {n} rows lost, {said.count(name)} problems said" for name, n in lost if n > said.count(name)]


def _n_rows(path: Path) -> int:
    """Rows of a csv file that can be counted without doubt; none of another."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error):
        return 0
    return (
        len(rows) - 1 if rows and len({len(row) for row in rows}) == 1 and "\0" not in text and len(rows[0]) > 1 else 0
    )


def fuzz(seeds: range) -> list[str]:
    """Try mutations; give what went wrong, each with its seed and its faults."""
    from nicmethods.case.folder import read_case

    found = []
    with tempfile.TemporaryDirectory(prefix="nic-fuzz-") as scratch:
        original = Path(scratch) / "data" / "whole"
        write_case(original)
        if faults(original) or read_case(original)[0] is None:
            return [f"the case itself: {fault}" for fault in (faults(original), read_case(original)[1])]
        for seed in seeds:
            case = Path(scratch) / "data" / f"case{seed}"
            shutil.copytree(original, case)
            done = mutate(case, seed)
            found += [f"seed {seed} {done}\n{fault}" for fault in faults(case)]
            shutil.rmtree(case)
    return found


if __name__ == "__main__":
    n, first = (int(sys.argv[at]) if len(sys.argv) > at else default for at, default in ((1, 1000), (2, 0)))
    said = fuzz(range(first, first + n))
    print("\n".join(said), f"{n} mutations, {len(said)} went wrong.", sep="\n")
    sys.exit(bool(said))
