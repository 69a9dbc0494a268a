"""Other programs' files, in and out of a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nicmethods.cli.shared import Reports, Study, case_folders, notebook_files, stop, study_folder

if TYPE_CHECKING:
    from nicmethods.case.folder import Case

__all__ = ["export", "import_"]

What = Literal["qdpx", "qdc", "codings", "network", "report", "tables"]
Format = Literal["docx", "md"]
Program = Literal["nvivo", "maxqda", "atlasti", "qualcoder"]
_ENDINGS = {"qdpx": ".qdpx", "qdc": ".qdc", "codings": "-codings.csv", "network": ".graphml", "tables": "-tables"}


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
    study: Study = None,
) -> None:
    """Bring codings or codes of another program into a case; nobody's codings are written over."""
    from nicmethods.exchange.bring import bring

    folder = Path(case) if Path(case).name != case else study_folder(study) / "data" / case
    for path in (file, codebook):
        if path is not None and not path.exists():
            stop(f"There is no file '{path}'.")
    done = bring(file, folder, coder=coder, codebook=codebook)
    for problem in done.problems:
        typer.echo(f"  {problem}", err=True)
    for name in done.written:
        typer.echo(f"wrote {name}")
    for line in done.said:
        typer.echo(line)


def export(
    what: Annotated[What, typer.Argument(metavar="WHAT", help="qdpx, qdc, codings, network, report or tables.")],
    case: Annotated[str, typer.Argument(metavar="CASE", help="Name under data/, or a path.")],
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
    study: Study = None,
    reports: Reports = None,
) -> None:
    """Give a case's codings, codes or network to another program, or its last run as a manuscript or as Word tables, names replaced unless asked otherwise."""
    from nicmethods.case.folder import load_case

    (folder,) = case_folders([case], study)
    path = out or Path(f"{folder.resolve().name}{_ENDINGS.get(what, f'-report.{format_}')}")
    if path.exists():
        stop(f"{path} is there already. Choose another with --out.")
    path.parent.mkdir(parents=True, exist_ok=True)
    if what == "report":
        _write_manuscript(folder, reports, study, path, format_)
    elif what == "tables":
        _write_tables(folder.resolve().name, reports or study_folder(study) / "reports", path)
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
        stop(f"There is no report of '{name}' under {reports}. Write one with: nicmethods run {name}")
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

    root = study_folder(study)
    target = (reports or root / "reports").resolve()
    run, *_ = plan_runs([folder], notebook_files(root, None), reports=target)
    known = People(folder).known
    if known is None:
        stop(
            f"'{folder.name}' cannot be read, so that nobody knows whose names to look for: nicmethods check {folder.name}"
        )
    parts = manuscript(read_run(target, folder.resolve().name, inputs=sources_of(run, code="").inputs))
    with tempfile.TemporaryDirectory() as scratch:
        whole = Path(scratch) / path.name
        (write_docx if format_ == "docx" else write_markdown)(parts, whole)
        found = [
            finding for finding in scan(Path(scratch), known.roster, known.people, allow=known.allow) if finding.is_name
        ]
        for finding in found:
            typer.echo(f"  {finding}", err=True)
        if any(finding.level == "error" for finding in found):
            stop(
                "People's names stand in the report, listed above; it was not written. Add spellings to people.csv, or what is no person's name to privacy.allow of case.yml, and run the case again."
            )
        if path.with_suffix("").exists() and whole.with_suffix("").is_dir():
            stop(
                f"{path.with_suffix('')} is there already, and the pictures would go there. Choose another name with --out."
            )
        for made in Path(scratch).iterdir():
            shutil.move(made, path.parent / made.name)
