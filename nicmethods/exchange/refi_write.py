"""REFI-QDA out: projects (.qdpx) and codebooks (.qdc) that validate against the standard's schemas.

Positions count UTF-16 units, CR LF as two and no byte-order mark, as NVivo for Windows does; in texts with plain line
ends and without characters beyond the basic plane every program counts the same.
"""

from __future__ import annotations

import re
import uuid
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import pandas as pd

from nicmethods.exchange.offsets import to_offsets

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nicmethods.exchange.refi import RefiProject

__all__ = ["stable_guid", "write_qdc", "write_refi"]

_PROJECT = "urn:QDA-XML:project:1.0"
_CODEBOOK = "urn:QDA-XML:codebook:1.0"
_OURS = uuid.UUID("6f0e3a53-3f0c-5c0f-9a3c-0d1f6f1c9b52")
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DATE = (1980, 1, 1, 0, 0, 0)


def stable_guid(*parts: str) -> str:
    """Make the GUID that stands for these words, the same at every export.

    Examples
    --------
    >>> stable_guid("code", "help_request") == stable_guid("code", "help_request")
    True
    """
    return str(uuid.uuid5(_OURS, "/".join(parts)))


def write_refi(project: RefiProject, path: Path) -> None:
    """Write a REFI-QDA project.

    Parameters
    ----------
    project
        The project.
    path
        File to write, usually with the ending .qdpx. Equal projects give equal bytes.
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
        _add_sources(SubElement(root, "Sources"), project, variables)
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
        element = _add(
            below[above],
            "Code",
            guid=code.guid,
            name=code.name,
            isCodable=str(bool(code.is_codable)).lower(),
            color=code.color,
        )
        if pd.notna(code.description):
            SubElement(element, "Description").text = _clean(code.description)
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
        if pd.notna(case.description):
            SubElement(element, "Description").text = _clean(case.description)
        theirs = project.references[project.references["case"] == case.guid]
        kinds = {kind: theirs[theirs["kind"] == kind] for kind in ("code", "source", "selection")}
        for reference in _rows(kinds["code"]):
            _add(element, "CodeRef", targetGUID=reference.target)
        _add_values(element, str(case.guid), project.variables, variables)
        for kind in ("source", "selection"):
            for reference in _rows(kinds[kind]):
                _add(element, f"{kind.title()}Ref", targetGUID=reference.target)


def _add_sources(parent: Element, project: RefiProject, variables: dict[tuple[str, str], str]) -> None:
    for source in _rows(project.sources):
        element = _add(
            parent, "TextSource", guid=source.guid, name=source.name, plainTextPath=f"internal://{source.guid}.txt"
        )
        codings = project.codings[project.codings["source"] == source.guid]
        placed = codings[codings["start"].notna()]
        starts = to_offsets(str(source.text), placed["start"].tolist())
        ends = to_offsets(str(source.text), placed["end"].tolist())
        for guid, selection in placed.assign(start=starts, end=ends).groupby("selection", sort=False):
            first = selection.iloc[0]
            place = _add(
                element, "PlainTextSelection", guid=guid, name="", startPosition=str(first["start"]), endPosition=str(first["end"]),
                creatingUser=first["user"], creationDateTime=first["created"],
            )  # fmt: skip
            if pd.notna(first["memo"]):
                SubElement(place, "Description").text = _clean(first["memo"])
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
