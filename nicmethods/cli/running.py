"""Running notebooks on cases, building pages, and running what is published once more."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nicmethods.cli import shared
from nicmethods.tables.saying import count_of

if TYPE_CHECKING:
    import pandas as pd

    from nicmethods.batch.run import Event
    from nicmethods.site.privacy import Finding

Workers = Annotated[int, typer.Option(min=1, help="Notebooks at once.")]
Timeout = Annotated[float, typer.Option(min=1, help="Seconds that one notebook may take.")]
__all__ = ["clean", "run", "site", "verify"]

_MOST_HINTS, _MOST_DIFFERENCES = 5, 50
_ALL = os.cpu_count() or 1


def run(
    cases: shared.Cases = None,
    study: shared.Study = None,
    reports: shared.Reports = None,
    notebook: Annotated[
        list[str] | None,
        typer.Option("--notebook", "-n", help="Notebook to run, by name; may be given again. Default: all."),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Notebook parameter; may be given again."),
    ] = None,
    workers: Workers = _ALL,
    timeout: Timeout = 600,
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
    from nicmethods.batch.gone import mark_gone
    from nicmethods.batch.plan import parse_parameters, plan_runs
    from nicmethods.batch.processes import Processes, choose_engine
    from nicmethods.batch.progress import LOG, Progress
    from nicmethods.batch.run import run_batch
    from nicmethods.case.summary import withdrawn
    from nicmethods.site.site import build_site, due_pages, mark_old

    if scheduler:
        from nicmethods.batch.cluster import Cluster

    root, target = shared.reports_folder(study, reports)
    folders, given = shared.case_folders(cases, root), parse_parameters(parameter or [])
    runs = plan_runs(folders, shared.notebook_files(root, notebook), reports=target, parameters=given)
    known = {run.folder.name: run.folder for run in runs if run.folder}
    gone = mark_gone(target, root / "data", known=known)
    with Processes(workers, engine=choose_engine()) as here, ExitStack() as held:
        processes: Processes | Cluster = here
        if scheduler:
            processes = held.enter_context(Cluster(scheduler, runs))
        outdated = set[str]()
        with Progress(runs, engine=processes.engine, workers=processes.n) as progress:

            def on_event(event: Event) -> None:
                if event.kind == "outdated" and event.run.case not in outdated:
                    outdated.add(event.run.case)
                    lines = withdrawn(event.run.folder, target) if event.run.folder else ()
                    shared.say_problems(f"withdrawn  {line}" for line in lines)
                    mark_old(target, event.run.case)
                progress.on_event(event)

            manifest = run_batch(
                runs,
                timeout_s=timeout,
                memory_mb=memory,
                fresh=fresh,
                processes=processes,
                on_event=on_event,
                beside=None if scheduler else lambda: due_pages(target, known.values()),
            )
        exposed = _say_findings(target, build_site(target, known.values(), processes=here))
    n_failed = _say_outcome(manifest)
    _say_gone(gone)
    if n_failed:
        typer.echo(f"A log that you can send to whoever helps you: {target / LOG}")
    typer.echo(f"Open {target / 'index.html'}")
    if n_failed or exposed:
        raise typer.Exit(1)


def site(study: shared.Study = None, reports: shared.Reports = None) -> None:
    """Rebuild the pages from what has run, and scan them for names."""
    from nicmethods.batch.gone import mark_gone
    from nicmethods.case.places import list_cases
    from nicmethods.site.site import build_site

    root, target = shared.reports_folder(study, reports)
    target.mkdir(parents=True, exist_ok=True)
    gone = mark_gone(target, root / "data")
    exposed = _say_findings(target, build_site(target, list_cases(root / "data")))
    _say_gone(gone)
    typer.echo(f"Open {target / 'index.html'}")
    if exposed:
        raise typer.Exit(1)


def clean(
    study: shared.Study = None,
    reports: shared.Reports = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take away results of cases that are not there any more."""
    from nicmethods.batch.gone import mark_gone, remove_results
    from nicmethods.batch.run import only_batch
    from nicmethods.case.places import list_cases
    from nicmethods.site.site import build_site

    root, target = shared.reports_folder(study, reports)
    with only_batch(target):
        gone = mark_gone(target, root / "data")
        if not gone:
            typer.echo("All results belong to a case.")
        elif yes or typer.confirm(f"Take away the results of {', '.join(gone)}?"):
            for case in gone:
                for path in remove_results(target, case):
                    typer.echo(f"Left, as nicmethods did not make it: {path}")
            typer.echo("Comparisons across cases are made anew by: nicmethods run")
        exposed = _say_findings(target, build_site(target, list_cases(root / "data")))
    if exposed:
        raise typer.Exit(1)


def _say_gone(gone: list[str]) -> None:
    if gone:
        typer.echo(
            f"Results of no case any more: {', '.join(gone)}. Comparisons leave them out; `nicmethods clean` takes them away."
        )


def verify(
    published: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER]...", help="Folders reports/CASE, or names of cases. None: all that is published."
        ),
    ] = None,
    study: shared.Study = None,
    reports: shared.Reports = None,
    workers: Workers = _ALL,
    timeout: Timeout = 600,
) -> None:
    """Run published cases again, as they were run, and say what differs; the reports stay as they are."""
    from nicmethods.results import ACROSS, list_results

    root, target = shared.reports_folder(study, reports)
    names = published or [*list_results(target), *([ACROSS] if (target / ACROSS).is_dir() else [])]
    if not names:
        shared.stop(f"Nothing is published in {target}. Run a case first: nicmethods run")
    plain = [Path(name).name == name and not (Path(name) / "provenance.json").is_file() for name in names]
    folders = [(target / name if is_name else Path(name)).resolve() for name, is_name in zip(names, plain, strict=True)]
    cases = [None if folder.name == ACROSS else shared.case_folder(folder.name, root) for folder in folders]
    pairs = zip(folders, cases, strict=True)
    exposed = _say_findings(target, [])
    differing = [folder for folder, case in pairs if _say_differences(folder, case, root, workers, timeout)]
    if differing or exposed:
        raise typer.Exit(1)


def _say_differences(published: Path, case: Path | None, study: Path, workers: int, timeout_s: float) -> bool:
    """Run a published case again and say what differs; whether anything does, notes aside."""
    from nicmethods.batch.verify import RELATIVE, verify_case

    found = verify_case(published, case=case, notebooks=study / "notebooks", workers=workers, timeout_s=timeout_s)
    differ, notes = ([one for one in found if (one.kind == "note") is is_note] for is_note in (False, True))
    n, same = len(differ), f"the same (numbers within {RELATIVE:g} of their size)"
    typer.echo(f"{published.name}: {count_of(n, 'difference') if n else same}.")
    for difference in [*differ[:_MOST_DIFFERENCES], *notes]:
        typer.echo(f"  {difference}")
    if n > _MOST_DIFFERENCES:
        typer.echo(f"  and {n - _MOST_DIFFERENCES} more")
    return n > 0


def _say_findings(reports: Path, findings: list[Finding]) -> bool:
    """Say where names stand in what would be published; whether any must not."""
    from nicmethods.site.privacy import exposed_files

    errors = [finding for finding in findings if finding.level == "error"]
    earlier = sorted(set(exposed_files(reports)) - {finding.file for finding in errors})
    hints = [finding for finding in findings if not finding.is_name]
    before = [f"error    {file}: names were found in it by an earlier run" for file in earlier]
    shared.say_problems(finding for finding in findings if finding.is_name)
    for lines, more in ((hints, " to look into before they are published"), (before, "")):
        shared.say_problems(lines[:_MOST_HINTS])
        if len(lines) > _MOST_HINTS:
            typer.echo(f"  and {len(lines) - _MOST_HINTS} more files{more}", err=True)
    if earlier:
        typer.echo(
            f"Do not publish {reports}: names found earlier stand until their case has run again without any, or its results are gone.",
            err=True,
        )
    if errors:
        typer.echo(
            f"Do not publish {reports}: people's names stand in {len({finding.file for finding in errors})} files, listed above. "
            "Take them out of what was written for publication (titles, file names, descriptions), add other spellings to people.csv, "
            "or put into privacy.allow of case.yml what is no person's name; then run again.",
            err=True,
        )
    return bool(errors or earlier)


def _say_outcome(manifest: pd.DataFrame) -> int:
    """Say what became of a batch; the number of notebooks that failed."""
    from nicmethods.results import ACROSS

    failed = manifest[manifest["status"] == "failed"]
    n_cases = manifest.loc[manifest["case"] != ACROSS, "case"].nunique()
    n_ok = (manifest["status"] == "ok").sum()
    typer.echo(f"{count_of(n_cases, 'case')}, {len(manifest)} notebooks: {n_ok} ok, {len(failed)} failed.")
    for row in failed.itertuples():
        typer.echo(f"  failed  {row.case} {row.notebook}: {row.error}")
    return len(failed)
