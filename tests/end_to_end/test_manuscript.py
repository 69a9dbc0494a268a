"""A finished run as a manuscript: read back from Word and Markdown, refused where it is not whole, silent about names."""

import json
import platform
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from docx import Document
from docx.oxml.ns import qn
from typer.testing import CliRunner

import nicmethods as nic
from nicmethods.analysis import PARTS
from nicmethods.batch.plan import plan_runs
from nicmethods.batch.provenance import sources_of
from nicmethods.cli import app
from nicmethods.paper.manuscript import BLANK, GRAMMS, manuscript
from nicmethods.paper.parts import Figure, Grid, Heading, Quote, Text, numbered
from nicmethods.paper.ran import read_run
from nicmethods.paper.written import write_docx, write_markdown
from nicmethods.results import read_manifest, write_manifest

ROOT = Path(__file__).parents[2]


def ran(folder, name, change=lambda case: None):
    """A study in which a copy of a shipped case has run, without notebooks having been started."""
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    shutil.copytree(ROOT / "codebooks", folder / "codebooks")
    case = shutil.copytree(ROOT / "data" / name, folder / "data" / name)
    change(case)
    analysis = nic.analyse(case, seed=1)
    for part in PARTS:
        analysis.write(folder / "reports", part)
    run, *_ = plan_runs([case], sorted((folder / "notebooks").glob("01*.ipynb")), reports=folder / "reports")
    inputs = sources_of(run, code="")
    entry = {"status": "ok", "inputs": inputs.inputs, "code": "c0de" * 16, "started": "2024-12-20T09:00:00+00:00"}
    parameters = {"01_network": {"policy": "observed", "seed": 7}, "02_coding": {"coder": "", "seed": 7}}
    told = {
        "case": name,
        "versions": {"python": "3.11.7", "nicmethods": "0.1.0", "numpy": "2.4.6"},
        "system": "Linux",
        "machine": "x86_64",
        "inputs": inputs.files,
        "notebooks": {stem: entry | {"parameters": given} for stem, given in parameters.items()},
    }
    reports = folder / "reports" / name
    (reports / "provenance.json").write_text(json.dumps(told))
    manifest = pd.DataFrame([{"case": name, "notebook": "01_network", "status": "ok", "seconds": 1.0, "error": None}])
    write_manifest(folder / "reports", manifest)
    return folder


@pytest.fixture
def copy(study, tmp_path):
    """The demo's run in a study of its own, that a test may spoil."""
    root = tmp_path / "study"
    for part in ("notebooks", "codebooks", "data/demo", "reports/demo"):
        shutil.copytree(study[0] / part, root / part)
    manifest = read_manifest(study[0] / "reports")
    write_manifest(root / "reports", manifest[manifest["case"] == "demo"])
    return root


@pytest.fixture(scope="module")
def run(study):
    return read_run(study[0] / "reports", "demo")


@pytest.fixture(scope="module")
def parts(run):
    return manuscript(run)


def typed(*words, status=0):
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == status, done.output
    return f"{done.output}{done.exception or ''}"


def text_of(document):
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def no_talk(case):
    for name in ("transcripts", "codings"):
        shutil.rmtree(case / name)
    for name in ("activities.csv", "attendance.csv"):
        (case / name).unlink()


def no_survey(case):
    for name in ("ties.csv", "responses.csv"):
        (case / name).unlink()


def test_a_word_document_reads_back(study, run, tmp_path):
    typed("export", "report", "demo", "--study", study[0], "--out", tmp_path / "r.docx")
    document = Document(str(tmp_path / "r.docx"))
    headings = {p.text: p.style.name for p in document.paragraphs if p.style.name.startswith(("Heading", "Title"))}
    assert headings["The Return Network (synthetic demo)"] == "Title"
    assert {"Methods", "Findings", "Limits", "References"} <= {
        h for h, style in headings.items() if style == "Heading 1"
    }
    captions = [p for p in document.paragraphs if p.style.name == "Caption"]
    numbers = [int(field.find(f".//{qn('w:t')}").text) for p in captions for field in p._p.findall(qn("w:fldSimple"))]
    assert len(numbers) == len(captions) == len(document.tables) + len(document.inline_shapes)
    assert sorted(numbers) == sorted([*range(1, len(document.tables) + 1), *range(1, len(document.inline_shapes) + 1)])
    assert all(table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for table in document.tables)
    alts = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert alts == [run.pictures[key][1] for key in ("dyad_change", "change", "activities", "codings", "dyads")]
    assert all(len(alt) > 40 for alt in alts)
    for section in document.sections:
        assert section.page_width > section.left_margin + section.right_margin
    assert document.core_properties.author == ""


def test_tables_fit_the_page_they_stand_on(parts, tmp_path):
    write_docx(parts, tmp_path / "r.docx")
    document = Document(str(tmp_path / "r.docx"))
    widest = max(s.page_width - s.left_margin - s.right_margin for s in document.sections)
    narrow = min(s.page_width - s.left_margin - s.right_margin for s in document.sections)
    wide = {part.label for part in parts if isinstance(part, Grid) and part.wide}
    for number, table in enumerate(document.tables, start=1):
        assert sum(column.width for column in table.columns) <= (widest if f"Table {number}" in wide else narrow)


def test_every_mention_is_resolved_and_no_cell_is_broken(parts):
    said = [part.text for part in parts if isinstance(part, Heading | Text | Quote)]
    said += [cell for part in parts if isinstance(part, Grid) for row in (part.head, *part.rows) for cell in row]
    for text in said:
        assert "⟦" not in text
        assert not re.search(r"\b(nan|None(?! of the)|NaT|<NA>)\b", text), text
    assert all(len(row) == len(part.head) for part in parts if isinstance(part, Grid) for row in part.rows)


def test_numbers_are_those_of_the_tables(run, parts):
    grids = {part.key: part for part in parts if isinstance(part, Grid)}
    waves = {row[0]: (row[3], row[4]) for row in grids["waves"].rows}
    assert waves == {"W1": ("23", "23"), "W2": ("21", "23"), "W3": ("23", "23")}
    claims = run.table("propositions")
    assert [row[0] for row in grids["joint"].rows] == claims["statement"].tolist()
    for row, claim in zip(grids["joint"].rows, claims.itertuples(), strict=True):
        assert claim.survey_evidence in row[1]
        assert claim.together_evidence in row[3]
    counted = sum(int(row[1].replace(",", "")) for row in grids["pairs"].rows)
    assert counted == 24 * 23 / 2
    percent = run.table("agreement").query("coefficient == 'percent' and code == 'help_given'")["value"].item()
    (help_given,) = [row for row in grids["agreement"].rows if row[0] == "Help given"]
    assert help_given[3].startswith(f"{percent:.2f} (")


def test_methods_say_what_ran(parts):
    said = "\n".join(part.text for part in parts if isinstance(part, Text))
    assert "Reports of people who did not answer are unknown, not absent." in said
    assert "with seed 1" in said
    assert f"nicmethods {nic.__version__} on Python {platform.python_version()} (numpy " in said
    assert "385 turns that several coders read, of 694" in said
    assert "6 decisions. 24 disagreements are open" in said
    assert "coded by C1 (694 of 694 turns) and C2 (385 of 694 turns)" in said
    assert "0 (never), 1 (once or twice a term)" in said
    assert "An answer of 2 or more counts as a tie." in said
    assert "written their own verdict on 1 of 6 claims" in said


def test_neither_coders_nor_people_are_named(parts, tmp_path):
    write_markdown(parts, tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text(encoding="utf-8")
    assert "coder" in text
    assert "coder_a" not in text.replace("\\", "")
    roster = pd.read_csv(ROOT / "data" / "demo" / "roster.csv")
    assert not [name for name in roster["name"] if name in text]


def test_quotes_are_turns_of_the_claims_and_none_stands_twice(run, parts):
    turns = run.table("turns")
    titles = dict(zip(run.table("activities")["title"], run.table("activities")["activity"], strict=True))
    quotes = [part for part in parts if isinstance(part, Quote)]
    cited = set(";".join(run.table("propositions")["turns"].dropna()).split(";"))
    places = []
    for quote in quotes:
        actor, title, turn = re.fullmatch(r"(.+?), (.+), turn (\w+)", quote.source).groups()
        (row,) = turns[turns["activity"].eq(titles[title]) & turns["turn"].eq(turn)].itertuples()
        assert row.actor == actor
        assert " ".join(row.text.split()).startswith(quote.text.removesuffix(" […]"))
        places.append(f"{row.activity}/{turn}")
    assert set(places) <= cited
    assert len(set(places)) == len(places) >= 6
    assert len({place.partition("/")[0] for place in places}) >= 3


def test_the_checklist_is_filled_in_as_far_as_the_run_knows(parts):
    (grid,) = [part for part in parts if isinstance(part, Grid) and part.key == "gramms"]
    assert [row[1] for row in grid.rows] == list(GRAMMS)
    assert all(row[3].startswith(BLANK) for row in grid.rows)
    assert "joint display (Table" in grid.rows[3][2]
    assert "agreement: 4" in grid.rows[5][2]


def test_markdown_holds_the_same_and_its_pictures(parts, tmp_path):
    write_markdown(parts, tmp_path / "a report.md")
    text = (tmp_path / "a report.md").read_text(encoding="utf-8")
    assert text.startswith("# The Return Network (synthetic demo)\n")
    figures = [part for part in parts if isinstance(part, Figure)]
    assert len(figures) == 5
    for part in figures:
        name = f"{part.label.lower().replace(' ', '-')}.png"
        assert f"(a%20report/{name})" in text
        assert (tmp_path / "a report" / name).read_bytes() == part.png
    assert text.count("\n|---|") == sum(isinstance(part, Grid) for part in parts)
    widths = [line.replace(r"\|", "").count("|") for line in text.splitlines() if line.startswith("|")]
    assert len(widths) > 20


def test_words_that_mark_up_stay_words(tmp_path):
    hostile = "1. # **b** <script>x</script> [a](http://b) | c_d \x07`e` $f$"
    written = numbered([Heading(hostile), Text(hostile), Grid("k", hostile, ["h"], [[hostile]]), Quote(hostile, "E01")])
    write_markdown(written, tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text(encoding="utf-8")
    assert "<script" not in text.replace(r"\<", "")
    assert "\x07" not in text
    assert not re.search(r"(?<!\\)[<>\[\]`$]", text.replace("\n> ", "\n").replace("\n>\n", "\n"))
    write_docx(written, tmp_path / "r.docx")
    assert "<script>x</script>" in text_of(Document(str(tmp_path / "r.docx")))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "lacks", "has"),
    [
        (no_talk, "What the talk shows", "This case has no coded talk"),
        (no_survey, "What the survey shows", "This case has no survey"),
    ],
    ids=["no talk", "no survey"],
)
def test_a_case_with_one_strand_says_so(tmp_path, change, lacks, has):
    study = ran(tmp_path / "study", "declining", change=change)
    typed("export", "report", "declining", "--study", study, "--out", tmp_path / "r.docx")
    text = text_of(Document(str(tmp_path / "r.docx")))
    assert lacks not in text
    assert has in text
    assert "⟦" not in text
    assert not re.search(r"\b(nan|None)\b", text)


def test_a_case_that_has_not_run_is_refused(copy, tmp_path):
    shutil.rmtree(copy / "reports")
    said = typed("export", "report", "demo", "--study", copy, "--out", tmp_path / "r.docx", status=1)
    assert "'demo' has no finished run" in said
    assert "nicmethods run demo" in said
    assert not list(tmp_path.glob("r.*"))


def test_a_stale_report_is_refused(copy, tmp_path):
    with (copy / "data" / "demo" / "ties.csv").open("a") as file:
        file.write("W1,E01,E03,2\n")
    said = typed("export", "report", "demo", "--study", copy, "--out", tmp_path / "r.docx", status=1)
    assert "is stale: its files have changed since 01_network, 02_coding, 03_triangulation ran" in said


def test_a_run_that_is_not_whole_is_refused(copy, tmp_path):
    row = {"case": "demo", "notebook": "02_coding", "status": "failed", "seconds": 1.0, "error": "out of time"}
    write_manifest(copy / "reports", pd.DataFrame([row]))
    said = typed("export", "report", "demo", "--study", copy, "--out", tmp_path / "r.docx", status=1)
    assert "02_coding failed: out of time" in said


def test_a_report_in_which_names_were_found_is_refused(copy, tmp_path):
    (copy / "reports" / "demo" / "DO-NOT-PUBLISH.json").write_text('{"places": []}')
    said = typed("export", "report", "demo", "--study", copy, "--out", tmp_path / "r.docx", status=1)
    assert "Names of people were found" in said


@pytest.mark.parametrize("format_", ["docx", "md"])
def test_a_file_with_a_name_in_it_is_not_written(copy, tmp_path, format_):
    name = pd.read_csv(copy / "data" / "demo" / "roster.csv")["name"].iloc[0]
    path = copy / "reports" / "demo" / "case.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"question": f"What does {name} say?"}))
    out = tmp_path / f"r.{format_}"
    said = typed("export", "report", "demo", "--study", copy, "--format", format_, "--out", out, status=1)
    assert "it was not written" in said
    assert name in said
    assert not list(tmp_path.glob("r*"))
