"""One researcher's verdict, from the form into ``ledger.csv``: checked, at once, and never over somebody else's."""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import TYPE_CHECKING, Any

from nicmethods.errors import CaseError
from nicmethods.files.writing import write_atomically
from nicmethods.joint.ledger import LEDGER_VERDICTS, ledger_problems, read_ledger, record_verdict
from nicmethods.lab.sheet import Edit, Sheet, new_sheet, parse_sheet, signature_of, write_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

__all__ = ["FIELDS", "LedgerForm", "unusable"]

FIELDS = ("subject", "researcher", "verdict", "meta_inference", "reason", "evidence", "decided")
"""Columns of the ledger; a fault stands at one of them, or at ``file``."""

Fault = dict[str, str]
_UNKEPT = ("Cc", "Cs")


class LedgerForm:
    """The ledger of one case, as somebody fills it in.

    Parameters
    ----------
    folder
        The case folder.
    known
        What subjects and evidence must stand in, as :func:`~nicmethods.joint.ledger.ledger_problems` takes it:
        ``survey``, ``meetings``, ``claims``, ``dyads``.
    say
        Told in words if a change has to wait for another program.
    """

    def __init__(
        self, folder: Path, known: Mapping[str, Any], say: Callable[[str], object] = lambda words: None
    ) -> None:
        self._folder, self._known, self._say = folder, known, say
        self._path = folder / "ledger.csv"
        self._seen = signature_of(self._path)

    def read_ledger(self) -> pd.DataFrame:
        """Give the ledger as it is now, and note that it was seen.

        Raises
        ------
        CaseError
            With every problem, if somebody left the file so that it cannot be read.
        """
        self._seen = signature_of(self._path)
        return read_ledger(self._path)

    def is_changed(self) -> bool:
        """Whether the file was changed elsewhere since it was last read or written here."""
        return self._seen != signature_of(self._path)

    def read_entry(self, subject: str, researcher: str) -> dict[str, Any]:
        """Give what a researcher's form on a subject begins with: as in the ledger, else blank and dated today.

        Returns
        -------
        dict
            :data:`FIELDS` as text, ``evidence`` as a list; ``is_new``; and ``basis``, the rows as they stand in the file,
            to be handed back to :meth:`write_verdict`.
        """
        basis = self._rows(self._read_sheet(), subject, researcher)
        blank = dict.fromkeys(FIELDS, "") | {"decided": dt.date.today().isoformat()}
        cells = {name: basis[-1].get(name, "") for name in FIELDS} if basis else blank
        named = [part.strip() for part in cells["evidence"].split(";") if part.strip()]
        mine = {"subject": subject, "researcher": researcher, "evidence": named, "is_new": not basis, "basis": basis}
        return {**cells, **mine}

    def write_verdict(self, entry: Mapping[str, Any]) -> list[Fault]:
        """Keep a verdict: in place of the same researcher's earlier one on the subject, beside everybody else's.

        Parameters
        ----------
        entry
            As :meth:`read_entry` gives it, filled in.

        Returns
        -------
        list of dict
            ``field`` and ``message`` of each fault; then nothing was written. Empty: it is in the file.
        """
        given = {name: str(entry.get(name) or "") for name in FIELDS if name != "evidence"}
        text = {name: "\n".join(said.splitlines()).strip() for name, said in given.items()}
        evidence = list(dict.fromkeys(part.strip() for part in entry.get("evidence", ()) if part.strip()))
        faults = _faults(text, evidence)
        if faults:
            return faults
        return self._change(
            text["subject"], text["researcher"], entry.get("basis", []),
            lambda ledger: self._recorded(ledger, text, evidence),
        )  # fmt: skip

    def write_withdrawal(self, subject: str, researcher: str, basis: Sequence[Mapping[str, str]]) -> list[Fault]:
        """Take a researcher's verdict on a subject out of the ledger; parameters and faults as for a verdict."""
        return self._change(subject, researcher, basis, lambda _: ([], None))

    def _change(self, subject: str, researcher: str, basis: Any, make: Any) -> list[Fault]:
        try:
            with write_lock(self._folder, self._say):
                sheet = self._read_sheet()
                mine = self._rows(sheet, subject, researcher)
                if mine != list(basis):
                    return [_fault("file", _meanwhile(mine))]
                faults, cells = make(read_ledger(self._path))
                if faults:
                    return list(faults)
                place = next((at for at, row in enumerate(sheet.rows) if row.cells in mine), None)
                edits = [Edit("ledger", row, None) for row in mine]
                kept = {name: cell for row in mine for name, cell in row.items() if name not in FIELDS}
                edits += [Edit("ledger", None, kept | cells, place)] if cells else []
                write_atomically(self._path.resolve(), sheet.edited(edits)[0].text.encode("utf-8"))
                self._seen = signature_of(self._path)
        except CaseError as problems:
            return [_fault("file", f"Nothing was saved: {unusable(problems)}")]
        except OSError as fault:
            return [_fault("file", f"Nothing was saved: ledger.csv cannot be written ({fault.strerror}). Save again.")]
        return []

    def _recorded(
        self, ledger: pd.DataFrame, text: Mapping[str, str], evidence: list[str]
    ) -> tuple[list[Fault], dict[str, str]]:
        """Faults of the new entry, and its cells."""
        decided = dt.date.fromisoformat(text["decided"]) if text["decided"] else None
        new = record_verdict(ledger, **{**text, "evidence": evidence, "decided": decided})  # type: ignore[arg-type]
        problems = ledger_problems(new.iloc[-1:], **self._known)
        faults = [_fault(problem.field, problem.message) for problem in problems]
        return faults, {name: cell for name, cell in {**text, "evidence": ";".join(evidence)}.items() if cell}

    def _read_sheet(self) -> Sheet:
        if not self._path.exists():
            return new_sheet("ledger.csv", FIELDS)
        return parse_sheet(self._path.read_bytes(), "ledger.csv", {"subject", "researcher"})

    @staticmethod
    def _rows(sheet: Sheet, subject: str, researcher: str) -> list[dict[str, str]]:
        """A researcher's rows on a subject, as cells that are not empty."""
        return [
            dict(row) for row in sheet.records if row.get("subject") == subject and row.get("researcher") == researcher
        ]


def unusable(problems: CaseError) -> str:
    """Say what is wrong with a ledger that cannot be read, in one line."""
    told = " ".join(str(problem).removeprefix(problem.level).strip() for problem in problems.problems)
    return f"ledger.csv cannot be used as it is. {told}"


def _fault(field: str, message: str) -> Fault:
    return {"field": field, "message": message}


def _faults(text: Mapping[str, str], evidence: list[str]) -> list[Fault]:
    """What is missing or misspelt in the form itself."""
    faults = []
    if not text["researcher"]:
        faults.append(_fault("researcher", "Write who decides."))
    if text["verdict"] not in LEDGER_VERDICTS:
        wrong = f"'{text['verdict']}' is none of: {', '.join(LEDGER_VERDICTS)}." if text["verdict"] else ""
        faults.append(_fault("verdict", wrong or "Choose a verdict."))
    if not evidence:
        faults.append(_fault("evidence", "A verdict rests on evidence: tick a tie or a turn, or name one."))
    try:
        dt.date.fromisoformat(text["decided"] or "2000-01-01")
    except ValueError:
        faults.append(_fault("decided", f"'{text['decided']}' is no day; write it as 2026-03-31."))
    for name, said in {**text, "evidence": ";".join(evidence)}.items():
        if any(unicodedata.category(mark) in _UNKEPT and mark not in "\n\t" for mark in said):
            faults.append(
                _fault(name, "There is a control character in it, which a csv file cannot keep. Take it out.")
            )
    return faults


def _meanwhile(mine: list[dict[str, str]]) -> str:
    now = f"it now says '{mine[-1].get('verdict', '')}'" if mine else "it is not there any more"
    return (
        "Nothing was saved: this verdict was changed in ledger.csv since the form was opened; "
        f"{now}. Look at it, then save again to put yours in its place."
    )
