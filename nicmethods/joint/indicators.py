"""The vocabulary of propositions: what a strand can be asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.joint.attribution import NEW_OR_STRONGER, preceded_counts
from nicmethods.joint.confidence import (
    bootstrap_weights,
    exact_count,
    exact_share,
    percentile_interval,
    permutation_p,
    widened,
)
from nicmethods.joint.numbering import actor_ids, places
from nicmethods.joint.pathway import completed_counts
from nicmethods.tables.bundles import SUGGESTED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

    from nicmethods.case.propositions import Indicator
    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["NETWORK_INDICATORS", "TALK_INDICATORS", "Estimate", "Strands", "estimate"]


@dataclass(frozen=True)
class Strands:
    """What indicators read.

    Attributes
    ----------
    dyads
        Of one relation.
    survey, meetings, talk
        What ``dyads`` was made from; the survey's groups of roles may be asked for.
    seed, n_draws
        Of bootstrap and permutations.
    """

    dyads: pd.DataFrame
    survey: Survey
    meetings: Meetings
    talk: Talk
    seed: int
    n_draws: int = 1000


@dataclass(frozen=True)
class Estimate:
    """What one strand says.

    Attributes
    ----------
    value, low, high
        Value and its 95 % interval; NaN where undefined.
    reference
        What the value is held against unless a proposition says otherwise.
    p
        p, where the indicator has a test; NaN otherwise.
    n
        Units behind the value.
    words
        The evidence in words and numbers.
    ties, events
        What it rests on: ``from_wave/to_wave/source/target``, and event ids.
    """

    value: float
    low: float
    high: float
    reference: float
    p: float
    n: int
    words: str
    ties: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


def estimate(indicator: Indicator, strands: Strands, *, strand: str) -> Estimate:
    """Compute an indicator on the pairs a proposition is about.

    Parameters
    ----------
    indicator
        Name, direction, and the pairs meant.
    strands
        The tables.
    strand
        ``"network"`` or ``"talk"``.

    Raises
    ------
    MeasureError
        If the strand has no indicator of that name; the message lists those it has.
    """
    known = NETWORK_INDICATORS if strand == "network" else TALK_INDICATORS
    if indicator.indicator not in known:
        raise MeasureError(f"no {strand} indicator '{indicator.indicator}'; there are: {', '.join(sorted(known))}")
    return known[indicator.indicator](replace(strands, dyads=_meant(indicator, strands)))


def _meant(indicator: Indicator, strands: Strands) -> pd.DataFrame:
    """The dyads that a proposition is about."""
    dyads = strands.dyads
    keep = np.ones(len(dyads), dtype=bool)
    if indicator.scope is not None:
        keep &= (dyads["scope"] == indicator.scope).to_numpy()
    if indicator.roles is not None:
        keep &= dyads["role_pair"].isin(_role_pairs(dyads, indicator.roles, strands.survey.roles)).to_numpy()
    if indicator.from_wave is not None:
        keep &= ((dyads["from_wave"] == indicator.from_wave) & (dyads["to_wave"] == indicator.to_wave)).to_numpy()
    return dyads[keep]


def _role_pairs(dyads: pd.DataFrame, wanted: tuple[str, str], roles: Mapping[str, Sequence[str]]) -> set[str]:
    """Role pairs as the dyads spell them, for two roles or groups of roles."""
    one, two = (set(roles.get(name, [name])) for name in wanted)
    return {" - ".join(sorted((x, y))) for x in one for y in two}


def _reports(dyads: pd.DataFrame) -> pd.DataFrame:
    """Both directions of each pair below each other, those observable in both waves only."""
    ways = []
    for source, target, way in (("a", "b", "ab"), ("b", "a", "ba")):
        part = dyads[["from_wave", "to_wave", source, target, f"change_{way}"]]
        ways.append(part.set_axis(["from_wave", "to_wave", "source", "target", "kind"], axis=1))
    reports = pd.concat(ways, ignore_index=True)
    return reports[reports["kind"] != "not_observable"]


def _mean_interval(
    values: Floats, ends: tuple[pd.Series[str], pd.Series[str]], strands: Strands
) -> tuple[float, float]:
    """The 95 % interval of the mean of values of pairs, by resampling actors; a pair may stand there more than once."""
    actors = actor_ids(strands.survey.roster)
    one, two = places(actors, ends[0]), places(actors, ends[1])
    total, count = np.zeros((2, len(actors), len(actors)))
    np.add.at(total, (one, two), values)
    np.add.at(count, (one, two), 1)
    w = bootstrap_weights(len(actors), strands.n_draws, np.random.default_rng(strands.seed))
    with np.errstate(invalid="ignore"):
        return percentile_interval(((w @ total) * w).sum(axis=1) / ((w @ count) * w).sum(axis=1))


def _with_width(value: float, low: float, high: float, n: int) -> tuple[float, float]:
    """Where all pairs are alike resampling has no width: then as much on either side as none of n would leave open."""
    if low != high:
        return low, high
    reach = exact_share(0, n)[1]
    return max(-1.0, value - reach), min(1.0, value + reach)


def _net(up: str, down: str, among: tuple[str, ...], words: str) -> Callable[[Strands], Estimate]:
    """An indicator of change: reports that went up less those that went down, as a share of those that could."""

    def indicator(strands: Strands) -> Estimate:
        reports = _reports(strands.dyads)
        reports = reports[reports["kind"].isin(among)]
        ups, downs = (reports["kind"] == up).to_numpy(float), (reports["kind"] == down).to_numpy(float)
        n = len(reports)
        if not n:
            return _nothing("no report on such a pair is known in both waves.")
        low, high = _mean_interval(ups - downs, (reports["source"], reports["target"]), strands)
        value = float((ups - downs).sum() / n)
        low, high = _with_width(value, low, high, n)
        said = words.format(up=int(ups.sum()), down=int(downs.sum()), n=n) + _percent(value, low, high)
        changed = reports[(ups + downs) > 0][["from_wave", "to_wave", "source", "target"]]
        ties = ["/".join(row) for row in changed.itertuples(index=False)]
        return Estimate(value, low, high, 0.0, np.nan, n, said, ties=tuple(ties))

    return indicator


def _net_reciprocated(strands: Strands) -> Estimate:
    """Pairs that came to name each other less those that ceased to, of those where both answered both times."""
    dyads = strands.dyads
    weights = dyads[[f"weight_{way}_{end}" for end in ("from", "to") for way in ("ab", "ba")]]
    dyads = dyads[weights.notna().all(axis=1)]
    before, after = (
        (~dyads[["change_ab", "change_ba"]].isin([*no, "not_observable"])).all(axis=1).to_numpy(float)
        for no in (("absent", "created"), ("absent", "dissolved"))
    )
    n = len(dyads)
    if not n:
        return _nothing("in no such pair did both answer both times.")
    low, high = _mean_interval(after - before, (dyads["a"], dyads["b"]), strands)
    value = float((after - before).sum() / n)
    low, high = _with_width(value, low, high, n)
    words = (
        f"{int(before.sum())} pairs named each other before and {int(after.sum())} after, "
        f"of {n} where both answered both times: net" + _percent(value, low, high)
    )
    changed = dyads[after != before]
    ties = [
        f"{start}/{end}/{one}/{two}"
        for start, end, a, b in changed[["from_wave", "to_wave", "a", "b"]].itertuples(index=False)
        for one, two in ((a, b), (b, a))
    ]
    return Estimate(value, low, high, 0.0, np.nan, n, words, ties=tuple(ties))


def _share(has: Callable[[pd.DataFrame], Any], kinds: tuple[str, ...], noun: str) -> Callable[[Strands], Estimate]:
    """An indicator of talk: pairs with such events, as a share of the pairs in which they could have been seen."""

    def indicator(strands: Strands) -> Estimate:
        dyads = strands.dyads[strands.dyads["n_together_coded"] > 0]
        found = np.asarray(has(dyads), dtype=bool)
        n, k = len(dyads), int(found.sum())
        if not n:
            return _nothing("no such pair was together in coded talk.")
        low, high = _mean_interval(found.astype(float), (dyads["a"], dyads["b"]), strands)
        low, high = widened(low, high, k, n)
        words = (
            _by_machine(strands) + f"{k} of {n} pairs together in coded talk had {noun}:" + _percent(k / n, low, high)
        )
        return Estimate(
            k / n, low, high, 0.0, np.nan, n, words, events=_events(dyads[found], strands.talk.events, kinds)
        )

    return indicator


def _instances(has: Callable[[pd.DataFrame], Any], kinds: tuple[str, ...], noun: str) -> Callable[[Strands], Estimate]:
    """An indicator of talk: how many pairs have such events at all, with an exact Poisson interval."""

    def indicator(strands: Strands) -> Estimate:
        dyads = strands.dyads
        found, could = np.asarray(has(dyads), dtype=bool), (dyads["n_together_coded"] > 0).to_numpy()
        n, k = int((found | could).sum()), int(found.sum())
        if not n:
            return _nothing("no such pair was together in coded talk.")
        low, high = exact_count(k)
        words = (
            f"{k} pairs had {noun} (95 % interval {low:.1f} to {high:.1f}); {could.sum()} were together in coded talk."
        )
        words = _by_machine(strands) + words
        return Estimate(
            float(k), low, high, 0.0, np.nan, n, words, events=_events(dyads[found], strands.talk.events, kinds)
        )

    return indicator


def _preceded(strands: Strands) -> Estimate:
    """Share of new or stronger ties that help or shared practice preceded, less the share chance would give."""
    s = strands
    ties = s.dyads[s.dyads["change"].isin(NEW_OR_STRONGER)]
    n = len(ties) if (s.dyads["n_together_coded"] > 0).any() else 0
    counts = preceded_counts(s.dyads, s.survey, s.meetings, s.talk, seed=s.seed, n_permutations=s.n_draws)
    said = _by_machine(s) + (
        f"help or shared practice preceded {counts[0]} of {len(ties)} new or stronger ties, {counts[1:].mean():.1f} "
        "expected if events had fallen on anyone present: difference"
    )
    rests = _events(ties, s.talk.events, ("help_given", "shared_practice"))
    return _beyond_chance(counts, n, said, events=rests)


def _in_order(strands: Strands) -> Estimate:
    """Share of pairs that went the whole trust pathway in its order, less the share that any order would give."""
    s = strands
    pairs = s.dyads.loc[(s.dyads["n_together_coded"] > 0) | s.dyads["events"].notna(), ["a", "b"]].drop_duplicates()
    counts, done = completed_counts(pairs, s.survey, s.meetings, s.talk, seed=s.seed, n_permutations=s.n_draws)
    said = _by_machine(s) + (
        f"{counts[0]} of {len(pairs)} pairs went from shared practice to help asked to help reciprocated, "
        f"{counts[1:].mean():.1f} expected if each pair's events had come in any order: difference"
    )
    return _beyond_chance(counts, len(pairs), said, events=done)


def _beyond_chance(counts: NDArray[np.int64], n: int, said: str, *, events: tuple[str, ...]) -> Estimate:
    """The observed count less the null's mean, as a share; its interval sets it against 95 % of the null."""
    if n == 0:
        return _nothing("nothing to count: no such tie or pair, or no coded talk.")
    excess = (counts[0] - counts[1:]) / n
    value, (low, high) = float(excess.mean()), percentile_interval(excess)
    p = permutation_p(counts[0], counts[1:])
    return Estimate(value, low, high, 0.0, p, n, said + _percent(value, low, high), events=events)


def _events(dyads: pd.DataFrame, events: pd.DataFrame, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Ids of the pairs' events of these kinds, in order, each once."""
    listed = dyads["events"].dropna().str.split(";").explode()
    wanted = set(events.loc[events["kind"].isin(kinds), "event"])
    return tuple(dict.fromkeys(event for event in listed if event in wanted))


def _nothing(words: str) -> Estimate:
    return Estimate(np.nan, np.nan, np.nan, 0.0, np.nan, 0, words)


def _by_machine(strands: Strands) -> str:
    return "Machine-suggested, not reviewed: " if strands.talk.source == SUGGESTED else ""


def _percent(value: float, low: float, high: float) -> str:
    bounds = " (no interval: too few)" if np.isnan(low) else f" (95 % interval {100 * low:.1f} to {100 * high:.1f})"
    return f" {100 * value:.1f} %{bounds}."


def _any(*names: str) -> Callable[[pd.DataFrame], Any]:
    return lambda dyads: (dyads[[f"n_{name}_{way}" for name in names for way in ("ab", "ba")]] > 0).any(axis=1)


def _returned(dyads: pd.DataFrame) -> Any:
    return dyads["reciprocated_talk"]


NETWORK_INDICATORS: dict[str, Callable[[Strands], Estimate]] = {
    "net_new_ties": _net(
        "created",
        "dissolved",
        ("created", "strengthened", "kept", "weakened", "dissolved", "absent"),
        "{up} ties began and {down} ended among {n} reports observed in both waves: net",
    ),
    "net_stronger_ties": _net(
        "strengthened",
        "weakened",
        ("strengthened", "kept", "weakened"),
        "{up} lasting ties grew stronger and {down} weaker, of {n}: net",
    ),
    "net_reciprocated_ties": _net_reciprocated,
}
"""Indicators of the survey by name."""

TALK_INDICATORS: dict[str, Callable[[Strands], Estimate]] = {
    "help_share": _share(_any("help"), ("help_given",), "help"),
    "help_instances": _instances(_any("help"), ("help_given",), "help"),
    "request_share": _share(_any("request"), ("help_request",), "a request for help"),
    "shared_practice_share": _share(_any("shared"), ("shared_practice",), "shared practice"),
    "reciprocated_help_share": _share(_returned, ("help_given",), "reciprocated help"),
    "reciprocated_help_instances": _instances(_returned, ("help_given",), "reciprocated help"),
    "preceded_beyond_chance": _preceded,
    "pathway_in_order": _in_order,
}
"""Indicators of the talk by name."""
