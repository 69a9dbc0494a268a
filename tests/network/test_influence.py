"""Influence and selection: against R on the same draws, planted, and refused."""

import numpy as np
import pandas as pd
import pytest

from nicmethods.errors import MeasureError
from nicmethods.network import exposure, influence, selection, survey_of, wave_network
from nicmethods.network.influence_models import freedman_lane
from nicmethods.tables import RUN_TABLES


@pytest.fixture(scope="module")
def middle(r_networks):
    from pathlib import Path

    folder = Path(__file__).parents[1] / "reference" / "network"
    scores = pd.read_csv(folder / "scores.csv")
    values = pd.read_csv(folder / "more_values.csv", dtype={"by": "str"})
    draws = pd.read_csv(folder / "draws.csv").to_numpy()
    people = [str(number) for number in range(1, 31)]
    network = wave_network(survey_of(r_networks["middle"][0], roster=pd.DataFrame({"actor": people})))
    return network, scores.set_axis(people), values[values["measure"].str.startswith("influence")], draws


def test_influence_is_that_of_r_on_the_same_draws(middle):
    network, scores, expected, draws = middle
    table = pd.DataFrame({"earlier_score": scores["earlier"], "exposure": exposure(network, scores["earlier"])})
    rows = freedman_lane(scores["later"], table, draws=lambda n: draws[:, :n]).set_index("term")
    for measure, column in (("influence", "value"), ("influence_t", "statistic")):
        theirs = expected[expected["measure"].eq(measure)].set_index("by")["value"]
        np.testing.assert_allclose(rows.loc[theirs.index, column], theirs, rtol=1e-9)
    one = expected.set_index("measure")["value"]
    assert rows.loc["exposure", "p"] == pytest.approx(one["influence_p"])
    assert rows["r2"].unique() == pytest.approx([one["influence_r2"]])


def study(effect, seed, *, n=40):
    """Two waves of random ties; later scores follow those of the people named as far as `effect` says."""
    rng = np.random.default_rng(seed)
    ties = (rng.random((n, n)) < 0.15) * 1.0
    survey = survey_of({"w1": ties, "w2": ties})
    early = rng.normal(size=n)
    total = ties.sum(axis=1)
    named = np.where(total > 0, ties @ early / np.maximum(total, 1), 0)
    late = 0.5 * early + effect * named + rng.normal(scale=0.5, size=n)
    rows = [
        pd.DataFrame({"actor": survey.roster["actor"], "wave": w, "value": v}) for w, v in (("w1", early), ("w2", late))
    ]
    return survey.under(attributes=pd.concat(rows).assign(name="efficacy"))


@pytest.mark.slow
def test_planted_influence_is_found_and_none_is_not():
    found = influence(study(1.5, 1), score="efficacy", seed=1).set_index("term")
    RUN_TABLES["influence"].schema().validate(found.reset_index(), lazy=True)
    assert found.loc["exposure", "p"] < 0.01
    assert found.loc["exposure", "value"] == pytest.approx(1.5, abs=4 * found.loc["exposure", "se"])
    small = sum(
        influence(study(0.0, seed), score="efficacy", seed=1, n_permutations=99).set_index("term").loc["exposure", "p"]
        <= 0.05
        for seed in range(60)
    )
    assert small <= 8


def test_planted_selection_is_found():
    rng = np.random.default_rng(3)
    score = rng.normal(size=40)
    first = (rng.random((40, 40)) < 0.1) * 1.0
    near = np.abs(score[:, None] - score) < 0.5
    later = np.maximum(first, (rng.random((40, 40)) < np.where(near, 0.4, 0.05)) * 1.0)
    survey = survey_of({"w1": first, "w2": later})
    attributes = pd.DataFrame({"actor": survey.roster["actor"], "wave": "w1", "name": "trust", "value": score})
    found = selection(survey.under(attributes=attributes), seed=1, n_permutations=199).set_index("term")
    assert found.loc["score_distance", "value"] < 0
    assert found.loc["score_distance", "p"] < 0.02
    assert found["caution"].str.contains("cannot tell").all()


def test_exposure_by_hand():
    ties = pd.DataFrame([[0, 1, 3], [0, 0, 2], [0, 0, 0]], list("abc"), list("abc"))
    network = wave_network(survey_of(ties, answered=["a", "b"]))
    found = exposure(network, pd.Series({"b": 2.0}))
    assert found["a"] == 2
    assert np.isnan(found[["b", "c"]]).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="name"), "Survey.attributes must be the table 'attributes'; it has no column 'name'"),
        (lambda t: t.assign(name="trust"), "no score 'efficacy'; scores are 'trust'"),
        (lambda t: t.replace({"actor": {"1": "Zoe"}}), "Survey.attributes: 'actor' holds 'Zoe', not among the roster"),
        (lambda t: t.replace({"wave": {"w2": "w9"}}), "'wave' holds 'w9', not among the roster, waves"),
        (lambda t: t.astype({"value": object}).assign(value="high"), "is 'high', no number"),
        (lambda t: pd.concat([t, t.head(1)]), "1 w1 efficacy stands twice; a row needs its own actor, wave, name"),
    ],
)  # fmt: skip
def test_scores_that_cannot_be_are_refused(change, message):
    survey = study(0.0, 1)
    with pytest.raises(MeasureError, match=message):
        influence(survey.under(attributes=change(survey.attributes)), score="efficacy", seed=1)


def test_each_score_has_its_models_and_words_have_none():
    survey = study(0.0, 1)
    trust, grade = (survey.attributes.assign(name=name) for name in ("trust", "grade"))
    survey = survey.under(attributes=pd.concat([survey.attributes, trust, grade.assign(value="third")]))
    rows = influence(survey, seed=1, n_permutations=19)
    assert rows["score"].unique().tolist() == ["efficacy", "trust"]
    alone = influence(survey, seed=1, score="trust", n_permutations=19)
    pd.testing.assert_frame_equal(rows[rows["score"].eq("trust")].reset_index(drop=True), alone)
    assert influence(survey.under(attributes=grade.assign(value="third")), seed=1).empty


def test_too_few_people_give_a_note_and_no_number():
    rows = influence(study(0.0, 1, n=4), score="efficacy", seed=1)
    assert rows["value"].isna().all()
    assert rows["note"].str.contains("too few").all()
