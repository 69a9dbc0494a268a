"""Verdicts under other choices, on a small case and on the demo."""

from pathlib import Path

import pandas as pd

from nicmethods.case.codebook import Code, Codebook
from nicmethods.case.folder import load_case
from nicmethods.case.propositions import Indicator, Proposition, Propositions, load_propositions
from nicmethods.joint.sensitivity import robustness, vary_choices

ROOT = Path(__file__).parents[2]
CLAIMS = Propositions(
    id="p",
    title="P",
    propositions=(
        Proposition(
            id="help",
            statement="Help passes.",
            network=Indicator(indicator="net_new_ties"),
            talk=Indicator(indicator="help_instances"),
        ),
    ),
)
CODEBOOK = Codebook(id="help", title="Help", codes=(Code(id="help_given", name="Help given"),))


def small(make, **more):
    """A reports B at 2 in the later wave and C at 1; two coders, one of whom saw no help."""
    responses = [
        {"relation": "help", "wave": wave, "actor": actor, "present": True, "responded": True, "basis": "listed"}
        for wave in ("w1", "w2")
        for actor in "ABC"
    ]
    ties = [
        {"relation": "help", "wave": "w2", "source": "A", "target": target, "weight": weight}
        for target, weight in (("B", 2), ("C", 1))
    ]
    codings = [{"coder": "c1", "activity": "m1", "turn": "1", "code": "help_given", "seeker": "A", "helper": "B"}]
    codings.append({"coder": "c2", "activity": "m1", "turn": "2", "code": "other"})
    coverage = [
        {"coder": c, "activity": "m1", "first_position": 1, "last_position": 2, "basis": "listed"} for c in ("c1", "c2")
    ]
    turns = make.turns(m1="Take this. | Thanks.").assign(actor=["B", "A"], speaker=["B", "A"])
    tables = {
        "ties": make.table("ties", ties),
        "responses": make.table("responses", responses),
        "roster": make.roster("A:n:t B:n:t C:s:t"),
        "relations": make.table("relations", [{"relation": "help", "threshold": 2, "directed": True}]),
        "waves": make.waves("2024-01-01", "2024-03-01"),
        "activities": make.activities(m1="2024-02-01"),
        "attendance": make.attendance(m1="ABC"),
        "turns": turns.astype(make.table("turns", []).dtypes),
        "codings": make.table("codings", codings),
        "coverage": make.table("coverage", coverage),
        "decisions": pd.DataFrame(columns=["activity", "turn", "code", "decision", "by", "when", "why"], dtype="str"),
        "suggestions": make.table("suggestions", []),
        "codebook": CODEBOOK,
        "coder": "c1",
    } | more
    return vary_choices(CLAIMS, **tables, seed=1, n_draws=50)


def test_each_choice_is_tried_alone(make, declared):
    table = declared(small(make), "sensitivity")
    tried = table[["choice", "setting"]].drop_duplicates().to_numpy().tolist()
    assert tried[0] == ["none", "as reported"]
    assert ["tie threshold", "1"] in tried
    assert ["tie threshold", "3"] not in tried
    assert ["missing data", "zero"] in tried
    assert ["coder", "c2"] in tried
    assert ["coder", "settled set"] in tried
    assert ["link threshold", "0.8"] in tried


def test_a_verdict_that_hangs_on_a_choice_says_on_which(make, declared):
    table = small(make)
    found = declared(robustness(table), "robustness").set_index("subject")
    ab, ac = found.loc["w1/w2/A/B"], found.loc["w1/w2/A/C"]
    assert (ab["verdict"], ac["verdict"]) == ("agreement", "agreement_on_absence")
    assert "coder c2: silence of the talk" in ab["hangs_on"]
    assert ac["hangs_on"] == "tie threshold 1: silence of the talk; coder settled set: not observable"
    assert ac["n_same"] == ac["n_settings"] - 2
    assert "w1/w2/B/C" not in found.index


def test_without_ties_only_the_choices_of_the_talk_are_tried(make):
    assert set(small(make, ties=make.table("ties", []))["choice"]) == {"none", "coder", "link threshold"}


def test_without_talk_only_the_choices_of_the_survey_are_tried(make):
    nothing = {name: make.table(name, []) for name in ("turns", "codings", "coverage")}
    table = small(make, **nothing, coder="")
    assert set(table["choice"]) == {"none", "tie threshold", "missing data"}
    assert set(table["verdict"]) == {"silence"}


def test_the_demo_case(declared):
    case = load_case(ROOT / "data" / "demo")
    claims = load_propositions(ROOT / "codebooks" / "propositions.yml")
    table = vary_choices(
        claims,
        **{
            name: getattr(case, name)
            for name in "ties responses roster relations waves activities attendance turns codings coverage".split()
        },
        decisions=case.adjudicated,
        suggestions=case.suggestions,
        codebook=case.codebook,
        roles=case.config.roles,
        seed=1,
        n_draws=60,
    )
    found = declared(robustness(table), "robustness")
    claimed = found[found["kind"] == "proposition"]
    assert claimed["subject"].tolist() == [claim.id for claim in claims.propositions]
    assert len(set(claimed["n_settings"])) == 1
    assert table.groupby("choice")["is_same"].mean()["none"] == 1
    assert found.set_index("subject").loc["W1/W2/E02/E09", "verdict"] == "agreement"
