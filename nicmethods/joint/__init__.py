"""Both strands together: what can be claimed, on which evidence."""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "activity_placement": "opportunity",
    "activity_yield": "attribution",
    "check_ledger": "ledger",
    "compare_researchers": "ledger",
    "convergence": "verdicts",
    "discordant": "displays",
    "event_quotes": "displays",
    "fit_models": "fitted",
    "following_a_thread": "displays",
    "pathway_curves": "steps",
    "pathway_steps": "steps",
    "record_verdict": "ledger",
    "robustness": "sensitivity",
    "side_by_side": "displays",
    "statistics_by_themes": "displays",
    "tie_attribution": "attribution",
    "trust_pathway": "pathway",
    "unplaced_events": "talk",
    "vary_choices": "sensitivity",
    "write_ledger": "ledger",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
