"""A study of sixteen generated cases of all shapes, through files as a batch leaves them, in all across-case functions."""

import numpy as np
import pandas as pd
import pytest

from nicmethods.across.comparison import COMPARED, between_levels, compare_cases, holdings, verdicts_by_case
from nicmethods.across.gather import read_across
from nicmethods.across.health import HEALTH, network_health
from nicmethods.across.pooling import pooled
from nicmethods.network.actors import actor_measures
from nicmethods.network.between_waves import change, dyad_change
from nicmethods.network.groups import mixing
from nicmethods.network.measures import network_measures
from nicmethods.results import write_results
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES
from nicmethods.tables.bundles import Survey

pytestmark = pytest.mark.slow

N = 16
NETWORK_ONLY, TALK_ONLY, FAILED, NO_HUB, NO_LEVEL = {3}, {5}, {7}, {2, 9}, {4}


def declared(name, rows):
    table = {**WORK_TABLES, **RUN_TABLES, "roster": CASE_TABLES["roster"], "activities": CASE_TABLES["activities"]}[
        name
    ]
    return pd.DataFrame(rows, columns=table.names).astype({c.name: c.dtype for c in table.columns})


def survey(i, rng):
    n, waves = int(rng.integers(5, 12)), [f"w{k}" for k in range(1, 2 + i % 4)]
    people = [f"P{k:02d}" for k in range(n)]
    roster = declared(
        "roster",
        [
            {
                "actor": a,
                "site": f"s{k % 3}",
                "role": "coach" if k < 2 and i not in NO_HUB else "teacher",
                "level": f"l{k % 2}",
            }
            for k, a in enumerate(people)
        ],
    )
    ties = declared(
        "ties",
        [
            {"relation": "help", "wave": w, "source": a, "target": b, "weight": float(rng.integers(0, 4))}
            for w in waves
            for a in people
            for b in people
            if a != b and rng.random() < 0.4
        ],
    )
    silent = (waves[-1], people[-1])
    responses = declared(
        "responses",
        [
            {
                "relation": "help",
                "wave": w,
                "actor": a,
                "present": True,
                "responded": (w, a) != silent,
                "basis": "listed",
            }
            for w in waves
            for a in people
        ],
    )
    ties = ties[~(ties["wave"].eq(silent[0]) & ties["source"].eq(silent[1]))]
    relations = declared("relations", [{"relation": "help", "threshold": 2.0, "directed": True}])
    table = declared("waves", [{"wave": wave} for wave in waves])
    return Survey(ties=ties, responses=responses, roster=roster, relations=relations, waves=table)


def network_tables(study, *, by):
    changes = dyad_change(study)
    return {
        "network_measures": network_measures(study, seed=1, by=["site"], n_permutations=19, n_bootstrap=40),
        "actor_measures": actor_measures(study, seed=1, by=["site"]),
        "mixing": mixing(study, seed=1, by=by, n_permutations=0),
        "change": change(study),
        "dyad_change": changes[changes["kind"] != "absent"],
    }


def talk_tables(roster, rng):
    people = roster["actor"].tolist()
    meetings = ["m1", "m2"]
    events = [
        {
            "event": f"{m}/{k}/1",
            "activity": m,
            "kind": kind,
            "seeker": a,
            "helper": b,
            "basis": "coded",
            "source": "ann",
        }
        for m in meetings
        for k, kind in enumerate(["help_given", "help_given", "shared_practice"])
        for a, b in [rng.choice(people, 2, replace=False)]
    ]
    turns = [
        {"activity": m, "turn": str(k + 1), "position": k + 1, "actor": a, "text": "word " * int(rng.integers(1, 9))}
        for m in meetings
        for k, a in enumerate(people)
    ]
    coverage = [
        {"coder": "ann", "activity": m, "first_position": 1, "last_position": 9, "basis": "listed"} for m in meetings
    ]
    there = [{"activity": m, "actor": a, "basis": "listed"} for m in meetings for a in people if rng.random() < 0.8]
    codings = [{"coder": "ann", "activity": "m1", "turn": "1", "code": "help_given"}]
    plan = [
        {"activity": m, "kind": "meeting", "cycle": "c1", "phase": p}
        for m, p in zip(meetings, ("plan", "do"), strict=True)
    ]
    found = {
        "events": events,
        "turns": turns,
        "coverage": coverage,
        "attendance": there,
        "codings": codings,
        "activities": plan,
    }
    return {name: declared(name, rows) for name, rows in found.items()}


def actors(roster):
    group = roster["role"].map({"coach": "hub", "teacher": "member"})
    return roster.assign(group=group)[RUN_TABLES["actors"].names].astype("str")


def claims(i, claim):
    verdicts = RUN_TABLES["propositions"]["proposed_verdict"].among
    return declared("propositions", [claim(proposition="new_ties", proposed_verdict=verdicts[i % 2])])


@pytest.fixture(scope="module")
def across(tmp_path_factory, claim):
    reports = tmp_path_factory.mktemp("reports")
    for i in range(N):
        rng = np.random.default_rng(i)
        study = survey(i, rng)
        by = ["site"] if i in NO_LEVEL else ["site", "level"]
        tables = {"actors": actors(study.roster)}
        if i not in TALK_ONLY | FAILED:
            tables |= network_tables(study, by=by)
        if i not in NETWORK_ONLY | FAILED:
            tables |= talk_tables(study.roster, rng) | {"propositions": claims(i, claim)}
        write_results(reports, f"case{i:02d}", tables, summary={"title": f"Case {i}", "n_actors": len(study.roster)})
    (reports / "ratings.csv").write_text("case,year,domain,level,rater\ncase00,2024,connections,Most,r1\n")
    return read_across(reports, ratings=reports / "ratings.csv")


def test_every_case_is_in_every_comparison(across):
    cases = list(across.summary)
    assert len(cases) == N
    compared = compare_cases(across.tables, cases, seed=1)
    assert len(compared) == N * len(COMPARED)
    health = network_health(across.tables, cases, ratings=across.tables["ratings"])
    assert health.dropna(subset="rated")[["case", "domain"]].drop_duplicates().to_numpy().tolist() == [
        ["case00", "connections"]
    ]
    assert set(health["case"]) == set(cases)
    assert all(set(own["measure"]) == set(HEALTH) for _, own in health.groupby("case"))
    assert len(holdings(across.summary)) == N
    for name, table in (("comparison", compared), ("health", health)):
        RUN_TABLES[name].schema().validate(table, lazy=True)


def test_gaps_are_shown_and_never_zero(across):
    health = network_health(across.tables, list(across.summary)).set_index(["case", "measure"])["value"]
    failed, network, talk = (f"case{min(which):02d}" for which in (FAILED, NETWORK_ONLY, TALK_ONLY))
    assert health[failed].isna().all()
    assert health[network][["gini_talk", "gini_help", "hub_help", "shared_practice", "coded"]].isna().all()
    assert health[network]["cross_site_ties"].notna().all()
    assert health[talk][["cross_site_ties", "hub_named", "turnover"]].isna().all()
    assert pd.notna(health[talk]["shared_practice"])


def test_shares_are_shares_and_expectation_stands_beside(across):
    health = network_health(across.tables, list(across.summary))
    shares = health[~health["measure"].isin(["coded", "shared_practice"])]["value"].dropna()
    assert shares.between(0, 1).all()
    compared = compare_cases(across.tables, list(across.summary), seed=1).set_index("measure")
    known = compared.loc["reciprocity_arc"].dropna(subset="value")
    assert known["expected"].notna().mean() > 0.8


def test_what_has_intervals_is_pooled(across):
    found = pooled(compare_cases(across.tables, list(across.summary), seed=1)).set_index("measure")
    values = found[found["pooled"] == "value"]
    assert values.index.tolist() == list(COMPARED)
    degree = values.loc["mean_degree"]
    assert degree["k"] >= 10
    assert degree["predicted_low"] <= degree["low"] < degree["estimate"] < degree["high"] <= degree["predicted_high"]
    above = found[found["pooled"] == "above chance"]
    assert above.index.tolist() == ["reciprocity_arc", "transitivity", "ei_index"]
    assert abs(above.loc["reciprocity_arc", "estimate"]) < 0.1, "ties are drawn at random"
    assert values.loc["help_events", "note"].startswith("too few: 0 of 5 cases")
    RUN_TABLES["pooled"].schema().validate(found.reset_index(), lazy=True)


def test_levels_of_any_two_cases(across):
    found = between_levels(across.tables, ["case06", "case00"])
    assert found["case"].drop_duplicates().tolist() == ["case06", "case00"]
    own = found[found["case"] == "case06"]
    mixed = across.tables["mixing"].query("case == 'case06' and by == 'level'")
    assert own["n_ties"].sum() == mixed[mixed["wave"] == mixed["wave"].iloc[-1]]["n_ties"].sum()
    assert own["n_help"].sum() == 4
    no_level = between_levels(across.tables, ["case04"])
    assert no_level["n_ties"].isna().all()


def test_verdicts_are_counted_over_the_cases_that_have_them(across):
    counted = verdicts_by_case(across.tables["propositions"])
    assert counted[["agreement", "partial_agreement"]].to_numpy().sum() == N - len(NETWORK_ONLY | FAILED)
