"""The main page of a case: its counts by hand, its drawings safe, its terms defined, its parts only where there is data."""

import re

import pandas as pd
import pytest

from nicmethods.results import read_results, register_claims, write_results
from nicmethods.site.counts import BETWEEN, HUB, INSIDE, Counts, claim_counts
from nicmethods.site.pages import MEANINGS, explained, words_in
from nicmethods.site.said import cut
from nicmethods.site.site import build_site
from nicmethods.tables import RUN_TABLES


@pytest.fixture(scope="module")
def three(tmp_path_factory, network):
    folder = tmp_path_factory.mktemp("three")
    write_results(folder, "three", network.tables(), summary=network.summary)
    build_site(folder)
    return folder


def test_ties_are_counted_among_those_who_answered(three):
    """A1 is the hub, B1 and C1 are of one school; B1 did not answer in w2."""
    counts = Counts(read_results(three, "three"), "help")
    assert counts.ties(HUB) == [(1, 4), (2, 3)]
    assert counts.ties(INSIDE) == [(0, 2), (0, 1)]
    assert counts.ties(BETWEEN) == [(0, 0), (0, 0)]
    assert counts.state("A1", "B1", "w1") == "no tie"
    assert counts.state("A1", "B1", "w2") == "A1 turns to B1, the other way not known"
    assert counts.state("A1", "C1", "w2") == "C1 turns to A1"
    assert counts.returned == {}


def test_a_pair_that_helped_both_ways_is_found_and_one_way_is_not(tmp_path, network):
    tables = network.tables()
    back = tables["events"].iloc[[0]].assign(event="kick-off/3/1", seeker="B1", helper="A1", response_turn="3")
    tables["events"] = pd.concat([tables["events"], back], ignore_index=True)
    write_results(tmp_path, "three", tables, summary=network.summary)
    assert list(Counts(read_results(tmp_path, "three"), "help").returned) == [("A1", "B1")]


def test_a_claim_has_its_counter_group(claim):
    said = claim(
        n_rows=262, n_talk=20, n_change=23, n_both=17, talk_said="help", change_said="stronger ties",
    )  # fmt: skip
    assert claim_counts(said) == {
        "talk": "help", "change": "stronger ties", "n_rows": 262,
        "n_with": 20, "hits_with": 17, "n_without": 242, "hits_without": 6,
    }  # fmt: skip
    assert claim_counts(claim(n_rows=0)) is None


def test_the_page_says_what_it_counts_and_leaves_out_what_it_cannot(three):
    text = (three / "three" / "index.html").read_text()
    assert "between hub and schools from 1 to 2" in text
    assert "The network" in text
    assert 'id="findings"' not in text, "no claims, no table of verdicts"
    assert "Help that is returned" not in text
    assert not (three / "three" / "claims.html").exists()


@pytest.mark.parametrize("bad", ['"><svg onload=window.pwned=1>', "<script>window.pwned = 1</script>", "</title><img src=x onerror=window.pwned=1>"])  # fmt: skip
def test_no_name_acts_in_a_drawing(tmp_path, network, visit, bad):
    summary = network.summary | {
        "activities": [{"activity": "kick-off", "title": bad, "date": "2024-02-01", "coded": True}]
    }
    write_results(tmp_path, "three", network.tables(said=bad, site=bad), summary=summary)
    build_site(tmp_path)
    page = visit(tmp_path / "three" / "index.html")
    assert page.evaluate("[window.pwned, document.querySelectorAll('svg:not(.drawing, .mark)').length, document.scripts.length]") == [None, 0, 1]  # fmt: skip
    assert page.locator("svg.drawing").count() >= 2
    assert page.locator("svg.drawing").first.text_content().count(bad) >= 1, "it stands there as text"


def test_every_word_of_the_glossary_has_a_place_of_its_own():
    found = words_in("".join(str(explained(word)) for word in MEANINGS))
    assert len({row["anchor"] for row in found}) == len(MEANINGS)
    assert all(row["means"].endswith(".") for row in MEANINGS.values())


def test_quotes_are_cut_at_sentences_and_say_so():
    long = "First one here. " + "Word " * 60 + "end. Last one?"
    assert cut(long) == "First one here. […]"
    assert cut(long, end=True) == "[…] Last one?"
    assert cut("Short. Whole.") == "Short. Whole."


@pytest.mark.parametrize(
    ("late", "words"),
    [
        (
            False,
            "with no result of this case there before; whether they were written before somebody had seen the data no run can tell",
        ),
        (True, "with knowledge of them"),
    ],
)
def test_a_claim_says_since_when_it_stands_in_its_words(tmp_path, network, claim, late, words):
    tables = network.tables() | {"propositions": pd.DataFrame([claim()])}
    write_results(tmp_path, "three", tables, summary=network.summary)
    name = tables["propositions"]["proposition"].iloc[0]
    if not late:
        (tmp_path / "three" / "numbers.json").unlink()
    register_claims(tmp_path, "three", {name: "0" * 12}, today="2026-03-09")
    write_results(tmp_path, "three", tables, summary=network.summary)
    build_site(tmp_path)
    assert "First run in these words on 9 March 2026, " in (text := (tmp_path / "three" / "claims.html").read_text())
    assert words in text
    assert ("1 claim was written or changed when results" in (tmp_path / "three" / "index.html").read_text()) is late


RATES = [
    {"truth": truth, "size": "3", "proposition": "p", "n": 100, "wrong_agreement": share, "agreement": share, "bar": bar}
    for truth, share, bar in (("chance", 0.03, 0.065), ("hidden affinity", 0.276, None), ("tie first, same interval", 0.822, None))
]  # fmt: skip
RESTS = [
    {"proposition": "p", "relation": "help", "what": what, "n": n, "of": of, "said": "s"}
    for what, n, of in (("fewest_pairs", 1, 11), ("fewest_codings", 3, 17), ("draws", 142, 200))
]


@pytest.fixture
def agreed(tmp_path, network, claim):
    """The pages of a case with one claim in agreement, as plain text."""
    more = {"proposed_verdict": "agreement", "wrong_at_most": 0.05, "survey_stance": "supports", "together_stance": "supports"}  # fmt: skip
    tables = network.tables() | {
        "propositions": pd.DataFrame([claim(**more)]),
        "error_rates": pd.DataFrame(RATES).reindex(columns=RUN_TABLES["error_rates"].names),
        "rests_on": pd.DataFrame(RESTS).reindex(columns=RUN_TABLES["rests_on"].names),
    }
    write_results(tmp_path, "three", tables, summary=network.summary)
    build_site(tmp_path)
    return lambda page: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", (tmp_path / "three" / page).read_text()))


def test_worlds_that_no_test_can_tell_are_said_with_their_rates(agreed):
    same = "the same verdict comes in 28 % where a lasting liking that nobody recorded brings both and 82 % where the tie came first inside the interval."  # fmt: skip
    main = agreed("index.html")
    assert same in main[main.index("What this cannot show") :]
    assert "wrong in at most 5 % of simulations" in main
    assert f"wrong in at most 5 % of simulated networks that a test could tell; of those that none can, {same}" in agreed("claims.html")  # fmt: skip


def test_a_verdict_that_one_pair_turns_says_so(agreed):
    assert "turned without 1 pair of 11" in (main := agreed("index.html"))
    assert "of 17" not in main, "three events are not so few"
