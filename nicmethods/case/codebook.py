"""Codes with their definitions, examples and patterns; codebooks as YAML files."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from nicmethods.errors import CaseError, Problem
from nicmethods.files.yamlfiles import parse_yaml

__all__ = ["Code", "Codebook", "Pattern", "load_codebook", "parse_codebook"]

Pattern = str | tuple[Mapping[str, Any], ...]
"""A phrase (``"how do|did you"``) or a spaCy Matcher pattern: one dict a token."""

_CODEBOOK_KEYS = {"id": True, "title": True, "description": False, "language": False, "codes": True}
_CODE_KEYS = {
    "id": True,
    "name": True,
    "definition": True,
    "use_when": True,
    "not_when": True,
    "examples": True,
    "patterns": False,
}
_TOKEN_KEYS = {
    *("ORTH", "TEXT", "LOWER", "NORM", "LENGTH", "SHAPE", "PREFIX", "SUFFIX", "OP"),
    *("IS_ALPHA", "IS_ASCII", "IS_DIGIT", "IS_LOWER", "IS_UPPER", "IS_TITLE", "IS_PUNCT", "IS_SPACE", "IS_STOP"),
    *("LIKE_NUM", "LIKE_URL", "LIKE_EMAIL"),
}
_MODEL_KEYS = {"POS", "TAG", "MORPH", "DEP", "LEMMA", "ENT_TYPE", "ENT_IOB", "ENT_ID", "ENT_KB_ID", "IS_SENT_START"}
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_PHRASE_WORD = re.compile(r"\.\.\.|[^\s|?]+(\|[^\s|?]+)*\??")


@dataclass(frozen=True)
class Code:
    """One code.

    Parameters
    ----------
    id
        Short name used in codings.
    name
        Name for people.
    definition, use_when, not_when
        What it means, when to use it, when not to.
    examples
        Turns that carry it.
    patterns
        Phrases and spaCy token patterns that suggest it; see ``docs/definitions/coding.md``.
    """

    id: str
    name: str
    definition: str = ""
    use_when: str = ""
    not_when: str = ""
    examples: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()


@dataclass(frozen=True)
class Codebook:
    """Codes that belong together.

    Parameters
    ----------
    id
        Short name.
    title
        Title for people.
    codes
        The codes, in the file's order.
    description
        What the codebook is for.
    language
        Language that patterns and examples are in, as a two-letter code; empty where not said.
    """

    id: str
    title: str
    codes: tuple[Code, ...]
    description: str = ""
    language: str = "en"

    def __getitem__(self, code: str) -> Code:
        for found in self.codes:
            if found.id == code:
                return found
        raise KeyError(code)

    def __contains__(self, code: object) -> bool:
        return code in self.ids

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the codes, in order."""
        return tuple(code.id for code in self.codes)


def load_codebook(path: Path | str) -> Codebook:
    """Read a codebook file.

    Parameters
    ----------
    path
        A YAML file as ``codebooks/help.yml``.

    Returns
    -------
    Codebook
        The codebook.

    Raises
    ------
    CaseError
        With every problem of the file: what cannot be read, unknown, missing and duplicate keys, duplicate codes,
        patterns that cannot be used.
    """
    path = Path(path)
    try:
        codebook, problems = parse_codebook(path.read_text(encoding="utf-8-sig"), name=path.name)
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8 text. Save it as UTF-8." if isinstance(error, ValueError) else f"{error.strerror}."
        codebook, problems = None, [Problem("error", path.name, None, "", "", f"cannot be read: {reason}")]
    if codebook is None:
        raise CaseError(path.stem, problems)
    return codebook


def parse_codebook(text: str, *, name: str) -> tuple[Codebook | None, list[Problem]]:
    r"""Turn YAML text into a codebook.

    Parameters
    ----------
    text
        The file's text.
    name
        The file's name, for problems.

    Returns
    -------
    tuple
        The codebook (None if there is any problem) and every problem found.

    Examples
    --------
    >>> parse_codebook("id: a\ntitle: A\n", name="a.yml")[1][0].message
    "key 'codes' is missing. Add it."
    """
    document, lines, problems = parse_yaml(text, name)
    if document is None:
        return None, problems
    check = _Check(name, lines)
    codes = check.codebook(document)
    if check.problems:
        return None, check.problems
    title, about = str(document["title"]), str(document.get("description") or "").strip()
    return Codebook(str(document["id"]), title, codes, about, str(document.get("language") or "en")), []


class _Check:
    """Collects every problem of one codebook document."""

    def __init__(self, name: str, lines: Mapping[tuple[str | int, ...], int]) -> None:
        self.name, self.lines = name, lines
        self.problems: list[Problem] = []

    def codebook(self, document: Any) -> tuple[Code, ...]:
        if not self._keys(document, _CODEBOOK_KEYS, (), "a codebook"):
            return ()
        self._texts(document, ("id", "title", "description", "language"), ())
        entries = document.get("codes", [])
        if not isinstance(entries, list) or (not entries and "codes" in document):
            self._add(("codes",), "", "'codes' must be a list with at least one code.")
            return ()
        codes = [code for i, entry in enumerate(entries) if (code := self._code(entry, ("codes", i)))]
        seen: dict[str, int] = {}
        for i, entry in enumerate(entries):
            name = str(entry.get("id", "")) if isinstance(entry, dict) else ""
            if name and name in seen:
                first = self.lines.get(("codes", seen[name], "id"))
                self._add(
                    ("codes", i, "id"), name, f"code '{name}' is defined twice, first in row {first}. Rename one."
                )
            seen.setdefault(name, i)
        return tuple(codes)

    def _code(self, entry: Any, path: tuple[str | int, ...]) -> Code | None:
        if not self._keys(entry, _CODE_KEYS, path, "a code"):
            return None
        words = ("id", "name", "definition", "use_when", "not_when")
        self._texts(entry, words, path)
        if isinstance(entry.get("id"), str) and not _ID.fullmatch(entry["id"]):
            self._add(
                (*path, "id"),
                entry["id"],
                f"id '{entry['id']}' must be letters, digits, _ . - and begin with a letter.",
            )
        examples = self._list(entry, "examples", path)
        for i, example in enumerate(examples):
            if not isinstance(example, str):
                self._add((*path, "examples", i), str(example), f"example '{example}' must be text. Put it in quotes.")
        patterns = [
            pattern
            for i, found in enumerate(self._list(entry, "patterns", path))
            if (pattern := self._pattern(found, (*path, "patterns", i))) is not None
        ]
        texts = {word: str(entry.get(word) or "").strip() for word in words}
        return Code(**texts, examples=tuple(map(str, examples)), patterns=tuple(patterns))

    def _keys(self, entry: Any, known: Mapping[str, bool], path: tuple[str | int, ...], what: str) -> bool:
        if not isinstance(entry, dict):
            self._add(path, str(entry)[:60], f"{what} must be keys and values, not '{str(entry)[:60]}'.")
            return False
        for key in entry:
            if key not in known:
                close = get_close_matches(str(key), known, n=1)
                hint = f"Did you mean '{close[0]}'? " if close else ""
                message = f"unknown key '{key}'. {hint}Known keys: {', '.join(known)}."
                self._add((*path, str(key)), str(key), message)
        for key, required in known.items():
            if required and entry.get(key) in (None, "", []):
                where = f" of code '{entry['id']}'" if path and entry.get("id") and key != "id" else ""
                self._add((*path, key), "", f"key '{key}'{where} is missing. Add it.")
        return True

    def _texts(self, entry: Mapping[str, Any], keys: Sequence[str], path: tuple[str | int, ...]) -> None:
        for key in keys:
            if entry.get(key) is not None and not isinstance(entry[key], str):
                shown = str(entry[key])[:60]
                self._add((*path, key), shown, f"'{key}' must be text, not '{shown}'. Put it in quotes.")

    def _list(self, entry: Mapping[str, Any], key: str, path: tuple[str | int, ...]) -> list[Any]:
        found = entry.get(key)
        if found is None or isinstance(found, list):
            return found or []
        self._add((*path, key), str(found)[:60], f"'{key}' must be a list: begin each line with '- '.")
        return []

    def _pattern(self, found: Any, path: tuple[str | int, ...]) -> Pattern | None:
        if isinstance(found, str):
            words = found.split()
            wrong = [word for word in words if not _PHRASE_WORD.fullmatch(word)]
            optional = all(word == "..." or word.endswith("?") for word in words)
            if wrong or optional or "..." in (words[0], words[-1]):
                message = (
                    f"phrase '{found}' must be words, a|b for either, word? for an optional word, ... between words."
                )
                self._add(path, found, message)
                return None
            return found
        if isinstance(found, list) and found and all(isinstance(token, dict) for token in found):
            self._token_keys(found, path)
            return tuple(found)
        self._add(path, str(found)[:60], "a pattern must be a phrase or a list of spaCy token descriptions.")
        return None

    def _token_keys(self, tokens: list[dict[str, Any]], path: tuple[str | int, ...]) -> None:
        for key in (str(key).upper() for token in tokens for key in token):
            if key in _MODEL_KEYS:
                message = f"pattern key '{key}' needs a language model; patterns run without one. Use LOWER or REGEX."
                self._add(path, key, message)
            elif key not in _TOKEN_KEYS:
                self._add(path, key, f"unknown pattern key '{key}'. Known keys: {', '.join(sorted(_TOKEN_KEYS))}.")

    def _add(self, path: tuple[str | int, ...], value: str, message: str) -> None:
        row = next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), None)
        field = str(path[-1]) if path else ""
        self.problems.append(Problem("error", self.name, row, field, value, message))
