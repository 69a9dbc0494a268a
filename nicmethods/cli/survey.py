"""Taking survey files into a case."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nicmethods.cli.shared import Study, case_folders, stop

if TYPE_CHECKING:
    from nicmethods.case.asking import Says
    from nicmethods.case.taking_in import Taken

__all__ = ["survey"]

_SHOWN = 15


def survey(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files as the survey tool exports them.")],
    case: Annotated[str, typer.Option("--case", help="Case that they go into, by name or path.")],
    study: Study = None,
    wave: Annotated[list[str] | None, typer.Option(help="Wave of the answers; where a column or sheets say it in other words, WAVE=WORD for each.")] = None,
    relation: Annotated[list[str] | None, typer.Option(help="Relation; where a file asks several, RELATION=QUESTION for each.")] = None,
    shape: Annotated[str, typer.Option(help="edges, matrix, wide, lists or graph, where it cannot be told.")] = "",
    who: Annotated[list[str] | None, typer.Option(help="Column of those who answer; twice for two names.")] = None,
    sheet: Annotated[list[str] | None, typer.Option(help="Sheet of a workbook; may be given again.")] = None,
    value: Annotated[list[str] | None, typer.Option(metavar="LABEL=NUMBER", help="What an answer is worth; ? where it says nothing.")] = None,
    person: Annotated[list[str] | None, typer.Option(metavar="NAME=ID", help="Whom a column or spelling means; ? for somebody outside.")] = None,
    nobody: Annotated[list[str] | None, typer.Option(help="Answer or option that means nobody.")] = None,
    blank: Annotated[str, typer.Option(help="What an empty cell means: unknown or zero.")] = "",
    finished: Annotated[list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Which answers were finished; * for any value.")] = None,
    leave_out: Annotated[list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Rows that are no answers; none: leave out nothing.")] = None,
    direction: Annotated[str, typer.Option(help="one-way or mutual; column_names_row for a matrix.")] = "",
    split: Annotated[str, typer.Option(help="What parts the people in one cell.")] = "",
    again: Annotated[str, typer.Option(help="What counts where a tie stands twice: highest or sum.")] = "",
    weight: Annotated[str, typer.Option(help="Column of a list of ties, or attribute of a graph's, that says what each is worth; none.")] = "",
    strength: Annotated[list[str] | None, typer.Option(help="Column that says how strong the ties to those named are; once for each column of names, or none.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: take in what is plain, refuse the rest.")] = False,
) -> None:  # fmt: skip
    """Take survey files into a case: say what each is, show its first ties, copy it and describe it in case.yml."""
    from nicmethods.case.taking_in import look_at, take_in

    (folder,) = case_folders([case], study)
    given = {
        "wave": wave, "relation": relation, "shape": shape, "who": who, "sheet": sheet, "value": value, "person": person, "nobody": nobody,
        "blank": blank, "finished": finished, "leave-out": leave_out, "direction": direction, "split": split,
        "weight": weight, "strength": strength, "again": again,
    }  # fmt: skip
    says: Says = {key: [said] if isinstance(said, str) else list(said) for key, said in given.items() if said}
    paths = [Path(file) for file in files]
    lost = [path for path in paths if not path.is_file()]
    if lost:
        stop(f"There is no file '{lost[0]}'.")
    helpers = [path for path in paths if len(paths) > 1 and _is_helper(path)]
    n_refused = 0
    for path in [path for path in paths if path not in helpers]:
        answers = {key: list(values) for key, values in says.items()}
        taken = look_at(path, folder, answers, beside=helpers)
        while taken.look.asks and not yes and sys.stdin.isatty():
            ask = taken.look.asks[0]
            said = typer.prompt(str(ask))
            answers.setdefault(ask.option, []).append(said)
            taken = look_at(path, folder, answers, beside=helpers)
        _show(taken)
        if not taken.is_plain:
            n_refused += 1
            continue
        if not yes and not typer.confirm(f"Copy {path.name} into {folder.name} and write this into case.yml?"):
            n_refused += 1
            continue
        copy, lines = take_in(taken, folder)
        typer.echo(f"Copied to {copy}. case.yml has, under files: ties:\n{lines}")
    if n_refused:
        raise typer.Exit(1)
    typer.echo(f"Next: nicmethods check {case}")


def _is_helper(path: Path) -> bool:
    """Whether a file only says what another means: Network Canvas' egos, REDCap's dictionary."""
    head = path.read_bytes()[:2000].decode("utf-8", "replace").casefold().split("\n")[0]
    return "variable / field name" in head or ("networkcanvascaseid" in head and "networkcanvasuuid" not in head)


def _show(taken: Taken) -> None:
    """Say what a file is taken for, the first ties, what is wrong, and what has to be said."""
    from nicmethods.case.taking_in import in_words
    from nicmethods.errors import said_once

    found = taken.look
    typer.echo(f"{found.name}: {found.kind or 'not read'}.")
    for reason in found.why:
        typer.echo(f"  why      {reason}")
    if found.refused:
        typer.echo(f"  error    {found.refused}", err=True)
    for line in in_words(taken):
        typer.echo(f"  {line}")
    for said in said_once(taken.problems)[:_SHOWN]:
        typer.echo(f"  {said}", err=said.level == "error")
    for ask in found.asks:
        typer.echo(f"  asked    {ask}", err=True)
    if found.aliases:
        typer.echo("  Lines for people.csv, as proposed; keep what is right (? is somebody outside):\nalias,actor")
        for spelling, actor in dict.fromkeys(found.aliases):
            quoted = f'"{spelling}"' if "," in spelling or '"' in spelling else spelling
            typer.echo(f"{quoted},{actor}")
