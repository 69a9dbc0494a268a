import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import nbformat
import pandas as pd
import pytest

from nicmethods.runs.evidence import Evidence
from nicmethods.runs.notebook_page import read_notebook_page
from nicmethods.runs.pages import anchor, num
from nicmethods.runs.results import Results, read_results, write_results
from nicmethods.runs.site import build_site


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.images, self.tags, self.handlers = set(), [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.ids |= {given["id"]} if "id" in given else set()
        self.handlers += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img":
            self.images.append(given)


@pytest.fixture(scope="module")
def pages(ran):
    return {path: Page(path.read_text()) for path in ran["reports"].rglob("*.html")}


def test_every_page_is_there(ran, pages):
    assert {path.relative_to(ran["reports"]).as_posix() for path in pages} == {
        "index.html", "tiny/index.html", "tiny/notebooks/01_network.html", "tiny/notebooks/02_coding.html",
        "tiny/tables/turns.html", "tiny/tables/codings.html", "tiny/tables/propositions.html", "tiny/tables/dyad_change.html",
        "tiny/tables/numbers.html", "tiny/transcripts/kick-off.html", "broken/index.html",
        "across_cases/index.html", "across_cases/notebooks/04_across_cases.html",
    }  # fmt: skip


def test_every_link_leads_to_a_page_and_a_place_on_it(pages):
    for path, page in pages.items():
        for link in [*page.links, *(image["src"] for image in page.images)]:
            parts = urlsplit(link)
            assert not parts.scheme, f"{path.name} leads outside: {link}"
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            assert target.exists(), f"{path.name}: {link}"
            if parts.fragment:
                ids = Page(target.read_text()).ids
                assert unquote(parts.fragment) in ids, f"{path.name}: {link}"


def test_pages_forbid_what_they_do_not_need(pages):
    for path, page in pages.items():
        text = path.read_text()
        assert "default-src 'none'" in text
        assert page.handlers == [], "no inline handlers or styles: the policy would block them"
        assert not re.search(r"(src|href)=\"?(https?:)?//", text)
        assert page.tags.count("script") == 1, "our own script only"
        assert page.tags.count("h1") == 1


def test_figures_have_their_own_file_alt_text_and_data(pages, ran):
    page = pages[ran["reports"] / "tiny" / "index.html"]
    assert [(image["alt"], image["width"]) for image in page.images] == [('One "dot" & nothing', "20")]
    assert (ran["reports"] / "tiny" / "figures" / "01_network-1.png").read_bytes().startswith(b"\x89PNG")
    assert "tables/dyad_change.html" in page.links


def test_evidence_is_one_click_away(pages, ran):
    page = pages[ran["reports"] / "tiny" / "index.html"]
    assert "transcripts/kick-off.html#t-1" in page.links
    assert "tables/dyad_change.html#row-w1-w2-E01-E02" in page.links
    text = (ran["reports"] / "tiny" / "index.html").read_text()
    assert "Kick-off, turn 9" in text, "an id without a turn is shown, without a link"
    assert not any(link.endswith("#t-9") for link in page.links)


def test_numbers_lead_to_their_row_and_tables_to_their_turns(pages, ran):
    tables = ran["reports"] / "tiny" / "tables"
    assert "../tables/dyad_change.html#row-w1-w2-E01-E02" in pages[tables / "numbers.html"].links
    assert "../transcripts/kick-off.html#t-1" in pages[tables / "codings.html"].links
    assert "../transcripts/kick-off.html#t-1" in pages[tables / "propositions.html"].links


def test_ids_of_turns_in_a_notebook_become_links():
    turns = pd.DataFrame({"activity": ["a"], "turn": ["1"]})
    evidence = Evidence(Results("demo", {}, {"turns": turns}, pd.DataFrame()))
    html = "<td>a/1</td><td>a/1; a/1/2</td><td>a/9</td><td>w1/w2</td><td>a/1, said E1</td>"
    one = '<a href="../transcripts/a.html#t-1">a/1</a>'
    two = '<a href="../transcripts/a.html#t-1">a/1/2</a>'
    assert evidence.link_cells(html, up="../") == (
        f"<td>{one}</td><td>{one}; {two}</td><td>a/9</td><td>w1/w2</td><td>a/1, said E1</td>"
    )


def test_text_from_transcripts_shows_as_text(ran):
    text = (ran["reports"] / "tiny" / "transcripts" / "kick-off.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "$x^2$ **bold**" in text
    assert "New ties &lt;i&gt;across&lt;/i&gt; schools form." in (ran["reports"] / "index.html").read_text()


def test_transcripts_show_codes_times_and_unknown_speakers(ran):
    text = (ran["reports"] / "tiny" / "transcripts" / "kick-off.html").read_text()
    assert "Help request" in text
    assert ">1:01:40<" in text.replace(" ", "")
    assert "unknown speaker" in text


def test_code_is_folded_away_on_notebook_pages_and_left_out_of_the_report(ran):
    whole = (ran["reports"] / "tiny" / "notebooks" / "02_coding.html").read_text()
    assert '<details class="code"><summary>Code</summary>' in whole
    assert "reports: str" not in whole
    assert "never" not in re.sub(r'<details class="code">.*?</details>', "", whole, flags=re.DOTALL)
    report = (ran["reports"] / "tiny" / "index.html").read_text()
    assert '<details class="code">' not in report
    assert "Stopped here." in report


def test_pages_say_first_what_a_reader_must_know(ran):
    text = (ran["reports"] / "tiny" / "tables" / "turns.html").read_text()
    for said in ("Synthetic.", "Incomplete.", "Mind the data.", "E01 names E01; the self-tie is dropped."):
        assert said in text
    assert "strand." not in text
    index = (ran["reports"] / "index.html").read_text()
    assert "ZeroDivisionError" in index
    assert "the case cannot be read" in index


def test_suggestions_are_never_shown_as_codings(tmp_path):
    turns = pd.DataFrame(
        {
            "activity": ["a"],
            "turn": ["1"],
            "position": [1],
            "actor": ["E1"],
            "start_s": [0.0],
            "end_s": [1.0],
            "text": ["Help?"],
        }
    )
    hint = {
        "activity": "a",
        "turn": "1",
        "code": "help_request",
        "score": 0.9,
        "layer": "rules",
        "basis": "help",
        "status": "open",
        "by": None,
    }
    tables = {"turns": turns, "suggestions": pd.DataFrame([hint])}
    write_results(tmp_path, "demo", tables, summary={"title": "Demo", "suggestions_used": True})
    build_site(tmp_path)
    for page in ("index.html", "transcripts/a.html", "tables/turns.html"):
        assert "Machine-suggested, not reviewed." in (tmp_path / "demo" / page).read_text()
    text = (tmp_path / "demo" / "transcripts" / "a.html").read_text()
    assert 'class="code-label suggested">help_request <span class="by">(suggested)<' in text


def test_one_strand_says_nothing_of_the_other(tmp_path):
    write_results(
        tmp_path,
        "half",
        {},
        summary={"title": "Half", "strands": ["network"], "gaps": ["No transcripts: no talk strand."]},
    )
    build_site(tmp_path)
    text = (tmp_path / "half" / "index.html").read_text()
    assert "No transcripts: no talk strand." in text
    assert "No talk strand." in text
    assert "No network strand." not in text
    assert "Coders" not in text
    assert ">0<" not in text, "a missing strand is not zero"


def test_pages_of_an_earlier_run_do_not_linger_and_other_files_stay(tmp_path):
    write_results(tmp_path, "demo", {}, summary={"title": "Demo"})
    (tmp_path / "demo" / "notes.html").write_text("mine")
    (tmp_path / "demo" / "tables").mkdir()
    (tmp_path / "demo" / "tables" / "gone.html").write_text("stale")
    build_site(tmp_path)
    assert (tmp_path / "demo" / "notes.html").read_text() == "mine"
    assert not (tmp_path / "demo" / "tables" / "gone.html").exists()


def test_a_site_without_results_says_so(tmp_path):
    assert "No case has been run yet." in build_site(tmp_path / "reports").read_text()


def test_what_a_cell_made_cannot_act_or_style(tmp_path):
    html = '<style>p{}</style><table style="x" onclick="go()"><thead><tr><th></th><th>a</th></tr></thead><tbody><tr><th>r</th><td>1.5</td></tr></tbody></table><img src=x onerror=go()><script>go()</script>'
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("execute_result", {"text/html": html})])
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell("# T\n\n## A & b\n\n<script>go()</script>"), cell]
    )
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks" / "n.ipynb")
    page = read_notebook_page(tmp_path / "notebooks" / "n.ipynb")
    for bad in ("<script", "<style", "onclick", "onerror", "style=", "<img"):
        assert bad not in page.whole
    assert '<caption class="hidden">A &amp; b</caption>' in page.whole
    assert '<th scope="row">r</th><td class="n">1.5</td>' in page.whole
    assert '<th class="n" scope="col">a</th>' in page.whole
    assert page.title == "T"


def test_tables_of_cells_are_made_readable(tmp_path):
    frame = pd.DataFrame({"response_rate": [0.5, None], "said": ["a_b", None]})
    outputs = [
        nbformat.v4.new_output("execute_result", {"text/html": frame._repr_html_()}),
        nbformat.v4.new_output("stream", name="stdout", text="Two coders.\n"),
        nbformat.v4.new_output("stream", name="stderr", text="Warning: careful\n"),
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=outputs)])
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks" / "n.ipynb")
    page = read_notebook_page(tmp_path / "notebooks" / "n.ipynb")
    assert '<th class="n" scope="col">response rate</th>' in page.report
    assert '<td class="n">–</td><td>–</td>' in page.report, "undefined is a dash"
    assert "<td>a_b</td>" in page.report
    assert "<td></td>" not in page.report, "rows that are only numbered lose their numbers"
    assert '<p class="told">Two coders.' in page.report
    assert "careful" in page.whole
    assert "careful" not in page.report


def test_reports_do_not_depend_on_when_the_site_is_built(ran):
    before = {path: path.read_bytes() for path in ran["reports"].rglob("*") if path.is_file()}
    build_site(ran["reports"])
    assert before == {path: path.read_bytes() for path in ran["reports"].rglob("*") if path.is_file()}


def test_anchors_are_distinct_and_safe():
    names = ["a b", "a_b", "a/b", "ä", "a.b", "A"]
    anchors = [anchor(name) for name in names]
    assert len(set(anchors)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+", text) for text in anchors)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0004567, "0.000457"), (1234.5, "1,234"), (None, "–"), (12, "12"), (1 / 3, "0.333"), ("w1", "w1")],
)
def test_numbers_are_rounded_on_pages_only(value, text):
    assert num(value) == text


def test_numbers_on_disk_are_not_rounded(tmp_path):
    write_results(tmp_path, "demo", {}, [{"id": "a.third", "value": 1 / 3}])
    assert json.loads((tmp_path / "demo" / "numbers.json").read_text())[0]["value"] == 1 / 3
    assert read_results(tmp_path, "demo").numbers["value"][0] == 1 / 3
