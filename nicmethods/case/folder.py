"""A case folder on disk -> a checked, frozen Case. Nothing else reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nicmethods.case.checks import check_people, check_roster
from nicmethods.case.codebook import Codebook, read_codebook
from nicmethods.case.config import CaseConfig, Files, TableFile, TieFile
from nicmethods.case.excluded import check_excluded, excluded_of, withhold_few
from nicmethods.case.places import list_cases, study_file
from nicmethods.case.reader import Reader, file_of
from nicmethods.case.survey_strand import read_survey
from nicmethods.case.talk_strand import read_talk
from nicmethods.errors import CaseError, Problem
from nicmethods.files.yamlfiles import read_checked
from nicmethods.tables.bundles import Coders, Meetings, Survey

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = [
    "Case", "find_case", "keep_at_hand", "list_cases", "load_case", "read_case", "read_identities", "read_parts", "study_file",
]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One network, read and checked.

    Attributes
    ----------
    name, path
        Name of the case and its folder.
    config
        case.yml.
    codebook
        The codebook that its codings use.
    problems
        Warnings; a case with errors is never made.
    roster, waves, relations, ties, responses, attributes
        The survey strand: work tables, as declared in :mod:`nicmethods.tables`. Attributes in ``roster`` are missing
        where ``privacy.min_cell`` of case.yml withholds them.
    activities, attendance, people, turns, codings, coverage, adjudicated, suggestions, spotcheck
        The talk strand. ``roster.name``, ``people.alias``, ``turns.speaker`` and ``turns.text`` hold real names.
    ledger
        The researchers' verdicts.
    """

    name: str
    path: Path
    config: CaseConfig
    codebook: Codebook
    problems: tuple[Problem, ...]
    roster: pd.DataFrame = field(repr=False)
    waves: pd.DataFrame = field(repr=False)
    relations: pd.DataFrame = field(repr=False)
    ties: pd.DataFrame = field(repr=False)
    responses: pd.DataFrame = field(repr=False)
    attributes: pd.DataFrame = field(repr=False)
    activities: pd.DataFrame = field(repr=False)
    attendance: pd.DataFrame = field(repr=False)
    people: pd.DataFrame = field(repr=False)
    turns: pd.DataFrame = field(repr=False)
    codings: pd.DataFrame = field(repr=False)
    coverage: pd.DataFrame = field(repr=False)
    adjudicated: pd.DataFrame = field(repr=False)
    suggestions: pd.DataFrame = field(repr=False)
    spotcheck: pd.DataFrame = field(repr=False)
    ledger: pd.DataFrame = field(repr=False)

    @property
    def has_network(self) -> bool:
        """Whether there are survey ties."""
        return len(self.ties) > 0

    @property
    def has_talk(self) -> bool:
        """Whether there are transcripts."""
        return len(self.turns) > 0

    @property
    def wave_order(self) -> list[str]:
        """Wave ids in order."""
        return self.waves["wave"].tolist()

    @cached_property
    def survey(self) -> Survey:
        """The survey strand as a bundle, missing answers unknown and each relation's own threshold."""
        return Survey(
            roster=self.roster.drop(columns="name", errors="ignore"),
            waves=self.waves,
            relations=self.relations,
            ties=self.ties,
            responses=self.responses,
            attributes=self.attributes,
            roles={str(group): roles for group, roles in self.config.roles.items()},
        )

    @cached_property
    def meetings(self) -> Meetings:
        """What the network did together."""
        return Meetings(activities=self.activities, attendance=self.attendance, turns=self.turns)

    @cached_property
    def coders(self) -> Coders:
        """What each coder coded and read, what they settled, and what the machine suggested."""
        return Coders(
            codings=self.codings,
            coverage=self.coverage,
            decisions=self.adjudicated,
            suggestions=self.suggestions,
            spotcheck=self.spotcheck,
        )


def find_case(name: str) -> Path:
    """Find a case by its name or path, from wherever in a study one stands.

    Parameters
    ----------
    name
        A path to a case folder, or the name of one under ``data/`` of the present folder or a folder above it.

    Returns
    -------
    Path
        The case folder.

    Raises
    ------
    CaseError
        If there is none, with the cases that there are.
    """
    here = Path.cwd()
    studies = [folder / "data" for folder in (here, *here.parents)]
    for folder in (Path(name).expanduser(), *(data / name for data in studies)):
        if (folder / "case.yml").is_file():
            return folder
    there = [case.name for data in studies for case in list_cases(data)]
    hint = f"Cases here: {', '.join(there)}." if there else "There is no case under data/; `nicmethods new` writes one."
    message = f"no case folder of that name or path holds a case.yml. {hint}"
    raise CaseError(name, [Problem("error", name, None, "case", name, message)])


_AT_HAND: list[Callable[[Path], Case | None]] = []


def keep_at_hand(give: Callable[[Path], Case | None]) -> None:
    """Let whoever has read a case already give it to :func:`load_case`; for a batch, which forks its notebooks.

    Parameters
    ----------
    give
        Gives the case of a folder, or None where it has to be read.
    """
    _AT_HAND[:] = [give]


def _given(folder: Path) -> Case | None:
    return next((case for give in _AT_HAND if (case := give(folder)) is not None), None)


def load_case(case: Path | str) -> Case:
    """Read and check a case.

    Parameters
    ----------
    case
        The case folder, or the case's name (:func:`find_case`).

    Returns
    -------
    Case
        The case; ``problems`` holds its warnings.

    Raises
    ------
    CaseError
        With every problem of the case at once, if any is an error.

    Examples
    --------
    >>> import nicmethods as nic
    >>> case = nic.load_case("demo")
    >>> case.survey
    <Survey: 24 people, 3 waves, relation help, 331 reported values; missing answers observed>
    """
    folder = case if isinstance(case, Path) else find_case(case)
    read = _given(folder)
    if read is None:
        read, problems = read_case(folder)
        if read is None:
            raise CaseError(folder.resolve().name, problems)
    return read


def read_case(path: Path | str) -> tuple[Case | None, tuple[Problem, ...]]:
    """Read a case folder without raising.

    Parameters
    ----------
    path
        The case folder.

    Returns
    -------
    tuple
        The case (None if it has errors), and every problem found, errors first.
    """
    reader = Reader(Path(path))
    parts = _read(reader)
    problems = tuple(sorted(reader.problems, key=lambda p: (p.level, p.file, p.row or 0, p.field, p.message)))
    if parts is None or any(problem.level == "error" for problem in problems):
        return None, problems
    return Case(name=reader.path.resolve().name, path=reader.path, problems=problems, **parts), problems


def read_parts(path: Path | str) -> dict[str, Any] | None:
    """Read the tables of a case whatever errors it has, as attributes of :class:`Case`; None where there is no case."""
    return _read(Reader(Path(path)))


def read_identities(path: Path | str) -> tuple[CaseConfig, pd.DataFrame, pd.DataFrame] | None:
    """Read what is needed to know the people of a case by name, and nothing else of it.

    Parameters
    ----------
    path
        The case folder; other parts of it may have errors.

    Returns
    -------
    tuple or None
        case.yml (with nothing but a title where it cannot be used), and the tables ``roster`` and ``people``; None
        where nobody can be read from the roster.
    """
    kept = _given(Path(path))
    if kept is not None:
        return kept.config, kept.roster, kept.people
    reader = Reader(Path(path))
    config, *_ = read_checked(CaseConfig, reader.path / "case.yml", "case.yml")
    config = _with_workbooks(reader, config or CaseConfig(title=reader.path.name))
    roster, people = (reader.table(name, getattr(config.files, name)) for name in ("roster", "people"))
    return None if roster.empty else (config, roster.reset_index(drop=True), people.reset_index(drop=True))


def _read(reader: Reader) -> dict[str, Any] | None:
    if not (reader.path / "case.yml").is_file():
        message = "the file is not there. A case holds case.yml and roster.csv; `nicmethods new` writes both."
        reader.error("case.yml", message)
        return None
    config, _, problems = read_checked(CaseConfig, reader.path / "case.yml", "case.yml")
    reader.problems += problems
    config = _with_workbooks(reader, config) if config else None
    roster = reader.table("roster", config.files.roster if config else None, required=True)
    codebook = _codebook(reader, config.codebook) if config else None
    if config is None or codebook is None:
        return None
    file = file_of("roster", config)
    if roster.empty:
        if not any(problem.file == file for problem in reader.problems):
            reader.error(file, "nobody is listed. Add a row for each person.")
        return None
    reader.problems += check_roster(roster, config, file)
    chosen = {"site": config.site, "role": config.role}
    roster = roster.assign(**{ours: roster[theirs] for ours, theirs in chosen.items() if theirs in roster})
    roster = roster.reset_index(drop=True)
    people = reader.table("people", config.files.people)
    reader.problems += check_people(people, roster["actor"].tolist(), file_of("people", config))
    people = people.reset_index(drop=True)
    talk = read_talk(reader, config, codebook, roster, people)
    survey = read_survey(reader, config, roster, people)
    ledger = reader.table("ledger").reset_index(drop=True)
    out = excluded_of(config, roster)
    reader.problems += check_excluded(config, roster, talk["activities"]["activity"].tolist())
    if out:
        reader.problems = [*out.problems(reader.problems), *out.said(talk["turns"])]
        people, ledger = out.names(roster, people), out.ledger(ledger)
        config, roster, talk = out.config(config), out.rows(roster), out.talk(talk)
    shown, problems = withhold_few(roster, min_cell=config.privacy.min_cell, file=file)
    reader.problems += problems
    return {
        "config": config,
        "codebook": codebook,
        "roster": shown,
        "people": people,
        "ledger": ledger,
        **survey,
        **talk,
    }


def _with_workbooks(reader: Reader, config: CaseConfig) -> CaseConfig:
    """Tables that case.yml does not map and that stand as xlsx where csv is looked for."""
    found: dict[str, Any] = {}
    files = {name: value for name, value in config.files if name != "ties"}
    named = {Path(one.path).name for one in (*filter(None, files.values()), *config.files.ties)}
    for name in Files.model_fields:
        book, text = reader.path / f"{name}.xlsx", reader.path / f"{name}.csv"
        if files.get(name) or book.name in named or not book.exists():
            continue
        if text.exists():
            reader.warn(book.name, f"is not read, because {text.name} is there too. Keep one, or name it in case.yml.")
        else:
            found[name] = (*config.files.ties, TieFile(path=book.name)) if name == "ties" else TableFile(path=book.name)
    return config.model_copy(update={"files": config.files.model_copy(update=found)}) if found else config


def _codebook(reader: Reader, name: str) -> Codebook | None:
    path = study_file("codebooks", f"{name}.yml", case=reader.path)
    if not path.is_file():
        message = f"'codebook' is '{name}', but there is no codebooks/{name}.yml. Add it or correct the name."
        reader.error("case.yml", message, field="codebook", value=name)
        return None
    return reader.keep(read_codebook(path, f"codebooks/{path.name}"))
