"""The widget behind :func:`nicmethods.decide`: evidence is shown, and what a person writes goes into the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets as t

from nicmethods.case.published import public_ledger
from nicmethods.errors import CaseError
from nicmethods.figures.style import words
from nicmethods.joint.displays import side_by_side
from nicmethods.joint.ledger import LEDGER_VERDICTS, read_ledger
from nicmethods.lab.base import StaticTwin, load_assets, twin_page
from nicmethods.lab.claims import claim, subjects
from nicmethods.lab.ledger_form import LedgerForm, unusable
from nicmethods.lab.selection import around

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from nicmethods.case.folder import Case
    from nicmethods.lab.findings import Findings

__all__ = ["DecideView"]


class DecideView(StaticTwin, anywidget.AnyWidget):
    """The ledger of one case as a form.

    What the form holds goes between browser and kernel as messages and is not kept in the notebook; what is kept there
    is the evidence and the ledger as it may be published.

    Parameters
    ----------
    case
        The case.
    found
        Its tables.
    propositions
        Run table, without the ledger.
    researcher
        Who decides.

    Attributes
    ----------
    subject
        What is decided on.
    researcher
        Who decides.
    """

    _esm, _css = load_assets("parts", "decide")
    subjects: t.List[dict[str, Any]] = t.List().tag(sync=True)
    claim = t.Dict().tag(sync=True)
    subject = t.Unicode().tag(sync=True)
    researcher = t.Unicode().tag(sync=True)
    verdicts: t.List[list[str]] = t.List().tag(sync=True)
    title = t.Unicode().tag(sync=True)
    trouble = t.Unicode().tag(sync=True)

    def __init__(self, case: Case, found: Findings, propositions: pd.DataFrame, *, researcher: str) -> None:
        self._case, self._found, self._propositions = case, found, propositions
        known = {"claims": propositions["proposition"], "dyads": found.dyads}
        self.form = LedgerForm(
            case.path,
            {"survey": case.survey, "meetings": case.meetings, **known},
            say=lambda words: self.set_trait("trouble", words),
        )
        self._ledger = self._published(self.form.read_ledger())
        super().__init__(
            researcher=researcher, title=found.title, verdicts=[[name, words(name)] for name in LEDGER_VERDICTS]
        )
        self._list()
        self.subject = next((row["id"] for row in self.subjects), "")
        self.on_msg(self._answer)

    def table(self) -> pd.DataFrame:
        """Give the ledger as it is in the file now."""
        return read_ledger(self._case.path / "ledger.csv")

    def twin(self) -> str:
        """Give a static page: each proposition with both strands, and what the ledger says."""
        ledger = self._ledger
        decided = ledger.dropna(subset="verdict").groupby("subject").agg(tuple)
        names = self._propositions["proposition"]
        joined = {column: names.map(decided[column].map("; ".join)) for column in ("verdict",)} if len(decided) else {}
        shown = self._propositions.assign(researcher_verdict=joined.get("verdict"))
        columns = ["Proposition", "Survey", "Talk", "Proposed verdict", "Researchers' verdict"]
        return twin_page(
            f"{self.title}: claims and verdicts",
            [self._found.talk.said, *self._found.gaps],
            {
                "Claims": side_by_side(shown.astype({"researcher_verdict": "str"}))[columns],
                "The researchers' verdicts": ledger.drop(columns="decided"),
            },
        )

    @t.validate("subject")
    def _check_subject(self, proposal: Any) -> str:
        name = proposal["value"]
        if name and name not in {row["id"] for row in self.subjects} and name not in self._found.pairs.index:
            raise t.TraitError(f"'subject' is '{name}'; give a proposition, or a pair as W1/W2/E01/E02")
        return str(name)

    @t.observe("subject")
    def _show(self, _: Any) -> None:
        self.claim = claim(self._found, self._propositions, self._ledger, self.subject)

    def _published(self, ledger: pd.DataFrame) -> pd.DataFrame:
        return public_ledger(replace(self._case, ledger=ledger))

    def _list(self) -> None:
        self.subjects = subjects(self._found, self._propositions, self._ledger)

    def _refresh(self) -> None:
        """Take in the file as it is now; if it cannot be read, say why and keep what was seen."""
        try:
            self._ledger = self._published(self.form.read_ledger())
            self.trouble = ""
        except CaseError as problems:
            self.trouble = f"Changed elsewhere: {unusable(problems)}"
            return
        self._list()
        self._show(None)

    def _answer(self, _: Any, content: dict[str, Any], __: Any) -> None:
        """Do what the browser asks for: open a form, keep a verdict, take one back, look whether the file changed."""
        asked: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "open": self._open,
            "save": self._save,
            "withdraw": self._withdraw,
            "look": self._look,
            "around": lambda content: {"turns": around(self._found, str(content["turn"]))},
        }
        if content.get("ask") in asked:
            self.send({"key": content.get("key"), **asked[content["ask"]](content)})

    def _open(self, content: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"entry": self.form.read_entry(str(content["subject"]), str(content["researcher"]).strip())}
        except CaseError as problems:
            return {"faults": [{"field": "file", "message": unusable(problems)}]}

    def _save(self, content: dict[str, Any]) -> dict[str, Any]:
        return self._written(content["entry"], self.form.write_verdict(content["entry"]))

    def _withdraw(self, content: dict[str, Any]) -> dict[str, Any]:
        entry = content["entry"]
        return self._written(
            entry, self.form.write_withdrawal(entry["subject"], entry["researcher"], entry.get("basis", []))
        )

    def _written(self, entry: dict[str, Any], faults: list[dict[str, str]]) -> dict[str, Any]:
        """The faults, and the entry as it stands in the file now."""
        if not faults or any(fault["field"] == "file" for fault in faults):
            self._refresh()
        return {"faults": faults, **self._open(entry)}

    def _look(self, _: dict[str, Any]) -> dict[str, Any]:
        is_changed = self.form.is_changed()
        if is_changed:
            self._refresh()
        return {"is_changed": is_changed}
