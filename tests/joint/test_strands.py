"""What each strand alone says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import binomtest, t

from nicmethods.joint.record import HELP, Record
from nicmethods.joint.strands import jackknife, occurrence, tie_change


def record(reports: np.ndarray, events: list[tuple[int, int, int, int]] | None = None) -> Record:
    n = reports.shape[1]
    return Record(reports, np.ones((1, n), bool), np.array([-1]), np.ones(1, bool), np.array(events or np.zeros((0, 4), int)), np.arange(n) // 2, np.zeros(n, bool))  # fmt: skip


def surveys(*waves: dict[tuple[int, int], float], n: int = 6) -> np.ndarray:
    """Answers of n people who name nobody but those given."""
    out = np.zeros((len(waves), n, n))
    for wave, named in zip(out, waves, strict=True):
        for pair, strength in named.items():
            wave[pair] = strength
        np.fill_diagonal(wave, np.nan)
    return out


BEFORE = {(0, 1): 1, (2, 3): 2, (3, 2): 1, (4, 0): 1}
AFTER = {(0, 1): 3, (1, 0): 1, (2, 3): 1, (3, 2): 2, (0, 4): 1, (5, 1): 2}


def test_changes_are_those_a_reader_can_count() -> None:
    both = record(surveys(BEFORE, AFTER))
    new = tie_change(both, tie="new", part="all")
    assert (new.n, new.up, new.down, new.value) == (30, 3, 1, pytest.approx(2 / 30))
    stronger = tie_change(both, tie="stronger", part="within_schools")
    assert (stronger.n, stronger.up, stronger.down) == (3, 2, 1)
    mutual = tie_change(both, tie="mutual", part="all")
    assert (mutual.n, mutual.up, mutual.down) == (15, 1, 0)


def test_a_person_who_did_not_answer_is_not_counted() -> None:
    reports = surveys(BEFORE, AFTER)
    reports[1, 5] = np.nan
    new = tie_change(record(reports), tie="new", part="all")
    assert (new.n, new.up) == (25, 2)
    assert tie_change(record(reports), tie="mutual", part="all").n == 10


def test_stances_of_the_survey() -> None:
    reports = surveys(BEFORE, AFTER)
    assert tie_change(record(reports), tie="new", part="all").stance("some") == "some"
    assert tie_change(record(reports[:1]), tie="new", part="all").stance("more") == "not_observable"
    assert tie_change(record(surveys({}, {})), tie="new", part="all").stance("more") == "silent"
    assert tie_change(record(np.minimum(reports, 1)), tie="stronger", part="all").stance("more") == "not_observable"
    growing = surveys({}, {(i, (i + k) % 12): 1 for i in range(12) for k in (1, 2, 3)}, n=12)
    found = tie_change(record(growing), tie="new", part="all")
    assert (found.stance("more"), found.stance("fewer")) == ("supports", "contradicts")
    kept = tie_change(record(surveys(BEFORE, BEFORE)), tie="new", part="all")
    assert kept.low == -kept.high
    assert kept.high == pytest.approx(binomtest(0, 30).proportion_ci(0.95).high)


@pytest.mark.parametrize("share", [False, True])
def test_the_jackknife_is_that_of_people_left_out_one_by_one(share: bool) -> None:
    rng = np.random.default_rng(3)
    could = np.triu(rng.random((9, 9)) < 0.8, 1)
    seen = could & (rng.random((9, 9)) < 0.4)
    value, low, high = jackknife(seen.astype(float), could.astype(float), logit=share)
    without = []
    for who in range(9):
        rest = np.delete(np.arange(9), who)
        without.append(seen[np.ix_(rest, rest)].sum() / could[np.ix_(rest, rest)].sum())
    error = np.sqrt(8 / 9 * ((np.array(without) - np.mean(without)) ** 2).sum())
    reach = t(8).ppf(0.975) * error
    if share:
        ends = expit(logit(value) + np.array([-1, 1]) * reach / (value * (1 - value)))
    else:
        ends = value + np.array([-1, 1]) * reach
    assert (low, high) == pytest.approx(tuple(ends))


def test_occurrence_is_of_distinct_pairs_with_the_exact_interval() -> None:
    events = [(0, HELP, 0, 1), (0, HELP, 1, 0), (0, HELP, 0, 1), (0, HELP, 2, 3)]
    found = occurrence(record(surveys({}), events), talk="help", part="all")
    exact = binomtest(2, 15).proportion_ci(0.95)
    assert (found.n_seen, found.n_pairs, found.low, found.high) == (2, 15, pytest.approx(exact.low), pytest.approx(exact.high))  # fmt: skip
    assert occurrence(record(surveys({}), events), talk="returned_help", part="all").n_seen == 1


def test_none_despite_opportunity_has_an_upper_bound_and_no_opportunity_has_none() -> None:
    none = occurrence(record(surveys({})), talk="help", part="across_schools")
    assert (none.stance, none.low) == ("silent", 0)
    assert none.high == none.high_such == pytest.approx(binomtest(0, 12).proportion_ci(0.95).high)
    nobody = occurrence(record(surveys({})), talk="help", part="hub_member")
    assert nobody.stance == "not_observable"
    assert np.isnan(nobody.high)
