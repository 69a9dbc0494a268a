"""Ratings of development over the years: what each network's path is called, how far raters agree, which actions go with it.

The names are those of a published table of eleven networks, and the rule is fitted to these eleven; whatever the table
does not cover is *not named* (``docs/definitions/across.md``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.across.gather import DOMAINS, LEVELS, activities_read, table_of
from nicmethods.coding.agreement import of_resamples
from nicmethods.joint.confidence import exact_share, resampled_interval
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nicmethods.across.gather import Tables

__all__ = [
    "ACTIONS",
    "DEVELOPMENT",
    "development_of",
    "name_trajectory",
    "rating_agreement",
    "settled_ratings",
    "strategic_actions",
    "trajectories",
    "trajectory_counts",
]

DEVELOPMENT = RUN_TABLES["strategic_actions"]["development"].among
"""How far networks are developed, in three groups: Most in the last year rated, Least, or in between; or not rated."""

ACTIONS = ("technical", "social", "balance")
"""Domains of ``codebooks/strategic_actions.yml`` whose codes are actions; the fourth, ``context``, is what networks ride out."""

_LEAST, _LOW, _MID, _HIGH, _MOST = range(len(LEVELS))
_FEWEST_UNITS = 10


def name_trajectory(levels: Sequence[str]) -> str:
    """Name the path of a network's level of development.

    Parameters
    ----------
    levels
        Levels of the years rated, in order; years without a rating left out.

    Returns
    -------
    str
        The first that applies, from two rated years on: *Consistent Strength*, never below Dev (High) and Most in the
        end; *Much improved*, from Least to Most without a fall; *Improved*, from Dev (Mid) to Most without a fall;
        *Stagnant*, never above Dev (Low) and Least in the end; *Declined*, Least in the end after Dev (Mid) or more;
        else *not named*.

    Examples
    --------
    >>> name_trajectory(["Dev (Mid)", "Most", "Most"])
    'Improved'
    >>> name_trajectory(["Dev (Low)", "Dev (Mid)"])
    'not named'
    """
    path = [LEVELS.index(level) for level in levels]
    if len(path) < 2:
        return "not named"
    never_falls = path == sorted(path)
    rule = {
        "Consistent Strength": min(path) >= _HIGH and path[-1] == _MOST,
        "Much improved": never_falls and path[0] == _LEAST and path[-1] == _MOST,
        "Improved": never_falls and path[0] == _MID and path[-1] == _MOST,
        "Stagnant": max(path) <= _LOW and path[-1] == _LEAST,
        "Declined": max(path) >= _MID and path[-1] == _LEAST,
    }
    return next((name for name, applies in rule.items() if applies), "not named")


def settled_ratings(ratings: pd.DataFrame) -> pd.DataFrame:
    """Give one level a case, domain and year: the median of the raters.

    Parameters
    ----------
    ratings
        Table ``ratings`` of ``CASE_TABLES``.

    Returns
    -------
    DataFrame
        case, domain, year, level (where an even number of raters leaves two levels in the middle, the lower), n_raters,
        focus (the last given for the case; blank if none). Years that nobody rated are left out.
    """
    rated = ratings.dropna(subset="level")
    place = rated["level"].map(LEVELS.index).astype(int)
    by = rated.assign(place=place).groupby(["case", "domain", "year"])["place"]
    middle = by.quantile(0.5, interpolation="lower").astype(int)
    settled = pd.DataFrame({"place": middle, "n_raters": by.size()}).reset_index()
    settled["level"] = pd.Series([LEVELS[place] for place in settled["place"]], dtype="str")
    focus = ratings.dropna(subset="focus").sort_values("year", kind="stable").groupby("case")["focus"].last()
    settled["focus"] = settled["case"].map(focus).astype("str")
    return settled[["case", "domain", "year", "level", "n_raters", "focus"]]


def trajectories(ratings: pd.DataFrame) -> pd.DataFrame:
    """Name each network's path, domain by domain.

    Parameters
    ----------
    ratings
        Table ``ratings`` of ``CASE_TABLES``; several raters of one year are settled by :func:`settled_ratings`.

    Returns
    -------
    DataFrame
        Run table ``trajectories``. Blank years are passed over, neither filled in nor taken for a level: years before
        the first rating do not count, and the path ends with the last rating. ``n_gaps`` counts the years between the
        two that some network was rated in, in this domain, and this one was not.
    """
    settled = settled_ratings(ratings).sort_values(["case", "year"])
    years = settled.groupby("domain")["year"].unique()
    rows = [_path(str(c), str(d), own, years[str(d)]) for (c, d), own in settled.groupby(["case", "domain"])]
    named = conform(rows, RUN_TABLES["trajectories"])
    order = named["domain"].map(DOMAINS.index)
    return named.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def _path(case: str, domain: str, own: pd.DataFrame, years: Any) -> dict[str, Any]:
    first, last = own["year"].iloc[[0, -1]]
    levels = own["level"].tolist()
    return {
        "case": case,
        "domain": domain,
        "focus": own["focus"].iloc[0],
        "first_year": first,
        "last_year": last,
        "n_rated": len(own),
        "n_gaps": sum(first < year < last for year in years) - max(len(own) - 2, 0),
        "levels": ";".join(f"{year} {level}" for year, level in zip(own["year"], levels, strict=True)),
        "development": levels[-1],
        "trajectory": name_trajectory(levels),
    }


def development_of(named: pd.DataFrame) -> dict[str, str]:
    """Say of each network rated overall which group of :data:`DEVELOPMENT` it is in.

    Parameters
    ----------
    named
        Run table ``trajectories``.
    """
    own = named[named["domain"].eq("overall")]
    group = own["development"].map({LEVELS[_MOST]: "most developed", LEVELS[_LEAST]: "least developed"})
    return dict(zip(own["case"], group.fillna("in between"), strict=True))


def trajectory_counts(named: pd.DataFrame, *, by: str = "development") -> pd.DataFrame:
    """Count networks: trajectories by level of development, or networks by focus and development.

    Parameters
    ----------
    named
        Run table ``trajectories``.
    by
        ``development`` (level in the last year rated) or ``focus`` (problem of practice).

    Returns
    -------
    DataFrame
        By development: a row a trajectory, a column a level. By focus: a row a focus, a column a group of
        :data:`DEVELOPMENT`, and ``networks``, which they are; networks whose focus nobody noted stand under *not noted*.
        Both with ``all``.
    """
    own = named[named["domain"].eq("overall")]
    if by == "focus":
        return _by_focus(own, development_of(named))
    order = RUN_TABLES["trajectories"]["trajectory"].among
    counts = pd.crosstab(own["trajectory"], own["development"]).astype(int)
    counts = counts.reindex([name for name in order if name in counts.index]).rename_axis(columns=None)
    counts = counts[[level for level in LEVELS if level in counts]]
    return counts.assign(all=counts.sum(axis="columns")).reset_index()


def _by_focus(own: pd.DataFrame, groups: dict[str, str]) -> pd.DataFrame:
    placed = own.assign(focus=own["focus"].fillna("not noted"), group=own["case"].map(groups).astype("str"))
    counts = pd.crosstab(placed["focus"], placed["group"]).astype(int).rename_axis(columns=None)
    counts = counts.reindex(columns=[*DEVELOPMENT[:-1]], fill_value=0)
    networks = placed.groupby("focus")["case"].agg(", ".join)
    return counts.assign(all=counts.sum(axis="columns"), networks=networks).reset_index()


def rating_agreement(ratings: pd.DataFrame, *, seed: int, n_bootstrap: int = 1000) -> pd.DataFrame:
    """Say how far raters agree, domain by domain and over all: levels are ordered, so alpha is the ordinal one.

    Parameters
    ----------
    ratings
        Table ``ratings`` of ``CASE_TABLES``.
    seed
        Seed of the bootstrap.
    n_bootstrap
        Resamples behind each interval.

    Returns
    -------
    DataFrame
        ``agreement`` of ``RUN_TABLES``: ``code`` is the domain, or ``all domains``; a unit is a case, year and domain
        that two raters rated. Percent and Krippendorff's alpha (nominal, and ordinal by the exact definition) of all
        raters together; Cohen's kappa with two. Resampled are networks, with all their years and domains, from ten networks
        on; else units, as if they were independent, though one network's years are not; below ten units nothing.
    """
    rated = ratings.dropna(subset="level").assign(place=lambda t: t["level"].map(LEVELS.index).astype(float))
    parts = [("all domains", rated), *((d, rated[rated["domain"].eq(d)]) for d in DOMAINS)]
    rng = np.random.default_rng(seed)
    rows = [row for name, part in parts for row in _agreement_rows(name, part, rng, n_bootstrap)]
    return conform(rows, RUN_TABLES["agreement"])


_COEFFICIENTS = ("percent", "kappa_cohen", "alpha_nominal", "alpha_ordinal")


def _agreement_rows(
    name: str, rated: pd.DataFrame, rng: np.random.Generator, n_bootstrap: int
) -> list[dict[str, object]]:
    grid = rated.pivot_table(index=["case", "year", "domain"], columns="rater", values="place", aggfunc="first")
    grid = grid[grid.notna().sum(axis="columns") >= 2].dropna(axis="columns", how="all")
    if grid.empty:
        return []
    units = grid.to_numpy(dtype=float)
    draws, resampled = _draws(grid.index.get_level_values("case"), rng, n_bootstrap)
    rows: list[dict[str, object]] = []
    for coefficient in _COEFFICIENTS:
        if coefficient == "kappa_cohen" and units.shape[1] != 2:
            continue
        value = float(of_resamples(coefficient, units, [np.arange(len(units))])[0])
        few = f"no interval: fewer than {_FEWEST_UNITS} units that two raters rated"
        low, high, note = (
            resampled_interval(of_resamples(coefficient, units, draws)) if draws else (np.nan, np.nan, few)
        )
        if np.isnan(value):
            note = "undefined: one level only"
        about = {"code": name, "coders": " & ".join(map(str, grid.columns)), "coefficient": coefficient}
        rows.append(
            about | {"value": value, "low": low, "high": high, "n": len(units), "resampled": resampled, "note": note}
        )
    return rows


def _draws(case: pd.Index, rng: np.random.Generator, n_bootstrap: int) -> tuple[list[Any], str]:
    """Rows of each resample, and what is drawn: networks whole, single units, or nothing."""
    if len(case) < _FEWEST_UNITS:
        return [], "nothing"
    networks = list(pd.Series(range(len(case))).groupby(case).indices.values())
    if len(networks) < _FEWEST_UNITS:
        return list(rng.integers(0, len(case), (n_bootstrap, len(case)))), "units"
    drawn = rng.integers(0, len(networks), (n_bootstrap, len(networks)))
    return [np.concatenate([networks[i] for i in row]) for row in drawn], "networks"


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
    coded = table_of(tables, "codings")[["case", "activity", "turn", "code"]].drop_duplicates()
    turns = coded[coded["case"].isin(read.index)].groupby(["code", "case"]).size()
    by_code = {code: own.droplevel("code") for code, own in turns.groupby("code")}
    nowhere = pd.Series(dtype="int64")
    rows = [
        {"code": code, "action": name, **row}
        for code, name in codes.items()
        for row in _by_group([case for case in named if code in named[case]], groups, by_code.get(code, nowhere), read)
    ]
    return conform(rows, RUN_TABLES["strategic_actions"])


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
