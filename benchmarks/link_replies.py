"""Whether a turn answers its likeliest target or nothing, told by stronger learners: ``python benchmarks/link_replies.py``.

Four folds of meetings (AMI: teams). Precision, recall and F1 of links, at the threshold of the highest F1: what docs/coder.md says
of the aim that was not reached.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from dialogue import gold_links, read_dialogue
from fit_starting_coder import REPLY, described
from scipy import sparse
from scipy.special import expit, logit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from nicmethods.coder.pairs import likeliest, link_features
from nicmethods.coder.starting import starting_coder

OF_TARGET = """length content verb_subject wh_verb question_mark is_backchannel share_you share_i starts_verb_subject
ends_or""".split()


def described_replies(name: str) -> pd.DataFrame:
    """Judged turns of a corpus: features of the turn, its likeliest target and the pair; ``hit``, ``linked``, ``team``, texts."""
    turns = read_dialogue(name)
    links = described(turns, starting_coder().weights["link"].dropna())
    arrays, pairs, by_name = links.arrays, links.pairs, {**links.turns, **links.answered()}
    best = likeliest(arrays, pairs, links.probability)
    turn, target = pairs.turn[best], pairs.target[best]

    def of(values: np.ndarray) -> np.ndarray:
        whole = np.full(len(turns), np.nan)
        whole[turn] = values
        return whole

    pair = {f"pair_{n}": of(values[best]) for n, values in link_features(arrays, pairs, by_name).items()}
    other = {f"target_{n}": of(by_name[n][target]) for n in OF_TARGET}
    found = pd.DataFrame({**by_name, **links.replies(), **pair, **other})
    gold, text = gold_links(turns), turns["text"].fillna("").astype(str).to_numpy()
    answered = np.full(len(turns), -1)
    answered[turn] = target
    found = found.assign(
        hit=[one in right for one, right in zip(answered, gold, strict=True)],
        linked=[bool(right) for right in gold],
        team=turns["team"].to_numpy(),
        text=text,
        target_text=np.where(answered >= 0, text[answered], ""),
        corpus=name,
    )
    return found[turns["coded"].str.contains("R").to_numpy(bool)]


def report(what: str, probability: np.ndarray, rows: pd.DataFrame) -> None:
    for name, here in rows.assign(p=probability).groupby("corpus"):
        scores = []
        for least in np.arange(0.1, 0.7, 0.01):
            said = here["p"] >= least
            right = (said & here["hit"]).sum()
            scores.append(
                (2 * right / (said.sum() + here["linked"].sum()), right / said.sum(), right / here["linked"].sum())
            )
        f1, precision, recall = max(scores)
        print(f"{what}, {name}: precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f}", flush=True)


if __name__ == "__main__":
    rows = pd.concat([described_replies(name) for name in ("ami", "icsi")], ignore_index=True)
    hit = rows["hit"].to_numpy()
    features = rows.drop(columns=["hit", "linked", "team", "text", "target_text", "corpus"]).astype(float)
    scaled = ((features - features.mean()) / features.std().replace(0, 1)).fillna(0)
    words = [
        CountVectorizer(ngram_range=(1, 3), min_df=5, binary=True, token_pattern=r"[\w']+|\?").fit_transform(
            rows[column]
        )
        for column in ("text", "target_text")
    ]
    worded = sparse.hstack([sparse.csr_matrix(scaled.to_numpy()), *(0.35 * counted for counted in words)]).tocsr()
    folds = list(GroupKFold(4).split(scaled, hit, rows["team"]))
    trees = {"max_iter": 120, "learning_rate": 0.1, "max_leaf_nodes": 15, "min_samples_leaf": 40, "random_state": 0}
    learners = {
        "today's regression": (scaled[REPLY].to_numpy(), lambda: LogisticRegression(C=0.1, max_iter=500)),
        "boosted trees": (features.to_numpy(), lambda: HistGradientBoostingClassifier(**trees)),
        "regression with words of both turns": (worded, lambda: LogisticRegression(C=0.02, max_iter=100)),
    }
    held = {}
    for what, (values, learner) in learners.items():
        held[what] = np.zeros(len(hit))
        for train, test in folds:
            held[what][test] = learner().fit(values[train], hit[train]).predict_proba(values[test])[:, 1]
        report(what, held[what], rows)
    both = [logit(held[what].clip(1e-4, 1 - 1e-4)) for what in list(learners)[1:]]
    report("trees and words averaged", expit(np.mean(both, axis=0)), rows)
