"""Documents held against a model: unknown keys are problems, and every problem has its line."""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from nicmethods.errors import Problem
from nicmethods.files.yamlfiles import Lines, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["Strict", "checked", "read_checked"]

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """A frozen model that knows its keys; YAML's numbers are text where text is meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


def checked(
    model: type[Model], document: Mapping[str, Any], name: str, lines: Lines
) -> tuple[Model | None, list[Problem]]:
    """Hold a document against a model.

    Parameters
    ----------
    model
        What the document must be.
    document
        What the file says.
    name
        The file's name, for problems.
    lines
        Line of each key, by its path in the document.

    Returns
    -------
    tuple
        The model (None if it cannot be made) and every problem found.
    """
    try:
        return model.model_validate(document), []
    except ValidationError as error:
        return None, [_problem(found, model, name, lines) for found in error.errors(include_url=False)]


def read_checked(model: type[Model], path: Path, name: str) -> tuple[Model | None, Lines, list[Problem]]:
    """Read a YAML file as a model: the model (None if it cannot be made), the line of each key, and every problem."""
    document, lines, problems = read_yaml(path, name)
    found, more = checked(model, document, name, lines) if document is not None else (None, [])
    return found, lines, problems + more


def _problem(found: Any, model: type[BaseModel], name: str, lines: Lines) -> Problem:
    place = tuple(part for part in found["loc"] if part != "[key]")
    key = ".".join(str(part) for part in place)
    value = found["input"]
    shown = str(value) if isinstance(value, (str, int, float, bool, dt.date)) else ""
    if found["type"] == "extra_forbidden":
        message = f"unknown key '{key}'. {_advice(str(place[-1]), _model_at(model, place[:-1]))}"
    elif found["type"] == "missing":
        message = f"key '{key}' is missing. Add it."
    elif found["type"] == "value_error":
        message = f"{found['ctx']['error']}."
    else:
        quoted = f" is '{shown}'; it" if shown else ""
        message = f"'{key}'{quoted} {_must(found)}."
    line = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)
    return Problem("error", name, line, key, shown, message)


_KINDS = {
    "date": "must be a date written as YYYY-MM-DD",
    "tuple": "must be a list, its items on lines that begin with a dash",
    "dict": "must hold keys and values",
    "model": "must hold keys and values",
    "bool": "must be true or false",
    "float": "must be a number",
    "int": "must be a whole number",
    "string": "must be text",
}


def _must(found: Any) -> str:
    said = str(found["msg"]).replace("Input should be", "must be", 1).replace("Input should", "must", 1)
    return _KINDS.get(found["type"].split("_")[0], said)


def _advice(key: str, model: type[BaseModel]) -> str:
    known = sorted(model.model_fields)
    close = get_close_matches(key, known, n=1)
    hint = f"Did you mean '{close[0]}'? " if close else ""
    return f"{hint}Known keys: {', '.join(known)}."


def _model_at(model: type[BaseModel], path: Iterable[str | int]) -> type[BaseModel]:
    """The model that stands at a place in a document."""
    for part in path:
        field = model.model_fields.get(str(part))
        model = (_inner(field.annotation) if field else None) or model
    return model


def _inner(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)
