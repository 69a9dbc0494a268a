"""A table, and the figure that shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nicmethods import figures
from nicmethods.errors import MeasureError
from nicmethods.figures.style import show

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
    "propositions": "plot_propositions",
    "sensitivity": "plot_sensitivity",
    "comparison": "plot_case_measures",
    "pooled_coincidence": "plot_pooled_coincidence",
    "trajectories": "plot_trajectories",
    "health": "plot_health",
    "between_levels": "plot_levels",
}


def plot(*tables: pd.DataFrame) -> None:
    """Show the figure of each table in a notebook.

    Parameters
    ----------
    tables
        Tables as the library makes them; each knows which it is.

    Raises
    ------
    MeasureError
        If a table has no figure of its own; ``nic.figures`` has those that need more than one table.
    """
    for table in tables:
        name = str(table.attrs.get("table", ""))
        if name not in _FIGURES:
            what = f"The table '{name}'" if name else "A frame that the library did not make"
            raise MeasureError(f"{what} has no figure of its own; these have: {', '.join(sorted(_FIGURES))}.")
        show(getattr(figures, _FIGURES[name])(table))
