"""The demo case holds what data/demo/README.md says: recovered from its files alone, then through the library."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import pytest
import yaml

DATA = Path(__file__).parents[2] / "data"
DEMO = DATA / "demo"
SCRIPT = DATA / "demo_script"
THRESHOLD = 2
PLANTED = yaml.safe_load((SCRIPT / "planted.yml").read_text(encoding="utf-8"))
MEETINGS = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(SCRIPT.glob("A?.yml"))}


def rows(name):
    with (DEMO / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def roster():
    return {row["actor"]: row for row in rows("roster.csv")}


@pytest.fixture(scope="module")
def survey():
    """(wave, source, target) -> weight, only where the source answered and the target was there."""
    there = {(row["wave"], row["actor"]): row["responded"] for row in rows("responses.csv")}
    named = {(row["wave"], row["source"], row["target"]): int(row["weight"]) for row in rows("ties.csv")}
    assert all(there[wave, source] == "yes" and (wave, target) in there for wave, source, target in named)
    waves, actors = {wave for wave, _ in there}, {actor for _, actor in there}
    return {
        (wave, source, target): named.get((wave, source, target), 0)
        for wave in waves
        for source in actors
        for target in actors
        if source != target and there.get((wave, source)) == "yes" and (wave, target) in there
    }


@pytest.fixture(scope="module")
def coded():
    """What coder_a saw pass between two people: (activity, turn, code, who acts, towards whom or '')."""
    speakers = {activity: [key.split()[0] for key in lines(meeting)] for activity, meeting in MEETINGS.items()}
    return [
        (
            row["activity"],
            int(row["turn"]),
            row["code"],
            speakers[row["activity"]][int(row["turn"]) - 1],
            row["addressee"],
        )
        for row in rows("codings/coder_a.csv")
    ]


@pytest.fixture(scope="module")
def there():
    found: dict[str, set[str]] = {}
    for row in rows("attendance.csv"):
        found.setdefault(row["activity"], set()).add(row["actor"])
    return found


def lines(meeting):
    return [key for entry in meeting["turns"] for key in entry if key != "pause"]


def change(survey, interval, source, target):
    before, after = (survey.get((wave, source, target)) for wave in interval.split("-"))
    if before is None or after is None:
        return "not observable"
    was, is_ = before >= THRESHOLD, after >= THRESHOLD
    if was and is_:
        return "stronger" if after > before else "weaker" if after < before else "kept"
    return "new" if is_ else "gone" if was else "none"


def verdict(survey, coded, there, interval, a, b):
    """The rule of docs/definitions.md, written again from its table."""
    activities = PLANTED["intervals"][interval]
    changes = {change(survey, interval, a, b), change(survey, interval, b, a)}
    passed = {code for activity, _, code, *who in coded if activity in activities and set(who) == {a, b}}
    to_all = {
        actor
        for activity, _, code, actor, other in coded
        if activity in activities and code == "shared_practice" and not other and {a, b} <= there[activity]
    }
    together = any({a, b} <= there[activity] for activity in activities)
    helped = "help_given" in passed
    shared = "shared_practice" in passed or bool(to_all & {a, b})
    if changes & {"new", "stronger"}:
        found = "coincide" if helped else "coincide_in_part" if shared else "tie_without_help"
        return found if helped or shared or together else "not_observable"
    if "kept" in changes and helped:
        return "help_in_lasting_tie"
    if changes & {"weaker", "gone"} and helped:
        return "help_in_waning_tie"
    if changes == {"none"} and helped:
        return "help_without_tie"
    if "not observable" in changes and changes <= {"none", "not observable"}:
        return "help_survey_unknown" if helped else "not_observable"
    return "neither" if changes == {"none"} and together else "other"


@pytest.mark.parametrize("row", PLANTED["pairs"], ids=lambda row: f"{row['interval']} {'-'.join(row['pair'])}")
def test_planted_pairs_are_recovered_from_the_files(survey, coded, there, row):
    assert verdict(survey, coded, there, row["interval"], *row["pair"]) == row["verdict"]


def test_planted_pairs_cover_every_verdict_with_something_to_see():
    assert {row["verdict"] for row in PLANTED["pairs"]} == {
        "coincide", "coincide_in_part", "help_in_lasting_tie", "help_in_waning_tie", "help_without_tie", "tie_without_help",
        "help_survey_unknown", "not_observable",
    }  # fmt: skip


def test_all_help_and_every_new_tie_beside_it_is_planted_or_within_a_school(survey, coded, there, roster):
    listed = {(row["interval"], *row["pair"]) for row in PLANTED["pairs"]}
    heard = {"coincide", "help_in_waning_tie", "help_without_tie", "help_survey_unknown"}
    for interval in PLANTED["intervals"]:
        for a, b in combinations(sorted(roster), 2):
            if verdict(survey, coded, there, interval, a, b) in heard:
                assert (interval, a, b) in listed or roster[a]["site"] == roster[b]["site"], (interval, a, b)


def test_the_study_is_twenty_one_educators_of_five_schools_and_three_researchers(roster):
    hub = {actor for actor, row in roster.items() if row["role"] == "researcher"}
    assert len(hub) == 3
    assert len(roster) - len(hub) == 21
    assert len({row["site"] for actor, row in roster.items() if actor not in hub}) == 5
    assert len({row["name"] for row in roster.values()}) == 24
    assert yaml.safe_load((DEMO / "case.yml").read_text(encoding="utf-8"))["synthetic"] is True


def test_new_ties_are_mostly_across_schools_and_stronger_ones_within(survey, roster):
    counts: Counter[tuple[str, str]] = Counter()
    for interval in PLANTED["intervals"]:
        for a in roster:
            for b in set(roster) - {a}:
                scope = "within" if roster[a]["site"] == roster[b]["site"] else "across"
                counts[scope, change(survey, interval, a, b)] += 1
    assert counts["across", "new"] > 5 * counts["within", "new"] > 0
    assert counts["within", "stronger"] > 2 * counts["across", "stronger"] > 0


def test_one_design_session_comes_before_most_new_ties(survey, coded, roster):
    planted = PLANTED["before_most_new_ties"]
    interval = planted["interval"]
    new = [{a, b} for a in roster for b in roster if a != b and change(survey, interval, a, b) == "new"]
    before = Counter(
        activity
        for activity in PLANTED["intervals"][interval]
        for pair in {frozenset(pair) for pair in new}
        if any(seen == activity and code in {"help_given", "shared_practice"} and {*who} == pair
               for seen, _, code, *who in coded)
    )  # fmt: skip
    (first, n_first), (_, n_second), *_ = before.most_common()
    assert first == planted["activity"]
    assert n_first >= 2 * n_second


@pytest.mark.parametrize("row", PLANTED["pathways"], ids=lambda row: f"{row['sharer']}-{row['receiver']}")
def test_shared_practice_then_help_asked_then_help_returned(coded, row):
    sharer, receiver = row["sharer"], row["receiver"]

    def first(code, actor, other):
        return min((place, turn) for place, turn, *rest in coded if rest == [code, actor, other])

    shared = first("shared_practice", sharer, receiver)
    asked = first("help_request", receiver, sharer)
    given = first("help_given", sharer, receiver)
    returned = first("help_given", receiver, sharer)
    assert [shared[0], asked[0], returned[0]] == [row["shared"], row["asked"], row["returned"]]
    assert shared < asked < given < returned


@pytest.mark.parametrize("interval", PLANTED["intervals"])
def test_help_is_reciprocated_within_an_interval_by_the_planted_pairs_alone(coded, interval):
    helped = {(actor, other) for activity, _, code, actor, other in coded
              if code == "help_given" and activity in PLANTED["intervals"][interval]}  # fmt: skip
    both = sorted([a, b] for a, b in helped if a < b and (b, a) in helped)
    assert both == PLANTED["reciprocated_in_talk"][interval]


def test_two_coders_agree_as_coders_do():
    read = {row["activity"] for row in rows("codings/coverage.csv") if row["coder"] == "coder_b"}
    n_turns = sum(len(lines(MEETINGS[activity])) for activity in read)
    theirs = {
        coder: {
            (row["activity"], row["turn"], row["code"])
            for row in rows(f"codings/{coder}.csv")
            if row["activity"] in read
        }
        for coder in ("coder_a", "coder_b")
    }
    for code in ("help_request", "help_given", "shared_practice"):
        a, b = ({row for row in found if row[2] == code} for found in theirs.values())
        observed = 1 - len(a ^ b) / n_turns
        expected = len(a) * len(b) / n_turns**2 + (1 - len(a) / n_turns) * (1 - len(b) / n_turns)
        kappa = (observed - expected) / (1 - expected)
        assert PLANTED["agreement_of_coders"]["low"] <= kappa <= PLANTED["agreement_of_coders"]["high"], code


def test_waves_and_activities_do_not_overlap_but_for_the_planted_one():
    waves = yaml.safe_load((DEMO / "case.yml").read_text(encoding="utf-8"))["waves"]
    assert (waves[-1]["closed"] - waves[0]["opened"]).days in range(80, 101)
    places = {}
    for row in rows("activities.csv"):
        within = [wave["id"] for wave in waves if str(wave["opened"]) <= row["date"] <= str(wave["closed"])]
        between = [
            f"{before['id']}-{after['id']}"
            for before, after in pairwise(waves)
            if str(before["closed"]) < row["date"] < str(after["opened"])
        ]
        places[row["activity"]] = (within + between)[0]
    expected = {activity: interval for interval, held in PLANTED["intervals"].items() for activity in held}
    assert places == expected | PLANTED["during_a_survey"]


def test_people_who_do_not_answer_join_late_or_leave(roster):
    people = PLANTED["people"]
    silent = {wave: [row["actor"] for row in rows("responses.csv") if (row["wave"], row["responded"]) == (wave, "no")]
              for wave in ("W1", "W2", "W3")}  # fmt: skip
    assert {wave: actors for wave, actors in silent.items() if actors} == people["no_answer"]
    assert [actor for actor, row in roster.items() if row["joined"]] == [people["joins_late"]]
    assert [actor for actor, row in roster.items() if row["left"]] == [people["leaves"]]
    present = {wave: {row["actor"] for row in rows("responses.csv") if row["wave"] == wave} for wave in silent}
    assert people["joins_late"] not in present["W1"] | present["W2"]
    assert people["leaves"] in present["W2"] - present["W3"]


def test_speakers_that_need_people_csv_are_in_the_transcripts(roster):
    people, names = PLANTED["people"], {row["name"] for row in roster.values()}
    listed = {row["alias"]: row["actor"] for row in rows("people.csv")}
    texts = {path.stem: path.read_text(encoding="utf-8") for path in (DEMO / "transcripts").iterdir()}
    for activity, aliases in people["alias"].items():
        for alias, actor in aliases.items():
            assert f"\n{alias}: " in texts[activity]
            assert listed[alias] == actor
            assert alias not in names
    for activity, alias in people["ambiguous"].items():
        assert f"\n{alias}: " in texts[activity]
        assert listed[alias] == "?"
    for activity, alias in people["unidentified"].items():
        assert f"<v {alias}>" in texts[activity]
        assert alias not in listed


def test_nobody_answers_the_unanswered_request(coded):
    for activity, actor in PLANTED["people"]["unanswered_request"].items():
        (turn,) = (turn for place, turn, *rest in coded if [place, *rest] == [activity, "help_request", actor, ""])
        answers = [
            row for row in rows("codings/coder_a.csv") if row["activity"] == activity and row["reply_to"] == str(turn)
        ]
        assert answers == []


def test_no_line_of_talk_is_said_twice():
    said = Counter(
        text for meeting in MEETINGS.values() for entry in meeting["turns"] for text in entry.values()
        if isinstance(text, str) and len(text.split()) > 4
    )  # fmt: skip
    assert [text for text, n in said.items() if n > 1] == []


def test_people_who_speak_were_there(there):
    for activity, meeting in MEETINGS.items():
        assert {key.split()[0] for key in lines(meeting)} - {"X", "C"} <= there[activity]


def test_the_script_makes_the_case_again_byte_for_byte(tmp_path):
    subprocess.run([sys.executable, DATA / "make_demo.py", tmp_path / "demo"], check=True)
    made = {
        path.relative_to(tmp_path / "demo"): path.read_bytes()
        for path in (tmp_path / "demo").rglob("*")
        if path.is_file()
    }
    for path, content in made.items():
        assert (DEMO / path).read_bytes() == content, path
    shipped = {path.relative_to(DEMO) for path in DEMO.rglob("*") if path.is_file()}
    assert shipped - set(made) <= {Path("codings/suggestions.csv")}
