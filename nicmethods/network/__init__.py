"""Survey ties of waves -> measures, change between waves and tests; what a notebook needs seldom is found here."""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "mixing": "groups",
    "other_reading": "missing",
    "qap_table": "compare",
    "stergm_table": "stergm",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
