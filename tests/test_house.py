"""The repository as a whole: public names, lazy imports, set-up files that agree."""

import hashlib
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import nicmethods as nic

ROOT = Path(__file__).resolve().parents[1]
VENDOR = ROOT / "nicmethods" / "vendor"


def imported_by(statement):
    code = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_public_names_are_few_and_exist():
    assert dir(nic) == sorted(nic.__all__)
    assert len(nic.__all__) <= 30
    for name in nic.__all__:
        assert getattr(nic, name).__doc__, name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        nic.no_such_name  # noqa: B018


@pytest.mark.parametrize(
    ("statement", "never"),
    [
        ("import nicmethods", {"pandas", "numpy", "igraph", "spacy", "matplotlib", "pandera", "papermill"}),
        ("import nicmethods.cli", {"pandas", "igraph", "spacy", "matplotlib", "papermill", "nbconvert"}),
        (
            "import nicmethods as nic; nic.network.network_measures, nic.network.dyad_change",
            {"spacy", "sklearn", "papermill"},
        ),
        ("import nicmethods as nic; nic.coded_talk, nic.coding.agreement_card", {"igraph", "papermill", "sklearn"}),
    ],
)
def test_a_part_does_not_load_what_it_does_not_need(statement, never):
    assert not imported_by(statement) & never


def test_versions_and_files_agree():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert project["version"] == nic.__version__ == citation["version"]
    assert f"## [{nic.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_the_conda_environment_takes_everything_from_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    plain = [entry for entry in environment["dependencies"] if isinstance(entry, str)]
    through_pip = next(entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    assert {re.split(r"[ =<>]", entry)[0] for entry in plain} == {"python", "pip"}
    assert through_pip == ["-e .[widgets]"]


def test_scripts_of_others_are_what_their_package_shipped():
    rows = re.findall(
        r"^\| (\w+) \|.*\| ([\w.]+) \| ([0-9a-f]{64}) \|$", (VENDOR / "README.md").read_text(), re.MULTILINE
    )
    assert rows
    for folder, file, digest in rows:
        assert hashlib.sha256((VENDOR / folder / file).read_bytes()).hexdigest() == digest
        assert (VENDOR / folder / "LICENSE").exists()
    assert {path.name for path in VENDOR.iterdir() if path.is_dir()} == {row[0] for row in rows}


def test_a_wheel_carries_what_init_lays_out(tmp_path):
    from hatchling.builders.wheel import WheelBuilder

    (path,) = WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(path) as wheel:
        names = set(wheel.namelist())
    for folder, pattern in (("notebooks", "*.ipynb"), ("codebooks", "*.yml"), ("data/demo", "**/*.csv")):
        shipped = {f"nicmethods/_study/{file.relative_to(ROOT).as_posix()}" for file in (ROOT / folder).glob(pattern)}
        assert shipped
        assert shipped <= names
    assert "nicmethods/coder/starting_coder.csv" in names
    assert "nicmethods/vendor/cytoscape/cytoscape.min.js" in names
    assert any(name.startswith("nicmethods/site/templates/") for name in names)
    assert not any(name.startswith(("tests/", "data/", "notebooks/")) for name in names)
