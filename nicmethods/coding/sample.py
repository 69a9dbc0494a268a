"""Drawing rows to be judged, with known chances: one sampler for reliability and for spot checks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nicmethods.errors import MeasureError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["draw"]


def draw(frame: pd.DataFrame, n: int, strata: list[str], seed: int) -> pd.DataFrame:
    """Draw rows at random within strata, as evenly over these as their sizes allow.

    Parameters
    ----------
    frame
        What is drawn from, one row a unit.
    n
        Rows to draw; all of them where there are no more.
    strata
        Columns whose combinations are drawn from separately; empty for none. Blank is a value of its own.
    seed
        Draws the rows.

    Returns
    -------
    pandas.DataFrame
        The rows drawn, in order of ``frame``, with ``chance``: the share drawn of the row's stratum, above 0.

    Raises
    ------
    MeasureError
        If ``n`` is less than 1.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"code": ["a"] * 6 + ["b"] * 2})
    >>> draw(frame, 4, ["code"], 1).groupby("code")["chance"].agg(["size", "first"]).to_numpy().tolist()
    [[2.0, 0.3333333333333333], [2.0, 1.0]]
    """
    if n < 1:
        raise MeasureError(f"{n} rows cannot be drawn; ask for 1 or more.")
    stratum = (
        frame.groupby(strata, dropna=False, sort=False).ngroup().to_numpy() if strata else np.zeros(len(frame), int)
    )
    size = np.bincount(stratum)
    take = np.zeros(len(size), int)
    while take.sum() < min(n, len(frame)):
        open_ = np.flatnonzero(take < size)
        more = max((min(n, len(frame)) - take.sum()) // len(open_), 1)
        for k in open_[: min(n, len(frame)) - take.sum()]:
            take[k] += min(more, size[k] - take[k])
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(frame))
    rank = np.empty(len(frame), int)
    for k in range(len(size)):
        mine = order[stratum[order] == k]
        rank[mine] = np.arange(len(mine))
    drawn = rank < take[stratum]
    taken: pd.DataFrame = frame[drawn]
    return taken.assign(chance=(take / np.fmax(size, 1))[stratum][drawn])
