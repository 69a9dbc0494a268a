"""Run every notebook on the demo and store the outputs that nbval compares: cells marked # NBVAL_CHECK_OUTPUT."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from nicmethods.case.new import write_study

ROOT = Path(__file__).resolve().parents[1]
MARK = "# NBVAL_CHECK_OUTPUT"


def refresh(path: Path, study: Path) -> None:
    """Execute one notebook inside a study folder and keep only what is compared."""
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(study / "notebooks")}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if MARK in cell.source and output.output_type != "stream"]
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.write(notebook, path)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        write_study(study)
        subprocess.run([sys.executable, "-m", "nicmethods", "run", "--study", str(study)], check=True)
        for notebook in sorted((ROOT / "notebooks").glob("*.ipynb")):
            refresh(notebook, study)
            print(f"refreshed {notebook.name}")
