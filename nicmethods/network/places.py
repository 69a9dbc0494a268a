"""Where people stand in the drawings: one place each for all waves, worked out from ties and sites, nothing random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.network.graph import named, threshold_of
from nicmethods.tables import RUN_TABLES, conform, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.tables.bundles import Survey

__all__ = ["first_relation", "layout", "reported_ties"]


@takes
def layout(survey: Survey, *, relation: str = "") -> pd.DataFrame:
    """Place everyone once for all waves: sites apart, close where they have ties, people turned towards their ties.

    Parameters
    ----------
    survey
        The survey; ties of all its waves count alike.
    relation
        Survey question; empty: the first.

    Returns
    -------
    DataFrame
        Run table ``places``: ``x`` and ``y`` from -1 to 1, ``radius`` of a person's mark in the same unit. Without
        sites everyone is placed alone. The same ties give the same places; nothing is random.
    """
    actors = survey.roster["actor"].sort_values().to_list()
    if not actors:
        return empty(RUN_TABLES["places"])
    sites = survey.roster.set_index("actor")["site"].reindex(actors)
    alone = pd.Series(actors, index=actors)
    site = sites.fillna(alone) if len(sites.dropna().unique()) > 1 else alone
    ties, place_of = reported_ties(survey, relation), pd.Index(actors).get_indexer
    links = np.zeros((len(actors), len(actors)))
    links[place_of(pd.Index(ties["source"])), place_of(pd.Index(ties["target"]))] = 1.0
    links += links.T.copy()
    size = site.value_counts().sort_index()
    radius = np.sqrt(size.to_numpy(float))
    codes = pd.Categorical(site, categories=size.index).codes
    member = np.eye(len(size))[codes]
    centre = _apart(_centres(member.T @ links @ member, radius), radius)
    place = centre[codes]
    for group in np.flatnonzero(size > 1):
        inside = np.flatnonzero(codes == group)
        place[inside] = _inside(centre[group], radius[group], inside, links, centre[codes])
    spread = np.abs(place - place.mean(axis=0)).max() or 1.0
    x, y = ((place - (place.max(axis=0) + place.min(axis=0)) / 2) / spread).T
    return conform({"actor": actors, "x": x, "y": y, "radius": 0.46 / spread}, RUN_TABLES["places"])


def _centres(between: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
    import igraph as ig

    strength = between / np.outer(radius, radius) ** 2
    np.fill_diagonal(strength, 0.0)
    first, second = np.nonzero(np.triu(strength))
    closest = strength.max() or 1.0
    length = (radius[first] + radius[second]) * (1.9 - 0.9 * strength[first, second] / closest)
    graph = ig.Graph(n=len(radius), edges=list(zip(first.tolist(), second.tolist(), strict=True)))
    start = _sunflower(len(radius)) * 2.5 * float(np.sqrt((radius**2).sum()))
    coords = graph.layout_kamada_kawai(weights=length.tolist() or None, seed=start.tolist()).coords
    return np.array(coords, dtype=float).reshape(-1, 2)


def _sunflower(n: int) -> NDArray[np.float64]:
    """Spread n spots evenly over the unit disc."""
    turn = np.arange(n) * np.pi * (3 - 5**0.5)
    spots: NDArray[np.float64] = np.column_stack([np.cos(turn), np.sin(turn)])
    return spots * np.sqrt((np.arange(n) + 0.4) / n)[:, None]


def _apart(centre: NDArray[np.float64], radius: NDArray[np.float64]) -> NDArray[np.float64]:
    """Push overlapping sites apart, a little at a time."""
    least = np.add.outer(radius, radius) * 1.3
    np.fill_diagonal(least, 0.0)
    for _ in range(200):
        offset = centre[:, None] - centre[None]
        distance = np.hypot(offset[..., 0], offset[..., 1])
        overlap = np.clip(least - distance, 0.0, None)
        if overlap.max(initial=0.0) < 1e-3:
            break
        push = offset / np.where(distance, distance, 1.0)[..., None] * overlap[..., None]
        centre = centre + 0.25 * push.sum(axis=1)
    return centre


def _inside(
    centre: NDArray[np.float64],
    radius: float,
    inside: NDArray[np.intp],
    links: NDArray[np.float64],
    anchors: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Give each member of a site the spot of a ring, or of a sunflower, that faces the ties to elsewhere."""
    from scipy.optimize import linear_sum_assignment

    n = len(inside)
    turn = np.arange(n) * 2 * np.pi / n
    spots = 0.62 * np.column_stack([np.cos(turn), np.sin(turn)]) if n < 7 else 1.05 * _sunflower(n)
    spots = centre + radius * spots
    outside = links[inside].copy()
    outside[:, inside] = 0.0
    pull = outside @ anchors - outside.sum(axis=1, keepdims=True) * centre
    wanted = centre + radius * pull / np.maximum(np.hypot(pull[:, 0], pull[:, 1]), 1e-9)[:, None]
    member, spot = linear_sum_assignment(((wanted[:, None] - spots[None]) ** 2).sum(axis=2))
    placed = np.empty((n, 2))
    placed[member] = spots[spot]
    return placed


def first_relation(survey: Survey) -> str:
    """Name the first survey question; empty without any."""
    return str(survey.relations["relation"].iloc[0]) if len(survey.relations) else ""


def reported_ties(survey: Survey, relation: str = "") -> pd.DataFrame:
    """Keep the reports of one question (empty: the first) that reach its threshold."""
    if relation or len(survey.relations):
        relation = named("relation", relation or first_relation(survey), survey.relations["relation"].tolist())
    asked = survey.ties[survey.ties["relation"].eq(relation)]
    least = {wave: threshold_of(survey, wave, relation) for wave in asked["wave"].unique()}
    return asked[asked["weight"].ge(asked["wave"].map(least).astype(float))]
