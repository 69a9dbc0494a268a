"""Files of rows that people edit too: what was not changed stays as it was, byte for byte."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nicmethods.errors import CaseError
from nicmethods.lab.sheet import ChangedError, Edit, new_sheet, parse_sheet

NEEDED = {"activity", "turn", "code"}


def parsed(text):
    return parse_sheet(text.encode(), "codings/anna.csv", NEEDED)


WRITTEN = {
    "semicolons and odd blanks": "activity;turn;code;memo\nA1; 5 ;thanks;\nA1;6;uptake;x;\n",
    "windows line ends, a BOM and blank lines": "\ufeffactivity,turn,code\r\n\r\nA1,5,thanks\r\n,,\r\n",
    "a line above the header, quotes, lines in cells": 'Export\nactivity,turn,code,memo\n"A1","5",thanks,"a ""b""\n c"\n',
    "no line end at the end": "activity,turn,code,own column\nA1,5,thanks,kept",
    "the header twice": "activity,turn,code\nA1,5,thanks\nactivity,turn,code\nA1,6,thanks\n",
    "no rows": "activity,turn,code\n",
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_adding_and_taking_away_again_leaves_the_file_as_it_was(text):
    sheet = parsed(text)
    assert sheet.text == text
    row = {"activity": "A1", "turn": "9", "code": "uptake"}
    more, undo = sheet.edited([Edit("anna", None, row)])
    assert more.text.startswith(text)
    assert parsed(more.text).records == [*sheet.records, row]
    back, _ = more.edited(undo)
    assert back.text.rstrip("\r\n") == text.rstrip("\r\n")


def test_only_the_row_that_is_meant_is_written_anew():
    sheet = parsed('activity,turn,code,memo\nA1, 5 ,thanks,"x"\nA1,6,"uptake",\nA2,1,thanks,\n')
    row = sheet.records[1]
    changed, undo = sheet.edited([Edit("anna", row, {**row, "memo": "so, then"})])
    assert changed.text == 'activity,turn,code,memo\nA1, 5 ,thanks,"x"\nA1,6,uptake,"so, then"\nA2,1,thanks,\n'
    assert changed.edited(undo)[0].records == sheet.records
    gone, undo = sheet.edited([Edit("anna", row, None)])
    assert gone.text == 'activity,turn,code,memo\nA1, 5 ,thanks,"x"\nA2,1,thanks,\n'
    assert gone.edited(undo)[0].records == sheet.records, "in its old place"


def test_a_column_that_the_file_lacks_is_put_at_the_end_of_every_row():
    sheet = parsed('activity,turn,code\n\nA1,5,"than\nks"\nA1,6,uptake')
    changed, _ = sheet.edited([Edit("anna", None, {"activity": "A1", "turn": "7", "code": "thanks", "memo": "m"})])
    assert changed.text == 'activity,turn,code,memo\n\nA1,5,"than\nks",\nA1,6,uptake,\nA1,7,thanks,m\n'


def test_a_row_that_is_not_as_it_was_is_not_touched():
    sheet = parsed("activity,turn,code,memo\nA1,5,thanks,new memo\n")
    with pytest.raises(ChangedError, match=r"codings/anna.csv: the row was changed elsewhere"):
        sheet.edited([Edit("anna", {"activity": "A1", "turn": "5", "code": "thanks"}, None)])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"activity,turn,code\nA1,5,Zo\xeb\n", "not UTF-8. Save it as csv in UTF-8"),
        (b"", "is empty"),
        (b"activity,turn\nA1,5\n", "must name the columns activity, code, turn"),
        (b"activity,turn,code,\nA1,5,thanks,\n", "ends in a column without a name"),
        (b"activity,turn,code\nA1,5\n", "row 2: the row has 2 cells where the header has 3"),
        (b'activity,turn,code\nA1,5,"thanks\n', "row 2: the row cannot be cut into cells"),
    ],
)
def test_what_cannot_be_written_back_is_refused(data, message):
    with pytest.raises(CaseError, match=message):
        parse_sheet(data, "codings/anna.csv", NEEDED)


def in_any_order(records):
    return sorted(sorted(row.items()) for row in records)


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1, max_size=8)
CELLS = st.fixed_dictionaries({"activity": CELL, "turn": CELL, "code": CELL}, optional={"memo": CELL, "helper": CELL})


@given(st.lists(CELLS, max_size=8), st.data())
def test_any_run_of_changes_can_be_undone_and_reads_back_as_a_table(rows, data):
    sheet, _ = new_sheet("codings/anna.csv", ["activity", "turn", "code"]).edited(
        Edit("anna", None, row) for row in rows
    )
    assert list(parsed(sheet.text).records) == rows
    edits = [Edit("anna", row, data.draw(st.one_of(st.none(), CELLS))) for row in rows]
    edits.insert(0, Edit("anna", None, data.draw(CELLS), place=data.draw(st.integers(0, 9))))
    changed, undo = sheet.edited(edits)
    read = list(csv.DictReader(io.StringIO(changed.text)))
    assert [{key: cell for key, cell in row.items() if cell} for row in read] == [dict(row) for row in changed.records]
    undone = changed.edited(undo)[0].records
    assert in_any_order(undone) == in_any_order(sheet.records), "equal rows may trade places"
