"""In which activities the pairs of new or stronger ties had helped, and whether more often than chance among those present."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.confidence import bootstrap_weights, percentile_interval, permutation_p, widened
from nicmethods.joint.numbering import actor_ids, places
from nicmethods.joint.placement import activity_placement, pair_events, presence
from nicmethods.network.permutation import adjusted
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["NEW_OR_STRONGER", "activity_yield", "preceded_counts", "tie_attribution"]

NEW_OR_STRONGER = ("created", "strengthened")
_INTERVAL = ["from_wave", "to_wave"]
_SURVEY = [*_INTERVAL, "relation"]
_KINDS = {
    "any": ("help_given", "shared_practice"),
    "help_given": ("help_given",),
    "shared_practice": ("shared_practice",),
}


@takes
def tie_attribution(dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """List the activities of the interval in which the pair of each new or stronger tie helped or shared practice.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.
    survey, meetings, talk
        What it was made from.

    Returns
    -------
    DataFrame
        ``attribution`` of ``RUN_TABLES``: one row per tie and activity of the same interval, in order of time;
        ``order`` is 1 for the activity in which the pair first interacted in the interval. A tie in whose
        interval nothing between the two was seen has one row without an activity, and ``unobserved`` says why.
    """
    keys = [*_SURVEY, "a", "b", "change", "threshold", "policy"]
    together = ["n_together", "n_together_coded"]
    ties = dyads.loc[dyads["change"].isin(NEW_OR_STRONGER), [*keys, *together]]
    placement = activity_placement(meetings, survey)
    passed = pair_events(survey, meetings, talk)
    passed = passed[passed["kind"].isin(_KINDS["any"])]
    swap = passed["actor"] > passed["other"]
    passed = passed.assign(
        a=passed["other"].where(swap, passed["actor"]),
        b=passed["actor"].where(swap, passed["other"]),
        n_help=(passed["kind"] == "help_given").astype("int64"),
        n_shared=(passed["kind"] == "shared_practice").astype("int64"),
    )
    met = passed.groupby([*_INTERVAL, "a", "b", "activity"], as_index=False).agg(
        n_help=("n_help", "sum"), n_shared=("n_shared", "sum"), at=("order", "min")
    )
    rows = ties.merge(met, on=[*_INTERVAL, "a", "b"], how="left", validate="many_to_many")
    rows = rows.sort_values([*_SURVEY, "a", "b", "at"], na_position="last")
    seen = rows["activity"].notna()
    waves = survey.waves.set_index("wave")
    opened = waves["opened"].fillna(waves["closed"])
    dates = meetings.activities.set_index("activity")["date"]
    opening = opened.reindex(rows["to_wave"]).to_numpy(dtype="datetime64[us]")
    held = dates.reindex(rows["activity"]).to_numpy(dtype="datetime64[us]")
    some, coded = (rows[name].to_numpy(dtype=np.int64) > 0 for name in ("n_together", "n_together_coded"))
    on_record = _on_record(rows, meetings.attendance, placement)
    why = np.select([coded, some, on_record], ["nothing_coded", "not_coded", "never_together"], "no_record")
    found = rows.assign(
        order=(rows.groupby([*_SURVEY, "a", "b"]).cumcount() + 1).astype("Int64").where(seen),
        days_before=(opening - held) / np.timedelta64(1, "D"),
        unobserved=pd.Series(why, rows.index, dtype="str").mask(seen),
    )
    return conform(found.fillna({"n_help": 0, "n_shared": 0}), RUN_TABLES["attribution"])


def _on_record(rows: pd.DataFrame, attendance: pd.DataFrame, placement: pd.DataFrame) -> pd.Series[bool]:
    """Whether it is known of any activity of the interval who was there."""
    known = placement[placement["activity"].isin(attendance["activity"]) & (placement["placement"] == "interval")]
    return rows["from_wave"].isin(known["from_wave"])


@takes
def activity_yield(
    dyads: pd.DataFrame,
    survey: Survey,
    meetings: Meetings,
    talk: Talk,
    *,
    seed: int,
    n_permutations: int = 1000,
) -> pd.DataFrame:
    """Count the new or stronger ties of pairs who helped in each activity, beside what chance among those present would give.

    The null exchanges, within each activity, the people behind the events among all who were there: who attended, how
    many events there were, and who helped whom how often stay as they were, only not *who* they were.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.
    survey, meetings, talk
        What it was made from.
    seed
        Seed of permutations and bootstrap.
    n_permutations
        Permutations of the null, and bootstrap samples over actors.

    Returns
    -------
    DataFrame
        ``activity_yield`` of ``RUN_TABLES``: one row per interval, relation, kind of event (``any`` is help or shared
        practice) and activity; the row of activity ``all`` is the whole interval and counts each tie once.
        ``expected``, ``null_low`` and ``null_high`` are mean and 95 % range of ``n_preceded`` under the null; ``p`` is
        two-sided, (b + 1) / (m + 1), and blank without ties or events; ``p_holm`` corrects over the activities of an
        interval. ``low`` and ``high`` bound ``share`` by bootstrap over actors, widened to the
        exact interval of as many independent pairs.
    """
    rows: list[dict[Hashable, Any]] = []
    for fixed, ends, n, met in _intervals(dyads, survey, meetings, talk):
        for kind, kinds in _KINDS.items():
            rng = np.random.default_rng(seed)
            found = pd.DataFrame(_yields(met, kinds, ends, n, n_permutations, rng))
            found["p_holm"] = adjusted(found["p"].where(found["activity"] != "all"))
            rows += found.assign(kind=kind, **fixed).to_dict("records")
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["activity_yield"].names), RUN_TABLES["activity_yield"])


@takes
def preceded_counts(
    dyads: pd.DataFrame,
    survey: Survey,
    meetings: Meetings,
    talk: Talk,
    *,
    seed: int,
    n_permutations: int,
) -> NDArray[np.int64]:
    """Count the new or stronger ties of pairs who helped or shared practice, over all intervals, and again by chance.

    Parameters
    ----------
    dyads, survey, meetings, talk, seed, n_permutations
        As for :func:`activity_yield`.

    Returns
    -------
    array
        Shape (1 + n_permutations,): as observed, then under the null of :func:`activity_yield`.
    """
    counts = np.zeros(n_permutations + 1, dtype=np.int64)
    rng = np.random.default_rng(seed)
    for _, ends, n, met in _intervals(dyads, survey, meetings, talk):
        seen = np.zeros((n_permutations + 1, ends.shape[1]), dtype=bool)
        for place in met:
            at_risk, hit = _hits(place, place.adjacent(_KINDS["any"], n), ends, n_permutations, rng)
            seen[:, at_risk] |= hit
        counts += seen.sum(axis=1)
    return counts


@dataclass(frozen=True)
class _Meeting:
    """One activity: who was there (n_actors,), and its events as actor, other and kind, in order."""

    name: str
    there: NDArray[np.bool_]
    ends: NDArray[np.int64]
    kind: NDArray[np.object_]

    def adjacent(self, kinds: tuple[str, ...], n: int) -> NDArray[np.bool_]:
        """Whether two people had an event of these kinds (n, n), symmetric."""
        out = np.zeros((n, n), dtype=bool)
        i, j = self.ends[:, np.isin(self.kind, kinds)]
        out[i, j] = out[j, i] = True
        return out


def _intervals(
    dyads: pd.DataFrame,
    survey: Survey,
    meetings: Meetings,
    talk: Talk,
) -> Iterator[tuple[dict[str, Any], NDArray[np.int64], int, list[_Meeting]]]:
    """Each interval and relation: its keys, both ends of its new or stronger ties, number of actors, its activities."""
    actors = actor_ids(survey.roster)
    placement = activity_placement(meetings, survey)
    passed = pair_events(survey, meetings, talk)
    ends = np.stack([places(actors, passed[who]) for who in ("actor", "other")])
    kind = passed["kind"].to_numpy(dtype=object)
    rows = passed.groupby("activity").indices
    there = presence(meetings.attendance, pd.Index(placement["activity"]), actors)
    held = [
        _Meeting(name, there[:, at], ends[:, rows.get(name, [])], kind[rows.get(name, [])])
        for at, name in enumerate(placement["activity"])
    ]
    for keys, pairs in dyads.groupby([*_SURVEY, "policy"], sort=False):
        ties = pairs[pairs["change"].isin(NEW_OR_STRONGER)]
        both = np.stack([places(actors, ties[end]) for end in ("a", "b")])
        here = (placement["from_wave"] == keys[0]) & (placement["to_wave"] == keys[1])
        fixed = dict(zip([*_SURVEY, "policy"], keys, strict=True)) | {"threshold": pairs["threshold"].iloc[0]}
        yield fixed, both, len(actors), [held[at] for at in np.flatnonzero(here)]


def _yields(
    met: list[_Meeting],
    kinds: tuple[str, ...],
    ends: NDArray[np.int64],
    n: int,
    n_permutations: int,
    rng: np.random.Generator,
) -> Iterator[dict[str, Any]]:
    """Each activity's yield, in order of time, then that of all; row 0 of every array over permutations is observed."""
    weights = bootstrap_weights(n, n_permutations, rng)
    seen = np.zeros((n_permutations + 1, ends.shape[1]), dtype=bool)
    ever = np.zeros((n, n), dtype=bool)
    for place in met:
        adjacent = place.adjacent(kinds, n)
        ever |= adjacent
        at_risk, hit = _hits(place, adjacent, ends, n_permutations, rng)
        first = hit & ~seen[:, at_risk]
        seen[:, at_risk] |= hit
        yield _row(place.name, hit, int(first[0].sum()), adjacent, ends[:, at_risk], weights)
    yield _row("all", seen, int(seen[0].sum()), ever, ends, weights)


def _hits(
    place: _Meeting,
    adjacent: NDArray[np.bool_],
    ends: NDArray[np.int64],
    n_permutations: int,
    rng: np.random.Generator,
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Ties between people present, and whether their pair had an event, observed (row 0) and with people exchanged."""
    present = np.flatnonzero(place.there | adjacent.any(axis=0))
    at_risk = np.flatnonzero(np.isin(ends, present).all(axis=0))
    local = adjacent[np.ix_(present, present)]
    as_observed = np.arange(len(present), dtype=np.int32)
    who = np.vstack([as_observed, rng.permuted(np.tile(as_observed, (n_permutations, 1)), axis=1)])
    a, b = np.searchsorted(present, ends[:, at_risk])
    return at_risk, np.asarray(local[who[:, a], who[:, b]])


def _row(
    name: str,
    hit: NDArray[np.bool_],
    n_first: int,
    adjacent: NDArray[np.bool_],
    ends: NDArray[np.int64],
    weights: NDArray[np.float64],
) -> dict[str, Any]:
    counts = hit.sum(axis=1)
    n_pairs = int(adjacent.sum()) // 2
    some = np.flatnonzero(adjacent.any(axis=0))
    w, (a, b) = weights[:, some], ends[:, hit[0]]
    with np.errstate(invalid="ignore"):
        pairs = ((w @ adjacent[np.ix_(some, some)]) * w).sum(axis=1) / 2
        low, high = percentile_interval((weights[:, a] * weights[:, b]).sum(axis=1) / pairs)
    low, high = widened(low, high, int(counts[0]), n_pairs)
    defined = n_pairs > 0 and hit.shape[1] > 0
    null_low, null_high = np.quantile(counts[1:], [0.025, 0.975])
    return {
        "activity": name,
        "n_ties": hit.shape[1],
        "n_pairs": n_pairs,
        "n_preceded": int(counts[0]),
        "n_first": n_first,
        "share": counts[0] / n_pairs if n_pairs else np.nan,
        "low": low,
        "high": high,
        "expected": counts[1:].mean() if defined else np.nan,
        "null_low": null_low if defined else np.nan,
        "null_high": null_high if defined else np.nan,
        "p": permutation_p(counts[0], counts[1:]) if defined else np.nan,
    }
