"""Pairs and triples counted, on sparse matrices and over known pairs only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

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


@takes
def dyad_census(network: WaveNetwork) -> DyadCensus:
    """Count mutual, asymmetric and null pairs among those who report, over pairs known in both directions."""
    core = network.core
    mutual, asymmetric, unknown = (matrix.nnz for matrix in core.dyads)
    sizes = np.bincount(core.asked_group, minlength=1)
    pairs = int((sizes * (sizes - 1) // 2).sum()) - unknown // 2
    return DyadCensus(mutual // 2, asymmetric, pairs - mutual // 2 - asymmetric)


@takes
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
    from scipy.sparse import eye_array

    core = network.core
    if not core.n:
        return dict.fromkeys(TRIADS, 0)
    mutual, asymmetric, unknown = core.dyads
    back = asymmetric.T.tocsr()
    apart = mutual + asymmetric + back + unknown
    kind = (mutual + 2 * asymmetric + 3 * back + 4 * unknown + 5 * eye_array(core.n)).tocsr()

    def joined(first: Any, second: Any) -> NDArray[Any]:
        """Paths of two steps by what joins their ends: nothing, mutual, asymmetric, back, unknown, or they are one person."""
        paths = (first @ second).tocoo()
        ends = kind[paths.row, paths.col].astype(np.int8) if paths.nnz else np.zeros(0, np.int8)
        return np.asarray(np.bincount(ends, paths.data, 6), float)

    mm, ma, mb = joined(mutual, mutual), joined(mutual, asymmetric), joined(mutual, back)
    aa, ab, ba = joined(asymmetric, asymmetric), joined(asymmetric, back), joined(back, asymmetric)
    size = np.bincount(core.asked_group, minlength=1)[core.asked_group]
    outside = size - apart.sum(axis=1)
    beside = unknown @ apart + (apart - unknown) @ unknown
    # Third people tied to, or unknown to, both of a tied pair; the products that are not counted are transposes of others.
    shared = (
        mm[1] + 2 * (ma[1] + mb[1] + aa[1]) + ab[1] + ba[1],
        mm[2] + ma[2] + ma[3] + mb[2] + mb[3] + aa[2] + aa[3] + ab[2] + ba[2],
    )
    one_tied = [
        float(outside @ (pairs.sum(axis=1) + pairs.sum(axis=0)) - size @ pairs.sum(axis=1))
        + both
        + _total(beside, pairs)
        for pairs, both in zip((mutual, asymmetric), shared, strict=True)
    ]
    counts = {
        "102": one_tied[0] / 2,
        "012": one_tied[1],
        "021D": ba[0] / 2,
        "021U": ab[0] / 2,
        "021C": aa[0],
        "111D": mb[0],
        "111U": ma[0],
        "030T": aa[2],
        "030C": aa[3] / 3,
        "201": mm[0] / 2,
        "120D": ba[1] / 2,
        "120U": ab[1] / 2,
        "120C": aa[1],
        "210": mm[2],
        "300": mm[1] / 6,
    }
    counts["003"] = _known_triples(core, unknown) - sum(counts.values())
    return {name: round(counts[name]) for name in TRIADS}


def _total(matrix: Any, at: Any) -> float:
    return float(matrix.multiply(at).sum())


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


@takes
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
