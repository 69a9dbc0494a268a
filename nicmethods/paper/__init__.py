"""A case's last run as a section of a manuscript: read, put into order, written as docx or Markdown. Nothing is computed here."""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {"manuscript": "manuscript", "read_run": "ran", "write_docx": "written", "write_markdown": "written"}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
