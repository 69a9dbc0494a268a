"""case.yml: what the files of a case mean, as a checked, frozen model."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from nicmethods.files.yamlfiles import Strict

__all__ = ["CaseConfig", "Exclude", "Files", "Privacy", "Relation", "TableFile", "TieFile", "Wave"]


def _as_list(value: object) -> object:
    """One text where a list of texts is meant; true and false as tables write them."""
    items = value if isinstance(value, (list, tuple)) else [value]
    return [str(item).lower() if isinstance(item, bool) else item for item in items]


_Texts = Annotated[tuple[str, ...], BeforeValidator(_as_list)]


class Wave(Strict):
    """One survey wave."""

    id: str
    opened: dt.date | None = None
    closed: dt.date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Wave:
        if self.opened and self.closed and self.closed < self.opened:
            message = f"wave '{self.id}' closes ({self.closed}) before it opens ({self.opened}); correct the dates"
            raise ValueError(message)
        return self


class Asked(Strict):
    """Whom a question was about: everyone, or the people of one's own group."""

    within: str | None = None


class Relation(Strict):
    """One survey question."""

    name: str
    question: str = ""
    scale: dict[float, str] = {}
    threshold: float = Field(default=1, gt=0)
    asked: Asked = Asked()
    directed: bool = True

    @field_validator("asked", mode="before")
    @classmethod
    def _all_or_within(cls, asked: object) -> object:
        if isinstance(asked, str) and asked != "all":
            message = (
                f"'asked' is '{asked}'; write all, or {{within: site}} where people were asked about their own site"
            )
            raise ValueError(message)
        return {} if asked == "all" else asked


class TableFile(Strict):
    """Where a table stands if not in the usual csv, and what its columns and values are called there."""

    path: str
    sheet: str | None = None
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}


class TieFile(TableFile):
    """One file of survey answers, or one question in it: its shape, and how its answers are read.

    ``edges``: a row a tie. ``matrix``: a row a person who answers, a column a person who is named. ``wide``: a row an answered
    questionnaire, a column a person who is named. ``lists``: a row an answered questionnaire, cells that name people.
    ``graph``: Pajek, DL, GraphML, GEXF.
    """

    shape: Literal["edges", "matrix", "wide", "lists", "graph"] = "edges"
    wave: str | None = None
    relation: str | None = None
    header: bool = True
    ids: bool = True
    direction: Literal["row_names_column", "column_names_row"] = "row_names_column"
    mutual: bool = False
    again: Literal["refused", "highest", "sum"] = "refused"
    headers: int = Field(default=1, ge=1, le=5)
    who: _Texts = ()
    question: _Texts = ()
    strength: _Texts = ()
    split: _Texts = ()
    ticks: bool = False
    blank: Literal["unknown", "zero"] = "unknown"
    nobody: _Texts = ()
    finished: dict[str, _Texts] = {}
    leave_out: dict[str, _Texts] = {}

    @model_validator(mode="after")
    def _says_enough(self) -> TieFile:
        if self.shape == "matrix" and self.wave is None:
            raise ValueError(f"'{self.path}' is a matrix and names no wave; add wave: followed by a wave id")
        if self.shape != "edges" and self.wave is None and "wave" not in self.columns:
            message = f"'{self.path}' names no wave; add wave: followed by a wave id, or columns: {{wave: …}} where a column says it"
            raise ValueError(message)
        if self.shape in ("wide", "lists") and not self.who:
            raise ValueError(f"'{self.path}' does not say in which column those who answer stand; add who:")
        return self


class Files(Strict):
    """File mappings; what is not named here stands in the usual csv."""

    roster: TableFile | None = None
    ties: tuple[TieFile, ...] = ()
    responses: TableFile | None = None
    activities: TableFile | None = None
    attendance: TableFile | None = None
    attributes: TableFile | None = None
    people: TableFile | None = None


class Privacy(Strict):
    """What may be published: names that are none, and how many people must share an attribute for it to be shown."""

    allow: tuple[str, ...] = ()
    min_cell: int = Field(default=0, ge=0)


class Exclude(Strict):
    """What is left out of every table: people who took back their consent, waves, activities, roles, relations."""

    people: _Texts = ()
    waves: _Texts = ()
    activities: _Texts = ()
    roles: _Texts = ()
    relations: _Texts = ()


class CaseConfig(Strict):
    """Everything case.yml may say; unknown keys are problems."""

    title: str
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
    responses: Literal["all"] | dict[str, _Texts] | None = None
    exclude: Exclude = Exclude()

    @field_validator("responses", mode="before")
    @classmethod
    def _for_each_wave(cls, said: object) -> object:
        """``all``; a list of people, for every wave; or either of them wave by wave."""
        if said is not None and said != "all" and not isinstance(said, (dict, list)):
            raise ValueError(f"'responses' is '{said}'; write all, a list of ids, or for each wave either of them")
        return {"*": said} if isinstance(said, list) else said

    @model_validator(mode="after")
    def _unique_and_in_order(self) -> CaseConfig:
        for kind, names in (("wave", [w.id for w in self.waves]), ("relation", [r.name for r in self.relations])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{kind} '{twice[0]}' stands twice; every {kind} needs an id of its own")
        for earlier, later in pairwise(self.waves):
            end, start = earlier.closed or earlier.opened, later.opened or later.closed
            if end and start and start < end:
                raise ValueError(f"wave '{later.id}' ({start}) begins before wave '{earlier.id}' ends ({end}); list waves in the order of their dates, without overlap")  # fmt: skip
        return self
