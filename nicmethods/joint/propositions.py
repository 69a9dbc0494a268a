"""Propositions held against both strands: evidence, stance, and a proposed verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.joint import pairs
from nicmethods.joint.indicators import Estimate, Strands, estimate
from nicmethods.tables import CASE_TABLES, RUN_TABLES, conform, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nicmethods.case.propositions import Indicator, Proposition, Propositions
    from nicmethods.tables.bundles import Meetings, Survey, Talk

__all__ = ["evaluate_propositions", "proposition_verdict", "stance"]

_INSTANCES = frozenset({"help_instances", "reciprocated_help_instances"})


@takes
def evaluate_propositions(
    claims: Propositions,
    survey: Survey,
    meetings: Meetings,
    talk: Talk,
    *,
    seed: int,
    ledger: pd.DataFrame | None = None,
    dyads: pd.DataFrame | None = None,
    n_draws: int = 1000,
) -> pd.DataFrame:
    """Hold each proposition against both strands and propose a verdict.

    Parameters
    ----------
    claims
        As read by :func:`~nicmethods.case.propositions.load_propositions`.
    survey
        Propositions are about its first relation, and may name its groups of roles.
    meetings, talk
        The other strand.
    seed
        Seed of bootstrap and permutations.
    ledger
        The researchers' verdicts; shown, never changed and never filled in.
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads` on the same bundles, if it is there already.
    n_draws
        Bootstrap samples and permutations.

    Returns
    -------
    DataFrame
        ``propositions`` of ``RUN_TABLES``, in the order of the file.

    Raises
    ------
    MeasureError
        If a proposition names an indicator that does not exist.
    """
    table = pairs.dyads(survey, meetings, talk) if dyads is None else dyads
    first = table[table["relation"] == table["relation"].iloc[0]] if len(table) else table
    strands = Strands(first, survey, meetings, talk, seed=seed, n_draws=n_draws)
    said = _from_ledger(empty(CASE_TABLES["ledger"]) if ledger is None else ledger)
    rows = [_row(proposition, strands) | said.get(proposition.id, {}) for proposition in claims.propositions]
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["propositions"].names), RUN_TABLES["propositions"])


def stance(found: Estimate, indicator: Indicator) -> str:
    """What one strand says to a proposition.

    Returns
    -------
    str
        ``supports`` if the whole interval lies on the predicted side of the reference, ``contradicts`` if it lies
        wholly on the other side, ``open`` in between or without an interval (so a large p never contradicts),
        ``no_data`` if there was nothing to count.

    Examples
    --------
    >>> from nicmethods.case.propositions import Indicator
    >>> more = Indicator(indicator="help_share", expect="above")
    >>> [stance(Estimate(0.1, low, 0.2, 0.0, 0.4, 9, ""), more) for low in (0.05, -0.1)]
    ['supports', 'open']
    """
    if found.n == 0 or np.isnan(found.value):
        return "no_data"
    reference = found.reference if indicator.than is None else indicator.than
    above, below = found.low > reference, found.high < reference
    supports, contradicts = (above, below) if indicator.expect == "above" else (below, above)
    return "supports" if supports else "contradicts" if contradicts else "open"


def proposition_verdict(network: str, talk: str) -> str:
    """The verdict proposed from the stances of both strands.

    Both support: agreement. One supports and the other leaves open: partial agreement. One supports and one
    contradicts: dissonance. One has no data and the other says something: silence. Neither has data: no_data. Otherwise
    (no strand supports) the proposition stays open.

    Examples
    --------
    >>> proposition_verdict("supports", "open"), proposition_verdict("no_data", "supports")
    ('partial_agreement', 'silence')
    """
    both = {network, talk}
    if both == {"no_data"}:
        return "no_data"
    if "no_data" in both:
        return "silence"
    if "supports" not in both:
        return "open"
    if both == {"supports"}:
        return "agreement"
    return "dissonance" if "contradicts" in both else "partial_agreement"


def _row(proposition: Proposition, strands: Strands) -> dict[str, Any]:
    network, network_stance = _strand(proposition.network, strands, "network")
    talk, talk_stance = _strand(proposition.talk, strands, "talk")
    row: dict[str, Any] = {"proposition": proposition.id, "statement": proposition.statement}
    for name, found, said in (("network", network, network_stance), ("talk", talk, talk_stance)):
        row |= {f"{name}_{part}": getattr(found, part) for part in ("value", "low", "high", "reference", "n")}
        row |= {f"{name}_evidence": found.words, f"{name}_stance": said}
    return row | {
        "network_p": network.p,
        "talk_instances": proposition.talk is not None and _asks_instances(proposition.talk),
        "ties": ";".join(network.ties) or None,
        "turns": ";".join(_turns(_telling(talk.events, strands.dyads), strands.talk.events)) or None,
        "proposed_verdict": proposition_verdict(network_stance, talk_stance),
    }


def _asks_instances(indicator: Indicator) -> bool:
    return indicator.indicator in _INSTANCES and indicator.expect == "above" and not indicator.than


def _strand(indicator: Indicator | None, strands: Strands, name: str) -> tuple[Estimate, str]:
    if indicator is None:
        return Estimate(
            np.nan, np.nan, np.nan, np.nan, np.nan, 0, "the proposition asks this strand nothing."
        ), "no_data"
    found = estimate(indicator, strands, strand=name)
    if indicator.than is not None:
        found = replace(found, reference=indicator.than)
    return found, stance(found, indicator)


def _telling(events: Iterable[str], dyads: pd.DataFrame) -> list[str]:
    """Events of pairs in which both strands agree first: those are the ones to quote."""
    agreeing = dyads.loc[dyads["verdict"] == "agreement", "events"].dropna()
    both = {event for listed in agreeing for event in listed.split(";")}
    return sorted(events, key=lambda event: event not in both)


def _turns(events: Iterable[str], table: pd.DataFrame) -> list[str]:
    """The turns behind events, as activity/turn, in order, each once."""
    rows = table.set_index("event").loc[list(events), ["activity", "request_turn", "response_turn"]]
    turns = [
        f"{activity}/{turn}"
        for activity, *both in rows.itertuples(index=False)
        for turn in both
        if isinstance(turn, str)
    ]
    return list(dict.fromkeys(turns))


def _from_ledger(ledger: pd.DataFrame) -> dict[str, dict[str, str | None]]:
    """Each subject's verdict and meta-inference; where researchers differ, each with the name."""
    out: dict[str, dict[str, str | None]] = {}
    for subject, rows in ledger.groupby("subject", sort=False):
        out[str(subject)] = {
            "researcher_verdict": _said(rows, "verdict"),
            "meta_inference": _said(rows, "meta_inference"),
        }
    return out


def _said(rows: pd.DataFrame, column: str) -> str | None:
    given = rows.dropna(subset=column)
    if given.empty:
        return None
    if len(set(given[column])) == 1:
        return str(given[column].iloc[0])
    return "; ".join(f"{who}: {what}" for who, what in given[["researcher", column]].itertuples(index=False))
