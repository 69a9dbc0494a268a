"""A second coder's blind sample, out as a spreadsheet and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nicmethods.cli.shared import Study, case_folders, stop

if TYPE_CHECKING:
    from nicmethods.case.folder import Case

__all__ = ["sample"]


def sample(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Name under data/, or a path.")],
    coder: Annotated[
        str, typer.Option("--for", help="Who codes the sample, as the file codings/<name>.csv will be called.")
    ],
    turns: Annotated[
        int, typer.Option("--turns", help="Turns to draw, coded and uncoded ones of every activity.")
    ] = 120,
    seed: Annotated[int, typer.Option(help="Draws the turns.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", help="Spreadsheet to write. Default: <case>-<name>.xlsx.")
    ] = None,
    back: Annotated[
        Path | None, typer.Option("--back", help="The filled-in spreadsheet: read it into the case.")
    ] = None,
    study: Study = None,
) -> None:
    """Give a second coder a blind sample of turns as a spreadsheet, and read it back for agreement."""
    from nicmethods.case.folder import load_case

    (folder,) = case_folders([case], study)
    loaded = load_case(folder)
    kept = folder / "codings" / "samples" / f"{coder}.csv"
    if (
        (folder / "codings" / f"{coder}.csv").exists()
        or coder in ("adjudicated", "coverage", "suggestions")
        or "/" in coder
    ):
        stop(f"codings/{coder}.csv is there already, or '{coder}' cannot be its name. Choose another name with --for.")
    if back is not None:
        _read_back(loaded, coder, kept, back)
    else:
        _give_out(loaded, kept, out or Path(f"{loaded.name}-{coder}.xlsx"), n=turns, seed=seed)


def _give_out(case: Case, kept: Path, out: Path, *, n: int, seed: int) -> None:
    import openpyxl
    from openpyxl.styles import Alignment, Font

    from nicmethods.coding.reliability import NONE, draw_turns, sheet
    from nicmethods.results import write_text

    for path in (kept, out):
        if path.exists():
            stop(f"{path} is there already: that sample is given out. Take it away to draw another.")
    drawn = draw_turns(case.turns, case.codings, n=n, seed=seed)
    table = sheet(drawn, case.turns, case.codebook)
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    page = book.create_sheet("turns")
    for row in (list(table.columns), *table.astype("str").to_numpy().tolist()):
        page.append([f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell for cell in row])
    for cell in page[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDEF", (12, 8, 8, 40, 60, 40), strict=True):
        page.column_dimensions[letter].width = width
        for cell in page[letter]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    page.freeze_panes = "A2"
    codes = book.create_sheet("codes")
    codes.append(["code", "name", "definition", "use when", "not when", "examples"])
    for code in case.codebook.codes:
        codes.append([code.id, code.name, code.definition, code.use_when, code.not_when, "\n".join(code.examples)])
    book.save(out)
    write_text(kept, drawn.assign(seed=seed).to_csv(index=False))
    typer.echo(
        f"{len(drawn)} turns: {out}. Mark codes with x, and '{NONE}' where none fits; then: nicmethods sample CASE --for NAME --back {out}"
    )


def _read_back(case: Case, coder: str, kept: Path, back: Path) -> None:
    import pandas as pd

    from nicmethods.coding.reliability import parse_sheet, ranges_of
    from nicmethods.files.sheets import read_grid
    from nicmethods.results import write_text
    from nicmethods.tables import CASE_TABLES

    if not kept.exists():
        stop(f"No sample was given out to {coder}: {kept} is not there.")
    drawn = pd.read_csv(kept, dtype={"activity": "str", "turn": "str"})
    grid, problems = read_grid(back, back.name, sheet="turns" if back.suffix.lower() == ".xlsx" else None)
    codings = coverage = pd.DataFrame()
    if grid is not None:
        codings, coverage, more = parse_sheet(grid, back.name, drawn, case.codebook)
        problems = [*problems, *more]
    for problem in problems:
        typer.echo(f"  {problem}", err=True)
    if grid is None or coverage.empty or any(problem.level == "error" for problem in problems):
        stop("Nothing was written: correct the sheet and read it again.")
    listed = case.path / "codings" / "coverage.csv"
    if listed.exists():
        before = pd.read_csv(listed, dtype="str", keep_default_na=False)
    else:  # without a list every activity counts as read whole by who coded in it: that has to be said now
        before = case.coverage[["coder", "activity"]].drop_duplicates()
    both = pd.concat([before, ranges_of(coverage, case.turns).assign(coder=coder)])
    columns = [column for column in CASE_TABLES["coverage"].names if column in both]
    write_text(listed, both[columns].to_csv(index=False))
    path, kinds = case.path / "codings" / f"{coder}.csv", ["activity", "turn", "code", "memo"]
    write_text(path, codings.dropna(axis="columns", how="all").reindex(columns=kinds).to_csv(index=False))
    typer.echo(
        f"{len(coverage)} turns read, {len(codings)} codings: {path}. They serve agreement, and are no evidence of silence."
    )
