"""Many cases' results side by side. Reads results only; a case that lacks a strand is there, with its gap.

Machine suggestions are not codings: a case that nobody coded has no value where coded talk is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.across.gather import first_relation, people_s_events, table_of
from nicmethods.across.health import by_case, every_case, of_activities
from nicmethods.joint.confidence import over_pairs
from nicmethods.network.graph import seed_of
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nicmethods.across.gather import Tables

__all__ = ["COMPARED", "between_levels", "compare_cases", "holdings", "verdicts_by_case"]

COMPARED = {
    "mean_degree": "ties per person",
    "reciprocity_arc": "ties that are returned, share of all ties",
    "transitivity": "two-step paths closed by a tie, share of all",
    "ei_index": "E-I index by site",
    "new_ties_across": "new ties across sites, share of all new ties",
    "help_events": "help given in coded talk, per activity",
    "reciprocated_pairs": "pairs that helped each other, share of pairs with help",
    "agreeing_pairs": "pairs with a new or stronger tie and help, share of those with either that both strands could show",
}
"""What is compared, in the order of the page. Not density: how many people one can keep up with does not grow with the network."""

_OF_TALK = ("help_events", "reciprocated_pairs")
_BOTH_OBSERVED = ("coincide", "coincide_in_part", "tie_without_help", "help_without_tie", "help_in_waning_tie")


def holdings(summaries: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """Say what each case holds.

    Parameters
    ----------
    summaries
        Summaries of the cases by name, as ``read_across`` gives them; keys may be missing where a notebook failed.

    Returns
    -------
    DataFrame
        A row a case: strands (network, talk, both or none), people, sites, waves, lowest response rate (share; NaN without a survey), activities
        coded of all activities, coders, warnings.
    """
    rows = {}
    for case, summary in summaries.items():
        rates = [wave["response_rate"] for wave in summary.get("waves", []) if wave["response_rate"] is not None]
        activities = summary.get("activities", [])
        held = summary.get("strands", [])
        network = "network" in held
        rows[case] = {
            "strands": {0: "none", 1: "".join(held), 2: "both"}[len(held)],
            "people": summary.get("n_actors"),
            "sites": summary.get("n_sites"),
            "waves": len({wave["wave"] for wave in summary.get("waves", [])}) if network else 0,
            "lowest_response": min(rates, default=float("nan")) if network else float("nan"),
            "coded_activities": f"{sum(bool(activity['coded']) for activity in activities)} of {len(activities)}",
            "coders": len(summary.get("coders", [])),
            "warnings": len(summary.get("problems", [])),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("case")


def compare_cases(tables: Tables, cases: Iterable[str], *, seed: int) -> pd.DataFrame:
    """Put each case's main values into one table.

    Parameters
    ----------
    tables
        Run tables of all cases below one another, ``case`` their first column, as ``read_across`` gives them; any may
        be missing.
    cases
        Every case, in order.
    seed
        Seed of the bootstrap over people; each case and measure has its own stream, whatever the others are.

    Returns
    -------
    DataFrame
        ``comparison`` of ``RUN_TABLES``: a row a case and measure of :data:`COMPARED`, NaN with a note where the case has no
        such value. ``rank`` counts from 1 over the cases that have a value: by value, or by value less ``expected`` where
        chance gives one.
    """
    found = {
        **_last_wave(tables),
        "new_ties_across": _new_ties(tables, seed),
        "help_events": of_activities(tables, "help_given"),
        "reciprocated_pairs": _reciprocated(tables, seed),
        "agreeing_pairs": _agreeing(tables, seed),
    }
    compared = every_case(
        found, cases, RUN_TABLES["comparison"], COMPARED, tables, of_survey=COMPARED.keys() - {*_OF_TALK}
    )
    height = compared["value"] - compared["expected"].fillna(0)
    compared["rank"] = height.groupby(compared["measure"]).rank(ascending=False, method="min")
    return conform(compared, RUN_TABLES["comparison"])


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


def _last_wave(tables: Tables) -> dict[str, pd.DataFrame]:
    """Network measures of each case's first relation in its last wave."""
    measures = first_relation(tables, "network_measures")
    asked = measures[measures["measure"].isin(COMPARED) & measures["by"].fillna("").isin(["", "site"])]
    last = asked.drop_duplicates(["case", "measure"], keep="last").rename(columns={"n_dyads": "n"})
    sure = last["low"].notna()
    last = last.assign(interval_over=sure.map({True: "people", False: None}), note=last["note"].mask(sure))
    last = last[["case", "measure", "wave", "value", "low", "high", "expected", "n", "interval_over", "note"]]
    return {str(measure): own for measure, own in last.groupby("measure")}


def _new_ties(tables: Tables, seed: int) -> pd.DataFrame:
    """New ties across sites, as a share of the new ties between people whose site is known."""
    changes = first_relation(tables, "dyad_change")
    new = changes[changes["kind"].eq("created") & changes["scope"].notna()]
    pairs = new.rename(columns={"source": "a", "target": "b"}).assign(has=new["scope"].eq("across"))
    return _shares("new_ties_across", pairs, seed)


def _reciprocated(tables: Tables, seed: int) -> pd.DataFrame:
    """Pairs that helped each other, as a share of the pairs with help."""
    given = people_s_events(tables, "help_given").dropna(subset=["seeker", "helper"])
    ways = given[["case", "seeker", "helper"]].drop_duplicates()
    ends = np.sort(ways[["seeker", "helper"]].to_numpy(dtype=object), axis=1)
    pairs = ways.assign(a=ends[:, 0], b=ends[:, 1]).groupby(["case", "a", "b"]).size().eq(2)
    return _shares("reciprocated_pairs", pairs.rename("has").reset_index(), seed)


def _agreeing(tables: Tables, seed: int) -> pd.DataFrame:
    dyads = first_relation(tables, "dyads")
    decided = dyads[dyads["verdict"].isin(_BOTH_OBSERVED)]
    return _shares("agreeing_pairs", decided.assign(has=decided["verdict"].eq("coincide")), seed)


def _shares(measure: str, pairs: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The share of each case's pairs that have something, with its interval over people."""

    def said(own: pd.DataFrame) -> dict[str, Any]:
        own_seed = seed_of(seed, str(own["case"].iloc[0]), measure)
        sure = over_pairs(own["has"].to_numpy(), own["a"].tolist(), own["b"].tolist(), seed=own_seed)
        return {"value": own["has"].mean(), "n": len(own), **sure}

    return by_case(pairs, said)


def between_levels(tables: Tables, cases: Iterable[str] = (), *, by: str = "level") -> pd.DataFrame:
    """Count ties and help within and between the levels of the system, or any other groups, case by case.

    Parameters
    ----------
    tables
        As for :func:`~nicmethods.across.health.network_health`; ``mixing`` must have been counted by the attribute for there to be ties.
    cases
        The cases wanted, in order; none: the two whose people are on most levels, from two levels on.
    by
        ``level``, ``site``, ``role`` or ``group`` (hub, member); ties also by whatever else ``mixing`` was counted by.

    Returns
    -------
    DataFrame
        Run table ``between_levels``: the last wave of each case's first relation, and all help in coded talk. Both run
        from who turns to others (names them, is helped) to whom they turn to. People whose group is blank are left out.
    """
    mixing = first_relation(tables, "mixing")
    mixing = mixing[mixing["by"].eq(by)]
    last = mixing[mixing["wave"].eq(mixing.groupby("case")["wave"].transform("last"))]
    help_ = _help_between(tables, by)
    key = ["case", "source_group", "target_group"]
    both = last.drop(columns="by").merge(help_, on=key, how="outer", validate="one_to_one").assign(by=by)
    read = both["case"].isin(table_of(tables, "coverage")["case"])
    both["n_help"] = both["n_help"].where(both["n_help"].notna() | ~read, 0)
    n_groups = both.groupby("case")["source_group"].nunique().sort_values(ascending=False, kind="stable")
    wanted = list(cases) or n_groups[n_groups > 1].index[:2].tolist()
    both = both[both["case"].isin(wanted)].sort_values(
        key, key=lambda s: s.map(wanted.index) if s.name == "case" else s
    )
    return conform(both.reindex(columns=RUN_TABLES["between_levels"].names), RUN_TABLES["between_levels"])


def _help_between(tables: Tables, by: str) -> pd.DataFrame:
    """Count help from group to group; every pair of a case's groups has a row, with the count blank where it is none."""
    actors = table_of(tables, "actors")
    known = actors[["case", "actor"]].assign(at=actors.get(by)).dropna()
    groups = known[["case", "at"]].drop_duplicates()
    pairs = groups.merge(groups, on="case", suffixes=("_source", "_target"), validate="many_to_many")
    given = people_s_events(tables, "help_given")
    for end, side in (("seeker", "source"), ("helper", "target")):
        named = known.rename(columns={"actor": end, "at": f"at_{side}"})
        given = given.merge(named, on=["case", end], how="inner", validate="many_to_one")
    key = ["case", "at_source", "at_target"]
    counts = given.groupby(key).size().rename("n_help").reset_index()
    found = pairs.merge(counts, on=key, how="left", validate="one_to_one")
    return found.rename(columns={"at_source": "source_group", "at_target": "target_group"})
