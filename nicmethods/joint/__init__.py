"""Both strands together: what can be claimed, on which evidence."""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "activity_placement": "opportunity",
    "activity_yield": "attribution",
    "between_levels": "levels",
    "check_ledger": "ledger",
    "compare_cases": "across",
    "compare_researchers": "ledger",
    "convergence": "verdicts",
    "discordant": "displays",
    "event_quotes": "displays",
    "fit_models": "fitted",
    "following_a_thread": "displays",
    "holdings": "across",
    "network_health": "health",
    "pathway_curves": "steps",
    "pathway_steps": "steps",
    "pooled": "pooling",
    "rating_agreement": "development",
    "record_verdict": "ledger",
    "robustness": "sensitivity",
    "vary_choices": "sensitivity",
    "side_by_side": "displays",
    "statistics_by_themes": "displays",
    "strategic_actions": "actions",
    "tie_attribution": "attribution",
    "trajectories": "development",
    "trajectory_counts": "development",
    "trust_pathway": "pathway",
    "unplaced_events": "talk",
    "verdicts_by_case": "across",
    "write_ledger": "ledger",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
