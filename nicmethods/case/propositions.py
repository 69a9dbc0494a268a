"""What a study claims, as data: propositions, each with its indicator in the survey and in the talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import field_validator, model_validator

from nicmethods.errors import CaseError
from nicmethods.files.models import Strict, checked
from nicmethods.files.yamlfiles import read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from nicmethods.errors import Problem

__all__ = ["Indicator", "Proposition", "Propositions", "load_propositions", "parse_propositions"]


class Indicator(Strict):
    """What one strand measures for a proposition, and which way it should fall.

    Attributes
    ----------
    indicator
        Name of the indicator, from ``docs/definitions/joint.md``.
    expect
        The predicted direction: ``above`` or ``below`` the reference.
    than
        The reference; blank: the indicator's own (0, or what chance would give).
    scope
        Pairs ``within`` or ``across`` sites only; blank: all.
    roles
        Pairs of these two roles only, or of the groups ``hub`` and ``member``; blank: all.
    from_wave, to_wave
        One interval only; blank: all intervals together.
    """

    indicator: str
    expect: Literal["above", "below"] = "above"
    than: float | None = None
    scope: Literal["within", "across"] | None = None
    roles: tuple[str, str] | None = None
    from_wave: str | None = None
    to_wave: str | None = None

    @model_validator(mode="after")
    def _one_interval(self) -> Indicator:
        if (self.from_wave is None) != (self.to_wave is None):
            raise ValueError("'from_wave' and 'to_wave' name one interval together; give both or none")
        return self


class Proposition(Strict):
    """One claim.

    Attributes
    ----------
    id, statement
        Short name, and the claim in a sentence.
    network, talk
        Indicator of each strand; at least one.
    why
        Where the claim comes from.
    """

    id: str
    statement: str
    network: Indicator | None = None
    talk: Indicator | None = None
    why: str = ""

    @model_validator(mode="after")
    def _some_strand(self) -> Proposition:
        if self.network is None and self.talk is None:
            raise ValueError(f"proposition '{self.id}' names no indicator; give it 'network', 'talk' or both")
        return self


class Propositions(Strict):
    """The propositions of a study, in order."""

    id: str
    title: str
    description: str = ""
    propositions: tuple[Proposition, ...]

    @field_validator("propositions")
    @classmethod
    def _told_apart(cls, propositions: tuple[Proposition, ...]) -> tuple[Proposition, ...]:
        names = [proposition.id for proposition in propositions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"proposition '{twice[0]}' stands twice; every proposition needs an id of its own")
        return propositions


def load_propositions(path: Path) -> Propositions:
    """Read a propositions file, ``codebooks/propositions.yml`` by default.

    Parameters
    ----------
    path
        The YAML file.

    Returns
    -------
    Propositions
        The propositions in the file's order. Whether an indicator exists is settled where it is computed.

    Raises
    ------
    CaseError
        With every problem of the file: what cannot be read, unknown and missing keys, ids that stand twice.
    """
    document, lines, problems = read_yaml(path, path.name)
    found = None
    if document is not None:
        found, more = parse_propositions(document, path.name, lines)
        problems += more
    if found is None:
        raise CaseError(path.stem, problems)
    return found


def parse_propositions(
    document: Mapping[str, Any], name: str, lines: Mapping[tuple[str | int, ...], int]
) -> tuple[Propositions | None, list[Problem]]:
    """Check the content of a propositions file.

    Parameters
    ----------
    document
        What the file says.
    name
        The file's name, for problems.
    lines
        Line of each key, by its path in the document.

    Returns
    -------
    tuple
        The propositions (None if they cannot be used) and every problem found.

    Examples
    --------
    >>> parse_propositions({"id": "p", "title": "P", "propositions": [{"id": "a"}]}, "p.yml", {})[1][0].message
    "key 'propositions.0.statement' is missing. Add it."
    """
    return checked(Propositions, document, name, lines)
