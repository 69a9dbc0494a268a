"""A judgement in sentences: each question with its own words and numbers, none stronger than its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nicmethods.joint.coincidence import FEWEST, enough, power, visible_odds
from nicmethods.tables.saying import count_of, p_text

if TYPE_CHECKING:
    from nicmethods.case.propositions import Proposition
    from nicmethods.joint.coincidence import Coincidence
    from nicmethods.joint.judging import Judgement
    from nicmethods.joint.strands import Choice, Occurrence, TieChange

__all__ = ["answers", "sentences"]

_CHANGED = {
    "new": ("tie began", "ties began", "ended", "report known in both waves of an interval", "reports known in both waves of an interval"),
    "stronger": ("lasting tie grew stronger", "lasting ties grew stronger", "weaker", "tie in both waves of an interval", "ties in both waves of an interval"),
    "mutual": ("pair came to name each other", "pairs came to name each other", "ceased to", "pair whose reports are known in both waves", "pairs whose reports are known in both waves"),
}  # fmt: skip
_SEEN = {"help": "help", "returned_help": "help both ways", "pathway": "the whole pathway"}
_IF_CODINGS = "Nobody read this talk; were the suggestions codings: "
_ANSWERS = {
    "supports": "yes",
    "some": "yes, there are some",
    "open": "cannot be told from chance",
    "contradicts": "the opposite",
    "silent": "not seen, though it could have been",
    "too_little": "too little to say",
    "not_observable": "not observable",
}
_CHANGES = {"new": "new ties", "stronger": "stronger ties", "mutual": "ties that became mutual"}
_CHANGE = {"new": "a new tie", "stronger": "a stronger tie", "mutual": "a tie that became mutual"}
_EXPECTED = {
    "help": "if meeting and people's totals alone decided",
    "returned_help": "if who asks and who gives alone decided",
    "pathway": "if each pair's events came in any order",
}
_COUNTED = {
    "help": ("pair with help", "pairs with help"),
    "returned_help": ("event that returns help", "events that return help"),
    "pathway": ("pair in this order", "pairs in this order"),
}


def sentences(found: Judgement, proposition: Proposition) -> dict[str, str]:
    """Say a judgement in words.

    Returns
    -------
    dict
        ``survey``, ``talk``, ``existence`` (empty where the claim is not that instances exist), ``choice`` (empty where
        nothing was tested), ``together`` and ``time`` (empty with fewer than three waves).
    """
    tie, shows, what = proposition.survey.tie, proposition.talk.shows, _what(proposition)
    of_talk = {
        "talk": _occurrence(found.occurrence, what),
        "choice": "" if found.choice is None else _choice(found.choice, shows, proposition.pairs),
        "existence": _existence(found, what) if proposition.claim == "existence" else "",
        "together": _together(found.together, tie, what),
        "time": "" if found.lagged is None or found.reverse is None else _time(found.lagged, found.reverse, tie, what),
    }
    if not found.reviewed:
        of_talk = {name: said and _IF_CODINGS + said.replace("read talk", "talk") for name, said in of_talk.items()}
    return {"survey": _survey(found.survey, tie), **of_talk}


def answers(found: Judgement, proposition: Proposition) -> dict[str, str]:
    """Say what is claimed and each strand's stance in a few words, the same wherever a verdict is shown.

    Returns
    -------
    dict
        ``change_said`` and ``talk_said`` (what is claimed of ties, and looked for in the talk), ``survey_answer``,
        ``talk_answer``, ``together_answer``.
    """
    strands = ("survey", "talk", "together")
    said = {f"{strand}_answer": _ANSWERS[stance] for strand, stance in zip(strands, found.stances, strict=True)}
    if found.stances[0] == "open":
        said["survey_answer"] = "no direction that can be told"
    if not found.reviewed:
        said |= dict.fromkeys(("talk_answer", "together_answer"), "only suggestions that nobody reviewed")
    return {"change_said": _CHANGES[proposition.survey.tie], "talk_said": _what(proposition), **said}


def _what(proposition: Proposition) -> str:
    within = proposition.talk.within
    near = {None: "", 0: " in one meeting"}.get(within, f" within {count_of(within or 0, 'meeting')}")
    return _SEEN[proposition.talk.shows] + near


def _percent(*shares: float) -> list[str]:
    return [f"{100 * share:.1f}" for share in shares]


def _survey(found: TieChange, tie: str) -> str:
    one, many, back, unit, among = _CHANGED[tie]
    if found.n == 0:
        return f"Not observable: there are no {among}."
    value, low, high = _percent(found.value, found.low, found.high)
    kind = (
        "95 % jackknife interval over people" if found.up + found.down else "95 % exact interval, none having changed,"
    )
    interval = "no interval: too few people" if np.isnan(found.low) else f"{kind} {low} to {high}"
    return f"{count_of(found.up, one, many)} and {found.down} {back}, of {count_of(found.n, unit, among)}: net {value} % ({interval})."


def _occurrence(found: Occurrence, what: str) -> str:
    if found.n_pairs == 0:
        return "Not observable: no such pair was together in talk that was read."
    share, low, high, low_such, high_such = _percent(found.n_seen / found.n_pairs, found.low, found.high, found.low_such, found.high_such)  # fmt: skip
    if found.n_seen == 0:
        whom = "the 1 pair" if found.n_pairs == 1 else f"any of {found.n_pairs} pairs"
        return (
            f"{what.capitalize()} was not seen in {whom} despite opportunity (at most {high} %, exact 95 % interval)."
        )
    such = f"jackknife over people {low_such} to {high_such}"
    if (low_such, high_such) == (low, high):
        such = "no wider one over people can be made"
    pairs = count_of(found.n_pairs, "pair that was together in read talk", "pairs that were together in read talk")
    return (
        f"{found.n_seen} of {pairs} had {what}: {share} % "
        f"(95 % intervals: exact {low} to {high} for these people at these meetings; for such people {such})."
    )


def _existence(found: Judgement, what: str) -> str:
    """Whether there are instances, whatever their ties do."""
    seen = found.occurrence
    if seen.stance == "not_observable":
        return "Whether there are instances cannot be seen."
    if not seen.n_seen:
        return f"No instance of {what} was seen; that there is none does not follow."
    return f"There are instances: {count_of(seen.n_seen, 'pair')} with {what}. That holds whether or not their ties changed."


def _choice(found: Choice, shows: str, pairs: str) -> str:
    if found.stance == "not_observable":
        return "Nothing to hold against chance: there is too little of it."
    about = _EXPECTED[shows]
    if pairs == "hub_member" and shows == "help":
        about = "if meeting alone decided"
    p = {name: p_text(getattr(found, f"p_{name}"), draws=found.draws) for name in ("more", "less")}
    said = {"supports": f"more than that ({p['more']})", "contradicts": f"fewer than that ({p['less']})"}
    smaller = p["more" if found.p_more <= found.p_less else "less"]
    verdict = said.get(found.stance, f"not distinguishable from chance ({smaller})")
    sentence = f"{count_of(round(found.observed), *_COUNTED[shows])}, {found.expected:.1f} expected {about}: {verdict}."
    if pairs == "hub_member" and shows == "help":
        sentence += " This is about the part that the role takes in help; whether hub people are chosen, or simply give much, it does not tell."  # fmt: skip
    return sentence


def _together(found: Coincidence, tie: str, what: str) -> str:
    change = _CHANGE[tie]
    occasions = count_of(found.n_rows, "occasion")
    if min(found.n_talk, found.n_change) < FEWEST:
        return (
            f"Too little to say: {found.n_talk} of {occasions} had {what}, {found.n_change} {change}; "
            f"below {FEWEST} nothing can be told."
        )
    counts = (
        f"Of {occasions} of {count_of(found.n_pairs, 'pair')}, {found.n_talk} had {what} and {found.n_change} {change}; "
        f"{found.n_both} had both, {found.expected:.1f} expected from earlier reports and help, presence, site, hub, shared third "
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


def _time(lagged: Coincidence, reverse: Coincidence, tie: str, what: str) -> str:
    """What one interval says of the next; no test tells which came first within one."""
    change = _CHANGE[tie]
    said = [
        f"{what} in one interval and {change} in the next: {_beside(lagged)}",
        f"{change} in one and {what} in the next: {_beside(reverse)}",
    ]
    return f"{said[0][0].upper()}{said[0][1:]}; {said[1]}. Which came first within an interval cannot be told."


def _beside(found: Coincidence) -> str:
    if np.isnan(found.p_more):
        return f"too little to say ({found.n_talk} and {found.n_change} of {count_of(found.n_rows, 'occasion')})"
    counts = f"{found.n_both} both, {found.n_both - found.excess:.1f} expected"
    if found.stance == "supports":
        return f"{counts}, more than explained ({p_text(found.p_more)})"
    if found.stance == "contradicts":
        return f"{counts}, fewer than explained ({p_text(found.p_less)})"
    return f"{counts}, not distinguishable from chance ({p_text(min(found.p_more, found.p_less))})"


def _more(times: float) -> str:
    if np.isinf(times):
        return "more of the same would not be enough for threefold odds, while so many ties are taken as missed by a survey"
    return f"about {times:.1f} times this record would be enough for threefold odds"


def _falls(found: Coincidence) -> str:
    taken = f" {f'{100 * found.miss:.0f} %' if found.miss else 'None'} of the ties are taken as missed by a survey"
    if np.isnan(found.miss_falls):
        return taken + "; no greater share overturns this."
    return taken + f"; the finding falls from {100 * found.miss_falls:.0f} %."
