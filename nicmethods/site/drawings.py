"""The drawings of a case's main page: SVG inside the page, with text that can be found, selected and read aloud.

Colours come from the page's style, so that light, dark and print each have their own; shape, dash and place say the same
again. Whatever does not fit a phone has a second drawing, which screens narrower than 40 rem show in its stead.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["intervals", "lines", "network", "squares", "threads", "timeline"]

_SMALL = 354
"""Width of a small drawing: as wide as a phone's screen, so that its text is as large there as anywhere."""
_MOST_SQUARES = 420
_MOST_ON_AXIS = 14
_MOST_TITLED = 6
_MARKS = ("across", "inside", "hubs", "unknown")


def _svg(width: float, height: float, title: str, body: Sequence[str], *, name: str) -> Markup:
    box = f'viewBox="0 0 {width:g} {height:g}" role="group" aria-label="{escape(title)}"'
    return Markup(f'<svg class="drawing {name}" {box}>{"".join(body)}</svg>')


def _cells(text: str) -> int:
    """How wide a text is, in letters of Latin script."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _fitted(text: str, most: int) -> str:
    """A text of at most so many letters; what does not fit is cut, and the drawing's data have it."""
    if _cells(text) <= most:
        return text
    while _cells(text) > most - 1:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _text(x: float, y: float, text: object, *, name: str = "", anchor: str = "") -> str:
    more = f' class="{name}"' if name else ""
    more += f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{more}>{escape(str(text))}</text>'


def network(people: Sequence[Mapping[str, Any]], ties: Mapping[tuple[str, str], bool], *, title: str) -> Markup:
    """Draw people inside their schools on a ring, the hub in the middle.

    Parameters
    ----------
    people
        ``actor``, ``site``, ``is_hub``, ``said`` (read aloud and shown on hover).
    ties
        Pairs with a tie, and whether it stands out.
    title
        What the drawing shows, read aloud.
    """
    groups: dict[str, list[str]] = {}
    for one in people:
        groups.setdefault("" if one["is_hub"] else f"site {one['site']}", []).append(one["actor"])
    hub = groups.pop("", [])
    width, height, (x0, y0), ring = _SMALL, 330.0, (_SMALL / 2, 165.0), 122.0
    places, body = dict(zip(hub, _around(x0, y0, min(40, 10 + 4 * len(hub)), len(hub)), strict=True)), []
    crowd = max(map(len, groups.values()), default=1)
    small = min(24 + 2.2 * crowd, 0.9 * ring * math.sin(math.pi / max(len(groups), 3)))
    dot = max(2.2, min(6.5, 2.2 * small / max(crowd, 3)))
    for place, (site, here) in enumerate(sorted(groups.items())):
        turn = 2 * math.pi * place / len(groups) - math.pi / 2
        x, y = x0 + ring * math.cos(turn), y0 + (ring - 8) * math.sin(turn)
        places |= zip(here, _around(x, y, small * 0.62, len(here)), strict=True)
        away, label = small * 0.62 + dot + 6, _fitted(site.removeprefix("site "), 26)
        half = 3.5 * _cells(label)
        label_x = min(max(x + 8 * math.cos(turn), half), width - half)
        label_y = y - away if math.sin(turn) < 0 else y + away + 9
        body.append(_text(label_x, label_y, label, name="site", anchor="middle"))
    drawn = []
    for (a, b), stands_out in sorted(ties.items(), key=lambda tie: tie[1]):
        if a in places and b in places:
            (x1, y1), (x2, y2) = places[a], places[b]
            bend = f"Q{(x1 + x2) / 2 * 0.86 + x0 * 0.14:.1f} {(y1 + y2) / 2 * 0.86 + y0 * 0.14:.1f}"
            name = "new" if stands_out else "old"
            drawn.append(f'<path class="{name}" d="M{x1:.1f} {y1:.1f}{bend} {x2:.1f} {y2:.1f}"/>')
    for one in people:
        (x, y), said = places[one["actor"]], f"<title>{escape(one['said'])}</title>"
        if one["is_hub"]:
            box = f'x="{x - dot:.1f}" y="{y - dot:.1f}" width="{2 * dot:.1f}" height="{2 * dot:.1f}"'
            drawn.append(f'<rect class="hub" {box}>{said}</rect>')
        else:
            drawn.append(f'<circle class="person" cx="{x:.1f}" cy="{y:.1f}" r="{dot:.1f}">{said}</circle>')
    return _svg(width, height, title, [*drawn, *body], name="network-drawing")


def _around(x: float, y: float, radius: float, n: int) -> list[tuple[float, float]]:
    """Places on a ring, from its top on; one alone stands in the middle."""
    turns = [2 * math.pi * place / n - math.pi / 2 for place in range(n)]
    return [(x, y)] if n == 1 else [(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns]


def lines(series: Sequence[tuple[str, str, Sequence[float | None]]], names: Sequence[str], *, title: str) -> Markup:
    """Draw counts over surveys from zero, each number at its dot, the name at the end of its line.

    Parameters
    ----------
    series
        Name, style (``across``, ``inside``, ``hubs``) and counts of each line; None where nobody answered.
    names
        What the surveys are called.
    title
        What the drawing shows, read aloud.
    """
    top = max((value for _, _, values in series for value in values if value is not None), default=0) or 1
    left, right, head, foot, height = 32.0, 186.0, 22.0, 196.0, 226.0

    def at(place: int, value: float) -> tuple[float, float]:
        x = (left + right) / 2 if len(names) == 1 else left + (right - left) * place / (len(names) - 1)
        return x, foot - (foot - head) * value / top

    body = [f'<path class="axis" d="M{left:g} {foot:g}H{right:g}"/>']
    body += [
        _text(at(place, 0)[0], foot + 20, name[:3] if len(names) > 3 else name, anchor="middle")
        for place, name in enumerate(names)
    ]
    told = [[(*at(place, n), n) for place, n in enumerate(values) if n is not None] for _, _, values in series]
    label_y: dict[int, float] = {}
    for y, number in sorted((dots[-1][1], number) for number, dots in enumerate(told) if dots):
        label_y[number] = max(y + 4, max(label_y.values(), default=-99) + 17)
    taken = [(x, y + 4) for dots in told for x, y, _ in dots]
    for number, ((name, style, values), dots) in enumerate(zip(series, told, strict=True)):
        if not dots:
            continue
        path = [
            "L" if values[place - 1] is not None and place else "M" for place, n in enumerate(values) if n is not None
        ]
        path = [f"{step}{x:.1f} {y:.1f}" for step, (x, y, _) in zip(path, dots, strict=True)]
        body.append(f'<path class="line {style}" d="{"".join(path)}"/>')
        body += [f'<circle class="dot {style}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y, _ in dots]
        for x, y, n in dots[:-1]:
            moves = (y + move for move in (-9, 19, -24, 34))
            spot = next((one for one in moves if all(abs(x - u) > 12 or abs(one - v) > 12 for u, v in taken)), y - 9)
            taken.append((x, spot))
            body.append(_text(x, spot, f"{n:g}", anchor="middle"))
        body.append(_text(right + 9, label_y[number], f"{name}: {dots[-1][2]:g}", name=f"label {style}"))
    return _svg(_SMALL, height, title, body, name="small lines-drawing")


def intervals(rows: Sequence[Mapping[str, Any]], *, title: str, is_odds: bool = False) -> Markup:
    """Draw values side by side, each with its interval and what chance gives.

    Parameters
    ----------
    rows
        ``name``, ``said`` (the value in words), ``value``, ``low``, ``high`` and ``expected``; None where there is none.
    title
        What the drawing shows, read aloud.
    is_odds
        The axis is one of odds, with a line where they are equal.
    """

    def scaled(value: float) -> float:
        return math.log(max(value, 1e-3)) if is_odds else value

    told = (row[name] for row in rows for name in ("value", "low", "high", "expected"))
    shown = [0.0, *(scaled(value) for value in told if value is not None)]
    least, most = min(shown), max(shown)

    def at(value: float) -> float:
        return 6 + (_SMALL - 12) * (scaled(value) - least) / ((most - least) or 1)

    foot = 38.0 * len(rows) + 4
    nothing = at(1 if is_odds else 0)
    body = [f'<path class="axis" d="M{nothing:.1f} 0V{foot:g}M0 {foot:g}H{_SMALL}"/>']
    for number, row in enumerate(rows):
        y = 38.0 * number + 12
        body += [_text(0, y, _fitted(row["name"], 40)), _text(_SMALL, y, row["said"], name="label", anchor="end")]
        if row["low"] is not None and row["high"] is not None:
            body.append(f'<path class="line across" d="M{at(row["low"]):.1f} {y + 13:g}H{at(row["high"]):.1f}"/>')
        if row["expected"] is not None:
            body.append(f'<path class="chance" d="M{at(row["expected"]):.1f} {y + 5:g}v16"/>')
        if row["value"] is not None:
            body.append(f'<circle class="dot across" cx="{at(row["value"]):.1f}" cy="{y + 13:g}" r="4.5"/>')
    ends = [(math.exp(end) if is_odds else end) for end in (least, most)]
    below = [(0.0, f"{ends[0]:.2g}", "")] * (nothing > 40)
    if 40 < nothing < _SMALL - 60 or (is_odds and nothing > 20):
        below.append((nothing, "equal" if is_odds else "0", "middle"))
    below.append((_SMALL, f"{ends[1]:,.0f}" if ends[1] >= 100 else f"{ends[1]:.2g}", "end"))
    body += [_text(x, foot + 15, said, name="day", anchor=side) for x, said, side in below]
    return _svg(_SMALL, foot + 20, title, body, name="small intervals-drawing")


def squares(groups: Sequence[tuple[str, str, int, int]], *, title: str) -> Markup:
    """Draw one square per occasion, filled where the change was; beyond 420 in a group, a bar of the share.

    Parameters
    ----------
    groups
        Heading, what the filled ones are, occasions and how many of them are filled.
    title
        What the drawing shows, read aloud.
    """
    a_row, step, body, y = 25, 14.0, [], 15.0
    as_bars = max(n for *_, n, _ in groups) > _MOST_SQUARES
    for heading, said, n, filled in groups:
        body += [_text(0, y, heading, name="strong"), _text(0, y + 19, said)]
        y += 28
        if as_bars:
            body.append(f'<rect class="empty" x="0.5" y="{y:g}" width="350" height="14"/>')
            body.append(f'<rect class="full" x="0.5" y="{y:g}" width="{350 * filled / max(n, 1):.1f}" height="14"/>')
            y += 40
            continue
        path = {"full": "", "empty": ""}
        for number in range(n):
            x, row = 1 + step * (number % a_row), y + step * (number // a_row)
            path["full" if number < filled else "empty"] += f"M{x:g} {row:g}h11v11h-11z"
        body += [f'<path class="{name}" d="{d}"/>' for name, d in path.items() if d]
        y += step * math.ceil(n / a_row) + 26
    return _svg(_SMALL, y - 14, title, body, name="small squares-drawing")


def threads(
    pairs: Sequence[tuple[str, Sequence[tuple[int, bool]]]],
    days: Sequence[str],
    surveys: Sequence[float],
    *,
    title: str,
) -> Markup:
    """Draw one line per pair whose help went both ways: a filled triangle where the first named helped, else a hollow one.

    Parameters
    ----------
    pairs
        Name and help of each pair: number of the meeting, whether the first named of the pair helped.
    days
        What the meetings are called.
    surveys
        Where surveys lie, in numbers of meetings: 2.5 lies between the third and the fourth.
    title
        What the drawing shows, read aloud.
    """
    names = [_fitted(name, 24) for name, _ in pairs]
    left, right, top, step = max([66.0, *(7.2 * _cells(name) for name in names)]) + 10, 338.0, 34.0, 21.0
    bottom = top + step * len(pairs)

    def at(meeting: float) -> float:
        return left + (right - left) * (meeting + 0.35) / max(len(days) - 0.3, 1)

    body = [
        f'<rect class="survey-band" x="{at(place) - 5:.1f}" y="{top - 10:g}" width="10" height="{bottom - top + 6:g}"/>'
        for place in surveys
    ]
    body += [
        _text(at(number), 12 if number % 2 else 25, day, name="day", anchor="middle") for number, day in enumerate(days)
    ]
    for row, (name, (_, helped)) in enumerate(zip(names, pairs, strict=True)):
        y, marks = top + step * row + 8, dict.fromkeys(helped)
        spots = [at(meeting) + (-5 if first else 5) * ((meeting, not first) in marks) for meeting, first in marks]
        body.append(_text(0, y + 4, name))
        body.append(f'<path class="thread" d="M{min(spots):.1f} {y:.1f}H{max(spots):.1f}"/>')
        for x, (_, first) in zip(spots, marks, strict=True):
            points = f"{x:.1f} {y - 5:.1f}l5 9.4h-10z" if first else f"{x:.1f} {y + 5:.1f}l5 -9.4h-10z"
            body.append(f'<path class="{"full" if first else "empty"}" d="M{points}"/>')
    return _svg(_SMALL, bottom + 4, title, body, name="small threads-drawing")


def timeline(meetings: Sequence[Mapping[str, Any]], surveys: Sequence[Mapping[str, Any]], *, title: str) -> Markup:
    """Draw surveys and meetings on one axis of days, and for phones the same as rows.

    Parameters
    ----------
    meetings
        ``said``, ``day`` (days from the first), ``date`` in words, ``asked`` (requests between schools, inside a school, with
        the hub, of people not known), ``phase``.
    surveys
        ``said``, ``from`` and ``to`` in days, ``ties``.
    title
        What the drawing shows, read aloud.
    """
    rows = _timeline_rows(meetings, surveys, title)
    if len(meetings) > _MOST_ON_AXIS:
        return rows
    wide = _timeline_wide(meetings, surveys, title)
    return Markup(f'<div class="wide-only">{wide}</div><div class="narrow-only">{rows}</div>')


def _timeline_wide(meetings: Sequence[Mapping[str, Any]], surveys: Sequence[Mapping[str, Any]], title: str) -> Markup:
    width, base, head = 760.0, 170.0, 40.0
    last = max([one["to"] for one in surveys] + [one["day"] for one in meetings], default=1) or 1
    most = max((sum(one["asked"]) for one in meetings), default=1) or 1

    def at(day: float) -> float:
        return 40 + (width - 80) * day / last

    body = []
    for one in surveys:
        x, wide = at(one["from"]), max(at(one["to"]) - at(one["from"]), 14)
        half = 3.3 * _cells(one["said"])
        middle = min(max(x + wide / 2, half), width - half)
        body.append(f'<rect class="survey-band" x="{x:.1f}" y="{head:g}" width="{wide:.1f}" height="{base - head:g}"/>')
        body.append(_text(middle, 13, one["said"], name="survey", anchor="middle"))
        body.append(_text(middle, 30, one["ties"], anchor="middle"))
    body.append(f'<path class="axis strong-axis" d="M10 {base:g}H{width - 10:g}"/>')
    is_titled = len(meetings) <= _MOST_TITLED
    titles = {one["said"]: _two_lines(one["said"], 17) if is_titled else [] for one in meetings}
    days = [at(one["day"]) for one in meetings]
    bars, labels = _apart(days, 27, width), _apart(days, 116 if is_titled else 52, width)
    for one, x, label in zip(meetings, bars, labels, strict=True):
        y = base
        for n, name in zip(one["asked"], _MARKS, strict=True):
            if n:
                tall = 108 * n / most
                y -= tall
                body.append(f'<rect class="bar {name}" x="{x - 12:.1f}" y="{y:.1f}" width="24" height="{tall:.1f}"/>')
        body.append(_text(x, y - 7, sum(one["asked"]) if one["read"] else "not read", name="strong", anchor="middle"))
        if abs(label - x) > 3:
            body.append(f'<path class="axis" d="M{x:.1f} {base:g}L{label:.1f} {base + 8:g}"/>')
        for line, part in enumerate(titles[one["said"]]):
            body.append(_text(label, base + 21 + 14 * line, part, name="strong", anchor="middle"))
        foot = base + 21 + 14 * max(map(len, titles.values()))
        body.append(_text(label, foot, one["date"] if is_titled else one["date"][:6], anchor="middle"))
        if one["phase"]:
            body.append(_text(label, foot + 14, one["phase"], name="phase", anchor="middle"))
    return _svg(width, base + 68, title, body, name="timeline-drawing wide-drawing")


def _timeline_rows(meetings: Sequence[Mapping[str, Any]], surveys: Sequence[Mapping[str, Any]], title: str) -> Markup:
    most = max((sum(one["asked"]) for one in meetings), default=1) or 1
    rows = [(one["from"], 0, one) for one in surveys] + [(one["day"], 1, one) for one in meetings]
    body, y = [], 4.0
    for _, is_meeting, one in sorted(rows, key=lambda row: row[:2]):
        if not is_meeting:
            body.append(f'<rect class="survey-band" x="0" y="{y:g}" width="{_SMALL}" height="26"/>')
            body += [_text(8, y + 18, one["said"], name="survey"), _text(_SMALL - 8, y + 18, one["ties"], anchor="end")]
            y += 38
            continue
        phase = f", {one['phase']}" if one["phase"] else ""
        body += [_text(0, y + 12, _fitted(one["said"], 44), name="strong"), _text(0, y + 28, f"{one['date']}{phase}")]
        x = 0.5
        for n, name in zip(one["asked"], _MARKS, strict=True):
            if n:
                wide = 300 * n / most
                body.append(f'<rect class="bar {name}" x="{x:.1f}" y="{y + 36:g}" width="{wide:.1f}" height="14"/>')
                x += wide
        body.append(_text(x + 7, y + 48, sum(one["asked"]) if one["read"] else "not read", name="strong"))
        y += 64
    return _svg(_SMALL, y, title, body, name="small timeline-drawing")


def _apart(spots: Sequence[float], least: float, width: float) -> list[float]:
    """Spots in order, moved to both sides so far that each is clear of its neighbours, inside the width."""
    least = min(least, (width - 98) / max(len(spots) - 1, 1))
    right, left = list(spots), list(spots)
    for n in range(1, len(spots)):
        right[n] = max(right[n], right[n - 1] + least)
        left[-1 - n] = min(left[-1 - n], left[-n] - least)
    found = [(a + b) / 2 for a, b in zip(right, left, strict=True)]
    low = [49 + least * n for n in range(len(found))]
    high = [width - 49 - least * n for n in reversed(range(len(found)))]
    return [min(max(spot, a), b) for spot, a, b in zip(found, low, high, strict=True)]


def _two_lines(text: str, most: int) -> list[str]:
    words, found = text.split(), [""]
    for word in words:
        if found[-1] and _cells(found[-1]) + _cells(word) >= most and len(found) < 2:
            found.append(word)
        else:
            found[-1] = f"{found[-1]} {word}".strip()
    return [_fitted(line, most + 2) for line in found]
