"""Nobody is exposed: look for people's names in everything that a run would publish."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, NamedTuple

import pandas as pd

from nicmethods.case.names import Names, fold, names_of
from nicmethods.results import ACROSS, read_results
from nicmethods.site.texts import is_closed, read_pieces

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path


__all__ = ["Finding", "Known", "scan", "scan_case", "scan_reports", "scan_shared"]

Level = Literal["error", "warning"]
_Counts = dict[tuple[Level, str], tuple[str, int]]
_Found = dict[tuple[Level, str, str], tuple[str, int]]

_CLOSED = "no text; look into it yourself"


@dataclass(frozen=True, order=True)
class Finding:
    """A name where none may be: the file, the place of its first occurrence in it, and how often it stands there.

    Where ``is_name`` is false, ``name`` is a sentence on what a person has to look at.
    """

    level: Level
    file: str
    place: str
    name: str
    n: int
    is_name: bool = True

    def __str__(self) -> str:
        times = "" if self.n == 1 else f", {self.n} times"
        what = f"'{self.name}'{times}" if self.is_name else self.name
        return f"{self.level:<8} {self.file} {self.place}: {what}"


def scan(
    folder: Path, roster: pd.DataFrame, people: pd.DataFrame, *, allow: Collection[str] = (), inside: bool = True
) -> list[Finding]:
    """Look for names in all files of a folder: their text, their names, the metadata of their pictures.

    Parameters
    ----------
    folder
        ``reports/<case>``, or ``reports`` itself.
    roster, people
        Work tables of the case, or of all cases below one another.
    allow
        Names that may stand: ``privacy.allow`` of case.yml.
    inside
        Whether to look into folders inside it.

    Returns
    -------
    list of Finding
        ``error``: a full name, an alias, a given or family name. ``warning``: one that is also a common word, or a file
        that holds no text and cannot be looked into. One finding a file and name, errors first.
    """
    names, allowed = names_of(roster, people), {fold(name) for name in allow}
    paths = (path for path in (folder.rglob("*") if inside else folder.glob("*")) if path.is_file())
    found: _Found = {}
    closed = []
    for path in sorted(paths):
        file = path.relative_to(folder).as_posix()
        if is_closed(path):
            closed.append(Finding("warning", file, "content", _CLOSED, 1, is_name=False))
        for place, ways in read_pieces(path, file, names.may_stand_in):
            for (level, name), (first, n) in _most(_counted(text, place, names, allowed) for text in ways).items():
                known, before = found.get((level, file, name), (first, 0))
                found[level, file, name] = (known, before + n)
    names_found = (Finding(level, file, place, name, n) for (level, file, name), (place, n) in found.items())
    return sorted([*closed, *names_found])


def _counted(text: str, place: str, names: Names, allowed: Collection[str]) -> _Counts:
    """Names in one way to read a piece: the place of the first, and how many."""
    here: _Counts = {}
    for name in names.find(text, guesses=True):
        if fold(name.written) not in allowed:
            key: tuple[Level, str] = ("warning" if name.kind == "word" else "error", " ".join(name.written.split()))
            first, n = here.get(key, (place or f"line {text.count(chr(10), 0, name.start) + 1}", 0))
            here[key] = (first, n + 1)
    return here


def _most(ways: Iterable[_Counts]) -> _Counts:
    """A name counts as often as in the way to read that shows it most often."""
    most: _Counts = {}
    for counts in ways:
        for key, (first, n) in counts.items():
            most[key] = max((first, n), most.get(key, (first, 0)), key=lambda place_and_n: place_and_n[1])
    return most


def scan_reports(reports: Path, folders: Iterable[Path]) -> list[Finding]:
    """Look for the names of some cases in their own reports and on the pages that all cases share.

    Parameters
    ----------
    reports
        Folder of all reports.
    folders
        Case folders; one that cannot be read is passed over, as nothing of it but its problems is published.

    Returns
    -------
    list of Finding
        As from :func:`scan`, with files named from `reports`; names that any case allows may stand on shared pages.
    """
    scanned = [scan_case(reports, folder) for folder in folders]
    found = [finding for findings, _ in scanned for finding in findings]
    return sorted([*found, *scan_shared(reports, [known for _, known in scanned if known is not None])])


class Known(NamedTuple):
    """The people of a case by name: id and name, spelling and id, and what may stand."""

    names: list[tuple[str, str]]
    aliases: list[tuple[str, str]]
    allow: tuple[str, ...]


def scan_case(reports: Path, folder: Path) -> tuple[list[Finding], Known | None]:
    """Look for the names of one case in its own reports.

    Returns
    -------
    tuple
        Findings with files named from `reports`, and the people, for :func:`scan_shared`; None where they are not known.
    """
    from nicmethods.case.folder import read_identities

    identities = read_identities(folder)
    if identities is None:
        return [], None
    config, roster, people = identities
    found = scan(reports / folder.name, roster, people, allow=config.privacy.allow)
    found += _leftovers(reports, folder.name, roster, people, config.privacy.allow)
    names, aliases = roster[["actor", "name"]], people[["alias", "actor"]]
    first, second = (list(table.itertuples(index=False, name=None)) for table in (names, aliases))
    return _inside(folder.name, found), Known(first, second, config.privacy.allow)


def _leftovers(
    reports: Path, case: str, roster: pd.DataFrame, people: pd.DataFrame, allow: Collection[str]
) -> list[Finding]:
    """Say how many words in published talk look like names of people whom nobody listed: pupils, visitors."""
    path = reports / case / "tables" / "turns.csv"
    if not path.is_file():
        return []
    from nicmethods.case.proposals import leftover_names

    turns = read_results(reports, case, only=("turns",)).tables["turns"]
    n = len(leftover_names(turns, roster, people, allow=allow))
    many = "1 word looks like a name" if n == 1 else f"{n} words look like names"
    what = f"{many} of people whom nobody listed; `nicmethods check {case}` shows them"
    return [Finding("warning", "tables/turns.csv", "text", what, n, is_name=False)] if n else []


def scan_shared(reports: Path, cases: Sequence[Known]) -> list[Finding]:
    """Look for the names of cases on the pages that all cases share; what any case allows may stand there."""
    if not cases:
        return []
    roster = pd.DataFrame([pair for case in cases for pair in case.names], columns=["actor", "name"])
    people = pd.DataFrame([pair for case in cases for pair in case.aliases], columns=["alias", "actor"])
    allowed = {name for case in cases for name in case.allow}
    across = scan(reports / ACROSS, roster, people, allow=allowed)
    return [*scan(reports, roster, people, allow=allowed, inside=False), *_inside(ACROSS, across)]


def _inside(name: str, found: Iterable[Finding]) -> list[Finding]:
    return [replace(finding, file=f"{name}/{finding.file}") for finding in found]
