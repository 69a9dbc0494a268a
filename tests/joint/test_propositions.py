"""Propositions: three questions in one row, evidence that can be looked up, the shipped file and faulty ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nicmethods.case.propositions import Propositions, claim_problems, load_propositions
from nicmethods.errors import CaseError, MeasureError
from nicmethods.files.yamlfiles import checked
from nicmethods.joint.propositions import evaluate_propositions
from nicmethods.tables.bundles import Meetings, Survey, Talk

SHIPPED = Path(__file__).parents[2] / "codebooks" / "propositions.yml"
PEOPLE = "A:north:teacher B:north:teacher C:south:coach D:south:researcher"
KINDS = {"AB": "strengthened", "BA": "strengthened", "AC": "created", "CA": "created", "CD": "dissolved"} | {
    "BC": "not_observable",
    "DA": "weakened",
    "AD": "kept",
}
LINES = ("m1 help_given B>A", "m1 help_given A>B", "m1 help_given C>A", "m2 shared_practice D>*", "m2 help_request A>C")


def one(name="help", *, tie="new", shows="help", expect="more", asks="occurrence", **more):
    return {
        "id": name,
        "statement": "Help passes.",
        "survey": {"says": "Ties.", "tie": tie, "expect": expect},
        "talk": {"says": "Help.", "shows": shows, "asks": asks},
        "together": {"says": "Both."},
        **more,
    }


def claims(*propositions):
    return Propositions.model_validate({"id": "p", "title": "P", "propositions": propositions})


def held(study, *propositions, **more):
    table = evaluate_propositions(claims(*propositions), *study.observed, seed=1, n_draws=50, **more)
    return table.set_index("proposition")


def test_the_survey_recounted_by_hand(make):
    """Reports of W1 and W2 are known of 11 ordered pairs: B on C is not."""
    found = held(
        make.study(PEOPLE, KINDS, LINES),
        one("all"),
        one("across", pairs="across_schools"),
        one("stronger", tie="stronger"),
        one("mutual", tie="mutual"),
        one("hub", pairs="hub_member"),
        one("members", pairs="members"),
        one("within", pairs="within_schools"),
    )
    assert found["survey_n"].to_dict() == {
        "all": 11, "across": 3, "stronger": 4, "mutual": 5, "hub": 6, "members": 5, "within": 2,
    }  # fmt: skip
    assert found["survey_value"].to_dict() == pytest.approx(
        {
            "all": 1 / 11,
            "across": 2 / 3,
            "stronger": 1 / 4,
            "mutual": 1 / 5,
            "hub": -1 / 6,
            "members": 2 / 5,
            "within": 0,
        }
    )
    assert found.loc["all", "survey_evidence"].startswith("2 ties began and 1 ended, of 11 reports known in both waves")


def test_the_talk_recounted_by_hand(make):
    """All four are at both meetings: six pairs. A and B help each other, C helps A."""
    found = held(
        make.study(PEOPLE, KINDS, LINES),
        one("all"),
        one("across", pairs="across_schools"),
        one("returned", shows="returned_help", tie="mutual"),
        one("path", shows="pathway", tie="mutual"),
        one("hub", pairs="hub_member"),
    )
    assert found[["n_seen", "n_pairs"]].T.to_dict("list") == {
        "all": [2, 6], "across": [1, 2], "returned": [1, 6], "path": [0, 6], "hub": [0, 3],
    }  # fmt: skip
    assert found["talk_stance"].tolist() == ["supports", "supports", "supports", "silent", "silent"]
    for _, row in found.iterrows():
        exact = stats.binomtest(row["n_seen"], row["n_pairs"]).proportion_ci(method="exact")
        assert (row["seen_low"], row["seen_high"]) == pytest.approx((exact.low, exact.high))
    assert found.loc["hub", "talk_evidence"].startswith("Help was not seen in any of 3 pairs despite opportunity")


def test_both_together_recounted_by_hand(make):
    """Pairs of which a report of no tie is known after: AC, BD and CD; AC had help and a new tie. B on C is not known."""
    row = held(make.study(PEOPLE, KINDS, LINES), one()).loc["help"]
    rows = {"AC": (True, True), "BC": (False, False), "BD": (False, False), "CD": (False, False)}
    assert row[["n_rows", "n_talk", "n_change", "n_both"]].tolist() == [len(rows), 1, 1, 1]
    assert row["together_stance"] == "too_little"
    assert row["proposed_verdict"] == "too_little_to_say"


def test_a_row_names_its_evidence_and_pairs_with_both_come_first(make, declared):
    study = make.study(PEOPLE, {"AC": "created"}, LINES)
    table = evaluate_propositions(claims(one()), *study.observed, seed=1, n_draws=50)
    row = declared(table, "propositions").iloc[0]
    assert row["turns"] == "m1/3;m1/1;m1/2"
    assert row["ties"] == "w1/w2/A/C"
    assert pd.isna(row["researcher_verdict"])
    assert pd.isna(row["meta_inference"])
    within = held(study, one(pairs="within_schools")).iloc[0]
    assert within["turns"] == "m1/1;m1/2"
    assert pd.isna(within["ties"])


def test_a_test_of_the_talk_stands_beside_it_where_there_is_one(make):
    found = held(
        make.study(PEOPLE, KINDS, LINES),
        one("all"),
        one("hub", pairs="hub_member"),
        one("returned", shows="returned_help", tie="mutual"),
    )
    assert pd.isna(found.loc["all", "choice_evidence"])
    assert pd.isna(found.loc["all", "choice_n"])
    assert found.loc["hub", ["choice_observed", "choice_n"]].tolist() == [0, 3]
    assert found.loc["returned", ["choice_observed", "choice_n"]].tolist() == [1, 1]


def test_the_ledger_is_shown_and_never_filled_in(make):
    study = make.study(PEOPLE, {"AB": "created"}, LINES)
    said = [
        {"subject": "help", "researcher": "r1", "verdict": "agreement", "meta_inference": "Both.", "evidence": "m1/1"},
        {"subject": "help", "researcher": "r2", "verdict": "dissonance", "evidence": "m1/1"},
        {"subject": "w1/w2/A/B", "researcher": "r1", "verdict": "coincide", "evidence": "m1/1"},
    ]
    ledger = make.table("ledger", said)
    before = ledger.copy(deep=True)
    table = held(study, one(), one("unjudged"), ledger=ledger)
    assert table.loc["help", "researcher_verdict"] == "r1: agreement; r2: dissonance"
    assert table.loc["help", "meta_inference"] == "Both."
    assert table.loc["unjudged", ["researcher_verdict", "meta_inference"]].isna().all()
    pd.testing.assert_frame_equal(ledger, before)


def test_a_missing_strand_is_not_observable_and_never_zero(make, declared):
    study = make.study(PEOPLE, None, LINES)
    for n_waves in (0, 1, 2):
        nobody = Survey(roster=study.survey.roster, roles=study.survey.roles, waves=study.survey.waves[:n_waves])
        row = held(make.observed(study, survey=nobody), one()).iloc[0]
        stances = row[["survey_stance", "talk_stance", "proposed_verdict"]].tolist()
        assert stances == ["not_observable", "supports", "not_observable"]
        assert np.isnan(row["survey_value"])
        assert row[["n_seen", "n_pairs"]].tolist() == [2, 6]
    for quiet in (
        make.study(PEOPLE, {"AB": "created"}, coded=False),
        make.observed(study, meetings=Meetings(), talk=Talk()),
    ):
        table = evaluate_propositions(claims(one()), *quiet.observed, seed=1, n_draws=50)
        row = declared(table, "propositions").iloc[0]
        assert row[["talk_stance", "n_pairs", "proposed_verdict"]].tolist() == ["not_observable", 0, "not_observable"]
        assert np.isnan(row["seen_low"])


def test_suggestions_that_nobody_reviewed_leave_open(make):
    """Help among members only, and no ties at all: silence of the survey, if people had coded it."""
    study = make.study(PEOPLE, None, LINES)
    assert held(study, one()).loc["help", "proposed_verdict"] == "silence_survey"
    machine = make.talk(*LINES, coded=(), source="suggestions")
    turns = make.turns(m1="A | B | C", m2="D | E")
    meetings = Meetings(activities=study.meetings.activities, attendance=study.meetings.attendance, turns=turns)
    row = held(make.observed(study, meetings=meetings, talk=machine), one()).loc["help"]
    assert row[["n_seen", "n_pairs"]].tolist() == [2, 6]
    assert row["proposed_verdict"] == "open"
    assert "suggestions that nobody reviewed" in row["reason"]


def test_a_proposition_speaks_of_the_question_it_names_else_of_the_first(make):
    study = make.study(PEOPLE, {"AB": "created"}, LINES)
    both = make.two_relations(study.survey, make.survey(PEOPLE, relation="advice"))
    study = make.observed(study, survey=both)
    found = held(study, one("named", relation="advice"), one("first"))
    assert found["relation"].to_dict() == {"named": "advice", "first": "help"}
    assert (found.loc["named", "survey_value"], found.loc["first", "survey_value"] > 0) == (0, True)
    assert found["n_seen"].tolist() == [2, 2]
    with pytest.raises(MeasureError, match="names the survey question 'trust'; there are: 'help', 'advice'"):
        held(study, one(relation="trust"))


def test_the_same_seed_gives_the_same_table_and_both_together_needs_none(make):
    study = make.study(PEOPLE, KINDS, LINES)
    asked = claims(*(part for part in (one(), one("hub", pairs="hub_member"))))
    first, again, other = (evaluate_propositions(asked, *study.observed, seed=seed, n_draws=50) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    columns = [name for name in first if "choice" not in name]
    pd.testing.assert_frame_equal(first[columns], other[columns])


HEAD = "id: p\ntitle: P\npropositions:\n"
WHOLE = "- {id: a, statement: S, survey: {says: S., tie: new}, talk: {says: T., shows: help}, together: {says: B.}}\n"


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        (HEAD + "- id: a\n  statement: S\n", 4, "'propositions.0.survey' is missing"),
        (HEAD + 2 * WHOLE, 3, "proposition 'a' stands twice"),
        (HEAD + WHOLE.replace("talk:", "tlak:"), 4, "unknown key"),
        ("id: p\ntitle: P\n", None, "key 'propositions' is missing"),
        (HEAD + WHOLE.replace("shows: help", "shows: trust"), 4, "'help', 'returned_help' or 'pathway'"),
        (HEAD + WHOLE.replace("tie: new", "tie: new, expect: above"), 4, "'propositions.0.survey.expect' is 'above'"),
        (
            HEAD + WHOLE.replace("shows: help", "shows: help, asks: order"),
            4,
            "'asks: order' goes with 'shows: pathway'",
        ),
        (HEAD + WHOLE.replace("S,", "S, network: {indicator: net_new_ties},"), 4, "unknown key"),
        ("id: p\n\ttitle: P\n", None, "tab"),
    ],
)
def test_a_faulty_file_is_refused_with_place_and_reason(tmp_path, text, row, message):
    path = tmp_path / "propositions.yml"
    path.write_text(text)
    with pytest.raises(CaseError) as raised:
        load_propositions(path)
    said = [problem for problem in raised.value.problems if message in problem.message]
    assert said, [problem.message for problem in raised.value.problems]
    assert {problem.file for problem in said} == {path.name}
    if row is not None:
        assert row in [problem.row for problem in said]


def test_all_problems_come_at_once():
    found, problems = checked(Propositions, {"id": "p", "titel": "P", "propositions": [{"id": "a"}]}, "p.yml", {})
    assert found is None
    assert len(problems) == 6  # title, titel; statement, survey, talk, together of a


def test_every_shipped_proposition_is_held_and_has_a_word(make):
    shipped = load_propositions(SHIPPED)
    study = make.study(PEOPLE, KINDS, LINES)
    table = evaluate_propositions(shipped, *study.observed, seed=1, n_draws=20)
    assert table["proposition"].tolist() == [claim.id for claim in shipped.propositions]
    assert (
        table[["survey_evidence", "talk_evidence", "together_evidence", "proposed_verdict", "reason"]]
        .notna()
        .all(axis=None)
    )


def test_existence_is_answered_apart_from_ties(make, declared):
    study = make.study(PEOPLE, KINDS, LINES)
    returned = {"claim": "existence", "shows": "returned_help", "tie": "mutual"}
    asked = claims(one(), one("some", **returned), one("none", pairs="hub_member", **returned))
    found = evaluate_propositions(asked, *study.observed, seed=1, n_draws=20)
    found = declared(found, "propositions").set_index("proposition")
    assert found["exists"].fillna("-").tolist() == ["-", "seen", "not_seen"]
    assert found.loc["some", "existence_evidence"].startswith("There are instances: 1 pair with help both ways.")
    assert "that there is none does not follow" in found.loc["none", "existence_evidence"]
    assert found["choice_asks"].fillna("-").tolist() == ["-", "reciprocity", "reciprocity"]
    quiet = held(make.study(PEOPLE, KINDS, coded=False), one("some", **returned))
    assert quiet.loc["some", "exists"] == "not_observable"


def test_help_may_have_to_return_within_so_many_meetings(make):
    """B helps A in m1, A helps B in m2."""
    study = make.study(PEOPLE, KINDS, ("m1 help_given B>A", "m2 help_given A>B"))
    parts = {name: one(name, shows="returned_help", tie="mutual") for name in ("ever", "next", "same")}
    for name, within in (("next", 1), ("same", 0)):
        parts[name]["talk"] |= {"within": within}
    found = held(study, *parts.values())
    assert found["n_seen"].to_dict() == {"ever": 1, "next": 1, "same": 0}
    assert "had help both ways within 1 meeting:" in found.loc["next", "talk_evidence"]
    assert found.loc["same", "talk_evidence"].startswith("Help both ways in one meeting was not seen")
    _, problems = checked(Propositions, {"id": "p", "title": "P", "propositions": [one() | {"talk": {"says": "T", "shows": "help", "within": 2}}]}, "p", {})  # fmt: skip
    assert "goes with 'shows: returned_help', not with 'help'" in problems[0].message


def test_which_test_of_the_talk_is_meant_is_said(make):
    study = make.study(PEOPLE, KINDS, LINES)
    found = held(study, one("hub", pairs="hub_member"), one("within", pairs="within_schools"))
    assert found["choice_asks"].tolist() == ["part_of_the_role", "selectivity"]
    assert "the part that the role takes in help" in found.loc["hub", "choice_evidence"]


def test_with_three_waves_the_next_interval_stands_beside_and_p_are_corrected():
    from nicmethods.analysis import analyse

    found = analyse(SHIPPED.parents[1] / "data" / "demo", seed=1).propositions
    assert found["time_evidence"].notna().all()
    assert (found["lagged_n_both"] <= found["lagged_n_rows"]).all()
    p, corrected = found["p_more"].to_numpy(), found["p_holm"].to_numpy()
    order = np.argsort(p)
    by_hand = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    assert corrected[order] == pytest.approx(by_hand)


def test_check_names_what_a_case_does_not_have_with_row_and_what_there_is(tmp_path):
    path = tmp_path / "propositions.yml"
    part = "  talk: {says: T., shows: pathway}\n  together: {says: B.}\n"
    path.write_text(
        f"{HEAD}- id: a\n  statement: S\n  relation: advise\n  survey: {{says: S., tie: new}}\n{part}"
        f"- id: b\n  statement: S\n  pairs: hub_member\n  survey: {{says: S., tie: new}}\n{part}"
    )
    asked = {"relations": ["advice", "trust"], "codes": ["help_request", "help_given"], "has_hub": False}
    found = claim_problems(path, **asked)
    assert sorted((one.row, one.level, one.value) for one in found) == [
        (6, "error", "advise"),
        (8, "warning", "pathway"),
        (12, "warning", "hub_member"),
        (14, "warning", "pathway"),
    ]
    by_row = {one.row: one.message for one in found}
    assert "the case asked: 'advice', 'trust'. Did you mean 'advice'?" in by_row[6]
    assert "no code 'shared_practice'; there are: help_request, help_given" in by_row[8]
    assert "nobody's role is of the hub" in by_row[12]
    whole = {"relations": ["advise"], "codes": [*asked["codes"], "shared_practice"], "has_hub": True}
    assert claim_problems(path, **whole) == []
    path.write_text(path.read_text().replace("shows: pathway", "shows: pathways"))
    assert {one.row for one in claim_problems(path, **whole)} == {8, 14}
    path.write_text("id: p\n\ttitle: P\n")
    assert "tab" in claim_problems(path, **whole)[0].message


def test_a_fingerprint_follows_the_words_and_not_how_they_are_written():
    same, spelt_out, other = (
        Propositions.model_validate({"id": "p", "title": "P", "propositions": [one(**more)]}).propositions[0]
        for more in ({}, {"claim": "coincidence", "why": ""}, {"why": "Because."})
    )
    assert same.fingerprint == spelt_out.fingerprint != other.fingerprint
    assert len(same.fingerprint) == 12


def test_claims_of_other_literature_are_read_and_worked_as_the_page_says():
    from nicmethods.analysis import analyse

    other = load_propositions(SHIPPED.with_name("propositions_other.yml"))
    case = analyse(SHIPPED.parents[1] / "data" / "demo", seed=1)
    found = evaluate_propositions(other, case.survey, case.meetings, case.talk, seed=1).set_index("proposition")
    assert found["proposed_verdict"].to_dict() == {
        "boundary_spanning": "partial_agreement",
        "homophily_of_help": "too_little_to_say",
        "help_among_equals": "partial_agreement",
    }
    assert found["choice_expected"].round(1).to_list() == [9.7, 3.6, 11.9]
    assert found[["choice_observed", "n_change"]].to_numpy().tolist() == [[9, 6], [7, 1], [13, 12]]
    page = (SHIPPED.parents[1] / "docs" / "propositions.md").read_text()
    for name, row in found.iterrows():
        assert (
            f"*On the demo: {row['proposed_verdict'].replace('_', ' ')}.*"
            in page.split(f"id: {name}")[1].split("## ")[0]
        )
