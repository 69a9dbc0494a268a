"""Nobody is exposed: look for people's names in everything that a run would publish, and forget none that was found.

What was looked through and holds no name is not looked through again until it, the names, or this package changes: a
register in each folder keeps its hash. Where a name stands, a mark in the folder says so, with places and without names, until
the file is gone or was looked through again by who knows the names.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from nicmethods.batch.provenance import hash_file
from nicmethods.results import ACROSS, MARK, read_json, read_results, write_json
from nicmethods.site.texts import is_closed, read_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from nicmethods.case.names import Names

__all__ = [
    "Finding",
    "People",
    "exposed_files",
    "is_looked_through",
    "read_marks",
    "scan",
    "scan_case",
    "scan_reports",
    "scan_shared",
]

Level = Literal["error", "warning"]
_Counts = dict[tuple[Level, str], tuple[str, int]]

_REGISTER = ".looked-through.json"
_OWN = (_REGISTER, MARK, ".lock", ".batch")
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


def scan(folder: Path, roster: pd.DataFrame, people: pd.DataFrame, *, allow: Collection[str] = ()) -> list[Finding]:
    """Look for names in all files of a folder: their text, their names, the metadata of their pictures.

    Parameters
    ----------
    folder
        ``reports/<case>``, or any other.
    roster, people
        Work tables of the case, or of all cases below one another.
    allow
        Names that may stand: ``privacy.allow`` of case.yml.

    Returns
    -------
    list of Finding
        ``error``: a full name, an alias, a given or family name. ``warning``: one that is also a common word, or a file
        that holds no text and cannot be looked into. One finding a file and name, errors first.
    """
    to_find = Known(roster, people, allow).to_find()
    return sorted(found for file, path in _files(folder, inside=True) for found in _scan_file(path, file, *to_find))


class Known(NamedTuple):
    """The people of a case by name: tables ``roster`` and ``people``, and names that may stand."""

    roster: pd.DataFrame
    people: pd.DataFrame
    allow: Collection[str]

    @property
    def key(self) -> str:
        """One hash of them."""
        names, aliases = self.roster[["actor", "name"]], self.people[["alias", "actor"]]
        return _hash([names.to_numpy().tolist(), aliases.to_numpy().tolist(), [*self.allow]])

    def to_find(self) -> tuple[Names, set[str]]:
        """Give what is looked for, and what may stand."""
        from nicmethods.case.names import fold, names_of

        return names_of(self.roster, self.people), {fold(name) for name in self.allow}


class People:
    """Who is in a case, read only if somebody asks.

    Parameters
    ----------
    folder
        The case folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def inputs(self) -> str:
        """One hash of the case's files."""
        paths = (path for path in sorted(self.folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
        return _hash([(path.relative_to(self.folder).as_posix(), hash_file(path)) for path in paths])

    @cached_property
    def known(self) -> Known | None:
        """Their names; None where nobody can be read."""
        from nicmethods.case.folder import read_identities

        found = read_identities(self.folder)
        return None if found is None else Known(found[1], found[2], found[0].privacy.allow)


def scan_case(reports: Path, people: People, code: str) -> list[Finding]:
    """Look for the names of one case in its own reports, and keep the mark of its folder.

    Parameters
    ----------
    reports
        Folder of all reports.
    people
        The case's.
    code
        From :func:`~nicmethods.batch.provenance.hash_code`.

    Returns
    -------
    list of Finding
        As from :func:`scan`, with files named from `reports`.
    """
    case = people.folder.name
    files, register = _of_case(reports, people, code)
    if register.inputs == people.inputs and register.has(files):
        found = register.said(files)
    elif people.known is None:
        return []
    else:
        found = register.look(files, people.known, lambda file: _leftovers(reports, people) if file == _TURNS else [])
    _mark(reports, case, [(one, [case]) for one in found], {case})
    return [replace(one, file=f"{case}/{one.file}") for one in found]


def is_looked_through(reports: Path, people: People, code: str) -> bool:
    """Say whether nothing in a case's folder has to be looked through again."""
    files, register = _of_case(reports, people, code)
    return register.has(files) and (
        register.inputs == people.inputs or register.names == (people.known and people.known.key)
    )


def _of_case(reports: Path, people: People, code: str) -> tuple[dict[str, Path], _Register]:
    """A case's published files, those that wait for others among them, and what is known of them."""
    case = people.folder.name
    waiting = {f"../.new/{case}/{file}": path for file, path in _files(reports / ".new" / case, inside=True)}
    register = _Register(reports / case, code, inputs=people.inputs)
    return {**dict(_files(reports / case, inside=True)), **waiting}, register


_TURNS = "tables/turns.csv"


def scan_shared(reports: Path, cases: Sequence[People], code: str) -> list[Finding]:
    """Look for the names of cases on the pages that all cases share; what any case allows may stand there."""
    found = []
    for case in ("", ACROSS) if cases else ():
        files = dict(_files(reports / case, inside=bool(case)))
        inputs = _hash(sorted((people.folder.name, people.inputs) for people in cases))
        register, whose = _Register(reports / case, code, inputs=inputs), list[tuple[Finding, list[str]]]()
        if not files:
            continue
        if register.inputs == inputs and register.has(files):
            here, asked = register.said(files), {people.folder.name for people in cases}
        else:
            each = {people.folder.name: people.known for people in cases if people.known is not None}
            here, asked = register.look(files, _all(each.values()), lambda file: []), set(each)
            whose = [(one, _whose(one, each)) for one in here if one.is_name]
        _mark(reports, case, whose, asked)
        found += [replace(one, file=f"{case}/{one.file}") for one in here] if case else here
    return found


def scan_reports(reports: Path, folders: Iterable[Path], *, code: str = "") -> list[Finding]:
    """Look for the names of some cases in their own reports and on the pages that all cases share.

    Parameters
    ----------
    reports
        Folder of all reports.
    folders
        Case folders; one that cannot be read is passed over, as nothing of it but its problems is published.
    code
        From :func:`~nicmethods.batch.provenance.hash_code`; what was looked through before under another one is looked through again.

    Returns
    -------
    list of Finding
        As from :func:`scan`, with files named from `reports`; names that any case allows may stand on shared pages.
    """
    cases = [People(folder) for folder in folders]
    found = [finding for people in cases if people.folder.is_dir() for finding in scan_case(reports, people, code)]
    return sorted([*found, *scan_shared(reports, cases, code)])


def read_marks(reports: Path, case: str = "") -> list[dict[str, Any]]:
    """Say where names were found in a case's folder, or among the pages that cases share.

    Returns
    -------
    list of dict
        ``cases`` whose names were looked for, ``file``, ``place``, ``n``. Nothing of a file that is gone, or that was made anew since
        the last results of those cases were taken away.
    """
    folder = reports / case
    try:
        places: list[dict[str, Any]] = read_json(folder / MARK, {}).get("places", [])
    except ValueError:
        return []
    return [place for place in places if _stands(reports, folder / place["file"], place)]


def _stands(reports: Path, path: Path, place: dict[str, Any]) -> bool:
    if _HIDDEN in place["file"]:
        return True
    return path.exists() and (
        any((reports / case).is_dir() for case in place["cases"]) or hash_file(path) == place["sha256"]
    )


def exposed_files(reports: Path) -> list[str]:
    """List the files under `reports` in which names were found and that have not been found free of them since."""
    cases = ["", *sorted(path.parent.name for path in reports.glob(f"*/{MARK}"))]
    files = [f"{case}/{place['file']}".lstrip("/") for case in cases for place in read_marks(reports, case)]
    return list(dict.fromkeys(files))


_HIDDEN = "…"


def _whose(finding: Finding, cases: Mapping[str, Known]) -> list[str]:
    """The cases whose people have a name that was found; all where that cannot be told."""
    found = [case for case, known in cases.items() if known.to_find()[0].find(finding.name, guesses=True)]
    return found or list(cases)


def _mark(reports: Path, case: str, findings: list[tuple[Finding, list[str]]], asked: Collection[str]) -> None:
    """Keep a folder's mark: what was found now, and what was found before of cases that were not asked now."""
    folder = reports / case
    earlier = [
        place
        for place in read_marks(reports, case)
        if not {name for name in place["cases"] if (reports / name).is_dir()} <= set(asked)
    ]
    exposed = [(one, whose) for one, whose in findings if one.is_name and one.level == "error"]
    written = {one.name for one, _ in exposed}
    now = [
        {
            "cases": sorted(whose),
            "file": _hidden(one.file, written),
            "place": _hidden(one.place, written),
            "n": one.n,
            "sha256": hash_file(folder / one.file),
        }
        for one, whose in exposed
    ]
    if not earlier and not now:
        (folder / MARK).unlink(missing_ok=True)
    elif [*earlier, *now] != read_json(folder / MARK, {}).get("places"):
        what = "People's names stand in files of this folder. Do not publish it."
        write_json(folder / MARK, {"what": what, "places": [*earlier, *now]})


def _hidden(text: str, names: Collection[str]) -> str:
    """A file or a place without the name that stands in it."""
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, _HIDDEN)
    return text


class _Register:
    """What of a folder was looked through and holds no name, by file and hash, with what else was said of it."""

    def __init__(self, folder: Path, code: str, *, inputs: str) -> None:
        self._path, self._code, self._inputs = folder / _REGISTER, code, inputs
        try:
            held = read_json(self._path, {})
        except ValueError:
            held = {}
        held = held if held.get("code") == code and code else {}
        self.inputs, self.names = held.get("inputs"), held.get("names")
        self._clean: dict[str, list[list[Any]]] = held.get("clean", {})

    def has(self, files: dict[str, Path]) -> bool:
        """Whether all files are known to hold no name."""
        return all(self._key(file, path) in self._clean for file, path in files.items())

    def said(self, files: dict[str, Path]) -> list[Finding]:
        """What was said of files beside names."""
        return [
            Finding(level, file, place, name, n, is_name=False)
            for file, path in files.items()
            for level, place, name, n in self._clean.get(self._key(file, path), ())
        ]

    def look(self, files: dict[str, Path], known: Known, beside: Callable[[str], list[Finding]]) -> list[Finding]:
        """Look through the files that are not known, and keep what was found."""
        clean = self._clean if self.names == known.key else {}
        to_find: tuple[Names, set[str]] | None = None
        found, kept = list[Finding](), dict[str, list[list[Any]]]()
        for file, path in files.items():
            key = self._key(file, path)
            if key in clean:
                kept[key] = clean[key]
                continue
            to_find = to_find or known.to_find()
            here = [*_scan_file(path, file, *to_find), *beside(file)]
            if not any(finding.is_name for finding in here):
                kept[key] = [[one.level, one.place, one.name, one.n] for one in here]
            else:
                found += here
        self._clean, self.names = kept, known.key
        held = {"code": self._code, "inputs": self._inputs, "names": self.names, "clean": kept}
        if self._path.parent.is_dir():
            write_json(self._path, held)
        return sorted([*found, *self.said(files)])

    @staticmethod
    def _key(file: str, path: Path) -> str:
        return f"{hash_file(path)} {hashlib.sha256(file.encode()).hexdigest()[:16]}"


def _files(folder: Path, *, inside: bool) -> list[tuple[str, Path]]:
    """Files of a folder by name, without what keeps track of it."""
    paths = sorted(folder.rglob("*") if inside else folder.glob("*"))
    return [(path.relative_to(folder).as_posix(), path) for path in paths if path.name not in _OWN and path.is_file()]


def _scan_file(path: Path, file: str, names: Names, allowed: Collection[str]) -> list[Finding]:
    found: _Counts = {}
    for place, ways in read_pieces(path, file, names.may_stand_in):
        most: _Counts = {}
        for text in ways:  # a name counts as often as in the way to read that shows it most often
            for key, (first, n) in _counted(text, place, names, allowed).items():
                if n >= most.get(key, (first, 0))[1]:
                    most[key] = (first, n)
        for key, (first, n) in most.items():
            at, before = found.get(key, (first, 0))
            found[key] = (at, before + n)
    closed = [Finding("warning", file, "content", _CLOSED, 1, is_name=False)] if is_closed(path) else []
    return closed + [Finding(level, file, place, name, n) for (level, name), (place, n) in found.items()]


def _counted(text: str, place: str, names: Names, allowed: Collection[str]) -> _Counts:
    """Names in one way to read a piece: the place of the first, and how many."""
    from nicmethods.case.names import fold

    here: _Counts = {}
    for name in names.find(text, guesses=True):
        if fold(name.written) not in allowed:
            key: tuple[Level, str] = ("warning" if name.kind == "word" else "error", " ".join(name.written.split()))
            first, n = here.get(key, (place or f"line {text.count(chr(10), 0, name.start) + 1}", 0))
            here[key] = (first, n + 1)
    return here


def _leftovers(reports: Path, people: People) -> list[Finding]:
    """Say how many words in published talk look like names of people whom nobody listed: pupils, visitors."""
    from nicmethods.case.proposals import leftover_names

    if people.known is None:
        return []
    case, (roster, aliases, allow) = people.folder.name, people.known
    turns = read_results(reports, case, only=("turns",)).tables["turns"]
    n = len(leftover_names(turns, roster, aliases, allow=allow))
    many = "1 word looks like a name" if n == 1 else f"{n} words look like names"
    what = f"{many} of people whom nobody listed; `nicmethods check {case}` shows them"
    return [Finding("warning", _TURNS, "text", what, n, is_name=False)] if n else []


def _all(cases: Iterable[Known]) -> Known:
    import pandas as pd

    nobody = Known(pd.DataFrame(columns=["actor", "name"]), pd.DataFrame(columns=["alias", "actor"]), ())
    rosters, people, allowed = zip(nobody, *cases, strict=True)
    return Known(pd.concat(rosters), pd.concat(people), [name for allow in allowed for name in allow])


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
