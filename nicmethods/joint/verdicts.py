"""The rule by which survey and talk of a pair are set against each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["VERDICT_RULE", "convergence", "proposed_verdicts"]

_SURVEY = {
    "created": "new or stronger",
    "strengthened": "new or stronger",
    "kept": "kept",
    "weakened": "declined",
    "dissolved": "declined",
    "absent": "none",
    "not_observable": "not reported",
}
_TALK = ("help", "shared or asked", "nothing", "never together")

VERDICT_RULE: pd.DataFrame = pd.DataFrame(
    {
        "new or stronger": ["coincide", "coincide_in_part", "tie_without_help", "not_observable"],
        "kept": ["help_in_lasting_tie", "lasting_tie", "lasting_tie", "not_observable"],
        "declined": ["help_in_waning_tie", "waning_tie", "waning_tie", "not_observable"],
        "none": ["help_without_tie", "neither", "neither", "not_observable"],
        "not reported": ["help_survey_unknown", "not_observable", "not_observable", "not_observable"],
    },
    index=pd.Index(_TALK, name="talk"),
)
"""Verdict by state of the talk (rows) and of the survey (columns); ``docs/definitions/joint.md`` says each in words."""


def proposed_verdicts(
    change: NDArray[Any], *, n_help: NDArray[Any], n_other: NDArray[Any], n_together_coded: NDArray[Any]
) -> NDArray[np.object_]:
    """Propose a verdict for each pair.

    Parameters
    ----------
    change
        What became of the pair's tie (``created``, ``strengthened``, …, ``not_observable``).
    n_help
        Times one helped the other.
    n_other
        Times one shared practice with the other or asked for help without being helped; alone, they support a new or
        stronger tie in part and count as no help otherwise.
    n_together_coded
        Activities with coded talk that both attended.

    Returns
    -------
    array of text
        One of the verdicts of ``dyads`` in ``RUN_TABLES``.

    Examples
    --------
    >>> proposed_verdicts(
    ...     np.array(["created", "absent", "absent", "kept"]),
    ...     n_help=np.array([1, 1, 0, 0]), n_other=np.zeros(4), n_together_coded=np.array([1, 1, 1, 0]),
    ... ).tolist()
    ['coincide', 'help_without_tie', 'neither', 'not_observable']
    """
    survey = VERDICT_RULE.columns.get_indexer(pd.Index(change).map(_SURVEY))
    talk = np.select([n_help > 0, n_other > 0, n_together_coded > 0], [0, 1, 2], 3)
    return np.asarray(VERDICT_RULE.to_numpy(dtype=object)[talk, survey], dtype=object)


@takes
def convergence(dyads: pd.DataFrame) -> pd.DataFrame:
    """Count verdicts: all pairs, within and across sites, and by role pair.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.

    Returns
    -------
    DataFrame
        ``convergence`` of ``RUN_TABLES``; verdicts that no pair has are left out; a pair whose sites or roles are not
        known is in group ``unknown``. Ordered with the discordant verdicts first.
    """
    keys = ["from_wave", "to_wave", "relation", "threshold", "policy"]
    parts = [
        dyads.assign(by=by, group=group)
        for by, group in (
            ("all", "all"),
            ("scope", dyads["scope"].fillna("unknown")),
            ("role_pair", dyads["role_pair"].fillna("unknown")),
        )
    ]
    grouped = pd.concat(parts)
    grouped["verdict"] = pd.Categorical(grouped["verdict"], categories=VERDICT_ORDER, ordered=True)
    counts = (
        grouped.groupby([*keys, "by", "group", "verdict"], dropna=False, observed=True).size().rename("n").reset_index()
    )
    totals = counts.groupby([*keys, "by", "group"], dropna=False)["n"].transform("sum")
    order = {name: place for place, name in enumerate(pd.unique(dyads["from_wave"]))}
    counts = counts.assign(share=counts["n"] / totals, place=counts["from_wave"].map(order))
    ordered = counts.sort_values(["place", "relation", "by", "group", "verdict"])
    return conform(ordered, RUN_TABLES["convergence"])


VERDICT_ORDER = [
    "help_without_tie",
    "help_in_waning_tie",
    "tie_without_help",
    "help_survey_unknown",
    "coincide_in_part",
    "coincide",
    "help_in_lasting_tie",
    "lasting_tie",
    "waning_tie",
    "neither",
    "not_observable",
]
"""Verdicts with those first that ask for a second look."""
