"""Coleman's high school boys, the data that R's sna ships: the same values in R, where R with sna is there."""

import io
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest

from nicmethods.network import actor_measures, mrqap, network_measures, qap, stergm, survey_of

SCRIPT = """
suppressMessages(library(sna)); data(coleman); fall <- coleman[1, , ]; spring <- coleman[2, , ]
say <- function(name, value) cat(paste(name, seq_along(value), format(value, digits = 15), sep = ","), sep = "\\n")
say("fall", t(fall)); say("spring", t(spring))
say("qap", gcor(fall, spring))
say("reciprocity_arc", grecip(fall, measure = "edgewise")); say("reciprocity_dyad", grecip(fall, measure = "dyadic.nonnull"))
say("transitivity", gtrans(fall, measure = "weak"))
say("triads", triad.census(fall)); say("betweenness", betweenness(fall))
say("centralization_in", centralization(fall, degree, cmode = "indegree"))
say("n_components", components(fall, connected = "weak"))
fit <- netlm(spring, list(fall, t(fall)), nullhyp = "classical"); say("mrqap", fit$coefficients); say("mrqap_t", fit$tstat)
say("logit", netlogit(spring, list(fall, t(fall)), nullhyp = "classical")$coefficients)
for (model in c("formation", "persistence")) {
  risk <- fall == (model == "persistence") & row(fall) != col(fall)
  fit <- glm(spring[risk] ~ t(fall)[risk], family = binomial, epsilon = 1e-14); say(model, coef(fit)); say(paste0(model, "_se"), sqrt(diag(vcov(fit))))
  say(paste0(model, "_level"), as.numeric(logLik(fit)))
}
"""


@pytest.fixture(scope="module")
def r():
    if shutil.which("Rscript") is None:
        pytest.skip("R is not there")
    done = subprocess.run(["Rscript", "-e", SCRIPT], capture_output=True, text=True, check=False)
    if "no package called" in done.stderr:
        pytest.skip("R has no sna")
    assert done.returncode == 0, done.stderr
    rows = pd.read_csv(io.StringIO(done.stdout), names=["name", "place", "value"])
    return {str(name): part["value"].to_numpy() for name, part in rows.groupby("name", sort=False)}


@pytest.fixture(scope="module")
def waves(r):
    boys = [f"b{number:02d}" for number in range(73)]
    return {wave: pd.DataFrame(r[wave].reshape(73, 73), boys, boys) for wave in ("fall", "spring")}


@pytest.fixture(scope="module")
def values(waves):
    rows = network_measures(survey_of(waves), seed=1, by=(), n_permutations=0, n_bootstrap=0)
    return rows[rows["wave"].eq("fall")].set_index(["measure", "by"])["value"]


@pytest.mark.parametrize(
    "measure", ["reciprocity_arc", "reciprocity_dyad", "transitivity", "centralization_in", "n_components"]
)
def test_measures_are_those_of_sna(r, values, measure):
    assert values[measure, ""] == pytest.approx(r[measure][0], abs=1e-12)


def test_triads_are_those_of_sna(r, values):
    names = "003 012 102 021D 021U 021C 111D 111U 030T 030C 201 120D 120U 120C 210 300".split()
    assert values["triad_census"][names].tolist() == r["triads"].tolist()


def test_betweenness_is_that_of_sna(r, waves):
    rows = actor_measures(survey_of(waves), seed=1)
    found = rows[rows["wave"].eq("fall") & rows["measure"].eq("betweenness")]
    np.testing.assert_allclose(found["value"], r["betweenness"], atol=1e-9)


def test_qap_and_mrqap_are_those_of_sna(r, waves):
    fall, spring = waves["fall"], waves["spring"]
    assert qap(fall, spring, seed=1, n_permutations=19).value == pytest.approx(r["qap"][0])
    predictors = {"earlier": fall, "returned": fall.T}
    rows = mrqap(spring, predictors, seed=1, n_permutations=19)
    np.testing.assert_allclose(rows["estimate"], r["mrqap"], rtol=1e-9)
    np.testing.assert_allclose(rows["statistic"], r["mrqap_t"], rtol=1e-9)
    logistic = mrqap(spring, predictors, seed=1, n_permutations=19, model="logistic")
    np.testing.assert_allclose(logistic["estimate"], r["logit"], rtol=1e-6)


@pytest.mark.parametrize("model", ["formation", "persistence"])
def test_without_reciprocity_models_of_change_are_logistic_regressions(r, waves, model):
    fall, spring = waves["fall"], waves["spring"]
    rows = stergm(fall, spring, model=model, covariates={"returned": fall.T}, mutual=False)
    np.testing.assert_allclose(rows["estimate"], r[model], rtol=1e-6)
    np.testing.assert_allclose(rows["se"], r[f"{model}_se"], rtol=1e-5)
    np.testing.assert_allclose(rows["log_likelihood"], r[f"{model}_level"][0], rtol=1e-9)
