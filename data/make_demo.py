"""Make the synthetic demo case from demo_script/: ``python data/make_demo.py [FOLDER]`` (default: data/demo).

study.yml holds people, waves, activities and planted ties; A1.yml … A6.yml what is said; planted.yml what is expected.
Timings, the ties of colleagues and passing acquaintance are drawn with a fixed seed, so that the files come out the same.
"""

from __future__ import annotations

import csv
import math
import random
import sys
from dataclasses import dataclass
from itertools import groupby, permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
SETTLED = {"by": "coder_a and coder_b", "decided": "2025-01-10"}
COLUMNS = {
    "roster.csv": "actor name site role level joined left",
    "people.csv": "alias actor",
    "ties.csv": "wave source target weight relation",
    "responses.csv": "wave actor responded",
    "attributes.csv": "actor wave name value",
    "activities.csv": "activity date title kind cycle phase transcript",
    "attendance.csv": "activity actor minutes",
    "codings/coder_a.csv": "activity turn start_char end_char code addressee reply_to seeker helper memo",
    "codings/coder_b.csv": "activity turn code addressee",
    "codings/coverage.csv": "coder activity codebook",
    "codings/adjudicated.csv": "activity turn code present by decided reason",
    "ledger.csv": "subject researcher verdict meta_inference reason evidence decided",
    "ratings.csv": "case year domain level rater evidence focus",
}
Row = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """One turn of a meeting as written in its yml: ``E02 asks E09 & thanks-a E09 | memo: words``."""

    actor: str
    codes: tuple[tuple[str, str, str], ...]  # code, addressee, the one coder who gave it
    memo: str
    words: str


def load(name: str) -> Any:
    """Read a file of the script."""
    return yaml.safe_load((SCRIPT / name).read_text(encoding="utf-8"))


def write(folder: Path, name: str, rows: Iterable[Row]) -> None:
    """Write a table; what a row lacks is blank, what else it has is left out."""
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        columns = COLUMNS[name].split()
        writer = csv.DictWriter(file, columns, restval="", extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def turn(key: str, words: str) -> Turn:
    """Read one turn."""
    actor, _, made_of_it = key.partition(" ")
    made_of_it, _, memo = made_of_it.partition("| ")
    codes = []
    for part in filter(None, made_of_it.strip().split(" & ")):
        verb, *whom = part.split()
        verb, _, only = verb.partition("-")
        codes.append((VERBS[verb], "".join(whom), only and f"coder_{only}"))
    return Turn(actor, tuple(codes), memo, words)


def turns(meeting: Row) -> list[Turn]:
    """All turns of a meeting, pauses left out."""
    return [turn(*item) for entry in meeting["turns"] for item in entry.items() if item[0] != "pause"]


def caption_lines(words: str) -> Iterator[str]:
    """Words in lines as a recorder breaks them: after a sentence, or when a line gets long."""
    left = words.split()
    line: list[str] = []
    for i, word in enumerate(words.split(), start=1):
        line.append(word)
        ended = (word[-1] in ".?!" and len(line) >= 5) or (word[-1] == "," and len(line) >= 10) or len(line) >= 15
        if i == len(left) or (ended and len(left) - i > 2):
            yield " ".join(line)
            line = []


def cues(meeting: Row, shown: dict[str, str], rng: random.Random) -> list[tuple[str, float, float, str]]:
    """Captions as speaker, start and end in seconds, words; a speaker's next turn comes more than 2 s after the last."""
    made = []
    clock, before = 3 + 9 * rng.random(), ""
    for entry in meeting["turns"]:
        ((key, words),) = entry.items()
        if key == "pause":
            clock += words
            continue
        actor = key.partition(" ")[0]
        if actor == before:
            clock += rng.uniform(2.4, 6)
        else:
            clock += rng.choice([0.12, 0.4, 0.9, 1.6, 2.8]) * rng.uniform(0.7, 1.3)
        for line in caption_lines(words):
            seconds = max(0.5, len(line.split()) / rng.uniform(2.4, 3.4))
            made.append((shown[actor], clock, clock + seconds, line))
            clock += seconds + rng.uniform(0.02, 0.9)
        before = actor
    return made


def clock_time(seconds: float) -> str:
    """Seconds as WebVTT writes them."""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}.{ms % 1000:03d}"


def transcript(captions: list[tuple[str, float, float, str]], written_as: str) -> str:
    """A transcript as Zoom, Teams or Otter exports it; Otter gives a paragraph a turn, with its start only."""
    if written_as == "otter":
        paragraphs = [list(lines) for _, lines in groupby(captions, key=lambda cue: cue[0])]
        return "\n".join(
            f"{lines[0][0]}  {int(lines[0][1]) // 60}:{int(lines[0][1]) % 60:02d}\n{' '.join(cue[3] for cue in lines)}\n"
            for lines in paragraphs
        )
    label, said = {"zoom": ("{}", "{}: {}"), "teams": ("demo/{}-0", "<v {}>{}</v>")}[written_as]
    blocks = (
        f"{label.format(i)}\n{clock_time(start)} --> {clock_time(end)}\n{said.format(speaker, words)}\n"
        for i, (speaker, start, end, words) in enumerate(captions, start=1)
    )
    return "\n".join(["WEBVTT\n", *blocks])


def coded(activity: str, said: list[Turn], coder: str) -> Iterator[Row]:
    """One coder's rows, with all that coder_a notes; coder_b's file has the addressee only."""
    asked: dict[str, int] = {}
    for number, spoken in enumerate(said, start=1):
        for code, other, only in spoken.codes:
            if only in ("", coder):
                row: Row = {
                    "activity": activity,
                    "turn": number,
                    "code": code,
                    "addressee": other,
                    "speaker": spoken.actor,
                }
                if code == "help_given":
                    row |= {"reply_to": asked.get(other, ""), "seeker": other, "helper": spoken.actor}
                if code == "help_request":
                    row |= {"seeker": spoken.actor, "memo": spoken.memo}
                    asked[spoken.actor] = number
                yield row


def decisions(study: Row, meetings: dict[str, Row]) -> Iterator[Row]:
    """Settled disagreements; a turn is found by how it begins."""
    for row in study["decisions"]:
        said = enumerate(turns(meetings[row["activity"]]), start=1)
        (number,) = (i for i, spoken in said if spoken.words.startswith(row["begins"]))
        yield row | SETTLED | {"turn": number}


def weights(study: Row, site_of: dict[str, str], rng: random.Random) -> Iterator[tuple[str, str, list[int]]]:
    """For every ordered pair, the weight in each wave: planted, or by habit."""
    habits, n_waves = study["habits"], len(study["case"]["waves"])
    for source, target in permutations(site_of, 2):
        if planted := study["ties"].get(f"{source}>{target}"):
            yield source, target, [int(weight) for weight in planted.split()]
        elif site_of[source] == site_of[target]:
            reported = rng.choices(range(len(habits["first"])), habits["first"])
            while len(reported) < n_waves:
                reported.append(reported[-1] + (reported[-1] in (2, 3) and rng.random() < habits["grows"]))
            yield source, target, reported
        else:
            yield source, target, [int(rng.random() < habits["rarely"]) for _ in range(n_waves)]


def survey(study: Row, site_of: dict[str, str], roster: list[Row]) -> tuple[list[Row], list[Row]]:
    """Rows of ties.csv and responses.csv: who belonged in a wave, who answered, and whom they named."""
    reported = list(weights(study, site_of, random.Random(SEED)))
    ties: list[Row] = []
    responses: list[Row] = []
    for position, wave in enumerate(study["case"]["waves"]):
        here = [
            person["actor"]
            for person in roster
            if (person["joined"] or wave["closed"]) <= wave["closed"]
            and (person["left"] or wave["opened"]) >= wave["opened"]
        ]
        silent = study["no_answer"].get(wave["id"], [])
        responses += [
            {"wave": wave["id"], "actor": actor, "responded": "no" if actor in silent else "yes"} for actor in here
        ]
        ties += [
            {"wave": wave["id"], "source": source, "target": target, "weight": weight[position], "relation": "help"}
            for source, target, weight in reported
            if weight[position] and source in here and source not in silent and target in here
        ]
    return ties, responses


def scores(study: Row, ties: list[Row], responses: list[Row]) -> Iterator[Row]:
    """Efficacy of everyone who answered, from 1 to 9: from wave to wave it moves half way to that of the people one names."""
    rng = random.Random(SEED + 2)
    people = dict.fromkeys(answer["actor"] for answer in responses)
    now = {actor: rng.gauss(6, 1.2) for actor in people}
    least = study["case"]["relations"][0]["threshold"]
    for wave in study["case"]["waves"]:
        for answer in responses:
            if answer["wave"] == wave["id"] and answer["responded"] == "yes":
                value = f"{min(9.0, max(1.0, now[answer['actor']])):.1f}"
                yield {"actor": answer["actor"], "wave": wave["id"], "name": "efficacy", "value": value}
        strong = [tie for tie in ties if tie["wave"] == wave["id"] and tie["weight"] >= least]
        named = {actor: [now[tie["target"]] for tie in strong if tie["source"] == actor] for actor in people}
        now = {
            actor: (now[actor] + sum(others) / len(others)) / 2 + rng.gauss(0, 0.2) if others else now[actor]
            for actor, others in named.items()
        }


def write_talk(folder: Path, study: Row, meetings: dict[str, Row]) -> None:
    """Transcripts, activities and attendance."""
    rng = random.Random(SEED + 1)
    activities: list[Row] = []
    attendance: list[Row] = []
    for activity, meeting in meetings.items():
        about = study["activities"][activity]
        shown = {actor: person[0] for actor, person in study["people"].items()} | meeting["called"]
        captions = cues(meeting, shown, rng)
        name = activity + (".txt" if meeting["written_as"] == "otter" else ".vtt")
        (folder / "transcripts" / name).write_text(transcript(captions, meeting["written_as"]), encoding="utf-8")
        whole = math.ceil(captions[-1][2] / 60)
        activities.append({"activity": activity, "kind": "meeting", "transcript": name} | about)
        attendance += [
            {"activity": activity, "actor": actor, "minutes": about["minutes"].get(actor, whole)}
            for actor in about["there"]
        ]
    write(folder, "activities.csv", activities)
    write(folder, "attendance.csv", attendance)


def write_codings(folder: Path, study: Row, meetings: dict[str, Row]) -> list[Row]:
    """Codings, coverage and settled disagreements; gives coder_a's rows back."""
    rows = {
        coder: [row for activity in read for row in coded(activity, turns(meetings[activity]), coder)]
        for coder, read in study["coders"].items()
    }
    for coder, theirs in rows.items():
        write(folder, f"codings/{coder}.csv", theirs)
    coverage = (
        {"coder": coder, "activity": activity, "codebook": "help"}
        for coder, read in study["coders"].items()
        for activity in read
    )
    write(folder, "codings/coverage.csv", coverage)
    write(folder, "codings/adjudicated.csv", decisions(study, meetings))
    return rows["coder_a"]


def write_readme(folder: Path, planted: Row, codings: list[Row]) -> None:
    """The folder's README, with the tables of planted pairs and of the verdicts they should lead to."""
    rows = []
    for row in planted["pairs"]:
        where = dict.fromkeys(
            f"{code['activity']}/{code['turn']}"
            for code in codings
            if code["activity"] in planted["intervals"][row["interval"]]
            and {code["speaker"], code["addressee"]} == set(row["pair"])
        )
        rows.append([" – ".join(row["pair"]), row["interval"], row["verdict"], " ".join(where), row["why"]])
    text = (SCRIPT / "readme.md").read_text(encoding="utf-8")
    head = ["pair", "interval", "expected verdict", "turns (coder_a)", "why"]
    text = text.replace("<!-- planted pairs -->", markdown(head, rows))
    text = text.replace("<!-- planted propositions -->", expected(planted["propositions"]))
    (folder / "README.md").write_text(text, encoding="utf-8")


def expected(claims: list[Row]) -> str:
    """The verdicts that propositions should get, and why."""
    return markdown(["proposition", "expected verdict", "why"], [list(claim.values()) for claim in claims])


def markdown(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" if row else "|---" * len(head) + "|" for row in (head, [], *rows))


def make(folder: Path) -> None:
    """Write the whole case into a folder."""
    study = load("study.yml")
    meetings = {activity: load(f"{activity}.yml") for activity in study["activities"]}
    site_of = {actor: site for site, actors in study["sites"].items() for actor in actors}
    for part in ("transcripts", "codings"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    note = "# Synthetic: nobody in this case exists. Written by data/make_demo.py from data/demo_script/.\n"
    content = yaml.safe_dump(study["case"], sort_keys=False, allow_unicode=True, width=110)
    (folder / "case.yml").write_text(note + content, encoding="utf-8")
    columns = ["name", "role", "level", "joined", "left"]
    roster = [
        {"actor": actor, "site": site} | dict(zip(columns, [*study["people"][actor], None, None], strict=False))
        for actor, site in site_of.items()
    ]
    write(folder, "roster.csv", roster)
    write(folder, "people.csv", ({"alias": alias, "actor": actor} for alias, actor in study["aliases"].items()))
    ties, responses = survey(study, site_of, roster)
    write(folder, "ties.csv", ties)
    write(folder, "responses.csv", responses)
    write(folder, "attributes.csv", scores(study, ties, responses))
    write_talk(folder, study, meetings)
    codings = write_codings(folder, study, meetings)
    write(folder, "ledger.csv", study["ledger"])
    write_readme(folder, load("planted.yml"), codings)


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "demo")
