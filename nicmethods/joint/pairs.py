"""One row per pair and interval between waves: what the survey says, what could be observed, what the talk shows, the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.placement import (
    activity_placement,
    actor_ids,
    intervals,
    joined,
    minutes_together,
    pair_events,
    pair_index,
    places,
    presence,
    scopes,
)
from nicmethods.network.between_waves import dyad_change
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["VERDICT_ORDER", "VERDICT_RULE", "convergence", "dyads", "proposed_verdicts"]

_SURVEY = {
    "created": "new or stronger",
    "strengthened": "new or stronger",
    "kept": "kept",
    "weakened": "declined",
    "dissolved": "declined",
    "absent": "none",
    "not_observable": "not reported",
}
_TALK = ("help", "shared or asked", "nothing", "never together")

VERDICT_RULE: pd.DataFrame = pd.DataFrame(
    {
        "new or stronger": ["coincide", "coincide_in_part", "tie_without_help", "not_observable"],
        "kept": ["help_in_lasting_tie", "lasting_tie", "lasting_tie", "not_observable"],
        "declined": ["help_in_waning_tie", "waning_tie", "waning_tie", "not_observable"],
        "none": ["help_without_tie", "neither", "neither", "not_observable"],
        "not reported": ["help_survey_unknown", "not_observable", "not_observable", "not_observable"],
    },
    index=pd.Index(_TALK, name="talk"),
)
"""Verdict by state of the talk (rows) and of the survey (columns); ``docs/definitions/joint.md`` says each in words."""

VERDICT_ORDER = [
    "help_without_tie",
    "help_in_waning_tie",
    "tie_without_help",
    "help_survey_unknown",
    "coincide_in_part",
    "coincide",
    "help_in_lasting_tie",
    "lasting_tie",
    "waning_tie",
    "neither",
    "not_observable",
]
"""Verdicts with those first that ask for a second look."""

_CHANGE = RUN_TABLES["dyad_change"]["kind"].among
_NO_SURVEY = pd.DataFrame(
    [{"relation": "none", "policy": "observed", "reason": ""}], columns=RUN_TABLES["dyad_change"].names
)


@takes
def dyads(survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """Set what became of each pair's tie beside what was coded between the two.

    Parameters
    ----------
    survey
        Every pair of its roster has a row. Without ties or with one wave, every pair is not observable in the survey, in
        the intervals of its waves, or in one interval from ``start`` to ``end``.
    meetings
        Who was where, and when; minutes and dates may be blank.
    talk
        Coded events of one source. An activity with any row of coverage counts as coded talk, one that was read in part
        too.

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
    actors = actor_ids(survey.roster)
    first, second = np.triu_indices(len(actors), 1)
    scope, role_pair = scopes(survey.roster, actors)
    names = actors.to_numpy(dtype=object)
    fixed = {"a": names[first], "b": names[second], "scope": scope, "role_pair": role_pair}
    placement = activity_placement(meetings, survey)
    passed = pair_events(survey, meetings, talk)
    parts = []
    for (start, end), surveys in _surveys(survey):
        here = placement.loc[(placement["from_wave"] == start) & (placement["to_wave"] == end), "activity"]
        said = _talk(passed[(passed["from_wave"] == start) & (passed["to_wave"] == end)], actors)
        said |= _opportunity(meetings.attendance, here, talk.coverage, actors)
        for reports in surveys:
            asked = _survey(reports, actors)
            verdict = proposed_verdicts(
                asked["change"],
                n_help=said["n_help_ab"] + said["n_help_ba"],
                n_other=sum(said[f"n_{kind}_{way}"] for kind in ("request", "shared") for way in ("ab", "ba")),
                n_together_coded=said["n_together_coded"],
            )
            columns = {"from_wave": start, "to_wave": end, **fixed, **asked, **said, "verdict": verdict}
            parts.append(conform(columns, RUN_TABLES["dyads"]))
    return pd.concat(parts, ignore_index=True)


def _surveys(survey: Survey) -> Iterator[tuple[tuple[str, str], list[pd.DataFrame]]]:
    """Each interval with its reports, relation by relation in their order; one empty relation where nothing was asked."""
    changes = dyad_change(survey)
    for start, end in intervals(survey.waves):
        reports = changes[(changes["from_wave"] == start) & (changes["to_wave"] == end)]
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
    ab, ba = (codes[way] == len(_CHANGE) - 1 for way in ("ab", "ba"))
    said = (
        np.where(ab, "a: " + reasons["ab"], "") + np.where(ab & ba, "; ", "") + np.where(ba, "b: " + reasons["ba"], "")
    )
    said[~(ab | ba)] = None
    return np.asarray(said, dtype=object)


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


def proposed_verdicts(
    change: NDArray[Any], *, n_help: NDArray[Any], n_other: NDArray[Any], n_together_coded: NDArray[Any]
) -> NDArray[np.object_]:
    """Propose a verdict for each pair.

    Parameters
    ----------
    change
        What became of the pair's tie (``created``, ``strengthened``, …, ``not_observable``).
    n_help
        Times one helped the other.
    n_other
        Times one shared practice with the other or asked for help without being helped; alone, they support a new or
        stronger tie in part and count as no help otherwise.
    n_together_coded
        Activities with coded talk that both attended.

    Returns
    -------
    array of text
        One of the verdicts of ``dyads`` in ``RUN_TABLES``.

    Examples
    --------
    >>> proposed_verdicts(
    ...     np.array(["created", "absent", "absent", "kept"]),
    ...     n_help=np.array([1, 1, 0, 0]), n_other=np.zeros(4), n_together_coded=np.array([1, 1, 1, 0]),
    ... ).tolist()
    ['coincide', 'help_without_tie', 'neither', 'not_observable']
    """
    survey = VERDICT_RULE.columns.get_indexer(pd.Index(change).map(_SURVEY))
    talk = np.select([n_help > 0, n_other > 0, n_together_coded > 0], [0, 1, 2], 3)
    return np.asarray(VERDICT_RULE.to_numpy(dtype=object)[talk, survey], dtype=object)


@takes
def convergence(dyads: pd.DataFrame) -> pd.DataFrame:
    """Count verdicts: all pairs, within and across sites, and by role pair.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.

    Returns
    -------
    DataFrame
        ``convergence`` of ``RUN_TABLES``; verdicts that no pair has are left out; a pair whose sites or roles are not
        known is in group ``unknown``. Ordered with the discordant verdicts first.
    """
    keys = ["from_wave", "to_wave", "relation", "threshold", "policy"]
    parts = [
        dyads.assign(by=by, group=group)
        for by, group in (
            ("all", "all"),
            ("scope", dyads["scope"].fillna("unknown")),
            ("role_pair", dyads["role_pair"].fillna("unknown")),
        )
    ]
    grouped = pd.concat(parts)
    grouped["verdict"] = pd.Categorical(grouped["verdict"], categories=VERDICT_ORDER, ordered=True)
    counts = (
        grouped.groupby([*keys, "by", "group", "verdict"], dropna=False, observed=True).size().rename("n").reset_index()
    )
    totals = counts.groupby([*keys, "by", "group"], dropna=False)["n"].transform("sum")
    order = {name: place for place, name in enumerate(pd.unique(dyads["from_wave"]))}
    counts = counts.assign(share=counts["n"] / totals, place=counts["from_wave"].map(order))
    ordered = counts.sort_values(["place", "relation", "by", "group", "verdict"])
    return conform(ordered, RUN_TABLES["convergence"])
