"""Whole case folders: good ones say nothing, odd ones run with warnings, bad ones do not run; each says exactly what it must."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nicmethods.cli import app

ROOT = Path(__file__).parents[1] / "cases"
FOLDERS = sorted(path.parent for path in ROOT.glob("*/*/expected.txt"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_check_says_exactly_what_is_expected(folder, tmp_path):
    case = shutil.copytree(folder, tmp_path / folder.name, ignore=shutil.ignore_patterns("expected.txt"), symlinks=True)
    result = CliRunner().invoke(app, ["check", str(case)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.exit_code == (1 if folder.parent.name == "bad" else 0)
    said = [line.strip() for line in result.output.splitlines() if line.startswith(("  error", "  warning"))]
    assert said == (folder / "expected.txt").read_text(encoding="utf-8").splitlines()


def test_there_are_enough_of_them_and_they_say_what_their_folder_promises():
    levels = {"good": [], "odd": [], "bad": []}
    for folder in FOLDERS:
        lines = (folder / "expected.txt").read_text(encoding="utf-8").splitlines()
        levels[folder.parent.name].append({line.split()[0] for line in lines})
    assert len(levels["bad"]) >= 25
    assert len(levels["odd"]) >= 10
    assert all(found == set() for found in levels["good"])
    assert all(found == {"warning"} for found in levels["odd"])
    assert all("error" in found for found in levels["bad"])


def test_every_folder_of_cases_is_tested():
    folders = {path for kind in ("good", "odd", "bad") for path in (ROOT / kind).iterdir() if path.is_dir()}
    assert folders == set(FOLDERS)
