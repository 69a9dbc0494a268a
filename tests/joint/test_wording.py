"""No sentence says more than its numbers."""

import numpy as np
import pytest

from nicmethods.joint.choice import Choice
from nicmethods.joint.coincidence import Coincidence
from nicmethods.joint.strands import Occurrence, TieChange
from nicmethods.joint.wording import _choice, _occurrence, _survey, _together
from nicmethods.tables.saying import p_text

ROWS = {"n_rows": 400, "n_pairs": 225, "n_talk": 29, "n_change": 30, "n_both": 6, "expected": 4.2, "miss": 0.1}


def test_none_seen_is_said_with_its_bound_and_no_opportunity_without() -> None:
    assert _occurrence(Occurrence(0, 63, 0.0, 0.057, 0.0, 0.057), "help") == (
        "Help was not seen in any of 63 pairs despite opportunity (at most 5.7 %, 95 % interval)."
    )
    assert _occurrence(Occurrence(0, 0, *[np.nan] * 4), "help").startswith("Not observable")
    assert _survey(TieChange(0, 0, 0, *[np.nan] * 3, any_tie=False), "new").startswith("Not observable")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"information": 4.0, "p_more": 0.2, "p_less": 0.8, "stance": "open"}, "not distinguishable from chance (p = .20). Odds under 2.3"),
        ({"information": 1.0, "p_more": 0.2, "p_less": 0.8}, "too little to say (p = .20). Odds under 5.2 would be missed more often than found; about 2.2 times"),
        ({"information": 1.0, "p_more": 0.002, "p_less": 0.998, "stance": "supports", "miss_falls": 0.21}, "more than these explain (p = .002). 10 % of ties are taken as missed by a survey; the finding falls from 21 %."),
        ({"information": 1.0, "p_more": 0.99, "p_less": 0.01, "stance": "contradicts"}, "fewer than these explain (p = .010)."),
    ],
)  # fmt: skip
def test_what_both_together_say(found: dict[str, float], said: str) -> None:
    assert said in _together(Coincidence(**(ROWS | found)), "new", "help")  # type: ignore[arg-type]


def test_below_three_rows_nothing_is_told() -> None:
    few = Coincidence(**(ROWS | {"n_talk": 2, "information": 0.1}))  # type: ignore[arg-type]
    assert _together(few, "new", "help").startswith("Too little to say: 2 of 400 occasions had help, 30 a new tie")


def test_a_large_p_is_never_chance_itself() -> None:
    said = _choice(Choice(5, 4.4, 1, 8, 0.49, 0.7, 12), "help", "hub_member")
    assert "not distinguishable from chance (p = .49)" in said
    assert "about the role" in said
    assert [p_text(p) for p in (0.5, 0.0400001, 0.00099)] == ["p = .50", "p = .040", "p less than .001"]
