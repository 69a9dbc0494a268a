"""Columns and words that several tables share, each declared once."""

from __future__ import annotations

from nicmethods.tables.declare import Column, blank

__all__ = [
    "ACTIVITY",
    "ACTOR",
    "BY",
    "CHANGE",
    "CODE",
    "DOMAINS",
    "FROM",
    "MEASURE",
    "OUTSIDE",
    "POLICY",
    "RATED",
    "RELATION",
    "THRESHOLD",
    "THRESHOLD_FROM",
    "THRESHOLD_OR_NONE",
    "TO",
    "TRAJECTORIES",
    "TURN",
    "VERDICTS",
    "WAVE",
]

ACTOR = Column("actor", "text", "actor id, from roster.csv")
WAVE = Column("wave", "text", "wave id, from case.yml")
RELATION = Column("relation", "text", "relation (survey question), from case.yml")
ACTIVITY = Column("activity", "text", "activity id, from activities.csv")
TURN = Column("turn", "text", "turn id: 1-based number in the activity, or the csv's own id")
CODE = Column("code", "text", "code id, from the codebook")
FROM = Column("from_wave", "text", "earlier wave")
TO = Column("to_wave", "text", "later wave")
THRESHOLD_FROM = Column(
    "threshold_from", "number", "the earlier wave's threshold; `threshold` is the later wave's", "scale points"
)
THRESHOLD = Column("threshold", "number", "least weight that counts as a tie", "scale points")
POLICY = Column("policy", "text", "missing-data policy", among=("observed", "reconstruct", "zero"))
MEASURE = Column("measure", "text", "name of the measure, as in docs/definitions.md")
BY = Column("by", "text", "attribute, category or parameter of the measure; empty where it has none", blank=True)
CHANGE = ("created", "strengthened", "kept", "weakened", "dissolved", "absent", "not_observable")
VERDICTS = (
    "agreement",
    "partial_agreement",
    "dissonance",
    "silence_talk",
    "silence_survey",
    "not_observable",
    "agreement_on_absence",
)
OUTSIDE = ("during", "before", "after", "undated", "unplaced")
RATED = ("Least", "Dev (Low)", "Dev (Mid)", "Dev (High)", "Most")
DOMAINS = (
    "overall",
    "hub_leadership",
    "roles_and_engagement",
    "continuous_improvement",
    "connections",
    "culture",
    "contexts",
)
TRAJECTORIES = ("Much improved", "Improved", "Consistent Strength", "Stagnant", "Declined", "not named")
THRESHOLD_OR_NONE = blank(
    "threshold", "number", "least weight that counts as a tie; blank without a survey", "scale points"
)
