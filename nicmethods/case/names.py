"""Where names of people stand in text: whole words, whatever the case and the accents."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

__all__ = [
    "COMMON_WORDS",
    "NO_SPEAKER",
    "SOMEBODY",
    "Found",
    "Kind",
    "Names",
    "fold",
    "names_of",
    "own_words",
    "pairs_of",
    "parts_of",
    "without_aside",
]

Kind = Literal["full", "alias", "part", "word"]

NO_SPEAKER = "-"
"""In people.csv: the spelling is no speaker, but talk that looks like a label."""

SOMEBODY = "[name]"
"""Stands for a name that several people share, or that people.csv leaves open with ``?``."""

# Given and family names (and one-word aliases) that are also English words: a name only where capitalised.
COMMON_WORDS = frozenset(
    """abbot ace al amber angel april art ash august autumn baker ball banks barber basil bay bell berry best bill bishop
    black blue bob brook brown bud buddy bush butler carol case cash chance charity chase cherry chip christian clay cliff
    coach cook cooper craft crane crystal daisy dale dash dawn day dean diamond drake drew duke earl early earnest eve faith
    farmer field fields finch fisher flint flowers ford forest fox frank frost gale gene gentry ginger glen good grace grant
    gray green grey group guest guy hall hand harmony hart hazel head heath heather heaven hill holiday holly honor hood hope
    host house hunt hunter iris ivy jade jay jean jewel joy judge june justice kay king kit knight lake lamb lane lark law
    lea lee leader lily little long love low major mark marsh mason mercy miles mill miller mills moody moon moss nick noble
    norm north olive page park parks patience pat paul pearl penny pepper perry piper pool poole pope poppy porter potter
    power precious price prince principal queen rain ray read reed reese rice rich ring river rivers rob robin rock rod roman
    rose ruby rush rusty sage sally sandy school shade sharp shepherd short singer skip skipper sky small smith snow sonny
    speaker star starr stern stone storm story strong sue summer sunny swift tab taylor teacher team temple terry tiger tim
    trace trinity tucker turner van victor viola violet wade walker ward waters weaver webb west white wing winter wise wolf
    wood woods worth wren wright york young""".split()
)
# Words of grammar: a name only where capitalised inside a sentence, or with 's.
_GRAMMAR = frozenset(
    """an and any as ask at be but by can day do for go ha he her hi ho how i if in is it let lo man may me my no nor not now
    of oh on or our so see she sun ten than that the then they thy to too us was way we what who will you""".split()
)
# Words that end in s and are nobody's plural or possessive, whatever names the roster holds: *this* is no *Thi*, *does* no *Doe*.
_OF_ITS_OWN = frozenset(
    """access across address afterwards always as basis besides bless bonus boss bus business campus chaos class classes compass
    congress cross does dress ends express fitness focus gas glass goes grass guess has hers his illness its kids kiss lens less
    lets likes lots loss makes mass mess minus miss news notes ours pass passes perhaps plus press process progress says series
    sometimes species status success takes terms themselves this thus ties times towards unless us various versus was wants ways
    whereas witness yes yours""".split()
)
_TITLES = frozenset(
    """mr mrs ms miss mx dr prof sir st jr sr phd md ed de del della den der di da dos du el la le van
    von""".split()
)

# Combining accents, and characters that nobody sees: soft hyphens, joiners, blanks of no width.
_MARK = "[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]"
_WORD = re.compile(rf"(?:[^\W_]{_MARK}*)+")
_BETWEEN = re.compile(r"[\s._'’‘ʼ`´′\u2010-\u2015-]{1,40}")
_ASIDE = re.compile(
    r"\([^()]*\)|\[[^\[\]]*\]|\|.*|(?i:,?\s(?:she|he|they|her|him|them|ze|ella|él|elle|il|sie|er)(?:\s?/\s?\w+)+\s*$)",
    re.DOTALL,
)
_THE = re.compile(r"(?i)\bthe\s+$")
_HYPHEN = re.compile(r"[\u2010\u2011-]")
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "æ": "ae", "œ": "oe"})
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "a", "œ": "o", "ı": "i", "’": "'", "ʼ": "'"})


class Found(NamedTuple):
    """A name in a text: where (code points, end exclusive), of which kind, as written, and what stands for it."""

    start: int
    end: int
    kind: Kind
    written: str
    pseudonym: str


def fold(text: str) -> str:
    """Write text without accents, case, characters that nobody sees, and outer or doubled blanks.

    Examples
    --------
    >>> fold("  José  NÚÑEZ ")
    'jose nunez'
    """
    text = text.casefold()
    if not text.isascii():
        letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold()).casefold()
        parts = (c for c in letters if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
        text = unicodedata.normalize("NFC", "".join(parts)).translate(_PLAIN)
    return " ".join(text.split())


_fold_word = lru_cache(maxsize=50_000)(fold)


def without_aside(name: str) -> str:
    """Leave out what people add to a display name: parts in brackets, what follows ``|``, pronouns at the end.

    Examples
    --------
    >>> without_aside("Dana Miller (she/her) | Riverside")
    'Dana Miller'
    """
    return " ".join(_ASIDE.sub(" ", name).split())


def _words(text: str) -> tuple[str, ...]:
    return tuple(fold(match[0]) for match in _WORD.finditer(text))


@dataclass(frozen=True)
class Names:
    """The names of a case, by their folded words.

    Parameters
    ----------
    entries
        Kind and pseudonym of each name.
    firsts
        Lengths in words of the names that begin with a word, longest first.
    caseless
        Names in scripts without capitals and blanks between words, which are looked for inside words too.
    """

    entries: dict[tuple[str, ...], tuple[Kind, str]]
    firsts: dict[str, list[int]] = field(default_factory=dict)
    caseless: re.Pattern[str] | None = None

    def may_stand_in(self, text: str) -> bool:
        """Say quickly whether :meth:`find` could find anything: whether all words of a name are in the text, anywhere."""
        words = {form for word in set(_WORD.findall(text)) for form in _forms(_fold_word(word))}
        if not self.firsts.keys().isdisjoint(words) and any(words.issuperset(key) for key in self.entries):
            return True
        return self.caseless is not None and self.caseless.search(text) is not None

    def find(self, text: str, *, guesses: bool = False) -> Iterator[Found]:
        """Find names in a text, in order, without overlap; the longest name wins.

        Parameters
        ----------
        text
            The text.
        guesses
            Whether names that are also words of grammar (*Will*, *May*) are given at the start of a sentence too.
        """
        words = list(_WORD.finditer(text))
        folded = [_fold_word(word[0]) for word in words]
        if self.caseless is None and self.firsts.keys().isdisjoint(form for word in folded for form in _forms(word)):
            return
        at = 0
        while at < len(words):
            length, ending = self._length(text, words, folded, at, guesses)
            if length:
                last = folded[at + length - 1]
                kind, pseudonym = self.entries[(*folded[at : at + length - 1], last.removesuffix(ending))]
                start, end = words[at].start(), words[at + length - 1].end() - len(ending)
                yield Found(start, end, kind, text[start:end], pseudonym)
            elif self.caseless:
                for match in self.caseless.finditer(text, words[at].start(), words[at].end()):
                    kind, pseudonym = self.entries[(fold(match[0]),)]
                    yield Found(match.start(), match.end(), kind, match[0], pseudonym)
            at += length or 1

    def _length(
        self, text: str, words: list[re.Match[str]], folded: list[str], at: int, guesses: bool
    ) -> tuple[int, str]:
        """How many words the name has that stands here (0: none), and the ending on its last: *Danas*, *the Millers*."""
        lengths = {length for form in _forms(folded[at]) for length in self.firsts.get(form, ())}
        for length in sorted(lengths, reverse=True):
            last = at + length
            if last > len(words):
                continue
            gaps = zip(words[at:last], words[at + 1 : last], strict=False)
            if not all(_BETWEEN.fullmatch(text, one.end(), two.start()) for one, two in gaps):
                continue
            for form in _forms(folded[last - 1]):
                key = (*folded[at : last - 1], form)
                ending = folded[last - 1][len(form) :]
                if key not in self.entries or not (not ending or _may_end(words[last - 1][0], form)):
                    continue
                is_word = length == 1 and self.entries[key][0] == "word"
                if is_word and ending and not _THE.search(text, max(0, words[at].start() - 5), words[at].start()):
                    continue
                if is_word and not _is_named(text, words[at], form, guesses or bool(ending)):
                    continue
                return length, ending
        return 0, ""


def _forms(folded: str) -> tuple[str, ...]:
    """A word, and what it may be the possessive or plural of, without an apostrophe."""
    if len(folded) < 4 or not folded.endswith("s"):
        return (folded,)
    return (folded, folded[:-1], folded[:-2]) if folded.endswith("es") and len(folded) > 4 else (folded, folded[:-1])


def _may_end(written: str, form: str) -> bool:
    """Whether an ending may hide a name: of short names only in capitals, since *mos* is no *Mo*."""
    return len(form) > 2 and (written[0].isupper() or len(form) > 3) and _fold_word(written) not in _OF_ITS_OWN


def _is_named(text: str, word: re.Match[str], folded: str, guesses: bool) -> bool:
    """Whether a word that may be a name is used as one here."""
    if not word[0][0].isupper():
        return False
    if guesses or folded not in _GRAMMAR:
        return True
    before = text[max(0, word.start() - 20) : word.start()]
    last = before.rstrip()[-1:]
    inside = bool(last) and last not in ".?!:;\"“”'‘’([—–-…" and before[-1].isspace()
    return inside or re.match(r"['’]s\b", text[word.end() : word.end() + 3]) is not None


def names_of(roster: pd.DataFrame, people: pd.DataFrame) -> Names:
    """Collect the names that may not leave a case.

    Parameters
    ----------
    roster
        ``actor`` and ``name``: full names, and the given and family names in them (two letters or more; of names with a
        hyphen each half of three or more too). *Müller* stands for *Mueller* as well.
    people
        ``alias`` and ``actor``: spellings in transcripts; ``?`` leaves one open.

    Returns
    -------
    Names
        A name of one person stands for that actor; one that several share, or that is open, for :data:`SOMEBODY`. An
        alias that is an actor's id is no secret and is left out.
    """
    full, aliases = pairs_of(roster, "name"), pairs_of(people, "alias")
    ids = {_words(str(actor)) for actor in roster["actor"]}
    parts = [(part, actor) for name, actor in full for part in parts_of(name)]
    meant: dict[tuple[str, ...], tuple[Kind, set[str]]] = {}

    def note(kind: Kind, pairs: Iterable[tuple[str, str]]) -> None:
        for name, actor in pairs:
            bare = without_aside(name) or name
            for key in dict.fromkeys((_words(bare), _words(_spelt(bare)))):
                if key and not (kind == "alias" and key in ids):
                    meant.setdefault(key, (_kind(kind, key), set()))[1].add(actor)
                    if len(key) > 1:
                        meant.setdefault(("".join(key),), (kind, set()))[1].add(actor)

    note("full", full)
    note("alias", aliases)
    note("part", parts)
    note("part", [(run, actor) for name, actor in full for run in _runs(name)])
    entries = {
        key: (kind, next(iter(actors)) if len(actors) == 1 and "?" not in actors else SOMEBODY)
        for key, (kind, actors) in meant.items()
    }
    firsts: dict[str, set[int]] = {}
    for key in entries:
        firsts.setdefault(key[0], set()).add(len(key))
    plain = sorted((key[0] for key in entries if len(key) == 1 and key[0].upper() == key[0]), key=len, reverse=True)
    caseless = [word for word in plain if word.isalpha() and not word.isascii()]
    pattern = re.compile("|".join(map(re.escape, caseless))) if caseless else None
    return Names(entries, {word: sorted(found, reverse=True) for word, found in firsts.items()}, pattern)


def pairs_of(table: pd.DataFrame, spelling: str) -> list[tuple[str, str]]:
    """Each spelling with its actor; rows where one of them is missing say nothing."""
    said = table.dropna(subset=[spelling, "actor"])
    said = said[said["actor"] != NO_SPEAKER]
    return list(zip(said[spelling].astype("str"), said["actor"].astype("str"), strict=True))


def own_words(name: str) -> set[str]:
    """Folded given and family names in a full name that are not common words too."""
    return {folded for part in parts_of(name) if (folded := fold(part)) not in COMMON_WORDS | _GRAMMAR}


def parts_of(name: str) -> Iterator[str]:
    """Given and family names in a full name, and the halves of those with a hyphen."""
    for word in without_aside(name).split():
        halves = [half for half in _HYPHEN.split(word) if len(half) > 2]
        yield from (part for part in dict.fromkeys((word, *halves)) if _is_part(part))


def _runs(name: str) -> Iterator[str]:
    """Names of a full name written together: *JeanLuc*, *LucPicard*."""
    words = [word for word in without_aside(name).split() if _is_part(word)]
    for first in range(len(words)):
        for last in range(first + 2, len(words) + 1):
            if last - first < len(words):
                yield "".join(words[first:last])


def _spelt(name: str) -> str:
    """Letters with dots and rings as two letters, as in addresses and systems that have no others."""
    return unicodedata.normalize("NFC", name).casefold().translate(_SPELT)


def _is_part(word: str) -> bool:
    folded = fold(word).strip(".,'")
    return len(folded) > 1 and folded not in _TITLES


def _kind(kind: Kind, key: tuple[str, ...]) -> Kind:
    common = len(key) == 1 and (key[0] in COMMON_WORDS or key[0] in _GRAMMAR)
    return "word" if common else kind
