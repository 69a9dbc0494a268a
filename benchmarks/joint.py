"""How long the joint room takes: a large synthetic network, and the dyad table against a plain loop over pairs.

Run ``python benchmarks/joint.py``. The first part takes 500 actors, 3 waves, 60 activities and 20,000 events through
every table of the room; the aim is 10 s altogether. The second counts common activities and help with a loop over pairs
in Python on a smaller network, checks that both agree, and prints how many times faster the whole table is made.
Seconds are of processor time, so that a busy machine counts alike.
"""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from nicmethods.joint.dyads import dyad_table
from nicmethods.joint.steps import pathway_curves, pathway_steps

from nicmethods.case.propositions import load_propositions
from nicmethods.joint.attribution import activity_yield, tie_attribution
from nicmethods.joint.displays import discordant
from nicmethods.joint.pathway import trust_pathway
from nicmethods.joint.propositions import evaluate_propositions
from nicmethods.joint.relational_events import relational_event_model
from nicmethods.joint.verdicts import convergence
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = CASE_TABLES | WORK_TABLES | RUN_TABLES


def table(name: str, columns: dict[str, Any]) -> pd.DataFrame:
    declared = TABLES[name]
    dtypes = {column.name: column.dtype for column in declared.columns}
    return pd.DataFrame(columns).reindex(columns=declared.names).astype(dtypes)


def synthetic(
    *, n_actors: int, n_events: int, n_activities: int, n_present: int, n_waves: int = 3, seed: int = 1
) -> SimpleNamespace:
    """People of ten sites who meet in groups, ask, help and share at random; one share in four is with everyone."""
    rng = np.random.default_rng(seed)
    actors = np.array([f"P{k:04d}" for k in range(n_actors)], dtype=object)
    first = pd.Timestamp("2024-01-01")
    opened = [first + pd.Timedelta(days=60 * k) for k in range(n_waves)]
    names = np.array([f"M{k:03d}" for k in range(n_activities)], dtype=object)
    held = np.sort(rng.integers(6, 60 * (n_waves - 1), n_activities))
    present = np.stack([rng.permutation(n_actors)[:n_present] for _ in names])
    which = np.sort(rng.integers(0, n_activities, n_events))
    places = np.argsort(rng.random((n_events, n_present)), axis=1)[:, :2]
    who = actors[present[which[:, None], places]]
    kind = rng.choice(["help_request", "help_given", "shared_practice"], n_events)
    seeker = np.where((kind == "shared_practice") & (rng.random(n_events) < 0.25), None, who[:, 0])
    turn = np.arange(n_events).astype(str)
    return SimpleNamespace(
        roster=table(
            "roster",
            {
                "actor": actors,
                "site": [f"S{k % 10}" for k in range(n_actors)],
                "role": [f"R{k % 3}" for k in range(n_actors)],
            },
        ),
        waves=table(
            "waves",
            {
                "wave": [f"w{k + 1}" for k in range(n_waves)],
                "opened": opened,
                "closed": [day + pd.Timedelta(days=5) for day in opened],
            },
        ),
        activities=table(
            "activities",
            {"activity": names, "date": [first + pd.Timedelta(days=int(d)) for d in held], "kind": "meeting"},
        ),
        attendance=table(
            "attendance",
            {
                "activity": np.repeat(names, n_present),
                "actor": actors[present.ravel()],
                "minutes": 60.0,
                "basis": "listed",
            },
        ),
        events=table(
            "events",
            {
                "event": [f"{names[w]}/{t}/1" for w, t in zip(which, turn, strict=True)],
                "activity": names[which],
                "kind": kind,
                "seeker": seeker,
                "helper": who[:, 1],
                "request_turn": np.where(kind == "help_request", turn, None),
                "response_turn": np.where(kind == "help_request", None, turn),
                "basis": "coded",
                "source": "c1",
            },
        ),
        coverage=table(
            "coverage", {"coder": "c1", "activity": names, "first_position": 1, "last_position": 999, "basis": "listed"}
        ),
        changes=changes(rng, actors, n_waves),
        turns=table(
            "turns",
            {"activity": names[which], "turn": turn, "position": np.arange(n_events) + 1, "text": "What was said."},
        ),
    )


def changes(rng: np.random.Generator, actors: np.ndarray, n_waves: int) -> pd.DataFrame:
    i, j = np.nonzero(~np.eye(len(actors), dtype=bool))
    weights = [np.where(rng.random(len(i)) < 0.04, rng.integers(1, 4, len(i)), 0) for _ in range(n_waves)]
    parts = []
    for k, (before, after) in enumerate(pairwise(weights), start=1):
        kind = np.select(
            [(before == 0) & (after > 0), (before > 0) & (after == 0), after == 0, after > before, after < before],
            ["created", "dissolved", "absent", "strengthened", "weakened"],
            "kept",
        )
        parts.append(
            table(
                "dyad_change",
                {
                    "from_wave": f"w{k}",
                    "to_wave": f"w{k + 1}",
                    "relation": "help",
                    "source": actors[i],
                    "target": actors[j],
                    "weight_from": before,
                    "weight_to": after,
                    "kind": kind,
                    "threshold_from": 1,
                    "threshold": 1,
                    "policy": "observed",
                },
            )
        )
    return pd.concat(parts, ignore_index=True)


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def everything() -> None:
    case = synthetic(n_actors=500, n_events=20_000, n_activities=60, n_present=40)
    observed = (case.events, case.attendance, case.activities, case.waves, case.roster)
    talked = (case.events, case.attendance, case.activities, case.roster, case.coverage)
    print("500 actors, 3 waves, 60 activities of 40 people, 20,000 events")
    took, dyads = seconds(lambda: dyad_table(case.changes, *observed, case.coverage))
    total = took
    print(f"  {took:6.2f} s  dyad table, {len(dyads):,} rows")
    took, paths = seconds(lambda: trust_pathway(*talked))
    total += took
    print(f"  {took:6.2f} s  trust pathway, {len(paths):,} pairs")
    for name, work in (
        ("convergence", lambda: convergence(dyads)),
        ("discordant pairs in words", lambda: discordant(dyads, case.events, case.turns)),
        ("six propositions, 1,000 draws", lambda: claimed(case, dyads)),
        ("attribution of ties", lambda: tie_attribution(dyads, *observed)),
        (
            "yield of activities, 1,000 permutations",
            lambda: activity_yield(dyads, *observed, seed=1, n_permutations=1000),
        ),
        ("pathway steps, 500 permutations of each null", lambda: pathway_steps(*talked, seed=1, n_permutations=1000)),
        ("pathway curves, 500 bootstrap samples", lambda: pathway_curves(paths, seed=1, n_draws=500)),
        (
            "relational event model, 100 pairs at risk sampled per event",
            lambda: relational_event_model(*talked[:4], seed=1, n_controls=100),
        ),
    ):
        took, _ = seconds(work)
        total += took
        print(f"  {took:6.2f} s  {name}")
    print(f"  {total:6.2f} s  altogether (aim: 10 s)")


def claimed(case: SimpleNamespace, dyads: pd.DataFrame) -> pd.DataFrame:
    claims = load_propositions(Path(__file__).parents[1] / "codebooks" / "propositions.yml")
    observed = (case.events, case.attendance, case.activities, case.waves, case.roster, case.coverage)
    return evaluate_propositions(claims, dyads, *observed, seed=1, roles={"hub": ["R0"], "member": ["R1", "R2"]})


def loop_over_pairs(case: SimpleNamespace) -> np.ndarray:
    """What the dyad table counts, one pair after the other."""
    ends = list(zip(case.waves["closed"], case.waves["opened"][1:], strict=False))
    dates = case.activities.set_index("activity")["date"]
    rows = []
    for after, before in ends:
        here = set(dates.index[(dates > after) & (dates < before)])
        there = case.attendance[case.attendance["activity"].isin(here)].groupby("actor")["activity"].agg(set).to_dict()
        passed = case.events[case.events["activity"].isin(here)].to_dict("records")
        actors = sorted(case.roster["actor"])
        for n, a in enumerate(actors):
            for b in actors[n + 1 :]:
                together = there.get(a, set()) & there.get(b, set())
                helped = [e for e in passed if e["kind"] == "help_given" and {e["seeker"], e["helper"]} == {a, b}]
                rows.append((len(together), len(helped)))
    return np.array(rows)


def against_a_loop() -> None:
    case = synthetic(n_actors=150, n_events=2_000, n_activities=20, n_present=25)
    observed = (case.events, case.attendance, case.activities, case.waves, case.roster)
    slow, rows = seconds(lambda: loop_over_pairs(case))
    fast = min(seconds(lambda: dyad_table(case.changes, *observed, case.coverage))[0] for _ in range(3))
    dyads = dyad_table(case.changes, *observed, case.coverage)
    same = np.array_equal(rows, np.stack([dyads["n_together"], dyads["n_help_ab"] + dyads["n_help_ba"]], axis=1))
    print(
        f"150 actors, 2,000 events: common activities and help, by a loop over pairs {slow:.2f} s, whole table {fast:.3f} s"
    )
    print(f"  {slow / fast:.0f} times as fast, same counts: {same}")


if __name__ == "__main__":
    everything()
    against_a_loop()
