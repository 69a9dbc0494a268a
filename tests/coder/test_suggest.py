"""Suggestions: what is suggested and why, whatever the input."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.case.codebook import Code, Codebook, load_codebook
from nicmethods.coder import rules
from nicmethods.coder.stream import meetings, turn_problems
from nicmethods.coder.suggest import link, suggest, suggest_rows
from nicmethods.errors import MeasureError
from nicmethods.tables import WORK_TABLES

HELP = load_codebook(Path(__file__).parents[2] / "codebooks" / "help.yml")


def talk(*said, times=None, activity="m"):
    frame = pd.DataFrame(said, columns=["speaker", "text"]).assign(activity=activity)
    frame["turn"] = [str(i + 1) for i in range(len(frame))]
    frame["position"] = range(1, len(frame) + 1)
    if times:
        frame["start_s"], frame["end_s"] = zip(*times, strict=True)
    return frame


def codes_of(found, turn):
    return set(found.loc[found["turn"] == turn, "code"])


@pytest.mark.parametrize("code", HELP.codes, ids=lambda code: code.id)
def test_both_examples_of_a_code_are_suggested_with_and_without_punctuation(code):
    for example in code.examples:
        plain = re.sub(r"[^\w\s']", "", example.lower())
        for text in (example, plain, plain.replace("'", "")):
            assert code.id in codes_of(suggest(talk(("A", text), ("B", "Well, the thing is")), HELP), "1"), text


def test_phrases_cross_fillers_and_say_what_matched():
    book = Codebook(id="b", title="B", codes=(Code(id="c", name="C", patterns=("we tried ... that|this way",)),))
    found = suggest(talk(("A", "So we, um, tried to do THIS way"), ("B", "we tried it all that other way")), book)
    assert found["basis"].tolist() == ["words: we, um, tried to do THIS way"]
    assert found["layer"].tolist() == ["rules"]


def test_token_patterns_are_spacy_patterns():
    book = Codebook(
        id="b", title="B", codes=(Code(id="year", name="Year", patterns=(({"LOWER": "in"}, {"SHAPE": "dddd"}),)),)
    )
    assert suggest(talk(("A", "In 2019 we met"), ("B", "in May")), book)["turn"].tolist() == ["1"]


def test_a_pattern_that_spacy_refuses_is_named():
    book = Codebook(id="b", title="B", codes=(Code(id="c", name="C", patterns=(({"LOWER": {"INN": ["a"]}},),)),))
    with pytest.raises(MeasureError, match="Code 'c' has a pattern that spaCy refuses"):
        suggest(talk(("A", "a")), book)


def test_a_question_is_a_request_and_its_answer_is_help():
    found = suggest(
        talk(
            ("A", "So we are done with the agenda."),
            ("B", "How do you get the data into the sheet?"),
            ("C", "I export it from the system every Friday and paste it in, because the import never works."),
            ("B", "Okay."),
            times=[(0, 2), (2.5, 5), (5.3, 11), (11.2, 11.5)],
        ),
        HELP,
    )
    assert "help_request" in codes_of(found, "2")
    assert "help_given" in codes_of(found, "3")
    assert not codes_of(found, "4") & {"help_request", "help_given"}
    assert set(found.loc[found["code"].isin(["help_request", "help_given"]), "layer"]) == {"starting"}
    assert found["basis"].str.contains("has_question_mark").any()


def test_one_row_a_turn_and_code_in_the_declared_table():
    found = suggest(talk(("A", "Does anyone have any ideas? I'm stuck."), ("B", "No")), HELP)
    assert not found.duplicated(["activity", "turn", "code"]).any()
    assert found["status"].eq("open").all()
    WORK_TABLES["suggestions"].schema().validate(found, lazy=True)


def test_people_are_interchangeable_and_other_meetings_do_not_matter():
    one = talk(
        ("Ana", "What should we do?"), ("Ben", "You could ask the teachers first, they know."), ("Ana", "Thanks")
    )
    renamed = one.assign(speaker=one["speaker"].map({"Ana": "Zoe", "Ben": "Yan"}))
    pd.testing.assert_frame_equal(suggest(one, HELP), suggest(renamed, HELP))
    both = pd.concat([one.assign(activity="other", speaker="Q", text="why not?"), one])
    alone = suggest(both, HELP).query("activity == 'm'").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, suggest(one, HELP))


def test_order_of_rows_does_not_matter():
    one = talk(("A", "Where is it?"), ("B", "It is in the folder that I sent you."), ("A", "Oh, thank you."))
    mixed = suggest(one.iloc[[2, 0, 1]], HELP).sort_values(["turn", "code"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(mixed, suggest(one, HELP).sort_values(["turn", "code"]).reset_index(drop=True))


def test_rows_name_codes_and_links_meeting_by_meeting():
    table = pd.DataFrame(
        {
            "meeting_id": ["a", "a", "b"],
            "turn_id": ["t1", "t2", "t1"],
            "speaker": ["X", "Y", "X"],
            "text": ["Can you help?", "Sure, I will show you how.", "Thanks"],
        }
    )
    first, second = suggest_rows(meetings([table[:1], table[1:]]), HELP)
    assert list(first.columns) == ["meeting_id", "turn_id", "label", "score", "reply_to", "basis"]
    assert (first["label"].notna() != first["reply_to"].notna()).all()
    assert first.dropna(subset="reply_to")[["turn_id", "reply_to"]].to_numpy().tolist() == [["t2", "t1"]]
    assert second["label"].tolist() == ["thanks"]
    assert second["meeting_id"].eq("b").all()


def test_a_meeting_in_two_places_is_refused():
    table = pd.DataFrame({"meeting_id": ["a", "b", "a"], "turn_id": "1", "speaker": "X", "text": "hm"})
    with pytest.raises(MeasureError, match="meeting 'a' do not stand together"):
        list(meetings([table]))


def test_a_missing_column_is_named():
    with pytest.raises(MeasureError, match="lack the columns speaker, text"):
        list(meetings([pd.DataFrame({"meeting_id": ["a"], "turn_id": ["1"]})]))


BAD = {
    "empty turns": talk(("A", ""), ("B", None), ("A", "   ")),
    "one speaker": talk(("A", "What now?"), ("A", "Who knows.")),
    "no speakers": talk((None, "What now?"), (None, "Who knows.")),
    "times go back": talk(("A", "What?"), ("B", "This one."), times=[(10, 11), (2, 3)]),
    "one time missing": talk(("A", "What?"), ("B", "This."), times=[(10, 11), (None, None)]),
    "infinite time": talk(("A", "What?"), ("B", "This."), times=[(float("inf"), 11), (-float("inf"), 3)]),
    "emoji": talk(("A", "😀😀 🤷‍♀️?"), ("B", "👍")),
    "not English": talk(
        *[("A", "Wie machen wir das mit den Kindern weiter"), ("B", "Das weiß ich auch nicht so recht")] * 4
    ),
    "control characters": talk(("A", "What\x00 is\x1b this?\u2028"), ("B", "\x07")),
    "very long": talk(("A", "what do we do " * 12_500), ("B", "no")),
}
SAID = {
    "empty turns": "turn 1, 2, 3 has no words",
    "one speaker": "has 1 known speaker",
    "no speakers": "turn 1, 2 has no known speaker",
    "times go back": "turn 2 starts before the turn above it",
    "one time missing": "turn 2 has no time",
    "not English": "does not look like English",
    "control characters": "turn 1, 2 has control characters",
    "very long": "turn 1 has more than 5,000 words",
}


@pytest.mark.parametrize("why", BAD)
def test_bad_input_gives_a_result_and_a_problem(why):
    turns = BAD[why]
    WORK_TABLES["suggestions"].schema().validate(suggest(turns, HELP), lazy=True)
    WORK_TABLES["links"].schema().validate(link(turns), lazy=True)
    said = [str(problem) for problem in turn_problems(turns, file="turns.csv")]
    if why in SAID:
        assert any(SAID[why] in line for line in said), said


def test_good_input_gives_no_problem():
    turns = talk(
        ("A", "So what do we do about the list of people that we have?"),
        ("B", "I do not know."),
        times=[(0, 1), (1, 2)],
    )
    assert turn_problems(turns, file="turns.csv") == []


TEXT = st.text(max_size=40) | st.sampled_from(["What do you think?", "yeah", "I'm stuck", "we tried that, um", "?", ""])
TIME = st.none() | st.floats(allow_nan=True, allow_infinity=True)
ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b"]), st.none() | st.sampled_from("XYZ") | st.text(max_size=4), TEXT, TIME, TIME),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_whatever_comes_in_is_answered(rows):
    turns = pd.DataFrame(rows, columns=["activity", "speaker", "text", "start_s", "end_s"])
    turns["turn"] = [str(i) for i in range(len(turns))]
    found, links = suggest(turns, HELP), link(turns)
    WORK_TABLES["suggestions"].schema().validate(found, lazy=True)
    WORK_TABLES["links"].schema().validate(links, lazy=True)
    assert found["score"].dropna().between(0, 1).all()
    assert links["score"].between(0, 1).all()
    assert set(found["turn"]) <= set(turns["turn"])
    silent = turns.loc[~turns["text"].str.contains(r"\w", regex=True), "turn"]
    assert not set(found["turn"]) & set(silent)
    problems = turn_problems(turns, file="turns.csv")
    assert all(problem.level == "warning" for problem in problems)


ODD = Codebook(
    id="odd",
    title="Odd",
    codes=(
        Code(id="filler", name="A filler that is asked for", patterns=("like this|that", "um ... like ... so")),
        Code(
            id="missing",
            name="Words that may be missing",
            patterns=("we? really? tried ... it|that", "don't|do not? go"),
        ),
        Code(
            id="tokens",
            name="Token patterns",
            patterns=(
                ({"LOWER": "in"}, {"SHAPE": "dddd"}),
                ({"LOWER": {"IN": ["a", "b"]}, "OP": "+"}, {"IS_PUNCT": True, "OP": "*"}, {"TEXT": "So"}),
                ({"LOWER": {"REGEX": "^th"}}, {"OP": "?"}, {"lower": "go"}, {"LOWER": "it", "OP": "!"}),
                ({"IS_ALPHA": True, "OP": "*"}, {"OP": "?"}, {"OP": "?"}, {"LOWER": "a"}, {"OP": "?"}, {"OP": "?"}),
            ),
        ),
    ),
)
PIECES = [
    *"we really tried it that like this um so So don't dont do not go in 2019 a b th there , . ... - ? uh; \x1f don’t".split(
        " "
    ),
    *"can could you help me how did share idea ideas thank thanks".split(),
    "\n",
    "",
]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=25), min_size=1, max_size=4), st.booleans())
def test_a_glance_changes_no_suggestion(said, spaced):
    turns = pd.DataFrame({"text": [(" " if spaced else "").join(words) for words in said]})
    for book in (ODD, HELP):
        found = rules.rule_matches(turns, book)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(rules, "_after_a_glance", lambda possible, *_: possible)
            pd.testing.assert_frame_equal(found, rules.rule_matches(turns, book))


def test_a_glance_spares_the_matcher_most_turns_and_takes_no_time_on_odd_ones():
    own = rules._rules(json.dumps([(code.id, code.patterns) for code in HELP.codes]))[1]
    words = "does the school have anybody who can help me with this".split()
    assert len(rules._after_a_glance(list(range(len(own))), own, words)) < len(own) / 5
    long = ["um", "like"] * 10_000
    assert rules._after_a_glance([0], own, long) == [0]
