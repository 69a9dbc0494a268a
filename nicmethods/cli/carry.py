"""Codings that follow a corrected transcript."""

from __future__ import annotations

from typing import Annotated

import typer

from nicmethods.cli.shared import Study, case_folders

__all__ = ["carry"]

_SHOWN = 70


def carry(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Name under data/, or a path.")],
    activity: Annotated[str, typer.Argument(metavar="ACTIVITY", help="The activity whose transcript was corrected.")],
    look: Annotated[bool, typer.Option("--look", help="Show what would become of each coding; write nothing.")] = False,
    back: Annotated[bool, typer.Option("--undo", help="Put the files back as they were before.")] = False,
    study: Study = None,
) -> None:
    """Let codings follow their words after a transcript was corrected: sure ones move, the rest waits for a person."""
    from nicmethods.coding.corrected import follow, undo, write_following

    (folder,) = case_folders([case], study)
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
