"""What a run leaves across cases, and of the batch itself."""

from __future__ import annotations

from nicmethods.case.tables.columns import DOMAINS, MEASURE, RATED, TRAJECTORIES
from nicmethods.case.tables.declare import Column, Table, blank, named

__all__ = ["ACROSS_TABLES"]

ACROSS_TABLES = named(
    Table(
        "numbers",
        "Every number a page may quote (numbers.json).",
        (
            Column("id", "text", "stable id"),
            blank("value", "number", "value; blank is undefined"),
            blank("low", "number", "lower end of the interval"),
            blank("high", "number", "upper end of the interval"),
            blank("p", "number", "p"),
            blank("n", "integer", "n behind it"),
            blank("unit", "text", "unit"),
            blank("table", "text", "table it stands in"),
            blank("row", "text", "row of that table"),
        ),
        ("id",),
    ),
    Table(
        "comparison",
        "One value a case and measure, across cases.",
        (
            Column("case", "text", "case"),
            MEASURE,
            blank("wave", "text", "wave of the value; blank: over all waves or activities"),
            blank("value", "number", "value; blank is not known"),
            blank("low", "number", "lower end of the 95 % interval"),
            blank("high", "number", "upper end of the 95 % interval"),
            blank("expected", "number", "value expected by chance in a network of this size and density"),
            blank("n", "integer", "pairs, ties or activities behind the value"),
            blank("rank", "integer", "place among the cases, the largest value first"),
            blank("note", "text", "why there is no value"),
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
            blank("seconds", "number", "time taken", "s"),
            blank("error", "text", "cell and error in a line"),
        ),
        ("case", "notebook"),
    ),
    Table(
        "trajectories",
        "What became of a network's level of development over the years, named by the rule in docs/definitions.md.",
        (
            Column("case", "text", "network"),
            Column("domain", "text", "domain of network health", among=DOMAINS),
            blank("focus", "text", "problem of practice"),
            blank("first_year", "integer", "first year with a rating"),
            blank("last_year", "integer", "last year with a rating"),
            Column("n_rated", "integer", "years with a rating"),
            Column(
                "n_gaps", "integer", "years between the first and the last that others were rated in and this was not"
            ),
            blank("levels", "text", "year and level, in order, joined by ;"),
            blank("development", "text", "level in the last year rated", among=RATED),
            Column("trajectory", "text", "name of the pattern", among=TRAJECTORIES),
        ),
        ("case", "domain"),
    ),
    Table(
        "health",
        "What a case's data say on each domain of network health, beside how people rated it.",
        (
            Column("case", "text", "case"),
            Column("domain", "text", "domain of network health", among=DOMAINS),
            MEASURE,
            Column("what", "text", "the measure in words"),
            blank("by", "text", "wave, cycle and phase, or code; blank: over all waves or activities"),
            blank("value", "number", "value; blank is not known"),
            blank("low", "number", "lower end of the 95 % interval"),
            blank("high", "number", "upper end of the 95 % interval"),
            blank("expected", "number", "value expected by chance, for a network of this size and make-up"),
            blank("n", "integer", "ties, events, people or activities behind the value"),
            blank("rated", "text", "level of the domain in the last year rated, from ratings.csv", among=RATED),
            blank("rated_year", "integer", "that year"),
            blank("note", "text", "why there is no value"),
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
            blank("n_ties", "integer", "ties reported from the one to the other; blank without a survey"),
            blank("n_dyads", "integer", "usable ordered pairs"),
            blank("density", "number", "n_ties / n_dyads"),
            blank("expected", "number", "ties expected if ties ignored groups"),
            blank("n_help", "integer", "times the target group helped the source group; blank where nobody coded"),
        ),
        ("case", "by", "source_group", "target_group"),
    ),
    Table(
        "pooled",
        "One value over all cases: random effects, from five cases on.",
        (
            MEASURE,
            Column("k", "integer", "cases with a value and an interval"),
            blank("estimate", "number", "mean over cases like these"),
            blank("low", "number", "lower end of its 95 % interval (Hartung-Knapp)"),
            blank("high", "number", "upper end of its 95 % interval"),
            blank("predicted_low", "number", "lower end of the 95 % prediction interval for one more case"),
            blank("predicted_high", "number", "upper end of the 95 % prediction interval"),
            blank("tau2", "number", "variance between cases (Paule-Mandel)"),
            blank("tau2_low", "number", "lower end of its 95 % interval (Q profile)"),
            blank("tau2_high", "number", "upper end of its 95 % interval"),
            blank("i2", "number", "share of the variance of values that lies between cases"),
            blank("q", "number", "Cochran's Q"),
            blank("q_p", "number", "its p on k - 1 degrees of freedom"),
            blank("note", "text", "why there is no estimate"),
        ),
        ("measure",),
    ),
)
