"""The verdict of a pair, row by row of the rule."""

import pytest

from nicmethods.joint.pairs import VERDICT_ORDER, VERDICT_RULE, convergence
from nicmethods.tables import RUN_TABLES

HELP = ("m1 help_given B>A",)
SHARED = ("m1 shared_practice B>A",)
ASKED = ("m1 help_request A>B",)
NOTHING = ("m1 help_given C>A",)


@pytest.mark.parametrize(
    ("change", "lines", "together", "verdict"),
    [
        ("created", HELP, True, "coincide"),
        ("strengthened", HELP, True, "coincide"),
        ("created", SHARED, True, "coincide_in_part"),
        ("strengthened", ASKED, True, "coincide_in_part"),
        ("created", NOTHING, True, "tie_without_help"),
        ("created", NOTHING, False, "not_observable"),
        ("kept", HELP, True, "help_in_lasting_tie"),
        ("kept", SHARED, True, "lasting_tie"),
        ("kept", NOTHING, True, "lasting_tie"),
        ("kept", NOTHING, False, "not_observable"),
        ("weakened", HELP, True, "help_in_waning_tie"),
        ("dissolved", HELP, True, "help_in_waning_tie"),
        ("weakened", NOTHING, True, "waning_tie"),
        ("dissolved", SHARED, True, "waning_tie"),
        ("dissolved", NOTHING, False, "not_observable"),
        ("absent", HELP, True, "help_without_tie"),
        ("absent", SHARED, True, "neither"),
        ("absent", ASKED, True, "neither"),
        ("absent", NOTHING, True, "neither"),
        ("absent", NOTHING, False, "not_observable"),
        ("not_observable", HELP, True, "help_survey_unknown"),
        ("not_observable", SHARED, True, "not_observable"),
        ("not_observable", NOTHING, True, "not_observable"),
        ("not_observable", NOTHING, False, "not_observable"),
    ],
)
def test_each_row_of_the_rule(make, change, lines, together, verdict):
    present = {"m1": "ABC" if together else "AC", "m2": "C"}
    study = make.study("A B C", {"AB": change, "BA": change}, lines, present=present)
    assert study.dyads.set_index(["a", "b"]).loc[("A", "B"), "verdict"] == verdict


@pytest.mark.parametrize(
    ("ab", "ba", "change", "verdict"),
    [
        ("absent", "created", "created", "coincide"),
        ("dissolved", "strengthened", "strengthened", "coincide"),
        ("weakened", "kept", "kept", "help_in_lasting_tie"),
        ("not_observable", "created", "created", "coincide"),
        ("not_observable", "absent", "not_observable", "help_survey_unknown"),
        ("not_observable", "not_observable", "not_observable", "help_survey_unknown"),
        ("absent", "dissolved", "dissolved", "help_in_waning_tie"),
    ],
)
def test_the_strongest_observable_report_decides(make, ab, ba, change, verdict):
    row = make.study("A B C", {"AB": ab, "BA": ba}, HELP).dyads.set_index(["a", "b"]).loc[("A", "B")]
    assert (row["change"], row["verdict"]) == (change, verdict)


def test_help_counts_even_where_attendance_does_not_show_both(make):
    study = make.study("A B C", {"AB": "created"}, HELP, present={"m1": "C", "m2": "C"})
    row = study.dyads.set_index(["a", "b"]).loc[("A", "B")]
    assert (row["n_together"], row["verdict"]) == (0, "coincide")


def test_being_together_in_talk_that_nobody_coded_is_no_opportunity(make):
    row = make.study("A B", {"AB": "created"}, coded=False).dyads.iloc[0]
    assert (row["n_together"], row["n_together_coded"], row["verdict"]) == (2, 0, "not_observable")


def test_the_rule_uses_every_declared_verdict_and_no_other():
    declared = set(RUN_TABLES["dyads"]["verdict"].among)
    assert set(VERDICT_RULE.to_numpy().ravel()) == declared == set(VERDICT_ORDER)


def test_convergence_counts_every_pair_once_in_each_grouping(make, declared):
    people = "A:north:teacher B:north:teacher C:south:coach D::coach"
    study = make.study(people, {"AB": "created", "BC": "created"}, HELP)
    counts = declared(convergence(study.dyads), "convergence")
    assert counts.groupby("by")["n"].sum().to_dict() == {"all": 6, "scope": 6, "role_pair": 6}
    cell = counts.set_index(["by", "group", "verdict"])["n"]
    assert cell["scope", "within", "coincide"] == 1
    assert cell["scope", "across", "tie_without_help"] == 1
    assert cell["scope", "unknown", "neither"] == 3
    assert cell["role_pair", "coach - teacher", "neither"] == 3
    assert counts.groupby(["by", "group"])["share"].sum().round(12).eq(1).all()
    first = counts[counts["by"] == "all"]["verdict"].tolist()
    assert first == sorted(first, key=VERDICT_ORDER.index)


def test_no_word_of_a_pair_is_one_of_a_proposition():
    """A pair coincides or not; that strands agree is said of claims alone."""
    said = set(RUN_TABLES["dyads"]["verdict"].among) - {"not_observable"}
    assert not said & set(RUN_TABLES["propositions"]["proposed_verdict"].among)
