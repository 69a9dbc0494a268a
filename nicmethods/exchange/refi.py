"""REFI-QDA, the format that NVivo, MAXQDA, ATLAS.ti and QualCoder exchange: projects (.qdpx) and codebooks (.qdc).

Nothing is unpacked to disk. What a project holds beyond texts, codes, coders, codings, memos, cases and variables is
counted in the problems. How positions count is found out from the codings themselves (:mod:`nicmethods.exchange.offsets`).
What is written validates against the standard's schemas; its positions count UTF-16 units, CR LF as two and no byte-order
mark, as NVivo for Windows does: in texts with plain line ends and without characters beyond the basic plane every program
counts the same.
"""

from __future__ import annotations

import re
import uuid
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import pandas as pd

from nicmethods.errors import Problem
from nicmethods.exchange.offsets import NVIVO, Counting, best_counting, to_code_points, to_offsets
from nicmethods.files.archives import Archive, parse_xml, read_archive
from nicmethods.files.textfiles import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

__all__ = ["RefiProject", "frame", "project_of", "read_qdc", "read_refi", "stable_guid", "write_qdc", "write_refi"]

CODES = ["guid", "name", "parent", "description", "is_codable", "color"]
USERS = ["guid", "name"]
SOURCES = ["guid", "name", "text"]
CODINGS = ["guid", "selection", "source", "start", "end", "code", "user", "created", "memo"]
CASES = ["guid", "name", "description"]
REFERENCES = ["case", "kind", "target"]
VALUES = ["owner", "variable", "type", "value"]

_COLUMNS = {
    "codes": CODES, "users": USERS, "sources": SOURCES, "codings": CODINGS, "cases": CASES, "references": REFERENCES, "variables": VALUES,
}  # fmt: skip
_PROJECT = "urn:QDA-XML:project:1.0"
_CODEBOOK = "urn:QDA-XML:codebook:1.0"
_OURS = uuid.UUID("6f0e3a53-3f0c-5c0f-9a3c-0d1f6f1c9b52")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DATE = (1980, 1, 1, 0, 0, 0)
_LEAST_CONFIDENCE = 0.9
_LARGEST = 2**53
_IDENTIFIED = ("Code", "User", "TextSource", "PlainTextSelection", "Coding", "Case", "Variable")
_VARIABLE_TYPES = ("Text", "Boolean", "Integer", "Float", "Date", "DateTime")
_NOT_CARRIED = {
    "PictureSource": "pictures", "PDFSource": "PDF sources", "AudioSource": "audio sources",
    "VideoSource": "video sources", "Set": "sets", "Graph": "graphs", "Link": "links",
}  # fmt: skip


def frame(columns: list[str], rows: Iterable[Mapping[str, object]] = ()) -> pd.DataFrame:
    """Make a table with these columns: positions as integers, is_codable as a flag, all else as text."""
    kinds = {"start": "Int64", "end": "Int64", "is_codable": "boolean"}
    return pd.DataFrame(list(rows), columns=columns).astype({column: kinds.get(column, "str") for column in columns})


@dataclass(frozen=True)
class RefiProject:
    """What a REFI-QDA project says, as tables; ids are its GUIDs.

    Attributes
    ----------
    name, origin
        Name of the project and the program that wrote it.
    codes
        ``guid``, ``name``, ``parent`` (blank at the top), ``description``, ``is_codable``, ``color``; in order.
    users
        ``guid``, ``name`` of the coders.
    sources
        ``guid``, ``name``, ``text`` with its line ends as they are in the file.
    codings
        ``guid``, ``selection``, ``source``, ``start``, ``end`` (code points of the text, end exclusive; blank: the whole
        source), ``code``, ``user``, ``created``, ``memo``. A selection with a memo alone has no ``guid`` and ``code``.
    cases, references, variables
        Cases (``guid``, ``name``, ``description``); what they refer to (``case``, ``kind``, ``target``); and values of
        variables of cases and sources (``owner``, ``variable``, ``type``, ``value``).
    counting
        How the file counts positions.
    confidence
        Share of starts and ends of codings that lie on the edge of a word; NaN without codings.
    """

    name: str
    origin: str
    codes: pd.DataFrame = field(repr=False)
    users: pd.DataFrame = field(repr=False)
    sources: pd.DataFrame = field(repr=False)
    codings: pd.DataFrame = field(repr=False)
    cases: pd.DataFrame = field(repr=False)
    references: pd.DataFrame = field(repr=False)
    variables: pd.DataFrame = field(repr=False)
    counting: str = str(NVIVO)
    confidence: float = float("nan")


def project_of(
    name: str, origin: str, *, counting: str, confidence: float, **rows: Iterable[Mapping[str, object]]
) -> RefiProject:
    """Make a project of rows of its tables; those that are not given are empty."""
    tables = {table: frame(columns, rows.get(table, ())) for table, columns in _COLUMNS.items()}
    return RefiProject(name=name, origin=origin, counting=counting, confidence=confidence, **tables)


def read_refi(path: Path, name: str) -> tuple[RefiProject | None, list[Problem]]:
    """Read a REFI-QDA project.

    Parameters
    ----------
    path
        A .qdpx file.
    name
        How a person would name it, for problems.

    Returns
    -------
    tuple
        The project (None if it cannot be read, or if its positions fit no known way of counting) and the problems: what
        is not carried, codes with the same name, offsets past the end of their text, and so on.
    """
    archive, problems = read_archive(path, name)
    if archive is None:
        return None, problems
    manifests = [member for member in archive.names if re.search(r"(^|/)[^/.][^/]*\.qde$", member)]
    if len(manifests) != 1:
        message = f"the archive holds {len(manifests)} .qde files where there should be one. Export it again."
        return None, [Problem("error", name, None, "", "", message)]
    reader, problems = _reader(archive.read(manifests[0]), "Project", name, archive)
    return (reader.project(), reader.problems) if reader else (None, problems)


def read_qdc(path: Path, name: str) -> tuple[pd.DataFrame | None, list[Problem]]:
    """Read a REFI-QDA codebook.

    Parameters
    ----------
    path
        A .qdc file.
    name
        How a person would name it, for problems.

    Returns
    -------
    tuple
        The codes as in :class:`RefiProject` (None if the file cannot be read) and the problems.
    """
    reader, problems = _reader(read_bytes(path, name), "CodeBook", name)
    return (reader.codes(reader.tree.find("Codes")), reader.problems) if reader else (None, problems)


def _reader(
    read: tuple[bytes | None, list[Problem]], root: str, name: str, archive: Archive | None = None
) -> tuple[_Reader | None, list[Problem]]:
    data, problems = read
    tree, more = parse_xml(data, name, root=root) if data is not None else (None, [])
    return (_Reader(tree, archive, name) if tree is not None else None), [*problems, *more]


class _Reader:
    """Reads one element tree and keeps every problem on the way."""

    def __init__(self, tree: Element, archive: Archive | None, name: str) -> None:
        self.tree = tree
        self.archive = archive
        self.name = name
        self.problems: list[Problem] = []
        self.notes: dict[str, str] = {}
        self.kept_notes: set[str] = set()
        self.by_file_name: dict[str, list[str]] = {}
        for member in archive.names if archive is not None else ():
            self.by_file_name.setdefault(member.rsplit("/", 1)[-1], []).append(member)
        self.check_ids()
        n_left_out = Counter(element.tag for element in tree.iter() if element.tag in _NOT_CARRIED)
        for tag, n in n_left_out.items():
            self.warn(f"{_NOT_CARRIED[tag]} are not carried: {n} left out, with what is coded in them.", tag)

    def warn(self, message: str, value: object = "", level: Literal["warning", "error"] = "warning") -> None:
        self.problems.append(Problem(level, self.name, None, "", str(value), message))

    def error(self, message: str, value: object = "") -> None:
        self.warn(f"{message} Export it again.", value, "error")

    def check_ids(self) -> None:
        for tag in _IDENTIFIED:
            n_times = Counter(_guid(element) for element in self.tree.iter(tag))
            if n_times.pop("", 0):
                self.error(f"a {tag} has no id (guid).", tag)
            for guid in (guid for guid, n in n_times.items() if n > 1):
                self.error(f"the id {guid} stands for {n_times[guid]} things ({tag}).", guid)

    def project(self) -> RefiProject | None:
        self.notes = {_guid(note): self.text(note) or "" for note in self.tree.iterfind("Notes/Note")}
        codes = self.codes(self.tree.find("CodeBook/Codes"))
        people = self.tree.iterfind("Users/User")
        users = [{"guid": _guid(u), "name": u.get("name") or u.get("id") or _guid(u)} for u in people]
        elements = [(source, self.text(source)) for source in self.tree.iterfind("Sources/TextSource")]
        read = [(source, text) for source, text in elements if text is not None]
        sources = frame(SOURCES, [{"guid": _guid(s), "name": s.get("name") or _guid(s), "text": t} for s, t in read])
        raw = frame(CODINGS, [row for source, _ in read for row in self.codings(source)])
        counting, confidence, codings = self.placed(sources, raw)
        self.check_codings(codings, codes)
        loose = len(self.notes.keys() - self.kept_notes)
        if loose:
            self.warn(
                f"{loose} memos of documents, cases or the project are not carried; they stay in the project.", loose
            )
        cases, references, values = self.cases([source for source, _ in read])
        if any(problem.level == "error" for problem in self.problems):
            return None
        return RefiProject(
            name=self.tree.get("name", ""), origin=self.tree.get("origin", ""), codes=codes, users=frame(USERS, users), sources=sources,
            codings=codings, cases=cases, references=references, variables=values, counting=counting, confidence=confidence,
        )  # fmt: skip

    def codes(self, top: Element | None) -> pd.DataFrame:
        rows = [
            {
                "guid": _guid(code), "name": code.get("name", ""), "parent": parent, "description": self.described(code),
                "is_codable": code.get("isCodable", "true") in ("true", "1"), "color": code.get("color"),
            }
            for code, parent in _nested(top)
        ]  # fmt: skip
        codes = frame(CODES, rows)
        for name, n in codes["name"].value_counts(sort=False).items():
            if n > 1:
                message = f"{n} codes are called '{name}'; they are told apart by the code above them. Rename them to be sure."
                self.warn(message, name)
        return codes

    def text(self, source: Element) -> str | None:
        """The plain text of a source; nothing outside of the archive is read."""
        content = source.find("PlainTextContent")
        if content is not None:
            return content.text or ""
        path = source.get("plainTextPath", "")
        members = self.members(path)
        if self.archive is None or len(members) != 1:
            n = sum(1 for _ in source.iter("Coding"))
            where = f"its text in '{path}', which is no file of the archive" if path else "no plain text"
            title = source.get("name") or _guid(source)
            message = f"source '{title}' has {where}: it is left out, with {n} codings. Export it again with its text."
            self.warn(message, path)
            return None
        data, problems = self.archive.read(members[0])
        self.problems += problems
        return None if data is None else self.decoded(data, members[0])

    def note(self, reference: Element) -> str:
        self.kept_notes.add(_target(reference))
        return self.notes.get(_target(reference), "")

    def described(self, code: Element) -> str | None:
        """What is said of a code: its description and its memos."""
        parts = [_text(code, "Description"), *map(self.note, code.iterfind("NoteRef"))]
        return "\n".join(part for part in parts if part) or None

    def members(self, path: str) -> list[str]:
        """Text files of the archive that a path may mean: those in sources/ before those elsewhere."""
        steps = path.removeprefix("internal://").replace("\\", "/").casefold().strip("/").split("/")
        if not steps[-1] or ".." in steps or ":" in steps[0]:
            return []
        found = self.by_file_name.get(steps[-1], [])
        return [member for member in found if "sources" in member.split("/")] or found

    def decoded(self, data: bytes, member: str) -> str | None:
        encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as fault:
            self.error(f"'{member}' in the archive is not text in {encoding} (byte {fault.start}).", member)
            return None

    def codings(self, source: Element) -> Iterator[dict[str, object]]:
        for selection in source.iterfind("PlainTextSelection"):
            try:
                start, end = (_position(selection.get(key, "")) for key in ("startPosition", "endPosition"))
            except ValueError:
                self.error(f"selection {_guid(selection)} has no whole number as position.", _guid(selection))
                continue
            found: list[Element | None] = [*selection.iterfind("Coding")]
            for coding in found or [None]:
                yield self.coding(coding, selection) | {"source": _guid(source), "start": start, "end": end}
        for coding in source.iterfind("Coding"):
            yield self.coding(coding, None) | {"source": _guid(source)}

    def coding(self, coding: Element | None, selection: Element | None) -> dict[str, object]:
        both = [element for element in (selection, coding) if element is not None]
        written = [_text(selection, "Description")] if selection is not None else []
        written += [self.note(ref) for element in both for ref in element.iterfind("NoteRef")]
        reference = coding.find("CodeRef") if coding is not None else None
        user = next((e.get("creatingUser") for e in reversed(both) if e.get("creatingUser")), None)
        return {
            "guid": _guid(coding) if coding is not None else None,
            "selection": _guid(selection) if selection is not None else None,
            "code": _target(reference) if reference is not None else None,
            "user": user.strip("{}").lower() if user else None,
            "created": next((e.get("creationDateTime") for e in reversed(both) if e.get("creationDateTime")), None),
            "memo": "\n".join(dict.fromkeys(part for part in written if part)) or None,
        }

    def placed(self, sources: pd.DataFrame, raw: pd.DataFrame) -> tuple[str, float, pd.DataFrame]:
        """Turn positions into code points by the way of counting that fits best."""
        texts = dict(zip(sources["guid"], sources["text"], strict=True))
        spans = raw.dropna(subset="start")
        found = dict(list(spans.groupby("source")))
        by_source = {guid: found.get(guid, spans.iloc[:0]) for guid in texts}
        pairs = [list(zip(part["start"], part["end"], strict=True)) for part in by_source.values()]
        counting, confidence, rivals = best_counting(list(texts.values()), pairs)
        if confidence < _LEAST_CONFIDENCE:
            message = (
                f"the positions of the {len(spans)} selections fit no known way of counting: at best {confidence:.0%} of their "
                f"ends lie between words ({counting}). The texts may have been changed after the export."
            )
            self.error(message)
        if rivals:
            others = "; or ".join(map(str, rivals))
            self.warn(f"positions were read as {counting}; other ways fit as well ({others}). Check some.")
        placed = raw.copy()
        for guid, part in by_source.items():
            for column in ("start", "end"):
                placed.loc[part.index, column] = to_code_points(texts[guid], part[column].tolist(), counting)
        outside = placed["start"].notna() & ((placed["start"] < 0) | (placed["end"] < placed["start"]))
        if outside.any() and not confidence < _LEAST_CONFIDENCE:
            for row in raw[outside.astype(bool)].itertuples():
                self.error(
                    f"selection {row.selection} from {row.start} to {row.end} does not lie in its text.", row.selection
                )
        return str(counting), confidence, placed

    def check_codings(self, codings: pd.DataFrame, codes: pd.DataFrame) -> None:
        for guid in codings.loc[codings["guid"].notna() & codings["code"].isna(), "guid"]:
            self.error(f"coding {guid} names no code.", guid)
        unknown = codings.loc[codings["code"].notna() & ~codings["code"].isin(codes["guid"]), "code"]
        for guid, n in unknown.value_counts(sort=False).items():
            self.error(f"{n} codings name a code {guid} that there is not.", guid)

    def cases(self, sources: list[Element]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        elements = list(self.tree.iterfind("Cases/Case"))
        variables = {_guid(v): v for v in self.tree.iterfind("Variables/Variable")}
        rows = [
            {"guid": _guid(c), "name": c.get("name") or f"case {n}", "description": _text(c, "Description")}
            for n, c in enumerate(elements, 1)
        ]
        references = [
            {"case": _guid(case), "kind": ref.tag.removesuffix("Ref").lower(), "target": _target(ref)}
            for case in elements for ref in case if ref.tag in ("CodeRef", "SourceRef", "SelectionRef")
        ]  # fmt: skip
        values = []
        for owner in [*elements, *sources]:
            for value in owner.iterfind("VariableValue"):
                variable = variables.get(_target(value.find("VariableRef")))
                given = next((child for child in value if child.tag.endswith("Value")), None)
                if variable is not None and given is not None:
                    kind = variable.get("typeOfVariable")
                    values.append({
                        "owner": _guid(owner), "variable": variable.get("name") or _guid(variable),
                        "type": kind if kind in _VARIABLE_TYPES else "Text", "value": given.text or "",
                    })  # fmt: skip
        return frame(CASES, rows), frame(REFERENCES, references), frame(VALUES, values)


def _nested(top: Element | None) -> Iterator[tuple[Element, str | None]]:
    """Codes with the id of the code above, in the order of the file."""
    waiting: list[tuple[Element, str | None]] = [
        (code, None) for code in reversed(list(top) if top is not None else [])
    ]
    while waiting:
        code, parent = waiting.pop()
        yield code, parent
        waiting += [(child, _guid(code)) for child in reversed(code.findall("Code"))]


def _guid(element: Element) -> str:
    return element.get("guid", "").strip("{}").lower()


def _target(element: Element | None) -> str:
    return element.get("targetGUID", "").strip("{}").lower() if element is not None else ""


def _text(element: Element, tag: str) -> str | None:
    return element.findtext(tag) or None


def _position(written: str) -> int:
    position = int(written)
    if abs(position) > _LARGEST:
        raise ValueError(written)
    return position


def stable_guid(*parts: str) -> str:
    """Make the GUID that stands for these words, the same at every export.

    Examples
    --------
    >>> stable_guid("code", "help_request") == stable_guid("code", "help_request")
    True
    """
    return str(uuid.uuid5(_OURS, "/".join(parts)))


def write_refi(project: RefiProject, path: Path, *, counting: Counting = NVIVO) -> None:
    """Write a REFI-QDA project.

    Parameters
    ----------
    project
        The project.
    path
        File to write, usually with the ending .qdpx. Equal projects give equal bytes.
    counting
        How the program that is to read it counts positions; it matters where texts hold emoji.
    """
    root = _element("Project", xmlns=_PROJECT, name=project.name, origin=project.origin or "nicmethods")
    if len(project.users):
        users = SubElement(root, "Users")
        for user in _rows(project.users):
            _add(users, "User", guid=user.guid, name=user.name)
    if len(project.codes):
        _add_codes(SubElement(root, "CodeBook"), project.codes)
    variables = _add_variables(root, project.variables)
    if len(project.cases):
        _add_cases(SubElement(root, "Cases"), project, variables)
    if len(project.sources):
        _add_sources(SubElement(root, "Sources"), project, variables, counting)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        _put(archive, "project.qde", _bytes(root))
        for source in _rows(project.sources):
            _put(archive, f"Sources/{source.guid}.txt", str(source.text).encode("utf-8", "surrogatepass"))


def write_qdc(codes: pd.DataFrame, path: Path) -> None:
    """Write a REFI-QDA codebook.

    Parameters
    ----------
    codes
        Codes as in :class:`~nicmethods.exchange.refi.RefiProject`, at least one.
    path
        File to write, usually with the ending .qdc.
    """
    root = _element("CodeBook", xmlns=_CODEBOOK, origin="nicmethods")
    _add_codes(root, codes)
    path.write_bytes(_bytes(root))


def _add_codes(parent: Element, codes: pd.DataFrame) -> None:
    below: dict[Any, Element] = {None: SubElement(parent, "Codes")}
    for code in _rows(codes):
        above = None if pd.isna(code.parent) else code.parent
        flag = str(bool(code.is_codable)).lower()
        element = _add(below[above], "Code", guid=code.guid, name=code.name, isCodable=flag, color=code.color)
        _describe(element, code.description)
        below[code.guid] = element


def _add_variables(root: Element, values: pd.DataFrame) -> dict[tuple[str, str], str]:
    kinds = values[["variable", "type"]].drop_duplicates()
    guids = {(v.variable, v.type): stable_guid("variable", v.variable, v.type) for v in _rows(kinds)}
    if guids:
        parent = SubElement(root, "Variables")
        for (name, kind), guid in guids.items():
            _add(parent, "Variable", guid=guid, name=name, typeOfVariable=kind)
    return guids


def _add_values(parent: Element, owner: str, values: pd.DataFrame, variables: dict[tuple[str, str], str]) -> None:
    for value in _rows(values[values["owner"] == owner]):
        element = SubElement(parent, "VariableValue")
        _add(element, "VariableRef", targetGUID=variables[value.variable, value.type])
        SubElement(element, f"{value.type}Value").text = _clean(value.value)


def _add_cases(parent: Element, project: RefiProject, variables: dict[tuple[str, str], str]) -> None:
    for case in _rows(project.cases):
        element = _add(parent, "Case", guid=case.guid, name=case.name)
        _describe(element, case.description)
        theirs = project.references[project.references["case"] == case.guid]
        for kind in ("code", "source", "selection"):
            for target in theirs.loc[theirs["kind"] == kind, "target"]:
                _add(element, f"{kind.title()}Ref", targetGUID=target)
            if kind == "code":
                _add_values(element, str(case.guid), project.variables, variables)


def _add_sources(
    parent: Element, project: RefiProject, variables: dict[tuple[str, str], str], counting: Counting
) -> None:
    for source in _rows(project.sources):
        path = f"internal://{source.guid}.txt"
        element = _add(parent, "TextSource", guid=source.guid, name=source.name, plainTextPath=path)
        codings = project.codings[project.codings["source"] == source.guid]
        placed = codings[codings["start"].notna()]
        counted = {end: to_offsets(str(source.text), placed[end].tolist(), counting) for end in ("start", "end")}
        for guid, selection in placed.assign(**counted).groupby("selection", sort=False):
            first = selection.iloc[0]
            place = _add(
                element, "PlainTextSelection", guid=guid, name="", startPosition=str(first["start"]), endPosition=str(first["end"]),
                creatingUser=first["user"], creationDateTime=first["created"],
            )  # fmt: skip
            _describe(place, first["memo"])
            _add_codings(place, selection[selection["guid"].notna()])
        _add_codings(element, codings[codings["start"].isna()])
        _add_values(element, str(source.guid), project.variables, variables)


def _add_codings(parent: Element, codings: pd.DataFrame) -> None:
    for coding in _rows(codings):
        element = _add(parent, "Coding", guid=coding.guid, creatingUser=coding.user, creationDateTime=coding.created)
        _add(element, "CodeRef", targetGUID=coding.code)


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return iter(table.itertuples())


def _element(tag: str, **attributes: object) -> Element:
    return Element(tag, {name: _clean(value) for name, value in attributes.items() if not pd.isna(value)})  # type: ignore[call-overload]


def _add(parent: Element, tag: str, **attributes: object) -> Element:
    element = _element(tag, **attributes)
    parent.append(element)
    return element


def _describe(parent: Element, said: object) -> None:
    if not pd.isna(said):  # type: ignore[call-overload]
        SubElement(parent, "Description").text = _clean(said)


def _clean(value: object) -> str:
    return _UNWRITABLE.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n"))


def _bytes(root: Element) -> bytes:
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    member = zipfile.ZipInfo(name, _DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(member, data)
