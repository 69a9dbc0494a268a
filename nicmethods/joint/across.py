"""Many cases' results side by side. Reads results only; a case that lacks a strand is there, with its gap.

Machine suggestions are not codings: a case that nobody coded has no value where coded talk is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.joint.frames import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["COMPARED", "compare_cases", "holdings", "verdicts_by_case"]

COMPARED = {
    "density": "density",
    "reciprocity_arc": "share of ties returned",
    "transitivity": "transitivity",
    "ei_index": "E-I index by site",
    "new_ties_across": "new ties across sites, share of all new ties",
    "help_events": "help given in coded talk, per activity",
    "reciprocated_pairs": "pairs that helped each other, share of pairs with help",
    "agreeing_pairs": "pairs whose survey and talk agree, share of pairs with a tie or help that both could show",
}
"""What is compared, in the order of the page."""

_EVENT_PAIR = ["case", "seeker", "helper"]
_BOTH_OBSERVED = ("agreement", "partial_agreement", "dissonance", "silence_talk")


def holdings(summaries: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Say what each case holds.

    Parameters
    ----------
    summaries
        Summaries of the cases by name, as ``read_across`` gives them; keys may be missing where a notebook failed.

    Returns
    -------
    DataFrame
        A row a case: strands, people, sites, waves, lowest response rate (share; NaN without a survey), activities,
        coded activities, coders, warnings.
    """
    rows = {}
    for case, summary in summaries.items():
        rates = [wave["response_rate"] for wave in summary.get("waves", []) if wave["response_rate"] is not None]
        activities = summary.get("activities", [])
        network = "network" in summary.get("strands", [])
        rows[case] = {
            "strands": " and ".join(summary.get("strands", [])) or "none",
            "people": summary.get("n_actors"),
            "sites": summary.get("n_sites"),
            "waves": len({wave["wave"] for wave in summary.get("waves", [])}) if network else 0,
            "lowest_response": min(rates, default=float("nan")) if network else float("nan"),
            "activities": len(activities),
            "coded": sum(bool(activity["coded"]) for activity in activities),
            "coders": len(summary.get("coders", [])),
            "warnings": len(summary.get("problems", [])),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("case")


def compare_cases(tables: Mapping[str, pd.DataFrame], cases: Iterable[str]) -> pd.DataFrame:
    """Put each case's main values into one table.

    Parameters
    ----------
    tables
        Run tables of all cases below one another, ``case`` their first column, as ``read_across`` gives them; any may
        be missing.
    cases
        Every case, in order.

    Returns
    -------
    DataFrame
        ``comparison`` of ``RUN_TABLES``: a row a case and measure of :data:`COMPARED`, NaN with a note where the case has no
        such value. ``rank`` counts from 1, the largest value first, over the cases that have one.
    """
    found = [_last_wave(tables), _new_ties(tables), _help(tables), _pairs(tables)]
    grid = pd.MultiIndex.from_product([list(cases), list(COMPARED)], names=["case", "measure"]).to_frame(index=False)
    values = pd.concat([part for part in found if len(part)]) if any(len(part) for part in found) else _no_values()
    compared = grid.merge(values, on=["case", "measure"], how="left", validate="one_to_one")
    compared["rank"] = compared.groupby("measure")["value"].rank(ascending=False, method="min")
    compared["note"] = compared["value"].isna().map({True: "not known in this case", False: None})
    return typed(compared, "comparison")


def verdicts_by_case(propositions: pd.DataFrame) -> pd.DataFrame:
    """Count, for each proposition, in how many cases each verdict is proposed.

    Parameters
    ----------
    propositions
        Run table of all cases, ``case`` its first column.

    Returns
    -------
    DataFrame
        A row a proposition, a column a proposed verdict, the number of cases in each cell.
    """
    counts = propositions.groupby(["proposition", "statement", "proposed_verdict"], sort=False).size()
    return counts.unstack(fill_value=0).reset_index().rename_axis(columns=None)


def _no_values() -> pd.DataFrame:
    columns = {
        "case": "str",
        "measure": "str",
        "wave": "str",
        "value": "float64",
        "low": "float64",
        "high": "float64",
        "expected": "float64",
        "n": "Int64",
    }
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in columns.items()})


def _table(tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    return tables.get(name, pd.DataFrame())


def _last_wave(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Network measures of each case's first relation in its last wave."""
    measures = _table(tables, "network_measures")
    if measures.empty:
        return _no_values()
    asked = measures[measures["measure"].isin(list(COMPARED)) & measures["by"].fillna("").isin(["", "site"])]
    first = asked.groupby("case")["relation"].transform("first")
    last = asked[asked["relation"] == first].drop_duplicates(["case", "measure"], keep="last")
    return last.rename(columns={"n_dyads": "n"})[list(_no_values())]


def _new_ties(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    counts = _table(tables, "change")
    if counts.empty:
        return _no_values()
    first = counts.groupby("case")["relation"].transform("first")
    new = counts[(counts["kind"] == "created") & (counts["relation"] == first)]
    by_scope = new.pivot_table(index="case", columns="scope", values="n", aggfunc="sum").reindex(
        columns=["within", "across"]
    )
    n = by_scope.sum(axis=1)
    return _as_values("new_ties_across", by_scope["across"].fillna(0) / n.where(n > 0), n)


def _help(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    events, coverage = _table(tables, "events"), _table(tables, "coverage")
    if coverage.empty:
        return _no_values()
    n_coded = coverage.groupby("case")["activity"].nunique()
    given = events[(events["kind"] == "help_given") & (events["source"] != "suggestions")] if len(events) else events
    n_given = given.groupby("case").size().reindex(n_coded.index, fill_value=0) if len(given) else n_coded * 0
    rate = _as_values("help_events", n_given / n_coded, n_coded)
    if not len(given):
        return rate
    ways = given.dropna(subset=["seeker", "helper"])[_EVENT_PAIR].drop_duplicates()
    both = ways.merge(ways, left_on=_EVENT_PAIR, right_on=["case", "helper", "seeker"], validate="one_to_one")
    n_both = both.groupby("case").size() // 2
    n_ways = ways.groupby("case").size()
    n_pairs = n_ways - n_both.reindex(n_ways.index, fill_value=0)
    return pd.concat(
        [rate, _as_values("reciprocated_pairs", n_both.reindex(n_pairs.index, fill_value=0) / n_pairs, n_pairs)]
    )


def _pairs(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    dyads = _table(tables, "dyads")
    if dyads.empty:
        return _no_values()
    decided = dyads[dyads["verdict"].isin(_BOTH_OBSERVED)]
    n = decided.groupby("case").size()
    agreeing = decided[decided["verdict"] == "agreement"].groupby("case").size().reindex(n.index, fill_value=0)
    return _as_values("agreeing_pairs", agreeing / n, n)


def _as_values(measure: str, value: pd.Series[float], n: pd.Series[int]) -> pd.DataFrame:
    made = pd.DataFrame({"value": value, "n": n}).rename_axis("case").reset_index().assign(measure=measure)
    return made.reindex(columns=list(_no_values())).astype(_no_values().dtypes.to_dict())
