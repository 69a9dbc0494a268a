"""Which verdicts hold whatever reasonable choice is made, and which hang on one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.joint.placement import dyad_subjects
from nicmethods.tables import RUN_TABLES, conform, words
from nicmethods.tables.bundles import takes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from nicmethods.tables.bundles import Coders, Meetings, Survey, Threshold

__all__ = ["Setting", "robustness", "settings", "vary_choices"]

_UNREMARKABLE = ("neither", "lasting_tie", "waning_tie", "not_observable")
_ABOUT = ["relation", "kind", "subject"]
_LINK_SCORES = (0.5, 0.8)
_CODE_SCORES = (0.3, 0.7)


@dataclass(frozen=True)
class Setting:
    """One way to read a case.

    Attributes
    ----------
    choice, setting
        What is chosen otherwise than in the report, and how; ``none`` and ``as reported`` for the report's own.
    survey
        What changes in how the survey is read: ``policy`` or ``threshold``.
    talk
        What changes in the coded talk: ``coder``, or the least ``code_score`` or ``link_score``.
    """

    choice: str
    setting: str
    survey: Mapping[str, Any] = field(default_factory=dict)
    talk: Mapping[str, Any] = field(default_factory=dict)


@takes
def settings(
    survey: Survey,
    meetings: Meetings,
    coders: Coders,
    *,
    coder: str = "",
    code_score: float = 0.0,
    link_score: float = 0.0,
) -> list[Setting]:
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
    said = [Setting("none", "as reported"), *_of_survey(survey)]
    own = {"coder": coder, "code_score": code_score, "link_score": link_score}
    others: list[tuple[str, str, Any]] = [
        ("coder", "coder", name) for name in ("", *coders.names) if len(coders.names) > 1
    ]
    if len(meetings.turns):
        others += [("code threshold", "code_score", score) for score in _CODE_SCORES if not coders.names]
        others += [("link threshold", "link_score", score) for score in _LINK_SCORES]
    for choice, name, value in others:
        if value != own[name]:
            shown = f"{value:g}" if isinstance(value, float) else value or "settled set"
            said.append(Setting(choice, shown, talk={name: value}))
    return said


def vary_choices(
    settings: Iterable[Setting], read: Callable[[Setting], tuple[pd.DataFrame, pd.DataFrame]]
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


def _of_survey(survey: Survey) -> Iterator[Setting]:
    if survey.ties.empty:
        return
    asked = survey.relations.iloc[0]
    for step in (-1.0, 1.0):
        threshold, said = _shifted(survey.threshold, float(asked["threshold"]), step)
        least = threshold if not isinstance(threshold, Mapping) else min(threshold.values(), default=0.0)
        if least > 0 and (survey.ties["weight"] >= least).any():  # type: ignore[operator]
            yield Setting("tie threshold", said, {"threshold": threshold})
    for policy in ("observed", "zero") if asked["directed"] else ("observed", "reconstruct", "zero"):
        if policy != survey.policy:
            yield Setting("missing data", policy, {"policy": policy})


def _shifted(threshold: Threshold, asked: float, step: float) -> tuple[Threshold, str]:
    """Give the threshold a step lower or higher, and how to say it."""
    if isinstance(threshold, Mapping):
        moved = {wave: least + step for wave, least in threshold.items()}
        return moved, ", ".join(f"{least:g} in {wave}" for wave, least in moved.items())
    least = (asked if threshold is None else threshold) + step
    return least, f"{least:g}"


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    """Each setting's verdicts beside those of the first, without pairs of which there is never anything to say."""
    dull = table["verdict"].isin(_UNREMARKABLE) & (table["kind"] == "pair")
    about = pd.MultiIndex.from_frame(table[_ABOUT])
    table = table[about.isin(about[~dull])]
    first = table[table["choice"] == "none"].set_index(_ABOUT)["verdict"]
    baseline = first.reindex(pd.MultiIndex.from_frame(table[_ABOUT])).to_numpy()
    same = table["verdict"].to_numpy() == baseline
    return conform(table.assign(baseline=baseline, is_same=same), RUN_TABLES["sensitivity"])
