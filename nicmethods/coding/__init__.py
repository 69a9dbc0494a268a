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
    "accepted_codings": "review",
    "adjudicate": "settling",
    "agreement_card": "agreement",
    "carry": "carrying",
    "carry_coverage": "carrying",
    "code_uses": "participation",
    "hub_coaching": "participation",
    "voices": "participation",
    "coded_talk": "coded",
    "decide": "review",
    "disagreements": "agreement",
    "help_events": "events",
    "merge_tables": "settling",
    "renewed": "review",
    "settle": "settling",
    "undecided": "settling",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
