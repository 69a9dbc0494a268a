"""Fit the starting coder's table on AMI and ICSI, and write it: ``python benchmarks/fit_starting_coder.py OUT.csv``.

Weights are penalised logistic regressions (for links, a conditional one: which of a turn's candidates is answered). The
two corpora weigh the same. Forms for transcripts without question marks are fitted on ICSI and on AMI with punctuation
and case taken away; forms with them on AMI alone, the only corpus that has them. Thresholds are those of the highest F1
on held-out meetings.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from dialogue import gold_code, gold_links, read_dialogue
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from nicmethods.coder.features import turn_features
from nicmethods.coder.link import answered_features, asked_features, candidates, link_features, probabilities
from nicmethods.coder.scores import code_scores, link_scores
from nicmethods.coder.training import fit_links
from nicmethods.coder.turn_arrays import as_arrays

LINK = """heard_words target_length seconds_since_start apart pause overlap long_pause overlaps substance_between
words_between_backchannel speakers_back substance_back target_share_backchannel target_asks target_tiny
target_broken_words shared_words""".split()
REQUEST = """length content question_mark has_question_mark ends_question_mark question_is_short verb_subject wh_verb verb_you starts_verb_subject
starts_wh_verb late_verb_subject late_wh_verb ends_or is_backchannel how_much what_about do_you you_know share_you wonder
broken_words has_anyone is_it wh_words same_speaker@-1 answered answered_words answered_longest answered_yes
has_or share_i""".split()
GIVEN = """length content question_mark verb_subject wh_verb is_backchannel first_yes first_because
asked asked_most asked_nearby asked_length link_sure answered_before share_you share_i share_they pause_before""".split()
SETS = {"ami": ("ami", False), "ami_plain": ("ami", True), "icsi": ("icsi", False)}
NAMED = 4.0
"""Weight of a name spoken, set by hand: the corpora name speakers by codes."""


def fit_link() -> pd.Series:
    """Link weights of both corpora; prints how often held-out meetings (AMI: teams) are linked rightly."""
    parts, talks = [], []
    for name in ("ami", "icsi"):
        turns = read_dialogue(name)
        talk = as_arrays(turns)
        pairs = candidates(talk)
        found = link_features(talk, pairs, turn_features(talk))
        gold = gold_links(turns)
        right = np.fromiter((b in gold[a] for a, b in zip(pairs.turn, pairs.target, strict=True)), bool)
        team = turns["team"].to_numpy()[pairs.turn]
        parts.append((np.column_stack([found[n] for n in LINK]), right, pairs.turn + 10**6 * len(parts), team))
        talks.append((name, talk, pairs, gold))
    values, right, turn, team = (np.concatenate(part) for part in zip(*parts, strict=True))
    held = np.zeros(len(turn))
    for train, test in GroupKFold(10).split(values, right, team):
        held[test] = values[test] @ fit_links(values[train], right[train], turn[train])
    for (name, talk, pairs, gold), scores in zip(talks, np.split(held, [len(parts[0][2])]), strict=True):
        print("link", name, rounded(link_scores(talk, pairs, probabilities(pairs, scores), gold, seed=1)))
    return pd.concat([pd.Series(fit_links(values, right, turn), LINK), pd.Series({"named": NAMED})])


def rounded(scores: dict) -> dict:
    return {name: round(value, 3) for name, value in scores.items()}


def described(turns: pd.DataFrame, link: pd.Series) -> tuple[pd.DataFrame, object, object, np.ndarray]:
    talk = as_arrays(turns)
    pairs = candidates(talk)
    found = turn_features(talk)
    scores = sum(values * link.get(name, 0.0) for name, values in link_features(talk, pairs, found).items())
    probability = probabilities(pairs, scores)
    return pd.DataFrame(found | answered_features(talk, pairs, probability, found)), talk, pairs, probability


def fit_code(
    values: pd.DataFrame, carries: np.ndarray, weight: np.ndarray, team: np.ndarray
) -> tuple[pd.Series, np.ndarray]:
    """Weights, intercept and threshold, and the probabilities of held-out meetings."""
    mean, spread = values.mean(), values.std().replace(0.0, 1.0)
    scaled = ((values - mean) / spread).to_numpy()
    held_out = np.zeros(len(values))
    fit = lambda rows: LogisticRegression(C=0.1, max_iter=500).fit(scaled[rows], carries[rows], weight[rows])  # noqa: E731
    for train, test in GroupKFold(10).split(scaled, carries, team):
        held_out[test] = fit(train).predict_proba(scaled[test])[:, 1]
    model = fit(np.arange(len(values)))
    found = pd.Series(model.coef_[0], values.columns) / spread
    grid = np.arange(0.05, 0.6, 0.01)
    best = grid[np.argmax([weighted_f1(carries, held_out >= at, weight) for at in grid])]
    return pd.concat([found, pd.Series({"intercept": model.intercept_[0] - found @ mean, "threshold": best})]), held_out


def weighted_f1(carries: np.ndarray, suggested: np.ndarray, weight: np.ndarray) -> float:
    return 2 * weight[carries & suggested].sum() / max(weight[carries].sum() + weight[suggested].sum(), 1)


def fit_codes(link: pd.Series) -> pd.DataFrame:
    sets = {key: read_dialogue(name, plain=plain) for key, (name, plain) in SETS.items()}
    read = {key: described(turns, link) for key, turns in sets.items()}
    table = {"link": link}
    asking = {}
    for code, features in (("help_request", REQUEST), ("help_given", GIVEN)):
        for form, keys in (("", ["ami"]), ("_plain", ["ami_plain", "icsi"])):
            parts = []
            for key in keys:
                values, talk, pairs, probability = read[key]
                if code == "help_given":
                    more = asked_features(talk, pairs, probability, values, asking[key])
                    values = values.assign(**more)
                carries, judged = gold_code(sets[key], code)
                parts.append(
                    (values[features], carries, judged, sets[key]["team"].to_numpy(), np.full(len(values), key))
                )
            values = pd.concat([part[0] for part in parts], ignore_index=True)
            carries, judged, team, origin = (np.concatenate([part[k] for part in parts]) for k in (1, 2, 3, 4))
            weight = (
                1
                / pd.Series(origin).map(pd.Series(origin[judged]).value_counts()).to_numpy()
                * judged.sum()
                / len(keys)
            )
            fitted, held = fit_code(
                values[judged].reset_index(drop=True), carries[judged], weight[judged], team[judged]
            )
            table[code + form] = fitted
            for key in keys:
                here = origin[judged] == key
                meeting = as_arrays(sets[key]).meeting[judged[origin == key]]
                scores = code_scores(carries[judged][here], held[here] >= fitted["threshold"], meeting, seed=1)
                print(code + form, key, rounded(scores))
                if code == "help_request":
                    odds = values[origin == key] @ fitted[features] + fitted["intercept"]
                    asking[key] = (1 / (1 + np.exp(-odds))).to_numpy()
    return pd.DataFrame(table)


if __name__ == "__main__":
    weights = fit_codes(fit_link())
    features = weights.drop(index=["intercept", "threshold"])
    print(len(features), "features")
    order = [*features.index, "intercept", "threshold"]
    weights.loc[order].round(3).rename_axis("feature").to_csv(Path(sys.argv[1]))
