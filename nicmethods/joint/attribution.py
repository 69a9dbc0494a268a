"""Which activities preceded which new or stronger ties, and whether more often than chance among those present."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.frames import bootstrap_weights, holm, interval, permutation_p, typed
from nicmethods.joint.opportunity import activity_placement, presence
from nicmethods.joint.talk import pair_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["NEW_OR_STRONGER", "activity_yield", "attribution"]

NEW_OR_STRONGER = ("created", "strengthened")
_INTERVAL = ["from_wave", "to_wave"]
_SURVEY = [*_INTERVAL, "relation"]
_KINDS = {
    "any": ("help_given", "shared_practice"),
    "help_given": ("help_given",),
    "shared_practice": ("shared_practice",),
}


def attribution(
    dyads: pd.DataFrame,
    events: pd.DataFrame,
    attendance: pd.DataFrame,
    activities: pd.DataFrame,
    waves: pd.DataFrame,
    roster: pd.DataFrame,
) -> pd.DataFrame:
    """List the activities that preceded each new or stronger tie and in which the pair helped or shared practice.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.dyads.dyad_table`.
    events, attendance, activities, waves, roster
        The tables it was made from.

    Returns
    -------
    DataFrame
        ``attribution`` of ``RUN_TABLES``: one row per tie and activity of the same interval, in order of time; ``order``
        is 1 for the activity in which the pair first interacted in the interval. A tie that nothing observed preceded
        has one row without an activity, and ``unobserved`` says why.
    """
    keys = [*_SURVEY, "a", "b", "change", "threshold", "policy"]
    together = ["n_together", "n_together_coded"]
    ties = dyads.loc[dyads["change"].isin(NEW_OR_STRONGER), [*keys, *together]]
    placement = activity_placement(activities, waves)
    passed = pair_events(events, attendance, placement, roster)
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
    opened = waves.set_index("wave")["opened"].fillna(waves.set_index("wave")["closed"])
    dates = activities.set_index("activity")["date"]
    opening = opened.reindex(rows["to_wave"]).to_numpy(dtype="datetime64[us]")
    held = dates.reindex(rows["activity"]).to_numpy(dtype="datetime64[us]")
    return typed(
        rows.assign(
            order=(rows.groupby([*_SURVEY, "a", "b"]).cumcount() + 1).astype("Int64").where(seen),
            days_before=(opening - held) / np.timedelta64(1, "D"),
            unobserved=np.select(
                [seen, rows["n_together_coded"] > 0, rows["n_together"] > 0],
                [None, "nothing_coded", "not_coded"],
                "never_together",
            ),
        ).fillna({"n_help": 0, "n_shared": 0}),
        "attribution",
    )


def activity_yield(
    dyads: pd.DataFrame,
    events: pd.DataFrame,
    attendance: pd.DataFrame,
    activities: pd.DataFrame,
    waves: pd.DataFrame,
    roster: pd.DataFrame,
    *,
    seed: int,
    n_permutations: int = 1000,
) -> pd.DataFrame:
    """Count the new or stronger ties that each activity preceded, beside what chance among those present would give.

    The null exchanges, within each activity, the people behind the events among all who were there: who attended, how
    many events there were, and who helped whom how often stay as they were, only not *who* they were.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.dyads.dyad_table`.
    events, attendance, activities, waves, roster
        The tables it was made from.
    seed
        Seed of permutations and bootstrap.
    n_permutations
        Permutations of the null, and bootstrap samples over actors.

    Returns
    -------
    DataFrame
        ``activity_yield`` of ``RUN_TABLES``: one row per interval, relation, kind of event (``any`` is help or shared
        practice) and activity; the row of activity ``all`` is the whole interval and counts each tie once. ``expected``,
        ``null_low`` and ``null_high`` are mean and 95 % range of ``n_preceded`` under the null; ``p`` is two-sided,
        (b + 1) / (m + 1), and blank without ties or events; ``p_holm`` corrects over the activities of an interval.
        ``low`` and ``high`` bound ``share`` by bootstrap over actors.
    """
    actors = pd.Index(np.sort(roster["actor"].to_numpy(dtype=object)), dtype="str")
    placement = activity_placement(activities, waves)
    passed = pair_events(events, attendance, placement, roster)
    passed = passed.assign(i=actors.get_indexer(passed["actor"]), j=actors.get_indexer(passed["other"]))
    rows: list[dict[str, Any]] = []
    for keys, pairs in dyads.groupby([*_SURVEY, "policy"], sort=False):
        ties = pairs[pairs["change"].isin(NEW_OR_STRONGER)]
        ends = np.stack([actors.get_indexer(ties["a"]), actors.get_indexer(ties["b"])])
        here = placement[(placement["from_wave"] == keys[0]) & (placement["to_wave"] == keys[1])]["activity"]
        there = presence(attendance, pd.Index(here, dtype="str"), actors)
        fixed = dict(zip([*_SURVEY, "policy"], keys, strict=True)) | {"threshold": pairs["threshold"].iloc[0]}
        for kind, kinds in _KINDS.items():
            rng = np.random.default_rng(seed)
            met = [
                (name, there[:, at], passed[(passed["activity"] == name) & passed["kind"].isin(kinds)][["i", "j"]].to_numpy())
                for at, name in enumerate(here)
            ]
            found = pd.DataFrame(_yields(met, ends, len(actors), n_permutations, rng))
            found["p_holm"] = holm(found["p"].where(found["activity"] != "all").to_numpy())
            rows += found.assign(kind=kind, **fixed).to_dict("records")
    return typed(pd.DataFrame(rows, columns=_YIELD_COLUMNS), "activity_yield")


_YIELD_COLUMNS = [
    *_SURVEY,
    "kind",
    "activity",
    "n_ties",
    "n_pairs",
    "n_preceded",
    "n_first",
    "share",
    "low",
    "high",
    "expected",
    "null_low",
    "null_high",
    "p",
    "p_holm",
    "threshold",
    "policy",
]


def _yields(
    met: list[tuple[str, NDArray[np.bool_], NDArray[np.int64]]],
    ends: NDArray[np.int64],
    n: int,
    n_permutations: int,
    rng: np.random.Generator,
) -> Iterator[dict[str, Any]]:
    """Each activity's yield, in order of time, then that of all; row 0 of every array over permutations is observed."""
    weights = bootstrap_weights(n, n_permutations, rng)
    seen = np.zeros((n_permutations + 1, ends.shape[1]), dtype=bool)
    ever = np.zeros((n, n), dtype=bool)
    tied = np.zeros((n, n), dtype=bool)
    tied[ends[0], ends[1]] = tied[ends[1], ends[0]] = True
    for name, there, pairs in met:
        adjacent = np.zeros((n, n), dtype=bool)
        adjacent[pairs[:, 0], pairs[:, 1]] = adjacent[pairs[:, 1], pairs[:, 0]] = True
        ever |= adjacent
        present = np.flatnonzero(there | adjacent.any(axis=0))
        at_risk = np.flatnonzero(np.isin(ends, present).all(axis=0))
        hit = _hits(adjacent, present, ends[:, at_risk], n_permutations, rng)
        first = hit & ~seen[:, at_risk]
        seen[:, at_risk] |= hit
        yield _row(name, hit, int(first[0].sum()), adjacent, tied, weights)
    yield _row("all", seen, int(seen[0].sum()), ever, tied, weights)


def _hits(
    adjacent: NDArray[np.bool_],
    present: NDArray[np.int64],
    ends: NDArray[np.int64],
    n_permutations: int,
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Whether each tie's pair had an event, as observed (row 0) and with those present exchanged."""
    local = adjacent[np.ix_(present, present)]
    shuffled = rng.permuted(np.tile(np.arange(len(present)), (n_permutations, 1)), axis=1)
    who = np.vstack([np.arange(len(present)), shuffled])
    a, b = np.searchsorted(present, ends)
    return np.asarray(local[who[:, a], who[:, b]])


def _row(
    name: str,
    hit: NDArray[np.bool_],
    n_first: int,
    adjacent: NDArray[np.bool_],
    tied: NDArray[np.bool_],
    weights: NDArray[np.float64],
) -> dict[str, Any]:
    counts = hit.sum(axis=1)
    n_pairs = int(adjacent.sum()) // 2
    some = np.flatnonzero(adjacent.any(axis=0))
    w, pairs = weights[:, some], adjacent[np.ix_(some, some)].astype(float)
    both = pairs * tied[np.ix_(some, some)]
    with np.errstate(invalid="ignore"):
        low, high = interval(((w @ both) * w).sum(axis=1) / ((w @ pairs) * w).sum(axis=1))
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
