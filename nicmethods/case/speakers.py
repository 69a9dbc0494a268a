"""Who speaks, as a line of a transcript says it: ``Name: text``, ``Name  0:12``, ``00:12 Name: text``."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Said", "clock_s", "parse_lines", "prefixes", "split_prefix"]

_CLOCK = r"(?:\d{1,4}:)?[0-5]?\d:[0-5]\d(?:[.,]\d{1,3})?"
_LOOSE_CLOCK = r"\d{1,4}:[0-5]?\d:[0-5]?\d(?:[.,]\d{1,3})?"
_SPAN = re.compile(rf"\s*({_LOOSE_CLOCK})\s*-->\s*({_LOOSE_CLOCK})\s*")
_PREFIX = re.compile(r"\s*([^\s:：<>][^:：<>\n]{0,59}?)\s*[:：](?=\s|$)\s*")
_TEXT = r"\s*(?:\Z|:(?:\s+|\Z)(?P<text>.*))"
_WHO, _WHEN = r"(?P<name>[^:]{1,60}?)", rf"[\[(]?(?P<clock>{_CLOCK})[\])]?"
# Lines that say who and when, and how often a spelling would have to come to be as good a sign of a name.
_CLOCKED = tuple(
    (re.compile(pattern, re.DOTALL), sure)
    for pattern, sure in (
        (rf"(?P<clock>{_CLOCK})\s+(?:From\s+)?(?P<name>.{{1,60}}?)(?:\s+to\s+.{{1,60}}?)?\s*:(?:\s+|$)(?P<text>.*)", 3),
        (rf"{_WHEN}\s+{_WHO}{_TEXT}", 1),
        (rf"\[(?P<name>[^\[\]:]{{1,60}})\]\s+{_WHEN}{_TEXT}", 3),
        (rf"{_WHO}(?:\s{{2,}}|\t|\s*(?=[\[(])){_WHEN}{_TEXT}", 3),
    )
)
_HEAD = 200  # who and when stand in the first characters of a line
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\|.*")

_OPENERS = frozenset(
    """a about after all also an and any are as at because before but by can could did do does every first for from had has
    have he her here hers his how i i'd i'll i'm i've if in is it it's its just last let let's like maybe me meaning my next
    no not now of oh ok okay on one only or our plus second she should so some such than that that's the their them then
    there these they third this those to two was we we'll we're well were what when where whether which while who why with
    would yeah yes yet you you're your""".split()
)
_LABELS = frozenset(
    """absent|action|action item|action items|actions|activity|agenda|aim|aims|answer|attendees|caution|chapter|conclusion|
    context|cycle|data|date|decision|decisions|discussion|duration|e.g|email|example|examples|exercise|figure|file|focus|
    follow-up|for example|goal|goals|hint|http|https|i.e|idea|ideas|important|instructions|key points|link|location|measure|
    meeting|minutes|n.b|nb|next step|next steps|note|notes|objective|objectives|observation|outcome|outcomes|p.s|page|part|
    participants|phase|place|prediction|predictions|present|problem|prompt|ps|purpose|question|questions|reason|recording|
    reflection|reminder|remember|result|results|section|slide|source|step|subject|summary|table|task|tasks|theme|themes|time|
    tip|title|to do|todo|topic|topics|total|transcript|update|url|warning|website|week|year""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_PARTICLES = frozenset(
    "al and bin da de del della den der di dos du el la le of san st ten ter the van von y zu".split()
)


class Said(NamedTuple):
    r"""A piece of talk: who (None where it is not said), when in seconds (None likewise), and what; lines keep ``\n``."""

    row: int
    speaker: str | None
    start_s: float | None
    text: str
    end_s: float | None = None


def clock_s(text: str) -> float | None:
    """Read a time as seconds: ``h:mm:ss.mmm`` with hours and fractions optional, or plain seconds; None if it is neither.

    Examples
    --------
    >>> clock_s("1:02:03.5"), clock_s("0:12"), clock_s("12,25"), clock_s("noon")
    (3723.5, 12.0, 12.25, None)
    """
    text = text.strip().replace(",", ".")
    if not re.fullmatch(rf"{_CLOCK}|{_LOOSE_CLOCK}|\d{{1,9}}(\.\d*)?", text):
        return None
    seconds = 0.0
    for part in text.split(":"):
        seconds = seconds * 60 + float(part)
    return round(seconds, 6)


def prefixes(lines: Iterable[str]) -> frozenset[str]:
    """Find the names that begin lines of a file as ``Name: text``.

    A name has at most five words and 60 characters, each word with a capital (or a script without capitals), a digit or
    a particle such as *van*; parts in brackets or after ``|`` are not looked at. A telephone number is a name too. Words that open sentences or label
    paragraphs (*Note*, *Next steps*) are no names; all-lowercase and ``Last, First`` forms, and *A* or *I*, must come back in the file.

    Examples
    --------
    >>> sorted(prefixes(["Ann van Dam: hi", "Note: ten o'clock", "see http://x.org", "at 10:30", "So I said: no", "?: yes"]))
    ['?', 'Ann van Dam']
    """
    counts = Counter(match[1] for line in lines if (match := _PREFIX.match(line)))
    return frozenset(name for name, n in counts.items() if _is_name(name, n))


def _is_name(written: str, n: int) -> bool:
    name = _ASIDE.sub("", written).strip()
    words = name.split()
    if re.fullmatch(r"\?+", name) or _is_telephone(written):
        return True
    if not 1 <= len(words) <= 5 or not any(c.isalnum() for c in name) or re.search(r'[?!;"“”…=]', name):
        return False
    if len(name) == 1 and name.isupper() and n > 1:
        return True
    if words[0].casefold().replace("’", "'").rstrip(",") in _OPENERS or name.casefold().rstrip(".") in _LABELS:
        return False
    if not re.search(r"[^\W\d_]", name) or words[0].casefold() in {"http", "https"}:
        return False
    if all(map(_is_name_word, words)):
        return n > 1 or "," not in name
    return len(words) == 1 and n > 2


def _is_telephone(written: str) -> bool:
    """Whether somebody who dialled in is named by a number, part of it perhaps hidden: ``+1 555-***-0100``."""
    if not re.fullmatch(r"\+?[\d*(][\d*\s().-]*", written) or sum(map(str.isdigit, written)) < 4:
        return False
    return len(re.findall(r"[\d*]", written)) >= (7 if written[0] == "+" else 10)


def _is_name_word(word: str) -> bool:
    letters = [c for c in word if c.isalpha()]
    return not letters or any(not c.islower() for c in letters) or word.casefold() in _PARTICLES


def split_prefix(line: str, names: frozenset[str]) -> tuple[str | None, str]:
    """Split ``Name: text`` where the name is one of ``names``; else the line as it stands."""
    match = _PREFIX.match(line)
    return (match[1], line[match.end() :]) if match and match[1] in names else (None, line)


def parse_lines(lines: Sequence[tuple[int, str]]) -> list[Said]:
    """Read numbered lines of a document as talk.

    A line that begins with a name, a time and a name, or a name and a time starts a new piece; so does a line
    ``0:0:1.5 --> 0:0:4.0`` with the name in a line of its own below it, as Teams writes. Other lines continue a piece.
    Lines before the first name stand alone, without a speaker.

    Parameters
    ----------
    lines
        Row in the file and text; empty lines left out.

    Returns
    -------
    list of Said
        In order; no text is left out.
    """
    names = prefixes(line for _, line in lines)
    pieces: list[Said] = []
    waiting = iter(lines)
    for row, line in waiting:
        span = _SPAN.fullmatch(line)
        if span:
            named = next(waiting, (row, ""))[1].strip()
            speaker, text = (named, "") if _is_name(named, 2) else (None, named)
            pieces.append(Said(row, speaker, clock_s(span[1]), text, clock_s(span[2])))
            continue
        started = _started(line, names)
        if started:
            pieces.append(Said(row, *started))
        elif pieces and pieces[-1].speaker:
            last = pieces[-1]
            pieces[-1] = last._replace(text=f"{last.text}\n{line.strip()}".strip())
        else:
            pieces.append(Said(row, None, None, line.strip()))
    return pieces


def _started(line: str, names: frozenset[str]) -> tuple[str, float | None, str] | None:
    head, tail = line.strip()[:_HEAD], line.strip()[_HEAD:]
    for pattern, sure in _CLOCKED:
        match = pattern.fullmatch(head)
        if match and _is_name(match["name"].strip(), sure) and (match["text"] is not None or not tail):
            return match["name"].strip(), clock_s(match["clock"]), f"{match['text'] or ''}{tail}".strip()
    speaker, text = split_prefix(line, names)
    return (speaker, None, text.strip()) if speaker else None
