"""Other programs' files, in and out of a case: surveys, codings, codes, networks, manuscripts."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nicmethods.cli import shared

if TYPE_CHECKING:
    from nicmethods.case.asking import Says
    from nicmethods.case.folder import Case
    from nicmethods.case.taking_in import Taken

__all__ = ["export", "import_", "survey"]

_SHOWN = 15


What = Literal["qdpx", "qdc", "codings", "network", "report", "tables"]
Format = Literal["docx", "md"]
Program = Literal["nvivo", "maxqda", "atlasti", "qualcoder"]
_ENDINGS = {"qdpx": ".qdpx", "qdc": ".qdc", "codings": "-codings.csv", "network": ".graphml", "tables": "-tables"}


def survey(
    asked: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files as the survey tool exports them.")],
    case: Annotated[str, typer.Option("--case", help="Case that they go into, by name or path.")],
    study: shared.Study = None,
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

    folder = shared.case_folder(case, study)
    says: Says = {
        key.replace("_", "-"): [said] if isinstance(said, str) else list(said)
        for key, said in asked.params.items()
        if said and key not in ("files", "case", "study", "yes")
    }
    paths = [Path(file) for file in files]
    lost = [path for path in paths if not path.is_file()]
    if lost:
        shared.stop(f"There is no file '{lost[0]}'.")
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
        question = f"Copy {path.name} into {folder.name} and write this into case.yml?"
        if not taken.is_plain or not (yes or typer.confirm(question)):
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


def import_(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="qdpx, qdc, QualCoder's .qda, Taguette's .sqlite3, a table of coded segments (csv, xlsx), Dedoose's docx, doccano, WebAnno.",
        ),
    ],
    case: Annotated[str, typer.Option("--case", help="Name under data/, or a path; a new one is laid out.")],
    coder: Annotated[str, typer.Option("--coder", help="Whose codings they are where the file does not say.")] = "",
    codebook: Annotated[
        Path | None,
        typer.Option("--codebook", help="The program's codebook (qdc, csv, xlsx, yml), if it is a file of its own."),
    ] = None,
    study: shared.Study = None,
) -> None:
    """Bring codings or codes of another program into a case; nobody's codings are written over."""
    from nicmethods.exchange.bring import bring

    folder = Path(case) if Path(case).name != case else shared.study_folder(study) / "data" / case
    for path in (file, codebook):
        if path is not None and not path.exists():
            shared.stop(f"There is no file '{path}'.")
    done = bring(file, folder, coder=coder, codebook=codebook)
    shared.say_problems(done.problems)
    for name in done.written:
        typer.echo(f"wrote {name}")
    for line in done.said:
        typer.echo(line)


def export(
    what: Annotated[What, typer.Argument(metavar="WHAT", help="qdpx, qdc, codings, network, report or tables.")],
    case: shared.OneCase,
    out: Annotated[Path | None, typer.Option("--out", help="File (tables: folder) to write.")] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="Of the report: Word, or Markdown with its pictures beside it.")
    ] = "docx",
    program: Annotated[
        Program, typer.Option("--for", help="Who is to read the qdpx: NVivo counts an emoji as two, the others as one.")
    ] = "nvivo",
    names: Annotated[
        bool, typer.Option("--names", help="Leave people's names in the text: for use inside the team only.")
    ] = False,
    study: shared.Study = None,
    reports: shared.Reports = None,
) -> None:
    """Give a case's codings, codes or network to another program, or its last run as a manuscript or as Word tables, names replaced unless asked otherwise."""
    from nicmethods.case.folder import load_case

    folder = shared.case_folder(case, study)
    path = out or Path(f"{folder.resolve().name}{_ENDINGS.get(what, f'-report.{format_}')}")
    if path.exists():
        shared.stop(f"{path} is there already. Choose another with --out.")
    path.parent.mkdir(parents=True, exist_ok=True)
    if what == "report":
        _write_manuscript(folder, reports, study, path, format_)
    elif what == "tables":
        _write_tables(folder.resolve().name, reports or shared.study_folder(study) / "reports", path)
    else:
        _write_part(load_case(folder), what, path, program, names=names)
    typer.echo(f"wrote {path}")


def _write_part(case: Case, what: What, path: Path, program: Program, *, names: bool) -> None:
    from nicmethods.case.people import pseudonymise, pseudonymise_spans
    from nicmethods.exchange.offsets import Counting
    from nicmethods.exchange.projects import codes_for_refi, refi_project
    from nicmethods.exchange.refi import write_qdc, write_refi
    from nicmethods.exchange.spreadsheets import tidy_codings, write_survey_network

    if what == "qdc":
        write_qdc(codes_for_refi(case.codebook), path)
    elif what == "codings":
        tidy_codings(case.codings, case.coverage, case.turns).to_csv(path, index=False)
    elif what == "network":
        write_survey_network(case.survey, path)
    else:
        turns, codings = case.turns, case.codings
        if not names:
            codings = pseudonymise_spans(codings, turns, case.roster, case.people)
            turns = turns.assign(text=pseudonymise(turns["text"], case.roster, case.people))
            memo = pseudonymise(codings["memo"], case.roster, case.people)
            codings = codings.assign(memo=memo)
        counting = Counting(utf16=program == "nvivo")
        write_refi(refi_project(turns, codings, case.codebook, name=case.name), path, counting=counting)


def _write_tables(name: str, reports: Path, folder: Path) -> None:
    """Every table of the case's last run as a Word document."""
    from nicmethods.exchange.word import write_table_docx
    from nicmethods.results import read_results
    from nicmethods.tables import RUN_TABLES

    tables = {key: table for key, table in read_results(reports, name).tables.items() if len(table)}
    if not tables:
        shared.stop(f"There is no report of '{name}' under {reports}. Write one with: nicmethods run {name}")
    folder.mkdir()
    for key, table in tables.items():
        if key in RUN_TABLES:
            write_table_docx(table, folder / f"{key}.docx", caption=f"{name}: {RUN_TABLES[key].meaning}")


def _write_manuscript(folder: Path, reports: Path | None, study: Path | None, path: Path, format_: Format) -> None:
    """The case's last run as a section of a paper; a file in which a name stands is not left."""
    import shutil
    import tempfile

    from nicmethods.batch.plan import plan_runs
    from nicmethods.batch.provenance import sources_of
    from nicmethods.paper.manuscript import manuscript
    from nicmethods.paper.ran import read_run
    from nicmethods.paper.written import write_docx, write_markdown
    from nicmethods.site.privacy import People, scan

    root, target = shared.reports_folder(study, reports)
    run, *_ = plan_runs([folder], shared.notebook_files(root, None), reports=target)
    known = People(folder).known
    if known is None:
        shared.stop(
            f"'{folder.name}' cannot be read, so that nobody knows whose names to look for: nicmethods check {folder.name}"
        )
    parts = manuscript(read_run(target, folder.resolve().name, inputs=sources_of(run, code="").inputs))
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / path.name
        (write_docx if format_ == "docx" else write_markdown)(parts, whole)
        found = [
            finding for finding in scan(Path(scratch), known.roster, known.people, allow=known.allow) if finding.is_name
        ]
        shared.say_problems(found)
        if any(finding.level == "error" for finding in found):
            shared.stop(
                "People's names stand in the report, listed above; it was not written. Add spellings to people.csv, or what is no person's name to privacy.allow of case.yml, and run the case again."
            )
        if path.with_suffix("").exists() and whole.with_suffix("").is_dir():
            shared.stop(
                f"{path.with_suffix('')} is there already, and the pictures would go there. Choose another name with --out."
            )
        for made in Path(scratch).iterdir():
            shutil.move(made, path.parent / made.name)
