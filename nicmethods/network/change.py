"""What became of ties between two waves: created, kept, stronger, weaker, dissolved, or not observable."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.network.graph import Policy, Threshold, WaveNetwork, declared, every_wave
from nicmethods.tables import RUN_TABLES
from nicmethods.tables.bundles import Survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["both_waves", "change", "dyad_change", "interval_rows", "intervals", "stability", "transitions", "turnover"]

_KEYS = ["from_wave", "to_wave", "relation"]
_SETTINGS = ["threshold_from", "threshold", "policy"]
_TIED_BOTH = ("kept", "strengthened", "weakened")


def dyad_change(survey: Any, *loose: pd.DataFrame, **settings: Any) -> pd.DataFrame:
    """Say what became of every ordered pair between each wave and the next.

    Parameters
    ----------
    ties, responses, roster, relations
        Work tables.
    waves
        Waves in order; each consecutive pair is compared.
    threshold
        Least value that counts as a tie: a number, a number per wave, or None for each relation's own.
    policy
        How missing answers are read; see :func:`nicmethods.network.graph.wave_network`.

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
    if isinstance(survey, Survey):
        loose = (survey.ties, survey.responses, survey.roster, survey.relations)
        settings = {"waves": survey.wave_order, "threshold": survey.threshold, "policy": survey.policy}
    else:
        loose = (survey, *loose)
    pairs = intervals(*loose, **settings)
    return declared("dyad_change", (_compare(earlier, later, loose[2]) for earlier, later in pairs))


def change(
    ties: pd.DataFrame,
    responses: pd.DataFrame,
    roster: pd.DataFrame,
    relations: pd.DataFrame,
    *,
    waves: Sequence[str],
    threshold: Threshold = None,
    policy: Policy = "observed",
) -> pd.DataFrame:
    """Count what became of ties, over all pairs, within and across sites, and from role to role.

    Parameters
    ----------
    ties, responses, roster, relations, waves, threshold, policy
        As in :func:`dyad_change`.

    Returns
    -------
    DataFrame
        Run table ``change``: every kind in every scope, 0 where it was looked for and not found. Pairs with a joiner
        or leaver are counted as such and not as ``not_observable``; pairs without a site or role are in ``all`` only.
    """
    dyads = dyad_change(ties, responses, roster, relations, waves=waves, threshold=threshold, policy=policy)
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
    kind = dyads["kind"]
    flags = dyads[_KEYS].assign(
        both=kind.isin(_TIED_BOTH),
        hamming=kind.isin(["created", "dissolved"]),
        n_dyads=kind != "not_observable",
    )
    sums = flags.groupby(_KEYS, sort=False)[["both", "hamming", "n_dyads"]].sum().reset_index()
    either = (sums["both"] + sums["hamming"]).astype(float)
    sums["jaccard"] = sums["both"] / either.where(either > 0)
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
    kind = dyads["kind"]
    flags = dyads[_KEYS].assign(
        created=kind == "created",
        kept=kind.isin(_TIED_BOTH),
        dissolved=kind == "dissolved",
        n_dyads=kind != "not_observable",
    )
    ends = {"out": "source", "in": "target"}
    long = pd.concat([flags.assign(actor=dyads[end], direction=way) for way, end in ends.items()])
    sums = long.groupby([*_KEYS, "actor", "direction"], sort=False).sum().reset_index()
    changed = sums["created"] + sums["dissolved"]
    either = (changed + sums["kept"]).astype(float)
    return sums.assign(turnover=changed / either.where(either > 0))


def intervals(
    ties: pd.DataFrame,
    responses: pd.DataFrame,
    roster: pd.DataFrame,
    relations: pd.DataFrame,
    *,
    waves: Sequence[str],
    threshold: Threshold = None,
    policy: Policy = "observed",
) -> Iterator[tuple[WaveNetwork, WaveNetwork]]:
    """Each relation's consecutive waves, earlier and later; parameters as in :func:`dyad_change`."""
    networks = every_wave(ties, responses, roster, relations, waves=waves, threshold=threshold, policy=policy)
    for earlier, later in pairwise(networks):
        if earlier.relation == later.relation:
            yield earlier, later


def both_waves(earlier: WaveNetwork, later: WaveNetwork) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """The people present in both waves, and their ties in each as arrays of 0, 1 and NaN (unknown)."""
    people = later.people[later.people["actor"].isin(earlier.actors)].reset_index(drop=True)
    matrices = []
    for network in (earlier, later):
        place = pd.Index(network.actors).get_indexer(pd.Index(people["actor"]))
        matrices.append(network.binary()[np.ix_(place, place)])
    return people, matrices[0], matrices[1]


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
    either = roster["actor"].isin([*earlier.actors, *later.actors])
    people = roster[either].reset_index(drop=True)
    weight_from, here_from = _placed(earlier, people)
    weight_to, here_to = _placed(later, people)
    source, target = np.nonzero(~np.eye(len(people), dtype=bool))
    before, after = weight_from[source, target], weight_to[source, target]
    reason = _reasons(earlier, later, people, here_from, here_to, source, target)
    kind = _kinds(before, after, earlier.threshold, later.threshold)
    actor = people["actor"].to_numpy()
    rows = pd.DataFrame(
        {
            "source": actor[source],
            "target": actor[target],
            "weight_from": before,
            "weight_to": after,
            "kind": kind,
            "reason": pd.Series(reason).where(kind == "not_observable"),
            "scope": _scope(people, source, target),
            "role_pair": _role_pair(people, source, target),
        }
    )
    return interval_rows(rows, earlier, later)


def _placed(network: WaveNetwork, people: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """The wave's values among all these people, and who of them was present."""
    place = pd.Index(people["actor"]).get_indexer(pd.Index(network.actors))
    values = np.full((len(people), len(people)), np.nan)
    values[np.ix_(place, place)] = network.values()
    present = np.zeros(len(people), bool)
    present[place] = True
    return values, present


def _reasons(
    earlier: WaveNetwork,
    later: WaveNetwork,
    people: pd.DataFrame,
    here_from: np.ndarray,
    here_to: np.ndarray,
    source: np.ndarray,
    target: np.ndarray,
) -> np.ndarray:
    """The first reason that holds for each pair; what no reason explains is a blank cell."""
    silent = np.zeros(len(people), bool)
    asked = np.ones(len(source), bool)
    number = pd.Index(people["actor"])
    for network in (earlier, later):
        place = number.get_indexer(pd.Index(network.actors))
        silent[place] |= ~network.answered
        group = np.full(len(people), -1)
        group[place] = network.asked_group
        asked &= group[source] == group[target]
    return np.select(
        [
            ~(here_from[source] & here_from[target]),
            ~(here_to[source] & here_to[target]),
            ~asked,
            silent[source],
        ],
        ["joiner", "leaver", "not_asked", "no_answer"],
        "blank_cell",
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


def _scope(people: pd.DataFrame, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    code = pd.factorize(people["site"])[0]
    which = np.where(code[source] == code[target], 1, 2)
    which[(code[source] < 0) | (code[target] < 0)] = 0
    return np.array([None, "within", "across"], dtype=object)[which]


def _role_pair(people: pd.DataFrame, source: np.ndarray, target: np.ndarray) -> np.ndarray:
    code, names = pd.factorize(people["role"])
    pairs = np.array([*(f"{one} > {other}" for one in names for other in names), None], dtype=object)
    which = code[source] * len(names) + code[target]
    which[(code[source] < 0) | (code[target] < 0)] = -1
    named: np.ndarray = pairs[which]
    return named
