"""The page across cases: what they share and where they differ, from tables alone; nothing where there is nothing."""

import re

import pandas as pd
import pytest

from nicmethods.results import ACROSS, write_manifest, write_results
from nicmethods.site.drawings import intervals
from nicmethods.site.site import build_site
from nicmethods.tables import RUN_TABLES


def table(name, rows):
    return pd.DataFrame(rows).reindex(columns=RUN_TABLES[name].names)


@pytest.fixture
def across(tmp_path, claim):
    for name, verdict in (("east", "agreement"), ("west", "dissonance")):
        rows = pd.DataFrame([claim(proposition="help", statement="Help is returned.", proposed_verdict=verdict)])
        write_results(tmp_path, name, {"propositions": rows}, summary={"title": name.title(), "strands": ["network"]})
    value = {"measure": "reciprocity", "what": "ties that are returned, share of all ties", "n": 9}
    values = [
        {"case": "east", "value": 0.2, "low": 0.1, "high": 0.3, "expected": 0.25},
        {"case": "west", "value": 0.8, "low": 0.7, "high": 0.9},
        {"case": "north"},
    ]
    common = [
        {"about": "proposition", "subject": "help", "what": "Help is returned.", "reading": "differ", "said": "x"},
        {"about": "measure", "subject": "reciprocity", "what": value["what"], "reading": "differ", "said": "y"},
    ]
    pooled = {
        "proposition": "help",
        "k": 2,
        "n_rows": 40,
        "n_both": 6,
        "expected": 2.0,
        "k_tested": 2,
        "p_more": 0.0004,
    }
    tables = {
        "comparison": table("comparison", [value | row for row in values]),
        "in_common": table("in_common", common),
        "pooled_coincidence": table("pooled_coincidence", [pooled]),
    }
    write_results(tmp_path, ACROSS, tables)
    ran = [{"case": ACROSS, "notebook": "04", "status": "ok", "seconds": 1.0, "error": None}]
    write_manifest(tmp_path, pd.DataFrame(ran))
    build_site(tmp_path)
    return tmp_path / ACROSS / "index.html"


def test_it_says_where_cases_differ_and_leads_to_each_verdict(across):
    text = across.read_text()
    said = re.sub(r"<[^>]+>", "", text)
    assert "Of 1 claim, none is said of all 2 cases that have verdicts; cases contradict each other on 1." in said
    assert "Of 1 measure, the cases differ on 1: ties that are returned, share of all ties (east 0.2 and west 0.8)." in said  # fmt: skip
    assert 'href="../east/index.html#p-help"' in text
    assert said.count("They differ.") == 1
    assert "Over 2 cases, 6 of 40 occasions had both parts of the first claim; 2 expected" in said
    assert "2; by chance under 1 in 1,000" in said
    assert "not known" in said, "a case without a value has a line, and no dot"


def test_it_is_one_click_from_the_index(across):
    assert f'href="{ACROSS}/index.html"' in (across.parents[1] / "index.html").read_text()


def test_a_value_lies_where_its_number_says():
    row = {"name": "a", "said": "1", "value": 1.0, "low": 0.0, "high": 2.0, "expected": None}
    drawn = str(intervals([row, row | {"value": None, "low": None, "high": None}], title="t"))
    assert drawn.count("<circle") == 1
    [left, right] = map(float, re.search(r'class="line across" d="M([\d.]+) \d+H([\d.]+)"', drawn).groups())
    assert float(re.search(r'cx="([\d.]+)"', drawn)[1]) == pytest.approx((left + right) / 2, abs=0.1)
    odds = str(intervals([row | {"value": 4.0, "low": 2.0, "high": 8.0}], title="t", is_odds=True))
    [left, right] = map(float, re.search(r'class="line across" d="M([\d.]+) \d+H([\d.]+)"', odds).groups())
    assert float(re.search(r'cx="([\d.]+)"', odds)[1]) == pytest.approx((left + right) / 2, abs=0.1), (
        "by their logarithm"
    )
