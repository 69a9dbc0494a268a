"""What cases' data say on the domains of network health, beside how people rated them. Reads results only.

Measures speak to a domain; they are no rating of it. The sixth domain, contexts for improvement, has none: neither survey
nor talk of one network shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.across.development import settled_ratings
from nicmethods.across.gather import first_relation, stacked
from nicmethods.across.participation import hub_help, of_codes, of_participation
from nicmethods.joint.confidence import none, over_units, share_of_people
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nicmethods.across.gather import Tables

__all__ = ["HEALTH", "left_without", "network_health"]

HEALTH = {
    "cross_site_ties": ("connections", "ties that cross sites, share of all ties"),
    "reciprocity_arc": ("connections", "ties that are returned, share of all ties"),
    "hub_help": ("hub_leadership", "help that the hub gives members, share of all help"),
    "hub_named": ("hub_leadership", "ties that name the hub, share of all ties"),
    "left_without_hub": ("hub_leadership", "pairs of members still connected without the hub, share of those connected with it"),
    "gini_talk": ("roles_and_engagement", "inequality of words spoken (Gini, 0 to 1)"),
    "gini_help": ("roles_and_engagement", "inequality of help given (Gini, 0 to 1)"),
    "attendance": ("roles_and_engagement", "people who were there, mean share of an activity"),
    "turnover": ("roles_and_engagement", "people who joined or left between two waves, share of all in either"),
    "coded": ("continuous_improvement", "times coded, per activity read"),
    "shared_practice": ("culture", "times practice was shared, per activity read"),
    "sharers": ("culture", "people who shared practice, share of those in coded talk"),
}  # fmt: skip
"""Measure to its domain and what it is, in the order of the page."""

_NO_VALUE = "not known in this case"
_NO_INTERVAL = "no interval: the case's own tables have none"


def left_without(source: Iterable[str], target: Iterable[str], hub: Iterable[str]) -> float:
    """Say what is left of a network's connection without its hub.

    Parameters
    ----------
    source, target
        Ties, read without direction.
    hub
        People of the hub.

    Returns
    -------
    float
        Of the pairs of members that ties connect, directly or through others, the share that is still connected when the
        hub is taken out. NaN where no two members are connected.

    Examples
    --------
    >>> left_without(["a", "b", "c"], ["h", "h", "a"], ["h"])
    0.333...
    """
    ends = pd.DataFrame({"source": list(source), "target": list(target)}, dtype="str")
    hub = set(hub)
    members = sorted((set(ends["source"]) | set(ends["target"])) - hub)
    inside = ends[~ends["source"].isin(hub) & ~ends["target"].isin(hub)]
    n_with = _connected_pairs(ends, members)
    return _connected_pairs(inside, members) / n_with if n_with else float("nan")


def _connected_pairs(ends: pd.DataFrame, members: list[str]) -> int:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    people = pd.Index(sorted({*members, *ends["source"], *ends["target"]}))
    rows, columns = people.get_indexer(pd.Index(ends["source"])), people.get_indexer(pd.Index(ends["target"]))
    graph = coo_array((np.ones(len(ends)), (rows, columns)), shape=(len(people), len(people)))
    parts = connected_components(graph, directed=False)[1] if len(people) else np.array([], int)
    sizes = np.bincount(parts[people.get_indexer(pd.Index(members))]) if members else np.array([0])
    return int((sizes * (sizes - 1) // 2).sum())


def network_health(tables: Tables, cases: Iterable[str], *, ratings: pd.DataFrame | None = None) -> pd.DataFrame:
    """Put what the data say on each domain beside how people rated it.

    Parameters
    ----------
    tables
        Run tables of all cases below one another, ``case`` their first column, as ``read_across`` gives them; any may
        be missing. Of the survey the first relation of each case counts; machine suggestions are no codings.
    cases
        Every case, in order.
    ratings
        Table ``ratings`` of ``CASE_TABLES``. They stand beside the values and change none.

    Returns
    -------
    DataFrame
        Run table ``health``: for each case the measures of :data:`HEALTH`, wave by wave or by cycle and phase where they
        have these; a measure that a case does not have is one row with a note. ``docs/definitions/across.md`` defines each.
    """
    found = [
        *_connections(tables),
        ("hub_help", hub_help(tables)),
        *_hub(tables),
        *of_participation(tables),
        ("turnover", _turnover(stacked(tables, "actor_measures"))),
        *of_codes(tables),
    ]
    parts = [part.assign(measure=name) for name, part in found if len(part)]
    values = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["case", "measure", "value"])
    grid = pd.MultiIndex.from_product([list(cases), list(HEALTH)], names=["case", "measure"]).to_frame(index=False)
    health = grid.merge(values, on=["case", "measure"], how="left", validate="one_to_many")
    health = health.assign(
        domain=[HEALTH[measure][0] for measure in health["measure"]],
        what=[HEALTH[measure][1] for measure in health["measure"]],
    )
    health = _beside(health, ratings).reindex(columns=RUN_TABLES["health"].names)
    why = np.select([health["value"].isna(), health["low"].isna()], [_NO_VALUE, _NO_INTERVAL], "")
    health["note"] = health["note"].astype("str").fillna(pd.Series(why, dtype="str").replace("", None))
    return conform(health, RUN_TABLES["health"])


def _beside(health: pd.DataFrame, ratings: pd.DataFrame | None) -> pd.DataFrame:
    if ratings is None or ratings.empty:
        return health
    last = settled_ratings(ratings).sort_values("year").drop_duplicates(["case", "domain"], keep="last")
    said = last.rename(columns={"level": "rated", "year": "rated_year"})[["case", "domain", "rated", "rated_year"]]
    return health.merge(said, on=["case", "domain"], how="left", validate="many_to_one")


def _connections(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    measures = first_relation(stacked(tables, "network_measures"))
    returned = measures[measures["measure"].eq("reciprocity_arc")].rename(columns={"n_dyads": "n"})
    ei = measures[measures["measure"].eq("ei_index") & measures["by"].eq("site")]
    return [
        ("cross_site_ties", _by_wave(_crossing(tables, ei))),
        ("reciprocity_arc", _by_wave(returned)),
    ]


def _crossing(tables: Tables, ei: pd.DataFrame) -> pd.DataFrame:
    """Share of ties that cross sites: it is (1 + E-I) / 2, and so are the ends of its interval."""
    mixing = first_relation(stacked(tables, "mixing").query("by == 'site'"))
    kinds = mixing.assign(crosses=mixing["source_group"].ne(mixing["target_group"]))
    sums = kinds.groupby(["case", "wave", "crosses"], sort=False)[["n_ties", "expected"]].sum().astype(float)
    n = sums["n_ties"].groupby(["case", "wave"], sort=False).sum()
    totals = sums.groupby(["case", "wave"]).transform("sum")
    share = (sums / totals.where(totals > 0)).query("crosses").droplevel("crosses").rename(columns={"n_ties": "value"})
    ends = ei.assign(low=(1 + ei["low"]) / 2, high=(1 + ei["high"]) / 2)[["case", "wave", "low", "high", "note"]]
    return share.assign(n=n).reset_index().merge(ends, on=["case", "wave"], how="left", validate="one_to_one")


def _by_wave(measured: pd.DataFrame) -> pd.DataFrame:
    """Values a wave whose interval draws people; the note stays where value or interval is missing."""
    sure = measured["low"].notna()
    about = {"by": measured["wave"], "interval_over": sure.map({True: "people", False: None})}
    kept = measured.assign(**about, note=measured["note"].mask(sure))
    return kept[["case", "by", "value", "low", "high", "expected", "n", "interval_over", "note"]]


def _hub(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    actors = stacked(tables, "actors")[["case", "actor", "group"]].dropna()
    hubs = actors[actors["group"].eq("hub")]
    known = actors[actors["case"].isin(hubs["case"])].assign(hub=lambda t: t["group"].eq("hub"))
    ties = _ties(first_relation(stacked(tables, "dyad_change")))
    degrees = first_relation(stacked(tables, "actor_measures"))
    degrees = degrees.merge(known[["case", "actor", "hub"]], on=["case", "actor"], validate="many_to_one")
    named = degrees[degrees["measure"].eq("in_degree")].groupby(["case", "wave"], sort=False)
    asked = dict(iter(_asked(degrees, ties, known).groupby(["case", "wave"])))
    nobody = pd.DataFrame(columns=["hub", "to_hub", "to_known"])
    rows = [_naming(case, wave, own, asked.get((case, wave), nobody)) for (case, wave), own in named]
    of_hub = hubs.groupby("case")["actor"].agg(set)
    tied = ties[ties["case"].isin(of_hub.index)].groupby(["case", "wave"], sort=False)
    left = [_left(case, wave, own, of_hub[str(case)]) for (case, wave), own in tied]
    return [("hub_named", pd.DataFrame(rows)), ("left_without_hub", pd.DataFrame(left))]


def _ties(changes: pd.DataFrame) -> pd.DataFrame:
    """Ties of every wave that changes tell of, in order: those of the first wave, then of each later one."""
    first = changes["from_wave"].eq(changes.groupby("case")["from_wave"].transform("first"))
    ends = ((changes[first], "from", "threshold_from"), (changes, "to", "threshold"))
    parts = [own[own[f"weight_{end}"].ge(own[least])].assign(wave=own[f"{end}_wave"]) for own, end, least in ends]
    return pd.concat(parts)[["case", "wave", "source", "target"]]


def _asked(degrees: pd.DataFrame, ties: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Everyone who answered, with how many people of the hub, and of known group, each named; blank without single ties."""
    answered = degrees[degrees["measure"].eq("out_degree") & degrees["value"].notna()]
    targets = known[["case", "actor", "hub"]].rename(columns={"actor": "target", "hub": "named_hub"})
    each = ties.merge(targets, on=["case", "target"], validate="many_to_one")
    counts = each.groupby(["case", "wave", "source"])["named_hub"].agg(to_hub="sum", to_known="size").reset_index()
    both = answered.merge(
        counts.rename(columns={"source": "actor"}), on=["case", "wave", "actor"], how="left", validate="one_to_one"
    )
    seen = pd.MultiIndex.from_frame(both[["case", "wave"]]).isin(pd.MultiIndex.from_frame(ties[["case", "wave"]]))
    return both.assign(**{name: both[name].mask(both[name].isna() & seen, 0.0) for name in ("to_hub", "to_known")})


def _naming(case: Any, wave: Any, named: pd.DataFrame, asked: pd.DataFrame) -> dict[str, Any]:
    """One wave's share of ties that name the hub, with the share that usable pairs give."""
    n_ties, n_people, n_hub = named["value"].sum(), len(named), named["hub"].sum()
    if not n_ties:
        return {"case": case, "by": wave, "value": np.nan, "n": 0, "note": "no ties"}
    pairs = len(asked) * (n_people - 1)
    to_hub, to_known = (asked[name].to_numpy(float) for name in ("to_hub", "to_known"))
    sure = (
        none("who names whom is in the results from two waves on")
        if np.isnan(to_known).any()
        else over_units(to_hub, to_known, unit="people", share=True)
    )
    value = named.loc[named["hub"], "value"].sum() / n_ties
    expected = (len(asked) * n_hub - asked["hub"].sum()) / pairs if pairs else np.nan
    return {"case": case, "by": wave, "value": value, "n": n_ties, "expected": expected, **sure}


def _left(case: Any, wave: Any, ties: pd.DataFrame, hub: set[str]) -> dict[str, Any]:
    value = left_without(ties["source"], ties["target"], hub)
    why = none("one tie more or less may join or part whole groups")
    return {"case": case, "by": wave, "value": value, "n": len(ties), **why}


def _turnover(measures: pd.DataFrame) -> pd.DataFrame:
    present = first_relation(measures[measures["measure"].eq("in_degree")])
    people = present.groupby(["case", "wave"], sort=False)["actor"].agg(frozenset)
    rows = []
    for case, own in people.groupby("case"):
        for before, after, wave in zip(own, own.iloc[1:], own.index.get_level_values("wave")[1:], strict=False):
            moved, all_ = len(before ^ after), len(before | after)
            rows.append({"case": case, "by": wave, "value": moved / all_, "n": all_, **share_of_people(moved, all_)})
    return pd.DataFrame(rows)
