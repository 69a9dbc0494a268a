"""What may leave a case folder: turns and problems without names of people."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.coverage import NOT_CODERS
from nicmethods.case.people import pseudonymise, pseudonymise_spans
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nicmethods.case.folder import Case
    from nicmethods.errors import Problem
    from nicmethods.tables.bundles import Coders

__all__ = [
    "apart_words",
    "coder_codes",
    "public_actors",
    "public_coders",
    "public_codings",
    "public_file_names",
    "public_ledger",
    "public_problems",
    "public_turns",
    "published_problems",
]

_NAMES = ("speaker", "alias", "name")
_CODER_FILE = re.compile(rf"(^|.*/)codings/(?!(?:{'|'.join(NOT_CODERS)})\.)([^/]+)(\.\w+)$")
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


def coder_codes(case: Case) -> dict[str, str]:
    """Give each coder the code that stands for the name wherever a case is published: C1, C2, … by alphabet.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    dict
        Code by the coder's name, as in ``codings/<coder>.csv``.
    """
    names = {*case.codings["coder"], *case.coverage["coder"]} - set(NOT_CODERS)
    return {name: f"C{n}" for n, name in enumerate(sorted(names), start=1)}


def public_coders(case: Case) -> Coders:
    """Give what coders did with codes in place of their names; who took a decision is left out.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    Coders
        The same codings, coverage, decisions and suggestions. Reasons of decisions carry actor ids and coders' codes.
    """
    coders, codes = case.coders, coder_codes(case)
    reasons = pseudonymise(coders.decisions["reason"], case.roster, case.people)
    for name, code in codes.items():
        reasons = reasons.str.replace(rf"\b{re.escape(name)}\b", code, regex=True)
    return replace(
        coders,
        codings=coders.codings.assign(coder=coders.codings["coder"].replace(codes)),
        coverage=coders.coverage.assign(coder=coders.coverage["coder"].replace(codes)),
        decisions=coders.decisions.assign(by="", reason=reasons),
        suggestions=coders.suggestions.assign(by=coders.suggestions["by"].replace(codes)),
    )


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
        One a name, all different: names that would be the same are numbered. Of files of codings, which are named after
        their coders, the names are ``C1``, ``C2``, … by alphabet.

    Examples
    --------
    >>> roster = pd.DataFrame({"actor": ["E03"], "name": ["Dana Miller"]})
    >>> people = pd.DataFrame({"alias": [], "actor": []}, dtype="str")
    >>> public_file_names(["A1.vtt", "danaMiller2.docx", "Dana_Miller 2.docx", "annual.txt"], roster, people)
    ['A1.vtt', 'E03 2.docx', 'E03 2 (2).docx', 'annual.txt']
    """
    found = sorted({match[2] for name in names if (match := _CODER_FILE.match(name))})
    codes = {coder: f"C{n}" for n, coder in enumerate(found, start=1)}
    names = [_CODER_FILE.sub(lambda match: f"{match[1]}codings/{codes[match[2]]}{match[3]}", name) for name in names]
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
    file too. Coders are not named.

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
        place = problem.file
        if coder := _CODER_FILE.match(place):
            message = re.sub(rf"\b{re.escape(coder[2])}\b", "the coder", message)
            place = f"{coder[1]}codings/…{coder[3]}"
        texts = pseudonymise(pd.Series([message, value], dtype="str"), roster, people)
        (file,) = public_file_names([place], roster, people) if not coder else (place,)
        shown.append(replace(problem, file=file, message=texts.iloc[0], value=texts.iloc[1]))
    return shown
