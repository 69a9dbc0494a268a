"""Figures: finished tables in, axes with an alternative text out. Nothing is shown or saved unless asked.

Examples
--------
>>> import nicmethods as nic
>>> axes = nic.figures.plot_mixing(nic.analyse("demo", seed=1).mixing, by="role")
>>> nic.figures.describe(axes)
'Heat map of ties from role to role against expectation. ...'
"""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "by_case": "readable",
    "by_context": "readable",
    "by_development": "readable",
    "by_wave": "readable",
    "in_full": "readable",
    "over_cases": "readable",
    "shared_or_not": "readable",
    "what_codes_mean": "readable",
    "describe": "style",
    "show": "style",
    "plot_network": "network",
    "plot_networks": "network",
    "plot_change": "network",
    "plot_measures": "network",
    "plot_mixing": "network",
    "plot_thread": "timeline",
    "plot_timeline": "timeline",
    "plot_coaching": "talk",
    "plot_phases": "talk",
    "plot_voices": "talk",
    "plot_codes": "talk",
    "plot_help": "talk",
    "plot_participation": "talk",
    "plot_speakers": "talk",
    "plot_agreement": "talk",
    "plot_null": "models",
    "plot_sensitivity": "models",
    "plot_terms": "models",
    "plot_dyads": "triangulation",
    "plot_propositions": "triangulation",
    "plot_verdicts": "triangulation",
    "plot_activity_yield": "timeline",
    "plot_pathway": "timeline",
    "plot_pathway_steps": "timeline",
    "plot_case_measures": "across",
    "plot_cases": "across",
    "plot_pooled_coincidence": "across",
    "plot_verdict_grid": "across",
    "plot_health": "across",
    "plot_levels": "across",
    "plot_trajectories": "across",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
