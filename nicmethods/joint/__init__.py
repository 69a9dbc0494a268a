"""Both strands together: pairs, verdicts, attribution, the trust pathway, propositions, cases side by side."""

from __future__ import annotations

from importlib import import_module

_HOME = {
    "convergence": "verdicts",
    "activity_placement": "opportunity",
    "unplaced_events": "talk",
    "attribution": "attribution",
    "activity_yield": "attribution",
    "pathway": "pathway",
    "pathway_steps": "pathway",
    "pathway_curves": "pathway",
    "compare_cases": "across",
    "holdings": "across",
    "verdicts_by_case": "across",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
