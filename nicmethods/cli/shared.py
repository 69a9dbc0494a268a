"""What the commands share: options, and where the study, its cases and its notebooks are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable

START = "00_start"
"""The notebook that `make lab` opens, which leads on to the others."""

Cases = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CASE]...", help="Names under data/, or paths. None: every case of the study."),
]
OneCase = Annotated[str, typer.Argument(metavar="CASE", help="Name under data/, or a path.")]
Study = Annotated[
    Path | None,
    typer.Option("--study", help="Study folder (data/, notebooks/, reports/). Default: the one you stand in."),
]
Reports = Annotated[Path | None, typer.Option("--reports", help="Where reports go. Default: reports/ in the study.")]
Model = Annotated[Path | None, typer.Option("--model", help="Folder of a trained coder.")]
Seed = Annotated[int, typer.Option(help="Seed.")]


def study_folder(given: Path | None) -> Path:
    """The study given, or the folder at or above the present one that holds data/ and notebooks/."""
    if given is not None:
        return given
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data").is_dir() and (folder / "notebooks").is_dir():
            return folder
    stop("No study folder here (none above holds data/ and notebooks/). Lay one out with: nicmethods init DIR")


def reports_folder(study: Path | None, reports: Path | None) -> tuple[Path, Path]:
    """The study, and where its reports go."""
    root = study_folder(study)
    return root, (reports or root / "reports").resolve()


def case_folder(name: str, study: Path | None) -> Path:
    """Folder of a case, given by its name under data/ or by its path; one that is not there ends the command."""
    folder = Path(name)
    if folder.name == name:
        folder = study_folder(study) / "data" / name
    if not folder.is_dir():
        stop(f"There is no case folder '{folder}'. Name one under data/, or give a path.")
    return folder


def case_folders(names: Iterable[str] | None, study: Path | None) -> list[Path]:
    """Folders of the cases named, or of every case of the study; one that is not there ends the command."""
    from nicmethods.case.places import list_cases

    if not names:
        root = study_folder(study)
        found = list_cases(root / "data")
        if not found:
            stop(f"There is no case under {root / 'data'}. Write one with: nicmethods new NAME")
        return found
    return [case_folder(name, study) for name in names]


def notebook_files(root: Path, names: list[str] | None) -> list[Path]:
    """The study's notebooks that have parameters, or those named; one that is not there ends the command."""
    from nicmethods.batch.plan import has_parameters

    found = {path.stem: path for path in sorted((root / "notebooks").glob("[!._]*.ipynb"))}
    unknown = [name for name in names or [] if name.removesuffix(".ipynb") not in found]
    if unknown:
        stop(f"There is no notebook '{unknown[0]}' in {root / 'notebooks'}. There are: {', '.join(found)}.")
    if names:
        return [found[name.removesuffix(".ipynb")] for name in names]
    to_run = [path for path in found.values() if has_parameters(path)]
    others = [path.name for path in found.values() if path not in to_run and path.stem != START]
    if others:
        typer.echo(f"Left alone, as no cell of theirs is tagged 'parameters': {', '.join(others)}")
    if not to_run:
        stop(f"No notebook in {root / 'notebooks'} has a cell tagged 'parameters'.")
    return to_run


def say_problems(problems: Iterable[object]) -> None:
    """Say what is wrong or doubtful, a line each."""
    for problem in problems:
        typer.echo(f"  {problem}", err=True)


def stop(message: str) -> NoReturn:
    """Say what is wrong and end with status 1."""
    typer.echo(message, err=True)
    raise SystemExit(1)
