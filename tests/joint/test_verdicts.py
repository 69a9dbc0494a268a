"""The verdict of a pair, row by row of the rule."""

import pytest

from nicmethods.joint.verdicts import VERDICT_ORDER, VERDICT_RULE, convergence
from nicmethods.tables import RUN_TABLES

HELP = ("m1 help_given B>A",)
SHARED = ("m1 shared_practice B>A",)
ASKED = ("m1 help_request A>B",)
NOTHING = ("m1 help_given C>A",)


@pytest.mark.parametrize(
    ("change", "lines", "together", "verdict"),
    [
        ("created", HELP, True, "agreement"),
        ("strengthened", HELP, True, "agreement"),
        ("created", SHARED, True, "partial_agreement"),
        ("strengthened", ASKED, True, "partial_agreement"),
        ("created", NOTHING, True, "silence_talk"),
        ("created", NOTHING, False, "not_observable"),
        ("kept", HELP, True, "partial_agreement"),
        ("kept", SHARED, True, "silence_talk"),
        ("kept", NOTHING, True, "silence_talk"),
        ("kept", NOTHING, False, "not_observable"),
        ("weakened", HELP, True, "dissonance"),
        ("dissolved", HELP, True, "dissonance"),
        ("weakened", NOTHING, True, "silence_talk"),
        ("dissolved", SHARED, True, "silence_talk"),
        ("dissolved", NOTHING, False, "not_observable"),
        ("absent", HELP, True, "dissonance"),
        ("absent", SHARED, True, "agreement_on_absence"),
        ("absent", ASKED, True, "agreement_on_absence"),
        ("absent", NOTHING, True, "agreement_on_absence"),
        ("absent", NOTHING, False, "not_observable"),
        ("not_observable", HELP, True, "silence_survey"),
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
        ("absent", "created", "created", "agreement"),
        ("dissolved", "strengthened", "strengthened", "agreement"),
        ("weakened", "kept", "kept", "partial_agreement"),
        ("not_observable", "created", "created", "agreement"),
        ("not_observable", "absent", "not_observable", "silence_survey"),
        ("not_observable", "not_observable", "not_observable", "silence_survey"),
        ("absent", "dissolved", "dissolved", "dissonance"),
    ],
)
def test_the_strongest_observable_report_decides(make, ab, ba, change, verdict):
    row = make.study("A B C", {"AB": ab, "BA": ba}, HELP).dyads.set_index(["a", "b"]).loc[("A", "B")]
    assert (row["change"], row["verdict"]) == (change, verdict)


def test_help_counts_even_where_attendance_does_not_show_both(make):
    study = make.study("A B C", {"AB": "created"}, HELP, present={"m1": "C", "m2": "C"})
    row = study.dyads.set_index(["a", "b"]).loc[("A", "B")]
    assert (row["n_together"], row["verdict"]) == (0, "agreement")


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
    assert cell["scope", "within", "agreement"] == 1
    assert cell["scope", "across", "silence_talk"] == 1
    assert cell["scope", "unknown", "agreement_on_absence"] == 3
    assert cell["role_pair", "coach - teacher", "agreement_on_absence"] == 3
    assert counts.groupby(["by", "group"])["share"].sum().round(12).eq(1).all()
    first = counts[counts["by"] == "all"]["verdict"].tolist()
    assert first == sorted(first, key=VERDICT_ORDER.index)
