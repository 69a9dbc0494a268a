"""The record of the demo case holds what its tables hold; its verdicts go when who helped whom is shuffled."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from nicmethods.coding.chosen import coded_talk
from nicmethods.joint.dyads import dyad_table
from nicmethods.network.change import dyad_change

from nicmethods.case.folder import load_case
from nicmethods.case.propositions import load_propositions
from nicmethods.joint.judging import judge
from nicmethods.joint.placement import activity_placement
from nicmethods.joint.recorded import recorded

ROOT = Path(__file__).parents[2]
CLAIMS = load_propositions(ROOT / "codebooks" / "propositions.yml")


@pytest.fixture(scope="module")
def demo():
    case = load_case(ROOT / "data" / "demo")
    talk = coded_talk(
        case.turns, case.codings, case.coverage, case.adjudicated, case.suggestions, case.codebook, coder="coder_a"
    )
    changes = dyad_change(case.ties, case.responses, case.roster, case.relations, waves=case.wave_order)
    dyads = dyad_table(changes, talk.events, case.attendance, case.activities, case.waves, case.roster, talk.coverage)
    record = recorded(
        dyads,
        talk.events,
        case.attendance,
        activity_placement(case.activities, case.waves),
        roster=case.roster,
        read=list(talk.coverage["activity"]),
        hub_roles=case.config.roles["hub"],
    )
    return SimpleNamespace(dyads=dyads, record=record)


def test_every_pair_and_interval_has_the_reports_meetings_and_help_of_the_tables(demo):
    record = demo.record
    a, b = np.triu_indices(record.n, 1)
    helped = np.zeros((record.n_intervals, record.n, record.n))
    meeting, seeker, helper = record.helped.T
    here = record.interval[meeting] >= 0
    np.add.at(helped, (record.interval[meeting][here], helper[here], seeker[here]), 1)
    for t, (_, rows) in enumerate(demo.dyads.groupby("from_wave", sort=False)):
        assert record.together[t][a, b].tolist() == rows["n_together_coded"].tolist()
        for way, one, other in (("ab", a, b), ("ba", b, a)):
            assert helped[t][one, other].tolist() == rows[f"n_help_{way}"].tolist()
            for end, wave in (("from", t), ("to", t + 1)):
                weight = rows[f"weight_{way}_{end}"].to_numpy(dtype=float)
                expected = np.where(weight < rows["threshold"], 0, weight)
                np.testing.assert_array_equal(record.reports[wave][one, other], expected)
        scope = np.where(record.same_site, "within", "across")[a, b]
        assert scope.tolist() == rows["scope"].tolist()


def test_shuffled_talk_loses_the_agreement_that_the_demo_has(demo):
    """Help moves between people of the same meeting: the same meetings, the same number of events, other people."""
    record, found = demo.record, Counter()
    assert judge(CLAIMS, record, seed=1)[4].verdict == "agreement"
    for seed in range(25):
        rng, events = np.random.default_rng(seed), record.events.copy()
        for m in range(len(record.read)):
            there, other = np.flatnonzero(record.present[m]), np.arange(record.n)
            other[there] = rng.permutation(there)
            rows = events[:, 0] == m
            events[rows, 2:] = other[events[rows, 2:]]
        found.update(one.proposition for one in judge(CLAIMS, replace(record, events=events), seed=seed, n_draws=49) if one.verdict == "agreement")  # fmt: skip
    assert max(found.values(), default=0) <= 6  # 1 in 10,000 at a rate of 4 %
