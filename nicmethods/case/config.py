"""case.yml: what the files of a case mean, as a checked, frozen model."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from nicmethods.files.models import Strict, checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.errors import Problem

__all__ = ["CaseConfig", "Files", "Privacy", "Relation", "TableFile", "TieFile", "Wave", "parse_config"]

# YAML reads `2026` or `1` as a number where an id or a title is meant.
_Text = Annotated[str, Field(coerce_numbers_to_str=True)]


class Wave(Strict):
    """One survey wave."""

    id: _Text
    opened: dt.date | None = None
    closed: dt.date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Wave:
        if self.opened and self.closed and self.closed < self.opened:
            raise ValueError(
                f"wave '{self.id}' closes ({self.closed}) before it opens ({self.opened}); correct the dates"
            )
        return self


class Asked(Strict):
    """Whom a question was about: everyone, or the people of one's own group."""

    within: str | None = None


class Relation(Strict):
    """One survey question."""

    name: _Text
    question: str = ""
    scale: dict[float, _Text] = {}
    threshold: float = Field(default=1, gt=0)
    asked: Asked = Asked()
    directed: bool = True

    @field_validator("asked", mode="before")
    @classmethod
    def _all_or_within(cls, asked: object) -> object:
        if isinstance(asked, str) and asked != "all":
            raise ValueError(
                f"'asked' is '{asked}'; write all, or {{within: site}} where people were asked about their own site"
            )
        return {} if asked == "all" else asked


class TableFile(Strict):
    """Where a table stands if not in the usual csv, and what its columns and values are called there."""

    path: str
    sheet: str | None = None
    columns: dict[str, _Text] = {}
    values: dict[str, dict[str, _Text]] = {}

    @field_validator("values", mode="before")
    @classmethod
    def _keys_as_text(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        return {
            column: {str(key): value for key, value in mapping.items()} if isinstance(mapping, dict) else mapping
            for column, mapping in values.items()
        }


class TieFile(TableFile):
    """One file of survey ties: an edge list, or the matrix of one wave."""

    shape: Literal["edges", "matrix"] = "edges"
    wave: _Text | None = None
    relation: _Text | None = None
    header: bool = True
    ids: bool = True
    direction: Literal["row_names_column", "column_names_row"] = "row_names_column"

    @model_validator(mode="after")
    def _matrix_has_a_wave(self) -> TieFile:
        if self.shape == "matrix" and self.wave is None:
            raise ValueError(f"'{self.path}' is a matrix and names no wave; add wave: followed by a wave id")
        return self


class Files(Strict):
    """File mappings; what is not named here stands in the usual csv."""

    roster: TableFile | None = None
    ties: tuple[TieFile, ...] = ()
    responses: TableFile | None = None
    activities: TableFile | None = None
    attendance: TableFile | None = None
    people: TableFile | None = None


class Privacy(Strict):
    """What may be published: names that are none, and how many people must share an attribute for it to be shown."""

    allow: tuple[str, ...] = ()
    min_cell: int = Field(default=0, ge=0)


class CaseConfig(Strict):
    """Everything case.yml may say; unknown keys are problems."""

    title: _Text
    description: str = ""
    question: str = ""
    synthetic: bool = False
    waves: tuple[Wave, ...] = ()
    relations: tuple[Relation, ...] = ()
    site: str = "site"
    role: str = "role"
    roles: dict[Literal["hub", "member"], tuple[str, ...]] = {}
    codebook: str = "help"
    files: Files = Files()
    privacy: Privacy = Privacy()

    @model_validator(mode="after")
    def _unique_and_in_order(self) -> CaseConfig:
        for kind, names in (("wave", [w.id for w in self.waves]), ("relation", [r.name for r in self.relations])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{kind} '{twice[0]}' stands twice; every {kind} needs an id of its own")
        for earlier, later in zip(self.waves, self.waves[1:], strict=False):
            end, start = earlier.closed or earlier.opened, later.opened or later.closed
            if end and start and start < end:
                raise ValueError(
                    f"wave '{later.id}' ({start}) begins before wave '{earlier.id}' ends ({end}); list waves in the "
                    "order of their dates, without overlap"
                )
        return self


def parse_config(
    document: Mapping[str, Any], name: str, lines: Mapping[tuple[str | int, ...], int]
) -> tuple[CaseConfig | None, list[Problem]]:
    """Check the content of case.yml.

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
        The configuration (None if it cannot be used) and every problem found.
    """
    return checked(CaseConfig, document, name, lines)
