import json
import math
import re
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.across.gather import read_across
from nicmethods.errors import RunError
from nicmethods.results import (
    ACROSS,
    list_results,
    numbers_of,
    quote,
    read_manifest,
    read_registered,
    read_results,
    register_claims,
    write_manifest,
    write_results,
    write_text,
)
from nicmethods.tables import RUN_TABLES, conform, empty, quoted

TURNS = pd.DataFrame(
    {
        "activity": ["01", "01"],
        "turn": ["007", "NA"],
        "position": [1, 2],
        "actor": ["E01", None],
        "start_s": [0.0, math.nan],
        "end_s": [1.5, math.nan],
        "text": ['She said "no", then, é\nleft', None],
    }
)


def test_tables_come_back_as_they_were_written(tmp_path):
    write_results(tmp_path, "demo", {"turns": TURNS})
    found = read_results(tmp_path, "demo").tables["turns"]
    assert found["turn"].tolist() == ["007", "NA"], "ids are text, whatever they look like"
    assert found["activity"].tolist() == ["01", "01"]
    assert found["text"][0] == TURNS["text"][0]
    assert found[["actor", "text", "start_s"]].iloc[1].isna().all()
    assert found["position"].dtype == "Int64"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1), min_size=1, max_size=5))
def test_any_text_survives_the_round_trip(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("text")
    turns = pd.concat([TURNS.head(1)] * len(texts)).assign(turn=[str(n) for n in range(len(texts))], text=texts)
    write_results(folder, "demo", {"turns": turns})
    assert read_results(folder, "demo").tables["turns"]["text"].tolist() == texts


FORMULAS = ["=1+1", "+1 for that", "- yes", "@dana", "\tx", "'=1", "''-", "'quoted'", "a=b", "'", "=", "−1"]


def test_text_that_a_spreadsheet_would_take_for_a_formula_is_guarded_and_comes_back(tmp_path):
    turns = pd.concat([TURNS.head(1)] * len(FORMULAS)).assign(
        turn=[f"-{n}" for n in range(len(FORMULAS))], text=FORMULAS
    )
    write_results(tmp_path, "demo", {"turns": turns.assign(start_s=-1.5)})
    raw = pd.read_csv(tmp_path / "demo" / "tables" / "turns.csv", dtype="str", keep_default_na=False)
    assert not raw["text"].str.match(r"[=+\-@\t\r]").any()
    assert not raw["turn"].str.match(r"[=+\-@\t\r]").any()
    assert set(raw["start_s"]) == {"-1.5"}, "numbers stay numbers"
    assert raw["text"].tolist()[:2] == ["'=1+1", "'+1 for that"]
    back = read_results(tmp_path, "demo").tables["turns"]
    assert back["text"].tolist() == FORMULAS
    assert back["turn"].tolist() == turns["turn"].tolist()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("'=+-@\ta", min_size=1), min_size=1, max_size=8))
def test_guards_are_undone_whatever_stands_there(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("guards")
    turns = pd.concat([TURNS.head(1)] * len(texts)).assign(turn=[str(n) for n in range(len(texts))], text=texts)
    write_results(folder, "demo", {"turns": turns})
    assert read_results(folder, "demo").tables["turns"]["text"].tolist() == texts


def test_all_faults_are_told_at_once_and_nothing_is_written(tmp_path):
    wrong = TURNS.drop(columns="text").assign(speaker="Ada Quill")
    with pytest.raises(RunError) as error:
        write_results(tmp_path, "demo", {"turns": wrong, "secrets": TURNS, "roster": TURNS}, summary={"colour": 1})
    message = str(error.value)
    assert "column 'text' is missing" in message
    assert "column 'speaker' is not declared" in message
    assert "secrets: is not a declared table" in message
    assert "roster: is not a declared table" in message, "the roster holds names and may never be published"
    assert "'colour' is not a key" in message
    assert not (tmp_path / "demo").exists()


def test_values_outside_a_declaration_are_refused_with_an_example(tmp_path):
    manifest = pd.DataFrame({"case": ["a"], "notebook": ["01"], "status": ["fine"], "seconds": [1.0], "error": [None]})
    with pytest.raises(RunError, match=r"'status' .*must be one of: ok, failed, skipped.*fine"):
        write_results(tmp_path, "demo", {"manifest": manifest})


def test_numbers_of_one_prefix_replace_their_own_and_no_others(tmp_path):
    write_results(tmp_path, "demo", {}, [{"id": "network.density", "value": 0.5}, {"id": "network.old", "value": 1.0}])
    write_results(tmp_path, "demo", {}, [{"id": "talk.turns", "value": math.nan, "n": 3}])
    write_results(tmp_path, "demo", {}, [{"id": "network.density", "value": 0.25, "low": 0.1}])
    stored = json.loads((tmp_path / "demo" / "numbers.json").read_text())
    assert [(number["id"], number["value"]) for number in stored] == [("network.density", 0.25), ("talk.turns", None)]
    assert read_results(tmp_path, "demo").numbers.set_index("id").loc["talk.turns", "n"] == 3


def test_two_numbers_with_one_id_are_refused(tmp_path):
    with pytest.raises(RunError, match="numbers"):
        write_results(tmp_path, "demo", {}, [{"id": "a.b", "value": 1.0}, {"id": "a.b", "value": 2.0}])


def test_notebooks_add_to_one_summary(tmp_path):
    write_results(
        tmp_path,
        "demo",
        {},
        summary={"title": "Démo", "n_actors": pd.Series([3]).iloc[0], "waves": pd.DataFrame({"wave": ["w1"]})},
    )
    write_results(tmp_path, "demo", {}, summary={"coders": ("ann", "bo"), "synthetic": True})
    summary = read_results(tmp_path, "demo").summary
    assert summary == {
        "title": "Démo",
        "n_actors": 3,
        "waves": [{"wave": "w1"}],
        "coders": ["ann", "bo"],
        "synthetic": True,
    }


def test_writers_at_the_same_time_lose_nothing(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda n: write_results(tmp_path, "demo", {}, [{"id": f"part{n}.x", "value": float(n)}]), range(24)
            )
        )
    assert len(read_results(tmp_path, "demo").numbers) == 24


def test_results_of_all_cases_stand_below_one_another(tmp_path):
    for case in ("beta", "alpha"):
        write_results(tmp_path, case, {"turns": TURNS}, [{"id": "a.b", "value": 1.0}], summary={"title": case})
    write_results(tmp_path, ACROSS, {}, [{"id": "a.c", "value": 1.0}])
    assert list_results(tmp_path) == ["alpha", "beta"]
    found = read_across(tmp_path)
    assert found.tables["turns"]["case"].tolist() == ["alpha", "alpha", "beta", "beta"]
    assert found.numbers.columns[0] == "case"
    assert found.summary["beta"]["title"] == "beta"


def test_across_nothing_is_empty_not_an_error(tmp_path):
    assert read_across(tmp_path).numbers.empty
    with pytest.raises(RunError, match="run the case first"):
        read_results(tmp_path, "demo")


def test_a_batch_is_written_over_the_same_runs_only(tmp_path):
    columns = RUN_TABLES["manifest"].names
    write_manifest(
        tmp_path, pd.DataFrame([("a", "01", "failed", 1.0, "x"), ("b", "01", "ok", 2.0, None)], columns=columns)
    )
    write_manifest(tmp_path, pd.DataFrame([("a", "01", "ok", 3.0, None)], columns=columns))
    found = read_manifest(tmp_path)
    assert found[["case", "status"]].to_numpy().tolist() == [["a", "ok"], ["b", "ok"]]
    assert read_manifest(tmp_path / "none").dtypes.equals(empty(RUN_TABLES["manifest"]).dtypes)


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "page.html"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"], "no half-written file is left"


def test_synthetic_cases_are_compared_only_among_themselves(tmp_path):
    for name, synthetic in (("made_up", True), ("real", False)):
        write_results(tmp_path, name, {}, summary={"title": name, "synthetic": synthetic})
        assert list(read_across(tmp_path).summary) == [name]


def test_a_claim_is_as_old_as_its_words_and_marked_if_results_were_there(tmp_path):
    first = register_claims(tmp_path, "demo", {"a": "1" * 12}, today="2026-01-01").set_index("proposition")
    assert (first.loc["a", "registered"], bool(first.loc["a", "after_results"])) == ("2026-01-01", False)
    again = register_claims(tmp_path, "demo", {"a": "1" * 12}, today="2026-01-02").set_index("proposition")
    assert again.loc["a", "registered"] == "2026-01-01", "another run changes nothing"
    write_results(tmp_path, "demo", {"turns": TURNS})
    now = {"a": "2" * 12, "b": "3" * 12}
    later = register_claims(tmp_path, "demo", now, today="2026-02-01").set_index("proposition")
    assert later["after_results"].astype(bool).to_dict() == {"a": True, "b": True}
    assert later[["version", "of"]].to_numpy().tolist() == [[2, 2], [1, 1]]
    back = register_claims(tmp_path, "demo", {"a": "1" * 12}, today="2026-03-01").set_index("proposition")
    assert (back.loc["a", "registered"], back.loc["a", "version"], back.loc["a", "of"]) == ("2026-01-01", 1, 2)
    assert (back.loc["a", "again"], bool(back.loc["a", "after_results"])) == ("2026-03-01", True), (
        "taken up anew, with results at hand"
    )
    latest = read_registered(tmp_path, "demo").set_index("proposition")
    assert latest["fingerprint"].tolist() == ["1" * 12, "3" * 12], "the words that a page shows are the last ones"
    assert latest.loc["a", ["registered", "again"]].tolist() == ["2026-01-01", "2026-03-01"]
    assert latest["again"].isna().tolist() == [False, True]
    assert read_registered(tmp_path, "nowhere").empty
    assert read_results(tmp_path, "demo").tables["turns"]["turn"].tolist() == ["007", "NA"]


def test_what_is_quoted_is_declared():
    for name, table in RUN_TABLES.items():
        for how in quoted(name):
            made = " ".join(how[part] for part in ("by", "value", "low", "high", "p", "n", "where"))
            columns = set(re.findall(r"[a-z]\w*", re.sub("'.*?'", "", made))) - {"and"}
            assert columns <= set(table.names), (name, how)
            assert bool(how["low"] or how["high"]) == bool(how["interval"]), (name, how)


def test_a_row_with_several_numbers_gives_each_an_id_its_interval_and_its_row():
    rows = [
        {"proposition": "a", "survey_value": -0.05, "survey_low": -0.1, "survey_high": 0.0, "survey_n": 40, "n_seen": 3}
        | {"survey_up": 1, "survey_down": 3}
        | {"n_pairs": 30, "seen_low": 0.02, "seen_high": 0.27, "n_both": 2, "n_rows": 50, "p_more": 0.0004},
        {"proposition": "b", "n_seen": 0, "n_pairs": 0},
        {
            "proposition": "c",
            "survey_value": 0,
            "survey_low": -0.1,
            "survey_high": 0.1,
            "survey_up": 0,
            "survey_down": 0,
        },
    ]
    found = numbers_of("propositions", pd.DataFrame(rows, columns=RUN_TABLES["propositions"].names)).set_index("id")
    net = found.loc["propositions.a.survey_value"]
    assert net[["value", "low", "high", "n", "unit", "interval", "table", "row"]].tolist() == [
        -0.05, -0.1, 0.0, 40, "share", "jackknife over people", "propositions", "2",
    ]  # fmt: skip
    assert found.loc["propositions.c.survey_value", "interval"] == "exact", "nothing changed"
    assert found.loc["propositions.a.seen", "value"] == 0.1
    assert found.loc["propositions.b.n_seen", "row"] == "3"
    assert "propositions.b.seen" not in found.index, "no opportunity is no share"
    assert "propositions.b.survey_value" not in found.index, "what is not known is no number"
    assert found.loc["propositions.a.n_both", ["p", "n"]].tolist() == [0.0004, 50]


def test_in_how_many_other_settings_a_verdict_stands_is_a_number_of_its_claim():
    row = {"relation": "help", "kind": "proposition", "subject": "a", "verdict": "open", "n_settings": 8, "n_same": 7}
    rows = [row, row | {"kind": "pair", "subject": "w1/w2/A/B"}, row | {"subject": "b", "n_settings": 1, "n_same": 1}]
    found = numbers_of("robustness", conform(rows, RUN_TABLES["robustness"]))
    assert found[["id", "value", "n", "row"]].to_dict("split")["data"] == [["robustness.help.a", 6, 7, "2"]]


def test_pages_take_numbers_by_id_and_are_told_the_nearest():
    rows = [{"proposition": "a", "n_seen": 3, "n_pairs": 30, "seen_low": 0.02, "seen_high": 0.27, "n_both": 2}]
    rows = [rows[0] | {"n_rows": 50, "p_more": 0.0004, "survey_value": -0.05, "survey_up": 0, "survey_down": 2}]
    rows = [rows[0] | {"expected": 7.1299}]
    q = quote(numbers_of("propositions", pd.DataFrame(rows, columns=RUN_TABLES["propositions"].names)))
    assert (q("propositions.a.n_seen"), q("propositions.a.n_seen", "n")) == ("3", "30")
    assert (q("propositions.a.seen"), q("propositions.a.seen", "interval")) == ("10.0 %", "2.0 % to 27.0 %, exact")
    assert (q("propositions.a.n_both", "p"), q("propositions.a.seen", "p")) == ("p less than .001", "")
    assert (q("propositions.a.survey_value"), q("propositions.a.expected")) == ("−5.0 %", "7.13")
    with pytest.raises(RunError, match=r"no number 'propositions\.a\.sean'; the nearest: propositions\.a\.seen"):
        q("propositions.a.sean")
    with pytest.raises(RunError, match="no part 'q'; there are: value, interval, p, n"):
        q("propositions.a.seen", "q")
