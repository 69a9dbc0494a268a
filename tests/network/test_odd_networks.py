"""Networks that are empty, silent, complete or odd in another way: every table comes out as declared, nothing warns."""

import numpy as np
import pytest

from nicmethods.network.actors import actor_measures
from nicmethods.network.between_waves import change, dyad_change, stability, transitions, turnover
from nicmethods.network.groups import mixing
from nicmethods.network.measures import network_measures
from nicmethods.network.pair_models import stergm_table
from nicmethods.network.regression import qap_table
from nicmethods.tables import RUN_TABLES

VALUES = (np.random.default_rng(1).random((8, 8)) < 0.4) * 2.0
PAIRS = [(i, j) for i in range(8) for j in range(8) if i != j]
ODD = {
    "nobody at all": (np.zeros((0, 0)), {}),
    "one person": (np.zeros((1, 1)), {}),
    "two people": (np.ones((2, 2)), {"directed": False}),
    "no ties": (np.zeros((6, 6)), {}),
    "all ties": (np.ones((6, 6)), {}),
    "nobody answered": (VALUES, {"answered": [0] * 8, "directed": False}),
    "one person answered": (VALUES, {"answered": [1] + [0] * 7, "directed": False}),
    "nobody present": (VALUES, {"present": [0] * 8}),
    "every cell blank": (VALUES, {"blank": PAIRS, "directed": False}),
    "no groups": (VALUES, {"site": [None] * 8, "role": [None] * 8}),
    "asked inside pairs": (VALUES, {"site": list("aabbccdd"), "within": "site"}),
    "asked inside sites nobody knows": (VALUES, {"site": [None] * 8, "within": "site"}),
}
RANDOM = {"seed": 1, "n_permutations": 20}
TABLES = {
    "network_measures": (network_measures, RANDOM | {"n_bootstrap": 20}),
    "actor_measures": (actor_measures, {"seed": 1}),
    "mixing": (mixing, RANDOM | {"by": ["site", ("site", "role")]}),
    "change": (change, {}),
    "dyad_change": (dyad_change, {}),
    "qap": (qap_table, RANDOM),
    "stergm": (stergm_table, {}),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_as_declared(survey, joined, odd, table):
    values, options = ODD[odd]
    args = joined(survey(values, **options), survey(values, wave="w2", **options))
    function, settings = TABLES[table]
    policies = ["observed", "zero"] if args.relations["directed"].iloc[0] else ["observed", "zero", "reconstruct"]
    for policy in policies:
        rows = function(args.under(policy=policy), **settings)
        RUN_TABLES[table].schema().validate(rows, lazy=True)
        assert not np.isinf(rows.select_dtypes("float").to_numpy()).any()
        if table == "dyad_change":
            for summary in (stability, transitions, turnover):
                summary(rows)


@pytest.mark.parametrize("odd", ["nobody at all", "nobody answered", "nobody present"])
def test_without_answers_no_measure_has_a_value(survey, odd):
    values, options = ODD[odd]
    rows = network_measures(survey(values, **options), seed=1, n_permutations=5, n_bootstrap=5)
    assert set(rows.loc[rows["value"].notna(), "measure"]) == {"n_actors", "n_responded"}
    assert rows.loc[rows["value"].isna(), "note"].ne("").all()
