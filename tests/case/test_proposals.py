"""Whom unknown spellings may mean, and words that may be names: hand-made spellings, properties, and real transcripts."""

import os
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.people import pseudonymise
from nicmethods.case.proposals import leftover_names, propose_aliases
from nicmethods.case.transcripts import read_transcript

REAL = os.environ.get("NICMETHODS_REAL_DATA")

ROSTER = pd.DataFrame(
    {
        "actor": ["E01", "E02", "E03", "E04", "E05", "E06"],
        "name": ["Dana Miller", "Dana O'Brien", "José Núñez-Ruiz", "Grace Hopewell", "Wilhelmina Tran", None],
        "site": ["Riverside", "Riverside", "Northgate School", "Northgate School", "Grace Academy", "Hub"],
    }
).astype("str")
PEOPLE = pd.DataFrame({"alias": ["Pepe", "Room 12"], "actor": ["E03", "?"]}).astype("str")
NONE = PEOPLE.iloc[:0]


def proposed(*speakers, roster=ROSTER, people=PEOPLE):
    turns = pd.DataFrame({"speaker": speakers, "actor": None}, dtype="str")
    return propose_aliases(turns, roster, people).set_index("speaker")


@pytest.mark.parametrize(
    ("speaker", "actor"),
    [
        ("Dana Mi", "E01"),
        ("D. Miller", "E01"),
        ("Miller, Dana", "E01"),
        ("Dana Miler", "E01"),
        ("dana.miller", "E01"),
        ("dmiller", "E01"),
        ("Ms. Miller", "E01"),
        ("Dana Miller - Riverside", "E01"),
        ("Riverside / D Miller", "E01"),
        ("Miller's iPhone (2)", "E01"),
        ("Jose Nunez", "E03"),
        ("Jose N", "E03"),
        ("pepe's ipad", "E03"),
        ("Grace (Northgate School)", "E04"),
        ("Hopewell", "E04"),
        ("Wilhelmina", "E05"),
        ("Wilhelmna Tran", "E05"),
    ],
)
def test_spellings_that_mean_one_person(speaker, actor):
    row = proposed(speaker).loc[speaker]
    assert row["actor"] == actor
    assert 0.7 <= row["score"] <= 1
    assert row["why"].startswith("like '")


@pytest.mark.parametrize(
    ("speaker", "why"),
    [
        ("Dana", "may be E01 ('Dana Miller') or E02 ('Dana O'Brien')"),
        ("Dana's iPad", "may be E01 ('Dana Miller') or E02 ('Dana O'Brien')"),
        ("Dana Smith", "like no name in the roster"),
        ("Joseph Tran-Lee", "like no name in the roster"),
        ("D", "like no name in the roster"),
        ("iPad", "no name"),
        ("Zoom User", "no name"),
        ("Riverside", "no name"),
        ("+1 555-010-9999", "a telephone number"),
        ("15550109999", "a telephone number"),
    ],
)
def test_spellings_that_stay_open(speaker, why):
    row = proposed(speaker).loc[speaker]
    assert (row["actor"], row["why"]) == ("?", why)


def test_what_is_settled_is_not_asked_again():
    turns = pd.DataFrame(
        {
            "speaker": ["Dana Miller", "Room 12", "ROOM 12 (North)", "Pia", "Pia", "Jose", None],
            "actor": ["E01", *[None] * 6],
        }
    ).astype("str")
    table = propose_aliases(turns, ROSTER, PEOPLE)
    assert table[["speaker", "actor", "n"]].to_numpy().tolist() == [["Pia", "?", 2], ["Jose", "E03", 1]]


def test_without_anybody_to_compare():
    assert propose_aliases(pd.DataFrame({"speaker": [], "actor": []}, dtype="str"), ROSTER, PEOPLE).empty
    assert proposed("Dana", roster=ROSTER[["actor", "name"]].iloc[5:], people=NONE)["actor"].tolist() == ["?"]


@given(st.sampled_from([0, 2, 3, 4]), st.data())
@settings(max_examples=80, deadline=None)
def test_one_letter_left_out_of_a_long_name_is_forgiven(person, data):
    name = ROSTER["name"][person]
    at = data.draw(st.integers(1, len(name) - 1))
    spelling = name[:at] + name[at + 1 :]
    assert proposed(spelling).loc[spelling, "actor"] == ROSTER["actor"][person]


@given(st.permutations(range(len(ROSTER))))
@settings(max_examples=20, deadline=None)
def test_order_of_the_roster_does_not_matter(order):
    spellings = ["Dana", "D. Miller", "Jose", "Kim"]
    pd.testing.assert_frame_equal(proposed(*spellings, roster=ROSTER.iloc[list(order)]), proposed(*spellings))


def leftovers(*texts, allow=()):
    turns = pd.DataFrame({"activity": "m1", "turn": [str(n) for n in range(1, len(texts) + 1)], "text": texts}).astype(
        {"text": "str"}
    )
    return leftover_names(turns, ROSTER, PEOPLE, allow=allow)


def test_words_that_look_like_names():
    table = leftovers(
        "Then we asked Mary Kate. She teaches with Dana on Mondays.",
        "Nella, could you say more? We met at Riverside, and Mary Kate's class came.",
        "So the chat helped. The Chat window did not. I asked E04 and José, in English.",
        None,
    )
    assert table.to_numpy().tolist() == [["Mary Kate", 2, 2, "m1", "1"], ["Nella", 1, 0, "m1", "2"]]


def test_what_may_stand_is_not_listed():
    assert leftovers("We asked Mary.", allow=["mary"]).empty
    assert leftovers("").dtypes.astype(str).to_dict() == {
        "name": "str", "n": "int64", "n_inside": "int64", "activity": "str", "turn": "str",
    }  # fmt: skip


@pytest.mark.slow
@given(
    st.lists(
        st.sampled_from(["Dana", "Miller", "Pepe", "we", "asked", "Nella", "Oak", "Monday", ".", ","]), max_size=12
    )
)
@settings(max_examples=80, deadline=None)
def test_listing_names_in_people_until_none_is_left_replaces_them_all(words):
    text = " ".join(words)
    turns = pd.DataFrame({"activity": "m1", "turn": "1", "text": [text]}, dtype="str")
    found, people = [], PEOPLE
    while new := leftover_names(turns, ROSTER, people)["name"].tolist():
        assert not set(new) & set(found)
        found += new
        people = pd.concat([PEOPLE, pd.DataFrame({"alias": found, "actor": "?"}, dtype="str")])
    assert all(name in text for name in found)
    assert not {"Dana", "Miller", "Pepe", "Monday"} & {word for name in found for word in name.split()}
    said = pseudonymise(turns["text"], ROSTER, people)[0]
    assert all(name not in said for name in found)


@pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA names no folder with real files")
def test_a_real_meeting():
    turns, _ = read_transcript(
        Path(REAL, "zoom_sample", "meeting001_transcript.vtt"), "t", activity="m", kind="meeting"
    )
    roster = pd.DataFrame({"actor": ["P"], "name": ["Paul McCartney"]}, dtype="str")
    table = leftover_names(turns, roster, NONE).set_index("name")
    assert {"Mary Kate", "Abraham Wald", "Alan Dershowitz", "London"} <= set(table.index)
    assert not {"So", "And", "Yeah", "Okay", "I", "Paul", "Right"} & set(table.index)
    rosetta = ["Clapton", "Eric's iPad", "Wings", "UNIDENTIFIED", "Eric Clapton"]
    beatles = pd.DataFrame({"actor": ["E", "P"], "name": ["Eric Clapton", "Paul McCartney"]}, dtype="str")
    assert proposed(*rosetta, roster=beatles, people=NONE).loc[rosetta, "actor"].tolist() == ["E", "E", "?", "?", "E"]
