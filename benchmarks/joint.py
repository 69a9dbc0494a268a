"""How long the joint room takes: a large synthetic network, and the dyad table against a plain loop over pairs.

Run ``python benchmarks/joint.py``. The first part takes 500 actors, 3 waves, 60 activities and 20,000 events through
every table of the room; the aim is 10 s altogether. The second counts common activities and help with a loop over pairs
in Python on a smaller network, checks that both agree, and prints how many times faster the whole table is made.
Seconds are of processor time, so that a busy machine counts alike.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.case.propositions import load_propositions
from nicmethods.joint.attribution import activity_yield, tie_attribution
from nicmethods.joint.displays import discordant, threads
from nicmethods.joint.models import relational_event_model
from nicmethods.joint.pairs import convergence
from nicmethods.joint.pairs import dyads as dyads_of
from nicmethods.joint.pathway import pathway_curves, pathway_steps, trust_pathway
from nicmethods.joint.propositions import evaluate_propositions
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, conform
from nicmethods.tables.bundles import Meetings, Survey, Talk

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = CASE_TABLES | WORK_TABLES | RUN_TABLES


def table(name: str, columns: dict[str, Any]) -> pd.DataFrame:
    return conform(pd.DataFrame(columns).reindex(columns=TABLES[name].names), TABLES[name])


def synthetic(
    *, n_actors: int, n_events: int, n_activities: int, n_present: int, n_waves: int = 3, seed: int = 1
) -> tuple[Survey, Meetings, Talk]:
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
    roster = {
        "actor": actors,
        "site": [f"S{k % 10}" for k in range(n_actors)],
        "role": [f"R{k % 3}" for k in range(n_actors)],
    }
    closed = [day + pd.Timedelta(days=5) for day in opened]
    waves = table("waves", {"wave": [f"w{k + 1}" for k in range(n_waves)], "opened": opened, "closed": closed})
    dates = [first + pd.Timedelta(days=int(d)) for d in held]
    there = {
        "activity": np.repeat(names, n_present),
        "actor": actors[present.ravel()],
        "minutes": 60.0,
        "basis": "listed",
    }
    said = {"activity": names[which], "turn": turn, "position": np.arange(n_events) + 1, "text": "What was said."}
    events = {
        "event": [f"{names[w]}/{t}/1" for w, t in zip(which, turn, strict=True)],
        "activity": names[which],
        "kind": kind,
        "seeker": seeker,
        "helper": who[:, 1],
        "request_turn": np.where(kind == "help_request", turn, None),
        "response_turn": np.where(kind == "help_request", None, turn),
        "basis": "coded",
        "source": "c1",
    }
    read = {"coder": "c1", "activity": names, "first_position": 1, "last_position": 999, "basis": "listed"}
    survey = Survey(
        roster=table("roster", roster),
        waves=waves,
        relations=table("relations", {"relation": ["help"], "threshold": 1.0, "directed": True}),
        **reports(rng, actors, waves["wave"].tolist()),
        roles={"hub": ["R0"], "member": ["R1", "R2"]},
    )
    meetings = Meetings(
        activities=table("activities", {"activity": names, "date": dates, "kind": "meeting"}),
        attendance=table("attendance", there),
        turns=table("turns", said),
    )
    return survey, meetings, Talk(source="c1", coverage=table("coverage", read), events=table("events", events))


def reports(rng: np.random.Generator, actors: np.ndarray, waves: list[str]) -> dict[str, pd.DataFrame]:
    """Everyone answers; one pair in 25 is a tie of strength 1 to 3."""
    i, j = np.nonzero(~np.eye(len(actors), dtype=bool))
    ties = []
    for wave in waves:
        tied = rng.random(len(i)) < 0.04
        weight = rng.integers(1, 4, tied.sum())
        row = {"relation": "help", "wave": wave, "source": actors[i[tied]], "target": actors[j[tied]], "weight": weight}
        ties.append(table("ties", row))
    asked = {"relation": "help", "wave": np.repeat(waves, len(actors)), "actor": np.tile(actors, len(waves))}
    answered = asked | {"present": True, "responded": True, "basis": "listed"}
    return {"ties": pd.concat(ties), "responses": table("responses", answered)}


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def everything() -> None:
    case = synthetic(n_actors=500, n_events=20_000, n_activities=60, n_present=40)
    _, meetings, talk = case
    print("500 actors, 3 waves, 60 activities of 40 people, 20,000 events")
    took, dyads = seconds(lambda: dyads_of(*case))
    total = took
    print(f"  {took:6.2f} s  dyad table, {len(dyads):,} rows, the waves compared")
    took, paths = seconds(lambda: trust_pathway(*case))
    total += took
    print(f"  {took:6.2f} s  trust pathway, {len(paths):,} pairs")
    claims = load_propositions(Path(__file__).parents[1] / "codebooks" / "propositions.yml")
    for name, work in (
        ("convergence", lambda: convergence(dyads)),
        ("discordant pairs in words", lambda: discordant(dyads, talk, meetings.turns)),
        ("stories of all pairs", lambda: threads(dyads, *case, turns=meetings.turns)),
        ("six propositions, 1,000 draws", lambda: evaluate_propositions(claims, *case, dyads=dyads, seed=1)),
        ("attribution of ties", lambda: tie_attribution(dyads, *case)),
        ("yield of activities, 1,000 permutations", lambda: activity_yield(dyads, *case, seed=1, n_permutations=1000)),
        ("pathway steps, 500 permutations of each null", lambda: pathway_steps(*case, seed=1, n_permutations=1000)),
        ("pathway curves, 500 bootstrap samples", lambda: pathway_curves(paths, seed=1, n_draws=500)),
        (
            "relational event model, 100 pairs at risk sampled per event",
            lambda: relational_event_model(*case, seed=1, n_controls=100),
        ),
    ):
        took, _ = seconds(work)
        total += took
        print(f"  {took:6.2f} s  {name}")
    print(f"  {total:6.2f} s  altogether (aim: 10 s)")


def loop_over_pairs(survey: Survey, meetings: Meetings, talk: Talk) -> np.ndarray:
    """What the dyad table counts, one pair after the other."""
    ends = list(zip(survey.waves["closed"], survey.waves["opened"][1:], strict=False))
    dates = meetings.activities.set_index("activity")["date"]
    rows = []
    for after, before in ends:
        here = set(dates.index[(dates > after) & (dates < before)])
        there = (
            meetings.attendance[meetings.attendance["activity"].isin(here)]
            .groupby("actor")["activity"]
            .agg(set)
            .to_dict()
        )
        passed = talk.events[talk.events["activity"].isin(here)].to_dict("records")
        actors = sorted(survey.roster["actor"])
        for n, a in enumerate(actors):
            for b in actors[n + 1 :]:
                together = there.get(a, set()) & there.get(b, set())
                helped = [e for e in passed if e["kind"] == "help_given" and {e["seeker"], e["helper"]} == {a, b}]
                rows.append((len(together), len(helped)))
    return np.array(rows)


def against_a_loop() -> None:
    case = synthetic(n_actors=150, n_events=2_000, n_activities=20, n_present=25)
    slow, rows = seconds(lambda: loop_over_pairs(*case))
    fast = min(seconds(lambda: dyads_of(*case))[0] for _ in range(3))
    dyads = dyads_of(*case)
    same = np.array_equal(rows, np.stack([dyads["n_together"], dyads["n_help_ab"] + dyads["n_help_ba"]], axis=1))
    print(
        f"150 actors, 2,000 events: common activities and help, by a loop over pairs {slow:.2f} s, whole table {fast:.3f} s"
    )
    print(f"  {slow / fast:.0f} times as fast, same counts: {same}")


if __name__ == "__main__":
    everything()
    against_a_loop()
