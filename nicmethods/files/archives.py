"""Archives and XML that somebody else made: read in memory, bounded, without following anything out of them."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from nicmethods.errors import Problem
from nicmethods.files.textfiles import MAX_BYTES

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

__all__ = ["Archive", "attribute", "parse_xml", "read_archive"]

_MAX_MEMBERS = 20_000
_MAX_TOTAL = 16 * MAX_BYTES
_MAX_DEPTH = 200


class Archive:
    """The members of a zip file, each read on demand and never written to disk."""

    def __init__(self, file: zipfile.ZipFile, name: str) -> None:
        self._file = file
        self.name = name
        members = [m for m in file.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
        self._members = {member.filename.replace("\\", "/").lstrip("/").casefold(): member for member in members}

    @property
    def names(self) -> tuple[str, ...]:
        """Paths of the members, in lower case, with forward slashes."""
        return tuple(self._members)

    def read(self, path: str) -> tuple[bytes | None, list[Problem]]:
        """Read one member, whatever the case of its path; None where there is none or it cannot be had."""
        member = self._members.get(path.replace("\\", "/").lstrip("/").casefold())
        if member is None:
            return None, [_error(self.name, f"'{path}' is not in the archive. Export it again.", path)]
        try:
            with self._file.open(member) as opened:
                data = opened.read(MAX_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as fault:
            message = f"'{path}' in the archive cannot be read ({fault}). Export it again."
            return None, [_error(self.name, message, path)]
        if len(data) > MAX_BYTES:
            message = f"'{path}' in the archive unpacks to more than {MAX_BYTES >> 20} MB."
            return None, [_error(self.name, message, path)]
        return data, []


def read_archive(path: Path, name: str) -> tuple[Archive | None, list[Problem]]:
    """Open a zip file whose contents are within bounds.

    Parameters
    ----------
    path
        The file.
    name
        How a person would name it, for problems.

    Returns
    -------
    tuple
        The archive (None if it is no archive, is cut off, or would unpack to too much) and the problems.
    """
    try:
        file = zipfile.ZipFile(path)
    except FileNotFoundError:
        return None, [_error(name, "the file is not there. Add it.")]
    except (zipfile.BadZipFile, OSError, ValueError) as fault:
        return None, [_error(name, f"the file is no archive, or is cut off ({fault}). Export it again.")]
    members = file.infolist()
    total = sum(member.file_size for member in members)
    if len(members) > _MAX_MEMBERS or total > _MAX_TOTAL:
        size = f"{len(members)} files, {total >> 20} MB unpacked"
        return None, [_error(name, f"the archive is too large to be read safely ({size}). Check where it comes from.")]
    return Archive(file, name), []


def parse_xml(data: bytes, name: str, *, root: str) -> tuple[Element | None, list[Problem]]:
    """Turn bytes into an element tree without document types, entities and excessive depth.

    Parameters
    ----------
    data
        The XML.
    name
        How a person would name the file, for problems.
    root
        Local name that the root element must have, in whatever namespace.

    Returns
    -------
    tuple
        The root, every tag without its namespace (None if it cannot be had), and the problems.
    """
    try:
        tree: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as fault:
        kind = type(fault).__name__
        return None, [_error(name, f"the XML declares a document type or entities ({kind}), which are not read.")]
    except (ParseError, ValueError, LookupError, RecursionError) as fault:
        return None, [_error(name, f"the XML is broken ({fault}). Export the file again.")]
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > _MAX_DEPTH:
            return None, [_error(name, f"the XML is nested more than {_MAX_DEPTH} deep. Export the file again.")]
        for element in level:
            element.tag = str(element.tag).rsplit("}", 1)[-1]
        level = [child for element in level for child in element]
    if tree.tag != root:
        message = f"the file holds a '{tree.tag}' where a '{root}' is expected. Choose the right file."
        return None, [_error(name, message)]
    return tree, []


def _error(name: str, message: str, value: str = "") -> Problem:
    return Problem("error", name, None, "", value, message)


def attribute(node: Element | None, name: str) -> str:
    """An attribute by its local name, in whatever namespace; empty where there is none."""
    held = {} if node is None else node.attrib
    return next((value for key, value in held.items() if key.rpartition("}")[2] == name), "")
