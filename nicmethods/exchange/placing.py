"""Coded words of another program, placed on the turns of a case: by the words themselves, wherever they stand now."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from nicmethods.case.speakers import nothing_settled, parse_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from nicmethods.case.speakers import Settled

__all__ = ["activities_of", "place_segments"]

OUTCOME = ["row", "document", "code", "coder", "words", "outcome", "why", "activity", "turn"]
_LEAST_SHARE, _LEAST_WORDS, _NEAR = 0.6, 3, 0.05
_ANY_LABEL = re.compile(r"(?m)^\s*[^:：\n]{1,40}[:：]\s+")
_CLOCK = r"[\[(]?\d{1,3}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?[\])]?"


class _Talk:
    """The letters and figures of an activity in one string, and the turn and character that each comes from."""

    def __init__(self, turns: pd.DataFrame) -> None:
        rows = turns.sort_values("position")
        self.turns = rows["turn"].tolist()
        self.texts = [str(text) if pd.notna(text) else "" for text in rows["text"]]
        folded, at, char = [], [], []
        for n, text in enumerate(self.texts):
            for place, letter in enumerate(text):
                if letter.isalnum():
                    small = letter.casefold()
                    folded.append(small)
                    at += [n] * len(small)
                    char += [place] * len(small)
        self.folded = "".join(folded)
        self.at: NDArray[np.int64] = np.array(at, dtype=np.int64)
        self.char: NDArray[np.int64] = np.array(char, dtype=np.int64)
        names = {str(name) for column in ("speaker", "actor") for name in rows[column].dropna()}
        one = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self.labels = (
            re.compile(rf"(?m)^[ \t*]*(?:{one})(?:[ \t*,]*{_CLOCK}[ \t]*$|[ \t*]*[:：](?:\s|$))") if one else None
        )

    def bare(self, words: str) -> str:
        """Words without the labels of who says them."""
        return self.labels.sub(" ", words) if self.labels is not None else words

    def letters_of(self, text: str, settled: Settled) -> NDArray[np.int64] | None:
        """For each character of the text that this activity was read from, how many letters of the activity stand before it.

        None where the activity was read from another text, or from this one in another state.
        """
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        pieces, _ = parse_lines([(row, line) for row, line in enumerate(lines) if line.strip()], settled)
        if "".join(_folded(piece.text) for piece in pieces) != self.folded:
            return None
        parts: dict[int, list[str]] = {}
        for n, piece in enumerate(pieces):
            last = pieces[n + 1].row if n + 1 < len(pieces) else len(lines)
            below = [row for row in range(piece.row + 1, max(last, piece.row + 1)) if lines[row].strip()]
            said = piece.text.split("\n")
            own = said[: len(said) - len(below)] if len(said) > len(below) else said[:1]
            parts.setdefault(piece.row, []).append(" ".join(own))
            for row, line in zip(below, said[len(own) :], strict=False):
                parts.setdefault(row, []).append(line)
        before, counts = 0, []
        for row, line in enumerate(lines):
            wanted = "".join(_folded(part) for part in parts.get(row, []))
            counts += _aligned(line, wanted, before)
            before += len(wanted)
            counts.append(before)
        return np.array(counts, dtype=np.int64) if before == len(self.folded) else None

    def places(self, words: str) -> list[tuple[int, int]]:
        """Where the letters of some words stand."""
        wanted = _folded(words)
        found, start = [], self.folded.find(wanted) if wanted else -1
        while start >= 0:
            found.append((start, start + len(wanted)))
            start = self.folded.find(wanted, start + 1)
        return found

    def signs(self, words: str) -> list[tuple[int, dict[str, Any]]]:
        """Where words without letters or figures stand, an emoji say: how many letters stand before them, and the span."""
        found = []
        for n, text in enumerate(self.texts):
            for match in re.finditer(re.escape(words), text) if words else ():
                before = int(((self.at < n) | ((self.at == n) & (self.char < match.start()))).sum())
                span = {"turn": self.turns[n], "start_char": match.start(), "end_char": match.end()}
                found.append((before, span))
        return found

    def spans(self, start: int, end: int, words: str) -> Iterator[dict[str, Any]]:
        """Turns that a run of letters touches, with the span in each; a whole turn has none."""
        for n in np.unique(self.at[start:end]).tolist():
            inside = np.flatnonzero(self.at == n)
            mine = inside[(inside >= start) & (inside < end)]
            if len(mine) == len(inside):
                yield {"turn": self.turns[n]}
                continue
            first, last = int(self.char[mine[0]]), int(self.char[mine[-1]]) + 1
            closing = words.rstrip()[-1:]
            text = self.texts[n]
            if mine[-1] == end - 1 and last < len(text) and text[last] == closing and not closing.isalnum():
                last += 1
            yield {"turn": self.turns[n], "start_char": first, "end_char": last}


class _Found(NamedTuple):
    start: int
    end: int
    why: str
    span: dict[str, Any] | None = None


def _aligned(line: str, wanted: str, before: int) -> list[int]:
    """How many of the wanted letters stand before each character of a line; letters too many at its head are a label's."""
    own = _folded(line)
    skipped = len(own) - len(wanted) if own.endswith(wanted) else 0
    counts, at, left = [], 0, skipped
    for letter in line:
        counts.append(before + at)
        for small in letter.casefold() if letter.isalnum() else "":
            if left:
                left -= 1
            elif at < len(wanted) and wanted[at] == small:
                at += 1
    return counts


def _folded(words: str) -> str:
    return "".join(letter.casefold() for letter in words if letter.isalnum())


def activities_of(segments: pd.DataFrame, turns: pd.DataFrame, names: Mapping[str, str]) -> dict[str, str]:
    """Find the activity that each document is: by its name, else by the words coded in it.

    Parameters
    ----------
    segments
        As in :class:`~nicmethods.exchange.segments.Coded`.
    turns
        Work table.
    names
        Activity by every name it goes by (id, transcript, title).

    Returns
    -------
    dict
        Activity by document; documents that are none are left out. A name may be cut off; words decide where at least half
        of a document's segments of four words or more stand in one activity.
    """
    plain = {_folded(re.sub(r"\.\w{2,5}$", "", name)): activity for name, activity in names.items()}
    talks = {activity: _Talk(talk).folded for activity, talk in turns.groupby("activity")}
    found: dict[str, str] = {}
    for document, rows in segments.groupby(segments["document"].fillna("")):
        key = _folded(re.sub(r"\.\w{2,5}$", "", str(document)))
        near = [
            activity
            for name, activity in plain.items()
            if len(key) > 9 and (name.startswith(key) or (key.startswith(name) and len(name) > 9))
        ]
        if key and key in plain:
            found[str(document)] = plain[key]
        elif len(set(near)) == 1:
            found[str(document)] = near[0]
        else:
            long = [words for words in rows["words"].dropna().unique() if len(words.split()) > 3][:60]
            words = [_folded(_ANY_LABEL.sub(" ", words)) for words in long]
            counts = {activity: sum(part in talk for part in words) for activity, talk in talks.items()}
            best = max(counts, key=lambda activity: counts[activity], default=None)
            if best is not None and words and counts[best] >= len(words) / 2:
                found[str(document)] = str(best)
    return found


def place_segments(
    segments: pd.DataFrame,
    turns: pd.DataFrame,
    activity_of: Mapping[str, str],
    *,
    texts: Mapping[str, str] | None = None,
    settled: Settled = nothing_settled,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Place coded words on turns.

    Parameters
    ----------
    segments
        As in :class:`~nicmethods.exchange.segments.Coded`.
    turns
        Work table.
    activity_of
        Activity by document.
    texts
        The text of each document, where it is known: in an activity that was read from that very text, positions are exact.
    settled
        What the roster and people.csv say of a spelling, as the activity was read.

    Returns
    -------
    tuple
        Codings (``coder``, ``activity``, ``turn``, ``start_char``, ``end_char``, ``code``, ``memo``), one a turn that the words
        touch; and what became of each segment: ``row``, ``document``, ``code``, ``coder``, ``words``, ``outcome`` (``placed``,
        ``review``: placed, but a person should look; ``lost``), ``why``, ``activity``, ``turn`` (the first).
    """
    talks = {activity: _Talk(talk) for activity, talk in turns.groupby("activity")}
    exact = {
        document: talks[activity].letters_of(texts[document], settled)
        for document, activity in activity_of.items() if texts and document in texts and activity in talks
    }  # fmt: skip
    same = segments.groupby(["document", "words", "code", "coder"], dropna=False, sort=False)
    order, n_same = same.cumcount(), same["row"].transform("size")
    codings: list[dict[str, Any]] = []
    outcomes: list[dict[str, Any]] = []
    for number, (segment, nth, n) in enumerate(zip(segments.to_dict("records"), order, n_same, strict=True)):
        document = segment["document"] if isinstance(segment["document"], str) else ""
        activity = activity_of.get(document)
        talk = talks.get(activity) if activity is not None else None
        found = (
            _find(talk, segment, int(nth), int(n), exact.get(document))
            if talk is not None
            else f"there is no transcript '{document}' in the case"
        )
        outcome = {key: segment[key] for key in ("row", "document", "code", "coder", "words")}
        if isinstance(found, str) or talk is None:
            outcomes.append(outcome | {"outcome": "lost", "why": found, "activity": activity, "turn": None})
            continue
        spans = [found.span] if found.span else list(talk.spans(found.start, found.end, segment["words"]))
        codings += [
            {"coder": segment["coder"], "activity": activity, "code": segment["code"], "memo": segment["memo"], "segment": number} | span
            for span in spans
        ]  # fmt: skip
        outcome |= {
            "outcome": "review" if found.why else "placed",
            "why": found.why,
            "activity": activity,
            "turn": spans[0]["turn"],
        }
        outcomes.append(outcome)
    columns = ["coder", "activity", "turn", "start_char", "end_char", "code", "memo", "segment"]
    return pd.DataFrame(codings, columns=columns), pd.DataFrame(outcomes, columns=OUTCOME)


def _find(talk: _Talk, segment: Mapping[Any, Any], nth: int, n: int, letters: NDArray[np.int64] | None) -> _Found | str:
    """Where a segment's words stand, with what a person should know; or why they stand nowhere."""
    words = segment["words"]
    bare = talk.bare(words)
    if letters is not None and pd.notna(segment["start"]):
        start, end = int(letters[segment["start"]]), int(letters[min(segment["end"], len(letters) - 1)])
        if end > start:
            return _Found(start, end, "")
    if not _folded(words):
        signs = talk.signs(words.strip())
        if letters is not None and pd.notna(segment["start"]):
            signs = [sign for sign in signs if sign[0] == letters[segment["start"]]]
        if len(signs) == 1:
            return _Found(0, 0, "", signs[0][1])
        return "it stands on no letters or figures that it could be found by"
    for tried in dict.fromkeys((bare, words, _ANY_LABEL.sub(" ", bare))):
        places = talk.places(tried)
        if len(places) == 1:
            return _Found(*places[0], "")
        if places:
            return _among(talk, places, segment["place"], nth, n)
    return _nearly(talk, bare)


def _among(talk: _Talk, places: list[tuple[int, int]], place: float, nth: int, n: int) -> _Found:
    if n == len(places):
        return _Found(*places[nth], "")
    if place == place:
        away = sorted((abs(start / max(len(talk.folded), 1) - place), start, end) for start, end in places)
        sure = away[0][0] < _NEAR and away[1][0] > 2 * away[0][0] + 0.01
        return _Found(*away[0][1:], "" if sure else f"its words stand {len(places)} times; the nearest place was taken")
    return _Found(
        *places[min(nth, len(places) - 1)], f"its words stand {len(places)} times; nothing says which is meant"
    )


def _nearly(talk: _Talk, words: str) -> _Found | str:
    """The longest run of the words that is there, if it is most of them."""
    tokens = [(match.start(), match.end(), _folded(match[0])) for match in re.finditer(r"\w+", words)]
    pieces = [token for _, _, token in tokens if token]
    if len(pieces) < _LEAST_WORDS:
        return "its words are not in the transcript"
    there = [match[0] for text in talk.texts for match in re.finditer(r"\w+", text)]
    ours, theirs = pieces, [_folded(word) for word in there]
    block = SequenceMatcher(None, theirs, ours, autojunk=False).find_longest_match()
    if block.size < _LEAST_SHARE * len(pieces):
        return (
            "its words are not in the transcript"
            if block.size < _LEAST_WORDS
            else "fewer than six in ten of its words are in the transcript"
        )
    start = len("".join(theirs[: block.a]))
    end = start + len("".join(theirs[block.a : block.a + block.size]))
    return _Found(start, end, f"{block.size} of its {len(pieces)} words are there, the others are changed")
