"""Learn a coder from codings: weights, thresholds, scores on meetings that were held out, and which turns to code next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.coder.ground import LEAST_TURNS, meeting_profiles
from nicmethods.coder.pairs import probabilities
from nicmethods.coder.scores import code_scores, gain, link_scores
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
    described,
    joined,
    term_counter,
    turn_documents,
)
from nicmethods.coder.turn_arrays import TurnArrays, as_arrays
from nicmethods.errors import MeasureError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from nicmethods.coder.pairs import Pairs
    from nicmethods.coder.starting import Coder, StartingCoder
    from nicmethods.coder.turn_arrays import Flags, Ints, Numbers

__all__ = [
    "AMBIGUOUS",
    "doubtful",
    "expected_threshold",
    "fit_code",
    "fit_links",
    "fit_trees",
    "labelled_turns",
    "mixed",
    "next_to_code",
    "train",
]

AMBIGUOUS = {"help_request": "elicit_other", "help_given": "answer_bare"}
"""Labels under which judges left a code open: such turns are neither taught nor scored for it."""

N_FOLDS, LEAST_GROUPS, STRETCH = 5, 3, 10
LEAST_JUDGED, LEAST_CODED, LEAST_LINKS, LEAST_FOR_TREES = 20, 20, 50, 200
LEAST_TO_MOVE = 10
"""Coded turns from which single weights may move away from a start; with fewer, held-out turns cannot tell whether that helps."""
STRENGTHS = (0.0, 0.001, 0.003, 0.01, 0.03)
"""Variances of learned weights to choose from: how far they may move from the start. With 0 only level and slope move."""
OWN, FAR = 3.0, 0.3
"""How much easier than others the start's own features move, and those of turns two or three away."""
LEVEL, FREE_LEVEL, SLOPE = 0.3, 5.0, 0.15
"""Standard deviations: of the log-odds' level around the start's, of the level where there is no start, of the slope around 1."""
LINK_PENALTY = 3.0
"""Weight of the squared standardised link weights."""
SHARE_RANDOM = 0.25
"""Chance that a rank goes to a turn drawn at random from all that are left. Only those turns, marked ``random``, may be
used to estimate how common a code is or how well the coder does."""


@dataclass(frozen=True)
class _Taught:
    """Turns as arrays with what they teach."""

    arrays: TurnArrays
    labels: list[frozenset[str]]
    judged: Flags
    answers: list[frozenset[int]]
    fold: Ints
    start: StartingCoder
    held_out_by: str

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
    start: StartingCoder | None = None,
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
        Column that names what is held out together: meetings, or a column that groups them by team. Where fewer than three of
        these have judged turns, stretches of judged turns are held out instead, which flatters.
    start
        The coder that learning begins from; without one, that which ships.

    Returns
    -------
    TrainedCoder
        What was learned. Its card has, per code and form, the scores on held-out meetings with bootstrap intervals over
        meetings, beside those of the start on the same turns, and lists what could not be learned and why. Too few links, or
        links that gain nothing, leave the start's link weights.

    Raises
    ------
    MeasureError
        If no code and no link can be learned.
    """
    missing = {"activity", "turn", "text", "labels", by} - set(turns.columns)
    if missing:
        raise MeasureError(f"To train, turns need the columns {', '.join(sorted(missing))}.")
    taught = _taught(turns, start or starting_coder(), by=by, seed=seed)
    wanted = codes if codes is not None else sorted(frozenset().union(*taught.labels) - set(AMBIGUOUS.values()))
    learnable, refused = _learnable(taught, wanted)
    link, held, link_card = _train_link(taught, seed)
    if not learnable and "note" in link_card:
        why = "; ".join(f"{code}: {reason}" for code, reason in refused.items()) or "no labels"
        raise MeasureError(f"Nothing can be learned: {why}; links: {link_card['note']}. Code more turns first.")
    names = ("plain",) if taught.arrays.is_plain.all() else ("marked", "plain")
    forms, scores = zip(*(_train_form(taught, name, learnable, link, held, seed) for name in names), strict=True)
    profiles = meeting_profiles(taught.arrays)[lambda table: table["n_turns"] >= LEAST_TURNS]
    ground = {
        name: (float(profiles[name].min()), float(profiles[name].max())) if len(profiles) else edges
        for name, edges in taught.start.ground.items()
    }
    card = {"codes": dict(zip(names, scores, strict=True)), "links": link_card, "not_learned": refused, "seed": seed}
    card |= {"held_out_by": taught.held_out_by, "ground": ground}
    card |= {"n_turns": len(turns), "n_meetings": int(turns["activity"].nunique())}
    return TrainedCoder(dict(zip(names, forms, strict=True)), link, card, start=taught.start)


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
    for column, name in (("code", "labels"), ("reply_to", "reply_to")):
        said = codings.dropna(subset=column).drop_duplicates([*at, column]).groupby(at)[column].agg("|".join)
        turns = turns.merge(said.rename(name), on=at, how="left", validate="1:1")
    spans = turns[[*at, "position"]].merge(
        coverage[["activity", "first_position", "last_position"]], on="activity", how="inner", validate="m:m"
    )
    read = spans[spans["position"].between(spans["first_position"], spans["last_position"])][at].drop_duplicates()
    turns = turns.merge(read.assign(coded="L"), on=at, how="left", validate="1:1")
    coded = turns["coded"].fillna("") + turns["reply_to"].notna().map({True: "R", False: ""})
    return turns.assign(labels=turns["labels"].fillna(""), reply_to=turns["reply_to"].fillna(""), coded=coded)


def _taught(turns: pd.DataFrame, start: StartingCoder, *, by: str, seed: int) -> _Taught:
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
    judged = coded.str.contains("L").to_numpy(bool)
    group, held_out_by = pd.factorize(rows[by])[0], by
    if len(np.unique(group[judged])) < LEAST_GROUPS:
        stretch = (np.cumsum(judged) - 1).clip(0) // STRETCH
        group, held_out_by = (
            pd.factorize(group * (stretch.max(initial=0) + 1) + stretch)[0],
            f"stretches of {STRETCH} judged turns",
        )
    return _Taught(arrays, labels, judged, answers, _folds(group, judged, seed), start, held_out_by)


def _folds(group: Ints, judged: Flags, seed: int) -> Ints:
    """The fold of each turn: five groups of like size at a time, each in another fold by lot, so that folds are alike."""
    size = np.bincount(group, judged, minlength=group.max(initial=-1) + 1)
    rng = np.random.default_rng(seed)
    lots = [rng.permutation(N_FOLDS) for _ in range(max(1, -(-len(size) // N_FOLDS)))]
    fold = np.empty(len(size), dtype=np.intp)
    fold[np.argsort(-size, kind="stable")] = np.concatenate(lots)[: len(size)]
    return fold[group]


def _learnable(taught: _Taught, wanted: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Codes that there is enough of; those that the starting coder knows need little, since it stays where nothing speaks against it."""
    good, refused = [], {}
    for code in sorted(wanted, key=lambda code: code != ASKING):
        carries, judged = taught.code(code)
        known = code in taught.start.weights
        n, least, most = int((carries & judged).sum()), 1 if known else LEAST_CODED, int(judged.sum())
        n_folds = len(np.unique(taught.fold[judged if known else carries & judged]))
        if most > n >= least and most >= LEAST_JUDGED and n_folds >= 2:
            good.append(code)
            continue
        if n == most >= LEAST_JUDGED:
            refused[code] = f"all {most} judged turns carry it: nothing tells which turns do not"
            continue
        refused[code] = (
            f"{n} coded among {most} judged turns; {least} among {LEAST_JUDGED} are needed, in two held-out groups"
        )
    return good, refused


def _train_link(taught: _Taught, seed: int) -> tuple[dict[str, float], Numbers, dict[str, Any]]:
    """Link weights, held-out link probabilities of all pairs, and their scores."""
    start = {str(name): float(weight) for name, weight in taught.start.weights["link"].dropna().items()}
    links, found = described(taught.arrays, start, taught.start.phrases)
    pairs, fold = links.pairs, taught.fold[links.pairs.turn]
    right = np.fromiter(
        (target in taught.answers[turn] for turn, target in zip(pairs.turn, pairs.target, strict=True)),
        bool,
        len(pairs.turn),
    )
    n = len(np.unique(pairs.turn[right]))
    if n < LEAST_LINKS or len(np.unique(fold[right])) < 2:
        note = f"{n} coded links, {LEAST_LINKS} in two held-out groups are needed; the starting coder links"
        return start, links.probability, {"note": note}
    names = [name for name, values in found.items() if np.ptp(values) > 0]
    values = np.column_stack([found[name] for name in names])
    begun = np.sum([found[name] * weight for name, weight in start.items()], axis=0)
    held = begun.copy()
    for k in np.unique(taught.fold):
        out = fold == k
        held[out] += values[out] @ fit_links(values[~out], right[~out], pairs.turn[~out], begun=begun[~out])
    learned = probabilities(pairs, held)
    scores, before = (
        link_scores(replace(links, probability=one), taught.answers, seed=seed) for one in (learned, links.probability)
    )
    if np.log(_chance(pairs, learned, right)).mean() <= np.log(_chance(pairs, links.probability, right)).mean():
        note = "learning gains nothing on held-out groups; the starting coder links"
        return start, links.probability, before | {"note": note}
    moved = fit_links(values, right, pairs.turn, begun=begun)
    weights = {name: start.get(name, 0.0) + float(weight) for name, weight in zip(names, moved, strict=True)}
    started = {f"start_{name}": before[name] for name in ("right_turn", "right_person")}
    return {**start, **weights}, learned, {**scores, **started}


def _chance(pairs: Pairs, probability: Numbers, right: Flags) -> Numbers:
    """For each turn with a right candidate, the probability given to the right ones."""
    given = np.bincount(pairs.turn, probability * right)
    return np.fmax(given[np.unique(pairs.turn[right])], 1e-12)


def _train_form(
    taught: _Taught, form: str, codes: Sequence[str], link: Mapping[str, float], held: Numbers, seed: int
) -> tuple[Form, dict[str, Any]]:
    """What is learned of transcripts with question marks, or as if there were none, and its scores by code."""
    from scipy import sparse

    plain = form == "plain"
    arrays = taught.arrays.plain() if plain else taught.arrays
    use = ~arrays.is_plain | plain
    links = replace(described(arrays, link, taught.start.phrases)[0], probability=held)
    found = {**links.turns, **links.answered(), **links.answers()}
    counter = term_counter(min_df=3 if len(arrays.text) > 200 else 1)
    terms = sparse.csr_array(counter.fit_transform(turn_documents(arrays)).astype(float))
    started = taught.start.assess(arrays).codes
    asking = started[ASKING].probability
    weights: dict[str, CodeWeights] = {}
    scores: dict[str, Any] = {}
    for code in codes:
        if code != ASKING and "asked" not in found:
            found |= links.asked(asking)
        carries, judged = taught.code(code)
        judged = judged & use
        start = taught.start.code_weights(code, plain=plain)
        out, weights[code], strength = fit_code(found, terms, carries, judged, taught.fold, use, start)
        suggested, meeting = out >= weights[code].threshold, arrays.meeting[judged]
        scores[code] = code_scores(carries[judged], suggested[judged], meeting, seed=seed) | {"strength": strength}
        if code in started:
            before = started[code].suggested[judged]
            scores[code] |= gain(carries[judged], suggested[judged], before, meeting, seed=seed)
        asking = out if code == ASKING else asking
    return Form(tuple(counter.get_feature_names_out()), weights), scores


def fit_code(
    found: Mapping[str, Numbers],
    terms: Any,
    carries: Flags,
    judged: Flags,
    fold: Ints,
    use: Flags,
    start: Mapping[str, float],
) -> tuple[Numbers, CodeWeights, float]:
    """Held-out probabilities of all turns, the weights learned from all judged turns, and how far these could move."""
    names = [name for name, values in found.items() if np.ptp(values) > 0]
    values = np.column_stack([found[name] for name in names])
    mean, spread = values.mean(axis=0), values.std(axis=0)
    ease = np.sqrt([OWN if name in start else FAR if name.endswith(("2", "3")) else 1.0 for name in names])
    scaled = (values - mean) / spread * ease
    said = terms * TERM_SCALE
    begun = np.full(len(carries), start.get("intercept", 0.0))
    begun += sum(
        (found[name] * weight for name, weight in start.items() if name != "intercept"), np.zeros(len(carries))
    )
    level = LEVEL if start else FREE_LEVEL

    def fit(rows: Flags) -> dict[float, _Moved]:
        return _moves(scaled[rows], said[rows], begun[rows], carries[rows], level=level)

    tests = [fold == k for k in np.unique(fold[judged])]
    held = {strength: np.zeros(len(carries)) for strength in STRENGTHS}
    for test in tests:
        for strength, moved in fit(judged & ~test).items():
            held[strength][test] = moved.odds(scaled[test], said[test], begun[test])
    if start and (carries & judged).sum() < LEAST_TO_MOVE:
        held = {0.0: held[0.0]}
    strength = _chosen(held, carries, judged, cautious=bool(start))
    odds, model, trees = held[strength], fit(judged)[strength], None
    parts = [carries[judged & ~test] for test in tests]
    fewest = min(min(part.sum(), (~part).sum()) for part in parts)
    if (carries & judged).sum() >= LEAST_FOR_TREES and fewest >= LEAST_CODED:
        near = [k for k, name in enumerate(names) if not name.endswith(("2", "3"))]

        def grow(rows: Flags) -> Trees:
            return fit_trees(values[rows][:, near], carries[rows], [names[k] for k in near])

        grown = np.zeros(len(carries))
        for test in tests:
            grown[test] = grow(judged & ~test).odds(values[test][:, near])
        if _chosen({0.0: odds, 1.0: joined(odds, grown)}, carries, judged, cautious=True):
            odds, trees = joined(odds, grown), grow(judged)
    raw = model.features * ease / spread
    features = {name: weight * model.slope for name, weight in start.items() if name != "intercept"}
    features |= {name: features.get(name, 0.0) + float(weight) for name, weight in zip(names, raw, strict=True)}
    intercept = start.get("intercept", 0.0) * model.slope + model.level - float(raw @ mean)
    whole = CodeWeights(features, model.terms * TERM_SCALE, intercept, trees, threshold=0.0)
    everywhere = np.where(judged, 1 / (1 + np.exp(-odds)), whole.probability(terms, found))
    return everywhere, replace(whole, threshold=expected_threshold(everywhere[use])), strength


@dataclass(frozen=True)
class _Moved:
    """Weights that moved away from a start: slope * start + level + weighted features + weighted terms."""

    slope: float
    level: float
    features: Numbers
    terms: Numbers

    def odds(self, values: Numbers, terms: Any, begun: Numbers) -> Numbers:
        found: Numbers = self.slope * begun + self.level + values @ self.features + terms @ self.terms
        return found


def _moves(values: Numbers, terms: Any, begun: Numbers, carries: Flags, *, level: float) -> dict[float, _Moved]:
    """Penalised logistic regressions from given log-odds, one for each strength; terms that nobody says keep weight 0."""
    from scipy.optimize import minimize
    from scipy.special import expit

    n, n_terms = values.shape[1], terms.shape[1]
    said = np.unique(terms.indices)
    terms = terms[:, said].tocsr()
    back = terms.T.tocsr()

    def loss(moved: Numbers, strength: float) -> tuple[float, Numbers]:
        slope, up, weights, words = moved[0], moved[1], moved[2 : n + 2], moved[n + 2 :]
        odds = slope * begun + up + (values @ weights + terms @ words if strength else 0.0)
        wrong = expit(odds) - carries
        total = (
            np.logaddexp(0, odds).sum() - odds[carries].sum() + ((slope - 1) / SLOPE) ** 2 / 2 + (up / level) ** 2 / 2
        )
        steep = np.r_[wrong @ begun + (slope - 1) / SLOPE**2, wrong.sum() + up / level**2]
        if not strength:
            return total, np.r_[steep, np.zeros(n + len(said))]
        rest = moved[2:]
        return total + rest @ rest / (2 * strength), np.r_[
            steep, np.r_[values.T @ wrong, back @ wrong] + rest / strength
        ]

    at, found = np.r_[1.0, np.zeros(n + len(said) + 1)], {}
    for strength in STRENGTHS:
        at = minimize(loss, at, (strength,), jac=True, method="L-BFGS-B", options={"ftol": 1e-7, "maxiter": 200}).x
        words = np.zeros(n_terms)
        words[said] = at[n + 2 :]
        found[strength] = _Moved(float(at[0]), float(at[1]), at[2 : n + 2], words)
    return found


def _chosen(held: Mapping[float, Numbers], carries: Flags, judged: Flags, *, cautious: bool) -> float:
    """The strength of the least held-out loss; if cautious, the least strength whose loss is within half its error of that."""
    loss = {k: np.logaddexp(0, odds[judged]) - carries[judged] * odds[judged] for k, odds in held.items()}
    best = min(loss, key=lambda k: loss[k].mean())
    if not cautious:
        return best
    more = {k: given - loss[best] for k, given in loss.items()}
    return min(k for k, given in more.items() if given.mean() <= given.std() / np.sqrt(len(given)) / 2)


def expected_threshold(probability: Numbers) -> float:
    """The probability from which suggesting gives the highest F1 that the probabilities themselves let expect.

    Examples
    --------
    >>> expected_threshold(np.array([0.9, 0.5, 0.1, 0.1]))
    0.5
    """
    falling = np.sort(probability)[::-1]
    f1 = 2 * np.cumsum(falling) / (np.arange(len(falling)) + 1 + falling.sum())
    return float(falling[np.argmax(f1)])


def fit_links(values: Numbers, right: Flags, turn: Ints, *, begun: Numbers | None = None) -> Numbers:
    """Weights of a conditional logistic regression: which of a turn's candidates is right.

    Parameters
    ----------
    values
        Features, pairs x features.
    right
        Whether each pair is right; turns without a right pair teach nothing.
    turn
        Turn of each pair, sorted.
    begun
        Score of each pair to begin from, to which the weighted features are added; 0 without it.

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
    begun = np.zeros(len(turn)) if begun is None else begun[taught]
    begins = np.flatnonzero(np.r_[True, turn[1:] != turn[:-1]])
    size = np.diff(np.r_[begins, len(turn)])
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0
    scaled = (values - values.mean(axis=0)) / spread

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        score = begun + scaled @ weights
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


def next_to_code(
    turns: pd.DataFrame,
    *,
    seed: int,
    model: Coder | None = None,
    codes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Rank turns by how much their coding would teach.

    Parameters
    ----------
    turns
        Work table ``turns``.
    seed
        Draws the random turns.
    model
        The coder that is to learn; without one, the starting coder.
    codes
        Codes that matter; without it, all that the coder knows.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``turn``, ``rank`` (from 1), ``chosen`` (``uncertain`` or ``random``) and ``uncertainty``: 1 where the
        coder cannot decide, falling to 0 where it is sure.
    """
    arrays = as_arrays(turns)
    reading = (model or starting_coder()).assess(arrays)
    doubt = [
        doubtful(told.probability, told.threshold)
        for code, told in reading.codes.items()
        if codes is None or code in codes
    ]
    uncertainty = np.zeros(len(turns))
    uncertainty[arrays.order] = np.where(arrays.n_words > 0, np.max(doubt, axis=0) if doubt else 0.0, 0.0)
    left = turns[["activity", "turn"]].reset_index(drop=True).assign(uncertainty=uncertainty)
    order, chosen = mixed(left["uncertainty"].to_numpy(), seed=seed)
    ranked = left.iloc[order].assign(rank=np.arange(1, len(left) + 1), chosen=chosen).reset_index(drop=True)
    return ranked[["activity", "turn", "rank", "chosen", "uncertainty"]]


def doubtful(probability: Numbers, threshold: Numbers) -> Numbers:
    """1 at the threshold, 0 where the probability is 0 or 1."""
    surer = (1 - probability) / np.maximum(1 - threshold, 1e-12)
    doubt: Numbers = np.where(probability < threshold, probability / np.maximum(threshold, 1e-12), surer)
    return doubt


def mixed(uncertainty: Numbers, *, seed: int) -> tuple[Ints, NDArray[np.str_]]:
    """Every turn once: at each rank the next of a random order or, else, the most uncertain one left."""
    rng = np.random.default_rng(seed)
    n = len(uncertainty)
    queues = {"random": iter(rng.permutation(n)), "uncertain": iter(np.argsort(-uncertainty, kind="stable"))}
    chosen = np.where(rng.random(n) < SHARE_RANDOM, "random", "uncertain")
    taken = np.zeros(n, bool)
    order = np.empty(n, dtype=np.intp)
    for rank, queue in enumerate(chosen):
        order[rank] = next(turn for turn in queues[queue] if not taken[turn])
        taken[order[rank]] = True
    return order, chosen
