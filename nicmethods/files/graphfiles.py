"""Graph files -> named ties: Pajek and UCINET's DL by readers of our own, GraphML and GEXF through networkx and a count of our own.

igraph and networkx misread some Pajek and DL files without a word (several relations, lists of arcs, wrapped rows, quoted
names), and networkx reads the first of several GraphML graphs: what a file holds is counted here before anything is believed.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nicmethods.errors import Problem
from nicmethods.files.archives import parse_xml
from nicmethods.files.textfiles import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from xml.etree.ElementTree import Element

__all__ = ["GraphFile", "GraphTie", "is_graph_file", "parse_dl", "parse_graph", "parse_pajek", "read_graph"]

_MOST = 5_000_000
_VALUES = ("weight", "value", "strength")


@dataclass(frozen=True)
class GraphTie:
    """One tie of a graph file: line (None in XML), who, whom, value (None: unknown), relation, whether it goes both ways.

    ``said`` is what other attributes of the tie say, by their names in small letters.
    """

    row: int | None
    source: str
    target: str
    weight: float | None
    relation: str = ""
    both: bool = False
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass
class GraphFile:
    """What a graph file holds.

    Parameters
    ----------
    kind
        ``"Pajek"``, ``"DL"``, ``"GraphML"`` or ``"GEXF"``.
    people
        Labels of the vertices, in order; of a two-mode file the rows first.
    ties
        The ties, zeros of matrices left out; self-ties are in.
    two_mode
        Whether rows and columns are different sets.
    """

    kind: str
    people: list[str] = field(default_factory=list)
    ties: list[GraphTie] = field(default_factory=list)
    two_mode: bool = False


class _GraphError(Exception):
    """Where a graph file stops making sense."""

    def __init__(self, row: int | None, message: str, value: str = "") -> None:
        super().__init__(message)
        self.row, self.message, self.value = row, message, value


def is_graph_file(head: str) -> str:
    r"""Say what kind of graph file a text begins as; empty if it is none.

    Examples
    --------
    >>> is_graph_file("dl n=3"), is_graph_file("% made by hand\n*Vertices 3"), is_graph_file("a,b")
    ('DL', 'Pajek', '')
    """
    start = head.lstrip("\ufeff \t\r\n")
    drawn = re.search(r"<(graphml|gexf)\b", start[:4000])
    if drawn:
        return {"graphml": "GraphML", "gexf": "GEXF"}[drawn[1]]
    if re.match(r"dl\b", start, re.IGNORECASE):
        return "DL"
    return "Pajek" if re.search(r"^\s*\*(vertices|network)\b", head, re.IGNORECASE | re.MULTILINE) else ""


def read_graph(path: Path, name: str, *, part: str | None = None) -> tuple[GraphFile | None, list[Problem]]:
    """Read a graph file.

    Parameters
    ----------
    path
        The file; what it is is told by its content.
    name
        How a person would name it, for problems.
    part
        Which network of a Pajek project is read; None: the only one.

    Returns
    -------
    tuple
        What it holds (None if it cannot be read) and the problems.
    """
    text, problems = read_text(path, name)
    found, more = parse_graph(text, name, part=part) if text is not None else (None, [])
    return found, [problem for problem in problems if "byte-order mark" not in problem.message] + more


def parse_graph(text: str, name: str, *, part: str | None = None) -> tuple[GraphFile | None, list[Problem]]:
    """Read the text of a graph file; see :func:`read_graph`."""
    kind = is_graph_file(text)
    try:
        if kind == "Pajek":
            found = parse_pajek(text, part=part)
        elif kind == "DL":
            found = parse_dl(text)
        elif kind:
            found = _parse_xml(text, kind)
        else:
            raise _GraphError(1, "this is no graph file that is read: Pajek, DL, GraphML and GEXF are.")
        if not found.two_mode:
            _once(found.people)
    except _GraphError as fault:
        seems = f"this seems to be a {kind} file. " if kind else ""
        return None, [Problem("error", name, fault.row, "", fault.value, f"{seems}{fault.message}")]
    return found, []


def _once(labels: list[str]) -> list[str]:
    """The labels, which must differ."""
    twice = next((label for label, n in Counter(labels).items() if n > 1), None)
    if twice is not None:
        raise _GraphError(None, f"the label '{twice}' stands twice, so who is meant cannot be told.", twice)
    return labels


# Pajek ----------------------------------------------------------------------------------------------------------------


def parse_pajek(text: str, *, part: str | None = None) -> GraphFile:
    """Read a Pajek network: ``*Arcs`` one way, ``*Edges`` both ways, lists of either, and matrices; each relation apart."""
    networks = _networks(text)
    titles = ", ".join(title for title, _ in networks)
    if not networks:
        raise _GraphError(None, "there is no *Vertices part, so nobody is named.")
    if len(networks) > 1 and part is None:
        raise _GraphError(networks[1][1][0][0], f"it holds {len(networks)} networks: {titles}. Name one with sheet:.")
    for title, lines in networks:
        if part in (None, title):
            return _pajek_network(lines)
    raise _GraphError(None, f"there is no network '{part}'. There are: {titles}.")


def _networks(text: str) -> list[tuple[str, list[tuple[int, str]]]]:
    """The networks of a file by name; partitions, vectors and the like of a project are no networks."""
    found: list[tuple[str, list[tuple[int, str]]]] = []
    title, skips = "", False
    for n, line in enumerate(map(str.strip, text.split("\n")), start=1):
        word, *rest = line.split() or [""]
        word = word.casefold()
        if word in ("*partition", "*vector", "*permutation", "*cluster", "*hierarchy"):
            skips = True
        elif word == "*network":
            title, skips = " ".join(rest), False
        elif not skips:
            if word == "*vertices":
                found.append((title or f"network {len(found) + 1}", []))
                title = ""
            if found:
                found[-1][1].append((n, line))
    return found


def _pajek_network(lines: list[tuple[int, str]]) -> GraphFile:
    sections: list[tuple[int, str, list[tuple[int, list[str]]]]] = []
    for n, line in lines:
        if line.startswith("*"):
            sections.append((n, line, []))
        elif line and not line.startswith("%"):
            if line.count('"') % 2:
                raise _GraphError(n, "a quotation mark is not closed.", line)
            tokens = [
                quoted or bare for quoted, bare in re.findall(r'"([^"]*)"|([^\s"]+)', line) if quoted or bare
            ] or [""]
            if any(re.fullmatch(r"\[[\d*,-]+\]", token) for token in tokens):
                raise _GraphError(n, "it changes over time ([first-last]), which is not read. Save each wave as a file of its own.", line)  # fmt: skip
            sections[-1][2].append((n, tokens))
    n_people, n_rows = 0, 0
    people: dict[str, str] = {}
    ties: list[GraphTie] = []

    def known(token: str, n: int) -> str:
        if not re.fullmatch(r"\d+", token) or not 1 <= int(token) <= n_people:
            raise _GraphError(n, f"'{token}' is no vertex from 1 to {n_people}.", token)
        return str(int(token))

    def add(n: int, source: str, target: str, weight: float, relation: str) -> None:
        one, other = known(source, n), known(target, n)
        ties.append(GraphTie(n, people.get(one, one), people.get(other, other), weight, relation, section.startswith("edges")))  # fmt: skip

    for at, line, rows in sections:
        section, rest = re.findall(r"\*(\w*)\s*(.*)", line)[0]
        section = section.casefold()
        named = re.match(r":\s*(\d+)?\s*(?:\"([^\"]*)\")?", rest)
        relation = (named[2] or named[1] or "") if named else ""
        if section == "vertices":
            sizes = re.match(r"(\d+)(?:\s+(\d+))?", rest)
            if not sizes or int(sizes[1]) > _MOST:
                raise _GraphError(at, "*Vertices must be followed by how many there are.", rest)
            n_people, n_rows = int(sizes[1]), int(sizes[2] or 0)
            for n, (number, *label) in rows:
                if known(number, n) in people:
                    raise _GraphError(n, f"vertex {number} stands twice.", number)
                people[known(number, n)] = label[0] if label and label[0].strip() else number
        elif section in ("arcs", "edges"):
            for n, tokens in rows:
                own = re.fullmatch(r"(\d+):", tokens[0])
                ends = tokens[1:] if own else tokens
                if len(ends) < 2:
                    raise _GraphError(n, "a tie needs two vertices.", " ".join(tokens))
                is_word = len(ends) > 2 and re.fullmatch(r"(?!nan$|inf$)[A-Za-z]\w*", ends[2], re.IGNORECASE)
                weight = 1.0 if len(ends) == 2 or is_word else _number(ends[2], n)
                add(n, ends[0], ends[1], weight, own[1] if own else relation)
        elif section in ("arcslist", "edgeslist"):
            for n, (source, *targets) in rows:
                known(source, n)
                for target in targets:
                    add(n, source, target, 1.0, relation)
        elif section == "matrix":
            cells = [(n, token) for n, tokens in rows for token in tokens]
            height, width = n_rows or n_people, n_people - n_rows
            if cells and len(cells) != height * width:
                raise _GraphError(cells[-1][0], f"*Matrix holds {len(cells)} values where {height} rows of {width} are meant.")  # fmt: skip
            for k, (n, token) in enumerate(cells):
                if weight := _number(token, n):
                    add(n, str(k // width + 1), str(k % width + 1 + n_rows), weight, relation)
        else:
            raise _GraphError(at, f"'{line.split()[0]}' is not read. Take this part out, or save the network alone.", line.split()[0])  # fmt: skip
    everybody = [people.get(str(k), str(k)) for k in range(1, n_people + 1)]
    return GraphFile("Pajek", everybody, ties, two_mode=n_rows > 0)


def _number(token: str, n: int | None) -> float:
    try:
        value = float(token)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _GraphError(n, f"'{token}' stands where a number must.", token)
    return value


# UCINET's DL ------------------------------------------------------------------------------------------------------------

_MISSING = {"na", ".", "1e38", "1e+38", "1e+038", "nan"}
_KEYS = (
    r"data\s*:|(?:(?:row|column|col)\s+)?labels\s+embedded\b:?|(?:(?:row|column|col|matrix|level)\s+)?labels\s*:"
    r"|\bformat\s*=\s*\w+|diagonal\s*=?\s*(?:absent|present)|\b(?:nr|nc|nm|n)\s*=\s*\d+"
)
_FORMATS = (
    "fullmatrix", "lowerhalf", "upperhalf", "edgelist1", "nodelist1", "nodelist1b", "edgelist2", "nodelist2", "nodelist2b",
)  # fmt: skip


def parse_dl(text: str) -> GraphFile:
    """Read a UCINET DL file in the formats of its documentation; rows of matrices may wrap, labels may be quoted."""
    body = re.sub(r"^\s*dl\b", lambda match: " " * len(match[0]), text, count=1, flags=re.IGNORECASE)
    sizes: dict[str, int] = {}
    form, diagonal = "fullmatrix", True
    embedded: set[str] = set()
    labels: dict[str, tuple[int, int]] = {}
    keys = list(re.finditer(_KEYS, body, re.IGNORECASE))
    n_keys = next((n for n, one in enumerate(keys, start=1) if one[0].casefold().startswith("data")), 0)
    if not n_keys:
        raise _GraphError(None, "there is no 'DATA:', so no ties.")
    at = 0
    for match, following in zip(keys[:n_keys], [*keys[1:n_keys], None], strict=True):
        between = re.search(r"[^\s,]+", body[at : match.start()])
        if between:
            raise _GraphError(_line(body, at + between.start()), f"'{between[0]}' is not understood here.", between[0])
        key = " ".join(match[0].casefold().replace(":", " :").replace("=", " = ").split())
        key = key.removesuffix(" :") if "embedded" in key else key
        at = match.end()
        if key.endswith("embedded"):
            side = {"row": {"row"}, "column": {"column"}, "col": {"column"}}
            embedded |= side.get(key.split()[0], {"row", "column"})
        elif key.startswith("format"):
            form = {"nodelist": "nodelist1", "edgelist": "edgelist1"}.get(key.split()[-1], key.split()[-1])
            if form not in _FORMATS:
                raise _GraphError(_line(body, match.start()), f"format '{form}' is not read. Save it as fullmatrix or edgelist1.", form)  # fmt: skip
        elif key.startswith("diagonal"):
            diagonal = not key.endswith("absent")
        elif following is not None and key.endswith(":"):
            kind = {"col": "column"}.get(key.split()[0], key.split()[0])
            labels[kind] = (at, following.start())
            at = labels[kind][1]
        elif following is not None:
            size, _, value = key.split()
            sizes[size] = int(value)
    return _Dl(body, at, form, diagonal, embedded, labels, sizes).read()


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _listed(text: str, start: int, end: int) -> list[tuple[int, str]]:
    """Tokens with their lines; parted by blanks, commas, = and line ends, quoted where they hold any."""
    lines = enumerate(text[start:end].split("\n"), start=_line(text, start))
    return [(n, bare or quoted) for n, line in lines for quoted, bare in re.findall(r'"([^"]*)"|([^\s,="]+)', line)]


_Held = tuple[list[str], list[str], list[GraphTie]]
"""Labels of rows and of columns, and the ties."""


@dataclass
class _Dl:
    """The data part of a DL file, under what its header says; ``labels`` is where in the text each kind is listed."""

    text: str
    start: int
    form: str
    diagonal: bool
    embedded: set[str]
    labels: dict[str, tuple[int, int]]
    sizes: dict[str, int]

    def read(self) -> GraphFile:
        """Read the data part."""
        n_rows, n_columns = (self.sizes.get(one, self.sizes.get("n", 0)) for one in ("nr", "nc"))
        if not 0 < min(n_rows, n_columns) <= max(n_rows, n_columns) <= _MOST:
            raise _GraphError(1, "N= is missing (or NR= and NC=), so how many people there are is not known.")
        rows, columns = self._names("row", n_rows), self._names("column", n_columns)
        two_mode = self.form.endswith(("2", "2b")) or n_rows != n_columns or bool(rows and columns and rows != columns)
        relations = self._names("matrix" if "matrix" in self.labels else "level")
        n_matrices = self.sizes.get("nm", 1)
        relations = relations or ([""] if n_matrices == 1 else [str(k + 1) for k in range(n_matrices)])
        if len(relations) != n_matrices:
            raise _GraphError(None, f"NM={n_matrices}, but {len(relations)} matrices have a label.")
        if self.form in ("fullmatrix", "lowerhalf", "upperhalf"):
            rows, columns, ties = self._matrices(n_rows, n_columns, rows, columns, relations)
        else:
            rows, columns, ties = self._lists(n_rows, n_columns, rows, columns, relations, two_mode)
        people = list(dict.fromkeys([*rows, *columns])) if two_mode or rows != columns else rows
        return GraphFile("DL", people, ties, two_mode=two_mode)

    def _names(self, kind: str, n: int | None = None) -> list[str]:
        """Labels of rows, columns or matrices, of which there must be `n` if any."""
        start, end = self.labels.get(kind, self.labels.get("labels", (0, 0)) if n else (0, 0))
        listed = [label for _, label in _listed(self.text, start, end)]
        by_line = [line.strip(' ,"') for line in self.text[start:end].split("\n") if line.strip(' ,"')]
        if len(by_line) == n != len(listed):  # a label a line, with blanks and without quotation marks
            listed = by_line
        if listed and n not in (None, len(listed)):
            line = _listed(self.text, start, end)[-1][0]
            raise _GraphError(line, f"{len(listed)} labels are listed where {n} are meant. Put quotation marks round labels with blanks.")  # fmt: skip
        return _once(listed)

    def _matrices(
        self, n_rows: int, n_columns: int, rows: list[str], columns: list[str], relations: list[str]
    ) -> _Held:
        tokens = _listed(self.text, self.start, len(self.text))
        there = [(i, j) for i in range(n_rows) for j in range(n_columns) if self._is_there(i, j)]
        n_labels = n_columns * ("column" in self.embedded) + n_rows * ("row" in self.embedded)
        n_meant = len(relations) * (n_labels + len(there))
        if len(tokens) < n_meant:
            line = tokens[-1][0] if tokens else _line(self.text, self.start)
            raise _GraphError(line, f"the data end here, but {n_meant - len(tokens)} more values are meant.")
        if len(tokens) > n_meant:
            line, token = tokens[n_meant]
            raise _GraphError(line, f"'{token}' stands behind the last value that is meant. Check N= and the rows above.", token)  # fmt: skip
        following = iter(tokens)
        ties: list[GraphTie] = []
        for relation in relations:
            if "column" in self.embedded:
                columns = [next(following)[1] for _ in range(n_columns)]
            found_rows: list[str] = []
            cells: list[tuple[int, int, int, str]] = []
            for i in range(n_rows):
                if "row" in self.embedded:
                    found_rows.append(next(following)[1])
                cells += [(i, j, *next(following)) for j in range(n_columns) if self._is_there(i, j)]
            square = n_rows == n_columns
            rows = found_rows or rows or (columns if square else []) or [str(i + 1) for i in range(n_rows)]
            columns = columns or (rows if square else [str(j + 1) for j in range(n_columns)])
            for i, j, line, token in cells:
                weight = _weight(token, line)
                if weight != 0:
                    ties.append(GraphTie(line, rows[i], columns[j], weight, relation, self.form != "fullmatrix"))
        return rows, columns, ties

    def _is_there(self, i: int, j: int) -> bool:
        if i == j and not self.diagonal:
            return False
        return self.form == "fullmatrix" or (j <= i if self.form == "lowerhalf" else j >= i)

    def _lists(self, n_rows: int, n_columns: int, rows: list[str], columns: list[str], relations: list[str], two_mode: bool) -> _Held:  # fmt: skip
        ends = (rows, columns if two_mode else rows)
        limits = (n_rows, n_columns if two_mode else n_rows)
        seen: tuple[list[str], list[str]] = ([], [])

        def who(token: str, side: int, n: int) -> str:
            side = side if two_mode else 0
            if self.embedded:
                if token not in seen[side]:
                    seen[side].append(token)
                if len(seen[side]) > limits[side]:
                    raise _GraphError(n, f"'{token}' is one more than the {limits[side]} that N= says.", token)
                return token
            if re.fullmatch(r"\d+", token) and 1 <= int(token) <= limits[side]:
                return ends[side][int(token) - 1] if ends[side] else token
            folded = {label.casefold(): label for label in ends[side]}
            if token.casefold() in folded:
                return folded[token.casefold()]
            raise _GraphError(n, f"'{token}' is no number from 1 to {limits[side]} and no label.", token)

        ties: list[GraphTie] = []
        matrix, row = 0, 0
        for n, line in enumerate(self.text[self.start :].split("\n"), start=_line(self.text, self.start)):
            tokens = [token for _, token in _listed(line, 0, len(line))]
            row += bool(tokens)
            if tokens == ["!"]:
                matrix, row = matrix + 1, 0
                if matrix >= len(relations):
                    raise _GraphError(n, f"another matrix begins, but NM={len(relations)}.")
            elif tokens and self.form.startswith("edgelist"):
                if len(tokens) not in (2, 3):
                    raise _GraphError(n, f"a tie has {len(tokens)} words where two people and a value are meant.", line.strip())  # fmt: skip
                weight = _weight(tokens[2], n) if len(tokens) > 2 else 1.0
                if weight != 0:
                    ties.append(GraphTie(n, who(tokens[0], 0, n), who(tokens[1], 1, n), weight, relations[matrix]))
            elif tokens:
                source, *named = tokens
                if self.form.endswith("b"):  # a count of the named comes first, and the n-th row is the n-th person's
                    if not source.isdigit() or int(source) != len(named):
                        raise _GraphError(n, f"the row says '{source}', but {len(named)} follow.", source)
                    source = str(row)
                ties += [GraphTie(n, who(source, 0, n), who(one, 1, n), 1.0, relations[matrix]) for one in named]
        if self.embedded:
            return seen[0], seen[1] if two_mode else seen[0], ties
        rows = rows or [str(i + 1) for i in range(n_rows)]
        return rows, (columns or [str(j + 1) for j in range(n_columns)]) if two_mode else rows, ties


def _weight(token: str, line: int) -> float | None:
    return None if token.casefold() in _MISSING else _number(token, line)


# GraphML and GEXF -------------------------------------------------------------------------------------------------------


def _parse_xml(text: str, kind: str) -> GraphFile:
    """Read the file's nodes, edges, directions and weights, and hold them against what networkx makes of it, where it reads it."""
    root, problems = parse_xml(text.encode("utf-8"), "", root=kind.casefold())
    if root is None:
        raise _GraphError(problems[0].row, problems[0].message)
    graphs = root.findall("graph")
    if len(graphs) != 1 or graphs[0].find(".//graph") is not None:
        raise _GraphError(None, "it holds several graphs, or graphs inside graphs. Save each as a file of its own.")
    found = _graphml(root, graphs[0]) if kind == "GraphML" else _gexf(graphs[0])
    ours = (len(found.people), len(found.ties), round(sum(tie.weight or 0.0 for tie in found.ties), 6))
    theirs = _counted_by_networkx(text, kind)
    if theirs is not None and theirs != ours:
        said = "{} people, {} ties, values of {:g} in all"
        raise _GraphError(None, f"counted here: {said.format(*ours)}; as networkx reads it: {said.format(*theirs)}. Save it as an edge list (csv).")  # fmt: skip
    return found


def _ends(edge: Element, known: dict[str, str]) -> tuple[str, str]:
    ends = (edge.get("source", ""), edge.get("target", ""))
    for end in ends:
        if end not in known:
            raise _GraphError(None, f"an edge names '{end}', who is no node of the file.", end)
    return known[ends[0]], known[ends[1]]


def _tie(ends: tuple[str, str], said: dict[str, str], relation: str, both: bool) -> GraphTie:
    """A tie of an XML file with what its attributes say; without one that is called as a value it is worth 1."""
    value = next((said.pop(name) for name in _VALUES if name in said), "1")
    return GraphTie(None, *ends, _number(value, None), relation, both, said)


def _graphml(root: Element, graph: Element) -> GraphFile:
    keys = {key.get("id", ""): key for key in root.iter("key")}

    def attributes(of: Element, kind: str, drawn: str) -> dict[str, str]:
        """What the attributes of a node or an edge say here, else by default, and the label that yEd draws."""
        said = {data.get("key", ""): "".join(data.itertext()).strip() for data in of.findall("data")}
        label = next((text for one in of.iter(drawn) if (text := (one.text or "").strip())), "")
        found = {"label": label}
        for key, declared in keys.items():
            if declared.get("for") in (kind, "all", None) and "yfiles.type" not in declared.attrib:
                text = said.get(key) or declared.findtext("default", "").strip() or ""
                found |= {(declared.get("attr.name") or key).casefold(): text} if text else {}
        return {name: text for name, text in found.items() if text}

    if graph.find(".//hyperedge") is not None:
        raise _GraphError(None, "it holds edges between more than two nodes (hyperedge), which are not read.")
    nodes = []
    for node in graph.iter("node"):
        said, own = attributes(node, "node", "NodeLabel"), node.get("id", "")
        nodes.append((own, said.get("label") or said.get("name") or own))
    _once([node for node, _ in nodes])
    known = dict(nodes)
    directed = graph.get("edgedefault", "undirected") == "directed"
    ties = []
    for edge in graph.iter("edge"):
        ends = _ends(edge, known)
        one_way = edge.get("directed", "true" if directed else "false").casefold() in ("true", "1")
        arrows = next(edge.iter("Arrows"), None)
        if arrows is not None:  # yEd says directed of every edge, and draws which way it goes
            tail, head = (arrows.get(end, "none") != "none" for end in ("source", "target"))
            one_way, ends = tail != head, ends[::-1] if tail and not head else ends
        said = attributes(edge, "edge", "EdgeLabel")
        ties.append(_tie(ends, said, said.pop("relation", ""), not one_way))
    return GraphFile("GraphML", list(known.values()), ties)


def _gexf(graph: Element) -> GraphFile:
    if graph.get("mode") == "dynamic":
        raise _GraphError(None, "it changes over time (mode dynamic), which is not read. Save each wave as a file of its own.")  # fmt: skip
    nodes = [(str(node.get("id", "")), str(node.get("label") or node.get("id", ""))) for node in graph.iter("node")]
    _once([node for node, _ in nodes])
    known = dict(nodes)
    default = graph.get("defaultedgetype", "undirected")
    titles = {
        one.get("id", ""): one.get("title", "").casefold()
        for declared in graph.iter("attributes") if declared.get("class") == "edge" for one in declared.iter("attribute")
    }  # fmt: skip
    ties = []
    for edge in graph.iter("edge"):
        said = {titles[of]: one.get("value", "") for one in edge.iter("attvalue") if (of := one.get("for", "")) in titles}  # fmt: skip
        said |= {name: text for name in ("label", "weight") if (text := edge.get(name))}
        relation = edge.get("kind") or said.pop("relation", "")
        ties.append(_tie(_ends(edge, known), said, relation, edge.get("type", default) != "directed"))
    return GraphFile("GEXF", list(known.values()), ties)


def _counted_by_networkx(text: str, kind: str) -> tuple[int, int, float] | None:
    """People, ties and the sum of their values as networkx reads them; None where it refuses the file."""
    import networkx as nx

    try:
        read = nx.read_graphml if kind == "GraphML" else nx.read_gexf
        with warnings.catch_warnings(action="ignore"):
            graph = read(io.BytesIO(text.encode("utf-8")))
        values = [float(next((data[key] for key in _VALUES if key in data), 1.0)) for _, _, data in graph.edges(data=True)]  # fmt: skip
    except Exception:  # whatever it makes of a file that it does not know
        return None
    return graph.number_of_nodes(), graph.number_of_edges(), round(sum(values), 6)
