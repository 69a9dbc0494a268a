"""A published case, run once more: which numbers, cells, inputs, versions and files differ."""

from __future__ import annotations

import math
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from nicmethods.batch.crate import CRATE, crate_files
from nicmethods.batch.plan import plan_runs
from nicmethods.batch.provenance import hash_file
from nicmethods.batch.run import run_batch
from nicmethods.errors import RunError
from nicmethods.results import ACROSS, list_results, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nicmethods.batch.plan import Run

__all__ = ["RELATIVE", "Difference", "Kind", "verify_case"]

Kind = Literal["run", "notebook", "input", "number", "table", "summary", "file", "note"]
"""What differs; a ``note`` (versions, code, machine) may explain a difference and is none by itself."""

RELATIVE, _ABSOLUTE = 1e-9, 1e-12
"""Two numbers are the same if they differ by at most this share of the larger one (or by 1e-12)."""

_MOST = 5
_RESULTS = ("tables/*.csv", "numbers.json", "case.json")
_NUMBERS = ("value", "low", "high", "p", "n", "unit")


@dataclass(frozen=True)
class Difference:
    """One thing that is not as published: where, and what about it."""

    kind: Kind
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind:<8} {self.place}: {self.what}"


def verify_case(
    published: Path,
    *,
    case: Path | None,
    notebooks: Path,
    workers: int = 2,
    timeout_s: float = 600,
) -> list[Difference]:
    """Run a published case again, with the parameters and seeds that it records, and compare.

    Nothing is written but a temporary folder. Numbers and numeric cells are the same within :data:`RELATIVE`.

    Parameters
    ----------
    published
        ``reports/<case>``, or ``reports/across_cases``, which is run on the published results of the cases beside it.
    case
        The case folder; None for results across cases.
    notebooks
        The study's notebooks.
    workers, timeout_s
        As in :func:`~nicmethods.batch.run.run_batch`.

    Returns
    -------
    list of Difference
        Empty, or notes alone, where the results are the same.

    Raises
    ------
    RunError
        If the folder does not say what ran.
    """
    said = _provenance(published)
    with tempfile.TemporaryDirectory(prefix="nic-verify-") as scratch:
        reports = Path(scratch).resolve() / "reports"
        if case is None:
            _copy_results(published.parent, reports)
        runs, faults = _plan(said, case, notebooks, reports)
        manifest = run_batch(runs, workers=workers, timeout_s=timeout_s, fresh=True)
        again = reports / (ACROSS if case is None else case.name)
        now = read_json(again / "provenance.json", {"notebooks": {}, "inputs": {}, "versions": {}})
        return [
            *faults,
            *_outcomes(said, manifest),
            *_inputs(said, now),
            *_missing(said, published, again),
            *_numbers(published, again),
            *_summaries(published, again),
            *(found for path in sorted((published / "tables").glob("*.csv")) for found in _table(path, again)),
            *_edited(published),
            *_notes(said, now),
        ]


def _provenance(published: Path) -> dict[str, Any]:
    try:
        said = read_json(published / "provenance.json", None)
    except ValueError:
        said = None
    if not isinstance(said, dict) or not {"notebooks", "inputs", "versions"} <= set(said):
        raise RunError(f"{published} holds no provenance.json that says what ran. Name a folder under reports/.")
    return said


def _copy_results(published: Path, reports: Path) -> None:
    for name in list_results(published):
        for path in (path for pattern in _RESULTS for path in (published / name).glob(pattern)):
            target = reports / path.relative_to(published)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _plan(
    said: Mapping[str, Any], case: Path | None, notebooks: Path, reports: Path
) -> tuple[list[Run], list[Difference]]:
    """One run a recorded notebook, each with its own recorded parameters."""
    runs: list[Run] = []
    faults: list[Difference] = []
    for stem, run in said["notebooks"].items():
        path = notebooks / f"{stem}.ipynb"
        given = {name: value for name, value in run["parameters"].items() if name not in ("case", "reports")}
        if not path.is_file():
            faults.append(Difference("notebook", f"{stem}.ipynb", f"is not in {notebooks}, so it was not run again"))
            continue
        try:
            runs += plan_runs([case] if case else [], [path], reports=reports, parameters=given)
        except RunError as error:
            reason = " ".join(str(error).split("\n")[1:]).strip() or str(error)
            faults.append(Difference("notebook", path.name, f"cannot be run as recorded: {reason}"))
    return runs, faults


def _outcomes(said: Mapping[str, Any], manifest: pd.DataFrame) -> Iterator[Difference]:
    for row in manifest.itertuples():
        before = said["notebooks"][row.notebook]["status"]
        if before != row.status:
            reason = f" ({row.error})" if isinstance(row.error, str) else ""
            yield Difference("run", str(row.notebook), f"{before} when published, {row.status} now{reason}")


def _inputs(said: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    before, after = said["inputs"], now["inputs"]
    for name in sorted({*before, *after}):
        if name not in after:
            yield Difference("input", name, "was read when published; it is not there now")
        elif name not in before:
            yield Difference("input", name, "is read now; it was not there when published")
        elif before[name] != after[name]:
            yield Difference("input", name, "its content has changed since (another SHA-256)")
    for stem, run in now["notebooks"].items():
        if said["notebooks"][stem]["sha256"] != run["sha256"]:
            yield Difference("notebook", f"{stem}.ipynb", "has changed since (another SHA-256)")


def _missing(said: Mapping[str, Any], published: Path, again: Path) -> Iterator[Difference]:
    left = {name for run in said["notebooks"].values() for name in run["left"]}
    left |= {path.relative_to(again).as_posix() for pattern in _RESULTS for path in again.glob(pattern)}
    for name in sorted(left | set(_crated(published) or ())):
        if not (published / name).is_file():
            yield Difference("file", name, "is missing from what was published")


def _edited(published: Path) -> Iterator[Difference]:
    """Files that are not those of the research object any more."""
    files = _crated(published)
    if files is None:
        yield Difference("file", CRATE, "cannot be read")
    for name, sha256 in (files or {}).items():
        if (published / name).is_file() and hash_file(published / name) != sha256:
            yield Difference("file", name, f"was changed after it was published ({CRATE} has another SHA-256)")


def _crated(published: Path) -> dict[str, str] | None:
    try:
        return crate_files(published)
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def _json(path: Path, default: Any) -> Any:
    """What a JSON file holds; nothing where it is damaged, so that all in it counts as lost."""
    try:
        held = read_json(path, default)
    except ValueError:
        return default
    return held if isinstance(held, type(default)) else default


def _numbers(published: Path, again: Path) -> Iterator[Difference]:
    before, after = (
        {number["id"]: number for number in _json(folder / "numbers.json", [])} for folder in (published, again)
    )
    for name in sorted({*before, *after}):
        if name not in after or name not in before:
            yield Difference("number", name, _one_sided(name in before))
            continue
        for key in _NUMBERS:
            one, two = before[name].get(key), after[name].get(key)
            if not _same(one, two):
                yield Difference("number", name, f"'{key}' is {_shown(one)} as published, {_shown(two)} now")


def _summaries(published: Path, again: Path) -> Iterator[Difference]:
    before, after = (_json(folder / "case.json", {}) for folder in (published, again))
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            yield Difference("summary", "case.json", f"'{key}' is not as published")


def _table(path: Path, again: Path) -> Iterator[Difference]:
    place = f"tables/{path.name}"
    if not (again / place).is_file():
        yield Difference("table", place, "is published, but the run does not leave it")
        return
    before, after = _cells(path), _cells(again / place)
    for column in [column for column in before if column not in after] + [c for c in after if c not in before]:
        yield Difference("table", place, f"column '{column}' {_one_sided(column in before)}")
    if len(before) != len(after):
        yield Difference("table", place, f"{len(before)} rows as published, {len(after)} now")
    found = list(_cell_differences(place, before, after))
    yield from found[:_MOST]
    if len(found) > _MOST:
        yield Difference("table", place, f"and {len(found) - _MOST} more cells")


def _cells(path: Path) -> pd.DataFrame:
    """A table as text, since what was edited by hand need not fit its declaration."""
    try:
        return pd.read_csv(path, dtype="str", keep_default_na=False, encoding_errors="replace")
    except (pd.errors.ParserError, pd.errors.EmptyDataError):
        return pd.DataFrame()


def _cell_differences(place: str, before: pd.DataFrame, after: pd.DataFrame) -> Iterator[Difference]:
    shared, n = [column for column in before if column in after], min(len(before), len(after))
    one, two = (table[shared].iloc[:n].reset_index(drop=True) for table in (before, after))
    for row, column in zip(*(one != two).to_numpy().nonzero(), strict=True):
        left, right = one.iat[row, column], two.iat[row, column]  # noqa: PD009
        if not _same(left, right):
            what = f"row {row + 2}, '{shared[column]}' is {_shown(left)} as published, {_shown(right)} now"
            yield Difference("table", place, what)


def _notes(said: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Difference]:
    for name in sorted({*said["versions"], *now["versions"]}):
        one, two = (known["versions"].get(name, "none") for known in (said, now))
        if one != two:
            yield Difference("note", name, f"version {one} when published, {two} now")
    for key in ("system", "machine"):
        if said.get(key) != now.get(key):
            yield Difference("note", key, f"{said.get(key)} when published, {now.get(key)} now")
    codes = [{run.get("code") for run in known["notebooks"].values()} - {None} for known in (said, now)]
    if codes[0] and codes[1] and codes[0] != codes[1]:
        yield Difference("note", "nicmethods", "its own files are not those that ran when it was published")


def _one_sided(is_published: bool) -> str:
    return "is published; the run does not give it" if is_published else "is given by the run, but not published"


def _same(one: object, two: object) -> bool:
    if one == two:
        return True
    try:
        return math.isclose(float(one), float(two), rel_tol=RELATIVE, abs_tol=_ABSOLUTE)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def _shown(value: object) -> str:
    text = "nothing" if value is None or value == "" else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
