"""Every table of the project, declared once: column, type, unit, meaning.

Three kinds: what a case folder holds (:data:`CASE_TABLES`), what the library makes of it (:data:`WORK_TABLES`), and what
a run leaves (:data:`RUN_TABLES`). ``nicmethods new`` writes headers from here, ``load_case`` checks against it, and
``docs/tables.md`` is generated from it (``make tables``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa

__all__ = ["CASE_TABLES", "RUN_TABLES", "WORK_TABLES", "Column", "Table", "empty", "guide"]

Kind = Literal["text", "number", "integer", "flag", "date"]

_DTYPE: dict[Kind, str] = {
    "text": "str",
    "number": "float64",
    "integer": "Int64",
    "flag": "boolean",
    "date": "datetime64[us]",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, kind, meaning and unit, whether the file must have it and whether cells may be blank."""

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = True
    blank: bool = False
    among: tuple[str, ...] = ()
    least: float | None = None

    @property
    def dtype(self) -> str:
        """The pandas dtype of the column."""
        return _DTYPE[self.kind]


@dataclass(frozen=True)
class Table:
    """One table: its columns, the columns that identify a row, and whether other columns are allowed."""

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    open_ended: bool = field(default=False)

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [column.name for column in self.columns]

    def __getitem__(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def schema(self) -> pa.DataFrameSchema:
        """The table as a pandera schema; lazy validation gives every fault at once."""
        import pandera.pandas as pa

        def checks(column: Column) -> list[Any]:
            found: list[Any] = []
            if column.among:
                found.append(pa.Check.isin(column.among, error=f"must be one of: {', '.join(column.among)}"))
            if column.least is not None:
                found.append(pa.Check.ge(column.least, error=f"must be {column.least:g} or more"))
            return found

        columns = {
            column.name: pa.Column(
                column.dtype,
                checks=checks(column),
                nullable=column.blank,
                required=column.required,
                description=column.meaning,
                metadata={"unit": column.unit},
            )
            for column in self.columns
        }
        return pa.DataFrameSchema(
            columns,
            name=self.name,
            description=self.meaning,
            strict=not self.open_ended,
            unique=list(self.key) or None,
        )


def empty(table: Table) -> pd.DataFrame:
    """A table without rows, with every column in its type."""
    import pandas as pd

    return pd.DataFrame({column.name: pd.Series(dtype=column.dtype) for column in table.columns})


def guide(table: Table, *, heading: str = "") -> str:
    """Describe a table in Markdown: what it is, and a row for each column.

    Parameters
    ----------
    table
        The table.
    heading
        Its heading; empty: its name.
    """
    rows = []
    for column in table.columns:
        notes = [
            column.meaning,
            f"[{column.unit}]" if column.unit else "",
            f"one of: {', '.join(column.among)}" if column.among else "",
        ]
        mark = "" if column.required and not column.blank else "may be blank" if column.required else "may be left out"
        rows.append(f"| `{column.name}` | {column.kind} | {mark} | {' '.join(filter(None, notes))} |")
    key = f" One row a {', '.join(table.key)}." if table.key else ""
    head = f"## {heading or table.name}\n\n{table.meaning}{key}\n\n| column | kind | | meaning |\n| --- | --- | --- | --- |\n"
    return head + "\n".join(rows) + "\n"


def _named(*tables: Table) -> dict[str, Table]:
    return {table.name: table for table in tables}


_ACTOR = Column("actor", "text", "actor id, from roster.csv")
_WAVE = Column("wave", "text", "wave id, from case.yml")
_RELATION = Column("relation", "text", "relation (survey question), from case.yml")
_ACTIVITY = Column("activity", "text", "activity id, from activities.csv")
_TURN = Column("turn", "text", "turn id: 1-based number in the activity, or the csv's own id")
_CODE = Column("code", "text", "code id, from the codebook")
_FROM = Column("from_wave", "text", "earlier wave")
_TO = Column("to_wave", "text", "later wave")
_THRESHOLD_FROM = Column(
    "threshold_from", "number", "the earlier wave's threshold; `threshold` is the later wave's", "scale points"
)
_THRESHOLD = Column("threshold", "number", "least weight that counts as a tie", "scale points")
_POLICY = Column("policy", "text", "missing-data policy", among=("observed", "reconstruct", "zero"))
_MEASURE = Column("measure", "text", "name of the measure, as in docs/definitions.md")
_BY = Column("by", "text", "attribute, category or parameter of the measure; empty where it has none", blank=True)

_CHANGE = ("created", "strengthened", "kept", "weakened", "dissolved", "absent", "not_observable")
_VERDICTS = (
    "agreement",
    "partial_agreement",
    "dissonance",
    "silence_talk",
    "silence_survey",
    "not_observable",
    "agreement_on_absence",
)
_OUTSIDE = ("during", "before", "after", "undated", "unplaced")
_RATED = ("Least", "Dev (Low)", "Dev (Mid)", "Dev (High)", "Most")
_DOMAINS = (
    "overall",
    "hub_leadership",
    "roles_and_engagement",
    "continuous_improvement",
    "connections",
    "culture",
    "contexts",
)
_TRAJECTORIES = ("Much improved", "Improved", "Consistent Strength", "Stagnant", "Declined", "not named")


def _optional(name: str, kind: Kind, meaning: str, unit: str = "", **more: Any) -> Column:
    return Column(name, kind, meaning, unit, required=False, blank=True, **more)


def _blank(name: str, kind: Kind, meaning: str, unit: str = "", **more: Any) -> Column:
    return Column(name, kind, meaning, unit, blank=True, **more)


_THRESHOLD_OR_NONE = _blank(
    "threshold", "number", "least weight that counts as a tie; blank without a survey", "scale points"
)

CASE_TABLES = _named(
    Table(
        "roster",
        "Who belongs to the network: the population, whether they tie, speak or neither.",
        (
            Column("actor", "text", "id of the person, unique; used everywhere instead of the name"),
            _optional("name", "text", "full name; never leaves the case folder"),
            _optional("site", "text", "school, office or other site; case.yml may name another column"),
            _optional("role", "text", "role, as grouped into hub and member; case.yml may name another column"),
            _optional("level", "text", "level of the system (school, district, state)"),
            _optional("joined", "date", "first day in the network; blank: from the start"),
            _optional("left", "date", "last day in the network; blank: still there"),
        ),
        ("actor",),
        open_ended=True,
    ),
    Table(
        "ties",
        "Who names whom in a survey wave: source reports target.",
        (
            _WAVE,
            Column("source", "text", "actor who answers"),
            Column("target", "text", "actor who is named"),
            _blank("weight", "number", "reported value; 0 is 'none', blank is 'not reported'", "scale points", least=0),
            _optional("relation", "text", "relation; may be left out where case.yml has one"),
        ),
        ("relation", "wave", "source", "target"),
    ),
    Table(
        "responses",
        "Who answered in a wave.",
        (
            _WAVE,
            _ACTOR,
            Column("responded", "flag", "whether the person answered (yes/no, true/false, 1/0)"),
            _optional("relation", "text", "relation; blank: all"),
        ),
        ("relation", "wave", "actor"),
    ),
    Table(
        "activities",
        "What the network did together.",
        (
            Column("activity", "text", "id of the activity, unique"),
            _optional("date", "date", "day it took place"),
            _optional("title", "text", "title"),
            Column("kind", "text", "kind of activity", among=("meeting", "notes", "interview", "chat")),
            _optional("cycle", "text", "improvement (PDSA) cycle"),
            _optional("phase", "text", "phase of the cycle"),
            _optional("transcript", "text", "file in transcripts/; without it: the file named like the activity"),
            _optional("chat", "text", "Zoom's chat, a file in transcripts/; without it: `<activity>.chat.txt`"),
            _optional(
                "chat_ahead_s", "number", "how far the chat's clock is ahead of the recording's; blank: unknown", "s"
            ),
            _optional(
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
        (_ACTIVITY, _ACTOR, _optional("minutes", "number", "time present", "minutes", least=0)),
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
            _ACTIVITY,
            _TURN,
            _optional("start_char", "integer", "first character coded, from 0; blank: the whole turn", "code points"),
            _optional("end_char", "integer", "end of the span, exclusive", "code points"),
            _CODE,
            _optional("addressee", "text", "actor spoken to"),
            _optional("reply_to", "text", "turn that this one answers"),
            _optional("seeker", "text", "actor who asks for help"),
            _optional("helper", "text", "actor who gives help"),
            _optional("memo", "text", "coder's memo"),
        ),
    ),
    Table(
        "adjudicated",
        "Disagreements between coders, settled by people (codings/adjudicated.csv); no coder's file is touched.",
        (
            _ACTIVITY,
            _TURN,
            _CODE,
            Column("present", "flag", "whether the turn carries the code"),
            Column("by", "text", "who decided"),
            Column("decided", "date", "when"),
            Column("reason", "text", "why"),
            _optional("addressee", "text", "actor spoken to; blank: as the coders have it"),
            _optional("reply_to", "text", "turn that this one answers; blank: as the coders have it"),
            _optional("seeker", "text", "actor who asks for help; blank: as the coders have it"),
            _optional("helper", "text", "actor who gives help; blank: as the coders have it"),
        ),
        ("activity", "turn", "code"),
    ),
    Table(
        "coverage",
        "What each coder read.",
        (
            Column("coder", "text", "coder, as in the file name codings/<coder>.csv"),
            _ACTIVITY,
            _optional("codebook", "text", "codebook used"),
            _optional("first_turn", "text", "first turn read; blank: from the start"),
            _optional("last_turn", "text", "last turn read; blank: to the end"),
        ),
    ),
    Table(
        "ledger",
        "The researchers' verdicts: written by people only.",
        (
            Column("subject", "text", "proposition id, or dyad as from_wave/to_wave/a/b"),
            Column("researcher", "text", "who decided"),
            _blank("verdict", "text", "researcher's verdict"),
            _blank("meta_inference", "text", "what both strands mean together"),
            _blank("reason", "text", "why"),
            _blank(
                "evidence", "text", "ids of turns (activity/turn), ties (wave/source/target), or numbers, joined by ;"
            ),
            _optional("decided", "date", "when"),
        ),
    ),
    Table(
        "ratings",
        "How far people judge networks to be developed (`data/ratings.csv`, beside the cases): one table a study.",
        (
            Column("case", "text", "network, named as its case folder where there is one"),
            Column("year", "integer", "year rated"),
            Column("domain", "text", "domain of network health; overall: the network as a whole", among=_DOMAINS),
            _blank("level", "text", "level of development, lowest first; blank: not rated", among=_RATED),
            Column("rater", "text", "who rated"),
            _optional("evidence", "text", "what the rating rests on"),
            _optional("focus", "text", "problem of practice that the network works on"),
        ),
        ("case", "year", "domain", "rater"),
    ),
)

WORK_TABLES = _named(
    Table(
        "waves",
        "Survey waves in order.",
        (_WAVE, _blank("opened", "date", "first day"), _blank("closed", "date", "last day")),
        ("wave",),
    ),
    Table(
        "relations",
        "Survey questions.",
        (
            _RELATION,
            _blank("question", "text", "the question as asked"),
            Column("threshold", "number", "least weight that counts as a tie", "scale points"),
            _blank("within", "text", "attribute inside which the question was asked; blank: of all"),
            Column("directed", "flag", "whether source and target mean different things"),
        ),
        ("relation",),
    ),
    Table(
        "ties",
        "Reported values. A pair without a row whose source answered is a reported zero; a blank weight is unknown.",
        (
            _RELATION,
            _WAVE,
            Column("source", "text", "actor who answers"),
            Column("target", "text", "actor who is named"),
            _blank("weight", "number", "reported value", "scale points", least=0),
        ),
        ("relation", "wave", "source", "target"),
    ),
    Table(
        "responses",
        "For every relation, wave and actor of the roster, whether the person belonged and answered.",
        (
            _RELATION,
            _WAVE,
            _ACTOR,
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
            _ACTIVITY,
            _TURN,
            Column("position", "integer", "1-based order in the activity"),
            _blank("speaker", "text", "speaker as the transcript writes it; private"),
            _blank("actor", "text", "actor id; blank where the speaker is unknown or ambiguous, and in notes"),
            _blank("start_s", "number", "start from the beginning of the recording", "s"),
            _blank("end_s", "number", "end from the beginning of the recording", "s"),
            Column("text", "text", "what was said; may be empty"),
            _blank("cues", "text", "cue numbers joined by a blank, so that turns go back to vtt"),
            _optional("quoted_turn", "text", "turn that a chat message says it replies to"),
        ),
        ("activity", "turn"),
    ),
    Table(
        "attendance",
        "Who was there, and how that is known.",
        (
            _ACTIVITY,
            _ACTOR,
            _blank("minutes", "number", "time present", "minutes"),
            Column("basis", "text", "where that is known from", among=("listed", "spoke")),
        ),
        ("activity", "actor"),
    ),
    Table(
        "codings",
        "All coders' codings, one row a code on a turn or a span of it.",
        (
            Column("coder", "text", "who coded"),
            _ACTIVITY,
            _TURN,
            _blank("start_char", "integer", "first character coded; blank: the whole turn", "code points"),
            _blank("end_char", "integer", "end of the span, exclusive", "code points"),
            _CODE,
            _blank("addressee", "text", "actor spoken to"),
            _blank("reply_to", "text", "turn that this one answers"),
            _blank("seeker", "text", "actor who asks for help"),
            _blank("helper", "text", "actor who gives help"),
            _blank("memo", "text", "coder's memo"),
        ),
    ),
    Table(
        "coverage",
        "What each coder read, as positions.",
        (
            Column("coder", "text", "who coded"),
            _ACTIVITY,
            _blank("codebook", "text", "codebook used"),
            Column("first_position", "integer", "first turn read"),
            Column("last_position", "integer", "last turn read"),
            Column("basis", "text", "where that is known from", among=("listed", "inferred")),
        ),
    ),
    Table(
        "suggestions",
        "Machine-suggested codes; never a coding until a person accepts one.",
        (
            _ACTIVITY,
            _TURN,
            _CODE,
            Column("score", "number", "strength of the suggestion, from 0 to 1"),
            Column("layer", "text", "what suggested it", among=("rules", "starting", "trained")),
            Column("basis", "text", "what it rests on: words matched, or the features that weighed most"),
            Column("status", "text", "what became of it", among=("open", "accepted", "refused")),
            _blank("by", "text", "who decided"),
        ),
    ),
    Table(
        "links",
        "Which earlier turn each turn answers.",
        (
            _ACTIVITY,
            _TURN,
            Column("reply_to", "text", "turn answered"),
            Column("score", "number", "strength of the link, from 0 to 1"),
            Column("basis", "text", "what it rests on", among=("coded", "named", "answered", "adjacent")),
        ),
        ("activity", "turn"),
    ),
)

RUN_TABLES = _named(
    Table(
        "events",
        "Help events and shared-practice events. A help request without an answer has no helper unless a coder names one.",
        (
            Column("event", "text", "id: activity/turn/number, stable across runs"),
            _ACTIVITY,
            _blank(
                "time_s",
                "number",
                "start of the turn that carries it: the request, or the response or shared practice",
                "s",
            ),
            Column("kind", "text", "kind", among=("help_request", "help_given", "shared_practice")),
            _blank("seeker", "text", "actor who asks or is helped; for shared practice the actor addressed, if known"),
            _blank(
                "helper", "text", "actor who helps, or who shares practice; for a request the actor asked, if known"
            ),
            _blank("request_turn", "text", "turn of the request"),
            _blank("response_turn", "text", "turn of the response or of the shared practice"),
            Column(
                "basis", "text", "how the pair is known", among=("coded", "named", "answered", "adjacent", "unknown")
            ),
            Column("source", "text", "coder, 'adjudicated', or 'suggestions' (machine-suggested, not reviewed)"),
        ),
        ("event",),
    ),
    Table(
        "network_measures",
        "One value a wave and measure.",
        (
            _WAVE,
            _RELATION,
            _MEASURE,
            _BY,
            _blank("value", "number", "value; blank is undefined"),
            _blank("expected", "number", "value expected by chance (see docs/definitions.md)"),
            _blank("low", "number", "lower end of the 95 % interval"),
            _blank("high", "number", "upper end of the 95 % interval"),
            _blank("p", "number", "permutation p, two-sided, (b+1)/(m+1)"),
            _blank("n_dyads", "integer", "usable ordered pairs behind the value"),
            _THRESHOLD,
            _POLICY,
            _blank("note", "text", "why a value is undefined, or how it was approximated"),
        ),
    ),
    Table(
        "readings",
        "Measures under both readings of silence, where nobody kept a list of who answered.",
        (
            _RELATION,
            _WAVE,
            _MEASURE,
            _BY,
            _blank("not_answered", "number", "value if whoever names nobody did not answer (used everywhere else)"),
            _blank("answered_none", "number", "value if they answered that they turn to nobody"),
        ),
    ),
    Table(
        "actor_measures",
        "One value a wave, actor and measure.",
        (
            _WAVE,
            _RELATION,
            _ACTOR,
            _MEASURE,
            _BY,
            _blank("value", "number", "value; blank is undefined"),
            _THRESHOLD,
            _POLICY,
        ),
    ),
    Table(
        "mixing",
        "Ties from group to group.",
        (
            _WAVE,
            _RELATION,
            Column("by", "text", "attribute of the groups"),
            Column("source_group", "text", "group that names"),
            Column("target_group", "text", "group that is named"),
            Column("n_ties", "integer", "ties"),
            Column("n_dyads", "integer", "usable ordered pairs"),
            _blank("density", "number", "n_ties / n_dyads"),
            _blank(
                "expected",
                "number",
                "ties expected if ties ignored groups: usable pairs of the cell times overall density",
            ),
            _blank("p", "number", "permutation p, two-sided, (b+1)/(m+1)"),
            _blank("p_adjusted", "number", "p by Holm within the wave and grouping"),
            _THRESHOLD,
            _POLICY,
        ),
    ),
    Table(
        "change",
        "What became of ties between two waves, counted.",
        (
            _FROM,
            _TO,
            _RELATION,
            Column("scope", "text", "all, within, across (site), or a role pair 'role > role'"),
            Column("kind", "text", "what happened", among=(*_CHANGE, "joiner", "leaver")),
            Column("n", "integer", "ordered pairs"),
            _THRESHOLD_FROM,
            _THRESHOLD,
            _POLICY,
        ),
    ),
    Table(
        "dyad_change",
        "What became of each ordered pair between two waves; pairs that are 'absent' in both are left out of the file only.",
        (
            _FROM,
            _TO,
            _RELATION,
            Column("source", "text", "actor who answers"),
            Column("target", "text", "actor who is named"),
            _blank("weight_from", "number", "reported value in the earlier wave; blank: not reported", "scale points"),
            _blank("weight_to", "number", "reported value in the later wave; blank: not reported", "scale points"),
            Column("kind", "text", "what happened", among=_CHANGE),
            _blank("reason", "text", "why not observable: no_answer, joiner, leaver, not_asked, blank_cell"),
            _blank("scope", "text", "within or across site; blank where a site is unknown"),
            _blank("role_pair", "text", "'role > role'; blank where a role is unknown"),
            _THRESHOLD_FROM,
            _THRESHOLD,
            _POLICY,
        ),
        ("from_wave", "to_wave", "relation", "source", "target"),
    ),
    Table(
        "qap",
        "Correlations and regressions of whole relations, tested by relabelling people.",
        (
            Column("from_wave", "text", "earlier wave; the same as to_wave where one wave is correlated with groups"),
            _TO,
            _RELATION,
            Column("model", "text", "correlation (QAP) or regression (MRQAP)", among=("correlation", "mrqap_linear")),
            Column("term", "text", "what the ties of to_wave are held against: earlier_tie, same_site, …"),
            _blank("value", "number", "correlation, or regression coefficient; blank is undefined"),
            _blank("statistic", "number", "what is tested: the correlation, or t"),
            _blank("expected", "number", "mean of the statistic under permutation"),
            _blank("null_sd", "number", "standard deviation of the statistic under permutation"),
            _blank("p", "number", "permutation p, two-sided, (b+1)/(m+1)"),
            _blank("p_error", "number", "Monte Carlo standard error of p"),
            _blank("p_adjusted", "number", "p by Holm within the wave and model"),
            Column("n_dyads", "integer", "ordered pairs known in every matrix"),
            _THRESHOLD_FROM,
            _THRESHOLD,
            _POLICY,
            _blank("note", "text", "why a test is undefined"),
        ),
    ),
    Table(
        "stergm",
        "Which ties form and which persist between two waves: separable temporal model, exact likelihood.",
        (
            _FROM,
            _TO,
            _RELATION,
            Column("model", "text", "ties absent before, or present before", among=("formation", "persistence")),
            Column("term", "text", "edges, mutual, same_<attribute>"),
            _blank("value", "number", "conditional log odds; blank is undefined"),
            _blank("se", "number", "standard error"),
            _blank("low", "number", "lower end of the 95 % interval"),
            _blank("high", "number", "upper end of the 95 % interval"),
            _blank("p", "number", "Wald p, two-sided"),
            _blank("p_adjusted", "number", "p by Holm over the terms of the model other than edges"),
            Column("n_dyads", "integer", "ordered pairs at risk whose outcome is known"),
            _THRESHOLD_FROM,
            _THRESHOLD,
            _POLICY,
            _blank("note", "text", "why an estimate is undefined"),
        ),
    ),
    Table(
        "dyads",
        "One row per pair (a before b) and interval between waves: survey change, opportunity, coded events, verdict.",
        (
            _FROM,
            _TO,
            _RELATION,
            Column("a", "text", "actor, first of the pair by id"),
            Column("b", "text", "actor, second of the pair by id"),
            _blank("scope", "text", "within or across site"),
            _blank("role_pair", "text", "roles of a and b in alphabetical order, 'role - role'"),
            _blank("weight_ab_from", "number", "a reports b, earlier wave", "scale points"),
            _blank("weight_ab_to", "number", "a reports b, later wave", "scale points"),
            _blank("weight_ba_from", "number", "b reports a, earlier wave", "scale points"),
            _blank("weight_ba_to", "number", "b reports a, later wave", "scale points"),
            Column("change_ab", "text", "what became of a's report of b", among=_CHANGE),
            Column("change_ba", "text", "what became of b's report of a", among=_CHANGE),
            Column("change", "text", "what became of the pair (see docs/definitions.md)", among=_CHANGE),
            _blank("reason", "text", "why the survey could not be observed"),
            _blank("reciprocated_survey", "flag", "both report a tie in the later wave; blank unless both answered"),
            Column("n_together", "integer", "activities of the interval that both attended"),
            _blank("minutes_together", "number", "least of both people's minutes, summed", "minutes"),
            Column("n_together_coded", "integer", "of these, activities with coded talk"),
            Column("n_request_ab", "integer", "times a asked b for help"),
            Column("n_request_ba", "integer", "times b asked a for help"),
            Column("n_help_ab", "integer", "times a helped b"),
            Column("n_help_ba", "integer", "times b helped a"),
            Column("n_shared_ab", "integer", "times a shared practice with b"),
            Column("n_shared_ba", "integer", "times b shared practice with a"),
            Column("reciprocated_talk", "flag", "a helped b and b helped a within the interval"),
            _blank("activities", "text", "activities with an event between them, in order, joined by ;"),
            _blank("events", "text", "events between them, in order, joined by ;"),
            Column("verdict", "text", "proposed verdict", among=_VERDICTS),
            _THRESHOLD_OR_NONE,
            _POLICY,
        ),
        ("from_wave", "to_wave", "relation", "a", "b"),
    ),
    Table(
        "propositions",
        "Each proposition with its evidence in each strand, the proposed verdict and the researchers'.",
        (
            Column("proposition", "text", "id, from codebooks/propositions.yml"),
            Column("statement", "text", "what is claimed"),
            Column("network_evidence", "text", "the network strand in words and numbers"),
            _blank("network_value", "number", "value of the network indicator"),
            _blank("network_low", "number", "lower end of its 95 % interval"),
            _blank("network_high", "number", "upper end of its 95 % interval"),
            _blank("network_reference", "number", "what the value is held against: 0, or what chance would give"),
            _blank("network_p", "number", "its p"),
            _blank("network_n", "integer", "n behind it"),
            Column(
                "network_stance", "text", "what the strand says", among=("supports", "contradicts", "open", "no_data")
            ),
            Column("talk_evidence", "text", "the talk strand in words and numbers"),
            _blank("talk_value", "number", "value of the talk indicator"),
            _blank("talk_low", "number", "lower end of its 95 % interval"),
            _blank("talk_high", "number", "upper end of its 95 % interval"),
            _blank("talk_reference", "number", "what the value is held against: 0, or what chance would give"),
            _blank("talk_n", "integer", "n behind it"),
            Column("talk_stance", "text", "what the strand says", among=("supports", "contradicts", "open", "no_data")),
            _blank("turns", "text", "turns it rests on (activity/turn), joined by ;"),
            _blank("ties", "text", "ties it rests on (from_wave/to_wave/source/target), joined by ;"),
            Column(
                "proposed_verdict",
                "text",
                "verdict by the rule in docs/definitions.md",
                among=("agreement", "partial_agreement", "silence", "dissonance", "open", "no_data"),
            ),
            _blank("researcher_verdict", "text", "from ledger.csv; written by people only"),
            _blank("meta_inference", "text", "from ledger.csv; written by people only"),
        ),
        ("proposition",),
    ),
    Table(
        "agreement",
        "Agreement between coders, per code, with every coefficient and its interval.",
        (
            _CODE,
            Column("coders", "text", "coders compared, joined by ' & '"),
            Column("coefficient", "text", "percent, kappa_cohen, alpha_nominal, ac1_gwet, specific_positive, …"),
            _blank("value", "number", "value; blank is undefined"),
            _blank("low", "number", "lower end of the 95 % interval"),
            _blank("high", "number", "upper end of the 95 % interval"),
            Column("n", "integer", "turns that all these coders read"),
            _blank("prevalence", "number", "share of codings that carry the code, over coders and turns"),
            _blank("resampled", "text", "what the interval resamples: meetings, turns in blocks, or nothing"),
            _blank("note", "text", "why a value is undefined, or what the interval does not cover"),
        ),
    ),
    Table(
        "turns",
        "Talk as it may be published: actors by id, pseudonyms in the text.",
        (
            _ACTIVITY,
            _TURN,
            Column("position", "integer", "1-based order in the activity"),
            _blank("actor", "text", "actor id; blank where the speaker is unknown or ambiguous, and in notes"),
            _blank("start_s", "number", "start from the beginning of the recording", "s"),
            _blank("end_s", "number", "end from the beginning of the recording", "s"),
            _blank("text", "text", "what was said, with pseudonyms"),
        ),
        ("activity", "turn"),
    ),
    Table(
        "numbers",
        "Every number a page may quote (numbers.json).",
        (
            Column("id", "text", "stable id"),
            _blank("value", "number", "value; blank is undefined"),
            _blank("low", "number", "lower end of the interval"),
            _blank("high", "number", "upper end of the interval"),
            _blank("p", "number", "p"),
            _blank("n", "integer", "n behind it"),
            _blank("unit", "text", "unit"),
            _blank("table", "text", "table it stands in"),
            _blank("row", "text", "row of that table"),
        ),
        ("id",),
    ),
    Table(
        "comparison",
        "One value a case and measure, across cases.",
        (
            Column("case", "text", "case"),
            _MEASURE,
            _blank("wave", "text", "wave of the value; blank: over all waves or activities"),
            _blank("value", "number", "value; blank is not known"),
            _blank("low", "number", "lower end of the 95 % interval"),
            _blank("high", "number", "upper end of the 95 % interval"),
            _blank("expected", "number", "value expected by chance in a network of this size and density"),
            _blank("n", "integer", "pairs, ties or activities behind the value"),
            _blank("rank", "integer", "place among the cases, the largest value first"),
            _blank("note", "text", "why there is no value"),
        ),
        ("case", "measure"),
    ),
    Table(
        "manifest",
        "The outcome of a batch (reports/manifest.csv).",
        (
            Column("case", "text", "case"),
            Column("notebook", "text", "notebook, without ending"),
            Column("status", "text", "outcome", among=("ok", "failed", "skipped")),
            _blank("seconds", "number", "time taken", "s"),
            _blank("error", "text", "cell and error in a line"),
        ),
        ("case", "notebook"),
    ),
    Table(
        "activity_placement",
        "Where each activity lies between the surveys.",
        (
            _ACTIVITY,
            _blank("date", "date", "day it took place"),
            Column(
                "placement",
                "text",
                "between two waves, during a survey, before the first, after the last, or not known",
                among=("interval", "during", "before", "after", "undated", "unplaced"),
            ),
            _blank("wave", "text", "survey it fell into"),
            _blank("from_wave", "text", "wave before it"),
            _blank("to_wave", "text", "wave after it"),
        ),
        ("activity",),
    ),
    Table(
        "unplaced_events",
        "Events that count for no pair or no interval, and why.",
        (
            Column("kind", "text", "kind of event"),
            Column("reason", "text", "why", among=("unknown_actor", "same_actor", "no_attendance", *_OUTSIDE)),
            Column("n", "integer", "events"),
        ),
        ("kind", "reason"),
    ),
    Table(
        "convergence",
        "How many pairs have each verdict.",
        (
            _FROM,
            _TO,
            _RELATION,
            Column("by", "text", "what pairs are grouped by", among=("all", "scope", "role_pair")),
            Column("group", "text", "all; within or across site; or the two roles"),
            Column("verdict", "text", "proposed verdict", among=_VERDICTS),
            Column("n", "integer", "pairs"),
            Column("share", "number", "n / pairs of the group"),
            _THRESHOLD_OR_NONE,
            _POLICY,
        ),
        ("from_wave", "to_wave", "relation", "by", "group", "verdict"),
    ),
    Table(
        "attribution",
        "New or stronger ties and the activities that preceded them; a tie that nothing observed preceded has one row.",
        (
            _FROM,
            _TO,
            _RELATION,
            Column("a", "text", "actor, first of the pair by id"),
            Column("b", "text", "actor, second of the pair by id"),
            Column("change", "text", "what became of the pair's tie", among=("created", "strengthened")),
            _blank("activity", "text", "activity of the interval in which the two helped or shared practice"),
            _blank("order", "integer", "1 for the first such activity of the interval"),
            Column("n_help", "integer", "times one helped the other there"),
            Column("n_shared", "integer", "times one shared practice with the other there"),
            _blank("days_before", "number", "from the activity to the opening of the later survey", "days"),
            _blank(
                "unobserved",
                "text",
                "why nothing was seen to precede: together in coded talk, together but not coded, never together, or "
                "no activity of the interval on record",
                among=("nothing_coded", "not_coded", "never_together", "no_record"),
            ),
            _THRESHOLD_OR_NONE,
            _POLICY,
        ),
    ),
    Table(
        "activity_yield",
        "New or stronger ties that each activity preceded, beside chance among those present.",
        (
            _FROM,
            _TO,
            _RELATION,
            Column("kind", "text", "events counted", among=("any", "help_given", "shared_practice")),
            Column("activity", "text", "activity id; all: the interval as a whole"),
            Column("n_ties", "integer", "new or stronger ties between people who were there"),
            Column("n_pairs", "integer", "pairs with such an event"),
            Column("n_preceded", "integer", "of the ties, those whose pair had such an event"),
            Column("n_first", "integer", "of these, ties whose pair had its first event of the interval there"),
            _blank("share", "number", "n_preceded / n_pairs"),
            _blank("low", "number", "lower end of its 95 % interval, bootstrap over actors"),
            _blank("high", "number", "upper end of its 95 % interval"),
            _blank("expected", "number", "n_preceded expected if events fell on anyone present"),
            _blank("null_low", "number", "lower end of the 95 % range under that null"),
            _blank("null_high", "number", "upper end of the 95 % range under that null"),
            _blank("p", "number", "permutation p, two-sided, (b+1)/(m+1)"),
            _blank("p_holm", "number", "p corrected over the activities of the interval (Holm)"),
            _THRESHOLD_OR_NONE,
            _POLICY,
        ),
        ("from_wave", "to_wave", "relation", "kind", "activity"),
    ),
    Table(
        "pathway",
        "Each pair along the trust pathway: practice shared, then help asked, then help reciprocated.",
        (
            Column("a", "text", "actor, first of the pair by id"),
            Column("b", "text", "actor, second of the pair by id"),
            _blank("scope", "text", "within or across site"),
            _blank("role_pair", "text", "roles of a and b in alphabetical order, 'role - role'"),
            _blank("first_together", "date", "first common attendance, or first event where that was earlier"),
            _blank("last_observed", "date", "last common activity with coded talk"),
            _blank("days_shared_practice", "number", "until practice was shared between the two", "days"),
            _blank("activity_shared_practice", "text", "activity in which that was"),
            _blank("days_help_asked", "number", "until one then asked the other for help", "days"),
            _blank("activity_help_asked", "text", "activity in which that was"),
            _blank("days_help_reciprocated", "number", "until each had then helped the other", "days"),
            _blank("activity_help_reciprocated", "text", "activity in which that was"),
            _blank("days_observed", "number", "from first_together to last_observed", "days"),
            Column("n_reached", "integer", "steps reached in this order, 0 to 3"),
            _blank("sequence", "text", "the three in the order in which they first happened, joined by ' > '"),
        ),
        ("a", "b"),
    ),
    Table(
        "pathway_steps",
        "How many pairs reach each step of the pathway, beside two nulls.",
        (
            Column("by", "text", "what pairs are grouped by", among=("all", "scope", "role_pair")),
            Column("group", "text", "all; within or across site; or the two roles"),
            Column("step", "text", "step", among=("shared_practice", "help_asked", "help_reciprocated")),
            Column("n_pairs", "integer", "pairs that were together, or have an event"),
            Column("n_reached", "integer", "of these, pairs that reached the step"),
            Column("share", "number", "n_reached / n_pairs"),
            _blank("low", "number", "lower end of its 95 % interval, bootstrap over actors"),
            _blank("high", "number", "upper end of its 95 % interval"),
            _blank("median_days", "number", "Kaplan-Meier median; blank where fewer than half get there", "days"),
            _blank("order_expected", "number", "n_reached expected if codes fell on any of the pair's events"),
            _blank("order_low", "number", "lower end of the 95 % range under that null"),
            _blank("order_high", "number", "upper end of the 95 % range under that null"),
            _blank("order_p", "number", "permutation p, two-sided, (b+1)/(m+1)"),
            _blank("present_expected", "number", "n_reached expected if events fell on anyone present"),
            _blank("present_low", "number", "lower end of the 95 % range under that null"),
            _blank("present_high", "number", "upper end of the 95 % range under that null"),
            _blank("present_p", "number", "permutation p, two-sided, (b+1)/(m+1)"),
        ),
        ("by", "group", "step"),
    ),
    Table(
        "pathway_curves",
        "Share of pairs that have reached each step after so many days (1 - Kaplan-Meier).",
        (
            Column("by", "text", "what pairs are grouped by", among=("all", "scope", "role_pair")),
            Column("group", "text", "all; within or across site; or the two roles"),
            Column("step", "text", "step", among=("shared_practice", "help_asked", "help_reciprocated")),
            Column("days", "number", "from the first common attendance", "days"),
            Column("n_at_risk", "integer", "pairs observed so long and not there yet"),
            Column("n_reached", "integer", "pairs that reach the step on this day"),
            Column("reached", "number", "share that has reached the step"),
            _blank("low", "number", "lower end of its 95 % interval, bootstrap over actors"),
            _blank("high", "number", "upper end of its 95 % interval"),
        ),
        ("by", "group", "step", "days"),
    ),
    Table(
        "discordant",
        "Pairs where survey and talk differ or one is silent, dissonance first, with what was said.",
        (
            _FROM,
            _TO,
            _RELATION,
            Column("a", "text", "actor, first of the pair by id"),
            Column("b", "text", "actor, second of the pair by id"),
            _blank("scope", "text", "within or across site"),
            Column("verdict", "text", "proposed verdict", among=_VERDICTS),
            Column("survey", "text", "what each reported of the other, in words"),
            Column("talk", "text", "what was coded between them, in words"),
            _blank("quote", "text", "what was said, from the pair's first help event"),
            _blank("turns", "text", "turns quoted (activity/turn), joined by ;"),
            _THRESHOLD_OR_NONE,
            _POLICY,
        ),
        ("from_wave", "to_wave", "relation", "a", "b"),
    ),
    Table(
        "themes",
        "Joint display, statistics by themes: what was coded between pairs against what became of their ties.",
        (
            _FROM,
            _TO,
            _RELATION,
            Column("theme", "text", "what was coded between the two; a pair counts in every theme it shows"),
            Column("n_pairs", "integer", "pairs"),
            *(Column(change, "integer", f"of these, pairs whose tie is '{change}'") for change in _CHANGE),
            _blank("quote", "text", "an example"),
            _blank("turns", "text", "turns quoted (activity/turn), joined by ;"),
        ),
        ("from_wave", "to_wave", "relation", "theme"),
    ),
    Table(
        "timeline",
        "Surveys and activities in order of time, with what was coded and the ties it preceded.",
        (
            Column("what", "text", "survey or activity", among=("survey", "activity")),
            Column("id", "text", "wave or activity"),
            _blank("from_date", "date", "first day"),
            _blank("to_date", "date", "last day"),
            _blank("title", "text", "title of the activity"),
            _blank("kind", "text", "kind of activity"),
            _blank("placement", "text", "where the activity lies between the surveys"),
            _blank("n_people", "integer", "people who were there"),
            _blank("n_requests", "integer", "help requests; blank where nobody coded"),
            _blank("n_help", "integer", "times help was given; blank where nobody coded"),
            _blank("n_shared", "integer", "times practice was shared; blank where nobody coded"),
            _blank("n_preceded", "integer", "new or stronger ties whose pair helped or shared practice there"),
            _blank("n_first", "integer", "of these, ties whose pair did so there first"),
            _blank("expected", "number", "n_preceded expected if events fell on anyone present"),
        ),
        ("what", "id"),
    ),
    Table(
        "thread",
        "Following a thread: one pair's whole story in order of time.",
        (
            Column("a", "text", "actor, first of the pair by id"),
            Column("b", "text", "actor, second of the pair by id"),
            _blank("date", "date", "day; first day of a survey"),
            Column("what", "text", "what it is", among=("survey", "activity", "event", "verdict")),
            Column("id", "text", "wave/relation, activity, event, or from_wave/to_wave/a/b"),
            Column("said", "text", "what happened, in words"),
            _blank("quote", "text", "what was said"),
            _blank("turns", "text", "turns quoted (activity/turn), joined by ;"),
        ),
    ),
    Table(
        "models",
        "Models of tie change and of help events, one row per term, with a sentence on what it means.",
        (
            Column("model", "text", "model"),
            _blank("from_wave", "text", "earlier wave; blank for models of the whole record"),
            _blank("to_wave", "text", "later wave"),
            _blank("relation", "text", "relation (survey question)"),
            Column("term", "text", "term, or null_deviance and deviance (-2 log likelihood)"),
            _blank("estimate", "number", "estimate; blank is undefined"),
            _blank("se", "number", "standard error"),
            _blank("low", "number", "lower end of the 95 % interval"),
            _blank("high", "number", "upper end of the 95 % interval"),
            _blank("statistic", "number", "t (tie change) or Wald z (events)"),
            _blank("p", "number", "p, two-sided; by permutation for tie change"),
            _blank("n", "integer", "ordered pairs, or events"),
            _blank("note", "text", "why a value is undefined"),
            _blank("reading", "text", "what the estimate means"),
        ),
    ),
    Table(
        "sensitivity",
        "Every verdict under other reasonable choices, one changed at a time; the first setting is the report's own.",
        (
            Column("choice", "text", "what was chosen differently; none: the report's own choices"),
            Column("setting", "text", "how"),
            Column("kind", "text", "what the verdict is on", among=("proposition", "pair")),
            Column("subject", "text", "proposition id, or from_wave/to_wave/a/b"),
            Column("verdict", "text", "verdict proposed under this setting"),
            Column("baseline", "text", "verdict proposed under the report's own choices"),
            Column("is_same", "flag", "whether the two are the same"),
        ),
        ("choice", "setting", "kind", "subject"),
    ),
    Table(
        "robustness",
        "Whether each verdict holds under every choice, or on which it hangs.",
        (
            Column("kind", "text", "what the verdict is on", among=("proposition", "pair")),
            Column("subject", "text", "proposition id, or from_wave/to_wave/a/b"),
            Column("verdict", "text", "verdict proposed under the report's own choices"),
            Column("n_settings", "integer", "settings tried, the report's own included"),
            Column("n_same", "integer", "of these, settings that give this verdict"),
            _blank("hangs_on", "text", "choices that give another: choice, setting and verdict, joined by ;"),
        ),
        ("kind", "subject"),
    ),
    Table(
        "actors",
        "Who is who, by id: what comparisons across cases need to know of people.",
        (
            _ACTOR,
            _blank("site", "text", "school, office or other site"),
            _blank("role", "text", "role"),
            _blank("group", "text", "hub or member, by case.yml", among=("hub", "member")),
            _blank("level", "text", "level of the system (school, district, state)"),
        ),
        ("actor",),
    ),
    Table(
        "trajectories",
        "What became of a network's level of development over the years, named by the rule in docs/definitions.md.",
        (
            Column("case", "text", "network"),
            Column("domain", "text", "domain of network health", among=_DOMAINS),
            _blank("focus", "text", "problem of practice"),
            _blank("first_year", "integer", "first year with a rating"),
            _blank("last_year", "integer", "last year with a rating"),
            Column("n_rated", "integer", "years with a rating"),
            Column(
                "n_gaps", "integer", "years between the first and the last that others were rated in and this was not"
            ),
            _blank("levels", "text", "year and level, in order, joined by ;"),
            _blank("development", "text", "level in the last year rated", among=_RATED),
            Column("trajectory", "text", "name of the pattern", among=_TRAJECTORIES),
        ),
        ("case", "domain"),
    ),
    Table(
        "health",
        "What a case's data say on each domain of network health, beside how people rated it.",
        (
            Column("case", "text", "case"),
            Column("domain", "text", "domain of network health", among=_DOMAINS),
            _MEASURE,
            Column("what", "text", "the measure in words"),
            _blank("by", "text", "wave, cycle and phase, or code; blank: over all waves or activities"),
            _blank("value", "number", "value; blank is not known"),
            _blank("low", "number", "lower end of the 95 % interval"),
            _blank("high", "number", "upper end of the 95 % interval"),
            _blank("expected", "number", "value expected by chance, for a network of this size and make-up"),
            _blank("n", "integer", "ties, events, people or activities behind the value"),
            _blank("rated", "text", "level of the domain in the last year rated, from ratings.csv", among=_RATED),
            _blank("rated_year", "integer", "that year"),
            _blank("note", "text", "why there is no value"),
        ),
        ("case", "domain", "measure", "by"),
    ),
    Table(
        "between_levels",
        "Ties and help from level to level of the system (or between other groups), in each case's last wave.",
        (
            Column("case", "text", "case"),
            Column("by", "text", "attribute of the groups"),
            Column("source_group", "text", "group that turns to others for help"),
            Column("target_group", "text", "group that they turn to"),
            _blank("n_ties", "integer", "ties reported from the one to the other; blank without a survey"),
            _blank("n_dyads", "integer", "usable ordered pairs"),
            _blank("density", "number", "n_ties / n_dyads"),
            _blank("expected", "number", "ties expected if ties ignored groups"),
            _blank("n_help", "integer", "times the target group helped the source group; blank where nobody coded"),
        ),
        ("case", "by", "source_group", "target_group"),
    ),
    Table(
        "pooled",
        "One value over all cases: random effects, from five cases on.",
        (
            _MEASURE,
            Column("k", "integer", "cases with a value and an interval"),
            _blank("estimate", "number", "mean over cases like these"),
            _blank("low", "number", "lower end of its 95 % interval (Hartung-Knapp)"),
            _blank("high", "number", "upper end of its 95 % interval"),
            _blank("predicted_low", "number", "lower end of the 95 % prediction interval for one more case"),
            _blank("predicted_high", "number", "upper end of the 95 % prediction interval"),
            _blank("tau2", "number", "variance between cases (Paule-Mandel)"),
            _blank("tau2_low", "number", "lower end of its 95 % interval (Q profile)"),
            _blank("tau2_high", "number", "upper end of its 95 % interval"),
            _blank("i2", "number", "share of the variance of values that lies between cases"),
            _blank("q", "number", "Cochran's Q"),
            _blank("q_p", "number", "its p on k - 1 degrees of freedom"),
            _blank("note", "text", "why there is no estimate"),
        ),
        ("measure",),
    ),
)
