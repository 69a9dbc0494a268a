"""Knowing the ground: is this talk like the talk that a coder learned on, and what precision is to be expected here."""

from __future__ import annotations

import functools
import hashlib
import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.coder.turn_arrays import WORDS, shifted
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nicmethods.case.codebook import Codebook, Pattern
    from nicmethods.coder.turn_arrays import Numbers, TurnArrays

__all__ = [
    "EDGE",
    "KNOWN",
    "OTHER",
    "Ground",
    "expected_precision",
    "known_ground",
    "meeting_grounds",
    "meeting_profiles",
    "precision_here",
    "precision_in_short",
    "precision_said",
    "trust_said",
]

KNOWN, EDGE, OTHER = "known", "edge", "other"
"""Ground like that of learning; alike but for one thing, so that precision is a guess; another kind of talk."""
LEAST_TURNS = 30
"""Fewer turns than this say nothing about the kind of talk."""
Ground = dict[str, tuple[float, float]]
"""Quantity -> its least and its greatest value over the meetings that were learned from."""

_SAID = {
    ("words_a_turn", 0): "turns are shorter",
    ("words_a_turn", 1): "turns are longer",
    ("share_short", 0): "there are hardly any turns of one or two words, as in edited transcripts",
    ("share_questions", 0): "there are fewer questions",
    ("share_questions", 1): "there are more questions",
    ("share_busiest", 1): "one person does most of the talking",
    ("share_asker", 1): "one person asks most of the questions, as in lessons and interviews",
    ("share_back", 1): "two people take turns more often, as in lessons and interviews",
    ("share_function", 0): "there are fewer everyday words, as in written chat or another language",
}


def meeting_profiles(arrays: TurnArrays) -> pd.DataFrame:
    """Describe each meeting by what changes between kinds of talk.

    Parameters
    ----------
    arrays
        The turns.

    Returns
    -------
    pandas.DataFrame
        One row a meeting, in order: ``n_turns``; ``words_a_turn`` (mean); ``share_short`` (of turns, one or two words);
        ``share_questions`` (of turns of three words or more, those with the form of a question or a mark);
        ``share_busiest`` (of words, by who speaks most); ``share_asker`` (of questions, by who asks most);
        ``share_back`` (of turns, by who spoke the last but one: two take turns); ``share_function`` (of words, closed-class).
    """
    meeting, n = arrays.meeting, int(arrays.meeting.max(initial=-1)) + 1
    asking = (arrays.says(WORDS["auxiliary"]) & arrays.then(arrays.says(WORDS["subject"]))) | arrays.says(WORDS["wh"])
    asks = ((arrays.marks > 0) | (arrays.has(asking) > 0)) & (arrays.n_words >= 3)
    back = shifted(arrays.speaker.astype(float), 2, arrays, fill=-2.0) == arrays.speaker
    people, person = np.unique(np.column_stack([meeting, arrays.speaker]), axis=0, return_inverse=True)

    def total(values: Any) -> Numbers:
        return np.bincount(meeting, values, n).astype(float)

    def most(values: Any) -> Numbers:
        found = np.zeros(n)
        np.maximum.at(found, people[:, 0], np.bincount(person, values, len(people)))
        return found

    n_turns, words, n_asks = np.bincount(meeting, minlength=n), total(arrays.n_words), total(asks)
    closed = total(arrays.count(arrays.says(frozenset().union(*WORDS.values()))))
    return pd.DataFrame(
        {
            "n_turns": n_turns,
            "words_a_turn": words / n_turns,
            "share_short": total(arrays.n_words <= 2) / n_turns,
            "share_questions": n_asks / np.fmax(total(arrays.n_words >= 3), 1),
            "share_busiest": most(arrays.n_words) / np.fmax(words, 1),
            "share_asker": most(asks) / np.fmax(n_asks, 1),
            "share_back": total(back) / n_turns,
            "share_function": closed / np.fmax(words, 1),
        }
    )


@functools.cache
def known_ground() -> Ground:
    """What the meetings were like that the starting coder was fitted on: 1st and 99th percentiles (``ground.csv``)."""
    with resources.files("nicmethods.coder").joinpath("ground.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, index_col="quantity")
    return {str(name): (float(row["low"]), float(row["high"])) for name, row in table.iterrows()}


def meeting_grounds(arrays: TurnArrays, known: Ground) -> pd.DataFrame:
    """Hold each meeting against the ground that a coder knows.

    Parameters
    ----------
    arrays
        The turns.
    known
        Ranges to hold them against; as :func:`known_ground`, or wider where a trained coder learned elsewhere.

    Returns
    -------
    pandas.DataFrame
        One row a meeting, in order: ``ground`` (:data:`KNOWN`, :data:`EDGE`: one quantity is out of range, :data:`OTHER`: two
        or more are, or the meeting is too short to tell) and ``reason``.
    """
    rows = []
    for profile in meeting_profiles(arrays).to_dict("records"):
        if profile["n_turns"] < LEAST_TURNS:
            rows.append((OTHER, f"fewer than {LEAST_TURNS} turns are too few to tell what kind of talk this is"))
            continue
        out = [
            said
            for (name, side), said in _SAID.items()
            if (profile[name] > known[name][1] if side else profile[name] < known[name][0])
        ]
        rows.append((KNOWN if not out else EDGE if len(out) == 1 else OTHER, "; ".join(out)))
    return pd.DataFrame(rows, columns=["ground", "reason"])


def precision_here(
    turns: pd.DataFrame,
    suggestions: pd.DataFrame,
    codebook: Codebook,
    *,
    spotcheck: pd.DataFrame | None = None,
    card: Mapping[str, Any] | None = None,
    known: Ground | None = None,
) -> pd.DataFrame:
    """What share of this case's suggestions is to be expected right, why it may be another, and on what that rests.

    Parameters
    ----------
    turns, suggestions
        Work tables.
    codebook
        The codes.
    spotcheck
        Work table; a code that was judged here has the precision found here, over all its suggestions.
    card, known
        Card and ground of the trained coder, if one suggested.

    Returns
    -------
    pandas.DataFrame
        Run table ``expected_precision``.
    """
    from nicmethods.coder.spot import spot_precision
    from nicmethods.coder.turn_arrays import as_arrays

    grounds = meeting_grounds(as_arrays(turns), known or known_ground()).assign(activity=turns["activity"].unique())
    told = suggestions.merge(grounds, on="activity", how="left", validate="m:1")
    counted = told.groupby(["code", "layer", "ground"], sort=False).size().rename("n").reset_index()
    found = expected_precision(counted, codebook, card=card).assign(
        reason=counted["ground"].map({ground: _reasons(rows) for ground, rows in grounds.groupby("ground")})
    )
    if spotcheck is not None and spotcheck["answer"].notna().any():
        for row in spot_precision(spotcheck, suggestions).query("n_judged > 0").to_dict("records"):
            rests = f"a spot check of this case: {row['n_judged']} judged, {row['n_unsure']} unsure"
            own = ["precision", "low", "high", "rests_on"]
            found.loc[found["code"].eq(row["code"]), own] = [row["precision"], row["low"], row["high"], rests]
    return conform(found, RUN_TABLES["expected_precision"])


def _reasons(grounds: pd.DataFrame) -> str | None:
    """How meetings differ, each reason with where it holds."""
    return "; ".join(f"{reason} ({where})" for reason, where in _where(grounds)) or None


def _where(grounds: pd.DataFrame) -> list[tuple[str, str]]:
    """Each reason why a meeting is not quite known, with the first five meetings."""
    found = []
    for reason, where in grounds[grounds["ground"] != KNOWN].groupby("reason", sort=False)["activity"]:
        more = f" and {len(where) - 5} more" if len(where) > 5 else ""
        found.append((str(reason), ", ".join(map(str, where.head(5))) + more))
    return found


def expected_precision(
    counted: pd.DataFrame, codebook: Codebook, *, card: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """What share of suggestions is to be expected right, code by code, and on what that rests.

    Parameters
    ----------
    counted
        How many were suggested: ``code``, ``layer``, ``ground`` (of the meeting, as from :func:`meeting_grounds`) and ``n``.
    codebook
        The codes; a pattern's measured precision holds for the patterns that were measured alone.
    card
        Card of the trained coder, if one suggested.

    Returns
    -------
    pandas.DataFrame
        ``counted`` with ``precision``, ``low`` and ``high`` (95 %), and ``rests_on``. Precision is missing where nobody
        measured it: for unmeasured patterns and on other ground.
    """
    with resources.files("nicmethods.coder").joinpath("measured.csv").open(encoding="utf-8") as file:
        measured = pd.read_csv(file, dtype={"patterns": "str"}).set_index(["code", "layer"])
    patterns = {code.id: patterns_mark(code.patterns) for code in codebook.codes}
    rows = []
    for code, layer, ground, n in counted[["code", "layer", "ground", "n"]].itertuples(index=False):
        low, high, precision, rests = np.nan, np.nan, np.nan, "never measured"
        if layer == "trained" and card is not None:
            scores = next((form[code] for form in card["codes"].values() if code in form), None)
            if scores is not None:
                precision, low, high = scores["precision"], scores["precision_low"], scores["precision_high"]
                rests = "the trained coder's held-out meetings"
        elif (code, layer) in measured.index:
            one = measured.loc[(code, layer)]
            if layer != "rules" or one["patterns"] == patterns.get(code):
                precision, low, high, rests = one["precision"], one["low"], one["high"], one["measured_on"]
        if ground == OTHER and layer != "rules" and rests != "never measured":
            precision, low, high = np.nan, np.nan, np.nan
            rests = "unknown here: this is another kind of talk (on lessons precision fell to .17)"
        elif ground == EDGE and np.isfinite(precision):
            rests += "; this talk differs in one thing"
        rows.append((code, layer, ground, n, precision, low, high, rests))
    columns = ["code", "layer", "ground", "n", "precision", "low", "high", "rests_on"]
    return pd.DataFrame(rows, columns=columns)


def trust_said(
    grounds: pd.DataFrame, counted: pd.DataFrame, codebook: Codebook, *, card: Mapping[str, Any] | None = None
) -> list[str]:
    """Say in sentences how far to trust suggestions: which meetings the coder does not know and why, and the precision to expect.

    Parameters
    ----------
    grounds
        One row a meeting: ``activity``, ``ground`` and ``reason``, as from :func:`meeting_grounds`.
    counted
        As for :func:`expected_precision`; codes, layers and grounds may repeat.
    codebook, card
        As for :func:`expected_precision`.

    Returns
    -------
    list of str
        Lines for a reader.
    """
    lines = [f"Not quite the talk that the coder knows: {reason} ({where})." for reason, where in _where(grounds)]
    summed = counted.groupby(["code", "layer", "ground"], sort=False)["n"].sum().reset_index()
    if len(summed):
        lines.append("How many of these to expect right:")
    lines += [f"  {line}" for line in precision_said(expected_precision(summed, codebook, card=card))]
    return lines


def precision_in_short(expected: pd.DataFrame) -> str:
    """Say what is strange about talk, and what precision to expect, in as few words as will do.

    Parameters
    ----------
    expected
        As from :func:`precision_here`.
    """
    said = [f"Not quite the talk that the coder knows: {why}." for why in expected["reason"].dropna().unique()]
    known = expected[expected["precision"].notna()].drop_duplicates(["code", "precision"])
    shares = [
        f"{row['code']} {row['precision']:.2f} [{row['low']:.2f}, {row['high']:.2f}] ({row['rests_on']})"
        for row in known.to_dict("records")
    ]
    unknown = list(dict.fromkeys(expected.loc[expected["precision"].isna(), "code"]))
    said += [f"To expect right in this case: {'; '.join(shares)}."] if shares else []
    said += [f"Not known: {', '.join(unknown)}."] if unknown else []
    return " ".join(said)


def precision_said(expected: pd.DataFrame) -> list[str]:
    """Say what precision to expect, a sentence a row.

    Parameters
    ----------
    expected
        As from :func:`expected_precision` or :func:`precision_here`.
    """
    lines = []
    for row in expected.to_dict("records"):
        known = pd.notna(row["precision"])
        share = f"{row['precision']:.2f} [{row['low']:.2f}, {row['high']:.2f}]" if known else "unknown"
        lines.append(f"{row['code']} ({row['layer']}, {row['n']}): {share}; {row['rests_on']}.")
    return lines


def patterns_mark(patterns: Sequence[Pattern]) -> str:
    """A short mark of a code's patterns, by which a measurement knows them again."""
    return hashlib.sha256(json.dumps(patterns, sort_keys=True).encode()).hexdigest()[:12]
