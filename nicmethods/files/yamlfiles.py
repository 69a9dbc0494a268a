"""YAML read plainly (text, numbers, true and false, lists and mappings, each with its line), and held against a model."""

from __future__ import annotations

import datetime as dt
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from nicmethods.errors import Problem
from nicmethods.files.textfiles import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

__all__ = ["Lines", "Strict", "added_to_list", "checked", "parse_yaml", "read_checked", "read_yaml"]

Lines = dict[tuple[str | int, ...], int]
"""Line of each key and list item, by its path in the document: ``("waves", 0, "id")``."""

# Ids such as 007, 1e5, NO or 12:30 stay the text they are; dates are read by whoever wants a date.
_SCALARS: dict[str, tuple[str, str, Callable[[str], Any]]] = {
    "null": (r"|~|null|Null|NULL", "~nN\0", lambda _: None),
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF", lambda text: text.casefold() == "true"),
    "int": (r"[-+]?(?:0|[1-9][0-9]{0,17})", "-+0123456789", int),
    "float": (r"[-+]?(?:0|[1-9][0-9]{0,17})?\.[0-9]{1,17}", "-+.0123456789", float),
    "str": ("", "", str),
}


class _Loader(yaml.SafeLoader):
    """Composes nodes; anchors are refused, since a few of them can unfold to millions of nodes."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            said = "anchors and aliases (& and *) are not read"
            raise yaml.MarkedYAMLError(problem=said, problem_mark=event.start_mark)
        return super().compose_node(parent, index)


for _kind, (_pattern, _first, _) in _SCALARS.items():
    if _first:
        _Loader.add_implicit_resolver(
            f"tag:yaml.org,2002:{_kind}", re.compile(f"(?:{_pattern})$"), [c if c != "\0" else "" for c in _first]
        )


def read_yaml(path: Path, name: str) -> tuple[dict[str, Any] | None, Lines, list[Problem]]:
    """Read a YAML file whose top level is a mapping.

    Parameters
    ----------
    path
        Where the file is.
    name
        How a person would name it, for problems.

    Returns
    -------
    tuple
        The document (None if there is an error), the line of each key and item, and the problems.
    """
    text, problems = read_text(path, name)
    if text is None:
        return None, {}, problems
    document, lines, more = parse_yaml(text, name)
    return document, lines, problems + more


def parse_yaml(text: str, name: str) -> tuple[dict[str, Any] | None, Lines, list[Problem]]:
    r"""Turn YAML text into a mapping.

    All keys are text. Scalars are text, numbers, ``true``/``false`` or null; ``yes``, ``no``, dates and numbers with
    leading zeros stay text. A key given twice, tags, anchors and aliases are errors. Nothing in the text is ever run.

    Parameters
    ----------
    text
        The YAML.
    name
        The file's name, for problems.

    Returns
    -------
    tuple
        The document (None if there is an error), the line of each key and item, and the problems.

    Examples
    --------
    >>> document, lines, problems = parse_yaml("waves:\n  - id: 007\n    opened: 2024-01-05\n", "case.yml")
    >>> document
    {'waves': [{'id': '007', 'opened': '2024-01-05'}]}
    >>> lines["waves", 0, "opened"]
    3
    """
    lines: Lines = {}
    problems: list[Problem] = []

    def fault(row: int | None, message: str, key: str = "") -> None:
        problems.append(Problem("error", name, row, key, "", message))

    try:
        root = yaml.compose(text, Loader=_Loader)
        document = _value(root, (), lines, fault) if root else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fault(mark.line + 1 if mark else None, _said(error, text, mark))
    except yaml.reader.ReaderError as error:
        row = text.count("\n", 0, error.position) + 1
        fault(row, "a character stands here that YAML does not allow. Take it away.")
    except RecursionError:
        fault(None, "lists and mappings are nested too deeply. Make the file flatter.")
    else:
        if isinstance(document, dict) and not problems:
            return document, lines, []
        if not problems:
            fault(1, "the file holds no keys. Write lines like 'title: My case'.")
    return None, lines, problems


def added_to_list(text: str, keys: tuple[str, str], item: Mapping[str, Any]) -> str | None:
    r"""Add an item to the list under two keys, leaving every other character, comments too, as it is.

    Parameters
    ----------
    text
        The YAML; its top level is a mapping.
    keys
        The two keys, made where they are not there.
    item
        The item.

    Returns
    -------
    str or None
        The text; None where it cannot be added without touching the rest.

    Examples
    --------
    >>> print(added_to_list("title: T  # ours\nfiles:\n  roster: {path: r.csv}\n", ("files", "ties"), {"path": "w1.csv"}))
    title: T  # ours
    files:
      ties:
        - {path: w1.csv}
      roster: {path: r.csv}
    <BLANKLINE>
    """
    before, _, _ = parse_yaml(text, "")
    if before is None:
        return None
    outer, inner = keys
    flow = yaml.safe_dump(dict(item), default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6).strip()
    name, block = _under(yaml.compose(text, Loader=_Loader), outer)
    key, held = _under(block, inner)
    if not isinstance(block, yaml.MappingNode | None) or not isinstance(held, yaml.SequenceNode | None):
        return None
    flowing = next((node for node in (held, block) if node is not None and node.flow_style), None)
    if flowing is not None:
        end = flowing.end_mark.index - 1
        added = flow if flowing is held else f"{inner}: [{flow}]"
        made = text[:end].rstrip() + (", " if flowing.value else "") + added + text[end:]
    else:
        lines = text.splitlines(keepends=True)
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        if held is not None:
            last, head, indent = held.value[-1].end_mark, "", held.start_mark.column
            at = last.line + (last.line < len(lines) and lines[last.line][: last.column].strip() != "")
        elif block is not None:
            head, indent = "" if key else f"{' ' * block.start_mark.column}{inner}:\n", block.start_mark.column + 2
            at = key.start_mark.line + 1 if key else block.start_mark.line
        else:
            head, indent = ("" if name else f"{outer}:\n") + f"  {inner}:\n", 4
            at = name.start_mark.line + 1 if name else len(lines)
        made = "".join([*lines[:at], f"{head}{' ' * indent}- {flow}\n", *lines[at:]])
    after, _, problems = parse_yaml(made, "")
    listed = (before.get(outer) or {}).get(inner) or []
    expected = {**before, outer: {**(before.get(outer) or {}), inner: [*listed, parse_yaml(flow, "")[0]]}}
    return made if after == expected and not problems else None


def _under(node: yaml.Node | None, key: str) -> tuple[yaml.Node | None, yaml.Node | None]:
    """The key and what stands under it, which is nothing where it holds null."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    name, value = next((pair for pair in pairs if pair[0].value == key), (None, None))
    return name, None if value is None or value.tag.endswith(":null") else value


def _said(error: yaml.MarkedYAMLError, text: str, mark: yaml.Mark | None) -> str:
    line = text.split("\n")[mark.line] if mark and mark.line < text.count("\n") + 1 else ""
    if "\t" in line and "\\t" in str(error.problem):
        return "a tab stands where YAML wants blanks. Indent with blanks."
    if str(error.problem).startswith("anchors"):
        return f"{error.problem}. Write out what they stand for."
    return f"this is not YAML: {error.problem or error.context}. Check indentation, colons and quotation marks."


def _value(node: yaml.Node, place: tuple[str | int, ...], lines: Lines, fault: Callable[..., None]) -> object:
    kind = node.tag.removeprefix("tag:yaml.org,2002:")
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode) and kind == "map":
        return _mapping(node, place, lines, fault)
    if isinstance(node, yaml.SequenceNode) and kind == "seq":
        for n, item in enumerate(node.value):
            lines[(*place, n)] = item.start_mark.line + 1
        return [_value(item, (*place, n), lines, fault) for n, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode) and kind in _SCALARS and re.fullmatch(_SCALARS[kind][0] or "(?s:.*)", node.value):  # fmt: skip
        return _SCALARS[kind][2](node.value)
    fault(line, f"the tag '{node.tag}' is not read. Write plain text, numbers, lists and mappings.")
    return None


def _mapping(node: yaml.MappingNode, place: tuple[str | int, ...], lines: Lines, fault: Callable[..., None]) -> dict[str, Any]:  # fmt: skip
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            fault(line, "a key is a list or a mapping. Write plain text before the colon.")
            continue
        key = str(key_node.value)
        if key in values:
            fault(line, f"key '{key}' stands twice, first in line {lines[(*place, key)]}. Keep one.", key)
            continue
        lines[(*place, key)] = line
        values[key] = _value(value_node, (*place, key), lines, fault)
    return values


# Models ---------------------------------------------------------------------------------------------------------------

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
