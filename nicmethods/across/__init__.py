"""Many cases' results side by side; reads results only.

Examples
--------
>>> import nicmethods as nic
>>> rated = nic.read_across("nothing has run yet", ratings="data/ratings.csv").tables["ratings"]
>>> nic.across.trajectory_counts(nic.across.trajectories(rated))[["trajectory", "all"]].values.tolist()
[['Much improved', 1], ['Improved', 1], ['Declined', 1]]
"""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "between_levels": "comparison",
    "compare_cases": "comparison",
    "holdings": "comparison",
    "in_common": "pooling",
    "network_health": "health",
    "pooled": "pooling",
    "pooled_coincidence": "pooling",
    "rating_agreement": "development",
    "strategic_actions": "development",
    "trajectories": "development",
    "trajectory_counts": "development",
    "verdicts_by_case": "comparison",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
