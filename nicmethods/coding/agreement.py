"""How far coders agree: percent, Cohen's kappa, Krippendorff's alpha, Gwet's AC1, positive specific agreement.

Every coefficient takes ratings as units x coders, NaN where a coder did not rate the unit, and gives NaN where it is
undefined. The card compares coders code by code on the turns that all of them read, with bootstrap intervals.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from nicmethods.case.coverage import NOT_CODERS, turns_read
from nicmethods.coding.reliability import codes_unread
from nicmethods.errors import MeasureError
from nicmethods.tables import RUN_TABLES, conform, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from nicmethods.tables.bundles import Coders, Meetings

    Floats = NDArray[np.float64]

__all__ = [
    "ac1_gwet",
    "agreement_by_speaker",
    "agreement_card",
    "alpha_krippendorff",
    "disagreements",
    "kappa_cohen",
    "of_resamples",
    "percent",
    "readers",
    "specific_positive",
]

Level = Literal["nominal", "ordinal", "interval"]

_LEAST_CLUSTERS = 10
_MOST_UNDEFINED = 0.05


def percent(ratings: ArrayLike) -> float:
    """Share of pairs of ratings of the same unit that are equal.

    Parameters
    ----------
    ratings
        Units x coders, numbers or text; NaN or None where a coder did not rate the unit.

    Returns
    -------
    float
        From 0 to 1: mean over units with two ratings or more of the share of equal pairs. NaN without such a unit.

    References
    ----------
    Fleiss (1971), Psychological Bulletin 76(5), equation 2, whose mean over units it is.

    Examples
    --------
    >>> percent([[1, 1], [0, 1], [0, 0], [1, None]])
    0.666...
    """
    return _of_all(_percent, ratings)


def kappa_cohen(ratings: ArrayLike) -> float:
    """Cohen's kappa of two coders: agreement beyond what their own marginals would give.

    Parameters
    ----------
    ratings
        Units x 2, numbers or text; units that only one of the two rated are left out.

    Returns
    -------
    float
        (observed - expected) / (1 - expected), at most 1. NaN for other than two coders, without a common unit, and
        where only one category occurs.

    References
    ----------
    Cohen (1960), Educational and Psychological Measurement 20(1).

    Examples
    --------
    >>> round(kappa_cohen([[1, 1]] * 20 + [[1, 0]] * 5 + [[0, 1]] * 10 + [[0, 0]] * 15), 6)
    0.4
    """
    return _of_all(_kappa_cohen, ratings)


def alpha_krippendorff(ratings: ArrayLike, *, level: Level = "nominal") -> float:
    """Krippendorff's alpha, 1 - observed / expected disagreement, for any number of coders and missing ratings.

    Parameters
    ----------
    ratings
        Units x coders; NaN where a coder did not rate the unit. Text for ``"nominal"``, otherwise numbers.
    level
        The difference between values c < k: ``"nominal"`` 1; ``"interval"`` (k - c)²; ``"ordinal"`` the exact
        definition, the square of the ratings that lie from c to k, counting c's and k's own by half. Other libraries
        take weights that know only how many categories apart two ratings are; on Krippendorff's data these give 0.834,
        the definition 0.815.

    Returns
    -------
    float
        At most 1; 0 is chance. NaN without a unit that two coders rated, and where only one category occurs.

    Raises
    ------
    MeasureError
        If the level needs numbers and the ratings are none.

    References
    ----------
    Krippendorff (2019), Content Analysis, 4th edition, chapter 12; Krippendorff (2011), Computing Krippendorff's
    alpha-reliability.

    Examples
    --------
    >>> round(alpha_krippendorff([[1, 1], [2, 2], [3, 3], [3, 2], [1, None]], level="ordinal"), 3)
    0.79
    """
    if level != "nominal" and not np.issubdtype(_codes(ratings)[1].dtype, np.number):
        raise MeasureError(f"alpha at level '{level}' needs numbers; the ratings are text.")
    return _of_all(_ALPHAS[level], ratings)


def ac1_gwet(ratings: ArrayLike) -> float:
    """Gwet's AC1: agreement beyond chance, with a chance term that stays small where one category prevails.

    Parameters
    ----------
    ratings
        Units x coders, numbers or text; NaN where a coder did not rate the unit. The categories are those that occur.

    Returns
    -------
    float
        At most 1. NaN without a unit that two coders rated, and where only one category occurs.

    References
    ----------
    Gwet (2008), British Journal of Mathematical and Statistical Psychology 61(1); with missing ratings Gwet (2014),
    Handbook of Inter-Rater Reliability, 4th edition.

    Examples
    --------
    >>> round(ac1_gwet([[1, 1]] * 118 + [[1, 0]] * 5 + [[0, 1]] * 2), 4)
    0.9408
    """
    return _of_all(_ac1_gwet, ratings)


def specific_positive(ratings: ArrayLike) -> float:
    """Positive specific agreement: where one coder says yes, how often another does too.

    Parameters
    ----------
    ratings
        Units x coders of 1 (yes) and 0 (no); NaN where a coder did not rate the unit.

    Returns
    -------
    float
        From 0 to 1; for two coders 2a / (2a + b + c) with a units of both and b + c of one alone. Nothing is corrected
        for chance. NaN where nobody says yes on a unit that two rated.

    References
    ----------
    Cicchetti & Feinstein (1990), Journal of Clinical Epidemiology 43(6); for more coders Spitzer & Fleiss (1974),
    British Journal of Psychiatry 125.

    Examples
    --------
    >>> specific_positive([[1, 1], [1, 0], [0, 0], [0, 0]])
    0.666...
    """
    return _of_all(_specific_positive, ratings)


@takes
def agreement_card(meetings: Meetings, coders: Coders, *, seed: int, n_bootstrap: int = 1000) -> pd.DataFrame:
    """Agreement on every code between every two coders, and among all where there are more than two.

    The unit is the turn that all compared coders read (coverage, under the same codebook where both name one); a span
    inside a turn counts for its turn. The settled set and suggestions are no coders and are left out.

    Parameters
    ----------
    meetings
        What was said.
    coders
        Who coded and read what.
    seed
        Seed of the bootstrap. Coders compared on the same turns share their resamples.
    n_bootstrap
        Resamples behind each interval.

    Returns
    -------
    pandas.DataFrame
        Run table ``agreement``: one row a code, group of coders and coefficient. With ten common meetings or more the
        95 % percentile interval resamples meetings; below, contiguous blocks of turns inside meetings, as long as the
        cube root of the number of turns, and the note says what this leaves out. Blank values and intervals have
        their reason in ``note``. Turns of a drawn sample count as many turns of the record as they stand for (1 / chance),
        so that the card speaks of the record; ``n`` are the turns as they are.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap; Carlstein (1986), Annals of Statistics 14(3), and
    Hall, Horowitz & Jing (1995), Biometrika 82(3), for blocks and their length.
    """
    study = _Study.of(meetings, coders)
    rows = [row for members in study.groups() for row in _group_rows(study, members, seed, n_bootstrap)]
    table = RUN_TABLES["agreement"]
    if not rows:
        return empty(table)
    card = conform(pd.DataFrame(rows, columns=table.names), table)
    return card.sort_values("code", kind="stable", ignore_index=True)


@takes
def readers(meetings: Meetings, coders: Coders) -> pd.DataFrame:
    """Count what each coder read and coded in each meeting.

    Parameters
    ----------
    meetings
        What was said.
    coders
        Who coded and read what.

    Returns
    -------
    pandas.DataFrame
        Run table ``readers``; a meeting that a coder did not read has no row.
    """
    turns = meetings.turns[["activity", "turn", "position"]]
    read = turns_read(coders.coverage[~coders.coverage["coder"].isin(NOT_CODERS)], turns)
    coded = coders.codings[["coder", "activity", "turn"]].drop_duplicates().assign(coded=1)
    read = read.drop_duplicates(["coder", "activity", "turn"])
    found = read.merge(coded, on=["coder", "activity", "turn"], how="left", validate="one_to_one")
    counts = found.groupby(["coder", "activity"], as_index=False).agg(n_read=("turn", "size"), n_coded=("coded", "sum"))
    counts["n_turns"] = counts["activity"].map(turns.groupby("activity").size())
    return conform(counts, RUN_TABLES["readers"])


@takes
def disagreements(meetings: Meetings, coders: Coders) -> pd.DataFrame:
    """List the turns and codes on which those who read the turn do not agree.

    Parameters
    ----------
    meetings
        What was said.
    coders
        Who coded and read what.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``turn``, ``code`` and a column for each coder: ``yes``, ``no``, or blank where the coder did not
        read the turn; by activity, order of turns and code.
    """
    study = _Study.of(meetings, coders)
    tables = [_split(study, read) for read in study.read]
    table = pd.concat(tables, ignore_index=True).sort_values(["unit", "code"], ignore_index=True)
    return table.drop(columns="unit").drop_duplicates(ignore_index=True)


@takes
def agreement_by_speaker(meetings: Meetings, coders: Coders) -> pd.DataFrame:
    """Count, speaker by speaker, how often two coders who read the same turn both gave it a code, one did, none did.

    Parameters
    ----------
    meetings
        What was said.
    coders
        Who coded and read what.

    Returns
    -------
    pandas.DataFrame
        ``code``, ``speaker`` (blank: not known), ``both``, ``one``, ``none``: turns, summed over every two coders.
    """
    study = _Study.of(meetings, coders)
    who = meetings.turns.set_index(["activity", "turn"])["actor"]
    speaker = who.reindex(pd.MultiIndex.from_frame(study.units)).to_numpy(dtype=object)
    parts = []
    for pair in combinations(range(len(study.coders)), 2):
        common = study.common(pair)
        for number, code in enumerate(study.codes):
            had = common[study.had[common][:, pair, number].all(axis=1)]
            times = study.said[had][:, pair, number].sum(axis=1)
            counts = {name: times == k for name, k in (("both", 2), ("one", 1), ("none", 0))}
            parts.append(pd.DataFrame({"code": code, "speaker": speaker[had], **counts}))
    if not parts:
        return pd.DataFrame(columns=["code", "speaker", "both", "one", "none"])
    return pd.concat(parts).groupby(["code", "speaker"], dropna=False)[["both", "one", "none"]].sum().reset_index()


def _split(study: _Study, read: NDArray[np.bool_]) -> pd.DataFrame:
    looked = read[:, :, None] & study.had
    n_read, n_said = looked.sum(axis=1), (study.said & looked).sum(axis=1)
    unit, code = np.nonzero((n_said > 0) & (n_said < n_read))
    answers = np.where(study.said[unit, :, code], "yes", "no").astype(object)
    answers[~looked[unit, :, code]] = None
    table = study.units.iloc[unit].reset_index(drop=True).astype("str")
    table["code"] = pd.Series(np.asarray(study.codes, dtype=object)[code], dtype="str")
    return pd.concat([table, pd.DataFrame(answers, columns=study.coders, dtype="str")], axis=1).assign(unit=unit)


@dataclass(frozen=True)
class _Study:
    """Who read and who coded what: units in order, ``read`` (units x coders) for each codebook, ``had`` and ``said`` with codes.

    ``weight`` (units x coders): how many turns of the record a turn stands for, above 1 where a coder read a drawn sample.
    """

    units: pd.DataFrame
    coders: list[str]
    codes: list[str]
    read: list[NDArray[np.bool_]]
    had: NDArray[np.bool_]
    said: NDArray[np.bool_]
    weight: Floats

    @classmethod
    def of(cls, meetings: Meetings, coders: Coders) -> _Study:
        turns = meetings.turns[["activity", "turn", "position"]]
        units = turns.sort_values(["activity", "position"], ignore_index=True)
        people = coders.coverage[~coders.coverage["coder"].isin(NOT_CODERS)]
        names = sorted(people["coder"].unique())
        theirs = coders.codings[coders.codings["coder"].isin(names)]
        codes = sorted(theirs["code"].unique())
        at = units.set_index(["activity", "turn"]).index

        def marked(rows: pd.DataFrame, shape: tuple[int, ...], *more: NDArray[np.intp]) -> NDArray[np.bool_]:
            flags = np.zeros(shape, dtype=bool)
            who = pd.Index(names).get_indexer(pd.Index(rows["coder"]))
            flags[at.get_indexer(pd.MultiIndex.from_frame(rows[["activity", "turn"]])), who, *more] = True
            return flags

        inside = turns_read(people, units)
        books = people["codebook"].dropna().unique()
        under = [inside[inside["codebook"].isna() | (inside["codebook"] == book)] for book in books] or [inside]
        placed = theirs[pd.MultiIndex.from_frame(theirs[["activity", "turn"]]).isin(at)]
        which = pd.Index(codes).get_indexer(pd.Index(placed["code"]))
        return cls(
            units[["activity", "turn"]], names, codes,
            read=[marked(rows, (len(units), len(names))) for rows in under],
            had=~codes_unread(people, units, coders=names, codes=codes),
            said=marked(placed, (len(units), len(names), len(codes)), which),
            weight=_weights(inside, at, names),
        )  # fmt: skip

    def groups(self) -> list[tuple[int, ...]]:
        everyone = tuple(range(len(self.coders)))
        return [*combinations(everyone, 2), *([everyone] if len(everyone) > 2 else [])]

    def common(self, members: Sequence[int]) -> NDArray[np.intp]:
        """Units that all members read under one codebook."""
        together = np.logical_or.reduce([read[:, members].all(axis=1) for read in self.read])
        return np.flatnonzero(together)


def _weights(inside: pd.DataFrame, units: pd.Index, coders: list[str]) -> Floats:
    """How many turns of the record a turn stands for with each coder (units x coders): 1 / chance, 1 where not drawn."""
    stands = inside.assign(n=1 / inside["chance"].fillna(1.0)).groupby(["activity", "turn", "coder"])["n"]
    least = stands.min().unstack("coder")  # what was also read for the record stands for itself
    return least.reindex(index=units, columns=coders).fillna(1.0).to_numpy(dtype=float)


@dataclass(frozen=True)
class _Resampling:
    """How often each resample draws each cluster (resamples x clusters), and what a cluster is."""

    cluster: NDArray[np.intp]
    draws: NDArray[np.int64]
    resampled: str
    note: str

    @classmethod
    def of(cls, activity: NDArray[Any], seed: int, n_bootstrap: int) -> _Resampling:
        meeting = pd.factorize(activity)[0].astype(np.intp)
        n_meetings = int(meeting.max(initial=-1)) + 1
        resampled, cluster, note = "meetings", meeting, ""
        if n_meetings < _LEAST_CLUSTERS:
            length = max(1, round(len(meeting) ** (1 / 3)))
            cluster = _blocks(meeting, length)
            resampled = "turns in blocks"
            common = "1 common meeting" if n_meetings == 1 else f"{n_meetings} common meetings"
            note = f"blocks of {length} turns, {common}: variation between meetings is not covered"
        n_clusters = int(cluster.max(initial=-1)) + 1
        if n_clusters < _LEAST_CLUSTERS:
            few = f"no interval: fewer than {_LEAST_CLUSTERS} meetings and blocks of turns"
            return cls(cluster, np.zeros((0, n_clusters), dtype=np.int64), "nothing", few)
        rng = np.random.default_rng(seed)
        return cls(
            cluster, rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), n_bootstrap), resampled, note
        )

    def interval(self, coefficient: _Coefficient, tally: _Tally, weight: Floats) -> tuple[float, float, str]:
        """Give the ends of the 95 % percentile interval, and what is to be said about it."""
        if not len(self.draws):
            return np.nan, np.nan, self.note
        held = np.zeros((self.draws.shape[1], len(tally.rows)))
        np.add.at(held, (self.cluster, tally.pattern), weight)
        values = coefficient(tally, self.draws @ held)
        undefined = float(np.isnan(values).mean())
        if undefined > _MOST_UNDEFINED:
            return np.nan, np.nan, f"no interval: undefined in {undefined:.0%} of resamples"
        low, high = np.nanquantile(values, [0.025, 0.975])
        if np.isclose(low, high):
            return np.nan, np.nan, "no interval: every resample gives the same value"
        return float(low), float(high), self.note


def _blocks(meeting: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Count up blocks of contiguous turns that do not cross meetings; a meeting's last block may be shorter."""
    place = pd.Series(meeting).groupby(meeting).cumcount().to_numpy() // length
    starts = np.flatnonzero(np.diff(meeting, prepend=-1) | np.diff(place, prepend=-1))
    return np.repeat(np.arange(len(starts)), np.diff(starts, append=len(meeting))).astype(np.intp)


def _group_rows(study: _Study, members: Sequence[int], seed: int, n_bootstrap: int) -> Iterable[tuple[Any, ...]]:
    common = study.common(members)
    coders = [study.coders[member] for member in members]
    said = study.said[common][:, members]
    activity = study.units["activity"].to_numpy(dtype=object)[common]
    for number, code in enumerate(study.codes):
        had = study.had[common][:, members, number].all(axis=1)
        resampling = _Resampling.of(activity[had], seed, n_bootstrap)
        ratings = said[had, :, number].astype(float)
        weight = study.weight[common][had][:, members].max(axis=1)
        weight = weight * len(weight) / weight.sum() if len(weight) else weight
        is_drawn = len(weight) > 0 and float(np.ptp(weight)) > 0
        drawn = "weighted back to what the sample was drawn from" if is_drawn else ""
        tally = _Tally.of(ratings)
        prevalence = float(np.average(ratings.mean(axis=1), weights=weight)) if len(ratings) else np.nan
        for name, coefficient in _CARD.items():
            value = float(coefficient(tally, tally.sums(weight))[0])
            low, high, note = np.nan, np.nan, _why_undefined(ratings, name)
            if not np.isnan(value):
                low, high, note = resampling.interval(coefficient, tally, weight)
            resampled = "nothing" if np.isnan(low) else resampling.resampled
            counted = _counted(ratings, coders) if name == "specific_positive" and len(ratings) else ""
            notes = "; ".join(part for part in (counted, note, drawn) if part) or None
            yield code, " & ".join(coders), name, value, low, high, len(ratings), prevalence, resampled, notes


def of_resamples(coefficient: str, ratings: ArrayLike, draws: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """Give a coefficient of every resample of the units at once.

    Parameters
    ----------
    coefficient
        ``"percent"``, ``"kappa_cohen"``, ``"alpha_nominal"``, ``"alpha_ordinal"``, ``"alpha_interval"``, ``"ac1_gwet"`` or
        ``"specific_positive"``.
    ratings
        Units x coders, NaN where a coder did not rate the unit.
    draws
        The places of the units that each resample holds, again for each time.

    Returns
    -------
    ndarray
        One value a resample; NaN where it is undefined.

    Examples
    --------
    >>> of_resamples("percent", [[1, 1], [0, 1], [0, 0]], [[0, 1, 2], [1, 1, 2]]).round(3)
    array([0.667, 0.333])
    """
    tally = _Tally.of(ratings)
    drawn = [np.bincount(tally.pattern[np.asarray(draw)], minlength=len(tally.rows)) for draw in draws]
    alphas = {f"alpha_{level}": alpha for level, alpha in _ALPHAS.items()}
    return ({**_CARD, **alphas}[coefficient])(tally, np.array(drawn, dtype=np.float64))


def _why_undefined(ratings: Floats, name: str) -> str:
    if not len(ratings):
        return "undefined: no turn that all of them read for this code"
    if name == "kappa_cohen" and ratings.shape[1] != 2:
        return "undefined: Cohen's kappa is of two coders; see the pairs"
    who = "everyone gave every turn the code" if ratings.any() else "nobody gave any turn the code"
    return f"undefined: one category only, {who}"


def _counted(ratings: Floats, coders: Sequence[str]) -> str:
    by_all, by_any = int(ratings.all(axis=1).sum()), ratings.any(axis=1)
    if len(coders) > 2:
        return f"coded by all {by_all}, by some only {int(by_any.sum()) - by_all}"
    alone = [int((ratings[:, i] > ratings[:, 1 - i]).sum()) for i in (0, 1)]
    return f"coded by both {by_all}, by {coders[0]} only {alone[0]}, by {coders[1]} only {alone[1]}"


@dataclass(frozen=True)
class _Tally:
    """Ratings as distinct rows of category numbers (rows x coders, -1 missing) and the row that each unit has."""

    rows: NDArray[np.intp]
    pattern: NDArray[np.intp]
    categories: NDArray[Any]

    @classmethod
    def of(cls, ratings: ArrayLike) -> _Tally:
        codes, values = _codes(ratings)
        rows, pattern = np.unique(codes, axis=0, return_inverse=True)
        return cls(rows, pattern.ravel(), values)

    def sums(self, weight: Floats | None = None) -> Floats:
        """Units of each row, or their weights, as one line (1 x rows)."""
        return np.bincount(self.pattern, weight, minlength=len(self.rows)).astype(np.float64)[None, :]

    @property
    def given(self) -> Floats:
        """How many coders gave each category (rows x categories)."""
        gave = np.equal(self.rows[:, :, None], np.arange(len(self.categories)))
        counted: Floats = gave.sum(axis=1, dtype=np.float64)
        return counted


def _codes(ratings: ArrayLike) -> tuple[NDArray[np.intp], NDArray[Any]]:
    frame = pd.DataFrame(np.asarray(ratings))
    codes, values = pd.factorize(pd.Series(frame.to_numpy().ravel()).infer_objects(), sort=True)
    return codes.reshape(frame.shape), np.asarray(values)


def _of_all(coefficient: _Coefficient, ratings: ArrayLike) -> float:
    tally = _Tally.of(ratings)
    return float(coefficient(tally, tally.sums())[0])


def _ratio(above: Floats, below: Floats) -> Floats:
    ratio = np.full(np.broadcast(above, below).shape, np.nan)
    np.divide(above, below, out=ratio, where=below > 0)
    return ratio


# Each of the following gives one value for each line of weights (lines x rows of the tally): the data, or resamples.


def _percent(tally: _Tally, weights: Floats) -> Floats:
    n = tally.given.sum(axis=1)
    equal = (tally.given * (tally.given - 1)).sum(axis=1) / np.maximum(n * (n - 1), 1)
    return _ratio(weights @ equal, weights @ (n > 1))


def _kappa_cohen(tally: _Tally, weights: Floats) -> Floats:
    if tally.rows.shape[1] != 2:
        return np.full(len(weights), np.nan)
    both = (tally.rows >= 0).all(axis=1)
    lines = weights[:, both]
    chosen = np.equal(tally.rows[both][:, :, None], np.arange(len(tally.categories)))
    first, second = (_ratio(lines @ chosen[:, coder], lines.sum(axis=1)[:, None]) for coder in (0, 1))
    expected = (first * second).sum(axis=1)
    varied = ((first + second) > 0).sum(axis=1) > 1
    return np.where(varied, _ratio(_percent(tally, weights) - expected, 1 - expected), np.nan)


def _ac1_gwet(tally: _Tally, weights: Floats) -> Floats:
    n = tally.given.sum(axis=1)
    share = _ratio(weights @ (tally.given / np.maximum(n, 1)[:, None]), (weights @ (n > 0))[:, None])
    expected = (share * (1 - share)).sum(axis=1) / max(len(tally.categories) - 1, 1)
    varied = (share > 0).sum(axis=1) > 1
    return np.where(varied, _ratio(_percent(tally, weights) - expected, 1 - expected), np.nan)


def _specific_positive(tally: _Tally, weights: Floats) -> Floats:
    yes = tally.given @ np.equal(tally.categories, 1)
    n = tally.given.sum(axis=1)
    return _ratio(weights @ (yes * (yes - 1)), weights @ (yes * (n - 1)))


def _alpha(difference: Callable[[Floats, NDArray[Any]], Floats]) -> _Coefficient:
    def coefficient(tally: _Tally, weights: Floats) -> Floats:
        given = tally.given[tally.given.sum(axis=1) > 1]
        pairable = weights[:, tally.given.sum(axis=1) > 1]
        pairs = given[:, :, None] * given[:, None, :] - given[:, :, None] * np.eye(given.shape[1])
        coincidences = np.tensordot(pairable, pairs / (given.sum(axis=1) - 1)[:, None, None], axes=1)
        margins = coincidences.sum(axis=2)
        apart = difference(margins, tally.categories)
        observed = (coincidences * apart).sum(axis=(1, 2))
        expected = (margins[:, :, None] * margins[:, None, :] * apart).sum(axis=(1, 2))
        return 1 - _ratio(observed * (margins.sum(axis=1) - 1), expected)

    return coefficient


def _nominal(margins: Floats, values: NDArray[Any]) -> Floats:
    return 1 - np.eye(len(values))


def _interval(margins: Floats, values: NDArray[Any]) -> Floats:
    return np.asarray(np.subtract.outer(values, values) ** 2, dtype=float)


def _ordinal(margins: Floats, values: NDArray[Any]) -> Floats:
    middle = margins.cumsum(axis=1) - margins / 2
    return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)


if TYPE_CHECKING:
    _Coefficient = Callable[[_Tally, Floats], Floats]

_ALPHAS: dict[Level, _Coefficient] = {
    "nominal": _alpha(_nominal),
    "ordinal": _alpha(_ordinal),
    "interval": _alpha(_interval),
}
_CARD: dict[str, _Coefficient] = {
    "percent": _percent,
    "kappa_cohen": _kappa_cohen,
    "alpha_nominal": _ALPHAS["nominal"],
    "ac1_gwet": _ac1_gwet,
    "specific_positive": _specific_positive,
}
