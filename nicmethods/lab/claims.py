"""What there is to decide on: propositions and pairs, each with its evidence in both strands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.figures.style import words
from nicmethods.joint.displays import discordant, event_words
from nicmethods.joint.placement import dyad_subjects
from nicmethods.lab.base import records
from nicmethods.lab.selection import quoted

if TYPE_CHECKING:
    from nicmethods.lab.findings import Findings

__all__ = ["GROUPS", "claim", "subjects"]

GROUPS = ("Propositions", "Pairs in the ledger", "Pairs that ask for a second look")
"""What subjects are listed under."""

_MOST = 150


def subjects(found: Findings, propositions: pd.DataFrame, ledger: pd.DataFrame) -> list[dict[str, Any]]:
    """List what may be decided on.

    Parameters
    ----------
    found
        The tables of the case.
    propositions
        Run table, without the ledger.
    ledger
        The ledger as it may be published.

    Returns
    -------
    list of dict
        ``id`` as the ledger has it, ``group`` (one of :data:`GROUPS`), ``label``, ``proposed`` (the rule's verdict) and
        ``by`` (who has decided). A pair of the ledger that is in no interval is listed too, so that it can be corrected.
    """
    in_ledger = [name for name in dict.fromkeys(ledger["subject"]) if name not in set(propositions["proposition"])]
    looked = dyad_subjects(discordant(found.dyads, found.talk, found.turns), found.survey)
    verdicts = found.pairs["verdict"].to_dict()
    by = ledger.dropna(subset="verdict").groupby("subject")["researcher"].agg(list).to_dict()
    listed = [
        *((row.proposition, GROUPS[0], row.statement, row.proposed_verdict) for row in propositions.itertuples()),
        *((name, GROUPS[1], _pair_label(name), verdicts.get(name, "")) for name in in_ledger),
        *((name, GROUPS[2], _pair_label(name), verdicts[name]) for name in looked if name not in set(in_ledger)),
    ]
    return [
        {"id": name, "group": group, "label": label, "proposed": words(proposed), "by": by.get(name, [])}
        for name, group, label, proposed in listed
    ]


def claim(found: Findings, propositions: pd.DataFrame, ledger: pd.DataFrame, subject: str) -> dict[str, Any]:
    """Set the evidence of one subject out, strand by strand.

    Parameters
    ----------
    found, propositions, ledger
        As in :func:`subjects`.
    subject
        A proposition, or a pair in an interval as the ledger names it.

    Returns
    -------
    dict
        ``subject``, ``statement``, ``proposed``; ``network`` and ``talk``: stance, words and numbers, as text; ``rows``: evidence
        that can be named (``id``, ``strand``, ``said``, ``speaker``, ``text``), ties first; ``n_more`` rows that are not
        listed; ``verdicts``: what the ledger has. Nothing in it is an interpretation but what stands in the ledger.
    """
    chosen = propositions[propositions["proposition"].eq(subject)]
    if len(chosen):
        shown = _proposition(found, records(chosen)[0])
    elif subject in found.pairs.index:
        shown = _pair(found, subject)
    else:
        shown = {"statement": f"'{subject}' is no proposition and no pair in an interval.", "proposed": ""} | {
            strand: {"stance": "", "words": "", "numbers": ""} for strand in ("network", "talk")
        }
    rows = shown.pop("rows", [])
    said = ledger[ledger["subject"].eq(subject)]
    return {
        "subject": subject, **shown, "rows": rows[:_MOST], "n_more": max(0, len(rows) - _MOST), "verdicts": records(said)
    }  # fmt: skip


def _pair_label(name: str) -> str:
    """A pair in an interval for people, from its name in the ledger, which may be misspelt."""
    *about, start, end, a, b = ["", *name.split("/")] if name.count("/") in (3, 4) else ["", "", "", "", "", ""]
    return f"{a} and {b}, {start} to {end}" + "".join(f", {one}" for one in about if one) if a else name


def _proposition(found: Findings, row: dict[str, Any]) -> dict[str, Any]:
    strands = {
        key: {"stance": words(row[f"{name}_stance"]), "words": row[f"{name}_evidence"], "claimed": row[f"{name}_claim"]}
        for key, name in (("network", "survey"), ("talk", "talk"), ("together", "together"))
    }
    ties = [name for name in (row["ties"] or "").split(";") if name]
    rows = [*_tie_rows(found, ties), *_turn_rows(found, (row["turns"] or "").split(";"))]
    return {
        "statement": row["statement"],
        "proposed": f"{words(row['proposed_verdict'])}: {row['reason']}",
        **strands,
        "rows": rows,
    }


def _pair(found: Findings, subject: str) -> dict[str, Any]:
    row = found.pairs.loc[subject]
    a, b = row["a"], row["b"]
    before = f"{row['relation']}/" if len(found.relations) > 1 else ""
    about = f", {row['relation']}" if before else ""
    reports = [
        (
            f"{before}{row[f'{end}_wave']}/{source}/{target}",
            f"wave {row[f'{end}_wave']}: {source} on {target}: {weight:g}",
        )
        for end in ("from", "to")
        for source, target, weight in ((a, b, row[f"weight_ab_{end}"]), (b, a, row[f"weight_ba_{end}"]))
        if not pd.isna(weight)
    ]
    events = found.talk.events
    passed = events[events["event"].isin([] if pd.isna(row["events"]) else row["events"].split(";"))]
    together = f"together in {row['n_together']} activities of the interval, {row['n_together_coded']} of them coded"
    survey = words(row["change"]) + ("" if pd.isna(row["reason"]) else f" ({words(row['reason'])})")
    return {
        "statement": f"{a} and {b}, from {row['from_wave']} to {row['to_wave']}{about}",
        "proposed": words(row["verdict"]),
        "network": {"stance": survey, "words": "; ".join(said for _, said in reports), "claimed": ""},
        "talk": {"stance": f"{len(passed)} coded events", "words": together, "claimed": ""},
        "rows": [
            *({"id": name, "strand": "network", "said": said, "speaker": None, "text": None} for name, said in reports),
            *_turn_rows(found, _turns(passed)),
        ],
    }


def _tie_rows(found: Findings, ties: list[str]) -> list[dict[str, Any]]:
    """Ties as propositions name them, with what became of each report."""
    ends = [*(["relation"] if len(found.relations) > 1 else []), "from_wave", "to_wave", "source", "target"]
    wanted = pd.DataFrame([name.split("/") for name in ties], columns=ends, dtype="str")
    rows = wanted.merge(found.dyad_change, on=ends, how="left", validate="many_to_one")
    return [
        {"id": name, "strand": "network", "speaker": None, "text": None}
        | {"said": f"{row['source']} on {row['target']}, {row['from_wave']} to {row['to_wave']}: {words(row['kind'])}"
                   f" ({_weight(row['weight_from'])} → {_weight(row['weight_to'])})"}
        for name, row in zip(ties, rows.to_dict("records"), strict=True)
    ]  # fmt: skip


def _weight(value: float) -> str:
    return "?" if pd.isna(value) else f"{value:g}"


def _turns(events: pd.DataFrame) -> list[str]:
    """The turns behind events, each once, in order."""
    ends = events[["activity", "request_turn", "response_turn"]].itertuples(index=False)
    return list(dict.fromkeys(f"{activity}/{turn}" for activity, *both in ends for turn in both if not pd.isna(turn)))


def _turn_rows(found: Findings, turns: list[str]) -> list[dict[str, Any]]:
    """Turns with their words, and what was coded there."""
    coded: dict[str, list[str]] = {}
    for event in found.talk.events.to_dict("records"):
        for end in ("request_turn", "response_turn"):
            coded.setdefault(f"{event['activity']}/{event[end]}", []).append(event_words(event))
    return [
        {"id": row["turn"], "strand": "talk", "speaker": row["speaker"], "text": row["text"]}
        | {"said": "; ".join(dict.fromkeys(coded.get(row["turn"], [])))}
        for row in quoted(found, turns)
    ]
