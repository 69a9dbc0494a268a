"""What the views of a case stand on: its analysis, with pairs by their subject and turns by their address."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods import joint
from nicmethods.analysis import Analysis, Choices
from nicmethods.joint.placement import dyad_subjects
from nicmethods.tables import RUN_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from nicmethods.case.folder import Case
    from nicmethods.tables.bundles import Policy

__all__ = ["Findings", "findings"]


class Findings(Analysis):
    """A case under stated choices, as the views look things up in it."""

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Run table ``dyads`` by its subject, as the ledger names it."""
        return self.dyads.set_index(pd.Index(dyad_subjects(self.dyads, self.survey), name="subject"))

    @cached_property
    def said(self) -> pd.DataFrame:
        """Turns by ``activity/turn``."""
        return self.turns.assign(id=self.turns["activity"].str.cat(self.turns["turn"], sep="/")).set_index("id")

    def timeline(self, relation: str) -> pd.DataFrame:
        """Surveys and activities in order of time; new or stronger ties of a relation, of pairs who helped in each, without chance."""
        seen = self.attribution[self.attribution["relation"].eq(relation)].dropna(subset="activity")
        counts = seen.assign(first=seen["order"].eq(1)).groupby(["relation", "activity"], sort=False, as_index=False)
        yields = counts.agg(n_preceded=("a", "size"), n_first=("first", "sum")).assign(kind="any")
        yields = yields.reindex(columns=RUN_TABLES["activity_yield"].names)
        return joint.activity_timeline(self.survey, self.meetings, self.talk, yields)


def findings(case: Case, *, policy: Policy, coder: str, seed: int = 1, say: Callable[[str], None]) -> Findings:
    """Take a case under stated choices and make what its views show, saying what is being done.

    Parameters
    ----------
    case
        The case.
    policy, coder, seed
        See :class:`nicmethods.analysis.Choices`.
    say
        Takes a line of progress.
    """
    found = Findings(case, Choices(policy=policy, coder=coder, seed=seed))
    for words, name in (
        ("Comparing the waves …", "dyad_change"),
        ("Reading what was coded …", "talk"),
        ("Setting survey and talk side by side …", "attribution"),
        ("Putting ids in place of names …", "said"),
    ):
        say(words)
        getattr(found, name)
    say("")
    return found
