"""Other programs' files, in and out: REFI-QDA, QualCoder, Taguette, spreadsheets, Word.

Examples
--------
>>> import nicmethods as nic
>>> case = nic.load_case("demo")
>>> nic.exchange.tidy_codings(case.codings, case.coverage, case.turns).columns.tolist()
['activity', 'turn', 'position', 'actor', 'coder', 'code', 'coded']
"""

from __future__ import annotations

from nicmethods.lazy import lazy_names

_HOMES = {
    "codebook_from_refi": "projects",
    "codes_for_refi": "projects",
    "read_codebook_table": "spreadsheets",
    "read_qdc": "refi",
    "read_qualcoder": "qualcoder",
    "read_refi": "refi",
    "read_taguette": "taguette",
    "read_tidy_codings": "spreadsheets",
    "read_wide_codings": "spreadsheets",
    "refi_project": "projects",
    "tidy_codings": "spreadsheets",
    "wide_codings": "spreadsheets",
    "write_codebook": "spreadsheets",
    "write_coded_relations": "spreadsheets",
    "write_codings": "spreadsheets",
    "write_qdc": "refi",
    "write_refi": "refi",
    "write_suggestions": "spreadsheets",
    "write_survey_network": "spreadsheets",
    "write_table_docx": "word",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
