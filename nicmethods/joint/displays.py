"""Joint displays: both strands side by side, as tables for a report or a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.errors import MeasureError
from nicmethods.joint.pairs import VERDICT_ORDER
from nicmethods.joint.placement import activity_placement, dyad_subjects, pair_events
from nicmethods.tables import RUN_TABLES, TIE_CHANGES, conform, words
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["activity_timeline", "discordant", "event_quotes", "event_words", "following_a_thread", "side_by_side", "statistics_by_themes", "threads"]  # fmt: skip

_CHANGES = list(RUN_TABLES["dyads"]["change"].among)
_THEMES = {
    "help reciprocated": ("help_given", ["reciprocated_talk"]),
    "help given": ("help_given", ["n_help_ab", "n_help_ba"]),
    "help asked": ("help_request", ["n_request_ab", "n_request_ba"]),
    "practice shared": ("shared_practice", ["n_shared_ab", "n_shared_ba"]),
}
_SECOND_LOOK = ("help_without_tie", "help_in_waning_tie", "tie_without_help", "help_survey_unknown")


@takes
def event_quotes(events: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """What was said in each event: the request, if there was one, and the turn that answers or shares.

    Parameters
    ----------
    events
        ``events`` of ``RUN_TABLES``.
    turns
        Turns whose text may be published (pseudonyms in place).

    Returns
    -------
    DataFrame
        ``event, quote, turns``, in the order of ``events``; a turn that does not exist is left out of both.
    """
    text = turns.assign(id=turns["activity"].str.cat(turns["turn"], sep="/")).set_index("id")["text"]
    parts = []
    for column in ("request_turn", "response_turn"):
        id_ = events["activity"].str.cat(events[column], sep="/")
        parts.append(pd.DataFrame({"event": events["event"], "turn": id_}).dropna(subset="turn"))
    said = pd.concat(parts).drop_duplicates()
    said = said[said["turn"].isin(text.index)]
    said = said.assign(quote=text.reindex(said["turn"]).to_numpy()).sort_index(kind="stable")
    grouped = said.groupby("event", sort=False).agg(quote=("quote", " / ".join), turns=("turn", ";".join))
    return events[["event"]].merge(grouped, on="event", how="left", validate="one_to_one")


@takes
def discordant(dyads: pd.DataFrame, talk: Talk, turns: pd.DataFrame) -> pd.DataFrame:
    """List the pairs that ask for a second look, help without a tie first, with what was said.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.
    talk
        The coded events.
    turns
        Turns whose text may be published.

    Returns
    -------
    DataFrame
        ``discordant`` of ``RUN_TABLES``: help without a tie or in a waning one, then ties without heard help, then help where the survey is unknown; in each,
        pairs with more help first, then new ties before stronger and others. ``quote`` is the pair's first help event
        (any event where there is none).
    """
    found = dyads[dyads["verdict"].isin(_SECOND_LOOK)]
    rows = found.join(_first_quotes(found, talk.events, turns)).assign(
        survey=_both_ways(found, *(found[f"change_{way}"].map(TIE_CHANGES) for way in ("ab", "ba"))),
        talk=_talk_words(found),
        rank=pd.Categorical(found["verdict"], categories=VERDICT_ORDER, ordered=True).codes,
        n_help=found["n_help_ab"] + found["n_help_ba"],
        step=pd.Categorical(found["change"], categories=_CHANGES, ordered=True).codes,
    )
    keys = ["rank", "n_help", "step", "from_wave", "relation", "a", "b"]
    rows = rows.sort_values(keys, ascending=[True, False, *[True] * 5])
    return conform(rows, RUN_TABLES["discordant"])


@takes
def statistics_by_themes(dyads: pd.DataFrame, talk: Talk, turns: pd.DataFrame) -> pd.DataFrame:
    """Set what was coded between pairs (rows) against what became of their ties (columns), with an example each.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.
    talk
        The coded events.
    turns
        Turns whose text may be published.

    Returns
    -------
    DataFrame
        ``themes`` of ``RUN_TABLES``: per interval and relation, one row per theme, from reciprocated help down to pairs
        never together in coded talk; a pair counts in every theme it shows. The example comes from a pair with a new or
        stronger tie where there is one.

    References
    ----------
    Guetterman, Fetters & Creswell (2015), Annals of Family Medicine 13(6).
    """
    interval, rows = ["from_wave", "to_wave", "relation"], []
    for keys, pairs in dyads.groupby(interval, sort=False):
        shows = {theme: (pairs[columns].astype(int) > 0).any(axis=1) for theme, (_, columns) in _THEMES.items()}
        silent, met = ~pd.concat(shows, axis=1).any(axis=1), pairs["n_together_coded"] > 0
        shows["together in coded talk, nothing coded between them"] = silent & met
        shows["never together in coded talk"] = silent & ~met
        for theme, which in shows.items():
            members = pairs[which]
            counts = members["change"].value_counts().reindex(_CHANGES, fill_value=0).astype(int)
            row = dict(zip(interval, keys, strict=True)) | {"theme": theme, "n_pairs": len(members), **counts}
            if theme in _THEMES and len(members):
                later = ~members["change"].isin(("created", "strengthened"))
                first = members.assign(later=later).sort_values(["later", "a", "b"]).iloc[:1]
                events = talk.events[talk.events["kind"] == _THEMES[theme][0]]
                row |= _first_quotes(first, events, turns).iloc[0].to_dict()
            rows.append(row)
    return conform(rows, RUN_TABLES["themes"])


@takes
def side_by_side(propositions: pd.DataFrame) -> pd.DataFrame:
    """Set the two strands of each proposition beside each other, for reading.

    Parameters
    ----------
    propositions
        Result of :func:`~nicmethods.joint.propositions.evaluate_propositions`.

    Returns
    -------
    DataFrame
        One row per proposition with columns for people: the claim, the evidence of each strand and of both, the proposed
        verdict, the researchers' verdict and their meta-inference (blank until they write it).
    """
    return pd.DataFrame(
        {
            "Proposition": propositions["statement"],
            "Question": propositions["relation"].mask(propositions["relation"].eq("none")),
            "Survey": propositions["survey_evidence"],
            "Talk": propositions["talk_evidence"],
            "On the same pairs": propositions["together_evidence"],
            "Proposed verdict": propositions["proposed_verdict"].map(words),
            "Researchers' verdict": propositions["researcher_verdict"].map(words, na_action="ignore"),
            "Meta-inference": propositions["meta_inference"],
        }
    )


@takes
def activity_timeline(survey: Survey, meetings: Meetings, talk: Talk, activity_yield: pd.DataFrame) -> pd.DataFrame:
    """List surveys and activities in order of time, with what was coded in each and the new or stronger ties of pairs who helped in it.

    Parameters
    ----------
    survey, meetings, talk
        The case.
    activity_yield
        Result of :func:`~nicmethods.joint.attribution.activity_yield`; the rows of kind ``any`` are shown.

    Returns
    -------
    DataFrame
        ``timeline`` of ``RUN_TABLES``. Counts of events are blank where nobody coded; ties are blank for surveys and
        for activities outside an interval. Ties are those of one relation, the first of `activity_yield`.
    """
    events, waves = talk.events, survey.waves
    placed = activity_placement(meetings, survey).set_index("activity", drop=False)
    counts = pd.crosstab(events["activity"], events["kind"])
    counts = counts.reindex(index=placed.index, columns=["help_request", "help_given", "shared_practice"], fill_value=0)
    coded = placed.index.isin(talk.coverage["activity"]) | placed.index.isin(events["activity"])
    counts = counts.set_axis(["n_requests", "n_help", "n_shared"], axis=1).where(pd.Series(coded, placed.index), axis=0)
    chosen = activity_yield[(activity_yield["kind"] == "any") & (activity_yield["activity"] != "all")]
    chosen = chosen[chosen["relation"] == activity_yield["relation"].iloc[0]] if len(chosen) else chosen
    ties = chosen.drop_duplicates("activity").set_index("activity")[["relation", "n_preceded", "n_first", "expected"]]
    people = meetings.attendance.groupby("activity")["actor"].nunique().reindex(placed.index, fill_value=0)
    about = meetings.activities.set_index("activity")[["title", "kind"]]
    happened = placed.join([about, counts, ties]).rename(columns={"activity": "id", "date": "from_date"})
    happened = happened.assign(what="activity", to_date=placed["date"], n_people=people)
    surveys = waves.rename(columns={"wave": "id", "opened": "from_date", "closed": "to_date"}).assign(what="survey")
    table = pd.concat([surveys, happened], ignore_index=True)
    return conform(table.sort_values(["from_date", "what", "id"], na_position="last"), RUN_TABLES["timeline"])


@takes
def following_a_thread(
    pair: tuple[str, str], survey: Survey, meetings: Meetings, talk: Talk, *, dyads: pd.DataFrame, turns: pd.DataFrame
) -> pd.DataFrame:
    """Tell a pair's whole story in order of time: what each reported, where they were together, what passed, verdicts.

    Parameters
    ----------
    pair
        The two actors, in either order.
    survey, meetings, talk
        The case.
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.
    turns
        Turns whose text may be published.

    Returns
    -------
    DataFrame
        ``thread`` of ``RUN_TABLES``: a row per survey and relation, per common activity (and per event in it), and per
        verdict, which stands at the end of its interval.

    Raises
    ------
    MeasureError
        If no row of ``dyads`` is about the two.

    References
    ----------
    O'Cathain, Murphy & Nicholl (2010), BMJ 341:c4587.
    """
    a, b = sorted(pair)
    meant = dyads[(dyads["a"] == a) & (dyads["b"] == b)]
    if meant.empty:
        raise MeasureError(f"'{pair[0]}' and '{pair[1]}' are not a pair of the dyad table; both must be in the roster")
    return _told(meant, survey, meetings, talk, turns)


@takes
def threads(
    dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk, *, turns: pd.DataFrame
) -> pd.DataFrame:
    """Tell the story of every pair that has one: a reported value above 0 in any wave, or a coded event at any time.

    Parameters
    ----------
    dyads, survey, meetings, talk, turns
        As for :func:`following_a_thread`.

    Returns
    -------
    DataFrame
        ``thread`` of ``RUN_TABLES``, each pair's rows as :func:`following_a_thread` gives them, pair after pair.
    """
    ties, passed = survey.ties[survey.ties["weight"] > 0], pair_events(survey, meetings, talk)
    ends = [ties[["source", "target"]].to_numpy(), passed[["actor", "other"]].to_numpy()]
    known = pd.DataFrame(np.sort(np.concatenate(ends).astype(object), axis=1), columns=["a", "b"])
    meant = pd.MultiIndex.from_frame(dyads[["a", "b"]]).isin(pd.MultiIndex.from_frame(known))
    return _told(dyads[meant], survey, meetings, talk, turns)


def _told(pairs: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk, turns: pd.DataFrame) -> pd.DataFrame:
    """The stories of the pairs of these rows of ``dyads``."""
    pairs = pairs.reset_index(drop=True)
    who = pairs[["a", "b"]].drop_duplicates()
    opened = survey.waves.set_index("wave")["opened"].fillna(survey.waves.set_index("wave")["closed"])
    reports = pd.concat([_reports(pairs), _verdicts(pairs)])
    reports = reports.assign(date=opened.reindex(reports["wave"]).to_numpy())
    happened = _common_activities(who, survey, meetings, talk, turns)
    rows = pd.concat([reports, happened]).sort_values(
        ["a", "b", "date", "rank", "place", "number"], kind="stable", na_position="last"
    )
    return conform(rows, RUN_TABLES["thread"])


def _reports(pairs: pd.DataFrame) -> pd.DataFrame:
    """What each reported of the other, once a wave and relation."""
    asked = pairs[pairs["relation"] != "none"]
    ends = []
    for number, end in enumerate(("from", "to")):
        said = _both_ways(asked, *(asked[f"weight_{way}_{end}"].map(_value_words) for way in ("ab", "ba")))
        wave = asked[f"{end}_wave"]
        part = asked[["a", "b", "relation"]].assign(wave=wave, id=wave + "/" + asked["relation"], said=said)
        ends.append(part.assign(what="survey", rank=1, place=np.arange(len(asked)), number=number))
    return pd.concat(ends).sort_values(["place", "number"]).drop_duplicates(["a", "b", "id"])


def _value_words(weight: float) -> str:
    return "not reported" if np.isnan(weight) else f"{weight:g}"


def _both_ways(pairs: pd.DataFrame, ab: pd.Series[str], ba: pd.Series[str]) -> pd.Series[str]:
    """What is said of each of two people's reports."""
    return pairs["a"] + " on " + pairs["b"] + ": " + ab + "; " + pairs["b"] + " on " + pairs["a"] + ": " + ba


def _verdicts(pairs: pd.DataFrame) -> pd.DataFrame:
    changed = _both_ways(pairs, *(pairs[f"change_{way}"].map(TIE_CHANGES) for way in ("ab", "ba")))
    said = pairs["verdict"].map(words) + ": " + changed + "; " + _talk_words(pairs)
    relation = pairs["relation"].mask(pairs["relation"].eq("none"))
    rows = pairs[["a", "b"]].assign(relation=relation, wave=pairs["to_wave"], id=dyad_subjects(pairs), said=said)
    return rows.assign(what="verdict", rank=2, place=np.arange(len(pairs)), number=0)


def _common_activities(
    who: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk, turns: pd.DataFrame
) -> pd.DataFrame:
    """One row per activity both attended or have an event in, then one per event."""
    passed = pair_events(survey, meetings, talk)
    ends = np.sort(passed[["actor", "other"]].to_numpy(dtype=object), axis=1)
    passed = passed.assign(a=ends[:, 0], b=ends[:, 1]).merge(who, on=["a", "b"], validate="many_to_one")
    there = meetings.attendance[["activity", "actor"]].drop_duplicates()
    together = who.merge(there.rename(columns={"actor": "a"}), on="a", validate="many_to_many")
    together = together.merge(there.rename(columns={"actor": "b"}), on=["b", "activity"], validate="many_to_one")
    both = pd.concat([together, passed[["a", "b", "activity"]]]).drop_duplicates()
    about = meetings.activities[["activity", "date", "title"]].assign(place=np.arange(len(meetings.activities)))
    both = both.merge(about, on="activity", validate="many_to_one")
    happened = both.assign(what="activity", id=both["activity"], said=both["title"].fillna(""), rank=0, number=-1)
    events = talk.events.assign(number=np.arange(len(talk.events)))
    events = events[events["event"].isin(passed["event"])]
    said = [event_words(row) for row in events.to_dict("records")]
    events = events.assign(said=said).merge(event_quotes(events, turns), on="event", validate="1:1")
    events = events[["event", "said", "number", "quote", "turns"]]
    rows = passed[["a", "b", "activity", "event"]].merge(events, on="event", validate="many_to_one")
    rows = rows.merge(about, on="activity", validate="many_to_one").assign(what="event", id=rows["event"], rank=0)
    return pd.concat([happened, rows])


def event_words(event: Mapping[Any, Any]) -> str:
    """Say who did what for whom in one event, a row of ``events`` of ``RUN_TABLES``.

    Examples
    --------
    >>> event_words({"kind": "help_given", "seeker": "E02", "helper": "E09"})
    'E09 helps E02'
    """
    seeker, helper = event["seeker"], event["helper"]
    if event["kind"] == "help_request":
        return f"{seeker} asks {helper} for help"
    if event["kind"] == "help_given":
        return f"{helper} helps {seeker}"
    return f"{helper} shares practice with {'everyone' if pd.isna(seeker) else seeker}"


def _talk_words(pairs: pd.DataFrame) -> pd.Series[str]:
    """What was coded between the two, in words; else whether it could have been."""
    said = pd.Series("", index=pairs.index, dtype="str")
    for kind, verb in (("help", "helped"), ("request", "asked"), ("shared", "shared practice with")):
        for one, other, way in (("a", "b", "ab"), ("b", "a", "ba")):
            n = pairs[f"n_{kind}_{way}"].astype("int64")
            times = n.map({1: "once", 2: "twice"}).fillna(n.astype("str") + " times").astype("str")
            said = said.where(n == 0, said + ", " + pairs[one] + f" {verb} " + pairs[other] + " " + times)
    n = pairs["n_together_coded"].astype("int64")
    noun = np.where(n == 1, " coded activity", " coded activities")
    silent: pd.Series[str] = "together in " + n.astype("str") + noun + ", nothing coded between them"
    return said.str[2:].where(said != "", silent.where(n > 0, "never together in coded talk"))


def _first_quotes(pairs: pd.DataFrame, events: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """Quote and turns of the first help event of each pair, else of its first event; blank where it has none."""
    each = pairs["events"].str.split(";").explode().dropna()
    listed = pd.DataFrame({"pair": each.index, "event": each.to_numpy()}).astype({"event": "str"})
    kinds = events[["event", "kind"]].merge(event_quotes(events, turns), on="event", validate="one_to_one")
    listed = listed.merge(kinds, on="event", validate="many_to_one")
    listed = listed.assign(later=listed["kind"] != "help_given").sort_values(["pair", "later"], kind="stable")
    return listed.drop_duplicates("pair").set_index("pair")[["quote", "turns"]].reindex(pairs.index)
