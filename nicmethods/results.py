"""What a run leaves for pages, for across-case work and for other people's tools: tables, quoted numbers, a summary.

``reports/<case>/tables/<name>.csv`` holds declared tables only, ``numbers.json`` the numbers that pages may quote and
``case.json`` what the case holds. Notebooks write them in their last cell; several may do so at once.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pandas as pd

from nicmethods.errors import RunError
from nicmethods.files.writing import locked
from nicmethods.tables import CASE_TABLES, RUN_TABLES, WORK_TABLES, Table, conform, empty, quoted
from nicmethods.tables.saying import p_text

__all__ = [
    "ACROSS",
    "MARK",
    "NO_CASE",
    "STAGE",
    "SUMMARY_KEYS",
    "Results",
    "drop_results",
    "list_results",
    "merge_results",
    "numbers_of",
    "prefix_of",
    "published_table",
    "published_tables",
    "quote",
    "read_manifest",
    "read_registered",
    "read_results",
    "register_claims",
    "write_manifest",
    "write_results",
    "write_table",
    "write_text",
]

ACROSS = "across_cases"
"""Folder under ``reports/`` for what is said across cases; no case may have this name."""

NO_CASE = ".no-case"
"""Mark in a folder of results whose case is gone: they are no part of any comparison."""

MARK = "DO-NOT-PUBLISH.json"
"""Mark in a folder in which names of people were found: the places, and no name."""

STAGE = "NICMETHODS_STAGE"
"""Environment variable of a notebook in a batch: the folder ``<reports>/.new/<case>/<attempt>`` that takes what it writes of
its case until the case's results are whole."""

SUMMARY_KEYS: dict[str, str] = {
    "title": "title of the case",
    "description": "what the case is, and the question it serves",
    "synthetic": "whether the data were made up",
    "strands": "strands present: network, talk",
    "n_actors": "people in the roster",
    "n_sites": "sites in the roster",
    "relations": "survey questions: relation, question, threshold, within, directed, scale (value and its words)",
    "waves": "survey waves: relation, wave, opened, closed, n_present, n_responded, response_rate",
    "activities": "what the network did: activity, date, title, kind, cycle, phase, n_turns, coded",
    "coders": "who coded: C1, C2, …",
    "coding": "which codings the numbers rest on, in a sentence",
    "suggestions_used": "whether machine-suggested codes stand in for codings",
    "question": "what the report asks",
    "codes": "the codebook: code id -> name",
    "gaps": "what the report cannot show, one sentence each",
    "problems": "problems of the case: level, file, row, field, value, message",
}
"""Keys of a case's summary (``case.json``) and their meaning."""

_REGISTERED = "registered.json"
_FORMULA = re.compile(r"^'*[=+\-@\t\r]")
_GUARDED = re.compile(r"^'(?='*[=+\-@\t\r])")

_WORK = ("waves", "relations", "ties", "responses", "attendance", "codings", "coverage", "suggestions", "links")
_TABLES: dict[str, Table] = {
    "activities": CASE_TABLES["activities"],
    "ledger": CASE_TABLES["ledger"],
    **{name: WORK_TABLES[name] for name in _WORK},
    **RUN_TABLES,
}


@dataclass(frozen=True)
class Results:
    """What one case's run left.

    Parameters
    ----------
    case
        Name of the case.
    summary
        ``case.json``; see :data:`SUMMARY_KEYS`.
    tables
        Declared tables by name, in their declared types.
    numbers
        The numbers that pages may quote, one row an id.
    """

    case: str
    summary: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    numbers: pd.DataFrame

    def table(self, name: str) -> pd.DataFrame:
        """Give a table of the run, without rows where the run left none."""
        return self.tables[name] if name in self.tables else empty(_TABLES[name])


def write_results(
    reports: str | Path,
    case: str,
    tables: Mapping[str, pd.DataFrame],
    numbers: pd.DataFrame | Iterable[Mapping[str, Any]] = (),
    *,
    summary: Mapping[str, Any] | None = None,
) -> None:
    """Write one notebook's tables, numbers and part of the summary, beside what the case's other notebooks wrote.

    Parameters
    ----------
    reports
        Folder of all reports.
    case
        Name of the case, or :data:`ACROSS`.
    tables
        Tables by name. Only tables declared in ``RUN_TABLES``, and the work tables that carry no names of people, may
        be written. Text in them must already carry pseudonyms. In the csv file an apostrophe stands before text that a
        spreadsheet would take for a formula; :func:`read_results` takes it away.
    numbers
        Rows of the ``numbers`` table. An id is ``<prefix>.<rest>``; all numbers of an earlier run with one of the
        prefixes given here are replaced. NaN becomes null.
    summary
        Part of the case's summary; see :data:`SUMMARY_KEYS`. Keys given replace those written before.

    Raises
    ------
    RunError
        If a table is not declared or breaks its declaration, if two numbers have one id, or if a key of the summary is
        unknown; every fault is listed, and nothing is written.

    Examples
    --------
    >>> import tempfile
    >>> import nicmethods as nic
    >>> with tempfile.TemporaryDirectory() as reports:
    ...     nic.write_results(reports, "demo", {"dyads": nic.analyse("demo", seed=1).dyads})
    ...     sorted(path.name for path in Path(reports, "demo", "tables").iterdir())
    ['dyads.csv']
    """
    folder = _folder_to_write(Path(reports), case)
    numbers = pd.DataFrame(numbers if isinstance(numbers, pd.DataFrame) else [dict(number) for number in numbers])
    numbers = numbers.reindex(columns=RUN_TABLES["numbers"].names)
    checked, faults = {}, [f"summary: '{key}' is not a key of it." for key in set(summary or {}) - set(SUMMARY_KEYS)]
    for name, table in {**tables, "numbers": numbers}.items():
        try:
            checked[name] = _check_table(name, table)
        except RunError as error:
            faults.append(str(error))
    if faults:
        raise RunError("\n".join([f"Results of '{case}' cannot be written:", *(f"  {fault}" for fault in faults)]))
    numbers = checked.pop("numbers")
    for name, table in checked.items():
        write_table(folder / "tables" / f"{name}.csv", table)
    with locked(folder):
        _merge_json(folder, summary or {}, numbers)


def read_results(reports: str | Path, case: str, *, only: Collection[str] | None = None) -> Results:
    """Read what one case's run left; what was not written is empty.

    Parameters
    ----------
    reports
        Folder of all reports.
    case
        Name of the case.
    only
        Tables to read, for who needs no others and no numbers.

    Raises
    ------
    RunError
        If the case has no results.

    Examples
    --------
    >>> import tempfile
    >>> import nicmethods as nic
    >>> with tempfile.TemporaryDirectory() as reports:
    ...     nic.write_results(reports, "demo", {"dyads": nic.analyse("demo", seed=1).dyads})
    ...     len(nic.read_results(reports, "demo").tables["dyads"])
    552
    """
    folder = Path(reports) / case
    if not folder.is_dir():
        raise RunError(f"No results of '{case}' in {reports}; run the case first.")
    wanted = _TABLES if only is None else only
    tables = {path.stem: _read_table(path) for path in sorted((folder / "tables").glob("*.csv")) if path.stem in wanted}
    numbers = _read_numbers(folder) if only is None else empty(RUN_TABLES["numbers"])
    return Results(case, read_json(folder / "case.json", {}), tables, numbers)


def numbers_of(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Make every headline number of a table one that can be quoted, with the row it stands in.

    Parameters
    ----------
    name
        Name of the table, which is also the first part of every id. ``nicmethods/tables/quoted.csv`` says which columns
        tell its rows apart, which hold numbers (or what is reckoned from them), of which rows, and which interval, p and n go with each.
    table
        A finished table.

    Returns
    -------
    DataFrame
        Run table ``numbers``; ids are the table, the values that tell the row apart (blanks left out), and the column where
        the table has several numbers a row. ``row`` is the row of the csv file, the header being row 1.

    Examples
    --------
    >>> table = pd.DataFrame({"relation": ["help"], "wave": ["w1"], "measure": ["density"], "by": [None], "value": [0.25]})
    >>> numbers_of("network_measures", table.assign(n_dyads=12))[["id", "value", "n", "row"]].to_dict("records")
    [{'id': 'network_measures.help.density.w1', 'value': 0.25, 'n': 12, 'row': '2'}]
    """
    parts = [_numbers_by(name, table, how) for how in quoted(name)]
    return conform(pd.concat(parts) if parts else [], RUN_TABLES["numbers"])


def _numbers_by(name: str, table: pd.DataFrame, how: Mapping[str, str]) -> pd.DataFrame:
    def reckoned(part: str) -> Any:
        first = how[part].partition(" ")[0]
        return table.eval(how[part], engine="python") if first in table else None

    value = reckoned("value").astype("float64")
    kept = value.notna()
    if how["where"]:
        kept &= reckoned("where").fillna(False).astype(bool)
    own = table[kept.to_numpy()]
    labels = own[how["by"].split()].astype("object").itertuples(index=False)
    ids = [".".join(str(v) for v in (name, *row, how["suffix"]) if pd.notna(v) and v != "") for row in labels]
    made = pd.DataFrame({"id": ids, "value": value[kept].to_numpy()})
    for part in ("low", "high", "p", "n"):
        found = reckoned(part)
        made[part] = None if found is None else found[kept].to_numpy()
    kind = own[how["interval"]].to_numpy() if how["interval"] in own else how["interval"] or None
    has_interval = made["low"].notna() | made["high"].notna()
    made["interval"] = pd.Series(kind, made.index, dtype="object").where(has_interval)
    rows = [str(row + 2) for row in kept.to_numpy().nonzero()[0]]
    return made.assign(unit=how["unit"] or None, table=name, row=rows)


def quote(numbers: pd.DataFrame) -> Callable[..., str]:
    """Make the filter through which a page takes its numbers: a function of an id.

    Parameters
    ----------
    numbers
        Run table ``numbers``, of one case.

    Returns
    -------
    function
        ``q(id)`` is the number as it is said; ``q(id, "interval")`` its interval with its kind, ``q(id, "p")`` and ``q(id,
        "n")`` what goes with it, each empty where there is none. An id that is not among the numbers is an error that names
        the nearest.

    Examples
    --------
    >>> numbers = pd.DataFrame([{"id": "propositions.help.seen", "value": 0.1, "low": 0.02, "high": 0.3, "p": None,
    ...                          "n": 30, "unit": "share", "interval": "exact"}])
    >>> q = quote(numbers)
    >>> q("propositions.help.seen"), q("propositions.help.seen", "interval"), q("propositions.help.seen", "p")
    ('10.0 %', '2.0 % to 30.0 %, exact', '')
    """
    by_id = {str(row["id"]): row for row in numbers.to_dict("records")}

    def said(number_id: str, part: str = "value") -> str:
        if number_id not in by_id:
            near = ", ".join(get_close_matches(number_id, by_id, 3)) or "none"
            raise RunError(f"There is no number '{number_id}'; the nearest: {near}.")
        row = by_id[number_id]
        ends = [_said(row[end], row["unit"]) for end in ("low", "high") if pd.notna(row[end])]
        kind = [row["interval"]] if ends and pd.notna(row["interval"]) else []
        parts = {
            "value": _said(row["value"], row["unit"]),
            "interval": ", ".join([" to ".join(ends), *kind]),
            "p": p_text(row["p"]) if pd.notna(row["p"]) else "",
            "n": f"{int(row['n'])}" if pd.notna(row["n"]) else "",
        }
        if part not in parts:
            raise RunError(f"A number has no part '{part}'; there are: {', '.join(parts)}.")
        return parts[part]

    return said


def _said(value: float, unit: object) -> str:
    """A number as sentences say it: counts whole, shares in per cent with one decimal, others to three figures."""
    if pd.isna(value):
        return "–"
    if unit == "share":
        return f"{100 * value:.1f} %".replace("-", "−")
    text = f"{value:.0f}" if float(value).is_integer() else f"{value:.3g}"
    return text.replace("-", "−")


def register_claims(reports: str | Path, case: str, claims: Mapping[str, str], *, today: str) -> pd.DataFrame:
    """Keep when each claim was first held against a case in these words, and whether results of the case existed then.

    Parameters
    ----------
    reports
        Folder of all reports; the record is ``<reports>/<case>/registered.json``, which no run takes away.
    case
        Name of the case.
    claims
        Fingerprint of each claim by its id.
    today
        The day, as YYYY-MM-DD.

    Returns
    -------
    DataFrame
        As :func:`read_registered` gives it.
    """
    folder = Path(reports) / case
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        path = folder / _REGISTERED
        held = read_json(path, {})
        existed = (folder / "numbers.json").exists()
        for name, fingerprint in claims.items():
            versions = held.setdefault(name, [])
            if not versions or versions[-1]["fingerprint"] != fingerprint:
                versions.append({"fingerprint": fingerprint, "registered": today, "after_results": existed})
        write_json(path, dict(sorted(held.items())))
    return read_registered(reports, case, claims)


def read_registered(reports: str | Path, case: str, claims: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Read when claims were registered.

    Parameters
    ----------
    reports, case
        As for :func:`register_claims`.
    claims
        Fingerprints of the claims as they are now; without, each claim's latest version.

    Returns
    -------
    DataFrame
        Run table ``registered``, one row a claim; a claim in other words than ever registered is left out. A claim that goes
        back to words it had before is as old as these, and says since when it stands in them again.
    """
    rows = []
    for name, versions in read_json(Path(reports) / case / _REGISTERED, {}).items():
        words = list(dict.fromkeys(one["fingerprint"] for one in versions))
        now = versions[-1]["fingerprint"] if claims is None else claims.get(name)
        if now in words:
            same = [one for one in versions if one["fingerprint"] == now]
            again = same[-1]["registered"] if len(same) > 1 else None
            row = {**same[0], "after_results": same[-1]["after_results"], "again": again}
            rows.append({"proposition": name, "version": words.index(now) + 1, "of": len(words), **row})
    return conform(rows, RUN_TABLES["registered"])


def list_results(reports: str | Path) -> list[str]:
    """Name the cases that have results, in order, without those whose case is gone."""
    found = [path.parent for path in Path(reports).glob("[!.]*/numbers.json")]
    return sorted(folder.name for folder in found if folder.name != ACROSS and not (folder / NO_CASE).exists())


def read_manifest(reports: str | Path) -> pd.DataFrame:
    """Read the outcome of the batches so far, one row a case and notebook; empty without one."""
    path = Path(reports) / "manifest.csv"
    return _read_table(path) if path.exists() else empty(RUN_TABLES["manifest"])


def merge_results(staged: Path, folder: Path) -> None:
    """Put what one notebook left into its place, beside what the case's other notebooks left; again is the same as once."""
    for path in sorted((staged / "tables").glob("*.csv")):
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        path.replace(folder / "tables" / path.name)
    _merge_json(folder, read_json(staged / "case.json", {}), _read_numbers(staged))


def drop_results(folder: Path, *, tables: Collection[str], numbers: Collection[str], summary: Collection[str]) -> None:
    """Take away what no notebook leaves any more: tables by name, numbers by prefix, keys of the summary."""
    for name in tables:
        (folder / name).unlink(missing_ok=True)
    if numbers:
        kept = [one for one in read_json(folder / "numbers.json", []) if prefix_of(one["id"]) not in numbers]
        write_json(folder / "numbers.json", kept)
    if summary:
        held = read_json(folder / "case.json", {}).items()
        write_json(folder / "case.json", {key: value for key, value in held if key not in summary})


def published_table(name: str) -> Table:
    """Give the declaration of a table that may be published."""
    return _TABLES[name]


def published_tables() -> Mapping[str, Table]:
    """Give the declarations of all tables that may be published."""
    return _TABLES


def write_manifest(reports: str | Path, manifest: pd.DataFrame) -> None:
    """Write the outcome of a batch over the earlier outcome of the same cases and notebooks."""
    with locked(Path(reports)):
        earlier, key = read_manifest(reports), ["case", "notebook"]
        merged = pd.concat([earlier, manifest]).drop_duplicates(key, keep="last").sort_values(key)
        write_table(Path(reports) / "manifest.csv", merged)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as csv that no spreadsheet computes."""
    # An apostrophe stands before text that would be a formula, and before one that stands there already.
    write_text(path, _replaced(table, _FORMULA, r"'\g<0>").to_csv(index=False, lineterminator="\n"))


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all, as UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_json(path: Path, default: Any) -> Any:
    """Read a JSON file, or give the default where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else default


def write_json(path: Path, value: Any) -> None:
    """Write JSON that other tools can read: no NaN, characters as they are."""
    write_text(path, json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, indent=1) + "\n")


def _folder_to_write(reports: Path, case: str) -> Path:
    """The case's folder; in a batch, what stands for it until the case's results are whole."""
    stage = Path(os.environ.get(STAGE, ""))
    return stage if stage.parent == reports.resolve() / ".new" / case else reports / case


def _check_table(name: str, table: pd.DataFrame) -> pd.DataFrame:
    declared = _TABLES.get(name)
    if declared is None:
        raise RunError(f"{name}: is not a declared table that may be published.")
    import pandera.errors as pe

    try:
        return declared.schema().validate(_typed(table, declared), lazy=True)
    except pe.SchemaErrors as errors:
        found = sorted({_fault(*case) for case in errors.failure_cases[["column", "check", "failure_case"]].to_numpy()})
        raise RunError(f"{name}: breaks its declaration: {'; '.join(found)}.") from None
    except (TypeError, ValueError) as error:
        raise RunError(f"{name}: {error}") from None


def _fault(column: object, check: object, value: object) -> str:
    told = {
        "column_in_dataframe": f"column '{value}' is missing",
        "column_in_schema": f"column '{value}' is not declared",
    }
    return told.get(str(check), f"'{column}' ({check}, for example {value!r})")


def _typed(table: pd.DataFrame, declared: Table) -> pd.DataFrame:
    """Declared columns in their types and order; an object or float column of whole numbers becomes integer."""
    types = {column.name: column.dtype for column in declared.columns if column.name in table.columns}
    others = [name for name in table.columns if name not in types]
    return table.reset_index(drop=True).astype(types)[[*types, *others]]


def _read_table(path: Path) -> pd.DataFrame:
    declared = RUN_TABLES["manifest"] if path.name == "manifest.csv" else _TABLES[path.stem]
    text = {column.name: "str" for column in declared.columns if column.kind in ("text", "date")}
    table = pd.read_csv(path, dtype=text, keep_default_na=False, na_values=[""], encoding="utf-8")
    return _typed(_replaced(table, _GUARDED, ""), declared)


def _replaced(table: pd.DataFrame, pattern: re.Pattern[str], by: str) -> pd.DataFrame:
    """Text columns with a pattern replaced; the others are not looked at twice."""
    texts: pd.DataFrame = table.select_dtypes("str")
    found = [name for name in texts if any(pattern.match(text) for text in texts[name].dropna().unique())]
    return table.assign(**{str(name): texts[name].str.replace(pattern, by, regex=True) for name in found})


def _read_numbers(folder: Path) -> pd.DataFrame:
    declared = RUN_TABLES["numbers"]
    return _typed(pd.DataFrame(read_json(folder / "numbers.json", []), columns=declared.names), declared)


def _merge_json(folder: Path, summary: Mapping[str, Any], numbers: pd.DataFrame) -> None:
    write_json(folder / "case.json", {**read_json(folder / "case.json", {}), **summary})
    given = {prefix_of(name) for name in numbers["id"]}
    kept = [one for one in read_json(folder / "numbers.json", []) if prefix_of(one["id"]) not in given]
    write_json(folder / "numbers.json", sorted([*kept, *numbers.to_dict("records")], key=lambda one: str(one["id"])))


def prefix_of(number_id: str) -> str:
    """Give the part of a number's id that says which numbers are replaced together."""
    return number_id.split(".")[0]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, pd.DataFrame):
        return _plain(value.to_dict("records"))
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(item) for item in value]
    if hasattr(value, "isoformat"):
        return None if pd.isna(value) else value.isoformat()[:10]
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value
