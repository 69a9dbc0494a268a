"""How far a batch is, for whoever waits for it; and a log of it that a person can send to others.

The log holds neither words of anybody nor folders of the machine: of an error it keeps the type and the places in the code.
"""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from nicmethods.batch.job import ANSI
from nicmethods.batch.provenance import versions
from nicmethods.batch.stage import stage_of
from nicmethods.results import ACROSS, read_json

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from nicmethods.batch.plan import Run
    from nicmethods.batch.run import Event

__all__ = ["LOG", "Progress", "error_places", "said_of"]

LOG = "run.log"
"""Name of the log under ``reports/``."""

_LINES = 10
_ENOUGH_RUNS = 2
_CELL_ERROR = re.compile(r"(cell \d+: [\w.]+)(?:: .*)?")
_ENDED = re.compile(r"((?:cell \d+: )?its process was ended \(code -?\w+\)).*")
_FRAME = re.compile(
    r"(?:File (?P<file>[^\s:]+):(?P<at>\d+)|Cell In\[(?P<cell>\d+)\], line (?P<line>\d+))(?:, in (?P<name>\w+))?"
)


class Progress:
    """Cases done, failed and left, and the time left: a bar on a terminal, a few plain lines elsewhere; use it in a ``with``.

    Parameters
    ----------
    runs
        The plan.
    engine
        How notebooks run.
    workers
        How many at once.
    stream
        Where it is shown; standard error if None.
    clock
        Seconds that pass.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        *,
        engine: str,
        workers: int,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        from tqdm import tqdm

        self._runs, self._how, self._clock = runs, f"{workers} at once, engine {engine}", clock
        self._waiting = Counter(run.case for run in runs if run.case != ACROSS)
        self._n_cases, self._failed = len(self._waiting), set[str]()
        self._n_left, self._n_ran, self._began = len(runs), 0, float("nan")
        self._stream = stream or sys.stderr
        in_a_cell = "JPY_PARENT_PID" in os.environ  # a terminal by its own account, in which no line can be drawn again
        self._bar = tqdm(
            total=len(runs), file=self._stream, disable=True if in_a_cell else None, leave=False,
            bar_format="{bar:30} {desc}", dynamic_ncols=True,
        )  # fmt: skip
        self._show()
        self._held, self._log, self._noted = ExitStack(), None, list[str]()

    _log: TextIO | None

    def __enter__(self) -> Progress:
        self._held.enter_context(self._bar)
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        if self._log is not None:
            self._note(f"stopped ({kind.__name__}): {self.said}" if kind else self.said)
        self._held.close()

    @property
    def said(self) -> str:
        """How far the batch is, in words."""
        left, failed = sum(n > 0 for n in self._waiting.values()), len(self._failed)
        text = f"{self._n_cases - left} of {self._n_cases} cases done, {failed} failed, {left} left"
        if self._n_left and self._n_ran >= _ENOUGH_RUNS:
            text += f", about {_duration((self._clock() - self._began) / self._n_ran * self._n_left)} to go"
        return text

    def on_event(self, event: Event) -> None:
        """Take in one event of the batch."""
        if self._log is None and event.kind != "outdated" and event.status != "unchanged":
            self._log = self._open_log(event.run.reports)
        name = f"{event.run.case} {event.run.notebook.stem}"
        if event.kind == "outdated":
            return
        if event.kind == "started":
            self._began = min(self._began, self._clock()) if self._began == self._began else self._clock()
            self._note(f"started   {name}")
            self._show(name)
            return
        self._note(f"{event.status:<9} {name} {event.seconds:.1f} s {said_of(event.error)}".rstrip())
        waits = stage_of(event.run) / event.run.output.name
        executed = waits if waits.exists() else event.run.output
        for place in error_places(executed) if event.status == "failed" else ():
            self._note(f"          {place}")
        self._count(event)
        self._bar.update()
        self._show(name)
        if event.status in ("failed", "skipped"):
            self._print(f"{event.status:<9} {name} {event.error}".rstrip())

    def _count(self, event: Event) -> None:
        before = sum(n == 0 for n in self._waiting.values()) * _LINES // max(1, self._n_cases)
        self._n_left -= 1
        self._n_ran += event.status in ("ok", "failed")
        if event.status == "failed" and event.run.case != ACROSS:
            self._failed.add(event.run.case)
        if event.run.case in self._waiting:
            self._waiting[event.run.case] -= 1
        after = sum(n == 0 for n in self._waiting.values()) * _LINES // max(1, self._n_cases)
        if after > before and self._bar.disable:
            self._print(self.said)

    def _show(self, name: str = "") -> None:
        self._bar.set_description_str(f"{self.said}: {name}" if name else self.said)

    def _print(self, text: str) -> None:
        self._bar.write(text, file=self._stream)

    def _open_log(self, reports: Path) -> TextIO:
        reports.mkdir(parents=True, exist_ok=True)
        log = self._held.enter_context((reports / LOG).open("w", encoding="utf-8"))
        parameters = sorted({name for run in self._runs for name in run.parameters})
        notebooks = dict.fromkeys(run.notebook.stem for run in self._runs)
        for line in (
            "What ran, without anybody's words: this file may be sent to whoever helps.",
            f"system: {platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} processors",
            f"versions: {', '.join(f'{name} {version}' for name, version in versions().items())}",
            f"plan: {self._n_cases} cases, {len(self._runs)} runs of {', '.join(notebooks)}; {self._how}",
            f"parameters given: {', '.join(parameters) or 'none'}",
        ):
            log.write(f"{line}\n")
        log.writelines(self._noted)
        return log

    def _note(self, text: str) -> None:
        line = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}\n"
        if self._log is None:
            self._noted.append(line)  # a batch in which nothing runs leaves the log of the last one
        else:
            self._log.write(line)
            self._log.flush()


def said_of(error: str) -> str:
    """Keep of an error what holds nobody's words.

    Examples
    --------
    >>> said_of("cell 4: ValueError: 'I never said that' is no number")
    'cell 4: ValueError'
    >>> said_of("cell 4: took more than 3 s")
    'cell 4: took more than 3 s'
    """
    for pattern in (_CELL_ERROR, _ENDED):
        found = pattern.fullmatch(error)
        if found:
            return found[1]
    return error


def error_places(notebook: Path) -> list[str]:
    """Give the places that an executed notebook's error went through, outermost first, without any line of code."""
    try:
        cells: list[dict[str, Any]] = read_json(notebook, {}).get("cells", [])
    except ValueError:
        return []
    outputs = [output for cell in cells for output in cell.get("outputs", ()) if output["output_type"] == "error"]
    text = ANSI.sub("", "\n".join(line for output in outputs for line in output["traceback"]))
    return [_place(found) for found in _FRAME.finditer(text)]


def _place(frame: re.Match[str]) -> str:
    place = f"{frame['file']} line {frame['at']}" if frame["file"] else f"In[{frame['cell']}] line {frame['line']}"
    return f"{place} {frame['name'] or ''}".rstrip()


def _duration(seconds: float) -> str:
    """Say a time as people do: 40 s, 5 min, 2.5 h."""
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
