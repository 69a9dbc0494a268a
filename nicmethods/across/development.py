"""Ratings of development over the years: what each network's path is called, and how far raters agree.

The names are those of a published table of eleven networks, and the rule is fitted to these eleven; whatever the table
does not cover is *not named* (``docs/definitions/across.md``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.across.gather import DOMAINS, LEVELS
from nicmethods.coding.agreement import alpha_krippendorff, kappa_cohen, percent
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = [
    "DEVELOPMENT",
    "development_of",
    "name_trajectory",
    "rating_agreement",
    "settled_ratings",
    "trajectories",
    "trajectory_counts",
]

DEVELOPMENT = RUN_TABLES["strategic_actions"]["development"].among
"""How far networks are developed, in three groups: Most in the last year rated, Least, or in between; or not rated."""

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
    settled = by.agg(place=_lower_median, n_raters="size").reset_index()
    settled["level"] = pd.Series([LEVELS[place] for place in settled["place"]], dtype="str")
    focus = ratings.dropna(subset="focus").sort_values("year", kind="stable").groupby("case")["focus"].last()
    settled["focus"] = settled["case"].map(focus).astype("str")
    return settled[["case", "domain", "year", "level", "n_raters", "focus"]]


def _lower_median(places: pd.Series[int]) -> int:
    return int(np.sort(places.to_numpy())[(len(places) - 1) // 2])


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
    named = conform(pd.DataFrame(rows, columns=RUN_TABLES["trajectories"].names), RUN_TABLES["trajectories"])
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


def development_of(named: pd.DataFrame, *, domain: str = "overall") -> dict[str, str]:
    """Say of each network rated in a domain which group of :data:`DEVELOPMENT` it is in.

    Parameters
    ----------
    named
        Run table ``trajectories``.
    domain
        Domain whose ratings count.
    """
    own = named[named["domain"].eq(domain)]
    group = own["development"].map({LEVELS[_MOST]: "most developed", LEVELS[_LEAST]: "least developed"})
    return dict(zip(own["case"], group.fillna("in between"), strict=True))


def trajectory_counts(named: pd.DataFrame, *, by: str = "development", domain: str = "overall") -> pd.DataFrame:
    """Count networks: trajectories by level of development, or networks by focus and development.

    Parameters
    ----------
    named
        Run table ``trajectories``.
    by
        ``development`` (level in the last year rated) or ``focus`` (problem of practice).
    domain
        Domain whose ratings count.

    Returns
    -------
    DataFrame
        By development: a row a trajectory, a column a level. By focus: a row a focus, a column a group of
        :data:`DEVELOPMENT`, and ``networks``, which they are; networks whose focus nobody noted stand under *not noted*.
        Both with ``all``.
    """
    own = named[named["domain"].eq(domain)]
    if by == "focus":
        return _by_focus(own, development_of(named, domain=domain))
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
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["agreement"].names), RUN_TABLES["agreement"])


_COEFFICIENTS: dict[str, Callable[[Any], float]] = {
    "percent": percent,
    "kappa_cohen": kappa_cohen,
    "alpha_nominal": alpha_krippendorff,
    "alpha_ordinal": lambda units: alpha_krippendorff(units, level="ordinal"),
}


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
    for coefficient, compute in _COEFFICIENTS.items():
        if coefficient == "kappa_cohen" and units.shape[1] != 2:
            continue
        value = compute(units)
        few = f"no interval: fewer than {_FEWEST_UNITS} units that two raters rated"
        low, high, note = _interval(np.array([compute(units[d]) for d in draws])) if draws else (np.nan, np.nan, few)
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


def _interval(values: Any) -> tuple[float, float, str | None]:
    if np.isnan(values).mean() > 0.05:
        return np.nan, np.nan, "no interval: undefined in more than one resample in twenty"
    low, high = np.nanquantile(values, [0.025, 0.975])
    if low == high:
        return np.nan, np.nan, "no interval: no resample changes the value"
    return float(low), float(high), None
