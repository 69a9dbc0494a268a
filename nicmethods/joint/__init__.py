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

_NAMES = {
    "attribution": ("activity_yield", "help_by_phase", "tie_attribution"),
    "displays": (
        "activity_timeline",
        "discordant",
        "event_quotes",
        "following_a_thread",
        "side_by_side",
        "statistics_by_themes",
        "threads",
    ),
    "ledger": ("check_ledger", "compare_researchers", "record_verdict", "write_ledger"),
    "models": ("fit_models", "pair_covariates", "tie_models"),
    "pairs": ("convergence", "dyads"),
    "pathway": ("pathway_curves", "pathway_steps", "trust_pathway"),
    "placement": ("activity_placement", "unplaced_events"),
    "propositions": ("evaluate_propositions",),
    "rests": ("rests_on",),
    "sensitivity": ("robustness", "settings", "vary_choices"),
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
