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
from nicmethods.case import published
from nicmethods.case.folder import Case, load_case, study_file
from nicmethods.case.people import pseudonymise
from nicmethods.case.propositions import Propositions, load_propositions
from nicmethods.case.summary import about, case_summary, gaps, response_rates
from nicmethods.coding.agreement import agreement_card, readers
from nicmethods.coding.coded import coded_talk
from nicmethods.coding.participation import code_uses, hub_coaching, voices
from nicmethods.coding.settling import disputed
from nicmethods.errors import CaseError, MeasureError
from nicmethods.joint.ledger import ledger_problems
from nicmethods.joint.propositions import error_rates
from nicmethods.results import numbers_of, published_tables, register_claims, write_results
from nicmethods.tables import RUN_TABLES, conform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from nicmethods.errors import Problem
    from nicmethods.joint.sensitivity import Setting
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


def _table(made: Callable[[Analysis], pd.DataFrame]) -> cached_property[pd.DataFrame]:
    """A table that is made when it is first asked for; ``nicmethods/tables/tables.csv`` says what each is."""
    return cached_property(made)


def _known(coder: str, names: Iterable[str]) -> None:
    if coder and coder not in names:
        raise MeasureError(f"coder '{coder}' has coded nothing here; there are: {', '.join(names) or 'none'}.")


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
    _known(coder, case.coders.names)
    choices = Choices(policy=policy, threshold=threshold, coder=published.coder_codes(case).get(coder, ""), seed=seed)
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
        self.coders: Coders = published.public_coders(case)
        _known(choices.coder, self.coders.names)

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
        from nicmethods.coder.link import link

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
    def relations(self) -> list[str]:
        """The survey questions, the one that propositions are about unless they name another first; ``[""]`` without any."""
        return self.survey.relations["relation"].tolist() or [""]

    # Network

    about = _table(lambda of: about(of.case))
    response_rates = _table(lambda of: response_rates(of.case))
    actors = _table(lambda of: published.public_actors(of.case))
    ties = _table(lambda of: of.survey.ties)
    responses = _table(lambda of: of.survey.responses)
    places = _table(lambda of: network.layout(of.survey))
    network_measures = _table(lambda of: network.network_measures(of.survey, seed=of.choices.seed))
    actor_measures = _table(lambda of: network.actor_measures(of.survey, seed=of.choices.seed))
    readings = _table(lambda of: network.other_reading(of.survey))
    dyad_change = _table(lambda of: network.dyad_change(of.survey))
    change = _table(lambda of: network.change(of.survey))
    qap = _table(lambda of: network.qap_table(of.survey, seed=of.choices.seed))
    stergm = _table(lambda of: network.stergm_table(of.survey))
    memberships = _table(lambda of: network.memberships(of.survey, seed=of.choices.seed))
    block_densities = _table(lambda of: network.block_densities(of.survey, of.memberships))

    @cached_property
    def mixing(self) -> pd.DataFrame:
        """Ties within and between groups, beside what chance would give."""
        groups = [name for name in ("site", "role", "level") if self.survey.roster[name].notna().any()]
        return network.mixing(self.survey, by=groups, seed=self.choices.seed)

    @cached_property
    def influence(self) -> pd.DataFrame:
        """Whether scores by wave follow those of the people one names, and ties the likeness of scores."""
        models = [model(self.survey, seed=self.choices.seed) for model in (network.influence, network.selection)]
        return conform(pd.concat(models), RUN_TABLES["influence"])

    # Talk

    turns = _table(lambda of: published.public_turns(of.case))
    codings = _table(lambda of: published.public_codings(of.case, of.talk.codings))
    coverage = _table(lambda of: of.talk.coverage)
    links = _table(lambda of: of.talk.links)
    events = _table(lambda of: of.talk.events)
    suggestions = _table(
        lambda of: published.public_codings(of.case, of.coders.suggestions if of.coders.names else of.made_suggestions)
    )
    agreement = _table(lambda of: agreement_card(of.meetings, of.coders, seed=of.choices.seed))
    coder_codings = _table(lambda of: published.public_codings(of.case, of.coders.codings))
    readers = _table(lambda of: readers(of.meetings, of.coders))
    disagreements = _table(lambda of: disputed(of.meetings, of.coders))
    activities = _table(lambda of: of.meetings.activities[["activity", "date", "title", "kind", "cycle", "phase"]])
    attendance = _table(lambda of: of.meetings.attendance)
    voices = _table(lambda of: voices(of.survey, of.meetings))
    coaching = _table(lambda of: hub_coaching(of.survey, of.meetings, of.talk))

    @cached_property
    def expected_precision(self) -> pd.DataFrame:
        """How many suggestions to expect right here, and on what that rests."""
        from nicmethods.coder.ground import precision_here

        made = self.coders.suggestions if self.coders.names else self._suggested
        return precision_here(self.meetings.turns, made, self.case.codebook, spotcheck=self.coders.spotcheck)

    @cached_property
    def code_uses(self) -> pd.DataFrame:
        """What was coded, code by code, with an example."""
        codes = {code.id: code.name for code in self.case.codebook.codes}
        return code_uses(self.survey, self.meetings, self.talk, codes=codes, texts=self.turns)

    # Both strands

    dyads = _table(lambda of: joint.dyads(*of._both))
    convergence = _table(lambda of: joint.convergence(of.dyads))
    discordant = _table(lambda of: joint.discordant(of.dyads, of.talk, of.turns))
    themes = _table(lambda of: joint.statistics_by_themes(of.dyads, of.talk, of.turns))
    activity_placement = _table(lambda of: joint.activity_placement(of.meetings, of.survey))
    unplaced_events = _table(lambda of: joint.unplaced_events(*of._both))
    attribution = _table(lambda of: joint.tie_attribution(of.dyads, *of._both))
    phases = _table(lambda of: joint.help_by_phase(of.dyads, *of._both))
    activity_yield = _table(lambda of: joint.activity_yield(of.dyads, *of._both, seed=of.choices.seed))
    pathway = _table(lambda of: joint.trust_pathway(*of._both))
    pathway_steps = _table(lambda of: joint.pathway_steps(*of._both, seed=of.choices.seed))
    pathway_curves = _table(lambda of: joint.pathway_curves(of.pathway, seed=of.choices.seed))
    models = _table(lambda of: joint.fit_models(of.dyads, *of._both, seed=of.choices.seed))
    tie_models = _table(lambda of: joint.tie_models(of.dyads, of.survey, seed=of.choices.seed))
    error_rates = _table(lambda of: error_rates(of.survey))
    robustness = _table(lambda of: joint.robustness(of.sensitivity))

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """The researchers' verdicts, checked against the evidence they name; written by people only."""
        if problems := self.ledger_problems():
            raise CaseError(self.case.name, problems)
        return published.public_ledger(self.case)

    @cached_property
    def propositions(self) -> pd.DataFrame:
        """Each claim with its evidence in each strand, the proposed verdict and the researchers'."""
        said = {"ledger": published.public_ledger(self.case), "dyads": self.dyads}
        return joint.evaluate_propositions(self.claims, *self._both, seed=self.choices.seed, **said)

    @cached_property
    def rests_on(self) -> pd.DataFrame:
        """What each proposed verdict hangs on, and how little turns it."""
        coders = self.coders if self.coders.names else replace(self.coders, suggestions=self.made_suggestions)
        without = {}
        for name in coders.names if len(coders.names) > 1 and not self.choices.coder else ():
            codings, coverage = (table[table["coder"] != name] for table in (coders.codings, coders.coverage))
            others = replace(coders, codings=codings, coverage=coverage)
            without[name] = coded_talk(self.meetings, others, links=self.talk.links)
        return joint.rests_on(
            self.claims,
            *self._both,
            coders=coders,
            without_coder=without,
            seed=self.choices.seed,
            problems=published.published_problems(self.case),
            dyads=self.dyads,
        )

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        """Every verdict again under other reasonable choices, one changed at a time."""
        own = {name: getattr(self.choices, name) for name in _TALK_CHOICES}
        tables, talks = [], {"{}": self.talk}
        for relation in self.relations:
            survey = self.survey.only(relation) if relation else self.survey
            about = [one for one in self.claims.propositions if (one.relation or self.relations[0]) == relation]
            claims = self.claims.model_copy(update={"propositions": tuple(about)})

            def read(
                one: Setting, survey: Survey = survey, claims: Propositions = claims
            ) -> tuple[pd.DataFrame, pd.DataFrame]:
                if (key := str(one.talk)) not in talks:
                    talks[key] = self.under(**one.talk).talk
                both = survey.under(**one.survey), self.meetings, talks[key]
                pairs = joint.dyads(*both)
                found = joint.evaluate_propositions(claims, *both, seed=self.choices.seed, dyads=pairs, n_draws=300)
                return found, pairs

            tables.append(joint.vary_choices(joint.settings(survey, self.meetings, self.coders, **own), read))
        return conform(pd.concat(tables), RUN_TABLES["sensitivity"])

    def ledger_problems(self) -> list[Problem]:
        """What is wrong with the researchers' verdicts: subjects and evidence that are not there."""
        claims = [claim.id for claim in self.claims.propositions]
        return ledger_problems(self.case.ledger, self.survey, self.meetings, claims=claims, dyads=self.dyads)

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
        return joint.following_a_thread(pair, *self._both, dyads=self.dyads, turns=self.turns)

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

    @property
    def _both(self) -> tuple[Survey, Meetings, Talk]:
        return self.survey, self.meetings, self.talk

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
