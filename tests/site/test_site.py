import json
import re
import shutil
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import nbformat
import pandas as pd
import pytest

from nicmethods.batch.plan import plan_runs
from nicmethods.batch.run import run_batch
from nicmethods.results import Results, read_results, write_results
from nicmethods.site.evidence import Evidence
from nicmethods.site.notebook_page import read_notebook_page
from nicmethods.site.pages import anchor, num
from nicmethods.site.site import build_site
from nicmethods.tables import RUN_TABLES


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
        "index.html", "tiny/index.html", "tiny/claims.html", "tiny/coding.html", "tiny/data.html", "broken/data.html", "tiny/notebooks/01_network.html", "tiny/notebooks/02_coding.html",
        "tiny/tables/turns.html", "tiny/tables/codings.html", "tiny/tables/propositions.html", "tiny/tables/dyad_change.html",
        "tiny/transcripts/kick-off.html", "broken/index.html",
        "across_cases/index.html", "across_cases/data.html", "across_cases/notebooks/04_across_cases.html",
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
    page = pages[ran["reports"] / "tiny" / "notebooks" / "01_network.html"]
    assert [(image["alt"], image["width"]) for image in page.images] == [('One "dot" & nothing', "20")]
    assert (ran["reports"] / "tiny" / "figures" / "01_network-1.png").read_bytes().startswith(b"\x89PNG")
    assert "../tables/dyad_change.html" in page.links
    assert "notebooks/01_network.html" in pages[ran["reports"] / "tiny" / "index.html"].links


def test_evidence_is_two_clicks_away(pages, ran):
    assert "claims.html#p-new-ties" in pages[ran["reports"] / "tiny" / "index.html"].links
    page = pages[ran["reports"] / "tiny" / "claims.html"]
    assert "transcripts/kick-off.html#t-1" in page.links
    assert "tables/dyad_change.html#row-w1-w2-E01-E02" in page.links
    text = (ran["reports"] / "tiny" / "claims.html").read_text()
    assert "Kick-off, turn 9" in text, "an id without a turn is shown, without a link"
    assert not any(link.endswith("#t-9") for link in page.links)


def test_tables_lead_to_their_turns(pages, ran):
    tables = ran["reports"] / "tiny" / "tables"
    assert "../transcripts/kick-off.html#t-1" in pages[tables / "codings.html"].links
    assert "../transcripts/kick-off.html#t-1" in pages[tables / "propositions.html"].links


def test_ids_of_turns_in_a_notebook_become_links():
    turns = pd.DataFrame({"activity": ["a"], "turn": ["1"]})
    evidence = Evidence(Results("demo", {}, {"turns": turns}, pd.DataFrame()))
    html = '<td>a/1</td><td class="short">a/1; a/1/2</td><td>a/9</td><td>w1/w2</td><td>a/1, said E1</td>'
    one = '<a href="../transcripts/a.html#t-1">a/1</a>'
    two = '<a href="../transcripts/a.html#t-1">a/1/2</a>'
    assert evidence.link_cells(html, up="../") == (
        f'<td>{one}</td><td class="short">{one}; {two}</td><td>a/9</td><td>w1/w2</td><td>a/1, said E1</td>'
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
    report = (ran["reports"] / "across_cases" / "index.html").read_text()
    assert '<details class="code">' not in report
    assert "Stopped here." in whole


def test_pages_say_first_what_a_reader_must_know(ran):
    text = (ran["reports"] / "tiny" / "tables" / "turns.html").read_text()
    for said in ("Synthetic.", "Incomplete.", "Mind the data.", 'href="../data.html#problems"'):
        assert said in text
    report = (ran["reports"] / "tiny" / "data.html").read_text()
    assert report.count("E01 names E01; the self-tie is dropped.") == 1, "once is enough"
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
    build_site(tmp_path / "reports")
    assert "No case has been run yet." in (tmp_path / "reports" / "index.html").read_text()


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
    assert '<th class="n" scope="col">response rate</th>' in page.whole
    assert '<td class="n">–</td><td class="short">–</td>' in page.whole, "undefined is a dash"
    assert '<td class="short">a_b</td>' in page.whole
    assert "<td></td>" not in page.whole, "rows that are only numbered lose their numbers"
    assert '<p class="told">Two coders.' in page.whole
    assert "careful" not in re.sub(r'<details class="stderr">.*?</details>', "", page.whole, flags=re.DOTALL)


def test_reports_do_not_depend_on_when_the_site_is_built(ran):
    def files():
        paths = [path for path in ran["reports"].rglob("*") if path.is_file()]
        return {path: re.sub(rb'"endTime": "[^"]*"', b"", path.read_bytes()) for path in paths}

    before = files()
    build_site(ran["reports"])
    assert files() == before


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


def test_what_two_places_have_in_common_is_said_once(tmp_path):
    problem = {
        "level": "warning",
        "file": "ties.csv",
        "field": "target",
        "value": "",
        "message": "a self-tie is dropped.",
    }
    problems = [problem | {"row": row} for row in range(2, 12)] + [
        problem | {"level": "error", "row": 3, "message": "no such wave."}
    ]
    write_results(tmp_path, "demo", {}, summary={"title": "Demo", "problems": problems})
    build_site(tmp_path)
    text = (tmp_path / "demo" / "data.html").read_text()
    assert text.count("a self-tie is dropped.") == 1
    assert "10 times:" in text
    assert text.count("<code>ties.csv row ") < 10, "a few places"
    assert ", …</span>" in text, "and that there are more"
    assert text.index("no such wave.") < text.index("a self-tie is dropped."), "errors first"


def test_a_report_shows_three_questions_apart(tmp_path, claim):
    said = {"survey_evidence": "2 ties began.", "talk_evidence": "3 of 6 pairs had help."}
    said |= {"choice_evidence": "As many as chance.", "together_evidence": "Too little to say: 2 of 9."}
    write_results(tmp_path, "one", {"propositions": pd.DataFrame([claim(**said)])}, summary={"title": "One"})
    build_site(tmp_path)
    page = (tmp_path / "one" / "claims.html").read_text()
    places = [page.index(words) for words in said.values()]
    assert places == sorted(places)
    bare = pd.DataFrame([claim(choice_evidence=None)])
    write_results(tmp_path, "two", {"propositions": bare}, summary={"title": "Two"})
    build_site(tmp_path)
    assert "None" not in (tmp_path / "two" / "claims.html").read_text()


def provenance(**notebooks):
    entry = {"status": "ok", "started": "2024-01-01T00:00:00+00:00", "seconds": 1.0, "parameters": {}, "inputs": "a"}
    entry |= {"key": "", "code": "", "sha256": "0" * 64, "left": []}
    known = {"case": "demo", "versions": {"python": "3", "nicmethods": "0"}, "system": "", "machine": "", "inputs": {}}
    made = {stem: entry | more for stem, more in notebooks.items()}
    newest = max(made.values(), key=lambda one: one["started"])["inputs"]
    return json.dumps(known | {"newest": newest, "notebooks": made})


LEFT = {"left": ["tables/propositions.csv", "case.json"]}


@pytest.mark.parametrize(
    ("ran", "is_kept"),
    [
        ({"01": {}, "03": LEFT}, False),
        ({"01": {}, "03": {"status": "failed", "started": "2024-01-02T00:00:00+00:00"}}, True),
        ({"01": {"started": "2024-01-02T00:00:00+00:00", "inputs": "b"}, "03": LEFT}, True),
        ({"01": {"started": "2024-01-02T00:00:00+00:00"}, "03": LEFT}, False),
    ],
)
def test_verdicts_of_an_earlier_run_say_so(tmp_path, ran, is_kept, claim):
    write_results(tmp_path, "demo", {"propositions": pd.DataFrame([claim()])}, summary={"title": "Demo"})
    (tmp_path / "demo" / "provenance.json").write_text(provenance(**ran))
    build_site(tmp_path)
    index = (tmp_path / "index.html").read_text()
    page = (tmp_path / "demo" / "index.html").read_text()
    assert ("Verdicts of an earlier run." in page) is is_kept
    assert ("Of an earlier run." in (tmp_path / "demo" / "tables" / "propositions.html").read_text()) is is_kept
    assert ("earlier run" in index) is is_kept


def test_synthetic_cases_stand_apart_from_real_ones(tmp_path, claim):
    for name, synthetic in (("a", True), ("b", False), ("c", True)):
        write_results(
            tmp_path,
            name,
            {"propositions": pd.DataFrame([claim()])},
            summary={"title": name.upper(), "synthetic": synthetic},
        )
    build_site(tmp_path)
    text = (tmp_path / "index.html").read_text()
    real, _, made_up = text.partition("Verdicts on synthetic cases")
    assert re.findall(r'<th scope="col"><a href="(.)/', real) == ["b"]
    assert re.findall(r'<th scope="col"><a href="(.)/', made_up) == ["a", "c"]
    assert re.findall(r'<th scope="row"><a href="(.)/', text) == ["b", "a", "c"], "real ones first"


def test_labels_in_notebooks_and_tables_are_said_in_words_and_ids_are_not(tmp_path):
    turns = pd.DataFrame({"activity": ["kick_off"], "turn": ["1"], "actor": ["ms_k"]})
    evidence = Evidence(Results("demo", {}, {"turns": turns}, pd.DataFrame()))
    html = (
        '<th scope="row">mrqap_linear</th><td class="short">silence_talk</td><td>ms_k</td><td>kick_off</td><td>w_1</td>'
    )
    assert evidence.link_cells(html, up="") == (
        '<th scope="row">regression (MRQAP, linear)</th><td class="short">silence of the talk</td>'
        "<td>ms_k</td><td>kick_off</td><td>w_1</td>"
    )
    change = {
        "from_wave": "w1",
        "to_wave": "w2",
        "relation": "help",
        "source": "A",
        "target": "B",
        "kind": "not_observable",
    }
    change |= {"threshold_from": 1.0, "threshold": 1.0, "policy": "observed"}
    table = pd.DataFrame([change]).reindex(columns=RUN_TABLES["dyad_change"].names)
    write_results(tmp_path, "demo", {"dyad_change": table}, summary={"title": "Demo"})
    build_site(tmp_path)
    assert "<td>not observable<" in (tmp_path / "demo" / "tables" / "dyad_change.html").read_text()


def test_places_on_pages_are_the_same_after_another_run(ran, tmp_path):
    def places(reports):
        return {path.relative_to(reports).as_posix(): Page(path.read_text()).ids for path in reports.rglob("*.html")}

    study = tmp_path / "a study"
    shutil.copytree(ran["root"], study)
    runs = plan_runs(
        [study / "data" / "tiny"], sorted((study / "notebooks").glob("0[12]*.ipynb")), reports=study / "reports"
    )
    run_batch(runs, workers=2, timeout_s=600, fresh=True)
    build_site(study / "reports")
    assert places(study / "reports") == places(ran["reports"])


@pytest.mark.parametrize(("synthetic", "is_said"), [([True, True], True), ([True, False], False)])
def test_what_is_said_across_synthetic_cases_alone_says_so(tmp_path, synthetic, is_said):
    for name, made_up in zip("ab", synthetic, strict=True):
        write_results(tmp_path, name, {}, summary={"strands": ["network"], "synthetic": made_up})
    write_results(tmp_path, "across_cases", {})
    (tmp_path / "manifest.csv").write_text("case,notebook,status,seconds,error\nacross_cases,04,ok,1.0,\n")
    build_site(tmp_path)
    assert ("Every case here was made up" in (tmp_path / "across_cases" / "index.html").read_text()) is is_said
