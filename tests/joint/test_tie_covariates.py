"""The talk as covariates of models of ties: the matrices by hand, the hand check on the demo, and an effect put in."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nicmethods as nic
from nicmethods.joint import pair_covariates, tie_models
from nicmethods.network import stergm_table
from nicmethods.tables.bundles import Survey

DEMO = Path(__file__).parents[2] / "data" / "demo"


@pytest.fixture(scope="module")
def demo():
    return nic.analyse(DEMO, seed=1)


def test_matrices_hold_what_the_dyads_hold():
    dyads = pd.DataFrame(
        {
            "from_wave": "w1",
            "to_wave": "w2",
            "a": ["A", "A", "B"],
            "b": ["B", "C", "C"],
            "n_together": [2, 1, 0],
            "minutes_together": [90.0, np.nan, 0.0],
            "n_together_coded": [1, 0, 0],
            "n_help_ab": [1, 0, 0],
            "n_help_ba": [2, 0, 0],
        }
    )
    found = {name: frames["w1", "w2"] for name, frames in pair_covariates.__wrapped__(dyads).items()}
    assert found["together"].loc["B", "A"] == found["together"].loc["A", "B"] == 2
    assert found["hours_together"].loc["A", "B"] == 1.5
    assert np.isnan(found["hours_together"].loc["C", "A"])
    assert found["help"].loc["B", "A"] == 3
    assert np.isnan(found["help"].loc["A", "C"])  # together, but nothing of it was coded
    assert found["help"].loc["B", "C"] == 0  # never together: nothing could pass
    assert np.isnan(np.diag(found["together"])).all()


@pytest.mark.slow
def test_together_on_the_demo_is_the_hand_check(demo):
    """Six lines by hand gave .688 with standard error .240: formation from W1 to W2, net of reciprocity."""
    rows = demo.tie_models.set_index(["model", "entered", "to_wave", "term"])
    one = rows.loc[("formation", "alone", "W2", "together")]
    assert (round(one["value"], 3), round(one["se"], 3)) == (0.688, 0.240)
    assert one["reading"].startswith("The odds that a tie comes up are 1.99 times as high [1.24, 3.18]")


def test_all_terms_are_those_of_the_functions_of_the_network(demo):
    given = {name: frames for name, frames in pair_covariates(demo.dyads).items() if name != "hours_together"}
    expected = stergm_table(demo.survey, covariates=given)
    rows = demo.tie_models[demo.tie_models["entered"].eq("all") & demo.tie_models["model"].isin(expected["model"])]
    for column in ("term", "value", "se", "n_dyads"):
        np.testing.assert_array_equal(rows[column].to_numpy(), expected[column].to_numpy())


def test_what_nobody_coded_is_no_covariate(demo):
    silent = demo.dyads.assign(n_together_coded=0, n_help_ab=0, n_help_ba=0)
    rows = tie_models(silent, demo.survey, seed=1, n_permutations=19)
    help_rows = rows[rows["term"].eq("help")]
    assert len(help_rows)
    assert help_rows["value"].isna().all()
    assert set(help_rows["note"]) == {"left out: the same for every pair of whom it is known, or known of none"}
    assert rows.loc[rows["term"].eq("together") & rows["model"].eq("mrqap_linear"), "value"].notna().all()


def test_without_waves_there_is_no_model(demo):
    first = demo.survey.waves.iloc[:1]
    one = Survey(
        roster=demo.survey.roster,
        waves=first,
        relations=demo.survey.relations,
        ties=demo.survey.ties[demo.survey.ties["wave"].isin(first["wave"])],
        responses=demo.survey.responses[demo.survey.responses["wave"].isin(first["wave"])],
    )
    rows = tie_models(nic.joint.dyads(one, demo.meetings, demo.talk), one, seed=1, n_permutations=19)
    assert rows.empty
