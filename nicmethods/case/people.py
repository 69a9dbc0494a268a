"""Who is who: display names and aliases -> actor ids; names in text -> pseudonyms."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.names import NO_SPEAKER, Found, Kind, fold, names_of, own_words, pairs_of, without_aside
from nicmethods.case.speakers import is_anybody
from nicmethods.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from nicmethods.case.speakers import Settled

__all__ = ["actors_meant", "find_names", "match_speakers", "pseudonymise", "pseudonymise_spans", "settled_by"]

_CUT = 18
_TITLES = frozenset("dr mr mrs ms mx prof professor".split())
_DEGREES = frozenset("jr sr ii iii phd ph.d edd ed.d med m.ed".split())


def match_speakers(
    turns: pd.DataFrame, roster: pd.DataFrame, people: pd.DataFrame, name: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Find out who each speaker is.

    A spelling is looked up among the aliases of people.csv, then the names and the ids of the roster; case, accents,
    blanks, parts in brackets and parts after ``|``, titles before a full name, degrees after it, and ``Last, First`` do
    not matter unless they tell two aliases apart.

    Parameters
    ----------
    turns
        Turns (work table) of one transcript.
    roster
        ``actor`` and ``name``.
    people
        ``alias`` and ``actor``; ``?`` leaves a spelling open.
    name
        The transcript's file, for problems.

    Returns
    -------
    tuple
        The turns with ``actor`` filled, missing where the speaker is unknown, ambiguous or unnamed; and one warning for
        each spelling that was not matched, with its number of turns.
    """
    counts = turns["speaker"].value_counts(sort=False)
    known = _spellings(roster, people)
    actors: dict[str, str] = {}
    problems = []
    for speaker, n in counts.items():
        meant = _meant(str(speaker), known)
        if len(meant) == 1 and "?" not in meant:
            actors[str(speaker)] = next(iter(meant))
            continue
        why = _why(meant)
        if not meant and is_anybody(str(speaker)):
            why = "may be several people; nothing is said about who they are."
        message = f"speaker '{speaker}' ({'1 turn' if n == 1 else f'{n} turns'}) {why}"
        problems.append(Problem("warning", name, None, "speaker", str(speaker), message))
    return turns.assign(actor=turns["speaker"].map(actors).astype("str")), problems


def settled_by(roster: pd.DataFrame, people: pd.DataFrame) -> Settled:
    """Say of a spelling whether the roster or people.csv know it as a person's, or people.csv as no speaker.

    Parameters
    ----------
    roster
        ``actor`` and ``name``.
    people
        ``alias`` and ``actor``: an actor or ``?`` makes the spelling a speaker's, ``-`` makes it talk.

    Returns
    -------
    Settled
        True for a spelling of a person (a given or family name alone too, unless it is a common word), False for one that
        is no speaker, None where nothing is known.

    Examples
    --------
    >>> roster = pd.DataFrame({"actor": ["E03"], "name": ["An Nguyen"]})
    >>> people = pd.DataFrame({"alias": ["Bottom line"], "actor": ["-"]})
    >>> settled = settled_by(roster, people)
    >>> settled("an nguyen"), settled("bottom line"), settled("An"), settled("nguyen")
    (True, False, None, True)
    """
    known = _spellings(roster, people)
    none = {fold(alias) for alias in people.loc[people["actor"] == NO_SPEAKER, "alias"].dropna()}
    parts = {part for name, _ in pairs_of(roster, "name") for part in own_words(name)}

    def settled(spelling: str) -> bool | None:
        folded = fold(spelling)
        if folded in none:
            return False
        return True if folded in parts or _meant(spelling, known) else None

    return settled


def actors_meant(roster: pd.DataFrame, people: pd.DataFrame) -> Callable[[Iterable[str]], dict[str, str]]:
    """Give a function that looks up spellings of people, as survey files write them.

    As in :func:`match_speakers`; also e-mail addresses, where the roster has a column of them, and names cut off after 18
    characters, as UCINET writes them. Spellings that do not mean exactly one person are left out, and so are those that may
    name a second person, behind ``|`` or in brackets; one that people.csv leaves open means ``?``.

    Examples
    --------
    >>> roster = pd.DataFrame({"actor": ["E03"], "name": ["Dana Miller"], "email": ["dm@example.org"]})
    >>> actors_meant(roster, pd.DataFrame({"alias": ["Guest"], "actor": ["?"]}))(["Miller, Dana", "DM@example.org", "Guest", "Kim"])
    {'Miller, Dana': 'E03', 'DM@example.org': 'E03', 'Guest': '?'}
    >>> actors_meant(roster, pd.DataFrame({"alias": ["Kim"], "actor": ["?"]}))(["Dana Miller|Kim", "Dana Miller (Kim)", "Dana Miller (she)"])
    {'Dana Miller (she)': 'E03'}
    """
    known = _spellings(roster, people)
    columns = [one for one in roster if re.sub(r"[-_ ]", "", fold(str(one))) in ("email", "mail", "emailaddress")]
    given = [pair for column in columns for pair in zip(roster[column], roster["actor"], strict=True)]
    addresses = {fold(str(address)): {str(actor)} for address, actor in given if pd.notna(address)}
    cut: dict[str, set[str]] = {}
    for name, actor in pairs_of(roster, "name"):
        cut.setdefault(fold(name[:_CUT]), set()).add(actor)

    def meant(spelling: str) -> set[str]:
        folded = fold(spelling)
        if folded in known[0]:
            return known[0][folded]
        found = addresses.get(folded) or _meant(spelling, known)
        others = [_meant(one, known) - found for one in re.findall(r"[(\[]([^()\[\]]+)[)\]]", spelling)]
        if "|" in spelling or any(others):
            return set()
        return found or (cut.get(folded, set()) if len(spelling) >= _CUT - 1 else set())

    def look_up(spellings: Iterable[str]) -> dict[str, str]:
        ids = {spelling: meant(spelling) for spelling in spellings}
        return {spelling: next(iter(one)) for spelling, one in ids.items() if len(one) == 1}

    return look_up


def _spellings(roster: pd.DataFrame, people: pd.DataFrame) -> list[dict[str, set[str]]]:
    """What spellings stand for: aliases as written, aliases, names and ids; the last three folded, without asides."""
    aliases, names = pairs_of(people, "alias"), pairs_of(roster, "name")
    ids = [(actor, actor) for actor in roster["actor"].dropna().astype("str")]
    tables: list[dict[str, set[str]]] = []
    for pairs, key in ((aliases, fold), (aliases, _bare), (names, _bare), (ids, fold)):
        table: dict[str, set[str]] = {}
        for spelling, actor in pairs:
            table.setdefault(key(spelling), set()).add(actor)
        tables.append(table)
    return tables


def _bare(spelling: str) -> str:
    """Leave asides, titles and degrees out and put ``Last, First`` in the order in which it is said."""
    last, *others = fold(without_aside(spelling) or spelling).split(", ")
    first, *rest = " ".join([*(part for part in others if part.strip(".") not in _DEGREES), last]).split() or [""]
    return " ".join(rest) if len(rest) > 1 and first.rstrip(".") in _TITLES else " ".join([first, *rest])


def _meant(speaker: str, known: list[dict[str, set[str]]]) -> set[str]:
    keys = (fold(speaker), _bare(speaker), _bare(speaker), _bare(speaker))
    return next((table[key] for key, table in zip(keys, known, strict=True) if key in table), set())


def _why(meant: set[str]) -> str:
    if not meant:
        return "is not known. Add the spelling to people.csv with an actor, with ? to leave it open, or with - if it is no speaker."
    if "?" in meant:
        return "is left open in people.csv; nothing is said about this person."
    return f"may be {' or '.join(sorted(meant))}. Settle it in people.csv, with ? to leave it open."


def pseudonymise(text: pd.Series[str], roster: pd.DataFrame, people: pd.DataFrame) -> pd.Series[str]:
    """Put actor ids in place of people's names.

    Full names, aliases, and the given and family names of the roster are replaced as whole words, whatever their case
    and accents, in the same way everywhere. A name that several people share, or that people.csv leaves open, becomes
    ``[name]``. Names that are also English words (*Grace*, *Hope*) are replaced where capitalised; those that are words
    of grammar (*Will*, *May*) where capitalised inside a sentence or followed by *'s*: the scan for names lists the rest.

    Parameters
    ----------
    text
        Text; missing stays missing.
    roster
        ``actor`` and ``name``.
    people
        ``alias`` and ``actor``.

    Returns
    -------
    pandas.Series
        The text with pseudonyms, same index.

    Examples
    --------
    >>> roster = pd.DataFrame({"actor": ["E03", "E07"], "name": ["Dana Miller", "Grace Núñez"]})
    >>> people = pd.DataFrame({"alias": ["DM"], "actor": ["E03"]})
    >>> pseudonymise(pd.Series(["Thanks, dana! By the grace of Grace Nunez's team, DM."]), roster, people)[0]
    "Thanks, E03! By the grace of E07's team, E03."
    """
    names = names_of(roster, people)
    return text.map(lambda said: _replaced(said, list(names.find(said))), na_action="ignore").astype("str")


def _replaced(text: str, found: list[Found]) -> str:
    parts, at = [], 0
    for name in found:
        parts += [text[at : name.start], name.pseudonym]
        at = name.end
    return "".join([*parts, text[at:]])


def pseudonymise_spans(
    codings: pd.DataFrame, turns: pd.DataFrame, roster: pd.DataFrame, people: pd.DataFrame
) -> pd.DataFrame:
    """Move the spans of codings along with text that :func:`pseudonymise` changes.

    Parameters
    ----------
    codings
        ``activity``, ``turn``, ``start_char`` and ``end_char`` (code points, end exclusive; missing is the whole turn).
    turns
        Turns with the text as it was.
    roster, people
        As in :func:`pseudonymise`.

    Returns
    -------
    pandas.DataFrame
        The codings with the same spans in the text with pseudonyms; one that begins or ends inside a name takes in the
        whole pseudonym.
    """
    names = names_of(roster, people)
    texts = dict(zip(zip(turns["activity"], turns["turn"], strict=True), turns["text"], strict=True))
    spans = codings.dropna(subset=["start_char", "end_char"])
    places = zip(spans["activity"], spans["turn"], spans["start_char"], spans["end_char"], strict=True)
    moved = [_moved(list(names.find(texts.get((a, turn), ""))), int(start), int(end)) for a, turn, start, end in places]
    result = codings.copy()
    result.loc[spans.index, "start_char"] = pd.array([start for start, _ in moved], dtype="Int64")
    result.loc[spans.index, "end_char"] = pd.array([end for _, end in moved], dtype="Int64")
    return result


def _moved(found: list[Found], start: int, end: int) -> tuple[int, int]:
    shift_start = sum(_growth(name) for name in found if name.end <= start)
    shift_end = sum(_growth(name) for name in found if name.start < end)
    start = next((name.start for name in found if name.start < start < name.end), start)
    end = next((name.end for name in found if name.start < end < name.end), end)
    return start + shift_start, end + shift_end


def _growth(name: Found) -> int:
    return len(name.pseudonym) - (name.end - name.start)


def find_names(
    text: str, roster: pd.DataFrame, people: pd.DataFrame, allow: Collection[str] = ()
) -> list[tuple[str, Kind, int]]:
    """Find people's names in something that is to be published.

    Parameters
    ----------
    text
        The text.
    roster, people
        As in :func:`pseudonymise`.
    allow
        Names that may stand, from ``privacy.allow``.

    Returns
    -------
    list of tuple
        Each name as written, its kind and where it starts (code points): ``"full"`` name, ``"alias"``, ``"part"`` (a
        given or family name alone), or ``"word"`` (one that is also an English word, wherever it is capitalised).

    Examples
    --------
    >>> roster = pd.DataFrame({"actor": ["E03", "E07"], "name": ["Dana Miller", "Will Grant"]})
    >>> people = pd.DataFrame({"alias": ["DM"], "actor": ["E03"]})
    >>> find_names("Will you ask Dana Miller?", roster, people)
    [('Will', 'word', 0), ('Dana Miller', 'full', 13)]
    """
    allowed = {fold(name) for name in allow}
    found = names_of(roster, people).find(text, guesses=True)
    return [(name.written, name.kind, name.start) for name in found if fold(name.written) not in allowed]
