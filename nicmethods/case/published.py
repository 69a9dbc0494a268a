"""What may leave a case folder: turns and problems without names of people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.people import pseudonymise, pseudonymise_spans
from nicmethods.case.tables import RUN_TABLES

if TYPE_CHECKING:
    from nicmethods.case.folder import Case
    from nicmethods.errors import Problem

__all__ = ["public_actors", "public_codings", "public_ledger", "public_turns", "published_problems"]

_NAMES = ("speaker", "alias", "name")


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
    declared = RUN_TABLES["actors"]
    return actors.reindex(columns=declared.names).astype({column.name: column.dtype for column in declared.columns})


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
    declared = RUN_TABLES["turns"]
    return turns[declared.names].astype({column.name: column.dtype for column in declared.columns})


def public_codings(case: Case, codings: pd.DataFrame) -> pd.DataFrame:
    """Give codings as they may be published: spans moved with the text of :func:`public_turns`, memos left out.

    Parameters
    ----------
    case
        The case.
    codings
        Work table ``codings``.

    Returns
    -------
    DataFrame
        Work table ``codings``. A memo is the coder's own note, which may say anything about anybody.
    """
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
    """List the case's warnings as pages may show them.

    A value that is a spelling of a name is left out of its sentence; names of the roster become actor ids.

    Parameters
    ----------
    case
        The case.

    Returns
    -------
    list of Problem
        In the case's order.
    """
    shown = []
    for problem in case.problems:
        message, value = problem.message, problem.value
        if problem.field in _NAMES and value:
            message, value = message.replace(value, "…"), ""
        texts = pseudonymise(pd.Series([message, value], dtype="str"), case.roster, case.people)
        shown.append(replace(problem, message=texts.iloc[0], value=texts.iloc[1]))
    return shown
