"""A published case run once more: what is the same, and each thing that may differ."""

import json
import shutil
import subprocess
import sys

import pandas as pd
import pytest

from nicmethods.batch.crate import CRATE
from nicmethods.batch.plan import plan_runs
from nicmethods.batch.run import run_batch
from nicmethods.batch.verify import verify_case
from nicmethods.errors import RunError
from nicmethods.site.site import build_site

CASE = 'case: str = "tiny"  # case\nreports: str = "../reports"  # reports\nseed: int = 1  # seed\n'
NUMBERS = """
import random
from pathlib import Path
import pandas as pd
from nicmethods.tables import RUN_TABLES
from nicmethods.results import write_results
people = pd.read_csv(Path(case) / "roster.csv")
drawn = random.Random(seed).random()
actors = people[["actor", "site", "role"]].reindex(columns=RUN_TABLES["actors"].names)
write_results(reports, Path(case).name, {"actors": actors},
              [{"id": "own.drawn", "value": drawn, "n": len(people)}, {"id": "own.third", "value": 1 / 3}],
              summary={"title": "Tiny", "n_actors": len(people)})
"""
ACROSS = """
from nicmethods.across.gather import read_across
from nicmethods.results import write_results
write_results(reports, "across_cases", {}, [{"id": "all.n", "value": float(len(read_across(reports).numbers))}])
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory, notebook_text):
    """A study that has run with seed 7; tests get a copy of it."""
    root = tmp_path_factory.mktemp("published") / "a study"
    case = root / "data" / "tiny"
    case.mkdir(parents=True)
    (case / "case.yml").write_text("title: Tiny\nsynthetic: true\n")
    (case / "roster.csv").write_text("actor,name,site,role\nE01,Ada Quill,north,teacher\nE02,Bo Reed,south,teacher\n")
    (root / "notebooks").mkdir()
    (root / "notebooks" / "01_own.ipynb").write_text(notebook_text(NUMBERS, parameters=CASE))
    alone = 'reports: str = "../reports"  # reports\n'
    (root / "notebooks" / "04_all.ipynb").write_text(notebook_text(ACROSS, parameters=alone))
    notebooks = sorted((root / "notebooks").glob("*.ipynb"))
    run_batch(plan_runs([case], notebooks, reports=root / "reports", parameters={"seed": 7}), timeout_s=600)
    build_site(root / "reports")
    return root


@pytest.fixture
def study(published, tmp_path):
    return shutil.copytree(published, tmp_path / "study")


def again(study, case="tiny", *, ours=False):
    """What differs; that this package was edited while the tests ran is left out."""
    folder = None if case == "across_cases" else study / "data" / case
    found = verify_case(study / "reports" / case, case=folder, notebooks=study / "notebooks", timeout_s=600)
    told = [(one.kind, one.place, one.what) for one in found]
    return [one for one in told if ours or one[:2] != ("note", "nicmethods")]


def change(path, before, after):
    text = path.read_text()
    assert text.count(before) == 1
    path.write_text(text.replace(before, after))


def test_a_case_that_nobody_touched_is_the_same(study):
    before = sorted(path.read_bytes() for path in (study / "reports").rglob("*") if path.is_file())
    assert again(study) == []
    assert again(study, "across_cases") == []
    assert sorted(path.read_bytes() for path in (study / "reports").rglob("*") if path.is_file()) == before


def test_a_number_that_was_changed_is_told_by_its_id(study):
    path = study / "reports" / "tiny" / "numbers.json"
    numbers = json.loads(path.read_text())
    drawn = next(number for number in numbers if number["id"] == "own.drawn")
    drawn["value"] *= 1 + 1e-8
    next(number for number in numbers if number["id"] == "own.third")["value"] *= 1 + 1e-11
    path.write_text(json.dumps(numbers))
    (number, file) = again(study)
    assert number[:2] == ("number", "own.drawn")
    assert number[2].startswith(f"'value' is {drawn['value']} as published, 0.32")
    assert file[:2] == ("file", "numbers.json")


def test_changed_and_lost_cells_columns_rows_and_tables_are_told_with_their_place(study):
    folder = study / "reports" / "tiny"
    change(folder / "tables" / "actors.csv", "E02,south", "E02,north")
    found = again(study)
    assert ("table", "tables/actors.csv", "row 3, 'site' is north as published, south now") in found
    (folder / "tables" / "actors.csv").write_text("actor,site\nE01,north\n")
    found = [what for kind, place, what in again(study) if kind == "table"]
    assert found[0] == "column 'role' is given by the run, but not published"
    assert found[-1] == "1 rows as published, 2 now"
    (folder / "tables" / "actors.csv").unlink()
    (folder / "notebooks" / "01_own.html").unlink()
    assert again(study) == [
        ("file", "notebooks/01_own.html", "is missing from what was published"),
        ("file", "tables/actors.csv", "is missing from what was published"),
    ]


def test_many_cells_are_cut_short(study):
    path = study / "reports" / "tiny" / "tables" / "actors.csv"
    header = path.read_text().splitlines()[0]
    row = ",".join("z" for _ in header.split(","))
    path.write_text(f"{header}\n{row}\n{row}\n")
    found = [what for kind, _, what in again(study) if kind == "table"]
    assert len(found) == 6
    assert found[-1] == f"and {2 * len(header.split(',')) - 5} more cells"


def test_a_changed_input_is_told_beside_what_it_changes(study):
    change(study / "data" / "tiny" / "roster.csv", "E02,Bo Reed,south,teacher\n", "")
    (study / "data" / "tiny" / "notes.txt").write_text("new")
    found = again(study)
    assert ("input", "tiny/roster.csv", "its content has changed since (another SHA-256)") in found
    assert ("input", "tiny/notes.txt", "is read now; it was not there when published") in found
    assert ("number", "own.drawn", "'n' is 2 as published, 1 now") in found
    assert ("summary", "case.json", "'n_actors' is not as published") in found


def test_another_seed_is_told(study):
    change(study / "reports" / "tiny" / "provenance.json", '"seed": 7', '"seed": 8')
    kinds = [(kind, place) for kind, place, _ in again(study)]
    assert kinds == [("number", "own.drawn"), ("file", "provenance.json")]


def test_a_changed_or_lost_notebook_is_told(study):
    change(study / "notebooks" / "01_own.ipynb", "random.Random(seed).random()", "0.5")
    found = again(study)
    assert ("notebook", "01_own.ipynb", "has changed since (another SHA-256)") in found
    assert ("number", "own.drawn") in [one[:2] for one in found]
    change(study / "notebooks" / "01_own.ipynb", "seed: int = 1", "sed: int = 1")
    assert "cannot be run as recorded: No notebook has a parameter 'seed'" in again(study)[0][2]
    (study / "notebooks" / "01_own.ipynb").unlink()
    assert again(study)[0][:2] == ("notebook", "01_own.ipynb")


def test_damaged_files_are_told(study):
    for name in ("numbers.json", "case.json", CRATE):
        (study / "reports" / "tiny" / name).write_text("{")
    found = [one[:2] for one in again(study)]
    assert {("number", "own.drawn"), ("summary", "case.json"), ("file", CRATE)} <= set(found)


def test_ratings_of_the_study_are_an_input_of_what_compares_cases(study):
    (study / "data" / "ratings.csv").write_text("network,year\n")
    assert again(study, "across_cases") == [
        ("input", "data/ratings.csv", "is read now; it was not there when published")
    ]


def test_a_case_that_fails_now_is_told(study):
    (study / "data" / "tiny" / "case.yml").write_text("title: Tiny\nnonsense: 1\n")
    found = again(study)
    assert found[0][:2] == ("run", "01_own")
    assert found[0][2].startswith("ok when published, failed now (the case cannot be read")


def test_other_versions_and_code_are_notes(study):
    path = study / "reports" / "tiny" / "provenance.json"
    said = json.loads(path.read_text())
    said["versions"] |= {"pandas": "0.1", "gone": "2"}
    said["notebooks"]["01_own"]["code"] = "x"
    path.write_text(json.dumps(said))
    (study / "reports" / "tiny" / CRATE).unlink()
    found = again(study, ours=True)
    assert [kind for kind, _, _ in found] == ["note", "note", "note"]
    assert ("note", "gone", "version 2 when published, none now") in found
    assert found[1][2] == f"version 0.1 when published, {pd.__version__} now"


@pytest.mark.parametrize("text", [None, "{", "[]", "{}"])
def test_a_folder_that_does_not_say_what_ran_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "provenance.json").write_text(text)
    with pytest.raises(RunError, match=r"holds no provenance\.json that says what ran"):
        verify_case(tmp_path, case=tmp_path, notebooks=tmp_path)


def test_the_command_says_it_and_ends_with_1_where_something_differs(study):
    def verify(*words):
        command = [sys.executable, "-m", "nicmethods", "verify", *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=study, timeout=1200, check=False)

    done = verify("reports/tiny")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == "tiny: the same (numbers within 1e-09 of their size)."
    (study / "reports" / "tiny" / "tables" / "actors.csv").unlink()
    done = verify()
    assert done.returncode == 1
    assert done.stdout.splitlines()[:2] == [
        "tiny: 1 difference.",
        "  file     tables/actors.csv: is missing from what was published",
    ]
    assert "across_cases: " in done.stdout
    assert "There is no case folder" in verify("nowhere").stderr
