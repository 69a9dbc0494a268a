"""The demo's pages as a reviewer meets them: with a screen reader, on a phone, in the dark, and printed."""

import json
import os
import re
from pathlib import Path

import pandas as pd
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


def test_the_main_page_reads_in_five_minutes(study, browser):
    page = browser.new_page()
    page.goto((study[0] / "reports" / "demo" / "index.html").as_uri())
    text = page.inner_text("main")
    assert 1500 < len(text.split()) < 2500
    parts = page.eval_on_selector_all(".part .kicker", "all => all.map(one => one.textContent)")
    assert [part.partition(" · ")[2] for part in parts] == [
        "The network", "The talk over time", "Both together", "Help that is returned", "What is not clear",
    ]  # fmt: skip
    assert page.locator(".part svg.drawing").count() == 6, "five drawings, one of them in two forms"
    assert page.locator(".verdicts-table tbody tr").count() == 6
    assert page.locator(".verdicts-table .word a[href*=error_rates]").count() == 6, (
        "each verdict leads to its error rate"
    )
    assert "Researchers: agreement. “[synthetic example] New ties follow" in text, "their words stand under their claim"
    verdicts = page.eval_on_selector_all(
        ".joint tbody td:last-child strong .term", "all => all.map(one => one.firstChild.textContent)"
    )
    assert len(verdicts) >= 4
    assert 2 * verdicts.count("Coincide") <= page.locator(".joint tbody tr").count() + 1, (
        "half of the pairs are no success"
    )
    meetings = page.eval_on_selector_all(
        ".report q + .small a, .report blockquote footer a", "all => all.map(one => one.textContent.split(',')[0])"
    )
    assert len(set(meetings)) >= 3, "quotes come from several meetings"
    assert "coder_" not in page.content()
    page.get_by_role("link", name="The network, person by person").first.click()
    page.wait_for_url("**/network.html")
    assert page.locator("#pairs option").count() > 100
    page.close()


def test_what_the_main_page_says_is_what_the_tables_hold(study, browser):
    """Counted here once more, from the csv files alone."""
    folder = study[0] / "reports" / "demo" / "tables"
    ties, answers, people = (pd.read_csv(folder / f"{name}.csv") for name in ("ties", "responses", "actors"))
    site, group = (people.set_index("actor")[name] for name in ("site", "group"))
    held = []
    for wave in ("W1", "W3"):
        here = answers[(answers["wave"] == wave) & answers["present"]]
        told = set(here.loc[here["responded"], "actor"])
        one = ties[
            (ties["wave"] == wave)
            & (ties["weight"] >= 2)
            & ties["source"].isin(told)
            & ties["target"].isin(here["actor"])
        ]
        members = (one["source"].map(group) == "member") & (one["target"].map(group) == "member")
        held.append(int((members & (one["source"].map(site) != one["target"].map(site))).sum()))
    events = pd.read_csv(folder / "events.csv").query("kind == 'help_request'")
    asked, groups = (
        len(events),
        [set(pair) for pair in zip(events["seeker"].map(group), events["helper"].map(group), strict=True)],
    )
    n_hub = sum(pair == {"hub", "member"} for pair in groups)
    page = browser.new_page()
    page.goto((study[0] / "reports" / "demo" / "index.html").as_uri())
    said = page.inner_text(".first")
    tall = "all => all.reduce((sum, bar) => sum + Number(bar.getAttribute('height')), 0)"
    hub, every = (page.eval_on_selector_all(f".wide-drawing .bar{name}", tall) for name in (".hubs", ""))
    page.close()
    assert hub / every == pytest.approx(n_hub / asked, abs=0.005), "bars show who asked whom"
    assert f"between schools went from {held[0]} to {held[1]}" in said
    assert f"asked for help {asked} times" in said


def test_words_say_what_they_mean_without_a_script(study, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((study[0] / "reports" / "demo" / "index.html").as_uri())
    term = page.locator(".term").first
    assert not term.locator(".means").is_visible()
    term.hover()
    assert term.locator(".means").is_visible()
    page.mouse.move(0, 0)
    term.focus()
    assert term.locator(".means").is_visible()
    assert page.locator(f"#{term.get_attribute('aria-describedby')}").count() == 1
    context.close()


def test_coding_is_shown_as_it_was_done(study, browser):
    page = browser.new_page()
    page.goto((study[0] / "reports" / "demo" / "coding.html").as_uri())
    split = pd.read_csv(study[0] / "reports" / "demo" / "tables" / "disagreements.csv")
    assert page.locator("section#open li").count() == (split["state"] == "open").sum() == 24
    assert page.locator("section#decided li").count() == (split["state"] == "decided").sum() == 6
    assert "C2 gave it, C1 did not" in page.inner_text("section#open")
    page.goto((study[0] / "reports" / "demo" / "transcripts" / "A3.html").as_uri())
    labels = page.eval_on_selector_all(".code-label .by", "all => all.map(one => one.textContent)")
    assert "adjudicated" not in " ".join(labels)
    assert (
        sum("decided" in label for label in labels)
        == ((split["activity"] == "A3") & (split["state"] == "decided")).sum()
    )
    page.close()


def test_a_pair_in_the_report_leads_to_its_story(study, browser):
    page = browser.new_page()
    page.goto((study[0] / "reports" / "demo" / "index.html").as_uri())
    link = page.locator(".joint a[href^='network.html#pair-']").first
    pair = link.inner_text()
    link.click()
    assert page.inner_text(".story.chosen h3") == pair
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
    assert 4 <= len(pages) <= 6
    for number, text in enumerate(pages, start=1):
        assert re.search(rf"{number} / {len(pages)}(?!\d)", text), f"page {number} has no number"
        assert len(text) > 30, f"page {number} is empty"
    whole = " ".join(pages)
    assert "Synthetic." in pages[0]
    assert "these ties become mutual" in pages[0], "the last verdict stands on the first page"
    assert "The survey asked" in pages[1], "and the first page ends after the verdicts"
    for said in ("Words used on this page", "What habit explains", "Look further"):
        assert said in whole
    for screen in ("Skip to the content", "Show rows with", "import nicmethods"):
        assert screen not in whole


def test_nothing_on_paper_is_wider_than_the_paper(study, browser):
    page = browser.new_page(viewport={"width": 658, "height": 900})  # A4 less its margins
    page.emulate_media(media="print")
    for name in (
        "demo/index.html",
        "demo/claims.html",
        "demo/coding.html",
        "demo/data.html",
        "demo/network.html",
        "demo/transcripts/A1.html",
        "index.html",
    ):
        page.goto((study[0] / "reports" / name).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 658, name
    page.close()


def _said(value):
    """The ways in which a page says a number: whole, with decimals, in percent, as one in so many."""
    ways = {f"{value:,.{digits}f}" for digits in range(3)} | {f"{100 * value:.0f}"}
    return ways | ({f"{round(1 / value):,}", f"{min(round(10 * value), 9)}"} if 0 < value < 1 else set())


def test_numbers_of_a_claim_come_from_numbers_json(study, browser):
    """In its row of verdicts and in its part: from the claim's own numbers, and what is left of its occasions without talk."""
    folder = study[0] / "reports" / "demo"
    numbers = json.loads((folder / "numbers.json").read_text())
    page = browser.new_page()
    page.goto((folder / "index.html").as_uri())
    page.evaluate(
        "document.querySelectorAll('q, blockquote, .joint, .kicker, #both h3, #both .note').forEach(one => one.remove())"
    )
    rows = page.eval_on_selector_all(".verdicts-table tbody tr", "all => all.map(one => [one.id, [...one.cells].slice(1).map(cell => cell.innerText).join(' ')])")  # fmt: skip
    rows += [(page.get_attribute(f"#{part} .deeper a", "href").partition("#")[2], page.inner_text(f"#{part}")) for part in ("both", "unclear")]  # fmt: skip
    page.close()
    assert len(rows) == 8
    for anchor, text in rows:
        name = anchor.removeprefix("p-")
        prefixes = (f"propositions.{name}.", f"rests_on.{name}.", f"robustness.help.{name}")
        own = [one for one in numbers if one["id"].startswith(prefixes)]
        values = {one[key] for one in own for key in ("value", "low", "high", "p", "n") if one[key] is not None}
        n = {one["id"].rpartition(".")[2]: one["value"] for one in own}
        values |= {n["n_rows"] - n["n_talk"], n["n_change"] - n["n_both"], 0.001 if "under 1 in 1,000" in text else 0}
        known = set().union({"1"}, re.findall(r"in (10)\b", text), *map(_said, values))
        found = {token.rstrip(".,") for token in re.findall(r"\d[\d,.]*", text)}
        assert found - known == set(), (name, text)
