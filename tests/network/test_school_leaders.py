"""The real network of 43 school leaders, where it is at hand."""

import os
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from nicmethods.network.between_waves import change, dyad_change
from nicmethods.network.graph import to_networkx, wave_network
from nicmethods.network.measures import network_measures
from nicmethods.network.pair_models import stergm_table

ROOT = os.environ.get("NICMETHODS_REAL_DATA")
pytestmark = pytest.mark.skipif(not ROOT, reason="NICMETHODS_REAL_DATA names no folder of real data")


@pytest.fixture(scope="module")
def leaders(survey, joined):
    folder = Path(ROOT) / "school_leaders"
    nodes = pd.read_excel(folder / "school-leader-nodes.xlsx")
    site = np.where(nodes["DISTRICT/SITE"] == 1, "district", "site")
    waves = []
    for wave in ("year-1", "year-3"):
        values = pd.read_excel(folder / f"{wave}-collaboration-ties.xlsx", header=None).to_numpy(float)
        np.fill_diagonal(values, 0)
        # Nobody says who answered: a row of zeros is read as no answer.
        waves.append(survey(values, wave=wave, site=site, threshold=3, answered=(values > 0).any(axis=1)))
    return joined(*waves)


def test_counts_are_those_of_the_sheets(leaders):
    ties = leaders.ties.groupby("wave").size()
    assert ties.to_dict() == {"year-1": 82, "year-3": 1304}
    rows = network_measures(leaders, seed=1, by=("site",), n_permutations=99, n_bootstrap=99)
    value = rows.set_index(["measure", "wave", "by"])["value"]
    assert value["n_responded", "year-1", ""] == 40
    assert value["n_ties", "year-1", ""] == 74
    assert value["density", "year-1", ""] == pytest.approx(74 / (40 * 42))
    assert value["n_ties", "year-3", ""] == (leaders.ties.query("wave == 'year-3'")["weight"] >= 3).sum()
    assert value["hamming", "year-3", "year-1"] > 200


def test_networkx_agrees_where_everyone_answered(leaders, network):
    built = wave_network(leaders, wave="year-3")
    graph = to_networkx(built.core)
    rows = network_measures(leaders, seed=1, by=(), n_permutations=0, n_bootstrap=0)
    value = rows[rows["wave"] == "year-3"].set_index(["measure", "by"])["value"]
    assert value["reciprocity_arc", ""] == pytest.approx(nx.overall_reciprocity(graph))
    assert value["triad_census", "300"] == nx.triadic_census(graph)["300"]
    assert value["n_components", ""] == nx.number_weakly_connected_components(graph)


def test_every_pair_is_accounted_for(leaders):
    dyads = dyad_change(leaders)
    assert len(dyads) == 43 * 42
    assert (dyads["kind"] == "not_observable").sum() == 3 * 42
    rows = change(leaders).set_index(["scope", "kind"])["n"]
    assert rows["all"].sum() == 43 * 42
    assert rows["within"].add(rows["across"]).equals(rows["all"])


def test_the_model_of_change_can_be_estimated(leaders):
    rows = stergm_table(leaders, by=("site",)).set_index(["model", "term"])
    assert rows.loc[("formation", ["edges", "mutual", "same_site"]), "value"].notna().all()
    assert rows.loc[("formation", "mutual"), "low"] > 0
