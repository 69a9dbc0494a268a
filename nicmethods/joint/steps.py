"""How many pairs get how far along the trust pathway, how fast, and whether chance would do the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.joint.confidence import widened
from nicmethods.joint.frames import (
    actor_ids,
    bootstrap_weights,
    interval,
    pair_index,
    permutation_p,
    places,
    scopes,
    typed,
)
from nicmethods.joint.pathway import (
    ASKED,
    HELP_AB,
    HELP_BA,
    NEVER,
    SHARED,
    STEPS,
    labelled_events,
    steps_in_sequence,
    trust_pathway,
)
from nicmethods.tables import RUN_TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]

__all__ = ["completed_counts", "pathway_curves", "pathway_steps"]


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


def pathway_steps(
    events: pd.DataFrame,
    attendance: pd.DataFrame,
    activities: pd.DataFrame,
    roster: pd.DataFrame,
    coverage: pd.DataFrame,
    *,
    seed: int,
    n_permutations: int = 500,
    by_site: str = "site",
    by_role: str = "role",
) -> pd.DataFrame:
    """Count the pairs that reach each step, beside two nulls, all in all, within and across sites and by role pair.

    Parameters
    ----------
    events, attendance, activities, roster, coverage, by_site, by_role
        As for :func:`~nicmethods.joint.pathway.trust_pathway`.
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
    table = trust_pathway(events, attendance, activities, roster, coverage, by_site=by_site, by_role=by_role)
    if table.empty:
        return empty(RUN_TABLES["pathway_steps"])
    actors = actor_ids(roster)
    passed = labelled_events(events, attendance, activities, roster, actors)
    people = roster.set_index("actor").reindex(actors).reset_index()
    scope, role_pair = scopes(people, *np.triu_indices(len(actors), 1), by_site=by_site, by_role=by_role)
    everyone = _Groups.of(pd.DataFrame({"scope": scope, "role_pair": role_pair}))
    met = _Groups.of(table)
    kept = [everyone.names.index(name) for name in met.names]
    rng = np.random.default_rng(seed)
    level = _level(*_rows(passed), len(scope))
    nulls = {
        "order": np.stack(
            [everyone.at_least(_put(level, *new))[kept] for new in _other_order(passed, n_permutations, rng)]
        ),
        "present": np.stack(
            [
                everyone.at_least(_level(*rows, len(scope)))[kept]
                for rows in _other_people(passed, attendance, actors, n_permutations, rng)
            ]
        ),
    }
    counts = met.at_least(table["n_reached"].to_numpy(dtype=np.int64)).astype(int)
    low, high = _share_intervals(table, met, n_permutations, rng)
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
    return typed(pd.DataFrame(rows), "pathway_steps")


def pathway_curves(table: pd.DataFrame, *, seed: int, n_draws: int = 500) -> pd.DataFrame:
    """Estimate how many pairs have reached each step after so many days (Kaplan-Meier).

    Parameters
    ----------
    table
        Result of :func:`~nicmethods.joint.pathway.trust_pathway`. Pairs without dates are left out.
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
    dated = table[table["days_observed"].notna()].reset_index(drop=True)
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
        low, high = _band([_kaplan_meier(groups, at, reached, weight) for weight in weights], estimate.shape)
        by, group = (np.repeat(np.array(names, dtype=object), len(grid)) for names in zip(*groups.names, strict=True))
        cells = {"by": by, "group": group, "step": step, "days": np.tile(grid, len(groups.names))}
        values = {"n_at_risk": n_risk, "n_reached": n_new, "reached": estimate, "low": low, "high": high}
        later = np.append(n_risk[:, 1:], np.zeros((len(n_risk), 1)), axis=1)
        part = pd.DataFrame(cells | {name: value.ravel() for name, value in values.items()})
        parts.append(part[(n_risk > later).ravel()])
    return typed(pd.concat(parts).astype({"n_at_risk": "int64", "n_reached": "int64"}), "pathway_curves")


def completed_counts(
    events: pd.DataFrame,
    attendance: pd.DataFrame,
    activities: pd.DataFrame,
    roster: pd.DataFrame,
    pairs: pd.DataFrame,
    *,
    seed: int,
    n_permutations: int,
) -> tuple[Ints, tuple[str, ...]]:
    """Count the pairs that go the whole pathway in order, as observed and with each pair's codes in any order.

    Parameters
    ----------
    events, attendance, activities, roster
        As for :func:`~nicmethods.joint.pathway.trust_pathway`.
    pairs
        The pairs meant, with ``a`` and ``b``.
    seed, n_permutations
        Of the null, which exchanges the code labels over a pair's events across all activities.

    Returns
    -------
    (counts, events)
        Counts of shape (1 + n_permutations,), the observed first; and the ids of the events of the pairs that completed
        it.
    """
    actors = actor_ids(roster)
    n_pairs = len(actors) * (len(actors) - 1) // 2
    meant = np.zeros(n_pairs, dtype=bool)
    meant[pair_index(places(actors, pairs["a"]), places(actors, pairs["b"]), len(actors))] = True
    passed = labelled_events(events, attendance, activities, roster, actors)
    done = (_level(*_rows(passed), n_pairs) == len(STEPS)) & meant
    shuffled = _other_order(passed, n_permutations, np.random.default_rng(seed))
    null = [int((meant[these] & (level == len(STEPS))).sum()) for these, level in shuffled]
    return np.array([done.sum(), *null]), tuple(dict.fromkeys(passed.loc[done[passed["pair"]], "event"]))


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


def _band(draws: list[tuple[Floats, Floats, Floats]], shape: tuple[int, ...]) -> Floats:
    """95 % bounds of curves drawn again (2, n_groups, n_times); a draw without any pair of a group is none of its curves."""
    if not draws:
        return np.full((2, *shape), np.nan)
    curves = np.stack([np.where(at_risk[:, :1] > 0, curve, np.nan) for at_risk, _, curve in draws])
    missing = np.isnan(curves).mean(axis=0) > 0.05
    bounds = np.nanquantile(np.where(missing, 0.0, curves), [0.025, 0.975], axis=0)
    return np.where(missing, np.nan, bounds)


def _level(pair: Ints, label: Ints, n_pairs: int) -> Ints:
    """Steps that each pair reaches in sequence, 0 to 3."""
    return np.asarray(np.count_nonzero(steps_in_sequence(pair, label, n_pairs) != NEVER, axis=0), dtype=np.int64)


def _other_order(passed: pd.DataFrame, n: int, rng: np.random.Generator) -> Iterator[tuple[Ints, Ints]]:
    """Pairs and the steps they reach with the labels of each pair's events exchanged over its events, n times.

    Only pairs that shared and asked are given: for all others the order of their events cannot matter.
    """
    pair, label = _rows(passed.sort_values("pair", kind="stable"))
    both = np.intersect1d(pair[label == SHARED], pair[label == ASKED])
    loose = np.isin(pair, both)
    pair, label = np.searchsorted(both, pair[loose]), label[loose]
    for _ in range(n):
        yield both, _level(pair, label[np.argsort(pair + rng.random(len(pair)))], len(both))


def _put(level: Ints, pairs: Ints, new: Ints) -> Ints:
    out = level.copy()
    out[pairs] = new
    return out


def _rows(passed: pd.DataFrame) -> tuple[Ints, Ints]:
    return passed["pair"].to_numpy(), passed["label"].to_numpy()


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


def _share_intervals(
    table: pd.DataFrame, groups: _Groups, n_draws: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Bounds of the share of pairs that reach each step (n_groups, 3), by bootstrap over actors, widened to the exact one."""
    one, two, n_actors = _ends(table)
    level = table["n_reached"].to_numpy(dtype=np.int64)
    draws = np.stack([groups.at_least(level, w[one] * w[two]) for w in bootstrap_weights(n_actors, n_draws, rng)])
    with np.errstate(invalid="ignore"):
        shares = draws[:, :, 1:] / draws[:, :, :1]
    counts = groups.at_least(level).astype(int)
    bounds = np.array(
        [
            [widened(*interval(shares[:, at, k]), counts[at, k + 1], counts[at, 0]) for k in range(len(STEPS))]
            for at in range(len(groups.names))
        ]
    )
    return bounds[:, :, 0], bounds[:, :, 1]


def _ends(table: pd.DataFrame) -> tuple[NDArray[np.intp], NDArray[np.intp], int]:
    """Both actors of each pair as numbers, and how many actors there are."""
    actors = pd.Index(pd.unique(pd.concat([table["a"], table["b"]]))).sort_values()
    return places(actors, table["a"]), places(actors, table["b"]), len(actors)


def _against(name: str, observed: int, null: Floats) -> dict[str, float]:
    low, high = np.quantile(null, [0.025, 0.975])
    return {
        f"{name}_expected": float(null.mean()),
        f"{name}_low": float(low),
        f"{name}_high": float(high),
        f"{name}_p": permutation_p(observed, null),
    }
