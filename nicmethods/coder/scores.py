"""How well suggestions meet gold codes and links, with intervals over meetings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.coder.pairs import likeliest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nicmethods.coder.pairs import Pairs
    from nicmethods.coder.turn_arrays import Flags, Ints, Numbers, TurnArrays

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
    both = int((carries & suggested).sum())
    counts = np.column_stack([_per(meeting, carries & suggested), _per(meeting, carries), _per(meeting, suggested)])
    drawn = _drawn(counts, seed)
    with np.errstate(invalid="ignore"):
        low, high = _interval(2 * drawn[:, 0] / (drawn[:, 1] + drawn[:, 2]))
        precision_low, precision_high = _interval(drawn[:, 0] / drawn[:, 2])
    return {
        "n": len(carries),
        "n_coded": int(carries.sum()),
        "n_suggested": int(suggested.sum()),
        "precision": both / int(suggested.sum()) if suggested.any() else float("nan"),
        "precision_low": precision_low,
        "precision_high": precision_high,
        "recall": both / int(carries.sum()) if carries.any() else float("nan"),
        "f1": f1_score(carries, suggested),
        "f1_low": low,
        "f1_high": high,
        "kappa": kappa_cohen(carries, suggested),
    }


def gain(carries: Flags, suggested: Flags, before: Flags, meeting: Ints, *, seed: int) -> dict[str, float]:
    """F1 of another coder on the same turns, and how much higher the first one's is, with its 95 % interval over meetings."""
    told = (carries & suggested, suggested, carries & before, before, carries)
    drawn = _drawn(np.column_stack([_per(meeting, counted) for counted in told]), seed)
    with np.errstate(invalid="ignore"):
        more = 2 * drawn[:, 0] / (drawn[:, 1] + drawn[:, 4]) - 2 * drawn[:, 2] / (drawn[:, 3] + drawn[:, 4])
        low, high = _interval(more)
    start = f1_score(carries, before)
    return {
        "start_f1": start,
        "gain": f1_score(carries, suggested) - start,
        "gain_low": low,
        "gain_high": high,
    }


def link_scores(
    arrays: TurnArrays, pairs: Pairs, probability: Numbers, answers: Sequence[frozenset[int]], *, seed: int
) -> dict[str, Any]:
    """Share of turns that answer an earlier turn whose likeliest target, and its speaker, is a right one.

    Turns whose gold targets all start later are left out: links go back in time.
    """
    earlier = {turn: {j for j in right if j < turn} for turn, right in enumerate(answers) if right}
    turns = np.array([turn for turn, right in earlier.items() if right], dtype=np.intp)
    best = np.full(len(arrays.text), -1)
    best[pairs.turn[pairs.first]] = pairs.target[likeliest(arrays, pairs, probability)]
    hit = np.array([best[t] in earlier[t] for t in turns], dtype=bool)
    person = np.array(
        [best[t] >= 0 and arrays.speaker[best[t]] in {arrays.speaker[j] for j in earlier[t]} for t in turns], dtype=bool
    )
    found: dict[str, Any] = {"n": len(turns)}
    for name, right in (("right_turn", hit), ("right_person", person)):
        drawn = _drawn(
            np.column_stack(
                [_per(arrays.meeting[turns], right), _per(arrays.meeting[turns], np.ones(len(turns), bool))]
            ),
            seed,
        )
        low, high = np.nanquantile(drawn[:, 0] / drawn[:, 1], [0.025, 0.975])
        found |= {name: float(right.mean()), f"{name}_low": float(low), f"{name}_high": float(high)}
    return found


def _interval(drawn: Numbers) -> tuple[float, float]:
    """95 % of drawn values; NaN where none is defined."""
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (np.nan, np.nan)
    return float(low), float(high)


def _per(meeting: Ints, counted: Flags) -> Ints:
    """Counts by meeting, for the meetings that occur."""
    number = np.unique(meeting, return_inverse=True)[1]
    return np.bincount(number, counted, minlength=number.max(initial=-1) + 1).astype(np.intp)


def _drawn(counts: Ints, seed: int) -> Ints:
    """Sums of counts over meetings drawn with replacement: draws x columns."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=N_BOOTSTRAP) @ counts
