"""Coders' codings -> the settled set, agreement between coders, help events."""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "adjudicate": "adjudicate",
    "agreement_card": "agreement",
    "carry": "carry",
    "code_uses": "voices",
    "hub_coaching": "voices",
    "voices": "voices",
    "coded_talk": "coded",
    "disagreements": "agreement",
    "help_events": "events",
    "settle": "adjudicate",
    "undecided": "adjudicate",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
