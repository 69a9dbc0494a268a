"""Simulated talk of which the truth is known: who gives and asks, who prefers whom, who returns help."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from verdict_truths import Truth, attendance, people

from nicmethods.joint.record import HELP, Record


@dataclass(frozen=True)
class TalkTruth:
    """27 people, 6 read meetings of 10 help events: each a (seeker, helper) of those present, by weight."""

    people: int = 27
    meetings: int = 6
    events: int = 10
    sd: float = 0.0
    correlation: float = 0.0
    attend_sd: float = 0.0
    attend_site: float = 0.0
    affinity: float = 0.0
    again: float = 1.0
    hub_gives: float = 1.0
    same_site: float = 1.0
    hub_member: float = 1.0
    returns: float = 1.0


def simulate_talk(truth: TalkTruth, rng: np.random.Generator) -> Record:
    """Draw the talk of one network; there is no survey."""
    n, site, hub, same, mixed = people(Truth(people=truth.people))
    size = Truth(people=truth.people, waves=2, meetings=truth.meetings, attend_sd=truth.attend_sd, attend_site=truth.attend_site)  # fmt: skip
    present = attendance(size, site, hub, rng)
    r = truth.correlation
    asks, gives = np.array([[1, 0], [r, np.sqrt(1 - r**2)]]) @ rng.normal(0, truth.sd, (2, n))
    affinity = np.triu(rng.normal(0, truth.affinity, (n, n)), 1)
    weight = asks[:, None] + gives + affinity + affinity.T + np.log(truth.hub_gives) * (hub & ~hub[:, None])
    weight = weight + np.log(truth.same_site) * same + np.log(truth.hub_member) * mixed
    had, rows = np.zeros((n, n), dtype=bool), []
    for m in range(truth.meetings):
        there = np.flatnonzero(present[m])
        for _ in range(truth.events):
            w = np.exp(weight + np.log(truth.again) * (had | had.T) + np.log(truth.returns) * had.T)[
                np.ix_(there, there)
            ]
            np.fill_diagonal(w, 0)
            at = min(int(np.searchsorted(np.cumsum(w), rng.random() * w.sum(), side="right")), w.size - 1)
            seeker, helper = there[at // len(there)], there[at % len(there)]
            rows.append((m, HELP, helper, seeker))
            had[seeker, helper] = True
    m = truth.meetings
    return Record(np.full((1, n, n), np.nan), present, np.full(m, -1), np.ones(m, bool), np.array(rows), site, hub)


_ALL = {"sd": 0.7, "attend_sd": 0.8}
SELECTIVITY = {
    "even": TalkTruth(),
    "people differ": TalkTruth(sd=0.8),
    "attendance by site": TalkTruth(sd=0.8, attend_sd=1, attend_site=1.5),
    "repeated pairs": TalkTruth(sd=0.8, affinity=1.2, again=4),
    "all at once": TalkTruth(**_ALL, attend_site=1, hub_gives=3, affinity=1, again=3),
    "twofold, even": TalkTruth(same_site=2),
    "threefold, even": TalkTruth(same_site=3),
    "twofold, all at once": TalkTruth(**_ALL, attend_site=1, hub_gives=3, affinity=1, again=3, same_site=2),
    "threefold, all at once": TalkTruth(**_ALL, attend_site=1, hub_gives=3, affinity=1, again=3, same_site=3),
}
ROLE = {
    "even": TalkTruth(),
    "people differ": TalkTruth(sd=0.8),
    "repeated pairs": TalkTruth(sd=0.8, affinity=1.2, again=4),
    "twofold, people differ": TalkTruth(sd=0.8, hub_member=2),
    "threefold, people differ": TalkTruth(sd=0.8, hub_member=3),
}
RECIPROCITY = {
    "even": TalkTruth(),
    "givers ask": TalkTruth(sd=0.8, correlation=0.9),
    "givers do not ask": TalkTruth(sd=0.8, correlation=-0.9),
    "same site fivefold": TalkTruth(sd=0.8, correlation=0.9, same_site=5),
    "pairs deal again, either way": TalkTruth(sd=0.8, correlation=0.9, again=6),
    "lasting affinity": TalkTruth(sd=0.8, correlation=0.9, affinity=1.2),
    "all at once": TalkTruth(**_ALL, correlation=0.5, same_site=3, affinity=0.7, again=3),
    "returned threefold": TalkTruth(returns=3),
    "returned threefold, 120 events": TalkTruth(returns=3, events=20),
    "returned sixfold": TalkTruth(returns=6),
    "returned threefold, all at once": TalkTruth(
        **_ALL, correlation=0.5, same_site=3, affinity=0.7, again=3, returns=3
    ),
}


@dataclass(frozen=True)
class ShareTruth:
    """Help at rate base * exp(z_i + z_j + F) per meeting together."""

    base: float
    sd: float
    affinity: float = 0.5
    people: int = 27
    meetings: int = 6


OCCURRENCE = {
    "even": ShareTruth(0.04, 0, 0),
    "sd .5": ShareTruth(0.03, 0.5),
    "sd .8": ShareTruth(0.02, 0.8),
    "rare": ShareTruth(0.008, 0.8),
    "21 people, 3 meetings": ShareTruth(0.04, 0.8, people=21, meetings=3),
    "60 people, 12 meetings": ShareTruth(0.012, 0.8, people=60, meetings=12),
}


def simulate_share(truth: ShareTruth, rng: np.random.Generator) -> tuple[Record, float]:
    """Draw who helped whom, and the share to be expected of these people at these meetings."""
    n, site, hub, _, _ = people(Truth(people=truth.people))
    present = attendance(Truth(people=n, waves=2, meetings=truth.meetings), site, hub, rng)
    z = rng.normal(0, truth.sd, n)
    f = np.triu(rng.normal(0, truth.affinity, (n, n)), 1)
    there = present.astype(float)
    chance = np.triu(1 - np.exp(-truth.base * np.exp(z[:, None] + z + f) * (there.T @ there)), 1)
    one, two = np.nonzero(rng.random((n, n)) < chance)
    first = np.array([int(np.argmax(present[:, i] & present[:, j])) for i, j in zip(one, two, strict=True)], dtype=int)
    rows = np.column_stack([first, np.full(len(one), HELP), one, two])[np.argsort(first, kind="stable")]
    m = truth.meetings
    could = np.triu(there.T @ there > 0, 1)
    return Record(np.full((1, n, n), np.nan), present, np.full(m, -1), np.ones(m, bool), rows, site, hub), float(chance[could].mean())  # fmt: skip
