"""What may leave a case folder: turns and problems without names of people."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.people import pseudonymise, pseudonymise_spans
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nicmethods.case.folder import Case
    from nicmethods.errors import Problem

__all__ = [
    "apart_words",
    "public_actors",
    "public_codings",
    "public_file_names",
    "public_ledger",
    "public_problems",
    "public_turns",
    "published_problems",
]

_NAMES = ("speaker", "alias", "name")
_JOINTS = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")


def public_actors(case: Case) -> pd.DataFrame:
    """Give what comparisons across cases need to know of people: ids, never names.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    DataFrame
        Run table ``actors``; ``group`` is blank where case.yml groups the role into neither hub nor member, ``level``
        where the roster has no such column.
    """
    group = {role: name for name, roles in case.config.roles.items() for role in roles}
    actors = case.roster.assign(group=case.roster["role"].map(group))
    return conform(actors, RUN_TABLES["actors"])


def public_file_names(names: Sequence[str], roster: pd.DataFrame, people: pd.DataFrame) -> list[str]:
    """Give file names as they may be published; names of people in them become actor ids.

    Parameters
    ----------
    names
        File names, with or without folders.
    roster, people
        As in :func:`~nicmethods.case.people.pseudonymise`.

    Returns
    -------
    list of str
        One a name, all different: names that would be the same are numbered.

    Examples
    --------
    >>> roster = pd.DataFrame({"actor": ["E03"], "name": ["Dana Miller"]})
    >>> people = pd.DataFrame({"alias": [], "actor": []}, dtype="str")
    >>> public_file_names(["A1.vtt", "danaMiller2.docx", "Dana_Miller 2.docx", "annual.txt"], roster, people)
    ['A1.vtt', 'E03 2.docx', 'E03 2 (2).docx', 'annual.txt']
    """
    apart = pd.Series([apart_words(name) for name in names], dtype="str")
    shown, seen = [], Counter[str]()
    for name, spaced, said in zip(names, apart, pseudonymise(apart, roster, people), strict=True):
        public = name if said == spaced else said
        seen[public] += 1
        stem, dot, ending = public.rpartition(".")
        again = f" ({seen[public]})" if seen[public] > 1 else ""
        shown.append(f"{stem}{again}{dot}{ending}" if dot else f"{public}{again}")
    return shown


def apart_words(name: str) -> str:
    """Put blanks between the words of a file name that are told apart by capitals or figures alone.

    Examples
    --------
    >>> apart_words("danaMiller2024.vtt")
    'dana Miller 2024.vtt'
    """
    return _JOINTS.sub(" ", name)


def public_turns(case: Case) -> pd.DataFrame:
    """Give the talk as it may be published: actors by id, names in the text replaced by ids.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    DataFrame
        Run table ``turns``.
    """
    turns = case.turns.assign(text=pseudonymise(case.turns["text"], case.roster, case.people))
    return conform(turns, RUN_TABLES["turns"])


def public_codings(case: Case, codings: pd.DataFrame) -> pd.DataFrame:
    """Give codings or suggestions as they may be published.

    Spans move with the text of :func:`public_turns`, memos are left out, and the words that a suggestion rests on carry
    pseudonyms as the turns do.

    Parameters
    ----------
    case
        The case.
    codings
        Work table ``codings`` or ``suggestions``.

    Returns
    -------
    DataFrame
        The same table. A memo is the coder's own note, which may say anything about anybody.
    """
    if "basis" in codings:
        return codings.assign(basis=pseudonymise(codings["basis"], case.roster, case.people))
    moved = pseudonymise_spans(codings, case.turns, case.roster, case.people)
    return moved.assign(memo=pd.Series(dtype="str").reindex(moved.index))


def public_ledger(case: Case) -> pd.DataFrame:
    """Give the researchers' verdicts as they may be published: names of the roster become actor ids.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    DataFrame
        Case table ``ledger``.
    """
    texts = {
        column: pseudonymise(case.ledger[column], case.roster, case.people)
        for column in ("researcher", "verdict", "meta_inference", "reason")
    }
    return case.ledger.assign(**texts)


def published_problems(case: Case) -> list[Problem]:
    """List the case's warnings as pages may show them; see :func:`public_problems`.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    list of Problem
        In the case's order.
    """
    return public_problems(case.problems, case.roster, case.people)


def public_problems(problems: Iterable[Problem], roster: pd.DataFrame, people: pd.DataFrame) -> list[Problem]:
    """Give problems of a case as they may be published.

    A value that is a spelling of a name is left out of its sentence; names of the roster become actor ids, in the name of the
    file too.

    Parameters
    ----------
    problems
        The problems.
    roster, people
        As in :func:`~nicmethods.case.people.pseudonymise`.

    Returns
    -------
    list of Problem
        In the same order.
    """
    shown = []
    for problem in problems:
        message, value = problem.message, problem.value
        if problem.field in _NAMES and value:
            message, value = message.replace(value, "…"), ""
        texts = pseudonymise(pd.Series([message, value], dtype="str"), roster, people)
        (file,) = public_file_names([problem.file], roster, people)
        shown.append(replace(problem, file=file, message=texts.iloc[0], value=texts.iloc[1]))
    return shown
