"""One analysis of one case: its tables are those of the plain functions, each made once and only when asked for."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import nicmethods as nic
from nicmethods import joint, network
from nicmethods.analysis import PARTS, analyse
from nicmethods.case.folder import load_case
from nicmethods.case.propositions import load_propositions
from nicmethods.case.published import (
    public_actors,
    public_coders,
    public_codings,
    public_ledger,
    public_turns,
    published_problems,
)
from nicmethods.coder.ground import precision_here
from nicmethods.coder.link import link
from nicmethods.coder.suggest import suggest
from nicmethods.coding.agreement import agreement_card, readers
from nicmethods.coding.coded import coded_talk
from nicmethods.coding.participation import code_uses, hub_coaching, voices
from nicmethods.coding.settling import disputed
from nicmethods.errors import MeasureError
from nicmethods.joint.propositions import error_rates
from nicmethods.tables import RUN_TABLES
from nicmethods.tables.bundles import Coders

ROOT = Path(__file__).parents[1]
NAMES = list(dict.fromkeys(name for names in PARTS.values() for name in names))


@pytest.fixture(scope="module")
def case():
    return load_case(ROOT / "data" / "demo")


@pytest.fixture(scope="module")
def analysis(case):
    return analyse(case, seed=1)


@pytest.fixture(scope="module")
def plain(case):
    """Every table from the functions of the rooms alone, without the analysis."""
    survey, meetings, coders = case.survey, case.meetings, public_coders(case)
    turns, links = public_turns(case), link(case.turns)
    suggestions = coders.suggestions if len(coders.suggestions) else suggest(case.turns, case.codebook)
    talk = coded_talk(meetings, coders, links=links)
    claims = load_propositions(ROOT / "codebooks" / "propositions.yml")
    both = (survey, meetings, talk)
    pairs = joint.dyads(*both)

    def read(choice):
        other, least = survey.under(**choice.survey), choice.talk.get("link_score", 0)
        said = coded_talk(
            meetings,
            coders,
            links=links[links["score"] >= least],
            coder=choice.talk.get("coder", ""),
            least_score=choice.talk.get("code_score", 0),
        )
        rows = joint.dyads(other, meetings, said)
        return joint.evaluate_propositions(claims, other, meetings, said, seed=1, dyads=rows, n_draws=300), rows

    @cache
    def sensitivity():
        return joint.vary_choices(joint.settings(survey, meetings, coders), read)

    return {
        "network_measures": lambda: network.network_measures(survey, seed=1),
        "actor_measures": lambda: network.actor_measures(survey, seed=1),
        "mixing": lambda: network.mixing(survey, by=["site", "role", "level"], seed=1),
        "change": lambda: network.change(survey),
        "dyad_change": lambda: network.dyad_change(survey),
        "qap": lambda: network.qap_table(survey, seed=1),
        "stergm": lambda: network.stergm_table(survey),
        "memberships": lambda: network.memberships(survey, seed=1),
        "block_densities": lambda: network.block_densities(survey, network.memberships(survey, seed=1)),
        "influence": lambda: pd.concat(
            [network.influence(survey, seed=1), network.selection(survey, seed=1)], ignore_index=True
        ),
        "readings": lambda: network.other_reading(survey),
        "actors": lambda: public_actors(case),
        "ties": lambda: case.ties,
        "responses": lambda: case.responses,
        "places": lambda: network.layout(survey),
        "turns": lambda: turns,
        "codings": lambda: public_codings(case, talk.codings),
        "coverage": lambda: talk.coverage,
        "links": lambda: talk.links,
        "voices": lambda: voices(survey, meetings),
        "coaching": lambda: hub_coaching(survey, meetings, talk),
        "code_uses": lambda: code_uses(
            survey, meetings, talk, codes={code.id: code.name for code in case.codebook.codes}, texts=turns
        ),
        "phases": lambda: joint.help_by_phase(pairs, *both),
        "expected_precision": lambda: precision_here(
            case.turns, suggestions if not coders.names else coders.suggestions, case.codebook
        ),
        "suggestions": lambda: public_codings(case, suggestions if not coders.names else coders.suggestions),
        "events": lambda: talk.events,
        "agreement": lambda: agreement_card(meetings, coders, seed=1),
        "coder_codings": lambda: public_codings(case, coders.codings),
        "readers": lambda: readers(meetings, coders),
        "disagreements": lambda: disputed(meetings, coders),
        "ledger": lambda: public_ledger(case),
        "activities": lambda: case.activities[["activity", "date", "title", "kind", "cycle", "phase"]],
        "attendance": lambda: case.attendance,
        "dyads": lambda: pairs,
        "convergence": lambda: joint.convergence(pairs),
        "discordant": lambda: joint.discordant(pairs, talk, turns),
        "attribution": lambda: joint.tie_attribution(pairs, *both),
        "activity_yield": lambda: joint.activity_yield(pairs, *both, seed=1),
        "pathway": lambda: joint.trust_pathway(*both),
        "pathway_steps": lambda: joint.pathway_steps(*both, seed=1),
        "pathway_curves": lambda: joint.pathway_curves(joint.trust_pathway(*both), seed=1),
        "models": lambda: joint.fit_models(pairs, *both, seed=1),
        "tie_models": lambda: joint.tie_models(pairs, survey, seed=1),
        "propositions": lambda: joint.evaluate_propositions(
            claims, *both, seed=1, ledger=public_ledger(case), dyads=pairs
        ),
        "rests_on": lambda: joint.rests_on(
            claims,
            *both,
            coders=coders,
            without_coder={
                out: coded_talk(
                    meetings,
                    Coders(
                        codings=coders.codings.query("coder != @out"),
                        coverage=coders.coverage.query("coder != @out"),
                        decisions=coders.decisions,
                    ),
                    links=links,
                )
                for out in coders.names
            },
            seed=1,
            problems=published_problems(case),
        ),
        "error_rates": lambda: error_rates(survey),
        "sensitivity": sensitivity,
        "robustness": lambda: joint.robustness(sensitivity()),
        "themes": lambda: joint.statistics_by_themes(pairs, talk, turns),
        "activity_placement": lambda: joint.activity_placement(meetings, survey),
        "unplaced_events": lambda: joint.unplaced_events(*both),
    }


LONG = {"sensitivity", "robustness", "rests_on", "memberships", "block_densities", "tie_models"}


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in NAMES])
def test_a_table_is_what_the_plain_functions_give(analysis, plain, name):
    table = getattr(analysis, name)
    assert table is getattr(analysis, name), "made once"
    pd.testing.assert_frame_equal(table, plain[name]())


@pytest.mark.slow
def test_every_part_is_declared_and_written_whole(analysis, tmp_path):
    assert set(NAMES) <= set(RUN_TABLES) | {
        "ties",
        "responses",
        "turns",
        "codings",
        "coverage",
        "links",
        "suggestions",
        "attendance",
        "activities",
        "ledger",
    }
    for part, names in PARTS.items():
        analysis.write(tmp_path / part, part)
        written = {path.stem for path in (tmp_path / part / "demo" / "tables").glob("*.csv")}
        assert written == set(names)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"coder": "nobody"}, "coder 'nobody' has coded nothing here; there are: coder_a, coder_b"),
        ({"policy": "guess"}, "guess"),
    ],
)
def test_a_choice_that_the_case_does_not_allow_is_refused(case, asked, message):
    with pytest.raises(MeasureError, match=message):
        analyse(case, seed=1, **asked)


def test_a_part_that_does_not_exist_is_refused_with_those_that_do(analysis, tmp_path):
    with pytest.raises(MeasureError, match="no part 'survey'; there are: network, talk, joint"):
        analysis.write(tmp_path, "survey")
    assert list(tmp_path.iterdir()) == []


def test_what_a_choice_does_not_touch_is_shared_and_the_rest_is_made_again(analysis):
    assert len(analysis.dyads)
    zero = analysis.under(policy="zero")
    assert zero.talk is analysis.talk
    assert zero.all_links is analysis.all_links
    assert zero.survey.policy == "zero"
    assert zero.dyads["policy"].eq("zero").all()
    assert analysis.dyads["policy"].eq("observed").all(), "the first stays as it was"
    alone = analysis.under(coder="C2")
    assert alone.talk.source == "C2"
    assert alone.turns is analysis.turns
    surer = analysis.under(link_score=0.8)
    assert len(surer.links) < len(analysis.links)
    assert surer.links["score"].ge(0.8).all()
    with pytest.raises(MeasureError, match="nobody"):
        analysis.under(coder="nobody")


def test_nothing_is_made_before_it_is_asked_for(case):
    fresh = analyse(case, seed=1)
    assert not set(NAMES) & set(vars(fresh))
    assert len(fresh.convergence)
    assert set(NAMES) & set(vars(fresh)) == {"dyads", "convergence"}


def test_a_notebook_sees_every_table_and_which_are_made(case):
    fresh = analyse(case, seed=1)
    assert len(fresh.change)
    page = fresh._repr_html_()
    for name in NAMES:
        assert f"<code>.{name}</code>" in page
    assert page.count("when asked for") == sum(map(len, PARTS.values())) - 1
    assert f"<td>{len(fresh.change)} rows</td>" in page
    assert repr(fresh) == "<Analysis of demo: policy 'observed', seed 1>"


def test_no_name_of_a_person_is_in_any_table(analysis, case):
    names = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in case.roster["name"]))
    for name in ("turns", "codings", "suggestions", "actors", "discordant", "themes", "activities"):
        assert not names.search(getattr(analysis, name).to_csv()), name


def test_a_pair_is_named_or_the_one_with_most_events(analysis):
    assert analysis.pair("E05-E13") == ("E05", "E13")
    counts = analysis.dyads["events"].fillna("").str.count(";")
    assert counts[(analysis.dyads[["a", "b"]] == list(analysis.pair())).all(axis=1)].max() == counts.max()


HEAVY = {"IPython", "anywidget", "ipykernel", "ipywidgets", "jupyterlab", "matplotlib", "nbclient", "nbconvert", "nbformat", "papermill", "seaborn", "sklearn", "spacy"}  # fmt: skip


def test_the_core_needs_neither_jupyter_nor_what_draws_and_learns():
    code = "import sys, nicmethods.analysis; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "pandas" in loaded
    assert not HEAVY & set(loaded)


def test_a_frame_that_is_no_table_and_a_table_without_a_figure_are_not_drawn(analysis):
    with pytest.raises(
        MeasureError, match=r"^A frame that the library did not make has no figure of its own; .*dyads.*\.$"
    ):
        nic.plot(pd.DataFrame({"x": [1]}))
    with pytest.raises(MeasureError, match=r"^The table 'attribution' has no figure of its own; these have: agreement"):
        nic.plot(analysis.attribution)
