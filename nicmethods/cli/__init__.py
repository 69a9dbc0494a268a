"""The command line: parse, call, print."""

from __future__ import annotations

import os
import sys

import typer

from nicmethods.cli.exchange import export, import_, survey
from nicmethods.cli.running import clean, run, site, verify
from nicmethods.cli.shared import stop
from nicmethods.cli.studies import check, init, new
from nicmethods.cli.talk import SUGGESTED_COLUMNS, carry, sample, spotcheck, suggest, train
from nicmethods.errors import NicmethodsError

__all__ = ["SUGGESTED_COLUMNS", "app", "main"]

app = typer.Typer(
    help="Networked improvement communities: survey networks and coded talk, side by side.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _command in (init, new, survey, check, run, site, clean, verify, suggest, spotcheck, train, carry):
    app.command()(_command)
app.command("import")(import_)
app.command()(export)
app.command()(sample)


def main() -> None:
    """Run the command line; what is wrong with the input is said without a traceback."""
    try:
        app(standalone_mode=True)
    except NicmethodsError as error:
        stop(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
