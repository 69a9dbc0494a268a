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
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from nicmethods.across.gather import Tables
    from nicmethods.tables import Table

__all__ = [
    "HEALTH",
    "by_case",
    "every_case",
    "expected_gini",
    "gini",
    "left_without",
    "network_health",
    "of_activities",
]

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
    import networkx as nx

    graph = nx.Graph(zip(source, target, strict=True))
    hub = set(hub)

    def connected() -> int:
        sizes = [len(part - hub) for part in nx.connected_components(graph)]
        return sum(n * (n - 1) // 2 for n in sizes)

    n_with = connected()
    graph.remove_nodes_from(hub)
    return connected() / n_with if n_with else float("nan")


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
    attendance, helped = table_of(tables, "attendance"), people_s_events(tables, "help_given")
    turns = table_of(tables, "turns").assign(words=lambda t: t["text"].fillna("").str.count(r"\S+"))
    at_talk = attendance.merge(turns[["case", "activity"]].drop_duplicates(), validate="many_to_one")
    at_coded = attendance.merge(activities_read(tables), validate="many_to_one")
    known = _with_hub(tables)
    found = {
        "cross_site_ties": _by_wave(_crossing(tables)),
        "reciprocity_arc": _by_wave(_reciprocity(tables)),
        "hub_help": _hub_help(helped, known),
        **_hub(tables, known),
        "gini_talk": _spread(turns.groupby(["case", "actor"])["words"].sum(), at_talk),
        "gini_help": _spread(helped.groupby(["case", "helper"]).size(), at_coded, expected=expected_gini),
        "attendance": _attendance(attendance, table_of(tables, "actors")),
        "turnover": _turnover(tables),
        "coded": pd.DataFrame(_by_cycle(tables)),
        "shared_practice": of_activities(tables, "shared_practice"),
        "sharers": _sharers(at_coded, people_s_events(tables, "shared_practice")),
        "context": pd.DataFrame(_contexts(tables, summaries or {})),
    }
    what = {measure: said for measure, (_, said) in HEALTH.items()}
    health = every_case(found, cases, RUN_TABLES["health"], what, tables, of_survey=_OF_SURVEY)
    health["domain"] = [HEALTH[measure][0] for measure in health["measure"]]
    if ratings is not None and len(ratings):
        last = settled_ratings(ratings).sort_values("year").drop_duplicates(["case", "domain"], keep="last")
        said = last.rename(columns={"level": "rated", "year": "rated_year"})[["case", "domain", "rated", "rated_year"]]
        health = health.drop(columns=["rated", "rated_year"])
        health = health.merge(said, on=["case", "domain"], how="left", validate="many_to_one")
    return conform(health, RUN_TABLES["health"])


def every_case(
    found: Mapping[str, pd.DataFrame],
    cases: Iterable[str],
    declared: Table,
    what: Mapping[str, str],
    tables: Tables,
    *,
    of_survey: Collection[str],
) -> pd.DataFrame:
    """Put measures of cases below one another: what is not known of a case is a row with a note.

    Parameters
    ----------
    found
        Rows of each measure: ``case``, ``value`` and whatever else `declared` has.
    cases
        Every case, in order.
    declared
        Run table that they become.
    what
        Every measure in order, and what it is.
    tables
        Run tables of all cases below one another.
    of_survey
        Measures that have the survey question of their case beside them.
    """
    parts = [part.assign(measure=name) for name, part in found.items() if len(part)]
    values = pd.concat(parts) if parts else pd.DataFrame(columns=["case", "measure"])
    grid = pd.MultiIndex.from_product([list(cases), list(what)], names=["case", "measure"]).to_frame(index=False)
    rows = grid.merge(values, on=["case", "measure"], how="left", validate="one_to_many")
    rows = rows.reindex(columns=declared.names).assign(what=rows["measure"].map(what))
    told = rows["measure"].isin(of_survey) & rows["value"].notna()
    rows["relation"] = rows["case"].map(asked_first(tables)).where(told)
    why = np.select([rows["value"].isna(), rows["low"].isna()], ["not known in this case", _NO_INTERVAL], "")
    rows["note"] = rows["note"].astype("str").fillna(pd.Series(why, dtype="str").replace("", None))
    return rows


def by_case(values: Any, said: Callable[[Any], Row]) -> pd.DataFrame:
    """Give a row a case, with what is said of its values."""
    return pd.DataFrame([{"case": case, **said(own)} for case, own in values.groupby("case")])


def _reciprocity(tables: Tables) -> pd.DataFrame:
    measures = first_relation(tables, "network_measures")
    return measures[measures["measure"].eq("reciprocity_arc")].rename(columns={"n_dyads": "n"})


def _crossing(tables: Tables) -> pd.DataFrame:
    """Share of ties that cross sites: it is (1 + E-I) / 2, and so are the ends of its interval."""
    measures = first_relation(tables, "network_measures")
    ei = measures[measures["measure"].eq("ei_index") & measures["by"].eq("site")]
    mixing = first_relation(tables, "mixing").query("by == 'site'")
    kinds = mixing.assign(crosses=mixing["source_group"].ne(mixing["target_group"]))
    sums = kinds.groupby(["case", "wave", "crosses"], sort=False)[["n_ties", "expected"]].sum().astype(float)
    totals = sums.groupby(["case", "wave"], sort=False).transform("sum")
    share = (sums / totals.where(totals > 0)).rename(columns={"n_ties": "value"}).assign(n=totals["n_ties"])
    ends = ei.assign(low=(1 + ei["low"]) / 2, high=(1 + ei["high"]) / 2)[["case", "wave", "low", "high", "note"]]
    share = share.query("crosses").reset_index()
    return share.merge(ends, on=["case", "wave"], how="left", validate="one_to_one")


def _by_wave(measured: pd.DataFrame) -> pd.DataFrame:
    """Values a wave whose interval draws people; the note stays where value or interval is missing."""
    sure = measured["low"].notna()
    about = {"by": measured["wave"], "interval_over": sure.map({True: "people", False: None})}
    kept = measured.assign(**about, note=measured["note"].mask(sure))
    return kept[["case", "by", "value", "low", "high", "expected", "n", "interval_over", "note"]]


def _with_hub(tables: Tables) -> pd.DataFrame:
    """People whose group is known, of cases that have a hub: ``case``, ``actor``, ``hub``."""
    actors = table_of(tables, "actors")[["case", "actor", "group"]].dropna()
    actors["hub"] = actors.pop("group").eq("hub")
    return actors[actors["case"].isin(actors.loc[actors["hub"], "case"])]


def _hub(tables: Tables, known: pd.DataFrame) -> dict[str, pd.DataFrame]:
    ties = _ties(first_relation(tables, "dyad_change"))
    degrees = first_relation(tables, "actor_measures").merge(known, on=["case", "actor"], validate="many_to_one")
    named = degrees[degrees["measure"].eq("in_degree")].groupby(["case", "wave"], sort=False)
    asked = _asked(degrees, ties, known)
    rows = [
        {"case": case, "by": wave, **_naming(own, asked.query("case == @case and wave == @wave"))}
        for (case, wave), own in named
    ]
    of_hub = dict(known[known["hub"]].groupby("case")["actor"].agg(set))
    why = none("one tie more or less may join or part whole groups")
    left = [
        {
            "case": case,
            "by": wave,
            "value": left_without(own["source"], own["target"], of_hub[case]),
            "n": len(own),
            **why,
        }
        for (case, wave), own in ties[ties["case"].isin(of_hub)].groupby(["case", "wave"], sort=False)
    ]
    return {"hub_named": pd.DataFrame(rows), "left_without_hub": pd.DataFrame(left)}


def _ties(changes: pd.DataFrame) -> pd.DataFrame:
    """Ties of every wave that changes tell of, in order: those of the first wave, then of each later one."""
    first = changes["from_wave"].eq(changes.groupby("case")["from_wave"].transform("first"))
    ends = ((changes[first], "from", "threshold_from"), (changes, "to", "threshold"))
    parts = [own[own[f"weight_{end}"].ge(own[least])].assign(wave=own[f"{end}_wave"]) for own, end, least in ends]
    return pd.concat(parts)[["case", "wave", "source", "target"]]


def _asked(degrees: pd.DataFrame, ties: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Everyone who answered, with how many people of the hub, and of known group, each named; blank without single ties."""
    answered = degrees[degrees["measure"].eq("out_degree") & degrees["value"].notna()]
    targets = known.rename(columns={"actor": "target", "hub": "named_hub"})
    each = ties.merge(targets, on=["case", "target"], validate="many_to_one").rename(columns={"source": "actor"})
    key = ["case", "wave", "actor"]
    counts = each.groupby(key)["named_hub"].agg(to_hub="sum", to_known="size").reset_index()
    both = answered.merge(counts, on=key, how="left", validate="one_to_one")
    seen = pd.MultiIndex.from_frame(both[["case", "wave"]]).isin(pd.MultiIndex.from_frame(ties[["case", "wave"]]))
    return both.assign(**{name: both[name].mask(both[name].isna() & seen, 0.0) for name in ("to_hub", "to_known")})


def _naming(named: pd.DataFrame, asked: pd.DataFrame) -> Row:
    """One wave's share of ties that name the hub, with the share that usable pairs give."""
    n_ties, n_people, n_hub = named["value"].sum(), len(named), named["hub"].sum()
    if not n_ties:
        return {"value": np.nan, "n": 0, "note": "no ties"}
    pairs = len(asked) * (n_people - 1)
    to_hub, to_known = (asked[name].to_numpy(float) for name in ("to_hub", "to_known"))
    sure = none("who names whom is in the results from two waves on")
    if not np.isnan(to_known).any():
        sure = over_units(to_hub, to_known, unit="people", share=True)
    value = named.loc[named["hub"], "value"].sum() / n_ties
    expected = (len(asked) * n_hub - asked["hub"].sum()) / pairs if pairs else np.nan
    return {"value": value, "n": n_ties, "expected": expected, **sure}


def _turnover(tables: Tables) -> pd.DataFrame:
    measures = first_relation(tables, "actor_measures")
    present = measures[measures["measure"].eq("in_degree")]
    people = present.groupby(["case", "wave"], sort=False)["actor"].agg(frozenset).rename("after").reset_index()
    people["before"] = people.groupby("case")["after"].shift()
    rows = []
    for row in people.dropna().to_dict("records"):
        moved, n = len(row["before"] ^ row["after"]), len(row["before"] | row["after"])
        rows.append({"case": row["case"], "by": row["wave"], "value": moved / n, "n": n, **share_of_people(moved, n)})
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


def _hub_help(given: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Times of help by the hub for members, as a share of all help between people whose group is known."""
    for end in ("seeker", "helper"):
        named = known.rename(columns={"actor": end, "hub": f"{end}_hub"})
        given = given.merge(named, on=["case", end], how="inner", validate="many_to_one")
    given = given.assign(by_hub=given["helper_hub"] & ~given["seeker_hub"])

    def said(own: pd.DataFrame) -> Row:
        each = own.groupby("activity")["by_hub"].agg(["sum", "size"])
        sure = over_units(each["sum"].to_numpy(), each["size"].to_numpy(), unit="activities", share=True)
        return {"value": own["by_hub"].mean(), "n": len(own), **sure}

    return by_case(given, said)


def _spread(
    amounts: pd.Series[Any], there: pd.DataFrame, *, expected: Callable[[int, int], float] | None = None
) -> pd.DataFrame:
    """Inequality of amounts by case and actor over everyone who was there."""

    def said(own: pd.DataFrame) -> Row:
        people = pd.MultiIndex.from_frame(own[["case", "actor"]].drop_duplicates().sort_values("actor"))
        each = amounts.reindex(people, fill_value=0).to_numpy(float)
        sure = gini_interval(each) if each.sum() else {"note": "nobody has any"}
        by_chance = {"expected": expected(int(each.sum()), len(each))} if expected else {}
        return {"value": gini(each), "n": len(each), **sure, **by_chance}

    return by_case(there, said)


def _attendance(attendance: pd.DataFrame, actors: pd.DataFrame) -> pd.DataFrame:
    """People who were there as a share of the roster, mean over activities."""
    there = attendance.groupby(["case", "activity"])["actor"].nunique()
    shares = there.div(actors.groupby("case")["actor"].nunique(), level="case").dropna()

    def said(own: pd.Series[float]) -> Row:
        sure = over_units(own.to_numpy(), np.ones(len(own)), unit="activities", share=True)
        alike = len(own) > 1 and not np.ptp(own)
        return {"value": own.mean(), "n": len(own), **(none("all activities are alike") if alike else sure)}

    return by_case(shares, said)


def of_activities(tables: Tables, kind: str) -> pd.DataFrame:
    """Times that people coded a kind of event, per activity read."""
    read = pd.MultiIndex.from_frame(activities_read(tables))
    times = people_s_events(tables, kind).groupby(["case", "activity"]).size()
    return by_case(times.reindex(read, fill_value=0), _rate)


def _rate(times: pd.Series[Any]) -> Row:
    sure = over_units(times.to_numpy(float), np.ones(len(times)), unit="activities", share=False)
    return {"value": times.mean(), "n": len(times), **sure}


def _sharers(there: pd.DataFrame, shared: pd.DataFrame) -> pd.DataFrame:
    """People who shared practice as a share of those who were in coded talk."""
    helpers = dict(shared.groupby("case")["helper"].agg(set))

    def said(own: pd.DataFrame) -> Row:
        people = set(own["actor"])
        n, k = len(people), len(people & helpers.get(own["case"].iloc[0], set()))
        return {"value": k / n, "n": n, **share_of_people(k, n)}

    return by_case(there, said)


def _contexts(tables: Tables, summaries: Mapping[str, Mapping[str, Any]]) -> Iterator[Row]:
    """Turns with each context per activity read; a context that a case's codebook lacks is a row without a value."""
    times = _coded(tables).groupby(["case", "code", "activity"]).size()
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
            about: Row = {"case": case, "by": said}
            if name not in by_name:
                yield about | {"note": _NO_CODE}
            elif here.empty:
                yield about | {"note": "nobody has read its talk"}
            else:
                yield about | _rate(times.reindex([(case, by_name[name], one) for one in here], fill_value=0))


def _by_cycle(tables: Tables) -> Iterator[Row]:
    """Turns with each code per activity read, by cycle and phase; activities that say neither are left out."""
    codings = _coded(tables)
    activities = table_of(tables, "activities")[["case", "activity", "cycle", "phase"]]
    activities = activities.dropna(subset=["cycle", "phase"], how="all")
    step = activities["cycle"].fillna("no cycle") + ", " + activities["phase"].fillna("no phase")
    placed = activities_read(tables).merge(activities.assign(step=step), on=["case", "activity"], validate="one_to_one")
    grid = placed.merge(codings[["case", "code"]].drop_duplicates(), on="case", validate="many_to_many")
    times = codings.groupby(["case", "activity", "code"]).size().rename("times").reset_index()
    each = grid.merge(times, on=["case", "activity", "code"], how="left", validate="one_to_one").fillna({"times": 0})
    for (case, at, code), own in each.groupby(["case", "step", "code"], sort=False)["times"]:
        yield {"case": case, "by": f"{at}: {code}", **_rate(own)}


def _coded(tables: Tables) -> pd.DataFrame:
    return table_of(tables, "codings")[["case", "activity", "turn", "code"]].drop_duplicates()
