"""Laying out studies and cases, and checking them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nicmethods.cli import shared
from nicmethods.tables.saying import count_of

if TYPE_CHECKING:
    from nicmethods.case.folder import Case
    from nicmethods.errors import Problem

__all__ = ["check", "init", "new"]


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to lay out; what is there already stays.")],
) -> None:
    """Lay out a study folder: notebooks, codebooks, the demo case."""
    from nicmethods.case.new import write_study

    written = write_study(folder)
    typer.echo(f"{len(written)} files written to {folder.resolve()}.")
    step = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    typer.echo(f"Next: {step}nicmethods run demo    (or: nicmethods new my_case)")


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the case, or a path to the folder to write.")],
    title: Annotated[str, typer.Option(help="Title of the case.")] = "",
    study: shared.Study = None,
) -> None:
    """Write a case folder to fill in, with comments."""
    from nicmethods.case.new import write_new_case

    folder = Path(name) if Path(name).name != name else shared.study_folder(study) / "data" / name
    for path in write_new_case(folder, title=title or folder.name):
        typer.echo(f"wrote {path}")
    typer.echo(f"Fill in case.yml and roster.csv, add what else you have, then: nicmethods check {name}")


def check(
    cases: shared.Cases = None,
    study: shared.Study = None,
    settle: Annotated[
        bool, typer.Option("--settle", help="From now on the transcripts of now are those that were coded.")
    ] = False,
) -> None:
    """Validate cases without running them, and say what a report would lack."""
    from nicmethods.case.folder import read_case
    from nicmethods.case.summary import gaps, unsettled_names, withdrawn
    from nicmethods.errors import CaseError, said_once

    n_bad = 0
    for folder in shared.case_folders(cases, study):
        if settle:
            _settle(folder)
        case, problems = read_case(folder)
        if case is not None:
            claimed = _claim_problems(case)
            wrong = any(problem.level == "error" for problem in claimed)
            problems = (*claimed, *(() if wrong else _ledger_problems(case)), *problems)
        if case is None or any(problem.level == "error" for problem in problems):
            n_bad += 1
            typer.echo(str(CaseError(folder.name, problems)))
            continue
        typer.echo(f"Case '{case.name}' can run: {count_of(len(problems), 'warning')}.")
        lines = [*(f"  {said}" for said in said_once(problems)), *(f"  missing  {gap}" for gap in gaps(case))]
        for line in [*lines, *unsettled_names(case), *(f"  withdrawn  {line}" for line in withdrawn(folder))]:
            typer.echo(line)
    if n_bad:
        raise typer.Exit(1)


def _settle(folder: Path) -> None:
    """Keep the turns of now as those that the codings were made on."""
    from nicmethods.case.as_coded import keep_as_coded
    from nicmethods.case.folder import read_parts

    parts = read_parts(folder)
    if parts is not None:
        coded = {activity for part in ("codings", "suggestions", "adjudicated") for activity in parts[part]["activity"]}
        kept = keep_as_coded(folder, parts["turns"], sorted(coded), anew=True)
        told = ", ".join(kept) or "none"
        typer.echo(f"Case '{folder.name}': {len(kept)} transcripts kept as they are coded ({told}).")


def _claim_problems(case: Case) -> list[Problem]:
    """What is wrong with the propositions that the case is held against."""
    from nicmethods.case.folder import study_file
    from nicmethods.case.propositions import claim_problems

    path = study_file("codebooks", "propositions.yml", case=case.path)
    asked, codes = case.relations["relation"].tolist(), [code.id for code in case.codebook.codes]
    return claim_problems(path, relations=asked, codes=codes, has_hub=len(case.survey.hub) > 0)


def _ledger_problems(case: Case) -> list[Problem]:
    """What is wrong with the researchers' verdicts, which rest on what the strands show together."""
    if case.ledger.empty:
        return []
    from nicmethods.analysis import analyse

    return analyse(case, seed=1).ledger_problems()
