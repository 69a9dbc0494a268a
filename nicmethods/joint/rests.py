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
from nicmethods.joint.judging import kind_of
from nicmethods.joint.occasions import occasions
from nicmethods.joint.placement import actor_ids, places
from nicmethods.joint.propositions import by_relation
from nicmethods.joint.record import KINDS, TOLD, dated_activities, read_activities, recorded
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
_N_DRAWS = 200
_OF_FILES = (
    "ties",
    "responses",
    "survey",
    "case.yml",
    "transcripts/",
    "codings/",
    "attendance",
    "activities",
    "people",
)


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

    Returns
    -------
    DataFrame
        ``rests_on`` of ``RUN_TABLES``: for each proposition a row for each thing; ``docs/definitions/joint.md`` says what
        each is.
    """
    rows: dict[str, list[Row]] = {one.id: [] for one in claims.propositions}
    table = pairs.dyads(survey, meetings, talk) if dyads is None else dyads
    for relation, group, asked in by_relation(claims, table):
        record, events = recorded(asked, survey, meetings, talk)
        kinds = {kind_of(one) for one in group.propositions}
        fits = {kind: fit(occasions(record, tie=kind[0], talk=kind[1], within=kind[2])) for kind in kinds}
        judge = st.Judge(group, seed, talk.source != SUGGESTED, fits)
        case = _Case(asked, survey, meetings, talk, coders, record, events, judge, judge.all(record))
        found = [_read(case), _partners(case), _answered(case, relation), _warned(case, relation, problems)]
        found += [_left_out(case, without_coder), _fewest(case), _bias(case), _drawn(case)]
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
    coders: Coders
    record: Record
    events: Any
    judge: st.Judge
    whole: list[Judgement]

    @property
    def by_machine(self) -> bool:
        """Whether suggestions stand in for codings."""
        return self.talk.source == SUGGESTED

    @property
    def event(self) -> str:
        """What an event of the talk is called."""
        return "suggested event" if self.by_machine else "coded event"

    @property
    def ids(self) -> pd.Index[str]:
        """Ids of the people, in the order of the record."""
        return actor_ids(self.survey.roster)

    @property
    def claims(self) -> tuple[Proposition, ...]:
        """The propositions."""
        return self.judge.claims.propositions

    def each(self) -> Iterator[tuple[Proposition, Judgement]]:
        yield from zip(self.claims, self.whole, strict=True)


def _row(one: Proposition, what: str, said: str, n: float | None = None, of: int | None = None, **more: Any) -> Row:
    """A thing that a verdict hangs on; its share is that of n, unless another is given."""
    share = n / of if of and n is not None else np.nan
    return {"proposition": one.id, "what": what, "said": said, "n": n, "of": of, "share": share} | more


def _read(case: _Case) -> Iterator[Row]:
    """How much of the talk was read, and by how many."""
    turns, n_read, n_meetings, who = case.meetings.turns, 0, 0, []
    spoken = set(turns["activity"])
    said_who = "nobody; suggestions stand in"
    if not case.by_machine:
        n_read = len(turns_read(case.talk.coverage, turns).drop_duplicates(["activity", "turn"]))
        n_meetings = len(spoken.intersection(read_activities(case.meetings, case.talk)))
        settled = case.talk.source == "adjudicated"
        who = case.coders.names if settled else [case.talk.source] * bool(case.talk.source)
        said_who = f"{count_of(len(who), 'coder')}: {', '.join(who)}"
    of_turns = f"{n_read} of {count_of(len(turns), 'turn')} were read for codes."
    of_meetings = f"{n_meetings} of {count_of(len(spoken), 'meeting')} with talk were read, in whole or in part."
    for one in case.claims:
        yield _row(one, "turns_read", of_turns, n_read, len(turns))
        yield _row(one, "meetings_read", of_meetings, n_meetings, len(spoken))
        yield _row(one, "coders", f"Read by {said_who}.", len(who))


def _partners(case: _Case) -> Iterator[Row]:
    """How the partner in each event was found that the proposition looks for; of events without one, all."""
    events = case.talk.events
    a, b = (places(case.ids, events[who]) for who in ("seeker", "helper"))
    for one in case.claims:
        meant = case.record.part(one.pairs)[a, b] & (a >= 0) & (b >= 0)
        told = events["kind"].map(KINDS).isin(TOLD[one.talk.shows])
        basis = events.loc[told & (meant | (events["basis"] == "unknown")), "basis"]
        for name, (what, how) in _NAMED.items():
            n = int((basis == name).sum())
            said = f"In {n} of {count_of(len(basis), case.event)} the partner is {how}."
            yield _row(one, what, said, n, len(basis))


def _answered(case: _Case, relation: str) -> Iterator[Row]:
    """Who of the people concerned answered, and the wave in which fewest did."""
    asked = case.survey.responses[case.survey.responses["relation"] == relation]
    for one in case.claims:
        concerned = case.ids[np.flatnonzero(case.record.part(one.pairs).any(axis=1))]
        here = asked[asked["actor"].isin(concerned) & asked["present"].astype(bool)]
        waves = here.groupby("wave", sort=False)["responded"].agg(["sum", "size"])
        n, of = int(waves["sum"].sum()), int(waves["size"].sum())
        said, worst = "Nobody was asked.", None
        if of:
            worst = str((waves["sum"] / waves["size"]).idxmin())
            least, there = waves.loc[worst]
            said = f"{n} of {of} questionnaires of the people concerned were answered; fewest in {worst}, {least} of {there}."  # fmt: skip
        yield _row(one, "answered", said, n, of, worst=worst)


def _warned(case: _Case, relation: str, problems: Sequence[Problem]) -> Iterator[Row]:
    """Warnings of the files that the verdict is made of; those that name another question touch it not."""
    other = [f"relation '{name}'" for name in case.survey.relations["relation"] if name != relation]
    touching = [
        problem.message
        for problem in problems
        if problem.level == "warning"
        and problem.file.startswith(_OF_FILES)
        and not any(name in problem.message for name in other)
    ]
    said = " ".join(dict.fromkeys(touching)) or "No warning touches it."
    yield from (_row(one, "warnings", said, len(touching)) for one in case.claims)


def _left_out(case: _Case, without_coder: Mapping[str, Talk]) -> Iterator[Row]:
    """Whether it stands without each person, meeting and coder."""
    record, names = case.record, dated_activities(case.meetings, case.survey)
    held = case.dyads, case.survey, case.meetings
    cut = {
        "person": {name: st.without_person(record, at) for at, name in enumerate(case.ids)},
        "meeting": {names[at]: st.without_meeting(record, at) for at in np.flatnonzero(record.read).tolist()},
        "coder": {name: recorded(*held, talk)[0] for name, talk in without_coder.items()},
    }
    for what, others in cut.items():
        found = {name: case.judge.all(other) for name, other in others.items()}
        for at, (one, whole) in enumerate(case.each()):
            yield _stands(one, whole, {name: judged[at] for name, judged in found.items()}, what)


def _stands(one: Proposition, whole: Judgement, others: Mapping[str, Judgement], what: str) -> Row:
    turned, of = [name for name, found in others.items() if found.verdict != whole.verdict], len(others)
    if not others:
        alone = "No coder to leave out: fewer than two have coded, or one's codings alone are used."
        return _row(one, f"without_{what}", alone if what == "coder" else f"No {what} to leave out.", 0, 0)
    worst = max(turned or others, key=lambda name: _moved(whole, others[name]))
    verdict = others[worst].verdict
    said = f"Stands without any {what} (of {of}); nearest to turning without {worst}."
    if turned:
        said = f"Turns without {count_of(len(turned), what, {'person': 'people'}.get(what))} of {of}, each alone; most without {worst}: {words(verdict)}."  # fmt: skip
    share = 1 - len(turned) / of
    return _row(one, f"without_{what}", said, len(turned), of, share=share, worst=worst, verdict=verdict)


def _moved(whole: Judgement, other: Judgement) -> float:
    """Which share of the way to the nearest value at which a stance turns is gone."""
    base = st.margins(whole)
    with np.errstate(invalid="ignore", divide="ignore"):
        gone = (base - st.margins(other)) / base
    return float(np.nan_to_num(gone, nan=0.0).max())


def _fewest(case: _Case) -> Iterator[Row]:
    """The fewest pairs, and the fewest coded events, without which it turns."""
    shown: dict[str, dict[Any, str]] = {}
    told: dict[str, dict[Any, str]] = {}
    for one in case.claims:
        shown[one.id] = {pair: "-".join(case.ids[list(pair)]) for pair in st.changed_pairs(case.record, one)}
        rows: dict[str, list[int]] = {}
        for at in st.told_events(case.record, one):
            rows.setdefault(str(case.events[at]), []).append(at)
        told[one.id] = {tuple(of): event for event, of in rows.items()}
    for what, thing, leave_out, units in (
        ("fewest_pairs", "pair", st.without_pair, shown),
        ("fewest_codings", case.event, st.without_event, told),
    ):
        judged = case.judge.without_each(case.record, leave_out, {name: list(own) for name, own in units.items()})
        for one, whole in case.each():
            names = list(units[one.id].values())
            found, of = st.fewest(len(names), whole, judged[one.id]), len(names)
            said, more = f"There is no {thing} to leave out.", {}
            if found.n is not None:
                how = (
                    "fewer cannot"
                    if found.is_exact
                    else "fewer may; no one alone, nor any two that come half of the way"
                )
                said = f"Without {count_of(found.n, thing)} of {of} it is {words(found.verdict)}; {how}."
                more = {"worst": ";".join(names[at] for at in found.which), "verdict": found.verdict}
            elif names:
                said = f"Leaving out up to {count_of(min(of, st.MOST), thing)} of {of}, those first that matter most alone, did not turn it."  # fmt: skip
            yield _row(one, what, said, found.n, of, is_exact=found.is_exact, **more)


def _bias(case: _Case) -> Iterator[Row]:
    """How much of each estimate would have to be bias, and how many cases others, for its finding to be lost."""
    for one, whole in case.each():
        changed, both = whole.survey, whole.together
        share = st.share_of_bias(changed.value, changed.low, changed.high)
        said, n = "The survey's interval holds 0 or is not known: there is no finding to lose.", None
        if np.isfinite(share):
            n = int(share * changed.n)
            unit = {"new": "reports", "stronger": "lasting ties", "mutual": "pairs"}[one.survey.tie]
            said = f"{100 * share:.0f} % of the survey's net change would have to be bias, or {n} of {changed.n} {unit} replaced by such that do not change, before its interval reaches 0."  # fmt: skip
        yield _row(one, "bias_survey", said, n, changed.n, share=share)
        odds = odds_interval(case.judge.near[kind_of(one)], case.record.part(one.pairs))
        ends = {
            name: end if np.isfinite(end) else np.nan for name, end in zip(("value", "low", "high"), odds, strict=True)
        }
        share, said = _bias_of_odds(*odds)
        yield _row(one, "bias_together", said, None, both.n_rows, **ends, share=share)
        without, changed_alone = both.n_rows - both.n_talk, both.n_change - both.n_both
        rir, fragility = st.replacements(without - changed_alone, changed_alone, both.n_talk - both.n_both, both.n_both)
        said = "In the plain table of occasions by talk and change there is no finding to lose (Fisher's exact test)."
        if rir is not None:
            said = f"In the plain table of occasions, {rir} of {both.n_talk} with talk would have to be replaced by such that change as those without talk do ({count_of(fragility, 'switch', 'switches')}), before Fisher's exact test is lost."  # fmt: skip
        yield _row(one, "replaced_together", said, rir, both.n_talk, share=np.nan)


def _bias_of_odds(value: float, low: float, high: float) -> tuple[float, str]:
    if np.isnan(value):
        return np.nan, "Too few occasions for an odds ratio."
    share = st.share_of_bias(*np.log([value, low, high])) if low > 0 and np.isfinite(high) else np.nan
    about = f"about {_two(value)}" if 0 < value < np.inf else "without bound" if value else "near 0"
    reach = f"{_two(low)} to {_two(high)}" if np.isfinite(high) else f"{_two(low)} and more"
    lost = f"; {100 * share:.0f} % of its logarithm would have to be bias before the interval reaches 1"
    said = f"The odds of change with talk to those without are {about} (95 % interval {reach})"
    return share, f"{said}{lost if np.isfinite(share) else ''}."


def _two(value: float) -> str:
    """Two digits that count: 0.034, 1.2, 17, 110."""
    return f"{float(f'{value:.2g}'):,.10g}"


def _drawn(case: _Case) -> Iterator[Row]:
    """In how many draws of the codings it stands."""
    made = st.recoded(case.dyads, case.survey, case.meetings, case.talk, coders=case.coders)
    if not made.is_known:
        why = "No two coders read the same turns: how another would have coded is not known."
        if case.by_machine:
            why = "Suggestions stand in for codings, and how often they are right is not known for all of them."
        said = why if len(case.talk.events) else "Nothing is coded."
        yield from (_row(one, "draws", said) for one in case.claims)
        return
    drawn = made.verdicts(replace(case.judge, reviewed=True), n_draws=_N_DRAWS)
    for (one, whole), counts in zip(case.each(), drawn, strict=True):
        most = counts.most_common(1)[0][0] if case.by_machine else whole.verdict
        others = [verdict for verdict, _ in counts.most_common() if verdict != most]
        low, high = exact_share(counts[most], _N_DRAWS)
        said = f"in {100 * counts[most] / _N_DRAWS:.0f} % of {_N_DRAWS} draws of"
        with_error = f"(so many draws: {100 * low:.0f} to {100 * high:.0f} %){f'; else mostly {words(others[0])}' if others else ''}."
        if case.by_machine:
            said = f"Nobody reviewed the suggestions. Were they codings, it would be {words(most)} {said} those that are right {with_error}"  # fmt: skip
        else:
            said = f"Stands {said} what one more coder like these would have coded {with_error}"
        verdict = most if case.by_machine else others[0] if others else None
        yield _row(one, "draws", said, counts[most], _N_DRAWS, low=low, high=high, verdict=verdict)
