"""Every line of Python in docs/codings.md runs, in order, on a copy of the demo case; so do its commands."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nicmethods.case.folder import load_case
from nicmethods.case.new import write_new_case
from nicmethods.cli import app
from nicmethods.exchange.refi import read_refi

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "codings.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = ("nicmethods export qdpx demo", "nicmethods import study.qdpx --case study")


@pytest.fixture(scope="module")
def after(tmp_path_factory):
    study = tmp_path_factory.mktemp("study")
    shutil.copytree(ROOT / "codebooks", study / "codebooks")
    for name, left_out in (("demo", ()), ("demo_from_ben", ()), ("demo_corrected", ("codings",))):
        shutil.copytree(ROOT / "data" / "demo", study / "data" / name, ignore=shutil.ignore_patterns(*left_out))
    (study / "notebooks").mkdir()
    write_new_case(study / "data" / "study", title="Study")
    names = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(study)
        for number, block in enumerate(BLOCKS, start=1):
            exec(compile(block, f"docs/codings.md, block {number}", "exec"), names)
        for command in COMMANDS:
            assert command in PAGE
            done = CliRunner().invoke(app, command.split()[1:])
            assert done.exit_code == 0, done.output
    return study, names


def test_there_is_a_block_for_every_part():
    assert len(BLOCKS) >= 9


@pytest.mark.slow
def test_what_the_page_does_is_what_it_says(after):
    study, names = after
    case = names["case"]
    assert names["conflicts"].empty
    assert len(names["merged"]) == len(case.codings)
    assert names["result"].lost.empty
    assert len(names["settled"].codings)
    columns = ["coder", "activity", "turn", "code", "start_char", "end_char", "seeker", "helper"]
    ours, carried = (
        table[columns].astype("object").fillna("").astype(str).sort_values(columns, ignore_index=True)
        for table in (case.codings, load_case(study / "data" / "demo_corrected").codings)
    )
    assert carried.equals(ours)
    text = read_refi(study / "demo.qdpx", "p")[0].sources["text"].str.cat()
    assert not any(name in text for name in case.roster["name"].dropna())


def test_an_imported_project_is_a_case(after):
    study, names = after
    folder = study / "data" / "study"
    shutil.copy(study / "data" / "demo" / "roster.csv", folder)
    imported = load_case(folder)
    key = ["coder", "activity", "code"]
    counts = [table.groupby(key)["turn"].nunique() for table in (imported.codings, names["case"].codings)]
    assert counts[0].equals(counts[1])
