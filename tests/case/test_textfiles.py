"""Bytes -> text -> cells -> declared tables: encodings, headers, rows, types, and what is said about each fault."""

import os

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.surveys import read_table
from nicmethods.files.cells import frame_of, parse_table
from nicmethods.files.textfiles import decode, locate, parse_grid, read_text
from nicmethods.tables import CASE_TABLES, Column, Table

ROSTER, TIES, ACTIVITIES = (CASE_TABLES[name] for name in ("roster", "ties", "activities"))


def said(problems):
    return [str(problem) for problem in problems]


def read(tmp_path, content, table, name="file.csv"):
    path = tmp_path / "file.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, name, table)


@pytest.mark.parametrize(
    ("codec", "mark", "named"),
    [
        ("utf-8", b"\xef\xbb\xbf", "byte-order mark"),
        ("utf-16-le", b"\xff\xfe", "UTF-16"),
        ("utf-16-be", b"\xfe\xff", "UTF-16"),
        ("utf-32-le", b"\xff\xfe\x00\x00", "UTF-32"),
        ("cp1252", b"", "Windows-1252"),
    ],
)
def test_other_encodings_are_read_and_said(codec, mark, named):
    text, problems = decode(mark + "Zoë – “naïve”".encode(codec), "x.txt")
    assert text == "Zoë – “naïve”"
    (problem,) = problems
    assert problem.level == "warning"
    assert named in problem.message


def test_utf8_passes_in_silence_with_any_line_end():
    assert decode(b"a\r\nb\rc\nd", "x") == ("a\nb\nc\nd", [])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\0b", "byte 1 is NUL"),
        (b"abc\x81\xff", "byte 3 fits neither"),
        (b"\xff\xfea", "says UTF-16, but byte 2"),
        (b" \n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
    ],
)
def test_undecodable_bytes_are_an_error(data, message):
    text, problems = decode(data, "x")
    assert text is None
    assert problems[-1].level == "error"
    assert message in problems[-1].message


def test_control_characters_are_left_out_and_counted():
    text, problems = decode("a\x07b\x1b c\vd\x9f".encode(), "x")
    assert text == "ab c d"
    assert said(problems) == ["warning  x: 3 control characters were left out of the text."]


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=200))
def test_any_bytes_give_text_or_an_error(data):
    text, problems = decode(data, "x")
    assert (text is None) == any(problem.level == "error" for problem in problems)


@settings(deadline=None, max_examples=50)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).filter(str.strip))
def test_utf8_text_comes_back(text):
    assert decode(text.encode(), "x")[0] == text.removeprefix("\ufeff") or text.strip("\ufeff").strip() == ""


def test_a_missing_file_and_a_folder_are_errors(tmp_path):
    assert said(read_text(tmp_path / "no.csv", "no.csv")[1]) == ["error    no.csv: the file is not there. Add it."]
    assert read_text(tmp_path, "folder")[1][0].level == "error"


def test_locate_stays_inside_the_folder(tmp_path):
    case = tmp_path / "case"
    (case / "transcripts").mkdir(parents=True)
    (case / "transcripts" / "a b.vtt").write_text("x")
    (tmp_path / "secret.csv").write_text("x")
    assert locate(case, "transcripts/a b.vtt", name="case.yml")[1] == []
    assert locate(case, r"transcripts\a b.vtt", name="case.yml")[0].name == "a b.vtt"
    for outside in ("../secret.csv", "transcripts/../../secret.csv", str(tmp_path / "secret.csv"), "C:\\secret.csv"):
        path, problems = locate(case, outside, name="case.yml", row=3, field="path")
        assert path is None
        assert "leaves the case folder" in problems[0].message
        assert (problems[0].row, problems[0].value) == (3, outside)
    for nothing in ("", " ", "a\0b", "nowhere.csv", "transcripts"):
        path, problems = locate(case, nothing, name="case.yml")
        assert path is None
        assert len(problems) == 1


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links here")
def test_a_link_out_of_the_folder_is_refused(tmp_path):
    case = tmp_path / "case"
    case.mkdir()
    (tmp_path / "secret.csv").write_text("x")
    (case / "inner.csv").symlink_to(tmp_path / "secret.csv")
    (case / "loop.csv").symlink_to(case / "loop.csv")
    assert "leaves the case folder" in locate(case, "inner.csv", name="case.yml")[1][0].message
    assert locate(case, "loop.csv", name="case.yml")[0] is None


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_separators_are_recognised_and_rows_counted_as_a_spreadsheet_counts(delimiter):
    rows = [["actor", "name"], ["p1", '"Ann\nof two lines"'], ["", ""], ["p2", "Bo, Bea"]]
    if delimiter == ",":
        rows[3][1] = '"Bo, Bea"'
    grid, problems = parse_grid("\n".join(delimiter.join(row) for row in rows) + "\n", "x")
    assert problems == []
    assert grid.rows[1:] == (("p1", "Ann\nof two lines"), ("", ""), ("p2", "Bo, Bea"))


def test_an_open_quotation_mark_is_an_error_with_its_row():
    grid, problems = parse_grid('a,b\n1,2\n3,"4\n', "x")
    assert grid is None
    assert (problems[0].level, problems[0].row) == ("error", 3)


def test_cells_are_typed_and_only_the_empty_cell_is_missing(tmp_path):
    frame, problems = read(tmp_path, "actor,name,site,role,joined,note\n p1 ,NA,null,,2024-02-29,007\n", ROSTER)
    assert problems == []
    assert frame.index.name == "row"
    assert frame.index.tolist() == [2]
    row = frame.loc[2]
    assert (row["actor"], row["name"], row["site"], row["note"]) == ("p1", "NA", "null", "007")
    assert row["joined"] == pd.Timestamp("2024-02-29")
    assert row[["role", "level", "left"]].isna().all()
    assert frame.dtypes.astype(str).to_dict() == {
        **{column.name: column.dtype for column in ROSTER.columns},
        "note": "str",
    }


def test_every_fault_is_said_with_its_row_and_good_rows_stay(tmp_path):
    content = (
        "wave,source,target,weight\n"
        'w1,a,b,"2,5"\n'
        "w1,a,,1\n"
        "w1,b,a,-1\n"
        "w1,b,c,often\n"
        "w1,b\n"
        "w1,c,a,1,9\n"
        "w1,c,b,\n"
        "w1,d,b,1,,\n"
        "w1,c,b,3\n"
    )
    frame, problems = read(tmp_path, content, TIES, "ties.csv")
    assert said(problems) == [
        "error    ties.csv row 6: the row has 2 cells where the header has 4. Check commas and quotation marks.",
        "error    ties.csv row 7: the row has 5 cells where the header has 4. Check commas and quotation marks.",
        (
            "error    ties.csv row 2: 'weight' is '2,5', which has a comma. Write numbers with a decimal point and without "
            "thousands separators."
        ),
        (
            "error    ties.csv row 5: 'weight' is 'often', which is not a number. Correct it, or leave the cell empty if it "
            "is not known."
        ),
        "error    ties.csv row 3: 'target' is empty. Fill the cell.",
        "error    ties.csv row 4: 'weight' is '-1', which must be 0 or more.",
        "error    ties.csv row 10: wave 'w1', source 'c', target 'b' stands in row 8 already. Keep one of the two rows.",
    ]
    assert frame.index.tolist() == [2, 4, 5, 8, 9]
    assert frame["weight"].fillna(99).tolist() == [99, -1, 99, 99, 1]


@pytest.mark.parametrize("text", ["31/03/2024", "2024-3-31", "2024-02-30", "20240331", "March 31", "2024-03-31T10:00"])
def test_dates_are_iso_or_an_error(tmp_path, text):
    frame, problems = read(tmp_path, f"activity,date,title,kind\nm1,{text},Start,meeting\n", ACTIVITIES)
    assert frame["date"].isna().tolist() == [True]
    assert said(problems) == [
        f"error    file.csv row 2: 'date' is '{text}', which is not a date as YYYY-MM-DD. Write it like 2024-03-31."
    ]


def test_among_is_checked(tmp_path):
    _, problems = read(tmp_path, "activity,date,title,kind\nm1,,Start,party\n", ACTIVITIES)
    assert said(problems) == [
        "error    file.csv row 2: 'kind' is 'party', which must be one of: meeting, notes, interview, chat."
    ]


def test_columns_missing_misspelt_unknown_and_doubled(tmp_path):
    _, problems = read(tmp_path, "wave,sorce,weight,colour\nw1,a,1,red\n", TIES)
    assert said(problems) == [
        "error    file.csv row 1: unknown column 'sorce'. Did you mean 'source'? Rename it.",
        "warning  file.csv row 1: column 'colour' is not used. Known columns: wave, source, target, weight, relation.",
        "error    file.csv row 1: column 'target' is missing (actor who is named). Add it.",
    ]
    frame, problems = read(tmp_path, "wave,source,target,weight,source,\nw1,a,b,1,c,\n", TIES)
    assert said(problems) == ["error    file.csv row 1: column 'source' stands twice. Rename or remove one."]
    assert frame.empty
    assert frame.columns.tolist() == TIES.names


def test_a_second_header_and_lines_above_the_header_are_warnings(tmp_path):
    content = "Survey export,,,\n\nwave,source,target,weight\nw1,a,b,1\nwave,source,target,weight\nw1,b,a,1\n"
    frame, problems = read(tmp_path, content, TIES)
    assert frame.index.tolist() == [4, 6]
    assert said(problems) == [
        "warning  file.csv row 3: the header stands in row 3; the rows above it were not read.",
        "warning  file.csv row 5: the header stands here once more; the row was not read.",
    ]


def test_data_above_the_header_is_an_error_that_names_the_rows(tmp_path):
    content = "Survey export,,,\nw1,a,b,1\nw1,b,c,2\nwave,source,target,weight\nw1,b,a,1\n"
    frame, problems = read(tmp_path, content, TIES)
    assert frame.index.tolist() == [5]
    assert said(problems) == [
        "warning  file.csv row 4: the header stands in row 4; the rows above it were not read.",
        "error    file.csv row 2: the row stands above the header in row 4 and may be data. Move the header up, or take the row away.",
        "error    file.csv row 3: the row stands above the header in row 4 and may be data. Move the header up, or take the row away.",
    ]


def test_flags_and_integers(tmp_path):
    table = Table("t", "", (Column("flag", "flag", "", blank=True), Column("n", "integer", "", blank=True)))
    frame, problems = read(tmp_path, "flag,n\nYes,1\nfalse,2.0\n1,\n0,-3\n,4\nmaybe,5\nno,5.5\n", table)
    assert frame["flag"].tolist()[:4] == [True, False, True, False]
    assert frame["flag"].isna().tolist() == [False] * 4 + [True, True, False]
    assert frame["n"].dropna().tolist() == [1, 2, -3, 4, 5]
    assert [problem.row for problem in problems] == [7, 8]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(*[st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8).map(str.strip)] * 3),
        max_size=6,
    )
)
def test_what_is_written_is_read_or_named(rows):
    table = Table("t", "", tuple(Column(name, "text", "", blank=True) for name in ("first", "second", "third")))
    text = pd.DataFrame(rows, columns=table.names, dtype="str").to_csv(index=False)
    grid, problems = parse_grid(text, "x")
    cells, more = frame_of(grid, "x", table.names)
    frame, rest = parse_table(cells, "x", table)
    kept = [row for row in rows if any(row) and row != ("first", "second", "third")]
    assert [tuple(row) for row in frame.fillna("").to_numpy()] == kept
    assert not [problem for problem in [*problems, *more, *rest] if problem.level == "error"]
