"""A transcript that is corrected after coding: the change is an error that names codings; they follow, wait or are put back."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nicmethods.case.folder import load_case, read_case
from nicmethods.cli import app

pytestmark = pytest.mark.slow

DEMO = Path(__file__).parents[2] / "data" / "demo"


@pytest.fixture
def case(tmp_path):
    folder = shutil.copytree(DEMO, tmp_path / "data" / "demo")
    typed("check", folder, "--settle")
    return folder


def typed(*words, status=0):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == status, done.output
    return f"{done.output}{done.exception or ''}"


def without_cue(folder, number):
    path = folder / "transcripts" / "A1.vtt"
    cues = path.read_text(encoding="utf-8").split("\n\n")
    gone = cues.pop(number)
    path.write_text("\n\n".join(cues), encoding="utf-8")
    return gone


def words_of(case):
    text = case.turns.set_index(["activity", "turn"])["text"]
    found = [(row.coder, row.activity, row.code, text[row.activity, row.turn]) for row in case.codings.itertuples()]
    return sorted(found)


def test_what_is_settled_is_no_problem_and_changes_nothing(case):
    loaded, problems = read_case(case)
    assert loaded is not None
    assert not [
        problem for problem in problems if "as_coded" in problem.file or "when they were coded" in problem.message
    ]
    assert len(list((case / "codings" / "as_coded").glob("*.csv"))) == 6


def test_a_dropped_cue_is_an_error_with_the_codings_and_the_command(case):
    without_cue(case, 2)
    loaded, problems = read_case(case)
    assert loaded is None
    (error,) = [problem for problem in problems if problem.level == "error"]
    assert error.file == "transcripts/A1.vtt"
    assert "coder_a" in error.message
    assert "coder_b" in error.message
    assert "nicmethods carry CASE A1" in error.message


def test_codings_follow_their_words_and_can_be_put_back(case):
    before = words_of(load_case(case))
    files = {path: path.read_bytes() for path in (case / "codings").rglob("*.csv")}
    without_cue(case, 2)
    said = typed("carry", case, "A1", "--look")
    assert {path: path.read_bytes() for path in (case / "codings").rglob("*.csv")} == files
    said = typed("carry", case, "A1")
    assert re.search(r"codings: \d+ same, \d+ moved, \d+ review, \d+ lost", said)
    after, problems = read_case(case)
    assert after is not None, problems
    waiting = sum(len((path).read_text().splitlines()) - 1 for path in (case / "codings" / "to_review").glob("*.csv"))
    assert len(after.codings) + waiting >= len(before)
    others = [row for row in words_of(after) if row not in before]
    assert others == []
    typed("carry", case, "A1", "--undo")
    assert {path: path.read_bytes() for path in (case / "codings").rglob("*.csv")} == files
    assert "nothing to undo" in typed("carry", case, "A1", "--undo", status=1)


def test_what_is_lost_waits_with_the_reason_and_is_named_by_check(case):
    loaded = load_case(case)
    coded = loaded.codings[(loaded.codings["activity"] == "A1") & (loaded.codings["coder"] == "coder_a")]
    cue = int(loaded.turns.set_index(["activity", "turn"])["cues"]["A1", coded["turn"].iloc[0]].split()[0])
    without_cue(case, cue)
    typed("carry", case, "A1")
    waiting = list((case / "codings" / "to_review").glob("A1-coder_a.csv"))
    assert len(waiting) == 1
    assert "why" in waiting[0].read_text().splitlines()[0]
    _, problems = read_case(case)
    assert any(problem.file == "codings/to_review/A1-coder_a.csv" for problem in problems)


def test_a_change_that_touches_no_coding_is_a_warning(case):
    path = case / "transcripts" / "A1.vtt"
    loaded = load_case(case)
    coded = set(loaded.codings.loc[loaded.codings["activity"] == "A1", "turn"]) | set(
        loaded.adjudicated.loc[loaded.adjudicated["activity"] == "A1", "turn"]
    )
    free = loaded.turns[(loaded.turns["activity"] == "A1") & ~loaded.turns["turn"].isin(coded)].iloc[-1]
    text = path.read_text(encoding="utf-8")
    word = max(free["text"].split(), key=lambda word: (text.count(word) == 1, len(word)))
    path.write_text(text.replace(word, "kangaroo"), encoding="utf-8")
    loaded, problems = read_case(case)
    assert loaded is not None
    assert any("no coding stands on them" in problem.message for problem in problems)


def test_without_a_kept_transcript_the_command_says_so(tmp_path):
    folder = shutil.copytree(DEMO, tmp_path / "demo")
    assert "is not there" in typed("carry", folder, "A1", status=1)
