"""A file of another program into a case: transcripts that are not there yet, codes, codings placed by their words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.as_coded import keep_as_coded
from nicmethods.case.codebook import Codebook, read_codebook
from nicmethods.case.folder import read_parts
from nicmethods.case.new import write_new_case
from nicmethods.case.people import actors_meant, settled_by
from nicmethods.case.speakers import nothing_settled
from nicmethods.case.transcripts import SUFFIXES, read_transcript
from nicmethods.errors import CaseError, Problem
from nicmethods.exchange.placing import activities_of, place_segments
from nicmethods.exchange.projects import codebook_from_refi, details_of, slug
from nicmethods.exchange.refi import read_qdc
from nicmethods.exchange.segments import read_coded
from nicmethods.exchange.spreadsheets import read_codebook_table, write_codebook, write_codings
from nicmethods.tables import CASE_TABLES, WORK_TABLES, conform, empty

if TYPE_CHECKING:
    from pathlib import Path

    from nicmethods.case.speakers import Settled
    from nicmethods.exchange.segments import Coded

__all__ = ["Brought", "bring"]

_UNSAFE = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+|^[\s.]+|[\s.]+$")
_OWN_COLUMNS = ("activity", "kind", "transcript", "chat")
_DATES = ("date", "joined", "left")
_TAKEN = ("adjudicated", "coverage", "suggestions")


@dataclass
class Brought:
    """What an import did.

    Attributes
    ----------
    said
        What it came to, a sentence each.
    written
        Files written.
    problems
        What was wrong with the file.
    outcomes
        What became of each coded segment; see :func:`~nicmethods.exchange.placing.place_segments`.
    """

    said: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)


def bring(path: Path, case: Path, *, coder: str = "", codebook: Path | None = None) -> Brought:
    """Bring a file of another program into a case.

    Parameters
    ----------
    path
        See :func:`~nicmethods.exchange.segments.read_coded`; a ``.qdc`` brings codes alone.
    case
        The case folder; a new one is laid out where there is none.
    coder
        Whose codings they are where the file does not say.
    codebook
        The program's codebook (qdc, csv, xlsx or yml), where it is a file of its own.

    Returns
    -------
    Brought
        Transcripts that the case lacks are written where the file holds their text, and read as any transcript; every coding
        is placed by its words, and ``imported/<file>.csv`` lists what became of each.

    Raises
    ------
    CaseError
        If the file cannot be read, or codings of the same coder are there already; then nothing is written.
    """
    done = Brought()
    codes = _codes_of(codebook, done) if codebook is not None else None
    if path.suffix.lower() == ".qdc":
        found = _codes_of(path, done)
        _lay_out(case, done)
        _write_book(case, found, done, use=False)
        return done
    known = [code.name for book in (codes, _own_book(case)) if book is not None for code in book.codes]
    coded, problems = read_coded(path, path.name, known=known)
    if coded is None:
        raise CaseError(path.name, problems)
    done.problems += problems
    book = codes or (codebook_from_refi(coded.codes, id=slug(path.stem), title=path.stem) if len(coded.codes) else None)
    segments = _with_ids(coded, book, coder)
    files = {path.stem for path in (case / "codings").glob("*.*") if path.suffix in (".csv", ".xlsx")}
    there = sorted(files & set(segments["coder"]))
    if there:
        message = f"codings of {', '.join(there)} are in the case already and are not written over. Rename the file there or say --coder."
        raise CaseError(path.name, [Problem("error", f"codings/{there[0]}.csv", None, "", there[0], message)])
    _lay_out(case, done)
    turns, names = _turns_of(case)
    activity_of = activities_of(segments, turns, names)
    turns, settled = _with_new_transcripts(case, coded, segments, turns, activity_of, done)
    texts = {title: _with_plain_ends(text) for title, text in coded.texts.items()}
    moved = _with_line_ends(segments, coded.texts)
    codings, outcomes = place_segments(moved, turns, activity_of, texts=texts, settled=settled)
    codings, outcomes = _known_codes(case, book, codings, outcomes, done)
    _write(case, path, codings, outcomes, turns, done)
    _give_attributes(case, coded.attributes, activity_of, turns, done)
    if coded.said:
        done.said.append(f"{coded.origin}: {coded.said}.")
    return done


def _codes_of(path: Path, done: Brought) -> Codebook:
    if path.suffix.lower() == ".qdc":
        found, problems = read_qdc(path, path.name)
        book = codebook_from_refi(found, id=slug(path.stem), title=path.stem) if found is not None else None
    elif path.suffix.lower() in (".yml", ".yaml"):
        book, problems = read_codebook(path, path.name)
    else:
        book, problems = read_codebook_table(path, path.name, id=slug(path.stem), title=path.stem)
    if book is None:
        raise CaseError(path.name, problems)
    done.problems += problems
    return book


def _own_book(case: Path) -> Codebook | None:
    parts = read_parts(case) if (case / "case.yml").is_file() else None
    return parts["codebook"] if parts else None


def _with_ids(coded: Coded, book: Codebook | None, coder: str) -> pd.DataFrame:
    """Segments with the code's id, a coder that can be a file's name, and the details that our own memos carry."""
    by_name = {code.name.casefold(): code.id for code in book.codes} if book is not None else {}
    ids: dict[str, str] = {}
    if len(coded.codes):
        own = codebook_from_refi(coded.codes, id="c", title="c").codes
        once = ~coded.codes["name"].duplicated(keep=False)
        for guid, name, is_told, code in zip(coded.codes["guid"], coded.codes["name"], once, own, strict=True):
            ids[guid] = by_name.get(name.casefold(), code.id) if is_told else code.id

    def file_name(name: str) -> str:
        safe = _UNSAFE.sub("_", name)[:80] or "unknown"
        return f"{safe}_" if safe.casefold() in _TAKEN else safe

    who = coded.segments["coder"].fillna(coder or "unknown").map(file_name)
    return coded.segments.assign(code=coded.segments["code"].map(ids), coder=who)


def _lay_out(case: Path, done: Brought) -> None:
    if not (case / "case.yml").is_file():
        write_new_case(case, title=case.name)
        done.said.append(f"{case} was laid out: list the people in roster.csv.")


def _turns_of(case: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """The turns of the case, and its activities by every name they go by; of a case that cannot be read, by its transcripts."""
    parts = read_parts(case)
    if parts is not None:
        listed = parts["activities"].reindex(columns=["activity", "transcript", "title"])
        names = {
            str(row[key]): str(row["activity"])
            for _, row in listed.iterrows()
            for key in ("title", "transcript", "activity")
            if pd.notna(row[key])
        }
        return parts["turns"], names
    paths = [path for path in sorted((case / "transcripts").glob("[!.~]*")) if path.suffix.lower() in SUFFIXES]
    talks = [read_transcript(path, path.name, activity=path.stem, kind="meeting")[0] for path in paths]
    return pd.concat([empty(WORK_TABLES["turns"]), *talks], ignore_index=True), {path.stem: path.stem for path in paths}


def _with_plain_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_new_transcripts(
    case: Path, coded: Coded, segments: pd.DataFrame, turns: pd.DataFrame, activity_of: dict[str, str], done: Brought
) -> tuple[pd.DataFrame, Settled]:
    """Write the documents that the case lacks, where the file holds their text, and read them as any transcript."""
    parts = read_parts(case)
    settled = settled_by(parts["roster"], parts["people"]) if parts else nothing_settled
    new = []
    for title, text in coded.texts.items():
        if title in activity_of or (title not in set(segments["document"]) and not text.strip()):
            continue
        name = _UNSAFE.sub("_", re.sub(r"\.\w{2,5}$", "", title))[:80] or "document"
        path = case / "transcripts" / f"{name}.txt"
        if path.exists() or not text.strip():
            continue
        path.write_text(_with_plain_ends(text), encoding="utf-8")
        talk, problems = read_transcript(path, f"transcripts/{path.name}", settled, activity=name, kind="meeting")
        done.problems += problems
        done.written.append(str(path))
        done.said.append(f"transcripts/{path.name}: {len(talk)} turns, {talk['speaker'].nunique()} speakers.")
        activity_of[title] = name
        new.append(name)
        turns = pd.concat([turns, talk], ignore_index=True)
    listed = case / "activities.csv"
    if new and listed.is_file() and len(listed.read_text(encoding="utf-8-sig").strip().splitlines()) > 1:
        from nicmethods.case.surveys import read_table

        table, _ = read_table(listed, "activities.csv", CASE_TABLES["activities"])
        unlisted = [name for name in new if name not in set(table["activity"])]
        more = pd.DataFrame({"activity": unlisted, "kind": "meeting"})
        both = pd.concat([table.reset_index(drop=True), more], ignore_index=True).dropna(axis="columns", how="all")
        listed.write_text(both.to_csv(index=False), encoding="utf-8")
        done.written.append(str(listed))
    elif new and listed.is_file():
        listed.unlink()
    return turns, settled


def _with_line_ends(segments: pd.DataFrame, texts: dict[str, str]) -> pd.DataFrame:
    """Segments with positions in texts whose line ends are one character."""
    placed = segments[segments["start"].notna()]
    moved = {
        end: [at - texts[title].count("\r\n", 0, at) for title, at in zip(placed["document"], placed[end], strict=True)]
        for end in ("start", "end")
    }
    segments = segments.copy()
    segments.loc[placed.index, ["start", "end"]] = pd.DataFrame(moved, index=placed.index, dtype="Int64")
    return segments


def _known_codes(
    case: Path, book: Codebook | None, codings: pd.DataFrame, outcomes: pd.DataFrame, done: Brought
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Codings of codes that the case has; the file's own codebook becomes the case's where nothing is coded yet."""
    own = _own_book(case)
    used = set(codings["code"].dropna())
    if own is not None and used <= set(own.ids):
        return codings, outcomes
    coded_already = any(path.stem not in ("coverage", "suggestions") for path in (case / "codings").glob("[!.~]*.csv"))
    if book is not None:
        _write_book(case, book, done, use=not coded_already)
    if own is None or not coded_already:
        return codings, outcomes
    strange = ~outcomes["code"].isin(list(own.ids)) & outcomes["outcome"].ne("lost")
    why = f"its code is not in codebook '{own.id}', which the case uses: add it there and import again"
    outcomes.loc[strange, ["outcome", "why"]] = ["lost", why]
    return codings[codings["code"].isin(list(own.ids))], outcomes


def _write_book(case: Path, book: Codebook, done: Brought, *, use: bool) -> None:
    path = case / "codebooks" / f"{book.id}.yml"
    if path.exists():
        done.said.append(f"codebooks/{path.name} is there already and stays as it is.")
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    write_codebook(book, path)
    done.written.append(str(path))
    nested = sum(bool(code.parent) for code in book.codes)
    more = "" if use else f" Say in case.yml: codebook: {book.id}"
    done.said.append(f"codebooks/{path.name}: {len(book.codes)} codes, {nested} of them below another.{more}")
    if use:
        file, line = case / "case.yml", f"codebook: {book.id}"
        text, n = re.subn(r"(?m)^codebook:.*$", line, file.read_text(encoding="utf-8-sig"))
        file.write_text(text if n else f"{text.rstrip()}\n{line}\n", encoding="utf-8")


def _give_attributes(
    case: Path, attributes: pd.DataFrame, activity_of: dict[str, str], turns: pd.DataFrame, done: Brought
) -> None:
    """What the file says of documents and people, into empty cells of activities.csv and roster.csv."""
    of_documents, of_cases = (attributes[attributes["kind"] == kind] for kind in ("document", "case"))
    left: list[str] = []
    if len(of_documents):
        ids = list(dict.fromkeys(turns["activity"]))
        laid = pd.DataFrame({"activity": ids, "kind": "meeting"})
        meant = of_documents["owner"].map(activity_of)
        places = [name for name in CASE_TABLES["activities"].names if name not in _OWN_COLUMNS]
        left += _filled(case / "activities.csv", laid, "activity", of_documents.assign(row=meant), places, done)
    if len(of_cases):
        parts = read_parts(case)
        people = parts["people"] if parts else empty(CASE_TABLES["people"])
        path = case / "roster.csv"
        roster = pd.read_csv(path, dtype="str") if path.is_file() else empty(CASE_TABLES["roster"])
        speakers = set(turns["speaker"].dropna())
        named = [name for name in of_cases["owner"].unique() if not len(roster) and name in speakers]
        laid = pd.DataFrame({"actor": [f"P{n:02}" for n, _ in enumerate(named, start=1)], "name": named})
        who = actors_meant(laid if named else roster, people)(of_cases["owner"].unique())
        left += _filled(path, laid, "actor", of_cases.assign(row=of_cases["owner"].map(who)), None, done)
    if left:
        message = f"{len(left)} attributes have no place in the case: {', '.join(list(dict.fromkeys(left))[:12])}."
        done.problems.append(Problem("warning", "", None, "", str(len(left)), message))


def _filled(
    path: Path, laid: pd.DataFrame, key: str, given: pd.DataFrame, places: list[str] | None, done: Brought
) -> list[str]:
    """Write values into empty cells of a table of the case, which is laid out where it holds no row; what found no place comes back."""
    table = pd.read_csv(path, dtype="str") if path.is_file() else laid
    table = table if len(table) else laid.reindex(columns=list(dict.fromkeys([*table.columns, *laid.columns])))
    table = table.astype("object")
    columns = {str(name).casefold(): str(name) for name in [*(places or ()), *table.columns] if name != key}
    left, n = [], 0
    for row in given.to_dict("records"):
        column = columns.get(row["variable"].casefold(), row["variable"] if places is None else None)
        at = table.index[table[key] == row["row"]]
        value = row["value"][:10] if column in _DATES else row["value"]
        if column is not None and column not in table:
            table[column] = None
        is_no_date = column in _DATES and not re.fullmatch(r"\d{4}-\d\d-\d\d", value)
        if column is None or not len(at) or not value or is_no_date:
            left.append(f"{row['variable']} of {row['owner']}")
        elif pd.isna(table.loc[at[0], column]):
            table.loc[at[0], column] = value
            n += 1
        elif table.loc[at[0], column] != value:
            left.append(f"{row['variable']} of {row['owner']} (another value is there)")
    if n:
        path.write_text(table.to_csv(index=False), encoding="utf-8")
        done.written.append(str(path))
        done.said.append(f"{path.name}: {n} values filled in from attributes.")
    return left


def _write(
    case: Path, path: Path, codings: pd.DataFrame, outcomes: pd.DataFrame, turns: pd.DataFrame, done: Brought
) -> None:
    details = pd.DataFrame([details_of(memo) for memo in codings["memo"]], index=codings.index)
    table = empty(WORK_TABLES["codings"])
    if len(codings):
        table = conform(codings.drop(columns=["memo", "segment"]).join(details), WORK_TABLES["codings"])
        table = table.drop_duplicates(ignore_index=True)
        paths = write_codings(table, empty(WORK_TABLES["coverage"]), turns, case / "codings")
        done.written += map(str, paths)
    listed = case / "codings" / "coverage.csv"
    if len(table) and listed.is_file():
        pairs = table[["coder", "activity"]].drop_duplicates()
        before = pd.read_csv(listed, dtype="str", keep_default_na=False)
        listed.write_text(pd.concat([before, pairs]).fillna("").to_csv(index=False), encoding="utf-8")
        done.said.append("coverage.csv says that what was coded was read whole: correct it where only a part was read.")
    kept = keep_as_coded(case, turns, sorted(table["activity"].unique()))
    if kept:
        done.said.append(f"Kept as they were coded: {', '.join(kept)}.")
    report = case / "imported" / f"{path.stem}.csv"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(outcomes.to_csv(index=False), encoding="utf-8")
    done.written.append(str(report))
    done.outcomes = outcomes
    counts = outcomes["outcome"].value_counts()
    said = ", ".join(f"{int(counts.get(what, 0))} {what}" for what in ("placed", "review", "lost"))
    done.said.append(f"{len(outcomes)} codings: {said}; see imported/{report.name}.")
    for why, n in outcomes.loc[outcomes["outcome"] != "placed", "why"].value_counts().items():
        done.said.append(f"  {n}: {why}.")
