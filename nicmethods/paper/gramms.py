"""GRAMMS, the checklist of good reporting of a mixed methods study, with what a run can fill in."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from nicmethods.paper.parts import Grid, Part, Text
from nicmethods.tables import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nicmethods.paper.ran import Ran

__all__ = ["ITEMS", "checklist"]

ITEMS = (
    "Describe the justification for using a mixed methods approach to the research question",
    "Describe the design in terms of the purpose, priority and sequence of methods",
    "Describe each method in terms of sampling, data collection and analysis",
    "Describe where integration has occurred, how it has occurred and who has participated in it",
    "Describe any limitation of one method associated with the presence of the other method",
    "Describe any insights gained from mixing or integrating methods",
)
"""The six items, in the words of O'Cathain, Murphy & Nicholl (2008)."""

_FOR_PEOPLE = (
    "why one strand alone would not do",
    "purpose and priority of each strand",
    "sampling, recruitment and instruments",
    "who took part, in which meetings",
    "whether being recorded, or being asked, changed what people did",
    "what was learned from both that neither shows alone",
)
BLANK = "________"
"""What stands where only people can write."""


def checklist(ran: Ran) -> Iterator[Part]:
    """Fill in of GRAMMS what the run knows; the rest is blank, and says for whom.

    Parameters
    ----------
    ran
        From :func:`~nicmethods.paper.ran.read_run`.
    """
    yield Text(
        "GRAMMS (O'Cathain, Murphy & Nicholl 2008). What this run can say is filled in; the blanks are for the authors."
    )
    rows = [
        [str(number), item, found or "nothing", f"{BLANK} ({rest})"]
        for number, (item, found, rest) in enumerate(zip(ITEMS, _found(ran), _FOR_PEOPLE, strict=True), start=1)
    ]
    head = ["", "Item", "From this run", "For the authors"]
    yield Grid("gramms", "Good reporting of a mixed methods study.", head, rows, shares=(0.3, 1.6, 2.4, 1.6))


def _found(ran: Ran) -> list[str]:
    summary, claims = ran.summary, ran.table("propositions")
    waves = list(summary.get("waves") or ()) if ran.has("network") else []
    read = [a for a in summary.get("activities") or () if a["coded"]]
    dates = sorted(
        [(str(wave["opened"]), f"survey {wave['wave']}") for wave in waves if wave.get("opened")]
        + [(str(a["date"]), str(a.get("title") or a["activity"])) for a in read if a.get("date")]
    )
    order = ", ".join(dict.fromkeys(what for _, what in dates))
    survey = f"Survey: ⟦waves⟧, waves: {len({wave['wave'] for wave in waves})}." if waves else "No survey."
    talk = (
        f"Talk: ⟦activities⟧; coded activities: {len(read)}, coders: {len(summary.get('coders') or ())}."
        if read
        else "No coded talk."
    )
    both = ""
    if len(claims):
        written = int(claims["researcher_verdict"].notna().sum())
        both = f"Pair by pair and claim by claim, in a joint display (⟦joint⟧). Verdicts proposed by rule for {len(claims)} claims; written by researchers for {written}."
    pairs = ran.table("convergence")
    unseen = pairs[pairs["by"].eq("all") & pairs["verdict"].eq("not_observable")]["n"].sum() if len(pairs) else 0
    limits = (
        f"Pairs in an interval that cannot be compared, not together in read talk or without a report: {unseen:,}."
        if unseen
        else ""
    )
    verdicts = Counter(words(verdict) for verdict in claims["proposed_verdict"]) if len(claims) else Counter[str]()
    insights = "; ".join(f"{verdict}: {n}" for verdict, n in verdicts.items())
    return [
        f"Question: {summary['question']}" if summary.get("question") else "",
        f"In order of time: {order}." if order else "",
        f"{survey} {talk}",
        both,
        limits,
        f"Proposed verdicts, {insights}. What they mean together is not the run's to say." if insights else "",
    ]
