"""A mixed-methods Jupyter research environment for networked improvement communities.

Survey networks in waves show *that* interaction changed, coded talk shows *how and in which activity*; this library
pairs the two. Everything a notebook needs is a name of this module, loaded when first used.

Examples
--------
>>> import nicmethods as nic
>>> len(nic.__all__) <= 30
True
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "find_case": "case.folder",
    "load_case": "case.folder",
    "study_file": "case.folder",
    "about": "case.summary",
    "case_summary": "case.summary",
    "response_rates": "case.summary",
    "public_codings": "case.published",
    "public_turns": "case.published",
    "load_propositions": "case.propositions",
    "dyad_change": "network.change",
    "change": "network.change",
    "network_measures": "network.whole",
    "other_reading": "network.readings",
    "actor_measures": "network.actors",
    "mixing": "network.groups",
    "qap_table": "network.compare",
    "stergm_table": "network.stergm",
    "coded_talk": "coding.chosen",
    "agreement_card": "coding.agreement",
    "dyad_table": "joint.dyads",
    "evaluate_propositions": "joint.propositions",
    "show": "figures.style",
    "write_results": "runs.results",
    "read_results": "runs.results",
    "read_across": "runs.results",
    "numbers_of": "runs.numbers",
}
_ROOMS = ("joint", "figures")

__all__ = [*_HOMES, *_ROOMS]


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return import_module(f"nicmethods.{name}")
    if name in _HOMES:
        value = getattr(import_module(f"nicmethods.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'nicmethods' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
