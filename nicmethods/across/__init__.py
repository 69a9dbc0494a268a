"""Many cases' results side by side; reads results only."""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "between_levels": "comparison",
    "compare_cases": "comparison",
    "holdings": "comparison",
    "in_common": "common",
    "network_health": "health",
    "pooled": "pooling",
    "pooled_coincidence": "coincidence",
    "rating_agreement": "development",
    "strategic_actions": "development",
    "trajectories": "development",
    "trajectory_counts": "development",
    "verdicts_by_case": "comparison",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
