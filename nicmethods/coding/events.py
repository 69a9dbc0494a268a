"""Codings and links -> help events: who sought help, who gave it, in which turns, and how that is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

__all__ = ["EVENT_CODES", "help_events"]

EVENT_CODES = ("help_request", "help_given", "shared_practice")
_PEOPLE = ["addressee", "seeker", "helper"]
_AT = ["activity", "turn"]


@takes
def help_events(turns: pd.DataFrame, codings: pd.DataFrame, links: pd.DataFrame, *, source: str) -> pd.DataFrame:
    r"""Derive help events and shared-practice events from one set of codings.

    Parameters
    ----------
    turns
        Work table ``turns``.
    codings
        Work table ``codings`` of one coder or one agreed set. Several spans of one code on a turn are one event, unless
        the coder names different people for them.
    links
        Work table ``links``; a coder's own ``reply_to`` goes before it.
    source
        Whose codings these are: a coder, ``"adjudicated"`` or ``"suggestions"``.

    Returns
    -------
    pandas.DataFrame
        Run table ``events``, in order of activity and turn. A person who is not known is NaN, never guessed: the
        seeker of help given is the coded seeker, else the coded addressee, else whoever spoke the turn answered. Shared
        practice without a coded addressee has no seeker: it was shared with everyone present.

    Examples
    --------
    >>> turns = pd.DataFrame({"activity": "m1", "turn": ["1", "2"], "position": [1, 2], "actor": ["A", "B"],
    ...                       "start_s": [0.0, 5.0]})
    >>> codings = pd.DataFrame({"coder": "c1", "activity": "m1", "turn": ["1", "2"],
    ...                         "code": ["help_request", "help_given"]})
    >>> links = pd.DataFrame({"activity": ["m1"], "turn": ["2"], "reply_to": ["1"], "score": 0.9, "basis": "answered"})
    >>> found = help_events(turns, codings, links, source="c1")
    >>> found[["kind", "seeker", "helper", "basis"]].to_numpy().tolist()
    [['help_request', 'A', 'B', 'answered'], ['help_given', 'A', 'B', 'answered']]
    """
    coded = _coded_turns(turns, codings, links)
    requests = _requests(coded[coded["code"] == "help_request"])
    given = _given(coded[coded["code"] == "help_given"], requests)
    shared = _shared(coded[coded["code"] == "shared_practice"])
    events = pd.concat([_answered(requests, given), given, shared], ignore_index=True)
    return _finished(events, source)


def _coded_turns(turns: pd.DataFrame, codings: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """One row a coding that makes an event, with its turn, the turn it answers and that turn's actor."""
    columns = [*_AT, "code", "reply_to", *_PEOPLE]
    coded = codings.reindex(columns=columns).astype("str")
    coded = coded[coded["code"].isin(EVENT_CODES)].sort_values(columns, ignore_index=True)
    group = coded.groupby([*_AT, "code"], sort=False)
    for column in ("reply_to", *_PEOPLE):
        coded[column] = coded[column].fillna(group[column].transform("first"))
    spoken = turns[[*_AT, "position", "actor", "start_s"]]
    linked = links[[*_AT, "reply_to", "basis"]].rename(columns={"reply_to": "linked", "basis": "link_basis"})
    coded = coded.merge(spoken, on=_AT, how="left", validate="m:1").merge(linked, on=_AT, how="left", validate="m:1")
    coded["answers"] = coded["reply_to"].fillna(coded["linked"])
    coded["answer_basis"] = coded["link_basis"].mask(coded["reply_to"].notna(), "coded")
    earlier = spoken[[*_AT, "actor"]].rename(columns={"turn": "answers", "actor": "answered_actor"})
    return coded.merge(earlier, on=["activity", "answers"], how="left", validate="m:1")


def _requests(coded: pd.DataFrame) -> pd.DataFrame:
    named = coded["helper"].fillna(coded["addressee"])
    return coded.assign(
        kind="help_request",
        seeker=coded["seeker"].fillna(coded["actor"]),
        helper=named,
        request_turn=coded["turn"],
        response_turn=None,
        basis=np.where(named.notna(), "coded", "unknown"),
    )


def _given(coded: pd.DataFrame, requests: pd.DataFrame) -> pd.DataFrame:
    asked = requests.drop_duplicates(_AT)[[*_AT, "seeker"]].rename(columns={"turn": "answers", "seeker": "asker"})
    coded = coded.merge(asked, on=["activity", "answers"], how="left", validate="m:1")
    helper = coded["helper"].fillna(coded["actor"])
    named = coded["seeker"].fillna(coded["addressee"])
    answered = coded["asker"].fillna(coded["answered_actor"])
    seeker = named.fillna(answered.mask(answered == helper))
    basis = coded["answer_basis"].mask(named.notna(), "coded")
    return coded.assign(
        kind="help_given",
        seeker=seeker,
        helper=helper,
        request_turn=coded["answers"],
        response_turn=coded["turn"],
        basis=basis.where(seeker.notna() & helper.notna(), "unknown"),
    )


def _answered(requests: pd.DataFrame, given: pd.DataFrame) -> pd.DataFrame:
    """Requests with the first response to each; who answered was asked, where the coder names nobody."""
    first = given.sort_values("position", kind="stable").drop_duplicates(["activity", "request_turn"])
    first = first[["activity", "request_turn", "response_turn", "helper", "basis"]].dropna(subset="request_turn")
    first = first.rename(columns={"response_turn": "answer", "helper": "answerer", "basis": "how"})
    requests = requests.merge(first, on=["activity", "request_turn"], how="left", validate="m:1")
    answerer = requests["answerer"].mask(requests["answerer"] == requests["seeker"])
    known = requests["helper"].isna() & answerer.notna()
    return requests.assign(
        helper=requests["helper"].fillna(answerer),
        response_turn=requests["answer"],
        basis=requests["basis"].mask(known, requests["how"]).where(requests["seeker"].notna(), "unknown"),
    )


def _shared(coded: pd.DataFrame) -> pd.DataFrame:
    seeker, helper = coded["addressee"].fillna(coded["seeker"]), coded["helper"].fillna(coded["actor"])
    return coded.assign(
        kind="shared_practice",
        seeker=seeker,
        helper=helper,
        request_turn=None,
        response_turn=coded["turn"],
        basis=np.where(seeker.notna() & helper.notna(), "coded", "unknown"),
    )


def _finished(events: pd.DataFrame, source: str) -> pd.DataFrame:
    events = events.drop_duplicates([*_AT, "kind", "seeker", "helper"])
    order = events["kind"].map({kind: i for i, kind in enumerate(EVENT_CODES)})
    events = events.assign(order=order).sort_values(["activity", "position", "turn", "order", "seeker", "helper"])
    number = (events.groupby(_AT, sort=False).cumcount() + 1).astype("str")
    events = events.assign(event=events["activity"] + "/" + events["turn"] + "/" + number, time_s=events["start_s"])
    return conform(events.assign(source=source), RUN_TABLES["events"])
