"""Fit where in a turn a request may begin, on segments: part of ``fit_starting_coder.py``.

A penalised logistic regression over the runs of closed-class words around each word: does a segment that asks for help begin here? The
thousand runs that weigh most are fitted anew and kept.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from dialogue import gold_begins, read_dialogue
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from nicmethods.coder.features import AFTER, Phrases, phrase_runs, phrase_words
from nicmethods.coder.turn_arrays import as_arrays

N_PHRASES, LEAST, SHARE = 1000, 10, 0.3
"""Runs kept; words at which a run must stand; share of the words where nothing begins that are learned from."""


def counted_runs(runs: dict[tuple[str, int], np.ndarray], owner: np.ndarray) -> tuple[sparse.csr_array, list[tuple]]:
    """Words x runs, and the place, length and number of each run."""
    parts, names = [], []
    for (place, length), numbers in runs.items():
        found, which = np.unique(numbers, return_inverse=True)
        kept = np.bincount(which) >= LEAST
        column = np.cumsum(kept) - 1
        rows, columns = [], []
        for later in range(1, AFTER + 1) if place == "after" else (0,):
            here = np.flatnonzero(kept[which[later:]] & (owner[later:] == owner[: len(owner) - later]))
            rows.append(here)
            columns.append(column[which[here + later]])
        entries = np.concatenate(rows).astype(np.int32), np.concatenate(columns).astype(np.int32)
        parts.append(sparse.csr_array((np.ones(len(entries[0])), entries), shape=(len(owner), kept.sum())))
        names += [(place, length, int(number)) for number in found[kept]]
    return sparse.csr_array(sparse.hstack(parts)), names


def fit_phrases(corpora: tuple[str, ...]) -> tuple[Phrases, dict[str, dict[str, np.ndarray]]]:
    """Phrases of these corpora, which weigh the same; and what phrases of other teams say of each corpus's turns."""
    read = {name: (turns := read_dialogue(name), as_arrays(turns)) for name in corpora}
    sizes = [len(arrays.text) for _, arrays in read.values()]
    owner = np.concatenate([a.owner + n for (_, a), n in zip(read.values(), np.cumsum([0, *sizes]), strict=False)])
    each = [phrase_runs(arrays) for _, arrays in read.values()]
    values, names = counted_runs({key: np.concatenate([runs[key] for runs in each]) for key in each[0]}, owner)
    told = [gold_begins(name, *both) for name, both in read.items()]
    begins, known = (np.concatenate([one[k] for one in told]) for k in (0, 1))
    team = np.concatenate([turns["team"].to_numpy()[arrays.order] for turns, arrays in read.values()])
    share = np.repeat([1 / (one[0] & one[1]).sum() for one in told], [len(one[0]) for one in told])
    weight = np.where(begins, 1.0, 1 / SHARE) * share / share.mean()
    values.indices, values.indptr = values.indices.astype(np.int32), values.indptr.astype(np.int32)
    use = known & (begins | (np.random.default_rng(0).random(len(begins)) < SHARE))

    def fit(rows: np.ndarray) -> Phrases:
        here, asks, heavy = values[rows], begins[rows], weight[rows]
        model = LogisticRegression(C=0.1, solver="liblinear")
        first = model.fit(here, asks, heavy).coef_[0]
        best = np.sort(np.argsort(-np.abs(first) * np.sqrt(here.sum(axis=0)))[:N_PHRASES])
        model.fit(here[:, best], asks, heavy)
        table = [
            (names[k][0], phrase_words(names[k][2], names[k][1]), w) for k, w in zip(best, model.coef_[0], strict=True)
        ]
        return Phrases(
            pd.DataFrame([*table, ("intercept", "", model.intercept_[0])], columns=["place", "words", "weight"]).round(
                3
            )
        )

    held = {name: {} for name in corpora}
    for train, test in GroupKFold(5).split(team, groups=team):
        phrases = fit(np.flatnonzero(use & np.isin(owner, train)))
        for (name, (_, arrays)), first in zip(read.items(), np.cumsum([0, *sizes]), strict=False):
            mine = test[(test >= first) & (test < first + len(arrays.text))] - first
            for feature, found in phrases.features(arrays).items():
                held[name].setdefault(feature, np.zeros(len(arrays.text)))[mine] = found[mine]
    return fit(np.flatnonzero(use)), held
