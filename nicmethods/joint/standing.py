"""Whether verdicts stand when something of the record is not there, or was coded otherwise, and how little turns them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.case.coverage import turns_read
from nicmethods.coding.agreement import agreement_by_speaker
from nicmethods.coding.events import EVENT_CODES, help_events
from nicmethods.joint.coincidence import ALPHA, FEWEST, power
from nicmethods.joint.judging import judge
from nicmethods.joint.record import TOLD, recorded
from nicmethods.tables import RUN_TABLES, WORK_TABLES, conform
from nicmethods.tables.bundles import SUGGESTED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from nicmethods.case.propositions import Proposition, Propositions
    from nicmethods.joint.coincidence import Fit
    from nicmethods.joint.judging import Judgement, Key
    from nicmethods.joint.record import Record
    from nicmethods.tables.bundles import Coders, Meetings, Survey, Talk

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Judged = Callable[[Sequence[int]], Judgement]

__all__ = ["MOST", "Fewest", "Judge", "Recoded", "changed_pairs", "fewest", "margins", "recoded", "replacements", "share_of_bias", "told_events", "without_event", "without_meeting", "without_pair", "without_person"]  # fmt: skip

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
    actor, other = record.events[told_events(record, one), 2:].T
    moved[actor, other] = True
    a, b = np.nonzero(np.triu((moved | moved.T) & record.part(one.pairs)))
    return list(zip(a.tolist(), b.tolist(), strict=True))


def told_events(record: Record, one: Proposition) -> list[int]:
    """Rows of the events that show what the proposition looks for, between the pairs it is about."""
    kind, actor, other = record.events[:, 1:].T
    return np.flatnonzero(np.isin(kind, TOLD[one.talk.shows]) & record.part(one.pairs)[actor, other]).tolist()


@dataclass(frozen=True)
class Judge:
    """Proposes verdicts on records that differ a little.

    Attributes
    ----------
    claims, seed, reviewed
        As for :func:`~nicmethods.joint.judging.judge`.
    near
        Fits of the whole record; records of other people are fitted from nothing.
    """

    claims: Propositions
    seed: int
    reviewed: bool = True
    near: Mapping[Key, Fit] = field(default_factory=dict)

    def all(self, record: Record) -> list[Judgement]:
        """Every proposition, with nothing that no verdict follows from."""
        near = {key: fit for key, fit in self.near.items() if fit.occasions.n_people == record.n}
        return judge(self.claims, record, seed=self.seed, reviewed=self.reviewed, beside=False, near=near)

    def of(self, ids: Collection[str], record: Record) -> dict[str, Judgement]:
        """Some propositions, by id."""
        these = tuple(one for one in self.claims.propositions if one.id in ids)
        some = replace(self, claims=self.claims.model_copy(update={"propositions": these}))
        return {found.proposition: found for found in some.all(record)}

    def without_each(
        self, record: Record, leave_out: Callable[..., Record], units: Mapping[str, Sequence[Any]]
    ) -> dict[str, Judged]:
        """Judgements without some of the units of each proposition, by the units' numbers.

        Every unit is left out alone at once, and all propositions that have it are judged on one and the same record, so that
        what they share is fitted once.
        """
        owners: dict[Any, list[str]] = {}
        for name, own in units.items():
            for unit in own:
                owners.setdefault(unit, []).append(name)
        alone = {unit: self.of(names, leave_out(record, unit)) for unit, names in owners.items()}

        def judged(name: str, which: Sequence[int]) -> Judgement:
            own = [units[name][at] for at in which]
            if len(own) == 1:
                return alone[own[0]][name]
            return self.of([name], leave_out(record, *own))[name]

        return {name: partial(judged, name) for name in units}


def margins(found: Judgement) -> Floats:
    """How far each quantity that a stance follows from lies above the value at which the stance turns."""
    from scipy.special import ndtri

    survey, seen, both, tested = found.survey, found.occurrence, found.together, found.choice
    reach = float(ndtri(ALPHA))
    ps = [both.p_more, both.p_less, *((tested.p_more, tested.p_less) if tested else (np.nan, np.nan))]
    chance, *tails = ndtri(np.clip([power(both, 3.0), *ps], 1e-15, 1 - 1e-15)) - [0, *[reach] * 4]
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

    verdict: str
    n: int | None = None
    which: tuple[int, ...] = ()
    is_exact: bool = False


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
    best = Fewest(whole.verdict)
    singles = [judged((unit,)) for unit in range(n_units)]
    for unit, found in enumerate(singles):
        if found.verdict != whole.verdict:
            return Fewest(found.verdict, 1, (unit,), is_exact=True)
    if not singles:
        return best
    base = margins(whole)
    effects = np.nan_to_num(np.array([margins(found) - base for found in singles]))
    ways = _ways(base, effects)
    for pair in dict.fromkeys(pair for gain, goal in ways for pair in _nearest(gain, goal)):
        found = judged(pair)
        if found.verdict != whole.verdict:
            return Fewest(found.verdict, 2, pair, is_exact=True)
    for gain, _ in ways:
        order = np.argsort(-gain, kind="stable").tolist()
        for n in range(3, min(MOST, n_units) + 1 if best.n is None else best.n):
            found = judged(order[:n])
            if found.verdict != whole.verdict:
                best = Fewest(found.verdict, n, tuple(order[:n]))
                break
    return best


def _ways(base: Floats, effects: Floats) -> list[tuple[Floats, float]]:
    """Effects of the units towards each value at which a stance turns, and half the way to it; the three nearest first."""
    found = []
    for at, distance in enumerate(base):
        gain, goal = -np.sign(distance) * effects[:, at], _REACH * abs(distance)
        reached = np.cumsum(np.maximum(-np.sort(-gain), 0.0))[:MOST]
        if np.isfinite(distance) and reached[-1] >= goal:
            found.append((int(np.argmax(reached >= goal)), gain, goal))
    found.sort(key=lambda way: way[0])
    return [(gain, goal) for _, gain, goal in found[:3]]


def _nearest(gain: Floats, goal: float) -> list[tuple[int, int]]:
    """Two units together, those first whose effects, added, come nearest; not those that come less than half of the way."""
    a, b = np.triu_indices(len(gain), 1)
    both = gain[a] + gain[b]
    order = np.argsort(-both, kind="stable")[:_NEAREST]
    return [(int(a[k]), int(b[k])) for k in order if both[k] >= goal]


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


def replacements(a: int, b: int, c: int, d: int) -> tuple[int | None, int]:
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
        among cases without talk. None and 0 where talk and change are not associated to begin with, or less often
        together.

    References
    ----------
    Frank, Lin, Maroulis, Mueller, Xu, Rosenberg et al. (2021), Journal of Clinical Epidemiology 134.

    Examples
    --------
    >>> replacements(35, 17, 17, 38)
    (14, 9)
    """

    def lost(moved: int) -> bool:
        return _fisher(a, b, c + moved, d - moved) > _FISHER

    if a * d <= b * c or lost(0):
        return None, 0
    fragility = next(moved for moved in range(1, d + 1) if lost(moved))
    return ceil(fragility * (a + b) / a), fragility


def _fisher(a: int, b: int, c: int, d: int) -> float:
    """Two-sided p of Fisher's exact test; written out, since all of scipy.stats would be loaded for it."""
    from scipy.special import gammaln

    k = np.arange(max(0, a - d), min(a + b, a + c) + 1)
    cells = np.stack([k, a + b - k, a + c - k, d - a + k])
    logs = -gammaln(cells + 1.0).sum(axis=0)
    mass = np.exp(logs - logs.max())
    mass /= mass.sum()
    return float(mass[mass <= mass[a - k[0]] * (1 + 1e-7)].sum())


_OPEN = "+"


@dataclass(frozen=True, eq=False)
class Recoded:
    """What another coder could have coded: everything coded, and what every other read turn would be if it were.

    Attributes
    ----------
    record
        Both strands, with all these events.
    coding
        Shape (n_events,): the coding (a kind on a turn) that each event comes from.
    kind
        Shape (n_codings,): number of its kind among ``EVENT_CODES``.
    is_coded
        Shape (n_codings,): whether it was coded.
    score
        Shape (n_codings,): chance that a suggestion is right; NaN for codings of people, and where it is not known.
    counts
        Shape (n_kinds, n_speakers, 3): turns that both of two coders, one, none gave the code.
    """

    record: Record
    coding: Ints
    kind: Ints
    is_coded: NDArray[np.bool_]
    score: Floats
    counts: Floats

    @property
    def is_known(self) -> bool:
        """Whether anything is known of how a coding would be made again."""
        return bool(self.counts.sum() > 0 or (len(self.score) > 0 and not np.isnan(self.score).any()))

    def chances(self, rng: np.random.Generator) -> Floats:
        """The chance that another coder gives each code, drawn with speakers weighed anew (Bayesian bootstrap)."""
        if not self.counts.sum():
            return self.score
        weight = rng.exponential(size=self.counts.shape[1] + 1)
        both, one, none = (
            np.append(self.counts, np.full((len(self.counts), 1, 3), 0.5), axis=1).transpose(2, 0, 1) @ weight
        )
        again, missed = 2 * both / (2 * both + one), one / (2 * none + one)
        return np.asarray(np.where(self.is_coded, again[self.kind], missed[self.kind]), dtype=np.float64)

    def verdicts(self, judge: Judge, *, n_draws: int) -> list[Counter[str]]:
        """How often each verdict is proposed on each proposition, on codings drawn again and again."""
        rng = np.random.default_rng(judge.seed)
        counted: list[Counter[str]] = [Counter() for _ in judge.claims.propositions]
        for _ in range(n_draws):
            given = rng.random(len(self.kind)) < self.chances(rng)
            record = self.record.retold(self.record.events[given[self.coding]])
            for counts, found in zip(counted, judge.all(record), strict=True):
                counts[found.verdict] += 1
        return counted


def recoded(dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk, *, coders: Coders) -> Recoded:
    """Lay out what another coder could have coded.

    Parameters
    ----------
    dyads
        One relation.
    survey, meetings, talk
        The case.
    coders
        Who coded and read what, and the suggestions that `talk` stands on where nobody has coded.

    Returns
    -------
    Recoded
        A turn that was read and is coded newly gets its partner from the links, as coded turns do where the coder names
        nobody. Suggestions are kept or dropped only.
    """
    offered = _offered(meetings, talk)
    whole = replace(talk, events=pd.concat([talk.events, offered], ignore_index=True))
    record, ids = recorded(dyads, survey, meetings, whole)
    of_event = whole.events.set_index("event").reindex(pd.Index(ids))
    turn = of_event["response_turn"].where(of_event["kind"] != "help_request", of_event["request_turn"])
    places = pd.DataFrame({"activity": of_event["activity"], "turn": turn, "code": of_event["kind"]})
    number = places.groupby(list(places), sort=False, dropna=False).ngroup().to_numpy()
    names = places.drop_duplicates()
    is_coded = np.zeros(len(names), dtype=bool)
    is_coded[number] = [not str(one).startswith(_OPEN) for one in ids]
    scores = coders.suggestions.groupby(["activity", "turn", "code"])["score"].max()
    score = scores.reindex(pd.MultiIndex.from_frame(names)).to_numpy(dtype=float) if talk.source == SUGGESTED else None
    return Recoded(
        record,
        np.asarray(number, dtype=np.int64),
        np.asarray(pd.Index(EVENT_CODES).get_indexer(pd.Index(names["code"])), dtype=np.int64),
        is_coded,
        np.full(len(names), np.nan) if score is None else score,
        np.zeros((len(EVENT_CODES), 0, 3)) if talk.source == SUGGESTED else _counts(meetings, coders),
    )


def _offered(meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """Events that read turns would make if they carried the codes that they do not carry."""
    turns = meetings.turns[["activity", "turn", "position", "actor", "start_s"]]
    read = turns_read(talk.coverage, turns)
    read = read[read["actor"].notna()][["activity", "turn"]].drop_duplicates()
    every = read.merge(pd.DataFrame({"code": EVENT_CODES}), how="cross").assign(coder=talk.source)
    events = help_events(turns, conform(every, WORK_TABLES["codings"]), talk.links, source=talk.source)
    turn = events["response_turn"].where(events["kind"] != "help_request", events["request_turn"])
    coded = pd.MultiIndex.from_frame(talk.codings[["activity", "turn", "code"]])
    is_new = ~pd.MultiIndex.from_arrays([events["activity"], turn, events["kind"]]).isin(coded)
    return conform(events[is_new].assign(event=_OPEN + events["event"]), RUN_TABLES["events"])


def _counts(meetings: Meetings, coders: Coders) -> Floats:
    table = agreement_by_speaker(meetings, coders)
    speakers = pd.Index(table["speaker"].fillna("?").unique())
    out = np.zeros((len(EVENT_CODES), len(speakers), 3))
    table = table[table["code"].isin(EVENT_CODES)]
    kind = pd.Index(EVENT_CODES).get_indexer(pd.Index(table["code"]))
    out[kind, speakers.get_indexer(pd.Index(table["speaker"].fillna("?")))] = table[["both", "one", "none"]]
    return out
