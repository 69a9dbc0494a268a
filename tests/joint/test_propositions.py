"""Propositions: stances and verdicts by the rule, indicators recounted by hand, the shipped file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from nicmethods.case.propositions import Indicator, Proposition, Propositions, load_propositions, parse_propositions
from nicmethods.errors import CaseError, MeasureError
from nicmethods.joint.indicators import NETWORK_INDICATORS, TALK_INDICATORS, Estimate, Strands, estimate
from nicmethods.joint.propositions import evaluate_propositions, proposition_verdict, stance
from nicmethods.tables.bundles import Survey

SHIPPED = Path(__file__).parents[2] / "codebooks" / "propositions.yml"
PEOPLE = "A:north:teacher B:north:teacher C:south:coach D:south:researcher"
LINES = ("m1 help_given B>A", "m1 help_given A>B", "m1 help_given C>A", "m2 shared_practice D>*", "m2 help_request A>C")


@pytest.mark.parametrize(
    ("low", "high", "expect", "than", "says"),
    [
        (0.1, 0.4, "above", None, "supports"),
        (0.0, 0.4, "above", None, "open"),
        (-0.4, -0.1, "above", None, "contradicts"),
        (-0.4, -0.1, "below", None, "supports"),
        (0.1, 0.4, "below", None, "contradicts"),
        (0.1, 0.4, "above", 0.2, "open"),
        (0.1, 0.15, "above", 0.2, "contradicts"),
        (np.nan, np.nan, "above", None, "open"),
    ],
)
def test_a_strand_contradicts_only_if_its_interval_excludes_the_prediction(low, high, expect, than, says):
    found = Estimate(0.2, low, high, 0.0, 0.9, 10, "")
    assert stance(found, Indicator(indicator="x", expect=expect, than=than)) == says


def test_a_large_p_never_contradicts():
    found = Estimate(-0.01, -0.2, 0.19, 0.0, 0.99, 10, "")
    assert stance(found, Indicator(indicator="x")) == "open"


@pytest.mark.parametrize("found", [Estimate(np.nan, 0, 1, 0, 0, 5, ""), Estimate(0.3, 0.2, 0.4, 0, 0, 0, "")])
def test_nothing_to_count_is_no_data(found):
    assert stance(found, Indicator(indicator="x")) == "no_data"


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("supports", "supports", "agreement"),
        ("supports", "open", "partial_agreement"),
        ("supports", "contradicts", "dissonance"),
        ("supports", "no_data", "silence"),
        ("open", "no_data", "silence"),
        ("contradicts", "no_data", "silence"),
        ("open", "open", "open"),
        ("open", "contradicts", "open"),
        ("contradicts", "contradicts", "open"),
        ("no_data", "no_data", "no_data"),
    ],
)
def test_the_verdict_on_a_proposition(one, other, verdict):
    assert proposition_verdict(one, other) == proposition_verdict(other, one) == verdict


def strands(study):
    return Strands(study.dyads, *study.observed, seed=1, n_draws=200)


def asked(study, name, **which):
    strand = "network" if name in NETWORK_INDICATORS else "talk"
    return estimate(Indicator(indicator=name, **which), strands(study), strand=strand)


def test_network_indicators_recounted_by_hand(make):
    kinds = {"AB": "strengthened", "BA": "strengthened", "AC": "created", "CA": "created", "CD": "dissolved"}
    kinds |= {"BC": "not_observable", "DA": "weakened", "AD": "kept"}
    study = make.study(PEOPLE, kinds)
    new = asked(study, "net_new_ties")
    assert (new.n, new.value) == (11, pytest.approx(1 / 11))
    assert set(new.ties) == {"w1/w2/A/C", "w1/w2/C/A", "w1/w2/C/D"}
    across = asked(study, "net_new_ties", scope="across")
    assert (across.n, across.value) == (7, pytest.approx(2 / 7))
    stronger = asked(study, "net_stronger_ties")
    assert (stronger.n, stronger.value) == (4, pytest.approx(1 / 4))
    mutual = asked(study, "net_reciprocated_ties")
    assert (mutual.n, mutual.value) == (5, pytest.approx(1 / 5))
    assert mutual.ties == ("w1/w2/A/C", "w1/w2/C/A")
    assert asked(study, "net_new_ties", roles=("hub", "member")).n == 6
    assert asked(study, "net_new_ties", roles=("member", "member")).n == 5
    assert asked(study, "net_new_ties", roles=("coach", "teacher")).n == 3


def test_talk_indicators_recounted_by_hand(make):
    study = make.study(PEOPLE, None, LINES)
    assert asked(study, "help_share").value == pytest.approx(2 / 6)
    assert asked(study, "help_instances").value == 2
    assert asked(study, "help_instances", scope="across").events == ("m1/3/1",)
    assert asked(study, "reciprocated_help_instances").value == 1
    assert asked(study, "reciprocated_help_share", scope="within").value == pytest.approx(1 / 2)
    assert asked(study, "shared_practice_share").value == pytest.approx(3 / 6)
    assert asked(study, "request_share").n == 6
    assert asked(study, "help_share", from_wave="w2", to_wave="w3").n == 0


def test_exact_intervals_are_those_of_scipy(make):
    study = make.study(PEOPLE, None, LINES)
    found = asked(study, "help_instances")
    assert (found.low, found.high) == (
        pytest.approx(stats.chi2.ppf(0.025, 4) / 2),
        pytest.approx(stats.chi2.ppf(0.975, 6) / 2),
    )
    share = asked(study, "help_share")
    exact = stats.binomtest(2, 6).proportion_ci(method="exact")
    assert share.low <= exact.low + 1e-9
    assert share.high >= exact.high - 1e-9
    none = asked(make.study(PEOPLE), "help_instances")
    assert (none.value, none.low, none.n) == (0, 0, 6)
    assert none.high == pytest.approx(-np.log(0.025))


def test_suggestions_are_no_opportunity_and_are_called_what_they_are(make):
    study = make.study(PEOPLE, {"AB": "created"}, LINES, coded=False)
    study = make.observed(study, talk=make.talk(*LINES, coded=(), source="suggestions"))
    assert asked(study, "help_share").n == 0
    found = asked(study, "help_instances")
    assert found.words.startswith("Machine-suggested, not reviewed: 2 pairs had help")
    assert found.words.endswith("0 were together in coded talk.")
    assert asked(study, "preceded_beyond_chance").n == 0


def test_few_reports_have_no_interval_and_leave_open(make):
    study = make.study("A:n:t B:s:t", {"AB": "created"})
    found = asked(study, "net_new_ties")
    assert found.value == 0.5
    assert np.isnan(found.low)
    assert stance(found, Indicator(indicator="net_new_ties")) == "open"


def test_excess_over_chance(make):
    study = make.study(PEOPLE, {"AB": "created", "AC": "created"}, LINES)
    found = asked(study, "preceded_beyond_chance")
    assert found.n == 2
    assert found.low <= found.value <= found.high <= 1
    assert "preceded 2 of 2 new or stronger ties" in found.words
    path = asked(study, "pathway_in_order")
    assert (path.n, path.value) == (6, 0)


def test_an_indicator_that_does_not_exist_is_refused_with_those_that_do(make):
    with pytest.raises(MeasureError, match="no talk indicator 'help'; there are: help_instances, help_share"):
        estimate(Indicator(indicator="help"), strands(make.study(PEOPLE)), strand="talk")


def claims(*propositions):
    return Propositions(id="p", title="P", propositions=propositions)


BOTH = Proposition(
    id="help",
    statement="Help passes.",
    network=Indicator(indicator="net_new_ties"),
    talk=Indicator(indicator="help_instances"),
)


def test_a_row_names_its_evidence(make, declared):
    study = make.study(PEOPLE, {"AB": "created"}, LINES)
    table = evaluate_propositions(claims(BOTH), *study.observed, seed=1, n_draws=50)
    row = declared(table, "propositions").iloc[0]
    assert row["turns"] == "m1/1;m1/2;m1/3"
    assert row["ties"] == "w1/w2/A/B"
    assert row[["talk_stance", "talk_n"]].tolist() == ["supports", 6]
    assert pd.isna(row["researcher_verdict"])
    assert pd.isna(row["meta_inference"])


def test_the_ledger_is_shown_and_never_filled_in(make):
    study = make.study(PEOPLE, {"AB": "created"}, LINES)
    said = [
        {"subject": "help", "researcher": "r1", "verdict": "agreement", "meta_inference": "Both.", "evidence": "m1/1"},
        {"subject": "help", "researcher": "r2", "verdict": "dissonance", "evidence": "m1/1"},
        {"subject": "w1/w2/A/B", "researcher": "r1", "verdict": "silence", "evidence": "m1/1"},
    ]
    ledger = make.table("ledger", said)
    before = ledger.copy(deep=True)
    other = BOTH.model_copy(update={"id": "unjudged"})
    table = evaluate_propositions(claims(BOTH, other), *study.observed, seed=1, n_draws=50, ledger=ledger)
    table = table.set_index("proposition")
    assert table.loc["help", "researcher_verdict"] == "r1: agreement; r2: dissonance"
    assert table.loc["help", "meta_inference"] == "Both."
    assert table.loc["unjudged", ["researcher_verdict", "meta_inference"]].isna().all()
    pd.testing.assert_frame_equal(ledger, before)


def test_a_missing_strand_is_silence_and_never_zero(make, declared):
    study = make.study(PEOPLE, None, LINES)
    nobody = Survey(roster=study.survey.roster)
    table = evaluate_propositions(claims(BOTH), nobody, study.meetings, study.talk, seed=1, n_draws=50)
    assert table.loc[0, ["network_stance", "talk_stance", "proposed_verdict"]].tolist() == [
        "no_data",
        "supports",
        "silence",
    ]
    assert np.isnan(table.loc[0, "network_value"])
    quiet = make.study(PEOPLE, {"AB": "created"}, coded=False)
    table = evaluate_propositions(claims(BOTH), *quiet.observed, seed=1, n_draws=50)
    assert declared(table, "propositions").loc[0, "talk_stance"] == "no_data"


def test_one_relation_is_evaluated(make):
    study = make.study(PEOPLE, {"AB": "created"}, LINES)
    both = make.two_relations(study.survey, make.survey(PEOPLE, relation="advice"))
    first, named = (
        evaluate_propositions(claims(BOTH), survey, study.meetings, study.talk, seed=1, n_draws=50).loc[0]
        for survey in (both, both.only("advice"))
    )
    assert (first["network_value"] > 0, named["network_value"]) == (True, 0)
    assert first["talk_value"] == named["talk_value"] == 2


def test_the_shipped_propositions_can_all_be_evaluated():
    shipped = load_propositions(SHIPPED)
    assert len(shipped.propositions) >= 5
    for proposition in shipped.propositions:
        assert proposition.network.indicator in NETWORK_INDICATORS
        assert proposition.talk.indicator in TALK_INDICATORS


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        ("id: p\ntitle: P\npropositions:\n- id: a\n  statement: S\n", 4, "proposition 'a' names no indicator; give it"),
        (
            "id: p\ntitle: P\npropositions:\n" + 2 * "- {id: a, statement: S, talk: {indicator: help_share}}\n",
            3,
            "proposition 'a' stands twice",
        ),
        ("id: p\ntitle: P\npropositions:\n- id: a\n  statement: S\n  tlak: {indicator: x}\n", 6, "unknown key"),
        ("id: p\ntitle: P\n", None, "key 'propositions' is missing"),
        (
            "id: p\ntitle: P\npropositions:\n- id: a\n  statement: S\n  talk: {indicator: x, expect: more}\n",
            6,
            "'propositions.0.talk.expect' is 'more'",
        ),
        (
            "id: p\ntitle: P\npropositions:\n- id: a\n  statement: S\n  talk: {indicator: x, from_wave: w1}\n",
            6,
            "'from_wave' and 'to_wave' name one interval together",
        ),
        ("id: p\n\ttitle: P\n", None, "tab"),
    ],
)
def test_a_faulty_file_is_refused_with_place_and_reason(tmp_path, text, row, message):
    path = tmp_path / "propositions.yml"
    path.write_text(text)
    with pytest.raises(CaseError) as raised:
        load_propositions(path)
    assert any(message in problem.message and problem.file == path.name for problem in raised.value.problems)
    if row is not None:
        assert row in [problem.row for problem in raised.value.problems]


def test_all_problems_come_at_once():
    found, problems = parse_propositions({"id": "p", "titel": "P", "propositions": [{"id": "a"}]}, "p.yml", {})
    assert found is None
    assert len(problems) == 3


def test_reports_that_are_all_alike_have_an_interval_with_width(make):
    every = {f"{a}{b}": "created" for a in "ABCDE" for b in "ABCDE" if a != b}
    people = "A:north:teacher B:north:teacher C:south:coach D:south:researcher E:south:teacher"
    for kinds, value in ((every, 1), (dict.fromkeys(every, "absent"), 0)):
        found = asked(make.study(people, kinds), "net_new_ties")
        assert found.value == value
        reach = stats.binomtest(0, found.n).proportion_ci(0.95, "exact").high
        assert (found.low, found.high) == pytest.approx((value - reach, min(1, value + reach)))
