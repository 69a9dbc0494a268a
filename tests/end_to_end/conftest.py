"""Studies made for one test: a case folder in a temporary study, run by the real command."""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nicmethods.files.writing import locked


@pytest.fixture(scope="session")
def real_data():
    """The folder of real data that is not part of the project."""
    folder = os.environ.get("NICMETHODS_REAL_DATA")
    if not folder:
        pytest.skip("NICMETHODS_REAL_DATA is not set: real data is not part of the project")
    return Path(folder)


@pytest.fixture(scope="session")
def command():
    """Run nicmethods as a person would."""

    def run(*words, status=0):
        done = subprocess.run(
            [sys.executable, "-m", "nicmethods", *map(str, words)],
            capture_output=True,
            text=True,
            timeout=3600,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder for all workers of a test run."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def study(command, shared):
    """The demo and a case that cannot be read, run once for all workers of a test run; nobody may change them."""
    folder, said = shared / "a study" / "with a space", shared / "a study" / "said.txt"
    with locked(shared):
        if not said.exists():
            command("init", folder)
            bad = folder / "data" / "broken"
            bad.mkdir()
            (bad / "case.yml").write_text("titel: Broken\n")
            said.write_text(command("run", "--study", folder, status=1))
    return folder, said.read_text()


@pytest.fixture(scope="session")
def shipped(study, command, shared):
    """Reports of every shipped case, once for all workers: the study of the other tests, where the demo has run already, with the rest."""
    add = runpy.run_path(str(Path(__file__).parents[1] / "frozen" / "compare.py"))["add_shipped_cases"]
    folder, done = shared / "shipped" / "study", shared / "shipped" / "done"
    with locked(shared, name=".shipped"):
        if not done.exists():
            shutil.copytree(study[0], folder, ignore=shutil.ignore_patterns("broken", "manifest.csv"))
            add(folder)
            command("run", "--study", folder)
            done.touch()
    return folder / "reports"
