"""Small cases, written so that a reader can recount them."""

from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from nicmethods.joint.dyads import dyad_table
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, empty

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
    declared = TABLES[name]
    dtypes = {column.name: column.dtype for column in declared.columns}
    return pd.DataFrame(rows, columns=declared.names).astype(dtypes) if rows else empty(declared)


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


def changes(people, kinds=None, *, steps=(("w1", "w2"),), relation="help"):
    """Reports of everyone on everyone: ``{"AB": "created"}`` is A on B; the rest absent."""
    rows = []
    for start, end in steps:
        for a, b in permutations(people, 2):
            kind = (kinds or {}).get(a + b, "absent")
            rows.append(
                {
                    "from_wave": start,
                    "to_wave": end,
                    "relation": relation,
                    "source": a,
                    "target": b,
                    "weight_from": WEIGHTS[kind][0],
                    "weight_to": WEIGHTS[kind][1],
                    "kind": kind,
                    "reason": "no_answer" if kind == "not_observable" else None,
                    "threshold_from": 1,
                    "threshold": 1,
                    "policy": "observed",
                }
            )
    return table("dyad_change", rows)


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
    who = "".join(person.split(":")[0] for person in people.split())
    there = present or {"m1": who, "m2": who}
    parts = SimpleNamespace(
        changes=changes(who, kinds),
        events=events(*lines),
        attendance=attendance(**there),
        activities=activities(m1="2024-02-01", m2="2024-02-15"),
        waves=waves("2024-01-01/2024-01-05", "2024-03-01/2024-03-05"),
        roster=roster(people),
        coverage=coverage("m1", "m2") if coded else coverage(),
    )
    parts.observed = (parts.events, parts.attendance, parts.activities, parts.waves, parts.roster)
    parts.talked = (parts.events, parts.attendance, parts.activities, parts.roster, parts.coverage)
    parts.dyads = dyad_table(parts.changes, *parts.observed, parts.coverage)
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
        changes=changes,
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
