"""What can be wrong, said so that a person can mend it: where, which value, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CaseError", "MeasureError", "NicmethodsError", "Problem", "RunError"]

Level = Literal["error", "warning"]


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

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file} row {self.row}"
        return f"{self.level:<8} {place}: {self.message}"


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
        lines = [f"Case '{case}' cannot run: {counts}.", *(f"  {problem}" for problem in self.problems)]
        super().__init__("\n".join(lines))


class MeasureError(NicmethodsError):
    """A measure was asked for something it is not defined on; NaN is for what is undefined in the data."""


class RunError(NicmethodsError):
    """A batch, notebook or page could not be made."""


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
