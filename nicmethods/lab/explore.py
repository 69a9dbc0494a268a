"""The linked view of a case in JupyterLab: choose a pair or an activity, and everything else follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicmethods.case.folder import Case, load_case
from nicmethods.lab.base import needs_widgets, progress
from nicmethods.lab.findings import findings

if TYPE_CHECKING:
    from nicmethods.lab.explore_view import ExploreView
    from nicmethods.tables.bundles import Policy

__all__ = ["explore"]


def explore(case: Case | str, *, policy: Policy = "observed", coder: str = "", relation: str = "") -> ExploreView:
    """Show a case as one linked view: network, time axis, pairs and quoted turns follow each other.

    Parameters
    ----------
    case
        The case, or its name or path.
    policy
        How missing answers are read; see :func:`nicmethods.network.graph.wave_network`.
    coder
        Use this coder's codings alone; empty: the coders' settled set.
    relation
        Survey question to begin with; empty: the first.

    Returns
    -------
    ExploreView
        A widget. What is chosen can be read and set from other cells: ``view.pair``, ``view.activity``, ``view.wave``
        and ``view.relation``; ``view.table()`` gives the rows of the pairs chosen. People stand by id and quotes carry
        ids in place of names, so that a notebook that holds the view may be shared as its tables may.

    Raises
    ------
    RunError
        If the extra ``widgets`` is not installed.

    Examples
    --------
    In a cell of JupyterLab ``view`` alone shows it; what is chosen there is chosen for other cells, and the other way round.

    >>> import nicmethods as nic
    >>> view = nic.explore("demo")
    >>> view.pair = ("E02", "E09")
    >>> view.table()[["from_wave", "to_wave", "verdict"]].values.tolist()
    [['W1', 'W2', 'coincide'], ['W2', 'W3', 'coincide']]
    """
    needs_widgets("explore")
    case = case if isinstance(case, Case) else load_case(case)
    from nicmethods.lab.explore_view import ExploreView

    return ExploreView(findings(case, policy=policy, coder=coder, say=progress()), relation=relation)
