"""The coded talk that an analysis rests on: one coder's, the coders' settled set, or machine suggestions, said by name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nicmethods.coder.link import link
from nicmethods.coding.adjudicate import adjudicate
from nicmethods.coding.events import help_events
from nicmethods.errors import MeasureError
from nicmethods.tables import WORK_TABLES, conform, empty

if TYPE_CHECKING:
    import pandas as pd

    from nicmethods.case.codebook import Codebook

__all__ = ["SUGGESTED", "CodedTalk", "coded_talk"]

SUGGESTED = "suggestions"


@dataclass(frozen=True)
class CodedTalk:
    """Codings of one source and the events they make.

    Attributes
    ----------
    codings, coverage
        Work tables. Suggestions cover nothing: they are no evidence that nothing was said.
    links
        Work table: which turn answers which.
    suggestions
        Work table; made here where nobody has coded and the case keeps none.
    events
        Run table.
    source
        The coder, ``"adjudicated"`` or ``"suggestions"``.
    said
        The same in a sentence for the reader.
    """

    codings: pd.DataFrame
    coverage: pd.DataFrame
    links: pd.DataFrame
    suggestions: pd.DataFrame
    events: pd.DataFrame
    source: str
    said: str


def coded_talk(
    turns: pd.DataFrame,
    codings: pd.DataFrame,
    coverage: pd.DataFrame,
    decisions: pd.DataFrame,
    suggestions: pd.DataFrame,
    codebook: Codebook,
    *,
    coder: str = "",
    least_score: float = 0.0,
) -> CodedTalk:
    """Choose the codings that an analysis uses, and derive help events from them.

    Parameters
    ----------
    turns, codings, coverage
        Work tables of a case.
    decisions
        Case table ``adjudicated``.
    suggestions
        Work table; used only where nobody has coded, without those that a person refused. Empty: made from the codebook.
    codebook
        The codebook, for suggestions.
    coder
        Use this coder's codings alone. Empty: the settled set of all coders.
    least_score
        Least score of a suggestion that is used, from 0 (every suggestion) to 1.

    Returns
    -------
    CodedTalk
        Codings, coverage, links, events, and where they come from.

    Raises
    ------
    MeasureError
        If nobody of that name has coded.
    """
    coders = sorted(codings["coder"].unique())
    if coder and coder not in coders:
        raise MeasureError(f"coder '{coder}' has coded nothing here; there are: {', '.join(coders) or 'none'}.")
    if not coders:
        suggestions = suggestions if len(suggestions) else _suggested(turns, codebook)
        chosen, covered, source, said = _from_suggestions(turns, suggestions, least_score)
    elif coder or len(coders) == 1:
        source = coder or coders[0]
        chosen, covered = codings[codings["coder"] == source], coverage[coverage["coder"] == source]
        said = f"Codings of {source}" + (
            ", the only coder." if len(coders) == 1 else f" alone, of {len(coders)} coders."
        )
    else:
        settled = adjudicate(codings, coverage, turns, decisions)
        chosen, covered, source = settled.codings, settled.coverage, "adjudicated"
        said = (
            f"The settled set of {len(coders)} coders: what all who read a turn gave it, and {len(decisions)} decisions. "
            f"{len(settled.undecided)} disagreements are open; their turns count as not coded."
        )
    links = link(turns)
    events = help_events(turns, chosen, links, source=source)
    return CodedTalk(
        chosen.reset_index(drop=True), covered.reset_index(drop=True), links, suggestions, events, source, said
    )


def _suggested(turns: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    from nicmethods.coder.suggest import suggest

    return suggest(turns, codebook)


def _from_suggestions(
    turns: pd.DataFrame, suggestions: pd.DataFrame, least_score: float
) -> tuple[pd.DataFrame, pd.DataFrame, str, str]:
    is_unscored = suggestions["score"].isna() & (suggestions["layer"] == "rules")
    enough = (suggestions["score"] >= least_score) | is_unscored | (least_score == 0)
    used = suggestions[(suggestions["status"] != "refused") & enough]
    made = used[["activity", "turn", "code"]].drop_duplicates().assign(coder=SUGGESTED)
    said = "Nobody has coded this talk: everything about it is machine-suggested, not reviewed."
    return (
        conform(made, WORK_TABLES["codings"]),
        empty(WORK_TABLES["coverage"]),
        SUGGESTED,
        said if len(turns) else "There is no talk in this case.",
    )
