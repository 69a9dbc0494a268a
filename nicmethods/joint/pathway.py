"""The trust pathway: shared practice, then help asked, then help reciprocated.

Each pair's steps in time; how many pairs get how far, how fast, and whether chance would do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.confidence import bootstrap_weights, percentile_interval, permutation_p, widened
from nicmethods.joint.placement import actor_ids, pair_events, pair_index, places, presence, scopes
from nicmethods.tables import RUN_TABLES, conform, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["STEPS", "pathway_curves", "pathway_steps", "trust_pathway"]

STEPS = ("shared_practice", "help_asked", "help_reciprocated")
"""The three conditions of relational trust, in order."""

SHARED, ASKED, HELP_AB, HELP_BA = range(4)
"""Labels of a pair's events."""

NEVER = np.iinfo(np.int32).max
_DAY = np.timedelta64(1, "D")


@takes
def trust_pathway(survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """Follow each pair along the three conditions of relational trust.

    A step counts only after the one before it: help asked after practice was shared between the two (by either), help
    reciprocated (each has helped the other, the later of the two after the asking). ``sequence`` gives the order in
    which the three first happened, whatever it was.

    Parameters
    ----------
    survey
        Its roster. The whole record counts, activities held during surveys included.
    meetings
        Who attended what, and when.
    talk
        Coded events of one source, and what was coded.

    Returns
    -------
    DataFrame
        ``pathway`` of ``RUN_TABLES``: one row per pair that attended an activity together or has an event. Days run
        from the first common attendance (or event, where that came before); a pair is observed until its last common
        activity with coded talk. Days are blank where activities have no date.
    """
    actors = actor_ids(survey.roster)
    first, second = np.triu_indices(len(actors), 1)
    passed = _labelled(survey, meetings, talk)
    pair, label = passed[["pair", "label"]].to_numpy().T
    steps = steps_in_sequence(pair, label, len(first))
    day = meetings.activities.set_index("activity")["date"]
    event_day = day.reindex(passed["activity"]).to_numpy(dtype="datetime64[us]")
    coded = set(talk.coverage["activity"])
    start, last = _exposure(meetings.attendance, coded, day, actors, pair, event_day)
    scope, role_pair = scopes(survey.roster, actors)
    columns: dict[str, Any] = {"a": actors[first], "b": actors[second], "scope": scope, "role_pair": role_pair}
    columns |= {"first_together": start, "last_observed": last, "days_observed": (last - start) / _DAY}
    for name, row in zip(STEPS, steps, strict=True):
        reached = row != NEVER
        days, where = np.full(len(row), np.nan), np.full(len(row), None, dtype=object)
        days[reached] = (event_day[row[reached]] - start[reached]) / _DAY
        where[reached] = passed["activity"].to_numpy(dtype=object)[row[reached]]
        columns |= {f"days_{name}": days, f"activity_{name}": where}
    columns |= {"n_reached": (steps != NEVER).sum(axis=0), "sequence": _sequence(_whenever(pair, label, len(first)))}
    there = presence(meetings.attendance, pd.Index(meetings.activities["activity"]), actors).astype(np.float32)
    met = ((there @ there.T)[first, second] > 0) | (np.bincount(pair, minlength=len(first)) > 0)
    return conform(pd.DataFrame(columns)[met], RUN_TABLES["pathway"])


@dataclass(frozen=True)
class _Groups:
    """Groups of pairs (all, within or across, role pair) as sums of cells that no pair shares.

    Attributes
    ----------
    names
        (by, group) of each group.
    cell
        Cell of each pair.
    members
        Shape (n_groups, n_cells): whether a cell belongs to a group.
    """

    names: list[tuple[str, str]]
    cell: Ints
    members: Floats

    @classmethod
    def of(cls, pairs: pd.DataFrame) -> _Groups:
        kinds = pd.DataFrame(
            {"scope": pairs["scope"].fillna("unknown"), "role_pair": pairs["role_pair"].fillna("unknown")}
        )
        cell = kinds.groupby(["scope", "role_pair"], sort=True).ngroup().to_numpy()
        listed = kinds.drop_duplicates().sort_values(["scope", "role_pair"]).assign(all="all")
        names = [(by, str(group)) for by in ("all", "scope", "role_pair") for group in sorted(listed[by].unique())]
        members = np.stack([(listed[by] == group).to_numpy(dtype=float) for by, group in names])
        return cls(names, cell.astype(np.int64), np.asarray(members, dtype=np.float64))

    def at_least(self, level: Ints, weight: Floats | None = None) -> Floats:
        """Pairs (or their weight) at each level from 0 to 3 or beyond, per group (n_groups, 4)."""
        n_levels = len(STEPS) + 1
        counts = np.bincount(self.cell * n_levels + level, weight, minlength=self.members.shape[1] * n_levels)
        at_least = counts.reshape(-1, n_levels)[:, ::-1].cumsum(axis=1)[:, ::-1]
        return np.asarray(self.members @ at_least)


@takes
def pathway_steps(
    survey: Survey, meetings: Meetings, talk: Talk, *, seed: int, n_permutations: int = 500
) -> pd.DataFrame:
    """Count the pairs that reach each step, beside two nulls, all in all, within and across sites and by role pair.

    Parameters
    ----------
    survey, meetings, talk
        As for :func:`trust_pathway`.
    seed
        Seed of permutations and bootstrap.
    n_permutations
        Permutations of each null, and bootstrap samples over actors.

    Returns
    -------
    DataFrame
        ``pathway_steps`` of ``RUN_TABLES``. ``order_*`` come from a null that exchanges the code labels over each
        pair's events across all activities (is the order what chance would give?); ``present_*`` from one that
        exchanges, in each activity, the people behind the events among those present (is it these pairs?). ``p`` are
        two-sided, (b + 1) / (m + 1). ``median_days`` is the Kaplan-Meier median, blank where fewer than half get there.
    """
    table = trust_pathway(survey, meetings, talk)
    if table.empty:
        return empty(RUN_TABLES["pathway_steps"])
    actors = actor_ids(survey.roster)
    passed = _labelled(survey, meetings, talk)
    pair, label = passed[["pair", "label"]].to_numpy().T
    scope, role_pair = scopes(survey.roster, actors)
    everyone = _Groups.of(pd.DataFrame({"scope": scope, "role_pair": role_pair}))
    met = _Groups.of(table)
    kept = [everyone.names.index(name) for name in met.names]
    rng = np.random.default_rng(seed)
    order = [everyone.at_least(level) for level in _other_order(pair, label, len(scope), n_permutations, rng)]
    others = _other_people(passed, meetings.attendance, actors, n_permutations, rng)
    present = [everyone.at_least(_level(*rows, len(scope))) for rows in others]
    nulls = {"order": np.stack(order)[:, kept], "present": np.stack(present)[:, kept]}
    reached = table["n_reached"].to_numpy(dtype=np.int64)
    counts = met.at_least(reached).astype(int)
    one, two, n_actors = _ends(table)
    draws = np.stack([met.at_least(reached, w[one] * w[two]) for w in bootstrap_weights(n_actors, n_permutations, rng)])
    with np.errstate(invalid="ignore"):
        bounds = percentile_interval(draws[:, :, 1:] / draws[:, :, :1])
    low, high = np.vectorize(widened)(*bounds, counts[:, 1:], counts[:, :1])
    curves = pathway_curves(table, seed=seed, n_draws=0)
    halfway = curves[curves["reached"] >= 0.5].groupby(["by", "group", "step"])["days"].min()
    rows = [
        {"by": by, "group": group, "step": step, "n_pairs": counts[at, 0], "n_reached": counts[at, k]}
        | {"share": counts[at, k] / counts[at, 0], "low": low[at, k - 1], "high": high[at, k - 1]}
        | {"median_days": halfway.get((by, group, step), np.nan)}
        | _against("order", counts[at, k], nulls["order"][:, at, k])
        | _against("present", counts[at, k], nulls["present"][:, at, k])
        for k, step in enumerate(STEPS, start=1)
        for at, (by, group) in enumerate(met.names)
    ]
    return conform(rows, RUN_TABLES["pathway_steps"])


@takes
def pathway_curves(pathway: pd.DataFrame, *, seed: int, n_draws: int = 500) -> pd.DataFrame:
    """Estimate how many pairs have reached each step after so many days (Kaplan-Meier).

    Parameters
    ----------
    pathway
        Result of :func:`trust_pathway`. Pairs without dates are left out.
    seed
        Seed of the bootstrap.
    n_draws
        Bootstrap samples over actors behind the intervals; 0: none, and the intervals are blank.

    Returns
    -------
    DataFrame
        ``pathway_curves`` of ``RUN_TABLES``: one row per group, step and day on which a pair reached the step or went
        out of sight. ``reached`` is 1 - the Kaplan-Meier estimate; pairs not there yet count until they were last
        observed.

    References
    ----------
    Kaplan & Meier (1958), Journal of the American Statistical Association 53.
    """
    dated = pathway[pathway["days_observed"].notna()].reset_index(drop=True)
    if dated.empty:
        return empty(RUN_TABLES["pathway_curves"])
    groups = _Groups.of(dated)
    one, two, n_actors = _ends(dated)
    weights = [w[one] * w[two] for w in bootstrap_weights(n_actors, n_draws, np.random.default_rng(seed))]
    parts = []
    for k, step in enumerate(STEPS):
        reached = (dated["n_reached"] > k).to_numpy()
        days = dated[f"days_{step}"].where(reached, dated["days_observed"]).to_numpy(dtype=float)
        grid, at = np.unique(days, return_inverse=True)
        n_risk, n_new, estimate = _kaplan_meier(groups, at, reached, None)
        drawn = [_kaplan_meier(groups, at, reached, weight) for weight in weights]
        # A draw without any pair of a group is none of its curves.
        band = [np.where(at_risk[:, :1] > 0, curve, np.nan) for at_risk, _, curve in drawn]
        low, high = percentile_interval(np.reshape(band, (n_draws, *estimate.shape)))
        by, group = (np.repeat(np.array(names, dtype=object), len(grid)) for names in zip(*groups.names, strict=True))
        cells = {"by": by, "group": group, "step": step, "days": np.tile(grid, len(groups.names))}
        values = {"n_at_risk": n_risk, "n_reached": n_new, "reached": estimate, "low": low, "high": high}
        later = np.append(n_risk[:, 1:], np.zeros((len(n_risk), 1)), axis=1)
        part = pd.DataFrame(cells | {name: value.ravel() for name, value in values.items()})
        parts.append(part[(n_risk > later).ravel()])
    curves = pd.concat(parts).astype({"n_at_risk": "int64", "n_reached": "int64"})
    return conform(curves, RUN_TABLES["pathway_curves"])


def _labelled(survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """The events of :func:`~nicmethods.joint.placement.pair_events` with the number of their pair and their label."""
    actors = actor_ids(survey.roster)
    passed = pair_events(survey, meetings, talk)
    i, j = places(actors, passed["actor"]), places(actors, passed["other"])
    kinds: list[Any] = [passed["kind"] == "shared_practice", passed["kind"] == "help_request", i < j]
    label = np.select(kinds, [SHARED, ASKED, HELP_AB], HELP_BA).astype(np.int64)
    return passed.assign(pair=pair_index(i, j, len(actors)), label=label)


def steps_in_sequence(pair: NDArray[np.int64], label: NDArray[np.int64], n_pairs: int) -> NDArray[np.int64]:
    """Find the row at which each pair reaches each step after the one before.

    Parameters
    ----------
    pair, label
        Of each event, in order of time.
    n_pairs
        Number of pairs.

    Returns
    -------
    array
        Shape (3, n_pairs): rows of the events, :data:`NEVER` where a step is not reached.

    Examples
    --------
    >>> steps_in_sequence(np.zeros(4, int), np.array([SHARED, HELP_AB, ASKED, HELP_BA]), 1).ravel().tolist()
    [0, 2, 3]
    """
    asked = np.flatnonzero(label == ASKED)
    helped = np.flatnonzero(label >= HELP_AB)
    shared = _first(pair, np.flatnonzero(label == SHARED), n_pairs)
    sought = _first(pair, asked[asked > shared[pair[asked]]], n_pairs)
    both = _both_helped(pair, label, n_pairs)
    returned = _first(pair, helped[(helped > sought[pair[helped]]) & (helped >= both[pair[helped]])], n_pairs)
    return np.stack([shared, sought, returned])


def _whenever(pair: NDArray[np.int64], label: NDArray[np.int64], n_pairs: int) -> NDArray[np.int64]:
    """Row at which each of the three first happened, whatever came before (3, n_pairs)."""
    firsts = [_first(pair, np.flatnonzero(label == which), n_pairs) for which in (SHARED, ASKED)]
    return np.stack([*firsts, _both_helped(pair, label, n_pairs)])


def _both_helped(pair: NDArray[np.int64], label: NDArray[np.int64], n_pairs: int) -> NDArray[np.int64]:
    one, other = (_first(pair, np.flatnonzero(label == which), n_pairs) for which in (HELP_AB, HELP_BA))
    return np.maximum(one, other)


def _first(pair: NDArray[np.int64], rows: NDArray[np.intp], n_pairs: int) -> NDArray[np.int32]:
    """First of these rows of each pair; the last of repeated assignments stays, so they go backwards."""
    at = np.full(n_pairs, NEVER, dtype=np.int32)
    at[pair[rows[::-1]]] = rows[::-1]
    return at


def _sequence(firsts: NDArray[np.int64]) -> NDArray[np.object_]:
    """The steps that happened, in the order in which they first did: ``asked > shared``; None where none did."""
    ranked = np.argsort(firsts, axis=0, kind="stable")
    n_happened = (firsts != NEVER).sum(axis=0)
    code = ranked[0] * 3 + ranked[1] + 9 * n_happened
    out = np.full(firsts.shape[1], None, dtype=object)
    words = ("shared", "asked", "reciprocated")
    for value in np.unique(code[n_happened > 0]):
        n, (one, two) = value // 9, divmod(value % 9, 3)
        out[code == value] = " > ".join(words[step] for step in [one, two, 3 - one - two][:n])
    return out


def _exposure(
    attendance: pd.DataFrame,
    coded: set[str],
    day: pd.Series[Any],
    actors: pd.Index[str],
    pair: NDArray[np.int64],
    event_day: NDArray[np.datetime64],
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """First day together and last day observed of each pair; NaT where never or without dates."""
    n = len(actors)
    n_pairs = n * (n - 1) // 2
    start, last = np.full((2, n_pairs), np.datetime64("NaT", "us"))
    dated = attendance.assign(day=day.reindex(attendance["activity"]).to_numpy()).dropna(subset="day")
    for name, rows in dated.groupby("activity"):
        when = rows["day"].iloc[0].to_datetime64()
        here = places(actors, rows["actor"])
        here = np.sort(here[here >= 0])
        one, two = np.triu_indices(len(here), 1)
        both = pair_index(here[one], here[two], n)
        start[both] = np.fmin(start[both], when)
        if name in coded:
            last[both] = np.fmax(last[both], when)
    np.fmin.at(start, pair, event_day)
    np.fmax.at(last, pair, event_day)
    return start, np.fmax(last, start)


def _kaplan_meier(
    groups: _Groups, at: NDArray[np.intp], reached: NDArray[np.bool_], weight: Floats | None
) -> tuple[Floats, Floats, Floats]:
    """Weight at risk, weight that reaches, and share that has reached, per group and time (n_groups, n_times)."""
    n_times, n_cells = int(at.max()) + 1, groups.members.shape[1]
    counts = np.bincount((groups.cell * n_times + at) * 2 + reached, weight, minlength=n_cells * n_times * 2)
    leaves = np.tensordot(groups.members, counts.reshape(n_cells, n_times, 2).astype(float), axes=1)
    new, at_risk = leaves[:, :, 1], leaves.sum(axis=2)[:, ::-1].cumsum(axis=1)[:, ::-1]
    stay = 1 - np.divide(new, at_risk, out=np.zeros_like(new), where=at_risk > 0)
    return at_risk, new, 1 - stay.cumprod(axis=1)


def _level(pair: Ints, label: Ints, n_pairs: int) -> Ints:
    """Steps that each pair reaches in sequence, 0 to 3."""
    return np.asarray(np.count_nonzero(steps_in_sequence(pair, label, n_pairs) != NEVER, axis=0), dtype=np.int64)


def _other_order(pair: Ints, label: Ints, n_pairs: int, n: int, rng: np.random.Generator) -> Iterator[Ints]:
    """Steps that each pair reaches with the labels of its events exchanged over its events, n times.

    Only where somebody shared and asked can the order matter.
    """
    level, order = _level(pair, label, n_pairs), np.argsort(pair, kind="stable")
    pair, label = pair[order], label[order]
    both = np.intersect1d(pair[label == SHARED], pair[label == ASKED])
    loose = np.isin(pair, both)
    pair, label = np.searchsorted(both, pair[loose]), label[loose]
    for _ in range(n):
        level[both] = _level(pair, label[np.argsort(pair + rng.random(len(pair)))], len(both))
        yield level


def _other_people(
    passed: pd.DataFrame, attendance: pd.DataFrame, actors: pd.Index[str], n: int, rng: np.random.Generator
) -> Iterator[tuple[Ints, Ints]]:
    """The rows with the people of each activity exchanged among those present (and those with an event there), n times.

    Only the first time that someone shares practice with someone in an activity can matter, so others are left out.
    """
    again = (passed["label"] == SHARED) & passed.duplicated(["activity", "actor", "other", "label"])
    passed = passed[~again]
    seen = [passed[["activity", who]].set_axis(["activity", "actor"], axis=1) for who in ("actor", "other")]
    slots = pd.concat([attendance[["activity", "actor"]], *seen]).drop_duplicates()
    slots = slots[slots["actor"].isin(actors)].sort_values(["activity", "actor"])
    index = pd.MultiIndex.from_frame(slots)
    where, person = pd.factorize(slots["activity"])[0], places(actors, slots["actor"])
    giver = index.get_indexer(pd.MultiIndex.from_frame(passed[["activity", "actor"]]))
    taker = index.get_indexer(pd.MultiIndex.from_frame(passed[["activity", "other"]]))
    label = passed["label"].to_numpy()
    helps = np.flatnonzero(label > ASKED)
    number = np.zeros((len(actors), len(actors)), dtype=np.int64)
    ends = np.triu_indices(len(actors), 1)
    number[ends] = number.T[ends] = np.arange(len(ends[0]))
    for _ in range(n):
        now = person[np.argsort(where + rng.random(len(where)))]
        i, j = now[giver], now[taker]
        mixed = label.copy()
        mixed[helps] = np.where(i[helps] < j[helps], HELP_AB, HELP_BA)
        yield number[i, j], mixed


def _ends(table: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Both actors of each pair as numbers, and how many actors there are."""
    actors = pd.Index(pd.unique(pd.concat([table["a"], table["b"]]))).sort_values()
    return places(actors, table["a"]), places(actors, table["b"]), len(actors)


def _against(name: str, observed: int, null: Floats) -> dict[str, float]:
    low, high = np.quantile(null, [0.025, 0.975])
    found = {"expected": float(null.mean()), "low": float(low), "high": float(high), "p": permutation_p(observed, null)}
    return {f"{name}_{what}": value for what, value in found.items()}
