"""The survey form: the same reading as the command, with columns that a person picks."""

from pathlib import Path

import pytest

import nicmethods as nic
from nicmethods.case.folder import read_case
from nicmethods.errors import MeasureError

FILES = Path(__file__).parents[1] / "cases" / "surveys"
CASE = (
    "title: T\nwaves: [{id: w1}, {id: w2}]\nrelations:\n  - {name: help, scale: {0: never, 1: sometimes, 2: often}}\n"
)
ROSTER = 'actor,name,email\nA,Ana Ruiz,ana@x.org\nB,Ben Okafor,ben@x.org\nC,"Levi-Montalcini, Rita",rita@x.org\nD,Cy Dale,cy@x.org\n'


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "c"
    folder.mkdir()
    (folder / "case.yml").write_text(CASE)
    (folder / "roster.csv").write_text(ROSTER)
    return folder


def test_a_file_goes_in_once_what_is_asked_is_answered(folder):
    form = nic.survey_form(folder, file=FILES / "google_grid.csv")
    assert any("Of which wave" in line for line in form.look())
    assert form.take() == "Something has to be said first."
    form.says["wave"] = ["w1"]
    assert "  Ana Ruiz reports 'often' to Ben Okafor" in form.look()
    assert "Copied to" in form.take()
    case, _ = read_case(folder)
    assert (case.ties["weight"] > 0).sum() == 4


def test_the_form_shows_a_table_in_which_columns_are_picked(folder):
    form = nic.survey_form(folder, file=FILES / "google_checkboxes.csv")
    path, wave, table, _, said, take = form.widget().children
    grid = table.children[0]
    heads = [child for child in grid.children if child.__class__.__name__ == "Dropdown"]
    assert len(heads) == 3
    assert take.disabled
    wave.value = "w1"
    heads[1].value = "says who answers"
    heads[2].value = "asks for help"
    assert form.picked == {"Your name": "says who answers", "Whom do you turn to?": "asks for help"}
    assert "Ana Ruiz reports" in said.value
    assert not take.disabled
    take.click()
    assert "Copied to" in said.value
    path.value = "nowhere.csv"
    assert "There is no file" in said.value


def test_cells_of_a_file_are_shown_as_text(folder, tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("<b>who</b>,<script>\nA,B\n")
    form = nic.survey_form(folder, file=file)
    shown = "".join(
        child.value
        for child in form.widget().children[2].children[0].children
        if hasattr(child, "value") and isinstance(child.value, str)
    )
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


def test_a_case_without_people_is_refused(folder):
    (folder / "roster.csv").write_text("actor,name\n")
    with pytest.raises(MeasureError, match=r"Fill in roster\.csv first"):
        nic.survey_form(folder)
