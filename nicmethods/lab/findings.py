"""The tables behind the views of a case, made once, with ids in place of names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.case.people import pseudonymise
from nicmethods.case.published import public_actors, public_turns
from nicmethods.case.summary import gaps
from nicmethods.coder.link import link
from nicmethods.coder.suggest import suggest
from nicmethods.coding.coded import coded_talk
from nicmethods.joint.attribution import tie_attribution
from nicmethods.joint.displays import activity_timeline
from nicmethods.joint.ledger import dyad_subjects
from nicmethods.joint.pairs import dyads as dyads_of
from nicmethods.network.change import dyad_change
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Callable

    from nicmethods.case.folder import Case
    from nicmethods.tables.bundles import Meetings, Policy, Survey, Talk

__all__ = ["Findings", "findings"]


@dataclass(frozen=True)
class Findings:
    """What the views of a case show.

    Attributes
    ----------
    title
        Title of the case.
    survey, meetings
        The case's, read as chosen; names in titles and questions are ids.
    actors
        Run table ``actors``.
    waves, relations, ties, responses, activities, attendance
        Work and case tables; names in titles and questions are ids.
    changes, dyads, attribution, timeline, turns
        Run tables ``dyad_change``, ``dyads``, ``attribution``, ``timeline`` and ``turns``; ``dyads`` is indexed by its
        subject, ``from_wave/to_wave/a/b``, once for each relation. ``timeline`` says nothing of chance.
    talk
        The coded talk and its events.
    gaps
        What is missing, a sentence each.
    """

    title: str
    survey: Survey
    meetings: Meetings
    actors: pd.DataFrame
    waves: pd.DataFrame
    relations: pd.DataFrame
    ties: pd.DataFrame
    responses: pd.DataFrame
    activities: pd.DataFrame
    attendance: pd.DataFrame
    changes: pd.DataFrame
    talk: Talk
    dyads: pd.DataFrame
    attribution: pd.DataFrame
    timeline: pd.DataFrame
    turns: pd.DataFrame
    gaps: tuple[str, ...]

    @cached_property
    def said(self) -> pd.DataFrame:
        """Turns by ``activity/turn``."""
        return self.turns.assign(id=self.turns["activity"].str.cat(self.turns["turn"], sep="/")).set_index("id")


def findings(case: Case, *, policy: Policy, coder: str, say: Callable[[str], None]) -> Findings:
    """Make the tables, saying what is being done.

    Parameters
    ----------
    case
        The case.
    policy
        How missing answers are read; see :func:`nicmethods.network.graph.wave_network`.
    coder
        Use this coder's codings alone; empty: the coders' settled set.
    say
        Takes a line of progress.

    Returns
    -------
    Findings
        The tables; of a strand that is missing, empty ones.
    """
    people = (case.roster, case.people)
    titles = pseudonymise(pd.concat([pd.Series([case.config.title], dtype="str"), case.activities["title"]]), *people)
    activities = case.activities.assign(title=titles.iloc[1:].to_numpy())
    relations = case.relations.assign(question=pseudonymise(case.relations["question"], *people))
    survey = replace(case.survey, relations=relations, policy=policy)
    meetings = replace(case.meetings, activities=activities)
    say("Comparing the waves …")
    changes = dyad_change(survey)
    say("Reading what was coded …")
    made = suggest(case.turns, case.codebook) if not case.coders.names and case.suggestions.empty else case.suggestions
    talk = coded_talk(case.meetings, case.coders, links=link(case.turns), suggestions=made, coder=coder)
    say("Setting survey and talk side by side …")
    dyads = dyads_of(survey, meetings, talk)
    attribution = tie_attribution(dyads, survey, meetings, talk)
    timeline = activity_timeline(survey, meetings, talk, _counted(attribution))
    say("Putting ids in place of names …")
    turns = public_turns(case)
    say("")
    return Findings(
        str(titles.iloc[0]), survey, meetings, public_actors(case), case.waves, relations, case.ties, case.responses, activities,
        case.attendance, changes, talk, dyads.set_index(pd.Index(dyad_subjects(dyads), name="subject")), attribution,
        timeline, turns, tuple(gaps(case)),
    )  # fmt: skip


def _counted(attribution: pd.DataFrame) -> pd.DataFrame:
    """Ties that each activity preceded, as ``activity_yield`` counts them, without what chance would give."""
    seen = attribution.dropna(subset="activity")
    keys = ["relation", "activity"]
    counts = seen.assign(first=seen["order"].eq(1)).groupby(keys, sort=False, as_index=False)
    table = counts.agg(n_preceded=("a", "size"), n_first=("first", "sum"))
    table = table.assign(kind="any", expected=np.nan).reindex(columns=RUN_TABLES["activity_yield"].names)
    return conform(table, RUN_TABLES["activity_yield"])
