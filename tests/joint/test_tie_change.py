"""The regression of tie change on talk: the matrices it is made of, and an effect put in."""

import numpy as np
import pandas as pd
import pytest

from nicmethods.joint.models import _OF_CHANGE, _matrices, tie_change_model

PEOPLE = "A:n:t B:n:c C:s:t D:s:t"


def test_matrices_hold_what_the_dyads_hold(make):
    lines = ("m1 help_given B>A", "m2 help_given A>B", "m1 shared_practice C>*")
    study = make.study(PEOPLE, {"AB": "created", "BA": "not_observable", "CD": "weakened"}, lines)
    outcome, predictors = _matrices(study.dyads)
    assert list(predictors) == list(_OF_CHANGE)
    assert outcome[0, 1] == 1
    assert np.isnan(outcome[1, 0])
    assert outcome[2, 3] == -1
    assert predictors["help"][0, 1] == predictors["help"][1, 0] == 2
    assert predictors["shared_practice"][2].tolist()[:2] == [1, 1]
    assert predictors["together"][0, 3] == 2
    assert predictors["same_site"][0].tolist()[1:] == [1, 0, 0]
    assert predictors["same_role"][0].tolist()[1:] == [0, 1, 1]
    assert (predictors["earlier_tie"][2, 3], predictors["earlier_tie"][3, 2]) == (2, 0)


def test_an_effect_put_in_comes_out(make, declared):
    rng = np.random.default_rng(7)
    names = [f"P{k:02d}" for k in range(16)]
    people = " ".join(f"{name}:s{k % 4}:r{k % 3}" for k, name in enumerate(names))
    lines = [f"m{1 + k % 2} help_given {a}>{b}" for k in range(30) for a, b in [rng.choice(names, 2, replace=False)]]
    study = make.study(people, None, lines, present={"m1": names, "m2": names})
    n_help = study.dyads["n_help_ab"] + study.dyads["n_help_ba"]
    noise = rng.normal(0, 0.3, (2, len(n_help)))
    earlier = rng.integers(0, 3, (2, len(n_help))).astype(float)
    together = rng.integers(0, 4, len(n_help))
    dyads = study.dyads.assign(
        n_together=together,
        weight_ab_from=earlier[0],
        weight_ba_from=earlier[1],
        weight_ab_to=earlier[0] + 0.7 * n_help + noise[0],
        weight_ba_to=earlier[1] + 0.7 * n_help + noise[1],
    )
    fit = declared(tie_change_model(dyads, seed=1, n_permutations=199), "models").set_index("term")
    assert fit.loc["help", "estimate"] == pytest.approx(0.7, abs=0.1)
    assert fit.loc["help", "p"] == 1 / 200
    assert "ties changed by +0." in fit.loc["help", "reading"]
    assert fit.loc["shared_practice", "note"] == "left out: does not vary among the pairs that can be used"
    assert fit.loc["same_site", "p"] > 0.01
    assert fit.loc["same_site", "reading"].endswith(f"cannot be told (p {fit.loc['same_site', 'p']:.2f}).")


def test_a_model_without_variance_says_so(make, declared):
    fit = declared(tie_change_model(make.study(PEOPLE).dyads, seed=1, n_permutations=9), "models")
    assert fit["estimate"].isna().all()
    assert fit["note"].notna().all()


def test_without_dyads_there_is_no_model(make, declared):
    assert declared(tie_change_model(make.study(PEOPLE).dyads[:0], seed=1), "models").empty


def test_the_same_seed_gives_the_same_p(make):
    lines = ("m1 help_given B>A", "m2 help_given A>C", "m1 shared_practice C>D")
    dyads = make.study(PEOPLE, {"AB": "created", "CA": "strengthened", "DC": "kept"}, lines).dyads
    one, two = (tie_change_model(d, seed=3, n_permutations=50) for d in (dyads, dyads.sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(one, two)
