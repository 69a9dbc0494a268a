"""Who helps whom next: a relational event model of help, by conditional logistic regression on the order of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.joint.logit import Design, conditional_logit
from nicmethods.joint.numbering import actor_ids, places
from nicmethods.joint.placement import pair_events
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Meetings, Survey, Talk

    Floats = NDArray[np.float64]

__all__ = ["TERMS", "event_design", "relational_event_model"]

TERMS: dict[str, str] = {
    "inertia": "log(1 + times i has helped j before)",
    "reciprocity": "log(1 + times j has helped i before)",
    "same_site": "i and j are of one site",
    "same_role": "i and j have one role",
    "shift_ab_ba": "the one just helped helps back (AB-BA)",
    "shift_ab_by": "the one just helped helps a third person (AB-BY)",
    "shift_ab_ay": "the one who just helped helps a third person (AB-AY)",
    "shift_ab_xa": "a third person helps the one who just helped (AB-XA)",
    "shift_ab_xb": "a third person helps the one just helped (AB-XB)",
}
"""Statistics of an ordered pair i, j at risk of being the next event, i towards j."""

_READINGS = {
    "inertia": "someone who has helped a person before helps that person again",
    "reciprocity": "someone who was helped by a person helps that person",
    "same_site": "help passes between colleagues of one site",
    "same_role": "help passes between people of one role",
    "shift_ab_ba": "the one just helped helps back at once",
    "shift_ab_by": "the one just helped goes on to help a third person",
    "shift_ab_ay": "the one who just helped goes on to help a third person",
    "shift_ab_xa": "a third person helps the one who just helped",
    "shift_ab_xb": "a third person also helps the one just helped",
}
_CELLS = 4_000_000


@takes
def relational_event_model(
    survey: Survey,
    meetings: Meetings,
    talk: Talk,
    *,
    seed: int,
    kind: str = "help_given",
    terms: Sequence[str] = tuple(TERMS),
    covariates: Mapping[str, pd.DataFrame] | None = None,
    n_controls: int = 500,
) -> pd.DataFrame:
    """Model which pair is next to help (or ask, or share), given who attended and what passed before.

    The likelihood uses the order of events only. At risk are all ordered pairs of those who attended; inertia and
    reciprocity remember the whole record, participation shifts start anew with each activity.

    Parameters
    ----------
    survey
        Its roster: who can take part, with site and role.
    meetings
        Who attended what, and when.
    talk
        Coded events; those addressed to nobody are no relational events.
    seed
        Seed of the sample of pairs at risk; without effect where ``n_controls`` covers all.
    kind
        ``help_given`` (from helper to seeker), ``help_request`` (from seeker to helper) or ``shared_practice``.
    terms
        Statistics, from :data:`TERMS`.
    covariates
        Further statistics that stay the same: name to an actor x actor table, row towards column (an earlier survey
        tie, say). A pair with NaN is never at risk, and an event on it is left out and counted.
    n_controls
        Most pairs at risk per event beside its own; where more are, so many are drawn at random, which leaves the
        estimates consistent (McFadden 1978) and memory bounded.

    Returns
    -------
    DataFrame
        ``models`` of ``RUN_TABLES``: one row per term with estimate, standard error, 95 % interval, p (Wald, two-sided)
        and a sentence, then ``null_deviance`` and ``deviance``. A term that does not vary, or that predicts every event
        (separation), has no estimate and a note; the others are then those of the limit.

    Raises
    ------
    MeasureError
        If a term is unknown.

    References
    ----------
    Butts (2008), Sociological Methodology 38; Gibson (2003), Social Forces 81, for participation shifts.
    """
    design = event_design(
        *(survey, meetings, talk), kind=kind, terms=terms, covariates=covariates, n_controls=n_controls, seed=seed
    )
    table = conditional_logit(design)
    what = {"help_given": "help", "help_request": "request for help", "shared_practice": "shared practice"}[kind]
    reading = pd.Series([_reading(row) for row in table.to_dict("records")], dtype="str")
    table = table.assign(model=f"relational events: {what}", reading=reading)
    return conform(table.reindex(columns=RUN_TABLES["models"].names), RUN_TABLES["models"])


@takes
def event_design(
    survey: Survey,
    meetings: Meetings,
    talk: Talk,
    *,
    seed: int,
    kind: str = "help_given",
    terms: Sequence[str] = tuple(TERMS),
    covariates: Mapping[str, pd.DataFrame] | None = None,
    n_controls: int = 500,
) -> Design:
    """Lay out the statistics of every pair at risk of every event; parameters as for :func:`relational_event_model`."""
    unknown = [term for term in terms if term not in TERMS]
    if unknown:
        raise MeasureError(f"no term '{unknown[0]}'; there are: {', '.join(TERMS)}")
    actors = actor_ids(survey.roster)
    fixed = _fixed(survey.roster, actors, terms, covariates or {})
    passed = pair_events(survey, meetings, talk)
    passed = passed[(passed["kind"] == kind) & ~passed["broadcast"]]
    rng = np.random.default_rng(seed)
    history = np.zeros((len(actors), len(actors)))
    blocks, sizes, lost, sampled = [], [], 0, False
    for name, rows in passed.groupby("activity", sort=False):
        here = meetings.attendance.loc[meetings.attendance["activity"] == name, "actor"]
        present = np.unique(places(actors, pd.concat([here, rows["actor"], rows["other"]])))
        meeting = _Meeting(present[present >= 0], places(actors, rows["actor"]), places(actors, rows["other"]))
        for block, kept, n_lost in meeting.blocks(history, fixed, terms, n_controls, rng):
            blocks.append(block)
            sizes.append(kept)
            lost += n_lost
        sampled |= len(meeting.present) * (len(meeting.present) - 1) - 1 > n_controls
        np.add.at(history, (meeting.sender, meeting.receiver), 1)
    names = (*terms, *(covariates or {}))
    counts = np.concatenate(sizes) if sizes else np.empty(0, dtype=np.int64)
    rows_ = np.concatenate(blocks) if blocks else np.empty((0, len(names)))
    return Design(rows_, np.cumsum(counts) - counts, names, lost, sampled)


@dataclass(frozen=True)
class _Meeting:
    """One activity: who was there (actor numbers, sorted), and its events in order."""

    present: NDArray[np.int64]
    sender: NDArray[np.int64]
    receiver: NDArray[np.int64]

    def blocks(
        self,
        history: Floats,
        fixed: Mapping[str, Floats],
        terms: Sequence[str],
        n_controls: int,
        rng: np.random.Generator,
    ) -> Iterator[tuple[Floats, NDArray[np.int64], int]]:
        """Rows, pairs at risk per event and events left out, so many events at a time that memory stays bounded."""
        k = len(self.present)
        i, j = np.nonzero(~np.eye(k, dtype=bool))
        place = np.zeros((k, k), dtype=np.int64)
        place[i, j] = np.arange(len(i))
        s, r = (np.searchsorted(self.present, who) for who in (self.sender, self.receiver))
        before = history[np.ix_(self.present, self.present)]
        static = {name: matrix[np.ix_(self.present, self.present)][i, j] for name, matrix in fixed.items()}
        known = np.ones(len(i), dtype=bool)
        for values in static.values():
            known &= ~np.isnan(values)
        step = max(1, _CELLS // max(len(i), 1))
        for start in range(0, len(s), step):
            chunk = slice(start, start + step)
            own = place[s[chunk], r[chunk]]
            at_risk = _at_risk(own, known, n_controls, rng)
            counts = before[i, j] + _before(own, len(i))
            last = (np.r_[-1, s[:-1]][chunk], np.r_[-1, r[:-1]][chunk])
            columns = [
                _statistic(name, counts, place[j, i], (i, j), last) if name not in static else static[name]
                for name in terms
            ]
            columns += [static[name] for name in fixed if name not in terms]
            kept = known[own]
            yield (
                np.stack(
                    [np.take_along_axis(np.broadcast_to(c, counts.shape), at_risk, 1)[kept] for c in columns], axis=-1
                ).reshape(-1, len(columns)),
                np.full(int(kept.sum()), at_risk.shape[1]),
                int((~kept).sum()),
            )
            np.add.at(before, (s[chunk], r[chunk]), 1)


def _before(own: NDArray[np.int64], n: int) -> NDArray[np.float32]:
    """How often each pair had an event earlier in this block (events, pairs)."""
    happened = np.zeros((len(own), n), dtype=np.float32)
    happened[np.arange(len(own)), own] = 1
    return np.cumsum(happened, axis=0, dtype=np.float32) - happened


def _at_risk(
    own: NDArray[np.int64], known: NDArray[np.bool_], n_controls: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Each event's own pair, then the others at risk or a sample of them (events, at most 1 + n_controls)."""
    key = rng.random((len(own), len(known)))
    key[:, ~known] = 2
    key[np.arange(len(own)), own] = -1
    n = min(int(known.sum()), n_controls + 1)
    return (
        np.argpartition(key, min(n, key.shape[1]) - 1, axis=1)[:, :n] if n < key.shape[1] else np.argsort(key, axis=1)
    )


def _statistic(
    name: str,
    counts: Floats,
    back: NDArray[np.int64],
    pair: tuple[NDArray[np.int64], NDArray[np.int64]],
    last: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> Floats:
    """One statistic of all pairs (columns) at each event (rows); ``last`` is the event before, -1 at the start."""
    if name == "inertia":
        return np.log1p(counts)
    if name == "reciprocity":
        return np.log1p(counts[:, back])
    i, j = pair[0][None, :], pair[1][None, :]
    a, b = last[0][:, None], last[1][:, None]
    third_i, third_j = (i != a) & (i != b), (j != a) & (j != b)
    shift = {
        "shift_ab_ba": (i == b) & (j == a),
        "shift_ab_by": (i == b) & third_j,
        "shift_ab_ay": (i == a) & third_j,
        "shift_ab_xa": third_i & (j == a),
        "shift_ab_xb": third_i & (j == b),
    }[name]
    return np.asarray(shift & (a >= 0), dtype=np.float64)


def _fixed(
    roster: pd.DataFrame,
    actors: pd.Index[str],
    terms: Sequence[str],
    covariates: Mapping[str, pd.DataFrame],
) -> dict[str, Floats]:
    """Statistics that stay the same, as actor x actor matrices; NaN where one of the two is unknown, 0 if all are."""
    people = roster.set_index("actor").reindex(actors)
    fixed = {}
    for term, column in (("same_site", "site"), ("same_role", "role")):
        if term in terms:
            values = people[column].to_numpy(dtype=object) if column in people else np.full(len(actors), None)
            gap = pd.isna(values)
            same = (values[:, None] == values[None, :]).astype(float)
            fixed[term] = np.where(gap[:, None] | gap[None, :], np.nan, same)
    for name, table in covariates.items():
        fixed[name] = table.reindex(index=actors, columns=actors).to_numpy(dtype=float)
    return {name: np.nan_to_num(matrix) if np.isnan(matrix).all() else matrix for name, matrix in fixed.items()}


def _reading(row: Mapping[Any, Any]) -> str | None:
    """What an estimate means, in a sentence."""
    if np.isnan(row["estimate"]) or row["term"] in ("deviance", "null_deviance"):
        return None
    what = _READINGS.get(row["term"], f"a pair with a higher value of '{row['term']}' is next")
    if row["p"] >= 0.05:
        return f"Whether {what} more or less often than others cannot be told (p {row['p']:.2f})."
    more = "more" if row["estimate"] > 0 else "less"
    unit = "" if row["term"] in _READINGS and row["term"] not in ("inertia", "reciprocity") else " per unit"
    return f"It happens {more} often than among others that {what}: odds times {np.exp(row['estimate']):.2f}{unit}."
