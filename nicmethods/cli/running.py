"""Running notebooks on cases, building pages, and running what is published once more."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nicmethods.cli.shared import Cases, Reports, Study, case_folders, notebook_files, stop, study_folder

if TYPE_CHECKING:
    import pandas as pd

    from nicmethods.batch.cluster import Cluster
    from nicmethods.batch.plan import Run
    from nicmethods.site.privacy import Finding

__all__ = ["run", "site", "verify"]

_MOST_HINTS, _MOST_DIFFERENCES = 5, 50


def run(
    cases: Cases = None,
    study: Study = None,
    reports: Reports = None,
    notebook: Annotated[
        list[str] | None,
        typer.Option("--notebook", "-n", help="Notebook to run, by name; may be given again. Default: all."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Notebook parameter; may be given again."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Notebooks at once.")] = os.cpu_count() or 1,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one notebook may take.")] = 600,
    memory: Annotated[
        int | None, typer.Option(min=1, metavar="MB", help="Memory that one notebook may take beyond the libraries.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Run what has not changed as well.")] = False,
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run the notebooks on the Dask cluster whose scheduler is there."),
    ] = None,
) -> None:
    """Run the notebooks on cases and build the pages."""
    from nicmethods.batch.crew import Crew, choose_engine

    with Crew(workers, engine=choose_engine()) as here, ExitStack() as held:  # starts importing what notebooks need
        from nicmethods.batch.execute import run_batch
        from nicmethods.batch.plan import parse_parameters, plan_runs
        from nicmethods.batch.progress import LOG, Progress
        from nicmethods.case.summary import withdrawn
        from nicmethods.site.publish import publish

        root = study_folder(study)
        target = (reports or root / "reports").resolve()
        notebooks = notebook_files(root, notebook)
        runs = plan_runs(
            case_folders(cases, root), notebooks, reports=target, parameters=parse_parameters(parameter or [])
        )
        for line in (
            line for folder in {run.folder for run in runs if run.folder} for line in withdrawn(folder, target)
        ):
            typer.echo(f"  withdrawn  {line}", err=True)
        crew = held.enter_context(_cluster(scheduler, runs)) if scheduler else here
        with Progress(runs, engine=crew.engine, workers=crew.n) as progress:
            manifest = run_batch(
                runs, timeout_s=timeout, memory_mb=memory, fresh=fresh, crew=crew, on_event=progress.on_event
            )
        exposed = _say_findings(target, publish(target, {run.folder for run in runs if run.folder}, crew=here))
    n_failed = _say_outcome(manifest)
    if n_failed:
        typer.echo(f"A log that you can send to whoever helps you: {target / LOG}")
    typer.echo(f"Open {target / 'index.html'}")
    if n_failed or exposed:
        raise typer.Exit(1)


def site(study: Study = None, reports: Reports = None) -> None:
    """Rebuild the pages from what has run, and scan them for names."""
    from nicmethods.case.folder import list_cases
    from nicmethods.site.privacy import scan_reports
    from nicmethods.site.site import build_site

    root = study_folder(study)
    target = (reports or root / "reports").resolve()
    index = build_site(target)
    exposed = _say_findings(target, scan_reports(target, list_cases(root / "data")))
    typer.echo(f"Open {index}")
    if exposed:
        raise typer.Exit(1)


def verify(
    published: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER]...", help="Folders reports/CASE, or names of cases. None: all that is published."
        ),
    ] = None,
    study: Study = None,
    reports: Reports = None,
    workers: Annotated[int, typer.Option(min=1, help="Notebooks at once.")] = os.cpu_count() or 1,
    timeout: Annotated[float, typer.Option(min=1, help="Seconds that one notebook may take.")] = 600,
) -> None:
    """Run published cases again, as they were run, and say what differs; the reports stay as they are."""
    from nicmethods.results import ACROSS, list_results

    root = study_folder(study)
    target = (reports or root / "reports").resolve()
    names = published or [*list_results(target), *([ACROSS] if (target / ACROSS).is_dir() else [])]
    if not names:
        stop(f"Nothing is published in {target}. Run a case first: nicmethods run")
    plain = [Path(name).name == name and not (Path(name) / "provenance.json").is_file() for name in names]
    folders = [(target / name if is_name else Path(name)).resolve() for name, is_name in zip(names, plain, strict=True)]
    cases = [None if folder.name == ACROSS else case_folders([folder.name], root)[0] for folder in folders]
    pairs = zip(folders, cases, strict=True)
    differing = [folder for folder, case in pairs if _say_differences(folder, case, root, workers, timeout)]
    if differing:
        raise typer.Exit(1)


def _say_differences(published: Path, case: Path | None, study: Path, workers: int, timeout_s: float) -> bool:
    """Run a published case again and say what differs; whether anything does, notes aside."""
    from nicmethods.batch.verify import RELATIVE, verify_case

    found = verify_case(published, case=case, notebooks=study / "notebooks", workers=workers, timeout_s=timeout_s)
    n = sum(difference.kind != "note" for difference in found)
    same = f"the same (numbers within {RELATIVE:g} of their size)"
    typer.echo(f"{published.name}: {same if not n else '1 difference' if n == 1 else f'{n} differences'}.")
    differ, notes = ([one for one in found if (one.kind == "note") is is_note] for is_note in (False, True))
    for difference in [*differ[:_MOST_DIFFERENCES], *notes]:
        typer.echo(f"  {difference}")
    if n > _MOST_DIFFERENCES:
        typer.echo(f"  and {n - _MOST_DIFFERENCES} more")
    return n > 0


def _cluster(address: str, runs: list[Run]) -> Cluster:
    from nicmethods.batch.cluster import Cluster

    return Cluster(address, runs)


def _say_findings(reports: Path, findings: list[Finding]) -> bool:
    """Say where names stand in what would be published; whether any must not."""
    errors = [finding for finding in findings if finding.level == "error"]
    hints = [finding for finding in findings if not finding.is_name]
    for finding in [*(finding for finding in findings if finding.is_name), *hints[:_MOST_HINTS]]:
        typer.echo(f"  {finding}", err=True)
    if len(hints) > _MOST_HINTS:
        typer.echo(f"  and {len(hints) - _MOST_HINTS} more files to look into before they are published", err=True)
    if errors:
        typer.echo(
            f"Do not publish {reports}: people's names stand in {len({finding.file for finding in errors})} files, listed above. "
            "Take them out of what was written for publication (titles, file names, descriptions), add other spellings to people.csv, "
            "or put into privacy.allow of case.yml what is no person's name; then run again.",
            err=True,
        )
    return bool(errors)


def _say_outcome(manifest: pd.DataFrame) -> int:
    """Say what became of a batch; the number of notebooks that failed."""
    from nicmethods.results import ACROSS

    failed = manifest[manifest["status"] == "failed"]
    n_cases = manifest.loc[manifest["case"] != ACROSS, "case"].nunique()
    n_ok = (manifest["status"] == "ok").sum()
    typer.echo(
        f"{n_cases} {'case' if n_cases == 1 else 'cases'}, {len(manifest)} notebooks: {n_ok} ok, {len(failed)} failed."
    )
    for row in failed.itertuples():
        typer.echo(f"  failed  {row.case} {row.notebook}: {row.error}")
    return len(failed)
