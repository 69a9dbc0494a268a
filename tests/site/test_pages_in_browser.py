"""The pages in a real browser: what it says of them, and what their script does."""

import re

import pandas as pd
import pytest

from nicmethods.results import write_results
from nicmethods.site.site import build_site


def test_no_page_complains_or_asks_for_anything_outside(ran, visit):
    page = visit(ran["index"])
    for path in sorted(ran["reports"].rglob("*.html")):
        page.goto(path.as_uri())
        assert page.title()
        assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") == "700", "the style applies"


def test_pages_fit_a_phone(ran, visit):
    page = visit(ran["index"], viewport={"width": 360, "height": 740})
    for path in sorted(ran["reports"].rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path.name


def test_the_dark_scheme_is_dark(ran, visit):
    page = visit(ran["index"], color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"


def test_a_quote_leads_to_its_place_in_the_transcript(ran, visit):
    page = visit(ran["reports"] / "tiny" / "claims.html")
    page.click("blockquote a")
    page.wait_for_url("**/transcripts/kick-off.html#t-1")
    assert "help me?" in page.inner_text(":target")
    assert page.is_visible(":target + li"), "with the turns around it"


def test_tables_sort_by_keyboard_and_blanks_stay_last(ran, visit):
    page = visit(ran["reports"] / "tiny" / "tables" / "turns.html")
    head = page.locator("th", has_text="end")
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    column = page.evaluate("[...document.querySelectorAll('tbody tr')].map(row => row.cells[5].textContent)")
    assert column == ["70", "5", "–"]


def test_code_opens_with_one_click(ran, visit):
    page = visit(ran["reports"] / "tiny" / "notebooks" / "02_coding.html")
    code = page.locator("details.code pre").first
    assert not code.is_visible()
    page.locator("details.code summary").first.click()
    assert code.is_visible()


def test_a_notebook_opens_all_its_code_with_one_click(ran, visit):
    page = visit(ran["reports"] / "tiny" / "notebooks" / "01_network.html")
    page.get_by_role("link", name="Show all code").first.click()
    page.wait_for_url("**/01_network.html#code")
    assert page.locator("details.code:not([open])").count() == 0
    assert page.locator("details.code pre").first.is_visible()


@pytest.fixture(scope="module")
def twenty(tmp_path_factory, claim):
    """A site of twenty cases, with as much on its index as the demo puts there."""
    reports = tmp_path_factory.mktemp("twenty")
    for n in range(20):
        rows = [
            claim(
                proposition=f"claim_{m}",
                statement=f"Ties of kind {m} form between people who worked together.",
                proposed_verdict="partial_agreement",
            )
            for m in range(8)
        ]
        waves = [{"relation": "help", "wave": f"w{w}", "response_rate": 0.5 + n / 40} for w in range(3)]
        activities = [{"activity": f"a{m}", "title": f"Meeting {m}", "coded": True} for m in range(12)]
        summary = {"title": f"Network {n}", "strands": ["network", "talk"], "n_actors": 100 - n, "synthetic": n > 12}
        table = pd.DataFrame(rows)
        summary |= {"waves": waves, "activities": activities, "coders": ["a", "b"]}
        write_results(reports, f"case{n}", {"propositions": table}, summary=summary)
    build_site(reports)
    return reports / "index.html"


def test_the_index_of_twenty_cases_is_there_within_a_second(twenty, visit):
    page = visit(twenty)
    page.reload()
    took = page.evaluate("performance.getEntriesByType('navigation')[0].duration")
    assert 0 < took < 1000


def test_the_index_sorts_and_filters(twenty, visit):
    page = visit(twenty)
    first = ".cases tbody tr:visible >> nth=0 >> th"
    page.get_by_role("button", name="People").press("Enter")
    assert page.inner_text(first).startswith("Network 19")
    page.get_by_label("Show rows with").fill("synthetic network 15")
    assert page.locator(".cases tbody tr:visible").count() == 1
    assert page.inner_text(first).startswith("Network 15")


def test_every_control_is_reached_by_keyboard_and_shows_that_it_is(twenty, visit):
    page = visit(twenty)
    page.keyboard.press("Tab")
    assert page.inner_text(":focus") == "Skip to the content"
    page.keyboard.press("Enter")
    wanted = page.locator("main a, main button, main input").count()
    reached = set()
    for _ in range(wanted + 40):
        page.keyboard.press("Tab")
        found = page.evaluate("""() => { const here = document.activeElement;
            return here.matches('main *') ? [[...document.querySelectorAll('main *')].indexOf(here), getComputedStyle(here).outlineStyle] : null }""")
        if found is None:
            break
        reached.add(found[0])
        assert found[1] != "none"
    assert len(reached) >= wanted


def test_a_table_on_several_sheets_has_its_header_on_each(tmp_path, visit, network):
    pypdf = pytest.importorskip("pypdf")
    one = {"relation": "help", "wave": "w1", "target": "A1", "weight": 1.0}
    rows = pd.DataFrame([one | {"source": f"P{n}"} for n in range(120)])
    write_results(tmp_path, "three", {"ties": rows}, summary=network.summary)
    build_site(tmp_path)
    page = visit(tmp_path / "three" / "tables" / "ties.html")
    page.pdf(path=tmp_path / "ties.pdf", format="A4")
    sheets = [" ".join(one.extract_text().split()) for one in pypdf.PdfReader(tmp_path / "ties.pdf").pages]
    with_rows = [text for text in sheets if re.search(r"\bP\d+\b", text)]
    assert len(with_rows) > 1
    assert all("relation wave source target weight" in text for text in with_rows)
