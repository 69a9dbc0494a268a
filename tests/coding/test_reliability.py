"""A blind sample for a second coder: drawn with known chances, given out without others' codes, read back for agreement alone."""

import shutil
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from nicmethods.case.folder import load_case, read_case
from nicmethods.cli import app
from nicmethods.coding.agreement import agreement_card
from nicmethods.coding.reliability import codes_unread, draw_turns, of_record, parse_sheet, sheet
from nicmethods.errors import MeasureError
from nicmethods.files.cells import Grid
from nicmethods.tables import CASE_TABLES, WORK_TABLES, conform
from nicmethods.tables.bundles import Coders, Meetings

DEMO = Path(__file__).parents[2] / "data" / "demo"


@pytest.fixture(scope="module")
def demo():
    return load_case(DEMO)


def typed(*words, status=0):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == status, done.output
    return done.output


def test_the_draw_is_seeded_stratified_and_knows_its_chances(demo):
    drawn = draw_turns(demo.turns, demo.codings, n=120, seed=7)
    pd.testing.assert_frame_equal(drawn, draw_turns(demo.turns, demo.codings, n=120, seed=7))
    assert not drawn.equals(draw_turns(demo.turns, demo.codings, n=120, seed=8))
    assert len(drawn) == 120
    coded = set(zip(demo.codings["activity"], demo.codings["turn"], strict=True))
    is_coded = [place in coded for place in zip(drawn["activity"], drawn["turn"], strict=True)]
    assert 40 <= sum(is_coded) <= 80
    assert set(drawn["activity"]) == set(demo.codings["activity"])
    # weighted back, the sample is as large as what it was drawn from
    words = demo.turns["activity"].isin(drawn["activity"]) & demo.turns["text"].str.contains(r"\w", regex=True)
    assert (1 / drawn["chance"]).sum() == pytest.approx(words.sum())
    with pytest.raises(MeasureError, match="nobody has coded"):
        draw_turns(demo.turns, demo.codings.iloc[:0], n=5, seed=1)


def test_the_sheet_shows_context_and_nobodys_codes(demo):
    drawn = draw_turns(demo.turns, demo.codings, n=30, seed=1)
    table = sheet(drawn, demo.turns, demo.codebook)
    assert list(table.columns) == [
        "activity",
        "turn",
        "who",
        "before",
        "text",
        "after",
        *demo.codebook.ids,
        "no code",
        "memo",
    ]
    assert (table[[*demo.codebook.ids, "no code", "memo"]] == "").all(axis=None)
    said = demo.turns.set_index(["activity", "turn"])
    row = table.iloc[5]
    assert row["text"] == said.loc[(row["activity"], row["turn"]), "text"]


def filled(path, marks):
    book = openpyxl.load_workbook(path)
    page = book["turns"]
    header = [cell.value for cell in page[1]]
    for number, codes in enumerate(marks, start=2):
        for code in codes:
            page.cell(number, header.index(code) + 1, "x")
    book.save(path)


@pytest.mark.slow
def test_a_sample_goes_out_and_comes_back_for_agreement_alone(tmp_path):
    case = shutil.copytree(DEMO, tmp_path / "data" / "demo")
    out = tmp_path / "ben.xlsx"
    typed("sample", case, "--turns", 20, "--for", "ben", "--seed", 3, "--out", out)
    assert "already" in typed("sample", case, "--for", "ben", "--out", out, status=1)
    filled(out, [["help_request"], ["help_request", "thanks"], *[["no code"]] * 16])
    before = load_case(case)
    typed("sample", case, "--for", "ben", "--back", out)
    after, problems = read_case(case)
    assert after is not None, problems
    ben = after.codings[after.codings["coder"] == "ben"]
    assert sorted(ben["code"]) == ["help_request", "help_request", "thanks"]
    read = after.coverage[after.coverage["coder"] == "ben"]
    assert (read["last_position"] - read["first_position"] + 1).sum() == 18
    assert set(read["purpose"]) == {"reliability"}
    drawn = pd.read_csv(case / "codings" / "samples" / "ben.csv", dtype={"turn": "str"}).head(18)
    spans = read["last_position"] - read["first_position"] + 1
    assert (spans / read["chance"]).sum() == pytest.approx((1 / drawn["chance"]).sum())
    kept = of_record(after.coverage)
    pd.testing.assert_frame_equal(kept.reset_index(drop=True), before.coverage.reset_index(drop=True))
    assert not [problem for problem in problems if "samples" in problem.file]
    assert "already" in typed("sample", case, "--for", "ben", "--back", out, status=1)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("m", "9", "x", ""), "was not given out"),
        (("m", "1", "perhaps", ""), "mark it with x"),
        (("m", "1", "x", "x"), "are both marked"),
    ],
)
def test_faults_of_a_sheet(demo, cells, said):
    drawn = pd.DataFrame({"activity": ["m", "m"], "turn": ["1", "2"], "chance": 1.0})
    grid = Grid((("activity", "turn", "thanks", "no code"), cells))
    _, _, problems = parse_sheet(grid, "s.xlsx", drawn, demo.codebook)
    assert any(said in problem.message for problem in problems if problem.level == "error")


def test_a_code_that_a_coder_never_had_is_unread():
    turns = pd.DataFrame({"activity": "m", "turn": ["1", "2"], "position": [1, 2], "text": "a"})
    coverage = pd.DataFrame({
        "coder": ["a", "b", "b"], "activity": "m", "codebook": None, "first_position": [1, 1, 2], "last_position": [2, 1, 2],
        "basis": "listed", "codes": [None, "help", "help;new"], "purpose": None,
    })  # fmt: skip
    unread = codes_unread(coverage, turns, coders=["a", "b", "c"], codes=["help", "new"])
    assert unread[:, 0].tolist() == [[False, False], [False, False]]
    assert unread[:, 1].tolist() == [[False, True], [False, False]]
    assert unread[:, 2].all()


def test_an_unknown_code_in_coverage_is_an_error(tmp_path):
    case = shutil.copytree(DEMO, tmp_path / "demo")
    path = case / "codings" / "coverage.csv"
    table = pd.read_csv(path, dtype="str", keep_default_na=False).assign(codes="help_request;nonsense")
    path.write_text(table.to_csv(index=False))
    loaded, problems = read_case(case)
    assert loaded is None
    assert any("'codes' is 'nonsense'" in problem.message for problem in problems)


def by_hand(chance):
    """Ten turns; ann read all and coded turns 1 and 2; ben read these and turns 3 and 4 of the other eight, and coded turn 1."""
    turns = pd.DataFrame({"activity": "m", "turn": [*"123456789", "10"], "position": range(1, 11), "text": "Yes."})
    coverage = [
        {"coder": "ann", "activity": "m", "first_position": 1, "last_position": 10, "basis": "listed"},
        {"coder": "ben", "activity": "m", "first_position": 1, "last_position": 2, "basis": "listed", "chance": 1.0},
        {"coder": "ben", "activity": "m", "first_position": 3, "last_position": 4, "basis": "listed", "chance": chance},
    ]
    codings = [{"coder": who, "activity": "m", "turn": turn, "code": "help"} for who, turn in (("ann", "1"), ("ann", "2"), ("ben", "1"))]  # fmt: skip
    meetings = Meetings(
        activities=conform([{"activity": "m", "kind": "meeting"}], CASE_TABLES["activities"]),
        turns=conform(turns, WORK_TABLES["turns"]),
    )
    return meetings, Coders(
        codings=conform(codings, WORK_TABLES["codings"]), coverage=conform(coverage, WORK_TABLES["coverage"])
    )


def test_agreement_on_a_sample_is_weighted_back_to_the_record():
    """Turns 3 and 4 stand for eight: nine of ten agree. Kappa: ann 2 of 10, ben 1 of 10, (.9 - .74) / (1 - .74)."""
    card = agreement_card(*by_hand(0.25), seed=1, n_bootstrap=50).set_index("coefficient")
    assert card.loc["percent", "value"] == pytest.approx(0.9)
    assert card.loc["kappa_cohen", "value"] == pytest.approx(0.16 / 0.26)
    assert card.loc["specific_positive", "value"] == pytest.approx(2 / 3)
    assert card["prevalence"].tolist() == pytest.approx([0.15] * len(card))
    assert set(card["n"]) == {4}
    assert card["note"].str.contains("weighted back to what the sample was drawn from").all()


def test_where_nothing_was_drawn_a_turn_counts_as_one():
    card = agreement_card(*by_hand(None), seed=1, n_bootstrap=50).set_index("coefficient")
    assert card.loc["percent", "value"] == pytest.approx(0.75)
    assert not card["note"].str.contains("weighted").any()
