"""Turns as arrays, and the words that coders listen for.

All word lists are written by hand and closed: function words, backchannels, hedges. No vocabulary is taken from a corpus.
Everything is computed for all turns at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Ints = NDArray[np.intp]

__all__ = ["WORDS", "TurnArrays", "as_arrays", "changes", "shifted"]

SECONDS_PER_WORD = 0.35
"""Pace assumed where a transcript has no times."""

_AUXILIARIES = (
    "do does did is are was were am can could will would should shall may might have has had isn't aren't wasn't weren't "
    "don't doesn't didn't can't couldn't won't wouldn't shouldn't haven't hasn't isnt arent dont doesnt didnt cant"
)
WORDS: dict[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "opener": "uh um er erm ah eh hm hmm mm oh like well so and but okay ok yeah yes right alright now just actually i mean",
        "um": "uh um er erm uhm eh",
        "backchannel": "yeah yep yes okay ok right mm-hmm mm mmm hmm hm uh-huh uhhuh mhm sure alright yup oh ah cool good great "
        "fine no nope true exactly uh um huh 'kay kay wow thanks",
        "yes": "yeah yep yes yup sure okay ok right exactly mm-hmm uh-huh",
        "no": "no nope nah not",
        "wh": "what which who where when why how what's who's where's how's whats",
        "wh_is": "what's who's where's how's whats",
        "auxiliary": _AUXILIARIES,
        "subject": "i you we they he she it there this that these those anybody anyone someone somebody everybody everyone "
        "the your our a one my his her their any",
        "you": "you your yours you're you've you'd you'll youre ya y'all yourself",
        "i": "i me my i'm i've i'd i'll im ive mine myself",
        "we": "we us our we're we've we'll we'd let's ours lets",
        "they": "they them their he she him her it its it's they're he's she's that's thats",
        "modal": "can could would should might may must shall will can't couldn't wouldn't shouldn't",
        "hedge": "maybe perhaps probably possibly think guess suppose kind sort seems seem",
        "anyone": "anybody anyone somebody someone everybody everyone any anything",
        "because": "because 'cause cause since",
        "whether": "if whether",
        "know": "know wonder wondering wondered sure remember understand curious tell ask question questions asking",
        "wonder": "wonder wondering wondered curious question questions ask",
        "pointing": "the a an this that these those",
        "being": "is it's that's there's are was were they're i'm we're you're",
        "tag": "right okay ok yeah huh no yes eh true",
        "number": "one two three four five six seven eight nine ten twenty thirty forty fifty hundred thousand zero",
        "negation": "not don't doesn't didn't isn't can't won't no never nothing wasn't couldn't haven't dont didnt cant",
        "amount": "many much long about big often far",
        "thing": "there that this it",
        "asks_you": "do did are have can could would were will don't didn't dont didnt",
        "or": "or",
        "about": "about",
        "mean": "mean",
    }.items()
}
_NOT_NAMES = frozenset("mrs miss prof the and speaker unknown guest host ipad iphone".split()).union(*WORDS.values())
_BLANKS = str.maketrans(
    dict.fromkeys(',;:"()[]{}<>/\\—–*', " ") | dict.fromkeys(".!…", " . ") | {"?": " ? ", "’": "'", "‘": "'"}
)
_MARKS = str.maketrans(dict.fromkeys("?.!…", " "))


@dataclass(frozen=True)
class TurnArrays:
    """Turns as arrays, in order of meeting and position; n turns, w words.

    Parameters
    ----------
    order
        Row of the turns table that each turn comes from.
    meeting, speaker
        Meeting and speaker as numbers; a speaker belongs to one meeting, -1 is unknown.
    start, end
        Seconds; where a meeting lacks usable times, what its words would take at an even pace.
    timed
        Whether the meeting had usable times.
    text
        Lower-case text.
    n_words
        Words in the turn.
    word, owner
        Number of each word spoken, and the turn it belongs to.
    vocabulary
        Distinct words and their numbers.
    asked
        Whether each word stands in a sentence that ends in a question mark.
    begins
        Whether each word begins a sentence.
    is_plain
        Whether the meeting has no question marks at all, as automatic captions often do not.
    names
        For each meeting and speaker, the words of the speaker's name as the transcript writes it.
    """

    order: Ints
    meeting: Ints
    speaker: Ints
    start: Numbers
    end: Numbers
    timed: Flags
    text: list[str]
    n_words: Ints
    word: Ints
    owner: Ints
    vocabulary: dict[str, int]
    asked: Flags
    begins: Flags
    is_plain: Flags
    names: dict[tuple[int, int], frozenset[str]]

    def says(self, words: frozenset[str]) -> Flags:
        """Whether each word is one of these."""
        known = np.zeros(len(self.vocabulary), bool)
        known[[self.vocabulary[word] for word in words if word in self.vocabulary]] = True
        return known[self.word]

    def plain(self) -> TurnArrays:
        """The same turns as if they had no punctuation."""
        n = len(self.text)
        text = [said.translate(_MARKS) for said in self.text]
        asked, begins = np.zeros(len(self.word), bool), changes(self.owner)
        return replace(self, text=text, asked=asked, begins=begins, is_plain=np.ones(n, bool))

    def count(self, marked: Flags) -> Numbers:
        """How many of a turn's words are marked."""
        return np.bincount(self.owner[marked], minlength=len(self.text)).astype(float)

    def has(self, marked: Flags) -> Numbers:
        """1 for a turn of which a word is marked, else 0."""
        return np.fmin(self.count(marked), 1)

    def then(self, marked: Flags, by: int = 1) -> Flags:
        """Whether the word so many further in the same turn is marked."""
        following = np.zeros(len(marked), bool)
        following[:-by] = marked[by:] & (self.owner[by:] == self.owner[:-by])
        return following

    @property
    def marks(self) -> Numbers:
        """How many question marks each turn has."""
        return np.fromiter((said.count("?") for said in self.text), float, len(self.text))


def as_arrays(turns: pd.DataFrame) -> TurnArrays:
    """Turns as arrays.

    Parameters
    ----------
    turns
        Work table ``turns``; only ``activity`` and ``text`` must be there.

    Returns
    -------
    TurnArrays
        The turns, sorted by activity (in order of appearance) and position.
    """
    n = len(turns)
    meeting = pd.factorize(turns["activity"])[0]
    position = turns["position"].to_numpy(float) if "position" in turns else np.arange(n, dtype=float)
    order = np.lexsort((position, meeting))
    meeting = meeting[order]
    text = [str(said).lower() for said in turns["text"].fillna("").to_numpy()[order]]
    spoken = [said.translate(_BLANKS).split() for said in text]
    owner = np.repeat(np.arange(n), np.fromiter(map(len, spoken), np.intp, n))
    word, vocabulary = pd.factorize(np.array([w for said in spoken for w in said], dtype=object))
    known = {str(w): i for i, w in enumerate(vocabulary)}
    is_mark, asked = _sentences(word, owner, known)
    is_word = np.fromiter((any(map(str.isalnum, w)) for w in known), bool, len(known))[word] & ~is_mark
    begins = changes(np.cumsum(is_mark)[is_word]) | changes(owner[is_word])
    word, owner, asked = word[is_word], owner[is_word], asked[is_word]
    n_words = np.bincount(owner, minlength=n)
    n_marks = np.fromiter((said.count("?") for said in text), float, n)
    start, end, timed = _times(turns, order, meeting, n_words)
    speaker = _speakers(turns, order, meeting)
    return TurnArrays(
        order=order,
        meeting=meeting,
        speaker=speaker,
        start=start,
        end=end,
        timed=timed,
        text=text,
        n_words=n_words,
        word=word,
        owner=owner,
        vocabulary=known,
        asked=asked,
        begins=begins,
        is_plain=np.bincount(meeting, n_marks)[meeting] == 0 if n else np.zeros(0, bool),
        names=_names(turns, order, meeting, speaker),
    )


def _sentences(word: Ints, owner: Ints, known: dict[str, int]) -> tuple[Flags, Flags]:
    """Which entries are sentence marks, and which stand in a sentence that ends in a question mark."""
    n = len(word)
    is_mark = np.isin(word, [known.get("?", -1), known.get(".", -1)])
    ending = np.minimum.accumulate(np.where(is_mark, np.arange(n), n)[::-1])[::-1]
    inside = ending < n
    asked = np.zeros(n, bool)
    at = ending[inside]
    asked[inside] = (word[at] == known.get("?", -1)) & (owner[at] == owner[inside])
    return is_mark, asked


def changes(values: NDArray[Any]) -> Flags:
    """Where a value differs from the one before it, the first included."""
    found: Flags = np.ones(len(values), bool)
    found[1:] = values[1:] != values[:-1]
    return found


def _speakers(turns: pd.DataFrame, order: Ints, meeting: Ints) -> Ints:
    known = [turns[name].astype("str") for name in ("actor", "speaker") if name in turns]
    if not known:
        return np.full(len(turns), -1)
    person = pd.factorize(known[0].fillna(known[-1]).to_numpy()[order])[0]
    return np.where(person < 0, -1, meeting * (person.max(initial=0) + 1) + person)


def _names(turns: pd.DataFrame, order: Ints, meeting: Ints, speaker: Ints) -> dict[tuple[int, int], frozenset[str]]:
    if "speaker" not in turns:
        return {}
    written = turns["speaker"].astype("str").to_numpy()[order]
    people = pd.DataFrame({"meeting": meeting, "speaker": speaker, "name": written}).dropna().drop_duplicates()
    names: dict[tuple[int, int], frozenset[str]] = {}
    for m, s, name in people[people["speaker"] >= 0].itertuples(index=False):
        words = (word for word in str(name).lower().translate(_BLANKS).split() if len(word) > 2)
        names[m, s] = names.get((m, s), frozenset()) | {word for word in words if word not in _NOT_NAMES}
    return names


def _times(turns: pd.DataFrame, order: Ints, meeting: Ints, n_words: Ints) -> tuple[Numbers, Numbers, Flags]:
    """Starts and ends; a meeting with a missing time, or with no time passing, gets an even pace instead."""
    given = [
        pd.to_numeric(turns[column], errors="coerce").to_numpy(float)[order]
        if column in turns
        else np.full(len(order), np.nan)
        for column in ("start_s", "end_s")
    ]
    start = np.where(np.isfinite(given[0]), given[0], np.nan)
    pace = SECONDS_PER_WORD * (n_words + 1)
    end = np.where(np.isfinite(given[1]), given[1], start + pace)
    end = np.fmax(start, end)
    spread = pd.Series(start).groupby(meeting)
    timed = ~np.isnan(start) & (spread.transform("max") > spread.transform("min")).to_numpy()
    timed = pd.Series(timed).groupby(meeting).transform("all").to_numpy(bool)
    even = np.cumsum(pace)
    return np.where(timed, start, even - pace), np.where(timed, end, even - SECONDS_PER_WORD), timed


def shifted(values: Numbers, by: int, arrays: TurnArrays, *, fill: float = 0.0) -> Numbers:
    """Each turn's value ``by`` turns earlier (later if negative) in the same meeting."""
    moved = np.full(len(values), fill, dtype=float)
    if 0 < abs(by) < len(values):
        here, there = (slice(by, None), slice(None, -by)) if by > 0 else (slice(None, by), slice(-by, None))
        moved[here] = np.where(arrays.meeting[here] == arrays.meeting[there], values[there], fill)
    return moved
