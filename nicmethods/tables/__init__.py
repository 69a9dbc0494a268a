"""Every table of the project, declared once: column, type, unit, meaning.

Three kinds: what a case folder holds (:data:`CASE_TABLES`), what the library makes of it (:data:`WORK_TABLES`), and what
a run leaves (:data:`RUN_TABLES`). ``nicmethods new`` writes headers from here, ``load_case`` checks against it, and
``docs/tables.md`` is generated from it (``make tables``).
"""

from __future__ import annotations

from nicmethods.tables.declare import Column, Table, empty, guide
from nicmethods.tables.folder import CASE_TABLES
from nicmethods.tables.run_across import ACROSS_TABLES
from nicmethods.tables.run_joint import JOINT_TABLES
from nicmethods.tables.run_network import NETWORK_TABLES
from nicmethods.tables.run_talk import TALK_TABLES
from nicmethods.tables.work import WORK_TABLES

__all__ = ["CASE_TABLES", "RUN_TABLES", "WORK_TABLES", "Column", "Table", "empty", "guide"]

RUN_TABLES = NETWORK_TABLES | TALK_TABLES | JOINT_TABLES | ACROSS_TABLES
