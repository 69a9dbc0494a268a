"""One case under stated choices: every table, made when it is first asked for, and the same for everybody who asks.

Notebooks, ``check``, the widgets, the sensitivity and the command line go through :func:`analyse`; nobody else knows the
recipe. An analysis computes nothing itself: it hands the case's bundles to the functions of the rooms, and remembers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods import joint, network
from nicmethods.case.folder import Case, load_case, study_file
from nicmethods.case.people import pseudonymise
from nicmethods.case.propositions import Propositions, load_propositions
from nicmethods.case.published import (
    coder_codes,
    public_actors,
    public_coders,
    public_codings,
    public_ledger,
    public_turns,
    published_problems,
)
from nicmethods.case.summary import about, case_summary, gaps, response_rates
from nicmethods.coding.agreement import agreement_card, readers
from nicmethods.coding.coded import coded_talk
from nicmethods.coding.participation import code_uses, hub_coaching, voices
from nicmethods.coding.settling import disputed
from nicmethods.errors import MeasureError
from nicmethods.joint.error_rates import error_rates
from nicmethods.joint.ledger import check_ledger, ledger_problems
from nicmethods.results import numbers_of, published_tables, register_claims, write_results
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from pathlib import Path

    from nicmethods.errors import Problem
    from nicmethods.joint.sensitivity import Choice
    from nicmethods.tables.bundles import Coders, Meetings, Policy, Survey, Talk, Threshold

__all__ = ["PARTS", "Analysis", "Choices", "analyse"]

PARTS: dict[str, tuple[str, ...]] = {
    "network": (
        *("network_measures", "actor_measures", "mixing", "change", "dyad_change", "qap", "stergm", "readings"),
        *("memberships", "block_densities", "influence"),
        *("actors", "ties", "responses", "places"),
    ),
    "talk": (
        *("turns", "codings", "coverage", "links", "suggestions", "expected_precision", "events", "agreement"),
        *("activities", "attendance"),
        *("coder_codings", "readers", "disagreements", "voices", "coaching", "code_uses"),
    ),
    "joint": (
        *("dyads", "convergence", "discordant", "attribution", "activity_yield", "pathway", "pathway_steps"),
        *("pathway_curves", "models", "tie_models", "propositions", "rests_on", "error_rates", "sensitivity"),
        *("robustness", "events", "themes", "activity_placement", "unplaced_events", "ledger", "phases"),
    ),
}
"""Tables that a run leaves, by the part of the report that writes them."""

_TALK_CHOICES = ("coder", "code_score", "link_score")


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a researcher may decide, and a reader must know, before any number is computed.

    Attributes
    ----------
    policy
        How missing answers are read: ``"observed"``, ``"reconstruct"`` (undirected questions only) or ``"zero"``.
    threshold
        Least value that counts as a tie: a number, a number by wave, or None for each relation's own.
    coder
        Use this coder's codings alone, by code (C1, C2, …; :func:`analyse` takes the name); empty: the coders' settled set.
    seed
        Seed of every permutation, bootstrap and draw.
    code_score, link_score
        Least score, from 0 to 1, of a suggested code (used only where nobody has coded) and of a link between turns.
    """

    policy: Policy = "observed"
    threshold: Threshold = None
    coder: str = ""
    seed: int
    code_score: float = 0.0
    link_score: float = 0.0


def _without(coders: Coders, name: str) -> dict[str, pd.DataFrame]:
    """The codings and coverage of the other coders."""
    return {
        part: table[table["coder"] != name]
        for part, table in (("codings", coders.codings), ("coverage", coders.coverage))
    }


def analyse(
    case: Case | str | Path,
    *,
    seed: int,
    policy: Policy = "observed",
    coder: str = "",
    threshold: Threshold = None,
) -> Analysis:
    """Take a case under stated choices; tables are made when they are first asked for.

    Parameters
    ----------
    case
        A case, the name of one under ``data/``, or a path to a case folder.
    seed, policy, coder, threshold
        See :class:`Choices`.

    Returns
    -------
    Analysis
        Its attributes are the tables; ``analysis`` alone in a cell says which there are.

    Raises
    ------
    CaseError
        With every problem of the case at once, if any is an error.
    MeasureError
        If a choice is none that the case allows.

    Examples
    --------
    >>> analysis = analyse("data/demo", seed=1)
    >>> analysis.dyads["verdict"].value_counts().head(2).to_dict()
    {'neither': 273, 'not_observable': 174}
    """
    case = case if isinstance(case, Case) else load_case(case)
    if coder and coder not in case.coders.names:
        known = ", ".join(case.coders.names) or "none"
        raise MeasureError(f"coder '{coder}' has coded nothing here; there are: {known}.")
    choices = Choices(policy=policy, threshold=threshold, coder=coder_codes(case).get(coder, ""), seed=seed)
    return Analysis(case, choices)


class Analysis:
    """One case under stated choices.

    Parameters
    ----------
    case
        The case.
    choices
        What was decided.

    Attributes
    ----------
    survey, meetings, coders, talk
        The bundles that the tables are made of. ``meetings.turns`` holds what people said as they said it; the tables
        below carry ids in place of names. Coders are C1, C2, … by alphabet.

    Examples
    --------
    >>> import nicmethods as nic
    >>> analysis = nic.analyse("demo", seed=1)
    >>> analysis.talk
    <Talk: The settled set of 2 coders: ... 137 events>
    >>> analysis.under(coder="C2").talk
    <Talk: Codings of C2 alone, of 2 coders. 104 events>
    """

    def __init__(self, case: Case, choices: Choices) -> None:
        self.case, self.choices = case, choices
        self.survey: Survey = replace(
            case.survey.under(policy=choices.policy, threshold=choices.threshold),
            relations=case.relations.assign(question=self._published(case.relations["question"])),
        )
        self.meetings: Meetings = replace(
            case.meetings, activities=case.activities.assign(title=self._published(case.activities["title"]))
        )
        self.coders: Coders = public_coders(case)
        if choices.coder and choices.coder not in self.coders.names:
            known = ", ".join(self.coders.names) or "none"
            raise MeasureError(f"coder '{choices.coder}' has coded nothing here; there are: {known}.")

    def under(self, **choices: Any) -> Analysis:
        """The same case with some choices changed; what does not depend on them is not made again."""
        other = Analysis(self.case, replace(self.choices, **choices))
        kept = {"all_links", "made_suggestions", "_suggested", "turns", "claims", "title"}
        if all(getattr(other.choices, name) == getattr(self.choices, name) for name in _TALK_CHOICES):
            kept |= {"talk"}
        other.__dict__.update({name: value for name, value in self.__dict__.items() if name in kept})
        return other

    # The bundles

    @cached_property
    def talk(self) -> Talk:
        """The coded talk: one coder's, the coders' settled set, or suggestions where nobody has coded."""
        least = self.choices.link_score
        links = self.all_links[self.all_links["score"] >= least] if least else self.all_links
        return coded_talk(
            self.meetings,
            self.coders,
            links=links,
            suggestions=None if self.coders.names else self.made_suggestions,
            coder=self.choices.coder,
            least_score=self.choices.code_score,
        )

    @cached_property
    def all_links(self) -> pd.DataFrame:
        """Which earlier turn each turn answers, as the machine links them."""
        from nicmethods.coder.suggest import link

        return link(self.meetings.turns)

    @cached_property
    def made_suggestions(self) -> pd.DataFrame:
        """What the machine suggests: as the case keeps it, else made from the codebook; with scores as a spot check of the case makes them."""
        from nicmethods.coder.spot import recalibrated

        return recalibrated(self._suggested, self.coders.spotcheck)

    @cached_property
    def _suggested(self) -> pd.DataFrame:
        if len(self.coders.suggestions):
            return self.coders.suggestions
        from nicmethods.coder.suggest import suggest

        return suggest(self.meetings.turns, self.case.codebook)

    @cached_property
    def claims(self) -> Propositions:
        """The propositions that the case is held against."""
        return load_propositions(study_file("codebooks", "propositions.yml", case=self.case.path))

    # What there is

    @cached_property
    def title(self) -> str:
        """Title of the case, without names of people."""
        return str(self._published(pd.Series([self.case.config.title], dtype="str")).iloc[0])

    @property
    def gaps(self) -> list[str]:
        """What a report on this case cannot show, and what would mend it."""
        return gaps(self.case)

    @property
    def about(self) -> pd.DataFrame:
        """What the case holds, what is missing, and where something is wrong with it."""
        return about(self.case)

    @cached_property
    def response_rates(self) -> pd.DataFrame:
        """Who belonged and who answered, by relation and wave."""
        return response_rates(self.case)

    @property
    def relations(self) -> list[str]:
        """The survey questions, the one that propositions are about unless they name another first; ``[""]`` without any."""
        return self.survey.relations["relation"].tolist() or [""]

    # Network

    @cached_property
    def actors(self) -> pd.DataFrame:
        """The people, by id, with what may be published of them."""
        return public_actors(self.case)

    @cached_property
    def ties(self) -> pd.DataFrame:
        """Reported values."""
        return self.survey.ties

    @cached_property
    def responses(self) -> pd.DataFrame:
        """Who belonged and who answered, person by person."""
        return self.survey.responses

    @cached_property
    def places(self) -> pd.DataFrame:
        """Where each person stands in pictures of the network, the same in every wave."""
        return network.layout(self.survey)

    @cached_property
    def network_measures(self) -> pd.DataFrame:
        """One row a measure and wave."""
        return network.network_measures(self.survey, seed=self.choices.seed)

    @cached_property
    def actor_measures(self) -> pd.DataFrame:
        """One row a person and wave."""
        return network.actor_measures(self.survey, seed=self.choices.seed)

    @cached_property
    def readings(self) -> pd.DataFrame:
        """Measures that differ when people of unknown response are read as having named nobody."""
        return network.other_reading(self.survey)

    @cached_property
    def dyad_change(self) -> pd.DataFrame:
        """What became of each ordered pair between waves."""
        return network.dyad_change(self.survey)

    @cached_property
    def change(self) -> pd.DataFrame:
        """What became of ties, counted."""
        return network.change(self.survey)

    @cached_property
    def mixing(self) -> pd.DataFrame:
        """Ties within and between groups, beside what chance would give."""
        groups = [name for name in ("site", "role", "level") if self.survey.roster[name].notna().any()]
        return network.mixing(self.survey, by=groups, seed=self.choices.seed)

    @cached_property
    def qap(self) -> pd.DataFrame:
        """Waves correlated, and regressed on who shares a group."""
        return network.qap_table(self.survey, seed=self.choices.seed)

    @cached_property
    def stergm(self) -> pd.DataFrame:
        """How ties form and last, net of each other."""
        return network.stergm_table(self.survey)

    @cached_property
    def memberships(self) -> pd.DataFrame:
        """Core, community and structurally equivalent class of everyone who answered, with how sure that is."""
        return network.memberships(self.survey, seed=self.choices.seed)

    @cached_property
    def block_densities(self) -> pd.DataFrame:
        """Ties from group to group of the memberships."""
        return network.block_densities(self.survey, self.memberships)

    @cached_property
    def influence(self) -> pd.DataFrame:
        """Whether scores by wave follow those of the people one names, and ties the likeness of scores."""
        models = [model(self.survey, seed=self.choices.seed) for model in (network.influence, network.selection)]
        return conform(pd.concat(models), RUN_TABLES["influence"])

    # Talk

    @cached_property
    def turns(self) -> pd.DataFrame:
        """What was said, with ids in place of names."""
        return public_turns(self.case)

    @cached_property
    def codings(self) -> pd.DataFrame:
        """The codings that the analysis rests on, spans moved with the published text."""
        return public_codings(self.case, self.talk.codings)

    @cached_property
    def coverage(self) -> pd.DataFrame:
        """What was read."""
        return self.talk.coverage

    @cached_property
    def links(self) -> pd.DataFrame:
        """Which turn answers which."""
        return self.talk.links

    @cached_property
    def suggestions(self) -> pd.DataFrame:
        """What the machine suggested; never a coding."""
        return public_codings(self.case, self.coders.suggestions if self.coders.names else self.made_suggestions)

    @cached_property
    def expected_precision(self) -> pd.DataFrame:
        """How many suggestions to expect right here, and on what that rests."""
        from nicmethods.coder.ground import precision_here

        made = self.coders.suggestions if self.coders.names else self._suggested
        return precision_here(self.meetings.turns, made, self.case.codebook, spotcheck=self.coders.spotcheck)

    @cached_property
    def events(self) -> pd.DataFrame:
        """Help asked, help given and practice shared: who, with whom, in which turns."""
        return self.talk.events

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """How far coders agree, code by code."""
        return agreement_card(self.meetings, self.coders, seed=self.choices.seed)

    @cached_property
    def coder_codings(self) -> pd.DataFrame:
        """What each coder coded, before anything was settled."""
        return public_codings(self.case, self.coders.codings)

    @cached_property
    def readers(self) -> pd.DataFrame:
        """Who read how much of which meeting, and what each found."""
        return readers(self.meetings, self.coders)

    @cached_property
    def disagreements(self) -> pd.DataFrame:
        """Where those who read a turn differ, and what was decided."""
        return disputed(self.meetings, self.coders)

    @cached_property
    def activities(self) -> pd.DataFrame:
        """What the network did together."""
        return self.meetings.activities[["activity", "date", "title", "kind", "cycle", "phase"]]

    @cached_property
    def attendance(self) -> pd.DataFrame:
        """Who was there."""
        return self.meetings.attendance

    @cached_property
    def voices(self) -> pd.DataFrame:
        """Whose voices are heard, by role."""
        return voices(self.survey, self.meetings)

    @cached_property
    def coaching(self) -> pd.DataFrame:
        """How steadily the hub helps each member."""
        return hub_coaching(self.survey, self.meetings, self.talk)

    @cached_property
    def code_uses(self) -> pd.DataFrame:
        """What was coded, code by code, with an example."""
        codes = {code.id: code.name for code in self.case.codebook.codes}
        return code_uses(self.survey, self.meetings, self.talk, codes=codes, texts=self.turns)

    # Both strands

    @cached_property
    def dyads(self) -> pd.DataFrame:
        """One row a pair and interval between waves: survey, opportunity, talk, verdict."""
        return joint.dyads(self.survey, self.meetings, self.talk)

    @cached_property
    def convergence(self) -> pd.DataFrame:
        """How many pairs have each verdict."""
        return joint.convergence(self.dyads)

    @cached_property
    def discordant(self) -> pd.DataFrame:
        """Pairs that ask for a second look, with what was said."""
        return joint.discordant(self.dyads, self.talk, self.turns)

    @cached_property
    def themes(self) -> pd.DataFrame:
        """Counts of the survey beside themes of the talk."""
        return joint.statistics_by_themes(self.dyads, self.talk, self.turns)

    @cached_property
    def activity_placement(self) -> pd.DataFrame:
        """Where each activity lies between the surveys."""
        return joint.activity_placement(self.meetings, self.survey)

    @cached_property
    def unplaced_events(self) -> pd.DataFrame:
        """Events that count for no pair or no interval, and why."""
        return joint.unplaced_events(self.survey, self.meetings, self.talk)

    @cached_property
    def attribution(self) -> pd.DataFrame:
        """In which activities the pairs of new or stronger ties had helped."""
        return joint.tie_attribution(self.dyads, self.survey, self.meetings, self.talk)

    @cached_property
    def phases(self) -> pd.DataFrame:
        """Which step of the cycle brings which help."""
        return joint.help_by_phase(self.dyads, self.survey, self.meetings, self.talk)

    @cached_property
    def activity_yield(self) -> pd.DataFrame:
        """New or stronger ties of those who helped in each activity, beside what chance among those present would give."""
        return joint.activity_yield(self.dyads, self.survey, self.meetings, self.talk, seed=self.choices.seed)

    @cached_property
    def pathway(self) -> pd.DataFrame:
        """Each pair's steps from shared practice to help reciprocated."""
        return joint.trust_pathway(self.survey, self.meetings, self.talk)

    @cached_property
    def pathway_steps(self) -> pd.DataFrame:
        """How many pairs get how far, beside chance."""
        return joint.pathway_steps(self.survey, self.meetings, self.talk, seed=self.choices.seed)

    @cached_property
    def pathway_curves(self) -> pd.DataFrame:
        """How fast pairs take the steps."""
        return joint.pathway_curves(self.pathway, seed=self.choices.seed)

    @cached_property
    def models(self) -> pd.DataFrame:
        """The model of tie change and the model of help events."""
        return joint.fit_models(self.dyads, self.survey, self.meetings, self.talk, seed=self.choices.seed)

    @cached_property
    def tie_models(self) -> pd.DataFrame:
        """Models of ties with the talk as covariates: together, hours together, coded help."""
        return joint.tie_models(self.dyads, self.survey, seed=self.choices.seed)

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """The researchers' verdicts, checked against the evidence they name; written by people only."""
        check_ledger(self.case.ledger, self.survey, self.meetings, **self._ledger_subjects, case=self.case.name)
        return public_ledger(self.case)

    @cached_property
    def propositions(self) -> pd.DataFrame:
        """Each claim with its evidence in each strand, the proposed verdict and the researchers'."""
        return joint.evaluate_propositions(
            self.claims,
            self.survey,
            self.meetings,
            self.talk,
            seed=self.choices.seed,
            ledger=public_ledger(self.case),
            dyads=self.dyads,
        )

    @cached_property
    def rests_on(self) -> pd.DataFrame:
        """What each proposed verdict hangs on, and how little turns it."""
        held = [] if self.choices.coder else self.coders.names
        others = {name: replace(self.coders, **_without(self.coders, name)) for name in held if len(held) > 1}
        coders = self.coders if self.coders.names else replace(self.coders, suggestions=self.made_suggestions)
        return joint.rests_on(
            self.claims,
            self.survey,
            self.meetings,
            self.talk,
            coders=coders,
            without_coder={
                name: coded_talk(self.meetings, other, links=self.talk.links) for name, other in others.items()
            },
            seed=self.choices.seed,
            problems=published_problems(self.case),
            dyads=self.dyads,
        )

    @cached_property
    def error_rates(self) -> pd.DataFrame:
        """How often verdicts are wrong in simulated networks of this size."""
        return error_rates(self.survey)

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        """Every verdict again under other reasonable choices, one changed at a time."""
        own = {name: getattr(self.choices, name) for name in _TALK_CHOICES}
        tables, talks = [], {tuple(own.values()): self.talk}
        for relation in self.relations:
            survey = self.survey.only(relation) if relation else self.survey

            def read(choice: Choice, survey: Survey = survey) -> tuple[pd.DataFrame, pd.DataFrame]:
                said = {name: getattr(choice, name) for name in _TALK_CHOICES}
                key = tuple(said.values())
                if key not in talks:
                    talks[key] = self.under(**said).talk
                return self._read(survey.under(policy=choice.policy, threshold=choice.threshold), talks[key])

            settings = joint.settings(survey, self.meetings, self.coders, **own)
            tables.append(joint.vary_choices(settings, read))
        return conform(pd.concat(tables), RUN_TABLES["sensitivity"])

    @cached_property
    def robustness(self) -> pd.DataFrame:
        """Which verdicts hold whatever reasonable choice is made, and on which choice the others hang."""
        return joint.robustness(self.sensitivity)

    def ledger_problems(self) -> list[Problem]:
        """What is wrong with the researchers' verdicts: subjects and evidence that are not there."""
        return ledger_problems(self.case.ledger, self.survey, self.meetings, **self._ledger_subjects)

    @property
    def _ledger_subjects(self) -> dict[str, Any]:
        return {"claims": [claim.id for claim in self.claims.propositions], "dyads": self.dyads}

    def pair(self, named: str = "") -> tuple[str, str]:
        """Two ids from ``E05-E13``; from an empty text, those of the pair with most coded events."""
        if named:
            a, _, b = named.partition("-")
            return a, b
        busiest = self.dyads.assign(n=self.dyads["events"].fillna("").str.count(";")).sort_values("n").iloc[-1]
        return str(busiest["a"]), str(busiest["b"])

    def thread(self, pair: tuple[str, str]) -> pd.DataFrame:
        """One pair through surveys, activities and talk, in order of time.

        Parameters
        ----------
        pair
            Two ids, as :meth:`pair` gives them.
        """
        return joint.following_a_thread(pair, self.survey, self.meetings, self.talk, dyads=self.dyads, turns=self.turns)

    def write(self, reports: str | Path, part: str) -> None:
        """Write one part's tables, quoted numbers and what pages say of the case.

        Parameters
        ----------
        reports
            Folder of all reports.
        part
            ``"network"``, ``"talk"`` or ``"joint"``; see :data:`PARTS`.

        Raises
        ------
        RunError
            If a table breaks its declaration; nothing is written then.
        """
        if part not in PARTS:
            raise MeasureError(f"There is no part '{part}'; there are: {', '.join(PARTS)}.")
        tables = {name: getattr(self, name) for name in PARTS[part]}
        if "dyad_change" in tables:
            tables["dyad_change"] = tables["dyad_change"].query("kind != 'absent'")
        numbers = [numbers_of(name, table) for name, table in tables.items()]
        coding = {} if part == "network" else {"coding": self.talk.said}
        marks = {one.id: one.fingerprint for one in self.claims.propositions}
        register_claims(reports, self.case.name, marks, today=dt.date.today().isoformat())
        write_results(reports, self.case.name, tables, pd.concat(numbers), summary=case_summary(self.case) | coding)

    def __repr__(self) -> str:
        return f"<Analysis of {self.case.name}: {self._said}>"

    def _repr_html_(self) -> str:
        rows = []
        for part, names in PARTS.items():
            for name in names:
                rows_made = f"{len(self.__dict__[name])} rows" if name in self.__dict__ else "when asked for"
                rows.append(
                    f"<tr><td>{part}</td><td><code>.{name}</code></td><td>{escape(published_tables()[name].meaning)}</td>"
                    f"<td>{rows_made}</td></tr>"
                )
        lacks = "".join(f"<li>{escape(gap)}</li>" for gap in self.gaps)
        return (
            f"<p><b>{escape(self.title)}</b>: {escape(self._said)}</p>{f'<ul>{lacks}</ul>' if lacks else ''}"
            f"<table><tr><th>part</th><th>table</th><th>what it is</th><th></th></tr>{''.join(rows)}</table>"
        )

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if not name.startswith("_")]

    @property
    def _said(self) -> str:
        return ", ".join(
            f"{name} {value!r}" for name, value in asdict(self.choices).items() if value not in (None, "", 0)
        )

    def _published(self, texts: pd.Series[str]) -> pd.Series[str]:
        return pseudonymise(texts, self.case.roster, self.case.people)

    def _read(self, survey: Survey, talk: Talk) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The propositions about one relation, and its pairs, under another choice."""
        pairs = joint.dyads(survey, self.meetings, talk)
        asked = [""] if survey.relations.empty else survey.relations["relation"].tolist()
        about = [one for one in self.claims.propositions if (one.relation or self.relations[0]) in asked]
        claims = joint.evaluate_propositions(
            *(self.claims.model_copy(update={"propositions": tuple(about)}), survey, self.meetings, talk),
            seed=self.choices.seed,
            dyads=pairs,
            n_draws=300,
        )
        return claims, pairs
