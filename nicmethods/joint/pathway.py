"""The trust pathway in time: shared practice, then help asked, then help reciprocated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.case.tables import RUN_TABLES, WORK_TABLES, empty
from nicmethods.joint.frames import bootstrap_weights, interval, pair_index, permutation_p, scopes, typed
from nicmethods.joint.opportunity import activity_placement, presence
from nicmethods.joint.talk import pair_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["STEPS", "pathway", "pathway_curves", "pathway_steps"]

STEPS = ("shared_practice", "help_asked", "help_reciprocated")
_SHARED, _ASKED, _HELP_AB, _HELP_BA = range(4)
_NEVER = np.iinfo(np.int64).max
_DAY = np.timedelta64(1, "D")


def pathway(
    events: pd.DataFrame,
    attendance: pd.DataFrame,
    activities: pd.DataFrame,
    roster: pd.DataFrame,
    coverage: pd.DataFrame,
    *,
    by_site: str = "site",
    by_role: str = "role",
) -> pd.DataFrame:
    """Follow each pair along the three conditions of relational trust.

    A step counts only after the one before it: help asked after practice was shared between the two (by either), help
    reciprocated (each has helped the other, the later of the two after the asking). ``sequence`` gives the order in
    which the three first happened, whatever it was.

    Parameters
    ----------
    events
        Coded events of one source, over the whole record, activities held during surveys included.
    attendance, activities, roster, coverage
        Work tables.
    by_site, by_role
        Columns of the roster for ``scope`` and ``role_pair``.

    Returns
    -------
    DataFrame
        ``pathway`` of ``RUN_TABLES``: one row per pair that attended an activity together or has an event. Days run from
        the first common attendance (or event, where that came before); a pair is observed until its last common activity
        with coded talk. Days are blank where activities have no date.
    """
    actors, ab = _pairs(roster)
    passed = _labelled(pair_events(events, attendance, _order(activities), roster), actors)
    steps = _in_sequence(passed["pair"].to_numpy(), passed["label"].to_numpy(), len(ab[0]))
    firsts = _whenever(passed["pair"].to_numpy(), passed["label"].to_numpy(), len(ab[0]))
    day = _days(activities)
    rows_day = day.reindex(passed["activity"]).to_numpy(dtype="datetime64[us]")
    rows_activity = passed["activity"].to_numpy(dtype=object)
    start, last = _exposure(attendance, coverage, day, actors, passed["pair"].to_numpy(), rows_day)
    columns: dict[str, Any] = {"first_together": start, "last_observed": last}
    for name, at in zip(STEPS, steps, strict=True):
        reached = at != _NEVER
        row = np.where(reached, at, 0)
        columns[f"days_{name}"] = np.where(reached, (rows_day[row] - start) / _DAY if len(passed) else np.nan, np.nan)
        columns[f"activity_{name}"] = np.where(reached, rows_activity[row] if len(passed) else None, None)
    n_reached = (steps != _NEVER).sum(axis=0)
    scope, role_pair = _scopes(roster, actors, ab, by_site=by_site, by_role=by_role)
    names = actors.to_numpy(dtype=object)
    met = _ever_together(attendance, actors) | (np.bincount(passed["pair"], minlength=len(ab[0])) > 0)
    table = pd.DataFrame(
        {"a": names[ab[0]], "b": names[ab[1]], "scope": scope, "role_pair": role_pair}
        | columns
        | {"days_observed": (last - start) / _DAY, "n_reached": n_reached, "sequence": _sequence(firsts)}
    )
    return typed(table[met], "pathway")


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
        As for :func:`pathway`.
    seed
        Seed of permutations and bootstrap.
    n_permutations
        Permutations of each null, and bootstrap samples over actors.

    Returns
    -------
    DataFrame
        ``pathway_steps`` of ``RUN_TABLES``. ``order_*`` come from a null that exchanges the code labels over each pair's
        events across all activities (is the order what chance would give?); ``present_*`` from one that exchanges, in
        each activity, the people behind the events among those present (is it these pairs?). ``p`` are two-sided,
        (b + 1) / (m + 1). ``median_days`` is the Kaplan-Meier median, blank where fewer than half get there.
    """
    table = pathway(events, attendance, activities, roster, coverage, by_site=by_site, by_role=by_role)
    if table.empty:
        return empty(RUN_TABLES["pathway_steps"])
    actors, ab = _pairs(roster)
    scope, role_pair = _scopes(roster, actors, ab, by_site=by_site, by_role=by_role)
    names = actors.to_numpy(dtype=object)
    everyone = pd.DataFrame({"a": names[ab[0]], "b": names[ab[1]], "scope": scope, "role_pair": role_pair})
    groups, codes = _groups(everyone)
    passed = _labelled(pair_events(events, attendance, _order(activities), roster), actors)
    rng = np.random.default_rng(seed)
    order = _null_counts(_other_order(passed, rng), codes, len(groups), n_permutations)
    present = _null_counts(_other_people(passed, attendance, actors, rng), codes, len(groups), n_permutations)
    low, high = _share_intervals(table, n_permutations, rng)
    curves = pathway_curves(table, seed=seed, n_draws=0)
    halfway = curves[curves["reached"] >= 0.5].groupby(["by", "group", "step"])["days"].min()
    rows = []
    own_groups, own_codes = _groups(table)
    n_pairs = _counts(own_codes, np.ones(len(table), dtype=bool), len(own_groups))
    for k, step in enumerate(STEPS):
        n_reached = _counts(own_codes, (table["n_reached"] > k).to_numpy(), len(own_groups))
        for at, (by, group) in enumerate(own_groups):
            place = groups.index((by, group))
            rows.append(
                {"by": by, "group": group, "step": step, "n_pairs": n_pairs[at], "n_reached": n_reached[at]}
                | {"share": n_reached[at] / n_pairs[at], "low": low[k, at], "high": high[k, at]}
                | {"median_days": halfway.get((by, group, step), np.nan)}
                | _against("order", n_reached[at], order[:, k, place])
                | _against("present", n_reached[at], present[:, k, place])
            )
    return typed(pd.DataFrame(rows, columns=RUN_TABLES["pathway_steps"].names), "pathway_steps")


def pathway_curves(table: pd.DataFrame, *, seed: int, n_draws: int = 500) -> pd.DataFrame:
    """Estimate how many pairs have reached each step after so many days (Kaplan-Meier).

    Parameters
    ----------
    table
        Result of :func:`pathway`. Pairs without dates are left out.
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
    groups, codes = _groups(dated)
    actors = pd.Index(pd.unique(pd.concat([dated["a"], dated["b"]]))).sort_values()
    ends = actors.get_indexer(dated["a"]), actors.get_indexer(dated["b"])
    draws = bootstrap_weights(len(actors), n_draws, np.random.default_rng(seed))
    parts = []
    for k, step in enumerate(STEPS):
        reached = (dated["n_reached"] > k).to_numpy()
        days = dated[f"days_{step}"].where(reached, dated["days_observed"]).to_numpy(dtype=float)
        grid, at = np.unique(days, return_inverse=True)
        cells = codes * len(grid) + at
        shape = (len(groups), len(grid))
        n_risk, n_new, estimate = _kaplan_meier(cells, reached, np.ones(len(dated)), shape)
        many = [_kaplan_meier(cells, reached, w[ends[0]] * w[ends[1]], shape)[2] for w in draws]
        low, high = np.quantile(many, [0.025, 0.975], axis=0) if many else np.full((2, *shape), np.nan)
        by, group = (np.repeat(np.array(names, dtype=object), len(grid)) for names in zip(*groups, strict=True))
        parts.append(
            pd.DataFrame(
                {"by": by, "group": group, "step": step, "days": np.tile(grid, len(groups)), "n_at_risk": n_risk.ravel()}
                | {"n_reached": n_new.ravel(), "reached": estimate.ravel(), "low": low.ravel(), "high": high.ravel()}
                | {"n_cell": np.bincount(cells.ravel(), minlength=shape[0] * shape[1])}
            )
        )
    curves = pd.concat(parts)
    return typed(curves[curves["n_cell"] > 0].astype({"n_at_risk": "int64", "n_reached": "int64"}), "pathway_curves")


def _kaplan_meier(
    cells: NDArray[np.int64], reached: NDArray[np.bool_], weights: NDArray[np.float64], shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """At risk, reached and share reached per group and time; ``cells`` (n_by, n_pairs) number group and time."""
    spread = np.broadcast_to(weights, cells.shape)
    leaves = np.bincount(cells.ravel(), spread.ravel(), minlength=shape[0] * shape[1]).reshape(shape)
    new = np.bincount(cells[:, reached].ravel(), spread[:, reached].ravel(), minlength=leaves.size).reshape(shape)
    at_risk = leaves[:, ::-1].cumsum(axis=1)[:, ::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.where(at_risk > 0, 1 - new / at_risk, 1)
    return at_risk, new, 1 - left.cumprod(axis=1)


def _groups(table: pd.DataFrame) -> tuple[list[tuple[str, str]], NDArray[np.int64]]:
    """All, scope and role pair: the groups, and for each of the three the group of each row (3, n)."""
    groups: list[tuple[str, str]] = []
    codes = []
    for by, values in (("all", None), ("scope", table["scope"]), ("role_pair", table["role_pair"])):
        text = pd.Series("all", index=table.index) if values is None else values.fillna("unknown")
        code, names = pd.factorize(text, sort=True)
        codes.append(code + len(groups))
        groups += [(by, str(name)) for name in names]
    return groups, np.stack(codes)


def _counts(codes: NDArray[np.int64], rows: NDArray[Any], n: int) -> NDArray[np.int64]:
    return np.bincount(codes[:, rows].ravel(), minlength=n)


def _null_counts(
    shuffles: Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]],
    codes: NDArray[np.int64],
    n_groups: int,
    n_permutations: int,
) -> NDArray[np.int64]:
    """Pairs that reach each step, per permutation, step and group (m, 3, n_groups)."""
    out = np.zeros((n_permutations, len(STEPS), n_groups), dtype=np.int64)
    for m, (pair, label) in zip(range(n_permutations), shuffles, strict=False):
        steps = _in_sequence(pair, label, codes.shape[1])
        for k in range(len(STEPS)):
            out[m, k] = _counts(codes, np.flatnonzero(steps[k] != _NEVER), n_groups)
    return out


def _other_order(
    passed: pd.DataFrame, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The rows with the labels of each pair's events exchanged over its events."""
    pair, label = passed["pair"].to_numpy(), passed["label"].to_numpy()
    rows = np.argsort(pair, kind="stable")
    while True:
        mixed = np.empty_like(label)
        mixed[rows] = label[np.argsort(pair + rng.random(len(pair)))]
        yield pair, mixed


def _other_people(
    passed: pd.DataFrame, attendance: pd.DataFrame, actors: pd.Index[str], rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The rows with the people of each activity exchanged among those present (and those with an event there)."""
    labels = passed["label"].to_numpy()
    doubled = passed.duplicated(["activity", "actor", "other"]) & (labels == _SHARED)
    passed = passed[~doubled]
    slots = pd.concat(
        [attendance[["activity", "actor"]], *(passed[["activity", who]].set_axis(["activity", "actor"], axis=1) for who in ("actor", "other"))]
    ).drop_duplicates()
    slots = slots[slots["actor"].isin(actors)].sort_values(["activity", "actor"])
    index = pd.MultiIndex.from_frame(slots)
    where, person = pd.factorize(slots["activity"])[0], actors.get_indexer(slots["actor"])
    giver = index.get_indexer(pd.MultiIndex.from_frame(passed[["activity", "actor"]]))
    taker = index.get_indexer(pd.MultiIndex.from_frame(passed[["activity", "other"]]))
    kind = np.where(passed["label"] >= _HELP_AB, _HELP_AB, passed["label"]).astype(np.int64)
    while True:
        now = person[np.argsort(where + rng.random(len(where)))]
        i, j = now[giver], now[taker]
        yield pair_index(i, j, len(actors)), np.where((kind == _HELP_AB) & (i > j), _HELP_BA, kind)


def _share_intervals(
    table: pd.DataFrame, n_draws: int, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of the share of pairs that reach each step (3, n_groups), by bootstrap over actors."""
    groups, codes = _groups(table)
    actors = pd.Index(pd.unique(pd.concat([table["a"], table["b"]]))).sort_values()
    ends = actors.get_indexer(table["a"]), actors.get_indexer(table["b"])
    n_reached = table["n_reached"].to_numpy(dtype=np.int64)
    cells = codes * (len(STEPS) + 1) + n_reached
    draws = []
    for w in bootstrap_weights(len(actors), n_draws, rng):
        weight = np.broadcast_to(w[ends[0]] * w[ends[1]], cells.shape)
        count = np.bincount(cells.ravel(), weight.ravel(), minlength=len(groups) * (len(STEPS) + 1))
        at_least = count.reshape(len(groups), -1)[:, ::-1].cumsum(axis=1)[:, ::-1]
        with np.errstate(invalid="ignore"):
            draws.append(at_least[:, 1:].T / at_least[:, 0])
    bounds = np.apply_along_axis(lambda x: np.array(interval(x)), 0, np.stack(draws)) if draws else np.full((2, 3, len(groups)), np.nan)
    return bounds[0], bounds[1]


def _against(name: str, observed: int, null: NDArray[np.int64]) -> dict[str, float]:
    low, high = np.quantile(null, [0.025, 0.975])
    return {
        f"{name}_expected": float(null.mean()),
        f"{name}_low": float(low),
        f"{name}_high": float(high),
        f"{name}_p": permutation_p(observed, null),
    }


def _in_sequence(pair: NDArray[np.int64], label: NDArray[np.int64], n_pairs: int) -> NDArray[np.int64]:
    """Row at which each pair reaches each step after the one before (3, n_pairs); rows are in order of time."""
    row = np.arange(len(pair))
    shared = _first(pair, row, label == _SHARED, n_pairs)
    asked = _first(pair, row, (label == _ASKED) & (row > shared[pair]), n_pairs)
    both = _both_helped(pair, row, label, n_pairs)
    returned = (label >= _HELP_AB) & (row > asked[pair]) & (row >= both[pair])
    return np.stack([shared, asked, _first(pair, row, returned, n_pairs)])


def _whenever(pair: NDArray[np.int64], label: NDArray[np.int64], n_pairs: int) -> NDArray[np.int64]:
    """Row at which each of the three first happened, whatever came before (3, n_pairs)."""
    row = np.arange(len(pair))
    return np.stack(
        [
            _first(pair, row, label == _SHARED, n_pairs),
            _first(pair, row, label == _ASKED, n_pairs),
            _both_helped(pair, row, label, n_pairs),
        ]
    )


def _both_helped(
    pair: NDArray[np.int64], row: NDArray[np.int64], label: NDArray[np.int64], n_pairs: int
) -> NDArray[np.int64]:
    return np.maximum(_first(pair, row, label == _HELP_AB, n_pairs), _first(pair, row, label == _HELP_BA, n_pairs))


def _first(
    pair: NDArray[np.int64], row: NDArray[np.int64], which: NDArray[np.bool_], n_pairs: int
) -> NDArray[np.int64]:
    """First row of each pair among ``which``; the last of repeated assignments stays, so they go backwards."""
    at = np.full(n_pairs, _NEVER)
    rows = row[which][::-1]
    at[pair[rows]] = rows
    return at


def _sequence(firsts: NDArray[np.int64]) -> NDArray[np.object_]:
    """The steps that happened, in the order in which they first did: ``asked > shared``; None where none did."""
    ranked = np.argsort(firsts, axis=0, kind="stable")
    n_happened = (firsts != _NEVER).sum(axis=0)
    code = ranked[0] * 3 + ranked[1] + 9 * n_happened
    out = np.full(firsts.shape[1], None, dtype=object)
    words = ("shared", "asked", "reciprocated")
    for value in np.unique(code[n_happened > 0]):
        n, (one, two) = value // 9, divmod(value % 9, 3)
        out[code == value] = " > ".join(words[step] for step in [one, two, 3 - one - two][:n])
    return out


def _labelled(passed: pd.DataFrame, actors: pd.Index[str]) -> pd.DataFrame:
    i, j = actors.get_indexer(passed["actor"]), actors.get_indexer(passed["other"])
    label = np.select(
        [passed["kind"] == "shared_practice", passed["kind"] == "help_request", i < j], [_SHARED, _ASKED, _HELP_AB], _HELP_BA
    )
    return passed.assign(pair=pair_index(i, j, len(actors)), label=label)


def _pairs(roster: pd.DataFrame) -> tuple[pd.Index[str], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    actors = pd.Index(np.sort(roster["actor"].to_numpy(dtype=object)), dtype="str")
    return actors, np.triu_indices(len(actors), 1)


def _scopes(
    roster: pd.DataFrame,
    actors: pd.Index[str],
    ab: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    by_site: str,
    by_role: str,
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    people = roster.set_index("actor").reindex(actors).reset_index()
    return scopes(people, *ab, by_site=by_site, by_role=by_role)


def _order(activities: pd.DataFrame) -> pd.DataFrame:
    return activity_placement(activities, empty(WORK_TABLES["waves"]))


def _days(activities: pd.DataFrame) -> pd.Series[Any]:
    return activities.set_index("activity")["date"]


def _exposure(
    attendance: pd.DataFrame,
    coverage: pd.DataFrame,
    day: pd.Series[Any],
    actors: pd.Index[str],
    pair: NDArray[np.int64],
    event_day: NDArray[np.datetime64],
) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """First day together and last day observed of each pair; NaT where never or without dates."""
    n = len(actors)
    n_pairs = n * (n - 1) // 2
    start, last = np.full((2, n_pairs), np.datetime64("NaT", "us"))
    coded = set(coverage["activity"])
    dated = attendance.assign(day=day.reindex(attendance["activity"]).to_numpy()).dropna(subset="day")
    for (when, name), rows in dated.groupby(["day", "activity"]):
        here = actors.get_indexer(rows["actor"])
        here = np.sort(here[here >= 0])
        one, two = np.triu_indices(len(here), 1)
        both = pair_index(here[one], here[two], n)
        start[both] = np.fmin(start[both], np.datetime64(when, "us"))
        if name in coded:
            last[both] = np.datetime64(when, "us")
    np.fmin.at(start, pair, event_day)
    np.fmax.at(last, pair, event_day)
    return start, np.fmax(last, start)


def _ever_together(attendance: pd.DataFrame, actors: pd.Index[str]) -> NDArray[np.bool_]:
    there = presence(attendance, pd.Index(attendance["activity"].unique()), actors).astype(np.float32)
    return np.asarray((there @ there.T)[np.triu_indices(len(actors), 1)] > 0)
