"""Notebooks stay thin: they call, show and write results."""

import re
from pathlib import Path

import nbformat
import pytest

from nicmethods.analysis import PARTS

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("0[1-9]*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_logic(path):
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert cells[0].cell_type == "markdown"
    assert code[0].metadata.get("tags") == ["parameters"]
    assert all(re.fullmatch(r"\w+: (str|int|float|bool) = .+  # \S.+", line) for line in code[0].source.splitlines())
    for cell in code:
        assert not re.search(r"^\s*(def|class|for|while|if|try)\b", cell.source, re.MULTILINE), cell.source
    imports = {line for cell in code for line in cell.source.splitlines() if line.startswith(("import", "from"))}
    assert imports == {"import nicmethods as nic"}
    assert re.search(r"^(analysis\.write|nic\.write_results)\(reports, ", code[-1].source, re.MULTILINE)


@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if "across" not in path.stem], ids=lambda path: path.stem)
def test_a_notebook_on_a_case_takes_one_analysis_and_leaves_its_part(path):
    code = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert sum("nic.analyse(case, " in source for source in code) == 1
    assert not any("nic.load_case(" in source for source in code)
    (part,) = re.findall(r'analysis\.write\(reports, "(\w+)"\)', code[-1])
    assert part in PARTS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_stored_is_small_and_compared(path):
    stored = [cell for cell in nbformat.read(path, as_version=4).cells if cell.get("outputs")]
    assert stored
    for cell in stored:
        assert cell.source.startswith("# NBVAL_CHECK_OUTPUT")
        assert not any("image/png" in output.get("data", {}) for output in cell.outputs)
