"""How well suggestions meet gold codes and links, with intervals over meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.coder.pairs import likeliest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nicmethods.coder.pairs import Links
    from nicmethods.coder.turn_arrays import Flags, Ints

__all__ = ["code_scores", "f1_score", "gain", "kappa_cohen", "link_scores"]

N_BOOTSTRAP = 500


def f1_score(carries: Flags, suggested: Flags) -> float:
    """Harmonic mean of precision and recall; NaN where neither side has any turn.

    Examples
    --------
    >>> f1_score(np.array([True, True, False]), np.array([True, False, False]))
    0.6666666666666666
    """
    total = int(carries.sum() + suggested.sum())
    return float(2 * (carries & suggested).sum() / total) if total else float("nan")


def kappa_cohen(carries: Flags, suggested: Flags) -> float:
    """Cohen's kappa between gold and suggestion; NaN where chance alone would agree always."""
    if not len(carries):
        return float("nan")
    p, q = carries.mean(), suggested.mean()
    chance = p * q + (1 - p) * (1 - q)
    return float(((carries == suggested).mean() - chance) / (1 - chance)) if chance < 1 else float("nan")


def code_scores(carries: Flags, suggested: Flags, meeting: Ints, *, seed: int) -> dict[str, Any]:
    """Precision, recall, F1 with its 95 % interval over meetings, kappa, and the counts behind them."""
    right = carries & suggested
    both, coded, said = _drawn(meeting, seed, right, carries, suggested)
    low, high = _interval(2 * both, coded + said)
    precision_low, precision_high = _interval(both, said)
    return {
        "n": len(carries),
        "n_coded": int(carries.sum()),
        "n_suggested": int(suggested.sum()),
        "precision": float(right.sum() / suggested.sum()) if suggested.any() else float("nan"),
        "precision_low": precision_low,
        "precision_high": precision_high,
        "recall": float(right.sum() / carries.sum()) if carries.any() else float("nan"),
        "f1": f1_score(carries, suggested),
        "f1_low": low,
        "f1_high": high,
        "kappa": kappa_cohen(carries, suggested),
    }


def gain(carries: Flags, suggested: Flags, before: Flags, meeting: Ints, *, seed: int) -> dict[str, float]:
    """F1 of another coder on the same turns, and how much higher the first one's is, with its 95 % interval over meetings."""
    told = (carries & suggested, suggested, carries & before, before, carries)
    right, said, right_before, said_before, coded = _drawn(meeting, seed, *told)
    with np.errstate(invalid="ignore"):
        low, high = _interval(2 * right / (said + coded) - 2 * right_before / (said_before + coded))
    start = f1_score(carries, before)
    return {"start_f1": start, "gain": f1_score(carries, suggested) - start, "gain_low": low, "gain_high": high}


def link_scores(links: Links, answers: Sequence[frozenset[int]], *, seed: int) -> dict[str, Any]:
    """Share of turns that answer an earlier turn whose likeliest target, and its speaker, is a right one.

    Turns whose gold targets all start later are left out: links go back in time.
    """
    pairs, speaker = links.pairs, links.arrays.speaker
    earlier = {turn: early for turn, right in enumerate(answers) if (early := {j for j in right if j < turn})}
    turns = np.array(list(earlier), dtype=np.intp)
    best = np.full(len(speaker), -1)
    best[pairs.turn[pairs.first]] = pairs.target[likeliest(links.arrays, pairs, links.probability)]
    hit = [best[t] in right for t, right in earlier.items()]
    person = [best[t] >= 0 and speaker[best[t]] in {speaker[j] for j in right} for t, right in earlier.items()]
    found: dict[str, Any] = {"n": len(turns)}
    for name, right in (("right_turn", np.array(hit, bool)), ("right_person", np.array(person, bool))):
        low, high = _interval(*_drawn(links.arrays.meeting[turns], seed, right, np.ones(len(turns), bool)))
        found |= {name: float(right.mean()), f"{name}_low": low, f"{name}_high": high}
    return found


def _interval(drawn: Any, of: Any = 1) -> tuple[float, float]:
    """95 % of drawn values, or shares of drawn values; NaN where none is defined."""
    with np.errstate(invalid="ignore"):
        drawn = drawn / of
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (np.nan, np.nan)
    return float(low), float(high)


def _drawn(meeting: Ints, seed: int, *counted: Flags) -> Ints:
    """How many turns count, each count over meetings drawn with replacement: counts x draws."""
    number = np.unique(meeting, return_inverse=True)[1]
    n = number.max(initial=-1) + 1
    counts = np.column_stack([np.bincount(number, one, minlength=n).astype(np.intp) for one in counted])
    rng = np.random.default_rng(seed)
    drawn: Ints = rng.multinomial(n, np.full(n, 1 / n), size=N_BOOTSTRAP) @ counts
    return drawn.T
