"""Disagreements settled by people: what is open, one decision more, and the settled set that analyses may use.

Coders' tables are read and never changed; a decision stands beside them with who took it, when and why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.coverage import NOT_CODERS, position_ranges, turns_read
from nicmethods.coding.agreement import disagreements
from nicmethods.errors import MeasureError
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, conform
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from nicmethods.tables.bundles import Coders, Meetings

__all__ = ["Adjudication", "adjudicate", "disputed", "merge_tables", "settle", "undecided"]

_KEY = ["activity", "turn", "code"]
_DETAILS = ["addressee", "reply_to", "seeker", "helper"]
_SPAN = ["start_char", "end_char"]
_DECISIONS = CASE_TABLES["adjudicated"]


@dataclass(frozen=True, repr=False)
class Adjudication:
    """The settled set, and what is left to settle.

    Attributes
    ----------
    codings
        Work table ``codings`` with the coder ``adjudicated``.
    coverage
        Work table ``coverage`` of that coder: turns that somebody read, without those with an undecided code.
    undecided
        As :func:`undecided` gives it.
    conflicts
        Codes that are settled but whose addressee, reply_to, seeker or helper the coders give differently:
        ``activity``, ``turn``, ``code``, ``field``, ``values`` (``coder: value; …``). The field is blank in ``codings``
        until a decision names it.
    """

    codings: pd.DataFrame
    coverage: pd.DataFrame
    undecided: pd.DataFrame
    conflicts: pd.DataFrame

    def __repr__(self) -> str:
        n = len(self.codings), len(self.undecided), len(self.conflicts)
        return "<Adjudication: {} codings, {} undecided, {} conflicts>".format(*n)


@takes
def undecided(meetings: Meetings, coders: Coders) -> pd.DataFrame:
    """List the disagreements that nobody has settled.

    Parameters
    ----------
    meetings
        What was said.
    coders
        Who coded and read what, and what they have settled.

    Returns
    -------
    pandas.DataFrame
        Rows of :func:`~nicmethods.coding.agreement.disagreements` without a decision.
    """
    split = disagreements(meetings, coders)
    return split[~_index(split, _KEY).isin(_index(coders.decisions, _KEY))].reset_index(drop=True)


@takes
def disputed(meetings: Meetings, coders: Coders) -> pd.DataFrame:
    """List where coders differ, or a decision overrules them, and what was decided.

    Parameters
    ----------
    meetings
        What was said.
    coders
        Who coded and read what, and what they have settled.

    Returns
    -------
    pandas.DataFrame
        Run table ``disagreements``, in order of activities and turns; what is not decided is open.
    """
    split = disagreements(meetings, coders)
    names = [name for name in split.columns if name not in _KEY]
    decisions = coders.decisions[[*_KEY, "present", "decided", "reason"]]
    found = split.merge(decisions, on=_KEY, how="outer", validate="many_to_one")
    for said, column in (("yes", "given_by"), ("no", "not_given_by")):
        found[column] = [
            ", ".join(name for name in names if row[name] == said) or None for row in found[names].to_dict("records")
        ]
    order = meetings.turns[["activity", "turn", "position"]]
    found = found.merge(order, on=["activity", "turn"], how="left", validate="many_to_one")
    found = found.assign(state=found["present"].notna().map({True: "decided", False: "open"}))
    return conform(found.sort_values(["activity", "position", "code"], kind="stable"), RUN_TABLES["disagreements"])


def settle(
    decisions: pd.DataFrame,
    *,
    activity: str,
    turn: str,
    code: str,
    present: bool,
    by: str,
    decided: dt.date,
    reason: str,
    **details: str,
) -> pd.DataFrame:
    """Add one decision.

    Parameters
    ----------
    decisions
        Case table ``adjudicated``, possibly empty.
    activity, turn, code
        What is decided.
    present
        Whether the turn carries the code.
    by, decided, reason
        Who decided, when and why; none may be empty.
    **details
        ``addressee``, ``reply_to``, ``seeker`` or ``helper``, where the decision names them.

    Returns
    -------
    pandas.DataFrame
        The decisions with one row more.

    Raises
    ------
    MeasureError
        If the turn and code are decided already, who or why is empty, or a detail is unknown.
    """
    if not by.strip() or not reason.strip():
        raise MeasureError(f"a decision on {activity}/{turn} '{code}' needs who took it and why.")
    unknown = sorted(set(details) - set(_DETAILS))
    if unknown:
        raise MeasureError(f"unknown details: {', '.join(unknown)}. A decision may name {', '.join(_DETAILS)}.")
    earlier = decisions[(decisions[_KEY] == [activity, turn, code]).all(axis=1)]
    if len(earlier):
        who = earlier.iloc[0]
        raise MeasureError(
            f"{activity}/{turn} '{code}' was settled by {who['by']} on {who['decided']:%Y-%m-%d}: {who['reason']}. "
            "Remove that row first if it no longer holds."
        )
    values = {"activity": activity, "turn": turn, "code": code, "present": present, "by": by, "decided": decided}
    row = pd.DataFrame([values | {"reason": reason} | details], columns=_DECISIONS.names)
    return pd.concat([conform(decisions, _DECISIONS), conform(row, _DECISIONS)], ignore_index=True)


@takes
def adjudicate(meetings: Meetings, coders: Coders) -> Adjudication:
    """Make the settled set of codings from coders and decisions.

    A code stands on a turn where everyone who read the turn gave it (one reader is enough), or where a decision says
    so; a decision outweighs the coders even where they agree. Coders who draw other spans keep the code on the whole
    turn; a detail that one coder names and no other contradicts is kept.

    Parameters
    ----------
    meetings
        What was said.
    coders
        Who coded and read what, and what they have settled.

    Returns
    -------
    Adjudication
        The settled set, what is undecided, and details that conflict.

    Raises
    ------
    MeasureError
        If a decision names a turn that there is not.
    """
    turns, decisions = meetings.turns, coders.decisions
    _check_places(decisions, turns)
    left_open = undecided(meetings, coders)
    ruled_out = pd.concat([left_open[_KEY], decisions.loc[~decisions["present"].astype(bool), _KEY]])
    theirs = coders.codings[~coders.codings["coder"].isin(NOT_CODERS)]
    kept = theirs[~_index(theirs, _KEY).isin(_index(ruled_out, _KEY))]
    settled, conflicts = _agreed(kept)
    settled, conflicts = _as_decided(settled, conflicts, decisions[decisions["present"].astype(bool)])
    order = turns[["activity", "turn", "position"]]
    settled = settled.merge(order, on=["activity", "turn"], how="left", validate="many_to_one")
    settled = settled.sort_values(["activity", "position", "code"], kind="stable").assign(coder="adjudicated")
    return Adjudication(
        codings=conform(settled, WORK_TABLES["codings"]),
        coverage=_coverage(coders.coverage[~coders.coverage["coder"].isin(NOT_CODERS)], turns, left_open),
        undecided=left_open,
        conflicts=conflicts,
    )


def merge_tables(first: pd.DataFrame, second: pd.DataFrame, *, key: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Bring two copies of a table together, as when coders send back their folders.

    Parameters
    ----------
    first, second
        Two copies of one table: codings, coverage or decisions.
    key
        Columns that say what a row is about: ``coder, activity, turn, code`` for codings, ``activity, turn, code`` for
        decisions, ``coder, activity`` for coverage.

    Returns
    -------
    tuple
        Every row of both, equal rows once; and the rows of keys that both have with different contents, with ``copy``
        (``first`` or ``second``), for a person to choose from.
    """
    copies = [first.assign(copy="first"), second.assign(copy="second")]
    both = pd.concat(copies, ignore_index=True)
    contents = [column for column in both.columns if column != "copy"]
    distinct = both.drop_duplicates(["copy", *contents])
    n_copies = distinct.groupby(contents, dropna=False)["copy"].transform("size")
    shared = distinct.groupby(list(key), dropna=False)["copy"].transform("nunique") == 2
    conflicts = distinct[shared & (n_copies == 1)].sort_values([*key, "copy"], ignore_index=True)
    return distinct.drop_duplicates(contents)[contents].reset_index(drop=True), conflicts


def _index(table: pd.DataFrame, columns: Sequence[str]) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(table[list(columns)])


def _check_places(decisions: pd.DataFrame, turns: pd.DataFrame) -> None:
    nowhere = decisions[~_index(decisions, _KEY[:2]).isin(_index(turns, _KEY[:2]))]
    if len(nowhere):
        places = "; ".join("/".join(row) for row in nowhere[_KEY[:2]].to_numpy())
        raise MeasureError(f"decisions on turns that there are not: {places}. Correct them, or carry them over.")


def _agreed(codings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One set of rows for each turn and code: as the coders have it, as far as they have the same."""
    rows = codings.assign(memo=codings["coder"] + ": " + codings["memo"])
    alike = _same_of_all(rows, [*_DETAILS, *_SPAN])
    parts, rest = [rows[alike]], rows[~alike]
    alike = _same_of_all(rest, _DETAILS)
    parts.append(rest[alike].drop(columns=_SPAN))
    merged, conflicts = _field_by_field(rest[~alike])
    parts.append(merged)
    columns = [*_KEY, *_SPAN, *_DETAILS]
    table = pd.concat(parts, ignore_index=True).reindex(columns=[*columns, "memo"])
    memos = table.groupby(columns, dropna=False, sort=False)["memo"].agg(_joined)
    return memos.reset_index(), conflicts


def _same_of_all(rows: pd.DataFrame, fields: Sequence[str]) -> pd.Series[bool]:
    """Whether all coders of a turn and code have the same set of rows, by the fields."""
    n_with = rows.groupby([*_KEY, *fields], dropna=False)["coder"].transform("nunique")
    n_all = rows.groupby(_KEY)["coder"].transform("nunique")
    return (n_with == n_all).groupby([rows[column] for column in _KEY]).transform("all").astype(bool)


def _field_by_field(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row for each turn and code with the details that nobody contradicts, and those that somebody does."""
    said = rows.melt([*_KEY, "coder"], _DETAILS, var_name="field", value_name="value").dropna(subset="value")
    n_values = said.groupby([*_KEY, "field"])["value"].transform("nunique")
    split = said[n_values > 1].drop_duplicates()
    listed = (split["coder"] + ": " + split["value"]).groupby([split[column] for column in [*_KEY, "field"]])
    conflicts = listed.agg("; ".join).rename("values").reset_index()
    agreed = said[n_values == 1].drop_duplicates([*_KEY, "field"]).pivot_table("value", _KEY, "field", "first")
    memo = rows.groupby(_KEY)["memo"].agg(_joined).reset_index()
    return memo.merge(agreed.reset_index(), on=_KEY, how="left", validate="one_to_one"), conflicts


def _joined(memos: pd.Series) -> str | None:
    return "; ".join(memos.dropna()) or None


def _as_decided(settled: pd.DataFrame, conflicts: pd.DataFrame, yes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add codes that only a decision gives, and let details that a decision names outweigh the coders'."""
    settled = settled.merge(yes[_KEY], on=_KEY, how="outer", validate="many_to_one")
    named = settled[_KEY].merge(yes[[*_KEY, *_DETAILS]], on=_KEY, how="left", validate="many_to_one")
    for field in _DETAILS:
        settled[field] = named[field].fillna(settled[field])
    decided = yes.melt(_KEY, _DETAILS, var_name="field").dropna(subset="value")
    still = ~_index(conflicts, [*_KEY, "field"]).isin(_index(decided, [*_KEY, "field"]))
    return settled, conflicts[still].reset_index(drop=True)


def _coverage(coverage: pd.DataFrame, turns: pd.DataFrame, left_open: pd.DataFrame) -> pd.DataFrame:
    read = turns_read(coverage, turns[["activity", "turn", "position"]])
    read = read[~_index(read, _KEY[:2]).isin(_index(left_open, _KEY[:2]))]
    named = read.dropna(subset="codebook").groupby("activity")["codebook"]
    books = named.agg("min").where(named.agg("min") == named.agg("max"))
    inferred = read.groupby("activity")["basis"].agg("min")
    ranges = position_ranges(read[["activity", "position"]])
    of = {name: ranges["activity"].map(known) for name, known in (("codebook", books), ("basis", inferred))}
    return conform(ranges.assign(coder="adjudicated", **of), WORK_TABLES["coverage"])
