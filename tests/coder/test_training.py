"""The trained coder: it learns what was coded, says how well, and its folder is plain data."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from nicmethods.case.codebook import Code, Codebook
from nicmethods.coder import training
from nicmethods.coder.scores import code_scores, f1_score, kappa_cohen
from nicmethods.coder.starting import starting_coder
from nicmethods.coder.suggest import link, suggest
from nicmethods.coder.trained import card_text, load_model, write_model
from nicmethods.coder.training import fit_links, labelled_turns, next_to_code, train
from nicmethods.coder.turn_arrays import as_arrays
from nicmethods.errors import MeasureError, RunError
from nicmethods.tables import WORK_TABLES

pytestmark = pytest.mark.slow

BOOK = Codebook(
    id="b", title="B", codes=(Code(id="sorting", name="Sorting"), Code(id="help_request", name="Help request"))
)


def coded_talk(n_meetings=5, n=50, seed=0, plain=False):
    """Meetings in which every talk of sorting is coded and every second turn answers the one before (synthetic)."""
    rng = np.random.default_rng(seed)
    parts = []
    for meeting in range(n_meetings):
        sorts = rng.random(n) < 0.3
        text = np.where(
            sorts,
            "we sort the cards into three piles",
            rng.choice(["and then lunch", "so the bus came", "it rained"], n),
        )
        frame = pd.DataFrame({"activity": f"m{meeting}", "text": text, "speaker": np.resize(["A", "B", "C"], n)})
        frame["text"] += "" if plain else np.where(rng.random(n) < 0.2, "?", ".")
        frame["turn"] = np.arange(1, n + 1).astype(str)
        frame["position"] = np.arange(1, n + 1)
        frame["start_s"] = np.arange(n) * 4.0
        frame["end_s"] = frame["start_s"] + 3.0
        frame["labels"] = np.where(sorts, "sorting", "")
        frame["reply_to"] = ["" if i < 2 else str(i - 1) for i in range(n)]
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def model():
    return train(coded_talk(), seed=1)


def test_what_was_coded_is_learned_and_applied_to_new_meetings(model):
    new = coded_talk(2, seed=9)
    found = suggest(new, BOOK, model=model)
    trained = found[found["layer"] == "trained"]
    assert set(trained["code"]) == {"sorting"}
    said = new["activity"] + new["turn"]
    assert set(trained["activity"] + trained["turn"]) == set(said[new["labels"] == "sorting"])
    assert trained["basis"].str.fullmatch(r".+ \+\d.*").all()
    assert model.card["codes"]["marked"]["sorting"]["f1"] > 0.95


def test_links_are_learned_from_reply_to(model):
    new = coded_talk(1, seed=9)
    links = link(new, model=model).set_index("turn")["reply_to"]
    wanted = new.set_index("turn")["reply_to"]
    assert (links.loc["3":] == wanted.loc[links.loc["3":].index]).mean() > 0.9


def test_the_same_seed_learns_the_same(model):
    again = train(coded_talk(), seed=1)
    assert json.dumps(again.card) == json.dumps(model.card)
    talk = as_arrays(coded_talk(1, seed=3))
    np.testing.assert_array_equal(
        again.assess(talk).codes["sorting"].probability, model.assess(talk).codes["sorting"].probability
    )


def test_a_model_folder_comes_back_as_it_went(model, tmp_path):
    write_model(model, tmp_path / "model")
    back = load_model(tmp_path / "model")
    talk = as_arrays(coded_talk(1, seed=3))
    np.testing.assert_allclose(
        back.assess(talk).codes["sorting"].probability, model.assess(talk).codes["sorting"].probability, atol=1e-5
    )
    np.testing.assert_allclose(back.assess(talk).links.probability, model.assess(talk).links.probability)
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"model.json", "terms.npz", "card.md"}
    assert "| sorting | plain |" in (tmp_path / "model" / "card.md").read_text(encoding="utf-8")


def test_a_folder_that_is_no_model_is_refused(model, tmp_path):
    with pytest.raises(RunError, match="is not a model folder"):
        load_model(tmp_path)
    write_model(model, tmp_path)
    np.savez(tmp_path / "terms.npz", marked_0=np.array([{"a": 1}], dtype=object), plain_0=np.zeros(3))
    with pytest.raises(RunError, match="is not a model folder"):
        load_model(tmp_path)
    write_model(model, tmp_path)
    with np.load(tmp_path / "terms.npz") as terms:
        np.savez(tmp_path / "terms.npz", **(dict(terms) | {"plain_0": terms["plain_0"][1:]}))
    with pytest.raises(RunError, match="weights for"):
        load_model(tmp_path)
    (tmp_path / "model.json").write_text('{"format": 99}', encoding="utf-8")
    with pytest.raises(RunError, match="format 99"):
        load_model(tmp_path)


def test_too_little_is_not_learned_and_says_so():
    few = coded_talk(2, n=12)
    with pytest.raises(
        MeasureError, match=r"Nothing can be learned: sorting: \d+ coded among 24 judged turns; 20 among 20"
    ):
        train(few.assign(reply_to=""), seed=1)
    with pytest.raises(MeasureError, match="need the columns labels"):
        train(few.drop(columns="labels"), seed=1)
    some = coded_talk(3).assign(reply_to="")
    assert "the starting coder links" in train(some, seed=1).card["links"]["note"]


def test_turns_left_open_by_judges_are_neither_taught_nor_scored():
    turns = coded_talk()
    turns["labels"] = turns["labels"].replace("sorting", "help_request")
    turns.loc[turns["text"].str.contains("rained"), "labels"] = "elicit_other"
    card = train(turns, seed=1).card
    assert "elicit_other" not in card["codes"]["plain"]
    assert card["codes"]["plain"]["help_request"]["n"] == (turns["labels"] != "elicit_other").sum()


def test_codings_become_labels_where_coverage_reaches():
    turns = coded_talk(1, n=5).drop(columns=["labels", "reply_to"])
    codings = pd.DataFrame(
        {"activity": "m0", "turn": ["2", "2", "2"], "code": ["a", "b", "a"], "reply_to": ["1", None, "1"]}
    )
    coverage = pd.DataFrame({"activity": ["m0"], "first_position": [1], "last_position": [3]})
    found = labelled_turns(turns, codings, coverage)
    assert found["labels"].tolist() == ["", "a|b", "", "", ""]
    assert found["coded"].tolist() == ["L", "LR", "L", "", ""]
    assert found["reply_to"].tolist() == ["", "1", "", "", ""]


def test_link_weights_recover_what_made_the_choice():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(4000, 2))
    turn = np.repeat(np.arange(1000), 4)
    utility = values @ [2.0, -1.0] + rng.gumbel(size=4000)
    right = utility == np.repeat(utility.reshape(1000, 4).max(axis=1), 4)
    np.testing.assert_allclose(fit_links(values, right, turn), [2.0, -1.0], atol=0.25)


def test_scores_by_hand():
    carries = np.array([True, True, True, False, False, False, False, False])
    suggested = np.array([True, True, False, True, False, False, False, False])
    assert f1_score(carries, suggested) == pytest.approx(2 / 3)
    assert kappa_cohen(carries, suggested) == pytest.approx((6 / 8 - 34 / 64) / (1 - 34 / 64))
    found = code_scores(carries, suggested, np.array([0, 0, 1, 1, 2, 2, 3, 3]), seed=1)
    assert (found["n"], found["n_coded"], found["n_suggested"]) == (8, 3, 3)
    assert found["f1_low"] <= found["f1"] <= found["f1_high"]
    assert np.isnan(f1_score(carries[3:] & False, carries[3:] & False))


def test_the_next_turns_to_code_mix_doubt_and_chance(model):
    turns = coded_talk(2, seed=4)
    ranked = next_to_code(turns, seed=3, model=model)
    assert len(ranked) == len(turns)
    assert not ranked.duplicated(["activity", "turn"]).any()
    assert set(ranked["chosen"]) == {"random", "uncertain"}
    doubtful = ranked.loc[ranked["chosen"] == "uncertain", "uncertainty"]
    assert doubtful.is_monotonic_decreasing
    pd.testing.assert_frame_equal(ranked, next_to_code(turns, seed=3, model=model))


def test_a_model_of_plain_talk_reads_talk_with_question_marks():
    model = train(coded_talk(plain=True), seed=1)
    assert list(model.forms) == ["plain"]
    found = suggest(coded_talk(1, seed=9), BOOK, model=model)
    assert {"trained", "starting"} >= set(found["layer"])
    assert (found["code"] == "sorting").any()
    WORK_TABLES["suggestions"].schema().validate(found, lazy=True)
    assert "Links:" in card_text(model)


@pytest.mark.parametrize("said", [[], [""], ["?"], ["", "", "hm"], ["one", "", "what? " * 50_000]])
def test_a_trained_coder_reads_talk_with_next_to_nothing_in_it(model, said):
    ids = [str(i) for i in range(len(said))]
    turns = pd.DataFrame({"activity": "m", "turn": ids, "speaker": list("ABC")[: len(said)], "text": said}, dtype="str")
    probability = model.assess(as_arrays(turns)).codes["sorting"].probability
    assert len(probability) == len(said)
    assert ((probability >= 0) & (probability <= 1)).all()


def test_the_seed_moves_groups_of_any_size_between_folds_that_stay_balanced():
    group = np.repeat(np.arange(13), np.arange(3, 42, 3))
    judged = np.ones(len(group), bool)
    folds = [training._folds(group, judged, seed) for seed in range(6)]
    assert len({tuple(fold) for fold in folds}) == 6
    for fold in folds:
        turns = np.bincount(fold, minlength=training.N_FOLDS)
        assert all(len(set(fold[group == one])) == 1 for one in range(13))
        assert turns.max() < 2 * turns.min()
    assert (training._folds(group, judged, 1) == training._folds(group, judged, 1)).all()


def test_a_code_learned_without_a_place_in_the_codebook_is_an_error_that_says_what_to_add(model):
    book = Codebook(id="other", title="Other", codes=(Code(id="help_request", name="Help request"),))
    with pytest.raises(MeasureError, match=r"learned 'sorting', for which codebook 'other' has no place.*id: sorting"):
        suggest(coded_talk(1), book, model=model)


def test_talk_with_question_marks_is_left_to_the_start_where_none_was_taught():
    turns = coded_talk(plain=True)
    turns["labels"] = turns["labels"].replace("sorting", "help_request")
    model = train(turns, seed=1)
    new = as_arrays(coded_talk(1, seed=9))
    marked = model.assess(new).codes["help_request"].probability
    np.testing.assert_allclose(marked, starting_coder().assess(new).codes["help_request"].probability)
    assert not np.allclose(model.assess(new.plain()).codes["help_request"].probability, marked)


def test_learning_with_nothing_to_learn_stays_at_the_start():
    """Codings that the start foresees exactly move no weight, and the start's own score stands on the card."""
    turns = coded_talk(4)
    arrays = as_arrays(turns)
    likely = starting_coder().assess(arrays).codes["help_request"].probability
    turns["labels"] = np.where(np.random.default_rng(0).random(len(turns)) < likely, "help_request", "")
    turns["reply_to"] = ""
    scores = train(turns, seed=1).card["codes"]["marked"]["help_request"]
    assert scores["strength"] == 0.0
    assert scores["start_f1"] + scores["gain"] == pytest.approx(scores["f1"])
    assert "| start | change |" in card_text(train(turns, seed=1))


def test_weights_move_from_their_start_as_far_as_the_turns_carry_them():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(6000, 3))
    begun = values @ [1.0, 0.0, 0.0]
    carries = rng.random(6000) < expit(values @ [1.0, 0.0, 2.0])
    moves = training._moves(values, csr_array((6000, 0)), begun, carries, level=0.5)
    np.testing.assert_allclose(moves[0.0].features, 0.0)
    np.testing.assert_allclose(moves[0.03].slope * np.array([1, 0, 0]) + moves[0.03].features, [1, 0, 2], atol=0.2)
    ones = np.full((6000, 1), 0.5 / np.sqrt(0.03))
    theirs = LogisticRegression(C=0.03, fit_intercept=False, tol=1e-10).fit(np.hstack([values, ones]), carries)
    alone = training._moves(values, csr_array((6000, 0)), np.zeros(6000), carries, level=0.5)[0.03]
    np.testing.assert_allclose(
        [*alone.features, alone.level], [*theirs.coef_[0][:3], theirs.coef_[0][3] * ones[0, 0]], atol=0.01
    )


def test_the_threshold_of_highest_expected_f1_by_hand():
    assert training.expected_threshold(np.array([0.2, 0.8, 0.4])) == 0.4


def test_a_code_on_every_turn_is_refused_and_one_on_nearly_every_turn_is_learned():
    talk = pd.DataFrame({"activity": np.repeat(["m0", "m1", "m2", "m3"], 70), "turn": np.arange(280).astype(str)})
    talk = talk.assign(speaker=np.tile(["A", "B"], 140), text="What do you do?", reply_to="", labels="help_request")
    with pytest.raises(MeasureError, match="all 280 judged turns carry it"):
        train(talk, seed=1)
    nearly = talk.assign(labels=talk["labels"].where(talk.index > 2, ""))
    assert train(nearly, seed=1).codes == ("help_request",)
