"""What a verdict hangs on, recounted by hand on a small case."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from nicmethods.case.propositions import Propositions
from nicmethods.coding.agreement import agreement_by_speaker
from nicmethods.errors import Problem
from nicmethods.joint.rests import rests_on
from nicmethods.joint.standing import recoded
from nicmethods.tables import RUN_TABLES
from nicmethods.tables.bundles import Coders, Meetings, Talk

PEOPLE = "A:north:teacher B:north:teacher C:south:coach D:south:researcher"
KINDS = {"AC": "created", "CA": "created", "BC": "not_observable"}
LINES = ("m1 help_given C>A", "m1 help_given A>C", "m1 help_given B>A", "m2 help_given D>C")
CLAIM = {
    "id": "help",
    "statement": "Help passes.",
    "survey": {"says": "Ties.", "tie": "new"},
    "talk": {"says": "Help.", "shows": "help"},
    "together": {"says": "Both."},
}


def claims(*more):
    return Propositions.model_validate({"id": "p", "title": "P", "propositions": [CLAIM, *more]})


@pytest.fixture(autouse=True)
def few_draws(monkeypatch):
    monkeypatch.setattr("nicmethods.joint.rests._N_DRAWS", 40)


@pytest.fixture
def case(make):
    """Nine turns in m1, two in m2; m2 is read for one turn; the helper is linked in one event and unknown in one."""
    study = make.study(PEOPLE, KINDS, LINES)
    turns = make.turns(m1=" | ".join("abcdefghi"), m2="a | b")
    turns["actor"] = ["C", "A", "B", "A", "C", "D", "A", "B", "C", "D", "C"]
    coverage = make.coverage("m1", "m2").assign(last_position=[9, 1])
    events = study.talk.events.assign(basis=["coded", "answered", "coded", "adjacent"])
    lost = events.tail(1).assign(event="m2/9/1", seeker=None, basis="unknown")
    talk = replace(study.talk, coverage=coverage, events=pd.concat([events, lost]))
    meetings = Meetings(activities=study.meetings.activities, attendance=study.meetings.attendance, turns=turns)
    return make.observed(study, meetings=meetings, talk=talk)


def hung(case, asked=None, **more):
    options = {"coders": Coders(), "without_coder": {}, "seed": 1} | more
    table = rests_on(asked or claims(), case.survey, case.meetings, case.talk, **options)
    return table.set_index(["proposition", "what"])


def test_what_was_read_named_and_answered_is_counted(case, declared):
    across = CLAIM | {"id": "across", "pairs": "across_schools"}
    found = hung(case, claims(across))
    declared(found.reset_index()[RUN_TABLES["rests_on"].names], "rests_on")
    counted = found.loc["help"][["n", "of"]].astype("Int64")
    assert counted.loc["turns_read"].tolist() == [10, 11]
    assert counted.loc["meetings_read"].tolist() == [2, 2]
    assert counted.loc["coders", "n"] == 1
    partners = counted[counted.index.str.startswith("partner")]
    assert partners["n"].tolist() == [2, 0, 1, 1, 1]
    assert set(partners["of"]) == {5}
    assert counted.loc["answered"].tolist() == [8, 8]
    # A and C of north and south, B and C: one of three events with a known partner is named by a person
    beyond = found.loc["across"][["n", "of"]].astype("Int64")
    assert beyond.loc["partner_by_person"].tolist() == [1, 3]
    assert beyond.loc["answered"].tolist() == [6, 6], "D is of the hub"


def test_who_did_not_answer_is_counted_and_the_wave_named(case):
    responses = case.survey.responses
    silent = responses["responded"] & ~((responses["actor"] == "B") & (responses["wave"] == "w2"))
    found = hung(case_with(case, survey=replace(case.survey, responses=responses.assign(responded=silent))))
    row = found.loc["help", "answered"]
    assert (row["n"], row["of"], row["worst"]) == (7, 8, "w2")
    assert row["said"].endswith("fewest in w2, 3 of 4.")


def case_with(case, **bundles):
    from types import SimpleNamespace

    return SimpleNamespace(**(vars(case) | bundles))


def test_warnings_of_another_question_do_not_touch_it(case, make):
    problems = [
        Problem("warning", "ties", None, "wave", "w2", "wave 'w2' against 'w1', relation 'help': the scale jumped."),
        Problem("warning", "ties", None, "wave", "w2", "wave 'w2' against 'w1', relation 'advice': it jumped too."),
        Problem("warning", "codebook.yml", None, "", "", "a code has no example."),
        Problem("error", "ties", None, "", "", "not a warning."),
    ]
    both = make.two_relations(case.survey, make.survey(PEOPLE, relation="advice"))
    advice = CLAIM | {"id": "advised", "relation": "advice"}
    found = hung(case_with(case, survey=both), claims(advice), problems=problems)
    assert found.loc[("help", "warnings"), ["n", "said"]].tolist() == [1, problems[0].message]
    assert found.loc[("advised", "warnings"), "said"] == problems[1].message


def test_it_stands_or_turns_without_each_person_meeting_and_coder(case):
    """One new tie, A and C, who helped each other in m1 only: without A or C there is neither."""
    quiet = Talk(source="c2", said="", coverage=case.talk.coverage)
    asked = claims(CLAIM | {"id": "some", "claim": "existence", "survey": CLAIM["survey"] | {"expect": "some"}})
    found = hung(case, asked, without_coder={"c1": quiet})
    whole = case_verdict(case, asked)
    assert whole == "open"
    person = found.loc["some", "without_person"]
    assert (person["of"], person["n"]) == (4, 2)
    assert person["worst"] in {"A", "C"}
    assert person["verdict"] == "silence_survey"
    meeting = found.loc["some", "without_meeting"]
    assert (meeting["of"], meeting["n"]) == (2, 0)
    coder = found.loc["some", "without_coder"]
    assert (coder["n"], coder["of"], coder["worst"], coder["verdict"]) == (1, 1, "c1", "silence_talk")
    pair = found.loc["some", "fewest_pairs"]
    assert (pair["n"], pair["worst"], pair["is_exact"], pair["verdict"]) == (1, "A-C", True, "silence_survey")
    coding = found.loc["some", "fewest_codings"]
    assert (coding["n"], coding["of"], coding["verdict"]) == (4, 4, "silence_talk")
    assert not coding["is_exact"]


def case_verdict(case, asked):
    from nicmethods.joint.propositions import evaluate_propositions

    table = evaluate_propositions(asked, case.survey, case.meetings, case.talk, seed=1, n_draws=20)
    return table.set_index("proposition").loc["some", "proposed_verdict"]


def test_without_a_second_coder_nothing_is_drawn_and_said_so(case):
    row = hung(case).loc["help", "draws"]
    assert pd.isna(row["n"])
    assert "how another would have coded is not known" in row["said"]


@pytest.fixture
def two_coders(case, make):
    """Both read m1: of help given they share turns 1, 2, 3; c2 alone has turn 4."""
    coded = [("c1", turn) for turn in "123"] + [("c2", turn) for turn in "1234"]
    rows = [{"coder": coder, "activity": "m1", "turn": turn, "code": "help_given"} for coder, turn in coded]
    cover = pd.concat([make.coverage("m1").assign(coder=coder) for coder in ("c1", "c2")])
    return Coders(codings=make.table("codings", rows), coverage=cover)


def test_agreement_is_counted_by_speaker(case, two_coders):
    found = agreement_by_speaker(case.meetings, two_coders).set_index("speaker")[["both", "one", "none"]]
    assert found.loc["A"].tolist() == [1, 1, 1]
    assert found.loc["C"].tolist() == [1, 0, 2]
    assert found.sum().tolist() == [3, 1, 5]


def test_draws_take_what_another_coder_would_have_coded(case, two_coders):
    codings = two_coders.codings[two_coders.codings["coder"] == "c1"]
    held = replace(case.talk, codings=codings)
    made = recoded(case.dyads, case.survey, case.meetings, held, coders=two_coders)
    assert made.is_coded.sum() == 4, "three in m1 and one in m2 have two known people"
    chances = np.array([made.chances(np.random.default_rng(seed)) for seed in range(400)])
    given = made.is_coded & (made.kind == 1)
    assert chances[:, given].mean() == pytest.approx(6 / 7, abs=0.08), "2 x 3 of both / (2 x 3 + 1 alone)"
    assert np.ptp(chances[:, given], axis=1).max() == pytest.approx(0)
    offered = ~made.is_coded & (made.kind == 1)
    assert not offered.any() or chances[:, offered].mean() == pytest.approx(1 / 11, abs=0.06)
    row = hung(case_with(case, talk=held), coders=two_coders).loc["help", "draws"]
    assert row["of"] == 40
    assert row["share"] == row["n"] / 40
    assert "of 40 draws of what one more coder like these would have coded" in row["said"]


def test_suggestions_are_kept_as_often_as_they_are_right(case, make):
    rows = [{"activity": "m1", "turn": turn, "code": "help_given", "score": score, "layer": "trained", "basis": "asks", "status": "open"} for turn, score in (("1", 1.0), ("2", 0.0), ("3", 0.5))]  # fmt: skip
    events = case.talk.events.query("activity == 'm1'").assign(source="suggestions")
    talk = Talk(source="suggestions", said="", events=events)
    made = recoded(case.dyads, case.survey, case.meetings, talk, coders=Coders(suggestions=make.table("suggestions", rows)))  # fmt: skip
    assert sorted(made.chances(np.random.default_rng(1)).tolist()) == [0.0, 0.5, 1.0]
    unknown = Coders(suggestions=make.table("suggestions", [row | {"score": None} for row in rows]))
    row = hung(case_with(case, talk=talk), coders=unknown).loc["help", "draws"]
    assert "how often they are right is not known" in row["said"]
    known = Coders(suggestions=make.table("suggestions", rows))
    found = hung(case_with(case, talk=talk), coders=known)
    assert found.loc[("help", "draws"), "said"].startswith(
        "Nobody reviewed the suggestions. Were they codings, it would"
    )
    assert found.loc[("help", "turns_read"), "n"] == 0
