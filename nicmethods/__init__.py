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

__version__ = "0.2.0"

_HOMES = {
    "load_case": "case.folder",
    "analyse": "analysis",
    "Analysis": "analysis",
    "Survey": "tables.bundles",
    "Meetings": "tables.bundles",
    "Coders": "tables.bundles",
    "Talk": "tables.bundles",
    "coded_talk": "coding.coded",
    "plot": "figures.shown",
    "show": "figures.style",
    "read_results": "results",
    "write_results": "results",
    "read_across": "across.gather",
    "numbers_of": "results",
    "desk": "lab.opening",
    "explore": "lab.opening",
    "decide": "lab.opening",
    "survey_form": "lab.opening",
    "network": "network",
    "coding": "coding",
    "joint": "joint",
    "across": "across",
    "figures": "figures",
    "exchange": "exchange",
}
__all__ = list(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
