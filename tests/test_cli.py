"""The command line as a person types it."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from nicmethods.case.folder import read_case
from nicmethods.cli import SUGGESTED_COLUMNS

pytestmark = pytest.mark.slow


@pytest.fixture
def nicmethods(tmp_path):
    def run(*words, cwd=tmp_path):
        return subprocess.run(
            [sys.executable, "-m", "nicmethods", *map(str, words)],
            capture_output=True,
            text=True,
            cwd=cwd,
            timeout=3600,
            check=False,
        )

    return run


def test_init_new_check_in_a_folder_with_a_space(nicmethods, tmp_path):
    study = tmp_path / "my study"
    done = nicmethods("init", "my study")
    assert done.returncode == 0, done.stderr
    for name in ("notebooks/01_network.ipynb", "codebooks/help.yml", "data/demo/case.yml", ".gitignore", "reports"):
        assert (study / name).exists()
    done = nicmethods("new", "riverside", "--title", 'River "Side": a case', cwd=study)
    assert done.returncode == 0, done.stderr
    case, problems = read_case(study / "data" / "riverside")
    assert case is None
    assert {problem.file for problem in problems if problem.level == "error"} == {"roster.csv"}
    with (study / "data" / "riverside" / "roster.csv").open("a") as roster:
        roster.write("A1,Ada Quill,north,teacher,,,\nR1,Rurik Oster,hub,researcher,,,\n")
    case, problems = read_case(study / "data" / "riverside")
    assert case is not None, problems
    assert case.config.title == 'River "Side": a case'
    done = nicmethods("check", "riverside", cwd=study / "notebooks")
    assert done.returncode == 0
    assert "missing  No survey ties" in done.stdout


def test_init_leaves_what_is_there(nicmethods, tmp_path):
    nicmethods("init", "study")
    mine = tmp_path / "study" / "codebooks" / "help.yml"
    mine.write_text("mine")
    assert "0 files written" in nicmethods("init", "study").stdout
    assert mine.read_text() == "mine"


def test_new_does_not_write_over_a_case(nicmethods, tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "notes.txt").write_text("mine")
    done = nicmethods("new", "./case")
    assert done.returncode == 1
    assert "not empty" in done.stderr
    assert list((tmp_path / "case").iterdir()) == [tmp_path / "case" / "notes.txt"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run"], "No study folder here"),
        (["check", "nowhere"], "No study folder here"),
        (["check", "./nowhere"], "There is no case folder 'nowhere'"),
        (["new", "../up/../x/../case", "--study", "."], ""),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(nicmethods, words, message):
    done = nicmethods(*words)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_run_refuses_unknown_notebooks_and_parameters_before_anything_starts(nicmethods, tmp_path):
    nicmethods("init", "study")
    study = tmp_path / "study"
    done = nicmethods("run", "demo", "-n", "05_nothing", cwd=study)
    assert done.returncode == 1
    assert "01_network, 02_coding" in done.stderr
    done = nicmethods("run", "demo", "-p", "polcy=zero", cwd=study)
    assert done.returncode == 1
    assert "polcy" in done.stderr
    done = nicmethods("run", "demo", "-p", "seed=many", cwd=study)
    assert done.returncode == 1
    assert "seed" in done.stderr
    assert not any((study / "reports").rglob("*.ipynb"))


def test_every_command_has_help(nicmethods):
    words = re.findall(r"^│ (\w+)", nicmethods("--help").stdout, re.MULTILINE)
    assert {"init", "new", "check", "run", "site", "suggest", "train"} <= set(words)
    for word in ("init", "new", "check", "run", "site", "suggest", "train"):
        done = nicmethods(word, "--help")
        assert done.returncode == 0
        assert "--help" in done.stdout


def test_check_goes_through_every_case_and_fails_if_one_is_bad(nicmethods, tmp_path):
    nicmethods("init", "study")
    bad = tmp_path / "study" / "data" / "bad"
    bad.mkdir()
    (bad / "case.yml").write_text("titel: x\n")
    done = nicmethods("check", cwd=tmp_path / "study")
    assert done.returncode == 1
    assert "Case 'bad' cannot run" in done.stdout
    assert "Case 'demo' can run" in done.stdout
    assert Path(bad).exists()


TURNS = """\
meeting_id,turn_id,speaker,text
m1,1,A,how do you get them to send the survey back
m1,2,B,you could try calling every family in the first week
m1,3,A,oh thanks
m2,1,B,
"""


def test_suggest_accounts_for_every_turn(nicmethods, tmp_path):
    (tmp_path / "turns.csv").write_text(TURNS)
    done = nicmethods("suggest", "turns.csv", "--out", "deep/out.csv")
    assert done.returncode == 0, done.stderr
    rows = pd.read_csv(tmp_path / "deep" / "out.csv", dtype="str")
    assert list(rows) == list(SUGGESTED_COLUMNS)
    assert rows["label"].notna().ne(rows["reply_to"].notna()).all()
    assert rows[["meeting_id", "turn_id", "label"]].eq(["m1", "1", "help_request"]).all(axis=1).any()
    assert "4 turns" in done.stdout
    assert "meeting 'm2'" in done.stderr
    assert "too few to tell what kind of talk this is (m1, m2)" in done.stdout
    assert "help_request (starting, 1): unknown; unknown here" in done.stdout
    assert "nicmethods spotcheck" in done.stdout


def test_a_spot_check_is_drawn_and_read(nicmethods, tmp_path):
    (tmp_path / "turns.csv").write_text(TURNS)
    done = nicmethods("spotcheck", "turns.csv", "--out", "sheet.csv", "--codes", "help_request")
    assert done.returncode == 0, done.stderr
    sheet = pd.read_csv(tmp_path / "sheet.csv", dtype="str", keep_default_na=False)
    sheet.assign(answer="yes").to_csv(tmp_path / "sheet.csv", index=False)
    done = nicmethods("spotcheck", "turns.csv", "--out", "sheet.csv", "--codes", "help_request")
    assert "help_request: 1.00 [" in done.stdout, done.stderr
    assert pd.read_csv(tmp_path / "sheet_scores.csv")["score"].eq((len(sheet) + 0.5) / (len(sheet) + 1)).all()
    done = nicmethods("spotcheck", "turns.csv", "--out", "sheet.csv", "--codes", "help")
    assert "has no code help. It has: help_request" in done.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a,b\n1,2\n", "lack the columns"),
        (b"", "cannot be read as a UTF-8 csv"),
        ("meeting_id,turn_id,speaker,text\nm,1,A,café\n".encode("latin-1"), "cannot be read as a UTF-8 csv"),
        (None, "There is no file 'turns.csv'"),
    ],
)
def test_suggest_says_what_is_wrong_with_its_input(nicmethods, tmp_path, content, message):
    if content is not None:
        (tmp_path / "turns.csv").write_bytes(content)
    done = nicmethods("suggest", "turns.csv", "--out", "out.csv")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] in ([], ["turns.csv"])


def test_train_on_the_demo_writes_a_model_that_suggest_uses(nicmethods, tmp_path):
    nicmethods("init", "study")
    done = nicmethods("train", "demo", "--out", "model", "--study", "study")
    assert done.returncode == 0, done.stderr
    assert "help_request" in (tmp_path / "model" / "card.md").read_text()
    case, _ = read_case(tmp_path / "study" / "data" / "demo")
    turns = case.turns.rename(columns={"activity": "meeting_id", "turn": "turn_id"})
    turns[["meeting_id", "turn_id", "speaker", "text"]].to_csv(tmp_path / "turns.csv", index=False)
    done = nicmethods("suggest", "turns.csv", "--out", "out.csv", "--model", "model")
    assert done.returncode == 0, done.stderr
    assert "trained: " in (tmp_path / "out.csv").read_text()
