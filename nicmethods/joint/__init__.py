"""Both strands together: what can be claimed, on which evidence.

Examples
--------
>>> import nicmethods as nic
>>> analysis = nic.analyse("demo", seed=1)
>>> dyads = nic.joint.dyads(analysis.survey, analysis.meetings, analysis.talk)
>>> nic.joint.convergence(dyads).query("by == 'all' and verdict == 'coincide'")[["from_wave", "to_wave", "n"]].values.tolist()
[['W1', 'W2', 17], ['W2', 'W3', 10]]
"""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "activity_placement": "placement",
    "activity_yield": "attribution",
    "check_ledger": "ledger",
    "compare_researchers": "ledger",
    "convergence": "pairs",
    "activity_timeline": "displays",
    "discordant": "displays",
    "event_quotes": "displays",
    "dyads": "pairs",
    "evaluate_propositions": "propositions",
    "fit_models": "models",
    "help_by_phase": "attribution",
    "following_a_thread": "displays",
    "pair_covariates": "models",
    "pathway_curves": "pathway",
    "pathway_steps": "pathway",
    "record_verdict": "ledger",
    "rests_on": "rests",
    "robustness": "sensitivity",
    "settings": "sensitivity",
    "side_by_side": "displays",
    "statistics_by_themes": "displays",
    "tie_attribution": "attribution",
    "tie_models": "models",
    "trust_pathway": "pathway",
    "threads": "displays",
    "unplaced_events": "placement",
    "vary_choices": "sensitivity",
    "write_ledger": "ledger",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
