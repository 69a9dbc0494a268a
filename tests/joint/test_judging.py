"""One table from stances to verdict: the documented one, cell by cell; and claims as data."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from nicmethods.case.propositions import Propositions, load_propositions
from nicmethods.files.yamlfiles import checked
from nicmethods.joint.judging import RULE, VERDICTS, judge, verdict_of
from nicmethods.joint.record import HELP, Record

ROOT = Path(__file__).parents[2]
CLAIMS = ("coincidence", "existence")
STANCES = ("supports", "open", "contradicts", "silent", "not_observable")
SURVEY = (*STANCES, "some")
TOGETHER = ("supports", "open", "contradicts", "too_little")
CELLS = list(product(CLAIMS, SURVEY, STANCES, TOGETHER))


def documented() -> list[tuple[list[str], ...]]:
    page = (ROOT / "docs" / "definitions" / "joint.md").read_text(encoding="utf-8")
    table = page.split("| claim | survey | talk | together | verdict |\n|---|---|---|---|---|\n")[1].split("\n\n")[0]
    return [tuple(cell.strip().split(", ") for cell in row.strip("|").split("|")) for row in table.splitlines()]


@pytest.mark.parametrize("cell", CELLS, ids="-".join)
def test_every_cell_is_the_documented_one(cell: tuple[str, ...]) -> None:
    rows = (row for row in documented() if all(fits == ["any"] or said in fits for said, fits in zip(cell, row, strict=False)))  # fmt: skip
    assert [verdict_of(*cell)[0]] == next(rows)[4]


def test_every_row_decides_some_cell_and_every_word_is_known() -> None:
    reasons = {verdict_of(*cell)[1] for cell in CELLS}
    assert reasons == {row[5] for row in RULE}
    words = {word for row in documented() for cells in row[:4] for word in cells} - {"any"}
    assert words <= {*CLAIMS, *SURVEY, *TOGETHER}
    assert {row[4][0] for row in documented()} == set(VERDICTS)


@pytest.mark.parametrize(("claim", "survey", "talk", "together"), CELLS)
def test_what_no_cell_may_say(claim: str, survey: str, talk: str, together: str) -> None:
    verdict, reason = verdict_of(claim, survey, talk, together)
    unreviewed, why = verdict_of(claim, survey, talk, together, reviewed=False)
    assert reason
    assert unreviewed in {"open", "too_little_to_say", "not_observable"}
    assert (why == reason) == (unreviewed == verdict)
    if verdict == "agreement":
        assert (talk, together) == ("supports", "supports")
        assert survey in {"supports", "some"}
    if verdict == "dissonance":
        assert "contradicts" in {survey, talk, together}
    if verdict == "partial_agreement":
        assert "supports" in {together} or (survey, talk) == ("supports", "supports")
    if verdict == "too_little_to_say":
        assert (claim, together) == ("coincidence", "too_little")
    if "not_observable" in {survey, talk}:
        assert verdict == "not_observable"


def test_the_six_propositions_say_what_each_strand_should_show() -> None:
    found = load_propositions(ROOT / "codebooks" / "propositions.yml")
    assert len(found.propositions) == 6
    for one in found.propositions:
        assert all(said.endswith(".") for said in (one.statement, one.survey.says, one.talk.says, one.together.says))


def test_a_question_goes_with_what_it_asks_about() -> None:
    part = {"id": "a", "statement": "A.", "survey": {"says": "S.", "tie": "new"}, "together": {"says": "B."}}
    document = {"id": "p", "title": "P", "propositions": [part | {"talk": {"says": "T.", "shows": "help", "asks": "order"}}]}  # fmt: skip
    problems = checked(Propositions, document, "p.yml", {})[1]
    assert "'asks: order' goes with 'shows: pathway', not with 'help'" in problems[0].message
    twice = {"id": "p", "title": "P", "propositions": [part | {"talk": {"says": "T.", "shows": "help"}}] * 2}
    assert "stands twice" in checked(Propositions, twice, "p.yml", {})[1][0].message
    unknown = {"id": "p", "title": "P", "propositions": [part | {"talk": {"says": "T.", "shows": "trust"}}]}
    assert "'help', 'returned_help' or 'pathway'" in checked(Propositions, unknown, "p.yml", {})[1][0].message


def test_talk_alone_is_not_observable_in_both_and_still_has_its_occurrence() -> None:
    claims = load_propositions(ROOT / "codebooks" / "propositions.yml")
    talk = Record(np.zeros((0, 8, 8)), np.ones((1, 8), bool), np.array([-1]), np.array([True]), np.array([[0, HELP, 2, 3]]), np.array([0, 0, 1, 1, 2, 2, 3, 3]), np.arange(8) < 2)  # fmt: skip
    for found in judge(claims, talk, seed=1, n_draws=20):
        assert found.verdict == "not_observable"
        assert found.occurrence.n_pairs > 0
    survey = Record(np.zeros((2, 8, 8)), np.zeros((0, 8), bool), np.zeros(0, int), np.zeros(0, bool), np.zeros((0, 4), int), talk.site, talk.hub)  # fmt: skip
    assert {found.verdict for found in judge(claims, survey, seed=1, n_draws=20)} == {"not_observable"}
