"""Hold a folder of reports against frozen.tar.xz: every table, numbers.json and the text of every page of the shipped cases.

python tests/frozen/compare.py REPORTS    prints what differs; `nicmethods run --study . --reports REPORTS` makes them
python tests/frozen/refresh.py            runs the shipped cases and freezes what came out, on purpose

Words, columns and the order of rows must be equal, numbers to 1e-9. Nothing of nicmethods is imported: its modules may move.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import math
import re
import shutil
import sys
import tarfile
from collections import Counter
from html.parser import HTMLParser
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FROZEN = Path(__file__).with_name("frozen.tar.xz")
CASES = ("demo", "statewide", "declining")

TOLERANCE = 1e-9
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
LEFT_OUT_COLUMNS = {"seconds": "manifest.csv: how long a notebook took"}
LEFT_OUT_OF_PAGES = [
    (r"(?m)^Versions\n(?:\S+ \d[\w.+]*\n)+", "Versions\n", "which libraries stand in the lock, and their versions"),
    (r"\bnicmethods \d+\.\d+\.\d+", "nicmethods VERSION", "its version"),
    (r"\b[0-9a-f]{64}\b", "FINGERPRINT", "fingerprints of input files"),
    (r"\bFirst run in these words on \d+ \w+ \d{4}", "First run in these words on DAY", "the day of the first run"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, [\d.]+ s\b", "WHEN, SECONDS", "when a notebook ran, and how long"),
]
LEFT_OUT_ELEMENTS = {
    ("script", None): "not text; the data of the drawing is kept",
    ("style", None): "not text",
    ("details", "code"): "cells are written anew when names move; what they show is kept",
}
INLINE = set("a abbr b cite code em i kbd mark q s small span strong sub sup time u var wbr".split())
SHOWN = 4


class PageText(HTMLParser):
    """Text of a page, a line a block or row of a table, with the targets of links and the descriptions of pictures."""

    def __init__(self):
        super().__init__()
        self.lines, self.line, self.links = [], "", []
        self.skipped, self.depth, self.is_data = None, 0, False

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if self.skipped:
            self.depth += tag == self.skipped
        elif tag == "script" and attributes.get("type") == "application/json":
            self.end_line()
            self.is_data = True
        elif {(tag, None), (tag, attributes.get("class"))} & LEFT_OUT_ELEMENTS.keys():
            self.skipped, self.depth = tag, 1
        elif tag in {"td", "th"}:
            self.line += " | "
        elif tag not in INLINE:
            self.end_line()
        if tag == "a" and not self.skipped:
            self.links.append(attributes.get("href"))
        if tag == "img":
            self.line = f"[picture: {attributes.get('alt')}]"
            self.end_line()

    def handle_endtag(self, tag):
        if self.skipped:
            self.depth -= tag == self.skipped
            if not self.depth:
                self.skipped = None
        elif tag == "script":
            self.is_data = False
        elif tag not in INLINE | {"td", "th"}:
            self.end_line()
        elif tag == "a" and (target := self.links.pop()):
            self.line += f"({target})"

    def handle_data(self, data):
        if self.is_data:
            for key, value in json.loads(data).items():
                self.lines += [f"{key}: {json.dumps(item, sort_keys=True)}" for item in _listed(value)]
        elif not self.skipped:
            self.line += data

    def end_line(self):
        if words := " ".join(self.line.split()):
            self.lines.append(words)
        self.line = ""


def _listed(value):
    return value if isinstance(value, list) else [value]


def page_text(html):
    """Read a page's text, without what differs from run to run."""
    page = PageText()
    page.feed(html)
    page.close()
    page.end_line()
    text = "\n".join(page.lines) + "\n"
    for pattern, instead, _ in LEFT_OUT_OF_PAGES:
        text = re.sub(pattern, instead, text)
    return text


def table_text(rows):
    """Write a table, its header first, as CSV without the columns that differ from run to run."""
    header, *_ = rows
    kept = [place for place, column in enumerate(header) if column not in LEFT_OUT_COLUMNS]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[row[place] for place in kept] for row in rows])
    return out.getvalue()


def numbers_table(text):
    """Turn numbers.json into a table, one row a number."""
    numbers = json.loads(text)
    header = list(dict.fromkeys(key for number in numbers for key in number))
    return [header, *([_word(number.get(key, "not there")) for key in header] for number in numbers)]


def _word(value):
    return value if isinstance(value, str) else json.dumps(value)


def take_snapshot(reports):
    """Read a folder of reports: text by file name, tables as CSV and pages as text."""
    reports, taken = Path(reports), {}
    for case in (*CASES, "across_cases"):
        for path in [*(reports / case / "tables").glob("*.csv"), *(reports / case).rglob("*.html")]:
            taken[path.relative_to(reports).as_posix()] = path
        taken[f"{case}/numbers.json"] = reports / case / "numbers.json"
    taken |= {name: reports / name for name in ("index.html", "manifest.csv")}
    return {name: _text_of(path) for name, path in sorted(taken.items()) if path.exists()}


def add_shipped_cases(study):
    """Add to a study that `nicmethods init` laid out what else the repository ships."""
    for case in CASES[1:]:
        shutil.copytree(ROOT / "data" / case, Path(study) / "data" / case)
    shutil.copy(ROOT / "data" / "ratings.csv", Path(study) / "data")


def _text_of(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        return page_text(text)
    return table_text(numbers_table(text) if path.suffix == ".json" else list(csv.reader(io.StringIO(text))))


def read_frozen(path=FROZEN):
    """Read what was frozen: text by file name."""
    with tarfile.open(path) as archive:
        return {entry.name: archive.extractfile(entry).read().decode("utf-8") for entry in archive}


def write_frozen(taken, path=FROZEN):
    """Freeze a snapshot; the same one gives the same bytes."""
    with tarfile.open(path, "w:xz") as archive:
        for name, text in sorted(taken.items()):
            entry, held = tarfile.TarInfo(name), text.encode("utf-8")
            entry.size = len(held)
            archive.addfile(entry, io.BytesIO(held))


def differences(was, now):
    """Say what differs between two snapshots, a paragraph a file."""
    said = [f"{name}: is not there any more" for name in was if name not in now]
    said += [f"{name}: was not there" for name in now if name not in was]
    for name in was.keys() & now.keys():
        if was[name] != now[name]:
            compare = _page_differences if name.endswith(".html") else _table_differences
            if found := compare(was[name], now[name]):
                said.append("\n    ".join([f"{name}:", *found]))
    return sorted(said)


def _page_differences(was, now):
    was, now = was.splitlines(), now.splitlines()
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(was, now, strict=False)))
    changed = difflib.unified_diff(was[same : same + 40], now[same : same + 40], n=0, lineterm="")
    return [f"from line {same + 1} of {len(was)}", *[line[:300] for line in list(changed)[3 : 3 + 2 * SHOWN]]]


def _table_differences(was, now):
    was, now = list(csv.reader(io.StringIO(was))), list(csv.reader(io.StringIO(now)))
    said, shared = [], [column for column in was[0] if column in now[0]]
    if was[0] != now[0]:
        gone, new = [column for column in was[0] if column not in shared], set(now[0]) - set(shared)
        said.append(f"columns: gone {gone}, new {sorted(new)}, in order {now[0]}")
    was, now = (
        [[row[place] for place in places] for row in table[1:]]
        for table, places in ((table, [table[0].index(column) for column in shared]) for table in (was, now))
    )
    if len(was) != len(now):
        said.append(f"{len(was)} rows, now {len(now)}")
    elif was != now and Counter(map(tuple, was)) == Counter(map(tuple, now)):
        said.append("the same rows in another order")
    cells = [
        (column, f"line {line}, {column}: {old!r}, now {new!r}")
        for line, rows in enumerate(zip(was, now, strict=False), start=2)
        for column, old, new in zip(shared, *rows, strict=True)
        if old != new and not _equal_numbers(old, new)
    ]
    said += [text for _, text in cells[:SHOWN]]
    if len(cells) > SHOWN:
        said.append(f"and {len(cells) - SHOWN} cells more, in {sorted({column for column, _ in cells})}")
    return said


def _equal_numbers(old, new):
    """Whole numbers are equal as words only: a count that turns into 3.0 has changed."""
    numbers = [NUMBER.fullmatch(word) for word in (old, new)]
    if not all(number and (number[1] or number[2]) for number in numbers):
        return False
    return math.isclose(float(old), float(new), rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def main(reports):
    """Print what differs from what was frozen; 1 if anything does."""
    frozen = read_frozen()
    said = differences(frozen, take_snapshot(reports))
    print("\n".join(said) or f"{len(frozen)} tables and pages are as they were frozen.")
    if said:
        print(f"\n{len(said)} of {len(frozen)} tables and pages differ.")
    return bool(said)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
