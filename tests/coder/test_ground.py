"""Knowing the ground: like talk is known, other talk is said to be other, and why."""

from pathlib import Path

import numpy as np
import pandas as pd

from nicmethods.case.codebook import Code, Codebook, load_codebook
from nicmethods.coder.ground import (
    EDGE,
    KNOWN,
    OTHER,
    expected_precision,
    known_ground,
    meeting_grounds,
    meeting_profiles,
)
from nicmethods.coder.suggest import suggest
from nicmethods.coder.turn_arrays import as_arrays

HELP = load_codebook(Path(__file__).parents[2] / "codebooks" / "help.yml")


def meeting(n=60, teacher=0.0):
    """Talk of four people with backchannels (synthetic); with ``teacher``, that share of turns is one person's question."""
    rng = np.random.default_rng(1)
    said = ["Yeah.", "Okay.", "Mm-hmm.", "Yeah.", "What do you think about that, is it the one we had?"]
    said += [
        "So I think that we put it in on the day before that, and then they put it there, on top of all that they had for that day.",
        "And then it goes there, you know.",
    ]
    said += ["So I think that they put it there, and we put it here for all of us on that day, on top of it all."] * 2
    text, speaker = rng.choice(said, n), rng.choice(list("ABCD"), n)
    asks = rng.random(n) < teacher
    text = np.where(asks, "What is it that you do here, and how do you know that it is what you have?", text)
    speaker = np.where(asks, "T", speaker)
    return pd.DataFrame({"activity": "m", "turn": np.arange(n).astype(str), "speaker": speaker, "text": text})


def test_a_profile_by_hand():
    turns = pd.DataFrame(
        {
            "activity": "m",
            "speaker": ["A", "B", "A", "C"],
            "text": ["What do you do?", "Yes", "We sort cards", "Is it red?"],
        }
    )
    found = meeting_profiles(as_arrays(turns)).iloc[0]
    assert found["n_turns"] == 4
    assert found["words_a_turn"] == 11 / 4
    assert found["share_short"] == 1 / 4
    assert found["share_questions"] == 2 / 3
    assert found["share_busiest"] == 7 / 11
    assert found["share_asker"] == 1 / 2
    assert found["share_back"] == 1 / 4


def test_meetings_are_known_and_lessons_are_not():
    grounds = meeting_grounds(as_arrays(meeting()), known_ground())
    assert grounds["ground"].tolist() == [KNOWN], grounds["reason"][0]
    lesson = meeting_grounds(as_arrays(meeting(teacher=0.6)), known_ground()).iloc[0]
    assert lesson["ground"] == OTHER
    assert "one person asks most of the questions" in lesson["reason"]
    short = meeting_grounds(as_arrays(meeting(n=12)), known_ground()).iloc[0]
    assert (short["ground"], "too few" in short["reason"]) == (OTHER, True)
    wider = {
        name: (low, 1e9) if name == "share_questions" else (low, high) for name, (low, high) in known_ground().items()
    }
    assert set(meeting_grounds(as_arrays(meeting()), wider)["ground"]) == {KNOWN}


def test_scores_are_withheld_on_other_ground_and_patterns_have_none():
    known, other = suggest(meeting(), HELP), suggest(meeting(teacher=0.6), HELP)
    assert known.loc[known["layer"] == "starting", "score"].between(0, 1).all()
    assert (known["layer"] == "starting").any()
    assert other["score"].isna().all()


def test_precision_is_that_which_was_measured_or_is_not_given():
    codes = ["help_request", "shared_practice", "help_request", "help_request"]
    told = pd.DataFrame({"code": codes, "layer": ["starting", "rules", "starting", "starting"], "n": 3})
    told["ground"] = [KNOWN, KNOWN, OTHER, EDGE]
    found = expected_precision(told, HELP).set_index(["code", "ground"])
    assert 0.5 < found.loc[("help_request", KNOWN), "precision"] < 0.9
    assert np.isnan(found.loc[("help_request", OTHER), "precision"])
    assert "differs in one thing" in found.loc[("help_request", EDGE), "rests_on"]
    assert found.loc[("shared_practice", KNOWN), "precision"] > 0
    own = Codebook(
        id="own", title="Own", codes=(Code(id="shared_practice", name="Shared practice", patterns=("we tried",)),)
    )
    unmeasured = expected_precision(told, own).set_index("code").loc["shared_practice"]
    assert (np.isnan(unmeasured["precision"]), unmeasured["rests_on"]) == (True, "never measured")
