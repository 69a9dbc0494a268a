"""Studies made for one test: a case folder in a temporary study, run by the real command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


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
            timeout=600,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout

    return run
