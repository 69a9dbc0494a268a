"""Pages opened in a browser, and what a case leaves whose network can be moved."""

from types import SimpleNamespace

import pandas as pd
import pytest

from nicmethods.tables import RUN_TABLES, WORK_TABLES


@pytest.fixture
def visit(browser):
    """Open a page; whatever the browser complains of, asks for elsewhere or pops up is collected."""
    said, asked, opened = [], [], []

    def visit(path, fragment="", **options):
        page = browser.new_page(**options)
        page.set_default_timeout(20_000)
        opened.append(page)
        page.on("console", lambda message: said.append(f"{path.name}: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"{path.name}: {error}"))
        page.on("dialog", lambda dialog: (said.append(f"{path.name}: {dialog.message}"), dialog.dismiss()))
        page.on(
            "request",
            lambda request: asked.append(request.url) if not request.url.startswith(("file:", "data:")) else None,
        )
        page.goto(path.as_uri() + fragment)
        return page

    yield visit
    for page in opened:
        page.close()
    assert said == []
    assert asked == []


def table(name, rows):
    """A declared table with some of its columns filled in."""
    declared = RUN_TABLES.get(name) or WORK_TABLES[name]
    return pd.DataFrame(rows).reindex(columns=declared.names)


def network_tables(said="I can help.", site="North"):
    """Three people in two waves: A1 and B1 come to be tied after help, A1 and C1 had help and no tie, B1 left."""
    turns = [
        {
            "activity": "kick-off",
            "turn": str(n),
            "position": n,
            "actor": actor,
            "text": text,
            "start_s": None,
            "end_s": None,
        }
        for n, (actor, text) in enumerate([("A1", "Could you help?"), ("B1", said), ("C1", said)], start=1)
    ]
    event = {"activity": "kick-off", "kind": "help_given", "seeker": "A1", "basis": "coded", "source": "adjudicated"}
    events = [
        event | {"event": "kick-off/1/1", "helper": "B1", "request_turn": "1", "response_turn": "2"},
        event | {"event": "kick-off/1/2", "helper": "C1", "request_turn": "1", "response_turn": "3"},
    ]
    pair = {
        "from_wave": "w1",
        "to_wave": "w2",
        "relation": "help",
        "policy": "observed",
        "threshold": 1.0,
        "scope": "across",
    }
    counts = dict.fromkeys([c for c in RUN_TABLES["dyads"].names if c.startswith("n_")], 0) | {
        "reciprocated_talk": False
    }
    pair |= counts | {"n_together": 1, "n_together_coded": 1, "change_ba": "absent"}
    dyads = [
        pair
        | {
            "a": "A1",
            "b": "B1",
            "change_ab": "created",
            "change": "created",
            "verdict": "coincide",
            "events": "kick-off/1/1",
        },
        pair
        | {
            "a": "A1",
            "b": "C1",
            "change_ab": "absent",
            "change": "absent",
            "verdict": "help_without_tie",
            "events": "kick-off/1/2",
        },
        pair | {"a": "B1", "b": "C1", "change_ab": "absent", "change": "absent", "verdict": "neither"},
    ]
    answers = [
        {
            "relation": "help",
            "wave": wave,
            "actor": actor,
            "present": True,
            "responded": (wave, actor) != ("w2", "B1"),
            "basis": "listed",
        }
        for wave in ("w1", "w2")
        for actor in ("A1", "B1", "C1")
    ]
    ties = [("w1", "C1", "A1", 1.0), ("w2", "A1", "B1", 3.0), ("w2", "C1", "A1", 1.0)]
    actors = [("A1", site, "hub"), ("B1", "South", "member"), ("C1", "South", "member")]
    places = [("A1", -1.0, 0.0), ("B1", 1.0, 0.0), ("C1", 0.0, 1.0)]
    return {
        "turns": table("turns", turns),
        "events": table("events", events),
        "dyads": table("dyads", dyads),
        "responses": table("responses", answers),
        "ties": table("ties", [dict(zip(("wave", "source", "target", "weight"), row, strict=True), relation="help") for row in ties]),
        "actors": table("actors", [dict(zip(("actor", "site", "group"), row, strict=True)) for row in actors]),
        "places": table("places", [dict(zip(("actor", "x", "y"), row, strict=True), radius=0.1) for row in places]),
    }  # fmt: skip


NETWORK_SUMMARY = {
    "title": "Three",
    "strands": ["network", "talk"],
    "relations": [{"relation": "help", "threshold": 1.0, "directed": True}],
    "waves": [{"relation": "help", "wave": wave, "response_rate": 1.0} for wave in ("w1", "w2")],
    "activities": [{"activity": "kick-off", "title": "Kick-off", "coded": True}],
}


@pytest.fixture(scope="session")
def network():
    """What a case leaves whose network can be moved."""
    return SimpleNamespace(tables=network_tables, summary=NETWORK_SUMMARY)
