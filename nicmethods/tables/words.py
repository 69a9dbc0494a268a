"""Words for people in place of the names that tables use."""

from __future__ import annotations

from nicmethods.tables import RUN_TABLES

__all__ = ["LABELS", "TIE_CHANGES", "words"]

_WORDS = {
    "ac1_gwet": "Gwet's AC1",
    "agreement_on_absence": "agreement on absence",
    "alpha_nominal": "Krippendorff's alpha (nominal)",
    "alpha_ordinal": "Krippendorff's alpha (ordinal)",
    "created": "new",
    "dissolved": "gone",
    "ei_index": "E-I index",
    "help_request": "help asked",
    "kappa_cohen": "Cohen's kappa",
    "mean_degree": "ties per person",
    "mrqap_linear": "regression (MRQAP, linear)",
    "reciprocity_arc": "share of ties returned",
    "silence_survey": "silence of the survey",
    "silence_talk": "silence of the talk",
    "specific_positive": "positive specific agreement",
    "strengthened": "stronger",
    "weakened": "weaker",
}

TIE_CHANGES = {
    "created": "a new tie",
    "strengthened": "a stronger tie",
    "kept": "a tie as before",
    "weakened": "a weaker tie",
    "dissolved": "a tie that ended",
    "absent": "no tie",
    "not_observable": "not known",
}
"""What became of a tie, as a person would say it after *A on B:*."""

LABELS = frozenset(_WORDS).union(*(column.among for table in RUN_TABLES.values() for column in table.columns))
"""What a cell may hold that is a name and no text: words that declared tables choose from, and names of measures."""


def words(name: object) -> str:
    """Say a table's word as a person would.

    Examples
    --------
    >>> words("silence_talk"), words("not_observable"), words("E01")
    ('silence of the talk', 'not observable', 'E01')
    """
    return _WORDS.get(str(name), str(name).replace("_", " "))
