"""Whether scores follow those of the people one names (influence), and ties the likeness of scores (selection)."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.network.between_waves import intervals
from nicmethods.network.graph import WaveNetwork, declared, groupings, in_both, seed_of
from nicmethods.network.permutation import held_against, permutations
from nicmethods.network.regression import mrqap
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["exposure", "freedman_lane", "influence", "selection"]

CAUTION = (
    "Whoever names people of like scores may have come to be like them (influence), may have chosen them for it (selection), "
    "or share what moved both; these two waves cannot tell the three apart."
)


@takes
def exposure(network: WaveNetwork, scores: pd.Series[float]) -> pd.Series[float]:
    """The mean score of those whom each person names, weighted by the reported value of the tie.

    Parameters
    ----------
    network
        One wave.
    scores
        Score by actor; whose score is not known does not count.

    Returns
    -------
    Series
        By actor; NaN for who did not answer, or names nobody whose score is known.

    References
    ----------
    Frank, Zhao & Borman (2004), Sociology of Education 77.

    Examples
    --------
    >>> from nicmethods.network import survey_of, wave_network
    >>> frame = pd.DataFrame([[0, 1, 3], [0, 0, 0], [0, 0, 0]], index=list("abc"), columns=list("abc"))
    >>> exposure(wave_network(survey_of(frame)), pd.Series({"b": 2.0, "c": 6.0}))["a"]
    np.float64(5.0)
    """
    number = pd.to_numeric(scores, errors="coerce") if isinstance(scores, pd.Series) else None
    if number is None or number.index.has_duplicates or (number.isna() & scores.notna()).any():
        raise MeasureError("Scores are a series of numbers by actor, each actor once.")
    own = number.reindex(network.actors).to_numpy(float)
    source, target, value = network.ties
    counts = ~np.isnan(own[target])
    source, target, value = source[counts], target[counts], value[counts]
    total = np.bincount(source, weights=value * own[target], minlength=network.n)
    weight = np.bincount(source, weights=value, minlength=network.n)
    return pd.Series(total / np.where(weight > 0, weight, np.nan), index=pd.Index(network.actors, name="actor"))


@takes
def influence(
    survey: Survey,
    *,
    seed: int,
    score: str = "",
    controls: Sequence[str] = (),
    n_permutations: int = 1000,
) -> pd.DataFrame:
    """Regress each person's later score on the earlier one and on the earlier scores of those whom the person names.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say; its attributes hold the scores, by wave.
    seed
        Seed of the permutations.
    score
        Name of the score; empty: each attribute that holds numbers alone.
    controls
        Columns of the roster with numbers.
    n_permutations
        Permutations behind each p.

    Returns
    -------
    DataFrame
        Run table ``influence``: by interval and relation the terms ``intercept``, ``earlier_score``, ``exposure`` and the
        controls. Ties are those of the earlier wave. p is two-sided by Freedman and Lane's permutation: the later score's
        residuals given all other terms are dealt out anew among people.

    Raises
    ------
    MeasureError
        If the survey has no such score, or the score is no number.

    References
    ----------
    Frank, Zhao & Borman (2004), Sociology of Education 77; Freedman & Lane (1983), Journal of Business & Economic
    Statistics 1.
    """
    more = _controls(survey, controls)
    parts = []
    for (name, scores), (earlier, later) in product(_scores(survey, score).items(), intervals(survey)):
        before, after = (_at(scores, network.wave) for network in (earlier, later))
        table = pd.DataFrame(
            {"earlier_score": before, "exposure": exposure(earlier, before), **more}, index=survey.roster["actor"]
        )
        own = seed_of(seed, later.relation, earlier.wave, later.wave, name)
        draws = partial(permutations, n_permutations=n_permutations, seed=own)
        rows = freedman_lane(after.reindex(table.index), table, draws=draws)
        parts.append(_labelled(rows, earlier, later, "influence", name))
    return declared("influence", parts)


@takes
def selection(survey: Survey, *, seed: int, score: str = "", n_permutations: int = 1000) -> pd.DataFrame:
    """Regress later ties on how far earlier scores are apart, net of the earlier tie (MRQAP, linear).

    Parameters
    ----------
    survey, seed, score, n_permutations
        As in :func:`influence`.

    Returns
    -------
    DataFrame
        Run table ``influence`` with the terms ``earlier_tie``, ``score_distance`` (below 0: people of like scores come to
        name each other), ``sender_score`` and ``receiver_score``.
    """
    parts = []
    for (name, scores), (earlier, later) in product(_scores(survey, score).items(), intervals(survey)):
        earlier, later = in_both(earlier, later)
        own = _at(scores, earlier.wave).reindex(later.actors).to_numpy(float)
        sender = np.broadcast_to(own[:, None], (len(own), len(own)))
        predictors = {
            "earlier_tie": earlier.binary(),
            "score_distance": np.abs(sender - sender.T),
            "sender_score": sender,
            "receiver_score": sender.T,
        }
        fit = mrqap(
            later.binary(),
            predictors,
            seed=seed_of(seed, later.relation, earlier.wave, later.wave, name),
            n_permutations=n_permutations,
        )
        rows = fit.rename(columns={"estimate": "value", "n_dyads": "n"})
        parts.append(_labelled(rows, earlier, later, "selection", name))
    return declared("influence", parts)


def _scores(survey: Survey, score: str) -> dict[str, pd.Series[float]]:
    """The score, or every attribute that holds numbers alone, by wave and actor."""
    rows = survey.attributes.assign(number=pd.to_numeric(survey.attributes["value"], errors="coerce"))
    names = list(dict.fromkeys(rows["name"]))
    if score and score not in names:
        raise MeasureError(f"There is no score {score!r}; scores are {', '.join(map(repr, names)) or 'none'}.")
    found = {}
    for name in [score] if score else names:
        own = rows[rows["name"].eq(name)]
        text = own[own["number"].isna()]
        if score and len(text):
            first = text.iloc[0]
            raise MeasureError(
                f"The score {score!r} of {first['actor']} in {first['wave']} is {first['value']!r}, no number."
            )
        if text.empty:
            found[name] = pd.Series(own["number"].to_numpy(float), pd.MultiIndex.from_frame(own[["wave", "actor"]]))
    return found


def _at(scores: pd.Series[float], wave: str) -> pd.Series[float]:
    """Scores of one wave by actor."""
    level = scores.index.get_level_values("wave") == wave
    return scores[level].droplevel("wave")


def _controls(survey: Survey, controls: Sequence[str]) -> dict[str, pd.Series[Any]]:
    roster = survey.roster.set_index("actor")
    found = {}
    for column in groupings(survey, controls):
        number = pd.to_numeric(roster[column], errors="coerce").astype(float)
        if (number.isna() & roster[column].notna()).any():
            raise MeasureError(f"A control needs numbers; the roster's column {column!r} holds words.")
        found[column] = number
    return found


def freedman_lane(
    outcome: pd.Series[float], table: pd.DataFrame, *, draws: Callable[[int], NDArray[np.int64]]
) -> pd.DataFrame:
    """Least squares of a person's outcome, with p by permuted residuals of the model without the term.

    Parameters
    ----------
    outcome
        By person.
    table
        A column a term; people with a blank are left out.
    draws
        Takes the number of people left, gives permutations of them, shape (m, n).

    Returns
    -------
    DataFrame
        One row a term, the intercept first: ``term``, ``value``, ``se``, ``statistic`` (t), ``p``, ``p_error``, ``r2``,
        ``n``, ``note``.

    References
    ----------
    Freedman & Lane (1983), Journal of Business & Economic Statistics 1.
    """
    known = outcome.notna() & table.notna().all(axis=1)
    y = outcome[known].to_numpy(float)
    x = np.column_stack([np.ones(len(y)), table[known].to_numpy(float)])
    terms = ["intercept", *table]
    n, k = x.shape
    why = ""
    if n <= k + 1:
        why = f"{n} people are known in both waves and name somebody who is; too few for {k} terms"
    elif np.linalg.matrix_rank(x) < k or np.ptp(y) == 0:
        why = "a term or the score does not vary, or the terms determine each other"
    if why:
        return pd.DataFrame({"term": terms, "n": n, "note": why})
    inverse = np.linalg.inv(x.T @ x)
    estimate, t = _least_squares(x, inverse, y[None, :])
    chosen = draws(n)
    tests = []
    for j in range(1, k):
        others = np.delete(x, j, axis=1)
        fitted = np.asarray(others @ np.linalg.lstsq(others, y, rcond=None)[0], float)
        dealt = np.asarray(fitted + (y - fitted)[chosen], float)
        null = _least_squares(x, inverse, dealt)[1][:, j]
        tests.append(held_against(float(t[0, j]), null, centre=0.0))
    blank = [np.nan]
    return pd.DataFrame(
        {
            "term": terms,
            "value": estimate[0],
            "se": estimate[0] / t[0],
            "statistic": t[0],
            "p": blank + [test.p for test in tests],
            "p_error": blank + [test.p_error for test in tests],
            "r2": 1 - ((y - x @ estimate[0]) ** 2).sum() / ((y - y.mean()) ** 2).sum(),
            "n": n,
            "note": ["", *(test.note for test in tests)],
        }
    )


def _least_squares(
    x: NDArray[Any], inverse: NDArray[Any], y: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Estimates and t values of many outcomes, shape (m, n) to (m, k)."""
    estimate = y @ x @ inverse
    left = ((y - estimate @ x.T) ** 2).sum(axis=1) / (x.shape[0] - x.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        return estimate, estimate / np.sqrt(left[:, None] * np.diag(inverse))


def _labelled(rows: pd.DataFrame, earlier: WaveNetwork, later: WaveNetwork, model: str, score: str) -> pd.DataFrame:
    labels = {"from_wave": earlier.wave, "to_wave": later.wave, "relation": later.relation, "model": model}
    return conform(rows.assign(**labels, score=score, policy=later.policy, caution=CAUTION), RUN_TABLES["influence"])
