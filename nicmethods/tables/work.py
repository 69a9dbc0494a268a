"""What the library makes of a case folder, and passes between rooms."""

from __future__ import annotations

from nicmethods.tables.columns import ACTIVITY, ACTOR, CODE, RELATION, TURN, WAVE
from nicmethods.tables.declare import Column, Table, blank, named, optional

__all__ = ["WORK_TABLES"]

WORK_TABLES = named(
    Table(
        "waves",
        "Survey waves in order.",
        (WAVE, blank("opened", "date", "first day"), blank("closed", "date", "last day")),
        ("wave",),
    ),
    Table(
        "relations",
        "Survey questions.",
        (
            RELATION,
            blank("question", "text", "the question as asked"),
            Column("threshold", "number", "least weight that counts as a tie", "scale points"),
            blank("within", "text", "attribute inside which the question was asked; blank: of all"),
            Column("directed", "flag", "whether source and target mean different things"),
        ),
        ("relation",),
    ),
    Table(
        "ties",
        "Reported values. A pair without a row whose source answered is a reported zero; a blank weight is unknown.",
        (
            RELATION,
            WAVE,
            Column("source", "text", "actor who answers"),
            Column("target", "text", "actor who is named"),
            blank("weight", "number", "reported value", "scale points", least=0),
        ),
        ("relation", "wave", "source", "target"),
    ),
    Table(
        "responses",
        "For every relation, wave and actor of the roster, whether the person belonged and answered.",
        (
            RELATION,
            WAVE,
            ACTOR,
            Column("present", "flag", "whether the person belonged to the network in the wave (joined, left)"),
            Column("responded", "flag", "whether the person answered; False if not present"),
            Column("basis", "text", "where that is known from", among=("listed", "inferred")),
        ),
        ("relation", "wave", "actor"),
    ),
    Table(
        "turns",
        "Consecutive talk of one speaker.",
        (
            ACTIVITY,
            TURN,
            Column("position", "integer", "1-based order in the activity"),
            blank("speaker", "text", "speaker as the transcript writes it; private"),
            blank("actor", "text", "actor id; blank where the speaker is unknown or ambiguous, and in notes"),
            blank("start_s", "number", "start from the beginning of the recording", "s"),
            blank("end_s", "number", "end from the beginning of the recording", "s"),
            Column("text", "text", "what was said; may be empty"),
            blank("cues", "text", "cue numbers joined by a blank, so that turns go back to vtt"),
            optional("quoted_turn", "text", "turn that a chat message says it replies to"),
        ),
        ("activity", "turn"),
    ),
    Table(
        "attendance",
        "Who was there, and how that is known.",
        (
            ACTIVITY,
            ACTOR,
            blank("minutes", "number", "time present", "minutes"),
            Column("basis", "text", "where that is known from", among=("listed", "spoke")),
        ),
        ("activity", "actor"),
    ),
    Table(
        "codings",
        "All coders' codings, one row a code on a turn or a span of it.",
        (
            Column("coder", "text", "who coded"),
            ACTIVITY,
            TURN,
            blank("start_char", "integer", "first character coded; blank: the whole turn", "code points"),
            blank("end_char", "integer", "end of the span, exclusive", "code points"),
            CODE,
            blank("addressee", "text", "actor spoken to"),
            blank("reply_to", "text", "turn that this one answers"),
            blank("seeker", "text", "actor who asks for help"),
            blank("helper", "text", "actor who gives help"),
            blank("memo", "text", "coder's memo"),
        ),
    ),
    Table(
        "coverage",
        "What each coder read, as positions.",
        (
            Column("coder", "text", "who coded"),
            ACTIVITY,
            blank("codebook", "text", "codebook used"),
            Column("first_position", "integer", "first turn read"),
            Column("last_position", "integer", "last turn read"),
            Column("basis", "text", "where that is known from", among=("listed", "inferred")),
        ),
    ),
    Table(
        "suggestions",
        "Machine-suggested codes; never a coding until a person accepts one.",
        (
            ACTIVITY,
            TURN,
            CODE,
            Column("score", "number", "strength of the suggestion, from 0 to 1"),
            Column("layer", "text", "what suggested it", among=("rules", "starting", "trained")),
            Column("basis", "text", "what it rests on: words matched, or the features that weighed most"),
            Column("status", "text", "what became of it", among=("open", "accepted", "refused")),
            blank("by", "text", "who decided"),
        ),
    ),
    Table(
        "links",
        "Which earlier turn each turn answers.",
        (
            ACTIVITY,
            TURN,
            Column("reply_to", "text", "turn answered"),
            Column("score", "number", "strength of the link, from 0 to 1"),
            Column("basis", "text", "what it rests on", among=("coded", "named", "answered", "adjacent")),
        ),
        ("activity", "turn"),
    ),
)
