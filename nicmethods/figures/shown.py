"""A table or a test, and the figure that shows it."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from nicmethods import figures
from nicmethods.errors import MeasureError
from nicmethods.figures.style import show
from nicmethods.network.permutation import Test

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["plot"]

_FIGURES = {
    "network_measures": "plot_measures",
    "change": "plot_change",
    "mixing": "plot_mixing",
    "agreement": "plot_agreement",
    "phases": "plot_phases",
    "voices": "plot_voices",
    "coaching": "plot_coaching",
    "dyads": "plot_dyads",
    "convergence": "plot_verdicts",
    "pathway_steps": "plot_pathway_steps",
    "pathway_curves": "plot_pathway",
    "models": "plot_terms",
    "tie_models": "plot_terms",
    "stergm": "plot_terms",
    "propositions": "plot_propositions",
    "sensitivity": "plot_sensitivity",
    "comparison": "plot_case_measures",
    "pooled_coincidence": "plot_pooled_coincidence",
    "trajectories": "plot_trajectories",
    "health": "plot_health",
    "between_levels": "plot_levels",
}


def plot(*tables: pd.DataFrame | Test) -> None:
    """Show the figure of each table or test (QAP, CUG) in a notebook; of a table on several survey questions, one for each.

    Parameters
    ----------
    tables
        Tables as the library makes them; each knows which it is. Of a test, the draws of chance and the value observed.

    Raises
    ------
    MeasureError
        If a table has no figure of its own; ``nic.figures`` has those that need more than one table.

    Examples
    --------
    In a cell this shows the figure; elsewhere it gives the image with its alternative text.

    >>> import nicmethods as nic
    >>> nic.plot(nic.analyse("demo", seed=1).agreement)
    {'image/png': ... 'text/plain': "Forest plot of agreement between coders by code, ..."}
    """
    for table in tables:
        if isinstance(table, Test):
            show(figures.plot_null(table))
            continue
        name = str(table.attrs.get("table", ""))
        if name not in _FIGURES:
            what = f"The table '{name}'" if name else "A frame that the library did not make"
            raise MeasureError(f"{what} has no figure of its own; these have: {', '.join(sorted(_FIGURES))}.")
        draw = getattr(figures, _FIGURES[name])
        apart = "relation" in inspect.signature(draw).parameters
        for relation in (list(table["relation"].dropna().unique()) if apart else []) or [""]:
            show(draw(table, **({"relation": relation} if apart else {})))
