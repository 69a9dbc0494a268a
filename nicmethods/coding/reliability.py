"""A second coder's blind sample: turns drawn for a spreadsheet, read back as codings whose coverage serves agreement alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.coverage import end_turns, position_ranges, turns_read
from nicmethods.coding.sample import draw
from nicmethods.errors import MeasureError, Problem
from nicmethods.tables import CASE_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Collection

    import numpy as np
    from numpy.typing import NDArray

    from nicmethods.case.codebook import Codebook
    from nicmethods.files.cells import Grid

__all__ = ["NONE", "codes_unread", "draw_turns", "of_record", "parse_sheet", "ranges_of", "sheet"]

NONE = "no code"
"""Column that a coder marks where a turn carries none of the codes: a row without any mark was not read."""

_AROUND = 300
_SHOWN = ["activity", "turn", "who", "before", "text", "after"]
_MARKS = {"x", "1", "yes", "y", "true", "ja", "sí", "oui", "✓", "✔"}


def draw_turns(turns: pd.DataFrame, codings: pd.DataFrame, *, n: int, seed: int) -> pd.DataFrame:
    """Draw turns for a second coder, coded and uncoded ones of every activity.

    Parameters
    ----------
    turns, codings
        Work tables; only activities in which somebody coded are drawn from, and only turns with words.
    n
        Turns to draw.
    seed
        Draws them.

    Returns
    -------
    pandas.DataFrame
        ``activity``, ``turn``, ``chance`` (the turn's chance to be drawn: 1 / chance weights it back to the record), in order
        of the talk. The chance tells coded turns from uncoded ones: the coder must not see it.

    Raises
    ------
    MeasureError
        If nothing is coded yet.
    """
    coded = turns["activity"].isin(codings["activity"].unique()) & turns["text"].fillna("").str.contains(
        r"\w", regex=True
    )
    if not coded.any():
        raise MeasureError("nobody has coded yet: there is nothing to compare a second coder with.")
    places = pd.MultiIndex.from_frame(codings[["activity", "turn"]])
    frame = turns[coded].sort_values(["activity", "position"])
    frame = frame.assign(is_coded=pd.MultiIndex.from_frame(frame[["activity", "turn"]]).isin(places))
    return draw(frame, n, ["activity", "is_coded"], seed)[["activity", "turn", "chance"]].reset_index(drop=True)


def sheet(drawn: pd.DataFrame, turns: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Lay drawn turns out for a coder: the turn, what stands around it, and an empty column a code; nobody's codes.

    Parameters
    ----------
    drawn
        From :func:`draw_turns`.
    turns
        Work table.
    codebook
        The codes.
    """
    talk = turns.sort_values(["activity", "position"])
    who = talk["actor"].fillna("?").astype("str")
    said = who + ": " + talk["text"].fillna("").astype("str")
    around = talk.assign(
        who=who,
        before=said.groupby(talk["activity"]).shift(1).fillna("").str[-_AROUND:],
        after=said.groupby(talk["activity"]).shift(-1).fillna("").str[:_AROUND],
    )
    rows = drawn[["activity", "turn"]].merge(around, on=["activity", "turn"], validate="one_to_one")[_SHOWN]
    return rows.assign(**dict.fromkeys((*codebook.ids, NONE, "memo"), ""))


def parse_sheet(
    grid: Grid, name: str, drawn: pd.DataFrame, codebook: Codebook
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Read a coder's sheet.

    Parameters
    ----------
    grid
        Its rows.
    name
        How a person would name it, for problems.
    drawn
        From :func:`draw_turns`: what was given out.
    codebook
        The codes.

    Returns
    -------
    tuple
        Case tables ``codings`` and ``coverage`` (without ``coder``): a row a turn read, for the codes of the sheet, with
        ``purpose`` reliability and the turn's ``chance``; and the problems. Turns without any mark were not read; a mark beside *no code*, a turn that
        was not given out and a cell that is no mark are errors.
    """
    problems: list[Problem] = []

    def wrong(row: int, field: str, value: str, message: str) -> None:
        problems.append(Problem("error", name, row, field, value, message))

    header = next((cells for cells in grid.rows if {"activity", "turn"} <= set(cells)), ())
    if not header:
        wrong(1, "", "", "the first row must hold 'activity' and 'turn', as the sheet was given out.")
        return pd.DataFrame(), pd.DataFrame(), problems
    codes = [code for code in header if code in codebook.ids]
    given = set(zip(drawn["activity"], drawn["turn"], strict=True))
    found, read = [], []
    start = grid.rows.index(header) + 1
    for number, cells in enumerate(grid.rows[start:], start=start + 1):
        values = dict(zip(header, cells, strict=False))
        at = (values.get("activity", ""), values.get("turn", ""))
        if at not in given:
            if any(cells):
                wrong(number, "turn", at[1], f"turn '{at[1]}' of '{at[0]}' was not given out. Take the row away.")
            continue
        marks = {column: values.get(column, "").strip() for column in (*codes, NONE)}
        for column, mark in marks.items():
            if mark and mark.casefold() not in _MARKS:
                wrong(number, column, mark, f"'{column}' is '{mark}'; mark it with x or leave it empty.")
        mine = [code for code in codes if marks[code]]
        if mine and marks[NONE]:
            wrong(number, NONE, "x", f"'{NONE}' and {', '.join(mine)} are both marked. Keep one.")
        if mine or marks[NONE]:
            read.append(at)
            memo = values.get("memo") or None
            found += [{"activity": at[0], "turn": at[1], "code": code, "memo": memo} for code in mine]
    n_open = len(given) - len(set(read))
    if n_open:
        message = (
            f"{n_open} of {len(given)} turns have no mark and count as not read; mark '{NONE}' where no code fits."
        )
        problems.append(Problem("warning", name, None, NONE, "", message))
    places = pd.DataFrame(list(dict.fromkeys(read)), columns=["activity", "turn"])
    coverage = places.merge(drawn[["activity", "turn", "chance"]], on=["activity", "turn"], validate="one_to_one")
    coverage = coverage.rename(columns={"turn": "first_turn"}).assign(last_turn=lambda rows: rows["first_turn"])
    coverage = coverage.assign(codebook=codebook.id, codes=";".join(codes), purpose="reliability")
    return conform(found, CASE_TABLES["codings"]), coverage, problems


def of_record(coverage: pd.DataFrame) -> pd.DataFrame:
    """Coverage that is an opportunity for silence: without turns that were read for reliability alone.

    Examples
    --------
    >>> of_record(pd.DataFrame({"coder": ["a", "b"], "purpose": [None, "reliability"]}))["coder"].tolist()
    ['a']
    """
    return coverage[coverage["purpose"].fillna("record") != "reliability"] if "purpose" in coverage else coverage


def codes_unread(
    coverage: pd.DataFrame, turns: pd.DataFrame, *, coders: Collection[str], codes: Collection[str]
) -> NDArray[np.bool_]:
    """Find codes that a coder did not have when reading a turn: there the answer is unknown, not no.

    Parameters
    ----------
    coverage, turns
        Work tables.
    coders, codes
        Who and what is compared.

    Returns
    -------
    numpy.ndarray
        Turns x coders x codes: True where the coder read the turn only under lists of codes that lack the code, or not at all.
    """
    import numpy as np

    coders, codes = list(coders), list(codes)
    units = turns[["activity", "turn", "position"]].reset_index(drop=True).rename_axis("unit").reset_index()
    seen = np.zeros((len(units), len(coders), len(codes)), dtype=bool)
    listed = coverage.reindex(columns=[*coverage.columns, *({"codes"} - set(coverage.columns))])
    read = turns_read(listed[listed["coder"].isin(coders)], units)
    for had, rows in read.groupby(read["codes"].fillna("")):
        mine = np.array([not had or code in str(had).split(";") for code in codes], dtype=bool)
        places = pd.Index(coders).get_indexer(pd.Index(rows["coder"]))
        seen[rows["unit"].to_numpy()[:, None], places[:, None], np.flatnonzero(mine)] = True
    return ~seen


def ranges_of(coverage: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """Coverage of single turns as ranges of turns that follow each other and had one chance to be drawn."""
    if len(coverage["chance"].unique()) > 1:
        parts = [ranges_of(part, turns) for _, part in coverage.groupby("chance", sort=False, dropna=False)]
        return pd.concat(parts, ignore_index=True)
    places = turns[["activity", "turn", "position"]].rename(columns={"turn": "first_turn"})
    at = coverage.merge(places, on=["activity", "first_turn"], validate="one_to_one")
    spans = position_ranges(at[["activity", "position"]])
    same = coverage.drop(columns=["activity", "first_turn", "last_turn"]).drop_duplicates()
    return spans[["activity"]].assign(**end_turns(spans, turns)).merge(same, how="cross")
