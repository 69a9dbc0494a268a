"""Timed captions: WebVTT as Zoom and Teams write it, and SRT, to a table of cues and back."""

from __future__ import annotations

import html
import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from nicmethods.case.speakers import (
    Doubt,
    Labels,
    Settled,
    clock_s,
    nothing_settled,
    read_labels,
    split_inside,
    split_label,
)
from nicmethods.errors import Problem
from nicmethods.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["CUES", "check_times", "cue_table", "doubtful", "format_vtt", "parse_sbv", "parse_srt", "parse_vtt"]

CUES = Table(
    "cues",
    "Pieces of talk as a transcript cuts them; the index 'row' is the line in the file.",
    (
        Column("cue", "integer", "1-based number in the file; pieces of one cue by several speakers share it"),
        Column("id", "text", "id as the file writes it", blank=True),
        Column("speaker", "text", "speaker as the file writes it", blank=True),
        Column("start_s", "number", "start from the beginning of the recording", "s", blank=True),
        Column("end_s", "number", "end from the beginning of the recording", "s", blank=True),
        Column("text", "text", "what was said; lines of a cue keep their break"),
    ),
)

_TIME = r"(?:\d{1,4}:)?[0-5]?\d:[0-5]?\d(?:[.,]\d{1,3})?"
_TIMING = re.compile(rf"\s*({_TIME})\s*-->\s*({_TIME})(?:\s.*)?")
_LIKE_TIMING = re.compile(r"\s*\d[\d:.,]*\s*-->.*|.*-->\s*\d[\d:.,]*\s*")
_COMMENT = re.compile(r"(NOTE|STYLE|REGION)(\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:\s([^<>]*))?>")
_TAG = re.compile(r"</?(?:[biuvc]|lang|ruby|rt|font)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|\{\\[^{}]*\}", re.IGNORECASE)
_ID_NAMED = re.compile(r'\d*\s*"(?P<name>[^"]{1,80})"(?:\s*\(\d*\))?')
_SBV = re.compile(r"(?m)^\s*(\d{1,2}:\d\d:\d\d\.\d{1,3}),(\d{1,2}:\d\d:\d\d\.\d{1,3})\s*$")
_DASHED = re.compile(r"\s*(?:[-–—]|>>)\s*\S")
_LEAST_CHANGES, _LEAST_SHARE, _SHOWN = 3, 0.2, 12
_ENTITY = re.compile(r"&(?:amp|lt|gt|nbsp|lrm|rlm|quot|apos|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")


class _Raw(NamedTuple):
    row: int
    id: str | None
    timing: str | None
    lines: tuple[str, ...]


def parse_vtt(text: str, name: str, settled: Settled = nothing_settled) -> tuple[pd.DataFrame, list[Problem]]:
    r"""Read WebVTT, as Zoom (``Name: text``) or Teams (``<v Name>text</v>``) exports it.

    Parameters
    ----------
    text
        Content of the file, lines ending in ``\n``.
    name
        The file's name, for problems.
    settled
        What the roster and people.csv say of a spelling; see :data:`nicmethods.case.speakers.Settled`.

    Returns
    -------
    tuple
        Cues in the order of the file (see :data:`CUES`), without loss of text, and the problems: a cue that ends before
        it starts is an error, one without a readable time or with a time before its predecessor's a warning.
    """
    cues, problems = _parse(text, name, settled)
    if not text.lstrip("\ufeff").startswith("WEBVTT"):
        message = "the file does not begin with WEBVTT; it was read all the same."
        problems.insert(0, Problem("warning", name, 1, "", "", message))
    return cues, problems


def parse_srt(text: str, name: str, settled: Settled = nothing_settled) -> tuple[pd.DataFrame, list[Problem]]:
    """Read SubRip captions; as :func:`parse_vtt`. A speaker goes on where the file names speakers only when they change."""
    return _parse(text, name, settled, carry=True)


def parse_sbv(text: str, name: str, settled: Settled = nothing_settled) -> tuple[pd.DataFrame, list[Problem]]:
    """Read the captions of YouTube and Google Meet (``0:00:01.000,0:00:04.000`` above the words); as :func:`parse_vtt`."""
    return _parse(_SBV.sub(r"\1 --> \2", text), name, settled)


def _parse(text: str, name: str, settled: Settled, *, carry: bool = False) -> tuple[pd.DataFrame, list[Problem]]:
    raw = list(_raw_cues(text))
    voiced = any(_VOICE.search(line) for cue in raw for line in cue.lines)
    labels = Labels({}) if voiced else read_labels((_plain(line) for cue in raw for line in cue.lines), settled)
    doubts: list[Doubt] = []
    rows, unread = [], []
    for number, cue in enumerate(raw, start=1):
        start_s, end_s = _times(cue.timing)
        if start_s is None:
            unread.append(cue)
        said = _voices("\n".join(cue.lines)) if voiced else _named(cue, labels, doubts)
        rows += [(cue.row, number, cue.id, speaker, start_s, end_s, words) for speaker, words in said]
    cues = cue_table(rows)
    problems = [_without_time(unread, name)] if unread else []
    if carry:
        cues, more = _carried_on(cues, name, {doubt.row for doubt in doubts if doubt.apart})
        problems += more
    problems += doubtful(doubts, name)
    if cues.empty:
        problems.append(Problem("error", name, None, "", "", "the file holds no cues. Export the transcript again."))
    return cues, [*problems, *check_times(cues, name, "cue")]


def cue_table(rows: Iterable[tuple[int, int, str | None, str | None, float | None, float | None, str]]) -> pd.DataFrame:
    """Put (row, cue, id, speaker, start_s, end_s, text) into a table as :data:`CUES` declares it."""
    frame = pd.DataFrame(list(rows), columns=["row", *CUES.names]).set_index("row")
    return frame.astype(CUES.dtypes)


def _raw_cues(text: str) -> Iterator[_Raw]:
    for row, lines in _blocks(text):
        timed = [n for n, line in enumerate(lines) if _TIMING.fullmatch(line) or _LIKE_TIMING.fullmatch(line)]
        if row == 1 and lines[0].startswith("WEBVTT"):
            if not timed:
                continue
            lines, row, timed = lines[1:], 2, [n - 1 for n in timed]
        if not timed:
            if not _COMMENT.fullmatch(lines[0]):
                yield _untimed(row, lines)
            continue
        starts = [n - (n > 0 and n - 1 not in timed and (n == 1 or lines[n - 1].strip().isdigit())) for n in timed]
        if starts[0] > 0:
            yield _untimed(row, lines[: starts[0]])
        for start, at, end in zip(starts, timed, [*starts[1:], len(lines)], strict=True):
            cue_id = lines[start].strip() if start < at else None
            yield _Raw(row + at, cue_id, lines[at].strip(), tuple(lines[at + 1 : end]))


def _untimed(row: int, lines: list[str]) -> _Raw:
    numbered = len(lines) > 1 and lines[0].strip().isdigit()
    return _Raw(row, lines[0].strip() if numbered else None, None, tuple(lines[numbered:]))


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    block: list[str] = []
    for row, line in enumerate([*text.split("\n"), ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield row - len(block), block
            block = []


def _times(timing: str | None) -> tuple[float | None, float | None]:
    match = _TIMING.fullmatch(timing or "")
    return (clock_s(match[1]), clock_s(match[2])) if match else (None, None)


def _plain(text: str) -> str:
    """Leave markup out; entities stay, so that an escaped colon is no speaker's."""
    return _TAG.sub("", text)


def _words(text: str) -> str:
    lines = (_ENTITY.sub(lambda found: html.unescape(found[0]), line).strip() for line in _plain(text).split("\n"))
    return "\n".join(line for line in lines if line)


def _voices(payload: str) -> list[tuple[str | None, str]]:
    before, *rest = _VOICE.split(payload)
    said = [(None, _words(before))] if _words(before) or not rest else []
    spoken = zip(rest[::2], rest[1::2], strict=True)
    return said + [
        (" ".join(_words(speaker or "").removeprefix("//").split()) or None, _words(text)) for speaker, text in spoken
    ]


def _named(cue: _Raw, labels: Labels, doubts: list[Doubt]) -> list[tuple[str | None, str]]:
    """What is said in a cue, by whom; two voices that dashes or ``>>`` set apart are two, whoever they are."""
    said: list[tuple[str | None, list[str]]] = []
    id_named = _ID_NAMED.fullmatch(cue.id or "")
    apart = len(cue.lines) > 1 and all(_DASHED.match(line) for line in cue.lines)
    for line in map(_plain, cue.lines):
        label, text = split_label(line)
        what = labels.judged.get(label or "", "talk")
        if what in ("apart", "asked"):
            doubts.append(Doubt(cue.row, label or "", line.strip(), apart=what == "apart"))
        speaker = _words(label) if label and what == "speaker" else None
        if speaker or not said or apart or what == "apart":
            said.append((speaker, []))
        said[-1][1].append(text if speaker else line)
    if id_named and said and said[0][0] is None:
        said[0] = (id_named["name"], said[0][1])
    found = [
        piece for speaker, parts in said for piece in split_inside(_words("\n".join(parts)), speaker, labels.inside)
    ]
    return found or [(None, "")]


def _carried_on(cues: pd.DataFrame, name: str, doubtful_rows: set[int]) -> tuple[pd.DataFrame, list[Problem]]:
    """Let a speaker go on over cues without a name, in a file that names speakers throughout only where they change."""
    named = cues["speaker"].dropna()
    goes_on = cues["speaker"].mask(cues.index.isin(doubtful_rows), "").ffill().replace("", None)
    unnamed = cues["speaker"].isna() & goes_on.notna()
    if len(named) < _LEAST_CHANGES or unnamed.mean() < _LEAST_SHARE or (named == named.shift()).any():
        return cues, []
    message = f"speakers are named only where they change; {int(unnamed.sum())} cues without a name go on with the one before."
    return cues.assign(speaker=goes_on.astype("str")), [Problem("warning", name, None, "speaker", "", message)]


def doubtful(doubts: Sequence[Doubt], name: str) -> list[Problem]:
    """Ask about lines that may begin with a speaker's name: one warning for those kept apart, one for those left as talk."""
    problems = []
    for apart, where in ((True, "as nobody's words"), (False, "as words of whoever spoke before")):
        found = [doubt for doubt in doubts if doubt.apart == apart]
        labels = Counter(doubt.label for doubt in found)
        first = {doubt.label: doubt for doubt in reversed(found)}
        shown = [f"'{label}' (row {first[label].row}{f', {n} lines' if n > 1 else ''}: \"{first[label].line[:60]}\")" for label, n in labels.most_common(_SHOWN)]  # fmt: skip
        if not found:
            continue
        listing = ", ".join(shown) + (f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else "")
        many = "1 line may begin" if len(found) == 1 else f"{len(found)} lines may begin"
        message = (
            f"{many} with a speaker's name and {'is' if len(found) == 1 else 'are'} kept {where}: {listing}. Put each spelling "
            "into people.csv: with an actor, with ? for a speaker who is left open, or with - where it is no speaker."
        )
        problems.append(Problem("warning", name, found[0].row, "speaker", listing, message))
    return problems


def _without_time(cues: list[_Raw], name: str) -> Problem:
    first = cues[0]
    many = "a cue has" if len(cues) == 1 else f"{len(cues)} cues have"
    message = f"{many} no time that can be read; the talk was kept in its place."
    return Problem("warning", name, first.row, "start_s", first.timing or "", message)


def check_times(cues: pd.DataFrame, name: str, what: str) -> list[Problem]:
    """Find pieces of talk that end before they start (errors) and starts that go back (one warning a file)."""
    first = cues.drop_duplicates("cue")
    backwards = first[first["end_s"] < first["start_s"]]
    problems = [
        Problem(
            "error", name, int(row), "end_s", f"{end:g}",
            f"{what} {cue} ends at {end:g} s, before it starts at {start:g} s. Correct the times.",
        )
        for row, cue, start, end in zip(backwards.index, backwards["cue"], backwards["start_s"], backwards["end_s"], strict=True)
    ]  # fmt: skip
    starts = first["start_s"].dropna()
    back = starts.index[starts < starts.shift()]
    if len(back):
        count = "once" if len(back) == 1 else f"{len(back)} times"
        message = f"the time goes back {count}, first here; the order of the file was kept."
        problems.append(Problem("warning", name, int(back[0]), "start_s", f"{starts.loc[back[0]]:g}", message))
    return problems


def format_vtt(talk: pd.DataFrame) -> str:
    """Write cues or turns as WebVTT.

    Parameters
    ----------
    talk
        Rows with ``speaker``, ``start_s``, ``end_s`` and ``text``, and ``cue`` or ``turn``: a table of cues comes back
        from :func:`parse_vtt` as it was; of turns, each becomes one cue.

    Returns
    -------
    str
        WebVTT with ``<v Name>`` voices. A piece without a time has no timing line, which this library reads and players
        pass over.
    """
    number = "cue" if "cue" in talk else "turn"
    ids = talk["id"] if "id" in talk else talk[number].astype("str")
    columns = (talk[number], ids, talk["speaker"], talk["start_s"], talk["end_s"], talk["text"])
    blocks: list[str] = ["WEBVTT\n"]
    previous = None
    for key, cue_id, speaker, start_s, end_s, text in zip(*columns, strict=True):
        if key != previous:
            timed = pd.notna(start_s) and pd.notna(end_s)
            head = f"{_clock(start_s)} --> {_clock(end_s)}\n" if timed else ""
            blocks.append(
                f"\n{key if pd.isna(cue_id) else cue_id}\n{head}" if pd.notna(cue_id) or not timed else f"\n{head}"
            )
        blocks.append(f"{_payload(speaker, text)}\n")
        previous = key
    return "".join(blocks)


def _clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def _payload(speaker: str | float, text: str) -> str:
    lines = "\n".join(line for line in html.escape(text, quote=False).split("\n") if line.strip())
    named = "" if pd.isna(speaker) else f" {html.escape(str(speaker), quote=False)}"
    return f"<v{named}>{lines}</v>"
