"""What each proposed verdict hangs on: what was read and answered, whose leaving out turns it, how little does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nicmethods.case.coverage import turns_read
from nicmethods.joint import pairs
from nicmethods.joint import standing as st
from nicmethods.joint.coincidence import fit, odds_interval
from nicmethods.joint.confidence import exact_share
from nicmethods.joint.drawn import recoded, verdicts_drawn
from nicmethods.joint.judging import kind_of
from nicmethods.joint.numbering import actor_ids, places
from nicmethods.joint.occasions import occasions
from nicmethods.joint.recorded import dated_activities, read_activities, recorded_events
from nicmethods.tables import RUN_TABLES, conform, words
from nicmethods.tables.bundles import SUGGESTED, takes
from nicmethods.tables.saying import count_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from nicmethods.case.propositions import Proposition, Propositions
    from nicmethods.errors import Problem
    from nicmethods.joint.judging import Judgement
    from nicmethods.joint.record import Record
    from nicmethods.joint.standing import Judged
    from nicmethods.tables.bundles import Coders, Meetings, Survey, Talk

    Row = dict[str, Any]

__all__ = ["rests_on"]

_NAMED = {
    "coded": ("partner_by_person", "named by the coder"),
    "named": ("partner_in_turn", "named in the turn"),
    "answered": ("partner_by_reply", "known from whom the turn answers, as the machine links it"),
    "adjacent": ("partner_by_place", "known only from who spoke before, as the machine links it"),
    "unknown": ("partner_unknown", "not known; they count for no pair"),
}
_KIND = {"help": ("help_given",), "returned_help": ("help_given",), "pathway": ("shared_practice", "help_request", "help_given")}  # fmt: skip
_OF_SURVEY = ("ties", "responses", "survey", "case.yml")
_OF_TALK = ("transcripts/", "codings/", "attendance", "activities", "people")


@takes
def rests_on(
    claims: Propositions,
    survey: Survey,
    meetings: Meetings,
    talk: Talk,
    *,
    coders: Coders,
    without_coder: Mapping[str, Talk],
    seed: int,
    problems: Sequence[Problem] = (),
    dyads: pd.DataFrame | None = None,
    n_draws: int = 200,
) -> pd.DataFrame:
    """Say of each proposed verdict what it hangs on.

    Parameters
    ----------
    claims
        As read by :func:`~nicmethods.case.propositions.load_propositions`.
    survey, meetings, talk
        The case, as the verdicts were proposed on it.
    coders
        Who coded and read what, and the suggestions that `talk` stands on where nobody has coded.
    without_coder
        The coded talk without each coder, by the coder's name; no entry for a coder without whom nothing is coded.
    seed
        Of the draws, and of the tests of the talk.
    problems
        Warnings of the case, as they may be published.
    dyads
        Result of :func:`~nicmethods.joint.pairs.dyads`, where it is at hand.
    n_draws
        How often the talk is coded again.

    Returns
    -------
    DataFrame
        ``rests_on`` of ``RUN_TABLES``: for each proposition a row for each thing; ``docs/definitions/joint.md`` says what
        each is.
    """
    table = pairs.dyads(survey, meetings, talk) if dyads is None else dyads
    first = str(table["relation"].iloc[0]) if len(table) else ""
    rows: dict[str, list[Row]] = {one.id: [] for one in claims.propositions}
    for relation in dict.fromkeys(one.relation or first for one in claims.propositions):
        asked = table[table["relation"] == relation]
        these = tuple(one for one in claims.propositions if (one.relation or first) == relation)
        group = claims.model_copy(update={"propositions": these})
        record, events = recorded_events(asked, survey, meetings, talk)
        kinds = {kind_of(one) for one in these}
        fits = {kind: fit(occasions(record, tie=kind[0], talk=kind[1], within=kind[2])) for kind in kinds}
        judge = st.Judge(seed=seed, reviewed=talk.source != SUGGESTED, near=fits)
        case = _Case(asked, survey, meetings, talk, record, events, group, judge, judge.all(group, record))
        found = [_read(case, coders), _partners(case), _answered(case, relation), _warned(case, relation, problems)]
        found += [_left_out(case, without_coder), _fewest(case), _bias(case), _drawn(case, coders, n_draws)]
        for part in found:
            for row in part:
                rows[row["proposition"]].append(row | {"relation": relation})
    return conform([row for one in claims.propositions for row in rows[one.id]], RUN_TABLES["rests_on"])


@dataclass(frozen=True, eq=False)
class _Case:
    """One survey question of a case, with the verdicts proposed on it."""

    dyads: pd.DataFrame
    survey: Survey
    meetings: Meetings
    talk: Talk
    record: Record
    events: Any
    claims: Propositions
    judge: st.Judge
    whole: list[Judgement]

    @property
    def event(self) -> str:
        """What an event of the talk is called."""
        return "suggested event" if self.talk.source == SUGGESTED else "coded event"

    def each(self) -> Iterator[tuple[Proposition, Judgement]]:
        yield from zip(self.claims.propositions, self.whole, strict=True)


def _share(n: float, of: float) -> float:
    return n / of if of else np.nan


def _read(case: _Case, coders: Coders) -> Iterator[Row]:
    """How much of the talk was read, and by how many."""
    turns = case.meetings.turns
    spoken = turns["activity"].unique()
    read = [name for name in read_activities(case.meetings, case.talk) if name in set(spoken)]
    by_machine = case.talk.source == SUGGESTED
    n_read = 0 if by_machine else len(turns_read(case.talk.coverage, turns).drop_duplicates(["activity", "turn"]))
    settled = case.talk.source == "adjudicated"
    who = [] if by_machine else coders.names if settled else [case.talk.source] * bool(case.talk.source)
    said_who = "nobody; suggestions stand in" if by_machine else f"{count_of(len(who), 'coder')}: {', '.join(who)}"
    for one in case.claims.propositions:
        about = {"proposition": one.id}
        yield about | {"what": "turns_read", "n": n_read, "of": len(turns), "share": _share(n_read, len(turns)), "said": f"{n_read} of {count_of(len(turns), 'turn')} were read for codes."}  # fmt: skip
        n_meetings = 0 if by_machine else len(read)
        yield about | {"what": "meetings_read", "n": n_meetings, "of": len(spoken), "share": _share(n_meetings, len(spoken)), "said": f"{n_meetings} of {count_of(len(spoken), 'meeting')} with talk were read, in whole or in part."}  # fmt: skip
        yield about | {"what": "coders", "n": len(who), "said": f"Read by {said_who}."}


def _partners(case: _Case) -> Iterator[Row]:
    """How the partner in each event was found that the proposition looks for; of events without one, all."""
    events = case.talk.events
    ids = actor_ids(case.survey.roster)
    a, b = places(ids, events["seeker"]), places(ids, events["helper"])
    for one in case.claims.propositions:
        meant = case.record.part(one.pairs)[a, b] & (a >= 0) & (b >= 0)
        kept = events[events["kind"].isin(_KIND[one.talk.shows]) & (meant | (events["basis"] == "unknown").to_numpy())]
        for basis, (what, said) in _NAMED.items():
            n = int((kept["basis"] == basis).sum())
            yield {
                "proposition": one.id,
                "what": what,
                "n": n,
                "of": len(kept),
                "share": _share(n, len(kept)),
                "said": f"In {n} of {count_of(len(kept), case.event)} the partner is {said}.",
            }


def _answered(case: _Case, relation: str) -> Iterator[Row]:
    """Who of the people concerned answered, and the wave in which fewest did."""
    ids = actor_ids(case.survey.roster)
    asked = case.survey.responses[case.survey.responses["relation"] == relation]
    for one in case.claims.propositions:
        concerned = ids[np.flatnonzero(case.record.part(one.pairs).any(axis=1))]
        here = asked[asked["actor"].isin(concerned) & asked["present"].astype(bool)]
        waves = here.groupby("wave", sort=False)["responded"].agg(["sum", "size"])
        n, of = int(waves["sum"].sum()), int(waves["size"].sum())
        said, worst = "Nobody was asked.", None
        if of:
            worst = str((waves["sum"] / waves["size"]).idxmin())
            least, there = waves.loc[worst]
            said = f"{n} of {of} questionnaires of the people concerned were answered; fewest in {worst}, {least} of {there}."  # fmt: skip
        yield {
            "proposition": one.id,
            "what": "answered",
            "n": n,
            "of": of,
            "share": _share(n, of),
            "worst": worst,
            "said": said,
        }


def _warned(case: _Case, relation: str, problems: Sequence[Problem]) -> Iterator[Row]:
    """Warnings of the files that the verdict is made of; those that name another question touch it not."""
    other = [f"relation '{name}'" for name in case.survey.relations["relation"] if name != relation]
    touching = [
        problem.message
        for problem in problems
        if problem.level == "warning"
        and problem.file.startswith((*_OF_SURVEY, *_OF_TALK))
        and not any(name in problem.message for name in other)
    ]
    said = " ".join(dict.fromkeys(touching)) or "No warning touches it."
    for one in case.claims.propositions:
        yield {"proposition": one.id, "what": "warnings", "n": len(touching), "said": said}


def _left_out(case: _Case, without_coder: Mapping[str, Talk]) -> Iterator[Row]:
    """Whether it stands without each person, meeting and coder."""
    record, judge, claims = case.record, case.judge, case.claims
    people = {name: st.without_person(record, at) for at, name in enumerate(actor_ids(case.survey.roster))}
    held = case.dyads, case.survey, case.meetings
    names = dated_activities(case.meetings, case.survey)
    meetings = {names[at]: st.without_meeting(record, at) for at in np.flatnonzero(record.read).tolist()}
    coders = {name: recorded_events(*held, talk)[0] for name, talk in without_coder.items()}
    for what, others in (("person", people), ("meeting", meetings), ("coder", coders)):
        found = {name: judge.all(claims, other) for name, other in others.items()}
        for at, (one, whole) in enumerate(case.each()):
            verdicts = {name: judged[at] for name, judged in found.items()}
            yield _stands(one, whole, verdicts, what)


def _stands(one: Proposition, whole: Judgement, others: Mapping[str, Judgement], what: str) -> Row:
    turned = [name for name, found in others.items() if found.verdict != whole.verdict]
    row = {"proposition": one.id, "what": f"without_{what}", "n": len(turned), "of": len(others)}
    row["share"] = 1 - _share(len(turned), len(others))
    if not others:
        alone = "No coder to leave out: fewer than two have coded, or one's codings alone are used."
        return row | {"said": alone if what == "coder" else f"No {what} to leave out."}
    worst = max(turned or others, key=lambda name: _moved(whole, others[name]))
    verdict = others[worst].verdict
    if not turned:
        said = f"Stands without any {what} (of {len(others)}); nearest to turning without {worst}."
    else:
        said = f"Turns without {count_of(len(turned), what, {'person': 'people'}.get(what))} of {len(others)}, each alone; most without {worst}: {words(verdict)}."  # fmt: skip
    return row | {"worst": worst, "verdict": verdict, "said": said}


def _moved(whole: Judgement, other: Judgement) -> float:
    """Which share of the way to the nearest value at which a stance turns is gone."""
    base = st.margins(whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        gone = (base - st.margins(other)) / base
    return float(np.nan_to_num(gone, nan=0.0).max())


def _fewest(case: _Case) -> Iterator[Row]:
    """The fewest pairs, and the fewest coded events, without which it turns."""
    ids, claims = actor_ids(case.survey.roster), case.claims.propositions
    shown = {one.id: st.changed_pairs(case.record, one) for one in claims}
    told: dict[str, dict[tuple[int, ...], str]] = {}
    for one in claims:
        rows: dict[str, list[int]] = {}
        for at in st.told_events(case.record, one):
            rows.setdefault(str(case.events[at]), []).append(at)
        told[one.id] = {tuple(of): event for event, of in rows.items()}
    pairs = {one: {pair: "-".join(ids[list(pair)]) for pair in own} for one, own in shown.items()}
    for what, leave_out, units in (("pairs", st.without_pair, pairs), ("codings", st.without_event, told)):
        own = {one: list(named) for one, named in units.items()}
        judged = case.judge.without_each(case.claims, case.record, leave_out, own)
        for one, whole in case.each():
            thing = "pair" if what == "pairs" else case.event
            yield _turning(one, whole, (what, thing), list(units[one.id].values()), judged[one.id])


def _turning(one: Proposition, whole: Judgement, unit: tuple[str, str], names: Sequence[str], judged: Judged) -> Row:
    what, thing = unit
    found = st.fewest(len(names), whole, judged)
    row = {"proposition": one.id, "what": f"fewest_{what}", "of": len(names), "is_exact": found.is_exact}
    if found.n is None:
        tried = min(len(names), st.MOST)
        said = f"Leaving out up to {count_of(tried, thing)} of {len(names)}, those first that matter most alone, did not turn it." if names else f"There is no {thing} to leave out."  # fmt: skip
        return row | {"said": said}
    which = ";".join(names[at] for at in found.which)
    how = "fewer cannot" if found.is_exact else "fewer may; no one alone, nor any two that come half of the way"
    said = f"Without {count_of(found.n, thing)} of {len(names)} it is {words(found.verdict)}; {how}."
    return row | {"n": found.n, "share": _share(found.n, len(names)), "worst": which, "verdict": found.verdict, "said": said}  # fmt: skip


def _bias(case: _Case) -> Iterator[Row]:
    """How much of each estimate would have to be bias, and how many cases others, for its finding to be lost."""
    for one, whole in case.each():
        changed = whole.survey
        share = st.share_of_bias(changed.value, changed.low, changed.high)
        said = "The survey's interval holds 0 or is not known: there is no finding to lose."
        n: int | None = None
        if np.isfinite(share):
            n = int(share * changed.n)
            unit = {"new": "reports", "stronger": "lasting ties", "mutual": "pairs"}[one.survey.tie]
            said = f"{100 * share:.0f} % of the survey's net change would have to be bias, or {n} of {changed.n} {unit} replaced by such that do not change, before its interval reaches 0."  # fmt: skip
        yield {"proposition": one.id, "what": "bias_survey", "n": n, "of": changed.n, "share": share, "said": said}
        fitted = case.judge.near[kind_of(one)]
        yield from _bias_of_odds(one, whole, odds_interval(fitted, case.record.part(one.pairs)))


def _bias_of_odds(one: Proposition, whole: Judgement, odds: tuple[float, float, float]) -> Iterator[Row]:
    both = whole.together
    value, low, high = odds
    row = {"proposition": one.id, "what": "bias_together", "of": both.n_rows, **{name: found if np.isfinite(found) else np.nan for name, found in zip(("value", "low", "high"), odds, strict=True)}}  # fmt: skip
    if np.isnan(value):
        yield row | {"said": "Too few occasions for an odds ratio."}
    else:
        share = st.share_of_bias(*np.log(odds)) if low > 0 and np.isfinite(high) else np.nan
        about = f"about {_two(value)}" if 0 < value < np.inf else "without bound" if value else "near 0"
        reach = f"{_two(low)} to {_two(high)}" if np.isfinite(high) else f"{_two(low)} and more"
        lost = f"; {100 * share:.0f} % of its logarithm would have to be bias before the interval reaches 1"
        yield row | {"share": share, "said": f"The odds of change with talk to those without are {about} (95 % interval {reach}){lost if np.isfinite(share) else ''}."}  # fmt: skip
    without = both.n_rows - both.n_talk
    cells = (without - (both.n_change - both.n_both), both.n_change - both.n_both, both.n_talk - both.n_both, both.n_both)  # fmt: skip
    rir, fragility = st.replacements(*cells)
    said = "In the plain table of occasions by talk and change there is no finding to lose (Fisher's exact test)."
    if np.isfinite(rir):
        said = f"In the plain table of occasions, {rir:.0f} of {both.n_talk} with talk would have to be replaced by such that change as those without talk do ({count_of(fragility, 'switch', 'switches')}), before Fisher's exact test is lost."  # fmt: skip
    yield {
        "proposition": one.id,
        "what": "replaced_together",
        "n": int(rir) if np.isfinite(rir) else None,
        "of": both.n_talk,
        "said": said,
    }


def _two(value: float) -> str:
    """Two digits that count: 0.034, 1.2, 17, 110."""
    return f"{float(f'{value:.2g}'):,.10g}"


def _drawn(case: _Case, coders: Coders, n_draws: int) -> Iterator[Row]:
    """In how many draws of the codings it stands."""
    made = recoded(case.dyads, case.survey, case.meetings, case.talk, coders=coders)
    if not made.is_known or not n_draws:
        why = "No two coders read the same turns: how another would have coded is not known."
        if case.talk.source == SUGGESTED:
            why = "Suggestions stand in for codings, and how often they are right is not known for all of them."
        for one in case.claims.propositions:
            yield {
                "proposition": one.id,
                "what": "draws",
                "said": why if len(case.talk.events) else "Nothing is coded.",
            }
        return
    by_machine = case.talk.source == SUGGESTED
    drawn = verdicts_drawn(case.claims, made, replace(case.judge, reviewed=True), n_draws=n_draws)
    for (one, whole), counts in zip(case.each(), drawn, strict=True):
        most = counts.most_common(1)[0][0] if by_machine else whole.verdict
        others = [verdict for verdict, _ in counts.most_common() if verdict != most]
        share = counts[most] / n_draws
        low, high = exact_share(counts[most], n_draws)
        said = f"in {100 * share:.0f} % of {n_draws} draws of"
        with_error = f"(so many draws: {100 * low:.0f} to {100 * high:.0f} %){f'; else mostly {words(others[0])}' if others else ''}."
        if by_machine:
            said = f"Nobody reviewed the suggestions. Were they codings, it would be {words(most)} {said} those that are right {with_error}"  # fmt: skip
        else:
            said = f"Stands {said} what one more coder like these would have coded {with_error}"
        verdict = most if by_machine else others[0] if others else None
        yield {"proposition": one.id, "what": "draws", "n": counts[most], "of": n_draws, "share": share, "low": low, "high": high, "verdict": verdict, "said": said}  # fmt: skip
