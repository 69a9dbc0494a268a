"""What talk and attendance say on network health: who speaks, helps, is there, and what is coded when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.across.gather import activities_read, people_s_events, stacked
from nicmethods.joint.confidence import gini_interval, none, over_units, share_of_people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from nicmethods.across.gather import Tables

__all__ = ["expected_gini", "gini", "hub_help", "of_activities", "of_codes", "of_participation"]

Row = dict[str, Any]


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
    from scipy.stats import binom

    if n_people < 1 or n_times < 1:
        return float("nan")
    if n_people == 1:
        return 0.0
    # Of the times that fall on one of two people, each falls on either alike: De Moivre's mean deviation.
    on_two = np.arange(n_times + 1)
    most = on_two // 2 + 1
    apart = float(binom.pmf(on_two, n_times, min(1.0, 2 / n_people)) @ (2 * most * binom.pmf(most, on_two, 0.5)))
    return (n_people - 1) * apart / (2 * n_times)


def hub_help(tables: Tables) -> pd.DataFrame:
    """Times of help by the hub for members, as a share of all help between people whose group is known."""
    actors = stacked(tables, "actors")[["case", "actor", "group"]].dropna()
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


def of_participation(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    """Measures of roles and engagement that talk and attendance give."""
    attendance, turns = stacked(tables, "attendance"), stacked(tables, "turns")
    spoken = turns.assign(words=turns["text"].fillna("").str.count(r"\S+"))
    at_talk = attendance.merge(turns[["case", "activity"]].drop_duplicates(), validate="many_to_one")
    at_coded = attendance.merge(activities_read(tables), validate="many_to_one")
    helped = people_s_events(tables, "help_given").rename(columns={"helper": "actor"})
    return [
        ("gini_talk", _spread(spoken.groupby(["case", "actor"])["words"].sum(), at_talk)),
        ("gini_help", _spread(helped.groupby(["case", "actor"]).size(), at_coded, expected=expected_gini)),
        ("attendance", _attendance(attendance, stacked(tables, "actors"))),
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


def of_codes(tables: Tables) -> list[tuple[str, pd.DataFrame]]:
    """Measures of continuous improvement and culture."""
    there = stacked(tables, "attendance").merge(activities_read(tables), validate="many_to_one")
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


def _by_cycle(tables: Tables) -> Iterator[Row]:
    """Turns with each code per activity read, by cycle and phase; activities that say neither are left out."""
    codings = stacked(tables, "codings")[["case", "activity", "turn", "code"]].drop_duplicates()
    activities = stacked(tables, "activities")[["case", "activity", "cycle", "phase"]]
    activities = activities.dropna(subset=["cycle", "phase"], how="all")
    step = activities["cycle"].fillna("no cycle") + ", " + activities["phase"].fillna("no phase")
    placed = activities_read(tables).merge(activities.assign(step=step), on=["case", "activity"], validate="one_to_one")
    grid = placed.merge(codings[["case", "code"]].drop_duplicates(), on="case", validate="many_to_many")
    times = codings.groupby(["case", "activity", "code"]).size().rename("times").reset_index()
    each = grid.merge(times, on=["case", "activity", "code"], how="left", validate="one_to_one").fillna({"times": 0})
    for (case, at, code), own in each.groupby(["case", "step", "code"], sort=False)["times"]:
        yield {"case": case, "by": f"{at}: {code}", **_rate(own.to_numpy(float))}
