"""YAML read plainly: text, numbers, true and false, lists and mappings, each with its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from nicmethods.errors import Problem
from nicmethods.files.textfiles import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["Lines", "added_to_list", "parse_yaml", "read_yaml"]

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
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases (& and *) are not read", problem_mark=event.start_mark
            )
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
        fault(
            text.count("\n", 0, error.position) + 1, "a character stands here that YAML does not allow. Take it away."
        )
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
    before, _, problems = parse_yaml(text, "")
    if before is None or problems:
        return None
    outer, inner = keys
    root = yaml.compose(text, Loader=_Loader)
    if not isinstance(root, yaml.MappingNode):
        return None
    flow = yaml.safe_dump(dict(item), default_flow_style=True, allow_unicode=True, sort_keys=False, width=10**6).strip()
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"

    def under(node: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
        return next(((name, value) for name, value in node.value if name.value == key), None)

    block = under(root, outer)
    if block is None or block[1].tag.endswith(":null"):
        head = [] if block else [f"{outer}:\n"]
        at = block[0].start_mark.line + 1 if block else len(lines)
        new = [*lines[:at], *head, f"  {inner}:\n", f"    - {flow}\n", *lines[at:]]
    elif not isinstance(block[1], yaml.MappingNode):
        return None
    elif block[1].flow_style:
        held = under(block[1], inner)
        ends = held[1].end_mark.index if held else block[1].end_mark.index
        if held and not (isinstance(held[1], yaml.SequenceNode) and held[1].flow_style):
            return None
        mark = ", " if (held[1].value if held else block[1].value) else ""
        new = [text[: ends - 1].rstrip(), mark, flow if held else f"{inner}: [{flow}]", text[ends - 1 :]]
    else:
        held = under(block[1], inner)
        if held is None or held[1].tag.endswith(":null"):
            at, indent = (held[0] if held else block[1]).start_mark.line, " " * block[1].start_mark.column
            head = [] if held else [f"{indent}{inner}:\n"]
            at += bool(held)
            new = [*lines[:at], *head, f"{indent}  - {flow}\n", *lines[at:]]
        elif not isinstance(held[1], yaml.SequenceNode):
            return None
        elif held[1].flow_style:
            ends = held[1].end_mark.index
            new = [text[: ends - 1].rstrip(), ", " if held[1].value else "", flow, text[ends - 1 :]]
        else:
            last = held[1].value[-1].end_mark
            at = last.line + (last.column > 0 and bool(text.splitlines()[last.line : last.line + 1]) and last.line < len(lines) and lines[last.line][: last.column].strip() != "")  # fmt: skip
            new = [*lines[:at], f"{' ' * held[1].start_mark.column}- {flow}\n", *lines[at:]]
    made = "".join(new)
    after, _, problems = parse_yaml(made, "")
    wanted = parse_yaml(flow, "")[0]
    listed = (before.get(outer) or {}).get(inner) or []
    expected = {**before, outer: {**(before.get(outer) or {}), inner: [*listed, wanted]}}
    return made if after == expected and not problems else None


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
    if (
        isinstance(node, yaml.ScalarNode)
        and kind in _SCALARS
        and re.fullmatch(_SCALARS[kind][0] or "(?s:.*)", node.value)
    ):
        return _SCALARS[kind][2](node.value)
    fault(line, f"the tag '{node.tag}' is not read. Write plain text, numbers, lists and mappings.")
    return None


def _mapping(
    node: yaml.MappingNode, place: tuple[str | int, ...], lines: Lines, fault: Callable[..., None]
) -> dict[str, Any]:
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
