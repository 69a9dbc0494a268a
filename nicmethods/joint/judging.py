"""From both strands to a proposed verdict: one table, whatever the claim."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from nicmethods.joint.coincidence import coincidence, fit
from nicmethods.joint.occasions import missed_reports, occasions
from nicmethods.joint.strands import in_order, occurrence, reciprocity, selectivity, tie_change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nicmethods.case.propositions import Proposition, Propositions
    from nicmethods.joint.coincidence import Coincidence, Fit
    from nicmethods.joint.record import Record
    from nicmethods.joint.strands import Choice, Occurrence, TieChange

    Key = tuple[str, str, int | None]

__all__ = ["RULE", "VERDICTS", "Judgement", "judge", "kind_of", "verdict_of"]

_ANY = ()
RULE: tuple[tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...], str, str], ...] = (
    ("any", ("not_observable",), _ANY, _ANY, "not_observable", "no report on these pairs is known in two waves"),
    ("any", _ANY, ("not_observable",), _ANY, "not_observable", "no such pair was together in talk that was read"),
    ("any", _ANY, _ANY, ("contradicts",), "dissonance", "talk and change of the tie avoid each other's pairs"),
    ("any", ("supports",), ("contradicts",), _ANY, "dissonance", "the survey shows it, the talk shows the contrary"),
    ("any", ("contradicts",), ("supports",), ("open", "too_little"), "dissonance", "the talk shows it, the survey shows the contrary"),
    ("any", ("supports", "some"), ("silent",), _ANY, "silence_talk", "the survey shows it, the talk that was read does not, though it could have"),
    ("any", ("silent",), ("supports",), _ANY, "silence_survey", "the talk shows it, the survey does not, though people answered"),
    ("any", ("silent",), _ANY, _ANY, "open", "the survey does not show it, nor does the talk clearly"),
    ("any", _ANY, ("silent",), _ANY, "open", "the talk does not show it, nor does the survey clearly"),
    ("any", ("supports", "some"), ("supports",), ("supports",), "agreement", "both strands show it, on the same pairs"),
    ("any", _ANY, _ANY, ("supports",), "partial_agreement", "talk and change fall on the same pairs, but a strand alone does not show its part"),
    ("coincidence", _ANY, _ANY, ("too_little",), "too_little_to_say", "the record is too small to tell whether both fall on the same pairs"),
    ("any", ("supports",), ("supports",), _ANY, "partial_agreement", "both strands show it; on the same pairs is not distinguishable from chance"),
    ("any", _ANY, _ANY, _ANY, "open", "what was found does not decide"),
)  # fmt: skip
"""Claim, survey, talk, together, verdict, reason; an empty field fits whatever it is. The first row that fits counts."""

VERDICTS = tuple(dict.fromkeys(row[4] for row in RULE))
"""Every word that the table can propose."""

_UNREVIEWED = "the codings are suggestions that nobody reviewed; they lift no verdict above open"


@dataclass(frozen=True)
class Judgement:
    """One proposition held against a record: three questions apart, and what follows.

    Attributes
    ----------
    proposition
        Its id.
    survey
        How ties changed.
    occurrence
        In how many pairs the talk shows it.
    choice
        The test of the talk that the proposition asks for (``selectivity``, ``reciprocity``, ``order``); for
        ``occurrence`` the one that stands beside it: selectivity for help in a part of the pairs, reciprocity for
        returned help. None where there is none.
    together
        Whether talk and change fall on the same pairs.
    stances
        What survey, talk and both together say, as they enter the table.
    verdict, reason
        The proposed verdict and why, in words.
    lagged, reverse
        Talk in one interval with the change in the next, and the other way round. No verdict follows from them. None with
        fewer than three waves.
    reviewed
        Whether a person made or reviewed the codings.
    """

    proposition: str
    survey: TieChange
    occurrence: Occurrence
    choice: Choice | None
    together: Coincidence
    stances: tuple[str, str, str]
    verdict: str
    reason: str
    reviewed: bool = True
    lagged: Coincidence | None = None
    reverse: Coincidence | None = None


def verdict_of(claim: str, survey: str, talk: str, together: str, *, reviewed: bool = True) -> tuple[str, str]:
    """Look a verdict up in :data:`RULE`.

    Parameters
    ----------
    claim
        ``coincidence`` or ``existence``.
    survey
        ``supports``, ``open``, ``contradicts``, ``silent`` (answered, and no tie of the kind), ``not_observable``, or ``some``:
        there are such changes, where the claim asks no more.
    talk
        The same without ``some``; ``silent`` is together in read talk, and nothing of the kind seen.
    together
        ``supports``, ``open``, ``contradicts`` or ``too_little``.
    reviewed
        Whether a person made or reviewed the codings. If not, nothing but ``too_little_to_say`` and ``not_observable``
        differs from ``open``.

    Returns
    -------
    (verdict, reason)

    Examples
    --------
    >>> verdict_of("coincidence", "supports", "supports", "open")[0]
    'partial_agreement'
    >>> verdict_of("coincidence", "supports", "supports", "supports", reviewed=False)[0]
    'open'
    """
    found = (survey, talk, together)
    verdict, reason = next(
        (row[4], row[5])
        for row in RULE
        if row[0] in ("any", claim)
        and all(not fits or said in fits for fits, said in zip(row[1:4], found, strict=True))
    )
    if not reviewed and verdict not in ("open", "too_little_to_say", "not_observable"):
        return "open", _UNREVIEWED
    return verdict, reason


def kind_of(one: Proposition) -> Key:
    """What its regressions are of: kind of tie, what the talk shows, and within how many meetings help returns."""
    return one.survey.tie, one.talk.shows, one.talk.within


def judge(
    propositions: Propositions,
    record: Record,
    *,
    seed: int,
    reviewed: bool = True,
    n_draws: int = 999,
    beside: bool = True,
    near: Mapping[Key, Fit] | None = None,
) -> list[Judgement]:
    """Hold each proposition against a record.

    Parameters
    ----------
    propositions
        As read by :func:`~nicmethods.case.propositions.load_propositions`.
    record
        Both strands.
    seed, n_draws
        Of the tests of the talk alone; coincidence draws nothing.
    reviewed
        Whether a person made or reviewed the codings.
    beside
        Whether to find out what no verdict follows from: intervals of what is seen, the test that stands beside occurrence,
        the share of missed ties at which a finding falls, and what one interval says of the next.
    near
        Fits of a record that differs little, of the same people, by kind of tie and of talk; for verdicts alone.

    Returns
    -------
    list of Judgement
        In the order of the propositions.
    """
    fits: dict[tuple[Key, str], Fit] = {}
    missed = missed_reports(record)

    def fitted(key: Key, order: str) -> Fit:
        if (key, order) not in fits:
            found = occasions(record, tie=key[0], talk=key[1], order=order, within=key[2])
            fits[key, order] = fit(found, near=(near or {}).get(key) if order == "same" else None)
        return fits[key, order]

    out = []
    for one in propositions.propositions:
        key, part = kind_of(one), record.part(one.pairs)
        changed = tie_change(record, tie=one.survey.tie, part=one.pairs)
        seen = occurrence(record, talk=one.talk.shows, part=one.pairs, within=one.talk.within, how_sure=beside)
        asked = beside or one.talk.asks != "occurrence"
        tested = _tested(one, record, seed=seed, n_draws=n_draws) if asked else None
        both = coincidence(fitted(key, "same"), part, missed=missed, falls=beside)
        stances = (changed.stance(one.survey.expect), _talk(one, seen, tested), _turned(both.stance, one))
        verdict, reason = verdict_of(one.claim, *stances, reviewed=reviewed)
        orders = ("lagged", "reverse") if beside and record.n_intervals > 1 else ()
        in_time = [coincidence(fitted(key, order), part, missed=missed, falls=False) for order in orders]
        out.append(Judgement(one.id, changed, seen, tested, both, stances, verdict, reason, reviewed, *in_time))
    return out


def _tested(one: Proposition, record: Record, *, seed: int, n_draws: int) -> Choice | None:
    is_part = one.pairs in ("within_schools", "across_schools", "hub_member")
    beside = {"help": "selectivity" if is_part else None, "returned_help": "reciprocity", "pathway": "order"}
    asked = beside[one.talk.shows] if one.talk.asks == "occurrence" else one.talk.asks
    if asked == "order":
        return in_order(record, part=one.pairs)
    if not asked:
        return None
    test = selectivity if asked == "selectivity" else partial(reciprocity, within=one.talk.within)
    found = test(record, part=one.pairs, seed=seed, n_draws=n_draws)
    if found.is_near_the_level:
        return test(record, part=one.pairs, seed=seed, n_draws=10 * (n_draws + 1) - 1)
    return found


def _talk(one: Proposition, seen: Occurrence, tested: Choice | None) -> str:
    """A test of the talk counts only where the thing was seen at all."""
    if one.talk.asks == "occurrence" or seen.stance != "supports" or tested is None:
        return seen.stance
    return "open" if tested.stance == "not_observable" else tested.stance


def _turned(stance: str, proposition: Proposition) -> str:
    if proposition.together.expect == "more":
        return stance
    return {"supports": "contradicts", "contradicts": "supports"}.get(stance, stance)
