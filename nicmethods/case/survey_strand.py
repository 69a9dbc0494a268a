"""The survey strand of a case folder: waves, relations, ties, and who answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.checks import check_ties, known_ids, named_twice
from nicmethods.case.config import TieFile
from nicmethods.case.excluded import excluded_of
from nicmethods.case.people import actors_meant
from nicmethods.case.reader import Reader, file_of
from nicmethods.case.surveys import SurveyFile, read_ties, scale_jumps
from nicmethods.errors import Problem
from nicmethods.tables import WORK_TABLES, Table, conform, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nicmethods.case.config import CaseConfig

__all__ = ["read_survey", "survey_file"]

_KEY = ["relation", "wave", "source", "target"]


def read_survey(
    reader: Reader, config: CaseConfig, roster: pd.DataFrame, people: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Read the survey strand.

    Parameters
    ----------
    reader
        The case folder; problems are kept there.
    config
        Its case.yml.
    roster, people
        Its people, and what their names are spelt like.

    Returns
    -------
    dict
        Work tables ``waves``, ``relations``, ``ties`` and ``responses``, and ``attributes``.
    """
    waves = _typed([(w.id, w.opened, w.closed) for w in config.waves], WORK_TABLES["waves"])
    asked = [(r.name, r.question or None, r.threshold, r.asked.within, r.directed) for r in config.relations]
    relations = _typed(asked, WORK_TABLES["relations"])
    ties, told = _read_ties(reader, config, roster, people)
    listed = reader.table("responses", config.files.responses)
    attributes = reader.table("attributes", config.files.attributes)
    ids = (roster["actor"].tolist(), waves["wave"].tolist(), relations["relation"].tolist())
    for name, table in (("responses", listed), ("attributes", attributes)):
        reader.problems += known_ids(table, *ids, file_of(name, config))
    out = excluded_of(config, roster)
    tables = (waves, relations, roster, ties, told, listed, attributes)
    waves, relations, roster, ties, told, listed, attributes = (out.rows(table) for table in tables)
    if not len(ties):
        reader.warn("ties.csv", "there are no survey ties: the report has no network strand.")
    for relation, rows in ties.groupby("relation", sort=False):
        reader.problems += scale_jumps(rows, waves=waves["wave"].tolist(), relation=str(relation))
    grid = _asked(relations, waves, roster)
    responses = reader.keep(_responses(grid, ties, told, _listed(listed, grid, config), file_of("responses", config)))
    reader.problems += _ties_of_absent(responses, ties)
    return {"waves": waves, "relations": relations, "ties": ties, "responses": responses, "attributes": attributes}


def _typed(rows: Sequence[tuple[object, ...]], table: Table) -> pd.DataFrame:
    return conform(pd.DataFrame(rows, columns=table.names, dtype="object"), table)


def survey_file(mapping: TieFile, config: CaseConfig, roster: pd.DataFrame, people: pd.DataFrame) -> SurveyFile:
    """A survey file with what the case says of its people and scales."""
    only = config.relations[0].name if len(config.relations) == 1 else None
    return SurveyFile(
        mapping.path, mapping, roster["actor"].tolist(), actors_meant(roster, people), only,
        {relation.name: relation.scale for relation in config.relations},
    )  # fmt: skip


def _read_ties(
    reader: Reader, config: CaseConfig, roster: pd.DataFrame, people: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ties of every file, and who answered where the files say so."""
    ids = (roster["actor"].tolist(), [w.id for w in config.waves], [r.name for r in config.relations])
    plain = TieFile(path="ties.csv")
    is_plain = (reader.path / "ties.csv").exists() and all(mapping.path != "ties.csv" for mapping in config.files.ties)
    ties, told = [empty(WORK_TABLES["ties"]).assign(file="")], []
    for mapping in (*config.files.ties, *([plain] if is_plain else ())):
        place = ("ties.csv", "") if mapping is plain else ("case.yml", "files.ties")
        path = reader.locate(mapping.path, named_in=place[0], field=place[1])
        if path is None:
            continue
        reading = read_ties(path, survey_file(mapping, config, roster, people))
        reader.problems += reading.problems
        ties.append(reader.keep(check_ties(reading.ties, *ids, mapping.path)).assign(file=mapping.path))
        told.append(reading.answered)
    together = pd.concat(ties)
    reader.problems += named_twice(together)
    answered = pd.concat(told) if told else pd.DataFrame(columns=["relation", "wave", "actor", "responded"])
    return together[WORK_TABLES["ties"].names].reset_index(drop=True), answered


# Who answered -------------------------------------------------------------------------------------------------------------


def _asked(relations: pd.DataFrame, waves: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Every relation, wave and person, and whether the person belonged to the network then."""
    grid = relations[["relation"]].merge(waves, how="cross").merge(roster[["actor", "joined", "left"]], how="cross")
    opened, closed = grid["opened"].fillna(grid["closed"]), grid["closed"].fillna(grid["opened"])
    return grid.assign(present=~(grid["joined"] > closed) & ~(grid["left"] < opened))


def _listed(listed: pd.DataFrame, grid: pd.DataFrame, config: CaseConfig) -> pd.Series[bool]:
    """What responses.csv says for each row of the grid, else what ``responses:`` of case.yml says; missing: nothing."""
    relations = grid[["relation"]].drop_duplicates()
    about_all = listed[listed["relation"].isna()].drop(columns="relation").merge(relations, how="cross")
    answers = pd.concat([listed[listed["relation"].notna()], about_all]).drop_duplicates(["relation", "wave", "actor"])
    found = grid.merge(answers, on=["relation", "wave", "actor"], how="left", validate="one_to_one")["responded"]
    said = config.responses
    if said is None:
        return found.astype("boolean").set_axis(grid.index)
    by_wave = {"*": ("all",)} if said == "all" else dict(said)
    given = [by_wave.get(wave, by_wave.get("*")) for wave in grid["wave"]]
    ours = [None if who is None else who == ("all",) or actor in who for who, actor in zip(given, grid["actor"], strict=True)]  # fmt: skip
    return found.astype("boolean").set_axis(grid.index).fillna(pd.Series(ours, index=grid.index, dtype="boolean"))


def _responses(
    grid: pd.DataFrame, ties: pd.DataFrame, told: pd.DataFrame, listed: pd.Series[bool], file: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Whether each person belonged and answered: as listed, else as the survey files say, else whoever reports a value."""
    keys = ["relation", "wave", "actor"]
    places = pd.MultiIndex.from_frame(grid[keys])

    def among(rows: pd.DataFrame) -> pd.Series[bool]:
        return pd.Series(places.isin(pd.MultiIndex.from_frame(rows.drop_duplicates())), index=grid.index)

    present = grid["present"]
    names_somebody = among(ties.loc[ties["weight"] > 0, _KEY[:3]])
    says = told.dropna(subset=["responded"])
    in_files = pd.Series(grid.set_index(keys[:2]).index.isin(says.set_index(keys[:2]).index), index=grid.index)
    answered = among(says.loc[says["responded"].astype(bool), keys])
    by_value = among(ties.loc[ties["weight"].notna(), _KEY[:3]]) & ~among(told.loc[told["responded"].isna(), keys])
    inferred = (answered | names_somebody).where(in_files, by_value | names_somebody)
    has_list = grid.assign(listed=listed.notna()).groupby(keys[:2])["listed"].transform("any")
    basis = (has_list | in_files).map({True: "listed", False: "inferred"})
    problems = [
        Problem("error", file, None, "responded", str(row.actor), f"{row.actor} is listed as not having answered in wave '{row.wave}' but names people there. Correct the list or the ties.")
        for row in grid[names_somebody & ~listed.fillna(True)].itertuples()
    ]  # fmt: skip
    unlisted = grid[has_list & ~in_files & listed.isna() & present & ~inferred]
    if len(unlisted):
        who = ", ".join(f"{row.actor} ({row.wave})" for row in unlisted.head(5).itertuples())
        more = ", …" if len(unlisted) > 5 else ""
        message = f"not in the list, and so counted as not answered ({len(unlisted)}): {who}{more}. Add rows."
        problems.append(Problem("warning", file, None, "", "", message))
    problems += _inferred(grid[present & ~inferred & basis.eq("inferred")], grid[basis.eq("inferred")], ties, file)
    result = grid[keys].assign(present=present, responded=listed.fillna(inferred) & present, basis=basis)
    return conform(result, WORK_TABLES["responses"]), problems


def _inferred(silent: pd.DataFrame, guessed: pd.DataFrame, ties: pd.DataFrame, file: str) -> list[Problem]:
    """Say that who answered is not known, and of whom."""
    if not len(ties) or guessed.empty:
        return []
    message = (
        "there is no response list: whoever reports nothing in a wave counts as not having answered; "
        "the other reading is shown beside it. If all answered, write responses: all into case.yml."
    )
    problems = [Problem("warning", file, None, "", "", message)]
    in_all = guessed[guessed["present"]].groupby(["relation", "wave"]).size().to_dict()
    for (relation, wave), rows in silent.groupby(["relation", "wave"], sort=False):
        found = f"{len(rows)} of unknown response, who name nobody: {', '.join(rows['actor'])}"
        found = "there are no answers" if len(rows) == in_all[relation, wave] else found
        problems.append(
            Problem("warning", file, None, "wave", str(wave), f"wave '{wave}', relation '{relation}': {found}.")
        )
    return problems


def _ties_of_absent(responses: pd.DataFrame, ties: pd.DataFrame) -> list[Problem]:
    """Ties of or to people who had not joined yet or had left are kept in the file and used nowhere: say so."""
    key = ["relation", "wave", "actor"]
    away = responses.loc[~responses["present"], key]
    problems = []
    for end, verb in (("source", "names others"), ("target", "is named")):
        found = ties.assign(actor=ties[end]).merge(away, on=key, validate="many_to_one")
        for (wave, actor), rows in found[found["weight"] > 0].groupby(["wave", "actor"]):
            message = f"{actor} {verb} in wave '{wave}' ({len(rows)} in all) but had not joined or had left; these ties are not used."
            problems.append(Problem("warning", "ties.csv", None, end, str(actor), message))
    return problems
