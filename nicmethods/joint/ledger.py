"""The researchers' verdicts: read, recorded, checked against the evidence they name, compared. Written by people."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from nicmethods.case.surveys import read_table
from nicmethods.coding.agreement import ac1_gwet, alpha_krippendorff, kappa_cohen, percent
from nicmethods.errors import CaseError, MeasureError, Problem
from nicmethods.files.writing import write_atomically
from nicmethods.joint.confidence import resampled_interval
from nicmethods.joint.placement import dyad_subjects
from nicmethods.tables import CASE_TABLES, RUN_TABLES, conform, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from nicmethods.tables.bundles import Meetings, Survey

__all__ = [
    "LEDGER_VERDICTS",
    "check_ledger",
    "compare_researchers",
    "ledger_problems",
    "read_ledger",
    "record_verdict",
    "write_ledger",
]

_TABLE = CASE_TABLES["ledger"]

_OF_PROPOSITIONS, _OF_PAIRS = RUN_TABLES["propositions"]["proposed_verdict"].among, RUN_TABLES["dyads"]["verdict"].among
LEDGER_VERDICTS = tuple(dict.fromkeys((*_OF_PROPOSITIONS, "silence", *_OF_PAIRS)))
"""What a researcher may decide: the verdicts the tool proposes, and ``silence`` or ``open``."""

_COEFFICIENTS = {
    "percent": percent,
    "kappa_cohen": kappa_cohen,
    "alpha_nominal": alpha_krippendorff,
    "ac1_gwet": ac1_gwet,
}
_LEAST_SUBJECTS = 10


def read_ledger(path: Path) -> pd.DataFrame:
    """Read ``ledger.csv``; a file that is not there is an empty ledger.

    Raises
    ------
    CaseError
        With every problem of the file.
    """
    if not path.exists():
        return empty(_TABLE)
    table, problems = read_table(path, path.name, _TABLE, None)
    if any(problem.level == "error" for problem in problems):
        raise CaseError(path.parent.name, problems)
    return table.reset_index(drop=True)


def record_verdict(
    ledger: pd.DataFrame,
    *,
    subject: str,
    researcher: str,
    verdict: str,
    reason: str,
    evidence: Sequence[str],
    meta_inference: str = "",
    decided: dt.date | None = None,
) -> pd.DataFrame:
    """Enter one researcher's verdict on one subject; an earlier one of the same researcher is replaced.

    Parameters
    ----------
    ledger
        Result of :func:`read_ledger`; left as it is.
    subject
        Proposition id, or a pair in an interval as :func:`~nicmethods.joint.placement.dyad_subjects` names it.
    researcher
        Who decides.
    verdict
        One of :data:`LEDGER_VERDICTS`.
    reason
        Why.
    evidence
        Ids of turns (``activity/turn``), ties (``wave/source/target``, the relation before it where several were asked) or
        numbers.
    meta_inference
        What both strands mean together, in the researcher's words; the tool never fills it in.
    decided
        The day; None: left blank.

    Returns
    -------
    DataFrame
        The ledger with the entry, to be kept with :func:`write_ledger`.

    Raises
    ------
    MeasureError
        If the verdict is not in the list, or no evidence is named.
    """
    if verdict not in LEDGER_VERDICTS:
        raise MeasureError(f"verdict '{verdict}' is not one of: {', '.join(LEDGER_VERDICTS)}")
    if not evidence:
        raise MeasureError(f"the verdict on '{subject}' names no evidence; give ids of turns, ties or numbers")
    others = ledger[~((ledger["subject"] == subject) & (ledger["researcher"] == researcher))]
    entry = {
        "subject": subject,
        "researcher": researcher,
        "verdict": verdict,
        "meta_inference": meta_inference or None,
        "reason": reason,
        "evidence": ";".join(evidence),
        "decided": pd.Timestamp(decided) if decided else pd.NaT,
    }
    return pd.concat([others, conform([entry], _TABLE)], ignore_index=True)


def write_ledger(ledger: pd.DataFrame, path: Path) -> None:
    """Write the ledger as csv; the file is replaced whole, never left half-written."""
    text = ledger.reindex(columns=_TABLE.names).to_csv(index=False, date_format="%Y-%m-%d")
    write_atomically(path, text.encode("utf-8"))


@takes
def check_ledger(
    ledger: pd.DataFrame,
    survey: Survey,
    meetings: Meetings,
    *,
    claims: Iterable[str],
    dyads: pd.DataFrame,
    case: str,
    numbers: Iterable[str] = (),
) -> None:
    """Stop if the ledger holds a verdict without evidence, or on evidence or subjects that do not exist.

    Parameters
    ----------
    ledger, survey, meetings, claims, dyads, numbers
        As for :func:`ledger_problems`.
    case
        Name of the case, for the message.

    Raises
    ------
    CaseError
        With every problem, each with its row in ``ledger.csv``.
    """
    problems = ledger_problems(ledger, survey, meetings, claims=claims, dyads=dyads, numbers=numbers)
    if problems:
        raise CaseError(case, problems)


@takes
def ledger_problems(
    ledger: pd.DataFrame,
    survey: Survey,
    meetings: Meetings,
    *,
    claims: Iterable[str],
    dyads: pd.DataFrame,
    numbers: Iterable[str] = (),
) -> list[Problem]:
    """Find verdicts that rest on nothing: without evidence, on evidence or subjects that do not exist.

    Parameters
    ----------
    ledger
        The ledger.
    survey
        A pair without a reported value whose source answered counts: a reported "none" is evidence too.
    meetings
        Its turns are evidence.
    claims
        Ids of propositions, which may be decided on.
    dyads
        Run table; its pairs may be decided on, under the name that :func:`~nicmethods.joint.placement.dyad_subjects` gives.
    numbers
        Ids of numbers that may be evidence.

    Returns
    -------
    list of Problem
        One error per fault, with the row in ``ledger.csv``. Empty if the ledger holds.
    """
    turns, relations = meetings.turns, survey.relations["relation"].tolist()
    known = set(numbers) | set(turns["activity"].str.cat(turns["turn"], sep="/"))
    before = f"{relations[0]}/" if len(relations) > 1 else ""
    reports = [_Reports(survey.only(relation), f"{relation}/" if before else "") for relation in relations]
    legal = {*claims, *dyad_subjects(dyads, survey)}
    problems: list[Problem] = []

    def wrong(row: int, field: str, value: str, message: str) -> None:
        problems.append(Problem("error", "ledger.csv", row, field, value, message))

    for row, entry in enumerate(ledger[["subject", "verdict", "evidence"]].fillna("").itertuples(index=False), start=2):
        subject, verdict, evidence = map(str, entry)
        if subject not in legal:
            said = f"'subject' is '{subject}', which is no proposition and no pair in an interval."
            wrong(row, "subject", subject, f"{said} Correct it, for example {before}W1/W2/E01/E02.")
        if verdict and verdict not in LEDGER_VERDICTS:
            said = f"'verdict' is '{verdict}'; write one of: {', '.join(LEDGER_VERDICTS)}."
            wrong(row, "verdict", verdict, said)
        named = [part.strip() for part in evidence.split(";") if part.strip()]
        if verdict and not named:
            said = f"the verdict on '{subject}' names no evidence."
            wrong(row, "evidence", "", f"{said} Name turns (A1/12), ties ({before}W1/E01/E02) or numbers, joined by ;.")
        for name in named if verdict else ():
            if name not in known and not any(name in one for one in reports):
                said = f"the verdict on '{subject}' rests on '{name}', which does not exist any more. "
                said += "Name evidence that does, or take the verdict back."
                said += f" Of several questions, say which a tie is of ({before}W1/E01/E02)." if before else ""
                wrong(row, "evidence", name, said)
    return problems


class _Reports:
    """Ids of what was reported of one relation: wave/source/target or from_wave/to_wave/source/target, by who answered."""

    def __init__(self, survey: Survey, before: str) -> None:
        ties, responses = survey.ties, survey.responses
        told = responses[responses["responded"].fillna(False).astype(bool)]
        self._before, self._actors = before, set(responses["actor"])
        self._ties = set(ties["wave"].str.cat(ties[["source", "target"]], sep="/"))
        self._answered = set(told["wave"].str.cat(told["actor"], sep="/"))

    def __contains__(self, name: str) -> bool:
        own = name.removeprefix(self._before)
        if not name.startswith(self._before) or own.count("/") not in (2, 3):
            return False
        *waves, source, target = own.split("/")
        reported = target in self._actors and target != source
        return own in self._ties or (reported and all(f"{wave}/{source}" in self._answered for wave in waves))


def compare_researchers(ledger: pd.DataFrame, *, seed: int, n_bootstrap: int = 1000) -> pd.DataFrame:
    """Say how far each two researchers' verdicts agree.

    Parameters
    ----------
    ledger
        The ledger.
    seed
        Seed of the bootstrap over subjects.
    n_bootstrap
        Resamples behind each interval.

    Returns
    -------
    DataFrame
        ``agreement`` of ``RUN_TABLES`` with ``code`` ``verdict``; n are the subjects that both judged. No interval
        below ten subjects.
    """
    given = ledger.dropna(subset="verdict").drop_duplicates(["subject", "researcher"], keep="last")
    table = given.pivot_table(index="subject", columns="researcher", values="verdict", aggfunc="first")
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for pair in combinations(sorted(table.columns), 2):
        both = table[list(pair)].dropna().to_numpy(dtype=object)
        n = len(both)
        draws = rng.integers(0, max(n, 1), (n_bootstrap, n))
        for name, coefficient in _COEFFICIENTS.items():
            row: dict[str, Any] = {
                "code": "verdict",
                "coders": " & ".join(pair),
                "coefficient": name,
                "n": n,
                "resampled": "subjects",
            }
            row["value"] = coefficient(both) if n else np.nan
            row["low"] = row["high"] = np.nan
            row["note"] = f"no interval: fewer than {_LEAST_SUBJECTS} subjects that both judged"
            if n >= _LEAST_SUBJECTS:
                resampled = np.array([coefficient(both[draw]) for draw in draws])
                row["low"], row["high"], row["note"] = resampled_interval(resampled)
            row["note"] = row["note"] or ("undefined: one verdict only" if np.isnan(row["value"]) else None)
            rows.append(row)
    return conform(rows, RUN_TABLES["agreement"])
