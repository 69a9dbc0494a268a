"""Propositions held against both strands, in numbers and sentences, none stronger than its evidence; and how often verdicts are wrong."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.joint import pairs
from nicmethods.joint.coincidence import FEWEST, enough, power, visible_odds
from nicmethods.joint.judging import judge
from nicmethods.joint.placement import actor_ids, places
from nicmethods.joint.record import KINDS, TOLD, recorded
from nicmethods.network.permutation import adjusted
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import SUGGESTED, takes
from nicmethods.tables.saying import capital, count_of, p_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nicmethods.case.propositions import Proposition, Propositions
    from nicmethods.joint.coincidence import Coincidence
    from nicmethods.joint.judging import Judgement
    from nicmethods.joint.strands import Choice, Occurrence, TieChange
    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["by_relation", "error_rates", "evaluate_propositions"]

_RISE = {"new": "created", "stronger": "strengthened", "mutual": "created"}
_EXISTS = {"supports": "seen", "silent": "not_seen", "not_observable": "not_observable"}
_CHANGED = {
    "new": ("tie began", "ties began", "ended", "report known in both waves of an interval", "reports known in both waves of an interval"),
    "stronger": ("lasting tie grew stronger", "lasting ties grew stronger", "weaker", "tie in both waves of an interval", "ties in both waves of an interval"),
    "mutual": ("pair came to name each other", "pairs came to name each other", "ceased to", "pair whose reports are known in both waves", "pairs whose reports are known in both waves"),
}  # fmt: skip
_SEEN = {"help": "help", "returned_help": "help both ways", "pathway": "the whole pathway"}
_IF_CODINGS = "Nobody read this talk; were the suggestions codings: "
_ANSWERS = {
    "supports": "yes",
    "some": "yes, there are some",
    "open": "cannot be told from chance",
    "contradicts": "the opposite",
    "silent": "not seen, though it could have been",
    "too_little": "too little to say",
    "not_observable": "not observable",
}
_CHANGES = {"new": "new ties", "stronger": "stronger ties", "mutual": "ties that became mutual"}
_CHANGE = {"new": "a new tie", "stronger": "a stronger tie", "mutual": "a tie that became mutual"}
_EXPECTED = {
    "help": "if meeting and people's totals alone decided",
    "returned_help": "if who asks and who gives alone decided",
    "pathway": "if each pair's events came in any order",
}
_COUNTED = {
    "help": ("pair with help", "pairs with help"),
    "returned_help": ("event that returns help", "events that return help"),
    "pathway": ("pair in this order", "pairs in this order"),
}
_MOST_OF_THE_SMALL = 27


@cache
def _published() -> pd.DataFrame:
    with files("nicmethods.joint").joinpath("calibration/rates.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file)


@takes
def error_rates(survey: Survey) -> pd.DataFrame:
    """Give how often verdicts are wrong in simulated networks of the size of this one, from ``calibration/rates.csv``.

    Parameters
    ----------
    survey
        Only the number of its people counts: up to 27, or more.

    Returns
    -------
    DataFrame
        Run table ``error_rates``. Networks of 21 to 60 people were simulated; outside these sizes the nearest are given.
    """
    size = "21 to 27 people" if len(survey.roster) <= _MOST_OF_THE_SMALL else "33 to 60 people"
    table = _published()
    return conform(table[table["size"] == size], RUN_TABLES["error_rates"])


def by_relation(claims: Propositions, dyads: pd.DataFrame) -> Iterator[tuple[str, Propositions, pd.DataFrame]]:
    """Each survey question with the propositions about it (the first is meant where none is named) and its rows of ``dyads``."""
    first = str(dyads["relation"].iloc[0]) if len(dyads) else ""
    for relation in dict.fromkeys(one.relation or first for one in claims.propositions):
        asked = dyads[dyads["relation"] == relation]
        if len(dyads) and asked.empty:
            known = ", ".join(map(repr, dyads["relation"].unique()))
            raise MeasureError(f"A proposition names the survey question {relation!r}; there are: {known}.")
        these = tuple(one for one in claims.propositions if (one.relation or first) == relation)
        yield relation, claims.model_copy(update={"propositions": these}), asked


@takes
def evaluate_propositions(
    claims: Propositions,
    survey: Survey,
    meetings: Meetings,
    talk: Talk,
    *,
    seed: int,
    ledger: pd.DataFrame | None = None,
    dyads: pd.DataFrame | None = None,
    n_draws: int = 999,
) -> pd.DataFrame:
    """Hold each proposition against both strands and propose a verdict.

    Parameters
    ----------
    claims
        As read by :func:`~nicmethods.case.propositions.load_propositions`.
    survey, meetings, talk
        The case. A proposition speaks of the survey question that it names, else of the first.
    seed, n_draws
        Of the tests of the talk alone; coincidence draws nothing.
    ledger
        The researchers' verdicts; shown, never changed and never filled in.
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`, where it is at hand.

    Returns
    -------
    DataFrame
        ``propositions`` of ``RUN_TABLES``, in the order of the file. ``docs/definitions/joint.md`` has the rule,
        ``docs/calibration.md`` how often it is wrong.

    Raises
    ------
    MeasureError
        If a proposition names a survey question that was not asked.
    """
    said = {} if ledger is None else {str(subject): rows for subject, rows in ledger.groupby("subject", sort=False)}
    rates = error_rates(survey)
    worst = rates[rates["bar"].notna()].groupby("proposition")["wrong_agreement_high"].max()  # of truths held to a bar
    rows: dict[str, dict[str, Any]] = {}
    table = pairs.dyads(survey, meetings, talk) if dyads is None else dyads
    for relation, of_these, asked in by_relation(claims, table):
        record, _ = recorded(asked, survey, meetings, talk)
        found = judge(of_these, record, seed=seed, reviewed=talk.source != SUGGESTED, n_draws=n_draws)
        for one, judged in zip(of_these.propositions, found, strict=True):
            about = record.part(one.pairs)
            row = _row(one, judged) | {
                "relation": relation,
                "wrong_at_most": worst.get(one.id, np.nan) if judged.verdict == "agreement" else np.nan,
                "turns": ";".join(_turns(one, about, asked, talk, survey)) or None,
                "ties": ";".join(_ties(one, about, asked, survey)) or None,
            }
            if one.id in said:
                row["researcher_verdict"] = _said(said[one.id], "verdict")
                row["meta_inference"] = _said(said[one.id], "meta_inference")
            rows[one.id] = row
    made = conform([rows[one.id] for one in claims.propositions], RUN_TABLES["propositions"])
    fewer = [one.together.expect == "fewer" for one in claims.propositions]
    return made.assign(p_holm=adjusted(np.where(fewer, made["p_less"], made["p_more"])))


def _row(one: Proposition, judged: Judgement) -> dict[str, Any]:
    seen, both, tested = judged.occurrence, judged.together, judged.choice
    found = {"survey": judged.survey, "choice": tested, "lagged": judged.lagged, "reverse": judged.reverse}
    row = {
        f"{of}_{name}": value for of, part in found.items() if part is not None for name, value in vars(part).items()
    }
    row |= {
        "seen_low": seen.low,
        "seen_high": seen.high,
        **vars(both),
        "n_row_pairs": both.n_pairs,
        "power_3": power(both, 3),
    }
    row |= {"n_seen": seen.n_seen, "n_pairs": seen.n_pairs, **answers(judged, one)}
    row |= {f"{name}_evidence": said or None for name, said in sentences(judged, one).items()}
    row |= {f"{name}_claim": getattr(one, name).says for name in ("survey", "talk", "together")}
    row |= dict(zip(("survey_stance", "talk_stance", "together_stance"), judged.stances, strict=True))
    row |= {"proposition": one.id, "statement": one.statement, "claim": one.claim, "pairs": one.pairs}
    row |= {"proposed_verdict": judged.verdict, "reason": judged.reason}
    if one.claim == "existence":
        row["exists"] = _EXISTS[seen.stance if judged.reviewed else "not_observable"]
    if both.stance == "too_little" and not np.isnan(both.p_more) and np.isfinite(times := enough(both)):
        row["times_enough"] = times
    if tested is not None:
        row |= {"choice_stance": tested.stance, "choice_asks": _asked(one)}
    for order, beside in (("lagged", judged.lagged), ("reverse", judged.reverse)):
        if beside is not None:
            row[f"{order}_expected"] = beside.n_both - beside.excess
    return row


def _asked(one: Proposition) -> str:
    """Which test of the talk was made."""
    if one.talk.shows != "help":
        return "reciprocity" if one.talk.shows == "returned_help" else "order"
    return "part_of_the_role" if one.pairs == "hub_member" else "selectivity"


def _among(about: np.ndarray, survey: Survey, one: pd.Series[str], other: pd.Series[str]) -> np.ndarray:
    """Whether each pair of people is one that the proposition is about."""
    a, b = (places(actor_ids(survey.roster), who) for who in (one, other))
    return np.asarray((a >= 0) & (b >= 0) & about[a, b])


def _turns(one: Proposition, about: np.ndarray, dyads: pd.DataFrame, talk: Talk, survey: Survey) -> dict[str, None]:
    """The turns behind what the talk shows, as activity/turn: those of pairs whose tie changed as claimed first."""
    events = talk.events[talk.events["kind"].map(KINDS).isin(TOLD[one.talk.shows])]
    events = events[_among(about, survey, events["seeker"], events["helper"])]
    rise = _RISE[one.survey.tie]
    changed = dyads.loc[(dyads["change_ab"] == rise) | (dyads["change_ba"] == rise), "events"].dropna()
    both = {event for listed in changed for event in listed.split(";")}
    events = events.assign(later=~events["event"].isin(both)).sort_values("later", kind="stable")
    rows = events[["activity", "request_turn", "response_turn"]].itertuples(index=False)
    return dict.fromkeys(f"{at}/{turn}" for at, *turns in rows for turn in turns if isinstance(turn, str))


def _ties(one: Proposition, about: np.ndarray, dyads: pd.DataFrame, survey: Survey) -> list[str]:
    """Reports that changed as claimed, as from_wave/to_wave/source/target; of several questions, with theirs before it."""
    rows = dyads[_among(about, survey, dyads["a"], dyads["b"])]
    of = ["relation"] if len(survey.relations) > 1 else []
    found = []
    for way, source, target in (("ab", "a", "b"), ("ba", "b", "a")):
        changed = rows[rows[f"change_{way}"] == _RISE[one.survey.tie]]
        found += [
            "/".join(row) for row in changed[[*of, "from_wave", "to_wave", source, target]].itertuples(index=False)
        ]
    return found


def _said(rows: pd.DataFrame, column: str) -> str | None:
    """What researchers wrote of one subject; where they differ, each with the name."""
    given = rows.dropna(subset=column)
    if len(set(given[column])) < 2:
        return given[column].iloc[0] if len(given) else None
    return "; ".join(f"{who}: {what}" for who, what in given[["researcher", column]].itertuples(index=False))


def sentences(found: Judgement, proposition: Proposition) -> dict[str, str]:
    """Say a judgement in words.

    Returns
    -------
    dict
        ``survey``, ``talk``, ``existence`` (empty where the claim is not that instances exist), ``choice`` (empty where
        nothing was tested), ``together`` and ``time`` (empty with fewer than three waves).
    """
    tie, shows, what = proposition.survey.tie, proposition.talk.shows, _what(proposition)
    of_talk = {
        "talk": _occurrence(found.occurrence, what),
        "choice": "" if found.choice is None else _choice(found.choice, shows, proposition.pairs),
        "existence": _existence(found, what) if proposition.claim == "existence" else "",
        "together": _together(found.together, tie, what),
        "time": "" if found.lagged is None or found.reverse is None else _time(found.lagged, found.reverse, tie, what),
    }
    if not found.reviewed:
        of_talk = {name: said and _IF_CODINGS + said.replace("read talk", "talk") for name, said in of_talk.items()}
    return {"survey": _survey(found.survey, tie), **of_talk}


def answers(found: Judgement, proposition: Proposition) -> dict[str, str]:
    """Say what is claimed and each strand's stance in a few words, the same wherever a verdict is shown.

    Returns
    -------
    dict
        ``change_said`` and ``talk_said`` (what is claimed of ties, and looked for in the talk), ``survey_answer``,
        ``talk_answer``, ``together_answer``.
    """
    strands = ("survey", "talk", "together")
    said = {f"{strand}_answer": _ANSWERS[stance] for strand, stance in zip(strands, found.stances, strict=True)}
    if found.stances[0] == "open":
        said["survey_answer"] = "no direction that can be told"
    if found.stances[1] == "supports" and proposition.talk.asks == "occurrence":
        said["talk_answer"] = _ANSWERS["some"]
    if not found.reviewed:
        said |= dict.fromkeys(("talk_answer", "together_answer"), "only suggestions that nobody reviewed")
    return {"change_said": _CHANGES[proposition.survey.tie], "talk_said": _what(proposition), **said}


def _what(proposition: Proposition) -> str:
    within = proposition.talk.within
    near = {None: "", 0: " in one meeting"}.get(within, f" within {count_of(within or 0, 'meeting')}")
    return _SEEN[proposition.talk.shows] + near


def _percent(*shares: float) -> list[str]:
    return [f"{100 * share:.1f}" for share in shares]


def _survey(found: TieChange, tie: str) -> str:
    one, many, back, unit, among = _CHANGED[tie]
    if found.n == 0:
        return f"Not observable: there are no {among}."
    value, low, high = _percent(found.value, found.low, found.high)
    kind = "jackknife interval over people" if found.up + found.down else "exact interval, none having changed,"
    interval = "no interval: too few people" if np.isnan(found.low) else f"95 % {kind} {low} to {high}"
    return f"{count_of(found.up, one, many)} and {found.down} {back}, of {count_of(found.n, unit, among)}: net {value} % ({interval})."


def _occurrence(found: Occurrence, what: str) -> str:
    if found.n_pairs == 0:
        return "Not observable: no such pair was together in talk that was read."
    share, low, high, low_such, high_such = _percent(found.n_seen / found.n_pairs, found.low, found.high, found.low_such, found.high_such)  # fmt: skip
    if found.n_seen == 0:
        whom = "the 1 pair" if found.n_pairs == 1 else f"any of {found.n_pairs} pairs"
        said = f"{what.capitalize()} was not seen in {whom} despite opportunity"
        return f"{said} (at most {high} %, exact 95 % interval)."
    such = f"jackknife over people {low_such} to {high_such}"
    if (low_such, high_such) == (low, high):
        such = "no wider one over people can be made"
    pairs = count_of(found.n_pairs, "pair that was together in read talk", "pairs that were together in read talk")
    intervals = f"exact {low} to {high} for these people at these meetings; for such people {such}"
    return f"{found.n_seen} of {pairs} had {what}: {share} % (95 % intervals: {intervals})."


def _existence(found: Judgement, what: str) -> str:
    """Whether there are instances, whatever their ties do."""
    seen = found.occurrence
    if seen.stance == "not_observable":
        return "Whether there are instances cannot be seen."
    if not seen.n_seen:
        return f"No instance of {what} was seen; that there is none does not follow."
    return f"There are instances: {count_of(seen.n_seen, 'pair')} with {what}. That holds whether or not their ties changed."


def _choice(found: Choice, shows: str, pairs: str) -> str:
    if found.stance == "not_observable":
        return "Nothing to hold against chance: there is too little of it."
    about = _EXPECTED[shows]
    if pairs == "hub_member" and shows == "help":
        about = "if meeting alone decided"
    p = {name: p_text(getattr(found, f"p_{name}"), draws=found.draws) for name in ("more", "less")}
    said = {"supports": f"more than that ({p['more']})", "contradicts": f"fewer than that ({p['less']})"}
    smaller = p["more" if found.p_more <= found.p_less else "less"]
    verdict = said.get(found.stance, f"not distinguishable from chance ({smaller})")
    sentence = f"{count_of(round(found.observed), *_COUNTED[shows])}, {found.expected:.1f} expected {about}: {verdict}."
    if pairs == "hub_member" and shows == "help":
        sentence += " This is about the part that the role takes in help; whether hub people are chosen, or simply give much, it does not tell."  # fmt: skip
    return sentence


def _together(found: Coincidence, tie: str, what: str) -> str:
    change = _CHANGE[tie]
    occasions = count_of(found.n_rows, "occasion")
    if min(found.n_talk, found.n_change) < FEWEST:
        counts = f"{found.n_talk} of {occasions} had {what}, {found.n_change} {change}"
        return f"Too little to say: {counts}; below {FEWEST} nothing can be told."
    counts = (
        f"Of {occasions} of {count_of(found.n_pairs, 'pair')}, {found.n_talk} had {what} and {found.n_change} {change}; "
        f"{found.n_both} had both, {found.expected:.1f} expected from earlier reports and help, presence, site, hub, shared third "
        "parties and how much each talks and ties: "
    )
    if found.stance == "supports":
        return counts + f"more than these explain ({p_text(found.p_more)}).{_falls(found)}"
    if found.stance == "contradicts":
        return counts + f"fewer than these explain ({p_text(found.p_less)})."
    p = p_text(min(found.p_more, found.p_less))
    sees = f"Odds under {visible_odds(found, 0.5):.1f} would be missed more often than found"
    if found.stance == "open":
        return counts + f"not distinguishable from chance ({p}). {sees}; threefold odds are found in {100 * power(found, 3):.0f} of 100 such networks."  # fmt: skip
    return counts + f"too little to say ({p}). {sees}; {_more(enough(found))}."


def _time(lagged: Coincidence, reverse: Coincidence, tie: str, what: str) -> str:
    """What one interval says of the next; no test tells which came first within one."""
    change = _CHANGE[tie]
    lags = f"{capital(what)} in one interval and {change} in the next: {_beside(lagged)}"
    back = f"{change} in one and {what} in the next: {_beside(reverse)}"
    return f"{lags}; {back}. Which came first within an interval cannot be told."


def _beside(found: Coincidence) -> str:
    if np.isnan(found.p_more):
        return f"too little to say ({found.n_talk} and {found.n_change} of {count_of(found.n_rows, 'occasion')})"
    counts = f"{found.n_both} both, {found.n_both - found.excess:.1f} expected"
    if found.stance == "supports":
        return f"{counts}, more than explained ({p_text(found.p_more)})"
    if found.stance == "contradicts":
        return f"{counts}, fewer than explained ({p_text(found.p_less)})"
    return f"{counts}, not distinguishable from chance ({p_text(min(found.p_more, found.p_less))})"


def _more(times: float) -> str:
    if np.isinf(times):
        return "more of the same would not be enough for threefold odds, while so many ties are taken as missed by a survey"
    return f"about {times:.1f} times this record would be enough for threefold odds"


def _falls(found: Coincidence) -> str:
    taken = f" {f'{100 * found.miss:.0f} %' if found.miss else 'None'} of the ties are taken as missed by a survey"
    if np.isnan(found.miss_falls):
        return taken + "; no greater share overturns this."
    return taken + f"; the finding falls from {100 * found.miss_falls:.0f} %."
