"""The relational event model: against R's clogit, a likelihood written out, and a process with known effects."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from nicmethods.joint.models import TERMS, Design, conditional_logit, event_design, relational_event_model

REFERENCE = Path(__file__).parents[1] / "reference" / "joint"
PEOPLE = "A:n:t B:n:c C:s:t D:s:c E:n:t"


def random_study(make, *, n_events=40, seed=3, people=PEOPLE):
    rng = np.random.default_rng(seed)
    names = [person.split(":")[0] for person in people.split()]
    lines = []
    for k in range(n_events):
        a, b = rng.choice(names[: len(names) - (k % 2)], 2, replace=False)
        lines.append(f"m{1 + k % 2} help_given {a}>{b}")
    present = {"m1": names, "m2": names[:-1]}
    return make.study(people, None, lines, present=present)


def test_estimates_are_those_of_r_clogit():
    """survival 3.5-3, see tests/reference/joint/reference.R."""
    rows, r = pd.read_csv(REFERENCE / "clogit_rows.csv"), pd.read_csv(REFERENCE / "clogit_fit.csv")
    terms = tuple(r["term"])
    starts = np.flatnonzero(rows["own"] == 1)
    fit = conditional_logit(Design(rows[list(terms)].to_numpy(float), starts, terms)).set_index("term")
    np.testing.assert_allclose(fit.loc[list(terms), "estimate"], r["estimate"], rtol=1e-6)
    np.testing.assert_allclose(fit.loc[list(terms), "se"], r["se"], rtol=1e-5)
    np.testing.assert_allclose(fit.loc[list(terms), "p"], r["p"], rtol=1e-4)
    np.testing.assert_allclose(fit.loc[["null_deviance", "deviance"], "estimate"], r.loc[0].iloc[-2:].astype(float))


def plain_statistics(study, terms):
    """Every event with every pair at risk, from the definitions, one at a time."""
    person = study.survey.roster.set_index("actor")
    order = sorted(study.talk.events.to_dict("records"), key=lambda e: (e["activity"], int(e["response_turn"])))
    past, last, strata = [], None, []
    for event in order:
        own, activity = (event["helper"], event["seeker"]), event["activity"]
        last = last if last and last[2] == activity else None
        here = sorted(study.meetings.attendance.query("activity == @activity")["actor"])
        rows = []
        for i in here:
            for j in here:
                if i == j:
                    continue
                a, b = last[:2] if last else (None, None)
                value = {
                    "inertia": np.log1p(past.count((i, j))),
                    "reciprocity": np.log1p(past.count((j, i))),
                    "same_site": float(person.loc[i, "site"] == person.loc[j, "site"]),
                    "same_role": float(person.loc[i, "role"] == person.loc[j, "role"]),
                    "shift_ab_ba": float(last is not None and (i, j) == (b, a)),
                    "shift_ab_by": float(last is not None and i == b and j != a),
                    "shift_ab_ay": float(last is not None and i == a and j != b),
                    "shift_ab_xa": float(last is not None and i != b and j == a),
                    "shift_ab_xb": float(last is not None and i != a and j == b),
                }
                rows.append(((i, j) != own, [value[term] for term in terms]))
        strata.append(np.array([row for _, row in sorted(rows, key=lambda row: row[0])]))
        past.append(own)
        last = (*own, activity)
    return strata


def test_statistics_and_likelihood_are_those_written_out_by_hand(make):
    study, terms = random_study(make), tuple(TERMS)
    slow = plain_statistics(study, terms)
    design = event_design(*study.observed, seed=1)
    assert design.terms == terms
    assert len(design.starts) == len(slow) == 40
    for start, stratum in zip(design.starts, slow, strict=True):
        rows = design.rows[start : start + len(stratum)]
        np.testing.assert_allclose(rows[0], stratum[0], atol=1e-6)
        np.testing.assert_allclose(rows[np.lexsort(rows.T)], stratum[np.lexsort(stratum.T)], atol=1e-6)

    def minus(beta):
        return -sum((s @ beta)[0] - np.log(np.exp(s @ beta).sum()) for s in slow)

    best = minimize(minus, np.zeros(len(terms)), method="BFGS")
    fit = conditional_logit(design).set_index("term")
    np.testing.assert_allclose(fit.loc[list(terms), "estimate"], best.x, atol=2e-3)
    assert fit.loc["deviance", "estimate"] == pytest.approx(2 * best.fun, abs=1e-5)
    assert fit.loc["null_deviance", "estimate"] == pytest.approx(2 * sum(np.log(len(s)) for s in slow))


def test_long_activities_are_laid_out_in_pieces_with_the_same_result(make, monkeypatch):
    study = random_study(make)
    whole = conditional_logit(event_design(*study.observed, seed=1))
    monkeypatch.setattr("nicmethods.joint.models._CELLS", 60)
    pd.testing.assert_frame_equal(conditional_logit(event_design(*study.observed, seed=1)), whole)


def simulated(make, rng, *, n=12, n_events=1500, reciprocity=1.0, same_site=0.8):
    """Events drawn one after the other from the model itself."""
    names = [f"P{k:02d}" for k in range(n)]
    people = " ".join(f"{name}:s{k % 3}" for k, name in enumerate(names))
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    site = (np.arange(n)[:, None] % 3 == np.arange(n) % 3).astype(float)
    count, lines = np.zeros((n, n)), []
    for _n in range(n_events):
        eta = reciprocity * np.log1p(count.T[i, j]) + same_site * site[i, j]
        k = rng.choice(len(i), p=np.exp(eta) / np.exp(eta).sum())
        lines.append(f"m1 help_given {names[i[k]]}>{names[j[k]]}")
        count[i[k], j[k]] += 1
    return make.study(people, None, lines, present={"m1": names, "m2": names})


def test_known_effects_come_back_with_all_pairs_at_risk_and_with_a_sample(make):
    study = simulated(make, np.random.default_rng(2))
    for n_controls in (500, 20):
        fit = relational_event_model(*study.observed, seed=1, n_controls=n_controls).set_index("term")
        for term, truth in (("inertia", 0), ("reciprocity", 1), ("same_site", 0.8)):
            assert abs(fit.loc[term, "estimate"] - truth) < 3.3 * fit.loc[term, "se"]
        assert (fit.loc["deviance", "note"] == "pairs at risk sampled") == (n_controls == 20)


def test_a_separated_term_is_said_and_the_others_are_those_of_the_limit(make):
    study = random_study(make)
    rows = event_design(*study.observed, seed=1)
    two = rows.rows[:, [0, 2]]
    always = np.zeros((len(two), 1))
    always[rows.starts] = 1
    always[rows.starts + 1] = 1
    both = Design(np.hstack([two, always]), rows.starts, ("inertia", "same_site", "always"))
    fit = conditional_logit(both).set_index("term")
    assert fit.loc["always", "note"].startswith("separated: every event has the highest value")
    assert np.isnan(fit.loc["always", "estimate"])
    strong = minimize(lambda b: _minus(np.r_[b, 40.0], both), np.zeros(2), method="BFGS").x
    np.testing.assert_allclose(fit.loc[["inertia", "same_site"], "estimate"], strong, atol=1e-3)


def _minus(beta, design):
    total = 0.0
    for start, end in zip(design.starts, [*design.starts[1:], len(design.rows)], strict=True):
        eta = design.rows[start:end] @ beta
        total -= eta[0] - np.log(np.exp(eta).sum())
    return total


def test_terms_that_determine_each_other_have_no_estimate():
    x = np.array([[1.0, 2], [0, 0], [0, 0], [1, 2], [1, 2], [0, 0], [0, 0], [1, 2]])
    fit = conditional_logit(Design(x, np.array([0, 2, 4, 6]), ("x", "twice")))
    assert fit.loc[:1, "estimate"].isna().all()
    assert fit.loc[:1, "note"].str.contains("determine each other").all()


def test_terms_that_predict_every_event_together_have_no_estimate():
    """Neither column separates alone; their sum does, so the likelihood has no maximum."""
    x = np.array([[2.0, -1], [0, 0], [-1, 2], [0, 0]] * 5)
    fit = conditional_logit(Design(x, np.arange(0, 20, 2), ("one", "other"))).set_index("term")
    assert fit["estimate"].drop("null_deviance").isna().all()
    assert fit.loc["one", "note"].startswith("no finite estimate: the terms together predict events perfectly")


def test_strong_effects_are_estimated_from_a_far_start():
    """One event in 200 goes against an effect of log 199; full Newton steps overshoot on the way."""
    x = np.tile([[10.0], [0.0]], (200, 1))
    x[:2] = [[0.0], [10.0]]
    fit = conditional_logit(Design(x, np.arange(0, 400, 2), ("x",)))
    assert fit.loc[0, "estimate"] == pytest.approx(np.log(199) / 10, rel=1e-6)


def test_only_those_who_attended_are_at_risk(make):
    lines = ("m1 help_given A>B", "m1 help_given B>A", "m2 help_given C>D")
    study = make.study(PEOPLE, None, lines, present={"m1": "AB", "m2": "CDE"})
    design = event_design(*study.observed, seed=1)
    assert np.diff(np.append(design.starts, len(design.rows))).tolist() == [2, 2, 6]


def test_an_unknown_covariate_takes_a_pair_out_of_the_risk_set(make):
    study = make.study(PEOPLE.replace("E:n:t", "E::t"), None, ("m1 help_given A>B", "m1 help_given A>E"))
    design = event_design(*study.observed, seed=1)
    assert (len(design.starts), design.n_left_out) == (1, 1)
    assert len(design.rows) == 12
    assert "1 events left out" in conditional_logit(design).set_index("term").loc["deviance", "note"]


def test_the_table_says_what_each_estimate_means(make, declared):
    study = simulated(make, np.random.default_rng(4), n_events=400)
    fit = declared(relational_event_model(*study.observed, seed=1), "models").set_index("term")
    assert fit.loc["reciprocity", "reading"].startswith(
        "It happens more often than among others that someone who was helped"
    )
    assert fit.loc["shift_ab_xa", "reading"].endswith(f"cannot be told (p {fit.loc['shift_ab_xa', 'p']:.2f}).")
    assert fit.loc["same_role", "note"] == "does not vary among pairs at risk"


def test_without_events_nothing_is_estimated(make, declared):
    study = make.study(PEOPLE)
    fit = declared(relational_event_model(*study.observed, seed=1), "models")
    assert fit["estimate"].isna().all()
    assert fit["n"].eq(0).all()
