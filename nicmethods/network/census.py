"""Pairs and triples counted, on sparse matrices and over known pairs only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from nicmethods.network.graph import WaveNetwork

__all__ = ["TRIADS", "DyadCensus", "dyad_census", "transitivity", "triad_census"]

TRIADS = (
    *("003", "012", "102", "021D", "021U", "021C", "111D", "111U"),
    *("030T", "030C", "201", "120D", "120U", "120C", "210", "300"),
)


@dataclass(frozen=True)
class DyadCensus:
    """Unordered pairs known in both directions: ties both ways, one way, none."""

    mutual: int
    asymmetric: int
    null: int

    @property
    def n_dyads(self) -> int:
        """All pairs counted."""
        return self.mutual + self.asymmetric + self.null


def dyad_census(network: WaveNetwork) -> DyadCensus:
    """Count mutual, asymmetric and null pairs among those who report, over pairs known in both directions."""
    core = network.core
    mutual, asymmetric, unknown = (matrix.nnz for matrix in core.dyads)
    sizes = np.bincount(core.asked_group, minlength=1)
    pairs = int((sizes * (sizes - 1) // 2).sum()) - unknown // 2
    return DyadCensus(mutual // 2, asymmetric, pairs - mutual // 2 - asymmetric)


def triad_census(network: WaveNetwork) -> dict[str, int]:
    """Count the sixteen kinds of triples among those who report, over triples whose three pairs are all known.

    Returns
    -------
    dict
        Kind (names of Holland & Leinhardt) to number of unordered triples. 111D is A<->B<-C and 111U is A<->B->C, as in
        R sna and igraph.

    References
    ----------
    Holland & Leinhardt (1970), American Journal of Sociology 76. Counted by matrix products (Moody 1998).
    """
    core = network.core
    mutual, asymmetric, unknown = core.dyads
    back = asymmetric.T.tocsr()
    apart = mutual + asymmetric + back + unknown
    closed = _closed_triads(mutual, asymmetric, back)
    open_ = _open_triads(mutual, asymmetric, back, apart)
    single = _single_triads(core, mutual, asymmetric, apart)
    counts = {**closed, **open_, **single}
    counts["003"] = _known_triples(core, unknown) - sum(counts.values())
    return {kind: round(counts[kind]) for kind in TRIADS}


def _total(matrix: Any, at: Any) -> float:
    return float(matrix.multiply(at).sum())


def _closed_triads(mutual: Any, asymmetric: Any, back: Any) -> dict[str, float]:
    through = asymmetric @ asymmetric
    return {
        "300": _total(mutual @ mutual, mutual) / 6,
        "210": _total(mutual @ mutual, asymmetric),
        "120D": _total(back @ asymmetric, mutual) / 2,
        "120U": _total(asymmetric @ back, mutual) / 2,
        "120C": _total(through, mutual),
        "030T": _total(through, asymmetric),
        "030C": _total(through, back) / 3,
    }


def _open_triads(mutual: Any, asymmetric: Any, back: Any, apart: Any) -> dict[str, float]:
    def with_null_base(first: Any, second: Any) -> float:
        paths = first @ second
        return float(paths.sum() - paths.diagonal().sum()) - _total(paths, apart)

    return {
        "201": with_null_base(mutual, mutual) / 2,
        "111D": with_null_base(mutual, back),
        "111U": with_null_base(mutual, asymmetric),
        "021D": with_null_base(back, asymmetric) / 2,
        "021U": with_null_base(asymmetric, back) / 2,
        "021C": with_null_base(asymmetric, asymmetric),
    }


def _single_triads(core: WaveNetwork, mutual: Any, asymmetric: Any, apart: Any) -> dict[str, float]:
    """Triples with one pair tied: the third person is neither tied to nor unknown to either of the two."""
    size = np.bincount(core.asked_group, minlength=1)[core.asked_group] if core.n else np.zeros(0)
    degree = apart.sum(axis=1)
    shared = apart @ apart

    def outside(pairs: Any) -> float:
        source, target = pairs.nonzero()
        return float((size[source] - degree[source] - degree[target]).sum()) + _total(shared, pairs)

    return {"102": outside(mutual) / 2, "012": outside(asymmetric)}


def _known_triples(core: WaveNetwork, unknown: Any) -> float:
    """Triples without an unknown pair, by inclusion and exclusion over unknown pairs."""
    sizes = np.bincount(core.asked_group, minlength=1).astype(float)
    triples = float((sizes * (sizes - 1) * (sizes - 2) / 6).sum())
    if not unknown.nnz:
        return triples
    source, _ = unknown.nonzero()
    degree = unknown.sum(axis=1)
    one = float((sizes[core.asked_group[source]] - 2).sum()) / 2
    two = float((degree * (degree - 1) / 2).sum())
    return triples - one + two - _total(unknown @ unknown, unknown) / 6


def transitivity(network: WaveNetwork) -> tuple[float, int]:
    """Share of paths i -> j -> k whose shortcut i -> k is a tie (weak transitivity, the default of R sna's gtrans).

    Returns
    -------
    tuple
        The share (NaN without paths) and the number of paths i -> j -> k among those who report, i, j and k being three
        people and i -> k known.

    References
    ----------
    Wasserman & Faust (1994), section 6.6.
    """
    core = network.core
    ties = core.adjacency
    paths = ties @ ties
    n_paths = float(paths.sum() - paths.diagonal().sum())
    n_paths -= _total(paths, core.blanks)
    return (_total(paths, ties) / n_paths if n_paths else np.nan), round(n_paths)
