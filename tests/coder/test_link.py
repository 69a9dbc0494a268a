"""Links: who answers whom, and on what that rests."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.folder import load_case
from nicmethods.coder.pairs import candidates, likeliest, probabilities
from nicmethods.coder.suggest import link, suggest
from nicmethods.coder.turn_arrays import as_arrays
from nicmethods.coding.events import help_events
from nicmethods.tables import WORK_TABLES


def talk(*said):
    frame = pd.DataFrame(said, columns=["speaker", "text", "start_s", "end_s"]).assign(activity="m")
    frame["turn"] = [str(i + 1) for i in range(len(frame))]
    frame["position"] = range(1, len(frame) + 1)
    return frame


def answered(links):
    return dict(zip(links["turn"], links["reply_to"], strict=True))


def test_backchannels_are_skipped():
    links = link(
        talk(
            ("A", "Where did you keep the forms that we printed for the parents?", 0, 4),
            ("C", "Mm-hmm.", 3.0, 3.3),
            ("B", "They are in the blue box next to the door.", 4.2, 7),
        )
    )
    assert answered(links)["3"] == "1"
    assert links.set_index("turn").loc["3", "basis"] == "answered"


def test_a_speaker_never_answers_themselves_and_links_go_back():
    links = link(talk(("A", "What now?", 0, 1), ("A", "Anyone?", 3, 4), ("B", "We wait for the others.", 4.2, 6)))
    assert answered(links) == {"3": "2"}


def test_a_name_spoken_tells_who_is_addressed():
    turns = talk(
        ("Dana Moss", "We could meet on the Tuesday of that week.", 0, 3),
        ("Lee Park", "I will bring the printed sheets for everyone.", 3.2, 6),
        ("Sam Cole", "Dana that works for us", 6.2, 8),
    )
    links = link(turns).set_index("turn")
    assert links.loc["3", "reply_to"] == "1"
    assert links.loc["3", "basis"] == "named"
    shared = turns.assign(speaker=["Dana Moss", "Dana Park", "Sam Cole"])
    assert link(shared).set_index("turn").loc["3", "basis"] != "named"


def test_a_chat_message_that_quotes_another_answers_it():
    turns = talk(
        ("A", "Has anyone a copy of the survey we sent?", 0, 0),
        ("B", "Good morning all", 60, 60),
        ("C", "Lovely to be here", 90, 90),
        ("D", 'Replying to "Has anyone a copy of..."\n\nYes, I will post it', 200, 200),
    )
    links = link(turns).set_index("turn")
    assert links.loc["4", ["reply_to", "score", "basis"]].tolist() == ["1", 1.0, "named"]


def test_unknown_speakers_are_not_set_against_each_other():
    assert link(talk((None, "What?", 0, 1), (None, "This.", 1, 2))).empty
    assert answered(link(talk((None, "What?", 0, 1), ("B", "This.", 1, 2)))) == {"2": "1"}


def test_without_times_the_last_substantial_turn_is_answered():
    turns = talk(
        ("A", "How many classes are in it this year?", None, None),
        ("C", "Okay", None, None),
        ("B", "Four classes", None, None),
    )
    assert answered(link(turns))["3"] == "1"


def test_meetings_do_not_mix():
    one = talk(("A", "What is it?", 0, 1), ("B", "It is the list.", 1, 2))
    both = pd.concat([one.assign(activity="first"), one])
    assert answered(link(both)[lambda found: found["activity"] == "m"]) == {"2": "1"}


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from(["yes", "what is it", "we did that last year", ""])),
        max_size=20,
    )
)
def test_links_go_back_to_others_and_their_chances_sum_to_one(rows):
    turns = talk(*[(who, said, float(i), i + 0.8) for i, (who, said) in enumerate(rows)])
    links = link(turns)
    WORK_TABLES["links"].schema().validate(links, lazy=True)
    who = dict(zip(turns["turn"], turns["speaker"], strict=True))
    assert all(int(a) > int(b) and who[a] != who[b] for a, b in answered(links).items())
    pairs = candidates(as_arrays(turns))
    chances = pd.Series(probabilities(pairs, pairs.target.astype(float))).groupby(pairs.turn).sum()
    assert ((chances - 1).abs() < 1e-9).all()
    assert len(links) == len(chances)


def test_a_turn_that_a_message_says_it_replies_to_is_its_link():
    turns = talk(
        ("A", "Has anyone a copy of the survey we sent?", 0, 0),
        ("B", "Who is going to bring the printed sheets?", 60, 60),
        ("C", "Yes, I will bring mine.", 90, 90),
        ("C", "And one thing more.", 95, 95),
    )
    plain = link(turns)
    assert answered(plain)["3"] == "2"
    stated = link(turns.assign(quoted_turn=[None, None, "1", "99"])).set_index("turn")
    assert stated.loc["3", ["reply_to", "score", "basis"]].tolist() == ["1", 1.0, "named"]
    unstated = stated.drop("3").reset_index()[plain.columns]
    pd.testing.assert_frame_equal(unstated, plain[plain["turn"] != "3"].reset_index(drop=True))
    backwards = link(turns.assign(quoted_turn=[None, None, "1", None]).iloc[::-1]).set_index("turn")
    assert backwards.loc["3", "reply_to"] == "1"


def test_a_reply_in_a_chat_says_whom_help_goes_to():
    case = load_case(Path(__file__).parents[1] / "cases" / "good" / "chat_and_participants")
    codings = pd.DataFrame({"coder": "c", "activity": "A1", "turn": ["c2"], "code": ["help_given"]})
    event = help_events(case.turns, codings, link(case.turns), source="c").iloc[0]
    assert event[["seeker", "helper", "request_turn", "response_turn", "basis"]].tolist() == [
        "R1",
        "P3",
        "c1",
        "c2",
        "named",
    ]


def test_the_person_likeliest_answered_is_kept_though_another_has_the_likeliest_turn():
    said = as_arrays(talk(("A", "one", 0, 1), ("B", "two", 1, 2), ("A", "three", 2, 3), ("C", "four", 3, 4)))
    pairs = candidates(said)
    probability = np.where(pairs.target == 1, 0.4, np.where(pairs.target == 2, 0.35, 0.25))
    kept = likeliest(said, pairs, probability)
    assert (pairs.turn[kept[-1]], pairs.target[kept[-1]]) == (3, 2)


def test_linking_loads_neither_scikit_learn_nor_spacy():
    code = """
import sys
import pandas as pd
from nicmethods.coder.suggest import link
turns = pd.DataFrame({"activity": "m", "turn": ["1", "2"], "speaker": ["A", "B"], "text": ["What is it?", "A list."]})
assert len(link(turns)) == 1
print(sorted({"sklearn", "spacy"} & {name.split(".")[0] for name in sys.modules}))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_link_does_not_hang_on_which_other_meetings_are_read():
    """A table of all meetings gives what streaming meeting by meeting gives, and so do the codes that rest on links."""
    case = load_case(Path(__file__).parents[2] / "data" / "demo")
    apart = [rows for _, rows in case.turns.groupby("activity", sort=False)]
    whole, one_by_one = link(case.turns), pd.concat([link(rows) for rows in apart], ignore_index=True)
    pd.testing.assert_frame_equal(whole, one_by_one)
    together = suggest(case.turns, case.codebook)
    pd.testing.assert_frame_equal(
        together, pd.concat([suggest(rows, case.codebook) for rows in apart], ignore_index=True)
    )
