"""The published error rates keep to their bars, and a small run of what made them gives rates like theirs."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
import pytest
from scipy.stats import binom

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bench():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        import verdicts
    finally:
        sys.path.pop(0)
    return verdicts


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    table = pd.read_csv(ROOT / "nicmethods" / "joint" / "calibration" / "rates.csv")
    return table[table["size"] == "all sizes"]


def test_published_rates_are_of_two_thousand_cases_and_keep_to_their_bars(published: pd.DataFrame, bench) -> None:
    assert set(published["truth"]) == set(bench.TRUTHS)
    assert (published["n"] >= 2000).all()
    held = published[published["bar"].notna() & (published["proposition"] != "any of them")]
    for kind in ("wrong_agreement_high", "wrong_dissonance_high"):
        over = held[held[kind] > held["bar"]]
        assert over.empty, over[["truth", "proposition", kind, "bar"]].to_string()


@pytest.mark.parametrize("truth", ["sociable", "earlier, noisy reports"])
def test_a_small_run_agrees_with_the_published_rates(truth: str, published: pd.DataFrame, bench) -> None:
    rows = [
        row for number in range(5000, 5040) for row in bench.one_case(truth, bench.TRUTHS[truth], number, vary=True)
    ]
    found = bench.with_wrong(pd.DataFrame(rows)).groupby("proposition")["wrong_agreement"].sum()
    said = published[published["truth"] == truth].set_index("proposition")["wrong_agreement_high"]
    for proposition, wrong in found.items():
        assert binom.sf(wrong - 1, 40, max(said[proposition], 0.005)) > 1e-4, proposition


def test_a_number_gives_the_same_case_again(bench) -> None:
    truth = bench.TRUTHS["all at once"]
    assert bench.one_case("all at once", truth, 7, vary=True) == bench.one_case("all at once", truth, 7, vary=True)
    assert bench.one_case("all at once", truth, 7, vary=True) != bench.one_case("all at once", truth, 8, vary=True)


def test_strong_help_is_found_and_its_absence_is_not_taken_for_it(bench) -> None:
    found = {
        name: [bench.one_case(name, bench.TRUTHS[name], number, vary=False)[4]["verdict"] for number in range(12)]
        for name in ("chance", "help brings ties, odds 6")
    }
    assert found["help brings ties, odds 6"].count("agreement") >= 10
    assert found["chance"].count("agreement") <= 3


def test_the_tables_of_the_page_are_those_of_the_files(bench) -> None:
    page = (ROOT / "docs" / "calibration.md").read_text(encoding="utf-8")
    for table in bench.pages().split("\n\n"):
        assert table in page
