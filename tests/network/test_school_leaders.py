"""The real network of 43 school leaders, where it is at hand."""

import os
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from nicmethods.network import influence, selection
from nicmethods.network.between_waves import change, dyad_change
from nicmethods.network.graph import to_networkx, wave_network
from nicmethods.network.measures import network_measures
from nicmethods.network.pair_models import pair_model, stergm_table

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
    scores = nodes[["EFFICACY", "TRUST"]].rename(columns=str.lower).assign(actor=waves[0].roster["actor"])
    attributes = scores.melt("actor").rename(columns={"variable": "name"}).assign(wave="year-1")
    return joined(*waves).under(attributes=attributes)


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


def test_selection_by_efficacy_and_trust_is_the_regression_of_later_ties(leaders):
    """Estimates and R² are those of least squares on the known cells, written out here."""
    rows = selection(leaders, seed=1, n_permutations=99)
    assert rows["score"].unique().tolist() == ["efficacy", "trust"]
    first, later = (wave_network(leaders, wave=wave).binary() for wave in ("year-1", "year-3"))
    for name, found in rows.groupby("score"):
        own = pd.to_numeric(leaders.attributes.loc[leaders.attributes["name"].eq(name), "value"]).to_numpy()
        sender, receiver = np.broadcast_to(own[:, None], first.shape), np.broadcast_to(own, first.shape)
        columns = np.stack([np.ones_like(first), first, np.abs(sender - receiver), sender, receiver], axis=2)
        known = ~np.isnan(later) & ~np.isnan(first)
        expected, left, *_ = np.linalg.lstsq(columns[known], later[known], rcond=None)
        np.testing.assert_allclose(found["value"], expected, rtol=1e-6)
        assert found["n"].unique().tolist() == [known.sum()] == [40 * 42]
        total = ((later[known] - later[known].mean()) ** 2).sum()
        np.testing.assert_allclose(found["r2"], 1 - left[0] / total, rtol=1e-6)
        assert found["p"].iloc[1:].between(0.01, 1).all()


def test_scores_of_one_wave_tell_nothing_of_influence(leaders):
    """The sheet has each score once, so that no later score can follow an earlier one: a note, and no number."""
    rows = influence(leaders, seed=1, n_permutations=99)
    assert rows["value"].isna().all()
    assert rows["note"].str.contains("too few").all()


def test_the_influence_of_those_named_is_least_squares_where_scores_stand_in_for_each_other(leaders):
    """Trust as if it were the later score of efficacy: the arithmetic on real numbers, against numpy."""
    wide = leaders.attributes.assign(wave=leaders.attributes["name"].map({"efficacy": "year-1", "trust": "year-3"}))
    rows = influence(leaders.under(attributes=wide.assign(name="score")), seed=1, n_permutations=99)
    early, late = (pd.to_numeric(wide.loc[wide["wave"].eq(wave), "value"]).to_numpy() for wave in ("year-1", "year-3"))
    network = wave_network(leaders, wave="year-1")
    values = np.where(network.binary() == 1, network.values(), 0.0)
    with np.errstate(invalid="ignore"):
        exposed = values @ early / values.sum(axis=1)
    known = ~np.isnan(exposed)
    columns = np.column_stack([np.ones(known.sum()), early[known], exposed[known]])
    expected = np.linalg.lstsq(columns, late[known], rcond=None)[0]
    np.testing.assert_allclose(rows["value"], expected, rtol=1e-6)
    assert rows["n"].unique().tolist() == [known.sum()]


def test_one_wave_has_the_closed_form_of_its_dyad_census(leaders):
    """Ties cut at 3, as the published models of these people have it: edges = log(A / 2N), mutual = log(M / N) - 2 edges."""
    ties = wave_network(leaders, wave="year-3").binary()
    one, other = (matrix[np.triu_indices(len(ties), 1)] for matrix in (ties, ties.T))
    mutual, asymmetric, null = ((one + other == n).sum() for n in (2, 1, 0))
    rows = pair_model(wave_network(leaders, wave="year-3")).set_index("term")["estimate"]
    edges = np.log(asymmetric / (2 * null))
    np.testing.assert_allclose(rows[["edges", "mutual"]], [edges, np.log(mutual / null) - 2 * edges], rtol=1e-6)
