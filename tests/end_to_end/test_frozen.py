"""The shipped cases give the tables, numbers and words that were frozen; see tests/frozen/."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

compare = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[1] / "frozen" / "compare.py")))


def test_every_table_number_and_page_is_as_it_was_frozen(shipped):
    said = compare.differences(compare.read_frozen(), compare.take_snapshot(shipped))
    assert not said, "\n".join(said)


@pytest.fixture(scope="module")
def frozen():
    return compare.read_frozen()


def test_what_is_frozen_is_what_a_run_leaves(frozen):
    for case in ("demo", "statewide", "declining"):
        for name in ("index.html", "network.html", "numbers.json", "tables/dyads.csv", "notebooks/01_network.html"):
            assert len(frozen[f"{case}/{name}"].splitlines()) > 20, (case, name)
    assert len(frozen["across_cases/tables/health.csv"].splitlines()) > 100
    assert {"index.html", "manifest.csv", "demo/transcripts/A1.html"} <= frozen.keys()


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("demo/tables/dyads.csv", ",neither,", ",coincide,", "verdict: 'neither', now 'coincide'"),
        ("demo/tables/dyads.csv", "W1,W2,help,E01,E02", "W1,W2,help,E01,E03", "line 2, b: 'E02', now 'E03'"),
        ("demo/tables/dyads.csv", "scope,role_pair", "role_pair,scope", "in order"),
        ("demo/tables/dyads.csv", "relation,", "relations,", "gone ['relation'], new ['relations']"),
        ("demo/numbers.json", "0.9698723160059299", "0.9698723260059299", "value: '0.96987231"),
        ("demo/numbers.json", ",385,", ",385.0,", "n: '385', now '385.0'"),
        ("demo/numbers.json", ",null,", ",,", "low: 'null', now ''"),
        ("demo/index.html", "from 36 to 38", "from 36 to 39", "36 to 39"),
        ("demo/index.html", "transcripts/A3.html#t-9", "transcripts/A3.html#t-8", "t-8"),
        ("index.html", "3 cases\n", "", "-3 cases"),
    ],
)
def test_a_change_is_seen_and_said(frozen, name, old, new, said):
    assert old in frozen[name]
    (found,) = compare.differences(frozen, {**frozen, name: frozen[name].replace(old, new, 1)})
    assert found.startswith(f"{name}:")
    assert said in found


def test_rows_in_another_order_or_number_are_seen(frozen):
    name = "demo/tables/stergm.csv"
    header, *rows = frozen[name].splitlines()
    for changed, said in ((rows[::-1], "same rows in another order"), (rows[:-1], "16 rows, now 15")):
        (found,) = compare.differences(frozen, {**frozen, name: "\n".join([header, *changed])})
        assert said in found


def test_a_file_that_is_gone_or_new_is_seen(frozen):
    fewer = {name: text for name, text in frozen.items() if name != "demo/network.html"}
    assert compare.differences(frozen, fewer) == ["demo/network.html: is not there any more"]
    assert compare.differences(fewer, frozen) == ["demo/network.html: was not there"]


def test_noise_of_floating_point_is_no_difference(frozen):
    name, old = "demo/numbers.json", "0.9698723160059299"
    for near in ("0.9698723160059311", "9.698723160059299e-01"):
        assert compare.differences(frozen, {**frozen, name: frozen[name].replace(old, near)}) == []


def test_the_text_of_a_page_is_what_a_reader_sees():
    page = """<title>A</title><style>p {}</style><script>let a = "<p>";</script>
    <script type="application/json">{"ties": [[1, 2], [2, 3]], "n": 2}</script>
    <details class="code"><details>x</details>nic.load_case()</details><p>One <b>b</b>old &amp; <a href="t.html#t-1">link</a>
    <table><tr><th>n<td>3<tr><td>m<td></table><img alt="a drawing">
    <ul><li>data/x.csv <code>%s</code></ul><p>2024-01-02 03:04:05 UTC, 1.5 s, ok<p>Made by nicmethods 1.2.3.
    <p>Versions<ul><li>numpy 2.4.6<li>pandas 3.0.0rc1</ul><p>Parameters""" % ("0f" * 32)
    assert compare.page_text(page).splitlines() == [
        "A", "ties: [1, 2]", "ties: [2, 3]", "n: 2", "One bold & link(t.html#t-1)", "| n | 3", "| m |",
        "[picture: a drawing]", "data/x.csv FINGERPRINT", "WHEN, SECONDS, ok", "Made by nicmethods VERSION.",
        "Versions", "Parameters",
    ]  # fmt: skip


def test_how_long_a_notebook_took_is_left_out_of_its_table():
    assert compare.table_text([["case", "seconds", "status"], ["demo", "1.2", "ok"]]) == "case,status\ndemo,ok\n"
