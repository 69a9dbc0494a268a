"""The coded talk that an analysis rests on: one coder's, the coders' settled set, or machine suggestions, said by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nicmethods.case.coverage import turns_read
from nicmethods.coding.events import help_events
from nicmethods.coding.reliability import of_record
from nicmethods.coding.settling import adjudicate
from nicmethods.errors import MeasureError
from nicmethods.tables import WORK_TABLES, conform, empty
from nicmethods.tables.bundles import SUGGESTED, Talk, takes

if TYPE_CHECKING:
    import pandas as pd

    from nicmethods.tables.bundles import Coders, Meetings

__all__ = ["coded_talk"]


@takes
def coded_talk(
    meetings: Meetings,
    coders: Coders,
    *,
    links: pd.DataFrame,
    suggestions: pd.DataFrame | None = None,
    coder: str = "",
    least_score: float = 0.0,
) -> Talk:
    """Choose the codings that an analysis uses, and derive help events from them.

    Parameters
    ----------
    meetings
        What was said.
    coders
        Who coded and read what, and what they have settled.
    links
        Work table: which turn answers which, as :func:`nicmethods.coder.suggest.link` gives it.
    suggestions
        Work table; used only where nobody has coded, without those that a person refused. None: those of `coders`.
    coder
        Use this coder's codings alone. Empty: the settled set of all coders.
    least_score
        Least score of a suggestion that is used, from 0 (every suggestion) to 1.

    Returns
    -------
    Talk
        Codings, coverage, links, events, and where they come from.

    Raises
    ------
    MeasureError
        If nobody of that name has coded.

    Examples
    --------
    >>> import nicmethods as nic
    >>> case = nic.load_case("demo")
    >>> links = nic.analyse(case, seed=1).links
    >>> nic.coded_talk(case.meetings, case.coders, links=links, coder="coder_b")
    <Talk: Codings of coder_b alone, of 2 coders. 104 events>
    """
    if coder and coder not in coders.names:
        raise MeasureError(f"coder '{coder}' has coded nothing here; there are: {', '.join(coders.names) or 'none'}.")
    coders = coders if coder else _of_record(meetings, coders)
    names, codings, coverage = coders.names, coders.codings, of_record(coders.coverage)
    if not names:
        source, covered = SUGGESTED, empty(WORK_TABLES["coverage"])
        chosen = _suggested(coders.suggestions if suggestions is None else suggestions, least_score)
        said = "Nobody has coded this talk: everything about it is machine-suggested, not reviewed."
        said = said if len(meetings.turns) else "There is no talk in this case."
    elif coder or len(names) == 1:
        source = coder or names[0]
        chosen, covered = codings[codings["coder"] == source], coverage[coverage["coder"] == source]
        said = f"Codings of {source}" + (", the only coder." if len(names) == 1 else f" alone, of {len(names)} coders.")
    else:
        settled = adjudicate(meetings, coders)
        chosen, covered, source = settled.codings, settled.coverage, "adjudicated"
        said = (
            f"The settled set of {len(names)} coders: what all who read a turn gave it, and {len(coders.decisions)} "
            f"decisions. {len(settled.undecided)} disagreements are open; their turns count as not coded."
        )
    events = help_events(meetings.turns, chosen, links, source=source)
    return Talk(source=source, said=said, codings=chosen, coverage=covered, links=links, events=events)


def _of_record(meetings: Meetings, coders: Coders) -> Coders:
    """What was read for the record; turns that a second coder read to measure reliability serve agreement alone."""
    coverage = of_record(coders.coverage)
    if len(coverage) == len(coders.coverage):
        return coders
    read = turns_read(coverage, meetings.turns[["activity", "turn", "position"]])
    kept = read[["coder", "activity", "turn"]].drop_duplicates()
    codings = coders.codings.merge(kept, on=["coder", "activity", "turn"], validate="many_to_one")
    return replace(coders, codings=codings, coverage=coverage)


def _suggested(suggestions: pd.DataFrame, least_score: float) -> pd.DataFrame:
    """Suggestions as codings, each once."""
    is_unscored = suggestions["score"].isna() & (suggestions["layer"] == "rules")
    enough = (suggestions["score"] >= least_score) | is_unscored | (least_score == 0)
    used = suggestions[(suggestions["status"] != "refused") & enough]
    made = used[["activity", "turn", "code"]].drop_duplicates().assign(coder=SUGGESTED)
    return conform(made, WORK_TABLES["codings"])
