"""Whether verdicts stand when something of the record is not there, or was coded otherwise, and how little turns them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.joint.coincidence import ALPHA, FEWEST, power
from nicmethods.joint.judging import judge
from nicmethods.joint.record import ASK, HELP, SHARE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from nicmethods.case.propositions import Proposition, Propositions
    from nicmethods.joint.coincidence import Fit
    from nicmethods.joint.judging import Judgement, Key
    from nicmethods.joint.record import Record

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Judged = Callable[[Sequence[int]], Judgement]

__all__ = ["MOST", "Fewest", "Judge", "changed_pairs", "fewest", "margins", "replacements", "share_of_bias", "told_events", "without_event", "without_meeting", "without_pair", "without_person"]  # fmt: skip

KINDS_OF = {"help": (HELP,), "returned_help": (HELP,), "pathway": (SHARE, ASK, HELP)}
"""Kinds of event that show what a proposition looks for in the talk."""

MOST = 20
"""Units that are left out at most."""

_NEAREST = 60
_REACH = 0.5


def without_person(record: Record, who: int) -> Record:
    """The record as if this person did not belong to the network."""
    kept = np.delete(np.arange(record.n), who)
    events = record.events[(record.events[:, 2:] != who).all(axis=1)].copy()
    events[:, 2:] -= events[:, 2:] > who
    return replace(
        record,
        reports=record.reports[:, kept][:, :, kept],
        present=record.present[:, kept],
        events=events,
        site=record.site[kept],
        hub=record.hub[kept],
    )


def without_meeting(record: Record, meeting: int) -> Record:
    """The record as if nobody had read the talk of this meeting."""
    read = record.read.copy()
    read[meeting] = False
    return replace(record, read=read, events=record.events[record.events[:, 0] != meeting])


def without_pair(record: Record, *pairs: tuple[int, int]) -> Record:
    """The record without what these pairs report of each other and without what is coded between them."""
    out = np.zeros((record.n, record.n), dtype=bool)
    a, b = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    out[a, b] = out[b, a] = True
    reports = np.where(out, np.nan, record.reports)
    return replace(record, reports=reports, events=record.events[~out[record.events[:, 2], record.events[:, 3]]])


def without_event(record: Record, *events: Sequence[int]) -> Record:
    """The record without these coded events, each the rows that come from it."""
    return record.retold(np.delete(record.events, [row for rows in events for row in rows], axis=0))


def changed_pairs(record: Record, one: Proposition) -> list[tuple[int, int]]:
    """Pairs the proposition is about that show anything: coded talk of its kind, or reports that changed."""
    before, after = record.reports[:-1], record.reports[1:]
    with np.errstate(invalid="ignore"):
        moved = ((before != after) & ~np.isnan(before) & ~np.isnan(after)).any(axis=0)
    moved[record.events[told_events(record, one), 2], record.events[told_events(record, one), 3]] = True
    a, b = np.nonzero(np.triu((moved | moved.T) & record.part(one.pairs)))
    return list(zip(a.tolist(), b.tolist(), strict=True))


def told_events(record: Record, one: Proposition) -> list[int]:
    """Rows of the events that show what the proposition looks for, between the pairs it is about."""
    kind, actor, other = record.events[:, 1:].T
    return np.flatnonzero(np.isin(kind, KINDS_OF[one.talk.shows]) & record.part(one.pairs)[actor, other]).tolist()


@dataclass(frozen=True, kw_only=True)
class Judge:
    """Proposes verdicts on records that differ a little, and says how far each is from turning.

    Attributes
    ----------
    seed, reviewed
        As for :func:`~nicmethods.joint.judging.judge`.
    near
        Fits of the whole record; records of other people are fitted from nothing.
    """

    seed: int
    reviewed: bool = True
    near: Mapping[Key, Fit] = field(default_factory=dict)

    def all(self, claims: Propositions, record: Record) -> list[Judgement]:
        """Every proposition, with nothing that no verdict follows from."""
        near = {key: fit for key, fit in self.near.items() if fit.occasions.n_people == record.n}
        return judge(claims, record, seed=self.seed, reviewed=self.reviewed, beside=False, near=near)

    def of(self, claims: Propositions, ids: Collection[str], record: Record) -> dict[str, Judgement]:
        """Some propositions, by id."""
        these = tuple(one for one in claims.propositions if one.id in ids)
        return {
            found.proposition: found for found in self.all(claims.model_copy(update={"propositions": these}), record)
        }

    def without_each(
        self, claims: Propositions, record: Record, leave_out: Callable[..., Record], units: Mapping[str, Sequence[Any]]
    ) -> dict[str, Judged]:
        """Judgements without some of the units of each proposition, by the units' numbers.

        Every unit is left out alone at once, and all propositions that have it are judged on one and the same record, so that
        what they share is fitted once.
        """
        owners: dict[Any, list[str]] = {}
        for name, own in units.items():
            for unit in own:
                owners.setdefault(unit, []).append(name)
        alone = {unit: self.of(claims, names, leave_out(record, unit)) for unit, names in owners.items()}

        def judged(name: str, which: Sequence[int]) -> Judgement:
            own = [units[name][at] for at in which]
            if len(own) == 1:
                return alone[own[0]][name]
            return self.of(claims, [name], leave_out(record, *own))[name]

        return {name: partial(judged, name) for name in units}


def margins(found: Judgement) -> Floats:
    """How far each quantity that a stance follows from lies above the value at which the stance turns."""
    from scipy.special import ndtri

    survey, seen, both, tested = found.survey, found.occurrence, found.together, found.choice
    reach = float(ndtri(ALPHA))
    ps = [both.p_more, both.p_less, *((tested.p_more, tested.p_less) if tested is not None else (np.nan, np.nan))]
    tails = ndtri(np.clip(ps, 1e-15, 1 - 1e-15)) - reach
    chance = float(ndtri(np.clip(power(both, 3.0), 1e-15, 1 - 1e-15)))
    few = min(both.n_talk, both.n_change) - (FEWEST - 0.5)
    counts = [few, seen.n_seen - 0.5, survey.up - 0.5]
    return np.array([survey.low, survey.high, chance, *tails, *counts], dtype=np.float64)


@dataclass(frozen=True)
class Fewest:
    """The fewest things whose absence turns a verdict.

    Attributes
    ----------
    n
        How many; None where leaving out up to twenty of them, those with the largest effect first, did not turn it.
    which
        Their numbers among those tried.
    verdict
        What is proposed then.
    is_exact
        Whether fewer cannot: up to two. Beyond, n is an upper bound from a greedy search.
    """

    n: int | None
    which: tuple[int, ...]
    verdict: str
    is_exact: bool


def fewest(n_units: int, whole: Judgement, judged: Judged) -> Fewest:
    """Find the fewest units that have to be left out for the verdict to turn.

    Every unit is left out alone and judged anew. Of two together those are judged (up to sixty for each of the three nearest
    values at which a stance turns) whose single effects, added, come at least half of the way; then, greedily, more and
    more units with the largest effects towards such a value.

    Parameters
    ----------
    n_units
        How many there are.
    whole
        The judgement with all of them.
    judged
        The judgement without the units of these numbers.

    Returns
    -------
    Fewest

    References
    ----------
    Broderick, Giordano & Meager (2020), arXiv 2011.14999, for the greedy search by single effects.
    """
    if not n_units:
        return Fewest(None, (), whole.verdict, is_exact=False)
    singles = [judged((unit,)) for unit in range(n_units)]
    turned = [unit for unit, found in enumerate(singles) if found.verdict != whole.verdict]
    if turned:
        return Fewest(1, (turned[0],), singles[turned[0]].verdict, is_exact=True)
    base = margins(whole)
    effects = np.nan_to_num(np.array([margins(found) - base for found in singles]).reshape(n_units, len(base)))
    ways = _ways(base, effects)
    for pair in dict.fromkeys(pair for way in ways for pair in _nearest(way, effects, base)):
        found = judged(pair)
        if found.verdict != whole.verdict:
            return Fewest(2, pair, found.verdict, is_exact=True)
    best = Fewest(None, (), whole.verdict, is_exact=False)
    for order, _ in ways:
        most = min(MOST, n_units) if best.n is None else best.n - 1
        for n in range(3, most + 1):
            found = judged(tuple(order[:n]))
            if found.verdict != whole.verdict:
                best = Fewest(n, tuple(order[:n].tolist()), found.verdict, is_exact=False)
                break
    return best


def _ways(base: Floats, effects: Floats) -> list[tuple[Ints, int]]:
    """Orders in which to leave units out: by effect towards each value at which a stance turns, the nearest first."""
    found = []
    for at, distance in enumerate(base):
        gain = -np.sign(distance) * effects[:, at]
        order = np.argsort(-gain, kind="stable")
        reached = np.cumsum(np.maximum(gain[order], 0.0))[:MOST]
        enough = np.flatnonzero(reached >= _REACH * abs(distance))
        if np.isfinite(distance) and len(enough):
            found.append((order, at, int(enough[0])))
    found.sort(key=lambda way: way[2])
    return [(order, at) for order, at, _ in found[:3]]


def _nearest(way: tuple[Ints, int], effects: Floats, base: Floats) -> list[tuple[int, int]]:
    """Two units together, those first whose effects, added, come nearest; not those that come less than half of the way."""
    _, at = way
    gain = -np.sign(base[at]) * effects[:, at]
    a, b = np.triu_indices(len(gain), 1)
    both = gain[a] + gain[b]
    order = np.argsort(-both, kind="stable")[:_NEAREST]
    return [(int(a[k]), int(b[k])) for k in order if both[k] >= _REACH * abs(base[at])]


def share_of_bias(value: float, low: float, high: float) -> float:
    """How much of an estimate would have to be bias for its interval to reach 0; NaN where it does so already.

    Parameters
    ----------
    value, low, high
        The estimate and its interval, symmetric around it.

    References
    ----------
    Frank, Maroulis, Duong & Kelcey (2013), Educational Evaluation and Policy Analysis 35(4).

    Examples
    --------
    Retention in kindergarten: an estimate of -9.01 with standard error .68; 85 % would have to be bias.

    >>> round(share_of_bias(-9.01, -9.01 - 1.96 * 0.68, -9.01 + 1.96 * 0.68), 2)
    0.85
    """
    if not low * high > 0:
        return np.nan
    return 1 - (high - low) / 2 / abs(value)


_FISHER = 0.05
"""Level of Fisher's exact test, two-sided, as Frank et al. use it."""


def replacements(a: int, b: int, c: int, d: int) -> tuple[float, int]:
    """How many cases with talk and change would have to be others, for which talk makes no difference, to lose a finding.

    Parameters
    ----------
    a, b
        Cases without talk: without change, with change.
    c, d
        Cases with talk: without change, with change.

    Returns
    -------
    (RIR, fragility)
        Robustness of the inference to replacement, and the cases that change cells; RIR = fragility / share without change
        among cases without talk. NaN and 0 where talk and change are not associated to begin with, or less often
        together.

    References
    ----------
    Frank, Lin, Maroulis, Mueller, Xu, Rosenberg et al. (2021), Journal of Clinical Epidemiology 134.

    Examples
    --------
    >>> replacements(35, 17, 17, 38)
    (14.0, 9)
    """

    def lost(moved: int) -> bool:
        return _fisher(a, b, c + moved, d - moved) > _FISHER

    if a * d <= b * c or lost(0):
        return np.nan, 0
    fragility = next((moved for moved in range(1, d + 1) if lost(moved)), 0)
    return (float(np.ceil(fragility * (a + b) / a)) if a and fragility else np.nan), fragility


def _fisher(a: int, b: int, c: int, d: int) -> float:
    """Two-sided p of Fisher's exact test; written out, since all of scipy.stats would be loaded for it."""
    from scipy.special import gammaln

    k = np.arange(max(0, a - d), min(a + b, a + c) + 1)
    cells = np.stack([k, a + b - k, a + c - k, d - a + k])
    logs = -gammaln(cells + 1.0).sum(axis=0)
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    return float(mass[mass <= mass[a - k[0]] * (1 + 1e-7)].sum())
