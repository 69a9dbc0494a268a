"""A random network written in every shape that is read gives back the same ties, the same zeros, unknowns and answers."""

import csv
import io
import tempfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.config import parse_config
from nicmethods.case.reader import Reader
from nicmethods.case.survey_strand import read_survey
from nicmethods.case.taking_in import look_at, take_in
from nicmethods.files.yamlfiles import read_yaml

PEOPLE = {
    "P1": "Ana Ruiz",
    "P2": "Ben-Ali Okafor",
    "P3": "Levi-Montalcini, Rita",
    "P4": "Zoë Dale",
    "P5": "Cy van de Berg",
}
LABELS = {0: "never", 1: "once, or twice", 2: "often"}
CASE = f"title: T\nwaves: [{{id: w1}}]\nrelations: [{{name: help, scale: {{0: never, 1: '{LABELS[1]}', 2: often}}}}]\n"
ROSTER = "actor,name\n" + "".join(f'{actor},"{name}"\n' for actor, name in PEOPLE.items())
IDS = list(PEOPLE)
PAIRS = [(a, b) for a in IDS for b in IDS if a != b]


@st.composite
def networks(draw):
    """For each person whether there is an answer, and for those the value of each pair: 0, 1, 2, or None (left out)."""
    answered = draw(st.lists(st.booleans(), min_size=5, max_size=5).filter(any))
    who = [actor for actor, said in zip(IDS, answered, strict=True) if said]
    values = {pair: draw(st.sampled_from([0, 1, 2, None])) for pair in PAIRS if pair[0] in who}
    for actor in who:  # an answer holds something
        if all(values[actor, other] is None for other in IDS if other != actor):
            values[actor, next(other for other in IDS if other != actor)] = draw(st.sampled_from([0, 1, 2]))
    return who, values


def table(rows, delimiter=","):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def cell(values, a, b, labels):
    value = values.get((a, b)) if a != b else None
    return "" if value is None else labels[value] if labels else str(value)


def body(who, values, labels=None):
    return [[cell(values, a, b, labels) for b in IDS] for a in who]


def matrix(who, values):
    return table([["", *PEOPLE.values()], *([PEOPLE[a], *row] for a, row in zip(IDS, body(IDS, values), strict=True))])


def rectangle(who, values):
    return table([["", *IDS], *([a, *row] for a, row in zip(who, body(who, values, LABELS), strict=True))], ";")


def workbook(who, values):
    book = openpyxl.Workbook()
    for row in [["", *IDS], *([a, *line] for a, line in zip(IDS, body(IDS, values), strict=True))]:
        book.active.append([int(one) if one.isdigit() else one or None for one in row])
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def google(who, values):
    head = ["Timestamp", "Your name", *(f"How often? [{name}]" for name in PEOPLE.values())]
    return table([head, *(["2024", PEOPLE[a], *row] for a, row in zip(who, body(who, values, LABELS), strict=True))])


def qualtrics(who, values):
    meta = ["StartDate", "EndDate", "Status", "Finished", "ExternalReference"]
    head = [
        [*meta, *(f"Q7_{n * 3 + 1}" for n in range(5))],
        [*meta, *(f"How often? - {name}" for name in PEOPLE.values())],
    ]
    head.append([f'{{"ImportId":"{one}"}}' for one in head[0]])
    answers = [
        ["2024-09-01", "2024-09-01", "IP Address", "True", a, *row]
        for a, row in zip(who, body(who, values, LABELS), strict=True)
    ]
    return table([*head, *answers, ["2024-09-01", "2024-09-01", "Survey Preview", "True", "P1", *["often"] * 5]])


def surveymonkey(who, values):
    meta = ["Respondent ID", "Collector ID", "Start Date", "End Date", "Email Address", "Custom Data 1"]
    head = [[*meta, "How often?", *[""] * 4], [*[""] * 6, *PEOPLE.values()]]
    return table(
        [
            *head,
            *(
                ["1.1E+11", "4", "2024", "2024", "", a, *row]
                for a, row in zip(who, body(who, values, LABELS), strict=True)
            ),
        ]
    )


TELLS_UNKNOWN = {
    "matrix.csv": matrix, "rectangle.csv": rectangle, "book.xlsx": workbook, "google.csv": google, "qualtrics.csv": qualtrics,
    "surveymonkey.csv": surveymonkey,
}  # fmt: skip


def looked_at(place, name, data):
    folder = Path(place) / "data" / "c"
    folder.mkdir(parents=True)
    (folder / "case.yml").write_text(CASE)
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    (Path(place) / name).write_bytes(data)
    return folder, look_at(Path(place) / name, folder, {})


def read_back(folder, taken):
    """Ties and who answered, as the case is read once the file is in it."""
    take_in(taken, folder)
    document, lines, _ = read_yaml(folder / "case.yml", "case.yml")
    config, problems = parse_config(document, "case.yml", lines)
    reader = Reader(folder)
    survey = read_survey(reader, config, taken.roster, pd.DataFrame({"alias": [], "actor": []}, dtype="str"))
    errors = [problem for problem in (*problems, *reader.problems) if problem.level == "error"]
    ties = {
        (tie.source, tie.target): None if pd.isna(tie.weight) else int(tie.weight)
        for tie in survey["ties"].itertuples()
    }
    responses = survey["responses"]
    return ties, responses.loc[responses["responded"], "actor"].tolist(), errors


def through(name, data):
    with tempfile.TemporaryDirectory() as place:
        folder, taken = looked_at(place, name, data)
        assert taken.is_plain, (taken.look, taken.problems)
        ties, answered, errors = read_back(folder, taken)
    assert not errors
    return ties, answered


@pytest.mark.parametrize("name", TELLS_UNKNOWN)
@settings(deadline=None, max_examples=8)
@given(networks())
def test_shapes_that_tell_zeros_from_unknowns(name, network):
    who, values = network
    read, answered = through(name, TELLS_UNKNOWN[name](who, values))
    assert {pair: value for pair, value in read.items() if pair[0] in who} == values
    assert all(value is None for pair, value in read.items() if pair[0] not in who)
    assert answered == who


def edges(who, values):
    return table([["source", "target", "weight"], *([a, PEOPLE[b], v] for (a, b), v in values.items() if v)])


def kumu(who, values):
    """Several targets of the same value in one cell."""
    rows = []
    for a in who:
        for value in (1, 2):
            named = [PEOPLE[b] for b in IDS if values.get((a, b)) == value]
            rows += [[PEOPLE[a], "|".join(named), "directed", value]] if named else []
    return table([["From", "To", "Direction", "Strength"], *rows])


def nodelist(who, values):
    named = {a: [b for b in IDS if values.get((a, b))] for a in who}
    rows = [[a, *(one for b in bs for one in (b, values[a, b]))] for a, bs in named.items()]
    n = max(map(len, named.values()), default=0)
    return table([["ego", *(one for k in range(n) for one in (f"alter{k + 1}", f"strength{k + 1}"))], *rows])


def pajek(who, values, arcs="*Arcs"):
    lines = [f"*Vertices {len(IDS)}", *(f'{n} "{name}"' for n, name in enumerate(PEOPLE.values(), start=1)), arcs]
    lines += [f"{IDS.index(a) + 1} {IDS.index(b) + 1} {v}" for (a, b), v in values.items() if v]
    return "\r\n".join([*lines, ""]).encode()


def pajek_matrix(who, values):
    lines = [f"*Vertices {len(IDS)}", *(f'{n} "{a}"' for n, a in enumerate(IDS, start=1)), "*Matrix"]
    return "\n".join([*lines, *(" ".join(one or "0" for one in row) for row in body(IDS, values)), ""]).encode()


def dl_matrix(who, values):
    """Labels as UCINET writes them (capitals, 18 characters), rows wrapped after three values."""
    labels = "\n".join(f'"{name.upper()[:18]}"' for name in PEOPLE.values())
    rows = [[one or "0" for one in row] for row in body(IDS, values)]
    lines = "\n".join(f"{' '.join(row[:3])}\n {' '.join(row[3:])}" for row in rows)
    return f"DL N={len(IDS)}\nFORMAT = FULLMATRIX\nLABELS:\n{labels}\nDATA:\n{lines}\n".encode()


def dl_edges(who, values):
    lines = "\n".join(f"{a} {b} {v}" for (a, b), v in values.items() if v)
    return f"dl n={len(IDS)}, format=edgelist1\nlabels:\n{','.join(IDS)}\ndata:\n{lines}\n".encode()


def graphml(who, values):
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from((a, {"label": name}) for a, name in PEOPLE.items())
    graph.add_weighted_edges_from((a, b, v) for (a, b), v in values.items() if v)
    return "\n".join(nx.generate_graphml(graph)).encode()


def gexf(who, values):
    import networkx as nx

    graph = nx.DiGraph()
    graph.add_nodes_from((a, {"label": name}) for a, name in PEOPLE.items())
    graph.add_weighted_edges_from((a, b, v) for (a, b), v in values.items() if v)
    return "\n".join(nx.generate_gexf(graph)).encode()


TIES_ALONE = {
    "edges.csv": edges, "kumu.csv": kumu, "nodelist.csv": nodelist, "pajek.net": pajek, "pajek_matrix.net": pajek_matrix,
    "matrix.dl": dl_matrix, "edges.dl": dl_edges, "net.graphml": graphml, "net.gexf": gexf,
}  # fmt: skip


@pytest.mark.parametrize("name", TIES_ALONE)
@settings(deadline=None, max_examples=8)
@given(networks().filter(lambda network: any(network[1].values())))
def test_shapes_that_hold_ties_alone(name, network):
    who, values = network
    read, answered = through(name, TIES_ALONE[name](who, values))
    assert {pair: value for pair, value in read.items() if value} == {
        pair: value for pair, value in values.items() if value
    }
    assert set(answered) == {a for (a, _), value in values.items() if value}


@pytest.mark.parametrize(("name", "mark"), [("google.csv", ", "), ("forms.csv", ";"), ("kobo.csv", " ")])
@settings(deadline=None, max_examples=8)
@given(networks().filter(lambda network: any(network[1].values())))
def test_cells_that_list_people(name, mark, network):
    who, values = network
    named = {a: [b for b in IDS if values.get((a, b))] for a in who}
    shown = PEOPLE if mark != " " else {a: a for a in IDS}
    rows = [
        [PEOPLE[a], mark.join(shown[b] for b in bs) + (";" if mark == ";" and bs else "")] for a, bs in named.items()
    ]
    read, answered = through(name, table([["Name", "Whom do you turn to?"], *rows]))
    assert set(read) == {(a, b) for a, bs in named.items() for b in bs}
    assert answered == [a for a, bs in named.items() if bs]


@settings(deadline=None, max_examples=30)
@given(networks(), st.sampled_from([*TELLS_UNKNOWN, *TIES_ALONE]), st.randoms(use_true_random=False))
def test_a_damaged_file_loses_no_tie_silently(network, name, random):
    """Whatever byte is lost: the file is refused or asked about, or at most the tie is gone whose value was the byte."""
    who, values = network
    data = {**TELLS_UNKNOWN, **TIES_ALONE}[name](who, values)
    at = random.randrange(len(data))
    with tempfile.TemporaryDirectory() as place:
        folder, taken = looked_at(place, name, data[:at] + data[at + 1 :])
        if not taken.is_plain:
            return
        read, _, errors = read_back(folder, taken)
    lost = [pair for pair, value in values.items() if value and not read.get(pair)]
    assert errors or len(lost) <= 1, lost
