"""What became of ties between two waves: created, kept, stronger, weaker, dissolved, or not observable."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.network.graph import WaveNetwork, declared, every_wave
from nicmethods.tables import RUN_TABLES
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nicmethods.tables.bundles import Survey

__all__ = ["change", "dyad_change", "interval_rows", "intervals", "stability", "transitions", "turnover"]

_KEYS = ["from_wave", "to_wave", "relation"]
_SETTINGS = ["threshold_from", "threshold", "policy"]


@takes
def dyad_change(survey: Survey) -> pd.DataFrame:
    """Say what became of every ordered pair between each wave and the next.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say. Each wave is compared with the next.

    Returns
    -------
    DataFrame
        Run table ``dyad_change``: every ordered pair of people present in either wave. ``created`` is below the
        threshold and then at or above it, ``dissolved`` the reverse; ``strengthened``, ``weakened`` and ``kept`` are
        ties in both waves with a higher, lower and equal value; ``absent`` is a tie in neither. ``not_observable``
        has a reason, the first that holds of: joiner, leaver, not_asked, no_answer, blank_cell.

    Raises
    ------
    MeasureError
        Beyond 5,000 people, where all pairs would not fit a table.
    """
    return declared("dyad_change", (_compare(earlier, later, survey.roster) for earlier, later in intervals(survey)))


@takes
def change(survey: Survey) -> pd.DataFrame:
    """Count what became of ties, over all pairs, within and across sites, and from role to role.

    Parameters
    ----------
    survey
        The survey, read as its policy and thresholds say.

    Returns
    -------
    DataFrame
        Run table ``change``: every kind in every scope, 0 where it was looked for and not found. Pairs with a joiner
        or leaver are counted as such and not as ``not_observable``; pairs without a site or role are in ``all`` only.
    """
    dyads = dyad_change(survey)
    return declared("change", (_counted(interval) for _, interval in dyads.groupby(_KEYS, sort=False)))


def _counted(interval: pd.DataFrame) -> pd.DataFrame:
    """Every kind in every scope of one interval."""
    apart = interval["reason"].where(interval["reason"].isin(["joiner", "leaver"]))
    kind = apart.fillna(interval["kind"])
    scope = [pd.Series("all", index=interval.index), interval["scope"], interval["role_pair"]]
    counts = pd.crosstab(pd.concat(scope).to_numpy(), pd.concat([kind] * 3).to_numpy())
    scopes = ["all", "within", "across", *sorted(interval["role_pair"].dropna().unique())]
    kinds = list(RUN_TABLES["change"]["kind"].among)
    counts = counts.reindex(index=scopes, columns=kinds, fill_value=0).rename_axis(index="scope", columns="kind")
    long = counts.reset_index().melt("scope", var_name="kind", value_name="n")
    return long.assign(**{column: interval[column].iloc[0] for column in [*_KEYS, *_SETTINGS]})


def stability(dyads: pd.DataFrame) -> pd.DataFrame:
    """How alike two waves are, over the pairs known in both.

    Parameters
    ----------
    dyads
        Table ``dyad_change``.

    Returns
    -------
    DataFrame
        One row an interval: ``jaccard`` = ties in both waves / ties in either (NaN without ties), ``hamming`` = created
        + dissolved (ordered pairs), ``hamming_share`` = hamming / pairs known in both, ``n_dyads``.

    Examples
    --------
    >>> import pandas as pd
    >>> dyads = pd.DataFrame({"from_wave": "w1", "to_wave": "w2", "relation": "help",
    ...                       "kind": ["created", "kept", "dissolved", "absent", "not_observable"]})
    >>> row = stability(dyads).iloc[0]
    >>> int(row.hamming), round(float(row.jaccard), 3), int(row.n_dyads)
    (2, 0.333, 4)
    """
    sums = _flags(dyads).groupby(_KEYS, sort=False).sum().reset_index()
    sums["hamming"] = sums["created"] + sums["dissolved"]
    either = (sums["kept"] + sums["hamming"]).astype(float)
    sums["jaccard"] = sums["kept"] / either.where(either > 0)
    sums["hamming_share"] = sums["hamming"] / sums["n_dyads"].astype(float).where(sums["n_dyads"] > 0)
    return sums[[*_KEYS, "jaccard", "hamming", "hamming_share", "n_dyads"]]


def transitions(dyads: pd.DataFrame) -> pd.DataFrame:
    """Count the moves from each reported value to each other, over the pairs known in both waves.

    Parameters
    ----------
    dyads
        Table ``dyad_change``.

    Returns
    -------
    DataFrame
        One row an interval and pair of values: ``weight_from``, ``weight_to``, ``n`` and ``share`` of the pairs that had
        that earlier value.
    """
    known = dyads[dyads["kind"] != "not_observable"]
    cells = known.groupby([*_KEYS, "weight_from", "weight_to"], sort=True).size().rename("n").reset_index()
    return cells.assign(share=cells["n"] / cells.groupby([*_KEYS, "weight_from"])["n"].transform("sum"))


def turnover(dyads: pd.DataFrame) -> pd.DataFrame:
    """What became of each actor's ties, and what share of them changed.

    Parameters
    ----------
    dyads
        Table ``dyad_change``.

    Returns
    -------
    DataFrame
        One row an interval, actor and direction (``out``: ties the actor names; ``in``: ties that name the actor) with
        counts ``created``, ``kept`` (whatever the value), ``dissolved``, ``n_dyads`` known in both waves, and
        ``turnover`` = (created + dissolved) / (created + dissolved + kept), NaN without ties.
    """
    flags = _flags(dyads)
    ends = {"out": "source", "in": "target"}
    long = pd.concat([flags.assign(actor=dyads[end], direction=way) for way, end in ends.items()])
    sums = long.groupby([*_KEYS, "actor", "direction"], sort=False).sum().reset_index()
    changed = sums["created"] + sums["dissolved"]
    either = (changed + sums["kept"]).astype(float)
    return sums.assign(turnover=changed / either.where(either > 0))


def _flags(dyads: pd.DataFrame) -> pd.DataFrame:
    """What became of each pair, as columns to be summed; ties kept at whatever value."""
    kind = dyads["kind"]
    kept, known = kind.isin(["kept", "strengthened", "weakened"]), kind != "not_observable"
    return dyads[_KEYS].assign(created=kind == "created", kept=kept, dissolved=kind == "dissolved", n_dyads=known)


def intervals(survey: Survey) -> Iterator[tuple[WaveNetwork, WaveNetwork]]:
    """Each relation's consecutive waves, earlier and later."""
    for earlier, later in pairwise(every_wave(survey)):
        if earlier.relation == later.relation:
            yield earlier, later


def interval_rows(rows: pd.DataFrame, earlier: WaveNetwork, later: WaveNetwork, **columns: Any) -> pd.DataFrame:
    """Rows with the columns that say which interval, relation, thresholds and policy they are of."""
    return rows.assign(
        from_wave=earlier.wave,
        to_wave=later.wave,
        relation=later.relation,
        threshold_from=earlier.threshold,
        threshold=later.threshold,
        policy=later.policy,
        **columns,
    )


def _compare(earlier: WaveNetwork, later: WaveNetwork, roster: pd.DataFrame) -> pd.DataFrame:
    people = roster[roster["actor"].isin([*earlier.actors, *later.actors])]
    source, target = np.nonzero(~np.eye(len(people), dtype=bool))
    (here_from, silent_from, asked_from, weight_from), (here_to, silent_to, asked_to, weight_to) = (
        _of_pairs(network, people, source, target) for network in (earlier, later)
    )
    kind = _kinds(weight_from, weight_to, earlier.threshold, later.threshold)
    # The first reason that holds; what no reason explains is a blank cell.
    reason = np.select(
        [~here_from, ~here_to, ~(asked_from & asked_to), silent_from | silent_to],
        ["joiner", "leaver", "not_asked", "no_answer"],
        "blank_cell",
    )
    actor, (site, _), (role, roles) = (
        people["actor"].to_numpy(),
        *(pd.factorize(people[name]) for name in ("site", "role")),
    )
    same = np.where(site[source] == site[target], 1, 2) * ((site[source] >= 0) & (site[target] >= 0))
    pairs = np.array([*(f"{one} > {other}" for one in roles for other in roles), None], dtype=object)
    which = np.where((role[source] < 0) | (role[target] < 0), -1, role[source] * len(roles) + role[target])
    rows = {
        "source": actor[source],
        "target": actor[target],
        "weight_from": weight_from,
        "weight_to": weight_to,
        "kind": kind,
        "reason": pd.Series(reason).where(kind == "not_observable"),
        "scope": np.array([None, "within", "across"], dtype=object)[same],
        "role_pair": pairs[which],
    }
    return interval_rows(pd.DataFrame(rows), earlier, later)


def _of_pairs(
    network: WaveNetwork, people: pd.DataFrame, source: np.ndarray, target: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Of pairs of all these people: were both present, was the source silent, was the pair asked, and the reported value."""
    place = pd.Index(network.actors).get_indexer(pd.Index(people["actor"]))  # -1, the last, is whoever was not present
    silent, group = np.append(~network.answered, False)[place], np.append(network.asked_group, -1)[place]
    values = np.pad(network.values(), (0, 1), constant_values=np.nan)
    here = place >= 0
    return (
        here[source] & here[target],
        silent[source],
        group[source] == group[target],
        values[place[source], place[target]],
    )


def _kinds(before: np.ndarray, after: np.ndarray, threshold_from: float, threshold_to: float) -> np.ndarray:
    tied_from, tied_to = before >= threshold_from, after >= threshold_to
    return np.select(
        [
            np.isnan(before) | np.isnan(after),
            ~tied_from & tied_to,
            tied_from & ~tied_to,
            tied_from & tied_to & (after > before),
            tied_from & tied_to & (after < before),
            tied_from & tied_to,
        ],
        ["not_observable", "created", "dissolved", "strengthened", "weakened", "kept"],
        "absent",
    )
