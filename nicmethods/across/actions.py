"""Strategic actions, as people coded them, in networks that are developed more and less. Reads results only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.across.development import DEVELOPMENT, development_of
from nicmethods.across.gather import activities_read, stacked
from nicmethods.joint.confidence import exact_share
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nicmethods.across.gather import Tables

__all__ = ["ACTIONS", "strategic_actions"]

ACTIONS = ("technical", "social", "balance")
"""Domains of ``codebooks/strategic_actions.yml`` whose codes are actions; the fourth, ``context``, is what networks ride out."""


def strategic_actions(
    tables: Tables,
    summaries: Mapping[str, Mapping[str, Any]],
    trajectories: pd.DataFrame,
    *,
    domains: Sequence[str] = ACTIONS,
) -> pd.DataFrame:
    """Count the networks in which each strategic action was coded, by how far the networks are developed.

    Parameters
    ----------
    tables
        Run tables of all cases below one another, ``case`` their first column, as ``read_across`` gives them.
    summaries
        Summaries of the cases by name; the codebook of a case is in its summary.
    trajectories
        Run table, for the level of development in the last year rated, over all domains.
    domains
        What the ids of the codes begin with, before the point: ``technical`` takes ``technical.data_systems``.

    Returns
    -------
    DataFrame
        Run table ``strategic_actions``. A network counts for a code if people read talk of it with a codebook that has
        the code: read and not coded is a no, while a network whose talk nobody read, or read with another codebook, is
        not in ``n``. Suggestions are no codings. Every network weighs the same, however much of its talk was read; the
        interval is that of independent networks.
    """
    groups = development_of(trajectories)
    read = activities_read(tables).groupby("case").size()
    named = {case: dict(summaries.get(case, {}).get("codes", {})) for case in read.index}
    codes = {code: name for own in named.values() for code, name in own.items() if code.split(".")[0] in domains}
    coded = stacked(tables, "codings")[["case", "activity", "turn", "code"]].drop_duplicates()
    turns = coded[coded["case"].isin(read.index)].groupby(["code", "case"]).size()
    by_code = {code: own.droplevel("code") for code, own in turns.groupby("code")}
    nowhere = pd.Series(dtype="int64")
    rows = [
        {"code": code, "action": name, **row}
        for code, name in codes.items()
        for row in _by_group([case for case in named if code in named[case]], groups, by_code.get(code, nowhere), read)
    ]
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["strategic_actions"].names), RUN_TABLES["strategic_actions"])


def _by_group(
    cases: list[str], groups: Mapping[str, str], turns: pd.Series[int], read: pd.Series[int]
) -> Iterator[dict[str, Any]]:
    """One code's row of each group of networks that has any."""
    for group in DEVELOPMENT:
        own = [case for case in cases if groups.get(case, "not rated") == group]
        if not own:
            continue
        with_it = [case for case in own if case in turns.index]
        low, high = exact_share(len(with_it), len(own))
        yield {
            "development": group,
            "n": len(own),
            "n_with": len(with_it),
            "share": len(with_it) / len(own),
            "low": low,
            "high": high,
            "networks": ";".join(with_it) or None,
            "n_turns": int(turns.reindex(with_it).sum()),
            "n_activities": int(read[own].sum()),
        }
