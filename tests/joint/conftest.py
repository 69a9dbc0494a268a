"""Small cases, written so that a reader can recount them."""

from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from nicmethods.joint.pairs import dyads
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, conform, empty
from nicmethods.tables.bundles import Meetings, Survey, Talk

TABLES = CASE_TABLES | WORK_TABLES | RUN_TABLES
WEIGHTS = {
    "created": (0, 1),
    "strengthened": (1, 2),
    "kept": (1, 1),
    "weakened": (2, 1),
    "dissolved": (1, 0),
    "absent": (0, 0),
    "not_observable": (0, np.nan),
}


def table(name, rows):
    """Rows as dicts -> the declared table; what is left out is blank."""
    return conform(pd.DataFrame(rows, columns=TABLES[name].names), TABLES[name]) if rows else empty(TABLES[name])


def roster(people):
    """``"A:north:teacher B:south:coach"``; site and role may be left out."""
    rows = []
    for person in people.split():
        actor, site, role = [*person.split(":"), None, None][:3]
        rows.append({"actor": actor, "site": site or None, "role": role or None})
    return table("roster", rows)


def waves(*dates):
    """One date, or ``opened/closed``, a wave; ids are w1, w2, …"""
    rows = []
    for n, date in enumerate(dates, start=1):
        opened, closed = [*date.split("/"), None][:2]
        rows.append({"wave": f"w{n}", "opened": opened or None, "closed": closed or None})
    return table("waves", rows)


def activities(**dates):
    return table("activities", [{"activity": name, "date": date, "kind": "meeting"} for name, date in dates.items()])


def attendance(**people):
    """``m1="ABC"``, or ``m1={"A": 30, "B": None}`` with minutes."""
    rows = [
        {"activity": name, "actor": actor, "minutes": who[actor] if isinstance(who, dict) else None, "basis": "listed"}
        for name, who in people.items()
        for actor in who
    ]
    return table("attendance", rows)


def coverage(*names):
    rows = [{"coder": "c1", "activity": n, "first_position": 1, "last_position": 9, "basis": "listed"} for n in names]
    return table("coverage", rows)


def events(*lines, source="c1"):
    """``"m1 help_given B>A"``: B helps (asks, shares with) A; ``?`` is unknown, ``*`` nobody in particular."""
    rows, numbers = [], {}
    for line in lines:
        activity, kind, people = line.split()
        actor, other = (None if who in "?*" else who for who in people.split(">"))
        numbers[activity] = turn = numbers.get(activity, 0) + 1
        asks = kind == "help_request"
        rows.append(
            {
                "event": f"{activity}/{turn}/1",
                "activity": activity,
                "kind": kind,
                "seeker": actor if asks else other,
                "helper": other if asks else actor,
                "request_turn": str(turn) if asks else None,
                "response_turn": None if asks else str(turn),
                "basis": "coded",
                "source": source,
            }
        )
    return table("events", rows)


def survey(people, kinds=None, *, dates=("2024-01-01/2024-01-05", "2024-03-01/2024-03-05"), relation="help"):
    """Two waves or more in which everyone answers: ``{"AB": "created"}`` is A on B in the first two; the rest absent."""
    names, order = roster(people)["actor"].tolist(), waves(*dates)["wave"].tolist()
    ties = [
        {"relation": relation, "wave": wave, "source": a, "target": b, "weight": weight}
        for a, b in permutations(names, 2)
        for wave, weight in zip(order, WEIGHTS[(kinds or {}).get(a + b, "absent")], strict=False)
        if weight != 0
    ]
    responses = [
        {"relation": relation, "wave": wave, "actor": name, "present": True, "responded": True, "basis": "listed"}
        for wave in order
        for name in names
    ]
    return Survey(
        roster=roster(people),
        waves=waves(*dates),
        relations=table("relations", [{"relation": relation, "threshold": 1, "directed": True}]),
        ties=table("ties", ties),
        responses=table("responses", responses),
        roles={"hub": ["researcher"], "member": ["teacher", "coach"]},
    )


def two_relations(first, second):
    """One survey that asks what two ask."""
    asked = {name: [getattr(one, name) for one in (first, second)] for name in ("relations", "ties", "responses")}
    return replace(first, **{name: pd.concat(parts) for name, parts in asked.items()})


def turns(**texts):
    """``m1="Hello | How?"``: turns 1 and 2."""
    rows = [
        {"activity": name, "turn": str(n), "position": n, "text": text.strip()}
        for name, said in texts.items()
        for n, text in enumerate(said.split("|"), start=1)
    ]
    return table("turns", rows)


def study(people, kinds=None, lines=(), *, present=None, coded=True):
    """Two waves with two meetings between them; everyone is there unless ``present`` says otherwise."""
    who = [person.split(":")[0] for person in people.split()]
    there = present or {"m1": who, "m2": who}
    parts = SimpleNamespace(
        survey=survey(people, kinds),
        meetings=Meetings(activities=activities(m1="2024-02-01", m2="2024-02-15"), attendance=attendance(**there)),
        talk=talk(*lines, coded=("m1", "m2") if coded else ()),
    )
    return observed(parts)


def talk(*lines, coded=("m1", "m2"), source="c1"):
    said = events(*lines, source=source)
    return Talk(source=source, said="Codings of c1, the only coder.", coverage=coverage(*coded), events=said)


def observed(parts, **other):
    """The parts with other bundles in their place, and their dyads."""
    parts = SimpleNamespace(**(vars(parts) | other))
    parts.observed = (parts.survey, parts.meetings, parts.talk)
    parts.dyads = dyads(*parts.observed)
    return parts


@pytest.fixture(scope="session")
def make():
    return SimpleNamespace(
        table=table,
        roster=roster,
        waves=waves,
        activities=activities,
        attendance=attendance,
        coverage=coverage,
        events=events,
        survey=survey,
        two_relations=two_relations,
        talk=talk,
        observed=observed,
        turns=turns,
        study=study,
    )


@pytest.fixture(scope="session")
def declared():
    """Check a result against its declaration; the declared fault comes with the failure."""

    def check(frame, name):
        RUN_TABLES[name].schema().validate(frame, lazy=True)
        assert list(frame) == [column for column in RUN_TABLES[name].names if column in frame]
        return frame

    return check
