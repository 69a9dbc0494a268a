"""A case folder to fill in, and a study folder to put it in."""

from __future__ import annotations

import shutil
from pathlib import Path

from nicmethods.errors import CaseError, Problem
from nicmethods.tables import CASE_TABLES, guide

__all__ = ["write_new_case", "write_study"]

_CASE_YML = """\
# What the files of this case mean. Lines that begin with # are comments; take the # away to use one.
title: {title}
# description: One or two sentences on the network and the problem of practice that it works on.
# question: What this case is to answer.
synthetic: false

# Survey waves in the order of their dates.
waves:
  - {{id: w1, opened: 2026-01-12, closed: 2026-01-16}}
  - {{id: w2, opened: 2026-04-13, closed: 2026-04-17}}

# Survey questions. threshold: the least value that counts as a tie.
relations:
  - name: help
    question: How often do you turn to this person for help with your practice?
    scale: {{0: never, 1: once or twice, 2: monthly, 3: weekly}}
    threshold: 1
    asked: all            # or, where people were only asked about their own site: {{within: site}}

# Which columns of roster.csv hold site and role, and which roles are hub and member.
site: site
role: role
roles:
  hub: [researcher]
  member: [teacher, principal]

# codebook: help        # a file in codebooks/, without .yml

# Survey files go in with: nicmethods survey FILE --case THIS_CASE --wave w1. Who answered, where no file says it:
# responses: all        # or a list of ids, or for each wave either of them

# What is left out of every table and page; people who took back consent, too:
# exclude: {{people: [E03], waves: [w1]}}

# Where a file has another name, shape or other column names, say so here and leave the file as it is:
# files:
#   roster: {{path: people.xlsx, columns: {{actor: ID, site: School}}}}
#   ties:
#     - {{path: wave1.xlsx, wave: w1, relation: help, shape: matrix, header: true, ids: true}}

# Given names that are also common words and may stay in published pages:
# privacy: {{allow: [Will]}}
"""

_HEADERS = ("roster", "ties", "responses", "activities", "attendance", "people")


def write_new_case(folder: Path, *, title: str) -> list[Path]:
    """Write a case folder to fill in: case.yml with comments, empty tables with their headers, a guide to the columns.

    Parameters
    ----------
    folder
        The folder to write; it must not hold a case yet.
    title
        Title of the case.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    CaseError
        If the folder exists and is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        message = "the folder exists and is not empty. Choose another name, or take the folder away."
        raise CaseError(folder.name, [Problem("error", str(folder), None, "", folder.name, message)])
    quoted = '"' + title.replace("\\", "\\\\").replace('"', '\\"') + '"'
    files = {"case.yml": _CASE_YML.format(title=quoted), "README.md": _guide(title)}
    files |= {f"{name}.csv": ",".join(CASE_TABLES[name].names) + "\n" for name in _HEADERS}
    for part in ("transcripts", "codings"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def _guide(title: str) -> str:
    coded = {"codings": "<coder>", "coverage": "coverage", "adjudicated": "adjudicated"}
    places = {name: f"codings/{file}.csv" for name, file in coded.items()} | {"ratings": "../ratings.csv"}
    tables = "\n".join(guide(table, heading=places.get(name, f"{name}.csv")) for name, table in CASE_TABLES.items())
    return (
        f"# {title}\n\nThis folder holds people's words and names: keep it where only the team can read it.\n"
        "Fill in case.yml and roster.csv first, then whatever you have; take away the files you do not need, and run\n"
        "`nicmethods check` as often as you like. Transcripts go into transcripts/, one file an activity.\n\n"
        f"{tables}"
    )


def write_study(folder: Path) -> list[str]:
    """Lay out a study folder: notebooks, codebooks, the demo case, and room for cases and reports.

    Parameters
    ----------
    folder
        The folder to write; files that are there already are left as they are.

    Returns
    -------
    list of str
        What was written, relative to the folder.
    """
    package = Path(__file__).resolve().parents[1]
    shipped = package / "_study"
    source = shipped if shipped.is_dir() else package.parent
    written: list[str] = []
    for part in ("notebooks", "codebooks", "data/demo"):
        for path in sorted(p for p in (source / part).rglob("*") if p.is_file()):
            relative = path.relative_to(source)
            if any(name.startswith((".", "__pycache__")) for name in relative.parts) or (folder / relative).exists():
                continue
            (folder / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / relative)
            written.append(str(relative))
    if not (folder / ".gitignore").exists():
        text = "# Cases hold people's words.\n/data/*\n!/data/demo/\n/reports/*\n"
        (folder / ".gitignore").write_text(text, encoding="utf-8")
        written.append(".gitignore")
    (folder / "reports").mkdir(exist_ok=True)
    return written
