"""Both strands together: what can be claimed, on which evidence."""

from __future__ import annotations

from importlib import import_module

_HOME = {
    "activity_placement": "opportunity",
    "activity_timeline": "displays",
    "activity_yield": "attribution",
    "check_ledger": "ledger",
    "compare_cases": "across",
    "compare_researchers": "ledger",
    "convergence": "verdicts",
    "discordant": "displays",
    "event_quotes": "displays",
    "fit_models": "fitted",
    "following_a_thread": "displays",
    "holdings": "across",
    "pathway_curves": "steps",
    "pathway_steps": "steps",
    "record_verdict": "ledger",
    "robustness": "sensitivity",
    "vary_choices": "sensitivity",
    "side_by_side": "displays",
    "statistics_by_themes": "displays",
    "tie_attribution": "attribution",
    "trust_pathway": "pathway",
    "unplaced_events": "talk",
    "verdicts_by_case": "across",
    "write_ledger": "ledger",
}
__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
