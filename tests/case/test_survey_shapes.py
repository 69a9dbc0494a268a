"""A random network written in every shape that is read gives back the same ties, the same zeros, unknowns and answers."""

import csv
import io
import tempfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nicmethods.case.config import CaseConfig
from nicmethods.case.folder import read_identities
from nicmethods.case.reader import Reader
from nicmethods.case.survey_strand import read_survey
from nicmethods.case.taking_in import look_at, take_in
from nicmethods.files.yamlfiles import checked, read_yaml

PEOPLE = {
    "P1": "Ana Ruiz",
    "P2": "Ben-Ali Okafor",
    "P3": "Levi-Montalcini, Rita",
    "P4": "Zoë Dale",
    "P5": "Cy van de Berg",
}
LABELS = {0: "never", 1: "once, or twice", 2: "often"}
CASE = f"title: T\nwaves: [@]\nrelations: [{{name: help, scale: {{0: never, 1: '{LABELS[1]}', 2: often}}}}]\n"
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


def answers_of_qualtrics(tags, texts, who, values):
    meta = ["StartDate", "EndDate", "Status", "Finished", "ExternalReference"]
    ids = [f'{{"ImportId":"{one}"}}' for one in (*meta, *tags)]
    rows = [["2024-09-01", "2024-09-01", "IP Address", "True", a] for a in who]
    cells = body(who, values, LABELS)
    return table([[*meta, *tags], [*meta, *texts], ids, *([*a, *b] for a, b in zip(rows, cells, strict=True))])


def side_by_side(who, values):
    tags = [f"Q4#2_{n * 2 + 1}_1" for n in range(5)]
    return answers_of_qualtrics(tags, [f"Each of us: - How often? - {name}" for name in PEOPLE.values()], who, values)


def loop(who, values):
    """A turn a person; the name stands inside the question."""
    tags = [f"{n * 3 + 2}_Q9" for n in range(5)]
    return answers_of_qualtrics(tags, [f"How often did {name} help you?" for name in PEOPLE.values()], who, values)


TELLS_UNKNOWN = {
    "matrix.csv": matrix, "rectangle.csv": rectangle, "book.xlsx": workbook, "google.csv": google, "qualtrics.csv": qualtrics,
    "surveymonkey.csv": surveymonkey, "side_by_side.csv": side_by_side, "loop.csv": loop,
}  # fmt: skip


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


def lists(mark, shown=PEOPLE):
    """Several people in one cell; the last mark of Microsoft Forms parts nobody."""

    def written(who, values):
        named = {a: [b for b in IDS if values.get((a, b))] for a in who}
        end = ";" if mark == ";" else ""
        rows = [[PEOPLE[a], mark.join(shown[b] for b in bs) + end * bool(bs)] for a, bs in named.items()]
        return table([["Name", "Whom do you turn to?"], *rows])

    return written


def bare_edges(who, values):
    return table([[a, PEOPLE[b], v] for (a, b), v in values.items() if v is not None and v > 0], ";")


TIES_ALONE = {
    "bare_edges.csv": bare_edges,
    "edges.csv": edges, "kumu.csv": kumu, "nodelist.csv": nodelist, "pajek.net": pajek, "pajek_matrix.net": pajek_matrix,
    "matrix.dl": dl_matrix, "edges.dl": dl_edges, "net.graphml": graphml, "net.gexf": gexf,
}  # fmt: skip


def ticked(who, values, yes, no, *, nobody=None):
    """A box a person; who names nobody ticks the box for nobody, where there is one."""
    rows = [[yes(b) if values.get((a, b)) else no for b in IDS] for a in who]
    return [[*row, nobody if all(one == no for one in row) else no] if nobody else row for row in rows]


def qualtrics_boxes(who, values):
    head = [f"Whom? - Selected Choice - {name}" for name in (*PEOPLE.values(), "Nobody")]
    tags = [f"Q5_{n}" for n in (1, 2, 4, 5, 6, 99)]
    meta = ["StartDate", "EndDate", "Progress", "RecipientEmail"]
    rows = zip(who, ticked(who, values, PEOPLE.get, "", nobody="Nobody"), strict=True)
    answers = [["2024-09-01", "2024-09-01", "100", a, *row] for a, row in rows]
    return table(
        [[*meta, *tags], [*meta, *head], [f'{{"ImportId":"{one}"}}' for one in (*meta, *tags)], *answers], "\t"
    )


def redcap(who, values):
    rows = zip(who, ticked(who, values, lambda _: "1", "0"), strict=True)
    head = ["record_id", "me", *(f"named___{a.lower()}" for a in IDS), "form_complete"]
    return table([head, *([n, a, *row, 2] for n, (a, row) in enumerate(rows)), [99, "", *"00000", 0]])


def limesurvey(who, values):
    rows = zip(who, ticked(who, values, lambda _: "Yes", "No"), strict=True)
    head = ["Response ID", "Date submitted", "Last page", "Your name", *(f"Whom? [{name}]" for name in PEOPLE.values())]
    return table([head, *([n, "2024-09-01", 3, PEOPLE[a], *row] for n, (a, row) in enumerate(rows))])


def kobo(who, values):
    """An answer stands twice: as a list and as ticks."""
    rows = zip(who, ticked(who, values, lambda _: "1", "0"), strict=True)
    head = ["me", "q", *(f"q/{a}" for a in IDS), "_id", "_uuid", "_submission_time"]
    cells = ([a, " ".join(b for b, one in zip(IDS, row, strict=True) if one == "1"), *row, n, "u", "t"] for n, (a, row) in enumerate(rows))  # fmt: skip
    return table([head, *cells], ";")


BOXES = {
    "qualtrics_boxes.tsv": qualtrics_boxes,
    "redcap.csv": redcap,
    "limesurvey.csv": limesurvey,
    "kobo_boxes.csv": kobo,
}
LISTS = {"sheets.csv": lists(", "), "forms.csv": lists(";"), "kobo.csv": lists(" ", {a: a for a in IDS})}
SHAPES = TELLS_UNKNOWN | TIES_ALONE | LISTS | BOXES


def case_of(place, names):
    """A case with a wave for each file, so that one reading tells all files apart."""
    folder = Path(place) / "data" / "c"
    folder.mkdir(parents=True)
    waves = ", ".join(f"{{id: w{n}}}" for n, _ in enumerate(names, start=1))
    (folder / "case.yml").write_text(CASE.replace("@", waves))
    (folder / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return folder


def looked_at(folder, name, data, wave="w1"):
    (folder.parent / name).write_bytes(data)
    return look_at(folder.parent / name, folder, {"wave": [wave]})


def read_back(folder):
    """For each wave ties and who answered, as the case is read once its files are in it."""
    document, lines, _ = read_yaml(folder / "case.yml", "case.yml")
    config, problems = checked(CaseConfig, document, "case.yml", lines)
    _, roster, _ = read_identities(folder)
    reader = Reader(folder)
    survey = read_survey(reader, config, roster, pd.DataFrame({"alias": [], "actor": []}, dtype="str"))
    errors = [problem for problem in (*problems, *reader.problems) if problem.level == "error"]
    found = {wave.id: ({}, []) for wave in config.waves}
    for tie in survey["ties"].itertuples():
        found[tie.wave][0][tie.source, tie.target] = None if pd.isna(tie.weight) else int(tie.weight)
    for row in survey["responses"][survey["responses"]["responded"]].itertuples():
        found[row.wave][1].append(row.actor)
    return list(found.values()), errors


with_ties = networks().filter(lambda network: any(network[1].values()))


@pytest.mark.slow
@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(st.fixed_dictionaries({name: networks() if name in TELLS_UNKNOWN | BOXES else with_ties for name in SHAPES}))
def test_what_is_written_in_any_shape_is_read_back(written):
    """Every shape in one case, each with a network and a wave of its own: reading once is what costs."""
    with tempfile.TemporaryDirectory() as place:
        folder = case_of(place, SHAPES)
        for n, (name, network) in enumerate(written.items(), start=1):
            taken = looked_at(folder, name, SHAPES[name](*network), f"w{n}")
            assert taken.is_plain, (name, taken.look, taken.problems)
            take_in(taken, folder)
        found, errors = read_back(folder)
    assert not errors
    for (name, (who, values)), (read, answered) in zip(written.items(), found, strict=True):
        ties = {pair: value for pair, value in values.items() if value}
        if name in TELLS_UNKNOWN:
            assert {pair: value for pair, value in read.items() if pair[0] in who} == values, name
            assert all(value is None for pair, value in read.items() if pair[0] not in who), name
            assert answered == who, name
        elif name in BOXES:
            boxes = {(a, b): int(bool(values.get((a, b)))) for a in who for b in IDS if a != b}
            assert {pair: value for pair, value in read.items() if pair[0] in who} == boxes, name
            assert all(value is None for pair, value in read.items() if pair[0] not in who), name
            assert answered == who, name
        elif name in TIES_ALONE:
            assert {pair: value for pair, value in read.items() if value} == ties, name
            assert set(answered) == {a for a, _ in ties}, name
        else:
            assert set(read) == set(ties), name
            assert answered == [a for a in who if any(one == a for one, _ in ties)], name


@pytest.mark.slow
@settings(deadline=None, max_examples=30)
@given(networks(), st.sampled_from([*TELLS_UNKNOWN, *TIES_ALONE]), st.randoms(use_true_random=False))
def test_a_damaged_file_loses_no_tie_silently(network, name, random):
    """Whatever byte is lost: the file is refused or asked about, or at most the tie is gone whose value was the byte."""
    who, values = network
    data = SHAPES[name](who, values)
    at = random.randrange(len(data))
    with tempfile.TemporaryDirectory() as place:
        folder = case_of(place, [name])
        taken = looked_at(folder, name, data[:at] + data[at + 1 :])
        if not taken.is_plain:
            return
        take_in(taken, folder)
        ((read, _),), errors = read_back(folder)
    lost = [pair for pair, value in values.items() if value and not read.get(pair)]
    assert errors or len(lost) <= 1, lost
