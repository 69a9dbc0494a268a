"""Simulated networks of which the truth is known: who they are, whom they meet, help and name, what is reported and coded."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from nicmethods.joint.record import ASK, HELP, SHARE, Record


@dataclass(frozen=True)
class Truth:
    """Size and laws of a simulated network; ``docs/calibration.md`` says each in words.

    ``help_odds`` (new ties), ``help_odds_stronger``, ``lag_odds`` and ``in_order`` are what propositions claim; all else
    only confounds.
    """

    people: int = 27
    waves: int = 3
    meetings: int = 3
    events: int = 12
    drive_ties: float = 0.0
    drive_talk: float = 0.0
    affinity_ties: float = 0.0
    affinity_talk: float = 0.0
    attend: float = 0.55
    attend_sd: float = 0.0
    attend_site: float = 0.0
    attend_hub: float = 0.0
    odds_together: float = 1.0
    site_ties: float = 1.0
    site_talk: float = 1.0
    earlier_talk: float = 1.0
    closure_ties: float = 1.0
    closure_talk: float = 1.0
    again: float = 1.0
    hub_ties: float = 1.0
    hub_talk: float = 1.0
    stays: float = 0.92
    begins: float = 0.06
    grows: float = 0.25
    shrinks: float = 0.12
    help_odds: float = 1.0
    help_odds_stronger: float = 1.0
    lag_odds: float = 1.0
    tie_first: float = 1.0
    miss: float = 0.0
    false: float = 0.0
    blur: float = 0.0
    silent: float = 0.0
    silent_by_drive: float = 0.0
    read: float = 1.0
    coder_miss: float = 0.0
    coder_swap: float = 0.0
    coder_false: float = 0.0
    in_order: bool = False
    hidden: bool = False
    """Whether what confounds leaves no trace in a record: printed, held to no bar."""
    on_purpose: bool = False
    """Whether the truth confounds on purpose: held to 9 %, else 6.5 %."""


_ALL = {
    "drive_ties": 0.7, "drive_talk": 0.7, "earlier_talk": 6.0, "site_talk": 3.0, "site_ties": 3.0, "attend_sd": 0.8,
    "odds_together": 1.3, "affinity_talk": 0.7, "again": 3.0, "miss": 0.1, "false": 0.01, "blur": 0.1, "silent": 0.15,
    "silent_by_drive": 0.7, "coder_swap": 0.15, "coder_miss": 0.15, "read": 0.8, "hub_talk": 2.0, "hub_ties": 2.0,
}  # fmt: skip
_SOCIABLE = {"drive_talk": 1.0, "drive_ties": 1.0}
MIXED = {"drive_talk": 0.7, "drive_ties": 0.7, "earlier_talk": 4.0, "site_talk": 2.0, "site_ties": 2.0}
_STEADY = {"begins": 0.01, "grows": 0.12, "shrinks": 0.12}

TRUTHS: dict[str, Truth] = {
    "chance": Truth(),
    "no growth": Truth(**_STEADY),
    "homophily": Truth(site_talk=6, site_ties=4, on_purpose=True),
    "earlier": Truth(earlier_talk=12, on_purpose=True),
    "earlier, noisy reports": Truth(earlier_talk=12, miss=0.15, false=0.02, blur=0.15, on_purpose=True),
    "sociable": Truth(**_SOCIABLE, on_purpose=True),
    "opportunity": Truth(attend_sd=1.2, attend_site=1, odds_together=1.8, on_purpose=True),
    "repeated pairs": Truth(affinity_talk=1.5, again=5, on_purpose=True),
    "closure": Truth(closure_talk=5, closure_ties=4, on_purpose=True),
    "reverse, one wave on": Truth(earlier_talk=12, stays=0.98, begins=0.1, on_purpose=True),
    "declining": Truth(stays=0.6, begins=0.02, grows=0.12, shrinks=0.25, earlier_talk=4, on_purpose=True),
    "non-response by activity": Truth(**_SOCIABLE, silent=0.25, silent_by_drive=1, on_purpose=True),
    "half read": Truth(read=0.5, drive_talk=1, earlier_talk=4, on_purpose=True),
    "coders err": Truth(
        **_SOCIABLE, earlier_talk=6, coder_swap=0.25, coder_miss=0.2, coder_false=0.1, on_purpose=True
    ),
    "hub": Truth(hub_talk=4, hub_ties=3, attend_hub=2, on_purpose=True),
    "all at once": Truth(**_ALL, on_purpose=True),
    "hidden affinity": Truth(affinity_talk=1, affinity_ties=1, hidden=True),
    "tie first, same interval": Truth(tie_first=8, hidden=True),
    "help brings ties, odds 3": Truth(help_odds=3, help_odds_stronger=3),
    "help brings ties, odds 6": Truth(help_odds=6, help_odds_stronger=6),
    "odds 3, people differ": Truth(**MIXED, help_odds=3, help_odds_stronger=3),
    "odds 3, all at once": Truth(**_ALL, help_odds=3, help_odds_stronger=3),
    "help keeps ties from forming": Truth(help_odds=0.1, help_odds_stronger=0.1, begins=0.12),
    "ties an interval later, odds 5": Truth(lag_odds=5),
    "help brings ties, steps in order": Truth(help_odds=6, help_odds_stronger=6, in_order=True, again=8, earlier_talk=3),
}  # fmt: skip
"""Truths by name; those after ``tie first`` have an effect."""


@dataclass(frozen=True)
class Drawn:
    """One network: what is on record, and the true strength of every tie at every wave (n_waves, n, n)."""

    record: Record
    strength: np.ndarray


def true_record(drawn: Drawn) -> Record:
    """The record with every report true."""
    reports = drawn.strength.astype(float)
    reports[:, np.arange(drawn.record.n), np.arange(drawn.record.n)] = np.nan
    return replace(drawn.record, reports=reports)


def simulate(truth: Truth, rng: np.random.Generator) -> Drawn:
    """Draw one network."""
    n, site, hub, same, mixed = people(truth)
    drive = rng.normal(0, 0.7, n)
    both = drive[:, None] + drive
    affinity = np.triu(rng.normal(0, 1, (n, n)), 1)
    affinity += affinity.T
    present = attendance(truth, site, hub, rng)
    lean = truth.drive_ties * both + truth.affinity_ties * affinity
    lean = lean + np.log(truth.site_ties) * same + np.log(truth.hub_ties) * mixed
    ties = [_first_wave(truth, same, mixed, truth.drive_ties * both, rng)]
    strength = np.where(ties[0], rng.integers(1, 4, (n, n)), 0)
    surveys, events = [strength], []
    had, last = np.zeros((n, n), dtype=bool), np.zeros((n, n), dtype=bool)
    for t in range(truth.waves - 1):
        before = ties[-1] | ties[-1].T
        third = ~before & (before.astype(float) @ before > 0)
        soon = (rng.random((n, n)) < truth.begins) & ~ties[-1] & ~np.eye(n, dtype=bool)
        talk = truth.drive_talk * both + truth.affinity_talk * affinity + np.log(truth.site_talk) * same
        talk = talk + np.log(truth.earlier_talk) * before + np.log(truth.closure_talk) * third
        talk = talk + np.log(truth.hub_talk) * (~hub[:, None] & hub) + np.log(truth.tie_first) * (soon | soon.T)
        here = np.zeros((n, n), dtype=bool)
        for m in range(t * truth.meetings, (t + 1) * truth.meetings):
            new = _help(talk + np.log(truth.again) * had, present[m], truth.events, rng)
            events.append(new)
            here[new[:, 0], new[:, 1]] = True
            had = had | here | here.T
        here |= here.T
        there = present[t * truth.meetings : (t + 1) * truth.meetings].astype(float)
        met = there.T @ there - truth.meetings * 0.55**2
        eta = logit(truth.begins) + lean + np.log(truth.odds_together) * met + np.log(truth.closure_ties) * third
        eta = eta + np.log(truth.help_odds) * here + np.log(truth.lag_odds) * last
        fresh = soon if truth.tie_first > 1 else (rng.random((n, n)) < expit(eta)) & ~ties[-1]
        np.fill_diagonal(fresh, False)
        kept = ties[-1] & (rng.random((n, n)) < truth.stays)
        up = rng.random((n, n)) < expit(logit(truth.grows) + np.log(truth.help_odds_stronger) * here)
        down = ~up & (rng.random((n, n)) < truth.shrinks / (1 - truth.grows))
        moved = np.clip(strength + up.astype(int) - down, 1, 3)
        strength = np.where(kept, moved, np.where(fresh, rng.integers(1, 3, (n, n)), 0))
        ties.append(strength > 0)
        surveys.append(strength)
        last = here
    interval = np.repeat(np.arange(truth.waves - 1), truth.meetings)
    read = _read(truth, len(interval), rng)
    coded = _coded(truth, events, present, read, rng)
    reports = np.stack([_reported(truth, wave, drive, rng) for wave in surveys])
    return Drawn(Record(reports, present, interval, read, coded, site, hub), np.stack(surveys))


def people(truth: Truth) -> tuple[int, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    n = truth.people
    n_hub = max(3, round(0.12 * n))
    n_schools = max(4, (n - n_hub) // 4)
    site = np.concatenate([np.zeros(n_hub, dtype=np.int64), 1 + np.arange(n - n_hub) % n_schools])
    hub = np.arange(n) < n_hub
    same = (site[:, None] == site) & ~np.eye(n, dtype=bool)
    return n, site, hub, same, hub[:, None] != hub


def attendance(truth: Truth, site: np.ndarray, hub: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    m = (truth.waves - 1) * truth.meetings
    own = rng.normal(0, truth.attend_sd, len(site)) + truth.attend_hub * hub
    together = truth.attend_site * rng.normal(0, 1, (m, site.max() + 1))[:, site]
    wish = logit(truth.attend) + own + together + rng.logistic(size=(m, len(site)))
    sixth = np.sort(wish, axis=1)[:, -6]
    return wish >= np.minimum(sixth, 0)[:, None]


def _first_wave(truth: Truth, same: np.ndarray, mixed: np.ndarray, both: np.ndarray, rng: np.random.Generator) -> np.ndarray:  # fmt: skip
    n = len(same)
    eta = np.where(same, logit(0.35), logit(0.05)) + both + np.log(truth.hub_ties) * mixed
    first = np.triu(rng.random((n, n)) < 0.5, 1)
    first |= np.tril(~first.T, -1)
    one = (rng.random((n, n)) < expit(eta)) & first
    two = (rng.random((n, n)) < expit(eta + np.where(one.T, np.log(6), -0.3))) & first.T
    return one | two


def _help(weight: np.ndarray, present: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Draw k pairs (seeker, helper) of those present, with replacement."""
    there = np.flatnonzero(present)
    w = np.exp(weight[np.ix_(there, there)])
    np.fill_diagonal(w, 0)
    drawn = np.searchsorted(np.cumsum(w.ravel()), rng.random(k) * w.sum(), side="right")
    return np.column_stack([there[drawn // len(there)], there[drawn % len(there)]])


def _read(truth: Truth, m: int, rng: np.random.Generator) -> np.ndarray:
    read = np.zeros(m, dtype=bool)
    read[rng.permutation(m)[: max(1, round(truth.read * m))]] = True
    return read


def _coded(truth: Truth, events: list[np.ndarray], present: np.ndarray, read: np.ndarray, rng: np.random.Generator) -> np.ndarray:  # fmt: skip
    """What coders make of the meetings they read: shared practice and asking beside help, in or out of the claimed order."""
    rows = []
    for m in np.flatnonzero(read):
        there = np.flatnonzero(present[m])
        help_ = events[m][rng.random(len(events[m])) >= truth.coder_miss]
        swap = rng.random(len(help_)) < truth.coder_swap
        help_[swap, 1] = rng.choice(there, swap.sum())
        false = rng.choice(there, (round(truth.coder_false * truth.events), 2))
        help_ = np.concatenate([help_, false])
        help_ = help_[help_[:, 0] != help_[:, 1]]
        asked = rng.random(len(help_)) < 0.6
        shared = rng.random(len(help_)) < 0.5
        kinds = [(SHARE, help_[shared][:, ::-1]), (ASK, help_[asked]), (HELP, help_[:, ::-1])]
        when = [np.arange(len(help_))[shared], np.arange(len(help_))[asked], np.arange(len(help_))]
        if truth.in_order:
            when = [w + shift for w, shift in zip(when, (0.0, 0.3, 0.6), strict=True)]
        else:
            when = [w + rng.random(len(w)) for w in when]
        block = np.concatenate([np.column_stack([np.full((len(w), 2), (m, kind)), who]) for w, (kind, who) in zip(when, kinds, strict=True)])  # fmt: skip
        rows.append(block[np.argsort(np.concatenate(when), kind="stable")])
    return np.concatenate(rows).astype(np.int64) if rows else np.zeros((0, 4), dtype=np.int64)


def _reported(truth: Truth, strength: np.ndarray, drive: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n = len(strength)
    said = strength.astype(float)
    blur = (rng.random((n, n)) < truth.blur) & (said > 0)
    said = np.where(blur, np.clip(said + rng.choice([-1, 1], (n, n)), 1, 3), said)
    said[(strength > 0) & (rng.random((n, n)) < truth.miss)] = 0
    invented = (strength == 0) & (rng.random((n, n)) < truth.false)
    said[invented] = 1
    if truth.silent:
        odds = truth.silent / (1 - truth.silent) * np.exp(-truth.silent_by_drive * drive)
        said[rng.random(n) < odds / (1 + odds)] = np.nan
    np.fill_diagonal(said, np.nan)
    return said
