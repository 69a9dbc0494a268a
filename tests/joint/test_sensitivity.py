"""Verdicts under other choices, on a small case and on the demo."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from nicmethods.analysis import analyse
from nicmethods.case.propositions import Propositions
from nicmethods.coder.link import link
from nicmethods.coding.coded import coded_talk
from nicmethods.joint.pairs import dyads
from nicmethods.joint.propositions import evaluate_propositions
from nicmethods.joint.sensitivity import Setting, robustness, settings, vary_choices
from nicmethods.tables.bundles import Coders, Meetings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CLAIM = {
    "id": "help",
    "statement": "Help passes.",
    "survey": {"says": "Ties.", "tie": "new"},
    "talk": {"says": "Help.", "shows": "help"},
    "together": {"says": "Both."},
}
CLAIMS = Propositions.model_validate({"id": "p", "title": "P", "propositions": [CLAIM]})


def small(make):
    """A reports B at 2 in the later wave and C at 1; two coders, one of whom saw no help."""
    ties = [
        {"relation": "help", "wave": "w2", "source": "A", "target": target, "weight": weight}
        for target, weight in (("B", 2), ("C", 1))
    ]
    codings = [{"coder": "c1", "activity": "m1", "turn": "1", "code": "help_given", "seeker": "A", "helper": "B"}]
    codings.append({"coder": "c2", "activity": "m1", "turn": "2", "code": "other"})
    coverage = [
        {"coder": c, "activity": "m1", "first_position": 1, "last_position": 2, "basis": "listed"} for c in ("c1", "c2")
    ]
    turns = make.turns(m1="Take this. | Thanks.").assign(actor=["B", "A"], speaker=["B", "A"])
    survey = replace(
        make.survey("A:n:t B:n:t C:s:t", dates=["2024-01-01", "2024-03-01"]),
        ties=make.table("ties", ties),
        relations=make.table("relations", [{"relation": "help", "threshold": 2, "directed": True}]),
    )
    meetings = Meetings(activities=make.activities(m1="2024-02-01"), attendance=make.attendance(m1="ABC"), turns=turns)
    return survey, meetings, Coders(codings=make.table("codings", codings), coverage=make.table("coverage", coverage))


def varied(survey, meetings, coders, *, coder="c1"):
    links = link(meetings.turns)

    def read(choice):
        asked = survey.only(survey.relations["relation"].iloc[0]).under(**choice.survey)
        sure = links[links["score"] >= choice.talk.get("link_score", 0)]
        talk = coded_talk(meetings, coders, links=sure, coder=choice.talk.get("coder", coder))
        table = dyads(asked, meetings, talk)
        return evaluate_propositions(CLAIMS, asked, meetings, talk, seed=1, dyads=table, n_draws=50), table

    return vary_choices(settings(survey, meetings, coders, coder=coder), read)


def test_each_choice_is_tried_alone(make, declared):
    table = declared(varied(*small(make)), "sensitivity")
    tried = table[["choice", "setting"]].drop_duplicates().to_numpy().tolist()
    assert tried[0] == ["none", "as reported"]
    assert ["tie threshold", "1"] in tried
    assert ["tie threshold", "3"] not in tried
    assert ["missing data", "zero"] in tried
    assert ["coder", "c2"] in tried
    assert ["coder", "settled set"] in tried
    assert ["link threshold", "0.8"] in tried


def test_a_verdict_that_hangs_on_a_choice_says_on_which(make, declared):
    table = varied(*small(make))
    found = declared(robustness(table), "robustness").set_index("subject")
    ab, ac = found.loc["w1/w2/A/B"], found.loc["w1/w2/A/C"]
    assert (ab["verdict"], ac["verdict"]) == ("coincide", "neither")
    assert "coder c2: tie without heard help" in ab["hangs_on"]
    assert ac["hangs_on"] == "tie threshold 1: tie without heard help; coder settled set: not observable"
    assert ac["n_same"] == ac["n_settings"] - 2
    assert "w1/w2/B/C" not in found.index


def test_without_ties_only_the_choices_of_the_talk_are_tried(make):
    survey, meetings, coders = small(make)
    silent = replace(survey, ties=survey.ties[:0])
    assert set(varied(silent, meetings, coders)["choice"]) == {"none", "coder", "link threshold"}


def test_without_talk_only_the_choices_of_the_survey_are_tried(make):
    survey, meetings, _ = small(make)
    table = varied(survey, replace(meetings, turns=meetings.turns[:0]), Coders(), coder="")
    assert set(table["choice"]) == {"none", "tie threshold", "missing data"}
    assert set(table["verdict"]) == {"not_observable"}


def test_the_reports_own_policy_and_threshold_are_what_others_are_held_against(make):
    survey, meetings, coders = small(make)
    tried = settings(survey.under(policy="zero", threshold={"w1": 2, "w2": 1}), meetings, coders, coder="c1")
    assert tried[0] == Setting("none", "as reported")
    shifted = {one.setting: one.survey["threshold"] for one in tried if one.choice == "tie threshold"}
    assert shifted == {"3 in w1, 2 in w2": {"w1": 3, "w2": 2}}
    assert [one.setting for one in tried if one.choice == "missing data"] == ["observed"]
    assert all("policy" not in one.survey for one in tried if one.choice != "missing data")


def test_of_several_relations_the_first_is_varied(make):
    survey, meetings, coders = small(make)
    both = make.two_relations(survey, make.survey("A:n:t B:n:t C:s:t", relation="advice"))
    assert varied(both, meetings, coders).equals(varied(survey, meetings, coders))


def test_the_reports_own_scores_are_what_others_are_held_against(make):
    survey, meetings, coders = small(make)
    tried = settings(survey, meetings, coders, coder="c1", link_score=0.5)
    assert all("link_score" not in one.talk for one in tried if one.choice != "link threshold")
    assert [one.setting for one in tried if one.choice == "link threshold"] == ["0.8"]
    machine = settings(survey, meetings, Coders(), code_score=0.3)
    assert [one.talk for one in machine if one.choice in ("none", "code threshold")] == [{}, {"code_score": 0.7}]


@pytest.fixture(scope="module")
def demo():
    return analyse(ROOT / "data" / "demo", seed=1)


def test_the_demo_case_under_every_choice(demo, declared):
    table, found = declared(demo.sensitivity, "sensitivity"), declared(demo.robustness, "robustness")
    claimed = found[found["kind"] == "proposition"]
    assert claimed["subject"].tolist() == [claim.id for claim in demo.claims.propositions]
    assert len(set(claimed["n_settings"])) == 1
    assert table.groupby("choice")["is_same"].mean()["none"] == 1
    assert set(table["choice"]) == {"none", "tie threshold", "missing data", "coder", "link threshold"}
    assert found.set_index("subject").loc["W1/W2/E02/E09", "verdict"] == "coincide"


def test_as_reported_is_what_the_report_says(demo):
    """The first setting goes through the same analysis: its pairs and claims are those of the tables."""
    own = demo.sensitivity[demo.sensitivity["choice"] == "none"].set_index("subject")["verdict"]
    names = demo.dyads["from_wave"].str.cat(demo.dyads[["to_wave", "a", "b"]], sep="/")
    pairs = pd.Series(demo.dyads["verdict"].to_numpy(), index=names)
    claims = demo.propositions.set_index("proposition")["proposed_verdict"]
    assert own.to_dict() == pd.concat([claims, pairs])[own.index].to_dict()
