"""Figures of cycle, voices, coaching and of what cases say together: their words hold the numbers of the tables."""

import pandas as pd
import pytest

from nicmethods.figures.across import plot_pooled_coincidence
from nicmethods.figures.style import describe
from nicmethods.figures.talk import plot_coaching, plot_phases, plot_voices
from nicmethods.tables import RUN_TABLES, conform, empty


def table(name, rows):
    return conform(pd.DataFrame(rows, columns=RUN_TABLES[name].names), RUN_TABLES[name])


def step(phase, who, n_help, **more):
    about = {
        "relation": "help",
        "cycle": "cycle 1",
        "phase": phase,
        "who": who,
        "activities": "m1",
        "n_activities": 1,
        "n_read": 1,
    }
    return about | {"n_help": n_help, "n_pairs": n_help} | more


PHASES = [
    step("plan", "all", 3, n_known=2, n_ties=1, n_other=9, n_other_ties=2),
    step("plan", "hub_helps_member", 1),
    step("plan", "members_one_site", 2),
    step("do", "all", 5),
    step("do", "hub_helps_member", 5),
    step("act", "all", None, n_read=0),
    step("act", "hub_helps_member", None, n_read=0),
]


def test_phases_say_help_ties_and_what_nobody_read():
    ax = plot_phases(table("phases", PHASES))
    said = describe(ax)
    assert "cycle 1, plan: 3 in 1 of 1 activity; tie grew: 1 of 2 pairs, else 2 of 9" in said
    assert "the hub helps a member 1 and a member helps one of the same site 2" in said
    assert "cycle 1, do: 5 in 1 of 1 activity; no survey after it to compare" in said
    assert "cycle 1, act: nobody read it" in said
    assert ax.get_title(loc="left") == "Cycle 1, do has most help: 5 of 8 times"
    widths = [bar.get_width() for bar in ax.patches]
    assert sorted(width for width in widths if width) == [1, 2, 5]


def test_voices_say_share_and_what_presence_would_give():
    rows = [
        {"role": "coach", "n_people": 2, "n_spoke": 1, "n_words": 60, "share": 0.6, "expected": 0.3, "n_unknown": 0},
        {"role": "teacher", "n_people": 3, "n_spoke": 3, "n_words": 40, "share": 0.4, "expected": 0.7, "n_unknown": 0},
    ]
    said = describe(plot_voices(table("voices", rows)))
    assert "coach: 60 % of the words, 30 % if alike (1 of 2 people spoke)" in said


def test_coaching_counts_each_member_once():
    words = ["several_activities", "one_activity", "one_activity", "not_seen", "not_observable"]
    rows = [
        {"actor": f"E{n}", "n_chances": 2, "n_activities": 0, "n_help": 0, "intensity": word}
        for n, word in enumerate(words)
    ]
    ax = plot_coaching(table("coaching", rows))
    assert [bar.get_width() for bar in ax.patches] == [1, 2, 1, 1]
    assert describe(ax).endswith(
        "helped in several activities 1, in one 2, in none of those read 1 and never there with the hub 1."
    )


def odds(left_out, value, low, high):
    about = {"proposition": "new_ties", "left_out": left_out, "k": 2, "n_rows": 40, "n_both": 4, "expected": 2.0}
    return about | {"odds_ratio": value, "low": low, "high": high, "k_tested": 2}


def test_pooled_odds_say_on_which_case_a_finding_hangs():
    hangs = table(
        "pooled_coincidence", [odds(None, 8.0, 3.0, 20.0), odds("a", 2.0, 0.5, 8.0), odds("b", 9.0, 3.0, 27.0)]
    )
    ax = plot_pooled_coincidence(hangs)
    assert ax.get_title(loc="left") == "1 finding over all cases hangs on one case: a"
    assert "new ties, without a: 2.0 (0.5 to 8.0), 4 of 40 occasions with both" in describe(ax)
    stands = plot_pooled_coincidence(hangs[hangs["left_out"].ne("a")])
    assert stands.get_title(loc="left") == "No finding over all cases hangs on one of them"


@pytest.mark.parametrize(
    ("draw", "name"),
    [
        (plot_phases, "phases"),
        (plot_voices, "voices"),
        (plot_coaching, "coaching"),
        (plot_pooled_coincidence, "pooled_coincidence"),
    ],
)
def test_nothing_is_said_and_not_drawn(draw, name):
    assert describe(draw(empty(RUN_TABLES[name]))).startswith("Nothing is drawn")
