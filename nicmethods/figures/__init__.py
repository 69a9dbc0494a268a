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

_MODULES = {
    "readable": [
        "by_case",
        "by_context",
        "by_development",
        "by_wave",
        "in_full",
        "over_cases",
        "shared_or_not",
        "what_codes_mean",
    ],
    "style": ["describe", "show"],
    "network": ["plot_change", "plot_measures", "plot_mixing", "plot_network", "plot_networks"],
    "timeline": ["plot_activity_yield", "plot_pathway", "plot_pathway_steps", "plot_thread", "plot_timeline"],
    "talk": [
        "plot_agreement",
        "plot_coaching",
        "plot_codes",
        "plot_help",
        "plot_participation",
        "plot_phases",
        "plot_speakers",
        "plot_voices",
    ],
    "models": ["plot_null", "plot_sensitivity", "plot_terms"],
    "triangulation": ["plot_dyads", "plot_propositions", "plot_verdicts"],
    "across": [
        "plot_case_measures",
        "plot_cases",
        "plot_health",
        "plot_levels",
        "plot_pooled_coincidence",
        "plot_trajectories",
        "plot_verdict_grid",
    ],
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
