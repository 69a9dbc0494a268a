"""In which activities, and in which step of the cycle, the pairs of new or stronger ties had helped; and whether more often than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.confidence import bootstrap_weights, percentile_interval, permutation_p, widened
from nicmethods.joint.placement import activity_placement, actor_ids, pair_events, places, presence
from nicmethods.network.permutation import adjusted
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["activity_yield", "help_by_phase", "tie_attribution"]

_NEW_OR_STRONGER = ("created", "strengthened")
_INTERVAL = ["from_wave", "to_wave"]
_SURVEY = [*_INTERVAL, "relation"]
_PAIR = [*_INTERVAL, "a", "b"]
_OF_HUB = ("hub_helps_member", "member_helps_hub", "within_hub")
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
    ties = dyads.loc[dyads["change"].isin(_NEW_OR_STRONGER), [*keys, *together]]
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
    listed = placement["activity"].isin(meetings.attendance["activity"]) & (placement["placement"] == "interval")
    known = [
        rows["n_together_coded"] > 0,
        rows["n_together"] > 0,
        rows["from_wave"].isin(placement.loc[listed, "from_wave"]),
    ]
    why = np.select(known, ["nothing_coded", "not_coded", "never_together"], "no_record")
    found = rows.assign(
        order=(rows.groupby([*_SURVEY, "a", "b"]).cumcount() + 1).astype("Int64").where(seen),
        days_before=(opening - held) / np.timedelta64(1, "D"),
        unobserved=pd.Series(why, rows.index, dtype="str").mask(seen),
    )
    return conform(found.fillna({"n_help": 0, "n_shared": 0}), RUN_TABLES["attribution"])


@takes
def activity_yield(
    dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk, *, seed: int, n_permutations: int = 1000
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
    actors = actor_ids(survey.roster)
    placement = activity_placement(meetings, survey)
    passed = pair_events(survey, meetings, talk)
    there = presence(meetings.attendance, pd.Index(placement["activity"]), actors)
    parts = []
    for keys, pairs in dyads.groupby([*_SURVEY, "policy"], sort=False):
        ties = pairs[pairs["change"].isin(_NEW_OR_STRONGER)]
        ends = np.stack([places(actors, ties[end]) for end in ("a", "b")])
        fixed = dict(zip([*_SURVEY, "policy"], keys, strict=True)) | {"threshold": pairs["threshold"].iloc[0]}
        here = np.flatnonzero((placement["from_wave"] == keys[0]) & (placement["to_wave"] == keys[1]))
        for kind, kinds in _KINDS.items():
            of_kind = passed[passed["kind"].isin(kinds)]
            met = []
            for at in here:
                rows = of_kind[of_kind["activity"] == placement["activity"].iloc[at]]
                i, j = places(actors, rows["actor"]), places(actors, rows["other"])
                adjacent = np.zeros((len(actors), len(actors)), dtype=bool)
                adjacent[i, j] = adjacent[j, i] = True
                met.append((placement["activity"].iloc[at], there[:, at], adjacent))
            found = pd.DataFrame(_yields(met, ends, len(actors), n_permutations, np.random.default_rng(seed)))
            found["p_holm"] = adjusted(found["p"].where(found["activity"] != "all"))
            parts.append(found.assign(kind=kind, **fixed))
    return conform(pd.concat(parts) if parts else [], RUN_TABLES["activity_yield"])


def _yields(
    met: list[tuple[str, Flags, Flags]], ends: Ints, n: int, n_permutations: int, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """Each activity's yield, in order of time, then that of all.

    `met` has an activity's name, who was there, and which two people had an event; `ends` the people of each new or stronger
    tie. Row 0 of every array over permutations is as observed.
    """
    weights = bootstrap_weights(n, n_permutations, rng)
    seen = np.zeros((n_permutations + 1, ends.shape[1]), dtype=bool)
    ever = np.zeros((n, n), dtype=bool)
    for name, there, adjacent in met:
        ever |= adjacent
        present = np.flatnonzero(there | adjacent.any(axis=0))
        at_risk = np.flatnonzero(np.isin(ends, present).all(axis=0))
        as_observed = np.arange(len(present), dtype=np.int32)
        who = np.vstack([as_observed, rng.permuted(np.tile(as_observed, (n_permutations, 1)), axis=1)])
        a, b = np.searchsorted(present, ends[:, at_risk])
        hit = adjacent[np.ix_(present, present)][who[:, a], who[:, b]]
        first = hit[0] & ~seen[0, at_risk]
        seen[:, at_risk] |= hit
        yield {"activity": name, "n_first": int(first.sum()), **_counted(hit, adjacent, ends[:, at_risk], weights)}
    yield {"activity": "all", "n_first": int(seen[0].sum()), **_counted(seen, ever, ends, weights)}


def _counted(hit: Flags, adjacent: Flags, ends: Ints, weights: Floats) -> dict[str, Any]:
    counts = hit.sum(axis=1)
    n_pairs = int(adjacent.sum()) // 2
    some = np.flatnonzero(adjacent.any(axis=0))
    w, (a, b) = weights[:, some], ends[:, hit[0]]
    with np.errstate(invalid="ignore"):
        pairs = ((w @ adjacent[np.ix_(some, some)]) * w).sum(axis=1) / 2
        low, high = percentile_interval((weights[:, a] * weights[:, b]).sum(axis=1) / pairs)
    low, high = widened(low, high, int(counts[0]), n_pairs)
    row = {"n_ties": hit.shape[1], "n_pairs": n_pairs, "n_preceded": int(counts[0]), "low": low, "high": high}
    row["share"] = counts[0] / n_pairs if n_pairs else np.nan
    row |= dict.fromkeys(("expected", "null_low", "null_high", "p"), np.nan)
    if n_pairs and hit.shape[1]:
        row["null_low"], row["null_high"] = np.quantile(counts[1:], [0.025, 0.975])
        row |= {"expected": counts[1:].mean(), "p": permutation_p(counts[0], counts[1:])}
    return row


@takes
def help_by_phase(dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """Count help by cycle and phase, and by who helps whom.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.
    survey, meetings, talk
        What it was made from.

    Returns
    -------
    DataFrame
        Run table ``phases``: a row a relation, cycle, phase and kind of pair that the network can have (``all`` first), in order of the
        activities; an activity that says neither cycle nor phase is left out. Counts are blank where nobody read any
        activity of the phase. ``n_known`` and ``n_ties`` are blank where no read activity of it lies between two surveys. Help is
        dated by its activity and ties by the next survey: nothing here says that help in a phase brought the tie.

    Examples
    --------
    >>> import nicmethods as nic
    >>> phases = nic.analyse("data/demo", seed=1).phases
    >>> phases.query("phase == 'do' and who == 'all'")[["cycle", "n_read", "n_help", "n_pairs"]].to_dict("records")
    [{'cycle': 'cycle 1', 'n_read': 1, 'n_help': 22, 'n_pairs': 17}]
    """
    steps = meetings.activities.dropna(subset=["cycle", "phase"], how="all")[["activity", "cycle", "phase"]]
    steps = steps.fillna({"cycle": "no cycle", "phase": "no phase"})
    read = set(talk.coverage["activity"])
    placed = activity_placement(meetings, survey)[["activity", "from_wave", "to_wave"]].dropna()
    given = _given(survey, talk).merge(steps, on="activity", validate="many_to_one")
    given = given.merge(placed, on="activity", how="left", validate="many_to_one")
    met = _together(meetings, read).merge(placed, on="activity", validate="many_to_one")
    rows: list[dict[str, Any]] = []
    for relation in [*dyads["relation"].dropna().unique()] or [None]:
        changes = dyads.loc[dyads["relation"].eq(relation or ""), [*_PAIR, "change"]]
        helped = given.merge(changes, on=_PAIR, how="left", validate="many_to_one")
        others = met.merge(changes, on=_PAIR, validate="many_to_one")
        for (cycle, phase), own in steps.groupby(["cycle", "phase"], sort=False):
            here, there = (table[table["activity"].isin(own["activity"])] for table in (helped, others))
            seen = own["activity"].isin(read)
            between = relation is not None and own.loc[seen, "activity"].isin(placed["activity"]).any()
            about: dict[str, Any] = {"relation": relation, "cycle": cycle, "phase": phase}
            about |= {"activities": ";".join(own["activity"]), "n_activities": len(own), "n_read": int(seen.sum())}
            for who in ("all", *(_OF_HUB if survey.hub else ()), "members_one_site", "members_other_sites"):
                some = here if who == "all" else here[here["who"].eq(who)]
                known, grown = _known(some)
                row = about | {"who": who}
                if seen.any():
                    row |= {"n_help": len(some), "n_pairs": _pairs(some)}
                if between:
                    row |= {"n_known": _pairs(known), "n_ties": _pairs(grown)}
                if between and who == "all":
                    helping = pd.MultiIndex.from_frame(known[["a", "b"]])
                    known, grown = _known(there[~pd.MultiIndex.from_frame(there[["a", "b"]]).isin(helping)])
                    row |= {"n_other": _pairs(known), "n_other_ties": _pairs(grown)}
                rows.append(row)
    return conform(rows, RUN_TABLES["phases"])


def _known(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows whose tie the surveys tell of, and of these those whose tie is new or stronger."""
    known = rows[rows["change"].notna() & rows["change"].ne("not_observable")]
    return known, known[known["change"].isin(_NEW_OR_STRONGER)]


def _together(meetings: Meetings, read: set[str]) -> pd.DataFrame:
    """Pairs who attended a read activity, a before b."""
    there = meetings.attendance.loc[meetings.attendance["activity"].isin(read), ["activity", "actor"]]
    met = there.rename(columns={"actor": "a"}).merge(
        there.rename(columns={"actor": "b"}), on="activity", validate="many_to_many"
    )
    return met[met["a"] < met["b"]]


def _pairs(rows: pd.DataFrame) -> int:
    return len(rows[["a", "b"]].drop_duplicates())


def _given(survey: Survey, talk: Talk) -> pd.DataFrame:
    """Help whose two people are known, with the pair and what kind of pair it is; a blank site leaves members' pairs without a kind."""
    given = talk.events[talk.events["kind"].eq("help_given")].dropna(subset=["seeker", "helper"])
    given = given[given["seeker"].isin(survey.roster["actor"]) & given["helper"].isin(survey.roster["actor"])]
    site = survey.roster.set_index("actor")["site"]
    seeker, helper = (given[end].map(site) for end in ("seeker", "helper"))
    from_hub, to_hub = (given[end].isin(survey.hub) for end in ("helper", "seeker"))
    known = seeker.notna() & helper.notna()
    who = np.select(
        [from_hub & to_hub, from_hub, to_hub, known & seeker.eq(helper), known],
        ["within_hub", "hub_helps_member", "member_helps_hub", "members_one_site", "members_other_sites"],
        "",
    )
    ends = np.sort(given[["seeker", "helper"]].to_numpy(dtype=object), axis=1)
    return given.assign(who=who, a=ends[:, 0], b=ends[:, 1])
