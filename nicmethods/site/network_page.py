"""The page of the network: a picture to move, and the story of every pair that has one."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from nicmethods.site.pages import anchor, words
from nicmethods.tables import TIE_CHANGES, records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nicmethods.results import Results
    from nicmethods.site.evidence import Evidence

__all__ = ["network_values"]

_DEEDS = {
    "help_request": ("{seeker} asks {helper} for help", "request_turn"),
    "help_given": ("{helper} helps {seeker}", "response_turn"),
    "shared_practice": ("{helper} shares practice with {seeker}", "response_turn"),
}

_Row = dict[str, Any]
_Pair = tuple[str, str]


def network_values(results: Results, evidence: Evidence) -> dict[str, Any] | None:
    """Give the page of the network its graph and its stories.

    Parameters
    ----------
    results
        What the case's run left; without the tables ``ties`` and ``places`` there is no page.
    evidence
        Where the case's turns stand.

    Returns
    -------
    dict or None
        ``graph``, what the script draws; ``stories``, one for each pair in which a tie was reported or an event coded.
    """
    pairs = list(evidence.stories)
    if not pairs:
        return None
    people = {row["actor"]: row for row in records(results.table("actors"))}
    surveys = _surveys(results)
    many = len({survey["relation"] for survey in surveys}) > 1
    told = _stories(results, evidence, pairs, surveys, people, many=many)
    places = {row["actor"]: row for row in records(results.tables["places"])}
    return {
        "graph": _graph(told, surveys, people, places),
        "stories": told,
        "verdicts": sorted(set(chain.from_iterable(story["verdicts"] for story in told))),
        "n_left_out": len(evidence.pairs) - len(pairs),
        "talk": "talk" in (results.summary.get("strands") or ("talk",)),
        "many": many,
    }


def _surveys(results: Results) -> list[_Row]:
    """Every question of every wave: reported values by who names whom, and who did not answer."""
    ties = results.tables["ties"]
    asked = [(wave["relation"], wave["wave"]) for wave in results.summary.get("waves") or ()]
    asked = asked or list(dict.fromkeys(zip(ties["relation"], ties["wave"], strict=True)))
    facts = {row["relation"]: row for row in results.summary.get("relations") or ()}
    silent: dict[_Pair, dict[str, str]] = {}
    for row in records(results.table("responses")):
        if not row["responded"]:
            why = "no answer" if row["present"] else "not there"
            silent.setdefault((row["relation"], row["wave"]), {})[row["actor"]] = why
    reported: dict[_Pair, dict[_Pair, float]] = {key: {} for key in asked}
    for row in records(ties):
        reported.setdefault((row["relation"], row["wave"]), {})[row["source"], row["target"]] = row["weight"]
    return [
        {
            "relation": relation,
            "wave": wave,
            "values": values,
            "silent": silent.get((relation, wave), {}),
            "least": facts.get(relation, {}).get("threshold") or 0.0,
            "directed": facts.get(relation, {}).get("directed", True),
        }
        for (relation, wave), values in reported.items()
    ]


def _stories(
    results: Results,
    evidence: Evidence,
    pairs: Iterable[_Pair],
    surveys: Sequence[_Row],
    people: Mapping[str, _Row],
    *,
    many: bool,
) -> list[_Row]:
    dyads, events = results.table("dyads"), results.table("events")
    deeds = {row["event"]: _deed(row, evidence) for row in records(events)}
    intervals: dict[_Pair, list[_Row]] = {}
    for row in records(dyads):
        intervals.setdefault((row["a"], row["b"]), []).append(row)
    outside = _outside(records(events), intervals)
    told = [
        _story(
            pair,
            _intervals(intervals.get(pair, ()), deeds),
            [deeds[one] for one in outside.get(pair, ())],
            many=many,
        )
        | {"who": [_who(actor, people) for actor in pair], "reports": _reports(*pair, surveys)}
        for pair in pairs
    ]
    return sorted(told, key=lambda story: -int(story["n_events"]))


def _story(pair: _Pair, intervals: list[_Row], outside: list[_Row], *, many: bool) -> _Row:
    verdicts = [
        (f"{one['relation']}/{one['verdict']}", f"{one['relation']}: {words(one['verdict'])}")
        if many
        else (one["verdict"], words(one["verdict"]))
        for part in intervals
        for one in part["asked"]
        if one["verdict"]
    ]
    return {
        "a": pair[0],
        "b": pair[1],
        "anchor": anchor("pair", *pair),
        "intervals": intervals,
        "outside": outside,
        "n_events": sum(len(part["deeds"]) for part in intervals) + len(outside),
        "verdicts": list(dict.fromkeys(verdicts)),
    }


def _who(actor: str, people: Mapping[str, _Row]) -> str:
    row = people.get(actor, {})
    return ", ".join(filter(None, (actor, row.get("role"), row.get("site"))))


def _reports(a: str, b: str, surveys: Sequence[_Row]) -> _Row:
    """What each reported of the other, wave by wave; where no question has a direction, one line for the two."""
    many = len({survey["relation"] for survey in surveys}) > 1
    heads = [f"{s['relation']}, {s['wave']}" if many else s["wave"] for s in surveys]
    if not any(survey["values"] for survey in surveys):
        return {"heads": [], "lines": []}
    if not any(survey["directed"] for survey in surveys):
        named = {f"{a} and {b}": (a, b)}
    else:
        named = {f"{a} on {b}": (a, b), f"{b} on {a}": (b, a)}
    lines = [{"of": of, "cells": [_report(*pair, survey) for survey in surveys]} for of, pair in named.items()]
    return {"heads": heads, "lines": lines}


def _report(source: str, target: str, survey: _Row) -> float | str:
    if (source, target) in survey["values"]:
        return float(survey["values"][source, target])
    if not survey["directed"] and (target, source) in survey["values"]:
        return float(survey["values"][target, source])
    return survey["silent"].get(source, 0.0)  # type: ignore[no-any-return]


def _intervals(rows: Iterable[_Row], deeds: Mapping[str, _Row]) -> list[_Row]:
    """A pair's intervals: what was said between the two once, beside it what each question shows and the verdict on it."""
    found: dict[_Pair, _Row] = {}
    for row in rows:
        part = found.setdefault(
            (row["from_wave"], row["to_wave"]),
            {
                "from_wave": row["from_wave"],
                "to_wave": row["to_wave"],
                "asked": [],
                "n_together": row["n_together"],
                "minutes": row["minutes_together"],
                "n_coded": row["n_together_coded"],
                "deeds": [deeds[event] for event in _listed(row["events"]) if event in deeds],
            },
        )
        sides = ((row["a"], row["b"], "change_ab"), (row["b"], row["a"], "change_ba"))
        said = [f"{x} on {y}: {TIE_CHANGES[row[name]]}" for x, y, name in sides]
        about = {"relation": row["relation"], "verdict": row["verdict"], "survey": "; ".join(said) + _why(row)}
        part["asked"].append(about)
    return list(found.values())


def _why(row: _Row) -> str:
    """Why the survey could not be observed, with the people's ids."""
    if not row["reason"]:
        return ""
    named = re.sub(r"\b[ab](?=:)", lambda side: str(row[side[0]]), words(row["reason"]))
    return f" ({named})"


def _deed(row: _Row, evidence: Evidence) -> _Row:
    """A coded event in a sentence, with the turn that shows it."""
    sentence, column = _DEEDS[row["kind"]]
    names = {name: row[name] or "all who were there" for name in ("seeker", "helper")}
    turns = [f"{row['activity']}/{row[name]}" for name in (column, "request_turn", "response_turn") if row[name]]
    return {
        "is_help": row["kind"] != "shared_practice",
        "said": sentence.format(**names),
        "quote": next(iter(evidence.turn_quotes(turns[0])), None) if turns else None,
        "turns": evidence.turn_links(";".join(dict.fromkeys(turns))),
        "suggested": row["source"] == "suggestions",
    }


def _outside(events: Sequence[_Row], intervals: Mapping[_Pair, Sequence[_Row]]) -> dict[_Pair, list[str]]:
    """Events between two people that count for no interval, for example during a survey."""
    counted = {event for rows in intervals.values() for row in rows for event in _listed(row["events"])}
    found: dict[_Pair, list[str]] = {}
    for row in events:
        if row["event"] not in counted and row["seeker"] and row["helper"]:
            a, b = sorted((row["seeker"], row["helper"]))
            found.setdefault((a, b), []).append(row["event"])
    return found


def _listed(ids: object) -> list[str]:
    return [part for part in str(ids or "").split(";") if part]


def _graph(
    stories: Sequence[_Row], surveys: Sequence[_Row], people: Mapping[str, _Row], places: Mapping[str, _Row]
) -> _Row:
    """What the script draws; pairs and people by their place in the lists."""
    pairs = {(story["a"], story["b"]): number for number, story in enumerate(stories)}
    named = sorted(places)
    sites = sorted({people[name]["site"] for name in named if name in people and people[name].get("site")})
    return {
        "sites": sites,
        "people": [_node(places[name], people.get(name, {}), sites) for name in named],
        "pairs": [[named.index(a), named.index(b)] for a, b in pairs],
        "anchors": [story["anchor"] for story in stories],
        "verdicts": [[value for value, _ in story["verdicts"]] for story in stories],
        "surveys": [_drawn(survey, pairs, stories, named) for survey in surveys],
    }


def _node(place: _Row, row: _Row, sites: Sequence[str]) -> _Row:
    site = sites.index(row["site"]) if row.get("site") else -1
    spot = {name: round(float(place[name]), 3) for name in ("x", "y")}
    return {"id": place["actor"], "site": site, "hub": row.get("group") == "hub", **spot}


def _drawn(survey: _Row, place: Mapping[_Pair, int], stories: Sequence[_Row], named: Sequence[str]) -> _Row:
    """Ties of one survey as pair, value from the first, value from the second; and pairs with help before it."""
    ties = [
        [number, *both]
        for (a, b), number in place.items()
        if max(both := [_shown(a, b, survey), _shown(b, a, survey)]) > 0
    ]
    talk = [
        number
        for number, story in enumerate(stories)
        for part in story["intervals"]
        if any(deed["is_help"] for deed in part["deeds"])
        and part["to_wave"] == survey["wave"]
        and survey["relation"] in [one["relation"] for one in part["asked"]]
    ]
    return {
        "wave": survey["wave"],
        "relation": survey["relation"],
        "directed": survey["directed"],
        "ties": ties,
        "talk": talk,
        "silent": [named.index(name) for name in sorted(survey["silent"]) if name in named],
    }


def _shown(source: str, target: str, survey: _Row) -> float:
    """The reported value if it counts as a tie, else 0."""
    value = survey["values"].get((source, target), 0.0)
    return float(value) if value and value >= survey["least"] else 0.0
