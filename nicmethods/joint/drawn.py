"""Verdicts when the talk is coded again: codings drawn as one more coder like these would have made them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from nicmethods.case.coverage import turns_read
from nicmethods.coding.agreement import agreement_by_speaker
from nicmethods.coding.events import EVENT_CODES, help_events
from nicmethods.joint.recorded import recorded_events
from nicmethods.tables import RUN_TABLES, WORK_TABLES, conform
from nicmethods.tables.bundles import SUGGESTED, takes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nicmethods.case.propositions import Propositions
    from nicmethods.joint.record import Record
    from nicmethods.joint.standing import Judge
    from nicmethods.tables.bundles import Coders, Meetings, Survey, Talk

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Recoded", "recoded", "verdicts_drawn"]

_OPEN = "+"


@dataclass(frozen=True, eq=False)
class Recoded:
    """What another coder could have coded: everything coded, and what every other read turn would be if it were.

    Attributes
    ----------
    record
        Both strands, with all these events.
    coding
        Shape (n_events,): the coding (a kind on a turn) that each event comes from.
    kind
        Shape (n_codings,): number of its kind among ``EVENT_CODES``.
    is_coded
        Shape (n_codings,): whether it was coded.
    score
        Shape (n_codings,): chance that a suggestion is right; NaN for codings of people, and where it is not known.
    counts
        Shape (n_kinds, n_speakers, 3): turns that both of two coders, one, none gave the code.
    """

    record: Record
    coding: Ints
    kind: Ints
    is_coded: NDArray[np.bool_]
    score: Floats
    counts: Floats

    @property
    def is_known(self) -> bool:
        """Whether anything is known of how a coding would be made again."""
        return bool(self.counts.sum() > 0 or (len(self.score) > 0 and not np.isnan(self.score).any()))

    def chances(self, rng: np.random.Generator) -> Floats:
        """The chance that another coder gives each code, drawn with speakers weighed anew (Bayesian bootstrap)."""
        if not self.counts.sum():
            return self.score
        weight = rng.exponential(size=self.counts.shape[1] + 1)
        both, one, none = (np.append(self.counts[:, :, k], np.full((len(self.counts), 1), h), axis=1) @ weight for k, h in enumerate((0.5, 0.5, 0.5)))  # fmt: skip
        again, missed = 2 * both / (2 * both + one), one / (2 * none + one)
        return np.asarray(np.where(self.is_coded, again[self.kind], missed[self.kind]), dtype=np.float64)


@takes
def recoded(
    dyads: pd.DataFrame,
    survey: Survey,
    meetings: Meetings,
    talk: Talk,
    *,
    coders: Coders,
) -> Recoded:
    """Lay out what another coder could have coded.

    Parameters
    ----------
    dyads
        One relation.
    survey, meetings, talk
        The case.
    coders
        Who coded and read what, and the suggestions that `talk` stands on where nobody has coded.

    Returns
    -------
    Recoded
        A turn that was read and is coded newly gets its partner from the links, as coded turns do where the coder names
        nobody. Suggestions are kept or dropped only.
    """
    offered = _offered(meetings, talk)
    whole = replace(talk, events=pd.concat([talk.events, offered], ignore_index=True))
    record, ids = recorded_events(dyads, survey, meetings, whole)
    of_event = whole.events.set_index("event").reindex(pd.Index(ids))
    turn = of_event["response_turn"].where(of_event["kind"] != "help_request", of_event["request_turn"])
    places = pd.DataFrame({"activity": of_event["activity"], "turn": turn, "code": of_event["kind"]})
    number = places.groupby(list(places), sort=False, dropna=False).ngroup().to_numpy()
    names = places.drop_duplicates()
    is_coded = np.zeros(len(names), dtype=bool)
    is_coded[number] = [not str(one).startswith(_OPEN) for one in ids]
    scores = coders.suggestions.groupby(["activity", "turn", "code"])["score"].max()
    score = scores.reindex(pd.MultiIndex.from_frame(names)).to_numpy(dtype=float) if talk.source == SUGGESTED else None
    return Recoded(
        record,
        np.asarray(number, dtype=np.int64),
        np.asarray(pd.Index(EVENT_CODES).get_indexer(pd.Index(names["code"])), dtype=np.int64),
        is_coded,
        np.full(len(names), np.nan) if score is None else score,
        np.zeros((len(EVENT_CODES), 0, 3)) if talk.source == SUGGESTED else _counts(meetings, coders),
    )


def verdicts_drawn(claims: Propositions, made: Recoded, judge: Judge, *, n_draws: int) -> list[Counter[str]]:
    """Propose every verdict on codings drawn again and again.

    Returns
    -------
    list of Counter
        For each proposition, how often each verdict was proposed.
    """
    rng = np.random.default_rng(judge.seed)
    counted: list[Counter[str]] = [Counter() for _ in claims.propositions]
    for _ in range(n_draws):
        given = rng.random(len(made.kind)) < made.chances(rng)
        record = made.record.retold(made.record.events[given[made.coding]])
        for counts, found in zip(counted, judge.all(claims, record), strict=True):
            counts[found.verdict] += 1
    return counted


def _offered(meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """Events that read turns would make if they carried the codes that they do not carry."""
    turns = meetings.turns[["activity", "turn", "position", "actor", "start_s"]]
    read = turns_read(talk.coverage, turns)
    read = read[read["actor"].notna()][["activity", "turn"]].drop_duplicates()
    every = read.merge(pd.DataFrame({"code": EVENT_CODES}), how="cross").assign(coder=talk.source)
    events = help_events(turns, conform(every, WORK_TABLES["codings"]), talk.links, source=talk.source)
    turn = events["response_turn"].where(events["kind"] != "help_request", events["request_turn"])
    coded = pd.MultiIndex.from_frame(talk.codings[["activity", "turn", "code"]])
    is_new = ~pd.MultiIndex.from_arrays([events["activity"], turn, events["kind"]]).isin(coded)
    return conform(events[is_new].assign(event=_OPEN + events["event"]), RUN_TABLES["events"])


def _counts(meetings: Meetings, coders: Coders) -> Floats:
    table = agreement_by_speaker(meetings, coders)
    speakers = pd.Index(table["speaker"].fillna("?").unique())
    out = np.zeros((len(EVENT_CODES), len(speakers), 3))
    table = table[table["code"].isin(EVENT_CODES)]
    kind = pd.Index(EVENT_CODES).get_indexer(pd.Index(table["code"]))
    out[kind, speakers.get_indexer(pd.Index(table["speaker"].fillna("?")))] = table[["both", "one", "none"]]
    return out
