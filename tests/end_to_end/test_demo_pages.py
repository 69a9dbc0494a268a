"""The demo's pages as a reviewer meets them: with a screen reader, on a phone, in the dark, and printed."""

import os
import re
from pathlib import Path

import pytest

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
FEWER_ROWS = (
    "for (const body of document.querySelectorAll('tbody')) [...body.rows].slice(12).forEach(row => row.remove())"
)
"""One row of a long table is like another; all of them would take minutes."""


@pytest.fixture(scope="module")
def axe():
    path = os.environ.get("NICMETHODS_AXE")
    if not path:
        pytest.skip("NICMETHODS_AXE is not set: it names axe.min.js of axe-core")
    return Path(path).read_text()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_axe_finds_no_violation(study, browser, axe, width, scheme):
    reports = study[0] / "reports"
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True)
    page, found = context.new_page(), []
    paths = sorted(reports.rglob("*.html"))
    if (width, scheme) != (1280, "light"):
        paths = [path for path in paths if path.parent.name != "tables" or path.stem in ("dyads", "events", "numbers")]
    for path in paths:
        page.goto(path.as_uri())
        page.evaluate(FEWER_ROWS)
        page.evaluate(axe)
        options = {"runOnly": WCAG, "resultTypes": ["violations"]}
        faults = page.evaluate("options => axe.run(document, options)", options)["violations"]
        found += [
            f"{path.relative_to(reports)}: {fault['help']}: {fault['nodes'][0]['html'][:200]}" for fault in faults
        ]
    context.close()
    assert len(paths) > 15
    assert found == []


def test_every_figure_says_what_it_shows(study):
    for path in (study[0] / "reports").rglob("*.html"):
        text = path.read_text()
        assert "No description has been provided" not in text, path
        assert "without a description" not in text, path


def test_every_table_has_a_caption_and_headers(study):
    for path in (study[0] / "reports").rglob("*.html"):
        for table in re.findall(r"<table.*?</table>", path.read_text(), re.DOTALL):
            assert re.search(r"<caption[^>]*>[^<]*\w", table), path
            assert re.search(r"<th\b[^>]* scope=", table), path


def test_the_report_reads_from_the_question_to_the_methods(study, browser):
    page = browser.new_page()
    page.goto((study[0] / "reports" / "demo" / "index.html").as_uri())
    headings = page.eval_on_selector_all("h2", "all => all.map(one => one.textContent)")
    assert headings == [
        "What both strands say", "The data and their gaps", "Who is connected, and what changed between waves",
        "Who talks, and what was coded where", "Where survey and talk meet, and where they do not",
        "Propositions and their evidence", "Methods, versions and files",
    ]  # fmt: skip
    assert page.inner_text(".question").startswith("Question.")
    text = page.inner_text("main")
    for raw in ("silence_talk", "mrqap_linear", "help_given", "same_site", "partial_agreement"):
        assert raw not in text
    assert page.locator("#findings td .note").count() == 6, "each verdict says why"
    page.get_by_role("link", name="the network, pair by pair").click()
    page.wait_for_url("**/network.html")
    assert page.locator("#pairs option").count() > 100
    page.close()


def test_a_pair_in_the_report_leads_to_its_story(study, browser):
    page = browser.new_page()
    page.goto((study[0] / "reports" / "demo" / "index.html").as_uri())
    link = page.locator("td a[href^='network.html#pair-']").first
    pair = link.inner_text().split(" – ")
    link.click()
    assert page.inner_text(".story.chosen h3") == " and ".join(pair)
    page.locator(".story.chosen footer a").first.click()
    page.wait_for_url("**/transcripts/*.html#t-*")
    assert page.inner_text(":target")
    page.close()


def test_the_printed_report_is_set_and_not_dumped(study, browser, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    page = browser.new_page()
    page.goto((study[0] / "reports" / "demo" / "index.html").as_uri())
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    page.close()
    document = pypdf.PdfReader(tmp_path / "report.pdf")
    pages = [" ".join(one.extract_text().split()) for one in document.pages]
    assert document.metadata.title == "The Return Network (synthetic demo)"
    assert 15 <= len(pages) <= 40
    for number, text in enumerate(pages, start=1):
        assert re.search(rf"{number} / {len(pages)}(?!\d)", text), f"page {number} has no number"
        assert len(text) > 30, f"page {number} is empty"
    whole = " ".join(pages)
    assert "Synthetic." in pages[0]
    assert "schools form new ties" in pages[0], "the table of verdicts begins on the first page"
    for said in ("Propositions and their evidence", "codebooks/help.yml", "pandas", "seed = 1"):
        assert said in whole
    for screen in ("Skip to the content", "Where to start", "Show rows with", "Move the network", "import nicmethods"):
        assert screen not in whole


def test_nothing_on_paper_is_wider_than_the_paper(study, browser):
    page = browser.new_page(viewport={"width": 658, "height": 900})  # A4 less its margins
    page.emulate_media(media="print")
    for name in ("demo/index.html", "demo/network.html", "demo/transcripts/A1.html", "index.html"):
        page.goto((study[0] / "reports" / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 658, name
    page.close()
