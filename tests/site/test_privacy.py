import base64
import json
import struct
import zlib
from pathlib import Path

import pandas as pd
import pytest

import nicmethods
from nicmethods.batch.plan import plan_runs
from nicmethods.batch.run import run_batch
from nicmethods.site.privacy import scan, scan_reports
from nicmethods.site.site import build_site

PACKAGE = Path(nicmethods.__file__).parent
ROSTER = pd.DataFrame({"actor": ["E01", "E02", "E03"], "name": ["Ada Quill", "Zoë Núñez-Ortega", "Will Hope"]})
PEOPLE = pd.DataFrame({"alias": ["adaq"], "actor": ["E01"]})


def picture(keyword, text, kind=b"tEXt"):
    body = keyword.encode() + b"\0" + (b"\0" + zlib.compress(text.encode()) if kind == b"zTXt" else text.encode())
    chunk = struct.pack(">I", len(body)) + kind + body + b"\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IEND\0\0\0\0"


def places(folder, **more):
    return [(found.level, found.file, found.place, found.name) for found in scan(folder, ROSTER, PEOPLE, **more)]


@pytest.mark.parametrize(
    ("file", "content", "place"),
    [
        ("a.csv", "turn,text\n1,thanks ADA quill\n", "line 2"),
        ("a.html", "<p>\n\n<b>Ada</b> <i>Quill</i></p>", "line 3"),
        ("a.html", "<table><tr><td>Ada</td>\n<td>Quill</td></tr></table>", "line 1"),
        ("a.html", '<p>\n<img alt="Ada &#81;uill">', "line 2"),
        ("a.json", json.dumps({"id": {"text": "Ada Quill"}}), "text"),
        ("a.json", json.dumps({"Ada Quill": 1}), "text"),
        ("a.ipynb", json.dumps({"cells": [{}, {"source": ["# Ada", " Quill"]}], "metadata": {}}), "cell 2"),
        ("a.ipynb", json.dumps({"cells": [], "metadata": {"by": "Ada Quill"}}), "metadata"),
        ("a.svg", "<svg><title>Ada Quill</title></svg>", "line 1"),
        ("Ada Quill.csv", "x\n", "file name"),
    ],
)
def test_a_full_name_is_found_wherever_it_stands(tmp_path, file, content, place):
    (tmp_path / file).write_text(content)
    found = places(tmp_path)
    assert [(level, where) for level, _, where, _ in found] == [("error", place)]
    assert found[0][3].lower().split() == ["ada", "quill"]


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt"])
def test_pictures_are_read_in_files_pages_and_notebooks(tmp_path, kind):
    data = picture("Author", "Ada Quill", kind)
    text = base64.b64encode(data).decode()
    (tmp_path / "a.png").write_bytes(data)
    (tmp_path / "b.html").write_text(f'<img alt="" src="data:image/png;base64,{text}">')
    (tmp_path / "c.ipynb").write_text(json.dumps({"cells": [{"outputs": [{"data": {"image/png": text}}]}]}))
    assert [(file, place) for _, file, place, _ in places(tmp_path)] == [
        ("a.png", "metadata"), ("b.html", "picture, picture's metadata"), ("c.ipynb", "cell 1, picture's metadata"),
    ]  # fmt: skip


def test_accents_case_and_aliases_do_not_hide_a_name(tmp_path):
    (tmp_path / "a.csv").write_text("zoe nunez-ortega\nADAQ says\n", encoding="utf-8")
    assert [(level, place) for level, _, place, _ in places(tmp_path)] == [("error", "line 1"), ("error", "line 2")]


def test_names_inside_words_are_no_names(tmp_path):
    (tmp_path / "a.csv").write_text("Adaquilla hopes; quilling; willing; zoes\n")
    assert places(tmp_path) == []


def test_common_words_are_warnings_that_allow_settles(tmp_path):
    (tmp_path / "a.csv").write_text("x\nWill you, I hope, send it?\nHope so\n")
    assert [(level, name) for level, _, _, name in places(tmp_path)] == [("warning", "Will"), ("warning", "Hope")]
    assert places(tmp_path, allow=("will", "Hope")) == []


def test_an_allowed_given_name_does_not_allow_the_full_name(tmp_path):
    (tmp_path / "a.csv").write_text("Will Hope\n")
    assert places(tmp_path, allow=("Will", "Hope"))[0][0] == "error"


def test_occurrences_are_counted_at_the_first_place(tmp_path):
    (tmp_path / "a.csv").write_text("x\nAda Quill\nAda Quill\n")
    assert [str(found) for found in scan(tmp_path, ROSTER, PEOPLE)] == ["error    a.csv line 2: 'Ada Quill', 2 times"]


def test_styles_own_scripts_and_encoded_data_are_not_read_as_words(tmp_path):
    blob = base64.b64encode(b" Ada Quill adaq " * 40).decode() + "+adaq+" + "A" * 300
    (tmp_path / "a.html").write_text(f"<style>.adaq{{}}</style><p class='adaq'>{blob}</p>")
    script = (PACKAGE / "site" / "templates" / "site.js").read_text()
    (tmp_path / "b.html").write_text(f"<p>x</p><script>{script.strip()}</script>\n<p>adaq</p>")
    (tmp_path / "c.js").write_text((PACKAGE / "vendor" / "cytoscape" / "cytoscape.min.js").read_text())
    words = pd.DataFrame({"actor": ["E01"], "name": ["Document Node"]})
    found = scan(tmp_path, words, PEOPLE)
    assert [(hit.file, hit.place, hit.name) for hit in found] == [
        ("b.html", f"line {script.strip().count(chr(10)) + 2}", "adaq")
    ]


def test_other_encodings_and_broken_pictures_are_read_as_far_as_they_go(tmp_path):
    (tmp_path / "a.csv").write_bytes("Zoë Núñez-Ortega".encode("latin-1"))
    (tmp_path / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    assert [file for _, file, _, _ in places(tmp_path)] == ["a.csv"]


def test_a_published_run_holds_no_name(ran):
    assert scan_reports(ran["reports"], (ran["root"] / "data").iterdir()) == []


def test_a_run_that_tells_a_name_is_found_out(study, add_notebook):
    tells = 'from pathlib import Path\nprint((Path(case) / "roster.csv").read_text())'
    runs = plan_runs([study / "data" / "tiny"], [add_notebook("01", tells)], reports=study / "reports")
    run_batch(runs)
    build_site(study / "reports")
    found = scan_reports(study / "reports", [study / "data" / "tiny"])
    assert [(finding.file, finding.name) for finding in found if finding.name == "Ada Quill"] == [
        ("tiny/notebooks/01.html", "Ada Quill"), ("tiny/notebooks/01.ipynb", "Ada Quill"),
    ]  # fmt: skip
    assert found[-1].place == "cell 4"
    (study / "reports" / "index.html").write_text("Bo Reed")
    assert scan_reports(study / "reports", [study / "data" / "tiny"])[0].file == "index.html"
