"""The research object of a case: read back with rocrate, and held against what RO-Crate 1.1 and Process Run Crate ask for."""

import hashlib
import json
from urllib.parse import unquote

import pytest
from rocrate.rocrate import ROCrate

from nicmethods.batch.crate import CRATE, crate_files, write_crate
from nicmethods.batch.plan import plan_runs
from nicmethods.batch.run import run_batch
from nicmethods.site.privacy import scan_reports
from nicmethods.site.site import build_site


@pytest.fixture(scope="module")
def folder(ran):
    return ran["reports"] / "tiny"


@pytest.fixture(scope="module")
def graph(folder):
    return {entity["@id"]: entity for entity in json.loads((folder / CRATE).read_text())["@graph"]}


def ids(value):
    return [part["@id"] for part in (value if isinstance(value, list) else [value])]


def test_rocrate_reads_it_back(folder):
    crate = ROCrate(folder)
    assert crate.version == "1.1"
    assert crate.name == "Tiny & true"
    assert crate.root_dataset["conformsTo"].id == "https://w3id.org/ro/wfrun/process/0.5"
    runs = [entity for entity in crate.get_by_type("CreateAction") if entity.id.startswith("#run")]
    assert {run["instrument"]["name"] for run in runs} == {"01_network.ipynb", "02_coding.ipynb"}


def test_it_has_what_an_ro_crate_must_have(folder, graph):
    document = json.loads((folder / CRATE).read_text())
    assert document["@context"][0] == "https://w3id.org/ro/crate/1.1/context"
    assert len(graph) == len(document["@graph"])
    assert graph[CRATE] | {"@type": "CreativeWork", "about": {"@id": "./"}} == graph[CRATE]
    assert graph[CRATE]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = graph["./"]
    assert root["@type"] == "Dataset"
    assert all(root[key] for key in ("name", "description", "datePublished", "license"))
    linked = [part["@id"] for entity in graph.values() for value in entity.values() for part in references(value)]
    assert set(linked) - set(graph) == {"https://w3id.org/ro/crate/1.1"}


def references(value):
    return [part for part in (value if isinstance(value, list) else [value]) if isinstance(part, dict)]


def test_its_parts_are_the_files_of_the_folder(folder, graph):
    names = [unquote(name) for name in ids(graph["./"]["hasPart"])]
    there = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    assert sorted(names) == sorted(name for name in there if name != CRATE and not name.startswith("."))
    assert {
        "index.html",
        "numbers.json",
        "tables/turns.csv",
        "notebooks/01_network.ipynb",
        "figures/01_network-1.png",
    } <= set(names)
    for name, sha256 in crate_files(folder).items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == sha256
    assert graph["tables/turns.csv"]["encodingFormat"] == "text/csv"
    assert graph["tables/turns.csv"]["description"]


def test_a_run_names_its_instrument_inputs_parameters_results_and_times(graph):
    assert set(ids(graph["./"]["mentions"])) == {"#run-01_network", "#run-02_coding", "#pages"}
    run = graph["#run-01_network"]
    assert run["@type"] == "CreateAction"
    assert run["actionStatus"] == "http://schema.org/CompletedActionStatus"
    assert "T" in run["startTime"] <= run["endTime"]
    assert {"notebooks/01_network.ipynb", "tables/turns.csv", "numbers.json"} <= set(ids(run["result"]))
    objects = {graph[name]["name"]: graph[name] for name in ids(run["object"])}
    assert len(objects["tiny/roster.csv"]["sha256"]) == 64
    assert objects["tiny/roster.csv"]["@type"] == "CreativeWork"
    assert objects["case"] == {
        "@id": "#parameter-01_network-case",
        "@type": "PropertyValue",
        "name": "case",
        "value": "tiny",
    }
    notebook = graph[run["instrument"]["@id"]]
    assert notebook["@type"] == "SoftwareSourceCode"
    assert notebook["version"] == f"sha256:{notebook['sha256']}"
    software = {graph[name]["name"]: graph[name] for name in ids(notebook["softwareRequirements"])}
    assert {"nicmethods", "python", "pandas", "igraph"} <= set(software)
    assert all(entity["@type"] == "SoftwareApplication" and entity["softwareVersion"] for entity in software.values())
    assert "agent" not in run


def test_a_failed_run_is_a_failed_action(graph):
    assert graph["#run-02_coding"]["actionStatus"] == "http://schema.org/FailedActionStatus"


def test_results_across_cases_are_a_crate_of_their_own(ran):
    crate = ROCrate(ran["reports"] / "across_cases")
    assert "tiny/numbers.json" in [entity.get("name") for entity in crate.get_entities()]


def test_it_holds_no_input_no_path_and_no_name(ran, folder):
    text = (folder / CRATE).read_text()
    assert str(ran["root"]) not in text
    assert "Ada" not in text
    assert "roster.csv" not in [path.name for path in folder.rglob("*")]


def test_the_report_leads_to_it(folder):
    assert f'href="{CRATE}"' in (folder / "data.html").read_text()


def test_names_of_people_in_file_names_do_not_leave_the_case(study, add_notebook):
    talks = study / "data" / "tiny" / "transcripts"
    talks.mkdir()
    for name in ("Ada Quill 1.vtt", "adaQuill2.vtt", "annual.vtt"):
        (talks / name).write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ada Quill>Hello.\n")
    (study / "data" / "tiny" / "activities.csv").write_text(
        "activity,date,title,kind,transcript\nA1,2024-01-01,One,meeting,Ada Quill 1.vtt\n"
        "A2,2024-01-02,Two,meeting,adaQuill2.vtt\nA3,2024-01-03,Three,meeting,annual.vtt\n"
    )
    run_batch(plan_runs([study / "data" / "tiny"], [add_notebook("01", "1")], reports=study / "reports"))
    build_site(study / "reports")
    inputs = json.loads((study / "reports" / "tiny" / "provenance.json").read_text())["inputs"]
    assert [name for name in inputs if "transcripts" in name] == [
        "tiny/transcripts/E01 1.vtt", "tiny/transcripts/E01 2.vtt", "tiny/transcripts/annual.vtt",
    ]  # fmt: skip
    assert "uill" not in (study / "reports" / "tiny" / CRATE).read_text()


def test_a_case_with_errors_names_nobody_in_what_it_says(study, add_notebook):
    case = study / "data" / "tiny"
    (case / "transcripts").mkdir()
    (case / "transcripts" / "Ada Quill.vtt").write_text("WEBVTT\n\n00:05.000 --> 00:02.000\n<v Ada Quill>Hi.\n")
    (case / "activities.csv").write_text(
        "activity,date,title,kind,transcript\nA1,2024-01-01,One,meeting,Ada Quill.vtt\n"
    )
    manifest = run_batch(plan_runs([case], [add_notebook("01", "1")], reports=study / "reports"))
    build_site(study / "reports")
    assert manifest["error"][0].startswith("the case cannot be read: transcripts/E01.vtt")
    problems = json.loads((study / "reports" / "tiny" / "case.json").read_text())["problems"]
    assert "transcripts/E01.vtt" in {problem["file"] for problem in problems}
    assert scan_reports(study / "reports", [case]) == []


def test_where_nobody_is_known_inputs_are_numbered(study, add_notebook):
    case = study / "data" / "other"
    case.mkdir()
    (case / "case.yml").write_text("title: Other\n")
    (case / "roster.csv").write_text("actor,name\n")
    (case / "Ada Quill.txt").write_text("x")
    run_batch(plan_runs([case], [add_notebook("01", "1")], reports=study / "reports"))
    inputs = json.loads((study / "reports" / "other" / "provenance.json").read_text())["inputs"]
    assert sorted(inputs) == ["other/file 1", "other/file 2", "other/file 3"]


def test_nothing_is_written_where_nothing_ran(tmp_path):
    write_crate(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert crate_files(tmp_path) == {}


def test_tables_that_are_not_declared_are_files_too(tmp_path):
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "my own.csv").write_text("a\n1\n")
    (tmp_path / "provenance.json").write_text('{"versions": {"nicmethods": "0"}, "inputs": {}, "notebooks": {}}')
    write_crate(tmp_path)
    assert set(crate_files(tmp_path)) == {"provenance.json", "tables/my own.csv"}
    assert "tables/my%20own.csv" in (tmp_path / CRATE).read_text()
