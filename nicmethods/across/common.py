"""What cases share and where they differ, in words, before any table."""

from __future__ import annotations

from typing import Any

import pandas as pd

from nicmethods.tables import RUN_TABLES, conform, words

__all__ = ["in_common"]

_FOR = frozenset({"agreement", "partial_agreement", "silence_talk", "silence_survey"})
_AGAINST = frozenset({"dissonance"})


def in_common(propositions: pd.DataFrame, comparison: pd.DataFrame) -> pd.DataFrame:
    """Say of each claim and each measure whether the cases are alike, differ, or cannot be told apart.

    Parameters
    ----------
    propositions
        Run table of all cases, ``case`` its first column.
    comparison
        Run table.

    Returns
    -------
    DataFrame
        Run table ``in_common``, claims first. Claims are read by their proposed verdicts: *too little to say*, *open* and *not
        observable* contradict nothing. Measures differ where the 95 % intervals of some two cases do not meet, which is stricter than a
        test of their difference; cases without an interval have no part in that.
    """
    rows = [_claim(str(claim), own) for claim, own in propositions.groupby("proposition", sort=False)]
    rows += [_measure(str(measure), own) for measure, own in comparison.groupby("measure", sort=False)]
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["in_common"].names), RUN_TABLES["in_common"])


def _claim(claim: str, own: pd.DataFrame) -> dict[str, Any]:
    verdicts: dict[str, list[str]] = {}
    for case, verdict in zip(own["case"], own["proposed_verdict"], strict=True):
        verdicts.setdefault(verdict, []).append(case)
    found = set(verdicts)
    if found & _FOR and found & _AGAINST:
        reading = "differ"
    elif len(verdicts) == 1 and found <= _FOR | _AGAINST and len(own) > 1:
        reading = "shared"
    elif found & (_FOR | _AGAINST):
        reading = "nothing_against"
    else:
        reading = "cannot_be_told"
    said = "; ".join(f"{words(verdict)}: {', '.join(cases)}" for verdict, cases in verdicts.items())
    return {
        "about": "proposition",
        "subject": claim,
        "what": own["statement"].iloc[0],
        "reading": reading,
        "said": said,
    }


def _measure(measure: str, own: pd.DataFrame) -> dict[str, Any]:
    known = own.dropna(subset=["value"]).sort_values("value", kind="stable")
    sure = known.dropna(subset=["low", "high"])
    apart = bool(len(sure) > 1 and sure["low"].max() > sure["high"].min())
    sides = [_side(row) for row in sure.to_dict("records")]
    if apart:
        reading = "differ"
    elif len(sides) > 1 and len(sides) == len(own) and None not in sides and len(set(sides)) == 1:
        reading = "shared"
    else:
        reading = "cannot_be_told"
    said = "; ".join(_value(row) for row in known.to_dict("records")) or "known of no case"
    return {"about": "measure", "subject": measure, "what": own["what"].iloc[0], "reading": reading, "said": said}


def _side(row: dict[Any, Any]) -> str | None:
    """Whether a value lies above or below what chance gives, by its interval; None where neither can be told."""
    if pd.isna(row["expected"]):
        return None
    return "above" if row["low"] > row["expected"] else "below" if row["high"] < row["expected"] else None


def _value(row: dict[Any, Any]) -> str:
    sure = "" if pd.isna(row["low"]) else f" ({row['low']:.2f} to {row['high']:.2f})"
    side = _side(row) if sure else None
    return f"{row['case']} {row['value']:.2f}{sure}" + (f", {side} chance" if side else "")
