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
from nicmethods.tables import CASE_TABLES, RUN_TABLES, conform, empty
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from nicmethods.tables.bundles import Meetings, Survey

__all__ = [
    "LEDGER_VERDICTS",
    "check_ledger",
    "compare_researchers",
    "dyad_subjects",
    "ledger_problems",
    "read_ledger",
    "record_verdict",
    "write_ledger",
]

_TABLE = CASE_TABLES["ledger"]

LEDGER_VERDICTS = tuple(
    dict.fromkeys(
        (*RUN_TABLES["propositions"]["proposed_verdict"].among, "silence", *RUN_TABLES["dyads"]["verdict"].among)
    )
)
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
        Proposition id, or a pair in an interval as ``from_wave/to_wave/a/b``.
    researcher
        Who decides.
    verdict
        One of :data:`LEDGER_VERDICTS`.
    reason
        Why.
    evidence
        Ids of turns (``activity/turn``), ties (``wave/source/target``) or numbers.
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


def dyad_subjects(dyads: pd.DataFrame) -> pd.Series[str]:
    """The name of each pair in an interval as the ledger spells it: ``from_wave/to_wave/a/b``."""
    return dyads["from_wave"].str.cat(dyads[["to_wave", "a", "b"]], sep="/")


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
        Run table; its pairs may be decided on, under the name that :func:`dyad_subjects` gives.
    numbers
        Ids of numbers that may be evidence.

    Returns
    -------
    list of Problem
        One error per fault, with the row in ``ledger.csv``. Empty if the ledger holds.
    """
    turns, ties, responses = meetings.turns, survey.ties, survey.responses
    known = set(numbers) | set(turns["activity"].str.cat(turns["turn"], sep="/"))
    known |= set(ties["wave"].str.cat(ties[["source", "target"]], sep="/"))
    told = responses[responses["responded"].fillna(False).astype(bool)]
    answered = set(told["wave"].str.cat(told["actor"], sep="/"))
    actors = set(responses["actor"])
    legal = {*claims, *dyad_subjects(dyads)}
    return [
        Problem("error", "ledger.csv", row, field, value, message)
        for row, entry in enumerate(ledger.to_dict("records"), start=2)
        for field, value, message in _faults(
            entry, legal, lambda name: name in known or _reported(name, answered, actors)
        )
    ]


def _faults(entry: Mapping[Any, Any], legal: set[str], exists: Callable[[str], bool]) -> Iterator[tuple[str, str, str]]:
    """Field, value and message of each fault of one entry."""
    subject, verdict, evidence = (
        "" if pd.isna(entry[field]) else str(entry[field]) for field in ("subject", "verdict", "evidence")
    )
    if subject not in legal:
        yield (
            "subject",
            subject,
            (
                f"'subject' is '{subject}', which is no proposition and no pair in an interval. "
                "Correct it, for example W1/W2/E01/E02."
            ),
        )
    if not verdict:
        return
    if verdict not in LEDGER_VERDICTS:
        yield "verdict", verdict, f"'verdict' is '{verdict}'; write one of: {', '.join(LEDGER_VERDICTS)}."
    named = [part.strip() for part in evidence.split(";") if part.strip()]
    if not named:
        yield (
            "evidence",
            "",
            (
                f"the verdict on '{subject}' names no evidence. "
                "Name turns (A1/12), ties (W1/E01/E02) or numbers, joined by ;."
            ),
        )
    for name in named:
        if not exists(name):
            yield (
                "evidence",
                name,
                (
                    f"the verdict on '{subject}' rests on '{name}', which does not exist any more. "
                    "Name evidence that does, or take the verdict back."
                ),
            )


def _reported(name: str, answered: set[str], actors: set[str]) -> bool:
    """Whether an id names reports: wave/source/target or from_wave/to_wave/source/target, by someone who answered."""
    *waves, source, target = name.split("/") if name.count("/") in (2, 3) else ("", "", "")
    return target in actors and target != source and all(f"{wave}/{source}" in answered for wave in waves)


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
    rows = []
    for pair in combinations(sorted(table.columns), 2):
        both = table[list(pair)].dropna().to_numpy(dtype=object)
        draws = rng.integers(0, max(len(both), 1), (n_bootstrap, len(both)))
        for name, coefficient in _COEFFICIENTS.items():
            value = coefficient(both) if len(both) else np.nan
            low, high, note = _bounds(coefficient, both, draws)
            rows.append(
                {"code": "verdict", "coders": " & ".join(pair), "coefficient": name, "value": value, "low": low}
                | {"high": high, "n": len(both), "resampled": "subjects", "note": note or _undefined(value)}
            )
    return conform(pd.DataFrame(rows, columns=RUN_TABLES["agreement"].names), RUN_TABLES["agreement"])


def _bounds(coefficient: Any, both: Any, draws: Any) -> tuple[float, float, str | None]:
    if len(both) < _LEAST_SUBJECTS:
        return np.nan, np.nan, f"no interval: fewer than {_LEAST_SUBJECTS} subjects that both judged"
    return resampled_interval(np.array([coefficient(both[draw]) for draw in draws]))


def _undefined(value: float) -> str | None:
    return "undefined: one verdict only" if np.isnan(value) else None
