"""What a case folder holds."""

from __future__ import annotations

from nicmethods.tables.columns import ACTIVITY, ACTOR, CODE, DOMAINS, RATED, TURN, WAVE
from nicmethods.tables.declare import Column, Table, blank, named, optional

__all__ = ["CASE_TABLES"]

CASE_TABLES = named(
    Table(
        "roster",
        "Who belongs to the network: the population, whether they tie, speak or neither.",
        (
            Column("actor", "text", "id of the person, unique; used everywhere instead of the name"),
            optional("name", "text", "full name; never leaves the case folder"),
            optional("site", "text", "school, office or other site; case.yml may name another column"),
            optional("role", "text", "role, as grouped into hub and member; case.yml may name another column"),
            optional("level", "text", "level of the system (school, district, state)"),
            optional("joined", "date", "first day in the network; blank: from the start"),
            optional("left", "date", "last day in the network; blank: still there"),
        ),
        ("actor",),
        open_ended=True,
    ),
    Table(
        "ties",
        "Who names whom in a survey wave: source reports target.",
        (
            WAVE,
            Column("source", "text", "actor who answers"),
            Column("target", "text", "actor who is named"),
            blank("weight", "number", "reported value; 0 is 'none', blank is 'not reported'", "scale points", least=0),
            optional("relation", "text", "relation; may be left out where case.yml has one"),
        ),
        ("relation", "wave", "source", "target"),
    ),
    Table(
        "responses",
        "Who answered in a wave.",
        (
            WAVE,
            ACTOR,
            Column("responded", "flag", "whether the person answered (yes/no, true/false, 1/0)"),
            optional("relation", "text", "relation; blank: all"),
        ),
        ("relation", "wave", "actor"),
    ),
    Table(
        "activities",
        "What the network did together.",
        (
            Column("activity", "text", "id of the activity, unique"),
            optional("date", "date", "day it took place"),
            optional("title", "text", "title"),
            Column("kind", "text", "kind of activity", among=("meeting", "notes", "interview", "chat")),
            optional("cycle", "text", "improvement (PDSA) cycle"),
            optional("phase", "text", "phase of the cycle"),
            optional("transcript", "text", "file in transcripts/; without it: the file named like the activity"),
            optional("chat", "text", "Zoom's chat, a file in transcripts/; without it: `<activity>.chat.txt`"),
            optional(
                "chat_ahead_s", "number", "how far the chat's clock is ahead of the recording's; blank: unknown", "s"
            ),
            optional(
                "participants",
                "text",
                "Zoom's participant report, a file in transcripts/; without it: `<activity>.participants.csv`",
            ),
        ),
        ("activity",),
    ),
    Table(
        "attendance",
        "Who was there.",
        (ACTIVITY, ACTOR, optional("minutes", "number", "time present", "minutes", least=0)),
        ("activity", "actor"),
    ),
    Table(
        "people",
        "Spellings in transcripts, and whom they mean; ? leaves a spelling open.",
        (Column("alias", "text", "speaker name as a transcript writes it"), Column("actor", "text", "actor id, or ?")),
    ),
    Table(
        "codings",
        "One person's codings of turns.",
        (
            ACTIVITY,
            TURN,
            optional("start_char", "integer", "first character coded, from 0; blank: the whole turn", "code points"),
            optional("end_char", "integer", "end of the span, exclusive", "code points"),
            CODE,
            optional("addressee", "text", "actor spoken to"),
            optional("reply_to", "text", "turn that this one answers"),
            optional("seeker", "text", "actor who asks for help"),
            optional("helper", "text", "actor who gives help"),
            optional("memo", "text", "coder's memo"),
        ),
    ),
    Table(
        "adjudicated",
        "Disagreements between coders, settled by people (codings/adjudicated.csv); no coder's file is touched.",
        (
            ACTIVITY,
            TURN,
            CODE,
            Column("present", "flag", "whether the turn carries the code"),
            Column("by", "text", "who decided"),
            Column("decided", "date", "when"),
            Column("reason", "text", "why"),
            optional("addressee", "text", "actor spoken to; blank: as the coders have it"),
            optional("reply_to", "text", "turn that this one answers; blank: as the coders have it"),
            optional("seeker", "text", "actor who asks for help; blank: as the coders have it"),
            optional("helper", "text", "actor who gives help; blank: as the coders have it"),
        ),
        ("activity", "turn", "code"),
    ),
    Table(
        "coverage",
        "What each coder read.",
        (
            Column("coder", "text", "coder, as in the file name codings/<coder>.csv"),
            ACTIVITY,
            optional("codebook", "text", "codebook used"),
            optional("first_turn", "text", "first turn read; blank: from the start"),
            optional("last_turn", "text", "last turn read; blank: to the end"),
        ),
    ),
    Table(
        "ledger",
        "The researchers' verdicts: written by people only.",
        (
            Column("subject", "text", "proposition id, or dyad as from_wave/to_wave/a/b"),
            Column("researcher", "text", "who decided"),
            blank("verdict", "text", "researcher's verdict"),
            blank("meta_inference", "text", "what both strands mean together"),
            blank("reason", "text", "why"),
            blank(
                "evidence", "text", "ids of turns (activity/turn), ties (wave/source/target), or numbers, joined by ;"
            ),
            optional("decided", "date", "when"),
        ),
    ),
    Table(
        "ratings",
        "How far people judge networks to be developed (`data/ratings.csv`, beside the cases): one table a study.",
        (
            Column("case", "text", "network, named as its case folder where there is one"),
            Column("year", "integer", "year rated"),
            Column("domain", "text", "domain of network health; overall: the network as a whole", among=DOMAINS),
            blank("level", "text", "level of development, lowest first; blank: not rated", among=RATED),
            Column("rater", "text", "who rated"),
            optional("evidence", "text", "what the rating rests on"),
            optional("focus", "text", "problem of practice that the network works on"),
        ),
        ("case", "year", "domain", "rater"),
    ),
)
