"""Suggesting codes for talk, and learning to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nicmethods.cli.shared import Study, case_folders, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["SUGGESTED_COLUMNS", "spotcheck", "suggest", "train"]

SUGGESTED_COLUMNS = ("meeting_id", "turn_id", "label", "score", "reply_to", "basis")
"""Columns of what `nicmethods suggest` writes."""


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
    import pandas as pd

    from nicmethods.case.codebook import load_codebook
    from nicmethods.case.folder import study_file
    from nicmethods.coder.ground import meeting_grounds, trust_said
    from nicmethods.coder.starting import starting_coder
    from nicmethods.coder.stream import meetings, turn_problems
    from nicmethods.coder.suggest import suggest_rows
    from nicmethods.coder.trained import load_model
    from nicmethods.coder.turn_arrays import as_arrays

    book = load_codebook(codebook or study_file("codebooks", "help.yml"))
    coder = load_model(model) if model else None
    n_turns, n_rows, problems, told = 0, 0, [], []
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
                    found = meeting_grounds(as_arrays(meeting), (coder or starting_coder()).ground)
                    found = found.assign(activity=meeting["activity"].iloc[0])
                    told.append((found, _by_layer(rows).assign(ground=found["ground"].iloc[0])))
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)
    for problem in problems:
        typer.echo(f"  {problem}", err=True)
    typer.echo(f"{n_turns} turns, {n_rows} suggestions (not codings until a person accepts them): {out}")
    if told:
        grounds = pd.concat([found for found, _ in told], ignore_index=True)
        counted = pd.concat([rows for _, rows in told], ignore_index=True)
        for line in trust_said(grounds, counted, book, card=coder.card if coder else None):
            typer.echo(line)
        typer.echo(f"To learn the precision here, judge fifty: nicmethods spotcheck {turns.name} --out sheet.csv")


def _by_layer(rows: pd.DataFrame) -> pd.DataFrame:
    """How many turns are suggested each code by each layer, which begins the basis."""
    codes = rows.dropna(subset="label").rename(columns={"label": "code"})
    return (
        codes[["code"]]
        .assign(layer=codes["basis"].str.split(": ", n=1).str[0])
        .value_counts()
        .rename("n")
        .reset_index()
    )


def spotcheck(
    source: Annotated[str, typer.Argument(metavar="CASE | TURNS.csv", help="A case, or a transcript as for suggest.")],
    sheet: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Sheet to write; with answers in it, it is read instead. Default for a case: its spotcheck.csv.",
        ),
    ] = None,
    codes: Annotated[str, typer.Option("--codes", help="Codes to check, with commas.")] = "help_request,help_given",
    n: Annotated[int, typer.Option("--n", help="Suggestions to judge.")] = 50,
    n_unsuggested: Annotated[
        int, typer.Option("--unsuggested", help="Turns without a suggestion to judge too, a code; they tell recall.")
    ] = 0,
    model: Annotated[Path | None, typer.Option("--model", help="Folder of a trained coder.")] = None,
    codebook: Annotated[
        Path | None, typer.Option("--codebook", help="Codebook file. Default: the case's, or help.yml.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
    study: Study = None,
) -> None:
    """Draw suggestions to judge blind in a spreadsheet; run again when they are judged, it says how precise the machine is here."""
    import pandas as pd

    from nicmethods.case.codebook import load_codebook
    from nicmethods.case.folder import load_case, study_file
    from nicmethods.coder.spot import draw_check, recalibrated, spot_precision
    from nicmethods.coder.stream import meetings
    from nicmethods.coder.suggest import suggest as suggested
    from nicmethods.coder.trained import load_model
    from nicmethods.files.cells import frame_of, parse_table
    from nicmethods.files.sheets import read_grid
    from nicmethods.tables import WORK_TABLES

    kept = None
    if source.lower().endswith(".csv"):
        book = load_codebook(codebook or study_file("codebooks", "help.yml"))
        table = pd.concat(list(meetings(_turn_chunks(Path(source)))), ignore_index=True)
        if sheet is None:
            stop("Say with --out which sheet to write.")
    else:
        (folder,) = case_folders([source], study)
        case = load_case(folder)
        book = load_codebook(codebook) if codebook else case.codebook
        table, kept, sheet = case.turns, case.suggestions, sheet or folder / "spotcheck.csv"
    unknown = sorted(set(codes.split(",")) - set(book.ids))
    if unknown:
        stop(f"Codebook '{book.id}' has no code {', '.join(unknown)}. It has: {', '.join(book.ids)}.")
    made = (
        kept if kept is not None and len(kept) else suggested(table, book, model=load_model(model) if model else None)
    )
    found = made[made["code"].isin(codes.split(","))].reset_index(drop=True)
    if not sheet.is_file():
        if sheet.suffix.lower() != ".csv":
            stop(f"The sheet is written as csv, which '{sheet}' is not by its name. Judged, it may come back as xlsx.")
        drawn = draw_check(table, found, book, seed=seed, n=n, n_unsuggested=n_unsuggested)
        sheet.parent.mkdir(parents=True, exist_ok=True)
        drawn.to_csv(sheet, index=False, encoding="utf-8" if kept is not None else "utf-8-sig", lineterminator="\n")
        typer.echo(
            f"{len(drawn)} questions: {sheet}. Write yes, no or unsure under 'answer', then run the same command again."
        )
        return
    grid, problems = read_grid(sheet, sheet.name)
    declared = WORK_TABLES["spotcheck"]
    cells, more = frame_of(grid, sheet.name, {column.name for column in declared.columns if column.required})
    if cells is not None and "answer" in cells:
        cells["answer"] = cells["answer"].str.lower()
    judged, rest = parse_table(cells, sheet.name, declared)
    problems += more + rest
    for problem in problems:
        typer.echo(f"  {problem}", err=True)
    if any(problem.level == "error" for problem in problems):
        stop("Nothing was reckoned: correct the sheet, or draw a new one.")
    for row in spot_precision(judged, found).to_dict("records"):
        said = f"{row['code']}: {row['precision']:.2f} [{row['low']:.2f}, {row['high']:.2f}] of {row['n_suggested']} suggestions "
        said += f"are right ({row['n_judged']} judged, {row['n_unsure']} unsure)"
        if pd.notna(row["recall"]):
            said += f"; they find {row['recall']:.2f} [{row['recall_low']:.2f}, {row['recall_high']:.2f}] of the turns"
        typer.echo(said + ".")
    if kept is not None and sheet.name == "spotcheck.csv":
        typer.echo("The case's scores, the desk and its pages take it from there.")
        return
    moved = sheet.with_name(f"{sheet.stem}_scores.csv")
    recalibrated(found, judged)[["activity", "turn", "code", "score", "layer"]].to_csv(
        moved, index=False, lineterminator="\n"
    )
    typer.echo(f"Scores as the check makes them: {moved}.")


def train(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="CASE... | TURNS.csv", help="Coded cases, or one csv with labels, reply_to, coded."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the model to write.")] = Path("model"),
    codebook: Annotated[Path | None, typer.Option("--codebook", help="Learn this codebook's codes only.")] = None,
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
    study: Study = None,
) -> None:
    """Learn to suggest from people's codings; scores on held-out meetings go into the model's card."""
    import pandas as pd

    from nicmethods.case.codebook import load_codebook
    from nicmethods.coder.stream import meetings
    from nicmethods.coder.trained import card_text, write_model
    from nicmethods.coder.training import train as learn

    codes = load_codebook(codebook).ids if codebook else None
    if len(sources) == 1 and sources[0].lower().endswith(".csv"):
        turns = pd.concat(list(meetings(_turn_chunks(Path(sources[0])))), ignore_index=True)
    else:
        turns = pd.concat([_labelled(folder) for folder in case_folders(sources, study)], ignore_index=True)
    model = learn(turns, seed=seed, codes=codes)
    write_model(model, out)
    typer.echo(card_text(model))
    typer.echo(f"Written to {out}. Use it with: nicmethods suggest TURNS.csv --out OUT.csv --model {out}")


def _turn_chunks(path: Path) -> Iterator[pd.DataFrame]:
    """Read a csv of turns in pieces, every cell as text."""
    import pandas as pd

    if not path.is_file():
        stop(f"There is no file '{path}'.")
    try:
        yield from pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig", chunksize=20_000)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        stop(f"'{path}' cannot be read as a UTF-8 csv: {str(error).strip().splitlines()[-1]}")


def _labelled(folder: Path) -> pd.DataFrame:
    """Read a case's turns with what its coders agree on; activities carry the case's name, so that cases stay apart."""
    from nicmethods.analysis import analyse
    from nicmethods.case.folder import load_case
    from nicmethods.coder.training import labelled_turns

    case = load_case(folder)
    if not case.coders.names:
        stop(f"Nobody has coded case '{case.name}': there is nothing to learn from.")
    talk = analyse(case, seed=1).talk
    turns = labelled_turns(case.turns, talk.codings, talk.coverage)
    return turns.assign(activity=case.name + "/" + turns["activity"])
