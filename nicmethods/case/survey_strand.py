"""The survey strand of a case folder: waves, relations, ties, and who answered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.checks import check_ties, known
from nicmethods.case.people import actors_meant
from nicmethods.case.reader import Reader, file_of
from nicmethods.case.surveys import read_ties, scale_jumps
from nicmethods.tables import WORK_TABLES, Table, conform, empty

if TYPE_CHECKING:
    from nicmethods.case.config import CaseConfig
    from nicmethods.case.surveys import Named

__all__ = ["read_survey"]

_KEY = ["relation", "wave", "source", "target"]
_NOBODY = "who is not in roster.csv"


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
        Work tables ``waves``, ``relations``, ``ties`` and ``responses``.
    """
    waves = _typed([(w.id, w.opened, w.closed) for w in config.waves], WORK_TABLES["waves"])
    relations = _typed(
        [(r.name, r.question or None, r.threshold, r.asked.within, r.directed) for r in config.relations],
        WORK_TABLES["relations"],
    )
    named = partial(actors_meant, roster=roster, people=people)
    ties = _read_ties(reader, config, roster["actor"].tolist(), named)
    if not len(ties):
        reader.warn("ties.csv", "there are no survey ties: the report has no network strand.")
    for relation, rows in ties.groupby("relation", sort=False):
        reader.problems += scale_jumps(rows, waves=waves["wave"].tolist(), relation=str(relation))
    responses = _read_responses(reader, config, roster, waves, relations, ties)
    _check_presence(reader, responses, ties)
    return {"waves": waves, "relations": relations, "ties": ties, "responses": responses}


def _typed(rows: list[tuple[object, ...]], table: Table) -> pd.DataFrame:
    return conform(pd.DataFrame(rows, columns=table.names, dtype="object"), table)


def _read_ties(reader: Reader, config: CaseConfig, actors: list[str], named: Named) -> pd.DataFrame:
    waves, relations = [w.id for w in config.waves], [r.name for r in config.relations]
    only = relations[0] if len(relations) == 1 else None
    parts = []
    for mapping in config.files.ties or ((None,) if (reader.path / "ties.csv").exists() else ()):
        file = mapping.path if mapping else "ties.csv"
        path = reader.locate(file, field="files.ties") if mapping else reader.locate(file, named_in=file)
        if path is None:
            continue
        part = reader.keep(read_ties(path, file, mapping, actors=actors, relation=only, named=named))
        part = reader.keep(check_ties(part, actors, waves, relations, file))
        parts.append(part.assign(file=file))
    if not parts:
        return empty(WORK_TABLES["ties"])
    ties = pd.concat(parts)
    for row, tie in ties[ties.duplicated(_KEY)].iterrows():
        message = f"{tie['source']} names {tie['target']} a second time in wave '{tie['wave']}'. Keep one row."
        reader.error(tie["file"], message, row=int(str(row)), field="target", value=tie["target"])
    return ties[WORK_TABLES["ties"].names].reset_index(drop=True)


def _read_responses(
    reader: Reader,
    config: CaseConfig,
    roster: pd.DataFrame,
    waves: pd.DataFrame,
    relations: pd.DataFrame,
    ties: pd.DataFrame,
) -> pd.DataFrame:
    """Whether each person belonged and answered; without a response list, whoever named somebody."""
    file = file_of("responses", config)
    listed = reader.table("responses", config.files.responses)
    reader.problems += known(listed, "actor", roster["actor"].tolist(), _NOBODY, file)
    reader.problems += known(listed, "wave", waves["wave"].tolist(), "which is no wave of case.yml", file)
    reader.problems += known(
        listed, "relation", relations["relation"].tolist(), "which is no relation of case.yml", file
    )
    grid = relations[["relation"]].merge(waves, how="cross").merge(roster[["actor", "joined", "left"]], how="cross")
    opened, closed = grid["opened"].fillna(grid["closed"]), grid["closed"].fillna(grid["opened"])
    present = ~(grid["joined"] > closed) & ~(grid["left"] < opened)
    namers = pd.MultiIndex.from_frame(ties.loc[ties["weight"] > 0, _KEY[:3]].drop_duplicates())
    names_somebody = pd.Series(pd.MultiIndex.from_frame(grid[["relation", "wave", "actor"]]).isin(namers), grid.index)
    if len(listed):
        answered = _listed_answers(listed, grid, relations)
        _check_answers(reader, grid, answered, present, names_somebody, file)
        responded = answered.fillna(names_somebody)
    else:
        responded = names_somebody
        _say_inferred(reader, grid[present & ~names_somebody], ties, file)
    result = grid[["relation", "wave", "actor"]].assign(
        present=present, responded=responded & present, basis="listed" if len(listed) else "inferred"
    )
    return conform(result, WORK_TABLES["responses"])


def _listed_answers(listed: pd.DataFrame, grid: pd.DataFrame, relations: pd.DataFrame) -> pd.Series[bool]:
    """Flag for each row of the grid, missing where the list has no row; a row without a relation is about all."""
    about_all = listed[listed["relation"].isna()].drop(columns="relation").merge(relations[["relation"]], how="cross")
    answers = pd.concat([listed[listed["relation"].notna()], about_all]).drop_duplicates(["relation", "wave", "actor"])
    found = grid.merge(answers, on=["relation", "wave", "actor"], how="left", validate="one_to_one")["responded"]
    return found.astype("boolean").set_axis(grid.index)


def _check_answers(
    reader: Reader,
    grid: pd.DataFrame,
    answered: pd.Series[bool],
    present: pd.Series[bool],
    names_somebody: pd.Series[bool],
    file: str,
) -> None:
    for row in grid[names_somebody & ~answered.fillna(True)].itertuples():
        message = (
            f"{row.actor} is listed as not having answered in wave '{row.wave}' but names people there. "
            "Correct the list or the ties."
        )
        reader.error(file, message, field="responded", value=str(row.actor))
    unlisted = grid[answered.isna() & present & ~names_somebody]
    if len(unlisted):
        who = ", ".join(f"{row.actor} ({row.wave})" for row in unlisted.head(5).itertuples())
        more = ", …" if len(unlisted) > 5 else ""
        reader.warn(file, f"not in the list, and so counted as not answered ({len(unlisted)}): {who}{more}. Add rows.")


def _say_inferred(reader: Reader, silent: pd.DataFrame, ties: pd.DataFrame, file: str) -> None:
    if not len(ties):
        return
    reader.warn(
        file,
        "there is no response list: whoever names nobody in a wave counts as not having answered; "
        "the other reading is shown beside it.",
    )
    for (relation, wave), rows in silent.groupby(["relation", "wave"], sort=False):
        who = ", ".join(rows["actor"])
        message = f"wave '{wave}', relation '{relation}': {len(rows)} of unknown response, who name nobody: {who}."
        reader.warn(file, message, field="wave", value=str(wave))


def _check_presence(reader: Reader, responses: pd.DataFrame, ties: pd.DataFrame) -> None:
    """Ties of or to people who had not joined yet or had left are kept in the file and used nowhere: say so."""
    away = responses.loc[~responses["present"], ["relation", "wave", "actor"]]
    for end in ("source", "target"):
        found = ties.merge(
            away, left_on=["relation", "wave", end], right_on=["relation", "wave", "actor"], validate="many_to_one"
        )
        for (wave, actor), rows in found[found["weight"] > 0].groupby(["wave", "actor"]):
            verb = "names others" if end == "source" else "is named"
            message = f"{actor} {verb} in wave '{wave}' ({len(rows)} in all) but had not joined or had left; these ties are not used."
            reader.warn("ties.csv", message, field=end, value=str(actor))
