"""What cases' data say on the domains of network health, beside how people rated them. Reads results only.

Measures speak to a domain; they are no rating of it. Of the sixth domain, contexts for improvement, only what people coded
can be counted: a context that nobody speaks of shows in neither survey nor talk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.across.development import settled_ratings
from nicmethods.across.gather import activities_read, asked_first, first_relation, people_s_events, table_of
from nicmethods.joint.confidence import gini_interval, none, over_units, share_of_people
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from nicmethods.across.gather import Tables

__all__ = ["HEALTH", "expected_gini", "gini", "left_without", "network_health", "of_activities"]

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
    "context": ("contexts", "turns that tell of a context, per activity read"),
}  # fmt: skip
"""Measure to its domain and what it is, in the order of the page."""

_OF_SURVEY = ("cross_site_ties", "reciprocity_arc", "hub_named", "left_without_hub")

Row = dict[str, Any]

_NO_VALUE = "not known in this case"
_NO_CODE = "its codebook has no code for it"
_CONTEXTS = ("context", "contexts")
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


def network_health(
    tables: Tables,
    cases: Iterable[str],
    *,
    ratings: pd.DataFrame | None = None,
    summaries: Mapping[str, Mapping[str, Any]] | None = None,
) -> pd.DataFrame:
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
    summaries
        Summaries of the cases by name, whose codebooks say which contexts could have been coded.

    Returns
    -------
    DataFrame
        Run table ``health``: for each case the measures of :data:`HEALTH`, wave by wave or by cycle and phase where they
        have these; a measure that a case does not have is one row with a note. ``docs/definitions/across.md`` defines each.
    """
    found = [
        *_connections(tables),
        ("hub_help", _hub_help(tables)),
        *_hub(tables),
        *_of_participation(tables),
        ("turnover", _turnover(tables)),
        *_of_codes(tables),
        ("context", pd.DataFrame(_contexts(tables, summaries or {}))),
    ]
    parts = [part.assign(measure=name) for name, part in found if len(part)]
    values = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["case", "measure", "value"])
    grid = pd.MultiIndex.from_product([list(cases), list(HEALTH)], names=["case", "measure"]).to_frame(index=False)
    health = grid.merge(values, on=["case", "measure"], how="left", validate="one_to_many")
    health = health.assign(
        domain=[HEALTH[measure][0] for measure in health["measure"]],
        what=[HEALTH[measure][1] for measure in health["measure"]],
    )
    of_survey = health["measure"].isin(_OF_SURVEY) & health["value"].notna()
    health["relation"] = health["case"].map(asked_first(tables)).where(of_survey)
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
    measures = first_relation(tables, "network_measures")
    returned = measures[measures["measure"].eq("reciprocity_arc")].rename(columns={"n_dyads": "n"})
    ei = measures[measures["measure"].eq("ei_index") & measures["by"].eq("site")]
    return [
        ("cross_site_ties", _by_wave(_crossing(tables, ei))),
        ("reciprocity_arc", _by_wave(returned)),
    ]


def _crossing(tables: Tables, ei: pd.DataFrame) -> pd.DataFrame:
    """Share of ties that cross sites: it is (1 + E-I) / 2, and so are the ends of its interval."""
    mixing = first_relation(tables, "mixing").query("by == 'site'")
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
    actors = table_of(tables, "actors")[["case", "actor", "group"]].dropna()
    hubs = actors[actors["group"].eq("hub")]
    known = actors[actors["case"].isin(hubs["case"])].assign(hub=lambda t: t["group"].eq("hub"))
    ties = _ties(first_relation(tables, "dyad_change"))
    degrees = first_relation(tables, "actor_measures")
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


def _turnover(tables: Tables) -> pd.DataFrame:
    measures = first_relation(tables, "actor_measures")
    present = measures[measures["measure"].eq("in_degree")]
    people = present.groupby(["case", "wave"], sort=False)["actor"].agg(frozenset)
    rows = []
    for case, own in people.groupby("case"):
        for before, after, wave in zip(own, own.iloc[1:], own.index.get_level_values("wave")[1:], strict=False):
            moved, all_ = len(before ^ after), len(before | after)
            rows.append({"case": case, "by": wave, "value": moved / all_, "n": all_, **share_of_people(moved, all_)})
    return pd.DataFrame(rows)


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


def expected_gini(n_times: int, n_people: int) -> float:
    """Gini coefficient to expect if each of some times fell on anyone alike: few times look unequal by themselves.

    Parameters
    ----------
    n_times
        Times in all, such as times of help.
    n_people
        People on whom they could fall.

    Returns
    -------
    float
        Exact mean over all ways in which the times could fall. NaN without people or times.

    Examples
    --------
    >>> expected_gini(1, 4), round(expected_gini(400, 4), 2)
    (0.75, 0.04)
    """
    from scipy.special import gammaln, xlog1py, xlogy

    def binomial(k: NDArray[np.intp], n: Any, p: float) -> Any:
        return np.exp(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, p) + xlog1py(n - k, -p))

    if n_people < 1 or n_times < 1:
        return float("nan")
    if n_people == 1:
        return 0.0
    # Of the times that fall on one of two people, each falls on either alike: De Moivre's mean deviation.
    on_two = np.arange(n_times + 1)
    most = on_two // 2 + 1
    apart = float(binomial(on_two, n_times, min(1.0, 2 / n_people)) @ (2 * most * binomial(most, on_two, 0.5)))
    return (n_people - 1) * apart / (2 * n_times)


def _hub_help(tables: Tables) -> pd.DataFrame:
    """Times of help by the hub for members, as a share of all help between people whose group is known."""
    actors = table_of(tables, "actors")[["case", "actor", "group"]].dropna()
    known = actors[actors["case"].isin(actors.loc[actors["group"].eq("hub"), "case"])]
    given = people_s_events(tables, "help_given")
    for end in ("seeker", "helper"):
        named = known.rename(columns={"actor": end, "group": f"{end}_group"})
        given = given.merge(named, on=["case", end], how="inner", validate="many_to_one")
    by_hub = given["helper_group"].eq("hub") & given["seeker_group"].eq("member")
    rows = []
    for case, own in by_hub.groupby(given["case"]):
        by_activity = own.groupby(given["activity"]).agg(["sum", "size"])
        sure = over_units(by_activity["sum"].to_numpy(), by_activity["size"].to_numpy(), unit="activities", share=True)
        rows.append({"case": case, "value": own.mean(), "n": len(own), **sure})
    return pd.DataFrame(rows)


def _of_participation(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    """Measures of roles and engagement that talk and attendance give."""
    attendance, turns = table_of(tables, "attendance"), table_of(tables, "turns")
    spoken = turns.assign(words=turns["text"].fillna("").str.count(r"\S+"))
    at_talk = attendance.merge(turns[["case", "activity"]].drop_duplicates(), validate="many_to_one")
    at_coded = attendance.merge(activities_read(tables), validate="many_to_one")
    helped = people_s_events(tables, "help_given").rename(columns={"helper": "actor"})
    return [
        ("gini_talk", _spread(spoken.groupby(["case", "actor"])["words"].sum(), at_talk)),
        ("gini_help", _spread(helped.groupby(["case", "actor"]).size(), at_coded, expected=expected_gini)),
        ("attendance", _attendance(attendance, table_of(tables, "actors"))),
    ]


def _spread(
    amounts: pd.Series[Any], there: pd.DataFrame, *, expected: Callable[[int, int], float] | None = None
) -> pd.DataFrame:
    """Inequality of amounts by case and actor over everyone who was there."""
    rows: list[Row] = []
    for case, own in there.groupby("case"):
        people = pd.MultiIndex.from_product([[case], sorted(own["actor"].unique())])
        each = amounts.reindex(people, fill_value=0).to_numpy(float)
        row: Row = {"case": case, "value": gini(each), "n": len(each), "note": None if each.sum() else "nobody has any"}
        if each.sum():
            row |= gini_interval(each)
        rows.append(row | ({"expected": expected(int(each.sum()), len(each))} if expected else {}))
    return pd.DataFrame(rows)


def _attendance(attendance: pd.DataFrame, actors: pd.DataFrame) -> pd.DataFrame:
    """People who were there as a share of the roster, mean over activities."""
    rows = []
    n_people = actors.groupby("case")["actor"].nunique()
    for case, own in attendance[attendance["case"].isin(n_people.index)].groupby("case"):
        there = own.groupby("activity")["actor"].nunique().to_numpy() / n_people[case]
        rows.append({"case": case, "value": there.mean(), "n": len(there), **_mean_interval(there)})
    return pd.DataFrame(rows)


def _mean_interval(shares: NDArray[np.float64]) -> Row:
    """Interval of a mean share over activities, by t; none where they are alike."""
    if len(shares) > 1 and not np.ptp(shares):
        return none("all activities are alike")
    return over_units(shares, np.ones(len(shares)), unit="activities", share=True)


def of_activities(tables: Tables, kind: str) -> pd.DataFrame:
    """Times that people coded a kind of event, per activity read."""
    read = activities_read(tables)
    times = people_s_events(tables, kind).groupby(["case", "activity"]).size().rename("times").reset_index()
    each = read.merge(times, on=["case", "activity"], how="left", validate="one_to_one").fillna({"times": 0})
    rows = [_rate(own["times"].to_numpy(float)) | {"case": case} for case, own in each.groupby("case")]
    return pd.DataFrame(rows)


def _rate(times: NDArray[Any]) -> Row:
    sure = over_units(times, np.ones(len(times)), unit="activities", share=False)
    return {"value": times.mean(), "n": len(times), **sure}


def _of_codes(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    """Measures of continuous improvement and culture."""
    there = table_of(tables, "attendance").merge(activities_read(tables), validate="many_to_one")
    there = there[["case", "actor"]].drop_duplicates()
    shared = people_s_events(tables, "shared_practice")[["case", "helper"]].dropna().drop_duplicates()
    shares = there.merge(shared, left_on=["case", "actor"], right_on=["case", "helper"], how="left", validate="1:1")
    rows = [
        {"case": case, "value": own.mean(), "n": len(own), **share_of_people(int(own.sum()), len(own))}
        for case, own in shares["helper"].notna().groupby(shares["case"])
    ]
    return [
        ("coded", pd.DataFrame(_by_cycle(tables))),
        ("shared_practice", of_activities(tables, "shared_practice")),
        ("sharers", pd.DataFrame(rows)),
    ]


def _contexts(tables: Tables, summaries: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    """Turns with each context per activity read; a context that a case's codebook lacks is a row without a value."""
    coded = table_of(tables, "codings")[["case", "activity", "turn", "code"]].drop_duplicates()
    read = activities_read(tables)
    books = {
        case: {code: name for code, name in dict(summary.get("codes", {})).items() if code.split(".")[0] in _CONTEXTS}
        for case, summary in summaries.items()
    }
    names = {
        code.rpartition(".")[2]: name.partition(": ")[2] or name for own in books.values() for code, name in own.items()
    }
    for case, own in books.items():
        here = read.loc[read["case"].eq(case), "activity"]
        by_name = {code.rpartition(".")[2]: code for code in own}
        for name, said in names.items():
            if name not in by_name or here.empty:
                yield {
                    "case": case,
                    "by": said,
                    "note": _NO_CODE if name not in by_name else "nobody has read its talk",
                }
                continue
            times = coded[coded["case"].eq(case) & coded["code"].eq(by_name[name])].groupby("activity").size()
            yield {"case": case, "by": said, **_rate(times.reindex(here, fill_value=0).to_numpy(float))}


def _by_cycle(tables: Tables) -> Iterator[Row]:
    """Turns with each code per activity read, by cycle and phase; activities that say neither are left out."""
    codings = table_of(tables, "codings")[["case", "activity", "turn", "code"]].drop_duplicates()
    activities = table_of(tables, "activities")[["case", "activity", "cycle", "phase"]]
    activities = activities.dropna(subset=["cycle", "phase"], how="all")
    step = activities["cycle"].fillna("no cycle") + ", " + activities["phase"].fillna("no phase")
    placed = activities_read(tables).merge(activities.assign(step=step), on=["case", "activity"], validate="one_to_one")
    grid = placed.merge(codings[["case", "code"]].drop_duplicates(), on="case", validate="many_to_many")
    times = codings.groupby(["case", "activity", "code"]).size().rename("times").reset_index()
    each = grid.merge(times, on=["case", "activity", "code"], how="left", validate="one_to_one").fillna({"times": 0})
    for (case, at, code), own in each.groupby(["case", "step", "code"], sort=False)["times"]:
        yield {"case": case, "by": f"{at}: {code}", **_rate(own.to_numpy(float))}
