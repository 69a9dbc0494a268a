"""Cases with faults put in by chance: no traceback, no hang, no row lost in silence; more with tests/fuzz/fuzz_cases.py."""

import runpy
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

fuzz = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "fuzz" / "fuzz_cases.py")))


@pytest.mark.skipif(sys.platform == "win32", reason="time is limited by a signal")
@pytest.mark.parametrize("seeds", [range(5), pytest.param(range(5, 60), marks=pytest.mark.slow)])
def test_faults_put_in_by_chance_are_said(seeds):
    said = fuzz.fuzz(seeds)
    assert not said, "\n".join(said)


def test_a_row_that_is_lost_is_seen(tmp_path, monkeypatch):
    from nicmethods.case import folder

    fuzz.write_case(tmp_path)
    read = folder.read_case

    def losing(path):
        case, problems = read(path)
        object.__setattr__(case, "people", case.people[1:])
        return case, problems

    monkeypatch.setattr(folder, "read_case", losing)
    assert fuzz.faults(tmp_path) == ["people.csv: 1 rows lost, 0 problems said"]
