"""Nothing is added or mixed over survey questions: what a case with two says of one is what the case with that one says."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nicmethods.across.comparison import between_levels, compare_cases
from nicmethods.analysis import PARTS, Analysis, analyse
from nicmethods.figures.network import plot_networks
from nicmethods.figures.shown import plot
from nicmethods.figures.style import describe
from nicmethods.figures.timeline import plot_thread
from nicmethods.figures.triangulation import plot_propositions
from nicmethods.joint.ledger import ledger_problems
from nicmethods.joint.placement import dyad_subjects
from nicmethods.tables import CASE_TABLES, conform

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
NAMES = list(dict.fromkeys(name for names in PARTS.values() for name in names))
RELATIONS = ("help", "trust")
DRAWN = "places"
"""Where people stand in pictures, the same for every question: drawn from the first, and no fact about any."""


def _about_each(claims):
    """The study's claims, once about each question."""
    named = [
        one.model_copy(update={"id": f"{one.id}_{relation}", "relation": relation})
        for relation in RELATIONS
        for one in claims.propositions
    ]
    return claims.model_copy(update={"propositions": tuple(named)})


@cache
def both():
    made = analyse(ROOT / "data" / "statewide", seed=1)
    made.__dict__["claims"] = _about_each(made.claims)
    return made


@cache
def alone(relation):
    made = Analysis(both().case, both().choices)
    made.survey = made.survey.only(relation)
    about = tuple(one for one in both().claims.propositions if one.relation == relation)
    made.__dict__["claims"] = both().claims.model_copy(update={"propositions": about})
    return made


@cache
def unanswered():
    made = Analysis(both().case, both().choices)
    survey = both().survey
    made.survey = replace(survey, ties=survey.ties.iloc[:0], responses=survey.responses.assign(responded=False))
    return made


def of(table, relation):
    """The rows about one relation, and those about none, as the case with that relation alone would name their ties."""
    if "relation" not in table:
        return table
    rows = table[table["relation"].eq(relation) | table["relation"].isna()]
    if "term" in rows:
        rows = rows[~rows["term"].str.startswith("tie_")]  # correlations with another question, which is named there
    if "p_holm" in rows:
        rows = rows.assign(p_holm=np.nan)  # one family, as large as the claims that a study makes
    if "ties" in rows:
        rows = rows.assign(ties=rows["ties"].str.replace(rf"\b{relation}/", "", regex=True))
    return rows.reset_index(drop=True)


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("name", NAMES)
def test_a_table_says_of_a_question_what_it_says_where_nothing_else_was_asked(name, relation):
    if name == DRAWN and relation != RELATIONS[0]:
        pytest.skip("of the first question, which the table names")
    expected = getattr(alone(relation), name)
    expected = expected.assign(p_holm=np.nan) if "p_holm" in expected else expected
    pd.testing.assert_frame_equal(of(getattr(both(), name), relation), expected)


@pytest.mark.parametrize("name", NAMES)
def test_rows_without_a_question_are_no_facts_of_the_survey(name):
    """What a table says of no question does not change with the answers to any."""
    if name in {DRAWN, "error_rates"}:
        pytest.skip("pictures, and published rates by the number of people")
    table = getattr(both(), name)
    rows = table if "relation" not in table else table[table["relation"].isna()]
    if name in {"sensitivity", "robustness", "propositions", "rests_on"}:
        assert len(rows) == 0
        return
    other = getattr(unanswered(), name)
    other = other if "relation" not in other else other[other["relation"].isna()]
    pd.testing.assert_frame_equal(rows.reset_index(drop=True), other.reset_index(drop=True))


CHEAP = (
    "change",
    "dyad_change",
    "dyads",
    "convergence",
    "discordant",
    "attribution",
    "themes",
    "mixing",
    "actor_measures",
)


@given(st.integers(0, 2**31), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=5, deadline=None)
def test_whatever_is_answered_to_a_second_question_changes_nothing_said_of_the_first(seed, density, answered):
    rng = np.random.default_rng(seed)
    survey = both().survey
    first = survey.only("help")
    cells = pd.MultiIndex.from_product(
        [survey.wave_order, survey.roster["actor"], survey.roster["actor"]], names=["wave", "source", "target"]
    ).to_frame(index=False)
    ties = cells[(cells["source"] != cells["target"]) & (rng.random(len(cells)) < density)]
    ties = ties.assign(relation="trust", weight=rng.integers(0, 4, len(ties)).astype(float))
    silent = first.responses.assign(relation="trust", responded=rng.random(len(first.responses)) < answered)
    mixed = Analysis(both().case, both().choices)
    mixed.survey = replace(survey, ties=pd.concat([first.ties, ties]), responses=pd.concat([first.responses, silent]))
    for name in CHEAP:
        pd.testing.assert_frame_equal(of(getattr(mixed, name), "help"), getattr(alone("help"), name))


def test_a_pairs_story_says_of_every_report_and_verdict_which_question_it_is_about():
    made = both()
    story = made.thread(made.pair())
    survey = story["what"].isin(["survey", "verdict"])
    assert set(story.loc[survey, "relation"]) == set(RELATIONS)
    assert story.loc[~survey, "relation"].isna().all()
    for relation in RELATIONS:
        own = alone(relation).thread(made.pair())
        pd.testing.assert_frame_equal(of(story, relation), own)


def test_the_ledger_names_the_question_where_there_are_several():
    made = both()
    assert set(dyad_subjects(made.dyads, made.survey).str.split("/").str[0]) == set(RELATIONS)
    assert dyad_subjects(made.dyads, made.survey).is_unique
    assert dyad_subjects(alone("trust").dyads, alone("trust").survey).str.startswith("V1/").any()


def _ledger(subject, evidence):
    return pd.DataFrame(
        [{"subject": subject, "researcher": "x", "verdict": "neither", "reason": "y", "evidence": evidence}]
    )


def _problems(subject, evidence):
    made = both()
    known = {"claims": [], "dyads": made.dyads}
    return [one.message for one in ledger_problems(_ledger(subject, evidence), made.survey, made.meetings, **known)]


def test_evidence_of_the_ledger_is_of_the_question_it_names():
    trust = both().survey.ties.query("relation == 'trust' and weight > 0").iloc[0]
    pair = "/".join(sorted([trust["source"], trust["target"]]))
    tie = f"{trust['wave']}/{trust['source']}/{trust['target']}"
    assert _problems(f"trust/V1/V2/{pair}", f"trust/{tie}") == []
    (unnamed,) = _problems(f"trust/V1/V2/{pair}", tie)
    assert "say which a tie is of (help/W1/E01/E02)" in unnamed
    (nowhere,) = _problems(f"V1/V2/{pair}", f"trust/{tie}")
    assert "for example help/W1/W2/E01/E02" in nowhere


def test_each_figure_of_a_table_on_two_questions_is_drawn_for_each_and_says_of_which(monkeypatch):
    made, drawn = both(), []
    monkeypatch.setattr("nicmethods.figures.shown.show", lambda figure: drawn.append(describe(figure)))
    tables = (made.network_measures, made.change, made.mixing, made.dyads, made.convergence, made.models)
    for table in tables:
        plot(table)
        assert [said.split(":")[0] for said in drawn] == list(RELATIONS), table.attrs
        drawn.clear()
    plot(alone("trust").change)
    assert not drawn[0].startswith("trust")


def test_figures_of_one_question_name_it_where_there_are_several():
    made = both()
    panels = describe(plot_networks(made.survey, made.dyad_change, relation="trust"))
    assert panels.count(", trust: ") + panels.count(", trust against") == len(made.survey.waves)
    thread = plot_thread(made.pair(), made.survey, made.meetings, made.talk, relation="trust")
    assert describe(thread).startswith("trust: ")
    said = describe(plot_propositions(made.propositions))
    assert said.count("survey (help)") == said.count("survey (trust)") == 6


def test_a_form_lists_pairs_of_every_question_and_shows_the_reports_of_the_one():
    pytest.importorskip("anywidget")
    from nicmethods.lab.claims import claim, subjects
    from nicmethods.lab.findings import Findings

    found = Findings(both().case, both().choices)
    found.__dict__.update({name: getattr(both(), name) for name in ("claims", "dyads", "talk", "turns", "dyad_change")})
    ledger = conform([], CASE_TABLES["ledger"])
    listed = subjects(found, both().propositions, ledger)
    pairs = [one for one in listed if "/" in one["id"]]
    assert {one["id"].split("/")[0] for one in pairs} == set(RELATIONS)
    assert all(one["label"].endswith(f", {one['id'].split('/')[0]}") for one in pairs)
    shown = claim(
        found, both().propositions, ledger, next(one["id"] for one in pairs if one["id"].startswith("trust/"))
    )
    assert shown["statement"].endswith(", trust")
    named = [row["id"] for row in shown["rows"] if row["strand"] == "network"]
    assert named
    assert all(name.startswith("trust/") for name in named)
    for row in both().propositions.query("ties.notna()").to_dict("records"):
        ties = claim(found, both().propositions, ledger, row["proposition"])["rows"]
        assert {one["id"].split("/")[0] for one in ties if one["strand"] == "network"} == {row["relation"]}


def test_across_cases_a_value_of_the_survey_says_of_which_question():
    made = both()
    tables = {
        name: getattr(made, name).assign(case="statewide")
        for name in (
            "network_measures",
            "actor_measures",
            "dyad_change",
            "dyads",
            "mixing",
            "responses",
            "actors",
            "events",
            "coverage",
        )
    }
    compared = compare_cases(tables, ["statewide"], seed=1).dropna(subset="value").set_index("measure")["relation"]
    assert compared.dropna().unique().tolist() == ["help"]
    assert set(compared.index[compared.isna()]) == {"help_events", "reciprocated_pairs"}
    only_later = tables | {"dyad_change": tables["dyad_change"].query("relation == 'trust'")}
    later = compare_cases(only_later, ["statewide"], seed=1).set_index("measure")
    assert pd.isna(later.loc["new_ties_across", "value"]), "ties of another question do not stand in"
    assert set(between_levels(tables, ["statewide"])["relation"]) == {"help"}
