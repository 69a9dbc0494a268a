"""What the desk shows, from tables: turns with their marks, two codings side by side, and a page for where no widget runs."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nicmethods.case.codebook import Codebook

__all__ = ["clock", "described_codes", "described_people", "ranges_of", "shown_turns", "static_page"]

_N_STATIC = 40


def clock(seconds: float) -> str:
    """Write a time as people read it.

    Examples
    --------
    >>> clock(65.2), clock(3725.0), clock(float("nan"))
    ('1:05', '1:02:05', '')
    """
    if pd.isna(seconds):
        return ""
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m}:{s:02}"


def shown_turns(turns: pd.DataFrame) -> list[list[str]]:
    """Give turn, actor (empty where unknown), time and text of each turn, in order.

    Parameters
    ----------
    turns
        Run table ``turns``: pseudonyms in the text.
    """
    columns = turns[["turn", "actor", "text"]].astype("object").fillna("")
    times = turns["start_s"].map(clock)
    return [
        [str(turn), str(actor), time, str(text)]
        for (turn, actor, text), time in zip(columns.to_numpy(), times, strict=True)
    ]


def described_codes(codebook: Codebook) -> list[dict[str, Any]]:
    """Give the codes with their definitions."""
    return [
        {
            "id": code.id,
            "name": code.name,
            "parts": [
                [head, text]
                for head, text in (
                    ("", code.definition),
                    ("Use when", code.use_when),
                    ("Not when", code.not_when),
                    *(("Example", example) for example in code.examples),
                )
                if text
            ],
        }
        for code in codebook.codes
    ]


def described_people(actors: pd.DataFrame) -> dict[str, str]:
    """Say of each person what the roster says without a name, as "teacher, Brook Elementary".

    Parameters
    ----------
    actors
        Run table ``actors``.
    """
    known = actors[["role", "site"]].astype("object")
    return {
        str(actor): ", ".join(str(part) for part in parts if pd.notna(part))
        for actor, parts in zip(actors["actor"], known.to_numpy(), strict=True)
    }


def ranges_of(positions: Iterable[int]) -> list[list[int]]:
    """Put positions together to ranges, both ends included.

    Examples
    --------
    >>> ranges_of({0, 1, 2, 7})
    [[0, 2], [7, 7]]
    """
    ranges: list[list[int]] = []
    for place in sorted(positions):
        if ranges and ranges[-1][1] == place - 1:
            ranges[-1][1] = place
        else:
            ranges.append([place, place])
    return ranges


def static_page(
    title: str, turns: Sequence[Sequence[str]], codes: Mapping[str, Sequence[str]], *, coder: str, n_read: int
) -> str:
    """Give the first turns as an HTML table, for where no widget runs.

    Parameters
    ----------
    title
        What is coded.
    turns
        As from :func:`shown_turns`.
    codes
        Turn -> names of the coder's codes.
    coder
        Who coded.
    n_read
        Turns that the coder read.
    """
    first = turns[:_N_STATIC]
    body = "".join(
        f"<tr><td>{escape(turn)}</td><td>{escape(time)}</td><td>{escape(actor or '?')}</td>"
        f"<td style='text-align:left'>{escape(text)}</td><td>{escape(', '.join(codes.get(turn, ())))}</td></tr>"
        for turn, actor, time, text in first
    )
    shown = f"the first {len(first)} of {len(turns)} turns" if len(turns) > len(first) else f"all {len(turns)} turns"
    said = f"Codings of {coder}: {n_read} of {len(turns)} turns read, {len(codes)} coded. Shown are {shown}; open the notebook in JupyterLab and run the cell to code."
    head = "".join(f"<th scope='col'>{name}</th>" for name in ("turn", "time", "speaker", "text", "codes"))
    return f"<p><strong>{escape(title)}</strong></p><p>{escape(said)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
