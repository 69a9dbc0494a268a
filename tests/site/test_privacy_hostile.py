"""Names that hide: each test fails if the scan does not look, and the second kind if it looks too hard."""

import base64
import io
import json
import shutil
import struct
import unicodedata
import zipfile
import zlib
from pathlib import Path

import pandas as pd
import pytest

from nicmethods.case.folder import load_case
from nicmethods.case.people import pseudonymise
from nicmethods.case.proposals import leftover_names
from nicmethods.case.published import public_turns
from nicmethods.results import write_results
from nicmethods.site.privacy import scan, scan_reports

ROSTER = pd.DataFrame(
    {
        "actor": ["E01", "E02", "E03", "E04", "E05", "E06"],
        "name": ["Ann Lee", "Anna van der Berg", "Siobhán O'Brien", "Jörg Müller-Kjær", "Grace Hope", "Max Data"],
    }
)
PEOPLE = pd.DataFrame({"alias": ["Nancy", "Tyrell Ok"], "actor": ["?", "?"]})
DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"


def names_in(folder, **more):
    return {(found.level, found.name) for found in scan(folder, ROSTER, PEOPLE, **more)}


def errors_in(tmp_path, content, file="a.html"):
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {name for level, name in names_in(tmp_path) if level == "error"}


@pytest.mark.parametrize(
    "text",
    [
        "annual planning, a banner, the channel, Joanna Annapolis",
        "bergamot, Bergen; lees and leeway; hopeful, disgraceful; maximum",
        "nancyish, tyrellish; obrienesque",
        "class sizes go up; math.maxima",
    ],
)
def test_names_as_parts_of_words_are_no_names(tmp_path, text):
    for file in ("a.html", "a.csv", "a.json", "a.js"):
        assert errors_in(tmp_path, json.dumps(text) if file == "a.json" else f"<p>{text}</p>", file) == set()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("siobhan o’brien", "siobhan o’brien"),
        ("SIOBHÁN O`BRIEN", "SIOBHÁN O`BRIEN"),
        ("Siobhan OBrien", "OBrien"),
        (unicodedata.normalize("NFD", "Siobhán O'Brien"), unicodedata.normalize("NFD", "Siobhán O'Brien")),
        ("Ms O'Brien", "O'Brien"),
        ("anna VAN DER berg", "anna VAN DER berg"),
        ("Anna v.d. Berg", "Berg"),
        ("Berg, Anna", "Anna"),
        ("Jorg Mueller-Kjaer", "Mueller-Kjaer"),
        ("JOERG MÜLLER\u2011KJÆR", "MÜLLER\u2011KJÆR"),
        ("Herr Kjær", "Kjær"),
        ("Jörg Mül\u00adler-Kjær", "Jörg Mül\u00adler-Kjær"),
        ("A\u200bnn\u2060 Lee", "A\u200bnn\u2060 Lee"),
        ("ann.lee@example.org", "ann.lee"),
        ("ann_lee", "ann_lee"),
        ("Ann's turn", "Ann"),
        ("Nancy said", "Nancy"),
        ("grace   \n\n      hope", "grace hope"),
    ],
)
def test_spellings_of_a_name_are_that_name(tmp_path, written, name):
    assert name in errors_in(tmp_path, f"<p>{written}</p>")
    assert name in errors_in(tmp_path, f"1,{written}\n", "a.csv")


@pytest.mark.parametrize(
    ("file", "content", "name"),
    [
        ("a.html", "<p>Jörg Mül<b>ler</b>-Kjær", "Jörg Müller-Kjær"),
        ("a.html", "<p>Siobhán O&#x27;B<wbr>rien</p>", "Siobhán O'Brien"),
        ("a.html", "<p>Grace<br>\n <span>Hope</span></p>", "Grace Hope"),
        ("a.html", "<td>Grace</td><td>Hope</td>", "Grace Hope"),
        ("a.html", "<p>&#65;nn&nbsp;Lee", "Ann Lee"),
        ("a.html", "<!-- by Ann Lee -->", "Ann Lee"),
        ("a.html", '<a href="pages/Ann%20Lee.html">page</a>', "Ann Lee"),
        ("a.html", '<a href="#M%C3%BCller-Kj%C3%A6r">page</a>', "Müller-Kjær"),
        ("a.html", '<img alt="" title="Ann Lee">', "Ann Lee"),
        ("a.html", '<meta name="author" content="Ann Lee">', "Ann Lee"),
        ("a.html", '<script type="application/json">{"a": "J\\u00f6rg M\\u00fcller-Kj\\u00e6r"}</script>', "Jörg Müller-Kjær"),
        ("a.html", "<script>const people = ['O\\x27Brien'];</script>", "O'Brien"),
        ("a.html", f"<object data='data:text/plain;base64,{base64.b64encode(b'by Ann Lee').decode()}'>", "Ann Lee"),
        ("a.js", 'window.data = {"who": "Siobh\\u00e1n O\\u0027Brien"};', "Siobhán O'Brien"),
        ("a.json", json.dumps({"who": "Jörg Müller-Kjær"}), "Jörg Müller-Kjær"),
        ("a.json", '{"broken": "J\\u00f6rg M\\u00fcller-Kj\\u00e6r"', "Jörg Müller-Kjær"),
        ("a.ipynb", json.dumps({"cells": [{"outputs": [{"data": {"text/html": ["<b>Grace</b> ", "<i>Ho</i>pe"]}}]}]}), "Grace Hope"),
        ("a.ipynb", json.dumps({"cells": [{"source": "see [her](Ann%20Lee.md)"}]}), "Ann Lee"),
        ("a.svg", "<svg><metadata><creator>Ann Lee</creator></metadata></svg>", "Ann Lee"),
        ("a.svg", "<svg><text><tspan>Kj</tspan><tspan>ær</tspan></text></svg>", "Kjær"),
        ("a.csv", "said\n\"we asked Herr Kjær-Mül-\nler\"\n", "Müller"),
        ("a.csv", "Jörg Müller-Kjær".encode("utf-16"), "Jörg Müller-Kjær"),
        ("run.log", "read /home/annlee/data by Ann Lee", "Ann Lee"),
        (".hidden", "Ann Lee", "Ann Lee"),
        ("a.css", ".x::after { content: 'Ann Lee'; }", "Ann Lee"),
        ("ro-crate-metadata.json", json.dumps({"@graph": [{"@id": "#input/Ann%20Lee.vtt"}]}), "Ann Lee"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_wrapped(tmp_path, file, content, name):
    assert name in errors_in(tmp_path, content, file)


@pytest.mark.parametrize(
    "file", ["Ann Lee.csv", "ann-lee.csv", "AnnLee2024.csv", "annLee/a.csv", "transcript_Kjær3.html", "Ann%20Lee.html"]
)
def test_a_name_in_a_file_or_folder_is_found(tmp_path, file):
    assert errors_in(tmp_path, "x", file)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + b"\0\0\0\0"


@pytest.mark.parametrize(
    "body",
    [
        chunk(b"iTXt", b"Description\0\0\0en\0\0J\xc3\xb6rg M\xc3\xbcller-Kj\xc3\xa6r"),
        chunk(b"iTXt", b"Description\0\1\0en\0\0" + zlib.compress("Jörg Müller-Kjær".encode())),
        chunk(b"tEXt", b"Author\0J\xf6rg M\xfcller-Kj\xe6r"),
        chunk(b"zTXt", b"Author\0\0damaged") + chunk(b"tEXt", b"By\0J\xf6rg M\xfcller-Kj\xe6r"),
    ],
)
def test_text_inside_pictures_is_found_compressed_too(tmp_path, body):
    picture = b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")
    assert errors_in(tmp_path, picture, "a.png") == {"Jörg Müller-Kjær"}
    page = f'<img src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
    assert "Jörg Müller-Kjær" in errors_in(tmp_path, page)


def test_archives_and_office_files_are_looked_into(tmp_path):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", "<si><t>Ann</t><t xml:space='preserve'> Lee</t></si>")
        archive.writestr("Kjær.txt", "x")
    assert errors_in(tmp_path, packed.getvalue(), "a.xlsx") == {"Ann Lee", "Kjær"}


def test_what_cannot_be_looked_into_is_said(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"%PDF\0\1\2")
    (found,) = scan(tmp_path, ROSTER, PEOPLE)
    assert str(found) == "warning  a.pdf content: no text; look into it yourself"


def test_a_given_name_that_is_a_common_word_is_a_warning_that_allow_settles(tmp_path):
    (tmp_path / "a.csv").write_text("by Grace, with grace and Hope\n")
    assert names_in(tmp_path) == {("warning", "Grace"), ("warning", "Hope")}
    assert names_in(tmp_path, allow=("grace", "hope")) == set()
    (tmp_path / "a.csv").write_text("grace hope\n")
    assert names_in(tmp_path, allow=("grace", "hope")) == {("error", "grace hope")}


def test_an_occurrence_counts_once_however_many_ways_lead_to_it(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"text": "<b>Ann</b>&nbsp;100%: Ann"}))
    (found,) = scan(tmp_path, ROSTER, PEOPLE)
    assert (found.name, found.n) == ("Ann", 2)


@pytest.fixture(scope="module")
def pupil(tmp_path_factory):
    """The demo with a pupil in a quote, who is in no list."""
    folder = shutil.copytree(DEMO, tmp_path_factory.mktemp("pupil") / "data" / "demo")
    talk = folder / "transcripts" / "A1.vtt"
    text = talk.read_text()
    cue = text.index("-->", text.index("-->") + 3)
    place = text.index("\n", cue) + 1
    end = text.index("\n", place)
    talk.write_text(f"{text[:end]} So I sat down with Jamarion and asked Jamarion, what happened?{text[end:]}")
    return folder


def test_a_pupil_in_a_quote_is_proposed_and_once_listed_replaced_and_scanned_for(pupil, tmp_path):
    case = load_case(pupil)
    assert "Jamarion" in leftover_names(case.turns, case.roster, case.people)["name"].tolist()
    assert public_turns(case)["text"].str.contains("Jamarion").sum() == 1
    write_results(tmp_path / "reports", "demo", {"turns": public_turns(case)})
    n = len(leftover_names(case.turns, case.roster, case.people))
    (hint,) = scan_reports(tmp_path / "reports", [pupil])
    assert str(hint) == (
        f"warning  demo/tables/turns.csv text: {n} words look like names of people whom nobody listed; "
        "`nicmethods check demo` shows them"
    )
    with (pupil / "people.csv").open("a") as people:
        people.write("Jamarion,?\n")
    listed = load_case(pupil)
    said = public_turns(listed)["text"]
    assert not said.str.contains("Jamarion").any()
    assert said.str.contains("sat down with [name] and asked [name], what", regex=False).sum() == 1
    write_results(tmp_path / "reports", "demo", {"turns": public_turns(listed)})
    page = tmp_path / "reports" / "demo" / "transcripts" / "A1.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>I sat down with Jamari<b>on</b></p>")
    found = scan_reports(tmp_path / "reports", [pupil])
    assert [(one.level, one.file, one.name) for one in found if one.is_name] == [
        ("error", "demo/transcripts/A1.html", "Jamarion")
    ]
    assert [one.n for one in found if not one.is_name] == [n - 1]


def test_what_is_scanned_for_is_what_is_replaced():
    said = pd.Series(["Siobhan OBrien, Herr Kjær, A\u200bnn, Jorg Mueller-Kjaer and tyrell ok met"])
    assert pseudonymise(said, ROSTER, PEOPLE)[0] == "E03 E03, Herr E04, E01, E04 E04 and [name] met"


def test_a_case_with_errors_is_scanned_all_the_same(tmp_path):
    case = tmp_path / "data" / "one"
    case.mkdir(parents=True)
    (case / "roster.csv").write_text("actor,name,site,role\nE01,Ann Lee,north,teacher\n")
    (case / "case.yml").write_text("title: x\nnonsense: 1\n")
    page = tmp_path / "reports" / "one" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>Ann Lee</p>")
    assert [found.name for found in scan_reports(tmp_path / "reports", [case])] == ["Ann Lee"]
