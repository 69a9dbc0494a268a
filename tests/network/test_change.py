from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.errors import MeasureError
from nicmethods.network.between_waves import change, dyad_change, stability, transitions, turnover
from nicmethods.tables import RUN_TABLES


@pytest.fixture
def two_waves(survey, joined):
    """Six people: what a reader can recount. Threshold 2; a004 joins, a005 leaves, a003 is silent in w2."""
    first, second = np.zeros((6, 6)), np.zeros((6, 6))
    first[0, 1], second[0, 1] = 2, 3  # strengthened
    first[0, 2], second[0, 2] = 3, 2  # weakened
    first[1, 0], second[1, 0] = 2, 2  # kept
    first[1, 2], second[1, 2] = 1, 2  # created: below the threshold, then at it
    first[2, 0], second[2, 0] = 2, 1  # dissolved: at the threshold, then below it
    first[3, 0] = 2
    second[0, 4] = 2
    options = {"site": ["x", "x", "y", "y", "x", None], "role": ["t", "c", "t", "c", "t", "t"], "threshold": 2}
    return joined(
        survey(first, present=[1, 1, 1, 1, 0, 1], **options),
        survey(second, present=[1, 1, 1, 1, 1, 0], answered=[1, 1, 1, 0, 1, 0], blank=[(2, 1)], wave="w2", **options),
    )


def test_hand_counted_pairs(two_waves):
    dyads = dyad_change(two_waves)
    RUN_TABLES["dyad_change"].schema().validate(dyads, lazy=True)
    assert len(dyads) == 30
    kind = dyads.set_index(["source", "target"])["kind"]
    assert kind["a000", "a001"] == "strengthened"
    assert kind["a000", "a002"] == "weakened"
    assert kind["a001", "a000"] == "kept"
    assert kind["a001", "a002"] == "created"
    assert kind["a002", "a000"] == "dissolved"
    assert kind["a000", "a003"] == "absent"
    reason = dyads.set_index(["source", "target"])["reason"]
    assert reason["a003", "a000"] == "no_answer"
    assert reason["a002", "a001"] == "blank_cell"
    assert reason["a000", "a004"] == reason["a004", "a003"] == reason["a004", "a005"] == "joiner"
    assert reason["a000", "a005"] == reason["a005", "a003"] == "leaver"
    assert reason.notna().equals(kind == "not_observable")


def test_hand_counted_scopes(two_waves):
    rows = change(two_waves)
    RUN_TABLES["change"].schema().validate(rows, lazy=True)
    n = rows.set_index(["scope", "kind"])["n"]
    assert n["all"].to_dict() == {
        "created": 1,
        "strengthened": 1,
        "kept": 1,
        "weakened": 1,
        "dissolved": 1,
        "absent": 3,
        "not_observable": 4,
        "joiner": 10,
        "leaver": 8,
    }
    assert n["within", "kept"] == 1
    assert n["across", "created"] == 1
    assert n["c > t", "created"] == 1
    assert n["t > c", "strengthened"] == 1
    # Pairs of a005, who has no site, are in no site scope.
    assert n["within"].sum() + n["across"].sum() == 20


def test_a_threshold_per_wave(two_waves):
    dyads = dyad_change(two_waves.under(threshold={"w2": 3}))
    kind = dyads.set_index(["source", "target"])["kind"]
    assert kind["a001", "a002"] == "absent"
    assert kind["a001", "a000"] == "dissolved"
    assert set(dyads["threshold_from"]) == {2.0}
    assert set(dyads["threshold"]) == {3.0}


def test_policy_zero_reads_silence_as_no_tie(two_waves):
    kind = dyad_change(two_waves.under(policy="zero")).set_index(["source", "target"])["kind"]
    assert kind["a003", "a000"] == "dissolved"


def test_a_pair_not_asked_says_so(survey, joined):
    options = {"site": ["x", "x", "y"], "within": "site"}
    args = joined(survey(np.ones((3, 3)), **options), survey(np.ones((3, 3)), wave="w2", **options))
    reason = dyad_change(args).set_index(["source", "target"])["reason"]
    assert reason["a000", "a002"] == "not_asked"
    assert pd.isna(reason["a000", "a001"])


def test_stability_transitions_and_turnover(two_waves):
    dyads = dyad_change(two_waves)
    row = stability(dyads).iloc[0]
    assert (row["jaccard"], row["hamming"], row["n_dyads"]) == (3 / 5, 2, 8)
    moves = transitions(dyads).set_index(["weight_from", "weight_to"])
    assert moves["n"].sum() == 8
    assert moves.loc[(2.0, 3.0), "share"] == pytest.approx(1 / 3)
    each = turnover(dyads).set_index(["actor", "direction"])
    assert each.loc[("a001", "out"), ["created", "kept", "dissolved"]].tolist() == [1, 1, 0]
    assert each.loc[("a001", "out"), "turnover"] == 0.5
    assert np.isnan(each.loc[("a003", "out"), "turnover"])


def test_three_waves_are_two_intervals(survey, joined):
    waves = [survey(np.ones((3, 3)), wave=wave) for wave in ("w1", "w2", "w3")]
    dyads = dyad_change(joined(*waves))
    assert dyads[["from_wave", "to_wave"]].drop_duplicates().to_numpy().tolist() == [["w1", "w2"], ["w2", "w3"]]
    assert (dyads["kind"] == "kept").all()


def test_one_wave_has_no_change(survey):
    assert dyad_change(survey(np.ones((3, 3)))).empty
    assert change(survey(np.ones((3, 3)))).empty


def test_too_many_people_are_refused(survey):
    small = survey(np.zeros((2, 2)))
    roster = pd.DataFrame({"actor": [f"p{i}" for i in range(6000)], "site": "x", "role": "r"})
    responses = pd.concat(
        pd.DataFrame({"relation": "help", "wave": w, "actor": roster["actor"], "present": True, "responded": True})
        for w in ("w1", "w2")
    ).assign(basis="listed")
    large = replace(
        small, waves=pd.DataFrame({"wave": ["w1", "w2"]}), roster=roster, responses=responses, ties=small.ties
    )
    with pytest.raises(MeasureError, match="6,000 people"):
        dyad_change(large)


@settings(max_examples=15, deadline=None)
@given(n=st.integers(2, 8), seed=st.integers(0, 10_000))
def test_going_back_in_time_turns_every_kind_round(survey, joined, random_values, n, seed):
    first, second = random_values(n, seed, 0.4), random_values(n, seed + 1, 0.4)
    silent = np.random.default_rng(seed).random(n) < 0.8
    study = joined(survey(first), survey(second, wave="w2", answered=silent)).under(threshold=2)
    turned = {"created": "dissolved", "dissolved": "created", "strengthened": "weakened", "weakened": "strengthened"}
    forth, back = (dyad_change(replace(study, waves=waves))["kind"] for waves in (study.waves, study.waves.iloc[::-1]))
    assert forth.replace(turned).tolist() == back.tolist()
