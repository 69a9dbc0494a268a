"""What a case leaves out on purpose: people who took back their consent, waves, activities, roles, relations; attributes that few share."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.checks import known
from nicmethods.case.names import parts_of
from nicmethods.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from nicmethods.case.config import CaseConfig

__all__ = ["WITHHELD", "Excluded", "check_excluded", "excluded_of", "few", "published_with", "withhold_few"]

WITHHELD = "[withheld]"
"""Stands for the words of somebody who is withheld; the turn keeps its place and its times."""

_KINDS = {"actor": "people", "source": "people", "target": "people", "wave": "waves", "relation": "relations", "activity": "activities"}  # fmt: skip
_NO_ATTRIBUTES = ("actor", "name", "joined", "left")
_PUBLISHED = ("site", "role", "level")
_SPOKEN_TO = ("addressee", "seeker", "helper")
_TEXTS = (".csv", ".html", ".ipynb", ".js", ".json", ".md", ".svg", ".txt", ".vtt", ".xml")


@dataclass(frozen=True)
class Excluded:
    """What is left out, by id.

    Parameters
    ----------
    people, waves, relations, activities
        Ids; ``people`` holds those of excluded roles too.
    """

    people: frozenset[str] = frozenset()
    waves: frozenset[str] = frozenset()
    relations: frozenset[str] = frozenset()
    activities: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.people or self.waves or self.relations or self.activities)

    def rows(self, table: pd.DataFrame) -> pd.DataFrame:
        """The table without rows about what is left out; who was spoken to becomes blank."""
        for column, kind in _KINDS.items():
            if column in table:
                table = table[~table[column].isin(list(getattr(self, kind)))]
        hidden = {column: table[column].mask(table[column].isin(list(self.people))) for column in _SPOKEN_TO if column in table}  # fmt: skip
        return table.assign(**hidden).reset_index(drop=True)

    def config(self, config: CaseConfig) -> CaseConfig:
        """case.yml without its waves and relations that are left out."""
        waves = tuple(wave for wave in config.waves if wave.id not in self.waves)
        relations = tuple(relation for relation in config.relations if relation.name not in self.relations)
        return config.model_copy(update={"waves": waves, "relations": relations})

    def names(self, roster: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
        """people.csv in which every name of the withheld is open, so that it is found, and replaced by nobody's id."""
        gone = roster[roster["actor"].isin(list(self.people))]
        spellings = [spelling for name in gone["name"].dropna() for spelling in dict.fromkeys((name, *parts_of(name)))]
        opened = people.assign(actor=people["actor"].mask(people["actor"].isin(list(self.people)), "?"))
        added = pd.DataFrame({"alias": spellings, "actor": "?"}, dtype="str")
        return pd.concat([opened, added], ignore_index=True) if len(added) else opened

    def problems(self, problems: Iterable[Problem]) -> list[Problem]:
        """Problems that do not say who is withheld; errors stay as they are."""
        if not self.people:
            return list(problems)
        ids = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(self.people)))})(?!\w)")

        hidden = partial(ids.sub, "(withheld)")
        return [
            replace(one, message=hidden(one.message), value=hidden(one.value), field=hidden(one.field)) if one.level == "warning" else one
            for one in problems
        ]  # fmt: skip

    def talk(self, parts: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        """The talk strand without what is left out: turns of the withheld keep their place and say nothing."""
        turns = parts["turns"]
        silent = turns["actor"].isin(list(self.people))
        places = pd.MultiIndex.from_frame(turns.loc[silent, ["activity", "turn"]])
        for name, table in parts.items():
            if {"activity", "turn"} <= set(table) and len(table) and name != "turns":
                parts = {**parts, name: table[~pd.MultiIndex.from_frame(table[["activity", "turn"]]).isin(places)]}
        turns = turns.assign(
            actor=turns["actor"].mask(silent), speaker=turns["speaker"].mask(silent), text=turns["text"].mask(silent, WITHHELD)
        )  # fmt: skip
        return {name: self.rows(table) for name, table in {**parts, "turns": turns}.items()}

    def ledger(self, ledger: pd.DataFrame) -> pd.DataFrame:
        """The researchers' verdicts that are about nobody and nothing left out."""
        gone = self.people | self.waves | self.relations | self.activities
        about = ledger["subject"].map(lambda subject: not gone & set(str(subject).split("/")))
        kept: Callable[[str], str] = lambda said: ";".join(one for one in said.split(";") if not gone & set(one.split("/")))  # noqa: E731 # fmt: skip
        evidence = ledger["evidence"].map(kept, na_action="ignore")
        return ledger.assign(evidence=evidence)[about.astype(bool)].reset_index(drop=True)

    def said(self, turns: pd.DataFrame) -> list[Problem]:
        """How many people and turns are withheld, and what else is left out; never who."""
        found = []
        if self.people:
            n_turns = int(turns["actor"].isin(list(self.people)).sum())
            people = "1 person" if len(self.people) == 1 else f"{len(self.people)} people"
            verb = "is" if len(self.people) == 1 and not n_turns else "are"
            talk = f" and {n_turns} {'turn' if n_turns == 1 else 'turns'}" if n_turns else ""
            found.append(f"{people}{talk} {verb} withheld (exclude: in case.yml).")
        rest = [f"{kind}: {', '.join(sorted(getattr(self, kind)))}" for kind in ("waves", "relations", "activities") if getattr(self, kind)]  # fmt: skip
        if rest:
            found.append(f"left out by exclude: in case.yml are {'; '.join(rest)}.")
        return [Problem("warning", "case.yml", None, "exclude", "", message) for message in found]


def excluded_of(config: CaseConfig, roster: pd.DataFrame) -> Excluded:
    """What ``exclude:`` of case.yml leaves out, with the people of its roles (a role, or ``hub`` and ``member``)."""
    out = config.exclude
    roles = set(out.roles) | {role for group, roles in config.roles.items() if group in out.roles for role in roles}
    role = roster[config.role] if config.role in roster else pd.Series(index=roster.index, dtype="str")
    people = {*out.people, *roster.loc[role.isin(list(roles)), "actor"]}
    return Excluded(frozenset(people), frozenset(out.waves), frozenset(out.relations), frozenset(out.activities))


def check_excluded(config: CaseConfig, roster: pd.DataFrame, activities: Collection[str]) -> list[Problem]:
    """Check that what is left out exists, and that somebody stays."""
    role = roster[config.role].dropna().unique().tolist() if config.role in roster else []
    there = {
        "people": (roster["actor"].tolist(), "who is not in the roster"),
        "waves": ([wave.id for wave in config.waves], "which is no wave of case.yml"),
        "relations": ([relation.name for relation in config.relations], "which is no relation of case.yml"),
        "roles": ([*role, *config.roles], "which is no role of the roster"),
        "activities": (list(activities), "which is no activity"),
    }
    problems = []
    for kind, (ids, what) in there.items():
        named = pd.DataFrame({f"exclude.{kind}": list(getattr(config.exclude, kind))}, dtype="str")
        problems += [replace(one, row=None) for one in known(named, f"exclude.{kind}", ids, what, "case.yml")]
    if not set(roster["actor"]) - excluded_of(config, roster).people:
        problems.append(Problem("error", "case.yml", None, "exclude", "", "exclude: leaves nobody. Keep somebody."))
    return problems


def published_with(reports: Path, people: Collection[str], names: Collection[str] = ()) -> list[str]:
    """Say which published files hold somebody who has been withdrawn since.

    Parameters
    ----------
    reports
        The case's folder of reports.
    people, names
        Ids and full names.

    Returns
    -------
    list of str
        Files, relative to the folder, in which an id stands as a word or a name as it is written. Pictures cannot be searched.
    """
    words = [*sorted(people), *sorted(names)]
    if not words or not reports.is_dir():
        return []
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)".encode())
    files = (path for path in sorted(reports.rglob("*")) if path.suffix.lower() in _TEXTS and path.is_file())
    return [path.relative_to(reports).as_posix() for path in files if pattern.search(path.read_bytes())]


def few(values: pd.Series, *, min_cell: int) -> list[object]:
    """List the values to withhold so that no small cell is shown and none can be had by subtraction.

    Parameters
    ----------
    values
        One value a person; missing ones are nobody's.
    min_cell
        The least number of people that a shown value must have.

    Returns
    -------
    list
        All values held by fewer people; with them the next smallest ones, until those withheld are at least two and
        together held by ``min_cell`` people. Fewest first, then by name; empty where no cell is small.

    Examples
    --------
    >>> import pandas as pd
    >>> site = pd.Series(["north"] * 9 + ["south"] * 6 + ["hill"] * 5 + ["vale"] * 2)
    >>> few(site, min_cell=5), few(site, min_cell=2), few(site, min_cell=8)
    (['vale', 'hill'], [], ['vale', 'hill', 'south'])
    """
    counts = values.value_counts()
    ordered = sorted(counts.items(), key=lambda held: (held[1], str(held[0])))
    n_small = sum(n < min_cell for _, n in ordered)
    if not n_small:
        return []
    while n_small < len(ordered) and (n_small < 2 or sum(n for _, n in ordered[:n_small]) < min_cell):
        n_small += 1
    return [value for value, _ in ordered[:n_small]]


def withhold_few(roster: pd.DataFrame, *, min_cell: int, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Blank the attributes of people who share them with too few others, in every column of the roster.

    Parameters
    ----------
    roster
        One row a person; ``actor``, ``name``, ``joined`` and ``left`` are no attributes.
    min_cell
        ``privacy.min_cell`` of case.yml; 0 or 1 withholds nothing.
    file
        The roster's file, for problems.

    Returns
    -------
    tuple
        The roster, missing where a value is withheld, and a warning for each attribute with the number of people; another
        one if people still stand out by a combination of site, role and level.
    """
    if min_cell < 2:
        return roster, []
    shown, problems = roster.copy(), []
    for column in [name for name in roster.columns if name not in _NO_ATTRIBUTES]:
        withheld = few(roster[column], min_cell=min_cell)
        if withheld:
            hidden = roster[column].isin(withheld)
            shown[column] = roster[column].mask(hidden)
            message = (
                f"'{column}' is withheld for {hidden.sum()} people: fewer than {min_cell} share it, or a small number "
                "could be had by subtraction (privacy.min_cell). Nothing is said about them by it."
            )
            problems.append(Problem("warning", file, None, str(column), "", message))
    return shown, problems + _stand_out(shown, min_cell, file)


def _stand_out(shown: pd.DataFrame, min_cell: int, file: str) -> list[Problem]:
    together = [column for column in _PUBLISHED if column in shown]
    if len(together) < 2:
        return []
    n_alike = shown.groupby(together, dropna=False)["actor"].transform("size")
    n = int((n_alike < min_cell).sum())
    if not n:
        return []
    message = (
        f"{n} people share their {', '.join(together)} taken together with fewer than {min_cell - 1} others. "
        "privacy.min_cell counts each by itself: who knows the network may recognise them."
    )
    return [Problem("warning", file, None, "", "", message)]
