"""The command line: parse, call, print."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from nicmethods.errors import NicmethodsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

    from nicmethods.case.folder import Case
    from nicmethods.errors import Problem
    from nicmethods.runs.execute import Event
    from nicmethods.runs.plan import Run

__all__ = ["SUGGESTED_COLUMNS", "app", "main"]

SUGGESTED_COLUMNS = ("meeting_id", "turn_id", "label", "score", "reply_to", "basis")
"""Columns of what `nicmethods suggest` writes."""

app = typer.Typer(
    help="Networked improvement communities: survey networks and coded talk, side by side.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_Cases = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CASE]...", help="Names under data/, or paths. None: every case of the study."),
]
_Study = Annotated[
    Path | None,
    typer.Option("--study", help="Study folder (data/, notebooks/, reports/). Default: the one you stand in."),
]
_Reports = Annotated[Path | None, typer.Option("--reports", help="Where reports go. Default: reports/ in the study.")]


def main() -> None:
    """Run the command line; what is wrong with the input is said without a traceback."""
    try:
        app(standalone_mode=True)
    except NicmethodsError as error:
        _stop(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to lay out; what is there already stays.")],
) -> None:
    """Lay out a study folder: notebooks, codebooks, the demo case."""
    from nicmethods.case.new import write_study

    written = write_study(folder)
    typer.echo(f"{len(written)} files written to {folder}.")
    typer.echo(f"Next: cd {folder} && nicmethods run demo    (or: nicmethods new my_case)")


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the case, or a path to the folder to write.")],
    title: Annotated[str, typer.Option(help="Title of the case.")] = "",
    study: _Study = None,
) -> None:
    """Write a case folder to fill in, with comments."""
    from nicmethods.case.new import write_new_case

    folder = Path(name) if Path(name).name != name else _study(study) / "data" / name
    for path in write_new_case(folder, title=title or folder.name):
        typer.echo(f"wrote {path}")
    typer.echo(f"Fill in case.yml and roster.csv, add what else you have, then: nicmethods check {name}")


@app.command()
def check(cases: _Cases = None, study: _Study = None) -> None:
    """Validate cases without running them, and say what a report would lack."""
    from nicmethods.case.folder import read_case
    from nicmethods.case.summary import gaps, unsettled_names
    from nicmethods.errors import CaseError

    n_bad = 0
    for folder in _cases(cases, study):
        case, problems = read_case(folder)
        problems = (*_ledger_problems(case), *problems) if case is not None else problems
        if case is None or any(problem.level == "error" for problem in problems):
            n_bad += 1
            typer.echo(str(CaseError(folder.name, problems)))
            continue
        n_warnings = len(problems)
        typer.echo(f"Case '{case.name}' can run: {n_warnings} {'warning' if n_warnings == 1 else 'warnings'}.")
        for problem in problems:
            typer.echo(f"  {problem}")
        for gap in gaps(case):
            typer.echo(f"  missing  {gap}")
        for line in unsettled_names(case):
            typer.echo(line)
    if n_bad:
        raise typer.Exit(1)


@app.command()
def run(
    cases: _Cases = None,
    study: _Study = None,
    reports: _Reports = None,
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
) -> None:
    """Run the notebooks on cases and build the pages."""
    from nicmethods.runs.execute import run_batch
    from nicmethods.runs.plan import parse_parameters, plan_runs
    from nicmethods.runs.site import build_site

    root = _study(study)
    target = (reports or root / "reports").resolve()
    notebooks = _notebooks(root, notebook)
    runs = plan_runs(_cases(cases, root), notebooks, reports=target, parameters=parse_parameters(parameter or []))
    with _Progress(runs) as progress:
        manifest = run_batch(
            runs, workers=workers, timeout_s=timeout, memory_mb=memory, fresh=fresh, on_event=progress.on_event
        )
    index = build_site(target)
    exposed = _scan(target, {run.folder for run in runs if run.folder is not None})
    n_failed = _say_outcome(manifest)
    typer.echo(f"Open {index}")
    if n_failed or exposed:
        raise typer.Exit(1)


@app.command()
def site(study: _Study = None, reports: _Reports = None) -> None:
    """Rebuild the pages from what has run, and scan them for names."""
    from nicmethods.case.folder import list_cases
    from nicmethods.runs.site import build_site

    root = _study(study)
    target = (reports or root / "reports").resolve()
    index = build_site(target)
    exposed = _scan(target, set(list_cases(root / "data")))
    typer.echo(f"Open {index}")
    if exposed:
        raise typer.Exit(1)


def _scan(reports: Path, folders: set[Path]) -> bool:
    """Say where names stand in what would be published; whether any must not."""
    from nicmethods.runs.privacy import scan_reports

    findings = scan_reports(reports, sorted(folders))
    errors = [finding for finding in findings if finding.level == "error"]
    for finding in findings:
        typer.echo(f"  {finding}", err=True)
    if errors:
        typer.echo(
            f"Do not publish {reports}: people's names stand in {len({finding.file for finding in errors})} files, listed above. "
            "Take them out of what was written for publication (titles, file names, descriptions), add other spellings to people.csv, "
            "or put into privacy.allow of case.yml what is no person's name; then run again.",
            err=True,
        )
    return bool(errors)


@app.command()
def suggest(
    turns: Annotated[
        Path,
        typer.Argument(
            metavar="TURNS.csv", help="Columns meeting_id, turn_id, speaker, text; optional start, end (seconds)."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="csv to write: one row a suggested code or link.")],
    model: Annotated[Path | None, typer.Option("--model", help="Folder of a trained coder.")] = None,
    codebook: Annotated[Path | None, typer.Option("--codebook", help="Codebook file. Default: help.yml.")] = None,
) -> None:
    """Suggest codes and replies for any talk; a suggestion is not a coding."""
    from nicmethods.case.codebook import load_codebook
    from nicmethods.case.folder import study_file
    from nicmethods.coding.model_folder import load_model
    from nicmethods.coding.stream import meetings, turn_problems
    from nicmethods.coding.suggest import suggest_rows

    book = load_codebook(codebook or study_file("codebooks", "help.yml"))
    coder = load_model(model) if model else None
    n_turns, n_rows, problems = 0, 0, []
    out.parent.mkdir(parents=True, exist_ok=True)
    half = out.with_name(f".{out.name}.part")
    try:
        with half.open("w", encoding="utf-8", newline="") as file:
            file.write(",".join(SUGGESTED_COLUMNS) + "\n")
            for meeting in meetings(_turn_chunks(turns)):
                problems += turn_problems(meeting, file=turns.name)
                n_turns += len(meeting)
                for rows in suggest_rows([meeting], book, model=coder):
                    rows[list(SUGGESTED_COLUMNS)].to_csv(file, index=False, header=False, lineterminator="\n")
                    n_rows += len(rows)
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    for problem in problems:
        typer.echo(f"  {problem}", err=True)
    typer.echo(f"{n_turns} turns, {n_rows} suggestions (not codings until a person accepts them): {out}")


@app.command()
def train(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="CASE... | TURNS.csv", help="Coded cases, or one csv with labels, reply_to, coded."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the model to write.")] = Path("model"),
    codebook: Annotated[Path | None, typer.Option("--codebook", help="Learn this codebook's codes only.")] = None,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
    study: _Study = None,
) -> None:
    """Learn to suggest from people's codings; scores on held-out meetings go into the model's card."""
    import pandas as pd

    from nicmethods.case.codebook import load_codebook
    from nicmethods.coding.model_folder import card_text, write_model
    from nicmethods.coding.stream import meetings
    from nicmethods.coding.training import train as learn

    codes = load_codebook(codebook).ids if codebook else None
    if len(sources) == 1 and sources[0].lower().endswith(".csv"):
        turns = pd.concat(list(meetings(_turn_chunks(Path(sources[0])))), ignore_index=True)
    else:
        turns = pd.concat([_labelled(folder) for folder in _cases(sources, study)], ignore_index=True)
    model = learn(turns, seed=seed, codes=codes)
    write_model(model, out)
    typer.echo(card_text(model))
    typer.echo(f"Written to {out}. Use it with: nicmethods suggest TURNS.csv --out OUT.csv --model {out}")


def _turn_chunks(path: Path) -> Iterator[pd.DataFrame]:
    """Read a csv of turns in pieces, every cell as text."""
    import pandas as pd

    if not path.is_file():
        _stop(f"There is no file '{path}'.")
    try:
        yield from pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig", chunksize=20_000)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        _stop(f"'{path}' cannot be read as a UTF-8 csv: {str(error).strip().splitlines()[-1]}")


def _labelled(folder: Path) -> pd.DataFrame:
    """Read a case's turns with what its coders agree on; activities carry the case's name, so that cases stay apart."""
    from nicmethods.case.folder import load_case
    from nicmethods.coding.chosen import SUGGESTED, coded_talk
    from nicmethods.coding.training import labelled_turns

    case = load_case(folder)
    talk = coded_talk(case.turns, case.codings, case.coverage, case.adjudicated, case.suggestions, case.codebook)
    if talk.source == SUGGESTED:
        _stop(f"Nobody has coded case '{case.name}': there is nothing to learn from.")
    turns = labelled_turns(case.turns, talk.codings, talk.coverage)
    return turns.assign(activity=case.name + "/" + turns["activity"])


def _ledger_problems(case: Case) -> list[Problem]:
    """What is wrong with the researchers' verdicts, which rest on what the strands show together."""
    if case.ledger.empty:
        return []
    import pandas as pd

    import nicmethods as nic
    from nicmethods.joint.ledger import ledger_problems

    claims = nic.load_propositions(nic.study_file("codebooks", "propositions.yml", case=case.path))
    changes = nic.dyad_change(case.ties, case.responses, case.roster, case.relations, waves=case.wave_order)
    talk = nic.coded_talk(case.turns, case.codings, case.coverage, case.adjudicated, case.suggestions, case.codebook)
    observed = (case.attendance, case.activities, case.waves, case.roster)
    dyads = nic.dyad_table(changes, talk.events, *observed, talk.coverage)
    subjects = pd.DataFrame({"proposition": pd.Series([claim.id for claim in claims.propositions], dtype="str")})
    found: list[Problem] = ledger_problems(
        case.ledger, subjects, dyads, turns=case.turns, ties=case.ties, responses=case.responses
    )
    return found


class _Progress:
    """A bar on a terminal; elsewhere a line a finished notebook."""

    def __init__(self, runs: list[Run]) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.console = Console(stderr=True)
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=self.console,
            transient=True, disable=not self.console.is_terminal,
        )  # fmt: skip
        self.n_failed = 0
        self.task = self.bar.add_task("notebooks", total=len(runs))

    def __enter__(self) -> _Progress:
        self.bar.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.bar.stop()

    def on_event(self, event: Event) -> None:
        """Show one event of the batch."""
        what = f"{event.run.case} {event.run.notebook.stem}"
        if event.kind == "started":
            self.bar.update(self.task, description=what)
            return
        self.n_failed += event.status == "failed"
        self.bar.update(self.task, advance=1, description=what)
        if event.status not in ("ok", "unchanged") or not self.console.is_terminal:
            self.console.print(
                f"{event.status:<9} {what} {event.seconds:.1f} s {event.error}".rstrip(), highlight=False, markup=False
            )


def _say_outcome(manifest: pd.DataFrame) -> int:
    """Say what became of a batch; the number of notebooks that failed."""
    from nicmethods.runs.results import ACROSS

    failed = manifest[manifest["status"] == "failed"]
    n_cases = manifest.loc[manifest["case"] != ACROSS, "case"].nunique()
    n_ok = (manifest["status"] == "ok").sum()
    typer.echo(
        f"{n_cases} {'case' if n_cases == 1 else 'cases'}, {len(manifest)} notebooks: {n_ok} ok, {len(failed)} failed."
    )
    for row in failed.itertuples():
        typer.echo(f"  failed  {row.case} {row.notebook}: {row.error}")
    return len(failed)


def _study(given: Path | None) -> Path:
    """The study given, or the folder at or above the present one that holds data/ and notebooks/."""
    if given is not None:
        return given
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "data").is_dir() and (folder / "notebooks").is_dir():
            return folder
    _stop("No study folder here (none above holds data/ and notebooks/). Lay one out with: nicmethods init DIR")


def _cases(names: Iterable[str] | None, study: Path | None) -> list[Path]:
    from nicmethods.case.folder import list_cases

    if not names:
        root = _study(study)
        found = list_cases(root / "data")
        if not found:
            _stop(f"There is no case under {root / 'data'}. Write one with: nicmethods new NAME")
        return found
    folders = []
    for name in names:
        folder = Path(name)
        if not folder.is_dir() or Path(name).name == name:
            folder = _study(study) / "data" / name if Path(name).name == name else folder
        if not folder.is_dir():
            _stop(f"There is no case folder '{folder}'. Name one under data/, or give a path.")
        folders.append(folder)
    return folders


def _notebooks(root: Path, names: list[str] | None) -> list[Path]:
    found = {path.stem: path for path in sorted((root / "notebooks").glob("[!._]*.ipynb"))}
    unknown = [name for name in names or [] if name.removesuffix(".ipynb") not in found]
    if unknown:
        _stop(f"There is no notebook '{unknown[0]}' in {root / 'notebooks'}. There are: {', '.join(found)}.")
    return [found[name.removesuffix(".ipynb")] for name in names] if names else list(found.values())


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise SystemExit(1)
