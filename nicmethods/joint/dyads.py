"""One row per pair and interval between waves: what the survey says, what could be observed, what the talk shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.frames import actor_ids, chosen, joined, pair_index, places, scopes, typed
from nicmethods.joint.opportunity import activity_placement, intervals, minutes_together, presence
from nicmethods.joint.talk import pair_events
from nicmethods.joint.verdicts import proposed_verdicts
from nicmethods.tables import RUN_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["dyad_table"]

_CHANGE = RUN_TABLES["dyad_change"]["kind"].among
_NO_SURVEY = pd.DataFrame(
    [{"relation": "none", "policy": "observed", "reason": ""}], columns=RUN_TABLES["dyad_change"].names
)


def dyad_table(
    dyad_change: pd.DataFrame,
    events: pd.DataFrame,
    attendance: pd.DataFrame,
    activities: pd.DataFrame,
    waves: pd.DataFrame,
    roster: pd.DataFrame,
    coverage: pd.DataFrame,
    *,
    by_site: str = "site",
    by_role: str = "role",
) -> pd.DataFrame:
    """Set what became of each pair's tie beside what was coded between the two.

    Parameters
    ----------
    dyad_change
        What became of each ordered pair (``dyad_change`` of ``RUN_TABLES``). Empty without a survey: every pair is then
        not observable there, in the intervals of ``waves``, or in one interval from ``start`` to ``end``.
    events
        Coded events of one source. Empty without talk.
    attendance
        Who was where; ``minutes`` may be blank.
    activities
        Activities with ``activity`` and ``date``.
    waves
        Waves in order, with their dates.
    roster
        The population: every pair of its actors has a row.
    coverage
        What was coded: an activity with any row counts as coded talk, one that was read in part too.
    by_site, by_role
        Columns of the roster for ``scope`` and ``role_pair``; either may be missing from the roster.

    Returns
    -------
    DataFrame
        ``dyads`` of ``RUN_TABLES``: n (n - 1) / 2 rows per interval and relation. ``docs/definitions/joint.md``
        explains each column and the verdict. With several relations the talk stands beside each of them.

    Raises
    ------
    MeasureError
        If an activity has events of two sources.
    """
    actors = actor_ids(roster)
    people = roster.set_index("actor").reindex(actors).reset_index()
    first, second = np.triu_indices(len(actors), 1)
    scope, role_pair = scopes(people, first, second, by_site=by_site, by_role=by_role)
    names = actors.to_numpy(dtype=object)
    fixed = {"a": names[first], "b": names[second], "scope": scope, "role_pair": role_pair}
    placement = activity_placement(activities, waves)
    passed = pair_events(events, attendance, placement, roster)
    parts = []
    for (start, end), surveys in _surveys(dyad_change, waves):
        here = placement.loc[(placement["from_wave"] == start) & (placement["to_wave"] == end), "activity"]
        talk = _talk(passed[(passed["from_wave"] == start) & (passed["to_wave"] == end)], actors)
        talk |= _opportunity(attendance, here, coverage, actors)
        for reports in surveys:
            survey = _survey(reports, actors)
            verdict = proposed_verdicts(
                survey["change"],
                n_help=talk["n_help_ab"] + talk["n_help_ba"],
                n_other=sum(talk[f"n_{kind}_{way}"] for kind in ("request", "shared") for way in ("ab", "ba")),
                n_together_coded=talk["n_together_coded"],
            )
            parts.append(
                typed({"from_wave": start, "to_wave": end, **fixed, **survey, **talk, "verdict": verdict}, "dyads")
            )
    return pd.concat(parts, ignore_index=True)


def _surveys(dyad_change: pd.DataFrame, waves: pd.DataFrame) -> Iterator[tuple[tuple[str, str], list[pd.DataFrame]]]:
    """Each interval with its reports, relation by relation in their order; one empty relation where nothing was asked."""
    for start, end in intervals(waves):
        reports = dyad_change[(dyad_change["from_wave"] == start) & (dyad_change["to_wave"] == end)]
        relations = [rows for _, rows in reports.groupby(["relation", "threshold", "policy"], sort=False)]
        yield (start, end), relations or [_NO_SURVEY]


def _survey(reports: pd.DataFrame, actors: pd.Index[str]) -> dict[str, Any]:
    """Columns of the survey, from the ordered pairs of one interval and relation."""
    n_pairs = len(actors) * (len(actors) - 1) // 2
    source, target = places(actors, reports["source"]), places(actors, reports["target"])
    listed = (source >= 0) & (target >= 0) & (source != target)
    threshold = reports["threshold"].iloc[0]
    columns: dict[str, Any] = {name: reports[name].iloc[0] for name in ("relation", "threshold", "policy")}
    codes, reasons, answered = {}, {}, {}
    for way, rows in (("ab", listed & (source < target)), ("ba", listed & (source > target))):
        at = pair_index(source[rows], target[rows], len(actors))
        for end in ("from", "to"):
            weight = np.full(n_pairs, np.nan)
            weight[at] = reports[f"weight_{end}"].to_numpy(dtype=float)[rows]
            columns[f"weight_{way}_{end}"] = weight
        codes[way] = np.full(n_pairs, len(_CHANGE) - 1)
        codes[way][at] = places(pd.Index(_CHANGE), reports["kind"])[rows]
        reasons[way] = np.full(n_pairs, "not_listed", dtype=object)
        reasons[way][at] = reports["reason"].fillna("").to_numpy(dtype=object)[rows]
        answered[way] = ~np.isnan(columns[f"weight_{way}_to"])
    kinds = np.asarray(_CHANGE, dtype=object)
    tie = (columns["weight_ab_to"] >= threshold) & (columns["weight_ba_to"] >= threshold)
    return columns | {
        "change_ab": kinds[codes["ab"]],
        "change_ba": kinds[codes["ba"]],
        "change": kinds[_of_pair(codes["ab"], codes["ba"])],
        "reason": _reason(codes, reasons),
        "reciprocated_survey": pd.Series(tie, dtype="boolean").where(answered["ab"] & answered["ba"]),
    }


def _of_pair(ab: NDArray[np.int64], ba: NDArray[np.int64]) -> NDArray[np.int64]:
    """The stronger of two reports; that there was no tie takes both."""
    change = np.minimum(ab, ba)
    one_only = (change == _CHANGE.index("absent")) & (ab != ba)
    return np.where(one_only, _CHANGE.index("not_observable"), change)


def _reason(codes: dict[str, NDArray[np.int64]], reasons: dict[str, NDArray[np.object_]]) -> NDArray[np.object_]:
    """Whose report is missing and why: ``a: no_answer; b: joiner``."""
    missing = {way: codes[way] == len(_CHANGE) - 1 for way in codes}
    a, b = "a: " + reasons["ab"], "b: " + reasons["ba"]
    return chosen([missing["ab"] & missing["ba"], missing["ab"], missing["ba"]], [a + "; " + b, a, b], None)


def _opportunity(
    attendance: pd.DataFrame, here: pd.Series[str], coverage: pd.DataFrame, actors: pd.Index[str]
) -> dict[str, Any]:
    """Columns of what could be observed, from the activities of one interval."""
    activities = pd.Index(here, dtype="str")
    pairs = np.triu_indices(len(actors), 1)
    there = presence(attendance, activities, actors).astype(np.float32)
    coded = there[:, activities.isin(coverage["activity"])]
    minutes, n_timed = minutes_together(attendance, activities, actors)
    together = (there @ there.T)[pairs].astype(np.int64)
    unknown = (together > 0) & (n_timed[pairs] == 0)
    return {
        "n_together": together,
        "minutes_together": np.where(unknown, np.nan, minutes[pairs]),
        "n_together_coded": (coded @ coded.T)[pairs].astype(np.int64),
    }


def _talk(passed: pd.DataFrame, actors: pd.Index[str]) -> dict[str, Any]:
    """Columns of what was coded, from the events of one interval in order of time."""
    n_pairs = len(actors) * (len(actors) - 1) // 2
    actor, other = places(actors, passed["actor"]), places(actors, passed["other"])
    pair = pair_index(actor, other, len(actors))
    columns: dict[str, Any] = {}
    for short, kind in (("request", "help_request"), ("help", "help_given"), ("shared", "shared_practice")):
        for way, forward in (("ab", actor < other), ("ba", actor > other)):
            rows = forward & (passed["kind"] == kind).to_numpy()
            columns[f"n_{short}_{way}"] = np.bincount(pair[rows], minlength=n_pairs)
    activity = passed["activity"].to_numpy(dtype=object)
    once = ~pd.DataFrame({"pair": pair, "activity": activity}).duplicated().to_numpy()
    return columns | {
        "reciprocated_talk": (columns["n_help_ab"] > 0) & (columns["n_help_ba"] > 0),
        "activities": joined(pair[once], activity[once], n_pairs),
        "events": joined(pair, passed["event"].to_numpy(dtype=object), n_pairs),
    }
