"""Coded talk: suggesting codes and learning to, checking suggestions, a second coder's blind sample, codings that follow a corrected transcript."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nicmethods.cli import shared

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from nicmethods.case.folder import Case

__all__ = ["SUGGESTED_COLUMNS", "carry", "sample", "spotcheck", "suggest", "train"]

SUGGESTED_COLUMNS = ("meeting_id", "turn_id", "label", "score", "reply_to", "basis")
"""Columns of what `nicmethods suggest` writes."""


_SHOWN = 70


def suggest(
    turns: Annotated[
        Path,
        typer.Argument(
            metavar="TURNS.csv", help="Columns meeting_id, turn_id, speaker, text; optional start, end (seconds)."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="csv to write: one row a suggested code or link.")],
    model: shared.Model = None,
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
    shared.say_problems(problems)
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
    layers = codes[["code"]].assign(layer=codes["basis"].str.split(": ", n=1).str[0])
    return layers.value_counts().rename("n").reset_index()


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
    model: shared.Model = None,
    codebook: Annotated[
        Path | None, typer.Option("--codebook", help="Codebook file. Default: the case's, or help.yml.")
    ] = None,
    seed: shared.Seed = 1,
    study: shared.Study = None,
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
            shared.stop("Say with --out which sheet to write.")
    else:
        folder = shared.case_folder(source, study)
        case = load_case(folder)
        book = load_codebook(codebook) if codebook else case.codebook
        table, kept, sheet = case.turns, case.suggestions, sheet or folder / "spotcheck.csv"
    wanted = codes.split(",")
    unknown = sorted(set(wanted) - set(book.ids))
    if unknown:
        shared.stop(f"Codebook '{book.id}' has no code {', '.join(unknown)}. It has: {', '.join(book.ids)}.")
    made = kept
    if made is None or made.empty:
        made = suggested(table, book, model=load_model(model) if model else None)
    found = made[made["code"].isin(wanted)].reset_index(drop=True)
    if not sheet.is_file():
        if sheet.suffix.lower() != ".csv":
            shared.stop(
                f"The sheet is written as csv, which '{sheet}' is not by its name. Judged, it may come back as xlsx."
            )
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
    shared.say_problems(problems)
    if any(problem.level == "error" for problem in problems):
        shared.stop("Nothing was reckoned: correct the sheet, or draw a new one.")
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
    scores = recalibrated(found, judged)[["activity", "turn", "code", "score", "layer"]]
    scores.to_csv(moved, index=False, lineterminator="\n")
    typer.echo(f"Scores as the check makes them: {moved}.")


def train(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="CASE... | TURNS.csv", help="Coded cases, or one csv with labels, reply_to, coded."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the model to write.")] = Path("model"),
    codebook: Annotated[Path | None, typer.Option("--codebook", help="Learn this codebook's codes only.")] = None,
    seed: shared.Seed = 1,
    study: shared.Study = None,
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
        turns = pd.concat([_labelled(folder) for folder in shared.case_folders(sources, study)], ignore_index=True)
    model = learn(turns, seed=seed, codes=codes)
    write_model(model, out)
    typer.echo(card_text(model))
    typer.echo(f"Written to {out}. Use it with: nicmethods suggest TURNS.csv --out OUT.csv --model {out}")


def _turn_chunks(path: Path) -> Iterator[pd.DataFrame]:
    """Read a csv of turns in pieces, every cell as text."""
    import pandas as pd

    if not path.is_file():
        shared.stop(f"There is no file '{path}'.")
    try:
        yield from pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig", chunksize=20_000)
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        shared.stop(f"'{path}' cannot be read as a UTF-8 csv: {str(error).strip().splitlines()[-1]}")


def _labelled(folder: Path) -> pd.DataFrame:
    """Read a case's turns with what its coders agree on; activities carry the case's name, so that cases stay apart."""
    from nicmethods.analysis import analyse
    from nicmethods.case.folder import load_case
    from nicmethods.coder.training import labelled_turns

    case = load_case(folder)
    if not case.coders.names:
        shared.stop(f"Nobody has coded case '{case.name}': there is nothing to learn from.")
    talk = analyse(case, seed=1).talk
    turns = labelled_turns(case.turns, talk.codings, talk.coverage)
    return turns.assign(activity=case.name + "/" + turns["activity"])


def sample(
    case: shared.OneCase,
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
    study: shared.Study = None,
) -> None:
    """Give a second coder a blind sample of turns as a spreadsheet, and read it back for agreement."""
    from nicmethods.case.folder import load_case

    folder = shared.case_folder(case, study)
    loaded = load_case(folder)
    kept, own = (folder / "codings" / part / f"{coder}.csv" for part in ("samples", "."))
    if own.exists() or coder in ("adjudicated", "coverage", "suggestions") or "/" in coder:
        shared.stop(
            f"codings/{coder}.csv is there already, or '{coder}' cannot be its name. Choose another name with --for."
        )
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
            shared.stop(f"{path} is there already: that sample is given out. Take it away to draw another.")
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
        shared.stop(f"No sample was given out to {coder}: {kept} is not there.")
    drawn = pd.read_csv(kept, dtype={"activity": "str", "turn": "str"})
    grid, problems = read_grid(back, back.name, sheet="turns" if back.suffix.lower() == ".xlsx" else None)
    codings = coverage = pd.DataFrame()
    if grid is not None:
        codings, coverage, more = parse_sheet(grid, back.name, drawn, case.codebook)
        problems = [*problems, *more]
    shared.say_problems(problems)
    if grid is None or coverage.empty or any(problem.level == "error" for problem in problems):
        shared.stop("Nothing was written: correct the sheet and read it again.")
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


def carry(
    case: shared.OneCase,
    activity: Annotated[str, typer.Argument(metavar="ACTIVITY", help="The activity whose transcript was corrected.")],
    look: Annotated[bool, typer.Option("--look", help="Show what would become of each coding; write nothing.")] = False,
    back: Annotated[bool, typer.Option("--undo", help="Put the files back as they were before.")] = False,
    study: shared.Study = None,
) -> None:
    """Let codings follow their words after a transcript was corrected: sure ones move, the rest waits for a person."""
    from nicmethods.coding.corrected import follow, undo, write_following

    folder = shared.case_folder(case, study)
    if back:
        for name in undo(folder, activity):
            typer.echo(f"put back {name}")
        return
    found = follow(folder, activity)
    for row in found.codings.astype("object").fillna("").to_dict("records"):
        where = f"{row['file']} {row['turn']} -> {row['new_turn'] or '?'}"
        typer.echo(f"  {row['outcome']:<7}{where}  {row['code']}{': ' if row['why'] else ''}{row['why']}")
        typer.echo(f'         was: "{row["words"][:_SHOWN]}"')
        if row["outcome"] != "lost":
            typer.echo(f'         now: "{row["new_words"][:_SHOWN]}"')
    counts = found.codings["outcome"].value_counts()
    said = ", ".join(f"{int(counts.get(what, 0))} {what}" for what in ("same", "moved", "review", "lost"))
    typer.echo(f"{len(found.codings)} codings: {said}.")
    if look:
        return
    write_following(found)
    waiting = [name for name in found.files if name.startswith("codings/to_review/")]
    if waiting:
        typer.echo(f"For review and lost ones: {', '.join(waiting)}. Put what is right into the coder's file.")
    typer.echo(f"Undo it with: nicmethods carry {case} {activity} --undo")
