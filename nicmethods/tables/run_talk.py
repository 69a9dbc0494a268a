"""What a run leaves of the talk strand."""

from __future__ import annotations

from nicmethods.tables.columns import ACTIVITY, CODE, TURN
from nicmethods.tables.declare import Column, Table, blank, named

__all__ = ["TALK_TABLES"]

TALK_TABLES = named(
    Table(
        "events",
        "Help events and shared-practice events. A help request without an answer has no helper unless a coder names one.",
        (
            Column("event", "text", "id: activity/turn/number, stable across runs"),
            ACTIVITY,
            blank(
                "time_s",
                "number",
                "start of the turn that carries it: the request, or the response or shared practice",
                "s",
            ),
            Column("kind", "text", "kind", among=("help_request", "help_given", "shared_practice")),
            blank("seeker", "text", "actor who asks or is helped; for shared practice the actor addressed, if known"),
            blank("helper", "text", "actor who helps, or who shares practice; for a request the actor asked, if known"),
            blank("request_turn", "text", "turn of the request"),
            blank("response_turn", "text", "turn of the response or of the shared practice"),
            Column(
                "basis", "text", "how the pair is known", among=("coded", "named", "answered", "adjacent", "unknown")
            ),
            Column("source", "text", "coder, 'adjudicated', or 'suggestions' (machine-suggested, not reviewed)"),
        ),
        ("event",),
    ),
    Table(
        "agreement",
        "Agreement between coders, per code, with every coefficient and its interval.",
        (
            CODE,
            Column("coders", "text", "coders compared, joined by ' & '"),
            Column("coefficient", "text", "percent, kappa_cohen, alpha_nominal, ac1_gwet, specific_positive, …"),
            blank("value", "number", "value; blank is undefined"),
            blank("low", "number", "lower end of the 95 % interval"),
            blank("high", "number", "upper end of the 95 % interval"),
            Column("n", "integer", "turns that all these coders read"),
            blank("prevalence", "number", "share of codings that carry the code, over coders and turns"),
            blank(
                "resampled",
                "text",
                "what the interval resamples: meetings, turns in blocks, networks, units, or nothing",
            ),
            blank("note", "text", "why a value is undefined, or what the interval does not cover"),
        ),
    ),
    Table(
        "turns",
        "Talk as it may be published: actors by id, pseudonyms in the text.",
        (
            ACTIVITY,
            TURN,
            Column("position", "integer", "1-based order in the activity"),
            blank("actor", "text", "actor id; blank where the speaker is unknown or ambiguous, and in notes"),
            blank("start_s", "number", "start from the beginning of the recording", "s"),
            blank("end_s", "number", "end from the beginning of the recording", "s"),
            blank("text", "text", "what was said, with pseudonyms"),
        ),
        ("activity", "turn"),
    ),
)
