"""Ratings of development over the years: what each network's path is called, and how far raters agree.

The names are those of a published table of eleven networks, and the rule is fitted to these eleven; whatever the table
does not cover is *not named* (``docs/definitions/across.md``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.case.ratings import DOMAINS, LEVELS
from nicmethods.case.tables import RUN_TABLES
from nicmethods.coding.agreement import alpha_krippendorff, kappa_cohen, percent
from nicmethods.joint.frames import typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["name_trajectory", "rating_agreement", "settled_ratings", "trajectories", "trajectory_counts"]

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
    named = typed(pd.DataFrame(rows, columns=RUN_TABLES["trajectories"].names), "trajectories")
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


def trajectory_counts(named: pd.DataFrame, *, by: str = "development", domain: str = "overall") -> pd.DataFrame:
    """Count networks: trajectories by level of development, or either by focus.

    Parameters
    ----------
    named
        Run table ``trajectories``.
    by
        Column that makes the columns: ``development`` (level in the last year rated) or ``focus``.
    domain
        Domain whose ratings count.

    Returns
    -------
    DataFrame
        A row a trajectory (by development), or a row a level of development (by focus); a column a value of `by`, and
        ``all``. Networks whose focus nobody noted stand under *not noted*.
    """
    own = named[named["domain"].eq(domain)]
    rows = "development" if by == "focus" else "trajectory"
    order = RUN_TABLES["trajectories"][rows].among
    columns = [level for level in LEVELS if level in set(own["development"])] if by == "development" else []
    counts = pd.crosstab(own[rows], own[by].fillna("not noted")).astype(int)
    counts = counts.reindex([name for name in order if name in counts.index]).rename_axis(columns=None)
    counts = counts[columns] if columns else counts
    return counts.assign(all=counts.sum(axis="columns")).reset_index()


def rating_agreement(ratings: pd.DataFrame, *, seed: int, n_bootstrap: int = 1000) -> pd.DataFrame:
    """Say how far raters agree, domain by domain and over all: levels are ordered, so alpha is the ordinal one.

    Parameters
    ----------
    ratings
        Table ``ratings`` of ``CASE_TABLES``.
    seed
        Seed of the bootstrap.
    n_bootstrap
        Resamples of case and year behind each interval.

    Returns
    -------
    DataFrame
        ``agreement`` of ``RUN_TABLES``: ``code`` is the domain, or ``all domains``; a unit is a case, year and domain
        that two raters rated. Percent and Krippendorff's alpha (nominal, and ordinal by the exact definition) of all
        raters together; Cohen's kappa with two. No interval below ten units; resampled are units, as if they were
        independent, though one network's years are not.
    """
    rated = ratings.dropna(subset="level").assign(place=lambda t: t["level"].map(LEVELS.index).astype(float))
    parts = [("all domains", rated), *((d, rated[rated["domain"].eq(d)]) for d in DOMAINS)]
    rng = np.random.default_rng(seed)
    rows = [row for name, part in parts for row in _agreement_rows(name, part, rng, n_bootstrap)]
    return typed(pd.DataFrame(rows, columns=RUN_TABLES["agreement"].names), "agreement")


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
    draws = rng.integers(0, len(units), (n_bootstrap, len(units))) if len(units) >= _FEWEST_UNITS else None
    rows: list[dict[str, object]] = []
    for coefficient, compute in _COEFFICIENTS.items():
        if coefficient == "kappa_cohen" and units.shape[1] != 2:
            continue
        value = compute(units)
        few = f"no interval: fewer than {_FEWEST_UNITS} units that two raters rated"
        low, high, note = (
            (np.nan, np.nan, few) if draws is None else _interval(np.array([compute(units[d]) for d in draws]))
        )
        if np.isnan(value):
            note = "undefined: one level only"
        about = {"code": name, "coders": " & ".join(map(str, grid.columns)), "coefficient": coefficient}
        rows.append(
            about | {"value": value, "low": low, "high": high, "n": len(units), "resampled": "units", "note": note}
        )
    return rows


def _interval(values: Any) -> tuple[float, float, str | None]:
    if np.isnan(values).mean() > 0.05:
        return np.nan, np.nan, "no interval: undefined in more than one resample in twenty"
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high), None
