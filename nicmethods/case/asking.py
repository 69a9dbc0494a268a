"""A survey file under somebody's eye: what is known of the case, what a person has said, what is found, and what must be asked."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.case.config import TieFile
from nicmethods.case.names import fold
from nicmethods.case.proposals import propose_aliases
from nicmethods.case.surveys import SurveyFile, ends_of, off_scale
from nicmethods.files.cells import parse_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nicmethods.case.config import CaseConfig
    from nicmethods.case.surveys import Named
    from nicmethods.errors import Problem

__all__ = ["NOBODY", "OPTIONS", "Ask", "Eye", "Look", "Says", "plain_words", "quoted", "weight_like"]

Says = dict[str, list[str]]
"""What a person has said, by option: ``{"wave": ["w1"], "relation": ["help=Q12"]}``."""

OPTIONS: dict[str, str] = {
    "wave": "wave of the answers, as in case.yml; where a column or the sheets say it in other words, WAVE=WORD, once for each",
    "relation": "relation of the answers; where a file asks several questions, RELATION=QUESTION, once for each",
    "shape": "edges, matrix, wide, lists or graph",
    "who": "column of those who answer (for a first and a family name, give it twice)",
    "sheet": "sheet of a workbook, or network of a Pajek project",
    "value": "what an answer is worth: LABEL=NUMBER, or LABEL=? where it says nothing",
    "person": "whom a column, code or spelling means: NAME=ID, or NAME=? for somebody outside",
    "nobody": "an option or answer that means nobody, and is a zero for all",
    "weight": "column of a list of ties, or attribute of a graph's, that says what each is worth; none: each is worth 1",
    "strength": "columns that say how strong the ties to those named are, one for each column of names, in order; none",
    "blank": "what an empty cell means: unknown, or zero where the person finished",
    "finished": "answers that were finished: COLUMN=VALUE, or COLUMN=* where any value says so",
    "leave-out": "rows that are no answers: COLUMN=VALUE; none: leave out nothing",
    "direction": "one-way or mutual, where the file does not say; column_names_row for a matrix whose columns answer",
    "split": "what parts the people in one cell",
    "again": "what counts where a tie stands twice: highest or sum",
}
"""What a person may be asked, and the option that says it."""

NOBODY = re.compile(
    r"(none of (the )?(above|these|them)|no ?(body|one)( .*)?|none|i (did|do) not .*(any|anybody|anyone).*)\W*",
    re.IGNORECASE,
)
_CALLED = {
    "wave": re.compile(r"\b(wave|round|time ?point|event name|measurement)\b"),
    "relation": re.compile(r"\b(relation|relationship|question|network|layer|type|kind)\b"),
}
_MOST_LABELS = 12
_MANY, _TITLE = 20, 6


@dataclass(frozen=True)
class Ask:
    """Something that the file does not say: the option that says it, the question, and answers to choose from."""

    option: str
    question: str
    choices: tuple[str, ...] = ()

    def __str__(self) -> str:
        choices = f" ({', '.join(self.choices[:12])}{', …' if len(self.choices) > 12 else ''})" if self.choices else ""
        return f"{self.question}{choices} Say it with --{self.option}."


@dataclass
class Look:
    """What a file is taken for.

    Parameters
    ----------
    name
        The file.
    kind
        What it is taken for, in words; empty if it is not read.
    why
        What decided it, a sentence each.
    mappings
        Entries for ``files: ties:`` of case.yml, one a question or wave, without the path.
    asks
        What a person must say first.
    refused
        Why it cannot be read, and what to do.
    aliases
        Lines for people.csv, as proposed: spelling and id.
    """

    name: str
    kind: str = ""
    why: list[str] = field(default_factory=list)
    mappings: list[dict[str, Any]] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    refused: str = ""
    aliases: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Eye:
    """One file under the eye of the command: what is known of the case, what a person has said, what is found."""

    config: CaseConfig
    roster: pd.DataFrame
    people: pd.DataFrame
    named: Named
    says: Says
    found: Look
    _ids: dict[str, str | None] = field(default_factory=dict)

    def said(self, option: str) -> list[str]:
        """What a person has said to an option."""
        return self.says.get(option, [])

    def alone(self, option: str) -> str:
        """What was said without ``=``, the first of it."""
        return next((one for one in self.said(option) if "=" not in one), "")

    def pairs(self, option: str) -> dict[str, str]:
        """What was said as THEIRS=OURS: labels, codes and spellings, and what they mean."""
        return {left: right for one in self.said(option) for left, sign, right in [one.rpartition("=")] if sign}

    def ours(self, option: str) -> dict[str, list[str]]:
        """What was said as OURS=THEIRS: waves or relations, and how the file calls them."""
        found: dict[str, list[str]] = {}
        for ours, sign, theirs in (one.partition("=") for one in self.said(option)):
            if sign:
                found.setdefault(ours, []).append(theirs)
        return found

    def ids_of(self, option: str) -> list[str]:
        """The waves, or the relations, of case.yml."""
        waves, relations = self.config.waves, self.config.relations
        return [one.id for one in waves] if option == "wave" else [one.name for one in relations]

    def why(self, reason: str) -> None:
        """Note what decided something."""
        self.found.why.append(reason)

    def ask(self, option: str, question: str, choices: Iterable[str] = ()) -> None:
        """Note what has to be said."""
        self.found.asks.append(Ask(option, question, tuple(choices)))

    def refuse(self, why: str | Iterable[Problem]) -> Look:
        """Note why the file cannot be read."""
        faults = () if isinstance(why, str) else (problem for problem in why if problem.level == "error")
        self.found.refused = why if isinstance(why, str) else " ".join(f"{one.place}: {one.message}" for one in faults)
        return self.found

    # People ---------------------------------------------------------------------------------------------------------------

    def file(self, mapping: Mapping[str, Any] | None = None) -> SurveyFile:
        """The file as the mapping says so far."""
        relation = (mapping or {}).get("relation")
        scales = {one.name: one.scale for one in self.config.relations}
        made = TieFile.model_construct(**{**TieFile(path=self.found.name).model_dump(), **(mapping or {})})
        made = made.model_copy(update={"values": {"target": self.pairs("person"), **(mapping or {}).get("values", {})}})
        return SurveyFile(self.found.name, made, self.roster["actor"].tolist(), self.named, relation, scales)

    def say(self, label: str, actor: str) -> None:
        """Note whom a label means, as if a person had said it."""
        self.says.setdefault("person", []).append(f"{label}={actor}")
        self._ids = {}

    def who(self, label: str) -> str | None:
        """Whom a label means: an id, ``?`` for somebody outside; None for nobody that is known."""
        if label not in self._ids:
            self._ids[label] = self.file().ids([label]).get(label)
        return self._ids[label]

    def is_person(self, label: str) -> bool:
        """Whether a label means one person, or one who is outside."""
        return bool(label) and self.who(label) is not None

    def share(self, labels: Iterable[str]) -> float:
        """The share of labels that mean somebody; 0 without any."""
        there = [label for label in labels if label]
        return sum(map(self.is_person, there)) / len(there) if there else 0.0

    def say_strangers(self, labels: Iterable[str], what: str) -> None:
        """Ask about names that mean nobody, with a proposal where one is like somebody's."""
        unknown = Counter(label for label in labels if label and not self.is_person(label))
        if not unknown:
            return
        turns = pd.DataFrame({"speaker": list(unknown), "actor": None}, dtype="str")
        proposed = propose_aliases(turns, self.roster, self.people)
        self.found.aliases += list(zip(proposed["speaker"], proposed["actor"], strict=True))
        some = ", ".join(map(repr, list(unknown)[:5])) + (", …" if len(unknown) > 5 else "")
        self.ask("person", f"{'1 spelling' if len(unknown) == 1 else f'{len(unknown)} spellings'} ({what}) known neither to roster.csv nor to people.csv: {some}. Add lines to people.csv (below), or say whom: SPELLING=ID.")  # fmt: skip

    # Waves, relations, values ---------------------------------------------------------------------------------------------

    def meaning(self, option: str, labels: Iterable[str]) -> dict[str, str]:
        """Which wave (relation) labels mean: as a person said, else the one whose name the label is, or holds as words."""
        said, ids = self.ours(option), self.ids_of(option)
        found = {}
        for label in labels:
            words = f" {plain_words(label)} "
            told = [one for one, theirs in said.items() if fold(label) in map(fold, theirs)]
            equal = [one for one in ids if f" {plain_words(one)} " == words]
            hits = told or equal or [one for one in ids if f" {plain_words(one)} " in words]
            if len(hits) == 1:
                found[label] = hits[0]
        return found

    def column_of(self, option: str, columns: Mapping[str, Iterable[str]], mapping: dict[str, Any]) -> bool:
        """Find the column that says the wave (relation) row by row, and write it into the mapping; ask what its words mean."""
        ids = self.ids_of(option)
        for key, cells in columns.items():
            labels = list(dict.fromkeys(filter(None, cells)))
            words = plain_words(key)
            called = _CALLED[option].search(words) is not None and len(words.split()) <= _TITLE
            if not labels or len(labels) > _MOST_LABELS or not (called or (set(labels) <= set(ids) and not all(map(weight_like, ids)))):  # fmt: skip
                continue
            meant = self.meaning(option, labels)
            if len(meant) < len(labels) and not set(meant.values()) & self.ours(option).keys():
                if len(labels) > 1 and (option == "wave" or not self.alone(option)):
                    self.ask(option, f"Column '{key}' says {', '.join(map(repr, labels))}. Which is which {option}?", [f"{option.upper()}={label}" for label in labels])  # fmt: skip
                    return True
                continue
            mapping.setdefault("columns", {})[option] = key
            spelt = {label: meant.get(label, "?") for label in labels if meant.get(label) != label}
            if spelt:
                mapping.setdefault("values", {})[option] = spelt
            left = [label for label in labels if label not in meant]
            self.why(f"'{key}' says the {option}" + (f"; not read: {', '.join(left)}" if left else ""))
            return True
        return False

    def scale_labels(self) -> set[str]:
        """The words of every relation's scale."""
        return {fold(label) for relation in self.config.relations for label in relation.scale.values()}

    def finish(self, mapping: dict[str, Any], cells: Iterable[str] | None = None, *, full: bool = False) -> None:
        """Ask what answers in cells are worth, and of which wave and relation they are; then the mapping is whole."""
        if cells is not None:
            self._look_at_values(list(cells), mapping, full=full)
        if mapping["shape"] in ("wide", "lists"):
            mapping["blank"] = self.alone("blank") or mapping.get("blank", "unknown")
        if self.pairs("person"):
            mapping.setdefault("values", {}).setdefault("target", self.pairs("person"))
        for option in ("wave", "relation"):
            ids = self.ids_of(option)
            by_row = any(option in mapping.get(said, {}) for said in ("columns", "values"))
            asked = any(ask.option == option for ask in self.found.asks)
            if not (mapping.get(option) or by_row or asked):
                in_name = self.meaning(option, [self.found.name]).get(self.found.name)
                chosen = self.alone(option) or (ids[0] if len(ids) == 1 else in_name)
                if chosen:
                    mapping[option] = chosen
                    if chosen == in_name != self.alone(option) and len(ids) > 1:
                        self.why(f"the file's name says {option} '{in_name}'")
                else:
                    self.ask(option, f"Of which {option} are the answers?", ids)
            if mapping.get(option, ids[0] if ids else "") not in ids:
                self.refuse(f"there is no {option} '{mapping.get(option, '')}' in case.yml; there is {', '.join(ids) or 'none'}. Add it there first.")  # fmt: skip
        self.found.mappings.append(mapping)

    def _look_at_values(self, cells: Sequence[str], mapping: dict[str, Any], *, full: bool) -> None:
        """Ask what answers are worth that neither the scale nor a person has named; `full` says that nothing was left empty."""
        given = self.pairs("value")
        if given:
            mapping.setdefault("values", {})["weight"] = given
        only = self.config.relations[0].name if len(self.config.relations) == 1 else None
        relation = mapping.get("relation") or next(iter(self.ours("relation")), self.alone("relation")) or only
        if not relation:
            return  # asked about first
        file = self.file(mapping)
        scale = file.scales.get(relation, {})
        known = {*file.labels(relation), *map(fold, mapping.get("nobody", ()))}
        counts = Counter(cell for cell in cells if cell and fold(cell) not in known)
        numbers = {cell: value for cell in counts if (value := parse_number(cell)) is not None}
        beyond = off_scale(numbers.values(), scale)
        odd = {cell: "on no scale" for cell in counts if cell not in numbers}
        odd |= {cell: f"beyond the scale ({ends_of(scale)})" for cell, value in numbers.items() if value in beyond}
        odd |= {cell: "below 0" for cell, value in numbers.items() if value < 0}
        for label, why in list(odd.items())[:20]:
            self.ask("value", f"An answer is {label!r} ({counts[label]} times), which is {why}. What is it worth? {label}=NUMBER, {label}=? where it says nothing.")  # fmt: skip
        first = min(numbers, key=lambda cell: numbers[cell], default="")
        if full and first and not odd and not given and scale.get(0) and counts.total() >= _MANY and numbers[first] > 0:
            self.ask("value", f"Nobody answers 0 ('{scale[0]}'), and nothing is left empty. Does the tool count from {first}? {first}=0 and so on for each number; {first}={first} if not.")  # fmt: skip


def plain_words(text: str) -> str:
    """Words of a text in small letters, parted by one blank."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def quoted(words: Iterable[str]) -> str:
    """Words in quotation marks, parted by commas."""
    return ", ".join(f"'{word}'" for word in words)


def weight_like(cell: str) -> bool:
    """Whether a cell is empty or a number."""
    return not cell or parse_number(cell) is not None
