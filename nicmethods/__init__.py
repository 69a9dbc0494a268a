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

from nicmethods.lazy import lazy_names

__version__ = "0.1.0"

_HOMES = {
    "find_case": "case.folder",
    "load_case": "case.folder",
    "study_file": "case.folder",
    "about": "case.summary",
    "case_summary": "case.summary",
    "response_rates": "case.summary",
    "public_actors": "case.published",
    "public_codings": "case.published",
    "public_ledger": "case.published",
    "public_turns": "case.published",
    "load_propositions": "case.propositions",
    "dyad_change": "network.change",
    "change": "network.change",
    "network_measures": "network.measures",
    "actor_measures": "network.actors",
    "coded_talk": "coding.settled",
    "agreement_card": "coding.agreement",
    "dyad_table": "joint.dyads",
    "evaluate_propositions": "joint.propositions",
    "show": "figures.style",
    "write_results": "results",
    "read_results": "results",
    "read_across": "across.gather",
    "numbers_of": "results",
    "desk": "lab.desk",
    "explore": "lab.explore",
    "decide": "lab.decide",
    "survey_form": "lab.survey_form",
    "network": "network",
    "joint": "joint",
    "figures": "figures",
    "across": "across",
}
__all__ = list(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
