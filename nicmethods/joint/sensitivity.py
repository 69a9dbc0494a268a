"""Which verdicts hold whatever reasonable choice is made, and which hang on one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.coding.events import help_events
from nicmethods.coding.settled import coded_talk
from nicmethods.joint.dyads import dyad_table
from nicmethods.joint.frames import typed
from nicmethods.joint.ledger import dyad_subjects
from nicmethods.joint.propositions import evaluate_propositions
from nicmethods.network.between_waves import dyad_change
from nicmethods.tables import RUN_TABLES, empty, words
from nicmethods.tables.bundles import Survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nicmethods.case.codebook import Codebook
    from nicmethods.case.propositions import Propositions

__all__ = ["robustness", "vary_choices"]

_UNREMARKABLE = ("agreement_on_absence", "not_observable")
_LINK_SCORES = (0.5, 0.8)
_CODE_SCORES = (0.3, 0.7)


@dataclass(frozen=True)
class _Choices:
    """One way to read a case."""

    choice: str = "none"
    setting: str = "as reported"
    threshold: float | None = None
    policy: str = "observed"
    coder: str = ""
    code_score: float = 0.5
    link_score: float = 0.0


def vary_choices(
    propositions: Propositions,
    *,
    ties: pd.DataFrame,
    responses: pd.DataFrame,
    roster: pd.DataFrame,
    relations: pd.DataFrame,
    waves: pd.DataFrame,
    activities: pd.DataFrame,
    attendance: pd.DataFrame,
    turns: pd.DataFrame,
    codings: pd.DataFrame,
    coverage: pd.DataFrame,
    decisions: pd.DataFrame,
    suggestions: pd.DataFrame,
    codebook: Codebook,
    seed: int,
    policy: str = "observed",
    coder: str = "",
    relation: str | None = None,
    roles: Mapping[str, Sequence[str]] | None = None,
    n_draws: int = 300,
) -> pd.DataFrame:
    """Propose every verdict again under other reasonable choices, one changed at a time.

    The choices: the tie threshold one scale point lower and higher; the missing-data policies; each coder alone and the
    settled set; where nobody has coded, suggestions with a score of 0.3 and 0.7 or more; links with a score of 0.5 and
    0.8 or more.

    Parameters
    ----------
    propositions
        As read by :func:`~nicmethods.case.propositions.load_propositions`.
    ties, responses, roster, relations, waves, activities, attendance, turns, codings, coverage, suggestions
        Work tables.
    decisions
        Case table ``adjudicated``.
    codebook
        The codebook, for suggestions.
    seed
        Seed of bootstrap and permutations.
    policy, coder
        As the report uses them; the other settings are held against these.
    relation
        Survey question; None: the first.
    roles
        Groups of roles that propositions may name.
    n_draws
        Bootstrap samples and permutations behind each stance.

    Returns
    -------
    DataFrame
        ``sensitivity`` of ``RUN_TABLES``: for each setting, every proposition, and every pair and interval whose
        verdict is ever more than absence or not observable. The first setting is the report's own.
    """
    if len(relations):
        relations = relations[relations["relation"] == (relation or relations["relation"].iloc[0])]
        ties = ties[ties["relation"].isin(relations["relation"])]
        responses = responses[responses["relation"].isin(relations["relation"])]
    said = (turns, codings, coverage, decisions, suggestions, codebook)
    talks: dict[tuple[str, float, float], tuple[pd.DataFrame, pd.DataFrame]] = {}
    parts = []
    for choices in _settings(_Choices(policy=policy, coder=coder), ties, relations, codings, turns):
        changes = _changes(ties, responses, roster, relations, waves, choices)
        key = (choices.coder, choices.code_score, choices.link_score)
        events, covered = talks[key] = talks.get(key) or _talk(*said, choices)
        observed = (events, attendance, activities, waves, roster, covered)
        dyads = dyad_table(changes, *observed)
        claims = evaluate_propositions(propositions, dyads, *observed, seed=seed, roles=roles, n_draws=n_draws)
        pairs = pd.DataFrame({"kind": "pair", "subject": dyad_subjects(dyads), "verdict": dyads["verdict"]})
        claimed = claims[["proposition", "proposed_verdict"]].set_axis(["subject", "verdict"], axis=1)
        both = pd.concat([claimed.assign(kind="proposition"), pairs])
        parts.append(both.assign(choice=choices.choice, setting=choices.setting))
    return _compared(pd.concat(parts, ignore_index=True))


def robustness(table: pd.DataFrame) -> pd.DataFrame:
    """Say of each verdict whether it holds everywhere, or on which choices it hangs.

    Parameters
    ----------
    table
        Result of :func:`vary_choices`.

    Returns
    -------
    DataFrame
        ``robustness`` of ``RUN_TABLES``: kind, subject, verdict as reported, n_settings, n_same, ``hangs_on`` (choices
        under which another verdict would be proposed, with setting and verdict; blank where none).
    """
    other = table[~table["is_same"].astype(bool)]
    changed = other["choice"] + " " + other["setting"] + ": " + other["verdict"].map(words)
    hangs = changed.groupby([other["kind"], other["subject"]]).agg("; ".join)
    counts = table.groupby(["kind", "subject", "baseline"], sort=False, dropna=False)["is_same"].agg(["size", "sum"])
    rows = counts.reset_index().set_axis(["kind", "subject", "verdict", "n_settings", "n_same"], axis=1)
    found = hangs.reindex(pd.MultiIndex.from_frame(rows[["kind", "subject"]]))
    return typed(rows.assign(hangs_on=found.to_numpy(dtype=object)), "robustness")


def _settings(
    own: _Choices, ties: pd.DataFrame, relations: pd.DataFrame, codings: pd.DataFrame, turns: pd.DataFrame
) -> Iterator[_Choices]:
    """The report's own choices, then each of the others, one at a time."""
    yield own
    if len(ties):
        base = float(relations["threshold"].iloc[0])
        for threshold in (base - 1, base + 1):
            if threshold > 0 and (ties["weight"] >= threshold).any():
                yield replace(own, choice="tie threshold", setting=f"{threshold:g}", threshold=threshold)
        directed = bool(relations["directed"].iloc[0])
        for policy in ("observed", "zero") if directed else ("observed", "reconstruct", "zero"):
            if policy != own.policy:
                yield replace(own, choice="missing data", setting=policy, policy=policy)
    coders = sorted(codings["coder"].unique())
    for coder in ("", *coders) if len(coders) > 1 else ():
        if coder != own.coder:
            yield replace(own, choice="coder", setting=coder or "settled set", coder=coder)
    for score in _CODE_SCORES if len(turns) and not coders else ():
        yield replace(own, choice="code threshold", setting=f"{score:g}", code_score=score)
    for score in _LINK_SCORES if len(turns) else ():
        yield replace(own, choice="link threshold", setting=f"{score:g}", link_score=score)


def _talk(
    turns: pd.DataFrame,
    codings: pd.DataFrame,
    coverage: pd.DataFrame,
    decisions: pd.DataFrame,
    suggestions: pd.DataFrame,
    codebook: Codebook,
    choices: _Choices,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Events and coverage under one setting."""
    made = coded_talk(
        *(turns, codings, coverage, decisions, suggestions, codebook),
        coder=choices.coder,
        least_score=choices.code_score,
    )
    if not choices.link_score:
        return made.events, made.coverage
    links = made.links[made.links["score"] >= choices.link_score]
    return help_events(turns, made.codings, links, source=made.source), made.coverage


def _changes(
    ties: pd.DataFrame,
    responses: pd.DataFrame,
    roster: pd.DataFrame,
    relations: pd.DataFrame,
    waves: pd.DataFrame,
    choices: _Choices,
) -> pd.DataFrame:
    if ties.empty:
        return empty(RUN_TABLES["dyad_change"])
    survey = Survey(roster=roster, waves=waves, relations=relations, ties=ties, responses=responses)
    return dyad_change(survey.under(policy=choices.policy, threshold=choices.threshold))


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    """Each setting's verdicts beside those of the first, without pairs of which there is never anything to say."""
    dull = table["verdict"].isin(_UNREMARKABLE) & (table["kind"] == "pair")
    shown = set(table.loc[~dull, "subject"])
    table = table[table["subject"].isin(shown)]
    first = table[table["choice"] == "none"].set_index(["kind", "subject"])["verdict"]
    baseline = first.reindex(pd.MultiIndex.from_frame(table[["kind", "subject"]])).to_numpy()
    return typed(table.assign(baseline=baseline, is_same=table["verdict"].to_numpy() == baseline), "sensitivity")
