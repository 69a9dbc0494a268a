"""Notebooks stay thin: they call, show and write results."""

import re
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("0[1-9]*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_logic(path):
    cells = nbformat.read(path, as_version=4).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert cells[0].cell_type == "markdown"
    assert code[0].metadata.get("tags") == ["parameters"]
    assert all(re.fullmatch(r"\w+: (str|int|float|bool) = .+  # \S.+", line) for line in code[0].source.splitlines())
    assert len(code) <= 15
    for cell in code:
        assert len(cell.source.splitlines()) <= 8, cell.source
        assert not re.search(r"^\s*(def|class|for|while|if|try)\b", cell.source, re.MULTILINE), cell.source
    imports = {line for cell in code for line in cell.source.splitlines() if line.startswith(("import", "from"))}
    assert imports == {"import nicmethods as nic"}
    assert "nic.write_results(" in code[-1].source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_stored_is_small_and_compared(path):
    stored = [cell for cell in nbformat.read(path, as_version=4).cells if cell.get("outputs")]
    assert stored
    for cell in stored:
        assert cell.source.startswith("# NBVAL_CHECK_OUTPUT")
        assert not any("image/png" in output.get("data", {}) for output in cell.outputs)
