"""The spot check: what is drawn, what it says, and how scores move."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import nicmethods as nic
from nicmethods.case.codebook import load_codebook
from nicmethods.case.folder import read_case
from nicmethods.cli import app
from nicmethods.coder.ground import precision_in_short
from nicmethods.coder.spot import draw_check, recalibrated, spot_precision
from nicmethods.coding.sample import draw
from nicmethods.errors import MeasureError
from nicmethods.tables import RUN_TABLES

HELP = load_codebook(Path(__file__).parents[2] / "codebooks" / "help.yml")


def case(n=200, n_asks=60):
    """Turns, and suggestions of the first of them (synthetic)."""
    ids = [str(i) for i in range(n)]
    turns = pd.DataFrame({"activity": "m", "turn": ids, "speaker": "A", "text": [f"words {i}" for i in ids]})
    told = turns[["activity", "turn"]].head(n_asks).assign(code="help_request", score=0.8, layer="starting")
    return turns, told


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=60), st.integers(1, 80), st.integers(0, 9))
def test_chances_say_what_was_drawn(strata, n, seed):
    frame = pd.DataFrame({"code": strata, "row": range(len(strata))})
    drawn = draw(frame, n, ["code"], seed)
    assert len(drawn) == min(n, len(frame))
    assert not drawn["row"].duplicated().any()
    size, took = frame.groupby("code").size(), drawn.groupby("code").size()
    for code, chance in drawn[["code", "chance"]].drop_duplicates().itertuples(index=False):
        assert chance == took[code] / size[code]
    assert (
        took.max() - took.min() <= 1 or (took[took < took.max() - 1] == size[took.index[took < took.max() - 1]]).all()
    )


def test_everybody_is_drawn_as_often_as_the_chance_says():
    frame = pd.DataFrame({"row": range(10)})
    counts = np.bincount(np.concatenate([draw(frame, 3, [], seed)["row"] for seed in range(2000)]), minlength=10) / 2000
    np.testing.assert_allclose(counts, 0.3, atol=0.05)


def test_the_sheet_is_blind_and_the_same_for_the_same_seed():
    turns, told = case()
    sheet = draw_check(turns, told, HELP, seed=1, n=20, n_unsuggested=10)
    assert len(sheet) == 30
    assert not {"score", "layer", "basis"} & set(sheet.columns)
    assert sheet["answer"].eq("").all()
    assert sheet["question"].str.startswith("Help request: ").all()
    suggested = sheet["turn"].isin(told["turn"])
    assert not suggested.head(20).all(), "suggested and unsuggested turns are mixed"
    assert not suggested.tail(20).all()
    assert sheet.loc[suggested, "chance"].eq(20 / 60).all()
    assert sheet.loc[~suggested, "drawn_from"].eq(140).all()
    pd.testing.assert_frame_equal(sheet, draw_check(turns, told, HELP, seed=1, n=20, n_unsuggested=10))


def test_precision_and_recall_by_hand():
    turns, told = case()
    sheet = draw_check(turns, told, HELP, seed=1, n=20, n_unsuggested=14)
    suggested = sheet["turn"].isin(told["turn"])
    sheet.loc[suggested, "answer"] = ["yes"] * 10 + ["No "] * 9 + ["unsure"]
    sheet.loc[~suggested, "answer"] = ["yes"] + ["no"] * 13
    found = spot_precision(sheet, told).iloc[0]
    assert (found["n_suggested"], found["n_judged"], found["n_unsure"], found["precision"]) == (60, 20, 1, 0.5)
    np.testing.assert_allclose(
        [found["low"], found["high"]], [0.299, 0.701], atol=0.001
    )  # Wilson, 10 of 20, R's prop.test
    assert found["recall"] == pytest.approx(30 / (30 + 140 / 14))
    assert found["recall_low"] < found["recall"] < found["recall_high"]
    sheet["answer"] = sheet["answer"].where(suggested, "")
    assert np.isnan(spot_precision(sheet, told).iloc[0]["recall"])


def test_scores_move_to_what_was_found_and_no_further():
    turns, told = case(400, 300)
    sheet = draw_check(turns, told, HELP, seed=1, n=200)
    sheet["answer"] = np.where(np.arange(200) < 60, "yes", "no")
    moved = recalibrated(told, sheet)["score"]
    assert (moved == moved[0]).all()
    assert moved[0] == pytest.approx(0.3, abs=0.02)
    few = recalibrated(told, sheet.assign(answer=np.where(np.arange(200) < 3, "no", "")))["score"][0]
    assert 0.3 < few < 0.8
    empty = recalibrated(told.assign(score=np.nan), sheet)["score"]
    assert empty[0] == pytest.approx(60.5 / 201)


def test_what_cannot_be_read_says_so():
    turns, told = case()
    sheet = draw_check(turns, told, HELP, seed=1)
    with pytest.raises(MeasureError, match="No row of the sheet is answered"):
        spot_precision(sheet, told)
    with pytest.raises(MeasureError, match="the sheet has 'maybe'"):
        spot_precision(sheet.assign(answer="maybe"), told)
    with pytest.raises(MeasureError, match="lacks the columns answer"):
        spot_precision(sheet.drop(columns="answer"), told)
    with pytest.raises(MeasureError, match="nothing to check"):
        draw_check(turns, told.head(0), HELP, seed=1)
    with pytest.raises(MeasureError, match="0 rows cannot be drawn"):
        draw(told, 0, [], 1)


def test_rows_that_are_not_as_they_were_drawn_are_refused_and_never_counted_as_something_else():
    turns, told = case()
    sheet = draw_check(turns, told, HELP, seed=1, n=20, n_unsuggested=10).assign(answer="yes")
    first = sheet.index[sheet["turn"].isin(told["turn"])][0]
    damaged = {
        "another turn": sheet.assign(turn=sheet["turn"].where(sheet.index != first, "no such")),
        "twice": pd.concat([sheet.drop(index=first), sheet.loc[[first, first]]]).reset_index(drop=True),
        "a number lost": sheet.assign(drawn_from=sheet["drawn_from"].where(sheet.index != first)),
    }
    for what, rows in damaged.items():
        with pytest.raises(MeasureError, match="not as it was drawn"):
            spot_precision(rows, told)
        assert what
    with pytest.raises(MeasureError, match="draw a new sheet"):
        recalibrated(told.drop(index=told.index[0]), sheet)  # the coder suggests something else now
    assert recalibrated(told, sheet.assign(answer="")) is told


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_judged_sheet_comes_back_as_a_spreadsheet_program_writes_it(tmp_path, ending):
    said = ["How do you do that?", "We use a chart for it because it helps.", "Okay."] * 20
    talk = pd.DataFrame({"meeting_id": "m", "turn_id": range(60), "speaker": ["A", "B", "C"] * 20, "text": said})
    talk.to_csv(tmp_path / "talk.csv", index=False)

    def run(sheet):
        return CliRunner().invoke(app, ["spotcheck", str(tmp_path / "talk.csv"), "--out", str(tmp_path / sheet)])

    assert run("judged.csv").exit_code == 0
    sheet = pd.read_csv(tmp_path / "judged.csv", dtype="str", keep_default_na=False).assign(answer="Yes")
    if ending == "csv":
        sheet.to_csv(tmp_path / "judged.csv", index=False, sep=";")
    else:
        sheet.to_excel(tmp_path / "judged.xlsx", index=False)
    found = run(f"judged.{ending}")
    assert found.exit_code == 0, found.output
    assert "help_request: 1.00 [" in found.output
    sheet.assign(answer="maybe").to_csv(tmp_path / "judged.csv", index=False)
    assert "must be one of" in run("judged.csv").output
    assert "is not by its name" in run("new.xlsx").output


@pytest.mark.slow
def test_a_case_takes_its_spot_check(tmp_path):
    """Judged in spotcheck.csv: the expected precision, what it rests on and the scores are those of the check."""
    folder = tmp_path / "mine"
    shutil.copytree(Path(__file__).parents[2] / "data" / "demo", folder)
    shutil.rmtree(folder / "codings")
    (folder / "ledger.csv").unlink()
    before = nic.analyse(folder, seed=1)
    asked = before.expected_precision
    RUN_TABLES["expected_precision"].schema().validate(asked, lazy=True)
    assert asked["n"].sum() == len(before.made_suggestions)
    assert set(asked.loc[asked["code"].eq("thanks"), "rests_on"]) == {"never measured"}
    sheet = draw_check(
        before.case.turns, before.made_suggestions.query("code == 'help_request'"), before.case.codebook, seed=1, n=20
    )
    sheet.to_csv(folder / "spotcheck.csv", index=False)
    assert nic.analyse(folder, seed=1).expected_precision.equals(asked)  # nothing judged yet
    sheet["answer"] = ["yes"] * 15 + ["no"] * 4 + ["unsure"]
    sheet.to_csv(folder / "spotcheck.csv", index=False)
    after = nic.analyse(folder, seed=1)
    assert not [problem for problem in after.case.problems if problem.file == "spotcheck.csv"]
    found = after.expected_precision.set_index("code")
    assert found.loc["help_request", "precision"].tolist() == [0.75] * asked["code"].eq("help_request").sum()
    assert set(found.loc["help_request", "rests_on"]) == {"a spot check of this case: 20 judged, 1 unsure"}
    assert (
        found.loc["help_given", "rests_on"].tolist() == asked.set_index("code").loc["help_given", "rests_on"].tolist()
    )
    expected = recalibrated(before.made_suggestions, sheet)
    pd.testing.assert_frame_equal(after.made_suggestions, expected)
    assert "help_request 0.75 [0.53, 0.89] (a spot check of this case" in precision_in_short(after.expected_precision)


def test_a_spot_check_of_other_turns_is_refused(tmp_path):
    folder = tmp_path / "mine"
    shutil.copytree(Path(__file__).parents[2] / "data" / "demo", folder)
    (folder / "spotcheck.csv").write_text(
        "activity,turn,code,answer,drawn_from\nA1,1,help_request,maybe,9\nA1,999,help_request,yes,9\nA1,2,help,no,9\n"
    )
    said = [str(problem) for problem in read_case(folder)[1] if problem.file == "spotcheck.csv"]
    for words in (
        "row 2: 'answer' is 'maybe', which must be one of: yes, no, unsure",
        "row 3: there is no such turn",
        "no such code",
    ):
        assert any(words in one for one in said), said
