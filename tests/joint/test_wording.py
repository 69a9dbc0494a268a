"""No sentence says more than its numbers."""

from typing import Any

import numpy as np
import pytest

from nicmethods.joint.coincidence import Coincidence
from nicmethods.joint.propositions import _choice, _occurrence, _survey, _time, _together
from nicmethods.joint.strands import Choice, Occurrence, TieChange
from nicmethods.tables.saying import p_text

ROWS: dict[str, Any] = {
    "n_rows": 400,
    "n_pairs": 225,
    "n_talk": 29,
    "n_change": 30,
    "n_both": 6,
    "expected": 4.2,
    "miss": 0.1,
}


def test_none_seen_is_said_with_its_bound_and_no_opportunity_without() -> None:
    assert _occurrence(Occurrence(0, 63, 0.0, 0.057, 0.0, 0.057), "help") == (
        "Help was not seen in any of 63 pairs despite opportunity (at most 5.7 %, exact 95 % interval)."
    )
    assert _occurrence(Occurrence(0, 0, *[np.nan] * 4), "help").startswith("Not observable")
    assert _survey(TieChange(0, 0, 0, *[np.nan] * 3, any_tie=False), "new").startswith("Not observable")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"information": 4.0, "p_more": 0.2, "p_less": 0.8, "stance": "open"}, "not distinguishable from chance (p = .20). Odds under 2.3"),
        ({"information": 1.0, "p_more": 0.2, "p_less": 0.8}, "too little to say (p = .20). Odds under 5.2 would be missed more often than found; about 2.2 times"),
        ({"information": 1.0, "p_more": 0.002, "p_less": 0.998, "stance": "supports", "miss_falls": 0.21}, "more than these explain (p = .002). 10 % of the ties are taken as missed by a survey; the finding falls from 21 %."),
        ({"information": 1.0, "p_more": 0.99, "p_less": 0.01, "stance": "contradicts"}, "fewer than these explain (p = .010)."),
    ],
)  # fmt: skip
def test_what_both_together_say(found: dict[str, float], said: str) -> None:
    assert said in _together(Coincidence(**(ROWS | found)), "new", "help")


def test_below_three_rows_nothing_is_told() -> None:
    few = Coincidence(**(ROWS | {"n_talk": 2, "information": 0.1}))
    assert _together(few, "new", "help").startswith("Too little to say: 2 of 400 occasions had help, 30 a new tie")


def test_a_large_p_is_never_chance_itself() -> None:
    said = _choice(Choice(12, 5, 4.4, 0.49, 0.7), "help", "hub_member")
    assert "not distinguishable from chance (p = .49)" in said
    assert "about the part that the role takes" in said
    assert [p_text(p) for p in (0.5, 0.0400001, 0.00099)] == ["p = .50", "p = .040", "p less than .001"]


def test_one_is_one_and_none_are_none() -> None:
    assert _survey(TieChange(1, 1, 0, 1.0, np.nan, np.nan, any_tie=True), "new").startswith(
        "1 tie began and 0 ended, of 1 report known in both waves of an interval"
    )
    assert _survey(TieChange(9, 2, 1, 0.1, -0.1, 0.3, any_tie=True), "mutual").startswith(
        "2 pairs came to name each other and 1 ceased to, of 9 pairs whose reports"
    )
    assert _occurrence(Occurrence(1, 1, 0.025, 1.0, 0.025, 1.0), "help").startswith(
        "1 of 1 pair that was together in read talk"
    )
    assert "in the 1 pair despite" in _occurrence(Occurrence(0, 1, 0.0, 0.975, 0.0, 0.975), "help")
    assert _choice(Choice(12, 1, 0.4, 0.3, 0.9), "returned_help", "all").startswith("1 event that returns help, 0.4")
    lone = Coincidence(**(ROWS | {"n_rows": 1, "n_talk": 0, "n_change": 1, "information": 0.0}))
    assert _together(lone, "new", "help").startswith("Too little to say: 0 of 1 occasion had help, 1 a new tie")


def test_digits_are_those_that_draws_support() -> None:
    assert "p = .03)" in _choice(Choice(167, 17, 20.4, 0.98, 0.027, draws=999), "help", "across_schools")
    assert "p = .027)" in _choice(Choice(167, 17, 20.4, 0.98, 0.027, draws=9999), "help", "across_schools")
    assert [p_text(p, draws=99) for p in (0.01, 0.004, 0.5)] == ["p = .01", "p less than .01", "p = .50"]
    assert p_text(0.0) == "p less than .001"


def test_what_one_interval_says_of_the_next_says_nothing_on_order_within_one() -> None:
    more = Coincidence(
        **(ROWS | {"information": 2.0, "p_more": 0.003, "p_less": 0.997, "stance": "supports", "excess": 2.1})
    )
    few = Coincidence(**(ROWS | {"n_rows": 1, "n_talk": 0, "n_change": 1, "information": 0.0}))
    said = _time(more, few, "new", "help")
    assert said == (
        "Help in one interval and a new tie in the next: 6 both, 3.9 expected, more than explained (p = .003); a new tie in "
        "one and help in the next: too little to say (0 and 1 of 1 occasion). Which came first within an interval cannot be told."
    )


def test_suggestions_that_nobody_reviewed_are_said_to_be_that() -> None:
    from types import SimpleNamespace

    from nicmethods.joint.propositions import answers, sentences

    claim: Any = SimpleNamespace(
        claim="existence",
        pairs="all",
        survey=SimpleNamespace(tie="new"),
        talk=SimpleNamespace(shows="returned_help", within=2, asks="occurrence"),
    )
    found: Any = SimpleNamespace(
        survey=TieChange(9, 0, 0, 0.0, -0.3, 0.3, any_tie=True),
        occurrence=Occurrence(3, 30, 0.02, 0.27, 0.01, 0.3),
        choice=None,
        together=Coincidence(**(ROWS | {"n_talk": 2, "information": 0.1})),
        stances=("open", "supports", "too_little"),
        lagged=None,
        reverse=None,
        reviewed=False,
    )
    said = sentences(found, claim)
    assert "95 % exact interval, none having changed" in said["survey"]
    assert said["existence"].startswith("Nobody read this talk; were the suggestions codings: There are instances")
    assert "read talk" not in said["talk"]
    assert said["choice"] == said["time"] == ""
    told = answers(found, claim)
    assert told["talk_said"] == "help both ways within 2 meetings"
    assert told["talk_answer"] == told["together_answer"] == "only suggestions that nobody reviewed"
    found.reviewed = True
    assert answers(found, claim)["talk_answer"] == "yes, there are some", "existence is no choice"
    claim.talk.asks = "order"
    assert answers(found, claim)["talk_answer"] == "yes"
