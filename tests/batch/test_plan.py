import pytest

from nicmethods.batch.plan import parse_parameters, plan_runs, read_parameters
from nicmethods.errors import RunError
from nicmethods.results import ACROSS

MORE = "seed: int = 1  # random numbers: é start here\nshare: float = 0.5\npolicy: str | None = None\n"
BOTH = 'case: str = "demo"  # folder under data/\nreports: str = "../reports"\n'


def test_a_plan_is_cases_times_notebooks_and_across_cases_last(study, add_notebook):
    across = add_notebook("00_across", parameters='reports: str = "../reports"\n')
    first, second = add_notebook("01"), add_notebook("02")
    (study / "data" / "other").mkdir()
    runs = plan_runs(
        [study / "data" / "tiny", study / "data" / "other"], [across, first, second], reports=study / "reports"
    )
    assert [(run.case, run.notebook.stem) for run in runs] == [
        ("tiny", "01"), ("tiny", "02"), ("other", "01"), ("other", "02"), (ACROSS, "00_across"),
    ]  # fmt: skip
    assert runs[0].output == study / "reports" / "tiny" / "notebooks" / "01.ipynb"
    assert "case" not in runs[-1].arguments


def test_parameters_are_read_with_types_defaults_and_help(add_notebook):
    found = {parameter.name: parameter for parameter in read_parameters(add_notebook("01", parameters=BOTH + MORE))}
    assert (found["seed"].type, found["seed"].default, found["seed"].help) == ("int", 1, "random numbers: é start here")
    assert (found["policy"].type, found["policy"].default) == ("str | None", None)
    assert found["case"].help == "folder under data/"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"sede": 2}, "No notebook has a parameter 'sede'; there are: policy, seed, share."),
        ({"seed": "2"}, "01.ipynb: 'seed' must be int, not str ('2')."),
        ({"seed": True}, "01.ipynb: 'seed' must be int, not bool (True)."),
        ({"seed": 2.0}, "01.ipynb: 'seed' must be int, not float (2.0)."),
        ({"policy": 3}, "01.ipynb: 'policy' must be str | None, not int (3)."),
        ({"case": "other"}, "'case' is set by the plan and cannot be given."),
        ({"api_key": "x"}, "'api_key' looks like a secret"),
    ],
)
def test_wrong_parameters_stop_the_batch_before_it_starts(study, add_notebook, given, told):
    notebook = add_notebook("01", parameters=BOTH + MORE)
    with pytest.raises(RunError) as error:
        plan_runs([study / "data" / "tiny"], [notebook], reports=study / "reports", parameters=given)
    assert told in str(error.value)


def test_values_of_the_right_type_go_to_the_notebooks_that_have_them(study, add_notebook):
    notebooks = [add_notebook("01", parameters=BOTH + MORE), add_notebook("02", parameters=BOTH)]
    given = {"seed": 2, "share": 1, "policy": None}
    runs = plan_runs([study / "data" / "tiny"], notebooks, reports=study / "reports", parameters=given)
    assert [dict(run.parameters) for run in runs] == [given, {}]


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (BOTH + "seed = 1\n", "'seed = 1' is not of the form name: type = default."),
        (BOTH + "seed: int\n", "'seed: int' is not of the form"),
        (BOTH + "import os\n", "'import os' is not of the form"),
        (BOTH + "seed: Path = 1\n", "'seed' has type 'Path'"),
        (BOTH + 'seed: int = "1"\n', "'seed' is declared as int, but its default is '1'."),
        (BOTH + "seed: int = max(1, 2)\n", "the default of 'seed' is not a plain value."),
        (BOTH + 'password: str = ""\n', "'password' looks like a secret"),
        (BOTH + "seed: int = = 1\n", "line 3 of its parameters is no Python."),
        ('case: str = "demo"\n', "has no parameter 'reports'"),
    ],
)
def test_wrong_parameter_cells_are_told(study, add_notebook, parameters, told):
    with pytest.raises(RunError) as error:
        plan_runs([study / "data" / "tiny"], [add_notebook("01", parameters=parameters)], reports=study / "reports")
    assert told in str(error.value)


def test_everything_wrong_is_told_at_once(study, tmp_path):
    (tmp_path / "no.ipynb").write_text("{")
    (tmp_path / "bare.ipynb").write_text('{"cells": []}')
    (tmp_path / "else").mkdir()
    cases = [study / "data" / "none", study / "data" / "tiny", tmp_path / "else" / "tiny", tmp_path / ACROSS]
    with pytest.raises(RunError) as error:
        plan_runs(cases, [tmp_path / "no.ipynb", tmp_path / "bare.ipynb"], reports=study / "data" / "tiny" / "out")
    for told in (
        "no case folder 'none'", "Two cases are named 'tiny'", f"may not be named '{ACROSS}'", "no.ipynb cannot be read",
        "bare.ipynb has 0 cells tagged 'parameters'", "may not be written into the case folder 'tiny'",
    ):  # fmt: skip
        assert told in str(error.value)


def test_values_on_a_command_line_are_read_by_what_they_look_like():
    assert parse_parameters(["a=1", "b=1.5", "c=x=y", "d=true", 'e="1"', "f=", "g=[1, 2]"]) == {
        "a": 1, "b": 1.5, "c": "x=y", "d": True, "e": "1", "f": None, "g": [1, 2],
    }  # fmt: skip
    with pytest.raises(RunError, match="'seed' is not of the form name=value"):
        parse_parameters(["seed"])
    with pytest.raises(RunError, match="cannot be read"):
        parse_parameters(["a=[1"])
