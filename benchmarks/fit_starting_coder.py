"""Fit the starting coder on AMI and ICSI, and write its two tables: ``python benchmarks/fit_starting_coder.py FOLDER``.

Weights are penalised logistic regressions (for links, a conditional one: which of a turn's candidates is answered). The
two corpora weigh the same. Forms for transcripts without question marks are fitted on ICSI and on AMI with punctuation
and case taken away; forms with them on AMI alone, the only corpus that has them. Thresholds are those of the highest F1
on held-out meetings. What phrases say of a turn is said by phrases that other teams taught.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from dialogue import gold_code, gold_links, read_dialogue
from fit_phrases import fit_phrases
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from nicmethods.coder.features import turn_features
from nicmethods.coder.pairs import Links, candidates, likeliest, link_features, probabilities
from nicmethods.coder.scores import code_scores, link_scores
from nicmethods.coder.starting import StartingCoder
from nicmethods.coder.training import fit_links
from nicmethods.coder.turn_arrays import as_arrays

LINK = """heard_words target_length seconds_since_start apart pause overlap long_pause overlaps substance_between
words_between_backchannel speakers_back substance_back target_share_backchannel target_asks target_tiny
target_broken_words shared_words""".split()
REQUEST = """length content question_mark has_question_mark ends_question_mark question_is_short verb_subject wh_verb verb_you starts_verb_subject
starts_wh_verb late_verb_subject late_wh_verb ends_or is_backchannel how_much what_about do_you you_know share_you wonder
broken_words has_anyone is_it wh_words same_speaker@-1 answered answered_words answered_longest answered_yes
has_or share_i phrase_best phrase_any""".split()
GIVEN = """length content question_mark verb_subject wh_verb is_backchannel first_yes first_because
asked asked_most asked_nearby asked_length link_sure answered_before share_you share_i share_they pause_before""".split()
REPLY = """length content is_backchannel question_mark first_yes first_no first_because verb_subject wh_verb pause_before
same_speaker@1 same_speaker@2 same_speaker@-1 share_i share_you duration is_overlapped first_um pace reply_sure reply_length reply_asked
reply_asked_last reply_marked reply_hollow reply_both_hollow reply_hollow_length reply_yes_length reply_pause
reply_back""".split()
SETS = {"ami": ("ami", False), "ami_plain": ("ami", True), "icsi": ("icsi", False)}
FORMS = {"": ["ami"], "_plain": ["ami_plain", "icsi"]}
NAMED = 4.0
"""Weight of a name spoken, set by hand: the corpora name speakers by codes."""


def fit_link(corpora: tuple[str, ...]) -> pd.Series:
    """Link weights of these corpora; prints how often held-out meetings (AMI: teams) are linked rightly."""
    parts, talks = [], []
    for name in corpora:
        turns = read_dialogue(name)
        talk = as_arrays(turns)
        pairs = candidates(talk)
        described_turns = turn_features(talk)
        found = link_features(talk, pairs, described_turns)
        gold = gold_links(turns)
        right = np.fromiter((b in gold[a] for a, b in zip(pairs.turn, pairs.target, strict=True)), bool)
        team = turns["team"].to_numpy()[pairs.turn]
        parts.append((np.column_stack([found[n] for n in LINK]), right, pairs.turn + 10**6 * len(parts), team))
        talks.append((name, Links(talk, pairs, described_turns, np.zeros(len(pairs.turn))), gold))
    values, right, turn, team = (np.concatenate(part) for part in zip(*parts, strict=True))
    held = np.zeros(len(turn))
    for train, test in GroupKFold(10).split(values, right, team):
        held[test] = values[test] @ fit_links(values[train], right[train], turn[train])
    for (name, links, gold), scores in zip(
        talks, np.split(held, np.cumsum([len(part[2]) for part in parts])[:-1]), strict=True
    ):
        links = replace(links, probability=probabilities(links.pairs, scores))
        print("link", name, rounded(link_scores(links, gold, seed=1)))
    return pd.concat([pd.Series(fit_links(values, right, turn), LINK), pd.Series({"named": NAMED})])


def fit_reply(corpora: tuple[str, ...], link: pd.Series) -> pd.Series:
    """Weights of how likely a turn answers its likeliest target; prints precision, recall and F1 of links on held-out teams."""
    parts, golds = [], []
    for name in corpora:
        turns = read_dialogue(name)
        links = described(turns, link)
        pairs, found = links.pairs, pd.DataFrame({**links.turns, **links.answered(), **links.replies()})
        best = likeliest(links.arrays, pairs, links.probability)
        target = np.full(len(turns), -1)
        target[pairs.turn[best]] = pairs.target[best]
        gold = gold_links(turns)
        judged = turns["coded"].str.contains("R").to_numpy(bool)
        hit = np.array([one in right for one, right in zip(target, gold, strict=True)])
        parts.append((found.loc[judged, REPLY], hit[judged], turns["team"].to_numpy()[judged]))
        golds.append(np.array([bool(right) for right in gold])[judged])
    values, hit, team = (np.concatenate([np.asarray(part[k]) for part in parts]) for k in range(3))
    mean, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1.0
    scaled, held = (values - mean) / spread, np.zeros(len(hit))
    for train, test in GroupKFold(10).split(scaled, hit, team):
        held[test] = (
            LogisticRegression(C=0.1, max_iter=500).fit(scaled[train], hit[train]).predict_proba(scaled[test])[:, 1]
        )
    model = LogisticRegression(C=0.1, max_iter=500).fit(scaled, hit)
    linked, grid = np.concatenate(golds), np.arange(0.1, 0.6, 0.01)
    least = grid[np.argmax([2 * (hit & (held >= at)).sum() / (linked.sum() + (held >= at).sum()) for at in grid])]
    for name, here in zip(corpora, np.split(np.arange(len(hit)), np.cumsum([len(g) for g in golds])[:-1]), strict=True):
        said, right, n = (held >= least)[here], (hit & (held >= least))[here].sum(), linked[here].sum()
        print(
            "reply",
            name,
            f"precision {right / said.sum():.3f} recall {right / n:.3f} F1 {2 * right / (n + said.sum()):.3f}",
            f"all linked: precision {hit[here].mean():.3f} F1 {2 * hit[here].sum() / (n + len(here)):.3f}",
        )
    found = pd.Series(model.coef_[0] / spread, REPLY)
    return pd.concat(
        [found, pd.Series({"intercept": model.intercept_[0] - found.to_numpy() @ mean, "threshold": least})]
    )


def rounded(scores: dict) -> dict:
    return {name: round(value, 3) for name, value in scores.items()}


def described(turns: pd.DataFrame, link: pd.Series) -> Links:
    talk = as_arrays(turns)
    pairs = candidates(talk)
    found = turn_features(talk)
    scores = sum(values * link.get(name, 0.0) for name, values in link_features(talk, pairs, found).items())
    return Links(talk, pairs, found, probabilities(pairs, scores))


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


def fit_codes(corpora: tuple[str, ...], link: pd.Series, phrases: dict[str, dict[str, np.ndarray]]) -> pd.DataFrame:
    sets = {key: read_dialogue(name, plain=plain) for key, (name, plain) in SETS.items() if name in corpora}
    read = {}
    for key, turns in sets.items():
        links = described(turns, link)
        read[key] = links, pd.DataFrame({**links.turns, **links.answered(), **phrases[SETS[key][0]]})
    table = {"link": link, "reply": fit_reply(corpora, link)}
    asking = {}
    for code, features in (("help_request", REQUEST), ("help_given", GIVEN)):
        for form, keys in FORMS.items():
            keys = [key for key in keys if key in sets]
            if not keys:
                continue
            parts = []
            for key in keys:
                links, values = read[key]
                if code == "help_given":
                    values = values.assign(**links.asked(asking[key]))
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
    for code in ("help_request", "help_given"):
        table.setdefault(code, table[f"{code}_plain"])
    return pd.DataFrame(table)


def fit_start(corpora: tuple[str, ...]) -> StartingCoder:
    """A starting coder of these corpora alone; one without question marks reads all talk as plain."""
    phrases, held = fit_phrases(corpora)
    return StartingCoder(fit_codes(corpora, fit_link(corpora), held), phrases)


if __name__ == "__main__":
    start = fit_start(("ami", "icsi"))
    weights = start.weights
    features = weights.drop(index=["intercept", "threshold"])
    print(len(features), "features")
    order = [*features.index, "intercept", "threshold"]
    folder = Path(sys.argv[1])
    weights.loc[order].round(3).rename_axis("feature").to_csv(folder / "starting_coder.csv")
    start.phrases.weights.to_csv(folder / "phrases.csv", index=False)
