"""``nicmethods import`` and ``nicmethods export`` as a person types them."""

import shutil
from pathlib import Path

import networkx
import pandas as pd
import pytest
from typer.testing import CliRunner

import nicmethods as nic
from nicmethods.case.folder import load_case
from nicmethods.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    study = tmp_path_factory.mktemp("study")
    (study / "notebooks").mkdir()
    shutil.copytree(ROOT / "data" / "demo", study / "data" / "demo")
    return study


def typed(*words, status=0):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == status, done.output
    return f"{done.output}{done.exception or ''}"


def test_exchange_is_a_public_name_and_loads_lazily():
    assert "read_refi" in dir(nic.exchange)
    assert nic.exchange.read_refi.__module__ == "nicmethods.exchange.refi"


@pytest.mark.slow
def test_a_project_goes_out_without_names_and_comes_back_whole(demo, tmp_path):
    case = load_case(demo / "data" / "demo")
    typed("export", "qdpx", "demo", "--study", demo, "--out", tmp_path / "a.qdpx")
    project, _ = nic.exchange.read_refi(tmp_path / "a.qdpx", "a.qdpx")
    text = "\n".join(project.sources["text"])
    given = {name.split()[0] for name in case.roster["name"]} - {"Will", "Grace", "May", "Hope"}
    assert not [name for name in given if f" {name} " in text]
    typed("export", "qdpx", "demo", "--study", demo, "--out", tmp_path / "b.qdpx", "--names")
    copy = shutil.copytree(demo / "data" / "demo", tmp_path / "copy")
    shutil.rmtree(copy / "codings")
    typed("import", tmp_path / "b.qdpx", "--case", copy)
    again = load_case(copy)
    key = ["coder", "activity", "turn", "code", "start_char", "seeker", "helper", "memo"]
    pd.testing.assert_frame_equal(
        again.codings[key].sort_values(key, ignore_index=True), case.codings[key].sort_values(key, ignore_index=True)
    )


def test_nothing_is_written_over(demo, tmp_path):
    (tmp_path / "a.qdc").write_text("mine")
    said = typed("export", "qdc", "demo", "--study", demo, "--out", tmp_path / "a.qdc", status=1)
    assert "is there already" in said
    assert (tmp_path / "a.qdc").read_text() == "mine"


def test_codes_go_out_and_come_in(demo, tmp_path):
    typed("export", "qdc", "demo", "--study", demo, "--out", tmp_path / "codes.qdc")
    typed("import", tmp_path / "codes.qdc", "--case", demo / "data" / "demo")
    book = nic.load_case(demo / "data" / "demo").codebook
    from nicmethods.case.codebook import load_codebook

    again = load_codebook(demo / "data" / "demo" / "codebooks" / "codes.yml")
    assert again.ids == book.ids
    assert [code.definition for code in again.codes] == [code.definition for code in book.codes]


def test_tables_and_networks_go_out(demo, tmp_path):
    case = load_case(demo / "data" / "demo")
    typed("export", "codings", "demo", "--study", demo, "--out", tmp_path / "c.csv")
    assert set(pd.read_csv(tmp_path / "c.csv")["coder"]) == set(case.coders.names)
    typed("export", "network", "demo", "--study", demo, "--out", tmp_path / "n.graphml")
    graph = networkx.read_graphml(tmp_path / "n.graphml")
    assert set(graph) == set(case.roster["actor"])
    assert graph.number_of_edges() == len(case.ties)
    said = typed("export", "tables", "demo", "--study", demo, "--out", tmp_path / "r", status=1)
    assert "No results of .demo." in said.replace("'", ".")


def test_other_files_are_refused_with_what_is_read(demo, tmp_path):
    (tmp_path / "a.mx24").write_bytes(b"")
    assert "is not a format that is imported" in typed(
        "import", tmp_path / "a.mx24", "--case", demo / "data" / "demo", status=1
    )
