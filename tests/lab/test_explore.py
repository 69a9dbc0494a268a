"""The linked view without a browser: what is drawn, what follows a selection, what may be seen of people."""

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import nicmethods as nic
from nicmethods.errors import RunError
from nicmethods.lab.findings import findings
from nicmethods.lab.overview import TALK, listed_pairs, overview, ties_of, time_axis
from nicmethods.lab.selection import around, chosen_pairs, selection

pytestmark = pytest.mark.slow

pytest.importorskip("anywidget", reason="the extra 'widgets' is not installed")

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"


def found_in(path):
    return findings(nic.load_case(path), policy="observed", coder="", say=lambda _: None)


@pytest.fixture(scope="module")
def found():
    return found_in(ROOT / "data" / "demo")


@pytest.fixture(scope="module")
def one_view():
    return nic.explore(nic.load_case(ROOT / "data" / "demo"))


@pytest.fixture
def view(one_view):
    one_view.pair, one_view.activity, one_view.wave = (), "", "W1"
    return one_view


def test_the_first_wave_has_its_ties_and_later_waves_what_became_of_them(found):
    ties = found.ties
    first = ties_of(found, "help", "W1")
    assert len(first) == ((ties["wave"] == "W1") & (ties["weight"] >= 2)).sum() == 51
    assert set(first["kind"]) == {"tie"}
    second = ties_of(found, "help", "W2").set_index("id")
    changed = found.dyad_change[found.dyad_change["to_wave"] == "W2"]
    for kind in ("created", "dissolved", "strengthened", "weakened", "kept"):
        assert (second["kind"] == kind).sum() == (changed["kind"] == kind).sum()
    assert second.loc["W2/E02/E09", ["kind", "label"]].to_list() == ["created", "0 → 2"]
    assert not second.index.has_duplicates


def test_a_missing_answer_is_unknown_and_never_gone(found):
    drawn = next(drawing for drawing in overview(found, "help")["drawings"] if drawing["wave"] == "W2")
    assert drawn["silent"] == ["E04", "E18"]
    of_silent = [tie for tie in drawn["ties"] if tie[1] in drawn["silent"]]
    assert of_silent
    assert {tie[3] for tie in of_silent} == {"not_observable"}
    assert all(tie[4].endswith("→ ?") for tie in of_silent)


def test_the_talk_is_drawn_from_who_did_what_for_whom(found):
    events = found.talk.events.dropna(subset=["seeker", "helper"])
    ties = ties_of(found, "help", TALK)
    helped = ties[ties["kind"] == "help_given"]
    pairs = Counter(
        zip(*(events.loc[events["kind"] == "help_given", end] for end in ("helper", "seeker")), strict=True)
    )
    assert dict(zip(zip(helped["source"], helped["target"], strict=True), helped["label"], strict=True)) == {
        pair: f"{n}×" for pair, n in pairs.items()
    }


def test_every_pair_is_listed_or_counted(found):
    shown = overview(found, "help")
    assert len(shown["rows"]) + int(shown["not_listed"].split()[0]) == len(found.dyads) == 2 * 24 * 23 / 2
    listed = listed_pairs(found, "help")
    left = found.pairs.drop(index=listed.index)
    assert left["events"].isna().all()
    assert set(left["change"]) <= {"absent", "not_observable"}
    assert (left.filter(like="weight_").fillna(0) < 2).all(axis=None)


def test_an_undirected_question_draws_each_pair_once():
    case = nic.load_case(CASES / "good" / "everything")
    both = pd.concat([case.ties, case.ties.rename(columns={"source": "target", "target": "source"})])
    both = both.drop_duplicates(["relation", "wave", "source", "target"])
    one = found_in(case.path)
    one.survey = replace(one.survey, ties=both, relations=case.relations.assign(directed=False))
    relation, wave = case.relations["relation"].iloc[0], case.wave_order[0]
    ties = ties_of(one, relation, wave)
    assert len(ties)
    assert (ties["source"] < ties["target"]).all()
    assert not ties["id"].duplicated().any()


def test_activities_stand_in_order_of_time_and_labels_keep_apart(found):
    axis = time_axis(found, "help")
    dated = [item for item in axis["activities"] if item["is_placed"]]
    assert [item["id"] for item in dated] == ["A1", "A2", "A3", "A4", "A5", "A6"]
    assert [item["left"] for item in dated] == sorted(item["left"] for item in dated)
    by_level = {}
    for item in dated:
        pixel = item["left"] * axis["width"] / 100
        assert pixel - by_level.get(item["level"], -1000) >= 129.5
        by_level[item["level"]] = pixel
    first, *_, last = axis["surveys"]
    assert (first["id"], first["left"], last["id"]) == ("W1", 0.0, "W3")
    assert last["left"] + last["width"] == pytest.approx(96)
    assert dated[3]["told"].startswith("Data check-in (2024-10-23, during a survey): 9 people; 3 requests")


@pytest.mark.parametrize(
    ("case", "placed"), [("no_list_of_activities", [False, False]), ("activity_without_date", [True, False])]
)
def test_without_a_date_activities_are_shown_apart(case, placed):
    axis = time_axis(found_in(CASES / "odd" / case), "help")
    assert [item["is_placed"] for item in axis["activities"]] == placed
    assert all(0 <= item["left"] <= 97 for item in axis["activities"])


def test_a_pair_is_followed_down_to_the_quoted_turns(found):
    told = selection(found, relation="help", pair=("E09", "E02"), activity="")
    assert told == selection(found, relation="help", pair=("E02", "E09"), activity="")
    assert told["people"] == ["E02", "E09"]
    assert told["pairs"] == ["W1/W2/E02/E09", "W2/W3/E02/E09"]
    assert set(told["activities"]) == {"A1", "A3", "A4", "A5", "A6"}
    assert told["activities"]["A3"] == "both there, 4 events between them"
    assert {"W2/E02/E09", f"{TALK}/help_given/E09/E02"} <= set(told["ties"])
    assert told["story"][0]["said"] == "wave W1, help: E02 on E09: 0; E09 on E02: 0"
    assert told["story"][-1]["said"].startswith("proposed verdict, W2 to W3: coincide: ")
    quotes = [quote for row in told["story"] for quote in row["quotes"]]
    asked = next(quote for quote in quotes if quote["turn"] == "A3/9")
    assert asked["speaker"] == "E02"
    assert asked["text"] == found.said.loc["A3/9", "text"]


def test_an_activity_is_followed_to_its_pairs_and_the_ties_it_preceded(found):
    told = selection(found, relation="help", pair=(), activity="A3")
    assert len(told["people"]) == 18
    rows = found.pairs.loc[told["near"]]
    assert len(rows) == 18
    assert rows["activities"].str.split(";").map(lambda names: "A3" in names).all()
    after = found.attribution[found.attribution["activity"] == "A3"]
    assert "pairs who helped there: 14 new or stronger ties in the next survey" in told["said"]
    assert len(after) == 14
    kinds = ties_of(found, "help", "W2").set_index("id")["kind"]
    preceded = [tie for tie in told["ties"] if not tie.startswith(TALK)]
    assert set(kinds.loc[preceded]) <= {"created", "strengthened"}
    assert {frozenset(tie.split("/")[1:]) for tie in preceded} == {
        frozenset(pair) for pair in zip(after["a"], after["b"], strict=True)
    }


def test_a_pair_in_an_activity_is_what_both_choices_share(found):
    told = selection(found, relation="help", pair=("E02", "E09"), activity="A3")
    assert {row["activity"] for row in told["story"]} == {"A3"}
    assert sum(row["what"] == "event" for row in told["story"]) == 4
    assert len(told["near"]) == 18, "the table keeps the activity's pairs"
    apart = selection(found, relation="help", pair=("E02", "E09"), activity="A2")
    assert apart["story"] == []
    assert apart["said"].endswith("0 coded events between them.")


def test_nothing_chosen_says_where_to_look_first(found):
    told = selection(found, relation="help", pair=(), activity="")
    assert "help without a tie" in told["look"][0]["title"]
    assert len(chosen_pairs(found, relation="help", pair=(), activity="")) == len(found.dyads)


def test_the_turns_around_stop_at_the_ends(found):
    assert [turn["turn"] for turn in around(found, "A3/1")] == ["A3/1", "A3/2", "A3/3", "A3/4"]
    assert [turn["turn"] for turn in around(found, "A3/9", n=1)] == ["A3/8", "A3/9", "A3/10"]
    assert around(found, "A3/9999") == []


def test_a_long_activity_is_cut_and_says_so(found):
    rows = found.talk.events
    many = pd.concat([rows] * 10, ignore_index=True).assign(activity="A3")
    many["event"] = [f"A3/x/{n}" for n in range(len(many))]
    longer = found_in(ROOT / "data" / "demo")
    object.__setattr__(longer.talk, "events", many)
    told = selection(longer, relation="help", pair=(), activity="A3")
    assert len(told["story"]) + told["n_more"] == len(many)
    assert told["n_more"] > 0


def test_the_selection_is_shared_with_other_cells(view):
    view.pair = ("E09", "E02")
    assert view.pair == ("E02", "E09")
    assert view.detail["title"] == "E02 and E09"
    assert view.table()["to_wave"].to_list() == ["W2", "W3"]
    view.activity = "A5"
    assert view.wave == "W3", "the wave after the activity"
    assert view.table()["to_wave"].to_list() == ["W3"]
    view.pair, view.activity = (), ""
    assert view.detail["look"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("pair", ("E02", "E99"), "give two ids of the roster"),
        ("pair", ("E02", "E02"), "give two ids of the roster"),
        ("pair", ("E02",), "give two ids of the roster"),
        ("activity", "A99", "A1, A2, A3"),
        ("wave", "W9", "W1, W2, W3, coded talk"),
        ("relation", "trust", "give one of: help"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(view, name, value, said):
    import traitlets

    with pytest.raises(traitlets.TraitError, match=said):
        setattr(view, name, value)
    assert view.detail["look"], "nothing is chosen"


def test_what_the_browser_asks_for_is_answered_and_not_kept(view, monkeypatch):
    sent = []
    monkeypatch.setattr(view, "send", lambda content, buffers=None: sent.append((content, buffers)))
    view._handle_custom_msg({"ask": "viewer", "key": "1"}, [])
    view._handle_custom_msg({"ask": "around", "turn": "A3/9", "key": "2"}, [])
    view._handle_custom_msg({"ask": "__import__"}, [])
    (first, [script]), (second, _) = sent
    assert script == (ROOT / "nicmethods" / "vendor" / "cytoscape" / "cytoscape.min.js").read_bytes()
    assert (first["key"], second["key"], len(second["turns"])) == ("1", "2", 7)
    assert len(json.dumps(view.get_state())) < 200_000, "the viewer's script is no part of what a notebook may keep"


def test_names_and_markup_of_a_case_stay_text(demo):
    roster = pd.read_csv(demo / "roster.csv")
    name = roster.loc[roster["actor"] == "E09", "name"].item()
    transcript = demo / "transcripts" / "A3.vtt"
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    text = transcript.read_text()
    start = text.index("So when do they do it")
    transcript.write_text(f"{text[:start]}{hostile} {name} {text[start:]}")
    activities = pd.read_csv(demo / "activities.csv")
    activities.loc[activities["activity"] == "A3", "title"] = f"<b>Lunch</b> with {name}"
    activities.to_csv(demo / "activities.csv", index=False)
    view = nic.explore(str(demo))
    view.pair = ("E02", "E09")
    state, page = json.dumps(view.get_state(), ensure_ascii=False), view.twin()
    assert "onerror=alert(2)" in state, "the words are shown"
    assert "Lunch</b> with E09" in state
    for person in roster["name"]:
        assert person not in state + page
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;b&gt;Lunch" in page


@pytest.mark.parametrize(
    ("case", "gap", "drawn"),
    [("odd/network_only", "No transcripts", ["W1", "W2"]), ("odd/talk_only", "No survey ties", [TALK])],
)
def test_one_strand_is_shown_and_the_other_reported_missing(case, gap, drawn):
    view = nic.explore(nic.load_case(CASES / case))
    assert [drawing["wave"] for drawing in view.overview["drawings"]] == drawn
    assert view.overview["gaps"][0].startswith(gap)
    assert gap in view.twin()
    assert view.overview["drawings"][0]["told"] in view.twin()
    pair = tuple(view._found.actors["actor"].head(2))
    view.pair = pair
    assert view.detail["people"] == list(pair)
    json.dumps(view.get_state())


def test_another_question_redraws_everything_that_rests_on_it(demo):
    config = (demo / "case.yml").read_text()
    second = "relations:\n- {name: trust, question: 'Whom do you trust?', threshold: 3}\n"
    (demo / "case.yml").write_text(config.replace("relations:\n", second))
    ties = pd.read_csv(demo / "ties.csv")
    pd.concat([ties.assign(relation="help"), ties.assign(relation="trust")]).to_csv(demo / "ties.csv", index=False)
    view = nic.explore(str(demo), relation="help")
    assert view.overview["relations"] == ["trust", "help"]
    n_help = len(view.overview["drawings"][0]["ties"])
    view.pair = ("E02", "E09")
    view.relation = "trust"
    assert view.overview["question"] == "Whom do you trust?"
    assert 0 < len(view.overview["drawings"][0]["ties"]) < n_help == 51
    assert len(view.overview["rows"]) + int(view.overview["not_listed"].split()[0]) == 552
    assert set(view.table()["relation"]) == {"trust"}
    assert {row["said"].split(":")[0] for row in view.detail["story"] if row["what"] == "survey"} >= {
        "wave W1, trust",
        "wave W1, help",
    }


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    for call in (nic.explore, nic.decide):
        with pytest.raises(RunError, match=r"nicmethods\[widgets\]"):
            call("demo")


def test_where_no_widget_runs_a_notebook_holds_tables(tmp_path):
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    calls = [f"import nicmethods as nic\nnic.{name}({str(ROOT / 'data' / 'demo')!r})" for name in ("explore", "decide")]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(call) for call in calls])
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    for cell in notebook.cells:
        (output,) = cell.outputs
        assert set(output["data"]) == {"text/html", "text/plain"}
    assert "widgets" not in notebook.metadata
    page, _ = HTMLExporter().from_notebook_node(notebook)
    assert "Pairs that ask for a second look" in page
    assert "Proposed verdict" in page
