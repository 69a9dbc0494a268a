"""Propositions held against both strands: three questions apart, what they rest on, how often they are wrong, a proposed verdict."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.joint import pairs
from nicmethods.joint.coincidence import enough, power
from nicmethods.joint.judging import judge
from nicmethods.joint.placement import actor_ids, places
from nicmethods.joint.record import KINDS, TOLD, recorded
from nicmethods.joint.wording import answers, sentences
from nicmethods.network.permutation import adjusted
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import SUGGESTED, takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nicmethods.case.propositions import Proposition, Propositions
    from nicmethods.joint.judging import Judgement
    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["by_relation", "error_rates", "evaluate_propositions"]

_RISE = {"new": "created", "stronger": "strengthened", "mutual": "created"}
_EXISTS = {"supports": "seen", "silent": "not_seen", "not_observable": "not_observable"}
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
