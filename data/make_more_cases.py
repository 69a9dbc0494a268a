"""Make two more synthetic cases of other shapes from more_cases/, and ratings: ``python data/make_more_cases.py [FOLDER]``.

A yml file there holds people, waves, the chance of a tie in each wave, and what is said: ``T4 asks T1: words``. Ties, their
values and timings are drawn with a fixed seed, so that the files come out the same. ``ratings.yml`` holds invented ratings
of all synthetic cases, for ratings.csv. Cases coded with several codebooks have them joined to one. Without a
folder, everything goes to its place in data/ and codebooks/.
"""

from __future__ import annotations

import random
import re
import sys
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from make_demo import VERBS, clock_time, expected, write

if TYPE_CHECKING:
    from collections.abc import Iterator

SEED = 20250301
HERE = Path(__file__).parent
CODEBOOKS = HERE.parent / "codebooks"
JOINED = {
    "help_and_actions": (
        "Help and strategic actions",
        "talk that is coded with both",
        ("help", "strategic_actions"),
    ),
    "all_codes": (
        "Help, strategic actions, design principles and lessons of forming a network",
        "talk that is coded with all four",
        ("help", "strategic_actions", "design_principles", "forming_a_network"),
    ),
}
"""Codebooks joined to one: title, what it is for, and the codebooks."""
SAID = re.compile(r"(?P<actor>\w+)(?: (?P<verb>\w+))?(?: (?P<other>\w+))?: (?P<words>.+)")
ENDS = ("source", "target")
Row = dict[str, Any]


def spoken(line: str) -> Row:
    """Read one turn: actor, verb and other (None where there is none), words."""
    found = SAID.fullmatch(line)
    if found is None:
        sys.exit(f"Not a turn: {line}")
    return found.groupdict()


def roster(study: Row) -> list[Row]:
    """Rows of roster.csv."""
    columns = ["actor", "name", "site", "role", "level", "joined", "left"]
    return [dict(zip(columns, [actor, *about], strict=False)) for actor, about in study["people"].items()]


def helped_before(study: Row, day: object) -> set[tuple[str, str]]:
    """Who was helped by whom in an activity before a day."""
    said = [spoken(line) for a in study["activities"].values() if a["date"] < day for line in a["talk"]]
    return {(turn["other"], turn["actor"]) for turn in said if turn["verb"] == "helps"}


def answers(study: Row, people: list[Row]) -> list[Row]:
    """Rows of responses.csv: who was there and answered, all questions or none."""
    return [
        {"wave": wave["id"], "actor": person["actor"], "responded": "no" if person["actor"] in silent else "yes"}
        for wave in study["case"]["waves"]
        for silent in [study["no_answer"].get(wave["id"], [])]
        for person in there(people, wave)
    ]


def there(people: list[Row], wave: Row) -> list[Row]:
    """Who has not left before a wave."""
    return [person for person in people if str(person.get("left") or "9") >= str(wave["opened"])]


def reports(study: Row, people: list[Row], relation: str, seed: int, before: list[Row] | None) -> list[Row]:
    """Rows of ties.csv of one relation.

    A tie's luck is drawn once, so that ties come and go with the chance. What makes later luck better is help in the talk; for a
    question that follows another (`before`), a tie in that one a wave earlier.
    """
    rng = random.Random(seed)
    hubs, habits = study["case"]["roles"]["hub"], study["habits"][relation]
    luck = {pair: rng.random() for pair in permutations(study["people"], 2)}
    ties: list[Row] = []
    earlier = ""
    for position, wave in enumerate(study["case"]["waves"]):
        silent = study["no_answer"].get(wave["id"], [])
        lucky = helped_before(study, wave["opened"]) if before is None else tied(before, earlier)
        for source, target in permutations(there(people, wave), 2):
            same, hub = source["site"] == target["site"], (source["role"] in hubs) != (target["role"] in hubs)
            chance = habits["same_site" if same else "hub_and_member" if hub else "other"][position]
            pair = source["actor"], target["actor"]
            drawn = luck[pair] / (4 if pair in lucky else 1)
            if drawn < 1.2 * chance and source["actor"] not in silent:
                weight = 1 if drawn >= chance else 3 if drawn < chance / 2 else 2
                ties.append(
                    {"wave": wave["id"], "relation": relation, "weight": weight} | dict(zip(ENDS, pair, strict=True))
                )
        earlier = wave["id"]
    return ties


def tied(ties: list[Row], wave: str) -> set[tuple[str, str]]:
    """Pairs with a tie in a wave, by the value from which one counts."""
    return {(tie["source"], tie["target"]) for tie in ties if tie["wave"] == wave and tie["weight"] >= 2}


def survey(study: Row, people: list[Row]) -> list[Row]:
    """Rows of ties.csv: the first question, then any other, which follows the first."""
    found: list[Row] = []
    first: list[Row] | None = None
    for place, relation in enumerate(study["case"]["relations"]):
        rows = reports(study, people, relation["name"], SEED + place, first)
        first = first or rows
        found += rows
    return found


def codebook(name: str) -> str:
    """The codes of several codebooks in one file."""
    title, purpose, parts = JOINED[name]
    texts = [(CODEBOOKS / f"{part}.yml").read_text("utf-8").partition("\ncodes:\n") for part in parts]
    files = ", ".join(f"{part}.yml" for part in parts[:-1]) + f" and {parts[-1]}.yml"
    about = f"""\
# {title} in one codebook. Written by data/make_more_cases.py.
id: {name}
title: {title}
description: >-
  The codes of {files}, for
  {purpose}; a case has one codebook.
language: en
codes:
"""
    return about + "".join(codes for _, _, codes in texts)


def ratings(invented: Row) -> Iterator[Row]:
    """Rows of ratings.csv: ``Most`` by both raters, ``Dev (High) / Most`` where they differ, a dash where nobody rated."""
    for case, network in invented["networks"].items():
        for domain, levels in network["levels"].items():
            for year, level in zip(invented["years"], levels, strict=True):
                for rater, own in zip(invented["raters"], (level.split(" / ") * 2)[:2], strict=True):
                    row = {"case": case, "year": year, "domain": domain, "level": "" if own == "-" else own}
                    yield row | {"rater": rater, "evidence": invented["evidence"], "focus": network["focus"]}


def codings(activity: str, talk: list[Row], themes: dict[int, list[str]]) -> Iterator[Row]:
    """Rows of coder_a.csv: who answers a request is its helper."""
    asked: dict[str, int] = {}
    for number, said in enumerate(talk, start=1):
        for code in themes.get(number, ()):
            yield {"activity": activity, "turn": number, "code": code}
        actor, other = said["actor"], said["other"] or ""
        if not said["verb"]:
            continue
        row: Row = {"activity": activity, "turn": number, "code": VERBS[said["verb"]], "addressee": other}
        if said["verb"] == "asks":
            asked[actor] = number
            row["seeker"] = actor
        if said["verb"] == "helps":
            row |= {"reply_to": asked.get(other, ""), "seeker": other, "helper": actor}
        yield row


def transcript(talk: list[Row], names: dict[str, str]) -> tuple[str, float]:
    """A transcript as Zoom exports it, a cue a turn, and when it ends."""
    rng, clock, cues = random.Random(SEED), 4.0, ["WEBVTT\n"]
    for number, said in enumerate(talk, start=1):
        end = clock + len(said["words"].split()) / rng.uniform(2.3, 3.1)
        cues.append(f"{number}\n{clock_time(clock)} --> {clock_time(end)}\n{names[said['actor']]}: {said['words']}\n")
        clock = end + rng.uniform(0.3, 2.5)
    return "\n".join(cues), clock


def make(study: Row, folder: Path) -> None:
    """Write one case."""
    for part in ("transcripts", "codings"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    note = "# Synthetic: nobody in this case exists. Written by data/make_more_cases.py.\n"
    content = yaml.safe_dump(study["case"], sort_keys=False, allow_unicode=True, width=110)
    (folder / "case.yml").write_text(note + content, encoding="utf-8")
    planted = f"{study['planted'].strip()}\n\n" if "planted" in study else ""
    about = f"# {study['case']['title']}\n\n{study['case']['description']}\n\n{planted}Written by `python data/make_more_cases.py`.\n"
    about += f"\n## What a report should say\n{study['shape']}\n\n{expected(study['propositions'])}\n"
    (folder / "README.md").write_text(about, encoding="utf-8")
    people = roster(study)
    ties, responses = survey(study, people), answers(study, people)
    activities, attendance, coded = [], [], []
    for activity, planned in study["activities"].items():
        talk = [spoken(line) for line in planned["talk"]]
        text, end = transcript(talk, {person["actor"]: person["name"] for person in people})
        (folder / "transcripts" / f"{activity}.vtt").write_text(text, encoding="utf-8")
        activities.append({"activity": activity, "kind": "meeting", "transcript": f"{activity}.vtt"} | planned)
        attendance += [
            {"activity": activity, "actor": actor, "minutes": int(end // 60 + 1)} for actor in planned["there"]
        ]
        coded += codings(activity, talk, planned.get("themes", {})) if activity in study["coded"] else []
    read = [
        {"coder": "coder_a", "activity": activity, "codebook": study["case"]["codebook"]} for activity in study["coded"]
    ]
    tables = {"roster": people, "ties": ties, "responses": responses, "activities": activities}
    tables |= {"attendance": attendance, "codings/coder_a": coded, "codings/coverage": read}
    for name, rows in tables.items():
        write(folder, f"{name}.csv", rows)


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    joined = target if len(sys.argv) > 1 else CODEBOOKS
    for name in JOINED:
        (joined / f"{name}.yml").write_text(codebook(name), encoding="utf-8")
    for path in sorted((HERE / "more_cases").glob("*.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.stem == "ratings":
            write(target, "ratings.csv", list(ratings(content)))
        else:
            make(content, target / path.stem)
