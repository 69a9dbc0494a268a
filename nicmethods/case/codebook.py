"""Codes with their definitions, examples and patterns; codebooks as YAML files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from nicmethods.errors import CaseError, Problem
from nicmethods.files.textfiles import read_text
from nicmethods.files.yamlfiles import Strict, checked, parse_yaml

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CODE_ID", "Code", "Codebook", "Pattern", "load_codebook", "parse_codebook", "read_codebook", "with_parents"]

_TOKEN_KEYS = {
    *("ORTH", "TEXT", "LOWER", "NORM", "LENGTH", "SHAPE", "PREFIX", "SUFFIX", "OP"),
    *("IS_ALPHA", "IS_ASCII", "IS_DIGIT", "IS_LOWER", "IS_UPPER", "IS_TITLE", "IS_PUNCT", "IS_SPACE", "IS_STOP"),
    *("LIKE_NUM", "LIKE_URL", "LIKE_EMAIL"),
}
_MODEL_KEYS = {"POS", "TAG", "MORPH", "DEP", "LEMMA", "ENT_TYPE", "ENT_IOB", "ENT_ID", "ENT_KB_ID", "IS_SENT_START"}
CODE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
_PHRASE_WORD = re.compile(r"\.\.\.|[^\s|?]+(\|[^\s|?]+)*\??")


RECOMMENDED = ("definition", "use_when", "examples")
"""What a code should say so that two people use it alike."""


def _pattern(found: Any) -> Any:
    """Refuse what is neither a phrase nor a list of token descriptions that run without a language model."""
    if isinstance(found, str):
        parts = found.split()
        wrong = [part for part in parts if not _PHRASE_WORD.fullmatch(part)]
        if wrong or all(part == "..." or part.endswith("?") for part in parts) or "..." in (parts[0], parts[-1]):
            words = "words, a|b for either, word? for an optional word, ... between words"
            raise ValueError(f"phrase '{found}' must be {words}")
        return found
    if not (isinstance(found, (list, tuple)) and found and all(isinstance(token, Mapping) for token in found)):
        raise ValueError("a pattern must be a phrase or a list of spaCy token descriptions")
    for key in (str(key).upper() for token in found for key in token):
        if key in _MODEL_KEYS:
            raise ValueError(f"pattern key '{key}' needs a language model; patterns run without one. Use LOWER or REGEX")  # fmt: skip
        if key not in _TOKEN_KEYS:
            raise ValueError(f"unknown pattern key '{key}'. Known keys: {', '.join(sorted(_TOKEN_KEYS))}")
    return tuple(found)


Pattern = Annotated[Any, BeforeValidator(_pattern)]
"""A phrase (``"how do|did you"``) or a spaCy Matcher pattern: one dict a token."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True)]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _identity(written: object) -> object:
    if isinstance(written, str) and not CODE_ID.fullmatch(written):
        raise ValueError(f"id '{written}' must be letters, digits, _ . - and begin with a letter")
    return written


def _any(codes: tuple[Code, ...]) -> tuple[Code, ...]:
    if not codes:
        raise ValueError("'codes' must be a list with at least one code")
    return codes


_Id = Annotated[str, BeforeValidator(_identity)]


class Code(Strict):
    """One code.

    Parameters
    ----------
    id
        Short name used in codings.
    name
        Name for people.
    definition, use_when, not_when
        What it means, when to use it, when not to.
    parent
        Id of the code above it; empty at the top.
    examples
        Turns that carry it.
    patterns
        Phrases and spaCy token patterns that suggest it; see ``docs/definitions/coding.md``.
    """

    id: _Id
    name: _Name
    definition: _Text = ""
    use_when: _Text = ""
    not_when: _Text = ""
    parent: str = ""
    examples: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()


class Codebook(Strict):
    """Codes that belong together.

    Parameters
    ----------
    id
        Short name.
    title
        Title for people.
    description
        What the codebook is for.
    language
        Language that patterns and examples are in, as a two-letter code.
    codes
        The codes, in the file's order.
    """

    id: _Name
    title: _Name
    description: _Text = ""
    language: str = "en"
    codes: Annotated[tuple[Code, ...], AfterValidator(_any)]

    def __getitem__(self, code: str) -> Code:
        return {one.id: one for one in self.codes}[code]

    def __contains__(self, code: object) -> bool:
        return code in self.ids

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the codes, in order."""
        return tuple(code.id for code in self.codes)

    def in_order(self) -> tuple[Code, ...]:
        """Codes, each somewhere behind the one above it."""
        return tuple(sorted(self.codes, key=lambda code: len(self.above(code.id))))

    def above(self, code: str) -> tuple[str, ...]:
        """Ids of the codes above a code, nearest first.

        Examples
        --------
        >>> codes = (Code(id="help", name="Help"), Code(id="asked", name="Asked", parent="help"))
        >>> Codebook(id="b", title="B", codes=codes).above("asked")
        ('help',)
        """
        parents = {one.id: one.parent for one in self.codes if one.parent}
        found: list[str] = []
        while code in parents and parents[code] not in found:
            code = parents[code]
            found.append(code)
        return tuple(found)


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
    codebook, problems = read_codebook(Path(path), Path(path).name)
    if codebook is None:
        raise CaseError(Path(path).stem, problems)
    return codebook


def read_codebook(path: Path, name: str) -> tuple[Codebook | None, list[Problem]]:
    """Read a codebook file without raising; see :func:`parse_codebook`."""
    text, problems = read_text(path, name)
    if text is None:
        return None, problems
    codebook, more = parse_codebook(text, name=name)
    return codebook, problems + more


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
        The codebook (None if there is an error) and every problem found; what a code should say and does not is one
        warning.

    Examples
    --------
    >>> parse_codebook("id: a\ntitle: A\n", name="a.yml")[1][0].message
    "key 'codes' is missing. Add it."
    """
    document, lines, problems = parse_yaml(text, name)
    if document is None:
        return None, problems
    codebook, problems = checked(Codebook, _filled(document), name, lines)
    problems += _tree_faults(document.get("codes"), name, lines)
    if codebook is None or problems:
        return None, problems
    return codebook, _lacking(codebook, name)


def with_parents(codings: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Let a code count for the codes above it.

    Parameters
    ----------
    codings
        Work table ``codings``.
    codebook
        The codes and which stands above which.

    Returns
    -------
    DataFrame
        The codings, and one of each code above for every turn that carries a code below it and not that code itself.

    Examples
    --------
    >>> import pandas as pd
    >>> codes = (Code(id="help", name="Help"), Code(id="asked", name="Asked", parent="help"))
    >>> codings = pd.DataFrame({"coder": ["a"], "activity": ["m"], "turn": ["1"], "code": ["asked"]})
    >>> with_parents(codings, Codebook(id="b", title="B", codes=codes))["code"].tolist()
    ['asked', 'help']
    """
    import pandas as pd

    above = codings.assign(code=codings["code"].map(codebook.above)).reset_index(drop=True)
    above = above.explode("code").dropna(subset="code")
    above = above.iloc[above.groupby(level=0).cumcount().argsort(kind="stable")]  # the nearest first
    both = pd.concat([codings.assign(added=False), above.assign(added=True)], ignore_index=True)
    again = both["added"].astype(bool) & both.duplicated(["coder", "activity", "turn", "code"])
    return both[~again].drop(columns="added").reset_index(drop=True).astype(codings.dtypes)


def _filled(entry: Any) -> Any:
    """The document without keys that hold nothing."""
    if isinstance(entry, dict):
        return {key: _filled(value) for key, value in entry.items() if value not in (None, "", [])}
    return [_filled(part) for part in entry] if isinstance(entry, list) else entry


def _tree_faults(entries: Any, name: str, lines: Mapping[tuple[str | int, ...], int]) -> list[Problem]:
    """Codes that are defined twice, or hang on a code that is not there or on themselves."""
    codes = [entry if isinstance(entry, dict) else {} for entry in (entries if isinstance(entries, list) else [])]
    first: dict[str, int] = {}
    problems = []
    for n, code in enumerate(codes):
        identity = str(code.get("id") or "")
        if identity and first.setdefault(identity, n) != n:
            row = lines.get(("codes", first[identity], "id"))
            message = f"code '{identity}' is defined twice, first in row {row}. Rename one."
            problems.append(Problem("error", name, lines.get(("codes", n, "id")), "id", identity, message))
    above = {str(code.get("id")): str(code["parent"]) for code in codes if code.get("parent")}
    for identity, parent in above.items():
        seen, at = {identity}, parent
        while at in above and at not in seen:
            seen.add(at)
            at = above[at]
        if parent not in first or at in seen:
            why = "which is no code of this codebook" if parent not in first else "which hangs on this code itself"
            row = lines.get(("codes", first[identity], "parent"))
            message = f"'parent' of code '{identity}' is '{parent}', {why}. Correct it."
            problems.append(Problem("error", name, row, "parent", parent, message))
    return problems


def _lacking(codebook: Codebook, name: str) -> list[Problem]:
    parents = {code.parent for code in codebook.codes}
    lacking = {part: [code for code in codebook.codes if not getattr(code, part) and code.id not in parents] for part in RECOMMENDED}  # fmt: skip
    said = [f"{part.replace('_', ' ')} of {len(codes)}" for part, codes in lacking.items() if codes]
    if not said:
        return []
    first = next(codes[0].id for codes in lacking.values() if codes)
    n_codes = len(codebook.codes)
    message = (
        f"codes of the codebook lack what two coders need to use them alike: {', '.join(said)} of {n_codes} "
        f"{'code' if n_codes == 1 else 'codes'} (the first: '{first}'). Add it when you can."
    )
    return [Problem("warning", name, None, "codes", first, message)]
