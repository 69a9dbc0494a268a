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

_OWN = (
    "change", "mixing", "agreement", "phases", "voices", "coaching", "dyads", "pathway_steps", "propositions", "sensitivity",
    "pooled_coincidence", "trajectories", "health",
)  # fmt: skip
_FIGURES = {name: f"plot_{name}" for name in _OWN} | {
    "network_measures": "plot_measures",
    "convergence": "plot_verdicts",
    "pathway_curves": "plot_pathway",
    "comparison": "plot_case_measures",
    "between_levels": "plot_levels",
    **dict.fromkeys(("models", "tie_models", "stergm"), "plot_terms"),
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
