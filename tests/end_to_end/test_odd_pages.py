"""Pages of cases unlike the shipped ones: nothing said that is not known, no odd words, nothing cut off."""

import re
import runpy
from pathlib import Path

import pytest

import nicmethods as nic
from nicmethods.analysis import PARTS
from nicmethods.site.site import build_site

HERE = Path(__file__).parent
ODD, write_odd_case = (runpy.run_path(str(HERE / "odd_cases.py"))[name] for name in ("ODD", "write_odd_case"))
faults = runpy.run_path(str(HERE / "page_words.py"))["faults"]
OUTSIDE = """() => [...document.querySelectorAll('svg.drawing')].filter(one => one.getClientRects().length).flatMap(one => {
    const frame = one.getBoundingClientRect();
    return [...one.querySelectorAll('text')].filter(text => {
        const at = text.getBoundingClientRect();
        return at.left < frame.left - 2 || at.right > frame.right + 2;
    }).map(text => text.textContent)})"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    root = tmp_path_factory.mktemp("odd")
    cases = [write_odd_case(root / "data" / name, **options) for name, options in ODD.items()]
    for case in cases:
        analysis = nic.analyse(case, seed=1)
        for part in PARTS:
            analysis.write(root / "reports", part)
    build_site(root / "reports")
    return root / "reports"


@pytest.fixture(scope="module")
def first_words(reports, browser):
    """What the main page of each case says, in a line."""
    page, said = browser.new_page(), {}
    for name in ODD:
        page.goto((reports / name / "index.html").as_uri())
        said[name] = " ".join(page.inner_text("main").split())
    page.close()
    return said


def test_no_page_says_what_no_person_would(reports):
    ids = frozenset({*ODD, *(f"member_of_the_network_no_{n}" for n in range(1, 8))})
    said = {str(path.relative_to(reports)): found for path in reports.rglob("*.html") if (found := faults(path.read_text(), ids=ids))}  # fmt: skip
    assert said == {}


@pytest.mark.parametrize("width", [360, 1300])
def test_nothing_is_cut_off_or_wider_than_the_screen(reports, browser, width):
    page, found = browser.new_page(viewport={"width": width, "height": 800}), {}
    for path in [*sorted(reports.glob("*/*.html")), reports / "index.html"]:
        page.goto(path.as_uri())
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found[str(path.relative_to(reports))] = "too wide"
        if outside := page.evaluate(OUTSIDE):
            found[str(path.relative_to(reports))] = outside
    page.close()
    assert found == {}


def test_missing_answers_are_not_zero(first_words):
    said = first_words["nobody_answered"]
    assert "from 0 to" not in said
    assert "in April, the one survey that tells" in said
    assert "Between schools: unknown, then" in said
    assert "new since" not in said
    assert "none in January" not in said


def test_no_page_speaks_of_what_a_case_lacks(first_words):
    for name in ("talk_alone", "survey_alone", "one_wave", "nobody_answered"):
        said = first_words[name]
        assert "None of the 6 claims can be held against this case" in said, name
        assert "which came first" not in said.lower()
        assert "whether help or the tie came first" not in said
    assert "ties of" not in first_words["talk_alone"]
    assert "asked for help" not in first_words["survey_alone"]
    assert "in their schools" not in first_words["no_roles_no_sites"]
    assert "nobody was heard to ask for help" in first_words["no_events"]
    assert "as the machine suggests and nobody has reviewed" in first_words["nobody_coded"]
    assert "ties of works with" in first_words["without_direction"]


def test_no_count_of_nothing_stands_for_a_finding(first_words):
    for name, said in first_words.items():
        assert not re.search(r"\b0 of 0\b|none of 0\b|\bno other pairs\b", said), name
