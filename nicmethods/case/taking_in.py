"""A survey file goes into a case: looked at, shown in words, copied, and described in case.yml."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nicmethods.case.asking import Ask, Look
from nicmethods.case.checks import check_ties, named_twice
from nicmethods.case.config import TieFile
from nicmethods.case.folder import read_identities
from nicmethods.case.look import look
from nicmethods.case.people import actors_meant
from nicmethods.case.survey_strand import survey_file
from nicmethods.case.surveys import Reading, read_ties
from nicmethods.errors import CaseError, Problem, said_once
from nicmethods.files.writing import write_atomically
from nicmethods.files.yamlfiles import added_to_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from nicmethods.case.asking import Says
    from nicmethods.case.config import CaseConfig

__all__ = ["Taken", "in_words", "look_at", "take_in"]

FOLDER = "surveys"
"""Where survey files are copied to, in the case folder."""


@dataclass
class Taken:
    """One survey file as it would go into a case.

    Parameters
    ----------
    path
        The file.
    look
        What it is taken for.
    readings
        For each mapping what the file says by it; none while something has to be asked.
    config, roster
        The case.
    """

    path: Path
    look: Look
    config: CaseConfig
    roster: pd.DataFrame
    readings: list[Reading] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with what was read."""
        return [problem for reading in self.readings for problem in reading.problems]

    @property
    def is_plain(self) -> bool:
        """Whether nothing has to be asked and nothing is wrong."""
        faults = [problem for problem in self.problems if problem.level == "error"]
        return bool(self.readings) and not (self.look.asks or self.look.refused or faults)


def look_at(path: Path, case: Path, says: Says, *, beside: Sequence[Path] = ()) -> Taken:
    """Look at a survey file, and read it as it would be read if nothing has to be asked.

    Parameters
    ----------
    path
        The file.
    case
        The case folder; its roster must be readable.
    says
        What a person has said, by option; see :data:`nicmethods.case.asking.OPTIONS`.
    beside
        Files that belong to it.

    Raises
    ------
    CaseError
        If the case has no people yet.
    """
    known = read_identities(case)
    if known is None:
        message = "nobody can be read from the roster. Fill in roster.csv first: answers are matched with it."
        raise CaseError(case.resolve().name, [Problem("error", "roster.csv", None, "", "", message)])
    config, roster, people = known
    named = actors_meant(roster, people)
    found = look(path, beside, config=config, roster=roster, people=people, named=named, says=says)
    taken = Taken(path, found, config, roster)
    if found.mappings and not found.asks and not found.refused:
        for mapping in found.mappings:
            if says.get("again"):
                mapping["again"] = says["again"][0]
            made = TieFile.model_validate({"path": path.name, **mapping})
            reading = read_ties(path, survey_file(made, config, roster, people))
            ids = (roster["actor"].tolist(), [one.id for one in config.waves], [one.name for one in config.relations])
            reading.ties, more = check_ties(reading.ties, *ids, path.name)
            reading.problems = [*reading.problems, *more]
            twice = named_twice(reading.ties, path.name)
            if twice:
                n = "1 tie stands" if len(twice) == 1 else f"{len(twice)} ties stand"
                first = said_once(twice)[0]
                question = f"{n} a second time (first: {first.places[0]}: {first.message.split('. Keep')[0]}). Which value counts?"
                found.asks.append(Ask("again", question, ("highest", "sum")))
            if not reading.problems and not len(reading.ties):
                reading.problems.append(Problem("error", path.name, None, "", "", "no tie and no answer was found."))
            taken.readings.append(reading)
    return taken


def in_words(taken: Taken) -> list[str]:
    """Say the first ties of each question as sentences, and count what was read. For the terminal alone: the lines hold names.

    Parameters
    ----------
    taken
        The file.
    """
    names = dict(zip(taken.roster["actor"], taken.roster["name"].fillna(taken.roster["actor"]), strict=True))
    scales = {relation.name: relation.scale for relation in taken.config.relations}
    lines = []
    for reading in taken.readings:
        for (relation, wave), ties in reading.ties.groupby(["relation", "wave"], sort=False):
            told = ties[ties["weight"] > 0]
            n_zero, n_unknown = int((ties["weight"] == 0).sum()), int(ties["weight"].isna().sum())
            lines.append(f"{relation}, {wave}: {len(told)} ties, {n_zero} reported zeros, {n_unknown} unknown.")
            for tie in told.head(5).itertuples():
                label = scales.get(str(relation), {}).get(float(tie.weight), f"{tie.weight:g}")  # type: ignore[arg-type]
                lines.append(
                    f"  {names.get(tie.source, tie.source)} reports '{label}' to {names.get(tie.target, tie.target)}"
                )
        told_of = reading.answered.dropna(subset=["responded"])
        if len(told_of):
            answered = int(told_of["responded"].astype(bool).sum())
            lines.append(f"  {answered} answered, {len(told_of) - answered} began and did not answer, {len(names) - told_of['actor'].nunique()} are not in the file.")  # fmt: skip
    return lines


def take_in(taken: Taken, case: Path) -> tuple[Path, str]:
    """Copy the file into the case and describe it in case.yml; the file itself stays as it is.

    Parameters
    ----------
    taken
        A file that is plain.
    case
        The case folder.

    Returns
    -------
    tuple
        The copy, and the lines that case.yml was given.

    Raises
    ------
    CaseError
        If the file is there already and described, or case.yml cannot be added to: then the lines to add are said.
    """
    data = taken.path.read_bytes()
    copy = _free_name(case / FOLDER / taken.path.name, data)
    relative = copy.relative_to(case).as_posix()
    text = (case / "case.yml").read_text(encoding="utf-8-sig")
    entries = [{"path": relative, **mapping} for mapping in taken.look.mappings]
    made = [TieFile.model_validate(entry) for entry in entries]
    if any(_are_same(one, other) for one in made for other in taken.config.files.ties):
        message = f"'{relative}' is in case.yml already. Take its entry out to read the file in another way."
        raise CaseError(case.resolve().name, [Problem("error", "case.yml", None, "files.ties", relative, message)])
    for entry in entries:
        added = added_to_list(text, ("files", "ties"), entry)
        if added is None:
            lines = "; ".join(f"- {entry}" for entry in entries)
            message = f"nothing could be added under files: ties: without touching the rest. Add by hand: {lines}"
            raise CaseError(case.resolve().name, [Problem("error", "case.yml", None, "files.ties", "", message)])
        text = added
    copy.parent.mkdir(exist_ok=True)
    if not copy.exists():
        shutil.copyfile(taken.path, copy)
    write_atomically(case / "case.yml", text.encode("utf-8"))
    return copy, "\n".join(_yaml(entry) for entry in entries)


def _are_same(one: TieFile, other: TieFile) -> bool:
    """Whether two entries read the same answers."""
    if (one.path, one.sheet) != (other.path, other.sheet):
        return False
    return one.question == other.question or not set(one.question).isdisjoint(other.question)


def _free_name(path: Path, data: bytes) -> Path:
    """The path, or one with a number where another file has that name."""
    n = 1
    free = path
    while free.exists() and free.read_bytes() != data:
        n += 1
        free = path.with_name(f"{path.stem} {n}{path.suffix}")
    return free


def _yaml(entry: dict[str, Any]) -> str:
    import yaml

    return yaml.safe_dump([entry], default_flow_style=None, allow_unicode=True, sort_keys=False, width=120).rstrip()
