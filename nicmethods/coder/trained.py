"""A coder learned from the researcher's own codings: what was learned, how it reads turns, and its folder.

A folder holds plain data, numbers and words: loading one never runs anything that it holds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.coder.features import question_features, turn_features
from nicmethods.coder.pairs import Links, candidates, link_features, probabilities
from nicmethods.coder.starting import Assessment, Told, starting_coder, strongest
from nicmethods.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nicmethods.coder.features import Phrases
    from nicmethods.coder.ground import Ground
    from nicmethods.coder.starting import StartingCoder
    from nicmethods.coder.turn_arrays import Flags, Ints, Numbers, TurnArrays

__all__ = [
    "CodeWeights",
    "Form",
    "TrainedCoder",
    "Trees",
    "card_text",
    "described",
    "load_model",
    "term_counter",
    "term_counts",
    "turn_documents",
    "write_model",
]

ASKING = "help_request"
"""The code whose probability tells other codes whether a turn answers a request."""
TERM_SCALE = 0.35
"""What a word or phrase that occurs counts, beside features of unit spread."""
_NEXT, _BEFORE = 6, 8
FORMAT = 3
_TREE_PARTS = ("split", "threshold", "value")
DEPTH = 4
N_INNER = 2**DEPTH - 1


@dataclass(frozen=True)
class Trees:
    """Complete binary trees whose leaves are summed; t trees of 15 questions and 16 leaves.

    Parameters
    ----------
    features
        Names of the columns that the trees ask about.
    split
        t x 15, column asked about at each node; the nodes below node k are 2k + 1 and 2k + 2.
    threshold
        t x 15, values above it go to the second of these.
    value
        t x 16, log-odds that each leaf adds.
    intercept
        Log-odds before any tree.
    """

    features: tuple[str, ...]
    split: Ints
    threshold: Numbers
    value: Numbers
    intercept: float

    def __post_init__(self) -> None:
        n = len(self.split)
        shapes = (self.split.shape, self.threshold.shape, self.value.shape)
        if shapes != ((n, N_INNER), (n, N_INNER), (n, N_INNER + 1)):
            raise ValueError(f"trees of depth {DEPTH} do not have arrays of shapes {shapes}")
        if n and not 0 <= self.split.min() <= self.split.max() < len(self.features):
            raise ValueError("a tree asks about a column that is not there")

    def odds(self, values: Numbers) -> Numbers:
        """Log-odds of each row of ``values``, rows x features."""
        values = values.astype(np.float32)
        rows = np.arange(len(values))
        total = np.full(len(values), self.intercept)
        for split, threshold, value in zip(self.split, self.threshold, self.value, strict=True):
            node = np.zeros(len(values), dtype=np.intp)
            for _ in range(DEPTH):
                node = 2 * node + 1 + (values[rows, split[node]] > threshold[node])
            total += value[node - N_INNER]
        return total


@dataclass(frozen=True)
class CodeWeights:
    """What was learned of one code: a regression's log-odds, averaged with those of boosted trees where there are any.

    Parameters
    ----------
    features
        Feature name -> weight.
    terms
        One weight a term of the form's vocabulary.
    intercept
        The regression's log-odds of nothing.
    trees
        Boosted trees over features, counted twice; None where too little was coded for them.
    threshold
        Probability from which a turn is suggested.
    """

    features: Mapping[str, float]
    terms: Numbers
    intercept: float
    trees: Trees | None
    threshold: float

    def probability(self, counts: Any, found: Mapping[str, Numbers]) -> Numbers:
        """How likely each turn carries the code, from its terms and its features."""
        odds = counts @ self.terms + self.intercept
        odds += sum((found[feature] * weight for feature, weight in self.features.items()), np.zeros(len(odds)))
        if self.trees is not None:
            values = np.column_stack([found[feature] for feature in self.trees.features])
            odds = joined(odds, self.trees.odds(values))
        probable: Numbers = 1 / (1 + np.exp(-odds))
        return probable


@dataclass(frozen=True)
class Form:
    """What was learned for one way of writing transcripts: with question marks, or without.

    Parameters
    ----------
    vocabulary
        Words and phrases of up to three words.
    codes
        Code -> its weights.
    """

    vocabulary: tuple[str, ...]
    codes: Mapping[str, CodeWeights]


@dataclass(frozen=True)
class TrainedCoder:
    """A coder learned from codings; plain numbers and words, so that loading one runs nothing.

    Parameters
    ----------
    forms
        ``"marked"`` for transcripts with question marks (missing if none was coded) and ``"plain"`` for those without.
    link
        Link feature -> weight.
    card
        What it learned from, and its cross-validated scores.
    start
        The coder that learning began from. It reads transcripts with question marks where none of these was coded, and
        help requests where these were not.
    """

    forms: Mapping[str, Form]
    link: Mapping[str, float]
    card: Mapping[str, Any]
    start: StartingCoder = field(default_factory=starting_coder)
    layer: str = "trained"

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes that it learned."""
        return tuple(self.forms["plain"].codes)

    @property
    def ground(self) -> Ground:
        """What the meetings were like that it or its start learned from."""
        learned = self.card["ground"]
        return {
            name: (min(low, learned[name][0]), max(high, learned[name][1]))
            for name, (low, high) in self.start.ground.items()
        }

    def assess(self, arrays: TurnArrays) -> Assessment:
        """Say how likely each turn carries each code and answers each earlier turn."""
        plain = self._form("plain", arrays.plain())
        if arrays.is_plain.all():
            return plain
        marked = self._form("marked", arrays) if "marked" in self.forms else self.start.assess(arrays)
        codes = {c: _either(arrays.is_plain, one, marked.codes.get(c, one)) for c, one in plain.codes.items()}
        return replace(plain, links=replace(plain.links, arrays=arrays), codes=codes)

    def _form(self, name: str, arrays: TurnArrays) -> Assessment:
        form = self.forms[name]
        links, pair_features = described(arrays, self.link, self.start.phrases)
        found = {**links.turns, **links.answered(), **links.answers()}
        counts = term_counts(turn_documents(arrays), form.vocabulary)
        codes: dict[str, Told] = {}
        for code, weights in sorted(form.codes.items(), key=lambda one: one[0] != ASKING):
            if code != ASKING and "asked" not in found:
                known = codes if ASKING in codes else self.start.assess(arrays).codes
                found |= links.asked(known[ASKING].probability)
            least = np.full(len(arrays.text), weights.threshold)
            reason = partial(_reason, form, weights, counts, found)
            codes[code] = Told(weights.probability(counts, found), least, reason)
        return Assessment(links, pair_features, self.start.replies(links), codes)


def _either(where: Flags, one: Told, other: Told) -> Told:
    """What one says where it holds, else what the other says."""
    return Told(
        np.where(where, one.probability, other.probability),
        np.where(where, one.threshold, other.threshold),
        lambda row: (one if where[row] else other).reason(row),
    )


def _reason(form: Form, weights: CodeWeights, counts: Any, found: Mapping[str, Numbers], row: int) -> str:
    said = counts.indices[counts.indptr[row] : counts.indptr[row + 1]]
    names = [*weights.features, *(f"'{form.vocabulary[k]}'" for k in said)]
    parts = [found[feature][row] * w for feature, w in weights.features.items()]
    return strongest(names, np.r_[parts, weights.terms[said]])


def described(arrays: TurnArrays, link: Mapping[str, float], phrases: Phrases) -> tuple[Links, dict[str, Numbers]]:
    """Turns with all that is told of them, and the features of the pairs."""
    turns, pairs = turn_features(arrays), candidates(arrays)
    pair_features = link_features(arrays, pairs, turns)
    scores = sum((pair_features[name] * weight for name, weight in link.items()), np.zeros(len(pairs.turn)))
    turns |= question_features(arrays) | phrases.features(arrays)
    return Links(arrays, pairs, turns, probabilities(pairs, scores)), pair_features


def joined(regression: Numbers, trees: Numbers) -> Numbers:
    """The mean of the log-odds; trees count twice."""
    return (regression + 2 * trees) / 3


def turn_documents(arrays: TurnArrays) -> list[str]:
    """Each turn's words between marks, then the first words of the next turn and the last of the one before."""
    words = np.array(list(arrays.vocabulary), dtype=object)[arrays.word]
    words = np.where(arrays.asked, words + "?", words) if len(words) else words
    ends = np.cumsum(arrays.n_words)
    said = [words[end - n : end].tolist() for end, n in zip(ends, arrays.n_words, strict=True)]
    documents = []
    for i, own in enumerate(said):
        follows = said[i + 1] if i + 1 < len(said) and arrays.meeting[i + 1] == arrays.meeting[i] else []
        before = said[i - 1] if i and arrays.meeting[i - 1] == arrays.meeting[i] else []
        parts = [
            "<s>",
            *own,
            "</s>",
            "#",
            *(f"n:{w}" for w in follows[:_NEXT]),
            "n:</s>" if len(follows) <= _NEXT else "#",
        ]
        documents.append(" ".join([*parts, "#", *(f"p:{w}" for w in before[-_BEFORE:])]))
    return documents


def term_counts(documents: Sequence[str], vocabulary: Sequence[str]) -> Any:
    """Turns x terms, 1 where the term occurs, as a sparse array."""
    from scipy import sparse

    if not vocabulary:
        return sparse.csr_array((len(documents), 0))
    return sparse.csr_array(term_counter(vocabulary=list(vocabulary)).transform(documents).astype(float))


def term_counter(**options: Any) -> Any:
    """The vectoriser of single words and phrases of two and three."""
    from sklearn.feature_extraction.text import CountVectorizer

    return CountVectorizer(binary=True, token_pattern=r"\S+", lowercase=False, ngram_range=(1, 3), **options)


def write_model(model: TrainedCoder, folder: Path | str) -> None:
    """Write a trained coder.

    Parameters
    ----------
    model
        The coder.
    folder
        Gets ``model.json`` (features, vocabulary, weights of features), ``terms.npz`` (weights of words and phrases, trees) and
        ``card.md``. The vocabulary holds words of the transcripts, names among them: keep the folder where they are kept.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    forms: dict[str, Any] = {}
    terms = {}
    for name, form in model.forms.items():
        codes = {}
        for number, (code, weights) in enumerate(form.codes.items()):
            terms[f"{name}_{number}"] = weights.terms.astype(np.float32)
            trees = weights.trees
            codes[code] = {"features": weights.features, "intercept": weights.intercept, "threshold": weights.threshold}
            if trees is not None:
                terms |= {f"{name}_{number}_{part}": getattr(trees, part) for part in _TREE_PARTS}
                codes[code] |= {"tree_features": trees.features, "tree_intercept": trees.intercept}
        forms[name] = {"vocabulary": form.vocabulary, "codes": codes}
    whole = {"format": FORMAT, "link": model.link, "forms": forms, "card": model.card}
    (folder / "model.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
    np.savez_compressed(folder / "terms.npz", allow_pickle=False, **terms)
    (folder / "card.md").write_text(card_text(model), encoding="utf-8")


def load_model(folder: Path | str) -> TrainedCoder:
    """Read a trained coder.

    Parameters
    ----------
    folder
        As written by :func:`write_model`.

    Returns
    -------
    TrainedCoder
        The coder.

    Raises
    ------
    RunError
        If the folder is not a model, or one of another format.
    """
    folder = Path(folder)
    try:
        whole = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if whole["format"] != FORMAT:
            raise RunError(
                f"{folder} is a model of format {whole['format']}; this version reads {FORMAT}. Train it anew."
            )
        with np.load(folder / "terms.npz", allow_pickle=False) as terms:
            forms = {name: _form(name, form, terms) for name, form in whole["forms"].items()}
        return TrainedCoder(forms, {str(k): float(w) for k, w in whole["link"].items()}, dict(whole["card"]))
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise RunError(f"{folder} is not a model folder: {error}. Make one with `nicmethods train`.") from error


def _form(name: str, form: dict[str, Any], terms: Any) -> Form:
    vocabulary = tuple(map(str, form["vocabulary"]))
    codes = {}
    for number, (code, found) in enumerate(form["codes"].items()):
        weights = terms[f"{name}_{number}"].astype(float)
        if weights.shape != (len(vocabulary),):
            raise ValueError(f"code '{code}' has {len(weights)} weights for {len(vocabulary)} terms")
        features = {str(feature): float(weight) for feature, weight in found["features"].items()}
        trees = None
        if "tree_features" in found:
            trees = Trees(
                tuple(map(str, found["tree_features"])),
                intercept=float(found["tree_intercept"]),
                **{part: terms[f"{name}_{number}_{part}"] for part in _TREE_PARTS},
            )
        codes[code] = CodeWeights(features, weights, float(found["intercept"]), trees, float(found["threshold"]))
    return Form(vocabulary, codes)


def card_text(model: TrainedCoder) -> str:
    """The model's card as Markdown: what it learned from, scores on held-out meetings, what it could not learn."""
    card = model.card
    lines = [
        "# A trained coder",
        "",
        f"Learned from {card['n_turns']:,} turns of {card['n_meetings']} meetings. Scores are of talk held out of learning",
        f"(split by {card['held_out_by']}, seed {card['seed']}), with 95 % intervals over meetings. *Start* is the F1 of the",
        "coder that learning began from, on the same turns; *change* is how much higher the learned one's is. *Marked* is for",
        "transcripts with question marks, *plain* for those without. The folder holds words of these transcripts, names among",
        "them: do not pass it on without leave.",
        "",
        "| code | form | coded turns | precision | recall | F1 | kappa | start | change |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for form, codes in card["codes"].items():
        for code, s in codes.items():
            begun = f"{s['start_f1']:.2f}" if "start_f1" in s else ""
            change = f"{s['gain']:+.2f} [{s['gain_low']:+.2f}, {s['gain_high']:+.2f}]" if "start_f1" in s else ""
            lines.append(
                f"| {code} | {form} | {s['n_coded']} of {s['n']} | {s['precision']:.2f} | {s['recall']:.2f} "
                f"| {s['f1']:.2f} [{s['f1_low']:.2f}, {s['f1_high']:.2f}] | {s['kappa']:.2f} | {begun} | {change} |"
            )
    lines += ["", f"Links: {_links_said(card['links'])}."]
    lines += [f"Not learned: {code} ({why})." for code, why in card["not_learned"].items()]
    return "\n".join(lines) + "\n"


def _links_said(links: Mapping[str, Any]) -> str:
    if "right_turn" not in links:
        return str(links["note"])
    said = (
        f"of {links['n']} turns with a coded earlier target, the right turn for {links['right_turn']:.2f} "
        f"[{links['right_turn_low']:.2f}, {links['right_turn_high']:.2f}], the right person for {links['right_person']:.2f} "
        f"[{links['right_person_low']:.2f}, {links['right_person_high']:.2f}]"
    )
    if "start_right_turn" in links:
        said += f"; the starting coder {links['start_right_turn']:.2f} and {links['start_right_person']:.2f}"
    return f"{said}; {links['note']}" if "note" in links else said
