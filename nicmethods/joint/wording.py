"""A judgement in sentences: each question with its own words and numbers, none stronger than its evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from nicmethods.joint.coincidence import FEWEST, enough, power, visible_odds
from nicmethods.tables.saying import p_text

if TYPE_CHECKING:
    from nicmethods.case.propositions import Proposition
    from nicmethods.joint.choice import Choice
    from nicmethods.joint.coincidence import Coincidence
    from nicmethods.joint.judging import Judgement
    from nicmethods.joint.strands import Occurrence, TieChange

__all__ = ["sentences"]

_CHANGED = {
    "new": ("ties began and {down} ended", "reports known in both waves of an interval"),
    "stronger": ("lasting ties grew stronger and {down} weaker", "ties in both waves of an interval"),
    "mutual": ("pairs came to name each other and {down} ceased to", "pairs whose reports are known in both waves"),
}
_SEEN = {"help": "help", "returned_help": "help both ways", "pathway": "the whole pathway"}
_CHANGE = {"new": "a new tie", "stronger": "a stronger tie", "mutual": "a tie that became mutual"}
_EXPECTED = {
    "help": "if meeting and people's totals alone decided",
    "returned_help": "if who asks and who gives alone decided",
    "pathway": "if each pair's events came in any order",
}
_ONE = re.compile(r"(?<![\d.,])\b1 ((?:lasting )?)(tie|pair|event|occasion|report)s\b")
"""One of many, which is one."""
_COUNTED = {"help": "pairs with help", "returned_help": "events that return help", "pathway": "pairs in this order"}


def sentences(found: Judgement, proposition: Proposition) -> dict[str, str]:
    """Say a judgement in words.

    Returns
    -------
    dict
        ``survey``, ``occurrence``, ``choice`` (empty where nothing was tested) and ``together``.
    """
    tie, shows = proposition.survey.tie, proposition.talk.shows
    said = {
        "survey": _survey(found.survey, tie),
        "occurrence": _occurrence(found.occurrence, _SEEN[shows]),
        "choice": "" if found.choice is None else _choice(found.choice, shows, proposition.pairs),
        "together": _together(found.together, tie, _SEEN[shows]),
    }
    return {name: _ONE.sub(r"1 \1\2", text) for name, text in said.items()}


def _percent(*shares: float) -> list[str]:
    return [f"{100 * share:.1f}" for share in shares]


def _survey(found: TieChange, tie: str) -> str:
    changed, among = _CHANGED[tie]
    if found.n == 0:
        return f"Not observable: there are no {among}."
    value, low, high = _percent(found.value, found.low, found.high)
    interval = "no interval: too few people" if np.isnan(found.low) else f"95 % interval over people {low} to {high}"
    return f"{found.up} {changed.format(down=found.down)}, of {found.n} {among}: net {value} % ({interval})."


def _occurrence(found: Occurrence, what: str) -> str:
    if found.n_pairs == 0:
        return "Not observable: no such pair was together in talk that was read."
    share, low, high, low_such, high_such = _percent(found.n_seen / found.n_pairs, found.low, found.high, found.low_such, found.high_such)  # fmt: skip
    if found.n_seen == 0:
        return f"{what.capitalize()} was not seen in any of {found.n_pairs} pairs despite opportunity (at most {high} %, 95 % interval)."
    return (
        f"{found.n_seen} of {found.n_pairs} pairs that were together in read talk had {what}: {share} % "
        f"(95 % interval {low} to {high} for these people at these meetings, {low_such} to {high_such} for such people)."
    )


def _choice(found: Choice, shows: str, pairs: str) -> str:
    if found.stance == "not_observable":
        return "Nothing to hold against chance: there is too little of it."
    about = _EXPECTED[shows]
    if pairs == "hub_member" and shows == "help":
        about = "if meeting alone decided; this is about the role, also where hub people simply give much"
    said = {"supports": f"more than that ({p_text(found.p_more)})", "contradicts": f"fewer than that ({p_text(found.p_less)})"}  # fmt: skip
    verdict = said.get(found.stance, f"not distinguishable from chance ({p_text(min(found.p_more, found.p_less))})")
    return f"{found.observed:.0f} {_COUNTED[shows]}, {found.expected:.1f} expected {about}: {verdict}."


def _together(found: Coincidence, tie: str, what: str) -> str:
    change = _CHANGE[tie]
    if min(found.n_talk, found.n_change) < FEWEST:
        return (
            f"Too little to say: {found.n_talk} of {found.n_rows} occasions had {what}, {found.n_change} {change}; "
            f"below {FEWEST} nothing can be told."
        )
    counts = (
        f"Of {found.n_rows} occasions of {found.n_pairs} pairs, {found.n_talk} had {what} and {found.n_change} {change}; "
        f"{found.n_both} had both, {found.expected:.1f} expected from earlier reports, presence, site, hub, shared third "
        "parties and how much each talks and ties: "
    )
    if found.stance == "supports":
        return counts + f"more than these explain ({p_text(found.p_more)}).{_falls(found)}"
    if found.stance == "contradicts":
        return counts + f"fewer than these explain ({p_text(found.p_less)})."
    p = p_text(min(found.p_more, found.p_less))
    sees = f"Odds under {visible_odds(found, 0.5):.1f} would be missed more often than found"
    if found.stance == "open":
        return counts + f"not distinguishable from chance ({p}). {sees}; threefold odds are found in {100 * power(found, 3):.0f} of 100 such networks."  # fmt: skip
    return counts + f"too little to say ({p}). {sees}; {_more(enough(found))}."


def _more(times: float) -> str:
    if np.isinf(times):
        return "more of the same would not be enough for threefold odds, while so many ties are taken as missed by a survey"
    return f"about {times:.1f} times this record would be enough for threefold odds"


def _falls(found: Coincidence) -> str:
    taken = f" {100 * found.miss:.0f} % of ties are taken as missed by a survey"
    if np.isnan(found.miss_falls):
        return taken + "; no greater share overturns this."
    return taken + f"; the finding falls from {100 * found.miss_falls:.0f} %."
