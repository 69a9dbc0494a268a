"""Whose voices are heard, whom the hub coaches, and what a code means in this talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["code_uses", "hub_coaching", "voices"]


@takes
def voices(survey: Survey, meetings: Meetings) -> pd.DataFrame:
    """Say how much of the talk is each role's, beside what it would be if everyone who was there spoke alike.

    Parameters
    ----------
    survey
        Its roster tells roles.
    meetings
        Turns and attendance. Activities without a transcript do not count.

    Returns
    -------
    DataFrame
        Run table ``voices``: a row a role of those who were there, in the order of the roster. Turns whose speaker is not
        known are no role's: ``share`` is of the words whose speaker is known, and ``n_unknown`` counts the others.

    Examples
    --------
    >>> import nicmethods as nic
    >>> heard = nic.analyse("data/demo", seed=1).voices.set_index("role")
    >>> heard[["n_people", "n_spoke", "share", "expected"]].round(2).loc["researcher"].to_dict()
    {'n_people': 3.0, 'n_spoke': 3.0, 'share': 0.24, 'expected': 0.17}
    """
    role = survey.roster.set_index("actor")["role"]
    turns = meetings.turns.assign(words=meetings.turns["text"].fillna("").str.count(r"\S+"))
    words = turns.assign(role=turns["actor"].map(role)).groupby(["activity", "role"])["words"].sum()
    there = meetings.attendance[meetings.attendance["activity"].isin(turns["activity"])]
    there = there.assign(role=there["actor"].map(role)).dropna(subset="role")
    present = there.groupby(["activity", "role"])["actor"].nunique()
    alike = (
        present
        / present.groupby("activity").transform("sum")
        * words.groupby("activity").sum().reindex(present.index, level="activity")
    )
    known = words.groupby("role").sum()
    n_unknown = turns.loc[turns["actor"].map(role).isna(), "words"].sum()
    spoke = turns.loc[turns["words"].gt(0), "actor"]
    rows = [
        {
            "role": name,
            "n_people": own["actor"].nunique(),
            "n_spoke": own.loc[own["actor"].isin(spoke), "actor"].nunique(),
            "n_words": known.get(name, 0),
            "share": known.get(name, 0) / known.sum() if known.sum() else None,
            "expected": alike.groupby("role").sum()[name] / alike.sum() if alike.sum() else None,
            "n_unknown": n_unknown,
        }
        for name, own in ((str(name), own) for name, own in there.groupby("role", sort=False))
    ]
    order = {name: place for place, name in enumerate(dict.fromkeys(role.dropna()))}
    rows.sort(key=lambda row: order[row["role"]])
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["voices"].names), RUN_TABLES["voices"])


@takes
def hub_coaching(survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """Say how steadily the hub helps each member in read talk.

    Parameters
    ----------
    survey
        Its roles tell hub and members.
    meetings
        Who was there.
    talk
        The coded talk.

    Returns
    -------
    DataFrame
        Run table ``coaching``: a row a member, without rows where the case names no hub. Silence needs opportunity: who was in no
        read activity together with somebody of the hub is *not observable*, not uncoached.
    """
    hub = set(survey.hub)
    members = survey.roster.loc[~survey.roster["actor"].isin(hub), "actor"] if hub else survey.roster["actor"].iloc[:0]
    read = meetings.attendance[meetings.attendance["activity"].isin(talk.coverage["activity"])]
    with_hub = set(read.loc[read["actor"].isin(hub), "activity"])
    there = read[read["activity"].isin(with_hub)].groupby("actor")["activity"].nunique()
    given = talk.events[talk.events["kind"].eq("help_given") & talk.events["helper"].isin(hub)]
    times, places = given.groupby("seeker").size(), given.groupby("seeker")["activity"].nunique()
    rows = []
    for member in members:
        n = int(places.get(member, 0))
        chances = max(int(there.get(member, 0)), n)
        seen = ("not_seen", "one_activity", "several_activities")[min(n, 2)]
        row = {"actor": member, "n_chances": chances, "n_activities": n, "n_help": int(times.get(member, 0))}
        rows.append(row | {"intensity": seen if chances else "not_observable"})
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["coaching"].names), RUN_TABLES["coaching"])


@takes
def code_uses(
    survey: Survey, meetings: Meetings, talk: Talk, *, codes: Mapping[str, str], texts: pd.DataFrame
) -> pd.DataFrame:
    """Say of each code of the codebook how often, where and by whom it was heard, with an example.

    Parameters
    ----------
    survey
        Its roster tells roles.
    meetings
        Their activities, in the order wanted.
    talk
        The coded talk; suggestions count as such, and the table says so nowhere else than in ``source``.
    codes
        Codes by id, with their names.
    texts
        Turns whose text may be published.

    Returns
    -------
    DataFrame
        Run table ``code_uses``, in the order of the codebook. A code that nobody gave has ``n`` 0 where talk was read. The example is the
        first turn with it in the activity that has most of them.
    """
    role = survey.roster.set_index("actor")["role"]
    said = texts.set_index(["activity", "turn"])[["actor", "text"]]
    turns = talk.codings[["activity", "turn", "code"]].drop_duplicates()
    turns = turns.merge(said.reset_index(), on=["activity", "turn"], how="left", validate="many_to_one")
    n_read = meetings.activities["activity"].isin(talk.coverage["activity"]).sum()
    rows: list[dict[str, Any]] = []
    for code, name in codes.items():
        own = turns[turns["code"].eq(code)]
        row = {
            "code": code,
            "name": name,
            "n": len(own),
            "n_activities": own["activity"].nunique(),
            "n_read": n_read,
            "source": talk.source,
        }
        if len(own):
            roles = own["actor"].map(role).fillna("speaker not known").value_counts()
            example = own[own["activity"].eq(str(own["activity"].value_counts().index[0]))].iloc[0]
            row |= {
                "roles": "; ".join(f"{one} {n}" for one, n in roles.items()),
                "example": example["text"],
                "turns": f"{example['activity']}/{example['turn']}",
            }
        rows.append(row)
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["code_uses"].names), RUN_TABLES["code_uses"])
