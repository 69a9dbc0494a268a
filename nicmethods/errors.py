"""What can be wrong, said so that a person can mend it: where, which value, what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CaseError", "MeasureError", "NicmethodsError", "Problem", "RunError", "Said", "said_once"]

Level = Literal["error", "warning"]
_MOST_PLACES, _MOST_ALIKE = 3, 20
_VALUE = re.compile(r"'[^']*'")


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong with an input.

    Parameters
    ----------
    level
        ``"error"``: the case does not run. ``"warning"``: it runs and every page lists it.
    file
        File inside the case folder, as a person would name it.
    row
        Row or line in that file, counted as a spreadsheet or editor counts (the header is row 1). None where the
        problem is the file itself.
    field
        Column or key; empty where none is meant.
    value
        The offending value as it stands in the file; empty where none is meant.
    message
        What is wrong and what to do, as one or two sentences.
    """

    level: Level
    file: str
    row: int | None
    field: str
    value: str
    message: str

    @property
    def place(self) -> str:
        """Where it is: the file, its row, and the column where ``field`` says ``column X``."""
        row = "" if self.row is None else f" row {self.row}"
        return f"{self.file}{row}{f' {self.field}' if self.field.startswith('column ') else ''}"

    def __str__(self) -> str:
        return f"{self.level:<8} {self.place}: {self.message}"


@dataclass(frozen=True)
class Said:
    """Equal problems, said once.

    Parameters
    ----------
    level, message
        As in each :class:`Problem`.
    places
        The first three places, in the order of the problems.
    n
        How many there are.
    """

    level: Level
    message: str
    places: tuple[str, ...]
    n: int

    def __str__(self) -> str:
        first = self.places[0]
        again = f" ({self.n} times: {', '.join(self.places)}{', …' if self.n > len(self.places) else ''})"
        return f"{self.level:<8} {first}: {self.message}{again if self.n > 1 else ''}"


def said_once(problems: Iterable[Problem]) -> list[Said]:
    """Say equal problems once, errors first; of problems that differ in their values alone, twenty and how many more there are.

    Examples
    --------
    >>> stranger = "'target' is 'p09', who is not in roster.csv."
    >>> rows = [Problem("error", "ties.csv", row, "target", "p09", stranger) for row in (2, 7, 9, 30)]
    >>> print(*said_once(rows))
    error    ties.csv row 2: 'target' is 'p09', who is not in roster.csv. (4 times: ties.csv row 2, ties.csv row 7, ties.csv row 9, …)
    """
    found: dict[tuple[Level, str], list[str]] = {}
    for problem in problems:
        found.setdefault((problem.level, problem.message), []).append(problem.place)
    said = [
        Said(level, message, tuple(dict.fromkeys(places))[:_MOST_PLACES], len(places))
        for (level, message), places in found.items()
    ]
    alike: dict[tuple[Level, str], list[int]] = {}
    for number, one in enumerate(said):
        alike.setdefault((one.level, _VALUE.sub("…", one.message)), []).append(number)
    dropped = set[int]()
    for kind in (numbers for numbers in alike.values() if len(numbers) > _MOST_ALIKE + 1):
        more = [said[number] for number in kind[_MOST_ALIKE:]]
        message = f"{len(more):,} more like these, with other values. {more[0].message}"
        places = tuple(chain.from_iterable(one.places for one in more[:_MOST_PLACES]))[:_MOST_PLACES]
        said[kind[_MOST_ALIKE]] = Said(more[0].level, message, places, sum(one.n for one in more))
        dropped |= set(kind[_MOST_ALIKE + 1 :])
    kept = (one for number, one in enumerate(said) if number not in dropped)
    return sorted(kept, key=lambda one: one.level != "error")


class NicmethodsError(Exception):
    """Whatever nicmethods raises on purpose."""


class CaseError(NicmethodsError):
    """A case that cannot run, with every problem found in it.

    Parameters
    ----------
    case
        Name of the case folder.
    problems
        Every problem, warnings included.
    """

    def __init__(self, case: str, problems: Iterable[Problem]) -> None:
        self.case = case
        self.problems = tuple(problems)
        n_errors = sum(problem.level == "error" for problem in self.problems)
        n_warnings = len(self.problems) - n_errors
        counts = _count(n_errors, "error") + (f", {_count(n_warnings, 'warning')}" if n_warnings else "")
        lines = [f"Case '{case}' cannot run: {counts}.", *(f"  {said}" for said in said_once(self.problems))]
        super().__init__("\n".join(lines))


class MeasureError(NicmethodsError):
    """A measure was asked for something it is not defined on; NaN is for what is undefined in the data."""


class RunError(NicmethodsError):
    """A batch, notebook or page could not be made."""


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
