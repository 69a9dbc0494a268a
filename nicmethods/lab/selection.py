"""What follows a selection: the story of a pair, of an activity, or of a pair in an activity, down to the turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.figures.style import count
from nicmethods.joint.displays import discordant, event_words, following_a_thread
from nicmethods.lab.base import records
from nicmethods.lab.overview import passed_ties
from nicmethods.tables import words
from nicmethods.tables.saying import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nicmethods.lab.findings import Findings

__all__ = ["around", "chosen_pairs", "quoted", "selection", "turns_of"]

_MOST = 60
_FIRST_LOOK = 8
_NEW_OR_STRONGER = ("created", "strengthened")


def selection(found: Findings, *, relation: str, pair: tuple[str, ...], activity: str) -> dict[str, Any]:
    """Tell what is chosen, and what stands for it in each part of the view.

    Parameters
    ----------
    found
        The tables of the case.
    relation
        Survey question; empty without a survey.
    pair
        Two actors, or nobody.
    activity
        An activity, or empty.

    Returns
    -------
    dict
        ``title``; ``said``, one sentence; ``story``, in order of time: ``date``, ``what``, ``said``, ``activity``,
        ``quotes`` (turn, speaker, text); ``n_more`` events that are not shown; ``pairs``, ``people`` and ``ties``: ids
        that stand out; ``near``: pairs with an event in the activity; ``activities``: id to words; ``look``: where
        nothing is chosen, the pairs to look at first.
    """
    rows = chosen_pairs(found, relation=relation, pair=(), activity=activity)
    near = {"near": rows.index.to_list() if activity else []}
    if pair:
        return _of_pair(found, relation, (pair[0], pair[1]), activity) | near
    return (_of_activity(found, relation, activity) if activity else _of_nothing(found, relation)) | near


def chosen_pairs(found: Findings, *, relation: str, pair: tuple[str, ...], activity: str) -> pd.DataFrame:
    """Keep the rows of ``dyads`` that are chosen: of the pair, and with an event in the activity."""
    rows = found.pairs[found.pairs["relation"].isin([relation, "none"])]
    if pair:
        rows = rows[rows["a"].eq(min(pair)) & rows["b"].eq(max(pair))]
    if activity:
        listed_in = rows["activities"].str.split(";").explode()
        rows = rows[rows.index.isin(listed_in.index[listed_in.eq(activity)])]
    return rows


def quoted(found: Findings, turns: Iterable[str]) -> list[dict[str, Any]]:
    """Give turns named as ``activity/turn`` with speaker and text; ids that do not exist are left out."""
    known = [turn for turn in turns if turn in found.said.index]
    rows = found.said.loc[known, ["actor", "text"]]
    return [
        {"turn": turn, "speaker": row["actor"], "text": row["text"]}
        for turn, row in zip(known, records(rows), strict=True)
    ]


def around(found: Findings, turn: str, *, n: int = 3) -> list[dict[str, Any]]:
    """Give the turns before and after one, as :func:`quoted` does; nothing if there is no such turn.

    Parameters
    ----------
    found
        The tables of the case.
    turn
        ``activity/turn``.
    n
        Turns on either side.
    """
    if turn not in found.said.index:
        return []
    row = found.said.loc[turn]
    same = found.said[found.said["activity"].eq(row["activity"])].sort_values("position")
    near = same["position"].sub(row["position"]).abs().le(n)
    return quoted(found, same.index[near])


def _of_nothing(found: Findings, relation: str) -> dict[str, Any]:
    dyads = found.pairs[found.pairs["relation"].isin([relation, "none"])]
    first = discordant(dyads, found.talk, found.turns).head(_FIRST_LOOK)
    look = [
        {"pair": [row["a"], row["b"]], "wave": row["to_wave"], "said": f"{row['survey']}. {row['talk']}."}
        | {"title": f"{row['a']} and {row['b']}, {row['from_wave']} to {row['to_wave']}: {words(row['verdict'])}"}
        for row in records(first)
    ]
    title = "Where to look first" if look else "Nothing chosen"
    said = "Nothing is chosen. Choose a pair or an activity; everything else follows."
    return _empty(title, said) | {"look": look}


def _of_pair(found: Findings, relation: str, pair: tuple[str, str], activity: str) -> dict[str, Any]:
    a, b = sorted(pair)
    about = (found.survey, found.meetings, found.talk)
    thread = following_a_thread((a, b), *about, dyads=found.pairs, turns=found.turns)
    starts = thread["what"].eq("activity")
    where = thread["id"].where(starts).ffill().where(starts | thread["what"].eq("event"))
    passed = thread["what"].eq("event").groupby(where).sum()
    here = thread[where.eq(activity)] if activity else thread
    rows = chosen_pairs(found, relation=relation, pair=pair, activity="")
    n_events = int(here["what"].eq("event").sum())
    title = f"{a} and {b}" + (f" in {_title(found, activity)}" if activity else "")
    verdicts = [f"{row.from_wave} to {row.to_wave} {words(row.verdict)}" for row in rows.itertuples()]
    said = f"{title}: {count(n_events, 'coded event')} between them"
    lead = f"{relation}: " if len(found.relations) > 1 else ""
    said += (
        "." if activity else f", together in {count(len(passed), 'activity', 'activities')}; {lead}{listed(verdicts)}."
    )
    found_ = _story(
        found,
        records(
            here.assign(activity=where.reindex(here.index), said=_placed_words(here, several=len(found.relations) > 1))
        ),
    )
    return _empty(title, said) | found_ | {
        "pairs": rows.index.to_list(),
        "people": [a, b],
        "ties": [*_ties(found, relation, [(a, b)]), *_passed(found.talk.events, {a, b}, activity)],
        "activities": {
            str(name): f"both there, {count(n, 'event')} between them" if n else "both there" for name, n in passed.items()
        },
    }  # fmt: skip


def _of_activity(found: Findings, relation: str, activity: str) -> dict[str, Any]:
    events = found.talk.events[found.talk.events["activity"].eq(activity)]
    there = found.attendance.loc[found.attendance["activity"].eq(activity), "actor"].to_list()
    after = found.attribution[found.attribution["activity"].eq(activity) & found.attribution["relation"].eq(relation)]
    counts = [f"{words(kind)} {n}" for kind, n in events["kind"].value_counts().items()]
    title = _title(found, activity)
    said = f"{title}: {count(len(there), 'person', 'people')}; {listed(counts) or 'nothing coded'}"
    said += (
        f"; pairs who helped there: {count(len(after), 'new or stronger tie')} in the next survey."
        if len(after)
        else "."
    )
    story = [
        {"what": "event", "activity": activity, "date": None, "said": event_words(event)}
        | {"turns": ";".join(turns_of(event)), "quote": None}
        for event in events.to_dict("records")
    ]
    pairs = list(zip(after["a"], after["b"], strict=True))
    return _empty(title, said) | _story(found, story) | {
        "people": there,
        "ties": [
            *_ties(found, relation, pairs, wave=next(iter(after["to_wave"]), "")),
            *_passed(found.talk.events, set(found.actors["actor"]), activity),
        ],
        "activities": {activity: "chosen"},
    }  # fmt: skip


def _placed_words(thread: pd.DataFrame, *, several: bool) -> pd.Series[str]:
    """What happened, with the wave of a report and the interval of a verdict; an activity without a title by its id."""
    places = thread["id"].str.split("/")
    survey = "wave " + places.str[:-1].str.join("/") + ", " + places.str[-1] + ": "
    verdict = "proposed verdict, " + (thread["relation"].fillna("") + ", " if several else "")
    verdict = verdict + places.str[0] + " to " + places.str[1] + ": "
    what = thread["what"]
    return survey.where(what.eq("survey"), verdict.where(what.eq("verdict"), "")) + thread["said"].where(
        thread["said"].ne(""), thread["id"]
    )


def _empty(title: str, said: str) -> dict[str, Any]:
    return {"title": title, "said": said, "story": [], "n_more": 0, "pairs": [], "people": [], "ties": []} | {
        "activities": {},
        "look": [],
    }


def _story(found: Findings, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The rows with the turns they quote."""
    shown = [
        {"date": row["date"], "what": row["what"], "said": row["said"], "activity": row["activity"]}
        | {"quotes": quoted(found, (row["turns"] or "").split(";"))}
        for row in rows[:_MOST]
    ]
    return {"story": shown, "n_more": len(rows) - len(shown)}


def turns_of(event: dict[Any, Any]) -> list[str]:
    """Give the turns behind an event as ``activity/turn``, each once."""
    ends = (event["request_turn"], event["response_turn"])
    return list(dict.fromkeys(f"{event['activity']}/{turn}" for turn in ends if not pd.isna(turn)))


def _ties(found: Findings, relation: str, pairs: list[tuple[str, str]], *, wave: str = "") -> list[str]:
    """Ids of the ties between these pairs in either direction: of every wave, or the new and stronger ones of one."""
    both = [*pairs, *((b, a) for a, b in pairs)]
    waves = found.survey.waves["wave"].to_list()
    if wave:
        changes = found.dyad_change[found.dyad_change["relation"].eq(relation)]
        rows = changes[changes["to_wave"].eq(wave) & changes["kind"].isin(_NEW_OR_STRONGER)]
        kept = set(zip(rows["source"], rows["target"], strict=True))
        both, waves = [ends for ends in both if ends in kept], [wave]
    return [f"{at}/{source}/{target}" for at in waves for source, target in both]


def _passed(events: pd.DataFrame, people: set[str], activity: str) -> list[str]:
    """Ids of the talk's ties among these people, of one activity or of all."""
    here = events[events["activity"].eq(activity)] if activity else events
    ties = passed_ties(here)
    return ties.loc[ties["source"].isin(people) & ties["target"].isin(people), "id"].to_list()


def _title(found: Findings, activity: str) -> str:
    titles = found.activities.set_index("activity")["title"].dropna().to_dict()
    return f"{activity}, {titles[activity]}" if activity in titles else activity
