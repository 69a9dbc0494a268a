"""Propositions held against both strands: three questions apart, what they rest on, and a proposed verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.errors import MeasureError
from nicmethods.joint import pairs
from nicmethods.joint.coincidence import enough, power
from nicmethods.joint.error_rates import error_rates, worst_rate
from nicmethods.joint.judging import judge
from nicmethods.joint.numbering import actor_ids, places
from nicmethods.joint.recorded import recorded
from nicmethods.joint.wording import answers, sentences
from nicmethods.network.permutation import adjusted
from nicmethods.tables import CASE_TABLES, RUN_TABLES, conform, empty
from nicmethods.tables.bundles import SUGGESTED, takes

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from nicmethods.case.propositions import Proposition, Propositions
    from nicmethods.joint.judging import Judgement
    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["evaluate_propositions"]

_RISE = {"new": "created", "stronger": "strengthened", "mutual": "created"}
_EXISTS = {"supports": "seen", "silent": "not_seen", "not_observable": "not_observable"}
_TOLD = {
    "help": ("help_given",),
    "returned_help": ("help_given",),
    "pathway": ("shared_practice", "help_request", "help_given"),
}


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
    table = pairs.dyads(survey, meetings, talk) if dyads is None else dyads
    first = str(table["relation"].iloc[0]) if len(table) else ""
    said = _from_ledger(empty(CASE_TABLES["ledger"]) if ledger is None else ledger)
    rates = error_rates(survey)
    rows: dict[str, dict[str, Any]] = {}
    for relation in dict.fromkeys(one.relation or first for one in claims.propositions):
        asked = table[table["relation"] == relation]
        if len(table) and asked.empty:
            known = ", ".join(map(repr, table["relation"].unique()))
            raise MeasureError(f"A proposition names the survey question {relation!r}; there are: {known}.")
        record = recorded(asked, survey, meetings, talk)
        these = [one for one in claims.propositions if (one.relation or first) == relation]
        of_these = claims.model_copy(update={"propositions": tuple(these)})
        found = judge(of_these, record, seed=seed, reviewed=talk.source != SUGGESTED, n_draws=n_draws)
        for one, judged in zip(these, found, strict=True):
            about = record.part(one.pairs)
            wrong = worst_rate(rates, one.id) if judged.verdict == "agreement" else np.nan
            rows[one.id] = {
                "relation": relation,
                **_row(one, judged),
                "wrong_at_most": wrong,
                "turns": ";".join(_turns(one, about, asked, talk, survey)) or None,
                "ties": ";".join(_ties(one, about, asked, survey)) or None,
                **said.get(one.id, {}),
            }
    made = conform([rows[one.id] for one in claims.propositions], RUN_TABLES["propositions"])
    return made.assign(p_holm=adjusted(_predicted_p(claims, made)))


def _predicted_p(claims: Propositions, made: pd.DataFrame) -> np.ndarray:
    """The p of each coincidence in the direction that its proposition claims."""
    fewer = [one.together.expect == "fewer" for one in claims.propositions]
    return np.asarray(np.where(fewer, made["p_less"], made["p_more"]))


def _row(one: Proposition, judged: Judgement) -> dict[str, Any]:
    changed, seen, both, tested = judged.survey, judged.occurrence, judged.together, judged.choice
    said = sentences(judged, one)
    row: dict[str, Any] = {
        "proposition": one.id,
        "statement": one.statement,
        "claim": one.claim,
        "pairs": one.pairs,
        "survey_claim": one.survey.says,
        "survey_evidence": said["survey"],
        "survey_value": changed.value,
        "survey_low": changed.low,
        "survey_high": changed.high,
        "survey_n": changed.n,
        "survey_up": changed.up,
        "survey_down": changed.down,
        "survey_stance": judged.stances[0],
        "talk_claim": one.talk.says,
        "talk_evidence": said["occurrence"],
        "n_seen": seen.n_seen,
        "n_pairs": seen.n_pairs,
        "seen_low": seen.low,
        "seen_high": seen.high,
        "talk_stance": judged.stances[1],
        "exists": _EXISTS[seen.stance if judged.reviewed else "not_observable"] if one.claim == "existence" else None,
        "existence_evidence": said["existence"] or None,
        "choice_stance": None if tested is None else tested.stance,
        "choice_asks": None if tested is None else _asked(one),
        "choice_evidence": said["choice"] or None,
        "together_claim": one.together.says,
        "together_evidence": said["together"],
        "together_stance": judged.stances[2],
        "time_evidence": said["time"] or None,
        "proposed_verdict": judged.verdict,
        "reason": judged.reason,
        "n_row_pairs": both.n_pairs,
        "power_3": power(both, 3),
        **answers(judged, one),
    }
    row |= {name: getattr(both, name) for name in ("n_rows", "n_talk", "n_change", "n_both", "expected")}
    row |= {name: getattr(both, name) for name in ("p_more", "p_less", "information", "miss", "miss_falls")}
    if both.stance == "too_little" and not np.isnan(both.p_more) and np.isfinite(times := enough(both)):
        row["times_enough"] = times
    if tested is not None:
        row |= {f"choice_{name}": getattr(tested, name) for name in ("observed", "expected", "p_more", "p_less", "n", "draws")}  # fmt: skip
    for order, found in (("lagged", judged.lagged), ("reverse", judged.reverse)):
        if found is not None:
            row |= {f"{order}_{name}": getattr(found, name) for name in ("n_rows", "n_both", "p_more", "p_less")}
            row[f"{order}_expected"] = found.n_both - found.excess
    return row


def _asked(one: Proposition) -> str:
    """Which test of the talk was made."""
    if one.talk.shows != "help":
        return "reciprocity" if one.talk.shows == "returned_help" else "order"
    return "part_of_the_role" if one.pairs == "hub_member" else "selectivity"


def _among(about: np.ndarray, ids: pd.Index[str], one: pd.Series[str], other: pd.Series[str]) -> np.ndarray:
    """Whether each pair of people is one that the proposition is about."""
    a, b = places(ids, one), places(ids, other)
    known = (a >= 0) & (b >= 0)
    return np.asarray(known & about[np.where(known, a, 0), np.where(known, b, 0)])


def _turns(one: Proposition, about: np.ndarray, dyads: pd.DataFrame, talk: Talk, survey: Survey) -> list[str]:
    """The turns behind what the talk shows, as activity/turn: those of pairs whose tie changed as claimed first."""
    events = talk.events[talk.events["kind"].isin(_TOLD[one.talk.shows])]
    events = events[_among(about, actor_ids(survey.roster), events["seeker"], events["helper"])]
    rise = _RISE[one.survey.tie]
    changed = dyads.loc[(dyads["change_ab"] == rise) | (dyads["change_ba"] == rise), "events"].dropna()
    both = {event for listed in changed for event in listed.split(";")}
    events = events.assign(later=~events["event"].isin(both)).sort_values("later", kind="stable")
    return list(dict.fromkeys(_of_events(events)))


def _of_events(events: pd.DataFrame) -> Iterable[str]:
    for activity, *turns in events[["activity", "request_turn", "response_turn"]].itertuples(index=False):
        yield from (f"{activity}/{turn}" for turn in turns if isinstance(turn, str))


def _ties(one: Proposition, about: np.ndarray, dyads: pd.DataFrame, survey: Survey) -> list[str]:
    """Reports that changed as claimed, as from_wave/to_wave/source/target; of several questions, with theirs before it."""
    rows = dyads[_among(about, actor_ids(survey.roster), dyads["a"], dyads["b"])]
    found = []
    for way, source, target in (("ab", "a", "b"), ("ba", "b", "a")):
        which = rows[f"change_{way}"] == _RISE[one.survey.tie]
        of = ["relation"] if len(survey.relations) > 1 else []
        changed = rows.loc[which, [*of, "from_wave", "to_wave", source, target]]
        found += ["/".join(row) for row in changed.itertuples(index=False)]
    return found


def _from_ledger(ledger: pd.DataFrame) -> dict[str, dict[str, str | None]]:
    """Each subject's verdict and meta-inference; where researchers differ, each with the name."""
    out: dict[str, dict[str, str | None]] = {}
    for subject, rows in ledger.groupby("subject", sort=False):
        out[str(subject)] = {
            "researcher_verdict": _said(rows, "verdict"),
            "meta_inference": _said(rows, "meta_inference"),
        }
    return out


def _said(rows: pd.DataFrame, column: str) -> str | None:
    given = rows.dropna(subset=column)
    if given.empty:
        return None
    if len(set(given[column])) == 1:
        return str(given[column].iloc[0])
    return "; ".join(f"{who}: {what}" for who, what in given[["researcher", column]].itertuples(index=False))
