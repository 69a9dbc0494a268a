"""What the linked view draws whatever is chosen: people, ties wave by wave, the time axis, the rows of pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.figures.network import drawn_ties, is_directed
from nicmethods.figures.style import CHANGE, EVENT, VERDICT, count
from nicmethods.lab.base import records
from nicmethods.network.places import layout
from nicmethods.tables import words

if TYPE_CHECKING:
    from nicmethods.lab.findings import Findings

__all__ = ["ROW", "TALK", "drawings", "listed_pairs", "overview", "passed_ties", "ties_of", "time_axis"]

TALK = "coded talk"
"""The drawing that shows coded events in place of a wave's reports."""

ROW = (
    "id", "a", "b", "from_wave", "to_wave", "scope", "change", "verdict", "n_help", "n_request", "n_shared",
    "n_together_coded",
)  # fmt: skip
"""Fields of a pair's row, in the order in which they are sent."""

_ACTIVITY = ("id", "title", "kind", "n_people", "n_requests", "n_help", "n_shared", "left", "is_placed")
_LABEL_PX, _PER_ACTIVITY_PX, _LEAST_PX, _LEVELS = 130, 66, 860, 4
_WIDEST = 96.0  # percent: the last label needs room


def overview(found: Findings, relation: str) -> dict[str, Any]:
    """Put together what does not hang on the selection, as plain values.

    Parameters
    ----------
    found
        The tables of the case.
    relation
        Survey question; empty without a survey.

    Returns
    -------
    dict
        ``title``, ``said`` (what the codings are), ``gaps``, ``relations``, ``words`` (for people) and ``colours`` of
        changes, events and verdicts; ``people`` and ``radius`` of their marks, ``directed``, ``drawings`` (a wave or :data:`TALK` to its ties, who was
        away and who did not answer), ``time`` (see :func:`time_axis`), ``rows`` (see :data:`ROW`) and ``not_listed``.
    """
    shown = listed_pairs(found, relation)
    n_left = int(found.pairs["relation"].eq(_asked(found, relation)).sum()) - len(shown)
    names = {*CHANGE, *EVENT, *VERDICT}
    return {
        "title": found.title,
        "said": found.talk.said,
        "gaps": list(found.gaps),
        "relations": found.survey.relations["relation"].to_list(),
        "question": found.survey.relations.set_index("relation")["question"].dropna().to_dict().get(relation, ""),
        "words": {name: words(name) for name in sorted(names)} | {"tie": "tie"},
        "colours": {**CHANGE, **EVENT},
        "directed": is_directed(found.survey, relation),
        **_people(found, relation),
        "drawings": [_drawing(found, relation, wave) for wave in drawings(found)],
        "time": time_axis(found, relation),
        "row": list(ROW),
        "rows": [list(row.values()) for row in records(shown[list(ROW)])],
        "not_listed": f"{count(n_left, 'pair')} with neither a tie nor a coded event between them: not listed; "
        "choose two people to see one."
        if n_left
        else "",
    }


def drawings(found: Findings) -> list[str]:
    """Name what can be drawn: each wave with reports, and the coded talk if there are events."""
    waves = [wave for wave in found.survey.waves["wave"] if wave in set(found.ties["wave"])]
    return [*waves, TALK] if len(found.talk.events) else waves


def listed_pairs(found: Findings, relation: str) -> pd.DataFrame:
    """Keep the pairs about which something is known: a tie in either wave, or an event between the two.

    Parameters
    ----------
    found
        The tables of the case.
    relation
        Survey question; empty without a survey.

    Returns
    -------
    DataFrame
        Rows of ``dyads`` with ``id`` and, for help asked, given and shared in either direction, ``n_request``,
        ``n_help`` and ``n_shared``.
    """
    dyads = found.pairs[found.pairs["relation"].eq(_asked(found, relation))]
    weights = dyads[[f"weight_{way}_{end}" for way in ("ab", "ba") for end in ("from", "to")]]
    tied = ~dyads["change"].isin(["absent", "not_observable"])
    tied |= weights.ge(dyads["threshold"], axis=0).any(axis=1)
    kept = dyads[tied | dyads["events"].notna()]
    sums = {f"n_{kind}": kept[f"n_{kind}_ab"] + kept[f"n_{kind}_ba"] for kind in ("request", "help", "shared")}
    return kept.assign(id=kept.index, **sums)


def ties_of(found: Findings, relation: str, wave: str) -> pd.DataFrame:
    """List what is drawn of one wave, or of the coded talk.

    Parameters
    ----------
    found
        The tables of the case.
    relation
        Survey question.
    wave
        A wave, or :data:`TALK`.

    Returns
    -------
    DataFrame
        ``id`` (``wave/source/target``, unique), ``source``, ``target``, ``kind`` (what became of the tie since the wave
        before; ``tie`` in the first; of the talk the kind of event) and ``label``. Of an undirected question each pair
        stands once.
    """
    if wave == TALK:
        return passed_ties(found.talk.events)
    changes = found.dyad_change[found.dyad_change["to_wave"].eq(wave) & found.dyad_change["relation"].eq(relation)]
    edges = drawn_ties(found.survey, relation, wave, changes if len(changes) else None)
    label = (
        _value(edges["weight_from"]) + " → " + _value(edges["weight_to"]) if len(changes) else _value(edges["weight"])
    )
    edges = edges[["source", "target", "kind"]].assign(label=label)
    return edges.assign(id=wave + "/" + edges["source"] + "/" + edges["target"])


def time_axis(found: Findings, relation: str) -> dict[str, Any]:
    """Place surveys and activities along time, in percent of the width.

    Parameters
    ----------
    found
        The tables of the case.
    relation
        Survey question of the ties that activities preceded.

    Returns
    -------
    dict
        ``width`` in pixels that keeps labels apart; ``surveys`` with ``left`` and ``width``; ``activities`` in order of
        time with ``left``, ``level`` (from 0; neighbours whose labels would meet stand on different levels), counts and
        ``told``, all of it in words. Activities without a date follow at the right end, and ``is_placed`` is False; where
        none has a date they stand in the order of the file.
    """
    table = found.timeline(relation)
    dates = table[["from_date", "to_date"]]
    first = dates.min().min()
    days = pd.DataFrame({end: (dates[end] - first).dt.days.astype(float) for end in dates})
    share = _WIDEST / max(1.0, float(np.nan_to_num(days.max().max()) + 1))
    placed = table.assign(left=days["from_date"] * share, width=(days["to_date"] - days["from_date"] + 1) * share)
    surveys = placed[placed["what"].eq("survey")].dropna(subset=["left", "width"])
    happened = _in_place(placed[placed["what"].eq("activity")])
    width = max(_LEAST_PX, _PER_ACTIVITY_PX * len(happened))
    items = records(happened)
    levels = _levels([item["left"] for item in items], 100 * _LABEL_PX / width)
    return {
        "width": width,
        "surveys": records(surveys[["id", "left", "width"]].round(2)),
        "activities": [
            {field: item[field] for field in _ACTIVITY}
            | {"date": item["from_date"], "level": level, "told": _told(item)}
            for item, level in zip(items, levels, strict=True)
        ],
    }


def _in_place(happened: pd.DataFrame) -> pd.DataFrame:
    """Activities in order of time; those without a date at the end, or spread evenly where none has one."""
    undated = happened["left"].isna()
    spread = undated.cumsum() / (undated.sum() + 1) * _WIDEST if undated.all() else _WIDEST + 1
    left = happened["left"].fillna(spread).round(2)
    return happened.assign(left=left, is_placed=~undated).sort_values("left", kind="stable")


def _asked(found: Findings, relation: str) -> str:
    """The relation as ``dyads`` has it, which says none without a survey."""
    return relation if (found.pairs["relation"] == relation).any() else "none"


def _people(found: Findings, relation: str) -> dict[str, Any]:
    """People with their places, and the radius of a person's mark in the same unit."""
    places = layout(found.survey, relation=relation)
    actors = found.actors[["actor", "site", "role", "group"]]
    placed = actors.merge(places[["actor", "x", "y"]].round(4), on="actor", validate="one_to_one")
    return {"people": records(placed), "radius": float(places["radius"].iloc[0])}


def _drawing(found: Findings, relation: str, wave: str) -> dict[str, Any]:
    ties = ties_of(found, relation, wave)
    state = found.survey.responses[
        found.survey.responses["wave"].eq(wave) & found.survey.responses["relation"].eq(relation)
    ]
    away = state.loc[~state["present"].astype(bool), "actor"].to_list()
    silent = state.loc[state["present"].astype(bool) & ~state["responded"].astype(bool), "actor"].to_list()
    counts = ties["kind"].value_counts()
    kinds = [count(n, "tie") if kind == "tie" else f"{n:,} {words(kind)}" for kind, n in counts.items()]
    said = f"{wave}: {', '.join(kinds) or 'no ties'}" + (f"; {len(silent)} did not answer" if silent else "")
    columns = ["id", "source", "target", "kind", "label"]
    return {
        "wave": wave,
        "ties": ties[columns].astype(object).to_numpy().tolist(),
        "away": away,
        "silent": silent,
        "told": said if wave == TALK else f"Wave {said}",
    }


def passed_ties(events: pd.DataFrame) -> pd.DataFrame:
    """List who asked, helped or shared practice with whom, each once, with how often; columns as in :func:`ties_of`."""
    named = events.dropna(subset=["seeker", "helper"])
    named = named[named["seeker"].ne(named["helper"])]
    asks = named["kind"].eq("help_request")
    ends = named.assign(
        source=named["seeker"].where(asks, named["helper"]), target=named["helper"].where(asks, named["seeker"])
    )
    ties = ends.groupby(["kind", "source", "target"], as_index=False).size()
    id_ = TALK + "/" + ties["kind"] + "/" + ties["source"] + "/" + ties["target"]
    return ties.assign(label=ties["size"].astype("str") + "×", id=id_)


def _value(weights: pd.Series[float]) -> pd.Series[str]:
    return weights.map(lambda weight: "?" if pd.isna(weight) else f"{weight:g}").astype("str")


def _levels(lefts: list[float], label: float) -> list[int]:
    """The lowest level on which each label is free of the one before; the emptiest where none is."""
    ends = [-1.0] * _LEVELS
    levels = []
    for left in lefts:
        level = next((at for at, end in enumerate(ends) if end <= left), int(np.argmin(ends)))
        ends[level] = left + label
        levels.append(level)
    return levels


def _told(row: dict[str, Any]) -> str:
    day = row["from_date"] or "no date"
    where = ", during a survey" if row["placement"] == "during" else ""
    coded = (
        "not coded"
        if row["n_help"] is None
        else f"{row['n_requests']} requests, {row['n_help']} times help, {row['n_shared']} times practice shared"
    )
    ties = (
        f"; pairs who helped there: {count(row['n_preceded'], 'new or stronger tie')} in the next survey"
        if row["n_preceded"] is not None
        else ""
    )
    return f"{row['title'] or row['id']} ({day}{where}): {count(row['n_people'], 'person', 'people')}; {coded}{ties}"
