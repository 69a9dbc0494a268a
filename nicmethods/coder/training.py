"""Learn a coder from codings: weights, thresholds, and scores on meetings that were held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.coder.link import asked_features, probabilities
from nicmethods.coder.scores import code_scores, link_scores
from nicmethods.coder.starting import starting_coder
from nicmethods.coder.trained import (
    ASKING,
    DEPTH,
    N_INNER,
    TERM_SCALE,
    CodeWeights,
    Form,
    TrainedCoder,
    Trees,
    answers,
    described,
    joined,
    term_counter,
    turn_documents,
)
from nicmethods.coder.turn_arrays import TurnArrays, as_arrays
from nicmethods.errors import MeasureError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nicmethods.coder.turn_arrays import Flags, Ints, Numbers

__all__ = ["AMBIGUOUS", "fit_links", "fit_trees", "labelled_turns", "train"]

AMBIGUOUS = {"help_request": "elicit_other", "help_given": "answer_bare"}
"""Labels under which judges left a code open: such turns are neither taught nor scored for it."""

N_FOLDS = 5
LEAST_TURNS, LEAST_LINKS, LEAST_MEETINGS = 20, 50, 2
PENALTY, LINK_PENALTY = 0.03, 3.0
"""The first divides, the second multiplies the squared standardised weights."""


@dataclass(frozen=True)
class _Taught:
    """Turns as arrays with what they teach."""

    arrays: TurnArrays
    labels: list[frozenset[str]]
    judged: Flags
    answers: list[frozenset[int]]
    fold: Ints

    def code(self, code: str) -> tuple[Flags, Flags]:
        carries = np.fromiter((code in found for found in self.labels), bool, len(self.labels))
        left_open = np.fromiter((AMBIGUOUS.get(code) in found for found in self.labels), bool, len(self.labels))
        return carries, self.judged & (carries | ~left_open)


def train(
    turns: pd.DataFrame,
    *,
    seed: int,
    codes: Sequence[str] | None = None,
    by: str = "activity",
) -> TrainedCoder:
    """Learn codes and links.

    Parameters
    ----------
    turns
        Work table ``turns`` with ``labels`` (codes joined by ``|``), ``reply_to`` (turns answered, joined by ``|``) and,
        if not everything was judged, ``coded`` (with an L where codes were judged, an R where replies were); as from
        :func:`labelled_turns` or :func:`~nicmethods.coder.stream.meetings`.
    seed
        Which meetings are held out together.
    codes
        Codes to learn; without it, every label but the ambiguous ones.
    by
        Column that names what is held out together: meetings, or a column that groups them by team.

    Returns
    -------
    TrainedCoder
        What was learned. Its card has, per code and form, the scores on held-out meetings with bootstrap intervals over
        meetings, and lists what could not be learned and why. Where a threshold is chosen by the same held-out scores
        they flatter slightly. Too few links leave the starting coder's link weights.

    Raises
    ------
    MeasureError
        If no code and no link can be learned.
    """
    missing = {"activity", "turn", "text", "labels", by} - set(turns.columns)
    if missing:
        raise MeasureError(f"To train, turns need the columns {', '.join(sorted(missing))}.")
    taught = _taught(turns, by=by, seed=seed)
    wanted = codes if codes is not None else sorted(frozenset().union(*taught.labels) - set(AMBIGUOUS.values()))
    learnable, refused = _learnable(taught, wanted)
    link, link_held, link_card = _train_link(taught, seed)
    if not learnable and "note" in link_card:
        why = "; ".join(f"{code}: {reason}" for code, reason in refused.items()) or "no labels"
        raise MeasureError(f"Nothing can be learned: {why}; links: {link_card['note']}. Code more turns first.")
    forms, card = _train_forms(taught, learnable, link, link_held, seed)
    card |= {"links": link_card, "not_learned": refused, "seed": seed, "held_out_by": by}
    card |= {"n_turns": len(turns), "n_meetings": int(turns["activity"].nunique())}
    return TrainedCoder(forms, link, card)


def labelled_turns(turns: pd.DataFrame, codings: pd.DataFrame, coverage: pd.DataFrame) -> pd.DataFrame:
    """Turns with what one set of codings says of them, ready for :func:`train`.

    Parameters
    ----------
    turns, codings, coverage
        Work tables; codings and coverage of one coder or one agreed set.

    Returns
    -------
    pandas.DataFrame
        ``turns`` with ``labels``, ``reply_to`` and ``coded``: L where coverage says that the turn was read, R where a
        reply was coded.
    """
    at = ["activity", "turn"]
    turns = turns.drop(columns="reply_to", errors="ignore")
    joined = (
        codings.dropna(subset="code").drop_duplicates([*at, "code"]).groupby(at)["code"].agg("|".join).rename("labels")
    )
    replies = codings.dropna(subset="reply_to").drop_duplicates([*at, "reply_to"]).groupby(at)["reply_to"].agg("|".join)
    whole = turns.merge(joined, on=at, how="left", validate="1:1").merge(replies, on=at, how="left", validate="1:1")
    spans = turns[[*at, "position"]].merge(
        coverage[["activity", "first_position", "last_position"]], on="activity", how="inner", validate="m:m"
    )
    read = spans[spans["position"].between(spans["first_position"], spans["last_position"])][at].drop_duplicates()
    read = read.assign(read="L")
    whole = whole.merge(read, on=at, how="left", validate="1:1")
    coded = whole["read"].fillna("") + whole["reply_to"].notna().map({True: "R", False: ""})
    return whole.drop(columns="read").assign(
        labels=whole["labels"].fillna(""), reply_to=whole["reply_to"].fillna(""), coded=coded
    )


def _taught(turns: pd.DataFrame, *, by: str, seed: int) -> _Taught:
    arrays = as_arrays(turns)
    rows = turns.iloc[arrays.order]
    labels = [frozenset(filter(None, given.split("|"))) for given in rows["labels"].fillna("").astype(str)]
    blank = pd.Series("", index=rows.index)
    coded = rows.get("coded", pd.Series("LR", index=rows.index)).fillna("").astype(str)
    place = {key: i for i, key in enumerate(zip(rows["activity"], rows["turn"].astype(str), strict=True))}
    replies = rows.get("reply_to", blank).fillna("").astype(str).where(coded.str.contains("R"), "")
    answers = [
        frozenset(place[key] for target in given.split("|") if (key := (activity, target)) in place)
        for activity, given in zip(rows["activity"], replies, strict=True)
    ]
    group = pd.factorize(rows[by])[0]
    return _Taught(arrays, labels, coded.str.contains("L").to_numpy(bool), answers, _folds(group, seed)[group])


def _folds(group: Ints, seed: int) -> Ints:
    """The fold of each group: five of like size at a time, each in another fold by lot, so that folds are of like size."""
    size = np.bincount(group)
    rng = np.random.default_rng(seed)
    lots = [rng.permutation(N_FOLDS) for _ in range(max(1, -(-len(size) // N_FOLDS)))]
    fold = np.empty(len(size), dtype=np.intp)
    fold[np.argsort(-size, kind="stable")] = np.concatenate(lots)[: len(size)]
    return fold


def _learnable(taught: _Taught, wanted: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    good, refused = [], {}
    for code in sorted(wanted, key=lambda code: code != ASKING):
        carries, judged = taught.code(code)
        n, n_folds = int((carries & judged).sum()), len(np.unique(taught.fold[carries & judged]))
        if n < LEAST_TURNS or n_folds < LEAST_MEETINGS:
            refused[code] = (
                f"{n} coded turns in {n_folds} held-out groups, {LEAST_TURNS} in {LEAST_MEETINGS} are needed"
            )
        else:
            good.append(code)
    return good, refused


def _train_link(taught: _Taught, seed: int) -> tuple[dict[str, float], Numbers, dict[str, Any]]:
    """Link weights, held-out link probabilities of all pairs, and their scores."""
    pairs, found, start_probability, _ = described(taught.arrays, starting := _starting_link())
    right = np.fromiter(
        (target in taught.answers[turn] for turn, target in zip(pairs.turn, pairs.target, strict=True)),
        bool,
        len(pairs.turn),
    )
    n = len(np.unique(pairs.turn[right]))
    if n < LEAST_LINKS or len(np.unique(taught.fold[pairs.turn[right]])) < LEAST_MEETINGS:
        note = (
            f"{n} coded links, {LEAST_LINKS} in {LEAST_MEETINGS} held-out groups are needed; the starting coder links"
        )
        return starting, start_probability, {"note": note}
    names = [name for name, values in found.items() if np.ptp(values) > 0]
    values = np.column_stack([found[name] for name in names])
    held = np.zeros(len(pairs.turn))
    for fold in np.unique(taught.fold):
        out = taught.fold[pairs.turn] == fold
        held[out] = values[out] @ fit_links(values[~out], right[~out], pairs.turn[~out])
    held = probabilities(pairs, held)
    weights = dict(zip(names, fit_links(values, right, pairs.turn).tolist(), strict=True))
    return {**starting, **weights}, held, link_scores(taught.arrays, pairs, held, taught.answers, seed=seed)


def _starting_link() -> dict[str, float]:
    return {str(name): float(weight) for name, weight in starting_coder().weights["link"].dropna().items()}


def _train_forms(
    taught: _Taught,
    codes: Sequence[str],
    link: Mapping[str, float],
    held: Numbers,
    seed: int,
) -> tuple[dict[str, Form], dict[str, Any]]:
    forms, scores = {}, {}
    for name in ("marked", "plain") if not taught.arrays.is_plain.all() else ("plain",):
        arrays = taught.arrays if name == "marked" else taught.arrays.plain()
        use = ~arrays.is_plain if name == "marked" else np.ones(len(arrays.text), bool)
        forms[name], scores[name] = _train_form(taught, arrays, use, codes, link, held, seed)
    return forms, {"codes": scores}


def _train_form(
    taught: _Taught,
    arrays: TurnArrays,
    use: Flags,
    codes: Sequence[str],
    link: Mapping[str, float],
    held: Numbers,
    seed: int,
) -> tuple[Form, dict[str, Any]]:
    from scipy import sparse

    pairs, _, _, found = described(arrays, link)
    found |= answers(arrays, pairs, held, found)
    counter = term_counter(min_df=3 if len(arrays.text) > 200 else 1)
    terms = sparse.csr_array(counter.fit_transform(turn_documents(arrays)).astype(float))
    asking = starting_coder().assess(arrays).probability[ASKING]
    weights: dict[str, CodeWeights] = {}
    scores: dict[str, Any] = {}
    for code in codes:
        if code != ASKING and "asked" not in found:
            found |= asked_features(arrays, pairs, held, found, asking)
        carries, judged = taught.code(code)
        judged = judged & use
        out, weights[code] = _fit_code(found, terms, carries, judged, taught.fold)
        scores[code] = code_scores(
            carries[judged], out[judged] >= weights[code].threshold, arrays.meeting[judged], seed=seed
        )
        asking = out if code == ASKING else asking
    return Form(tuple(counter.get_feature_names_out()), weights), scores


def _fit_code(
    found: Mapping[str, Numbers], terms: Any, carries: Flags, judged: Flags, fold: Ints
) -> tuple[Numbers, CodeWeights]:
    """Held-out probabilities of all turns, and the weights learned from all judged turns."""
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    names = [name for name, values in found.items() if np.ptp(values) > 0]
    values = np.column_stack([found[name] for name in names])
    near = [k for k, name in enumerate(names) if not name.endswith(("2", "3"))]
    near_names = [names[k] for k in near]
    mean, spread = values.mean(axis=0), values.std(axis=0)
    both = sparse.hstack([terms * TERM_SCALE, sparse.csr_array((values - mean) / spread)]).tocsr()

    def fit(rows: Flags) -> Any:
        return LogisticRegression(C=PENALTY, solver="liblinear", random_state=0).fit(both[rows], carries[rows])

    out = np.zeros(len(carries))
    for test in np.unique(fold):
        rows = judged & (fold != test)
        if len(np.unique(carries[rows])) < 2:
            out[fold == test] = carries[rows].mean()
            continue
        trees = fit_trees(values[rows][:, near], carries[rows], near_names)
        odds = fit(rows).decision_function(both[fold == test])
        out[fold == test] = joined(odds, trees.odds(values[fold == test][:, near]))
    model = fit(judged)
    n_terms = terms.shape[1]
    raw = model.coef_[0][n_terms:] / spread
    intercept = float(model.intercept_[0] - raw @ mean)
    features = dict(zip(names, raw.tolist(), strict=True))
    trees = fit_trees(values[judged][:, near], carries[judged], near_names)
    threshold = _best_threshold(carries[judged], out[judged])
    return out, CodeWeights(features, model.coef_[0][:n_terms] * TERM_SCALE, intercept, trees, threshold)


def _best_threshold(carries: Flags, probability: Numbers) -> float:
    """The probability from which suggesting gives the highest F1."""
    order = np.argsort(-probability, kind="stable")
    f1 = 2 * np.cumsum(carries[order]) / (np.arange(len(order)) + 1 + carries.sum())
    return float(probability[order][np.argmax(f1)])


def fit_links(values: Numbers, right: Flags, turn: Ints) -> Numbers:
    """Weights of a conditional logistic regression: which of a turn's candidates is right.

    Parameters
    ----------
    values
        Features, pairs x features.
    right
        Whether each pair is right; turns without a right pair teach nothing.
    turn
        Turn of each pair, sorted.

    Returns
    -------
    numpy.ndarray
        One weight a feature, for features as they are.

    References
    ----------
    McFadden (1974), Conditional logit analysis of qualitative choice behavior.
    """
    from scipy.optimize import minimize

    begins = np.flatnonzero(np.r_[True, turn[1:] != turn[:-1]])
    taught = np.repeat(np.add.reduceat(right, begins) > 0, np.diff(np.r_[begins, len(turn)]))
    values, right, turn = values[taught], right[taught].astype(float), turn[taught]
    begins = np.flatnonzero(np.r_[True, turn[1:] != turn[:-1]])
    size = np.diff(np.r_[begins, len(turn)])
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0
    scaled = (values - values.mean(axis=0)) / spread

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        score = scaled @ weights
        weight = np.exp(score - np.repeat(np.maximum.reduceat(score, begins), size))
        total = np.add.reduceat(weight, begins)
        hit = np.maximum(np.add.reduceat(weight * right, begins), 1e-300)
        slope = scaled.T @ (weight * (1 / np.repeat(total, size) - right / np.repeat(hit, size)))
        return -np.log(hit / total).sum() + LINK_PENALTY / 2 * weights @ weights, slope + LINK_PENALTY * weights

    found: Numbers = minimize(loss, np.zeros(values.shape[1]), jac=True, method="L-BFGS-B").x / spread
    return found


def fit_trees(values: Numbers, carries: Flags, features: Sequence[str], *, n_trees: int = 300) -> Trees:
    """Boost shallow trees on halves of the turns, each question chosen among a few features.

    Parameters
    ----------
    values
        Turns x features.
    carries
        Whether each turn carries the code; both must occur.
    features
        Names of the columns.
    n_trees
        How many trees.

    Returns
    -------
    Trees
        The same for the same input.

    References
    ----------
    Friedman (2002), Stochastic gradient boosting, Computational Statistics & Data Analysis 38(4).
    """
    from sklearn.ensemble import GradientBoostingClassifier

    model = GradientBoostingClassifier(
        n_estimators=n_trees,
        learning_rate=0.05,
        max_depth=DEPTH,
        subsample=0.5,
        max_features="sqrt",
        min_samples_leaf=20,
        random_state=0,
    ).fit(values, carries)
    split = np.zeros((n_trees, N_INNER), dtype=np.intp)
    threshold = np.full((n_trees, N_INNER), np.inf)
    value = np.zeros((n_trees, N_INNER + 1))
    for k, tree in enumerate(model.estimators_[:, 0]):
        _complete(tree.tree_, split[k], threshold[k], value[k])
    share = carries.mean()
    return Trees(
        tuple(features), split, threshold, value * model.learning_rate, float(np.log(share) - np.log1p(-share))
    )


def _complete(grown: Any, split: Ints, threshold: Numbers, value: Numbers) -> None:
    """Fill a complete tree; below a leaf that stands early every path takes the first branch to its value."""
    source = np.zeros(2 * N_INNER + 1, dtype=np.intp)
    for node in range(N_INNER):
        at = source[node]
        if grown.children_left[at] < 0:
            source[2 * node + 1 : 2 * node + 3] = at
        else:
            split[node], threshold[node] = grown.feature[at], grown.threshold[at]
            source[2 * node + 1], source[2 * node + 2] = grown.children_left[at], grown.children_right[at]
    value[:] = grown.value[source[N_INNER:], 0, 0]
