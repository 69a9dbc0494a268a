"""Which verdicts hold whatever reasonable choice is made, and which hang on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from nicmethods.joint.numbering import dyad_subjects
from nicmethods.tables import RUN_TABLES, conform, words
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nicmethods.tables.bundles import Coders, Meetings, Policy, Survey, Threshold

__all__ = ["Choice", "robustness", "settings", "vary_choices"]

_UNREMARKABLE = ("neither", "lasting_tie", "waning_tie", "not_observable")
_ABOUT = ["relation", "kind", "subject"]
_LINK_SCORES = (0.5, 0.8)
_CODE_SCORES = (0.3, 0.7)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One way to read a case.

    Attributes
    ----------
    choice, setting
        What is chosen otherwise than in the report, and how; ``none`` and ``as reported`` for the report's own.
    policy, threshold
        How the survey is read.
    coder
        Whose codings; empty: the coders' settled set.
    code_score, link_score
        Least score of a suggestion (where nobody has coded) and of a link that count.
    """

    choice: str = "none"
    setting: str = "as reported"
    policy: Policy = "observed"
    threshold: Threshold = None
    coder: str = ""
    code_score: float = 0.0
    link_score: float = 0.0


@takes
def settings(
    survey: Survey,
    meetings: Meetings,
    coders: Coders,
    *,
    coder: str = "",
    code_score: float = 0.0,
    link_score: float = 0.0,
) -> list[Choice]:
    """List the report's own choices, then other reasonable ones, one changed at a time.

    The choices: the tie threshold one scale point lower and higher; the missing-data policies; each coder alone and the
    settled set; where nobody has coded, suggestions with a score of 0.3 and 0.7 or more; links with a score of 0.5 and
    0.8 or more.

    Parameters
    ----------
    survey
        As the report reads it, with its policy and threshold; of one relation, whose threshold is moved.
    meetings, coders
        The other strand.
    coder
        Whose codings the report uses; empty: the coders' settled set.
    code_score, link_score
        Least scores that the report uses.
    """
    own = Choice(
        policy=survey.policy,
        threshold=survey.threshold,
        coder=coder,
        code_score=code_score,
        link_score=link_score,
    )
    return [own, *_of_survey(survey, own), *_of_talk(meetings, coders, own)]


def vary_choices(
    settings: Iterable[Choice], read: Callable[[Choice], tuple[pd.DataFrame, pd.DataFrame]]
) -> pd.DataFrame:
    """Propose every verdict again under each choice.

    Parameters
    ----------
    settings
        Choices, the report's own first; see :func:`settings`.
    read
        Gives the run tables ``propositions`` and ``dyads`` under a choice.

    Returns
    -------
    DataFrame
        ``sensitivity`` of ``RUN_TABLES``: for each setting, every proposition, and every pair and interval whose
        verdict is ever more than absence or not observable.
    """
    parts = []
    for one in settings:
        propositions, table = read(one)
        pairs = table[["relation", "verdict"]].assign(kind="pair", subject=dyad_subjects(table))
        claimed = propositions.rename(columns={"proposition": "subject", "proposed_verdict": "verdict"})
        claimed = claimed[["relation", "subject", "verdict"]]
        both = pd.concat([claimed.assign(kind="proposition"), pairs])
        parts.append(both.assign(choice=one.choice, setting=one.setting))
    return _compared(pd.concat(parts, ignore_index=True))


@takes
def robustness(sensitivity: pd.DataFrame) -> pd.DataFrame:
    """Say of each verdict whether it holds everywhere, or on which choices it hangs.

    Parameters
    ----------
    sensitivity
        Result of :func:`vary_choices`.

    Returns
    -------
    DataFrame
        ``robustness`` of ``RUN_TABLES``: relation, kind, subject, verdict as reported, n_settings, n_same, ``hangs_on``
        (choices under which another verdict would be proposed, with setting and verdict; blank where none).
    """
    other = sensitivity[~sensitivity["is_same"].astype(bool)]
    changed = other["choice"] + " " + other["setting"] + ": " + other["verdict"].map(words)
    hangs = changed.groupby([other[name] for name in _ABOUT]).agg("; ".join)
    counts = sensitivity.groupby([*_ABOUT, "baseline"], sort=False, dropna=False)["is_same"].agg(["size", "sum"])
    rows = counts.reset_index().set_axis([*_ABOUT, "verdict", "n_settings", "n_same"], axis=1)
    found = hangs.reindex(pd.MultiIndex.from_frame(rows[_ABOUT]))
    return conform(rows.assign(hangs_on=found.to_numpy(dtype=object)), RUN_TABLES["robustness"])


def _of_survey(survey: Survey, own: Choice) -> Iterator[Choice]:
    if survey.ties.empty:
        return
    asked = survey.relations.iloc[0]
    for step in (-1.0, 1.0):
        threshold, said = _shifted(own.threshold, float(asked["threshold"]), step)
        least = threshold if not isinstance(threshold, Mapping) else min(threshold.values(), default=0.0)
        if least > 0 and (survey.ties["weight"] >= least).any():  # type: ignore[operator]
            yield replace(own, choice="tie threshold", setting=said, threshold=threshold)
    policies: tuple[Policy, ...] = ("observed", "zero") if asked["directed"] else ("observed", "reconstruct", "zero")
    for policy in policies:
        if policy != own.policy:
            yield replace(own, choice="missing data", setting=policy, policy=policy)


def _shifted(threshold: Threshold, asked: float, step: float) -> tuple[Threshold, str]:
    """Give the threshold a step lower or higher, and how to say it."""
    if isinstance(threshold, Mapping):
        moved = {wave: least + step for wave, least in threshold.items()}
        return moved, ", ".join(f"{least:g} in {wave}" for wave, least in moved.items())
    least = (asked if threshold is None else threshold) + step
    return least, f"{least:g}"


def _of_talk(meetings: Meetings, coders: Coders, own: Choice) -> Iterator[Choice]:
    for coder in ("", *coders.names) if len(coders.names) > 1 else ():
        if coder != own.coder:
            yield replace(own, choice="coder", setting=coder or "settled set", coder=coder)
    if meetings.turns.empty:
        return
    for score in () if coders.names else _CODE_SCORES:
        if score != own.code_score:
            yield replace(own, choice="code threshold", setting=f"{score:g}", code_score=score)
    for score in _LINK_SCORES:
        if score != own.link_score:
            yield replace(own, choice="link threshold", setting=f"{score:g}", link_score=score)


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    """Each setting's verdicts beside those of the first, without pairs of which there is never anything to say."""
    dull = table["verdict"].isin(_UNREMARKABLE) & (table["kind"] == "pair")
    about = pd.MultiIndex.from_frame(table[_ABOUT])
    table = table[about.isin(about[~dull])]
    first = table[table["choice"] == "none"].set_index(_ABOUT)["verdict"]
    baseline = first.reindex(pd.MultiIndex.from_frame(table[_ABOUT])).to_numpy()
    same = table["verdict"].to_numpy() == baseline
    return conform(table.assign(baseline=baseline, is_same=same), RUN_TABLES["sensitivity"])
