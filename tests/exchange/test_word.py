"""Tables as Word documents: what goes in stands in the document."""

import pandas as pd
import pytest
from docx import Document

from nicmethods.exchange.word import write_table_docx


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "pair": ["A & B", "<b>C</b>", "é 漢"],
            "n": pd.array([1, None, 3], dtype="Int64"),
            "share": [0.125, 2.0, None],
            "day": [pd.Timestamp("2024-01-05"), pd.NaT, pd.NaT],
        }
    )


def test_cells_are_text_and_blanks_are_dashes(tmp_path, table):
    write_table_docx(table, tmp_path / "t.docx", caption="Table 1. Pairs", note="Synthetic.", digits=3)
    document = Document(str(tmp_path / "t.docx"))
    rows = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert rows == [
        ["pair", "n", "share", "day"],
        ["A & B", "1", "0.125", "2024-01-05"],
        ["<b>C</b>", "–", "2", "–"],
        ["é 漢", "3", "–", "–"],
    ]
    assert [paragraph.text for paragraph in document.paragraphs] == ["Table 1. Pairs", "Synthetic."]
    assert "w:tblHeader" in document.tables[0].rows[0]._tr.xml


def test_control_characters_of_a_transcript_are_left_out(tmp_path):
    table = pd.DataFrame({"quote": ["a\x00b\x1b[31mc\ufffe"]})
    write_table_docx(table, tmp_path / "t.docx", caption="\x07Quote")
    document = Document(str(tmp_path / "t.docx"))
    assert document.tables[0].rows[1].cells[0].text == "ab[31mc"
    assert document.paragraphs[0].text == "Quote"


def test_a_wide_table_lies_across(tmp_path):
    write_table_docx(pd.DataFrame([range(7)], columns=list("abcdefg")), tmp_path / "t.docx", caption="Wide")
    section = Document(str(tmp_path / "t.docx")).sections[0]
    assert section.page_width > section.page_height


def test_the_author_is_left_blank(tmp_path, table):
    write_table_docx(table[:0], tmp_path / "t.docx", caption="Empty")
    document = Document(str(tmp_path / "t.docx"))
    assert document.core_properties.author == ""
    assert len(document.tables[0].rows) == 1
