"""Coders' codings -> the settled set, agreement between coders, help events.

Examples
--------
>>> import nicmethods as nic
>>> case = nic.load_case("demo")
>>> nic.coding.disagreements(case.meetings, case.coders).iloc[0].to_dict()
{'activity': 'A1', 'turn': '57', 'code': 'help_request', 'coder_a': 'no', 'coder_b': 'yes'}
"""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "adjudicate": "adjudicate",
    "agreement_card": "agreement",
    "carry": "carry",
    "coded_talk": "coded",
    "disagreements": "agreement",
    "help_events": "events",
    "settle": "adjudicate",
    "undecided": "adjudicate",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
