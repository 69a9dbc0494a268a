"""The trust pathway: shared practice, then help asked, then help reciprocated; each pair's steps in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.frames import actor_ids, chosen, pair_index, places, scopes, typed
from nicmethods.joint.opportunity import activity_placement, presence
from nicmethods.joint.talk import pair_events
from nicmethods.tables import WORK_TABLES, empty

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STEPS", "labelled_events", "steps_in_sequence", "trust_pathway"]

STEPS = ("shared_practice", "help_asked", "help_reciprocated")
"""The three conditions of relational trust, in order."""

SHARED, ASKED, HELP_AB, HELP_BA = range(4)
"""Labels of a pair's events."""

NEVER = np.iinfo(np.int32).max
_DAY = np.timedelta64(1, "D")


def trust_pathway(
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
        ``pathway`` of ``RUN_TABLES``: one row per pair that attended an activity together or has an event. Days run
        from the first common attendance (or event, where that came before); a pair is observed until its last common
        activity with coded talk. Days are blank where activities have no date.
    """
    actors = actor_ids(roster)
    ab = np.triu_indices(len(actors), 1)
    passed = labelled_events(events, attendance, activities, roster, actors)
    pair, label = passed["pair"].to_numpy(), passed["label"].to_numpy()
    steps = steps_in_sequence(pair, label, len(ab[0]))
    day = activities.set_index("activity")["date"]
    event_day = day.reindex(passed["activity"]).to_numpy(dtype="datetime64[us]")
    start, last = _exposure(attendance, coverage, day, actors, pair, event_day)
    people = roster.set_index("actor").reindex(actors).reset_index()
    scope, role_pair = scopes(people, *ab, by_site=by_site, by_role=by_role)
    names = actors.to_numpy(dtype=object)
    columns: dict[str, Any] = {"a": names[ab[0]], "b": names[ab[1]], "scope": scope, "role_pair": role_pair}
    columns |= {"first_together": start, "last_observed": last, "days_observed": (last - start) / _DAY}
    for name, row in zip(STEPS, steps, strict=True):
        reached = row != NEVER
        days, where = np.full(len(row), np.nan), np.full(len(row), None, dtype=object)
        days[reached] = (event_day[row[reached]] - start[reached]) / _DAY
        where[reached] = passed["activity"].to_numpy(dtype=object)[row[reached]]
        columns |= {f"days_{name}": days, f"activity_{name}": where}
    columns |= {"n_reached": (steps != NEVER).sum(axis=0), "sequence": _sequence(_whenever(pair, label, len(ab[0])))}
    met = _ever_together(attendance, actors) | (np.bincount(pair, minlength=len(ab[0])) > 0)
    return typed(pd.DataFrame(columns)[met], "pathway")


def labelled_events(
    events: pd.DataFrame,
    attendance: pd.DataFrame,
    activities: pd.DataFrame,
    roster: pd.DataFrame,
    actors: pd.Index[str],
) -> pd.DataFrame:
    """Events between pairs over the whole record, in order of time, with the number of the pair and a label.

    Parameters
    ----------
    events, attendance, activities, roster
        As for :func:`trust_pathway`.
    actors
        Ids in order; pairs are numbered as by :func:`~nicmethods.joint.frames.pair_index`.

    Returns
    -------
    DataFrame
        Columns of :func:`~nicmethods.joint.talk.pair_events`, ``pair`` and ``label`` (:data:`SHARED`, :data:`ASKED`,
        :data:`HELP_AB` or :data:`HELP_BA`).
    """
    placement = activity_placement(activities, empty(WORK_TABLES["waves"]))
    passed = pair_events(events, attendance, placement, roster)
    i, j = places(actors, passed["actor"]), places(actors, passed["other"])
    kinds: list[Any] = [passed["kind"] == "shared_practice", passed["kind"] == "help_request", i < j]
    return passed.assign(
        pair=pair_index(i, j, len(actors)), label=chosen(kinds, [SHARED, ASKED, HELP_AB], HELP_BA).astype(np.int64)
    )


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


def _ever_together(attendance: pd.DataFrame, actors: pd.Index[str]) -> NDArray[np.bool_]:
    there = presence(attendance, pd.Index(attendance["activity"].unique()), actors).astype(np.float32)
    return np.asarray((there @ there.T)[np.triu_indices(len(actors), 1)] > 0)
