"""Which step of the improvement cycle brings which help, and on how many of these pairs a tie is new or stronger afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint.placement import activity_placement
from nicmethods.tables import RUN_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["help_by_phase"]

_EVERYONE = "all"
_PAIR = ["from_wave", "to_wave", "a", "b"]


@takes
def help_by_phase(dyads: pd.DataFrame, survey: Survey, meetings: Meetings, talk: Talk) -> pd.DataFrame:
    """Count help by cycle and phase, and by who helps whom.

    Parameters
    ----------
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`.
    survey, meetings, talk
        What it was made from.

    Returns
    -------
    DataFrame
        Run table ``phases``: a row a relation, cycle, phase and kind of pair that the network can have (``all`` first), in order of the
        activities; an activity that says neither cycle nor phase is left out. Counts are blank where nobody read any
        activity of the phase. ``n_known`` and ``n_ties`` are blank where no read activity of it lies between two surveys. Help is
        dated by its activity and ties by the next survey: nothing here says that help in a phase brought the tie.

    Examples
    --------
    >>> import nicmethods as nic
    >>> phases = nic.analyse("data/demo", seed=1).phases
    >>> phases.query("phase == 'do' and who == 'all'")[["cycle", "n_read", "n_help", "n_pairs"]].to_dict("records")
    [{'cycle': 'cycle 1', 'n_read': 1, 'n_help': 22, 'n_pairs': 17}]
    """
    steps = meetings.activities.dropna(subset=["cycle", "phase"], how="all")[["activity", "cycle", "phase"]]
    steps = steps.fillna({"cycle": "no cycle", "phase": "no phase"})
    read = set(talk.coverage["activity"])
    placed = activity_placement(meetings, survey)[["activity", "from_wave", "to_wave"]].dropna()
    given = _given(survey, talk).merge(steps, on="activity", validate="many_to_one")
    given = given.merge(placed, on="activity", how="left", validate="many_to_one")
    met = _together(meetings, read).merge(placed, on="activity", validate="many_to_one")
    rows: list[dict[str, Any]] = []
    for relation in [*dyads["relation"].dropna().unique()] or [None]:
        changes = dyads.loc[dyads["relation"].eq(relation or ""), [*_PAIR, "change"]]
        helped = given.merge(changes, on=_PAIR, how="left", validate="many_to_one")
        others = met.merge(changes, on=_PAIR, validate="many_to_one")
        for (cycle, phase), own in steps.groupby(["cycle", "phase"], sort=False):
            here, there = (table[table["activity"].isin(own["activity"])] for table in (helped, others))
            seen = own["activity"].isin(read)
            between = relation is not None and own.loc[seen, "activity"].isin(placed["activity"]).any()
            about: dict[str, Any] = {"relation": relation, "cycle": cycle, "phase": phase}
            about |= {"activities": ";".join(own["activity"]), "n_activities": len(own), "n_read": int(seen.sum())}
            for who in _kinds(survey):
                some = here if who == _EVERYONE else here[here["who"].eq(who)]
                known, grown = _known(some)
                row = about | {"who": who}
                if seen.any():
                    row |= {"n_help": len(some), "n_pairs": _pairs(some)}
                if between:
                    row |= {"n_known": _pairs(known), "n_ties": _pairs(grown)}
                if between and who == _EVERYONE:
                    row |= _others(there, known)
                rows.append(row)
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["phases"].names), RUN_TABLES["phases"])


def _known(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows whose tie the surveys tell of, and of these those whose tie is new or stronger."""
    known = rows[rows["change"].notna() & rows["change"].ne("not_observable")]
    return known, known[known["change"].isin(["created", "strengthened"])]


def _others(met: pd.DataFrame, helped: pd.DataFrame) -> dict[str, int]:
    """Pairs who met without help, and of these those whose tie grew."""
    with_help = pd.MultiIndex.from_frame(helped[["a", "b"]])
    known, grown = _known(met[~pd.MultiIndex.from_frame(met[["a", "b"]]).isin(with_help)])
    return {"n_other": _pairs(known), "n_other_ties": _pairs(grown)}


def _together(meetings: Meetings, read: set[str]) -> pd.DataFrame:
    """Pairs who attended a read activity, a before b."""
    there = meetings.attendance.loc[meetings.attendance["activity"].isin(read), ["activity", "actor"]]
    met = there.rename(columns={"actor": "a"}).merge(
        there.rename(columns={"actor": "b"}), on="activity", validate="many_to_many"
    )
    return met[met["a"] < met["b"]]


def _pairs(rows: pd.DataFrame) -> int:
    return len(rows[["a", "b"]].drop_duplicates())


def _kinds(survey: Survey) -> list[str]:
    """Kinds of pairs that the network can have."""
    hub = survey.hub
    kinds = ["hub_helps_member", "member_helps_hub", "within_hub"] if hub else []
    return [_EVERYONE, *kinds, "members_one_site", "members_other_sites"]


def _given(survey: Survey, talk: Talk) -> pd.DataFrame:
    """Help whose two people are known, with the pair and what kind of pair it is; a blank site leaves members' pairs without a kind."""
    given = talk.events[talk.events["kind"].eq("help_given")].dropna(subset=["seeker", "helper"])
    given = given[given["seeker"].isin(survey.roster["actor"]) & given["helper"].isin(survey.roster["actor"])]
    site = survey.roster.set_index("actor")["site"]
    seeker, helper = (given[end].map(site) for end in ("seeker", "helper"))
    from_hub, to_hub = (given[end].isin(survey.hub) for end in ("helper", "seeker"))
    known = seeker.notna() & helper.notna()
    who = np.select(
        [from_hub & to_hub, from_hub, to_hub, known & seeker.eq(helper), known],
        ["within_hub", "hub_helps_member", "member_helps_hub", "members_one_site", "members_other_sites"],
        "",
    )
    ends = np.sort(given[["seeker", "helper"]].to_numpy(dtype=object), axis=1)
    return given.assign(who=who, a=ends[:, 0], b=ends[:, 1])
