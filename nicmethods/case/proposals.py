"""What a person has to settle about names: whom an unknown spelling may mean, and which words may be names of others.

Nothing here is applied by itself: proposals become lines of people.csv, or stay proposals.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.case.names import fold, names_of, pairs_of, without_aside

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from nicmethods.case.names import Names

__all__ = ["leftover_names", "propose_aliases"]

_PROPOSALS = ["speaker", "actor", "score", "why", "n"]
_LEFTOVERS = ["name", "n", "n_inside", "activity", "turn"]
_LIKE, _APART, _SAME = 0.7, 0.1, 0.8
# In display names, but no part of anybody's name.
_NOT_NAMES = frozenset(
    """mr mrs ms miss mx dr prof sir she her hers he him his they them theirs s ipad iphone phone mobile cell laptop computer
    macbook mac book android galaxy pixel samsung tablet chromebook pc desktop zoom user guest host cohost unknown speaker
    participant attendee room conference call caller in""".split()
)
_NUMBER = re.compile(r"[+(]?[\d*][\d\s().*-]{5,}")
_LETTERS = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s$", re.IGNORECASE)
_STARTS = re.compile(r"(?:^|[.?!:;…\n\"“”(\[—–])[\s\"“”'‘’(\[—–-]*$")
# Capitalised words of English that are no people, and seldom come without their capital.
_CAPITALISED = frozenset(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
    october november december christmas thanksgiving easter halloween ramadan english spanish french german latin chinese
    arabic american african asian european hispanic latino latina latinx black white america europe africa asia states united
    google zoom youtube facebook twitter whatsapp slack teams excel word powerpoint outlook microsoft apple chromebook canvas
    internet wifi god jesus lord bible i i'm i'd i'll i've ph ed mr mrs ms dr
    ok okay oh ah ooh wow hmm yes yeah yep yup no nah nope hi hey hello bye thanks thank please sorry sure right alright well
    so now then and but or also anyway however finally actually basically exactly absolutely perfect great good excellent
    awesome nice correct first second third""".split()
)


def propose_aliases(turns: pd.DataFrame, roster: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Propose whom the spellings mean that match nobody.

    Parameters
    ----------
    turns
        ``speaker`` and ``actor``, missing where the speaker is not known; a row a turn.
    roster
        ``actor`` and ``name``; words of ``site``, where there is one, are no parts of names.
    people
        ``alias`` and ``actor``. Spellings that it leaves open with ``?`` are settled, and nothing is proposed for them.

    Returns
    -------
    pandas.DataFrame
        ``speaker``; ``actor``, the one person whose name is like it, or ``?`` where nobody's is or several people's are;
        ``score``, the likeness of spelling and name from 0 to 1 (missing where nobody's is like it; no probability);
        ``why``; ``n`` rows of ``turns``, most first. Words may be left out, shortened to an initial or cut off, written together or misspelt;
        a given name with another family name is nobody's.

    Examples
    --------
    >>> roster = pd.DataFrame({"actor": ["E03", "E07"], "name": ["Dana Miller", "José Núñez"]})
    >>> people = pd.DataFrame({"alias": [], "actor": []}, dtype="str")
    >>> turns = pd.DataFrame({"speaker": ["Dana's iPad", "Jose Nunes", "+1 555 010 9999"], "actor": None}, dtype="str")
    >>> propose_aliases(turns, roster, people)[["speaker", "actor", "why"]].to_numpy().tolist()[:2]
    [["Dana's iPad", 'E03', "like 'Dana Miller'"], ['Jose Nunes', 'E07', "like 'José Núñez'"]]
    """
    is_open = {fold(alias) for alias, actor in pairs_of(people, "alias") if actor == "?"}
    counts = turns.loc[turns["actor"].isna(), "speaker"].value_counts()
    sites = roster.reindex(columns=["site"])["site"].dropna().unique()
    spare = _NOT_NAMES | {word for site in sites for word in _words(str(site))}
    known = [(actor, name, _words(name)) for name, actor in pairs_of(roster, "name")]
    known += [(actor, alias, _words(alias)) for alias, actor in pairs_of(people, "alias") if actor != "?"]
    rows = [
        {"speaker": speaker, "n": n} | _proposal(str(speaker), known, spare)
        for speaker, n in counts.items()
        if not is_open & {fold(str(speaker)), fold(without_aside(str(speaker)))}
    ]
    kinds = {"speaker": "str", "actor": "str", "score": "float64", "why": "str", "n": "int64"}
    return pd.DataFrame(rows, columns=_PROPOSALS).astype(kinds)


def _proposal(speaker: str, known: list[tuple[str, str, list[str]]], spare: Collection[str]) -> dict[str, object]:
    best: dict[str, tuple[float, str]] = {}
    words = _words(speaker)
    for actor, name, theirs in known:
        ours = [word for word in words if word in theirs or word not in spare]
        best[actor] = max(best.get(actor, (0.0, "")), (_likeness(ours, theirs), name))
    top = max((score for score, _ in best.values()), default=0.0)
    near = {actor: name for actor, (score, name) in best.items() if score >= max(_LIKE, top - _APART)}
    if len(near) == 1:
        return {"actor": next(iter(near)), "score": top, "why": f"like '{next(iter(near.values()))}'"}
    if near:
        some = [f"{actor} ('{name}')" for actor, name in sorted(near.items())[:4]]
        return {"actor": "?", "score": top, "why": f"may be {' or '.join(some)}{' or others' if len(near) > 4 else ''}"}
    what = "like no name in the roster" if set(words) - set(spare) else "no name"
    why = "a telephone number" if _NUMBER.fullmatch(speaker.strip()) else what
    return {"actor": "?", "score": float("nan"), "why": why}


def _words(name: str) -> list[str]:
    """Letters of a name as words: folded, without a possessive ending."""
    return [fold(_POSSESSIVE.sub("", word)) for word in _LETTERS.findall(re.sub(r"[_.]", " ", name).replace("-", " "))]


def _likeness(ours: list[str], theirs: list[str]) -> float:
    """How like a spelling is to a name: of all its words or of all the name's, and of both written together."""
    if not ours or not theirs:
        return 0.0
    left = list(theirs)
    total = 0.0
    for word in sorted(ours, key=len, reverse=True):
        like, match = max((_alike(word, other), other) for other in left) if left else (0.0, "")
        if like:
            left.remove(match)
            total += like
    apart = total / min(len(ours), len(theirs)) if max(map(len, ours)) > 1 else 0.0
    together = 1.0 if "".join(ours) in _shortened(theirs) else _ratio("".join(ours), "".join(theirs))
    return max(apart, together)


def _shortened(name: list[str]) -> set[str]:
    """A name as accounts are called: ``dmiller``, ``danam``, ``millerdana``."""
    first, last = name[0], name[-1]
    return {first + last, first[0] + last, first + last[0], last + first, last + first[0]} if len(name) > 1 else set()


@lru_cache(maxsize=2**16)
def _alike(ours: str, theirs: str) -> float:
    if ours == theirs:
        return 1.0
    if theirs.startswith(ours):
        return 0.9 if len(ours) > 2 else 0.8
    if ours.startswith(theirs) and len(theirs) != 2:
        return 0.8
    return _ratio(ours, theirs) if min(len(ours), len(theirs)) > 3 else 0.0


def _ratio(ours: str, theirs: str) -> float:
    """Likeness of two words letter by letter; 0 where it is below 0.8."""
    match = SequenceMatcher(None, ours, theirs, autojunk=False)
    near = match.real_quick_ratio() >= _SAME and match.quick_ratio() >= _SAME
    ratio = match.ratio() if near else 0.0
    return ratio if ratio >= _SAME else 0.0


def leftover_names(
    turns: pd.DataFrame, roster: pd.DataFrame, people: pd.DataFrame, *, allow: Collection[str] = ()
) -> pd.DataFrame:
    """List words of the talk that look like names and are in no list.

    Parameters
    ----------
    turns
        ``activity``, ``turn`` and ``text`` as it was said.
    roster, people
        The names that are known: what :func:`~nicmethods.case.people.pseudonymise` replaces.
    allow
        Words that may stand, from ``privacy.allow``.

    Returns
    -------
    pandas.DataFrame
        ``name``: a capitalised word, or several side by side; ``n``, how often it comes, and ``n_inside``, how often inside
        a sentence; ``activity`` and ``turn`` of the first. A word is listed if it comes inside a sentence, or as an
        address (*Nancy, can you …*); not if it comes in small letters too, stands in the roster (sites, roles, ids), or is
        a day, a month or a common product. Most often inside a sentence first. Neither complete nor sure: a person reads it. The table holds names
        and stays in the case folder.

    Examples
    --------
    >>> roster = pd.DataFrame({"actor": ["E03"], "name": ["Dana Miller"]})
    >>> people = pd.DataFrame({"alias": [], "actor": []}, dtype="str")
    >>> turns = pd.DataFrame({"activity": "m", "turn": ["1"], "text": ["Dana told Mary Kate. Then they met on Monday."]})
    >>> leftover_names(turns, roster, people)[["name", "n"]].to_numpy().tolist()
    [['Mary Kate', 1]]
    """
    names = names_of(roster, people)
    texts = [_hidden(text, names) if isinstance(text, str) else "" for text in turns["text"]]
    small = {fold(word) for text in texts for word in _LETTERS.findall(text) if word[0].islower()}
    listed = roster.drop(columns="name").astype("str").melt()["value"].dropna()
    known = _CAPITALISED | {fold(word) for word in allow} | {word for text in listed for word in _words(text)}
    places = zip(turns["activity"], turns["turn"], texts, strict=True)
    found = pd.DataFrame(
        [
            {"name": name, "inside": inside, "called": called, "activity": activity, "turn": turn}
            for activity, turn, text in places
            for name, inside, called in _capitalised(text, known | small)
        ],
        columns=["name", "inside", "called", "activity", "turn"],
    )
    kinds = {"name": "str", "n": "int64", "n_inside": "int64", "activity": "str", "turn": "str"}
    grouped = found.groupby("name", sort=False)
    table = grouped.agg(
        n=("name", "size"),
        n_inside=("inside", "sum"),
        called=("called", "sum"),
        activity=("activity", "first"),
        turn=("turn", "first"),
    ).reset_index()
    table = table[(table["n_inside"] > 0) | (table["called"] > 0)]
    return table.sort_values(["n_inside", "n", "name"], ascending=[False, False, True], ignore_index=True)[
        _LEFTOVERS
    ].astype(kinds)


def _hidden(text: str, names: Names) -> str:
    """The text with figures in place of the names that are known."""
    for name in names.find(text, guesses=True):
        text = f"{text[: name.start]}{'0' * (name.end - name.start)}{text[name.end :]}"
    return text


def _capitalised(text: str, known: frozenset[str]) -> Iterator[tuple[str, bool, bool]]:
    """Runs of capitalised words: as written, whether inside a sentence, whether somebody is addressed by them."""
    run: list[re.Match[str]] = []
    for word in (*_LETTERS.finditer(text), None):
        if run and (word is None or text[run[-1].end() : word.start()] != " " or not _looks(word[0], known)):
            start, end = run[0].start(), run[-1].end()
            inside = _STARTS.search(text, max(0, start - 20), start) is None
            yield _POSSESSIVE.sub("", text[start:end]), inside, text[end : end + 1] == ","
            run = []
        if word is not None and _looks(word[0], known):
            run.append(word)


def _looks(word: str, known: frozenset[str]) -> bool:
    bare = _POSSESSIVE.sub("", word)
    plain = {fold(bare), fold(word), fold(bare).removesuffix("s")}
    return word[0].isupper() and any(map(str.islower, bare)) and len(bare) > 1 and not plain & known
