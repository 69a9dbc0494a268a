"""Mapped tables, edge lists and matrices: every shape gives the same ties; what is wrong is named with row and person."""

import datetime as dt
import os
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case import surveys
from nicmethods.case.config import TableFile, TieFile
from nicmethods.case.surveys import SurveyFile, read_table, scale_jumps
from nicmethods.files.cells import Grid
from nicmethods.files.sheets import cell_text, read_grid
from nicmethods.tables import CASE_TABLES, WORK_TABLES

REAL = os.environ.get("NICMETHODS_REAL_DATA")
ROSTER = CASE_TABLES["roster"]
ACTORS = ["a", "b", "c"]
BODY = [["0", "2", ""], ["1", "0", "0"], ["", "3.5", "0"]]
EXPECTED = {("a", "b"): 2.0, ("a", "c"): None, ("b", "a"): 1.0, ("b", "c"): 0.0, ("c", "a"): None, ("c", "b"): 3.5}


def read_ties(path, name, mapping=None, *, actors, relation=None, named=lambda _: {}):
    read = surveys.read_ties(path, SurveyFile(name, mapping or TieFile(path=name), actors, named, relation))
    return read.ties, read.problems


def parse_matrix(grid, name, mapping, *, actors):
    ties, _, problems = surveys.parse_matrix(grid, SurveyFile(name, mapping, actors))
    return ties, problems


def said(problems):
    return [str(problem) for problem in problems]


def csv_file(tmp_path, rows, name="ties.csv"):
    path = tmp_path / name
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    return path


def xlsx_file(tmp_path, *sheets, name="ties.xlsx"):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for n, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet{n + 1}")
        for row in rows:
            sheet.append([float(cell) if cell.replace(".", "").isdigit() else cell or None for cell in row])
    book.save(tmp_path / name)
    return tmp_path / name


def pairs(ties):
    weights = [None if pd.isna(weight) else weight for weight in ties["weight"]]
    return dict(zip(zip(ties["source"], ties["target"], strict=True), weights, strict=True))


def with_labels(body, header, ids, corner=True):
    rows = [[*(["abc"[n]] if ids else []), *row] for n, row in enumerate(body)]
    return [[*([""] if ids and corner else []), "a", "b", "c"], *rows] if header else rows


@pytest.mark.parametrize("write", [csv_file, xlsx_file])
@pytest.mark.parametrize("header", [True, False])
@pytest.mark.parametrize("ids", [True, False])
@pytest.mark.parametrize("corner", [True, False])
def test_every_shape_of_a_matrix_gives_the_same_ties(tmp_path, write, header, ids, corner):
    path = write(tmp_path, with_labels(BODY, header, ids, corner))
    mapping = TieFile(path=path.name, shape="matrix", wave="w1", header=header, ids=ids)
    ties, problems = read_ties(path, path.name, mapping, actors=ACTORS, relation="trust")
    assert problems == []
    assert pairs(ties) == EXPECTED
    assert set(ties["wave"]) == {"w1"}
    assert set(ties["relation"]) == {"trust"}
    assert ties.dtypes.astype(str).to_dict() == {c.name: c.dtype for c in WORK_TABLES["ties"].columns}
    first = 2 if header else 1
    assert ties.index.tolist() == [row for row in (first, first + 1, first + 2) for _ in range(2)]


def test_an_edge_list_gives_them_too_under_its_own_names(tmp_path):
    rows = [["From", "To", "How often", "Comment"]]
    rows += [[f"P-{s}", f"P-{t}", "" if w is None else f"{w:g}", "x"] for (s, t), w in EXPECTED.items()]
    mapping = TieFile(
        path="x",
        wave="w1",
        columns={"source": "From", "target": "To", "weight": "How often"},
        values={column: {f"P-{actor}": actor for actor in ACTORS} for column in ("source", "target")},
    )
    ties, problems = read_ties(csv_file(tmp_path, rows), "e.csv", mapping, actors=ACTORS, relation="trust")
    assert pairs(ties) == EXPECTED
    assert said(problems) == [
        "warning  e.csv row 1: column 'Comment' is not used. Known columns: wave, source, target, weight, relation."
    ]
    assert set(ties["wave"]) == {"w1"}


def test_the_column_may_name_the_row(tmp_path):
    mapping = TieFile(path="x", shape="matrix", wave="w1", direction="column_names_row")
    ties, _ = read_ties(csv_file(tmp_path, with_labels(BODY, True, True)), "x", mapping, actors=ACTORS, relation="r")
    assert pairs(ties) == {(t, s): weight for (s, t), weight in EXPECTED.items()}


def test_labels_decide_whatever_their_order_and_a_part_of_the_roster_will_do():
    grid = Grid((("", "c", "a"), ("a", "1", "0"), ("c", "0", "2")))
    ties, problems = parse_matrix(grid, "x", TieFile(path="x", shape="matrix", wave="w"), actors=ACTORS)
    assert said(problems) == ["warning  x: 1 person (b) is without a column: nothing is known of ties to them."]
    assert pairs(ties) == {("a", "c"): 1.0, ("c", "a"): 2.0, ("a", "b"): None, ("c", "b"): None}


@pytest.mark.parametrize("header", [True, False])
def test_a_blank_row_of_a_matrix_without_ids_is_somebody_who_did_not_answer(header):
    grid = Grid(((("a", "b", "c"),) if header else ()) + (("0", "1", "1"), ("", "", ""), ("2", "2", "0"), ("", "", "")))
    mapping = TieFile(path="x", shape="matrix", wave="w", header=header, ids=False)
    ties, problems = parse_matrix(grid, "x", mapping, actors=ACTORS)
    assert problems == []
    assert ties.loc[2 + header, "weight"].isna().all()
    assert len(ties) == 6


@pytest.mark.parametrize(
    ("rows", "options", "messages"),
    [
        (
            [["0", "1"], ["1", "0"], ["0", "0"]],
            {"header": False, "ids": False},
            [
                (
                    "error    m: the matrix is not square: 3 rows and 2 columns. Give every person a row and a column, or "
                    "correct header: and ids: in case.yml."
                )
            ],
        ),
        (
            [["0", "1"], ["1", "0"]],
            {"header": False, "ids": False},
            [
                (
                    "error    m: the matrix has 2 rows and columns, but the roster has 3 people. Without ids it must hold "
                    "everybody, in the order of the roster."
                )
            ],
        ),
        (
            [["", "a", "z"], ["a", "0", "1"], ["z", "1", "0"]],
            {},
            ["error    m row 3: the matrix names 'z', who is not in the roster. Add the person or correct the id."],
        ),
        (
            [["", "a", "a"], ["a", "0", "1"], ["b", "1", "0"]],
            {},
            [
                "error    m row 2: id 'a' stands twice. Every person has one row and one column.",
            ],
        ),
        (
            [["", "a", "b"], ["a", "0", "often"], ["b", "-1", "0"]],
            {},
            [
                (
                    "error    m row 2 column b: a cell is 'often', which is not a number. Correct it, or leave the "
                    "cell empty if it is not known."
                ),
                "error    m row 3 column a: a cell is '-1', which must be 0 or more.",
                "warning  m: 1 person (c) is without a column: nothing is known of ties to them.",
            ],
        ),
        (
            [["", "a", "b"], ["a", "4", "1"], ["b", "1", "-"]],
            {},
            [
                "warning  m: 1 diagonal cell is not zero: people name themselves; these self-ties are dropped.",
                "warning  m: 1 person (c) is without a column: nothing is known of ties to them.",
            ],
        ),
    ],
)
def test_faults_of_a_matrix(rows, options, messages):
    grid = Grid(tuple(map(tuple, rows)))
    mapping = TieFile(path="m", shape="matrix", wave="w", **options)
    ties, problems = parse_matrix(grid, "m", mapping, actors=ACTORS)
    assert said(problems) == messages
    assert not (ties["weight"] < 0).any()


def test_ties_without_a_relation_are_an_error(tmp_path):
    path = csv_file(tmp_path, [["wave", "source", "target", "weight"], ["w1", "a", "b", "1"]])
    ties, problems = read_ties(path, "ties.csv", actors=ACTORS)
    assert ties.empty
    assert said(problems) == [
        (
            "error    ties.csv: nothing says which relation these ties are of. Add a column 'relation', or relation: in "
            "case.yml."
        )
    ]


def test_a_roster_through_its_mapping(tmp_path):
    rows = [["ID", "DISTRICT/SITE", "EFFICACY"], ["1", "1", "8.170000000000002"], ["2", "0", "5"]]
    mapping = TableFile(
        path="n.xlsx",
        columns={"actor": "ID", "site": "DISTRICT/SITE"},
        values={"site": {"1": "district", "0": "school"}},
    )
    frame, problems = read_table(xlsx_file(tmp_path, rows), "n.xlsx", ROSTER, mapping)
    assert problems == []
    assert frame["actor"].tolist() == ["1", "2"]
    assert frame["site"].tolist() == ["district", "school"]
    assert frame["EFFICACY"].tolist() == ["8.17", "5"]
    assert frame["role"].isna().all()


def test_faults_of_a_mapping(tmp_path):
    path = csv_file(tmp_path, [["ID", "site", "Place"], ["1", "x", "y"]])
    _, problems = read_table(path, "n.csv", ROSTER, TableFile(path="n.csv", columns={"actor": "Id", "site": "Place"}))
    assert said(problems) == [
        "error    n.csv row 1: column 'Id', which case.yml names, is missing. Columns: ID, site, Place."
    ]
    _, problems = read_table(path, "n.csv", ROSTER, TableFile(path="n.csv", columns={"actor": "ID", "site": "Place"}))
    assert said(problems) == [
        "error    n.csv row 1: column 'site' stands in the file, but case.yml maps it to 'Place'. Rename one."
    ]


def test_sheets(tmp_path):
    path = xlsx_file(tmp_path, [["actor"], ["a"]], [["actor"], ["b"]])
    grid, problems = read_grid(path, "x.xlsx")
    assert grid.rows == (("actor",), ("a",))
    assert said(problems) == [
        "warning  x.xlsx: the workbook has 2 sheets; the first, 'Sheet1', was read. Name another with sheet:."
    ]
    assert read_grid(path, "x.xlsx", sheet="Sheet2")[0].rows[1] == ("b",)
    assert said(read_grid(path, "x.xlsx", sheet="S3")[1]) == [
        "error    x.xlsx: there is no sheet 'S3'. Sheets: Sheet1, Sheet2."
    ]


def test_cells_as_a_person_would_type_them():
    values = [None, " a ", 3, 3.0, 8.170000000000002, True, dt.datetime(2024, 3, 31), dt.date(2024, 3, 31), 1e21]
    assert [cell_text(value) for value in values] == [
        "",
        "a",
        "3",
        "3",
        "8.17",
        "true",
        "2024-03-31",
        "2024-03-31",
        "1e+21",
    ]


def damaged(kind, tmp_path):
    path = xlsx_file(tmp_path, [["actor"], ["a"]], name="good.xlsx")
    bad = tmp_path / "bad.xlsx"
    if kind == "text":
        bad.write_text("actor,name\na,b\n")
    elif kind == "cut":
        bad.write_bytes(path.read_bytes()[:-40])
    elif kind == "no cells":
        xlsx_file(tmp_path, [], name="bad.xlsx")
    else:
        with zipfile.ZipFile(path) as source, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as target:
            for part in source.namelist():
                data = source.read(part)
                if kind == "entities" and part.endswith("sheet1.xml"):
                    data = data.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "1">]><worksheet', 1)
                if kind == "broken" and part.endswith("sheet1.xml"):
                    data = data[: len(data) // 2]
                if kind == "bomb" and part.endswith("sheet1.xml"):
                    data += b" " * (65 * 2**20)
                if not (kind == "no book" and part.endswith("workbook.xml")):
                    target.writestr(part, data)
    return bad


@pytest.mark.parametrize("kind", ["text", "cut", "no cells", "entities", "broken", "bomb", "no book"])
def test_a_workbook_that_is_none_is_an_error(tmp_path, kind):
    grid, problems = read_grid(damaged(kind, tmp_path), "bad.xlsx")
    assert grid is None
    assert [problem.level for problem in problems] == ["error"]


def test_old_formats_are_refused(tmp_path):
    (tmp_path / "x.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    assert said(read_grid(tmp_path / "x.xls", "x.xls")[1]) == [
        "error    x.xls: '.xls' is not read. Save it as xlsx or csv."
    ]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(st.sampled_from(["", "0", "1", "2.5", "-1", "x", "a", "b"]), max_size=5), min_size=1, max_size=5),
       st.booleans(), st.booleans())  # fmt: skip
def test_any_cells_give_ties_or_problems(rows, header, ids):
    if not any(map(any, rows)):
        return
    mapping = TieFile(path="m", shape="matrix", wave="w", header=header, ids=ids)
    ties, problems = parse_matrix(Grid(tuple(map(tuple, rows))), "m", mapping, actors=ACTORS)
    assert set(ties["source"]) <= set(ACTORS)
    assert len(ties) or problems or sum(any(row) for row in rows) <= 2


def wave_of(wave, weights):
    """Ties of ten people, each weight given to the next people round."""
    rows = [(wave, f"p{n % 10}", f"q{n}", float(weight)) for n, weight in enumerate(weights)]
    return pd.DataFrame(rows, columns=["wave", "source", "target", "weight"])


@pytest.mark.parametrize(
    ("later", "found"),
    [
        ([1] * 20, []),
        ([1] * 59, []),  # 5.9 against 2: below a factor of 3
        ([1] * 60, ["people name 6.0 others on average, before 2.0"]),
        ([1] * 11 + [2] * 9, []),  # 45 % of the answers move
        ([1] * 10 + [2] * 10, ["the scale is used differently; 50%"]),
        ([3] * 9, []),  # too few to tell
    ],
)
def test_jumps_between_waves(later, found):
    ties = pd.concat([wave_of("w1", [1] * 20), wave_of("w2", later)])
    problems = scale_jumps(ties, waves=["w1", "w2"], relation="r")
    assert [problem.level for problem in problems] == ["warning"] * len(found)
    assert all(text in problem.message for text, problem in zip(found, problems, strict=True))


@pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA is not set")
def test_school_leaders_read_as_the_files_are(tmp_path):
    for file in (Path(REAL) / "school_leaders").glob("*.xlsx"):
        shutil.copy(file, tmp_path)
    roster, problems = read_table(
        tmp_path / "school-leader-nodes.xlsx",
        "nodes",
        ROSTER,
        TableFile(
            path="nodes", columns={"actor": "ID", "site": "DISTRICT/SITE"}, values={"site": {"1": "d", "0": "s"}}
        ),
    )
    assert problems == []
    assert roster["site"].value_counts().to_dict() == {"s": 25, "d": 18}
    assert roster["MALE"].value_counts().to_dict() == {"0": 24, "1": 19}
    waves = []
    for year, messages in (("1", []), ("3", ["10 diagonal cells are not zero"])):
        mapping = TieFile(path="x", shape="matrix", wave=f"y{year}", header=False, ids=False)
        path = tmp_path / f"year-{year}-collaboration-ties.xlsx"
        ties, problems = read_ties(path, path.name, mapping, actors=roster["actor"].tolist(), relation="collaboration")
        assert [problem.level for problem in problems] == ["warning"] * len(messages)
        assert all(text in problem.message for text, problem in zip(messages, problems, strict=True))
        assert len(ties) == 43 * 42
        waves.append(ties)
    # counts from the README beside the files
    assert [int((ties["weight"] > 0).sum()) for ties in waves] == [82, 1304]
    assert waves[0]["weight"].value_counts()[[4.0, 3.0]].tolist() == [51, 23]
    assert waves[1]["weight"].value_counts()[[1.0, 4.0]].tolist() == [520, 151]
    assert (waves[0].groupby("source")["weight"].sum() == 0).sum() == 3
    jumps = scale_jumps(pd.concat(waves), waves=["y1", "y3"], relation="collaboration")
    assert [problem.level for problem in jumps] == ["warning", "warning"]


def meant(spellings):
    known = {"ann lee": "a", "bo cruz": "b"}
    return {spelling: known[spelling.casefold()] for spelling in spellings if spelling.casefold() in known}


def test_people_given_by_name_in_an_edge_list_are_looked_up(tmp_path):
    rows = [["wave", "source", "target", "weight"], ["w", "Ann Lee", "BO CRUZ", "2"], ["w", "c", "Somebody", "1"]]
    ties, problems = read_ties(csv_file(tmp_path, rows), "ties.csv", actors=ACTORS, relation="help", named=meant)
    assert ties[["source", "target"]].to_numpy().tolist() == [["a", "b"], ["c", "Somebody"]]
    assert said(problems) == [
        "warning  ties.csv: 2 people are given by name and not by id; looked up in the roster and people.csv. Check, or write ids."
    ]


def test_a_matrix_with_many_strange_labels_is_one_error_whose_names_are_its_value(tmp_path):
    labels = ["Ann Lee", "Kim", "Lou", "Max", "Nia"]
    rows = [["", *labels], *([label, *"01010"] for label in labels)]
    path = csv_file(tmp_path, rows)
    _, problems = read_ties(
        path, "w.csv", TieFile(path="w.csv", shape="matrix", wave="w"), actors=ACTORS, relation="help", named=meant
    )
    (error,) = [problem for problem in problems if problem.level == "error"]
    assert error.value == "'Kim', 'Lou', 'Max', 'Nia'"
    assert "4 words that are no ids and no names of the roster: 'Kim', 'Lou', 'Max', 'Nia'." in error.message
