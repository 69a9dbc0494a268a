"""Make the synthetic demo case from demo_script/: ``python data/make_demo.py [FOLDER]`` (default: data/demo).

study.yml holds people, waves, activities and planted ties; A1.yml … A6.yml what is said; planted.yml what is expected.
Timings, the ties of colleagues and passing acquaintance are drawn with a fixed seed, so that the files come out the same.
"""

from __future__ import annotations

import csv
import math
import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import yaml

SEED = 20240909
HERE = Path(__file__).parent
SCRIPT = HERE / "demo_script"
VERBS = {
    "asks": "help_request",
    "helps": "help_given",
    "shares": "shared_practice",
    "offers": "help_offered",
    "takes": "uptake",
    "thanks": "thanks",
    "plans": "test_planned",
}
CODING_COLUMNS = "activity turn start_char end_char code addressee reply_to seeker helper memo".split()
DECISION_COLUMNS = "activity turn code present by decided reason".split()
SETTLED = {"by": "coder_a and coder_b", "decided": "2025-01-10"}
Row = dict[str, Any]


@dataclass(frozen=True)
class Cue:
    """One caption: speaker as written, times in seconds."""

    speaker: str
    start_s: float
    end_s: float
    text: str


def load(name: str) -> Any:
    return yaml.safe_load((SCRIPT / name).read_text(encoding="utf-8"))


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Write the named columns; what a row lacks is blank, what else it has is left out."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


# What is said ---------------------------------------------------------------------------------------------------------


def turns(meeting: Row) -> Iterator[tuple[str, str, str]]:
    """Each turn's actor, what coders make of it, and its words."""
    for entry in meeting["turns"]:
        ((key, text),) = entry.items()
        if key != "pause":
            actor, _, made_of_it = key.partition(" ")
            yield actor, made_of_it, str(text)


def caption_lines(text: str) -> Iterator[str]:
    """Words in lines as a recorder breaks them: after a sentence, or when a line gets long."""
    words = text.split()
    line: list[str] = []
    for i, word in enumerate(words, start=1):
        line.append(word)
        ended = (word[-1] in ".?!" and len(line) >= 5) or (word[-1] == "," and len(line) >= 10) or len(line) >= 15
        if i == len(words) or (ended and len(words) - i > 2):
            yield " ".join(line)
            line = []


def cues(meeting: Row, shown: dict[str, str], rng: random.Random) -> list[Cue]:
    """Captions with times; the pause before a new turn of the same speaker is longer than 2 s."""
    made: list[Cue] = []
    clock, before = 3 + 9 * rng.random(), ""
    for entry in meeting["turns"]:
        ((key, text),) = entry.items()
        if key == "pause":
            clock += text
            continue
        actor = key.partition(" ")[0]
        clock += rng.uniform(2.4, 6) if actor == before else rng.choice([0.12, 0.4, 0.9, 1.6, 2.8]) * rng.uniform(0.7, 1.3)
        for line in caption_lines(str(text).replace("<", "").replace(">", "")):
            seconds = max(0.5, len(line.split()) / rng.uniform(2.4, 3.4))
            made.append(Cue(shown[actor], round(clock, 3), round(clock + seconds, 3), line))
            clock += seconds + rng.uniform(0.02, 0.9)
        before = actor
    return made


def clock_time(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def zoom(captions: list[Cue], _activity: str) -> str:
    blocks = (
        f"{i}\n{clock_time(cue.start_s)} --> {clock_time(cue.end_s)}\n{cue.speaker}: {cue.text}\n"
        for i, cue in enumerate(captions, start=1)
    )
    return "\n".join(["WEBVTT\n", *blocks])


def teams(captions: list[Cue], activity: str) -> str:
    blocks = (
        f"{activity.lower()}-demo/{i}-0\n{clock_time(cue.start_s)} --> {clock_time(cue.end_s)}\n"
        f"<v {cue.speaker}>{cue.text}</v>\n"
        for i, cue in enumerate(captions, start=1)
    )
    return "\n".join(["WEBVTT\n", *blocks])


def otter(captions: list[Cue], _activity: str) -> str:
    """Otter's export: one paragraph a turn, with its start only."""
    paragraphs: list[tuple[Cue, list[str]]] = []
    for cue in captions:
        if paragraphs and paragraphs[-1][0].speaker == cue.speaker:
            paragraphs[-1][1].append(cue.text)
        else:
            paragraphs.append((cue, [cue.text]))
    return "\n".join(
        f"{first.speaker}  {int(first.start_s) // 60}:{int(first.start_s) % 60:02d}\n{' '.join(lines)}\n"
        for first, lines in paragraphs
    )


FORMATS = {"zoom": (zoom, ".vtt"), "teams": (teams, ".vtt"), "otter": (otter, ".txt")}


# What coders make of it -----------------------------------------------------------------------------------------------


def coded(activity: str, meeting: Row, coder: str) -> Iterator[Row]:
    """One coder's rows. coder_a says who seeks and who helps; coder_b notes the addressee only."""
    asked: dict[str, int] = {}
    for number, (actor, made_of_it, text) in enumerate(turns(meeting), start=1):
        made_of_it, _, memo = made_of_it.partition(" | ")
        for part in filter(None, made_of_it.split(" & ")):
            verb, *whom = part.split()
            verb, _, only = verb.partition("-")
            other = whom[0] if whom else ""
            if not only or coder.endswith(only):
                row: Row = {"activity": activity, "turn": number, "code": VERBS[verb], "addressee": other}
                if "<" in text and coder == "coder_a":
                    row |= {"start_char": text.index("<"), "end_char": text.index(">") - 1}
                if verb == "helps" and coder == "coder_a":
                    row |= {"reply_to": asked.get(other, ""), "seeker": other, "helper": actor}
                if verb == "asks" and coder == "coder_a":
                    row |= {"seeker": actor, "memo": memo}
                if verb == "asks":
                    asked[actor] = number
                yield row


# What people report ---------------------------------------------------------------------------------------------------


def weights(study: Row, site_of: dict[str, str], rng: random.Random) -> Iterator[tuple[str, str, list[int]]]:
    """For every ordered pair, the weight in each wave: planted, or by habit."""
    habits = study["habits"]
    planted = {key: [int(weight) for weight in value.split()] for key, value in study["ties"].items()}
    n_waves = len(study["case"]["waves"])
    for source, target in permutations(site_of, 2):
        if f"{source}>{target}" in planted:
            yield source, target, planted[f"{source}>{target}"]
        elif site_of[source] == site_of[target]:
            reported = rng.choices(range(len(habits["first"])), habits["first"])
            while len(reported) < n_waves:
                reported.append(reported[-1] + (reported[-1] in (2, 3) and rng.random() < habits["grows"]))
            yield source, target, reported
        else:
            yield source, target, [int(rng.random() < habits["rarely"]) for _ in range(n_waves)]


def present(study: Row, actor: str, wave: Row) -> bool:
    """Whether somebody belonged to the network when a wave opened."""
    _, _, _, joined, left = [*study["people"][actor], None, None][:5]
    return (joined is None or joined <= wave["closed"]) and (left is None or left >= wave["opened"])


def survey(study: Row, site_of: dict[str, str], rng: random.Random) -> tuple[list[Row], list[Row]]:
    """Rows of ties.csv and responses.csv."""
    reported = list(weights(study, site_of, rng))
    ties: list[Row] = []
    responses: list[Row] = []
    for position, wave in enumerate(study["case"]["waves"]):
        here = {actor for actor in site_of if present(study, actor, wave)}
        answered = here - set(study["no_answer"].get(wave["id"], []))
        responses += [
            {"wave": wave["id"], "actor": actor, "responded": "yes" if actor in answered else "no"}
            for actor in site_of
            if actor in here
        ]
        ties += [
            {"wave": wave["id"], "source": source, "target": target, "weight": weight[position], "relation": "help"}
            for source, target, weight in reported
            if weight[position] and source in answered and target in here
        ]
    return ties, responses


# The folder -----------------------------------------------------------------------------------------------------------


def write_case_file(folder: Path, study: Row) -> None:
    note = "# Synthetic: nobody in this case exists. Written by data/make_demo.py from data/demo_script/.\n"
    content = yaml.safe_dump(study["case"], sort_keys=False, allow_unicode=True, width=110)
    (folder / "case.yml").write_text(note + content, encoding="utf-8")


def write_people(folder: Path, study: Row, site_of: dict[str, str]) -> None:
    columns = ["actor", "name", "site", "role", "level", "joined", "left"]
    roster = (
        dict(zip(columns, [actor, study["people"][actor][0], site, *study["people"][actor][1:]], strict=False))
        for actor, site in site_of.items()
    )
    write_rows(folder / "roster.csv", columns, roster)
    aliases = ({"alias": alias, "actor": actor} for alias, actor in study["aliases"].items())
    write_rows(folder / "people.csv", ["alias", "actor"], aliases)


def write_talk(folder: Path, study: Row, meetings: dict[str, Row], rng: random.Random) -> None:
    """Transcripts, activities and attendance."""
    attendance: list[Row] = []
    activities: list[Row] = []
    for activity, meeting in meetings.items():
        about = study["activities"][activity]
        shown = {actor: person[0] for actor, person in study["people"].items()} | meeting.get("called", {})
        captions = cues(meeting, shown, rng)
        write, ending = FORMATS[meeting["written_as"]]
        (folder / "transcripts" / (activity + ending)).write_text(write(captions, activity), encoding="utf-8")
        whole = math.ceil(captions[-1].end_s / 60)
        activities.append({"activity": activity, "kind": "meeting", "transcript": activity + ending} | about)
        attendance += [
            {"activity": activity, "actor": actor, "minutes": about["minutes"].get(actor, whole)} for actor in about["there"]
        ]
    columns = ["activity", "date", "title", "kind", "cycle", "phase", "transcript"]
    write_rows(folder / "activities.csv", columns, activities)
    write_rows(folder / "attendance.csv", ["activity", "actor", "minutes"], attendance)


def write_codings(folder: Path, study: Row, meetings: dict[str, Row]) -> None:
    coverage: list[Row] = []
    for coder, read in study["coders"].items():
        rows = [row for activity in read for row in coded(activity, meetings[activity], coder)]
        write_rows(folder / "codings" / f"{coder}.csv", CODING_COLUMNS, rows)
        coverage += [{"coder": coder, "activity": activity, "codebook": "help"} for activity in read]
    write_rows(folder / "codings" / "coverage.csv", ["coder", "activity", "codebook", "first_turn", "last_turn"], coverage)
    decided = (
        row | SETTLED | {"turn": turn_that_begins(meetings[row["activity"]], row["begins"])} for row in study["decisions"]
    )
    write_rows(folder / "codings" / "adjudicated.csv", DECISION_COLUMNS, decided)


def turn_that_begins(meeting: Row, words: str) -> int:
    (number,) = (n for n, (_, _, text) in enumerate(turns(meeting), start=1) if text.startswith(words))
    return number


def turns_between(meetings: dict[str, Row], pair: list[str], activities: list[str]) -> str:
    """Turns that coder_a codes between two people, as activity/turn."""
    return " ".join(
        f"{activity}/{row['turn']}"
        for activity in activities
        for row, actor in _with_speaker(activity, meetings[activity])
        if {actor, row["addressee"]} == set(pair)
    )


def _with_speaker(activity: str, meeting: Row) -> Iterator[tuple[Row, str]]:
    speakers = [actor for actor, _, _ in turns(meeting)]
    for row in coded(activity, meeting, "coder_a"):
        yield row, speakers[row["turn"] - 1]


def write_readme(folder: Path, study: Row, meetings: dict[str, Row], planted: Row) -> None:
    lines = ["| pair | interval | expected verdict | turns (coder_a) | why |", "|---|---|---|---|---|"]
    for row in planted["pairs"]:
        where = turns_between(meetings, row["pair"], planted["intervals"][row["interval"]])
        lines.append(f"| {' – '.join(row['pair'])} | {row['interval']} | {row['verdict']} | {where} | {row['why']} |")
    text = (SCRIPT / "readme.md").read_text(encoding="utf-8").replace("<!-- planted pairs -->", "\n".join(lines))
    (folder / "README.md").write_text(text, encoding="utf-8")


def make(folder: Path) -> None:
    """Write the whole case into a folder."""
    study, planted = load("study.yml"), load("planted.yml")
    meetings = {activity: load(f"{activity}.yml") for activity in study["activities"]}
    site_of = {actor: site for site, actors in study["sites"].items() for actor in actors}
    for part in ("transcripts", "codings"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    write_case_file(folder, study)
    write_people(folder, study, site_of)
    ties, responses = survey(study, site_of, random.Random(SEED))
    write_rows(folder / "ties.csv", ["wave", "source", "target", "weight", "relation"], ties)
    write_rows(folder / "responses.csv", ["wave", "actor", "responded"], responses)
    write_talk(folder, study, meetings, random.Random(SEED + 1))
    write_codings(folder, study, meetings)
    ledger = ["subject", "researcher", "verdict", "meta_inference", "reason", "evidence", "decided"]
    write_rows(folder / "ledger.csv", ledger, study["ledger"])
    write_readme(folder, study, meetings, planted)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "demo")
