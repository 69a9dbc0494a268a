"""The starting coder's table, and what it reaches on real talk."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nicmethods.coder.features import _WORDS, Phrases, question_features, turn_features
from nicmethods.coder.pairs import Links, candidates, link_features
from nicmethods.coder.scores import f1_score, link_scores
from nicmethods.coder.starting import starting_coder
from nicmethods.coder.turn_arrays import as_arrays

REAL = os.environ.get("NICMETHODS_REAL_DATA")
AMBIGUOUS = {"help_request": "elicit_other", "help_given": "answer_bare"}


def test_the_table_is_small_and_every_feature_in_it_exists():
    weights = starting_coder().weights
    features = weights.index.drop(["intercept", "threshold"])
    assert len(features) <= 80
    turns = pd.DataFrame({"activity": "m", "turn": ["1", "2"], "speaker": ["A", "B"], "text": ["Is it?", "It is."]})
    arrays = as_arrays(turns)
    pairs, found = candidates(arrays), turn_features(arrays)
    links = Links(arrays, pairs, found, np.ones(1))
    known = set(found) | set(link_features(arrays, pairs, found)) | set(links.answered()) | set(links.replies())
    known |= set(starting_coder().phrases.features(arrays)) | set(links.asked(np.ones(2)))
    assert set(features) <= known
    assert weights.loc["threshold"].drop("link").between(0, 1).all()


def test_questions_counted_by_hand():
    said = ["Right. So what do you mean? We can we wait.", "Shall we go? Fine. Is it?", "No."]
    turns = pd.DataFrame({"activity": "m", "speaker": ["A", "B", "A"], "text": said})
    found = question_features(as_arrays(turns))
    assert found["questions"].tolist() == [1, 2, 0]
    np.testing.assert_allclose(np.expm1(found["question_longest"][:2]), [5, 3])
    np.testing.assert_allclose(np.expm1(found["words_before_question"][:2]), [1, 0])
    np.testing.assert_allclose(np.expm1(found["words_after_question"][:2]), [4, 0])
    assert found["words_after_question"][2] == -1
    assert found["question_starts_wh"].tolist() == [1, 0, 0]
    assert found["modal_we"].tolist() == [1, 1, 0]
    assert found["question_modal_we"].tolist() == [0, 1, 0]
    np.testing.assert_allclose(found["speaker_asks"], [2 / 12, 2 / 11, 2 / 12])


def test_where_a_request_may_begin_reckoned_by_hand():
    weights = [
        ("intercept", "", -3.0),
        ("at", "what", 2.0),
        ("at", "what _ _", 10.0),  # never said
        ("before", "|", 1.0),
        ("across", "so what", 0.5),
        ("after", "you", 0.25),
        ("after", "you |", 4.0),  # no turn ends in "you"
    ]
    phrases = Phrases(pd.DataFrame(weights, columns=["place", "words", "weight"]))
    said = ["So what do you think?", "", "Pens. " * 9 + "What about you there?"]
    found = phrases.features(as_arrays(pd.DataFrame({"activity": "m", "speaker": ["A", "B", "A"], "text": said})))
    first = np.array([-3 + 1 + 0.25, -3 + 2 + 0.5 + 0.25, -3 + 0.25, -3, -3])
    np.testing.assert_allclose(found["phrase_best"], [first.max(), -8, -3 + 2 + 0.25])
    np.testing.assert_allclose(found["phrase_any"][0], np.log(1 / np.prod(1 - 1 / (1 + np.exp(-first))) - 1))
    assert found["phrase_any"][1] == pytest.approx(-8)
    endless = as_arrays(pd.DataFrame({"activity": "m", "speaker": ["A"], "text": ["what " * 5000]}))
    assert phrases.features(endless)["phrase_any"] == pytest.approx(20)


def test_phrases_hold_no_word_from_outside_the_lists():
    words = frozenset(" ".join(starting_coder().phrases.weights["words"].fillna("")).split())
    assert words <= frozenset(_WORDS)
    assert starting_coder().phrases.weights["weight"].notna().all()


def test_features_counted_by_hand():
    turns = pd.DataFrame(
        {
            "activity": "m",
            "speaker": ["A", "B", "A"],
            "text": ["Okay, so what do you think?", "Mm-hmm.", "You kn- you know we tried it."],
            "start_s": [0.0, 2.0, 4.0],
            "end_s": [3.0, 2.5, 6.0],
        }
    )
    talk = as_arrays(turns)
    found = turn_features(talk)
    assert talk.n_words.tolist() == [6, 1, 7]
    assert found["has_question_mark"].tolist() == [1, 0, 0]
    assert found["question_words"].tolist() == pytest.approx([np.log1p(6), 0, 0])
    assert found["starts_wh"].tolist() == [1, 0, 0]
    assert found["verb_subject"].tolist() == [1, 0, 0]
    assert found["is_backchannel"].tolist() == [0, 1, 0]
    assert found["you_know"].tolist() == [0, 0, 1]
    assert found["broken_words"].tolist() == pytest.approx([0, 0, 1 / 7])
    assert found["share_you"].tolist() == pytest.approx([1 / 6, 0, 2 / 7])
    assert found["pause_after"].tolist() == pytest.approx([-1, 1.5, 0])
    assert found["same_speaker@2"].tolist() == [0, 0, 1]
    assert turn_features(talk.plain())["has_question_mark"].tolist() == [0, 0, 0]


@pytest.mark.skipif(not REAL, reason="NICMETHODS_REAL_DATA is not set")
@pytest.mark.parametrize(
    ("corpus", "request_f1", "given_f1", "turn", "person"),
    [("ami", 0.71, 0.32, 0.86, 0.89), ("icsi", 0.56, 0.36, 0.88, 0.91)],
)
def test_it_reaches_on_real_talk_what_it_must(corpus, request_f1, given_f1, turn, person):
    path = Path(str(REAL)) / "dialogue" / f"{corpus}_turns.csv"
    names = {"meeting_id": "activity", "turn_id": "turn", "start": "start_s", "end": "end_s"}
    turns = pd.read_csv(path, keep_default_na=False).rename(columns=names)
    talk = as_arrays(turns)
    found = starting_coder().assess(talk)
    labels = turns["labels"].str.split("|")
    for code, least in (("help_request", request_f1), ("help_given", given_f1)):
        carries = np.array([code in given for given in labels])
        left_open = np.array([AMBIGUOUS[code] in given for given in labels])
        judged = turns["coded"].str.contains("L").to_numpy(bool) & (carries | ~left_open)
        suggested = found.codes[code].suggested
        assert f1_score(carries[judged], suggested[judged]) >= least
    row = {key: i for i, key in enumerate(zip(turns["activity"], turns["turn"], strict=True))}
    replies = turns["reply_to"].where(turns["coded"].str.contains("R"), "").str.split("|")
    answers = [
        frozenset(row[a, t] for t in given if (a, t) in row)
        for a, given in zip(turns["activity"], replies, strict=True)
    ]
    links = link_scores(found.links, answers, seed=1)
    assert links["right_turn"] >= turn
    assert links["right_person"] >= person
