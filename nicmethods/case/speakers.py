"""Who speaks, as lines of a transcript say it: ``Name: text``, ``Name  0:12``, ``[00:12] **Name:** text``, ``Name<tab>text``.

Every beginning that may be a label is weighed by the same evidence: the roster and people.csv, casing and script, words of
grammar and topics, how often it comes back, what sets it off. Enough makes it a speaker's; less is kept apart, or left where
it stands, and asked; without any it is talk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from nicmethods.case.names import without_aside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = [
    "Doubt",
    "Labels",
    "Said",
    "Settled",
    "clock_s",
    "is_anybody",
    "nothing_settled",
    "parse_lines",
    "read_labels",
    "split_inside",
    "split_label",
]

Settled = Callable[[str], bool | None]
"""Whether a spelling is a person's (True), no speaker's (False), or nothing is known of it (None)."""

_CLOCK = r"(?:\d{1,4}:)?[0-5]?\d:[0-5]\d(?:[.,]\d{1,3})?"
_LOOSE_CLOCK = r"\d{1,4}:[0-5]?\d:[0-5]?\d(?:[.,]\d{1,3})?"
_SPAN = re.compile(rf"\s*({_LOOSE_CLOCK})\s*-->\s*({_LOOSE_CLOCK})\s*")
_WHEN = rf"[\[({{<]?(?P<clock>{_CLOCK})[\])}}>]?"
_NAME = r"(?P<name>[^:：\n]{1,60}?)"
_COLON = r"\s*[:：](?:\s+|\Z)"
_TEXT = rf"\s*(?:\Z|{_COLON}(?P<text>.*))"
# Lines that say who and when; whether the mark alone sets the name off, or the spelling could also be talk.
_CLOCKED = tuple(
    (re.compile(pattern, re.DOTALL), sure)
    for pattern, sure in (
        (rf"{_WHEN}\t+(?P<name>[^\t\n]{{1,60}}?)\t+(?P<text>.*)", True),
        (rf"(?P<clock>{_CLOCK})\s+(?:From\s+)?(?P<name>.{{1,60}}?)(?:\s+to\s+.{{1,60}}?)?{_COLON}(?P<text>.*)", True),
        (rf"[\[(]?(?P<clock>{_CLOCK})[\])]?(?P<name>[^\W\d][^:：\n]{{0,59}}?){_COLON}(?P<text>.*)", True),
        (rf"(?P<clock>(?:\d{{1,2}}:)?\d\d:\d\d[.,]\d)(?P<name>[+(\d*][^:：\n]{{0,59}}?){_COLON}(?P<text>.*)", True),
        (rf"{_WHEN}\s+[-–—]\s+{_NAME}{_TEXT}", True),
        (rf"{_WHEN}\s+[\[{{(]{_NAME}[\])}}]{_TEXT}", True),
        (rf"{_WHEN}\s+{_NAME}{_TEXT}", False),
        (rf"\[(?P<name>(?:[^\[\]:]|\[[^\[\]:]*\]){{1,60}})\]\s+{_WHEN}{_TEXT}", True),
        (rf"{_NAME}\s*:\s*[\[(](?P<clock>{_CLOCK})[\])]\s*(?P<text>.*)", True),
        (rf"{_NAME}(?:\s{{2,}}|\t|\s*,\s*|\s*(?=[\[(])){_WHEN}{_TEXT}", True),
        (rf"{_NAME}\s{_WHEN}\s*\Z", False),
    )
)
_SAME = re.compile(rf"[\[(](?P<clock>{_CLOCK})[\])]\s*[:：]\s*(?P<text>.*)", re.DOTALL)
_CLOCK_ALONE = re.compile(rf"[\[(#@]?(?P<clock>{_CLOCK})[\])#]?\s*:?")
_PREFIX = re.compile(r"\s*([^\s:：<>][^:：<>\n]{0,59}?)\s*[:：](?=\s|$)\s*")
_MARKED = re.compile(r"\s*[\[{](?P<name>(?:[^\[\]{}:\n]|\[[^\[\]]*\]){1,60})[\]}]\s+(?P<text>\S.*)", re.DOTALL)
_TABBED = re.compile(r"\s*(?P<name>[^\t\n:：]{1,60}?)\s*\t+\s*(?P<text>\S.*)", re.DOTALL)
_DASH = re.compile(r"\s[-–—]\s+(?=\S)")
# Words in bold or italic type that a line begins with, perhaps behind a time; from Word they come between U+E000 and U+E001.
_EMPHASIS = re.compile(
    rf"(?P<before>\s*(?:#{{1,6}}\s+)?(?:[\[(]?{_CLOCK}[\])]?\s+)?)"
    r"(?:(?P<stars>\*{1,4})|(?P<lines>_{1,3})|(?P<tag><(?:b|u|i|strong|em)>)|\ue000)(?P<inside>(?:[^*<>\n\ue000\ue001]|\*{5,}\d|(?<=[\d. -])\*+(?=[\d. -])){1,80}?)"
    r"(?(stars)(?!(?<=[\d.-])\*+[\d.-])\*{1,4}|(?(lines)_{1,3}(?!\w)|(?(tag)</(?:b|u|i|strong|em)>|\ue001)))(?P<after>.*)",
    re.DOTALL,
)
_F4 = re.compile(r"\s*#(\d{1,2}:\d\d:\d\d)-(\d)#\s*")
_F4_FIRST = re.compile(r"#(\d{1,2}:\d\d:\d\d)-(\d)#\s*(?=\S)")
_OVERLAP = re.compile(r"//\s*([^\W\d_]{1,10}\d{1,3}):\s*(.*?)\s*//")
_HEAD = 200  # who and when stand in the first characters of a line
_BRACKETED = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])+)\]|[{(]([^{}()]+)[})]")

# Lines that a program writes around the talk; the pause alone leaves the floor to whoever had it.
_PROGRAM = re.compile(
    r"""(?ix) .{1,60}\b(?:started|stopped)\s(?:transcription|recording)\.? | (?:meeting|transcription|recording)\sended\safter\s.* |
    transcribed\s(?:by\shttps?:|with\snoscribe).* | audio\sfile:\s.* | .*\bthis\seditable\stranscript\swas\scomputer.generated.* |
    .*\bautomatically\stranscribed\sby\ssonix.* | this\stranscript\smay\scontain\serrors.* | view\srecording\s-\s.* | -{3,} |
    note\s(?:confidence|duration|language):.*"""
)
_PAUSE = re.compile(r"(?i)\(\d+ seconds? pause\)|\(\.+\)")

_OPENERS = frozenset(
    """a about after all also an and any are as at because before but by can could did do does every first for from had has
    have he her here hers his how i i'd i'll i'm i've if in is it it's its just last let let's like maybe meaning my next
    no not now of oh ok okay on one only or our plus she should so some such than that that's the their them then
    there these they third this those to too two was we we'll we're well were what when where whether which while who why
    with would yeah yes yet you you're your dear re thanks thank sorry please hi hello hey long bottom both second finally again right""".split()
)
_GREETINGS = frozenset("dear hello hey hi no oh ok okay please sorry thank thanks well yeah yes".split())
_FUNCTION = _OPENERS | frozenset(
    "am be been being me us him goes said say says give gives going get got want wants need needs think know mean find of".split()
) - {"long", "bottom", "last", "first", "third", "next", "two", "hey"}
_TOPICS = frozenset(
    """absent|action|action item|action items|actions|activity|agenda|aim|aims|attendees|caution|chapter|conclusion|cons|
    context|cycle|data|date|decision|decisions|discussion|duration|e.g|email|error|example|examples|exercise|figure|file|focus|
    follow-up|for example|goal|goals|help|hint|http|https|i.e|idea|ideas|important|instructions|item|key points|lesson|link|
    location|measure|meeting|minutes|n.b|nb|next step|next steps|note|notes|objective|objectives|observation|outcome|outcomes|
    p.s|page|part|participants|phase|place|prediction|predictions|present|problem|prompt|pros|ps|purpose|question|questions|
    ratio|reason|recording|reflection|reminder|remember|result|results|rule|section|slide|source|step|subject|summary|table|
    task|tasks|theme|themes|time|tip|title|to do|todo|topic|topics|total|transcript|unit|update|url|version|warning|website|
    week|year|attendance|choice|cost|costs|day|driver|fun fact|grade|hypothesis|key|legend|mailto|math|option|period|science|spoiler|spring|fall|
    monday|tuesday|wednesday|thursday|friday|saturday|sunday|quarter|semester|agenda item|homework|exit ticket|change idea""".replace(
        "\n", ""
    )
    .replace("    ", "")
    .split("|")
)
_PARTICLES = frozenset(
    "al and bin da de del della den der di dos du e el et la le of san st ten ter the und van von y zu & + / - – —".split()
)
_LETTER = re.compile(r"[^\W\d_]")
_NO_NAME = re.compile(r"[?!;\"“”…=\[\](){}]|\b(?!(?:Prof|Asst|Assoc|Supt|Prin|Capt|Herr|Frau)\.)\w{4,}\.\s|://|\.\.")
# From how much evidence on a label is somebody's, kept apart until people.csv settles it, left as talk and asked about.
_ENOUGH = {"speaker": 3.0, "apart": 1.5, "asked": 0.5}
_CODE = r"(?!(?i:day|no)\b)[A-Za-z]{1,3}[\s_-]?\d{1,3}(?:[-_ ]?[A-Za-z]{1,2}\d{1,3})?"
_VOICES = """speaker|spk|voice|participant|interviewer|interviewee|respondent|moderator|facilitator|teacher|student|coach|mentor|
    principal|host|co-?host|guest|user|caller|call-?in user|zoom user|attendee|panelist|researcher|audience|audience member|member|
    class|me|all|several|everybody|everyone|rozmówca|sprecher(?:in)?|befragte[r]?|frage|antwort|intervenant|locuteur|hablante|
    participante|entrevistador[a]?|answer|發言者|发言人|说话人|話者|話し手""".replace("\n", "").replace(" " * 4, "")
_ROLE = re.compile(rf"(?:{_VOICES})(?:[\s_#-]*\d{{1,3}}|[\s_#-][a-z])?|{_CODE}", re.IGNORECASE)
_ANYBODY = re.compile(
    r"(?i)\W*(?:(?:unknown|unidentified|inaudible|unclear|unnamed|anonymous|unbekannte?r?)(?:[\s_]+(?:male|female))?"
    r"(?:[\s_]+(?:speakers?|voices?|person|participant|caller|sprecher(?:in)?))?|\?+)\W*"
)


class Said(NamedTuple):
    r"""A piece of talk: who (None where it is not said), when in seconds (None likewise), and what; lines keep ``\n``."""

    row: int
    speaker: str | None
    start_s: float | None
    text: str
    end_s: float | None = None


class Doubt(NamedTuple):
    """A line that may begin with a speaker's name: where, the spelling, the line, and whether its words are kept apart."""

    row: int
    label: str
    line: str
    apart: bool


class Labels(NamedTuple):
    """What the labels of a file turned out to be, by their spelling: ``speaker``, ``apart``, ``asked`` or ``talk``.

    ``inside`` finds those that stand inside a line, behind the end of a sentence.
    """

    judged: dict[str, str]
    inside: re.Pattern[str] | None = None


def nothing_settled(_label: str) -> bool | None:
    """Know nobody: for files that belong to no case."""
    return None


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


def is_anybody(speaker: str) -> bool:
    """Whether a label stands for whoever was not recognised, who may be several people.

    Examples
    --------
    >>> is_anybody("Unknown Speaker"), is_anybody("UNIDENTIFIED MALE SPEAKER"), is_anybody("Speaker 1")
    (True, True, False)
    """
    return _ANYBODY.fullmatch(speaker) is not None


def read_labels(lines: Iterable[str], settled: Settled = nothing_settled) -> Labels:
    """Find out which beginnings ``Name: text`` of a file's lines are speakers.

    Parameters
    ----------
    lines
        The lines.
    settled
        What the roster and people.csv say of a spelling; see :data:`Settled`.

    Returns
    -------
    Labels
        What each spelling is: somebody's; kept apart, since it may be; left as talk and asked about; or talk without doubt:
        words of grammar in small letters, more than six words, signs of a sentence.

    Examples
    --------
    >>> lines = ["Ann van Dam: hi", "maria lopez: yes", "It is this: ten", "So: next", "see http://x.org"]
    >>> read_labels(lines).judged
    {'Ann van Dam': 'speaker', 'maria lopez': 'apart', 'It is this': 'talk', 'So': 'asked'}
    """
    counts = Counter(label for line in lines if (label := split_label(line)[0]) is not None)
    judged = {label: _judged(label, n, settled) for label, n in counts.items()}
    return Labels(judged, _inside({label for label, what in judged.items() if what == "speaker"}, counts, settled))


def split_label(line: str) -> tuple[str | None, str]:
    """The label that a line ``Name: text`` would begin with, without emphasis and brackets around it, and the rest."""
    plain, _ = _plain(line)
    match = _PREFIX.match(plain)
    if match is None:
        return None, line
    return (_bare(match[1]) or None), plain[match.end() :]


def split_inside(text: str, speaker: str | None, inside: re.Pattern[str] | None) -> Iterator[tuple[str | None, str]]:
    """Split the words of a speaker at labels that stand inside them."""
    found = list(inside.finditer(text)) if inside is not None and speaker is not None else []
    ends = [match.start() for match in found] + [len(text)]
    yield speaker, text[: ends[0]].strip()
    for match, end in zip(found, ends[1:], strict=True):
        yield match["name"] or match["clocked"], text[match.end() : end].strip()


def _bare(label: str) -> str:
    """A label without the brackets, marks and dashes that stand around it."""
    label = re.sub(r"^(?:>>+|//|[@#](?=\w))\s*|\s+[-–—]$", "", label.strip()).strip()
    inner = _BRACKETED.fullmatch(label)
    return (inner[1] or inner[2]).strip() if inner else label


def _unmarked(line: str) -> str:
    return line.replace("\ue000", "").replace("\ue001", "").strip()


def _plain(line: str) -> tuple[str, bool]:
    """The line without the emphasis of its first words, and whether there was any."""
    match = _EMPHASIS.fullmatch(line[:_HEAD])
    if match is None:
        return re.sub(r"^\s*(?:>>+|#{1,6}\s)\s*(?=\S)", "", line), False
    inside, after = match["inside"], match["after"]
    joined = f"{match['before'].lstrip('# ')}{inside}{after}{line[_HEAD:]}"
    return joined, True


def _evidence(label: str, n: int, settled: Settled) -> float:
    """How much speaks for a spelling before talk being somebody's, found ``n`` times; :data:`_ENOUGH` says what it comes to."""
    known = settled(label)
    if known is not None:
        return 9 * known
    if is_anybody(label) or _ROLE.fullmatch(label) or _is_telephone(label):
        return 9
    name = without_aside(label)
    words = [word for word in re.split(r"[\s/]+", name) if word]
    if (
        sum(word.casefold() not in _PARTICLES for word in words) > 6
        or not _LETTER.search(name)
        or _NO_NAME.search(name)
    ):
        return 0
    plain = [word.casefold().replace("’", "'").strip(".,") for word in words]
    small = [word for word in re.split(r"\s[-–—/]\s", name)[0].split() if not _is_name_word(word)]
    grammar = {word.casefold().strip(".,") for word in small} & (_FUNCTION - _PARTICLES)
    is_opener, comma = plain[0] in _OPENERS, "," in name
    again = (0, 0, 1, 1.5)[min(n, 3)]
    is_word = is_opener and len(words) == 1 and len(plain[0]) > 1
    if is_word or " ".join(plain) in _TOPICS or all(word in _TOPICS or word.isdigit() for word in plain):
        return 1 - 2 * len(grammar)
    if len(words) == 2 and len(plain[1]) == 1 and plain[0] in _TOPICS | {"team", "group", "room"}:
        return 1 + again * (n > 2)
    weight = 3 if not small else 1.5 if len(words) <= 4 else 1  # as names are written, or as words are
    if plain[0] in _GREETINGS:
        return 1 - 2 * len(grammar)
    if not small or (name.islower() and len(words) <= 4 and not comma):
        weight += again
    return weight - (len(small) or 1 if is_opener else comma) - 2 * len(grammar)


def _judged(label: str, n: int, settled: Settled) -> str:
    """What a spelling before talk is: a ``speaker``, ``apart`` (may be one), ``asked`` (may be none), or ``talk``."""
    weight = _evidence(label, n, settled)
    return next((what for what, least in _ENOUGH.items() if weight >= least), "talk")


def _who_and_when(line: str) -> Iterator[tuple[str, float | None, str, bool]]:
    """What a line may say of who and when: name, time, words, and whether its marks alone make it a label."""
    plain, is_marked = _plain(line)
    plain = _F4_FIRST.sub(r"[\1.\2] ", plain.strip())
    head, tail = plain[:_HEAD], plain[_HEAD:]
    for pattern, sure in _CLOCKED:
        match = pattern.fullmatch(head)
        text = match.groupdict().get("text") if match else None
        name = _bare(match["name"]) if match else ""
        if match and name and not (text is None and tail):
            yield name, clock_s(match["clock"]), f"{text or ''}{tail}".strip(), sure or is_marked


def _set_off(line: str) -> tuple[str, str, str] | None:
    """A name that a line may begin with, without a colon, the words behind it, and what sets it off: bold, brackets or a tab."""
    if (match := _MARKED.fullmatch(line)) is not None:
        return match["name"].strip(), match["text"], "["
    bold = _EMPHASIS.fullmatch(line[:_HEAD])
    apart = bold and (not bold["after"].strip() or bold["after"][0].isspace() or bold["inside"][-1].isspace())
    if bold and apart and bold["inside"].strip():
        return _bare(bold["inside"].rstrip(" :")), f"{bold['after']}{line[_HEAD:]}".strip(), "*"
    if (match := _TABBED.fullmatch(line)) is not None:
        return _bare(match["name"]), match["text"], "\t"
    return None


def _cuts(line: str) -> list[tuple[str, str]]:
    """The names that a line may begin with before a dash, shortest first, and the words behind each."""
    cuts = [(line[: dash.start()].strip(), line[dash.end() :]) for dash in _DASH.finditer(line[:_HEAD])]
    return [(_bare(name), text) for name, text in cuts[:4] if 0 < len(name) <= 60 and not re.search("[\t:：]", name)]


def _is_telephone(written: str) -> bool:
    """Whether somebody who dialled in is named by a number, part of it perhaps hidden: ``+1 555-***-0100``."""
    if not re.fullmatch(r"\+?[\d*(][\d*\s().-]*", written):
        return False
    is_hidden = re.search(r"\d\D*\*\*\D*\d", written) is not None
    is_said = is_hidden or sum(map(str.isdigit, written)) > 3
    return is_said and len(re.findall(r"[\d*]", written)) >= (7 if written[0] == "+" or is_hidden else 10)


def _is_name_word(word: str) -> bool:
    """Whether a word is written as a name's: with a capital or in a script without, a particle, a number."""
    letters = [c for c in word if c.isalpha()]
    return not letters or any(not c.islower() for c in letters) or word.casefold() in _PARTICLES


def parse_lines(
    lines: Sequence[tuple[int, str]], settled: Settled = nothing_settled, *, chat: bool = False
) -> tuple[list[Said], list[Doubt]]:
    """Read numbered lines of a document as talk.

    A line that begins with a name, a time and a name, or a name and a time starts a new piece; so does a line
    ``0:0:1.5 --> 0:0:4.0`` with the name in a line of its own below it, as Teams writes, and ``(00:02:42):``, with which the same
    person goes on. Other lines continue a piece. Lines before the first name stand alone, without a speaker, as do lines that
    a program wrote and lines whose label is in doubt.

    Parameters
    ----------
    lines
        Row in the file and text; empty lines left out.
    settled
        What the roster and people.csv say of a spelling; see :data:`Settled`.
    chat
        Whether lines are messages with times: then a name before a colon is whom a message is for.

    Returns
    -------
    tuple
        Pieces in order (no text is left out but marks of time), and the lines to ask about.
    """
    named = _named_times(lines, settled)
    reader = _Lines([line for at, (_, line) in enumerate(lines) if at not in named], settled, chat=chat)
    for at, (row, line) in enumerate(lines):
        if at not in named:
            reader.read(row, line)
        elif (said := named[at]) is not None:
            reader.begin(*said)
    return reader.pieces, reader.doubts


def _named_times(lines: Sequence[tuple[int, str]], settled: Settled) -> dict[int, Said | None]:
    """Times in a line of their own with the name in the line below or above, by place; None stands for that other line."""
    found: dict[int, Said | None] = {}
    for at, (row, line) in enumerate(lines[:-1]):
        if span := _SPAN.fullmatch(line):
            named = lines[at + 1][1].strip()
            is_name = _judged(named, 3, settled) == "speaker"
            who, words = (named, "") if is_name else (None, named)
            found |= {at: Said(row, who, clock_s(span[1]), words, clock_s(span[2])), at + 1: None}
    alone = {at: clock for at, (_, line) in enumerate(lines) if (clock := _CLOCK_ALONE.fullmatch(_unmarked(line)))}
    for step in (-1, 1):
        names = {at: _bare(_unmarked(lines[at + step][1])) if 0 <= at + step < len(lines) else "" for at in alone}
        comes_back = len(set(names.values())) < len(names) or any(map(settled, names.values()))
        if comes_back and all(":" not in name and _judged(name, 3, settled) == "speaker" for name in names.values()):
            for at, name in names.items():
                found |= {at: Said(lines[at][0], name, clock_s(alone[at]["clock"]), ""), at + step: None}
            break
    return found


class _Lines:
    """Reads the lines of one file, whose labels are settled beforehand."""

    def __init__(self, lines: Sequence[str], settled: Settled, *, chat: bool) -> None:
        self.settled = settled
        self.pieces: list[Said] = []
        self.doubts: list[Doubt] = []
        self.waiting_s: float | None = None
        self.floor: str | None = None
        self.cut_often = Counter(self.cut(cuts)[0] for line in lines if (cuts := _cuts(line)))
        firsts = [first for line in lines if (first := next(_who_and_when(line), None))]
        timed = Counter(name for name, _, text, sure in firsts if not sure and not text)
        again = {name for name, n in timed.items() if n > 1}
        self.timed = again if sum(timed[name] for name in again) > 0.5 * timed.total() else set()
        clocked = Counter(started[0] for line in lines if (started := self.clocked(line)))
        self.clocked_names = frozenset(clocked)
        self.often_timed = sum(timed[name] for name in clocked) > max(2, 0.5 * timed.total())
        rest = [line for line in lines if self.clocked(line) is None]
        prefixed = Counter(label for line in rest if (label := split_label(line)[0]))
        self.once = {label for label, n in (prefixed + clocked).items() if n == 1 and not settled(label)}
        self.judged = {label: _judged(label, n + clocked[label], settled) for label, n in prefixed.items()}
        if chat and clocked:
            self.judged = {}
        elif clocked.total() > 1 and clocked.total() >= prefixed.total():
            self.judged |= {one: "asked" for one in self.once if self.judged.get(one) == "speaker"}
        named = {label for label, what in self.judged.items() if what == "speaker"}
        n_named = clocked.total() + sum(prefixed[label] for label in named - self.once)
        rest = [line for line in rest if split_label(line)[0] not in named - self.once]
        self.beside = self.judged_beside(
            Counter(one for line in rest if (one := self.set_off(line)[::2])[0]), len(rest), n_named
        )
        self.inside = None if chat else _inside(named | clocked.keys(), prefixed + clocked, settled)

    def clocked(self, line: str) -> tuple[str, float | None, str] | None:
        """A line's name, time and words, where it says who and when."""
        for name, moment, text, sure in _who_and_when(line):
            sure = sure or name in self.timed
            found = _judged(name, 3 if sure else 1, self.settled)
            if found == "speaker" or (found == "apart" and sure):
                return name, moment, text
        return None

    def set_off(self, line: str) -> tuple[str | None, str, str]:
        """As :func:`_set_off`, or before a dash; ``-?`` where a shorter name also stands before one."""
        if found := _set_off(line):
            return found
        cuts = _cuts(line)
        if not cuts:
            return None, "", ""
        name, words = self.cut(cuts)
        is_doubtful = self.cut_often[name] == 1 and name != cuts[0][0] and self.cut_often[cuts[0][0]]
        return name, words, "-?" if is_doubtful else "-"

    def cut(self, cuts: Sequence[tuple[str, str]]) -> tuple[str, str]:
        """The name before a dash: the longest that is known, or whose parts are all written as names; and the words."""
        known = [cut for cut in cuts if self.settled(cut[0])]
        chosen = known[-1] if known else cuts[0]
        for cut in () if known else cuts[1:]:
            if _judged(cut[0].removeprefix(chosen[0]).strip(" -–—"), 1, self.settled) != "speaker":
                break
            chosen = cut
        return chosen

    def judged_beside(self, found: Counter[tuple[str | None, str]], n_lines: int, n_named: int) -> dict[str, str]:
        """What labels without a colon are: a speaker's where lines are not named otherwise or they are known; others that are set off so are kept apart."""
        often, ours = found.total() > 0.5 * n_lines and n_lines > 2, found.total() > n_named
        judged = {one: _judged(one[0] or "", max(n, 3) if often else n, self.settled) for one, n in found.items()}
        speakers = {
            (name, mark) for (name, mark), what in judged.items()
            if self.settled(name or "") or re.fullmatch(_CODE, name or "")
            or (ours and what == "speaker" and mark != "-?" and (often or (found[name, mark] > 1 and mark != "[")))
        }  # fmt: skip
        marks = {mark for _, mark in speakers if ours and (often or mark != "-")}
        marks |= {"-?"} if "-" in marks else set()
        apart = {name or "": "apart" for (name, mark), what in judged.items() if what != "talk" and mark in marks}
        return apart | {name or "": "speaker" for name, _ in speakers}

    def perhaps_clocked(self, line: str) -> str | None:
        """What may be a name beside a time, in a file where most that stands so is one."""
        names = (
            name for name, _, text, _ in _who_and_when(line)
            if ((text and self.clocked_names) or self.often_timed) and _judged(name, 1, self.settled) == "apart"
        )  # fmt: skip
        return next(names, None)

    def begin(
        self, row: int, speaker: str | None, start_s: float | None, text: str, end_s: float | None = None
    ) -> None:
        """Begin a piece; a time that stood alone above it is its start."""
        if start_s is None and self.waiting_s is not None:
            start_s = self.waiting_s
        self.waiting_s = None
        self.floor = speaker
        self.pieces.append(Said(row, speaker, start_s, "", end_s))
        self.add(row, text)

    def add(self, row: int, text: str) -> None:
        """Add words to the last piece: without marks of time, the words of others set apart."""
        marks = list(_F4.finditer(text))
        if marks:
            moment = clock_s(f"{marks[-1][1]}.{marks[-1][2]}")
            at_start = marks[-1].start() == 0 and text[marks[-1].end() :].strip()
            last = self.pieces[-1]
            self.pieces[-1] = (
                last._replace(start_s=moment) if at_start and not last.text else last._replace(end_s=moment)
            )
            text = _F4.sub(" ", text).strip()
        for speaker, words in self.apart(text, self.pieces[-1].speaker):
            last = self.pieces[-1]
            if speaker == last.speaker:
                self.pieces[-1] = last._replace(text=f"{last.text}\n{words}".strip("\n"))
            elif words:
                self.pieces.append(Said(row, speaker, None, words))

    def apart(self, text: str, speaker: str | None) -> Iterator[tuple[str | None, str]]:
        """Words of a line by who said them: the voices of others inside it, and labels inside it."""
        text = _unmarked(text)
        at = 0
        for match in _OVERLAP.finditer(text) if speaker is not None else ():
            if text[at : match.start()].strip():
                yield from self.split(text[at : match.start()].strip(), speaker)
            yield match[1], match[2]
            at = match.end()
        rest = text[at:].strip()
        if rest or at == 0:
            yield from self.split(rest, speaker)

    def split(self, text: str, speaker: str | None) -> Iterator[tuple[str | None, str]]:
        for who, words in split_inside(text, speaker, self.inside):
            if who != speaker:
                self.floor = who
            yield who, words

    def read(self, row: int, line: str) -> None:
        """Take one line."""
        bare = _unmarked(line)
        if _PAUSE.fullmatch(bare):
            self.pieces.append(Said(row, None, None, bare))  # the floor stays with whoever had it
            return
        if _PROGRAM.fullmatch(bare.strip("#*_ ")) or _PROGRAM.fullmatch(bare):
            self.pieces.append(Said(row, None, None, bare))
            self.floor = None
            return
        alone = _CLOCK_ALONE.fullmatch(bare)
        if alone:
            self.time_alone(row, bare, clock_s(alone["clock"]))
            return
        same = _SAME.fullmatch(bare)
        started = None if same else self.clocked(line)
        if same and self.floor is not None:
            self.begin(row, self.floor, clock_s(same["clock"]), same["text"])
        elif started:
            self.begin(row, *started)
        else:
            self.unclocked(row, line, bare)

    def unclocked(self, row: int, line: str, bare: str) -> None:
        label, text = split_label(line)
        name, words, _ = self.set_off(line)
        what, beside = self.judged.get(label or "", "talk"), self.beside.get(name or "", "talk")
        if beside == "speaker" and (what != "speaker" or label in self.once):
            what, label, text = "speaker", name, words
        elif what == "talk":
            label = name if beside == "apart" else self.perhaps_clocked(line)
            what = "apart" if label else "talk"
        if what == "speaker":
            self.begin(row, label, None, text.strip())
            return
        if what != "talk":
            self.doubts.append(Doubt(row, label or "", bare, what == "apart"))
        if what == "apart":
            self.begin(row, None, None, bare)
            return
        if bare.startswith(">>"):
            self.begin(row, None, None, bare.lstrip("> "))
        elif self.waiting_s is not None:
            self.begin(row, None, None, bare)
        elif self.floor is not None and self.pieces[-1].speaker == self.floor:
            self.add(row, bare)
        else:
            self.begin(row, self.floor, None, bare)

    def time_alone(self, row: int, line: str, moment: float | None) -> None:
        """A time in a line of its own: when the piece above ended (f4), the same person goes on, or the next piece begins."""
        if line.endswith(":") and self.floor is not None:
            self.begin(row, self.floor, moment, "")
        elif line.startswith("#") and self.pieces:
            self.pieces[-1] = self.pieces[-1]._replace(end_s=moment)
        else:
            self.waiting_s = moment


def _inside(names: set[str], counts: Counter[str], settled: Settled) -> re.Pattern[str] | None:
    """Labels inside a line, behind the end of a sentence: names that begin lines of the file more than once, or are known."""
    sure = sorted((name for name in names if counts[name] > 1 or settled(name)), key=len, reverse=True)
    if not sure:
        return None
    one = "|".join(map(re.escape, sure))
    sentence, when = '(?<=[.?!…"”’)\\]])', rf"[\[(]{_CLOCK}[\])]"
    return re.compile(rf"{sentence}\s+(?P<name>{one})\s*[:：]\s+|\s(?P<clocked>{one})\s+{when}\s*")
