"""What cases' data say on the domains of network health, beside how people rated them. Reads results only.

Measures speak to a domain; they are no rating of it. The sixth domain, contexts for improvement, has none: neither survey
nor talk of one network shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.case.tables import RUN_TABLES
from nicmethods.joint.development import settled_ratings
from nicmethods.joint.frames import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Tables = Mapping[str, pd.DataFrame]

__all__ = ["HEALTH", "between_levels", "gini", "left_without", "network_health"]

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


def gini(amounts: NDArray[Any]) -> float:
    """Say how unequally something is spread over people.

    Parameters
    ----------
    amounts
        Shape (n,): what each person has, 0 or more; those with nothing included.

    Returns
    -------
    float
        Mean difference between two people over twice the mean (Gini 1912): 0 if all have the same, (n - 1) / n if one
        has all. NaN for nobody, or where nobody has any.

    Examples
    --------
    >>> float(gini(np.array([0, 0, 0, 4]))), float(gini(np.array([2, 2])))
    (0.75, 0.0)
    """
    x = np.sort(np.asarray(amounts, dtype=float))
    if not x.sum():
        return float("nan")
    n = len(x)
    return float((2 * np.arange(1, n + 1) - n - 1) @ x / (n * x.sum()))


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
    found = [*_connections(tables), *_hub(tables), *_engagement(tables), *_coded(tables)]
    parts = [part.assign(measure=name) for name, part in found if len(part)]
    values = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["case", "measure", "value"])
    grid = pd.MultiIndex.from_product([list(cases), list(HEALTH)], names=["case", "measure"]).to_frame(index=False)
    health = grid.merge(values, on=["case", "measure"], how="left", validate="one_to_many")
    health = health.assign(
        domain=[HEALTH[measure][0] for measure in health["measure"]],
        what=[HEALTH[measure][1] for measure in health["measure"]],
        note=health["value"].isna().map({True: _NO_VALUE, False: None}),
    )
    return typed(_beside(health, ratings).reindex(columns=RUN_TABLES["health"].names), "health")


def _beside(health: pd.DataFrame, ratings: pd.DataFrame | None) -> pd.DataFrame:
    if ratings is None or ratings.empty:
        return health
    last = settled_ratings(ratings).sort_values("year").drop_duplicates(["case", "domain"], keep="last")
    said = last.rename(columns={"level": "rated", "year": "rated_year"})[["case", "domain", "rated", "rated_year"]]
    return health.merge(said, on=["case", "domain"], how="left", validate="many_to_one")


def _first_relation(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of each case's first relation."""
    return table[table["relation"].eq(table.groupby("case")["relation"].transform("first"))]


def _get(tables: Tables, name: str) -> pd.DataFrame:
    return tables[name] if name in tables else pd.DataFrame(columns=["case", *_columns(name)])


def _columns(name: str) -> list[str]:
    from nicmethods.case.tables import CASE_TABLES, WORK_TABLES

    return (RUN_TABLES.get(name) or WORK_TABLES.get(name) or CASE_TABLES[name]).names


def _connections(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    mixing = _first_relation(_get(tables, "mixing").query("by == 'site'"))
    kinds = mixing.assign(crosses=mixing["source_group"].ne(mixing["target_group"]))
    sums = kinds.groupby(["case", "wave", "crosses"], sort=False)[["n_ties", "expected"]].sum().astype(float)
    share = (sums / sums.groupby(["case", "wave"]).transform("sum")).query("crosses").droplevel("crosses")
    n = sums["n_ties"].groupby(["case", "wave"], sort=False).sum()
    crossing = share.rename(columns={"n_ties": "value"}).assign(n=n).reset_index()
    measures = _first_relation(_get(tables, "network_measures").query("measure == 'reciprocity_arc'"))
    returned = measures.rename(columns={"n_dyads": "n"}).drop(columns="by")
    return [
        ("cross_site_ties", crossing.rename(columns={"wave": "by"})),
        ("reciprocity_arc", returned.rename(columns={"wave": "by"})[["case", "by", *_NUMBERS, "n"]]),
    ]


_NUMBERS = ("value", "low", "high", "expected")


def _hub(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    actors = _get(tables, "actors")[["case", "actor", "group"]]
    hubs = actors[actors["group"].eq("hub")]
    known = actors[actors["case"].isin(hubs["case"])]
    given = _given(tables)
    for end in ("seeker", "helper"):
        named = known.rename(columns={"actor": end, "group": f"{end}_group"})
        given = given.merge(named, on=["case", end], how="inner", validate="many_to_one")
    from_hub = given["helper_group"].eq("hub") & given["seeker_group"].eq("member")
    degrees = _first_relation(_get(tables, "actor_measures").query("measure == 'in_degree'"))
    degrees = degrees.merge(known, on=["case", "actor"], how="inner", validate="many_to_one")
    degrees = degrees.assign(hub=degrees["group"].eq("hub"))
    named = degrees.assign(to_hub=degrees["value"].where(degrees["hub"], 0.0))
    sums = named.groupby(["case", "wave"], sort=False).agg(
        to_hub=("to_hub", "sum"), n=("value", "sum"), expected=("hub", "mean")
    )
    central = sums.assign(value=sums["to_hub"] / sums["n"].where(sums["n"] > 0)).drop(columns="to_hub").reset_index()
    return [
        ("hub_help", _share(from_hub, given["case"])),
        ("hub_named", central.rename(columns={"wave": "by"})),
        ("left_without_hub", _left(_get(tables, "dyad_change"), hubs)),
    ]


def _left(changes: pd.DataFrame, hubs: pd.DataFrame) -> pd.DataFrame:
    ties = _first_relation(changes)
    ties = ties[ties["weight_to"].ge(ties["threshold"])]
    rows = [
        {"case": case, "by": wave, "value": left_without(own["source"], own["target"], hubs.loc[hubs["case"] == case, "actor"])}
        | {"n": len(own)}
        for (case, wave), own in ties[ties["case"].isin(hubs["case"])].groupby(["case", "to_wave"], sort=False)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _share(hits: pd.Series[bool], case: pd.Series[str]) -> pd.DataFrame:
    found = hits.groupby(case).agg(["mean", "size"]).rename_axis("case").reset_index()
    return found.rename(columns={"mean": "value", "size": "n"})


def _given(tables: Tables, kind: str = "help_given") -> pd.DataFrame:
    events = _get(tables, "events")
    return events[events["kind"].eq(kind) & events["source"].ne("suggestions")]


def _engagement(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    attendance, turns, coverage = (_get(tables, name) for name in ("attendance", "turns", "coverage"))
    spoken = turns.assign(words=turns["text"].fillna("").str.count(r"\S+"))
    talk = attendance.merge(turns[["case", "activity"]].drop_duplicates(), validate="many_to_one")
    coded = attendance.merge(coverage[["case", "activity"]].drop_duplicates(), validate="many_to_one")
    words = spoken.groupby(["case", "actor"])["words"].sum()
    helped = _given(tables).rename(columns={"helper": "actor"}).groupby(["case", "actor"]).size()
    there = attendance.groupby(["case", "activity"])["actor"].nunique()
    people = _get(tables, "actors").groupby("case")["actor"].nunique()
    shares = (there / people.reindex(there.index.get_level_values("case")).to_numpy()).groupby("case")
    present = shares.agg(["mean", "size"]).rename(columns={"mean": "value", "size": "n"}).dropna().reset_index()
    return [
        ("gini_talk", _spread(words, talk)),
        ("gini_help", _spread(helped, coded)),
        ("attendance", present),
        ("turnover", _turnover(_get(tables, "actor_measures"))),
    ]


def _spread(amounts: pd.Series[Any], there: pd.DataFrame) -> pd.DataFrame:
    """Inequality of amounts by case and actor over everyone who was there."""
    rows = []
    for case, own in there.groupby("case"):
        each = amounts.reindex(pd.MultiIndex.from_product([[case], sorted(own["actor"].unique())]), fill_value=0)
        rows.append({"case": case, "value": gini(each.to_numpy(float)), "n": len(each)})
    return pd.DataFrame(rows)


def _turnover(measures: pd.DataFrame) -> pd.DataFrame:
    present = (
        _first_relation(measures.query("measure == 'in_degree'"))
        .groupby(["case", "wave"], sort=False)["actor"]
        .agg(frozenset)
    )
    rows = []
    for case, own in present.groupby("case"):
        waves, people = own.index.get_level_values("wave"), list(own)
        for before, after, wave in zip(people, people[1:], waves[1:], strict=False):
            rows.append({"case": case, "by": wave, "value": len(before ^ after) / len(before | after), "n": len(before | after)})  # fmt: skip
    return pd.DataFrame(rows)


def _coded(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    read = _get(tables, "coverage")[["case", "activity"]].drop_duplicates()
    n_read = read.groupby("case").size()
    shared = _given(tables, "shared_practice")
    times = shared.groupby("case").size().reindex(n_read.index, fill_value=0)
    per_activity = (times / n_read).rename("value").to_frame().assign(n=n_read).reset_index()
    there = _get(tables, "attendance").merge(read, validate="many_to_one")[["case", "actor"]].drop_duplicates()
    sharers = shared[["case", "helper"]].drop_duplicates().assign(shares=True).rename(columns={"helper": "actor"})
    who = there.merge(sharers, on=["case", "actor"], how="left", validate="one_to_one")
    return [
        ("coded", _by_cycle(tables, read)),
        ("shared_practice", per_activity),
        ("sharers", _share(who["shares"].notna(), who["case"])),
    ]


def _by_cycle(tables: Tables, read: pd.DataFrame) -> pd.DataFrame:
    """Turns with each code per activity read, by cycle and phase; activities that say neither are left out."""
    codings = _get(tables, "codings")[["case", "activity", "turn", "code"]].drop_duplicates()
    activities = _get(tables, "activities")[["case", "activity", "cycle", "phase"]].dropna(
        subset=["cycle", "phase"], how="all"
    )
    step = activities["cycle"].fillna("no cycle") + ", " + activities["phase"].fillna("no phase")
    placed = read.merge(activities.assign(step=step), on=["case", "activity"], validate="one_to_one")
    n = placed.groupby(["case", "step"], sort=False).size().rename("n").reset_index()
    codes = codings[["case", "code"]].drop_duplicates()
    grid = n.merge(codes, on="case", validate="many_to_many")
    counted = codings.merge(placed, on=["case", "activity"], validate="many_to_one")
    times = counted.groupby(["case", "step", "code"]).size().rename("times").reset_index()
    grid = grid.merge(times, on=["case", "step", "code"], how="left", validate="one_to_one")
    return grid.assign(by=grid["step"] + ": " + grid["code"], value=grid["times"].fillna(0) / grid["n"])[
        ["case", "by", "value", "n"]
    ]


def between_levels(tables: Tables, cases: Iterable[str], *, by: str = "level") -> pd.DataFrame:
    """Count ties and help within and between the levels of the system, or any other groups, case by case.

    Parameters
    ----------
    tables
        As for :func:`network_health`; ``mixing`` must have been counted by the attribute for there to be ties.
    cases
        The cases wanted, in order.
    by
        ``level``, ``site``, ``role`` or ``group`` (hub, member); ties also by whatever else ``mixing`` was counted by.

    Returns
    -------
    DataFrame
        Run table ``between_levels``: the last wave of each case's first relation, and all help in coded talk. Both run
        from who turns to others (names them, is helped) to whom they turn to. People whose group is blank are left out.
    """
    mixing = _get(tables, "mixing")
    mixing = _first_relation(mixing[mixing["by"].eq(by)])
    last = mixing[mixing["wave"].eq(mixing.groupby("case")["wave"].transform("last"))]
    help_ = _help_between(tables, by)
    key = ["case", "source_group", "target_group"]
    both = last.drop(columns="by").merge(help_, on=key, how="outer", validate="one_to_one").assign(by=by)
    read = both["case"].isin(_get(tables, "coverage")["case"])
    both["n_help"] = both["n_help"].where(both["n_help"].notna() | ~read, 0)
    wanted = list(cases)
    both = both[both["case"].isin(wanted)].sort_values(
        key, key=lambda s: s.map(wanted.index) if s.name == "case" else s
    )
    return typed(both.reindex(columns=RUN_TABLES["between_levels"].names), "between_levels")


def _help_between(tables: Tables, by: str) -> pd.DataFrame:
    """Count help from group to group; every pair of a case's groups has a row, with the count blank where it is none."""
    actors = _get(tables, "actors")
    known = actors[["case", "actor"]].assign(at=actors.get(by)).dropna()
    groups = known[["case", "at"]].drop_duplicates()
    pairs = groups.merge(groups, on="case", suffixes=("_source", "_target"), validate="many_to_many")
    given = _given(tables)
    for end, side in (("seeker", "source"), ("helper", "target")):
        named = known.rename(columns={"actor": end, "at": f"at_{side}"})
        given = given.merge(named, on=["case", end], how="inner", validate="many_to_one")
    key = ["case", "at_source", "at_target"]
    counts = given.groupby(key).size().rename("n_help").reset_index()
    found = pairs.merge(counts, on=key, how="left", validate="one_to_one")
    return found.rename(columns={"at_source": "source_group", "at_target": "target_group"})
