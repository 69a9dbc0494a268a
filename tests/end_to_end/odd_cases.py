"""Cases that are legal and unlike the shipped ones, made of numbers: for pages that must stay right and readable."""

import csv
import itertools
import json
import random

ODD = {
    "one_wave": {"waves": 1},
    "no_events": {"says": ()},
    "talk_alone": {"waves": 0},
    "survey_alone": {"meetings": 0},
    "two_people": {"people": 2, "sites": ("North",), "roles": False},
    "no_roles_no_sites": {"roles": False, "sites": ()},
    "two_relations": {"relations": {"help": True, "Vertrauen": False}, "waves": 3},
    "without_direction": {"relations": {"works_with": False}, "dated": False},
    "nobody_answered": {"silent": True},
    "nobody_coded": {"coded": False},
    "long_names": {
        "waves": 4,
        "sites": ("The Consolidated Regional School of the Upper Valley and its Annexes", "Donaudampfschifffahrtsgesellschaftsschule"),
        "title": "A working session with an extraordinarily long title that nobody would ever fit into a drawing",
        "ids": "member_of_the_network_no_{}",
    },
    "german": {"meetings": 1, "sites": ("Grundschule Süd", "Gesamtschule Weiß & Öhler"), "title": "Planungstreffen „Auftakt“", "names": "Übung Nr. {}"},
    "chinese": {"meetings": 9, "sites": ("第一小学", "第二中学", "研究中心"), "title": "第一次会议", "names": "第{}号", "ids": "成员{}"},
}  # fmt: skip
_HELP = (("help_request", "How do you begin after an absence, and what do you say?"), ("help_given", "I put the tasks on a card, and I stay with the child until it has read them."))  # fmt: skip
_ONE_QUESTION = {"help": True}


def write_odd_case(
    folder,
    *,
    people=7,
    sites=("North", "South"),
    roles=True,
    waves=2,
    relations=_ONE_QUESTION,
    meetings=2,
    says=_HELP,
    coded=True,
    dated=True,
    silent=False,
    title="Session",
    names="Person {}",
    ids="P{}",
):
    """A case folder; who names whom and who helps whom comes from a seeded generator."""
    draw = random.Random(folder.name)
    actors = [ids.format(n) for n in range(1, people + 1)]
    months = [f"2024-{3 * wave + 1:02}" for wave in range(max(waves, 1))]
    given = {"title": f"{title} (synthetic)", "synthetic": True}
    if waves:
        given["waves"] = [{"id": f"w{n}"} | ({"opened": f"{m}-01", "closed": f"{m}-05"} if dated else {}) for n, m in enumerate(months, 1)]  # fmt: skip
        given["relations"] = [{"name": name, "question": f"How often: {name.replace('_', ' ')}?", "directed": way, "scale": {0: "never", 1: "at times", 2: "often"}, "threshold": 1} for name, way in relations.items()]  # fmt: skip
    if roles:
        given["roles"] = {"hub": ["researcher"], "member": ["teacher"]}
    folder.mkdir(parents=True)
    (folder / "case.yml").write_text(json.dumps(given, ensure_ascii=False), encoding="utf-8")
    roster = [
        [actor, names.format(n), *([sites[n % len(sites)]] if sites else []), *(["researcher" if n % 5 == 4 else "teacher"] if roles else [])]
        for n, actor in enumerate(actors, 1)
    ]  # fmt: skip
    _write(folder / "roster.csv", ["actor", "name", *["site"] * bool(sites), *["role"] * roles], roster)
    if waves:
        every = list(
            itertools.product([f"w{n}" for n in range(1, waves + 1)], relations, itertools.permutations(actors, 2))
        )
        ties = [[w, a, b, draw.randint(1, 2), r] for w, r, (a, b) in every if draw.random() < 0.3 and not (silent and w == "w1") and (relations[r] or a < b)]  # fmt: skip
        _write(folder / "ties.csv", ["wave", "source", "target", "weight", "relation"], ties)
        answered = [[f"w{n}", actor, "no" if silent and n == 1 else "yes"] for n in range(1, waves + 1) for actor in actors]  # fmt: skip
        _write(folder / "responses.csv", ["wave", "actor", "responded"], answered)
    if not meetings:
        return folder
    for name in ("transcripts", "codings"):
        (folder / name).mkdir()
    held = [[f"A{n}", f"2024-02-{n + 9:02}" if dated else "", f"{title} {n}", "meeting", "cycle 1", "plan"] for n in range(1, meetings + 1)]  # fmt: skip
    _write(folder / "activities.csv", ["activity", "date", "title", "kind", "cycle", "phase"], held)
    codings = []
    for activity, *_ in held:
        lines, turn = ["WEBVTT", ""], 0
        for _ in range(4):
            pair = draw.sample(range(1, people + 1), 2)
            for (code, text), (speaker, other) in zip(
                says or (("", "Good morning."),), (pair, pair[::-1]), strict=False
            ):
                turn += 1
                lines += [f"00:{turn:02}:01.000 --> 00:{turn:02}:40.000", f"{names.format(speaker)}: {text}", ""]
                who = [speaker, other] if code == "help_request" else [other, speaker]
                codings += [[activity, turn, code, *(ids.format(n) for n in who)]] * bool(code)
        (folder / "transcripts" / f"{activity}.vtt").write_text("\n".join(lines), encoding="utf-8")
    _write(folder / "attendance.csv", ["activity", "actor"], [[row[0], actor] for row in held for actor in actors])
    if coded:
        _write(folder / "codings" / "kim.csv", ["activity", "turn", "code", "seeker", "helper"], codings)
        _write(folder / "codings" / "coverage.csv", ["coder", "activity", "codebook"], [["kim", row[0], "help"] for row in held])  # fmt: skip
    return folder


def _write(path, head, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])
