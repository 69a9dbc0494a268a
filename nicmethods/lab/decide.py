"""The ledger as a form beside its evidence, in JupyterLab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicmethods.case.folder import Case, load_case
from nicmethods.lab.base import needs_widgets, progress
from nicmethods.lab.findings import findings

if TYPE_CHECKING:
    from nicmethods.lab.decide_view import DecideView
    from nicmethods.tables.bundles import Policy

__all__ = ["decide"]


def decide(
    case: Case | str, *, researcher: str = "", policy: Policy = "observed", coder: str = "", seed: int = 1
) -> DecideView:
    """Show each claim with its evidence, and beside it a form that writes the researcher's verdict to ``ledger.csv``.

    Parameters
    ----------
    case
        The case, or its name or path.
    researcher
        Who decides; may be written in the form too.
    policy
        How missing answers are read; see :func:`nicmethods.network.graph.wave_network`.
    coder
        Use this coder's codings alone; empty: the coders' settled set.
    seed
        Seed of bootstrap and permutations: 1, as in the notebooks, so that the numbers are those of the report.

    Returns
    -------
    DecideView
        A widget. ``view.subject`` is what is decided on, a proposition or a pair in an interval
        (``from_wave/to_wave/a/b``), and can be set from another cell; ``view.table()`` gives the ledger as it is now.
        The tool fills in no interpretation: verdict and texts are blank until a person writes them, or as in the ledger.

    Raises
    ------
    RunError
        If the extra ``widgets`` is not installed.
    CaseError
        If the study's propositions or ``ledger.csv`` cannot be read.

    Examples
    --------
    In a cell of JupyterLab ``nic.decide("demo", researcher="KM")`` shows the form.

    >>> import nicmethods as nic
    >>> nic.decide("demo", researcher="KM").table()["subject"].tolist()
    ['W1/W2/E02/E09', 'W1/W2/E10/E15', 'new_ties_across_schools']
    """
    needs_widgets("decide")
    case = case if isinstance(case, Case) else load_case(case)
    from nicmethods.lab.decide_view import DecideView

    say = progress()
    found = findings(case, policy=policy, coder=coder, seed=seed, say=say)
    say("Holding each proposition against both strands …")
    propositions = found.propositions.assign(researcher_verdict=None, meta_inference=None)
    say("")
    return DecideView(case, found, propositions, researcher=researcher)
