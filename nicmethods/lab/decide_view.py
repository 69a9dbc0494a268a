"""The widget behind :func:`nicmethods.decide`: each claim with its evidence in both strands, and what a person writes goes into the ledger."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import anywidget
import pandas as pd
import traitlets as t

from nicmethods.case.published import public_ledger
from nicmethods.errors import CaseError
from nicmethods.joint.displays import discordant, event_words, side_by_side
from nicmethods.joint.ledger import LEDGER_VERDICTS, read_ledger
from nicmethods.joint.placement import dyad_subjects
from nicmethods.lab.base import Answering, load_assets, records, twin_page
from nicmethods.lab.ledger_form import LedgerForm, unusable
from nicmethods.lab.selection import around, quoted, turns_of
from nicmethods.tables import words

if TYPE_CHECKING:
    from nicmethods.case.folder import Case
    from nicmethods.lab.findings import Findings

__all__ = ["GROUPS", "DecideView", "claim", "subjects"]


GROUPS = ("Propositions", "Pairs in the ledger", "Pairs that ask for a second look")
"""What subjects are listed under."""
_MOST = 150


class DecideView(Answering, anywidget.AnyWidget):
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
        known = {"survey": case.survey, "meetings": case.meetings, "dyads": found.dyads}
        known["claims"] = propositions["proposition"]
        self.form = LedgerForm(case.path, known, say=lambda words: self.set_trait("trouble", words))
        self._ledger = self._published(self.form.read_ledger())
        verdicts = [[name, words(name)] for name in LEDGER_VERDICTS]
        super().__init__(researcher=researcher, title=found.title, verdicts=verdicts)
        self._list()
        self.subject = next((row["id"] for row in self.subjects), "")
        self.on_msg(self._answer)

    def table(self) -> pd.DataFrame:
        """Give the ledger as it is in the file now."""
        return read_ledger(self._case.path / "ledger.csv")

    def twin(self) -> str:
        """Give a static page: each proposition with both strands, and what the ledger says."""
        ledger = self._ledger
        decided = ledger.dropna(subset="verdict").groupby("subject")["verdict"].agg("; ".join)
        shown = self._propositions.assign(researcher_verdict=self._propositions["proposition"].map(decided.to_dict()))
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

    def _ask_around(self, content: dict[str, Any]) -> dict[str, Any]:
        return {"turns": around(self._found, str(content["turn"]))}

    def _ask_open(self, content: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"entry": self.form.read_entry(str(content["subject"]), str(content["researcher"]).strip())}
        except CaseError as problems:
            return {"faults": [{"field": "file", "message": unusable(problems)}]}

    def _ask_save(self, content: dict[str, Any]) -> dict[str, Any]:
        return self._written(content["entry"], self.form.write_verdict(content["entry"]))

    def _ask_withdraw(self, content: dict[str, Any]) -> dict[str, Any]:
        entry = content["entry"]
        basis = entry.get("basis", [])
        return self._written(entry, self.form.write_withdrawal(entry["subject"], entry["researcher"], basis))

    def _written(self, entry: dict[str, Any], faults: list[dict[str, str]]) -> dict[str, Any]:
        """The faults, and the entry as it stands in the file now."""
        if not faults or any(fault["field"] == "file" for fault in faults):
            self._refresh()
        return {"faults": faults, **self._ask_open(entry)}

    def _ask_look(self, _: dict[str, Any]) -> dict[str, Any]:
        is_changed = self.form.is_changed()
        if is_changed:
            self._refresh()
        return {"is_changed": is_changed}


def subjects(found: Findings, propositions: pd.DataFrame, ledger: pd.DataFrame) -> list[dict[str, Any]]:
    """List what may be decided on.

    Parameters
    ----------
    found
        The tables of the case.
    propositions
        Run table, without the ledger.
    ledger
        The ledger as it may be published.

    Returns
    -------
    list of dict
        ``id`` as the ledger has it, ``group`` (one of :data:`GROUPS`), ``label``, ``proposed`` (the rule's verdict) and
        ``by`` (who has decided). A pair of the ledger that is in no interval is listed too, so that it can be corrected.
    """
    in_ledger = [name for name in dict.fromkeys(ledger["subject"]) if name not in set(propositions["proposition"])]
    looked = dyad_subjects(discordant(found.dyads, found.talk, found.turns), found.survey)
    verdicts = found.pairs["verdict"].to_dict()
    by = ledger.dropna(subset="verdict").groupby("subject")["researcher"].agg(list).to_dict()
    listed = [
        *((row.proposition, GROUPS[0], row.statement, row.proposed_verdict) for row in propositions.itertuples()),
        *((name, GROUPS[1], _pair_label(name), verdicts.get(name, "")) for name in in_ledger),
        *((name, GROUPS[2], _pair_label(name), verdicts[name]) for name in looked if name not in set(in_ledger)),
    ]
    return [
        {"id": name, "group": group, "label": label, "proposed": words(proposed), "by": by.get(name, [])}
        for name, group, label, proposed in listed
    ]


def claim(found: Findings, propositions: pd.DataFrame, ledger: pd.DataFrame, subject: str) -> dict[str, Any]:
    """Set the evidence of one subject out, strand by strand.

    Parameters
    ----------
    found, propositions, ledger
        As in :func:`subjects`.
    subject
        A proposition, or a pair in an interval as the ledger names it.

    Returns
    -------
    dict
        ``subject``, ``statement``, ``proposed``; ``network`` and ``talk``: stance, words and numbers, as text; ``rows``: evidence
        that can be named (``id``, ``strand``, ``said``, ``speaker``, ``text``), ties first; ``n_more`` rows that are not
        listed; ``verdicts``: what the ledger has. Nothing in it is an interpretation but what stands in the ledger.
    """
    chosen = propositions[propositions["proposition"].eq(subject)]
    if len(chosen):
        shown = _proposition(found, records(chosen)[0])
    elif subject in found.pairs.index:
        shown = _pair(found, subject)
    else:
        shown = {"statement": f"'{subject}' is no proposition and no pair in an interval.", "proposed": ""} | {
            strand: {"stance": "", "words": "", "numbers": ""} for strand in ("network", "talk")
        }
    rows = shown.pop("rows", [])
    said = ledger[ledger["subject"].eq(subject)]
    return {
        "subject": subject, **shown, "rows": rows[:_MOST], "n_more": max(0, len(rows) - _MOST), "verdicts": records(said)
    }  # fmt: skip


def _pair_label(name: str) -> str:
    """A pair in an interval for people, from its name in the ledger, which may be misspelt."""
    *about, start, end, a, b = ["", *name.split("/")] if name.count("/") in (3, 4) else ["", "", "", "", "", ""]
    return f"{a} and {b}, {start} to {end}" + "".join(f", {one}" for one in about if one) if a else name


def _proposition(found: Findings, row: dict[str, Any]) -> dict[str, Any]:
    strands = {
        key: {"stance": words(row[f"{name}_stance"]), "words": row[f"{name}_evidence"], "claimed": row[f"{name}_claim"]}
        for key, name in (("network", "survey"), ("talk", "talk"), ("together", "together"))
    }
    ties = [name for name in (row["ties"] or "").split(";") if name]
    rows = [*_tie_rows(found, ties), *_turn_rows(found, (row["turns"] or "").split(";"))]
    return {
        "statement": row["statement"],
        "proposed": f"{words(row['proposed_verdict'])}: {row['reason']}",
        **strands,
        "rows": rows,
    }


def _pair(found: Findings, subject: str) -> dict[str, Any]:
    row = found.pairs.loc[subject]
    a, b = row["a"], row["b"]
    before = f"{row['relation']}/" if len(found.relations) > 1 else ""
    about = f", {row['relation']}" if before else ""
    reports = [
        (
            f"{before}{row[f'{end}_wave']}/{source}/{target}",
            f"wave {row[f'{end}_wave']}: {source} on {target}: {weight:g}",
        )
        for end in ("from", "to")
        for source, target, weight in ((a, b, row[f"weight_ab_{end}"]), (b, a, row[f"weight_ba_{end}"]))
        if not pd.isna(weight)
    ]
    events = found.talk.events
    passed = events[events["event"].isin([] if pd.isna(row["events"]) else row["events"].split(";"))]
    turns = list(dict.fromkeys(turn for event in passed.to_dict("records") for turn in turns_of(event)))
    together = f"together in {row['n_together']} activities of the interval, {row['n_together_coded']} of them coded"
    survey = words(row["change"]) + ("" if pd.isna(row["reason"]) else f" ({words(row['reason'])})")
    return {
        "statement": f"{a} and {b}, from {row['from_wave']} to {row['to_wave']}{about}",
        "proposed": words(row["verdict"]),
        "network": {"stance": survey, "words": "; ".join(said for _, said in reports), "claimed": ""},
        "talk": {"stance": f"{len(passed)} coded events", "words": together, "claimed": ""},
        "rows": [
            *({"id": name, "strand": "network", "said": said, "speaker": None, "text": None} for name, said in reports),
            *_turn_rows(found, turns),
        ],
    }


def _tie_rows(found: Findings, ties: list[str]) -> list[dict[str, Any]]:
    """Ties as propositions name them, with what became of each report."""
    ends = [*(["relation"] if len(found.relations) > 1 else []), "from_wave", "to_wave", "source", "target"]
    wanted = pd.DataFrame([name.split("/") for name in ties], columns=ends, dtype="str")
    rows = wanted.merge(found.dyad_change, on=ends, how="left", validate="many_to_one")
    return [
        {"id": name, "strand": "network", "speaker": None, "text": None}
        | {"said": f"{row['source']} on {row['target']}, {row['from_wave']} to {row['to_wave']}: {words(row['kind'])}"
                   f" ({_weight(row['weight_from'])} → {_weight(row['weight_to'])})"}
        for name, row in zip(ties, rows.to_dict("records"), strict=True)
    ]  # fmt: skip


def _weight(value: float) -> str:
    return "?" if pd.isna(value) else f"{value:g}"


def _turn_rows(found: Findings, turns: list[str]) -> list[dict[str, Any]]:
    """Turns with their words, and what was coded there."""
    coded: dict[str, list[str]] = {}
    for event in found.talk.events.to_dict("records"):
        for turn in turns_of(event):
            coded.setdefault(turn, []).append(event_words(event))
    return [
        {"id": row["turn"], "strand": "talk", "speaker": row["speaker"], "text": row["text"]}
        | {"said": "; ".join(dict.fromkeys(coded.get(row["turn"], [])))}
        for row in quoted(found, turns)
    ]
